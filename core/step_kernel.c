/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step_kernel.c - the second room: the IOMMU and the kernel's parameters */
#include "config.h"

#include "binding.h"
#include "boot.h"
#include "kernel.h"
#include "steps.h"

#include <string.h>

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void probe_iommu(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_host *host = session->host;

	if (host->iommu_groups.value > 0) {
		vp_finding_add(findings, VP_OK,
			       g_strdup_printf("The IOMMU is on: %" G_GINT64_FORMAT " groups.", host->iommu_groups.value), NULL,
			       host->iommu_groups.source);
		vp_finding_state(findings, VP_STATE_ACTIVE);
		return;
	}
	g_ptr_array_add(findings, vp_groups_missing(session));
	if (host->iommu_groups.value == 0)
		vp_finding_state(findings, vp_kernel_iommu_waits(session) ? VP_STATE_WRITTEN : VP_STATE_MISSING);
}

/* Each word that is wanted, in one of the three states that are never mixed up. */
static void probe_word(const struct vp_parameter *parameter, GPtrArray *findings)
{
	bool wanted = parameter->planned;

	if (!parameter->suggested || !wanted)
		return;
	if (parameter->active && parameter->written) {
		vp_finding_add(findings, VP_OK, g_strdup_printf("%s is active.", parameter->text), NULL, "/proc/cmdline");
		vp_finding_state(findings, VP_STATE_ACTIVE);
	} else if (parameter->written) {
		vp_finding_add(findings, VP_TODO, g_strdup_printf("%s is written and waits for a restart.", parameter->text),
			       g_strdup("Restart the computer."), "/proc/cmdline");
		vp_finding_state(findings, VP_STATE_WRITTEN);
	} else {
		/* Passthrough works without iommu=pt: its absence is no reason to call the computer not ready. */
		vp_finding_add(findings, strcmp(parameter->text, "iommu=pt") ? VP_TODO : VP_NOTE,
			       g_strdup_printf("%s %s.", parameter->text,
					       parameter->active ? "is active now but not written, so the next start loses it"
								 : "is missing"),
			       g_strdup("\"apply\" writes it."), "/proc/cmdline");
		vp_finding_state(findings, VP_STATE_MISSING);
	}
}

static void probe_stale(const struct vp_session *session, const struct vp_parameter *parameter, GPtrArray *findings)
{
	if ((parameter->active || parameter->written) && parameter->planned &&
	    vp_tables_is_stale(session->tables, parameter->text))
		vp_finding_add(findings, VP_NOTE, g_strdup_printf("%s can go: %s", parameter->text, parameter->why),
			       g_strdup("Remove it on the Kernel page if you like."), "/proc/cmdline");
}

static void probe_loader(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	g_autofree char *place = loader ? vp_kernel_place(session) : NULL;
	const struct vp_text *seen = &session->host->boot_loader;

	if (loader && place)
		vp_finding_add(findings, VP_OK,
			       g_strdup_printf("%s starts this computer; its line is %s.", loader->title, place), NULL,
			       seen->source);
	else if (loader)
		vp_finding_add(findings, VP_WARN, g_strdup_printf("%s starts this computer, but its configuration was not found.",
								  loader->title),
			       g_strdup("Add the parameters by hand; the plan lists them."), seen->source);
	else
		vp_finding_add(findings, VP_WARN,
			       seen->value ? g_strdup_printf("The boot loader is %s, which this program does not edit.", seen->value)
					   : g_strdup("It is not known which boot loader started this computer."),
			       g_strdup("Nothing is changed there; the plan lists the words to add by hand."), seen->source);
}

static void probe(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) parameters = vp_kernel_parameters(session);

	probe_iommu(session, findings);
	probe_loader(session, findings);
	for (guint i = 0; i < parameters->len; i++) {
		probe_word(g_ptr_array_index(parameters, i), findings);
		probe_stale(session, g_ptr_array_index(parameters, i), findings);
	}
}

/* ---- plan --------------------------------------------------------------------------------------------------- */

static bool wants_nothing(const struct vp_cmdline_change *change)
{
	return !*change->set && !*change->merge && !*change->add && !*change->remove && !*change->take;
}

/* For a loader that is not edited: what the person would add or take out by hand. */
static char *by_hand(const struct vp_cmdline_change *change)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char **const add[] = {change->set, change->merge, change->add};

	for (size_t i = 0; i < G_N_ELEMENTS(add); i++)
		for (char **word = add[i]; *word; word++)
			g_string_append_printf(text, "%s%s", text->len ? " " : "add: ", *word);
	for (char **word = change->remove; *word; word++)
		g_string_append_printf(text, "%s%s", word != change->remove ? " " : text->len ? "; remove: " : "remove: ", *word);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool plan_words(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	struct vp_cmdline_change *change = vp_kernel_change(session);
	g_autofree char *hand = by_hand(change);
	bool done = wants_nothing(change);

	if (!done && !vp_boot_loader_find(session))
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "it is not known how this computer's boot loader is edited; by hand, %s", hand);
	else if (!done)
		done = vp_boot_edit(session, plan, change, error);
	vp_kernel_change_free(change);
	return done;
}

/* The boot loader puts words of its own in front (BOOT_IMAGE=, root=): what is active and written nowhere. The
 * kernel cuts the whole where its buffer ends, and what is cut is lost without a word. */
static void refuse_too_long(const struct vp_session *session, struct vp_plan *plan)
{
	const char *active = session->host->cmdline.value;
	g_autofree char *written = vp_boot_line(session, NULL);
	g_autofree char *line = vp_boot_line(session, plan);
	g_auto(GStrv) words = vp_cmdline_split(active ? active : "");
	size_t length = line ? strlen(line) : 0;
	g_autofree char *why = NULL;

	for (char **word = words; *word; word++)
		if (!written || !vp_cmdline_has(written, *word))
			length += strlen(*word) + 1;
	if (!line || length < VP_CMDLINE_SIZE || !vp_plan_touches(plan, VP_RANK_BOOT_FILES))
		return;
	why = g_strdup_printf("the line would be %zu bytes long with what the boot loader adds, and the kernel reads %d; "
			      "take parameters out first", length, VP_CMDLINE_SIZE - 1);
	vp_plan_refuse(plan, "kernel parameters", why, true);
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	g_autoptr(vp_binding_choice) binding = vp_binding_choose(session);
	bool rescue = binding->method != VP_BINDING_NONE && !binding->refused;
	g_autoptr(GError) inner = NULL;

	if (!plan_words(session, plan, &inner) ||
	    (vp_boot_loader_find(session) && !vp_boot_finish(session, plan, rescue, &inner)))
		vp_plan_refuse(plan, "kernel parameters", inner->message, false);
	else
		refuse_too_long(session, plan);
	return true;
}

static void verify(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) parameters = vp_kernel_parameters(session);

	probe_iommu(session, findings);
	for (guint i = 0; i < parameters->len; i++)
		probe_word(g_ptr_array_index(parameters, i), findings);
}

static const char *const questions[] = {"kernel.iommu", "kernel.passthrough_mode", "kernel.boot_loader", "kernel.add", "kernel.remove", NULL};

const struct vp_step vp_step_kernel = {
	.id = "kernel",
	.title = "Kernel",
	.intro = "The words the kernel is started with, so that it switches the IOMMU on.",
	.questions = questions,
	.applies = vp_step_always,
	.probe = probe,
	.plan = plan,
	.verify = verify,
};
