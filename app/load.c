/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet load: opens connections to a target over the ports of a configuration, and measures.
 *
 * With ports on two sides there are two endpoints, and the target is at the far end of a device
 * under test, or the device itself: nothing that one side sends is taken to arrive at the other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "bench_options.h"
#include "calibrate.h"
#include "commands.h"
#include "eal.h"
#include "run.h"
#include "servers.h"
#include "shortage.h"
#include "sides.h"

#define DRAIN_LIMIT_MS 10000
#define LINK_CHARS     (2 * TCT_DEVICE_CHARS + 40)

struct load {
	struct bench_options options;
	struct run run;
	struct servers servers;
	bool both;			  /* sides are here */
	struct tct_config client, server; /* of which the second is for both */
	char link[LINK_CHARS];
};

static int
start(struct load *l)
{
	const struct app_config *config = &l->options.config;
	unsigned workers = RTE_MAX(config->lib.workers, 1u);
	struct eal_plan plan = {
		.command = "load",
		.workers = l->both ? 2 * workers : workers,
		.memory_mb = eal_memory_mb(&l->client) + (l->both ? eal_memory_mb(&l->server) : 0),
		.ports = &config->lib,
		.args = config->eal,
		.arg_count = config->eal_count,
	};
	struct memory_need need;

	sides_need(config, &need);
	if (!memory_is_there(plan.command, config, &need))
		return -ENOMEM;
	return eal_start(&plan, &l->run.result.host.hugepages_used);
}

static int
listen_all(struct load *l)
{
	return l->run.answers ? servers_answer(&l->servers, l->run.passive)
			      : servers_listen(&l->servers, l->run.passive);
}

static int
create_sides(struct load *l)
{
	int ret = tct_endpoint_create(&l->client, &l->run.active);

	if (ret == 0 && l->both)
		ret = tct_endpoint_create(&l->server, &l->run.passive);
	return ret;
}

static int
measure_wire(struct load *l)
{
	const struct app_config *config = &l->options.config;

	if (!config->load.wire_ms)
		return 0;
	return calibrate_load(config, &l->client, l->both ? &l->server : NULL, &l->run.result.wire);
}

static int
run_load(struct load *l)
{
	int ret;

	if (l->both && servers_prepare(&l->servers) < 0)
		return EXIT_USAGE;
	if (start(l) < 0 || measure_wire(l) < 0 || create_sides(l) < 0)
		return EXIT_ENVIRONMENT;
	if (l->both && listen_all(l) < 0)
		return EXIT_USAGE;
	ret = run_clients(&l->run);
	if (ret == 0)
		ret = run_measure(&l->run);
	run_stop(&l->run, DRAIN_LIMIT_MS);
	if (ret < 0) {
		fprintf(stderr, "tercet load: %s\n", strerror(-ret));
		return EXIT_ENVIRONMENT;
	}
	return run_report(&l->run);
}

/* Two endpoints of the one configuration. */
static void
prepare_sides(struct load *l)
{
	const struct app_config *config = &l->options.config;

	sides_config(config, SIDE_CLIENT, &l->client);
	sides_config(config, SIDE_SERVER, &l->server);
	l->servers = (struct servers){.command = "load", .config = config};
	snprintf(l->link, sizeof(l->link), "%s, a device under test, %s", l->client.ports[0].device,
		 l->server.ports[0].device);
}

static void
prepare(struct load *l)
{
	const struct app_config *config = &l->options.config;

	l->both = sides_are_given(config);
	l->client = config->lib;
	snprintf(l->link, sizeof(l->link), "%s", config->lib.ports[0].device);
	if (l->both)
		prepare_sides(l);
	run_init(&l->run, "load", &l->options, l->link);
	l->run.through_device = l->both;
	l->run.answers = l->both && config->listen_count == 0;
}

int
command_load(int argc, char **argv)
{
	static struct load l;
	int code = load_options_parse(&l.options, argc, argv);

	if (code != OPTIONS_GO)
		return code;
	prepare(&l);
	code = run_load(&l);
	run_fini(&l.run);
	services_fini();
	eal_stop();
	bench_options_free(&l.options);
	return code;
}
