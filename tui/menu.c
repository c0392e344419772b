/* SPDX-License-Identifier: GPL-2.0-or-later */
/* menu.c - a box with choices, one of them or any, by the menu library */
#include "config.h"

#include "dialog.h"

#include "core/core.h"

#include <menu.h>
#include <string.h>

struct menu_view {
	struct view view;
	char *title;
	GPtrArray *lines;
	GPtrArray *choices;
	bool several;
	char *refusal;
	int current;
	char **texts; /* the rows as shown, two strings each: menu items only borrow them */
	ITEM **items;
	MENU *menu;
	WINDOW *inner;
	char *(*take)(const char *const *values, void *data);
	void *data;
	GDestroyNotify free_data;
};

enum { LEAST_COLUMNS = 40 };

/* The rows: label and hint in columns, in what the terminal can show, cut to the width. */
static void make_texts(struct menu_view *view, int width)
{
	const struct marks *marks = terminal_marks(view->view.terminal);
	GPtrArray *texts = g_ptr_array_new();
	int widest = 0;

	for (guint i = 0; i < view->choices->len; i++)
		widest = MAX(widest, text_width(((struct vp_choice *)view->choices->pdata[i])->label));
	for (guint i = 0; i < view->choices->len; i++) {
		const struct vp_choice *choice = view->choices->pdata[i];
		g_autofree char *row = g_strdup_printf(
			"%s%*s%s", choice->label, choice->hint ? widest - text_width(choice->label) + 2 : 0,
			"", choice->hint ? choice->hint : "");
		g_autofree char *clean = marks->ascii ? text_ascii(row) : text_clean(row);

		g_ptr_array_add(texts, text_clip(*clean ? clean : "-", width, marks->ellipsis));
	}
	g_ptr_array_add(texts, NULL);
	g_strfreev(view->texts);
	view->texts = (char **)g_ptr_array_free(texts, FALSE);
}

static void drop_menu(struct menu_view *view)
{
	if (!view->menu)
		return;
	view->current = item_index(current_item(view->menu));
	unpost_menu(view->menu);
	free_menu(g_steal_pointer(&view->menu));
	for (guint i = 0; i < view->choices->len; i++)
		free_item(view->items[i]);
	g_clear_pointer(&view->items, g_free);
	delwin(g_steal_pointer(&view->inner));
}

static void make_menu(struct menu_view *view, struct rect at)
{
	const char *mark = view->several ? "[x] " : "> ";

	make_texts(view, at.columns - (int)strlen(mark));
	view->items = g_new0(ITEM *, view->choices->len + 1);
	for (guint i = 0; i < view->choices->len; i++)
		view->items[i] = new_item(view->texts[i], "");
	view->menu = new_menu(view->items);
	menu_opts_off(view->menu, O_SHOWDESC);
	if (view->several)
		menu_opts_off(view->menu, O_ONEVALUE);
	set_menu_mark(view->menu, mark);
	set_menu_format(view->menu, at.rows, 1);
	set_menu_win(view->menu, view->view.window);
	view->inner = derwin(view->view.window, at.rows, at.columns, at.y, at.x);
	set_menu_sub(view->menu, view->inner);
	post_menu(view->menu);
	for (guint i = 0; view->several && i < view->choices->len; i++)
		set_item_value(view->items[i], ((struct vp_choice *)view->choices->pdata[i])->chosen);
	set_current_item(view->menu, view->items[view->current]);
}

static int text_columns(const struct menu_view *view, int columns)
{
	int label = 0, hint = 0;

	for (guint i = 0; i < view->choices->len; i++) {
		const struct vp_choice *choice = view->choices->pdata[i];

		label = MAX(label, text_width(choice->label));
		hint = MAX(hint, choice->hint ? text_width(choice->hint) + 2 : 0);
	}
	return CLAMP(label + hint + 4, LEAST_COLUMNS, columns - 4);
}

