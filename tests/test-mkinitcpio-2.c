/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-mkinitcpio-2.c - HOOKS of mkinitcpio.conf, judged by bash, and presets */
#include "config.h"

#include "bash_oracle.h"
#include "core.h"

static char *after_these[] = {"autodetect", "microcode", NULL};
static char *modconf[] = {"modconf", NULL};

/* ---- hooks --------------------------------------------------------------------------------------------- */

static GBytes *add(GBytes *text)
{
	g_autoptr(GError) error = NULL;
	GBytes *after = vp_mkinitcpio_add_hook(text, "modconf", after_these, "/etc/mkinitcpio.conf", &error);

	if (!after)
		fail_msg("%s", error->message);
	return after;
}

/* Behind the last of after_these, else behind the first word; nothing where it is there already. */
static char **with_modconf(char **words)
{
	GPtrArray *wanted = g_ptr_array_new();
	guint place = 1;

	for (guint i = 0; words[i]; i++)
		if (g_strv_contains((const char *const *)after_these, words[i]))
			place = i + 1;
	for (char **word = words; *word; word++)
		g_ptr_array_add(wanted, g_strdup(*word));
	if (!g_strv_contains((const char *const *)words, "modconf"))
		g_ptr_array_insert(wanted, (gint)MIN(place, wanted->len), g_strdup("modconf"));
	g_ptr_array_add(wanted, NULL);
	return (char **)g_ptr_array_free(wanted, FALSE);
}

static void check_bytes(GBytes *before, GBytes *after)
{
	g_autoptr(GBytes) again = add(after);
	g_autoptr(GBytes) back = vp_mkinitcpio_remove(after, "HOOKS", modconf, "x", NULL);
	g_autofree char *text = text_of(before);

	assert_true(g_bytes_equal(after, again));
	assert_non_null(back);
	if (!strstr(text, "modconf") && !g_bytes_equal(before, back))
		fail_msg("not the first bytes:\n%s\nfrom:\n%s", text_of(back), text);
}

static const char *const files[] = {
	"HOOKS=(base udev autodetect microcode modconf kms keyboard keymap block filesystems fsck)\n",
	"HOOKS=(base udev autodetect microcode kms keyboard keymap consolefont block filesystems fsck)\n",
	"HOOKS=(base systemd autodetect kms keyboard sd-vconsole block filesystems fsck)\n",
	"HOOKS=(base udev)\n",
	"HOOKS=(base)",
	"HOOKS=( base )\n",
	"HOOKS=(base\tudev\tautodetect\tblock)\n",
	"HOOKS=()\n",
	"HOOKS=( )\n",
	"HOOKS=\"base udev autodetect block\"\n",
	"HOOKS='base'\n",
	"HOOKS=\"\"\n",
	"HOOKS=(\n  base\n  autodetect\n  block\n)\n",
	"HOOKS=(\n\tbase\t\n\tautodetect  \n\tblock\n)\n",
	"HOOKS=(\n\tbase\n\tautodetect)\n",
	"HOOKS=(base autodetect # why\n  block)\n",
	"HOOKS=(\n  base # first\n  autodetect # second\n  block\n)\n",
	"HOOKS=(base \\\n  autodetect \\\n  block)\n",
	"HOOKS=(base)\nHOOKS+=(autodetect)\n",
	"HOOKS=(base autodetect)\nHOOKS=(\"${HOOKS[@]}\" block)\n",
	"HOOKS=(base)\nHOOKS+=(block)\n",
	"HOOKS=\"base autodetect\"\nHOOKS+=\" block\"\n",
	"#HOOKS=(base)\nMODULES=(autodetect)\nHOOKS=(base 'autodetect' block) # HOOKS=(\n",
};

static void bash_agrees_on_hooks(void **state)
{
	struct batch batch;

	batch_open(&batch, "HOOKS");
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		GBytes *before = bytes_of(files[i]), *after = add(before);

		check_bytes(before, after);
		batch_add(&batch, before, after);
	}
	batch_check(&batch, with_modconf);
	batch_close(&batch);
}

static void hook_goes_behind_its_anchor(void **state)
{
	g_autoptr(GBytes) text = bytes_of("HOOKS=(base udev autodetect microcode kms block)\n");
	g_autoptr(GBytes) after = add(text);
	g_autofree char *got = text_of(after);

	assert_string_equal(got, "HOOKS=(base udev autodetect microcode modconf kms block)\n");
}

static void assert_refused(const char *text, const char *what)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;

	assert_null(vp_mkinitcpio_add_hook(before, "modconf", after_these, "f.conf", &error));
	assert_int_equal(error->code, VP_ERROR_FAILED);
	if (!strstr(error->message, what))
		fail_msg("\"%s\" should hold \"%s\"", error->message, what);
	assert_non_null(strstr(error->message, "by hand: HOOKS=(${HOOKS[@]} modconf)"));
}

