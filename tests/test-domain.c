/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-domain.c - the domain XML: against libvirt's own schema, golden files, and property by property */
#include "config.h"

#include "../core/domain.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xpath.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"

static const struct vp_device gtx970 = {.bus = 1, .class_code = 0x030000, .vendor = 0x10de, .device = 0x13c2};
static const struct vp_device gtx970_sound = {
	.bus = 1, .function = 1, .class_code = 0x040300, .vendor = 0x10de, .device = 0x0fbb};

static const struct vp_device *const one_card[] = {&gtx970, &gtx970_sound, NULL};
static const int pins[] = {1, 5, 2, 6, 3, 7};

/* The i7-4790K of the golden files: cores 1 to 3 for the guest, core 0 for the host. */
static struct vp_domain_spec linux_spec(void)
{
	return (struct vp_domain_spec){
		.name = "linux",
		.memory_mib = 8192,
		.cores = 3,
		.threads = 2,
		.disk_path = "/var/lib/libvirt/images/linux.qcow2",
		.disk_format = "qcow2",
		.installer = "/var/lib/libvirt/images/manjaro.iso",
		.pins = pins,
		.host_cpus = "0,4",
		.devices = one_card,
		.libvirt_version = 9000000,
	};
}

static struct vp_domain_spec windows_spec(void)
{
	struct vp_domain_spec spec = linux_spec();

	spec.name = "windows11";
	spec.windows = true;
	spec.secure_boot = true;
	spec.disk_path = "/var/lib/libvirt/images/windows11.qcow2";
	spec.installer = "/var/lib/libvirt/images/Win11.iso";
	spec.drivers = "/var/lib/libvirt/images/virtio-win.iso";
	return spec;
}

static char *build(const struct vp_domain_spec *spec)
{
	GError *error = NULL;
	char *xml = vp_domain_build(spec, &error);

	if (error)
		fail_msg("%s", error->message);
	assert_non_null(xml);
	return xml;
}

static xmlDocPtr parse(const char *xml)
{
	xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);

	assert_non_null(doc);
	return doc;
}

/* The XPath expression as a string; caller frees. */
static char *look(const char *xml, const char *expression)
{
	xmlDocPtr doc = parse(xml);
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlXPathObjectPtr result = xmlXPathEval(BAD_CAST expression, context);
	xmlChar *value;
	char *text;

	assert_non_null(result);
	value = xmlXPathCastToString(result);
	text = g_strdup((const char *)value);
	xmlFree(value);
	xmlXPathFreeObject(result);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	return text;
}

static void expect(const char *xml, const char *expression, const char *value)
{
	g_autofree char *found = look(xml, expression);

	if (strcmp(found, value))
		fail_msg("%s is \"%s\", not \"%s\" in\n%s", expression, found, value, xml);
}

static void expect_built(const struct vp_domain_spec *spec, const char *expression, const char *value)
{
	g_autofree char *xml = build(spec);

	expect(xml, expression, value);
}

/* ---- against libvirt's schema -------------------------------------------------------------------------- */

struct schema {
	xmlRelaxNGPtr grammar;
};

static int open_schema(void **state)
{
	struct schema *schema = g_new0(struct schema, 1);

	if (g_file_test(SCHEMA, G_FILE_TEST_EXISTS)) {
		xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(SCHEMA);

		schema->grammar = xmlRelaxNGParse(parser);
		xmlRelaxNGFreeParserCtxt(parser);
	}
	*state = schema;
	return 0;
}

static int close_schema(void **state)
{
	struct schema *schema = *state;

	xmlRelaxNGFree(schema->grammar);
	g_free(schema);
	return 0;
}

static void validate(const struct schema *schema, const struct vp_domain_spec *spec)
{
	g_autofree char *xml = build(spec);
	xmlDocPtr doc = parse(xml);
	xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schema->grammar);
	int result = xmlRelaxNGValidateDoc(context, doc);

	xmlRelaxNGFreeValidCtxt(context);
	xmlFreeDoc(doc);
	if (result)
		fail_msg("libvirt's schema refuses\n%s", xml);
}

