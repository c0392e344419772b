/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shell_word.c - one word of the shell's language: quotes, backslashes and expansions */
#include "config.h"

#include "shell_private.h"

#include <string.h>

#define MAX_NESTING 32 /* substitutions inside of substitutions */
#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_"
#define MAX_VALUE 0x10000 /* bytes; a value that doubles itself stops here */

static bool is_name_start(char c)
{
	return g_ascii_isalpha(c) || c == '_';
}

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* The metacharacters of bash(1). */
static bool ends_word(char c)
{
	return strchr(" \t\n;&|<>()", c) != NULL;
}

static bool at_end(const struct vp_shell_reader *reader)
{
	return reader->at >= reader->length;
}

bool vp_shell_looking_at(const struct vp_shell_reader *reader, const char *text)
{
	size_t length = strlen(text);

	return reader->length - reader->at >= length && memcmp(reader->text + reader->at, text, length) == 0;
}

unsigned vp_shell_line(struct vp_shell_reader *reader, size_t at)
{
	if (at < reader->counted) {
		reader->counted = 0;
		reader->line = 1;
	}
	while (reader->counted < at)
		reader->line += reader->text[reader->counted++] == '\n';
	return reader->line;
}

void vp_shell_give_up(struct vp_shell_reader *reader, size_t at, const char *why)
{
	struct vp_shell_note *lost = &reader->shell->lost;

	if (!lost->text) {
		lost->line = vp_shell_line(reader, at);
		lost->text = g_strdup(why);
	}
	reader->at = reader->length;
}

bool vp_shell_is_lost(const struct vp_shell_reader *reader)
{
	return reader->shell->lost.text != NULL;
}

bool vp_shell_skip_continuation(struct vp_shell_reader *reader)
{
	if (!vp_shell_looking_at(reader, "\\\n"))
		return false;
	reader->at += 2;
	reader->continued = reader->at;
	return true;
}

/* ---- what is skipped: substitutions -------------------------------------------------------------------- */

static void skip_double(struct vp_shell_reader *reader);

static void skip_single(struct vp_shell_reader *reader)
{
	size_t start = reader->at++;

	while (!at_end(reader) && reader->text[reader->at] != '\'')
		reader->at++;
	if (at_end(reader))
		vp_shell_give_up(reader, start, "a single quote is never closed");
	else
		reader->at++;
}

/* Up to the next backquote without a backslash, whatever quotes are in between. */
static void skip_backquotes(struct vp_shell_reader *reader)
{
	size_t start = reader->at++;

	while (!at_end(reader) && reader->text[reader->at] != '`')
		reader->at += reader->text[reader->at] == '\\' ? 2 : 1;
	if (at_end(reader))
		vp_shell_give_up(reader, start, "a backquote is never closed");
	else
		reader->at++;
}

/* Followed are the expressions that neither assign nor fail, and of them those without quotes, in which
 * shells differ. */
static void skip_braces(struct vp_shell_reader *reader)
{
	size_t start = reader->at++;
	size_t length = strspn(reader->text + reader->at, NAME_CHARACTERS);
	const char *behind = reader->text + reader->at + length;
	bool fine = length && (g_str_has_prefix(behind, ":-") || g_str_has_prefix(behind, ":+") ||
			       (*behind && strchr("}-+#%/", *behind)));

	if (vp_shell_looking_at(reader, "#"))
		fine = reader->text[reader->at + 1 +
				    strspn(reader->text + reader->at + 1, NAME_CHARACTERS)] == '}';
	reader->at += strcspn(reader->text + reader->at, "}'\"\\`({[\n");
	if (!fine || at_end(reader) || reader->text[reader->at] != '}')
		vp_shell_give_up(reader, start, "a ${...} expression is not understood");
	else
		reader->at++;
}

/* Skips the expansion behind a dollar sign; false where the sign stands for itself. */
static bool skip_dollar(struct vp_shell_reader *reader, bool quoted)
{
	char next = reader->at + 1 < reader->length ? reader->text[reader->at + 1] : '\0';

	if (next == '(' && !vp_shell_looking_at(reader, "$((")) {
		reader->at++;
		vp_shell_skip_parentheses(reader);
	} else if (next == '{') {
		reader->at++;
		skip_braces(reader);
	} else if (next == '[' || vp_shell_looking_at(reader, "$((") ||
		   (!quoted && (next == '\'' || next == '"'))) {
		vp_shell_give_up(reader, reader->at, "this use of \"$\" is not understood");
	} else {
		return false;
	}
	return true;
}

