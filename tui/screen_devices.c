/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_devices.c - IOMMU groups and their devices: what the machine gets, what the computer keeps */
#include "config.h"

#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {
	{NULL, 0, false}, {NULL, 12, false}, {NULL, 24, false}, {NULL, 8, true}};

enum { CLASS_DISPLAY = 0x03 };

static bool is_display(const struct vp_device *device)
{
	return device->class_code >> 16 == CLASS_DISPLAY;
}

static void add_device(struct wizard *wizard, struct list *list, const struct vp_device *device, bool offered)
{
	const char *mark = "   ";

	if (vp_is_chosen(wizard->session, device->address))
		mark = "[x]";
	else if (offered && !device->bridge && !device->blocked)
		mark = "[ ]";
	list_item(list, device->address, mark, TONE_PLAIN, report_address(device), device->kind, device->name,
		  device->driver ? device->driver : "-", NULL);
}

static void add_group(struct wizard *wizard, struct list *list, const struct vp_group *group)
{
	bool offered = group->verdict == VP_WHOLE || group->verdict == VP_SHARED;
	g_autofree char *heading = g_strdup_printf("Group %-4d %s", group->number, group->reason);
	enum tone tone = group->verdict == VP_WHOLE    ? TONE_OK
			 : group->verdict == VP_SHARED ? TONE_WARN
						       : TONE_PLAIN;

	list_heading(list, tone, heading);
	for (guint i = 0; i < group->devices->len; i++)
		add_device(wizard, list, group->devices->pdata[i], offered);
}

/* What most people come for: a graphics card that can be given away. */
static bool comes_first(const struct vp_group *group)
{
	if (group->verdict != VP_WHOLE && group->verdict != VP_SHARED)
		return false;
	for (guint i = 0; i < group->devices->len; i++)
		if (is_display(group->devices->pdata[i]))
			return true;
	return false;
}

static void add_groups(struct wizard *wizard, struct list *list, const struct vp_host *host, bool first)
{
	for (guint i = 0; i < host->groups->len; i++)
		if (comes_first(host->groups->pdata[i]) == first)
			add_group(wizard, list, host->groups->pdata[i]);
}

/* A graphics card with all its functions: its sound, its USB controller. */
static bool on_graphics_card(const struct vp_host *host, const struct vp_device *device)
{
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *other = host->devices->pdata[i];

		if (is_display(other) && other->domain == device->domain && other->bus == device->bus &&
		    other->slot == device->slot)
			return true;
	}
	return false;
}

static void add_ungrouped(struct wizard *wizard, struct list *list, const struct vp_host *host, bool cards,
			  const char *heading)
{
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];

		if (device->group >= 0 || on_graphics_card(host, device) != cards)
			continue;
		if (heading)
			list_heading(list, TONE_PLAIN, heading);
		heading = NULL;
		add_device(wizard, list, device, !host->groups->len);
	}
}

/* The cursor begins on a graphics card in a slot, rather not on the one the computer starts up on. */
static const struct vp_device *likely(const struct vp_host *host)
{
	const struct vp_device *found = NULL;
	int best = -1;

	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];
		int worth = 2 * (device->bus > 0) + (device->boot_vga != VP_YES);

		if (is_display(device) && !device->blocked && worth > best) {
			found = device;
			best = worth;
		}
	}
	return found;
}

static void build(struct wizard *wizard, struct page *page)
{
	const struct vp_host *host = vp_session_host(wizard->session);
	struct vp_finding *missing = vp_groups_missing(wizard->session);

	if (!page->list.keep && likely(host))
		page->list.keep = g_strdup(likely(host)->address);
	g_clear_pointer(&page->intro, g_free);
	if (missing)
		page->intro = g_strdup_printf("%s%s%s", missing->text, missing->todo ? " " : "",
					      missing->todo ? missing->todo : "");
	add_groups(wizard, &page->list, host, true);
	add_groups(wizard, &page->list, host, false);
	add_ungrouped(wizard, &page->list, host, true,
		      missing ? "Graphics cards" : "Graphics cards in no group");
	add_ungrouped(wizard, &page->list, host, false,
		      missing ? "Other devices" : "Other devices in no group");
	vp_finding_free(missing);
	list_heading(&page->list, TONE_PLAIN, "");
	for (int i = 0; page->step->questions[i]; i++)
		if (strcmp(page->step->questions[i], "devices") != 0)
			fields_add_line(wizard, &page->list, page->step->questions[i]);
}

