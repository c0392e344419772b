/* SPDX-License-Identifier: GPL-2.0-or-later */
/* splice.c - replaces spans of a text and leaves every other byte alone */
#include "config.h"

#include <string.h>

#include "splice.h"

static void splice_clear(void *data)
{
	g_free(((struct vp_splice *)data)->insert);
}

GArray *vp_splices_new(void)
{
	GArray *splices = g_array_new(FALSE, FALSE, sizeof(struct vp_splice));

	g_array_set_clear_func(splices, splice_clear);
	return splices;
}

void vp_splice_add(GArray *splices, size_t start, size_t end, char *insert)
{
	struct vp_splice splice = {.start = start, .end = end, .insert = insert};
	guint i = splices->len;

	while (i > 0 && g_array_index(splices, struct vp_splice, i - 1).start > start)
		i--;
	g_array_insert_val(splices, i, splice);
}

GBytes *vp_splice_apply(GBytes *text, GArray *splices)
{
	size_t length, pos = 0;
	const char *data = g_bytes_get_data(text, &length);
	GString *out = g_string_sized_new(length + 64);

	for (guint i = 0; i < splices->len; i++) {
		const struct vp_splice *splice = &g_array_index(splices, struct vp_splice, i);

		if (splice->start > pos)
			g_string_append_len(out, data + pos, (gssize)(splice->start - pos));
		if (splice->insert)
			g_string_append(out, splice->insert);
		pos = MAX(pos, splice->end);
	}
	if (length > pos)
		g_string_append_len(out, data + pos, (gssize)(length - pos));
	return g_string_free_to_bytes(out);
}
