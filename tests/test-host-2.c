/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-host-2.c - the recorded machines, read as they are shown: against their files, lspci, and one by heart */
#include "config.h"

#include "host.h"
#include "tree.h"

#include <json-c/json.h>
#include <stdio.h>

#define REFERENCE "asus-maximus-vii-ranger"

static char *assets_folder(void)
{
	const char *source = g_getenv("VP_SRCDIR");

	return source ? g_build_filename(source, "assets", NULL) : NULL;
}

/* ---- every machine ----------------------------------------------------------------------------------------------- */

static const char *text_of(json_object *object, const char *key)
{
	json_object *value = json_object_object_get(object, key);

	return value ? json_object_get_string(value) : NULL;
}

/* One function of a recording against what was read of it. */
static void compare_function(const struct vp_host *host, json_object *json, bool iommu)
{
	const struct vp_device *device = device_at(host, text_of(json, "address"));
	g_autofree char *class = g_strdup_printf("%06x", device->class_code);
	g_autofree char *id = g_strdup_printf("%04x:%04x", device->vendor, device->device);
	g_autofree char *revision = g_strdup_printf("%02x", device->revision);
	json_object *group = iommu ? json_object_object_get(json, "group") : NULL;

	assert_string_equal(class, text_of(json, "class"));
	assert_string_equal(id, text_of(json, "id"));
	assert_int_equal(device->group, group ? json_object_get_int(group) : -1);
	assert_true(!g_strcmp0(device->driver, text_of(json, "driver")));
	if (!device->bridge && text_of(json, "revision"))
		assert_string_equal(revision, text_of(json, "revision"));
	if (text_of(json, "parent"))
		assert_string_equal(device->parent, text_of(json, "parent"));
}

/* "0000:01:00.0 0300: 10de:13c2 (rev a1)": the same list by the tool everyone knows. */
static void compare_with_lspci(const struct tree *tree, const struct vp_host *host)
{
	g_autofree char *program = g_find_program_in_path("lspci"), *output = NULL;
	g_autofree char *parameter = g_strdup_printf("sysfs.path=%s/sys/bus/pci", tree->folder);
	char *argv[] = {program,       (char *)"-O", parameter, (char *)"-A", (char *)"linux-sysfs",
			(char *)"-nD", NULL};
	g_auto(GStrv) lines = NULL;
	guint count = 0;

	if (!program)
		return;
	assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL,
				 NULL, NULL));
	lines = g_strsplit(output, "\n", -1);
	for (char **line = lines; *line && **line; line++, count++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, count);
		g_autofree char *expected =
			g_strdup_printf("%s %04x: %04x:%04x", device->address, device->class_code >> 8,
					device->vendor, device->device);

		if (!g_str_has_prefix(*line, expected))
			fail_msg("lspci has %s where there is %s", *line, expected);
	}
	assert_int_equal(count, host->devices->len);
}

/* Each endpoint is in its group once, and what is chosen with it never takes a bridge along. */
static void check_groups(const struct vp_host *host)
{
	guint members = 0, grouped = 0;

	for (guint i = 0; i < host->groups->len; i++)
		members += ((struct vp_group *)g_ptr_array_index(host->groups, i))->devices->len;
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);
		g_autoptr(GPtrArray) together = vp_group_companions(host->devices, device);

		grouped += device->group >= 0;
		for (guint j = 0; j < together->len; j++) {
			const struct vp_device *other = g_ptr_array_index(together, j);

			assert_true(other == device || !other->bridge);
		}
	}
	assert_int_equal(members, grouped);
}

/* A value of a recording, or of the one it is based on; NULL: neither has it. Caller puts. */
static json_object *recorded(const char *assets, const char *id, const char *key)
{
	g_autofree char *file = g_strdup_printf("%s/machines/%s.json", assets, id);
	json_object *machine = json_object_from_file(file), *value = NULL;
	const char *base = text_of(machine, "based_on");

	if (json_object_object_get_ex(machine, key, &value))
		value = json_object_get(value);
	else if (base)
		value = recorded(assets, base, key);
	json_object_put(machine);
	return value;
}

static void compare_machine(const char *assets, const char *id)
{
	json_object *functions = recorded(assets, id, "pci"), *active = recorded(assets, id, "iommu_active");
	bool iommu = json_object_get_boolean(active);
	size_t count = functions ? json_object_array_length(functions) : 0;
	void *scratch = NULL;
	const struct tree *tree;
	struct vp_host *host;

	assert_int_equal(tree_setup(&scratch), 0);
	tree = scratch;
	assert_true(vp_machine_expand(assets, id, tree->folder, NULL));
	host = vp_host_read(tree->root);
	assert_int_equal(host->devices->len, count);
	assert_int_equal(host->trouble->len, count ? 0 : 1);
	for (size_t i = 0; i < count; i++)
		compare_function(host, json_object_array_get_idx(functions, i), iommu);
	compare_with_lspci(tree, host);
	check_groups(host);
	vp_host_free(host);
	json_object_put(active);
	json_object_put(functions);
	assert_int_equal(tree_teardown(&scratch), 0);
}

