/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-risks.c - what would cut this computer off: each is refused with its sentence, and lifted by that alone */
#include "config.h"

#include "core.h"
#include "tree.h"

#define CPU "pci0000:00"
#define KEYS "B: KEY=fffffffffffffffe\n"
#define BUTTONS "B: KEY=1f0000 0 0 0 0\nB: REL=943\n"

/* ---- a machine -------------------------------------------------------------------------------------------------- */

static void put_function(const struct tree *tree, const char *address, const char *class, int group)
{
	g_autofree char *place = g_strdup_printf(CPU "/%s", address);
	g_autofree char *uevent = g_strdup_printf("PCI_CLASS=%s\nPCI_ID=8086:1234\n", class);

	tree_pci(tree, place, uevent, group);
}

/* A disk and its place below /sys/devices. */
static void put_disk(const struct tree *tree, const char *place, const char *number)
{
	g_autofree char *name = g_path_get_basename(place);
	g_autofree char *folder = g_strconcat("/sys/devices/", place, NULL);
	g_autofree char *class = g_strconcat("/sys/class/block/", name, NULL);
	g_autofree char *dev = g_strconcat("/sys/dev/block/", number, NULL);
	g_autofree char *target = g_strconcat("../../devices/", place, NULL);

	tree_folder(tree, folder);
	tree_link(tree, class, target);
	tree_link(tree, dev, target);
}

static void put_interface(const struct tree *tree, const char *address, const char *name)
{
	g_autofree char *folder = g_strdup_printf("/sys/devices/" CPU "/%s/net/%s", address, name);
	g_autofree char *class = g_strconcat("/sys/class/net/", name, NULL);
	g_autofree char *target = g_strdup_printf("../../devices/" CPU "/%s/net/%s", address, name);

	tree_folder(tree, folder);
	tree_link(tree, class, target);
}

static struct vp_session *session_on(const struct tree *tree)
{
	g_autofree char *assets = g_build_filename(g_getenv("VP_SRCDIR"), "assets", NULL);
	const struct vp_options options = {.root = tree->folder, .assets = assets};
	struct vp_session *session = vp_session_new(&options, NULL);

	assert_non_null(session);
	assert_true(vp_session_probe(session, NULL));
	return session;
}

static void expect_refused(struct vp_session *session, const char *address, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_false(vp_choose(session, address, true, NULL, &error));
	assert_string_equal(error->message, message);
	assert_false(vp_is_chosen(session, address));
}

static void expect_risk(const struct vp_session *session, const char *address, const char *sentence)
{
	g_autofree char *risk = vp_choose_risk(session, address);

	if (sentence && risk)
		assert_string_equal(risk, sentence);
	else if (sentence || risk)
		fail_msg("the risk of %s is %s", address, risk ? risk : "NULL");
}

static void expect_chosen(struct vp_session *session, const char *address)
{
	g_autoptr(GError) error = NULL;

	if (!vp_choose(session, address, true, NULL, &error))
		fail_msg("%s", error->message);
	assert_true(vp_is_chosen(session, address));
}

static bool is_noted(const struct vp_plan *plan, const char *text)
{
	for (guint i = 0; i < plan->notes->len; i++)
		if (strstr(g_ptr_array_index(plan->notes, i), text))
			return true;
	return false;
}

static bool is_refused(const struct vp_plan *plan, const char *text)
{
	for (guint i = 0; i < plan->refused->len; i++) {
		const struct vp_refusal *refusal = g_ptr_array_index(plan->refused, i);

		if (refusal->blocks && strstr(refusal->why, text))
			return true;
	}
	return false;
}

/* ---- disks ------------------------------------------------------------------------------------------------------ */

static void put_root_disk(const struct tree *tree)
{
	put_function(tree, "0000:00:1f.2", "10601", 10);
	put_disk(tree, CPU "/0000:00:1f.2/ata1/block/sda", "8:0");
	tree_put(tree, "/proc/self/mountinfo", "22 1 8:0 / / rw - ext4 /dev/sda rw\n");
}

