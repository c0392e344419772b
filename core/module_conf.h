/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module_conf.h - the files that say which kernel modules are loaded early, and how
 *
 * The first two functions build files that are all ours; the edits change files that others write, too, with
 * the smallest diff: the same bytes come back when nothing is to be changed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Names of files that are all ours. dracut reads only names that end in .conf (dracut.sh,
 * dropindirs_sort), and so does modprobe (modprobe.d(5)). */
#define VP_MODPROBE_FILE "/etc/modprobe.d/virt-passthrough.conf"
#define VP_DRACUT_FILE "/etc/dracut.conf.d/90-virt-passthrough.conf"

/* The buffer vfio-pci keeps its ids in, with the final NUL (drivers/vfio/pci/vfio_pci.c). */
#define VP_VFIO_IDS_SIZE 1024

/* "options vfio-pci ids=…" for the ids ("10de:13c2", with subsystem "10de:13c2:1043:8508"), and "softdep X
 * pre: vfio-pci" for each driver X. Both are NULL-terminated and may be empty. Fails on an id or a name
 * that is none, and on more ids than vfio-pci takes. */
GBytes *vp_module_conf_modprobe(char **ids, char **drivers, GError **error);

/* dracut: loads the modules early, in this order. */
GBytes *vp_module_conf_dracut(char **modules, GError **error);

/* /etc/initramfs-tools/modules: the modules stand in a marked block in front of all others, since they are
 * loaded in the listed order. No modules: the block goes, and the bytes from before it come back. */
GBytes *vp_module_conf_edit_initramfs(GBytes *text, char **modules, const char *file, GError **error);

/* /etc/booster.yaml: modules_force_load with `first` in front and without `drop`. With `first` empty and
 * `drop` what was put in front, the bytes from before come back. Fails where the value is not one plain
 * line. */
GBytes *vp_module_conf_edit_booster(GBytes *text, char **first, char **drop, const char *file,
				    GError **error);
