/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.c - a scrolling list with columns, headings between the rows, and a cursor that stays where it was */
#include "config.h"

#include "list.h"

#include <string.h>

enum { GAP = 2, MARGIN = 1 };

static void row_free(void *data)
{
	struct list_row *row = data;

	g_free(row->id);
	g_free(row->mark);
	for (int i = 0; i < LIST_MOST_CELLS; i++)
		g_free(row->cells[i]);
	g_free(row);
}

void list_init(struct list *list, const struct list_column *columns)
{
	*list = (struct list){.columns = columns, .rows = g_ptr_array_new_with_free_func(row_free)};
}

void list_free(struct list *list)
{
	g_ptr_array_unref(list->rows);
	g_free(list->keep);
	g_free(list->needle);
}

static const struct list_row *row_at(const struct list *list, int index)
{
	return list->rows->pdata[index];
}

static bool is_item(const struct list *list, int index)
{
	return index >= 0 && index < (int)list->rows->len && row_at(list, index)->kind == ROW_ITEM;
}

void list_clear(struct list *list)
{
	const struct list_row *current = list_current(list);

	if (current) {
		g_free(list->keep);
		list->keep = g_strdup(current->id);
	}
	g_ptr_array_set_size(list->rows, 0);
	memset(list->natural, 0, sizeof(list->natural));
	list->mark_width = 0;
	for (int i = 0; i < LIST_MOST_CELLS; i++)
		if (list->columns[i].title)
			list->natural[i] = text_width(list->columns[i].title);
}

void list_ready(struct list *list)
{
	if (list->keep && list_select(list, list->keep))
		return;
	list->cursor = CLAMP(list->cursor, 0, MAX((int)list->rows->len - 1, 0));
	for (int i = 0; i < (int)list->rows->len && !is_item(list, list->cursor); i++)
		list->cursor = (list->cursor + 1) % (int)list->rows->len;
}

static struct list_row *add(struct list *list, enum row_kind kind, enum tone tone)
{
	struct list_row *row = g_new0(struct list_row, 1);

	row->kind = kind;
	row->tone = tone;
	g_ptr_array_add(list->rows, row);
	return row;
}

void list_heading(struct list *list, enum tone tone, const char *text)
{
	add(list, ROW_HEADING, tone)->cells[0] = g_strdup(text);
}

void list_note(struct list *list, enum tone tone, const char *text)
{
	add(list, ROW_NOTE, tone)->cells[0] = g_strdup(text);
}

static struct list_row *add_item(struct list *list, const char *id, const char *mark, enum tone tone)
{
	struct list_row *row = add(list, ROW_ITEM, tone);

	row->id = g_strdup(id);
	row->mark = g_strdup(mark);
	if (mark)
		list->mark_width = MAX(list->mark_width, text_width(mark));
	return row;
}

void list_line(struct list *list, const char *id, const char *mark, enum tone tone, const char *text)
{
	struct list_row *row = add_item(list, id, mark, tone);

	row->across = true;
	row->cells[0] = text_clean(text);
}

void list_item(struct list *list, const char *id, const char *mark, enum tone tone, ...)
{
	struct list_row *row = add_item(list, id, mark, tone);
	const char *cell;
	va_list args;

	va_start(args, tone);
	for (int i = 0; i < LIST_MOST_CELLS && (cell = va_arg(args, const char *)); i++) {
		row->cells[i] = text_clean(cell);
		list->natural[i] = MAX(list->natural[i], text_width(row->cells[i]));
	}
	va_end(args);
}

const struct list_row *list_current(const struct list *list)
{
	return is_item(list, list->cursor) ? row_at(list, list->cursor) : NULL;
}

bool list_select(struct list *list, const char *id)
{
	for (int i = 0; i < (int)list->rows->len; i++)
		if (is_item(list, i) && !strcmp(row_at(list, i)->id, id)) {
			list->cursor = i;
			return true;
		}
	return false;
}

/* To the item `delta` rows away, or the farthest there is on the way. */
static void move_by(struct list *list, int delta)
{
	int step = delta < 0 ? -1 : 1, last = list->cursor;

	for (int i = list->cursor + step; i >= 0 && i < (int)list->rows->len; i += step) {
		if (!is_item(list, i))
			continue;
		last = i;
		if ((i - list->cursor) * step >= delta * step)
			break;
	}
	/* With no item left above, what stands there is still worth seeing. */
	if (last == list->cursor && step < 0)
		list->top = 0;
	list->cursor = last;
}

bool list_move(struct list *list, enum command command, int page)
{
	int all = (int)list->rows->len;

	switch (command) {
	case CMD_UP:
		move_by(list, -1);
		return true;
	case CMD_DOWN:
		move_by(list, 1);
		return true;
	case CMD_PAGE_UP:
		move_by(list, -MAX(page - 1, 1));
		return true;
	case CMD_PAGE_DOWN:
		move_by(list, MAX(page - 1, 1));
		return true;
	case CMD_FIRST:
		move_by(list, -all);
		return true;
	case CMD_LAST:
		move_by(list, all);
		return true;
	default:
		return false;
	}
}

/* Upper and lower case are the same to a person who searches. */
static bool contains(const char *text, const char *folded_needle)
{
	g_autofree char *folded = text ? g_utf8_casefold(text, -1) : NULL;

	return folded && strstr(folded, folded_needle);
}

