/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * root.h - the only door to the files of the machine
 *
 * Every path is resolved inside the root by the kernel (openat2 with RESOLVE_IN_ROOT), so neither ".." nor an
 * absolute symbolic link leads out of --root. Paths begin with "/" and mean a place within the root.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

struct vp_root;

/* path NULL or "/": this system. Fails when it is no folder. */
struct vp_root *vp_root_open(const char *path, GError **error);
void vp_root_close(struct vp_root *root);
typedef struct vp_root vp_root; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_root, vp_root_close)

/* A folder as a root of its own, to read several files of it without walking there each time. NULL: there is none,
 * or it is closed to us. A link out of the folder is not followed there, but may be read. */
struct vp_root *vp_root_enter(const struct vp_root *root, const char *path);

/* What is written here need not outlive a crash of the computer (a demo): nothing waits for the disk. */
void vp_root_set_scratch(struct vp_root *root);

const char *vp_root_path(const struct vp_root *root);
bool vp_root_is_live(const struct vp_root *root); /* it is "/" */

/* ---- reading; errors carry errno in G_FILE_ERROR codes ------------------------------------------------ */

bool vp_root_exists(const struct vp_root *root, const char *path);
bool vp_root_stat(const struct vp_root *root, const char *path, struct stat *ret); /* follows links */

/* The whole file, at most 16 MiB. Caller unrefs. */
GBytes *vp_root_read(const struct vp_root *root, const char *path, GError **error);

/* root_rom.c: the file "rom" of a PCI function. On the running system that needs root, and the ROM is switched on
 * for the reading and off again; elsewhere it is read like any file. Caller unrefs. */
GBytes *vp_root_read_rom(const struct vp_root *root, const char *path, GError **error);

/* A file the person named (answers), outside any root; the same limits. */
GBytes *vp_root_read_outside(const char *path, GError **error);

/* The file as text without its final newline, NULL when it cannot be read. For one-value files of /proc and
 * /sys. Bytes that are not UTF-8 are escaped. Caller frees. */
char *vp_root_read_text(const struct vp_root *root, const char *path);

/* SHA-256 of a file of any size, as text; NULL when it cannot be read. Caller frees. */
char *vp_root_hash(const struct vp_root *root, const char *path);

/* Names in a folder, sorted, without "." and ".."; NULL when it is none. Caller g_strfreev()s. */
char **vp_root_list(const struct vp_root *root, const char *path);

/* Paths of what a folder holds under names of this pattern ("initramfs-*.img"), sorted. Caller g_strfreev()s. */
char **vp_root_match(const struct vp_root *root, const char *folder, const char *pattern);

/* The target of a symbolic link as written, NULL when it is none. Caller frees. */
char *vp_root_readlink(const struct vp_root *root, const char *path);

/* The path within the root after following every link ("/etc/default/grub" -> "/usr/local/grub"), or NULL. */
char *vp_root_resolve(const struct vp_root *root, const char *path);

/* Bytes free for us on the file system of `path` (or its nearest existing parent); -1 when not known. */
gint64 vp_root_free_space(const struct vp_root *root, const char *path);

/* ---- writing: temporary file, fsync, rename, fsync of the folder -------------------------------------- */

/* Owner, mode and time for a file that is put back. */
struct vp_attributes {
	unsigned mode;
	unsigned uid, gid;
	struct timespec mtime;
};

/* Replaces or creates a file at once: at every instant the old or the new content is there. An existing file
 * keeps mode, owner and extended attributes; a link is followed, its target replaced. Missing parent folders
 * are made (0755). `as` NULL: keep what is there, or `mode` for a new file. Refused, and nothing is lost: a
 * folder, a device, a file with other hard links. A write that was killed may leave a hidden temporary file;
 * the next write or removal of the same path clears it away. */
bool vp_root_write(const struct vp_root *root, const char *path, GBytes *content, unsigned mode,
		   const struct vp_attributes *as, GError **error);

/* Writes in the same way what another file of the root holds, whatever its size. */
bool vp_root_copy(const struct vp_root *root, const char *from, const char *to, unsigned mode,
		  const struct vp_attributes *as, GError **error);
bool vp_root_mkdir(const struct vp_root *root, const char *path, unsigned mode,
		   GError **error); /* with parents */
bool vp_root_symlink(const struct vp_root *root, const char *path, const char *target, GError **error);

/* Removes a file (of a link: the link), and an empty folder. Nothing there: true. */
bool vp_root_remove(const struct vp_root *root, const char *path, GError **error);
bool vp_root_rmdir(const struct vp_root *root, const char *path, GError **error);

/* Appends all or nothing to a file (made 0600 if new; no link is followed) and fsyncs: for the journal. */
bool vp_root_append(const struct vp_root *root, const char *path, const char *text, GError **error);

/* Removes a folder with all it holds; follows no links. */
bool vp_root_remove_tree(const struct vp_root *root, const char *path, GError **error);
