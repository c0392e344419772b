/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline.h - the kernel command line as a list of words: pure text in, pure text out */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* COMMAND_LINE_SIZE of x86, with the final NUL (arch/x86/include/asm/setup.h): the kernel cuts what is
 * longer. */
#define VP_CMDLINE_SIZE 2048

/*
 * What is asked of a line. Each member is a NULL-terminated vector or NULL. In names, '-' and '_' are the
 * same. Of several words of one name the last is in force; a name that is set, merged or taken from keeps
 * only that one. A word that is both removed and asked for stays.
 */
struct vp_cmdline_change {
	char **set;   /* "name=value" or "name": takes the place of that name's words, else goes to the end */
	char **merge; /* "name=a,b": the values join those of the word of that name; no value twice */
	char **add;   /* this very word goes to the end unless it is there */
	char **remove; /* "name=value": that very word; "name": every word of that name */
	char **take;   /* "name=a,b": these values leave the comma list; an empty list takes its word along */
};

/* Splits as the kernel does (lib/cmdline.c next_arg): blanks part words, double quotes hold blanks together.
 * Words keep their quotes. Caller frees with g_strfreev(). */
char **vp_cmdline_split(const char *line);

/* The name of a word in its canonical spelling ('_' for '-'), without value and quotes. Caller frees. */
char *vp_cmdline_name(const char *word);
bool vp_cmdline_same_name(const char *word, const char *other);

/* Whether the line holds this word: same name, same value. Words behind "--" are init's, not the kernel's. */
bool vp_cmdline_has(const char *line, const char *word);

/* The value of the last word of that name, NULL when there is none, "" for a bare word. Caller frees. */
char *vp_cmdline_value(const char *line, const char *name);

/* The line after the change. Words that are not asked for keep their place, spelling and spacing; asking
 * again changes nothing. Fails (VP_ERROR_USAGE) on a word that is not one: empty, with an odd quote, control
 * characters; (VP_ERROR_CANNOT) when the result is longer than the kernel reads, or the line has an open
 * quote, so that new words would land inside it. Caller frees. */
char *vp_cmdline_edit(const char *line, const struct vp_cmdline_change *change, GError **error);

/* One stretch of the line and what takes its place. */
struct vp_cmdline_splice {
	size_t at, length;
	char *text;
};

/* The same change as the least edits that make it: struct vp_cmdline_splice *, in the order of the line, none
 * touching another; empty when nothing is to be changed. Caller unrefs. */
GPtrArray *vp_cmdline_splices(const char *line, const struct vp_cmdline_change *change, GError **error);

/* The line with the splices carried out. Caller frees. */
char *vp_cmdline_splice(const char *line, const GPtrArray *splices);
