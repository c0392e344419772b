/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - a recorded machine while it is expanded into a folder
 *
 * The file assets/machines/ID.json holds what cannot be derived; the layout of /proc and /sys around it is
 * made here, as the kernel makes it. The form of such a file is one table in machine_form.c.
 */
#pragma once

#include "root.h"

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

/* The first failure sticks and later calls do nothing, so that the makers below need not check each step. */
struct vp_tree {
	struct vp_root *root;
	const char *file;   /* the recorded machine, for messages */
	GHashTable *places; /* PCI address, or name of a block device -> its folder under /sys/devices */
	GError *error;
};

/* Writes FOLDER/NAME, or makes it a link to the path TO, relative as the kernel does it. */
void vp_tree_put(struct vp_tree *tree, const char *folder, const char *name, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
void vp_tree_bytes(struct vp_tree *tree, const char *path, const void *bytes, size_t length, unsigned mode);
void vp_tree_link(struct vp_tree *tree, const char *folder, const char *name, const char *to);
void vp_tree_folder(struct vp_tree *tree, const char *path);
void vp_tree_fail(struct vp_tree *tree, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The folder of a PCI function or block device; NULL, and a failure, when the machine has none so called. */
const char *vp_tree_place(struct vp_tree *tree, const char *name);

/* Reading what vp_machine_check() let through: the fallback where a key is not given. */
bool vp_machine_check(json_object *machine, const char *file, GError **error);
const char *vp_json_string(json_object *object, const char *key); /* or NULL; borrowed */
gint64 vp_json_number(json_object *object, const char *key, gint64 fallback);
bool vp_json_flag(json_object *object, const char *key);
size_t vp_json_count(json_object *object, const char *key); /* of an array */
json_object *vp_json_item(json_object *object, const char *key, size_t index);

/* The makers; each takes the whole machine. All but the processors need the places of the PCI functions. */
void vp_machine_make_pci(struct vp_tree *tree, json_object *machine);     /* machine_pci.c */
void vp_machine_make_cpus(struct vp_tree *tree, json_object *machine);    /* machine_cpu.c: and memory */
void vp_machine_make_disks(struct vp_tree *tree, json_object *machine);   /* machine_sys.c: and mounts */
void vp_machine_make_network(struct vp_tree *tree, json_object *machine); /* machine_sys.c */
void vp_machine_make_screens(struct vp_tree *tree, json_object *machine); /* machine_sys.c: and inputs */
