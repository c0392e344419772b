/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shell.c - the commands of a sourced shell file, and what they leave in its variables */
#include "config.h"

#include "shell_private.h"

#include <string.h>

enum ending { ENDS, JOINS, FORKS }; /* what parts a command from the next: ; or a new line, && || |, & */

struct document {
	char *delimiter;
	bool strip;  /* <<- */
	bool quoted; /* no expansions, no continued lines */
};

/* ---- between commands ---------------------------------------------------------------------------------- */

static char next_char(const struct vp_shell_reader *reader)
{
	return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

/* Blanks, continued lines, and a comment up to the end of its line. */
static void skip_blanks(struct vp_shell_reader *reader)
{
	while (next_char(reader) == ' ' || next_char(reader) == '\t' || next_char(reader) == '\\') {
		if (next_char(reader) != '\\')
			reader->at++;
		else if (!vp_shell_skip_continuation(reader))
			break;
	}
	if (next_char(reader) != '#')
		return;
	/* The reader reads from shell->code itself, and has passed what is blanked here. */
	while (reader->at < reader->length && reader->text[reader->at] != '\n')
		reader->shell->code->str[reader->at++] = ' ';
}

static bool is_delimiter(const struct document *document, const char *line, size_t length)
{
	while (document->strip && length && *line == '\t') {
		line++;
		length--;
	}
	return length == strlen(document->delimiter) && memcmp(line, document->delimiter, length) == 0;
}

static void read_document(struct vp_shell_reader *reader, const struct document *document)
{
	size_t start = reader->at;

	while (reader->at < reader->length) {
		const char *line = reader->text + reader->at;
		size_t length = strcspn(line, "\n");

		reader->at = MIN(reader->at + length + 1, reader->length);
		if (is_delimiter(document, line, length)) {
			vp_shell_add_opaque(reader, start, reader->at);
			return;
		}
		if (!document->quoted && length && line[length - 1] == '\\')
			break;
	}
	vp_shell_give_up(reader, start, "where this here-document ends is not understood");
}

static void read_newline(struct vp_shell_reader *reader)
{
	reader->at++;
	for (guint i = 0; i < reader->documents->len && !vp_shell_is_lost(reader); i++)
		read_document(reader, &g_array_index(reader->documents, struct document, i));
	g_array_set_size(reader->documents, 0);
}

/* What ends a command; a closing parenthesis is left to the one that opened it. */
static enum ending read_ending(struct vp_shell_reader *reader)
{
	size_t start = reader->at;
	char c;

	skip_blanks(reader);
	c = next_char(reader);
	if (!c || c == ')')
		return ENDS;
	if (c == '\n') {
		read_newline(reader);
		return ENDS;
	}
	if (vp_shell_looking_at(reader, "&&") || vp_shell_looking_at(reader, "||") ||
	    vp_shell_looking_at(reader, "|&")) {
		reader->at += 2;
		return JOINS;
	}
	if (!strchr(";&|", c) || vp_shell_looking_at(reader, ";;") || vp_shell_looking_at(reader, "&>"))
		vp_shell_give_up(reader, start, "what follows this command is not understood");
	else
		reader->at++;
	return c == ';' ? ENDS : c == '|' ? JOINS : FORKS;
}

/* Behind a command of any kind. */
static void finish(struct vp_shell_reader *reader, enum ending ending)
{
	reader->joined = reader->hungry = ending == JOINS;
}

/* The operator at the position; NULL: not one that is followed. */
static const char *redirection_at(const struct vp_shell_reader *reader)
{
	static const char *const operators[] = {"<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"};

	for (size_t i = 0; i < G_N_ELEMENTS(operators); i++)
		if (vp_shell_looking_at(reader, operators[i]))
			return operators[i];
	return NULL;
}

static void read_redirection(struct vp_shell_reader *reader)
{
	const char *operator= redirection_at(reader);
	struct document document = {.strip = g_str_equal(operator, "<<-")};
	bool is_document = document.strip || g_str_equal(operator, "<<");
	size_t start = reader->at;
	struct vp_shell_word word;

	reader->at += strlen(operator);
	skip_blanks(reader);
	vp_shell_read_word(reader, &word);
	if (word.start == word.end || (is_document && (word.expands || word.unknown)) ||
	    (reader->at < reader->length && strchr("<>", reader->text[reader->at]))) {
		vp_shell_give_up(reader, start, "this redirection is not understood");
	} else if (is_document) {
		document.quoted = !vp_shell_word_is_plain(&word);
		document.delimiter = vp_shell_word_text(&word);
		g_array_append_val(reader->documents, document);
	}
	vp_shell_word_clear(&word);
}

/* ---- compound commands --------------------------------------------------------------------------------- */

static void open_compound(struct vp_shell_reader *reader, char part)
{
	g_string_append_c(reader->open, part);
	reader->joined = false;
	reader->hungry = true;
}

/* Ends one of these parts of a compound command; `next` is the part behind it, 0: the whole command ends. */
static void end_part(struct vp_shell_reader *reader, const char *parts, char next)
{
	gsize depth = reader->open->len;

	if (!depth || !strchr(parts, reader->open->str[depth - 1]) || reader->hungry) {
		vp_shell_give_up(reader, reader->at, "this closes what was not opened");
		return;
	}
	g_string_truncate(reader->open, depth - 1);
	if (next)
		open_compound(reader, next);
	else
		finish(reader, read_ending(reader));
}

/* A reserved word (bash(1), RESERVED WORDS) where a command starts; false when it is none. */
static bool read_reserved(struct vp_shell_reader *reader, const struct vp_shell_word *word)
{
	static const struct {
		const char *text;
		const char *ends; /* the parts it can end; NULL: it starts a command */
		char part;        /* what begins behind it */
	} reserved[] = {
		{"if", NULL, 'i'}, {"then", "i", 't'},   {"elif", "t", 'i'},   {"else", "t", 'e'},
		{"fi", "te", 0},   {"while", NULL, 'w'}, {"until", NULL, 'w'}, {"do", "w", 'd'},
		{"done", "d", 0},  {"{", NULL, '{'},     {"}", "{f", 0},
	};
	static const char *const strange[] = {"case", "esac", "for",    "select", "function",
					      "[[",   "time", "coproc", NULL};
	g_autofree char *text = vp_shell_word_text(word);

	if (!vp_shell_word_is_plain(word))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++) {
		if (!g_str_equal(text, reserved[i].text))
			continue;
		if (reserved[i].ends)
			end_part(reader, reserved[i].ends, reserved[i].part);
		else
			open_compound(reader, reserved[i].part);
		return true;
	}
	if (g_strv_contains(strange, text))
		vp_shell_give_up(reader, word->start, "this kind of command is not understood");
	else if (!g_str_equal(text, "!"))
		return false;
	reader->joined = reader->hungry = true;
	return true;
}

