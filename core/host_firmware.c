/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_firmware.c - what the firmware offers: IOMMU tables, UEFI, secure boot, large address windows, DMI */
#include "config.h"

#include "host.h"

#include <string.h>

#define ACPI_TABLES "/sys/firmware/acpi/tables"
#define EFIVARS "/sys/firmware/efi/efivars"
#define SECURE_BOOT EFIVARS "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* include/linux/ioport.h: flags of a line in the file `resource` */
#define IORESOURCE_PREFETCH 0x2000
#define IORESOURCE_MEM_64 0x100000

#define FOUR_GIB (G_GUINT64_CONSTANT(1) << 32)

/* The files are closed to users, the folder is not (drivers/acpi/sysfs.c): their names are enough. Both are looked
 * for, whatever the processor says of itself: a processor whose virtualization is switched off still has its IOMMU. */
static void read_iommu_table(struct vp_host *host, const struct vp_root *root)
{
	g_auto(GStrv) names = vp_root_list(root, ACPI_TABLES);
	const char *const *set = (const char *const *)names;

	if (!names)
		vp_flag_set(&host->iommu_table, VP_UNKNOWN, ACPI_TABLES);
	else if (g_strv_contains(set, "DMAR"))
		vp_flag_set(&host->iommu_table, VP_YES, ACPI_TABLES "/DMAR");
	else if (g_strv_contains(set, "IVRS"))
		vp_flag_set(&host->iommu_table, VP_YES, ACPI_TABLES "/IVRS");
	else
		vp_flag_set(&host->iommu_table, VP_NO, ACPI_TABLES "/{DMAR,IVRS}");
}

/* Both folders exist and are empty while the IOMMU is off: what counts is what is in them. */
static void read_iommu(struct vp_host *host, const struct vp_root *root)
{
	g_auto(GStrv) units = vp_root_list(root, "/sys/class/iommu");
	g_auto(GStrv) groups = vp_root_list(root, "/sys/kernel/iommu_groups");
	enum vp_tri active = vp_root_exists(root, "/sys/class") ? VP_NO : VP_UNKNOWN;
	gint64 count = vp_root_exists(root, "/sys/kernel") ? 0 : -1;

	if (units && units[0])
		active = VP_YES;
	if (groups)
		count = (gint64)g_strv_length(groups);
	vp_flag_set(&host->iommu_active, active, "/sys/class/iommu");
	vp_number_set(&host->iommu_groups, count, "/sys/kernel/iommu_groups");
}

static void read_uefi(struct vp_host *host, const struct vp_root *root)
{
	g_autoptr(GBytes) secure = vp_root_read(root, SECURE_BOOT, NULL);
	g_auto(GStrv) variables = vp_root_list(root, EFIVARS);
	enum vp_tri uefi = VP_UNKNOWN, on = VP_UNKNOWN;
	gsize length = 0;
	const guint8 *bytes = secure ? g_bytes_get_data(secure, &length) : NULL;

	if (vp_root_exists(root, "/sys/firmware/efi"))
		uefi = VP_YES;
	else if (vp_root_exists(root, "/sys/firmware"))
		uefi = VP_NO;
	/* Four bytes of attributes come before the value (Documentation/filesystems/efivarfs.rst). */
	if (length > 4)
		on = bytes[4] == 1 ? VP_YES : VP_NO;
	else if (uefi == VP_NO || (variables && variables[0] && vp_host_sees(root, SECURE_BOOT) == VP_NO))
		on = VP_NO;
	vp_flag_set(&host->uefi, uefi, "/sys/firmware/efi");
	/* Without UEFI there is no secure boot either, and no variable to look at. */
	vp_flag_set(&host->secure_boot, on, uefi == VP_NO ? "/sys/firmware/efi" : SECURE_BOOT);
}

/* Where the 64-bit prefetchable windows of one function lie: VP_UNKNOWN when it has none. Only the first six
 * lines are its own base addresses; what follows is its ROM and what a bridge passes on. */
static enum vp_tri windows_above_4g(const char *resource)
{
	g_auto(GStrv) lines = g_strsplit(resource, "\n", 7);
	enum vp_tri above = VP_UNKNOWN;

	for (int i = 0; lines[i] && i < 6; i++) {
		char *next;
		guint64 start = g_ascii_strtoull(lines[i], &next, 16);
		guint64 end = g_ascii_strtoull(next, &next, 16);
		guint64 flags = g_ascii_strtoull(next, NULL, 16);

		if (!(flags & IORESOURCE_PREFETCH) || !(flags & IORESOURCE_MEM_64) || end <= start)
			continue;
		if (start >= FOUR_GIB)
			return VP_YES;
		above = VP_NO;
	}
	return above;
}

static void read_above_4g(struct vp_host *host, const struct vp_root *root)
{
	vp_flag_set(&host->above_4g, VP_UNKNOWN, "/sys/bus/pci/devices/*/resource");
	for (guint i = 0; i < host->devices->len && host->above_4g.value != VP_YES; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);
		g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/resource", device->address);
		g_autofree char *text = vp_device_is_display(device) ? vp_root_read_text(root, path) : NULL;
		enum vp_tri above = text ? windows_above_4g(text) : VP_UNKNOWN;

		if (above != VP_UNKNOWN)
			vp_flag_set(&host->above_4g, above, path);
	}
}

static void read_dmi(struct vp_text *text, const struct vp_root *root, const char *name)
{
	g_autofree char *path = g_strconcat("/sys/class/dmi/id/", name, NULL);
	char *value = vp_root_read_text(root, path);

	if (value && !*g_strstrip(value))
		g_clear_pointer(&value, g_free);
	vp_text_take(text, value, path);
}

void vp_host_read_firmware(struct vp_host *host, const struct vp_root *root)
{
	read_iommu_table(host, root);
	read_iommu(host, root);
	read_uefi(host, root);
	read_above_4g(host, root);
	read_dmi(&host->board_vendor, root, "board_vendor");
	read_dmi(&host->board_name, root, "board_name");
	read_dmi(&host->bios_version, root, "bios_version");
}
