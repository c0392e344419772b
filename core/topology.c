/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * topology.c - which host processors a guest gets
 *
 * Processors are only ever given as whole cores: two systems on the threads of one core slow each other down,
 * and see each other's traces in its caches. Cores come from as few last-level caches as possible, for the
 * same reason one level up.
 */
#include "config.h"

#include "topology.h"

enum { EVERY_NODE = -1 };

/* Kinds of cores, of hybrid processors; where all are alike they count as fast. */
enum { FAST = 1, EFFICIENT = 2 };

/* One physical core with its online threads. */
struct core {
	int package, core, node, l3, kind;
	gint64 l3_kib;
	int first;       /* its lowest processor */
	GArray *threads; /* int, ascending */
};

/* The cores of one last-level cache that may be given away, the fullest and highest last. */
struct cache {
	GPtrArray *cores; /* struct core *, borrowed */
	unsigned threads; /* of all of them */
	gint64 kib;
	bool host; /* shared with the core the host keeps */
	bool near; /* on the node asked for */
	int first;
};

/* A condition on cores, from strict to lenient. */
struct taste {
	int node; /* EVERY_NODE: no matter */
	unsigned kinds;
};

static void core_free(gpointer data)
{
	struct core *core = data;

	g_array_unref(core->threads);
	g_free(core);
}

static void cache_free(gpointer data)
{
	struct cache *cache = data;

	g_ptr_array_unref(cache->cores);
	g_free(cache);
}

static int int_order(gconstpointer a, gconstpointer b)
{
	return *(const int *)a - *(const int *)b;
}

/* Cores with all their threads online are to be preferred, and the host keeps the low ones: both go by taking
 * cores from the end. */
static int core_order(gconstpointer a, gconstpointer b)
{
	const struct core *x = *(struct core *const *)a, *y = *(struct core *const *)b;

	if (x->threads->len != y->threads->len)
		return x->threads->len < y->threads->len ? -1 : 1;
	return x->first - y->first;
}

/* ---- cores and caches ---------------------------------------------------------------------------------- */

/* core_id alone repeats: on every package, and on some processors on every die. */
static bool is_part(const struct core *core, const struct vp_cpu *cpu)
{
	return core->package == cpu->package && core->core == cpu->core && core->l3 == cpu->l3;
}

static struct core *core_of(GPtrArray *cores, const struct vp_cpu *cpu)
{
	struct core *core;

	for (guint i = 0; i < cores->len; i++) {
		if (is_part(cores->pdata[i], cpu))
			return cores->pdata[i];
	}
	core = g_new0(struct core, 1);
	core->package = cpu->package;
	core->core = cpu->core;
	core->node = cpu->node;
	core->l3 = cpu->l3;
	core->kind = cpu->kind;
	core->l3_kib = cpu->l3_kib;
	core->threads = g_array_new(FALSE, FALSE, sizeof(int));
	g_ptr_array_add(cores, core);
	return core;
}

static GPtrArray *find_cores(const struct vp_cpu *cpus, size_t ncpus)
{
	GPtrArray *cores = g_ptr_array_new_with_free_func(core_free);

	for (size_t i = 0; i < ncpus; i++) {
		if (cpus[i].online)
			g_array_append_val(core_of(cores, &cpus[i])->threads, cpus[i].id);
	}
	for (guint i = 0; i < cores->len; i++) {
		struct core *core = cores->pdata[i];

		g_array_sort(core->threads, int_order);
		core->first = g_array_index(core->threads, int, 0);
	}
	g_ptr_array_sort(cores, core_order);
	return cores;
}

/* The core the host always keeps: that of processor 0, where most of its own work starts (Arch wiki, PCI
 * passthrough via OVMF, "CPU pinning"). */
static const struct core *host_core(const GPtrArray *cores)
{
	const struct core *lowest = NULL;

	for (guint i = 0; i < cores->len; i++) {
		const struct core *core = cores->pdata[i];

		if (!lowest || core->first < lowest->first)
			lowest = core;
	}
	return lowest;
}

