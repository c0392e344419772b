/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kept.h - files that a command makes anew: how they were, and the way back
 *
 * Boot images and menus are made by tools of the system, so what they will hold is not known beforehand. Each is
 * copied aside (beside the journal) before the tool runs, and comes back byte for byte, with mode, owner and time.
 */
#pragma once

#include "internal.h"

struct vp_kept {
	char *path;
	char *copy;   /* within the root; NULL: there was no file */
	char *before; /* SHA-256 of the copy; NULL: there was no file */
	char *after;  /* SHA-256 of what the command left; NULL: no file, or it did not end */
	unsigned mode, uid, gid;
	gint64 mtime_ns;
};

GPtrArray *vp_kept_array(void); /* of struct vp_kept *, owned */

/* Copies the files to VP_JOURNAL_DIR/NAME.kept.0 and on. Fails, with nothing kept, where the room is too small for
 * the copies or for the new files beside the old ones. Caller unrefs. */
GPtrArray *vp_kept_take(const struct vp_session *session, char **paths, const char *name, GError **error);

/* Notes what the command left, as `after`. */
void vp_kept_note(const struct vp_session *session, GPtrArray *kept);

/* Whether the command wrote this file at all, even if with the same bytes. */
bool vp_kept_is_made(const struct vp_session *session, const struct vp_kept *kept);

/* Puts back what is not as it was. ret_story: "/boot/a and /boot/b were put back as they were". */
bool vp_kept_put_back(const struct vp_session *session, const GPtrArray *kept, char **ret_story,
		      GError **error);

/* Removes the copies: nothing is left to put back. */
void vp_kept_forget(const struct vp_session *session, const GPtrArray *kept);
