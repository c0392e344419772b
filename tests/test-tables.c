/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-tables.c - the shipped tables hold what they promise; broken ones are refused with file and key */
#include "config.h"

#include "tables.h"
#include "core.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASUS "ASUSTeK COMPUTER INC."

static const char *const files[] = {"firmware.json", "packages.json", "parameters.json"};

static char *shipped_assets(void)
{
	const char *source = g_getenv("VP_SRCDIR");

	assert_non_null(source);
	return g_build_filename(source, "assets", NULL);
}

static int load(void **state)
{
	g_autofree char *assets = shipped_assets();
	g_autoptr(GError) error = NULL;

	*state = vp_tables_load(assets, &error);
	if (error)
		print_error("%s\n", error->message);
	return *state ? 0 : -1;
}

static int unload(void **state)
{
	vp_tables_free(*state);
	return 0;
}

/* ---- firmware.json ------------------------------------------------------------------------------------- */

static void test_reference_board(void **state)
{
	static const char *const lines[][3] = {
		{"virtualization", "Advanced / CPU Configuration / Intel Virtualization Technology",
		 "Enabled"},
		{"iommu", "Advanced / System Agent Configuration / VT-d", "Enabled"},
		{"igpu_multi_monitor",
		 "Advanced / System Agent Configuration / Graphics Configuration / CPU Graphics "
		 "Multi-Monitor",
		 "Enabled"},
		{"primary_display",
		 "Advanced / System Agent Configuration / Graphics Configuration / Primary Display",
		 "CPU Graphics"},
		{"secure_boot", "Boot / Secure Boot / OS Type", "Other OS"},
		{"above_4g", "Boot / Above 4G Decoding", "Enabled"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		const struct vp_table_menu *menu =
			vp_tables_menu(*state, ASUS, "MAXIMUS VII RANGER", VP_CPU_INTEL, lines[i][0]);

		assert_non_null(menu);
		assert_string_equal(menu->path, lines[i][1]);
		assert_string_equal(menu->value, lines[i][2]);
		assert_non_null(menu->boards);
		assert_int_equal(vp_tables_need(*state, menu), VP_NEED_REQUIRED);
	}
}

static void test_hyperthreading_is_only_recommended(void **state)
{
	const struct vp_table_menu *menu =
		vp_tables_menu(*state, ASUS, "MAXIMUS VII RANGER", VP_CPU_INTEL, "smt");

	assert_non_null(menu);
	assert_int_equal(vp_tables_need(*state, menu), VP_NEED_RECOMMENDED);
}

static void assert_path(const struct vp_tables *tables, const char *vendor, const char *board,
			enum vp_cpu_maker cpu, const char *path)
{
	const struct vp_table_menu *menu = vp_tables_menu(tables, vendor, board, cpu, "iommu");

	assert_non_null(menu);
	assert_string_equal(menu->path, path);
}

static void test_closest_menu_wins(void **state)
{
	const char *newer = "Advanced / System Agent (SA) Configuration / VT-d";

	/* the board's own; its family's; the maker's; a typical one */
	assert_path(*state, ASUS, "Z97-A-USB31", VP_CPU_INTEL,
		    "Advanced / System Agent Configuration / VT-d");
	assert_path(*state, ASUS, "PRIME Z490-P", VP_CPU_INTEL, newer);
	assert_path(*state, ASUS, "PRIME X470-PRO", VP_CPU_AMD, "Advanced / AMD CBS / IOMMU");
	assert_path(*state, "Nobody Ltd.", "Z97", VP_CPU_INTEL, newer);
	assert_path(*state, NULL, NULL, VP_CPU_AMD, "AMD CBS / NBIO Common Options / IOMMU");
	/* "Z390-A PRO" is longer than "Z390", and case does not count */
	assert_path(*state, "Micro-Star International Co., Ltd.", "z390-a pro (MS-7B98)", VP_CPU_INTEL,
		    "OC / CPU Features / Intel VT-D Tech");
	assert_path(*state, "Gigabyte Technology Co., Ltd.", "B650M GAMING X AX", VP_CPU_AMD,
		    "Settings / AMD CBS / NBIO / IOMMU");
	assert_path(*state, "Gigabyte Technology Co., Ltd.", "B550 AORUS PRO", VP_CPU_AMD,
		    "Settings / Miscellaneous / IOMMU");
}

static void test_every_maker_is_matched(void **state)
{
	static const char *const dmi[][2] = {
		{"ASUSTeK COMPUTER INC.", "asus"},
		{"Gigabyte Technology Co., Ltd.", "gigabyte"},
		{"GIGABYTE", "gigabyte"},
		{"Micro-Star International Co., Ltd.", "msi"},
		{"MSI", "msi"},
		{"ASRock", "asrock"},
		{"ASRockRack", "asrock"},
		{"BIOSTAR Group", "biostar"},
		{"BIOSTAR", "biostar"},
		{"Supermicro", "supermicro"},
		{"Dell Inc.", "dell"},
		{"HP", "hp"},
		{"Hewlett-Packard", "hp"},
		{"HPE", "hpe"},
		{"LENOVO", "lenovo"},
		{"Framework", "framework"},
	};
	const struct vp_tables *tables = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(dmi); i++) {
		const struct vp_table_maker *maker = vp_tables_maker(tables, dmi[i][0]);
		bool found = false;

		assert_non_null(maker);
		assert_string_equal(maker->id, dmi[i][1]);
		for (guint j = 0; j < tables->menus->len && !found; j++)
			found = !g_strcmp0(((struct vp_table_menu *)tables->menus->pdata[j])->maker,
					   maker->id);
		assert_true(found);
	}
	assert_null(vp_tables_maker(tables, "To Be Filled By O.E.M."));
	assert_null(vp_tables_maker(tables, NULL));
}

