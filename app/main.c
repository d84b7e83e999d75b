/* SPDX-License-Identifier: BSD-3-Clause */

/* The program: finds the command and hands over. */

#include <stdio.h>
#include <string.h>

#include "tercet.h"

static const char usage[] =
	"Usage: tercet COMMAND [EAL options --] [options]\n"
	"\n"
	"  bench                client and server in one process, over memory: no NIC, no root\n"
	"  serve -c FILE        services on addresses and ports\n"
	"  load -c FILE         opens connections to a target and measures\n"
	"  check -c FILE        validates a configuration, touching no device\n"
	"  ctl SOCKET REQUEST   asks a running tercet\n"
	"  doctor               says what this host lacks, and what mends it\n"
	"\n"
	"  --help, --version    also --help on each command\n";

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("tercet %s\n", tct_version());
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	fputs(usage, stderr);
	return 2;
}
