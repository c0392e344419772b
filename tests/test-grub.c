/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-grub.c - edits of /etc/default/grub: what is written, and what is refused */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "grub.h"

#define VARIABLE "GRUB_CMDLINE_LINUX_DEFAULT"
#define FILE_NAME "/etc/default/grub"
#define MARK "# Added by virt-passthrough, together with the line below.\n"
#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})
#define CHANGE(...) (&(const struct vp_cmdline_change){__VA_ARGS__})

static GBytes *bytes_of(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static char *edit(const char *text, const struct vp_cmdline_change *change, GError **error)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GBytes) after = vp_grub_edit(before, VARIABLE, change, FILE_NAME, error);
	gsize length = after ? g_bytes_get_size(after) : 0;

	return after ? g_strndup(length ? g_bytes_get_data(after, NULL) : "", length) : NULL;
}

/* The file becomes the expected one, and stays it when the change is asked for again. */
static void expect(const char *text, const struct vp_cmdline_change *change, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *once = edit(text, change, &error);

	if (error)
		print_error("%s\n", error->message);
	assert_null(error);
	assert_string_equal(once, expected);
	g_autofree char *twice = edit(once, change, &error);
	assert_null(error);
	assert_string_equal(twice, expected);
}

/* Besides, the inverse edit gives the first bytes back. */
static void expect_round(const char *text, const char *word, const char *expected)
{
	g_autofree char *back = NULL;

	expect(text, CHANGE(.add = WORDS((char *)word)), expected);
	back = edit(expected, CHANGE(.remove = WORDS((char *)word)), NULL);
	assert_string_equal(back, text);
}

static void expect_refusal(const char *text, const struct vp_cmdline_change *change, const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *result = edit(text, change, &error);

	assert_null(result);
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_CANNOT));
	assert_string_equal(error->message, message);
}

/* ---- what other tools broke ---------------------------------------------------------------------------- */

/* A search for double quotes finds nothing to edit here, or edits the wrong variable. */
static void test_single_quotes_are_edited(void **state)
{
	expect_round(VARIABLE "='quiet'\nGRUB_CMDLINE_LINUX=''\n", "intel_iommu=on",
		     VARIABLE "='quiet intel_iommu=on'\nGRUB_CMDLINE_LINUX=''\n");
	expect_round(VARIABLE "='quiet'\nGRUB_CMDLINE_LINUX=\"\"\n", "intel_iommu=on",
		     VARIABLE "='quiet intel_iommu=on'\nGRUB_CMDLINE_LINUX=\"\"\n");
}

static void test_other_spellings_are_replaced(void **state)
{
	expect(VARIABLE "=\"intel_iommu=off vfio-pci.ids=10de:13c2 quiet\"\n",
	       CHANGE(.set = WORDS("intel_iommu=on"), .merge = WORDS("vfio_pci.ids=10de:13c2,10de:0fbb")),
	       VARIABLE "=\"intel_iommu=on vfio-pci.ids=10de:13c2,10de:0fbb quiet\"\n");
}

static void test_here_documents(void **state)
{
	expect_round("cat <<EOF\n" VARIABLE "=\"decoy\"\nEOF\n" VARIABLE "=\"quiet\"\n", "a=b",
		     "cat <<EOF\n" VARIABLE "=\"decoy\"\nEOF\n" VARIABLE "=\"quiet a=b\"\n");
	expect_round("cat <<-'E F'\n\t" VARIABLE "=\"decoy\" \\\n\tE F\n" VARIABLE "=\"quiet\"\n", "a=b",
		     "cat <<-'E F'\n\t" VARIABLE "=\"decoy\" \\\n\tE F\n" VARIABLE "=\"quiet a=b\"\n");
}

/* Quotes around quotes would become part of the kernel's command line. */
static void test_quotes_are_not_wrapped(void **state)
{
	expect(VARIABLE "='nowatchdog quiet splash'\n", CHANGE(.add = WORDS("amd_iommu=pgtbl_v2")),
	       VARIABLE "='nowatchdog quiet splash amd_iommu=pgtbl_v2'\n");
}

static void test_order_is_kept(void **state)
{
	expect(VARIABLE "=\"root=UUID=1 rd.driver.pre=nvme quiet\"\n", CHANGE(.add = WORDS("iommu=pt")),
	       VARIABLE "=\"root=UUID=1 rd.driver.pre=nvme quiet iommu=pt\"\n");
}

