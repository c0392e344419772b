/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_prove.c - whether the boot menu that a command made is what was asked for */
#include "config.h"

#include "boot.h"
#include "kernel.h"
#include "prove.h"
#include "run.h"

#include <string.h>

/* ---- one line ------------------------------------------------------------------------------------------------ */

/* Whether the comma list behind a name holds all (or any) values of the one in `word`. */
static bool list_holds(const char *line, const char *word, bool all)
{
	g_autofree char *name = vp_cmdline_name(word);
	g_autofree char *there = vp_cmdline_value(line, name);
	g_autofree char *wanted = vp_cmdline_value(word, name);
	g_auto(GStrv) have = g_strsplit(there ? there : "", ",", -1);
	g_auto(GStrv) values = g_strsplit(wanted ? wanted : "", ",", -1);

	for (char **value = values; *value; value++)
		if (g_strv_contains((const char *const *)have, *value) != all)
			return !all;
	return all;
}

/* The word is there, and no later one of its name takes its place. */
static bool is_in_force(const char *line, const char *word)
{
	g_autofree char *name = vp_cmdline_name(word);
	g_autofree char *there = vp_cmdline_value(line, name);
	g_autofree char *wanted = vp_cmdline_value(word, name);

	return there && !g_strcmp0(there, wanted);
}

static bool is_named(const char *line, const char *word)
{
	g_autofree char *value = strchr(word, '=') ? NULL : vp_cmdline_value(line, word);

	return value || vp_cmdline_has(line, word);
}

static bool is_wanted(const struct vp_cmdline_change *change, const char *word)
{
	char **const asked[] = {change->set, change->merge, change->add};

	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
		for (char **other = asked[i]; other && *other; other++)
			if (vp_cmdline_same_name(*other, word))
				return true;
	return false;
}

/* What is wrong with the line ("lacks iommu=pt"), or NULL. Caller frees. */
static char *fault_of(const char *line, const struct vp_cmdline_change *change)
{
	for (char **word = change->set; word && *word; word++)
		if (!is_in_force(line, *word))
			return g_strconcat("lacks ", *word, NULL);
	for (char **word = change->merge; word && *word; word++)
		if (!list_holds(line, *word, true))
			return g_strconcat("lacks ", *word, NULL);
	for (char **word = change->add; word && *word; word++)
		if (!vp_cmdline_has(line, *word))
			return g_strconcat("lacks ", *word, NULL);
	for (char **word = change->remove; word && *word; word++)
		if (!is_wanted(change, *word) && is_named(line, *word))
			return g_strconcat("still has ", *word, NULL);
	for (char **word = change->take; word && *word; word++)
		if (list_holds(line, *word, false))
			return g_strconcat("still has ", *word, NULL);
	return NULL;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* The normal entries in the file at `place`, which is `path` or its copy; NULL: none can be read. */
static GPtrArray *entries_in(const struct vp_session *session, const struct vp_boot_loader *loader,
			     const char *path, const char *place)
{
	g_autoptr(GBytes) text = place && loader->entries ? vp_root_read(session->root, place, NULL) : NULL;

	return text ? loader->entries(session, path, text) : NULL;
}

static bool prove_file(const struct vp_session *session, const struct vp_boot_loader *loader,
		       const char *path, const struct vp_cmdline_change *change, guint *ret_count,
		       GError **error)
{
	g_autoptr(GPtrArray) entries = entries_in(session, loader, path, path);

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct vp_boot_entry *entry = g_ptr_array_index(entries, i);
		g_autofree char *fault = change ? fault_of(entry->line, change) : NULL;

		if (!fault)
			continue;
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "the entry \"%s\" in %s %s", entry->title, path,
			    fault);
		return false;
	}
	*ret_count += entries ? entries->len : 0;
	return true;
}

static guint count_old(const struct vp_session *session, const struct vp_boot_loader *loader,
		       const GPtrArray *all)
{
	guint count = 0;

	for (guint i = 0; i < all->len; i++) {
		const struct vp_kept *kept = g_ptr_array_index(all, i);
		g_autoptr(GPtrArray) entries = entries_in(session, loader, kept->path, kept->copy);

		count += entries ? entries->len : 0;
	}
	return count;
}

static bool check(const struct vp_progress *progress, const char *checker, const char *path, GError **error)
{
	const char *argv[] = {checker, path, NULL};
	g_autofree char *note = NULL, *output = NULL;
	int status;

	if (!vp_run_has(checker)) {
		note = g_strdup_printf("%s is not installed, so faults in %s would not be seen", checker,
				       path);
		vp_progress_tell(progress, VP_EVENT_OUTPUT, note);
		return true;
	}
	if (!vp_run_capture((char *const *)argv, 60, &output, &status, error))
		return false;
	if (!status)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s finds faults in %s", checker, path);
	return false;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static bool prove(const struct vp_session *session, const struct vp_boot_loader *loader,
		  const struct vp_progress *progress, const struct vp_cmdline_change *change, GError **error)
{
	/* Asked anew: a command may give the files of entries other names. */
	g_auto(GStrv) paths = loader->makes(session);
	g_autofree char *note = NULL;
	guint count = 0;

	for (char **path = paths; *path; path++)
		if ((loader->checker && !check(progress, loader->checker, *path, error)) ||
		    !prove_file(session, loader, *path, change, &count, error))
			return false;
	if (!count && count_old(session, loader, progress->kept)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "no entry of the boot menu starts this system any more");
		return false;
	}
	note = count ? g_strdup_printf("looked at: %u entries of the boot menu have the right words", count)
		     : g_strdup("no entry of the boot menu could be read, so its words are not looked at");
	vp_progress_tell(progress, VP_EVENT_OUTPUT, note);
	return true;
}

bool vp_boot_prove(const struct vp_session *session, const struct vp_progress *progress, GError **error)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	struct vp_cmdline_change *change = progress->undo ? NULL : vp_kernel_change(session);
	bool right = !loader || prove(session, loader, progress, change, error);

	vp_kernel_change_free(change);
	return right;
}
