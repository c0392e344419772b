/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-details.c - one device in detail: ROM images, drivers that would take it, and what sysfs tells */
#include "config.h"

#include "host.h"
#include "internal.h"
#include "module_alias.h"
#include "pci_rom.h"
#include "tree.h"

#include <sys/stat.h>

#define CPU "pci0000:00"
#define CARD "/sys/devices/" CPU "/0000:00:01.0/0000:01:00.0/"

/* ---- ROM images ------------------------------------------------------------------------------------------------- */

struct image {
	unsigned pcir, vendor, device, units, type;
	bool last;
};

static GByteArray *rom_new(void)
{
	return g_byte_array_new();
}

static void set_word(guint8 *at, unsigned value)
{
	at[0] = value & 0xff;
	at[1] = (guint8)(value >> 8);
}

/* Appends an image; the bytes beyond what is set are zero. */
static void add_image(GByteArray *rom, const struct image *image)
{
	guint start = rom->len;
	guint8 *at;

	g_byte_array_set_size(rom, start + image->units * 512);
	at = rom->data + start;
	memset(at, 0, image->units * 512);
	set_word(at, 0xaa55);
	set_word(at + 0x18, image->pcir);
	at += image->pcir;
	memcpy(at, "PCIR", 4);
	set_word(at + 0x04, image->vendor);
	set_word(at + 0x06, image->device);
	at[0x0c] = 3;
	set_word(at + 0x10, image->units);
	at[0x14] = (guint8)image->type;
	at[0x15] = image->last ? 0x80 : 0;
}

static struct vp_rom parse(const GByteArray *rom)
{
	/* A copy of exactly this size: a step beyond its end is seen by the sanitizer. */
	g_autofree guint8 *copy = g_memdup2(rom->data, rom->len);

	return vp_rom_parse(copy, rom->len, 0x10de, 0x13c2);
}

static void a_rom_for_both(void **state)
{
	g_autoptr(GByteArray) rom = rom_new();
	struct vp_rom parsed;

	add_image(rom, &(struct image){0x40, 0x10de, 0x13c2, 3, 0, false});
	add_image(rom, &(struct image){0x1c, 0x10de, 0x13c2, 2, 3, true});
	parsed = parse(rom);
	assert_int_equal(parsed.images, 2);
	assert_true(parsed.legacy);
	assert_true(parsed.uefi);
	assert_true(parsed.fits);
	assert_null(parsed.fault);
}

static void a_rom_without_uefi_and_for_another_card(void **state)
{
	g_autoptr(GByteArray) rom = rom_new();
	struct vp_rom parsed;

	add_image(rom, &(struct image){0x40, 0x1002, 0x67df, 1, 0, true});
	/* What lies behind the last image does not count. */
	add_image(rom, &(struct image){0x40, 0x10de, 0x13c2, 1, 3, true});
	parsed = parse(rom);
	assert_int_equal(parsed.images, 1);
	assert_false(parsed.uefi);
	assert_false(parsed.fits);
	assert_int_equal(parsed.vendor, 0x1002);
	assert_int_equal(parsed.device, 0x67df);
}

/* One ROM for several variants: their ids are in a list behind the structure. */
static void a_rom_that_lists_devices(void **state)
{
	g_autoptr(GByteArray) rom = rom_new();

	add_image(rom, &(struct image){0x40, 0x10de, 0x13c0, 1, 3, true});
	set_word(rom->data + 0x40 + 0x08, 0x20);
	set_word(rom->data + 0x60, 0x13c1);
	set_word(rom->data + 0x62, 0x13c2);
	assert_true(parse(rom).fits);
	set_word(rom->data + 0x60, 0);
	assert_false(parse(rom).fits);
	/* A list that would lie outside. */
	set_word(rom->data + 0x40 + 0x08, 0xffff);
	assert_false(parse(rom).fits);
}

static void expect_fault(const GByteArray *rom, unsigned images, const char *fault)
{
	struct vp_rom parsed = parse(rom);

	assert_int_equal(parsed.images, images);
	assert_string_equal(parsed.fault, fault);
}

