/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields.c - the questions as one table: key, type, words, default, and what may be chosen */
#include "config.h"

#include "fields.h"
#include "internal.h"

#include <string.h>

#define HOST_RESERVE_MIB 4096 /* what the host keeps for itself unless there is not even that much */

typedef char *default_function(const struct vp_session *session);

static char *default_name(const struct vp_session *session)
{
	g_autofree char *os = vp_answer_get(session, "machine.os");

	return g_strdup(strcmp(os, "windows11") ? "linux-gpu" : "windows11-gpu");
}

/* Half of the memory, whole GiB, never into the host's reserve where that can be avoided. */
static char *default_memory(const struct vp_session *session)
{
	gint64 host = session->host && session->host->memory_kib.value > 0 ? session->host->memory_kib.value / 1024 : 0;
	gint64 half = (host / 2 + 512) / 1024 * 1024;

	if (!host)
		return g_strdup("8192");
	if (host > HOST_RESERVE_MIB + 2048)
		half = MIN(half, (host - HOST_RESERVE_MIB) / 1024 * 1024);
	return g_strdup_printf("%" G_GINT64_FORMAT, MAX(half, 1024));
}

/* All but one core's worth (two threads), an even number where threads come in pairs. */
static char *default_vcpus(const struct vp_session *session)
{
	gint64 threads = session->host ? session->host->threads.value : -1;

	if (threads < 0)
		return g_strdup("4");
	return g_strdup_printf("%" G_GINT64_FORMAT, threads > 3 ? (threads - 2) / 2 * 2 : MAX(threads - 1, 1));
}

static char *default_firmware(const struct vp_session *session)
{
	g_autofree char *os = vp_answer_get(session, "machine.os");

	return g_strdup(strcmp(os, "windows11") ? "uefi" : "uefi-secure-boot");
}

static char *default_disk(const struct vp_session *session)
{
	g_autofree char *name = vp_answer_get(session, "machine.name");

	return g_strdup_printf("/var/lib/libvirt/images/%s.qcow2", name);
}

