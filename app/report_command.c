/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet report: shows, compares, adds and draws results that --json wrote.
 *
 * --versus divides the files into two sides; all that stands before it is A, all behind it B.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "hdr.h"
#include "options.h"
#include "report.h"
#include "report_compare.h"
#include "report_draw.h"
#include "result_merge.h"
#include "result_read.h"

#define COMMAND "report"

static const struct option_row rows[] = {
	{.name = "versus", .help = "between the files of side A and those of side B"},
	{.name = "merge", .help = "add the files up: loads that went on together"},
	{.name = "json", .argument = "FILE", .help = "write the result; - for standard output"},
	{.name = "svg", .argument = "FILE", .help = "draw rate, latency and drops over time"},
	{.name = "html", .argument = "FILE", .help = "the same with the summary, for a browser"},
	{.name = "hdr", .argument = "FILE", .help = "latencies for HdrHistogram's plotter"},
	{.name = NULL},
};

static const struct command_line line = {
	.command = COMMAND,
	.arguments = "FILE... [--versus FILE...]",
	.about =
		"Shows a result that --json wrote. Of two files, or two groups with --versus between\n"
		"them, says what differs and whether that exceeds their spread. With --merge adds\n"
		"up the results of loads that went on together.",
	.rows = rows,
};

/* Where the results lie: a's first, then b's. */
struct report {
	const char *json, *svg, *html, *hdr;
	bool merge, versus;
	char **files;
	unsigned file_count, a_count;
	struct result *results;
};

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	struct report *r = arg;

	if (strcmp(row->name, "json") == 0)
		r->json = value;
	else if (strcmp(row->name, "svg") == 0)
		r->svg = value;
	else if (strcmp(row->name, "html") == 0)
		r->html = value;
	else if (strcmp(row->name, "hdr") == 0)
		r->hdr = value;
	else if (strcmp(row->name, "merge") == 0)
		r->merge = true;
	return 0;
}

/* ---- what is asked for ---------------------------------------------------------------------- */

static int
parse_part(struct report *r, int argc, char **argv)
{
	struct parsed_line parsed;
	int code = options_parse(&line, argc, argv, take_option, r, &parsed);

	for (unsigned i = 0; code == OPTIONS_GO && i < parsed.rest_count; i++)
		r->files[r->file_count++] = parsed.rest[i];
	config_settings_free(&parsed.settings);
	return code;
}

/* Both parts of a command line that --versus divides. */
static int
parse_parts(struct report *r, int argc, char **argv)
{
	int divide = 1, code;

	while (divide < argc && strcmp(argv[divide], "--versus") != 0)
		divide++;
	r->versus = divide < argc;
	code = parse_part(r, divide, argv);
	r->a_count = r->file_count;
	if (code != OPTIONS_GO || !r->versus)
		return code;
	argv[divide] = argv[0];
	return parse_part(r, argc - divide, argv + divide);
}

static bool
draws(const struct report *r)
{
	return r->json || r->svg || r->html || r->hdr;
}

static int
parse(struct report *r, int argc, char **argv)
{
	int code = parse_parts(r, argc, argv);
	bool two;

	if (code != OPTIONS_GO)
		return code;
	if (!r->versus && !r->merge && r->file_count == 2) {
		r->versus = true;
		r->a_count = 1;
	}
	two = r->a_count > 0 && r->file_count > r->a_count;
	if (r->file_count == 0)
		return options_refuse(COMMAND, "no file given; a result that --json wrote wanted");
	if (r->versus && r->merge)
		return options_refuse(COMMAND, "--merge and --versus exclude each other");
	if (r->versus && !two)
		return options_refuse(COMMAND, "--versus wants files before and behind it");
	if (r->versus && draws(r))
		return options_refuse(COMMAND, "--json, --svg, --html and --hdr want one result, "
					       "or several with --merge");
	if (!r->versus && !r->merge && r->file_count > 1)
		return options_refuse(COMMAND,
				      "%u files given; one, two to compare, or --merge or "
				      "--versus wanted",
				      r->file_count);
	return OPTIONS_GO;
}

