/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - a small system in a scratch folder, for tests that read one */
#pragma once

#include "host.h"
#include "root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct tree {
	char *folder;
	struct vp_root *root;
};

static inline int tree_setup(void **state)
{
	struct tree *tree = g_new0(struct tree, 1);

	tree->folder = g_dir_make_tmp("vp-tree-XXXXXX", NULL);
	tree->root = vp_root_open(tree->folder, NULL);
	*state = tree;
	return tree->root ? 0 : -1;
}

static inline int tree_teardown(void **state)
{
	struct tree *tree = *state;
	g_autoptr(vp_root) live = vp_root_open(NULL, NULL);
	bool removed = vp_root_remove_tree(live, tree->folder, NULL);

	vp_root_close(tree->root);
	g_free(tree->folder);
	g_free(tree);
	return removed ? 0 : -1;
}

static inline char *tree_path(const struct tree *tree, const char *path)
{
	char *real = g_build_filename(tree->folder, path, NULL);
	g_autofree char *parent = g_path_get_dirname(real);

	assert_int_equal(g_mkdir_with_parents(parent, 0755), 0);
	return real;
}

static inline void tree_bytes(const struct tree *tree, const char *path, const void *bytes, size_t length)
{
	g_autofree char *real = tree_path(tree, path);

	assert_true(g_file_set_contents(real, bytes, (gssize)length, NULL));
}

static inline void tree_put(const struct tree *tree, const char *path, const char *text)
{
	tree_bytes(tree, path, text, strlen(text));
}

static inline void tree_folder(const struct tree *tree, const char *path)
{
	g_autofree char *real = tree_path(tree, path);

	assert_int_equal(g_mkdir_with_parents(real, 0755), 0);
}

static inline void tree_link(const struct tree *tree, const char *path, const char *target)
{
	g_autofree char *real = tree_path(tree, path);

	assert_int_equal(symlink(target, real), 0);
}

/* A PCI function as the kernel shows it: `place` is its folder below /sys/devices, `uevent` without its address. */
static inline void tree_pci(const struct tree *tree, const char *place, const char *uevent, int group)
{
	g_autofree char *address = g_path_get_basename(place);
	g_autofree char *file = g_strdup_printf("/sys/devices/%s/uevent", place);
	g_autofree char *text = g_strdup_printf("%sPCI_SLOT_NAME=%s\n", uevent, address);
	g_autofree char *entry = g_strdup_printf("/sys/bus/pci/devices/%s", address);
	g_autofree char *target = g_strdup_printf("../../../devices/%s", place);
	g_autofree char *group_link = g_strdup_printf("/sys/devices/%s/iommu_group", place);
	g_autofree char *group_place = g_strdup_printf("../../../kernel/iommu_groups/%d", group);
	g_autofree char *group_folder = g_strdup_printf("/sys/kernel/iommu_groups/%d", group);

	tree_put(tree, file, text);
	tree_link(tree, entry, target);
	if (group >= 0) {
		tree_folder(tree, group_folder);
		tree_link(tree, group_link, group_place);
	}
}

static inline const struct vp_device *device_at(const struct vp_host *host, const char *address)
{
	const struct vp_device *device = vp_host_device(host, address);

	if (!device)
		fail_msg("%s is not among the devices", address);
	return device;
}

static inline bool has_trouble(const struct vp_host *host, const char *sentence)
{
	for (guint i = 0; i < host->trouble->len; i++)
		if (!strcmp(g_ptr_array_index(host->trouble, i), sentence))
			return true;
	return false;
}
