/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals.h - signals as something to read, and a terminal that is whole again even after a crash */
#pragma once

#include <termios.h>

struct signals;

/*
 * Catches SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP and SIGCONT; call it once curses is up. `modes` are
 * those of the terminal before that, and `stderr_file` is the real stderr (-1: it is in its place), for a crash.
 */
struct signals *signals_open(const struct termios *modes, int stderr_file);
void signals_close(struct signals *signals); /* the former handlers are back */

int signals_file(const struct signals *signals); /* readable when a signal came in */
int signals_next(struct signals *signals);       /* its number; 0: none */

void signals_stop_self(void); /* as SIGTSTP does by default; returns when continued */
