/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-topology.c - pinning: what must hold on every machine, and the exact choice on those people have */
#include "config.h"

#include "../core/topology.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MOST 256

struct machine {
	const char *name;
	struct vp_cpu cpus[MOST];
	size_t n;
};

/* Adds `core` with the threads `first`, `first + step`, … */
static void put(struct machine *machine, struct vp_cpu core, int first, int step, int threads)
{
	for (int t = 0; t < threads; t++) {
		core.id = first + t * step;
		core.online = true;
		machine->cpus[machine->n++] = core;
	}
}

/* `cores` cores a package, `per_l3` a cache; siblings next to each other, or half the machine apart. */
static void fill(struct machine *machine, int packages, int cores, int per_l3, int threads, bool adjacent)
{
	for (int i = 0; i < packages * cores; i++) {
		struct vp_cpu core = {.package = i / cores,
				      .core = i % cores,
				      .node = i / cores,
				      .l3 = i / per_l3,
				      .l3_kib = 32768};

		put(machine, core, adjacent ? i * threads : i, adjacent ? 1 : packages * cores, threads);
	}
}

static struct vp_cpu *cpu(struct machine *machine, int id)
{
	for (size_t i = 0; i < machine->n; i++) {
		if (machine->cpus[i].id == id)
			return &machine->cpus[i];
	}
	return NULL;
}

/* ---- the machines -------------------------------------------------------------------------------------- */

static void intel_4c8t(struct machine *machine)
{
	fill(machine, 1, 4, 4, 2, false);
}

static void amd_4c8t(struct machine *machine)
{
	fill(machine, 1, 4, 4, 2, true);
}

static void ryzen_two_ccx(struct machine *machine)
{
	fill(machine, 1, 8, 4, 2, false);
}

/* The stacked cache sits on the last of three, so that the choice between free ones shows. */
static void x3d(struct machine *machine)
{
	fill(machine, 1, 12, 4, 2, false);
	for (size_t i = 0; i < machine->n; i++)
		machine->cpus[i].l3_kib = machine->cpus[i].l3 == 2 ? 98304 : 32768;
}

static void hybrid_6p8e(struct machine *machine)
{
	for (int i = 0; i < 6; i++)
		put(machine, (struct vp_cpu){.core = i * 4, .kind = 1, .l3_kib = 24576}, i * 2, 1, 2);
	for (int i = 0; i < 8; i++)
		put(machine, (struct vp_cpu){.core = 24 + i, .kind = 2, .l3_kib = 24576}, 12 + i, 1, 1);
}

static void two_sockets(struct machine *machine)
{
	fill(machine, 2, 8, 8, 2, false);
}

/* Two nodes in one package, two caches each. */
static void epyc_nps2(struct machine *machine)
{
	fill(machine, 1, 16, 4, 2, false);
	for (size_t i = 0; i < machine->n; i++)
		machine->cpus[i].node = machine->cpus[i].l3 / 2;
}

/* Caches of 4, 6 and 3 cores. */
static void uneven_caches(struct machine *machine)
{
	fill(machine, 1, 13, 13, 2, true);
	for (size_t i = 0; i < machine->n; i++) {
		int core = machine->cpus[i].core;

		machine->cpus[i].l3 = core < 4 ? 0 : core < 10 ? 1 : 2;
	}
}

static void smt_off(struct machine *machine)
{
	fill(machine, 1, 8, 8, 1, false);
}

static void sibling_offline(struct machine *machine)
{
	intel_4c8t(machine);
	cpu(machine, 7)->online = false;
}

static void processor_0_offline(struct machine *machine)
{
	amd_4c8t(machine);
	cpu(machine, 0)->online = false;
}

static void whole_core_offline(struct machine *machine)
{
	ryzen_two_ccx(machine);
	cpu(machine, 3)->online = cpu(machine, 11)->online = false;
}

static void one_core(struct machine *machine)
{
	fill(machine, 1, 1, 1, 2, true);
}

static void two_cores(struct machine *machine)
{
	fill(machine, 1, 2, 2, 1, true);
}

