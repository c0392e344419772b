/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_boot.c - what boots this system: its boot loader and the tool that makes its initramfs, from evidence */
#include "config.h"

#include "host.h"

#include <string.h>

#define EFIVARS "/sys/firmware/efi/efivars"
/* systemd.io/BOOT_LOADER_INTERFACE: variables of this boot, never of an old one. */
#define LOADER_INFO EFIVARS "/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define STUB_INFO EFIVARS "/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* Where an EFI system partition or /boot partition is mounted. */
static const char *const esps[] = {"/boot", "/efi", "/boot/efi"};

/* ---- small questions ---------------------------------------------------------------------------------------- */

/* The first name in a folder that fits a glob pattern, as a path; NULL: none. Caller frees. */
static char *find_in(const struct vp_root *root, const char *folder, const char *pattern)
{
	g_auto(GStrv) names = vp_root_list(root, folder);

	for (char **name = names; name && *name; name++)
		if (g_pattern_match_simple(pattern, *name))
			return g_build_filename(folder, *name, NULL);
	return NULL;
}

static char *find_on_esp(const struct vp_root *root, const char *folder, const char *pattern)
{
	char *found = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(esps) && !found; i++) {
		g_autofree char *path = g_strconcat(esps[i], folder, NULL);

		found = find_in(root, path, pattern);
	}
	return found;
}

/* A UTF-16 text behind four bytes of attributes, NULL when there is none. Caller frees. */
static char *efi_text(const struct vp_root *root, const char *path)
{
	g_autoptr(GBytes) content = vp_root_read(root, path, NULL);
	gsize length = content ? g_bytes_get_size(content) : 0;
	g_autofree gunichar2 *units = NULL;

	if (length <= 4)
		return NULL;
	units = g_new0(gunichar2, length / 2);
	memcpy(units, (const char *)g_bytes_get_data(content, NULL) + 4, (length - 4) & ~(gsize)1);
	return g_utf16_to_utf8(units, (glong)((length - 4) / 2), NULL, NULL, NULL);
}

/* Whether a line of a file, without its indentation, begins with one of these words. */
static bool has_line(const struct vp_root *root, const char *path, const char *const *beginnings)
{
	g_autofree char *text = vp_root_read_text(root, path);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++)
		for (const char *const *beginning = beginnings; *beginning; beginning++)
			if (g_str_has_prefix(g_strchug(*line), *beginning))
				return true;
	return false;
}

/* ---- who looks after the entries of a loader ----------------------------------------------------------------- */

/* The preset of mkinitcpio that makes unified kernel images, NULL: none does. Caller frees. */
static char *find_uki_preset(const struct vp_root *root)
{
	static const char *const beginnings[] = {"default_uki=", "ALL_uki=", "default_efi_image=", NULL};
	g_auto(GStrv) names = vp_root_list(root, "/etc/mkinitcpio.d");

	for (char **name = names; name && *name; name++) {
		g_autofree char *path = g_strconcat("/etc/mkinitcpio.d/", *name, NULL);

		if (g_str_has_suffix(*name, ".preset") && has_line(root, path, beginnings))
			return g_steal_pointer(&path);
	}
	return NULL;
}

/* kernel-install(8) names its entries after the token of the installation. */
static char *find_kernel_install_entry(const struct vp_root *root)
{
	static const char *const tokens[] = {"/etc/kernel/entry-token", "/etc/machine-id"};

	for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
		g_autofree char *token = vp_root_read_text(root, tokens[i]);
		g_autofree char *pattern = token && *token ? g_strconcat(token, "-*.conf", NULL) : NULL;
		char *found = pattern ? find_on_esp(root, "/loader/entries", pattern) : NULL;

		if (found)
			return found;
	}
	return vp_root_exists(root, "/etc/kernel/cmdline") ? g_strdup("/etc/kernel/cmdline") : NULL;
}

