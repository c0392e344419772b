/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_disks.c - the controllers behind the file systems and the swap space in use */
#include "config.h"

#include "host_uses.h"

#include <string.h>

#define MOUNTS "/proc/self/mountinfo"

/* A file system this computer cannot do without. */
struct place {
	const char *mount, *what;
};

static const struct place places[] = {
	{"/", "the root file system (/)"},
	{"/boot", "/boot"},
	{"/boot/efi", "/boot/efi"},
	{"/efi", "/efi"},
	{"/usr", "/usr"},
	{"/var", "/var"},
	{"/home", "/home"},
};

/* With native multipath a namespace hangs on its subsystem, which links its controllers (drivers/nvme/host/core.c). */
static bool trace_nvme(struct survey *survey, const char *what, const char *place)
{
	const char *subsystem = strstr(place, "/nvme-subsystem/");
	g_autofree char *name = subsystem ? g_strdup(subsystem + strlen("/nvme-subsystem/")) : NULL;
	g_auto(GStrv) entries = NULL;
	bool found = false;

	if (!name)
		return false;
	name[strcspn(name, "/")] = '\0';
	entries = vp_survey_list(survey, "/sys/class/nvme-subsystem", name, NULL);
	for (char **entry = entries; entry && *entry; entry++) {
		g_autofree char *target = g_str_has_prefix(*entry, "nvme")
						  ? vp_survey_link(survey, "/sys/class/nvme", *entry)
						  : NULL;

		if (target && vp_survey_path(survey, what, target, "/sys/class/nvme-subsystem", survey->into))
			found = true;
	}
	return found;
}

/* From a block device down to controllers: through what it is made of (device mapper, RAID), and from a partition
 * of such a device to the whole. */
static bool follow_block(struct survey *survey, const char *what, const char *name)
{
	g_autofree char *place = vp_survey_link(survey, "/sys/class/block", name), *above = NULL,
			*whole = NULL;
	g_autofree char *source = g_strconcat("/sys/class/block/", name, NULL);
	g_auto(GStrv) parts = vp_survey_list(survey, "/sys/class/block", name, "slaves");
	bool found = false;

	if (!place || !g_hash_table_add(survey->seen, g_strdup(name)))
		return false;
	g_hash_table_add(survey->followed, g_strdup(name));
	if (vp_survey_path(survey, what, place, source, survey->into) || trace_nvme(survey, what, place))
		return true;
	for (char **part = parts; part && *part; part++)
		found = follow_block(survey, what, *part) || found;
	if (found)
		return true;
	/* .../virtual/block/md0/md0p1 */
	above = g_path_get_dirname(place);
	whole = g_path_get_basename(above);
	return strcmp(whole, "block") != 0 && follow_block(survey, what, whole);
}

static bool trace_block(struct survey *survey, const char *what, const char *name)
{
	g_hash_table_remove_all(survey->seen);
	return follow_block(survey, what, name);
}

/* "/dev/mapper/root" as the kernel calls it: "dm-0". Caller frees. */
static char *block_name(const struct survey *survey, const char *path)
{
	g_autofree char *real = vp_root_resolve(survey->root, path);
	g_auto(GStrv) names = real ? NULL : vp_root_list(survey->root, "/sys/class/block");

	if (g_str_has_prefix(path, "/dev/mapper/") && !real)
		for (char **name = names; name && *name; name++) {
			g_autofree char *file = g_strdup_printf("/sys/class/block/%s/dm/name", *name);
			g_autofree char *mapped = vp_root_read_text(survey->root, file);

			if (!g_strcmp0(mapped, path + strlen("/dev/mapper/")))
				return g_strdup(*name);
		}
	return g_path_get_basename(real ? real : path);
}

/* A btrfs has a device number of its own; it lists its members under its UUID. */
static bool trace_btrfs(struct survey *survey, const char *what, const char *device)
{
	g_auto(GStrv) systems = vp_root_list(survey->root, "/sys/fs/btrfs");
	bool found = false;

	for (char **system = systems; system && *system; system++) {
		g_auto(GStrv) members = vp_survey_list(survey, "/sys/fs/btrfs", *system, "devices");

		if (!members || !g_strv_contains((const char *const *)members, device))
			continue;
		for (char **member = members; *member; member++)
			found = trace_block(survey, what, *member) || found;
	}
	return found;
}

