/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answers.c - what the person chose: kept as words by key, read from and written to one JSON document */
#include "config.h"

#include "cmdline.h"
#include "fields.h"
#include "internal.h"
#include "json.h"

#include <string.h>

/* ---- reading ------------------------------------------------------------------------------------------------ */

static char **given(const struct vp_session *session, const char *key)
{
	return g_hash_table_lookup(session->answers, key);
}

char **vp_answer_words(const struct vp_session *session, const char *key)
{
	char **words = given(session, key);

	return words ? g_strdupv(words) : vp_field_default(session, vp_field_find(key));
}

char *vp_answer_get(const struct vp_session *session, const char *key)
{
	g_auto(GStrv) words = vp_answer_words(session, key);

	return g_strjoinv(" ", words);
}

bool vp_answer_is_default(const struct vp_session *session, const char *key)
{
	return !given(session, key);
}

bool vp_answer_bool(const struct vp_session *session, const char *key)
{
	g_autofree char *text = vp_answer_get(session, key);

	return !strcmp(text, "yes");
}

gint64 vp_answer_number(const struct vp_session *session, const char *key)
{
	g_autofree char *text = vp_answer_get(session, key);

	return g_ascii_strtoll(text, NULL, 10);
}

bool vp_answers_changed(const struct vp_session *session)
{
	return session->answers_changed;
}

/* ---- setting ------------------------------------------------------------------------------------------------ */

static void take(struct vp_session *session, const struct vp_field *field, char **words)
{
	char **old = given(session, field->key);

	session->answers_changed |= !old || !g_strv_equal((const char *const *)old, (const char *const *)words);
	g_hash_table_replace(session->answers, (char *)field->key, words);
}

static bool holds_many(const struct vp_field *field)
{
	return field->type == VP_FIELD_SET || field->type == VP_FIELD_LIST;
}

bool vp_answer_set(struct vp_session *session, const char *key, const char *text, GError **error)
{
	const struct vp_field *field = vp_field_find(key);
	g_auto(GStrv) words = NULL;
	char **checked;

	if (!field) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE, "there is no question \"%s\"", key);
		return false;
	}
	if (!*text && !holds_many(field)) {
		session->answers_changed |= given(session, key) != NULL;
		g_hash_table_remove(session->answers, key);
		return true;
	}
	if (holds_many(field)) {
		words = vp_cmdline_split(text);
	} else {
		words = g_new0(char *, 2);
		words[0] = g_strdup(text);
	}
	checked = vp_field_check(session, field, (const char *const *)words, error);
	if (!checked)
		return false;
	take(session, field, checked);
	return true;
}

bool vp_answer_toggle(struct vp_session *session, const char *key, const char *word, bool on, GError **error)
{
	const struct vp_field *field = vp_field_find(key);
	g_auto(GStrv) old = vp_answer_words(session, key);
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	char **checked;

	for (char **each = old; *each; each++)
		if (strcmp(*each, word))
			g_ptr_array_add(words, *each);
	if (on)
		g_ptr_array_add(words, (char *)word);
	g_ptr_array_add(words, NULL);
	checked = vp_field_check(session, field, (const char *const *)words->pdata, error);
	if (!checked)
		return false;
	take(session, field, checked);
	return true;
}

/* ---- the document ------------------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *origin, const char *key, const char *why)
{
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot use %s: \"%s\" %s", origin, key, why);
	return false;
}

static const char *wanted_type(const struct vp_field *field)
{
	switch (field->type) {
	case VP_FIELD_BOOL:
		return "must be true or false";
	case VP_FIELD_NUMBER:
		return "must be a whole number";
	case VP_FIELD_SET:
	case VP_FIELD_LIST:
		return "must be a list of texts";
	default:
		return field->optional ? "must be a text or null" : "must be a text";
	}
}

static bool type_fits(const struct vp_field *field, json_object *value)
{
	switch (field->type) {
	case VP_FIELD_BOOL:
		return json_object_is_type(value, json_type_boolean);
	case VP_FIELD_NUMBER:
		return json_object_is_type(value, json_type_int);
	case VP_FIELD_SET:
	case VP_FIELD_LIST:
		if (!json_object_is_type(value, json_type_array))
			return false;
		for (size_t i = 0; i < json_object_array_length(value); i++)
			if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
				return false;
		return true;
	default:
		return json_object_is_type(value, json_type_string);
	}
}

/* JSON can spell a NUL (\u0000), and what stands behind it would be lost without a word. */
static bool holds_nul(json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		return strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value);
	for (size_t i = 0; json_object_is_type(value, json_type_array) && i < json_object_array_length(value); i++)
		if (holds_nul(json_object_array_get_idx(value, i)))
			return true;
	return false;
}

