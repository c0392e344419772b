/* SPDX-License-Identifier: GPL-2.0-or-later */
/* marks.c - signs that tell how something stands, in what the terminal can show */
#include "config.h"

#include "marks.h"

#include <glib.h>
#include <langinfo.h>
#include <string.h>

static const struct marks full = {"✓", "●", "○", "!", "~", "✗", "…", false};

/* The fonts of the Linux console hold the letters of code page 437: no ticks, but a root sign. */
static const struct marks console = {"√", "●", "○", "!", "~", "x", "...", false};

static const struct marks ascii = {"+", ">", "o", "!", "~", "x", "...", true};

const struct marks *marks_choose(void)
{
	/* Terminals older than Unicode, which a UTF-8 locale on this side does not change. */
	static const char *const old[] = {"vt1", "vt2", "vt3", "ansi", "dumb"};
	const char *term = g_getenv("TERM");

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return &ascii;
	for (size_t i = 0; term && i < G_N_ELEMENTS(old); i++)
		if (g_str_has_prefix(term, old[i]))
			return &ascii;
	return term && g_str_has_prefix(term, "linux") ? &console : &full;
}
