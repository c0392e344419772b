/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mkinitcpio.c - edits of MODULES, HOOKS and FILES in mkinitcpio.conf and its drop-ins */
#include "config.h"

#include <string.h>

#include "core.h"
#include "mkinitcpio.h"
#include "mkinitcpio_read.h"
#include "module_names.h"
#include "splice.h"

/* In front of an assignment that is all ours. */
#define MARK "# Added by virt-passthrough\n"

void vp_mkinitcpio_array_free(struct vp_mkinitcpio_array *array)
{
	g_strfreev(array->words);
	g_free(array->why_not);
	g_free(array);
}

static struct vp_mk_item *item_at(GPtrArray *items, guint i)
{
	return items->pdata[i];
}

/* The last assignment that is not +=, else the first one, or NULL. */
static struct vp_mk_place *place_in_force(const struct vp_mk_variable *variable)
{
	for (guint i = variable->places->len; i > 0; i--) {
		struct vp_mk_place *place = variable->places->pdata[i - 1];

		if (!place->append || i == 1)
			return place;
	}
	return NULL;
}

static char **value_words(const struct vp_mk_variable *variable)
{
	char **words = g_new0(char *, variable->value->len + 1);

	for (guint i = 0; i < variable->value->len; i++)
		words[i] = g_strdup(item_at(variable->value, i)->word);
	return words;
}

struct vp_mkinitcpio_array *vp_mkinitcpio_find(GBytes *text, const char *name)
{
	g_autoptr(vp_mk_variable) variable = vp_mk_variable_read(text, name);
	struct vp_mkinitcpio_array *array = g_new0(struct vp_mkinitcpio_array, 1);
	const struct vp_mk_place *place = place_in_force(variable);

	array->line = place ? place->line : 0;
	array->adds = place && place->append;
	array->editable = place && !variable->why_not;
	if (variable->why_not)
		array->why_not = g_strdup_printf("line %u: %s", variable->why_line, variable->why_not);
	if (variable->known)
		array->words = value_words(variable);
	return array;
}

/* ---- taking out and putting in ------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The start of the item's line when it starts inside the place and only blanks follow up to the item, or 0. */
static size_t own_line_start(const struct vp_mk_variable *variable, const struct vp_mk_item *item)
{
	size_t pos = item->start;

	while (pos > item->place->open && is_blank(variable->text[pos - 1]))
		pos--;
	return pos > item->place->open && variable->text[pos - 1] == '\n' ? pos : 0;
}

/* Behind the end of the item's line when only blanks are in front of that, or 0. */
static size_t own_line_end(const struct vp_mk_variable *variable, const struct vp_mk_item *item)
{
	size_t pos = item->end;

	while (pos < item->place->close && is_blank(variable->text[pos]))
		pos++;
	return pos < item->place->close && variable->text[pos] == '\n' ? pos + 1 : 0;
}

/* Whether a word that stays is in front of this one on the same line. */
static bool follows_on_line(const struct vp_mk_variable *variable, const struct vp_mk_place *place,
			    guint index)
{
	size_t start = item_at(place->items, index)->start;

	for (guint i = index; i > 0; i--) {
		const struct vp_mk_item *item = item_at(place->items, i - 1);

		if (!item->killed)
			return !memchr(variable->text + item->end, '\n', start - item->end);
	}
	return false;
}

/* A word goes with its line, or with the blank in front of it, or, first on its line, with the blank
 * behind it: just what insert_front() and insert_behind() bring. */
static void cut_item(const struct vp_mk_variable *variable, const struct vp_mk_place *place, guint index,
		     GArray *splices)
{
	const struct vp_mk_item *item = item_at(place->items, index);
	const char *text = variable->text;
	size_t line_start = own_line_start(variable, item), line_end = own_line_end(variable, item);

	if (line_start && line_end)
		vp_splice_add(splices, line_start, line_end, NULL);
	else if (follows_on_line(variable, place, index) && is_blank(text[item->start - 1]))
		vp_splice_add(splices, item->start - 1, item->end, NULL);
	else
		vp_splice_add(splices, item->start, item->end + (is_blank(text[item->end]) ? 1 : 0), NULL);
}

/* Marks the words of the value; returns how many there are. */
static unsigned kill_words(struct vp_mk_variable *variable, char **words)
{
	unsigned killed = 0;

	for (guint i = 0; i < variable->value->len; i++) {
		struct vp_mk_item *item = item_at(variable->value, i);

		if (vp_module_among(item->word, words)) {
			item->killed = true;
			killed++;
		}
	}
	return killed;
}

static void cut_killed(const struct vp_mk_variable *variable, GArray *splices)
{
	for (guint p = 0; p < variable->places->len; p++) {
		const struct vp_mk_place *place = variable->places->pdata[p];

		for (guint i = 0; i < place->items->len; i++)
			if (item_at(place->items, i)->killed)
				cut_item(variable, place, i, splices);
	}
}

