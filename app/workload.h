/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The load on one worker: opens connections, drives the workload on each, measures.
 *
 * Closed loop: as many connections open as `concurrency` says. Open loop: connections start on
 * schedule, whatever the far end does, and latency counts from the scheduled time, so that a far
 * end that stalls is seen to have stalled. The two sides of bench and the client of load are
 * services like any other, written against tercet.h.
 */
#ifndef TCT_APP_WORKLOAD_H
#define TCT_APP_WORKLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "config.h"
#include "tercet.h"

struct client;

struct client_config {
	const struct load_config *load;
	struct tct_local sources[TCT_MAX_LOCALS]; /* drawn from in turn */
	unsigned source_count;
	uint64_t rate;	      /* connections/s of this worker; 0: closed loop */
	uint32_t concurrency; /* of this worker */
};

/* What a client measured; worker rw, others may read. Latencies in nanoseconds. */
struct client_stats {
	uint64_t attempted;
	uint64_t established;
	uint64_t closed;
	uint64_t failed[TCT_REASON_MAX];
	uint64_t refused_locally; /* tct_connect() refused: no port, no memory, no route */
	struct histogram connect, request, close;
};

/* NULL when there is no memory. */
struct client *client_create(const struct client_config *config);
void client_destroy(struct client *c);

/* For tct_worker_set_poll(), arg is the client: opens what is due. */
void client_poll(struct tct_worker *worker, uint64_t now_us, void *arg);

/* [control] No more connections from now on. */
void client_stop(struct client *c);

/* [control] Connections not yet over. */
uint32_t client_open(const struct client *c);

const struct client_stats *client_stats(const struct client *c);

/* The server's side of cc and crr. */
struct workload_server {
	uint32_t request_size;
	uint32_t response_size;
	bool closes; /* the server sends the first FIN */
};

/* [control, before listening] What every server connection of this process does; must outlive them.
 * The user pointer of the connections is the services' own: listen with NULL. */
void workload_server_set(const struct workload_server *settings);

extern const struct tct_service workload_cc_service;
extern const struct tct_service workload_crr_service;

/* size readable bytes that never change, size at most WORKLOAD_BYTES_MAX. */
#define WORKLOAD_BYTES_MAX (1u << 20)
const uint8_t *workload_bytes(void);

#endif
