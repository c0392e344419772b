/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_files.c - the boot loaders whose kernel command lines stand in files of their own */
#include "config.h"

#include "boot.h"
#include "initramfs.h"
#include "loader_conf.h"

#include <string.h>

typedef char *read_line(GBytes *text);

static void add_file(const struct vp_session *session, const struct vp_plan *plan, GPtrArray *places,
		     const char *path, read_line *read)
{
	g_autoptr(GBytes) text = vp_plan_content(session, plan, path);

	if (text)
		g_ptr_array_add(places, vp_boot_place_new(g_strdup(path), NULL, read(text), true));
}

static GPtrArray *files_there(const struct vp_session *session, const struct vp_plan *plan,
			      const char *const *paths, read_line *read)
{
	GPtrArray *places = vp_boot_places_new();

	for (; *paths; paths++)
		add_file(session, plan, places, *paths, read);
	return places;
}

static char **words(const char *first, const char *second)
{
	const char *const argv[] = {first, second, NULL};

	return g_strdupv((char **)argv);
}

/* ---- systemd-boot with entries written by hand ------------------------------------------------------------- */

/* An entry for another system on the same disk has another root=; ours has the one that is running. */
static bool starts_this(const struct vp_session *session, const char *line)
{
	const char *running = session->host->cmdline.value;
	g_autofree char *root = running ? vp_cmdline_value(running, "root") : NULL;
	g_autofree char *its = line ? vp_cmdline_value(line, "root") : NULL;

	return line && (!root || !its || !strcmp(root, its));
}

static GPtrArray *entry_places(const struct vp_session *session, const struct vp_plan *plan)
{
	g_auto(GStrv) paths = vp_boot_entry_files(session);
	GPtrArray *places = vp_boot_places_new();
	const struct vp_boot_place *place;

	for (char **path = paths; *path; path++) {
		add_file(session, plan, places, *path, vp_loader_read_entry);
		place = places->len ? g_ptr_array_index(places, places->len - 1) : NULL;
		if (place && !starts_this(session, place->line))
			g_ptr_array_remove_index(places, places->len - 1);
	}
	return places;
}

static GBytes *edit_entry(GBytes *text, const struct vp_boot_place *place,
			  const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_entry(text, change, place->path, error);
}

const struct vp_boot_loader vp_boot_systemd = {
	.id = "systemd-boot",
	.title = "systemd-boot",
	.separate = true,
	.places = entry_places,
	.edit = edit_entry,
	.without = "When the computer starts, press Space until systemd-boot's menu shows. Press \"e\" on "
		   "the entry, %s, then "
		   "press Enter. This holds for one start only; nothing is saved.",
};

/* What sdboot-manage and kernel-install make of the line: entries like those written by hand. */
static GPtrArray *read_entry(const struct vp_session *session, const char *path, GBytes *text)
{
	GPtrArray *entries = vp_boot_entries_new();
	g_autofree char *line = vp_loader_read_entry(text);
	g_autofree char *name = g_path_get_basename(path);

	/* sdboot-manage gives fallback entries words of their own (LINUX_FALLBACK_OPTIONS). */
	if (starts_this(session, line) && !strstr(name, "fallback"))
		vp_boot_entries_add(entries, name, line);
	return entries;
}

/* ---- Fedora's GRUB: entries that belong to grubby ---------------------------------------------------------------- */

