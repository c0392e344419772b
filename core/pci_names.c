/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci_names.c - what PCI devices are called: pci.ids through libpci, and short words for lists */
#include "config.h"

#include "host.h"

#include <pci/pci.h>
#include <setjmp.h>
#include <string.h>

/* Longest line of pci.ids that libpci reads (MAX_LINE in lib/names-parse.c). */
#define NAME_SIZE 1024

/* ---- libpci, kept from ending the process ------------------------------------------------------------------- */

struct escape {
	jmp_buf back;
	char *message;
};

/* libpci's error() must not return and is told neither the access nor any data of ours, so the way back has to
 * lie where the handler can find it. It is set only while vp_pci_name() is in libpci. */
static _Thread_local struct escape *escape;

G_GNUC_PRINTF(1, 2) static void G_GNUC_NORETURN on_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	escape->message = g_strdup_vprintf(format, args);
	va_end(args);
	longjmp(escape->back, 1);
}

G_GNUC_PRINTF(1, 2) static void on_message(char *format, ...)
{
}

/* Caller frees; NULL: not in the list. Never asks the network. */
static char *look_up(struct pci_access *access, int what, unsigned first, unsigned second)
{
	char buffer[NAME_SIZE];
	const char *name = pci_lookup_name(access, buffer, sizeof(buffer),
					   what | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, first, second);
	g_autofree char *plain = name ? g_strstrip(vp_plain_text(name)) : NULL;

	return plain && *plain ? g_steal_pointer(&plain) : NULL;
}

static void look_up_all(struct pci_access *access, GPtrArray *devices)
{
	for (guint i = 0; i < devices->len; i++) {
		struct vp_device *device = g_ptr_array_index(devices, i);

		device->class_name = look_up(access, PCI_LOOKUP_CLASS, device->class_code >> 8, 0);
		device->vendor_name = look_up(access, PCI_LOOKUP_VENDOR, device->vendor, 0);
		device->device_name = look_up(access, PCI_LOOKUP_DEVICE, device->vendor, device->device);
		if (device->subsystem_vendor != 0xffff && device->subsystem_vendor != 0)
			device->subsystem_name =
				look_up(access, PCI_LOOKUP_VENDOR, device->subsystem_vendor, 0);
	}
}

/* The list within the root goes first: it is as new as that system. NULL: none there. */
static char *find_list(const struct vp_root *root)
{
	static const char *const places[] = {"/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids"};

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *place = vp_root_resolve(root, places[i]);

		if (place)
			return g_build_filename(vp_root_path(root), place, NULL);
	}
	return NULL;
}

/* Only names are asked of libpci; without pci_init() it never looks at a bus. */
static void ask_libpci(GPtrArray *devices, const struct vp_root *root, GPtrArray *trouble)
{
	g_autofree char *list = find_list(root);
	struct pci_access *access = pci_alloc();
	struct escape way_back = {.message = NULL};

	access->error = on_error;
	access->warning = on_message;
	access->debug = on_message;
	access->id_lookup_mode = 0;
	if (list)
		pci_set_name_list_path(access, list, 0);
	escape = &way_back;
	if (setjmp(way_back.back) == 0)
		look_up_all(access, devices);
	else
		g_ptr_array_add(trouble,
				g_strdup_printf("Names of devices are missing: %s.", way_back.message));
	escape = NULL;
	g_free(way_back.message);
	pci_cleanup(access);
}

/* ---- short words -------------------------------------------------------------------------------------------- */

struct kind {
	unsigned class;
	const char *words;
};

static const struct kind kinds[] = {
	{0x0100, "SCSI controller"}, {0x0101, "IDE controller"},
	{0x0104, "RAID controller"}, {0x0106, "SATA controller"},
	{0x0107, "SAS controller"},  {0x0108, "NVMe drive"},
	{0x0200, "Network card"},    {0x0207, "InfiniBand card"},
	{0x0280, "Wireless card"},   {0x0300, "Graphics card"},
	{0x0302, "3D card"},         {0x0380, "Graphics card"},
	{0x0400, "Video device"},    {0x0401, "Sound"},
	{0x0403, "Sound"},           {0x0500, "Memory"},
	{0x0600, "Host bridge"},     {0x0601, "ISA bridge"},
	{0x0604, "PCI bridge"},      {0x0609, "PCI bridge"},
	{0x0700, "Serial port"},     {0x0780, "Communication port"},
	{0x0805, "SD card reader"},  {0x0806, "IOMMU"},
	{0x0c00, "FireWire port"},   {0x0c03, "USB controller"},
	{0x0c05, "SMBus"},           {0x0d11, "Bluetooth"},
	{0x1080, "Encryption unit"}, {0x1180, "Signal processor"},
	{0x1200, "Accelerator"},     {0x1300, "Instrumentation"},
};

