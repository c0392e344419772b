/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain.c - the libvirt domain as XML
 *
 * Element names and the versions they appeared in are those of libvirt's formatdomain.html. libxml2 builds
 * the tree, so that escaping is its business; the order of the elements is fixed, so that equal answers give
 * equal text.
 */
#include "config.h"

#include "domain.h"

#include <libxml/tree.h>
#include <string.h>

#define LIBOSINFO "http://libosinfo.org/xmlns/libvirt/domain/1.0"

/* Appends an element with attributes given as name, value, …, NULL. */
static xmlNodePtr G_GNUC_NULL_TERMINATED add(xmlNodePtr parent, const char *name, ...)
{
	xmlNodePtr node = xmlNewChild(parent, NULL, BAD_CAST name, NULL);
	const char *attribute;
	va_list args;

	va_start(args, name);
	while ((attribute = va_arg(args, const char *)))
		xmlNewProp(node, BAD_CAST attribute, BAD_CAST va_arg(args, const char *));
	va_end(args);
	return node;
}

static void G_GNUC_PRINTF(3, 4) set(xmlNodePtr node, const char *attribute, const char *format, ...)
{
	g_autofree char *value = NULL;
	va_list args;

	va_start(args, format);
	value = g_strdup_vprintf(format, args);
	va_end(args);
	xmlNewProp(node, BAD_CAST attribute, BAD_CAST value);
}

static xmlNodePtr G_GNUC_PRINTF(3, 4) add_text(xmlNodePtr parent, const char *name, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST text);
}

/* A version that is not known is most likely a current one. */
static bool libvirt_has(const struct vp_domain_spec *spec, unsigned long version)
{
	return !spec->libvirt_version || spec->libvirt_version >= version;
}

static unsigned vcpus(const struct vp_domain_spec *spec)
{
	return spec->cores * spec->threads;
}

/* ---- head ---------------------------------------------------------------------------------------------- */

/* virt-manager shows the system and picks its defaults by this. */
static void add_metadata(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr info = add(add(domain, "metadata", NULL), "libosinfo", NULL);
	xmlNodePtr os;

	xmlSetNs(info, xmlNewNs(info, BAD_CAST LIBOSINFO, BAD_CAST "libosinfo"));
	os = add(info, "os", NULL); /* takes the name space of its parent */
	set(os, "id", "%s",
	    spec->windows ? "http://microsoft.com/win/11" : "http://libosinfo.org/linux/2022");
}

static void add_memory(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	/* VFIO pins all of it: there is nothing to balloon, so both numbers are the same. */
	set(add_text(domain, "memory", "%" G_GINT64_FORMAT, spec->memory_mib), "unit", "MiB");
	set(add_text(domain, "currentMemory", "%" G_GINT64_FORMAT, spec->memory_mib), "unit", "MiB");
	if (spec->hugepages)
		add(add(domain, "memoryBacking", NULL), "hugepages", NULL);
}

static void add_processors(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr tune;

	set(add_text(domain, "vcpu", "%u", vcpus(spec)), "placement", "static");
	add_text(domain, "iothreads", "1");
	if (!spec->pins && !spec->host_cpus)
		return;
	tune = add(domain, "cputune", NULL);
	for (unsigned i = 0; spec->pins && i < vcpus(spec); i++) {
		xmlNodePtr pin = add(tune, "vcpupin", NULL);

		set(pin, "vcpu", "%u", i);
		set(pin, "cpuset", "%d", spec->pins[i]);
	}
	if (spec->host_cpus) {
		add(tune, "emulatorpin", "cpuset", spec->host_cpus, NULL);
		add(tune, "iothreadpin", "iothread", "1", "cpuset", spec->host_cpus, NULL);
	}
}

/*
 * libvirt picks the firmware file by its features. "enrolled-keys" is no: edk2-ovmf of Arch has no variable
 * store with keys in it, and asking for one would match nothing there; Windows 11 asks for firmware that is
 * capable of secure boot, not for an enforcing one.
 */
