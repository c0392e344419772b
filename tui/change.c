/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change.c - the commands that change the machine: apply and undo */
#include "config.h"

#include "change.h"

#include "print.h"
#include "report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ------------------------------------------------------------------------------------------- */

char *ask_line(const char *prompt)
{
	char *line = NULL;
	size_t size = 0;

	fputs(prompt, stdout);
	fflush(stdout);

	ssize_t length = getline(&line, &size, stdin);

	if (length < 0) {
		free(line);
		putchar('\n');
		return NULL;
	}

	char *text = g_utf8_make_valid(line, length);

	free(line);
	return g_strstrip(text);
}

bool ask_yes(const char *question, GError **error)
{
	g_autofree char *prompt = g_strdup_printf("%s yes or no [no]: ", question);

	for (;;) {
		g_autofree char *answer = ask_line(prompt);

		if (!answer) {
			g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
				    "nothing was changed: the input ended before a yes; use --yes to go "
				    "without asking");
			return false;
		}
		if (!g_ascii_strcasecmp(answer, "yes") || !g_ascii_strcasecmp(answer, "y"))
			return true;
		if (!*answer || !g_ascii_strcasecmp(answer, "no") || !g_ascii_strcasecmp(answer, "n"))
			return false;
		puts("Please type yes or no.");
	}
}

/* ---- doing -------------------------------------------------------------------------------------------- */

bool change_allowed(const struct cli *cli, const struct vp_session *session, const char *what, GError **error)
{
	g_autofree char *obstacle = cli_may_change(cli, session);

	if (!obstacle)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
		    "cannot %s: changing this computer needs root; run \"sudo "
		    "virt-passthrough %s\"",
		    what, what);
	return false;
}

bool change_possible(const struct vp_plan *plan, GError **error)
{
	g_autofree char *blocked = report_blocked(plan);

	if (!blocked)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot apply this plan: %s; nothing was changed",
		    blocked);
	return false;
}

/* Undo that left something alone has not put everything back. */
static void tell_left_alone(const struct vp_plan *plan, GError **error)
{
	const struct vp_refusal *first = plan->refused->pdata[0];
	g_autofree char *more = plan->refused->len == 1
					? g_strdup("")
					: g_strdup_printf(" (and %u more)", plan->refused->len - 1);

	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "not everything was put back: %s%s: %s", first->what,
		    more, first->why);
}

static void tell_what_now(const struct vp_session *session, const struct vp_plan *plan, bool undo)
{
	g_autoptr(GPtrArray) lines = lines_new();

	lines_add(lines, TONE_PLAIN, "");
	report_what_now(lines, session, undo, plan->needs_reboot);
	print_lines(lines);
}

int change_carry_out(const struct cli *cli, struct vp_session *session, const struct vp_plan *plan, bool undo,
		     GError **error)
{
	vp_watch *watch = cli->json ? print_event_json : print_event;
	GError *failure = NULL;

	/* Whoever reads the progress may go away; what was begun is finished all the same. */
	signal(SIGPIPE, SIG_IGN);
	if (undo)
		vp_plan_undo_apply(session, plan, watch, NULL, &failure);
	else
		vp_plan_apply(session, plan, watch, NULL, &failure);
	if (!failure && undo && plan->refused->len)
		tell_left_alone(plan, &failure);
	else if (!failure && !cli->json)
		tell_what_now(session, plan, undo);
	if (failure) {
		if (cli->json)
			print_error_json(failure->message);
		g_propagate_error(error, failure);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* The plan that was shown elsewhere, and no other. */
static bool same_plan(const struct cli *cli, const struct vp_plan *plan, GError **error)
{
	g_autofree char *digest = vp_plan_digest(plan);

	if (!cli->digest || !strcmp(cli->digest, digest))
		return true;
	g_set_error(
		error, VP_ERROR, VP_ERROR_FAILED,
		"nothing was changed: the machine changed since the plan was shown; look at the plan again");
	return false;
}

static void show(const struct vp_plan *plan)
{
	g_autoptr(GPtrArray) lines = lines_new();

	report_plan(lines, plan);
	print_table(lines);
}

/* With --json there is nobody to answer a question. */
static bool may_ask(const struct cli *cli, const char *what, GError **error)
{
	if (!cli->json || cli->yes)
		return true;
	g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
		    "cannot %s: --json asks no question; look at \"virt-passthrough plan\", then add --yes",
		    what);
	return false;
}

static int change(const struct cli *cli, struct vp_session *session, bool undo, GError **error)
{
	const char *what = undo ? "undo" : "apply";
	g_autoptr(vp_plan) plan = undo ? vp_plan_undo(session, error) : vp_plan_new(session, error);
	GError *refusal = NULL;

	if (!plan || !same_plan(cli, plan, error))
		return STATUS_FAILED;
	if (!cli->json)
		show(plan);
	if (!undo && !change_possible(plan, error))
		return STATUS_FAILED;
	if (!plan->changes->len && !undo)
		return STATUS_OK;
	if (!change_allowed(cli, session, what, error))
		return STATUS_FAILED;
	if (!cli->yes) {
		g_autofree char *question = g_strdup_printf("\nNothing has been changed yet. %s %u change%s?",
							    undo ? "Take back" : "Make", plan->changes->len,
							    plan->changes->len == 1 ? "" : "s");

		if (!ask_yes(question, &refusal)) {
			if (refusal)
				g_propagate_error(error, refusal);
			else
				puts("Nothing was changed.");
			return STATUS_FAILED;
		}
	}
	return change_carry_out(cli, session, plan, undo, error);
}

int command_apply(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = may_ask(cli, "apply", error) ? cli_session(cli, error) : NULL;

	return session ? change(cli, session, false, error) : STATUS_FAILED;
}

int command_undo(const struct cli *cli, GError **error)
{
	/* The journal alone says what to put back: answers that cannot be read are no obstacle. */
	g_autoptr(vp_session) session = cli_machine(cli, error);

	if (!session)
		return STATUS_FAILED;
	if (!vp_journal_exists(session)) {
		puts("Nothing was changed by virt-passthrough, so there is nothing to undo.");
		return STATUS_OK;
	}
	return may_ask(cli, "undo", error) ? change(cli, session, true, error) : STATUS_FAILED;
}