/* For classes that are not above, by the first byte. */
static const struct kind families[] = {
	{0x01, "Storage controller"}, {0x02, "Network card"},     {0x03, "Graphics card"},
	{0x04, "Multimedia device"},  {0x05, "Memory"},           {0x06, "Bridge"},
	{0x07, "Communication port"}, {0x08, "System device"},    {0x09, "Input device"},
	{0x0b, "Processor"},          {0x0c, "Serial bus"},       {0x0d, "Wireless device"},
	{0x10, "Encryption unit"},    {0x11, "Signal processor"}, {0x12, "Accelerator"},
	{0x13, "Instrumentation"},
};

static const char *kind_of(const struct vp_device *device)
{
	unsigned class = device->class_code >> 8;

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].class == class)
			return kinds[i].words;
	for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
		if (families[i].class == class >> 8)
			return families[i].words;
	return "Device";
}

/* Words at the end of a maker's name that tell nothing: "Corporation", "Co., Ltd.", "(Shenzhen)". */
static bool is_filler(const char *word)
{
	static const char *const fillers[] = {"ab",
					      "ag",
					      "and",
					      "bv",
					      "co",
					      "coltd",
					      "company",
					      "computer",
					      "corp",
					      "corporation",
					      "electronics",
					      "gmbh",
					      "group",
					      "inc",
					      "incorporated",
					      "international",
					      "limited",
					      "llc",
					      "ltd",
					      "nv",
					      "plc",
					      "sa",
					      "semiconductor",
					      "semiconductors",
					      "subsidiaries",
					      "systems",
					      "technologies",
					      "technology",
					      NULL};
	g_autofree char *plain = g_ascii_strdown(word, -1);
	char *to = plain;

	if (*word == '(')
		return true;
	for (const char *from = plain; *from; from++)
		if (*from != '.' && *from != ',')
			*to++ = *from;
	*to = '\0';
	return g_strv_contains(fillers, plain);
}

/* What stands in the last pair of brackets, when it ends the text; else NULL. Caller frees. */
static char *in_brackets(const char *text)
{
	const char *open = strrchr(text, '[');

	if (!open || !g_str_has_suffix(open, "]") || open[1] == ']')
		return NULL;
	return g_strndup(open + 1, strlen(open) - 2);
}

/* "Advanced Micro Devices, Inc. [AMD/ATI]" is AMD, "Realtek Semiconductor Co., Ltd." is Realtek. */
static char *short_vendor(const char *vendor)
{
	char *brand = in_brackets(vendor);
	g_auto(GStrv) words = g_strsplit(vendor, " ", -1);
	guint count = g_strv_length(words);
	char *name;

	if (brand && !strchr(brand, ' ')) {
		brand[strcspn(brand, "/")] = '\0';
		return brand;
	}
	g_free(brand);
	while (count > 1 && is_filler(words[count - 1]))
		g_clear_pointer(&words[--count], g_free);
	name = g_strjoinv(" ", words);
	if (g_str_has_suffix(name, ","))
		name[strlen(name) - 1] = '\0';
	return name;
}

/* Graphics cards are known by what stands in brackets, "GM204 [GeForce GTX 970]"; other devices are not. */
static char *short_device(const struct vp_device *device)
{
	g_autofree char *brand = in_brackets(device->device_name);
	const char *open = strrchr(device->device_name, '[');

	if (!brand || open == device->device_name)
		return g_strdup(device->device_name);
	if (device->class_code >> 16 == 0x03)
		return g_steal_pointer(&brand);
	return g_strchomp(g_strndup(device->device_name, (gsize)(open - device->device_name)));
}

static char *short_name(const struct vp_device *device)
{
	g_autofree char *maker = device->vendor_name ? short_vendor(device->vendor_name) : NULL;
	g_autofree char *model = device->device_name ? short_device(device) : NULL;

	if (!maker)
		return g_strdup_printf("Device %04x:%04x", device->vendor, device->device);
	if (!model)
		return g_strdup_printf("%s device %04x", maker, device->device);
	if (g_str_has_prefix(model, maker))
		return g_steal_pointer(&model);
	return g_strdup_printf("%s %s", maker, model);
}

static void fill_gaps(struct vp_device *device)
{
	device->kind = g_strdup(kind_of(device));
	device->name = short_name(device);
	if (!device->class_name)
		device->class_name = g_strdup(device->kind);
	if (!device->vendor_name)
		device->vendor_name = g_strdup_printf("%04x", device->vendor);
	if (!device->device_name)
		device->device_name = g_strdup_printf("%04x", device->device);
}

void vp_pci_name(GPtrArray *devices, const struct vp_root *root, GPtrArray *trouble)
{
	/* The list has some 35000 lines: without a device to name it is not read. */
	if (devices->len > 0)
		ask_libpci(devices, root, trouble);
	for (guint i = 0; i < devices->len; i++)
		fill_gaps(g_ptr_array_index(devices, i));
}
