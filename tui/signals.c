/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals.c - signals as something to read, and a terminal that is whole again even after a crash */
#include "config.h"

#include "signals.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* Room for the handlers that were there before, such as a sanitizer's, which run on the same stack. */
enum { STACK_BYTES = 256 * 1024 };

static const int caught[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGPIPE};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct signals {
	int pipe[2];
	struct sigaction before[G_N_ELEMENTS(caught)];
	void *stack;
};

/*
 * A signal handler gets nothing but a number, so what it needs lies here: the end of the pipe, and for a crash
 * what makes the terminal usable again. Written before the handlers are set, and only read by them.
 */
static struct {
	int pipe;
	int stderr_file; /* the real one, while stderr is caught */
	struct termios modes;
	char restore[256];
	size_t restore_length;
	struct sigaction before[G_N_ELEMENTS(crashes)];
} handler;

static void on_signal(int number)
{
	unsigned char byte = (unsigned char)number;
	int keep = errno;

	/* A full pipe already says that there is something to do. */
	if (write(handler.pipe, &byte, 1) < 0)
		errno = keep;
	errno = keep;
}

static void on_crash(int number)
{
	if (handler.stderr_file >= 0)
		dup2(handler.stderr_file, STDERR_FILENO);
	if (write(STDOUT_FILENO, handler.restore, handler.restore_length) >= 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &handler.modes);
	for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
		if (crashes[i] == number)
			sigaction(number, &handler.before[i], NULL);
	raise(number);
}

/* Adds a capability without its padding notes ("$<5>"), which only tputs() understands. */
static void add_restoring(const char *name)
{
	const char *text = tigetstr((char *)name);

	if (!text || text == (char *)-1)
		return;
	while (*text && handler.restore_length < sizeof(handler.restore)) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
			text = strchr(text, '>') + 1;
		else
			handler.restore[handler.restore_length++] = *text++;
	}
}

static void set(int number, void (*function)(int), int flags, struct sigaction *before)
{
	struct sigaction action = {.sa_handler = function, .sa_flags = flags};

	sigfillset(&action.sa_mask);
	sigaction(number, &action, before);
}

struct signals *signals_open(const struct termios *modes, int stderr_file)
{
	struct signals *signals = g_new0(struct signals, 1);

	if (pipe2(signals->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		signals->pipe[0] = signals->pipe[1] = -1;
	handler.pipe = signals->pipe[1];
	handler.restore_length = 0;
	add_restoring("sgr0");
	add_restoring("rmkx");
	add_restoring("cnorm");
	add_restoring("rmcup");
	handler.modes = *modes;
	handler.stderr_file = stderr_file;

	signals->stack = g_malloc(STACK_BYTES);
	sigaltstack(&(stack_t){.ss_sp = signals->stack, .ss_size = STACK_BYTES}, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(caught); i++)
		set(caught[i], caught[i] == SIGPIPE ? SIG_IGN : on_signal, 0, &signals->before[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
		set(crashes[i], on_crash, SA_ONSTACK, &handler.before[i]);
	return signals;
}

void signals_close(struct signals *signals)
{
	for (size_t i = 0; i < G_N_ELEMENTS(caught); i++)
		sigaction(caught[i], &signals->before[i], NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
		sigaction(crashes[i], &handler.before[i], NULL);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
	g_free(signals->stack);
	close(signals->pipe[0]);
	close(signals->pipe[1]);
	g_free(signals);
}

int signals_file(const struct signals *signals)
{
	return signals->pipe[0];
}

int signals_next(struct signals *signals)
{
	unsigned char byte;

	return read(signals->pipe[0], &byte, 1) == 1 ? byte : 0;
}

void signals_stop_self(void)
{
	struct sigaction before;

	set(SIGTSTP, SIG_DFL, 0, &before);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &before, NULL);
}
