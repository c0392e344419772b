/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot.h - the boot loader of this system: where its kernel command line is written, and how it is changed */
#pragma once

#include "cmdline.h"
#include "plan.h"

/* One place that holds (a part of) the line: a file, or a variable in it. */
struct vp_boot_place {
	char *path;
	char *variable; /* of a shell-like file, or NULL: the file has one line for this purpose */
	char *line;     /* its words; NULL: cannot be known without running the file */
	char *initial;  /* what a file that is not there yet begins with, or NULL: nothing */
	bool home;      /* new words go here */
};

/* An entry of a menu that a command made. */
struct vp_boot_entry {
	char *title, *line;
};

struct vp_boot_loader {
	const char *id;    /* as vp_host.boot_loader has it */
	const char *title; /* "GRUB" */
	bool separate;     /* every place is a whole command line of its own, and gets every word */
	/* The places, in the order the kernel sees their words: struct vp_boot_place *, owned. */
	GPtrArray *(*places)(const struct vp_session *session, const struct vp_plan *plan);
	GBytes *(*edit)(GBytes *text, const struct vp_boot_place *place,
			const struct vp_cmdline_change *change, GError **error);
	/* Instead of `edit`, where the lines belong to a command: what brings `after` about where `before` is written,
	 * and what takes it back. Caller g_strfreev()s. */
	char **(*command)(const char *before, const char *after);
	/* The command that makes the menu anew, or NULL when the files are read as they are. Caller g_strfreev()s. */
	char **(*regenerate)(const struct vp_session *session);
	/* The files which that command makes anew, as far as they are known before. Caller g_strfreev()s. */
	char **(*makes)(const struct vp_session *session);
	/* The normal entries for this system in such a file (struct vp_boot_entry *, owned); NULL: none can be read. */
	GPtrArray *(*entries)(const struct vp_session *session, const char *path, GBytes *text);
	const char *checker; /* program that finds fault with such a file, or NULL */
	/* How to boot once without passthrough; "%s" stands for what to take out or type. */
	const char *without;
	/* Brings a menu entry that starts without passthrough, or takes it away; NULL: there is no such thing here. */
	bool (*rescue)(const struct vp_session *session, struct vp_plan *plan, bool wanted, GError **error);
};

/* NULL: not known, or not edited by this program. */
const struct vp_boot_loader *vp_boot_loader_find(const struct vp_session *session);

/* All words as written now, in kernel order; NULL: not known. Caller frees. */
char *vp_boot_line(const struct vp_session *session, const struct vp_plan *plan);

/* Words that keep every way of binding from working for one start: the kernel then loads no vfio-pci at all. */
#define VP_WITHOUT_VFIO "module_blacklist=vfio_pci,vfio_pci_core"

/* Appends the edits that bring the change about. Fails with the line to add by hand where that is not safe. */
bool vp_boot_edit(const struct vp_session *session, struct vp_plan *plan,
		  const struct vp_cmdline_change *change, GError **error);

/* Appends the entry without passthrough where `rescue`, and what makes the menu anew if anything changed. */
bool vp_boot_finish(const struct vp_session *session, struct vp_plan *plan, bool rescue, GError **error);

/* boot_rescue.c */
bool vp_boot_grub_rescue(const struct vp_session *session, struct vp_plan *plan, bool wanted, GError **error);

extern const struct vp_boot_loader vp_boot_grub, vp_boot_grubby;
extern const struct vp_boot_loader vp_boot_systemd, vp_boot_sdboot_manage, vp_boot_kernel_install,
	vp_boot_uki;
extern const struct vp_boot_loader vp_boot_limine, vp_boot_limine_tool, vp_boot_refind;

/* boot_made.c: files of systemd-boot's entries, and all that kernel-install makes: these, their initrds, unified
 * kernel images. Caller g_strfreev()s. */
char **vp_boot_entry_files(const struct vp_session *session);
char **vp_boot_made_installed(const struct vp_session *session);
GPtrArray *vp_boot_entries_new(void);
void vp_boot_entries_add(GPtrArray *entries, const char *title, const char *line);

/* For the loaders: a new place; the strings are taken over. */
struct vp_boot_place *vp_boot_place_new(char *path, const char *variable, char *line, bool home);
GPtrArray *vp_boot_places_new(void);
