/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-uses.c - what this computer stands on, and which devices must stay for it */
#include "config.h"

#include "host.h"
#include "tree.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#define CPU "pci0000:00"

static void expect_blocked(const struct vp_host *host, const char *address, const char *why)
{
	const char *blocked = device_at(host, address)->blocked;

	if (why && blocked)
		assert_string_equal(blocked, why);
	else if (why || blocked)
		fail_msg("%s: blocked is %s", address, blocked ? blocked : "NULL");
}

static void expect_use(const struct vp_host *host, const char *what, const char *address)
{
	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);

		if (!strcmp(use->what, what) && !strcmp(use->address, address))
			return;
	}
	fail_msg("%s on %s is not among the uses", what, address);
}

static void put_controller(const struct tree *tree, const char *address, const char *class)
{
	g_autofree char *place = g_strdup_printf(CPU "/%s", address);
	g_autofree char *uevent = g_strdup_printf("PCI_CLASS=%s\nPCI_ID=8086:1234\n", class);

	tree_pci(tree, place, uevent, -1);
}

/* A block device: its folder below /sys/devices, its number ("": none), and what it is made of. */
static void put_block(const struct tree *tree, const char *place, const char *number, const char *slave)
{
	g_autofree char *name = g_path_get_basename(place);
	g_autofree char *folder = g_strconcat("/sys/devices/", place, NULL);
	g_autofree char *class = g_strconcat("/sys/class/block/", name, NULL);
	g_autofree char *dev = g_strconcat("/sys/dev/block/", number, NULL);
	g_autofree char *part = g_strconcat(folder, "/slaves/", slave, NULL);
	g_autofree char *target = g_strconcat("../../devices/", place, NULL);

	tree_folder(tree, folder);
	tree_link(tree, class, target);
	if (*number)
		tree_link(tree, dev, target);
	if (*slave)
		tree_folder(tree, part);
}