static void the_root_disk(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;
	g_autoptr(vp_plan) plan = NULL, taken = NULL;
	const char *sentence = "0000:00:1f.2 holds the root file system (/)";

	put_root_disk(tree);
	session = session_on(tree);
	expect_refused(
		session, "0000:00:1f.2",
		"0000:00:1f.2 (SATA controller) stays with this computer: holds the root file system (/)");
	expect_risk(session, "0000:00:1f.2", sentence);
	/* As from a file of answers, without and with the risk. */
	assert_true(vp_answers_parse(session, "{\"devices\": [\"0000:00:1f.2\"]}", "test", NULL));
	plan = vp_plan_new(session, NULL);
	assert_true(is_refused(plan, sentence));
	assert_false(is_noted(plan, sentence));
	assert_true(vp_answers_parse(session,
				     "{\"devices\": [\"0000:00:1f.2\"], \"overrule\": [\"0000:00:1f.2 holds "
				     "the root file system (/)\"]}",
				     "test", NULL));
	taken = vp_plan_new(session, NULL);
	assert_false(is_refused(taken, "root file system"));
	assert_true(is_noted(taken, sentence));
}

static void only_the_very_words_lift_it(void **state)
{
	static const char *const wrong[] = {
		"yes",
		"0000:00:1f.2",
		"holds the root file system (/)",
		"0000:00:1f.2 holds the root file system",
		"0000:00:1f.3 holds the root file system (/)",
		"0000:00:1f.2  holds the root file system (/)",
		"0000:00:1f.2 carries the network (enp1s0)",
	};
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;
	g_autofree char *risk = NULL, *left = NULL;

	put_root_disk(tree);
	session = session_on(tree);
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		assert_true(vp_answer_toggle(session, "overrule", wrong[i], true, NULL));
		assert_false(vp_choose(session, "0000:00:1f.2", true, NULL, NULL));
	}
	assert_false(vp_answer_toggle(session, "overrule", "two\nlines", true, NULL));
	assert_true(vp_answer_set(session, "overrule", "", NULL));
	risk = vp_choose_risk(session, "0000:00:1f.2");
	assert_true(vp_answer_toggle(session, "overrule", risk, true, NULL));
	expect_risk(session, "0000:00:1f.2", NULL);
	expect_chosen(session, "0000:00:1f.2");
	/* Whoever gives it back and changes his mind types it again. */
	assert_true(vp_choose(session, "0000:00:1f.2", false, NULL, NULL));
	left = vp_answer_get(session, "overrule");
	assert_string_equal(left, "");
	assert_false(vp_choose(session, "0000:00:1f.2", true, NULL, NULL));
}

/* Through a card that has to go along. */
static void a_disk_in_the_group(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;
	g_autofree char *risk = NULL;

	put_root_disk(tree);
	put_function(tree, "0000:00:02.0", "30000", 1);
	put_function(tree, "0000:01:00.0", "30000", 10);
	session = session_on(tree);
	expect_refused(session, "0000:01:00.0",
		       "0000:01:00.0 cannot go: 0000:00:1f.2 (SATA controller) would have to go with it, and "
		       "holds the "
		       "root file system (/); another slot may help");
	risk = vp_choose_risk(session, "0000:01:00.0");
	assert_string_equal(risk, "0000:00:1f.2 holds the root file system (/)");
	assert_true(vp_answer_toggle(session, "overrule", risk, true, NULL));
	expect_chosen(session, "0000:01:00.0");
	assert_true(vp_is_chosen(session, "0000:00:1f.2"));
}

static void nothing_lifts_the_wiring(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:00:1f.0", "60100", 1);
	put_function(tree, "0000:00:1c.0", "60400", 2);
	put_function(tree, "0000:02:00.0", "20000", 1);
	session = session_on(tree);
	expect_risk(session, "0000:00:1f.0", NULL);
	expect_risk(session, "0000:00:1c.0", NULL);
	expect_risk(session, "0000:02:00.0", NULL);
	assert_true(vp_answer_toggle(session, "overrule",
				     "0000:00:1f.0 is part of this computer's own wiring", true, NULL));
	expect_refused(
		session, "0000:00:1f.0",
		"0000:00:1f.0 (ISA bridge) stays with this computer: is part of this computer's own wiring");
	expect_refused(session, "0000:02:00.0",
		       "0000:02:00.0 cannot go: 0000:00:1f.0 (ISA bridge) would have to go with it, and is "
		       "part of this "
		       "computer's own wiring; another slot may help");
	expect_refused(session, "0000:00:1c.0",
		       "0000:00:1c.0 (PCI bridge) stays with this computer: it is a bridge, part of the "
		       "computer's own "
		       "wiring");
}

