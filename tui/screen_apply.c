/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_apply.c - apply or undo while it runs: which change, the output, the time; then what to do now */
#include "config.h"

#include "wizard.h"

static const struct list_column columns[LIST_MOST_CELLS] = {{NULL, 30, false}, {NULL, 0, true}};

static char *intro_of(const struct job *job)
{
	const char *what = job_is_undo(job) ? "Putting back" : "Applying";

	if (job_running(job))
		return g_strdup_printf("%s: %u of %u done, %d s", what, job_finished(job), job_total(job),
				       job_seconds(job));
	if (job_trouble(job) && job_finished(job) < job_total(job))
		return g_strdup_printf("Stopped: %u of %u done in %d s. No further change was made.",
				       job_finished(job), job_total(job), job_seconds(job));
	return g_strdup_printf("Done: %u of %u in %d s.", job_finished(job), job_total(job),
			       job_seconds(job));
}

static void build(struct wizard *wizard, struct page *page)
{
	const struct marks *marks = terminal_marks(wizard->terminal);
	const struct {
		const char *mark, *word;
		enum tone tone;
	} faces[] = {
		[JOB_WAITS] = {marks->open, "", TONE_PLAIN},
		[JOB_RUNS] = {marks->here, "at work", TONE_TITLE},
		[JOB_DONE] = {marks->done, "done", TONE_OK},
		[JOB_ELSEWHERE] = {marks->waiting, "left to you", TONE_WARN},
		[JOB_FAILED] = {marks->bad, "failed", TONE_BAD},
	};

	g_clear_pointer(&page->intro, g_free);
	if (!wizard->job) {
		page->intro = g_strdup("Nothing was applied yet. \"b\" goes back to the plan.");
		return;
	}
	page->intro = intro_of(wizard->job);
	for (unsigned i = 0; i < job_total(wizard->job); i++) {
		enum job_state state = job_state(wizard->job, i);
		g_autofree char *id = g_strdup_printf("%u", i);

		list_item(&page->list, id, faces[state].mark, faces[state].tone, job_title(wizard->job, i),
			  faces[state].word, NULL);
		if (state == JOB_RUNS || state == JOB_FAILED) {
			g_free(page->list.keep);
			page->list.keep = g_strdup(id);
		}
	}
}

static void add_log(const struct job *job, GPtrArray *lines, guint most)
{
	const GPtrArray *log = job_log(job);

	for (guint i = log->len > most ? log->len - most : 0; i < log->len; i++)
		lines_add(lines, TONE_PLAIN, log->pdata[i]);
}

/* While it runs the end of the log, then what to do now. */
static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	const struct job *job = wizard->job;

	if (!job)
		return;
	if (job_running(job) || job_trouble(job))
		add_log(job, lines, (guint)MAX(wizard->layout.details.rows, 1));
	else
		report_what_now(lines, wizard->session, job_is_undo(job), job_needs_reboot(job));
}

static void message(struct wizard *wizard, struct page *page, GPtrArray *lines)
{
	const struct job *job = wizard->job;

	if (!job || job_running(job))
		return;
	if (job_trouble(job)) {
		lines_add(lines, TONE_BAD, job_trouble(job));
		lines_add(
			lines, TONE_PLAIN,
			job_is_undo(job)
				? "What is left stands in the journal: \"u\" on the review page tries again."
				: "What was done stands in the journal: \"u\" on the review page takes it "
				  "back.");
	} else if (job_needs_reboot(job)) {
		lines_add(lines, TONE_OK,
			  job_is_undo(job)
				  ? "All is put back. It holds from the next start of the computer on."
				  : "All done. Start the computer again to make it active.");
	} else {
		lines_add(lines, TONE_OK, "All done.");
	}
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	bool running = wizard->job && job_running(wizard->job);

	if (running && (number == CMD_BACK || (number >= CMD_STEP_1 && number <= CMD_STEP_6))) {
		wizard_say(wizard, TONE_PLAIN,
			   "At work. It is safe to wait; each change is written down first.");
		return true;
	}
	if (number == CMD_OPEN && wizard->job) {
		GPtrArray *lines = lines_new();

		if (!running && !job_trouble(wizard->job)) {
			details(wizard, page, NULL, lines);
			lines_add(lines, TONE_PLAIN, "");
		}
		lines_add(lines, TONE_TITLE, "Log");
		add_log(wizard->job, lines, G_MAXUINT);
		wizard_show(wizard, job_is_undo(wizard->job) ? "Undo" : "Apply", lines);
		return true;
	}
	return false;
}

const struct page_ops apply_page = {
	.id = "apply",
	.title = "Apply",
	.keys = KEYS_APPLY,
	.columns = columns,
	.details_share = 55,
	.build = build,
	.details = details,
	.message = message,
	.command = command,
};
