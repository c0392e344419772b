/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export.c - the groups, and one device in detail, as JSON */
#include "config.h"

#include "internal.h"
#include "json.h"

#include <string.h>

static json_object *hex(unsigned number)
{
	g_autofree char *text = g_strdup_printf("%04x", number);

	return json_object_new_string(text);
}

static json_object *uses_to_json(const struct vp_host *host, const struct vp_device *device)
{
	json_object *list = json_object_new_array();

	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);

		if (!strcmp(use->address, device->address))
			json_object_array_add(list, vp_json_text(use->what));
	}
	return list;
}

static json_object *device_to_json(const struct vp_host *host, const struct vp_device *device)
{
	json_object *object = json_object_new_object();

	json_object_object_add(object, "address", vp_json_text(device->address));
	json_object_object_add(object, "class", hex(device->class_code >> 8));
	json_object_object_add(object, "vendor", hex(device->vendor));
	json_object_object_add(object, "device", hex(device->device));
	json_object_object_add(object, "name", vp_json_text(device->name));
	json_object_object_add(object, "driver", vp_json_text(device->driver));
	json_object_object_add(object, "bridge", json_object_new_boolean(device->bridge));
	json_object_object_add(object, "blocked", vp_json_text(device->blocked));
	json_object_object_add(object, "kind", vp_json_text(device->kind));
	json_object_object_add(object, "maker", vp_json_text(device->subsystem_name));
	json_object_object_add(object, "parent", vp_json_text(device->parent));
	json_object_object_add(object, "reset", vp_json_text(device->reset_methods));
	json_object_object_add(object, "boot_display", json_object_new_boolean(device->boot_vga == VP_YES));
	json_object_object_add(object, "uses", uses_to_json(host, device));
	return object;
}

static json_object *group_to_json(const struct vp_host *host, const struct vp_group *group)
{
	static const char *const verdicts[] = {"whole", "shared", "keep", "empty"};
	json_object *object = json_object_new_object();
	json_object *devices = json_object_new_array();

	for (guint i = 0; i < group->devices->len; i++)
		json_object_array_add(devices, device_to_json(host, g_ptr_array_index(group->devices, i)));
	json_object_object_add(object, "group", json_object_new_int(group->number));
	json_object_object_add(object, "verdict", json_object_new_string(verdicts[group->verdict]));
	json_object_object_add(object, "reason", vp_json_text(group->reason));
	json_object_object_add(object, "devices", devices);
	return object;
}

char *vp_groups_to_json(const struct vp_session *session)
{
	json_object *top = json_object_new_object();
	json_object *groups = json_object_new_array();
	json_object *ungrouped = json_object_new_array();
	const struct vp_host *host = session->host;

	for (guint i = 0; i < host->groups->len; i++)
		json_object_array_add(groups, group_to_json(host, g_ptr_array_index(host->groups, i)));
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (device->group < 0)
			json_object_array_add(ungrouped, device_to_json(host, device));
	}
	json_object_object_add(top, "groups", groups);
	json_object_object_add(top, "ungrouped", ungrouped);
	return vp_json_print(top);
}

char *vp_details_to_json(const GPtrArray *details)
{
	json_object *top = json_object_new_object();
	json_object *list = json_object_new_array();

	for (guint i = 0; i < details->len; i++) {
		const struct vp_detail *detail = g_ptr_array_index(details, i);
		json_object *object = json_object_new_object();

		json_object_object_add(object, "label", vp_json_text(detail->label));
		json_object_object_add(object, "value", vp_json_text(detail->value));
		json_object_object_add(object, "evidence", vp_json_text(detail->evidence));
		json_object_array_add(list, object);
	}
	json_object_object_add(top, "details", list);
	return vp_json_print(top);
}
