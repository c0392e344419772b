/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot.c - one way to change a kernel command line, whichever boot loader keeps it */
#include "config.h"

#include "boot.h"
#include "journal.h"

#include <string.h>

static const struct vp_boot_loader *const loaders[] = {
	&vp_boot_grub, &vp_boot_grubby, &vp_boot_systemd,     &vp_boot_sdboot_manage, &vp_boot_kernel_install,
	&vp_boot_uki,  &vp_boot_limine_tool, &vp_boot_limine,        &vp_boot_refind,
};

const struct vp_boot_loader *vp_boot_loader_find(const struct vp_session *session)
{
	g_autofree char *asked = vp_answer_get(session, "kernel.boot_loader");
	const char *id = strcmp(asked, "auto") ? asked : session->host->boot_loader.value;

	for (size_t i = 0; i < G_N_ELEMENTS(loaders); i++)
		if (!g_strcmp0(loaders[i]->id, id))
			return loaders[i];
	return NULL;
}

struct vp_boot_place *vp_boot_place_new(char *path, const char *variable, char *line, bool home)
{
	struct vp_boot_place *place = g_new0(struct vp_boot_place, 1);

	place->path = path;
	place->variable = g_strdup(variable);
	place->line = line;
	place->home = home;
	return place;
}

static void place_free(void *data)
{
	struct vp_boot_place *place = data;

	g_free(place->path);
	g_free(place->variable);
	g_free(place->line);
	g_free(place->initial);
	g_free(place);
}

GPtrArray *vp_boot_places_new(void)
{
	return g_ptr_array_new_with_free_func(place_free);
}

char *vp_boot_line(const struct vp_session *session, const struct vp_plan *plan)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	g_autoptr(GPtrArray) places = loader ? loader->places(session, plan) : NULL;
	g_autoptr(GString) line = g_string_new(NULL);

	if (!places || !places->len)
		return NULL;
	for (guint i = 0; i < places->len; i++) {
		const struct vp_boot_place *place = g_ptr_array_index(places, i);

		if (!place->line)
			return NULL;
		if (loader->separate)
			return g_strdup(place->line);
		if (*place->line)
			g_string_append_printf(line, "%s%s", line->len ? " " : "", place->line);
	}
	return g_string_free(g_steal_pointer(&line), FALSE);
}

/* ---- who gets which word ------------------------------------------------------------------------------------ */

static bool holds_name(const struct vp_boot_place *place, const char *word)
{
	g_autofree char *name = vp_cmdline_name(word);
	g_autofree char *value = place->line ? vp_cmdline_value(place->line, name) : NULL;

	return value != NULL;
}

/* The words of one kind for this place: those whose name stands here already, and, at home, those that stand
 * nowhere. So a parameter is changed where its owner keeps it, and never written twice. */
static char **words_for(const GPtrArray *places, const struct vp_boot_place *place, char **words)
{
	GPtrArray *mine = g_ptr_array_new();

	for (; words && *words; words++) {
		bool somewhere = false;

		for (guint i = 0; i < places->len; i++)
			somewhere |= holds_name(g_ptr_array_index(places, i), *words);
		if (holds_name(place, *words) || (!somewhere && place->home))
			g_ptr_array_add(mine, g_strdup(*words));
	}
	g_ptr_array_add(mine, NULL);
	return (char **)g_ptr_array_free(mine, FALSE);
}

/* A further word of a name that repeats (console=) goes home, unless this very word is somewhere. */
static char **added_for(const GPtrArray *places, const struct vp_boot_place *place, char **words)
{
	GPtrArray *mine = g_ptr_array_new();

	for (; words && *words && place->home; words++) {
		bool somewhere = false;

		for (guint i = 0; i < places->len; i++) {
			const struct vp_boot_place *other = g_ptr_array_index(places, i);

			somewhere |= other != place && other->line && vp_cmdline_has(other->line, *words);
		}
		if (!somewhere)
			g_ptr_array_add(mine, g_strdup(*words));
	}
	g_ptr_array_add(mine, NULL);
	return (char **)g_ptr_array_free(mine, FALSE);
}

