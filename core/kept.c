/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kept.c - files that a command makes anew: how they were, and the way back */
#include "config.h"

#include "kept.h"

#include <string.h>

/* What a full disk of a running system still needs for logs and the like. */
#define SPARE ((gint64)16 << 20)

static void kept_free(void *data)
{
	struct vp_kept *kept = data;

	g_free(kept->path);
	g_free(kept->copy);
	g_free(kept->before);
	g_free(kept->after);
	g_free(kept);
}

GPtrArray *vp_kept_array(void)
{
	return g_ptr_array_new_with_free_func(kept_free);
}

/* ---- room ---------------------------------------------------------------------------------------------------- */

static gint64 size_of(const struct vp_session *session, const char *path)
{
	struct stat status;

	return vp_root_stat(session->root, path, &status) ? (gint64)status.st_size : 0;
}

static bool has_room(const struct vp_session *session, const char *place, gint64 needed, const char *purpose,
		     GError **error)
{
	gint64 unfilled = vp_root_free_space(session->root, place);

	if (unfilled < 0 || unfilled >= needed)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "not enough room %s: %s has %" G_GINT64_FORMAT " MiB free and needs %" G_GINT64_FORMAT
		    " MiB; free some space and try again",
		    purpose, place, unfilled >> 20, (needed >> 20) + 1);
	return false;
}

/* A tool writes the new file before the old one goes, and so does the way back. */
static bool have_room(const struct vp_session *session, char **paths, GError **error)
{
	gint64 all = 0, largest = 0;

	for (char **path = paths; *path; path++) {
		all += size_of(session, *path);
		largest = MAX(largest, size_of(session, *path));
	}
	if (!has_room(session, VP_JOURNAL_DIR, all + SPARE, "to keep the boot files that are made anew",
		      error))
		return false;
	for (char **path = paths; *path; path++) {
		g_autofree char *folder = g_path_get_dirname(*path);

		if (!has_room(session, folder, largest, "for new boot files beside the old ones", error))
			return false;
	}
	return true;
}

/* ---- keeping ------------------------------------------------------------------------------------------------- */

static gint64 time_of(const struct stat *status)
{
	return (gint64)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static bool take(const struct vp_session *session, struct vp_kept *kept, GError **error)
{
	struct stat status;

	if (!vp_root_stat(session->root, kept->path, &status)) {
		g_clear_pointer(&kept->copy, g_free);
		return true;
	}
	kept->mode = status.st_mode & 07777;
	kept->uid = status.st_uid;
	kept->gid = status.st_gid;
	kept->mtime_ns = time_of(&status);
	if (!vp_root_copy(session->root, kept->path, kept->copy, 0600, NULL, error))
		return false;
	/* Of the copy, not of the file: it is the copy that has to be whole later. */
	kept->before = vp_root_hash(session->root, kept->copy);
	if (!kept->before)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot read back %s, the copy of %s; look at the disk", kept->copy, kept->path);
	return kept->before != NULL;
}

GPtrArray *vp_kept_take(const struct vp_session *session, char **paths, const char *name, GError **error)
{
	g_autoptr(GPtrArray) all = vp_kept_array();

	if (!have_room(session, paths, error))
		return NULL;
	for (char **path = paths; *path; path++) {
		struct vp_kept *kept = g_new0(struct vp_kept, 1);

		g_ptr_array_add(all, kept);
		kept->path = g_strdup(*path);
		kept->copy = g_strdup_printf(VP_JOURNAL_DIR "/%s.kept.%u", name, all->len - 1);
		if (!take(session, kept, error)) {
			vp_kept_forget(session, all);
			return NULL;
		}
	}
	return g_steal_pointer(&all);
}

void vp_kept_note(const struct vp_session *session, GPtrArray *kept)
{
	for (guint i = 0; i < kept->len; i++) {
		struct vp_kept *one = g_ptr_array_index(kept, i);

		g_free(one->after);
		one->after = vp_root_hash(session->root, one->path);
	}
}

/* The time tells a file that was written anew with the same bytes. */
static bool is_as_before(const struct vp_session *session, const struct vp_kept *kept)
{
	g_autofree char *now = vp_root_hash(session->root, kept->path);
	struct stat status;

	return !g_strcmp0(now, kept->before) && (!now || (vp_root_stat(session->root, kept->path, &status) &&
							  time_of(&status) == kept->mtime_ns));
}

bool vp_kept_is_made(const struct vp_session *session, const struct vp_kept *kept)
{
	struct stat status;

	return vp_root_stat(session->root, kept->path, &status) && !is_as_before(session, kept);
}

void vp_kept_forget(const struct vp_session *session, const GPtrArray *kept)
{
	for (guint i = 0; i < kept->len; i++) {
		const struct vp_kept *one = g_ptr_array_index(kept, i);

		if (one->copy)
			vp_root_remove(session->root, one->copy, NULL);
	}
}

/* ---- the way back -------------------------------------------------------------------------------------------- */

static bool put_back(const struct vp_session *session, const struct vp_kept *kept, GError **error)
{
	struct vp_attributes attributes = {
		.mode = kept->mode,
		.uid = kept->uid,
		.gid = kept->gid,
		.mtime = {kept->mtime_ns / 1000000000, kept->mtime_ns % 1000000000},
	};
	g_autoptr(GError) inner = NULL;

	if (kept->copy ? vp_root_copy(session->root, kept->copy, kept->path, kept->mode, &attributes, &inner)
		       : vp_root_remove(session->root, kept->path, &inner))
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s could not be put back: %s%s%s", kept->path,
		    inner->message, kept->copy ? "; before restarting, copy it by hand from " : "",
		    kept->copy ? kept->copy : "");
	return false;
}

bool vp_kept_put_back(const struct vp_session *session, const GPtrArray *kept, char **ret_story,
		      GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GError) first = NULL;
	guint count = 0;

	/* One that cannot be put back must not keep the others from coming back. */
	for (guint i = 0; i < kept->len; i++) {
		const struct vp_kept *one = g_ptr_array_index(kept, i);

		if (is_as_before(session, one))
			continue;
		if (put_back(session, one, first ? NULL : &first))
			g_string_append_printf(names, "%s%s", count++ ? ", " : "", one->path);
	}
	if (first) {
		g_propagate_error(error, g_steal_pointer(&first));
		return false;
	}
	*ret_story =
		count ? g_strdup_printf("%s %s put back as before", names->str, count > 1 ? "were" : "was")
		      : g_strdup("the files it makes are as before");
	return true;
}
