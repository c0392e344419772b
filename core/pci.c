/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.c - every PCI function as sysfs shows it (Documentation/ABI/testing/sysfs-bus-pci) */
#include "config.h"

#include "host.h"

#include <string.h>

#define DEVICES "/sys/bus/pci/devices"
#define NOT_SEEN 0xffff

void vp_device_free(struct vp_device *device)
{
	if (!device)
		return;
	g_free(device->address);
	g_free(device->kind);
	g_free(device->class_name);
	g_free(device->vendor_name);
	g_free(device->device_name);
	g_free(device->subsystem_name);
	g_free(device->name);
	g_free(device->driver);
	g_free(device->parent);
	g_free(device->reset_methods);
	g_free(device->blocked);
	g_free(device);
}

bool vp_device_is_display(const struct vp_device *device)
{
	unsigned class = device->class_code >> 8;

	return class == 0x0300 || class == 0x0302 || class == 0x0380;
}

bool vp_device_is_wiring(const struct vp_device *device)
{
	unsigned class = device->class_code >> 8, family = class >> 8;

	/* 0805 is an SD card reader, an ordinary device among the system peripherals. */
	return device->bridge || family == 0x05 || family == 0x06 || class == 0x0c05 ||
	       (family == 0x08 && class != 0x0805);
}

bool vp_device_same_card(const struct vp_device *one, const struct vp_device *other)
{
	return one->domain == other->domain && one->bus == other->bus && one->slot == other->slot;
}

/* ---- numbers and addresses ---------------------------------------------------------------------------------- */

/* Takes min..max hexadecimal digits and what must follow them; moves on behind it. */
static bool take_hex(const char **text, unsigned min, unsigned max, char follows, unsigned *ret)
{
	const char *digit = *text;
	unsigned value = 0, count = 0;

	for (; g_ascii_isxdigit(*digit) && count < max; digit++, count++)
		value = value << 4 | (unsigned)g_ascii_xdigit_value(*digit);
	if (count < min || *digit != follows)
		return false;
	*text = follows ? digit + 1 : digit;
	*ret = value;
	return true;
}

/* "0000:01:00.0"; a domain the firmware does not know of, such as that of a VMD controller, has more digits. */
static bool parse_address(const char *text, struct vp_device *device)
{
	return take_hex(&text, 4, 8, ':', &device->domain) && take_hex(&text, 2, 2, ':', &device->bus) &&
	       take_hex(&text, 2, 2, '.', &device->slot) && take_hex(&text, 1, 1, '\0', &device->function) &&
	       device->slot < 32 && device->function < 8;
}

char **vp_pci_in_path(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	GPtrArray *found = g_ptr_array_new();
	struct vp_device address;

	for (char **part = parts; *part; part++)
		if (parse_address(*part, &address))
			g_ptr_array_add(found, g_strdup(*part));
	g_ptr_array_add(found, NULL);
	return (char **)g_ptr_array_free(found, FALSE);
}

static gint by_address(gconstpointer a, gconstpointer b)
{
	const struct vp_device *one = *(struct vp_device *const *)a, *other = *(struct vp_device *const *)b;

	if (one->domain != other->domain)
		return one->domain < other->domain ? -1 : 1;
	return (gint)(one->bus << 8 | one->slot << 3 | one->function) -
	       (gint)(other->bus << 8 | other->slot << 3 | other->function);
}

/* ---- one function ------------------------------------------------------------------------------------------- */

/* `folder` is that of the function, entered: with thousands of them the way there is what takes the time. */
static char *read_link_name(const struct vp_root *folder, const char *name)
{
	g_autofree char *target = vp_root_readlink(folder, name);

	return target ? g_path_get_basename(target) : NULL;
}

/* A file of one hexadecimal number, "0x10de"; leaves *ret alone when there is none. */
static bool read_hex(const struct vp_root *folder, const char *name, unsigned *ret)
{
	g_autofree char *text = vp_root_read_text(folder, name);
	const char *digits = text && g_str_has_prefix(text, "0x") ? text + 2 : text;

	return digits && take_hex(&digits, 1, 8, '\0', ret);
}

