/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_mkinitcpio.c - mkinitcpio of Arch and Manjaro: mkinitcpio.conf, its drop-ins, its presets */
#include "config.h"

#include "address_binder.h"
#include "initramfs_tool.h"
#include "journal.h"
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
		g_autoptr(GBytes) text =
			g_str_has_suffix(*name, ".preset") ? vp_root_read(session->root, path, NULL) : NULL;
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

	/* A drop-in that only adds (+=) leaves the main file's words in front. */
	return found && !found->adds && (found->line || found->why_not);
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

static GBytes *add_modules(const struct vp_session *session, GBytes *now, const char *path, GError **error)
{
	static const char *const gone[] = {"vfio_virqfd", NULL}, *const none[] = {NULL};
	/* Linux 6.2 folded vfio_virqfd into vfio; naming what is not there makes mkinitcpio complain. */
	bool without = vp_kernel_module(session->root, session->host->kernel_release.value, "vfio_virqfd") ==
		       VP_MODULE_NONE;

	return vp_mkinitcpio_edit_modules(now, (char **)vp_initramfs_modules,
					  (char **)(without ? gone : none), path, error);
}

/* Only where we put them: the modules of somebody else stay. */
static GBytes *remove_modules(const struct vp_session *session, GBytes *now, const char *path, GError **error)
{
	if (!vp_journal_wrote(session, path))
		return g_bytes_ref(now);
	return vp_mkinitcpio_remove(now, "MODULES", (char **)vp_initramfs_modules, path, error);
}

static GBytes *add_modconf(const struct vp_session *session, GBytes *now, const char *path, GError **error)
{
	static const char *const after_these[] = {"autodetect", "microcode", NULL};

	return vp_mkinitcpio_add_hook(now, "modconf", (char **)after_these, path, error);
}

static GBytes *add_script(const struct vp_session *session, GBytes *now, const char *path, GError **error)
{
	return vp_mkinitcpio_add_file(now, VP_BINDER_PATH, path, error);
}

/* A value that is not understood does not hold what we would have put there. */
static GBytes *remove_script(const struct vp_session *session, GBytes *now, const char *path, GError **error)
{
	static const char *const script[] = {VP_BINDER_PATH, NULL};
	GBytes *after = vp_mkinitcpio_remove(now, "FILES", (char **)script, path, NULL);

	return after ? after : g_bytes_ref(now);
}

/* One file brought to what `edit` makes of it. */
typedef GBytes *edit_file(const struct vp_session *session, GBytes *now, const char *path, GError **error);

static bool edit_all(const struct vp_session *session, struct vp_plan *plan, const char *variable,
		     edit_file *edit, const char *why, GError **error)
{
	g_autoptr(GPtrArray) files = files_for(session, variable);

	for (guint i = 0; i < files->len; i++) {
		const char *path = g_ptr_array_index(files, i);
		g_autoptr(GBytes) now = vp_plan_content(session, plan, path);

		/* There is nothing to take out of a file that is not there. */
		if (!now && (edit == remove_modules || edit == remove_script))
			continue;
		if (!now)
			now = vp_root_read(session->root, path, error);
		if (!now || !vp_initramfs_change(session, plan, path, edit(session, now, path, error), why))
			return false;
	}
	return true;
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		 GError **error)
{
	static const char why_modules[] =
		"vfio-pci takes the chosen devices before any graphics driver comes";
	static const char why_files[] = "the script that sets devices aside has to be in the initramfs";
	static const char why_hooks[] = "the hook modconf brings modprobe.d into the initramfs";
	static const char why_gone[] = "the initramfs need not set devices aside in this way any more";
	bool by_modprobe = method == VP_BINDING_MODPROBE || method == VP_BINDING_ADDRESS;

	if (method == VP_BINDING_NONE)
		return edit_all(session, plan, "MODULES", remove_modules, why_gone, error) &&
		       edit_all(session, plan, "FILES", remove_script, why_gone, error);
	return edit_all(session, plan, "MODULES", add_modules, why_modules, error) &&
	       (!by_modprobe || edit_all(session, plan, "HOOKS", add_modconf, why_hooks, error)) &&
	       (method == VP_BINDING_ADDRESS
			? edit_all(session, plan, "FILES", add_script, why_files, error)
			: edit_all(session, plan, "FILES", remove_script, why_gone, error));
}

/* ---- images -------------------------------------------------------------------------------------------------- */

static char **regenerate(const struct vp_session *session)
{
	static const char *const argv[] = {"mkinitcpio", "-P", NULL};

	return g_strdupv((char **)argv);
}

/* Those that the presets name; where that is not known, what lies in the usual place. */
static char **images(const struct vp_session *session)
{
	g_auto(GStrv) presets = vp_root_match(session->root, PRESETS, "*.preset");
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
	bool known = *presets != NULL;

	for (char **path = presets; *path; path++) {
		g_autoptr(GBytes) text = vp_root_read(session->root, *path, NULL);
		g_autoptr(vp_mkinitcpio_preset) preset = text ? vp_mkinitcpio_read_preset(text) : NULL;

		known = known && preset && preset->known;
		if (!known)
			break;
		g_strv_builder_addv(paths, (const char **)preset->images);
		g_strv_builder_addv(paths, (const char **)preset->ukis);
	}
	return known ? g_strv_builder_end(paths) : vp_root_match(session->root, "/boot", "initramfs-*.img");
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void findings(const struct vp_session *session, GPtrArray *findings)
{
	g_auto(GStrv) hooks = words_in_force(session, "HOOKS");
	g_auto(GStrv) early = modules(session);
	bool vfio_first = early && early[0] && g_str_has_prefix(early[0], "vfio");

	if (hooks && g_strv_contains((const char *const *)hooks, "kms"))
		vp_finding_add(findings, VP_NOTE,
			       g_strdup(vfio_first ? "The hook kms loads graphics drivers early; vfio-pci "
						     "stands before them."
						   : "The hook kms loads graphics drivers early; the plan "
						     "puts vfio-pci before them."),
			       NULL, MAIN_FILE);
}

static const char *const list[] = {"lsinitcpio", NULL};

const struct vp_initramfs_tool vp_initramfs_mkinitcpio = {
	.id = "mkinitcpio",
	.regenerate = regenerate,
	.images = images,
	.list = list,
	.copies_modprobe = true,
	.modules = modules,
	.plan = plan,
	.findings = findings,
};
