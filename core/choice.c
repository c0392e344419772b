/* SPDX-License-Identifier: GPL-2.0-or-later */
/* choice.c - which devices go to the machine, what must go with them, and what this computer keeps */
#include "config.h"

#include "internal.h"
#include "kernel.h"
#include "risk.h"

#include <string.h>

gint vp_address_order(gconstpointer a, gconstpointer b)
{
	const char *one = *(char *const *)a, *other = *(char *const *)b;
	size_t length = strlen(one), other_length = strlen(other);

	/* Only the domain varies in width: 10000:00:00.0 comes behind ffff:00:00.0. */
	if (length != other_length)
		return length < other_length ? -1 : 1;
	return strcmp(one, other);
}

/* Lists leave the domain out where it is 0000, so people type addresses without it. */
const struct vp_device *vp_host_device(const struct vp_host *host, const char *address)
{
	g_autofree char *whole = strlen(address) == strlen("01:00.0") ? g_strconcat("0000:", address, NULL) : NULL;

	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (!strcmp(device->address, whole ? whole : address))
			return device;
	}
	return NULL;
}

bool vp_is_chosen(const struct vp_session *session, const char *address)
{
	char **words = g_hash_table_lookup(session->answers, "devices");

	return words && g_strv_contains((const char *const *)words, address);
}

GPtrArray *vp_chosen_devices(const struct vp_session *session)
{
	GPtrArray *chosen = g_ptr_array_new();
	g_auto(GStrv) words = vp_answer_words(session, "devices");

	for (char **word = words; *word; word++) {
		const struct vp_device *device = vp_host_device(session->host, *word);

		if (device)
			g_ptr_array_add(chosen, (void *)device);
	}
	return chosen;
}

/* ---- choosing ----------------------------------------------------------------------------------------------- */

static bool refuse(const struct vp_device *device, const struct vp_device *asked, const char *why, GError **error)
{
	if (device == asked)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s (%s) stays with this computer: %s", device->address,
			    device->kind, why);
	else
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s cannot go: %s (%s) would have to go with it, and %s; another slot may help", asked->address,
			    device->address, device->kind, why);
	return false;
}

/* No word lifts this. */
static bool is_out_of_the_question(const struct vp_device *device)
{
	return device->bridge || (device->blocked && vp_device_is_wiring(device));
}

/* What was chosen before, and these. */
static GPtrArray *chosen_with(const struct vp_session *session, const GPtrArray *together)
{
	GPtrArray *chosen = vp_chosen_devices(session);

	for (guint i = 0; i < together->len; i++)
		if (!g_ptr_array_find(chosen, g_ptr_array_index(together, i), NULL))
			g_ptr_array_add(chosen, g_ptr_array_index(together, i));
	return chosen;
}

/* The first risk about one of these that stands in the way, out of `risks`; NULL: none. */
static const struct vp_risk *first_risk(const GPtrArray *risks, const GPtrArray *together)
{
	for (guint i = 0; i < risks->len; i++) {
		const struct vp_risk *risk = g_ptr_array_index(risks, i);

		if (!risk->lifted && g_ptr_array_find((GPtrArray *)together, risk->device, NULL))
			return risk;
	}
	return NULL;
}

char *vp_choose_risk(const struct vp_session *session, const char *address)
{
	const struct vp_device *asked = vp_host_device(session->host, address);
	g_autoptr(GPtrArray) together = asked ? vp_group_companions(session->host->devices, asked) : NULL;
	g_autoptr(GPtrArray) all = NULL, risks = NULL;
	const struct vp_risk *risk;

	if (!asked)
		return NULL;
	for (guint i = 0; i < together->len; i++)
		if (is_out_of_the_question(g_ptr_array_index(together, i)))
			return NULL;
	all = chosen_with(session, together);
	risks = vp_risks(session, all, together);
	risk = first_risk(risks, together);
	return risk ? vp_risk_sentence(risk) : NULL;
}

static bool can_go(const struct vp_session *session, const struct vp_device *asked, const GPtrArray *together,
		   GError **error)
{
	g_autoptr(GPtrArray) all = chosen_with(session, together);
	g_autoptr(GPtrArray) risks = vp_risks(session, all, together);
	const struct vp_risk *risk = first_risk(risks, together);

	if (asked->bridge)
		return refuse(asked, asked, "it is a bridge, part of the computer's own wiring", error);
	if (is_out_of_the_question(asked))
		return refuse(asked, asked, asked->blocked, error);
	for (guint i = 0; i < together->len; i++) {
		const struct vp_device *device = g_ptr_array_index(together, i);

		if (is_out_of_the_question(device))
			return refuse(device, asked, device->blocked, error);
	}
	return risk ? refuse(risk->device, asked, risk->what, error) : true;
}

