/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-pci.c - PCI functions and what they are called */
#include "config.h"

#include "host.h"
#include "tree.h"

#define CPU "pci0000:00"

/* ---- devices -------------------------------------------------------------------------------------------------- */

static void a_card_behind_a_bridge(void **state)
{
	const struct tree *tree = *state;
	const char *below = "/sys/devices/" CPU "/0000:00:01.0/0000:01:00.0";
	g_autofree char *vga = g_strconcat(below, "/boot_vga", NULL),
			*node = g_strconcat(below, "/numa_node", NULL);
	g_autofree char *revision = g_strconcat(below, "/revision", NULL);
	g_autofree char *reset = g_strconcat(below, "/reset_method", NULL);
	g_autoptr(vp_host) host = NULL;
	const struct vp_device *card, *bridge;

	tree_pci(tree, CPU "/0000:00:01.0", "DRIVER=pcieport\nPCI_CLASS=60400\nPCI_ID=8086:0C01\n", 1);
	tree_pci(tree, CPU "/0000:00:01.0/0000:01:00.0",
		 "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:13C2\nPCI_SUBSYS_ID=1043:8506\n", 1);
	tree_put(tree, vga, "1\n");
	tree_put(tree, node, "-1\n");
	tree_put(tree, revision, "0xa1\n");
	tree_put(tree, reset, "bus\n");
	host = vp_host_read(tree->root);
	assert_int_equal(host->devices->len, 2);
	assert_int_equal(host->trouble->len, 0);
	card = device_at(host, "0000:01:00.0");
	assert_int_equal(card->class_code, 0x030000);
	assert_int_equal(card->vendor, 0x10de);
	assert_int_equal(card->device, 0x13c2);
	assert_int_equal(card->subsystem_vendor, 0x1043);
	assert_int_equal(card->subsystem_device, 0x8506);
	assert_int_equal(card->revision, 0xa1);
	assert_string_equal(card->kind, "Graphics card");
	assert_string_equal(card->driver, "nvidia");
	assert_string_equal(card->parent, "0000:00:01.0");
	assert_string_equal(card->reset_methods, "bus");
	assert_int_equal(card->group, 1);
	assert_int_equal(card->boot_vga, VP_YES);
	assert_int_equal(card->numa_node, -1);
	assert_false(card->bridge);
	assert_null(card->blocked);
	bridge = device_at(host, "0000:00:01.0");
	assert_true(bridge->bridge);
	assert_null(bridge->parent);
	assert_non_null(bridge->blocked);
	assert_int_equal(host->groups->len, 1);
}

/* No uevent, an iommu_group that is no number, a function without driver: each has its own file, or none. */
static void older_files_tell_the_same(void **state)
{
	const struct tree *tree = *state;
	const char *at = "/sys/bus/pci/devices/10000:e1:00.0/";
	static const char *const files[][2] = {
		{"vendor", "0x144d\n"},           {"device", "0xa808\n"},           {"class", "0x010802\n"},
		{"subsystem_vendor", "0x144d\n"}, {"subsystem_device", "0xa801\n"}, {"numa_node", "1\n"},
	};
	g_autofree char *driver = g_strconcat(at, "driver", NULL),
			*group = g_strconcat(at, "iommu_group", NULL);
	g_autoptr(vp_host) host = NULL;
	const struct vp_device *drive;

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_strconcat(at, files[i][0], NULL);

		tree_put(tree, path, files[i][1]);
	}
	tree_link(tree, driver, "../../../../bus/pci/drivers/nvme");
	tree_link(tree, group, "../../../kernel/iommu_groups/none");
	host = vp_host_read(tree->root);
	drive = device_at(host, "10000:e1:00.0");
	assert_int_equal(drive->domain, 0x10000);
	assert_int_equal(drive->class_code, 0x010802);
	assert_int_equal(drive->vendor, 0x144d);
	assert_int_equal(drive->subsystem_device, 0xa801);
	assert_string_equal(drive->kind, "NVMe drive");
	assert_string_equal(drive->driver, "nvme");
	assert_int_equal(drive->group, -1);
	assert_int_equal(drive->numa_node, 1);
	assert_null(drive->parent);
	assert_null(drive->reset_methods);
}

