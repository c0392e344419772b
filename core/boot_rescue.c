/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_rescue.c - for GRUB: a menu entry that starts without passthrough, and a menu that can be seen */
#include "config.h"

#include "boot.h"
#include "grub.h"

#include <string.h>

#define DEFAULT_FILE "/etc/default/grub"
#define SCRIPT "/etc/grub.d/42_virt-passthrough"
#define LINUX_SCRIPT "/etc/grub.d/10_linux"

/* grub-mkconfig runs the scripts of grub.d in order and hands them its settings as variables, so 10_linux, run once
 * more with other settings, makes right entries for every kernel and file system it knows. Titles and ids get words
 * of ours, so that they are told apart and a saved default still means the normal entry. */
static const char script[] =
	"#!/bin/sh\n"
	"# Written by virt-passthrough. Adds entries that start without passthrough: the kernel loads no "
	"vfio-pci.\n"
	"[ -x " LINUX_SCRIPT " ] || exit 0\n"
	"GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT} " VP_WITHOUT_VFIO "\"\n"
	"GRUB_DISABLE_RECOVERY=true\n"
	"export GRUB_CMDLINE_LINUX_DEFAULT GRUB_DISABLE_RECOVERY\n" LINUX_SCRIPT " | sed \\\n"
	"\t-e \"s/'gnulinux-/'without-passthrough-/g\" \\\n"
	"\t-e \"s/^\\([[:space:]]*menuentry '[^']*\\)'/\\1, without passthrough'/\" \\\n"
	"\t-e \"s/^\\([[:space:]]*submenu '[^']*\\)'/\\1, without passthrough'/\"\n";

/* A hidden menu offers nothing to choose; one without time cannot be reached. */
static bool show_menu(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	static const struct {
		const char *variable, *right, *wrong;
	} settings[] = {
		{"GRUB_TIMEOUT_STYLE", "menu", "^(hidden|countdown)$"},
		{"GRUB_TIMEOUT", "5", "^[0-4]$"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
		g_autoptr(GBytes) before = vp_root_read(session->root, DEFAULT_FILE, NULL);
		g_autoptr(GBytes) now = vp_plan_content(session, plan, DEFAULT_FILE);
		g_autoptr(vp_grub_place) found = vp_grub_find(now, settings[i].variable);
		g_autoptr(GBytes) after = NULL;

		if (!found->value || !g_regex_match_simple(settings[i].wrong, found->value, 0, 0))
			continue;
		after = vp_grub_assign(now, settings[i].variable, settings[i].right, DEFAULT_FILE, error);
		if (!after)
			return false;
		vp_plan_write(plan, "kernel", VP_RANK_BOOT_FILES, DEFAULT_FILE, before, after,
			      "shows the boot menu, so that the entry without passthrough can be chosen");
	}
	return true;
}

bool vp_boot_grub_rescue(const struct vp_session *session, struct vp_plan *plan, bool wanted, GError **error)
{
	g_autoptr(GBytes) text = g_bytes_new_static(script, strlen(script));

	vp_plan_own_file(session, plan, "kernel", VP_RANK_BOOT_FILES, SCRIPT, wanted ? text : NULL, 0755,
			 "adds an entry to the boot menu that starts without passthrough");
	return !wanted || show_menu(session, plan, error);
}
