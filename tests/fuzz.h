/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h - runs a fuzz target over kept inputs, for builds without libFuzzer */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files named on the command line; without any, tests/corpus/NAME in the source folder. */
static inline int fuzz_corpus(int argc, char **argv, const char *name)
{
	const char *source = g_getenv("VP_SRCDIR");
	g_autofree char *folder = g_build_filename(source ? source : ".", "tests", "corpus", name, NULL);
	g_autoptr(GDir) dir = argc > 1 ? NULL : g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	const char *file;

	for (int i = 1; i < argc; i++)
		g_ptr_array_add(files, g_strdup(argv[i]));
	while (dir && (file = g_dir_read_name(dir)))
		g_ptr_array_add(files, g_build_filename(folder, file, NULL));
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *data = NULL;
		gsize length;

		if (!g_file_get_contents(g_ptr_array_index(files, i), &data, &length, NULL))
			return 1;
		LLVMFuzzerTestOneInput((const uint8_t *)data, length);
	}
	printf("%u inputs\n", files->len);
	return files->len ? 0 : 1;
}
