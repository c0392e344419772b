/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-undo.c - apply and undo on a scratch system: every byte comes back, and nobody else's work is lost */
#include "config.h"

#include "machine_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#define JOB "{\"devices\":[\"0000:01:00.0\",\"0000:01:00.1\"],\"packages\":false,\"services\":false}"

static int setup(void **state)
{
	int made = computer_setup(state);
	struct computer *computer = *state;

	computer_cards(computer->tree, "10DE:1C03");
	return made;
}

/* ---- a whole tree as one text ------------------------------------------------------------------------------- */

static void describe(const char *folder, const char *within, GString *into)
{
	g_autofree char *here = g_build_filename(folder, within, NULL);
	g_autoptr(GDir) dir = g_dir_open(here, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_build_filename(within, name, NULL));
	g_ptr_array_sort(names, vp_address_order);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
		g_autofree char *content = NULL;
		struct stat status;

		assert_int_equal(lstat(path, &status), 0);
		if (S_ISREG(status.st_mode))
			assert_true(g_file_get_contents(path, &content, NULL, NULL));
		g_string_append_printf(into, "%s %o %u:%u %s\n", (char *)g_ptr_array_index(names, i), status.st_mode,
				       status.st_uid, status.st_gid, content ? content : "");
		if (S_ISREG(status.st_mode))
			g_string_append_printf(into, "%ld.%09ld\n", (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
		if (S_ISDIR(status.st_mode))
			describe(folder, g_ptr_array_index(names, i), into);
	}
}

static char *tree_text(const struct computer *computer)
{
	GString *text = g_string_new(NULL);

	describe(computer->tree->folder, "/", text);
	return g_string_free(text, FALSE);
}

/* ---- doing ---------------------------------------------------------------------------------------------------- */

static void apply(struct computer *computer, const char *json)
{
	g_autoptr(vp_plan) plan = NULL;
	g_autoptr(GError) error = NULL;

	computer_start(computer);
	if (json)
		computer_answer(computer, json);
	plan = vp_plan_new(computer->session, &error);
	assert_null(error);
	if (!vp_plan_apply(computer->session, plan, NULL, NULL, &error))
		fail_msg("%s", error->message);
}

static size_t undo(struct computer *computer)
{
	g_autoptr(vp_plan) plan = NULL;
	g_autoptr(GError) error = NULL;

	computer_start(computer);
	plan = vp_plan_undo(computer->session, &error);
	assert_null(error);
	if (!vp_plan_undo_apply(computer->session, plan, NULL, NULL, &error))
		fail_msg("%s", error->message);
	return plan->refused->len;
}

static void test_everything_comes_back(void **state)
{
	struct computer *computer = *state;
	g_autofree char *before = tree_text(computer), *changed = NULL, *after = NULL;

	apply(computer, JOB);
	changed = tree_text(computer);
	assert_string_not_equal(before, changed);
	assert_true(vp_journal_exists(computer->session));
	assert_int_equal(undo(computer), 0);
	after = tree_text(computer);
	assert_string_equal(before, after);
	assert_false(vp_journal_exists(computer->session));
}

/* Odd modes, owners and times are part of "as it was". */
static void test_attributes_come_back(void **state)
{
	struct computer *computer = *state;
	g_autofree char *file = g_build_filename(computer->tree->folder, "etc/mkinitcpio.conf", NULL);
	struct timespec times[] = {{1000000000, 1}, {1234567890, 123456789}};
	g_autofree char *before = NULL, *after = NULL;

	assert_int_equal(chmod(file, 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(file, 12, 34), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
	before = tree_text(computer);
	apply(computer, JOB);
	undo(computer);
	after = tree_text(computer);
	assert_string_equal(before, after);
}

static void test_planning_again_changes_no_file(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;

	apply(computer, JOB);
	computer_start(computer);
	plan = vp_plan_new(computer->session, NULL);
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct vp_change *change = g_ptr_array_index(plan->changes, i);

		/* What is left to be done on the running system stays listed; it was not done here. */
		assert_int_equal(change->kind, VP_RUN);
		assert_true(change->elsewhere);
	}
	assert_null(plan_find(plan, "mkinitcpio"));
	assert_null(plan_find(plan, "grub-mkconfig"));
}

static void test_apply_undo_apply(void **state)
{
	struct computer *computer = *state;
	g_autofree char *first = NULL, *second = NULL;

	apply(computer, JOB);
	first = computer_read(computer, "/etc/default/grub");
	undo(computer);
	apply(computer, JOB);
	second = computer_read(computer, "/etc/default/grub");
	assert_string_equal(first, second);
}

/* Two applies with different choices, one undo: back to before the first. */
static void test_two_applies_one_undo(void **state)
{
	struct computer *computer = *state;
	g_autofree char *before = tree_text(computer), *after = NULL, *line = NULL;

	apply(computer, JOB);
	apply(computer, "{\"devices\":[\"0000:02:00.0\"],\"packages\":false,\"services\":false}");
	line = computer_read(computer, "/etc/default/grub");
	assert_non_null(strstr(line, "vfio-pci.ids=10de:1c03\""));
	assert_null(strstr(line, "1002:67df"));
	undo(computer);
	after = tree_text(computer);
	assert_string_equal(before, after);
}

static void test_given_up_devices_are_released(void **state)
{
	struct computer *computer = *state;
	g_autofree char *line = NULL;

	apply(computer, JOB);
	apply(computer, "{\"devices\":[],\"packages\":false,\"services\":false}");
	line = computer_read(computer, "/etc/default/grub");
	assert_null(strstr(line, "vfio-pci.ids"));
	assert_null(strstr(line, "without"));
	assert_false(vp_root_exists(computer->tree->root, "/etc/grub.d/42_virt-passthrough"));
}

/* ---- other people's work ------------------------------------------------------------------------------------------ */

static void test_changed_by_somebody_else(void **state)
{
	struct computer *computer = *state;
	g_autofree char *grub = NULL, *mkinitcpio = NULL;

	apply(computer, JOB);
	tree_put(computer->tree, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"theirs\"\n");
	assert_int_equal(undo(computer), 1);
	grub = computer_read(computer, "/etc/default/grub");
	assert_string_equal(grub, "GRUB_CMDLINE_LINUX_DEFAULT=\"theirs\"\n");
	mkinitcpio = computer_read(computer, "/etc/mkinitcpio.conf");
	assert_non_null(strstr(mkinitcpio, "MODULES=()\n"));
	assert_true(vp_journal_exists(computer->session));
}

/* The plan was shown, then the file changed: nothing at all is written. */
static void test_stale_plan(void **state)
{
	struct computer *computer = *state;
	g_autoptr(vp_plan) plan = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL, *after = NULL;

	computer_start(computer);
	computer_answer(computer, JOB);
	plan = vp_plan_new(computer->session, NULL);
	tree_put(computer->tree, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"theirs\"\n");
	before = tree_text(computer);
	assert_false(vp_plan_apply(computer->session, plan, NULL, NULL, &error));
	assert_non_null(strstr(error->message, "not as it was when the plan was made"));
	after = tree_text(computer);
	assert_string_equal(before, after);
}

/* The symbolic link stays a link; what it points to is edited and put back. */
static void test_link_is_followed(void **state)
{
	struct computer *computer = *state;
	g_autofree char *before = NULL, *after = NULL, *target = NULL;

	vp_root_remove(computer->tree->root, "/etc/default/grub", NULL);
	tree_put(computer->tree, "/usr/local/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
	tree_link(computer->tree, "/etc/default/grub", "/usr/local/grub");
	before = tree_text(computer);
	apply(computer, JOB);
	target = computer_read(computer, "/usr/local/grub");
	assert_non_null(strstr(target, "iommu=pt"));
	undo(computer);
	after = tree_text(computer);
	assert_string_equal(before, after);
}

/* ---- the journal itself ---------------------------------------------------------------------------------------------- */

static void test_journal_of_a_newer_version(void **state)
{
	struct computer *computer = *state;
	g_autoptr(GError) error = NULL;

	tree_put(computer->tree, VP_JOURNAL_DIR "/records", "{\"journal\":2}\n");
	computer_start(computer);
	assert_null(vp_plan_undo(computer->session, &error));
	assert_non_null(strstr(error->message, "newer version"));
}

/* The power went while a line was being written: what stands before it counts. */
static void test_torn_record(void **state)
{
	struct computer *computer = *state;
	g_autofree char *before = tree_text(computer), *after = NULL;

	apply(computer, JOB);
	assert_true(vp_root_append(computer->tree->root, VP_JOURNAL_DIR "/records", "{\"change\":9,\"ki", NULL));
	undo(computer);
	after = tree_text(computer);
	assert_string_equal(before, after);
}

static void test_state_is_private(void **state)
{
	struct computer *computer = *state;
	struct stat status;

	apply(computer, JOB);
	assert_true(vp_root_stat(computer->tree->root, VP_JOURNAL_DIR, &status));
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_true(vp_root_stat(computer->tree->root, VP_ANSWERS_FILE, &status));
	assert_int_equal(status.st_mode & 0777, 0600);
}

/* A person whose computer does not start reads this from another system, perhaps not as root. */
static void test_way_back_is_kept_for_everybody(void **state)
{
	struct computer *computer = *state;
	g_autofree char *text = NULL;
	struct stat status;

	apply(computer, JOB);
	assert_true(vp_root_stat(computer->tree->root, VP_WAY_BACK_FILE, &status));
	assert_int_equal(status.st_mode & 0777, 0644);
	assert_true(vp_root_stat(computer->tree->root, VP_STATE_DIR, &status));
	assert_int_equal(status.st_mode & 0777, 0755);
	text = computer_read(computer, VP_WAY_BACK_FILE);
	assert_non_null(strstr(text, "module_blacklist=vfio_pci,vfio_pci_core"));
	assert_non_null(strstr(text, "--root /mnt undo"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, computer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_everything_comes_back),
		CASE(test_attributes_come_back),
		CASE(test_planning_again_changes_no_file),
		CASE(test_apply_undo_apply),
		CASE(test_two_applies_one_undo),
		CASE(test_given_up_devices_are_released),
		CASE(test_changed_by_somebody_else),
		CASE(test_stale_plan),
		CASE(test_link_is_followed),
		CASE(test_journal_of_a_newer_version),
		CASE(test_torn_record),
		CASE(test_state_is_private),
		CASE(test_way_back_is_kept_for_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
