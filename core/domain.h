/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain.h - the libvirt domain as XML, from a complete description: pure, no I/O */
#pragma once

#include "core.h"

struct vp_domain_spec {
	const char *name;
	bool windows;            /* Windows 11 with its TPM, secure boot and Hyper-V features; else Linux */
	gint64 memory_mib;
	unsigned cores, threads; /* topology of the guest; vCPUs = cores * threads */
	bool host_is_amd;        /* topoext is needed for SMT there, and refused on Intel */
	bool secure_boot;
	bool hugepages;
	const char *disk_path, *disk_format; /* "qcow2" or "raw" */
	const char *installer;               /* ISO image, or NULL */
	const char *drivers;                 /* second ISO (virtio-win), or NULL */
	const int *pins;                     /* host processor for each vCPU, or NULL: not pinned */
	const char *host_cpus;               /* "0,4": for the emulator and the I/O thread; NULL: anywhere */
	const struct vp_device *const *devices; /* to give away, NULL-terminated, in address order */
	unsigned long libvirt_version;       /* as virConnectGetLibVersion; 0: not known, a current one */
};

/* Functions of one card share one guest slot behind a root port of their own. Fails on control characters and
 * other text that XML cannot hold, and on 0 vCPUs or no memory. Caller frees. */
char *vp_domain_build(const struct vp_domain_spec *spec, GError **error);
