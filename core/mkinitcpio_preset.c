/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mkinitcpio_preset.c - what a file of /etc/mkinitcpio.d says of the images it builds */
#include "config.h"

#include <string.h>

#include "bash.h"
#include "mkinitcpio.h"

void vp_mkinitcpio_preset_free(struct vp_mkinitcpio_preset *preset)
{
	g_free(preset->config);
	g_strfreev(preset->images);
	g_strfreev(preset->ukis);
	g_free(preset);
}

/* One preset file; `known` falls as soon as a value that counts is not plain text. */
struct reading {
	const char *text;
	GPtrArray *events;
	bool known;
};

static bool is_doubt_about(const struct reading *reading, const struct vp_bash_event *event, const char *name)
{
	return !event->name &&
	       (event->any || vp_bash_mentions(reading->text, event->start, event->end, name));
}

/* The value that the variable has at the end, or NULL: none, or an empty one. Caller frees. */
static char *read_value(struct reading *reading, const char *name)
{
	g_autofree char *value = NULL;
	bool known = true;

	for (guint i = 0; i < reading->events->len; i++) {
		const struct vp_bash_event *event = reading->events->pdata[i];

		if (g_strcmp0(event->name, name) == 0) {
			g_free(value);
			value = vp_bash_unquote(reading->text, event->value, event->end);
			known = value && !event->append && !event->doubt &&
				reading->text[event->value] != '(';
		} else if (is_doubt_about(reading, event, name)) {
			known = false;
		}
	}
	reading->known = reading->known && known;
	return known && value && *value ? g_steal_pointer(&value) : NULL;
}

/* The names of the images: PRESETS, an array of plain words. Caller g_strfreev()s. */
static char **read_names(struct reading *reading)
{
	GBytes *bytes = g_bytes_new_static(reading->text, strlen(reading->text));
	struct vp_mkinitcpio_array *array = vp_mkinitcpio_find(bytes, "PRESETS");
	char **names = g_steal_pointer(&array->words);

	vp_mkinitcpio_array_free(array);
	g_bytes_unref(bytes);
	if (!names)
		reading->known = false;
	return names ? names : g_new0(char *, 1);
}

/* Appends the value of NAME_suffix, when there is one. */
static void add_value(struct reading *reading, const char *name, const char *suffix, GPtrArray *values)
{
	g_autofree char *variable = g_strconcat(name, suffix, NULL);
	char *value = read_value(reading, variable);

	if (value)
		g_ptr_array_add(values, value);
}

static char **finish(GPtrArray *values)
{
	g_ptr_array_add(values, NULL);
	return (char **)g_ptr_array_free(values, FALSE);
}

/* The function process_preset of mkinitcpio: NAME_config stands before ALL_config; images only for
 * PRESETS. */
struct vp_mkinitcpio_preset *vp_mkinitcpio_read_preset(GBytes *bytes)
{
	struct vp_mkinitcpio_preset *preset = g_new0(struct vp_mkinitcpio_preset, 1);
	size_t length;
	const char *data = g_bytes_get_data(bytes, &length);
	g_autofree char *text = g_strndup(data ? data : "", length);
	struct reading reading = {.text = text, .known = !data || !memchr(data, '\0', length)};
	g_autoptr(GPtrArray) configs = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *images = g_ptr_array_new(), *ukis = g_ptr_array_new();
	g_auto(GStrv) names = NULL;

	reading.events = vp_bash_scan(text, strlen(text));
	names = read_names(&reading);
	for (char **name = names; *name; name++) {
		add_value(&reading, *name, "_config", configs);
		add_value(&reading, *name, "_image", images);
		add_value(&reading, *name, "_uki", ukis);
		add_value(&reading, *name, "_efi_image", ukis);
	}
	add_value(&reading, "ALL", "_config", configs);
	preset->config = configs->len > 0 ? g_strdup(configs->pdata[0]) : NULL;
	preset->images = finish(images);
	preset->ukis = finish(ukis);
	preset->known = reading.known;
	g_ptr_array_unref(reading.events);
	return preset;
}
