/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - what apply did, written down before it is done */
#include "config.h"

#include "journal.h"
#include "json.h"

#include <string.h>

#define FORMAT 1
#define RECORDS VP_JOURNAL_DIR "/records"

char *vp_hash(GBytes *bytes)
{
	return bytes ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes) : NULL;
}

static void entry_free(void *data)
{
	struct vp_journal_entry *entry = data;

	g_free(entry->path);
	g_free(entry->after_hash);
	g_strfreev(entry->folders);
	g_strfreev(entry->argv);
	g_strfreev(entry->undo_argv);
	g_clear_pointer(&entry->kept, g_ptr_array_unref);
	g_free(entry->kernels);
	g_free(entry->name);
	g_free(entry->connect);
	g_free(entry->xml_hash);
	g_free(entry);
}

void vp_journal_free(struct vp_journal *journal)
{
	if (!journal)
		return;
	g_strfreev(journal->folders);
	g_ptr_array_unref(journal->entries);
	g_free(journal);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* Folders above a path that are not there, outermost first. */
static char **missing_folders(const struct vp_session *session, const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	GPtrArray *missing = g_ptr_array_new();
	g_autoptr(GString) folder = g_string_new(NULL);

	for (char **part = parts + 1; *part && part[1]; part++) {
		g_string_append_printf(folder, "/%s", *part);
		if (!vp_root_exists(session->root, folder->str))
			g_ptr_array_add(missing, g_strdup(folder->str));
	}
	g_ptr_array_add(missing, NULL);
	return (char **)g_ptr_array_free(missing, FALSE);
}

static bool append(const struct vp_session *session, json_object *record, GError **error)
{
	g_autofree char *line = vp_json_line(record);
	g_autofree char *with_newline = g_strconcat(line, "\n", NULL);

	return vp_root_append(session->root, RECORDS, with_newline, error);
}

bool vp_journal_open(const struct vp_session *session, GError **error)
{
	g_auto(GStrv) folders = missing_folders(session, RECORDS);
	json_object *header;

	if (vp_root_exists(session->root, RECORDS))
		return true;
	if (!vp_root_mkdir(session->root, VP_STATE_DIR, 0755, error) ||
	    !vp_root_mkdir(session->root, VP_JOURNAL_DIR, 0700, error))
		return false;
	header = json_object_new_object();
	json_object_object_add(header, "journal", json_object_new_int(FORMAT));
	json_object_object_add(header, "folders", vp_json_words(folders));
	return append(session, header, error);
}

char *vp_journal_before_path(const struct vp_journal_entry *entry)
{
	return g_strdup_printf(VP_JOURNAL_DIR "/%d.before", entry->number);
}

static bool describe_file(const struct vp_session *session, const struct vp_change *change, int number,
			  json_object *record, GError **error)
{
	g_auto(GStrv) folders = missing_folders(session, change->path);
	g_autofree char *hash = change->kind == VP_WRITE ? vp_hash(change->after) : NULL;
	struct vp_journal_entry entry = {.number = number};
	g_autofree char *copy = vp_journal_before_path(&entry);
	struct stat status;

	json_object_object_add(record, "path", vp_json_text(change->path));
	json_object_object_add(record, "after", vp_json_text(hash));
	json_object_object_add(record, "folders", vp_json_words(folders));
	if (!change->before)
		return true;
	if (!vp_root_stat(session->root, change->path, &status)) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot look at %s: it is gone; plan again",
			    change->path);
		return false;
	}
	json_object_object_add(record, "mode", json_object_new_int(status.st_mode & 07777));
	json_object_object_add(record, "uid", json_object_new_int64(status.st_uid));
	json_object_object_add(record, "gid", json_object_new_int64(status.st_gid));
	json_object_object_add(
		record, "mtime_ns",
		json_object_new_int64((gint64)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec));
	return vp_root_write(session->root, copy, change->before, 0600, NULL, error);
}

char *vp_journal_kernels(const struct vp_session *session)
{
	g_auto(GStrv) names = vp_root_list(session->root, "/usr/lib/modules");

	return names ? g_strjoinv(" ", names) : g_strdup("");
}

