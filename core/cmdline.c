/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline.c - the kernel command line as a list of words */
#include "config.h"

#include "cmdline.h"

#include "core.h"

#include <string.h>

/* One kernel parameter of a line that is being changed. */
struct word {
	size_t start, end; /* in the line; a new word has none */
	bool fresh;        /* new */
	bool gone;         /* on its way out */
	char *text;        /* as it will stand */
};

/* A word cut as lib/cmdline.c next_arg() cuts it: the quotes around it or around its value belong to
 * neither. */
struct parts {
	const char *name, *value; /* value: NULL for a bare word */
	size_t name_length, value_length;
};

/* ---- words --------------------------------------------------------------------------------------------- */

/* The kernel's isspace(), which knows the no-break space of Latin-1 (lib/ctype.c). */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

static const char *skip_word(const char *at)
{
	bool quoted = false;

	for (; *at && (quoted || !is_blank(*at)); at++)
		if (*at == '"')
			quoted = !quoted;
	return at;
}

static struct parts cut(const char *word)
{
	const char *end = word + strlen(word);
	struct parts parts = {.name = word + (*word == '"')};
	const char *equals = *parts.name ? strchr(parts.name + 1, '=') : NULL;
	bool quoted = *word == '"';

	if (equals) {
		parts.value = equals + 1;
		if (*parts.value == '"') {
			parts.value++;
			quoted = true;
		}
	}
	if (quoted && end > parts.name && end[-1] == '"')
		end--;
	parts.name_length = (size_t)((equals ? equals : end) - parts.name);
	if (parts.value && end > parts.value)
		parts.value_length = (size_t)(end - parts.value);
	return parts;
}

static char *value_of(const char *word)
{
	struct parts parts = cut(word);

	return g_strndup(parts.value ? parts.value : "", parts.value_length);
}

static bool same_value(const char *word, const char *other)
{
	struct parts a = cut(word), b = cut(other);

	return !a.value == !b.value && a.value_length == b.value_length &&
	       (!a.value || memcmp(a.value, b.value, a.value_length) == 0);
}

static bool same_word(const char *word, const char *other)
{
	return vp_cmdline_same_name(word, other) && same_value(word, other);
}

/* parse_args() stops here and leaves the rest to init (kernel/params.c). */
static bool ends_parameters(const char *word)
{
	struct parts parts = cut(word);

	return !parts.value && parts.name_length == 2 && strncmp(parts.name, "--", 2) == 0;
}

char **vp_cmdline_split(const char *line)
{
	GPtrArray *words = g_ptr_array_new();

	for (const char *at = skip_blanks(line), *end; *at; at = skip_blanks(end)) {
		end = skip_word(at);
		g_ptr_array_add(words, g_strndup(at, (gsize)(end - at)));
	}
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

char *vp_cmdline_name(const char *word)
{
	struct parts parts = cut(word);

	return g_strdelimit(g_strndup(parts.name, parts.name_length), "-", '_');
}

bool vp_cmdline_same_name(const char *word, const char *other)
{
	g_autofree char *name = vp_cmdline_name(word);
	g_autofree char *other_name = vp_cmdline_name(other);

	return g_str_equal(name, other_name);
}

bool vp_cmdline_has(const char *line, const char *word)
{
	g_auto(GStrv) words = vp_cmdline_split(line);

	for (char **at = words; *at && !ends_parameters(*at); at++)
		if (same_word(*at, word))
			return true;
	return false;
}

char *vp_cmdline_value(const char *line, const char *name)
{
	g_auto(GStrv) words = vp_cmdline_split(line);
	const char *last = NULL;

	for (char **at = words; *at && !ends_parameters(*at); at++)
		if (vp_cmdline_same_name(*at, name))
			last = *at;
	return last ? value_of(last) : NULL;
}

/* ---- what may be asked for ----------------------------------------------------------------------------- */

static const char *why_not_a_word(const char *word)
{
	struct parts parts = cut(word);
	size_t quotes = 0;

	for (const char *at = word; *at; at++) {
		if (g_ascii_iscntrl(*at))
			return "it holds a control character; leave that out";
		quotes += *at == '"';
	}
	if (!parts.name_length || *parts.name == '=')
		return "it has no name; write name or name=value";
	if (quotes % 2)
		return "a double quote in it is not closed; close it";
	if (*skip_word(word))
		return "it has a blank outside of double quotes; write name=\"a value\", or two parameters";
	if (ends_parameters(word))
		return "what follows it would go to init instead of the kernel; leave it out";
	return NULL;
}

static bool check_words(char **words, bool list, GError **error)
{
	for (char **word = words; word && *word; word++) {
		const char *why = why_not_a_word(*word);

		if (!why && list && (!cut(*word).value || strchr(*word, '"')))
			why = "it is no list; write name=value,value without quotes";
		if (why) {
			g_autofree char *shown = g_strescape(*word, NULL);

			g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
				    "\"%s\" cannot be a kernel parameter: %s", shown, why);
			return false;
		}
	}
	return true;
}

