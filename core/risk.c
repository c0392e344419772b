/* SPDX-License-Identifier: GPL-2.0-or-later */
/* risk.c - what a choice would cost this computer so dearly that it is refused until the risk is typed out */
#include "config.h"

#include "risk.h"

#include <string.h>

#define LAST_KEYBOARD "carries the last keyboard"
#define LAST_SCREEN "is the last graphics card"

static void risk_free(void *data)
{
	struct vp_risk *risk = data;

	g_free(risk->what);
	g_free(risk);
}

static char *sentence(const struct vp_device *device, const char *what)
{
	return g_strdup_printf("%s %s", device->address, what);
}

char *vp_risk_sentence(const struct vp_risk *risk)
{
	return sentence(risk->device, risk->what);
}

static bool is_lifted(const struct vp_session *session, const struct vp_device *device, const char *what)
{
	char **typed = g_hash_table_lookup(session->answers, "overrule");
	g_autofree char *wanted = sentence(device, what);

	return typed && g_strv_contains((const char *const *)typed, wanted);
}

static void add(const struct vp_session *session, GPtrArray *risks, const struct vp_device *device,
		const char *what)
{
	struct vp_risk *risk = g_new0(struct vp_risk, 1);

	risk->device = device;
	risk->what = g_strdup(what);
	risk->lifted = is_lifted(session, device, what);
	g_ptr_array_add(risks, risk);
}

static bool holds(const GPtrArray *devices, const struct vp_device *device)
{
	return g_ptr_array_find((GPtrArray *)devices, device, NULL);
}

/* One risk for all of them: named with the one it was lifted for, else with one of `first`. */
static void add_last(const struct vp_session *session, GPtrArray *risks, const GPtrArray *last,
		     const GPtrArray *first, const char *what)
{
	const struct vp_device *named = NULL;

	for (guint i = 0; i < last->len; i++) {
		const struct vp_device *device = g_ptr_array_index(last, i);

		if (is_lifted(session, device, what)) {
			named = device;
			break;
		}
		if (!named || (first && holds(first, device) && !holds(first, named)))
			named = device;
	}
	if (named)
		add(session, risks, named, what);
}

/* A keyboard on no PCI function (the PS/2 port) stays whatever is chosen. */
static void find_last_keyboard(const struct vp_session *session, GPtrArray *risks, const GPtrArray *devices,
			       const GPtrArray *first)
{
	const GPtrArray *uses = session->host->uses;
	g_autoptr(GPtrArray) carriers = g_ptr_array_new();

	for (guint i = 0; i < uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(uses, i);
		const struct vp_device *device = vp_host_device(session->host, use->address);

		if (!g_str_has_prefix(use->what, VP_USE_KEYBOARD))
			continue;
		if (!device || !holds(devices, device))
			return;
		g_ptr_array_add(carriers, (void *)device);
	}
	add_last(session, risks, carriers, first, LAST_KEYBOARD);
}

static void find_last_screen(const struct vp_session *session, GPtrArray *risks, const GPtrArray *devices,
			     const GPtrArray *first)
{
	g_autoptr(GPtrArray) cards = g_ptr_array_new();

	for (guint i = 0; i < session->host->devices->len; i++) {
		struct vp_device *device = g_ptr_array_index(session->host->devices, i);

		if (!vp_device_is_display(device))
			continue;
		if (!holds(devices, device))
			return;
		g_ptr_array_add(cards, device);
	}
	add_last(session, risks, cards, first, LAST_SCREEN);
}

GPtrArray *vp_risks(const struct vp_session *session, const GPtrArray *devices, const GPtrArray *first)
{
	GPtrArray *risks = g_ptr_array_new_with_free_func(risk_free);

	for (guint i = 0; i < devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(devices, i);

		if (device->blocked && !vp_device_is_wiring(device))
			add(session, risks, device, device->blocked);
	}
	find_last_keyboard(session, risks, devices, first);
	find_last_screen(session, risks, devices, first);
	return risks;
}

const struct vp_risk *vp_risk_find(const GPtrArray *risks, const struct vp_device *device)
{
	for (guint i = 0; i < risks->len; i++) {
		const struct vp_risk *risk = g_ptr_array_index(risks, i);

		if (risk->device == device)
			return risk;
	}
	return NULL;
}

bool vp_risk_forget(struct vp_session *session, const struct vp_device *device, GError **error)
{
	g_auto(GStrv) typed = vp_answer_words(session, "overrule");
	g_autofree char *start = sentence(device, "");

	for (char **words = typed; *words; words++)
		if (g_str_has_prefix(*words, start) &&
		    !vp_answer_toggle(session, "overrule", *words, false, error))
			return false;
	return true;
}
