/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs.h - the initramfs of this system: vfio-pci in it before any graphics driver */
#pragma once

#include "binding.h"
#include "plan.h"

/* A driver of these devices that the initramfs loads before the command line is heeded, or NULL. Caller frees. */
char *vp_initramfs_early_driver(const struct vp_session *session, const GPtrArray *devices);

/* Appends what puts all that this binding needs into the images (for VP_BINDING_NONE: what takes it out), and the
 * command that makes them. Fails with what to do by hand where that cannot be done safely. */
bool vp_initramfs_plan(const struct vp_session *session, struct vp_plan *plan, enum vp_binding method,
		       GError **error);

/* The images that its tool makes, unified kernel images among them. Caller g_strfreev()s. */
char **vp_initramfs_images(const struct vp_session *session);

/* Findings about hooks and modules that matter for early binding. */
void vp_initramfs_findings(const struct vp_session *session, GPtrArray *findings);