/* Without its first words, this machine would not find its root file system. */
static void test_the_line_is_not_replaced(void **state)
{
	expect(VARIABLE "=\"cryptdevice=UUID=1-2:root root=/dev/mapper/root resume=/dev/sda2\"\n",
	       CHANGE(.set = WORDS("intel_iommu=on")),
	       VARIABLE
	       "=\"cryptdevice=UUID=1-2:root root=/dev/mapper/root resume=/dev/sda2 intel_iommu=on\"\n");
}

static void test_commented_decoy_line(void **state)
{
	expect_round("#" VARIABLE "=\"decoy\"\n # " VARIABLE "='decoy'\n" VARIABLE "=\"quiet\" # " VARIABLE
		     "=\"no\"\n",
		     "iommu=pt",
		     "#" VARIABLE "=\"decoy\"\n # " VARIABLE "='decoy'\n" VARIABLE
		     "=\"quiet iommu=pt\" # " VARIABLE "=\"no\"\n");
}

/* ---- edits in place ------------------------------------------------------------------------------------ */

static void test_each_quoting(void **state)
{
	expect_round(VARIABLE "=quiet\n", "a=b", VARIABLE "=quiet\\ a=b\n");
	expect_round(VARIABLE "=\n", "a=b", VARIABLE "=a=b\n");
	expect_round(VARIABLE "=\"\"\n", "a=b", VARIABLE "=\"a=b\"\n");
	expect_round(VARIABLE "=''", "a=b", VARIABLE "='a=b'");
	expect_round(VARIABLE "=\"quiet \"'splash'\n", "a=b", VARIABLE "=\"quiet \"'splash a=b'\n");
	expect_round(VARIABLE "=quiet\" splash\"\n", "a=b", VARIABLE "=quiet\" splash a=b\"\n");
	expect_round(VARIABLE "=\"quiet \\\n  splash\"\n", "a=b", VARIABLE "=\"quiet \\\n  splash a=b\"\n");
	expect_round("export " VARIABLE "=\"quiet\"\n", "a=b", "export " VARIABLE "=\"quiet a=b\"\n");
	expect_round(VARIABLE "=\"quiet\"\n[ -e x ] || return\n", "a=b",
		     VARIABLE "=\"quiet a=b\"\n[ -e x ] || return\n");
	expect_round("A=1; " VARIABLE "=\"quiet\"; B=2\n", "a=b", "A=1; " VARIABLE "=\"quiet a=b\"; B=2\n");
	expect(VARIABLE "=\"a \\\n b \\\n c\"\n", CHANGE(.remove = WORDS("b")), VARIABLE "=\"a \\\n c\"\n");
}

static void test_what_must_be_escaped(void **state)
{
	const char *word = "x=\"it's \\$1 `a\\\\b`\"";

	expect_round(VARIABLE "=\"q\"\n", word, VARIABLE "=\"q x=\\\"it's \\\\\\$1 \\`a\\\\\\\\b\\`\\\"\"\n");
	expect_round(VARIABLE "='q'\n", word, VARIABLE "='q x=\"it'\\''s \\$1 `a\\\\b`\"'\n");
	expect_round(VARIABLE "=q\n", word, VARIABLE "=q\\ x=\\\"it\\'s\\ \\\\\\$1\\ \\`a\\\\\\\\b\\`\\\"\n");
	expect_round(VARIABLE "='q'\n", "x=\"'\"", VARIABLE "='q x=\"'\\''\"'\n");
}

static void test_last_assignment_wins(void **state)
{
	expect_round(VARIABLE "=\"a\"\n" VARIABLE "=\"b\"\n", "c=d",
		     VARIABLE "=\"a\"\n" VARIABLE "=\"b c=d\"\n");
	expect_round(VARIABLE "=\"a\"\n" VARIABLE "+=\" b\"\n", "c=d",
		     VARIABLE "=\"a\"\n" VARIABLE "+=\" b c=d\"\n");
	expect_round(VARIABLE "=a\n" VARIABLE "=\"$" VARIABLE " b\"\n", "c=d",
		     VARIABLE "=a\n" VARIABLE "=\"$" VARIABLE " b c=d\"\n");
	expect_round(VARIABLE "=a\n" VARIABLE "=\"b ${" VARIABLE "}\"\n", "c=d",
		     VARIABLE "=a\n" VARIABLE "=\"b ${" VARIABLE "} c=d\"\n");
}