static const struct row {
	struct vp_field field;
	const char *fallback;        /* the default as text; NULL: empty, or made by `make` */
	default_function *make;
} rows[] = {
	{{"firmware", VP_FIELD_SET, "Firmware settings you have checked", NULL,
	  "Tick what you have set in the firmware (BIOS) menu and the computer itself cannot show."},
	 NULL, NULL},
	{{"kernel.iommu", VP_FIELD_BOOL, "Switch the IOMMU on", NULL,
	  "The IOMMU keeps a device that was given away inside its virtual machine. Passthrough cannot work without "
	  "it. Nothing is written where the kernel has switched it on by itself."},
	 "yes", NULL},
	{{"kernel.passthrough_mode", VP_FIELD_BOOL, "Direct access for the computer's own devices (iommu=pt)", NULL,
	  "Devices that stay skip the translation: a little faster, and spares them trouble with faulty firmware. They "
	  "are then not held back by the IOMMU; devices of the machine still are."},
	 "yes", NULL},
	{{"kernel.boot_loader", VP_FIELD_CHOICE, "Boot loader", NULL,
	  "What starts this computer, and so whose files are edited. \"auto\" is what was seen; choose by hand only "
	  "where that could not be told."},
	 "auto", NULL},
	{{"kernel.add", VP_FIELD_LIST, "Further kernel parameters to add", NULL,
	  "Parameters of your own, added behind those that are there."},
	 NULL, NULL},
	{{"kernel.remove", VP_FIELD_LIST, "Kernel parameters to remove", NULL,
	  "Whole words as they stand (\"amd_iommu=on\"), or a name alone for every word of that name."},
	 NULL, NULL},
	{{"devices", VP_FIELD_SET, "Devices for the machine", NULL,
	  "What the virtual machine gets and this computer then no longer has. Parts of one card and of one IOMMU "
	  "group go together."},
	 NULL, NULL},
	{{"overrule", VP_FIELD_LIST, "Risks taken", NULL,
	  "What would cost this computer its disk, network, keyboard or screen is refused until the risk is typed out, "
	  "word for word as it is shown."},
	 NULL, NULL},
	{{"binding", VP_FIELD_CHOICE, "How the devices are set aside at boot", NULL,
	  "A graphics card must be set aside before its normal driver takes it. \"auto\" picks the gentlest way that is "
	  "sure to work here."},
	 "auto", NULL},
	{{"packages", VP_FIELD_BOOL, "Install what is missing", NULL,
	  "Through your distribution's own package tool, with versions it offers."},
	 "yes", NULL},
	{{"services", VP_FIELD_BOOL, "Start libvirt and its network", NULL,
	  "Enables libvirt's service at boot, starts it, and starts the network \"default\"."},
	 "yes", NULL},
	{{"machine.os", VP_FIELD_CHOICE, "System of the machine", NULL,
	  "Decides the virtual hardware: Windows 11 needs a TPM, secure boot and its own clock."},
	 "linux", NULL},
	{{"machine.name", VP_FIELD_TEXT, "Name", NULL, "Under this name libvirt and virt-manager list the machine."},
	 NULL, default_name},
	{{"machine.memory_mib", VP_FIELD_NUMBER, "Memory", "MiB",
	  "All of it is taken from this computer while the machine runs. Half of what is there is a good start.", false,
	  512, 16 * 1024 * 1024},
	 NULL, default_memory},
	{{"machine.vcpus", VP_FIELD_NUMBER, "Processors", NULL,
	  "Logical processors of the machine. Leave at least one core to this computer.", false, 1, 4096},
	 NULL, default_vcpus},
	{{"machine.disk_path", VP_FIELD_TEXT, "Disk image", NULL,
	  "The file that is the machine's disk. One that exists is used as it is, never overwritten.", false},
	 NULL, default_disk},
	{{"machine.disk_gib", VP_FIELD_NUMBER, "Size of a new disk image", "GiB",
	  "The file grows as the machine fills it. Windows 11 wants 64 GiB or more.", false, 1, 65536},
	 "64", NULL},
	{{"machine.installer", VP_FIELD_TEXT, "Installer image (ISO)", NULL,
	  "Whole path of the ISO file to install from; empty: none, for a disk that holds a system.", true},
	 NULL, NULL},
	{{"machine.firmware", VP_FIELD_CHOICE, "Firmware of the machine", NULL,
	  "UEFI is needed for a graphics card. Secure boot is for Windows 11; Linux is simpler without."},
	 NULL, default_firmware},
	{{"machine.pin", VP_FIELD_BOOL, "Keep processors apart", NULL,
	  "Gives each processor of the machine one of this computer's for itself: smoother, and easily taken back."},
	 "yes", NULL},
	{{"machine.hugepages", VP_FIELD_BOOL, "Use huge pages", NULL,
	  "Gains little (2 % at most by Red Hat's measure) and needs memory set aside first. Leave it off to begin."},
	 "no", NULL},
};

static const struct row *find_row(const char *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(rows[i].field.key, key))
			return &rows[i];
	return NULL;
}

const struct vp_field *vp_field_find(const char *key)
{
	const struct row *row = find_row(key);

	return row ? &row->field : NULL;
}

const struct vp_field *vp_field_at(size_t index)
{
	return index < G_N_ELEMENTS(rows) ? &rows[index].field : NULL;
}

char **vp_field_default(const struct vp_session *session, const struct vp_field *field)
{
	const struct row *row = find_row(field->key);
	char **words = g_new0(char *, 2);

	words[0] = row->make ? row->make(session) : g_strdup(row->fallback);
	return words;
}

/* ---- choices ------------------------------------------------------------------------------------------------ */

static void choice_free(void *data)
{
	struct vp_choice *choice = data;

	g_free(choice->value);
	g_free(choice->label);
	g_free(choice->hint);
	g_free(choice);
}