static bool check_change(const struct vp_cmdline_change *change, GError **error)
{
	return check_words(change->set, false, error) && check_words(change->merge, true, error) &&
	       check_words(change->add, false, error) && check_words(change->remove, false, error) &&
	       check_words(change->take, true, error);
}

/* ---- changing a list of words -------------------------------------------------------------------------- */

static void word_free(void *data)
{
	struct word *word = data;

	g_free(word->text);
	g_free(word);
}

static struct word *word_add(GPtrArray *words, const char *text, size_t length)
{
	struct word *word = g_new0(struct word, 1);

	word->text = g_strndup(text, length);
	g_ptr_array_add(words, word);
	return word;
}

/* The kernel's words of a line; *ret_rest is where "--" stands, or the end of the line. */
static GPtrArray *read_words(const char *line, size_t *ret_rest)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(word_free);
	const char *at = skip_blanks(line);

	for (const char *end; *at; at = skip_blanks(end)) {
		struct word *word;

		end = skip_word(at);
		word = word_add(words, at, (size_t)(end - at));
		word->start = (size_t)(at - line);
		word->end = (size_t)(end - line);
		if (ends_parameters(word->text)) {
			g_ptr_array_remove_index(words, words->len - 1);
			break;
		}
	}
	*ret_rest = (size_t)(at - line);
	return words;
}

/* The word of that name which is in force, else one that is on its way out. */
static struct word *find_named(const GPtrArray *words, const char *name)
{
	struct word *found = NULL;

	for (guint i = 0; i < words->len; i++) {
		struct word *word = g_ptr_array_index(words, i);

		if (vp_cmdline_same_name(word->text, name) && (!found || found->gone || !word->gone))
			found = word;
	}
	return found;
}

static void drop_others(const GPtrArray *words, const struct word *kept)
{
	for (guint i = 0; i < words->len; i++) {
		struct word *word = g_ptr_array_index(words, i);

		if (word != kept && vp_cmdline_same_name(word->text, kept->text))
			word->gone = true;
	}
}

static void set_text(struct word *word, char *text)
{
	g_free(word->text);
	word->text = text;
}

/* Ids are hexadecimal, and people write them in either case. */
static bool holds(char **values, const char *value)
{
	for (char **at = values; *at; at++)
		if (g_ascii_strcasecmp(*at, value) == 0)
			return true;
	return false;
}

static char **list_of(const char *word)
{
	g_autofree char *value = value_of(word);

	return g_strsplit(value, ",", -1);
}

static void remove_word(const GPtrArray *words, const char *asked)
{
	for (guint i = 0; i < words->len; i++) {
		struct word *word = g_ptr_array_index(words, i);

		if (vp_cmdline_same_name(word->text, asked) &&
		    (!cut(asked).value || same_value(word->text, asked)))
			word->gone = true;
	}
}

static void take_values(const GPtrArray *words, const char *asked)
{
	g_auto(GStrv) unwanted = list_of(asked);
	struct word *last = find_named(words, asked);
	bool hit = false, empty = true;

	for (guint i = 0; i < words->len; i++) {
		struct word *word = g_ptr_array_index(words, i);
		g_auto(GStrv) values = list_of(word->text);

		for (char **value = values; *value && vp_cmdline_same_name(word->text, asked) && !word->gone;
		     value++)
			hit |= holds(unwanted, *value);
	}
	if (!hit)
		return;

	g_auto(GStrv) values = list_of(last->text);
	g_autoptr(GString) rest = g_string_new(NULL);
	struct parts parts = cut(last->text);

	for (char **value = values; *value; value++) {
		if (holds(unwanted, *value))
			continue;
		g_string_append_printf(rest, "%s%s", rest->len ? "," : "", *value);
		empty = empty && !**value;
	}
	drop_others(words, last);
	last->gone = empty;
	if (!empty && parts.value) {
		g_string_prepend_len(rest, last->text, parts.value - last->text);
		g_string_append(rest, parts.value + parts.value_length);
		set_text(last, g_strdup(rest->str));
	}
}