/* The word that must change stands in an earlier line, which the last one uses. */
static void test_earlier_parts_are_followed(void **state)
{
	expect(VARIABLE "=\"quiet x=off\"\n" VARIABLE "=\"$" VARIABLE " splash\"\n",
	       CHANGE(.set = WORDS("x=on")),
	       VARIABLE "=\"quiet x=on\"\n" VARIABLE "=\"$" VARIABLE " splash\"\n");
	expect(VARIABLE "=\"quiet x=off\"\n" VARIABLE "+=' splash'\n", CHANGE(.remove = WORDS("x")),
	       VARIABLE "=\"quiet\"\n" VARIABLE "+=' splash'\n");
}

/* bash takes the carriage return into the value; to the kernel it is a blank. */
static void test_dos_line_ends(void **state)
{
	expect_round("A=1\r\n\r\n" VARIABLE "=\"quiet\"\r\n\r\nB=2\r\n", "a=b",
		     "A=1\r\n\r\n" VARIABLE "=\"quiet a=b\"\r\n\r\nB=2\r\n");
	expect_round(VARIABLE "=\"\"\r\n", "a=b", VARIABLE "=\"a=b\"\r\n");
}

static void test_bytes_that_are_no_text(void **state)
{
	expect_round("# caf\xe9 \xff\nX='\xfe'\n" VARIABLE "=\"l=\xe9\"\n", "a=b",
		     "# caf\xe9 \xff\nX='\xfe'\n" VARIABLE "=\"l=\xe9 a=b\"\n");
}

static void test_nothing_to_do(void **state)
{
	g_autoptr(GBytes) text = bytes_of(VARIABLE "=\"quiet\"");
	g_autoptr(GBytes) same = vp_grub_edit(text, VARIABLE, CHANGE(.add = WORDS("quiet")), FILE_NAME, NULL);
	g_autoptr(GBytes) still =
		vp_grub_edit(text, "OTHER", CHANGE(.remove = WORDS("quiet")), FILE_NAME, NULL);

	assert_true(g_bytes_equal(text, same));
	assert_true(g_bytes_equal(text, still));
}

/* ---- lines of our own ---------------------------------------------------------------------------------- */

static void test_missing_variable(void **state)
{
	expect_round("", "a=b", MARK VARIABLE "=\"a=b\"\n");
	expect_round("A=1\n", "a=b", "A=1\n" MARK VARIABLE "=\"a=b\"\n");
	expect_round("#" VARIABLE "=\"quiet\"\n", "a=b",
		     "#" VARIABLE "=\"quiet\"\n" MARK VARIABLE "=\"a=b\"\n");
	expect_round("A=1", "a=b", "A=1\n" MARK VARIABLE "=\"a=b\"");
	expect_round(". ./more\n", "a=b", ". ./more\n" MARK VARIABLE "=\"${" VARIABLE "} a=b\"\n");
}

static void test_values_that_are_not_known(void **state)
{
	static const char *const texts[] = {
		VARIABLE "=\"quiet $(cat x)\"\n",
		VARIABLE "=`cat x`\n",
		VARIABLE "=\"$UNSET\"\n",
		VARIABLE "=\"${X:-quiet}\"\n",
		VARIABLE "=quiet*\n",
		VARIABLE "=(quiet)\n",
		VARIABLE "+=quiet\n",
		"if true; then\n\t" VARIABLE "=\"quiet\"\nfi\n",
		"true && " VARIABLE "=quiet\n",
		"{ " VARIABLE "=quiet; }\n",
		"( " VARIABLE "=quiet )\n",
		"while false; do " VARIABLE "=quiet; done\n",
		VARIABLE "=quiet &\n",
		VARIABLE "=quiet cat\n",
		VARIABLE "=quiet >/dev/null\n",
		"f() {\n\t" VARIABLE "=quiet\n}\nf\n",
		VARIABLE "=quiet\n. ./more\n",
		VARIABLE "=quiet\nread " VARIABLE " <x\n",
		VARIABLE "=quiet\nunset " VARIABLE "\n",
		VARIABLE "=quiet\nexport -n " VARIABLE "\n",
		"export A=1 " VARIABLE "=\"$A\"\n",
		"A=1 " VARIABLE "=\"$A\"\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *expected =
			g_strconcat(texts[i], MARK VARIABLE "=\"${" VARIABLE "} a=b\"\n", NULL);
		g_autoptr(GBytes) text = bytes_of(texts[i]);
		g_autoptr(vp_grub_place) place = vp_grub_find(text, VARIABLE);

		expect_round(texts[i], "a=b", expected);
		assert_false(place->editable);
		assert_null(place->value);
		assert_non_null(strstr(place->why_not, "line "));
	}
}