static json_object *kept_to_json(const struct vp_kept *kept)
{
	json_object *object = json_object_new_object();

	json_object_object_add(object, "path", vp_json_text(kept->path));
	json_object_object_add(object, "copy", vp_json_text(kept->copy));
	json_object_object_add(object, "before", vp_json_text(kept->before));
	json_object_object_add(object, "mode", json_object_new_int(kept->mode));
	json_object_object_add(object, "uid", json_object_new_int64(kept->uid));
	json_object_object_add(object, "gid", json_object_new_int64(kept->gid));
	json_object_object_add(object, "mtime_ns", json_object_new_int64(kept->mtime_ns));
	return object;
}

static bool describe_command(const struct vp_session *session, const struct vp_change *change, int number,
			     json_object *record, GPtrArray **ret_kept, GError **error)
{
	g_autofree char *kernels = vp_journal_kernels(session);
	g_autofree char *name = g_strdup_printf("%d", number);
	json_object *list;

	json_object_object_add(record, "argv", vp_json_words(change->argv));
	json_object_object_add(record, "undo", change->undo_argv ? vp_json_words(change->undo_argv) : NULL);
	json_object_object_add(record, "elsewhere", json_object_new_boolean(change->elsewhere));
	if (!change->keeps || change->elsewhere)
		return true;
	*ret_kept = vp_kept_take(session, change->keeps, name, error);
	if (!*ret_kept)
		return false;
	list = json_object_new_array();
	for (guint i = 0; i < (*ret_kept)->len; i++)
		json_object_array_add(list, kept_to_json(g_ptr_array_index(*ret_kept, i)));
	json_object_object_add(record, "kept", list);
	json_object_object_add(record, "kernels", vp_json_text(kernels));
	return true;
}

static bool describe(const struct vp_session *session, const struct vp_change *change, int number,
		     json_object *record, GPtrArray **ret_kept, GError **error)
{
	json_object_object_add(record, "change", json_object_new_int(number));
	json_object_object_add(record, "kind", json_object_new_int(change->kind));
	json_object_object_add(record, "rank", json_object_new_int(change->rank));
	if (change->xml) {
		g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, change->xml, -1);

		json_object_object_add(record, "name", vp_json_text(change->name));
		json_object_object_add(record, "connect", vp_json_text(change->connect));
		json_object_object_add(record, "xml", vp_json_text(hash));
	}
	return (!change->path || describe_file(session, change, number, record, error)) &&
	       (!change->argv || describe_command(session, change, number, record, ret_kept, error));
}

bool vp_journal_begin(const struct vp_session *session, const struct vp_change *change, int *ret_number,
		      GPtrArray **ret_kept, GError **error)
{
	g_autoptr(vp_journal) journal = vp_journal_read(session, error);
	json_object *record;

	*ret_kept = NULL;
	if (!journal || !vp_journal_open(session, error))
		return false;
	*ret_number = (int)journal->entries->len;
	record = json_object_new_object();
	if (describe(session, change, *ret_number, record, ret_kept, error))
		return append(session, record, error);
	json_object_put(record);
	return false;
}

bool vp_journal_done(const struct vp_session *session, int number, const GPtrArray *kept, GError **error)
{
	json_object *record = json_object_new_object();
	json_object *made = json_object_new_array();

	for (guint i = 0; kept && i < kept->len; i++)
		json_object_array_add(made,
				      vp_json_text(((struct vp_kept *)g_ptr_array_index(kept, i))->after));
	json_object_object_add(record, "done", json_object_new_int(number));
	json_object_object_add(record, "made", made);
	return append(session, record, error);
}

