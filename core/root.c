/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root.c - reading the files of the machine */
#include "config.h"
#include "root.h"
#include "core.h"
#include "root_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_MAX ((gsize)16 << 20)
#define STRETCH ((size_t)1 << 20)

/* ---- errors ------------------------------------------------------------------------------------------- */

/* EFBIG, EMLINK and ESPIPE are what this module itself sets for the cases named here. */
static const char *why_of(int number)
{
	switch (number) {
	case EISDIR:
		return "it is a folder";
	case ENOTDIR:
		return "a part of this path is a file";
	case EFBIG:
		return "it is larger than 16 MiB";
	case EMLINK:
		return "it has other names (hard links), which would keep the old content";
	case ESPIPE:
		return "it is not an ordinary file";
	default:
		return g_strerror(number);
	}
}

static const char *todo_of(int number)
{
	switch (number) {
	case EACCES:
		return "; run it as root";
	case EPERM:
		return "; run it as root; for root, lsattr shows whether the file or its folder is immutable";
	case ENOSPC:
	case EDQUOT:
		return "; free some space and try again";
	case EROFS:
		return "; mount that file system writable and try again";
	case EIO:
		return "; dmesg shows what is wrong with the disk";
	case EBUSY:
		return "; something is mounted on it: unmount that and try again";
	case ELOOP:
		return "; look at the symbolic links of this path";
	case EISDIR:
	case ENOTDIR:
	case ESPIPE:
		return "; move it out of the way and try again";
	case ENOTEMPTY:
		return "; see what it still holds";
	case EFBIG:
		return "; see whether it is the file you mean";
	case EMLINK:
		return "; put a copy in its place and try again";
	default:
		return "";
	}
}

bool vp_root_fail(const struct vp_root *root, const char *verb, const char *path, GQuark domain, int code,
		  GError **error)
{
	int number = errno;

	g_set_error(error, domain, code, "cannot %s %s%s: %s%s", verb, root && !root->live ? root->path : "",
		    path, why_of(number), todo_of(number));
	return false;
}

/* ---- the root ----------------------------------------------------------------------------------------- */

static int open_confined(int dir, const char *path, int flags, guint64 resolve)
{
	struct open_how how = {.flags = (guint64)flags, .resolve = resolve};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Old kernels (before 5.6) and the seccomp filters of some containers have no openat2. */
static bool openat2_is_missing(void)
{
	return errno == ENOSYS || errno == EPERM;
}

int vp_root_fd(const struct vp_root *root, const char *path, int flags, enum vp_root_use use)
{
	int fd, tries = 32;

	if (path[0] != '/') {
		errno = EINVAL;
		return -1;
	}
	/* From the folder down, which of a root that was entered is not "/". */
	path += strspn(path, "/");
	if (*path == '\0')
		path = ".";
	flags |= O_CLOEXEC;
	/* openat2 refuses these beside O_PATH, which needs neither. */
	if (!(flags & O_PATH))
		flags |= O_NOCTTY | O_NONBLOCK;

	/* The live system has no border to keep, and the magic links of /proc are of use only for reading. */
	if (root->live && use == VP_ROOT_LOOK)
		return openat(root->fd, path, flags);
	do {
		fd = open_confined(root->fd, path, flags,
				   root->live ? RESOLVE_NO_MAGICLINKS
					      : RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
		/* openat2(2): EAGAIN says that a rename got in the way of "..", so it could not be sure. */
	} while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
	if (fd < 0 && root->live && openat2_is_missing())
		return openat(root->fd, path, flags);
	return fd;
}

static bool confinement_works(const struct vp_root *root, GError **error)
{
	int fd = vp_root_fd(root, "/", O_PATH, VP_ROOT_LOOK);

	if (fd < 0 && openat2_is_missing()) {
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "cannot work inside %s: this kernel or container does not offer openat2; use "
			    "Linux 5.6 or "
			    "newer, outside of a container",
			    root->path);
		return false;
	}
	if (fd < 0)
		return vp_root_fail(root, "open", "/", VP_ERROR, VP_ERROR_FAILED, error);
	close(fd);
	return true;
}

struct vp_root *vp_root_open(const char *path, GError **error)
{
	g_autoptr(vp_root) root = g_new0(struct vp_root, 1);

	root->fd = -1;
	root->path = realpath(path ? path : "/", NULL);
	if (root->path)
		root->fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot work on the system under %s: %s; name the folder where its / is mounted",
			    path, g_strerror(errno));
		return NULL;
	}
	root->live = strcmp(root->path, "/") == 0;
	if (!root->live && !confinement_works(root, error))
		return NULL;
	return g_steal_pointer(&root);
}