static char *tell(const struct vp_device *asked, const GPtrArray *others, bool on)
{
	g_autoptr(GString) story = g_string_new(NULL);

	for (guint i = 0; i < others->len; i++) {
		const struct vp_device *other = g_ptr_array_index(others, i);

		if (other != asked)
			g_string_append_printf(story, "%s%s %s", story->len ? ", " : on ? "Also takes " : "Also gives back ",
					       other->address, other->kind);
	}
	return story->len ? g_string_free(g_steal_pointer(&story), FALSE) : NULL;
}

bool vp_choose(struct vp_session *session, const char *address, bool on, char **ret_story, GError **error)
{
	const struct vp_device *asked = vp_host_device(session->host, address);
	g_autoptr(GPtrArray) together = NULL;

	if (ret_story)
		*ret_story = NULL;
	if (!asked) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE, "there is no device %s here", address);
		return false;
	}
	together = vp_group_companions(session->host->devices, asked);
	if (on && !can_go(session, asked, together, error))
		return false;
	for (guint i = 0; i < together->len; i++) {
		const struct vp_device *device = g_ptr_array_index(together, i);

		if (!vp_answer_toggle(session, "devices", device->address, on, error) ||
		    (!on && !vp_risk_forget(session, device, error)))
			return false;
	}
	if (ret_story)
		*ret_story = tell(asked, together, on);
	return true;
}

/* ---- what stays --------------------------------------------------------------------------------------------- */

/* A display function that stays and is known to light a screen comes first; any that stays will do. */
static void find_screen(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_host *host = session->host;
	const struct vp_device *kept = NULL;
	const struct vp_use *lit = NULL;
	bool any = false;

	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (!vp_device_is_display(device))
			continue;
		any = true;
		if (!vp_is_chosen(session, device->address) && !kept)
			kept = device;
	}
	for (guint i = 0; i < host->uses->len && !lit; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);
		const struct vp_device *device = vp_host_device(host, use->address);

		if (device && vp_device_is_display(device) && !vp_is_chosen(session, use->address))
			lit = use;
	}
	if (lit) {
		kept = vp_host_device(host, lit->address);
		vp_finding_add(findings, VP_OK,
			       g_strdup_printf("You keep a screen: %s %s stays with this computer.", kept->address, kept->name),
			       NULL, lit->source);
	} else if (kept) {
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("%s %s stays, but no screen was seen on it.", kept->address, kept->name),
			       g_strdup("Plug a monitor into the output of the card that stays, or make sure you can log in "
					"over SSH, before you restart."),
			       "/sys/class/drm");
	} else if (any) {
		vp_finding_add(findings, VP_WARN,
			       g_strdup("This computer would have no screen of its own: its only graphics card is chosen."),
			       g_strdup("Use a second graphics card (or the processor's own), or work over SSH and know how to "
					"get back."),
			       "/sys/bus/pci/devices");
	} else {
		vp_finding_add(findings, VP_NOTE, g_strdup("This computer has no graphics card that could be seen."), NULL,
			       "/sys/bus/pci/devices");
	}
}

/* A mouse on no PCI function stays whatever is chosen. */
static void find_last_mouse(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_use *last = NULL;

	for (guint i = 0; i < session->host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(session->host->uses, i);

		if (!g_str_has_prefix(use->what, VP_USE_MOUSE))
			continue;
		if (!vp_is_chosen(session, use->address))
			return;
		last = use;
	}
	if (last)
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("This computer would have no mouse left: %s carries %s and is chosen.",
					       last->address, last->what),
			       g_strdup("Plug a mouse into a controller that stays, or be sure that the keyboard is enough."),
			       last->source);
}

/* Everything else the host stands on and that a chosen device carries. */
static void find_losses(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_host *host = session->host;

	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);
		const struct vp_device *device = vp_host_device(host, use->address);

		if (!device || vp_device_is_display(device) || !vp_is_chosen(session, use->address) ||
		    g_str_has_prefix(use->what, VP_USE_MOUSE))
			continue;
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("This computer would lose %s: %s is chosen.", use->what, use->address),
			       g_strdup("Take it back unless you are sure you can do without."), use->source);
	}
}

/* Whether the kernel names a way to reset any device: an older one has no such file. */
static bool knows_resets(const struct vp_host *host)
{
	for (guint i = 0; i < host->devices->len; i++)
		if (((struct vp_device *)g_ptr_array_index(host->devices, i))->reset_methods)
			return true;
	return false;
}

/* What often goes wrong with a graphics card, whatever else is right. */
static void find_card_troubles(const struct vp_session *session, GPtrArray *findings)
{
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);
	bool resets = knows_resets(session->host);

	for (guint i = 0; i < chosen->len; i++) {
		const struct vp_device *device = g_ptr_array_index(chosen, i);

		if (!vp_device_is_display(device))
			continue;
		if (device->boot_vga == VP_YES)
			vp_finding_add(findings, VP_WARN,
				       g_strdup_printf("The computer starts up on %s %s, which is chosen.", device->address,
						       device->name),
				       g_strdup("Make the card that stays the first one in the firmware menu, so that the "
						"start-up messages appear there."),
				       "/sys/bus/pci/devices");
		if (resets && !device->reset_methods)
			vp_finding_add(findings, VP_WARN,
				       g_strdup_printf("The kernel knows no way to reset %s %s.", device->address, device->name),
				       g_strdup("The machine may start only once until the computer is restarted."),
				       "/sys/bus/pci/devices");
	}
}