static void broken_entries_harm_nobody(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_pci(tree, CPU "/0000:00:02.0", "PCI_CLASS=30000\nPCI_ID=8086:1912\n", 2);
	tree_pci(tree, CPU "/0000:00:03.0", "PCI_CLASS=20000\nPCI_ID=xyzz:1912\n", 3);
	tree_pci(tree, CPU "/0000:00:04.0", "PCI_CLASS=what\nPCI_ID=8086:1912\n", 4);
	tree_link(tree, "/sys/bus/pci/devices/0000:00:05.0", "../../../devices/gone");
	tree_put(tree, "/sys/bus/pci/devices/0000:00:06.9/uevent", "PCI_CLASS=20000\nPCI_ID=8086:1912\n");
	tree_put(tree, "/sys/bus/pci/devices/some\nthing/uevent", "PCI_CLASS=20000\nPCI_ID=8086:1912\n");
	host = vp_host_read(tree->root);
	assert_int_equal(host->devices->len, 2);
	assert_string_equal(device_at(host, "0000:00:04.0")->kind, "Device");
	assert_true(
		has_trouble(host, "0000:00:03.0 was left out: its vendor and device ids cannot be read."));
	assert_true(has_trouble(host, "0000:00:04.0: what kind of device it is cannot be read."));
	assert_true(
		has_trouble(host, "0000:00:05.0 was left out: its vendor and device ids cannot be read."));
	assert_true(has_trouble(host,
				"0000:00:06.9 in /sys/bus/pci/devices was left out: it is no PCI address."));
	assert_true(has_trouble(host,
				"some\\nthing in /sys/bus/pci/devices was left out: it is no PCI address."));
	assert_int_equal(host->trouble->len, 5);
}

/* A loop of links in place of a function, of a file, of a driver; a group that is not there. */
static void links_that_lead_nowhere(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_link(tree, "/sys/bus/pci/devices/0000:00:01.0", "0000:00:01.0");
	tree_pci(tree, CPU "/0000:00:02.0", "PCI_CLASS=30000\nPCI_ID=8086:1912\n", 2);
	tree_link(tree, "/sys/devices/" CPU "/0000:00:02.0/numa_node", "numa_node");
	tree_link(tree, "/sys/devices/" CPU "/0000:00:02.0/reset_method", "/etc/passwd");
	tree_put(tree, "/etc/passwd", "flr\n");
	tree_pci(tree, CPU "/0000:00:03.0", "PCI_ID=8086:1912\nPCI_CLASS=0\n", -1);
	tree_link(tree, "/sys/devices/" CPU "/0000:00:03.0/iommu_group", "../../../kernel/iommu_groups/7");
	host = vp_host_read(tree->root);
	assert_int_equal(host->devices->len, 2);
	assert_true(
		has_trouble(host, "0000:00:01.0 was left out: its vendor and device ids cannot be read."));
	assert_int_equal(device_at(host, "0000:00:02.0")->numa_node, -1);
	/* What belongs to a device is read from its folder alone. */
	assert_null(device_at(host, "0000:00:02.0")->reset_methods);
	assert_int_equal(device_at(host, "0000:00:03.0")->group, 7);
	assert_int_equal(device_at(host, "0000:00:03.0")->class_code, 0);
	assert_string_equal(device_at(host, "0000:00:03.0")->kind, "Device");
}

static void many_groups_and_a_large_one(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	for (int i = 0; i < 340; i++) {
		g_autofree char *place =
			g_strdup_printf(CPU "/0000:%02x:%02x.%d", i / 256, i / 8 % 32, i % 8);

		tree_pci(tree, place, "PCI_CLASS=20000\nPCI_ID=8086:1533\n", i < 300 ? 3 * i : 1000);
	}
	host = vp_host_read(tree->root);
	assert_int_equal(host->groups->len, 301);
	for (guint i = 0; i < 300; i++) {
		const struct vp_group *group = g_ptr_array_index(host->groups, i);

		assert_int_equal(group->number, 3 * i);
		assert_int_equal(group->verdict, VP_WHOLE);
	}
	assert_int_equal(((struct vp_group *)g_ptr_array_index(host->groups, 300))->devices->len, 40);
	assert_string_equal(
		((struct vp_group *)g_ptr_array_index(host->groups, 300))->reason,
		"Goes together: network card 01:05.4, network card 01:05.5, network card 01:05.6, network "
		"card 01:05.7 and 36 more");
}

