/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines.c - a text file line by line, with the place of every byte */
#include "config.h"

#include <string.h>

#include "core.h"
#include "lines.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

bool vp_lines_open(struct vp_lines *lines, GBytes *bytes, const char *file, GError **error)
{
	lines->file = file;
	lines->text = g_bytes_get_data(bytes, &lines->length);
	if (!lines->text)
		lines->text = "";
	if (!memchr(lines->text, '\0', lines->length))
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s is not edited: it holds NUL bytes, so it is no plain text; save it as UTF-8 and try "
		    "again",
		    file);
	return false;
}

bool vp_lines_next(const struct vp_lines *lines, struct vp_line *line)
{
	size_t pos = line->line_end;

	if (pos >= lines->length)
		return false;
	line->number++;
	line->line_start = pos;
	while (pos < lines->length && is_blank(lines->text[pos]))
		pos++;
	line->start = pos;
	while (pos < lines->length && !is_line_end(lines->text[pos]))
		pos++;
	line->end = pos;
	while (line->end > line->start && is_blank(lines->text[line->end - 1]))
		line->end--;
	if (lines->length - pos >= 2 && strncmp(lines->text + pos, "\r\n", 2) == 0)
		pos++;
	line->line_end = pos < lines->length ? pos + 1 : pos;
	return true;
}

bool vp_line_is(const struct vp_lines *lines, const struct vp_line *line, const char *text)
{
	size_t length = strlen(text);

	return line->end - line->start == length && strncmp(lines->text + line->start, text, length) == 0;
}

void vp_line_drop(const struct vp_lines *lines, const struct vp_line *line, GArray *splices)
{
	size_t start = line->line_start;

	if (line->line_end == lines->length && !is_line_end(lines->text[line->line_end - 1])) {
		if (start > 0)
			start--;
		if (start > 0 && lines->text[start] == '\n' && lines->text[start - 1] == '\r')
			start--;
	}
	vp_splice_add(splices, start, line->line_end, NULL);
}

void vp_lines_insert(const struct vp_lines *lines, size_t pos, const char *text, GArray *splices)
{
	const char *first = memchr(lines->text, '\n', lines->length);
	const char *end = first && first > lines->text && first[-1] == '\r' ? "\r\n" : "\n";
	bool open = pos > 0 && !is_line_end(lines->text[pos - 1]);
	g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
	g_autofree char *joined = g_strjoinv(end, parts);

	vp_splice_add(splices, pos, pos, g_strconcat(open ? end : "", joined, open ? "" : end, NULL));
}