static char **words_of(const struct vp_field *field, json_object *value)
{
	GPtrArray *words = g_ptr_array_new();

	if (holds_many(field))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			g_ptr_array_add(words, g_strdup(json_object_get_string(json_object_array_get_idx(value, i))));
	else if (field->type == VP_FIELD_BOOL)
		g_ptr_array_add(words, g_strdup(json_object_get_boolean(value) ? "yes" : "no"));
	else
		g_ptr_array_add(words, g_strdup(json_object_get_string(value)));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static bool parse_value(const struct vp_session *session, GHashTable *into, const char *key, json_object *value,
			const char *origin, GError **error)
{
	const struct vp_field *field = vp_field_find(key);
	g_auto(GStrv) words = NULL;
	char **checked;

	if (!field)
		return refuse(error, origin, key, "is no question of this program; leave it out");
	/* null stands for the default, as leaving the key out does. */
	if (!value)
		return true;
	if (!type_fits(field, value))
		return refuse(error, origin, key, wanted_type(field));
	if (holds_nul(value))
		return refuse(error, origin, key, "holds a NUL character; take it out");
	words = words_of(field, value);
	if (!holds_many(field) && !*words[0])
		return field->optional ? true : refuse(error, origin, key, "is empty");
	checked = vp_field_check(session, field, (const char *const *)words, error);
	if (!checked) {
		g_prefix_error(error, "%s: \"%s\": ", origin, key);
		return false;
	}
	g_hash_table_replace(into, (char *)field->key, checked);
	return true;
}

static bool is_section(const char *key)
{
	return !strcmp(key, "kernel") || !strcmp(key, "machine");
}

static bool parse_section(const struct vp_session *session, GHashTable *into, const char *section, json_object *object,
			  const char *origin, GError **error)
{
	if (!json_object_is_type(object, json_type_object))
		return refuse(error, origin, section, "must be an object");
	json_object_object_foreach(object, key, value) {
		g_autofree char *path = g_strdup_printf("%s.%s", section, key);

		if (!parse_value(session, into, path, value, origin, error))
			return false;
	}
	return true;
}

static bool parse_document(const struct vp_session *session, GHashTable *into, json_object *top, const char *origin,
			   GError **error)
{
	if (!json_object_is_type(top, json_type_object)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot use %s: it must hold one JSON object", origin);
		return false;
	}
	json_object_object_foreach(top, key, value) {
		bool done;

		if (is_section(key))
			done = parse_section(session, into, key, value, origin, error);
		else if (strchr(key, '.')) /* the path of a question is no key of the document */
			done = refuse(error, origin, key, "is no question of this program; leave it out");
		else
			done = parse_value(session, into, key, value, origin, error);
		if (!done)
			return false;
	}
	return true;
}

static bool take_document(struct vp_session *session, json_object *top, const char *origin, GError **error)
{
	g_autoptr(GHashTable) into =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_strfreev);

	if (!parse_document(session, into, top, origin, error))
		return false;
	g_hash_table_unref(session->answers);
	session->answers = g_steal_pointer(&into);
	session->answers_changed = false;
	return true;
}

bool vp_answers_parse(struct vp_session *session, const char *json, const char *origin, GError **error)
{
	json_object *top = vp_json_parse(json, origin, error);
	bool done = top && take_document(session, top, origin, error);

	json_object_put(top);
	return done;
}

