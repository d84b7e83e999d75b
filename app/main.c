/* SPDX-License-Identifier: BSD-3-Clause */

/* The program: finds the command and hands over. */

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "tercet.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage; /* after the name */
	const char *help;
};

/* Only what runs: a command joins when its file does. */
static const struct command commands[] = {
	{"bench", command_bench, "", "client and server in one process, over in-memory ports"},
	{"check", command_check, " -c FILE", "validates a configuration, touching no device"},
	{"ctl", command_ctl, " SOCKET REQUEST", "asks a running tercet"},
	{"doctor", command_doctor, "", "says what this host lacks, and what mends it"},
	{"load", command_load, " -c FILE", "opens connections to a target, and measures"},
	{"report", command_report, " FILE...", "shows, compares, adds up and draws results"},
	{"serve", command_serve, " -c FILE", "services on addresses and ports"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_usage(FILE *out)
{
	fputs("Usage: tercet COMMAND [EAL options --] [options]\n\n", out);
	for (unsigned i = 0; i < COMMANDS; i++) {
		char left[32];

		snprintf(left, sizeof(left), "%s%s", commands[i].name, commands[i].usage);
		fprintf(out, "  %-20s %s\n", left, commands[i].help);
	}
	fputs("\n  --help, --version    also --help on each command\n", out);
}

static const struct command *
find(const char *name)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
run_command(const char *name, int argc, char **argv)
{
	const struct command *command = find(name);

	if (command != NULL)
		return command->run(argc, argv);
	fprintf(stderr, "tercet: %s '%s' unknown; one of", *name == '-' ? "option" : "command",
		name);
	for (unsigned i = 0; i < COMMANDS; i++)
		fprintf(stderr, " %s,", commands[i].name);
	fputs(" --help, --version wanted\n", stderr);
	return EXIT_USAGE;
}

static int
help(int argc, char **argv)
{
	char *line[] = {argc > 2 ? argv[2] : NULL, "--help", NULL};

	if (argc > 2)
		return run_command(argv[2], 2, line);
	print_usage(stdout);
	return EXIT_MET;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("tercet %s\n", tct_version());
		return EXIT_MET;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(argc, argv);
	return run_command(argv[1], argc - 1, argv + 1);
}
