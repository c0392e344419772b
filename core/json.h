/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.h - the few helpers around json-c that every writer and reader of JSON here shares */
#pragma once

#include <glib.h>
#include <json-c/json.h>

/* A string, or JSON null for NULL. Bytes that are not UTF-8 are replaced. */
json_object *vp_json_text(const char *text);
json_object *vp_json_words(char *const *words); /* array of strings; NULL: empty */

/* Pretty text with a final newline; takes the object over. Caller frees. */
char *vp_json_print(json_object *object);

/* One line without newline; takes the object over. Caller frees. */
char *vp_json_line(json_object *object);

/* Strict parser: NULL and an error "ORIGIN: line N: …" on anything but one complete JSON value. */
json_object *vp_json_parse(const char *text, const char *origin, GError **error);
