/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_review.c - every change of the plan before it is made; apply, undo, and saving the answers */
#include "config.h"

#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {
	{NULL, 0, false}, {NULL, 30, false}, {NULL, 16, true}};

/* ---- rows --------------------------------------------------------------------------------------------- */

static void make_plan(struct wizard *wizard)
{
	g_autoptr(GError) error = NULL;

	if (wizard->plan || wizard->plan_trouble)
		return;
	wizard->plan = vp_plan_new(wizard->session, &error);
	if (!wizard->plan) {
		wizard->plan_trouble = g_strdup(error->message);
		return;
	}
	wizard->diffs = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_set_size(wizard->diffs, (int)wizard->plan->changes->len);
}

static char *intro_of(const struct wizard *wizard)
{
	guint changes = wizard->plan ? wizard->plan->changes->len : 0;
	bool undo = vp_journal_exists(wizard->session);

	if (!wizard->plan)
		return g_strdup("There is no plan yet.");
	if (!changes && undo)
		return g_strdup(
			"Everything is in place: there is nothing to change. \"u\" puts all back as it was.");
	if (!changes)
		return g_strdup("There is nothing to change.");
	return g_strdup_printf("Nothing %s yet. %u change%s%s; \"a\" applies%s.",
			       undo ? "of this has been done" : "has been changed", changes,
			       changes == 1 ? "" : "s",
			       wizard->plan->needs_reboot ? ", active after a restart" : "",
			       undo ? ", \"u\" undoes the earlier ones" : "");
}

static enum progress progress_of(const struct wizard *wizard)
{
	if (!wizard->plan || (!wizard->plan->changes->len && !vp_journal_exists(wizard->session)))
		return PROGRESS_OPEN;
	if (wizard->plan->changes->len || wizard->plan->refused->len)
		return PROGRESS_LEFT;
	for (int i = 0; i < wizard->count; i++)
		if (wizard->pages[i].progress == PROGRESS_WAITS)
			return PROGRESS_WAITS;
	return PROGRESS_DONE;
}

/* What is refused and holds everything up, or what is refused and the rest goes on. */
static void add_refused(struct wizard *wizard, struct list *list, bool blocks, const char *heading)
{
	for (guint i = 0; i < wizard->plan->refused->len; i++) {
		const struct vp_refusal *refusal = wizard->plan->refused->pdata[i];
		g_autofree char *id = g_strdup_printf("r%u", i);

		if (refusal->blocks != blocks)
			continue;
		if (heading)
			list_heading(list, blocks ? TONE_BAD : TONE_WARN, heading);
		heading = NULL;
		list_item(list, id, NULL, TONE_WARN, terminal_marks(wizard->terminal)->bad, refusal->what,
			  refusal->why, NULL);
	}
}

static void add_notes(struct wizard *wizard, struct list *list)
{
	for (guint i = 0; i < wizard->plan->notes->len; i++) {
		g_autofree char *id = g_strdup_printf("n%u", i);

		list_line(list, id, NULL, TONE_WARN, wizard->plan->notes->pdata[i]);
	}
}

static void build(struct wizard *wizard, struct page *page)
{
	make_plan(wizard);
	g_free(page->intro);
	page->intro = intro_of(wizard);
	page->progress = progress_of(wizard);
	if (!wizard->plan)
		return;
	add_refused(wizard, &page->list, true, "In the way of all the rest");
	for (guint i = 0; i < wizard->plan->changes->len; i++) {
		const struct vp_change *change = wizard->plan->changes->pdata[i];
		g_autofree char *title = vp_change_title(change), *id = g_strdup_printf("%u", i);
		g_autofree char *number = g_strdup_printf("%2u", i + 1);

		list_item(&page->list, id, NULL, TONE_PLAIN, number, title, NULL);
	}
	add_refused(wizard, &page->list, false, "Will not be done");
	add_notes(wizard, &page->list);
}

static const char *diff_of(struct wizard *wizard, guint index)
{
	if (!wizard->diffs->pdata[index])
		wizard->diffs->pdata[index] = vp_change_diff(wizard->plan->changes->pdata[index]);
	return wizard->diffs->pdata[index];
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	if (*row->id == 'r') {
		const struct vp_refusal *refusal =
			wizard->plan->refused->pdata[g_ascii_strtoull(row->id + 1, NULL, 10)];

		lines_add(lines, TONE_TITLE, refusal->what);
		lines_add(lines, TONE_WARN, refusal->why);
		return;
	}
	if (*row->id == 'n') {
		lines_add(lines, TONE_WARN, row->cells[0]);
		return;
	}

	guint index = (guint)g_ascii_strtoull(row->id, NULL, 10);
	const struct vp_change *change = wizard->plan->changes->pdata[index];
	const char *diff = diff_of(wizard, index);

	if (change->why)
		lines_add(lines, TONE_PLAIN, change->why);
	if (change->elsewhere)
		lines_add(lines, TONE_WARN, "This needs that system running: it is listed here and not run.");
	if (diff)
		lines_add_diff(lines, diff);
}

static void message(struct wizard *wizard, struct page *page, GPtrArray *lines)
{
	g_autofree char *obstacle = cli_may_change(wizard->cli, wizard->session);
	g_autofree char *blocked = wizard->plan ? report_blocked(wizard->plan) : NULL;

	if (wizard->plan_trouble)
		lines_add(lines, TONE_BAD, wizard->plan_trouble);
	else if (blocked)
		lines_addf(lines, TONE_BAD, "This plan cannot be applied: %s", blocked);
	else if (obstacle && wizard->plan->changes->len)
		lines_addf(lines, TONE_WARN, "%s \"s\" saves your answers.", obstacle);
	else if (wizard->plan->changes->len)
		lines_add(lines, TONE_PLAIN,
			  "Each change is written down before it is made: undo puts everything back.");
}

