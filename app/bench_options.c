/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bench_default.h>

#include "addresses.h"
#include "commands.h"
#include "config_warn.h"
#include "options.h"
#include "port/port.h"
#include "sides.h"
#include "start_at.h"
#include "units.h"

#define MIN_INTERVAL_MS 10
#define MAX_INTERVAL_MS 3600000

/* ---- the tables ----------------------------------------------------------------------------- */

#define FILE_ROW(text)                                                            \
	{                                                                         \
		.name = "config", .letter = 'c', .argument = "FILE", .help = text \
	}

#define SETTING(name_, argument_, key_, help_)                                   \
	{                                                                        \
		.name = name_, .argument = argument_, .key = key_, .help = help_ \
	}

#define LOAD_ROWS                                                                                \
	SETTING("workload", "NAME", "load.workload", "cc, crr, rr or stream (netperf's names)"), \
		SETTING("duration", "TIME", "load.duration", "to measure: 10s, 500ms, 2m"),      \
		SETTING("warmup", "TIME", "load.warmup", "ahead of it, not measured"),           \
		SETTING("rate", "NUMBER", "load.rate",                                           \
			"connections/s: 500k; 0: as fast as it goes"),                           \
		{.name = "find-max",                                                             \
		 .key = "load.find-max",                                                         \
		 .value = "on",                                                                  \
		 .help = "search for the highest rate at which nothing fails"},                  \
		SETTING("concurrency", "NUMBER", "load.concurrency",                             \
			"connections open at a time"),                                           \
		SETTING("hold", "TIME", "load.hold",                                             \
			"keep each connection open so long before closing it"),                  \
		SETTING("request-size", "SIZE", "load.request-size", "bytes of payload"),        \
		SETTING("response-size", "SIZE", "load.response-size", "bytes of payload"),      \
		SETTING("requests", "NUMBER", "load.requests",                                   \
			"rr: on each connection; 0: until the end"),                             \
		SETTING("protocol", "NAME", "load.protocol", "crr, rr: bytes or http"),          \
		SETTING("direction", "NAME", "load.direction", "stream: send, receive or both"), \
		{.name = "verify",                                                               \
		 .key = "load.verify",                                                           \
		 .value = "on",                                                                  \
		 .help = "stream: look at every byte received"},                                 \
	{                                                                                        \
		.name = "server-closes", .key = "load.first-to-close", .value = "server",        \
		.help = "the server sends the first FIN"                                         \
	}

#define START_ROWS                                                                                \
	SETTING("wire", "TIME", "load.wire", "reflect packets for so long first, as a measure"),  \
		{.name = "start-at",                                                              \
		 .argument = "TIME",                                                              \
		 .help = "begin then: 2030-01-31T12:00:00Z, +5s, Unix time"},                     \
	{                                                                                         \
		.name = "hdr", .argument = "FILE", .help = "latencies for HdrHistogram's plotter" \
	}

#define RUN_ROWS                                                                                 \
	{.name = "json", .argument = "FILE", .help = "write the result; - for standard output"}, \
		{.name = "interval", .argument = "TIME", .help = "between progress lines (1s)"}, \
	{                                                                                        \
		.name = "quiet", .letter = 'q', .help = "no progress lines"                      \
	}

#define SET_ROW                                                                 \
	{                                                                       \
		.name = "set", .argument = "KEY=VALUE",                         \
		.help = "any key of the configuration, see tercet check --keys" \
	}

/* clang-format off */
static const struct option_row bench_rows[] = {
	FILE_ROW("instead of the built-in configuration"),
	LOAD_ROWS,
	SETTING("workers", "NUMBER", "workers", "pairs of a client and a server worker"),
	{.name = "ipv6", .letter = '6', .help = "connect over IPv6"},
	SETTING("syn-cookies", "MODE", "tcp.syn-cookies", "auto, always or never"),
	SETTING("time-wait", "TIME", "tcp.time-wait", "length of TIME_WAIT"),
	START_ROWS,
	RUN_ROWS,
	SET_ROW,
	{.name = NULL},
};

static const struct option_row load_rows[] = {
	FILE_ROW("the configuration"),
	LOAD_ROWS,
	START_ROWS,
	RUN_ROWS,
	SET_ROW,
	{.name = NULL},
};

static const struct option_row serve_rows[] = {
	FILE_ROW("the configuration"),
	RUN_ROWS,
	SET_ROW,
	{.name = NULL},
};
/* clang-format on */

static const struct command_line bench_line = {
	.command = "bench",
	.arguments = "",
	.about = "Client and server workers in one process, joined by in-memory ports: needs no\n"
		 "NIC, no huge pages and no root.",
	.rows = bench_rows,
	.eal = true,
};

