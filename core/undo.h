/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undo.h - what the two halves of making an undo plan share; for undo*.c */
#pragma once

#include "apply.h"

/* Appends a change to an undo plan. `rank`: that of the change it takes back. Borrowed by the plan. */
struct vp_change *vp_undo_add(struct vp_plan *plan, enum vp_change_kind kind, int rank, const char *why);

/* undo_commands.c: appends what takes back the commands of the journal and what they made. */
void vp_undo_commands(const struct vp_session *session, const struct vp_journal *journal,
		      struct vp_plan *plan);
