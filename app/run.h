/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run of bench, load or serve: endpoints and clients from start to summary.
 *
 * The main lcore sleeps, wakes once per interval, takes the difference of the counters, prints a
 * line, answers the control socket, and watches for signals: the first asks for an orderly end, the
 * second ends the process at once.
 */
#ifndef TCT_APP_RUN_H
#define TCT_APP_RUN_H

#include <stdbool.h>

#include "bench_options.h"
#include "engine/endpoint.h"
#include "result.h"
#include "workload.h"

struct snapshot;

struct run {
	const struct bench_options *options;
	const char *command;
	struct tct_endpoint *active;  /* NULL: this run opens nothing */
	struct tct_endpoint *passive; /* NULL: this run listens to nothing */
	bool answers;		      /* passive answers active's workload, by no service */
	bool through_device;	      /* what is between the two may do what it likes */
	struct client *clients[TCT_MAX_WORKERS];
	unsigned client_count;
	unsigned part_count; /* kinds of connections, of each client */
	struct result result;
	struct histogram *connect, *request, *close; /* merged at the end */
	struct latency_window *windows;		     /* LATENCY_MAX */
	struct snapshot *measured; /* two: at the origin, and when the last interval was over */
	/* Waits so long, or until there is something to be read from wake_fd; NULL: the run does.
	 */
	void (*tick)(void *arg, int timeout_ms, int wake_fd);
	void *tick_arg;
	struct screen *screen; /* NULL: lines, or nothing */
	double origin_s;       /* clock_s() when measuring began, warm-up included */
	volatile bool stop;    /* asked for by a request */
};

void run_init(struct run *r, const char *command, const struct bench_options *options,
	      const char *link);

/* Makes a client on every worker of r->active. 0 or -ENOMEM. */
int run_clients(struct run *r);

/* Starts the endpoints and measures until the duration is over or a signal came. 0 or negative
 * errno. */
int run_measure(struct run *r);

/* Clients stop, connections close, at most limit_ms and a second for each 50000 that are open; then
 * the endpoints stop. Fills in result.end. */
void run_stop(struct run *r, unsigned limit_ms);

/* Summary and JSON; returns the exit code. */
int run_report(struct run *r);

void run_fini(struct run *r);

#endif
