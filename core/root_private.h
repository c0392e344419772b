/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * root_private.h - what root.c (reading) and root_write.c (changing) share; for nobody else
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct vp_root {
	int fd; /* O_PATH of the folder */
	char *path;
	bool live;
	bool scratch;
};

enum vp_root_use { VP_ROOT_LOOK, VP_ROOT_CHANGE };

/* open() within the root; close-on-exec, never blocks, never takes a terminal. -1 and errno. */
int vp_root_fd(const struct vp_root *root, const char *path, int flags, enum vp_root_use use);

/* Names in an open folder, sorted, without "." and ".."; NULL and errno. Takes the descriptor over. */
char **vp_root_names(int fd);

/* Sets "cannot VERB PATH: why; what to do" from errno and returns false. root NULL: a path outside. */
bool vp_root_fail(const struct vp_root *root, const char *verb, const char *path, GQuark domain, int code,
		  GError **error);
