/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet doctor: what this host lacks, and the commands that mend it.
 *
 * Findings come in four groups. What is lacking for bench, or for serve over virtual ports, makes
 * the exit code 3; bound NICs and speed are only advised on, for nothing says that they are wanted
 * here. It reads /proc and /sys, changes nothing, and needs no EAL.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "commands.h"
#include "options.h"

static const char *const group_names[] = {"bench", "serve over virtual ports", "bound NICs",
					  "speed"};
static const char *const verdict_names[] = {"ok", "note", "lack"};

struct finding *
find(struct doctor *d, enum group group, enum verdict verdict, const char *format, ...)
{
	struct finding *f = &d->findings[d->count < MAX_FINDINGS ? d->count++ : MAX_FINDINGS - 1];
	va_list args;

	*f = (struct finding){.group = group, .verdict = verdict};
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
	return f;
}

void
mend(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->mend, sizeof(f->mend), format, args);
	va_end(args);
}

const char *
first_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	text[0] = '\0';
	if (file == NULL)
		return text;
	if (fgets(text, size, file) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return text;
}

/* ---- saying it ------------------------------------------------------------------------------ */

static void
say_group(const struct doctor *d, enum group group)
{
	printf("%s\n", group_names[group]);
	for (unsigned i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		if (f->group != group)
			continue;
		printf("  %-4s  %s\n", verdict_names[f->verdict], f->text);
		if (f->mend[0] != '\0')
			printf("          %s\n", f->mend);
	}
}

static unsigned
count_lacks(const struct doctor *d, enum group group)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->count; i++)
		n += d->findings[i].group == group && d->findings[i].verdict == VERDICT_LACK;
	return n;
}

static unsigned
nics_ready(const struct doctor *d)
{
	return d->hugepages_ready ? d->nics_bound : 0;
}

static void
say_json(const struct doctor *d, bool ok)
{
	json_t *list = json_array(), *json;

	for (unsigned i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "group",
						      group_names[f->group], "verdict",
						      verdict_names[f->verdict], "text", f->text,
						      "mend", f->mend));
	}
	json = json_pack("{s:b, s:i, s:o}", "ok", (int)ok, "nics_ready", (int)nics_ready(d),
			 "findings", list);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static const struct option_row rows[] = {
	{.name = "json", .letter = 'j', .help = "the findings as JSON"},
	{.name = NULL},
};

static const struct command_line line = {
	.command = "doctor",
	.arguments = "",
	.about =
		"Says what this host lacks, and the commands that mend it; changes nothing. Exit code 0\n"
		"when bench, and serve over virtual ports (net_tap, packet:), can run, else 3.",
	.rows = rows,
};

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	struct doctor *d = arg;

	d->json = true; /* the only one */
	return 0;
}

static int
run(struct doctor *d)
{
	unsigned lacks;

	host_probe(&d->host);
	examine_machine(d);
	examine_virtual_ports(d);
	examine_nics(d);
	lacks = count_lacks(d, GROUP_BENCH) + count_lacks(d, GROUP_SERVE);
	if (d->json) {
		say_json(d, lacks == 0);
		return lacks ? EXIT_ENVIRONMENT : EXIT_MET;
	}
	for (unsigned group = 0; group < GROUP_MAX; group++)
		say_group(d, group);
	printf("\nbench %s; serve over virtual ports %s; NICs bound and ready: %u\n",
	       count_lacks(d, GROUP_BENCH) ? "lacks something" : "can run",
	       count_lacks(d, GROUP_SERVE) ? "lacks something" : "can run", nics_ready(d));
	return lacks ? EXIT_ENVIRONMENT : EXIT_MET;
}

int
command_doctor(int argc, char **argv)
{
	static struct doctor d;
	struct parsed_line parsed;
	int code = options_parse(&line, argc, argv, take_option, &d, &parsed);

	if (code == OPTIONS_GO)
		code = run(&d);
	config_settings_free(&parsed.settings);
	return code;
}