static void test_every_setting_has_a_typical_menu(void **state)
{
	const struct vp_tables *tables = *state;

	for (guint i = 0; i < tables->settings->len; i++) {
		const struct vp_table_setting *setting = tables->settings->pdata[i];

		for (enum vp_cpu_maker cpu = VP_CPU_ANY; cpu <= VP_CPU_AMD; cpu++) {
			const struct vp_table_menu *menu =
				vp_tables_menu(tables, NULL, NULL, cpu, setting->id);
			bool exists = setting->cpu == VP_CPU_ANY || cpu == VP_CPU_ANY || setting->cpu == cpu;

			assert_int_equal(menu != NULL, exists);
			assert_true(!menu || !menu->maker);
		}
		assert_int_not_equal(setting->need, VP_NEED_UNSAID);
		assert_true(g_str_has_suffix(setting->purpose, "."));
	}
	assert_null(vp_tables_menu(tables, NULL, NULL, VP_CPU_INTEL, "warp_drive"));
}

static void test_cpu_makers(void **state)
{
	assert_int_equal(vp_tables_cpu("GenuineIntel"), VP_CPU_INTEL);
	assert_int_equal(vp_tables_cpu("AuthenticAMD"), VP_CPU_AMD);
	assert_int_equal(vp_tables_cpu("HygonGenuine"), VP_CPU_AMD);
	assert_int_equal(vp_tables_cpu("CentaurHauls"), VP_CPU_ANY);
	assert_int_equal(vp_tables_cpu(NULL), VP_CPU_ANY);
}

/* ---- packages.json ------------------------------------------------------------------------------------- */

static const struct vp_table_package *find_package(const struct vp_table_family *family, const char *name)
{
	for (guint i = 0; i < family->packages->len; i++) {
		const struct vp_table_package *package = family->packages->pdata[i];

		if (!strcmp(package->name, name))
			return package;
	}
	return NULL;
}

static void assert_family(const struct vp_tables *tables, const char *id, const char *like,
			  const char *family)
{
	const struct vp_table_family *found = vp_tables_family(tables, id, like);

	if (family)
		assert_string_equal(found->id, family);
	else
		assert_null(found);
}

static void test_families(void **state)
{
	assert_family(*state, "manjaro", "arch", "arch");
	assert_family(*state, "arch", NULL, "arch");
	assert_family(*state, "someone-elses-spin", "manjaro arch", "arch");
	assert_family(*state, "zorin", "ubuntu debian", "debian");
	assert_family(*state, "rocky", "rhel centos fedora", "fedora");
	assert_family(*state, "debian", "fedora", "debian"); /* the own id goes first */
	assert_family(*state, "alpine", "", NULL);
	assert_family(*state, NULL, NULL, NULL);
}

