/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - text for a terminal: width, clipping, wrapping, an ASCII face. Pure: knows no terminal. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum tone { TONE_PLAIN, TONE_TITLE, TONE_OK, TONE_WARN, TONE_BAD, TONE_ADDED, TONE_REMOVED, TONE_DIM };

struct line {
	enum tone tone;
	char *text;
	int hang; /* a line of a diff: columns its continuation is set in by; else 0 */
};

/* Columns a text takes on the screen; wide characters count two, combining ones none. */
int text_width(const char *text);

/* The text in at most width columns; what is cut is cut between words where that is possible. Caller frees. */
char *text_clip(const char *text, int width, const char *ellipsis);

/* The same number of columns in ASCII; control characters and broken bytes become "?". Caller frees. */
char *text_ascii(const char *text);

/* Without control characters and broken bytes, tabs widened to columns of eight. Caller frees. */
char *text_clean(const char *text);

/* Lines of text with a tone each: struct line *. */
GPtrArray *lines_new(void);

/* A line feed within the text starts a new line. "Label\ttext" stands as a label with a hanging text. */
void lines_add(GPtrArray *lines, enum tone tone, const char *text);
void lines_addf(GPtrArray *lines, enum tone tone, const char *format, ...) G_GNUC_PRINTF(3, 4);
void lines_label(GPtrArray *lines, const char *label, const char *text); /* nothing when text is NULL or "" */
void lines_add_diff(GPtrArray *lines, const char *diff);

/* The lines folded to a width, between words where possible. Caller unrefs. */
GPtrArray *lines_wrap(const GPtrArray *lines, int width);

/* One text folded: char *. Caller unrefs. */
GPtrArray *text_wrap(const char *text, int width);
