/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_devices.c - IOMMU groups and their devices: what the machine gets, what the computer keeps */
#include "config.h"

#include "report_groups.h"
#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {
	{NULL, 0, false}, {NULL, 12, false}, {NULL, 24, false}, {NULL, 8, true}};

enum { CLASS_DISPLAY = 0x03 };

static bool is_display(const struct vp_device *device)
{
	return device->class_code >> 16 == CLASS_DISPLAY;
}

/* ---- which are shown ---------------------------------------------------------------------------------- */

enum filter { FILTER_ALL, FILTER_GRAPHICS, FILTER_CHOSEN, FILTER_CAN_GO, FILTERS };

static const char *const filter_names[] = {
	[FILTER_ALL] = "all devices",
	[FILTER_GRAPHICS] = "only graphics cards",
	[FILTER_CHOSEN] = "only what is chosen",
	[FILTER_CAN_GO] = "only what can go",
};

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

static bool is_shown(const struct vp_session *session, enum filter filter, const struct vp_device *device,
		     bool can_go)
{
	switch (filter) {
	case FILTER_GRAPHICS:
		return on_graphics_card(vp_session_host(session), device);
	case FILTER_CHOSEN:
		return vp_is_chosen(session, device->address);
	case FILTER_CAN_GO:
		return can_go || vp_is_chosen(session, device->address);
	default:
		return true;
	}
}

/* ---- rows --------------------------------------------------------------------------------------------- */

struct heading {
	enum tone tone;
	const char *text; /* NULL: it stands there already */
};

static void add_device(struct wizard *wizard, struct page *page, const struct vp_device *device, bool offered,
		       struct heading *heading)
{
	bool can_go = offered && !device->bridge && !device->blocked;
	const char *mark = can_go ? "[ ]" : "   ";

	if (!is_shown(wizard->session, page->filter, device, can_go))
		return;
	if (heading->text)
		list_heading(&page->list, heading->tone, heading->text);
	heading->text = NULL;
	if (vp_is_chosen(wizard->session, device->address))
		mark = "[x]";
	list_item(&page->list, device->address, mark, TONE_PLAIN, report_address(device), device->kind,
		  device->name, device->driver ? device->driver : "-", NULL);
}

