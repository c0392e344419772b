/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.h - a scrolling list with columns, headings between the rows, and a cursor that stays where it was */
#pragma once

#include "terminal.h"

enum { LIST_MOST_CELLS = 5 };

enum row_kind {
	ROW_ITEM,
	ROW_HEADING,
	ROW_NOTE, /* text across the list */
};

struct list_row {
	enum row_kind kind;
	enum tone tone;
	bool across; /* ITEM: the first cell takes the room of all */
	char *id;    /* ITEM: what the row stands for */
	char *mark;  /* ITEM: "[x]", or NULL */
	char *cells[LIST_MOST_CELLS];
};

struct list_column {
	const char *title; /* or NULL */
	int least;         /* may shrink to this many columns; 0: never shrinks */
	bool optional;     /* left out where there is no room, the last first */
};

struct list {
	const struct list_column *columns; /* LIST_MOST_CELLS of them */
	GPtrArray *rows;
	int cursor, top;
	int natural[LIST_MOST_CELLS], mark_width;
	char *keep;   /* id under the cursor before the rows were taken away */
	char *needle; /* what was searched for last */
};

void list_init(struct list *list, const struct list_column *columns);
void list_free(struct list *list);

/* Rows are made anew after each change: list_clear(), adds, list_ready(). The cursor stays on its id. */
void list_clear(struct list *list);
void list_ready(struct list *list);
void list_heading(struct list *list, enum tone tone, const char *text);
void list_note(struct list *list, enum tone tone, const char *text);
/* Cells up to a NULL; each is copied. */
void list_item(struct list *list, const char *id, const char *mark, enum tone tone,
	       ...) G_GNUC_NULL_TERMINATED;

/* An item that is one text across the columns. */
void list_line(struct list *list, const char *id, const char *mark, enum tone tone, const char *text);

const struct list_row *list_current(const struct list *list); /* the item under the cursor, or NULL */
bool list_select(struct list *list, const char *id);

/* CMD_UP and the other moves; false: not a move. `page` is the number of rows to be seen. */
bool list_move(struct list *list, enum command command, int page);

/* To the next item with this text in it (empty: the one searched for before); false: there is none. */
bool list_search(struct list *list, const char *needle);

/* "5 of 40", or NULL where all is to be seen. Caller frees. */
char *list_position(const struct list *list, int page);

int list_page(const struct list *list, int rows); /* rows for items in a list of that height */
void list_draw(struct list *list, const struct terminal *terminal, WINDOW *window, struct rect at);
