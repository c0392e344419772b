/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_topology.c - the processors of the host as the kernel lays them out in sysfs */
#include "config.h"

#include "host.h"

#include <string.h>

#define CPUS "/sys/devices/system/cpu"

static gint64 read_number(const struct vp_root *root, const char *path, gint64 otherwise)
{
	g_autofree char *text = vp_root_read_text(root, path);
	char *end = NULL;
	gint64 number = text ? g_ascii_strtoll(text, &end, 10) : 0;

	return text && end != text ? number : otherwise;
}

static gint64 read_of_cpu(const struct vp_root *root, int cpu, const char *what, gint64 otherwise)
{
	g_autofree char *path = g_strdup_printf(CPUS "/cpu%d/%s", cpu, what);

	return read_number(root, path, otherwise);
}

/* "0-3,8" -> whether `number` is in it; as in /sys/devices/system/cpu/online. */
static bool list_holds(const char *list, int number)
{
	g_auto(GStrv) ranges = g_strsplit(list ? list : "", ",", -1);

	for (char **range = ranges; *range; range++) {
		char *end;
		gint64 first = g_ascii_strtoll(*range, &end, 10);
		gint64 last = *end == '-' ? g_ascii_strtoll(end + 1, NULL, 10) : first;

		if (end != *range && number >= first && number <= last)
			return true;
	}
	return false;
}

/* The L3 a processor shares is named by the first processor that shares it. */
static void read_l3(const struct vp_root *root, struct vp_cpu *cpu)
{
	for (int index = 0; index < 8; index++) {
		g_autofree char *level = g_strdup_printf("cache/index%d/level", index);
		g_autofree char *size = g_strdup_printf("cache/index%d/size", index);
		g_autofree char *shared =
			g_strdup_printf(CPUS "/cpu%d/cache/index%d/shared_cpu_list", cpu->id, index);
		g_autofree char *list = NULL;

		if (read_of_cpu(root, cpu->id, level, -1) != 3)
			continue;
		list = vp_root_read_text(root, shared);
		cpu->l3 = list ? (int)g_ascii_strtoll(list, NULL, 10) : -1;
		cpu->l3_kib = read_of_cpu(root, cpu->id, size, -1);
		return;
	}
}

static void read_nodes(const struct vp_root *root, GArray *cpus)
{
	g_auto(GStrv) names = vp_root_list(root, "/sys/devices/system/node");

	for (char **name = names; name && *name; name++) {
		g_autofree char *path = g_strdup_printf("/sys/devices/system/node/%s/cpulist", *name);
		g_autofree char *list = NULL;

		if (!g_regex_match_simple("^node[0-9]+$", *name, 0, 0))
			continue;
		list = vp_root_read_text(root, path);
		for (guint i = 0; i < cpus->len; i++) {
			struct vp_cpu *cpu = &g_array_index(cpus, struct vp_cpu, i);

			if (list_holds(list, cpu->id))
				cpu->node = (int)g_ascii_strtoll(*name + strlen("node"), NULL, 10);
		}
	}
}

/* Hybrid Intel processors list their two kinds of cores as two performance-counter devices. */
static int kind_of(const char *performance, const char *efficient, int id)
{
	return !performance || !efficient    ? 0
	       : list_holds(performance, id) ? 1
	       : list_holds(efficient, id)   ? 2
					     : 0;
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	return ((const struct vp_cpu *)a)->id - ((const struct vp_cpu *)b)->id;
}

GArray *vp_topology_read(const struct vp_root *root)
{
	GArray *cpus = g_array_new(FALSE, TRUE, sizeof(struct vp_cpu));
	g_auto(GStrv) names = vp_root_list(root, CPUS);
	g_autofree char *online = vp_root_read_text(root, CPUS "/online");
	g_autofree char *performance = vp_root_read_text(root, "/sys/devices/cpu_core/cpus");
	g_autofree char *efficient = vp_root_read_text(root, "/sys/devices/cpu_atom/cpus");

	for (char **name = names; name && *name; name++) {
		struct vp_cpu cpu = {.l3 = -1, .l3_kib = -1};

		if (!g_regex_match_simple("^cpu[0-9]+$", *name, 0, 0))
			continue;
		cpu.id = (int)g_ascii_strtoll(*name + strlen("cpu"), NULL, 10);
		cpu.online = !online || list_holds(online, cpu.id);
		cpu.package = (int)read_of_cpu(root, cpu.id, "topology/physical_package_id", 0);
		cpu.core = (int)read_of_cpu(root, cpu.id, "topology/core_id", cpu.id);
		cpu.kind = kind_of(performance, efficient, cpu.id);
		read_l3(root, &cpu);
		g_array_append_val(cpus, cpu);
	}
	g_array_sort(cpus, by_id);
	read_nodes(root, cpus);
	return cpus;
}
