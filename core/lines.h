/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines.h - a text file line by line, with the place of every byte */
#pragma once

#include <stdbool.h>

#include "splice.h"

struct vp_lines {
	const char *text; /* borrowed from the bytes */
	size_t length;
	const char *file; /* for messages */
};

/* Blanks at both ends are no part of start..end. */
struct vp_line {
	unsigned number;                         /* from 1 */
	size_t line_start, start, end, line_end; /* line_end: behind "\n", "\r\n" or "\r" */
};

/* Fails on a file that is no text: one with NUL bytes. */
bool vp_lines_open(struct vp_lines *lines, GBytes *bytes, const char *file, GError **error);

/* The next line: false at the end. Start with a zeroed line. */
bool vp_lines_next(const struct vp_lines *lines, struct vp_line *line);

/* Whether the line, blanks at its ends aside, is this text. */
bool vp_line_is(const struct vp_lines *lines, const struct vp_line *line, const char *text);

/* Takes the line out; a last line without an end takes the end of the line before it along. */
void vp_line_drop(const struct vp_lines *lines, const struct vp_line *line, GArray *splices);

/* Puts one or more lines (parted by "\n") at `pos`, the start of a line or the end of the file, with the
 * line ends this file has. Behind a last line without an end they have none either: so taking them out
 * gives the first bytes. */
void vp_lines_insert(const struct vp_lines *lines, size_t pos, const char *text, GArray *splices);
