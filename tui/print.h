/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print.h - lines of text on the standard output, for a terminal or for a file */
#pragma once

#include "core/core.h"
#include "text.h"

/* In colours and folded to the width on a terminal, as it is elsewhere. Tables and diffs are never folded. */
void print_lines(const GPtrArray *lines);
void print_table(const GPtrArray *lines);

/* Columns of the terminal; elsewhere so many that nothing is cut. */
int print_width(void);

/* A text that ends in exactly one line feed. */
void print_text(const char *text);

/* A watch for vp_plan_apply() and vp_plan_undo_apply(): what is done, line by line. */
void print_event(const struct vp_event *event, void *data);
void print_event_json(const struct vp_event *event, void *data); /* one JSON object a line */
void print_error_json(const char *text);
