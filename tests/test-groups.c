/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-groups.c - verdicts on IOMMU groups, and what goes along with a chosen device */
#include "config.h"

#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct vp_device *add(GPtrArray *devices, const char *address, unsigned class, const char *kind,
			     int group)
{
	struct vp_device *device = g_new0(struct vp_device, 1);

	device->address = g_strdup(address);
	assert_int_equal(sscanf(address, "%x:%x:%x.%x", &device->domain, &device->bus, &device->slot,
				&device->function),
			 4);
	device->class_code = class << 8;
	device->kind = g_strdup(kind);
	device->group = group;
	device->bridge = class == 0x0604;
	if (vp_device_is_wiring(device))
		device->blocked = g_strdup("is part of this computer's own wiring");
	g_ptr_array_add(devices, device);
	return device;
}

static GPtrArray *devices_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)vp_device_free);
}

static void expect(const GPtrArray *devices, int number, enum vp_verdict verdict, const char *reason)
{
	g_autoptr(GPtrArray) groups = vp_groups_build(devices);

	for (guint i = 0; i < groups->len; i++) {
		const struct vp_group *group = g_ptr_array_index(groups, i);

		if (group->number != number)
			continue;
		assert_string_equal(group->reason, reason);
		assert_int_equal(group->verdict, verdict);
		return;
	}
	fail_msg("there is no group %d", number);
}

static void expect_companions(const GPtrArray *devices, guint which, const char *addresses)
{
	g_autoptr(GPtrArray) together = vp_group_companions(devices, g_ptr_array_index(devices, which));
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; i < together->len; i++) {
		const struct vp_device *device = g_ptr_array_index(together, i);

		g_string_append_printf(list, "%s%s", i ? " " : "", device->address);
	}
	assert_string_equal(list->str, addresses);
}

/* The bridge above the card is in its group and counts neither for nor against it. */
static void a_card_goes_as_a_whole(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:00:01.0", 0x0604, "PCI bridge", 1);
	add(devices, "0000:01:00.0", 0x0300, "Graphics card", 1);
	add(devices, "0000:01:00.1", 0x0403, "Sound", 1);
	expect(devices, 1, VP_WHOLE, "Can go to the machine as a whole");
	expect_companions(devices, 1, "0000:01:00.0 0000:01:00.1");
	expect_companions(devices, 2, "0000:01:00.0 0000:01:00.1");
}

static void two_cards_share(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:01:00.0", 0x0300, "Graphics card", 3);
	add(devices, "0000:02:00.0", 0x0c03, "USB controller", 3);
	expect(devices, 3, VP_SHARED, "Goes together: graphics card 01:00.0 and USB controller 02:00.0");
	expect_companions(devices, 1, "0000:01:00.0 0000:02:00.0");
}

static void long_lists_are_counted(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	for (int i = 0; i < 9; i++) {
		g_autofree char *address = g_strdup_printf("10000:e%d:00.0", i);

		add(devices, address, 0x0108, "NVMe drive", 3);
	}
	expect(devices, 3, VP_SHARED,
	       "Goes together: NVMe drive 10000:e0:00.0, NVMe drive 10000:e1:00.0, NVMe drive 10000:e2:00.0, "
	       "NVMe drive 10000:e3:00.0 and 5 more");
}

static void one_that_stays_keeps_its_group(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();
	struct vp_device *disk;

	add(devices, "0000:00:1f.0", 0x0601, "ISA bridge", 12);
	disk = add(devices, "0000:00:1f.2", 0x0106, "SATA controller", 12);
	add(devices, "0000:00:1f.3", 0x0c05, "SMBus", 12);
	expect(devices, 12, VP_KEEP, "Stays: 00:1f.0 is part of this computer's own wiring");
	/* What a person knows is named before what is merely wiring. */
	disk->blocked = g_strdup("holds the root file system (/)");
	expect(devices, 12, VP_KEEP, "Stays: 00:1f.2 holds the root file system (/)");
}

static void bridges_alone_are_nothing_to_give(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:00:00.0", 0x0600, "Host bridge", 0);
	add(devices, "0000:00:18.3", 0x0600, "Host bridge", 5)->driver = g_strdup("k10temp");
	add(devices, "0000:00:1c.0", 0x0604, "PCI bridge", 6);
	expect(devices, 0, VP_EMPTY, "Only bridges: nothing to give away");
	expect(devices, 5, VP_EMPTY, "Only bridges: nothing to give away");
	expect(devices, 6, VP_EMPTY, "Only bridges: nothing to give away");
}

