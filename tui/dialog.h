/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dialog.h - a box that says or asks something: buttons, a line of text, a choice */
#pragma once

#include "view.h"

/* What is asked. The lines are taken; `data` is passed on, and given to `free_data` when all is over (or NULL). */
struct question {
	const char *title;
	GPtrArray *lines;
	void *data;
	GDestroyNotify free_data;
};

/* Buttons up to a NULL. `done` gets the number of the one taken, -1 for none; it may be NULL. */
struct view *buttons_new(const struct terminal *terminal, const struct question *question,
			 const char *const *buttons, int preset, void (*done)(int button, void *data));

/* `take` may refuse with a sentence: the box then shows it and stays. Caller of take frees. */
struct view *input_new(const struct terminal *terminal, const struct question *question, const char *text,
		       char *(*take)(const char *text, void *data));

/* Choices (struct vp_choice *, taken): one of them, or any. `take` gets a NULL-terminated list of values. */
struct view *menu_view_new(const struct terminal *terminal, const struct question *question,
			   GPtrArray *choices, bool several,
			   char *(*take)(const char *const *values, void *data));
