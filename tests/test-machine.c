/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-machine.c - recorded machines: all expand into a tree as the kernel shows it, bad ones are refused */
#include "config.h"

#include "core.h"

#include <glib/gstdio.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define REFERENCE "asus-maximus-vii-ranger"

static char *assets_folder(void)
{
	const char *source = g_getenv("VP_SRCDIR");

	assert_non_null(source);
	return g_build_filename(source, "assets", NULL);
}

/* All folders stand below the one of the group, which is removed at the end and not before: ext4 is slow to
 * make files while it avoids the inodes of thousands that were removed just now. */
static char *new_folder(void **state)
{
	char *folder = g_build_filename(*state, "XXXXXX", NULL);

	assert_non_null(g_mkdtemp(folder));
	return folder;
}

/* Calls a function for all below a folder, which may remove what it is given; a folder after its content. */
static void walk(const char *folder, void (*visit)(const char *path, const char *root), const char *root)
{
	GDir *dir = g_dir_open(folder, 0, NULL);

	assert_non_null(dir);
	for (const char *name; (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
			walk(path, visit, root);
		visit(path, root);
	}
	g_dir_close(dir);
}

static void remove_one(const char *path, const char *root)
{
	assert_int_equal(g_remove(path), 0);
}

static int set_up(void **state)
{
	*state = g_dir_make_tmp("vp-machine-XXXXXX", NULL);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	walk(*state, remove_one, *state);
	remove_one(*state, NULL);
	g_free(*state);
	return 0;
}

/* ---- looking into a tree ------------------------------------------------------------------------------- */

static void assert_content(const char *root, const char *path, const char *expected)
{
	g_autofree char *file = g_build_filename(root, path, NULL), *text = NULL;

	assert_true(g_file_get_contents(file, &text, NULL, NULL));
	assert_string_equal(text, expected);
}

static void assert_holds(const char *root, const char *path, const char *part)
{
	g_autofree char *file = g_build_filename(root, path, NULL), *text = NULL;

	assert_true(g_file_get_contents(file, &text, NULL, NULL));
	if (!strstr(text, part))
		fail_msg("%s does not hold \"%s\" but: %s", path, part, text);
}

static bool exists(const char *root, const char *path)
{
	g_autofree char *file = g_build_filename(root, path, NULL);

	return g_file_test(file, G_FILE_TEST_EXISTS);
}

/* Where all links on the way lead, within the root. */
static void assert_leads_to(const char *root, const char *path, const char *expected)
{
	g_autofree char *file = g_build_filename(root, path, NULL), *top = realpath(root, NULL);
	g_autofree char *real = realpath(file, NULL);

	assert_non_null(real);
	assert_string_equal(real + strlen(top), expected);
}

static char *expanded(void **state, const char *assets, const char *id)
{
	g_autoptr(GError) error = NULL;
	char *folder = new_folder(state);

	if (!vp_machine_expand(assets, id, folder, &error))
		fail_msg("%s: %s", id, error->message);
	return folder;
}

static char *expanded_machine(void **state, const char *id)
{
	g_autofree char *assets = assets_folder();

	return expanded(state, assets, id);
}

/* ---- machines made for a test -------------------------------------------------------------------------- */

/* A folder of assets with one machine "it" whose keys behind title and about are given. */
static char *assets_with(void **state, const char *keys)
{
	char *assets = new_folder(state);
	g_autofree char *machines = g_build_filename(assets, "machines", NULL);
	g_autofree char *names = g_build_filename(machines, "pci.ids", NULL);
	g_autofree char *file = g_build_filename(machines, "it.json", NULL);
	g_autofree char *text = g_strdup_printf("{\"title\": \"It\", \"about\": \"For a test.\"%s}", keys);

	assert_int_equal(g_mkdir(machines, 0755), 0);
	assert_true(g_file_set_contents(names, "10de  NVIDIA Corporation\n", -1, NULL));
	assert_true(g_file_set_contents(file, text, -1, NULL));
	return assets;
}

static void add_machine(const char *assets, const char *id, const char *text)
{
	g_autofree char *file = g_strdup_printf("%s/machines/%s.json", assets, id);

	assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void assert_refused(void **state, const char *assets, const char *id, const char *part)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = new_folder(state);

	assert_false(vp_machine_expand(assets, id, folder, &error));
	assert_int_equal(error->domain, VP_ERROR);
	assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, part))
		fail_msg("\"%s\" does not say \"%s\"", error->message, part);
}

