/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - something on the screen that takes keys (the pages, a dialog, a text), and the stack of them */
#pragma once

#include "terminal.h"

#include <panel.h>

struct view;

struct view_ops {
	void (*place)(struct view *view, int rows, int columns); /* calls view_window() */
	void (*draw)(struct view *view);
	void (*key)(struct view *view, struct key key); /* closes by view->closed */
	void (*finish)(struct view *view); /* it is off the stack: answer whoever asked; or NULL */
	void (*free)(struct view *view);   /* its own parts, not the window; or NULL */
};

struct view {
	const struct view_ops *ops;
	const struct terminal *terminal;
	WINDOW *window;
	PANEL *panel;
	bool closed;
	bool cursor; /* shows the cursor of the terminal */
};

/* Gives the view a window there, in place of the one it had. */
void view_window(struct view *view, struct rect at);

/* A frame with a title, the text folded into it, and the footer of that context; returns the rows used. */
int view_frame(struct view *view, const char *title, const GPtrArray *lines, enum key_context context);

/* The stack: the last one takes the keys. It owns the views. */
GPtrArray *views_new(void);
void views_push(GPtrArray *views, struct view *view);
void views_place(GPtrArray *views);
void views_draw(GPtrArray *views);
void views_key(GPtrArray *views, struct key key);
