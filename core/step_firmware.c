/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step_firmware.c - the first room: can this computer do it at all, and is its firmware set for it */
#include "config.h"

#include "steps.h"

/* A virtual machine has no firmware menu of its own that could help: its host must offer the IOMMU. */
static void probe_virtual_machine(const struct vp_host *host, GPtrArray *findings)
{
	if (host->in_virtual_machine.value != VP_YES)
		return;
	if (host->iommu_table.value == VP_NO && host->iommu_groups.value <= 0)
		vp_finding_add(findings, VP_CANNOT,
			       g_strdup("This is itself a virtual machine, and it has no IOMMU, so it cannot give devices away."),
			       g_strdup("Run the program on the real computer, or give this machine a virtual IOMMU on its host."),
			       host->in_virtual_machine.source);
	else
		vp_finding_add(findings, VP_NOTE, g_strdup("This is itself a virtual machine."),
			       g_strdup("Passthrough works here only as far as its host offers it."),
			       host->in_virtual_machine.source);
}

static void probe_cpu(const struct vp_host *host, GPtrArray *findings)
{
	if (!host->cpu_vendor.value) {
		vp_finding_add(findings, VP_NOTE, g_strdup("The processor was not seen."), NULL, host->cpu_vendor.source);
		return;
	}
	if (vp_tables_cpu(host->cpu_vendor.value) == VP_CPU_ANY)
		vp_finding_add(findings, VP_CANNOT,
			       g_strdup_printf("This processor (%s) is neither from Intel nor from AMD.", host->cpu_vendor.value),
			       g_strdup("Only x86 computers with an Intel or AMD processor are supported."),
			       host->cpu_vendor.source);
}

/* Absent is never told apart from switched off by software, so both are named. */
static void add_setting(const struct vp_setting *setting, GPtrArray *findings)
{
	g_autofree char *where = g_strdup_printf("In the firmware menu: %s = %s (%s).", setting->path, setting->value,
						 setting->path_origin);

	if (setting->measured == VP_YES)
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s is as it should be.", setting->title), NULL,
			       setting->evidence);
	else if (setting->measured == VP_NO)
		vp_finding_add(findings, setting->required ? VP_TODO : VP_NOTE,
			       g_strdup_printf("%s is not as it should be.", setting->title), g_steal_pointer(&where),
			       setting->evidence);
	else if (setting->ticked)
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s: you have checked it.", setting->title), NULL, NULL);
	else
		vp_finding_add(findings, VP_NOTE, g_strdup_printf("%s cannot be seen from here.", setting->title),
			       g_steal_pointer(&where), setting->evidence);
}

static void probe(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) settings = vp_firmware_settings(session);

	probe_virtual_machine(session->host, findings);
	probe_cpu(session->host, findings);
	for (guint i = 0; i < settings->len; i++)
		add_setting(g_ptr_array_index(settings, i), findings);
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	/* Nobody but the person can change the firmware. */
	return true;
}

static const char *const questions[] = {"firmware", NULL};

const struct vp_step vp_step_firmware = {
	.id = "firmware",
	.title = "Firmware",
	.intro = "What must be switched on in the firmware (BIOS) menu.",
	.questions = questions,
	.applies = vp_step_always,
	.probe = probe,
	.plan = plan,
};