/* ---- the recorded machines ----------------------------------------------------------------------------- */

static void test_list(void **state)
{
	g_autofree char *assets = assets_folder();
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) machines = vp_machines(assets, &error);
	const char *before = "";
	bool reference = false;

	assert_null(error);
	assert_true(machines->len >= 41);
	for (guint i = 0; i < machines->len; i++) {
		const struct vp_machine *machine = machines->pdata[i];

		assert_true(strcmp(before, machine->id) < 0);
		assert_true(*machine->title && !strchr(machine->title, '\n'));
		assert_true(*machine->about);
		reference |= g_str_equal(machine->id, REFERENCE);
		before = machine->id;
	}
	assert_true(reference);
}

static void check_link(const char *path, const char *root)
{
	g_autofree char *target = g_file_read_link(path, NULL), *at = NULL, *folder = NULL;

	if (!target)
		return;
	folder = g_path_get_dirname(path);
	at = g_build_filename(*target == '/' ? root : folder, target, NULL);
	if (!g_file_test(at, G_FILE_TEST_EXISTS))
		fail_msg("%s leads to %s, which is not there", path + strlen(root), target);
}

/* Addresses as the file of the machine, or the one it is based on, lists them: one a line, sorted. */
static GPtrArray *listed_addresses(const char *assets, const char *id)
{
	g_autofree char *path = g_strdup_printf("%s/machines/%s.json", assets, id);
	GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
	json_object *machine = json_object_from_file(path), *pci;

	assert_non_null(machine);
	if (!json_object_object_get_ex(machine, "pci", &pci)) {
		g_ptr_array_unref(addresses);
		addresses = listed_addresses(
			assets, json_object_get_string(json_object_object_get(machine, "based_on")));
	}
	for (size_t i = 0; pci && i < json_object_array_length(pci); i++)
		g_ptr_array_add(addresses, g_strdup(json_object_get_string(json_object_object_get(
						   json_object_array_get_idx(pci, i), "address"))));
	json_object_put(machine);
	return addresses;
}

/* lspci reads the tree as it reads a real one: it must find every function and understand its header. */
static void check_lspci(const char *lspci, const char *assets, const char *id, const char *root)
{
	g_autofree char *path = g_strdup_printf("sysfs.path=%s/sys/bus/pci", root), *out = NULL,
			*complaints = NULL;
	g_autofree char *names = g_build_filename(root, "usr/share/hwdata/pci.ids", NULL);
	char *argv[] = {(char *)lspci, "-A", "linux-sysfs", "-O", path, "-i", names, "-nnD", NULL};
	g_autoptr(GPtrArray) addresses = listed_addresses(assets, id);
	g_auto(GStrv) lines = NULL;
	int status = 0;

	assert_true(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &out, &complaints, &status, NULL));
	assert_int_equal(status, 0);
	assert_null(strstr(complaints, "config"));
	lines = g_strsplit(g_strchomp(out), "\n", -1);
	assert_int_equal(g_strv_length(lines), addresses->len);
	for (char **line = lines; *line; line++) {
		assert_null(strstr(*line, "rev ff"));
		(*line)[strcspn(*line, " ")] = '\0';
		assert_true(g_ptr_array_find_with_equal_func(addresses, *line, g_str_equal, NULL));
	}
}

static void test_all_expand(void **state)
{
	g_autofree char *assets = assets_folder(), *lspci = g_find_program_in_path("lspci");
	g_autoptr(GPtrArray) machines = vp_machines(assets, NULL);

	assert_non_null(machines);
	for (guint i = 0; i < machines->len; i++) {
		const struct vp_machine *machine = machines->pdata[i];
		g_autofree char *root = expanded(state, assets, machine->id);

		walk(root, check_link, root);
		if (lspci)
			check_lspci(lspci, assets, machine->id, root);
	}
	if (!lspci)
		skip(); /* all but what lspci says was seen */
}

