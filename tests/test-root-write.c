/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-root-write.c - writing within a root: the old or the new is there, and nothing else is */
#include "config.h"

#include "core.h"
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

struct place {
	char *folder;
	struct vp_root *root;
};

static int setup(void **state)
{
	struct place *place = g_new0(struct place, 1);

	place->folder = g_dir_make_tmp("vp-root-XXXXXX", NULL);
	place->root = vp_root_open(place->folder, NULL);
	*state = place;
	return place->root ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *place = *state;
	g_autoptr(vp_root) live = vp_root_open("/", NULL);
	bool removed = vp_root_remove_tree(live, place->folder, NULL);

	vp_root_close(place->root);
	g_free(place->folder);
	g_free(place);
	return removed ? 0 : -1;
}

static bool put(const struct vp_root *root, const char *path, const char *text, unsigned mode, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return vp_root_write(root, path, bytes, mode, NULL, error);
}

static void expect_text(const struct vp_root *root, const char *path, const char *expected)
{
	g_autofree char *text = vp_root_read_text(root, path);

	assert_string_equal(text, expected);
}

/* The names in a folder, in one line: shows that no temporary file stayed. */
static void expect_names(const struct vp_root *root, const char *path, const char *expected)
{
	g_auto(GStrv) names = vp_root_list(root, path);
	g_autofree char *joined = g_strjoinv(" ", names);

	assert_string_equal(joined, expected);
}

static void expect_refusal(const struct place *place, const char *path, const char *part)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *start = g_strdup_printf("cannot write %s%s: ", place->folder, path);

	assert_false(put(place->root, path, "new\n", 0644, &error));
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_FAILED));
	assert_true(g_str_has_prefix(error->message, start));
	assert_non_null(strstr(error->message, part));
}

static void a_new_file_gets_its_mode_and_folders(void **state)
{
	struct place *place = *state;
	mode_t umask_before = umask(0077);
	struct stat file, folder;

	assert_true(put(place->root, "/etc/modprobe.d/vfio.conf", "options\n", 0644, NULL));
	assert_true(put(place->root, "/hook", "#!/bin/sh\n", 0755, NULL));
	umask(umask_before);
	assert_true(vp_root_stat(place->root, "/etc/modprobe.d/vfio.conf", &file));
	assert_true(vp_root_stat(place->root, "/etc/modprobe.d", &folder));
	assert_int_equal(file.st_mode & 07777, 0644);
	assert_int_equal(folder.st_mode & 07777, 0755);
	assert_true(vp_root_stat(place->root, "/hook", &file));
	assert_int_equal(file.st_mode & 07777, 0755);
	expect_names(place->root, "/etc/modprobe.d", "vfio.conf");
}

static void an_old_file_keeps_what_is_its_own(void **state)
{
	struct place *place = *state;
	g_autofree char *path = g_build_filename(place->folder, "file", NULL);
	bool root = geteuid() == 0, labels;
	struct stat before, after;
	char value[16] = "";

	assert_true(put(place->root, "/file", "old\n", 0600, NULL));
	assert_int_equal(chown(path, root ? 1234 : getuid(), root ? 2345 : getgid()), 0);
	assert_int_equal(chmod(path, 04751), 0);
	labels = setxattr(path, "user.label", "kept", 4, 0) == 0;
	assert_int_equal(stat(path, &before), 0);
	assert_true(put(place->root, "/file", "new\n", 0644, NULL));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	assert_int_not_equal(after.st_ino, before.st_ino);
	if (labels) {
		assert_int_equal(getxattr(path, "user.label", value, sizeof(value)), 4);
		assert_string_equal(value, "kept");
	}
	expect_text(place->root, "/file", "new");
}

static void a_file_is_put_back_as_it_was(void **state)
{
	struct place *place = *state;
	bool root = geteuid() == 0;
	struct vp_attributes as = {.mode = 0640, .mtime = {1234567890, 987654321}};
	g_autoptr(GBytes) bytes = g_bytes_new_static("back\n", 5);
	struct stat st;

	as.uid = root ? 7 : getuid();
	as.gid = root ? 8 : getgid();
	assert_true(put(place->root, "/file", "changed\n", 0755, NULL));
	assert_true(vp_root_write(place->root, "/file", bytes, 0, &as, NULL));
	assert_true(vp_root_stat(place->root, "/file", &st));
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, as.uid);
	assert_int_equal(st.st_gid, as.gid);
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(st.st_mtim.tv_nsec, 987654321);
	assert_true(vp_root_remove(place->root, "/file", NULL));
	assert_true(vp_root_write(place->root, "/file", bytes, 0, &as, NULL));
	assert_true(vp_root_stat(place->root, "/file", &st));
	assert_int_equal(st.st_mtim.tv_nsec, 987654321);
	expect_text(place->root, "/file", "back");
}

