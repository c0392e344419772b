/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shell_effect.c - what the commands of a sourced shell file leave in its variables */
#include "config.h"

#include "shell_private.h"

#include <string.h>

#define CONDITION "the value is set under a condition, or for one command"

/* ---- what the file leaves behind ----------------------------------------------------------------------- */

void vp_shell_variable_free(void *data)
{
	struct vp_shell_variable *variable = data;

	g_clear_pointer(&variable->bytes, g_array_unref);
	g_free(variable->doubt.text);
	g_free(variable);
}

static void note(struct vp_shell_note *note, unsigned line, const char *text)
{
	g_free(note->text);
	note->line = line;
	note->text = g_strdup(text);
}

static void make_unsure(struct vp_shell_variable *variable, unsigned line, const char *why)
{
	g_clear_pointer(&variable->bytes, g_array_unref);
	note(&variable->doubt, line, why);
}

void vp_shell_add_opaque(struct vp_shell_reader *reader, size_t start, size_t end)
{
	struct vp_shell_span span = {.start = start, .end = end};

	g_array_append_val(reader->shell->opaque, span);
}

/* A command that may assign anything. */
static void meddle(struct vp_shell_reader *reader, size_t at, const char *command)
{
	g_autofree char *shown = g_strescape(command, NULL);
	g_autofree char *why = g_strdup_printf("\"%s\" may set it", shown);
	unsigned line = vp_shell_line(reader, at);
	GHashTableIter iter;
	void *variable;

	note(&reader->shell->meddles, line, why);
	g_hash_table_iter_init(&iter, reader->shell->variables);
	while (g_hash_table_iter_next(&iter, NULL, &variable))
		make_unsure(variable, line, why);
}

void vp_shell_note_leaving(struct vp_shell_reader *reader, size_t at, const char *why)
{
	note(&reader->shell->leaves, vp_shell_line(reader, at), why);
}

static void leave(struct vp_shell_reader *reader, size_t at, const char *command)
{
	g_autofree char *shown = g_strescape(command, NULL);
	g_autofree char *why =
		g_strdup_printf("\"%s\" may keep the lines below it from taking effect", shown);

	vp_shell_note_leaving(reader, at, why);
}

/* ---- assignments --------------------------------------------------------------------------------------- */

static const struct vp_shell_byte *byte_at(const struct vp_shell_word *word, guint i)
{
	return &g_array_index(word->bytes, struct vp_shell_byte, i);
}

static struct vp_shell_variable *variable_of(struct vp_shell_reader *reader, const char *name)
{
	struct vp_shell_variable *variable = g_hash_table_lookup(reader->shell->variables, name);

	if (!variable) {
		variable = g_new0(struct vp_shell_variable, 1);
		g_hash_table_insert(reader->shell->variables, g_strdup(name), variable);
	}
	return variable;
}

static void set_place(struct vp_shell_reader *reader, struct vp_shell_variable *variable,
		      const struct vp_shell_word *word, size_t value)
{
	char first = value < word->end ? reader->text[value] : '\0';
	char open = first == '\'' || first == '"' ? first : 0;

	variable->line = vp_shell_line(reader, word->start);
	variable->start = value;
	variable->end = word->end;
	variable->head = (struct vp_shell_spot){.at = value + (open ? 1 : 0), .quote = open};
	variable->tail = (struct vp_shell_spot){.at = word->end - (word->last_quote ? 1 : 0),
						.quote = word->last_quote};
}

/* NAME=value; `doubt` is why the outcome is not certain, or NULL. */
static void assign(struct vp_shell_reader *reader, const struct vp_shell_word *word, const char *doubt)
{
	guint prefix = vp_shell_prefix_length(word);
	bool append = byte_at(word, prefix - 2)->value == '+';
	g_autofree char *name = g_strndup(reader->text + word->start, prefix - (append ? 2 : 1));
	struct vp_shell_variable *variable = variable_of(reader, name);
	g_autoptr(GArray) bytes = g_array_new(FALSE, FALSE, sizeof(struct vp_shell_byte));

	if (!doubt && word->unknown)
		doubt = word->unknown;
	if (!doubt && append && !variable->bytes)
		doubt = "the value adds to one that is not certain";
	if (append && variable->bytes)
		g_array_append_vals(bytes, variable->bytes->data, variable->bytes->len);
	if (word->bytes->len > prefix)
		g_array_append_vals(bytes, byte_at(word, prefix), word->bytes->len - prefix);
	set_place(reader, variable, word, word->start + prefix);
	make_unsure(variable, variable->line, doubt);
	if (doubt)
		vp_shell_add_opaque(reader, word->start, word->end);
	else
		variable->bytes = g_steal_pointer(&bytes);
}

