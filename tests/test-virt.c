/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-virt.c - libvirt by its own mock hypervisor (test:///default, all in this process), and its failures
 *
 * Failures that cannot be had from the mock are put in front of it: linked with --wrap=dlopen --wrap=dlsym,
 * the library is gone, or a function of it does as told here.
 */
#include "config.h"

#include "../core/domain.h"
#include "../core/virt.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

void *__real_dlopen(const char *file, int mode);
void *__real_dlsym(void *library, const char *name);
void *__wrap_dlopen(const char *file, int mode);
void *__wrap_dlsym(void *library, const char *name);

/* What goes wrong in the test at hand; all zero: nothing. */
static struct {
	bool no_library;
	const char *no_symbol;
	virError error;  /* with a message: connecting fails with it */
	const char *uri; /* what the connection calls itself */
	const char *xml; /* what a domain reads back as */
} fault;

static int no_fault(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return 0;
}

void *__wrap_dlopen(const char *file, int mode)
{
	return __real_dlopen(fault.no_library ? "no-such-library.so.0" : file, mode);
}

static virConnectPtr failing_open(const char *uri)
{
	return NULL;
}

static virErrorPtr failing_last_error(void)
{
	return &fault.error;
}

static char *other_uri(virConnectPtr connection)
{
	return strdup(fault.uri);
}

static char *other_xml(virDomainPtr domain, unsigned flags)
{
	return strdup(fault.xml);
}

void *__wrap_dlsym(void *library, const char *name)
{
	if (fault.no_symbol && !strcmp(name, fault.no_symbol))
		return __real_dlsym(library, "no_such_symbol");
	if (fault.error.message && !strcmp(name, "virConnectOpen"))
		return (void *)failing_open;
	if (fault.error.message && !strcmp(name, "virGetLastError"))
		return (void *)failing_last_error;
	if (fault.uri && !strcmp(name, "virConnectGetURI"))
		return (void *)other_uri;
	if (fault.xml && !strcmp(name, "virDomainGetXMLDesc"))
		return (void *)other_xml;
	return __real_dlsym(library, name);
}

/* ---- helpers ------------------------------------------------------------------------------------------- */

static vp_virt *open_mock(void)
{
	g_autoptr(GError) error = NULL;
	vp_virt *virt = vp_virt_open("test:///default", &error);

	if (!virt)
		fail_msg("%s", error->message);
	return virt;
}

/* A machine as this program makes it, with a card of two functions. Caller frees. */
static char *machine(const char *name)
{
	static const struct vp_device card = {.bus = 1}, sound = {.bus = 1, .function = 1};
	static const struct vp_device *const devices[] = {&card, &sound, NULL};
	const struct vp_domain_spec spec = {
		.name = name,
		.memory_mib = 2048,
		.cores = 2,
		.threads = 1,
		.disk_path = "/tmp/disk.qcow2",
		.disk_format = "qcow2",
		.devices = devices,
		.libvirt_version = 9000000,
	};
	char *xml = vp_domain_build(&spec, NULL);

	assert_non_null(xml);
	return xml;
}

static void define(vp_virt *virt, const char *name, char **ret_xml)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *xml = machine(name);

	if (!vp_virt_define(virt, xml, ret_xml, &error))
		fail_msg("%s", error->message);
}

/* One line, of this status, with these words. Takes the error. */
static void expect_error(GError **error, int code, const char *first, const char *second)
{
	assert_non_null(*error);
	if (!g_error_matches(*error, VP_ERROR, code) || !strstr((*error)->message, first) ||
	    !strstr((*error)->message, second) || strchr((*error)->message, '\n'))
		fail_msg("status %d, \"%s\", where \"%s\" and \"%s\" belong", (*error)->code,
			 (*error)->message, first, second);
	g_clear_error(error);
}

static void expect_open_fails(const char *uri, int code, const char *first, const char *second)
{
	GError *error = NULL;

	assert_null(vp_virt_open(uri, &error));
	expect_error(&error, code, first, second);
}

/* ---- connecting ---------------------------------------------------------------------------------------- */

static void test_connect(void **state)
{
	g_autoptr(vp_virt) virt = open_mock();

	assert_true(vp_virt_version(virt) >= 6005000);
}

static void test_refused_addresses(void **state)
{
	expect_open_fails("qemu:///session", VP_ERROR_USAGE, "session", "qemu:///system");
	expect_open_fails("qemu:///session?socket=/run/x", VP_ERROR_USAGE, "session", "qemu:///system");
	expect_open_fails("qemu+ssh://somewhere/session", VP_ERROR_USAGE, "session", "qemu:///system");
	expect_open_fails("foo:///x", VP_ERROR_USAGE, "'foo:///x'", "QEMU");
	expect_open_fails("xen:///system", VP_ERROR_USAGE, "'xen:///system'", "QEMU");
	expect_open_fails("qemu://[/system", VP_ERROR_USAGE, "not an address", "qemu:///system");
	expect_open_fails("no-such-alias", VP_ERROR_FAILED, "'no-such-alias'", "qemu:///system");
}