static void test_our_line_is_found_again(void **state)
{
	const char *text = VARIABLE "=$(cat x)\nA=1\n";
	g_autofree char *one = edit(text, CHANGE(.set = WORDS("a=1")), NULL);

	expect(one, CHANGE(.set = WORDS("a=2"), .add = WORDS("b")),
	       VARIABLE "=$(cat x)\nA=1\n" MARK VARIABLE "=\"${" VARIABLE "} a=2 b\"\n");
	expect(one, CHANGE(.remove = WORDS("a")), text);

	/* Someone put a command below our line: it can take words away from there, and no longer add them. */
	g_autofree char *below = g_strconcat(one, ". ./more\n", NULL);
	expect(below, CHANGE(.remove = WORDS("a")), VARIABLE "=$(cat x)\nA=1\n. ./more\n");
	expect_refusal(below, CHANGE(.set = WORDS("a=2")),
		       "cannot edit " VARIABLE ": " FILE_NAME
		       ":5: \".\" may set it; write this line by hand where it "
		       "takes effect: " VARIABLE "=\"${" VARIABLE "} a=2\"");
}

/* The mark alone is not enough: what is below it must be a line as it was written. */
static void test_a_line_that_was_ours_is_not(void **state)
{
	expect_refusal(MARK VARIABLE "=\"${X:-y} x=off\"\n", CHANGE(.set = WORDS("x=on")),
		       "cannot edit " VARIABLE ": " FILE_NAME
		       ":2: the value uses an expression, and the file speaks of "
		       "\"x=on\"; write this line by hand where it takes effect: " VARIABLE "=\"${" VARIABLE
		       "} x=on\"");
	expect_round("A='\n" MARK "'\n" VARIABLE "=$(y)\n", "a=b",
		     "A='\n" MARK "'\n" VARIABLE "=$(y)\n" MARK VARIABLE "=\"${" VARIABLE "} a=b\"\n");
}

/* The value is known, but text that makes it makes another one too. */
static void test_shared_text_is_left_alone(void **state)
{
	expect_round("A=\"x\"\n" VARIABLE "=\"$A\"\nB=\"$" VARIABLE "\"\n", "c=d",
		     "A=\"x\"\n" VARIABLE "=\"$A\"\nB=\"$" VARIABLE "\"\n" MARK VARIABLE "=\"${" VARIABLE
		     "} c=d\"\n");
	expect_round(VARIABLE "=\"x\"\n[ -n \"$" VARIABLE "\" ] && A=1\n", "c=d",
		     VARIABLE "=\"x\"\n[ -n \"$" VARIABLE "\" ] && A=1\n" MARK VARIABLE "=\"${" VARIABLE
			      "} c=d\"\n");
	expect_round(VARIABLE "=x\nA=$(echo $" VARIABLE ")\n", "c=d",
		     VARIABLE "=x\nA=$(echo $" VARIABLE ")\n" MARK VARIABLE "=\"${" VARIABLE "} c=d\"\n");
	expect_round("A=\"x\"\n" VARIABLE "=\"$A\"\n", "c=d", "A=\"x\"\n" VARIABLE "=\"$A c=d\"\n");
}

/* ---- refusals ------------------------------------------------------------------------------------------ */

#define BY_HAND "write this line by hand where it takes effect: "
#define ADD_BY_HAND BY_HAND VARIABLE "=\"${" VARIABLE "} x=on\""

