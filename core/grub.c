/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub.c - edits of /etc/default/grub: in place where that is certain, else by a line of our own */
#include "config.h"

#include "grub_private.h"

#include "core.h"

#include <string.h>

/* ---- jobs ---------------------------------------------------------------------------------------------- */

static void job_init(struct vp_grub_job *job, GBytes *bytes, const char *variable, const char *file)
{
	gsize length;
	const char *text = g_bytes_get_data(bytes, &length);

	*job = (struct vp_grub_job){.bytes = bytes, .text = text ? text : "", .length = length};
	job->variable = variable;
	job->file = file;
	job->shell = vp_shell_read(job->text, job->length);
	job->found = vp_shell_get(job->shell, variable);
}

void vp_grub_job_clear(struct vp_grub_job *job)
{
	vp_shell_free(job->shell);
	g_free(job->wanted);
	g_free(job->words);
}

/* Says where and why, and what to write by hand instead. */
static GBytes *refuse(const struct vp_grub_job *job, const struct vp_shell_note *why, GError **error)
{
	g_autofree char *old = job->wanted ? NULL : g_strdup_printf("${%s} ", job->variable);
	g_autofree char *text = vp_shell_escape(job->wanted  ? job->wanted
						: job->words ? job->words
							     : "",
						'"');

	if (job->wanted || job->words)
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "cannot edit %s: %s:%u: %s; write this line by hand where it takes effect: "
			    "%s=\"%s%s\"",
			    job->variable, job->file, why->line, why->text, job->variable, old ? old : "",
			    text);
	else
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "cannot edit %s: %s:%u: %s; take out by hand what should go", job->variable,
			    job->file, why->line, why->text);
	return NULL;
}

static GBytes *refuse_after(const struct vp_grub_job *job, unsigned line, const char *why, GError **error)
{
	const struct vp_shell_note note = {.line = line, .text = (char *)why};

	return refuse(job, &note, error);
}

/* ---- checking what was made ---------------------------------------------------------------------------- */

static bool same_bytes(const GArray *a, const GArray *b)
{
	if (!a || !b)
		return a == b;
	if (a->len != b->len)
		return false;
	for (guint i = 0; i < a->len; i++)
		if (g_array_index(a, struct vp_shell_byte, i).value !=
		    g_array_index(b, struct vp_shell_byte, i).value)
			return false;
	return true;
}

static bool same_but_for(const struct vp_shell *before, const struct vp_shell *after, const char *variable)
{
	GHashTableIter iter;
	void *name, *value;

	g_hash_table_iter_init(&iter, before->variables);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		const struct vp_shell_variable *old = value, *new = vp_shell_get(after, name);

		if (!g_str_equal(name, variable) && (!new || !same_bytes(old->bytes, new->bytes)))
			return false;
	}
	g_hash_table_iter_init(&iter, after->variables);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (!g_str_equal(name, variable) && !vp_shell_get(before, name))
			return false;
	return true;
}

/* Reads the new file as the old one was read: it must differ in this one variable, which must be as
 * wanted. Without a wanted value it is one that cannot be known, before and after. */
static bool is_good(const struct vp_grub_job *job, GBytes *made, const char *wanted)
{
	gsize length;
	const char *text = g_bytes_get_data(made, &length);
	g_autoptr(vp_shell) after = vp_shell_read(text ? text : "", length);
	g_autofree char *value = vp_shell_value(after, job->variable);
	g_autofree char *stripped = g_strstrip(g_strdup(wanted ? wanted : ""));

	if (after->lost.text || !same_but_for(job->shell, after, job->variable))
		return false;
	if (!wanted)
		return !value;
	if (!value)
		return !*stripped && !vp_shell_get(after, job->variable);
	return g_str_equal(g_strstrip(value), stripped);
}

/* ---- the ways to do it --------------------------------------------------------------------------------- */

static GBytes *append(const struct vp_grub_job *job, const char *words, bool to_what_is_there,
		      const char *wanted, GError **error)
{
	g_autoptr(GBytes) made = vp_grub_append_block(job, words, to_what_is_there);

	if (job->shell->leaves.text)
		return refuse(job, &job->shell->leaves, error);
	if (!is_good(job, made, wanted))
		return refuse_after(job, job->found ? job->found->line : 1, "no safe edit was found", error);
	return g_steal_pointer(&made);
}