static void set_word(GPtrArray *words, const char *asked)
{
	struct word *word = find_named(words, asked);

	if (!word) {
		word_add(words, asked, strlen(asked))->fresh = true;
		return;
	}
	drop_others(words, word);
	word->gone = false;
	if (!same_value(word->text, asked))
		set_text(word, g_strdup(asked));
}

static void merge_value(struct word *word, const char *value)
{
	g_auto(GStrv) present = list_of(word->text);
	g_autoptr(GString) text = g_string_new(word->text);
	struct parts parts = cut(word->text);

	if (!*value || holds(present, value))
		return;
	if (parts.value) {
		g_autofree char *more = g_strconcat(parts.value_length ? "," : "", value, NULL);

		g_string_insert(text, parts.value - word->text + (gssize)parts.value_length, more);
	} else {
		g_autofree char *more = g_strconcat("=", value, NULL);

		g_string_insert(text, parts.name - word->text + (gssize)parts.name_length, more);
	}
	set_text(word, g_strdup(text->str));
}

static void merge_values(GPtrArray *words, const char *asked)
{
	g_auto(GStrv) values = list_of(asked);
	struct word *word = find_named(words, asked);
	size_t name_length = (size_t)(cut(asked).value - asked);

	if (!word) {
		word = word_add(words, asked, name_length);
		word->fresh = true;
	} else if (word->gone) {
		set_text(word, g_strndup(asked, name_length));
	}
	drop_others(words, word);
	word->gone = false;
	for (char **value = values; *value; value++)
		merge_value(word, *value);
}

static void add_word(GPtrArray *words, const char *asked)
{
	struct word *found = NULL;

	for (guint i = 0; i < words->len; i++) {
		struct word *word = g_ptr_array_index(words, i);

		if (same_word(word->text, asked) && (!found || found->gone))
			found = word;
	}
	if (found)
		found->gone = false;
	else
		word_add(words, asked, strlen(asked))->fresh = true;
}

static void change_words(GPtrArray *words, const struct vp_cmdline_change *change)
{
	for (char **word = change->remove; word && *word; word++)
		remove_word(words, *word);
	for (char **word = change->take; word && *word; word++)
		take_values(words, *word);
	for (char **word = change->set; word && *word; word++)
		set_word(words, *word);
	for (char **word = change->merge; word && *word; word++)
		merge_values(words, *word);
	for (char **word = change->add; word && *word; word++)
		add_word(words, *word);
}

/* ---- from words back to the line ----------------------------------------------------------------------- */

static void splice_free(void *data)
{
	struct vp_cmdline_splice *splice = data;

	g_free(splice->text);
	g_free(splice);
}

static void splice_add(GPtrArray *splices, size_t start, size_t end, const char *text)
{
	struct vp_cmdline_splice *last = splices->len ? g_ptr_array_index(splices, splices->len - 1) : NULL;

	if (last && last->at + last->length == start) {
		g_autofree char *before = last->text;

		last->text = g_strconcat(before, text, NULL);
		last->length += end - start;
		return;
	}
	last = g_new0(struct vp_cmdline_splice, 1);
	last->at = start;
	last->length = end - start;
	last->text = g_strdup(text);
	g_ptr_array_add(splices, last);
}

/* Only the bytes in which a word really differs. */
static void splice_word(GPtrArray *splices, const char *line, const struct word *word)
{
	size_t start = word->start, end = word->end;
	const char *text = word->text, *text_end = text + strlen(text);

	while (start < end && *text && line[start] == *text) {
		start++;
		text++;
	}
	while (start < end && text_end > text && line[end - 1] == text_end[-1]) {
		end--;
		text_end--;
	}
	if (start < end || text < text_end) {
		g_autofree char *middle = g_strndup(text, (gsize)(text_end - text));

		splice_add(splices, start, end, middle);
	}
}

