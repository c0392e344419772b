/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expand.c - puts a recorded machine into a folder, for the tests that are scripts: expand ID FOLDER */
#include "config.h"

#include "core.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc != 3) {
		fprintf(stderr, "usage: expand ID FOLDER\n");
		return VP_ERROR_USAGE;
	}
	if (vp_machine_expand(g_getenv("VIRT_PASSTHROUGH_ASSETS"), argv[1], argv[2], &error))
		return 0;
	fprintf(stderr, "expand: %s\n", error->message);
	return VP_ERROR_FAILED;
}
