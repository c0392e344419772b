/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tables_find.c - looks things up in the tables: pure, reads no file */
#include "config.h"

#include "tables.h"
#include "cmdline.h"

#include <string.h>

enum vp_cpu_maker vp_tables_cpu(const char *vendor_id)
{
	if (!g_strcmp0(vendor_id, "GenuineIntel"))
		return VP_CPU_INTEL;
	/* Hygon builds processors of AMD's design (arch/x86/kernel/cpu/hygon.c of Linux). */
	if (!g_strcmp0(vendor_id, "AuthenticAMD") || !g_strcmp0(vendor_id, "HygonGenuine"))
		return VP_CPU_AMD;
	return VP_CPU_ANY;
}

const struct vp_table_setting *vp_tables_setting(const struct vp_tables *tables, const char *id)
{
	for (guint i = 0; i < tables->settings->len; i++) {
		const struct vp_table_setting *setting = tables->settings->pdata[i];

		if (!strcmp(setting->id, id))
			return setting;
	}
	return NULL;
}

/* Length of the longest of the beginnings that `text` has, 0: none. Firmwares differ in case. */
static size_t longest_beginning(char **beginnings, const char *text)
{
	size_t longest = 0;

	for (; text && beginnings && *beginnings; beginnings++) {
		size_t length = strlen(*beginnings);

		if (length > longest && !g_ascii_strncasecmp(text, *beginnings, length))
			longest = length;
	}
	return longest;
}

const struct vp_table_maker *vp_tables_maker(const struct vp_tables *tables, const char *vendor)
{
	const struct vp_table_maker *best = NULL;
	size_t longest = 0;

	for (guint i = 0; i < tables->makers->len; i++) {
		const struct vp_table_maker *maker = tables->makers->pdata[i];
		size_t length = longest_beginning(maker->dmi, vendor);

		if (length > longest) {
			longest = length;
			best = maker;
		}
	}
	return best;
}

/* How well a menu fits, 0: not at all. Each rank outweighs all below it. */
static size_t menu_rank(const struct vp_table_menu *menu, const struct vp_table_maker *maker,
			const char *board, enum vp_cpu_maker cpu)
{
	size_t rank = menu->cpu == VP_CPU_ANY ? 1 : 2, length = longest_beginning(menu->boards, board);

	if (menu->cpu != VP_CPU_ANY && cpu != VP_CPU_ANY && menu->cpu != cpu)
		return 0;
	if (!menu->maker)
		return rank;
	if (!maker || strcmp(menu->maker, maker->id) || (menu->boards && !length))
		return 0;
	return 2 + 2 * length + rank;
}

const struct vp_table_menu *vp_tables_menu(const struct vp_tables *tables, const char *vendor,
					   const char *board, enum vp_cpu_maker cpu, const char *setting)
{
	const struct vp_table_maker *maker = vp_tables_maker(tables, vendor);
	const struct vp_table_setting *about = vp_tables_setting(tables, setting);
	const struct vp_table_menu *best = NULL;
	size_t best_rank = 0;

	if (!about || (about->cpu != VP_CPU_ANY && cpu != VP_CPU_ANY && about->cpu != cpu))
		return NULL;
	for (guint i = 0; i < tables->menus->len; i++) {
		const struct vp_table_menu *menu = tables->menus->pdata[i];
		size_t rank = strcmp(menu->setting, setting) ? 0 : menu_rank(menu, maker, board, cpu);

		if (rank > best_rank) {
			best_rank = rank;
			best = menu;
		}
	}
	return best;
}

enum vp_need vp_tables_need(const struct vp_tables *tables, const struct vp_table_menu *menu)
{
	return menu->need != VP_NEED_UNSAID ? menu->need : vp_tables_setting(tables, menu->setting)->need;
}

static const struct vp_table_family *family_of(const struct vp_tables *tables, const char *id)
{
	for (guint i = 0; i < tables->families->len; i++) {
		const struct vp_table_family *family = tables->families->pdata[i];

		if (g_strv_contains((const char *const *)family->match, id))
			return family;
	}
	return NULL;
}

const struct vp_table_family *vp_tables_family(const struct vp_tables *tables, const char *id,
					       const char *id_like)
{
	g_auto(GStrv) likes = g_strsplit_set(id_like ? id_like : "", " \t", -1);
	const struct vp_table_family *family = id ? family_of(tables, id) : NULL;

	for (char **like = likes; !family && *like; like++)
		family = family_of(tables, *like);
	return family;
}

const struct vp_table_parameter *vp_tables_parameter(const struct vp_tables *tables, const char *word)
{
	for (guint i = 0; i < tables->parameters->len; i++) {
		const struct vp_table_parameter *parameter = tables->parameters->pdata[i];

		if (vp_cmdline_same_name(parameter->name, word))
			return parameter;
	}
	return NULL;
}

static const struct vp_table_value *find_value(const struct vp_table_parameter *parameter, const char *text)
{
	for (guint i = 0; text && parameter->values && i < parameter->values->len; i++) {
		const struct vp_table_value *value = parameter->values->pdata[i];

		if (!strcmp(value->value, text))
			return value;
	}
	return NULL;
}

char *vp_tables_explain(const struct vp_tables *tables, const char *word)
{
	const struct vp_table_parameter *parameter = vp_tables_parameter(tables, word);
	g_autofree char *text = parameter ? vp_cmdline_value(word, parameter->name) : NULL;
	g_auto(GStrv) parts = g_strsplit(text ? text : "", ",", -1);
	GString *story;

	if (!parameter)
		return NULL;
	story = g_string_new(parameter->why);
	for (char **part = parts; *part; part++) {
		const struct vp_table_value *value = find_value(parameter, *part);

		if (value)
			g_string_append_printf(story, " \"%s\": %s", value->value, value->means);
	}
	if (parameter->why_not)
		g_string_append_printf(story, " %s", parameter->why_not);
	return g_string_free(story, FALSE);
}

bool vp_tables_is_stale(const struct vp_tables *tables, const char *word)
{
	const struct vp_table_parameter *parameter = vp_tables_parameter(tables, word);
	g_autofree char *text = parameter ? vp_cmdline_value(word, parameter->name) : NULL;
	const struct vp_table_value *value = parameter ? find_value(parameter, text) : NULL;

	return parameter && (parameter->remove || (value && value->remove));
}
