/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clean.h - output of programs as lines that are safe to show on a terminal
 *
 * Escape sequences and control characters are taken out, also those that are never finished; what is not
 * UTF-8 becomes U+FFFD; a line ends at 4096 bytes at the latest. Memory does not grow with the output.
 */
#pragma once

#include <glib.h>

struct vp_clean;

/* line may be NULL: the output is thrown away. */
struct vp_clean *vp_clean_new(void (*line)(const char *line, void *data), void *data);
void vp_clean_feed(struct vp_clean *clean, const char *data, gsize length);
void vp_clean_free(struct vp_clean *clean); /* hands over a last line that had no newline */
