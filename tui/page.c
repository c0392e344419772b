/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.c - draws the current page: header, stepper, list, details, message, footer */
#include "config.h"

#include "wizard.h"

#include <string.h>

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
	g_autoptr(GPtrArray) message = lines_wrap(wizard->message, columns - 2);
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

static void draw_header(struct wizard *wizard, WINDOW *window)
{
	struct rect at = wizard->layout.header;
	g_autofree char *summary = wizard->session ? vp_session_summary(wizard->session) : NULL;
	int used =
		terminal_put(wizard->terminal, window, at.y, 1, at.columns - 2, "virt-passthrough", A_BOLD);
	int room = at.columns - used - 5;

	/* Less of it rather than half a word: the parts at the end matter least here. */
	while (summary && text_width(summary) > room && g_strrstr(summary, " · "))
		*g_strrstr(summary, " · ") = '\0';
	if (summary)
		terminal_put(wizard->terminal, window, at.y,
			     MAX(at.columns - 1 - text_width(summary), used + 4), room, summary, A_NORMAL);
}

static const char *mark_of(const struct page *page, const struct marks *marks)
{
	if (page->step && page->level == VP_CANNOT)
		return marks->bad;
	switch (page->state) {
	case VP_STATE_ACTIVE:
		return marks->done;
	case VP_STATE_WRITTEN:
		return marks->waiting;
	default:
		return marks->open;
	}
}

static void draw_stepper(struct wizard *wizard, WINDOW *window)
{
	const struct marks *marks = terminal_marks(wizard->terminal);
	struct rect at = wizard->layout.stepper;
	int review = wizard->count - 2, x = 1;

	for (int i = 0; i <= review; i++) {
		const struct page *page = &wizard->pages[i];
		/* Applying is a part of the review as far as the way goes. */
		bool here = i == MIN(wizard->current, review);
		g_autofree char *text =
			g_strdup_printf("%s %s", here ? marks->here : mark_of(page, marks), title_of(page));
		chtype attributes = here ? A_BOLD : A_NORMAL;

		if (!here && page->state == VP_STATE_ACTIVE)
			attributes = terminal_tone(wizard->terminal, TONE_OK);
		x += terminal_put(wizard->terminal, window, at.y, x, at.columns - 1 - x, text, attributes) +
		     3;
	}
}

/* The line under the stepper says where one is working when that is not this computer. */
static void draw_rule(struct wizard *wizard, WINDOW *window)
{
	g_autofree char *place = NULL;

	if (wizard->cli->demo)
		place = g_strdup("DEMO: nothing on this computer is changed");
	else if (!vp_session_is_live(wizard->session))
		place = g_strdup_printf("The system under %s", vp_session_root(wizard->session));
	terminal_rule(wizard->terminal, window, wizard->layout.rule, place, NULL);
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

	g_autofree char *footer = keys_footer(page->ops->keys, layout->footer.columns - 2,
					      terminal_marks(wizard->terminal)->ascii);

	draw_header(wizard, window);
	draw_stepper(wizard, window);
	draw_rule(wizard, window);
	draw_body(wizard, window, page);
	draw_lines(wizard, window, layout->message, wizard->message);
	terminal_put(wizard->terminal, window, layout->footer.y, 1, layout->footer.columns - 2, footer,
		     A_NORMAL);
}
