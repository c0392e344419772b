/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub_menu.h - what a grub.cfg starts Linux with: bytes in, entries out */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One menu entry that starts Linux. */
struct vp_grub_entry {
	char *section; /* name of the script of grub.d that made it ("10_linux"), "" where the file does not say */
	char *title;
	char *line; /* the kernel's words */
	bool recovery;
};

/* Every such entry, in the order of the menu: struct vp_grub_entry *. Caller unrefs. */
GPtrArray *vp_grub_menu_read(GBytes *text);