static bool edit_place(const struct vp_session *session, struct vp_plan *plan,
		       const struct vp_boot_loader *loader, const GPtrArray *places,
		       const struct vp_boot_place *place, const struct vp_cmdline_change *change,
		       GError **error)
{
	g_autoptr(GBytes) before = vp_root_read(session->root, place->path, NULL);
	g_autoptr(GBytes) now = vp_plan_content(session, plan, place->path);
	g_autoptr(GBytes) after = NULL;
	struct vp_cmdline_change mine = *change;

	if (!now)
		now = g_bytes_new(place->initial ? place->initial : "",
				  place->initial ? strlen(place->initial) : 0);
	if (!loader->separate) {
		mine.set = words_for(places, place, change->set);
		mine.merge = words_for(places, place, change->merge);
		mine.add = added_for(places, place, change->add);
	}
	after = loader->edit(now, place, &mine, error);
	if (!loader->separate) {
		g_strfreev(mine.set);
		g_strfreev(mine.merge);
		g_strfreev(mine.add);
	}
	if (!after)
		return false;
	if (!g_bytes_equal(now, after))
		vp_plan_write(plan, "kernel", VP_RANK_BOOT_FILES, place->path, before, after,
			      "the kernel reads its parameters from here");
	return true;
}

static bool plan_command(const struct vp_session *session, struct vp_plan *plan,
			 const struct vp_boot_loader *loader, const struct vp_cmdline_change *change, GError **error)
{
	g_autofree char *before = vp_boot_line(session, NULL);
	g_autofree char *after = before ? vp_cmdline_edit(before, change, error) : NULL;
	g_auto(GStrv) argv = NULL, undo = NULL;

	if (!before)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "no entry of %s for this system was found", loader->title);
	if (!after || !strcmp(before, after))
		return after != NULL;
	argv = loader->command(before, after);
	undo = loader->command(after, before);
	vp_plan_run(session, plan, "kernel", VP_RANK_BOOT_MENU, (const char *const *)argv, (const char *const *)undo,
		    "changes the kernel's parameters in every entry of the boot menu");
	vp_plan_keep(plan, loader->makes(session));
	return true;
}

bool vp_boot_edit(const struct vp_session *session, struct vp_plan *plan,
		  const struct vp_cmdline_change *change, GError **error)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	g_autoptr(GPtrArray) places = NULL;

	if (loader->command)
		return plan_command(session, plan, loader, change, error);
	places = loader->places(session, plan);
	if (!places->len) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "the configuration of %s was not found in the usual places", loader->title);
		return false;
	}
	for (guint i = 0; i < places->len; i++)
		if (!edit_place(session, plan, loader, places, g_ptr_array_index(places, i), change, error))
			return false;
	return true;
}

bool vp_boot_finish(const struct vp_session *session, struct vp_plan *plan, bool rescue, GError **error)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	g_auto(GStrv) argv = NULL;

	if (loader->rescue && !loader->rescue(session, plan, rescue, error))
		return false;
	if (!loader->regenerate || (!vp_plan_touches(plan, VP_RANK_BOOT_FILES) &&
				    !vp_journal_owes(session, VP_RANK_BOOT_FILES, VP_RANK_BOOT_MENU)))
		return true;
	argv = loader->regenerate(session);
	vp_plan_run(session, plan, "kernel", VP_RANK_BOOT_MENU, (const char *const *)argv,
		    (const char *const *)argv, "makes the boot menu with the new parameters");
	vp_plan_keep(plan, loader->makes(session));
	return true;
}

char *vp_boot_without(const struct vp_session *session)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	static const char what[] = "add at its end: " VP_WITHOUT_VFIO;
	g_auto(GStrv) halves = NULL;

	if (!loader)
		return g_strdup("At the boot loader's menu, add " VP_WITHOUT_VFIO
				" to the kernel's line for one start.");
	halves = g_strsplit(loader->without, "%s", 2);
	return g_strjoin(what, halves[0], halves[1], NULL);
}
