/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard.c - runs a command; the boot files it makes are proven, and put back where they are wrong */
#include "config.h"

#include "prove.h"
#include "run.h"

#include <string.h>

#define LAST_LINES 3

/* Passes lines on, and remembers the last ones: they usually say why a command failed. */
struct listener {
	const struct vp_progress *progress;
	GQueue last; /* char * */
};

static void hear(const char *line, void *data)
{
	struct listener *listener = data;
	g_autofree char *text = g_strstrip(g_strdup(line));

	vp_progress_tell(listener->progress, VP_EVENT_OUTPUT, line);
	if (*text)
		g_queue_push_tail(&listener->last, g_steal_pointer(&text));
	if (g_queue_get_length(&listener->last) > LAST_LINES)
		g_free(g_queue_pop_head(&listener->last));
}

static char *last_words(struct listener *listener)
{
	g_autoptr(GString) words = g_string_new(NULL);

	for (GList *line = listener->last.head; line; line = line->next)
		g_string_append_printf(words, "%s%s", words->len ? " / " : "", (char *)line->data);
	return words->len ? g_string_free(g_steal_pointer(&words), FALSE) : g_strdup("nothing");
}

static bool run(const struct vp_progress *progress, GError **error)
{
	struct listener listener = {.progress = progress, .last = G_QUEUE_INIT};
	g_autofree char *command = vp_change_command(progress->change);
	bool ran;
	int status;

	ran = vp_run(progress->change->argv, 0, hear, &listener, &status, error);
	if (ran && status) {
		g_autofree char *words = last_words(&listener);
		g_autofree char *how = status > 128
					       ? g_strdup_printf("it was ended by signal %d", status - 128)
					       : g_strdup_printf("it ended with status %d", status);

		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "\"%s\" failed: %s; the last it said: %s",
			    command, how, words);
	}
	g_queue_clear_full(&listener.last, g_free);
	return ran && !status;
}

static bool prove(const struct vp_session *session, const struct vp_progress *progress, GError **error)
{
	g_autofree char *command = vp_change_command(progress->change);
	g_autoptr(GError) inner = NULL;
	bool right = progress->change->rank == VP_RANK_INITRAMFS
			     ? vp_initramfs_prove(session, progress, &inner)
		     : progress->change->rank == VP_RANK_BOOT_MENU ? vp_boot_prove(session, progress, &inner)
								   : true;

	if (!right)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "\"%s\" did not do what it should: %s", command,
			    inner->message);
	return right;
}

bool vp_guard_run(const struct vp_session *session, struct vp_progress *progress, GError **error)
{
	g_autoptr(GError) inner = NULL, worse = NULL;
	g_autofree char *story = NULL;

	if (!progress->kept)
		return run(progress, error);
	if (run(progress, &inner) && prove(session, progress, &inner)) {
		vp_kept_note(session, progress->kept);
		return true;
	}
	if (!vp_kept_put_back(session, progress->kept, &story, &worse))
		story = g_strdup(worse->message);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s; %s", inner->message, story);
	return false;
}
