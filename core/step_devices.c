/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step_devices.c - the third room: which devices go, and how they are set aside at boot */
#include "config.h"

#include "binding.h"
#include "initramfs.h"
#include "modprobe.h"
#include "risk.h"
#include "steps.h"

#include <string.h>

/* ---- findings ----------------------------------------------------------------------------------------------- */

static bool on_vfio(const struct vp_device *device)
{
	return device->driver && g_str_has_prefix(device->driver, "vfio");
}

static bool is_bound_at_boot(const struct vp_binding_choice *binding, const struct vp_device *device)
{
	return binding->method != VP_BINDING_NONE && g_ptr_array_find(binding->devices, device, NULL);
}

static void probe_device(const struct vp_session *session, const struct vp_binding_choice *binding,
			 const struct vp_device *device, bool written, GPtrArray *findings)
{
	g_autofree char *source = g_strdup_printf("/sys/bus/pci/devices/%s/driver", device->address);

	if (on_vfio(device)) {
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s (%s) is set aside: %s holds it.", device->address, device->name,
								device->driver), NULL, source);
		vp_finding_state(findings, VP_STATE_ACTIVE);
	} else if (!is_bound_at_boot(binding, device)) {
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s (%s): libvirt takes it when the machine starts.",
								device->address, device->name), NULL, source);
	} else {
		vp_finding_add(findings, VP_TODO,
			       g_strdup_printf("%s (%s) %s.", device->address, device->name,
					       written ? "will be set aside at the next start"
						       : "is not set aside for the machine yet"),
			       g_strdup(written ? "Restart the computer." : "\"apply\" prepares it; it takes hold at the next start."),
			       source);
		vp_finding_state(findings, written ? VP_STATE_WRITTEN : VP_STATE_MISSING);
	}
}

/* Written: planning again would change no file for it, and owes no command. */
static bool binding_is_written(const struct vp_session *session)
{
	g_autoptr(vp_plan) plan = vp_plan_empty();

	return vp_step_kernel.plan(session, plan, NULL) && vp_step_devices.plan(session, plan, NULL) &&
	       !plan->refused->len && !vp_plan_touches(plan, VP_RANK_MODULE_FILES) &&
	       !vp_plan_touches(plan, VP_RANK_INITRAMFS) && !vp_plan_touches(plan, VP_RANK_BOOT_FILES) &&
	       !vp_plan_touches(plan, VP_RANK_BOOT_MENU);
}

static void probe_chosen(const struct vp_session *session, const GPtrArray *chosen, GPtrArray *findings)
{
	g_autoptr(vp_binding_choice) binding = vp_binding_choose(session);
	g_autoptr(GPtrArray) losses = vp_choice_findings(session);
	bool written = binding_is_written(session);

	for (guint i = 0; i < chosen->len; i++)
		probe_device(session, binding, g_ptr_array_index(chosen, i), written, findings);
	vp_finding_add(findings, VP_NOTE, g_strdup(binding->why), NULL, NULL);
	g_ptr_array_extend_and_steal(findings, g_steal_pointer(&losses));
}

/* A group whose other members are on normal drivers cannot be used, whatever else is right: the kernel refuses
 * to hand it over (drivers/iommu/iommu.c, iommu_group_claim_dma_owner). */
static void probe_groups(const struct vp_session *session, const GPtrArray *chosen, GPtrArray *findings)
{
	for (guint i = 0; i < session->host->devices->len; i++) {
		const struct vp_device *other = g_ptr_array_index(session->host->devices, i);

		for (guint j = 0; j < chosen->len; j++) {
			const struct vp_device *device = g_ptr_array_index(chosen, j);

			if (device->group < 0 || other->group != device->group || other->bridge ||
			    vp_is_chosen(session, other->address))
				continue;
			vp_finding_add(findings, VP_TODO,
				       g_strdup_printf("%s shares group %d with %s, which is not chosen.", device->address,
						       device->group, other->address),
				       g_strdup("A group goes as a whole: choose the device again, so that all of it goes."),
				       "/sys/kernel/iommu_groups");
			break;
		}
	}
}

