/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-host.c - processor, firmware, system and boot facts: the value, where it was seen, and what was not seen */
#include "config.h"

#include "host.h"
#include "tree.h"

#define LOADER_INFO "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define STUB_INFO "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void expect_text(struct vp_text text, const char *value, const char *source)
{
	if (value)
		assert_string_equal(text.value, value);
	else
		assert_null(text.value);
	assert_string_equal(text.source, source);
}

static void expect_flag(struct vp_flag flag, enum vp_tri value, const char *source)
{
	assert_string_equal(flag.source, source);
	assert_int_equal(flag.value, value);
}

static void expect_number(struct vp_number number, gint64 value, const char *source)
{
	assert_string_equal(number.source, source);
	assert_int_equal(number.value, value);
}

/* ---- processor ----------------------------------------------------------------------------------------------- */

static void processor_facts(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/proc/cpuinfo",
		 "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Core(TM) i7-4790K CPU @ "
		 "4.00GHz\n"
		 "flags\t\t: fpu vmx pae\nvmx flags\t: ept vpid\n\nprocessor\t: 1\nflags\t\t: fpu vmx pae\n");
	tree_put(tree, "/proc/meminfo", "MemTotal:       16303428 kB\nMemFree:         1 kB\n");
	tree_put(tree, "/sys/devices/system/cpu/online", "0-3,6,8-9\n");
	tree_put(tree, "/sys/devices/system/cpu/smt/active", "1\n");
	tree_put(tree, "/dev/kvm", "");
	host = vp_host_read(tree->root);
	expect_text(host->cpu_vendor, "GenuineIntel", "/proc/cpuinfo");
	expect_text(host->cpu_model, "Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz", "/proc/cpuinfo");
	expect_number(host->threads, 7, "/sys/devices/system/cpu/online");
	expect_number(host->memory_kib, 16303428, "/proc/meminfo");
	expect_flag(host->cpu_virtualization, VP_YES, "/proc/cpuinfo");
	expect_flag(host->in_virtual_machine, VP_NO, "/proc/cpuinfo");
	expect_flag(host->smt_active, VP_YES, "/sys/devices/system/cpu/smt/active");
	expect_flag(host->kvm_device, VP_YES, "/dev/kvm");
}

/* Flags are whole words, and without the list of processors the entries of cpuinfo are counted. */
static void processor_without_virtualization(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/proc/cpuinfo",
		 "processor\t: 0\nflags\t\t: svm_lock hypervisor\n\nprocessor\t: 1\nflags\t\t: x\n");
	tree_put(tree, "/dev/null", "");
	host = vp_host_read(tree->root);
	expect_flag(host->cpu_virtualization, VP_NO, "/proc/cpuinfo");
	expect_flag(host->in_virtual_machine, VP_YES, "/proc/cpuinfo");
	expect_flag(host->kvm_device, VP_NO, "/dev/kvm");
	expect_number(host->threads, 2, "/proc/cpuinfo");
}

/* A rescue mount has none of what the kernel shows: no fact may be made of that. */
static void nothing_seen_is_no_fact(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_folder(tree, "/proc");
	tree_folder(tree, "/sys");
	tree_folder(tree, "/dev");
	tree_folder(tree, "/run");
	tree_put(tree, "/etc/os-release", "ID=manjaro\n");
	host = vp_host_read(tree->root);
	assert_null(host->cpu_vendor.value);
	assert_null(host->cmdline.value);
	assert_null(host->board_name.value);
	assert_int_equal(host->threads.value, -1);
	assert_int_equal(host->memory_kib.value, -1);
	assert_int_equal(host->iommu_groups.value, -1);
	assert_int_equal(host->cpu_virtualization.value, VP_UNKNOWN);
	assert_int_equal(host->kvm_device.value, VP_UNKNOWN);
	assert_int_equal(host->iommu_table.value, VP_UNKNOWN);
	assert_int_equal(host->iommu_active.value, VP_UNKNOWN);
	assert_int_equal(host->uefi.value, VP_UNKNOWN);
	assert_int_equal(host->secure_boot.value, VP_UNKNOWN);
	assert_int_equal(host->above_4g.value, VP_UNKNOWN);
	assert_int_equal(host->libvirt_running.value, VP_UNKNOWN);
	assert_int_equal(host->default_network.value, VP_UNKNOWN);
	assert_int_equal(host->devices->len, 0);
	assert_int_equal(host->trouble->len, 1);
	expect_text(host->distro_id, "manjaro", "/etc/os-release");
}

