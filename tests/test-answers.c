/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-answers.c - the answers file and the checks of single answers */
#include "config.h"

#include "machine_tree.h"

#define CARDS "\"devices\":[\"0000:01:00.0\",\"0000:01:00.1\"]"

static int setup(void **state)
{
	int made = computer_setup(state);
	struct computer *computer = *state;

	computer_cards(computer->tree, "10DE:1C03");
	computer_start(computer);
	return made;
}

static void refused(struct computer *computer, const char *json, const char *because)
{
	g_autofree char *before = vp_answers_to_json(computer->session);
	g_autoptr(GError) error = NULL;
	g_autofree char *after = NULL;

	assert_false(vp_answers_parse(computer->session, json, "answers.json", &error));
	if (!strstr(error->message, because) || strchr(error->message, '\n'))
		fail_msg("\"%s\" does not say \"%s\" in one line", error->message, because);
	assert_non_null(strstr(error->message, "answers.json"));
	after = vp_answers_to_json(computer->session);
	assert_string_equal(before, after);
}

static void test_bad_files(void **state)
{
	refused(*state, "", "it is empty");
	refused(*state, "  \n", "it is empty");
	refused(*state, "{\"devices\": [", "it ends too early");
	refused(*state, "{} {}", "line 1: unexpected character");
	refused(*state, "[]", "one JSON object");
	refused(*state, "{\"color\": 1}", "\"color\" is no question");
	refused(*state, "{\"machine\": {\"colour\": 1}}", "\"machine.colour\" is no question");
	refused(*state, "{\"kernel\": 3}", "\"kernel\" must be an object");
	refused(*state, "{\"kernel\": {\"iommu\": \"yes\"}}", "must be true or false");
	refused(*state, "{\"machine\": {\"memory_mib\": \"8192\"}}", "must be a whole number");
	refused(*state, "{\"devices\": \"0000:01:00.0\"}", "must be a list of texts");
	refused(*state, "{\"devices\": [1]}", "must be a list of texts");
	refused(*state, "{\"machine\": {\"name\": \"\"}}", "is empty");
}

static void test_bad_values(void **state)
{
	refused(*state, "{\"devices\": [\"0000:09:00.0\"]}", "this machine has no device 0000:09:00.0");
	refused(*state, "{\"devices\": [\"01:00\"]}", "is no PCI address");
	refused(*state, "{\"binding\": \"magic\"}", "choose one of auto, command-line, modprobe, address, none");
	refused(*state, "{\"machine\": {\"os\": \"dos\"}}", "choose one of linux, windows11");
	refused(*state, "{\"machine\": {\"memory_mib\": 1}}", "from 512 to");
	refused(*state, "{\"machine\": {\"memory_mib\": 16384}}", "all this computer has or more");
	refused(*state, "{\"machine\": {\"vcpus\": 0}}", "from 1 to");
	refused(*state, "{\"machine\": {\"vcpus\": 3}}", "this computer has 2");
	refused(*state, "{\"machine\": {\"name\": \"a/b\"}}", "cannot hold \"/\"");
	refused(*state, "{\"machine\": {\"name\": \"a\\nb\"}}", "cannot be shown");
	refused(*state, "{\"machine\": {\"disk_path\": \"disk.qcow2\"}}", "begin with /");
	refused(*state, "{\"kernel\": {\"add\": [\"two words\"]}}", "kernel.add");
	refused(*state, "{\"firmware\": [\"turbo\"]}", "no firmware setting \"turbo\"");
}

static void test_round_trip(void **state)
{
	struct computer *computer = *state;
	g_autofree char *first = NULL, *second = NULL;

	computer_answer(computer, "{" CARDS ",\"kernel\":{\"passthrough_mode\":false,\"add\":[\"nosmt\"]},\"binding\":\"modprobe\","
				  "\"machine\":{\"name\":\"a <b> & \\\"c\\\"\",\"os\":\"windows11\",\"installer\":null}}");
	first = vp_answers_to_json(computer->session);
	computer_answer(computer, first);
	second = vp_answers_to_json(computer->session);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "\"uefi-secure-boot\""));
	assert_non_null(strstr(first, "\"installer\": null"));
}

