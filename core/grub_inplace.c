/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub_inplace.c - edits of a value where it is written, inside of the quotes that are there */
#include "config.h"

#include "grub_private.h"
#include "splice.h"

#include <string.h>

/* Takes our line out when an edit in place left nothing in it. */
static GBytes *tidy(const struct vp_grub_job *job, GBytes *made)
{
	gsize length;
	const char *text = g_bytes_get_data(made, &length);
	g_autoptr(vp_shell) shell = vp_shell_read(text ? text : "", length);
	g_auto(vp_grub_block) block;

	if (vp_grub_find_block(text, length, shell, job->variable, &block) && !*g_strstrip(block.words)) {
		GBytes *tidied = vp_grub_replace_block(text, length, &block, "");

		g_bytes_unref(made);
		return tidied;
	}
	return made;
}

static const struct vp_shell_byte *byte_at(const struct vp_shell_variable *variable, size_t i)
{
	return &g_array_index(variable->bytes, struct vp_shell_byte, i);
}

static bool is_within(const struct vp_shell_variable *variable, const struct vp_shell_byte *byte)
{
	return byte->at >= variable->start && byte->at < variable->end;
}

/* Where text goes that shall stand in front of byte i of the value: rather in the assignment in force than
 * in one whose value it uses. */
static struct vp_shell_spot spot_at(const struct vp_shell_variable *variable, size_t i)
{
	const struct vp_shell_byte *before = i > 0 ? byte_at(variable, i - 1) : NULL;
	const struct vp_shell_byte *behind = i < variable->bytes->len ? byte_at(variable, i) : NULL;

	if (before && (is_within(variable, before) || (behind && !is_within(variable, behind))))
		return (struct vp_shell_spot){.at = before->at + before->length, .quote = before->quote};
	if (before && behind)
		return (struct vp_shell_spot){.at = behind->at, .quote = behind->quote};
	return before ? variable->tail : variable->head;
}

/* Whether the bytes of the value are written as one stretch, but for quotes and continued lines. */
static bool is_stretch(const struct vp_grub_job *job, size_t first, size_t last)
{
	if (byte_at(job->found, first)->quote != byte_at(job->found, last)->quote)
		return false;
	for (size_t i = first; i < last; i++) {
		const struct vp_shell_byte *byte = byte_at(job->found, i);
		size_t end = byte->at + byte->length, next = byte_at(job->found, i + 1)->at;

		if (next < end)
			return false;
		for (; end < next; end++)
			if (!strchr("\"'\\\n", job->text[end]))
				return false;
	}
	return true;
}

static void place(const struct vp_grub_job *job, const struct vp_cmdline_splice *splice, GArray *edits)
{
	const struct vp_shell_byte *first, *last;

	if (!splice->length) {
		struct vp_shell_spot spot = spot_at(job->found, splice->at);

		vp_splice_add(edits, spot.at, spot.at, vp_shell_escape(splice->text, spot.quote));
		return;
	}
	first = byte_at(job->found, splice->at);
	last = byte_at(job->found, splice->at + splice->length - 1);
	if (is_stretch(job, splice->at, splice->at + splice->length - 1)) {
		vp_splice_add(edits, first->at, last->at + last->length,
			      vp_shell_escape(splice->text, first->quote));
		return;
	}
	for (size_t i = 0; i < splice->length; i++) {
		const struct vp_shell_byte *byte = byte_at(job->found, splice->at + i);

		vp_splice_add(edits, byte->at, byte->at + byte->length,
			      i ? NULL : vp_shell_escape(splice->text, byte->quote));
	}
}

GBytes *vp_grub_edit_in_place(const struct vp_grub_job *job, const GPtrArray *splices)
{
	g_autoptr(GArray) edits = vp_splices_new();
	size_t first = job->length;

	for (guint i = 0; i < splices->len; i++)
		place(job, g_ptr_array_index(splices, i), edits);
	for (guint i = 0; i < edits->len; i++)
		first = MIN(first, g_array_index(edits, struct vp_splice, i).start);
	if (vp_shell_reads(job->shell, job->variable, first))
		return NULL;
	return tidy(job, vp_splice_apply(job->bytes, edits));
}