static void uncertain_hooks_are_refused(void **state)
{
	assert_refused("", "f.conf:1: HOOKS is not edited: the file does not set it");
	assert_refused("HOOKS=($(x))\n", "f.conf:1: HOOKS is not edited: $(x)");
	assert_refused("HOOKS=(base)\n. x\n", "f.conf:2:");
}

static void removal_of_what_is_not_there_changes_nothing(void **state)
{
	g_autoptr(GBytes) text = bytes_of("HOOKS=(base)\n");
	g_autoptr(GBytes) same = vp_mkinitcpio_remove(text, "HOOKS", modconf, "f", NULL);
	g_autoptr(GBytes) other = vp_mkinitcpio_remove(text, "MODULES", modconf, "f", NULL);
	g_autoptr(GBytes) odd = bytes_of("HOOKS=($(x))\n");
	g_autoptr(GError) error = NULL;

	assert_true(g_bytes_equal(text, same));
	assert_true(g_bytes_equal(text, other));
	assert_null(vp_mkinitcpio_remove(odd, "HOOKS", modconf, "f", &error));
	assert_non_null(strstr(error->message, "f:1: HOOKS is not edited: $(x)"));
	assert_non_null(strstr(error->message, "take out by hand: modconf"));
}

/* ---- presets ------------------------------------------------------------------------------------------- */

struct sample {
	const char *text, *config, *images, *ukis;
	bool known;
};

static const struct sample samples[] = {
	/* of mkinitcpio 40 and newer */
	{"#ALL_config=\"/etc/mkinitcpio.conf\"\nALL_kver=\"/boot/vmlinuz-linux\"\nPRESETS=('default')\n"
	 "#PRESETS=('default' 'fallback')\n#default_config=\"/etc/mkinitcpio.conf\"\n"
	 "default_image=\"/boot/initramfs-linux.img\"\n#default_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n",
	 NULL, "/boot/initramfs-linux.img", "", true},
	/* of older ones, as Manjaro has them */
	{"ALL_config=\"/etc/mkinitcpio.conf\"\nALL_kver=\"/boot/vmlinuz-6.12-x86_64\"\n"
	 "PRESETS=('default' 'fallback')\ndefault_image=\"/boot/initramfs-6.12-x86_64.img\"\n"
	 "fallback_image=\"/boot/initramfs-6.12-x86_64-fallback.img\"\nfallback_options=\"-S autodetect\"\n",
	 "/etc/mkinitcpio.conf", "/boot/initramfs-6.12-x86_64.img|/boot/initramfs-6.12-x86_64-fallback.img",
	 "", true},
	{"ALL_config=/etc/a.conf\nPRESETS=(x y)\ny_config='/etc/b.conf'\nx_image=/x.img\ny_uki=/y.efi\n",
	 "/etc/b.conf", "/x.img", "/y.efi", true},
	{"PRESETS=(default)\nfallback_image=/f.img\nfallback_config=/f.conf\n", NULL, "", "", true},
	{"PRESETS=(default)\ndefault_efi_image=/a.efi\ndefault_config=\"\"\n", NULL, "", "/a.efi", true},
	{"PRESETS=\"default fallback\"\nfallback_image=/f.img\n", NULL, "/f.img", "", true},
	{"", NULL, "", "", true},
	{"PRESETS=($(ls))\n", NULL, "", "", false},
	{"PRESETS=(a)\na_image=\"$X.img\"\n", NULL, "", "", false},
	{"PRESETS=(a)\na_image=/a.img\n[ -e /x ] && ALL_config=/c\n", NULL, "/a.img", "", false},
	{"PRESETS=(a)\na_image=/a.img\n. /etc/more\n", NULL, "", "", false},
	{"PRESETS=(a)\na_image=/a.img\r\n", NULL, "", "", false},
	{"PRESETS=(a)\na_image=/a\na_image+=.img\n", NULL, "", "", false},
};

static void presets_are_read(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
		const struct sample *sample = &samples[i];
		g_autoptr(GBytes) text = bytes_of(sample->text);
		g_autoptr(vp_mkinitcpio_preset) preset = vp_mkinitcpio_read_preset(text);
		g_autofree char *images = g_strjoinv("|", preset->images);
		g_autofree char *ukis = g_strjoinv("|", preset->ukis);

		if (preset->known != sample->known || g_strcmp0(preset->config, sample->config) != 0 ||
		    strcmp(images, sample->images) != 0 || strcmp(ukis, sample->ukis) != 0)
			fail_msg("%d %s [%s] [%s] from:\n%s", preset->known, preset->config, images, ukis,
				 sample->text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_agrees_on_hooks),
		cmocka_unit_test(hook_goes_behind_its_anchor),
		cmocka_unit_test(uncertain_hooks_are_refused),
		cmocka_unit_test(removal_of_what_is_not_there_changes_nothing),
		cmocka_unit_test(presets_are_read),
	};
	g_autofree char *bash = g_find_program_in_path("bash");

	if (!bash)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
