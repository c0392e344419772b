/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-embed.c - the machines as libvirt's QEMU driver takes them
 *
 * qemu:///embed runs that driver inside this process, below a folder, without privileges and without a daemon
 * (libvirt's drvqemu.html). It knows what the schema does not: which features QEMU has, and who sits where on
 * the buses of the guest. Exit status 77: it, or QEMU, is not installed.
 */
#include "config.h"

#include "../core/domain.h"
#include "../core/virt.h"

#include <ftw.h>
#include <grp.h>
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { NOBODY = 65534, SKIPPED = 77, TIME_LIMIT = 120 };

static const struct vp_device card = {.bus = 1, .class_code = 0x030000, .vendor = 0x10de};
static const struct vp_device sound = {.bus = 1, .function = 1, .class_code = 0x040300, .vendor = 0x10de};
static const struct vp_device *const one_card[] = {&card, &sound, NULL};
static const int pins[] = {1, 5, 2, 6};

static struct vp_domain_spec spec_for(vp_virt *virt, bool windows)
{
	return (struct vp_domain_spec){
		.name = windows ? "windows11" : "linux",
		.windows = windows,
		.secure_boot = windows,
		.memory_mib = 4096,
		.cores = 2,
		.threads = 2,
		.pins = pins,
		.host_cpus = "0,4",
		.disk_path = "/tmp/disk.qcow2",
		.disk_format = "qcow2",
		.installer = "/tmp/installer.iso",
		.drivers = windows ? "/tmp/drivers.iso" : NULL,
		.devices = one_card,
		.libvirt_version = vp_virt_version(virt),
	};
}

/* Without KVM: emulated, and with a processor that can be emulated. All else stays. */
static char *build_emulated(const struct vp_domain_spec *spec)
{
	g_autofree char *xml = vp_domain_build(spec, NULL);
	GString *text = g_string_new(xml);

	assert_non_null(xml);
	g_string_replace(text, "<domain type=\"kvm\">", "<domain type=\"qemu\">", 1);
	g_string_replace(text, "mode=\"host-passthrough\" check=\"none\" migratable=\"off\"",
			 "mode=\"maximum\"", 1);
	g_string_replace(text, "<cache mode=\"passthrough\"/>", "", 1);
	return g_string_free(text, FALSE);
}

static char *define(vp_virt *virt, const struct vp_domain_spec *spec)
{
	g_autofree char *xml = build_emulated(spec);
	g_autoptr(GError) error = NULL;
	char *made = NULL;

	if (!vp_virt_define(virt, xml, &made, &error))
		fail_msg("%s", error->message);
	assert_true(vp_virt_undefine(virt, spec->name, NULL));
	return made;
}

/* libvirt keeps the places we chose, and finds others for everything else. */
static void expect_card_on_port_1(const char *made)
{
	assert_non_null(strstr(made,
			       "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0' "
			       "multifunction='on'/>"));
	assert_non_null(
		strstr(made, "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>"));
}

static void test_linux(void **state)
{
	struct vp_domain_spec spec = spec_for(*state, false);
	g_autofree char *made = define(*state, &spec);

	expect_card_on_port_1(made);
}

static void test_windows(void **state)
{
	struct vp_domain_spec spec = spec_for(*state, true);
	g_autofree char *swtpm = g_find_program_in_path("swtpm"),
			*setup = g_find_program_in_path("swtpm_setup");
	g_autofree char *made = NULL;

	if (!swtpm || !setup) {
		print_message("skipped: swtpm is not installed\n");
		skip();
	}
	made = define(*state, &spec);
	expect_card_on_port_1(made);
}

/* What is written when the version is not known. */
static void test_unknown_version(void **state)
{
	struct vp_domain_spec spec = spec_for(*state, false);
	g_autofree char *made = NULL;

	spec.secure_boot = true;
	spec.libvirt_version = 0;
	made = define(*state, &spec);
	expect_card_on_port_1(made);
}

/* Ten cards of four functions: more ports than one bus has slots. */
static void test_forty_devices(void **state)
{
	struct vp_domain_spec spec = spec_for(*state, false);
	struct vp_device many[40];
	const struct vp_device *devices[41] = {NULL};
	g_autofree char *made = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(many); i++) {
		many[i] = (struct vp_device){.bus = i / 4 + 1, .function = i % 4};
		devices[i] = &many[i];
	}
	spec.devices = devices;
	made = define(*state, &spec);
	assert_non_null(strstr(made, "bus='0x0a' slot='0x00' function='0x3'"));
}

/* The text of libvirt for this is in the catalogue as it really comes. */
static void test_place_taken_twice(void **state)
{
	struct vp_domain_spec spec = spec_for(*state, false);
	g_autofree char *xml = build_emulated(&spec);
	g_autoptr(GString) text = g_string_new(xml);
	g_autoptr(GError) error = NULL;

	g_string_replace(text, "bus=\"0x01\" slot=\"0x00\" function=\"0x1\"/>\n    </hostdev>",
			 "bus=\"0x01\" slot=\"0x00\" function=\"0x0\"/>\n    </hostdev>", 1);
	assert_false(vp_virt_define(*state, text->str, NULL, &error));
	assert_non_null(strstr(error->message, "were put into one place"));
}

/* ---- the process around them --------------------------------------------------------------------------- */

static gpointer run_events(gpointer data)
{
	for (;;)
		virEventRunDefaultImpl();
	return NULL;
}

static int run_below(const char *folder)
{
	g_autofree char *uri = g_strdup_printf("qemu:///embed?root=%s", folder);
	g_autoptr(GError) error = NULL;
	g_autoptr(vp_virt) virt = NULL;

	alarm(TIME_LIMIT);
	virEventRegisterDefaultImpl();
	g_thread_unref(g_thread_new("events", run_events, NULL));
	virt = vp_virt_open(uri, &error);
	if (!virt) {
		fprintf(stderr, "skipped: %s\n", error->message);
		return SKIPPED;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_linux, virt),
		cmocka_unit_test_prestate(test_windows, virt),
		cmocka_unit_test_prestate(test_unknown_version, virt),
		cmocka_unit_test_prestate(test_forty_devices, virt),
		cmocka_unit_test_prestate(test_place_taken_twice, virt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	return remove(path);
}

/* As root the driver would want the users and folders of an installed libvirt. */
static bool become_nobody(const char *folder)
{
	return geteuid() != 0 ||
	       (!chown(folder, NOBODY, NOBODY) && !setgroups(0, NULL) && !setgid(NOBODY) && !setuid(NOBODY));
}

/* The tests run in a child, and this process collects what it leaves behind: the driver asks QEMU for its
 * features through daemons of its own, and waits until they are gone, so somebody must collect them. */
int main(void)
{
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64"), *folder = NULL;
	int status = 0;
	pid_t child, ended;

	if (!qemu) {
		fprintf(stderr, "skipped: qemu-system-x86_64 is not installed\n");
		return SKIPPED;
	}
	folder = g_dir_make_tmp("vp-embed-XXXXXX", NULL);
	if (!folder)
		return EXIT_FAILURE;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	g_setenv("HOME", folder, true);
	g_setenv("XDG_RUNTIME_DIR", folder, true);
	child = fork();
	if (child == 0)
		_exit(become_nobody(folder) ? run_below(folder) : EXIT_FAILURE);
	do {
		ended = wait(&status);
	} while (ended > 0 && ended != child);
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
