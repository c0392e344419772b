/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-grub.c - any bytes as /etc/default/grub, and as a kernel command line
 *
 * With clang's -fsanitize=fuzzer and -DFUZZ_WITH_LIBFUZZER it makes up its own files; without, it tries
 * those that it is given.
 */
#include "config.h"

#include "fuzz.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grub.h"

#define VARIABLE "GRUB_CMDLINE_LINUX_DEFAULT"
#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})


static const struct vp_cmdline_change changes[] = {
	{.add = WORDS("vpfuzz=1")},
	{.remove = WORDS("quiet", "a")},
	{.set = WORDS("intel_iommu=on", "a=1"),
	 .merge = WORDS("vfio-pci.ids=10de:13c2"),
	 .remove = WORDS("a")},
	{.take = WORDS("vfio-pci.ids=10de:13c2"), .add = WORDS("x=\"it's \\$a b\"", "a")},
};

static void check(bool fine)
{
	if (!fine)
		abort();
}

/* Whether the short text is what is left of the long one when bytes of that are taken out. */
static bool is_part(const char *part, size_t part_length, const char *whole, size_t whole_length)
{
	size_t i = 0;

	for (size_t j = 0; j < whole_length && i < part_length; j++)
		i += part[i] == whole[j];
	return i == part_length;
}

static bool is_part_of(GBytes *part, GBytes *whole)
{
	gsize part_length, whole_length;
	const char *part_text = g_bytes_get_data(part, &part_length);
	const char *whole_text = g_bytes_get_data(whole, &whole_length);

	return is_part(part_text, part_length, whole_text, whole_length);
}

/* ---- kernel command lines ------------------------------------------------------------------------------ */

static void check_line(const char *line, const struct vp_cmdline_change *change)
{
	g_autofree char *once = vp_cmdline_edit(line, change, NULL);
	g_autofree char *twice = once ? vp_cmdline_edit(once, change, NULL) : NULL;

	if (!once)
		return;
	check(twice && g_str_equal(once, twice));
	for (char **word = change->set; word && *word; word++) {
		g_autofree char *value = vp_cmdline_value(once, *word);

		check(value != NULL); /* of two values for one name the last one stays */
	}
	for (char **word = change->add; word && *word; word++)
		check(vp_cmdline_has(once, *word));
	if (change == &changes[0])
		check(is_part(line, strlen(line), once, strlen(once)));
	if (change == &changes[0] && !strstr(line, "vpfuzz")) {
		const struct vp_cmdline_change inverse = {.remove = change->add};
		g_autofree char *back = vp_cmdline_edit(once, &inverse, NULL);

		check(back && g_str_equal(back, line));
	}
}

/* The line's own words as a change of it. */
static void check_words(const char *line)
{
	g_auto(GStrv) words = vp_cmdline_split(line);
	const struct vp_cmdline_change set = {.set = words}, add = {.add = words}, remove = {.remove = words};
	const struct vp_cmdline_change merge = {.merge = words}, take = {.take = words};

	check_line("quiet a=1 -- x", &set);
	check_line("quiet a=1 -- x", &add);
	check_line(line, &add);
	check_line(line, &remove);
	check_line(line, &merge);
	check_line(line, &take);
	check_line("a=1,2 vfio-pci.ids=1", &merge);
}

/* ---- files --------------------------------------------------------------------------------------------- */

static void check_edit(GBytes *text, const struct vp_cmdline_change *change)
{
	g_autoptr(GBytes) once = vp_grub_edit(text, VARIABLE, change, "file", NULL);
	g_autoptr(GBytes) twice = once ? vp_grub_edit(once, VARIABLE, change, "file", NULL) : NULL;
	g_autoptr(vp_grub_place) before = vp_grub_find(text, VARIABLE);
	g_autoptr(vp_grub_place) after = once ? vp_grub_find(once, VARIABLE) : NULL;

	if (!once)
		return;
	check(twice && g_bytes_equal(once, twice));
	check(!before->value == !after->value || !before->line || !after->line);
	for (char **word = change->add; before->value && word && *word; word++)
		check(vp_cmdline_has(after->value, *word));
	if (change == &changes[0])
		check(is_part_of(text, once));
	if (change == &changes[1])
		check(is_part_of(once, text));
	if (change == &changes[0] &&
	    !is_part("vpfuzz", 6, g_bytes_get_data(text, NULL), g_bytes_get_size(text))) {
		const struct vp_cmdline_change inverse = {.remove = change->add};
		g_autoptr(GBytes) back = vp_grub_edit(once, VARIABLE, &inverse, "file", NULL);

		check(back && g_bytes_equal(back, text));
	}
}

static void check_assign(GBytes *text)
{
	g_autoptr(GBytes) made = vp_grub_assign(text, VARIABLE, "menu", "file", NULL);
	g_autoptr(vp_grub_place) place = made ? vp_grub_find(made, VARIABLE) : NULL;

	check(!made || (place->value && g_str_equal(place->value, "menu")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) text = g_bytes_new(data, size);
	g_autofree char *line = g_strndup((const char *)data, size);

	for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
		check_edit(text, &changes[i]);
		check_line(line, &changes[i]);
	}
	check_assign(text);
	check_words(line);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
int main(int argc, char **argv)
{
	return fuzz_corpus(argc, argv, "grub");
}
#endif
