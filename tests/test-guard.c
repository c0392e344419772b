/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-guard.c - files that commands make: kept, put back, and the proof of what was made */
#include "config.h"

#include "boot.h"
#include "grub_menu.h"
#include "machine_tree.h"
#include "prove.h"

#include <fcntl.h>
#include <sys/stat.h>

#define JOB "{\"devices\":[\"0000:01:00.0\",\"0000:01:00.1\"],\"packages\":false,\"services\":false}"
#define IMAGE "/boot/initramfs-linux.img"

static int setup(void **state)
{
	int made = computer_setup(state);
	struct computer *computer = *state;

	computer_cards(computer->tree, "10DE:1C03");
	return made;
}

/* A file of so many bytes, none like its neighbour. */
static void put_large(const struct tree *tree, const char *path, size_t length)
{
	g_autofree char *bytes = g_malloc(length);

	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(i * 31 + i / 251);
	tree_bytes(tree, path, bytes, length);
}

static void dress(const struct tree *tree, const char *path, mode_t mode, time_t seconds)
{
	g_autofree char *real = tree_path(tree, path);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = 123456789}};

	assert_int_equal(chmod(real, mode), 0);
	assert_int_equal(utimensat(AT_FDCWD, real, times, 0), 0);
}

static void assert_hash(const struct tree *tree, const char *path, const char *hash)
{
	g_autofree char *now = vp_root_hash(tree->root, path);

	assert_string_equal(now, hash);
}

/* ---- copies --------------------------------------------------------------------------------------------------- */

static void a_copy_has_no_largest_size(void **state)
{
	struct computer *computer = *state;
	const struct tree *tree = computer->tree;
	struct vp_attributes as = {.mode = 0640, .uid = getuid(), .gid = getgid(), .mtime = {1000, 5}};
	g_autofree char *hash = NULL;
	struct stat status;

	put_large(tree, "/boot/large", ((size_t)17 << 20) + 3);
	hash = vp_root_hash(tree->root, "/boot/large");
	assert_null(vp_root_read(tree->root, "/boot/large", NULL));
	assert_true(vp_root_copy(tree->root, "/boot/large", "/var/copy", 0600, &as, NULL));
	assert_hash(tree, "/var/copy", hash);
	assert_true(vp_root_stat(tree->root, "/var/copy", &status));
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(status.st_mtim.tv_sec, 1000);
	assert_int_equal(status.st_mtim.tv_nsec, 5);
}

static void only_files_are_copied(void **state)
{
	struct computer *computer = *state;
	const struct tree *tree = computer->tree;
	g_autoptr(GError) error = NULL, other = NULL;

	assert_false(vp_root_copy(tree->root, "/boot", "/var/copy", 0600, NULL, &error));
	assert_non_null(strstr(error->message, "cannot read "));
	assert_non_null(strstr(error->message, "it is a folder"));
	assert_false(vp_root_copy(tree->root, "/nothing", "/var/copy", 0600, NULL, &other));
	assert_false(vp_root_exists(tree->root, "/var/copy"));
	assert_null(vp_root_hash(tree->root, "/boot"));
}

/* ---- kept and put back ---------------------------------------------------------------------------------------- */

static void what_a_command_broke_comes_back(void **state)
{
	struct computer *computer = *state;
	const struct tree *tree = computer->tree;
	char *paths[] = {IMAGE, "/boot/new.img", "/boot/untouched.img", NULL};
	g_autoptr(GPtrArray) kept = NULL;
	g_autofree char *hash = NULL, *story = NULL, *copy = NULL;
	struct stat status;

	put_large(tree, IMAGE, 70000);
	dress(tree, IMAGE, 0604, 1234567);
	tree_put(tree, "/boot/untouched.img", "same");
	hash = vp_root_hash(tree->root, IMAGE);
	computer_start(computer);
	kept = vp_kept_take(computer->session, paths, "7", NULL);
	assert_int_equal(kept->len, 3);
	copy = g_strdup(((struct vp_kept *)g_ptr_array_index(kept, 0))->copy);

	tree_put(tree, IMAGE, "half");
	dress(tree, IMAGE, 0777, 99);
	tree_put(tree, "/boot/new.img", "was not there");
	assert_true(vp_kept_is_made(computer->session, g_ptr_array_index(kept, 0)));
	assert_false(vp_kept_is_made(computer->session, g_ptr_array_index(kept, 2)));
	assert_true(vp_kept_put_back(computer->session, kept, &story, NULL));
	assert_string_equal(story, IMAGE ", /boot/new.img were put back as before");
	assert_hash(tree, IMAGE, hash);
	assert_true(vp_root_stat(tree->root, IMAGE, &status));
	assert_int_equal(status.st_mode & 07777, 0604);
	assert_int_equal(status.st_mtim.tv_sec, 1234567);
	assert_int_equal(status.st_mtim.tv_nsec, 123456789);
	assert_false(vp_root_exists(tree->root, "/boot/new.img"));

	vp_kept_forget(computer->session, kept);
	assert_false(vp_root_exists(tree->root, copy));
}

