/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-loader-conf.c - kernel command lines of boot loaders other than GRUB: bytes before, bytes after,
 * and back */
#include "config.h"

#include "core.h"
#include "loader_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef GBytes *editor(GBytes *text, const struct vp_cmdline_change *change, const char *file,
		       GError **error);
typedef char *reader(GBytes *text);

static char *set[] = {"intel_iommu=on", NULL};
static char *added[] = {"iommu=pt", NULL};
static char *ours[] = {"intel_iommu=on", "iommu=pt", NULL};
static const struct vp_cmdline_change change = {.set = set, .add = added};
static const struct vp_cmdline_change inverse = {.remove = ours};

static GBytes *bytes_of(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static char *text_of(GBytes *bytes)
{
	return g_strndup(g_bytes_get_data(bytes, NULL) ?: "", g_bytes_get_size(bytes));
}

static char *run(editor *edit, const char *text, const struct vp_cmdline_change *asked)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) after = edit(before, asked, "/x.conf", &error);

	if (!after)
		fail_msg("%s in:\n%s", error->message, text);
	return text_of(after);
}

/* The edit gives these bytes; asking again changes nothing; the inverse gives the first bytes (unless ours
 * were there). */
static void assert_edit(editor *edit, const char *before, const char *after)
{
	g_autofree char *got = run(edit, before, &change);
	g_autofree char *again = run(edit, got, &change);
	g_autofree char *back = run(edit, got, &inverse);

	assert_string_equal(got, after);
	assert_string_equal(again, after);
	if (!strstr(before, "iommu"))
		assert_string_equal(back, before);
}

static void assert_change(editor *edit, const struct vp_cmdline_change *asked, const char *before,
			  const char *after)
{
	g_autofree char *got = run(edit, before, asked);

	assert_string_equal(got, after);
}

static void assert_refused(editor *edit, const char *text, const char *what)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;

	assert_null(edit(before, &change, "/x.conf", &error));
	if (!strstr(error->message, what))
		fail_msg("\"%s\" should hold \"%s\"", error->message, what);
}

static void assert_reads(reader *read, const char *text, const char *line)
{
	g_autoptr(GBytes) bytes = bytes_of(text);
	g_autofree char *got = read(bytes);

	if (g_strcmp0(got, line) != 0)
		fail_msg("read \"%s\" and not \"%s\" from:\n%s", got, line, text);
}

#define ADDED " intel_iommu=on iommu=pt"

/* ---- systemd-boot -------------------------------------------------------------------------------------- */

static void entry_options_are_edited_in_place(void **state)
{
	assert_edit(vp_loader_edit_entry, "title   Manjaro\nlinux   /vmlinuz\noptions root=/dev/sda2 rw\n",
		    "title   Manjaro\nlinux   /vmlinuz\noptions root=/dev/sda2 rw" ADDED "\n");
	assert_edit(vp_loader_edit_entry, "linux /v\noptions \t a  b \t\n",
		    "linux /v\noptions \t a  b" ADDED " \t\n");
	assert_edit(vp_loader_edit_entry, "linux /v\r\noptions a\r\ninitrd /i\r\n",
		    "linux /v\r\noptions a" ADDED "\r\ninitrd /i\r\n");
	assert_edit(vp_loader_edit_entry, "options a", "options a" ADDED);
	assert_edit(vp_loader_edit_entry, "linux /v\n  options a\n# options b\n",
		    "linux /v\n  options a" ADDED "\n# options b\n");
	assert_edit(vp_loader_edit_entry, "linux /v\noptions \"a b\"\n",
		    "linux /v\noptions \"a b" ADDED "\"\n");
	assert_edit(vp_loader_edit_entry, "linux /v\noptions \"\"\n",
		    "linux /v\noptions \"intel_iommu=on iommu=pt\"\n");
	assert_edit(vp_loader_edit_entry, "linux /v\noptions a intel_iommu=off b\n",
		    "linux /v\noptions a intel_iommu=on b iommu=pt\n");
	assert_edit(vp_loader_edit_entry, "options\ta\nlinux\t/v\n", "options\ta" ADDED "\nlinux\t/v\n");
}

static void entry_options_lines_are_one_command_line(void **state)
{
	assert_edit(vp_loader_edit_entry, "linux /v\noptions a\noptions b\n",
		    "linux /v\noptions a\noptions b" ADDED "\n");
	assert_edit(vp_loader_edit_entry, "options intel_iommu=off a\noptions b\n",
		    "options intel_iommu=on a\noptions b iommu=pt\n");
	assert_edit(vp_loader_edit_entry, "options iommu=pt\noptions intel_iommu=on\n",
		    "options iommu=pt\noptions intel_iommu=on\n");
	assert_edit(vp_loader_edit_entry, "options a intel_iommu=off\nlinux /v\noptions intel_iommu=off b\n",
		    "options a\nlinux /v\noptions intel_iommu=on b iommu=pt\n");
}

