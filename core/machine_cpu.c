/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_cpu.c - the processors and the memory of a recorded machine, as /proc and /sys show them */
#include "config.h"

#include "machine.h"

#define CPU_FOLDER "/sys/devices/system/cpu"
#define NODE_FOLDER "/sys/devices/system/node"
#define MOST_CPUS 8192 /* the most x86 kernels are built for: NR_CPUS in arch/x86/Kconfig */

struct layout {
	int packages, cores, threads; /* cores of a package, threads of a core */
	int cores_per_l3, nodes;
	bool adjacent; /* the threads of a core have neighbouring numbers */
};

static int cpu_count(const struct layout *layout)
{
	return layout->packages * layout->cores * layout->threads;
}

/* Core of a logical processor, counted through all packages; the further ones through these. */
static int core_of(const struct layout *layout, int cpu)
{
	return layout->adjacent ? cpu / layout->threads : cpu % (layout->packages * layout->cores);
}

static int package_of(const struct layout *layout, int cpu)
{
	return core_of(layout, cpu) / layout->cores;
}

static int l3_of(const struct layout *layout, int cpu)
{
	return core_of(layout, cpu) / layout->cores_per_l3;
}

static int node_of(const struct layout *layout, int cpu)
{
	return core_of(layout, cpu) * layout->nodes / (layout->packages * layout->cores);
}

/* The processors with this value, in the list format of the kernel: "0-3,8-11". */
static char *cpu_list(const struct layout *layout, int (*part)(const struct layout *, int), int value)
{
	GString *list = g_string_new(NULL);

	for (int cpu = 0, first = -1; cpu <= cpu_count(layout); cpu++) {
		bool in = cpu < cpu_count(layout) && part(layout, cpu) == value;

		if (in && first < 0) {
			first = cpu;
		} else if (!in && first >= 0) {
			g_string_append_printf(list, "%s%d", list->len ? "," : "", first);
			if (cpu - 1 > first)
				g_string_append_printf(list, "-%d", cpu - 1);
			first = -1;
		}
	}
	return g_string_free(list, FALSE);
}

static void append_text(GString *info, const char *label, const char *value)
{
	if (value)
		g_string_append_printf(info, "%s: %s\n", label, value);
}

static void append_number(GString *info, const char *label, gint64 value)
{
	if (value >= 0)
		g_string_append_printf(info, "%s: %" G_GINT64_FORMAT "\n", label, value);
}

/* One block of /proc/cpuinfo, in the order of show_cpuinfo() in arch/x86/kernel/cpu/proc.c. -1: no number. */
static void append_cpu(GString *info, json_object *cpus, const struct layout *layout, int cpu)
{
	append_number(info, "processor\t", cpu);
	append_text(info, "vendor_id\t", vp_json_string(cpus, "vendor"));
	append_number(info, "cpu family\t", vp_json_number(cpus, "family", -1));
	append_number(info, "model\t\t", vp_json_number(cpus, "number", -1));
	append_text(info, "model name\t", vp_json_string(cpus, "model"));
	append_number(info, "stepping\t", vp_json_number(cpus, "stepping", -1));
	if (cpu >= 0) {
		append_number(info, "physical id\t", package_of(layout, cpu));
		append_number(info, "siblings\t", layout->cores * layout->threads);
		append_number(info, "core id\t\t", core_of(layout, cpu) % layout->cores);
		append_number(info, "cpu cores\t", layout->cores);
	}
	append_text(info, "flags\t\t", vp_json_string(cpus, "flags"));
	g_string_append_c(info, '\n');
}

static void make_cpu(struct vp_tree *tree, json_object *cpus, const struct layout *layout, int cpu)
{
	g_autofree char *topology = g_strdup_printf(CPU_FOLDER "/cpu%d/topology", cpu);
	g_autofree char *cache = g_strdup_printf(CPU_FOLDER "/cpu%d/cache/index3", cpu);
	g_autofree char *siblings = cpu_list(layout, core_of, core_of(layout, cpu));
	g_autofree char *sharing = cpu_list(layout, l3_of, l3_of(layout, cpu));
	size_t caches = vp_json_count(cpus, "l3_kib"), l3 = (size_t)l3_of(layout, cpu);

	vp_tree_put(tree, topology, "physical_package_id", "%d\n", package_of(layout, cpu));
	vp_tree_put(tree, topology, "die_id", "0\n");
	vp_tree_put(tree, topology, "core_id", "%d\n", core_of(layout, cpu) % layout->cores);
	vp_tree_put(tree, topology, "core_cpus_list", "%s\n", siblings);
	vp_tree_put(tree, topology, "thread_siblings_list", "%s\n", siblings);
	if (!caches)
		return;
	vp_tree_put(tree, cache, "level", "3\n");
	vp_tree_put(tree, cache, "type", "Unified\n");
	vp_tree_put(tree, cache, "id", "%zu\n", l3);
	vp_tree_put(tree, cache, "size", "%" G_GINT64_FORMAT "K\n",
		    json_object_get_int64(vp_json_item(cpus, "l3_kib", MIN(l3, caches - 1))));
	vp_tree_put(tree, cache, "shared_cpu_list", "%s\n", sharing);
}

