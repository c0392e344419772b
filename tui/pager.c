/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pager.c - a text over the whole screen: help, a diff, findings, a log */
#include "config.h"

#include "pager.h"

#include <string.h>

struct pager {
	struct view view;
	char *title;
	GPtrArray *lines, *folded;
	int top;
	GString *needle; /* being typed, or NULL */
	char *sought;
};

enum { FRAME_ROWS = 2 };

static int page_rows(const struct pager *pager)
{
	return MAX(getmaxy(pager->view.window) - FRAME_ROWS, 1);
}

static void place(struct view *view, int rows, int columns)
{
	struct pager *pager = (struct pager *)view;

	view_window(view, (struct rect){0, 0, rows, columns});
	g_clear_pointer(&pager->folded, g_ptr_array_unref);
	pager->folded = lines_wrap(pager->lines, columns - 2);
	pager->top = CLAMP(pager->top, 0, MAX((int)pager->folded->len - page_rows(pager), 0));
}

static void draw(struct view *view)
{
	struct pager *pager = (struct pager *)view;
	int page = page_rows(pager), all = (int)pager->folded->len, columns = getmaxx(view->window);
	bool ascii = terminal_marks(view->terminal)->ascii;
	g_autofree char *position = all <= page ? NULL
						: g_strdup_printf("lines %d-%d of %d", pager->top + 1,
								  MIN(pager->top + page, all), all);
	g_autofree char *footer = pager->needle ? g_strdup_printf("find: %s_", pager->needle->str)
						: keys_footer(KEYS_PAGER, columns - 2, ascii);

	werase(view->window);
	terminal_rule(view->terminal, view->window, (struct rect){0, 0, 1, columns}, pager->title, position);
	for (int i = 0; i < page && pager->top + i < all; i++) {
		const struct line *line = pager->folded->pdata[pager->top + i];

		terminal_put(view->terminal, view->window, 1 + i, 1, columns - 2, line->text,
			     terminal_tone(view->terminal, line->tone));
	}
	terminal_put(view->terminal, view->window, page + 1, 1, columns - 2, footer, A_NORMAL);
}

static void find(struct pager *pager, const char *text)
{
	int all = (int)pager->folded->len;

	if (*text) {
		g_free(pager->sought);
		pager->sought = g_utf8_casefold(text, -1);
	}
	for (int i = 1; pager->sought && i <= all; i++) {
		int at = (pager->top + i) % all;
		const struct line *line = pager->folded->pdata[at];
		g_autofree char *folded = g_utf8_casefold(line->text, -1);

		if (strstr(folded, pager->sought)) {
			pager->top = at;
			return;
		}
	}
}

/* Keys while the text to find is typed. */
static void type(struct pager *pager, struct key key)
{
	if (!key.function && (key.code == '\n' || key.code == '\r')) {
		find(pager, pager->needle->str);
		g_string_free(g_steal_pointer(&pager->needle), TRUE);
	} else if (key.code == 27) {
		g_string_free(g_steal_pointer(&pager->needle), TRUE);
	} else if (key.function ? key.code == KEY_BACKSPACE : key.code == 127 || key.code == 8) {
		char *end =
			g_utf8_find_prev_char(pager->needle->str, pager->needle->str + pager->needle->len);

		g_string_truncate(pager->needle, end ? end - pager->needle->str : 0);
	} else if (!key.function && g_unichar_isprint(key.code)) {
		g_string_append_unichar(pager->needle, key.code);
	}
}

static void press(struct view *view, struct key key)
{
	struct pager *pager = (struct pager *)view;
	int page = page_rows(pager), last = MAX((int)pager->folded->len - page, 0);

	if (pager->needle) {
		type(pager, key);
		pager->top = CLAMP(pager->top, 0, last);
		return;
	}
	switch (keys_command(KEYS_PAGER, key)) {
	case CMD_UP:
		pager->top--;
		break;
	case CMD_DOWN:
		pager->top++;
		break;
	case CMD_PAGE_UP:
		pager->top -= page - 1;
		break;
	case CMD_PAGE_DOWN:
		pager->top += page - 1;
		break;
	case CMD_FIRST:
		pager->top = 0;
		break;
	case CMD_LAST:
		pager->top = last;
		break;
	case CMD_SEARCH:
		pager->needle = g_string_new(NULL);
		break;
	case CMD_CLOSE:
		view->closed = true;
		break;
	default:
		break;
	}
	pager->top = CLAMP(pager->top, 0, last);
}

static void pager_free(struct view *view)
{
	struct pager *pager = (struct pager *)view;

	g_free(pager->title);
	g_free(pager->sought);
	g_ptr_array_unref(pager->lines);
	g_clear_pointer(&pager->folded, g_ptr_array_unref);
	if (pager->needle)
		g_string_free(pager->needle, TRUE);
}

static const struct view_ops pager_ops = {.place = place, .draw = draw, .key = press, .free = pager_free};

struct view *pager_new(const struct terminal *terminal, const char *title, GPtrArray *lines_taken)
{
	struct pager *pager = g_new0(struct pager, 1);

	pager->view.ops = &pager_ops;
	pager->view.terminal = terminal;
	pager->title = g_strdup(title);
	pager->lines = lines_taken;
	return &pager->view;
}