/* An alias of libvirt.conf shows only in the open connection what it stands for. */
static void test_alias_of_session(void **state)
{
	fault.uri = "qemu:///session";
	expect_open_fails("test:///default", VP_ERROR_USAGE, "session", "qemu:///system");
}

static void test_no_library(void **state)
{
	fault.no_library = true;
	expect_open_fails("qemu:///system", VP_ERROR_FAILED, "no-such-library.so.0",
			  "install the package libvirt");
}

static void test_old_library(void **state)
{
	fault.no_symbol = "virDomainDefineXMLFlags";
	expect_open_fails("qemu:///system", VP_ERROR_FAILED, "no_such_symbol", "install");
}

/* By number, since the texts come in the language of the user. */
static void test_connection_failures(void **state)
{
	static const struct {
		int code, number;
		const char *words;
	} rows[] = {
		{VIR_ERR_SYSTEM_ERROR, ENOENT, "systemctl enable --now libvirtd.service"},
		{VIR_ERR_SYSTEM_ERROR, ECONNREFUSED, "systemctl enable --now libvirtd.service"},
		{VIR_ERR_SYSTEM_ERROR, EACCES, "log out and in again"},
		{VIR_ERR_AUTH_UNAVAILABLE, 0, "log out and in again"},
		{VIR_ERR_AUTH_CANCELLED, 0, "log out and in again"},
		{VIR_ERR_NO_CONNECT, 0, "use qemu:///system"},
		{VIR_ERR_RPC, 0, "journalctl"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		fault.error.code = rows[i].code;
		fault.error.int1 = rows[i].number;
		fault.error.message = (char *)"Verbindung fehlgeschlagen\nzweite Zeile\n";
		expect_open_fails("qemu:///system", VP_ERROR_FAILED,
				  "'qemu:///system': Verbindung fehlgeschlagen zweite", rows[i].words);
	}
}

static void test_silent(void **state)
{
	g_autofree char *path = NULL, *text = NULL;
	int file = g_file_open_tmp("vp-virt-XXXXXX", &path, NULL), kept = dup(STDERR_FILENO);
	g_autoptr(vp_virt) virt = NULL;

	assert_true(file >= 0 && kept >= 0);
	dup2(file, STDERR_FILENO);
	virt = open_mock();
	assert_false(vp_virt_define(virt, "<domain><name>x</name></domain>", NULL, NULL));
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(file);
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	unlink(path);
	assert_string_equal(text, "");
}

/* ---- domains ------------------------------------------------------------------------------------------- */

static void test_define_and_read(void **state)
{
	g_autoptr(vp_virt) virt = open_mock();
	g_autofree char *made = NULL, *read = NULL, *gone = NULL;
	GError *error = NULL;

	define(virt, "guest", &made);
	assert_non_null(strstr(made, "<address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>"));
	read = vp_virt_domain_xml(virt, "guest", &error);
	assert_null(error);
	assert_string_equal(read, made);

	assert_true(vp_virt_undefine(virt, "guest", &error));
	gone = vp_virt_domain_xml(virt, "guest", &error);
	assert_null(gone);
	assert_null(error);
	assert_true(vp_virt_undefine(virt, "guest", &error));
}

static void test_odd_names(void **state)
{
	static const char *const names[] = {"it's <\"&\"> one", "Grüner Rechner"};
	g_autoptr(vp_virt) virt = open_mock();

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		define(virt, names[i], NULL);
		assert_true(vp_virt_undefine(virt, names[i], NULL));
	}
}

static void test_same_name_is_refused(void **state)
{
	g_autoptr(vp_virt) virt = open_mock();
	g_autofree char *before = NULL, *after = NULL, *xml = machine("guest");
	GError *error = NULL;

	define(virt, "guest", &before);
	assert_false(vp_virt_define(virt, xml, NULL, &error));
	expect_error(&error, VP_ERROR_FAILED, "'guest'", "choose another name");
	/* with its UUID libvirt would take it as a change of that very machine */
	assert_false(vp_virt_define(virt, before, NULL, &error));
	expect_error(&error, VP_ERROR_FAILED, "'guest'", "choose another name");
	after = vp_virt_domain_xml(virt, "guest", NULL);
	assert_string_equal(after, before);
	assert_true(vp_virt_undefine(virt, "guest", NULL));
}

static void test_bad_xml(void **state)
{
	static const char *const bad[] = {"", "no xml", "<domain/>", "<domain><name></name></domain>"};
	g_autoptr(vp_virt) virt = open_mock();
	GError *error = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		assert_false(vp_virt_define(virt, bad[i], NULL, &error));
		expect_error(&error, VP_ERROR_USAGE, "cannot define a machine", "give a complete one");
	}
}