static void entry_lines_that_go_empty_go(void **state)
{
	char *gone[] = {"a", "b", NULL};
	const struct vp_cmdline_change asked = {.remove = gone};

	assert_change(vp_loader_edit_entry, &asked, "linux /v\noptions a\noptions c\noptions b\n",
		      "linux /v\noptions c\n");
	assert_change(vp_loader_edit_entry, &asked, "linux /v\r\noptions a b\r\noptions c b",
		      "linux /v\r\noptions c");
	assert_change(vp_loader_edit_entry, &asked, "options a\noptions b", "");
}

static void entry_without_options_gets_a_line(void **state)
{
	assert_edit(vp_loader_edit_entry, "title      X\nlinux      /v\n",
		    "title      X\nlinux      /v\noptions    intel_iommu=on iommu=pt\n");
	assert_edit(vp_loader_edit_entry, "linux /v", "linux /v\noptions intel_iommu=on iommu=pt");
	assert_edit(vp_loader_edit_entry, "linux\t\t/v\r\n",
		    "linux\t\t/v\r\noptions intel_iommu=on iommu=pt\r\n");
	assert_edit(vp_loader_edit_entry, "linux /v\noptions \n",
		    "linux /v\noptions \noptions intel_iommu=on iommu=pt\n");
}

static void entry_without_linux_is_left_alone(void **state)
{
	assert_edit(vp_loader_edit_entry, "title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n",
		    "title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n");
	assert_edit(vp_loader_edit_entry, "", "");
}

/* sd-boot takes one pair of quotes off a value that starts and ends with one. */
static void entry_quotes_are_not_lost(void **state)
{
	char *quoted[] = {"b=\"c d\"", NULL};
	const struct vp_cmdline_change asked = {.add = quoted};
	g_autoptr(GBytes) text = bytes_of("linux /v\noptions \"a=x y\" z\n");
	g_autoptr(GError) error = NULL;

	assert_null(vp_loader_edit_entry(text, &asked, "/e.conf", &error));
	assert_string_equal(error->message,
			    "/e.conf is not edited: systemd-boot would take quotes off the options; "
			    "write there by hand: options \"a=x y\" z b=\"c d\"");
}

static void entry_is_read(void **state)
{
	assert_reads(vp_loader_read_entry, "options a\nlinux /v\noptions \"b c\"\n", "a b c");
	assert_reads(vp_loader_read_entry, "linux /v\n", "");
	assert_reads(vp_loader_read_entry, "efi /v\n", NULL);
}

/* ---- /etc/kernel/cmdline ------------------------------------------------------------------------------- */

static void kernel_cmdline_is_edited(void **state)
{
	assert_edit(vp_loader_edit_kernel_cmdline, "root=/dev/sda2 rw\n", "root=/dev/sda2 rw" ADDED "\n");
	assert_edit(vp_loader_edit_kernel_cmdline, "root=/dev/sda2 rw", "root=/dev/sda2 rw" ADDED);
	assert_edit(vp_loader_edit_kernel_cmdline, "  a \n\n b\t\n", "  a \n\n b" ADDED "\t\n");
	assert_edit(vp_loader_edit_kernel_cmdline, "# mine\na\n# end", "# mine\na" ADDED "\n# end");
	assert_edit(vp_loader_edit_kernel_cmdline, "a\r\nb\r\n", "a\r\nb" ADDED "\r\n");
	assert_edit(vp_loader_edit_kernel_cmdline, "", "intel_iommu=on iommu=pt\n");
	assert_edit(vp_loader_edit_kernel_cmdline, "# none", "# none\nintel_iommu=on iommu=pt");
	assert_edit(vp_loader_edit_kernel_cmdline, "\n", "\nintel_iommu=on iommu=pt\n");
	assert_edit(vp_loader_edit_kernel_cmdline, "a -- b\n", "a" ADDED " -- b\n");
	assert_reads(vp_loader_read_kernel_cmdline, "#x\na\n b c\n", "a b c");
}