static void leave_out(const struct vp_device *device, GPtrArray *trouble)
{
	g_ptr_array_add(trouble, g_strdup_printf("%s was left out: its vendor and device ids cannot be read.",
						 device->address));
}

struct seen {
	bool class, ids, subsystem, driver; /* what uevent told */
};

static bool take_pair(const char *text, unsigned *first, unsigned *second)
{
	unsigned one, other;

	if (!take_hex(&text, 1, 4, ':', &one) || !take_hex(&text, 1, 4, '\0', &other))
		return false;
	*first = one;
	*second = other;
	return true;
}

/* One read for class, ids and driver: pci_uevent() in drivers/pci/pci-driver.c and dev_uevent() of the core. */
static struct seen read_uevent(const struct vp_root *folder, struct vp_device *device)
{
	g_autofree char *text = vp_root_read_text(folder, "/uevent");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	/* No DRIVER= in a uevent that is there means that no driver is bound. */
	struct seen seen = {.driver = text != NULL};

	for (char **line = lines; *line; line++) {
		char *value = strchr(*line, '=');
		const char *digits;

		if (!value)
			continue;
		*value++ = '\0';
		digits = value;
		if (!strcmp(*line, "PCI_CLASS"))
			seen.class = take_hex(&digits, 1, 6, '\0', &device->class_code);
		else if (!strcmp(*line, "PCI_ID"))
			seen.ids = take_pair(value, &device->vendor, &device->device);
		else if (!strcmp(*line, "PCI_SUBSYS_ID"))
			seen.subsystem =
				take_pair(value, &device->subsystem_vendor, &device->subsystem_device);
		else if (!strcmp(*line, "DRIVER") && *value && !device->driver)
			device->driver = g_strdup(value);
	}
	return seen;
}

/* What uevent did not tell, from a file each. False: not even the ids are to be had. */
static bool read_rest(const struct vp_root *folder, struct vp_device *device, struct seen seen,
		      GPtrArray *trouble)
{
	if (!seen.ids && (!read_hex(folder, "/vendor", &device->vendor) ||
			  !read_hex(folder, "/device", &device->device))) {
		leave_out(device, trouble);
		return false;
	}
	if (!seen.class && !read_hex(folder, "/class", &device->class_code))
		g_ptr_array_add(trouble, g_strdup_printf("%s: what kind of device it is cannot be read.",
							 device->address));
	if (!seen.subsystem) {
		read_hex(folder, "/subsystem_vendor", &device->subsystem_vendor);
		read_hex(folder, "/subsystem_device", &device->subsystem_device);
	}
	if (!seen.driver)
		device->driver = read_link_name(folder, "/driver");
	return true;
}

/* The header type tells what is a bridge; it is in the part of the configuration space that everyone may read
 * (drivers/pci/pci-sysfs.c). Only functions of the bridge class can be one, so only they are asked. */
static bool is_bridge(const struct vp_root *folder, const struct vp_device *device)
{
	g_autoptr(GBytes) config = NULL;
	unsigned class = device->class_code >> 8, type;
	const guint8 *bytes;
	gsize length = 0;

	if (class >> 8 != 0x06)
		return false;
	config = vp_root_read(folder, "/config", NULL);
	bytes = config ? g_bytes_get_data(config, &length) : NULL;
	if (length <= 0x0e || (type = bytes[0x0e] & 0x7f) == 0x7f)
		return class == 0x0604 || class == 0x0607 || class == 0x0609;
	return type == 1 || type == 2;
}

static enum vp_tri read_mark(const struct vp_root *folder, const char *name)
{
	g_autofree char *text = vp_root_read_text(folder, name);

	return !text ? VP_UNKNOWN : !strcmp(text, "1") ? VP_YES : VP_NO;
}

