/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address_binder.c - the early script that sets devices aside by slot address */
#include "config.h"

#include "address_binder.h"

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
	"is() { # address file value\n"
	"\tread -r seen <\"$sys/$1/$2\" && [ \"$seen\" = \"$3\" ]\n"
	"}\n"
	"\n"
	"same() { # address vendor device subsystem_vendor subsystem_device\n"
	"\t[ -e \"$sys/$1\" ] && is \"$1\" vendor \"$2\" && is \"$1\" device \"$3\" &&\n"
	"\t\tis \"$1\" subsystem_vendor \"$4\" && is \"$1\" subsystem_device \"$5\"\n"
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

		g_string_append_printf(script, " &&\n\tsame %s 0x%04x 0x%04x 0x%04x 0x%04x", device->address, device->vendor,
				       device->device, device->subsystem_vendor, device->subsystem_device);
	}
	g_string_append(script, "; then\n");
	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		g_string_append_printf(script, "\techo vfio-pci >\"$sys/%s/driver_override\"\n", device->address);
	}
	g_string_append(script, "fi\nexec /sbin/modprobe -i vfio-pci\n");
	return g_string_free(g_steal_pointer(&script), FALSE);
}
