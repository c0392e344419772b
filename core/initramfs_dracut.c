/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_dracut.c - dracut of Fedora and EndeavourOS: a drop-in of our own */
#include "config.h"

#include "address_binder.h"
#include "initramfs_tool.h"
#include "module_conf.h"

#include <string.h>

#define MAIN_FILE "/etc/dracut.conf"
#define DROP_INS "/etc/dracut.conf.d"

/* force_drivers+=" nvidia nvidia_drm ": plain words between quotes, as nearly everybody writes it. */
#define FORCED "^[ \\t]*force_drivers\\+?=([\"'])([A-Za-z0-9_ \\t-]*)\\1"

static void add_forced(const struct vp_session *session, const char *path, GStrvBuilder *names)
{
	g_autofree char *text = vp_root_read_text(session->root, path);
	g_autoptr(GRegex) regex = g_regex_new(FORCED, G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text ? text : "", 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *list = g_match_info_fetch(match, 2);
		g_auto(GStrv) words = g_strsplit_set(list, " \t", -1);

		for (char **word = words; *word; word++)
			if (**word)
				g_strv_builder_add(names, *word);
	}
}

static char **modules(const struct vp_session *session)
{
	g_auto(GStrv) files = vp_root_match(session->root, DROP_INS, "*.conf");
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	add_forced(session, MAIN_FILE, names);
	for (char **file = files; *file; file++)
		add_forced(session, *file, names);
	return g_strv_builder_end(names);
}

/* dracut copies /etc/modprobe.d by itself only into images for this very computer (its 90kernel-modules), so our
 * files are named. The blanks inside the quotes part our words from those of other files (dracut.conf(5)). */
static GBytes *drop_in(enum vp_binding method, GError **error)
{
	g_autoptr(GBytes) drivers = vp_module_conf_dracut((char **)vp_initramfs_modules, error);
	g_autoptr(GString) text = NULL;

	if (!drivers)
		return NULL;
	text = g_string_new_len(g_bytes_get_data(drivers, NULL), (gssize)g_bytes_get_size(drivers));
	if (method == VP_BINDING_ADDRESS)
		g_string_append(text, "install_items+=\" " VP_MODPROBE_FILE " " VP_BINDER_PATH " \"\n");
	else if (method == VP_BINDING_MODPROBE)
		g_string_append(text, "install_items+=\" " VP_MODPROBE_FILE " \"\n");
	return g_string_free_to_bytes(g_steal_pointer(&text));
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		 GError **error)
{
	g_autoptr(GBytes) wanted = method == VP_BINDING_NONE ? NULL : drop_in(method, error);

	if (method != VP_BINDING_NONE && !wanted)
		return false;
	vp_plan_own_file(session, plan, "devices", VP_RANK_MODULE_FILES, VP_DRACUT_FILE, wanted, 0644,
			 "vfio-pci takes the chosen devices before any graphics driver comes");
	return true;
}

/* EndeavourOS names images by its own rules, which its wrapper knows. */
static char **regenerate(const struct vp_session *session)
{
	static const char *const wrapper[] = {"dracut-rebuild", NULL};
	static const char *const all[] = {"dracut", "--regenerate-all", "--force", NULL};

	return g_strdupv((char **)(vp_root_exists(session->root, "/usr/bin/dracut-rebuild") ? wrapper : all));
}

/* Debian's dracut gives images the names that initramfs-tools gives them. */
static char **images(const struct vp_session *session)
{
	g_auto(GStrv) usual = vp_root_match(session->root, "/boot", "initramfs-*.img");
	g_auto(GStrv) debian = vp_root_match(session->root, "/boot", "initrd.img-*");
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	g_strv_builder_addv(paths, (const char **)usual);
	g_strv_builder_addv(paths, (const char **)debian);
	return g_strv_builder_end(paths);
}

static const char *const list[] = {"lsinitrd", NULL};

const struct vp_initramfs_tool vp_initramfs_dracut = {
	.id = "dracut",
	.regenerate = regenerate,
	.images = images,
	.list = list,
	.copies_modprobe = true,
	.modules = modules,
	.plan = plan,
};
