/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plain.c - the guided set-up as questions, line by line: for scripts, serial lines and screen readers */
#include "config.h"

#include "change.h"
#include "cli.h"
#include "print.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

struct question {
	const struct vp_step *step;
	const struct vp_field *field;
	int step_number, number;
};

enum outcome { ANSWERED, AGAIN, BACK, LEAVE, ENDED };

/* ---- showing ------------------------------------------------------------------------------------------ */

static void say(enum tone tone, const char *text)
{
	g_autoptr(GPtrArray) lines = lines_new();

	lines_add(lines, tone, text);
	print_lines(lines);
}

static void show_step(const struct vp_session *session, const struct question *question)
{
	g_autoptr(GPtrArray) findings = vp_step_findings(session, question->step);
	g_autoptr(GPtrArray) lines = lines_new();

	lines_add(lines, TONE_PLAIN, "");
	lines_addf(lines, TONE_TITLE, "%d. %s", question->step_number, question->step->title);
	lines_add(lines, TONE_PLAIN, question->step->intro ? question->step->intro : "");
	report_findings(lines, findings, marks_choose());
	print_lines(lines);
}

static void show_choices(const GPtrArray *choices, bool several)
{
	g_autoptr(GPtrArray) lines = lines_new();

	for (guint i = 0; i < choices->len; i++) {
		const struct vp_choice *choice = choices->pdata[i];
		const char *mark = choice->chosen ? "[x]" : "[ ]";

		lines_addf(lines, TONE_PLAIN, "%4u %s\t%s%s%s", i + 1,
			   several          ? mark
			   : choice->chosen ? "*"
					    : " ",
			   choice->label, choice->hint ? ". " : "", choice->hint ? choice->hint : "");
	}
	print_lines(lines);
}

static void show_help(const struct vp_session *session, const struct question *question)
{
	g_autofree char *text = vp_session_help(session, question->step->id);
	g_autoptr(GPtrArray) lines = lines_new();

	if (question->field->help)
		lines_add(lines, TONE_PLAIN, question->field->help);
	if (question->field->type == VP_FIELD_NUMBER)
		lines_addf(lines, TONE_PLAIN, "From %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ".",
			   question->field->min, question->field->max);
	if (text) {
		lines_add(lines, TONE_PLAIN, "");
		lines_add(lines, TONE_PLAIN, text);
	}
	lines_add(lines, TONE_PLAIN, "");
	lines_add(lines, TONE_PLAIN, "Enter\ttakes what stands in brackets");
	lines_add(lines, TONE_PLAIN, "none\tan empty answer");
	lines_add(lines, TONE_PLAIN, "b\tback to the question before");
	lines_add(lines, TONE_PLAIN, "q\tleaves; nothing is changed");
	print_lines(lines);
}

/* ---- taking an answer --------------------------------------------------------------------------------- */

/* Numbers of choices become their values; other words stay as they were typed. NULL: there is no such number. */
static char *typed_values(const GPtrArray *choices, const char *typed)
{
	g_auto(GStrv) words = g_strsplit_set(typed, " ,", -1);
	GString *values = g_string_new(NULL);

	for (int i = 0; words[i]; i++) {
		guint64 number = 0;

		if (!*words[i])
			continue;
		if (g_ascii_string_to_unsigned(words[i], 10, 0, G_MAXUINT, &number, NULL)) {
			if (number < 1 || number > choices->len) {
				g_string_free(values, TRUE);
				return NULL;
			}
			g_string_append_printf(values, " %s",
					       ((struct vp_choice *)choices->pdata[number - 1])->value);
		} else {
			g_string_append_printf(values, " %s", words[i]);
		}
	}
	return g_strstrip(g_string_free(values, FALSE));
}

/* Shows what refused the device, and what would help. False: the person does not take the risk. */
static bool takes_risk(struct vp_session *session, const char *sentence, const char *refusal)
{
	g_autoptr(GPtrArray) lines = lines_new();
	g_autofree char *typed = NULL;

	lines_add(lines, TONE_BAD, refusal);
	report_risk_help(lines, sentence);
	lines_addf(lines, TONE_WARN, "To take the risk all the same, type word for word: %s", sentence);
	print_lines(lines);
	typed = ask_line("Enter leaves it: ");
	return typed && !strcmp(typed, sentence) &&
	       vp_answer_toggle(session, "overrule", sentence, true, NULL);
}

