/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub_private.h - what the parts of the /etc/default/grub editor share */
#pragma once

#include "grub.h"
#include "shell.h"

/* One edit of one variable, as far as all the ways to do it need it. */
struct vp_grub_job {
	GBytes *bytes;
	const char *text; /* of the bytes */
	size_t length;
	struct vp_shell *shell;
	const struct vp_shell_variable *found; /* NULL: not assigned */
	const char *variable, *file;
	char *wanted; /* the value it should have; NULL: what is there is not known */
	char *words;  /* what a line of our own would have to add; NULL: adding is not enough */
};
void vp_grub_job_clear(struct vp_grub_job *job);
typedef struct vp_grub_job vp_grub_job; /* for g_auto() */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(vp_grub_job, vp_grub_job_clear)

/* A line of our own with its mark: VARIABLE="${VARIABLE} words" or VARIABLE="words". */
struct vp_grub_block {
	size_t start, end; /* of both lines */
	size_t words_at, words_length;
	char *words;
};
void vp_grub_block_clear(struct vp_grub_block *block);
typedef struct vp_grub_block vp_grub_block; /* for g_auto() */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(vp_grub_block, vp_grub_block_clear)

/* Whether the assignment in force is a line of ours. */
bool vp_grub_find_block(const char *text, size_t length, const struct vp_shell *shell, const char *variable,
			struct vp_grub_block *block);

/* The file with a line of ours behind all others. */
GBytes *vp_grub_append_block(const struct vp_grub_job *job, const char *words, bool to_what_is_there);

/* The file with other words in our line, or without it when none are left. */
GBytes *vp_grub_replace_block(const char *text, size_t length, const struct vp_grub_block *block,
			      const char *words);

/* The file after the splices of the known value; NULL where they cannot be made in the text that is there.
 * The result is to be checked: text that makes the value may be used for another one too. */
GBytes *vp_grub_edit_in_place(const struct vp_grub_job *job, const GPtrArray *splices);
