/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs_tool.h - what each initramfs tool must be able to do for initramfs.c */
#pragma once

#include "plan.h"

struct vp_initramfs_tool {
	const char *id; /* as vp_host.initramfs has it */
	const char *const *regenerate; /* argv */
	/* Modules its configuration loads before anything else, NULL: not known. Caller g_strfreev()s. */
	char **(*modules)(const struct vp_session *session);
	bool (*plan)(const struct vp_session *session, struct vp_plan *plan, bool with_modprobe, GError **error);
	void (*findings)(const struct vp_session *session, GPtrArray *findings);
};

extern const struct vp_initramfs_tool vp_initramfs_mkinitcpio;