/* An element libvirt does not know would be dropped in silence without validation. */
static void test_schema_is_asked(void **state)
{
	g_autoptr(vp_virt) virt = open_mock();
	g_autofree char *xml = machine("guest"), *none = NULL;
	g_autoptr(GString) odd = g_string_new(xml);
	GError *error = NULL;

	g_string_replace(odd, "<vmport state=\"off\"/>", "<vmpart state=\"off\"/>", 1);
	assert_false(vp_virt_define(virt, odd->str, NULL, &error));
	expect_error(&error, VP_ERROR_FAILED, "'guest'", "schema");
	none = vp_virt_domain_xml(virt, "guest", NULL);
	assert_null(none);
}

/* A libvirt that loses or changes a device must not leave a machine behind. */
static void test_lost_device(void **state)
{
	g_autofree char *xml = machine("guest"), *none = NULL;
	g_autoptr(GString) other = g_string_new(xml);
	g_autoptr(vp_virt) virt = NULL;
	GError *error = NULL;

	g_string_replace(other, "bus=\"0x01\" slot=\"0x00\" function=\"0x1\"",
			 "bus=\"0x02\" slot=\"0x00\" function=\"0x0\"", 1);
	fault.xml = other->str;
	virt = open_mock();
	assert_false(vp_virt_define(virt, xml, NULL, &error));
	expect_error(&error, VP_ERROR_FAILED, "\"0000:01:00.0 0000:02:00.0\"",
		     "\"0000:01:00.0 0000:01:00.1\"");
	none = vp_virt_domain_xml(virt, "guest", NULL);
	assert_null(none);
}

/* The mock comes with one domain, "test", which runs. */
static void test_running_is_kept(void **state)
{
	g_autoptr(vp_virt) virt = open_mock();
	g_autofree char *lasting = vp_virt_domain_xml(virt, "test", NULL);
	GError *error = NULL;

	assert_non_null(lasting);
	assert_null(strstr(lasting, " id='")); /* the number of this run */
	assert_false(vp_virt_undefine(virt, "test", &error));
	expect_error(&error, VP_ERROR_FAILED, "'test': it is running", "shut it down");
}

/* ---- catalogue ----------------------------------------------------------------------------------------- */

static void test_explain(void **state)
{
	static const char *const rows[][2] = {
		{"vfio 0000:01:00.0: group 12 is not viable", "whole group"},
		{"unsupported configuration: host doesn't support passthrough of host PCI devices", "IOMMU"},
		{"Unmanaged PCI device 0000:01:00.0 must be manually detached from the host",
		 "managed='yes'"},
		{"PCI device 0000:01:00.0 is not assignable", "another slot"},
		{"error: Unknown PCI header type '127' for device '0000:01:00.0'", "off and on"},
		{"vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]",
		 "first one"},
		{"Device is ineligible for IOMMU domain attach due to platform RMRR requirement.", "maker"},
		{"Firmware has requested this device have a 1:1 IOMMU mapping, rejecting", "maker"},
		{"vfio: DMA mapping failed, unable to continue", "maxphysaddr"},
		{"Unable to find 'efi' firmware that is compatible with the current configuration",
		 "edk2-ovmf"},
		{"operation failed: Unable to find any firmware to satisfy 'efi'", "edk2-ovmf"},
		{"Emulator '/usr/bin/qemu-system-x86_64' does not support virt type 'kvm'", "/dev/kvm"},
		{"Code 43", "465"},
		{"XML error: Attempted double use of PCI Address 0000:01:00.0", "report"},
		{"Hostdev already exists in the domain configuration", "report"},
		{"vfio-pci 0000:01:00.0: vgaarb: changed VGA decodes: olddecodes=io+mem", "goes on"},
		{"unsupported configuration: TPM version '2.0' is not supported", "swtpm"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *words = vp_virt_explain(rows[i][0]);

		if (!words || !strstr(words, rows[i][1]) || !strstr(words, "; "))
			fail_msg("%s: %s", rows[i][0], words ? words : "not known");
	}
	assert_null(vp_virt_explain("something else"));
	assert_null(vp_virt_explain(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_connect, no_fault),
		cmocka_unit_test_setup(test_refused_addresses, no_fault),
		cmocka_unit_test_setup(test_alias_of_session, no_fault),
		cmocka_unit_test_setup(test_no_library, no_fault),
		cmocka_unit_test_setup(test_old_library, no_fault),
		cmocka_unit_test_setup(test_connection_failures, no_fault),
		cmocka_unit_test_setup(test_silent, no_fault),
		cmocka_unit_test_setup(test_define_and_read, no_fault),
		cmocka_unit_test_setup(test_odd_names, no_fault),
		cmocka_unit_test_setup(test_same_name_is_refused, no_fault),
		cmocka_unit_test_setup(test_bad_xml, no_fault),
		cmocka_unit_test_setup(test_schema_is_asked, no_fault),
		cmocka_unit_test_setup(test_lost_device, no_fault),
		cmocka_unit_test_setup(test_running_is_kept, no_fault),
		cmocka_unit_test_setup(test_explain, no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
