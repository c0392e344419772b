/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wizard.c - the guided set-up: its pages, the way between them, and the one loop that waits */
#include "config.h"

#include "wizard.h"

#include <signal.h>
#include <string.h>

/* ---- pages -------------------------------------------------------------------------------------------- */

struct page *wizard_page(struct wizard *wizard)
{
	return &wizard->pages[wizard->current];
}

static const struct page_ops *ops_for(const char *step)
{
	static const struct page_ops *const known[] = {&firmware_page, &kernel_page, &devices_page,
						       &packages_page, &machine_page};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (!strcmp(known[i]->id, step))
			return known[i];
	return &machine_page; /* questions as a form: good for any step */
}

static void add_page(struct wizard *wizard, const struct page_ops *ops, const struct vp_step *step)
{
	struct page *page = &wizard->pages[wizard->count++];

	page->ops = ops;
	page->step = step;
	list_init(&page->list, ops->columns);
}

static void make_pages(struct wizard *wizard)
{
	const struct vp_step *const *steps = vp_steps();
	size_t count = 0;

	while (steps[count])
		count++;
	wizard->pages = g_new0(struct page, count + 2);
	for (size_t i = 0; i < count; i++)
		if (!steps[i]->applies || steps[i]->applies(wizard->session))
			add_page(wizard, ops_for(steps[i]->id), steps[i]);
	add_page(wizard, &review_page, NULL);
	add_page(wizard, &apply_page, NULL);
}

static void free_pages(struct wizard *wizard)
{
	for (int i = 0; i < wizard->count; i++) {
		list_free(&wizard->pages[i].list);
		g_clear_pointer(&wizard->pages[i].data, g_ptr_array_unref);
		g_clear_pointer(&wizard->pages[i].findings, g_ptr_array_unref);
		g_free(wizard->pages[i].intro);
		g_free(wizard->pages[i].corner);
	}
	g_free(wizard->pages);
}

/* ---- messages ----------------------------------------------------------------------------------------- */

/* What stands in the message line as long as no key was answered: the gravest finding of the step. */
static void gravest_finding(const struct page *page, GPtrArray *lines)
{
	const struct vp_finding *gravest = NULL;

	for (guint i = 0; i < page->findings->len; i++) {
		const struct vp_finding *finding = page->findings->pdata[i];

		if (!gravest || finding->level > gravest->level)
			gravest = finding;
	}
	if (!gravest)
		return;
	lines_addf(lines, report_tone(gravest->level), "%s%s%s", gravest->text, gravest->todo ? " " : "",
		   gravest->todo ? gravest->todo : "");
}

static void standing_message(struct wizard *wizard)
{
	struct page *page = wizard_page(wizard);

	g_ptr_array_set_size(wizard->message, 0);
	if (page->ops->message)
		page->ops->message(wizard, page, wizard->message);
	else if (page->step)
		gravest_finding(page, wizard->message);
}

static void fall_silent(struct wizard *wizard)
{
	g_clear_pointer(&wizard->said, g_ptr_array_unref);
	wizard->said_keys = 0;
}

void wizard_say(struct wizard *wizard, enum tone tone, const char *text)
{
	fall_silent(wizard);
	wizard->said = lines_new();
	lines_add(wizard->said, tone, text);
}

const GPtrArray *wizard_message(const struct wizard *wizard)
{
	return wizard->said ? wizard->said : wizard->message;
}

void wizard_say_error(struct wizard *wizard, GError *error_taken)
{
	wizard_say(wizard, TONE_BAD, error_taken->message);
	g_error_free(error_taken);
}

/* ---- what changes ------------------------------------------------------------------------------------- */

static void make_details(struct wizard *wizard)
{
	struct page *page = wizard_page(wizard);
	const struct list_row *row = list_current(&page->list);

	g_ptr_array_set_size(wizard->details, 0);
	if (row || page->ops == &apply_page)
		page->ops->details(wizard, page, row, wizard->details);
}

