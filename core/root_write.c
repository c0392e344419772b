/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_write.c - changing the files of the machine, so that a crash leaves the old or the new */
#include "config.h"
#include "root.h"
#include "core.h"
#include "root_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FOLDER (O_RDONLY | O_DIRECTORY)
#define INSIDE (O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)
#define LINKS_MAX 40 /* as path_resolution(7) */
#define STRETCH ((size_t)1 << 20)

static bool fail(const struct vp_root *root, const char *verb, const char *path, GError **error)
{
	return vp_root_fail(root, verb, path, VP_ERROR, VP_ERROR_FAILED, error);
}

/* close() that keeps errno, for the ways out. */
static void shut(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

static bool sync_file(const struct vp_root *root, int fd)
{
	return root->scratch || fsync(fd) == 0;
}

static bool sync_folder(const struct vp_root *root, int fd)
{
	/* Some network file systems cannot sync a folder and say EINVAL. */
	return sync_file(root, fd) || errno == EINVAL;
}

/* ---- places: an open folder and a name in it ---------------------------------------------------------- */

struct place {
	int dir;
	char *name;
};

static void place_clear(struct place *at)
{
	shut(at->dir);
	g_free(at->name);
}
typedef struct place place; /* for g_auto() */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(place, place_clear)

/* "/etc/default/grub" -> "/etc/default" and "grub". */
static bool split_path(const char *path, char **ret_folder, char **ret_name)
{
	gsize end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	*ret_name = g_strndup(path + start, end - start);
	*ret_folder = start > 0 ? g_strndup(path, start) : g_strdup("");
	if (**ret_name != '\0' && strcmp(*ret_name, ".") != 0 && strcmp(*ret_name, "..") != 0)
		return true;
	errno = EISDIR;
	return false;
}

static bool place_open(const struct vp_root *root, const char *path, bool make, struct place *ret);

/* Makes one folder in one that is there. */
static int make_folder(const struct vp_root *root, const char *path, mode_t mode)
{
	g_auto(place) at = {.dir = -1};
	bool made;
	int fd;

	if (!place_open(root, path, true, &at))
		return -1;
	made = mkdirat(at.dir, at.name, mode) == 0;
	if (!made && errno != EEXIST)
		return -1;
	if (!made)
		/* Another program was quicker, or ".." follows a folder that was missing. */
		return vp_root_fd(root, path, FOLDER, VP_ROOT_CHANGE);
	fd = openat(at.dir, at.name, FOLDER | INSIDE);
	/* Whatever the umask is: a folder of the system that only root can enter breaks programs later. */
	if (fd >= 0 && fchmod(fd, mode) == 0 && sync_folder(root, at.dir))
		return fd;
	shut(fd);
	return -1;
}

static int open_folder(const struct vp_root *root, const char *path, bool make, mode_t mode)
{
	int fd = vp_root_fd(root, path, FOLDER, VP_ROOT_CHANGE);

	return fd < 0 && errno == ENOENT && make ? make_folder(root, path, mode) : fd;
}

static bool place_open(const struct vp_root *root, const char *path, bool make, struct place *ret)
{
	g_autofree char *folder = NULL, *name = NULL;

	if (!split_path(path, &folder, &name))
		return false;
	ret->dir = open_folder(root, folder, make, 0755);
	if (ret->dir < 0)
		return false;
	ret->name = g_steal_pointer(&name);
	return true;
}

/* The place a write has to go to: behind every link, which may lead to nothing yet. The kernel keeps each
 * folder on the way within the root; only the last name is looked at here, and never followed when used. */
static bool place_follow(const struct vp_root *root, const char *path, struct place *ret)
{
	g_autofree char *where = g_strdup(path);
	char target[PATH_MAX];

	for (unsigned links = 0; links <= LINKS_MAX; links++) {
		g_autofree char *folder = NULL, *name = NULL;
		struct place here = {.dir = -1};
		ssize_t length;

		if (!place_open(root, where, true, &here))
			return false;
		length = readlinkat(here.dir, here.name, target, sizeof(target) - 1);
		if (length < 0 && (errno == EINVAL || errno == ENOENT)) {
			*ret = here;
			return true;
		}
		place_clear(&here);
		if (length < 0 || !split_path(where, &folder, &name))
			return false;
		target[length] = '\0';
		g_free(where);
		where = g_strconcat(target[0] == '/' ? "" : folder, target, NULL);
	}
	errno = ELOOP;
	return false;
}

/* ---- the temporary file ------------------------------------------------------------------------------- */

/* Of a name as long as a file system allows, only a part fits. */
static char *temp_prefix(const char *name)
{
	return g_strdup_printf(".%.200s.vp-", name);
}

/* A write that was killed leaves its temporary file: the next change of the same file clears it away. One
 * that is still at work holds a lock on it. */
static void sweep(const struct vp_root *root, const struct place *at)
{
	g_autofree char *prefix = temp_prefix(at->name);
	g_auto(GStrv) names = NULL;
	int dir;

	if (root->scratch)
		return;
	dir = openat(at->dir, ".", FOLDER | INSIDE);
	names = dir < 0 ? NULL : vp_root_names(dir);
	for (char **name = names; name && *name; name++) {
		int fd;

		if (!g_str_has_prefix(*name, prefix))
			continue;
		fd = openat(at->dir, *name, O_RDONLY | INSIDE);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			unlinkat(at->dir, *name, 0);
		shut(fd);
	}
}

static int temp_create(const struct place *at, char **ret_name)
{
	g_autofree char *prefix = temp_prefix(at->name);
	g_autofree char *name = NULL;
	guint64 number;
	int fd;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -1;
	name = g_strdup_printf("%s%016" G_GINT64_MODIFIER "x", prefix, number);
	fd = openat(at->dir, name, O_WRONLY | O_CREAT | O_EXCL | INSIDE, 0600);
	if (fd < 0)
		return -1;
	/* Where locks do not work, two writers at once could only make one of them fail. */
	flock(fd, LOCK_EX | LOCK_NB);
	*ret_name = g_steal_pointer(&name);
	return fd;
}

static bool write_all(int fd, const char *data, gsize length)
{
	while (length > 0) {
		ssize_t put = write(fd, data, length);

		if (put < 0 && errno != EINTR)
			return false;
		data += put < 0 ? 0 : put;
		length -= put < 0 ? 0 : (gsize)put;
	}
	return true;
}

/* ---- owner, mode and extended attributes -------------------------------------------------------------- */

static GBytes *get_xattr(int fd, const char *name)
{
	ssize_t size = fgetxattr(fd, name, NULL, 0);
	g_autofree char *value = size < 0 ? NULL : g_malloc((gsize)size + 1);

	size = size < 0 ? -1 : fgetxattr(fd, name, value, (gsize)size);
	return size < 0 ? NULL : g_bytes_new(value, (gsize)size);
}

static bool copy_xattr(int from, int to, const char *name)
{
	g_autoptr(GBytes) value = get_xattr(from, name), present = NULL;
	gsize size;
	const void *data;

	if (!value)
		return errno == ENODATA;
	present = get_xattr(to, name);
	if (present && g_bytes_equal(value, present))
		return true;
	data = g_bytes_get_data(value, &size);
	if (fsetxattr(to, name, data ? data : "", size, 0) == 0)
		return true;
	/* Labels are the business of root (xattr(7)); without it the file gets those of its folder. */
	return g_str_has_prefix(name, "security.") && geteuid() != 0;
}

static bool copy_xattrs(int from, int to)
{
	ssize_t size = flistxattr(from, NULL, 0);
	g_autofree char *names = size > 0 ? g_malloc0((gsize)size + 1) : NULL;

	/* An access list that came from the default of the folder (acl(5)) is not that of the old file. */
	fremovexattr(to, "system.posix_acl_access");
	if (size <= 0)
		return size == 0 || errno == ENOTSUP;
	size = flistxattr(from, names, (gsize)size);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		/* These two vouch for the old content (evm and ima in the kernel's security/integrity). */
		if (strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0)
			continue;
		if (!copy_xattr(from, to, name))
			return false;
	}
	return size >= 0;
}

