/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-list.c - the list: the cursor skips headings, stays on its row, finds, and knows where it is */
#include "config.h"

#include "tui/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct list_column columns[LIST_MOST_CELLS] = {{NULL, 0, false}, {NULL, 8, false}};

static void fill(struct list *list, int first, int count)
{
	list_clear(list);
	list_heading(list, TONE_PLAIN, "Group 1");
	for (int i = first; i < first + count; i++) {
		g_autofree char *id = g_strdup_printf("%02d", i),
				*name = g_strdup_printf("Device Number %d", i);

		if (i % 5 == 0)
			list_heading(list, TONE_PLAIN, "Another group");
		list_item(list, id, "[ ]", TONE_PLAIN, id, name, NULL);
	}
	list_ready(list);
}

static void check_at(const struct list *list, const char *id)
{
	const struct list_row *row = list_current(list);

	assert_non_null(row);
	assert_string_equal(row->id, id);
}

static void test_cursor_skips_headings(void **state)
{
	struct list list;

	list_init(&list, columns);
	fill(&list, 1, 9);
	check_at(&list, "01");
	for (int i = 2; i <= 9; i++) {
		g_autofree char *id = g_strdup_printf("%02d", i);

		assert_true(list_move(&list, CMD_DOWN, 10));
		check_at(&list, id);
	}
	list_move(&list, CMD_DOWN, 10);
	check_at(&list, "09");
	list_move(&list, CMD_FIRST, 10);
	check_at(&list, "01");
	list_move(&list, CMD_UP, 10);
	check_at(&list, "01");
	list_move(&list, CMD_LAST, 10);
	check_at(&list, "09");
	assert_false(list_move(&list, CMD_CHOOSE, 10));
	list_free(&list);
}

static void test_cursor_stays_when_rows_are_made_anew(void **state)
{
	struct list list;

	list_init(&list, columns);
	fill(&list, 1, 20);
	assert_true(list_select(&list, "12"));
	fill(&list, 7, 20); /* other rows above it */
	check_at(&list, "12");
	fill(&list, 30, 3); /* it is gone */
	assert_non_null(list_current(&list));
	list_free(&list);
}

static void test_an_empty_list_has_no_cursor(void **state)
{
	struct list list;

	list_init(&list, columns);
	list_clear(&list);
	list_ready(&list);
	assert_null(list_current(&list));
	list_move(&list, CMD_DOWN, 5);
	list_heading(&list, TONE_PLAIN, "only a heading");
	list_ready(&list);
	assert_null(list_current(&list));
	list_free(&list);
}

static void test_search_goes_round_and_ignores_case(void **state)
{
	struct list list;

	list_init(&list, columns);
	fill(&list, 1, 30);
	assert_true(list_search(&list, "NUMBER 2"));
	check_at(&list, "02");
	assert_true(list_search(&list, "")); /* the next one */
	check_at(&list, "20");
	for (int i = 21; i <= 29; i++)
		assert_true(list_search(&list, ""));
	assert_true(list_search(&list, ""));
	check_at(&list, "02");
	assert_false(list_search(&list, "no such thing"));
	check_at(&list, "02");
	list_free(&list);
}

static void test_position_counts_items_only(void **state)
{
	struct list list;

	list_init(&list, columns);
	fill(&list, 1, 30);
	list_select(&list, "06");

	g_autofree char *position = list_position(&list, 10), *all = list_position(&list, 100);

	assert_string_equal(position, "6 of 30");
	assert_null(all);
	list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_skips_headings),
		cmocka_unit_test(test_cursor_stays_when_rows_are_made_anew),
		cmocka_unit_test(test_an_empty_list_has_no_cursor),
		cmocka_unit_test(test_search_goes_round_and_ignores_case),
		cmocka_unit_test(test_position_counts_items_only),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
