/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_alias.h - which modules would take a device */
#pragma once

#include "root.h"

/* Names of the modules that a line of modules.alias ("alias PATTERN MODULE") gives for this modalias; each once, in
 * the order of the file. Pure. Caller g_strfreev()s. */
char **vp_module_aliases(const char *text, const char *modalias);

/* The same for an installed kernel, with the drivers built into it. NULL: it shows no such list. *ret_source: the
 * file that was (or would have been) read, or NULL. Caller frees both. */
char **vp_modules_for(const struct vp_root *root, const char *release, const char *modalias,
		      char **ret_source);
