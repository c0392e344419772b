/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_groups.h - the listing of IOMMU groups, and one device in detail, as lines of text */
#pragma once

#include "core/core.h"
#include "text.h"

/* A heading for each group, then a line for each device, no wider than `width`. */
void report_groups(GPtrArray *lines, const struct vp_session *session, int width, const char *ellipsis);

/* The same for tools: every line is a device and tells its group, verdict and whole address itself. */
void report_groups_plain(GPtrArray *lines, const struct vp_session *session);

/* Rows of vp_device_details(), with `evidence` also where it was read when that is not its own folder. */
void report_device(GPtrArray *lines, const GPtrArray *details, bool evidence);
