/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_made.c - files that the commands of boot loaders make, and the entries in them */
#include "config.h"

#include "boot.h"

#include <string.h>

/* Where the ESP and the extended boot partition are mounted (the boot loader specification). */
static const char *const partitions[] = {"/boot", "/efi", "/boot/efi"};

static void entry_free(void *data)
{
	struct vp_boot_entry *entry = data;

	g_free(entry->title);
	g_free(entry->line);
	g_free(entry);
}

GPtrArray *vp_boot_entries_new(void)
{
	return g_ptr_array_new_with_free_func(entry_free);
}

void vp_boot_entries_add(GPtrArray *entries, const char *title, const char *line)
{
	struct vp_boot_entry *entry = g_new0(struct vp_boot_entry, 1);

	entry->title = g_strdup(title);
	entry->line = g_strdup(line);
	g_ptr_array_add(entries, entry);
}

static void add_matches(const struct vp_session *session, GStrvBuilder *paths, const char *partition,
			const char *folder, const char *pattern)
{
	g_autofree char *place = g_strconcat(partition, folder, NULL);
	g_auto(GStrv) found = vp_root_match(session->root, place, pattern);

	g_strv_builder_addv(paths, (const char **)found);
}

char **vp_boot_entry_files(const struct vp_session *session)
{
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	for (size_t i = 0; i < G_N_ELEMENTS(partitions); i++)
		add_matches(session, paths, partitions[i], "/loader/entries", "*.conf");
	return g_strv_builder_end(paths);
}

/* An entry names its initrds by paths on the partition it is on; kernel-install copies the images there. */
static void add_initrds(const struct vp_session *session, GStrvBuilder *paths, const char *entry)
{
	g_autofree char *text = vp_root_read_text(session->root, entry);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	g_autofree char *partition = g_strndup(entry, (size_t)(strstr(entry, "/loader/") - entry));

	for (char **line = lines; *line; line++) {
		g_autofree char *path = NULL;

		if (!g_str_has_prefix(*line, "initrd ") && !g_str_has_prefix(*line, "initrd\t"))
			continue;
		path = g_build_filename(partition, g_strstrip(*line + strlen("initrd")), NULL);
		if (vp_root_exists(session->root, path))
			g_strv_builder_add(paths, path);
	}
}

char **vp_boot_made_installed(const struct vp_session *session)
{
	g_auto(GStrv) entries = vp_boot_entry_files(session);
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	for (char **entry = entries; *entry; entry++) {
		g_strv_builder_add(paths, *entry);
		add_initrds(session, paths, *entry);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(partitions); i++)
		add_matches(session, paths, partitions[i], "/EFI/Linux", "*.efi");
	return g_strv_builder_end(paths);
}
