/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout.h - where everything stands on a screen of rows x columns. Pure. */
#pragma once

#include <stdbool.h>

enum { LAYOUT_LEAST_ROWS = 24, LAYOUT_LEAST_COLUMNS = 80 };

struct rect {
	int y, x, rows, columns;
};

struct layout_want {
	int intro_rows;    /* lines of the sentence above the list */
	int message_rows;  /* lines of the message above the footer */
	int details_share; /* of the body below the list, in percent; 0: details only beside the list */
};

struct layout {
	bool too_small; /* nothing but a notice fits */
	struct rect header, stepper, rule, intro, list;
	struct rect split;   /* the line between list and details */
	struct rect details; /* no rows: not shown */
	bool beside;         /* details stand to the right of the list */
	struct rect end_rule, message, footer;
};

void layout_make(struct layout *layout, int rows, int columns, const struct layout_want *want);

/* A box of at most this inner size in the middle of the screen, its border included. */
struct rect layout_box(int rows, int columns, int inner_rows, int inner_columns);
