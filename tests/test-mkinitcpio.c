/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-mkinitcpio.c - edits of mkinitcpio.conf, judged by bash
 *
 * Every fixture is edited, and bash sources the file before and after: the variable must differ by exactly
 * the change that was asked for, and nothing else may differ at all.
 */
#include "config.h"

#include "bash_oracle.h"
#include "core.h"

static char *first[] = {"vfio_pci", "vfio", "vfio_iommu_type1", NULL};
static char *drop[] = {"vfio_virqfd", NULL};
static char *nothing[] = {NULL};

/* ---- one edit ------------------------------------------------------------------------------------------ */

static GBytes *edit(GBytes *text)
{
	g_autoptr(GError) error = NULL;
	GBytes *after = vp_mkinitcpio_edit_modules(text, first, drop, "/etc/mkinitcpio.conf", &error);

	if (!after)
		fail_msg("%s in:\n%s", error->message, text_of(text));
	return after;
}

static bool names_vfio(GBytes *text)
{
	size_t length;
	const char *data = g_bytes_get_data(text, &length);

	return data && g_strstr_len(data, (gssize)length, "vfio");
}

/* Asking again changes nothing, and taking our words out gives the first bytes (where none of them was
 * there). */
static void check_bytes(GBytes *before, GBytes *after)
{
	g_autoptr(GBytes) again = edit(after);
	g_autoptr(GBytes) back = vp_mkinitcpio_remove(after, "MODULES", first, "x", NULL);

	assert_true(g_bytes_equal(after, again));
	assert_non_null(back);
	if (!names_vfio(before) && !g_bytes_equal(before, back))
		fail_msg("not the first bytes:\n%s\nfrom:\n%s", text_of(back), text_of(after));
}

/* `first`, then what was there without `first` and `drop`. */
static char **with_vfio(char **words)
{
	GPtrArray *wanted = g_ptr_array_new();

	for (char **word = first; *word; word++)
		g_ptr_array_add(wanted, g_strdup(*word));
	for (char **word = words; *word; word++) {
		g_autofree char *plain = g_strdelimit(g_strdup(*word), "-", '_');

		if (!g_strv_contains((const char *const *)first, plain) && strcmp(plain, "vfio_virqfd") != 0)
			g_ptr_array_add(wanted, g_strdup(*word));
	}
	g_ptr_array_add(wanted, NULL);
	return (char **)g_ptr_array_free(wanted, FALSE);
}

static void assert_edit(const char *before, const char *after)
{
	g_autoptr(GBytes) old = bytes_of(before);
	g_autoptr(GBytes) new = edit(old);
	g_autofree char *text = g_strndup(g_bytes_get_data(new, NULL), g_bytes_get_size(new));

	assert_string_equal(text, after);
	check_bytes(old, new);
}

/* ---- hand-written fixtures ----------------------------------------------------------------------------- */

