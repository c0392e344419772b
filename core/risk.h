/* SPDX-License-Identifier: GPL-2.0-or-later */
/* risk.h - what a choice would cost this computer so dearly that it is refused until the risk is typed out */
#pragma once

#include "internal.h"

struct vp_risk {
	const struct vp_device *device;
	char *what;  /* "holds the root file system (/)" */
	bool lifted; /* its sentence is among the answers "overrule" */
};

/* Of giving all these away: what holds a disk or the network, the last keyboard, the last graphics card. What is
 * part of the wiring is no risk but out of the question, and not among them. For the last keyboard and the last
 * card one of `first` (may be NULL) is named where there is one. struct vp_risk *; caller unrefs. */
GPtrArray *vp_risks(const struct vp_session *session, const GPtrArray *devices, const GPtrArray *first);

/* "0000:00:1f.2 holds the root file system (/)": what is to be typed, word for word. Caller frees. */
char *vp_risk_sentence(const struct vp_risk *risk);

/* The risk among them that is about this device, or NULL. */
const struct vp_risk *vp_risk_find(const GPtrArray *risks, const struct vp_device *device);

/* Takes back what was typed about this device. */
bool vp_risk_forget(struct vp_session *session, const struct vp_device *device, GError **error);