static json_object *value_to_json(const struct vp_session *session, const struct vp_field *field)
{
	g_auto(GStrv) words = vp_answer_words(session, field->key);

	if (holds_many(field))
		return vp_json_words(words);
	if (!words[0])
		return NULL;
	if (field->type == VP_FIELD_BOOL)
		return json_object_new_boolean(!strcmp(words[0], "yes"));
	if (field->type == VP_FIELD_NUMBER)
		return json_object_new_int64(g_ascii_strtoll(words[0], NULL, 10));
	return vp_json_text(words[0]);
}

char *vp_answers_to_json(const struct vp_session *session)
{
	json_object *top = json_object_new_object();
	const struct vp_field *field;

	for (size_t i = 0; (field = vp_field_at(i)); i++) {
		const char *dot = strchr(field->key, '.');
		json_object *parent = top;

		if (dot) {
			g_autofree char *section = g_strndup(field->key, dot - field->key);

			if (!json_object_object_get_ex(top, section, &parent)) {
				parent = json_object_new_object();
				json_object_object_add(top, section, parent);
			}
		}
		json_object_object_add(parent, dot ? dot + 1 : field->key, value_to_json(session, field));
	}
	return vp_json_print(top);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

bool vp_answers_load(struct vp_session *session, const char *path, GError **error)
{
	/* The answers are the person's file, not the machine's: it is named as seen from here. */
	g_autoptr(GError) inner = NULL;
	g_autoptr(GBytes) bytes = vp_root_read_outside(path, &inner);
	g_autofree char *text = NULL;

	if (!bytes) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot use these answers: %s", inner->message);
		return false;
	}
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	return vp_answers_parse(session, text, path, error);
}

bool vp_answers_save(struct vp_session *session, const char *path, GError **error)
{
	g_autoptr(vp_root) live = vp_root_open(NULL, error);
	g_autofree char *whole = g_canonicalize_filename(path, NULL);
	g_autofree char *json = vp_answers_to_json(session);
	g_autoptr(GBytes) bytes = g_bytes_new(json, strlen(json));

	if (!live || !vp_root_write(live, whole, bytes, 0600, NULL, error))
		return false;
	session->answers_changed = false;
	return true;
}

bool vp_answers_keep(struct vp_session *session, GError **error)
{
	g_autofree char *json = vp_answers_to_json(session);
	g_autoptr(GBytes) bytes = g_bytes_new(json, strlen(json));

	if (!vp_root_mkdir(session->root, VP_STATE_DIR, 0755, error) ||
	    !vp_root_write(session->root, VP_ANSWERS_FILE, bytes, 0600, NULL, error))
		return false;
	session->answers_changed = false;
	return true;
}

/* A card may be taken out between two starts, and a rescue system does not show the devices of the one it
 * rescues: neither may bar the way to check and undo. */
static void leave_out_gone(struct vp_session *session, json_object *top)
{
	json_object *list = NULL;

	g_ptr_array_set_size(session->gone, 0);
	if (!json_object_object_get_ex(top, "devices", &list) || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = json_object_array_length(list); i--;) {
		json_object *address = json_object_array_get_idx(list, i);

		if (!json_object_is_type(address, json_type_string) ||
		    vp_host_device(session->host, json_object_get_string(address)))
			continue;
		g_ptr_array_insert(session->gone, 0, g_strdup(json_object_get_string(address)));
		json_object_array_del_idx(list, i, 1);
	}
}

bool vp_answers_resume(struct vp_session *session, GError **error)
{
	g_autofree char *text = vp_root_read_text(session->root, VP_ANSWERS_FILE);
	json_object *top = text ? vp_json_parse(text, VP_ANSWERS_FILE, error) : NULL;
	bool done = !text;

	if (top) {
		leave_out_gone(session, top);
		done = take_document(session, top, VP_ANSWERS_FILE, error);
	}
	json_object_put(top);
	return done;
}
