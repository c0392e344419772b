/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan.c - the ordered list of changes, and how it is shown */
#include "config.h"

#include "json.h"
#include "plan.h"
#include "run.h"

#include <string.h>

void vp_change_free(struct vp_change *change)
{
	if (!change)
		return;
	g_free(change->why);
	g_free(change->step);
	g_free(change->path);
	g_clear_pointer(&change->before, g_bytes_unref);
	g_clear_pointer(&change->after, g_bytes_unref);
	g_free(change->copy);
	g_free(change->seen);
	g_strfreev(change->argv);
	g_strfreev(change->undo_argv);
	g_strfreev(change->keeps);
	g_free(change->name);
	g_free(change->xml);
	g_free(change->connect);
	g_free(change);
}

static void refusal_free(void *data)
{
	struct vp_refusal *refusal = data;

	g_free(refusal->what);
	g_free(refusal->why);
	g_free(refusal);
}

struct vp_plan *vp_plan_empty(void)
{
	struct vp_plan *plan = g_new0(struct vp_plan, 1);

	plan->changes = g_ptr_array_new_with_free_func((GDestroyNotify)vp_change_free);
	plan->refused = g_ptr_array_new_with_free_func(refusal_free);
	plan->notes = g_ptr_array_new_with_free_func(g_free);
	return plan;
}

void vp_plan_free(struct vp_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->changes);
	g_ptr_array_unref(plan->refused);
	g_ptr_array_unref(plan->notes);
	g_free(plan);
}

/* ---- building ----------------------------------------------------------------------------------------------- */

static struct vp_change *find_write(const struct vp_plan *plan, const char *path)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		struct vp_change *change = g_ptr_array_index(plan->changes, i);

		if (change->kind == VP_WRITE && !strcmp(change->path, path))
			return change;
	}
	return NULL;
}

GBytes *vp_plan_content(const struct vp_session *session, const struct vp_plan *plan, const char *path)
{
	const struct vp_change *write = plan ? find_write(plan, path) : NULL;

	return write ? g_bytes_ref(write->after) : vp_root_read(session->root, path, NULL);
}

void vp_plan_write(struct vp_plan *plan, const char *step, enum vp_rank rank, const char *path,
		   GBytes *before, GBytes *after, const char *why)
{
	struct vp_change *change = find_write(plan, path);

	/* A second edit of one file joins the first: one file, one change, one diff. */
	if (change) {
		g_bytes_unref(change->after);
		change->after = g_bytes_ref(after);
		return;
	}
	if (before && g_bytes_equal(before, after))
		return;
	change = g_new0(struct vp_change, 1);
	change->kind = VP_WRITE;
	change->step = g_strdup(step);
	change->rank = rank;
	change->path = g_strdup(path);
	change->before = before ? g_bytes_ref(before) : NULL;
	change->after = g_bytes_ref(after);
	change->mode = 0644;
	change->why = g_strdup(why);
	g_ptr_array_add(plan->changes, change);
}

static void remove_file(struct vp_plan *plan, const char *step, enum vp_rank rank, const char *path, GBytes *before)
{
	struct vp_change *change = g_new0(struct vp_change, 1);

	change->kind = VP_REMOVE;
	change->step = g_strdup(step);
	change->rank = rank;
	change->path = g_strdup(path);
	change->before = g_bytes_ref(before);
	change->why = g_strdup("devices are no longer set aside in this way");
	g_ptr_array_add(plan->changes, change);
}

void vp_plan_own_file(const struct vp_session *session, struct vp_plan *plan, const char *step, enum vp_rank rank,
		      const char *path, GBytes *wanted, unsigned mode, const char *why)
{
	g_autoptr(GBytes) before = vp_root_read(session->root, path, NULL);
	struct vp_change *change;

	if (!wanted && before)
		remove_file(plan, step, rank, path, before);
	if (!wanted)
		return;
	vp_plan_write(plan, step, rank, path, before, wanted, why);
	change = find_write(plan, path);
	if (change)
		change->mode = mode;
}

void vp_plan_run(const struct vp_session *session, struct vp_plan *plan, const char *step, enum vp_rank rank,
		 const char *const *argv, const char *const *undo, const char *why)
{
	struct vp_change *change = g_new0(struct vp_change, 1);

	change->kind = VP_RUN;
	change->step = g_strdup(step);
	change->rank = rank;
	change->argv = g_strdupv((char **)argv);
	change->undo_argv = g_strdupv((char **)undo);
	change->elsewhere = !vp_root_is_live(session->root);
	change->why = g_strdup(why);
	g_ptr_array_add(plan->changes, change);
}

void vp_plan_keep(struct vp_plan *plan, char **paths)
{
	struct vp_change *change = g_ptr_array_index(plan->changes, plan->changes->len - 1);

	change->keeps = paths;
}

void vp_plan_refuse(struct vp_plan *plan, const char *what, const char *why, bool blocks)
{
	struct vp_refusal *refusal = g_new0(struct vp_refusal, 1);

	refusal->what = g_strdup(what);
	refusal->why = g_strdup(why);
	refusal->blocks = blocks;
	g_ptr_array_add(plan->refused, refusal);
}

/* Whether anything in the list is of this rank: a file was written, so its command must run. */
bool vp_plan_touches(const struct vp_plan *plan, enum vp_rank rank)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct vp_change *change = g_ptr_array_index(plan->changes, i);

		if (change->rank == (int)rank)
			return true;
	}
	return false;
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
	return (*(struct vp_change *const *)a)->rank - (*(struct vp_change *const *)b)->rank;
}

