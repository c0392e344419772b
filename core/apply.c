/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply.c - the one place that changes the machine: carries a plan out, change by change */
#include "config.h"

#include "apply.h"
#include "virt.h"

#include <string.h>
#include <unistd.h>

void vp_progress_tell(const struct vp_progress *progress, enum vp_event_kind kind, const char *text)
{
	struct vp_event event = {kind, progress->index, progress->total, progress->change, text};

	if (progress->watch)
		progress->watch(&event, progress->data);
}

/* ---- one change --------------------------------------------------------------------------------------------- */

/* A file that a command made may be larger than is read into memory, so its hash stands for it. */
static bool is_as_planned(const struct vp_session *session, const struct vp_change *change, GError **error)
{
	g_autoptr(GBytes) now = NULL;
	g_autofree char *hash = NULL;

	if (change->copy || change->seen) {
		hash = vp_root_hash(session->root, change->path);
		return !g_strcmp0(hash, change->seen);
	}
	now = vp_root_read(session->root, change->path, error);
	return change->before ? now && g_bytes_equal(now, change->before) : !now;
}

/* What is there now must be what the plan was made from. */
static bool still_the_same(const struct vp_session *session, const struct vp_change *change, GError **error)
{
	g_autoptr(GError) inner = NULL;
	bool same = is_as_planned(session, change, &inner);
	bool unreadable = inner && !g_error_matches(inner, G_FILE_ERROR, G_FILE_ERROR_NOENT);

	if (same && !unreadable)
		return true;
	if (unreadable)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot change %s: %s; nothing was written",
			    change->path, inner->message);
	else
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot change %s: it is not as it was when the plan was made; look at the plan "
			    "again",
			    change->path);
	return false;
}

static bool change_file(const struct vp_session *session, const struct vp_change *change, GError **error)
{
	struct vp_attributes attributes = {
		.mode = change->mode,
		.uid = change->uid,
		.gid = change->gid,
		.mtime = {change->mtime_ns / 1000000000, change->mtime_ns % 1000000000},
	};

	if (change->kind == VP_REMOVE)
		return vp_root_remove(session->root, change->path, error);
	if (change->copy)
		return vp_root_copy(session->root, change->copy, change->path, change->mode, &attributes,
				    error);
	return vp_root_write(session->root, change->path, change->after, change->mode,
			     change->restore ? &attributes : NULL, error);
}

static bool define(const struct vp_change *change, struct vp_progress *progress, GError **error)
{
	g_autoptr(vp_virt) virt = vp_virt_open(change->connect, error);
	g_autofree char *made = NULL;

	if (!virt || !vp_virt_define(virt, change->xml, &made, error))
		return false;
	vp_progress_tell(progress, VP_EVENT_OUTPUT, "libvirt reads it back with every chosen device in it");
	return true;
}

static bool undefine(const struct vp_change *change, GError **error)
{
	g_autoptr(vp_virt) virt = vp_virt_open(change->connect, error);

	return virt && vp_virt_undefine(virt, change->name, error);
}

bool vp_change_do(const struct vp_session *session, struct vp_progress *progress, GError **error)
{
	const struct vp_change *change = progress->change;

	if (change->elsewhere)
		return true;
	switch (change->kind) {
	case VP_WRITE:
	case VP_REMOVE:
		return still_the_same(session, change, error) && change_file(session, change, error);
	case VP_RUN:
		return vp_guard_run(session, progress, error);
	case VP_DEFINE:
		return define(change, progress, error);
	case VP_UNDEFINE:
		return undefine(change, error);
	}
	return false;
}

/* ---- the whole plan ----------------------------------------------------------------------------------------- */

bool vp_apply_may_start(const struct vp_session *session, GError **error)
{
	if (!vp_root_is_live(session->root) || geteuid() == 0)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "cannot change this system: that needs root; run it again with sudo");
	return false;
}

static bool is_blocked(const struct vp_plan *plan, GError **error)
{
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = g_ptr_array_index(plan->refused, i);

		if (!refusal->blocks)
			continue;
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot apply this plan: %s: %s; nothing was changed", refusal->what,
			    refusal->why);
		return true;
	}
	return false;
}

/* Every file is looked at before the first is written, so that a stale plan changes nothing at all. */
static bool all_still_the_same(const struct vp_session *session, const struct vp_plan *plan, GError **error)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct vp_change *change = g_ptr_array_index(plan->changes, i);

		if (change->path && !still_the_same(session, change, error))
			return false;
	}
	return true;
}

/* A command that failed and whose files are back left nothing to undo. */
static void settle_failure(const struct vp_session *session, const struct vp_progress *progress, int number)
{
	for (guint i = 0; i < progress->kept->len; i++)
		if (vp_kept_is_made(session, g_ptr_array_index(progress->kept, i)))
			return;
	if (vp_journal_undone(session, number, NULL))
		vp_kept_forget(session, progress->kept);
}

static bool apply_one(const struct vp_session *session, struct vp_progress *progress, GError **error)
{
	g_autoptr(GPtrArray) kept = NULL;
	g_autoptr(GError) inner = NULL;
	bool begun, done;
	int number;

	vp_progress_tell(progress, VP_EVENT_BEGIN, NULL);
	begun = vp_journal_begin(session, progress->change, &number, &kept, &inner);
	progress->kept = kept;
	done = begun && vp_change_do(session, progress, &inner);
	if (begun && !done && kept)
		settle_failure(session, progress, number);
	progress->kept = NULL;
	if (done && vp_journal_done(session, number, kept, &inner)) {
		vp_progress_tell(progress, progress->change->elsewhere ? VP_EVENT_ELSEWHERE : VP_EVENT_DONE,
				 NULL);
		return true;
	}
	vp_progress_tell(progress, VP_EVENT_FAILED, inner->message);
	g_propagate_prefixed_error(error, g_steal_pointer(&inner), "change %zu of %zu: ", progress->index + 1,
				   progress->total);
	return false;
}

/* Before the first change, for everybody to read: also from another system, if this one does not start. */
static bool keep_way_back(const struct vp_session *session, GError **error)
{
	g_autofree char *once = vp_boot_without(session);
	g_autofree char *text = g_strdup_printf(
		"How to start this computer once without passthrough\n\n%s\n\n"
		"How to put everything back for good\n\n"
		"On this system: sudo virt-passthrough undo\n"
		"From a live system, with this one mounted at /mnt: sudo virt-passthrough --root /mnt undo\n",
		once);
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return vp_root_write(session->root, VP_WAY_BACK_FILE, bytes, 0644, NULL, error);
}

bool vp_plan_apply(struct vp_session *session, const struct vp_plan *plan, vp_watch *watch, void *data,
		   GError **error)
{
	struct vp_progress progress = {.watch = watch, .data = data, .total = plan->changes->len};
	g_autoptr(vp_journal) journal = NULL; /* read for its refusal of one that a newer version wrote */

	if (!vp_apply_may_start(session, error) || is_blocked(plan, error) ||
	    !all_still_the_same(session, plan, error))
		return false;
	if (!plan->changes->len)
		return true;
	journal = vp_journal_read(session, error);
	if (!journal || !vp_journal_open(session, error) || !keep_way_back(session, error))
		return false;
	for (; progress.index < progress.total; progress.index++) {
		progress.change = g_ptr_array_index(plan->changes, progress.index);
		if (!apply_one(session, &progress, error))
			return false;
	}
	return vp_answers_keep(session, error);
}
