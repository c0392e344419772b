/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step_machine.c - the fifth room: the virtual machine itself */
#include "config.h"

#include "domain.h"
#include "journal.h"
#include "steps.h"
#include "topology.h"

#include <string.h>

/* What the domain is built from; keeps alive what the spec points to. */
struct parts {
	struct vp_domain_spec spec;
	char *name, *disk, *installer;
	GPtrArray *devices; /* NULL-terminated */
	struct vp_pinning *pinning;
};

static void parts_clear(struct parts *parts)
{
	g_free(parts->name);
	g_free(parts->disk);
	g_free(parts->installer);
	g_clear_pointer(&parts->devices, g_ptr_array_unref);
	vp_pinning_free(parts->pinning);
}
typedef struct parts parts_t; /* for g_auto() */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(parts_t, parts_clear)

static int node_of(const GPtrArray *devices)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->numa_node >= 0)
			return device->numa_node;
	}
	return -1;
}

/* Threads of a core stay together in the guest where pinning can make that true; else every vCPU is a core. */
static void lay_out_processors(const struct vp_session *session, struct parts *parts)
{
	unsigned vcpus = (unsigned)vp_answer_number(session, "machine.vcpus");
	g_autoptr(GArray) cpus = vp_topology_read(session->root);

	parts->spec.cores = vcpus;
	parts->spec.threads = 1;
	if (!vp_answer_bool(session, "machine.pin"))
		return;
	parts->pinning = vp_topology_pin((const struct vp_cpu *)cpus->data, cpus->len, vcpus, node_of(parts->devices));
	if (!parts->pinning)
		return;
	parts->spec.cores = parts->pinning->cores;
	parts->spec.threads = parts->pinning->threads;
	parts->spec.pins = parts->pinning->pins;
	parts->spec.host_cpus = parts->pinning->host_cpus;
}

static char *or_null(char *text)
{
	if (*text)
		return text;
	g_free(text);
	return NULL;
}

static void gather(const struct vp_session *session, struct parts *parts)
{
	g_autofree char *os = vp_answer_get(session, "machine.os");
	g_autofree char *firmware = vp_answer_get(session, "machine.firmware");

	parts->name = vp_answer_get(session, "machine.name");
	parts->disk = vp_answer_get(session, "machine.disk_path");
	parts->installer = or_null(vp_answer_get(session, "machine.installer"));
	parts->devices = vp_chosen_devices(session);
	lay_out_processors(session, parts);
	g_ptr_array_add(parts->devices, NULL);
	parts->spec.name = parts->name;
	parts->spec.windows = !strcmp(os, "windows11");
	parts->spec.memory_mib = vp_answer_number(session, "machine.memory_mib");
	parts->spec.host_is_amd = vp_tables_cpu(session->host->cpu_vendor.value) == VP_CPU_AMD;
	parts->spec.secure_boot = !strcmp(firmware, "uefi-secure-boot");
	parts->spec.hugepages = vp_answer_bool(session, "machine.hugepages");
	parts->spec.disk_path = parts->disk;
	parts->spec.disk_format = g_str_has_suffix(parts->disk, ".qcow2") ? "qcow2" : "raw";
	parts->spec.installer = parts->installer;
	parts->spec.devices = (const struct vp_device *const *)parts->devices->pdata;
}