static void test_schema(void **state)
{
	const struct schema *schema = *state;
	struct vp_device many[40];
	const struct vp_device *four[5], *two_cards[4], *forty[41], *none[] = {NULL};
	const struct vp_device *const *const choices[] = {NULL, none, one_card, four, two_cards, forty};
	static const unsigned long versions[] = {0, 6000000, 7002000, 8006000, 9000000, 12008000};

	if (!schema->grammar) {
		print_message("skipped: no %s\n", SCHEMA);
		skip();
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(many); i++) /* ten cards of four functions each */
		many[i] = (struct vp_device){.bus = i / 4 + 1, .function = i % 4, .class_code = 0x030000};
	for (unsigned i = 0; i < 41; i++)
		forty[i] = i < 40 ? &many[i] : NULL;
	memcpy(four, forty, sizeof(four));
	four[4] = NULL;
	memcpy(two_cards, &forty[2], sizeof(two_cards));
	two_cards[3] = NULL; /* .2 and .3 of the first, .0 of the second */

	for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
		for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
			struct vp_domain_spec specs[] = {linux_spec(), windows_spec()};

			for (size_t s = 0; s < G_N_ELEMENTS(specs); s++) {
				specs[s].devices = choices[i];
				specs[s].libvirt_version = versions[v];
				validate(schema, &specs[s]);
			}
		}
	}
}

static void test_schema_options(void **state)
{
	const struct schema *schema = *state;
	struct vp_domain_spec spec = linux_spec();

	if (!schema->grammar)
		skip();
	spec.pins = NULL;
	validate(schema, &spec);
	spec.host_cpus = NULL;
	validate(schema, &spec);
	spec.installer = NULL;
	spec.hugepages = true;
	spec.host_is_amd = true;
	spec.disk_path = "/dev/vg0/guest";
	spec.disk_format = "raw";
	validate(schema, &spec);
}

/* ---- golden files -------------------------------------------------------------------------------------- */

static void compare_golden(const struct vp_domain_spec *spec, const char *name)
{
	g_autofree char *xml = build(spec);
	g_autofree char *path = g_build_filename(g_getenv("VP_SRCDIR"), "tests", "golden", name, NULL);
	g_autofree char *wanted = NULL;

	if (g_getenv("UPDATE"))
		assert_true(g_file_set_contents(path, xml, -1, NULL));
	assert_true(g_file_get_contents(path, &wanted, NULL, NULL));
	assert_string_equal(xml, wanted);
}

static void test_golden(void **state)
{
	struct vp_domain_spec linux_guest = linux_spec(), windows = windows_spec();

	compare_golden(&linux_guest, "domain-linux.xml");
	compare_golden(&windows, "domain-windows11.xml");
}

/* ---- texts --------------------------------------------------------------------------------------------- */

static void test_escaping(void **state)
{
	static const char *const names[] = {"a<b>&c", "it's \"here\"",  "]]>",
					    "&amp;",  "Grüner Rechner", "  blanks  "};
	g_autofree char *longest = g_strnfill(300, 'x');

	for (size_t i = 0; i <= G_N_ELEMENTS(names); i++) {
		struct vp_domain_spec spec = linux_spec();
		g_autofree char *xml = NULL;

		spec.name = spec.installer = i < G_N_ELEMENTS(names) ? names[i] : longest;
		xml = build(&spec);
		expect(xml, "/domain/name", spec.name);
		expect(xml, "//disk[@device='cdrom']/source/@file", spec.name);
	}
}

static void test_letters_stay_readable(void **state)
{
	struct vp_domain_spec spec = linux_spec();
	g_autofree char *xml = NULL;

	spec.name = spec.disk_path = "/Grüner Rechner";
	xml = build(&spec);
	assert_non_null(strstr(xml, "<name>/Grüner Rechner</name>"));
	assert_non_null(strstr(xml, "file=\"/Grüner Rechner\""));
}

static void expect_refused(const struct vp_domain_spec *spec, const char *word)
{
	g_autoptr(GError) error = NULL;
	char *xml = vp_domain_build(spec, &error);

	assert_null(xml);
	assert_non_null(error);
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_USAGE));
	assert_non_null(strstr(error->message, word));
	assert_null(strchr(error->message, '\n'));
}

static void test_refused_texts(void **state)
{
	static const char *const bad[] = {"a\nb",     "a\tb",         "\x1b[31m", "\x7f",
					  "\xc2\x85", "\xef\xbf\xbe", "\xff",     "\xed\xa0\x80"};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct vp_domain_spec spec = linux_spec();

		spec.name = bad[i];
		expect_refused(&spec, "the name");
		spec = linux_spec();
		spec.disk_path = bad[i];
		expect_refused(&spec, "the disk");
		spec = linux_spec();
		spec.installer = bad[i];
		expect_refused(&spec, "the installer");
		spec = linux_spec();
		spec.drivers = bad[i];
		expect_refused(&spec, "the drivers");
	}
}