static void test_reference(void **state)
{
	g_autofree char *root = expanded_machine(state, REFERENCE);
	const char *card = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
	g_autofree char *config = g_build_filename(root, card, "config", NULL), *bytes = NULL;
	gsize length = 0;

	assert_leads_to(root, "sys/bus/pci/devices/0000:01:00.0",
			"/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0");
	assert_leads_to(root, "sys/bus/pci/drivers/nvidia/0000:01:00.0",
			"/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0");
	assert_content(root, "sys/bus/pci/devices/0000:01:00.0/uevent",
		       "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:13C2\nPCI_SUBSYS_ID=1043:8508\n"
		       "PCI_SLOT_NAME=0000:01:00.0\n"
		       "MODALIAS=pci:v000010DEd000013C2sv00001043sd00008508bc03sc00i00\n");
	assert_content(root, "sys/bus/pci/devices/0000:01:00.0/boot_vga", "1\n");
	assert_false(exists(root, "sys/bus/pci/devices/0000:00:02.0/boot_vga"));
	assert_true(g_file_get_contents(config, &bytes, &length, NULL));
	assert_int_equal(length, 64);
	assert_memory_equal(bytes, "\xde\x10\xc2\x13", 4);
	assert_int_equal((guint8)bytes[0x0e], 0x80); /* one of several functions */

	assert_holds(root, "etc/default/grub", "\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash");
	assert_holds(root, "var/lib/pacman/local/linux612-6.12.48-1/desc", "%PROVIDES%\nlinux=6.12.48\n");
	assert_true(exists(root, "sys/firmware/acpi/tables/DMAR"));
	assert_true(exists(root, "sys/kernel/iommu_groups") && exists(root, "sys/class/iommu"));
	assert_false(exists(root, "sys/kernel/iommu_groups/1"));
	assert_false(exists(root, "sys/bus/pci/devices/0000:01:00.0/iommu_group"));
}

static void test_reference_uses(void **state)
{
	g_autofree char *root = expanded_machine(state, REFERENCE);

	assert_leads_to(root, "sys/dev/block/8:2",
			"/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda2");
	assert_holds(root, "proc/self/mountinfo", " 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n");
	assert_leads_to(root, "sys/class/net/enp0s25/device", "/sys/devices/pci0000:00/0000:00:19.0");
	assert_holds(root, "proc/net/route", "\nenp0s25\t00000000\t");
	assert_leads_to(root, "sys/class/drm/card1/device", "/sys/devices/pci0000:00/0000:00:02.0");
	assert_content(root, "sys/class/drm/card1-HDMI-A-1/status", "connected\n");
	assert_holds(root, "proc/bus/input/devices",
		     "S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/input/input0\n");
	assert_holds(root, "proc/bus/input/devices", "H: Handlers=sysrq kbd ");
	assert_content(root, "sys/devices/system/cpu/online", "0-7\n");
	assert_content(root, "sys/devices/system/cpu/cpu5/topology/core_cpus_list", "1,5\n");
	assert_content(root, "sys/devices/system/cpu/smt/active", "1\n");
}

static void test_rebooted(void **state)
{
	g_autofree char *root = expanded_machine(state, REFERENCE "-rebooted");

	assert_leads_to(root, "sys/bus/pci/devices/0000:01:00.1/iommu_group", "/sys/kernel/iommu_groups/1");
	assert_leads_to(root, "sys/kernel/iommu_groups/1/devices/0000:00:01.0",
			"/sys/devices/pci0000:00/0000:00:01.0");
	assert_content(root, "sys/kernel/iommu_groups/1/type", "identity\n");
	assert_true(exists(root, "sys/class/iommu/dmar0"));
	assert_holds(root, "proc/cmdline", " intel_iommu=on iommu=pt\n");
	assert_holds(root, "sys/class/dmi/id/board_name", "MAXIMUS VII RANGER"); /* of what it is based on */
	assert_true(exists(root, "var/lib/pacman/local/libvirt-1:11.8.0-1/desc"));
}