/* /home, swap, the image to wake up from, and a stick on USB: each on a controller of its own. */
static void other_disks(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:00:14.0", "C0330", 1);
	put_function(tree, "0000:02:00.0", "10802", 2);
	put_function(tree, "0000:03:00.0", "10802", 3);
	put_function(tree, "0000:04:00.0", "10601", 4);
	put_function(tree, "0000:05:00.0", "10601", 5);
	put_disk(tree, CPU "/0000:00:14.0/usb2/2-3/2-3:1.0/host6/target6:0:0/6:0:0:0/block/sdb", "8:16");
	put_disk(tree, CPU "/0000:02:00.0/nvme/nvme0/nvme0n1", "259:0");
	put_disk(tree, CPU "/0000:03:00.0/nvme/nvme1/nvme1n1", "259:1");
	put_disk(tree, CPU "/0000:04:00.0/ata1/block/sda", "8:0");
	put_disk(tree, CPU "/0000:05:00.0/ata2/block/sdc", "8:32");
	tree_put(tree, "/proc/self/mountinfo",
		 "22 1 8:16 / / rw - ext4 /dev/sdb rw\n23 22 259:0 / /home rw - ext4 /dev/nvme0n1 rw\n"
		 "24 22 8:32 / /srv/my\\040disk rw - ext4 /dev/sdc rw\n");
	tree_put(tree, "/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme1n1 partition 1 0 -2\n");
	tree_put(tree, "/proc/cmdline", "quiet resume=/dev/none resume=UUID=12-34 splash\n");
	tree_put(tree, "/dev/sda", "");
	tree_link(tree, "/dev/disk/by-uuid/12-34", "../../sda");
	session = session_on(tree);
	expect_risk(session, "0000:00:14.0", "0000:00:14.0 holds the root file system (/)");
	expect_risk(session, "0000:02:00.0", "0000:02:00.0 holds /home");
	expect_risk(session, "0000:03:00.0", "0000:03:00.0 holds the swap space");
	expect_risk(session, "0000:04:00.0", "0000:04:00.0 holds the image to wake up from (resume=)");
	/* What else is mounted is a warning. */
	expect_chosen(session, "0000:05:00.0");
	{
		g_autoptr(GPtrArray) findings = vp_choice_findings(session);
		const struct vp_finding *last = g_ptr_array_index(findings, findings->len - 1);

		assert_int_equal(last->level, VP_WARN);
		assert_string_equal(last->text,
				    "This computer would lose a file system (/srv/my disk): 0000:05:00.0 is "
				    "chosen.");
	}
}

/* A live system: / is in memory, what it is made of lies on the stick. */
static void a_live_system(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:00:14.0", "C0330", 1);
	put_disk(tree, CPU "/0000:00:14.0/usb2/2-3/2-3:1.0/host6/block/sdb", "8:16");
	tree_put(tree, "/proc/self/mountinfo",
		 "20 1 0:30 / / rw - overlay overlay rw\n21 20 8:16 / /run/medium ro - iso9660 /dev/sdb ro\n"
		 "22 20 7:0 / /run/image ro - squashfs /dev/loop0 ro\n");
	session = session_on(tree);
	expect_risk(session, "0000:00:14.0",
		    "0000:00:14.0 holds the medium this system runs from (/run/medium)");
	assert_int_equal(vp_session_host(session)->trouble->len, 0);
}

/* ---- network ---------------------------------------------------------------------------------------------------- */

