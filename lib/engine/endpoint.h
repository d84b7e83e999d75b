/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An endpoint: all workers, ports and addresses of one process, from the inside.
 */
#ifndef TCT_ENGINE_ENDPOINT_H
#define TCT_ENGINE_ENDPOINT_H

#include <pthread.h>

#include "team.h"
#include "worker.h"

struct tct_endpoint {
	struct tct_config config;
	struct port own_ports[TCT_MAX_PORTS];
	struct port *ports[TCT_MAX_PORTS]; /* own_ports, or the caller's */
	bool ports_given;
	unsigned worker_count;
	struct tct_worker *workers[TCT_MAX_WORKERS];
	/* Port i is team i % team_count's; see team.h. */
	unsigned team_count;
	struct team *teams[TCT_MAX_PORTS];
	bool started;
	/* links.c */
	bool link_up[TCT_MAX_PORTS];
	bool links_watched;
	pthread_mutex_t links_lock;
	/* What tct_endpoint_stop() found still held; see worker_drain() and port_close(). */
	uint64_t leaked_conns, leaked_half_open, leaked_time_wait, leaked_mbufs;
};

/* As tct_endpoint_create(), on ports that the caller has opened and will close. ports[i] serves
 * config->ports[i]; NULL: open them. */
int endpoint_create_on(const struct tct_config *config, struct port *const ports[],
		       struct tct_endpoint **endpoint);

/* Sum of the workers' counters, as of now. */
void endpoint_counters(const struct tct_endpoint *endpoint, struct counters *sum);

/* Whether all local addresses are announced and, with ip6, none is being tested for duplicates any
 * more. NULL: it is so. */
bool endpoint_settled(const struct tct_endpoint *endpoint, bool ip6);

#endif
