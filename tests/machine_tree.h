/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_tree.h - a small Intel computer with two graphics cards in a scratch folder, and a session on it */
#pragma once

#include "internal.h"
#include "tree.h"

struct computer {
	struct tree *tree;
	struct vp_session *session;
};

/* Two cards, each with sound; `second` is the id of the second one, so that it can be a twin of the first. */
static inline void computer_cards(const struct tree *tree, const char *second)
{
	g_autofree char *twin = g_strdup_printf("DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=%s\nPCI_SUBSYS_ID=1458:22F7\n", second);

	tree_pci(tree, "pci0000:00/0000:00:01.0/0000:01:00.0",
		 "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:67DF\nPCI_SUBSYS_ID=1458:22F7\n", 1);
	tree_pci(tree, "pci0000:00/0000:00:01.0/0000:01:00.1",
		 "DRIVER=snd_hda_intel\nPCI_CLASS=40300\nPCI_ID=1002:AAF0\nPCI_SUBSYS_ID=1458:AAF0\n", 1);
	tree_pci(tree, "pci0000:00/0000:00:02.0/0000:02:00.0", twin, 2);
	tree_pci(tree, "pci0000:00/0000:00:03.0/0000:03:00.0",
		 "DRIVER=xhci_hcd\nPCI_CLASS=C0330\nPCI_ID=1912:0014\nPCI_SUBSYS_ID=1912:0014\n", 3);
}

static inline void computer_base(const struct tree *tree)
{
	tree_put(tree, "/proc/cpuinfo",
		 "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Test\nflags\t\t: fpu vmx\n\n"
		 "processor\t: 1\nvendor_id\t: GenuineIntel\nmodel name\t: Test\nflags\t\t: fpu vmx\n\n");
	tree_put(tree, "/proc/meminfo", "MemTotal:       16777216 kB\n");
	tree_put(tree, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz root=UUID=1 rw quiet\n");
	tree_put(tree, "/sys/devices/system/cpu/online", "0-1\n");
	tree_put(tree, "/sys/firmware/acpi/tables/DMAR", "DMAR");
	tree_put(tree, "/etc/mkinitcpio.conf", "MODULES=()\nHOOKS=(base udev modconf kms block filesystems)\n");
	tree_put(tree, "/etc/mkinitcpio.d/linux.preset", "PRESETS=('default')\ndefault_image=\"/boot/initramfs-linux.img\"\n");
	tree_put(tree, "/usr/bin/mkinitcpio", "#!/bin/sh\n");
	tree_put(tree, "/boot/grub/grub.cfg", "# made by grub-mkconfig\n");
	tree_put(tree, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n");
}

/* Reads the tree anew, as the next start of the program would. */
static inline void computer_start(struct computer *computer)
{
	g_autofree char *assets = g_build_filename(g_getenv("VP_SRCDIR"), "assets", NULL);
	struct vp_options options = {.root = computer->tree->folder, .connect = "test:///default", .assets = assets};
	g_autoptr(GError) error = NULL;

	vp_session_free(computer->session);
	computer->session = vp_session_new(&options, &error);
	assert_null(error);
	assert_true(vp_session_probe(computer->session, &error));
	assert_true(vp_answers_resume(computer->session, &error));
}

static inline int computer_setup(void **state)
{
	struct computer *computer = g_new0(struct computer, 1);
	int made = tree_setup((void **)&computer->tree);

	*state = computer;
	computer_base(computer->tree);
	return made;
}

static inline int computer_teardown(void **state)
{
	struct computer *computer = *state;
	void *tree = computer->tree;

	vp_session_free(computer->session);
	g_free(computer);
	return tree_teardown(&tree);
}

static inline void computer_answer(struct computer *computer, const char *json)
{
	g_autoptr(GError) error = NULL;
	bool taken = vp_answers_parse(computer->session, json, "answers", &error);

	if (!taken)
		fail_msg("%s", error->message);
}

static inline char *computer_read(const struct computer *computer, const char *path)
{
	g_autoptr(GBytes) bytes = vp_root_read(computer->tree->root, path, NULL);

	return bytes ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

/* The change of the plan for this path, or with this first word of its command; NULL: none. */
static inline const struct vp_change *plan_find(const struct vp_plan *plan, const char *what)
{
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct vp_change *change = g_ptr_array_index(plan->changes, i);

		if (!g_strcmp0(change->path, what) || (change->argv && !strcmp(change->argv[0], what)))
			return change;
	}
	return NULL;
}

static inline char *change_after(const struct vp_change *change)
{
	return g_strndup(g_bytes_get_data(change->after, NULL), g_bytes_get_size(change->after));
}
