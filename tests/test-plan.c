/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-plan.c - what the plan makes of answers and files: boot loaders, initramfs, binding */
#include "config.h"

#include "machine_tree.h"

#define CARD "\"devices\":[\"0000:01:00.0\",\"0000:01:00.1\"]"
#define IDS "vfio-pci.ids=1002:67df,1002:aaf0"
#define NO_PACKAGES "\"packages\":false,\"services\":false"

static struct vp_plan *plan_for(struct computer *computer, const char *json)
{
	g_autoptr(GError) error = NULL;
	struct vp_plan *plan;

	computer_start(computer);
	computer_answer(computer, json);
	plan = vp_plan_new(computer->session, &error);
	assert_null(error);
	return plan;
}

static void writes(const struct vp_plan *plan, const char *path, const char *content)
{
	const struct vp_change *change = plan_find(plan, path);
	g_autofree char *after = NULL;

	if (!change)
		fail_msg("%s is not changed", path);
	after = change_after(change);
	assert_string_equal(after, content);
}

static void runs(const struct vp_plan *plan, const char *command)
{
	g_auto(GStrv) argv = g_strsplit(command, " ", -1);
	const struct vp_change *change = plan_find(plan, argv[0]);

	if (!change)
		fail_msg("%s is not run", command);
	assert_true(g_strv_equal((const char *const *)change->argv, (const char *const *)argv));
}

static void refuses(const struct vp_plan *plan, const char *why, bool blocks)
{
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = g_ptr_array_index(plan->refused, i);

		if (strstr(refusal->why, why)) {
			assert_int_equal(refusal->blocks, blocks);
			return;
		}
	}
	fail_msg("nothing is refused because \"%s\"", why);
}

static size_t files_changed(const struct vp_plan *plan)
{
	size_t count = 0;

	for (guint i = 0; i < plan->changes->len; i++)
		count += ((struct vp_change *)g_ptr_array_index(plan->changes, i))->path != NULL;
	return count;
}

/* ---- where the kernel's words go ------------------------------------------------------------------------------ */

static void test_grub(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	writes(plan, "/etc/default/grub",
	       "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt " IDS "\"\nGRUB_CMDLINE_LINUX=\"\"\n");
	runs(plan, "grub-mkconfig -o /boot/grub/grub.cfg");
	assert_true(plan->needs_reboot);
	assert_int_equal(plan->refused->len, 0);
}

/* A word is changed where its owner keeps it, and not written a second time in the other variable. */
static void test_grub_other_variable(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	tree_put(computer->tree, "/etc/default/grub",
		 "GRUB_CMDLINE_LINUX_DEFAULT='quiet'\nGRUB_CMDLINE_LINUX=\"intel_iommu=off cryptdevice=UUID=2:root\"\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	writes(plan, "/etc/default/grub",
	       "GRUB_CMDLINE_LINUX_DEFAULT='quiet iommu=pt'\n"
	       "GRUB_CMDLINE_LINUX=\"intel_iommu=on cryptdevice=UUID=2:root\"\n");
}