static void add_os(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr os = add(domain, "os", "firmware", "efi", NULL);
	xmlNodePtr type = add_text(os, "type", "hvm");

	set(type, "arch", "x86_64");
	set(type, "machine", "q35");
	if (libvirt_has(spec, 7002000)) {
		xmlNodePtr firmware = add(os, "firmware", NULL);

		add(firmware, "feature", "enabled", spec->secure_boot ? "yes" : "no", "name", "secure-boot",
		    NULL);
		if (spec->secure_boot)
			add(firmware, "feature", "enabled", "no", "name", "enrolled-keys", NULL);
	}
	/* Up to 8.5 the feature alone is not enough: kbase/secureboot.html. */
	if (spec->secure_boot && !libvirt_has(spec, 8006000))
		add(os, "loader", "secure", "yes", NULL);
}

/* ---- processor and platform ---------------------------------------------------------------------------- */

/* AMD's drivers for Windows, and NVIDIA's old ones, look for the name Hyper-V goes by and give up (Arch wiki,
 * PCI passthrough via OVMF, "Video card driver virtualisation detection"). */
static bool needs_vendor_id(const struct vp_domain_spec *spec)
{
	for (const struct vp_device *const *device = spec->devices; device && *device; device++) {
		bool display = (*device)->class_code >> 16 == 0x03;

		if (display && ((*device)->vendor == 0x1002 || (*device)->vendor == 0x10de))
			return true;
	}
	return false;
}

/* What QEMU's docs/system/i386/hyperv.rst recommends for every host; evmcs and avic need hardware. */
static void add_hyperv(xmlNodePtr features, const struct vp_domain_spec *spec)
{
	static const char *const names[] = {"vpindex",     "runtime",  "synic", "stimer",
					    "frequencies", "tlbflush", "ipi"};
	xmlNodePtr hyperv = add(features, "hyperv", NULL);

	add(hyperv, "relaxed", "state", "on", NULL);
	add(hyperv, "vapic", "state", "on", NULL);
	add(hyperv, "spinlocks", "state", "on", "retries", "8191", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		xmlNodePtr feature = add(hyperv, names[i], "state", "on", NULL);

		if (!strcmp(names[i], "stimer"))
			add(feature, "direct", "state", "on", NULL);
	}
	if (needs_vendor_id(spec))
		add(hyperv, "vendor_id", "state", "on", "value", "passthrough", NULL);
}

static void add_features(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr features = add(domain, "features", NULL);

	add(features, "acpi", NULL);
	add(features, "apic", NULL);
	if (spec->windows)
		add_hyperv(features, spec);
	else if (
		spec->pins) /* no two of its processors share one of the host: it may spin instead of yield */
		add(add(features, "kvm", NULL), "hint-dedicated", "state", "on", NULL);
	add(features, "vmport", "state", "off", NULL);
	if (spec->secure_boot)
		add(features, "smm", "state", "on", NULL);
}

static void add_cpu(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr cpu = add(domain, "cpu", "mode", "host-passthrough", "check", "none", NULL);
	xmlNodePtr topology;

	/* A passed-through card cannot migrate; this keeps features that only hinder migration (invtsc). */
	if (libvirt_has(spec, 6005000))
		set(cpu, "migratable", "off");
	topology = add(cpu, "topology", "sockets", "1", NULL);
	set(topology, "cores", "%u", spec->cores);
	set(topology, "threads", "%u", spec->threads);
	add(cpu, "cache", "mode", "passthrough", NULL);
	/* Without it an AMD guest sees no SMT (off since QEMU 3.1); Intel has no such feature to require. */
	if (spec->host_is_amd && spec->threads > 1)
		add(cpu, "feature", "policy", "require", "name", "topoext", NULL);
}

static void add_clock(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr clock = add(domain, "clock", "offset", spec->windows ? "localtime" : "utc", NULL);
	xmlNodePtr sleep;

	add(clock, "timer", "name", "rtc", "tickpolicy", "catchup", NULL);
	add(clock, "timer", "name", "pit", "tickpolicy", "delay", NULL);
	add(clock, "timer", "name", "hpet", "present", "no", NULL);
	if (spec->windows)
		add(clock, "timer", "name", "hypervclock", "present", "yes", NULL);

	/* A guest that sleeps leaves its card in a state few come back from. */
	sleep = add(domain, "pm", NULL);
	add(sleep, "suspend-to-mem", "enabled", "no", NULL);
	add(sleep, "suspend-to-disk", "enabled", "no", NULL);
}

