/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_details.c - all there is to know of one device, read when it is asked for
 *
 * The files are those of Documentation/ABI/testing/sysfs-bus-pci and sysfs-kernel-iommu_groups.
 */
#include "config.h"

#include "internal.h"
#include "module_alias.h"
#include "pci_rom.h"

#include <string.h>

#define MIB ((guint64)1 << 20)
#define PARTS_SHOWN 8

/* What a row is made from. */
struct view {
	const struct vp_session *session;
	const struct vp_device *device;
	struct vp_root *folder; /* of the device, entered; NULL: it is gone */
	char *place;            /* the same as a path, for the evidence */
	GPtrArray *rows;
};

static void detail_free(void *data)
{
	struct vp_detail *detail = data;

	g_free(detail->label);
	g_free(detail->value);
	g_free(detail->evidence);
	g_free(detail);
}

/* Takes the value over. `evidence` is a path, or the name of a file of the device. */
static void add(const struct view *view, const char *label, char *value, const char *evidence)
{
	struct vp_detail *detail = g_new0(struct vp_detail, 1);
	bool whole = evidence && *evidence == '/';

	detail->label = g_strdup(label);
	detail->value = vp_plain_text(value);
	detail->evidence =
		evidence && !whole ? g_build_filename(view->place, evidence, NULL) : g_strdup(evidence);
	g_ptr_array_add(view->rows, detail);
	g_free(value);
}

/* A file of the device as text, or NULL. Caller frees. */
static char *read_file(const struct view *view, const char *name)
{
	g_autofree char *path = g_strconcat("/", name, NULL);

	return view->folder ? vp_root_read_text(view->folder, path) : NULL;
}

/* -1: not seen */
static gint64 read_count(const struct view *view, const char *name)
{
	g_autofree char *text = read_file(view, name);
	gint64 number;

	return text && g_ascii_string_to_signed(text, 10, 0, G_MAXINT, &number, NULL) ? number : -1;
}

/* The address a link of the device leads to, or NULL. Caller frees. */
static char *read_function_link(const struct view *view, const char *name)
{
	g_autofree char *path = g_strconcat("/", name, NULL);
	g_autofree char *target = view->folder ? vp_root_readlink(view->folder, path) : NULL;

	return target ? g_path_get_basename(target) : NULL;
}

/* ---- what it is --------------------------------------------------------------------------------------------- */

static void tell_identity(const struct view *view)
{
	const struct vp_device *device = view->device;
	g_autofree char *revision = read_file(view, "revision");
	GString *ids = g_string_new(NULL);

	add(view, "Device",
	    g_strdup_printf("%s: %s %s", device->kind, device->vendor_name, device->device_name), "uevent");
	add(view, "Class", g_strdup_printf("%s (%04x)", device->class_name, device->class_code >> 8),
	    "class");
	g_string_append_printf(ids, "%04x:%04x", device->vendor, device->device);
	if (device->subsystem_vendor != 0xffff)
		g_string_append_printf(ids, ", card %04x:%04x", device->subsystem_vendor,
				       device->subsystem_device);
	if (revision && g_str_has_prefix(revision, "0x"))
		g_string_append_printf(ids, ", revision %s", revision + 2);
	add(view, "Numbers", g_string_free(ids, FALSE), "uevent");
	if (device->subsystem_name)
		add(view, "Card by", g_strdup(device->subsystem_name), "subsystem_vendor");
}

/* Graphics, sound, USB and UCSI of one card are functions of one slot. */
static void tell_parts(const struct view *view)
{
	const GPtrArray *devices = view->session->host->devices;
	guint parts = 0;

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *other = g_ptr_array_index(devices, i);

		if (other == view->device || !vp_device_same_card(view->device, other) ||
		    parts++ >= PARTS_SHOWN)
			continue;
		add(view, "Same card", g_strdup_printf("%s %s: %s", other->address, other->kind, other->name),
		    NULL);
	}
	if (parts > PARTS_SHOWN)
		add(view, "Same card", g_strdup_printf("and %u more", parts - PARTS_SHOWN), NULL);
}

