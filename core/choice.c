/* SPDX-License-Identifier: GPL-2.0-or-later */
/* choice.c - which devices go to the machine, what must go with them, and what this computer keeps */
#include "config.h"

#include "internal.h"
#include "kernel.h"

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

const struct vp_device *vp_host_device(const struct vp_host *host, const char *address)
{
	for (guint i = 0; i < host->devices->len; i++) {
		const struct vp_device *device = g_ptr_array_index(host->devices, i);

		if (!strcmp(device->address, address))
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

static bool can_go(const struct vp_device *device, const struct vp_device *asked, GError **error)
{
	const char *why = device->bridge ? "it is a bridge, part of the computer's own wiring" : device->blocked;

	if (!why)
		return true;
	if (device == asked)
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED, "%s (%s) stays with this computer: %s", device->address,
			    device->kind, why);
	else
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "%s cannot go: %s (%s) would have to go with it, and %s; another slot may help", asked->address,
			    device->address, device->kind, why);
	return false;
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
	if (on && !can_go(asked, asked, error))
		return false;
	together = vp_group_companions(session->host->devices, asked);
	for (guint i = 0; on && i < together->len; i++)
		if (!can_go(g_ptr_array_index(together, i), asked, error))
			return false;
	for (guint i = 0; i < together->len; i++) {
		const struct vp_device *device = g_ptr_array_index(together, i);

		if (!vp_answer_toggle(session, "devices", device->address, on, error))
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

/* Everything else the host stands on and that a chosen device carries. */
static void find_losses(const struct vp_session *session, GPtrArray *findings)
{
	const struct vp_host *host = session->host;

	for (guint i = 0; i < host->uses->len; i++) {
		const struct vp_use *use = g_ptr_array_index(host->uses, i);
		const struct vp_device *device = vp_host_device(host, use->address);

		if (!device || vp_device_is_display(device) || !vp_is_chosen(session, use->address))
			continue;
		vp_finding_add(findings, VP_WARN,
			       g_strdup_printf("This computer would lose %s: %s is chosen.", use->what, use->address),
			       g_strdup("Take it back unless you are sure you can do without."), use->source);
	}
}

GPtrArray *vp_choice_findings(const struct vp_session *session)
{
	GPtrArray *findings = vp_findings_new();

	find_screen(session, findings);
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
