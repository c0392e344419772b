/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub_menu.c - what a grub.cfg starts Linux with: bytes in, entries out */
#include "config.h"

#include "grub_menu.h"

#include <string.h>

/* grub-mkconfig sets these marks around what each script prints (util/grub-mkconfig.in). */
#define SECTION "### BEGIN "

static void entry_free(void *data)
{
	struct vp_grub_entry *entry = data;

	g_free(entry->section);
	g_free(entry->title);
	g_free(entry->line);
	g_free(entry);
}

/* "### BEGIN /etc/grub.d/10_linux ###" -> "10_linux" */
static char *section_of(const char *line)
{
	g_autofree char *path = g_strndup(line + strlen(SECTION), strcspn(line + strlen(SECTION), " "));

	return g_path_get_basename(path);
}

/* The text between the first pair of quotes. */
static char *title_of(const char *line)
{
	const char *start = strpbrk(line, "'\"");

	return start ? g_strndup(start + 1, strcspn(start + 1, (char[]){*start, '\0'})) : g_strdup("");
}

/* The word of a line and where the next one begins: "linux\t/boot/vmlinuz root=…" */
static bool is_command(const char *line, const char *name, const char **ret_rest)
{
	size_t length = strlen(name);

	if (!g_str_has_prefix(line, name) || !strchr(" \t", line[length]) || !line[length])
		return false;
	*ret_rest = line + length + strspn(line + length, " \t");
	return true;
}

/* Behind the kernel's file stand its words. */
static char *words_of(const char *line)
{
	static const char *const commands[] = {"linux", "linux16", "linuxefi"};
	const char *rest;

	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (is_command(line, commands[i], &rest)) {
			rest += strcspn(rest, " \t");
			return g_strdup(rest + strspn(rest, " \t"));
		}
	return NULL;
}

GPtrArray *vp_grub_menu_read(GBytes *text)
{
	gsize length;
	const char *data = g_bytes_get_data(text, &length);
	g_autofree char *copy = g_strndup(data ? data : "", length);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	g_autofree char *section = g_strdup(""), *title = g_strdup("");
	bool recovery = false;

	for (char **each = lines; *each; each++) {
		const char *rest, *line = g_strstrip(*each);
		struct vp_grub_entry *entry;
		char *words;

		if (g_str_has_prefix(line, SECTION)) {
			g_free(section);
			section = section_of(line);
		} else if (is_command(line, "menuentry", &rest)) {
			g_free(title);
			title = title_of(rest);
			/* The title is translated; the id is not (10_linux: gnulinux-VERSION-recovery-DEVICE). */
			recovery = strstr(rest, "-recovery-") != NULL;
		} else if ((words = words_of(line)) != NULL) {
			entry = g_new0(struct vp_grub_entry, 1);
			entry->section = g_strdup(section);
			entry->title = g_strdup(title);
			entry->line = words;
			entry->recovery = recovery;
			g_ptr_array_add(entries, entry);
		}
	}
	return entries;
}