/* ---- devices ------------------------------------------------------------------------------------------- */

/* The disk boots first: an empty one falls through to the installer, an installed system starts by itself. */
static void add_disk(xmlNodePtr devices, const struct vp_domain_spec *spec)
{
	bool block = g_str_has_prefix(spec->disk_path, "/dev/");
	xmlNodePtr disk = add(devices, "disk", "type", block ? "block" : "file", "device", "disk", NULL);

	add(disk, "driver", "name", "qemu", "type", spec->disk_format, "cache", "none", "io", "native",
	    "discard", "unmap", "iothread", "1", NULL);
	add(disk, "source", block ? "dev" : "file", spec->disk_path, NULL);
	add(disk, "target", "dev", "vda", "bus", "virtio", NULL);
	add(disk, "boot", "order", "1", NULL);
}

static void add_cdrom(xmlNodePtr devices, const char *path, const char *target, bool boots)
{
	xmlNodePtr cdrom = add(devices, "disk", "type", "file", "device", "cdrom", NULL);

	add(cdrom, "driver", "name", "qemu", "type", "raw", NULL);
	add(cdrom, "source", "file", path, NULL);
	add(cdrom, "target", "dev", target, "bus", "sata", NULL);
	add(cdrom, "readonly", NULL);
	if (boots)
		add(cdrom, "boot", "order", "2", NULL);
}

