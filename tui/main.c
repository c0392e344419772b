/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - the command line: options, commands, help, exit status */
#include "config.h"

#include "cli.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *operand, *summary;
	int most;  /* operands */
	bool asks; /* a person, so that there is nothing for --json to print */
	int (*run)(const struct cli *cli, GError **error);
} commands[] = {
	{"wizard", "", "the guided set-up (the default)", 0, true, command_wizard},
	{"demo", "[MACHINE]", "the same wizard on a recorded machine; changes nothing here", 1, true,
	 command_demo},
	{"check", "", "what is ready, what is left to do, and where that was read", 0, false, command_check},
	{"groups", "[ADDRESS]", "IOMMU groups with devices, drivers and verdicts; or one device", 1, false,
	 command_groups},
	{"plan", "", "what apply would change; writes nothing", 0, false, command_plan},
	{"apply", "", "do it (asks first)", 0, false, command_apply},
	{"undo", "", "put everything back (asks first)", 0, false, command_undo},
	{"export", "KIND", "print the answers (answers) or the machine (libvirt)", 1, false, command_export},
};

enum option_id { ROOT = 256, CONNECT, ANSWERS, PLAIN, JSON, YES, DIGEST };

static const struct option options[] = {
	{"root", required_argument, NULL, ROOT},
	{"connect", required_argument, NULL, CONNECT},
	{"answers", required_argument, NULL, ANSWERS},
	{"plain", no_argument, NULL, PLAIN},
	{"json", no_argument, NULL, JSON},
	{"yes", no_argument, NULL, YES},
	{"plan-digest", required_argument, NULL,
	 DIGEST}, /* between the wizard and its job; not in the help */
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static const char options_help[] =
	"  --root DIR       work on the system under DIR (a rescue mount, a recording)\n"
	"  --connect URI    libvirt connection, as with virsh (default qemu:///system)\n"
	"  --answers FILE   answers to use\n"
	"  --plain          questions line by line; with groups: one line a device, for tools\n"
	"  --json           machine-readable output: check, groups, plan; a line a step: apply, undo\n"
	"  --yes            do not ask\n"
	"  --help           this text\n"
	"  --version        version\n";

static void print_help(void)
{
	puts("Usage: virt-passthrough [OPTIONS] [COMMAND]\n"
	     "Gives a real graphics card to a virtual machine: finds out, plans, shows, does, and takes "
	     "back.\n");
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		printf("  %-6s %-9s  %s\n", commands[i].name, commands[i].operand, commands[i].summary);
	printf("\n%s\nExit status: 0 success, 1 not ready or failed, 2 wrong usage, 3 this machine cannot.\n",
	       options_help);
}

static const char not_understood[] = "that is not understood";

static int complain(const char *what, const char *which, const char *why)
{
	fprintf(stderr, "virt-passthrough: %s%s: %s; see \"virt-passthrough --help\"\n", what, which, why);
	return STATUS_USAGE;
}

/* Sets what was typed; -1: go on, else leave with that status. */
static int read_options(int argc, char **argv, struct cli *cli)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch ((int)option) {
		case ROOT:
			cli->root = optarg;
			break;
		case CONNECT:
			cli->connect = optarg;
			break;
		case ANSWERS:
			cli->answers = optarg;
			break;
		case PLAIN:
			cli->plain = true;
			break;
		case JSON:
			cli->json = true;
			break;
		case YES:
			cli->yes = true;
			break;
		case DIGEST:
			cli->digest = optarg;
			break;
		case 'h':
			print_help();
			return STATUS_OK;
		case 'V':
			puts(PACKAGE_STRING);
			return STATUS_OK;
		case ':':
			return complain("option ", argv[optind - 1], "it needs a value");
		default:
			return complain("option ", argv[optind - 1], not_understood);
		}
	}
	return -1;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};

	setlocale(LC_ALL, "");

	int status = read_options(argc, argv, &cli);

	if (status >= 0)
		return status;

	const struct command *command = optind < argc ? find_command(argv[optind]) : &commands[0];
	GError *error = NULL;

	if (!command)
		return complain("command ", argv[optind], not_understood);
	cli.operands = argv + MIN(optind + 1, argc);
	cli.count = argc - MIN(optind + 1, argc);
	if (cli.count > command->most)
		return complain("argument ", cli.operands[command->most], not_understood);
	if (cli.json && command->asks)
		return complain("--json with ", command->name,
				"that is for people, nothing is printed for programs");
	status = command->run(&cli, &error);
	if (!error)
		return status;
	fprintf(stderr, "virt-passthrough: %s\n", error->message);
	if (error->domain == VP_ERROR)
		status = error->code;
	g_error_free(error);
	return status;
}
