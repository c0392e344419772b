/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-mkinitcpio.c - editors of initramfs settings and boot loader files on any bytes at all
 *
 * The first byte of the input chooses the editor, the rest is the file. Whatever it is: an edit either fails
 * with a message, or asking again changes nothing, and the inverse brings the first bytes back.
 */
#include "config.h"

#include "fuzz.h"
#include "core.h"
#include "loader_conf.h"
#include "mkinitcpio.h"
#include "module_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *vfio[] = {"vfio_pci", "vfio", "vfio_iommu_type1", NULL};
static char *virqfd[] = {"vfio_virqfd", NULL};
static char *modconf[] = {"modconf", NULL};
static char *after_these[] = {"autodetect", "microcode", NULL};
static char *nothing[] = {NULL};
static char *set[] = {"intel_iommu=on", NULL};
static char *both[] = {"intel_iommu=on", "vp.fuzz", NULL};
static char *added[] = {"vp.fuzz", NULL};
static const struct vp_cmdline_change change = {.set = set, .add = added};
static const struct vp_cmdline_change inverse = {.remove = both};

typedef GBytes *loader_editor(GBytes *text, const struct vp_cmdline_change *asked, const char *file,
			      GError **error);
typedef char *loader_reader(GBytes *text);

struct editor {
	char letter; /* at the start of an input */
	GBytes *(*edit)(GBytes *text, GError **error);
	GBytes *(*undo)(GBytes *text, GError **error);
	const char *const *ours; /* the inverse is exact where the file holds none of these texts */
	loader_reader *read;     /* the line before and after, or NULL */
};

static GBytes *modules_edit(GBytes *text, GError **error)
{
	return vp_mkinitcpio_edit_modules(text, vfio, virqfd, "f", error);
}

static GBytes *modules_undo(GBytes *text, GError **error)
{
	return vp_mkinitcpio_remove(text, "MODULES", vfio, "f", error);
}

static GBytes *hooks_edit(GBytes *text, GError **error)
{
	return vp_mkinitcpio_add_hook(text, "modconf", after_these, "f", error);
}

static GBytes *hooks_undo(GBytes *text, GError **error)
{
	return vp_mkinitcpio_remove(text, "HOOKS", modconf, "f", error);
}

static GBytes *list_edit(GBytes *text, GError **error)
{
	return vp_module_conf_edit_initramfs(text, vfio, "f", error);
}

static GBytes *list_undo(GBytes *text, GError **error)
{
	return vp_module_conf_edit_initramfs(text, nothing, "f", error);
}

static GBytes *booster_edit(GBytes *text, GError **error)
{
	return vp_module_conf_edit_booster(text, vfio, virqfd, "f", error);
}

static GBytes *booster_undo(GBytes *text, GError **error)
{
	return vp_module_conf_edit_booster(text, nothing, vfio, "f", error);
}

#define LOADER(name)                                                                                         \
	static GBytes *name##_edit(GBytes *text, GError **error)                                             \
	{                                                                                                    \
		return vp_loader_edit_##name(text, &change, "f", error);                                     \
	}                                                                                                    \
	static GBytes *name##_undo(GBytes *text, GError **error)                                             \
	{                                                                                                    \
		return vp_loader_edit_##name(text, &inverse, "f", error);                                    \
	}

LOADER(entry)
LOADER(kernel_cmdline)
LOADER(limine_default)
LOADER(limine_conf)
LOADER(refind)

static const char *const vfio_words[] = {"vfio", "virt-passthrough", NULL};
static const char *const hook_words[] = {"modconf", "virt-passthrough", NULL};
static const char *const block_words[] = {"virt-passthrough", NULL};
static const char *const line_words[] = {"iommu", "vp.fuzz", "vp_fuzz", "virt-passthrough", NULL};

static const struct editor editors[] = {
	{'m', modules_edit, modules_undo, vfio_words, NULL},
	{'h', hooks_edit, hooks_undo, hook_words, NULL},
	{'l', list_edit, list_undo, block_words, NULL},
	{'b', booster_edit, booster_undo, vfio_words, NULL},
	{'e', entry_edit, entry_undo, line_words, vp_loader_read_entry},
	{'k', kernel_cmdline_edit, kernel_cmdline_undo, line_words, vp_loader_read_kernel_cmdline},
	{'d', limine_default_edit, limine_default_undo, line_words, vp_loader_read_limine_default},
	{'c', limine_conf_edit, limine_conf_undo, line_words, vp_loader_read_limine_conf},
	{'r', refind_edit, refind_undo, line_words, vp_loader_read_refind},
};

