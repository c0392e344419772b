/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packages.h - the packages of this distribution */
#pragma once

#include "internal.h"

/* The table row of this system's distribution, or NULL: it is in none of the families. Borrowed. */
const struct vp_table_family *vp_packages_family(const struct vp_session *session);
