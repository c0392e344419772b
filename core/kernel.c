/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel.c - what the answers ask of the kernel command line, and how each word stands */
#include "config.h"

#include "binding.h"
#include "boot.h"
#include "json.h"
#include "kernel.h"

#include <string.h>

#define IOMMU_WORD "intel_iommu=on"
#define PASSTHROUGH_WORD "iommu=pt"

bool vp_kernel_needs_iommu_word(const struct vp_session *session)
{
	const struct vp_host *host = session->host;

	if (g_strcmp0(host->cpu_vendor.value, "GenuineIntel") || host->iommu_table.value == VP_NO)
		return false;
	/* Groups that are there because of the word, perhaps typed once at the boot menu, still need it. */
	if (host->iommu_groups.value > 0)
		return host->cmdline.value && vp_cmdline_has(host->cmdline.value, IOMMU_WORD);
	return true;
}

bool vp_kernel_iommu_waits(const struct vp_session *session)
{
	g_autofree char *line = vp_boot_line(session, NULL);

	return line && session->host->iommu_groups.value == 0 && vp_cmdline_has(line, IOMMU_WORD) &&
	       !(session->host->cmdline.value && vp_cmdline_has(session->host->cmdline.value, IOMMU_WORD));
}

/* iommu=pt says how an IOMMU is used, so it is of no use where there will be none. */
static bool iommu_comes(const struct vp_session *session)
{
	return session->host->iommu_groups.value > 0 ||
	       (vp_kernel_needs_iommu_word(session) && vp_answer_bool(session, "kernel.iommu"));
}

/* ---- ids that went with an earlier choice -------------------------------------------------------------------- */

/* The devices of the answers kept at the last apply: their ids are ours to take back out. */
static GPtrArray *devices_kept_before(const struct vp_session *session)
{
	GPtrArray *devices = g_ptr_array_new();
	g_autofree char *text = vp_root_read_text(session->root, VP_ANSWERS_FILE);
	json_object *top = text ? vp_json_parse(text, VP_ANSWERS_FILE, NULL) : NULL;
	json_object *list = NULL;

	if (json_object_is_type(top, json_type_object) && json_object_object_get_ex(top, "devices", &list) &&
	    json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			const char *address = json_object_get_string(json_object_array_get_idx(list, i));
			const struct vp_device *device = address ? vp_host_device(session->host, address) : NULL;

			if (device)
				g_ptr_array_add(devices, (void *)device);
		}
	json_object_put(top);
	return devices;
}

static char *ids_given_up(const struct vp_session *session, const char *wanted)
{
	g_autoptr(GPtrArray) before = devices_kept_before(session);
	g_autofree char *ids = vp_binding_ids(before);
	g_auto(GStrv) each = g_strsplit(ids, ",", -1);
	g_auto(GStrv) keep = g_strsplit(wanted, ",", -1);
	g_autoptr(GString) gone = g_string_new(NULL);

	for (char **id = each; *id; id++)
		if (!g_strv_contains((const char *const *)keep, *id))
			g_string_append_printf(gone, "%s%s", gone->len ? "," : "", *id);
	return gone->len ? g_string_free(g_steal_pointer(&gone), FALSE) : NULL;
}

/* ---- the change ---------------------------------------------------------------------------------------------- */

void vp_kernel_change_free(struct vp_cmdline_change *change)
{
	if (!change)
		return;
	g_strfreev(change->set);
	g_strfreev(change->merge);
	g_strfreev(change->add);
	g_strfreev(change->remove);
	g_strfreev(change->take);
	g_free(change);
}

struct vp_cmdline_change *vp_kernel_change(const struct vp_session *session)
{
	struct vp_cmdline_change *change = g_new0(struct vp_cmdline_change, 1);
	g_autoptr(vp_binding_choice) binding = vp_binding_choose(session);
	bool by_line = binding->method == VP_BINDING_COMMAND_LINE && binding->devices->len && !binding->refused;
	g_autofree char *ids = by_line ? vp_binding_ids(binding->devices) : g_strdup("");
	g_autofree char *gone = ids_given_up(session, ids);
	g_autoptr(GStrvBuilder) set = g_strv_builder_new();