static void tell_virtual_functions(const struct view *view)
{
	g_autofree char *parent = read_function_link(view, "physfn");
	gint64 most = read_count(view, "sriov_totalvfs"), now = read_count(view, "sriov_numvfs");

	if (parent)
		add(view, "SR-IOV", g_strdup_printf("a virtual function of %s", parent), "physfn");
	if (most > 0)
		add(view, "SR-IOV",
		    g_strdup_printf("can be divided into %" G_GINT64_FORMAT
				    " virtual functions; there are %" G_GINT64_FORMAT " now",
				    most, MAX(now, 0)),
		    "sriov_totalvfs");
}

/* ---- drivers ------------------------------------------------------------------------------------------------ */

/* The kernel's own text where it can be read, else made as pci_uevent() in drivers/pci/pci-driver.c makes it. */
static char *modalias_of(const struct view *view)
{
	const struct vp_device *device = view->device;
	char *text = read_file(view, "modalias");

	if (text)
		return text;
	return g_strdup_printf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", device->vendor, device->device,
			       device->subsystem_vendor, device->subsystem_device, device->class_code >> 16,
			       device->class_code >> 8 & 0xff, device->class_code & 0xff);
}

static char *would_take(char **modules)
{
	g_autofree char *names = g_strjoinv(", ", modules);

	return g_strdup_printf("made for it: %s", names);
}

static void tell_drivers(const struct view *view)
{
	const char *release = view->session->host->kernel_release.value;
	g_autofree char *modalias = modalias_of(view), *source = NULL;
	g_auto(GStrv) modules = vp_modules_for(view->session->root, release, modalias, &source);

	add(view, "Driver", g_strdup(view->device->driver ? view->device->driver : "none is bound"),
	    "driver");
	if (modules && *modules)
		add(view, "Drivers", would_take(modules), source);
	else if (modules)
		add(view, "Drivers", g_strdup_printf("kernel %s has none for it", release), source);
	else
		add(view, "Drivers", g_strdup("not known: the kernel's list of modules was not seen"),
		    source);
}

/* ---- group -------------------------------------------------------------------------------------------------- */

static const struct vp_group *group_of(const struct view *view)
{
	const GPtrArray *groups = view->session->host->groups;

	for (guint i = 0; i < groups->len; i++) {
		const struct vp_group *group = g_ptr_array_index(groups, i);

		if (group->number == view->device->group)
			return group;
	}
	return NULL;
}

/* Documentation/ABI/testing/sysfs-kernel-iommu_groups */
static const char *type_in_words(const char *type)
{
	static const struct {
		const char *type, *words;
	} known[] = {
		{"DMA", "the device sees only the memory it was given"},
		{"DMA-FQ", "the device sees only the memory it was given"},
		{"identity", "the device sees all memory while it belongs to this computer (iommu=pt)"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (!strcmp(known[i].type, type))
			return known[i].words;
	return NULL;
}

/* "0x7b800000 0x7bffffff direct": the kernel refuses such a device to a machine (drivers/iommu/iommu.c). What the
 * firmware wants for graphics and USB is "direct-relaxable" and harmless. */
static void tell_reserved(const struct view *view, const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "reserved_regions", NULL);
	g_autofree char *text = vp_root_read_text(view->session->root, path);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_str_has_suffix(*line, " direct")) {
			add(view, "Reserved",
			    g_strdup("the firmware keeps memory for it: the kernel will not give it to a "
				     "machine"),
			    path);
			return;
		}
}

static void tell_group(const struct view *view)
{
	const struct vp_group *group = group_of(view);
	g_autofree char *folder = NULL, *path = NULL, *type = NULL;
	const char *words;

	if (!group) {
		add(view, "Group",
		    g_strdup(view->session->host->groups->len ? "none" : "none yet: there are no groups"),
		    "iommu_group");
		return;
	}
	add(view, "Group", g_strdup_printf("%d: %s", group->number, group->reason), "iommu_group");
	folder = g_strdup_printf("/sys/kernel/iommu_groups/%d", group->number);
	path = g_build_filename(folder, "type", NULL);
	type = vp_root_read_text(view->session->root, path);
	words = type ? type_in_words(type) : NULL;
	if (type)
		add(view, "IOMMU", words ? g_strdup_printf("%s: %s", type, words) : g_strdup(type), path);
	tell_reserved(view, folder);
}

/* ---- what this computer does with it ------------------------------------------------------------------------ */

