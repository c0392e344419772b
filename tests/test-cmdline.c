/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cmdline.c - the kernel command line as a list of words */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmdline.h"
#include "core.h"

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})
#define CHANGE(...) (&(const struct vp_cmdline_change){__VA_ARGS__})

/* The line becomes the expected one, and stays it when the change is asked for again. */
static void expect(const char *line, const struct vp_cmdline_change *change, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *once = vp_cmdline_edit(line, change, &error);

	assert_null(error);
	assert_string_equal(once, expected);
	g_autofree char *twice = vp_cmdline_edit(once, change, &error);
	assert_null(error);
	assert_string_equal(twice, expected);
}

static void expect_error(const char *line, const struct vp_cmdline_change *change, int code, const char *part)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *result = vp_cmdline_edit(line, change, &error);

	assert_null(result);
	assert_true(g_error_matches(error, VP_ERROR, code));
	assert_non_null(strstr(error->message, part));
	assert_null(strchr(error->message, '\n'));
}

static void test_splits_as_the_kernel(void **state)
{
	static const struct {
		const char *line, *words[5];
	} cases[] = {
		{"", {NULL}},
		{" \t quiet \n splash\v", {"quiet", "splash"}},
		{"dyndbg=\"file a.c +p\" quiet", {"dyndbg=\"file a.c +p\"", "quiet"}},
		{"\"a b=c d\" e", {"\"a b=c d\"", "e"}},
		{"x\"a b\"y z", {"x\"a b\"y", "z"}},
		{"a=\"open b c", {"a=\"open b c"}},
		{"a -- b c", {"a", "--", "b", "c"}},
		{"a\xa0"
		 "b",
		 {"a", "b"}},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) words = vp_cmdline_split(cases[i].line);

		for (guint j = 0; j < G_N_ELEMENTS(cases[i].words); j++) {
			if (!cases[i].words[j]) {
				assert_null(words[j]);
				break;
			}
			assert_string_equal(words[j], cases[i].words[j]);
		}
	}
}

static void test_names(void **state)
{
	g_autofree char *name = vp_cmdline_name("\"vfio-pci.disable-vga=1 2\"");

	assert_string_equal(name, "vfio_pci.disable_vga");
	assert_true(vp_cmdline_same_name("vfio-pci.ids=1", "vfio_pci.ids"));
	assert_false(vp_cmdline_same_name("vfio-pci.ids", "vfio-pci.id"));
	assert_false(vp_cmdline_same_name("intel_iommu=on", "iommu=on"));
}