/* / on LUKS on RAID on two disks, /boot on a partition of one; another disk has only /mnt. */
static void disks_through_their_layers(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:17.0", "10601");
	put_controller(tree, "0000:02:00.0", "10802");
	put_controller(tree, "0000:03:00.0", "10601");
	put_block(tree, CPU "/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "8:0", "");
	put_block(tree, CPU "/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1", "8:1", "");
	put_block(tree, CPU "/0000:02:00.0/nvme/nvme0/nvme0n1", "259:0", "");
	put_block(tree, CPU "/0000:03:00.0/ata9/block/sdz", "65:144", "");
	put_block(tree, "virtual/block/md0", "9:0", "sda");
	tree_folder(tree, "/sys/devices/virtual/block/md0/slaves/nvme0n1");
	put_block(tree, "virtual/block/md0/md0p1", "259:7", "");
	put_block(tree, "virtual/block/dm-0", "254:0", "md0p1");
	tree_put(tree, "/sys/devices/virtual/block/dm-0/dm/name", "swap\n");
	tree_put(tree, "/proc/self/mountinfo",
		 "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		 "23 22 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/mapper/root rw\n"
		 "24 22 8:1 / /boot rw,relatime shared:3 - vfat /dev/sda1 rw\n"
		 "25 22 65:144 / /mnt rw,relatime shared:3 - ext4 /dev/sdz rw\n");
	tree_put(tree, "/proc/swaps",
		 "Filename\tType\tSize\tUsed\tPriority\n/dev/mapper/swap  partition\t1\t0\t-2\n"
		 "/swapfile file 1 0 -3\n");
	host = vp_host_read(tree->root);
	expect_blocked(host, "0000:00:17.0", "holds the root file system (/), /boot and the swap space");
	expect_blocked(host, "0000:02:00.0", "holds the root file system (/) and the swap space");
	expect_blocked(host, "0000:03:00.0", NULL);
	expect_use(host, "/boot", "0000:00:17.0");
	/* Worth a warning, not a refusal. */
	expect_use(host, "a file system (/mnt)", "0000:03:00.0");
	assert_int_equal(host->uses->len, 6);
	assert_int_equal(host->trouble->len, 0);
}

static void put_holder(const struct tree *tree, const char *place, const char *holder)
{
	g_autofree char *folder = g_strdup_printf("/sys/devices/%s/holders/%s", place, holder);

	tree_folder(tree, folder);
}

/* sda: LUKS with / on it; sdb: RAID, and LVM on that, of which only one volume is mounted; sdc: nothing. */
static void volumes_that_are_not_mounted(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:17.0", "10601");
	put_controller(tree, "0000:03:00.0", "10601");
	put_controller(tree, "0000:04:00.0", "10601");
	put_block(tree, CPU "/0000:00:17.0/ata1/block/sda", "8:0", "");
	put_block(tree, CPU "/0000:03:00.0/ata2/block/sdb", "8:16", "");
	put_block(tree, CPU "/0000:04:00.0/ata3/block/sdc", "8:32", "");
	put_block(tree, "virtual/block/dm-0", "254:0", "sda");
	put_block(tree, "virtual/block/md0", "9:0", "sdb");
	put_block(tree, "virtual/block/dm-1", "254:1", "md0");
	put_block(tree, "virtual/block/dm-2", "254:2", "md0");
	put_holder(tree, CPU "/0000:00:17.0/ata1/block/sda", "dm-0");
	put_holder(tree, CPU "/0000:03:00.0/ata2/block/sdb", "md0");
	put_holder(tree, "virtual/block/md0", "dm-1");
	put_holder(tree, "virtual/block/md0", "dm-2");
	tree_put(tree, "/sys/devices/virtual/block/dm-2/dm/name", "vg0-machine\n");
	tree_put(tree, "/proc/self/mountinfo",
		 "22 1 254:0 / / rw - ext4 /dev/dm-0 rw\n23 22 254:1 / /srv rw - ext4 /dev/dm-1 rw\n");
	host = vp_host_read(tree->root);
	expect_use(host, "the root file system (/)", "0000:00:17.0");
	expect_use(host, "a file system (/srv)", "0000:03:00.0");
	expect_use(host, "a volume in use, though not mounted (vg0-machine)", "0000:03:00.0");
	assert_int_equal(host->uses->len, 3);
	/* A warning, not a refusal. */
	expect_blocked(host, "0000:03:00.0", NULL);
}

/* A btrfs has no block device of its own number, but lists its members. */
static void btrfs_on_two_disks(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:17.0", "10601");
	put_controller(tree, "0000:02:00.0", "10802");
	put_block(tree, CPU "/0000:00:17.0/ata1/block/sda", "8:0", "");
	put_block(tree, CPU "/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p2", "259:2", "");
	tree_folder(tree, "/sys/fs/btrfs/features");
	tree_folder(tree, "/sys/fs/btrfs/0f-1/devices/sda");
	tree_folder(tree, "/sys/fs/btrfs/0f-1/devices/nvme0n1p2");
	tree_put(tree, "/proc/self/mountinfo", "22 1 0:30 /@ / rw - btrfs /dev/nvme0n1p2 rw,subvol=/@\n");
	host = vp_host_read(tree->root);
	expect_blocked(host, "0000:02:00.0", "holds the root file system (/)");
	/* Known by number already is the one named as the source; the other member counts as well. */
	expect_blocked(host, "0000:00:17.0", "holds the root file system (/)");
}

/* Behind Intel's VMD the disk has a domain of its own, and the VMD function must stay as well. */
static void a_disk_behind_vmd(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:0e.0", "10400");
	tree_pci(tree, CPU "/0000:00:0e.0/pci10000:e0/10000:e0:06.0", "PCI_CLASS=60400\nPCI_ID=8086:09AB\n",
		 -1);
	tree_pci(tree, CPU "/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
		 "PCI_CLASS=10802\nPCI_ID=144D:A808\n", -1);
	put_block(tree, CPU "/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1",
		  "259:0", "");
	tree_put(tree, "/proc/self/mountinfo", "22 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n");
	host = vp_host_read(tree->root);
	assert_string_equal(device_at(host, "10000:e0:06.0")->parent, "0000:00:0e.0");
	expect_blocked(host, "0000:00:0e.0", "holds the root file system (/)");
	expect_blocked(host, "10000:e1:00.0", "holds the root file system (/)");
	expect_blocked(host, "10000:e0:06.0", "is part of this computer's own wiring");
}

static void nvme_with_several_paths(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:02:00.0", "10802");
	put_block(tree, "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:0", "");
	put_block(tree, "virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1", "259:1", "");
	tree_link(tree, "/sys/class/nvme-subsystem/nvme-subsys0",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys0");
	tree_link(tree, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
		  "../../../" CPU "/0000:02:00.0/nvme/nvme0");
	tree_link(tree, "/sys/class/nvme/nvme0", "../../devices/" CPU "/0000:02:00.0/nvme/nvme0");
	tree_put(tree, "/proc/self/mountinfo", "22 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n");
	host = vp_host_read(tree->root);
	expect_blocked(host, "0000:02:00.0", "holds the root file system (/)");
}

/* Nothing is guessed of what cannot be followed, but it is said. Loops end. */
static void disks_that_cannot_be_found(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) zfs = NULL, loop = NULL;
	const char *sentence =
		"Which disk holds / was not found (zfs on rpool/ROOT): do not give away its controller.";

	put_controller(tree, "0000:00:17.0", "10601");
	tree_put(tree, "/proc/self/mountinfo", "22 1 0:30 / / rw shared:1 - zfs rpool/ROOT rw\nnonsense\n");
	zfs = vp_host_read(tree->root);
	assert_true(has_trouble(zfs, sentence));
	assert_int_equal(zfs->uses->len, 0);
	put_block(tree, "virtual/block/dm-0", "254:0", "dm-1");
	put_block(tree, "virtual/block/dm-1", "254:1", "dm-0");
	tree_put(tree, "/proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/dm-0 rw\n");
	loop = vp_host_read(tree->root);
	assert_int_equal(loop->uses->len, 0);
	assert_int_equal(loop->trouble->len, 1);
}

static void a_link_to_nowhere(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_link(tree, "/sys/class/block/sda1", "odd");
	tree_link(tree, "/sys/class/net/eth0", "odd");
	tree_link(tree, "/sys/class/drm/card0-DP-1", "odd");
	tree_put(tree, "/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	tree_put(tree, "/proc/net/route", "eth0\t00000000\t0\t0003\t0\t0\t100\t00000000\n");
	host = vp_host_read(tree->root);
	assert_int_equal(host->uses->len, 0);
}

static void put_interface(const struct tree *tree, const char *place)
{
	g_autofree char *name = g_path_get_basename(place);
	g_autofree char *class = g_strconcat("/sys/class/net/", name, NULL);
	g_autofree char *folder = g_strconcat("/sys/devices/", place, NULL);
	g_autofree char *target = g_strconcat("../../devices/", place, NULL);

	tree_folder(tree, folder);
	tree_link(tree, class, target);
}

/* The default route goes over a bridge over a bond over a card; another card is idle. */
static void the_only_network_stays(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:19.0", "20000");
	put_controller(tree, "0000:03:00.0", "20000");
	put_interface(tree, CPU "/0000:00:19.0/net/enp0s25");
	put_interface(tree, CPU "/0000:03:00.0/net/enp3s0");
	put_interface(tree, "virtual/net/br0");
	put_interface(tree, "virtual/net/bond0");
	tree_link(tree, "/sys/devices/virtual/net/br0/lower_bond0", "../bond0");
	tree_link(tree, "/sys/devices/virtual/net/bond0/lower_enp0s25", "../enp0s25");
	tree_put(tree, "/proc/net/route",
		 "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n"
		 "br0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0  \n"
		 "enp3s0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0  \n");
	tree_put(tree, "/proc/net/ipv6_route",
		 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		 "fe800000000000000000000000000001 00000064 00000001 00000000 00000003      br0\n"
		 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		 "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n");
	host = vp_host_read(tree->root);
	expect_blocked(host, "0000:00:19.0", "carries the network (br0)");
	expect_blocked(host, "0000:03:00.0", NULL);
	assert_int_equal(host->uses->len, 1);
}

static void one_network_of_two_may_go(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:19.0", "20000");
	put_controller(tree, "0000:03:00.0", "28000");
	put_interface(tree, CPU "/0000:00:19.0/net/enp0s25");
	put_interface(tree, CPU "/0000:03:00.0/net/wlp3s0");
	tree_put(tree, "/proc/net/route",
		 "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		 "enp0s25\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		 "wlp3s0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n");
	host = vp_host_read(tree->root);
	expect_blocked(host, "0000:00:19.0", NULL);
	expect_blocked(host, "0000:03:00.0", NULL);
	expect_use(host, "the network (enp0s25)", "0000:00:19.0");
	expect_use(host, "the network (wlp3s0)", "0000:03:00.0");
}

/* The first address of an interface as text, NULL: it has none. Caller frees. */
static char *address_of(const char *interface)
{
	struct ifaddrs *all = NULL;
	char *text = NULL;

	assert_int_equal(getifaddrs(&all), 0);
	for (struct ifaddrs *each = all; each && !text; each = each->ifa_next) {
		const struct sockaddr_in *address = (const void *)each->ifa_addr;
		char buffer[INET_ADDRSTRLEN];

		if (address && address->sin_family == AF_INET && !strcmp(each->ifa_name, interface))
			text = g_strdup(inet_ntop(AF_INET, &address->sin_addr, buffer, sizeof(buffer)));
	}
	freeifaddrs(all);
	return text;
}

/* As if this test were run over SSH, when this machine has a network card. */
static void the_ssh_session_stays(void **state)
{
	g_autoptr(vp_root) root = vp_root_open(NULL, NULL);
	g_autoptr(vp_host) before = vp_host_read(root), host = NULL;
	g_autofree char *name = NULL, *address = NULL, *connection = NULL, *what = NULL;
	const struct vp_use *network = NULL;

	for (guint i = 0; i < before->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(before->uses, i);

		if (g_str_has_prefix(use->what, "the network ("))
			network = use;
	}
	name = network ? g_path_get_basename(network->source) : NULL;
	address = name ? address_of(name) : NULL;
	if (!address)
		skip();
	connection = g_strdup_printf("192.0.2.1 50000 %s 22", address);
	g_setenv("SSH_CONNECTION", connection, TRUE);
	host = vp_host_read(root);
	g_unsetenv("SSH_CONNECTION");
	what = g_strdup_printf("your SSH session (%s)", name);
	expect_use(host, what, network->address);
	assert_non_null(strstr(device_at(host, network->address)->blocked, what));
}

static void keyboards_and_screens(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	put_controller(tree, "0000:00:02.0", "30000");
	put_controller(tree, "0000:00:14.0", "C0330");
	tree_put(tree, "/proc/bus/input/devices",
		 "I: Bus=0019 Vendor=0000\nN: Name=\"Power Button\"\nS: "
		 "Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0\n"
		 "H: Handlers=kbd event0 \nB: EV=3\nB: KEY=8000 10000000000000 0\n\n"
		 /* It may say what it likes. */
		 "N: Name=\"Mo\033[31mdel \"M\"\"\nS: Sysfs=/devices/" CPU
		 "/0000:00:14.0/usb1/1-5/input/input4\n"
		 "H: Handlers=sysrq kbd event4 leds\nB: EV=120013\n"
		 "B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n\n"
		 "N: Name=\"AT Set 2\"\nS: Sysfs=/devices/platform/i8042/serio0/input/input3\n"
		 "B: KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n\n"
		 "N: Name=\"Mouse\"\nS: Sysfs=/devices/" CPU
		 "/0000:00:14.0/usb1/1-6/input/input5\nB: KEY=ff0000 0 0 0 0\nB: REL=1943\n\n"
		 /* The same as a touchpad, which counts, and what has the button alone or only turns. */
		 "N: Name=\"Pad\"\nS: Sysfs=/devices/platform/i8042/serio1/input/input6\n"
		 "B: KEY=e520 10000 0 0 0 0\nB: ABS=2e0800000000003\n\n"
		 "N: Name=\"Button\"\nS: Sysfs=/devices/" CPU
		 "/0000:00:14.0/usb1/1-7/input/input7\nB: KEY=10000 0 0 0 0\n\n"
		 "N: Name=\"Knob\"\nS: Sysfs=/devices/" CPU
		 "/0000:00:14.0/usb1/1-8/input/input8\nB: KEY=10000 0 0 0 0\nB: REL=80\n\n"
		 "N: Name=\"py-evdev\"\nS: Sysfs=/devices/virtual/input/input9\nB: KEY=fffffffffffffffe\n");
	tree_put(tree, "/sys/devices/" CPU "/0000:00:02.0/drm/card1/card1-HDMI-A-1/status", "connected\n");
	tree_put(tree, "/sys/devices/" CPU "/0000:00:02.0/drm/card1/card1-DP-1/status", "disconnected\n");
	tree_link(tree, "/sys/class/drm/card1", "../../devices/" CPU "/0000:00:02.0/drm/card1");
	tree_link(tree, "/sys/class/drm/card1-HDMI-A-1",
		  "../../devices/" CPU "/0000:00:02.0/drm/card1/card1-HDMI-A-1");
	tree_link(tree, "/sys/class/drm/card1-DP-1",
		  "../../devices/" CPU "/0000:00:02.0/drm/card1/card1-DP-1");
	host = vp_host_read(tree->root);
	expect_use(host, "the keyboard (Mo[31mdel \"M\")", "0000:00:14.0");
	expect_use(host, "the keyboard (AT Set 2)", "");
	expect_use(host, "the mouse (Mouse)", "0000:00:14.0");
	expect_use(host, "the mouse (Pad)", "");
	expect_use(host, "the screen (HDMI-A-1)", "0000:00:02.0");
	assert_int_equal(host->uses->len, 5);
	/* What becomes of them is judged with the choice. */
	expect_blocked(host, "0000:00:02.0", NULL);
	expect_blocked(host, "0000:00:14.0", NULL);
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(disks_through_their_layers),
		scratch_test(btrfs_on_two_disks),
		scratch_test(a_disk_behind_vmd),
		scratch_test(nvme_with_several_paths),
		scratch_test(disks_that_cannot_be_found),
		scratch_test(a_link_to_nowhere),
		scratch_test(volumes_that_are_not_mounted),
		scratch_test(the_only_network_stays),
		cmocka_unit_test(the_ssh_session_stays),
		scratch_test(one_network_of_two_may_go),
		scratch_test(keyboards_and_screens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
