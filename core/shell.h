/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell.h - what a sourced shell file assigns, byte for byte, without running it
 *
 * Understood is the part of the shell's language that settings files are written in: that in which dash and
 * bash agree, and bash's NAME+=value. All else is not guessed at: its outcome is "not known", or the
 * reading stops.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One byte of a value and the bytes of the file it is written with. */
struct vp_shell_byte {
	size_t at;
	unsigned char length; /* 1; 2: behind a backslash; 4: the '\'' of a single-quoted text */
	char quote;           /* the quotes that are open there: ' or " or none (0) */
	char value;
};

/* A place of the file where text can be put in. */
struct vp_shell_spot {
	size_t at;
	char quote;
};

struct vp_shell_note {
	unsigned line; /* from 1 */
	char *text;    /* what was seen there; NULL: nothing */
};

struct vp_shell_variable {
	unsigned line;     /* of its last assignment */
	size_t start, end; /* the value as that assignment writes it */
	struct vp_shell_spot head,
		tail;               /* in front of and behind everything in there, inside of its quotes */
	GArray *bytes;              /* struct vp_shell_byte: what the shell will have; NULL: not known */
	struct vp_shell_note doubt; /* why it is not known */
};

/* A stretch of the file that reads variables in ways that are not followed. */
struct vp_shell_span {
	size_t start, end;
};

struct vp_shell {
	GHashTable *variables;        /* name: struct vp_shell_variable */
	GArray *opaque;               /* struct vp_shell_span */
	GString *code;                /* the file with its comments blanked out */
	struct vp_shell_note lost;    /* from here on nothing is understood */
	struct vp_shell_note leaves;  /* what is below may not be reached */
	struct vp_shell_note meddles; /* the last command that may have assigned anything */
};

struct vp_shell *vp_shell_read(const char *text, size_t length);
void vp_shell_free(struct vp_shell *shell);
typedef struct vp_shell vp_shell; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_shell, vp_shell_free)

/* NULL: it is not assigned. Borrowed. */
const struct vp_shell_variable *vp_shell_get(const struct vp_shell *shell, const char *name);

/* The value as text. Caller frees. NULL: not assigned or not known. */
char *vp_shell_value(const struct vp_shell *shell, const char *name);

/* Whether something that is not followed reads the variable at or behind a place of the file. */
bool vp_shell_reads(const struct vp_shell *shell, const char *name, size_t from);

/* Text as it must be written where those quotes are open, to be taken literally. Caller frees. */
char *vp_shell_escape(const char *text, char quote);
