/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bash_oracle.h - files before and after an edit as bash itself takes them, for tests of mkinitcpio.conf */
#pragma once

#include "mkinitcpio.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- the oracle ---------------------------------------------------------------------------------------- */

/* What bash makes of one file. */
struct outcome {
	char **words;    /* of the variable, as mkinitcpio's arrayize_config will have them */
	char *variables; /* all others, as declare -p prints them */
};

static const char oracle_script[] = "shopt -s nullglob\n"
				    "for f in \"$1\"/*.conf; do (\n"
				    "  set --; . \"$f\" >/dev/null 2>&1\n"
				    "  status=$?\n"
				    "  declare -p >\"$f.vars\"\n"
				    "  set -f; declare -n v=$VAR; IFS=$' \\t\\n'\n"
				    "  [[ ${v@a} == *a* ]] || v=($v)\n"
				    "  for w in \"${v[@]}\"; do printf '%s\\0' \"$w\"; done >\"$f.words\"\n"
				    ") done\n";

static inline void run_bash(const char *folder, const char *variable)
{
	char *argv[] = {"bash", "--norc",       "--noprofile", "-c", (char *)oracle_script,
			"bash", (char *)folder, NULL};
	g_autofree char *setting = g_strdup_printf("VAR=%s", variable);
	char *envp[] = {"PATH=/usr/bin:/bin", setting, NULL};
	int status = -1;

	assert_true(
		g_spawn_sync(folder, argv, envp, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
	assert_int_equal(status, 0);
}

/* What changes from one run of bash to the next, and the variable itself. */
static inline char *without_noise(const char *text, const char *variable)
{
	static const char *const noise[] = {"RANDOM",  "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME",
					    "BASHPID", "BASH_",   "LINENO",  "PPID",         "_",
					    "f",       "VAR",     NULL};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *out = g_string_new(NULL);
	bool skipping = false;

	for (char **line = lines; *line; line++) {
		const char *name = g_str_has_prefix(*line, "declare -") ? strchr(*line + 9, ' ') : NULL;

		if (name) {
			g_autofree char *plain = g_strndup(name + 1, strcspn(name + 1, "="));

			skipping = g_strv_contains(noise, plain) || g_str_has_prefix(plain, "BASH_") ||
				   strcmp(plain, variable) == 0;
		}
		if (!skipping)
			g_string_append_printf(out, "%s\n", *line);
	}
	return g_string_free(out, FALSE);
}

static inline char **split_nul(const char *data, size_t length)
{
	GPtrArray *words = g_ptr_array_new();

	for (size_t pos = 0; pos < length; pos += strlen(data + pos) + 1)
		g_ptr_array_add(words, g_strdup(data + pos));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static inline void read_outcome(const char *folder, unsigned number, const char *kind, const char *variable,
				struct outcome *outcome)
{
	g_autofree char *words = g_strdup_printf("%s/%05u.%s.conf.words", folder, number, kind);
	g_autofree char *vars = g_strdup_printf("%s/%05u.%s.conf.vars", folder, number, kind);
	g_autofree char *data = NULL, *dump = NULL;
	size_t length;

	assert_true(g_file_get_contents(words, &data, &length, NULL));
	assert_true(g_file_get_contents(vars, &dump, NULL, NULL));
	outcome->words = split_nul(data, length);
	outcome->variables = without_noise(dump, variable);
}

static inline void outcome_clear(struct outcome *outcome)
{
	g_strfreev(outcome->words);
	g_free(outcome->variables);
}

/* ---- a batch of fixtures ------------------------------------------------------------------------------- */

struct batch {
	char *folder;
	const char *variable;
	GPtrArray *before, *after; /* GBytes * */
};

static inline void batch_open(struct batch *batch, const char *variable)
{
	batch->folder = g_dir_make_tmp("test-mkinitcpio-XXXXXX", NULL);
	assert_non_null(batch->folder);
	batch->variable = variable;
	batch->before = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	batch->after = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static inline void write_file(const struct batch *batch, const char *kind, GBytes *bytes)
{
	g_autofree char *path = g_strdup_printf("%s/%05u.%s.conf", batch->folder, batch->before->len, kind);
	size_t length;
	const char *data = g_bytes_get_data(bytes, &length);

	assert_true(g_file_set_contents(path, data ? data : "", (gssize)length, NULL));
}

/* Takes both over. */
static inline void batch_add(struct batch *batch, GBytes *before, GBytes *after)
{
	write_file(batch, "before", before);
	write_file(batch, "after", after);
	g_ptr_array_add(batch->before, before);
	g_ptr_array_add(batch->after, after);
}

static inline void batch_close(struct batch *batch)
{
	GDir *dir = g_dir_open(batch->folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(batch->folder, name, NULL);

		g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(batch->folder);
	g_free(batch->folder);
	g_ptr_array_unref(batch->before);
	g_ptr_array_unref(batch->after);
}

static inline GBytes *bytes_of(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static inline char *text_of(GBytes *bytes)
{
	size_t length;
	const char *data = g_bytes_get_data(bytes, &length);

	return data ? g_strndup(data, length) : g_strdup("");
}

/* In names of modules '-' and '_' are the same. */
static inline void assert_words(char **got, char **wanted, GBytes *text)
{
	g_autofree char *a = g_strdelimit(g_strjoinv("|", got), "-", '_');
	g_autofree char *b = g_strdelimit(g_strjoinv("|", wanted), "-", '_');

	if (strcmp(a, b) != 0)
		fail_msg("words are %s and should be %s in:\n%s", a, b, text_of(text));
}

/* bash, not the code under test, says what the words were. */
static inline void batch_check(struct batch *batch, char **(*expect)(char **))
{
	run_bash(batch->folder, batch->variable);
	for (unsigned i = 0; i < batch->before->len; i++) {
		struct outcome before, after;
		g_autoptr(vp_mkinitcpio_array) found =
			vp_mkinitcpio_find(batch->before->pdata[i], batch->variable);
		g_auto(GStrv) wanted = NULL;

		read_outcome(batch->folder, i, "before", batch->variable, &before);
		read_outcome(batch->folder, i, "after", batch->variable, &after);
		wanted = expect(before.words);
		assert_words(after.words, wanted, batch->after->pdata[i]);
		assert_non_null(found->words);
		assert_words(found->words, before.words, batch->before->pdata[i]);
		if (strcmp(before.variables, after.variables) != 0)
			fail_msg("other variables changed in:\n%s", text_of(batch->after->pdata[i]));
		outcome_clear(&before);
		outcome_clear(&after);
	}
}
