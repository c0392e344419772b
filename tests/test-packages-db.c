/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-packages-db.c - what is installed, and the order of versions as pacman and dpkg have it */
#include "config.h"

#include "host.h"
#include "tree.h"

#include <stdlib.h>
#include <sys/wait.h>

/* ---- order of versions --------------------------------------------------------------------------------------- */

static void expect_order(const char *manager, const char *a, int order, const char *b)
{
	if (vp_version_compare(manager, a, b) != order || vp_version_compare(manager, b, a) != -order)
		fail_msg("%s: %s against %s should be %d and is %d, backwards %d", manager, a, b, order,
			 vp_version_compare(manager, a, b), vp_version_compare(manager, b, a));
}

/* Each is older than the next: the lines of vercmp(8), and what tells number, letter and separator apart. */
static void pacman_orders_as_in_its_manual(void **state)
{
	static const char *const rows[][12] = {
		{"1.0a", "1.0b", "1.0beta", "1.0p", "1.0pre", "1.0rc", "1.0", "1.0.a", "1.0.1", NULL},
		{"1", "1.0", "1.1", "1.1.1", "1.2", "2.0", "3.0.0", NULL},
		{"9.0-1", "10.0-1", "1:1.0-1", "2:0.1-1", NULL},
		{"6.9.2-1", "6.12.90-1", NULL},
		{"99999999999999999998", "99999999999999999999", NULL},
	};

	for (size_t row = 0; row < G_N_ELEMENTS(rows); row++)
		for (const char *const *word = rows[row]; word[1]; word++)
			expect_order("pacman", word[0], -1, word[1]);
	expect_order("pacman", "1.0", 0, "1.0-3");
	expect_order("pacman", "1.0-2", -1, "1.0-3");
	expect_order("pacman", "1.0-1.1", 1, "1.0-1");
	expect_order("pacman", "0:1.0", 0, "1.0");
	expect_order("pacman", "1.001", 0, "1.1");
	expect_order("pacman", "1.0", -1, "1..0");
	expect_order("pacman", "1.0", 0, "1_0");
}

/* Each is older than the next: deb-version(7). */
static void dpkg_orders_as_in_its_manual(void **state)
{
	static const char *const rows[][8] = {
		{"~~", "~~a", "~", "", "a", NULL},
		{"1.0~beta1~svn1245", "1.0~beta1", "1.0", "1.0-1", "1.0a", "1.0+b1", "1.0.1", NULL},
		{"9.0-1", "10.0-1", "10.0-1+deb12u1", "1:1.0", NULL},
	};

	for (size_t row = 0; row < G_N_ELEMENTS(rows); row++)
		for (const char *const *word = rows[row]; word[1]; word++)
			expect_order("dpkg", word[0], -1, word[1]);
	expect_order("dpkg", "1.0", 0, "1.0-0");
	expect_order("dpkg", "1.0", 0, "0:1.0");
}

/* ---- against the tools themselves ------------------------------------------------------------------------------ */

/* Versions made of pieces that meet in real ones. */
static char *make_version(GRand *random, bool tilde)
{
	static const char *const pieces[] = {"0", "1", "2", "10", "09", "a",  "rc", "beta",
					     ".", ".", ".", "+",  "_",  "..", "~"};
	GString *text = g_string_new(NULL);

	if (g_rand_int_range(random, 0, 8) == 0)
		g_string_append_printf(text, "%d:", g_rand_int_range(random, 0, 3));
	g_string_append_printf(text, "%d", g_rand_int_range(random, 0, 3));
	for (int more = g_rand_int_range(random, 0, 5); more > 0; more--)
		g_string_append(text,
				pieces[g_rand_int_range(
					random, 0, tilde ? G_N_ELEMENTS(pieces) : G_N_ELEMENTS(pieces) - 1)]);
	if (g_rand_int_range(random, 0, 2) == 0)
		g_string_append_printf(text, "-%d", g_rand_int_range(random, 0, 3));
	return g_string_free(text, FALSE);
}

static int run(const char *const *argv, char **ret_output)
{
	int status = -1;

	assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
				 NULL, NULL, ret_output, NULL, &status, NULL));
	return status;
}

static int by_vercmp(const char *a, const char *b)
{
	g_autofree char *output = NULL;

	run((const char *[]){"vercmp", a, b, NULL}, &output);
	return atoi(output);
}

static int by_dpkg(const char *a, const char *b)
{
	if (run((const char *[]){"dpkg", "--compare-versions", a, "lt", b, NULL}, NULL) == 0)
		return -1;
	return run((const char *[]){"dpkg", "--compare-versions", a, "gt", b, NULL}, NULL) == 0;
}

static void compare_with(const char *manager, int (*tool)(const char *, const char *))
{
	GRand *random = g_rand_new_with_seed(20);

	for (int i = 0; i < 300; i++) {
		g_autofree char *a = make_version(random, !strcmp(manager, "dpkg"));
		g_autofree char *b = make_version(random, !strcmp(manager, "dpkg"));

		expect_order(manager, a, tool(a, b), b);
	}
	g_rand_free(random);
}

