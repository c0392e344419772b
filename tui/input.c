/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.c - a box with a line of text to edit, by the form library */
#include "config.h"

#include "dialog.h"

#include <form.h>
#include <string.h>

struct input {
	struct view view;
	char *title;
	GPtrArray *lines;
	char *text;    /* between two places of the window */
	char *refusal; /* why the text was not taken, or NULL */
	FIELD *fields[2];
	FORM *form;
	WINDOW *inner;
	char *(*take)(const char *text, void *data);
	void *data;
	GDestroyNotify free_data;
};

enum { TEXT_COLUMNS = 68, FIELD_ROWS = 2 };

static GPtrArray *shown_lines(const struct input *input)
{
	GPtrArray *lines = lines_new();

	for (guint i = 0; i < input->lines->len; i++) {
		const struct line *line = input->lines->pdata[i];

		lines_add(lines, line->tone, line->text);
	}
	if (input->refusal)
		lines_add(lines, TONE_BAD, input->refusal);
	return lines;
}

/* What stands in the field, without the blanks it is filled up with. */
static char *current_text(const struct input *input)
{
	form_driver(input->form, REQ_VALIDATION);

	g_autofree char *buffer = g_strdup(field_buffer(input->fields[0], 0));
	char *text = g_locale_to_utf8(g_strchomp(buffer), -1, NULL, NULL, NULL);

	return text ? text : g_strdup("");
}

static void drop_form(struct input *input)
{
	if (!input->form)
		return;
	unpost_form(input->form);
	free_form(g_steal_pointer(&input->form));
	free_field(g_steal_pointer(&input->fields[0]));
	delwin(g_steal_pointer(&input->inner));
}

/* The form draws into its own part of the window; the rest of it is drawn once, here. */
static void make_form(struct input *input, int y, int width)
{
	g_autofree char *local = g_locale_from_utf8(input->text, -1, NULL, NULL, NULL);

	input->fields[0] = new_field(1, width, 0, 0, 0, 0);
	field_opts_off(input->fields[0], O_STATIC | O_BLANK);
	set_field_back(input->fields[0], A_UNDERLINE);
	set_field_buffer(input->fields[0], 0, local ? local : "");
	input->form = new_form(input->fields);
	set_form_win(input->form, input->view.window);
	input->inner = derwin(input->view.window, 1, width, y, 2);
	set_form_sub(input->form, input->inner);
	post_form(input->form);
	form_driver(input->form, REQ_END_LINE);
}

static void place(struct view *view, int rows, int columns)
{
	struct input *input = (struct input *)view;
	int width = MIN(TEXT_COLUMNS, columns - 4);
	g_autoptr(GPtrArray) lines = shown_lines(input);
	g_autoptr(GPtrArray) folded = lines_wrap(lines, width);

	if (input->form) {
		g_free(input->text);
		input->text = current_text(input);
	}
	drop_form(input);
	view_window(view, layout_box(rows, columns, (int)folded->len + FIELD_ROWS, width));
	view_frame(view, input->title, lines, KEYS_INPUT);
	make_form(input, getmaxy(view->window) - 2, getmaxx(view->window) - 4);
}

static void draw(struct view *view)
{
	struct input *input = (struct input *)view;

	touchwin(view->window);
	pos_form_cursor(input->form);
	/* Panels leave the cursor where the topmost window has its own. */
	wmove(view->window, getmaxy(view->window) - 2, 2 + getcurx(input->inner));
}

static void edit(struct input *input, struct key key)
{
	static const struct {
		struct key key;
		int request;
	} table[] = {
		{{KEY_LEFT, true}, REQ_PREV_CHAR},
		{{KEY_RIGHT, true}, REQ_NEXT_CHAR},
		{{KEY_HOME, true}, REQ_BEG_LINE},
		{{KEY_END, true}, REQ_END_LINE},
		{{'a' & 0x1f, false}, REQ_BEG_LINE},
		{{'e' & 0x1f, false}, REQ_END_LINE},
		{{KEY_BACKSPACE, true}, REQ_DEL_PREV},
		{{127, false}, REQ_DEL_PREV},
		{{8, false}, REQ_DEL_PREV},
		{{KEY_DC, true}, REQ_DEL_CHAR},
		{{'u' & 0x1f, false}, REQ_CLR_FIELD},
		{{'w' & 0x1f, false}, REQ_DEL_WORD},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (key.code == table[i].key.code && key.function == table[i].key.function) {
			form_driver(input->form, table[i].request);
			return;
		}
	if (!key.function && g_unichar_isprint(key.code))
		form_driver_w(input->form, OK, (wchar_t)key.code);
}

static void press(struct view *view, struct key key)
{
	struct input *input = (struct input *)view;

	switch (keys_command(KEYS_INPUT, key)) {
	case CMD_ACCEPT: {
		g_autofree char *text = current_text(input);

		g_free(input->refusal);
		input->refusal = input->take(text, input->data);
		view->closed = !input->refusal;
		if (input->refusal)
			place(view, LINES, COLS);
		break;
	}
	case CMD_CLOSE:
		view->closed = true;
		break;
	default:
		edit(input, key);
		break;
	}
}

static void input_free(struct view *view)
{
	struct input *input = (struct input *)view;

	drop_form(input);
	if (input->free_data)
		input->free_data(input->data);
	g_free(input->title);
	g_free(input->text);
	g_free(input->refusal);
	g_ptr_array_unref(input->lines);
}

static const struct view_ops input_ops = {.place = place, .draw = draw, .key = press, .free = input_free};

struct view *input_new(const struct terminal *terminal, const struct question *question, const char *text,
		       char *(*take)(const char *text, void *data))
{
	struct input *input = g_new0(struct input, 1);

	input->view.ops = &input_ops;
	input->view.terminal = terminal;
	input->view.cursor = true;
	input->title = g_strdup(question->title);
	input->lines = question->lines;
	input->data = question->data;
	input->free_data = question->free_data;
	input->text = g_strdup(text);
	input->take = take;
	return &input->view;
}
