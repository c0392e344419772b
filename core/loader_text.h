/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loader_text.h - pieces of a kernel command line within a file; for loader_conf.c and loader_limine.c */
#pragma once

#include "cmdline.h"
#include "lines.h"

/* A piece of a command line within a line of the file. */
struct vp_loader_span {
	struct vp_line line;
	size_t start, end;
	bool whole;     /* an empty piece makes the line useless: it goes, too */
	size_t key_end; /* where the blank in front of the first word comes and goes; 0: no blank is needed */
	const char *forbidden; /* characters that cannot stand there, or NULL */
};

GArray *vp_loader_spans_new(void); /* of struct vp_loader_span */

/* All spans as one text, parted by line ends, which are blanks to the kernel. Caller frees. */
char *vp_loader_join(const struct vp_lines *lines, const GArray *spans);

/* The change to the one command line that all spans make together. */
bool vp_loader_edit_spans(const struct vp_lines *lines, const GArray *spans,
			  const struct vp_cmdline_change *change, GArray *splices, GError **error);
