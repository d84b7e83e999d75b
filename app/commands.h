/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands. argv[0] is the command's name; the return value is the exit code, enum exit_code.
 */
#ifndef TCT_APP_COMMANDS_H
#define TCT_APP_COMMANDS_H

enum exit_code {
	EXIT_MET = 0,	      /* ran and met its goals */
	EXIT_MISSED = 1,      /* ran; goals missed or errors on the wire */
	EXIT_USAGE = 2,	      /* bad usage or configuration */
	EXIT_ENVIRONMENT = 3, /* device or memory refused */
};

int command_bench(int argc, char **argv);
int command_check(int argc, char **argv);
int command_ctl(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_load(int argc, char **argv);
int command_report(int argc, char **argv);
int command_serve(int argc, char **argv);

#endif
