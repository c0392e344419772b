/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virt.h - libvirt behind a small table
 *
 * libvirt is opened with dlopen() at the first connection: linked in, it adds 11 ms and 13 MiB to every start
 * (measured with 9.0.0), also to those that only list groups. Its messages come back as GError, translated
 * into what to do where the cause is known, never on stderr.
 */
#pragma once

#include "core.h"

struct vp_virt; /* a connection */

/* Whether machines could be defined there, told by the URI alone: a session has no right to PCI devices. */
bool vp_virt_check_uri(const char *uri, GError **error);

/* Connects to a libvirt URI of QEMU. Refuses sessions (no passthrough there) with the reason. Never asks for
 * a password: what needs one fails. Blocks. */
struct vp_virt *vp_virt_open(const char *uri, GError **error);
void vp_virt_close(struct vp_virt *virt);
typedef struct vp_virt vp_virt; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_virt, vp_virt_close)

/* As virConnectGetLibVersion: 9000000 is 9.0.0. */
unsigned long vp_virt_version(struct vp_virt *virt);

/* The persistent XML of a domain, NULL without an error when there is none of that name. Caller frees. */
char *vp_virt_domain_xml(struct vp_virt *virt, const char *name, GError **error);

/* Defines with schema validation and reads back: fails unless libvirt then reports every host device of
 * `xml`. Refuses a name that exists. ret_xml (may be NULL): what libvirt made of it. */
bool vp_virt_define(struct vp_virt *virt, const char *xml, char **ret_xml, GError **error);

/* Undefines (with its NVRAM). A running domain is refused. No such domain: true. */
bool vp_virt_undefine(struct vp_virt *virt, const char *name, GError **error);

/* virt_explain.c: an error text of libvirt, QEMU or VFIO in words, "what it means; what to do". NULL: not in
 * the catalogue. Caller frees. */
char *vp_virt_explain(const char *message);
