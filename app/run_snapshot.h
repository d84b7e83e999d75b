/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counters of a run at one time, and what the difference of two makes: an interval. The workers
 * write while the main lcore reads, so that sums may be apart by what one poll does.
 */
#ifndef TCT_APP_RUN_SNAPSHOT_H
#define TCT_APP_RUN_SNAPSHOT_H

#include "run.h"

/* Everything that an interval is a difference of. */
struct snapshot {
	double at_s;
	struct counters active, passive;
	uint64_t attempted, established, closed, failed, open;
	uint64_t responses, acked, to_server, to_client;
	uint64_t faults, unanswered, half_open;
	uint64_t lost; /* packets, at the ports of the side that opens */
	uint64_t held;
	double lag_us; /* of the client that is most behind */
	uint64_t busy[RESULT_MAX_WORKERS], all[RESULT_MAX_WORKERS];
	uint64_t waited_ns[RESULT_MAX_WORKERS]; /* ready to run, while others had the core */
	unsigned workers;
	unsigned active_workers; /* so many of them come first */
};

/* CLOCK_MONOTONIC. */
double clock_s(void);

/* CLOCK_REALTIME. */
int64_t clock_unix_ms(void);

/* Of the busiest worker from first to before end, in percent. */
double snapshot_busiest(const struct snapshot *a, const struct snapshot *b, unsigned first,
			unsigned end);

/* Of the worker that waited longest for its core, in percent of the time. */
double snapshot_waited(const struct snapshot *a, const struct snapshot *b);

void snapshot_take(struct snapshot *s, const struct run *r);

/* Of each worker, between a and b: the active side's first, then the passive side's. */
void snapshot_busy(const struct snapshot *a, const struct snapshot *b,
		   double percent[RESULT_MAX_WORKERS]);

/* What came between a and b; latencies stay unmeasured. */
void interval_make(struct interval *i, const struct run *r, const struct snapshot *a,
		   const struct snapshot *b, double origin_s);

/* Latencies since the call before. */
void interval_latency(struct run *r, struct interval *i);

#endif