static void place(struct view *base, int rows, int columns)
{
	struct menu_view *view = (struct menu_view *)base;
	int width = text_columns(view, columns), count = (int)view->choices->len;
	g_autoptr(GPtrArray) folded = lines_wrap(view->lines, width);
	int above = (int)folded->len + 1;

	drop_menu(view);
	view_window(base, layout_box(rows, columns, above + count, width));
	view_frame(base, view->title, view->lines, view->several ? KEYS_MARKS : KEYS_MENU);

	int room = MAX(getmaxy(base->window) - 2 - above, 1);

	make_menu(view, (struct rect){1 + above, 2, MIN(room, count), getmaxx(base->window) - 4});
}

/* The menu draws into its own part of the window; the rest was drawn when it got its place. */
static void draw(struct view *base)
{
	touchwin(base->window);
}

/* The values taken; the strings stay with the choices. */
static const char **taken_values(const struct menu_view *view)
{
	GPtrArray *values = g_ptr_array_new();

	for (guint i = 0; i < view->choices->len; i++) {
		const struct vp_choice *choice = view->choices->pdata[i];

		if (view->several ? choice->chosen : view->items[i] == current_item(view->menu))
			g_ptr_array_add(values, choice->value);
	}
	g_ptr_array_add(values, NULL);
	return (const char **)g_ptr_array_free(values, FALSE);
}

static void accept_choice(struct menu_view *view)
{
	g_autofree const char **values = taken_values(view);
	g_autofree char *refusal = view->take(values, view->data);

	view->view.closed = !refusal;
	if (refusal) {
		lines_add(view->lines, TONE_BAD, refusal);
		place(&view->view, LINES, COLS);
	}
}

static void choose(struct menu_view *view)
{
	int index = item_index(current_item(view->menu));
	struct vp_choice *choice = view->choices->pdata[index];

	choice->chosen = !choice->chosen;
	set_item_value(view->items[index], choice->chosen);
}

static void press(struct view *base, struct key key)
{
	static const int requests[CMD_COUNT] = {
		[CMD_UP] = REQ_UP_ITEM,          [CMD_DOWN] = REQ_DOWN_ITEM,   [CMD_PAGE_UP] = REQ_SCR_UPAGE,
		[CMD_PAGE_DOWN] = REQ_SCR_DPAGE, [CMD_FIRST] = REQ_FIRST_ITEM, [CMD_LAST] = REQ_LAST_ITEM,
	};
	struct menu_view *view = (struct menu_view *)base;
	enum command command = keys_command(view->several ? KEYS_MARKS : KEYS_MENU, key);

	if (requests[command])
		menu_driver(view->menu, requests[command]);
	else if (command == CMD_CHOOSE)
		choose(view);
	else if (command == CMD_ACCEPT)
		accept_choice(view);
	else if (command == CMD_CLOSE)
		base->closed = true;
}

static void menu_view_free(struct view *base)
{
	struct menu_view *view = (struct menu_view *)base;

	drop_menu(view);
	if (view->free_data)
		view->free_data(view->data);
	g_free(view->title);
	g_strfreev(view->texts);
	g_ptr_array_unref(view->choices);
	g_ptr_array_unref(view->lines);
}

static const struct view_ops menu_ops = {.place = place, .draw = draw, .key = press, .free = menu_view_free};

struct view *menu_view_new(const struct terminal *terminal, const struct question *question,
			   GPtrArray *choices, bool several,
			   char *(*take)(const char *const *values, void *data))
{
	struct menu_view *view = g_new0(struct menu_view, 1);

	view->view.ops = &menu_ops;
	view->view.terminal = terminal;
	view->title = g_strdup(question->title);
	view->lines = question->lines;
	view->data = question->data;
	view->free_data = question->free_data;
	view->choices = choices;
	view->several = several;
	view->take = take;
	for (guint i = 0; i < choices->len && !several; i++)
		if (((struct vp_choice *)choices->pdata[i])->chosen)
			view->current = (int)i;
	return &view->view;
}
