/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tables.c - reads the tables of assets/, each by a description of its shape */
#include "config.h"

#include "tables.h"
#include "core.h"
#include "json.h"

#include <stddef.h>
#include <string.h>

/* ---- the shape of a JSON object and where each key goes in the C structure ----------------------------- */

enum kind {
	TEXT,  /* char *: a string, not empty */
	TEXTS, /* char **: an array of such strings, not empty */
	WORD,  /* an enum: one of `words`, by their order */
	FLAG,  /* bool */
	LIST,  /* GPtrArray *: an array of objects of `shape`, not empty */
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	bool optional;
	bool unique; /* TEXT: no two objects of the list share it */
	const char *const *words;
	const struct shape *shape;
};

struct shape {
	size_t size;
	const struct key *keys; /* up to one without a name */
};

static const char *const cpu_words[] = {"any", "intel", "amd", NULL};
static const char *const need_words[] = {"", "required", "recommended", "optional", NULL};
static const char *const when_words[] = {"always", "windows11", "graphical", NULL};
static const char *const measure_words[] = {
	"none", "cpu_virtualization", "iommu_table", "secure_boot", "above_4g", "smt", "boot_display", NULL};

#define AT(type, member) .offset = offsetof(struct type, member)

/* clang-format off */
static const struct key setting_keys[] = {
	{"id",         TEXT,  AT(vp_table_setting, id), .unique = true},
	{"title",      TEXT,  AT(vp_table_setting, title)},
	{"purpose",    TEXT,  AT(vp_table_setting, purpose)},
	{"need",       WORD,  AT(vp_table_setting, need), .words = need_words},
	{"cpu",        WORD,  AT(vp_table_setting, cpu), .words = cpu_words},
	{"measure",    WORD,  AT(vp_table_setting, measure), .words = measure_words},
	{.name = NULL},
};
static const struct shape setting_shape = {sizeof(struct vp_table_setting), setting_keys};

static const struct key maker_keys[] = {
	{"id",         TEXT,  AT(vp_table_maker, id), .unique = true},
	{"name",       TEXT,  AT(vp_table_maker, name)},
	{"dmi",        TEXTS, AT(vp_table_maker, dmi)},
	{.name = NULL},
};
static const struct shape maker_shape = {sizeof(struct vp_table_maker), maker_keys};

static const struct key menu_keys[] = {
	{"maker",      TEXT,  AT(vp_table_menu, maker), .optional = true},
	{"boards",     TEXTS, AT(vp_table_menu, boards), .optional = true},
	{"cpu",        WORD,  AT(vp_table_menu, cpu), .words = cpu_words},
	{"setting",    TEXT,  AT(vp_table_menu, setting)},
	{"path",       TEXT,  AT(vp_table_menu, path)},
	{"value",      TEXT,  AT(vp_table_menu, value)},
	{"need",       WORD,  AT(vp_table_menu, need), .optional = true, .words = need_words},
	{"source",     TEXT,  AT(vp_table_menu, source)},
	{.name = NULL},
};
static const struct shape menu_shape = {sizeof(struct vp_table_menu), menu_keys};

static const struct key firmware_keys[] = {
	{"settings",   LIST,  AT(vp_tables, settings), .shape = &setting_shape},
	{"makers",     LIST,  AT(vp_tables, makers), .shape = &maker_shape},
	{"menus",      LIST,  AT(vp_tables, menus), .shape = &menu_shape},
	{.name = NULL},
};

static const struct key package_keys[] = {
	{"name",       TEXT,  AT(vp_table_package, name), .unique = true},
	{"least",      TEXT,  AT(vp_table_package, least), .optional = true},
	{"instead",    TEXTS, AT(vp_table_package, instead), .optional = true},
	{"when",       WORD,  AT(vp_table_package, when), .words = when_words},
	{"purpose",    TEXT,  AT(vp_table_package, purpose)},
	{.name = NULL},
};
static const struct shape package_shape = {sizeof(struct vp_table_package), package_keys};

static const struct key service_keys[] = {
	{"unit",       TEXT,  AT(vp_table_service, unit), .unique = true},
	{"unless",     TEXTS, AT(vp_table_service, unless), .optional = true},
	{"purpose",    TEXT,  AT(vp_table_service, purpose)},
	{.name = NULL},
};
static const struct shape service_shape = {sizeof(struct vp_table_service), service_keys};

static const struct key family_keys[] = {
	{"id",         TEXT,  AT(vp_table_family, id), .unique = true},
	{"match",      TEXTS, AT(vp_table_family, match)},
	{"manager",    TEXT,  AT(vp_table_family, manager)},
	{"query",      TEXTS, AT(vp_table_family, query)},
	{"install",    TEXTS, AT(vp_table_family, install)},
	{"remove",     TEXTS, AT(vp_table_family, remove)},
	{"packages",   LIST,  AT(vp_table_family, packages), .shape = &package_shape},
	{"services",   LIST,  AT(vp_table_family, services), .shape = &service_shape},
	{.name = NULL},
};
static const struct shape family_shape = {sizeof(struct vp_table_family), family_keys};

