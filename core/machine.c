/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.c - recorded machines: listing them, and expanding one into a folder to work on as a root */
#include "config.h"

#include "machine.h"
#include "core.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MACHINES "/machines"
#define ENDING ".json"

/* ---- writing into the tree ----------------------------------------------------------------------------- */

void vp_tree_fail(struct vp_tree *tree, const char *format, ...)
{
	g_autofree char *why = NULL;
	va_list args;

	va_start(args, format);
	why = g_strdup_vprintf(format, args);
	va_end(args);
	if (!tree->error)
		tree->error = g_error_new(VP_ERROR, VP_ERROR_FAILED, "cannot use the recorded machine %s: %s",
					  tree->file, why);
}

void vp_tree_bytes(struct vp_tree *tree, const char *path, const void *bytes, size_t length, unsigned mode)
{
	g_autoptr(GBytes) content = g_bytes_new(bytes, length);

	if (!tree->error)
		vp_root_write(tree->root, path, content, mode, NULL, &tree->error);
}

void vp_tree_put(struct vp_tree *tree, const char *folder, const char *name, const char *format, ...)
{
	g_autofree char *path = g_strdup_printf("%s/%s", folder, name), *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	vp_tree_bytes(tree, path, text, strlen(text), 0644);
}

void vp_tree_folder(struct vp_tree *tree, const char *path)
{
	if (!tree->error)
		vp_root_mkdir(tree->root, path, 0755, &tree->error);
}

/* Up to the folder both share, then down; the last name is always written (kernfs_get_target_path() in
 * fs/kernfs/symlink.c), since readers take the number of a group from it. */
void vp_tree_link(struct vp_tree *tree, const char *folder, const char *name, const char *to)
{
	g_autofree char *path = g_strdup_printf("%s/%s", folder, name), *down = NULL;
	g_auto(GStrv) from = g_strsplit(folder, "/", -1), goal = g_strsplit(to, "/", -1);
	g_autoptr(GString) target = g_string_new(NULL);
	guint shared = 0;

	while (from[shared] && goal[shared + 1] && g_str_equal(from[shared], goal[shared]))
		shared++;
	for (char **up = from + shared; *up; up++)
		g_string_append(target, "../");
	down = g_strjoinv("/", goal + shared);
	g_string_append(target, down);
	if (!tree->error)
		vp_root_symlink(tree->root, path, target->str, &tree->error);
}

const char *vp_tree_place(struct vp_tree *tree, const char *name)
{
	const char *place = g_hash_table_lookup(tree->places, name);

	if (!place)
		vp_tree_fail(tree, "it names %s, which it does not list before; add it or correct the name",
			     name);
	return place;
}

/* ---- reading a recorded machine ------------------------------------------------------------------------ */

static char *file_of(const struct vp_root *assets, const char *id)
{
	return g_strdup_printf("%s" MACHINES "/%s" ENDING, vp_root_path(assets), id);
}

/* The file alone, checked; without what it is based on. */
static json_object *read_file(const struct vp_root *assets, const char *id, GError **error)
{
	g_autofree char *path = g_strconcat(MACHINES "/", id, ENDING, NULL), *file = file_of(assets, id),
			*text = NULL;
	g_autoptr(GError) problem = NULL;
	g_autoptr(GBytes) bytes = strchr(id, '/') ? NULL : vp_root_read(assets, path, &problem);
	json_object *machine;

	if (!bytes && (!problem || g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot open the recorded machine \"%s\": there is no file %s; name one of that "
			    "folder",
			    id, file);
		return NULL;
	}
	if (!bytes) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return NULL;
	}
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	machine = vp_json_parse(text, file, error);
	if (machine && !vp_machine_check(machine, file, error))
		g_clear_pointer(&machine, json_object_put);
	return machine;
}

/* Lays one object over another: a key that holds null is taken away, maps are merged one level deep. */
static void lay_over(json_object *base, json_object *over, bool deep)
{
	json_object_object_foreach (over, key, value) {
		json_object *below = json_object_object_get(base, key);

		if (!value)
			json_object_object_del(base, key);
		else if (deep && below && json_object_is_type(below, json_type_object))
			lay_over(below, value, false);
		else
			json_object_object_add(base, key, json_object_get(value));
	}
}

