/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buttons.c - a box with a text and buttons: a message, yes or no, what to do */
#include "config.h"

#include "dialog.h"

struct buttons {
	struct view view;
	char *title;
	GPtrArray *lines;
	char **labels;
	int count, current, taken;
	void (*done)(int button, void *data);
	void *data;
	GDestroyNotify free_data;
};

enum { TEXT_COLUMNS = 66, BUTTON_ROWS = 2 };

static void place(struct view *view, int rows, int columns)
{
	struct buttons *buttons = (struct buttons *)view;
	int width = MIN(TEXT_COLUMNS, columns - 4);
	g_autoptr(GPtrArray) folded = lines_wrap(buttons->lines, width);

	view_window(view, layout_box(rows, columns, (int)folded->len + BUTTON_ROWS, width));
}

static void draw(struct view *view)
{
	struct buttons *buttons = (struct buttons *)view;
	int y = getmaxy(view->window) - 2, columns = getmaxx(view->window), x = columns - 2;

	view_frame(view, buttons->title, buttons->lines, KEYS_BUTTONS);
	mvwhline(view->window, y, 1, ' ', columns - 2);
	for (int i = buttons->count - 1; i >= 0; i--) {
		bool current = i == buttons->current;
		/* Brackets tell the current one also where nothing can be shown in reverse. */
		g_autofree char *text = g_strdup_printf(current ? "[ %s ]" : "  %s  ", buttons->labels[i]);

		x -= text_width(text) + 1;
		terminal_put(view->terminal, view->window, y, x, columns - 2 - x, text,
			     current ? A_REVERSE : A_NORMAL);
	}
}

static void press(struct view *view, struct key key)
{
	struct buttons *buttons = (struct buttons *)view;

	switch (keys_command(KEYS_BUTTONS, key)) {
	case CMD_LEFT:
		buttons->current = (buttons->current + buttons->count - 1) % buttons->count;
		break;
	case CMD_RIGHT:
		buttons->current = (buttons->current + 1) % buttons->count;
		break;
	case CMD_ACCEPT:
		buttons->taken = buttons->current;
		view->closed = true;
		break;
	case CMD_CLOSE:
		view->closed = true;
		break;
	default:
		break;
	}
}

static void finish(struct view *view)
{
	struct buttons *buttons = (struct buttons *)view;

	if (buttons->done)
		buttons->done(buttons->taken, buttons->data);
}

static void buttons_free(struct view *view)
{
	struct buttons *buttons = (struct buttons *)view;

	if (buttons->free_data)
		buttons->free_data(buttons->data);
	g_free(buttons->title);
	g_strfreev(buttons->labels);
	g_ptr_array_unref(buttons->lines);
}

static const struct view_ops buttons_ops = {
	.place = place, .draw = draw, .key = press, .finish = finish, .free = buttons_free};

struct view *buttons_new(const struct terminal *terminal, const struct question *question,
			 const char *const *labels, int preset, void (*done)(int button, void *data))
{
	struct buttons *buttons = g_new0(struct buttons, 1);

	buttons->view.ops = &buttons_ops;
	buttons->view.terminal = terminal;
	buttons->title = g_strdup(question->title);
	buttons->lines = question->lines;
	buttons->data = question->data;
	buttons->free_data = question->free_data;
	buttons->labels = g_strdupv((char **)labels);
	buttons->count = (int)g_strv_length(buttons->labels);
	buttons->current = preset;
	buttons->taken = -1;
	buttons->done = done;
	return &buttons->view;
}
