/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.c - one table of keys: what each does where, the footer, and the help */
#include "config.h"

#include "keys.h"

#include <curses.h>

#define STEPS (KEYS_FIRMWARE | KEYS_KERNEL | KEYS_DEVICES | KEYS_PACKAGES | KEYS_MACHINE)
#define PAGES (STEPS | KEYS_REVIEW | KEYS_APPLY)
#define MENUS (KEYS_MENU | KEYS_MARKS)
#define ROWS (PAGES | KEYS_PAGER | MENUS)

enum { MOST_KEYS = 5 };

struct row {
	enum command command;
	unsigned contexts;
	struct key keys[MOST_KEYS]; /* ends with an empty one */
	const char *label;          /* as the footer and the help name the key */
	const char *ascii_label;    /* the same where label is not ASCII */
	const char *word;           /* in the footer; NULL: only in the help */
	int rank;                   /* in a narrow footer high ranks give way first */
	const char *help;
};

/* clang-format off */
#define CH(c) {(c), false}
#define FN(c) {(c), true}
#define CTRL(c) {(c) & 0x1f, false}
#define ENTER CH('\n'), CH('\r'), FN(KEY_ENTER)
#define ESCAPE CH(27)

static const struct row table[] = {
	{CMD_UP, ROWS, {FN(KEY_UP), CH('k')}, "↑↓", "arrows", "move", 7, "move; j and k do the same"},
	{CMD_DOWN, ROWS, {FN(KEY_DOWN), CH('j')}, NULL, NULL, NULL, 0, NULL},
	{CMD_PAGE_UP, ROWS, {FN(KEY_PPAGE), CTRL('b')}, "PgUp PgDn", NULL, NULL, 0, "a page up or down (also Ctrl-B, Ctrl-F)"},
	{CMD_PAGE_DOWN, ROWS, {FN(KEY_NPAGE), CTRL('f')}, NULL, NULL, NULL, 0, NULL},
	{CMD_PAGE_DOWN, KEYS_PAGER, {CH(' ')}, "space", NULL, "page", 3, "a page down"},
	{CMD_FIRST, ROWS, {FN(KEY_HOME), CH('g')}, "g G", NULL, NULL, 0, "to the first, to the last (also Home, End)"},
	{CMD_LAST, ROWS, {FN(KEY_END), CH('G')}, NULL, NULL, NULL, 0, NULL},

	{CMD_CHOOSE, KEYS_FIRMWARE, {CH(' ')}, "space", NULL, "tick", 4, "tick: I have set this in the firmware"},
	{CMD_CHOOSE, KEYS_KERNEL | KEYS_PACKAGES, {CH(' ')}, "space", NULL, "on/off", 4, "switch on or off"},
	{CMD_CHOOSE, KEYS_MACHINE, {CH(' ')}, "space", NULL, "yes/no", 8, "switch between yes and no"},
	{CMD_CHOOSE, KEYS_DEVICES, {CH(' ')}, "space", NULL, "choose", 4, "choose the device for the machine, or keep it"},
	{CMD_CHOOSE, KEYS_MARKS, {CH(' ')}, "space", NULL, "choose", 4, "choose, or not"},
	{CMD_OPEN, KEYS_FIRMWARE | KEYS_DEVICES | KEYS_PACKAGES | KEYS_REVIEW, {ENTER}, "enter", NULL, "details", 5,
	 "show all that is known about the row"},
	{CMD_OPEN, KEYS_KERNEL | KEYS_MACHINE, {ENTER}, "enter", NULL, "edit", 5, "edit the row"},
	{CMD_OPEN, KEYS_APPLY, {ENTER}, "enter", NULL, "log", 5, "show the whole log"},
	{CMD_ADD, KEYS_KERNEL, {CH('a')}, "a", NULL, "add", 5, "add a parameter of your own"},
	{CMD_APPLY, KEYS_REVIEW, {CH('a')}, "a", NULL, "apply", 3, "carry the plan out; asks first"},
	{CMD_UNDO, KEYS_REVIEW, {CH('u')}, "u", NULL, "undo", 6, "put everything back as it was; asks first"},
	{CMD_SAVE, KEYS_REVIEW, {CH('s')}, "s", NULL, "save", 8, "save the answers to a file"},
	{CMD_SEARCH, PAGES | KEYS_PAGER, {CH('/')}, "/", NULL, "find", 9, "find; an empty text finds the next one"},

	{CMD_FILTER, KEYS_DEVICES, {CH('f')}, "f", NULL, "filter", 10, "show all, only graphics cards, only what is chosen, only what can go"},
	{CMD_OVERRULE, KEYS_DEVICES, {CH('o')}, "o", NULL, NULL, 0, "overrule a refusal: shows the risk, and has it typed out"},
	{CMD_OVERRULE, KEYS_RISK, {CH('o')}, "o", NULL, "overrule", 1, NULL},

	{CMD_NEXT, STEPS, {CH('n'), FN(KEY_RIGHT), CH('l'), CH('\t')}, "n", NULL, "next", 2, "next step (also the right arrow)"},
	{CMD_BACK, STEPS | KEYS_REVIEW | KEYS_APPLY, {CH('b'), FN(KEY_LEFT), CH('h'), ESCAPE, FN(KEY_BTAB)}, "b", NULL, "back", 3,
	 "step back; nothing is lost (also Esc and the left arrow)"},
	{CMD_STEP_1, PAGES, {CH('1')}, "1-6", NULL, NULL, 0, "to that step"},
	{CMD_STEP_2, PAGES, {CH('2')}, NULL, NULL, NULL, 0, NULL},
	{CMD_STEP_3, PAGES, {CH('3')}, NULL, NULL, NULL, 0, NULL},
	{CMD_STEP_4, PAGES, {CH('4')}, NULL, NULL, NULL, 0, NULL},
	{CMD_STEP_5, PAGES, {CH('5')}, NULL, NULL, NULL, 0, NULL},
	{CMD_STEP_6, PAGES, {CH('6')}, NULL, NULL, NULL, 0, NULL},
	{CMD_FINDINGS, STEPS, {CH('i')}, "i", NULL, "findings", 10, "all findings of this step and where they were read"},
	{CMD_REFRESH, STEPS | KEYS_REVIEW, {CH('r')}, "r", NULL, NULL, 0, "look at the computer again"},
	{CMD_REDRAW, PAGES | KEYS_PAGER | KEYS_BUTTONS | KEYS_INPUT | MENUS, {CTRL('l')}, "Ctrl-L", NULL, NULL, 0, "draw the screen anew"},

	{CMD_LEFT, KEYS_BUTTONS, {FN(KEY_LEFT), CH('h'), FN(KEY_BTAB), FN(KEY_UP), CH('k')}, "←→", "arrows", "move", 3, "to the other button"},
	{CMD_RIGHT, KEYS_BUTTONS, {FN(KEY_RIGHT), CH('l'), CH('\t'), FN(KEY_DOWN), CH('j')}, NULL, NULL, NULL, 0, NULL},
	{CMD_ACCEPT, KEYS_BUTTONS | KEYS_INPUT | MENUS, {ENTER}, "enter", NULL, "take", 1, "take it"},
	{CMD_CLOSE, KEYS_BUTTONS | MENUS, {ESCAPE, CH('q'), CH('b')}, "Esc", NULL, "cancel", 2, "leave it as it was"},
	{CMD_CLOSE, KEYS_INPUT, {ESCAPE}, "Esc", NULL, "cancel", 2, "leave it as it was"},
	{CMD_CLOSE, KEYS_PAGER, {ESCAPE, CH('q'), CH('b'), CH('\n'), CH('\r')}, "q", NULL, "close", 1, "close (also Esc and Enter)"},

	{CMD_HELP, PAGES, {CH('?'), FN(KEY_F(1))}, "?", NULL, "help", 1, "this help"},
	{CMD_QUIT, PAGES, {CH('q')}, "q", NULL, "quit", 1, "leave; asks when something would be lost"},
};
/* clang-format on */

