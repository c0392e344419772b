/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host_uses.c - what this computer stands on: its disks, network, keyboards and screens, and what must stay */
#include "config.h"

#include "host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>

#define MOUNTS "/proc/self/mountinfo"

/* One reading: what is collected on the way to the verdicts. */
struct survey {
	struct vp_host *host;
	const struct vp_root *root;
	GPtrArray *held;    /* struct vp_use *, borrowed: file systems and swap */
	GPtrArray *carried; /* the same: the network */
	GHashTable *seen;   /* names already followed for the present use: what stands on itself is a loop */
};

/* NULL: it is listed already. */
static struct vp_use *add_use(struct survey *survey, const char *what, const char *address,
			      const char *source)
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

/* Adds a use for each function in a path of /sys/devices that is no bridge: beside the controller itself that may
 * be one it stands behind, such as Intel's VMD. Returns whether there was one. */
static bool add_path(struct survey *survey, const char *what, const char *path, const char *source,
		     GPtrArray *list)
{
	g_auto(GStrv) addresses = vp_pci_in_path(path);

	for (char **address = addresses; *address; address++) {
		const struct vp_device *device = vp_host_device(survey->host, *address);
		struct vp_use *use =
			device && device->bridge ? NULL : add_use(survey, what, *address, source);

		if (use && list)
			g_ptr_array_add(list, use);
	}
	return addresses[0] != NULL;
}

static char *link_of(const struct survey *survey, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return vp_root_readlink(survey->root, path);
}

static char **list_in(const struct survey *survey, const char *folder, const char *name, const char *below)
{
	g_autofree char *path = g_build_filename(folder, name, below, NULL);

	return vp_root_list(survey->root, path);
}

/* ---- disks --------------------------------------------------------------------------------------------------- */

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
	entries = list_in(survey, "/sys/class/nvme-subsystem", name, NULL);
	for (char **entry = entries; entry && *entry; entry++) {
		g_autofree char *target =
			g_str_has_prefix(*entry, "nvme") ? link_of(survey, "/sys/class/nvme", *entry) : NULL;

		if (target && add_path(survey, what, target, "/sys/class/nvme-subsystem", survey->held))
			found = true;
	}
	return found;
}

/* From a block device down to controllers: through what it is made of (device mapper, RAID), and from a partition
 * of such a device to the whole. */
static bool follow_block(struct survey *survey, const char *what, const char *name)
{
	g_autofree char *place = link_of(survey, "/sys/class/block", name), *above = NULL, *whole = NULL;
	g_autofree char *source = g_strconcat("/sys/class/block/", name, NULL);
	g_auto(GStrv) parts = list_in(survey, "/sys/class/block", name, "slaves");
	bool found = false;

	if (!place || !g_hash_table_add(survey->seen, g_strdup(name)))
		return false;
	if (add_path(survey, what, place, source, survey->held) || trace_nvme(survey, what, place))
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
		g_auto(GStrv) members = list_in(survey, "/sys/fs/btrfs", *system, "devices");

		if (!members || !g_strv_contains((const char *const *)members, device))
			continue;
		for (char **member = members; *member; member++)
			found = trace_block(survey, what, *member) || found;
	}
	return found;
}

/* A line of mountinfo, proc(5): ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS */
struct mount {
	char *number, *type, *source; /* NULL: nothing is mounted */
};

static void mount_clear(struct mount *mount)
{
	g_clear_pointer(&mount->number, g_free);
	g_clear_pointer(&mount->type, g_free);
	g_clear_pointer(&mount->source, g_free);
}

/* What is mounted there now: the last line about the place. */
static struct mount find_mount(char **lines, const char *place)
{
	struct mount mount = {NULL, NULL, NULL};

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		guint count = g_strv_length(words), dash = 6;

		if (count < 10 || strcmp(words[4], place) != 0)
			continue;
		while (dash < count && strcmp(words[dash], "-") != 0)
			dash++;
		if (dash + 2 >= count)
			continue;
		mount_clear(&mount);
		mount.number = g_strdup(words[2]);
		mount.type = g_strdup(words[dash + 1]);
		/* Blanks are written as octal numbers. */
		mount.source = g_strcompress(words[dash + 2]);
	}
	return mount;
}

static bool trace_mount(struct survey *survey, const char *what, const struct mount *mount)
{
	g_autofree char *target = link_of(survey, "/sys/dev/block", mount->number);
	g_autofree char *name = target ? g_path_get_basename(target) : block_name(survey, mount->source);

	/* First, since the device it was mounted by is only one of its members. */
	if (!strcmp(mount->type, "btrfs") && trace_btrfs(survey, what, name))
		return true;
	return trace_block(survey, what, name);
}

static void tell_untraced(struct survey *survey, const struct mount *root)
{
	g_autofree char *text = g_strdup_printf(
		"Which disk holds / was not found (%s on %s): do not give away its controller.", root->type,
		root->source);

	g_ptr_array_add(survey->host->trouble, vp_plain_text(text));
}

static void find_disks(struct survey *survey)
{
	g_autofree char *mounts = vp_root_read_text(survey->root, MOUNTS);
	g_autofree char *swaps = vp_root_read_text(survey->root, "/proc/swaps");
	g_auto(GStrv) lines = g_strsplit(mounts ? mounts : "", "\n", -1);
	g_auto(GStrv) areas = g_strsplit(swaps ? swaps : "", "\n", -1);

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		struct mount mount = find_mount(lines, places[i].mount);

		if (mount.source && !trace_mount(survey, places[i].what, &mount) && i == 0)
			tell_untraced(survey, &mount);
		mount_clear(&mount);
	}
	for (char **area = areas; *area; area++) {
		g_autofree char *path = g_strndup(*area, strcspn(*area, " \t"));
		g_autofree char *name = g_str_has_prefix(path, "/dev/") ? block_name(survey, path) : NULL;

		if (name)
			trace_block(survey, "the swap space", name);
	}
}