static void tell_uses(const struct view *view)
{
	const struct vp_host *host = view->session->host;

	if (view->device->blocked)
		add(view, "Stays", g_strdup_printf("it %s", view->device->blocked), NULL);
	if (view->device->boot_vga == VP_YES)
		add(view, "Screen", g_strdup("the computer starts up on this card"), "boot_vga");
	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);

		if (!strcmp(use->address, view->device->address))
			add(view, "Used for", g_strdup(use->what), use->source);
	}
}

/* ---- hardware ----------------------------------------------------------------------------------------------- */

static const struct {
	const char *method, *words;
} resets[] = {
	{"device_specific", "by a way made for this device"},
	{"acpi", "by the firmware"},
	{"flr", "on its own (FLR)"},
	{"af_flr", "on its own (FLR)"},
	{"pm", "by putting it to sleep and waking it"},
	{"bus", "with all on its bus"},
	{"cxl_bus", "with all on its bus"},
};

static const char *reset_in_words(const char *method)
{
	for (size_t i = 0; i < G_N_ELEMENTS(resets); i++)
		if (!strcmp(resets[i].method, method))
			return resets[i].words;
	return NULL;
}

/* The kernel tries them in this order (drivers/pci/pci.c, pci_reset_fn_methods). */
static void tell_reset(const struct view *view)
{
	g_autofree char *list = read_file(view, "reset_method");
	g_auto(GStrv) methods = g_strsplit(list ? list : "", " ", -1);
	GString *text = g_string_new(NULL);

	if (view->device->bridge) {
		g_string_free(text, TRUE);
		return;
	}
	for (char **method = methods; *method; method++) {
		const char *words = reset_in_words(*method);

		if (**method)
			g_string_append_printf(text, "%s%s%s%s", text->len ? ", then " : "", *method,
					       words ? ": " : "", words ? words : "");
	}
	if (!text->len)
		g_string_append(text, vp_device_is_display(view->device)
					      ? "no way is listed: the machine may start only once until the "
						"computer restarts"
					      : "no way is listed");
	add(view, "Reset", g_string_free(text, FALSE), "reset_method");
}

/* "8.0 GT/s PCIe", and 0 lanes where the link is down. */
static char *link_text(const struct view *view, const char *speed_file, const char *width_file)
{
	g_autofree char *speed = read_file(view, speed_file), *width = read_file(view, width_file);

	if (!speed || !width || !g_ascii_isdigit(*speed) || !g_ascii_isdigit(*width) || *width == '0')
		return NULL;
	return g_strdup_printf("%.*s GT/s x%s", (int)strcspn(speed, " "), speed, width);
}

static void tell_link(const struct view *view)
{
	g_autofree char *now = link_text(view, "current_link_speed", "current_link_width");
	g_autofree char *most = link_text(view, "max_link_speed", "max_link_width");
	gint64 node = read_count(view, "numa_node");

	if (now && most && strcmp(now, most) != 0)
		add(view, "PCIe link",
		    g_strdup_printf("%s now, %s at most (it slows down while idle)", now, most),
		    "current_link_speed");
	else if (now)
		add(view, "PCIe link", g_strdup(now), "current_link_speed");
	if (node >= 0)
		add(view, "NUMA node", g_strdup_printf("%" G_GINT64_FORMAT, node), "numa_node");
}

/* ---- memory and ROM ----------------------------------------------------------------------------------------- */

/* include/linux/ioport.h */
enum { RESOURCE_MEMORY = 0x200, RESOURCE_PREFETCH = 0x2000 };

static char *size_text(guint64 bytes)
{
	if (bytes >= 1024 * MIB && bytes % (1024 * MIB) == 0)
		return g_strdup_printf("%" G_GUINT64_FORMAT " GiB", bytes / (1024 * MIB));
	if (bytes >= MIB && bytes % MIB == 0)
		return g_strdup_printf("%" G_GUINT64_FORMAT " MiB", bytes / MIB);
	if (bytes >= 1024 && bytes % 1024 == 0)
		return g_strdup_printf("%" G_GUINT64_FORMAT " KiB", bytes / 1024);
	return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", bytes);
}