static void test_grub_drop_in(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	tree_put(computer->tree, "/etc/default/grub.d/50-cloud.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"console=ttyS0\"\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	assert_null(plan_find(plan, "/etc/default/grub.d/50-cloud.cfg"));
	g_clear_pointer(&plan, vp_plan_free);
	tree_put(computer->tree, "/usr/sbin/grub-mkconfig", "#!/bin/sh\nfor x in ${sysconfdir}/default/grub.d/*.cfg ; do\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	writes(plan, "/etc/default/grub.d/50-cloud.cfg",
	       "GRUB_CMDLINE_LINUX_DEFAULT=\"console=ttyS0 intel_iommu=on iommu=pt\"\n");
	assert_null(plan_find(plan, "/etc/default/grub"));
}

static void test_update_grub(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	tree_put(computer->tree, "/usr/bin/update-grub", "#!/bin/sh\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	runs(plan, "update-grub");
}

static void test_menu_is_shown_and_entry_added(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	const struct vp_change *script;

	tree_put(computer->tree, "/etc/default/grub",
		 "GRUB_TIMEOUT=0\nGRUB_TIMEOUT_STYLE=hidden\nGRUB_CMDLINE_LINUX_DEFAULT='quiet'\n");
	computer_cards(computer->tree, "10DE:1C03");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	writes(plan, "/etc/default/grub",
	       "GRUB_TIMEOUT=5\nGRUB_TIMEOUT_STYLE=menu\nGRUB_CMDLINE_LINUX_DEFAULT='quiet iommu=pt " IDS "'\n");
	script = plan_find(plan, "/etc/grub.d/42_virt-passthrough");
	assert_non_null(script);
	assert_int_equal(script->mode, 0755);
}

/* Other boot loaders: no grub.cfg, and the files that speak for them. */
static void not_grub(const struct computer *computer)
{
	vp_root_remove(computer->tree->root, "/boot/grub/grub.cfg", NULL);
	vp_root_remove(computer->tree->root, "/etc/default/grub", NULL);
	tree_put(computer->tree, "/proc/cmdline", "root=UUID=1 rw quiet\n");
}

static void test_systemd_boot(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	not_grub(computer);
	tree_put(computer->tree, "/boot/loader/loader.conf", "default arch.conf\n");
	tree_put(computer->tree, "/boot/loader/entries/arch.conf", "title Arch\nlinux /vmlinuz\noptions root=UUID=1 rw\n");
	tree_put(computer->tree, "/boot/loader/entries/arch-lts.conf",
		 "title LTS\nlinux /vmlinuz-lts\noptions root=UUID=1 rw\n");
	tree_put(computer->tree, "/boot/loader/entries/other.conf", "title Other\nlinux /other\noptions root=UUID=9 rw\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	writes(plan, "/boot/loader/entries/arch.conf",
	       "title Arch\nlinux /vmlinuz\noptions root=UUID=1 rw intel_iommu=on iommu=pt\n");
	writes(plan, "/boot/loader/entries/arch-lts.conf",
	       "title LTS\nlinux /vmlinuz-lts\noptions root=UUID=1 rw intel_iommu=on iommu=pt\n");
	assert_null(plan_find(plan, "/boot/loader/entries/other.conf"));
}

static void test_refind(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	not_grub(computer);
	tree_put(computer->tree, "/boot/refind_linux.conf",
		 "\"Boot normally\" \"root=UUID=1 rw\"\n\"Boot single\" \"root=UUID=1 rw single\"\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	writes(plan, "/boot/refind_linux.conf",
	       "\"Boot normally\" \"root=UUID=1 rw intel_iommu=on iommu=pt\"\n"
	       "\"Boot single\" \"root=UUID=1 rw single intel_iommu=on iommu=pt\"\n");
}

static void test_sdboot_manage(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	not_grub(computer);
	tree_put(computer->tree, "/etc/sdboot-manage.conf", "LINUX_OPTIONS=\"quiet\"\n");
	tree_put(computer->tree, "/usr/bin/sdboot-manage", "#!/bin/sh\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	writes(plan, "/etc/sdboot-manage.conf", "LINUX_OPTIONS=\"quiet intel_iommu=on iommu=pt\"\n");
	runs(plan, "sdboot-manage gen");
}

/* Fedora's entries belong to a command, which is asked for just the words that differ. */
static void test_grubby(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	const struct vp_change *run;

	not_grub(computer);
	tree_put(computer->tree, "/boot/loader/entries/fedora.conf",
		 "title Fedora\nlinux /vmlinuz\noptions root=UUID=1 ro quiet intel_iommu=off\n");
	plan = plan_for(computer, "{\"kernel\":{\"boot_loader\":\"grub-bls\"}," NO_PACKAGES "}");
	run = plan_find(plan, "grubby");
	assert_non_null(run);
	assert_string_equal(run->argv[1], "--update-kernel=ALL");
	assert_string_equal(run->argv[2], "--remove-args=intel_iommu=off");
	assert_string_equal(run->argv[3], "--args=intel_iommu=on iommu=pt");
	assert_string_equal(run->undo_argv[2], "--remove-args=intel_iommu=on iommu=pt");
	assert_string_equal(run->undo_argv[3], "--args=intel_iommu=off");
	assert_int_equal(files_changed(plan), 0);
}

/* Files of two loaders and no evidence which of them ran: the person decides. */
static void test_loader_by_hand(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	not_grub(computer);
	tree_folder(computer->tree, "/sys/firmware/efi"); /* without UEFI it could not be rEFInd */
	tree_put(computer->tree, "/boot/refind_linux.conf", "\"Boot\" \"root=UUID=1 rw quiet\"\n");
	tree_put(computer->tree, "/boot/limine.conf", "/Linux\n    protocol: linux\n    cmdline: root=UUID=1 rw quiet\n");
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	assert_int_equal(files_changed(plan), 0);
	refuses(plan, "by hand, add: intel_iommu=on iommu=pt", false);
	g_clear_pointer(&plan, vp_plan_free);
	plan = plan_for(computer, "{\"kernel\":{\"boot_loader\":\"limine\"}," NO_PACKAGES "}");
	writes(plan, "/boot/limine.conf",
	       "/Linux\n    protocol: linux\n    cmdline: root=UUID=1 rw quiet intel_iommu=on iommu=pt\n");
	assert_null(plan_find(plan, "/boot/refind_linux.conf"));
}

/* Two loaders of which neither is proven: nothing is changed, and the words are given. */
static void test_unknown_loader(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	not_grub(computer);
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	refuses(plan, "by hand, add: intel_iommu=on iommu=pt", false);
	assert_int_equal(files_changed(plan), 0);
}

/* ---- what the kernel is asked ------------------------------------------------------------------------------------ */

static void test_groups_there_nothing_asked(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	plan = plan_for(computer, "{\"kernel\":{\"passthrough_mode\":false}," NO_PACKAGES "}");
	assert_int_equal(files_changed(plan), 0);
}

/* Typed once at the boot menu: the groups are there, but only until the next start. */
static void test_one_time_word_is_written(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	tree_put(computer->tree, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz root=UUID=1 rw quiet intel_iommu=on\n");
	plan = plan_for(computer, "{\"kernel\":{\"passthrough_mode\":false}," NO_PACKAGES "}");
	writes(plan, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\nGRUB_CMDLINE_LINUX=\"\"\n");
}

static void test_no_firmware_no_word(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	vp_root_remove(computer->tree->root, "/sys/firmware/acpi/tables/DMAR", NULL);
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	assert_int_equal(files_changed(plan), 0);
}

static void test_own_words(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	plan = plan_for(computer, "{\"kernel\":{\"iommu\":false,\"add\":[\"nosmt\"],\"remove\":[\"quiet\"]}," NO_PACKAGES "}");
	writes(plan, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"nosmt\"\nGRUB_CMDLINE_LINUX=\"\"\n");
}

/* Each part fits, the whole does not: the boot loader's own words count. */
static void test_too_long_together(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	g_autofree char *filler = g_strnfill(1000, 'x');
	g_autofree char *grub = g_strdup_printf("GRUB_CMDLINE_LINUX_DEFAULT=\"a=%s\"\nGRUB_CMDLINE_LINUX=\"b=%s\"\n", filler, filler);

	tree_put(computer->tree, "/etc/default/grub", grub);
	plan = plan_for(computer, "{" NO_PACKAGES "}");
	refuses(plan, "the kernel reads 2047", true);
}

/* ---- binding -------------------------------------------------------------------------------------------------------- */

static void test_twin_that_stays(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	g_autofree char *script = NULL;

	computer_cards(computer->tree, "1002:67DF");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	writes(plan, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\nGRUB_CMDLINE_LINUX=\"\"\n");
	assert_non_null(plan_find(plan, "/etc/virt-passthrough/bind-by-address"));
	script = change_after(plan_find(plan, "/etc/virt-passthrough/bind-by-address"));
	assert_non_null(strstr(script, "same 0000:01:00.0 vendor 0x1002 device 0x67df subsystem_vendor 0x1458 subsystem_device 0x22f7"));
	assert_non_null(strstr(script, "same 0000:01:00.1 vendor 0x1002 device 0xaaf0"));
	assert_null(strstr(script, "0000:02:00.0"));
}

static void test_twin_by_id_is_refused(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	g_autoptr(GError) error = NULL;

	computer_cards(computer->tree, "1002:67DF");
	plan = plan_for(computer, "{" CARD ",\"binding\":\"command-line\"," NO_PACKAGES "}");
	refuses(plan, "0000:02:00.0 stays and has the same id", true);
	assert_false(vp_plan_apply(computer->session, plan, NULL, NULL, &error));
	assert_non_null(strstr(error->message, "nothing was changed"));
}

static void test_early_driver(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	g_autofree char *modprobe = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	tree_put(computer->tree, "/etc/mkinitcpio.conf", "MODULES=(amdgpu)\nHOOKS=(base udev kms block filesystems)\n");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	writes(plan, "/etc/mkinitcpio.conf",
	       "MODULES=(vfio_pci vfio vfio_iommu_type1 amdgpu)\nHOOKS=(base modconf udev kms block filesystems)\n");
	assert_non_null(plan_find(plan, "/etc/modprobe.d/virt-passthrough.conf"));
	modprobe = change_after(plan_find(plan, "/etc/modprobe.d/virt-passthrough.conf"));
	assert_non_null(strstr(modprobe, "options vfio-pci ids=1002:67df,1002:aaf0\n"));
	assert_non_null(strstr(modprobe, "softdep amdgpu pre: vfio-pci\n"));
	writes(plan, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\nGRUB_CMDLINE_LINUX=\"\"\n");
}

/* A drop-in that sets MODULES has the last word; one that adds to it does not. */
static void test_mkinitcpio_drop_ins(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	tree_put(computer->tree, "/etc/mkinitcpio.conf.d/10-sets.conf", "MODULES=(btrfs)\n");
	tree_put(computer->tree, "/etc/mkinitcpio.conf.d/20-adds.conf", "MODULES+=(crc32c)\n");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	writes(plan, "/etc/mkinitcpio.conf.d/10-sets.conf", "MODULES=(vfio_pci vfio vfio_iommu_type1 btrfs)\n");
	assert_null(plan_find(plan, "/etc/mkinitcpio.conf.d/20-adds.conf"));
	assert_int_equal(plan->refused->len, 0);
	g_clear_pointer(&plan, vp_plan_free);
	/* mkinitcpio does not read drop-ins for a preset that names its configuration. */
	tree_put(computer->tree, "/etc/mkinitcpio.d/linux.preset",
		 "ALL_config=\"/etc/mkinitcpio.conf\"\nPRESETS=('default')\ndefault_image=\"/boot/initramfs-linux.img\"\n");
	plan = plan_for(computer, "{" CARD "," NO_PACKAGES "}");
	assert_null(plan_find(plan, "/etc/mkinitcpio.conf.d/10-sets.conf"));
	assert_non_null(plan_find(plan, "/etc/mkinitcpio.conf"));
}

static void test_usb_alone_needs_nothing(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	plan = plan_for(computer, "{\"devices\":[\"0000:03:00.0\"],\"kernel\":{\"passthrough_mode\":false}," NO_PACKAGES "}");
	assert_int_equal(files_changed(plan), 0);
	assert_int_equal(plan->refused->len, 0);
}

static void test_part_of_a_group_is_refused(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	plan = plan_for(computer, "{\"devices\":[\"0000:01:00.0\"]," NO_PACKAGES "}");
	refuses(plan, "0000:01:00.1 (Sound) must go with it", true);
}

/* ---- the same again --------------------------------------------------------------------------------------------------- */

static void test_same_answers_same_plan(void **state)
{
	struct computer *computer = *state;
	g_autofree char *first = NULL, *second = NULL, *other = NULL;
	g_autoptr(vp_plan) changed = NULL;

	computer_cards(computer->tree, "10DE:1C03");
	for (int i = 0; i < 2; i++) {
		g_autoptr(vp_plan) plan = plan_for(computer, "{" CARD "}");

		*(i ? &second : &first) = vp_plan_digest(plan);
	}
	assert_string_equal(first, second);
	assert_true(vp_answer_set(computer->session, "machine.memory_mib", "4096", NULL));
	changed = vp_plan_new(computer->session, NULL);
	other = vp_plan_digest(changed);
	assert_string_not_equal(first, other);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, computer_setup, computer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_grub),
		CASE(test_grub_other_variable),
		CASE(test_grub_drop_in),
		CASE(test_update_grub),
		CASE(test_menu_is_shown_and_entry_added),
		CASE(test_systemd_boot),
		CASE(test_refind),
		CASE(test_sdboot_manage),
		CASE(test_grubby),
		CASE(test_loader_by_hand),
		CASE(test_unknown_loader),
		CASE(test_groups_there_nothing_asked),
		CASE(test_one_time_word_is_written),
		CASE(test_no_firmware_no_word),
		CASE(test_own_words),
		CASE(test_too_long_together),
		CASE(test_twin_that_stays),
		CASE(test_twin_by_id_is_refused),
		CASE(test_early_driver),
		CASE(test_mkinitcpio_drop_ins),
		CASE(test_usb_alone_needs_nothing),
		CASE(test_part_of_a_group_is_refused),
		CASE(test_same_answers_same_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
