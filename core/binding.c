/* SPDX-License-Identifier: GPL-2.0-or-later */
/* binding.c - how the chosen devices are set aside: decided by evidence, in words */
#include "config.h"

#include "binding.h"
#include "initramfs.h"

#include <string.h>

void vp_binding_choice_free(struct vp_binding_choice *choice)
{
	if (!choice)
		return;
	g_ptr_array_unref(choice->devices);
	g_free(choice->why);
	g_free(choice->refused);
	g_free(choice);
}

static bool same_id(const struct vp_device *one, const struct vp_device *other)
{
	return one->vendor == other->vendor && one->device == other->device;
}

static bool same_card(const struct vp_device *one, const struct vp_device *other)
{
	return one->domain == other->domain && one->bus == other->bus && one->slot == other->slot;
}

/* Graphics drivers rarely let go of a card, so every part of a card with graphics is bound before they come. What
 * stands alone (sound, USB, network) is taken by libvirt when the machine starts. */
static GPtrArray *devices_to_bind(const GPtrArray *chosen)
{
	GPtrArray *bind = g_ptr_array_new();

	for (guint i = 0; i < chosen->len; i++) {
		const struct vp_device *device = g_ptr_array_index(chosen, i);
		bool with_graphics = false;

		for (guint j = 0; j < chosen->len; j++) {
			const struct vp_device *other = g_ptr_array_index(chosen, j);

			with_graphics |= vp_device_is_display(other) && same_card(device, other);
		}
		if (with_graphics)
			g_ptr_array_add(bind, (void *)device);
	}
	return bind;
}

/* A device that stays and carries the id of one that goes: an id would take both. */
static const struct vp_device *twin_that_stays(const struct vp_session *session, const GPtrArray *bind,
					       const struct vp_device **ret_chosen)
{
	for (guint i = 0; i < bind->len; i++) {
		const struct vp_device *device = g_ptr_array_index(bind, i);

		for (guint j = 0; j < session->host->devices->len; j++) {
			const struct vp_device *other = g_ptr_array_index(session->host->devices, j);

			if (same_id(device, other) && !vp_is_chosen(session, other->address)) {
				*ret_chosen = device;
				return other;
			}
		}
	}
	return NULL;
}

static void decide(const struct vp_session *session, struct vp_binding_choice *choice)
{
	const struct vp_device *chosen = NULL;
	const struct vp_device *twin = twin_that_stays(session, choice->devices, &chosen);
	g_autofree char *early = vp_initramfs_early_driver(session, choice->devices);

	if (!choice->devices->len) {
		choice->method = VP_BINDING_NONE;
		choice->why = g_strdup("Nothing needs to be set aside at boot: libvirt takes these devices when the "
				       "machine starts and gives them back when it stops.");
	} else if (twin) {
		choice->method = VP_BINDING_ADDRESS;
		choice->why = g_strdup_printf("By slot address, because %s stays and has the same id (%04x:%04x) as %s.",
					      twin->address, twin->vendor, twin->device, chosen->address);
	} else if (early) {
		choice->method = VP_BINDING_MODPROBE;
		choice->why = g_strdup_printf("By a file of modprobe.d, because %s is loaded very early and would not "
					      "wait for the command line.", early);
	} else {
		choice->method = VP_BINDING_COMMAND_LINE;
		choice->why = g_strdup("By vfio-pci.ids= on the kernel command line: each id belongs to chosen devices "
				       "only, and it is easily taken out at the boot menu.");
	}
}

struct vp_binding_choice *vp_binding_choose(const struct vp_session *session)
{
	static const char *const names[] = {"none", "command-line", "modprobe", "address"};
	struct vp_binding_choice *choice = g_new0(struct vp_binding_choice, 1);
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);
	g_autofree char *asked = vp_answer_get(session, "binding");
	enum vp_binding advised;

	choice->devices = devices_to_bind(chosen);
	decide(session, choice);
	advised = choice->method;
	if (!strcmp(asked, "auto"))
		return choice;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (!strcmp(asked, names[i]))
			choice->method = (enum vp_binding)i;
	if (choice->method == advised)
		return choice;
	/* Asked for by hand: bind everything chosen, in the way that was asked for. */
	if (choice->method != VP_BINDING_NONE) {
		g_ptr_array_unref(choice->devices);
		choice->devices = g_steal_pointer(&chosen);
	}
	if (advised == VP_BINDING_ADDRESS &&
	    (choice->method == VP_BINDING_COMMAND_LINE || choice->method == VP_BINDING_MODPROBE))
		choice->refused = g_strdup(choice->why);
	g_free(choice->why);
	choice->why = g_strdup_printf("As you asked (%s).", asked);
	return choice;
}

char *vp_binding_ids(const GPtrArray *devices)
{
	g_autoptr(GString) ids = g_string_new(NULL);

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);
		g_autofree char *id = g_strdup_printf("%04x:%04x", device->vendor, device->device);

		if (!strstr(ids->str, id))
			g_string_append_printf(ids, "%s%s", ids->len ? "," : "", id);
	}
	return g_string_free(g_steal_pointer(&ids), FALSE);
}
