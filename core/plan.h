/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan.h - building a plan: changes as plain data */
#pragma once

#include "internal.h"

/* The order of apply. What the next start needs comes last: until the boot menu is made anew, the old one stands. */
enum vp_rank {
	VP_RANK_PACKAGES,
	VP_RANK_MODULE_FILES, /* modprobe.d, the initramfs tool's configuration */
	VP_RANK_INITRAMFS,    /* its images */
	VP_RANK_BOOT_FILES,   /* the kernel command line */
	VP_RANK_BOOT_MENU,
	VP_RANK_SERVICES,
	VP_RANK_DISK,
	VP_RANK_MACHINE,
};

struct vp_plan *vp_plan_empty(void);
void vp_plan_sort(struct vp_plan *plan); /* by rank; within a rank the order stands */

/* Appends "write this file", unless `after` is what is there. `before` NULL: there is no file. */
void vp_plan_write(struct vp_plan *plan, const char *step, enum vp_rank rank, const char *path,
		   GBytes *before, GBytes *after, const char *why);

/* Brings a file that is all ours to `wanted` (borrowed), 0644 or 0755; NULL: it is to be gone. */
void vp_plan_own_file(const struct vp_session *session, struct vp_plan *plan, const char *step, enum vp_rank rank,
		      const char *path, GBytes *wanted, unsigned mode, const char *why);

/* Appends "run this"; on a root that is not "/" it is listed as to be run there. `undo` may be NULL. */
void vp_plan_run(const struct vp_session *session, struct vp_plan *plan, const char *step, enum vp_rank rank,
		 const char *const *argv, const char *const *undo, const char *why);

/* The command appended last makes these files anew (taken over; none: NULL): they are kept before it runs. */
void vp_plan_keep(struct vp_plan *plan, char **paths);

/* Whether anything in the plan has this rank: a file is written, so its command must run. */
bool vp_plan_touches(const struct vp_plan *plan, enum vp_rank rank);

/* Appends what is not done and why; see struct vp_refusal for `blocks`. */
void vp_plan_refuse(struct vp_plan *plan, const char *what, const char *why, bool blocks);

void vp_change_free(struct vp_change *change);

/* The command of a RUN as one line, quoted where a shell would need it. Caller frees. */
char *vp_change_command(const struct vp_change *change);

/* What the plan (NULL: none) makes of a file so far: the last write to it, else what is there now; NULL: no file.
 * Caller unrefs. */
GBytes *vp_plan_content(const struct vp_session *session, const struct vp_plan *plan, const char *path);
