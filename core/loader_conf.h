/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_conf.h - the kernel command line in the files of boot loaders other than GRUB: pure bytes in and out
 *
 * Every edit makes the smallest diff: bytes that are not asked for stay, and the same bytes come back when
 * nothing is to be changed. `file` names the file in messages. Edits fail, with what to write by hand, where
 * the file cannot be understood for certain.
 */
#pragma once

#include "cmdline.h"

/* systemd-boot, loader/entries/NAME.conf: all "options" lines together are the command line. An entry that
 * starts no Linux (neither "linux" nor "options") comes back as it is. */
GBytes *vp_loader_edit_entry(GBytes *text, const struct vp_cmdline_change *change, const char *file,
			     GError **error);

/* /etc/kernel/cmdline, and files of /etc/cmdline.d: all lines together, comment lines aside. */
GBytes *vp_loader_edit_kernel_cmdline(GBytes *text, const struct vp_cmdline_change *change, const char *file,
				      GError **error);

/* /etc/sdboot-manage.conf, a shell script: LINUX_OPTIONS. */
GBytes *vp_loader_edit_sdboot_manage(GBytes *text, const struct vp_cmdline_change *change, const char *file,
				     GError **error);

/* /etc/default/limine: KERNEL_CMDLINE[default] with = and +=. Without any, limine-update takes the command
 * line from elsewhere, and one line more would replace it: then this fails. */
GBytes *vp_loader_edit_limine_default(GBytes *text, const struct vp_cmdline_change *change, const char *file,
				      GError **error);

/* limine.conf: "cmdline:" and "kernel_cmdline:" of every entry that can start Linux. */
GBytes *vp_loader_edit_limine_conf(GBytes *text, const struct vp_cmdline_change *change, const char *file,
				   GError **error);

/* rEFInd, refind_linux.conf: the second, quoted word of every line. */
GBytes *vp_loader_edit_refind(GBytes *text, const struct vp_cmdline_change *change, const char *file,
			      GError **error);

/* What these files say now, of the first entry where there are several; NULL: nothing, or not understood.
 * The caller frees. */
char *vp_loader_read_entry(GBytes *text);
char *vp_loader_read_kernel_cmdline(GBytes *text);
char *vp_loader_read_sdboot_manage(GBytes *text);
char *vp_loader_read_limine_default(GBytes *text);
char *vp_loader_read_limine_conf(GBytes *text);
char *vp_loader_read_refind(GBytes *text);