/* Each returns the id and, where a file decided, its path in *ret_why. */
static const char *systemd_boot_kind(const struct vp_root *root, char **ret_why)
{
	if (vp_root_exists(root, "/etc/sdboot-manage.conf")) {
		*ret_why = g_strdup("/etc/sdboot-manage.conf");
		return "sdboot-manage";
	}
	*ret_why = find_kernel_install_entry(root);
	return *ret_why ? "kernel-install" : "systemd-boot";
}

static const char *limine_kind(const struct vp_root *root, char **ret_why)
{
	static const char *const traces[] = {"/etc/default/limine", "/usr/bin/limine-update"};

	for (size_t i = 0; i < G_N_ELEMENTS(traces); i++)
		if (vp_root_exists(root, traces[i])) {
			*ret_why = g_strdup(traces[i]);
			return "limine-entry-tool";
		}
	return "limine";
}

static const char *grub_kind(const struct vp_root *root, char **ret_why)
{
	static const char *const beginnings[] = {"GRUB_ENABLE_BLSCFG=true", "GRUB_ENABLE_BLSCFG=\"true\"",
						 "GRUB_ENABLE_BLSCFG='true'", NULL};

	if (!has_line(root, "/etc/default/grub", beginnings))
		return "grub";
	*ret_why = g_strdup("/etc/default/grub");
	return "grub-bls";
}

static const char *refind_kind(const struct vp_root *root, char **ret_why)
{
	return "refind";
}

/* A unified image carries its command line, so what counts is who builds it. */
static const char *uki_kind(const struct vp_root *root, char **ret_why)
{
	static const char *const layout[] = {"layout=uki", NULL};

	*ret_why = find_uki_preset(root);
	if (*ret_why || !has_line(root, "/etc/kernel/install.conf", layout))
		return "uki";
	*ret_why = g_strdup("/etc/kernel/install.conf");
	return "kernel-install";
}

/* ---- the traces each leaves ---------------------------------------------------------------------------------- */

static char *grub_trace(const struct vp_root *root)
{
	static const char *const traces[] = {"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg",
					     "/etc/default/grub"};

	for (size_t i = 0; i < G_N_ELEMENTS(traces); i++)
		if (vp_root_exists(root, traces[i]))
			return g_strdup(traces[i]);
	return NULL;
}

static char *uki_trace(const struct vp_root *root)
{
	char *preset = find_uki_preset(root);

	return preset ? preset : find_on_esp(root, "/EFI/Linux", "*.efi");
}

/* GRUB reads loader entries too where it is built to (grub-bls), and unified images need none. */
static char *systemd_boot_trace(const struct vp_root *root)
{
	g_autofree char *bls = NULL, *image = NULL;
	char *entry;

	if (vp_root_exists(root, "/etc/sdboot-manage.conf"))
		return g_strdup("/etc/sdboot-manage.conf");
	if (!strcmp(grub_kind(root, &bls), "grub-bls"))
		return NULL;
	entry = find_on_esp(root, "/loader/entries", "*.conf");
	image = entry ? NULL : uki_trace(root);
	return entry || image ? entry : find_on_esp(root, "/loader", "loader.conf");
}

static char *limine_trace(const struct vp_root *root)
{
	static const char *const folders[] = {"", "/limine", "/EFI/limine", "/EFI/BOOT"};
	char *found = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(folders) && !found; i++)
		found = find_on_esp(root, folders[i], "limine.conf");
	return found;
}

static char *refind_trace(const struct vp_root *root)
{
	return find_in(root, "/boot", "refind_linux.conf");
}

struct loader {
	const char *says; /* what its LoaderInfo begins with */
	const char *(*kind)(const struct vp_root *root, char **ret_why);
	char *(*trace)(const struct vp_root *root);
	bool needs_efi;
	bool tells; /* it always sets LoaderInfo */
};

enum { GRUB, SYSTEMD_BOOT, LIMINE, REFIND, UKI };