struct vp_root *vp_root_enter(const struct vp_root *root, const char *path)
{
	int fd = vp_root_fd(root, path, O_PATH | O_DIRECTORY, VP_ROOT_LOOK);
	struct vp_root *folder;

	if (fd < 0)
		return NULL;
	folder = g_new0(struct vp_root, 1);
	folder->fd = fd;
	folder->path = g_build_filename(root->path, path, NULL);
	folder->live = root->live;
	return folder;
}

void vp_root_close(struct vp_root *root)
{
	if (!root)
		return;
	if (root->fd >= 0)
		close(root->fd);
	g_free(root->path);
	g_free(root);
}

void vp_root_set_scratch(struct vp_root *root)
{
	root->scratch = true;
}

const char *vp_root_path(const struct vp_root *root)
{
	return root->path;
}

bool vp_root_is_live(const struct vp_root *root)
{
	return root->live;
}

/* ---- looking ------------------------------------------------------------------------------------------ */

bool vp_root_stat(const struct vp_root *root, const char *path, struct stat *ret)
{
	int fd = vp_root_fd(root, path, O_PATH, VP_ROOT_LOOK);
	bool ok = fd >= 0 && fstat(fd, ret) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

bool vp_root_exists(const struct vp_root *root, const char *path)
{
	struct stat st;

	return vp_root_stat(root, path, &st);
}

char *vp_root_readlink(const struct vp_root *root, const char *path)
{
	char target[PATH_MAX];
	int fd = vp_root_fd(root, path, O_PATH | O_NOFOLLOW, VP_ROOT_LOOK);
	ssize_t length;

	if (fd < 0)
		return NULL;
	length = readlinkat(fd, "", target, sizeof(target));
	close(fd);
	return length < 0 ? NULL : g_strndup(target, (gsize)length);
}

/* Where the kernel says an open file is. */
static char *place_of(int fd)
{
	g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);

	return g_file_read_link(link, NULL);
}

char *vp_root_resolve(const struct vp_root *root, const char *path)
{
	g_autofree char *real = NULL, *base = NULL;
	const char *inside;
	int fd = vp_root_fd(root, path, O_PATH, VP_ROOT_LOOK);

	if (fd < 0)
		return NULL;
	real = place_of(fd);
	close(fd);
	/* Asked anew each time: the folder may have been moved since it was opened. */
	base = root->live ? g_strdup("") : place_of(root->fd);
	if (!real || !base || !g_str_has_prefix(real, base))
		return NULL;
	inside = real + strlen(base);
	if (*inside == '\0')
		return g_strdup("/");
	return *inside == '/' ? g_strdup(inside) : NULL;
}

