/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The load on one worker: opens connections, drives the workload on each, measures.
 *
 * Closed loop: as many connections open as `concurrency` says. Open loop: connections start on
 * schedule (schedule.h), whatever the far end does, and latency counts from the scheduled time, so
 * that a far end that stalls is seen to have stalled. A client has one part, or several that differ
 * in what their connections do; each counts and measures for itself. The two sides of bench and the
 * client of load are services like any other, written against tercet.h.
 */
#ifndef TCT_APP_WORKLOAD_H
#define TCT_APP_WORKLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "config.h"
#include "pattern.h"
#include "tercet.h"
#include "transaction.h"

struct client;

/* One kind of connections that a client opens. */
struct client_part {
	const struct load_config *load;
	struct tct_local sources[TCT_MAX_LOCALS]; /* drawn from in turn */
	unsigned source_count;
	struct pattern comes_back; /* what stream expects to receive, if it verifies */
	uint32_t weight;	   /* of the connections that start on schedule, 1 or more */
	uint32_t concurrency;	   /* of this worker, in a closed loop */
};

struct client_config {
	struct client_part parts[LOAD_MAX_PARTS];
	unsigned part_count;
	unsigned worker, workers; /* this one, of so many */
	uint64_t rate;		  /* connections/s of all workers; 0: closed loop */
	enum load_arrival arrival;
	uint32_t room; /* connections open at a time, of all parts on this worker */
};

/* Bytes of each connection of stream, both directions together, over its whole life. */
struct spread {
	uint64_t count;
	double sum, squares, min, max;
};

/* What a client measured of one part; worker rw, others may read. Latencies in nanoseconds. */
struct client_stats {
	uint64_t attempted;
	uint64_t established;
	uint64_t closed;
	uint64_t aborted;   /* by design: load.abort-percent */
	uint64_t half_open; /* by design: load.half-open-percent */
	uint64_t failed[TCT_REASON_MAX];
	uint64_t unanswered;	  /* of failed: nothing had come when it was given up */
	uint64_t refused_locally; /* tct_connect() refused: no port, no memory, no route */
	/* crr, rr */
	uint64_t requests; /* begun; each ends in one of the next two */
	uint64_t responses;
	uint64_t faults[FAULT_MAX];
	/* stream */
	uint64_t sent_bytes; /* queued by the service */
	uint64_t acked_bytes;
	uint64_t received_bytes;
	uint64_t corrupt; /* connections on which something else came than was sent */
	struct spread spread;
	struct histogram connect, request, close;
};

/* NULL when there is no memory. */
struct client *client_create(const struct client_config *config);
void client_destroy(struct client *c);

/* For tct_worker_set_poll(), arg is the client: opens what is due. */
void client_poll(struct tct_worker *worker, uint64_t now_us, void *arg);

/* [control] Connections per second of all workers from now on: a new schedule, nothing of the old
 * one is made up for. 0: closed loop. */
void client_set_rate(struct client *c, uint64_t rate);

/* [control] Nothing is opened before this. */
void client_begin(struct client *c);

/* [control] No more connections from now on, nor requests; stream ends. */
void client_stop(struct client *c);

/* [control] Connections not yet over. */
uint32_t client_open(const struct client *c);

/* [control] Those of them that end by themselves: what is held stays. */
uint32_t client_ending(const struct client *c);

const struct client_stats *client_stats(const struct client *c, unsigned part);

/* How an open loop keeps to its schedule; worker rw, others may read. */
struct client_pace {
	uint64_t
		due_ns; /* when the next connection is due, on the worker's clock; 0: no schedule */
	uint64_t held;	/* polls in which one was due and as many open as may be */
};

const struct client_pace *client_pace(const struct client *c);

/* The server's side of bench. */
struct workload_server {
	uint32_t request_size;
	uint32_t response_size;
	uint32_t requests; /* of a connection, if the server closes */
	bool closes;	   /* the server sends the first FIN */
	bool sends;	   /* stream: bytes go from server to client */
	bool verifies;	   /* stream: looks at what it receives */
};

/* Of the stream service on one worker, for one part of a mix, or the one; worker rw. */
struct workload_server_stats {
	uint64_t sent_bytes, received_bytes;
	uint64_t corrupt; /* connections */
};

/* [control, before listening] What the server connections of this process do, one for each part of
 * a mix, or the one; must outlive them. The user pointer of the connections is the services' own:
 * listen with the number of the part. */
void workload_server_set(const struct workload_server *settings);

/* Of worker index, below TCT_MAX_WORKERS. */
const struct workload_server_stats *workload_server_stats(unsigned index, unsigned part);

/* The service that answers a workload. */
const struct tct_service *workload_service(enum workload workload);

#endif
