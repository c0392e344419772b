/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address_binder.c - the early script that sets devices aside by slot address */
#include "config.h"

#include "address_binder.h"

#define NOT_SEEN 0xffff /* struct vp_device: a subsystem that was not seen */

/* Runs under the initramfs' own sh (busybox or dash): nothing but POSIX and builtins, no program but modprobe. That
 * one by its full path: a busybox that prefers its own applets would take its modprobe, which knows no -i. */
static const char head[] =
	"#!/bin/sh\n"
	"# Written by virt-passthrough. Sets the devices below aside for vfio-pci before their normal drivers come.\n"
	"# It binds nothing at all when one of them is not where it was: a card that was added moves addresses.\n"
	"# To switch it off for one start, put module_blacklist=vfio_pci,vfio_pci_core on the kernel's command line.\n"
	"\n"
	"sys=/sys/bus/pci/devices\n"
	"\n"
	"same() { # address, then files and what they must hold\n"
	"\tat=$sys/$1\n"
	"\t[ -e \"$at\" ] || return 1\n"
	"\tshift\n"
	"\twhile [ $# -gt 0 ]; do\n"
	"\t\tread -r seen <\"$at/$1\" && [ \"$seen\" = \"$2\" ] || return 1\n"
	"\t\tshift 2\n"
	"\tdone\n"
	"}\n"
	"\n"
	"iommu() { # without one vfio-pci cannot use a device, and the card would be dark for nothing\n"
	"\tfor unit in /sys/class/iommu/*; do\n"
	"\t\t[ -e \"$unit\" ] && return 0\n"
	"\tdone\n"
	"\treturn 1\n"
	"}\n"
	"\n"
	"if iommu";

char *vp_address_binder_script(const GPtrArray *devices)
{
	g_autoptr(GString) script = g_string_new(head);

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		g_string_append_printf(script, " &&\n\tsame %s vendor 0x%04x device 0x%04x", device->address, device->vendor,
				       device->device);
		if (device->subsystem_vendor != NOT_SEEN)
			g_string_append_printf(script, " subsystem_vendor 0x%04x subsystem_device 0x%04x",
					       device->subsystem_vendor, device->subsystem_device);
	}
	g_string_append(script, "; then\n");
	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		g_string_append_printf(script, "\techo vfio-pci >\"$sys/%s/driver_override\"\n", device->address);
	}
	g_string_append(script, "fi\nexec /sbin/modprobe -i vfio-pci\n");
	return g_string_free(g_steal_pointer(&script), FALSE);
}
