/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wire: what a pair of ports and a pair of lcores move when packets are merely reflected. What
 * TCP costs is what a run on the same ports and lcores stays below it.
 *
 * The reflector is an lcore of this process, or a worker of another one whose endpoint has
 * tct_config.reflect: its frames come and go as all others of its poll loop. That one is found by
 * a broadcast.
 */
#ifndef TCT_ENGINE_WIRE_H
#define TCT_ENGINE_WIRE_H

#include <stdatomic.h>

#include "../base/histogram.h"
#include "../port/port.h"
#include "../wire/packet.h"

struct tct_worker;

struct wire {
	struct port *ports[2]; /* of the sender and of the reflector, joined; started. The second is
				* NULL where another process reflects */
	unsigned lcores[2];    /* the second only with the second port */
	unsigned in_flight;    /* packets; at most what the link holds */
	uint64_t duration_ns;  /* to send */
	double ns_per_cycle;   /* of the TSC; wire_run() */
	atomic_bool enough;    /* for the reflector */
	struct rte_ether_addr far; /* of the reflector; wire_run() */
	uint32_t generation;	   /* of the frames under way; wire_run() */
	uint64_t round_trips;	   /* of packets that came back within the time */
	struct histogram times;	   /* of the round trips; ns */
};

/* [control] Runs count pairs side by side, on lcores that have nothing to do. 0; -ENOMEM: not as
 * many buffers as are to be in flight; -EHOSTUNREACH: nobody reflects; -EBUSY. */
int wire_run(struct wire *wires[], unsigned count);

/* Sends a packet that no other room knows back, if it is a frame of wire_run(). The worker's
 * endpoint is to reflect. */
bool wire_reflect(struct tct_worker *w, struct packet *p);

#endif