bool vp_journal_undone(const struct vp_session *session, int number, GError **error)
{
	json_object *record = json_object_new_object();

	json_object_object_add(record, "undone", json_object_new_int(number));
	return append(session, record, error);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static char *text_at(json_object *record, const char *key)
{
	json_object *value = NULL;

	return json_object_object_get_ex(record, key, &value) && value
		       ? g_strdup(json_object_get_string(value))
		       : NULL;
}

static gint64 number_at(json_object *record, const char *key)
{
	json_object *value = NULL;

	return json_object_object_get_ex(record, key, &value) ? json_object_get_int64(value) : 0;
}

static char **words_at(json_object *record, const char *key)
{
	json_object *list = NULL;
	GPtrArray *words;

	if (!json_object_object_get_ex(record, key, &list) || !json_object_is_type(list, json_type_array))
		return NULL;
	words = g_ptr_array_new();
	for (size_t i = 0; i < json_object_array_length(list); i++)
		g_ptr_array_add(words, g_strdup(json_object_get_string(json_object_array_get_idx(list, i))));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static GPtrArray *kept_at(json_object *record)
{
	GPtrArray *all = vp_kept_array();
	json_object *list = NULL;

	if (!json_object_object_get_ex(record, "kept", &list) || !json_object_is_type(list, json_type_array))
		return all;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *object = json_object_array_get_idx(list, i);
		struct vp_kept *kept = g_new0(struct vp_kept, 1);

		kept->path = text_at(object, "path");
		kept->copy = text_at(object, "copy");
		kept->before = text_at(object, "before");
		kept->mode = (unsigned)number_at(object, "mode");
		kept->uid = (unsigned)number_at(object, "uid");
		kept->gid = (unsigned)number_at(object, "gid");
		kept->mtime_ns = number_at(object, "mtime_ns");
		g_ptr_array_add(all, kept);
	}
	return all;
}

static void take_done(struct vp_journal_entry *entry, json_object *record)
{
	json_object *made = NULL;

	entry->done = true;
	if (!json_object_object_get_ex(record, "made", &made) || !json_object_is_type(made, json_type_array))
		return;
	for (guint i = 0; i < MIN(json_object_array_length(made), entry->kept->len); i++) {
		struct vp_kept *kept = g_ptr_array_index(entry->kept, i);

		kept->after = g_strdup(json_object_get_string(json_object_array_get_idx(made, i)));
	}
}

static struct vp_journal_entry *entry_from(json_object *record)
{
	struct vp_journal_entry *entry = g_new0(struct vp_journal_entry, 1);

	entry->number = (int)number_at(record, "change");
	entry->kind = (enum vp_change_kind)number_at(record, "kind");
	entry->rank = (int)number_at(record, "rank");
	entry->path = text_at(record, "path");
	entry->existed = json_object_object_get_ex(record, "mode", NULL);
	entry->mode = (unsigned)number_at(record, "mode");
	entry->uid = (unsigned)number_at(record, "uid");
	entry->gid = (unsigned)number_at(record, "gid");
	entry->mtime_ns = number_at(record, "mtime_ns");
	entry->after_hash = text_at(record, "after");
	entry->folders = words_at(record, "folders");
	entry->argv = words_at(record, "argv");
	entry->undo_argv = words_at(record, "undo");
	entry->elsewhere = number_at(record, "elsewhere");
	entry->kept = kept_at(record);
	entry->kernels = text_at(record, "kernels");
	entry->name = text_at(record, "name");
	entry->connect = text_at(record, "connect");
	entry->xml_hash = text_at(record, "xml");
	return entry;
}

static struct vp_journal_entry *entry_at(const struct vp_journal *journal, gint64 number)
{
	return number >= 0 && number < journal->entries->len ? g_ptr_array_index(journal->entries, number)
							     : NULL;
}

static bool take_record(struct vp_journal *journal, json_object *record, GError **error)
{
	struct vp_journal_entry *entry;

	if (json_object_object_get_ex(record, "journal", NULL)) {
		if (number_at(record, "journal") > FORMAT) {
			g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
				    "cannot use the journal in " VP_JOURNAL_DIR
				    ": a newer version of this program wrote it; use that version");
			return false;
		}
		journal->folders = words_at(record, "folders");
	} else if (json_object_object_get_ex(record, "change", NULL)) {
		g_ptr_array_add(journal->entries, entry_from(record));
	} else if (json_object_object_get_ex(record, "done", NULL)) {
		entry = entry_at(journal, number_at(record, "done"));
		if (entry)
			take_done(entry, record);
	} else {
		entry = entry_at(journal, number_at(record, "undone"));
		if (entry)
			entry->undone = true;
	}
	return true;
}

