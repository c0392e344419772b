/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal.c - the terminal: entering and leaving curses, signals, colours, one way to put text */
#include "config.h"

#include "terminal.h"

#include "core/core.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

struct terminal {
	SCREEN *screen;
	WINDOW *input; /* a pad: reading from it never refreshes a window */
	struct signals *signals;
	const struct marks *marks;
	bool colours;
	int stderr_saved, stderr_caught;
};

enum { ESCAPE_DELAY_MS = 100 };

const struct marks *terminal_marks(const struct terminal *terminal)
{
	return terminal->marks;
}

/* ---- coming and going --------------------------------------------------------------------------------- */

/* Libraries write to stderr as they please, and that would tear the screen. */
static void catch_stderr(struct terminal *terminal)
{
	terminal->stderr_saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	terminal->stderr_caught = memfd_create("stderr", MFD_CLOEXEC);
	if (terminal->stderr_saved >= 0 && terminal->stderr_caught >= 0)
		dup2(terminal->stderr_caught, STDERR_FILENO);
}

static void release_stderr(struct terminal *terminal)
{
	char part[4096];
	off_t at = 0;

	if (terminal->stderr_saved >= 0)
		dup2(terminal->stderr_saved, STDERR_FILENO);
	while (terminal->stderr_caught >= 0) {
		ssize_t got = pread(terminal->stderr_caught, part, sizeof(part), at);

		if (got <= 0 || write(STDERR_FILENO, part, got) != got)
			break;
		at += got;
	}
	if (terminal->stderr_saved >= 0)
		close(terminal->stderr_saved);
	if (terminal->stderr_caught >= 0)
		close(terminal->stderr_caught);
}

static void set_colours(struct terminal *terminal)
{
	const char *no_color = g_getenv("NO_COLOR"); /* https://no-color.org: set and not empty */

	if ((no_color && *no_color) || !has_colors() || start_color() != OK || use_default_colors() != OK)
		return;
	init_pair(1, COLOR_GREEN, -1);
	init_pair(2, COLOR_YELLOW, -1);
	init_pair(3, COLOR_RED, -1);
	init_pair(4, COLOR_CYAN, -1);
	terminal->colours = true;
}

char *terminal_obstacle(void)
{
	const char *term = g_getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return g_strdup("this is not a terminal");
	if (!term || !*term || !strcmp(term, "dumb"))
		return g_strdup("this terminal cannot move its cursor");
	return NULL;
}

struct terminal *terminal_open(GError **error)
{
	struct terminal *terminal = g_new0(struct terminal, 1);
	struct termios modes = {0};

	terminal->marks = marks_choose();
	tcgetattr(STDIN_FILENO, &modes);
	terminal->screen = newterm(NULL, stdout, stdin);
	if (!terminal->screen) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot use this terminal: its type \"%s\" is not known; use --plain",
			    g_getenv("TERM"));
		g_free(terminal);
		return NULL;
	}
	catch_stderr(terminal);
	terminal->signals = signals_open(&modes, terminal->stderr_saved);
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	/* Else the kernel throws output away at Ctrl-Z: half a screen, and the sequences that give it back. */
	noqiflush();
	noecho();
	nonl();
	curs_set(0);
	set_colours(terminal);
	terminal->input = newpad(1, 1);
	keypad(terminal->input, TRUE);
	nodelay(terminal->input, TRUE);
	return terminal;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	delwin(terminal->input);
	curs_set(1);
	endwin();
	delscreen(terminal->screen);
	signals_close(terminal->signals);
	release_stderr(terminal);
	g_free(terminal);
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

