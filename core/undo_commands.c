/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo_commands.c - taking commands back: the files they made come from their copies, or the command runs again
 *
 * A file that is exactly what a command left is put back from its copy. That needs no tool, so it works from a live
 * USB as well. One that has changed since (a new kernel came) must not go back to how it was: the command makes it
 * anew from the old configuration.
 */
#include "config.h"

#include "undo.h"

#include <string.h>

/* All runs of one command that still stand: entries that share what takes them back. */
static GPtrArray *runs_of(const struct vp_journal *journal, const struct vp_journal_entry *like)
{
	GPtrArray *runs = g_ptr_array_new();

	for (guint i = 0; i < journal->entries->len; i++) {
		struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (entry->kind == VP_RUN && entry->undo_argv && !entry->undone &&
		    entry->rank == like->rank &&
		    g_strv_equal((const char *const *)entry->undo_argv, (const char *const *)like->undo_argv))
			g_ptr_array_add(runs, entry);
	}
	return runs;
}

/* ---- one file ------------------------------------------------------------------------------------------------- */

/* A file at one run: how it was before, and what is known of what the run left. */
struct link {
	const struct vp_journal_entry *entry;
	const struct vp_kept *kept;
};

static GArray *links_of(const GPtrArray *runs, const char *path)
{
	GArray *links = g_array_new(FALSE, FALSE, sizeof(struct link));

	for (guint i = 0; i < runs->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(runs, i);

		for (guint j = 0; j < entry->kept->len; j++) {
			struct link link = {entry, g_ptr_array_index(entry->kept, j)};

			if (!strcmp(link.kept->path, path))
				g_array_append_val(links, link);
		}
	}
	return links;
}

/* Whether the run may have left this. One that was cut off (the power went) left nobody knows what: half a file,
 * unless other kernels have come since, for which somebody then made it. */
static bool may_have_left(const struct link *link, const char *hash, const char *kernels)
{
	return link->entry->done ? !g_strcmp0(link->kept->after, hash)
				 : !g_strcmp0(link->entry->kernels, kernels);
}

/* Whether nobody but our commands had a hand in the file, from before the first run up to now. */
static bool is_all_ours(const struct vp_session *session, const GArray *links, const char *now)
{
	const char *first = g_array_index(links, struct link, 0).kept->before;
	g_autofree char *kernels = vp_journal_kernels(session);

	for (guint i = 0; i < links->len; i++) {
		const struct link *next =
			i + 1 < links->len ? &g_array_index(links, struct link, i + 1) : NULL;
		const char *then = next ? next->kept->before : now;

		if (g_strcmp0(then, first) && !may_have_left(&g_array_index(links, struct link, i), then,
							     next ? next->entry->kernels : kernels))
			return false;
	}
	return true;
}

static void put_back(struct vp_plan *plan, int rank, const struct vp_kept *kept, const char *now)
{
	struct vp_change *change = vp_undo_add(plan, kept->copy ? VP_WRITE : VP_REMOVE, rank,
					       kept->copy ? "puts back the file that a command had made anew"
							  : "takes away the file that a command had made");

	change->path = g_strdup(kept->path);
	change->copy = g_strdup(kept->copy);
	change->seen = g_strdup(now);
	change->restore = kept->copy != NULL;
	change->mode = kept->mode;
	change->uid = kept->uid;
	change->gid = kept->gid;
	change->mtime_ns = kept->mtime_ns;
}

/* Appends the file's way back. False: only the command can make it. */
static bool undo_made(const struct vp_session *session, const GPtrArray *runs, const char *path,
		      struct vp_plan *plan)
{
	g_autoptr(GArray) links = links_of(runs, path);
	const struct link *first = &g_array_index(links, struct link, 0);
	g_autofree char *now = vp_root_hash(session->root, path);
	g_autofree char *copy = first->kept->copy ? vp_root_hash(session->root, first->kept->copy) : NULL;

	if (!g_strcmp0(now, first->kept->before))
		return true;
	if (g_strcmp0(copy, first->kept->before) || !is_all_ours(session, links, now))
		return false;
	put_back(plan, first->entry->rank, first->kept, now);
	return true;
}

/* ---- one command ---------------------------------------------------------------------------------------------- */

static char **paths_of(const GPtrArray *runs)
{
	GPtrArray *paths = g_ptr_array_new();

	for (guint i = 0; i < runs->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(runs, i);

		for (guint j = 0; j < entry->kept->len; j++) {
			const struct vp_kept *kept = g_ptr_array_index(entry->kept, j);

			if (!g_ptr_array_find_with_equal_func(paths, kept->path, g_str_equal, NULL))
				g_ptr_array_add(paths, g_strdup(kept->path));
		}
	}
	g_ptr_array_add(paths, NULL);
	return (char **)g_ptr_array_free(paths, FALSE);
}

static void undo_runs(const struct vp_session *session, const struct vp_journal_entry *last,
		      const GPtrArray *runs, struct vp_plan *plan)
{
	g_auto(GStrv) paths = paths_of(runs);
	bool again = !*paths;
	struct vp_change *change;

	for (char **path = paths; *path; path++)
		again |= !undo_made(session, runs, *path, plan);
	if (!again)
		return;
	change = vp_undo_add(plan, VP_RUN, last->rank,
			     *paths ? "makes the files anew from the old configuration: they changed since"
				    : "takes back what was set");
	change->argv = g_strdupv(last->undo_argv);
	change->elsewhere = !vp_root_is_live(session->root);
	change->keeps = *paths ? g_steal_pointer(&paths) : NULL;
}

void vp_undo_commands(const struct vp_session *session, const struct vp_journal *journal,
		      struct vp_plan *plan)
{
	for (guint i = journal->entries->len; i--;) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);
		g_autoptr(GPtrArray) runs = NULL;

		if (entry->kind != VP_RUN || !entry->undo_argv || entry->undone)
			continue;
		/* All runs of a command are taken back at once, with the last of them. */
		runs = runs_of(journal, entry);
		if (g_ptr_array_index(runs, runs->len - 1) == entry)
			undo_runs(session, entry, runs, plan);
	}
}
