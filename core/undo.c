/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undo.c - the way back: a plan made from the journal, carried out through the same door */
#include "config.h"

#include "undo.h"

#include <string.h>

/* ---- order -------------------------------------------------------------------------------------------------- */

/* The machine goes first, then services. Then what the next start needs, images before the menu, just as apply made
 * them: a new menu starts old images as well as new ones (its words then find nothing to set aside), and it has the
 * entry without passthrough for as long as an image sets devices aside. Each file comes back in one step, so at every
 * instant the computer starts. Configuration stands before what a command may have to make from it. */
static int place_of(int rank)
{
	static const int order[] = {
		[VP_RANK_MACHINE] = 0,   [VP_RANK_SERVICES] = 1,   [VP_RANK_MODULE_FILES] = 2,
		[VP_RANK_INITRAMFS] = 3, [VP_RANK_BOOT_FILES] = 4, [VP_RANK_BOOT_MENU] = 5,
		[VP_RANK_PACKAGES] = 6,  [VP_RANK_DISK] = 6,
	};

	return rank >= 0 && rank < (int)G_N_ELEMENTS(order) ? order[rank] : 6;
}

static gint by_place(gconstpointer a, gconstpointer b)
{
	return place_of((*(struct vp_change *const *)a)->rank) -
	       place_of((*(struct vp_change *const *)b)->rank);
}

struct vp_change *vp_undo_add(struct vp_plan *plan, enum vp_change_kind kind, int rank, const char *why)
{
	struct vp_change *change = g_new0(struct vp_change, 1);

	change->kind = kind;
	change->rank = rank;
	change->step = g_strdup("undo");
	change->why = g_strdup(why);
	g_ptr_array_add(plan->changes, change);
	return change;
}

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

static bool undo_file(const struct vp_session *session, const struct story *story, struct vp_plan *plan,
		      GError **error)
{
	g_autoptr(GBytes) now = vp_root_read(session->root, story->path, NULL);
	const struct vp_journal_entry *first = story->first;
	g_autoptr(GBytes) before = NULL;
	struct vp_change *change;

	if (first->existed && !(before = vp_journal_before(session, first, error)))
		return false;
	if (!is_ours(session, story, now)) {
		g_autofree char *copy = vp_journal_before_path(first);
		g_autofree char *why =
			g_strdup_printf("somebody changed it since, so it is left as it is%s%s",
					before ? "; how it was before stands in " : "", before ? copy : "");

		vp_plan_refuse(plan, story->path, why, false);
		return true;
	}
	if (!now && !before)
		return true;
	change = vp_undo_add(plan, before ? VP_WRITE : VP_REMOVE, first->rank,
			     before ? "puts the file back as it was" : "takes away the file that was made");
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

/* ---- the machine ----------------------------------------------------------------------------------------------- */

static void undo_machine(const struct vp_journal_entry *entry, struct vp_plan *plan)
{
	struct vp_change *change;

	if (!entry->done || !entry->connect)
		return;
	change = vp_undo_add(plan, VP_UNDEFINE, VP_RANK_MACHINE,
			     "libvirt forgets the machine; its disk image is kept");
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

		if (entry->kind == VP_DEFINE && !entry->undone)
			undo_machine(entry, plan);
	}
	for (guint i = 0; i < stories->len; i++)
		if (!undo_file(session, g_ptr_array_index(stories, i), plan, error))
			return NULL;
	vp_undo_commands(session, journal, plan);
	/* GLib's sort is stable: within a rank, what was done last is taken back first. */
	g_ptr_array_sort(plan->changes, by_place);
	plan->needs_reboot = stories->len > 0;
	return g_steal_pointer(&plan);
}

/* ---- carrying it out ------------------------------------------------------------------------------------------ */

/* Whether a change of the undo plan takes back what this entry says was done. What was put back from a copy needs no
 * mark: it is then as it was before, which the next undo sees. */
static bool takes_back(const struct vp_change *change, const struct vp_journal_entry *entry)
{
	if (change->path)
		return !g_strcmp0(entry->path, change->path);
	if (change->name)
		return entry->kind == VP_DEFINE && !g_strcmp0(entry->name, change->name);
	return entry->undo_argv &&
	       g_strv_equal((const char *const *)entry->undo_argv, (const char *const *)change->argv);
}

/* Marks what a change of the undo plan took back. */
static bool settle(const struct vp_session *session, const struct vp_journal *journal,
		   const struct vp_change *change, GError **error)
{
	for (guint i = journal->entries->len; i--;) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (!entry->undone && takes_back(change, entry) &&
		    !vp_journal_undone(session, entry->number, error))
			return false;
	}
	return true;
}

/* A command on the way back is guarded like one on the way there, so that one that fails does no harm. */
static bool undo_one(const struct vp_session *session, const struct vp_journal *journal,
		     struct vp_progress *progress, GError **error)
{
	const struct vp_change *change = progress->change;
	bool guarded = change->keeps && !change->elsewhere;
	g_autoptr(GPtrArray) kept = guarded ? vp_kept_take(session, change->keeps, "undo", error) : NULL;
	bool done;

	if (guarded && !kept)
		return false;
	progress->kept = kept;
	done = vp_change_do(session, progress, error);
	progress->kept = NULL;
	if (kept && done)
		vp_kept_forget(session, kept);
	return done && settle(session, journal, change, error);
}

bool vp_plan_undo_apply(struct vp_session *session, const struct vp_plan *plan, vp_watch *watch, void *data,
			GError **error)
{
	struct vp_progress progress = {
		.watch = watch, .data = data, .total = plan->changes->len, .undo = true};
	g_autoptr(vp_journal) journal = NULL;
	g_autoptr(GError) first = NULL;

	if (!vp_apply_may_start(session, error) || !(journal = vp_journal_read(session, error)))
		return false;
	/* One thing that cannot be taken back must not keep the rest from going back. */
	for (; progress.index < progress.total; progress.index++) {
		g_autoptr(GError) inner = NULL;

		progress.change = g_ptr_array_index(plan->changes, progress.index);
		vp_progress_tell(&progress, VP_EVENT_BEGIN, NULL);
		if (undo_one(session, journal, &progress, &inner)) {
			vp_progress_tell(&progress,
					 progress.change->elsewhere ? VP_EVENT_ELSEWHERE : VP_EVENT_DONE,
					 NULL);
			continue;
		}
		vp_progress_tell(&progress, VP_EVENT_FAILED, inner->message);
		if (!first)
			first = g_steal_pointer(&inner);
	}
	if (first) {
		g_propagate_prefixed_error(error, g_steal_pointer(&first),
					   "not everything could be put back: ");
		return false;
	}
	return plan->refused->len ? true : vp_journal_close(session, journal, error);
}