bool list_search(struct list *list, const char *needle)
{
	if (*needle) {
		g_free(list->needle);
		list->needle = g_utf8_casefold(needle, -1);
	}
	if (!list->needle)
		return false;

	int all = (int)list->rows->len;

	for (int i = 1; i <= all; i++) {
		int at = (list->cursor + i) % all;
		const struct list_row *row = row_at(list, at);
		bool found = row->kind == ROW_ITEM && contains(row->id, list->needle);

		for (int cell = 0; row->kind == ROW_ITEM && cell < LIST_MOST_CELLS; cell++)
			found |= contains(row->cells[cell], list->needle);
		if (found) {
			list->cursor = at;
			return true;
		}
	}
	return false;
}

static bool has_titles(const struct list *list)
{
	for (int i = 0; i < LIST_MOST_CELLS; i++)
		if (list->columns[i].title)
			return true;
	return false;
}

int list_page(const struct list *list, int rows)
{
	return rows - (has_titles(list) ? 1 : 0);
}

char *list_position(const struct list *list, int page)
{
	int all = 0, at = 0;

	if ((int)list->rows->len <= page)
		return NULL;
	for (int i = 0; i < (int)list->rows->len; i++) {
		all += is_item(list, i);
		if (i == list->cursor)
			at = all;
	}
	return g_strdup_printf("%d of %d", at, all);
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

/* Columns between the left edge and the first cell. */
static int cells_start(const struct list *list)
{
	return MARGIN + (list->mark_width ? list->mark_width + 1 : 0);
}

/* The column that can best give some of its width away; -1: none can. */
static int widest_to_spare(const struct list *list, const int widths[LIST_MOST_CELLS])
{
	int best = -1, most = 0;

	for (int i = 0; i < LIST_MOST_CELLS; i++)
		if (list->columns[i].least && widths[i] - list->columns[i].least > most) {
			most = widths[i] - list->columns[i].least;
			best = i;
		}
	return best;
}

/* How wide each column gets: first the shrinking ones give way, then optional ones go, the last first. */
static void fit(const struct list *list, int width, int widths[LIST_MOST_CELLS])
{
	int room = width - cells_start(list) - MARGIN, need = -GAP, i;

	for (i = 0; i < LIST_MOST_CELLS; i++) {
		widths[i] = list->natural[i];
		need += widths[i] ? widths[i] + GAP : 0;
	}
	while (need > room && (i = widest_to_spare(list, widths)) >= 0) {
		int less = MIN(need - room, widths[i] - list->columns[i].least);

		widths[i] -= less;
		need -= less;
	}
	for (i = LIST_MOST_CELLS - 1; i > 0 && need > room; i--)
		if (list->columns[i].optional && widths[i]) {
			need -= widths[i] + GAP;
			widths[i] = 0;
		}
	/* What a dropped column left over goes back to the one that gave most. */
	for (i = 0; i < LIST_MOST_CELLS && need < room; i++)
		if (widths[i] && widths[i] < list->natural[i]) {
			int more = MIN(room - need, list->natural[i] - widths[i]);

			widths[i] += more;
			need += more;
		}
}

static void draw_cells(const struct list *list, const struct terminal *terminal, WINDOW *window,
		       struct rect at, const int *widths, const char *const *cells, chtype attributes)
{
	int x = at.x + cells_start(list), end = at.x + at.columns - MARGIN;

	for (int i = 0; i < LIST_MOST_CELLS; i++) {
		if (!widths[i])
			continue;
		if (cells[i])
			terminal_put(terminal, window, at.y, x, MIN(widths[i], end - x), cells[i],
				     attributes);
		x += widths[i] + GAP;
	}
}

static void draw_row(const struct list *list, const struct terminal *terminal, WINDOW *window, struct rect at,
		     const int *widths, int index)
{
	const struct list_row *row = row_at(list, index);
	chtype attributes = terminal_tone(terminal, row->tone);

	if (row->kind != ROW_ITEM) {
		if (row->kind == ROW_HEADING)
			attributes |= A_BOLD;
		terminal_put(terminal, window, at.y, at.x + MARGIN, at.columns - 2 * MARGIN, row->cells[0],
			     attributes);
		return;
	}
	if (index == list->cursor) {
		attributes = A_REVERSE;
		wattrset(window, A_REVERSE);
		mvwhline(window, at.y, at.x, ' ' | A_REVERSE, at.columns);
	}
	if (row->mark)
		terminal_put(terminal, window, at.y, at.x + MARGIN, list->mark_width, row->mark, attributes);
	if (row->across)
		terminal_put(terminal, window, at.y, at.x + cells_start(list),
			     at.columns - cells_start(list) - MARGIN, row->cells[0], attributes);
	else
		draw_cells(list, terminal, window, at, widths, (const char *const *)row->cells, attributes);
}

void list_draw(struct list *list, const struct terminal *terminal, WINDOW *window, struct rect at)
{
	int widths[LIST_MOST_CELLS], page = list_page(list, at.rows), all = (int)list->rows->len;
	struct rect line = {at.y, at.x, 1, at.columns};

	fit(list, at.columns, widths);
	if (has_titles(list)) {
		const char *titles[LIST_MOST_CELLS];

		for (int i = 0; i < LIST_MOST_CELLS; i++)
			titles[i] = list->columns[i].title;
		draw_cells(list, terminal, window, line, widths, titles, terminal_tone(terminal, TONE_DIM));
		line.y++;
	}
	if (list->cursor < list->top)
		/* The heading of the first row to be seen comes with it. */
		list->top = MAX(list->cursor - (list->cursor > 0 && !is_item(list, list->cursor - 1)), 0);
	if (list->cursor >= list->top + page)
		list->top = list->cursor - page + 1;
	list->top = CLAMP(list->top, 0, MAX(all - page, 0));
	for (int i = list->top; i < all && i < list->top + page; i++, line.y++)
		draw_row(list, terminal, window, line, widths, i);
}