/* The machine with all that it is based on. `through` holds the ids on the way here. */
static json_object *load(const struct vp_root *assets, const char *id, GPtrArray *through, GError **error)
{
	json_object *machine = read_file(assets, id, error), *base;
	const char *based_on = machine ? vp_json_string(machine, "based_on") : NULL;
	g_autofree char *file = file_of(assets, id);

	if (!machine)
		return NULL;
	g_ptr_array_add(through, g_strdup(id));
	if (based_on && g_ptr_array_find_with_equal_func(through, based_on, g_str_equal, NULL)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot use the recorded machine %s: based_on leads back to %s; take one of them "
			    "away",
			    file, based_on);
		json_object_put(machine);
		return NULL;
	}
	base = based_on ? load(assets, based_on, through, error) : json_object_new_object();
	if (base)
		lay_over(base, machine, true);
	json_object_put(machine);
	return base;
}

static json_object *load_machine(const struct vp_root *assets, const char *id, GError **error)
{
	g_autoptr(GPtrArray) through = g_ptr_array_new_with_free_func(g_free);

	return load(assets, id, through, error);
}

/* ---- listing ------------------------------------------------------------------------------------------- */

static void machine_free(gpointer data)
{
	struct vp_machine *machine = data;

	g_free(machine->id);
	g_free(machine->title);
	g_free(machine->about);
	g_free(machine);
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct vp_machine *const *)a)->id, (*(struct vp_machine *const *)b)->id);
}

GPtrArray *vp_machines(const char *assets, GError **error)
{
	g_autoptr(vp_root) root = vp_root_open(assets, error);
	g_autoptr(GPtrArray) machines = g_ptr_array_new_with_free_func(machine_free);
	g_auto(GStrv) names = root ? vp_root_list(root, MACHINES) : NULL;

	if (!root)
		return NULL;
	for (char **name = names; name && *name; name++) {
		g_autofree char *id = g_strndup(*name, strlen(*name) - MIN(strlen(*name), strlen(ENDING)));
		struct vp_machine *machine;
		json_object *json;

		if (!g_str_has_suffix(*name, ENDING))
			continue;
		json = read_file(root, id, error);
		if (!json)
			return NULL;
		machine = g_new0(struct vp_machine, 1);
		machine->id = g_steal_pointer(&id);
		machine->title = g_strdup(vp_json_string(json, "title"));
		machine->about = g_strdup(vp_json_string(json, "about"));
		g_ptr_array_add(machines, machine);
		json_object_put(json);
	}
	g_ptr_array_sort(machines, by_id);
	return g_steal_pointer(&machines);
}

/* ---- expanding ----------------------------------------------------------------------------------------- */

/* A list of lines, or an object with them. Lengths are kept, since firmware variables hold zero bytes. */
static void make_file(struct vp_tree *tree, const char *path, json_object *file)
{
	bool plain = json_object_is_type(file, json_type_array);
	json_object *lines = plain ? file : json_object_object_get(file, "lines");
	json_object *final = plain ? NULL : json_object_object_get(file, "final_newline");
	const char *mode = plain ? NULL : vp_json_string(file, "mode");
	size_t count = json_object_array_length(lines);
	g_autoptr(GString) text = g_string_new(NULL);

	for (size_t i = 0; i < count; i++) {
		json_object *line = json_object_array_get_idx(lines, i);

		g_string_append_len(text, json_object_get_string(line), json_object_get_string_len(line));
		if (i + 1 < count || !final || json_object_get_boolean(final))
			g_string_append_c(text, '\n');
	}
	vp_tree_bytes(tree, path, text->str, text->len, mode ? (unsigned)strtoul(mode, NULL, 8) : 0644);
}

static void make_files(struct vp_tree *tree, json_object *machine)
{
	json_object *files = json_object_object_get(machine, "files");
	json_object *links = json_object_object_get(machine, "links");

	for (size_t i = 0; i < vp_json_count(machine, "folders"); i++)
		vp_tree_folder(tree, json_object_get_string(vp_json_item(machine, "folders", i)));
	if (files) {
		json_object_object_foreach (files, path, file)
			make_file(tree, path, file);
	}
	if (links) {
		json_object_object_foreach (links, at, target)
			if (!tree->error)
				vp_root_symlink(tree->root, at, json_object_get_string(target), &tree->error);
	}
}