static void every_machine(void **state)
{
	g_autofree char *assets = assets_folder();
	g_autoptr(GPtrArray) machines = assets ? vp_machines(assets, NULL) : NULL;

	if (!assets)
		skip();
	assert_non_null(machines);
	assert_true(machines->len > 0);
	for (guint i = 0; i < machines->len; i++) {
		const struct vp_machine *machine = g_ptr_array_index(machines, i);

		compare_machine(assets, machine->id);
	}
}

/* ---- the reference, fact by fact ---------------------------------------------------------------------------------- */

static int reference_setup(void **state)
{
	g_autofree char *assets = assets_folder();
	int status = tree_setup(state);

	if (status == 0 && assets &&
	    !vp_machine_expand(assets, REFERENCE, ((struct tree *)*state)->folder, NULL))
		status = -1;
	return status;
}

/* NULL, after skip(), where the sources are not at hand. */
static struct vp_host *reference(void **state)
{
	const struct tree *tree = *state;

	if (!g_getenv("VP_SRCDIR"))
		skip();
	return vp_host_read(tree->root);
}

static void reference_processor_and_firmware(void **state)
{
	g_autoptr(vp_host) host = reference(state);

	assert_string_equal(host->cpu_vendor.value, "GenuineIntel");
	assert_string_equal(host->cpu_model.value, "Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz");
	assert_int_equal(host->threads.value, 8);
	assert_int_equal(host->memory_kib.value, 15951 * 1024);
	assert_int_equal(host->cpu_virtualization.value, VP_YES);
	assert_int_equal(host->in_virtual_machine.value, VP_NO);
	assert_int_equal(host->smt_active.value, VP_YES);
	assert_int_equal(host->kvm_device.value, VP_YES);
	assert_int_equal(host->iommu_table.value, VP_YES);
	assert_string_equal(host->iommu_table.source, "/sys/firmware/acpi/tables/DMAR");
	assert_int_equal(host->iommu_active.value, VP_NO);
	assert_int_equal(host->iommu_groups.value, 0);
	assert_int_equal(host->uefi.value, VP_YES);
	assert_int_equal(host->secure_boot.value, VP_NO);
	assert_string_equal(host->board_vendor.value, "ASUSTeK COMPUTER INC.");
	assert_string_equal(host->board_name.value, "MAXIMUS VII RANGER");
	assert_string_equal(host->bios_version.value, "3003");
}

static void reference_system(void **state)
{
	g_autoptr(vp_host) host = reference(state);

	assert_string_equal(host->distro_id.value, "manjaro");
	assert_string_equal(host->distro_like.value, "arch");
	assert_string_equal(host->distro_name.value, "Manjaro Linux");
	assert_string_equal(host->kernel_release.value, "6.12.48-1-MANJARO");
	assert_string_equal(host->boot_loader.value, "grub");
	assert_string_equal(host->initramfs.value, "mkinitcpio");
	assert_string_equal(host->package_manager.value, "pacman");
	assert_null(host->libvirt_service.value);
	assert_int_equal(host->libvirt_running.value, VP_NO);
	assert_int_equal(host->default_network.value, VP_NO);
	assert_int_equal(host->default_network_autostart.value, VP_NO);
}

static void reference_packages(void **state)
{
	const struct tree *tree = *state;
	bool known = false;
	g_autofree char *kernel = NULL, *libvirt = NULL;

	if (!g_getenv("VP_SRCDIR"))
		skip();
	kernel = vp_package_version(tree->root, "pacman", "linux", &known);
	assert_true(known);
	assert_string_equal(kernel, "6.12.48");
	libvirt = vp_package_version(tree->root, "pacman", "libvirt", &known);
	assert_null(libvirt);
	assert_int_equal(vp_kernel_module(tree->root, "6.12.48-1-MANJARO", "vfio_iommu_type1"),
			 VP_MODULE_LOADABLE);
}

static void reference_devices(void **state)
{
	g_autoptr(vp_host) host = reference(state);
	g_autoptr(GPtrArray) together = NULL;
	const struct vp_device *card = device_at(host, "0000:01:00.0");

	assert_string_equal(card->name, "NVIDIA GeForce GTX 970");
	assert_string_equal(card->parent, "0000:00:01.0");
	assert_null(card->blocked);
	/* There are no groups yet: the slot tells what goes along. */
	together = vp_group_companions(host->devices, card);
	assert_int_equal(together->len, 2);
	assert_string_equal(((struct vp_device *)g_ptr_array_index(together, 1))->address, "0000:01:00.1");
	assert_string_equal(device_at(host, "0000:00:1f.2")->blocked,
			    "holds the root file system (/) and /boot/efi");
	assert_string_equal(device_at(host, "0000:00:19.0")->blocked, "carries the network (enp0s25)");
	assert_true(device_at(host, "0000:00:01.0")->bridge);
	assert_int_equal(host->uses->len, 7);
}

#define reference_test(name) cmocka_unit_test_setup_teardown(name, reference_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_machine),   reference_test(reference_processor_and_firmware),
		reference_test(reference_system),  reference_test(reference_packages),
		reference_test(reference_devices),
	};

	/* The machines are some 50000 files: in memory they take seconds, on a disk up to a minute. */
	if (access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", FALSE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
