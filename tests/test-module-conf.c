/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-module-conf.c - modprobe.d, dracut, initramfs-tools and booster */
#include "config.h"

#include "core.h"
#include "module_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char *vfio[] = {"vfio_pci", "vfio", "vfio_iommu_type1", NULL};
static char *virqfd[] = {"vfio_virqfd", NULL};
static char *nothing[] = {NULL};

static GBytes *bytes_of(const char *text)
{
	return g_bytes_new(text, strlen(text));
}

static void assert_text(GBytes *bytes, const char *text)
{
	g_autofree char *got = NULL;

	assert_non_null(bytes);
	got = g_strndup(g_bytes_get_data(bytes, NULL) ?: "", g_bytes_get_size(bytes));
	assert_string_equal(got, text);
}

/* ---- files of our own ---------------------------------------------------------------------------------- */

static void modprobe_file_holds_ids_and_softdeps(void **state)
{
	char *ids[] = {"10de:13c2", "10de:0fbb:1043:8508", NULL};
	char *drivers[] = {"nouveau", "snd_hda_intel", NULL};
	g_autoptr(GBytes) both = vp_module_conf_modprobe(ids, drivers, NULL);
	g_autoptr(GBytes) none = vp_module_conf_modprobe(nothing, nothing, NULL);

	assert_text(both, "# Written by virt-passthrough; changes here are lost.\n"
			  "options vfio-pci ids=10de:13c2,10de:0fbb:1043:8508\n"
			  "softdep nouveau pre: vfio-pci\n"
			  "softdep snd_hda_intel pre: vfio-pci\n");
	assert_text(none, "# Written by virt-passthrough; changes here are lost.\n");
}

static void assert_bad_id(const char *id)
{
	char *ids[] = {(char *)id, NULL};
	g_autoptr(GError) error = NULL;

	assert_null(vp_module_conf_modprobe(ids, nothing, &error));
	assert_int_equal(error->code, VP_ERROR_USAGE);
	assert_non_null(strstr(error->message, "write vendor:device"));
}

static void modprobe_file_refuses_what_is_no_id(void **state)
{
	char *drivers[] = {"a b", NULL};
	g_autoptr(GError) error = NULL;

	assert_bad_id("10de");
	assert_bad_id("10de:");
	assert_bad_id("10de:13c2 disable_vga=1");
	assert_bad_id("10dee:13c2");
	assert_bad_id("10de:13c2:1:2:3:4:5");
	assert_bad_id("");
	assert_null(vp_module_conf_modprobe(nothing, drivers, &error));
	assert_int_equal(error->code, VP_ERROR_USAGE);
}

/* vfio-pci has 1024 bytes for its ids, the final NUL among them. */
static void modprobe_file_refuses_more_ids_than_fit(void **state)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) fits = NULL;

	for (unsigned i = 0; i < 102; i++)
		g_ptr_array_add(ids, "10de:13c2");
	g_ptr_array_add(ids, "1:2");
	g_ptr_array_add(ids, NULL);
	fits = vp_module_conf_modprobe((char **)ids->pdata, nothing, &error);
	assert_non_null(fits);
	ids->pdata[ids->len - 2] = "1:22";
	assert_null(vp_module_conf_modprobe((char **)ids->pdata, nothing, &error));
	assert_int_equal(error->code, VP_ERROR_CANNOT);
	assert_non_null(strstr(error->message, "takes 1023 characters and these have 1024"));
}

/* A name without .conf, and a list without blanks inside the quotes, were both written by others: neither
 * works. */
static void dracut_file_has_its_name_and_blanks(void **state)
{
	g_autoptr(GBytes) text = vp_module_conf_dracut(vfio, NULL);

	assert_true(g_str_has_suffix(VP_DRACUT_FILE, ".conf"));
	assert_true(g_str_has_suffix(VP_MODPROBE_FILE, ".conf"));
	assert_text(text, "# Written by virt-passthrough; changes here are lost.\n"
			  "force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n");
}

static void dracut_file_refuses_odd_names(void **state)
{
	char *odd[] = {"vfio\"; reboot", NULL};
	g_autoptr(GError) error = NULL;

	assert_null(vp_module_conf_dracut(odd, &error));
	assert_int_equal(error->code, VP_ERROR_USAGE);
}

/* ---- initramfs-tools ----------------------------------------------------------------------------------- */

#define BLOCK                                                                                                \
	"# virt-passthrough: these lines are its own\nvfio_pci\nvfio\nvfio_iommu_type1\n# "                  \
	"virt-passthrough: end"

