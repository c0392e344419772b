/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_uses.c - what this computer stands on: its disks, network, keyboards and screens, and what must stay */
#include "config.h"

#include "host_uses.h"

#include <string.h>

struct vp_use *vp_survey_add(struct survey *survey, const char *what, const char *address, const char *source)
{
	struct vp_use *use;

	for (guint i = 0; i < survey->host->uses->len; i++) {
		use = g_ptr_array_index(survey->host->uses, i);
		if (!strcmp(use->what, what) && !strcmp(use->address, address))
			return NULL;
	}
	use = g_new0(struct vp_use, 1);
	/* A USB keyboard says itself what it is called, and that is shown on a terminal. */
	use->what = vp_plain_text(what);
	use->address = g_strdup(address);
	use->source = g_strdup(source);
	g_ptr_array_add(survey->host->uses, use);
	return use;
}

bool vp_survey_path(struct survey *survey, const char *what, const char *path, const char *source,
		    GPtrArray *list)
{
	g_auto(GStrv) addresses = vp_pci_in_path(path);

	for (char **address = addresses; *address; address++) {
		const struct vp_device *device = vp_host_device(survey->host, *address);
		struct vp_use *use =
			device && device->bridge ? NULL : vp_survey_add(survey, what, *address, source);

		if (use && list)
			g_ptr_array_add(list, use);
	}
	return addresses[0] != NULL;
}

char *vp_survey_link(const struct survey *survey, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return vp_root_readlink(survey->root, path);
}

char **vp_survey_list(const struct survey *survey, const char *folder, const char *name, const char *below)
{
	g_autofree char *path = g_build_filename(folder, name, below, NULL);

	return vp_root_list(survey->root, path);
}

/* ---- keyboards and screens ------------------------------------------------------------------------------------ */

/* The test of udev (udev-builtin-input_id.c): the keys 1 to 31, from Escape to S, are all there. The line is "B:
 * KEY=", then words of the bitmap with the lowest last. */
static bool is_keyboard(const char *keys)
{
	const char *last = strrchr(keys, ' ');

	return (g_ascii_strtoull(last ? last + 1 : keys, NULL, 16) & 0xfffffffe) == 0xfffffffe;
}

static void add_keyboard(struct survey *survey, char **lines)
{
	const char *name = "\"\"", *place = "", *keys = "";
	g_autofree char *what = NULL;

	for (char **line = lines; *line; line++) {
		if (g_str_has_prefix(*line, "N: Name=\""))
			name = *line + strlen("N: Name=");
		else if (g_str_has_prefix(*line, "S: Sysfs="))
			place = *line + strlen("S: Sysfs=");
		else if (g_str_has_prefix(*line, "B: KEY="))
			keys = g_strchomp(*line + strlen("B: KEY="));
	}
	/* Programs make keyboards too. */
	if (!is_keyboard(keys) || g_str_has_prefix(place, "/devices/virtual/"))
		return;
	/* The name is in quotes and may hold some. */
	what = g_strdup_printf(VP_USE_KEYBOARD " (%.*s)", (int)MAX(strrchr(name, '"') - name - 1, 0),
			       name + 1);
	if (!vp_survey_path(survey, what, place, "/proc/bus/input/devices", NULL))
		vp_survey_add(survey, what, "", "/proc/bus/input/devices");
}

static void find_keyboards(struct survey *survey)
{
	g_autofree char *text = vp_root_read_text(survey->root, "/proc/bus/input/devices");
	g_auto(GStrv) devices = g_strsplit(text ? text : "", "\n\n", -1);

	for (char **device = devices; *device; device++) {
		g_auto(GStrv) lines = g_strsplit(*device, "\n", -1);

		add_keyboard(survey, lines);
	}
}

/* Newer kernels mark the card the computer started up on, whatever its class (sysfs-class-drm, boot_display); it
 * then counts instead of boot_vga, which only cards with the old VGA registers have. */
static void find_boot_display(struct survey *survey, const char *card)
{
	g_autofree char *file = g_strdup_printf("/sys/class/drm/%s/boot_display", card);
	g_autofree char *mark = vp_root_read_text(survey->root, file);
	g_autofree char *place = mark ? vp_survey_link(survey, "/sys/class/drm", card) : NULL;
	g_auto(GStrv) addresses = place ? vp_pci_in_path(place) : NULL;
	guint count = addresses ? g_strv_length(addresses) : 0;

	if (g_strcmp0(mark, "1") != 0 || !count)
		return;
	for (guint i = 0; i < survey->host->devices->len; i++) {
		struct vp_device *device = g_ptr_array_index(survey->host->devices, i);

		if (vp_device_is_display(device))
			device->boot_vga = !strcmp(device->address, addresses[count - 1]) ? VP_YES : VP_NO;
	}
}

/* Outputs are called card0-HDMI-A-1. */
static void find_screens(struct survey *survey)
{
	g_auto(GStrv) outputs = vp_root_list(survey->root, "/sys/class/drm");

	for (char **output = outputs; output && *output; output++) {
		const char *connector = g_str_has_prefix(*output, "card") ? strchr(*output, '-') : NULL;
		g_autofree char *file = g_strdup_printf("/sys/class/drm/%s/status", *output);
		g_autofree char *status = connector ? vp_root_read_text(survey->root, file) : NULL;
		g_autofree char *place = vp_survey_link(survey, "/sys/class/drm", *output);
		g_autofree char *what = connector ? g_strdup_printf("the screen (%s)", connector + 1) : NULL;

		if (!connector && g_str_has_prefix(*output, "card"))
			find_boot_display(survey, *output);
		if (!g_strcmp0(status, "connected") && place)
			vp_survey_path(survey, what, place, file, NULL);
	}
}

/* ---- what must stay ------------------------------------------------------------------------------------------- */

/* "holds the root file system (/), /boot and the swap space", or NULL. Caller frees. */
static char *phrase(const char *verb, const GPtrArray *uses, const struct vp_device *device)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new();
	GString *text;

	for (guint i = 0; i < uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(uses, i);

		if (!strcmp(use->address, device->address))
			g_ptr_array_add(found, use->what);
	}
	if (found->len == 0)
		return NULL;
	text = g_string_new(verb);
	for (guint i = 0; i < found->len; i++) {
		const char *between = i == 0 ? " " : i + 1 == found->len ? " and " : ", ";

		g_string_append_printf(text, "%s%s", between, (const char *)g_ptr_array_index(found, i));
	}
	return g_string_free(text, FALSE);
}

static void block(const struct survey *survey, struct vp_device *device)
{
	g_autofree char *holds = phrase("holds", survey->held, device);
	g_autofree char *carries = phrase("carries", survey->carried, device);

	if (holds && carries)
		device->blocked = g_strdup_printf("%s and %s", holds, carries);
	else if (holds || carries)
		device->blocked = g_strdup(holds ? holds : carries);
	else if (vp_device_is_wiring(device))
		device->blocked = g_strdup("is part of this computer's own wiring");
}

void vp_host_read_uses(struct vp_host *host, const struct vp_root *root)
{
	g_autoptr(GPtrArray) held = g_ptr_array_new(), carried = g_ptr_array_new();
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct survey survey = {.host = host, .root = root, .held = held, .carried = carried, .seen = seen};

	vp_survey_disks(&survey);
	vp_survey_network(&survey);
	find_keyboards(&survey);
	find_screens(&survey);
	for (guint i = 0; i < host->devices->len; i++)
		block(&survey, g_ptr_array_index(host->devices, i));
}