/* Only what differs is set: file systems without owners (the EFI partition) refuse even harmless changes. */
static bool set_owner_and_mode(int fd, const struct stat *want)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return false;
	if ((now.st_uid != want->st_uid || now.st_gid != want->st_gid) &&
	    fchown(fd, want->st_uid, want->st_gid) < 0)
		return false;
	return (now.st_mode & 07777) == (want->st_mode & 07777) || fchmod(fd, want->st_mode & 07777) == 0;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

/* The file to be replaced, or st_mode 0 for none. What a rename would tear apart is refused. */
static bool look_at_old(const struct place *at, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (fstatat(at->dir, at->name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	if (S_ISREG(ret->st_mode) && ret->st_nlink <= 1)
		return true;
	errno = S_ISREG(ret->st_mode) ? EMLINK : S_ISDIR(ret->st_mode) ? EISDIR : ESPIPE;
	return false;
}

static bool dress(int fd, const struct place *at, const struct stat *old, unsigned mode,
		  const struct vp_attributes *as)
{
	struct stat want = *old;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	int from;
	bool ok;

	if (as) {
		want.st_uid = as->uid;
		want.st_gid = as->gid;
		want.st_mode = as->mode;
		times[1] = as->mtime;
	} else if (old->st_mode == 0) {
		if (fstat(fd, &want) < 0)
			return false;
		want.st_mode = mode;
	}
	if (!set_owner_and_mode(fd, &want))
		return false;
	if (old->st_mode != 0) {
		from = openat(at->dir, at->name, O_RDONLY | INSIDE);
		ok = from >= 0 && copy_xattrs(from, fd);
		shut(from);
		if (!ok)
			return false;
	}
	return !as || futimens(fd, times) == 0;
}

/* What a file is to hold: bytes, or all that an open file holds. */
struct source {
	GBytes *bytes;
	int fd;
};

static bool fill(int fd, const struct source *source)
{
	ssize_t put = 0;

	if (source->bytes) {
		gsize length;
		const char *data = g_bytes_get_data(source->bytes, &length);

		return write_all(fd, data, length);
	}
	do
		put = sendfile(fd, source->fd, NULL, STRETCH);
	while (put > 0 || (put < 0 && errno == EINTR));
	return put == 0;
}

static bool replace(const struct vp_root *root, const struct place *at, const struct source *source,
		    unsigned mode, const struct vp_attributes *as)
{
	g_autofree char *temp = NULL;
	struct stat old;
	bool ok;
	int fd, saved;

	if (!look_at_old(at, &old))
		return false;
	sweep(root, at);
	fd = temp_create(at, &temp);
	if (fd < 0)
		return false;
	ok = fill(fd, source) && dress(fd, at, &old, mode, as) && sync_file(root, fd) &&
	     renameat(at->dir, temp, at->dir, at->name) == 0;
	saved = errno;
	if (!ok)
		unlinkat(at->dir, temp, 0);
	close(fd);
	errno = saved;
	return ok && sync_folder(root, at->dir);
}

bool vp_root_write(const struct vp_root *root, const char *path, GBytes *content, unsigned mode,
		   const struct vp_attributes *as, GError **error)
{
	g_auto(place) at = {.dir = -1};
	struct source source = {.bytes = content};

	return (place_follow(root, path, &at) && replace(root, &at, &source, mode, as)) ||
	       fail(root, "write", path, error);
}

static bool is_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
	return S_ISREG(st.st_mode);
}

bool vp_root_copy(const struct vp_root *root, const char *from, const char *to, unsigned mode,
		  const struct vp_attributes *as, GError **error)
{
	g_auto(place) at = {.dir = -1};
	struct source source = {.fd = vp_root_fd(root, from, O_RDONLY, VP_ROOT_LOOK)};
	bool ok;

	if (source.fd < 0 || !is_file(source.fd)) {
		shut(source.fd);
		return fail(root, "read", from, error);
	}
	ok = place_follow(root, to, &at) && replace(root, &at, &source, mode, as);
	shut(source.fd);
	return ok || fail(root, "write", to, error);
}

static bool append(const struct vp_root *root, const struct place *at, const char *text)
{
	int fd = openat(at->dir, at->name, O_WRONLY | O_APPEND | O_CREAT | INSIDE, 0600);
	struct stat old;
	bool ok = fd >= 0 && fstat(fd, &old) == 0;

	if (ok && !S_ISREG(old.st_mode)) {
		errno = ESPIPE;
		ok = false;
	} else if (ok && !(write_all(fd, text, strlen(text)) && sync_file(root, fd))) {
		int saved = errno;

		/* Half a line would be worse than none. */
		if (ftruncate(fd, old.st_size) == 0)
			errno = saved;
		ok = false;
	}
	shut(fd);
	return ok && (old.st_size > 0 || sync_folder(root, at->dir));
}

bool vp_root_append(const struct vp_root *root, const char *path, const char *text, GError **error)
{
	g_auto(place) at = {.dir = -1};

	return (place_open(root, path, true, &at) && append(root, &at, text)) ||
	       fail(root, "write", path, error);
}

/* ---- folders, links, removal -------------------------------------------------------------------------- */

bool vp_root_mkdir(const struct vp_root *root, const char *path, unsigned mode, GError **error)
{
	int fd = open_folder(root, path, true, mode & 07777);

	if (fd < 0)
		return fail(root, "make the folder", path, error);
	close(fd);
	return true;
}

bool vp_root_symlink(const struct vp_root *root, const char *path, const char *target, GError **error)
{
	g_auto(place) at = {.dir = -1};

	return (place_open(root, path, true, &at) && symlinkat(target, at.dir, at.name) == 0 &&
		sync_folder(root, at.dir)) ||
	       fail(root, "make the link", path, error);
}

static bool nothing_there(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

static bool unlink_path(const struct vp_root *root, const char *path, int flags)
{
	g_auto(place) at = {.dir = -1};

	if (!place_open(root, path, false, &at))
		return nothing_there();
	sweep(root, &at);
	if (unlinkat(at.dir, at.name, flags) < 0)
		return errno == ENOENT;
	return sync_folder(root, at.dir);
}

bool vp_root_remove(const struct vp_root *root, const char *path, GError **error)
{
	return unlink_path(root, path, 0) || fail(root, "remove", path, error);
}

bool vp_root_rmdir(const struct vp_root *root, const char *path, GError **error)
{
	return unlink_path(root, path, AT_REMOVEDIR) || fail(root, "remove the folder", path, error);
}

/* What another file system shows in this folder is not ours to remove. */
static bool remove_tree(int dir, const char *name, dev_t device)
{
	g_auto(GStrv) names = NULL;
	struct stat st;
	int fd, listing;
	bool ok = true;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dir, name, 0) == 0;
	if (st.st_dev != device) {
		errno = EBUSY;
		return false;
	}
	fd = openat(dir, name, FOLDER | INSIDE);
	listing = fd < 0 ? -1 : openat(fd, ".", FOLDER | INSIDE);
	names = listing < 0 ? NULL : vp_root_names(listing);
	for (char **child = names; ok && child && *child; child++)
		ok = remove_tree(fd, *child, device);
	shut(fd);
	return names && ok && unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

bool vp_root_remove_tree(const struct vp_root *root, const char *path, GError **error)
{
	g_auto(place) at = {.dir = -1};
	struct stat st;

	if (place_open(root, path, false, &at)) {
		if (fstat(at.dir, &st) == 0 && remove_tree(at.dir, at.name, st.st_dev) &&
		    sync_folder(root, at.dir))
			return true;
	} else if (nothing_there()) {
		return true;
	}
	return fail(root, "remove", path, error);
}
