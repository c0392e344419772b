/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_rom.c - reading the option ROM of a PCI function, which must be switched on for it */
#include "config.h"

#include "root.h"

#include "root_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ROM_MAX ((gsize)16 << 20)
#define CHUNK ((gsize)64 << 10)

static GBytes *read_rom(int fd)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gsize filled = 0;
	ssize_t got;

	do {
		g_byte_array_set_size(bytes, (guint)(filled + CHUNK));
		got = pread(fd, bytes->data + filled, CHUNK, (off_t)filled);
		if (got < 0 && errno != EINTR)
			return NULL;
		filled += got < 0 ? 0 : (gsize)got;
	} while (got != 0 && filled < ROM_MAX);
	g_byte_array_set_size(bytes, (guint)filled);
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static bool is_sysfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC;
}

/* pci_write_rom() in drivers/pci/pci-sysfs.c: "0" switches the ROM off, all else switches it on. */
static GBytes *read_switched_on(int fd)
{
	GBytes *bytes = NULL;
	int number;

	if (pwrite(fd, "1", 1, 0) == 1)
		bytes = read_rom(fd);
	number = errno;
	if (pwrite(fd, "0", 1, 0) != 1 && bytes)
		g_clear_pointer(&bytes, g_bytes_unref);
	errno = number;
	return bytes;
}

GBytes *vp_root_read_rom(const struct vp_root *root, const char *path, GError **error)
{
	GBytes *bytes = NULL;
	int fd = -1;

	if (!vp_root_is_live(root))
		return vp_root_read(root, path, error);
	fd = vp_root_fd(root, path, O_RDWR, VP_ROOT_LOOK);
	if (fd >= 0 && !is_sysfs(fd))
		errno = EINVAL;
	else if (fd >= 0)
		bytes = read_switched_on(fd);
	if (!bytes)
		vp_root_fail(root, "read", path, G_FILE_ERROR, (int)g_file_error_from_errno(errno), error);
	if (fd >= 0)
		close(fd);
	return bytes;
}