/* The words, if all that the splices do is to add whole words at the end. */
static char *added_words(const char *value, const GPtrArray *splices)
{
	const struct vp_cmdline_splice *only = g_ptr_array_index(splices, 0);
	g_auto(GStrv) before = vp_cmdline_split(value);

	if (splices->len != 1 || only->length ||
	    strspn(value + only->at, " \t\r\n") != strlen(value + only->at))
		return NULL;
	return !*before || *only->text == ' ' ? g_strstrip(g_strdup(only->text)) : NULL;
}

static GBytes *edit_known(struct vp_grub_job *job, const struct vp_cmdline_change *change, GError **error)
{
	g_autofree char *value = vp_shell_value(job->shell, job->variable);
	g_autoptr(GPtrArray) splices = vp_cmdline_splices(value, change, error);
	g_autofree char *longer = NULL;

	if (!splices)
		return NULL;
	if (!splices->len)
		return g_bytes_ref(job->bytes);
	job->wanted = vp_cmdline_splice(value, splices);

	g_autoptr(GBytes) made = vp_grub_edit_in_place(job, splices);
	if (made && is_good(job, made, job->wanted))
		return g_steal_pointer(&made);
	g_free(job->words);
	job->words = added_words(value, splices);
	if (!job->words)
		return refuse_after(job, job->found->line, "what it is made of is used elsewhere too", error);
	longer = g_strdup_printf("%s %s", value, job->words);
	return append(job, job->words, true, longer, error);
}

/* The code as one text without quotes, backslashes and continued lines, and without our own line. */
static char *bare_code(const struct vp_grub_job *job, const struct vp_grub_block *block)
{
	GString *bare = g_string_new(NULL);
	const char *code = job->shell->code->str;

	for (size_t i = 0; i < job->length; i++) {
		bool continued = code[i] == '\n' && i > 0 && code[i - 1] == '\\';

		if (!strchr("'\"\\", code[i]) && !continued && (i < block->start || i >= block->end))
			g_string_append_c(bare, code[i]);
	}
	return g_string_free(bare, FALSE);
}

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* Whether the word's name stands anywhere in the code. A dash may part it from what is in front of it,
 * too. */
static bool speaks_of(const char *code, const char *word)
{
	g_autofree char *name = vp_cmdline_name(word);
	g_autofree char *spelled = g_strdelimit(g_strdup(code), "-", '_');
	size_t length = strlen(name);

	for (const char *at = strstr(spelled, name); at; at = strstr(at + 1, name)) {
		size_t start = (size_t)(at - spelled);

		if ((start == 0 || !is_name(code[start - 1])) && !is_name(at[length]))
			return true;
	}
	return false;
}

/* Names that the rest of the file speaks of may be in the value, and "--" would hand our words to init. */
static bool is_free(const struct vp_grub_job *job, const struct vp_grub_block *block,
		    const struct vp_cmdline_change *change, GError **error)
{
	char **const asked[] = {change->set, change->merge, change->add, change->remove, change->take};
	const struct vp_shell_note *doubt = job->found ? &job->found->doubt : &job->shell->meddles;
	g_autofree char *code = bare_code(job, block);
	const char *culprit = speaks_of(code, "--") ? "--" : NULL;
	g_autofree char *why = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
		for (char **word = asked[i]; word && *word; word++)
			if (speaks_of(code, *word))
				culprit = *word;
	if (!culprit)
		return true;
	why = g_strdup_printf("%s, and the file speaks of \"%s\"", doubt->text, culprit);
	refuse_after(job, doubt->line, why, error);
	return false;
}

static GBytes *edit_unknown(const struct vp_grub_job *job, const struct vp_cmdline_change *change,
			    GError **error)
{
	g_auto(vp_grub_block) block;
	bool ours = vp_grub_find_block(job->text, job->length, job->shell, job->variable, &block);
	const char *before = ours ? block.words : "";
	g_autofree char *words = NULL;

	if (!is_free(job, &block, change, error))
		return NULL;
	words = vp_cmdline_edit(before, change, error);
	if (!words)
		return NULL;
	if (g_str_equal(words, before))
		return g_bytes_ref(job->bytes);
	if (!ours)
		return append(job, words, true, NULL, error);
	/* Words that are put into our line would be lost again below it. */
	if (job->words && job->shell->meddles.line > job->found->line)
		return refuse(job, &job->shell->meddles, error);

	g_autoptr(GBytes) made = vp_grub_replace_block(job->text, job->length, &block, words);
	if (!is_good(job, made, NULL))
		return refuse_after(job, job->found->line, "no safe edit was found", error);
	return g_steal_pointer(&made);
}

/* ---- what may be asked for ----------------------------------------------------------------------------- */

