/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.h - what was typed on the command line, and the commands */
#pragma once

#include "core/core.h"

enum status { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_CANNOT = 3 };

struct cli {
	const char *root, *connect, *answers;
	const char *digest; /* of the plan that was shown; apply and undo carry out no other */
	bool plain, json, yes;
	bool demo;
	char **operands; /* what follows the command's name */
	int count;
};

/* Each returns an exit status; STATUS_FAILED and up with *error set means: print it. */
int command_wizard(const struct cli *cli, GError **error);
int command_demo(const struct cli *cli, GError **error);
int command_check(const struct cli *cli, GError **error);
int command_groups(const struct cli *cli, GError **error);
int command_plan(const struct cli *cli, GError **error);
int command_apply(const struct cli *cli, GError **error);
int command_undo(const struct cli *cli, GError **error);
int command_export(const struct cli *cli, GError **error);

/* A session as the options ask for it: the machine is read. NULL on failure. */
struct vp_session *cli_machine(const struct cli *cli, GError **error);

/* The same with the answers loaded: those of --answers, else those that were kept. */
struct vp_session *cli_session(const struct cli *cli, GError **error);

/* NULL where changes can be made, else why not and what to do. Caller frees. */
char *cli_may_change(const struct cli *cli, const struct vp_session *session);

/* The faces of the wizard. */
int wizard_run(const struct cli *cli, GError **error);
int plain_run(const struct cli *cli, GError **error);
