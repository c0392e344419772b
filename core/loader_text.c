/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loader_text.c - pieces of a kernel command line within a file */
#include "config.h"

#include <string.h>

#include "core.h"
#include "loader_text.h"

GArray *vp_loader_spans_new(void)
{
	return g_array_new(FALSE, TRUE, sizeof(struct vp_loader_span));
}

char *vp_loader_join(const struct vp_lines *lines, const GArray *spans)
{
	GString *joined = g_string_new(NULL);

	for (guint i = 0; i < spans->len; i++) {
		const struct vp_loader_span *span = &g_array_index(spans, struct vp_loader_span, i);

		if (i > 0)
			g_string_append_c(joined, '\n');
		g_string_append_len(joined, lines->text + span->start, (gssize)(span->end - span->start));
	}
	return g_string_free(joined, FALSE);
}

static bool span_is(const struct vp_lines *lines, const struct vp_loader_span *span, const char *piece)
{
	size_t length = span->end - span->start;

	return strlen(piece) == length && strncmp(lines->text + span->start, piece, length) == 0;
}

static bool replace_span(const struct vp_lines *lines, const struct vp_loader_span *span, const char *piece,
			 GArray *splices, GError **error)
{
	if (span_is(lines, span, piece))
		return true;
	if (span->forbidden && strpbrk(piece, span->forbidden)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s:%u is not edited: its quotes cannot hold the characters %s; write there by "
			    "hand: %s",
			    lines->file, span->line.number, span->forbidden, piece);
		return false;
	}
	if (*piece == '\0' && span->whole)
		vp_line_drop(lines, &span->line, splices);
	else if (span->key_end > 0 && span->start == span->end)
		vp_splice_add(splices, span->key_end, span->key_end, g_strconcat(" ", piece, NULL));
	else if (span->key_end > 0 && *piece == '\0')
		vp_splice_add(splices, span->key_end, span->end, NULL);
	else
		vp_splice_add(splices, span->start, span->end, g_strdup(piece));
	return true;
}

bool vp_loader_edit_spans(const struct vp_lines *lines, const GArray *spans,
			  const struct vp_cmdline_change *change, GArray *splices, GError **error)
{
	const struct vp_loader_span *span = (const struct vp_loader_span *)(const void *)spans->data;
	g_autofree char *joined = vp_loader_join(lines, spans);
	g_autofree char *edited = vp_cmdline_edit(joined, change, error);
	g_auto(GStrv) pieces = NULL;
	guint n, head = 0, tail = 0;

	if (!edited)
		return false;
	if (strcmp(joined, edited) == 0)
		return true;
	pieces = g_strsplit(edited, "\n", (gint)spans->len);
	n = g_strv_length(pieces);
	/* A piece that went empty may have taken its line end along: its neighbours tell which one it was. */
	while (head < n && span_is(lines, &span[head], pieces[head]))
		head++;
	while (tail < n - head && span_is(lines, &span[spans->len - 1 - tail], pieces[n - 1 - tail]))
		tail++;
	for (guint i = head; i < spans->len - tail; i++)
		if (!replace_span(lines, &span[i], i < n - tail ? pieces[i] : "", splices, error))
			return false;
	return true;
}