/* GRUB's own script language reads the words once more, when it boots (its grub-core/script/yylex.l). */
static bool survives_grub(const char *word)
{
	bool quoted = false;

	if (*word == '#')
		return false;
	for (const char *at = word; *at; at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == '$' || (!quoted && strchr("{}|&;<>'\\", *at)))
			return false;
	}
	return true;
}

static bool check_words(char **words, GError **error)
{
	for (char **word = words; word && *word; word++)
		if (!survives_grub(*word)) {
			g_set_error(
				error, VP_ERROR, VP_ERROR_CANNOT,
				"cannot put %s on the kernel command line: GRUB would read a character in it "
				"as its own; put a backslash in front of that character",
				*word);
			return false;
		}
	return true;
}

/* Checks the change; *ret_words are the words that are to be there after it, NULL when it asks for none. */
static bool asked_words(const struct vp_cmdline_change *change, char **ret_words, GError **error)
{
	const struct vp_cmdline_change only = {
		.set = change->set, .merge = change->merge, .add = change->add};
	const struct vp_cmdline_change others = {.remove = change->remove, .take = change->take};
	g_autofree char *nothing = vp_cmdline_edit("", &others, error);

	*ret_words = nothing ? vp_cmdline_edit("", &only, error) : NULL;
	if (!*ret_words)
		return false;
	if (!**ret_words)
		g_clear_pointer(ret_words, g_free);
	return check_words(change->set, error) && check_words(change->merge, error) &&
	       check_words(change->add, error);
}

/* ---- the outside --------------------------------------------------------------------------------------- */

GBytes *vp_grub_edit(GBytes *text, const char *variable, const struct vp_cmdline_change *change,
		     const char *file, GError **error)
{
	g_auto(vp_grub_job) job;

	job_init(&job, text, variable, file);
	if (!asked_words(change, &job.words, error))
		return NULL;
	if (job.shell->lost.text)
		return refuse(&job, &job.shell->lost, error);
	if (job.found && job.found->bytes)
		return edit_known(&job, change, error);
	if (job.found || job.shell->meddles.text)
		return edit_unknown(&job, change, error);
	if (!job.words)
		return g_bytes_ref(text);
	job.wanted = g_strdup(job.words);
	return append(&job, job.words, false, job.wanted, error);
}

static bool check_value(const char *variable, const char *word, GError **error)
{
	bool fine = *word && g_utf8_validate(word, -1, NULL);

	for (const char *at = word; *at; at++)
		fine = fine && !g_ascii_iscntrl(*at) && !g_ascii_isspace(*at);
	if (!fine)
		g_set_error(
			error, VP_ERROR, VP_ERROR_USAGE,
			"cannot set %s: its value must be one word; leave blanks and control characters out",
			variable);
	return fine;
}

GBytes *vp_grub_assign(GBytes *text, const char *variable, const char *word, const char *file, GError **error)
{
	g_auto(vp_grub_job) job;
	g_autofree char *value = NULL;

	job_init(&job, text, variable, file);
	job.wanted = g_strdup(word);
	if (!check_value(variable, word, error))
		return NULL;
	if (job.shell->lost.text)
		return refuse(&job, &job.shell->lost, error);
	value = vp_shell_value(job.shell, variable);
	if (value && g_str_equal(value, word))
		return g_bytes_ref(text);
	if (value) {
		struct vp_cmdline_splice splice = {.length = strlen(value), .text = job.wanted};
		g_autoptr(GPtrArray) splices = g_ptr_array_new();

		g_ptr_array_add(splices, &splice);
		g_autoptr(GBytes) made = vp_grub_edit_in_place(&job, splices);
		if (made && is_good(&job, made, word))
			return g_steal_pointer(&made);
	}
	return append(&job, word, false, word, error);
}

struct vp_grub_place *vp_grub_find(GBytes *text, const char *variable)
{
	struct vp_grub_place *place = g_new0(struct vp_grub_place, 1);
	const struct vp_shell_note *why = NULL;
	g_auto(vp_grub_job) job;

	job_init(&job, text, variable, NULL);
	place->line = job.found ? job.found->line : 0;
	if (job.shell->lost.text)
		why = &job.shell->lost;
	else if (job.found && !job.found->bytes)
		why = &job.found->doubt;
	else if (!job.found && job.shell->meddles.text)
		why = &job.shell->meddles;
	if (why)
		place->why_not = g_strdup_printf("line %u: %s", why->line, why->text);
	else
		place->value = vp_shell_value(job.shell, variable);
	place->editable = place->value != NULL;
	return place;
}

void vp_grub_place_free(struct vp_grub_place *place)
{
	if (!place)
		return;
	g_free(place->value);
	g_free(place->why_not);
	g_free(place);
}
