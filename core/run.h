/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.h - the only door to other programs
 *
 * argv arrays, never a shell. The child gets a clean environment (PATH, LC_ALL=C.UTF-8, HOME, TERM=dumb), no
 * terminal, standard input from /dev/null and a session of its own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One line of output, without its newline, escape sequences and control characters. */
typedef void vp_run_line(const char *line, void *data);

/* Runs to the end. *ret_status: exit status, or 128 + signal. Fails only when it cannot be started, or when
 * timeout_s (0: none) ran out and it was ended with its process group. What it leaves running at its own end
 * is not waited for. line may be NULL. */
bool vp_run(char *const *argv, unsigned timeout_s, vp_run_line *line, void *data, int *ret_status,
	    GError **error);

/* The same, collecting standard output (at most 4 MiB, made valid UTF-8, otherwise as it came); what goes to
 * standard error is dropped. *ret_output: caller frees. */
bool vp_run_capture(char *const *argv, unsigned timeout_s, char **ret_output, int *ret_status,
		    GError **error);

/* Whether a program of that name is in the fixed PATH ($VIRT_PASSTHROUGH_PATH names another, for tests). */
bool vp_run_has(const char *program);

/* `diff -u` of two contents of a file (NULL: no file), "" when they are equal; where diff fails, a line that
 * says so. Control characters of the file are kept. Caller frees. */
char *vp_run_diff(const char *path, GBytes *before, GBytes *after);