/* GRUB tells only with its module bli (since 2.12), and Limine and rEFInd not in every version. */
static const struct loader loaders[] = {
	[GRUB] = {"GRUB", grub_kind, grub_trace, .needs_efi = false, .tells = false},
	[SYSTEMD_BOOT] = {"systemd-boot", systemd_boot_kind, systemd_boot_trace, .needs_efi = true,
			  .tells = true},
	[LIMINE] = {"Limine", limine_kind, limine_trace, .needs_efi = false, .tells = false},
	[REFIND] = {"rEFInd", refind_kind, refind_trace, .needs_efi = true, .tells = false},
	[UKI] = {NULL, uki_kind, uki_trace, .needs_efi = true, .tells = false},
};

/* ---- the judgement ------------------------------------------------------------------------------------------- */

static void settle(struct vp_host *host, const struct vp_root *root, const struct loader *loader,
		   const char *proof)
{
	g_autofree char *why = NULL;
	const char *id = loader->kind(root, &why);
	g_autofree char *source =
		why && strcmp(why, proof) != 0 ? g_strdup_printf("%s, %s", proof, why) : g_strdup(proof);

	vp_text_take(&host->boot_loader, g_strdup(id), source);
}

/* What the loader itself told the kernel. */
static bool loader_by_efi(struct vp_host *host, const struct vp_root *root)
{
	g_autofree char *stub = efi_text(root, STUB_INFO), *info = efi_text(root, LOADER_INFO);
	g_autofree char *folded = info ? g_ascii_strdown(info, -1) : NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(loaders); i++) {
		const struct loader *loader = &loaders[i];
		g_autofree char *says = loader->says ? g_ascii_strdown(loader->says, -1) : NULL;
		const char *variable = says ? LOADER_INFO : STUB_INFO, *told = says ? info : stub;
		/* The stub of a unified image ran after any loader: there the image decides. */
		bool fits = says ? folded && !stub && g_str_has_prefix(folded, says) : stub != NULL;

		if (fits) {
			g_autofree char *proof = g_strdup_printf("%s (%s)", variable, told);

			settle(host, root, loader, proof);
			return true;
		}
	}
	return false;
}

/* GRUB puts BOOT_IMAGE= in front of the command line, and so does the syslinux family. That outweighs LoaderInfo:
 * rEFInd or systemd-boot may have started GRUB. The stub of a unified image takes the line from its image. */
static bool loader_by_cmdline(struct vp_host *host, const struct vp_root *root)
{
	const char *cmdline = host->cmdline.value ? host->cmdline.value : "";
	g_autofree char *trace = grub_trace(root), *proof = NULL;

	if (!g_str_has_prefix(cmdline, "BOOT_IMAGE=") || !trace || vp_root_exists(root, STUB_INFO) ||
	    vp_root_exists(root, "/boot/syslinux/syslinux.cfg") ||
	    vp_root_exists(root, "/boot/extlinux/extlinux.conf"))
		return false;
	proof = g_strdup_printf("/proc/cmdline (%.*s), %s", (int)strcspn(cmdline, " "), cmdline, trace);
	settle(host, root, &loaders[GRUB], proof);
	return true;
}

/* Whether what is known of this boot speaks against a loader that has left traces. */
static bool is_contradicted(const struct vp_host *host, const struct vp_root *root,
			    const struct loader *loader)
{
	g_auto(GStrv) variables = vp_root_list(root, EFIVARS);

	if (loader == &loaders[GRUB])
		return host->cmdline.value && !g_str_has_prefix(host->cmdline.value, "BOOT_IMAGE=");
	if (loader->needs_efi && host->uefi.value == VP_NO)
		return true;
	return loader->tells && variables && variables[0] && !vp_root_exists(root, LOADER_INFO);
}

