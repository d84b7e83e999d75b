/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet load: opens connections to a target over the ports of a configuration, and measures.
 */
#include <stdio.h>
#include <string.h>

#include "bench_options.h"
#include "commands.h"
#include "eal.h"
#include "run.h"
#include "shortage.h"

#define DRAIN_LIMIT_MS 10000

static int
run_load(struct run *r, const struct app_config *config)
{
	struct eal_plan plan = {
		.command = "load",
		.workers = config->lib.workers ? config->lib.workers : 1,
		.memory_mb = eal_memory_mb(&config->lib),
		.ports = &config->lib,
		.args = config->eal,
		.arg_count = config->eal_count,
	};
	struct memory_need need;
	int ret;

	memory_need(&config->lib, &need);
	if (!memory_is_there(plan.command, config, &need))
		return EXIT_ENVIRONMENT;
	if (eal_start(&plan, &r->result.host.hugepages_used) < 0)
		return EXIT_ENVIRONMENT;
	if (tct_endpoint_create(&config->lib, &r->active) < 0)
		return EXIT_ENVIRONMENT;
	ret = run_clients(r);
	if (ret == 0)
		ret = run_measure(r);
	run_stop(r, DRAIN_LIMIT_MS);
	if (ret < 0) {
		fprintf(stderr, "tercet load: %s\n", strerror(-ret));
		return EXIT_ENVIRONMENT;
	}
	return run_report(r);
}

int
command_load(int argc, char **argv)
{
	static struct bench_options options;
	static struct run r;
	int code = load_options_parse(&options, argc, argv);

	if (code != OPTIONS_GO)
		return code;
	run_init(&r, "load", &options, options.config.lib.ports[0].device);
	code = run_load(&r, &options.config);
	run_fini(&r);
	eal_stop();
	bench_options_free(&options);
	return code;
}
