/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout.c - where everything stands on a screen of rows x columns */
#include "config.h"

#include "layout.h"

#include <glib.h>

enum {
	BESIDE_COLUMNS = 120, /* from here on details stand beside the list */
	LEAST_LIST_ROWS = 5,
	LEAST_DETAILS_ROWS = 4,
	MOST_INTRO_ROWS = 4,
	MOST_MESSAGE_ROWS = 4,
};

static struct rect strip(int *y, int rows, int columns)
{
	struct rect rect = {*y, 0, rows, columns};

	*y += rows;
	return rect;
}

static void split_beside(struct layout *layout, struct rect body)
{
	int list = body.columns * 11 / 20;

	layout->beside = true;
	layout->list = (struct rect){body.y, 0, body.rows, list};
	layout->split = (struct rect){body.y, list, body.rows, 1};
	layout->details = (struct rect){body.y, list + 1, body.rows, body.columns - list - 1};
}

static void split_below(struct layout *layout, struct rect body, int share)
{
	int details = MAX(body.rows * share / 100, LEAST_DETAILS_ROWS);
	int y = body.y;

	if (share == 0 || body.rows - details - 1 < LEAST_LIST_ROWS) {
		layout->list = body;
		return;
	}
	layout->list = strip(&y, body.rows - details - 1, body.columns);
	layout->split = strip(&y, 1, body.columns);
	layout->details = strip(&y, details, body.columns);
}

void layout_make(struct layout *layout, int rows, int columns, const struct layout_want *want)
{
	int message = CLAMP(want->message_rows, 1, MOST_MESSAGE_ROWS);
	int intro = CLAMP(want->intro_rows, 0, MOST_INTRO_ROWS);
	int y = 0;

	*layout = (struct layout){.too_small = rows < LAYOUT_LEAST_ROWS || columns < LAYOUT_LEAST_COLUMNS};
	if (layout->too_small)
		return;
	layout->header = strip(&y, 1, columns);
	layout->stepper = strip(&y, 1, columns);
	layout->rule = strip(&y, 1, columns);
	layout->intro = strip(&y, intro, columns);

	struct rect body = strip(&y, rows - y - message - 2, columns);

	layout->end_rule = strip(&y, 1, columns);
	layout->message = strip(&y, message, columns);
	layout->footer = strip(&y, 1, columns);
	if (columns >= BESIDE_COLUMNS)
		split_beside(layout, body);
	else
		split_below(layout, body, want->details_share);
}

struct rect layout_box(int rows, int columns, int inner_rows, int inner_columns)
{
	struct rect box = {.rows = MIN(inner_rows + 2, rows), .columns = MIN(inner_columns + 4, columns)};

	box.y = (rows - box.rows) / 2;
	box.x = (columns - box.columns) / 2;
	return box;
}
