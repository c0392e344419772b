/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-groups.c - what bench-groups.sh measures with: makes a large machine, and reads it with the least effort
 *
 *   bench-groups make COUNT FOLDER   puts a /sys with COUNT functions into FOLDER, as the kernel lays it out
 *   bench-groups bare FOLDER         one uevent read and one iommu_group readlink a function, nothing more
 *   bench-groups run TIMES COMMAND   runs it, and prints the least processor time (microseconds) and the most
 *                                    memory (KiB) it took
 */
#include "config.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUNCTIONS 8 /* of a slot */
#define SLOTS 32    /* of a bus */
#define DEVICES "sys/bus/pci/devices"

/* Some of each sort that a computer has: class, vendor, device, driver. */
static const struct model {
	unsigned class, vendor, device;
	const char *driver;
} models[] = {
	{0x060400, 0x1022, 0x1483, "pcieport"},      {0x030000, 0x10de, 0x13c2, "nouveau"},
	{0x040300, 0x10de, 0x0fbb, "snd_hda_intel"}, {0x010802, 0x144d, 0xa808, "nvme"},
	{0x020000, 0x8086, 0x1521, "igb"},           {0x020000, 0x8086, 0x154c, "iavf"},
	{0x0c0330, 0x1022, 0x149c, "xhci_hcd"},      {0x010601, 0x1022, 0x7901, "ahci"},
};

static void make_folder(const char *path)
{
	char part[PATH_MAX];

	for (const char *at = path;; at++) {
		if (*at && *at != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (*part && mkdir(part, 0755) < 0 && errno != EEXIST)
			err(1, "%s", part);
		if (!*at)
			return;
	}
}

/* Caller frees. */
static char *join(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		err(1, "%s", folder);
	return path;
}

static FILE *create(const char *folder, const char *name)
{
	char *path = join(folder, name);
	FILE *file = fopen(path, "w");

	if (!file)
		err(1, "%s", path);
	free(path);
	return file;
}

static void put(const char *folder, const char *name, const char *format, ...)
{
	FILE *file = create(folder, name);
	va_list args;

	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fclose(file);
}

static void put_link(const char *folder, const char *name, const char *target)
{
	char *path = join(folder, name);

	if (symlink(target, path) < 0)
		err(1, "%s", path);
	free(path);
}

static void put_config(const char *folder, const struct model *model)
{
	unsigned char config[64] = {[0x0e] = model->class == 0x060400 ? 0x81 : 0x80};
	FILE *file = create(folder, "config");

	config[0] = model->vendor & 0xff;
	config[1] = (unsigned char)(model->vendor >> 8);
	config[2] = model->device & 0xff;
	config[3] = (unsigned char)(model->device >> 8);
	if (fwrite(config, 1, sizeof(config), file) != sizeof(config))
		err(1, "%s/config", folder);
	fclose(file);
}

static void put_attributes(const char *folder, const char *address, const struct model *model)
{
	put(folder, "uevent",
	    "DRIVER=%s\nPCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=1043:8506\nPCI_SLOT_NAME=%s\n",
	    model->driver, model->class, model->vendor, model->device, address);
	put(folder, "vendor", "0x%04x\n", model->vendor);
	put(folder, "device", "0x%04x\n", model->device);
	put(folder, "class", "0x%06x\n", model->class);
	put(folder, "revision", "0xa1\n");
	put(folder, "irq", "16\n");
	put(folder, "numa_node", "0\n");
	put(folder, "subsystem_vendor", "0x1043\n");
	put(folder, "subsystem_device", "0x8506\n");
	put(folder, "reset_method", "flr bus\n");
	put(folder, "resource", "%s", "");
	if (model->class == 0x030000)
		put(folder, "boot_vga", "0\n");
	put_config(folder, model);
}

/* The functions of a slot are of one model, so of one group. */
static void make(unsigned count, const char *root)
{
	char devices[PATH_MAX], folder[PATH_MAX], target[PATH_MAX], address[64];

	snprintf(devices, sizeof(devices), "%s/" DEVICES, root);
	make_folder(devices);
	for (unsigned i = 0; i < count; i++) {
		unsigned slot = i / FUNCTIONS, bus = slot / SLOTS;
		const struct model *model = &models[slot % (sizeof(models) / sizeof(models[0]))];

		snprintf(address, sizeof(address), "0000:%02x:%02x.%u", bus, slot % SLOTS, i % FUNCTIONS);
		snprintf(target, sizeof(target), "../../../devices/pci0000:%02x/%s", bus, address);
		put_link(devices, address, target);
		snprintf(folder, sizeof(folder), "%s/sys/devices/pci0000:%02x/%s", root, bus, address);
		make_folder(folder);
		put_attributes(folder, address, model);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", model->driver);
		put_link(folder, "driver", target);
		snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%u", slot);
		put_link(folder, "iommu_group", target);
		snprintf(folder, sizeof(folder), "%s/sys/kernel/iommu_groups/%u", root, slot);
		make_folder(folder);
	}
}

static void bare(const char *root)
{
	char path[PATH_MAX], text[4096];
	DIR *folder;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/" DEVICES, root);
	folder = opendir(path);
	if (!folder)
		err(1, "%s", path);
	while ((entry = readdir(folder))) {
		int file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/" DEVICES "/%s/uevent", root, entry->d_name);
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0 || read(file, text, sizeof(text)) <= 0)
			err(1, "%s", path);
		close(file);
		snprintf(path, sizeof(path), "%s/" DEVICES "/%s/iommu_group", root, entry->d_name);
		if (readlink(path, text, sizeof(text)) <= 0)
			err(1, "%s", path);
	}
	closedir(folder);
}

static void start(char **argv)
{
	int nothing = open("/dev/null", O_WRONLY);

	dup2(nothing, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

static long microseconds(const struct timeval *time)
{
	return time->tv_sec * 1000000L + time->tv_usec;
}

static void run(unsigned times, char **argv)
{
	long least = LONG_MAX, most = 0;

	for (unsigned i = 0; i < times; i++) {
		struct rusage usage;
		int status;
		pid_t child = fork();

		if (child == 0)
			start(argv);
		if (child < 0 || wait4(child, &status, 0, &usage) < 0)
			err(1, "%s", argv[0]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			errx(1, "%s failed", argv[0]);
		if (microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime) < least)
			least = microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
		if (usage.ru_maxrss > most)
			most = usage.ru_maxrss;
	}
	printf("%ld %ld\n", least, most);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make"))
		make((unsigned)strtoul(argv[2], NULL, 10), argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "bare"))
		bare(argv[2]);
	else if (argc >= 4 && !strcmp(argv[1], "run"))
		run((unsigned)strtoul(argv[2], NULL, 10), argv + 3);
	else
		errx(2, "usage: bench-groups make COUNT FOLDER | bare FOLDER | run TIMES COMMAND...");
	return 0;
}
