/* SPDX-License-Identifier: GPL-2.0-or-later */
/* marks.h - signs that tell how something stands, in what the terminal can show */
#pragma once

#include <stdbool.h>

struct marks {
	const char *done;    /* fine, measured */
	const char *here;    /* the step one is in */
	const char *open;    /* not looked at yet */
	const char *left;    /* something is left to do */
	const char *waiting; /* written, needs a restart */
	const char *bad;     /* wrong, or impossible */
	const char *ellipsis;
	bool ascii; /* nothing but ASCII may be shown */
};

/* For the locale and $TERM; setlocale() comes first. */
const struct marks *marks_choose(void);