static void test_refused_numbers(void **state)
{
	struct vp_domain_spec spec = linux_spec();

	spec.cores = 0;
	expect_refused(&spec, "processors");
	spec = linux_spec();
	spec.threads = 0;
	expect_refused(&spec, "processors");
	spec = linux_spec();
	spec.memory_mib = 0;
	expect_refused(&spec, "memory");
	spec = linux_spec();
	spec.name = "";
	expect_refused(&spec, "the name");
	spec = linux_spec();
	spec.disk_path = NULL;
	expect_refused(&spec, "the disk");
}

/* ---- devices ------------------------------------------------------------------------------------------- */

static void test_card_shares_a_slot(void **state)
{
	struct vp_domain_spec spec = linux_spec();
	g_autofree char *xml = build(&spec);

	expect(xml, "count(//hostdev[@managed='yes' and @mode='subsystem' and @type='pci'])", "2");
	expect(xml, "//hostdev[1]/source/address/@bus", "0x01");
	expect(xml, "//hostdev[1]/address/@function", "0x0");
	expect(xml, "//hostdev[1]/address/@multifunction", "on");
	expect(xml, "//hostdev[2]/source/address/@function", "0x1");
	expect(xml, "//hostdev[2]/address/@function", "0x1");
	expect(xml, "count(//hostdev[2]/address/@multifunction)", "0");
	expect(xml, "//hostdev[1]/address/@bus = //hostdev[2]/address/@bus", "true");
	expect(xml, "//controller[@index='1']/@model", "pcie-root-port");
	expect(xml, "count(//controller[@model='pcie-root-port'])", "1");
}

static void test_cards_have_own_ports(void **state)
{
	static const struct vp_device audio = {.domain = 0x10000, .bus = 0xe1, .slot = 0x1f, .function = 3};
	static const struct vp_device *const given[] = {&gtx970, &gtx970_sound, &audio, NULL};
	struct vp_domain_spec spec = linux_spec();
	g_autofree char *xml = NULL;

	spec.devices = given;
	xml = build(&spec);
	expect(xml, "count(//controller[@model='pcie-root-port'])", "2");
	expect(xml, "//hostdev[3]/address/@bus", "0x02");
	expect(xml, "//hostdev[3]/source/address/@domain", "0x10000");
	expect(xml, "//hostdev[3]/source/address/@slot", "0x1f");
	expect(xml, "//hostdev[3]/source/address/@function", "0x3");
	/* alone in its slot there, it must be function 0 to be seen, and needs no multifunction */
	expect(xml, "//hostdev[3]/address/@function", "0x0");
	expect(xml, "count(//hostdev[3]/address/@multifunction)", "0");
}

static void test_slot_always_has_function_0(void **state)
{
	static const struct vp_device usb = {.bus = 1, .function = 2}, ucsi = {.bus = 1, .function = 3};
	static const struct vp_device *const without[] = {&usb, &ucsi, NULL};
	static const struct vp_device *const with_gap[] = {&gtx970, &ucsi, NULL};
	struct vp_domain_spec spec = linux_spec();

	spec.devices = without;
	expect_built(&spec, "//hostdev[1]/address/@function", "0x0");
	expect_built(&spec, "//hostdev[2]/address/@function", "0x1");
	spec.devices = with_gap;
	expect_built(&spec, "//hostdev[1]/address/@function", "0x0");
	expect_built(&spec, "//hostdev[2]/address/@function", "0x3");
}

static void test_disks(void **state)
{
	struct vp_domain_spec spec = windows_spec();
	g_autofree char *xml = build(&spec);

	expect(xml,
	       "concat(//disk[1]/driver/@cache, ' ', //disk[1]/driver/@io, ' ', //disk[1]/driver/@discard)",
	       "none native unmap");
	expect(xml, "//disk[1]/driver/@iothread = /domain/iothreads", "true");
	expect(xml, "//disk[@device='disk']/boot/@order < //disk[target/@dev='sda']/boot/@order", "true");
	expect(xml, "count(//disk[target/@dev='sdb']/boot)", "0");
	expect(xml, "//disk[target/@dev='sdb']/source/@file", spec.drivers);
	expect(xml, "count(//disk[@device='cdrom']/readonly)", "2");

	spec = linux_spec();
	spec.installer = NULL;
	expect_built(&spec, "count(//disk)", "1");
	spec.disk_path = "/dev/vg0/guest";
	expect_built(&spec, "//disk[@type='block']/source/@dev", "/dev/vg0/guest");
}

