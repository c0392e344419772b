/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bash.c - just enough of bash's grammar to tell which assignments of a sourced file are certain */
#include "config.h"

#include <string.h>

#include "bash.h"

#define NOWHERE ((size_t)-1) /* the text ends inside a quote or a bracket */
#define MAX_NESTING 64       /* of quotes and brackets; deeper is a doubt, not a stack overflow */
#define UNCLOSED "a quote or parenthesis that is opened here is not closed"
#define WINDOWS "the line ends as on Windows (CR LF), and bash takes the carriage return as part of the value"

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

/* ---- where things end ---------------------------------------------------------------------------------- */

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

/* What can hide or unpair the closing bracket: then its end is not searched for. In $( ) these are
 * comments, here-documents and "case"; in ${ } quotes, which mean different things inside and outside of
 * double quotes. */
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
	return strchr("$#?!@*-", text[next]) ? next + 1 : next; /* $$ is a name: what follows it is not */
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

/* ---- words --------------------------------------------------------------------------------------------- */

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

/* What bash may take as code: comment lines left out, continued lines joined. */
static GString *code_of(const char *text, size_t start, size_t end)
{
	GString *code = g_string_sized_new(end - start);
	bool fresh = true; /* only blanks so far on this line */

	for (size_t pos = start; pos < end; pos++) {
		if (fresh && text[pos] == '#')
			while (pos < end && text[pos] != '\n')
				pos++;
		if (pos >= end)
			break;
		if (end - pos >= 2 && text[pos] == '\\' && text[pos + 1] == '\n') {
			fresh = false;
			pos++;
			continue;
		}
		fresh = text[pos] == '\n' || (fresh && is_blank(text[pos]));
		g_string_append_c(code, text[pos]);
	}
	return code;
}

bool vp_bash_mentions(const char *text, size_t start, size_t end, const char *name)
{
	g_autoptr(GString) code = code_of(text, start, end);
	size_t length = strlen(name);

	for (const char *at = strstr(code->str, name); at; at = strstr(at + 1, name))
		if ((at == code->str || !is_name_char(at[-1])) && !is_name_char(at[length]))
			return true;
	return false;
}

/* ---- events -------------------------------------------------------------------------------------------- */

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
	while (scan->counted > pos)
		scan->line -= scan->text[--scan->counted] == '\n';
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

/* The value of an assignment: moves behind it. Behind (…) the word must end. */
static void read_value(struct scan *scan, struct vp_bash_event *event)
{
	const char *text = scan->text;
	size_t end;

	if (event->value < scan->length && text[event->value] == '(')
		end = skip_array(text, scan->length, event->value);
	else
		end = skip_word(text, scan->length, event->value);
	event->end = end;
	if (end < scan->length && !ends_word(text[end])) {
		event->doubt =
			g_strdup(text[end] == '\r' ? WINDOWS : "text sticks to the closing parenthesis");
		end = skip_word(text, scan->length, end);
	} else if (end <= scan->length && text[end - 1] == '\r') {
		event->doubt = g_strdup(WINDOWS);
	}
	scan->pos = end;
}

/* NAME=value or NAME+=value at the position. Leaves the position alone when there is none. */
static bool read_assignment(struct scan *scan)
{
	const char *text = scan->text;
	size_t start = scan->pos, pos = start;
	struct vp_bash_event *event;
	bool append;

	while (pos < scan->length && is_name_char(text[pos]))
		pos++;
	if (pos == start || g_ascii_isdigit(text[start]))
		return false;
	append = scan->length - pos > 1 && text[pos] == '+' && text[pos + 1] == '=';
	if (!append && (pos >= scan->length || text[pos] != '='))
		return false;
	event = add_event(scan, start, NULL);
	event->name = g_strndup(text + start, pos - start);
	event->append = append;
	event->value = pos + (append ? 2 : 1);
	read_value(scan, event);
	if (scan->pos > scan->length) {
		g_ptr_array_set_size(scan->events, (gint)scan->events->len - 1);
		give_up(scan, start, UNCLOSED);
	}
	return true;
}

/* Reserved words behind which another command starts. What they open need not be run, or not just once. */
static bool read_reserved(struct scan *scan, const char *word, size_t start)
{
	static const char *const opening[] = {"if", "while", "until", "{", NULL};
	static const char *const inside[] = {"then", "else", "elif", "do", NULL};
	static const char *const closing[] = {"fi", "done", "}", NULL};

	if (g_strv_contains(opening, word))
		scan->depth++;
	else if (g_strv_contains(inside, word) || g_strv_contains(closing, word)) {
		if (scan->depth == 0)
			give_up(scan, start, "this word stands where it has no meaning");
		else if (g_strv_contains(closing, word))
			scan->depth--;
	} else {
		return strcmp(word, "!") == 0;
	}
	return true;
}

/* Takes note of the word a command starts with. */
static void read_command_word(struct scan *scan, struct command *command, size_t start)
{
	static const char *const opaque[] = {"case", "function", "return", "exit", "exec", "[[", NULL};
	static const char *const loops[] = {"for", "select", NULL};
	g_autofree char *word = g_strndup(scan->text + start, scan->pos - start);

	if (g_strv_contains(opaque, word)) {
		g_autofree char *why = g_strdup_printf("what is behind \"%s\" is not followed", word);

		give_up(scan, start, why);
		return;
	}
	/* Behind an assignment it is a command of that name. */
	if (scan->events->len == command->first_event && read_reserved(scan, word, start))
		return;
	if (g_strv_contains(loops, word))
		scan->depth++;
	command->word = g_steal_pointer(&word);
}

/* < > and what they bring along; here-documents are given up on. */
static void read_redirection(struct scan *scan)
{
	size_t start = scan->pos, end = start;

	while (end < scan->length && strchr("<>&|", scan->text[end]))
		end++;
	scan->pos = skip_space(scan->text, scan->length, end, false);
	if (end - start == 2 && strncmp(scan->text + start, "<<", 2) == 0)
		give_up(scan, start, "a here-document starts here");
	else if (scan->pos >= scan->length || ends_word(scan->text[scan->pos]))
		give_up(scan, start, "this redirection is not followed");
}

/* & && | || |& */
static void read_connector(struct scan *scan, size_t command_start)
{
	const char *text = scan->text;
	size_t start = scan->pos;
	bool two = scan->length - start >= 2 &&
		   (text[start + 1] == text[start] || strncmp(text + start, "|&", 2) == 0);

	scan->pos += two ? 2 : 1;
	if (start == command_start)
		give_up(scan, start, "there is no command in front of this");
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
		} else if (c == '\n') {
			break;
		} else if (c == ';' && start > command.start) {
			scan->pos++;
			break;
		} else if (c == '&' || c == '|') {
			read_connector(scan, command.start);
			chained = true;
			break;
		} else if (c == '<' || c == '>') {
			read_redirection(scan);
		} else if (strchr("();", c)) {
			give_up(scan, command.start, "parentheses or semicolons here are not followed");
		} else if (command.word || !read_assignment(scan)) {
			scan->pos = skip_word(scan->text, scan->length, scan->pos);
			if (scan->pos > scan->length)
				give_up(scan, start, UNCLOSED);
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
	while ((scan.pos = skip_space(text, length, scan.pos, true)) < length)
		read_command(&scan);
	if (scan.depth > 0 || scan.chained || ends_continued(text, length))
		give_up(&scan, length, "the last command is not complete");
	return scan.events;
}