static void broken_roms(void **state)
{
	g_autoptr(GByteArray) rom = rom_new();

	expect_fault(rom, 0, "it does not begin with 55 AA");
	g_byte_array_append(rom, (const guint8 *)"\x55\xaa", 2);
	expect_fault(rom, 0, "it does not begin with 55 AA");
	g_byte_array_set_size(rom, 0);
	add_image(rom, &(struct image){0x40, 0x10de, 0x13c2, 1, 0, false});
	expect_fault(rom, 1, "the image that should follow it is missing");
	set_word(rom->data + 0x18, 0xffff);
	expect_fault(rom, 0, "its data structure (PCIR) is not where it should be");
	/* It begins within the ROM and ends outside. */
	set_word(rom->data + 0x18, 512 - 0x15);
	memcpy(rom->data + 512 - 0x15, "PCIR", 4);
	expect_fault(rom, 0, "its data structure (PCIR) is not where it should be");
	set_word(rom->data + 0x18, 0x40);
	set_word(rom->data + 0x50, 0);
	expect_fault(rom, 0, "it says that it is empty");
	set_word(rom->data + 0x50, 0xffff);
	expect_fault(rom, 1, "the image that should follow it is missing");
}

/* Every byte of a good ROM wrong in turn: nothing is read that is not there, and it ends. */
static void roms_with_a_wrong_byte(void **state)
{
	g_autoptr(GByteArray) rom = rom_new();

	add_image(rom, &(struct image){0x40, 0x10de, 0x13c2, 2, 0, false});
	add_image(rom, &(struct image){0x1c, 0x10de, 0x13c2, 1, 3, true});
	for (guint i = 0; i < rom->len; i++)
		for (int bit = 0; bit < 8; bit++) {
			rom->data[i] ^= (guint8)(1 << bit);
			assert_in_range(parse(rom).images, 0, 3);
			rom->data[i] ^= (guint8)(1 << bit);
		}
}

/* ---- drivers ---------------------------------------------------------------------------------------------------- */

static const char aliases[] = "# Aliases extracted from modules themselves.\n"
			      "alias pci:v000010DEd*sv*sd*bc03sc00i00* nouveau\n"
			      "alias usb:v10DEp* usbthing\n"
			      "alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci\n"
			      "alias pci:v000010DEd*sv*sd*bc03sc0[02]i00* nvidia\n"
			      "alias pci:v000010DEd000013C2sv*sd*bc*sc*i* nouveau\n"
			      "alias broken\n"
			      "alias pci:v000010DEd*";

static void modules_by_alias(void **state)
{
	g_auto(GStrv) card =
		vp_module_aliases(aliases, "pci:v000010DEd000013C2sv00001043sd00008508bc03sc00i00");
	g_auto(GStrv) usb =
		vp_module_aliases(aliases, "pci:v00008086d00008CB1sv00001043sd00008534bc0Csc03i30");
	g_auto(GStrv) none = vp_module_aliases("", "pci:v00008086d00008CB1sv*sd*bc06sc04i00");
	g_autofree char *names = g_strjoinv(" ", card);

	assert_string_equal(names, "nouveau nvidia");
	assert_int_equal(g_strv_length(usb), 1);
	assert_string_equal(usb[0], "xhci_pci");
	assert_int_equal(g_strv_length(none), 0);
}