/* One package from "NAME VERSION [PROVIDES…]", for pacman as its own file, for dpkg as a block of one. */
static void make_package(struct vp_tree *tree, const char *words, GString *status)
{
	g_auto(GStrv) part = g_strsplit(words, " ", -1);
	g_autofree char *folder = NULL, *provides = NULL;

	if (g_strv_length(part) < 2) {
		vp_tree_fail(tree, "the package \"%s\" is not \"NAME VERSION\"; correct it", words);
		return;
	}
	if (status) {
		provides = g_strjoinv(", ", part + 2);
		g_string_append_printf(
			status, "Package: %s\nStatus: install ok installed\nVersion: %s\n%s%s%s\n", part[0],
			part[1], part[2] ? "Provides: " : "", provides, part[2] ? "\n" : "");
		return;
	}
	folder = g_strdup_printf("/var/lib/pacman/local/%s-%s", part[0], part[1]);
	provides = g_strjoinv("\n", part + 2);
	vp_tree_put(tree, folder, "desc", "%%NAME%%\n%s\n\n%%VERSION%%\n%s\n\n%s%s%s", part[0], part[1],
		    part[2] ? "%PROVIDES%\n" : "", provides, part[2] ? "\n\n" : "");
}

static void make_packages(struct vp_tree *tree, json_object *machine)
{
	json_object *packages = json_object_object_get(machine, "packages");
	g_autoptr(GString) status = g_string_new(NULL);

	for (size_t i = 0; packages && i < vp_json_count(packages, "pacman"); i++)
		make_package(tree, json_object_get_string(vp_json_item(packages, "pacman", i)), NULL);
	for (size_t i = 0; packages && i < vp_json_count(packages, "dpkg"); i++)
		make_package(tree, json_object_get_string(vp_json_item(packages, "dpkg", i)), status);
	if (status->len)
		vp_tree_bytes(tree, "/var/lib/dpkg/status", status->str, status->len, 0644);
}

/* The names come along, so that a recording reads the same on every computer. */
static void copy_names(struct vp_tree *tree, const struct vp_root *assets)
{
	g_autoptr(GBytes) names = NULL;

	if (!tree->error)
		names = vp_root_read(assets, MACHINES "/pci.ids", &tree->error);
	if (names)
		vp_root_write(tree->root, "/usr/share/hwdata/pci.ids", names, 0644, NULL, &tree->error);
}

static bool make_all(struct vp_tree *tree, const struct vp_root *assets, json_object *machine, GError **error)
{
	tree->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	make_files(tree, machine);
	make_packages(tree, machine);
	vp_machine_make_cpus(tree, machine);
	vp_machine_make_pci(tree, machine);
	vp_machine_make_disks(tree, machine);
	vp_machine_make_network(tree, machine);
	vp_machine_make_screens(tree, machine);
	copy_names(tree, assets);
	g_hash_table_unref(tree->places);
	if (tree->error)
		g_propagate_error(error, tree->error);
	return !tree->error;
}

bool vp_machine_expand(const char *assets, const char *id, const char *folder, GError **error)
{
	g_autoptr(vp_root) from = vp_root_open(assets, error);
	g_autoptr(vp_root) into = from ? vp_root_open(folder, error) : NULL;
	g_auto(GStrv) names = into ? vp_root_list(into, "/") : NULL;
	g_autofree char *file = from ? file_of(from, id) : NULL;
	struct vp_tree tree = {.root = into, .file = file};
	json_object *machine;
	bool done;

	if (!into)
		return false;
	if (!names || *names) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot expand the recorded machine %s: %s is not empty; name an empty folder",
			    id, folder);
		return false;
	}
	vp_root_set_scratch(into);
	machine = load_machine(from, id, error);
	done = machine && make_all(&tree, from, machine, error);
	json_object_put(machine);
	return done;
}

bool vp_machine_discard(const char *folder, GError **error)
{
	g_autoptr(vp_root) live = vp_root_open(NULL, error);

	return live && vp_root_remove_tree(live, folder, error);
}
