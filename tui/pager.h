/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pager.h - a text over the whole screen: help, a diff, findings, a log */
#pragma once

#include "view.h"

struct view *pager_new(const struct terminal *terminal, const char *title, GPtrArray *lines_taken);
