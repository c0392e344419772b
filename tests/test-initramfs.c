/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-initramfs.c - each initramfs tool: what its configuration gets for each way of binding, and how it goes again */
#include "config.h"

#include "address_binder.h"
#include "initramfs.h"
#include "machine_tree.h"
#include "module_conf.h"

static int setup(void **state)
{
	int made = computer_setup(state);
	struct computer *computer = *state;

	computer_cards(computer->tree, "10DE:1C03");
	computer_start(computer);
	return made;
}

static void use_tool(struct computer *computer, const char *id)
{
	g_free(computer->session->host->initramfs.value);
	computer->session->host->initramfs.value = g_strdup(id);
}

static struct vp_plan *plan_for(struct computer *computer, enum vp_binding method)
{
	struct vp_plan *plan = vp_plan_empty();
	g_autoptr(GError) error = NULL;

	if (!vp_initramfs_plan(computer->session, plan, method, &error))
		fail_msg("%s", error->message);
	return plan;
}

static void assert_command(const struct vp_plan *plan, const char *first, const char *line)
{
	const struct vp_change *change = plan_find(plan, first);
	g_autofree char *command = change ? vp_change_command(change) : NULL;

	assert_non_null(change);
	assert_string_equal(command, line);
}

/* Carries out the files of a plan, as apply would. */
static void carry_out(struct computer *computer, const struct vp_plan *plan)
{
	g_autoptr(GError) error = NULL;

	if (!vp_plan_apply(computer->session, plan, NULL, NULL, &error))
		fail_msg("%s", error->message);
}

static void assert_text(const struct vp_plan *plan, const char *path, const char *expected)
{
	const struct vp_change *change = plan_find(plan, path);
	g_autofree char *text = change && change->after ? change_after(change) : NULL;

	if (!change)
		fail_msg("nothing is done to %s", path);
	assert_string_equal(text, expected);
}

/* ---- dracut --------------------------------------------------------------------------------------------------- */

#define DRIVERS                                                                                              \
	"# Written by virt-passthrough; changes here are lost.\nforce_drivers+=\" vfio_pci vfio "            \
	"vfio_iommu_type1 \"\n"

static void dracut_gets_a_file_of_our_own(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) by_line = NULL, by_file = NULL, by_address = NULL, none = NULL;

	use_tool(computer, "dracut");
	by_line = plan_for(computer, VP_BINDING_COMMAND_LINE);
	assert_text(by_line, VP_DRACUT_FILE, DRIVERS);
	assert_command(by_line, "dracut", "dracut --regenerate-all --force");
	by_file = plan_for(computer, VP_BINDING_MODPROBE);
	assert_text(by_file, VP_DRACUT_FILE, DRIVERS "install_items+=\" " VP_MODPROBE_FILE " \"\n");
	tree_put(computer->tree, "/usr/bin/dracut-rebuild", "#!/bin/sh\n");
	by_address = plan_for(computer, VP_BINDING_ADDRESS);
	assert_text(by_address, VP_DRACUT_FILE,
		    DRIVERS "install_items+=\" " VP_MODPROBE_FILE " " VP_BINDER_PATH " \"\n");
	assert_command(by_address, "dracut-rebuild", "dracut-rebuild");

	carry_out(computer, by_address);
	none = plan_for(computer, VP_BINDING_NONE);
	assert_int_equal(plan_find(none, VP_DRACUT_FILE)->kind, VP_REMOVE);
	assert_command(none, "dracut-rebuild", "dracut-rebuild");
}

static void dracut_s_early_drivers_are_seen(void **state)
{
	struct computer *computer = *state;
	struct vp_device device = {.driver = "nvidia"};
	g_autoptr(GPtrArray) devices = g_ptr_array_new();
	g_autofree char *early = NULL, *none = NULL;

	use_tool(computer, "dracut");
	g_ptr_array_add(devices, &device);
	tree_put(computer->tree, "/etc/dracut.conf.d/a.conf",
		 "# force_drivers+=\" nvidia \"\nadd_drivers+=\" nvidia \"\n");
	none = vp_initramfs_early_driver(computer->session, devices);
	assert_null(none);
	tree_put(computer->tree, "/etc/dracut.conf.d/b.conf", "force_drivers+=\" nvidia nvidia_drm \"\n");
	early = vp_initramfs_early_driver(computer->session, devices);
	assert_string_equal(early, "nvidia");
}

/* ---- initramfs-tools ------------------------------------------------------------------------------------------ */

#define MODULES "/etc/initramfs-tools/modules"
#define HOOK "/etc/initramfs-tools/hooks/virt-passthrough"

