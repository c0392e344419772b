/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.c - draws the current page: header, stepper, list, details, message, footer */
#include "config.h"

#include "wizard.h"

#include <string.h>

enum { HEADER_GAP = 2 }; /* least columns between the name and the machine */

static const char *title_of(const struct page *page)
{
	return page->step ? page->step->title : page->ops->title;
}

static const char *intro_of(const struct page *page)
{
	if (page->intro)
		return page->intro;
	return page->step && page->step->intro ? page->step->intro : "";
}

static int folded_rows(const char *text, int width)
{
	g_autoptr(GPtrArray) lines = text_wrap(text, width);

	return *text ? (int)lines->len : 0;
}

void page_place(struct wizard *wizard, int rows, int columns)
{
	const struct page *page = wizard_page(wizard);
	g_autoptr(GPtrArray) message = lines_wrap(wizard_message(wizard), columns - 2);
	const struct layout_want want = {
		.intro_rows = folded_rows(intro_of(page), columns - 2),
		.message_rows = (int)message->len,
		.details_share = page->ops->details_share,
	};

	layout_make(&wizard->layout, rows, columns, &want);
}

int page_rows(const struct wizard *wizard)
{
	return list_page(&wizard->pages[wizard->current].list, wizard->layout.list.rows);
}

/* ---- the parts ---------------------------------------------------------------------------------------- */

/* All of it, then closer together, then less of it rather than half a word: its end matters least. */
static char *fitted_summary(const char *summary, int room)
{
	g_auto(GStrv) parts = g_strsplit(summary, " · ", -1);
	char *text = g_strdup(summary);

	for (guint left = g_strv_length(parts); left > 0 && text_width(text) > room; left--) {
		g_free(text);
		text = g_strjoinv(", ", parts);
		g_clear_pointer(&parts[left - 1], g_free);
	}
	return text;
}

static void draw_header(struct wizard *wizard, WINDOW *window)
{
	struct rect at = wizard->layout.header;
	int used =
		terminal_put(wizard->terminal, window, at.y, 1, at.columns - 2, "virt-passthrough", A_BOLD);
	int room = at.columns - 1 - used - HEADER_GAP - 1;
	g_autofree char *summary = fitted_summary(wizard->summary, room);

	terminal_put(wizard->terminal, window, at.y, at.columns - 1 - MIN(text_width(summary), room), room,
		     summary, A_NORMAL);
}

/* ---- the stepper -------------------------------------------------------------------------------------- */

static enum progress weighed(const GPtrArray *findings, enum vp_state state)
{
	enum vp_level level = vp_findings_level(findings);

	if (level == VP_CANNOT)
		return PROGRESS_CANNOT;
	if (state == VP_STATE_WRITTEN)
		return PROGRESS_WAITS;
	if (level > VP_NOTE || state == VP_STATE_MISSING)
		return PROGRESS_LEFT;
	/* Where nothing was measured as fine, nothing is done: no device is chosen yet. */
	for (guint i = 0; i < findings->len; i++)
		if (((const struct vp_finding *)findings->pdata[i])->level == VP_OK)
			return PROGRESS_DONE;
	return PROGRESS_OPEN;
}

void page_weigh(struct page *page, const struct vp_session *session)
{
	g_clear_pointer(&page->findings, g_ptr_array_unref);
	page->state = VP_STATE_NONE;
	page->progress = PROGRESS_OPEN;
	if (!page->step)
		return;
	page->findings = vp_step_findings(session, page->step);
	page->state = vp_findings_state(page->findings);
	page->progress = weighed(page->findings, page->state);
}

/* Before a room was looked at, only what was measured there is told. */
static enum progress progress_of(const struct page *page)
{
	bool measured = page->state == VP_STATE_ACTIVE || page->progress == PROGRESS_WAITS ||
			page->progress == PROGRESS_CANNOT;

	return page->visited || measured ? page->progress : PROGRESS_OPEN;
}

