/* SPDX-License-Identifier: GPL-2.0-or-later */
/* steps.h - the five rooms, one file each; steps.c has their order */
#pragma once

#include "plan.h"

extern const struct vp_step vp_step_firmware, vp_step_kernel, vp_step_devices, vp_step_packages, vp_step_machine;

bool vp_step_always(const struct vp_session *session); /* for steps that concern every machine */
