/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_pci.c - the PCI functions and IOMMU groups of a recorded machine, as /sys shows them */
#include "config.h"

#include "machine.h"

#include <stdio.h>
#include <string.h>

#define UNSEEN 0xffff /* a subsystem the recording does not know */
#define GROUPS_FOLDER "/sys/kernel/iommu_groups"

struct function {
	const char *address;
	json_object *json;
	struct function *parent; /* NULL: on a root bus */
	unsigned domain, bus, slot, number;
	unsigned class_code, vendor, device, subsystem_vendor, subsystem_device, revision;
	unsigned secondary, subordinate; /* buses below a bridge, 0: none known */
	bool bridge, multifunction;
};

/* Their order is that of the file; the addresses in it are found through by_address. */
struct bus {
	GPtrArray *functions; /* struct function * */
	GHashTable *by_address;
};

static struct function *read_function(json_object *json)
{
	struct function *function = g_new0(struct function, 1);
	const char *subsystem = vp_json_string(json, "subsystem");
	const char *revision = vp_json_string(json, "revision");

	function->json = json;
	function->address = vp_json_string(json, "address");
	sscanf(function->address, "%x:%x:%x.%x", &function->domain, &function->bus, &function->slot,
	       &function->number);
	sscanf(vp_json_string(json, "class"), "%x", &function->class_code);
	sscanf(vp_json_string(json, "id"), "%x:%x", &function->vendor, &function->device);
	function->subsystem_vendor = function->subsystem_device = UNSEEN;
	if (subsystem)
		sscanf(subsystem, "%x:%x", &function->subsystem_vendor, &function->subsystem_device);
	if (revision)
		sscanf(revision, "%x", &function->revision);
	function->bridge = function->class_code >> 8 == 0x0604;
	return function;
}

/* Bus numbers below a bridge are always higher than its own; so a chain of parents has an end. */
static void find_parent(struct vp_tree *tree, struct bus *bus, struct function *function)
{
	const char *address = vp_json_string(function->json, "parent");
	struct function *parent = address ? g_hash_table_lookup(bus->by_address, address) : NULL;

	if (!address)
		return;
	if (!parent)
		vp_tree_fail(tree, "the parent of %s, %s, is not listed; add it", function->address, address);
	else if (!parent->bridge || parent->domain != function->domain || parent->bus >= function->bus)
		vp_tree_fail(tree, "%s cannot be below %s; name the bridge its bus hangs on",
			     function->address, address);
	else
		function->parent = parent;
}

static void read_functions(struct vp_tree *tree, struct bus *bus, json_object *machine)
{
	g_autoptr(GHashTable) slots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (size_t i = 0; i < vp_json_count(machine, "pci"); i++) {
		struct function *function = read_function(vp_json_item(machine, "pci", i));
		char *slot = g_strndup(function->address, strlen("0000:00:00"));
		struct function *other = g_hash_table_lookup(slots, slot);

		if (other)
			other->multifunction = function->multifunction = true;
		g_hash_table_insert(slots, slot, function);
		g_ptr_array_add(bus->functions, function);
		if (!g_hash_table_insert(bus->by_address, (gpointer)function->address, function))
			vp_tree_fail(tree, "%s is listed twice; remove one", function->address);
	}
	for (guint i = 0; i < bus->functions->len; i++)
		find_parent(tree, bus, bus->functions->pdata[i]);
	for (guint i = 0; i < bus->functions->len; i++) {
		struct function *function = bus->functions->pdata[i];

		for (struct function *up = function->parent; up; up = up->parent) {
			if (up == function->parent)
				up->secondary = function->bus;
			up->subordinate = MAX(up->subordinate, function->bus);
		}
	}
}

/* /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0 */
static const char *place(struct vp_tree *tree, const struct function *function)
{
	char *folder = g_hash_table_lookup(tree->places, function->address);

	if (folder)
		return folder;
	if (function->parent)
		folder = g_strdup_printf("%s/%s", place(tree, function->parent), function->address);
	else
		folder = g_strdup_printf("/sys/devices/pci%04x:%02x/%s", function->domain, function->bus,
					 function->address);
	g_hash_table_insert(tree->places, g_strdup(function->address), folder);
	return folder;
}

