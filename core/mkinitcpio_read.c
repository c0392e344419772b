/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mkinitcpio_read.c - one variable of a mkinitcpio.conf as its words and where they stand */
#include "config.h"

#include <string.h>

#include "bash.h"
#include "mkinitcpio_read.h"

static void item_free(void *data)
{
	struct vp_mk_item *item = data;

	g_free(item->word);
	g_free(item);
}

static void place_free(void *data)
{
	struct vp_mk_place *place = data;

	g_ptr_array_unref(place->items);
	g_free(place);
}

void vp_mk_variable_free(struct vp_mk_variable *variable)
{
	g_ptr_array_unref(variable->places);
	g_ptr_array_unref(variable->value);
	g_free(variable->why_not);
	g_free(variable);
}

/* Takes the reason against an edit in place over; the first one stays. */
static void object(struct vp_mk_variable *variable, unsigned line, char *why)
{
	if (variable->why_not) {
		g_free(why);
	} else {
		variable->why_not = why;
		variable->why_line = line;
	}
}

static void doubt(struct vp_mk_variable *variable, unsigned line, char *why)
{
	object(variable, line, why);
	variable->known = false;
}

/* Whether the item is what the variable held before, and nothing else. */
static bool is_self(const struct vp_mk_variable *variable, size_t start, size_t end)
{
	static const char *const array_forms[] = {"\"${%s[@]}\"", "${%s[@]}", "${%s[*]}"};
	static const char *const string_forms[] = {"$%s", "${%s}"};
	const char *const *forms = variable->array ? array_forms : string_forms;
	size_t n = variable->array ? G_N_ELEMENTS(array_forms) : G_N_ELEMENTS(string_forms);

	for (size_t i = 0; i < n; i++) {
		g_auto(GStrv) halves = g_strsplit(forms[i], "%s", 2);
		g_autofree char *form = g_strconcat(halves[0], variable->name, halves[1], NULL);

		if (strlen(form) == end - start && strncmp(variable->text + start, form, end - start) == 0)
			return true;
	}
	return false;
}

/* Takes the word over; NULL: it is not known from the text alone. */
static void add_item(struct vp_mk_variable *variable, struct vp_mk_place *place, size_t start, size_t end,
		     char *word)
{
	struct vp_mk_item *item = g_new0(struct vp_mk_item, 1);
	unsigned line = place->line;

	item->place = place;
	item->start = start;
	item->end = end;
	item->word = word;
	item->self = !word && is_self(variable, start, end);
	g_ptr_array_add(place->items, item);
	if (item->word || item->self)
		return;
	for (size_t pos = place->start; pos < start; pos++)
		line += variable->text[pos] == '\n';
	doubt(variable, line,
	      g_strdup_printf("%.*s in the value is known only when bash runs", (int)MIN(end - start, 60),
			      variable->text + start));
}

static void read_array_items(struct vp_mk_variable *variable, struct vp_mk_place *place)
{
	size_t pos = place->open, start;

	while (vp_bash_next_word(variable->text, place->close, &pos, &start))
		add_item(variable, place, start, pos, vp_bash_unquote(variable->text, start, pos));
}

/* mkinitcpio splits a string at blanks, without expanding patterns (its function arrayize_config). */
static void read_string_items(struct vp_mk_variable *variable, struct vp_mk_place *place, bool literal)
{
	const char *text = variable->text;
	size_t pos = place->open, start;

	for (;;) {
		while (pos < place->close && strchr(" \t\n", text[pos]))
			pos++;
		if (pos >= place->close)
			return;
		start = pos;
		while (pos < place->close && !strchr(" \t\n", text[pos]))
			pos++;

		g_autofree char *word = g_strndup(text + start, pos - start);
		bool known = literal || !strpbrk(word, "$`\\");

		add_item(variable, place, start, pos, known ? g_steal_pointer(&word) : NULL);
	}
}

/* The value of one assignment: (…), "…", '…', or a bare word, which is read but has no room for a second
 * one. */
static void read_place(struct vp_mk_variable *variable, const struct vp_bash_event *event)
{
	const char *text = variable->text;
	size_t value = event->value, end = event->end;
	struct vp_mk_place *place = g_new0(struct vp_mk_place, 1);
	char first = value < end ? text[value] : '\0';
	bool array = first == '(', quoted = first == '"' || first == '\'';

	if (variable->places->len > 0 && array != variable->array)
		doubt(variable, event->line, g_strdup("it is an array here and a string elsewhere"));
	variable->array = array;
	place->line = event->line;
	place->append = event->append;
	place->start = event->start;
	place->open = array || quoted ? value + 1 : value;
	place->close = array || quoted ? end - 1 : end;
	place->items = g_ptr_array_new_with_free_func(item_free);
	g_ptr_array_add(variable->places, place);
	if (array) {
		read_array_items(variable, place);
	} else if (quoted && memchr(text + place->open, first, place->close - place->open)) {
		doubt(variable, event->line,
		      g_strdup("the value is pieced together from several quoted parts"));
	} else if (quoted) {
		read_string_items(variable, place, first == '\'');
	} else {
		g_autofree char *word = vp_bash_unquote(text, value, end);

		if (value < end)
			add_item(variable, place, value, end,
				 word && strpbrk(word, " \t\n") ? NULL : g_steal_pointer(&word));
		object(variable, event->line, g_strdup("the value has neither parentheses nor quotes"));
	}
}

