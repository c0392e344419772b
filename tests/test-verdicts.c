/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-verdicts.c - the verdicts on every recorded machine, as they stand in golden/verdicts/ID.txt
 *
 * With UPDATE=1 in the environment the files are written anew; what changed in them is then to be read and reasoned.
 */
#include "config.h"

#include "core.h"
#include "host.h"
#include "tree.h"

static void tell_device(GString *text, const struct vp_device *device)
{
	g_string_append_printf(text, "  %s %04x %s%s%s\n", device->address, device->class_code >> 8,
			       device->driver ? device->driver : "-", device->blocked ? ": " : "",
			       device->blocked ? device->blocked : "");
}

static char *tell_verdicts(const struct vp_host *host)
{
	static const char *const verdicts[] = {"whole", "shared", "keep", "empty"};
	GString *text = g_string_new(NULL);
	bool headed = false;

	for (guint i = 0; i < host->groups->len; i++) {
		const struct vp_group *group = g_ptr_array_index(host->groups, i);

		g_string_append_printf(text, "%d %s: %s\n", group->number, verdicts[group->verdict],
				       group->reason);
		for (guint k = 0; k < group->devices->len; k++)
			tell_device(text, g_ptr_array_index(group->devices, k));
	}
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (device->group >= 0)
			continue;
		if (!headed)
			g_string_append(text, "in no group\n");
		headed = true;
		tell_device(text, device);
	}
	return g_string_free(text, FALSE);
}

/* Says where the first difference is, which is worth more than both texts. */
static void compare(const char *id, const char *golden, const char *text)
{
	g_auto(GStrv) wanted = g_strsplit(golden, "\n", -1), got = g_strsplit(text, "\n", -1);

	for (guint i = 0; wanted[i] || got[i]; i++) {
		if (!wanted[i] || !got[i] || strcmp(wanted[i], got[i]) != 0)
			fail_msg("%s, line %u: \"%s\" instead of \"%s\"", id, i + 1,
				 got[i] ? got[i] : "(end)", wanted[i] ? wanted[i] : "(end)");
	}
}

static void check_machine(const char *assets, const char *golden_folder, const char *id)
{
	void *state = NULL;
	struct tree *tree;
	g_autoptr(vp_host) host = NULL;
	g_autofree char *name = g_strconcat(id, ".txt", NULL), *text = NULL, *golden = NULL;
	g_autofree char *path = g_build_filename(golden_folder, name, NULL);

	assert_int_equal(tree_setup(&state), 0);
	tree = state;
	assert_true(vp_machine_expand(assets, id, tree->folder, NULL));
	host = vp_host_read(tree->root);
	text = tell_verdicts(host);
	assert_int_equal(tree_teardown(&state), 0);
	if (g_getenv("UPDATE"))
		assert_true(g_file_set_contents(path, text, -1, NULL));
	else if (!g_file_get_contents(path, &golden, NULL, NULL))
		fail_msg("there is no %s: UPDATE=1 makes it", path);
	else
		compare(id, golden, text);
}

static void every_machine(void **state)
{
	const char *sources = g_getenv("VP_SRCDIR");
	g_autofree char *assets = sources ? g_build_filename(sources, "assets", NULL) : NULL;
	g_autofree char *golden =
		sources ? g_build_filename(sources, "tests", "golden", "verdicts", NULL) : NULL;
	g_autoptr(GPtrArray) machines = assets ? vp_machines(assets, NULL) : NULL;

	if (!sources)
		skip();
	assert_non_null(machines);
	assert_true(machines->len > 30);
	for (guint i = 0; i < machines->len; i++)
		check_machine(assets, golden, ((struct vp_machine *)g_ptr_array_index(machines, i))->id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_machine)};

	/* The machines are some 50000 files: in memory they take seconds, on a disk up to a minute. */
	if (access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", FALSE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
