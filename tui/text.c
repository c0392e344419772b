/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.c - text for a terminal: width, clipping, wrapping, an ASCII face */
#include "config.h"

#include "text.h"

#include <string.h>
#include <wchar.h>

enum { LABEL_COLUMNS = 11, DIFF_HANG = 4 };

static int char_width(gunichar c)
{
	int width = c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return width < 0 ? 1 : width;
}

int text_width(const char *text)
{
	int width = 0;

	for (const char *p = text; *p; p = g_utf8_next_char(p))
		width += char_width(g_utf8_get_char(p));
	return width;
}

/* The longest start of the text that takes at most `width` columns, in bytes. */
static size_t bytes_within(const char *text, int width)
{
	const char *p = text;

	for (int used = 0; *p; p = g_utf8_next_char(p)) {
		used += char_width(g_utf8_get_char(p));
		if (used > width)
			break;
	}
	return p - text;
}

char *text_clip(const char *text, int width, const char *ellipsis)
{
	if (width <= 0)
		return g_strdup("");
	if (text_width(text) <= width)
		return g_strdup(text);

	int room = width - text_width(ellipsis);

	if (room <= 0)
		return g_strndup(text, bytes_within(text, width));

	size_t end = bytes_within(text, room), word = end;

	/* A word is given up whole, unless that would cost more than a third of the room. */
	if (text[end] != ' ') {
		while (word > 0 && text[word - 1] != ' ')
			word--;
		if (word * 3 > end * 2)
			end = word;
	}
	while (end > 0 && strchr(" ,;:", text[end - 1]))
		end--;

	g_autofree char *start = g_strndup(text, end);
	return g_strconcat(start, ellipsis, NULL);
}

/* Stand-ins of the same width for what our own texts use; letters lose their accents. */
static char ascii_of(gunichar c)
{
	static const struct {
		gunichar c;
		char ascii;
	} table[] = {
		{0x00b7, '-'}, {0x00d7, 'x'},  {0x2010, '-'},  {0x2011, '-'}, {0x2013, '-'},
		{0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'},
		{0x2022, '*'}, {0x2026, '.'},  {0x2190, '<'},  {0x2191, '^'}, {0x2192, '>'},
		{0x2193, 'v'}, {0x2264, '<'},  {0x2265, '>'},  {0x2500, '-'}, {0x2502, '|'},
		{0x25cb, 'o'}, {0x25cf, '*'},  {0x2713, '+'},  {0x2717, 'x'}, {0x00a0, ' '},
	};
	gunichar letter[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

	if (c < 0x80)
		return (char)c;
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].c == c)
			return table[i].ascii;
	if (g_unichar_fully_decompose(c, FALSE, letter, G_N_ELEMENTS(letter)) > 1 && letter[0] < 0x80)
		return (char)letter[0];
	return '?';
}

char *text_clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_new(NULL);
	int column = 0;

	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (c == '\t') {
			int blanks = 8 - column % 8;

			g_string_append_printf(out, "%*s", blanks, "");
			column += blanks;
			continue;
		}
		if (g_unichar_iscntrl(c))
			c = '?';
		g_string_append_unichar(out, c);
		column += char_width(c);
	}
	return g_string_free(out, FALSE);
}

char *text_ascii(const char *text)
{
	g_autofree char *clean = text_clean(text);
	GString *out = g_string_new(NULL);

	for (const char *p = clean; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		for (int i = char_width(c); i > 0; i--)
			g_string_append_c(out, ascii_of(c));
	}
	return g_string_free(out, FALSE);
}

/* ---- lines -------------------------------------------------------------------------------------------- */

static void line_free(void *data)
{
	struct line *line = data;

	g_free(line->text);
	g_free(line);
}

GPtrArray *lines_new(void)
{
	return g_ptr_array_new_with_free_func(line_free);
}

static void add_one(GPtrArray *lines, enum tone tone, char *text)
{
	struct line *line = g_new(struct line, 1);

	line->tone = tone;
	line->hang = 0;
	line->text = text;
	g_ptr_array_add(lines, line);
}

/* A continuation never starts where the marks of a diff stand. */
static void add_marked(GPtrArray *lines, enum tone tone, char *text)
{
	add_one(lines, tone, text);
	((struct line *)lines->pdata[lines->len - 1])->hang = DIFF_HANG;
}

void lines_add(GPtrArray *lines, enum tone tone, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
	size_t count = g_strv_length(parts);

	/* A final line feed ends the last line, it does not begin another. */
	if (count > 1 && !*parts[count - 1])
		count--;
	if (count == 0)
		add_one(lines, tone, g_strdup(""));
	for (size_t i = 0; i < count; i++)
		add_one(lines, tone, g_strdup(parts[i]));
}

