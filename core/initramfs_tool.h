/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_tool.h - what each initramfs tool must be able to do for initramfs.c */
#pragma once

#include "binding.h"
#include "plan.h"

struct vp_initramfs_tool {
	const char *id; /* as vp_host.initramfs has it */
	/* The command that makes all images anew, and the files it makes. Caller g_strfreev()s. */
	char **(*regenerate)(const struct vp_session *session);
	char **(*images)(const struct vp_session *session);
	const char *const *list; /* argv that lists an image, whose path comes behind it */
	bool copies_modprobe;    /* our file of modprobe.d is in the images as a file */
	/* Modules its configuration loads before anything else; NULL: not known. Caller g_strfreev()s. */
	char **(*modules)(const struct vp_session *session);
	/* Appends what makes its configuration right for this binding; for VP_BINDING_NONE what is ours goes. */
	bool (*plan)(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		     GError **error);
	void (*findings)(const struct vp_session *session, GPtrArray *findings); /* or NULL */
};

extern const struct vp_initramfs_tool vp_initramfs_mkinitcpio, vp_initramfs_dracut, vp_initramfs_debian;
extern const struct vp_initramfs_tool vp_initramfs_booster;

const struct vp_initramfs_tool *
vp_initramfs_tool_find(const struct vp_session *session); /* NULL: not known */

/* The modules of ours, in the order in which they are loaded. */
extern const char *const vp_initramfs_modules[];

/* Brings a file to `after` (taken over); NULL is the failure of the edit that made it. */
bool vp_initramfs_change(const struct vp_session *session, struct vp_plan *plan, const char *path,
			 GBytes *after, const char *why);