/* ---- network ------------------------------------------------------------------------------------------------- */

/* From an interface down to cards: bridges, bonds and VLANs link what they stand on as lower_NAME. */
static void follow_interface(struct survey *survey, const char *what, const char *name)
{
	g_autofree char *place = link_of(survey, "/sys/class/net", name);
	g_autofree char *source = g_strconcat("/sys/class/net/", name, NULL);
	g_auto(GStrv) entries = list_in(survey, "/sys/class/net", name, NULL);

	if (!place || !g_hash_table_add(survey->seen, g_strdup(name)) ||
	    add_path(survey, what, place, source, survey->carried))
		return;
	for (char **entry = entries; entry && *entry; entry++)
		if (g_str_has_prefix(*entry, "lower_"))
			follow_interface(survey, what, *entry + strlen("lower_"));
}

static void trace_interface(struct survey *survey, const char *use, const char *name)
{
	g_autofree char *what = g_strdup_printf("%s (%s)", use, name);

	g_hash_table_remove_all(survey->seen);
	follow_interface(survey, what, name);
}

/* A default route is one whose mask (IPv4, column 7) or length (IPv6, column 1) is 0; the interface stands in the
 * first or last column (net/ipv4/fib_trie.c, net/ipv6/route.c). */
static void find_routes(struct survey *survey, const char *file, guint width, guint interface)
{
	g_autofree char *text = vp_root_read_text(survey->root, file);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autoptr(GPtrArray) words = g_ptr_array_new();
		char *rest = NULL;
		const char *zeros;

		for (char *word = strtok_r(*line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
			g_ptr_array_add(words, word);
		if (words->len <= MAX(width, interface))
			continue;
		zeros = g_ptr_array_index(words, width);
		if (zeros[strspn(zeros, "0")] == '\0')
			trace_interface(survey, "the network", g_ptr_array_index(words, interface));
	}
}

static bool is_address(const struct sockaddr *address, const char *text)
{
	guint8 wanted[sizeof(struct in6_addr)];
	const void *bytes;
	size_t size;

	if (address && address->sa_family == AF_INET) {
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
		size = sizeof(struct in_addr);
	} else if (address && address->sa_family == AF_INET6) {
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		size = sizeof(struct in6_addr);
	} else {
		return false;
	}
	return inet_pton(address->sa_family, text, wanted) == 1 && !memcmp(bytes, wanted, size);
}

/* SSH_CONNECTION, ssh(1): client address and port, our address and port. */
static void find_ssh(struct survey *survey)
{
	const char *connection = vp_root_is_live(survey->root) ? g_getenv("SSH_CONNECTION") : NULL;
	g_auto(GStrv) words = g_strsplit(connection ? connection : "", " ", -1);
	struct ifaddrs *addresses = NULL;

	if (g_strv_length(words) < 3 || getifaddrs(&addresses) < 0)
		return;
	words[2][strcspn(words[2], "%")] = '\0';
	for (struct ifaddrs *address = addresses; address; address = address->ifa_next)
		if (is_address(address->ifa_addr, words[2]))
			trace_interface(survey, "your SSH session", address->ifa_name);
	freeifaddrs(addresses);
}

/* With a second way out on another card, this one may go. */
static bool is_only_way(const struct survey *survey)
{
	for (guint i = 1; i < survey->carried->len; i++) {
		const struct vp_use *first = g_ptr_array_index(survey->carried, 0);
		const struct vp_use *use = g_ptr_array_index(survey->carried, i);

		if (strcmp(first->address, use->address) != 0)
			return false;
	}
	return true;
}

static void find_network(struct survey *survey)
{
	find_routes(survey, "/proc/net/route", 7, 0);
	find_routes(survey, "/proc/net/ipv6_route", 1, 9);
	if (!is_only_way(survey))
		g_ptr_array_set_size(survey->carried, 0);
	find_ssh(survey);
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
	what = g_strdup_printf("the keyboard (%.*s)", (int)MAX(strrchr(name, '"') - name - 1, 0), name + 1);
	if (!add_path(survey, what, place, "/proc/bus/input/devices", NULL))
		add_use(survey, what, "", "/proc/bus/input/devices");
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

/* Outputs are called card0-HDMI-A-1. */
static void find_screens(struct survey *survey)
{
	g_auto(GStrv) outputs = vp_root_list(survey->root, "/sys/class/drm");

	for (char **output = outputs; output && *output; output++) {
		const char *connector = g_str_has_prefix(*output, "card") ? strchr(*output, '-') : NULL;
		g_autofree char *file = g_strdup_printf("/sys/class/drm/%s/status", *output);
		g_autofree char *status = connector ? vp_root_read_text(survey->root, file) : NULL;
		g_autofree char *place = link_of(survey, "/sys/class/drm", *output);
		g_autofree char *what = connector ? g_strdup_printf("the screen (%s)", connector + 1) : NULL;

		if (!g_strcmp0(status, "connected") && place)
			add_path(survey, what, place, file, NULL);
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

	find_disks(&survey);
	find_network(&survey);
	find_keyboards(&survey);
	find_screens(&survey);
	for (guint i = 0; i < host->devices->len; i++)
		block(&survey, g_ptr_array_index(host->devices, i));
}
