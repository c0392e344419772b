/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_cpu.c - the processor, its memory, and whether the kernel can run machines on it */
#include "config.h"

#include "host.h"

#include <string.h>

#define CPUINFO "/proc/cpuinfo"
#define ONLINE "/sys/devices/system/cpu/online"

/* The value of the first "name<tabs>: value" line of /proc/cpuinfo, or NULL. Caller frees. */
static char *cpuinfo_value(char **lines, const char *name)
{
	for (char **line = lines; line && *line; line++) {
		const char *colon = strchr(*line, ':');
		g_autofree char *key = colon ? g_strstrip(g_strndup(*line, (gsize)(colon - *line))) : NULL;

		if (key && !strcmp(key, name))
			return g_strstrip(g_strdup(colon + 1));
	}
	return NULL;
}

static gint64 cpuinfo_processors(char **lines)
{
	gint64 count = 0;

	for (char **line = lines; line && *line; line++)
		count += g_str_has_prefix(*line, "processor\t");
	return count > 0 ? count : -1;
}

/* How many processors a list like "0-3,8" names, -1 when it is none. */
static gint64 count_list(const char *list)
{
	g_auto(GStrv) ranges = g_strsplit(list, ",", -1);
	gint64 count = 0;

	for (char **range = ranges; *range; range++) {
		char *end;
		guint64 first = g_ascii_strtoull(*range, &end, 10), last = first;

		if (end == *range)
			return -1;
		if (*end == '-')
			last = g_ascii_strtoull(end + 1, &end, 10);
		if (*end != '\0' || last < first || last > G_MAXINT32)
			return -1;
		count += (gint64)(last - first) + 1;
	}
	return count > 0 ? count : -1;
}

static void read_flags(struct vp_host *host, char **lines)
{
	g_autofree char *flags = cpuinfo_value(lines, "flags");
	g_auto(GStrv) words = g_strsplit(flags ? flags : "", " ", -1);
	const char *const *set = (const char *const *)words;
	bool virtualization = g_strv_contains(set, "vmx") || g_strv_contains(set, "svm");

	vp_flag_set(&host->cpu_virtualization,
		    !flags           ? VP_UNKNOWN
		    : virtualization ? VP_YES
				     : VP_NO,
		    CPUINFO);
	vp_flag_set(&host->in_virtual_machine,
		    !flags                               ? VP_UNKNOWN
		    : g_strv_contains(set, "hypervisor") ? VP_YES
							 : VP_NO,
		    CPUINFO);
}

static void read_threads(struct vp_host *host, const struct vp_root *root, char **lines)
{
	g_autofree char *online = vp_root_read_text(root, ONLINE);
	gint64 count = online ? count_list(online) : -1;

	if (count > 0)
		vp_number_set(&host->threads, count, ONLINE);
	else
		vp_number_set(&host->threads, cpuinfo_processors(lines), CPUINFO);
}

static gint64 total_memory(const struct vp_root *root)
{
	g_autofree char *text = vp_root_read_text(root, "/proc/meminfo");
	const char *total = text ? strstr(text, "MemTotal:") : NULL;
	guint64 value = total ? g_ascii_strtoull(total + strlen("MemTotal:"), NULL, 10) : 0;

	return value > 0 && value < G_MAXINT64 ? (gint64)value : -1;
}

static enum vp_tri switch_state(const char *text)
{
	return !text ? VP_UNKNOWN : !strcmp(text, "1") ? VP_YES : !strcmp(text, "0") ? VP_NO : VP_UNKNOWN;
}

/* The /dev of a system that does not run is an empty folder and says nothing. */
static enum vp_tri kvm_device(const struct vp_root *root)
{
	g_auto(GStrv) names = vp_root_list(root, "/dev");

	if (!names || !names[0])
		return VP_UNKNOWN;
	return g_strv_contains((const char *const *)names, "kvm") ? VP_YES : VP_NO;
}

void vp_host_read_cpu(struct vp_host *host, const struct vp_root *root)
{
	g_autofree char *text = vp_root_read_text(root, CPUINFO);
	g_autofree char *smt = vp_root_read_text(root, "/sys/devices/system/cpu/smt/active");
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;

	vp_text_take(&host->cpu_vendor, cpuinfo_value(lines, "vendor_id"), CPUINFO);
	vp_text_take(&host->cpu_model, cpuinfo_value(lines, "model name"), CPUINFO);
	read_flags(host, lines);
	read_threads(host, root, lines);
	vp_number_set(&host->memory_kib, total_memory(root), "/proc/meminfo");
	vp_flag_set(&host->smt_active, switch_state(smt), "/sys/devices/system/cpu/smt/active");
	vp_flag_set(&host->kvm_device, kvm_device(root), "/dev/kvm");
}