/* ---- mounts -------------------------------------------------------------------------------------------------- */

/* A line of mountinfo, proc(5): ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS */
struct mount {
	char *number, *place, *type, *source;
};

static void mount_free(void *data)
{
	struct mount *mount = data;

	g_free(mount->number);
	g_free(mount->place);
	g_free(mount->type);
	g_free(mount->source);
	g_free(mount);
}

/* NULL: it is no such line. */
static struct mount *parse_mount(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	guint count = g_strv_length(words), dash = 6;
	struct mount *mount;

	while (dash < count && strcmp(words[dash], "-") != 0)
		dash++;
	if (dash + 2 >= count)
		return NULL;
	mount = g_new0(struct mount, 1);
	mount->number = g_strdup(words[2]);
	mount->type = g_strdup(words[dash + 1]);
	/* Blanks are written as octal numbers. */
	mount->place = g_strcompress(words[4]);
	mount->source = g_strcompress(words[dash + 2]);
	return mount;
}

static GPtrArray *read_mounts(const struct survey *survey)
{
	GPtrArray *mounts = g_ptr_array_new_with_free_func(mount_free);
	g_autofree char *text = vp_root_read_text(survey->root, MOUNTS);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		struct mount *mount = parse_mount(*line);

		if (mount)
			g_ptr_array_add(mounts, mount);
	}
	return mounts;
}

/* What is mounted there now: the last line about the place. */
static const struct mount *find_mount(const GPtrArray *mounts, const char *place)
{
	for (guint i = mounts->len; i-- > 0;) {
		const struct mount *mount = g_ptr_array_index(mounts, i);

		if (!strcmp(mount->place, place))
			return mount;
	}
	return NULL;
}

static bool trace_mount(struct survey *survey, const char *what, const struct mount *mount)
{
	g_autofree char *target = vp_survey_link(survey, "/sys/dev/block", mount->number);
	g_autofree char *name = target ? g_path_get_basename(target) : block_name(survey, mount->source);

	/* First, since the device it was mounted by is only one of its members. */
	if (!strcmp(mount->type, "btrfs") && trace_btrfs(survey, what, name))
		return true;
	return trace_block(survey, what, name);
}

/* Every other place a disk is mounted on, once for each file system: containers and snapshots show one many times. */
static bool trace_others(struct survey *survey, const GPtrArray *mounts, const char *format)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
	bool found = false;

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		const struct mount *mount = find_mount(mounts, places[i].mount);

		if (mount)
			g_hash_table_add(known, mount->number);
	}
	for (guint i = 0; i < mounts->len; i++) {
		const struct mount *mount = g_ptr_array_index(mounts, i);
		g_autofree char *what = g_strconcat(format, " (", mount->place, ")", NULL);

		if (*mount->source == '/' && g_hash_table_add(known, mount->number))
			found = trace_mount(survey, what, mount) || found;
	}
	return found;
}

/* A live system: / is put together in memory from a medium that is mounted elsewhere. */
static bool is_live_medium(const struct mount *root)
{
	static const char *const types[] = {"overlay", "tmpfs", "ramfs", "rootfs", "squashfs", "erofs", NULL};

	return g_strv_contains(types, root->type);
}

static void tell_untraced(struct survey *survey, const struct mount *root)
{
	g_autofree char *text = g_strdup_printf(
		"Which disk holds / was not found (%s on %s): do not give away its controller.", root->type,
		root->source);

	g_ptr_array_add(survey->host->trouble, vp_plain_text(text));
}