/* "export" takes names and assignments. Its words are all expanded before the first is assigned, and dash
 * splits them where they are not quoted. */
static void export_words(struct vp_shell_reader *reader, const struct vp_shell_command *command, bool sure)
{
	for (guint i = 1; i < command->words->len; i++) {
		const struct vp_shell_word *word = &g_array_index(command->words, struct vp_shell_word, i);
		g_autofree char *text = vp_shell_word_text(word);

		if (vp_shell_prefix_length(word))
			assign(reader, word,
			       !sure           ? CONDITION
			       : word->expands ? "it is exported with an expansion"
					       : NULL);
		else if (!vp_shell_word_is_plain(word) || *text == '-')
			meddle(reader, word->start, "export");
	}
}

/* ---- simple commands ----------------------------------------------------------------------------------- */

/* They end the run of the file, or change how the rest of it is understood, but assign nothing. */
static bool is_leaving(const char *name)
{
	static const char *const names[] = {"exit",  "return", "exec",   "set",
					    "shopt", "alias",  "enable", NULL};

	return g_strv_contains(names, name);
}

/* They run what their arguments say, so they may do anything. */
static bool is_running_text(const char *name)
{
	static const char *const names[] = {"eval", "trap", "builtin", "command", NULL};

	return g_strv_contains(names, name);
}

/* They assign nothing. A carriage return alone is an empty line of a file with DOS line ends: the shell
 * looks for a command of that name and finds none. */
static bool is_harmless(const char *name)
{
	static const char *const names[] = {"[", "test", ":", "true", "false", "echo", "\r", NULL};

	return g_strv_contains(names, name);
}

static void run_command(struct vp_shell_reader *reader, const struct vp_shell_command *command, guint index,
			bool sure)
{
	const struct vp_shell_word *word = &g_array_index(command->words, struct vp_shell_word, index);
	g_autofree char *name = word->expands ? NULL : vp_shell_word_text(word);
	bool in_function = strchr(reader->open->str, 'f') != NULL;

	if (name && index == 0 && !reader->functions && !command->redirected &&
	    vp_shell_word_is_plain(word) && g_str_equal(name, "export")) {
		export_words(reader, command, sure);
		return;
	}
	vp_shell_add_opaque(reader, command->start, reader->at);
	if (name && is_harmless(name) && !reader->functions)
		return;
	if (name && in_function && g_str_equal(name, "return"))
		return;
	if (!name || is_leaving(name) || is_running_text(name))
		leave(reader, word->start, name ? name : "$");
	if (!name || !is_leaving(name) || reader->functions)
		meddle(reader, word->start, name ? name : "$");
}

void vp_shell_run(struct vp_shell_reader *reader, const struct vp_shell_command *command, bool ends)
{
	bool sure = !reader->open->len && !reader->joined && ends && !command->redirected &&
		    !reader->shell->leaves.text;
	guint count = 0;

	while (count < command->words->len &&
	       vp_shell_prefix_length(&g_array_index(command->words, struct vp_shell_word, count)))
		count++;
	for (guint i = 0; i < count; i++) {
		const struct vp_shell_word *word = &g_array_index(command->words, struct vp_shell_word, i);

		if (!sure || count < command->words->len)
			assign(reader, word, CONDITION);
		else
			assign(reader, word,
			       i > 0 && word->expands ? "the value depends on the one before it" : NULL);
	}
	if (count < command->words->len)
		run_command(reader, command, count, sure);
}

/* ---- questions ----------------------------------------------------------------------------------------- */

const struct vp_shell_variable *vp_shell_get(const struct vp_shell *shell, const char *name)
{
	return g_hash_table_lookup(shell->variables, name);
}

char *vp_shell_value(const struct vp_shell *shell, const char *name)
{
	const struct vp_shell_variable *variable = vp_shell_get(shell, name);
	struct vp_shell_word word = {.bytes = variable ? variable->bytes : NULL};

	return word.bytes ? vp_shell_word_text(&word) : NULL;
}

bool vp_shell_reads(const struct vp_shell *shell, const char *name, size_t from)
{
	for (guint i = 0; i < shell->opaque->len; i++) {
		const struct vp_shell_span *span = &g_array_index(shell->opaque, struct vp_shell_span, i);
		g_autoptr(GString) text =
			g_string_new_len(shell->code->str + span->start, (gssize)(span->end - span->start));

		g_string_replace(text, "\\\n", "", 0);
		if (span->end > from && strstr(text->str, name))
			return true;
	}
	return false;
}
