/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-run.c - programs that fail, hang, flood, or leave others behind */
#include "config.h"

#include "core.h"
#include "run.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void collect(const char *line, void *data)
{
	g_string_append_printf(data, "<%s>", line);
}

/* Runs a shell script to its end; the lines, each in <>, and the status behind them. */
static char *run_script(const char *script)
{
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	GString *lines = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	int status = -1;

	assert_true(vp_run(argv, 60, collect, lines, &status, &error));
	assert_null(error);
	g_string_append_printf(lines, " %d", status);
	return g_string_free(lines, FALSE);
}

static void expect(const char *script, const char *expected)
{
	g_autofree char *result = run_script(script);

	assert_string_equal(result, expected);
}

static void lines_and_status_come_back(void **state)
{
	expect("exit 0", " 0");
	expect("exit 7", " 7");
	expect("echo out; echo err >&2; printf end", "<out><err><end> 0");
	expect("kill -TERM $$", " 143");
	expect("kill -KILL $$", " 137");
	expect("printf '\\033[31mred\\033[0m\\033]0;title\\007\\n'", "<red> 0");
	/* Closing its output is not the end of a program. */
	expect("exec >&- 2>&-; exit 5", " 5");
}

static void output_may_be_thrown_away(void **state)
{
	char *argv[] = {"sh", "-c", "echo unheard; exit 3", NULL};
	int status = -1;

	assert_true(vp_run(argv, 0, NULL, NULL, &status, NULL));
	assert_int_equal(status, 3);
}

static void the_environment_is_clean(void **state)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	char *argv[] = {"env", NULL};
	int status;

	g_setenv("VP_TEST_SECRET", "leaks", TRUE);
	g_setenv("HOME", "/home/of/somebody/else", TRUE);
	assert_true(vp_run_capture(argv, 60, &text, &status, NULL));
	g_unsetenv("VP_TEST_SECRET");
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	assert_int_equal(g_strv_length(lines), 4);
	assert_true(g_strv_contains((const char *const *)lines, "LC_ALL=C.UTF-8"));
	assert_true(g_strv_contains((const char *const *)lines, "TERM=dumb"));
	assert_true(g_strv_contains((const char *const *)lines,
				    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
	assert_null(strstr(text, "somebody"));
	expect("pwd", "</> 0");
}

static void standard_input_is_empty(void **state)
{
	int ends[2], before = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "typed\n", 6), 6);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	expect("readlink /proc/self/fd/0; cat", "</dev/null> 0");
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
}

/* The signals this program ignores or blocks are not the business of its children. */
static void signals_are_as_at_the_start(void **state)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGPIPE, SIG_IGN);
	expect("kill -PIPE $$; echo alive", " 141");
	expect("kill -TERM $$; echo alive", " 143");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* In a process with a terminal of its own: 0 when the program it runs sees none. */
static int run_on_a_terminal(void)
{
	char *argv[] = {"sh", "-c", "tty; exec 3</dev/tty", NULL};
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), status = 0;

	if (setsid() < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
		return 77;
	/* The first terminal that the leader of a session opens becomes its own. */
	if (open(ptsname(terminal), O_RDWR) < 0 || open("/dev/tty", O_RDWR) < 0)
		return 77;
	return vp_run(argv, 60, NULL, NULL, &status, NULL) && status != 0 ? 0 : 1;
}

static void there_is_no_terminal(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run_on_a_terminal());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* no terminals to be had here */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Whether all who hold the other end of the pipe are gone. */
static bool is_abandoned(int end)
{
	struct pollfd watch = {.fd = end, .events = POLLIN};

	return poll(&watch, 1, 10000) == 1 && watch.revents == POLLHUP;
}

static void expect_timeout(const char *script)
{
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	g_autoptr(GError) error = NULL;
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	assert_false(vp_run(argv, 1, NULL, NULL, &status, &error));
	assert_true(g_error_matches(error, VP_ERROR, VP_ERROR_FAILED));
	assert_non_null(strstr(error->message, "cannot finish sh: it took longer than 1 s and was stopped"));
	close(ends[1]);
	assert_true(is_abandoned(ends[0]));
	close(ends[0]);
}

