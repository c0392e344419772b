/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prove.h - whether what a command made is what was asked for
 *
 * A tool that ends well may still have made a menu without the new words, or an image without vfio-pci. Each proof
 * reads the result itself. What cannot be looked at is said in a line of output, and is no failure.
 */
#pragma once

#include "apply.h"

/* boot_prove.c: the boot menu is sound, and every normal entry of this system has the words of the answers. */
bool vp_boot_prove(const struct vp_session *session, const struct vp_progress *progress, GError **error);

/* initramfs_prove.c: every image that was made can be listed, and holds what sets the devices aside. */
bool vp_initramfs_prove(const struct vp_session *session, const struct vp_progress *progress, GError **error);
