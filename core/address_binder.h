/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address_binder.h - the early script that sets devices aside by slot address: pure text
 *
 * An id cannot tell two equal cards apart; an address can, but addresses move when a card is added. So the script
 * looks before it acts: only if every chosen address still holds the same vendor, device and subsystem does it set
 * driver_override, and otherwise none at all. modprobe runs it in place of loading vfio-pci ("install").
 */
#pragma once

#include "core.h"

#define VP_BINDER_PATH "/etc/virt-passthrough/bind-by-address"

/* The script for these devices (struct vp_device *). Caller frees. */
char *vp_address_binder_script(const GPtrArray *devices);