static void links_are_followed_but_not_out(void **state)
{
	struct place *place = *state;
	g_autoptr(vp_root) inside = NULL;
	g_autofree char *path = g_build_filename(place->folder, "inside", NULL);
	g_autofree char *link = NULL, *outside = g_build_filename(place->folder, "outside", NULL);

	assert_true(vp_root_mkdir(place->root, "/inside/etc", 0755, NULL));
	assert_true(put(place->root, "/outside", "untouched\n", 0644, NULL));
	inside = vp_root_open(path, NULL);
	assert_true(vp_root_symlink(inside, "/etc/grub", "../usr/grub", NULL));
	assert_true(vp_root_symlink(inside, "/usr/grub", "/usr/real/grub", NULL));
	assert_true(vp_root_symlink(inside, "/etc/up", "../../outside", NULL));
	assert_true(vp_root_symlink(inside, "/etc/absolute", outside, NULL));
	assert_true(vp_root_symlink(inside, "/folder", "../../../..", NULL));
	assert_true(put(inside, "/etc/grub", "new\n", 0644, NULL));
	assert_true(put(inside, "/etc/grub", "newer\n", 0644, NULL));
	assert_true(put(inside, "/etc/up", "mine\n", 0644, NULL));
	assert_true(put(inside, "/etc/absolute", "mine\n", 0644, NULL));
	assert_true(put(inside, "/folder/outside", "mine too\n", 0644, NULL));
	link = vp_root_readlink(inside, "/etc/grub");
	assert_string_equal(link, "../usr/grub");
	expect_text(inside, "/usr/real/grub", "newer");
	expect_text(inside, "/outside", "mine too");
	expect_text(place->root, "/outside", "untouched");
	expect_names(inside, "/usr", "grub real");
	assert_true(vp_root_symlink(inside, "/loop", "loop", NULL));
	assert_false(put(inside, "/loop", "x", 0644, NULL));
	assert_false(vp_root_symlink(inside, "/loop", "other", NULL));
}