static void test_guide_versions(void **state)
{
	static const char *const least[][2] = {
		{"libvirt", "6.5.0"},
		{"qemu-desktop", "5.2.0"},
		{"edk2-ovmf", "202011"},
		{"virt-manager", "3.2.0"},
	};
	const struct vp_table_family *arch = vp_tables_family(*state, "manjaro", NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(least); i++) {
		const struct vp_table_package *package = find_package(arch, least[i][0]);

		assert_non_null(package);
		assert_string_equal(package->least, least[i][1]);
	}
	assert_int_equal(find_package(arch, "dnsmasq")->when, VP_WHEN_ALWAYS);
	assert_int_equal(find_package(arch, "swtpm")->when, VP_WHEN_WINDOWS11);
	/* the one is no package, the other asks whether it may remove another */
	assert_null(find_package(arch, "qemu"));
	assert_null(find_package(arch, "iptables-nft"));
	/* refreshing the package lists without upgrading breaks the system that rolls */
	assert_false(g_strv_contains((const char *const *)arch->install, "-Sy"));
}

static void test_families_are_complete(void **state)
{
	const struct vp_tables *tables = *state;

	for (guint i = 0; i < tables->families->len; i++) {
		const struct vp_table_family *family = tables->families->pdata[i];
		unsigned windows = 0, always = 0;

		assert_true(!strcmp(family->manager, "pacman") || !strcmp(family->manager, "dpkg") ||
			    !strcmp(family->manager, "rpm"));
		for (guint j = 0; j < family->packages->len; j++) {
			const struct vp_table_package *package = family->packages->pdata[j];

			windows += package->when == VP_WHEN_WINDOWS11;
			always += package->when == VP_WHEN_ALWAYS;
			assert_true(g_str_has_suffix(package->purpose, "."));
		}
		assert_int_equal(windows, 1); /* the TPM */
		assert_int_equal(always, 4);  /* libvirt, QEMU, OVMF, dnsmasq */
		for (guint j = 0; j < family->services->len; j++)
			assert_non_null(
				strchr(((struct vp_table_service *)family->services->pdata[j])->unit, '.'));
	}
}

/* ---- parameters.json ----------------------------------------------------------------------------------- */

static void test_explain(void **state)
{
	g_autofree char *on = vp_tables_explain(*state, "intel_iommu=on");
	g_autofree char *two = vp_tables_explain(*state, "intel_iommu=on,igfx_off");
	g_autofree char *dashes = vp_tables_explain(*state, "vfio_pci.ids=10de:13c2");
	g_autofree char *override = vp_tables_explain(*state, "pcie_acs_override=downstream,multifunction");

	assert_non_null(strstr(on, "\"on\": use it"));
	assert_null(strstr(on, "built-in graphics"));
	assert_non_null(strstr(two, "built-in graphics"));
	assert_non_null(strstr(dashes, "every device of that model"));
	assert_non_null(strstr(override, "no longer prove"));
	assert_null(vp_tables_parameter(*state, "intel_iommux=on"));
	assert_null(vp_tables_explain(*state, "intel_iommux=on"));
}

static void test_stale(void **state)
{
	assert_true(vp_tables_is_stale(*state, "amd_iommu=on"));
	assert_true(vp_tables_is_stale(*state, "iommu=1"));
	assert_false(vp_tables_is_stale(*state, "amd_iommu=off"));
	assert_false(vp_tables_is_stale(*state, "amd_iommu"));
	assert_false(vp_tables_is_stale(*state, "intel_iommu=on"));
	assert_false(vp_tables_is_stale(*state, "pcie_acs_override=downstream")); /* the person's own risk */
	assert_false(vp_tables_is_stale(*state, "quiet"));
	assert_false(vp_tables_is_stale(*state, "unheard_of=on"));
}