/* What a virtual machine shows: no cache, no node. */
static void cache_not_seen(struct machine *machine)
{
	fill(machine, 1, 6, 6, 1, true);
	for (size_t i = 0; i < machine->n; i++) {
		machine->cpus[i].l3 = machine->cpus[i].node = -1;
		machine->cpus[i].l3_kib = -1;
	}
}

/* Two dies number their cores from 0 each. */
static void core_ids_repeat(struct machine *machine)
{
	fill(machine, 1, 8, 4, 2, true);
	for (size_t i = 0; i < machine->n; i++)
		machine->cpus[i].core %= 4;
}

static void shuffled(struct machine *machine)
{
	ryzen_two_ccx(machine);
	for (size_t i = 0; i < machine->n; i++) {
		size_t j = i * 7 % machine->n;
		struct vp_cpu kept = machine->cpus[i];

		machine->cpus[i] = machine->cpus[j];
		machine->cpus[j] = kept;
	}
}

#define MACHINE(builder)                                                                                     \
	{                                                                                                    \
#builder, builder                                                                            \
	}
static const struct {
	const char *name;
	void (*build)(struct machine *machine);
} machines[] = {
	MACHINE(intel_4c8t),         MACHINE(amd_4c8t),
	MACHINE(ryzen_two_ccx),      MACHINE(x3d),
	MACHINE(hybrid_6p8e),        MACHINE(two_sockets),
	MACHINE(epyc_nps2),          MACHINE(smt_off),
	MACHINE(sibling_offline),    MACHINE(processor_0_offline),
	MACHINE(whole_core_offline), MACHINE(one_core),
	MACHINE(uneven_caches),      MACHINE(two_cores),
	MACHINE(cache_not_seen),     MACHINE(core_ids_repeat),
	MACHINE(shuffled),
};

/* ---- what must hold everywhere ------------------------------------------------------------------------- */

static bool one_core_holds(const struct vp_cpu *a, const struct vp_cpu *b)
{
	return a->package == b->package && a->l3 == b->l3 && a->core == b->core;
}

static const struct vp_cpu *lowest(const struct machine *machine)
{
	const struct vp_cpu *found = NULL;

	for (size_t i = 0; i < machine->n; i++) {
		if (machine->cpus[i].online && (!found || machine->cpus[i].id < found->id))
			found = &machine->cpus[i];
	}
	return found;
}

/* Processors that could be given: online, not on the host's core; -1: any node, kind, cache. */
static unsigned available(const struct machine *machine, int node, int kind, int l3)
{
	unsigned n = 0;

	for (size_t i = 0; i < machine->n; i++) {
		const struct vp_cpu *c = &machine->cpus[i];

		n += c->online && !one_core_holds(c, lowest(machine)) && (node == -1 || c->node == node) &&
		     (kind == -1 || c->kind == kind) && (l3 == -1 || c->l3 == l3);
	}
	return n;
}

static void mark_cpuset(const char *cpuset, unsigned char *marks)
{
	g_auto(GStrv) parts = g_strsplit(cpuset, ",", -1);

	for (char **part = parts; *part; part++) {
		char *end;
		int first = (int)g_ascii_strtoll(*part, &end, 10);
		int last = *end == '-' ? (int)g_ascii_strtoll(end + 1, &end, 10) : first;

		assert_true(*end == '\0' && first <= last && last < MOST);
		for (int id = first; id <= last; id++)
			marks[id]++;
	}
}

/* Every processor is the guest's, the host's, or the unused sibling of one of the guest's; never two. */
static void check_shares(struct machine *machine, const struct vp_pinning *pinning, unsigned vcpus)
{
	unsigned char guest[MOST] = {0}, host[MOST] = {0};

	for (unsigned i = 0; i < vcpus; i++)
		guest[pinning->pins[i]]++;
	mark_cpuset(pinning->host_cpus, host);
	assert_int_equal(host[lowest(machine)->id], 1);
	for (int id = 0; id < MOST; id++) {
		const struct vp_cpu *c = cpu(machine, id);

		assert_in_range(guest[id] + host[id], 0, 1);
		if (!c || !c->online)
			assert_int_equal(guest[id] + host[id], 0);
		for (size_t j = 0; c && host[id] && j < machine->n; j++) {
			if (one_core_holds(c, &machine->cpus[j]))
				assert_int_equal(guest[machine->cpus[j].id], 0);
		}
	}
}