static const char *const files[] = {
	"# vim:set ft=sh\n# MODULES\n# Modules that are loaded before any hook. For instance:\n#     "
	"MODULES=(usbhid xhci_hcd)\n"
	"MODULES=()\n\nBINARIES=()\n\nFILES=()\n\n# HOOKS\n##   HOOKS=(base)\n#\n"
	"HOOKS=(base udev autodetect microcode modconf kms keyboard keymap consolefont block filesystems "
	"fsck)\n\n"
	"#COMPRESSION=\"zstd\"\n#COMPRESSION_OPTIONS=()\n#MODULES_DECOMPRESS=\"no\"\n",
	"MODULES=()\n",
	"MODULES=( )\n",
	"MODULES=(  )\n",
	"MODULES=(btrfs)\n",
	"MODULES=(btrfs)",
	"MODULES=( btrfs )\n",
	"MODULES=(amdgpu radeon)\n",
	"MODULES=(\tamdgpu\tradeon\t)\n",
	"MODULES=(btrfs) # comment\n",
	"\tMODULES=(btrfs);HOOKS=(base)\n",
	"MODULES=(btrfs) HOOKS=(base udev)\n",
	"MODULES=(\n)\n",
	"MODULES=(\n\n)\n",
	"MODULES=( \n )\n",
	"MODULES=(\n  amdgpu\n  btrfs\n)\n",
	"MODULES=(\n\tamdgpu # the host's card\n\t# radeon\n\tbtrfs)\n",
	"MODULES=( # nothing yet\n)\n",
	"MODULES=(#nothing yet\n)\n",
	"MODULES=(# (\n# )\n amdgpu)\n",
	"MODULES=(amdgpu \\\n  btrfs)\n",
	"MODULES=(\\\n  amdgpu \\\n  btrfs \\\n)\n",
	"MODULES=(am\\\ndgpu btrfs)\n",
	"MODULES=('amdgpu' \"btrfs\")\n",
	"MODULES=(\"two words\" btrfs)\n",
	"MODULES=(a#b c\\)d 'e)f')\n",
	"MODULES=\"\"\n",
	"MODULES=''\n",
	"MODULES=\" \"\n",
	"MODULES=\"btrfs\"\n",
	"MODULES='btrfs ext4'\n",
	"MODULES=\"  btrfs   ext4  \"\n",
	"MODULES=\"\n  btrfs\n  ext4\n\"\n",
	"MODULES=\"\n\"\n",
	"MODULES=\"btrfs * ext4\"\n",
	"# MODULES=(decoy)\nMODULES=(real)\n#MODULES=(decoy)\n",
	"#MODULES=(\nMODULES=(real)\n",
	"MODULES=(a)\nMODULES=(b)\n",
	"MODULES=(a\nMODULES=x)\n",
	"MODULES=$(uname)\nMODULES=(b)\n",
	"if true; then MODULES=(a); fi\nMODULES=(b)\n",
	"MODULES=(a)\nif true; then FILES=(x); fi\n",
	"MODULES=(a)\nFILES=($(echo x) `echo y`)\n",
	"MODULES=(a)\nMODULES+=(b)\n",
	"MODULES=()\nMODULES+=(b c)\nMODULES+=()\n",
	"MODULES=(a)\nMODULES=(b \"${MODULES[@]}\")\n",
	"MODULES=(a)\nMODULES=(\"${MODULES[@]}\" b)\n",
	"MODULES=(a b)\nMODULES=(${MODULES[@]} c)\nMODULES+=(d)\n",
	"MODULES=\"a\"\nMODULES=\"$MODULES b\"\n",
	"MODULES=\"a\"\nMODULES+=\" b\"\n",
	"MODULES=\"a\"\nMODULES=\"b ${MODULES}\"\n",
	"MODULES=(vfio_pci vfio vfio_iommu_type1)\n",
	"MODULES=(vfio_pci vfio vfio_iommu_type1 vfio_virqfd)\n",
	"MODULES=(vfio_pci vfio vfio_iommu_type1 vfio_virqfd amdgpu)\n",
	"MODULES=(vfio-pci vfio vfio-iommu-type1 amdgpu)\n",
	"MODULES=(amdgpu vfio_pci vfio vfio_iommu_type1)\n",
	"MODULES=(amdgpu vfio vfio_iommu_type1 vfio_pci vfio_virqfd btrfs)\n",
	"MODULES=(vfio)\n",
	"MODULES=( vfio )\n",
	"MODULES=(vfio #c\n)\n",
	"MODULES=(vfio#c\n)\n",
	"MODULES=(\n  vfio_virqfd\n  amdgpu\n  vfio\n)\n",
	"MODULES=(\n  vfio\n)\n",
	"MODULES=\"amdgpu vfio_virqfd vfio\"\n",
	"MODULES=(amdgpu)\nMODULES+=(vfio_pci vfio)\n",
	"MODULES=(vfio_pci vfio vfio_iommu_type1 vfio_pci)\n",
	"",
	"# nothing here\n",
	"# nothing here",
	"HOOKS=(base udev)\n",
	"HOOKS=(base udev)",
	"MODULES=(a)\n# caf\xe9 \xff\n",
	"MODULES=(caf\xc3\xa9)\n",
	"MODULES=(a)   \n\n\n",
	"export COMPRESSION=zstd\nMODULES=(a)\n",
	"MODULES=(a) # it's \"odd\" `here` $(\n",
	"FILES=('it'\\''s' \"a\\\"b\" $'c\\'d')\nMODULES=(a)\n",
	"X=$$$(echo x) Y=$#$- Z=$$\nMODULES=(a)\n",
	"X=${Y:-MODULES} Z=\"$(( 1 + 2 ))\"\nMODULES=(a)\n",
};

static void bash_agrees_on_modules(void **state)
{
	struct batch batch;

	batch_open(&batch, "MODULES");
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		GBytes *before = bytes_of(files[i]), *after = edit(before);

		check_bytes(before, after);
		batch_add(&batch, before, after);
	}
	batch_check(&batch, with_vfio);
	batch_close(&batch);
}