static void pacman_orders_as_vercmp(void **state)
{
	g_autofree char *tool = g_find_program_in_path("vercmp");

	if (!tool) {
		print_message("vercmp of pacman is not here to compare with\n");
		skip();
	}
	compare_with("pacman", by_vercmp);
}

static void dpkg_orders_as_dpkg(void **state)
{
	g_autofree char *tool = g_find_program_in_path("dpkg");

	if (!tool)
		skip();
	compare_with("dpkg", by_dpkg);
}

/* ---- what is installed ------------------------------------------------------------------------------------------ */

static void expect_version(const struct tree *tree, const char *manager, const char *name,
			   const char *version)
{
	bool known = false;
	g_autofree char *found = vp_package_version(tree->root, manager, name, &known);

	assert_true(known);
	if (version)
		assert_string_equal(found, version);
	else
		assert_null(found);
}

static void pacman_database(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
	tree_put(tree, "/var/lib/pacman/local/qemu-desktop-9.1.0-2/desc",
		 "%NAME%\nqemu-desktop\n\n%VERSION%\n9.1.0-2\n\n%DESC%\nA generic machine emulator\n\n"
		 "%PROVIDES%\nqemu\nqemu-base=9.1.0\n\n");
	tree_put(tree, "/var/lib/pacman/local/linux612-6.12.90-1/desc",
		 "%NAME%\nlinux612\n\n%VERSION%\n6.12.90-1\n\n%PROVIDES%\nlinux=6.12.90\nVIRTUALBOX-GUEST-"
		 "MODULES\n");
	tree_put(tree, "/var/lib/pacman/local/linux66-6.6.1-1/desc",
		 "%NAME%\nlinux66\n\n%VERSION%\n6.6.1-1\n\n%PROVIDES%\nlinux=6.6.1\n");
	/* A provide never hides the package itself. */
	tree_put(tree, "/var/lib/pacman/local/fake-9-1/desc",
		 "%NAME%\nfake\n\n%VERSION%\n9-1\n\n%PROVIDES%\nlinux612=99\n");
	tree_folder(tree, "/var/lib/pacman/local/broken-1-1");
	expect_version(tree, "pacman", "qemu-desktop", "9.1.0-2");
	expect_version(tree, "pacman", "qemu-base", "9.1.0");
	expect_version(tree, "pacman", "qemu", "");
	expect_version(tree, "pacman", "linux", "6.12.90");
	expect_version(tree, "pacman", "linux612", "6.12.90-1");
	expect_version(tree, "pacman", "qemu-desk", NULL);
	expect_version(tree, "pacman", "broken", NULL);
}

static void dpkg_database(void **state)
{
	const struct tree *tree = *state;

	tree_put(tree, "/var/lib/dpkg/status",
		 "Package: ovmf\nStatus: install ok installed\nArchitecture: all\nVersion: "
		 "2022.11-6+deb12u2\n\n"
		 "Package: swtpm\nStatus: deinstall ok config-files\nVersion: 0.7.1-1.3\n\n"
		 "Package: held\nStatus: hold ok installed\nVersion: 2.0\n\n"
		 "Package: half\nStatus: install ok half-configured\nVersion: 2.0\n\n"
		 "Package: exim4\nStatus: install ok installed\nProvides: mail-transport-agent, smtp (= "
		 "4.2), cron-daemon\n"
		 "Version: 4.96-15\nDescription: a mailer\n Version: 9 is no field here\n");
	expect_version(tree, "dpkg", "ovmf", "2022.11-6+deb12u2");
	expect_version(tree, "dpkg", "held", "2.0");
	expect_version(tree, "dpkg", "exim4", "4.96-15");
	expect_version(tree, "dpkg", "smtp", "4.2");
	expect_version(tree, "dpkg", "mail-transport-agent", "");
	expect_version(tree, "dpkg", "swtpm", NULL);
	expect_version(tree, "dpkg", "half", NULL);
}

static void without_a_database_nothing_is_known(void **state)
{
	static const char *const managers[] = {"pacman", "dpkg", "rpm", NULL};
	const struct tree *tree = *state;
	bool known = true;

	for (size_t i = 0; i < G_N_ELEMENTS(managers); i++) {
		known = true;
		assert_null(vp_package_version(tree->root, managers[i], "ovmf", &known));
		assert_false(known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pacman_orders_as_in_its_manual),
		cmocka_unit_test(dpkg_orders_as_in_its_manual),
		cmocka_unit_test(pacman_orders_as_vercmp),
		cmocka_unit_test(dpkg_orders_as_dpkg),
		cmocka_unit_test_setup_teardown(pacman_database, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(dpkg_database, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(without_a_database_nothing_is_known, tree_setup,
						tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
