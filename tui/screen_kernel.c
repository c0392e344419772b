/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen_kernel.c - kernel parameters: now, written, after apply */
#include "config.h"

#include "wizard.h"

#include <string.h>

static const struct list_column columns[LIST_MOST_CELLS] = {{"Parameter", 30, false},
							    {"Now", 0, false},
							    {"Written", 0, false},
							    {"After", 0, false},
							    {"", 12, true}};

/* Others are active all the same: the boot loader adds them, or someone typed them at its menu. */
static bool in_file(const struct vp_parameter *parameter)
{
	return parameter->written || parameter->planned || parameter->suggested;
}

static const char *origin_of(const struct vp_parameter *parameter)
{
	if (parameter->suggested)
		return "suggested";
	if (!in_file(parameter))
		return "not from this file";
	if (parameter->planned && !parameter->written)
		return "added by you";
	return parameter->written && !parameter->planned ? "taken out by you" : "";
}

static void build(struct wizard *wizard, struct page *page)
{
	g_clear_pointer(&page->data, g_ptr_array_unref);
	page->data = vp_kernel_parameters(wizard->session);
	for (guint i = 0; i < page->data->len; i++) {
		const struct vp_parameter *parameter = page->data->pdata[i];

		list_item(&page->list, parameter->text,
			  parameter->planned   ? "[x]"
			  : in_file(parameter) ? "[ ]"
					       : "",
			  parameter->planned != parameter->written ? TONE_TITLE : TONE_PLAIN, parameter->text,
			  parameter->active ? "yes" : "-", parameter->written ? "yes" : "-",
			  parameter->planned ? "yes" : "-", origin_of(parameter), NULL);
	}
	if (!page->data->len)
		list_note(&page->list, TONE_PLAIN, "No parameters. \"a\" adds one.");
	list_heading(&page->list, TONE_PLAIN, "");
	fields_add_line(wizard, &page->list, "kernel.boot_loader");
}

static const struct vp_parameter *current(const struct page *page)
{
	const struct list_row *row = list_current(&page->list);

	for (guint i = 0; row && i < page->data->len; i++) {
		const struct vp_parameter *parameter = page->data->pdata[i];

		if (!strcmp(parameter->text, row->id))
			return parameter;
	}
	return NULL;
}

static void details(struct wizard *wizard, struct page *page, const struct list_row *row, GPtrArray *lines)
{
	const struct vp_parameter *parameter = current(page);

	if (!parameter) {
		fields_details(wizard, row->id, lines);
		return;
	}
	lines_addf(lines, TONE_TITLE, "%s", parameter->text);
	if (parameter->why)
		lines_add(lines, TONE_PLAIN, parameter->why);
	else if (!in_file(parameter))
		lines_add(lines, TONE_PLAIN,
			  "The boot loader adds it by itself, or it was typed at its menu.");
	else
		lines_add(lines, TONE_PLAIN,
			  parameter->written ? "It stands in your configuration already."
					     : "You have added it.");
	lines_addf(lines, TONE_PLAIN, "Now\t%s",
		   parameter->active ? "active: on the kernel's command line"
				     : "not on the kernel's command line");
	lines_addf(lines, TONE_PLAIN, "After\t%s",
		   parameter->planned ? (parameter->written ? "stays" : "will be written")
				      : "will not be there");
}

/* The line as it will stand, and where. */
static void message(struct wizard *wizard, struct page *page, GPtrArray *lines)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *line = vp_kernel_line(wizard->session, &error);
	g_autofree char *place = vp_kernel_place(wizard->session);

	if (!line) {
		lines_add(lines, TONE_BAD,
			  error ? error->message : "No place to write the parameters is known.");
		return;
	}
	lines_addf(lines, TONE_PLAIN, "After apply, %s:", place ? place : "the line reads");
	lines_addf(lines, TONE_TITLE, "  %s", *line ? line : "(empty)");
}

/* ---- changing ----------------------------------------------------------------------------------------- */

struct edit {
	struct wizard *wizard;
	char *parameter; /* the one being edited, NULL: a new one */
};

static void edit_free(void *data)
{
	struct edit *edit = data;

	g_free(edit->parameter);
	g_free(edit);
}