static void make_nodes(struct vp_tree *tree, const struct layout *layout)
{
	if (layout->nodes == 1)
		vp_tree_put(tree, NODE_FOLDER, "online", "0\n");
	else
		vp_tree_put(tree, NODE_FOLDER, "online", "0-%d\n", layout->nodes - 1);
	for (int node = 0; node < layout->nodes; node++) {
		g_autofree char *folder = g_strdup_printf(NODE_FOLDER "/node%d", node);
		g_autofree char *list = cpu_list(layout, node_of, node);

		vp_tree_put(tree, folder, "cpulist", "%s\n", list);
	}
}

/* False when the numbers make no processor, which is then the tree's failure. */
static bool read_layout(struct vp_tree *tree, json_object *cpus, struct layout *layout)
{
	gint64 packages = vp_json_number(cpus, "packages", 1), cores = vp_json_number(cpus, "cores", 0);
	gint64 threads = vp_json_number(cpus, "threads", 1), nodes = vp_json_number(cpus, "nodes", 1);
	gint64 cores_per_l3 = vp_json_number(cpus, "cores_per_l3", cores);

	if (packages < 1 || packages > MOST_CPUS || cores < 1 || cores > MOST_CPUS || threads < 1 ||
	    threads > 8 || packages * cores * threads > MOST_CPUS || nodes < 1 || nodes > packages * cores ||
	    cores_per_l3 < 1 || cores_per_l3 > cores) {
		vp_tree_fail(tree,
			     "cpus: these numbers of packages, cores, threads, caches and nodes make no "
			     "computer; correct them");
		return false;
	}
	*layout = (struct layout){.packages = (int)packages,
				  .cores = (int)cores,
				  .threads = (int)threads,
				  .nodes = (int)nodes,
				  .cores_per_l3 = (int)cores_per_l3,
				  .adjacent = vp_json_flag(cpus, "adjacent")};
	return true;
}

static void make_processors(struct vp_tree *tree, json_object *cpus)
{
	g_autoptr(GString) info = g_string_new(NULL);
	struct layout layout = {0};

	if (!json_object_object_get(cpus, "cores")) {
		append_cpu(info, cpus, &layout, -1);
	} else if (read_layout(tree, cpus, &layout)) {
		for (int cpu = 0; cpu < cpu_count(&layout); cpu++) {
			append_cpu(info, cpus, &layout, cpu);
			make_cpu(tree, cpus, &layout, cpu);
		}
		vp_tree_put(tree, CPU_FOLDER, "online", cpu_count(&layout) > 1 ? "0-%d\n" : "%d\n",
			    cpu_count(&layout) - 1);
		vp_tree_put(tree, CPU_FOLDER "/smt", "active", "%d\n", layout.threads > 1);
		vp_tree_put(tree, CPU_FOLDER "/smt", "control", "%s\n",
			    layout.threads > 1 ? "on" : "notsupported");
		make_nodes(tree, &layout);
	}
	vp_tree_bytes(tree, "/proc/cpuinfo", info->str, info->len, 0444);
}

void vp_machine_make_cpus(struct vp_tree *tree, json_object *machine)
{
	json_object *cpus = json_object_object_get(machine, "cpus");
	gint64 memory_mib = vp_json_number(machine, "memory_mib", -1);

	if (cpus)
		make_processors(tree, cpus);
	if (memory_mib >= 0)
		vp_tree_put(tree, "/proc", "meminfo",
			    "MemTotal:       %8" G_GINT64_FORMAT " kB\n"
			    "HugePages_Total:       0\n"
			    "HugePages_Free:        0\n"
			    "Hugepagesize:       2048 kB\n",
			    memory_mib * 1024);
}
