/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step_packages.c - the fourth room: what must be installed, and libvirt's service and network */
#include "config.h"

#include "packages.h"
#include "steps.h"

#include <string.h>

static void probe_package(const struct vp_package *package, GPtrArray *findings)
{
	const char *needed = package->needed ? package->needed : "any version";

	if (!package->wanted)
		return;
	if (package->satisfied)
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s %s is installed (needed: %s).", package->name,
								package->installed ? package->installed : "", needed),
			       NULL, package->evidence);
	else if (!package->seen)
		vp_finding_add(findings, VP_NOTE, g_strdup_printf("Whether %s is installed cannot be seen from here: %s",
								  package->name, package->purpose),
			       g_strdup("\"apply\" has the package tool install it unless it is there."), package->evidence);
	else if (package->installed)
		vp_finding_add(findings, VP_TODO, g_strdup_printf("%s %s is too old (needed: %s).", package->name,
								  package->installed, needed),
			       g_strdup("Update the system with your package tool."), package->evidence);
	else
		vp_finding_add(findings, VP_TODO, g_strdup_printf("%s is not installed: %s", package->name, package->purpose),
			       g_strdup("\"apply\" installs it."), package->evidence);
	if (package->seen)
		vp_finding_state(findings, package->satisfied ? VP_STATE_ACTIVE : VP_STATE_MISSING);
}

static void probe_flag(GPtrArray *findings, const struct vp_flag *flag, const char *yes, const char *no, const char *todo)
{
	if (flag->value == VP_YES)
		vp_finding_add(findings, VP_OK, g_strdup(yes), NULL, flag->source);
	else if (flag->value == VP_NO)
		vp_finding_add(findings, VP_TODO, g_strdup(no), g_strdup(todo), flag->source);
	if (flag->value != VP_UNKNOWN)
		vp_finding_state(findings, flag->value == VP_YES ? VP_STATE_ACTIVE : VP_STATE_MISSING);
}

static void probe_services(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_host *host = session->host;
	struct vp_flag enabled = {host->libvirt_service.value ? VP_YES : VP_NO, host->libvirt_service.source};
	g_autofree char *text = g_strdup_printf("libvirt is started at boot (%s).", host->libvirt_service.value);

	probe_flag(findings, &enabled, text, "libvirt is not started at boot.", "\"apply\" enables and starts it.");
	probe_flag(findings, &host->libvirt_running, "libvirt is running.", "libvirt is not running.",
		   "\"apply\" starts it.");
	probe_flag(findings, &host->default_network, "The network \"default\" is active.",
		   "The network \"default\" is not active, so a machine would have no network.", "\"apply\" starts it.");
}

static void probe(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) packages = vp_packages(session);

	if (!packages->len)
		vp_finding_add(findings, VP_NOTE,
			       session->host->distro_name.value
				       ? g_strdup_printf("There is no table of packages for %s.", session->host->distro_name.value)
				       : g_strdup("The distribution was not seen."),
			       g_strdup("Install libvirt, QEMU with KVM, UEFI firmware for it (OVMF), dnsmasq and virt-manager "
					"yourself."),
			       session->host->distro_id.source);
	for (guint i = 0; i < packages->len; i++)
		probe_package(g_ptr_array_index(packages, i), findings);
	probe_services(session, findings);
}

/* ---- plan --------------------------------------------------------------------------------------------------- */

static void plan_packages(const struct vp_session *session, struct vp_plan *plan)
{
	const struct vp_table_family *family = vp_packages_family(session);
	g_autoptr(GPtrArray) packages = vp_packages(session);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	bool missing = false;

	for (char **word = family ? family->install : NULL; word && *word; word++)
		g_ptr_array_add(argv, *word);
	for (guint i = 0; i < packages->len; i++) {
		const struct vp_package *package = g_ptr_array_index(packages, i);

		if (!package->wanted || package->satisfied)
			continue;
		missing = true;
		g_ptr_array_add(argv, package->name);
	}
	g_ptr_array_add(argv, NULL);
	if (missing)
		vp_plan_run(session, plan, "packages", VP_RANK_PACKAGES, (const char *const *)argv->pdata, NULL,
			    "installs what is missing");
}

/* "systemctl VERB --now UNIT…" for the services of this distribution. Caller frees. */
static char **systemctl(const struct vp_session *session, const char *verb)
{
	const struct vp_table_family *family = vp_packages_family(session);
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

	g_strv_builder_add_many(argv, "systemctl", verb, "--now", NULL);
	for (guint i = 0; family && i < family->services->len; i++)
		g_strv_builder_add(argv, ((struct vp_table_service *)g_ptr_array_index(family->services, i))->unit);
	if (!family || !family->services->len)
		g_strv_builder_add(argv, "libvirtd.service");
	return g_strv_builder_end(argv);
}

static void plan_daemon(const struct vp_session *session, struct vp_plan *plan)
{
	const struct vp_host *host = session->host;
	g_auto(GStrv) enable = systemctl(session, "enable");
	g_auto(GStrv) disable = systemctl(session, "disable");
	const char *start[] = {"systemctl", "start", host->libvirt_service.value, NULL};

	if (!host->libvirt_service.value)
		vp_plan_run(session, plan, "packages", VP_RANK_SERVICES, (const char *const *)enable,
			    (const char *const *)disable, "starts libvirt now and at every boot");
	else if (host->libvirt_running.value == VP_NO)
		vp_plan_run(session, plan, "packages", VP_RANK_SERVICES, start, NULL, "starts libvirt");
}

static void plan_network(const struct vp_session *session, struct vp_plan *plan)
{
	static const char *const autostart[] = {"virsh", "-c", "qemu:///system", "net-autostart", "default", NULL};
	static const char *const manual[] = {"virsh", "-c", "qemu:///system", "net-autostart", "default", "--disable", NULL};
	static const char *const up[] = {"virsh", "-c", "qemu:///system", "net-start", "default", NULL};
	static const char *const down[] = {"virsh", "-c", "qemu:///system", "net-destroy", "default", NULL};

	if (session->host->default_network_autostart.value == VP_NO)
		vp_plan_run(session, plan, "packages", VP_RANK_SERVICES, autostart, manual,
			    "starts the network \"default\" with libvirt");
	if (session->host->default_network.value == VP_NO)
		vp_plan_run(session, plan, "packages", VP_RANK_SERVICES, up, down, "starts the network \"default\" now");
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	if (vp_answer_bool(session, "packages"))
		plan_packages(session, plan);
	if (vp_answer_bool(session, "services")) {
		plan_daemon(session, plan);
		plan_network(session, plan);
	}
	return true;
}

static const char *const questions[] = {"packages", "services", NULL};

const struct vp_step vp_step_packages = {
	.id = "packages",
	.title = "Packages",
	.intro = "The programs the machine needs, and libvirt's service and network.",
	.questions = questions,
	.applies = vp_step_always,
	.probe = probe,
	.plan = plan,
};
