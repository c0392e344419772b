/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mkinitcpio_read.h - one variable of a mkinitcpio.conf as its words and where they stand; for
 * mkinitcpio*.c */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct vp_mk_place;

struct vp_mk_item {
	const struct vp_mk_place *place; /* borrowed */
	size_t start, end;
	char *word;  /* unquoted; NULL where only bash knows, and for `self` */
	bool self;   /* "${MODULES[@]}": what the variable held before */
	bool killed; /* to be taken out */
};

/* One assignment that makes a part of the value. */
struct vp_mk_place {
	unsigned line;
	bool append;
	size_t start;       /* of the assignment */
	size_t open, close; /* what is between the parentheses or quotes */
	GPtrArray *items;   /* struct vp_mk_item * */
};

struct vp_mk_variable {
	const char *name;
	const char *text; /* borrowed */
	size_t length;
	GPtrArray *places;  /* struct vp_mk_place *, in the order of the file */
	GPtrArray *value;   /* struct vp_mk_item *, borrowed: the items in the order bash will have them */
	bool array;         /* string otherwise */
	bool maybe_array;   /* somewhere in the file it may become one */
	bool known;         /* each item has its word, and they are all of the value */
	unsigned open_line; /* from here on bash may not meet a line at the end as a command; 0: it does */
	char *why_not;      /* what stands against an edit in place, or NULL */
	unsigned why_line;  /* where that is */
};

struct vp_mk_variable *vp_mk_variable_read(GBytes *text, const char *name);
void vp_mk_variable_free(struct vp_mk_variable *variable);
typedef struct vp_mk_variable vp_mk_variable; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_mk_variable, vp_mk_variable_free)
