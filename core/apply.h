/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply.h - carrying changes out: what apply and undo share */
#pragma once

#include "journal.h"

struct vp_progress {
	vp_watch *watch; /* or NULL */
	void *data;
	size_t index, total;
	const struct vp_change *change;
};

void vp_progress_tell(const struct vp_progress *progress, enum vp_event_kind kind, const char *text);

/* Does progress->change. Files are refused when they are no longer as the plan saw them. */
bool vp_change_do(const struct vp_session *session, struct vp_progress *progress, GError **error);

/* Fails in one sentence when this process may not change this root. */
bool vp_apply_may_start(const struct vp_session *session, GError **error);