void wizard_rows_changed(struct wizard *wizard)
{
	struct page *page = wizard_page(wizard);

	list_clear(&page->list);
	page->ops->build(wizard, page);
	list_ready(&page->list);
	make_details(wizard);
	standing_message(wizard);
}

void wizard_changed(struct wizard *wizard)
{
	fall_silent(wizard);
	g_free(wizard->summary);
	wizard->summary = vp_session_summary(wizard->session);
	for (int i = 0; i < wizard->count; i++)
		page_weigh(&wizard->pages[i], wizard->session);
	g_clear_pointer(&wizard->plan, vp_plan_free);
	g_clear_pointer(&wizard->diffs, g_ptr_array_unref);
	g_clear_pointer(&wizard->plan_trouble, g_free);
	wizard_rows_changed(wizard);
}

void wizard_look_again(struct wizard *wizard)
{
	GError *error = NULL;

	vp_session_probe(wizard->session, &error);
	wizard_changed(wizard);
	if (error)
		wizard_say_error(wizard, error);
}

void wizard_go(struct wizard *wizard, int index)
{
	wizard->current = CLAMP(index, 0, wizard->count - 1);
	wizard_page(wizard)->visited = true;
	fall_silent(wizard);
	wizard_rows_changed(wizard);
}

void wizard_go_review(struct wizard *wizard)
{
	wizard_go(wizard, wizard->count - 2);
}

void wizard_go_apply(struct wizard *wizard)
{
	wizard_go(wizard, wizard->count - 1);
}

/* ---- what is put over the page ------------------------------------------------------------------------ */

void wizard_push(struct wizard *wizard, struct view *view)
{
	views_push(wizard->views, view);
}

void wizard_show(struct wizard *wizard, const char *title, GPtrArray *lines_taken)
{
	wizard_push(wizard, pager_new(wizard->terminal, title, lines_taken));
}

static void quit_answered(int button, void *data)
{
	struct wizard *wizard = data;
	GError *error = NULL;

	if (button == 0 && !wizard->cli->demo && !vp_answers_keep(wizard->session, &error))
		wizard_say_error(wizard, error);
	else
		wizard->leaving = button == 0 || button == 1;
}

void wizard_quit(struct wizard *wizard)
{
	static const char *const keep[] = {"Keep them and leave", "Leave", "Stay", NULL};
	static const char *const demo[] = {"Leave", NULL};
	struct question question = {.title = "Leave?", .data = wizard};
	bool changed = vp_answers_changed(wizard->session);

	if (wizard->job && job_running(wizard->job)) {
		wizard_say(wizard, TONE_WARN,
			   "Wait until this is done: stopped in the middle, it would be half done.");
		return;
	}
	if (!changed && !wizard->forgotten) {
		wizard->leaving = true;
		return;
	}
	question.lines = lines_new();
	lines_add(
		question.lines, TONE_PLAIN,
		wizard->cli->demo ? "The demo and what you chose in it end here. Esc stays."
		: changed
			? "Your answers are not kept yet. Kept, they are here again at the next start."
			: "Undo has taken the kept answers away with the rest. Keep them for another time?");
	/* Who has put everything back wants nothing left behind, unless told so. */
	wizard_push(wizard, buttons_new(wizard->terminal, &question, wizard->cli->demo ? demo : keep,
					changed || wizard->cli->demo ? 0 : 1, quit_answered));
}

/* ---- keys of the pages -------------------------------------------------------------------------------- */

static char *search_answered(const char *text, void *data)
{
	struct wizard *wizard = data;

	if (!list_search(&wizard_page(wizard)->list, text))
		return g_strdup("Not found.");
	make_details(wizard);
	return NULL;
}

static void search(struct wizard *wizard)
{
	struct question question = {.title = "Find", .data = wizard, .lines = lines_new()};

	lines_add(question.lines, TONE_PLAIN, "A part of what stands in the row; empty: the next one.");
	wizard_push(wizard, input_new(wizard->terminal, &question, "", search_answered));
}

static void step_by(struct wizard *wizard, int delta)
{
	int to = wizard->current + delta;

	if (to < 0)
		wizard_say(wizard, TONE_PLAIN, "This is the first step. q leaves.");
	else if (to <= wizard->count - 2)
		wizard_go(wizard, to);
}