/* ---- doing it ------------------------------------------------------------------------------- */

static int
read_all(struct report *r)
{
	char error[RESULT_ERROR_CHARS];

	r->results = calloc(r->file_count, sizeof(*r->results));
	for (unsigned i = 0; r->results && i < r->file_count; i++) {
		if (result_read(&r->results[i], r->files[i], error) < 0) {
			fprintf(stderr, "tercet report: %s\n", error);
			return EXIT_USAGE;
		}
	}
	return r->results ? OPTIONS_GO : EXIT_ENVIRONMENT;
}

static int
refuse_pair(const char *first, const char *other, const char *error)
{
	fprintf(stderr, "tercet report: %s, %s: %s\n", first, other, error);
	return EXIT_USAGE;
}

static int
merge_all(struct report *r)
{
	char error[RESULT_ERROR_CHARS] = "no memory";

	for (unsigned i = 1; i < r->file_count; i++)
		if (result_merge(&r->results[0], &r->results[i], error) < 0)
			return refuse_pair(r->files[0], r->files[i], error);
	return OPTIONS_GO;
}

/* Writes what was asked for; the summary goes where the JSON does not. */
static int
show(const struct report *r)
{
	const struct result *result = &r->results[0];
	bool json_on_stdout = r->json && strcmp(r->json, "-") == 0;

	report_summary(json_on_stdout ? stderr : stdout, result);
	if ((r->json && result_write(result, r->json) < 0) ||
	    (r->svg && report_draw_svg(result, r->svg) < 0) ||
	    (r->html && report_draw_html(result, r->html) < 0) ||
	    (r->hdr && hdr_write(&result->end, r->hdr) < 0))
		return EXIT_ENVIRONMENT;
	return result_exit_code(result, NULL, 0);
}

static char *
join(char **files, unsigned count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (unsigned i = 0; out && i < count; i++)
		fprintf(out, "%s%s", i ? ", " : "", files[i]);
	if (out)
		fclose(out);
	return text;
}

/* The runs of a side are of one kind, else there is nothing to take a mean of. */
static int
check_side(const struct report *r, unsigned first, unsigned count)
{
	for (unsigned i = first + 1; i < first + count; i++)
		if (!json_equal(json_object_get(r->results[first].source, "definition"),
				json_object_get(r->results[i].source, "definition")))
			return refuse_pair(r->files[first], r->files[i],
					   "definitions differ; runs of the same thing wanted on "
					   "one side");
	return OPTIONS_GO;
}

static int
compare(const struct report *r)
{
	unsigned b_count = r->file_count - r->a_count;
	char *a_name = join(r->files, r->a_count), *b_name = join(r->files + r->a_count, b_count);
	struct compare_side a = {r->results, r->a_count, a_name};
	struct compare_side b = {r->results + r->a_count, b_count, b_name};
	int code = check_side(r, 0, r->a_count);

	if (code == OPTIONS_GO)
		code = check_side(r, r->a_count, b_count);
	if (code == OPTIONS_GO)
		code = report_compare(stdout, &a, &b) == COMPARE_NOT_WORSE ? EXIT_MET : EXIT_MISSED;
	free(a_name);
	free(b_name);
	return code;
}

static int
run(struct report *r)
{
	int code = read_all(r);

	if (code == OPTIONS_GO && r->merge)
		code = merge_all(r);
	if (code != OPTIONS_GO)
		return code;
	return r->versus ? compare(r) : show(r);
}

int
command_report(int argc, char **argv)
{
	struct report r = {.files = calloc((size_t)argc, sizeof(*r.files))};
	int code = r.files ? parse(&r, argc, argv) : EXIT_ENVIRONMENT;

	if (code == OPTIONS_GO)
		code = run(&r);
	for (unsigned i = 0; r.results && i < r.file_count; i++)
		result_fini(&r.results[i]);
	free(r.results);
	free(r.files);
	return code;
}
