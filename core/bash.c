/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bash.c - just enough of bash's grammar to tell which assignments of a sourced file are certain */
#include "config.h"

#include <string.h>

#include "bash.h"

#define NOWHERE ((size_t)-1) /* the text ends inside a quote or a bracket */
#define MAX_NESTING 64       /* of quotes and brackets; deeper is a doubt, not a stack overflow */

struct scan {
	const char *text;
	size_t length;
	size_t pos;
	size_t counted; /* lines are counted up to here, */
	unsigned line;  /* and this is the line of it */
	unsigned depth; /* of if, while, for, { */
	bool chained;   /* behind && || | & */
	GPtrArray *events;
};

/* One simple command while it is read. */
struct command {
	size_t start;
	guint first_event; /* index of its first assignment */
	char *word;        /* the command itself, NULL while there are only assignments */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || strchr(";&|<>()", c) != NULL;
}

/* ---- where things end --------------------------------------------------------------------------------------- */

static size_t skip_dollar(const char *text, size_t end, size_t pos, unsigned nesting);

static size_t skip_until(const char *text, size_t end, size_t pos, char quote, bool escapes)
{
	while (pos < end && text[pos] != quote)
		pos += escapes && text[pos] == '\\' ? 2 : 1;
	return pos < end ? pos + 1 : NOWHERE;
}

static size_t skip_double(const char *text, size_t end, size_t pos, unsigned nesting)
{
	while (pos < end && text[pos] != '"') {
		if (text[pos] == '\\')
			pos += 2;
		else if (text[pos] == '$')
			pos = skip_dollar(text, end, pos, nesting);
		else if (text[pos] == '`')
			pos = skip_until(text, end, pos + 1, '`', true);
		else
			pos++;
	}
	return pos < end ? pos + 1 : NOWHERE;
}

/* One character of a word, or all of a quoted or bracketed part of it. */
static size_t skip_part(const char *text, size_t end, size_t pos, unsigned nesting)
{
	switch (text[pos]) {
	case '\'':
		return skip_until(text, end, pos + 1, '\'', false);
	case '"':
		return skip_double(text, end, pos + 1, nesting);
	case '`':
		return skip_until(text, end, pos + 1, '`', true);
	case '\\':
		return pos + 1 < end ? pos + 2 : NOWHERE;
	case '$':
		if (pos + 1 < end && text[pos + 1] == '\'')
			return skip_until(text, end, pos + 2, '\'', true);
		return skip_dollar(text, end, pos, nesting);
	default:
		return pos + 1;
	}
}

/* What can hide or unpair the closing bracket: then its end is not searched for. In $( ) these are comments,
 * here-documents and "case"; in ${ } quotes, which mean different things inside and outside of double quotes. */
static bool obscures(const char *text, size_t end, size_t pos, char close)
{
	if (close == '}')
		return strchr("'\"\\", text[pos]) != NULL;
	return (text[pos] == '#' && ends_word(text[pos - 1])) ||
	       (end - pos >= 2 && strncmp(text + pos, "<<", 2) == 0) ||
	       (end - pos >= 4 && strncmp(text + pos, "case", 4) == 0);
}

static size_t skip_bracket(const char *text, size_t end, size_t pos, char open, char close, unsigned nesting)
{
	unsigned level = 1;

	while (pos < end && level > 0) {
		if (obscures(text, end, pos, close))
			return NOWHERE;
		if (text[pos] == open)
			level++;
		else if (text[pos] == close)
			level--;
		pos = skip_part(text, end, pos, nesting);
	}
	return level == 0 ? pos : NOWHERE;
}

static size_t skip_dollar(const char *text, size_t end, size_t pos, unsigned nesting)
{
	size_t next = pos + 1;

	if (next >= end)
		return next;
	if (strchr("({", text[next]) && nesting >= MAX_NESTING)
		return NOWHERE;
	if (text[next] == '(')
		return skip_bracket(text, end, next + 1, '(', ')', nesting + 1);
	if (text[next] == '{')
		return skip_bracket(text, end, next + 1, '{', '}', nesting + 1);
	return next;
}

