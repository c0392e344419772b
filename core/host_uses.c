/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_uses.c - what this computer stands on: its disks, network, keyboards, mice, screens; what must stay */
#include "config.h"

#include "host_uses.h"

#include <string.h>

#define INPUTS "/proc/bus/input/devices"

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

/* ---- keyboards, mice and screens ------------------------------------------------------------------------------ */

/* What a device of /proc/bus/input/devices tells of itself. The words of a bitmap end with the lowest. */
struct input {
	const char *name; /* from its first letter to the end of the line, with a quote that closes it */
	const char *place;
	const char *keys, *moves, *points;
};

static struct input parse_input(char **lines)
{
	struct input input = {"", "", "", "", ""};
	const struct {
		const char *start;
		const char **value;
	} parts[] = {
		{"N: Name=\"", &input.name}, {"S: Sysfs=", &input.place}, {"B: KEY=", &input.keys},
		{"B: REL=", &input.moves},   {"B: ABS=", &input.points},
	};

	for (char **line = lines; *line; line++)
		for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
			if (g_str_has_prefix(*line, parts[i].start))
				*parts[i].value = g_strchomp(*line + strlen(parts[i].start));
	return input;
}

/* A word of a bitmap, counted from the lowest. */
static guint64 bitmap_word(const char *bitmap, guint index)
{
	g_auto(GStrv) words = g_strsplit(bitmap, " ", -1);
	guint count = g_strv_length(words);

	return index < count ? g_ascii_strtoull(words[count - 1 - index], NULL, 16) : 0;
}

/* The tests of udev (udev-builtin-input_id.c). A keyboard has all the keys 1 to 31, from Escape to S. */
static bool is_keyboard(const struct input *input)
{
	return (bitmap_word(input->keys, 0) & 0xfffffffe) == 0xfffffffe;
}

/* A mouse, or a touchpad in its place, has a left button (BTN_LEFT, 0x110) and goes in both directions. */
static bool is_mouse(const struct input *input)
{
	return (bitmap_word(input->keys, 0x110 / 64) >> (0x110 % 64) & 1) &&
	       ((bitmap_word(input->moves, 0) & 3) == 3 || (bitmap_word(input->points, 0) & 3) == 3);
}

static void add_input(struct survey *survey, const struct input *input, const char *kind)
{
	/* It may hold quotes itself. */
	const char *end = strrchr(input->name, '"');
	g_autofree char *what =
		g_strdup_printf("%s (%.*s)", kind, end ? (int)(end - input->name) : 0, input->name);

	if (!vp_survey_path(survey, what, input->place, INPUTS, NULL))
		vp_survey_add(survey, what, "", INPUTS);
}

static void find_inputs(struct survey *survey)
{
	g_autofree char *text = vp_root_read_text(survey->root, INPUTS);
	g_auto(GStrv) devices = g_strsplit(text ? text : "", "\n\n", -1);

	for (char **device = devices; *device; device++) {
		g_auto(GStrv) lines = g_strsplit(*device, "\n", -1);
		const struct input input = parse_input(lines);

		/* Programs make keyboards too. */
		if (g_str_has_prefix(input.place, "/devices/virtual/"))
			continue;
		if (is_keyboard(&input))
			add_input(survey, &input, VP_USE_KEYBOARD);
		if (is_mouse(&input))
			add_input(survey, &input, VP_USE_MOUSE);
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
	g_autoptr(GHashTable) followed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct survey survey = {.host = host,
				.root = root,
				.held = held,
				.carried = carried,
				.seen = seen,
				.followed = followed};

	vp_survey_disks(&survey);
	vp_survey_network(&survey);
	find_inputs(&survey);
	find_screens(&survey);
	for (guint i = 0; i < host->devices->len; i++)
		block(&survey, g_ptr_array_index(host->devices, i));
}

/* ---- who has a card open -------------------------------------------------------------------------------------- */

/* The device files of a card, as /proc/PID/fd names them. NVIDIA's own driver tells the number of its files in
 * /proc/driver/nvidia (kernel-open/nvidia/nv-procfs.c). */
static GPtrArray *card_files(const struct vp_root *root, const struct vp_device *card)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folder = g_strdup_printf("/sys/bus/pci/devices/%s/drm", card->address);
	g_autofree char *information =
		g_strdup_printf("/proc/driver/nvidia/gpus/%s/information", card->address);
	g_auto(GStrv) names = vp_root_list(root, folder);
	g_autofree char *text = vp_root_read_text(root, information);
	const char *label = "Device Minor:", *minor = text ? strstr(text, label) : NULL;

	for (char **name = names; name && *name; name++)
		g_ptr_array_add(files, g_strconcat("/dev/dri/", *name, NULL));
	if (minor)
		g_ptr_array_add(files, g_strdup_printf("/dev/nvidia%" G_GUINT64_FORMAT,
						       g_ascii_strtoull(minor + strlen(label), NULL, 10)));
	return files;
}

static bool has_open(const struct vp_root *root, const char *process, GPtrArray *files)
{
	g_autofree char *place = g_strdup_printf("/proc/%s/fd", process);
	g_autoptr(vp_root) folder = vp_root_enter(root, place);
	g_auto(GStrv) links = folder ? vp_root_list(folder, "/") : NULL;

	for (char **link = links; link && *link; link++) {
		g_autofree char *path = g_strconcat("/", *link, NULL);
		g_autofree char *target = vp_root_readlink(folder, path);

		if (target && g_ptr_array_find_with_equal_func(files, target, g_str_equal, NULL))
			return true;
	}
	return false;
}

GPtrArray *vp_card_programs(const struct vp_root *root, const struct vp_device *card)
{
	GPtrArray *programs = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) files = card_files(root, card);
	g_auto(GStrv) processes = files->len ? vp_root_list(root, "/proc") : NULL;

	for (char **process = processes; process && *process; process++) {
		g_autofree char *file = g_strdup_printf("/proc/%s/comm", *process);
		g_autofree char *name = NULL, *plain = NULL;

		if (!g_ascii_isdigit(**process) || !has_open(root, *process, files))
			continue;
		name = vp_root_read_text(root, file);
		plain = vp_plain_text(name ? name : "process");
		g_ptr_array_add(programs, g_strdup_printf("%s (%s)", plain, *process));
	}
	return programs;
}
