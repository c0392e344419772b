/* SPDX-License-Identifier: GPL-2.0-or-later */
/* demo.c - the wizard on a recorded machine, in a scratch folder that is gone afterwards whatever happens */
#include "config.h"

#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char default_machine[] = "asus-maximus-vii-ranger";

static bool known(const GPtrArray *machines, const char *id)
{
	for (guint i = 0; i < machines->len; i++)
		if (!strcmp(((struct vp_machine *)machines->pdata[i])->id, id))
			return true;
	return false;
}

static void list_machines(const GPtrArray *machines)
{
	size_t widest = 0;

	for (guint i = 0; i < machines->len; i++)
		widest = MAX(widest, strlen(((struct vp_machine *)machines->pdata[i])->id));
	for (guint i = 0; i < machines->len; i++) {
		const struct vp_machine *machine = machines->pdata[i];

		printf("%-*s  %s\n", (int)widest, machine->id, machine->title);
	}
}

/* In the child: makes the machine and shows the wizard. Its folder is the parent's business. */
static int show(const struct cli *cli, const char *assets, const char *id, const char *folder)
{
	const struct cli inside = {.root = folder,
				   .connect = cli->connect ? cli->connect : "test:///default",
				   .answers = cli->answers,
				   .plain = cli->plain,
				   .yes = cli->yes,
				   .demo = true};
	g_autoptr(GError) error = NULL;
	int status = STATUS_FAILED;

	if (vp_machine_expand(assets, id, folder, &error))
		status = command_wizard(&inside, &error);

	if (error)
		fprintf(stderr, "virt-passthrough: %s\n", error->message);
	return status;
}

static const int passed_on[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP};

/* Stops as Ctrl-Z does, although that signal is blocked here; returns when continued. */
static void stop_self(void)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/*
 * Waits for the child. Signals meant for the demo go to it; those of the terminal (Ctrl-C) reach it by themselves.
 * It stops first and this process after it, so that the shell is back only when the screen is put in order.
 */
static int wait_for(pid_t child, const sigset_t *signals)
{
	siginfo_t info;
	int status;

	for (;;) {
		int number = sigwaitinfo(signals, &info);

		if (number > 0 && number != SIGCHLD && info.si_code <= 0)
			kill(child, number);
		if (number != SIGCHLD || waitpid(child, &status, WNOHANG | WUNTRACED) != child)
			continue;
		if (!WIFSTOPPED(status))
			return status;
		stop_self();
	}
}

static void block_signals(sigset_t *signals, sigset_t *before)
{
	sigemptyset(signals);
	sigaddset(signals, SIGCHLD);
	for (size_t i = 0; i < G_N_ELEMENTS(passed_on); i++)
		sigaddset(signals, passed_on[i]);
	sigprocmask(SIG_BLOCK, signals, before);
}

/* All that takes time happens in the child: from the first moment on this process only waits to clean up. */
static int run_apart(const struct cli *cli, const char *assets, const char *id, GError **error)
{
	sigset_t signals, before;
	pid_t parent = getpid();

	block_signals(&signals, &before);

	g_autofree char *folder = g_dir_make_tmp("virt-passthrough-demo-XXXXXX", error);
	pid_t child = folder ? fork() : -1;

	if (child == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(STATUS_FAILED);
		exit(show(cli, assets, id, folder));
	}

	if (child < 0 && folder)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot start the demo: %s; try again",
			    g_strerror(errno));

	int status = child < 0 ? W_EXITCODE(STATUS_FAILED, 0) : wait_for(child, &signals);

	if (folder)
		vp_machine_discard(folder, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

int command_demo(const struct cli *cli, GError **error)
{
	const char *id = cli->count ? cli->operands[0] : default_machine;
	const struct vp_options options = {0};
	g_autoptr(vp_session) session = vp_session_new(&options, error); /* knows where the tables are */
	const char *assets = session ? vp_session_assets(session) : NULL;
	g_autoptr(GPtrArray) machines = session ? vp_machines(assets, error) : NULL;

	if (!machines)
		return STATUS_FAILED;
	if (!known(machines, id)) {
		list_machines(machines);
		g_set_error(
			error, VP_ERROR, VP_ERROR_USAGE,
			"there is no recorded machine \"%s\": it is none of those listed; choose one of them",
			id);
		return STATUS_USAGE;
	}

	return run_apart(cli, assets, id, error);
}
