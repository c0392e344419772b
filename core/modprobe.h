/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modprobe.h - our own file of modprobe.d */
#pragma once

#include "binding.h"
#include "plan.h"

/* Appends what makes our file say what the binding needs: written, changed, or taken away where it is not needed. */
bool vp_modprobe_plan(const struct vp_session *session, struct vp_plan *plan, const struct vp_binding_choice *binding,
		      GError **error);