static void text_with_nul_bytes_is_refused(void **state)
{
	editor *const editors[] = {vp_loader_edit_entry, vp_loader_edit_kernel_cmdline,
				   vp_loader_edit_limine_default, vp_loader_edit_limine_conf,
				   vp_loader_edit_refind};
	g_autoptr(GBytes) text = g_bytes_new_static("options a\0b\n", 12);

	for (size_t i = 0; i < G_N_ELEMENTS(editors); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(editors[i](text, &change, "/x.conf", &error));
		assert_true(g_str_has_prefix(error->message, "/x.conf is not edited: it holds NUL bytes"));
	}
}

/* A word that is none is refused by every editor, with the words of the command line's own check. */
static void odd_words_are_refused(void **state)
{
	char *odd[] = {"a b", NULL};
	const struct vp_cmdline_change asked = {.add = odd};
	static const struct {
		editor *edit;
		const char *text;
	} cases[] = {
		{vp_loader_edit_entry, "linux /v\n"},
		{vp_loader_edit_entry, "options a\n"},
		{vp_loader_edit_kernel_cmdline, ""},
		{vp_loader_edit_kernel_cmdline, "a\n"},
		{vp_loader_edit_sdboot_manage, "LINUX_OPTIONS=\"a\"\n"},
		{vp_loader_edit_limine_default, "KERNEL_CMDLINE[default]=\"a\"\n"},
		{vp_loader_edit_limine_conf, "protocol: linux\ncmdline: a\n"},
		{vp_loader_edit_limine_conf, "protocol: linux\n"},
		{vp_loader_edit_refind, "\"t\" \"a\"\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) text = bytes_of(cases[i].text);
		g_autoptr(GError) error = NULL;

		assert_null(cases[i].edit(text, &asked, "/x", &error));
		assert_int_equal(error->code, VP_ERROR_USAGE);
	}
}

/* ---- sdboot-manage ------------------------------------------------------------------------------------- */

static void sdboot_manage_is_edited(void **state)
{
	assert_edit(vp_loader_edit_sdboot_manage,
		    "# LINUX_OPTIONS=\"\"\nLINUX_OPTIONS=\"quiet rw\"\nOVERWRITE=\"yes\"\n",
		    "# LINUX_OPTIONS=\"\"\nLINUX_OPTIONS=\"quiet rw" ADDED "\"\nOVERWRITE=\"yes\"\n");
	assert_reads(vp_loader_read_sdboot_manage, "LINUX_OPTIONS='quiet rw'\n", "quiet rw");
}

/* ---- Limine -------------------------------------------------------------------------------------------- */

static void limine_default_is_edited(void **state)
{
	assert_edit(vp_loader_edit_limine_default, "KERNEL_CMDLINE[default]=\"a b\"\n",
		    "KERNEL_CMDLINE[default]=\"a b" ADDED "\"\n");
	assert_edit(vp_loader_edit_limine_default, "KERNEL_CMDLINE[default]+=\" a \" # x\n",
		    "KERNEL_CMDLINE[default]+=\" a" ADDED " \" # x\n");
	assert_edit(vp_loader_edit_limine_default,
		    "  KERNEL_CMDLINE[\"default\"]='a'\nKERNEL_CMDLINE[lts]=\"c\"",
		    "  KERNEL_CMDLINE[\"default\"]='a" ADDED "'\nKERNEL_CMDLINE[lts]=\"c\"");
	assert_edit(vp_loader_edit_limine_default,
		    "#KERNEL_CMDLINE[default]=\"x\"\nKERNEL_CMDLINE[default]=\"old\"\n"
		    "KERNEL_CMDLINE[default]=\"a\"\nKERNEL_CMDLINE[default]+=\" b\"\n",
		    "#KERNEL_CMDLINE[default]=\"x\"\nKERNEL_CMDLINE[default]=\"old\"\n"
		    "KERNEL_CMDLINE[default]=\"a\"\nKERNEL_CMDLINE[default]+=\" b" ADDED "\"\n");
	assert_edit(vp_loader_edit_limine_default, "KERNEL_CMDLINE[default]=\"\"\n",
		    "KERNEL_CMDLINE[default]=\"intel_iommu=on iommu=pt\"\n");
	assert_edit(vp_loader_edit_limine_default,
		    "KERNEL_CMDLINE[default]=\"$X\"\nKERNEL_CMDLINE[default]=\"a\"\n",
		    "KERNEL_CMDLINE[default]=\"$X\"\nKERNEL_CMDLINE[default]=\"a" ADDED "\"\n");
	assert_reads(vp_loader_read_limine_default,
		     "KERNEL_CMDLINE[default]=\"a\"\nKERNEL_CMDLINE[default]+=\" b\"\n", "a b");
}

/* One line more would take the place of /etc/kernel/cmdline, root= and all: the system would not start. */
static void limine_default_is_never_begun(void **state)
{
	assert_refused(vp_loader_edit_limine_default, "",
		       "/x.conf is not edited: it does not set KERNEL_CMDLINE[default]");
	assert_refused(vp_loader_edit_limine_default, "#KERNEL_CMDLINE[default]=\"a\"\n",
		       "add by hand to the kernel command line: intel_iommu=on iommu=pt");
	assert_refused(vp_loader_edit_limine_default, "KERNEL_CMDLINE[fallback]=\"a\"\n", "does not set");
	assert_reads(vp_loader_read_limine_default, "ESP_PATH=/boot\n", NULL);
}

static void limine_default_odd_values_are_refused(void **state)
{
	static const char *const odd[] = {
		"KERNEL_CMDLINE[default]=\"a $X\"\n",     "KERNEL_CMDLINE[default]=\"a `x`\"\n",
		"KERNEL_CMDLINE[default]=\"a \\\" b\"\n", "KERNEL_CMDLINE[default]=a\n",
		"KERNEL_CMDLINE[default]=\"a\n b\"\n",    "KERNEL_CMDLINE[default]=\"a\"b\n",
		"KERNEL_CMDLINE[default]=\"a\" b\n",      "KERNEL_CMDLINE[default]=\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
		assert_refused(vp_loader_edit_limine_default, odd[i],
			       "/x.conf:1 is not edited: the value is not one text");
		assert_reads(vp_loader_read_limine_default, odd[i], NULL);
	}
}

static void limine_default_keeps_its_quoting(void **state)
{
	char *quoted[] = {"b=\"c d\"", NULL};
	const struct vp_cmdline_change asked = {.add = quoted};
	g_autoptr(GBytes) text = bytes_of("KERNEL_CMDLINE[default]=\"a\"\n");
	g_autoptr(GError) error = NULL;

	assert_change(vp_loader_edit_limine_default, &asked, "KERNEL_CMDLINE[default]='a'\n",
		      "KERNEL_CMDLINE[default]='a b=\"c d\"'\n");
	assert_null(vp_loader_edit_limine_default(text, &asked, "/x.conf", &error));
	assert_true(g_str_has_prefix(error->message, "/x.conf:1 is not edited: its quotes cannot hold"));
}

static void limine_conf_entries_are_all_edited(void **state)
{
	assert_edit(vp_loader_edit_limine_conf,
		    "timeout: 5\n# cmdline: x\n\n/Manjaro\n    protocol: linux\n    path: boot():/v\n    "
		    "cmdline: a b\n"
		    "/+Other\n//Old\n  PROTOCOL: Linux\n  KERNEL_CMDLINE: c\n//Windows\n  protocol: efi\n  "
		    "path: x\n",
		    "timeout: 5\n# cmdline: x\n\n/Manjaro\n    protocol: linux\n    path: boot():/v\n    "
		    "cmdline: a b" ADDED "\n"
		    "/+Other\n//Old\n  PROTOCOL: Linux\n  KERNEL_CMDLINE: c" ADDED
		    "\n//Windows\n  protocol: efi\n  path: x\n");
	assert_edit(vp_loader_edit_limine_conf,
		    "/A\ncmdline: a\nprotocol: linux\n/B\nprotocol: efi\ncmdline:b",
		    "/A\ncmdline: a" ADDED "\nprotocol: linux\n/B\nprotocol: efi\ncmdline:b" ADDED);
	assert_edit(vp_loader_edit_limine_conf, "/A\r\n\tprotocol: linux\r\n\tcmdline: a\r\n",
		    "/A\r\n\tprotocol: linux\r\n\tcmdline: a" ADDED "\r\n");
}

static void limine_conf_other_protocols_are_left_alone(void **state)
{
	assert_edit(vp_loader_edit_limine_conf,
		    "/A\nprotocol: multiboot\ncmdline: x\n/B\nprotocol: linux\ncmdline: y\n",
		    "/A\nprotocol: multiboot\ncmdline: x\n/B\nprotocol: linux\ncmdline: y" ADDED "\n");
	assert_refused(vp_loader_edit_limine_conf, "/A\nprotocol: limine\ncmdline: x\n",
		       "no entry in it starts Linux");
	assert_refused(vp_loader_edit_limine_conf, "", "no entry in it starts Linux");
}

static void limine_conf_linux_without_cmdline_gets_one(void **state)
{
	assert_edit(vp_loader_edit_limine_conf, "/A\n  protocol: linux\n  path: x\n",
		    "/A\n  protocol: linux\n  # Added by virt-passthrough\n  cmdline: intel_iommu=on "
		    "iommu=pt\n  path: x\n");
	assert_edit(
		vp_loader_edit_limine_conf, "/A\n\tprotocol: linux",
		"/A\n\tprotocol: linux\n\t# Added by virt-passthrough\n\tcmdline: intel_iommu=on iommu=pt");
}

static void limine_conf_empty_option_is_filled(void **state)
{
	assert_edit(vp_loader_edit_limine_conf, "/A\nprotocol: linux\ncmdline:\n",
		    "/A\nprotocol: linux\ncmdline: intel_iommu=on iommu=pt\n");
	assert_edit(vp_loader_edit_limine_conf, "/A\nprotocol: linux\ncmdline: \n",
		    "/A\nprotocol: linux\ncmdline: intel_iommu=on iommu=pt \n");
}

static void limine_conf_is_read(void **state)
{
	assert_reads(vp_loader_read_limine_conf,
		     "/W\nprotocol: bios\ncmdline: x\n/A\ncmdline: a b\nprotocol: linux\n", "a b");
	assert_reads(vp_loader_read_limine_conf, "/A\nprotocol: linux\n/B\nprotocol: linux\ncmdline: b\n",
		     "");
	assert_reads(vp_loader_read_limine_conf, "/A\nprotocol: linux", "");
	assert_reads(vp_loader_read_limine_conf, "/A\nprotocol: efi\n", NULL);
}

/* ---- rEFInd -------------------------------------------------------------------------------------------- */

static void refind_lines_are_all_edited(void **state)
{
	assert_edit(vp_loader_edit_refind,
		    "\"Boot with standard options\"  \"root=/dev/sda2 rw\"\n"
		    "\"Boot to single-user mode\"    \"root=/dev/sda2 rw single\"\n# \"x\" \"y\"\n\n",
		    "\"Boot with standard options\"  \"root=/dev/sda2 rw" ADDED "\"\n"
		    "\"Boot to single-user mode\"    \"root=/dev/sda2 rw single" ADDED
		    "\"\n# \"x\" \"y\"\n\n");
	assert_edit(vp_loader_edit_refind, "title=\"a\" # end", "title=\"a" ADDED "\" # end");
	assert_edit(vp_loader_edit_refind, "\"t\",\"a b=\"\"c d\"\" e\"\r\n",
		    "\"t\",\"a b=\"\"c d\"\" e" ADDED "\"\r\n");
	assert_edit(vp_loader_edit_refind, "\"t\" \"\"\n", "\"t\" \"intel_iommu=on iommu=pt\"\n");
	assert_reads(vp_loader_read_refind, "# x\n\"t\" \"a b=\"\"c d\"\"\"\n", "a b=\"c d\"");
}

static void refind_odd_lines_are_refused(void **state)
{
	assert_refused(vp_loader_edit_refind, "\"t\" \"a\"\n\"only a title\"\n", "/x.conf:2 is not edited");
	assert_refused(vp_loader_edit_refind, "\"t\" a b\n", "write it as \"title\" \"kernel options\"");
	assert_refused(vp_loader_edit_refind, "\"t\" \"a\n", "/x.conf:1");
	assert_refused(vp_loader_edit_refind, "# none\n", "it has no line with kernel options; run mkrlconf");
	assert_reads(vp_loader_read_refind, "\"t\"\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_options_are_edited_in_place),
		cmocka_unit_test(entry_options_lines_are_one_command_line),
		cmocka_unit_test(entry_lines_that_go_empty_go),
		cmocka_unit_test(entry_without_options_gets_a_line),
		cmocka_unit_test(entry_without_linux_is_left_alone),
		cmocka_unit_test(entry_quotes_are_not_lost),
		cmocka_unit_test(entry_is_read),
		cmocka_unit_test(kernel_cmdline_is_edited),
		cmocka_unit_test(text_with_nul_bytes_is_refused),
		cmocka_unit_test(odd_words_are_refused),
		cmocka_unit_test(sdboot_manage_is_edited),
		cmocka_unit_test(limine_default_is_edited),
		cmocka_unit_test(limine_default_is_never_begun),
		cmocka_unit_test(limine_default_odd_values_are_refused),
		cmocka_unit_test(limine_default_keeps_its_quoting),
		cmocka_unit_test(limine_conf_entries_are_all_edited),
		cmocka_unit_test(limine_conf_other_protocols_are_left_alone),
		cmocka_unit_test(limine_conf_linux_without_cmdline_gets_one),
		cmocka_unit_test(limine_conf_empty_option_is_filled),
		cmocka_unit_test(limine_conf_is_read),
		cmocka_unit_test(refind_lines_are_all_edited),
		cmocka_unit_test(refind_odd_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