struct hand {
	char *entry, *target;
	gint stop;
};

static void *pull_and_plug(void *data)
{
	struct hand *hand = data;

	while (!g_atomic_int_get(&hand->stop)) {
		if (unlink(hand->entry) < 0 || symlink(hand->target, hand->entry) < 0)
			return hand;
	}
	return NULL;
}

/* A card on Thunderbolt, say. What was seen of it is right, or it is not there. */
static void a_device_that_comes_and_goes(void **state)
{
	const struct tree *tree = *state;
	struct hand hand = {.target = "../../../devices/" CPU "/0000:00:02.0"};
	GThread *thread;

	tree_pci(tree, CPU "/0000:00:01.0", "PCI_CLASS=20000\nPCI_ID=8086:1533\n", 1);
	tree_pci(tree, CPU "/0000:00:02.0", "PCI_CLASS=30000\nPCI_ID=8086:1912\n", 2);
	hand.entry = tree_path(tree, "/sys/bus/pci/devices/0000:00:02.0");
	thread = g_thread_new("hand", pull_and_plug, &hand);
	for (int i = 0; i < 500; i++) {
		g_autoptr(GPtrArray) trouble = g_ptr_array_new_with_free_func(g_free);
		g_autoptr(GPtrArray) devices = vp_pci_read(tree->root, trouble);

		assert_in_range(devices->len, 1, 2);
		for (guint k = 0; k < devices->len; k++) {
			const struct vp_device *device = g_ptr_array_index(devices, k);

			assert_int_equal(device->device, device->slot == 1 ? 0x1533 : 0x1912);
			assert_int_equal(device->group, device->slot);
		}
	}
	g_atomic_int_set(&hand.stop, 1);
	assert_null(g_thread_join(thread));
	g_free(hand.entry);
}

/* By number, not by letter: a longer domain comes last. */
static void addresses_are_in_order(void **state)
{
	static const char *const sorted[] = {"0000:00:02.0", "0000:0a:00.1", "0000:10:00.0",
					     "0001:00:00.0", "ffff:00:00.0", "10000:e1:00.0"};
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(sorted); i++)
		tree_pci(tree, sorted[i], "PCI_CLASS=20000\nPCI_ID=8086:1533\n", -1);
	host = vp_host_read(tree->root);
	assert_int_equal(host->devices->len, G_N_ELEMENTS(sorted));
	for (guint i = 0; i < host->devices->len; i++)
		assert_string_equal(((struct vp_device *)g_ptr_array_index(host->devices, i))->address,
				    sorted[i]);
}

