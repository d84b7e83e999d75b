/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Command lines from tables: getopt_long()'s arrays, --help and the complaints are made of the
 * rows. An option that stands for a setting of the configuration names its key, and needs no code.
 */
#ifndef TCT_APP_OPTIONS_H
#define TCT_APP_OPTIONS_H

#include <stdbool.h>

#include "config.h"

/* What a parser returns when there is no reason to end. */
#define OPTIONS_GO (-1)

struct option_row {
	const char *name;     /* long name, without dashes; NULL ends the table */
	char letter;	      /* short name; 0: none */
	const char *argument; /* what --help calls it; NULL: takes none */
	const char *key;      /* the setting that it is; NULL: the handler's */
	const char *value;    /* of that setting, for an option without argument */
	const char *help;
};

struct command_line {
	const char *command; /* "bench" */
	const char *
		arguments; /* that are no options, for the usage line: "SOCKET REQUEST"; "": none */
	const char *about; /* a sentence or two */
	const struct option_row *rows;
	bool eal; /* EAL options may come before -- */
};

struct parsed_line {
	struct config_settings settings;
	char **rest; /* arguments that are no options, in argv */
	unsigned rest_count;
};

/* row's handler: 0, or -EINVAL after a complaint by options_refuse(). */
typedef int (*option_handler)(void *arg, const struct option_row *row, const char *value);

/*
 * --help is in every table of its own accord. Returns OPTIONS_GO, or the exit code. Whatever it
 * returns, config_settings_free(&parsed->settings).
 */
int options_parse(const struct command_line *line, int argc, char **argv, option_handler handler,
		  void *arg, struct parsed_line *parsed);

/* Says on stderr what is wrong with a command's command line; the exit code. */
int options_refuse(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
