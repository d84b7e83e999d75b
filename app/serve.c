/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet serve: services on the addresses and ports of a configuration, until a signal or a request
 * to stop.
 */

#include "bench_options.h"
#include "commands.h"
#include "eal.h"
#include "run.h"
#include "servers.h"
#include "shortage.h"

#define GRACE_MS 5000 /* for connections to close in order */

static int
run_serve(struct run *r, const struct app_config *config)
{
	struct eal_plan plan = {
		.command = "serve",
		.workers = config->lib.workers ? config->lib.workers : 1,
		.memory_mb = eal_memory_mb(&config->lib),
		.ports = &config->lib,
		.args = config->eal,
		.arg_count = config->eal_count,
	};
	static struct servers servers = {.command = "serve"};
	struct memory_need need;
	int ret;

	servers.config = config;
	if (servers_prepare(&servers) < 0)
		return EXIT_USAGE;
	memory_need(&config->lib, &need);
	if (!memory_is_there(plan.command, config, &need))
		return EXIT_ENVIRONMENT;
	if (eal_start(&plan, &r->result.host.hugepages_used) < 0)
		return EXIT_ENVIRONMENT;
	if (tct_endpoint_create(&config->lib, &r->passive) < 0)
		return EXIT_ENVIRONMENT;
	ret = servers_listen(&servers, r->passive);
	if (ret < 0)
		return EXIT_USAGE;
	ret = run_measure(r);
	run_stop(r, GRACE_MS);
	if (ret < 0)
		return EXIT_ENVIRONMENT;
	return run_report(r);
}

int
command_serve(int argc, char **argv)
{
	static struct bench_options options;
	static struct run r;
	int code = serve_options_parse(&options, argc, argv);

	if (code != OPTIONS_GO)
		return code;
	run_init(&r, "serve", &options, options.config.lib.ports[0].device);
	code = run_serve(&r, &options.config);
	run_fini(&r);
	services_fini();
	eal_stop();
	bench_options_free(&options);
	return code;
}
