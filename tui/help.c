/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help.c - the help of a step, its keys, and its findings */
#include "config.h"

#include "wizard.h"

void findings_show(struct wizard *wizard)
{
	struct page *page = wizard_page(wizard);
	const GPtrArray *findings = page->findings;
	g_autofree char *title = g_strdup_printf("%s: findings", page->step->title);
	GPtrArray *lines = lines_new();

	report_findings(lines, findings, terminal_marks(wizard->terminal));
	if (!findings->len)
		lines_add(lines, TONE_PLAIN, "Nothing to report.");
	wizard_show(wizard, title, lines);
}

static void add_text(GPtrArray *lines, const struct vp_session *session, const char *id)
{
	g_autofree char *text = vp_session_help(session, id);

	if (text)
		lines_add(lines, TONE_PLAIN, text);
	lines_add(lines, TONE_PLAIN, "");
}

static void add_marks(GPtrArray *lines, const struct marks *marks)
{
	lines_add(lines, TONE_TITLE, "Marks of the steps");
	lines_addf(lines, TONE_PLAIN, "  %s\tdone: all that can be seen is as it should be", marks->done);
	lines_addf(lines, TONE_PLAIN, "  %s\tsomething is left to do", marks->left);
	lines_addf(lines, TONE_PLAIN, "  %s\twritten, takes effect with the next start", marks->waiting);
	lines_addf(lines, TONE_PLAIN, "  %s\tthe step you are in", marks->here);
	lines_addf(lines, TONE_PLAIN, "  %s\tnot looked at yet, or nothing chosen there", marks->open);
	lines_addf(lines, TONE_PLAIN, "  %s\tthis computer cannot", marks->bad);
}

void help_show(struct wizard *wizard)
{
	struct page *page = wizard_page(wizard);
	const struct marks *marks = terminal_marks(wizard->terminal);
	GPtrArray *lines = lines_new();

	add_text(lines, wizard->session, page->step ? page->step->id : page->ops->id);
	lines_add(lines, TONE_TITLE, "Keys");
	keys_help(lines, page->ops->keys, marks->ascii);
	lines_add(lines, TONE_PLAIN, "");
	add_marks(lines, marks);
	lines_add(lines, TONE_PLAIN, "");
	add_text(lines, wizard->session, "glossary");
	wizard_show(wizard, "Help", lines);
}