static void test_vital(void **state)
{
	static const char *const words[] = {"root=UUID=1", "cryptdevice=UUID=2:luks", "resume=/dev/sda2",
					    "rd.luks.uuid=3", "zfs=zroot/ROOT"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		assert_true(vp_tables_parameter(*state, words[i])->vital);
	assert_false(vp_tables_parameter(*state, "quiet")->vital);
}

/* ---- help/ --------------------------------------------------------------------------------------------- */

static void test_help(void **state)
{
	static const char *const ids[] = {"firmware", "kernel", "devices", "packages",
					  "machine",  "review", "glossary"};

	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		g_autofree char *text = vp_tables_help(*state, ids[i]);
		g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

		assert_non_null(text);
		assert_true(g_utf8_validate(text, -1, NULL));
		for (char **line = lines; *line; line++)
			assert_in_range(g_utf8_strlen(*line, -1), 0, 74);
	}
	assert_null(vp_tables_help(*state, "nonsense"));
	assert_null(vp_tables_help(*state, "../help/firmware"));
}

static void test_glossary(void **state)
{
	static const char terms[] =
		"ACS|BDF address|boot loader|domain|driver|GRUB|hugepages|initramfs|IOMMU|IOMMU group|ISO|"
		"kernel parameter|KVM|libvirt|OVMF|passthrough|QEMU|SMT|SSH|TPM|UEFI|VFIO|vfio-pci";
	g_auto(GStrv) names = g_strsplit(terms, "|", -1);
	g_autofree char *text = vp_tables_help(*state, "glossary");

	assert_non_null(text);
	for (char **name = names; *name; name++) {
		g_autofree char *entry = g_strdup_printf("\n%s\n", *name);

		assert_non_null(strstr(text, entry));
	}
}

/* ---- broken tables are refused ------------------------------------------------------------------------- */

/* JSON in single quotes, for the eye; assert_refused() makes them double. */
#define SETTING(id) "{'id':'" id "','title':'t','purpose':'p','need':'required','cpu':'any','measure':'none'}"
#define MENU(more) "{'setting':'a','cpu':'any','path':'p','value':'v','source':'s'" more "}"
#define FIRMWARE(settings, menus)                                                                            \
	"{'settings':[" settings "],'makers':[{'id':'m','name':'n','dmi':['d']}],'menus':[" menus "]}"
#define PARAMETERS(rows) "{'parameters':[" rows "]}"

static char *requote(const char *text)
{
	return text ? g_strdelimit(g_strdup(text), "'", '"') : NULL;
}

/* The shipped tables with one of them replaced, or missing. Caller removes with remove_folder(). */
static char *make_folder(const char *name, const char *content)
{
	g_autofree char *shipped = shipped_assets();
	char *folder = g_dir_make_tmp("vp-tables-XXXXXX", NULL);

	assert_non_null(folder);
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *from = g_build_filename(shipped, files[i], NULL);
		g_autofree char *to = g_build_filename(folder, files[i], NULL);
		g_autofree char *text = NULL;

		assert_true(g_file_get_contents(from, &text, NULL, NULL));
		if (strcmp(files[i], name))
			assert_true(g_file_set_contents(to, text, -1, NULL));
		else if (content)
			assert_true(g_file_set_contents(to, content, -1, NULL));
	}
	return folder;
}

static void remove_folder(const char *folder)
{
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);

		g_unlink(path);
	}
	assert_int_equal(g_rmdir(folder), 0);
}

/* The error is one line that names the file and holds both words. */
static void assert_refused(const char *name, const char *content, const char *where, const char *why)
{
	g_autofree char *text = requote(content), *place = requote(where);
	g_autofree char *folder = make_folder(name, text);
	g_autoptr(GError) error = NULL;

	assert_null(vp_tables_load(folder, &error));
	remove_folder(folder);
	assert_non_null(error);
	assert_true(error->domain == VP_ERROR);
	assert_null(strchr(error->message, '\n'));
	if (!strstr(error->message, name) || !strstr(error->message, place) || !strstr(error->message, why))
		fail_msg("expected %s, %s, %s in: %s", name, place, why, error->message);
}

static void assert_bad_firmware(const char *content, const char *where, const char *why)
{
	assert_refused("firmware.json", content, where, why);
}

