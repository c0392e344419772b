/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields.c - the questions of a step as rows of a list, and the boxes that ask them */
#include "config.h"

#include "wizard.h"

#include <string.h>

struct edit {
	struct wizard *wizard;
	const struct vp_field *field;
};

/* The answer as a person reads it. */
static char *shown_value(const struct wizard *wizard, const struct vp_field *field)
{
	char *value = vp_answer_get(wizard->session, field->key);

	if (field->type == VP_FIELD_CHOICE) {
		g_autoptr(GPtrArray) choices = vp_field_choices(wizard->session, field);

		for (guint i = 0; i < choices->len; i++) {
			const struct vp_choice *choice = choices->pdata[i];

			if (!strcmp(choice->value, value)) {
				g_free(value);
				return g_strdup(choice->label);
			}
		}
	}
	if (!*value) {
		g_free(value);
		return g_strdup(field->optional ? "none" : "not given yet");
	}
	if (!field->unit)
		return value;

	char *with_unit = g_strdup_printf("%s %s", value, field->unit);

	g_free(value);
	return with_unit;
}

static const char *mark_of(const struct wizard *wizard, const struct vp_field *field)
{
	g_autofree char *answer = vp_answer_get(wizard->session, field->key);

	if (field->type != VP_FIELD_BOOL)
		return "";
	return !strcmp(answer, "yes") ? "[x]" : "[ ]";
}

void fields_add_line(struct wizard *wizard, struct list *list, const char *key)
{
	const struct vp_field *field = vp_field_find(key);
	g_autofree char *value = shown_value(wizard, field);
	g_autofree char *text = g_strdup_printf("%s: %s", field->label, value);

	list_line(list, key, mark_of(wizard, field), TONE_PLAIN,
		  field->type == VP_FIELD_BOOL ? field->label : text);
}

void fields_add_row(struct wizard *wizard, struct list *list, const char *key)
{
	const struct vp_field *field = vp_field_find(key);
	g_autofree char *value = shown_value(wizard, field);

	list_item(list, key, mark_of(wizard, field), TONE_PLAIN, field->label, value, NULL);
}

void fields_details(struct wizard *wizard, const char *key, GPtrArray *lines)
{
	const struct vp_field *field = vp_field_find(key);
	g_autofree char *value = shown_value(wizard, field);

	lines_addf(lines, TONE_TITLE, "%s: %s%s", field->label, value,
		   vp_answer_is_default(wizard->session, key) ? "  (as suggested)" : "");
	if (field->help)
		lines_add(lines, TONE_PLAIN, field->help);
	if (field->type == VP_FIELD_NUMBER)
		lines_addf(lines, TONE_DIM, "From %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s.",
			   field->min, field->max, field->unit ? " " : "", field->unit ? field->unit : "");
}

/* ---- asking ------------------------------------------------------------------------------------------- */

static char *text_answered(const char *text, void *data)
{
	const struct edit *edit = data;
	g_autoptr(GError) error = NULL;

	if (!vp_answer_set(edit->wizard->session, edit->field->key, text, &error))
		return g_strdup(error->message);
	wizard_changed(edit->wizard);
	return NULL;
}

static char *values_answered(const char *const *values, void *data)
{
	g_autofree char *text = g_strjoinv(" ", (char **)values);

	return text_answered(text, data);
}

static void ask(struct wizard *wizard, const struct vp_field *field)
{
	struct edit *edit = g_new(struct edit, 1);
	struct question question = {
		.title = field->label, .lines = lines_new(), .data = edit, .free_data = g_free};
	bool several = field->type == VP_FIELD_SET;

	*edit = (struct edit){wizard, field};
	if (field->help)
		lines_add(question.lines, TONE_PLAIN, field->help);
	if (field->type == VP_FIELD_CHOICE || several) {
		GPtrArray *choices = vp_field_choices(wizard->session, field);

		wizard_push(wizard,
			    menu_view_new(wizard->terminal, &question, choices, several, values_answered));
		return;
	}

	g_autofree char *value = vp_answer_get(wizard->session, field->key);

	if (field->unit)
		lines_addf(question.lines, TONE_DIM, "In %s. Empty: as suggested.", field->unit);
	else if (field->type == VP_FIELD_LIST)
		lines_add(question.lines, TONE_DIM, "Words with blanks between them. Empty: none.");
	else
		lines_add(question.lines, TONE_DIM,
			  field->optional ? "May be left empty." : "Empty: as suggested.");
	wizard_push(wizard, input_new(wizard->terminal, &question, value, text_answered));
}

static void toggle(struct wizard *wizard, const struct vp_field *field)
{
	g_autofree char *value = vp_answer_get(wizard->session, field->key);
	GError *error = NULL;

	vp_answer_set(wizard->session, field->key, strcmp(value, "yes") ? "yes" : "no", &error);
	wizard_changed(wizard);
	if (error)
		wizard_say_error(wizard, error);
}

bool fields_command(struct wizard *wizard, const char *key, enum command command)
{
	const struct vp_field *field = vp_field_find(key);

	if (!field || (command != CMD_CHOOSE && command != CMD_OPEN))
		return false;
	if (field->type == VP_FIELD_BOOL)
		toggle(wizard, field);
	else
		ask(wizard, field);
	return true;
}