static const struct command_line load_line = {
	.command = "load",
	.arguments = "",
	.about = "Opens connections to load.target of the configuration, and measures. With ports\n"
		 "that have side: server, the servers are in the same process, and a device under\n"
		 "test is in between.",
	.rows = load_rows,
	.eal = true,
};

static const struct command_line serve_line = {
	.command = "serve",
	.arguments = "",
	.about = "Runs the services under listen: of the configuration, until stopped.",
	.rows = serve_rows,
	.eal = true,
};

/* ---- parsing -------------------------------------------------------------------------------- */

struct parse {
	struct bench_options *o;
	const char *command, *file;
};

static int
take_interval(const struct parse *p, const char *value)
{
	uint64_t ms;

	if (units_parse(UNIT_MS, value, &ms) || ms < MIN_INTERVAL_MS || ms > MAX_INTERVAL_MS) {
		options_refuse(p->command, "--interval '%s' given; %s, from 10ms to 1h wanted",
			       value, units_wanted(UNIT_MS));
		return -EINVAL;
	}
	p->o->interval_ms = ms;
	p->o->lines = true;
	return 0;
}

static int
take_start_at(struct parse *p, const char *value)
{
	struct timespec now;
	int64_t now_ms;
	int ret;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	ret = start_at_parse(value, now_ms, &p->o->start_at_ms);
	if (ret < 0)
		options_refuse(p->command, "--start-at '%s' given%s; %s wanted", value,
			       ret != -ERANGE		     ? ""
			       : p->o->start_at_ms <= now_ms ? ", which is over"
							     : ", which is too far away",
			       START_AT_WANTED);
	return ret;
}

static int
take_option(void *arg, const struct option_row *row, const char *value)
{
	struct parse *p = arg;

	if (strcmp(row->name, "config") == 0)
		p->file = value;
	else if (strcmp(row->name, "json") == 0)
		p->o->json = value;
	else if (strcmp(row->name, "hdr") == 0)
		p->o->hdr = value;
	else if (strcmp(row->name, "start-at") == 0)
		return take_start_at(p, value);
	else if (strcmp(row->name, "quiet") == 0)
		p->o->quiet = true;
	else if (strcmp(row->name, "ipv6") == 0)
		p->o->ipv6 = true;
	else
		return take_interval(p, value);
	return 0;
}

/* fallback: the configuration if no file is named; NULL: a file is wanted. */
static int
parse(struct bench_options *o, const struct command_line *line, const char *fallback, int argc,
      char **argv)
{
	struct parse p = {.o = o, .command = line->command};
	struct parsed_line parsed;
	char error[CONFIG_ERROR_CHARS];
	int code;

	memset(o, 0, sizeof(*o));
	o->interval_ms = 1000;
	code = options_parse(line, argc, argv, take_option, &p, &parsed);
	if (code == OPTIONS_GO && p.file == NULL && fallback == NULL)
		code = options_refuse(line->command, "no configuration given; -c FILE wanted");
	if (code == OPTIONS_GO &&
	    app_config_load(&o->config, p.file, fallback, &parsed.settings, error)) {
		fprintf(stderr, "%s\n", error);
		code = EXIT_USAGE;
	}
	if (code == OPTIONS_GO)
		config_warn(p.file ? p.file : "tercet bench", &o->config);
	config_settings_free(&parsed.settings);
	return code;
}

/* Ends after a complaint about the configuration as a whole. */
static int
refuse(struct bench_options *o, const char *command, const char *text)
{
	fprintf(stderr, "tercet %s: %s\n", command, text);
	bench_options_free(o);
	return EXIT_USAGE;
}

static const struct tct_local *
find_local(const struct tct_port_config *port, const struct tct_address *a)
{
	for (unsigned i = 0; i < port->local_count; i++)
		if (a ? addresses_contain(&port->locals[i], a)
		      : !address_is_ip4(&port->locals[i].first))
			return &port->locals[i];
	return NULL;
}

static bool
has_version(const struct tct_port_config *port, bool ip4)
{
	for (unsigned i = 0; i < port->local_count; i++)
		if (address_is_ip4(&port->locals[i].first) == ip4)
			return true;
	return false;
}

static int
check_hold(struct bench_options *o, const char *command)
{
	if (o->config.load.hold_ms == 0 || !o->config.load.server_closes)
		return OPTIONS_GO;
	return refuse(o, command, "load.hold and first-to-close: server exclude each other");
}

/* The server has the target, the client an address of its version. */
static int
check_target(struct bench_options *o, const struct load_config *load)
{
	const struct tct_port_config *ports = o->config.lib.ports;

	if (load->target_count > 1 || (load->target_count == 1 && load->targets[0].count > 1))
		return refuse(o, "bench", "one target wanted: the server listens on it");
	if (find_local(&ports[1], &load->target) == NULL ||
	    (o->ipv6 && address_is_ip4(&load->target)))
		return refuse(o, "bench",
			      o->ipv6 ? "an IPv6 address under ports.1.addresses wanted"
				      : "load.target wanted to be one of ports.1.addresses");
	if (!has_version(&ports[0], address_is_ip4(&load->target)))
		return refuse(o, "bench",
			      "an address of load.target's version under ports.0.addresses wanted");
	return OPTIONS_GO;
}

