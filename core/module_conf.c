/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_conf.c - modprobe.d, dracut, initramfs-tools and booster */
#include "config.h"

#include <string.h>

#include "core.h"
#include "lines.h"
#include "module_conf.h"
#include "module_names.h"

/* ---- files of our own ---------------------------------------------------------------------------------- */

/* vendor:device[:subvendor[:subdevice[:class[:class_mask]]]], hexadecimal */
static bool check_id(const char *id, GError **error)
{
	static const size_t widest[] = {4, 4, 4, 4, 6, 6};
	g_auto(GStrv) parts = g_strsplit(id, ":", -1);
	guint n = g_strv_length(parts);
	bool ok = n >= 2 && n <= G_N_ELEMENTS(widest);

	for (guint i = 0; ok && i < n; i++) {
		size_t length = strlen(parts[i]);

		ok = length > 0 && length <= widest[i] &&
		     strspn(parts[i], "0123456789abcdefABCDEF") == length;
	}
	if (!ok)
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "\"%s\" is no PCI id: write vendor:device in hexadecimal, such as 10de:13c2", id);
	return ok;
}

GBytes *vp_module_conf_modprobe(char **ids, char **drivers, GError **error)
{
	g_autoptr(GString) out = g_string_new("# Written by virt-passthrough; changes here are lost.\n");
	g_autofree char *list = g_strjoinv(",", ids);

	for (char **id = ids; *id; id++)
		if (!check_id(*id, error))
			return NULL;
	if (!vp_module_check(drivers, error))
		return NULL;
	if (strlen(list) >= VP_VFIO_IDS_SIZE) {
		g_set_error(error, VP_ERROR, VP_ERROR_CANNOT,
			    "the ids do not fit: vfio-pci takes %d characters and these have %zu; choose "
			    "fewer devices",
			    VP_VFIO_IDS_SIZE - 1, strlen(list));
		return NULL;
	}
	if (*list)
		g_string_append_printf(out, "options vfio-pci ids=%s\n", list);
	for (char **driver = drivers; *driver; driver++)
		g_string_append_printf(out, "softdep %s pre: vfio-pci\n", *driver);
	return g_string_free_to_bytes(g_steal_pointer(&out));
}

/* The blanks inside the quotes part our words from those of other files: += joins strings
 * (dracut.conf(5)). */
GBytes *vp_module_conf_dracut(char **modules, GError **error)
{
	g_autofree char *list = g_strjoinv(" ", modules);
	char *text;

	if (!vp_module_check(modules, error))
		return NULL;
	text = g_strdup_printf(
		"# Written by virt-passthrough; changes here are lost.\nforce_drivers+=\" %s \"\n", list);
	return g_bytes_new_take(text, strlen(text));
}

/* ---- initramfs-tools ----------------------------------------------------------------------------------- */

#define BLOCK_START "# virt-passthrough: these lines are its own"
#define BLOCK_END "# virt-passthrough: end"

/* The text without our block. NULL when the block is not closed. */
static GBytes *without_block(GBytes *text, const char *file, GError **error)
{
	g_autoptr(GArray) splices = vp_splices_new();
	struct vp_line line = {0}, block = {0};
	struct vp_lines lines;

	if (!vp_lines_open(&lines, text, file, error))
		return NULL;
	while (vp_lines_next(&lines, &line)) {
		if (vp_line_is(&lines, &line, BLOCK_START)) {
			block = line;
		} else if (block.number > 0 && vp_line_is(&lines, &line, BLOCK_END)) {
			block.line_end = line.line_end;
			vp_line_drop(&lines, &block, splices);
			block.number = 0;
		}
	}
	if (block.number == 0)
		return vp_splice_apply(text, splices);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "%s:%u is not edited: the line \"" BLOCK_END
		    "\" is missing; put it behind the last module of the block",
		    file, block.number);
	return NULL;
}

/* The first word of the line: behind a module's name stand its parameters. NULL: an empty line, or a
 * comment. */
static char *module_on_line(const struct vp_lines *lines, const struct vp_line *line)
{
	size_t length = line->end - line->start;
	g_autofree char *text = g_strndup(lines->text + line->start, length);

	if (length == 0 || *text == '#')
		return NULL;
	return g_strndup(text, strcspn(text, " \t"));
}

GBytes *vp_module_conf_edit_initramfs(GBytes *text, char **modules, const char *file, GError **error)
{
	g_autoptr(GBytes) bare = without_block(text, file, error);
	g_autoptr(GArray) splices = vp_splices_new();
	g_autofree char *list = g_strjoinv("\n", modules);
	g_autofree char *block = g_strdup_printf(BLOCK_START "\n%s\n" BLOCK_END, list);
	size_t place = bare ? g_bytes_get_size(bare) : 0;
	char **next = modules;
	struct vp_line line = {0};
	struct vp_lines lines;
	bool first = true;

	if (!bare || !vp_lines_open(&lines, bare, file, error) || !vp_module_check(modules, error))
		return NULL;
	while (*next && vp_lines_next(&lines, &line)) {
		g_autofree char *name = module_on_line(&lines, &line);

		if (!name)
			continue;
		if (first)
			place = line.line_start;
		first = false;
		if (!vp_module_same(name, *next))
			break;
		next++;
	}
	if (*next)
		vp_lines_insert(&lines, place, block, splices);
	return vp_splice_apply(bare, splices);
}

/* ---- booster ------------------------------------------------------------------------------------------- */