/* One character, or all of what it opens. */
static void skip_part(struct vp_shell_reader *reader, bool quoted)
{
	char c = reader->text[reader->at];

	if (c == '\\')
		reader->at += 2;
	else if (c == '`')
		skip_backquotes(reader);
	else if (c == '$' && skip_dollar(reader, quoted))
		return;
	else if (c == '\'' && !quoted)
		skip_single(reader);
	else if (c == '"' && !quoted)
		skip_double(reader);
	else
		reader->at++;
}

static void skip_double(struct vp_shell_reader *reader)
{
	size_t start = reader->at++;

	while (!at_end(reader) && reader->text[reader->at] != '"')
		skip_part(reader, true);
	if (at_end(reader))
		vp_shell_give_up(reader, start, "a double quote is never closed");
	else
		reader->at++;
}

/* "case" has unpaired parentheses, comments and here-documents may hold any: with them the end is not
 * looked for. */
static bool hides_parentheses(const struct vp_shell_reader *reader)
{
	if (vp_shell_looking_at(reader, "<<"))
		return true;
	return ends_word(reader->text[reader->at - 1]) &&
	       (vp_shell_looking_at(reader, "#") || vp_shell_looking_at(reader, "case"));
}

void vp_shell_skip_parentheses(struct vp_shell_reader *reader)
{
	size_t start = reader->at++, level = 1;

	if (++reader->nesting > MAX_NESTING)
		vp_shell_give_up(reader, start, "commands are nested too deep");
	while (!at_end(reader) && level > 0) {
		if (hides_parentheses(reader))
			break;
		if (reader->text[reader->at] == '(')
			level++;
		else if (reader->text[reader->at] == ')')
			level--;
		skip_part(reader, false);
	}
	reader->nesting--;
	if (level > 0)
		vp_shell_give_up(reader, start, "where this parenthesis closes is not understood");
}

/* ---- what is read -------------------------------------------------------------------------------------- */

static void add_byte(struct vp_shell_reader *reader, struct vp_shell_word *word, char quote, char value,
		     unsigned char length)
{
	struct vp_shell_byte byte = {.at = reader->at, .length = length, .quote = quote, .value = value};

	g_array_append_val(word->bytes, byte);
	reader->at += length;
}

/* A value that is used carries along where its own bytes are written. */
static void use_variable(struct vp_shell_reader *reader, struct vp_shell_word *word, const char *name)
{
	const struct vp_shell_variable *variable = vp_shell_get(reader->shell, name);

	word->expands = true;
	if (!variable || !variable->bytes)
		word->unknown = "the value uses a variable whose own value is not certain";
	else if (word->bytes->len + variable->bytes->len > MAX_VALUE)
		word->unknown = "the value is too long";
	else
		g_array_append_vals(word->bytes, variable->bytes->data, variable->bytes->len);
}

/* $NAME or ${NAME}; false leaves the position alone. */
static bool read_variable(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	bool braces = vp_shell_looking_at(reader, "${");
	size_t start = reader->at + (braces ? 2 : 1), end = start;

	if (start >= reader->length || !is_name_start(reader->text[start]))
		return false;
	while (end < reader->length && is_name(reader->text[end]))
		end++;
	if (braces && (end >= reader->length || reader->text[end] != '}'))
		return false;

	g_autofree char *name = g_strndup(reader->text + start, end - start);
	use_variable(reader, word, name);
	reader->at = end + (braces ? 1 : 0);
	/* Bash joins the lines of a name in one place and not in another. */
	if (!braces && vp_shell_looking_at(reader, "\\\n"))
		word->unknown = "the name of a variable may go on on the next line";
	return true;
}

static void read_dollar(struct vp_shell_reader *reader, struct vp_shell_word *word, char quote)
{
	char next = reader->at + 1 < reader->length ? reader->text[reader->at + 1] : '\0';

	if (read_variable(reader, word))
		return;
	if (skip_dollar(reader, quote != 0)) {
		word->expands = true;
		word->unknown =
			next == '(' ? "the value is made by a command" : "the value uses an expression";
	} else if (next && strchr("?@*#$!-\\0123456789", next)) {
		word->expands = true;
		word->unknown = "the value uses an expression";
		reader->at += next == '\\' ? 1 : 2;
	} else {
		add_byte(reader, word, quote, '$', 1);
	}
}

static void read_backquotes(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	skip_backquotes(reader);
	word->expands = true;
	word->unknown = "the value is made by a command";
}

/* Single quotes have no escape; people close them, write \' and open them again. That counts as one byte. */
static void read_single(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	size_t start = reader->at++;

	while (!at_end(reader)) {
		if (vp_shell_looking_at(reader, "'\\''")) {
			add_byte(reader, word, '\'', '\'', 4);
		} else if (reader->text[reader->at] == '\'') {
			reader->at++;
			return;
		} else {
			add_byte(reader, word, '\'', reader->text[reader->at], 1);
		}
	}
	vp_shell_give_up(reader, start, "a single quote is never closed");
}