static bool choose_device(struct vp_session *session, const char *address, GError **error)
{
	for (;;) {
		g_autofree char *story = NULL, *sentence = NULL;
		GError *refusal = NULL;

		if (vp_choose(session, address, true, &story, &refusal)) {
			if (story)
				say(TONE_PLAIN, story);
			return true;
		}
		sentence = vp_choose_risk(session, address);
		if (!sentence) {
			g_propagate_error(error, refusal);
			return false;
		}

		bool taken = takes_risk(session, sentence, refusal->message);

		g_error_free(refusal);
		if (!taken) {
			g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
				    "%s stays: the sentence was not typed word for word", address);
			return false;
		}
	}
}

/* Devices are chosen one by one, since each may bring others along. */
static bool choose_devices(struct vp_session *session, const char *values, GError **error)
{
	g_auto(GStrv) words = g_strsplit(values, " ", -1);

	/* A risk is taken for the devices it was typed for, not for those named next. */
	if (!vp_answer_set(session, "devices", "", error) || !vp_answer_set(session, "overrule", "", error))
		return false;
	for (int i = 0; words[i]; i++)
		if (*words[i] && !vp_is_chosen(session, words[i]) && !choose_device(session, words[i], error))
			return false;
	return true;
}

static bool take_choices(struct vp_session *session, const struct vp_field *field, const GPtrArray *choices,
			 const char *typed, GError **error)
{
	g_autofree char *values = strcmp(typed, "none") ? typed_values(choices, typed) : g_strdup("");

	if (!values) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "there is no such number: %s; they go from 1 to %u", typed, choices->len);
		return false;
	}
	if (!strcmp(field->key, "devices"))
		return choose_devices(session, values, error);
	return vp_answer_set(session, field->key, values, error);
}

static bool take(struct vp_session *session, const struct vp_field *field, const GPtrArray *choices,
		 const char *typed, GError **error)
{
	if (choices->len)
		return take_choices(session, field, choices, typed, error);
	if (field->type == VP_FIELD_BOOL &&
	    (!g_ascii_strcasecmp(typed, "y") || !g_ascii_strcasecmp(typed, "n")))
		typed = g_ascii_tolower(*typed) == 'y' ? "yes" : "no";
	if ((field->optional || field->type == VP_FIELD_LIST || field->type == VP_FIELD_SET) &&
	    !strcmp(typed, "none"))
		typed = "";
	return vp_answer_set(session, field->key, typed, error);
}

/* ---- one question ------------------------------------------------------------------------------------- */

/* What Enter takes, short: a choice by its number. */
static char *preset(const struct vp_session *session, const struct vp_field *field, const GPtrArray *choices)
{
	GString *numbers = g_string_new(NULL);

	if (!choices->len) {
		char *value = vp_answer_get(session, field->key);

		g_string_free(numbers, TRUE);
		if (*value)
			return value;
		g_free(value);
		return g_strdup("none");
	}
	for (guint i = 0; i < choices->len; i++)
		if (((struct vp_choice *)choices->pdata[i])->chosen)
			g_string_append_printf(numbers, "%s%u", numbers->len ? " " : "", i + 1);
	if (!numbers->len)
		g_string_assign(numbers, "none");
	return g_string_free(numbers, FALSE);
}

static char *prompt_for(const struct question *question, const char *value)
{
	const struct vp_field *field = question->field;

	return g_strdup_printf("%d.%d %s%s%s [%s]: ", question->step_number, question->number, field->label,
			       field->unit ? ", " : "", field->unit ? field->unit : "", value);
}

static enum outcome ask(struct vp_session *session, const struct question *question)
{
	const struct vp_field *field = question->field;
	g_autoptr(GPtrArray) choices = vp_field_choices(session, field);
	g_autofree char *value = preset(session, field, choices), *prompt = prompt_for(question, value);
	g_autoptr(GError) error = NULL;

	/* A set with nothing in it asks nothing. */
	if (field->type == VP_FIELD_SET && !choices->len)
		return ANSWERED;
	show_choices(choices, field->type == VP_FIELD_SET);

