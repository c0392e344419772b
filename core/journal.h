/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal.h - what apply did, written down before it is done
 *
 * VP_JOURNAL_DIR/records holds one JSON object a line, each made durable before the change it announces; N.before
 * is the file as it was. A last line that is cut off (the power went) announces nothing and is skipped.
 */
#pragma once

#include "plan.h"

struct vp_journal_entry {
	int number;
	enum vp_change_kind kind;
	int rank;
	bool done, undone;
	/* WRITE, REMOVE */
	char *path;
	bool existed;     /* before; its bytes are in N.before */
	unsigned mode, uid, gid;
	gint64 mtime_ns;
	char *after_hash; /* SHA-256 of what was written; NULL: the file was removed */
	char **folders;   /* that had to be made for it, outermost first */
	/* RUN */
	char **argv, **undo_argv;
	bool elsewhere;
	/* DEFINE */
	char *name, *connect, *xml_hash;
};

struct vp_journal {
	char **folders;     /* that had to be made for the journal itself */
	GPtrArray *entries; /* struct vp_journal_entry *, by number */
};

/* An empty journal where there is none. Fails on one that a newer version wrote. Caller frees. */
struct vp_journal *vp_journal_read(const struct vp_session *session, GError **error);
void vp_journal_free(struct vp_journal *journal);
typedef struct vp_journal vp_journal; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_journal, vp_journal_free)

/* Announces a change, with the file as it is now; *ret_number: its number. */
bool vp_journal_begin(const struct vp_session *session, const struct vp_change *change, int *ret_number, GError **error);
bool vp_journal_done(const struct vp_session *session, int number, GError **error);
bool vp_journal_undone(const struct vp_session *session, int number, GError **error);

/* The file as it was before the entry; NULL and an error when its copy cannot be read. Caller unrefs. */
GBytes *vp_journal_before(const struct vp_session *session, const struct vp_journal_entry *entry, GError **error);
char *vp_journal_before_path(const struct vp_journal_entry *entry); /* within the root; caller frees */

/* Removes the journal, the kept answers and every folder that was made for them. */
bool vp_journal_close(const struct vp_session *session, const struct vp_journal *journal, GError **error);

/* Whether a machine of this name and description was defined and not undone. */
bool vp_journal_defined(const struct vp_session *session, const char *name, const char *xml);

char *vp_hash(GBytes *bytes); /* SHA-256 as text; NULL for NULL. Caller frees. */
