/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields.h - the table of questions */
#pragma once

#include "core.h"

/* The field at this place of the table, in the order of the answers file; NULL behind the last. */
const struct vp_field *vp_field_at(size_t index);

/* answer_check.c: the words a text means for this field, checked and in their canonical form ("01:00.0" becomes
 * "0000:01:00.0"). NULL and one sentence when it does not fit.
 * Caller g_strfreev()s. */
char **vp_field_check(const struct vp_session *session, const struct vp_field *field, const char *const *words,
		      GError **error);
