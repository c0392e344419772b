/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_mkinitcpio.c - mkinitcpio of Arch and Manjaro: mkinitcpio.conf, its drop-ins, its presets */
#include "config.h"

#include "initramfs_tool.h"
#include "mkinitcpio.h"

#include <string.h>

#define MAIN_FILE "/etc/mkinitcpio.conf"
#define DROP_INS "/etc/mkinitcpio.conf.d"
#define PRESETS "/etc/mkinitcpio.d"

/* The files that count: the main one, or those that presets name instead of it. A preset that names one keeps
 * mkinitcpio from reading the drop-ins (mkinitcpio, option -c); `ret_drop_ins` tells whether any still reads them. */
static GPtrArray *main_files(const struct vp_session *session, bool *ret_drop_ins)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = vp_root_list(session->root, PRESETS);

	*ret_drop_ins = false;
	for (char **name = names; name && *name; name++) {
		g_autofree char *path = g_build_filename(PRESETS, *name, NULL);
		g_autoptr(GBytes) text = g_str_has_suffix(*name, ".preset") ? vp_root_read(session->root, path, NULL) : NULL;
		g_autoptr(vp_mkinitcpio_preset) preset = text ? vp_mkinitcpio_read_preset(text) : NULL;
		const char *config = preset && preset->config ? preset->config : MAIN_FILE;

		if (!preset)
			continue;
		*ret_drop_ins |= !preset->config;
		if (!g_ptr_array_find_with_equal_func(files, config, g_str_equal, NULL))
			g_ptr_array_add(files, g_strdup(config));
	}
	if (!files->len) {
		*ret_drop_ins = true;
		g_ptr_array_add(files, g_strdup(MAIN_FILE));
	}
	return files;
}

static bool assigns(const struct vp_session *session, const char *path, const char *variable)
{
	g_autoptr(GBytes) text = vp_root_read(session->root, path, NULL);
	g_autoptr(vp_mkinitcpio_array) found = text ? vp_mkinitcpio_find(text, variable) : NULL;

	return found && (found->line || found->why_not);
}

/* The files to edit for a variable: the main ones, and the last drop-in that assigns it, since its word is final. */
static GPtrArray *files_for(const struct vp_session *session, const char *variable)
{
	bool drop_ins;
	GPtrArray *files = main_files(session, &drop_ins);
	g_auto(GStrv) names = drop_ins ? vp_root_list(session->root, DROP_INS) : NULL;
	g_autofree char *last = NULL;

	for (char **name = names; name && *name; name++) {
		g_autofree char *path = g_build_filename(DROP_INS, *name, NULL);

		if (g_str_has_suffix(*name, ".conf") && assigns(session, path, variable)) {
			g_free(last);
			last = g_steal_pointer(&path);
		}
	}
	if (last)
		g_ptr_array_add(files, g_steal_pointer(&last));
	return files;
}

static char **words_in_force(const struct vp_session *session, const char *variable)
{
	g_autoptr(GPtrArray) files = files_for(session, variable);
	g_autoptr(GBytes) text = vp_root_read(session->root, g_ptr_array_index(files, files->len - 1), NULL);
	g_autoptr(vp_mkinitcpio_array) found = text ? vp_mkinitcpio_find(text, variable) : NULL;

	return found ? g_strdupv(found->words) : NULL;
}

static char **modules(const struct vp_session *session)
{
	return words_in_force(session, "MODULES");
}

/* ---- plan --------------------------------------------------------------------------------------------------- */

static bool edit_modules(const struct vp_session *session, struct vp_plan *plan, const char *path, GError **error)
{
	static const char *const first[] = {"vfio_pci", "vfio", "vfio_iommu_type1", NULL};
	static const char *const gone[] = {"vfio_virqfd", NULL}, *const none[] = {NULL};
	/* Linux 6.2 folded vfio_virqfd into vfio; naming what is not there makes mkinitcpio complain. */
	bool without = vp_kernel_module(session->root, session->host->kernel_release.value, "vfio_virqfd") == VP_MODULE_NONE;
	g_autoptr(GBytes) before = vp_root_read(session->root, path, error);
	g_autoptr(GBytes) now = NULL, after = NULL;

	if (!before)
		return false;
	now = vp_plan_content(session, plan, path);
	after = vp_mkinitcpio_edit_modules(now, (char **)first, (char **)(without ? gone : none), path, error);
	if (!after)
		return false;
	vp_plan_write(plan, "devices", VP_RANK_MODULE_FILES, path, before, after,
		      "vfio-pci takes the chosen devices before any graphics driver comes");
	return true;
}

static bool edit_hooks(const struct vp_session *session, struct vp_plan *plan, const char *path, GError **error)
{
	static const char *const after_these[] = {"autodetect", "microcode", NULL};
	g_autoptr(GBytes) before = vp_root_read(session->root, path, error);
	g_autoptr(GBytes) now = NULL, after = NULL;

	if (!before)
		return false;
	now = vp_plan_content(session, plan, path);
	after = vp_mkinitcpio_add_hook(now, "modconf", (char **)after_these, path, error);
	if (!after)
		return false;
	vp_plan_write(plan, "devices", VP_RANK_MODULE_FILES, path, before, after,
		      "the hook modconf brings modprobe.d into the initramfs");
	return true;
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, bool with_modprobe, GError **error)
{
	g_autoptr(GPtrArray) files = files_for(session, "MODULES");
	g_autoptr(GPtrArray) hook_files = files_for(session, "HOOKS");

	for (guint i = 0; i < files->len; i++)
		if (!edit_modules(session, plan, g_ptr_array_index(files, i), error))
			return false;
	for (guint i = 0; with_modprobe && i < hook_files->len; i++)
		if (!edit_hooks(session, plan, g_ptr_array_index(hook_files, i), error))
			return false;
	return true;
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void findings(const struct vp_session *session, GPtrArray *findings)
{
	g_auto(GStrv) hooks = words_in_force(session, "HOOKS");
	g_auto(GStrv) early = modules(session);
	bool vfio_first = early && early[0] && g_str_has_prefix(early[0], "vfio");

	if (hooks && g_strv_contains((const char *const *)hooks, "kms"))
		vp_finding_add(findings, VP_NOTE,
			       g_strdup(vfio_first
						? "The hook kms loads graphics drivers early; vfio-pci stands before them."
						: "The hook kms loads graphics drivers early; the plan puts vfio-pci before them."),
			       NULL, MAIN_FILE);
}

static const char *const regenerate[] = {"mkinitcpio", "-P", NULL};

const struct vp_initramfs_tool vp_initramfs_mkinitcpio = {
	.id = "mkinitcpio",
	.regenerate = regenerate,
	.modules = modules,
	.plan = plan,
	.findings = findings,
};
