/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal.h - the terminal: entering and leaving curses, signals, colours, one way to put text */
#pragma once

#include "keys.h"
#include "layout.h"
#include "marks.h"

#include <curses.h>

struct terminal;

/* Why no full screen can be had here (not a terminal, TERM=dumb); NULL where it can. Caller frees. */
char *terminal_obstacle(void);

struct terminal *terminal_open(GError **error);
void terminal_close(struct terminal *terminal); /* also passes on what was written to stderr meanwhile */

const struct marks *terminal_marks(const struct terminal *terminal);

/* Waits for a key, a signal, or `other` (a file to read, -1: none); true in *ret_other when that is readable. */
void terminal_wait(struct terminal *terminal, int other, int timeout_ms, bool *ret_other);

bool terminal_key(struct terminal *terminal, struct key *ret_key); /* false: no key is waiting */

/* The next signal that came in, 0: none. SIGWINCH, SIGTSTP and SIGCONT are dealt with here: SIGWINCH is returned. */
int terminal_signal(struct terminal *terminal);

chtype terminal_tone(const struct terminal *terminal, enum tone tone);

/* Puts a text into at most `width` columns; returns the columns used. */
int terminal_put(const struct terminal *terminal, WINDOW *window, int y, int x, int width, const char *text,
		 chtype attributes);

void terminal_box(const struct terminal *terminal, WINDOW *window);                    /* around a window */
void terminal_column(const struct terminal *terminal, WINDOW *window, struct rect at); /* an upright line */

/* A level line, with an optional text set into it at the left and at the right. */
void terminal_rule(const struct terminal *terminal, WINDOW *window, struct rect at, const char *left,
		   const char *right);