static void common_command(struct wizard *wizard, enum command command)
{
	struct page *page = wizard_page(wizard);

	if (command >= CMD_STEP_1 && command <= CMD_STEP_6) {
		wizard_go(wizard, MIN((int)(command - CMD_STEP_1), wizard->count - 2));
		return;
	}
	if (list_move(&page->list, command, page_rows(wizard))) {
		make_details(wizard);
		return;
	}
	switch (command) {
	case CMD_NEXT:
		step_by(wizard, 1);
		break;
	case CMD_BACK:
		step_by(wizard, -1);
		break;
	case CMD_SEARCH:
		search(wizard);
		break;
	case CMD_FINDINGS:
		findings_show(wizard);
		break;
	case CMD_REFRESH:
		wizard_look_again(wizard);
		break;
	case CMD_HELP:
		help_show(wizard);
		break;
	case CMD_QUIT:
		wizard_quit(wizard);
		break;
	default:
		break;
	}
}

/* The lowest view: the pages. */
struct pages_view {
	struct view view;
	struct wizard *wizard;
};

static void pages_place(struct view *view, int rows, int columns)
{
	view_window(view, (struct rect){0, 0, rows, columns});
}

static void pages_draw(struct view *view)
{
	page_draw(((struct pages_view *)view)->wizard, view->window);
}

static void pages_key(struct view *view, struct key key)
{
	struct wizard *wizard = ((struct pages_view *)view)->wizard;
	struct page *page = wizard_page(wizard);
	enum command command = keys_command(page->ops->keys, key);

	fall_silent(wizard);
	if (command != CMD_NONE && !page->ops->command(wizard, page, command))
		common_command(wizard, command);
}

static const struct view_ops pages_ops = {.place = pages_place, .draw = pages_draw, .key = pages_key};

/* ---- the loop ----------------------------------------------------------------------------------------- */

static void draw_too_small(struct wizard *wizard)
{
	g_autofree char *text = g_strdup_printf(
		"This screen is %d×%d; %d×%d is needed. Make the window larger, or use --plain.", COLS, LINES,
		LAYOUT_LEAST_COLUMNS, LAYOUT_LEAST_ROWS);
	g_autoptr(GPtrArray) lines = text_wrap(text, MAX(COLS - 1, 1));
	WINDOW *window = newwin(0, 0, 0, 0);

	for (int i = 0; i < (int)lines->len && i < LINES; i++)
		terminal_put(wizard->terminal, window, i, 0, COLS, lines->pdata[i], A_NORMAL);
	wnoutrefresh(window);
	delwin(window);
}

static void draw(struct wizard *wizard)
{
	views_draw(wizard->views);
	if (wizard->layout.too_small)
		draw_too_small(wizard);
	else if (wizard->views->len > 1)
		curs_set(((struct view *)wizard->views->pdata[wizard->views->len - 1])->cursor);
	doupdate();
}

static void take_keys(struct wizard *wizard)
{
	struct key key;

	while (!wizard->leaving && terminal_key(wizard->terminal, &key)) {
		if (key.function && key.code == KEY_RESIZE)
			continue; /* SIGWINCH has told already */
		if (keys_command(KEYS_REVIEW, key) == CMD_REDRAW)
			clearok(curscr, TRUE);
		else if (!wizard->layout.too_small)
			views_key(wizard->views, key);
	}
}

static void take_signals(struct wizard *wizard)
{
	int number;

	while ((number = terminal_signal(wizard->terminal)) > 0) {
		if (number == SIGWINCH) {
			views_place(wizard->views);
		} else if (number == SIGINT && !wizard->layout.too_small) {
			if (wizard->views->len == 1)
				wizard_quit(wizard);
		} else {
			wizard->ended_by = number;
			wizard->leaving = true;
		}
	}
}

