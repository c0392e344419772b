/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply.h - carrying changes out: what apply, undo and their guards share */
#pragma once

#include "journal.h"

struct vp_progress {
	vp_watch *watch; /* or NULL */
	void *data;
	size_t index, total;
	const struct vp_change *change;
	GPtrArray *kept; /* RUN: what its command makes anew, as it was (struct vp_kept *), or NULL */
	bool undo;       /* the way back: what the command makes need not hold what was asked for */
};

void vp_progress_tell(const struct vp_progress *progress, enum vp_event_kind kind, const char *text);

/* guard.c: runs the command of progress->change. What it makes anew is proven, and put back where it is wrong. */
bool vp_guard_run(const struct vp_session *session, struct vp_progress *progress, GError **error);

/* Does progress->change. Files are refused when they are no longer as the plan saw them. */
bool vp_change_do(const struct vp_session *session, struct vp_progress *progress, GError **error);

/* Fails in one sentence when this process may not change this root. */
bool vp_apply_may_start(const struct vp_session *session, GError **error);
