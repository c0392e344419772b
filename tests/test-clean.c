/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-clean.c - what programs print becomes lines that cannot harm a terminal */
#include "config.h"

#include "clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void collect(const char *line, void *data)
{
	g_string_append_printf(data, "<%s>", line);
}

/* The lines of a text that arrives in pieces of that size, each in <>. */
static char *lines_of(const char *text, gsize length, gsize piece)
{
	GString *lines = g_string_new(NULL);
	struct vp_clean *clean = vp_clean_new(collect, lines);

	for (gsize at = 0; at < length; at += piece)
		vp_clean_feed(clean, text + at, MIN(piece, length - at));
	vp_clean_free(clean);
	return g_string_free(lines, FALSE);
}

/* However the text is cut into pieces. */
static void expect(const char *text, const char *expected)
{
	for (gsize piece = 1; piece <= strlen(text); piece++) {
		g_autofree char *lines = lines_of(text, strlen(text), piece);

		assert_string_equal(lines, expected);
	}
}

static void lines_end_in_any_way(void **state)
{
	expect("one\ntwo\n", "<one><two>");
	expect("one\ntwo", "<one><two>");
	expect("\n\none\n", "<><><one>");
	expect("one\r\n\r\ntwo\r\r\n", "<one><><two>");
	expect("10%\r20%\r\r30%\n", "<10%><20%><30%>");
}

static void sequences_are_left_out(void **state)
{
	expect("\033[1;31mred\033[0m \033[38;2;1;2;3mrgb\033[m\n", "<red rgb>");
	expect("a\033[2J\033[Hb\033[?25lc\033[!pd\033[1 qe\n", "<abcde>");
	expect("a\033]0;title\007b\033]0;title\033\\c\n", "<abc>");
	expect("a\033]0;\303\274\007b\n", "<ab>");
	expect("a\033Pq#0\033\\b\033_x\033\\c\033^x\033\\d\033Xx\033\\e\n", "<abcde>");
	expect("a\033(0b\033)Bc\033%Gd\033#8e\n", "<abcde>");
	expect("a\0337b\0338c\033cd\033Me\033=f\033>g\n", "<abcdefg>");
	expect("a\033\033\033[31mb\n", "<ab>");
	expect("a\033[12\030b\033]x\032c\n", "<abc>");
}

/* They hide at most the rest of their line. */
static void unfinished_sequences_end_with_the_line(void **state)
{
	expect("a\033[1;3\nb\n", "<a><b>");
	expect("a\033]0;no end\nb\n", "<a><b>");
	expect("a\033Pno end\nb\n", "<a><b>");
	expect("a\033[", "<a>");
	expect("a\033", "<a>");
}

static void controls_are_left_out(void **state)
{
	expect("a\tb\n", "<a b>");
	expect("a\001\002\007\010\013\014\016\017\177b\n", "<ab>");
	/* U+009B and U+0085 are controls as well, U+00A9 is a letter. */
	expect("a\302\23331m\302\205b\302\251\n", "<a31mb\302\251>");
}

static void only_utf8_comes_out(void **state)
{
	expect("gr\303\274\303\237 \342\202\254 \360\237\222\276\n",
	       "<gr\303\274\303\237 \342\202\254 \360\237\222\276>");
	expect("gr\374\337\n", "<gr\357\277\275\357\277\275>");
	expect("a\233b\n", "<a\357\277\275b>");
	expect("a\342\202\nb\n", "<a\357\277\275\357\277\275><b>");
}

static void a_zero_byte_is_left_out(void **state)
{
	g_autofree char *lines = lines_of("a\0b\n", 4, 4);

	assert_string_equal(lines, "<ab>");
}

static void count_bytes(const char *line, void *data)
{
	gsize *longest = data, length = strlen(line);

	assert_true(g_utf8_validate(line, -1, NULL));
	*longest = MAX(*longest, length);
}

/* A line without an end is cut, but no character is. */
static void long_lines_are_split(void **state)
{
	gsize longest = 0;
	struct vp_clean *clean = vp_clean_new(count_bytes, &longest);
	GString *lines = g_string_new(NULL);
	struct vp_clean *exact = vp_clean_new(collect, lines);

	for (unsigned i = 0; i < 10000; i++)
		vp_clean_feed(clean, "\xe2\x82\xac", 3);
	vp_clean_free(clean);
	assert_int_equal(longest, 4098);
	for (unsigned i = 0; i < 4097; i++)
		vp_clean_feed(exact, i < 4096 ? "x" : "y\n", i < 4096 ? 1 : 2);
	vp_clean_free(exact);
	assert_int_equal(lines->len, 4096 + 2 + 3);
	assert_true(g_str_has_suffix(lines->str, "x><y>"));
	g_string_free(lines, TRUE);
}

/* Any bytes at all: no control character and nothing but UTF-8 comes out. */
static void expect_harmless(const char *line, void *data)
{
	assert_true(g_utf8_validate(line, -1, NULL));
	for (const char *c = line; *c; c = g_utf8_next_char(c))
		assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void noise_is_harmless(void **state)
{
	GRand *dice = g_rand_new_with_seed(1);
	struct vp_clean *clean = vp_clean_new(expect_harmless, NULL);

	for (unsigned i = 0; i < 200000; i++) {
		char byte = (char)g_rand_int_range(dice, 0, 256);

		vp_clean_feed(clean, &byte, 1);
	}
	vp_clean_free(clean);
	g_rand_free(dice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_any_way),
		cmocka_unit_test(sequences_are_left_out),
		cmocka_unit_test(unfinished_sequences_end_with_the_line),
		cmocka_unit_test(controls_are_left_out),
		cmocka_unit_test(only_utf8_comes_out),
		cmocka_unit_test(a_zero_byte_is_left_out),
		cmocka_unit_test(long_lines_are_split),
		cmocka_unit_test(noise_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
