/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export.c - the groups as JSON */
#include "config.h"

#include "internal.h"
#include "json.h"

static json_object *hex(unsigned number)
{
	g_autofree char *text = g_strdup_printf("%04x", number);

	return json_object_new_string(text);
}

static json_object *device_to_json(const struct vp_device *device)
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
	return object;
}

static json_object *group_to_json(const struct vp_group *group)
{
	static const char *const verdicts[] = {"whole", "shared", "keep", "empty"};
	json_object *object = json_object_new_object();
	json_object *devices = json_object_new_array();

	for (guint i = 0; i < group->devices->len; i++)
		json_object_array_add(devices, device_to_json(g_ptr_array_index(group->devices, i)));
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
		json_object_array_add(groups, group_to_json(g_ptr_array_index(host->groups, i)));
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (device->group < 0)
			json_object_array_add(ungrouped, device_to_json(device));
	}
	json_object_object_add(top, "groups", groups);
	json_object_object_add(top, "ungrouped", ungrouped);
	return vp_json_print(top);
}
