/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undo.c - the way back: a plan made from the journal, carried out through the same door */
#include "config.h"

#include "apply.h"

#include <string.h>

/* The machine goes first, then services; files next; what makes images and menus from those files comes last. */
enum undo_rank { UNDO_MACHINE, UNDO_SERVICES, UNDO_FILES, UNDO_COMMANDS };

/* ---- files -------------------------------------------------------------------------------------------------- */

/* All that was done to one file: from how it was at first to what was left there last. */
struct story {
	const char *path;
	const struct vp_journal_entry *first;
	GPtrArray *entries; /* every entry for this path */
};

static void story_free(void *data)
{
	struct story *story = data;

	g_ptr_array_unref(story->entries);
	g_free(story);
}

/* Stories of files whose changes still stand, the one touched last in front. */
static GPtrArray *file_stories(const struct vp_journal *journal)
{
	GPtrArray *stories = g_ptr_array_new_with_free_func(story_free);

	for (guint i = 0; i < journal->entries->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);
		struct story *story = NULL;

		if (!entry->path || entry->undone)
			continue;
		for (guint j = 0; j < stories->len && !story; j++) {
			struct story *known = g_ptr_array_index(stories, j);

			story = strcmp(known->path, entry->path) ? NULL : known;
		}
		if (!story) {
			story = g_new0(struct story, 1);
			story->path = entry->path;
			story->first = entry;
			story->entries = g_ptr_array_new();
			g_ptr_array_insert(stories, 0, story);
		}
		g_ptr_array_add(story->entries, (void *)entry);
	}
	return stories;
}

/* What is there now is ours when it is what some change left behind, or what one found and did not get to change. */
static bool is_ours(const struct vp_session *session, const struct story *story, GBytes *now)
{
	g_autofree char *hash = vp_hash(now);

	for (guint i = 0; i < story->entries->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(story->entries, i);
		g_autoptr(GBytes) before = entry->existed ? vp_journal_before(session, entry, NULL) : NULL;

		if (!g_strcmp0(entry->after_hash, hash))
			return true;
		if (before && now ? g_bytes_equal(before, now) : !now && !entry->existed)
			return true;
	}
	return false;
}

static void add_change(struct vp_plan *plan, enum vp_change_kind kind, enum undo_rank rank, const char *why,
		       struct vp_change **ret)
{
	struct vp_change *change = g_new0(struct vp_change, 1);

	change->kind = kind;
	change->rank = (int)rank;
	change->step = g_strdup("undo");
	change->why = g_strdup(why);
	g_ptr_array_add(plan->changes, change);
	*ret = change;
}

static bool undo_file(const struct vp_session *session, const struct story *story, struct vp_plan *plan, GError **error)
{
	g_autoptr(GBytes) now = vp_root_read(session->root, story->path, NULL);
	const struct vp_journal_entry *first = story->first;
	g_autoptr(GBytes) before = NULL;
	struct vp_change *change;

	if (first->existed && !(before = vp_journal_before(session, first, error)))
		return false;
	if (!is_ours(session, story, now)) {
		g_autofree char *copy = vp_journal_before_path(first);
		g_autofree char *why = g_strdup_printf("somebody changed it since, so it is left as it is%s%s",
						       before ? "; how it was before stands in " : "", before ? copy : "");

		vp_plan_refuse(plan, story->path, why, false);
		return true;
	}
	if (!now && !before)
		return true;
	add_change(plan, before ? VP_WRITE : VP_REMOVE, UNDO_FILES,
		   before ? "puts the file back as it was" : "takes away the file that was made", &change);
	change->path = g_strdup(story->path);
	change->before = now ? g_bytes_ref(now) : NULL;
	change->after = before ? g_bytes_ref(before) : NULL;
	change->restore = before != NULL;
	change->mode = first->mode;
	change->uid = first->uid;
	change->gid = first->gid;
	change->mtime_ns = first->mtime_ns;
	return true;
}

/* ---- commands and the machine --------------------------------------------------------------------------------- */

