/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_rom.c - the images within an option ROM
 *
 * PCI Firmware Specification 3.x, chapter 5: each image begins with 55 AA; the word at 18h tells where its PCI data
 * structure ("PCIR") lies; that holds the ids, the length in units of 512 bytes, the code type, and whether another
 * image follows.
 */
#include "config.h"

#include "pci_rom.h"

#include <string.h>

#define UNIT 512
#define POINTER 0x18   /* in the image: where PCIR is */
#define PCIR_SIZE 0x16 /* as far as the indicator, the last field that is read */

enum code_type { LEGACY = 0, UEFI = 3 };

struct bytes {
	const guint8 *at;
	gsize length;
};

static unsigned word(const struct bytes *bytes, gsize at)
{
	return (unsigned)bytes->at[at] | (unsigned)bytes->at[at + 1] << 8;
}

/* A card that comes in several variants lists their ids behind the structure (revision 3, word at 08h). */
static bool is_listed(const struct bytes *image, gsize pcir, unsigned device)
{
	gsize list = pcir + word(image, pcir + 0x08);

	if (image->at[pcir + 0x0c] < 3 || list == pcir)
		return false;
	for (; list + 2 <= image->length && word(image, list) != 0; list += 2)
		if (word(image, list) == device)
			return true;
	return false;
}

/* The next image, or none: *rest is then empty. Half a sentence when this one cannot be read. */
static const char *take_image(struct bytes *rest, struct vp_rom *rom, unsigned vendor, unsigned device)
{
	gsize pcir, size;
	unsigned type;

	if (rest->length < POINTER + 2 || word(rest, 0) != 0xaa55)
		return "it does not begin with 55 AA";
	pcir = word(rest, POINTER);
	if (pcir + PCIR_SIZE > rest->length || memcmp(rest->at + pcir, "PCIR", 4) != 0)
		return "its data structure (PCIR) is not where it should be";
	size = (gsize)word(rest, pcir + 0x10) * UNIT;
	if (size == 0)
		return "it says that it is empty";
	type = rest->at[pcir + 0x14];
	if (rom->images++ == 0) {
		rom->vendor = word(rest, pcir + 0x04);
		rom->device = word(rest, pcir + 0x06);
	}
	rom->legacy |= type == LEGACY;
	rom->uefi |= type == UEFI;
	rom->fits |= word(rest, pcir + 0x04) == vendor &&
		     (word(rest, pcir + 0x06) == device || is_listed(rest, pcir, device));
	if (rest->at[pcir + 0x15] & 0x80) {
		rest->length = 0;
	} else if (size >= rest->length) {
		return "the image that should follow it is missing";
	} else {
		rest->at += size;
		rest->length -= size;
	}
	return NULL;
}

struct vp_rom vp_rom_parse(const guint8 *bytes, gsize length, unsigned vendor, unsigned device)
{
	struct vp_rom rom = {0};
	struct bytes rest = {bytes, length};

	do
		rom.fault = take_image(&rest, &rom, vendor, device);
	while (!rom.fault && rest.length > 0);
	return rom;
}
