/* SPDX-License-Identifier: GPL-2.0-or-later */
/* commands.c - check, groups, plan, export, wizard: what needs no question */
#include "config.h"

#include "cli.h"
#include "print.h"
#include "report.h"
#include "report_groups.h"
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct vp_session *cli_machine(const struct cli *cli, GError **error)
{
	const struct vp_options options = {.root = cli->root, .connect = cli->connect};
	g_autoptr(vp_session) session = vp_session_new(&options, error);

	if (!session || !vp_session_probe(session, error))
		return NULL;
	return g_steal_pointer(&session);
}

struct vp_session *cli_session(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = cli_machine(cli, error);

	if (!session)
		return NULL;
	if (cli->answers ? !vp_answers_load(session, cli->answers, error)
			 : !vp_answers_resume(session, error))
		return NULL;
	return g_steal_pointer(&session);
}

char *cli_may_change(const struct cli *cli, const struct vp_session *session)
{
	if (!vp_session_is_live(session) || geteuid() == 0)
		return NULL;
	return g_strdup("To change this computer, start it as root: sudo virt-passthrough.");
}

/* ---- check, groups, plan ------------------------------------------------------------------------------ */

static int check_status(const struct vp_session *session)
{
	const struct vp_step *const *steps = vp_steps();
	int status = STATUS_OK;

	for (int i = 0; steps[i]; i++) {
		g_autoptr(GPtrArray) findings = vp_step_findings(session, steps[i]);

		for (guint k = 0; k < findings->len; k++) {
			const struct vp_finding *finding = findings->pdata[k];

			if (finding->level == VP_CANNOT)
				return STATUS_CANNOT;
			if (finding->level == VP_TODO)
				status = STATUS_FAILED;
		}
	}
	return status;
}

int command_check(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = cli_session(cli, error);

	if (!session)
		return STATUS_FAILED;
	if (cli->json) {
		g_autofree char *json = vp_findings_to_json(session);

		print_text(json);
	} else {
		g_autoptr(GPtrArray) lines = lines_new();

		report_check(lines, session, marks_choose());
		print_lines(lines);
	}
	return check_status(session);
}

/* What this listing keeps back from others than root. */
static void tell_root(GPtrArray *lines, const struct vp_session *session)
{
	if (vp_session_is_live(session) && geteuid() != 0)
		lines_add(lines, TONE_DIM,
			  "As root, \"virt-passthrough groups ADDRESS\" also tells whether a card's ROM is "
			  "made for UEFI.");
}

static int show_device(const struct cli *cli, const struct vp_session *session, const char *address,
		       GError **error)
{
	g_autoptr(GPtrArray) details = vp_device_details(session, address), lines = NULL;

	if (!details) {
		g_set_error(error, VP_ERROR, VP_ERROR_FAILED,
			    "cannot show %s: there is no such device here; \"virt-passthrough groups\" lists "
			    "what there is",
			    address);
		return STATUS_FAILED;
	}
	if (cli->json) {
		g_autofree char *json = vp_details_to_json(details);

		print_text(json);
		return STATUS_OK;
	}
	lines = lines_new();
	report_device(lines, details, false);
	print_lines(lines);
	return STATUS_OK;
}

int command_groups(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = cli_session(cli, error);
	g_autoptr(GPtrArray) lines = NULL;

	if (!session)
		return STATUS_FAILED;
	if (cli->count)
		return show_device(cli, session, cli->operands[0], error);
	if (cli->json) {
		g_autofree char *json = vp_groups_to_json(session);

		print_text(json);
		return STATUS_OK;
	}
	lines = lines_new();
	if (cli->plain) {
		report_groups_plain(lines, session);
	} else {
		report_groups(lines, session, print_width(), marks_choose()->ellipsis);
		tell_root(lines, session);
	}
	print_table(lines);
	return STATUS_OK;
}

int command_plan(const struct cli *cli, GError **error)
{
	g_autoptr(vp_session) session = cli_session(cli, error);
	g_autoptr(vp_plan) plan = session ? vp_plan_new(session, error) : NULL;

	if (!plan)
		return STATUS_FAILED;
	if (cli->json) {
		g_autofree char *json = vp_plan_to_json(plan);

		print_text(json);
	} else {
		g_autoptr(GPtrArray) lines = lines_new();

		report_plan(lines, plan);
		print_table(lines);
	}
	return STATUS_OK;
}

/* ---- export ------------------------------------------------------------------------------------------- */

int command_export(const struct cli *cli, GError **error)
{
	const char *kind = cli->count ? cli->operands[0] : "";
	bool answers = !strcmp(kind, "answers");
	g_autofree char *text = NULL;

	if (!answers && strcmp(kind, "libvirt") != 0) {
		g_set_error(error, VP_ERROR, VP_ERROR_USAGE,
			    "cannot export \"%s\": there are answers and libvirt; %s", kind,
			    "try \"virt-passthrough export answers\"");
		return STATUS_USAGE;
	}

	g_autoptr(vp_session) session = cli_session(cli, error);

	if (!session)
		return STATUS_FAILED;
	text = answers ? vp_answers_to_json(session) : vp_domain_xml(session, error);
	if (!text)
		return STATUS_FAILED;
	print_text(text);
	return STATUS_OK;
}

/* ---- wizard ------------------------------------------------------------------------------------------- */

int command_wizard(const struct cli *cli, GError **error)
{
	g_autofree char *obstacle = cli->plain ? NULL : terminal_obstacle();

	if (obstacle)
		fprintf(stderr, "virt-passthrough: %s; asking line by line instead\n", obstacle);
	return cli->plain || obstacle ? plain_run(cli, error) : wizard_run(cli, error);
}