static void what_hangs_is_ended(void **state)
{
	expect_timeout("sleep 1000");
	expect_timeout("exec >&- 2>&-; sleep 1000");
	/* Deaf to SIGTERM, with a helper of its own that is deaf as well. */
	expect_timeout("trap '' TERM; sleep 1000 & sleep 1000");
	/* Ends at once when asked, and leaves a deaf helper. */
	expect_timeout("(trap '' TERM; exec sleep 1000) & wait");
	expect_timeout("yes");
}

static void remember_first(const char *line, void *data)
{
	pid_t *group = data;

	if (*group == 0)
		*group = (pid_t)strtol(line, NULL, 10);
}

/* A service that was started keeps our pipe: it neither holds us up nor is it ended. */
static void what_is_left_behind_does_not_hold_us(void **state)
{
	char *quiet[] = {"sh", "-c", "echo $$; sleep 1000 &", NULL};
	char *loud[] = {"sh", "-c", "echo $$; yes & exit 4", NULL};
	pid_t group = 0;
	int status = -1;

	assert_true(vp_run(quiet, 60, remember_first, &group, &status, NULL));
	assert_int_equal(status, 0);
	assert_int_equal(kill(-group, SIGKILL), 0);
	group = 0;
	assert_true(vp_run(loud, 60, remember_first, &group, &status, NULL));
	assert_int_equal(status, 4);
	kill(-group, SIGKILL);
}

struct count {
	guint64 lines, bytes;
};