/* The order of dev_uevent() in drivers/base/core.c, then of pci_uevent() in drivers/pci/pci-driver.c. */
static void make_uevent(struct vp_tree *tree, const struct function *function, const char *folder)
{
	const char *driver = vp_json_string(function->json, "driver");
	unsigned class_code = function->class_code;
	g_autoptr(GString) text = g_string_new(NULL);

	if (driver)
		g_string_append_printf(text, "DRIVER=%s\n", driver);
	g_string_append_printf(text, "PCI_CLASS=%X\nPCI_ID=%04X:%04X\n", class_code, function->vendor,
			       function->device);
	if (function->subsystem_vendor != UNSEEN)
		g_string_append_printf(text, "PCI_SUBSYS_ID=%04X:%04X\n", function->subsystem_vendor,
				       function->subsystem_device);
	g_string_append_printf(text, "PCI_SLOT_NAME=%s\n", function->address);
	if (function->subsystem_vendor != UNSEEN)
		g_string_append_printf(text, "MODALIAS=pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n",
				       function->vendor, function->device, function->subsystem_vendor,
				       function->subsystem_device, class_code >> 16, class_code >> 8 & 0xff,
				       class_code & 0xff);
	vp_tree_put(tree, folder, "uevent", "%s", text->str);
}

static void make_resource(struct vp_tree *tree, const struct function *function, const char *folder)
{
	/* DEVICE_COUNT_RESOURCE of include/linux/pci.h; only a bridge has the last four, its windows. */
	size_t lines = function->bridge ? 17 : 13;
	g_autoptr(GString) text = g_string_new(NULL);

	for (size_t i = 0; i < lines; i++) {
		unsigned long long start = 0, end = 0, flags = 0;

		if (i < vp_json_count(function->json, "resource") &&
		    sscanf(json_object_get_string(vp_json_item(function->json, "resource", i)),
			   "%llx %llx %llx", &start, &end, &flags) != 3)
			vp_tree_fail(tree,
				     "line %zu of the resources of %s is not \"START END FLAGS\"; correct it",
				     i + 1, function->address);
		g_string_append_printf(text, "0x%016llx 0x%016llx 0x%016llx\n", start, end, flags);
	}
	vp_tree_put(tree, folder, "resource", "%s", text->str);
}

static void put_word(guint8 *config, unsigned at, unsigned value)
{
	config[at] = value & 0xff;
	config[at + 1] = value >> 8 & 0xff;
}

/* The header, as far as everybody may read it. The places are those of include/uapi/linux/pci_regs.h. */
static void make_config(struct vp_tree *tree, const struct function *function, const char *folder)
{
	g_autofree char *path = g_strconcat(folder, "/config", NULL);
	guint8 config[64] = {0};

	put_word(config, 0x00, function->vendor);
	put_word(config, 0x02, function->device);
	put_word(config, 0x04, 0x0007); /* command: I/O, memory, bus master */
	config[0x08] = (guint8)function->revision;
	config[0x09] = function->class_code & 0xff;
	put_word(config, 0x0a, function->class_code >> 8);
	config[0x0e] = (function->bridge ? 1 : 0) | (function->multifunction ? 0x80 : 0);
	if (function->bridge) {
		config[0x18] = (guint8)function->bus;
		config[0x19] = (guint8)function->secondary;
		config[0x1a] = (guint8)function->subordinate;
	} else {
		put_word(config, 0x2c, function->subsystem_vendor);
		put_word(config, 0x2e, function->subsystem_device);
	}
	vp_tree_bytes(tree, path, config, sizeof(config), 0644);
}

