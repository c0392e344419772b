/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-layout.c - the parts of a screen cover it, never overlap, and never leave it, whatever its size */
#include "config.h"

#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS = 10 };

static const struct rect *part(const struct layout *layout, int index)
{
	const struct rect *parts[PARTS] = {
		&layout->header, &layout->stepper, &layout->rule,     &layout->intro,   &layout->list,
		&layout->split,  &layout->details, &layout->end_rule, &layout->message, &layout->footer};

	return parts[index];
}

/* Every cell of the screen belongs to exactly one part. */
static void check_cover(const struct layout *layout, int rows, int columns)
{
	static unsigned char cells[120 * 400];

	memset(cells, 0, sizeof(cells));
	for (int i = 0; i < PARTS; i++) {
		const struct rect *at = part(layout, i);

		if (!at->rows || !at->columns)
			continue;
		assert_true(at->y >= 0 && at->x >= 0 && at->rows > 0 && at->columns > 0);
		assert_true(at->y + at->rows <= rows && at->x + at->columns <= columns);
		for (int y = at->y; y < at->y + at->rows; y++)
			for (int x = at->x; x < at->x + at->columns; x++)
				cells[y * columns + x]++;
	}
	for (int i = 0; i < rows * columns; i++)
		assert_int_equal(cells[i], 1);
}

static void test_covers_every_size(void **state)
{
	static const int shares[] = {0, 30, 40, 60};
	struct layout layout;

	for (int rows = LAYOUT_LEAST_ROWS; rows <= 100; rows += 7)
		for (int columns = LAYOUT_LEAST_COLUMNS; columns <= 320; columns += 13)
			for (int lines = 0; lines < 6; lines++)
				for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
					const struct layout_want want = {lines, lines, shares[i]};

					layout_make(&layout, rows, columns, &want);
					assert_false(layout.too_small);
					assert_true(layout.list.rows >= 5);
					assert_true(layout.message.rows >= 1);
					check_cover(&layout, rows, columns);
				}
}

static void test_too_small_shows_nothing(void **state)
{
	static const int sizes[][2] = {{0, 0}, {1, 1}, {23, 80}, {24, 79}, {20, 60}, {5, 300}};
	const struct layout_want want = {1, 1, 40};
	struct layout layout;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		layout_make(&layout, sizes[i][0], sizes[i][1], &want);
		assert_true(layout.too_small);
		for (int k = 0; k < PARTS; k++)
			assert_int_equal(part(&layout, k)->rows, 0);
	}
}

static void test_details_go_beside_the_list_where_there_is_room(void **state)
{
	const struct layout_want want = {1, 1, 0}, below = {1, 1, 40};
	struct layout layout;

	layout_make(&layout, 24, 80, &want);
	assert_int_equal(layout.details.rows, 0);
	layout_make(&layout, 24, 80, &below);
	assert_false(layout.beside);
	assert_true(layout.details.y > layout.list.y);
	layout_make(&layout, 24, 160, &want);
	assert_true(layout.beside);
	assert_true(layout.details.x > layout.list.x);
	assert_int_equal(layout.details.y, layout.list.y);
}

static void test_boxes_stay_on_the_screen(void **state)
{
	for (int rows = 1; rows < 60; rows += 3)
		for (int columns = 1; columns < 200; columns += 7) {
			struct rect box = layout_box(rows, columns, 12, 66);

			assert_true(box.y >= 0 && box.x >= 0);
			assert_true(box.y + box.rows <= rows && box.x + box.columns <= columns);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers_every_size),
		cmocka_unit_test(test_too_small_shows_nothing),
		cmocka_unit_test(test_details_go_beside_the_list_where_there_is_room),
		cmocka_unit_test(test_boxes_stay_on_the_screen),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