/* sudo drops SSH_CONNECTION, but the connection stands. A second way out does not make up for it. */
static void an_ssh_session(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:02:00.0", "20000", 2);
	put_function(tree, "0000:03:00.0", "20000", 3);
	put_function(tree, "0000:04:00.0", "20000", 4);
	put_interface(tree, "0000:02:00.0", "enp2s0");
	put_interface(tree, "0000:03:00.0", "enp3s0");
	put_interface(tree, "0000:04:00.0", "enp4s0");
	tree_put(tree, "/proc/net/route",
		 "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
		 "enp2s0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n"
		 "enp3s0 00000000 0102A8C0 0003 0 0 200 00000000 0 0 0\n"
		 "enp2s0 0000A8C0 00000000 0001 0 0 100 0000FFFF 0 0 0\n"
		 "enp3s0 0002A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n");
	tree_put(tree, "/proc/net/if_inet6",
		 "fe800000000000000000000000000007 04 40 20 80 enp4s0\n"
		 "00000000000000000000000000000001 01 80 10 80 lo\n");
	/* 192.168.2.7:22 listens, and has a connection; one to port 22 elsewhere is no session here. */
	tree_put(tree, "/proc/net/tcp",
		 "  sl  local_address rem_address   st tx_queue\n"
		 "   0: 00000000:0016 00000000:0000 0A 0\n"
		 "   1: 0702A8C0:0016 0902A8C0:C350 01 0\n"
		 "   2: 0701A8C0:C351 0901A8C0:0016 01 0\n"
		 "   3: nonsense 0901A8C0:0016 01 0\n");
	tree_put(tree, "/proc/net/tcp6",
		 "  sl  local_address                         remote_address st\n"
		 "   0: 000080FE000000000000000007000000:0016 000080FE000000000000000009000000:C350 01 0\n"
		 "   1: 0000000000000000FFFF00000702A8C0:0016 0000000000000000FFFF00000902A8C0:C352 01 0\n");
	session = session_on(tree);
	expect_risk(session, "0000:02:00.0", NULL);
	expect_risk(session, "0000:03:00.0", "0000:03:00.0 carries an SSH session (enp3s0)");
	expect_risk(session, "0000:04:00.0", "0000:04:00.0 carries an SSH session (enp4s0)");
}

/* ---- keyboards and screens -------------------------------------------------------------------------------------- */

static void put_keyboards(const struct tree *tree, bool ps2)
{
	g_autofree char *text = g_strdup_printf(
		"N: Name=\"One\"\nS: Sysfs=/devices/" CPU "/0000:00:14.0/usb1/input/input4\n" KEYS "\n"
		"N: Name=\"Two\"\nS: Sysfs=/devices/" CPU "/0000:00:1a.0/usb2/input/input5\n" KEYS "%s",
		ps2 ? "\nN: Name=\"AT\"\nS: Sysfs=/devices/platform/i8042/serio0/input/input3\n" KEYS : "");

	put_function(tree, "0000:00:14.0", "C0330", 1);
	put_function(tree, "0000:00:1a.0", "C0320", 2);
	tree_put(tree, "/proc/bus/input/devices", text);
}

static void the_last_keyboard(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;
	g_autoptr(vp_plan) plan = NULL, taken = NULL;
	g_autofree char *risk = NULL;

	put_keyboards(tree, false);
	session = session_on(tree);
	expect_chosen(session, "0000:00:14.0");
	expect_refused(session, "0000:00:1a.0",
		       "0000:00:1a.0 (USB controller) stays with this computer: carries the last keyboard");
	risk = vp_choose_risk(session, "0000:00:1a.0");
	assert_string_equal(risk, "0000:00:1a.0 carries the last keyboard");
	/* From a file both are equal: either is named. */
	assert_true(vp_answers_parse(session, "{\"devices\": [\"00:14.0\", \"00:1a.0\"]}", "test", NULL));
	plan = vp_plan_new(session, NULL);
	assert_true(is_refused(plan, "0000:00:14.0 carries the last keyboard"));
	assert_true(vp_answer_toggle(session, "overrule", risk, true, NULL));
	taken = vp_plan_new(session, NULL);
	assert_false(is_refused(taken, "keyboard"));
	assert_true(is_noted(taken, risk));
}

static void a_keyboard_that_is_not_on_usb(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_keyboards(tree, true);
	session = session_on(tree);
	expect_chosen(session, "0000:00:14.0");
	expect_chosen(session, "0000:00:1a.0");
}

/* Classes 0302 and 0380 are screens as well as 0300. */
static void the_last_screen(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:01:00.0", "30200", 1);
	put_function(tree, "0000:02:00.0", "38000", 2);
	session = session_on(tree);
	expect_chosen(session, "0000:01:00.0");
	expect_refused(session, "0000:02:00.0",
		       "0000:02:00.0 (Graphics card) stays with this computer: is the last graphics card");
	assert_true(
		vp_answer_toggle(session, "overrule", "0000:02:00.0 is the last graphics card", true, NULL));
	expect_chosen(session, "0000:02:00.0");
}