/* A command, or a value that another variable gets. Of the latter only ${MODULES:=…} and $((MODULES=…))
 * count. */
static void take_foreign(struct vp_mk_variable *variable, const struct vp_bash_event *event)
{
	const char *text = variable->text;
	size_t start = event->name ? event->value : event->start;

	if (event->name && !memchr(text + start, '=', event->end - start))
		return;
	if (!event->any && !vp_bash_mentions(text, start, event->end, variable->name))
		return;
	doubt(variable, event->line, g_strdup(event->doubt ? event->doubt : "this value may set it, too"));
	variable->maybe_array = true;
}

/* What an event of the file does to the variable. */
static void take_event(struct vp_mk_variable *variable, const struct vp_bash_event *event)
{
	const char *text = variable->text;
	bool array = event->value < event->end && text[event->value] == '(';

	if (event->open && variable->open_line == 0)
		variable->open_line = event->line;
	if (g_strcmp0(event->name, variable->name) != 0) {
		take_foreign(variable, event);
		return;
	}
	/* A plain assignment makes those before it void; but a string only sets the first word of an
	 * array. */
	if (!event->append && !event->doubt && (array || !variable->maybe_array) &&
	    !vp_bash_mentions(text, event->value, event->end, variable->name)) {
		g_ptr_array_set_size(variable->places, 0);
		g_clear_pointer(&variable->why_not, g_free);
		variable->known = true;
	}
	if (event->doubt)
		doubt(variable, event->line, g_strdup(event->doubt));
	else
		read_place(variable, event);
	variable->maybe_array |= array;
}

/* Whether the text of a string goes on without a blank at a joint of += or of the variable itself. */
static bool joint_is_closed(const struct vp_mk_variable *variable, const struct vp_mk_place *before,
			    const struct vp_mk_place *place)
{
	const char *text = variable->text;

	return before && before->close > before->open && place->close > place->open &&
	       !strchr(" \t\n", text[before->close - 1]) && !strchr(" \t\n", text[place->open]);
}

/* The places in the order bash runs them. */
static void compute_value(struct vp_mk_variable *variable)
{
	struct vp_mk_place *before = NULL;

	for (guint i = 0; i < variable->places->len; i++) {
		struct vp_mk_place *place = variable->places->pdata[i];
		GPtrArray *old = variable->value;
		bool taken = place->append;

		variable->value = g_ptr_array_new();
		if (place->append)
			g_ptr_array_extend(variable->value, old, NULL, NULL);
		if (place->append && !variable->array && joint_is_closed(variable, before, place))
			doubt(variable, place->line, g_strdup("+= joins two words into one"));
		for (guint k = 0; k < place->items->len; k++) {
			struct vp_mk_item *item = place->items->pdata[k];

			if (!item->self)
				g_ptr_array_add(variable->value, item);
			else if (!taken)
				g_ptr_array_extend(variable->value, old, NULL, NULL);
			else
				doubt(variable, place->line, g_strdup("it holds what it held before twice"));
			taken |= item->self;
		}
		g_ptr_array_unref(old);
		before = place;
	}
}

struct vp_mk_variable *vp_mk_variable_read(GBytes *text, const char *name)
{
	struct vp_mk_variable *variable = g_new0(struct vp_mk_variable, 1);
	g_autoptr(GPtrArray) events = NULL;
	const struct vp_mk_place *first;

	variable->name = name;
	variable->known = true;
	variable->text = g_bytes_get_data(text, &variable->length);
	if (!variable->text)
		variable->text = "";
	variable->places = g_ptr_array_new_with_free_func(place_free);
	variable->value = g_ptr_array_new();
	events = vp_bash_scan(variable->text, variable->length);
	for (guint i = 0; i < events->len; i++)
		take_event(variable, events->pdata[i]);
	compute_value(variable);
	first = variable->places->len > 0 ? variable->places->pdata[0] : NULL;
	if (first && first->append)
		doubt(variable, first->line, g_strdup("+= adds to what another file may have set"));
	return variable;
}