	if (vp_kernel_needs_iommu_word(session) && vp_answer_bool(session, "kernel.iommu"))
		g_strv_builder_add(set, IOMMU_WORD);
	if (iommu_comes(session) && vp_answer_bool(session, "kernel.passthrough_mode"))
		g_strv_builder_add(set, PASSTHROUGH_WORD);
	change->set = g_strv_builder_end(set);
	change->merge = g_new0(char *, 2);
	change->merge[0] = by_line ? g_strconcat("vfio-pci.ids=", ids, NULL) : NULL;
	change->take = g_new0(char *, 2);
	change->take[0] = gone ? g_strconcat("vfio-pci.ids=", gone, NULL) : NULL;
	change->add = vp_answer_words(session, "kernel.add");
	change->remove = vp_answer_words(session, "kernel.remove");
	return change;
}

char *vp_kernel_line(const struct vp_session *session, GError **error)
{
	struct vp_cmdline_change *change = vp_kernel_change(session);
	g_autoptr(vp_plan) plan = vp_plan_empty();
	char *line = NULL;

	if (!vp_boot_loader_find(session))
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot tell the line: it is not known which boot loader started this computer");
	else if (vp_boot_edit(session, plan, change, error)) {
		line = vp_boot_line(session, plan);
		if (!line)
			g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
				    "cannot tell the line: its file makes it by running commands");
	}
	vp_kernel_change_free(change);
	return line;
}

char *vp_kernel_place(const struct vp_session *session)
{
	const struct vp_boot_loader *loader = vp_boot_loader_find(session);
	g_autoptr(GPtrArray) places = loader ? loader->places(session, NULL) : NULL;

	for (guint i = 0; places && i < places->len; i++) {
		const struct vp_boot_place *place = g_ptr_array_index(places, i);

		if (place->home)
			return place->variable ? g_strdup_printf("%s in %s", place->variable, place->path)
					       : g_strdup(place->path);
	}
	return NULL;
}

/* ---- the table of parameters ---------------------------------------------------------------------------------- */

static void parameter_free(void *data)
{
	struct vp_parameter *parameter = data;

	g_free(parameter->text);
	g_free(parameter->why);
	g_free(parameter);
}

struct lines {
	const char *active, *written, *planned; /* each may be NULL: not known */
};

static bool has(const char *line, const char *word)
{
	return line && vp_cmdline_has(line, word);
}

static void add_word(const struct vp_session *session, GPtrArray *list, const struct lines *lines, const char *word,
		     const char *answer, bool suggested)
{
	struct vp_parameter *parameter;

	for (guint i = 0; i < list->len; i++) {
		struct vp_parameter *known = g_ptr_array_index(list, i);

		if (vp_cmdline_has(known->text, word))
			return;
	}
	parameter = g_new0(struct vp_parameter, 1);
	parameter->text = g_strdup(word);
	parameter->active = has(lines->active, word);
	parameter->written = has(lines->written, word);
	parameter->planned = lines->planned ? has(lines->planned, word) : parameter->written;
	parameter->suggested = suggested;
	parameter->answer = answer;
	parameter->why = vp_tables_explain(session->tables, word);
	g_ptr_array_add(list, parameter);
}

static void add_line(const struct vp_session *session, GPtrArray *list, const struct lines *lines, const char *line)
{
	g_auto(GStrv) words = vp_cmdline_split(line ? line : "");

	for (char **word = words; *word; word++)
		add_word(session, list, lines, *word, NULL, false);
}

GPtrArray *vp_kernel_parameters(const struct vp_session *session)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(parameter_free);
	g_autofree char *written = vp_boot_line(session, NULL);
	g_autofree char *planned = vp_kernel_line(session, NULL);
	struct lines lines = {session->host->cmdline.value, written, planned};
	struct vp_cmdline_change *change = vp_kernel_change(session);

	if (vp_kernel_needs_iommu_word(session))
		add_word(session, list, &lines, IOMMU_WORD, "kernel.iommu", true);
	if (session->host->iommu_groups.value > 0 || vp_kernel_needs_iommu_word(session))
		add_word(session, list, &lines, PASSTHROUGH_WORD, "kernel.passthrough_mode", true);
	for (char **word = change->merge; *word; word++) {
		g_autofree char *value = planned ? vp_cmdline_value(planned, "vfio-pci.ids") : NULL;
		g_autofree char *merged = value ? g_strconcat("vfio-pci.ids=", value, NULL) : g_strdup(*word);

		add_word(session, list, &lines, merged, NULL, true);
	}
	add_line(session, list, &lines, planned);
	add_line(session, list, &lines, written);
	add_line(session, list, &lines, session->host->cmdline.value);
	vp_kernel_change_free(change);
	return list;
}