/* "name ()", of which the name has been read. */
static void read_function(struct vp_shell_reader *reader)
{
	size_t start = reader->at++;

	skip_blanks(reader);
	if (next_char(reader) == ')') {
		reader->at++;
		skip_blanks(reader);
		while (next_char(reader) == '\n') {
			read_newline(reader);
			skip_blanks(reader);
		}
		if (vp_shell_looking_at(reader, "{ ") || vp_shell_looking_at(reader, "{\n")) {
			reader->at++;
			reader->functions = true;
			open_compound(reader, 'f');
			return;
		}
	}
	vp_shell_give_up(reader, start, "parentheses here are not understood");
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static void clear_word(void *word)
{
	vp_shell_word_clear(word);
}

static void clear_document(void *data)
{
	struct document *document = data;

	g_free(document->delimiter);
}

/* NAME=(a b): the parenthesis belongs to the word. */
static void read_array(struct vp_shell_reader *reader, struct vp_shell_word *word)
{
	vp_shell_skip_parentheses(reader);
	word->end = reader->at;
	word->unknown = "the value is an array";
	if (next_char(reader) && !strchr(" \t\n;&|", next_char(reader)))
		vp_shell_give_up(reader, word->start, "text sticks to a closing parenthesis");
}

/* One word of a command. False: the command ended with it, or was none. */
static bool read_command_word(struct vp_shell_reader *reader, struct vp_shell_command *command)
{
	struct vp_shell_word word;
	guint prefix;

	vp_shell_read_word(reader, &word);
	if (reader->documents->len && memchr(reader->text + word.start, '\n', word.end - word.start))
		vp_shell_give_up(reader, word.start, "where a here-document starts is not understood");
	if (vp_shell_is_lost(reader) || (!command->words->len && read_reserved(reader, &word))) {
		vp_shell_word_clear(&word);
		return false;
	}
	prefix = vp_shell_prefix_length(&word);
	if (prefix && word.end == word.start + prefix && next_char(reader) == '(')
		read_array(reader, &word);
	g_array_append_val(command->words, word);
	return true;
}

static void finish_command(struct vp_shell_reader *reader, const struct vp_shell_command *command)
{
	enum ending ending = read_ending(reader);

	vp_shell_run(reader, command, ending == ENDS);
	finish(reader, ending);
}

static void read_command(struct vp_shell_reader *reader)
{
	g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(struct vp_shell_word));
	struct vp_shell_command command = {.start = reader->at, .words = words};

	g_array_set_clear_func(words, clear_word);
	while (!vp_shell_is_lost(reader)) {
		char c;

		skip_blanks(reader);
		c = next_char(reader);
		if (!c || strchr("\n;&|)", c)) {
			finish_command(reader, &command);
			return;
		}
		if (c == '<' || c == '>') {
			command.redirected = true;
			read_redirection(reader);
		} else if (c == '(') {
			if (words->len == 1 && !command.redirected)
				read_function(reader);
			else
				vp_shell_give_up(reader, reader->at, "parentheses here are not understood");
			return;
		} else if (!read_command_word(reader, &command)) {
			return;
		}
	}
}

