/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "commands.h"

#define MAX_ROWS  32
#define LONG_BASE 256 /* getopt_long()'s value of row i */

/* getopt_long()'s view of a table. */
struct getopt_tables {
	struct option longs[MAX_ROWS + 2];
	char shorts[2 * MAX_ROWS + 4];
};

int
options_refuse(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "tercet %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nSee tercet %s --help\n", command);
	return EXIT_USAGE;
}

static void
tables_make(struct getopt_tables *t, const struct option_row *rows)
{
	char *s = t->shorts;
	unsigned i;

	memset(t, 0, sizeof(*t));
	*s++ = ':'; /* a missing argument is told apart */
	*s++ = 'h';
	for (i = 0; rows[i].name != NULL; i++) {
		t->longs[i] = (struct option){.name = rows[i].name,
					      .has_arg = rows[i].argument != NULL,
					      .val = LONG_BASE + i};
		if (rows[i].letter)
			*s++ = rows[i].letter;
		if (rows[i].letter && rows[i].argument)
			*s++ = ':';
	}
	t->longs[i] = (struct option){.name = "help", .val = 'h'};
}

static void
print_help(const struct command_line *line)
{
	printf("Usage: tercet %s %s[options]%s%s\n\n%s\n\n", line->command,
	       line->eal ? "[EAL options --] " : "", *line->arguments ? " " : "", line->arguments,
	       line->about);
	for (const struct option_row *row = line->rows; row->name != NULL; row++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s --%s %s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
			 row->argument ? row->argument : "");
		printf("  %-29s %s\n", left, row->help);
	}
	printf("  %-29s this text\n", "-h, --help");
}

static const struct option_row *
row_of(const struct option_row *rows, int found)
{
	if (found >= LONG_BASE)
		return &rows[found - LONG_BASE];
	while (rows->letter != found)
		rows++;
	return rows;
}

/* An option that is a setting: complaints will name it as it was typed. */
static int
add_setting(struct config_settings *settings, const struct option_row *row, const char *value)
{
	char origin[CONFIG_ERROR_CHARS / 2];

	snprintf(origin, sizeof(origin), "--%s%s%s", row->name, value ? " " : "",
		 value ? value : "");
	return config_settings_add(settings, row->key, value ? value : row->value, origin);
}

static int
take(const struct option_row *row, const char *value, option_handler handler, void *arg,
     struct config_settings *settings)
{
	if (strcmp(row->name, "set") == 0)
		return config_settings_add_text(settings, value);
	if (row->key != NULL)
		return add_setting(settings, row, value);
	return handler(arg, row, value);
}

/* EAL's arguments become the key eal: a list. */
static int
take_eal(struct config_settings *settings, char **args, int count)
{
	json_t *list = json_array();
	char *text;
	int err;

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_string(args[i]));
	text = json_dumps(list, 0);
	json_decref(list);
	err = text ? config_settings_add(settings, "eal", text, "EAL options") : -ENOMEM;
	free(text);
	return err;
}

/* Where the -- stands that ends EAL's arguments; 0: there is none. */
static int
eal_end(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return 0;
}

/* What getopt_long() stumbled on, as it was typed. */
static int
refuse_option(const struct command_line *line, char **argv, int problem)
{
	char letter[3] = {'-', optopt, '\0'};
	const char *given = optopt && optopt < LONG_BASE ? letter : argv[optind - 1];

	if (problem == ':')
		return options_refuse(line->command, "option '%s' wants an argument", given);
	if (optopt >= LONG_BASE)
		return options_refuse(line->command, "option '%s' takes no argument", given);
	return options_refuse(line->command, "option '%s' unknown or not unique", given);
}

static int
parse_all(const struct command_line *line, int argc, char **argv, option_handler handler, void *arg,
	  struct parsed_line *parsed)
{
	struct getopt_tables tables;
	int found;

	tables_make(&tables, line->rows);
	opterr = 0;
	optind = 0; /* starts anew, with GNU's permutation */
	while ((found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		if (found == 'h') {
			print_help(line);
			return EXIT_MET;
		}
		if (found == '?' || found == ':')
			return refuse_option(line, argv, found);
		if (take(row_of(line->rows, found), optarg, handler, arg, &parsed->settings))
			return EXIT_USAGE;
	}
	parsed->rest = argv + optind;
	parsed->rest_count = argc - optind;
	return OPTIONS_GO;
}

int
options_parse(const struct command_line *line, int argc, char **argv, option_handler handler,
	      void *arg, struct parsed_line *parsed)
{
	int eal = line->eal ? eal_end(argc, argv) : 0;
	int code;

	memset(parsed, 0, sizeof(*parsed));
	if (eal && take_eal(&parsed->settings, argv + 1, eal - 1))
		return EXIT_USAGE;
	argv[eal] = argv[0];
	code = parse_all(line, argc - eal, argv + eal, handler, arg, parsed);
	if (code == OPTIONS_GO && *line->arguments == '\0' && parsed->rest_count)
		return options_refuse(line->command, "'%s' unexpected; only options wanted",
				      parsed->rest[0]);
	return code;
}
