/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shell_private.h - what the parts of the shell reader share: words, commands, effects */
#pragma once

#include "shell.h"

struct vp_shell_reader {
	const char *text; /* ends with a NUL and holds no other */
	size_t length, at;
	struct vp_shell *shell;
	size_t counted;    /* lines are counted up to here, */
	unsigned line;     /* and this is the line of it */
	size_t continued;  /* behind the last line end that a backslash took away */
	GString *open;     /* parts of compound commands: i(f) t(hen) e(lse) w(hile) d(o) { ( f(unction) */
	GArray *documents; /* struct document: here-documents that start on the next line */
	bool joined;       /* behind && || | or !: the next command may not run */
	bool hungry;       /* a command must follow */
	bool functions;    /* the file defines some, under names of their own choosing */
	unsigned nesting;  /* of substitutions */
};

struct vp_shell_word {
	size_t start, end;
	GArray *bytes;       /* struct vp_shell_byte, as far as they are known */
	const char *unknown; /* why the word is not known, or NULL */
	bool expands;        /* it holds an expansion */
	char last_quote;     /* the word ends with the closing one of these quotes */
};

/* A simple command. */
struct vp_shell_command {
	size_t start;
	GArray *words; /* struct vp_shell_word */
	bool redirected;
};

void vp_shell_word_clear(struct vp_shell_word *word);

/* Reads the word at the position; an empty one where a word cannot start. */
void vp_shell_read_word(struct vp_shell_reader *reader, struct vp_shell_word *word);

/* Whether the word is written without any quoting or expansion: only then it can be a reserved word. */
bool vp_shell_word_is_plain(const struct vp_shell_word *word);
/* The number of bytes of NAME= or NAME+= at the start of the word, 0 where there is none. */
guint vp_shell_prefix_length(const struct vp_shell_word *word);
char *vp_shell_word_text(const struct vp_shell_word *word); /* caller frees */

/* From an opening parenthesis behind its closing one. */
void vp_shell_skip_parentheses(struct vp_shell_reader *reader);

bool vp_shell_looking_at(const struct vp_shell_reader *reader, const char *text);
/* Skips a backslash and the line end behind it; false where there are none. */
bool vp_shell_skip_continuation(struct vp_shell_reader *reader);
unsigned vp_shell_line(struct vp_shell_reader *reader, size_t at);

/* Stops the reading: what begins at the place is not understood. */
void vp_shell_give_up(struct vp_shell_reader *reader, size_t at, const char *why);
bool vp_shell_is_lost(const struct vp_shell_reader *reader);

/* Takes note of what the command does; `ends`: it is followed by the end of its line, or by a semicolon. */
void vp_shell_run(struct vp_shell_reader *reader, const struct vp_shell_command *command, bool ends);
void vp_shell_add_opaque(struct vp_shell_reader *reader, size_t start, size_t end);
/* What is put behind the place may not take effect. */
void vp_shell_note_leaving(struct vp_shell_reader *reader, size_t at, const char *why);
void vp_shell_variable_free(void *variable);