void lines_addf(GPtrArray *lines, enum tone tone, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	lines_add(lines, tone, text);
}

void lines_label(GPtrArray *lines, const char *label, const char *text)
{
	if (text && *text)
		lines_addf(lines, TONE_PLAIN, "%s\t%s", label, text);
}

void lines_add_diff(GPtrArray *lines, const char *diff)
{
	g_auto(GStrv) parts = g_strsplit(diff, "\n", -1);

	for (size_t i = 0; parts[i]; i++) {
		enum tone tone = TONE_PLAIN;

		if (!*parts[i] && !parts[i + 1])
			break;
		if (g_str_has_prefix(parts[i], "+++") || g_str_has_prefix(parts[i], "---"))
			tone = TONE_TITLE;
		else if (parts[i][0] == '+')
			tone = TONE_ADDED;
		else if (parts[i][0] == '-')
			tone = TONE_REMOVED;
		else if (parts[i][0] == '@')
			tone = TONE_DIM;
		add_marked(lines, tone, text_clean(parts[i]));
	}
}

/* The bytes of `text` for the next line of `width` columns; at a blank, else behind a "/", else anywhere. */
static size_t next_break(const char *text, int width)
{
	size_t end = bytes_within(text, width), at = end;

	if (!text[end] || text[end] == ' ')
		return end;
	while (at > 0 && text[at - 1] != ' ')
		at--;
	if (strspn(text, " ") < at)
		return at;
	for (at = end; at > 1 && !strchr("/,=", text[at - 1]);)
		at--;
	if (at > end / 2)
		return at;
	return end ? end : (size_t)(g_utf8_next_char(text) - text);
}

/* Folds a text; all but the first line start with `indent` blanks, the first one with `first`. */
static void fold(GPtrArray *out, enum tone tone, const char *first, const char *text, int indent, int width)
{
	bool started = false;

	do {
		int room = width - (started ? indent : text_width(first));
		size_t length = next_break(text, MAX(room, 1));
		g_autofree char *part = g_strndup(text, length);

		g_strchomp(part);
		add_one(out, tone,
			started ? g_strdup_printf("%*s%s", indent, "", part)
				: g_strconcat(first, part, NULL));
		started = true;
		text += length;
		while (*text == ' ')
			text++;
	} while (*text);
}

/* A line of a diff: the sign in front is no part of the text, and blanks behind it are. */
static void wrap_marked(GPtrArray *out, const struct line *line, int width)
{
	int sign = strchr("+-@ ", *line->text) && *line->text ? 1 : 0;
	int start = sign + (int)strspn(line->text + sign, " ");

	if (start > width / 2)
		start = sign;
	g_autofree char *first = g_strndup(line->text, start);

	fold(out, line->tone, first, line->text + start, line->hang + start - sign, width);
}

static void wrap_line(GPtrArray *out, const struct line *line, int width)
{
	const char *tab = strchr(line->text, '\t');

	if (line->hang) {
		wrap_marked(out, line, width);
		return;
	}
	if (tab) {
		g_autofree char *label = g_strndup(line->text, tab - line->text);
		int columns = MAX(LABEL_COLUMNS, text_width(label) + 1);
		g_autofree char *first = g_strdup_printf("%s%*s", label, columns - text_width(label), "");
		g_autofree char *text = text_clean(tab + 1);

		fold(out, line->tone, first, text, columns, width);
		return;
	}
	g_autofree char *text = text_clean(line->text);
	int blanks = (int)strspn(text, " ");
	/* An item of a list hangs behind its dash. */
	int indent = blanks + (g_str_has_prefix(text + blanks, "- ") ? 2 : 0);

	if (indent > width / 2)
		indent = 0;
	g_autofree char *first = g_strndup(text, indent);

	fold(out, line->tone, first, text + indent, indent, width);
}

GPtrArray *lines_wrap(const GPtrArray *lines, int width)
{
	GPtrArray *out = lines_new();

	for (guint i = 0; i < lines->len; i++)
		wrap_line(out, lines->pdata[i], MAX(width, 1));
	return out;
}

GPtrArray *text_wrap(const char *text, int width)
{
	g_autoptr(GPtrArray) lines = lines_new();
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	lines_add(lines, TONE_PLAIN, text);

	g_autoptr(GPtrArray) folded = lines_wrap(lines, width);

	for (guint i = 0; i < folded->len; i++) {
		struct line *line = folded->pdata[i];

		g_ptr_array_add(out, g_steal_pointer(&line->text));
	}
	return out;
}