static void probe(const struct vp_session *session, GPtrArray *findings)
{
	struct vp_finding *missing = vp_groups_missing(session);
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);

	for (guint i = 0; i < session->host->trouble->len; i++)
		vp_finding_add(findings, VP_NOTE, g_strdup(g_ptr_array_index(session->host->trouble, i)), NULL,
			       "/sys/bus/pci/devices");
	if (missing)
		g_ptr_array_add(findings, missing);
	for (guint i = 0; i < session->gone->len; i++)
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("%s was chosen for the machine and is not seen here now.",
					       (char *)g_ptr_array_index(session->gone, i)),
			       g_strdup("Put the card back into its slot, or choose again; \"undo\" works either way."),
			       "/sys/bus/pci/devices");
	if (!chosen->len) {
		vp_finding_add(findings, VP_NOTE, g_strdup("No device is chosen for the machine yet."),
			       g_strdup("Choose a graphics card on the Devices page."), NULL);
		return;
	}
	probe_chosen(session, chosen, findings);
	probe_groups(session, chosen, findings);
	vp_initramfs_findings(session, findings);
}

/* ---- plan --------------------------------------------------------------------------------------------------- */

/* It stays, and no risk that was typed out lets it go. */
static bool must_stay(const struct vp_device *device, const GPtrArray *risks)
{
	const struct vp_risk *risk = vp_risk_find(risks, device);

	return device->blocked && !(risk && risk->lifted);
}

static void refuse_companions(const struct vp_session *session, const struct vp_device *device, const GPtrArray *risks,
			      struct vp_plan *plan)
{
	g_autoptr(GPtrArray) together = vp_group_companions(session->host->devices, device);

	for (guint i = 0; i < together->len; i++) {
		const struct vp_device *other = g_ptr_array_index(together, i);
		g_autofree char *why = NULL;

		if (must_stay(other, risks))
			why = g_strdup_printf("%s (%s) would have to go with it, and %s", other->address, other->kind,
					      other->blocked);
		else if (!vp_is_chosen(session, other->address))
			why = g_strdup_printf("%s (%s) must go with it, and is not chosen", other->address, other->kind);
		if (why)
			vp_plan_refuse(plan, device->address, why, true);
	}
}

/* Refused until it is typed out; then it stands in the plan for everyone to read. */
static void weigh_risks(const GPtrArray *risks, struct vp_plan *plan)
{
	for (guint i = 0; i < risks->len; i++) {
		const struct vp_risk *risk = g_ptr_array_index(risks, i);
		g_autofree char *sentence = vp_risk_sentence(risk), *why = NULL;

		if (risk->lifted) {
			g_ptr_array_add(plan->notes,
					g_strdup_printf("A risk you have taken: %s, and it is given away.", sentence));
			continue;
		}
		why = g_strdup_printf("this %s stays with this computer: it %s; to take the risk all the same, put it into "
				      "the answer \"overrule\" word for word: \"%s\"",
				      risk->device->kind, risk->what, sentence);
		vp_plan_refuse(plan, risk->device->address, why, true);
	}
}

/* Answers from a file were not typed on the screen, so what the screen refuses is refused here again. */
static void refuse_unfit(const struct vp_session *session, const GPtrArray *chosen, struct vp_plan *plan)
{
	g_autoptr(GPtrArray) risks = vp_risks(session, chosen, NULL);

	weigh_risks(risks, plan);
	for (guint i = 0; i < chosen->len; i++) {
		const struct vp_device *device = g_ptr_array_index(chosen, i);
		g_autofree char *why = NULL;

		if (!must_stay(device, risks)) {
			refuse_companions(session, device, risks, plan);
			continue;
		}
		/* Its own reason is the one to know: that others of its group stay as well adds nothing. */
		if (vp_risk_find(risks, device))
			continue;
		why = g_strdup_printf("this %s stays with this computer: it %s", device->kind, device->blocked);
		vp_plan_refuse(plan, device->address, why, true);
	}
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);
	g_autoptr(vp_binding_choice) binding = vp_binding_choose(session);
	g_autoptr(GError) inner = NULL;

	refuse_unfit(session, chosen, plan);
	if (binding->refused)
		vp_plan_refuse(plan, "binding", binding->refused, true);
	else if (!vp_modprobe_plan(session, plan, binding, &inner) ||
		 !vp_initramfs_plan(session, plan, binding->method, &inner))
		vp_plan_refuse(plan, "binding", inner->message, true);
	return true;
}

static void verify(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);

	probe_chosen(session, chosen, findings);
	probe_groups(session, chosen, findings);
}

static const char *const questions[] = {"devices", "binding", NULL};

const struct vp_step vp_step_devices = {
	.id = "devices",
	.title = "Devices",
	.intro = "Which devices the machine gets, and this computer then no longer has.",
	.questions = questions,
	.applies = vp_step_always,
	.probe = probe,
	.plan = plan,
	.verify = verify,
};