/* "  word\n" for each word, indented like the line that starts there. */
static char *as_lines(char **words, const char *indent, size_t length)
{
	GString *lines = g_string_new(NULL);

	for (; *words; words++) {
		g_string_append_len(lines, indent, (gssize)length);
		g_string_append_printf(lines, "%s\n", *words);
	}
	return g_string_free(lines, FALSE);
}

/* In front of all words of the place that stay. Where none stays, the last one is replaced. */
static void insert_front(const struct vp_mk_variable *variable, const struct vp_mk_place *place, char **words,
			 GArray *splices)
{
	const char *text = variable->text;
	size_t pos = place->open, line = 0;
	g_autofree char *list = g_strjoinv(" ", words);
	struct vp_mk_item *item = NULL;
	bool last;

	for (guint i = 0; i < place->items->len; i++) {
		item = item_at(place->items, i);
		pos = item->start;
		line = own_line_start(variable, item);
		if (!item->killed || (line && own_line_end(variable, item)))
			break;
	}
	if (line) {
		vp_splice_add(splices, line, line, as_lines(words, text + line, pos - line));
	} else if (item && item->killed) {
		vp_splice_add(splices, item->start, item->end, g_steal_pointer(&list));
		item->killed = false;
	} else {
		while (is_blank(text[pos]))
			pos++;
		last = pos == place->open && (pos == place->close || text[pos] == '\n');
		vp_splice_add(splices, pos, pos, g_strconcat(list, last ? "" : " ", NULL));
	}
}

static void insert_behind(const struct vp_mk_variable *variable, const struct vp_mk_item *item,
			  const char *word, GArray *splices)
{
	size_t start = own_line_start(variable, item), end = own_line_end(variable, item);
	char *words[] = {(char *)word, NULL};

	if (start && end)
		vp_splice_add(splices, end, end,
			      as_lines(words, variable->text + start, item->start - start));
	else
		vp_splice_add(splices, item->end, item->end, g_strconcat(" ", word, NULL));
}

/* ---- edits of the whole text --------------------------------------------------------------------------- */

static GBytes *refuse(const struct vp_mk_variable *variable, const char *file, const char *by_hand,
		      GError **error)
{
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s:%u: %s is not edited: %s; %s", file,
		    variable->why_line, variable->name, variable->why_not, by_hand);
	return NULL;
}

/* Unquoted, ${MODULES[@]} is right for an array and for a string: the words of neither hold blanks. */
static char *line_by_hand(const char *name, char **words)
{
	g_autofree char *list = g_strjoinv(" ", words);

	return g_strdup_printf("add this line at its end by hand: %s=(%s ${%s[@]})", name, list, name);
}

/* A file without the variable gets a marked line. Where the last line has no end, ours has none either, so
 * that taking it out gives the first bytes again. */
static GBytes *append_assignment(const struct vp_mk_variable *variable, char **words)
{
	const char *text = variable->text;
	size_t length = variable->length;
	bool bare_end = length > 0 && text[length - 1] != '\n';
	g_autofree char *list = g_strjoinv(" ", words);
	GString *out = g_string_new_len(text, (gssize)length);

	g_string_append_printf(out, "%s" MARK "%s=(%s)%s", bare_end ? "\n" : "", variable->name, list,
			       bare_end ? "" : "\n");
	return g_string_free_to_bytes(out);
}

/* The span of the marked line and its mark, when nothing stays in it. */
static bool marked_span(const struct vp_mk_variable *variable, size_t *ret_start, size_t *ret_end)
{
	const struct vp_mk_place *place = variable->places->len == 1 ? variable->places->pdata[0] : NULL;
	const char *text = variable->text;
	size_t mark = strlen(MARK);

	if (!place || !variable->array || place->start < mark ||
	    strncmp(text + place->start - mark, MARK, mark) != 0)
		return false;
	for (guint i = 0; i < place->items->len; i++)
		if (!item_at(place->items, i)->killed)
			return false;
	*ret_start = place->start - mark;
	*ret_end = place->close + 1;
	if (*ret_end < variable->length && text[*ret_end] == '\n')
		++*ret_end;
	else if (*ret_end == variable->length && *ret_start > 0 && text[*ret_start - 1] == '\n')
		--*ret_start;
	else
		return false;
	return true;
}

/* The first words of the value are these, in this order. */
static bool starts_with(const struct vp_mk_variable *variable, char **words)
{
	guint i = 0;

	for (; words[i]; i++)
		if (i >= variable->value->len || !vp_module_same(item_at(variable->value, i)->word, words[i]))
			return false;
	return true;
}

/* Marks the words of `drop`, and those of `words` behind the first `skip` ones; returns how many. */
static unsigned kill_surplus(struct vp_mk_variable *variable, guint skip, char **words, char **drop)
{
	unsigned killed = kill_words(variable, drop);

	for (guint i = skip; i < variable->value->len; i++) {
		struct vp_mk_item *item = item_at(variable->value, i);

		if (!item->killed && vp_module_among(item->word, words)) {
			item->killed = true;
			killed++;
		}
	}
	return killed;
}

