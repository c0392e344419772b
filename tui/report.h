/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report.h - findings, groups, a plan and what comes after it, as lines of text for every face */
#pragma once

#include "core/core.h"
#include "marks.h"
#include "text.h"

enum tone report_tone(enum vp_level level);
void report_findings(GPtrArray *lines, const GPtrArray *findings, const struct marks *marks);

/* Every step with its findings. */
void report_check(GPtrArray *lines, const struct vp_session *session, const struct marks *marks);

/* Titles, reasons and diffs of all changes, what is refused, and whether a restart is needed. */
void report_plan(GPtrArray *lines, const struct vp_plan *plan);

/* What keeps apply from starting; NULL: nothing does. Caller frees. */
char *report_blocked(const struct vp_plan *plan);

/* After apply, or an undo of everything: the restart, the way around it, the way back. */
void report_what_now(GPtrArray *lines, const struct vp_session *session, bool undo, bool needs_reboot);

/* What would help before a risk is taken; the sentence is that of vp_choose_risk(). */
void report_risk_help(GPtrArray *lines, const char *sentence);

/* "0000:01:00.0" is "01:00.0" on all but a few large servers. */
const char *report_address(const struct vp_device *device);

/* The same within a text. Caller frees. */
char *report_short(const char *text);
