/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virt_explain.c - the error texts of libvirt, QEMU and VFIO in plain words
 *
 * The headings in the table say whose texts they are. A libvirt that speaks the language of its user is not
 * recognised, since these have no numbers; what can be told by number is told in virt.c.
 */
#include "config.h"

#include "virt.h"

struct cause {
	const char *pattern; /* glob over the whole message */
	const char *meaning, *todo;
};

/* clang-format off: three lines a row */
static const struct cause causes[] = {
	/* QEMU hw/vfio/container.c */
	{"*group * is not viable*",
	 "another device of the same IOMMU group still has a driver of this computer",
	 "give away the whole group, or put the card into another slot"},
	{"*vfio: DMA mapping failed, unable to continue*",
	 "the machine addresses more memory than the IOMMU of this computer can reach",
	 "add <maxphysaddr mode='passthrough' limit='39'/> to <cpu> (libvirt 9.3 or newer)"},
	/* libvirt src/hypervisor/virhostdev.c, src/util/virpci.c */
	{"*host doesn't support passthrough of host PCI devices*",
	 "the kernel has no IOMMU groups, or the module vfio-pci is not loaded",
	 "finish the steps Firmware and Kernel and restart, and use qemu:///system"},
	{"*PCI device * must be manually detached*",
	 "the device still has a driver of this computer, and the machine does not ask to take it",
	 "set managed='yes' on the device, or bind it to vfio-pci"},
	{"*PCI device * is not assignable*",
	 "the device sits below a PCI switch that does not keep devices apart (no ACS)",
	 "put the card into another slot"},
	{"*Non-endpoint PCI devices cannot be assigned*", "a PCI bridge cannot be given away",
	 "take the bridge out of the machine; it may keep its driver"},
	{"*PCI device * is in use by driver *, domain *", "another running machine has the device",
	 "shut that machine down first"},
	{"*Unable to reset PCI device *", "the device cannot be brought back to a fresh state",
	 "give away all functions of the card, and start the machine once per start of the computer"},
	{"*Unknown PCI header type '127'*",
	 "the card no longer answers: it was not reset when its last machine ended",
	 "switch the computer off and on; for older AMD cards the kernel module vendor-reset helps"},
	/* libvirt src/qemu and src/conf */
	{"*Unable to find 'efi' firmware that is compatible with the current configuration*",
	 "no UEFI firmware for machines with these features is installed",
	 "install edk2-ovmf (Debian: ovmf), restart libvirt, and do not ask for enrolled keys"},
	{"*Unable to find any firmware to satisfy 'efi'*",
	 "no UEFI firmware for machines with these features is installed",
	 "install edk2-ovmf (Debian: ovmf), restart libvirt, and do not ask for enrolled keys"},
	{"*TPM version '2.0' is not supported*",
	 "swtpm, which plays the security chip (TPM) of the machine, is missing",
	 "install swtpm (Debian: swtpm-tools) and restart libvirt"},
	{"*does not support virt type 'kvm'*", "libvirt cannot use /dev/kvm",
	 "switch on virtualization (VT-x, SVM) in the firmware and load kvm_intel or kvm_amd"},
	{"*spice graphics are not supported with this QEMU*", "QEMU is installed without its SPICE part",
	 "install the SPICE modules of QEMU (Arch: qemu-desktop)"},
	{"*network 'default' is not active*", "the network of the machines is not started",
	 "run \"virsh -c qemu:///system net-start default\""},
	{"*no network with matching name 'default'*", "libvirt has no network named default",
	 "define it with \"virsh net-define\" and the default.xml that comes with libvirt"},
	{"*failed to validate against schema*", "this libvirt does not know every element of the machine",
	 "update libvirt; if it is up to date, please report this with its version"},
	{"*domain '*' already exists with uuid*", "there is a machine of that name already",
	 "choose another name, or remove that one"},
	{"*CPU tuning is not available in session mode*", "a session connection cannot pin processors",
	 "use qemu:///system"},
	{"*Attempted double use of PCI Address*", "two devices of the machine were put into one place",
	 "this is a fault in the description of the machine: please report it"},
	{"*Hostdev already exists in the domain configuration*",
	 "the same device is given to the machine twice",
	 "this is a fault in the description of the machine: please report it"},
	/* Linux drivers/iommu, drivers/pci and drivers/pci/vgaarb.c: kernel log */
	{"*platform RMRR requirement*", "the firmware keeps a fixed piece of memory for this device",
	 "give away another device; only the maker of the board can change this"},
	{"*Firmware has requested this device have a 1:1 IOMMU mapping*",
	 "the firmware keeps a fixed piece of memory for this device",
	 "give away another device; only the maker of the board can change this"},
	{"*BAR *: can't reserve [mem *", "the screen of this computer still uses the memory of the card",
	 "choose another graphics card as the first one in the firmware"},
	{"*vgaarb: changed VGA decodes*",
	 "only the screen on that card stands still; the computer goes on starting",
	 "use the output of the other graphics card, or SSH"},
	/* the device manager of Windows */
	{"*Code 43*", "the graphics driver in Windows refuses to work in a machine",
	 "install a driver of version 465 or newer; switch off Resizable BAR in the firmware"},
};
/* clang-format on */

char *vp_virt_explain(const char *message)
{
	for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
		if (g_pattern_match_simple(causes[i].pattern, message))
			return g_strdup_printf("%s; %s", causes[i].meaning, causes[i].todo);
	}
	return NULL;
}
