/* SPDX-License-Identifier: GPL-2.0-or-later */
/* splice.h - replaces spans of a text and leaves every other byte alone */
#pragma once

#include <glib.h>

struct vp_splice {
	size_t start, end; /* of the text that goes; equal: nothing goes */
	char *insert;      /* what comes in its place, or NULL */
};

GArray *vp_splices_new(void); /* of struct vp_splice; g_array_unref() frees all */

/* Takes `insert` over. Spans may be added in any order; what several of them take away goes once. */
void vp_splice_add(GArray *splices, size_t start, size_t end, char *insert);

/* Several insertions at one place keep the order in which they were added. */
GBytes *vp_splice_apply(GBytes *text, GArray *splices);
