/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modprobe.c - the files of ours that tell modprobe how vfio-pci takes its devices */
#include "config.h"

#include "address_binder.h"
#include "modprobe.h"
#include "module_conf.h"

#include <string.h>

/* Drivers that must wait: those that hold the devices now, once each. */
static char **drivers_of(const GPtrArray *devices)
{
	g_autoptr(GPtrArray) drivers = g_ptr_array_new();

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->driver && !g_str_has_prefix(device->driver, "vfio") &&
		    !g_ptr_array_find_with_equal_func(drivers, device->driver, g_str_equal, NULL))
			g_ptr_array_add(drivers, device->driver);
	}
	g_ptr_array_add(drivers, NULL);
	return g_strdupv((char **)drivers->pdata);
}

static GBytes *modprobe_text(const struct vp_binding_choice *binding, GError **error)
{
	static const char by_address[] =
		"# Written by virt-passthrough. Two devices here have the same id, so the script looks at addresses.\n"
		"install vfio-pci " VP_BINDER_PATH "\n";
	g_autofree char *ids = vp_binding_ids(binding->devices);
	g_auto(GStrv) each = g_strsplit(ids, ",", -1);
	g_auto(GStrv) drivers = drivers_of(binding->devices);

	if (binding->method == VP_BINDING_ADDRESS)
		return g_bytes_new_static(by_address, strlen(by_address));
	return vp_module_conf_modprobe(each, drivers, error);
}

bool vp_modprobe_plan(const struct vp_session *session, struct vp_plan *plan, const struct vp_binding_choice *binding,
		      GError **error)
{
	bool by_address = binding->method == VP_BINDING_ADDRESS;
	g_autoptr(GBytes) text = NULL, script = NULL;

	if (by_address || binding->method == VP_BINDING_MODPROBE) {
		text = modprobe_text(binding, error);
		if (!text)
			return false;
	}
	if (by_address) {
		char *source = vp_address_binder_script(binding->devices);

		script = g_bytes_new_take(source, strlen(source));
	}
	vp_plan_own_file(session, plan, "devices", VP_RANK_MODULE_FILES, VP_BINDER_PATH, script, 0755,
			 "sets the chosen devices aside by their addresses");
	vp_plan_own_file(session, plan, "devices", VP_RANK_MODULE_FILES, VP_MODPROBE_FILE, text, 0644,
			 "tells vfio-pci which devices are its own");
	return true;
}