/* ---- firmware ------------------------------------------------------------------------------------------------- */

static void iommu_that_is_on(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	/* An AMD table beside a processor that calls itself Intel: the table is what counts. */
	tree_put(tree, "/proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t\t: fpu\n");
	tree_put(tree, "/sys/firmware/acpi/tables/IVRS", "");
	tree_folder(tree, "/sys/class/iommu/ivhd0");
	tree_folder(tree, "/sys/kernel/iommu_groups/0");
	tree_folder(tree, "/sys/kernel/iommu_groups/7");
	host = vp_host_read(tree->root);
	expect_flag(host->iommu_table, VP_YES, "/sys/firmware/acpi/tables/IVRS");
	expect_flag(host->iommu_active, VP_YES, "/sys/class/iommu");
	expect_number(host->iommu_groups, 2, "/sys/kernel/iommu_groups");
}

/* The folders are there and empty while the IOMMU is off. */
static void iommu_that_is_off(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/sys/firmware/acpi/tables/APIC", "");
	tree_folder(tree, "/sys/class/iommu");
	tree_folder(tree, "/sys/kernel/iommu_groups");
	host = vp_host_read(tree->root);
	expect_flag(host->iommu_table, VP_NO, "/sys/firmware/acpi/tables/{DMAR,IVRS}");
	expect_flag(host->iommu_active, VP_NO, "/sys/class/iommu");
	expect_number(host->iommu_groups, 0, "/sys/kernel/iommu_groups");
	expect_flag(host->uefi, VP_NO, "/sys/firmware/efi");
	expect_flag(host->secure_boot, VP_NO, "/sys/firmware/efi");
}

static void expect_secure_boot(const struct tree *tree, enum vp_tri value)
{
	g_autoptr(vp_host) host = vp_host_read(tree->root);

	expect_flag(host->uefi, VP_YES, "/sys/firmware/efi");
	expect_flag(host->secure_boot, value, SECURE_BOOT);
}

static void secure_boot_is_the_fifth_byte(void **state)
{
	const struct tree *tree = *state;

	tree_folder(tree, "/sys/firmware/efi/efivars");
	expect_secure_boot(tree, VP_UNKNOWN); /* efivarfs is not mounted */
	tree_bytes(tree, SECURE_BOOT, "\6\0\0\0\1", 5);
	expect_secure_boot(tree, VP_YES);
	tree_bytes(tree, SECURE_BOOT, "\1\0\0\0\0", 5);
	expect_secure_boot(tree, VP_NO);
	tree_bytes(tree, SECURE_BOOT, "\1\0\0\0", 4);
	expect_secure_boot(tree, VP_UNKNOWN);
}

static void expect_above_4g(const struct tree *tree, enum vp_tri value)
{
	g_autoptr(vp_host) host = vp_host_read(tree->root);

	assert_int_equal(host->above_4g.value, value);
}

static void windows_above_four_gibibytes(void **state)
{
	static const char low[] = "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
				  "0x00000000e0000000 0x00000000efffffff 0x000000000014220c\n";
	static const char high[] = "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
				   "0x0000007c00000000 0x0000007fffffffff 0x000000000014220c\n";
	static const char none[] = "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
				   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	const struct tree *tree = *state;

	/* The window of a network card says nothing about the graphics card's. */
	tree_pci(tree, "pci0000:00/0000:03:00.0", "PCI_CLASS=20000\nPCI_ID=8086:1533\n", 1);
	tree_put(tree, "/sys/devices/pci0000:00/0000:03:00.0/resource", high);
	tree_pci(tree, "pci0000:00/0000:01:00.0", "PCI_CLASS=30000\nPCI_ID=10DE:13C2\n", 2);
	tree_put(tree, "/sys/devices/pci0000:00/0000:01:00.0/resource", none);
	expect_above_4g(tree, VP_UNKNOWN);
	tree_put(tree, "/sys/devices/pci0000:00/0000:01:00.0/resource", low);
	expect_above_4g(tree, VP_NO);
	tree_pci(tree, "pci0000:00/0000:02:00.0", "PCI_CLASS=30200\nPCI_ID=10DE:1C8D\n", 3);
	tree_put(tree, "/sys/devices/pci0000:00/0000:02:00.0/resource", high);
	expect_above_4g(tree, VP_YES);
}

