/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tercet serve: services on the addresses and ports of a configuration, until a signal or a request
 * to stop.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench_options.h"
#include "commands.h"
#include "eal.h"
#include "run.h"
#include "services.h"
#include "shortage.h"

#define GRACE_MS 5000 /* for connections to close in order */

/* Reads what listeners serve: before anything is started, since it can fail. */
static int
prepare_all(const struct app_config *config, struct service_settings *settings[MAX_LISTENS])
{
	char error[SERVICE_ERROR_CHARS];

	for (unsigned i = 0; i < config->listen_count; i++) {
		settings[i] = service_settings_make(&config->listens[i], error);
		if (!settings[i]) {
			fprintf(stderr, "tercet serve: listen.%u: %s\n", i, error);
			return -EINVAL;
		}
	}
	return 0;
}

static int
listen_all(const struct app_config *config, struct service_settings *const settings[MAX_LISTENS],
	   struct tct_endpoint *e)
{
	for (unsigned i = 0; i < config->listen_count; i++) {
		const struct listen_config *in = &config->listens[i];
		struct tct_listen l = {
			.address = in->address,
			.port = in->port,
			.service = service_find(in->service),
			.user = settings[i],
			.backlog = in->backlog,
		};
		int ret = l.service ? tct_listen(e, &l) : -EINVAL;

		if (ret < 0) {
			fprintf(stderr, "tercet serve: cannot listen on port %u with '%s': %s\n",
				in->port, in->service, strerror(-ret));
			return ret;
		}
	}
	return 0;
}

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
	static struct service_settings *settings[MAX_LISTENS];
	struct memory_need need;
	int ret;

	if (prepare_all(config, settings) < 0)
		return EXIT_USAGE;
	memory_need(&config->lib, &need);
	if (!memory_is_there(plan.command, config, &need))
		return EXIT_ENVIRONMENT;
	if (eal_start(&plan, &r->result.host.hugepages_used) < 0)
		return EXIT_ENVIRONMENT;
	if (tct_endpoint_create(&config->lib, &r->passive) < 0)
		return EXIT_ENVIRONMENT;
	ret = listen_all(config, settings, r->passive);
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
