/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_debian.c - initramfs-tools of Debian and Ubuntu: a block in its list of modules, and a hook */
#include "config.h"

#include "address_binder.h"
#include "initramfs_tool.h"
#include "module_conf.h"

#include <string.h>

#define MODULES "/etc/initramfs-tools/modules"
#define HOOK "/etc/initramfs-tools/hooks/virt-passthrough"

/* modprobe.d is copied by mkinitramfs itself; any other file needs a hook (initramfs-tools(7)). */
static const char hook[] =
	"#!/bin/sh\n"
	"# Written by virt-passthrough: brings the script that sets devices aside into the initramfs.\n"
	"[ \"$1\" = prereqs ] && exit 0\n"
	". /usr/share/initramfs-tools/hook-functions\n"
	"copy_file script " VP_BINDER_PATH "\n";

/* The first word of each line; behind it stand the module's parameters. */
static char **modules(const struct vp_session *session)
{
	g_autofree char *text = vp_root_read_text(session->root, MODULES);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (char **line = lines; *line; line++) {
		char *name = g_strstrip(*line);

		name[strcspn(name, " \t")] = '\0';
		if (*name && *name != '#')
			g_strv_builder_add(names, name);
	}
	return g_strv_builder_end(names);
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		 GError **error)
{
	static const char *const none[] = {NULL};
	const char *const *wanted = method == VP_BINDING_NONE ? none : vp_initramfs_modules;
	g_autoptr(GBytes) there = vp_plan_content(session, plan, MODULES);
	g_autoptr(GBytes) now = there ? g_steal_pointer(&there) : g_bytes_new_static("", 0);
	g_autoptr(GBytes) text = g_bytes_new_static(hook, strlen(hook));

	vp_plan_own_file(session, plan, "devices", VP_RANK_MODULE_FILES, HOOK,
			 method == VP_BINDING_ADDRESS ? text : NULL, 0755,
			 "brings the script that sets devices aside into the initramfs");
	return vp_initramfs_change(session, plan, MODULES,
				   vp_module_conf_edit_initramfs(now, (char **)wanted, MODULES, error),
				   "vfio-pci takes the chosen devices before any graphics driver comes");
}

static char **regenerate(const struct vp_session *session)
{
	static const char *const argv[] = {"update-initramfs", "-u", "-k", "all", NULL};

	return g_strdupv((char **)argv);
}

static char **images(const struct vp_session *session)
{
	return vp_root_match(session->root, "/boot", "initrd.img-*");
}

static const char *const list[] = {"lsinitramfs", NULL};

const struct vp_initramfs_tool vp_initramfs_debian = {
	.id = "initramfs-tools",
	.regenerate = regenerate,
	.images = images,
	.list = list,
	.copies_modprobe = true,
	.modules = modules,
	.plan = plan,
};
