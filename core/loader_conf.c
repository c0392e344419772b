/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loader_conf.c - the kernel command line for systemd-boot, kernel-install and rEFInd */
#include "config.h"

#include <string.h>

#include "core.h"
#include "grub.h"
#include "loader_conf.h"
#include "loader_text.h"

/* ---- systemd-boot -------------------------------------------------------------------------------------- */

/* The value of "key value" at this line as sd-boot takes it (line_get_key_value in its source): one pair
 * of double quotes around all of it falls off. False: another key, or no value. */
static bool entry_value(const struct vp_lines *lines, const struct vp_line *line, const char *key,
			struct vp_loader_span *ret_span)
{
	size_t length = strlen(key), pos = line->start + length;

	if (line->end <= pos || strncmp(lines->text + line->start, key, length) != 0 ||
	    !strchr(" \t", lines->text[pos]))
		return false;
	while (strchr(" \t", lines->text[pos]))
		pos++;
	*ret_span = (struct vp_loader_span){.line = *line, .start = pos, .end = line->end, .whole = true};
	if (lines->text[pos] == '"' && line->end - pos >= 2 && lines->text[line->end - 1] == '"') {
		ret_span->start++;
		ret_span->end--;
		ret_span->whole = false;
	}
	return true;
}

/* The options lines; *ret_kernel is the last "linux" line, if there is one. */
static GArray *entry_spans(const struct vp_lines *lines, struct vp_loader_span *ret_kernel)
{
	GArray *spans = vp_loader_spans_new();
	struct vp_line line = {0};
	struct vp_loader_span span;

	*ret_kernel = (struct vp_loader_span){0};
	while (vp_lines_next(lines, &line)) {
		if (entry_value(lines, &line, "options", &span))
			g_array_append_val(spans, span);
		else if (entry_value(lines, &line, "linux", &span))
			*ret_kernel = span;
	}
	return spans;
}

/* "options" and as many blanks as line its value up with that of the linux line. */
static char *options_line(const struct vp_lines *lines, const struct vp_loader_span *kernel,
			  const char *value)
{
	size_t column = kernel->start - kernel->line.start, length = strlen("options");
	bool tabs = memchr(lines->text + kernel->line.start, '\t', column) != NULL;
	int width = (int)(tabs || column <= length || column > 20 ? length + 1 : column);

	return g_strdup_printf("%-*s%s", width, "options", value);
}

/* A value that came to start and end with a quote would lose both: then the edit is given up. Takes
 * `after` over. */
static GBytes *check_entry(GBytes *after, GBytes *before, const struct vp_cmdline_change *change,
			   const char *file, GError **error)
{
	g_autofree char *old = vp_loader_read_entry(before);
	g_autofree char *wanted = old ? vp_cmdline_edit(old, change, NULL) : NULL;
	g_autofree char *got = vp_loader_read_entry(after);
	g_auto(GStrv) wanted_words = vp_cmdline_split(wanted ? wanted : "");
	g_auto(GStrv) got_words = vp_cmdline_split(got ? got : "");

	if (g_strv_equal((const char *const *)wanted_words, (const char *const *)got_words))
		return after;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s is not edited: systemd-boot would take quotes off the options; write there by hand: "
		    "options %s",
		    file, wanted ? wanted : "");
	g_bytes_unref(after);
	return NULL;
}

GBytes *vp_loader_edit_entry(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
			     GError **error)
{
	g_autoptr(GArray) spans = NULL, splices = vp_splices_new();
	struct vp_lines lines;
	struct vp_loader_span kernel;

	if (!vp_lines_open(&lines, bytes, file, error))
		return NULL;
	spans = entry_spans(&lines, &kernel);
	if (spans->len == 0 && kernel.line.number > 0) {
		g_autofree char *value = vp_cmdline_edit("", change, error);
		g_autofree char *line = value ? options_line(&lines, &kernel, value) : NULL;

		if (!value)
			return NULL;
		if (*value)
			vp_lines_insert(&lines, lines.length, line, splices);
	} else if (spans->len > 0 && !vp_loader_edit_spans(&lines, spans, change, splices, error)) {
		return NULL;
	}
	return check_entry(vp_splice_apply(bytes, splices), bytes, change, file, error);
}

char *vp_loader_read_entry(GBytes *bytes)
{
	g_autoptr(GArray) spans = NULL;
	struct vp_lines lines;
	struct vp_loader_span kernel;

	if (!vp_lines_open(&lines, bytes, "", NULL))
		return NULL;
	spans = entry_spans(&lines, &kernel);
	if (spans->len == 0)
		return kernel.line.number > 0 ? g_strdup("") : NULL;
	return g_strdelimit(vp_loader_join(&lines, spans), "\n", ' ');
}

/* ---- /etc/kernel/cmdline ------------------------------------------------------------------------------- */

/* Every line that is not empty and no comment. kernel-install (90-loaderentry.install) turns line ends into
 * blanks; mkinitcpio leaves comment lines out. */
static GArray *cmdline_spans(const struct vp_lines *lines)
{
	GArray *spans = vp_loader_spans_new();
	struct vp_line line = {0};

	while (vp_lines_next(lines, &line)) {
		struct vp_loader_span span = {
			.line = line, .start = line.start, .end = line.end, .whole = true};

		if (line.end > line.start && lines->text[line.start] != '#')
			g_array_append_val(spans, span);
	}
	return spans;
}