/* The header type counts, not the name of the class; where it cannot be read, the class has to do. */
static void bridges_by_their_header(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;
	guint8 config[64] = {0};

	tree_pci(tree, CPU "/0000:00:01.0", "PCI_CLASS=60400\nPCI_ID=8086:1901\n", 1);
	tree_pci(tree, CPU "/0000:00:02.0", "PCI_CLASS=60400\nPCI_ID=8086:1901\n", 2);
	tree_pci(tree, CPU "/0000:00:03.0", "PCI_CLASS=68000\nPCI_ID=8086:1901\n", 3);
	tree_bytes(tree, "/sys/devices/" CPU "/0000:00:02.0/config", config, sizeof(config));
	config[0x0e] = 0x81;
	tree_bytes(tree, "/sys/devices/" CPU "/0000:00:03.0/config", config, sizeof(config));
	host = vp_host_read(tree->root);
	assert_true(device_at(host, "0000:00:01.0")->bridge);
	assert_false(device_at(host, "0000:00:02.0")->bridge);
	assert_true(device_at(host, "0000:00:03.0")->bridge);
	/* What is not a bridge by its header is part of the wiring all the same. */
	assert_non_null(device_at(host, "0000:00:02.0")->blocked);
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

static void names_come_from_the_list_of_the_root(void **state)
{
	static const char list[] = "1002  Advanced Micro Devices, Inc. [AMD/ATI]\n"
				   "\t67df  Ellesmere [Radeon RX 470/480]\n"
				   "\taaf0  Ellesmere HDMI Audio [Radeon RX 470/480]\n"
				   "10ec  Realtek Semiconductor Co., Ltd.\n"
				   "\t8168  RTL8111/8168 \033[31mPCI Express\033[0m Gigabit Controller\n"
				   "1af4  Red Hat, Inc.\n"
				   "1234  QEMU\n"
				   "\t000d  QEMU XHCI Host Controller\n"
				   "C 03  Display controller\n"
				   "\t00  VGA compatible controller\n";
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;
	const struct vp_device *card;

	tree_put(tree, "/usr/share/misc/pci.ids", list);
	tree_link(tree, "/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids");
	tree_pci(tree, CPU "/0000:01:00.0", "PCI_CLASS=30000\nPCI_ID=1002:67DF\nPCI_SUBSYS_ID=1AF4:1100\n",
		 1);
	tree_pci(tree, CPU "/0000:01:00.1", "PCI_CLASS=40300\nPCI_ID=1002:AAF0\n", 1);
	tree_pci(tree, CPU "/0000:02:00.0", "PCI_CLASS=20000\nPCI_ID=10EC:8168\n", 2);
	tree_pci(tree, CPU "/0000:03:00.0", "PCI_CLASS=10000\nPCI_ID=1AF4:9999\n", 3);
	tree_pci(tree, CPU "/0000:04:00.0", "PCI_CLASS=C0330\nPCI_ID=1234:000D\n", 4);
	tree_pci(tree, CPU "/0000:05:00.0", "PCI_CLASS=88000\nPCI_ID=ABCD:0123\n", 5);
	host = vp_host_read(tree->root);
	card = device_at(host, "0000:01:00.0");
	assert_string_equal(card->vendor_name, "Advanced Micro Devices, Inc. [AMD/ATI]");
	assert_string_equal(card->device_name, "Ellesmere [Radeon RX 470/480]");
	assert_string_equal(card->class_name, "VGA compatible controller");
	assert_string_equal(card->subsystem_name, "Red Hat, Inc.");
	assert_string_equal(card->name, "AMD Radeon RX 470/480");
	assert_string_equal(device_at(host, "0000:01:00.1")->name, "AMD Ellesmere HDMI Audio");
	assert_string_equal(device_at(host, "0000:02:00.0")->name,
			    "Realtek RTL8111/8168 [31mPCI Express[0m Gigabit Controller");
	assert_string_equal(device_at(host, "0000:03:00.0")->name, "Red Hat device 9999");
	assert_string_equal(device_at(host, "0000:03:00.0")->device_name, "9999");
	assert_string_equal(device_at(host, "0000:04:00.0")->name, "QEMU XHCI Host Controller");
	assert_string_equal(device_at(host, "0000:05:00.0")->name, "Device abcd:0123");
	assert_string_equal(device_at(host, "0000:05:00.0")->vendor_name, "abcd");
	assert_null(device_at(host, "0000:05:00.0")->subsystem_name);
}

/* libpci ends the process when its list is broken, unless it is kept from that. */
static void a_broken_list_costs_only_names(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/usr/share/hwdata/pci.ids", "10de  NVIDIA Corporation\n\tzzzz  broken\n");
	tree_pci(tree, CPU "/0000:01:00.0", "PCI_CLASS=30000\nPCI_ID=10DE:13C2\n", 1);
	host = vp_host_read(tree->root);
	assert_string_equal(device_at(host, "0000:01:00.0")->name, "Device 10de:13c2");
	assert_string_equal(device_at(host, "0000:01:00.0")->kind, "Graphics card");
	assert_int_equal(host->trouble->len, 1);
	assert_true(g_str_has_prefix(g_ptr_array_index(host->trouble, 0), "Names of devices are missing: "));
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_card_behind_a_bridge),
		scratch_test(older_files_tell_the_same),
		scratch_test(broken_entries_harm_nobody),
		scratch_test(links_that_lead_nowhere),
		scratch_test(many_groups_and_a_large_one),
		scratch_test(a_device_that_comes_and_goes),
		scratch_test(addresses_are_in_order),
		scratch_test(bridges_by_their_header),
		scratch_test(names_come_from_the_list_of_the_root),
		scratch_test(a_broken_list_costs_only_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
