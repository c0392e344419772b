/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.c - the few helpers around json-c that every writer and reader of JSON here shares */
#include "config.h"

#include "json.h"
#include "core.h"

#include <string.h>

#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

json_object *vp_json_text(const char *text)
{
	g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;

	return valid ? json_object_new_string(valid) : NULL;
}

json_object *vp_json_words(char *const *words)
{
	json_object *array = json_object_new_array();

	for (; words && *words; words++)
		json_object_array_add(array, vp_json_text(*words));
	return array;
}

char *vp_json_print(json_object *object)
{
	char *text = g_strconcat(json_object_to_json_string_ext(object, PRETTY), "\n", NULL);

	json_object_put(object);
	return text;
}

char *vp_json_line(json_object *object)
{
	char *text = g_strdup(
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(object);
	return text;
}

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && text[i]; i++)
		line += text[i] == '\n';
	return line;
}

json_object *vp_json_parse(const char *text, const char *origin, GError **error)
{
	json_tokener *tokener = json_tokener_new();
	json_object *object = NULL;
	size_t length = strlen(text), end;
	const char *why = NULL;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)MIN(length, G_MAXINT));
	end = json_tokener_get_parse_end(tokener);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		why = length == strspn(text, " \t\r\n") ? "it is empty" : "it ends too early";
	else if (json_tokener_get_error(tokener) != json_tokener_success)
		why = json_tokener_error_desc(json_tokener_get_error(tokener));
	if (why) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot use %s: line %u: %s; it must hold one complete JSON value", origin,
			    line_of(text, end), why);
		g_clear_pointer(&object, json_object_put);
	}
	json_tokener_free(tokener);
	return object;
}