/* Whether a word stands in the answer of that key. */
static bool answer_has(const struct wizard *wizard, const char *key, const char *word)
{
	g_autofree char *text = vp_answer_get(wizard->session, key);
	g_auto(GStrv) words = NULL;

	return *text && g_shell_parse_argv(text, NULL, &words, NULL) &&
	       g_strv_contains((const char *const *)words, word);
}

static bool set_parameter(struct wizard *wizard, const struct vp_parameter *parameter, bool on,
			  GError **error)
{
	struct vp_session *session = wizard->session;

	if (parameter->answer)
		return vp_answer_set(session, parameter->answer, on ? "yes" : "no", error);
	if (!on && answer_has(wizard, "kernel.add", parameter->text))
		return vp_answer_toggle(session, "kernel.add", parameter->text, false, error);
	if (on && answer_has(wizard, "kernel.remove", parameter->text))
		return vp_answer_toggle(session, "kernel.remove", parameter->text, false, error);
	return vp_answer_toggle(session, on ? "kernel.add" : "kernel.remove", parameter->text, true, error);
}

static void toggle(struct wizard *wizard, const struct vp_parameter *parameter)
{
	GError *error = NULL;

	set_parameter(wizard, parameter, !parameter->planned, &error);
	wizard_changed(wizard);
	if (error)
		wizard_say_error(wizard, error);
}

static const struct vp_parameter *find(const struct page *page, const char *text)
{
	for (guint i = 0; i < page->data->len; i++)
		if (!strcmp(((struct vp_parameter *)page->data->pdata[i])->text, text))
			return page->data->pdata[i];
	return NULL;
}

/* An edit is the new one in and the old one out; refused as a whole if the new one is. */
static char *edited(const char *typed, void *data)
{
	const struct edit *edit = data;
	struct wizard *wizard = edit->wizard;
	g_autofree char *text = g_strstrip(g_strdup(typed));
	g_autoptr(GError) error = NULL;
	const struct vp_parameter *old = edit->parameter ? find(wizard_page(wizard), edit->parameter) : NULL;

	if (!*text)
		return g_strdup("Type a parameter, such as pci=noats; Esc leaves all as it was.");
	if (old && !strcmp(old->text, text))
		return NULL;
	if (!vp_answer_toggle(wizard->session, "kernel.add", text, true, &error) ||
	    (old && old->planned && !set_parameter(wizard, old, false, &error)))
		return g_strdup(error->message);
	wizard_changed(wizard);
	list_select(&wizard_page(wizard)->list, text);
	wizard_rows_changed(wizard);
	return NULL;
}

static void ask(struct wizard *wizard, const struct vp_parameter *parameter)
{
	struct edit *edit = g_new0(struct edit, 1);
	struct question question = {.title = parameter ? "Edit a kernel parameter" : "Add a kernel parameter",
				    .lines = lines_new(),
				    .data = edit,
				    .free_data = edit_free};

	edit->wizard = wizard;
	edit->parameter = parameter ? g_strdup(parameter->text) : NULL;
	lines_add(question.lines, TONE_PLAIN,
		  "One parameter, as it stands on the kernel's command line: name or name=value.");
	wizard_push(wizard, input_new(wizard->terminal, &question, parameter ? parameter->text : "", edited));
}

static bool command(struct wizard *wizard, struct page *page, enum command number)
{
	const struct vp_parameter *parameter = current(page);
	const struct list_row *row = list_current(&page->list);

	if (number == CMD_ADD) {
		ask(wizard, NULL);
		return true;
	}
	if (row && !parameter)
		return fields_command(wizard, row->id, number);
	if (!parameter || (number != CMD_CHOOSE && number != CMD_OPEN))
		return false;
	if (!in_file(parameter))
		wizard_say(wizard, TONE_PLAIN, "This one is not in the file. \"a\" adds parameters to it.");
	else if (number == CMD_OPEN && parameter->answer)
		wizard_say(wizard, TONE_PLAIN,
			   "This one is suggested as it is: space switches it on or off.");
	else if (number == CMD_OPEN)
		ask(wizard, parameter);
	else
		toggle(wizard, parameter);
	return true;
}

const struct page_ops kernel_page = {
	.id = "kernel",
	.keys = KEYS_KERNEL,
	.columns = columns,
	.details_share = 40,
	.build = build,
	.details = details,
	.message = message,
	.command = command,
};