static void make_attributes(struct vp_tree *tree, const struct function *function, const char *folder)
{
	json_object *json = function->json;
	const char *reset = vp_json_string(json, "reset");

	vp_tree_put(tree, folder, "vendor", "0x%04x\n", function->vendor);
	vp_tree_put(tree, folder, "device", "0x%04x\n", function->device);
	vp_tree_put(tree, folder, "class", "0x%06x\n", function->class_code);
	vp_tree_put(tree, folder, "revision", "0x%02x\n", function->revision);
	vp_tree_put(tree, folder, "irq", "%" G_GINT64_FORMAT "\n", vp_json_number(json, "irq", 0));
	vp_tree_put(tree, folder, "numa_node", "%" G_GINT64_FORMAT "\n",
		    vp_json_number(json, "numa_node", -1));
	vp_tree_put(tree, folder, "enable", "%d\n", vp_json_string(json, "driver") != NULL);
	vp_tree_put(tree, folder, "driver_override", "(null)\n");
	if (function->subsystem_vendor != UNSEEN) {
		vp_tree_put(tree, folder, "subsystem_vendor", "0x%04x\n", function->subsystem_vendor);
		vp_tree_put(tree, folder, "subsystem_device", "0x%04x\n", function->subsystem_device);
	}
	if (function->class_code >> 8 == 0x0300 && json_object_object_get(json, "boot_vga"))
		vp_tree_put(tree, folder, "boot_vga", "%d\n", vp_json_flag(json, "boot_vga"));
	if (reset)
		vp_tree_put(tree, folder, "reset_method", "%s\n", reset);
}

static void make_group(struct vp_tree *tree, const struct function *function, const char *folder,
		       const char *type)
{
	gint64 number = vp_json_number(function->json, "group", -1);
	g_autofree char *group = g_strdup_printf(GROUPS_FOLDER "/%" G_GINT64_FORMAT, number);
	g_autofree char *devices = g_strconcat(group, "/devices", NULL);

	if (number < 0)
		return;
	vp_tree_link(tree, folder, "iommu_group", group);
	vp_tree_link(tree, devices, function->address, folder);
	if (type)
		vp_tree_put(tree, group, "type", "%s\n", type);
}

static void make_function(struct vp_tree *tree, const struct function *function)
{
	const char *folder = place(tree, function), *driver = vp_json_string(function->json, "driver");

	make_uevent(tree, function, folder);
	make_attributes(tree, function, folder);
	make_resource(tree, function, folder);
	make_config(tree, function, folder);
	vp_tree_link(tree, folder, "subsystem", "/sys/bus/pci");
	vp_tree_link(tree, "/sys/bus/pci/devices", function->address, folder);
	if (driver) {
		g_autofree char *drivers = g_strconcat("/sys/bus/pci/drivers/", driver, NULL);

		vp_tree_link(tree, drivers, function->address, folder);
		vp_tree_link(tree, folder, "driver", drivers);
	}
}

/* The firmware's table stands there unless the IOMMU is switched off in the firmware; the kernel shows its
 * units once it drives them, and two empty folders before. */
static void make_iommu(struct vp_tree *tree, json_object *machine)
{
	const char *kind = vp_json_string(machine, "iommu");
	bool intel = g_strcmp0(kind, "intel") == 0;
	const char *signature = intel ? "DMAR" : "IVRS", *unit = intel ? "dmar0" : "ivhd0";
	g_autofree char *table = g_strconcat("/sys/firmware/acpi/tables/", signature, NULL);
	g_autofree char *folder = g_strconcat("/sys/devices/virtual/iommu/", unit, NULL);

	if (kind)
		vp_tree_bytes(tree, table, signature, strlen(signature), 0400);
	if (!json_object_object_get(machine, "iommu_active"))
		return;
	vp_tree_folder(tree, GROUPS_FOLDER);
	if (!vp_json_flag(machine, "iommu_active")) {
		vp_tree_folder(tree, "/sys/class/iommu");
	} else if (kind) {
		vp_tree_folder(tree, folder);
		vp_tree_link(tree, "/sys/class/iommu", unit, folder);
	}
}

void vp_machine_make_pci(struct vp_tree *tree, json_object *machine)
{
	struct bus bus = {.functions = g_ptr_array_new_with_free_func(g_free),
			  .by_address = g_hash_table_new(g_str_hash, g_str_equal)};
	const char *type = vp_json_string(machine, "iommu_type");

	make_iommu(tree, machine);
	if (json_object_object_get(machine, "pci"))
		vp_tree_folder(tree, "/sys/bus/pci/devices");
	read_functions(tree, &bus, machine);
	for (guint i = 0; i < bus.functions->len && !tree->error; i++) {
		const struct function *function = bus.functions->pdata[i];

		make_function(tree, function);
		if (vp_json_flag(machine, "iommu_active"))
			make_group(tree, function, place(tree, function), type);
	}
	g_hash_table_unref(bus.by_address);
	g_ptr_array_unref(bus.functions);
}