static const struct key packages_keys[] = {
	{"families",   LIST,  AT(vp_tables, families), .shape = &family_shape},
	{.name = NULL},
};

static const struct key value_keys[] = {
	{"value",      TEXT,  AT(vp_table_value, value), .unique = true},
	{"means",      TEXT,  AT(vp_table_value, means)},
	{"remove",     FLAG,  AT(vp_table_value, remove), .optional = true},
	{.name = NULL},
};
static const struct shape value_shape = {sizeof(struct vp_table_value), value_keys};

static const struct key parameter_keys[] = {
	{"name",       TEXT,  AT(vp_table_parameter, name), .unique = true},
	{"why",        TEXT,  AT(vp_table_parameter, why)},
	{"why_not",    TEXT,  AT(vp_table_parameter, why_not), .optional = true},
	{"vital",      FLAG,  AT(vp_table_parameter, vital), .optional = true},
	{"remove",     FLAG,  AT(vp_table_parameter, remove), .optional = true},
	{"values",     LIST,  AT(vp_table_parameter, values), .optional = true, .shape = &value_shape},
	{.name = NULL},
};
static const struct shape parameter_shape = {sizeof(struct vp_table_parameter), parameter_keys};

static const struct key parameters_keys[] = {
	{"parameters", LIST,  AT(vp_tables, parameters), .shape = &parameter_shape},
	{.name = NULL},
};
/* clang-format on */

/* ---- reading by shape ---------------------------------------------------------------------------------- */

static bool read_object(json_object *json, const struct key *keys, void *object, const char *where,
			GError **error);

static bool fail(GError **error, const char *where, const char *key, const char *why)
{
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "cannot use %s: key \"%s\" %s; install the program's data files again", where, key, why);
	return false;
}

static void clear_object(const struct key *keys, void *object)
{
	for (const struct key *key = keys; key->name; key++) {
		void *field = (char *)object + key->offset;
		GPtrArray *list = NULL;

		if (key->kind == TEXT)
			g_clear_pointer((char **)field, g_free);
		else if (key->kind == TEXTS)
			g_clear_pointer((char ***)field, g_strfreev);
		if (key->kind != LIST || !(list = g_steal_pointer((GPtrArray **)field)))
			continue;
		for (guint i = 0; i < list->len; i++) {
			clear_object(key->shape->keys, list->pdata[i]);
			g_free(list->pdata[i]);
		}
		g_ptr_array_unref(list);
	}
}

static bool is_text(json_object *json)
{
	return json_object_is_type(json, json_type_string) && json_object_get_string_len(json) > 0;
}

static bool read_texts(json_object *json, const struct key *key, char ***field, const char *where,
		       GError **error)
{
	size_t length = json_object_is_type(json, json_type_array) ? json_object_array_length(json) : 0;

	if (!length)
		return fail(error, where, key->name, "must be an array of strings");
	*field = g_new0(char *, length + 1);
	for (size_t i = 0; i < length; i++) {
		json_object *text = json_object_array_get_idx(json, i);

		if (!is_text(text))
			return fail(error, where, key->name, "must hold strings that are not empty");
		(*field)[i] = g_strdup(json_object_get_string(text));
	}
	return true;
}

static bool read_word(json_object *json, const struct key *key, int *field, const char *where, GError **error)
{
	g_autofree char *known = g_strjoinv("|", (char **)key->words + (*key->words[0] ? 0 : 1));
	g_autofree char *why = g_strdup_printf("must be one of %s", known);

	for (int i = 0; is_text(json) && key->words[i]; i++) {
		if (!strcmp(json_object_get_string(json), key->words[i])) {
			*field = i;
			return true;
		}
	}
	return fail(error, where, key->name, why);
}

static const char *text_at(const void *object, const struct key *key)
{
	return *(const char *const *)((const char *)object + key->offset);
}

/* The key that must be unique and has the same text in an earlier object of the list, or NULL. */
static const struct key *find_twin(const GPtrArray *list, const struct key *keys, const void *object)
{
	for (const struct key *key = keys; key->name; key++)
		for (guint i = 0; key->unique && i < list->len; i++)
			if (!strcmp(text_at(list->pdata[i], key), text_at(object, key)))
				return key;
	return NULL;
}

static bool read_list(json_object *json, const struct key *key, GPtrArray **field, const char *where,
		      GError **error)
{
	const struct key *keys = key->shape->keys, *twin;
	size_t length = json_object_is_type(json, json_type_array) ? json_object_array_length(json) : 0;

	if (!length)
		return fail(error, where, key->name, "must be an array of objects");
	*field = g_ptr_array_new();
	for (size_t i = 0; i < length; i++) {
		g_autofree char *inside = g_strdup_printf("%s: %s[%zu]", where, key->name, i);
		void *object = g_malloc0(key->shape->size);
		bool good = read_object(json_object_array_get_idx(json, i), keys, object, inside, error);

		twin = good ? find_twin(*field, keys, object) : NULL;
		g_ptr_array_add(*field, object);
		if (twin)
			return fail(error, inside, twin->name, "has a value that stands twice");
		if (!good)
			return false;
	}
	return true;
}