static void test_values(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} cases[] = {
		{"a=1 a=2", "a", "2"},
		{"a", "a", ""},
		{"a=", "a", ""},
		{"b=1", "a", NULL},
		{"a=\"x y\"", "a", "x y"},
		{"\"a=x y\"", "a", "x y"},
		{"a=x\"y\"", "a", "x\"y\""},
		{"a=\"", "a", ""},
		{"a=b=c", "a", "b=c"},
		{"q -- a=1", "a", NULL},
		{"q \"--\" a=1", "a", NULL},
		{"a-b=1", "a_b", "1"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *value = vp_cmdline_value(cases[i].line, cases[i].name);

		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void test_has(void **state)
{
	assert_true(vp_cmdline_has("quiet vfio-pci.x=1", "vfio_pci.x=1"));
	assert_true(vp_cmdline_has("a=\"1\"", "a=1"));
	assert_false(vp_cmdline_has("a=1", "a"));
	assert_false(vp_cmdline_has("a", "a="));
	assert_false(vp_cmdline_has("amd_iommu=on", "iommu=on"));
	assert_false(vp_cmdline_has("quiet -- 3", "3"));
}

static void test_set(void **state)
{
	const struct vp_cmdline_change *on = CHANGE(.set = WORDS("intel_iommu=on"));

	expect("", on, "intel_iommu=on");
	expect("quiet", on, "quiet intel_iommu=on");
	expect("quiet  splash ", on, "quiet  splash intel_iommu=on ");
	expect("quiet intel_iommu=off splash", on, "quiet intel_iommu=on splash");
	expect("intel-iommu=on", on, "intel-iommu=on");
	expect("intel_iommu", on, "intel_iommu=on");
	expect("intel_iommu=off a intel-iommu=on b", on, "a intel-iommu=on b");
	expect("intel_iommu=on a  intel_iommu=off", on, "a  intel_iommu=on");
	expect("x=\"a b\"", CHANGE(.set = WORDS("x=\"c d\"")), "x=\"c d\"");
	expect("x=1", CHANGE(.set = WORDS("x")), "x");
}

static void test_init_arguments_stay(void **state)
{
	const struct vp_cmdline_change *on = CHANGE(.set = WORDS("iommu=pt"));

	expect("quiet -- single", on, "quiet iommu=pt -- single");
	expect("quiet   --  iommu=off", on, "quiet iommu=pt   --  iommu=off");
	expect("-- single", on, "iommu=pt -- single");
	expect(" -- single", on, " iommu=pt -- single");
	expect("a -- b", CHANGE(.remove = WORDS("a", "b")), "-- b");
	expect("a -- b", CHANGE(.remove = WORDS("a"), .add = WORDS("c")), "c -- b");
}

static void test_merge_and_take(void **state)
{
	const struct vp_cmdline_change *merge = CHANGE(.merge = WORDS("vfio_pci.ids=10de:13c2,10de:0fbb"));
	const struct vp_cmdline_change *take = CHANGE(.take = WORDS("vfio_pci.ids=10de:13c2,10de:0fbb"));

	expect("quiet", merge, "quiet vfio_pci.ids=10de:13c2,10de:0fbb");
	expect("vfio-pci.ids=10de:13c2 quiet", merge, "vfio-pci.ids=10de:13c2,10de:0fbb quiet");
	expect("vfio-pci.ids=10DE:13C2", merge, "vfio-pci.ids=10DE:13C2,10de:0fbb");
	expect("vfio-pci.ids=\"1002:1\"", merge, "vfio-pci.ids=\"1002:1,10de:13c2,10de:0fbb\"");
	expect("\"vfio-pci.ids=1002:1\"", merge, "\"vfio-pci.ids=1002:1,10de:13c2,10de:0fbb\"");
	expect("vfio-pci.ids= a", merge, "vfio-pci.ids=10de:13c2,10de:0fbb a");
	expect("vfio-pci.ids a", merge, "vfio-pci.ids=10de:13c2,10de:0fbb a");
	expect("", CHANGE(.merge = WORDS("a=1,1,2")), "a=1,2");
	expect("a=1,x,2 b", CHANGE(.take = WORDS("a=x")), "a=1,2 b");
	expect("b vfio-pci.ids=10DE:0fbb,10de:13c2 c", take, "b c");
	expect("vfio-pci.ids=1002:1,10de:13c2", take, "vfio-pci.ids=1002:1");
	expect("quiet", take, "quiet");
	expect("vfio-pci.ids=1002:1",
	       CHANGE(.merge = WORDS("vfio-pci.ids=8086:2"), .take = WORDS("vfio-pci.ids=1002:1")),
	       "vfio-pci.ids=8086:2");
}

/* The kernel uses the last word of a name. An edit must not bring a dead one to life. */
static void test_only_the_word_in_force_counts(void **state)
{
	expect("ids=dead a ids=live", CHANGE(.merge = WORDS("ids=new")), "a ids=live,new");
	expect("ids=dead a ids=live", CHANGE(.take = WORDS("ids=live")), "a");
	expect("ids=dead a ids=live", CHANGE(.take = WORDS("ids=other")), "ids=dead a ids=live");
}

static void test_add_and_remove(void **state)
{
	expect("a=1", CHANGE(.add = WORDS("a=2", "b")), "a=1 a=2 b");
	expect("a=1", CHANGE(.add = WORDS("a=1")), "a=1");
	expect("a  b  c", CHANGE(.remove = WORDS("b")), "a  c");
	expect(" a b", CHANGE(.remove = WORDS("a")), " b");
	expect("a=1 a=2 b", CHANGE(.remove = WORDS("a=1")), "a=2 b");
	expect("a=1 a=2 b a", CHANGE(.remove = WORDS("a")), "b");
	expect("a b", CHANGE(.remove = WORDS("a", "b")), "");
	expect("a b", CHANGE(.remove = WORDS("a", "b"), .add = WORDS("c")), "c");
	expect("x=1 y", CHANGE(.remove = WORDS("x"), .set = WORDS("x=2")), "x=2 y");
}

/* What was put in comes out again without a trace, whatever the spacing. */
static void test_inverse(void **state)
{
	static const char *const lines[] = {"",      " ",    "  \t",  "a",       " a",          "a ",
					    "a  b ", "-- x", " -- x", "a  -- x", "a=\"b c\" d", "\ta\n"};
	static const char *const words[] = {"iommu=pt", "new=\"a b\"", "\"new=a b\""};

	for (size_t i = 0; i < G_N_ELEMENTS(lines) * G_N_ELEMENTS(words); i++) {
		const char *line = lines[i % G_N_ELEMENTS(lines)];
		char *word = (char *)words[i / G_N_ELEMENTS(lines)];
		g_autofree char *with = vp_cmdline_edit(line, CHANGE(.add = WORDS(word)), NULL);
		g_autofree char *without = vp_cmdline_edit(with, CHANGE(.remove = WORDS(word)), NULL);

		assert_true(vp_cmdline_has(with, word));
		assert_string_equal(without, line);
	}
}

/* A tool that keeps the words in a set sorts them, and loses those it thinks it knows. */
static void test_order_is_kept(void **state)
{
	expect("root=UUID=1-2 rd.driver.pre=nvme quiet",
	       CHANGE(.set = WORDS("amd_iommu=force_isolation", "iommu=pt")),
	       "root=UUID=1-2 rd.driver.pre=nvme quiet amd_iommu=force_isolation iommu=pt");
}

static void test_bad_words(void **state)
{
	expect_error("", CHANGE(.add = WORDS("")), VP_ERROR_USAGE, "name");
	expect_error("", CHANGE(.add = WORDS("=x")), VP_ERROR_USAGE, "name");
	expect_error("", CHANGE(.set = WORDS("a=\"b")), VP_ERROR_USAGE, "quote");
	expect_error("", CHANGE(.set = WORDS("a b")), VP_ERROR_USAGE, "blank");
	expect_error("", CHANGE(.set = WORDS("a\nb")), VP_ERROR_USAGE, "\"a\\nb\"");
	expect_error("", CHANGE(.remove = WORDS("--")), VP_ERROR_USAGE, "init");
	expect_error("", CHANGE(.merge = WORDS("ids")), VP_ERROR_USAGE, "list");
	expect_error("", CHANGE(.take = WORDS("ids=\"a\"")), VP_ERROR_USAGE, "list");
}

static void test_open_quote(void **state)
{
	expect_error("quiet a=\"b", CHANGE(.add = WORDS("c")), VP_ERROR_CANNOT, "never closed");
	expect("quiet a=\"b", CHANGE(.add = WORDS("quiet")), "quiet a=\"b");
}

static void test_length(void **state)
{
	g_autofree char *full = g_strnfill(VP_CMDLINE_SIZE - 3, 'x');
	g_autofree char *fits = g_strconcat(full, " y", NULL);
	g_autofree char *over = g_strconcat(fits, "yy", NULL);
	g_autofree char *longer = g_strconcat(over, " z", NULL);

	expect(full, CHANGE(.add = WORDS("y")), fits);
	expect_error(full, CHANGE(.add = WORDS("yy")), VP_ERROR_CANNOT, "2048");
	/* What is too long already may become shorter. */
	expect(longer, CHANGE(.remove = WORDS("z")), over);
}

static void test_splices_are_small(void **state)
{
	const struct vp_cmdline_change *change =
		CHANGE(.set = WORDS("b=on"), .remove = WORDS("d"), .add = WORDS("e"));
	g_autoptr(GPtrArray) splices = vp_cmdline_splices("a b=off c d", change, NULL);
	const struct vp_cmdline_splice *first = g_ptr_array_index(splices, 0);
	const struct vp_cmdline_splice *second = g_ptr_array_index(splices, 1);

	assert_int_equal(splices->len, 2);
	assert_int_equal(first->at, 5);
	assert_int_equal(first->length, 2);
	assert_string_equal(first->text, "n");
	assert_int_equal(second->at, 9);
	assert_int_equal(second->length, 2);
	assert_string_equal(second->text, " e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splits_as_the_kernel),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_init_arguments_stay),
		cmocka_unit_test(test_merge_and_take),
		cmocka_unit_test(test_only_the_word_in_force_counts),
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_inverse),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_bad_words),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_splices_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
