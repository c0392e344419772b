/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.h - gathering the facts: reads through root.h only, starts nothing, needs no privilege */
#pragma once

#include "core.h"
#include "root.h"
#include "topology.h"

/* One snapshot of the machine. What cannot be read is "not seen"; never fails. Free with vp_host_free(). */
struct vp_host *vp_host_read(const struct vp_root *root);
void vp_host_free(struct vp_host *host);
typedef struct vp_host vp_host; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_host, vp_host_free)

/* The parts, one file each; vp_host_read() calls them in this order, when the devices are there already:
 * host_cpu.c: processor, memory, SMT, kvm; host_firmware.c: ACPI, IOMMU, UEFI, DMI; host_system.c: distribution,
 * kernel, libvirt; host_boot.c: boot loader, initramfs tool; host_uses.c: disks, network, keyboards, screens. */
void vp_host_read_cpu(struct vp_host *host, const struct vp_root *root);
void vp_host_read_firmware(struct vp_host *host, const struct vp_root *root);
void vp_host_read_system(struct vp_host *host, const struct vp_root *root);
void vp_host_read_boot(struct vp_host *host, const struct vp_root *root);
void vp_host_read_uses(struct vp_host *host, const struct vp_root *root);

/* How the names of those uses begin that a choice is judged by. */
#define VP_USE_KEYBOARD "the keyboard"
#define VP_USE_MOUSE "the mouse"

/* A use is "the root file system (/)", "/boot", "the swap space", "the network (enp3s0)", "your
 * SSH session (enp3s0)", "the keyboard (NAME)", "the mouse (NAME)" or "the screen (DP-1)". Its address is "" for what hangs on no PCI
 * function, such as a keyboard on the PS/2 port. Devices that must stay get their `blocked` here. */

/* host_uses.c: the programs that have this graphics card open now, as "Xorg (812)"; without root only one's own are
 * seen. Asks every process: for a card that is about to be given away. Caller unrefs. */
GPtrArray *vp_card_programs(const struct vp_root *root, const struct vp_device *card);

/* host.c: what hardware or a file calls something, as UTF-8 without control characters. Caller frees. */
char *vp_plain_text(const char *text);

/* host.c: whether a path is there; VP_UNKNOWN when the folder that would show it cannot be read. */
enum vp_tri vp_host_sees(const struct vp_root *root, const char *path);

/* pci.c: every PCI function, in address order; sentences about what could not be read go to `trouble` (char *).
 * revision, reset_methods and numa_node are read for endpoints only: nobody asks them of a bridge. */
GPtrArray *vp_pci_read(const struct vp_root *root, GPtrArray *trouble);
void vp_device_free(struct vp_device *device);
bool vp_device_is_display(const struct vp_device *device); /* classes 0300, 0302, 0380 */
bool vp_device_is_wiring(const struct vp_device *device);  /* bridges, SMBus, memory, interrupts, ... */
bool vp_device_same_card(const struct vp_device *one, const struct vp_device *other); /* functions of one slot */

/* pci.c: the PCI functions in a path of /sys/devices, from the root of the tree down. Caller g_strfreev()s. */
char **vp_pci_in_path(const char *path);

/* pci_names.c: fills kind, class_name, vendor_name, device_name, subsystem_name and name of every device. */
void vp_pci_name(GPtrArray *devices, const struct vp_root *root, GPtrArray *trouble);

/* groups.c, pure: devices with blocked set -> groups with verdicts and reasons, by number. */
GPtrArray *vp_groups_build(const GPtrArray *devices);
void vp_group_free(struct vp_group *group);

/* What must come along when this device is chosen (itself included): every other endpoint of its group, and the
 * sound function of a graphics card even where it has a group of its own. Functions of one slot that the hardware
 * keeps in groups of their own (the ports of a network card, the USB controllers beside an APU's graphics) may be
 * given away one by one. With no group known: the other functions of its slot. Bridges, and the parts of the
 * computer's wiring that no driver holds, never come along. struct vp_device *, borrowed, in address order.
 * Caller unrefs. */
GPtrArray *vp_group_companions(const GPtrArray *devices, const struct vp_device *device);

/* host_topology.c: the processors, struct vp_cpu by id. Caller unrefs. */
GArray *vp_topology_read(const struct vp_root *root);

/* Setters, so that a fact never goes without its source. */
void vp_text_take(struct vp_text *text, char *value, const char *source);
void vp_flag_set(struct vp_flag *flag, enum vp_tri value, const char *source);
void vp_number_set(struct vp_number *number, gint64 value, const char *source);

/* host_system.c: how the running (or newest installed) kernel has a module: from modules.builtin and modules.dep. */
enum vp_module { VP_MODULE_UNKNOWN, VP_MODULE_NONE, VP_MODULE_LOADABLE, VP_MODULE_BUILTIN };
enum vp_module vp_kernel_module(const struct vp_root *root, const char *release, const char *module);

/* packages_db.c: versions by name of all that is installed, from the package database under the root
 * (/var/lib/pacman/local, /var/lib/dpkg/status), and of what packages provide ("" where they give no version).
 * NULL: there is no database we can read. Caller g_hash_table_unref()s. */
GHashTable *vp_packages_installed(const struct vp_root *root, const char *manager);

/* The same for one name. NULL: not installed. *ret_known false: there is no database we can read. Reads the
 * database each time: ask vp_packages_installed() once for several names. Caller frees. */
char *vp_package_version(const struct vp_root *root, const char *manager, const char *name, bool *ret_known);

/* -1, 0, 1 as `vercmp` of pacman or `dpkg --compare-versions` have it; epochs count. */
int vp_version_compare(const char *manager, const char *a, const char *b);
