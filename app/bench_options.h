/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command lines of bench, load and serve. What is a setting of the configuration becomes one
 * (--duration 10s is load.duration), so that its value is checked in one place; only what is not is
 * a field here.
 */
#ifndef TCT_APP_BENCH_OPTIONS_H
#define TCT_APP_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "options.h"

struct bench_options {
	struct app_config config; /* checked, all settings applied; config.load has the workload */
	const char *json;	  /* where the result goes; "-": standard output; NULL: nowhere */
	const char *hdr;	  /* where latencies go for HdrHistogram's plotter; NULL: nowhere */
	int64_t start_at_ms;	  /* Unix time at which the load begins; 0: at once */
	uint32_t interval_ms;	  /* of progress lines, default 1000 */
	bool lines;		  /* --interval asks for lines, on a terminal too */
	bool quiet;		  /* no progress lines */
	bool ipv6;		  /* bench: config.load.target is the servers' IPv6 address */
};

/*
 * argv[0] is the command's name; "EAL options --" may come first and replace the file's eal: key.
 * bench: config.ports[0] is the client's in-memory port and config.ports[1] the server's, each pair
 * of workers has its own such two; config.lib.workers is the number of pairs. Return OPTIONS_GO, or
 * the exit code (0 after --help; 2 after a complaint). After OPTIONS_GO bench_options_free().
 */
int bench_options_parse(struct bench_options *o, int argc, char **argv);
int load_options_parse(struct bench_options *o, int argc, char **argv);
int serve_options_parse(struct bench_options *o, int argc, char **argv);

void bench_options_free(struct bench_options *o);

#endif