/* Where an assignment would have to be put at the end: whether bash gets there at all. */
static void refuse_open_end(struct vp_mk_variable *variable)
{
	if (variable->why_not || variable->places->len > 0 || variable->open_line == 0)
		return;
	variable->why_line = variable->open_line;
	variable->why_not = g_strdup("a line at the end might not take effect");
}

GBytes *vp_mkinitcpio_edit_modules(GBytes *text, char **first, char **drop, const char *file, GError **error)
{
	g_autoptr(vp_mk_variable) variable = vp_mk_variable_read(text, "MODULES");
	g_autoptr(GArray) splices = vp_splices_new();
	g_autofree char *by_hand = line_by_hand("MODULES", first);
	bool in_front;

	if (!vp_module_check(first, error))
		return NULL;
	refuse_open_end(variable);
	if (variable->why_not)
		return refuse(variable, file, by_hand, error);
	if (variable->places->len == 0)
		return *first ? append_assignment(variable, first) : g_bytes_ref(text);
	in_front = starts_with(variable, first);
	if (kill_surplus(variable, in_front ? g_strv_length(first) : 0, first, drop) == 0 && in_front)
		return g_bytes_ref(text);
	if (!in_front)
		insert_front(variable, place_in_force(variable), first, splices);
	cut_killed(variable, splices);
	return vp_splice_apply(text, splices);
}

/* The item behind which a hook goes: the last of `after`, else the first of all. NULL: there is none. */
static struct vp_mk_item *find_anchor(const struct vp_mk_variable *variable, char **after)
{
	for (guint i = variable->value->len; i > 0; i--)
		if (vp_module_among(item_at(variable->value, i - 1)->word, after))
			return item_at(variable->value, i - 1);
	return variable->value->len > 0 ? item_at(variable->value, 0) : NULL;
}

GBytes *vp_mkinitcpio_add_hook(GBytes *text, const char *hook, char **after, const char *file, GError **error)
{
	g_autoptr(vp_mk_variable) variable = vp_mk_variable_read(text, "HOOKS");
	g_autoptr(GArray) splices = vp_splices_new();
	char *words[] = {(char *)hook, NULL};
	struct vp_mk_item *anchor;

	if (!vp_module_check(words, error))
		return NULL;
	if (!variable->why_not && variable->places->len == 0) {
		variable->why_not = g_strdup("the file does not set it");
		variable->why_line = 1;
	}
	if (variable->why_not) {
		g_autofree char *by_hand =
			g_strdup_printf("add this line at its end by hand: HOOKS=(${HOOKS[@]} %s)", hook);

		return refuse(variable, file, by_hand, error);
	}
	for (guint i = 0; i < variable->value->len; i++)
		if (strcmp(item_at(variable->value, i)->word, hook) == 0)
			return g_bytes_ref(text);
	anchor = find_anchor(variable, after);
	if (anchor)
		insert_behind(variable, anchor, hook, splices);
	else
		insert_front(variable, place_in_force(variable), words, splices);
	return vp_splice_apply(text, splices);
}

/* A path that needs no quoting in bash. */
static bool check_path(const char *path, GError **error)
{
	if (*path == '/' && strspn(path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-") == strlen(path))
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
		    "\"%s\" cannot stand in FILES: use a full path of letters, digits, '/', '.', '_' and '-'",
		    path);
	return false;
}

GBytes *vp_mkinitcpio_add_file(GBytes *text, const char *path, const char *file, GError **error)
{
	g_autoptr(vp_mk_variable) variable = vp_mk_variable_read(text, "FILES");
	g_autoptr(GArray) splices = vp_splices_new();
	char *words[] = {(char *)path, NULL};
	g_autofree char *by_hand = line_by_hand("FILES", words);

	if (!check_path(path, error))
		return NULL;
	refuse_open_end(variable);
	if (variable->why_not)
		return refuse(variable, file, by_hand, error);
	if (variable->places->len == 0)
		return append_assignment(variable, words);
	for (guint i = 0; i < variable->value->len; i++)
		if (strcmp(item_at(variable->value, i)->word, path) == 0)
			return g_bytes_ref(text);
	if (variable->value->len > 0)
		insert_behind(variable, item_at(variable->value, variable->value->len - 1), path, splices);
	else
		insert_front(variable, place_in_force(variable), words, splices);
	return vp_splice_apply(text, splices);
}

GBytes *vp_mkinitcpio_remove(GBytes *text, const char *name, char **words, const char *file, GError **error)
{
	g_autoptr(vp_mk_variable) variable = vp_mk_variable_read(text, name);
	g_autoptr(GArray) splices = vp_splices_new();
	size_t start, end;

	if (variable->why_not) {
		g_autofree char *list = g_strjoinv(" ", words);
		g_autofree char *by_hand = g_strdup_printf("take out by hand: %s", list);

		return refuse(variable, file, by_hand, error);
	}
	if (kill_words(variable, words) == 0)
		return g_bytes_ref(text);
	if (marked_span(variable, &start, &end))
		vp_splice_add(splices, start, end, NULL);
	else
		cut_killed(variable, splices);
	return vp_splice_apply(text, splices);
}