static void board_facts(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/sys/class/dmi/id/board_vendor", "ASUSTeK COMPUTER INC.\n");
	tree_put(tree, "/sys/class/dmi/id/board_name", "MAXIMUS VII RANGER  \n");
	tree_put(tree, "/sys/class/dmi/id/bios_version", " \n");
	host = vp_host_read(tree->root);
	expect_text(host->board_vendor, "ASUSTeK COMPUTER INC.", "/sys/class/dmi/id/board_vendor");
	expect_text(host->board_name, "MAXIMUS VII RANGER", "/sys/class/dmi/id/board_name");
	expect_text(host->bios_version, NULL, "/sys/class/dmi/id/bios_version");
}

/* ---- system --------------------------------------------------------------------------------------------------- */

static void os_release_as_a_shell_reads_it(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) host = NULL;

	tree_put(tree, "/usr/lib/os-release",
		 "# comment\nNAME='Not this'\nPRETTY_NAME=\"A \\\"quoted\\\" "
		 "name\"\nID=wrong\nID='endeavouros'\n"
		 "ID_LIKE=\"arch linux\"\nVARIANT_ID=x\nBROKEN=\"\n");
	host = vp_host_read(tree->root);
	expect_text(host->distro_id, "endeavouros", "/usr/lib/os-release");
	expect_text(host->distro_like, "arch linux", "/usr/lib/os-release");
	expect_text(host->distro_name, "A \"quoted\" name", "/usr/lib/os-release");
}

static void kernel_that_runs_or_would(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) rescue = NULL, running = NULL;

	tree_folder(tree, "/usr/lib/modules/6.9.12-1-MANJARO");
	tree_folder(tree, "/usr/lib/modules/6.12.90-1-MANJARO");
	tree_folder(tree, "/usr/lib/modules/extramodules-6.99-MANJARO");
	rescue = vp_host_read(tree->root);
	expect_text(rescue->kernel_release, "6.12.90-1-MANJARO", "/usr/lib/modules");
	tree_put(tree, "/proc/sys/kernel/osrelease", "6.9.12-1-MANJARO\n");
	tree_put(tree, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz quiet\n");
	running = vp_host_read(tree->root);
	expect_text(running->kernel_release, "6.9.12-1-MANJARO", "/proc/sys/kernel/osrelease");
	expect_text(running->cmdline, "BOOT_IMAGE=/boot/vmlinuz quiet", "/proc/cmdline");
}

static void modules_of_a_kernel(void **state)
{
	const struct tree *tree = *state;

	assert_int_equal(vp_kernel_module(tree->root, "6.12", "vfio_pci"), VP_MODULE_UNKNOWN);
	assert_int_equal(vp_kernel_module(tree->root, NULL, "vfio_pci"), VP_MODULE_UNKNOWN);
	tree_put(tree, "/lib/modules/6.12/modules.builtin",
		 "kernel/drivers/usb/host/xhci-pci.ko\nkernel/fs/ext4/ext4.ko\n");
	tree_put(tree, "/lib/modules/6.12/modules.dep",
		 "kernel/drivers/vfio/pci/vfio-pci.ko.zst: "
		 "kernel/drivers/vfio/vfio.ko.zst\nkernel/a/vfio.ko.xz:\n");
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "vfio_pci"), VP_MODULE_LOADABLE);
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "vfio-pci"), VP_MODULE_LOADABLE);
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "vfio"), VP_MODULE_LOADABLE);
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "xhci_pci"), VP_MODULE_BUILTIN);
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "pci"), VP_MODULE_NONE);
	assert_int_equal(vp_kernel_module(tree->root, "6.12", "vfio_virqfd"), VP_MODULE_NONE);
}

static void expect_manager(const struct tree *tree, const char *value, const char *source)
{
	g_autoptr(vp_host) host = vp_host_read(tree->root);

	expect_text(host->package_manager, value, source);
}