/* A run of leaving words takes the blanks in front of it along; at the start of the line, those behind it. */
static guint splice_run(GPtrArray *splices, const GPtrArray *words, guint first, guint count, size_t behind)
{
	const struct word *word = g_ptr_array_index(words, first);
	guint next = first;

	while (next < count && ((struct word *)g_ptr_array_index(words, next))->gone)
		next++;
	const struct word *last = g_ptr_array_index(words, next - 1);
	if (first > 0)
		splice_add(splices, ((struct word *)g_ptr_array_index(words, first - 1))->end, last->end, "");
	else if (next < count)
		splice_add(splices, word->start, ((struct word *)g_ptr_array_index(words, next))->start, "");
	else
		splice_add(splices, word->start, behind, "");
	return next;
}

static GPtrArray *splice_all(const char *line, const GPtrArray *words, size_t rest)
{
	GPtrArray *splices = g_ptr_array_new_with_free_func(splice_free);
	g_autoptr(GString) fresh = g_string_new(NULL);
	bool survivors = false, has_rest = line[rest] != '\0';
	guint count = 0;
	size_t end;

	for (guint i = 0; i < words->len; i++) {
		const struct word *word = g_ptr_array_index(words, i);

		count += !word->fresh;
		survivors |= !word->fresh && !word->gone;
		if (word->fresh && !word->gone)
			g_string_append_printf(fresh, "%s%s", fresh->len ? " " : "", word->text);
	}
	end = count ? ((struct word *)g_ptr_array_index(words, count - 1))->end : has_rest ? rest : 0;
	for (guint i = 0; i < count;) {
		const struct word *word = g_ptr_array_index(words, i);

		if (word->gone) {
			i = splice_run(splices, words, i, count, has_rest && !fresh->len ? rest : end);
		} else {
			splice_word(splices, line, word);
			i++;
		}
	}
	if (fresh->len) {
		if (survivors)
			g_string_prepend_c(fresh, ' ');
		else if (!count && has_rest)
			g_string_append_c(fresh, ' ');
		splice_add(splices, end, end, fresh->str);
	}
	return splices;
}

char *vp_cmdline_splice(const char *line, const GPtrArray *splices)
{
	GString *result = g_string_new(NULL);
	size_t at = 0;

	for (guint i = 0; i < splices->len; i++) {
		const struct vp_cmdline_splice *splice = g_ptr_array_index(splices, i);

		g_string_append_len(result, line + at, (gssize)(splice->at - at));
		g_string_append(result, splice->text);
		at = splice->at + splice->length;
	}
	g_string_append(result, line + at);
	return g_string_free(result, FALSE);
}

static bool check_result(const char *line, const GPtrArray *splices, GError **error)
{
	g_autofree char *result = vp_cmdline_splice(line, splices);
	size_t quotes = 0, size = strlen(result) + 1;

	for (const char *at = line; *at; at++)
		quotes += *at == '"';
	if (splices->len && quotes % 2) {
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "cannot change the kernel command line: it has a double quote that is never "
			    "closed; close it by hand first");
		return false;
	}
	if (size > VP_CMDLINE_SIZE && size > strlen(line) + 1) {
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "cannot change the kernel command line: it would need %zu bytes and the kernel "
			    "reads %d; "
			    "remove parameters first",
			    size, VP_CMDLINE_SIZE);
		return false;
	}
	return true;
}

GPtrArray *vp_cmdline_splices(const char *line, const struct vp_cmdline_change *change, GError **error)
{
	size_t rest;

	if (!check_change(change, error))
		return NULL;

	g_autoptr(GPtrArray) words = read_words(line, &rest);
	change_words(words, change);
	g_autoptr(GPtrArray) splices = splice_all(line, words, rest);
	return check_result(line, splices, error) ? g_steal_pointer(&splices) : NULL;
}

char *vp_cmdline_edit(const char *line, const struct vp_cmdline_change *change, GError **error)
{
	g_autoptr(GPtrArray) splices = vp_cmdline_splices(line, change, error);

	return splices ? vp_cmdline_splice(line, splices) : NULL;
}