static void test_refusals(void **state)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{"A='x\n", "1: a single quote is never closed; "},
		{"B=1\nA=\"x\n", "2: a double quote is never closed; "},
		{"A=`x\n", "1: a backquote is never closed; "},
		{VARIABLE "=$(y)\nA=z\\\n", "2: the last line of the file would go on below; "},
		{VARIABLE "=$(y) \\\n", "1: the last line of the file would go on below; "},
		{"A=x\\", "1: a backslash ends the file; "},
		{"if true; then\n", "2: the file ends in the middle of a command; "},
		{"true &&\n", "2: the file ends in the middle of a command; "},
		{"if true; A=1; fi\n", "1: this closes what was not opened; "},
		{"if true; then fi\n", "1: this closes what was not opened; "},
		{"( )\n", "1: this closes what was not opened; "},
		{"A=1\nB[0]=1\n", "2: an element of an array is not understood; "},
		{"A[ 0\n", "1: an element of an array is not understood; "},
		{"cat >6>x\n", "1: this redirection is not understood; "},
		{"cat >>>>x\n", "1: this redirection is not understood; "},
		{"A=$((1 + b c))\n", "1: this use of \"$\" is not understood; "},
		{"A=${b?c}\n", "1: a ${...} expression is not understood; "},
		{"fi\n", "1: this closes what was not opened; "},
		{"case x in x) ;; esac\n", "1: this kind of command is not understood; "},
		{"for a in b; do c; done\n", "1: this kind of command is not understood; "},
		{"[[ a ]]\n", "1: this kind of command is not understood; "},
		{"cat <<EOF\nx\\\nEOF\nEOF\n", "2: where this here-document ends is not understood; "},
		{"cat <<EOF\nx\n", "2: where this here-document ends is not understood; "},
		{"A=$'x'\n", "1: this use of \"$\" is not understood; "},
		{"A=${x:-'y'}\n", "1: a ${...} expression is not understood; "},
		{"A=$(case x in x) ;; esac)\n", "1: where this parenthesis closes is not understood; "},
		{"; A=1\n", "1: a command that starts like this is not understood; "},
		{"A=1 ;; B=2\n", "1: what follows this command is not understood; "},
		{"A=\x01\n", "1: the file holds control characters; "},
		{VARIABLE "=$(y)\neval z\n", "2: \"eval\" may keep the lines below it from taking effect; "},
		{VARIABLE "=$(y)\nexit\n", "2: \"exit\" may keep the lines below it from taking effect; "},
		{VARIABLE "=\"x=off $(y)\"\n",
		 "1: the value is made by a command, and the file speaks of \"x=on\"; "},
		{"if y; then " VARIABLE "=x=off; fi\n", "1: the value is set under a condition, or for one "
							"command, and the file speaks of \"x=on\"; "},
		{VARIABLE "=\"$(y) -- z\"\n",
		 "1: the value is made by a command, and the file speaks of \"--\"; "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *message = g_strconcat("cannot edit " VARIABLE ": " FILE_NAME ":",
						       cases[i].seen, ADD_BY_HAND, NULL);

		expect_refusal(cases[i].text, CHANGE(.set = WORDS("x=on")), message);
	}
}

static void test_refusals_that_know_the_value(void **state)
{
	expect_refusal("A=\"x=off\"\n" VARIABLE "=\"quiet $A\"\n", CHANGE(.set = WORDS("x=on")),
		       "cannot edit " VARIABLE ": " FILE_NAME
		       ":2: what it is made of is used elsewhere too; " BY_HAND VARIABLE "=\"quiet x=on\"");
	expect_refusal("exit\n", CHANGE(.set = WORDS("x=on")),
		       "cannot edit " VARIABLE ": " FILE_NAME
		       ":1: \"exit\" may keep the lines below it from taking effect; " BY_HAND VARIABLE
		       "=\"x=on\"");
	expect_refusal(VARIABLE "=\"$(x) quiet\"\n", CHANGE(.remove = WORDS("quiet")),
		       "cannot edit " VARIABLE ": " FILE_NAME
		       ":1: the value is made by a command, and the file speaks of \"quiet\"; take out by "
		       "hand what should go");
}

static void test_words_grub_would_misread(void **state)
{
	static const char *const bad[] = {"a=1;2", "a=$x",  "a='b'",    "a={b}",
					  "#a",    "a=b&c", "a=\"$x\"", "a=<b>"};
	static const char *const good[] = {"a=\"1;2\"", "a=\\$x", "a=\"it's\"", "a=b#c", "a=1\\;2"};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *message = g_strdup_printf("cannot put %s on the kernel command line: GRUB "
							   "would read a character in it as its own; put a "
							   "backslash in front of that character",
							   bad[i]);

		expect_refusal(VARIABLE "=quiet\n", CHANGE(.add = WORDS((char *)bad[i])), message);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *result =
			edit(VARIABLE "=quiet\n", CHANGE(.add = WORDS((char *)good[i])), NULL);

		assert_non_null(result);
	}
}

