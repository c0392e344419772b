/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report.c - findings, groups, a plan and what comes after it, as lines of text for every face */
#include "config.h"

#include "report.h"

#include <string.h>

enum tone report_tone(enum vp_level level)
{
	static const enum tone tones[] = {
		[VP_OK] = TONE_OK,     [VP_NOTE] = TONE_PLAIN, [VP_TODO] = TONE_WARN,
		[VP_WARN] = TONE_WARN, [VP_CANNOT] = TONE_BAD,
	};

	return tones[level];
}

/* A mark and a word: neither a colour nor a sign tells alone. */
void report_findings(GPtrArray *lines, const GPtrArray *findings, const struct marks *marks)
{
	static const char *const words[] = {
		[VP_OK] = "ok",        [VP_NOTE] = "note",     [VP_TODO] = "to do",
		[VP_WARN] = "careful", [VP_CANNOT] = "cannot",
	};

	for (guint i = 0; i < findings->len; i++) {
		const struct vp_finding *finding = findings->pdata[i];
		const char *mark = finding->level == VP_OK       ? marks->done
				   : finding->level == VP_CANNOT ? marks->bad
				   : finding->level == VP_NOTE   ? marks->open
								 : marks->left;

		lines_addf(lines, report_tone(finding->level), "%s %s\t%s", mark, words[finding->level],
			   finding->text);
		lines_label(lines, "", finding->todo);
		if (finding->evidence)
			lines_addf(lines, TONE_DIM, "\tSeen in %s", finding->evidence);
	}
}

void report_check(GPtrArray *lines, const struct vp_session *session, const struct marks *marks)
{
	g_autofree char *summary = vp_session_summary(session);
	const struct vp_step *const *steps = vp_steps();

	lines_add(lines, TONE_PLAIN, summary);
	for (int i = 0; steps[i]; i++) {
		g_autoptr(GPtrArray) findings = vp_step_findings(session, steps[i]);

		if (!findings->len)
			continue;
		lines_add(lines, TONE_PLAIN, "");
		lines_add(lines, TONE_TITLE, steps[i]->title);
		report_findings(lines, findings, marks);
	}
}

const char *report_address(const struct vp_device *device)
{
	return device->domain ? device->address : device->address + strlen("0000:");
}

char *report_short(const char *text)
{
	g_autoptr(GRegex) domain = g_regex_new("\\b0000:(?=[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7])", 0, 0, NULL);

	return g_regex_replace_literal(domain, text, -1, 0, "", 0, NULL);
}

/* ---- plan --------------------------------------------------------------------------------------------- */

void report_plan(GPtrArray *lines, const struct vp_plan *plan)
{
	if (!plan->changes->len && plan->refused->len)
		lines_add(lines, TONE_PLAIN, "There is nothing that can be changed.");
	else if (!plan->changes->len)
		lines_add(lines, TONE_OK, "Everything is in place: there is nothing to change.");
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct vp_change *change = plan->changes->pdata[i];
		g_autofree char *title = vp_change_title(change), *diff = vp_change_diff(change);

		lines_addf(lines, TONE_TITLE, "%u. %s", i + 1, title);
		if (change->why)
			lines_addf(lines, TONE_PLAIN, "   %s", change->why);
		if (change->elsewhere)
			lines_add(lines, TONE_WARN, "   Only on the running system: listed here, not run.");
		if (diff && *diff)
			lines_add_diff(lines, diff);
		lines_add(lines, TONE_PLAIN, "");
	}
	for (guint i = 0; i < plan->notes->len; i++)
		lines_add(lines, TONE_WARN, plan->notes->pdata[i]);
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = plan->refused->pdata[i];

		lines_addf(lines, TONE_BAD, "Not done: %s: %s", refusal->what, refusal->why);
	}
	if (plan->needs_reboot && plan->changes->len)
		lines_add(lines, TONE_PLAIN, "It takes effect when the computer is started again.");
}

char *report_blocked(const struct vp_plan *plan)
{
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = plan->refused->pdata[i];

		if (refusal->blocks)
			return g_strdup_printf("%s: %s", refusal->what, refusal->why);
	}
	return NULL;
}

void report_what_now(GPtrArray *lines, const struct vp_session *session, bool undo, bool needs_reboot)
{
	g_autofree char *without = NULL;

	if (needs_reboot) {
		lines_add(lines, TONE_TITLE, "Start the computer again");
		lines_add(lines, TONE_PLAIN,
			  undo ? "Then it is as it was before the first change."
			       : "Then start virt-passthrough once more: it checks what is active now.");
		lines_add(lines, TONE_PLAIN, "");
	} else if (undo) {
		lines_add(lines, TONE_PLAIN, "All is as it was before the first change.");
	}
	if (undo)
		return;
	without = vp_boot_without(session);
	if (without && *without) {
		lines_add(lines, TONE_TITLE, "Should it not come up as you like");
		lines_add(lines, TONE_PLAIN, without);
		lines_add(lines, TONE_PLAIN, "");
	}
	lines_add(lines, TONE_TITLE, "The way back");
	lines_add(lines, TONE_PLAIN,
		  "\"virt-passthrough undo\" puts everything back, also from a live system: "
		  "virt-passthrough --root /mnt undo");
}

/* ---- risks -------------------------------------------------------------------------------------------- */

void report_risk_help(GPtrArray *lines, const char *sentence)
{
	static const struct {
		const char *word, *help;
	} table[] = {
		{"last graphics card",
		 "A second graphics card, or the processor's own, keeps a screen for this "
		 "computer. Without one it is reached over the network only."},
		{"last keyboard",
		 "Plug the keyboard into a port of another USB controller, or make sure that you "
		 "can log in over the network."},
		{"carries the network", "A second network card keeps this computer in the network."},
		{"holds",
		 "Move what it holds to a disk on another controller. Without it this computer may not "
		 "start again."},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (strstr(sentence, table[i].word))
			lines_add(lines, TONE_PLAIN, table[i].help);
}
