/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_groups.c - the listing of IOMMU groups, and one device in detail, as lines of text */
#include "config.h"

#include "report_groups.h"

#include "report.h"

#include <string.h>

#define INDENT 4
#define NARROW 100      /* a terminal of fewer columns... */
#define NARROW_KIND 16  /* ...clips what a device is to this many, */
#define LEAST_NAME 16   /* and its name never to fewer than these */
#define REMARKS_SHARE 6 /* where there is not room for both, names leave this part of the width to remarks */

/* ---- what is said beside a device --------------------------------------------------------------------- */

/* "the root file system (/)" -> "/": what stands in brackets is enough beside a device; the rest goes bare. */
static char *short_use(const char *what)
{
	const char *open = strrchr(what, '(');

	if (g_str_has_prefix(what, "the screen ") || g_str_has_prefix(what, "the keyboard "))
		return g_strdup(what + strlen("the "));
	if (open && open[1] == '/' && g_str_has_suffix(what, ")"))
		return g_strndup(open + 1, strlen(open) - 2);
	return g_strdup(g_str_has_prefix(what, "the ") ? what + strlen("the ") : what);
}

static bool is_graphics(const struct vp_device *device)
{
	return device->class_code >> 16 == 0x03;
}

/* The graphics function of the card this one is a part of, or NULL. */
static const struct vp_device *card_of(const GPtrArray *devices, guint index)
{
	const struct vp_device *part = devices->pdata[index];

	if (is_graphics(part))
		return NULL;
	for (guint i = index; i-- > 0;) {
		const struct vp_device *other = devices->pdata[i];

		if (other->domain != part->domain || other->bus != part->bus || other->slot != part->slot)
			return NULL;
		if (is_graphics(other))
			return other;
	}
	return NULL;
}

static void remark(GString *remarks, const char *text)
{
	g_string_append_printf(remarks, "%s%s", remarks->len ? ", " : "", text);
}

/* "boot display, screen (HDMI-A-1)". Caller frees. */
static char *remarks_on(const struct vp_host *host, guint index)
{
	const struct vp_device *device = host->devices->pdata[index], *card = card_of(host->devices, index);
	g_autoptr(GString) remarks = g_string_new(NULL);

	if (device->boot_vga == VP_YES)
		remark(remarks, "boot display");
	if (card) {
		remark(remarks, "part of ");
		g_string_append(remarks, report_address(card));
	}
	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = host->uses->pdata[i];
		g_autofree char *what = NULL;

		if (strcmp(use->address, device->address) != 0)
			continue;
		what = short_use(use->what);
		remark(remarks, what);
	}
	return g_string_free(g_steal_pointer(&remarks), FALSE);
}

/* ---- columns ------------------------------------------------------------------------------------------ */

struct row {
	const struct vp_device *device;
	const char *address;
	char *remarks;
	bool chosen;
};

struct table {
	const struct vp_session *session;
	GHashTable *rows; /* device -> struct row * */
	int address, kind, name, driver, width;
	const char *ellipsis;
};

static void row_free(void *data)
{
	struct row *row = data;

	g_free(row->remarks);
	g_free(row);
}

static const char *driver_of(const struct vp_device *device)
{
	return device->driver ? device->driver : "-";
}

static struct table measure(const struct vp_session *session, int width, const char *ellipsis,
			    bool whole_addresses)
{
	const struct vp_host *host = vp_session_host(session);
	struct table table = {.session = session, .width = width, .ellipsis = ellipsis};
	int remarks = 0, rest;

	table.rows = g_hash_table_new_full(NULL, NULL, NULL, row_free);
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];
		struct row *row = g_new0(struct row, 1);

		row->device = device;
		row->address = whole_addresses ? device->address : report_address(device);
		row->remarks = remarks_on(host, i);
		row->chosen = vp_is_chosen(session, device->address);
		g_hash_table_insert(table.rows, (void *)device, row);
		table.address = MAX(table.address, text_width(row->address));
		table.kind = MAX(table.kind, text_width(device->kind));
		table.name = MAX(table.name, text_width(device->name));
		table.driver = MAX(table.driver, text_width(driver_of(device)));
		remarks = MAX(remarks, text_width(row->remarks));
	}
	/* Names give way first, but never to nothing. */
	if (width < NARROW)
		table.kind = MIN(table.kind, NARROW_KIND);
	rest = width - (INDENT + table.address + 2 + table.kind + 2 + 2 + table.driver + 2);
	rest -= MIN(remarks, width / REMARKS_SHARE);
	table.name = MIN(table.name, MAX(rest, LEAST_NAME));
	return table;
}

/* The text and blanks up to its column. */
static void put_cell(GString *line, const char *text, int width, const char *ellipsis)
{
	g_autofree char *cut = text_width(text) > width ? text_clip(text, width, ellipsis) : NULL;
	const char *cell = cut ? cut : text;

	g_string_append_printf(line, "%s%*s  ", cell, MAX(width - text_width(cell), 0), "");
}