/* The traces on the disk: one loader's are enough, of several the one that this boot does not speak against. */
static void loader_by_traces(struct vp_host *host, const struct vp_root *root)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autofree char *proof = NULL;
	const struct loader *found = NULL, *likely = NULL;
	guint traces = 0, plausible = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(loaders); i++) {
		g_autofree char *trace = loaders[i].trace(root);

		if (!trace)
			continue;
		g_string_append_printf(seen, "%s%s", seen->len ? ", " : "", trace);
		traces++;
		found = &loaders[i];
		if (!is_contradicted(host, root, found)) {
			likely = found;
			plausible++;
		}
	}
	if (traces == 1 || plausible == 1) {
		found = traces == 1 ? found : likely;
		proof = found->trace(root);
		settle(host, root, found, proof);
	} else if (traces > 1) {
		proof = g_strdup_printf("several boot loaders have left traces: %s", seen->str);
		vp_text_take(&host->boot_loader, NULL, proof);
	} else {
		vp_text_take(&host->boot_loader, NULL, "/boot, /efi, /etc");
	}
}

/* ---- initramfs ------------------------------------------------------------------------------------------------ */

struct initramfs_tool {
	const char *id;
	const char *programs[2];
	const char *config;           /* there when the tool was installed, or set up */
	const char *folder, *pattern; /* what shows that it is the one in use */
};

static const struct initramfs_tool tools[] = {
	{"mkinitcpio",
	 {"/usr/bin/mkinitcpio", "/usr/sbin/mkinitcpio"},
	 "/etc/mkinitcpio.conf",
	 "/etc/mkinitcpio.d",
	 "*.preset"},
	{"dracut",
	 {"/usr/bin/dracut", "/usr/sbin/dracut"},
	 "/etc/dracut.conf",
	 "/etc/dracut.conf.d",
	 "*.conf"},
	/* A state file for each kernel whose image update-initramfs looks after (its man page). */
	{"initramfs-tools",
	 {"/usr/sbin/update-initramfs", "/usr/bin/update-initramfs"},
	 "/etc/initramfs-tools/initramfs.conf",
	 "/var/lib/initramfs-tools",
	 "*"},
	{"booster",
	 {"/usr/bin/booster", "/usr/lib/booster/regenerate_images"},
	 "/etc/booster.yaml",
	 "/boot",
	 "booster-*.img"},
};

static const char *tool_program(const struct vp_root *root, const struct initramfs_tool *tool)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tool->programs); i++)
		if (vp_root_exists(root, tool->programs[i]))
			return tool->programs[i];
	return NULL;
}

/* The program counts most, then the images it looks after; the configuration alone only where nothing else is. */
static void read_initramfs(struct vp_host *host, const struct vp_root *root)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	const struct initramfs_tool *best = NULL;
	int best_rank = 0;
	bool tie = false;

	for (size_t i = 0; i < G_N_ELEMENTS(tools); i++) {
		const char *program = tool_program(root, &tools[i]);
		bool configured = vp_root_exists(root, tools[i].config);
		g_autofree char *image = find_in(root, tools[i].folder, tools[i].pattern);
		int rank = (program ? 4 : 0) + (image ? 2 : 0) + (configured ? 1 : 0);

		if (rank == 0)
			continue;
		g_string_append_printf(seen, "%s%s", seen->len ? ", " : "",
				       program ? program
				       : image ? image
					       : tools[i].config);
		/* Beside one that looks after images, a program alone says little. */
		tie = rank == best_rank || (tie && rank < best_rank);
		if (rank > best_rank) {
			best = &tools[i];
			best_rank = rank;
		}
	}
	if (best && !tie)
		vp_text_take(&host->initramfs, g_strdup(best->id), seen->str);
	else
		vp_text_take(&host->initramfs, NULL, best ? seen->str : "/usr/bin, /usr/sbin, /etc");
}

void vp_host_read_boot(struct vp_host *host, const struct vp_root *root)
{
	if (!loader_by_cmdline(host, root) && !loader_by_efi(host, root))
		loader_by_traces(host, root);
	read_initramfs(host, root);
}