static void read_all(struct vp_shell_reader *reader)
{
	for (;;) {
		skip_blanks(reader);
		if (reader->at >= reader->length)
			break;
		if (reader->text[reader->at] == '\n') {
			read_newline(reader);
		} else if (reader->text[reader->at] == '(' && !vp_shell_looking_at(reader, "((")) {
			reader->at++;
			open_compound(reader, '(');
		} else if (reader->text[reader->at] == ')') {
			reader->at++;
			end_part(reader, "(", 0);
		} else if (strchr("(;&|<>", reader->text[reader->at])) {
			vp_shell_give_up(reader, reader->at,
					 "a command that starts like this is not understood");
		} else {
			read_command(reader);
		}
	}
	if (reader->open->len || reader->hungry || reader->documents->len)
		vp_shell_give_up(reader, reader->length, "the file ends in the middle of a command");
	if (reader->length && reader->continued == reader->length)
		vp_shell_note_leaving(reader, reader->length - 1,
				      "the last line of the file would go on below");
}

/* A text file holds no control characters but these; shells drop or mangle the others. */
static bool is_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (g_ascii_iscntrl(text[i]) && !strchr("\t\n\r", text[i] ? text[i] : 1))
			return false;
	return true;
}

struct vp_shell *vp_shell_read(const char *text, size_t length)
{
	struct vp_shell *shell = g_new0(struct vp_shell, 1);
	g_autoptr(GString) open = g_string_new(NULL);
	g_autoptr(GArray) documents = g_array_new(FALSE, FALSE, sizeof(struct document));
	struct vp_shell_reader reader = {
		.length = length, .shell = shell, .line = 1, .open = open, .documents = documents};

	shell->variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, vp_shell_variable_free);
	shell->opaque = g_array_new(FALSE, FALSE, sizeof(struct vp_shell_span));
	shell->code = g_string_new_len(text, (gssize)length);
	reader.text = shell->code->str;
	g_array_set_clear_func(documents, clear_document);
	if (is_text(text, length))
		read_all(&reader);
	else
		vp_shell_give_up(&reader, 0, "the file holds control characters");
	return shell;
}

void vp_shell_free(struct vp_shell *shell)
{
	if (!shell)
		return;
	g_hash_table_unref(shell->variables);
	g_array_unref(shell->opaque);
	g_string_free(shell->code, TRUE);
	g_free(shell->lost.text);
	g_free(shell->leaves.text);
	g_free(shell->meddles.text);
	g_free(shell);
}
