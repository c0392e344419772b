/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_uses.h - collecting what this computer stands on; shared by the files that look for it */
#pragma once

#include "host.h"

/* One reading: what is collected on the way to the verdicts. */
struct survey {
	struct vp_host *host;
	const struct vp_root *root;
	GPtrArray *held;    /* struct vp_use *, borrowed: file systems and swap it cannot do without */
	GPtrArray *into;    /* where the use that is followed goes beside the host's list: held, or NULL */
	GPtrArray *carried; /* the same: the network */
	GHashTable *seen;   /* names already followed for the present use: what stands on itself is a loop */
	GHashTable *followed; /* the same for all uses: the block devices that something in use stands on */
};

/* NULL: it is listed already. */
struct vp_use *vp_survey_add(struct survey *survey, const char *what, const char *address,
			     const char *source);

/* Adds a use for each function in a path of /sys/devices that is no bridge: beside the controller itself that may
 * be one it stands behind, such as Intel's VMD. `list` (may be NULL) gets them too. Returns whether there was one. */
bool vp_survey_path(struct survey *survey, const char *what, const char *path, const char *source,
		    GPtrArray *list);

/* The link FOLDER/NAME, and the names in FOLDER/NAME/BELOW (may be NULL); NULL: not there. Caller frees. */
char *vp_survey_link(const struct survey *survey, const char *folder, const char *name);
char **vp_survey_list(const struct survey *survey, const char *folder, const char *name, const char *below);

void vp_survey_disks(struct survey *survey);   /* host_disks.c */
void vp_survey_network(struct survey *survey); /* host_network.c */
