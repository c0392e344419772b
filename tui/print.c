/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print.c - lines of text on the standard output, for a terminal or for a file */
#include "config.h"

#include "print.h"

#include "marks.h"

#include <json-c/json.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool has_colours(void)
{
	const char *no_color = g_getenv("NO_COLOR"), *term = g_getenv("TERM");

	return isatty(STDOUT_FILENO) && (!no_color || !*no_color) && term && !g_str_equal(term, "dumb");
}

static const char *colour_of(enum tone tone)
{
	static const char *const colours[] = {
		[TONE_PLAIN] = "",           [TONE_TITLE] = "\033[1m",  [TONE_OK] = "\033[32m",
		[TONE_WARN] = "\033[33m",    [TONE_BAD] = "\033[1;31m", [TONE_ADDED] = "\033[32m",
		[TONE_REMOVED] = "\033[31m", [TONE_DIM] = "\033[36m",
	};

	return colours[tone];
}

static void put_line(const struct line *line, bool colours, bool ascii)
{
	const char *colour = colours ? colour_of(line->tone) : "";
	g_autofree char *text = ascii ? text_ascii(line->text) : text_clean(line->text);

	printf("%s%s%s\n", colour, g_strchomp(text), *colour ? "\033[0m" : "");
}

static void put_all(const GPtrArray *lines)
{
	bool colours = has_colours(), ascii = marks_choose()->ascii;

	for (guint i = 0; i < lines->len; i++)
		put_line(lines->pdata[i], colours, ascii);
	fflush(stdout);
}

/* Elsewhere than on a terminal one line stays one line, so that tools find it. */
int print_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return G_MAXINT / 2;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void print_lines(const GPtrArray *lines)
{
	g_autoptr(GPtrArray) folded = lines_wrap(lines, print_width());

	put_all(folded);
}

void print_table(const GPtrArray *lines)
{
	put_all(lines);
}

void print_text(const char *text)
{
	printf("%s%s", text, g_str_has_suffix(text, "\n") ? "" : "\n");
	fflush(stdout);
}

/* ---- events ------------------------------------------------------------------------------------------- */

static void put(enum tone tone, char *text_taken)
{
	put_line(&(struct line){.tone = tone, .text = text_taken}, has_colours(), marks_choose()->ascii);
	g_free(text_taken);
	fflush(stdout);
}

void print_event(const struct vp_event *event, void *data)
{
	g_autofree char *title = event->change ? vp_change_title(event->change) : g_strdup("");

	switch (event->kind) {
	case VP_EVENT_BEGIN:
		put(TONE_TITLE, g_strdup_printf("[%zu/%zu] %s", event->index + 1, event->total, title));
		break;
	case VP_EVENT_OUTPUT:
		put(TONE_PLAIN, g_strdup_printf("      %s", event->text));
		break;
	case VP_EVENT_ELSEWHERE:
		put(TONE_WARN, g_strdup("      only on the running system: left to you"));
		break;
	case VP_EVENT_FAILED:
		put(TONE_BAD, g_strdup_printf("      failed: %s", event->text ? event->text : ""));
		break;
	case VP_EVENT_DONE:
		break;
	}
}

static void put_json(json_object *object_taken)
{
	print_text(json_object_to_json_string_ext(object_taken, JSON_C_TO_STRING_PLAIN));
	json_object_put(object_taken);
}

void print_event_json(const struct vp_event *event, void *data)
{
	static const char *const names[] = {
		[VP_EVENT_BEGIN] = "begin",         [VP_EVENT_OUTPUT] = "output", [VP_EVENT_DONE] = "done",
		[VP_EVENT_ELSEWHERE] = "elsewhere", [VP_EVENT_FAILED] = "failed",
	};
	json_object *object = json_object_new_object();

	json_object_object_add(object, "event", json_object_new_string(names[event->kind]));
	json_object_object_add(object, "index", json_object_new_int64((gint64)event->index));
	json_object_object_add(object, "total", json_object_new_int64((gint64)event->total));
	if (event->change) {
		g_autofree char *title = vp_change_title(event->change);

		json_object_object_add(object, "title", json_object_new_string(title));
	}
	if (event->text)
		json_object_object_add(object, "text", json_object_new_string(event->text));
	put_json(object);
}

void print_error_json(const char *text)
{
	json_object *object = json_object_new_object();

	json_object_object_add(object, "event", json_object_new_string("error"));
	json_object_object_add(object, "text", json_object_new_string(text));
	put_json(object);
}
