/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tables.h - facts that change without code: assets/firmware.json, packages.json, parameters.json and help/
 *
 * Loading is strict: an unknown or missing key, a wrong type, an id that stands twice or one that leads
 * nowhere is an error that names file and key. What a look-up returns is borrowed and lives as long as the
 * tables.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum vp_cpu_maker { VP_CPU_ANY, VP_CPU_INTEL, VP_CPU_AMD };

/* ---- firmware.json ------------------------------------------------------------------------------------- */

enum vp_need { VP_NEED_UNSAID, VP_NEED_REQUIRED, VP_NEED_RECOMMENDED, VP_NEED_OPTIONAL };

/* Which fact shows whether the setting is as it should be. */
enum vp_measure {
	VP_MEASURE_NONE,
	VP_MEASURE_CPU_VIRTUALIZATION,
	VP_MEASURE_IOMMU_TABLE,
	VP_MEASURE_SECURE_BOOT, /* should be off */
	VP_MEASURE_ABOVE_4G,
	VP_MEASURE_SMT,
	VP_MEASURE_BOOT_DISPLAY, /* should be a graphics device that is not given away */
};

struct vp_table_setting {
	char *id, *title, *purpose;
	enum vp_need need;
	enum vp_cpu_maker cpu; /* the machines it exists on */
	enum vp_measure measure;
};

/* A maker of boards. `dmi` are beginnings of /sys/class/dmi/id/board_vendor; the longest that fits wins. */
struct vp_table_maker {
	char *id, *name;
	char **dmi;
};

/* Where one setting is found. A menu without maker is how it looks on a typical board. */
struct vp_table_menu {
	char *maker;   /* id, or NULL */
	char **boards; /* beginnings of /sys/class/dmi/id/board_name, or NULL: every board of the maker */
	enum vp_cpu_maker cpu;
	char *setting;     /* id */
	char *path;        /* "Advanced / System Agent Configuration / VT-d", in the words of the source */
	char *value;       /* "Enabled" */
	enum vp_need need; /* VP_NEED_UNSAID: as the setting has it */
	char *source;      /* where path and value were read */
};

/* ---- packages.json ------------------------------------------------------------------------------------- */

enum vp_when {
	VP_WHEN_ALWAYS,
	VP_WHEN_WINDOWS11, /* the machine is to run Windows 11 */
	VP_WHEN_GRAPHICAL, /* the person works at a desktop */
};

struct vp_table_package {
	char *name;
	char *least;    /* least version in the numbering of this distribution, or NULL */
	char **instead; /* other packages that serve as well, or NULL */
	enum vp_when when;
	char *purpose; /* one sentence */
};

struct vp_table_service {
	char *unit;
	char **unless; /* units that already do its work, or NULL */
	char *purpose;
};

/* Package names are put behind the commands. */
struct vp_table_family {
	char *id;
	char **match;                      /* ID and ID_LIKE of /etc/os-release */
	char *manager;                     /* "pacman", "dpkg", "rpm" */
	char **query, **install, **remove; /* commands as argv */
	GPtrArray *packages;               /* struct vp_table_package * */
	GPtrArray *services;               /* struct vp_table_service *, in the order to enable them */
};

/* ---- parameters.json ----------------------------------------------------------------------------------- */

struct vp_table_value {
	char *value;
	char *means;
	bool remove; /* it does nothing, or harm: taking it out is offered */
};

struct vp_table_parameter {
	char *name;
	char *why;         /* what it does, why one has it */
	char *why_not;     /* or NULL */
	bool vital;        /* the system may not start without it */
	bool remove;       /* offered for removal whatever its value */
	GPtrArray *values; /* struct vp_table_value *, or NULL */
};

/* ---- all of them --------------------------------------------------------------------------------------- */

struct vp_tables {
	char *assets;
	GPtrArray *settings;   /* struct vp_table_setting *, in the order of the checklist */
	GPtrArray *makers;     /* struct vp_table_maker * */
	GPtrArray *menus;      /* struct vp_table_menu * */
	GPtrArray *families;   /* struct vp_table_family * */
	GPtrArray *parameters; /* struct vp_table_parameter * */
};

struct vp_tables *vp_tables_load(const char *assets, GError **error);
void vp_tables_free(struct vp_tables *tables);
typedef struct vp_tables vp_tables; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_tables, vp_tables_free)

/* From vendor_id of /proc/cpuinfo (may be NULL). */
enum vp_cpu_maker vp_tables_cpu(const char *vendor_id);

const struct vp_table_setting *vp_tables_setting(const struct vp_tables *tables,
						 const char *id); /* or NULL */

/* The maker of a board by its board_vendor, NULL when it is not in the table. */
const struct vp_table_maker *vp_tables_maker(const struct vp_tables *tables, const char *vendor);

/* The menu that fits best: the board's own (the longest name that fits), else its maker's, else a typical
 * one; among equals one for this CPU. vendor and board may be NULL. NULL: there is no such setting there. */
const struct vp_table_menu *vp_tables_menu(const struct vp_tables *tables, const char *vendor,
					   const char *board, enum vp_cpu_maker cpu, const char *setting);

/* How much the setting matters there: the menu's own word, else the setting's. */
enum vp_need vp_tables_need(const struct vp_tables *tables, const struct vp_table_menu *menu);

/* By ID, else by the words of ID_LIKE in their order. NULL: none of the families. */
const struct vp_table_family *vp_tables_family(const struct vp_tables *tables, const char *id,
					       const char *id_like);

/* By name or word of the command line ("iommu=pt"); '-' and '_' are the same. NULL: not in the table. */
const struct vp_table_parameter *vp_tables_parameter(const struct vp_tables *tables, const char *word);

/* What this word does, with what its value means. NULL: not in the table. Caller frees. */
char *vp_tables_explain(const struct vp_tables *tables, const char *word);

/* Whether taking this word out is to be offered: a value that does not exist, or that does harm. */
bool vp_tables_is_stale(const struct vp_tables *tables, const char *word);

/* A text of assets/help by id ("firmware"), NULL when there is none. Caller frees. */
char *vp_tables_help(const struct vp_tables *tables, const char *id);