char *vp_domain_xml(const struct vp_session *session, GError **error)
{
	g_auto(parts_t) parts = {0};

	gather(session, &parts);
	return vp_domain_build(&parts.spec, error);
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void probe_kvm(const struct vp_host *host, GPtrArray *findings)
{
	if (host->kvm_device.value == VP_YES)
		vp_finding_add(findings, VP_OK, g_strdup("KVM is there."), NULL, host->kvm_device.source);
	else if (host->kvm_device.value == VP_NO)
		vp_finding_add(findings, VP_TODO, g_strdup("KVM is not there, so a machine would be too slow to use."),
			       g_strdup("Switch virtualization on in the firmware; then load kvm_intel or kvm_amd."),
			       host->kvm_device.source);
}

static void probe_files(const struct vp_session *session, const struct parts *parts, GPtrArray *findings)
{
	if (parts->installer && !vp_root_exists(session->root, parts->installer))
		vp_finding_add(findings, VP_TODO, g_strdup_printf("The installer image %s is not there.", parts->installer),
			       g_strdup("Put the ISO file there, or give another path."), parts->installer);
	if (vp_root_exists(session->root, parts->disk))
		vp_finding_add(findings, VP_NOTE, g_strdup_printf("The disk image %s exists and is used as it is.", parts->disk),
			       NULL, parts->disk);
	else if (!parts->installer)
		vp_finding_add(findings, VP_NOTE, g_strdup("The machine starts with an empty disk and no installer."),
			       g_strdup("Give the path of an installer image (ISO)."), NULL);
}

static void probe(const struct vp_session *session, GPtrArray *findings)
{
	g_auto(parts_t) parts = {0};

	probe_kvm(session->host, findings);
	gather(session, &parts);
	if (!parts.devices->pdata[0]) {
		vp_finding_add(findings, VP_NOTE, g_strdup("The machine is defined once a device is chosen for it."), NULL, NULL);
		return;
	}
	probe_files(session, &parts, findings);
	if (parts.pinning)
		vp_finding_add(findings, VP_NOTE, g_strdup(parts.pinning->why), NULL, "/sys/devices/system/cpu");
	else if (vp_answer_bool(session, "machine.pin"))
		vp_finding_add(findings, VP_NOTE,
			       g_strdup("Processors are not kept apart: that many would leave this computer none of its own."),
			       g_strdup("Give the machine fewer processors."), "/sys/devices/system/cpu");
}

/* ---- plan --------------------------------------------------------------------------------------------------- */

static void plan_disk(const struct vp_session *session, struct vp_plan *plan, const struct parts *parts)
{
	g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT "G", vp_answer_number(session, "machine.disk_gib"));
	const char *const argv[] = {"qemu-img", "create", "-f", parts->spec.disk_format, parts->disk, size, NULL};

	/* No undo: what a person may have installed there since is not ours to delete. */
	if (!vp_root_exists(session->root, parts->disk))
		vp_plan_run(session, plan, "machine", VP_RANK_DISK, argv, NULL,
			    "makes the machine's disk; undo keeps it, since it may hold your data by then");
}

/* libvirt's own file tells; the journal tells where libvirt keeps none (its test driver, another host). */
static bool is_defined(const struct vp_session *session, const char *name, const char *xml)
{
	g_autofree char *path = g_strdup_printf("/etc/libvirt/qemu/%s.xml", name);

	return vp_root_exists(session->root, path) || vp_journal_defined(session, name, xml);
}

static bool plan(const struct vp_session *session, struct vp_plan *plan, GError **error)
{
	g_auto(parts_t) parts = {0};
	g_autoptr(GError) inner = NULL;
	struct vp_change *change;
	char *xml;

	gather(session, &parts);
	if (!parts.devices->pdata[0])
		return true;
	xml = vp_domain_build(&parts.spec, &inner);
	if (!xml) {
		vp_plan_refuse(plan, "machine", inner->message, true);
		return true;
	}
	plan_disk(session, plan, &parts);
	if (is_defined(session, parts.name, xml)) {
		g_free(xml);
		return true;
	}
	change = g_new0(struct vp_change, 1);
	change->kind = VP_DEFINE;
	change->rank = VP_RANK_MACHINE;
	change->step = g_strdup("machine");
	change->name = g_strdup(parts.name);
	change->xml = xml;
	change->connect = g_strdup(session->connect);
	change->elsewhere = !session->connect;
	change->why = g_strdup("libvirt then knows the machine; it is not started");
	g_ptr_array_add(plan->changes, change);
	return true;
}

static const char *const questions[] = {"machine.os",	     "machine.name",	 "machine.memory_mib", "machine.vcpus",
					"machine.disk_path", "machine.disk_gib", "machine.installer",  "machine.firmware",
					"machine.pin",	     "machine.hugepages", NULL};

const struct vp_step vp_step_machine = {
	.id = "machine",
	.title = "Machine",
	.intro = "The virtual machine: its system, memory, processors and disk.",
	.questions = questions,
	.applies = vp_step_always,
	.probe = probe,
	.plan = plan,
};
