/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-root.c - reading within a root: nothing leads out, nothing blocks, nothing is cut short */
#include "config.h"

#include "core.h"
#include "root.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A folder with "inside" as the root, and "secret" beside it. */
struct place {
	char *folder, *inside;
	struct vp_root *root;
};

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(parent, 0755), 0);
	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void link_to(const char *folder, const char *name, const char *target)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	assert_int_equal(symlink(target, path), 0);
}

static int setup(void **state)
{
	struct place *place = g_new0(struct place, 1);

	place->folder = g_dir_make_tmp("vp-root-XXXXXX", NULL);
	place->inside = g_build_filename(place->folder, "inside", NULL);
	put(place->folder, "secret", "outside\n");
	put(place->inside, "etc/name", "inside\n");
	place->root = vp_root_open(place->inside, NULL);
	*state = place;
	return place->root ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *place = *state;
	g_autoptr(vp_root) live = vp_root_open(NULL, NULL);
	bool removed = vp_root_remove_tree(live, place->folder, NULL);

	vp_root_close(place->root);
	g_free(place->folder);
	g_free(place->inside);
	g_free(place);
	return removed ? 0 : -1;
}

static void expect_text(const struct vp_root *root, const char *path, const char *expected)
{
	g_autofree char *text = vp_root_read_text(root, path);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

static void expect_error(const struct vp_root *root, const char *path, int code, const char *part)
{
	g_autoptr(GError) error = NULL;

	assert_null(vp_root_read(root, path, &error));
	assert_true(g_error_matches(error, G_FILE_ERROR, code));
	assert_non_null(strstr(error->message, part));
}

static void links_stay_inside(void **state)
{
	struct place *place = *state;
	g_autofree char *secret = g_build_filename(place->folder, "secret", NULL);

	link_to(place->inside, "absolute", secret);
	link_to(place->inside, "up", "../secret");
	link_to(place->inside, "far-up", "../../../../../../../../etc/name");
	link_to(place->inside, "folder", place->folder);
	link_to(place->inside, "parent", "..");
	link_to(place->inside, "good", "/etc/name");
	link_to(place->inside, "etc/relative", "../etc/name");
	expect_text(place->root, "/absolute", NULL);
	expect_text(place->root, "/up", NULL);
	expect_text(place->root, "/../secret", NULL);
	expect_text(place->root, "/etc/../../secret", NULL);
	expect_text(place->root, "/folder/secret", NULL);
	expect_text(place->root, "/parent/secret", NULL);
	expect_text(place->root, "/far-up", "inside");
	expect_text(place->root, "/good", "inside");
	expect_text(place->root, "/etc/relative", "inside");
	expect_text(place->root, "etc/name", NULL);
}

static void links_to_nothing_and_loops_end(void **state)
{
	struct place *place = *state;

	link_to(place->inside, "dangling", "/nowhere");
	link_to(place->inside, "loop-a", "loop-b");
	link_to(place->inside, "loop-b", "loop-a");
	link_to(place->inside, "self", "self/x");
	assert_false(vp_root_exists(place->root, "/dangling"));
	expect_error(place->root, "/dangling", G_FILE_ERROR_NOENT, "No such file");
	expect_error(place->root, "/loop-a", G_FILE_ERROR_LOOP, "symbolic links");
	expect_error(place->root, "/self", G_FILE_ERROR_LOOP, "symbolic links");
	assert_null(vp_root_resolve(place->root, "/loop-a"));
}

/* A link of a recorded /proc is a link like any other; one of a mounted /proc is magic and would lead out. */
static void magic_links_are_closed(void **state)
{
	struct place *place = *state;
	g_autoptr(vp_root) proc = vp_root_open("/proc", NULL);
	g_autofree char *mounts = vp_root_read_text(proc, "/self/mountinfo");
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	g_autofree char *magic = g_strdup_printf("/self/fd/%d%s/secret", fd, place->folder);

	assert_non_null(mounts);
	assert_false(vp_root_exists(proc, magic));
	assert_false(vp_root_exists(proc, "/self/root/etc"));
	close(fd);
}

static void links_are_told(void **state)
{
	struct place *place = *state;
	g_autofree char *written = NULL, *resolved = NULL, *top = NULL, *live = NULL;
	g_autoptr(vp_root) system = vp_root_open("/", NULL);
	g_autofree char *place_live = g_build_filename(place->inside, "link", NULL);
	g_autofree char *target_live = g_build_filename(place->inside, "etc/name", NULL);

	link_to(place->inside, "link", "../../etc/./name");
	written = vp_root_readlink(place->root, "/link");
	resolved = vp_root_resolve(place->root, "/link");
	top = vp_root_resolve(place->root, "/etc/../..");
	assert_string_equal(written, "../../etc/./name");
	assert_string_equal(resolved, "/etc/name");
	assert_string_equal(top, "/");
	assert_null(vp_root_readlink(place->root, "/etc/name"));
	assert_null(vp_root_readlink(place->root, "/etc"));

	/* On the live root the same link leads where it leads for everybody: to nothing. */
	assert_null(vp_root_resolve(system, place_live));
	live = vp_root_resolve(system, target_live);
	assert_string_equal(live, target_live);
}

static void a_moved_root_is_still_the_root(void **state)
{
	struct place *place = *state;
	g_autofree char *elsewhere = g_build_filename(place->folder, "elsewhere", NULL);
	g_autofree char *resolved = NULL;

	assert_int_equal(rename(place->inside, elsewhere), 0);
	resolved = vp_root_resolve(place->root, "/etc/name");
	assert_string_equal(resolved, "/etc/name");
	expect_text(place->root, "/etc/name", "inside");
}

static void only_ordinary_files_are_read(void **state)
{
	struct place *place = *state;
	g_autofree char *fifo = g_build_filename(place->inside, "fifo", NULL);
	int writer;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	/* Neither without a writer, where an open would wait, nor with one, where the read would. */
	expect_error(place->root, "/fifo", G_FILE_ERROR_FAILED, "not an ordinary file");
	expect_text(place->root, "/fifo", NULL);
	writer = open(fifo, O_RDWR | O_CLOEXEC);
	assert_int_equal(write(writer, "text\n", 5), 5);
	expect_error(place->root, "/fifo", G_FILE_ERROR_FAILED, "not an ordinary file");
	expect_text(place->root, "/fifo", NULL);
	close(writer);
	expect_error(place->root, "/etc", G_FILE_ERROR_ISDIR, "folder");
	expect_text(place->root, "/etc", NULL);
	expect_error(place->root, "/etc/name/x", G_FILE_ERROR_NOTDIR, "is a file");
}

static void devices_are_not_read(void **state)
{
	g_autoptr(vp_root) live = vp_root_open(NULL, NULL);

	expect_error(live, "/dev/zero", G_FILE_ERROR_FAILED, "not an ordinary file");
	expect_text(live, "/dev/zero", NULL);
}

static void kernel_files_are_read_whole(void **state)
{
	g_autoptr(vp_root) live = vp_root_open("/", NULL);
	g_autoptr(GBytes) mine = vp_root_read(live, "/proc/self/mountinfo", NULL);
	g_autofree char *theirs = NULL, *text = vp_root_read_text(live, "/proc/self/mountinfo");
	gsize length;

	assert_true(vp_root_is_live(live));
	assert_true(g_file_get_contents("/proc/self/mountinfo", &theirs, &length, NULL));
	assert_int_equal(g_bytes_get_size(mine), length);
	assert_memory_equal(g_bytes_get_data(mine, NULL), theirs, length);
	assert_int_equal(strlen(text), length - 1);
}

/* Texts around the size of the first read, with and without a newline. */
static void every_size_is_read_whole(void **state)
{
	struct place *place = *state;
	const gsize sizes[] = {0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 100000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *text = g_strnfill(sizes[i], 'x');
		g_autofree char *line = g_strconcat(text, "\n", NULL);
		g_autofree char *lines = g_strconcat("first\n", line, NULL);
		g_autofree char *both = g_strconcat("first\n", text, NULL);

		put(place->inside, "size", text);
		expect_text(place->root, "/size", text);
		put(place->inside, "size", line);
		expect_text(place->root, "/size", text);
		put(place->inside, "size", lines);
		expect_text(place->root, "/size", both);
	}
}

static void only_one_newline_is_taken_off(void **state)
{
	struct place *place = *state;

	put(place->inside, "newlines", "a\n\n");
	expect_text(place->root, "/newlines", "a\n");
	put(place->inside, "newlines", "\n");
	expect_text(place->root, "/newlines", "");
}

static void bytes_that_are_no_text_are_escaped(void **state)
{
	struct place *place = *state;
	g_autofree char *path = g_build_filename(place->inside, "bytes", NULL);

	assert_true(g_file_set_contents(path, "caf\xe9 \0 \xc3\xa9\xc3\n", 11, NULL));
	expect_text(place->root, "/bytes", "caf\\xe9 \\x00 \xc3\xa9\\xc3");
}

static void more_than_16_mib_is_refused(void **state)
{
	struct place *place = *state;
	g_autofree char *path = g_build_filename(place->inside, "large", NULL);
	g_autoptr(GBytes) whole = NULL;

	put(place->inside, "large", "");
	assert_int_equal(truncate(path, 16 << 20), 0);
	whole = vp_root_read(place->root, "/large", NULL);
	assert_int_equal(g_bytes_get_size(whole), 16 << 20);
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	expect_error(place->root, "/large", G_FILE_ERROR_FAILED, "larger than 16 MiB");
}

static void names_are_sorted(void **state)
{
	struct place *place = *state;
	g_auto(GStrv) names = NULL;
	g_autofree char *joined = NULL;

	put(place->inside, "list/b", "");
	put(place->inside, "list/.hidden", "");
	put(place->inside, "list/a", "");
	names = vp_root_list(place->root, "/list");
	joined = g_strjoinv(" ", names);
	assert_string_equal(joined, ".hidden a b");
	assert_null(vp_root_list(place->root, "/list/a"));
	assert_null(vp_root_list(place->root, "/missing"));
}

static void outside_files_and_free_space(void **state)
{
	struct place *place = *state;
	g_autofree char *secret = g_build_filename(place->folder, "secret", NULL);
	g_autoptr(GBytes) bytes = vp_root_read_outside(secret, NULL);
	g_autoptr(GError) error = NULL;

	assert_int_equal(g_bytes_get_size(bytes), strlen("outside\n"));
	assert_null(vp_root_read_outside("/nowhere/answers.json", &error));
	assert_string_equal(error->message, "cannot read /nowhere/answers.json: No such file or directory");
	assert_true(vp_root_free_space(place->root, "/not/yet/there") > 0);
	assert_int_equal(vp_root_free_space(place->root, "relative"), -1);
}

static void a_root_that_is_none(void **state)
{
	struct place *place = *state;
	g_autofree char *secret = g_build_filename(place->folder, "secret", NULL);
	g_autofree char *dots = g_build_filename(place->inside, "etc/..", NULL);
	g_autoptr(GError) missing = NULL, file = NULL;
	g_autoptr(vp_root) same = vp_root_open(dots, NULL);

	assert_null(vp_root_open("/nowhere", &missing));
	assert_true(g_error_matches(missing, VP_ERROR, VP_ERROR_USAGE));
	assert_non_null(strstr(missing->message, "No such file or directory"));
	assert_null(vp_root_open(secret, &file));
	assert_non_null(strstr(file->message, "Not a directory"));
	assert_string_equal(vp_root_path(same), place->inside);
	assert_false(vp_root_is_live(same));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links_stay_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(links_to_nothing_and_loops_end, setup, teardown),
		cmocka_unit_test_setup_teardown(magic_links_are_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_moved_root_is_still_the_root, setup, teardown),
		cmocka_unit_test_setup_teardown(only_ordinary_files_are_read, setup, teardown),
		cmocka_unit_test(devices_are_not_read),
		cmocka_unit_test(kernel_files_are_read_whole),
		cmocka_unit_test_setup_teardown(every_size_is_read_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(only_one_newline_is_taken_off, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_that_are_no_text_are_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_16_mib_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(outside_files_and_free_space, setup, teardown),
		cmocka_unit_test_setup_teardown(a_root_that_is_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