static GBytes *edit_list(GBytes *text, char **modules)
{
	g_autoptr(GError) error = NULL;
	GBytes *after = vp_module_conf_edit_initramfs(text, modules, "/etc/initramfs-tools/modules", &error);

	if (!after)
		fail_msg("%s", error->message);
	return after;
}

static void assert_list(const char *before, const char *after)
{
	g_autoptr(GBytes) old = bytes_of(before);
	g_autoptr(GBytes) new = edit_list(old, vfio);
	g_autoptr(GBytes) again = edit_list(new, vfio);
	g_autoptr(GBytes) back = edit_list(new, nothing);

	assert_text(new, after);
	assert_text(again, after);
	assert_text(back, before);
}

static void list_gets_a_block_in_front(void **state)
{
	assert_list("# List of modules\n#\n# raid1\n", "# List of modules\n#\n# raid1\n" BLOCK "\n");
	assert_list("# List\namdgpu\nbtrfs\n", "# List\n" BLOCK "\namdgpu\nbtrfs\n");
	assert_list("  amdgpu dc=1\n", BLOCK "\n  amdgpu dc=1\n");
	assert_list("", BLOCK "\n");
	assert_list("# List", "# List\n" BLOCK);
	assert_list("amdgpu", BLOCK "\namdgpu");
	assert_list("\n\n", "\n\n" BLOCK "\n");
}

static void list_that_starts_so_is_left_alone(void **state)
{
	assert_list("vfio-pci ids=1:2\nvfio\n# x\nvfio_iommu_type1\namdgpu\n",
		    "vfio-pci ids=1:2\nvfio\n# x\nvfio_iommu_type1\namdgpu\n");
}

static void list_with_vfio_too_late_gets_the_block(void **state)
{
	assert_list("amdgpu\nvfio_pci\n", BLOCK "\namdgpu\nvfio_pci\n");
	assert_list("vfio_pci\namdgpu\n", BLOCK "\nvfio_pci\namdgpu\n");
}

static void list_block_follows_what_is_asked(void **state)
{
	char *less[] = {"vfio_pci", NULL};
	g_autoptr(GBytes) old = bytes_of("# x\n" BLOCK "\namdgpu\n");
	g_autoptr(GBytes) new = edit_list(old, less);

	assert_text(new, "# x\n# virt-passthrough: these lines are its own\nvfio_pci\n# virt-passthrough: "
			 "end\namdgpu\n");
}

static void list_with_half_a_block_is_refused(void **state)
{
	g_autoptr(GBytes) text = bytes_of("a\n# virt-passthrough: these lines are its own\nvfio\n");
	g_autoptr(GError) error = NULL;

	assert_null(vp_module_conf_edit_initramfs(text, vfio, "/m", &error));
	assert_true(g_str_has_prefix(error->message,
				     "/m:2 is not edited: the line \"# virt-passthrough: end\" is missing"));
}

/* ---- booster ------------------------------------------------------------------------------------------- */

#define LIST "vfio_pci,vfio,vfio_iommu_type1"

static GBytes *edit_booster(GBytes *text, char **first, char **drop)
{
	g_autoptr(GError) error = NULL;
	GBytes *after = vp_module_conf_edit_booster(text, first, drop, "/etc/booster.yaml", &error);

	if (!after)
		fail_msg("%s", error->message);
	return after;
}

static void assert_booster(const char *before, const char *after)
{
	g_autoptr(GBytes) old = bytes_of(before);
	g_autoptr(GBytes) new = edit_booster(old, vfio, virqfd);
	g_autoptr(GBytes) again = edit_booster(new, vfio, virqfd);
	g_autoptr(GBytes) back = edit_booster(new, nothing, vfio);

	assert_text(new, after);
	assert_text(again, after);
	if (!strstr(before, "vfio"))
		assert_text(back, before);
}

static void booster_list_gets_vfio_in_front(void **state)
{
	assert_booster("modules_force_load: amdgpu,usbhid\n", "modules_force_load: " LIST ",amdgpu,usbhid\n");
	assert_booster("compression: zstd\nmodules_force_load:   \"amdgpu\"  # mine\n",
		       "compression: zstd\nmodules_force_load:   \"" LIST ",amdgpu\"  # mine\n");
	assert_booster("modules_force_load: 'amdgpu'", "modules_force_load: '" LIST ",amdgpu'");
	assert_booster("modules_force_load: amdgpu\r\n", "modules_force_load: " LIST ",amdgpu\r\n");
	assert_booster("#modules_force_load: a\nmodules_force_load: amdgpu\n# end\nuniversal: true\n",
		       "#modules_force_load: a\nmodules_force_load: " LIST
		       ",amdgpu\n# end\nuniversal: true\n");
	assert_booster("network:\n  dhcp: on\nmodules_force_load: a\n",
		       "network:\n  dhcp: on\nmodules_force_load: " LIST ",a\n");
}

