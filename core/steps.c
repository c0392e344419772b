/* SPDX-License-Identifier: GPL-2.0-or-later */
/* steps.c - the order of the wizard, and words the steps share */
#include "config.h"

#include "steps.h"

const struct vp_step *const *vp_steps(void)
{
	static const struct vp_step *const steps[] = {&vp_step_firmware, &vp_step_kernel,  &vp_step_devices,
						      &vp_step_packages, &vp_step_machine, NULL};

	return steps;
}

bool vp_step_always(const struct vp_session *session)
{
	return true;
}
