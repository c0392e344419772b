/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change.h - asking and changing, line by line */
#pragma once

#include "cli.h"

/* A line as typed, without blanks around it; NULL: the input ended. Caller frees. */
char *ask_line(const char *prompt);

/* False with *error set where the input ended, false without where the answer was no. */
bool ask_yes(const char *question, GError **error);

/* False and an error where this user may not change this machine. */
bool change_allowed(const struct cli *cli, const struct vp_session *session, const char *what,
		    GError **error);

/* False and an error where something in the plan keeps apply from starting. */
bool change_possible(const struct vp_plan *plan, GError **error);

/* Carries the plan out, tells each change, and then what to do now. Returns an exit status. */
int change_carry_out(const struct cli *cli, struct vp_session *session, const struct vp_plan *plan, bool undo,
		     GError **error);