static void test_mapped_disk(void **state)
{
	g_autofree char *root = expanded_machine(state, "laptop-mx150-3d");

	assert_leads_to(root, "sys/dev/block/254:0/slaves/nvme0n1p2/../../../..",
			"/sys/devices/pci0000:00/0000:00:1d.0/0000:3d:00.0");
	assert_leads_to(root, "sys/class/block/nvme0n1p2/holders/dm-0", "/sys/devices/virtual/block/dm-0");
	assert_content(root, "sys/class/block/dm-0/dm/name", "luks-root\n");
	assert_holds(root, "proc/bus/input/devices", "S: Sysfs=/devices/platform/i8042/serio0/");
	assert_false(exists(root, "sys/class/dmi/id/board_name")); /* its base has one, it takes it away */
}

/* ---- what the form of the file can say ----------------------------------------------------------------- */

static void test_processors(void **state)
{
	g_autofree char *assets =
		assets_with(state, ", \"cpus\": {\"vendor\": \"AuthenticAMD\", \"packages\": 2, \"cores\": 4,"
				   " \"threads\": 2, \"adjacent\": true, \"l3_kib\": [98304, 32768],"
				   " \"cores_per_l3\": 2, \"nodes\": 2}");
	g_autofree char *root = expanded(state, assets, "it");
	const char *cpu = "sys/devices/system/cpu";
	g_autofree char *core = g_build_filename(cpu, "cpu5/topology/core_cpus_list", NULL);

	assert_content(root, core, "4-5\n");
	assert_content(root, "sys/devices/system/cpu/cpu5/topology/core_id", "2\n");
	assert_content(root, "sys/devices/system/cpu/cpu13/topology/physical_package_id", "1\n");
	assert_content(root, "sys/devices/system/cpu/cpu3/cache/index3/shared_cpu_list", "0-3\n");
	assert_content(root, "sys/devices/system/cpu/cpu3/cache/index3/size", "98304K\n");
	assert_content(root, "sys/devices/system/cpu/cpu15/cache/index3/size", "32768K\n");
	assert_content(root, "sys/devices/system/node/node1/cpulist", "8-15\n");
	assert_content(root, "sys/devices/system/node/online", "0-1\n");
}