static void choice_add(GPtrArray *choices, const char *value, char *label, char *hint, bool chosen)
{
	struct vp_choice *choice = g_new0(struct vp_choice, 1);

	choice->value = g_strdup(value);
	choice->label = label;
	choice->hint = hint;
	choice->chosen = chosen;
	g_ptr_array_add(choices, choice);
}

static const struct {
	const char *key, *value, *label, *hint;
} fixed_choices[] = {
	{"kernel.boot_loader", "auto", "What was seen", "the evidence stands on the Kernel page"},
	{"kernel.boot_loader", "grub", "GRUB", "/etc/default/grub, then update-grub or grub-mkconfig"},
	{"kernel.boot_loader", "grub-bls", "GRUB of Fedora", "grubby changes its entries"},
	{"kernel.boot_loader", "systemd-boot", "systemd-boot", "entries written by hand"},
	{"kernel.boot_loader", "sdboot-manage", "systemd-boot with sdboot-manage", "/etc/sdboot-manage.conf"},
	{"kernel.boot_loader", "kernel-install", "systemd-boot with kernel-install", "/etc/kernel/cmdline"},
	{"kernel.boot_loader", "uki", "Unified kernel image", "/etc/kernel/cmdline, then the image is built"},
	{"kernel.boot_loader", "limine-entry-tool", "Limine with limine-update", "/etc/default/limine"},
	{"kernel.boot_loader", "limine", "Limine", "limine.conf"},
	{"kernel.boot_loader", "refind", "rEFInd", "refind_linux.conf"},
	{"binding", "auto", "Let the program choose", "it says which way it took and why"},
	{"binding", "command-line", "By ids on the kernel command line", "easiest to take out at the boot menu"},
	{"binding", "modprobe", "By ids in a file of modprobe.d", "wins against drivers that load very early"},
	{"binding", "address", "By slot address", "for two equal cards of which one stays"},
	{"binding", "none", "Not at all: libvirt does it when the machine starts", "sound, USB or network, not graphics"},
	{"machine.os", "linux", "Linux", "such as Ubuntu"},
	{"machine.os", "windows11", "Windows 11", "with TPM and secure boot"},
	{"machine.firmware", "uefi", "UEFI", "for Linux"},
	{"machine.firmware", "uefi-secure-boot", "UEFI with secure boot", "for Windows 11"},
};

static void firmware_choices(const struct vp_session *session, GPtrArray *choices)
{
	g_autoptr(GPtrArray) settings = vp_firmware_settings(session);

	for (guint i = 0; i < settings->len; i++) {
		const struct vp_setting *setting = g_ptr_array_index(settings, i);

		if (setting->measured == VP_UNKNOWN)
			choice_add(choices, setting->id,
				   g_strdup_printf("%s = %s", setting->path, setting->value),
				   g_strdup(setting->purpose), setting->ticked);
	}
}

static void device_choices(const struct vp_session *session, GPtrArray *choices)
{
	const GPtrArray *devices = session->host->devices;

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->bridge || device->blocked)
			continue;
		choice_add(choices, device->address,
			   g_strdup_printf("%s  %s, %s", device->address, device->kind, device->name),
			   device->group < 0 ? NULL : g_strdup_printf("IOMMU group %d", device->group),
			   vp_is_chosen(session, device->address));
	}
}

GPtrArray *vp_field_choices(const struct vp_session *session, const struct vp_field *field)
{
	GPtrArray *choices = g_ptr_array_new_with_free_func(choice_free);
	g_autofree char *now = vp_answer_get(session, field->key);

	if (!strcmp(field->key, "firmware"))
		firmware_choices(session, choices);
	else if (!strcmp(field->key, "devices"))
		device_choices(session, choices);
	for (size_t i = 0; i < G_N_ELEMENTS(fixed_choices); i++)
		if (!strcmp(fixed_choices[i].key, field->key))
			choice_add(choices, fixed_choices[i].value, g_strdup(fixed_choices[i].label),
				   g_strdup(fixed_choices[i].hint), !strcmp(now, fixed_choices[i].value));
	return choices;
}