/* Whether a person has answered anything other than it was suggested. */
static bool has_answers(const struct wizard *wizard)
{
	for (int i = 0; i < wizard->count; i++) {
		const struct vp_step *step = wizard->pages[i].step;

		for (int k = 0; step && step->questions[k]; k++)
			if (!vp_answer_is_default(wizard->session, step->questions[k]))
				return true;
	}
	return false;
}

/* The machine is another one now. Apply has kept the answers, and an undo of all has taken them away again. */
static void job_ended(struct wizard *wizard)
{
	if (!job_is_undo(wizard->job) && !job_trouble(wizard->job))
		vp_answers_resume(wizard->session, NULL);
	wizard->forgotten =
		job_is_undo(wizard->job) && !vp_journal_exists(wizard->session) && has_answers(wizard);
	wizard_look_again(wizard);
}

static void loop(struct wizard *wizard)
{
	bool ready;

	while (!wizard->leaving) {
		draw(wizard);
		/* Only a running job needs to be looked at again without a key: its clock goes on. */
		bool running = wizard->job && job_running(wizard->job);

		terminal_wait(wizard->terminal, running ? job_file(wizard->job) : -1, running ? 1000 : -1,
			      &ready);
		take_signals(wizard);
		take_keys(wizard);
		if (running && ready && job_read(wizard->job) && !job_running(wizard->job))
			job_ended(wizard);
		else if (running)
			wizard_rows_changed(wizard);
	}
}

/* ---- beginning and end -------------------------------------------------------------------------------- */

/* After the reboot of a set-up that was begun, the wizard opens where something is left to do. */
static int first_page(struct wizard *wizard)
{
	if (!vp_journal_exists(wizard->session))
		return 0;
	for (int i = 0; i < wizard->count - 2; i++)
		if (wizard->pages[i].state != VP_STATE_ACTIVE && wizard->pages[i].state != VP_STATE_NONE)
			return i;
	return wizard->count - 2;
}

/* The first frame is there at once; reading the machine takes a moment. */
static void draw_opening(struct terminal *terminal)
{
	WINDOW *window = newwin(0, 0, 0, 0);

	terminal_put(terminal, window, 0, 1, COLS - 2, "virt-passthrough", A_BOLD);
	terminal_put(terminal, window, 2, 1, COLS - 2, "Looking at this computer…", A_NORMAL);
	wrefresh(window);
	delwin(window);
}

static void start(struct wizard *wizard)
{
	struct pages_view *pages = g_new0(struct pages_view, 1);

	pages->view.ops = &pages_ops;
	pages->view.terminal = wizard->terminal;
	pages->wizard = wizard;
	make_pages(wizard);
	/* In a set-up that was begun, every room was looked at before. */
	for (int i = 0; i < wizard->count; i++)
		wizard->pages[i].visited = vp_journal_exists(wizard->session);
	wizard->details = lines_new();
	wizard->message = lines_new();
	wizard->views = views_new();
	wizard_push(wizard, &pages->view);
	wizard_changed(wizard);
	wizard_go(wizard, first_page(wizard));
}

static void end(struct wizard *wizard)
{
	job_free(wizard->job); /* waits for it: what was begun is finished */
	g_ptr_array_unref(wizard->views);
	free_pages(wizard);
	g_ptr_array_unref(wizard->details);
	g_ptr_array_unref(wizard->message);
	fall_silent(wizard);
	g_free(wizard->summary);
	g_clear_pointer(&wizard->plan, vp_plan_free);
	g_clear_pointer(&wizard->diffs, g_ptr_array_unref);
	g_free(wizard->plan_trouble);
	vp_session_free(wizard->session);
}

int wizard_run(const struct cli *cli, GError **error)
{
	struct wizard wizard = {.cli = cli};

	wizard.terminal = terminal_open(error);
	if (!wizard.terminal)
		return STATUS_FAILED;
	draw_opening(wizard.terminal);
	wizard.session = cli_session(cli, error);
	if (wizard.session) {
		start(&wizard);
		loop(&wizard);
		end(&wizard);
	}
	terminal_close(wizard.terminal);
	if (wizard.ended_by)
		raise(wizard.ended_by);
	return wizard.session ? STATUS_OK : STATUS_FAILED;
}
