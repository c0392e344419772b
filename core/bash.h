/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bash.h - just enough of bash's grammar to tell which assignments of a sourced file are certain
 *
 * The text is cut into events in the order bash meets them. What is not a plain assignment at the top level
 * is no error: it becomes a doubt about every variable that its text names.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct vp_bash_event {
	unsigned line; /* from 1 */
	char *name;    /* of the variable; NULL: a doubt */
	bool append;   /* NAME+=value */
	size_t start;  /* of the assignment, or of the doubtful text */
	size_t value;  /* where the value starts */
	size_t end;    /* behind the value, or behind the doubtful text */
	char *doubt;   /* why the outcome is not certain, or NULL */
	bool any;      /* a doubt about every variable: another file is read, or a text is run */
	bool open; /* a doubt up to the end of the file: what is put behind it may not be met as a command */
};

/* struct vp_bash_event *; the caller unrefs. */
GPtrArray *vp_bash_scan(const char *text, size_t length);

/* Whether the text between names the variable, comment lines aside. */
bool vp_bash_mentions(const char *text, size_t start, size_t end, const char *name);

/* The next word of an array "(a b)" whose opening parenthesis is in front of *pos: false at the closing
 * one, to which *pos then points. The words were found well formed by vp_bash_scan(). */
bool vp_bash_next_word(const char *text, size_t end, size_t *pos, size_t *ret_start);

/* A word as bash takes it, quotes and backslashes resolved; NULL where that needs running it: expansions,
 * patterns. Caller frees. */
char *vp_bash_unquote(const char *text, size_t start, size_t end);