static void the_same_bytes_written_anew_are_seen(void **state)
{
	struct computer *computer = *state;
	char *paths[] = {IMAGE, NULL};
	g_autoptr(GPtrArray) kept = NULL;

	tree_put(computer->tree, IMAGE, "image");
	dress(computer->tree, IMAGE, 0600, 1);
	computer_start(computer);
	kept = vp_kept_take(computer->session, paths, "0", NULL);
	tree_put(computer->tree, IMAGE, "image");
	assert_true(vp_kept_is_made(computer->session, g_ptr_array_index(kept, 0)));
}

/* ---- grub.cfg ------------------------------------------------------------------------------------------------- */

static const char menu[] = "set x=1\nlinux_not /a b\n"
			   "### BEGIN /etc/grub.d/10_linux ###\n"
			   "menuentry 'One' --class os $menuentry_id_option 'gnulinux-simple-1' {\n"
			   "\techo 'Loading'\n\tlinux\t/boot/vmlinuz root=UUID=1 quiet\n}\n"
			   "submenu 'More' {\n"
			   "\tmenuentry \"Two's\" $menuentry_id_option 'gnulinux-6-recovery-1' {\n"
			   "\t\tlinuxefi /boot/vmlinuz single\n\t}\n}\n"
			   "### END /etc/grub.d/10_linux ###\n"
			   "### BEGIN /etc/grub.d/40_custom ###\n"
			   "menuentry Three {\n linux16 /x\n}\n";

static void assert_entry(const GPtrArray *entries, guint i, const char *section, const char *title,
			 const char *line, bool recovery)
{
	const struct vp_grub_entry *entry = g_ptr_array_index(entries, i);

	assert_string_equal(entry->section, section);
	assert_string_equal(entry->title, title);
	assert_string_equal(entry->line, line);
	assert_int_equal(entry->recovery, recovery);
}

static void a_menu_is_read(void **state)
{
	g_autoptr(GBytes) text = g_bytes_new_static(menu, strlen(menu));
	g_autoptr(GPtrArray) entries = vp_grub_menu_read(text);

	assert_int_equal(entries->len, 3);
	assert_entry(entries, 0, "10_linux", "One", "root=UUID=1 quiet", false);
	assert_entry(entries, 1, "10_linux", "Two's", "single", true);
	assert_entry(entries, 2, "40_custom", "", "", false);
}

/* ---- proof of a menu ------------------------------------------------------------------------------------------ */

static void assert_proof(struct computer *computer, const char *loader, const char *path, const char *text,
			 const char *fault)
{
	g_autoptr(GPtrArray) kept = vp_kept_array();
	struct vp_progress progress = {.kept = kept};
	g_autoptr(GError) error = NULL;
	bool right;

	tree_put(computer->tree, path, text);
	g_free(computer->session->host->boot_loader.value);
	computer->session->host->boot_loader.value = g_strdup(loader);
	right = vp_boot_prove(computer->session, &progress, &error);
	if (fault ? right : !right)
		fail_msg("%s: %s", text, right ? "it was taken for right" : error->message);
	if (fault && !strstr(error->message, fault))
		fail_msg("\"%s\" should hold \"%s\"", error->message, fault);
}

#define WORDS "iommu=pt vfio-pci.ids=1002:67df,1002:aaf0"

static void entries_of_systemd_boot_are_proven(void **state)
{
	static const char path[] = "/boot/loader/entries/linux.conf";
	struct computer *computer = *state;

	computer_start(computer);
	computer_answer(computer, JOB);
	assert_proof(computer, "sdboot-manage", path,
		     "title L\nlinux /vmlinuz\noptions root=UUID=1 " WORDS "\n", NULL);
	assert_proof(computer, "sdboot-manage", path, "linux /vmlinuz\noptions root=UUID=1 quiet\n",
		     "the entry \"linux.conf\" in /boot/loader/entries/linux.conf lacks iommu=pt");
	assert_proof(computer, "kernel-install", path,
		     "linux /vmlinuz\noptions root=UUID=1 iommu=pt vfio-pci.ids=1002:67df\n",
		     "lacks vfio-pci.ids=1002:67df,1002:aaf0");
	/* The last word of a name is in force. */
	assert_proof(computer, "sdboot-manage", path, "linux /v\noptions root=UUID=1 " WORDS " iommu=off\n",
		     "lacks iommu=pt");
	/* Another system's entry has words of its own. */
	assert_proof(computer, "sdboot-manage", path, "linux /v\noptions root=UUID=2 quiet\n", NULL);
}

