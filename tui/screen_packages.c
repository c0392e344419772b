/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_packages.c - programs that are needed, what is there, and whether to install the rest */
#include "config.h"

#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {
	{"Package", 20, false}, {"Installed", 12, false}, {"Needed", 0, true}, {"What for", 12, true}};

static const char *mark_of(const struct vp_package *package, const struct marks *marks)
{
	if (package->satisfied)
		return marks->done;
	if (!package->seen)
		return "?";
	return package->wanted ? "+" : " ";
}

static const char *installed_of(const struct vp_package *package, const char *missing)
{
	if (package->installed)
		return package->installed;
	if (package->satisfied)
		return "yes";
	return package->seen ? missing : "cannot be seen";
}

static void build(struct wizard *wizard, struct page *page)
{
	const struct marks *marks = terminal_marks(wizard->terminal);

	g_clear_pointer(&page->data, g_ptr_array_unref);
	page->data = vp_packages(wizard->session);
	if (!page->data->len)
		list_note(&page->list, TONE_WARN,
			  "No table of packages for this system: the help says what is needed.");
	for (guint i = 0; i < page->data->len; i++) {
		const struct vp_package *package = page->data->pdata[i];
		list_item(&page->list, package->name, mark_of(package, marks),
			  package->satisfied || !package->wanted ? TONE_PLAIN : TONE_WARN, package->name,
			  installed_of(package, "missing"), package->needed ? package->needed : "any",
			  package->purpose ? package->purpose : "", NULL);
	}
	list_heading(&page->list, TONE_PLAIN, "");
	for (int i = 0; page->step->questions[i]; i++)
		fields_add_line(wizard, &page->list, page->step->questions[i]);
}

static const struct vp_package *find(const struct page *page, const char *name)
{
	for (guint i = 0; i < page->data->len; i++) {
		const struct vp_package *package = page->data->pdata[i];

		if (!strcmp(package->name, name))
			return package;
	}
	return NULL;
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	const struct vp_package *package = find(page, row->id);

	if (!package) {
		fields_details(wizard, row->id, lines);
		return;
	}
	lines_add(lines, TONE_TITLE, package->name);
	lines_label(lines, "What for", package->purpose);
	lines_label(lines, "Installed", installed_of(package, "no"));
	lines_label(lines, "Needed", package->needed ? package->needed : "any version");
	lines_label(lines, "Seen in", package->evidence);
	if (!package->satisfied && !package->wanted)
		lines_add(lines, TONE_DIM, "Not needed for what was chosen.");
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct list_row *row = list_current(&page->list);

	if (row && !find(page, row->id))
		return fields_command(wizard, row->id, number);
	if (row && number == CMD_CHOOSE) {
		wizard_say(wizard, TONE_PLAIN,
			   "What is missing is installed together: see the row below the packages.");
		return true;
	}
	if (row && number == CMD_OPEN) {
		GPtrArray *lines = lines_new();

		details(wizard, page, row, lines);
		wizard_show(wizard, row->id, lines);
		return true;
	}
	return false;
}

const struct page_ops packages_page = {
	.id = "packages",
	.keys = KEYS_PACKAGES,
	.columns = columns,
	.details_share = 30,
	.build = build,
	.details = details,
	.command = command,
};
