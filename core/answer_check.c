/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer_check.c - whether what a person typed fits the question, and what it means */
#include "config.h"

#include "cmdline.h"
#include "fields.h"
#include "internal.h"

#include <errno.h>
#include <string.h>

#define LONGEST_NAME 200 /* libvirt makes file names of it: NAME.xml, NAME_VARS.fd; file names end at 255 */

static bool refuse(GError **error, const struct vp_field *field, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool refuse(GError **error, const struct vp_field *field, const char *format, ...)
{
	g_autofree char *why = NULL;
	va_list arguments;

	va_start(arguments, format);
	why = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "cannot take this for \"%s\": %s", field->label, why);
	return false;
}

static char *check_bool(const struct vp_field *field, const char *word, GError **error)
{
	static const char *const yes[] = {"yes", "y", "true", "on", "1"}, *const no[] = {"no", "n", "false", "off", "0"};

	for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
		if (!g_ascii_strcasecmp(word, yes[i]))
			return g_strdup("yes");
		if (!g_ascii_strcasecmp(word, no[i]))
			return g_strdup("no");
	}
	refuse(error, field, "\"%s\" is neither yes nor no", word);
	return NULL;
}

/* The least that must stay with the host is told by the field's own meaning. */
static bool fits_host(const struct vp_session *session, const struct vp_field *field, gint64 number, GError **error)
{
	const struct vp_host *host = session->host;

	if (!host)
		return true;
	if (!strcmp(field->key, "machine.memory_mib") && host->memory_kib.value > 0 &&
	    number >= host->memory_kib.value / 1024)
		return refuse(error, field, "%" G_GINT64_FORMAT " MiB is all this computer has or more; give less than %"
			      G_GINT64_FORMAT, number, host->memory_kib.value / 1024);
	if (!strcmp(field->key, "machine.vcpus") && host->threads.value > 0 && number > host->threads.value)
		return refuse(error, field, "this computer has %" G_GINT64_FORMAT "; give that many or fewer",
			      host->threads.value);
	return true;
}

static char *check_number(const struct vp_session *session, const struct vp_field *field, const char *word,
			  GError **error)
{
	gint64 number;

	if (!g_ascii_string_to_signed(word, 10, field->min, field->max, &number, NULL)) {
		refuse(error, field, "\"%s\" is no whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, word,
		       field->min, field->max);
		return NULL;
	}
	if (!fits_host(session, field, number, error))
		return NULL;
	return g_strdup_printf("%" G_GINT64_FORMAT, number);
}

static bool holds_control(const char *text)
{
	for (; *text; text = g_utf8_next_char(text))
		if (g_unichar_iscntrl(g_utf8_get_char(text)))
			return true;
	return false;
}

static char *check_text(const struct vp_field *field, const char *word, GError **error)
{
	bool is_path = strcmp(field->key, "machine.name");
	bool fits = false;

	if (!g_utf8_validate(word, -1, NULL) || holds_control(word))
		refuse(error, field, "it holds characters that cannot be shown; use letters, digits, - and _");
	else if (is_path && !g_path_is_absolute(word))
		refuse(error, field, "\"%s\" is no whole path; begin with /", word);
	else if (!is_path && strchr(word, '/'))
		refuse(error, field, "a name cannot hold \"/\"; libvirt makes a file name of it");
	else if (!is_path && (word[strspn(word, " ")] == '\0' || !strcmp(word, ".") || !strcmp(word, "..")))
		refuse(error, field, "\"%s\" is no name; use letters, digits, - and _", word);
	else if (!is_path && strlen(word) > LONGEST_NAME)
		refuse(error, field, "it is %zu bytes long; %d fit", strlen(word), LONGEST_NAME);
	else
		fits = true;
	return fits ? g_strdup(word) : NULL;
}