static size_t skip_word(const char *text, size_t end, size_t pos)
{
	while (pos < end && !ends_word(text[pos]))
		pos = skip_part(text, end, pos, 0);
	return pos;
}

/* Blanks and continued lines; line ends and comments too where `lines`. */
static size_t skip_space(const char *text, size_t end, size_t pos, bool lines)
{
	for (;;) {
		if (pos < end && (is_blank(text[pos]) || (lines && text[pos] == '\n')))
			pos++;
		else if (end - pos >= 2 && text[pos] == '\\' && text[pos + 1] == '\n')
			pos += 2;
		else if (lines && pos < end && text[pos] == '#')
			while (pos < end && text[pos] != '\n')
				pos++;
		else
			return pos;
	}
}

bool vp_bash_next_word(const char *text, size_t end, size_t *pos, size_t *ret_start)
{
	*pos = skip_space(text, end, *pos, true);
	if (*pos >= end || ends_word(text[*pos]))
		return false;
	*ret_start = *pos;
	*pos = skip_word(text, end, *pos);
	return *pos != NOWHERE;
}

/* "(a b)" from its opening parenthesis. */
static size_t skip_array(const char *text, size_t end, size_t pos)
{
	size_t start;

	pos++;
	while (vp_bash_next_word(text, end, &pos, &start))
		;
	return pos != NOWHERE && pos < end && text[pos] == ')' ? pos + 1 : NOWHERE;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

/* Inside double quotes a backslash only quotes these (bash(1), QUOTING). */
static bool unquote_double(const char *text, size_t end, size_t *pos, GString *out)
{
	while (*pos < end && text[*pos] != '"') {
		if (text[*pos] == '$' || text[*pos] == '`')
			return false;
		if (text[*pos] == '\\' && text[*pos + 1] == '\n') {
			*pos += 2;
			continue;
		}
		if (text[*pos] == '\\' && strchr("$`\"\\", text[*pos + 1]))
			++*pos;
		g_string_append_c(out, text[*pos]);
		++*pos;
	}
	++*pos;
	return true;
}

char *vp_bash_unquote(const char *text, size_t start, size_t end)
{
	g_autoptr(GString) out = g_string_new(NULL);
	size_t pos = start, close;

	while (pos < end) {
		switch (text[pos]) {
		case '\'':
			close = skip_until(text, end, pos + 1, '\'', false) - 1;
			g_string_append_len(out, text + pos + 1, (gssize)(close - pos - 1));
			pos = close + 1;
			break;
		case '"':
			pos++;
			if (!unquote_double(text, end, &pos, out))
				return NULL;
			break;
		case '\\':
			if (text[pos + 1] != '\n')
				g_string_append_c(out, text[pos + 1]);
			pos += 2;
			break;
		default:
			if (strchr("$`*?[{~", text[pos]))
				return NULL;
			g_string_append_c(out, text[pos++]);
		}
	}
	return g_strdup(out->str);
}

bool vp_bash_mentions(const char *text, size_t start, size_t end, const char *name)
{
	size_t length = strlen(name);

	for (size_t pos = start; pos < end; pos++) {
		bool fresh = pos == start || text[pos - 1] == '\n';

		if (fresh) {
			while (pos < end && is_blank(text[pos]))
				pos++;
			if (pos < end && text[pos] == '#')
				while (pos < end && text[pos] != '\n')
					pos++;
		}
		if (end - pos < length || pos >= end)
			continue;
		if (strncmp(text + pos, name, length) == 0 && (pos == 0 || !is_name_char(text[pos - 1])) &&
		    (pos + length == end || !is_name_char(text[pos + length])))
			return true;
	}
	return false;
}

/* ---- events -------------------------------------------------------------------------------------------------- */

static void event_free(void *data)
{
	struct vp_bash_event *event = data;

	g_free(event->name);
	g_free(event->doubt);
	g_free(event);
}

static unsigned line_at(struct scan *scan, size_t pos)
{
	while (scan->counted < pos)
		scan->line += scan->text[scan->counted++] == '\n';
	return scan->line;
}

static struct vp_bash_event *add_event(struct scan *scan, size_t start, const char *doubt)
{
	struct vp_bash_event *event = g_new0(struct vp_bash_event, 1);

	event->line = line_at(scan, start);
	event->start = start;
	event->doubt = g_strdup(doubt);
	g_ptr_array_add(scan->events, event);
	return event;
}

/* Everything from here to the end of the file is one doubt. */
static void give_up(struct scan *scan, size_t start, const char *why)
{
	struct vp_bash_event *event = add_event(scan, start, why);

	event->end = scan->pos = scan->length;
	event->open = true;
}

/* NAME=value or NAME+=value at the position. Leaves the position alone when there is none. */
static bool read_assignment(struct scan *scan)
{
	const char *text = scan->text;
	size_t start = scan->pos, pos = start, value;
	struct vp_bash_event *event;
	bool append;

	while (pos < scan->length && is_name_char(text[pos]))
		pos++;
	if (pos == start || g_ascii_isdigit(text[start]))
		return false;
	append = scan->length - pos > 1 && text[pos] == '+' && text[pos + 1] == '=';
	if (!append && (pos >= scan->length || text[pos] != '='))
		return false;
	value = pos + (append ? 2 : 1);
	if (value < scan->length && text[value] == '(')
		scan->pos = skip_array(text, scan->length, value);
	else
		scan->pos = skip_word(text, scan->length, value);
	if (scan->pos == NOWHERE || scan->pos > scan->length) {
		give_up(scan, start, "a quote or parenthesis that is opened here is not closed");
		return true;
	}
	event = add_event(scan, start, NULL);
	event->name = g_strndup(text + start, pos - start);
	event->append = append;
	event->value = value;
	event->end = scan->pos;
	if (scan->pos < scan->length && !ends_word(text[scan->pos])) {
		event->doubt =
			g_strdup(text[scan->pos] == '\r'
					 ? "the line ends as on Windows (CR LF), and bash takes the carriage "
					   "return as part of the value"
					 : "text sticks to the closing parenthesis");
		scan->pos = skip_word(text, scan->length, scan->pos);
	} else if (scan->pos > value && text[scan->pos - 1] == '\r') {
		event->doubt =
			g_strdup("the line ends as on Windows (CR LF), and bash takes the carriage return as "
				 "part of the value");
	}
	if (scan->pos == NOWHERE)
		give_up(scan, start, "a quote that is opened here is not closed");
	return true;
}

/* Words behind which another command starts; they open (+1) or close (-1) a part that need not be run. */
static bool read_keyword(struct scan *scan, const char *word)
{
	static const struct {
		const char *word;
		int depth;
	} keywords[] = {
		{"if",    1 },
                {"then",  0 },
                {"else",  0 },
                {"elif",  0 },
                {"fi",    -1},
                {"while", 1 },
		{"until", 1 },
                {"do",    0 },
                {"{",     1 },
                {"}",     -1},
                {"!",     0 },
                {"done",  -1},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
		if (strcmp(word, keywords[i].word) != 0)
			continue;
		if (keywords[i].depth > 0)
			scan->depth++;
		else if (keywords[i].depth < 0 && scan->depth > 0)
			scan->depth--;
		return true;
	}
	return false;
}

/* Takes note of the word a command starts with. */
static void read_command_word(struct scan *scan, struct command *command, size_t start)
{
	g_autofree char *word = g_strndup(scan->text + start, scan->pos - start);
	static const char *const opaque[] = {"case", "function", "return", "exit", "[[", NULL};
	static const char *const loops[] = {"for", "select", NULL};

	if (g_strv_contains(opaque, word)) {
		g_autofree char *why = g_strdup_printf("what is behind \"%s\" is not followed", word);

		give_up(scan, start, why);
		return;
	}
	if (read_keyword(scan, word))
		return;
	if (g_strv_contains(loops, word))
		scan->depth++;
	command->word = g_steal_pointer(&word);
}

/* < > and what they bring along; here-documents are given up on. */
static void read_redirection(struct scan *scan)
{
	size_t start = scan->pos;
	bool document;

	while (scan->pos < scan->length && strchr("<>&|", scan->text[scan->pos]))
		scan->pos++;
	document = scan->pos - start == 2 && strncmp(scan->text + start, "<<", 2) == 0;
	if (document)
		give_up(scan, start, "a here-document starts here");
	else if (scan->pos < scan->length && strchr("()", scan->text[scan->pos]))
		give_up(scan, start, "parentheses here are not followed");
}

/* The command is complete; `chained` tells that the next one, too, is not run for certain. */
static void finish_command(struct scan *scan, struct command *command, bool chained)
{
	static const char *const readers[] = {"source", ".", "eval", NULL};
	bool sure = scan->depth == 0 && !scan->chained && !chained;

	for (guint i = command->first_event; i < scan->events->len; i++) {
		struct vp_bash_event *event = scan->events->pdata[i];

		if (!event->doubt && (command->word || !sure))
			event->doubt = g_strdup("it is set for a command, or under a condition");
	}
	if (command->word) {
		g_autofree char *why = g_strdup_printf("the command \"%s\" may change it", command->word);
		struct vp_bash_event *event = add_event(scan, command->start, why);

		event->end = scan->pos;
		event->any = g_strv_contains(readers, command->word);
	}
	scan->chained = chained;
}

/* One simple command with what parts it from the next. */
static void read_command(struct scan *scan)
{
	struct command command = {.start = scan->pos, .first_event = scan->events->len};
	bool chained = false;

	while ((scan->pos = skip_space(scan->text, scan->length, scan->pos, false)) < scan->length) {
		char c = scan->text[scan->pos];
		size_t start = scan->pos;

		if (c == '#') {
			while (scan->pos < scan->length && scan->text[scan->pos] != '\n')
				scan->pos++;
		} else if (c == '\n' || c == ';') {
			break;
		} else if (c == '&' || c == '|') {
			while (scan->pos < scan->length && strchr("&|", scan->text[scan->pos]))
				scan->pos++;
			chained = true;
			break;
		} else if (c == '<' || c == '>') {
			read_redirection(scan);
		} else if (c == '(' || c == ')') {
			give_up(scan, command.start, "parentheses here are not followed");
		} else if (command.word || !read_assignment(scan)) {
			scan->pos = skip_word(scan->text, scan->length, scan->pos);
			if (scan->pos == NOWHERE || scan->pos > scan->length)
				give_up(scan, start,
					"a quote or parenthesis that is opened here is not closed");
			else if (!command.word)
				read_command_word(scan, &command, start);
		}
	}
	finish_command(scan, &command, chained);
	g_free(command.word);
}

/* The last line ends in a backslash: what is put behind it would belong to it. */
static bool ends_continued(const char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '\n')
		length--;
	return length > 0 && text[length - 1] == '\\';
}

GPtrArray *vp_bash_scan(const char *text, size_t length)
{
	struct scan scan = {.text = text, .length = length, .line = 1};

	scan.events = g_ptr_array_new_with_free_func(event_free);
	if (memchr(text, '\0', length)) {
		give_up(&scan, 0, "the file holds NUL bytes, so it is no text");
		((struct vp_bash_event *)scan.events->pdata[0])->any = true;
	}
	while ((scan.pos = skip_space(text, length, scan.pos, true)) < length) {
		if (text[scan.pos] == ';')
			scan.pos++;
		else
			read_command(&scan);
	}
	if (scan.depth > 0 || scan.chained || ends_continued(text, length))
		give_up(&scan, length, "the last command is not complete");
	return scan.events;
}