static void booster_empty_values_are_filled(void **state)
{
	assert_booster("modules_force_load:\n", "modules_force_load: " LIST "\n");
	assert_booster("modules_force_load:   # none\n", "modules_force_load: " LIST "   # none\n");
	assert_booster("modules_force_load: \"\"\n", "modules_force_load: \"" LIST "\"\n");
}

static void booster_file_without_the_key_gets_a_marked_line(void **state)
{
	assert_booster("universal: true\n",
		       "universal: true\n# Added by virt-passthrough\nmodules_force_load: " LIST "\n");
	assert_booster("universal: true",
		       "universal: true\n# Added by virt-passthrough\nmodules_force_load: " LIST);
	assert_booster("", "# Added by virt-passthrough\nmodules_force_load: " LIST "\n");
	assert_booster("---\n# x\n", "---\n# x\n# Added by virt-passthrough\nmodules_force_load: " LIST "\n");
}

static void booster_words_are_moved_and_dropped(void **state)
{
	assert_booster("modules_force_load: amdgpu,vfio,vfio_virqfd,vfio-pci\n",
		       "modules_force_load: " LIST ",amdgpu\n");
	assert_booster("modules_force_load: " LIST ",amdgpu\n", "modules_force_load: " LIST ",amdgpu\n");
}

static void assert_booster_refused(const char *text, const char *what)
{
	g_autoptr(GBytes) before = bytes_of(text);
	g_autoptr(GError) error = NULL;

	assert_null(vp_module_conf_edit_booster(before, vfio, virqfd, "/b.yaml", &error));
	assert_non_null(strstr(error->message, "write it by hand: modules_force_load: " LIST));
	if (!g_str_has_prefix(error->message, what))
		fail_msg("\"%s\" should start with \"%s\"", error->message, what);
}

static void booster_other_ways_to_write_it_are_refused(void **state)
{
	assert_booster_refused("modules_force_load: a,\n  b\n", "/b.yaml:2 is not edited");
	assert_booster_refused("modules_force_load: a\n\n# x\n  b\n", "/b.yaml:4 is not edited");
	assert_booster_refused("modules_force_load:\n- a\n", "/b.yaml:2 is not edited");
	assert_booster_refused("modules_force_load: >\n  a\n", "/b.yaml:1");
	assert_booster_refused("modules_force_load: [a, b]\n", "/b.yaml:1");
	assert_booster_refused("modules_force_load: a, b\n", "/b.yaml:1");
	assert_booster_refused("modules_force_load: *x\n", "/b.yaml:1");
	assert_booster_refused("modules_force_load : a\n", "/b.yaml:1");
	assert_booster_refused("\"modules_force_load\": a\n", "/b.yaml:1");
	assert_booster_refused("{modules_force_load: a}\n", "/b.yaml:1");
	assert_booster_refused("modules_force_load: a\nmodules_force_load: b\n", "/b.yaml:2");
	assert_booster_refused("universal: true\n...\n", "/b.yaml:2");
	assert_booster_refused("universal: true\n---\n", "/b.yaml:2");
}

static void text_with_nul_bytes_is_refused(void **state)
{
	g_autoptr(GBytes) text = g_bytes_new_static("a\0b\n", 4);

	assert_null(vp_module_conf_edit_booster(text, vfio, virqfd, "/b", NULL));
	assert_null(vp_module_conf_edit_initramfs(text, vfio, "/m", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modprobe_file_holds_ids_and_softdeps),
		cmocka_unit_test(modprobe_file_refuses_what_is_no_id),
		cmocka_unit_test(modprobe_file_refuses_more_ids_than_fit),
		cmocka_unit_test(dracut_file_has_its_name_and_blanks),
		cmocka_unit_test(dracut_file_refuses_odd_names),
		cmocka_unit_test(list_gets_a_block_in_front),
		cmocka_unit_test(list_that_starts_so_is_left_alone),
		cmocka_unit_test(list_with_vfio_too_late_gets_the_block),
		cmocka_unit_test(list_block_follows_what_is_asked),
		cmocka_unit_test(list_with_half_a_block_is_refused),
		cmocka_unit_test(booster_list_gets_vfio_in_front),
		cmocka_unit_test(booster_empty_values_are_filled),
		cmocka_unit_test(booster_file_without_the_key_gets_a_marked_line),
		cmocka_unit_test(booster_words_are_moved_and_dropped),
		cmocka_unit_test(booster_other_ways_to_write_it_are_refused),
		cmocka_unit_test(text_with_nul_bytes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