static void modules_of_a_kernel(void **state)
{
	static const char builtin[] =
		"nvme.license=GPL\0nvme.alias=pci:v*d*sv*sd*bc01sc08i02*\0nvme.alias=broken";
	const struct tree *tree = *state;
	const char *modalias = "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02";
	g_autofree char *source = NULL, *missing = NULL;
	g_auto(GStrv) modules = NULL, none = NULL;

	none = vp_modules_for(tree->root, "6.12", modalias, &missing);
	assert_null(none);
	tree_put(tree, "/lib/modules/6.12/modules.alias", aliases);
	tree_bytes(tree, "/lib/modules/6.12/modules.builtin.modinfo", builtin, sizeof(builtin) - 1);
	modules = vp_modules_for(tree->root, "6.12", modalias, &source);
	assert_int_equal(g_strv_length(modules), 1);
	assert_string_equal(modules[0], "nvme");
	assert_string_equal(source, "/lib/modules/6.12/modules.alias");
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static struct vp_session session_on(const struct tree *tree, struct vp_host *host)
{
	return (struct vp_session){.root = tree->root, .host = host};
}

static const struct vp_detail *find(const GPtrArray *details, const char *label)
{
	for (guint i = 0; i < details->len; i++) {
		const struct vp_detail *detail = g_ptr_array_index(details, i);

		if (!strcmp(detail->label, label))
			return detail;
	}
	return NULL;
}

static void expect(const GPtrArray *details, const char *label, const char *value)
{
	const struct vp_detail *detail = find(details, label);

	if (!detail)
		fail_msg("there is no row %s", label);
	assert_string_equal(detail->value, value);
}

static void put_card(const struct tree *tree)
{
	static const char *const files[][2] = {
		{"modalias", "pci:v000010DEd000013C2sv00001043sd00008508bc03sc00i00\n"},
		{"revision", "0xa1\n"},
		{"boot_vga", "1\n"},
		{"reset_method", "flr bus unheard_of\n"},
		{"current_link_speed", "2.5 GT/s PCIe\n"},
		{"current_link_width", "16\n"},
		{"max_link_speed", "8.0 GT/s PCIe\n"},
		{"max_link_width", "16\n"},
		{"numa_node", "1\n"},
		{"sriov_totalvfs", "7\n"},
		{"sriov_numvfs", "2\n"},
		{"resource1_resize", "0000000000003f00\n"},
		{"resource", "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
			     "0x0000004000000000 0x000000400fffffff 0x000000000014220c\n"
			     "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			     "0x000000000000e000 0x000000000000e07f 0x0000000000040101\n"},
	};

	tree_pci(tree, CPU "/0000:00:01.0", "DRIVER=pcieport\nPCI_CLASS=60400\nPCI_ID=8086:0C01\n", 1);
	tree_pci(tree, CPU "/0000:00:01.0/0000:01:00.0",
		 "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:13C2\nPCI_SUBSYS_ID=1043:8508\n", 1);
	tree_pci(tree, CPU "/0000:00:01.0/0000:01:00.1", "PCI_CLASS=40300\nPCI_ID=10DE:0FBB\n", 1);
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_strconcat(CARD, files[i][0], NULL);

		tree_put(tree, path, files[i][1]);
	}
	tree_put(tree, "/sys/kernel/iommu_groups/1/type", "identity\n");
	tree_put(tree, "/sys/kernel/iommu_groups/1/reserved_regions",
		 "0x000000007b800000 0x000000007fffffff direct-relaxable\n0x00000000fee00000 "
		 "0x00000000feefffff msi\n");
	tree_put(tree, "/proc/sys/kernel/osrelease", "6.12\n");
	tree_put(tree, "/usr/lib/modules/6.12/modules.alias", aliases);
}

static void a_card_in_detail(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(GPtrArray) details = NULL;
	g_autoptr(vp_host) host = NULL;
	struct vp_session session;

	put_card(tree);
	host = vp_host_read(tree->root);
	session = session_on(tree, host);
	details = vp_device_details(&session, "0000:01:00.0");
	expect(details, "Numbers", "10de:13c2, card 1043:8508, revision a1");
	expect(details, "Driver", "nvidia");
	expect(details, "Drivers", "made for it: nouveau, nvidia");
	assert_true(g_str_has_prefix(find(details, "Same card")->value, "0000:01:00.1 Sound: "));
	expect(details, "Group", "1: Can go to the machine as a whole");
	expect(details, "IOMMU",
	       "identity: the device sees all memory while it belongs to this computer (iommu=pt)");
	assert_null(find(details, "Reserved"));
	expect(details, "Screen", "the computer starts up on this card");
	expect(details, "Reset", "flr: on its own (FLR), then bus: with all on its bus, then unheard_of");
	expect(details, "PCIe link", "2.5 GT/s x16 now, 8.0 GT/s x16 at most (it slows down while idle)");
	expect(details, "NUMA node", "1");
	expect(details, "Memory 0", "16 MiB");
	expect(details, "Memory 1", "256 MiB, prefetchable, above 4 GiB, resizable from 256 MiB to 8 GiB");
	assert_null(find(details, "Memory 3"));
	expect(details, "SR-IOV", "can be divided into 7 virtual functions; there are 2 now");
	expect(details, "ROM", "none is seen");
	assert_string_equal(find(details, "Reset")->evidence,
			    "/sys/bus/pci/devices/0000:01:00.0/reset_method");
	assert_null(vp_device_details(&session, "0000:09:00.0"));
}

static void a_card_with_rom_and_reserved_memory(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(GByteArray) rom = rom_new();
	g_autoptr(GPtrArray) good = NULL, other = NULL, empty = NULL;
	g_autoptr(vp_host) host = NULL;
	struct vp_session session;

	put_card(tree);
	tree_put(tree, "/sys/kernel/iommu_groups/1/reserved_regions",
		 "0x000000007b800000 0x000000007fffffff direct\n");
	host = vp_host_read(tree->root);
	session = session_on(tree, host);
	add_image(rom, &(struct image){0x40, 0x10de, 0x13c2, 1, 3, true});
	tree_bytes(tree, CARD "rom", rom->data, rom->len);
	good = vp_device_details(&session, "01:00.0");
	expect(good, "ROM", "made for UEFI, as a machine with UEFI needs it");
	expect(good, "Reserved",
	       "the firmware keeps memory for it: the kernel will not give it to a machine");
	set_word(rom->data + 0x44, 0x1002);
	rom->data[0x40 + 0x14] = 0;
	tree_bytes(tree, CARD "rom", rom->data, rom->len);
	other = vp_device_details(&session, "01:00.0");
	expect(other, "ROM",
	       "for the old BIOS only: a machine with UEFI shows nothing on it; it names another device, "
	       "1002:13c2");
	tree_put(tree, CARD "rom", "");
	empty = vp_device_details(&session, "01:00.0");
	expect(empty, "ROM", "it cannot be read now; the driver in use may keep it");
}

/* Root reads what it likes, so this is seen only where the test runs as somebody else. */
static void a_rom_for_root_alone(void **state)
{
	const struct tree *tree = *state;
	g_autofree char *path = NULL;
	g_autoptr(GPtrArray) details = NULL;
	g_autoptr(vp_host) host = NULL;
	struct vp_session session;

	if (geteuid() == 0) {
		print_message("only somebody who is not root can be refused the ROM\n");
		skip();
	}
	put_card(tree);
	tree_put(tree, CARD "rom", "x");
	path = tree_path(tree, CARD "rom");
	assert_int_equal(chmod(path, 0), 0);
	host = vp_host_read(tree->root);
	session = session_on(tree, host);
	details = vp_device_details(&session, "01:00.0");
	expect(details, "ROM", "only root may read it: whether it is made for UEFI is not known");
}

/* It was there when the machine was read. */
static void a_device_that_is_gone(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_root) live = vp_root_open(NULL, NULL);
	g_autofree char *folder = g_build_filename(tree->folder, "sys/devices", NULL);
	g_autoptr(GPtrArray) details = NULL;
	g_autoptr(vp_host) host = NULL;
	struct vp_session session;

	put_card(tree);
	host = vp_host_read(tree->root);
	assert_true(vp_root_remove_tree(live, folder, NULL));
	session = session_on(tree, host);
	details = vp_device_details(&session, "01:00.0");
	expect(details, "Driver", "nvidia");
	expect(details, "Reset",
	       "no way is listed: the machine may start only once until the computer restarts");
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rom_for_both),
		cmocka_unit_test(a_rom_without_uefi_and_for_another_card),
		cmocka_unit_test(a_rom_that_lists_devices),
		cmocka_unit_test(broken_roms),
		cmocka_unit_test(roms_with_a_wrong_byte),
		cmocka_unit_test(modules_by_alias),
		scratch_test(modules_of_a_kernel),
		scratch_test(a_card_in_detail),
		scratch_test(a_card_with_rom_and_reserved_memory),
		scratch_test(a_rom_for_root_alone),
		scratch_test(a_device_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