static bool same_card(const struct vp_device *a, const struct vp_device *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

/* How many devices, from the first on, sit on one card. */
static unsigned card_size(const struct vp_device *const *devices)
{
	unsigned n = 0;

	while (devices[n] && same_card(devices[0], devices[n]))
		n++;
	return n;
}

/* The card's port is number `index` of ours; the remaining guest devices get theirs from libvirt. */
static void add_ports(xmlNodePtr devices, const struct vp_device *const *given)
{
	unsigned index = 0;

	add(devices, "controller", "type", "usb", "model", "qemu-xhci", "ports", "15", NULL);
	add(devices, "controller", "type", "pci", "index", "0", "model", "pcie-root", NULL);
	for (; given && *given; given += card_size(given)) {
		xmlNodePtr port = add(devices, "controller", "type", "pci", NULL);

		set(port, "index", "%u", ++index);
		set(port, "model", "pcie-root-port");
	}
}

static void add_hostdev(xmlNodePtr devices, const struct vp_device *device, unsigned port, unsigned function,
			bool multifunction)
{
	xmlNodePtr hostdev =
		add(devices, "hostdev", "mode", "subsystem", "type", "pci", "managed", "yes", NULL);
	xmlNodePtr host = add(add(hostdev, "source", NULL), "address", NULL);
	xmlNodePtr guest = add(hostdev, "address", "type", "pci", "domain", "0x0000", NULL);

	set(host, "domain", "0x%04x", device->domain);
	set(host, "bus", "0x%02x", device->bus);
	set(host, "slot", "0x%02x", device->slot);
	set(host, "function", "0x%x", device->function);
	set(guest, "bus", "0x%02x", port);
	set(guest, "slot", "0x00");
	set(guest, "function", "0x%x", function);
	if (multifunction)
		set(guest, "multifunction", "on");
}

/*
 * A card keeps its function numbers, since drivers look for the sound of a card on function 1 and the like.
 * A slot without function 0 is an empty one to every system, so a card of which that is not given away is
 * counted anew.
 */
static void add_hostdevs(xmlNodePtr devices, const struct vp_device *const *given)
{
	unsigned port = 0;

	for (; given && *given; given += card_size(given)) {
		unsigned n = card_size(given);
		bool keep = given[0]->function == 0;

		port++;
		for (unsigned i = 0; i < n; i++)
			add_hostdev(devices, given[i], port, keep ? given[i]->function : i, i == 0 && n > 1);
	}
}

static void add_devices(xmlNodePtr domain, const struct vp_domain_spec *spec)
{
	xmlNodePtr devices = add(domain, "devices", NULL);
	xmlNodePtr node;

	add_disk(devices, spec);
	if (spec->installer)
		add_cdrom(devices, spec->installer, "sda", true);
	if (spec->drivers)
		add_cdrom(devices, spec->drivers, "sdb", false);
	add_ports(devices, spec->devices);
	node = add(devices, "interface", "type", "network", NULL);
	add(node, "source", "network", "default", NULL);
	add(node, "model", "type", "virtio", NULL);
	add(devices, "input", "type", "tablet", "bus", "usb", NULL);
	if (spec->windows) {
		node = add(devices, "tpm", "model", "tpm-crb", NULL);
		add(node, "backend", "type", "emulator", "version", "2.0", NULL);
	}
	/* A window on the host for the installation, until the driver of the card is in. */
	node = add(devices, "graphics", "type", "spice", "autoport", "yes", NULL);
	add(node, "listen", "type", "address", "address", "127.0.0.1", NULL);
	add(add(devices, "video", NULL), "model", "type", "virtio", NULL);
	add_hostdevs(devices, spec->devices);
	add(devices, "memballoon", "model", "none", NULL);
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* XML 1.0 has no way to write most control characters, and libvirt's files and logs no use for the others. */
static bool check_text(const char *what, const char *text, GError **error)
{
	bool good = g_utf8_validate(text, -1, NULL);

	for (const char *p = text; good && *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		good = !g_unichar_iscntrl(c) && c != 0xfffe && c != 0xffff;
	}
	if (!good)
		g_set_error(
			error, VP_ERROR, VP_ERROR_USAGE,
			"cannot describe the machine: %s holds a character that cannot be written down; use "
			"letters, digits and signs only",
			what);
	return good;
}

static bool check_spec(const struct vp_domain_spec *spec, GError **error)
{
	const struct {
		const char *what, *text;
		bool optional;
	} texts[] = {
		{"the name", spec->name, false},
		{"the path of the disk", spec->disk_path, false},
		{"the format of the disk", spec->disk_format, false},
		{"the path of the installer", spec->installer, true},
		{"the path of the drivers", spec->drivers, true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		bool empty = !texts[i].text || !*texts[i].text;

		if (empty && !texts[i].optional) {
			g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
				    "cannot describe the machine: %s is empty; give one", texts[i].what);
			return false;
		}
		if (texts[i].text && !check_text(texts[i].what, texts[i].text, error))
			return false;
	}
	if (!spec->cores || !spec->threads || spec->memory_mib <= 0) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot describe the machine: it has no %s; give it some",
			    spec->memory_mib <= 0 ? "memory" : "processors");
		return false;
	}
	return true;
}

static char *print(xmlDocPtr doc)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	char *text;

	xmlNodeDump(buffer, doc, xmlDocGetRootElement(doc), 0, 1);
	text = g_strconcat((const char *)xmlBufferContent(buffer), "\n", NULL);
	xmlBufferFree(buffer);
	return text;
}

char *vp_domain_build(const struct vp_domain_spec *spec, GError **error)
{
	xmlDocPtr doc;
	xmlNodePtr domain;
	char *text;

	if (!check_spec(spec, error))
		return NULL;
	doc = xmlNewDoc(BAD_CAST "1.0");
	doc->encoding = xmlStrdup(BAD_CAST "UTF-8"); /* else letters beyond ASCII become numbers */
	domain = xmlNewDocNode(doc, NULL, BAD_CAST "domain", NULL);
	xmlDocSetRootElement(doc, domain);
	set(domain, "type", "kvm");
	add_text(domain, "name", "%s", spec->name);
	add_metadata(domain, spec);
	add_memory(domain, spec);
	add_processors(domain, spec);
	add_os(domain, spec);
	add_features(domain, spec);
	add_cpu(domain, spec);
	add_clock(domain, spec);
	add_devices(domain, spec);
	text = print(doc);
	xmlFreeDoc(doc);
	return text;
}
