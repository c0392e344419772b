/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loader_limine.c - the kernel command line for Limine, with and without its entry tool */
#include "config.h"

#include <string.h>

#include "core.h"
#include "loader_conf.h"
#include "loader_text.h"

/* ---- /etc/default/limine ------------------------------------------------------------------------------- */

/* Behind KERNEL_CMDLINE[default] = or +=, or 0: the line is about something else. */
static size_t default_value(const struct vp_lines *lines, const struct vp_line *line, bool *ret_append)
{
	static const char *const keys[] = {"KERNEL_CMDLINE[default]", "KERNEL_CMDLINE[\"default\"]",
					   "KERNEL_CMDLINE['default']"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		size_t length = strlen(keys[i]), pos = line->start + length;

		if (line->end - line->start < length ||
		    strncmp(lines->text + line->start, keys[i], length) != 0)
			continue;
		*ret_append = pos < line->end && lines->text[pos] == '+';
		pos += *ret_append ? 1 : 0;
		return pos < line->end && lines->text[pos] == '=' ? pos + 1 : 0;
	}
	return 0;
}

/* The text between the quotes when nothing in it means anything to bash and nothing but a comment follows. */
static bool default_span(const struct vp_lines *lines, const struct vp_line *line, size_t value,
			 struct vp_loader_span *ret_span)
{
	char quote = value < line->end ? lines->text[value] : '\0';
	size_t start = value + 1, end = start, rest;

	if (quote != '"' && quote != '\'')
		return false;
	while (end < line->end && lines->text[end] != quote) {
		if (quote == '"' && strchr("$`\\", lines->text[end]))
			return false;
		end++;
	}
	if (end >= line->end)
		return false;
	rest = end + 1;
	while (rest < line->end && strchr(" \t", lines->text[rest]))
		rest++;
	if (rest < line->end && (rest == end + 1 || lines->text[rest] != '#'))
		return false;
	while (start < end && strchr(" \t", lines->text[start]))
		start++;
	while (end > start && strchr(" \t", lines->text[end - 1]))
		end--;
	*ret_span = (struct vp_loader_span){.line = *line, .start = start, .end = end};
	ret_span->forbidden = quote == '"' ? "\"$`\\" : "'";
	return true;
}

/* The last = and all += behind it. Returns the number of a line that is not understood, or 0. */
static unsigned default_spans(const struct vp_lines *lines, GArray *spans)
{
	struct vp_line line = {0};
	struct vp_loader_span span;
	unsigned odd = 0;
	bool append;

	while (vp_lines_next(lines, &line)) {
		size_t value = default_value(lines, &line, &append);

		if (value == 0)
			continue;
		if (!append) {
			g_array_set_size(spans, 0);
			odd = 0;
		}
		if (default_span(lines, &line, value, &span))
			g_array_append_val(spans, span);
		else if (odd == 0)
			odd = line.number;
	}
	return odd;
}

static GBytes *refuse_default(const char *file, unsigned line, const char *why,
			      const struct vp_cmdline_change *change, GError **error)
{
	g_autofree char *words = vp_cmdline_edit("", change, NULL);
	g_autofree char *place = line > 0 ? g_strdup_printf("%s:%u", file, line) : g_strdup(file);

	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s is not edited: %s; add by hand to the kernel command line: %s", place, why,
		    words ? words : "");
	return NULL;
}

GBytes *vp_loader_edit_limine_default(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
				      GError **error)
{
	g_autoptr(GArray) spans = vp_loader_spans_new();
	g_autoptr(GArray) splices = vp_splices_new();
	struct vp_lines lines;
	unsigned odd;

	if (!vp_lines_open(&lines, bytes, file, error))
		return NULL;
	odd = default_spans(&lines, spans);
	if (odd > 0)
		return refuse_default(file, odd, "the value is not one text in plain quotes", change, error);
	if (spans->len == 0)
		return refuse_default(file, 0, "it does not set KERNEL_CMDLINE[default]", change, error);
	if (!vp_loader_edit_spans(&lines, spans, change, splices, error))
		return NULL;
	return vp_splice_apply(bytes, splices);
}

char *vp_loader_read_limine_default(GBytes *bytes)
{
	g_autoptr(GArray) spans = vp_loader_spans_new();
	struct vp_lines lines;

	if (!vp_lines_open(&lines, bytes, "", NULL) || default_spans(&lines, spans) > 0 || spans->len == 0)
		return NULL;
	return g_strdelimit(vp_loader_join(&lines, spans), "\n", ' ');
}

/* ---- limine.conf --------------------------------------------------------------------------------------- */

#define MARK "# Added by virt-passthrough"

/* One menu entry while its lines are read. */
struct entry {
	struct vp_line above;    /* the line read last */
	GArray *spans;           /* its cmdline options */
	struct vp_line protocol; /* number 0: not given */
	bool linux_kernel;       /* protocol: linux */
	bool foreign;            /* a protocol that starts no Linux */
};

/* "name: value" with the name in any case (CONFIG.md of Limine, "Options"). */
static bool option_value(const struct vp_lines *lines, const struct vp_line *line, const char *name,
			 struct vp_loader_span *ret_span)
{
	size_t length = strlen(name), pos = line->start + length;