static void words_taken_out_are_proven_too(void **state)
{
	static const char path[] = "/boot/limine.conf";
	struct computer *computer = *state;

	computer_start(computer);
	computer_answer(computer, "{\"kernel\":{\"remove\":[\"quiet\"],\"add\":[\"console=tty1\"]}}");
	assert_proof(computer, "limine-entry-tool", path,
		     "/L\n  protocol: linux\n  cmdline: iommu=pt console=tty1\n", NULL);
	assert_proof(computer, "limine-entry-tool", path,
		     "/L\n  protocol: linux\n  cmdline: quiet iommu=pt console=tty1\n", "still has quiet");
	assert_proof(computer, "limine-entry-tool", path,
		     "/L\n  protocol: linux\n  cmdline: iommu=pt console=tty0\n", "lacks console=tty1");
}

/* ---- what a command is owed ----------------------------------------------------------------------------------- */

static void apply(struct computer *computer)
{
	g_autoptr(vp_plan) plan = vp_plan_new(computer->session, NULL);
	g_autoptr(GError) error = NULL;

	if (!vp_plan_apply(computer->session, plan, NULL, NULL, &error))
		fail_msg("%s", error->message);
}

static void a_command_that_did_not_end_is_owed(void **state)
{
	struct computer *computer = *state;
	struct vp_change change = {.kind = VP_WRITE, .rank = VP_RANK_MODULE_FILES, .path = "/etc/x"};
	g_autoptr(GBytes) after = g_bytes_new_static("x", 1);
	g_autoptr(GPtrArray) kept = NULL;
	int number;

	computer_start(computer);
	change.after = after;
	assert_false(vp_journal_owes(computer->session, VP_RANK_MODULE_FILES, VP_RANK_INITRAMFS));
	assert_true(vp_journal_begin(computer->session, &change, &number, &kept, NULL));
	assert_true(vp_journal_owes(computer->session, VP_RANK_MODULE_FILES, VP_RANK_INITRAMFS));
	assert_true(vp_journal_wrote(computer->session, "/etc/x"));
	assert_false(vp_journal_owes(computer->session, VP_RANK_BOOT_FILES, VP_RANK_BOOT_MENU));
	assert_true(vp_journal_undone(computer->session, number, NULL));
	assert_false(vp_journal_owes(computer->session, VP_RANK_MODULE_FILES, VP_RANK_INITRAMFS));
	assert_false(vp_journal_wrote(computer->session, "/etc/x"));
}

static void what_is_only_listed_is_not_owed_there(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) again = NULL;

	computer_start(computer);
	computer_answer(computer, JOB);
	apply(computer);
	computer_start(computer);
	again = vp_plan_new(computer->session, NULL);
	assert_null(plan_find(again, "mkinitcpio"));
	assert_null(plan_find(again, "grub-mkconfig"));
}

static void a_plan_names_what_is_kept(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	computer_start(computer);
	computer_answer(computer, JOB);
	plan = vp_plan_new(computer->session, NULL);
	assert_string_equal(plan_find(plan, "mkinitcpio")->keeps[0], IMAGE);
	assert_null(plan_find(plan, "mkinitcpio")->keeps[1]);
	assert_string_equal(plan_find(plan, "grub-mkconfig")->keeps[0], "/boot/grub/grub.cfg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_copy_has_no_largest_size, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(only_files_are_copied, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(what_a_command_broke_comes_back, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(the_same_bytes_written_anew_are_seen, setup,
						computer_teardown),
		cmocka_unit_test(a_menu_is_read),
		cmocka_unit_test_setup_teardown(entries_of_systemd_boot_are_proven, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(words_taken_out_are_proven_too, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(a_command_that_did_not_end_is_owed, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(what_is_only_listed_is_not_owed_there, setup,
						computer_teardown),
		cmocka_unit_test_setup_teardown(a_plan_names_what_is_kept, setup, computer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