/* The tools of another distribution leave an empty database. */
static void package_manager_by_its_database(void **state)
{
	const struct tree *tree = *state;

	expect_manager(tree, NULL, "/var/lib/{pacman/local,dpkg/status,rpm}");
	tree_folder(tree, "/var/lib/rpm");
	expect_manager(tree, "rpm", "/var/lib/rpm");
	tree_put(tree, "/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
	tree_put(tree, "/var/lib/dpkg/status", "");
	expect_manager(tree, "rpm", "/var/lib/rpm");
	tree_put(tree, "/var/lib/dpkg/status", "Package: dpkg\n");
	expect_manager(tree, "dpkg", "/var/lib/dpkg/status");
	tree_folder(tree, "/var/lib/pacman/local/bash-5.2-1");
	expect_manager(tree, "pacman", "/var/lib/pacman/local");
}

static void libvirt_facts(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_host) before = NULL, after = NULL;

	tree_put(tree, "/proc/cmdline", "quiet\n");
	tree_folder(tree, "/etc/systemd/system");
	tree_folder(tree, "/etc/libvirt/qemu/networks");
	before = vp_host_read(tree->root);
	expect_text(before->libvirt_service, NULL, "/etc/systemd/system/*.wants");
	expect_flag(before->libvirt_running, VP_NO, "/run/libvirt/{virtqemud-sock,libvirt-sock}");
	expect_flag(before->default_network, VP_NO, "/sys/class/net/virbr0");
	expect_flag(before->default_network_autostart, VP_NO,
		    "/etc/libvirt/qemu/networks/autostart/default.xml");
	/* Links of enabled units are absolute: they dangle in a rescue mount and still count. */
	tree_link(tree, "/etc/systemd/system/multi-user.target.wants/libvirtd.service",
		  "/nowhere/libvirtd.service");
	tree_put(tree, "/run/libvirt/libvirt-sock", "");
	tree_put(tree, "/run/libvirt/network/default.xml", "<networkstatus/>");
	tree_put(tree, "/etc/libvirt/qemu/networks/autostart/default.xml", "<network/>");
	after = vp_host_read(tree->root);
	expect_text(after->libvirt_service, "libvirtd.service",
		    "/etc/systemd/system/multi-user.target.wants/libvirtd.service");
	expect_flag(after->libvirt_running, VP_YES, "/run/libvirt/libvirt-sock");
	expect_flag(after->default_network, VP_YES, "/run/libvirt/network/default.xml");
	expect_flag(after->default_network_autostart, VP_YES,
		    "/etc/libvirt/qemu/networks/autostart/default.xml");
}

/* ---- boot ------------------------------------------------------------------------------------------------------ */

static void expect_loader(const struct tree *tree, const char *value, const char *source)
{
	g_autoptr(vp_host) host = vp_host_read(tree->root);

	expect_text(host->boot_loader, value, source);
}

static void put_efi_text(const struct tree *tree, const char *path, const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	g_byte_array_append(bytes, (const guint8 *)"\6\0\0\0", 4);
	for (; *text; text++)
		g_byte_array_append(bytes, (const guint8[]){(guint8)*text, 0}, 2);
	g_byte_array_append(bytes, (const guint8 *)"\0\0", 2);
	tree_bytes(tree, path, bytes->data, bytes->len);
}

