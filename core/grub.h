/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub.h - edits of /etc/default/grub, a shell script: pure bytes in, pure bytes out
 *
 * grub-mkconfig sources the file, so any shell text may stand in it. Edited in place is only what can be
 * understood for certain; else one marked, self-referencing line is appended; else the edit is refused.
 */
#pragma once

#include "cmdline.h"

struct vp_grub_place {
	unsigned line; /* of the assignment in force, from 1; 0: the variable is not assigned */
	bool editable; /* in place */
	char *value;   /* as the shell will have it; NULL where it cannot be known without running it */
	char *why_not; /* not editable: what was seen ("line 7: the value is made by a command"), or NULL */
};
void vp_grub_place_free(struct vp_grub_place *place);
typedef struct vp_grub_place vp_grub_place; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_grub_place, vp_grub_place_free)

/* Where and how a variable gets its value. `file` names the file in messages. Caller frees; never NULL. */
struct vp_grub_place *vp_grub_find(GBytes *text, const char *variable);

/* The file after the change to the command line in `variable`: the smallest diff that does it. The same bytes
 * come back when nothing is to be changed. Fails with the line to add by hand where no safe edit exists. */
GBytes *vp_grub_edit(GBytes *text, const char *variable, const struct vp_cmdline_change *change,
		     const char *file, GError **error);

/* The file after setting a simple variable (GRUB_TIMEOUT_STYLE, GRUB_TIMEOUT) to a word. */
GBytes *vp_grub_assign(GBytes *text, const char *variable, const char *word, const char *file,
		       GError **error);