static bool same_key(struct key a, struct key b)
{
	return a.code == b.code && a.function == b.function;
}

enum command keys_command(enum key_context context, struct key key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		for (int k = 0; (table[i].contexts & context) && k < MOST_KEYS && table[i].keys[k].code; k++)
			if (same_key(table[i].keys[k], key))
				return table[i].command;
	return CMD_NONE;
}

static const char *label_of(const struct row *row, bool ascii)
{
	return ascii && row->ascii_label ? row->ascii_label : row->label;
}

/* The footer with all hints up to a rank. */
static char *footer_up_to(unsigned contexts, int rank, bool ascii)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct row *row = &table[i];

		if (!(row->contexts & contexts) || !row->word || row->rank > rank)
			continue;
		g_string_append_printf(text, "%s%s %s", text->len ? "  " : "", label_of(row, ascii),
				       row->word);
	}
	return g_string_free(text, FALSE);
}

char *keys_footer(unsigned contexts, int width, bool ascii)
{
	for (int rank = 10; rank > 0; rank--) {
		char *text = footer_up_to(contexts, rank, ascii);

		if (text_width(text) <= width)
			return text;
		g_free(text);
	}
	return g_strdup("");
}

void keys_help(GPtrArray *lines, enum key_context context, bool ascii)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if ((table[i].contexts & context) && table[i].help)
			lines_addf(lines, TONE_PLAIN, "  %s\t%s", label_of(&table[i], ascii), table[i].help);
}

void keys_each(enum key_context context, void (*each)(struct key key, enum command command, void *data),
	       void *data)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		for (int k = 0; (table[i].contexts & context) && k < MOST_KEYS && table[i].keys[k].code; k++)
			each(table[i].keys[k], table[i].command, data);
}
