/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_alias.c - which modules would take a device: modules.alias(5) by fnmatch(3), as modprobe compares them */
#include "config.h"

#include "module_alias.h"

#include <fnmatch.h>
#include <string.h>

static void add_once(GPtrArray *names, const char *name, gsize length)
{
	g_autofree char *word = g_strndup(name, length);

	if (*word && !g_ptr_array_find_with_equal_func(names, word, g_str_equal, NULL))
		g_ptr_array_add(names, g_steal_pointer(&word));
}

/* The kind of bus ("pci:") is compared first: it spares most lines the copy and the comparison. */
static bool matches(const char *pattern, gsize length, const char *modalias)
{
	g_autofree char *copy = NULL;

	if (strncmp(pattern, modalias, strcspn(modalias, ":")) != 0)
		return false;
	copy = g_strndup(pattern, length);
	return fnmatch(copy, modalias, 0) == 0;
}

static void match_lines(GPtrArray *names, const char *text, const char *modalias)
{
	for (const char *line = text, *next; *line; line = next) {
		gsize length = strcspn(line, "\n"), pattern;
		const char *at = line + strlen("alias "), *end = line + length;

		next = end + (*end == '\n');
		if (!g_str_has_prefix(line, "alias "))
			continue;
		pattern = strcspn(at, " \n");
		if (at[pattern] == ' ' && matches(at, pattern, modalias))
			add_once(names, at + pattern + 1, (gsize)(end - at) - pattern - 1);
	}
}

/* modules.builtin.modinfo: texts that end in NUL, "nvme.alias=pci:v*d*..." (Documentation/kbuild/kbuild.rst). */
static void match_builtin(GPtrArray *names, GBytes *bytes, const char *modalias)
{
	gsize length;
	const char *text = g_bytes_get_data(bytes, &length), *end = text + length;

	while (text < end) {
		gsize size = strnlen(text, (gsize)(end - text));
		g_autofree char *entry = g_strndup(text, size);
		const char *key = strstr(entry, ".alias=");
		const char *pattern = key ? key + strlen(".alias=") : NULL;

		if (key && matches(pattern, strlen(pattern), modalias))
			add_once(names, entry, (gsize)(key - entry));
		text += size + 1;
	}
}

static char **finish(GPtrArray *names)
{
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

char **vp_module_aliases(const char *text, const char *modalias)
{
	GPtrArray *names = g_ptr_array_new();

	match_lines(names, text, modalias);
	return finish(names);
}

char **vp_modules_for(const struct vp_root *root, const char *release, const char *modalias,
		      char **ret_source)
{
	static const char *const folders[] = {"/usr/lib/modules", "/lib/modules"};
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	*ret_source = NULL;
	for (size_t i = 0; release && i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = g_build_filename(folders[i], release, "modules.alias", NULL);
		g_autofree char *builtin =
			g_build_filename(folders[i], release, "modules.builtin.modinfo", NULL);
		g_autofree char *text = vp_root_read_text(root, path);
		g_autoptr(GBytes) info = text ? vp_root_read(root, builtin, NULL) : NULL;

		g_free(*ret_source);
		*ret_source = g_steal_pointer(&path);
		if (!text)
			continue;
		match_lines(names, text, modalias);
		if (info)
			match_builtin(names, info, modalias);
		return finish(g_steal_pointer(&names));
	}
	return NULL;
}
