/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal.h - the session as the backend's own files see it */
#pragma once

#include "core.h"
#include "host.h"
#include "root.h"
#include "tables.h"

/* Files of ours within the root: answers for the next start, the journal (both for
 * root alone), and the words for the way back. Removed by a complete undo. */
#define VP_STATE_DIR "/var/lib/virt-passthrough"
#define VP_ANSWERS_FILE VP_STATE_DIR "/answers.json"
#define VP_JOURNAL_DIR VP_STATE_DIR "/journal"
#define VP_WAY_BACK_FILE VP_STATE_DIR "/way-back.txt"

struct vp_session {
	struct vp_root *root;
	char *connect; /* or NULL */
	char *assets;
	struct vp_tables *tables;
	struct vp_host *host; /* NULL before the first probe */
	GHashTable *answers;  /* key -> char ** of words; only what was given */
	bool answers_changed;
	GPtrArray *gone; /* char *: devices of the kept answers that are not seen now */
};

/* findings.c: appends one; the texts are taken over. */
void vp_finding_add(GPtrArray *findings, enum vp_level level, char *text, char *todo, const char *evidence);
void vp_finding_state(GPtrArray *findings, enum vp_state state); /* of the one added last */
GPtrArray *vp_findings_new(void);

/* answers.c: the answer in force, typed. */
bool vp_answer_bool(const struct vp_session *session, const char *key);
gint64 vp_answer_number(const struct vp_session *session, const char *key);
char **vp_answer_words(const struct vp_session *session, const char *key); /* caller g_strfreev()s */

/* fields.c: the documented default of a field, as words. Caller g_strfreev()s. */
char **vp_field_default(const struct vp_session *session, const struct vp_field *field);

/* choice.c: GCompareFunc over char ** addresses: by domain, bus, slot, function. */
gint vp_address_order(gconstpointer a, gconstpointer b);

/* choice.c: chosen devices as struct vp_device *, borrowed, in address order. Caller unrefs. */
GPtrArray *vp_chosen_devices(const struct vp_session *session);