static void add_group(struct wizard *wizard, struct page *page, const struct vp_group *group)
{
	bool offered = group->verdict == VP_WHOLE || group->verdict == VP_SHARED;
	g_autofree char *text = g_strdup_printf("Group %-4d %s", group->number, group->reason);
	struct heading heading = {group->verdict == VP_WHOLE    ? TONE_OK
				  : group->verdict == VP_SHARED ? TONE_WARN
								: TONE_PLAIN,
				  text};

	for (guint i = 0; i < group->devices->len; i++)
		add_device(wizard, page, group->devices->pdata[i], offered, &heading);
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

static void add_groups(struct wizard *wizard, struct page *page, const struct vp_host *host, bool first)
{
	for (guint i = 0; i < host->groups->len; i++)
		if (comes_first(host->groups->pdata[i]) == first)
			add_group(wizard, page, host->groups->pdata[i]);
}

static void add_ungrouped(struct wizard *wizard, struct page *page, const struct vp_host *host, bool cards,
			  const char *text)
{
	struct heading heading = {TONE_PLAIN, text};

	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];

		if (device->group < 0 && on_graphics_card(host, device) == cards)
			add_device(wizard, page, device, !host->groups->len, &heading);
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

static void add_questions(struct wizard *wizard, struct page *page)
{
	list_heading(&page->list, TONE_PLAIN, "");
	for (int i = 0; page->step->questions[i]; i++)
		if (strcmp(page->step->questions[i], "devices") != 0)
			fields_add_line(wizard, &page->list, page->step->questions[i]);
}

static void build(struct wizard *wizard, struct page *page)
{
	const struct vp_host *host = vp_session_host(wizard->session);
	struct vp_finding *missing = vp_groups_missing(wizard->session);

	if (!page->list.keep && likely(host))
		page->list.keep = g_strdup(likely(host)->address);
	g_free(page->corner);
	page->corner = g_strdup_printf("f: %s", filter_names[page->filter]);
	g_clear_pointer(&page->intro, g_free);
	if (missing)
		page->intro = g_strdup_printf("%s%s%s", missing->text, missing->todo ? " " : "",
					      missing->todo ? missing->todo : "");
	add_groups(wizard, page, host, true);
	add_groups(wizard, page, host, false);
	add_ungrouped(wizard, page, host, true, missing ? "Graphics cards" : "Graphics cards in no group");
	add_ungrouped(wizard, page, host, false, missing ? "Other devices" : "Other devices in no group");
	vp_finding_free(missing);
	/* With nothing for the cursor to stand on, it comes back to its place when there is again. */
	if (page->list.rows->len)
		add_questions(wizard, page);
	else
		list_note(&page->list, TONE_PLAIN, "None. \"f\" shows others.");
}

/* ---- details ------------------------------------------------------------------------------------------ */

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

static void show_device(struct wizard *wizard, const char *address)
{
	g_autoptr(GPtrArray) rows = vp_device_details(wizard->session, address);
	const struct vp_device *device = vp_host_device(vp_session_host(wizard->session), address);
	g_autofree char *title = g_strdup_printf("%s %s", report_address(device), device->name);
	GPtrArray *lines = lines_new();

	report_device(lines, rows, true);
	wizard_show(wizard, title, lines);
}

/* What stays with the computer: screen, network, disks. The gravest first, so that it is surely seen. */
static void message(struct wizard *wizard, struct page *page, GPtrArray *lines)
{
	g_autoptr(GPtrArray) findings = vp_choice_findings(wizard->session);

	for (int level = VP_CANNOT; level >= VP_OK; level--)
		for (guint i = 0; i < findings->len; i++) {
			const struct vp_finding *finding = findings->pdata[i];
			g_autofree char *text = report_short(finding->text);

			if ((int)finding->level == level)
				lines_addf(lines, report_tone(finding->level), "%s%s%s", text,
					   finding->todo ? " " : "", finding->todo ? finding->todo : "");
		}
}

/* ---- choosing ----------------------------------------------------------------------------------------- */

static void say_refusal(struct wizard *wizard, const char *address, const char *why)
{
	g_autofree char *sentence = vp_choose_risk(wizard->session, address), *text = report_short(why);
	g_autofree char *said =
		g_strdup_printf("%s.%s", text, sentence ? " Should you know better: \"o\" overrules." : "");

	wizard_say(wizard, TONE_BAD, said);
	wizard->said_keys = sentence ? KEYS_RISK : 0;
}

static void choose(struct wizard *wizard, const char *address)
{
	g_autofree char *story = NULL, *text = NULL;
	g_autoptr(GError) error = NULL;

	if (!vp_choose(wizard->session, address, !vp_is_chosen(wizard->session, address), &story, &error)) {
		say_refusal(wizard, address, error->message);
		return;
	}
	wizard_changed(wizard);
	text = story ? report_short(story) : NULL;
	if (text)
		wizard_say(wizard, TONE_PLAIN, text);
}

struct overrule {
	struct wizard *wizard;
	char *address, *sentence;
};

static void overrule_free(void *data)
{
	struct overrule *overrule = data;

	g_free(overrule->address);
	g_free(overrule->sentence);
	g_free(overrule);
}

static char *overruled(const char *typed, void *data)
{
	const struct overrule *overrule = data;
	g_autoptr(GError) error = NULL;

	if (strcmp(typed, overrule->sentence) != 0)
		return g_strdup("That is not the sentence, word for word. Esc leaves all as it was.");
	if (!vp_answer_toggle(overrule->wizard->session, "overrule", typed, true, &error))
		return g_strdup(error->message);
	choose(overrule->wizard, overrule->address);
	return NULL;
}

static void ask_overrule(struct wizard *wizard, const char *address)
{
	g_autofree char *sentence = vp_choose_risk(wizard->session, address);
	struct question question = {.title = "Overrule?", .free_data = overrule_free};
	struct overrule *overrule;

	if (!sentence || vp_is_chosen(wizard->session, address)) {
		wizard_say(wizard, TONE_PLAIN, "There is nothing here that could be overruled.");
		return;
	}
	overrule = g_new(struct overrule, 1);
	*overrule = (struct overrule){wizard, g_strdup(address), g_steal_pointer(&sentence)};
	question.data = overrule;
	question.lines = lines_new();
	lines_add(question.lines, TONE_BAD,
		  "This computer loses something it needs: it may not start, or not be of use.");
	report_risk_help(question.lines, overrule->sentence);
	lines_add(question.lines, TONE_PLAIN, "");
	lines_add(question.lines, TONE_PLAIN, "To give it away all the same, type this word for word:");
	lines_add(question.lines, TONE_TITLE, overrule->sentence);
	wizard_push(wizard, input_new(wizard->terminal, &question, "", overruled));
}

/* ---- keys --------------------------------------------------------------------------------------------- */

static bool device_command(struct wizard *wizard, const char *address, enum command number)
{
	switch (number) {
	case CMD_CHOOSE:
		choose(wizard, address);
		return true;
	case CMD_OPEN:
		show_device(wizard, address);
		return true;
	case CMD_OVERRULE:
		ask_overrule(wizard, address);
		return true;
	default:
		return false;
	}
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct list_row *row = list_current(&page->list);

	if (number == CMD_FILTER) {
		page->filter = (page->filter + 1) % FILTERS;
		wizard_rows_changed(wizard);
		return true;
	}
	if (!row)
		return false;
	if (vp_host_device(vp_session_host(wizard->session), row->id))
		return device_command(wizard, row->id, number);
	return fields_command(wizard, row->id, number);
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
