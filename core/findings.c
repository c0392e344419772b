/* SPDX-License-Identifier: GPL-2.0-or-later */
/* findings.c - what a step has to say: lists of findings, and their form as JSON */
#include "config.h"

#include "internal.h"
#include "json.h"

void vp_finding_free(struct vp_finding *finding)
{
	if (!finding)
		return;
	g_free(finding->text);
	g_free(finding->todo);
	g_free(finding->evidence);
	g_free(finding);
}

GPtrArray *vp_findings_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)vp_finding_free);
}

void vp_finding_add(GPtrArray *findings, enum vp_level level, char *text, char *todo, const char *evidence)
{
	struct vp_finding *finding = g_new0(struct vp_finding, 1);

	finding->level = level;
	finding->text = text;
	finding->todo = todo;
	finding->evidence = g_strdup(evidence);
	g_ptr_array_add(findings, finding);
}

void vp_finding_state(GPtrArray *findings, enum vp_state state)
{
	struct vp_finding *last = g_ptr_array_index(findings, findings->len - 1);

	last->state = state;
}

enum vp_level vp_findings_level(const GPtrArray *findings)
{
	enum vp_level worst = VP_OK;

	for (guint i = 0; i < findings->len; i++) {
		const struct vp_finding *finding = g_ptr_array_index(findings, i);

		worst = MAX(worst, finding->level);
	}
	return worst;
}

GPtrArray *vp_step_findings(const struct vp_session *session, const struct vp_step *step)
{
	GPtrArray *findings = vp_findings_new();

	if (step->applies(session))
		step->probe(session, findings);
	return findings;
}

/* Missing outweighs written, written outweighs active. */
enum vp_state vp_findings_state(const GPtrArray *findings)
{
	enum vp_state state = VP_STATE_NONE;

	for (guint i = 0; i < findings->len; i++) {
		const struct vp_finding *finding = g_ptr_array_index(findings, i);

		state = MAX(state, finding->state);
	}
	return state;
}

static json_object *finding_to_json(const struct vp_finding *finding)
{
	static const char *const levels[] = {"ok", "note", "todo", "warn", "cannot"};
	static const char *const states[] = {NULL, "active", "written", "missing"};
	json_object *object = json_object_new_object();

	json_object_object_add(object, "level", json_object_new_string(levels[finding->level]));
	json_object_object_add(object, "state", vp_json_text(states[finding->state]));
	json_object_object_add(object, "text", vp_json_text(finding->text));
	json_object_object_add(object, "todo", vp_json_text(finding->todo));
	json_object_object_add(object, "evidence", vp_json_text(finding->evidence));
	return object;
}

char *vp_findings_to_json(const struct vp_session *session)
{
	json_object *top = json_object_new_object();

	for (const struct vp_step *const *step = vp_steps(); *step; step++) {
		g_autoptr(GPtrArray) findings = vp_step_findings(session, *step);
		json_object *list = json_object_new_array();

		for (guint i = 0; i < findings->len; i++)
			json_object_array_add(list, finding_to_json(g_ptr_array_index(findings, i)));
		json_object_object_add(top, (*step)->id, list);
	}
	return vp_json_print(top);
}