/* ---- processors and platform --------------------------------------------------------------------------- */

static void test_pinning(void **state)
{
	struct vp_domain_spec spec = linux_spec();

	expect_built(&spec, "/domain/vcpu", "6");
	expect_built(&spec, "//vcpupin[@vcpu='1']/@cpuset", "5");
	expect_built(&spec, "count(//vcpupin)", "6");
	expect_built(&spec, "//emulatorpin/@cpuset", "0,4");
	expect_built(&spec, "//iothreadpin[@iothread='1']/@cpuset", "0,4");
	expect_built(&spec, "//kvm/hint-dedicated/@state", "on");
	spec.pins = NULL;
	expect_built(&spec, "count(//vcpupin)", "0");
	expect_built(&spec, "count(//hint-dedicated)", "0");
	spec.host_cpus = NULL;
	expect_built(&spec, "count(//cputune)", "0");
}

static void test_topoext_only_for_amd_with_smt(void **state)
{
	struct vp_domain_spec spec = linux_spec();

	expect_built(&spec, "count(//feature[@name='topoext'])", "0");
	spec.host_is_amd = true;
	expect_built(&spec, "count(//feature[@name='topoext'])", "1");
	spec.threads = 1;
	expect_built(&spec, "count(//feature[@name='topoext'])", "0");
}

static void test_windows(void **state)
{
	struct vp_domain_spec spec = windows_spec();
	g_autofree char *xml = build(&spec);

	expect(xml, "//tpm[@model='tpm-crb']/backend/@version", "2.0");
	expect(xml, "//smm/@state", "on");
	expect(xml, "//clock/@offset", "localtime");
	expect(xml, "//timer[@name='hypervclock']/@present", "yes");
	expect(xml, "//hyperv/stimer/direct/@state", "on");
	expect(xml, "count(//hyperv/evmcs | //hyperv/reset)", "0");
	expect(xml, "//os/firmware/feature[@name='secure-boot']/@enabled", "yes");
	expect(xml, "//os/firmware/feature[@name='enrolled-keys']/@enabled", "no");

	spec = linux_spec();
	expect_built(&spec, "count(//hyperv | //tpm | //smm | //timer[@name='hypervclock'])", "0");
	expect_built(&spec, "//os/firmware/feature[@name='secure-boot']/@enabled", "no");
	expect_built(&spec, "//clock/@offset", "utc");
}

static void test_vendor_id_only_where_drivers_look(void **state)
{
	static const struct vp_device arc = {.class_code = 0x030000, .vendor = 0x8086};
	static const struct vp_device *const intel[] = {&arc, NULL}, *const sound[] = {&gtx970_sound, NULL};
	struct vp_domain_spec spec = windows_spec();

	expect_built(&spec, "string-length(//vendor_id/@value) <= 12 and //vendor_id/@state = 'on'", "true");
	spec.devices = intel;
	expect_built(&spec, "count(//vendor_id)", "0");
	spec.devices = sound;
	expect_built(&spec, "count(//vendor_id)", "0");
}

/* Each element only where that libvirt knows it. */
static void test_versions(void **state)
{
	static const unsigned long versions[] = {0,       6004000, 6005000, 7001000,
						 7002000, 8005000, 8006000, 12008000};
	static const char *const elements[][2] = {
		{"count(//os/firmware)", "10001111"},
		{"count(//os/loader[@secure='yes'])", "01111100"},
		{"count(//cpu/@migratable)", "10111111"},
	};

	for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
		struct vp_domain_spec spec = windows_spec();

		spec.libvirt_version = versions[v];
		for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
			char wanted[] = {elements[i][1][v], '\0'};

			expect_built(&spec, elements[i][0], wanted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_schema_options),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_letters_stay_readable),
		cmocka_unit_test(test_refused_texts),
		cmocka_unit_test(test_refused_numbers),
		cmocka_unit_test(test_card_shares_a_slot),
		cmocka_unit_test(test_cards_have_own_ports),
		cmocka_unit_test(test_slot_always_has_function_0),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_pinning),
		cmocka_unit_test(test_topoext_only_for_amd_with_smt),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_vendor_id_only_where_drivers_look),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, open_schema, close_schema);
}