/* "NAME=a b" of the words that are in `line` and not in `other`; NULL: there are none. */
static char *words_only_in(const char *option, const char *line, const char *other)
{
	g_auto(GStrv) all = vp_cmdline_split(line);
	g_autoptr(GString) text = g_string_new(option);

	for (char **word = all; *word; word++)
		if (!vp_cmdline_has(other, *word))
			g_string_append_printf(text, "%s%s", text->str[text->len - 1] == '=' ? "" : " ", *word);
	return text->len > strlen(option) ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

static char **grubby(const char *before, const char *after)
{
	g_autofree char *remove = words_only_in("--remove-args=", before, after);
	g_autofree char *add = words_only_in("--args=", after, before);
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

	g_strv_builder_add_many(argv, "grubby", "--update-kernel=ALL", NULL);
	if (remove)
		g_strv_builder_add(argv, remove);
	if (add)
		g_strv_builder_add(argv, add);
	return g_strv_builder_end(argv);
}

const struct vp_boot_loader vp_boot_grubby = {
	.id = "grub-bls",
	.title = "GRUB (grubby)",
	.separate = true,
	.places = entry_places,
	.command = grubby,
	.makes = vp_boot_entry_files,
	.entries = read_entry,
	.without = "When the computer starts, hold Shift or press Esc until GRUB's menu shows. Press \"e\" on the first "
		   "entry, go to the line that begins with \"linux\", %s, then press Ctrl+X. This holds for one start "
		   "only; nothing is saved.",
};

/* ---- sdboot-manage ------------------------------------------------------------------------------------------- */

static GPtrArray *sdboot_places(const struct vp_session *session, const struct vp_plan *plan)
{
	static const char *const paths[] = {"/etc/sdboot-manage.conf", NULL};

	return files_there(session, plan, paths, vp_loader_read_sdboot_manage);
}

static GBytes *edit_sdboot(GBytes *text, const struct vp_boot_place *place,
			   const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_sdboot_manage(text, change, place->path, error);
}

static char **sdboot_generate(const struct vp_session *session)
{
	return words("sdboot-manage", "gen");
}

const struct vp_boot_loader vp_boot_sdboot_manage = {
	.id = "sdboot-manage",
	.title = "systemd-boot (sdboot-manage)",
	.separate = true,
	.places = sdboot_places,
	.edit = edit_sdboot,
	.regenerate = sdboot_generate,
	.makes = vp_boot_entry_files,
	.entries = read_entry,
	.without = "When the computer starts, press Space until systemd-boot's menu shows. Press \"e\" on "
		   "the entry, %s, then "
		   "press Enter. This holds for one start only; nothing is saved.",
};

/* ---- /etc/kernel/cmdline: kernel-install, unified kernel images ----------------------------------------------- */

/* Without the file kernel-install would copy /proc/cmdline, a word typed once at the boot menu included
 * (kernel-install(8)). What starts the system belongs into the file; what the boot loader adds itself does not. */
static char *first_content(const struct vp_session *session)
{
	g_autofree char *shipped = vp_root_read_text(session->root, "/usr/lib/kernel/cmdline");
	g_auto(GStrv) all = vp_cmdline_split(shipped                        ? shipped
					     : session->host->cmdline.value ? session->host->cmdline.value
									    : "");
	g_autoptr(GString) line = g_string_new(NULL);

	for (char **word = all; *word; word++)
		if (!g_str_has_prefix(*word, "BOOT_IMAGE=") && !g_str_has_prefix(*word, "initrd="))
			g_string_append_printf(line, "%s%s", line->len ? " " : "", *word);
	g_string_append_c(line, '\n');
	return g_string_free(g_steal_pointer(&line), FALSE);
}

static GPtrArray *kernel_cmdline_places(const struct vp_session *session, const struct vp_plan *plan)
{
	static const char *const paths[] = {"/etc/kernel/cmdline", NULL};
	GPtrArray *places = files_there(session, plan, paths, vp_loader_read_kernel_cmdline);
	struct vp_boot_place *place;
	g_autoptr(GBytes) text = NULL;

	if (places->len)
		return places;
	place = vp_boot_place_new(g_strdup(paths[0]), NULL, NULL, true);
	place->initial = first_content(session);
	text = g_bytes_new(place->initial, strlen(place->initial));
	place->line = vp_loader_read_kernel_cmdline(text);
	g_ptr_array_add(places, place);
	return places;
}

static GBytes *edit_kernel_cmdline(GBytes *text, const struct vp_boot_place *place,
				   const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_kernel_cmdline(text, change, place->path, error);
}

/* EndeavourOS has a wrapper of its own around kernel-install and dracut. */
static char **add_all_kernels(const struct vp_session *session)
{
	if (vp_root_exists(session->root, "/usr/bin/reinstall-kernels"))
		return words("reinstall-kernels", NULL);
	return words("kernel-install", "add-all");
}

const struct vp_boot_loader vp_boot_kernel_install = {
	.id = "kernel-install",
	.title = "systemd-boot (kernel-install)",
	.separate = true,
	.places = kernel_cmdline_places,
	.edit = edit_kernel_cmdline,
	.regenerate = add_all_kernels,
	.makes = vp_boot_made_installed,
	.entries = read_entry,
	.without = "When the computer starts, press Space until systemd-boot's menu shows. Press \"e\" on "
		   "the entry, %s, then "
		   "press Enter. This holds for one start only; nothing is saved.",
};

/* A preset with ..._uki= has mkinitcpio build the image, with /etc/kernel/cmdline in it. */
static char **build_images(const struct vp_session *session)
{
	return g_strcmp0(session->host->initramfs.value, "mkinitcpio") ? words("kernel-install", "add-all")
								       : words("mkinitcpio", "-P");
}

static char **images_made(const struct vp_session *session)
{
	return g_strcmp0(session->host->initramfs.value, "mkinitcpio") ? vp_boot_made_installed(session)
								       : vp_initramfs_images(session);
}

const struct vp_boot_loader vp_boot_uki = {
	.id = "uki",
	.title = "a unified kernel image",
	.separate = true,
	.places = kernel_cmdline_places,
	.edit = edit_kernel_cmdline,
	.regenerate = build_images,
	.makes = images_made,
	.without = "When the computer starts, press Space until the boot menu shows. Press \"e\" on the "
		   "entry, %s, then press "
		   "Enter. With secure boot on, the line inside the image cannot be changed: start from a "
		   "live USB then.",
};

/* ---- Limine ----------------------------------------------------------------------------------------------------- */

static const char *const limine_files[] = {"/boot/limine.conf",
					   "/boot/limine/limine.conf",
					   "/boot/EFI/limine/limine.conf",
					   "/boot/efi/limine.conf",
					   "/boot/efi/EFI/limine/limine.conf",
					   "/efi/limine.conf",
					   "/efi/EFI/limine/limine.conf",
					   NULL};

static GPtrArray *limine_places(const struct vp_session *session, const struct vp_plan *plan)
{
	return files_there(session, plan, limine_files, vp_loader_read_limine_conf);
}

static GBytes *edit_limine(GBytes *text, const struct vp_boot_place *place,
			   const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_limine_conf(text, change, place->path, error);
}

#define LIMINE_WITHOUT                                                                                       \
	"When the computer starts and Limine's menu shows, press \"e\" on the entry, %s, then press F10. "   \
	"This holds for "                                                                                    \
	"one start only; nothing is saved."

const struct vp_boot_loader vp_boot_limine = {
	.id = "limine",
	.title = "Limine",
	.separate = true,
	.places = limine_places,
	.edit = edit_limine,
	.without = LIMINE_WITHOUT,
};

static GPtrArray *limine_tool_places(const struct vp_session *session, const struct vp_plan *plan)
{
	static const char *const paths[] = {"/etc/default/limine", NULL};

	return files_there(session, plan, paths, vp_loader_read_limine_default);
}

static GBytes *edit_limine_tool(GBytes *text, const struct vp_boot_place *place,
				const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_limine_default(text, change, place->path, error);
}

static char **limine_update(const struct vp_session *session)
{
	return words("limine-update", NULL);
}

static char **limine_made(const struct vp_session *session)
{
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	for (const char *const *path = limine_files; *path; path++)
		if (vp_root_exists(session->root, *path))
			g_strv_builder_add(paths, *path);
	return g_strv_builder_end(paths);
}

static GPtrArray *read_limine(const struct vp_session *session, const char *path, GBytes *text)
{
	GPtrArray *entries = vp_boot_entries_new();
	g_autofree char *line = vp_loader_read_limine_conf(text);

	if (line)
		vp_boot_entries_add(entries, "the first one", line);
	return entries;
}

const struct vp_boot_loader vp_boot_limine_tool = {
	.id = "limine-entry-tool",
	.title = "Limine (limine-update)",
	.separate = true,
	.places = limine_tool_places,
	.edit = edit_limine_tool,
	.regenerate = limine_update,
	.makes = limine_made,
	.entries = read_limine,
	.without = LIMINE_WITHOUT,
};

/* ---- rEFInd ------------------------------------------------------------------------------------------------------ */

static GPtrArray *refind_places(const struct vp_session *session, const struct vp_plan *plan)
{
	static const char *const paths[] = {"/boot/refind_linux.conf", NULL};

	return files_there(session, plan, paths, vp_loader_read_refind);
}

static GBytes *edit_refind(GBytes *text, const struct vp_boot_place *place,
			   const struct vp_cmdline_change *change, GError **error)
{
	return vp_loader_edit_refind(text, change, place->path, error);
}

const struct vp_boot_loader vp_boot_refind = {
	.id = "refind",
	.title = "rEFInd",
	.separate = true,
	.places = refind_places,
	.edit = edit_refind,
	.without = "At rEFInd's menu choose the entry and press Insert (or F2) twice, %s, then press Enter. "
		   "This holds for one "
		   "start only; nothing is saved.",
};