static void undo_command(const struct vp_session *session, const struct vp_journal_entry *entry, struct vp_plan *plan)
{
	struct vp_change *change;

	if (!entry->undo_argv)
		return;
	add_change(plan, VP_RUN, entry->rank == VP_RANK_SERVICES ? UNDO_SERVICES : UNDO_COMMANDS,
		   "takes back what was set", &change);
	change->argv = g_strdupv(entry->undo_argv);
	change->elsewhere = !vp_root_is_live(session->root);
}

static void undo_machine(const struct vp_journal_entry *entry, struct vp_plan *plan)
{
	struct vp_change *change;

	if (!entry->done || !entry->connect)
		return;
	add_change(plan, VP_UNDEFINE, UNDO_MACHINE, "libvirt forgets the machine; its disk image is kept", &change);
	change->name = g_strdup(entry->name);
	change->connect = g_strdup(entry->connect);
}

struct vp_plan *vp_plan_undo(const struct vp_session *session, GError **error)
{
	g_autoptr(vp_journal) journal = vp_journal_read(session, error);
	g_autoptr(GPtrArray) stories = journal ? file_stories(journal) : NULL;
	g_autoptr(vp_plan) plan = vp_plan_empty();

	if (!journal)
		return NULL;
	for (guint i = journal->entries->len; i--;) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (entry->kind == VP_RUN && !entry->undone)
			undo_command(session, entry, plan);
		else if (entry->kind == VP_DEFINE && !entry->undone)
			undo_machine(entry, plan);
	}
	for (guint i = 0; i < stories->len; i++)
		if (!undo_file(session, g_ptr_array_index(stories, i), plan, error))
			return NULL;
	vp_plan_sort(plan);
	plan->needs_reboot = stories->len > 0;
	return g_steal_pointer(&plan);
}

/* ---- carrying it out ------------------------------------------------------------------------------------------ */

/* Marks what a change of the undo plan took back; folders that were made for a file go with it when empty. */
static bool settle(const struct vp_session *session, const struct vp_journal *journal, const struct vp_change *change,
		   GError **error)
{
	for (guint i = journal->entries->len; i--;) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);
		bool same = change->path   ? !g_strcmp0(entry->path, change->path)
			    : change->name ? entry->kind == VP_DEFINE && !g_strcmp0(entry->name, change->name)
					   : entry->undo_argv && g_strv_equal((const char *const *)entry->undo_argv,
									      (const char *const *)change->argv);
		guint count = g_strv_length(entry->folders ? entry->folders : (char *[]){NULL});

		if (!same || entry->undone)
			continue;
		while (count--)
			vp_root_rmdir(session->root, entry->folders[count], NULL);
		if (!vp_journal_undone(session, entry->number, error))
			return false;
	}
	return true;
}

bool vp_plan_undo_apply(struct vp_session *session, const struct vp_plan *plan, vp_watch *watch, void *data,
			GError **error)
{
	struct vp_progress progress = {watch, data, 0, plan->changes->len, NULL};
	g_autoptr(vp_journal) journal = NULL;
	g_autoptr(GError) first = NULL;

	if (!vp_apply_may_start(session, error) || !(journal = vp_journal_read(session, error)))
		return false;
	/* One thing that cannot be taken back must not keep the rest from going back. */
	for (; progress.index < progress.total; progress.index++) {
		g_autoptr(GError) inner = NULL;

		progress.change = g_ptr_array_index(plan->changes, progress.index);
		vp_progress_tell(&progress, VP_EVENT_BEGIN, NULL);
		if (vp_change_do(session, &progress, &inner) && settle(session, journal, progress.change, &inner)) {
			vp_progress_tell(&progress, progress.change->elsewhere ? VP_EVENT_ELSEWHERE : VP_EVENT_DONE, NULL);
			continue;
		}
		vp_progress_tell(&progress, VP_EVENT_FAILED, inner->message);
		if (!first)
			first = g_steal_pointer(&inner);
	}
	if (first) {
		g_propagate_prefixed_error(error, g_steal_pointer(&first), "not everything could be put back: ");
		return false;
	}
	return plan->refused->len ? true : vp_journal_close(session, journal, error);
}
