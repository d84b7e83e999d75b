/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet check: is the configuration valid, what memory does it take, does this host have that
 * much?
 *
 * What the host has is all of its memory (the control group's limit, if lower), and what the EAL
 * options give to packet buffers: more than that never fits, and is refused. More than is available
 * now, or than there are free huge pages, is said, for it may be by the time it is needed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "addresses.h"
#include "commands.h"
#include "config_doc.h"
#include "config_json.h"
#include "config_warn.h"
#include "host.h"
#include "memory_need.h"
#include "options.h"
#include "shortage.h"
#include "sides.h"

static const struct option_row rows[] = {
	{.name = "config", .letter = 'c', .argument = "FILE", .help = "the configuration"},
	{.name = "set",
	 .argument = "KEY=VALUE",
	 .help = "lays a value over the file's: tcp.mss=1400, ports.0.vlan=5"},
	{.name = "json", .letter = 'j', .help = "the answer as JSON"},
	{.name = "keys", .help = "every key with type, range, default and meaning, and no more"},
	{.name = NULL},
};

static const struct command_line line = {
	.command = "check",
	.arguments = "",
	.about = "Validates a configuration and says what memory it takes. Touches no device.",
	.rows = rows,
};

struct check {
	const char *file;
	bool json, keys;
	struct app_config config;
	struct memory_need need;
	bool pairs;	 /* as bench runs it: a client and a server with a port for each worker */
	bool both_sides; /* the same, or as load runs it with servers */
	uint64_t total;
	struct host host;
	bool fits;
	char missing[SHORTAGE_CHARS]; /* now, or for ever; empty: nothing */
};

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	struct check *c = arg;

	if (strcmp(row->name, "config") == 0)
		c->file = value;
	else if (strcmp(row->name, "json") == 0)
		c->json = true;
	else
		c->keys = true;
	return 0;
}

/* A target that is an address of its own ports: the configuration is bench's. */
static bool
target_is_own(const struct app_config *config)
{
	for (unsigned p = 0; p < config->lib.port_count; p++)
		for (unsigned i = 0; i < config->lib.ports[p].local_count; i++)
			if (addresses_contain(&config->lib.ports[p].locals[i],
					      &config->load.target))
				return true;
	return false;
}

static void
weigh(struct check *c)
{
	unsigned workers = c->config.lib.workers ? c->config.lib.workers : 1;

	sides_need(&c->config, &c->need);
	c->pairs = !sides_are_given(&c->config) && target_is_own(&c->config);
	c->both_sides = c->pairs || sides_are_given(&c->config);
	c->total = c->need.total;
	if (c->pairs)
		c->total += c->need.worker * workers + c->need.mbufs * (workers - 1);
	host_probe(&c->host);
}

/* Whether it can ever run here. c->missing says what lacks, be it only now. */
static void
judge(struct check *c)
{
	struct memory_need need = c->need;
	enum eal_memory lacks;

	need.mbufs *= c->pairs && c->config.lib.workers ? c->config.lib.workers : 1;
	lacks = shortage_here(&c->config, &need, c->missing);
	c->fits = lacks != EAL_MEMORY_PLAIN;
	if (shortage_of_all(c->total, c->host.memory_bytes, "", c->missing))
		c->fits = false;
	else if (lacks == EAL_MEMORY_CHOSEN)
		shortage_of_all(c->total, c->host.memory_available_bytes, " available now",
				c->missing);
}

/* ---- saying it ------------------------------------------------------------------------------ */

struct room {
	const char *name;
	uint64_t bytes;
};

#define ROOMS 8
static void
rooms_of(const struct memory_need *n, struct room rooms[ROOMS])
{
	rooms[0] = (struct room){"connections", n->connections};
	rooms[1] = (struct room){"half_open", n->half_open};
	rooms[2] = (struct room){"time_wait", n->time_wait};
	rooms[3] = (struct room){"flow_table", n->flow_table};
	rooms[4] = (struct room){"wheel", n->wheel};
	rooms[5] = (struct room){"extents", n->extents};
	rooms[6] = (struct room){"flights", n->flights};
	rooms[7] = (struct room){"out_of_order", n->out_of_order};
}