/* ---- generated fixtures: form x content x surroundings ------------------------------------------------- */

static char *in_form(unsigned form, char **words)
{
	static const char *const open[] = {
		"(", "( ", "(\n  ", "(\n\t# comment )\n\t", "(", "\"", "'", "\"\n  ", "(\\\n ", "(x "};
	static const char *const between[] = {" ", "  ", "\n  ", " # why\n\t", " \\\n\t",
					      " ", "  ", "\n  ", " ",          "\t"};
	static const char *const close[] = {")", " )", "\n)", ")", ")", "\"", "'", "\n\"", "\n)", " y\n)"};
	g_autofree char *list = g_strjoinv(between[form], words);

	return g_strdup_printf("%s%s%s", open[form], list, close[form]);
}

static void bash_agrees_on_generated_files(void **state)
{
	static const char *const contents[] = {"",
					       "btrfs",
					       "amdgpu btrfs",
					       "vfio",
					       "amdgpu vfio_pci vfio_virqfd",
					       "vfio_pci vfio vfio_iommu_type1 i915"};
	static const char *const around[][2] = {
		{"", "\n"},
		{"", ""},
		{"# MODULES=(decoy\n  ", " # MODULES=()\n"},
		{"MODULES=old\nFILES=(x) ", " BINARIES=(y)\nHOOKS=(base)\n"},
		{"if [ -e /x ]; then\n\tMODULES=z\nfi\n", ";COMPRESSION=\"zstd\"\n#MODULES=(later)"},
	};
	struct batch batch;

	batch_open(&batch, "MODULES");
	for (unsigned form = 0; form < 10; form++) {
		for (unsigned c = 0; c < G_N_ELEMENTS(contents); c++) {
			g_auto(GStrv) words = g_strsplit(contents[c], " ", -1);
			g_autofree char *value = in_form(form, words);

			for (unsigned a = 0; a < G_N_ELEMENTS(around); a++) {
				g_autofree char *text =
					g_strdup_printf("%sMODULES=%s%s", around[a][0], value, around[a][1]);
				GBytes *before = bytes_of(text), *after = edit(before);

				check_bytes(before, after);
				batch_add(&batch, before, after);
			}
		}
	}
	assert_int_equal(batch.before->len, 300);
	batch_check(&batch, with_vfio);
	batch_close(&batch);
}

/* ---- what other tools got wrong ------------------------------------------------------------------------ */

/* Writing a new line over the first one left the rest of the array behind: a syntax error. */
static void multi_line_array_stays_whole(void **state)
{
	assert_edit("MODULES=(\n  btrfs\n  amdgpu\n)\n",
		    "MODULES=(\n  vfio_pci\n  vfio\n  vfio_iommu_type1\n  btrfs\n  amdgpu\n)\n");
	assert_edit("MODULES=(\n)\n", "MODULES=(vfio_pci vfio vfio_iommu_type1\n)\n");
}

/* The closing parenthesis went into the comment. */
static void comment_behind_array_stays_outside(void **state)
{
	assert_edit("MODULES=(btrfs) # comment\n",
		    "MODULES=(vfio_pci vfio vfio_iommu_type1 btrfs) # comment\n");
}

static void vfio_comes_before_graphics_drivers(void **state)
{
	assert_edit("MODULES=(amdgpu vfio_pci vfio vfio_iommu_type1)\n",
		    "MODULES=(vfio_pci vfio vfio_iommu_type1 amdgpu)\n");
}

static void words_of_ours_are_replaced_in_place(void **state)
{
	assert_edit("MODULES=( vfio )\n", "MODULES=( vfio_pci vfio vfio_iommu_type1 )\n");
	assert_edit("MODULES=(vfio_virqfd vfio)\n", "MODULES=(vfio_pci vfio vfio_iommu_type1)\n");
	assert_edit("MODULES=(\n  vfio\n)\n", "MODULES=(\n  vfio_pci\n  vfio\n  vfio_iommu_type1\n)\n");
}

static void dropped_module_goes_alone(void **state)
{
	assert_edit("MODULES=(vfio_pci vfio vfio_iommu_type1 vfio_virqfd amdgpu) # mine\n",
		    "MODULES=(vfio_pci vfio vfio_iommu_type1 amdgpu) # mine\n");
}

