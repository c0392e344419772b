/* SPDX-License-Identifier: GPL-2.0-or-later */
/* topology.h - which host processors a guest gets: pure, on a plain array */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct vp_cpu {
	int id;      /* logical processor */
	int package, core, node, l3; /* l3: id of its last-level cache, -1: not seen */
	int kind;    /* 0: all alike, 1: performance core, 2: efficient core (hybrid) */
	gint64 l3_kib; /* -1: not seen */
	bool online;
};

struct vp_pinning {
	unsigned cores, threads; /* of the guest */
	int *pins;               /* host processor of each vCPU; siblings adjacent */
	char *host_cpus;         /* the cores left to the host, as a libvirt cpuset: "0,4"; never empty */
	char *why;               /* one plain sentence: what was chosen */
};
void vp_pinning_free(struct vp_pinning *pinning);
typedef struct vp_pinning vp_pinning; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_pinning, vp_pinning_free)

/* Chooses `vcpus` processors near NUMA node `node` (-1: any): whole L3 groups where they fit, SMT siblings
 * together, cores of one kind; the core of processor 0 always stays with the host, and the low ones before
 * the high. NULL when that many cannot be given without taking that core, and for none. Caller frees. */
struct vp_pinning *vp_topology_pin(const struct vp_cpu *cpus, size_t ncpus, unsigned vcpus, int node);