static GString *row_text(const struct table *table, const struct row *row)
{
	GString *line = g_string_new(NULL);

	put_cell(line, row->address, table->address, table->ellipsis);
	put_cell(line, row->device->kind, table->kind, table->ellipsis);
	put_cell(line, row->device->name, table->name, table->ellipsis);
	put_cell(line, driver_of(row->device), table->driver, table->ellipsis);
	g_string_append(line, row->remarks);
	return line;
}

static void add_device(GPtrArray *lines, const struct table *table, const struct vp_device *device)
{
	const struct row *row = g_hash_table_lookup(table->rows, device);
	g_autoptr(GString) line = row_text(table, row);
	g_autofree char *cut = NULL;

	g_string_prepend(line, row->chosen ? "[x] " : "    ");
	if (text_width(line->str) > table->width)
		cut = text_clip(line->str, table->width, table->ellipsis);
	lines_add(lines, TONE_PLAIN, cut ? cut : line->str);
}

/* ---- groups ------------------------------------------------------------------------------------------- */

/* Why there are none, folded to the width. */
static void add_missing(GPtrArray *lines, const struct vp_session *session, int width)
{
	struct vp_finding *missing = vp_groups_missing(session);
	const char *texts[] = {missing ? missing->text : NULL, missing ? missing->todo : NULL};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GPtrArray) folded = texts[i] ? text_wrap(texts[i], width) : NULL;

		for (guint k = 0; folded && k < folded->len; k++)
			lines_add(lines, TONE_WARN, folded->pdata[k]);
	}
	if (missing)
		lines_add(lines, TONE_PLAIN, "");
	vp_finding_free(missing);
}

void report_groups(GPtrArray *lines, const struct vp_session *session, int width, const char *ellipsis)
{
	static const enum tone tones[] = {
		[VP_WHOLE] = TONE_OK, [VP_SHARED] = TONE_WARN, [VP_KEEP] = TONE_BAD, [VP_EMPTY] = TONE_DIM};
	const struct vp_host *host = vp_session_host(session);
	struct table table = measure(session, width, ellipsis, false);
	bool headed = false;

	add_missing(lines, session, width);
	for (guint i = 0; i < host->groups->len; i++) {
		const struct vp_group *group = host->groups->pdata[i];
		g_autofree char *heading = g_strdup_printf("Group %-4d %s", group->number, group->reason);
		g_autofree char *cut =
			text_width(heading) > width ? text_clip(heading, width, ellipsis) : NULL;

		lines_add(lines, tones[group->verdict], cut ? cut : heading);
		for (guint k = 0; k < group->devices->len; k++)
			add_device(lines, &table, group->devices->pdata[k]);
	}
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];

		if (device->group >= 0)
			continue;
		if (!headed)
			lines_add(lines, TONE_TITLE, host->groups->len ? "In no group" : "Devices by slot");
		headed = true;
		add_device(lines, &table, device);
	}
	g_hash_table_unref(table.rows);
}

static void add_plain(GPtrArray *lines, const struct table *table, const char *group, const char *verdict,
		      const struct vp_device *device)
{
	const struct row *row = g_hash_table_lookup(table->rows, device);
	g_autoptr(GString) line = row_text(table, row);

	lines_addf(lines, TONE_PLAIN, "%-4s  %-6s  %s", group, verdict, line->str);
}

void report_groups_plain(GPtrArray *lines, const struct vp_session *session)
{
	static const char *const verdicts[] = {
		[VP_WHOLE] = "whole", [VP_SHARED] = "shared", [VP_KEEP] = "keep", [VP_EMPTY] = "empty"};
	const struct vp_host *host = vp_session_host(session);
	struct table table = measure(session, G_MAXINT / 2, "", true);

	for (guint i = 0; i < host->groups->len; i++) {
		const struct vp_group *group = host->groups->pdata[i];
		g_autofree char *number = g_strdup_printf("%d", group->number);

		for (guint k = 0; k < group->devices->len; k++)
			add_plain(lines, &table, number, verdicts[group->verdict], group->devices->pdata[k]);
	}
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = host->devices->pdata[i];

		if (device->group < 0)
			add_plain(lines, &table, "-", "-", device);
	}
	g_hash_table_unref(table.rows);
}

/* ---- one device --------------------------------------------------------------------------------------- */

/* What stands in the device's own folder needs no word about it. */
static bool is_elsewhere(const char *evidence)
{
	return evidence && *evidence == '/' && !g_str_has_prefix(evidence, "/sys/bus/pci/devices/");
}

void report_device(GPtrArray *lines, const GPtrArray *details, bool evidence)
{
	const char *last = "";

	for (guint i = 0; i < details->len; i++) {
		const struct vp_detail *detail = details->pdata[i];

		/* Rows of one kind follow one another under one label. */
		lines_addf(lines, i ? TONE_PLAIN : TONE_TITLE, "%s\t%s",
			   strcmp(last, detail->label) ? detail->label : "", detail->value);
		if (evidence && is_elsewhere(detail->evidence))
			lines_addf(lines, TONE_DIM, "\tLooked at %s", detail->evidence);
		last = detail->label;
	}
}