static bool is_found(const struct vp_session *session, enum vp_level level, const char *text)
{
	g_autoptr(GPtrArray) findings = vp_choice_findings(session);

	for (guint i = 0; i < findings->len; i++) {
		const struct vp_finding *finding = g_ptr_array_index(findings, i);

		if (finding->level == level && strstr(finding->text, text))
			return true;
	}
	return false;
}

/* The mark of newer kernels counts, not that of the old VGA registers. */
static void the_boot_display(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:00:02.0", "30000", 1);
	put_function(tree, "0000:01:00.0", "38000", 2);
	tree_put(tree, "/sys/devices/" CPU "/0000:00:02.0/boot_vga", "1\n");
	tree_put(tree, "/sys/devices/" CPU "/0000:00:02.0/reset_method", "flr\n");
	tree_put(tree, "/sys/devices/" CPU "/0000:01:00.0/drm/card1/boot_display", "1\n");
	tree_link(tree, "/sys/class/drm/card1", "../../devices/" CPU "/0000:01:00.0/drm/card1");
	session = session_on(tree);
	assert_int_equal(vp_host_device(vp_session_host(session), "00:02.0")->boot_vga, VP_NO);
	assert_int_equal(vp_host_device(vp_session_host(session), "01:00.0")->boot_vga, VP_YES);
	expect_chosen(session, "0000:01:00.0");
	assert_true(is_found(session, VP_WARN, "The computer starts up on 0000:01:00.0"));
	assert_true(is_found(session, VP_WARN, "no way to reset 0000:01:00.0"));
}

/* ---- warnings --------------------------------------------------------------------------------------------------- */

static void put_mice(const struct tree *tree, const char *other)
{
	g_autofree char *text = g_strdup_printf(
		"N: Name=\"One\"\nS: Sysfs=/devices/" CPU "/0000:00:14.0/usb1/input/input4\n" BUTTONS
		"\nN: Name=\"Two\"\nS: Sysfs=/devices/%s/input/input5\n" BUTTONS,
		other);

	tree_put(tree, "/proc/bus/input/devices", text);
}

static void the_last_mouse(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;
	const char *warning = "would have no mouse left: 0000:00:1a.0 carries the mouse (Two)";

	put_function(tree, "0000:00:14.0", "C0330", 1);
	put_function(tree, "0000:00:1a.0", "C0320", 2);
	put_mice(tree, CPU "/0000:00:1a.0/usb2");
	session = session_on(tree);
	expect_chosen(session, "0000:00:14.0");
	assert_false(is_found(session, VP_WARN, "mouse"));
	expect_chosen(session, "0000:00:1a.0");
	assert_true(is_found(session, VP_WARN, warning));
	/* One on the PS/2 port stays. */
	put_mice(tree, "platform/i8042/serio1");
	assert_true(vp_session_probe(session, NULL));
	assert_false(is_found(session, VP_WARN, "mouse"));
}

static void a_volume_that_is_not_mounted(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:03:00.0", "10601", 1);
	put_disk(tree, CPU "/0000:03:00.0/ata1/block/sda", "8:0");
	put_disk(tree, "virtual/block/md0", "9:0");
	tree_folder(tree, "/sys/devices/" CPU "/0000:03:00.0/ata1/block/sda/holders/md0");
	tree_folder(tree, "/sys/devices/virtual/block/md0/slaves/sda");
	session = session_on(tree);
	expect_chosen(session, "0000:03:00.0");
	assert_true(is_found(session, VP_WARN, "would lose a volume in use, though not mounted (md0)"));
}

/* A program that has a file open, as the kernel shows it. */
static void put_program(const struct tree *tree, const char *process, const char *name, const char *file)
{
	g_autofree char *comm = g_strdup_printf("/proc/%s/comm", process);
	g_autofree char *null = g_strdup_printf("/proc/%s/fd/0", process);
	g_autofree char *link = g_strdup_printf("/proc/%s/fd/11", process);

	tree_put(tree, comm, name);
	tree_link(tree, null, "/dev/null");
	tree_link(tree, link, file);
}