static bool read_key(json_object *json, const struct key *key, void *field, const char *where, GError **error)
{
	switch (key->kind) {
	case TEXT:
		if (!is_text(json))
			return fail(error, where, key->name, "must be a string that is not empty");
		*(char **)field = g_strdup(json_object_get_string(json));
		return true;
	case TEXTS:
		return read_texts(json, key, field, where, error);
	case WORD:
		return read_word(json, key, field, where, error);
	case FLAG:
		if (!json_object_is_type(json, json_type_boolean))
			return fail(error, where, key->name, "must be true or false");
		*(bool *)field = json_object_get_boolean(json);
		return true;
	case LIST:
		break;
	}
	return read_list(json, key, field, where, error);
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

/* What was read before a failure stays in the object: clear_object() takes it. */
static bool read_object(json_object *json, const struct key *keys, void *object, const char *where,
			GError **error)
{
	if (!json_object_is_type(json, json_type_object)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot use %s: it must be an object; install the program's data files again",
			    where);
		return false;
	}
	json_object_object_foreach (json, name, value) {
		const struct key *key = find_key(keys, name);

		if (!key)
			return fail(error, where, name, "is not known");
		if (!read_key(value, key, (char *)object + key->offset, where, error))
			return false;
	}
	for (const struct key *key = keys; key->name; key++)
		if (!key->optional && !json_object_object_get_ex(json, key->name, NULL))
			return fail(error, where, key->name, "is missing");
	return true;
}

/* ---- loading ------------------------------------------------------------------------------------------- */

static bool load_file(struct vp_tables *tables, const char *name, const struct key *keys, GError **error)
{
	g_autofree char *path = g_build_filename(tables->assets, name, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) inner = NULL;
	json_object *json;
	bool good;

	if (!g_file_get_contents(path, &text, NULL, &inner)) {
		g_set_error(
			error, VP_ERROR, VP_ERROR_FAILED,
			"cannot read the table %s: %s; install the program or set VIRT_PASSTHROUGH_ASSETS",
			name, inner->message);
		return false;
	}
	json = vp_json_parse(text, name, error);
	if (!json)
		return false;
	good = read_object(json, keys, tables, name, error);
	json_object_put(json);
	return good;
}

static const struct vp_table_maker *maker_by_id(const struct vp_tables *tables, const char *id)
{
	for (guint i = 0; i < tables->makers->len; i++) {
		const struct vp_table_maker *maker = tables->makers->pdata[i];

		if (!strcmp(maker->id, id))
			return maker;
	}
	return NULL;
}

/* Two menus that would fit the same boards equally well: which one was shown would be chance. */
static bool is_ambiguous(const struct vp_table_menu *a, const struct vp_table_menu *b)
{
	if (a->cpu != b->cpu || strcmp(a->setting, b->setting) || g_strcmp0(a->maker, b->maker))
		return false;
	if (!a->boards || !b->boards)
		return a->boards == b->boards;
	for (char **board = a->boards; *board; board++)
		if (g_strv_contains((const char *const *)b->boards, *board))
			return true;
	return false;
}

static bool check_menus(const struct vp_tables *tables, GError **error)
{
	for (guint i = 0; i < tables->menus->len; i++) {
		const struct vp_table_menu *menu = tables->menus->pdata[i];
		g_autofree char *where = g_strdup_printf("firmware.json: menus[%u]", i);

		if (!vp_tables_setting(tables, menu->setting))
			return fail(error, where, "setting", "names no setting of the table");
		if (menu->maker && !maker_by_id(tables, menu->maker))
			return fail(error, where, "maker", "names no maker of the table");
		if (menu->boards && !menu->maker)
			return fail(error, where, "boards", "needs a maker");
		for (guint j = 0; j < i; j++)
			if (is_ambiguous(tables->menus->pdata[j], menu))
				return fail(error, where, "setting", "stands twice for the same boards");
	}
	return true;
}

struct vp_tables *vp_tables_load(const char *assets, GError **error)
{
	g_autoptr(vp_tables) tables = g_new0(struct vp_tables, 1);

	tables->assets = g_strdup(assets);
	if (!load_file(tables, "firmware.json", firmware_keys, error) || !check_menus(tables, error) ||
	    !load_file(tables, "packages.json", packages_keys, error) ||
	    !load_file(tables, "parameters.json", parameters_keys, error))
		return NULL;
	return g_steal_pointer(&tables);
}

void vp_tables_free(struct vp_tables *tables)
{
	if (!tables)
		return;
	clear_object(firmware_keys, tables);
	clear_object(packages_keys, tables);
	clear_object(parameters_keys, tables);
	g_free(tables->assets);
	g_free(tables);
}

char *vp_tables_help(const struct vp_tables *tables, const char *id)
{
	g_autofree char *name = g_strdup_printf("%s.txt", id);
	g_autofree char *path = g_build_filename(tables->assets, "help", name, NULL);
	char *text = NULL;

	return !strchr(id, '/') && g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}