static const struct vp_group *group_of(const struct vp_host *host, const struct vp_device *device)
{
	for (guint i = 0; i < host->groups->len; i++) {
		const struct vp_group *group = host->groups->pdata[i];

		if (group->number == device->group)
			return group;
	}
	return NULL;
}

static void group_details(const struct vp_host *host, const struct vp_device *device, GPtrArray *lines)
{
	const struct vp_group *group = group_of(host, device);

	if (!group) {
		lines_label(lines, "Group", "none");
		return;
	}
	lines_addf(lines, TONE_PLAIN, "Group\t%d. %s", group->number, group->reason);
	for (guint i = 0; i < group->devices->len; i++) {
		const struct vp_device *other = group->devices->pdata[i];

		if (other != device)
			lines_addf(lines, TONE_PLAIN, "\twith %s %s: %s", report_address(other), other->kind,
				   other->name);
	}
}

static void device_details(const struct vp_host *host, const struct vp_device *device, GPtrArray *lines)
{
	g_autofree char *ids =
		g_strdup_printf("%04x:%04x, revision %02x", device->vendor, device->device, device->revision);

	lines_addf(lines, TONE_TITLE, "%s %s", device->kind, device->name);
	lines_label(lines, "Address", device->address);
	lines_label(lines, "Maker", device->vendor_name);
	lines_label(lines, "Model", device->device_name);
	lines_label(lines, "Card by", device->subsystem_name);
	lines_label(lines, "Class", device->class_name);
	lines_label(lines, "Ids", ids);
	lines_label(lines, "Driver", device->driver ? device->driver : "none bound");
	lines_label(lines, "Stays", device->blocked);
	group_details(host, device, lines);
	lines_label(lines, "Reset by",
		    device->reset_methods ? device->reset_methods
					  : "the kernel lists no way to reset it alone");
	if (device->boot_vga == VP_YES)
		lines_label(lines, "Screen", "the computer starts up on this card");
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	const struct vp_host *host = vp_session_host(wizard->session);
	const struct vp_device *device = vp_host_device(host, row->id);

	if (device)
		device_details(host, device, lines);
	else
		fields_details(wizard, row->id, lines);
}

/* What stays with the computer: screen, network, disks. The gravest first, so that it is surely seen. */
static void message(struct wizard *wizard, struct page *page, GPtrArray *lines)
{
	g_autoptr(GPtrArray) findings = vp_choice_findings(wizard->session);

	for (int level = VP_CANNOT; level >= VP_OK; level--)
		for (guint i = 0; i < findings->len; i++) {
			const struct vp_finding *finding = findings->pdata[i];

			if ((int)finding->level == level)
				lines_addf(lines, report_tone(finding->level), "%s%s%s", finding->text,
					   finding->todo ? " " : "", finding->todo ? finding->todo : "");
		}
}

static void choose(struct wizard *wizard, const char *address)
{
	g_autofree char *story = NULL;
	GError *error = NULL;

	if (!vp_choose(wizard->session, address, !vp_is_chosen(wizard->session, address), &story, &error)) {
		wizard_say_error(wizard, error);
		return;
	}
	wizard_changed(wizard);
	if (story)
		wizard_say(wizard, TONE_PLAIN, story);
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct list_row *row = list_current(&page->list);

	if (!row || (number != CMD_CHOOSE && number != CMD_OPEN))
		return false;
	if (!vp_host_device(vp_session_host(wizard->session), row->id))
		return fields_command(wizard, row->id, number);
	if (number == CMD_CHOOSE) {
		choose(wizard, row->id);
	} else {
		GPtrArray *lines = lines_new();

		details(wizard, page, row, lines);
		wizard_show(wizard, row->id, lines);
	}
	return true;
}

const struct page_ops devices_page = {
	.id = "devices",
	.keys = KEYS_DEVICES,
	.columns = columns,
	.details_share = 0,
	.build = build,
	.details = details,
	.message = message,
	.command = command,
};
