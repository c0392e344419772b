/* SPDX-License-Identifier: GPL-2.0-or-later */
/* job.c - apply or undo as a process of its own, so that the screen never stands still */
#include "config.h"

#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
	pid_t pid; /* 0: it is over */
	int file;
	bool undo, needs_reboot;
	GString *rest; /* a line that is not complete yet */
	GPtrArray *titles, *log;
	GArray *states; /* enum job_state */
	char *trouble;
	gint64 began, ended;
};

enum { ANSWERS_FD = 3, MOST_LOG_LINES = 5000 };

/* ---- starting ----------------------------------------------------------------------------------------- */

/* The answers in a file without a name, to be read as /proc/self/fd/3 by the job. */
static int answers_file(const struct vp_session *session)
{
	g_autofree char *text = vp_answers_to_json(session);
	size_t length = strlen(text);
	int file = memfd_create("answers", MFD_CLOEXEC);

	if (file >= 0 && write(file, text, length) != (ssize_t)length) {
		close(file);
		return -1;
	}
	return file;
}

static char **job_argv(const struct cli *cli, const struct vp_session *session, const struct vp_plan *plan,
		       bool undo)
{
	GPtrArray *argv = g_ptr_array_new();
	const char *connect = vp_session_connect(session);

	g_ptr_array_add(argv, g_strdup("virt-passthrough"));
	g_ptr_array_add(argv, g_strdup(undo ? "undo" : "apply"));
	g_ptr_array_add(argv, g_strdup("--yes"));
	g_ptr_array_add(argv, g_strdup("--json"));
	g_ptr_array_add(argv, g_strdup("--plan-digest"));
	g_ptr_array_add(argv, vp_plan_digest(plan));
	if (!vp_session_is_live(session))
		g_ptr_array_add(argv, g_strconcat("--root=", vp_session_root(session), NULL));
	if (connect)
		g_ptr_array_add(argv, g_strconcat("--connect=", connect, NULL));
	g_ptr_array_add(argv, g_strdup_printf("--answers=/proc/self/fd/%d", ANSWERS_FD));
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

/* A session of its own: no key of this terminal reaches it, and it does not die with this terminal. */
static int spawn(struct job *job, char **argv, char **environment, int answers, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all;

	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answers, ANSWERS_FD);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);

	int code = posix_spawn(&job->pid, "/proc/self/exe", &actions, &attributes, argv, environment);

	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return code;
}

static struct job *job_new(const struct vp_plan *plan, bool undo)
{
	struct job *job = g_new0(struct job, 1);

	job->undo = undo;
	job->needs_reboot = plan->needs_reboot;
	job->file = -1;
	job->rest = g_string_new(NULL);
	job->titles = g_ptr_array_new_with_free_func(g_free);
	job->log = g_ptr_array_new_with_free_func(g_free);
	job->states = g_array_new(FALSE, TRUE, sizeof(enum job_state));
	g_array_set_size(job->states, plan->changes->len);
	for (guint i = 0; i < plan->changes->len; i++)
		g_ptr_array_add(job->titles, vp_change_title(plan->changes->pdata[i]));
	job->began = g_get_monotonic_time();
	return job;
}

struct job *job_start(const struct cli *cli, const struct vp_session *session, const struct vp_plan *plan,
		      bool undo, GError **error)
{
	struct job *job = job_new(plan, undo);
	g_auto(GStrv) argv = job_argv(cli, session, plan, undo);
	g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "VIRT_PASSTHROUGH_ASSETS",
						     vp_session_assets(session), TRUE);
	int answers = answers_file(session), ends[2] = {-1, -1}, code = EIO;

	if (answers >= 0 && pipe2(ends, O_CLOEXEC) == 0)
		code = spawn(job, argv, environment, answers, ends[1]);
	if (answers >= 0)
		close(answers);
	if (ends[1] >= 0)
		close(ends[1]);
	job->file = ends[0];
	if (code != 0) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot start %s: %s; try \"virt-passthrough %s\"", argv[1], g_strerror(code),
			    argv[1]);
		job->pid = 0;
		job_free(job);
		return NULL;
	}
	fcntl(job->file, F_SETFL, O_NONBLOCK);
	return job;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static const char *text_of(json_object *event, const char *key)
{
	json_object *value = NULL;

	return json_object_object_get_ex(event, key, &value) ? json_object_get_string(value) : NULL;
}