static void draw_stepper(struct wizard *wizard, WINDOW *window)
{
	const struct marks *marks = terminal_marks(wizard->terminal);
	const struct {
		const char *mark;
		enum tone tone;
	} faces[] = {
		[PROGRESS_OPEN] = {marks->open, TONE_PLAIN}, [PROGRESS_DONE] = {marks->done, TONE_OK},
		[PROGRESS_LEFT] = {marks->left, TONE_WARN},  [PROGRESS_WAITS] = {marks->waiting, TONE_WARN},
		[PROGRESS_CANNOT] = {marks->bad, TONE_BAD},
	};
	struct rect at = wizard->layout.stepper;
	int review = wizard->count - 2, x = 1;

	for (int i = 0; i <= review; i++) {
		const struct page *page = &wizard->pages[i];
		enum progress progress = progress_of(page);
		/* Applying is a part of the review as far as the way goes. */
		bool here = i == MIN(wizard->current, review);
		g_autofree char *text =
			g_strdup_printf("%s %s", here ? marks->here : faces[progress].mark, title_of(page));

		x += terminal_put(wizard->terminal, window, at.y, x, at.columns - 1 - x, text,
				  here ? A_BOLD : terminal_tone(wizard->terminal, faces[progress].tone)) +
		     3;
	}
}

/* ---- the rest ----------------------------------------------------------------------------------------- */

/* The line under the stepper says where one is working when that is not this computer. */
static void draw_rule(struct wizard *wizard, WINDOW *window)
{
	g_autofree char *place = NULL;

	if (wizard->cli->demo)
		place = g_strdup("DEMO: nothing on this computer is changed");
	else if (!vp_session_is_live(wizard->session))
		place = g_strdup_printf("The system under %s", vp_session_root(wizard->session));
	terminal_rule(wizard->terminal, window, wizard->layout.rule, place, wizard_page(wizard)->corner);
}

static void draw_lines(struct wizard *wizard, WINDOW *window, struct rect at, const GPtrArray *lines)
{
	const struct marks *marks = terminal_marks(wizard->terminal);
	g_autoptr(GPtrArray) folded = lines_wrap(lines, at.columns - 2);

	for (int i = 0; i < at.rows && i < (int)folded->len; i++) {
		const struct line *line = folded->pdata[i];
		bool more = i == at.rows - 1 && (int)folded->len > at.rows;
		g_autofree char *text =
			more ? g_strconcat(line->text, *line->text ? " " : "", marks->ellipsis, NULL)
			     : g_strdup(line->text);

		terminal_put(wizard->terminal, window, at.y + i, at.x + 1, at.columns - 2, text,
			     terminal_tone(wizard->terminal, line->tone));
	}
}

static void draw_body(struct wizard *wizard, WINDOW *window, struct page *page)
{
	const struct layout *layout = &wizard->layout;
	g_autofree char *position = list_position(&page->list, page_rows(wizard));
	g_autoptr(GPtrArray) intro = lines_new();

	lines_add(intro, TONE_DIM, intro_of(page));
	draw_lines(wizard, window, layout->intro, intro);
	list_draw(&page->list, wizard->terminal, window, layout->list);
	if (layout->beside)
		terminal_column(wizard->terminal, window, layout->split);
	else if (layout->split.rows)
		terminal_rule(wizard->terminal, window, layout->split, NULL, position);
	if (layout->details.rows)
		draw_lines(wizard, window, layout->details, wizard->details);
	terminal_rule(wizard->terminal, window, layout->end_rule, NULL,
		      layout->beside || !layout->split.rows ? position : NULL);
}

void page_draw(struct wizard *wizard, WINDOW *window)
{
	struct page *page = wizard_page(wizard);
	const struct layout *layout = &wizard->layout;

	page_place(wizard, getmaxy(window), getmaxx(window));
	werase(window);
	if (layout->too_small)
		return;

	g_autofree char *footer = keys_footer(page->ops->keys | wizard->said_keys, layout->footer.columns - 2,
					      terminal_marks(wizard->terminal)->ascii);

	draw_header(wizard, window);
	draw_stepper(wizard, window);
	draw_rule(wizard, window);
	draw_body(wizard, window, page);
	draw_lines(wizard, window, layout->message, wizard_message(wizard));
	terminal_put(wizard->terminal, window, layout->footer.y, 1, layout->footer.columns - 2, footer,
		     A_NORMAL);
}