	if (line->end - line->start <= length ||
	    g_ascii_strncasecmp(lines->text + line->start, name, length) != 0)
		return false;
	while (pos < line->end && strchr(" \t", lines->text[pos]))
		pos++;
	if (pos >= line->end || lines->text[pos] != ':')
		return false;
	*ret_span = (struct vp_loader_span){.line = *line, .end = line->end, .key_end = ++pos};
	while (pos < line->end && strchr(" \t", lines->text[pos]))
		pos++;
	ret_span->start = pos;
	return true;
}

static void read_option(const struct vp_lines *lines, const struct vp_line *line, struct entry *entry)
{
	static const char *const others[] = {"limine",         "multiboot", "multiboot1",     "multiboot2",
					     "efi_boot_entry", "bios",      "bios_chainload", NULL};
	struct vp_loader_span span;

	if (option_value(lines, line, "cmdline", &span) ||
	    option_value(lines, line, "kernel_cmdline", &span)) {
		span.whole = entry->above.number > 0 && vp_line_is(lines, &entry->above, MARK);
		if (span.whole)
			span.line.line_start = entry->above.line_start; /* the mark goes along */
		g_array_append_val(entry->spans, span);
	} else if (option_value(lines, line, "protocol", &span)) {
		g_autofree char *value =
			g_ascii_strdown(lines->text + span.start, (gssize)(span.end - span.start));

		entry->protocol = *line;
		entry->linux_kernel = strcmp(value, "linux") == 0;
		entry->foreign = g_strv_contains(others, value);
	}
	entry->above = *line;
}

/* A Linux entry without the option gets one, with our mark, behind its protocol. */
static bool add_cmdline(const struct vp_lines *lines, const struct entry *entry,
			const struct vp_cmdline_change *change, GArray *splices, GError **error)
{
	const struct vp_line *line = &entry->protocol;
	g_autofree char *value = vp_cmdline_edit("", change, error);
	g_autofree char *indent = g_strndup(lines->text + line->line_start, line->start - line->line_start);
	g_autofree char *added =
		g_strdup_printf("%s" MARK "\n%scmdline: %s", indent, indent, value ? value : "");

	if (value && *value)
		vp_lines_insert(lines, line->line_end, added, splices);
	return value != NULL;
}

/* Each option on its own: Limine takes the first one it knows. */
static bool edit_options(const struct vp_lines *lines, const GArray *spans,
			 const struct vp_cmdline_change *change, GArray *splices, GError **error)
{
	for (guint i = 0; i < spans->len; i++) {
		g_autoptr(GArray) one = vp_loader_spans_new();

		g_array_append_val(one, g_array_index(spans, struct vp_loader_span, i));
		if (!vp_loader_edit_spans(lines, one, change, splices, error))
			return false;
	}
	return true;
}

/* Edits the entry that is complete, and makes room for the next one. */
static bool finish_entry(const struct vp_lines *lines, struct entry *entry, unsigned *count,
			 const struct vp_cmdline_change *change, GArray *splices, GError **error)
{
	bool ok = true;

	if (!entry->foreign && (entry->spans->len > 0 || entry->linux_kernel)) {
		++*count;
		ok = entry->spans->len > 0 ? edit_options(lines, entry->spans, change, splices, error)
					   : add_cmdline(lines, entry, change, splices, error);
	}
	g_array_set_size(entry->spans, 0);
	*entry = (struct entry){.spans = entry->spans};
	return ok;
}

GBytes *vp_loader_edit_limine_conf(GBytes *bytes, const struct vp_cmdline_change *change, const char *file,
				   GError **error)
{
	g_autoptr(GArray) spans = vp_loader_spans_new();
	g_autoptr(GArray) splices = vp_splices_new();
	struct entry entry = {.spans = spans};
	struct vp_line line = {0};
	struct vp_lines lines;
	unsigned count = 0;

	if (!vp_lines_open(&lines, bytes, file, error))
		return NULL;
	while (vp_lines_next(&lines, &line)) {
		bool opens = line.end > line.start && lines.text[line.start] == '/';

		if (opens && !finish_entry(&lines, &entry, &count, change, splices, error))
			return NULL;
		if (!opens)
			read_option(&lines, &line, &entry);
	}
	if (!finish_entry(&lines, &entry, &count, change, splices, error))
		return NULL;
	if (count > 0)
		return vp_splice_apply(bytes, splices);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s is not edited: no entry in it starts Linux; check that it is the file Limine reads",
		    file);
	return NULL;
}

char *vp_loader_read_limine_conf(GBytes *bytes)
{
	g_autoptr(GArray) spans = vp_loader_spans_new();
	struct entry entry = {.spans = spans};
	struct vp_line line = {0};
	struct vp_lines lines;
	bool more = true;

	if (!vp_lines_open(&lines, bytes, "", NULL))
		return NULL;
	while (more) {
		more = vp_lines_next(&lines, &line);
		if (more && (line.end == line.start || lines.text[line.start] != '/')) {
			read_option(&lines, &line, &entry);
			continue;
		}
		if (!entry.foreign && spans->len > 0) {
			const struct vp_loader_span *span = &g_array_index(spans, struct vp_loader_span, 0);

			return g_strndup(lines.text + span->start, span->end - span->start);
		}
		if (entry.linux_kernel)
			return g_strdup("");
		g_array_set_size(spans, 0);
		entry = (struct entry){.spans = spans};
	}
	return NULL;
}