/* The dummy host bridge beside the root port of many Ryzen boards: no driver, so VFIO can have the rest. */
static void a_host_bridge_without_driver_does_not_count(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();
	struct vp_device *host_bridge = add(devices, "0000:00:01.0", 0x0600, "Host bridge", 1);

	add(devices, "0000:00:01.1", 0x0604, "PCI bridge", 1);
	add(devices, "0000:07:00.0", 0x0300, "Graphics card", 1);
	expect(devices, 1, VP_WHOLE, "Can go to the machine as a whole");
	expect_companions(devices, 2, "0000:07:00.0");
	add(devices, "0000:00:00.2", 0x0880, "System device", 1)->driver = g_strdup("pcieport");
	expect(devices, 1, VP_WHOLE, "Can go to the machine as a whole");
	host_bridge->driver = g_strdup("skl_uncore");
	expect(devices, 1, VP_KEEP, "Stays: 00:01.0 is part of this computer's own wiring");
}

/* The memory function beside a chipset's USB controller; alone it stays. */
static void memory_without_driver_does_not_count(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:00:14.0", 0x0c03, "USB controller", 4);
	add(devices, "0000:00:14.2", 0x0500, "Memory", 4);
	add(devices, "0000:00:15.2", 0x0500, "Memory", 5);
	expect(devices, 4, VP_WHOLE, "Can go to the machine as a whole");
	expect_companions(devices, 0, "0000:00:14.0");
	expect(devices, 5, VP_KEEP, "Stays: 00:15.2 is part of this computer's own wiring");
}

static void groups_come_by_number(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();
	g_autoptr(GPtrArray) groups = NULL;
	const int numbers[] = {300, 2, 0, 41, 2};

	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autofree char *address = g_strdup_printf("0000:0%u:00.0", i);

		add(devices, address, 0x0200, "Network card", numbers[i]);
	}
	add(devices, "0000:09:00.0", 0x0200, "Network card", -1);
	groups = vp_groups_build(devices);
	assert_int_equal(groups->len, 4);
	assert_int_equal(((struct vp_group *)g_ptr_array_index(groups, 0))->number, 0);
	assert_int_equal(((struct vp_group *)g_ptr_array_index(groups, 1))->number, 2);
	assert_int_equal(((struct vp_group *)g_ptr_array_index(groups, 1))->devices->len, 2);
	assert_int_equal(((struct vp_group *)g_ptr_array_index(groups, 3))->number, 300);
}

static void without_groups_the_slot_decides(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:01:00.0", 0x0300, "Graphics card", -1);
	add(devices, "0000:01:00.1", 0x0403, "Sound", -1);
	add(devices, "0000:02:00.0", 0x0c03, "USB controller", -1);
	add(devices, "0001:01:00.0", 0x0200, "Network card", -1);
	expect_companions(devices, 0, "0000:01:00.0 0000:01:00.1");
	expect_companions(devices, 3, "0001:01:00.0");
}

/* An APU: its graphics must not drag the USB controller of the host along, but does take its sound. */
static void functions_with_groups_of_their_own_stay(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:06:00.0", 0x0300, "Graphics card", 10);
	add(devices, "0000:06:00.1", 0x0403, "Sound", 11);
	add(devices, "0000:06:00.3", 0x0c03, "USB controller", 12);
	expect_companions(devices, 0, "0000:06:00.0 0000:06:00.1");
	expect_companions(devices, 1, "0000:06:00.1");
	expect_companions(devices, 2, "0000:06:00.3");
}

/* The sound has a group of its own, and that group has a third member: it has to come as well. */
static void companions_bring_their_own(void **state)
{
	g_autoptr(GPtrArray) devices = devices_new();

	add(devices, "0000:01:00.0", 0x0300, "Graphics card", 1);
	add(devices, "0000:01:00.1", 0x0403, "Sound", 2);
	add(devices, "0000:02:00.0", 0x0108, "NVMe drive", 2);
	expect_companions(devices, 0, "0000:01:00.0 0000:01:00.1 0000:02:00.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_goes_as_a_whole),
		cmocka_unit_test(two_cards_share),
		cmocka_unit_test(long_lists_are_counted),
		cmocka_unit_test(one_that_stays_keeps_its_group),
		cmocka_unit_test(bridges_alone_are_nothing_to_give),
		cmocka_unit_test(a_host_bridge_without_driver_does_not_count),
		cmocka_unit_test(memory_without_driver_does_not_count),
		cmocka_unit_test(groups_come_by_number),
		cmocka_unit_test(without_groups_the_slot_decides),
		cmocka_unit_test(functions_with_groups_of_their_own_stay),
		cmocka_unit_test(companions_bring_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
