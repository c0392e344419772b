/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups.c - what may be given away together: pure, on an array of devices
 *
 * A group can be used when each of its functions is unbound or held by vfio, pci-stub or pcieport
 * (iommu_group_claim_dma_owner() in drivers/iommu/iommu.c and the drivers with driver_managed_dma). Bridges
 * therefore never count, and neither do the parts of the computer's wiring that no driver holds.
 */
#include "config.h"

#include "host.h"

#include <string.h>

/* How many devices a sentence names before it only counts. */
#define NAMED 4

void vp_group_free(struct vp_group *group)
{
	if (!group)
		return;
	g_ptr_array_unref(group->devices);
	g_free(group->reason);
	g_free(group);
}

static bool is_host_bridge(const struct vp_device *device)
{
	return device->class_code >> 8 == 0x0600;
}

/* Drivers that leave a group to VFIO: its own, and those that say driver_managed_dma. */
static bool leaves_group(const char *driver)
{
	return !driver || !strcmp(driver, "pcieport") || !strcmp(driver, "pci-stub") ||
	       g_str_has_prefix(driver, "vfio");
}

/* Host bridges, memory and system devices stay where they are and need nothing while no driver works on them. */
static bool never_counts(const struct vp_device *device)
{
	unsigned family = device->class_code >> 16;
	bool passive =
		is_host_bridge(device) || family == 0x05 || (family == 0x08 && vp_device_is_wiring(device));

	return device->bridge || (passive && leaves_group(device->driver));
}

/* ---- words -------------------------------------------------------------------------------------------------- */

/* "01:00.0": the domain is named only where it is not the usual one. */
static const char *short_address(const struct vp_device *device)
{
	return device->domain == 0 ? strchr(device->address, ':') + 1 : device->address;
}

/* "Graphics card" within a sentence; "USB controller" stays as it is. */
static char *kind_inside(const struct vp_device *device)
{
	char *kind = g_strdup(device->kind);

	if (g_ascii_islower(kind[0]) || !g_ascii_islower(kind[1]))
		return kind;
	kind[0] = g_ascii_tolower(kind[0]);
	return kind;
}

/* "Goes together: graphics card 01:00.0, USB controller 02:00.0 and 3 more" */
static char *tell_shared(const GPtrArray *endpoints)
{
	GString *text = g_string_new("Goes together: ");
	guint named = endpoints->len > NAMED + 1 ? NAMED : endpoints->len;

	for (guint i = 0; i < named; i++) {
		const struct vp_device *device = g_ptr_array_index(endpoints, i);
		g_autofree char *kind = kind_inside(device);
		const char *between = i == 0 ? "" : i + 1 == endpoints->len ? " and " : ", ";

		g_string_append_printf(text, "%s%s %s", between, kind, short_address(device));
	}
	if (named < endpoints->len)
		g_string_append_printf(text, " and %u more", endpoints->len - named);
	return g_string_free(text, FALSE);
}

/* ---- verdicts ----------------------------------------------------------------------------------------------- */

/* The one to name: what holds a disk or the network tells more than a part of the wiring. */
static const struct vp_device *find_keeper(const GPtrArray *devices)
{
	const struct vp_device *keeper = NULL;

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->bridge || !device->blocked)
			continue;
		if (!keeper || (vp_device_is_wiring(keeper) && !vp_device_is_wiring(device)))
			keeper = device;
	}
	return keeper;
}

static bool only_bridges(const GPtrArray *devices)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (!device->bridge && !is_host_bridge(device))
			return false;
	}
	return true;
}

static GPtrArray *endpoints_of(const GPtrArray *devices)
{
	GPtrArray *endpoints = g_ptr_array_new();

	for (guint i = 0; i < devices->len; i++) {
		struct vp_device *device = g_ptr_array_index(devices, i);

		if (!never_counts(device))
			g_ptr_array_add(endpoints, device);
	}
	return endpoints;
}

static bool one_card(const GPtrArray *endpoints)
{
	for (guint i = 1; i < endpoints->len; i++)
		if (!vp_device_same_card(g_ptr_array_index(endpoints, 0), g_ptr_array_index(endpoints, i)))
			return false;
	return true;
}

static void judge(struct vp_group *group)
{
	g_autoptr(GPtrArray) endpoints = endpoints_of(group->devices);
	const struct vp_device *keeper = find_keeper(endpoints->len > 0 ? endpoints : group->devices);

	if (only_bridges(group->devices)) {
		group->verdict = VP_EMPTY;
		group->reason = g_strdup("Only bridges: nothing to give away");
	} else if (keeper) {
		group->verdict = VP_KEEP;
		group->reason = g_strdup_printf("Stays: %s %s", short_address(keeper), keeper->blocked);
	} else if (one_card(endpoints)) {
		group->verdict = VP_WHOLE;
		group->reason = g_strdup("Can go to the machine as a whole");
	} else {
		group->verdict = VP_SHARED;
		group->reason = tell_shared(endpoints);
	}
}

static gint by_number(gconstpointer a, gconstpointer b)
{
	const struct vp_group *one = *(struct vp_group *const *)a, *other = *(struct vp_group *const *)b;

	return one->number < other->number ? -1 : one->number > other->number;
}

GPtrArray *vp_groups_build(const GPtrArray *devices)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)vp_group_free);
	g_autoptr(GHashTable) by_id = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < devices->len; i++) {
		struct vp_device *device = g_ptr_array_index(devices, i);
		struct vp_group *group = g_hash_table_lookup(by_id, GINT_TO_POINTER(device->group));

		if (device->group < 0)
			continue;
		if (!group) {
			group = g_new0(struct vp_group, 1);
			group->number = device->group;
			group->devices = g_ptr_array_new();
			g_ptr_array_add(groups, group);
			g_hash_table_insert(by_id, GINT_TO_POINTER(device->group), group);
		}
		g_ptr_array_add(group->devices, device);
	}
	g_ptr_array_sort(groups, by_number);
	for (guint i = 0; i < groups->len; i++)
		judge(g_ptr_array_index(groups, i));
	return groups;
}

/* ---- companions --------------------------------------------------------------------------------------------- */

static bool is_sound_of(const struct vp_device *sound, const struct vp_device *card)
{
	return vp_device_same_card(sound, card) && vp_device_is_display(card) &&
	       sound->class_code >> 8 == 0x0403;
}

/* Whether `other` must come along once `device` goes. */
static bool ties(const struct vp_device *device, const struct vp_device *other)
{
	if (device->group >= 0 && device->group == other->group)
		return true;
	if (device->group < 0 || other->group < 0)
		return vp_device_same_card(device, other);
	return is_sound_of(other, device);
}

GPtrArray *vp_group_companions(const GPtrArray *devices, const struct vp_device *device)
{
	g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) queue = g_ptr_array_new();
	GPtrArray *together = g_ptr_array_new();

	g_hash_table_add(taken, (void *)device);
	g_ptr_array_add(queue, (void *)device);
	for (guint next = 0; next < queue->len; next++) {
		const struct vp_device *from = g_ptr_array_index(queue, next);

		for (guint i = 0; i < devices->len; i++) {
			struct vp_device *other = g_ptr_array_index(devices, i);

			if (!never_counts(other) && ties(from, other) && g_hash_table_add(taken, other))
				g_ptr_array_add(queue, other);
		}
	}
	for (guint i = 0; i < devices->len; i++)
		if (g_hash_table_contains(taken, g_ptr_array_index(devices, i)))
			g_ptr_array_add(together, g_ptr_array_index(devices, i));
	return together;
}