static void log_line(struct job *job, const char *text)
{
	if (job->log->len >= MOST_LOG_LINES)
		g_ptr_array_remove_index(job->log, 0);
	g_ptr_array_add(job->log, g_strdup(text));
}

static void take_event(struct job *job, json_object *event)
{
	static const char *const names[] = {[JOB_RUNS] = "begin",
					    [JOB_DONE] = "done",
					    [JOB_ELSEWHERE] = "elsewhere",
					    [JOB_FAILED] = "failed"};
	const char *name = text_of(event, "event"), *text = text_of(event, "text");
	json_object *index = NULL;
	guint at = json_object_object_get_ex(event, "index", &index) ? (guint)json_object_get_int(index)
								     : G_MAXUINT;

	if (!name)
		return;
	if (text && !strcmp(name, "output"))
		log_line(job, text);
	for (enum job_state state = JOB_RUNS; state <= JOB_FAILED; state++)
		if (!strcmp(name, names[state]) && at < job->states->len) {
			g_array_index(job->states, enum job_state, at) = state;
			if (state == JOB_RUNS)
				log_line(job, job->titles->pdata[at]);
		}
	if (text && (!strcmp(name, "failed") || !strcmp(name, "error"))) {
		g_free(job->trouble);
		job->trouble = g_strdup(text);
		log_line(job, text);
	}
}

static void take_line(struct job *job, const char *line)
{
	json_object *event = *line == '{' ? json_tokener_parse(line) : NULL;

	if (event)
		take_event(job, event);
	else if (*line)
		log_line(job, line);
	json_object_put(event);
}

static void finish(struct job *job)
{
	int status = 0;

	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	job->pid = 0;
	job->ended = g_get_monotonic_time();
	if (job->rest->len)
		take_line(job, job->rest->str);
	if (!job->trouble && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		job->trouble = g_strdup(
			job->log->len ? job->log->pdata[job->log->len - 1]
				      : "it ended before its time; look at \"virt-passthrough check\"");
}

bool job_read(struct job *job)
{
	char part[8192];
	ssize_t got = read(job->file, part, sizeof(part));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		finish(job);
		return true;
	}
	g_string_append_len(job->rest, part, got);

	char *start = job->rest->str, *end;

	for (; (end = strchr(start, '\n')); start = end + 1) {
		*end = '\0';
		take_line(job, start);
	}
	g_string_erase(job->rest, 0, start - job->rest->str);
	return true;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	if (job->pid) {
		fcntl(job->file, F_SETFL, 0);
		while (job->pid)
			job_read(job);
	}
	if (job->file >= 0)
		close(job->file);
	g_string_free(job->rest, TRUE);
	g_ptr_array_unref(job->titles);
	g_ptr_array_unref(job->log);
	g_array_unref(job->states);
	g_free(job->trouble);
	g_free(job);
}

/* ---- looking at it ------------------------------------------------------------------------------------ */

int job_file(const struct job *job)
{
	return job->file;
}

bool job_running(const struct job *job)
{
	return job->pid != 0;
}

bool job_is_undo(const struct job *job)
{
	return job->undo;
}

bool job_needs_reboot(const struct job *job)
{
	return job->needs_reboot;
}

unsigned job_total(const struct job *job)
{
	return job->states->len;
}

unsigned job_finished(const struct job *job)
{
	unsigned count = 0;

	for (guint i = 0; i < job->states->len; i++) {
		enum job_state state = job_state(job, i);

		count += state == JOB_DONE || state == JOB_ELSEWHERE;
	}
	return count;
}

const char *job_title(const struct job *job, unsigned index)
{
	return job->titles->pdata[index];
}

enum job_state job_state(const struct job *job, unsigned index)
{
	return g_array_index(job->states, enum job_state, index);
}

const GPtrArray *job_log(const struct job *job)
{
	return job->log;
}

const char *job_trouble(const struct job *job)
{
	return job->trouble;
}

int job_seconds(const struct job *job)
{
	return (int)(((job->pid ? g_get_monotonic_time() : job->ended) - job->began) / G_USEC_PER_SEC);
}