	g_autofree char *typed = ask_line(prompt);

	if (!typed)
		return ENDED;
	if (!*typed)
		return ANSWERED;
	if (!strcmp(typed, "b"))
		return BACK;
	if (!strcmp(typed, "q"))
		return LEAVE;
	if (!strcmp(typed, "?")) {
		show_help(session, question);
		return AGAIN;
	}
	if (take(session, field, choices, typed, &error))
		return ANSWERED;
	say(TONE_BAD, error->message);
	return AGAIN;
}

/* ---- all of them -------------------------------------------------------------------------------------- */

static GArray *questions_of(const struct vp_session *session)
{
	GArray *questions = g_array_new(FALSE, FALSE, sizeof(struct question));
	const struct vp_step *const *steps = vp_steps();

	for (int i = 0; steps[i]; i++) {
		if (steps[i]->applies && !steps[i]->applies(session))
			continue;
		for (int k = 0; steps[i]->questions[k]; k++) {
			struct question question = {steps[i], vp_field_find(steps[i]->questions[k]), i + 1,
						    k + 1};

			g_array_append_val(questions, question);
		}
	}
	return questions;
}

static void after_question(const struct vp_session *session, const struct question *question)
{
	if (strcmp(question->field->key, "devices") != 0)
		return;

	g_autoptr(GPtrArray) findings = vp_choice_findings(session), lines = lines_new();

	report_findings(lines, findings, marks_choose());
	print_lines(lines);
}

static bool ask_all(struct vp_session *session, const GArray *questions, GError **error)
{
	const struct vp_step *shown = NULL;

	for (guint i = 0; i < questions->len;) {
		const struct question *question = &g_array_index(questions, struct question, i);

		if (question->step != shown)
			show_step(session, question);
		shown = question->step;
		switch (ask(session, question)) {
		case ANSWERED:
			after_question(session, question);
			i++;
			break;
		case AGAIN:
			break;
		case BACK:
			i -= i > 0;
			break;
		case LEAVE:
			say(TONE_PLAIN, "Nothing has been changed.");
			return false;
		case ENDED:
			g_set_error(
				error, VP_ERROR, VP_ERROR_FAILED,
				"nothing was changed: the input ended at question %d.%d (%s); "
				"answer every question, or give --answers FILE to \"virt-passthrough apply\"",
				question->step_number, question->number, question->field->label);
			return false;
		}
	}
	return true;
}

static int review(const struct cli *cli, struct vp_session *session, GError **error)
{
	g_autoptr(vp_plan) plan = vp_plan_new(session, error);
	g_autoptr(GPtrArray) lines = lines_new();
	GError *problem = NULL;

	if (!plan)
		return STATUS_FAILED;
	lines_add(lines, TONE_PLAIN, "");
	lines_add(lines, TONE_TITLE, "Review");
	report_plan(lines, plan);
	print_table(lines);
	if (!change_possible(plan, error))
		return STATUS_FAILED;
	if (!plan->changes->len)
		return STATUS_OK;
	say(TONE_PLAIN, "Nothing has been changed yet.");
	if (!change_allowed(cli, session, "apply", error))
		return STATUS_FAILED;
	if (!cli->yes && !ask_yes("Apply these changes?", &problem)) {
		if (problem)
			g_propagate_error(error, problem);
		else
			say(TONE_PLAIN, "Nothing was changed.");
		return problem ? STATUS_FAILED : STATUS_OK;
	}
	return change_carry_out(cli, session, plan, false, error);
}

int plain_run(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = cli_session(cli, error);

	if (!session)
		return STATUS_FAILED;

	g_autofree char *summary = vp_session_summary(session);
	g_autoptr(GArray) questions = questions_of(session);
	GError *problem = NULL;

	say(TONE_TITLE, "virt-passthrough");
	say(TONE_PLAIN, summary);
	if (cli->demo)
		say(TONE_PLAIN, "DEMO: nothing on this computer is changed.");
	say(TONE_PLAIN, "Enter takes what stands in brackets, ? helps, b goes back, q leaves.");
	if (ask_all(session, questions, &problem))
		return review(cli, session, error);
	if (!problem)
		return STATUS_OK;
	g_propagate_error(error, problem);
	return STATUS_FAILED;
}
