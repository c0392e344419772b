/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_system.c - the installed system: distribution, kernel, package manager, libvirt */
#include "config.h"

#include "host.h"

#include <string.h>

#define NETWORKS "/etc/libvirt/qemu/networks"

/* ---- distribution ------------------------------------------------------------------------------------------- */

/* A value of os-release(5), written as in a shell; the last assignment wins. Caller frees. */
static char *os_value(char **lines, const char *name)
{
	char *value = NULL;

	for (char **line = lines; line && *line; line++) {
		const char *text = g_str_has_prefix(*line, name) ? *line + strlen(name) : "";
		char *plain;

		if (*text != '=')
			continue;
		plain = g_shell_unquote(text + 1, NULL);
		g_free(value);
		value = plain ? plain : g_strdup(text + 1);
	}
	if (value && !*value)
		g_clear_pointer(&value, g_free);
	return value;
}

static void read_distribution(struct vp_host *host, const struct vp_root *root)
{
	const char *path =
		vp_root_exists(root, "/etc/os-release") ? "/etc/os-release" : "/usr/lib/os-release";
	g_autofree char *text = vp_root_read_text(root, path);
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
	char *name = os_value(lines, "PRETTY_NAME");

	vp_text_take(&host->distro_id, os_value(lines, "ID"), path);
	vp_text_take(&host->distro_like, os_value(lines, "ID_LIKE"), path);
	vp_text_take(&host->distro_name, name ? name : os_value(lines, "NAME"), path);
}

/* ---- kernel ------------------------------------------------------------------------------------------------- */

static void read_kernel(struct vp_host *host, const struct vp_root *root)
{
	static const char *const folders[] = {"/usr/lib/modules", "/lib/modules"};
	char *running = vp_root_read_text(root, "/proc/sys/kernel/osrelease");

	vp_text_take(&host->cmdline, vp_root_read_text(root, "/proc/cmdline"), "/proc/cmdline");
	vp_text_take(&host->kernel_release, running, "/proc/sys/kernel/osrelease");
	for (size_t i = 0; i < G_N_ELEMENTS(folders) && !host->kernel_release.value; i++) {
		g_auto(GStrv) releases = vp_root_list(root, folders[i]);
		const char *newest = NULL;

		for (char **release = releases; release && *release; release++)
			if (g_ascii_isdigit(**release) &&
			    (!newest || vp_version_compare("pacman", *release, newest) > 0))
				newest = *release;
		if (newest)
			vp_text_take(&host->kernel_release, g_strdup(newest), folders[i]);
	}
}

/* Whether a line of modules.builtin or modules.dep is about this module: "kernel/drivers/vfio/pci/vfio-pci.ko.zst:
 * ...". '-' and '_' are the same in names of modules. */
static bool names_module(const char *line, const char *module)
{
	const char *end = line + strcspn(line, ":\n"), *at = end;

	while (at > line && at[-1] != '/')
		at--;
	for (; *module; module++, at++)
		if (at == end || (*at == '-' ? '_' : *at) != (*module == '-' ? '_' : *module))
			return false;
	return end - at >= 3 && !strncmp(at, ".ko", 3) && (at + 3 == end || at[3] == '.');
}

static bool lists_module(const char *text, const char *module)
{
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (names_module(line, module))
			return true;
	}
	return false;
}

enum vp_module vp_kernel_module(const struct vp_root *root, const char *release, const char *module)
{
	static const char *const folders[] = {"/usr/lib/modules/", "/lib/modules/"};

	for (size_t i = 0; release && i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *builtin_path = g_strconcat(folders[i], release, "/modules.builtin", NULL);
		g_autofree char *loadable_path = g_strconcat(folders[i], release, "/modules.dep", NULL);
		g_autofree char *builtin = vp_root_read_text(root, builtin_path);
		g_autofree char *loadable = vp_root_read_text(root, loadable_path);

		if (lists_module(builtin, module))
			return VP_MODULE_BUILTIN;
		if (lists_module(loadable, module))
			return VP_MODULE_LOADABLE;
		if (builtin && loadable)
			return VP_MODULE_NONE;
	}
	return VP_MODULE_UNKNOWN;
}

/* ---- packages ----------------------------------------------------------------------------------------------- */