GBytes *vp_loader_edit_kernel_cmdline(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
				      GError **error)
{
	g_autoptr(GArray) spans = NULL, splices = vp_splices_new();
	struct vp_lines lines;

	if (!vp_lines_open(&lines, bytes, file, error))
		return NULL;
	spans = cmdline_spans(&lines);
	if (spans->len == 0) {
		g_autofree char *value = vp_cmdline_edit("", change, error);

		if (!value)
			return NULL;
		if (*value)
			vp_lines_insert(&lines, lines.length, value, splices);
	} else if (!vp_loader_edit_spans(&lines, spans, change, splices, error)) {
		return NULL;
	}
	return vp_splice_apply(bytes, splices);
}

char *vp_loader_read_kernel_cmdline(GBytes *bytes)
{
	g_autoptr(GArray) spans = NULL;
	struct vp_lines lines;

	if (!vp_lines_open(&lines, bytes, "", NULL))
		return NULL;
	spans = cmdline_spans(&lines);
	return g_strdelimit(vp_loader_join(&lines, spans), "\n", ' ');
}

/* ---- sdboot-manage ------------------------------------------------------------------------------------- */

GBytes *vp_loader_edit_sdboot_manage(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
				     GError **error)
{
	return vp_grub_edit(bytes, "LINUX_OPTIONS", change, file, error);
}

char *vp_loader_read_sdboot_manage(GBytes *bytes)
{
	g_autoptr(vp_grub_place) place = vp_grub_find(bytes, "LINUX_OPTIONS");

	return g_strdup(place->value);
}

/* ---- rEFInd -------------------------------------------------------------------------------------------- */

enum refind_line { REFIND_EMPTY, REFIND_OPTIONS, REFIND_OTHER };

/* Behind the word at pos, or 0 when its quote is not closed. "" within quotes stands for one quote. */
static size_t refind_word_end(const struct vp_lines *lines, size_t pos, size_t end)
{
	if (lines->text[pos] != '"') {
		while (pos < end && !strchr(" \t=,#\"", lines->text[pos]))
			pos++;
		return pos;
	}
	for (pos++; pos < end; pos++) {
		if (lines->text[pos] != '"')
			continue;
		if (pos + 1 < end && lines->text[pos + 1] == '"')
			pos++;
		else
			return pos + 1;
	}
	return 0;
}

/* Words of a line as rEFInd cuts them (ReadTokenLine in its source): parted by blanks, '=' and ','. */
static enum refind_line refind_options(const struct vp_lines *lines, const struct vp_line *line,
				       struct vp_loader_span *ret_span)
{
	size_t pos = line->start, word = pos;

	for (unsigned n = 0; n < 2; n++) {
		while (pos < line->end && strchr(" \t=,", lines->text[pos]))
			pos++;
		if (pos >= line->end || lines->text[pos] == '#')
			return n == 0 ? REFIND_EMPTY : REFIND_OTHER;
		word = pos;
		pos = refind_word_end(lines, word, line->end);
		if (pos == 0)
			return REFIND_OTHER;
	}
	if (lines->text[word] != '"')
		return REFIND_OTHER;
	*ret_span = (struct vp_loader_span){.line = *line, .start = word + 1, .end = pos - 1};
	return REFIND_OPTIONS;
}

static char *replace_all(const char *text, const char *from, const char *to)
{
	g_auto(GStrv) parts = g_strsplit(text, from, -1);

	return g_strjoinv(to, parts);
}

static char *refind_value(const struct vp_lines *lines, const struct vp_loader_span *span)
{
	g_autofree char *raw = g_strndup(lines->text + span->start, span->end - span->start);

	return replace_all(raw, "\"\"", "\"");
}

static bool refind_edit_line(const struct vp_lines *lines, const struct vp_loader_span *span,
			     const struct vp_cmdline_change *change, GArray *splices, GError **error)
{
	g_autofree char *value = refind_value(lines, span);
	g_autofree char *edited = vp_cmdline_edit(value, change, error);

	if (!edited)
		return false;
	if (strcmp(value, edited) != 0)
		vp_splice_add(splices, span->start, span->end, replace_all(edited, "\"", "\"\""));
	return true;
}

GBytes *vp_loader_edit_refind(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
			      GError **error)
{
	g_autoptr(GArray) splices = vp_splices_new();
	struct vp_line line = {0};
	struct vp_lines lines;
	struct vp_loader_span span;
	unsigned count = 0;

	if (!vp_lines_open(&lines, bytes, file, error))
		return NULL;
	while (vp_lines_next(&lines, &line)) {
		enum refind_line kind = refind_options(&lines, &line, &span);

		if (kind == REFIND_OTHER) {
			g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
				    "%s:%u is not edited: the line has no second word in double quotes; "
				    "write it as "
				    "\"title\" \"kernel options\"",
				    file, line.number);
			return NULL;
		}
		if (kind == REFIND_OPTIONS && !refind_edit_line(&lines, &span, change, splices, error))
			return NULL;
		count += kind == REFIND_OPTIONS;
	}
	if (count > 0)
		return vp_splice_apply(bytes, splices);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s is not edited: it has no line with kernel options; run mkrlconf, or write one as "
		    "\"title\" \"kernel options\"",
		    file);
	return NULL;
}

char *vp_loader_read_refind(GBytes *bytes)
{
	struct vp_line line = {0};
	struct vp_lines lines;
	struct vp_loader_span span;

	if (!vp_lines_open(&lines, bytes, "", NULL))
		return NULL;
	while (vp_lines_next(&lines, &line))
		if (refind_options(&lines, &line, &span) == REFIND_OPTIONS)
			return refind_value(&lines, &span);
	return NULL;
}