int
bench_options_parse(struct bench_options *o, int argc, char **argv)
{
	int code = parse(o, &bench_line, bench_default, argc, argv);
	struct load_config *load = &o->config.load;
	const struct tct_port_config *ports = o->config.lib.ports;

	if (code == OPTIONS_GO)
		code = check_hold(o, "bench");
	if (code != OPTIONS_GO)
		return code;
	if (sides_are_given(&o->config))
		return refuse(o, "bench",
			      "ports have a side, which is for load; none wanted, the first is the "
			      "client's and the second the server's");
	if (o->config.lib.port_count != 2)
		return refuse(o, "bench",
			      "two ports wanted in the configuration: the client's, the server's");
	if (port_mtu(&ports[0]) != port_mtu(&ports[1]))
		return refuse(o, "bench",
			      "ports.0.mtu and ports.1.mtu: the same wanted, they are joined");
	if (o->config.lib.workers > TCT_MAX_PORTS)
		return refuse(o, "bench", "at most 16 workers, pairs of them, wanted");
	if (o->config.mix_count && o->ipv6)
		return refuse(o, "bench", "load.mix says where to connect; no --ipv6 wanted");
	if (o->ipv6 && find_local(&ports[1], NULL)) {
		load->target = find_local(&ports[1], NULL)->first;
		load->target_count = 0;
	}
	for (unsigned i = 0; i < o->config.mix_count; i++)
		if (check_target(o, &o->config.mix[i]) != OPTIONS_GO)
			return EXIT_USAGE;
	return o->config.mix_count ? OPTIONS_GO : check_target(o, load);
}

/* Only what comes back can be verified, where nobody of ours is at the other end. */
static bool
verifies_nothing(const struct app_config *config)
{
	const struct load_config *kinds = config->mix_count ? config->mix : &config->load;

	for (unsigned i = 0; i == 0 || i < config->mix_count; i++)
		if (kinds[i].verify && kinds[i].direction == DIRECTION_SEND)
			return true;
	return false;
}

static bool
has_targets(const struct app_config *config)
{
	for (unsigned i = 0; i < config->mix_count; i++)
		if (address_is_none(&config->mix[i].target))
			return false;
	return config->mix_count || !address_is_none(&config->load.target);
}

/* The servers of stream that are here do. */
static bool
servers_verify(const struct app_config *config)
{
	return sides_are_given(config) && config->listen_count == 0;
}

static bool
one_worker_each(const struct tct_config *side)
{
	for (unsigned i = 0; i < side->port_count; i++)
		if (side->ports[i].vlan)
			return false;
	return tct_workers_per_port(side) == 1;
}

static bool
wire_is_possible(const struct app_config *config)
{
	struct tct_config side;

	if (!sides_are_given(config))
		return one_worker_each(&config->lib);
	sides_config(config, SIDE_CLIENT, &side);
	if (!one_worker_each(&side))
		return false;
	sides_config(config, SIDE_SERVER, &side);
	return one_worker_each(&side);
}

int
load_options_parse(struct bench_options *o, int argc, char **argv)
{
	int code = parse(o, &load_line, NULL, argc, argv);

	if (code == OPTIONS_GO)
		code = check_hold(o, "load");
	if (code == OPTIONS_GO && !has_targets(&o->config))
		return refuse(o, "load", "no target in the configuration; load.target wanted");
	if (code == OPTIONS_GO && o->config.load.wire_ms && !wire_is_possible(&o->config))
		return refuse(o, "load",
			      "load.wire is measured by one worker on each port, without a tag; "
			      "workers: as many as ports of a side, or fewer, and no vlan wanted");
	if (code == OPTIONS_GO && verifies_nothing(&o->config) && !servers_verify(&o->config))
		return refuse(o, "load",
			      "nothing comes back to verify; direction receive (chargen) or both "
			      "(echo) wanted");
	return code;
}

int
serve_options_parse(struct bench_options *o, int argc, char **argv)
{
	int code = parse(o, &serve_line, NULL, argc, argv);

	if (code == OPTIONS_GO && o->config.listen_count == 0)
		return refuse(o, "serve",
			      "nothing to listen on in the configuration; listen: wanted");
	if (code == OPTIONS_GO && sides_are_given(&o->config))
		return refuse(
			o, "serve",
			"ports have a side, which is for load; none wanted, all are listened on");
	return code;
}

void
bench_options_free(struct bench_options *o)
{
	app_config_free(&o->config);
}
