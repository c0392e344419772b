/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.h - one table of keys: what each does where, the footer, and the help */
#pragma once

#include "text.h"

/* What a view listens to. A key has one meaning within one of these. */
enum key_context {
	KEYS_FIRMWARE = 1 << 0,
	KEYS_KERNEL = 1 << 1,
	KEYS_DEVICES = 1 << 2,
	KEYS_PACKAGES = 1 << 3,
	KEYS_MACHINE = 1 << 4,
	KEYS_REVIEW = 1 << 5,
	KEYS_APPLY = 1 << 6,
	KEYS_PAGER = 1 << 7,
	KEYS_BUTTONS = 1 << 8,
	KEYS_INPUT = 1 << 9,
	KEYS_MENU = 1 << 10,  /* one of several */
	KEYS_MARKS = 1 << 11, /* any of several */
	KEYS_RISK = 1 << 12,  /* beside a page: what was refused can be overruled */
};

enum command {
	CMD_NONE,
	CMD_UP,
	CMD_DOWN,
	CMD_PAGE_UP,
	CMD_PAGE_DOWN,
	CMD_FIRST,
	CMD_LAST,
	CMD_LEFT,
	CMD_RIGHT,
	CMD_CHOOSE,
	CMD_OPEN,
	CMD_ADD,
	CMD_APPLY,
	CMD_UNDO,
	CMD_SAVE,
	CMD_SEARCH,
	CMD_FILTER,
	CMD_OVERRULE,
	CMD_NEXT,
	CMD_BACK,
	CMD_STEP_1, /* the steps follow each other */
	CMD_STEP_2,
	CMD_STEP_3,
	CMD_STEP_4,
	CMD_STEP_5,
	CMD_STEP_6,
	CMD_FINDINGS,
	CMD_REFRESH,
	CMD_REDRAW,
	CMD_HELP,
	CMD_QUIT,
	CMD_CLOSE,
	CMD_ACCEPT,
	CMD_COUNT
};

/* A key as it comes from the terminal: a character, or a code of curses (KEY_UP). */
struct key {
	unsigned code;
	bool function;
};

enum command keys_command(enum key_context context, struct key key);

/* The footer of one or more contexts: what fits, the less important left out whole. Caller frees. */
char *keys_footer(unsigned contexts, int width, bool ascii);

/* One line a key of that context. */
void keys_help(GPtrArray *lines, enum key_context context, bool ascii);

/* For tests: every key of the context is passed to `each`. */
void keys_each(enum key_context context, void (*each)(struct key key, enum command command, void *data),
	       void *data);