static bool same_cache(const struct core *a, const struct core *b)
{
	return a->package == b->package && a->l3 == b->l3;
}

static bool fits_taste(const struct core *core, const struct taste *taste)
{
	unsigned kind = core->kind == 2 ? EFFICIENT : FAST;

	return (taste->node == EVERY_NODE || core->node == taste->node) && (taste->kinds & kind);
}

static struct cache *cache_of(GPtrArray *caches, const struct core *core, const struct core *host, int node)
{
	struct cache *cache;

	for (guint i = 0; i < caches->len; i++) {
		cache = caches->pdata[i];
		if (same_cache(cache->cores->pdata[0], core))
			return cache;
	}
	cache = g_new0(struct cache, 1);
	cache->cores = g_ptr_array_new();
	cache->kib = core->l3_kib;
	cache->host = same_cache(core, host);
	cache->near = core->node == node;
	cache->first = core->first;
	g_ptr_array_add(caches, cache);
	return cache;
}

static GPtrArray *find_caches(const GPtrArray *cores, const struct taste *taste, int node)
{
	GPtrArray *caches = g_ptr_array_new_with_free_func(cache_free);
	const struct core *host = host_core(cores);

	for (guint i = 0; i < cores->len; i++) {
		struct core *core = cores->pdata[i];

		if (core != host && fits_taste(core, taste)) {
			struct cache *cache = cache_of(caches, core, host, node);

			g_ptr_array_add(cache->cores, core);
			cache->threads += core->threads->len;
		}
	}
	return caches;
}

/* ---- choosing ------------------------------------------------------------------------------------------ */

/* Whether `a` is the better cache to take from when `wanted` threads are still missing. */
static bool is_better(const struct cache *a, const struct cache *b, unsigned wanted)
{
	bool a_holds = a->threads >= wanted, b_holds = b->threads >= wanted;

	if (a->host != b->host)
		return b->host;
	if (a_holds != b_holds)
		return a_holds;
	if (a->near != b->near)
		return a->near;
	if (a->threads != b->threads) /* the tightest that holds all, else the one that holds most */
		return a_holds ? a->threads < b->threads : a->threads > b->threads;
	if (a->kib != b->kib) /* stacked cache on one side of the processor only */
		return a->kib > b->kib;
	return a->first < b->first;
}

static guint best_cache(const GPtrArray *caches, unsigned wanted)
{
	guint best = 0;

	for (guint i = 1; i < caches->len; i++) {
		if (is_better(caches->pdata[i], caches->pdata[best], wanted))
			best = i;
	}
	return best;
}

/* Moves cores that hold `vcpus` threads out of the caches, whole ones first. NULL: they hold fewer. */
static GPtrArray *choose(GPtrArray *caches, unsigned vcpus, unsigned *ret_caches)
{
	g_autoptr(GPtrArray) chosen = g_ptr_array_new();
	unsigned wanted = vcpus, used = 0;

	while (wanted && caches->len) {
		guint best = best_cache(caches, wanted);
		struct cache *cache = caches->pdata[best];
		guint at = chosen->len;

		used++;
		for (guint i = cache->cores->len; wanted && i > 0; i--) {
			struct core *core = cache->cores->pdata[i - 1];

			g_ptr_array_insert(chosen, (gint)at, core); /* in front: ascending within the cache */
			wanted -= MIN(wanted, core->threads->len);
		}
		g_ptr_array_remove_index(caches, best);
	}
	*ret_caches = used;
	return wanted ? NULL : g_steal_pointer(&chosen);
}

/* ---- result -------------------------------------------------------------------------------------------- */

/* "0-1,6-7": the processors of all cores that were not chosen. */
static char *rest_as_cpuset(const GPtrArray *cores, const GPtrArray *chosen)
{
	g_autoptr(GArray) rest = g_array_new(FALSE, FALSE, sizeof(int));
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < cores->len; i++) {
		const struct core *core = cores->pdata[i];

		if (!g_ptr_array_find((GPtrArray *)chosen, core, NULL))
			g_array_append_vals(rest, core->threads->data, core->threads->len);
	}
	g_array_sort(rest, int_order);
	for (guint i = 0, end; i < rest->len; i = end) {
		int first = g_array_index(rest, int, i);

		for (end = i + 1; end < rest->len; end++) {
			if (g_array_index(rest, int, end) != first + (int)(end - i))
				break;
		}
		g_string_append_printf(text, "%s%d", i ? "," : "", first);
		if (end > i + 1)
			g_string_append_printf(text, "-%d", g_array_index(rest, int, end - 1));
	}
	return g_string_free(text, FALSE);
}

