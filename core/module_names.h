/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_names.h - names of kernel modules and of initramfs hooks */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* '-' and '_' are the same to the kernel and to kmod. */
bool vp_module_same(const char *name, const char *other);
bool vp_module_among(const char *name, char **names);

/* Whether all are names that need no quoting anywhere: letters, digits, '_', '-'. */
bool vp_module_check(char **names, GError **error);