static void read_double(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	size_t start = reader->at++;

	while (!at_end(reader)) {
		char c = reader->text[reader->at];
		char next = reader->at + 1 < reader->length ? reader->text[reader->at + 1] : '\0';

		if (c == '"') {
			reader->at++;
			return;
		}
		if (c == '$')
			read_dollar(reader, word, '"');
		else if (c == '`')
			read_backquotes(reader, word);
		else if (c == '\\' && next == '\n')
			reader->at += 2;
		else if (c == '\\' && next && strchr("$`\"\\", next))
			add_byte(reader, word, '"', next, 2);
		else
			add_byte(reader, word, '"', c, 1);
	}
	vp_shell_give_up(reader, start, "a double quote is never closed");
}

static void read_backslash(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	if (reader->at + 1 >= reader->length)
		vp_shell_give_up(reader, reader->at, "a backslash ends the file");
	else if (!vp_shell_skip_continuation(reader))
		add_byte(reader, word, 0, reader->text[reader->at + 1], 2);
}

/* NAME[: bash takes all up to the next ] as the subscript, blanks and new lines too; dash does not. */
static bool is_subscript(const struct vp_shell_reader *reader, const struct vp_shell_word *word)
{
	size_t length = reader->at - word->start;

	return reader->text[reader->at] == '[' && length && is_name_start(reader->text[word->start]) &&
	       strspn(reader->text + word->start, NAME_CHARACTERS) == length;
}

void vp_shell_read_word(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	*word = (struct vp_shell_word){.start = reader->at};
	word->bytes = g_array_new(FALSE, FALSE, sizeof(struct vp_shell_byte));
	while (!at_end(reader) && !ends_word(reader->text[reader->at])) {
		char c = reader->text[reader->at];

		if (is_subscript(reader, word)) {
			vp_shell_give_up(reader, word->start, "an element of an array is not understood");
			break;
		}
		word->last_quote = c == '\'' || c == '"' ? c : 0;
		if (c == '\'') {
			read_single(reader, word);
		} else if (c == '"') {
			read_double(reader, word);
		} else if (c == '\\') {
			read_backslash(reader, word);
		} else if (c == '$') {
			read_dollar(reader, word, 0);
		} else if (c == '`') {
			read_backquotes(reader, word);
		} else {
			if (strchr("~*?[{", c))
				word->unknown = "the value holds a pattern outside of quotes";
			add_byte(reader, word, 0, c, 1);
		}
	}
	word->end = reader->at;
}

void vp_shell_word_clear(struct vp_shell_word *word)
{
	g_clear_pointer(&word->bytes, g_array_unref);
}

bool vp_shell_word_is_plain(const struct vp_shell_word *word)
{
	return !word->expands && word->bytes->len == word->end - word->start;
}

guint vp_shell_prefix_length(const struct vp_shell_word *word)
{
	const struct vp_shell_byte *bytes = (const struct vp_shell_byte *)word->bytes->data;
	guint count = 0, i = 0;

	while (count < word->bytes->len && bytes[count].at == word->start + count &&
	       bytes[count].length == 1 && !bytes[count].quote)
		count++;
	while (i < count && (g_ascii_isalnum(bytes[i].value) || bytes[i].value == '_'))
		i++;
	if (i == 0 || g_ascii_isdigit(bytes[0].value))
		return 0;
	if (i < count && bytes[i].value == '+')
		i++;
	return i < count && bytes[i].value == '=' ? i + 1 : 0;
}

char *vp_shell_word_text(const struct vp_shell_word *word)
{
	char *text = g_new0(char, word->bytes->len + 1);

	for (guint i = 0; i < word->bytes->len; i++)
		text[i] = g_array_index(word->bytes, struct vp_shell_byte, i).value;
	return text;
}

char *vp_shell_escape(const char *text, char quote)
{
	GString *escaped = g_string_new(NULL);

	for (const char *at = text; *at; at++) {
		bool special = quote == '"' ? strchr("$`\"\\", *at) != NULL
					    : !g_ascii_isalnum(*at) && (unsigned char)*at < 0x80 &&
						      !strchr("_./,:=+@%-", *at);

		if (quote == '\'' && *at == '\'')
			g_string_append(escaped, "'\\''");
		else if (quote != '\'' && special)
			g_string_append_printf(escaped, "\\%c", *at);
		else
			g_string_append_c(escaped, *at);
	}
	return g_string_free(escaped, FALSE);
}