/* resourceN_resize: a bit for each size that can be had, the lowest being 1 MiB. NULL: it cannot be resized. */
static char *sizes_text(const struct view *view, unsigned bar)
{
	g_autofree char *name = g_strdup_printf("resource%u_resize", bar), *bits_text = read_file(view, name);
	guint64 bits = bits_text ? g_ascii_strtoull(bits_text, NULL, 16) : 0;
	g_autofree char *least = NULL, *most = NULL;
	unsigned low = 0, high = 0;

	if (!bits)
		return NULL;
	for (unsigned i = 0; i < 43; i++) {
		if (!(bits >> i & 1))
			continue;
		low = low ? low : i + 1;
		high = i + 1;
	}
	if (!low)
		return NULL;
	least = size_text(MIB << (low - 1));
	most = size_text(MIB << (high - 1));
	return g_strdup_printf(", resizable from %s to %s", least, most);
}

/* Lines 0 to 5 of the file "resource" are the BARs: first byte, last byte, flags. */
static void tell_memory(const struct view *view)
{
	g_autofree char *text = read_file(view, "resource");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (unsigned bar = 0; bar < 6 && lines[bar]; bar++) {
		g_autofree char *label = g_strdup_printf("Memory %u", bar), *size = NULL, *sizes = NULL;
		char *at = lines[bar];
		guint64 first = g_ascii_strtoull(at, &at, 16), last = g_ascii_strtoull(at, &at, 16);
		guint64 flags = g_ascii_strtoull(at, &at, 16);

		if (!(flags & RESOURCE_MEMORY) || last <= first)
			continue;
		size = size_text(last - first + 1);
		sizes = sizes_text(view, bar);
		add(view, label,
		    g_strdup_printf("%s%s%s%s", size, flags & RESOURCE_PREFETCH ? ", prefetchable" : "",
				    first >> 32 ? ", above 4 GiB" : "", sizes ? sizes : ""),
		    "resource");
	}
}

static char *rom_text(const struct vp_rom *rom)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!rom->images)
		return g_strdup_printf(
			"cannot be understood: %s (it may be asleep, or its ROM is the board's)", rom->fault);
	g_string_append(text, rom->uefi     ? "made for UEFI, as a machine with UEFI needs it"
			      : rom->legacy ? "for the old BIOS only: a machine with UEFI shows nothing on it"
					    : "neither for UEFI nor for the old BIOS");
	if (!rom->fits)
		g_string_append_printf(text, "; it names another device, %04x:%04x", rom->vendor,
				       rom->device);
	if (rom->fault)
		g_string_append_printf(text, "; after %u image%s %s", rom->images,
				       rom->images == 1 ? "" : "s", rom->fault);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void tell_rom(const struct view *view)
{
	g_autofree char *path = g_build_filename(view->place, "rom", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	struct vp_rom rom;
	gsize length;
	const guint8 *data;

	if (!vp_root_exists(view->session->root, path)) {
		if (vp_device_is_display(view->device))
			add(view, "ROM", g_strdup("none is seen"), path);
		return;
	}
	bytes = vp_root_read_rom(view->session->root, path, &error);
	data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
	if (!bytes && (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ||
		       g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PERM))) {
		add(view, "ROM", g_strdup("only root may read it: whether it is made for UEFI is not known"),
		    path);
	} else if (!bytes || !length) {
		add(view, "ROM", g_strdup("it cannot be read now; the driver in use may keep it"), path);
	} else {
		rom = vp_rom_parse(data, length, view->device->vendor, view->device->device);
		add(view, "ROM", rom_text(&rom), path);
	}
}

GPtrArray *vp_device_details(const struct vp_session *session, const char *address)
{
	const struct vp_device *device = vp_host_device(session->host, address);
	g_autofree char *place =
		device ? g_build_filename("/sys/bus/pci/devices", device->address, NULL) : NULL;
	g_autoptr(vp_root) folder = device ? vp_root_enter(session->root, place) : NULL;
	struct view view = {.session = session, .device = device, .folder = folder, .place = place};

	if (!device)
		return NULL;
	view.rows = g_ptr_array_new_with_free_func(detail_free);
	tell_identity(&view);
	tell_parts(&view);
	tell_uses(&view);
	tell_drivers(&view);
	tell_group(&view);
	tell_reset(&view);
	tell_link(&view);
	tell_memory(&view);
	tell_rom(&view);
	tell_virtual_functions(&view);
	return view.rows;
}