/* ---- commands ----------------------------------------------------------------------------------------- */

static void run_job(struct wizard *wizard, const struct vp_plan *plan, bool undo)
{
	GError *error = NULL;
	struct job *job = job_start(wizard->cli, wizard->session, plan, undo, &error);

	if (!job) {
		wizard_say_error(wizard, error);
		return;
	}
	job_free(wizard->job);
	wizard->job = job;
	wizard_go_apply(wizard);
}

static void apply_answered(int button, void *data)
{
	struct wizard *wizard = data;

	if (button == 0 && wizard->plan)
		run_job(wizard, wizard->plan, false);
}

static void undo_answered(int button, void *data)
{
	struct wizard *wizard = data;
	GError *error = NULL;

	if (button != 0)
		return;

	g_autoptr(vp_plan) plan = vp_plan_undo(wizard->session, &error);

	if (plan)
		run_job(wizard, plan, true);
	else
		wizard_say_error(wizard, error);
}

/* The titles of a plan, as many as fit into a box. */
static void add_titles(GPtrArray *lines, const struct vp_plan *plan)
{
	enum { MOST = 10 };

	for (guint i = 0; i < plan->changes->len && i < MOST; i++) {
		g_autofree char *title = vp_change_title(plan->changes->pdata[i]);

		lines_addf(lines, TONE_PLAIN, "- %s", title);
	}
	if (plan->changes->len > MOST)
		lines_addf(lines, TONE_PLAIN, "- and %u more", plan->changes->len - MOST);
}

static void ask_apply(struct wizard *wizard)
{
	static const char *const buttons[] = {"Apply", "Not yet", NULL};
	g_autofree char *obstacle = cli_may_change(wizard->cli, wizard->session);
	g_autofree char *blocked = wizard->plan ? report_blocked(wizard->plan) : NULL;
	struct question question = {.title = "Apply the plan?", .data = wizard};

	if (blocked) {
		g_autofree char *said = g_strdup_printf("This plan cannot be applied: %s", blocked);

		wizard_say(wizard, TONE_BAD, said);
		return;
	}
	if (!wizard->plan || !wizard->plan->changes->len) {
		wizard_say(wizard, TONE_PLAIN,
			   wizard->plan ? "There is nothing to change." : wizard->plan_trouble);
		return;
	}
	if (obstacle) {
		wizard_say(wizard, TONE_WARN, obstacle);
		return;
	}
	question.lines = lines_new();
	add_titles(question.lines, wizard->plan);
	lines_add(question.lines, TONE_PLAIN, "");
	lines_add(question.lines, TONE_PLAIN,
		  "Each change is written down before it is made, so that undo finds it.");
	wizard_push(wizard, buttons_new(wizard->terminal, &question, buttons, 1, apply_answered));
}

static void ask_undo(struct wizard *wizard)
{
	static const char *const buttons[] = {"Put everything back", "Not now", NULL};
	struct question question = {.title = "Undo?", .data = wizard};
	g_autofree char *obstacle = cli_may_change(wizard->cli, wizard->session);
	GError *error = NULL;

	if (!vp_journal_exists(wizard->session)) {
		wizard_say(wizard, TONE_PLAIN, "Nothing was changed yet, so there is nothing to undo.");
		return;
	}
	if (obstacle) {
		wizard_say(wizard, TONE_WARN, obstacle);
		return;
	}

	g_autoptr(vp_plan) plan = vp_plan_undo(wizard->session, &error);

	if (!plan) {
		wizard_say_error(wizard, error);
		return;
	}
	question.lines = lines_new();
	add_titles(question.lines, plan);
	wizard_push(wizard, buttons_new(wizard->terminal, &question, buttons, 1, undo_answered));
}

static char *save_answered(const char *path, void *data)
{
	struct wizard *wizard = data;
	g_autoptr(GError) error = NULL;

	if (!*path)
		return g_strdup("Type the name of a file.");
	if (!vp_answers_save(wizard->session, path, &error))
		return g_strdup(error->message);

	g_autofree char *said =
		g_strdup_printf("Saved. To go on with them: sudo virt-passthrough --answers %s", path);

	wizard_say(wizard, TONE_OK, said);
	return NULL;
}

static void ask_save(struct wizard *wizard)
{
	struct question question = {.title = "Save the answers", .data = wizard, .lines = lines_new()};
	g_autofree char *folder = g_get_current_dir();
	g_autofree char *path = g_build_filename(folder, "virt-passthrough-answers.json", NULL);

	lines_add(question.lines, TONE_PLAIN, "A JSON file with every answer; --answers reads it.");
	wizard_push(wizard, input_new(wizard->terminal, &question, path, save_answered));
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct list_row *row = list_current(&page->list);

	switch (number) {
	case CMD_APPLY:
		ask_apply(wizard);
		return true;
	case CMD_UNDO:
		ask_undo(wizard);
		return true;
	case CMD_SAVE:
		ask_save(wizard);
		return true;
	case CMD_OPEN:
		if (row) {
			GPtrArray *lines = lines_new();

			details(wizard, page, row, lines);
			wizard_show(wizard, row->cells[1] ? row->cells[1] : "Risk", lines);
		}
		return true;
	default:
		return false;
	}
}

const struct page_ops review_page = {
	.id = "review",
	.title = "Review",
	.keys = KEYS_REVIEW,
	.columns = columns,
	.details_share = 60,
	.build = build,
	.details = details,
	.message = message,
	.command = command,
};
