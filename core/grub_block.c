/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub_block.c - a line of our own in /etc/default/grub, and the mark above it */
#include "config.h"

#include "grub_private.h"

#include <string.h>

/* Stands above each line that was appended; it is how that line is known again. */
#define MARK "# Added by virt-passthrough, together with the line below.\n"

void vp_grub_block_clear(struct vp_grub_block *block)
{
	g_free(block->words);
}

/* Takes back the escapes; NULL where there is more than words. */
static char *read_words(const char *text, size_t length)
{
	g_autoptr(GString) words = g_string_new(NULL);

	for (size_t i = 0; i < length; i++) {
		if (strchr("$`\"\n", text[i]))
			return NULL;
		if (text[i] == '\\' && (++i == length || !strchr("$`\"\\", text[i])))
			return NULL;
		g_string_append_c(words, text[i]);
	}
	return g_strdup(words->str);
}

/* Whether the assignment in force is a line of ours. */
bool vp_grub_find_block(const char *text, size_t length, const struct vp_shell *shell, const char *variable,
			struct vp_grub_block *block)
{
	const struct vp_shell_variable *found = vp_shell_get(shell, variable);
	g_autofree char *head = g_strdup_printf(MARK "%s=\"", variable);
	g_autofree char *self = g_strdup_printf("${%s}", variable);
	size_t head_length = strlen(head), start;

	*block = (struct vp_grub_block){0};
	if (!found || found->start + 1 < head_length || found->end < found->start + 2 ||
	    text[found->end - 1] != '"' ||
	    memcmp(text + found->start + 1 - head_length, head, head_length) != 0)
		return false;
	start = found->start + 1 - head_length;
	/* A comment is blank in the code: this one is no part of a quoted text. */
	if ((start > 0 && text[start - 1] != '\n') || shell->code->str[start] != ' ' ||
	    (found->end < length && text[found->end] != '\n'))
		return false;
	block->start = start;
	block->end = MIN(found->end + 1, length);
	block->words_at = found->start + 1;
	if (strncmp(shell->code->str + block->words_at, self, strlen(self)) == 0)
		block->words_at += strlen(self);
	block->words_length = found->end - 1 - block->words_at;
	block->words = read_words(text + block->words_at, block->words_length);
	if (!block->words)
		*block = (struct vp_grub_block){0};
	return block->words != NULL;
}

/* A file that had no final line end has none with our lines either: so it is known when they go. */
GBytes *vp_grub_append_block(const struct vp_grub_job *job, const char *words, bool to_what_is_there)
{
	GString *made = g_string_new_len(job->text, (gssize)job->length);
	bool ended = !job->length || job->text[job->length - 1] == '\n';
	g_autofree char *text = vp_shell_escape(words, '"');

	if (!ended)
		g_string_append_c(made, '\n');
	g_string_append_printf(made, MARK "%s=\"", job->variable);
	if (to_what_is_there)
		g_string_append_printf(made, "${%s} ", job->variable);
	g_string_append_printf(made, "%s\"%s", text, ended ? "\n" : "");
	return g_string_free_to_bytes(made);
}

/* The file with other words in our line, or without it when none are left. */
GBytes *vp_grub_replace_block(const char *text, size_t length, const struct vp_grub_block *block,
			      const char *words)
{
	g_autofree char *stripped = g_strstrip(g_strdup(words));
	GString *made = g_string_new_len(text, (gssize)length);

	if (*stripped) {
		g_autofree char *escaped = vp_shell_escape(words, '"');

		g_string_erase(made, (gssize)block->words_at, (gssize)block->words_length);
		g_string_insert(made, (gssize)block->words_at, escaped);
	} else {
		bool ended = text[block->end - 1] == '\n';
		size_t start = block->start - (!ended && block->start > 0 ? 1 : 0);

		g_string_erase(made, (gssize)start, (gssize)(block->end - start));
	}
	return g_string_free_to_bytes(made);
}