static void test_files(void **state)
{
	g_autofree char *assets = assets_with(
		state, ", \"files\": {\"/plain\": [\"a\", \"b\"], \"/empty\": [],"
		       " \"/bytes\": {\"mode\": \"0600\", \"lines\": [\"\\u0006\\u0000x\"],"
		       " \"final_newline\": false}}, \"links\": {\"/link\": \"plain\"},"
		       " \"folders\": [\"/boot\"], \"packages\": {\"dpkg\": [\"kvm 1.0-1 qemu\"]}");
	g_autofree char *root = expanded(state, assets, "it");
	g_autofree char *path = g_build_filename(root, "bytes", NULL), *bytes = NULL;
	gsize length = 0;
	GStatBuf status;

	assert_content(root, "link", "a\nb\n");
	assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	assert_int_equal(length, 3);
	assert_memory_equal(bytes, "\6\0x", 3);
	assert_int_equal(g_stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(exists(root, "boot"));
	assert_content(root, "var/lib/dpkg/status",
		       "Package: kvm\nStatus: install ok installed\nVersion: 1.0-1\nProvides: qemu\n\n");
}

static void test_based_on(void **state)
{
	g_autofree char *assets = assets_with(state, ", \"based_on\": \"base\", \"memory_mib\": null,"
						     " \"files\": {\"/one\": [\"mine\"], \"/two\": null}");
	g_autofree char *root = NULL;

	add_machine(assets, "base",
		    "{\"title\": \"Base\", \"about\": \"x\", \"memory_mib\": 1024,"
		    " \"files\": {\"/one\": [\"base\"], \"/two\": [\"base\"], \"/three\": [\"base\"]}}");
	root = expanded(state, assets, "it");
	assert_content(root, "one", "mine\n");
	assert_false(exists(root, "two"));
	assert_content(root, "three", "base\n");
	assert_false(exists(root, "proc/meminfo"));
}

#define BRIDGE "{\"address\": \"0000:00:01.0\", \"class\": \"060400\", \"id\": \"8086:0c01\"}"

/* Keys behind title and about, and what the one sentence must say. */
static const struct {
	const char *keys, *says;
} refusals[] = {
	{", \"colour\": 1", "colour is no key it may have"},
	{", \"memory_mib\": \"much\"", "memory_mib is of the wrong kind; write a whole number"},
	{", \"pci\": [{\"address\": \"0000:1:00.0\", \"class\": \"030000\", \"id\": \"10de:13c2\"}]",
	 "pci[0].address is \"0000:1:00.0\"; it must be like"},
	{", \"pci\": [{\"address\": \"0000:01:00.8\", \"class\": \"030000\", \"id\": \"10de:13c2\"}]",
	 "pci[0].address is \"0000:01:00.8\""},
	{", \"pci\": [" BRIDGE ", {\"address\": \"0000:01:00.0\", \"class\": \"030000\"}]",
	 "pci[1].id is missing"},
	{", \"pci\": [" BRIDGE ", " BRIDGE "]", "0000:00:01.0 is listed twice"},
	{", \"pci\": [{\"address\": \"0000:01:00.0\", \"class\": \"030000\", \"id\": \"10de:13c2\","
	 " \"parent\": \"0000:00:01.0\"}]",
	 "the parent of 0000:01:00.0, 0000:00:01.0, is not listed"},
	{", \"pci\": [{\"address\": \"0000:00:01.0\", \"class\": \"060400\", \"id\": \"10de:13c2\","
	 " \"parent\": \"0000:00:01.0\"}]",
	 "0000:00:01.0 cannot be below 0000:00:01.0"},
	{", \"pci\": [{\"address\": \"0000:00:01.0\", \"class\": \"060400\", \"id\": \"10de:13c2\","
	 " \"resource\": [\"everything\"]}]",
	 "line 1 of the resources of 0000:00:01.0"},
	{", \"disks\": [{\"name\": \"../sda\", \"number\": \"8:0\"}]", "disks[0].name is \"../sda\""},
	{", \"disks\": [{\"name\": \"sda\", \"number\": \"8:0\", \"controller\": \"0000:00:1f.2\"}]",
	 "it names 0000:00:1f.2, which it does not list"},
	{", \"files\": {\"etc/default/grub\": []}", "files.etc/default/grub is no key"},
	{", \"files\": {\"/a\": {\"lines\": [\"x\"], \"owner\": \"me\"}}", "files./a.owner is no key"},
	{", \"cpus\": {\"vendor\": \"GenuineIntel\", \"cores\": 0}", "make no computer"},
	{", \"packages\": {\"pacman\": [\"libvirt\"]}", "the package \"libvirt\" is not"},
	{", \"based_on\": \"other\"", "machines/other.json; name one"},
	{", \"based_on\": \"it\"", "based_on leads back to it"},
	{", ", "line 1"},
};

static void test_refusals(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autofree char *assets = assets_with(state, refusals[i].keys);

		assert_refused(state, assets, "it", refusals[i].says);
	}
}

static void test_refused_names(void **state)
{
	g_autofree char *assets = assets_with(state, "");
	g_autoptr(GError) error = NULL;

	assert_refused(state, assets, "none", "cannot open the recorded machine \"none\"");
	assert_refused(state, assets, "../machines/it", "cannot open the recorded machine");
	add_machine(assets, "bad", "{\"title\": \"Bad\"}");
	assert_null(vp_machines(assets, &error));
	assert_non_null(strstr(error->message, "bad.json: about is missing"));
}

static void test_full_folder(void **state)
{
	g_autofree char *assets = assets_with(state, ""), *folder = expanded(state, assets, "it");
	g_autoptr(GError) error = NULL;

	assert_false(vp_machine_expand(assets, "it", folder, &error));
	assert_int_equal(error->code, VP_ERROR_USAGE);
	assert_non_null(strstr(error->message, "is not empty; name an empty folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),          cmocka_unit_test(test_all_expand),
		cmocka_unit_test(test_reference),     cmocka_unit_test(test_reference_uses),
		cmocka_unit_test(test_rebooted),      cmocka_unit_test(test_mapped_disk),
		cmocka_unit_test(test_processors),    cmocka_unit_test(test_files),
		cmocka_unit_test(test_based_on),      cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refused_names), cmocka_unit_test(test_full_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