static void test_short_addresses_and_order(void **state)
{
	struct computer *computer = *state;
	g_autofree char *devices = NULL;

	computer_answer(computer, "{\"devices\":[\"03:00.0\",\"01:00.0\",\"0000:01:00.0\"]}");
	devices = vp_answer_get(computer->session, "devices");
	assert_string_equal(devices, "0000:01:00.0 0000:03:00.0");
}

static void test_defaults(void **state)
{
	struct computer *computer = *state;
	static const struct {
		const char *key, *value;
	} defaults[] = {
		{"kernel.iommu", "yes"},	      {"kernel.passthrough_mode", "yes"},
		{"devices", ""},		      {"binding", "auto"},
		{"machine.os", "linux"},	      {"machine.name", "linux-gpu"},
		{"machine.memory_mib", "8192"},	      {"machine.vcpus", "1"},
		{"machine.disk_gib", "64"},	      {"machine.disk_path", "/var/lib/libvirt/images/linux-gpu.qcow2"},
		{"machine.installer", ""},	      {"machine.firmware", "uefi"},
		{"machine.pin", "yes"},		      {"machine.hugepages", "no"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++) {
		g_autofree char *value = vp_answer_get(computer->session, defaults[i].key);

		assert_string_equal(value, defaults[i].value);
		assert_true(vp_answer_is_default(computer->session, defaults[i].key));
	}
	assert_false(vp_answers_changed(computer->session));
}

static void test_set_and_take_back(void **state)
{
	struct computer *computer = *state;
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;

	assert_true(vp_answer_set(computer->session, "machine.memory_mib", "4096", NULL));
	assert_true(vp_answers_changed(computer->session));
	assert_false(vp_answer_set(computer->session, "machine.memory_mib", "lots", &error));
	value = vp_answer_get(computer->session, "machine.memory_mib");
	assert_string_equal(value, "4096");
	assert_true(vp_answer_set(computer->session, "machine.memory_mib", "", NULL));
	assert_true(vp_answer_is_default(computer->session, "machine.memory_mib"));
	assert_true(vp_answer_set(computer->session, "kernel.add", "nosmt dyndbg=\"file a.c +p\"", NULL));
	assert_true(vp_answer_toggle(computer->session, "kernel.add", "nosmt", false, NULL));
	g_free(value);
	value = vp_answer_get(computer->session, "kernel.add");
	assert_string_equal(value, "dyndbg=\"file a.c +p\"");
}

static void test_kept_for_the_next_start(void **state)
{
	struct computer *computer = *state;

	computer_answer(computer, "{" CARDS "}");
	assert_true(vp_answers_keep(computer->session, NULL));
	computer_start(computer);
	assert_true(vp_is_chosen(computer->session, "0000:01:00.0"));
	assert_false(vp_answers_changed(computer->session));
}

/* The card was taken out since: that is said, and nothing else is lost. */
static void test_kept_answers_of_a_card_that_is_gone(void **state)
{
	struct computer *computer = *state;
	g_autoptr(GPtrArray) findings = NULL;
	bool said = false;

	tree_put(computer->tree, VP_ANSWERS_FILE,
		 "{\"devices\":[\"0000:0a:00.0\",\"0000:03:00.0\"],\"machine\":{\"name\":\"kept\"}}");
	computer_start(computer);
	findings = vp_step_findings(computer->session, vp_steps()[2]);
	for (guint i = 0; i < findings->len; i++)
		said |= strstr(((struct vp_finding *)g_ptr_array_index(findings, i))->text, "0000:0a:00.0") != NULL;
	assert_true(said);
	assert_true(vp_is_chosen(computer->session, "0000:03:00.0"));
	assert_false(vp_answer_is_default(computer->session, "machine.name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bad_files, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_bad_values, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_round_trip, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_short_addresses_and_order, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_defaults, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_set_and_take_back, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_kept_for_the_next_start, setup, computer_teardown),
		cmocka_unit_test_setup_teardown(test_kept_answers_of_a_card_that_is_gone, setup, computer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