static double
mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static void
say_text(const struct check *c)
{
	struct room rooms[ROOMS];

	rooms_of(&c->need, rooms);
	printf("%s: valid: %u ports, %u workers%s, %u listeners\n\n", c->file,
	       c->config.lib.port_count, c->config.lib.workers,
	       c->both_sides ? " on each side" : "", c->config.listen_count);
	puts("Memory of one worker, MiB");
	for (unsigned i = 0; i < ROOMS; i++)
		printf("  %-12s %10.1f\n", rooms[i].name, mib(rooms[i].bytes));
	printf("  %-12s %10.1f\n", "together", mib(c->need.worker));
	printf("Packet buffers of all ports, MiB\n  %-12s %10.1f\n", "mbufs", mib(c->need.mbufs));
	printf("Bytes per record with its share of table and wheel\n"
	       "  conn %.0f, half-open %.0f, time-wait %.0f\n\n",
	       c->need.per_conn, c->need.per_half_open, c->need.per_time_wait);
	printf("All together %.1f MiB; this host has %.1f MiB, %.1f MiB of them available\n",
	       mib(c->total), mib(c->host.memory_bytes), mib(c->host.memory_available_bytes));
}

static json_t *
rooms_json(const struct memory_need *need)
{
	struct room rooms[ROOMS];
	json_t *json = json_object();

	rooms_of(need, rooms);
	for (unsigned i = 0; i < ROOMS; i++)
		json_object_set_new(json, rooms[i].name, json_integer((json_int_t)rooms[i].bytes));
	return json;
}

static void
say_json(const struct check *c)
{
	json_t *json = json_pack(
		"{s:b, s:s, s:{s:o, s:I, s:I, s:{s:f, s:f, s:f}}, s:{s:I, s:I}, s:b, s:s?, s:o}",
		"valid", 1, "file", c->file, "memory_bytes", "per_worker", rooms_json(&c->need),
		"mbufs", (json_int_t)c->need.mbufs, "total", (json_int_t)c->total, "per", "conn",
		c->need.per_conn, "half_open", c->need.per_half_open, "time_wait",
		c->need.per_time_wait, "host", "memory_bytes", (json_int_t)c->host.memory_bytes,
		"memory_available_bytes", (json_int_t)c->host.memory_available_bytes, "fits",
		c->fits, "missing", *c->missing ? c->missing : NULL, "config",
		app_config_json(&c->config));

	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	putchar('\n');
	json_decref(json);
}

/* The exit code of a valid configuration. */
static int
verdict(struct check *c)
{
	weigh(c);
	judge(c);
	if (c->json)
		say_json(c);
	else
		say_text(c);
	if (*c->missing)
		fprintf(stderr, "%s: %s%s\n", c->file, c->fits ? "note: " : "", c->missing);
	return c->fits ? EXIT_MET : EXIT_ENVIRONMENT;
}

static int
refuse_text(const struct check *c, const char *error)
{
	json_t *json;

	fprintf(stderr, "%s\n", error);
	if (!c->json)
		return EXIT_USAGE;
	json = json_pack("{s:b, s:s, s:s}", "valid", 0, "file", c->file, "error", error);
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return EXIT_USAGE;
}

static int
run(struct check *c, const struct config_settings *settings)
{
	char error[CONFIG_ERROR_CHARS];
	int code;

	if (c->keys) {
		config_doc_print(stdout);
		return EXIT_MET;
	}
	if (c->file == NULL)
		return options_refuse("check", "no configuration given; -c FILE wanted");
	if (app_config_load(&c->config, c->file, NULL, settings, error))
		return refuse_text(c, error);
	config_warn(c->file, &c->config);
	code = verdict(c);
	app_config_free(&c->config);
	return code;
}

int
command_check(int argc, char **argv)
{
	static struct check c;
	struct parsed_line parsed;
	int code = options_parse(&line, argc, argv, take_option, &c, &parsed);

	if (code == OPTIONS_GO)
		code = run(&c, &parsed.settings);
	config_settings_free(&parsed.settings);
	return code;
}