#define BOOSTER_MARK "# Added by virt-passthrough"
#define BOOSTER_LINE "^(modules_force_load:)([ \\t]*)([\"']?)([A-Za-z0-9_,-]*)\\3(?:[ \\t]+#.*|[ \\t]*)$"

/* What of the YAML text counts here. */
struct booster {
	struct vp_line line; /* of the key; number 0: the key is not there */
	struct vp_line mark; /* the line above it, when that is our mark; else number 0 */
	size_t colon;        /* behind it */
	size_t start, end;   /* of the list: names parted by commas (booster splits there and nowhere else) */
	bool quoted;
	unsigned odd_line; /* a line that is not understood, or 0 */
};

static size_t group(const GMatchInfo *match, int index, bool end)
{
	int from, to;

	g_match_info_fetch_pos(match, index, &from, &to);
	return (size_t)(end ? to : from);
}

static void read_booster_key(const struct vp_line *line, const GMatchInfo *match, struct booster *booster)
{
	if (booster->line.number > 0)
		booster->odd_line = line->number;
	booster->line = *line;
	booster->colon = line->line_start + group(match, 1, true);
	booster->quoted = group(match, 3, true) > group(match, 3, false);
	booster->start = line->line_start + group(match, 4, false);
	booster->end = line->line_start + group(match, 4, true);
}

/* Plain block YAML has its keys at the start of the line. A value may go on in indented lines, which is
 * seen; other ways to write a key, and a second document, are given up on. */
static void read_booster(const struct vp_lines *lines, struct booster *booster)
{
	g_autoptr(GRegex) regex = g_regex_new(BOOSTER_LINE, G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
	struct vp_line line = {0}, above = {0};

	bool in_value = false; /* only blank lines and comments since the key */

	for (; vp_lines_next(lines, &line); above = line) {
		g_autofree char *text = g_strndup(lines->text + line.line_start, line.end - line.line_start);
		g_autoptr(GMatchInfo) match = NULL;

		if (line.start == line.end || lines->text[line.start] == '#')
			continue;
		if (g_regex_match(regex, text, 0, &match)) {
			read_booster_key(&line, match, booster);
			if (above.number > 0 && vp_line_is(lines, &above, BOOSTER_MARK))
				booster->mark = above;
		} else if (g_str_has_prefix(text, "modules_force_load") ||
			   (in_value && strchr(" \t-", *text)) || strchr("{\"'?.!&*", *text) ||
			   (g_str_has_prefix(text, "---") && line.number > 1)) {
			booster->odd_line = line.number;
		}
		in_value = booster->line.number == line.number;
	}
}

/* The names with `first` in front and without `drop`, or NULL when they are so already. */
static char *edit_list(const char *list, char **first, char **drop)
{
	g_auto(GStrv) names = g_strsplit(list, ",", -1);
	g_autoptr(GPtrArray) wanted = g_ptr_array_new();
	g_autofree char *joined = NULL;

	for (char **name = first; *name; name++)
		g_ptr_array_add(wanted, *name);
	for (char **name = names; *name; name++)
		if (!vp_module_among(*name, first) && !vp_module_among(*name, drop))
			g_ptr_array_add(wanted, *name);
	g_ptr_array_add(wanted, NULL);
	joined = g_strjoinv(",", (char **)wanted->pdata);
	return strcmp(joined, list) == 0 ? NULL : g_steal_pointer(&joined);
}

static void write_booster(const struct vp_lines *lines, const struct booster *booster, char *list,
			  GArray *splices)
{
	if (*list == '\0' && booster->mark.number > 0) {
		struct vp_line both = booster->line;

		both.line_start = booster->mark.line_start;
		vp_line_drop(lines, &both, splices);
		g_free(list);
	} else if (booster->quoted || (*list && booster->end > booster->start)) {
		vp_splice_add(splices, booster->start, booster->end, list);
	} else {
		/* From or to an empty value: the blank in front of it comes and goes with it. */
		vp_splice_add(splices, booster->colon, *list ? booster->colon : booster->end,
			      *list ? g_strconcat(" ", list, NULL) : NULL);
		g_free(list);
	}
}

GBytes *vp_module_conf_edit_booster(GBytes *text, char **first, char **drop, const char *file, GError **error)
{
	g_autoptr(GArray) splices = vp_splices_new();
	g_autofree char *names = g_strjoinv(",", first);
	struct booster booster = {0};
	struct vp_lines lines;
	g_autofree char *list = NULL;
	char *edited;

	if (!vp_lines_open(&lines, text, file, error) || !vp_module_check(first, error))
		return NULL;
	read_booster(&lines, &booster);
	if (booster.odd_line > 0) {
		g_set_error(
			error, VP_ERROR, VP_ERROR_FAILED,
			"%s:%u is not edited: modules_force_load is not one plain line; write it by hand: "
			"modules_force_load: %s",
			file, booster.odd_line, names);
		return NULL;
	}
	if (booster.line.number == 0) {
		g_autofree char *added = g_strdup_printf(BOOSTER_MARK "\nmodules_force_load: %s", names);

		if (*first)
			vp_lines_insert(&lines, lines.length, added, splices);
		return vp_splice_apply(text, splices);
	}
	list = g_strndup(lines.text + booster.start, booster.end - booster.start);
	edited = edit_list(list, first, drop);
	if (edited)
		write_booster(&lines, &booster, edited, splices);
	return vp_splice_apply(text, splices);
}
