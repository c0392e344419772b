/* SPDX-License-Identifier: GPL-2.0-or-later */
/* binding.h - how the chosen devices are set aside for vfio-pci at boot */
#pragma once

#include "internal.h"

enum vp_binding {
	VP_BINDING_NONE,         /* libvirt's managed mode takes and returns them when the machine starts and stops */
	VP_BINDING_COMMAND_LINE, /* vfio-pci.ids= */
	VP_BINDING_MODPROBE,     /* options vfio-pci ids= in modprobe.d, with softdeps */
	VP_BINDING_ADDRESS,      /* by slot address, from an early script */
};

struct vp_binding_choice {
	enum vp_binding method;
	GPtrArray *devices; /* struct vp_device *, borrowed: those that are bound at boot */
	char *why;          /* one sentence: what decided */
	char *refused;      /* the method asked for cannot be right here: why; or NULL */
};

struct vp_binding_choice *vp_binding_choose(const struct vp_session *session); /* never NULL */
void vp_binding_choice_free(struct vp_binding_choice *choice);
typedef struct vp_binding_choice vp_binding_choice; /* for g_autoptr() */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(vp_binding_choice, vp_binding_choice_free)

/* "10de:13c2,10de:0fbb": each id once, in address order; "" for none. Caller frees. */
char *vp_binding_ids(const GPtrArray *devices);