/* Threads per core the guest can be told of: all chosen cores alike and used to the full, else none. */
static unsigned guest_threads(const GPtrArray *chosen, unsigned vcpus)
{
	const struct core *first = chosen->pdata[0];
	unsigned threads = first->threads->len;

	for (guint i = 1; i < chosen->len; i++) {
		const struct core *core = chosen->pdata[i];

		if (core->threads->len != threads)
			return 1;
	}
	return chosen->len * threads == vcpus ? threads : 1;
}

/* What kind of core, in words; nothing where all are alike. */
static const char *kind_word(const struct core *core, const struct taste *taste)
{
	if (!core->kind)
		return "";
	if (taste->kinds == (FAST | EFFICIENT))
		return "mixed ";
	return taste->kinds == FAST ? "performance " : "efficient ";
}

static char *say_why(const GPtrArray *chosen, unsigned ncaches, const struct taste *taste, int node,
		     const char *rest)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "%u whole %s%s", chosen->len, kind_word(chosen->pdata[0], taste),
			chosen->len == 1 ? "core" : "cores");
	if (ncaches == 1)
		g_string_append(text, " behind one last-level cache");
	else
		g_string_append_printf(text, " behind %u last-level caches", ncaches);
	if (node != EVERY_NODE)
		g_string_append(text,
				taste->node == node ? ", near the card" : ", not all of them near the card");
	g_string_append_printf(text, "; processors %s stay with this computer.", rest);
	return g_string_free(text, FALSE);
}

static struct vp_pinning *pinning_new(const GPtrArray *cores, const GPtrArray *chosen, unsigned vcpus)
{
	struct vp_pinning *pinning = g_new0(struct vp_pinning, 1);
	unsigned n = 0;

	pinning->threads = guest_threads(chosen, vcpus);
	pinning->cores = vcpus / pinning->threads;
	pinning->pins = g_new(int, vcpus);
	for (guint i = 0; i < chosen->len; i++) {
		const struct core *core = chosen->pdata[i];

		for (guint t = 0; t < core->threads->len && n < vcpus; t++)
			pinning->pins[n++] = g_array_index(core->threads, int, t);
	}
	pinning->host_cpus = rest_as_cpuset(cores, chosen);
	return pinning;
}

struct vp_pinning *vp_topology_pin(const struct vp_cpu *cpus, size_t ncpus, unsigned vcpus, int node)
{
	g_autoptr(GPtrArray) cores = find_cores(cpus, ncpus);
	const struct taste tastes[] = {
		{node, FAST},       {node, EFFICIENT},       {node, FAST | EFFICIENT},
		{EVERY_NODE, FAST}, {EVERY_NODE, EFFICIENT}, {EVERY_NODE, FAST | EFFICIENT},
	};

	for (size_t i = 0; vcpus && i < G_N_ELEMENTS(tastes); i++) {
		g_autoptr(GPtrArray) caches = find_caches(cores, &tastes[i], node);
		unsigned ncaches;
		g_autoptr(GPtrArray) chosen = choose(caches, vcpus, &ncaches);

		if (chosen) {
			struct vp_pinning *pinning = pinning_new(cores, chosen, vcpus);

			pinning->why = say_why(chosen, ncaches, &tastes[i], node, pinning->host_cpus);
			return pinning;
		}
	}
	return NULL;
}

void vp_pinning_free(struct vp_pinning *pinning)
{
	if (!pinning)
		return;
	g_free(pinning->pins);
	g_free(pinning->host_cpus);
	g_free(pinning->why);
	g_free(pinning);
}