/* GLib's sort is stable: within a rank the order of the steps stands. */
void vp_plan_sort(struct vp_plan *plan)
{
	g_ptr_array_sort(plan->changes, by_rank);
}

struct vp_plan *vp_plan_new(const struct vp_session *session, GError **error)
{
	g_autoptr(vp_plan) plan = vp_plan_empty();

	for (const struct vp_step *const *step = vp_steps(); *step; step++)
		if ((*step)->applies(session) && !(*step)->plan(session, plan, error))
			return NULL;
	vp_plan_sort(plan);
	/* A command that is still owed counts like the files it is owed for. */
	for (int rank = VP_RANK_MODULE_FILES; rank <= VP_RANK_BOOT_MENU; rank++)
		plan->needs_reboot |= vp_plan_touches(plan, (enum vp_rank)rank);
	return g_steal_pointer(&plan);
}

/* ---- showing ------------------------------------------------------------------------------------------------ */

char *vp_change_command(const struct vp_change *change)
{
	g_autoptr(GString) line = g_string_new(NULL);

	for (char *const *argv = change->argv; *argv; argv++) {
		bool plain =
			(*argv)[strspn(*argv, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
					      "-_./:=+,@%")] == '\0';
		g_autofree char *word = plain && **argv ? g_strdup(*argv) : g_shell_quote(*argv);

		g_string_append_printf(line, "%s%s", line->len ? " " : "", word);
	}
	return g_string_free(g_steal_pointer(&line), FALSE);
}

char *vp_change_title(const struct vp_change *change)
{
	g_autofree char *line = change->argv ? vp_change_command(change) : NULL;

	switch (change->kind) {
	case VP_WRITE:
		return g_strdup_printf("%s %s",
				       change->restore  ? "Put back"
				       : change->before ? "Change"
							: "Create",
				       change->path);
	case VP_REMOVE:
		return g_strdup_printf("Remove %s", change->path);
	case VP_RUN:
		return g_strdup_printf("%s%s", change->elsewhere ? "To be run there: " : "Run ", line);
	case VP_DEFINE:
		return g_strdup_printf("Define the machine \"%s\" (%s)", change->name,
				       change->connect ? change->connect : "to be done there");
	case VP_UNDEFINE:
		return g_strdup_printf("Undefine the machine \"%s\" (%s)", change->name, change->connect);
	}
	return NULL;
}

char *vp_change_diff(const struct vp_change *change)
{
	if (change->copy)
		return g_strdup_printf("put back from %s\n", change->copy);
	switch (change->kind) {
	case VP_WRITE:
	case VP_REMOVE:
		return vp_run_diff(change->path, change->before, change->after);
	case VP_RUN:
		return vp_change_command(change);
	default:
		return g_strdup(change->xml ? change->xml : "");
	}
}

static json_object *change_to_json(const struct vp_change *change)
{
	static const char *const kinds[] = {"write", "remove", "run", "define", "undefine"};
	json_object *object = json_object_new_object();
	g_autofree char *diff = NULL;

	json_object_object_add(object, "kind", json_object_new_string(kinds[change->kind]));
	switch (change->kind) {
	case VP_WRITE:
	case VP_REMOVE:
		diff = vp_change_diff(change);
		json_object_object_add(object, "path", vp_json_text(change->path));
		json_object_object_add(object, "diff", vp_json_text(diff));
		break;
	case VP_RUN:
		json_object_object_add(object, "argv", vp_json_words(change->argv));
		json_object_object_add(object, "keeps", vp_json_words(change->keeps));
		json_object_object_add(object, "elsewhere", json_object_new_boolean(change->elsewhere));
		break;
	case VP_DEFINE:
	case VP_UNDEFINE:
		json_object_object_add(object, "name", vp_json_text(change->name));
		json_object_object_add(object, "connect", vp_json_text(change->connect));
		json_object_object_add(object, "xml", vp_json_text(change->xml));
		break;
	}
	json_object_object_add(object, "why", vp_json_text(change->why));
	return object;
}

char *vp_plan_to_json(const struct vp_plan *plan)
{
	json_object *top = json_object_new_object();
	json_object *changes = json_object_new_array();
	json_object *refused = json_object_new_array();
	json_object *notes = json_object_new_array();

	for (guint i = 0; i < plan->changes->len; i++)
		json_object_array_add(changes, change_to_json(g_ptr_array_index(plan->changes, i)));
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = g_ptr_array_index(plan->refused, i);
		json_object *object = json_object_new_object();

		json_object_object_add(object, "what", vp_json_text(refusal->what));
		json_object_object_add(object, "why", vp_json_text(refusal->why));
		json_object_object_add(object, "blocks", json_object_new_boolean(refusal->blocks));
		json_object_array_add(refused, object);
	}
	for (guint i = 0; i < plan->notes->len; i++)
		json_object_array_add(notes, vp_json_text(g_ptr_array_index(plan->notes, i)));
	json_object_object_add(top, "changes", changes);
	json_object_object_add(top, "needs_reboot", json_object_new_boolean(plan->needs_reboot));
	json_object_object_add(top, "refused", refused);
	json_object_object_add(top, "notes", notes);
	return vp_json_print(top);
}

char *vp_plan_digest(const struct vp_plan *plan)
{
	g_autofree char *json = vp_plan_to_json(plan);

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, json, -1);
}