struct vp_journal *vp_journal_read(const struct vp_session *session, GError **error)
{
	g_autoptr(vp_journal) journal = g_new0(struct vp_journal, 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	journal->entries = g_ptr_array_new_with_free_func(entry_free);
	if (!vp_root_exists(session->root, RECORDS))
		return g_steal_pointer(&journal);
	text = vp_root_read_text(session->root, RECORDS);
	if (!text) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot read the journal in " VP_JOURNAL_DIR
			    ": it belongs to root; run this with sudo");
		return NULL;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		json_object *record = vp_json_parse(*line, RECORDS, NULL);
		bool taken = !record || take_record(journal, record, error);

		json_object_put(record);
		if (!taken)
			return NULL;
	}
	return g_steal_pointer(&journal);
}

GBytes *vp_journal_before(const struct vp_session *session, const struct vp_journal_entry *entry,
			  GError **error)
{
	g_autofree char *path = vp_journal_before_path(entry);

	return vp_root_read(session->root, path, error);
}

bool vp_journal_exists(const struct vp_session *session)
{
	return vp_root_exists(session->root, RECORDS);
}

bool vp_journal_defined(const struct vp_session *session, const char *name, const char *xml)
{
	g_autoptr(vp_journal) journal = vp_journal_read(session, NULL);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, xml, -1);
	bool defined = false;

	for (guint i = 0; journal && i < journal->entries->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (entry->kind == VP_DEFINE && entry->done && !g_strcmp0(entry->name, name) &&
		    !g_strcmp0(entry->xml_hash, hash))
			defined = !entry->undone;
	}
	return defined;
}

bool vp_journal_owes(const struct vp_session *session, enum vp_rank files, enum vp_rank command)
{
	g_autoptr(vp_journal) journal = vp_journal_read(session, NULL);
	bool owes = false;

	for (guint i = 0; journal && i < journal->entries->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (entry->undone)
			continue;
		if (entry->path && entry->rank == (int)files)
			owes = true;
		else if (entry->done && entry->rank == (int)command &&
			 !(entry->elsewhere && vp_root_is_live(session->root)))
			owes = false;
	}
	return owes;
}

bool vp_journal_wrote(const struct vp_session *session, const char *path)
{
	g_autoptr(vp_journal) journal = vp_journal_read(session, NULL);

	for (guint i = 0; journal && i < journal->entries->len; i++) {
		const struct vp_journal_entry *entry = g_ptr_array_index(journal->entries, i);

		if (entry->kind == VP_WRITE && !entry->undone && !g_strcmp0(entry->path, path))
			return true;
	}
	return false;
}

/* Folders that had to be made go, innermost first, where they are empty. */
static void remove_folders(const struct vp_session *session, char **folders)
{
	guint count = folders ? g_strv_length(folders) : 0;

	while (count--)
		vp_root_rmdir(session->root, folders[count], NULL);
}

bool vp_journal_close(const struct vp_session *session, const struct vp_journal *journal, GError **error)
{
	/* The records go first: from then on there is nothing to undo, whatever is left lying about. */
	if (!vp_root_remove(session->root, RECORDS, error) ||
	    !vp_root_remove_tree(session->root, VP_JOURNAL_DIR, error) ||
	    !vp_root_remove(session->root, VP_ANSWERS_FILE, error) ||
	    !vp_root_remove(session->root, VP_WAY_BACK_FILE, error))
		return false;
	for (guint i = journal->entries->len; i--;)
		remove_folders(session,
			       ((struct vp_journal_entry *)g_ptr_array_index(journal->entries, i))->folders);
	vp_root_rmdir(session->root, VP_STATE_DIR, NULL);
	remove_folders(session, journal->folders);
	return true;
}
