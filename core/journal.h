/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal.h - what apply did, written down before it is done
 *
 * VP_JOURNAL_DIR/records holds one JSON object a line, each made durable before the change it announces; N.before
 * is the file as it was, N.kept.0 and on are those that a command makes anew. A last line that is cut off (the power went) announces nothing and is skipped.
 */
#pragma once

#include "kept.h"
#include "plan.h"

struct vp_journal_entry {
	int number;
	enum vp_change_kind kind;
	int rank;
	bool done, undone;
	/* WRITE, REMOVE */
	char *path;
	bool existed; /* before; its bytes are in N.before */
	unsigned mode, uid, gid;
	gint64 mtime_ns;
	char *after_hash; /* SHA-256 of what was written; NULL: the file was removed */
	char **folders;   /* that had to be made for it, outermost first */
	/* RUN */
	char **argv, **undo_argv;
	bool elsewhere;
	GPtrArray *kept; /* struct vp_kept *; empty: the command makes no files that count */
	char *kernels;   /* vp_journal_kernels() at that time, where files were kept */
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

/* Makes the journal if there is none yet. */
bool vp_journal_open(const struct vp_session *session, GError **error);

/* Announces a change, with the file as it is now. *ret_number: its number; *ret_kept: what its command makes anew,
 * as it is now (struct vp_kept *; the caller unrefs), or NULL. */
bool vp_journal_begin(const struct vp_session *session, const struct vp_change *change, int *ret_number,
		      GPtrArray **ret_kept, GError **error);
bool vp_journal_done(const struct vp_session *session, int number, const GPtrArray *kept, GError **error);
bool vp_journal_undone(const struct vp_session *session, int number, GError **error);

/* The file as it was before the entry; NULL and an error when its copy cannot be read. Caller unrefs. */
GBytes *vp_journal_before(const struct vp_session *session, const struct vp_journal_entry *entry,
			  GError **error);
char *vp_journal_before_path(const struct vp_journal_entry *entry); /* within the root; caller frees */

/* Removes the journal, the kept answers and every folder that was made for them. */
bool vp_journal_close(const struct vp_session *session, const struct vp_journal *journal, GError **error);

/* Whether files of one rank were changed and the command that makes something of them has not succeeded since: it
 * failed, or the power went. A command that was only listed (another root) is owed by the running system. */
bool vp_journal_owes(const struct vp_session *session, enum vp_rank files, enum vp_rank command);

/* Whether this file was written, and that not undone. */
bool vp_journal_wrote(const struct vp_session *session, const char *path);

/* The kernels installed now: an image that was made for others is of no use any more. Caller frees. */
char *vp_journal_kernels(const struct vp_session *session);

/* Whether a machine of this name and description was defined and not undone. */
bool vp_journal_defined(const struct vp_session *session, const char *name, const char *xml);

char *vp_hash(GBytes *bytes); /* SHA-256 as text; NULL for NULL. Caller frees. */