static void hold(bool truth, const char *what, GBytes *before, GBytes *after)
{
	if (truth)
		return;
	fprintf(stderr, "%s\n--- before\n%.*s\n--- after\n%.*s\n", what, (int)g_bytes_get_size(before),
		(const char *)g_bytes_get_data(before, NULL), (int)g_bytes_get_size(after),
		(const char *)g_bytes_get_data(after, NULL));
	abort();
}

/* Case aside, and quotes: '' within a name changes nothing for bash. */
static bool mentions(GBytes *text, const char *const *words)
{
	size_t length;
	const char *data = g_bytes_get_data(text, &length);
	g_autofree char *plain = g_strndup(data ? data : "", length);
	g_auto(GStrv) parts = g_strsplit_set(plain, "'\"\\\n", -1);
	g_autofree char *joined = g_strjoinv("", parts);
	g_autofree char *lower = g_ascii_strdown(joined, -1);

	for (; *words; words++)
		if (strstr(lower, *words))
			return true;
	return false;
}

/* The words of the line are those that the change to the line before gives. */
static void check_line(const struct editor *editor, GBytes *before, GBytes *after)
{
	g_autofree char *old = editor->read(before);
	g_autofree char *new = editor->read(after);
	g_autofree char *wanted = old ? vp_cmdline_edit(old, &change, NULL) : NULL;
	g_auto(GStrv) wanted_words = vp_cmdline_split(wanted ? wanted : "");
	g_auto(GStrv) words = vp_cmdline_split(new ? new : "");

	hold(!old == !new, "a line came or went", before, after);
	if (wanted)
		hold(g_strv_equal((const char *const *)words, (const char *const *)wanted_words),
		     "the line has other words than asked for", before, after);
}

/* What bash will have: vfio first, then the rest in its order. */
static void check_modules(GBytes *before, GBytes *after)
{
	g_autoptr(vp_mkinitcpio_array) old = vp_mkinitcpio_find(before, "MODULES");
	g_autoptr(vp_mkinitcpio_array) new = vp_mkinitcpio_find(after, "MODULES");
	guint i = 0;

	hold(old->words && new->words, "words are not known", before, after);
	for (; vfio[i]; i++)
		hold(new->words[i] && new->words[i][0] == 'v', "vfio is not first", before, after);
	for (char **word = old->words; *word; word++) {
		g_autofree char *plain = g_strdelimit(g_strdup(*word), "-", '_');

		if (g_strv_contains((const char *const *)vfio, plain) || strcmp(plain, "vfio_virqfd") == 0)
			continue;
		hold(g_strcmp0(new->words[i], *word) == 0, "another module changed", before, after);
		i++;
	}
	hold(!new->words[i], "a module came from nowhere", before, after);
}

static const struct editor *choose_editor(uint8_t byte)
{
	for (size_t i = 0; i < G_N_ELEMENTS(editors); i++)
		if (editors[i].letter == (char)byte)
			return &editors[i];
	return &editors[byte % G_N_ELEMENTS(editors)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct editor *editor = choose_editor(size > 0 ? data[0] : 0);
	g_autoptr(GBytes) before = g_bytes_new(data + (size > 0), size - (size > 0));
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) after = editor->edit(before, &error);
	g_autoptr(GBytes) again = NULL, back = NULL;

	vp_mkinitcpio_preset_free(vp_mkinitcpio_read_preset(before));
	if (!after) {
		hold(error && *error->message, "failed without a message", before, before);
		return 0;
	}
	again = editor->edit(after, NULL);
	hold(again && g_bytes_equal(after, again), "asking again changes it", before, after);
	if (g_bytes_equal(before, after))
		return 0;
	back = editor->undo(after, NULL);
	if (!mentions(before, editor->ours))
		hold(back && g_bytes_equal(before, back), "there is no way back to the first bytes", before,
		     after);
	if (editor->read)
		check_line(editor, before, after);
	if (editor->edit == modules_edit)
		check_modules(before, after);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
int main(int argc, char **argv)
{
	return fuzz_corpus(argc, argv, "mkinitcpio");
}
#endif
