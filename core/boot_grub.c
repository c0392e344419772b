/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_grub.c - GRUB with grub-mkconfig: /etc/default/grub and its drop-ins */
#include "config.h"

#include "boot.h"
#include "grub.h"
#include "grub_menu.h"

#include <string.h>

#define DEFAULT_FILE "/etc/default/grub"
#define DROP_INS "/etc/default/grub.d"

/* In the order in which grub-mkconfig's 10_linux puts their words: GRUB_CMDLINE_LINUX first. New words go into
 * the second, so that a recovery entry, where there is one, boots without them. */
static const char *const variables[] = {"GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"};

/* Drop-ins are Debian's addition to grub-mkconfig; elsewhere the folder has no effect. */
static bool reads_drop_ins(const struct vp_session *session)
{
	static const char *const programs[] = {"/usr/sbin/grub-mkconfig", "/usr/bin/grub-mkconfig"};

	for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
		g_autofree char *script = vp_root_read_text(session->root, programs[i]);

		if (script && strstr(script, "default/grub.d"))
			return true;
	}
	return false;
}

static GPtrArray *list_files(const struct vp_session *session)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = reads_drop_ins(session) ? vp_root_list(session->root, DROP_INS) : NULL;

	g_ptr_array_add(files, g_strdup(DEFAULT_FILE));
	for (char **name = names; name && *name; name++)
		if (g_str_has_suffix(*name, ".cfg"))
			g_ptr_array_add(files, g_build_filename(DROP_INS, *name, NULL));
	return files;
}

/* A variable's places, one for each file that assigns it. The last is home, since its value wins. */
static void add_places(const struct vp_session *session, const struct vp_plan *plan, const GPtrArray *files,
		       const char *variable, GPtrArray *places)
{
	struct vp_boot_place *home = NULL;

	for (guint i = 0; i < files->len; i++) {
		const char *path = g_ptr_array_index(files, i);
		g_autoptr(GBytes) text = vp_plan_content(session, plan, path);
		g_autoptr(vp_grub_place) found = text ? vp_grub_find(text, variable) : NULL;

		if (!found || !found->line)
			continue;
		home = vp_boot_place_new(g_strdup(path), variable, g_strdup(found->value), false);
		g_ptr_array_add(places, home);
	}
	if (strcmp(variable, "GRUB_CMDLINE_LINUX_DEFAULT"))
		return;
	if (!home) {
		home = vp_boot_place_new(g_strdup(DEFAULT_FILE), variable, g_strdup(""), false);
		g_ptr_array_add(places, home);
	}
	home->home = true;
}

static GPtrArray *places(const struct vp_session *session, const struct vp_plan *plan)
{
	GPtrArray *found = vp_boot_places_new();
	g_autoptr(GPtrArray) files = list_files(session);

	if (!vp_root_exists(session->root, DEFAULT_FILE))
		return found;
	for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
		add_places(session, plan, files, variables[i], found);
	return found;
}

static GBytes *edit(GBytes *text, const struct vp_boot_place *place, const struct vp_cmdline_change *change,
		    GError **error)
{
	return vp_grub_edit(text, place->variable, change, place->path, error);
}

/* openSUSE and Fedora have everything of GRUB under another name. */
static bool is_named_grub2(const struct vp_session *session)
{
	return vp_root_exists(session->root, "/boot/grub2/grub.cfg") &&
	       !vp_root_exists(session->root, "/boot/grub/grub.cfg");
}

/* Debian, Ubuntu and Manjaro have update-grub, which knows the right place of grub.cfg itself. */
static char **regenerate(const struct vp_session *session)
{
	static const char *const wrappers[] = {"/usr/bin/update-grub", "/usr/sbin/update-grub"};
	static const char *const update[] = {"update-grub", NULL};
	static const char *const make[] = {"grub-mkconfig", "-o", "/boot/grub/grub.cfg", NULL};
	static const char *const make2[] = {"grub2-mkconfig", "-o", "/boot/grub2/grub.cfg", NULL};

	for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++)
		if (vp_root_exists(session->root, wrappers[i]))
			return g_strdupv((char **)update);
	return g_strdupv((char **)(is_named_grub2(session) ? make2 : make));
}

static char **makes(const struct vp_session *session)
{
	const char *const paths[] = {is_named_grub2(session) ? "/boot/grub2/grub.cfg" : "/boot/grub/grub.cfg",
				     NULL};

	return g_strdupv((char **)paths);
}

/* Only what 10_linux made (Ubuntu has 10_linux_zfs beside it): entries of other systems and those a person wrote
 * have words of their own. Recovery entries start without GRUB_CMDLINE_LINUX_DEFAULT. */
static GPtrArray *entries(const struct vp_session *session, const char *path, GBytes *text)
{
	GPtrArray *normal = vp_boot_entries_new();
	g_autoptr(GPtrArray) all = vp_grub_menu_read(text);

	for (guint i = 0; i < all->len; i++) {
		const struct vp_grub_entry *entry = g_ptr_array_index(all, i);

		if (g_str_has_prefix(entry->section, "10_linux") && !entry->recovery)
			vp_boot_entries_add(normal, entry->title, entry->line);
	}
	return normal;
}

const struct vp_boot_loader vp_boot_grub = {
	.id = "grub",
	.title = "GRUB",
	.places = places,
	.edit = edit,
	.regenerate = regenerate,
	.makes = makes,
	.entries = entries,
	.checker = "grub-script-check",
	.without = "When the computer starts, hold Shift or press Esc until GRUB's menu shows. Press \"e\" "
		   "on the first "
		   "entry, go to the line that begins with \"linux\", %s, then press Ctrl+X. This holds for "
		   "one start "
		   "only; nothing is saved.",
	.rescue = vp_boot_grub_rescue,
};
