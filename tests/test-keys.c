/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keys.c - the table of keys: no key means two things at one place, and what is needed has a key */
#include "config.h"

#include "tui/keys.h"

#include <curses.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const enum key_context pages[] = {KEYS_FIRMWARE, KEYS_KERNEL, KEYS_DEVICES, KEYS_PACKAGES,
					 KEYS_MACHINE,  KEYS_REVIEW, KEYS_APPLY};
static const enum key_context boxes[] = {KEYS_PAGER, KEYS_BUTTONS, KEYS_INPUT, KEYS_MENU, KEYS_MARKS};

/* Both kinds of contexts in one row. */
static enum key_context context_at(size_t index)
{
	return index < G_N_ELEMENTS(pages) ? pages[index] : boxes[index - G_N_ELEMENTS(pages)];
}

enum { CONTEXTS = G_N_ELEMENTS(pages) + G_N_ELEMENTS(boxes) };

static void remember(struct key key, enum command command, void *data)
{
	g_autofree char *name = g_strdup_printf("%u/%d", key.code, key.function);

	if (g_hash_table_contains(data, name))
		fail_msg("the key %s has two meanings (one of them %d)", name, command);
	g_hash_table_add(data, g_steal_pointer(&name));
}

static void test_no_key_twice(void **state)
{
	for (size_t i = 0; i < CONTEXTS; i++) {
		g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

		keys_each(context_at(i), remember, seen);
		assert_true(g_hash_table_size(seen) > 0);
	}
}

static void mark(struct key key, enum command command, void *data)
{
	((bool *)data)[command] = true;
}

static void test_every_place_can_be_left(void **state)
{
	for (size_t i = 0; i < CONTEXTS; i++) {
		bool has[CMD_COUNT] = {false};

		keys_each(context_at(i), mark, has);
		assert_true(has[CMD_BACK] || has[CMD_CLOSE]);
		assert_true(has[CMD_REDRAW]);
		assert_int_not_equal(keys_command(context_at(i), (struct key){27, false}), CMD_NONE);
	}
}

static void test_every_page_moves_helps_and_quits(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
		assert_int_equal(keys_command(pages[i], (struct key){KEY_UP, true}), CMD_UP);
		assert_int_equal(keys_command(pages[i], (struct key){'j', false}), CMD_DOWN);
		assert_int_equal(keys_command(pages[i], (struct key){'?', false}), CMD_HELP);
		assert_int_equal(keys_command(pages[i], (struct key){'q', false}), CMD_QUIT);
		assert_int_equal(keys_command(pages[i], (struct key){'b', false}), CMD_BACK);
		assert_int_equal(keys_command(pages[i], (struct key){'\r', false}), CMD_OPEN);
	}
}

static void test_every_command_has_a_key(void **state)
{
	bool has[CMD_COUNT] = {false};

	for (size_t i = 0; i < CONTEXTS; i++)
		keys_each(context_at(i), mark, has);
	for (int command = CMD_NONE + 1; command < CMD_COUNT; command++)
		if (!has[command])
			fail_msg("command %d has no key", command);
}

/* A letter and a function key may have the same number: 0x103 is KEY_UP, and also U+0103. */
static void test_letters_are_no_function_keys(void **state)
{
	assert_int_equal(keys_command(KEYS_DEVICES, (struct key){KEY_UP, false}), CMD_NONE);
	assert_int_equal(keys_command(KEYS_INPUT, (struct key){'q', false}), CMD_NONE);
}

static void test_footer_fits_and_keeps_the_way_out(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
		for (int width = 40; width < 200; width += 9) {
			g_autofree char *footer = keys_footer(pages[i], width, false);
			g_autofree char *plain = keys_footer(pages[i], width, true);

			assert_true(text_width(footer) <= width);
			assert_non_null(strstr(footer, "? help"));
			assert_non_null(strstr(footer, "q quit"));
			assert_true(g_str_is_ascii(plain));
		}
}

static void test_help_names_every_footer_key(void **state)
{
	g_autoptr(GPtrArray) lines = lines_new();

	keys_help(lines, KEYS_KERNEL, true);
	assert_true(lines->len > 10);
	for (guint i = 0; i < lines->len; i++) {
		const struct line *line = lines->pdata[i];

		assert_non_null(strchr(line->text, '\t'));
		assert_true(g_str_is_ascii(line->text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_key_twice),
		cmocka_unit_test(test_every_place_can_be_left),
		cmocka_unit_test(test_every_page_moves_helps_and_quits),
		cmocka_unit_test(test_every_command_has_a_key),
		cmocka_unit_test(test_letters_are_no_function_keys),
		cmocka_unit_test(test_footer_fits_and_keeps_the_way_out),
		cmocka_unit_test(test_help_names_every_footer_key),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
