/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_firmware.c - settings in the computer's firmware: what was measured, where the rest is to be found */
#include "config.h"

#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {
	{NULL, 24, false}, {NULL, 12, false}, {NULL, 0, true}};

static const char *mark_of(const struct vp_setting *setting, const struct marks *marks)
{
	switch (setting->measured) {
	case VP_YES:
		return marks->done;
	case VP_NO:
		return marks->bad;
	default:
		return setting->ticked ? "[x]" : "[ ]";
	}
}

static const char *state_of(const struct vp_setting *setting)
{
	switch (setting->measured) {
	case VP_YES:
		return "as it should be";
	case VP_NO:
		return "not so yet";
	default:
		return setting->ticked ? "you checked it" : "please check";
	}
}

static enum tone tone_of(const struct vp_setting *setting)
{
	if (setting->measured == VP_YES)
		return TONE_OK;
	if (setting->measured == VP_NO)
		return setting->required ? TONE_BAD : TONE_WARN;
	return TONE_PLAIN;
}

static void add_rows(struct wizard *wizard, struct page *page, bool required)
{
	for (guint i = 0; i < page->data->len; i++) {
		const struct vp_setting *setting = page->data->pdata[i];

		if (setting->required == required)
			list_item(&page->list, setting->id,
				  mark_of(setting, terminal_marks(wizard->terminal)), tone_of(setting),
				  setting->title, setting->value ? setting->value : "", state_of(setting),
				  NULL);
	}
}

static void build(struct wizard *wizard, struct page *page)
{
	g_clear_pointer(&page->data, g_ptr_array_unref);
	page->data = vp_firmware_settings(wizard->session);
	list_heading(&page->list, TONE_PLAIN, "Needed");
	add_rows(wizard, page, true);
	list_heading(&page->list, TONE_PLAIN, "Recommended");
	add_rows(wizard, page, false);
}

static const struct vp_setting *current(const struct page *page)
{
	const struct list_row *row = list_current(&page->list);

	for (guint i = 0; row && i < page->data->len; i++) {
		const struct vp_setting *setting = page->data->pdata[i];

		if (!strcmp(setting->id, row->id))
			return setting;
	}
	return NULL;
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	const struct vp_setting *setting = current(page);
	g_autofree char *where = NULL;

	if (!setting)
		return;
	if (setting->path)
		where = g_strdup_printf("%s%s%s%s", setting->path, setting->path_origin ? "  (" : "",
					setting->path_origin ? setting->path_origin : "",
					setting->path_origin ? ")" : "");
	lines_addf(lines, TONE_TITLE, "%s: %s", setting->title, setting->value ? setting->value : "");
	lines_label(lines, "Where", where);
	lines_label(lines, "What for", setting->purpose);
	lines_addf(lines, TONE_PLAIN, "Now\t%s%s",
		   setting->measured == VP_UNKNOWN ? "cannot be seen from here; " : "", state_of(setting));
	lines_label(lines, "Seen in", setting->evidence);
}

static void tick(struct wizard *wizard, const struct vp_setting *setting)
{
	GError *error = NULL;

	if (setting->measured != VP_UNKNOWN) {
		wizard_say(wizard, TONE_PLAIN,
			   "This one is measured: change it in the firmware, and it shows here after the "
			   "next start.");
		return;
	}
	vp_answer_toggle(wizard->session, "firmware", setting->id, !setting->ticked, &error);
	wizard_changed(wizard);
	if (error)
		wizard_say_error(wizard, error);
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct vp_setting *setting = current(page);

	if (setting && number == CMD_CHOOSE) {
		tick(wizard, setting);
		return true;
	}
	if (setting && number == CMD_OPEN) {
		GPtrArray *lines = lines_new();

		details(wizard, page, list_current(&page->list), lines);
		wizard_show(wizard, setting->title, lines);
		return true;
	}
	return false;
}

const struct page_ops firmware_page = {
	.id = "firmware",
	.keys = KEYS_FIRMWARE,
	.columns = columns,
	.details_share = 40,
	.build = build,
	.details = details,
	.command = command,
};