gint64 vp_root_free_space(const struct vp_root *root, const char *path)
{
	g_autofree char *place = g_strdup(path);
	struct statvfs fs;
	bool ok;
	int fd;

	while ((fd = vp_root_fd(root, place, O_PATH, VP_ROOT_LOOK)) < 0) {
		char *parent;

		if (place[0] != '/' || place[1] == '\0')
			return -1;
		parent = g_path_get_dirname(place);
		g_free(place);
		place = parent;
	}
	ok = fstatvfs(fd, &fs) == 0;
	close(fd);
	/* f_bavail leaves alone what the file system keeps back for root. */
	return ok ? (gint64)(fs.f_bavail * fs.f_frsize) : -1;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **vp_root_names(int fd)
{
	GPtrArray *names;
	struct dirent *entry;
	DIR *folder = fdopendir(fd);

	if (!folder) {
		close(fd);
		return NULL;
	}
	names = g_ptr_array_new();
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			g_ptr_array_add(names, g_strdup(entry->d_name));
	}
	closedir(folder);
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

char **vp_root_list(const struct vp_root *root, const char *path)
{
	int fd = vp_root_fd(root, path, O_RDONLY | O_DIRECTORY, VP_ROOT_LOOK);

	return fd < 0 ? NULL : vp_root_names(fd);
}

char **vp_root_match(const struct vp_root *root, const char *folder, const char *pattern)
{
	g_auto(GStrv) names = vp_root_list(root, folder);
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	for (char **name = names; name && *name; name++) {
		g_autofree char *path = g_build_filename(folder, *name, NULL);

		if (g_pattern_match_simple(pattern, *name))
			g_strv_builder_add(paths, path);
	}
	return g_strv_builder_end(paths);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

/* Reads to the end, whatever size was announced: files of /proc say 0 and files of /sys 4096. */
static GByteArray *read_all(int fd)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct stat st;
	gsize filled = 0;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
		return NULL;
	}
	g_byte_array_set_size(bytes, (guint)CLAMP((gsize)st.st_size + 1, 4096, FILE_MAX + 1));
	while ((got = read(fd, bytes->data + filled, bytes->len - filled)) != 0) {
		if (got < 0 && errno != EINTR)
			return NULL;
		filled += got < 0 ? 0 : (gsize)got;
		if (filled > FILE_MAX) {
			errno = EFBIG;
			return NULL;
		}
		if (filled == bytes->len)
			g_byte_array_set_size(bytes, (guint)MIN(2 * filled, FILE_MAX + 1));
	}
	g_byte_array_set_size(bytes, (guint)filled);
	return g_steal_pointer(&bytes);
}

/* Takes the descriptor over; -1 and errno are the failure of opening it. */
static GBytes *read_and_close(const struct vp_root *root, const char *path, int fd, GError **error)
{
	GByteArray *bytes = fd < 0 ? NULL : read_all(fd);

	if (!bytes)
		vp_root_fail(root, "read", path, G_FILE_ERROR, (int)g_file_error_from_errno(errno), error);
	if (fd >= 0)
		close(fd);
	return bytes ? g_byte_array_free_to_bytes(bytes) : NULL;
}

GBytes *vp_root_read(const struct vp_root *root, const char *path, GError **error)
{
	return read_and_close(root, path, vp_root_fd(root, path, O_RDONLY, VP_ROOT_LOOK), error);
}

GBytes *vp_root_read_outside(const char *path, GError **error)
{
	return read_and_close(NULL, path, open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error);
}

static char *to_text(const char *data, gsize length)
{
	const char *bad, *end = data + length - (length > 0 && data[length - 1] == '\n');
	GString *text = g_string_sized_new((gsize)(end - data));

	while (!g_utf8_validate(data, end - data, &bad)) {
		g_string_append_len(text, data, bad - data);
		g_string_append_printf(text, "\\x%02x", (unsigned char)*bad);
		data = bad + 1;
	}
	g_string_append_len(text, data, end - data);
	return g_string_free(text, FALSE);
}

static bool ends_at(int fd, off_t offset)
{
	char more;

	return pread(fd, &more, 1, offset) == 0;
}

char *vp_root_read_text(const struct vp_root *root, const char *path)
{
	g_autoptr(GByteArray) bytes = NULL;
	char value[4096], *text = NULL;
	int fd = vp_root_fd(root, path, O_RDONLY, VP_ROOT_LOOK);
	ssize_t got;

	if (fd < 0)
		return NULL;
	/* One read is enough for one line: the kernel makes an attribute (at most a page) in one go. Only
	 * what looks different is asked for its end and its type; pread fails on what could make us wait. */
	got = pread(fd, value, sizeof(value), 0);
	if (got > 0 && (memchr(value, '\n', (gsize)got) == value + got - 1 || ends_at(fd, got)))
		text = to_text(value, (gsize)got);
	else if (got >= 0 && (bytes = read_all(fd)) != NULL)
		text = to_text((const char *)bytes->data, bytes->len);
	close(fd);
	return text;
}

char *vp_root_hash(const struct vp_root *root, const char *path)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree unsigned char *stretch = g_malloc(STRETCH);
	int fd = vp_root_fd(root, path, O_RDONLY, VP_ROOT_LOOK);
	ssize_t got = -1;

	while (fd >= 0 && ((got = read(fd, stretch, STRETCH)) > 0 || (got < 0 && errno == EINTR)))
		if (got > 0)
			g_checksum_update(sum, stretch, got);
	if (fd >= 0)
		close(fd);
	return got == 0 ? g_strdup(g_checksum_get_string(sum)) : NULL;
}
