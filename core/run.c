/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.c - running other programs and listening to them */
#include "config.h"
#include "run.h"
#include "clean.h"
#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CAPTURE_MAX ((gsize)4 << 20)
#define GRACE_US ((gint64)G_USEC_PER_SEC) /* after SIGTERM, and again after SIGKILL */
#define TICK_MS 50                        /* how often to look where the kernel cannot wake us */

/* ---- programs and their environment ------------------------------------------------------------------- */

/* Tests name another PATH. sudo and pkexec do not pass that variable on, so it lends nobody root's rights. */
static const char *search_path(void)
{
	const char *other = g_getenv("VIRT_PASSTHROUGH_PATH");

	return other && *other ? other : DEFAULT_PATH;
}

static char *find_program(const char *name)
{
	g_auto(GStrv) folders = g_strsplit(search_path(), ":", -1);

	if (strchr(name, '/'))
		return g_strdup(name);
	for (char **folder = folders; *folder; folder++) {
		g_autofree char *file = g_build_filename(*folder, name, NULL);

		if (g_file_test(file, G_FILE_TEST_IS_REGULAR) && g_file_test(file, G_FILE_TEST_IS_EXECUTABLE))
			return g_steal_pointer(&file);
	}
	return NULL;
}

bool vp_run_has(const char *program)
{
	g_autofree char *file = find_program(program);

	return file && g_file_test(file, G_FILE_TEST_IS_EXECUTABLE);
}

/* HOME of who we are, not of who called sudo: nothing of root's belongs there. */
static char **clean_environment(void)
{
	const struct passwd *user = getpwuid(geteuid());
	GPtrArray *variables = g_ptr_array_new();

	g_ptr_array_add(variables, g_strconcat("PATH=", search_path(), NULL));
	g_ptr_array_add(variables, g_strconcat("HOME=", user ? user->pw_dir : "/", NULL));
	g_ptr_array_add(variables, g_strdup("LC_ALL=C.UTF-8"));
	g_ptr_array_add(variables, g_strdup("TERM=dumb"));
	g_ptr_array_add(variables, NULL);
	return (char **)g_ptr_array_free(variables, FALSE);
}

/* ---- one child ---------------------------------------------------------------------------------------- */

enum pressure { NONE, ASKED, KILLED, GIVEN_UP };

struct child {
	pid_t pid;
	int pidfd;  /* wakes us when it ends; -1 before Linux 5.3 */
	int output; /* -1: closed */
	gint64 deadline;
	enum pressure pressure;
};

typedef void listener(const char *data, gsize length, void *to);

/* Returns 0, or the number of the error. */
static int spawn(const char *file, char *const *argv, int output, bool with_errors, pid_t *ret_pid)
{
	g_auto(GStrv) environment = clean_environment();
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int result;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* A session of its own has no terminal: it can neither ask nor draw, and Ctrl-C does not reach it. */
	posix_spawnattr_setflags(&attributes,
				 POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addchdir_np(&files, "/");
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (with_errors)
		posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	result = posix_spawn(ret_pid, file, &files, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return result;
}

static bool start(struct child *child, char *const *argv, unsigned timeout_s, bool with_errors,
		  GError **error)
{
	g_autofree char *file = find_program(argv[0]);
	int ends[2], result;

	if (!file) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot run %s: it is not in %s; install it and try again", argv[0],
			    search_path());
		return false;
	}
	result = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
	if (result == 0) {
		/* Only our end: a program that finds its output non-blocking loses text. */
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		result = spawn(file, argv, ends[1], with_errors, &child->pid);
		close(ends[1]);
		if (result != 0)
			close(ends[0]);
	}
	if (result != 0) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot run %s: %s; look at that file", file,
			    g_strerror(result));
		return false;
	}
	child->output = ends[0];
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	child->pressure = NONE;
	child->deadline =
		timeout_s ? g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC : G_MAXINT64;
	return true;
}

static void hear(struct child *child, listener *sink, void *to)
{
	char data[16384];
	ssize_t got = read(child->output, data, sizeof(data));

	if (got > 0) {
		sink(data, (gsize)got, to);
	} else if (got == 0) {
		close(child->output);
		child->output = -1;
	}
}