/* The function that shows this display to be part of the processor, or NULL: Intel's always has the same address;
 * AMD's lies on the root bus, or in one slot with other parts (vendor 1022) of the processor, which no card has.
 * In a virtual machine addresses tell nothing. */
static const struct vp_device *processor_part(const struct vp_session *session,
					      const struct vp_device *display)
{
	const struct vp_host *host = session->host;

	if (host->in_virtual_machine.value == VP_YES)
		return NULL;
	if (display->vendor == 0x8086 && !strcmp(display->address, "0000:00:02.0"))
		return display;
	if (display->vendor != 0x1002)
		return NULL;
	if (!display->parent)
		return display;
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *other = g_ptr_array_index(host->devices, i);

		if (other->vendor == 0x1022 && vp_device_same_card(other, display))
			return other;
	}
	return NULL;
}

static void find_processor_graphics(const struct vp_session *session, const struct vp_device *display,
				    GPtrArray *findings)
{
	const struct vp_device *part = processor_part(session, display);
	g_autofree char *evidence = part ? g_strconcat("/sys/bus/pci/devices/", part->address, NULL) : NULL;

	if (part)
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("An expert's matter: %s %s is the processor's own graphics.",
					       display->address, display->name),
			       g_strdup("Better give away a card in a slot: this one works in memory that the firmware sets "
					"aside, and needs its video BIOS and settings of its own in the machine."),
			       evidence);
}

/* What runs on the card now. */
static void find_programs(const struct vp_session *session, const struct vp_device *display,
			  GPtrArray *findings)
{
	g_autoptr(GPtrArray) programs = vp_card_programs(session->root, display);
	const guint shown = MIN(programs->len, 3);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!programs->len)
		return;
	g_string_append_printf(text, "%s %s is in use by", display->address, display->name);
	for (guint i = 0; i < shown; i++)
		g_string_append_printf(text, "%s %s", i ? "," : "", (char *)g_ptr_array_index(programs, i));
	if (programs->len > shown)
		g_string_append_printf(text, " and %u more", programs->len - shown);
	g_string_append_c(text, '.');
	vp_finding_add(findings, VP_WARN, g_string_free(g_steal_pointer(&text), FALSE),
		       g_strdup("Let the desktop run on the card that stays, and close what else uses this one, before the "
				"machine takes it."),
		       "/proc/*/fd");
}

GPtrArray *vp_choice_findings(const struct vp_session *session)
{
	GPtrArray *findings = vp_findings_new();
	g_autoptr(GPtrArray) chosen = vp_chosen_devices(session);

	find_screen(session, findings);
	find_card_troubles(session, findings);
	for (guint i = 0; i < chosen->len; i++) {
		const struct vp_device *device = g_ptr_array_index(chosen, i);

		if (!vp_device_is_display(device))
			continue;
		find_processor_graphics(session, device, findings);
		find_programs(session, device, findings);
	}
	find_last_mouse(session, findings);
	find_losses(session, findings);
	return findings;
}

/* ---- no groups ---------------------------------------------------------------------------------------------- */

struct vp_finding *vp_groups_missing(const struct vp_session *session)
{
	const struct vp_host *host = session->host;
	g_autoptr(GPtrArray) findings = vp_findings_new();

	if (host->iommu_groups.value > 0)
		return NULL;
	if (host->iommu_groups.value < 0)
		vp_finding_add(findings, VP_NOTE,
			       g_strdup("The IOMMU groups were not seen: this is not the running system's own view."),
			       g_strdup("Run the program on the running system to see its groups."), host->iommu_groups.source);
	else if (host->iommu_table.value == VP_NO)
		vp_finding_add(findings, VP_TODO,
			       g_strdup("There are no IOMMU groups yet: the firmware does not offer an IOMMU."),
			       g_strdup("Switch it on in the firmware menu (see the Firmware page), then come back."),
			       host->iommu_table.source);
	else if (vp_kernel_iommu_waits(session))
		vp_finding_add(findings, VP_TODO,
			       g_strdup("There are no IOMMU groups yet: the parameter is written and waits for a restart."),
			       g_strdup("Restart the computer, then come back: the groups will be here."),
			       host->iommu_groups.source);
	else
		vp_finding_add(findings, VP_TODO,
			       g_strdup("There are no IOMMU groups yet: the kernel has not switched the IOMMU on."),
			       g_strdup("The Kernel page adds what is missing; the groups appear after the restart. You may "
					"already choose a card by its slot; its group is then checked after the restart."),
			       host->iommu_groups.source);
	return g_ptr_array_steal_index(findings, 0);
}
