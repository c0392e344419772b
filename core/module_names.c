/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_names.c - names of kernel modules and of initramfs hooks */
#include "config.h"

#include <string.h>

#include "core.h"
#include "module_names.h"

static char canonical(char c)
{
	return c == '-' ? '_' : c;
}

bool vp_module_same(const char *name, const char *other)
{
	while (*name && canonical(*name) == canonical(*other)) {
		name++;
		other++;
	}
	return *name == *other;
}

bool vp_module_among(const char *name, char **names)
{
	for (; names && *names; names++)
		if (vp_module_same(name, *names))
			return true;
	return false;
}

bool vp_module_check(char **names, GError **error)
{
	for (; names && *names; names++) {
		const char *name = *names;

		if (*name && strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == strlen(name))
			continue;
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "\"%s\" is no name of a module or hook: use letters, digits, '_' and '-' only",
			    name);
		return false;
	}
	return true;
}
