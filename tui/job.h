/* SPDX-License-Identifier: GPL-2.0-or-later */
/* job.h - apply or undo as a process of its own, so that the screen never stands still */
#pragma once

#include "cli.h"

/* Where one change of the plan stands. */
enum job_state { JOB_WAITS, JOB_RUNS, JOB_DONE, JOB_ELSEWHERE, JOB_FAILED };

struct job;

/*
 * Starts "apply" or "undo" for the plan with that digest, with the answers in force. It outlives this process if
 * it must: what was begun is finished.
 */
struct job *job_start(const struct cli *cli, const struct vp_session *session, const struct vp_plan *plan,
		      bool undo, GError **error);
void job_free(struct job *job); /* waits for its end */

int job_file(const struct job *job); /* readable when there is something to read */
bool job_read(struct job *job);      /* false: nothing was there */
bool job_running(const struct job *job);

bool job_is_undo(const struct job *job);
bool job_needs_reboot(const struct job *job);
unsigned job_total(const struct job *job);
unsigned job_finished(const struct job *job);
const char *job_title(const struct job *job, unsigned index);
enum job_state job_state(const struct job *job, unsigned index);
const GPtrArray *job_log(const struct job *job); /* char *: the newest last */
const char *job_trouble(const struct job *job);  /* why it failed; NULL: it did not, so far */
int job_seconds(const struct job *job);          /* since it began, or that it took */