static void programs_on_the_card(void **state)
{
	const struct tree *tree = *state;
	g_autoptr(vp_session) session = NULL;

	put_function(tree, "0000:01:00.0", "30000", 1);
	put_function(tree, "0000:02:00.0", "30000", 2);
	tree_folder(tree, "/sys/devices/" CPU "/0000:01:00.0/drm/card1");
	tree_folder(tree, "/sys/devices/" CPU "/0000:01:00.0/drm/renderD129");
	tree_folder(tree, "/sys/devices/" CPU "/0000:02:00.0/drm/card0");
	tree_put(tree, "/proc/driver/nvidia/gpus/0000:01:00.0/information",
		 "Model: \t\t Card\nDevice Minor: \t 7\n");
	put_program(tree, "700", "other\n", "/dev/dri/card0");
	put_program(tree, "701", "also\n", "/dev/nvidiactl");
	put_program(tree, "none", "no process\n", "/dev/dri/card1");
	session = session_on(tree);
	expect_chosen(session, "0000:01:00.0");
	assert_false(is_found(session, VP_WARN, "is in use by"));
	/* Programs come while the wizard is open. */
	put_program(tree, "812", "X\033org\n", "/dev/dri/card1");
	assert_true(is_found(session, VP_WARN, "is in use by Xorg (812)."));
	put_program(tree, "813", "mpv\n", "/dev/dri/renderD129");
	put_program(tree, "814", "cuda\n", "/dev/nvidia7");
	put_program(tree, "815", "more\n", "/dev/dri/card1");
	assert_true(is_found(session, VP_WARN, "is in use by Xorg (812), mpv (813), cuda (814) and 1 more."));
}

/* Of five displays three belong to the processor: Intel's by its address, AMD's by what lies beside it. */
static void graphics_of_the_processor(void **state)
{
	static const struct {
		const char *address, *id;
		bool own;
	} displays[] = {
		{"0000:00:02.0", "8086:3E92", true},  {"0000:00:01.0", "1002:130F", true},
		{"0000:05:00.0", "1002:15D8", true},  {"0000:03:00.0", "8086:56A0", false},
		{"0000:06:00.0", "1002:73BF", false},
	};
	const struct tree *tree = *state;

	tree_pci(tree, CPU "/0000:00:08.1", "PCI_CLASS=60400\nPCI_ID=1022:15DB\n", 20);
	tree_pci(tree, CPU "/0000:00:08.1/0000:05:00.2", "PCI_CLASS=108000\nPCI_ID=1022:15DF\n", 21);
	tree_pci(tree, CPU "/0000:00:08.1/0000:06:00.1", "PCI_CLASS=40300\nPCI_ID=1002:AB28\n", 22);
	for (size_t i = 0; i < G_N_ELEMENTS(displays); i++) {
		const char *above = g_str_has_prefix(displays[i].address, "0000:00") ? "" : "0000:00:08.1/";
		g_autofree char *place = g_strconcat(CPU "/", above, displays[i].address, NULL);
		g_autofree char *uevent = g_strdup_printf("PCI_CLASS=30000\nPCI_ID=%s\n", displays[i].id);

		tree_pci(tree, place, uevent, (int)i);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(displays); i++) {
		g_autoptr(vp_session) session = session_on(tree);
		g_autofree char *text = g_strconcat("An expert's matter: ", displays[i].address, NULL);

		expect_chosen(session, displays[i].address);
		if (is_found(session, VP_WARN, text) != displays[i].own)
			fail_msg("%s: own is not %d", displays[i].address, displays[i].own);
	}
	/* In a virtual machine a card that was handed in may lie on the root bus. */
	tree_put(tree, "/proc/cpuinfo", "flags\t\t: hypervisor\n");
	{
		g_autoptr(vp_session) session = session_on(tree);

		expect_chosen(session, "0000:00:01.0");
		assert_false(is_found(session, VP_WARN, "An expert's matter"));
	}
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_root_disk),
		scratch_test(only_the_very_words_lift_it),
		scratch_test(a_disk_in_the_group),
		scratch_test(nothing_lifts_the_wiring),
		scratch_test(other_disks),
		scratch_test(a_live_system),
		scratch_test(an_ssh_session),
		scratch_test(the_last_keyboard),
		scratch_test(a_keyboard_that_is_not_on_usb),
		scratch_test(the_last_screen),
		scratch_test(the_boot_display),
		scratch_test(the_last_mouse),
		scratch_test(a_volume_that_is_not_mounted),
		scratch_test(programs_on_the_card),
		scratch_test(graphics_of_the_processor),
	};

	/* The tables are needed for a session. */
	if (!g_getenv("VP_SRCDIR"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