/* Without reaping it: as long as it is a zombie, its number means no other process. */
static bool has_ended(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

static int patience_ms(const struct child *child)
{
	gint64 left = child->deadline - g_get_monotonic_time();
	int wait = child->deadline == G_MAXINT64 ? -1 : (int)CLAMP(left / 1000 + 1, 0, G_MAXINT);

	return child->pidfd < 0 && (wait < 0 || wait > TICK_MS) ? TICK_MS : wait;
}

/* Time ran out: asks, then kills, then leaves alone what even that cannot end (it hangs in the kernel). */
static void press(struct child *child)
{
	gint64 now = g_get_monotonic_time();

	if (now < child->deadline)
		return;
	child->pressure++;
	if (child->pressure < GIVEN_UP)
		kill(-child->pid, child->pressure == ASKED ? SIGTERM : SIGKILL);
	child->deadline = now + GRACE_US;
}

/* What was written before the end and no more: others that inherited the pipe may go on for ever. */
static void hear_rest(struct child *child, listener *sink, void *to)
{
	char data[16384];
	int left = 0;

	if (child->output < 0 || ioctl(child->output, FIONREAD, &left) < 0)
		return;
	while (left > 0) {
		ssize_t got = read(child->output, data, MIN((gsize)left, sizeof(data)));

		if (got <= 0)
			return;
		sink(data, (gsize)got, to);
		left -= (int)got;
	}
}

static void attend(struct child *child, listener *sink, void *to)
{
	bool ended = false;

	while (!ended && child->pressure < GIVEN_UP) {
		struct pollfd watch[2] = {0};

		watch[0].fd = child->output;
		watch[1].fd = child->pidfd;
		watch[0].events = watch[1].events = POLLIN;
		poll(watch, G_N_ELEMENTS(watch), patience_ms(child));
		if (watch[0].revents)
			hear(child, sink, to);
		ended = (watch[1].revents || child->pidfd < 0) && has_ended(child);
		if (!ended)
			press(child);
	}
	hear_rest(child, sink, to);
}

/* Clears up after the child; its status as a shell would have it. */
static bool finish(struct child *child, int *ret_status)
{
	int status;
	pid_t pid;

	if (child->pressure != NONE)
		kill(-child->pid, SIGKILL);
	do
		pid = waitpid(child->pid, &status, child->pressure == GIVEN_UP ? WNOHANG : 0);
	while (pid < 0 && errno == EINTR);
	if (child->output >= 0)
		close(child->output);
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (pid != child->pid)
		return false;
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

static bool run(char *const *argv, unsigned timeout_s, bool with_errors, listener *sink, void *to,
		int *ret_status, GError **error)
{
	struct child child;
	bool known;
	int status;

	if (!start(&child, argv, timeout_s, with_errors, error))
		return false;
	attend(&child, sink, to);
	known = finish(&child, &status);
	if (child.pressure != NONE)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot finish %s: it took longer than %u s and was stopped; run it by "
			    "hand to see why",
			    argv[0], timeout_s);
	else if (!known)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot tell how %s ended: something else took its status; see what it did and "
			    "try again",
			    argv[0]);
	else
		*ret_status = status;
	return known && child.pressure == NONE;
}

/* ---- what others see ---------------------------------------------------------------------------------- */

static void to_lines(const char *data, gsize length, void *to)
{
	vp_clean_feed(to, data, length);
}

bool vp_run(char *const *argv, unsigned timeout_s, vp_run_line *line, void *data, int *ret_status,
	    GError **error)
{
	struct vp_clean *clean = vp_clean_new(line, data);
	bool ok = run(argv, timeout_s, true, to_lines, clean, ret_status, error);

	vp_clean_free(clean);
	return ok;
}

static void to_text(const char *data, gsize length, void *to)
{
	GString *text = to;

	g_string_append_len(text, data, (gssize)MIN(length, CAPTURE_MAX - text->len));
}

bool vp_run_capture(char *const *argv, unsigned timeout_s, char **ret_output, int *ret_status, GError **error)
{
	GString *text = g_string_new(NULL);
	bool ok = run(argv, timeout_s, false, to_text, text, ret_status, error);

	if (ok)
		*ret_output = g_utf8_make_valid(text->str, (gssize)text->len);
	g_string_free(text, TRUE);
	return ok;
}

/* A file without a name that a child can open as /proc/self/fd/N; -1 and errno. */
static int unnamed_file(GBytes *content)
{
	gsize length = 0, done = 0;
	const char *data = content ? g_bytes_get_data(content, &length) : NULL;
	int fd = memfd_create("text", 0);

	while (fd >= 0 && done < length) {
		ssize_t put = write(fd, data + done, length - done);

		if (put < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		done += put < 0 ? 0 : (gsize)put;
	}
	return fd;
}

char *vp_run_diff(const char *path, GBytes *before, GBytes *after)
{
	g_autofree char *old_label = before ? g_strconcat("a", path, NULL) : g_strdup("/dev/null");
	g_autofree char *new_label = after ? g_strconcat("b", path, NULL) : g_strdup("/dev/null");
	int old_fd = unnamed_file(before), new_fd = unnamed_file(after), status = 2;
	g_autofree char *old_file = g_strdup_printf("/proc/self/fd/%d", old_fd);
	g_autofree char *new_file = g_strdup_printf("/proc/self/fd/%d", new_fd);
	const char *argv[] = {"diff",	 "-u",	   "--label", old_label, "--label",
			      new_label, old_file, new_file,  NULL};
	g_autofree char *output = NULL;
	bool there = vp_run_has("diff"), ran = there && vp_run_capture((char *const *)argv, 60, &output, &status, NULL);

	if (old_fd >= 0)
		close(old_fd);
	if (new_fd >= 0)
		close(new_fd);
	if (!there)
		return g_strdup("diff is not installed\n");
	if (!ran || status > 1)
		return g_strdup_printf("diff could not compare the old and the new %s\n", path);
	/* An empty file that comes or goes is a change too. */
	if (status == 0 && !before != !after)
		return g_strdup_printf("--- %s\n+++ %s\n", old_label, new_label);
	return g_steal_pointer(&output);
}