static void what_a_rename_would_break_is_refused(void **state)
{
	struct place *place = *state;
	g_autofree char *file = g_build_filename(place->folder, "file", NULL);
	g_autofree char *other = g_build_filename(place->folder, "other", NULL);
	g_autofree char *fifo = g_build_filename(place->folder, "fifo", NULL);

	assert_true(put(place->root, "/file", "old\n", 0644, NULL));
	assert_int_equal(link(file, other), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_true(vp_root_mkdir(place->root, "/folder", 0700, NULL));
	expect_refusal(place, "/file", "hard links");
	expect_refusal(place, "/fifo", "not an ordinary file");
	expect_refusal(place, "/folder", "it is a folder");
	expect_refusal(place, "/", "it is a folder");
	expect_refusal(place, "/folder/..", "it is a folder");
	expect_refusal(place, "/file/below", "a part of this path is a file");
	assert_false(vp_root_append(place->root, "/fifo", "line\n", NULL));
	expect_text(place->root, "/file", "old");
	expect_names(place->root, "/", "fifo file folder other");
}

/* Only root may, and not on every file system. */
static bool set_immutable(const struct place *place, bool on)
{
	g_autofree char *path = g_build_filename(place->folder, "file", NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0;
	bool ok = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;

	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	ok = ok && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	close(fd);
	return ok;
}

static void an_immutable_file_is_refused(void **state)
{
	struct place *place = *state;

	assert_true(put(place->root, "/file", "old\n", 0644, NULL));
	if (!set_immutable(place, true))
		skip();
	expect_refusal(place, "/file", "lsattr");
	assert_true(set_immutable(place, false));
	expect_text(place->root, "/file", "old");
	expect_names(place->root, "/", "file");
}

/* For what cannot be taken back: 0 as it should be, 77 not possible here, else where it failed. */
static int in_a_process(void (*test)(struct place *place), struct place *place)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		test(place);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* cmocka's longjmp must not leave the child, so it tells by its exit status. */
static void must(bool truth, int where)
{
	if (!truth)
		_exit(where);
}

static bool refused(const struct vp_root *root, const char *path, const char *text, const char *part)
{
	g_autoptr(GError) error = NULL;

	return !put(root, path, text, 0644, &error) && strstr(error->message, part);
}

static bool holds(const struct vp_root *root, const char *path, const char *expected)
{
	g_autofree char *text = vp_root_read_text(root, path);

	return g_strcmp0(text, expected) == 0;
}

/* Mounts of its own; the root that is open belongs to the mounts outside. */
static void leave_mounts(struct place *place)
{
	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, 77);
	vp_root_close(place->root);
	place->root = vp_root_open(place->folder, NULL);
}

static void fill_a_disk(struct place *place)
{
	g_autofree char *disk = g_build_filename(place->folder, "disk", NULL);
	g_autofree char *large = g_strnfill(256 << 10, 'x');
	g_auto(GStrv) names = NULL;

	leave_mounts(place);
	must(mount("none", disk, "tmpfs", 0, "size=64k") == 0, 77);
	must(put(place->root, "/disk/file", "old\n", 0644, NULL), 1);
	must(refused(place->root, "/disk/file", large, "No space left on device; free some space"), 2);
	must(holds(place->root, "/disk/file", "old"), 3);
	names = vp_root_list(place->root, "/disk");
	must(g_strv_length(names) == 1, 4);
	must(vp_root_append(place->root, "/disk/log", "one\n", NULL), 5);
	must(!vp_root_append(place->root, "/disk/log", large, NULL), 6);
	must(holds(place->root, "/disk/log", "one"), 7);
	must(vp_root_free_space(place->root, "/disk/file") <= 64 << 10, 8);

	must(mount(NULL, disk, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, 9);
	must(refused(place->root, "/disk/file", "new\n", "Read-only file system; mount that file system"),
	     10);
	must(holds(place->root, "/disk/file", "old"), 11);
}

static void a_full_or_read_only_disk_loses_nothing(void **state)
{
	struct place *place = *state;
	int result;

	assert_true(vp_root_mkdir(place->root, "/disk", 0755, NULL));
	result = in_a_process(fill_a_disk, place);
	if (result == 77)
		skip(); /* mounting is for root */
	assert_int_equal(result, 0);
}

static void mount_over_a_file(struct place *place)
{
	g_autofree char *file = g_build_filename(place->folder, "file", NULL);
	g_autofree char *tree = g_build_filename(place->folder, "tree/mounted", NULL);

	leave_mounts(place);
	must(mount(file, file, NULL, MS_BIND, NULL) == 0, 77);
	must(mount("none", tree, "tmpfs", 0, "size=64k") == 0, 77);
	must(refused(place->root, "/file", "new\n", "unmount that and try again"), 1);
	must(holds(place->root, "/file", "old"), 2);
	must(put(place->root, "/tree/mounted/file", "kept\n", 0644, NULL), 3);
	must(!vp_root_remove_tree(place->root, "/tree", NULL), 4);
	must(holds(place->root, "/tree/mounted/file", "kept"), 5);
}

static void mounts_are_left_alone(void **state)
{
	struct place *place = *state;
	int result;

	assert_true(put(place->root, "/file", "old\n", 0644, NULL));
	assert_true(vp_root_mkdir(place->root, "/tree/mounted", 0755, NULL));
	result = in_a_process(mount_over_a_file, place);
	if (result == 77)
		skip(); /* mounting is for root */
	assert_int_equal(result, 0);
	expect_names(place->root, "/", "file tree");
}

/* Writes two contents in turn until it is killed. */
static pid_t start_writer(const struct vp_root *root, GBytes *a, GBytes *b)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	while (vp_root_write(root, "/file", a, 0644, NULL, NULL) &&
	       vp_root_write(root, "/file", b, 0644, NULL, NULL))
		;
	_exit(1);
}

static void a_killed_write_leaves_old_or_new(void **state)
{
	struct place *place = *state;
	g_autofree char *text_a = g_strnfill(50000, 'a');
	g_autofree char *text_b = g_strnfill(70000, 'b');
	g_autoptr(GBytes) a = g_bytes_new(text_a, 50000), b = g_bytes_new(text_b, 70000);

	assert_true(vp_root_write(place->root, "/file", a, 0644, NULL, NULL));
	for (unsigned round = 0; round < 40; round++) {
		pid_t pid = start_writer(place->root, a, b);
		int status;

		for (unsigned reads = 0; reads <= 5 * round; reads++) {
			g_autoptr(GBytes) now = vp_root_read(place->root, "/file", NULL);

			if (reads == 5 * round)
				kill(pid, SIGKILL);
			assert_non_null(now);
			assert_true(g_bytes_equal(now, a) || g_bytes_equal(now, b));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	assert_true(vp_root_write(place->root, "/file", b, 0644, NULL, NULL));
	expect_names(place->root, "/", "file");
}

static void leftovers_of_a_killed_write_go(void **state)
{
	struct place *place = *state;
	const char *left = "/.file.vp-0123456789abcdef", *others = "/.other.vp-0123456789abcdef";

	assert_true(put(place->root, left, "half", 0600, NULL));
	assert_true(put(place->root, others, "half", 0600, NULL));
	assert_true(put(place->root, "/file", "whole\n", 0644, NULL));
	expect_names(place->root, "/", ".other.vp-0123456789abcdef file");
	assert_true(vp_root_remove(place->root, "/other", NULL));
	expect_names(place->root, "/", "file");
}

static void a_journal_is_appended_to(void **state)
{
	struct place *place = *state;
	g_autoptr(GError) error = NULL;
	struct stat st;

	assert_true(vp_root_append(place->root, "/state/journal", "one\n", NULL));
	assert_true(vp_root_append(place->root, "/state/journal", "two\n", NULL));
	expect_text(place->root, "/state/journal", "one\ntwo");
	assert_true(vp_root_stat(place->root, "/state/journal", &st));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(vp_root_symlink(place->root, "/state/link", "journal", NULL));
	assert_false(vp_root_append(place->root, "/state/link", "three\n", &error));
	assert_non_null(strstr(error->message, "symbolic links"));
}

static void removal_follows_no_link(void **state)
{
	struct place *place = *state;

	assert_true(put(place->root, "/kept/file", "kept\n", 0644, NULL));
	assert_true(put(place->root, "/tree/a/b/c", "x", 0644, NULL));
	assert_true(vp_root_symlink(place->root, "/tree/link", "/kept", NULL));
	assert_true(vp_root_symlink(place->root, "/tree/a/loop", "..", NULL));
	assert_true(vp_root_symlink(place->root, "/link", "kept/file", NULL));
	assert_false(vp_root_remove(place->root, "/tree", NULL));
	assert_false(vp_root_rmdir(place->root, "/tree", NULL));
	assert_true(vp_root_remove(place->root, "/link", NULL));
	assert_true(vp_root_remove_tree(place->root, "/tree", NULL));
	assert_true(vp_root_remove_tree(place->root, "/tree", NULL));
	assert_true(vp_root_remove(place->root, "/no/such/file", NULL));
	assert_true(vp_root_rmdir(place->root, "/no/such/folder", NULL));
	expect_text(place->root, "/kept/file", "kept");
	expect_names(place->root, "/", "kept");
	assert_false(vp_root_remove_tree(place->root, "/", NULL));
}

static void folders_are_made_with_their_parents(void **state)
{
	struct place *place = *state;
	struct stat st;

	assert_true(vp_root_mkdir(place->root, "/a/b/c/", 0700, NULL));
	assert_true(vp_root_mkdir(place->root, "/a/b/c", 0755, NULL));
	assert_true(vp_root_mkdir(place->root, "/", 0755, NULL));
	assert_true(vp_root_stat(place->root, "/a/b/c", &st));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(put(place->root, "/file", "", 0644, NULL));
	assert_false(vp_root_mkdir(place->root, "/file", 0755, NULL));
	assert_false(vp_root_mkdir(place->root, "/file/x", 0755, NULL));
	assert_true(vp_root_symlink(place->root, "/dangling", "nowhere", NULL));
	assert_false(vp_root_mkdir(place->root, "/dangling/x", 0755, NULL));
	assert_false(vp_root_exists(place->root, "/nowhere"));
}

static void write_as_nobody(struct place *place)
{
	g_autofree char *closed = g_build_filename(place->folder, "closed", NULL);

	must(chmod(place->folder, 0755) == 0 && chmod(closed, 0555) == 0, 1);
	must(geteuid() != 0 || setuid(65534) == 0, 77);
	must(refused(place->root, "/closed/file", "new\n", "Permission denied; run it as root"), 2);
	must(!vp_root_remove(place->root, "/closed/file", NULL), 3);
	must(holds(place->root, "/closed/file", "old"), 4);
}

static void a_closed_folder_is_told(void **state)
{
	struct place *place = *state;
	g_autofree char *closed = g_build_filename(place->folder, "closed", NULL);

	assert_true(put(place->root, "/closed/file", "old\n", 0644, NULL));
	assert_int_equal(in_a_process(write_as_nobody, place), 0);
	assert_int_equal(chmod(closed, 0755), 0);
	expect_names(place->root, "/closed", "file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_file_gets_its_mode_and_folders, setup, teardown),
		cmocka_unit_test_setup_teardown(an_old_file_keeps_what_is_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_is_put_back_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_followed_but_not_out, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_rename_would_break_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_immutable_file_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_or_read_only_disk_loses_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(mounts_are_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_killed_write_leaves_old_or_new, setup, teardown),
		cmocka_unit_test_setup_teardown(leftovers_of_a_killed_write_go, setup, teardown),
		cmocka_unit_test_setup_teardown(a_journal_is_appended_to, setup, teardown),
		cmocka_unit_test_setup_teardown(removal_follows_no_link, setup, teardown),
		cmocka_unit_test_setup_teardown(folders_are_made_with_their_parents, setup, teardown),
		cmocka_unit_test_setup_teardown(a_closed_folder_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
