/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_machine.c - the virtual machine as a form: one row a question */
#include "config.h"

#include "wizard.h"

static const struct list_column columns[LIST_MOST_CELLS] = {{NULL, 24, false}, {NULL, 20, false}};

static void build(struct wizard *wizard, struct page *page)
{
	for (int i = 0; page->step->questions[i]; i++)
		fields_add_row(wizard, &page->list, page->step->questions[i]);
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	fields_details(wizard, row->id, lines);
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct list_row *row = list_current(&page->list);

	return row && fields_command(wizard, row->id, number);
}

const struct page_ops machine_page = {
	.id = "machine",
	.keys = KEYS_MACHINE,
	.columns = columns,
	.details_share = 30,
	.build = build,
	.details = details,
	.command = command,
};