static void test_bad_words_and_long_lines(void **state)
{
	g_autofree char *full = g_strnfill(VP_CMDLINE_SIZE - 2, 'x');
	g_autofree char *text = g_strconcat(VARIABLE "=", full, "\n", NULL);
	g_autoptr(GError) error = NULL;

	assert_null(edit(text, CHANGE(.add = WORDS("y")), &error));
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_CANNOT));
	g_clear_error(&error);
	assert_null(edit(VARIABLE "=$(x)\n", CHANGE(.remove = WORDS("a b")), &error));
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_USAGE));
}

/* ---- simple variables, and looking --------------------------------------------------------------------- */

static void expect_assign(const char *text, const char *variable, const char *word, const char *expected)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GBytes) wanted = bytes_of(expected);
	g_autoptr(GBytes) once = vp_grub_assign(before, variable, word, FILE_NAME, NULL);
	g_autoptr(GBytes) twice = vp_grub_assign(once, variable, word, FILE_NAME, NULL);

	assert_true(g_bytes_equal(once, wanted));
	assert_true(g_bytes_equal(twice, wanted));
}

static void test_assign(void **state)
{
	g_autoptr(GBytes) empty = bytes_of("");
	g_autoptr(GError) error = NULL;

	expect_assign("GRUB_TIMEOUT=5\n", "GRUB_TIMEOUT", "10", "GRUB_TIMEOUT=10\n");
	expect_assign("GRUB_TIMEOUT='5'\r\n", "GRUB_TIMEOUT", "10", "GRUB_TIMEOUT='10'\n");
	expect_assign("GRUB_TIMEOUT_STYLE=hidden # \n", "GRUB_TIMEOUT_STYLE", "menu",
		      "GRUB_TIMEOUT_STYLE=menu # \n");
	expect_assign("GRUB_TIMEOUT=\n", "GRUB_TIMEOUT", "5", "GRUB_TIMEOUT=5\n");
	expect_assign("A=1\n", "GRUB_TIMEOUT", "5", "A=1\n" MARK "GRUB_TIMEOUT=\"5\"\n");
	expect_assign("GRUB_TIMEOUT=$(x)\n", "GRUB_TIMEOUT", "5",
		      "GRUB_TIMEOUT=$(x)\n" MARK "GRUB_TIMEOUT=\"5\"\n");
	expect_assign("GRUB_TIMEOUT=5\nA=$GRUB_TIMEOUT\n", "GRUB_TIMEOUT", "9",
		      "GRUB_TIMEOUT=5\nA=$GRUB_TIMEOUT\n" MARK "GRUB_TIMEOUT=\"9\"\n");
	assert_null(vp_grub_assign(empty, "GRUB_TIMEOUT", "5 6", FILE_NAME, &error));
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_USAGE));
}

static void test_find(void **state)
{
	g_autoptr(GBytes) text = bytes_of("A=1\n" VARIABLE "='a'\\ b\n\n" VARIABLE "+=\" $A\"\nB=$(x)\n");
	g_autoptr(vp_grub_place) place = vp_grub_find(text, VARIABLE);
	g_autoptr(vp_grub_place) command = vp_grub_find(text, "B");
	g_autoptr(vp_grub_place) none = vp_grub_find(text, "C");

	assert_int_equal(place->line, 4);
	assert_true(place->editable);
	assert_string_equal(place->value, "a b 1");
	assert_null(place->why_not);
	assert_string_equal(command->why_not, "line 5: the value is made by a command");
	assert_int_equal(none->line, 0);
	assert_null(none->value);
	assert_null(none->why_not);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_quotes_are_edited),
		cmocka_unit_test(test_other_spellings_are_replaced),
		cmocka_unit_test(test_here_documents),
		cmocka_unit_test(test_quotes_are_not_wrapped),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_the_line_is_not_replaced),
		cmocka_unit_test(test_commented_decoy_line),
		cmocka_unit_test(test_each_quoting),
		cmocka_unit_test(test_what_must_be_escaped),
		cmocka_unit_test(test_last_assignment_wins),
		cmocka_unit_test(test_earlier_parts_are_followed),
		cmocka_unit_test(test_dos_line_ends),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_missing_variable),
		cmocka_unit_test(test_values_that_are_not_known),
		cmocka_unit_test(test_our_line_is_found_again),
		cmocka_unit_test(test_a_line_that_was_ours_is_not),
		cmocka_unit_test(test_shared_text_is_left_alone),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refusals_that_know_the_value),
		cmocka_unit_test(test_words_grub_would_misread),
		cmocka_unit_test(test_bad_words_and_long_lines),
		cmocka_unit_test(test_assign),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