/* Threads of one core stand side by side, as many as the guest is told of. */
static void check_siblings(struct machine *machine, const struct vp_pinning *pinning, unsigned vcpus)
{
	for (unsigned i = 0; i < vcpus; i++) {
		for (unsigned j = i + 1; j < vcpus; j++) {
			bool same = one_core_holds(cpu(machine, pinning->pins[i]),
						   cpu(machine, pinning->pins[j]));

			if (pinning->threads > 1)
				assert_int_equal(same, i / pinning->threads == j / pinning->threads);
			else if (same && j > i + 1)
				assert_true(one_core_holds(cpu(machine, pinning->pins[i]),
							   cpu(machine, pinning->pins[j - 1])));
		}
	}
}

/* One node, one kind, and one cache free of the host, wherever such a one holds the request. */
static void check_near(struct machine *machine, const struct vp_pinning *pinning, unsigned vcpus, int node)
{
	bool node_fits = available(machine, node, -1, -1) >= vcpus, cache_fits = false;
	const struct vp_cpu *first = cpu(machine, pinning->pins[0]);
	int pool = node_fits ? node : -1;

	for (size_t i = 0; i < machine->n; i++) {
		const struct vp_cpu *c = &machine->cpus[i];

		if (c->kind == first->kind && c->l3 != lowest(machine)->l3)
			cache_fits |= available(machine, pool, c->kind, c->l3) >= vcpus;
	}
	for (unsigned i = 0; i < vcpus; i++) {
		const struct vp_cpu *c = cpu(machine, pinning->pins[i]);

		if (node_fits && node != -1)
			assert_int_equal(c->node, node);
		if (available(machine, pool, 1, -1) >= vcpus)
			assert_int_equal(c->kind, 1);
		else if (available(machine, pool, 2, -1) >= vcpus)
			assert_int_equal(c->kind, 2);
		if (cache_fits)
			assert_int_equal(c->l3, first->l3);
	}
}

/* Of the caches the host has no part in, at most one is shared with it: the one that holds the remainder. */
static void check_splits(struct machine *machine, const struct vp_pinning *pinning, unsigned vcpus)
{
	unsigned taken[MOST] = {0}, split = 0;

	for (unsigned i = 0; i < vcpus; i++)
		taken[cpu(machine, pinning->pins[i])->l3 + 1]++;
	for (int l3 = 0; l3 + 1 < MOST; l3++) {
		if (l3 != lowest(machine)->l3 && taken[l3 + 1])
			split += taken[l3 + 1] < available(machine, -1, -1, l3);
	}
	assert_in_range(split, 0, 1);
}

static void test_everywhere(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
		struct machine machine = {0};

		machines[i].build(&machine);
		for (int node = -1; node <= 2; node++) {
			for (unsigned vcpus = 0; vcpus <= machine.n + 1; vcpus++) {
				g_autoptr(vp_pinning) pinning =
					vp_topology_pin(machine.cpus, machine.n, vcpus, node);
				bool possible = vcpus && vcpus <= available(&machine, -1, -1, -1);

				if (!!pinning != possible)
					fail_msg("%s: %u vCPUs near node %d", machines[i].name, vcpus, node);
				if (!pinning)
					continue;
				assert_int_equal(pinning->cores * pinning->threads, vcpus);
				check_shares(&machine, pinning, vcpus);
				check_siblings(&machine, pinning, vcpus);
				check_near(&machine, pinning, vcpus, node);
				check_splits(&machine, pinning, vcpus);
			}
		}
	}
}

/* ---- the exact choice ---------------------------------------------------------------------------------- */

