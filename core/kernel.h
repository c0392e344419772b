/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel.h - what the answers ask of the kernel command line */
#pragma once

#include "cmdline.h"
#include "internal.h"

/* Caller frees with vp_kernel_change_free(). */
struct vp_cmdline_change *vp_kernel_change(const struct vp_session *session);
void vp_kernel_change_free(struct vp_cmdline_change *change);

/* Whether the parameter that switches the IOMMU on is needed here, by result and not by distribution: an Intel
 * CPU, an IOMMU in the firmware, and no groups without it (kernel: drivers/iommu/intel/Kconfig). */
bool vp_kernel_needs_iommu_word(const struct vp_session *session);

/* Whether that parameter is written and only the restart is missing. */
bool vp_kernel_iommu_waits(const struct vp_session *session);
