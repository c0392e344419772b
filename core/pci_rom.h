/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci_rom.h - the images within an option ROM. Pure: takes bytes, opens nothing */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct vp_rom {
	unsigned images;
	bool legacy;             /* one for the BIOS of old (code type 0) */
	bool uefi;               /* one for UEFI (code type 3) */
	bool fits;               /* one names the device that was asked for */
	unsigned vendor, device; /* as the first image names them */
	const char *fault; /* why reading it ended early, half a sentence; NULL: read to its last image */
};

/* Walks the chain of images as the PCI Firmware Specification has it; believes no length and no offset. */
struct vp_rom vp_rom_parse(const guint8 *bytes, gsize length, unsigned vendor, unsigned device);
