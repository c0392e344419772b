/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.c - something on the screen that takes keys, and the stack of them */
#include "config.h"

#include "view.h"

static void drop_window(struct view *view)
{
	if (view->panel)
		del_panel(view->panel);
	if (view->window)
		delwin(view->window);
	view->panel = NULL;
	view->window = NULL;
}

void view_window(struct view *view, struct rect at)
{
	drop_window(view);
	view->window = newwin(MAX(at.rows, 1), MAX(at.columns, 1), at.y, at.x);
	view->panel = new_panel(view->window);
}

int view_frame(struct view *view, const char *title, const GPtrArray *lines, enum key_context context)
{
	int rows = getmaxy(view->window), columns = getmaxx(view->window), y = 1;
	g_autofree char *footer = keys_footer(context, columns - 6, terminal_marks(view->terminal)->ascii);
	g_autofree char *head = g_strdup_printf(" %s ", title);
	g_autofree char *foot = g_strdup_printf(" %s ", footer);
	g_autoptr(GPtrArray) folded = lines_wrap(lines, columns - 4);

	werase(view->window);
	terminal_box(view->terminal, view->window);
	terminal_put(view->terminal, view->window, 0, 2, columns - 4, head, A_BOLD);
	terminal_put(view->terminal, view->window, rows - 1, 2, columns - 4, foot, A_NORMAL);
	for (guint i = 0; i < folded->len && y < rows - 1; i++, y++) {
		const struct line *line = folded->pdata[i];

		terminal_put(view->terminal, view->window, y, 2, columns - 4, line->text,
			     terminal_tone(view->terminal, line->tone));
	}
	return y;
}

/* ---- the stack ---------------------------------------------------------------------------------------- */

static void view_free(void *data)
{
	struct view *view = data;

	if (view->ops->free)
		view->ops->free(view);
	drop_window(view);
	g_free(view);
}

GPtrArray *views_new(void)
{
	return g_ptr_array_new_with_free_func(view_free);
}

void views_push(GPtrArray *views, struct view *view)
{
	g_ptr_array_add(views, view);
	view->ops->place(view, LINES, COLS);
}

void views_place(GPtrArray *views)
{
	for (guint i = 0; i < views->len; i++) {
		struct view *view = views->pdata[i];

		view->ops->place(view, LINES, COLS);
	}
}

void views_draw(GPtrArray *views)
{
	for (guint i = 0; i < views->len; i++) {
		struct view *view = views->pdata[i];

		view->ops->draw(view);
	}
	update_panels();
}

void views_key(GPtrArray *views, struct key key)
{
	struct view *view = views->pdata[views->len - 1];

	view->ops->key(view, key);
	if (!view->closed)
		return;
	/* Whoever asked may ask again: the view is off the stack before it answers. */
	g_ptr_array_steal_index(views, views->len - 1);
	if (view->ops->finish)
		view->ops->finish(view);
	view_free(view);
}