static void grub_by_its_command_line(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/boot/grub/grub.cfg", "");
	tree_put(tree, "/boot/refind_linux.conf", "");
	tree_put(tree, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.12-x86_64 root=UUID=1 quiet\n");
	expect_loader(tree, "grub",
		      "/proc/cmdline (BOOT_IMAGE=/boot/vmlinuz-6.12-x86_64), /boot/grub/grub.cfg");
	tree_put(tree, "/etc/default/grub", "GRUB_TIMEOUT=5\nGRUB_ENABLE_BLSCFG=true\n");
	expect_loader(tree, "grub-bls",
		      "/proc/cmdline (BOOT_IMAGE=/boot/vmlinuz-6.12-x86_64), /boot/grub/grub.cfg, "
		      "/etc/default/grub");
	/* syslinux writes BOOT_IMAGE= as well. */
	tree_put(tree, "/boot/syslinux/syslinux.cfg", "");
	expect_loader(tree, NULL,
		      "several boot loaders have left traces: /boot/grub/grub.cfg, /boot/refind_linux.conf");
}

/* What the loader told the kernel outweighs every file left over from another. */
static void systemd_boot_by_its_variable(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/boot/grub/grub.cfg", "");
	tree_put(tree, "/proc/cmdline", "initrd=\\initramfs-linux.img root=/dev/sda2\n");
	put_efi_text(tree, LOADER_INFO, "systemd-boot 257.13-1-arch");
	expect_loader(tree, "systemd-boot", LOADER_INFO " (systemd-boot 257.13-1-arch)");
	tree_put(tree, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	tree_put(tree, "/efi/loader/entries/0123456789abcdef0123456789abcdef-6.12.conf", "");
	expect_loader(tree, "kernel-install",
		      LOADER_INFO " (systemd-boot 257.13-1-arch), "
				  "/efi/loader/entries/0123456789abcdef0123456789abcdef-6.12.conf");
	tree_put(tree, "/etc/sdboot-manage.conf", "");
	expect_loader(tree, "sdboot-manage",
		      LOADER_INFO " (systemd-boot 257.13-1-arch), /etc/sdboot-manage.conf");
}

static void other_loaders_by_their_variable(void **state)
{
	const struct tree *tree = *state;

	put_efi_text(tree, LOADER_INFO, "refind 0.14.2");
	expect_loader(tree, "refind", LOADER_INFO " (refind 0.14.2)");
	put_efi_text(tree, LOADER_INFO, "GRUB 2.12");
	expect_loader(tree, "grub", LOADER_INFO " (GRUB 2.12)");
	put_efi_text(tree, LOADER_INFO, "Limine 9.3.0");
	expect_loader(tree, "limine", LOADER_INFO " (Limine 9.3.0)");
	tree_put(tree, "/etc/default/limine", "");
	expect_loader(tree, "limine-entry-tool", LOADER_INFO " (Limine 9.3.0), /etc/default/limine");
	/* A text of no use: an odd length, and not even UTF-16. */
	tree_bytes(tree, LOADER_INFO, "\6\0\0\0\0\xd8x", 7);
	expect_loader(tree, NULL, "/boot, /efi, /etc");
}

/* rEFInd is often set up to start GRUB: then the parameters are GRUB's. */
static void grub_started_by_another(void **state)
{
	const struct tree *tree = *state;

	put_efi_text(tree, LOADER_INFO, "refind 0.14.2");
	tree_put(tree, "/boot/grub/grub.cfg", "");
	tree_put(tree, "/proc/cmdline", "root=/dev/sda2 BOOT_IMAGE=/odd quiet\n");
	expect_loader(tree, "refind", LOADER_INFO " (refind 0.14.2)");
	tree_put(tree, "/proc/cmdline", "BOOT_IMAGE=/vmlinuz-linux root=/dev/sda2\n");
	expect_loader(tree, "grub", "/proc/cmdline (BOOT_IMAGE=/vmlinuz-linux), /boot/grub/grub.cfg");
	put_efi_text(tree, STUB_INFO, "systemd-stub 257");
	expect_loader(tree, "uki", STUB_INFO " (systemd-stub 257)");
}

/* A unified image carries its command line: then it is not the loader's configuration that counts. */
static void unified_images_by_their_stub(void **state)
{
	const struct tree *tree = *state;

	put_efi_text(tree, LOADER_INFO, "systemd-boot 257");
	put_efi_text(tree, STUB_INFO, "systemd-stub 257");
	expect_loader(tree, "uki", STUB_INFO " (systemd-stub 257)");
	tree_put(tree, "/etc/kernel/install.conf", "layout=uki\n");
	expect_loader(tree, "kernel-install", STUB_INFO " (systemd-stub 257), /etc/kernel/install.conf");
	tree_put(tree, "/etc/mkinitcpio.d/linux.preset",
		 "PRESETS=('default')\ndefault_uki=\"/efi/EFI/Linux/arch.efi\"\n");
	expect_loader(tree, "uki", STUB_INFO " (systemd-stub 257), /etc/mkinitcpio.d/linux.preset");
}

/* Without a running system there are only files, and one loader's are enough. */
static void loader_by_its_files(void **state)
{
	const struct tree *tree = *state;

	expect_loader(tree, NULL, "/boot, /efi, /etc");
	tree_put(tree, "/boot/efi/loader/entries/arch.conf", "");
	expect_loader(tree, "systemd-boot", "/boot/efi/loader/entries/arch.conf");
	tree_put(tree, "/boot/limine/limine.conf", "");
	expect_loader(tree, NULL,
		      "several boot loaders have left traces: /boot/efi/loader/entries/arch.conf, "
		      "/boot/limine/limine.conf");
	/* Started by a BIOS, it cannot have been systemd-boot. */
	tree_folder(tree, "/sys/firmware/acpi");
	expect_loader(tree, "limine", "/boot/limine/limine.conf");
}

static void loader_that_this_boot_excludes(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/boot/loader/entries/arch.conf", "");
	tree_put(tree, "/boot/refind_linux.conf", "");
	tree_put(tree, "/boot/grub/grub.cfg", "");
	tree_bytes(tree, SECURE_BOOT, "\6\0\0\0\0", 5);
	/* No BOOT_IMAGE=: not GRUB. No LoaderInfo: not systemd-boot. */
	tree_put(tree, "/proc/cmdline", "root=/dev/sda2 initrd=initramfs-linux.img\n");
	expect_loader(tree, "refind", "/boot/refind_linux.conf");
}

static void expect_initramfs(const struct tree *tree, const char *value, const char *source)
{
	g_autoptr(vp_host) host = vp_host_read(tree->root);

	expect_text(host->initramfs, value, source);
}

static void initramfs_tool_by_evidence(void **state)
{
	const struct tree *tree = *state;

	expect_initramfs(tree, NULL, "/usr/bin, /usr/sbin, /etc");
	tree_put(tree, "/etc/booster.yaml", "");
	expect_initramfs(tree, "booster", "/etc/booster.yaml");
	tree_put(tree, "/usr/bin/dracut", "");
	expect_initramfs(tree, "dracut", "/usr/bin/dracut, /etc/booster.yaml");
	tree_put(tree, "/usr/bin/mkinitcpio", "");
	expect_initramfs(tree, NULL, "/usr/bin/mkinitcpio, /usr/bin/dracut, /etc/booster.yaml");
	tree_put(tree, "/etc/mkinitcpio.d/linux612.preset", "");
	expect_initramfs(tree, "mkinitcpio", "/usr/bin/mkinitcpio, /usr/bin/dracut, /etc/booster.yaml");
}

static void initramfs_tools_of_debian(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/usr/bin/dracut", "");
	tree_put(tree, "/usr/sbin/update-initramfs", "");
	tree_put(tree, "/var/lib/initramfs-tools/6.12.107-amd64", "0123 /boot/initrd.img-6.12.107-amd64\n");
	expect_initramfs(tree, "initramfs-tools", "/usr/bin/dracut, /usr/sbin/update-initramfs");
}

/* Nothing here needs privilege or a certain machine: only that it ends, and that every fact has its source. */
static void this_machine(void **state)
{
	g_autoptr(vp_root) root = vp_root_open(NULL, NULL);
	g_autoptr(vp_host) host = vp_host_read(root);
	const char *sources[] = {host->cpu_vendor.source,     host->threads.source,
				 host->memory_kib.source,     host->iommu_table.source,
				 host->iommu_groups.source,   host->above_4g.source,
				 host->kernel_release.source, host->boot_loader.source,
				 host->initramfs.source,      host->package_manager.source};

	for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
		assert_non_null(sources[i]);
	assert_true(host->threads.value > 0);
	assert_true(host->memory_kib.value > 0);
	assert_non_null(host->kernel_release.value);
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(processor_facts),
		scratch_test(processor_without_virtualization),
		scratch_test(nothing_seen_is_no_fact),
		scratch_test(iommu_that_is_on),
		scratch_test(iommu_that_is_off),
		scratch_test(secure_boot_is_the_fifth_byte),
		scratch_test(windows_above_four_gibibytes),
		scratch_test(board_facts),
		scratch_test(os_release_as_a_shell_reads_it),
		scratch_test(kernel_that_runs_or_would),
		scratch_test(modules_of_a_kernel),
		scratch_test(package_manager_by_its_database),
		scratch_test(libvirt_facts),
		scratch_test(grub_by_its_command_line),
		scratch_test(systemd_boot_by_its_variable),
		scratch_test(other_loaders_by_their_variable),
		scratch_test(grub_started_by_another),
		scratch_test(unified_images_by_their_stub),
		scratch_test(loader_by_its_files),
		scratch_test(loader_that_this_boot_excludes),
		scratch_test(initramfs_tool_by_evidence),
		scratch_test(initramfs_tools_of_debian),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