static void expect(void (*build)(struct machine *), unsigned vcpus, int node, const char *pins,
		   unsigned threads, const char *host)
{
	struct machine machine = {0};
	g_autoptr(vp_pinning) pinning = NULL;
	g_autoptr(GString) found = g_string_new(NULL);

	build(&machine);
	pinning = vp_topology_pin(machine.cpus, machine.n, vcpus, node);
	assert_non_null(pinning);
	for (unsigned i = 0; i < vcpus; i++)
		g_string_append_printf(found, "%s%d", i ? " " : "", pinning->pins[i]);
	assert_string_equal(found->str, pins);
	assert_int_equal(pinning->threads, threads);
	assert_string_equal(pinning->host_cpus, host);
}

static void test_examples(void **state)
{
	expect(intel_4c8t, 6, -1, "1 5 2 6 3 7", 2, "0,4");
	expect(intel_4c8t, 4, -1, "2 6 3 7", 2, "0-1,4-5");
	expect(amd_4c8t, 6, -1, "2 3 4 5 6 7", 2, "0-1");
	expect(ryzen_two_ccx, 8, -1, "4 12 5 13 6 14 7 15", 2, "0-3,8-11");
	expect(ryzen_two_ccx, 10, -1, "4 12 5 13 6 14 7 15 3 11", 2, "0-2,8-10");
	expect(x3d, 8, -1, "8 20 9 21 10 22 11 23", 2, "0-7,12-19");
	expect(hybrid_6p8e, 10, -1, "2 3 4 5 6 7 8 9 10 11", 2, "0-1,12-19");
	expect(two_sockets, 4, 0, "6 22 7 23", 2, "0-5,8-21,24-31");
	expect(two_sockets, 16, 1, "8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31", 2, "0-7,16-23");
	expect(epyc_nps2, 20, 1, "8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 6 22 7 23", 2, "0-5,16-21");
	expect(uneven_caches, 6, -1, "20 21 22 23 24 25", 2, "0-19");
	expect(uneven_caches, 8, -1, "12 13 14 15 16 17 18 19", 2, "0-11,20-25");
	expect(uneven_caches, 14, -1, "8 9 10 11 12 13 14 15 16 17 18 19 24 25", 2, "0-7,20-23");
	expect(smt_off, 4, -1, "4 5 6 7", 1, "0-3");
	expect(two_cores, 1, -1, "1", 1, "0");
}

/* Where the request has no even shape the guest sees plain cores, and no sibling is left to somebody else. */
static void test_uneven(void **state)
{
	expect(intel_4c8t, 3, -1, "2 6 3", 1, "0-1,4-5");
	expect(hybrid_6p8e, 12, -1, "18 19 2 3 4 5 6 7 8 9 10 11", 1, "0-1,12-17");
	expect(sibling_offline, 4, -1, "1 5 2 6", 2, "0,3-4");
	expect(sibling_offline, 5, -1, "3 1 5 2 6", 1, "0,4");
	expect(processor_0_offline, 6, -1, "2 3 4 5 6 7", 2, "1");
}

static void test_says_why(void **state)
{
	static const struct {
		void (*build)(struct machine *);
		unsigned vcpus;
		int node;
		const char *why;
	} rows[] = {
		{intel_4c8t, 6, -1,
		 "3 whole cores behind one last-level cache; processors 0,4 stay with this computer."},
		{two_cores, 1, -1,
		 "1 whole core behind one last-level cache; processors 0 stay with this computer."},
		{hybrid_6p8e, 4, 0,
		 "2 whole performance cores behind one last-level cache, near the card; processors 0-7,12-19 "
		 "stay with "
		 "this computer."},
		{hybrid_6p8e, 8, -1,
		 "4 whole performance cores behind one last-level cache; processors 0-3,12-19 stay with this "
		 "computer."},
		{two_sockets, 24, 1,
		 "12 whole cores behind 2 last-level caches, not all of them near the card; processors "
		 "0-3,16-19 stay with "
		 "this computer."},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct machine machine = {0};
		g_autoptr(vp_pinning) pinning = NULL;

		rows[i].build(&machine);
		pinning = vp_topology_pin(machine.cpus, machine.n, rows[i].vcpus, rows[i].node);
		assert_non_null(pinning);
		assert_string_equal(pinning->why, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everywhere),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_uneven),
		cmocka_unit_test(test_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