static void missing_variable_gets_a_marked_line(void **state)
{
	assert_edit("HOOKS=(base)\n", "HOOKS=(base)\n# Added by virt-passthrough\n"
				      "MODULES=(vfio_pci vfio vfio_iommu_type1)\n");
	assert_edit("HOOKS=(base)", "HOOKS=(base)\n# Added by virt-passthrough\n"
				    "MODULES=(vfio_pci vfio vfio_iommu_type1)");
}

/* ---- refusals ------------------------------------------------------------------------------------------ */

static void assert_refused(const char *text, const char *what)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) after =
		vp_mkinitcpio_edit_modules(before, first, drop, "/etc/mkinitcpio.conf", &error);

	if (after)
		fail_msg("edited, but should not be:\n%s", text);
	assert_int_equal(error->code, VP_ERROR_FAILED);
	if (!strstr(error->message, what))
		fail_msg("\"%s\" should hold \"%s\"", error->message, what);
	assert_non_null(strstr(error->message, "add this line at its end by hand: "
					       "MODULES=(vfio_pci vfio vfio_iommu_type1 ${MODULES[@]})"));
}

static void uncertain_values_are_refused(void **state)
{
	assert_refused("#\nMODULES=($(ls /x))\n",
		       "/etc/mkinitcpio.conf:2: MODULES is not edited: $(ls /x) in the value");
	assert_refused("MODULES=(\na\n`x`)\n", ":3: MODULES is not edited: `x`");
	assert_refused("MODULES=($X)\n", ":1: MODULES is not edited: $X");
	assert_refused("MODULES=(a*)\n", "a* in the value");
	assert_refused("MODULES=({a,b})\n", "{a,b} in the value");
	assert_refused("MODULES=([0]=a)\n", "[0]=a in the value");
	assert_refused("MODULES=\"a $X\"\n", "$X in the value");
	assert_refused("MODULES=btrfs\n", "neither parentheses nor quotes");
	assert_refused("MODULES=\n", "neither parentheses nor quotes");
	assert_refused("MODULES=\"a\"\"b\"\n", "pieced together");
	assert_refused("MODULES=(a)x\n", "sticks to the closing parenthesis");
	assert_refused("MODULES=(a)\nMODULES=\"$MODULES b\"\n", "an array here and a string elsewhere");
	assert_refused("MODULES=(a)\nMODULES=\"b\"\n", "an array here and a string elsewhere");
	assert_refused("if true; then MODULES=(a); fi\nMODULES=\"b\"\n", "under a condition");
	assert_refused("MODULES=\"a\"\nMODULES+=\"b\"\n", "joins two words");
	assert_refused("MODULES=(a)\nMODULES=(\"${MODULES[@]}\" \"${MODULES[@]}\")\n", "twice");
	assert_refused("MODULES+=(a)\n", "what another file may have set");
	assert_refused("MODULES=(a\n", "is not closed");
	assert_refused("MODULES=\"a\n", "is not closed");
}

/* bash takes the carriage return into the value, so such a file does not work at all: "(a)\r" is a string. */
static void windows_line_ends_are_refused(void **state)
{
	assert_refused("MODULES=(a b)\r\n", "carriage return");
	assert_refused("MODULES=\"a b\"\r\nHOOKS=(base)\r\n", "carriage return");
	assert_refused("#\r\nMODULES=(\r\n  a\r\n)\r\n",
		       ":2: MODULES is not edited: the line ends as on Windows");
}

static void uncertain_flow_is_refused(void **state)
{
	assert_refused("MODULES=(a)\nif true; then\n  MODULES+=(b)\nfi\n",
		       ":3: MODULES is not edited: it is set");
	assert_refused("true && MODULES=(a)\n", "under a condition");
	assert_refused("MODULES=(a) | true\n", "under a condition");
	assert_refused("MODULES=(a) true\n", "set for a command");
	assert_refused("MODULES=(a)\n. /etc/other\n", ":2: MODULES is not edited: the command \".\"");
	assert_refused("MODULES=(a)\nunset MODULES\n", "\"unset\"");
	assert_refused("declare -a MODULES=(a)\n", "parentheses");
	assert_refused("MODULES=(a)\nMODULES[1]=b\n", "\"MODULES[1]=b\"");
	assert_refused("MODULES=(a)\nX=${MODULES:=b}\n", "may set it");
	assert_refused("f() {\nMODULES=(b)\n}\n", "not followed");
	assert_refused("case $X in a) MODULES=(b);; esac\n", "\"case\"");
	assert_refused("cat <<EOF\nMODULES=(b)\nEOF\n", "here-document");
	assert_refused("[ -e /x ] && return\nMODULES=(b)\n", "\"return\"");
	assert_refused("MODULES=(a)\nMODU\\\nLES=(b)\n", ":2: MODULES is not edited: parentheses");
	assert_refused("if x; then MODULES=(a) fi\n:; fi\n", "set for a command");
	assert_refused("fi\nMODULES=(a)\n", ":1: MODULES is not edited: this word stands");
	assert_refused("a;;b\nMODULES=(a)\n", "semicolons");
	assert_refused("&& b\nMODULES=(a)\n", "no command in front");
	assert_refused("x >\nMODULES=(a)\n", "redirection");
	assert_refused("HOOKS=(base\n", "might not take effect");
	assert_refused("X=a\\\n", "might not take effect");
	assert_refused("if true; then\n", "might not take effect");
}