/* Tools of other distributions can be installed too: what counts is a database that holds packages. */
static void read_package_manager(struct vp_host *host, const struct vp_root *root)
{
	g_auto(GStrv) packages = vp_root_list(root, "/var/lib/pacman/local");
	guint count = packages ? g_strv_length(packages) : 0;
	struct stat status;

	/* ALPM_DB_VERSION is in an empty database as well. */
	if (count > 1 || (count == 1 && strcmp(packages[0], "ALPM_DB_VERSION") != 0))
		vp_text_take(&host->package_manager, g_strdup("pacman"), "/var/lib/pacman/local");
	else if (vp_root_stat(root, "/var/lib/dpkg/status", &status) && status.st_size > 0)
		vp_text_take(&host->package_manager, g_strdup("dpkg"), "/var/lib/dpkg/status");
	else if (vp_root_exists(root, "/usr/lib/sysimage/rpm"))
		vp_text_take(&host->package_manager, g_strdup("rpm"), "/usr/lib/sysimage/rpm");
	else if (vp_root_exists(root, "/var/lib/rpm"))
		vp_text_take(&host->package_manager, g_strdup("rpm"), "/var/lib/rpm");
	else
		vp_text_take(&host->package_manager, NULL, "/var/lib/{pacman/local,dpkg/status,rpm}");
}

/* ---- libvirt ------------------------------------------------------------------------------------------------ */

/* Enabling a unit puts a link into the .wants folder of a target (systemctl(1)). */
static char *find_wanted(const struct vp_root *root, const char *unit)
{
	g_auto(GStrv) folders = vp_root_list(root, "/etc/systemd/system");

	for (char **folder = folders; folder && *folder; folder++) {
		g_autofree char *path = g_strconcat("/etc/systemd/system/", *folder, NULL);
		g_auto(GStrv) links = g_str_has_suffix(*folder, ".wants") ? vp_root_list(root, path) : NULL;

		if (links && g_strv_contains((const char *const *)links, unit))
			return g_strconcat(path, "/", unit, NULL);
	}
	return NULL;
}

/* The modular daemon is looked for first, as libvirt's own upgrade does (libvirt.org/daemons.html). */
static void read_service(struct vp_host *host, const struct vp_root *root)
{
	static const char *const units[] = {"virtqemud.socket", "virtqemud.service", "libvirtd.service",
					    "libvirtd.socket"};

	vp_text_take(&host->libvirt_service, NULL, "/etc/systemd/system/*.wants");
	for (size_t i = 0; i < G_N_ELEMENTS(units) && !host->libvirt_service.value; i++) {
		g_autofree char *link = find_wanted(root, units[i]);

		if (link)
			vp_text_take(&host->libvirt_service, g_strdup(units[i]), link);
	}
}

/* What only a running system has cannot be missed in one that does not run. */
static enum vp_tri unless_running(const struct vp_host *host)
{
	return host->cmdline.value ? VP_NO : VP_UNKNOWN;
}

static void read_running(struct vp_host *host, const struct vp_root *root)
{
	static const char *const sockets[] = {"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"};

	vp_flag_set(&host->libvirt_running, unless_running(host),
		    "/run/libvirt/{virtqemud-sock,libvirt-sock}");
	for (size_t i = 0; i < G_N_ELEMENTS(sockets) && host->libvirt_running.value != VP_YES; i++)
		if (vp_root_exists(root, sockets[i]))
			vp_flag_set(&host->libvirt_running, VP_YES, sockets[i]);
}

static void read_network(struct vp_host *host, const struct vp_root *root)
{
	enum vp_tri autostart = vp_host_sees(root, NETWORKS "/autostart/default.xml");

	/* The driver's status file, or the bridge of the network as shipped. */
	if (vp_root_exists(root, "/run/libvirt/network/default.xml"))
		vp_flag_set(&host->default_network, VP_YES, "/run/libvirt/network/default.xml");
	else if (vp_root_exists(root, "/sys/class/net/virbr0"))
		vp_flag_set(&host->default_network, VP_YES, "/sys/class/net/virbr0");
	else
		vp_flag_set(&host->default_network, unless_running(host), "/sys/class/net/virbr0");
	vp_flag_set(&host->default_network_autostart, autostart, NETWORKS "/autostart/default.xml");
}

void vp_host_read_system(struct vp_host *host, const struct vp_root *root)
{
	read_distribution(host, root);
	read_kernel(host, root);
	read_package_manager(host, root);
	read_service(host, root);
	read_running(host, root);
	read_network(host, root);
}
