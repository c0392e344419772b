/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-mkinitcpio-files.c - FILES of mkinitcpio.conf, judged by bash */
#include "config.h"

#include "bash_oracle.h"
#include "core.h"

#define SCRIPT "/etc/virt-passthrough/bind-by-address"

static char *script[] = {SCRIPT, NULL};

static GBytes *add(GBytes *text)
{
	g_autoptr(GError) error = NULL;
	GBytes *after = vp_mkinitcpio_add_file(text, SCRIPT, "/etc/mkinitcpio.conf", &error);

	if (!after)
		fail_msg("%s", error->message);
	return after;
}

/* At the end, unless it is there. */
static char **with_script(char **words)
{
	g_autoptr(GStrvBuilder) wanted = g_strv_builder_new();

	g_strv_builder_addv(wanted, (const char **)words);
	if (!g_strv_contains((const char *const *)words, SCRIPT))
		g_strv_builder_add(wanted, SCRIPT);
	return g_strv_builder_end(wanted);
}

static void check_bytes(GBytes *before, GBytes *after)
{
	g_autoptr(GBytes) again = add(after);
	g_autoptr(GBytes) back = vp_mkinitcpio_remove(after, "FILES", script, "x", NULL);
	g_autofree char *text = text_of(before);
	g_autofree char *got = text_of(back);

	assert_true(g_bytes_equal(after, again));
	if (!strstr(text, SCRIPT))
		assert_string_equal(got, text);
}

static const char *const files[] = {
	"FILES=()\n",
	"FILES=( )\n",
	"FILES=\"\"\n",
	"FILES=(/etc/crypttab)\n",
	"FILES=(/etc/crypttab " SCRIPT ")\n",
	"FILES=(" SCRIPT " /etc/crypttab)",
	"FILES=\"/etc/crypttab /key\"\n",
	"FILES=(\n  /etc/crypttab\n  '/a key'\n)\n",
	"FILES=(/a # one\n  /b)\n",
	"FILES=(/a)\nFILES+=(/b)\n",
	"MODULES=()\nHOOKS=(base)\n",
	"MODULES=()",
	"",
	"# FILES=(/a)\n",
};

static void bash_agrees(void **state)
{
	struct batch batch;

	batch_open(&batch, "FILES");
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		GBytes *before = bytes_of(files[i]), *after = add(before);

		check_bytes(before, after);
		batch_add(&batch, before, after);
	}
	batch_check(&batch, with_script);
	batch_close(&batch);
}

static void a_file_without_it_gets_a_marked_line(void **state)
{
	g_autoptr(GBytes) text = bytes_of("HOOKS=(base)\n");
	g_autoptr(GBytes) after = add(text);
	g_autofree char *got = text_of(after);

	assert_string_equal(got, "HOOKS=(base)\n# Added by virt-passthrough\nFILES=(" SCRIPT ")\n");
}

static void assert_refused(const char *text, const char *path, int code, const char *what)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;

	assert_null(vp_mkinitcpio_add_file(before, path, "f.conf", &error));
	assert_int_equal(error->code, code);
	if (!strstr(error->message, what))
		fail_msg("\"%s\" should hold \"%s\"", error->message, what);
}

static void what_is_not_certain_is_refused(void **state)
{
	assert_refused("FILES=($(ls /keys))\n", SCRIPT, VP_ERROR_FAILED,
		       "f.conf:1: FILES is not edited: $(ls /keys)");
	assert_refused("FILES=($(ls /keys))\n", SCRIPT, VP_ERROR_FAILED,
		       "by hand: FILES=(" SCRIPT " ${FILES[@]})");
	assert_refused("if true; then\n  return\nfi\n", SCRIPT, VP_ERROR_FAILED, "f.conf:");
	assert_refused("", "relative", VP_ERROR_USAGE, "\"relative\" cannot stand in FILES");
	assert_refused("", "/with blank", VP_ERROR_USAGE, "cannot stand in FILES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_agrees),
		cmocka_unit_test(a_file_without_it_gets_a_marked_line),
		cmocka_unit_test(what_is_not_certain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
