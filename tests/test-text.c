/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-text.c - text for a terminal: widths, clipping between words, folding, the ASCII face */
#include "config.h"

#include "tui/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_wide_and_combining_characters(void **state)
{
	assert_int_equal(text_width("GeForce"), 7);
	assert_int_equal(text_width("日本"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1); /* e and a combining accent */
	assert_int_equal(text_width("✓ ok"), 4);
}

static void check_clip(const char *text, int width, const char *expected)
{
	g_autofree char *clipped = text_clip(text, width, "…");

	assert_string_equal(clipped, expected);
	assert_true(text_width(clipped) <= width);
}

static void test_clip_cuts_between_words(void **state)
{
	check_clip("NVIDIA GeForce GTX 970", 30, "NVIDIA GeForce GTX 970");
	check_clip("NVIDIA GeForce GTX 970", 20, "NVIDIA GeForce GTX…");
	check_clip("supercalifragilistic", 10, "supercali…");
	check_clip("a pneumonoultramicroscopic", 12,
		   "a pneumonou…"); /* giving up the word would cost too much */
	check_clip("one, two, three", 10, "one, two…");
	check_clip("日本語日本語", 5, "日本…");
	check_clip("日本語日本語", 6, "日本…");
	check_clip("anything", 0, "");
}

static void test_clip_never_exceeds_any_width(void **state)
{
	static const char *const texts[] = {"",
					    "a",
					    "Intel Xeon E3-1200 v3/4th Gen Core Processor",
					    "日本 語の 文字",
					    "/sys/firmware/acpi/tables/DMAR",
					    "e\xcc\x81t\xcc\x81"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		for (int width = 0; width < 60; width++) {
			g_autofree char *clipped = text_clip(texts[i], width, "...");

			assert_true(text_width(clipped) <= MAX(width, 0));
		}
}

static void test_ascii_keeps_the_width(void **state)
{
	static const char *const texts[] = {"✓ Firmware", "80×24 · Größe", "“quoted” – 日本",
					    "tab\there",  "\x1b[31m",      "broken \xff byte"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *ascii = text_ascii(texts[i]), *clean = text_clean(texts[i]);

		assert_true(g_str_is_ascii(ascii));
		assert_int_equal(text_width(ascii), text_width(clean));
		for (const char *p = ascii; *p; p++)
			assert_true(*p >= ' ' && *p != 127);
	}

	g_autofree char *size = text_ascii("80×24 · Größe");

	assert_string_equal(size, "80x24 - Gro?e");
}

static void test_fold_keeps_words_whole(void **state)
{
	g_autoptr(GPtrArray) lines = text_wrap("The groups appear after the restart.", 20);

	assert_int_equal(lines->len, 2);
	assert_string_equal(lines->pdata[0], "The groups appear");
	assert_string_equal(lines->pdata[1], "after the restart.");
}

static void test_fold_loses_nothing(void **state)
{
	static const char text[] =
		"quiet splash /a/very/long/path/to/something/that/does/not/fit intel_iommu=on";

	for (int width = 1; width < 80; width++) {
		g_autoptr(GPtrArray) lines = text_wrap(text, width);
		GString *joined = g_string_new(NULL);

		for (guint i = 0; i < lines->len; i++) {
			assert_true(text_width(lines->pdata[i]) <= width);
			for (const char *p = lines->pdata[i]; *p; p++)
				if (*p != ' ')
					g_string_append_c(joined, *p);
		}
		g_autofree char *whole = g_string_free(joined, FALSE);
		g_auto(GStrv) words = g_strsplit(text, " ", -1);
		g_autofree char *expected = g_strjoinv("", words);

		assert_string_equal(whole, expected);
	}
}

static void test_labels_and_items_hang(void **state)
{
	g_autoptr(GPtrArray) lines = lines_new();

	lines_label(lines, "Where", "Advanced / System Agent");
	lines_label(lines, "Nothing", NULL);
	lines_add(lines, TONE_PLAIN, "  - one two three four five");

	g_autoptr(GPtrArray) folded = lines_wrap(lines, 24);
	static const char *const expected[] = {"Where      Advanced /", "           System Agent",
					       "  - one two three four", "    five"};

	assert_int_equal(folded->len, G_N_ELEMENTS(expected));
	for (guint i = 0; i < folded->len; i++)
		assert_string_equal(((struct line *)folded->pdata[i])->text, expected[i]);
}

static void test_diff_has_tones(void **state)
{
	g_autoptr(GPtrArray) lines = lines_new();
	static const enum tone tones[] = {TONE_TITLE,   TONE_TITLE, TONE_DIM,
					  TONE_REMOVED, TONE_ADDED, TONE_PLAIN};

	lines_add_diff(lines, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\tword\n");
	assert_int_equal(lines->len, G_N_ELEMENTS(tones));
	for (guint i = 0; i < lines->len; i++)
		assert_int_equal(((struct line *)lines->pdata[i])->tone, tones[i]);
	assert_string_equal(((struct line *)lines->pdata[5])->text, " same   word");
}

/* What goes on from the line above must not look like a line that is added or taken away. */
static void test_diff_goes_on_behind_its_signs(void **state)
{
	g_autoptr(GPtrArray) lines = lines_new();

	lines_add_diff(lines, "-GRUB_CMDLINE=\"quiet - splash\"\n+GRUB_CMDLINE=\"quiet - splash + more\"\n "
			      "  a context - that is long\n");

	g_autoptr(GPtrArray) folded = lines_wrap(lines, 22);
	enum tone tone = TONE_PLAIN;
	guint starts = 0;

	for (guint i = 0; i < folded->len; i++) {
		const struct line *line = folded->pdata[i];

		assert_true(text_width(line->text) <= 22);
		if (g_str_has_prefix(line->text, "    ")) {
			assert_int_equal(line->tone, tone);
			continue;
		}
		tone = line->tone;
		starts++;
	}
	assert_int_equal(starts, 3);
	assert_true(folded->len > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide_and_combining_characters),
		cmocka_unit_test(test_clip_cuts_between_words),
		cmocka_unit_test(test_clip_never_exceeds_any_width),
		cmocka_unit_test(test_ascii_keeps_the_width),
		cmocka_unit_test(test_fold_keeps_words_whole),
		cmocka_unit_test(test_fold_loses_nothing),
		cmocka_unit_test(test_labels_and_items_hang),
		cmocka_unit_test(test_diff_has_tones),
		cmocka_unit_test(test_diff_goes_on_behind_its_signs),
	};

	if (!setlocale(LC_ALL, "C.UTF-8") && !setlocale(LC_ALL, "en_US.UTF-8"))
		return 77;
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
