/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_sys.c - disks, networks, screens and inputs of a recorded machine, as /proc and /sys show them */
#include "config.h"

#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* Makes a folder of /sys/devices known under its class, as the kernel does for each device of a class. */
static void join_class(struct vp_tree *tree, const char *class_folder, const char *name, const char *folder)
{
	g_autofree char *subsystem = g_strconcat("/sys/class/", class_folder, NULL);

	vp_tree_link(tree, subsystem, name, folder);
	vp_tree_link(tree, folder, "subsystem", subsystem);
}

/* ---- disks --------------------------------------------------------------------------------------------- */

/* Where the drivers of SATA and NVMe controllers put a disk; NULL after a failure. */
static char *disk_folder(struct vp_tree *tree, json_object *disk)
{
	const char *name = vp_json_string(disk, "name"), *controller = vp_json_string(disk, "controller");
	const char *place;

	if (!controller)
		return g_strconcat("/sys/devices/virtual/block/", name, NULL);
	place = vp_tree_place(tree, controller);
	if (!place)
		return NULL;
	if (g_str_has_prefix(name, "sd")) {
		int port = MAX(name[2] - 'a', 0);

		return g_strdup_printf("%s/ata%d/host%d/target%d:0:0/%d:0:0:0/block/%s", place, port + 1,
				       port, port, port, name);
	}
	if (g_str_has_prefix(name, "nvme"))
		return g_strdup_printf("%s/nvme/%.*s/%s", place, (int)strcspn(name + 4, "n") + 4, name, name);
	return g_strdup_printf("%s/block/%s", place, name);
}

/* A disk or a partition: what both have. */
static void make_block(struct vp_tree *tree, json_object *json, const char *folder)
{
	const char *name = vp_json_string(json, "name"), *number = vp_json_string(json, "number");
	g_autofree char *holders = g_strconcat(folder, "/holders", NULL);

	g_hash_table_insert(tree->places, g_strdup(name), g_strdup(folder));
	vp_tree_put(tree, folder, "dev", "%s\n", number);
	vp_tree_folder(tree, holders);
	vp_tree_link(tree, "/sys/dev/block", number, folder);
	join_class(tree, "block", name, folder);
}

static void make_partitions(struct vp_tree *tree, json_object *disk, const char *folder)
{
	for (size_t i = 0; i < vp_json_count(disk, "partitions"); i++) {
		json_object *partition = vp_json_item(disk, "partitions", i);
		const char *name = vp_json_string(partition, "name");
		g_autofree char *below = g_strdup_printf("%s/%s", folder, name);

		make_block(tree, partition, below);
		vp_tree_put(tree, below, "partition", "%zu\n", i + 1);
	}
}

/* What a mapped device stands on, and there that it is held. */
static void make_slaves(struct vp_tree *tree, json_object *disk, const char *folder)
{
	const char *name = vp_json_string(disk, "name"), *mapper = vp_json_string(disk, "mapper");
	g_autofree char *slaves = g_strconcat(folder, "/slaves", NULL);
	g_autofree char *dm = g_strconcat(folder, "/dm", NULL);

	if (mapper)
		vp_tree_put(tree, dm, "name", "%s\n", mapper);
	for (size_t i = 0; i < vp_json_count(disk, "slaves"); i++) {
		const char *slave = json_object_get_string(vp_json_item(disk, "slaves", i));
		const char *place = vp_tree_place(tree, slave);
		g_autofree char *holders = g_strconcat(place, "/holders", NULL);

		if (!place)
			return;
		vp_tree_link(tree, slaves, slave, place);
		vp_tree_link(tree, holders, name, folder);
	}
}

/* The order of show_mountinfo() in fs/proc_namespace.c. */
static void make_mounts(struct vp_tree *tree, json_object *machine)
{
	g_autoptr(GString) mounts = g_string_new(NULL);
	g_autoptr(GString) swaps = g_string_new("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");

	for (size_t i = 0; i < vp_json_count(machine, "mounts"); i++) {
		json_object *mount = vp_json_item(machine, "mounts", i);
		const char *part = vp_json_string(mount, "root");

		g_string_append_printf(mounts, "%zu %d %s %s %s rw,relatime shared:%zu - %s %s rw\n", i + 22,
				       i ? 22 : 1, vp_json_string(mount, "number"), part ? part : "/",
				       vp_json_string(mount, "at"), i + 1, vp_json_string(mount, "type"),
				       vp_json_string(mount, "source"));
	}
	for (size_t i = 0; i < vp_json_count(machine, "swaps"); i++)
		g_string_append_printf(swaps, "%-40spartition\t%d\t\t0\t\t-2\n",
				       json_object_get_string(vp_json_item(machine, "swaps", i)), 8 << 20);
	vp_tree_put(tree, "/proc/self", "mountinfo", "%s", mounts->str);
	vp_tree_put(tree, "/proc", "swaps", "%s", swaps->str);
}

void vp_machine_make_disks(struct vp_tree *tree, json_object *machine)
{
	for (size_t i = 0; i < vp_json_count(machine, "disks"); i++) {
		json_object *disk = vp_json_item(machine, "disks", i);
		g_autofree char *folder = disk_folder(tree, disk);

		if (!folder)
			return;
		make_block(tree, disk, folder);
		make_partitions(tree, disk, folder);
		make_slaves(tree, disk, folder);
		vp_tree_link(tree, "/sys/block", vp_json_string(disk, "name"), folder);
	}
	if (json_object_object_get(machine, "mounts"))
		make_mounts(tree, machine);
}

/* ---- networks ------------------------------------------------------------------------------------------ */