void terminal_wait(struct terminal *terminal, int other, int timeout_ms, bool *ret_other)
{
	struct pollfd files[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = signals_file(terminal->signals), .events = POLLIN},
		{.fd = other, .events = POLLIN},
	};
	int ready = poll(files, G_N_ELEMENTS(files), timeout_ms);

	*ret_other = ready > 0 && files[2].revents;
	/* A terminal that went away is readable for ever; SIGHUP says the same where it is delivered. */
	if (ready > 0 && (files[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
		raise(SIGHUP);
}

bool terminal_key(struct terminal *terminal, struct key *ret_key)
{
	wint_t code = 0;
	int kind = wget_wch(terminal->input, &code);

	*ret_key = (struct key){code, kind == KEY_CODE_YES};
	return kind != ERR;
}

/* Stops as the shell expects it, and takes the screen back when it is continued. */
static void suspend(struct terminal *terminal)
{
	endwin();
	signals_stop_self();
	curs_set(0);
	clearok(curscr, TRUE);
}

static void resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
}

int terminal_signal(struct terminal *terminal)
{
	int number = signals_next(terminal->signals);

	if (number == SIGTSTP)
		suspend(terminal);
	if (number == SIGTSTP || number == SIGCONT)
		number = SIGWINCH; /* the window may have another size by now */
	if (number == SIGWINCH)
		resize();
	return number;
}

/* ---- text --------------------------------------------------------------------------------------------- */

chtype terminal_tone(const struct terminal *terminal, enum tone tone)
{
	static const struct {
		chtype attributes;
		int pair;
	} tones[] = {
		[TONE_PLAIN] = {A_NORMAL, 0},   [TONE_TITLE] = {A_BOLD, 0}, [TONE_OK] = {A_NORMAL, 1},
		[TONE_WARN] = {A_NORMAL, 2},    [TONE_BAD] = {A_BOLD, 3},   [TONE_ADDED] = {A_NORMAL, 1},
		[TONE_REMOVED] = {A_NORMAL, 3}, [TONE_DIM] = {A_NORMAL, 4},
	};

	return tones[tone].attributes | (terminal->colours ? COLOR_PAIR(tones[tone].pair) : 0);
}

int terminal_put(const struct terminal *terminal, WINDOW *window, int y, int x, int width, const char *text,
		 chtype attributes)
{
	if (width <= 0)
		return 0;

	g_autofree char *clean = terminal->marks->ascii ? text_ascii(text) : text_clean(text);
	g_autofree char *shown = text_clip(clean, width, terminal->marks->ellipsis);
	g_autofree gunichar *wide = g_utf8_to_ucs4_fast(shown, -1, NULL);

	G_STATIC_ASSERT(sizeof(gunichar) == sizeof(wchar_t));
	wattrset(window, attributes);
	mvwaddwstr(window, y, x, (const wchar_t *)wide);
	wattrset(window, A_NORMAL);
	return text_width(shown);
}

/* Lines of the terminal's own set would need no Unicode either, but serial lines and recordings garble them. */
void terminal_box(const struct terminal *terminal, WINDOW *window)
{
	if (terminal->marks->ascii)
		wborder(window, '|', '|', '-', '-', '+', '+', '+', '+');
	else
		box_set(window, WACS_VLINE, WACS_HLINE);
}

void terminal_column(const struct terminal *terminal, WINDOW *window, struct rect at)
{
	if (terminal->marks->ascii)
		mvwvline(window, at.y, at.x, '|', at.rows);
	else
		mvwvline_set(window, at.y, at.x, WACS_VLINE, at.rows);
}

void terminal_rule(const struct terminal *terminal, WINDOW *window, struct rect at, const char *left,
		   const char *right)
{
	int room = at.columns - 4;

	if (terminal->marks->ascii)
		mvwhline(window, at.y, at.x, '-', at.columns);
	else
		mvwhline_set(window, at.y, at.x, WACS_HLINE, at.columns);
	if (left && *left) {
		g_autofree char *text = g_strdup_printf(" %s ", left);

		terminal_put(terminal, window, at.y, at.x + 2, room, text, A_BOLD);
	}
	if (right && *right) {
		g_autofree char *text = g_strdup_printf(" %s ", right);
		int width = text_width(text);

		if (width <= room)
			terminal_put(terminal, window, at.y, at.x + at.columns - 2 - width, width, text,
				     A_NORMAL);
	}
}