/* Few files more, and only of what could be given away: with thousands of functions each of them counts. */
static void read_endpoint(const struct vp_root *folder, struct vp_device *device)
{
	g_autofree char *node = vp_root_read_text(folder, "/numa_node");

	read_hex(folder, "/revision", &device->revision);
	device->reset_methods = vp_root_read_text(folder, "/reset_method");
	if (device->reset_methods && !*device->reset_methods)
		g_clear_pointer(&device->reset_methods, g_free);
	if (node && g_ascii_isdigit(*node))
		device->numa_node = (int)g_ascii_strtoll(node, NULL, 10);
	/* drivers/pci/pci-sysfs.c: there for class 0300 only. */
	if (device->class_code >> 8 == 0x0300)
		device->boot_vga = read_mark(folder, "/boot_vga");
}

/* The entry links to its place in the tree: .../pci0000:00/0000:00:01.0/0000:01:00.0 */
static char *read_parent(const struct vp_root *bus, const char *name)
{
	g_autofree char *path = g_strconcat("/", name, NULL);
	g_autofree char *target = vp_root_readlink(bus, path);
	g_auto(GStrv) places = vp_pci_in_path(target ? target : "");
	guint count = g_strv_length(places);

	return count >= 2 && !strcmp(places[count - 1], name) ? g_strdup(places[count - 2]) : NULL;
}

static int read_group(const struct vp_root *folder)
{
	g_autofree char *name = read_link_name(folder, "/iommu_group");
	guint64 number;

	if (!name || !g_ascii_string_to_unsigned(name, 10, 0, G_MAXINT, &number, NULL))
		return -1;
	return (int)number;
}

/* False: nothing is to be had of it. */
static bool read_function(const struct vp_root *root, const struct vp_root *bus, struct vp_device *device,
			  GPtrArray *trouble)
{
	g_autofree char *path = g_strconcat(DEVICES "/", device->address, NULL);
	g_autoptr(vp_root) folder = vp_root_enter(root, path);

	if (!folder) {
		leave_out(device, trouble);
		return false;
	}
	if (!read_rest(folder, device, read_uevent(folder, device), trouble))
		return false;
	device->parent = read_parent(bus, device->address);
	device->group = read_group(folder);
	device->bridge = is_bridge(folder, device);
	if (!device->bridge)
		read_endpoint(folder, device);
	return true;
}

static struct vp_device *read_device(const struct vp_root *root, const struct vp_root *bus, const char *name,
				     GPtrArray *trouble)
{
	struct vp_device *device = g_new0(struct vp_device, 1);

	device->address = g_strdup(name);
	device->subsystem_vendor = device->subsystem_device = NOT_SEEN;
	device->numa_node = -1;
	if (!parse_address(name, device)) {
		g_autofree char *shown = g_strescape(name, NULL);

		g_ptr_array_add(
			trouble,
			g_strdup_printf("%s in " DEVICES " was left out: it is no PCI address.", shown));
		g_clear_pointer(&device, vp_device_free);
	} else if (!read_function(root, bus, device, trouble)) {
		g_clear_pointer(&device, vp_device_free);
	}
	return device;
}

GPtrArray *vp_pci_read(const struct vp_root *root, GPtrArray *trouble)
{
	GPtrArray *devices = g_ptr_array_new_with_free_func((GDestroyNotify)vp_device_free);
	g_autoptr(vp_root) bus = vp_root_enter(root, DEVICES);
	g_auto(GStrv) names = bus ? vp_root_list(bus, "/") : NULL;

	if (!names)
		g_ptr_array_add(trouble, g_strdup("No PCI devices were seen: " DEVICES " cannot be read."));
	for (char **name = names; name && *name; name++) {
		struct vp_device *device = read_device(root, bus, *name, trouble);

		if (device)
			g_ptr_array_add(devices, device);
	}
	g_ptr_array_sort(devices, by_address);
	vp_pci_name(devices, root, trouble);
	return devices;
}