static void count_lines(const char *line, void *data)
{
	struct count *count = data;

	count->lines++;
	count->bytes += strlen(line);
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void a_flood_needs_no_memory(void **state)
{
	const guint64 flood = 100 << 20;
	char *one_line[] = {"sh", "-c", "head -c 104857600 /dev/zero | tr '\\0' x", NULL};
	struct count count = {0};
	long before;
	int status;

	expect("echo warm", "<warm> 0");
	before = peak_kib();
	assert_true(vp_run(one_line, 0, count_lines, &count, &status, NULL));
	assert_int_equal(count.bytes, flood);
	assert_int_equal(count.lines, flood / 4096);
	assert_true(peak_kib() - before < 4096);
}

static void a_capture_has_an_end(void **state)
{
	char *argv[] = {"sh", "-c", "head -c 6000000 /dev/zero | tr '\\0' x; echo not this >&2", NULL};
	char *latin[] = {"printf", "gr\\374n\\033[0m\\n", NULL};
	g_autofree char *text = NULL, *valid = NULL;
	int status = -1;

	assert_true(vp_run_capture(argv, 60, &text, &status, NULL));
	assert_int_equal(status, 0);
	assert_int_equal(strlen(text), 4 << 20);
	assert_true(vp_run_capture(latin, 60, &valid, &status, NULL));
	assert_string_equal(valid, "gr\xef\xbf\xbdn\033[0m\n");
}

/* A folder of programs: one that runs, one that is none, and a folder with the name of a program. */
static void programs_are_looked_for_in_the_path(void **state)
{
	g_autofree char *folder = g_dir_make_tmp("vp-run-XXXXXX", NULL);
	g_autofree char *tool = g_build_filename(folder, "vp-tool", NULL);
	g_autofree char *broken = g_build_filename(folder, "vp-broken", NULL);
	g_autofree char *directory = g_build_filename(folder, "vp-folder", NULL);
	g_autofree char *path = g_strdup_printf("%s:/usr/bin:/bin", folder);
	char *run_tool[] = {"vp-tool", "a b", "$c", NULL}, *run_broken[] = {"vp-broken", NULL};
	char *run_missing[] = {"vp-missing", NULL}, *run_absolute[] = {tool, NULL};
	g_autofree char *text = NULL;
	g_autoptr(GError) missing = NULL, bad = NULL;
	int status;

	assert_true(g_file_set_contents(tool, "#!/bin/sh\nprintf '%s.' \"$@\"\n", -1, NULL));
	assert_true(g_file_set_contents(broken, "", -1, NULL));
	assert_int_equal(g_chmod(tool, 0755) | g_chmod(broken, 0755) | g_mkdir(directory, 0755), 0);
	assert_false(vp_run_has("vp-tool"));
	g_setenv("VIRT_PASSTHROUGH_PATH", path, TRUE);
	assert_true(vp_run_has("vp-tool"));
	assert_false(vp_run_has("vp-folder"));
	assert_false(vp_run_has("vp-missing"));
	assert_true(vp_run_capture(run_tool, 60, &text, &status, NULL));
	assert_string_equal(text, "a b.$c.");
	assert_true(vp_run(run_absolute, 60, NULL, NULL, &status, NULL));
	assert_false(vp_run(run_missing, 60, NULL, NULL, &status, &missing));
	assert_non_null(strstr(missing->message, "cannot run vp-missing: it is not in "));
	assert_false(vp_run(run_broken, 60, NULL, NULL, &status, &bad));
	assert_non_null(strstr(bad->message, "Exec format error"));
	g_unsetenv("VIRT_PASSTHROUGH_PATH");
	assert_int_equal(g_remove(tool) | g_remove(broken) | g_remove(directory) | g_remove(folder), 0);
}

static void expect_diff(const char *before, const char *after, const char *expected)
{
	g_autoptr(GBytes) old = before ? g_bytes_new_static(before, strlen(before)) : NULL;
	g_autoptr(GBytes) new = after ? g_bytes_new_static(after, strlen(after)) : NULL;
	g_autofree char *diff = vp_run_diff("/etc/file", old, new);

	assert_string_equal(diff, expected);
}

static void differences_are_shown(void **state)
{
	if (!vp_run_has("diff"))
		skip();
	expect_diff("same\n", "same\n", "");
	expect_diff(NULL, NULL, "");
	expect_diff("a\nb\n", "a\nc\n", "--- a/etc/file\n+++ b/etc/file\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
	expect_diff(NULL, "new\n", "--- /dev/null\n+++ b/etc/file\n@@ -0,0 +1 @@\n+new\n");
	expect_diff("old\n", NULL, "--- a/etc/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n");
	expect_diff(NULL, "", "--- /dev/null\n+++ b/etc/file\n");
	expect_diff("a", "a\n",
		    "--- a/etc/file\n+++ b/etc/file\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

static void a_missing_diff_is_told(void **state)
{
	g_setenv("VIRT_PASSTHROUGH_PATH", "/nowhere", TRUE);
	expect_diff("a\n", "b\n", "diff is not installed\n");
	g_unsetenv("VIRT_PASSTHROUGH_PATH");
}

static int open_descriptors(void)
{
	GDir *folder = g_dir_open("/proc/self/fd", 0, NULL);
	int count = 0;

	while (g_dir_read_name(folder))
		count++;
	g_dir_close(folder);
	return count;
}

static void nothing_stays_open(void **state)
{
	int before = open_descriptors();

	expect("exit 1", " 1");
	expect("sleep 1000 & kill $!", " 0");
	differences_are_shown(state);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_status_come_back),
		cmocka_unit_test(output_may_be_thrown_away),
		cmocka_unit_test(the_environment_is_clean),
		cmocka_unit_test(standard_input_is_empty),
		cmocka_unit_test(signals_are_as_at_the_start),
		cmocka_unit_test(there_is_no_terminal),
		cmocka_unit_test(what_hangs_is_ended),
		cmocka_unit_test(what_is_left_behind_does_not_hold_us),
		cmocka_unit_test(a_flood_needs_no_memory),
		cmocka_unit_test(a_capture_has_an_end),
		cmocka_unit_test(programs_are_looked_for_in_the_path),
		cmocka_unit_test(differences_are_shown),
		cmocka_unit_test(a_missing_diff_is_told),
		cmocka_unit_test(nothing_stays_open),
	};

	g_unsetenv("VIRT_PASSTHROUGH_PATH");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
