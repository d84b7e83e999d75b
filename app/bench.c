/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet bench: client and server workers in one process over in-memory ports.
 *
 * Every pair of workers has two ports joined back to back, each with a complete endpoint on it:
 * Ethernet, ARP, checksums in software both ways, TCP. After the time is over the client opens no
 * more, and what is open closes; then everything is counted: records and packet buffers still taken
 * are leaks.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "bench_options.h"
#include "calibrate.h"
#include "commands.h"
#include "eal.h"
#include "engine/endpoint.h"
#include "port/pair.h"
#include "report.h"
#include "run.h"
#include "servers.h"
#include "shortage.h"

#define RING_DEPTH	8192
#define DRAIN_LIMIT_MS	10000
#define TIME_WAIT_OTHER 65536 /* records of the side that does not close first */

struct bench {
	struct bench_options options;
	struct run run;
	struct port ports[2 * TCT_MAX_PORTS]; /* client's, server's, client's, ... */
	unsigned pairs;
};

static int
open_ports(struct bench *b)
{
	for (unsigned i = 0; i < b->pairs; i++) {
		char name[16];
		int ret;

		snprintf(name, sizeof(name), "bench%u", i);
		ret = port_open_pair(&b->ports[2 * i], &b->ports[2 * i + 1], name, RING_DEPTH,
				     b->options.config.lib.memory.mbufs,
				     port_mtu(&b->options.config.lib.ports[0]));
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* One side: the endpoint on every second port. */
static void
side_config(const struct bench *b, unsigned side, struct tct_config *config)
{
	bool closes_first = b->options.config.load.server_closes == (side == 1);

	*config = b->options.config.lib;
	if (!closes_first && config->memory.time_wait > TIME_WAIT_OTHER)
		config->memory.time_wait = TIME_WAIT_OTHER;
	for (unsigned i = 0; i < b->pairs; i++)
		config->ports[i] = b->options.config.lib.ports[side];
	config->port_count = config->workers = b->pairs;
}

static int
create_side(struct bench *b, unsigned side, struct tct_endpoint **e)
{
	struct tct_config config;
	struct port *ports[TCT_MAX_PORTS];

	side_config(b, side, &config);
	for (unsigned i = 0; i < b->pairs; i++)
		ports[i] = &b->ports[2 * i + side];
	return endpoint_create_on(&config, ports, e);
}

static bool
fits(const struct bench *b)
{
	struct memory_need need, all = {0};
	struct tct_config config;

	for (unsigned side = 0; side < 2; side++) {
		side_config(b, side, &config);
		memory_need(&config, &need);
		all.mbufs += need.mbufs;
		all.total += need.total;
	}
	return memory_is_there("bench", &b->options.config, &all);
}

static unsigned
memory_mb(const struct bench *b)
{
	const struct tct_config *lib = &b->options.config.lib;
	unsigned mbuf_kb = RTE_MAX(port_mtu(&lib->ports[0]) / 1024 + 2, 3); /* and its headers */

	return 2 * b->pairs * (lib->memory.mbufs * mbuf_kb / 1024 + 16) + 64;
}

/* The clients' lcores are the first ones, as the endpoints will take them. */
static int
measure_wire(struct bench *b)
{
	struct wire *wires = calloc(b->pairs, sizeof(*wires));
	int ret = -ENOMEM;

	for (unsigned i = 0; i < b->pairs && wires; i++)
		wires[i] = (struct wire){
			.ports = {&b->ports[2 * i], &b->ports[2 * i + 1]},
			.lcores = {nth_lcore(i), nth_lcore(b->pairs + i)},
		};
	if (wires)
		ret = calibrate(wires, b->pairs, &b->options.config.load, &b->run.result.wire);
	free(wires);
	return ret;
}

static int
set_up(struct bench *b)
{
	const struct servers servers = {.command = "bench", .config = &b->options.config};
	int ret = open_ports(b);

	if (ret == 0 && b->options.config.load.wire_ms)
		ret = measure_wire(b);
	if (ret == 0)
		ret = create_side(b, 0, &b->run.active);
	if (ret == 0)
		ret = create_side(b, 1, &b->run.passive);
	if (ret == 0)
		ret = servers_answer(&servers, b->run.passive);
	if (ret == 0)
		ret = run_clients(&b->run);
	return ret;
}

static void
close_ports(struct bench *b)
{
	uint64_t held = 0;

	/* Buffers travel between the two pools of a pair: all ports stop, then all close. */
	for (unsigned i = 0; i < 2 * b->pairs; i++)
		if (b->ports[i].mbufs)
			held += port_close(&b->ports[i]);
	b->run.result.end.leaks.mbufs += held;
}

static int
run_bench(struct bench *b)
{
	struct eal_plan plan = {
		.command = "bench",
		.workers = 2 * b->pairs,
		.memory_mb = memory_mb(b),
		.private = true,
		.args = b->options.config.eal,
		.arg_count = b->options.config.eal_count,
	};
	int ret;

	if (!fits(b) || eal_start(&plan, &b->run.result.host.hugepages_used) < 0)
		return EXIT_ENVIRONMENT;
	ret = set_up(b);
	if (ret == 0)
		ret = run_measure(&b->run);
	run_stop(&b->run, DRAIN_LIMIT_MS);
	close_ports(b);
	if (ret < 0) {
		fprintf(stderr, "tercet bench: %s\n", strerror(-ret));
		return EXIT_ENVIRONMENT;
	}
	return run_report(&b->run);
}

int
command_bench(int argc, char **argv)
{
	static struct bench b;
	int code = bench_options_parse(&b.options, argc, argv);

	if (code != OPTIONS_GO)
		return code;
	b.pairs = b.options.config.lib.workers ? b.options.config.lib.workers : 1;
	run_init(&b.run, "bench", &b.options, "in-memory rings");
	b.run.answers = true;
	code = run_bench(&b);
	run_fini(&b.run);
	services_fini();
	eal_stop();
	bench_options_free(&b.options);
	return code;
}