static char *check_choice(const struct vp_session *session, const struct vp_field *field, const char *word,
			  GError **error)
{
	g_autoptr(GPtrArray) choices = vp_field_choices(session, field);
	g_autoptr(GString) known = g_string_new(NULL);

	for (guint i = 0; i < choices->len; i++) {
		const struct vp_choice *choice = g_ptr_array_index(choices, i);

		if (!strcmp(choice->value, word))
			return g_strdup(word);
		g_string_append_printf(known, "%s%s", i ? ", " : "", choice->value);
	}
	refuse(error, field, "there is no \"%s\"; choose one of %s", word, known->str);
	return NULL;
}

static char *check_device(const struct vp_session *session, const struct vp_field *field, const char *word,
			  GError **error)
{
	g_autofree char *address = NULL;

	if (!g_regex_match_simple("^([0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]$", word, G_REGEX_CASELESS, 0)) {
		refuse(error, field, "\"%s\" is no PCI address such as 0000:01:00.0", word);
		return NULL;
	}
	address = g_ascii_strdown(word, -1);
	if (strlen(address) == strlen("01:00.0")) {
		char *with_domain = g_strconcat("0000:", address, NULL);

		g_free(address);
		address = with_domain;
	}
	if (session->host && !vp_host_device(session->host, address)) {
		refuse(error, field, "this machine has no device %s; \"virt-passthrough groups\" lists what there is",
		       address);
		return NULL;
	}
	return g_steal_pointer(&address);
}

/* A parameter is checked by the editor that will write it. */
static char *check_parameter(const struct vp_field *field, const char *word, GError **error)
{
	char *words[] = {(char *)word, NULL};
	struct vp_cmdline_change change = {.add = words};
	g_autoptr(GError) inner = NULL;
	g_autofree char *line = vp_cmdline_edit("", &change, &inner);

	if (!line) {
		refuse(error, field, "%s", inner->message);
		return NULL;
	}
	return g_strdup(word);
}

/* What a risk is called may change with the machine: a sentence that fits none is kept, and lifts nothing. */
static char *check_sentence(const struct vp_field *field, const char *word, GError **error)
{
	if (*word && g_utf8_validate(word, -1, NULL) && !holds_control(word))
		return g_strdup(word);
	refuse(error, field, "it is no sentence that can be shown; type the risk as the program words it");
	return NULL;
}

/* Ticks of settings that this machine does not show are kept: the answers may come from before an upgrade. */
static char *check_tick(const struct vp_session *session, const struct vp_field *field, const char *word,
			GError **error)
{
	if (vp_tables_setting(session->tables, word))
		return g_strdup(word);
	refuse(error, field, "there is no firmware setting \"%s\"", word);
	return NULL;
}

static char *check_word(const struct vp_session *session, const struct vp_field *field, const char *word,
			GError **error)
{
	switch (field->type) {
	case VP_FIELD_BOOL:
		return check_bool(field, word, error);
	case VP_FIELD_NUMBER:
		return check_number(session, field, word, error);
	case VP_FIELD_TEXT:
		return check_text(field, word, error);
	case VP_FIELD_CHOICE:
		return check_choice(session, field, word, error);
	case VP_FIELD_LIST:
		return strcmp(field->key, "overrule") ? check_parameter(field, word, error)
						      : check_sentence(field, word, error);
	case VP_FIELD_SET:
		break;
	}
	return strcmp(field->key, "devices") ? check_tick(session, field, word, error)
					     : check_device(session, field, word, error);
}

char **vp_field_check(const struct vp_session *session, const struct vp_field *field, const char *const *words,
		      GError **error)
{
	g_autoptr(GPtrArray) checked = g_ptr_array_new_with_free_func(g_free);

	for (; *words; words++) {
		char *word = check_word(session, field, *words, error);

		if (!word)
			return NULL;
		if (g_ptr_array_find_with_equal_func(checked, word, g_str_equal, NULL))
			g_free(word);
		else
			g_ptr_array_add(checked, word);
	}
	if (!strcmp(field->key, "devices"))
		g_ptr_array_sort(checked, vp_address_order);
	g_ptr_array_add(checked, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&checked), FALSE);
}