static void nul_bytes_are_refused(void **state)
{
	g_autoptr(GBytes) text = g_bytes_new_static("MODULES=(a\0b)\n", 14);
	g_autoptr(GError) error = NULL;

	assert_null(vp_mkinitcpio_edit_modules(text, first, drop, "f", &error));
	assert_non_null(strstr(error->message, "NUL"));
}

static void odd_names_are_wrong_usage(void **state)
{
	char *odd[] = {"vfio; reboot", NULL};
	g_autoptr(GBytes) text = bytes_of("MODULES=()\n");
	g_autoptr(GError) error = NULL;

	assert_null(vp_mkinitcpio_edit_modules(text, odd, nothing, "f", &error));
	assert_int_equal(error->code, VP_ERROR_USAGE);
}

/* ---- what is reported ---------------------------------------------------------------------------------- */

static void find_tells_line_and_words(void **state)
{
	g_autoptr(GBytes) text = bytes_of("#\nMODULES=(old)\nMODULES=(a 'b')\nMODULES+=(c)\n");
	g_autoptr(vp_mkinitcpio_array) array = vp_mkinitcpio_find(text, "MODULES");
	g_autoptr(vp_mkinitcpio_array) hooks = vp_mkinitcpio_find(text, "HOOKS");
	g_autofree char *words = g_strjoinv(" ", array->words);

	assert_string_equal(words, "a b c");
	assert_int_equal(array->line, 3);
	assert_true(array->editable);
	assert_false(array->adds);
	assert_null(array->why_not);
	assert_int_equal(hooks->line, 0);
	assert_false(hooks->editable);
	assert_int_equal(g_strv_length(hooks->words), 0);
}

static void find_tells_what_is_not_certain(void **state)
{
	g_autoptr(GBytes) command = bytes_of("\nMODULES=($(x))\n");
	g_autoptr(GBytes) bare = bytes_of("MODULES=btrfs\n");
	g_autoptr(GBytes) more = bytes_of("MODULES+=(btrfs)\n");
	g_autoptr(vp_mkinitcpio_array) a = vp_mkinitcpio_find(command, "MODULES");
	g_autoptr(vp_mkinitcpio_array) b = vp_mkinitcpio_find(bare, "MODULES");
	g_autoptr(vp_mkinitcpio_array) c = vp_mkinitcpio_find(more, "MODULES");

	assert_null(a->words);
	assert_false(a->editable);
	assert_true(g_str_has_prefix(a->why_not, "line 2: $(x)"));
	assert_string_equal(b->words[0], "btrfs");
	assert_false(b->editable);
	assert_true(c->adds);
	assert_false(c->editable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_agrees_on_modules),
		cmocka_unit_test(bash_agrees_on_generated_files),
		cmocka_unit_test(multi_line_array_stays_whole),
		cmocka_unit_test(comment_behind_array_stays_outside),
		cmocka_unit_test(vfio_comes_before_graphics_drivers),
		cmocka_unit_test(words_of_ours_are_replaced_in_place),
		cmocka_unit_test(dropped_module_goes_alone),
		cmocka_unit_test(missing_variable_gets_a_marked_line),
		cmocka_unit_test(uncertain_values_are_refused),
		cmocka_unit_test(windows_line_ends_are_refused),
		cmocka_unit_test(uncertain_flow_is_refused),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(odd_names_are_wrong_usage),
		cmocka_unit_test(find_tells_line_and_words),
		cmocka_unit_test(find_tells_what_is_not_certain),
	};
	g_autofree char *bash = g_find_program_in_path("bash");

	if (!bash)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
