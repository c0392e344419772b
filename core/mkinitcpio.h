/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkinitcpio.h - mkinitcpio.conf, its drop-ins and presets (bash scripts): pure bytes in, pure bytes out
 *
 * mkinitcpio sources these files, so any bash text may stand in them. Edited in place is only what can be
 * understood for certain; else the edit is refused with the line to add by hand.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An array or string variable of mkinitcpio.conf, such as MODULES or HOOKS. */
struct vp_mkinitcpio_array {
	char **words;  /* as bash will have them; NULL where that cannot be known without running it */
	unsigned line; /* of the assignment in force, from 1; 0: not assigned */
	bool adds;     /* only with +=: what files read before set stays in front; not edited */
	bool editable; /* in place */
	char *why_not; /* not editable: what was seen ("line 7: …"); or NULL */
};
void vp_mkinitcpio_array_free(struct vp_mkinitcpio_array *array);
typedef struct vp_mkinitcpio_array vp_mkinitcpio_array; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_mkinitcpio_array, vp_mkinitcpio_array_free)

/* Never NULL; caller frees. */
struct vp_mkinitcpio_array *vp_mkinitcpio_find(GBytes *text, const char *variable);

/* MODULES with `first` in front, in that order, and without the words of `drop`; everything else stays
 * where it is, comments and line breaks included. '-' and '_' are the same in module names. The same bytes
 * come back when it is so already. A file that does not assign MODULES gets a marked line at its end.
 * Fails with the line to add by hand (file:line: what was seen) where no safe edit exists. */
GBytes *vp_mkinitcpio_edit_modules(GBytes *text, char **first, char **drop, const char *file, GError **error);

/* HOOKS with `hook` in it, right behind the last of `after` that is there, else behind the first word. */
GBytes *vp_mkinitcpio_add_hook(GBytes *text, const char *hook, char **after, const char *file,
			       GError **error);

/* FILES with `path` at its end: the image gets a copy of that file. A file that does not assign FILES gets a
 * marked line. */
GBytes *vp_mkinitcpio_add_file(GBytes *text, const char *path, const char *file, GError **error);

/* The inverse of these: `variable` without `words`. The bytes that were there before they were put in come
 * back. */
GBytes *vp_mkinitcpio_remove(GBytes *text, const char *variable, char **words, const char *file,
			     GError **error);

/* What a preset file says of the images it builds (those that PRESETS names). */
struct vp_mkinitcpio_preset {
	char *config;  /* the first NAME_config, else ALL_config; NULL: mkinitcpio.conf.d is read */
	char **images; /* NAME_image */
	char **ukis;   /* NAME_uki, NAME_efi_image */
	bool known;    /* false: written in a way that only a shell understands */
};
void vp_mkinitcpio_preset_free(struct vp_mkinitcpio_preset *preset);
typedef struct vp_mkinitcpio_preset vp_mkinitcpio_preset; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_mkinitcpio_preset, vp_mkinitcpio_preset_free)
struct vp_mkinitcpio_preset *vp_mkinitcpio_read_preset(GBytes *text);