static void test_broken_json(void **state)
{
	assert_bad_firmware(NULL, "cannot read", "VIRT_PASSTHROUGH_ASSETS");
	assert_bad_firmware("", "cannot use", "empty");
	assert_bad_firmware("{'settings':\n[", "cannot use", "line 2");
	assert_bad_firmware(FIRMWARE(SETTING("a"), MENU("")) "x", "cannot use", "line 1");
}

static void test_broken_shapes(void **state)
{
	assert_bad_firmware("[]", "firmware.json", "must be an object");
	assert_bad_firmware("{}", "'settings'", "is missing");
	assert_bad_firmware(FIRMWARE("", MENU("")), "'settings'", "array of objects");
	assert_bad_firmware(FIRMWARE("7", MENU("")), "settings[0]", "must be an object");
	assert_bad_firmware(FIRMWARE("{'id':7}", MENU("")), "settings[0]: key 'id'", "a string");
	assert_bad_firmware(FIRMWARE("{'id':''}", MENU("")), "settings[0]: key 'id'", "not empty");
	assert_bad_firmware(FIRMWARE("{'hue':'red'}", MENU("")), "settings[0]: key 'hue'", "not known");
	assert_bad_firmware(FIRMWARE(SETTING("a"), "{'cpu':'arm'}"), "menus[0]: key 'cpu'", "any|intel|amd");
	assert_bad_firmware(FIRMWARE(SETTING("a"), "{'need':''}"), "menus[0]: key 'need'", "of required|");
	assert_bad_firmware(FIRMWARE(SETTING("a"), "{'boards':'x'}"), "menus[0]: key 'boards'", "array");
	assert_bad_firmware(FIRMWARE(SETTING("a"), "{'boards':[7]}"), "menus[0]: key 'boards'", "strings");
	assert_refused("packages.json", "{'families':[{'id':'arch'}]}", "families[0]: key 'match'",
		       "missing");
	assert_refused("packages.json", "{'families':[{'packages':[{'when':'never'}]}]}",
		       "families[0]: packages[0]: key 'when'", "always|windows11|graphical");
	assert_refused("parameters.json", PARAMETERS("{'name':'a','why':'b','vital':'yes'}"),
		       "parameters[0]: key 'vital'", "true or false");
}

static void test_twins_and_strangers(void **state)
{
	assert_bad_firmware(FIRMWARE(SETTING("a") "," SETTING("a"), MENU("")), "settings[1]: key 'id'",
			    "twice");
	assert_bad_firmware(FIRMWARE(SETTING("b"), MENU("")), "menus[0]: key 'setting'", "no setting");
	assert_bad_firmware(FIRMWARE(SETTING("a"), MENU(",'maker':'x'")), "menus[0]: key 'maker'",
			    "no maker");
	assert_bad_firmware(FIRMWARE(SETTING("a"), MENU(",'boards':['x']")), "menus[0]: key 'boards'",
			    "a maker");
	assert_bad_firmware(FIRMWARE(SETTING("a"), MENU("") "," MENU("")), "menus[1]", "same boards");
	assert_bad_firmware(FIRMWARE(SETTING("a"), MENU(",'maker':'m','boards':['x','y']") "," MENU(
							   ",'maker':'m','boards':['y']")),
			    "menus[1]", "same boards");
	assert_refused("parameters.json", PARAMETERS("{'name':'a','why':'b'},{'name':'a','why':'c'}"),
		       "parameters[1]: key 'name'", "twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_board),
		cmocka_unit_test(test_hyperthreading_is_only_recommended),
		cmocka_unit_test(test_closest_menu_wins),
		cmocka_unit_test(test_every_maker_is_matched),
		cmocka_unit_test(test_every_setting_has_a_typical_menu),
		cmocka_unit_test(test_cpu_makers),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_guide_versions),
		cmocka_unit_test(test_families_are_complete),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_vital),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_glossary),
		cmocka_unit_test(test_broken_json),
		cmocka_unit_test(test_broken_shapes),
		cmocka_unit_test(test_twins_and_strangers),
	};

	return cmocka_run_group_tests_name("tables", tests, load, unload);
}