static void find_mounted(struct survey *survey)
{
	g_autoptr(GPtrArray) mounts = read_mounts(survey);
	const struct mount *root = find_mount(mounts, "/");
	bool traced = false;

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		const struct mount *mount = find_mount(mounts, places[i].mount);

		if (mount && trace_mount(survey, places[i].what, mount))
			traced |= mount == root;
	}
	if (root && !traced && is_live_medium(root) &&
	    trace_others(survey, mounts, "the medium this system runs from"))
		return;
	if (root && !traced)
		tell_untraced(survey, root);
	survey->into = NULL;
	trace_others(survey, mounts, "a file system");
	survey->into = survey->held;
}

/* ---- swap ---------------------------------------------------------------------------------------------------- */

static void find_swap(struct survey *survey)
{
	g_autofree char *swaps = vp_root_read_text(survey->root, "/proc/swaps");
	g_auto(GStrv) areas = g_strsplit(swaps ? swaps : "", "\n", -1);

	for (char **area = areas; *area; area++) {
		g_autofree char *path = g_strndup(*area, strcspn(*area, " \t"));
		g_autofree char *name = g_str_has_prefix(path, "/dev/") ? block_name(survey, path) : NULL;

		if (name)
			trace_block(survey, "the swap space", name);
	}
}

/* The block device a kernel parameter means: a path, MAJOR:MINOR, or TAG=VALUE, which udev links (dracut.cmdline(7),
 * Documentation/admin-guide/kernel-parameters.txt: resume=). NULL: not known. Caller frees. */
static char *named_device(const struct survey *survey, const char *word)
{
	static const char *const tags[][2] = {{"UUID=", "by-uuid"},
					      {"PARTUUID=", "by-partuuid"},
					      {"LABEL=", "by-label"},
					      {"PARTLABEL=", "by-partlabel"}};
	g_autofree char *target = NULL;

	if (*word == '/')
		return block_name(survey, word);
	for (size_t i = 0; i < G_N_ELEMENTS(tags); i++)
		if (g_str_has_prefix(word, tags[i][0])) {
			g_autofree char *path =
				g_build_filename("/dev/disk", tags[i][1], word + strlen(tags[i][0]), NULL);

			return block_name(survey, path);
		}
	target = vp_survey_link(survey, "/sys/dev/block", word);
	return target ? g_path_get_basename(target) : NULL;
}

/* The last resume= counts. */
static void find_resume(struct survey *survey)
{
	const char *cmdline = survey->host->cmdline.value;
	g_auto(GStrv) words = g_strsplit(cmdline ? cmdline : "", " ", -1);
	g_autofree char *name = NULL;

	for (char **word = words; *word; word++)
		if (g_str_has_prefix(*word, "resume=") && (*word)[strlen("resume=")]) {
			g_free(name);
			name = named_device(survey, *word + strlen("resume="));
		}
	if (name)
		trace_block(survey, "the image to wake up from (resume=)", name);
}

/* ---- neither mounted nor swap -------------------------------------------------------------------------------- */

/* What stands on disks (LVM, RAID, LUKS) and has nothing on top that was met before: a machine, a file system of
 * several devices, or a program may use it. */
static void find_idle_volumes(struct survey *survey)
{
	g_auto(GStrv) names = vp_root_list(survey->root, "/sys/class/block");

	for (char **name = names; name && *name; name++) {
		g_auto(GStrv) below = vp_survey_list(survey, "/sys/class/block", *name, "slaves");
		g_auto(GStrv) above = NULL;
		g_autofree char *file = NULL, *mapped = NULL, *what = NULL;

		if (!below || !*below || g_hash_table_contains(survey->followed, *name))
			continue;
		above = vp_survey_list(survey, "/sys/class/block", *name, "holders");
		if (above && *above)
			continue;
		file = g_strdup_printf("/sys/class/block/%s/dm/name", *name);
		mapped = vp_root_read_text(survey->root, file);
		what = g_strdup_printf("a volume in use, though not mounted (%s)", mapped ? mapped : *name);
		trace_block(survey, what, *name);
	}
}

void vp_survey_disks(struct survey *survey)
{
	survey->into = survey->held;
	find_mounted(survey);
	find_swap(survey);
	find_resume(survey);
	survey->into = NULL;
	find_idle_volumes(survey);
}