static void initramfs_tools_get_a_block_and_a_hook(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL, by_line = NULL, none = NULL;

	use_tool(computer, "initramfs-tools");
	tree_put(computer->tree, MODULES, "# early\nloop\n");
	tree_put(computer->tree, "/boot/initrd.img-6.1", "image");
	plan = plan_for(computer, VP_BINDING_ADDRESS);
	assert_text(plan, MODULES,
		    "# early\n# virt-passthrough: these lines are its own\nvfio_pci\nvfio\nvfio_iommu_type1\n"
		    "# virt-passthrough: end\nloop\n");
	assert_int_equal(plan_find(plan, HOOK)->mode, 0755);
	assert_command(plan, "update-initramfs", "update-initramfs -u -k all");
	assert_string_equal(plan_find(plan, "update-initramfs")->keeps[0], "/boot/initrd.img-6.1");

	carry_out(computer, plan);
	by_line = plan_for(computer, VP_BINDING_COMMAND_LINE);
	assert_int_equal(plan_find(by_line, HOOK)->kind, VP_REMOVE);
	assert_null(plan_find(by_line, MODULES));
	none = plan_for(computer, VP_BINDING_NONE);
	assert_text(none, MODULES, "# early\nloop\n");
}

/* ---- booster -------------------------------------------------------------------------------------------------- */

static void booster_gets_a_list(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL, none = NULL, refused = vp_plan_empty();
	g_autoptr(GError) error = NULL;

	use_tool(computer, "booster");
	plan = plan_for(computer, VP_BINDING_MODPROBE);
	assert_text(plan, "/etc/booster.yaml",
		    "# Added by virt-passthrough\nmodules_force_load: vfio_pci,vfio,vfio_iommu_type1\n");
	assert_command(plan, "/usr/lib/booster/regenerate_images", "/usr/lib/booster/regenerate_images");
	carry_out(computer, plan);
	none = plan_for(computer, VP_BINDING_NONE);
	assert_text(none, "/etc/booster.yaml", "");

	assert_false(vp_initramfs_plan(computer->session, refused, VP_BINDING_ADDRESS, &error));
	assert_int_equal(error->code, VP_ERROR_CANNOT);
	assert_non_null(strstr(error->message, "use mkinitcpio or dracut instead"));
}

static void what_somebody_else_put_in_stays(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) booster = NULL, mkinitcpio = NULL;

	use_tool(computer, "booster");
	tree_put(computer->tree, "/etc/booster.yaml", "modules_force_load: vfio_pci\n");
	booster = plan_for(computer, VP_BINDING_NONE);
	assert_int_equal(booster->changes->len, 0);
	use_tool(computer, "mkinitcpio");
	tree_put(computer->tree, "/etc/mkinitcpio.conf", "MODULES=(vfio_pci vfio)\nHOOKS=(base)\n");
	mkinitcpio = plan_for(computer, VP_BINDING_NONE);
	assert_int_equal(mkinitcpio->changes->len, 0);
}

/* ---- mkinitcpio ----------------------------------------------------------------------------------------------- */

static void mkinitcpio_gets_the_script_and_gives_it_back(void **state)
{
	static const char first[] = "MODULES=(btrfs)\nFILES=(/etc/crypttab)\nHOOKS=(base udev modconf)\n";
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL, none = NULL;

	tree_put(computer->tree, "/etc/mkinitcpio.conf", first);
	plan = plan_for(computer, VP_BINDING_ADDRESS);
	assert_text(plan, "/etc/mkinitcpio.conf",
		    "MODULES=(vfio_pci vfio vfio_iommu_type1 btrfs)\nFILES=(/etc/crypttab " VP_BINDER_PATH
		    ")\nHOOKS=(base udev modconf)\n");
	carry_out(computer, plan);
	none = plan_for(computer, VP_BINDING_NONE);
	assert_text(none, "/etc/mkinitcpio.conf", first);
	assert_command(none, "mkinitcpio", "mkinitcpio -P");
}

/* ---- no tool -------------------------------------------------------------------------------------------------- */

static void nothing_to_bind_needs_no_tool(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL, refused = vp_plan_empty();
	g_autoptr(GError) error = NULL;

	use_tool(computer, NULL);
	plan = plan_for(computer, VP_BINDING_NONE);
	assert_int_equal(plan->changes->len, 0);
	assert_false(vp_initramfs_plan(computer->session, refused, VP_BINDING_COMMAND_LINE, &error));
	assert_non_null(strstr(error->message, "by hand, have vfio_pci"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dracut_gets_a_file_of_our_own, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(dracut_s_early_drivers_are_seen, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(initramfs_tools_get_a_block_and_a_hook, setup,
						computer_teardown),
		cmocka_unit_test_setup_teardown(booster_gets_a_list, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(what_somebody_else_put_in_stays, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(mkinitcpio_gets_the_script_and_gives_it_back, setup,
						computer_teardown),
		cmocka_unit_test_setup_teardown(nothing_to_bind_needs_no_tool, setup, computer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