static void make_interface(struct vp_tree *tree, json_object *network, GString *routes)
{
	const char *name = vp_json_string(network, "name");
	const char *place = vp_tree_place(tree, vp_json_string(network, "device"));
	g_autofree char *folder = g_strdup_printf("%s/net/%s", place, name);
	bool up = vp_json_flag(network, "default");

	if (!place)
		return;
	vp_tree_put(tree, folder, "type", "1\n"); /* ARPHRD_ETHER, Wi-Fi too */
	vp_tree_put(tree, folder, "operstate", "%s\n", up ? "up" : "down");
	vp_tree_link(tree, folder, "device", place);
	join_class(tree, "net", name, folder);
	if (up)
		g_string_append_printf(routes, "%s\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
				       name);
}

/* The columns of fib_route_seq_show() in net/ipv4/fib_trie.c; the router is 192.168.1.1. */
void vp_machine_make_network(struct vp_tree *tree, json_object *machine)
{
	g_autoptr(GString) routes =
		g_string_new("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\t"
			     "MTU\tWindow\tIRTT\n");
	const char *loopback = "/sys/devices/virtual/net/lo";

	if (!json_object_object_get(machine, "networks"))
		return;
	vp_tree_put(tree, loopback, "type", "772\n"); /* ARPHRD_LOOPBACK */
	vp_tree_put(tree, loopback, "operstate", "unknown\n");
	join_class(tree, "net", "lo", loopback);
	for (size_t i = 0; i < vp_json_count(machine, "networks"); i++)
		make_interface(tree, vp_json_item(machine, "networks", i), routes);
	vp_tree_put(tree, "/proc/net", "route", "%s", routes->str);
}

/* ---- screens and inputs -------------------------------------------------------------------------------- */

static void make_screen(struct vp_tree *tree, json_object *screen)
{
	const char *card = vp_json_string(screen, "card");
	const char *place = vp_tree_place(tree, vp_json_string(screen, "device"));
	json_object *outputs = json_object_object_get(screen, "outputs");
	g_autofree char *folder = g_strdup_printf("%s/drm/%s", place, card);

	if (!place)
		return;
	vp_tree_put(tree, folder, "dev", "226:%d\n", atoi(card + strcspn(card, "0123456789")));
	vp_tree_link(tree, folder, "device", place);
	join_class(tree, "drm", card, folder);
	if (!outputs)
		return;
	json_object_object_foreach (outputs, output, status) {
		g_autofree char *connector = g_strdup_printf("%s-%s", card, output);
		g_autofree char *below = g_strdup_printf("%s/%s", folder, connector);

		if (!status)
			continue;
		vp_tree_put(tree, below, "status", "%s\n", json_object_get_string(status));
		vp_tree_link(tree, below, "device", folder);
		join_class(tree, "drm", connector, below);
	}
}

/* What tells the kinds apart in /proc/bus/input/devices: the handlers and the supported events and keys. */
static const char *input_bits(bool keyboard, bool usb)
{
	if (keyboard)
		return usb ? "B: EV=120013\nB: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff "
			     "fffffffffffffffe\n"
			   : "B: EV=120013\nB: KEY=402000000 3803078f800d001 feffffdfffefffff "
			     "fffffffffffffffe\n";
	return "B: EV=17\nB: KEY=ff0000 0 0 0 0\nB: REL=903\n";
}

/* The order of input_devices_seq_show() in drivers/input/input.c. */
static void make_input(struct vp_tree *tree, json_object *input, size_t index, GString *list)
{
	const char *controller = vp_json_string(input, "controller"), *id = vp_json_string(input, "id");
	const char *place = controller ? vp_tree_place(tree, controller) : NULL;
	bool keyboard = g_str_equal(vp_json_string(input, "kind"), "keyboard");
	g_autofree char *folder = NULL, *event = g_strdup_printf("event%zu", index), *below = NULL;

	if (controller && !place)
		return;
	if (controller)
		folder = g_strdup_printf("%s/usb1/1-%zu/1-%zu:1.0/input/input%zu", place, index + 1,
					 index + 1, index);
	else
		folder = g_strdup_printf("/sys/devices/platform/i8042/serio%zu/input/input%zu", index, index);
	below = g_strdup_printf("%s/%s", folder, event);
	vp_tree_put(tree, folder, "name", "%s\n", vp_json_string(input, "name"));
	vp_tree_put(tree, below, "dev", "13:%zu\n", index + 64);
	vp_tree_link(tree, below, "device", folder);
	join_class(tree, "input", event, below);
	g_string_append_printf(list,
			       "I: Bus=%s Vendor=%.4s Product=%s Version=0111\nN: Name=\"%s\"\nP: Phys=\n"
			       "S: Sysfs=%s\nU: Uniq=\nH: Handlers=%s%s \nB: PROP=0\n%s\n",
			       controller ? "0003" : "0011", id, id + 5, vp_json_string(input, "name"),
			       folder + strlen("/sys"), keyboard ? "sysrq kbd leds " : "mouse0 ", event,
			       input_bits(keyboard, controller != NULL));
}

void vp_machine_make_screens(struct vp_tree *tree, json_object *machine)
{
	g_autoptr(GString) inputs = g_string_new(NULL);

	for (size_t i = 0; i < vp_json_count(machine, "screens"); i++)
		make_screen(tree, vp_json_item(machine, "screens", i));
	for (size_t i = 0; i < vp_json_count(machine, "inputs"); i++)
		make_input(tree, vp_json_item(machine, "inputs", i), i, inputs);
	if (json_object_object_get(machine, "inputs"))
		vp_tree_put(tree, "/proc/bus/input", "devices", "%s", inputs->str);
}
