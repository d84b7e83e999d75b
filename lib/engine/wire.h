/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wire: what a pair of ports and a pair of lcores move when packets are merely reflected. What
 * TCP costs is what a run on the same ports and lcores stays below it.
 */
#ifndef TCT_ENGINE_WIRE_H
#define TCT_ENGINE_WIRE_H

#include <stdatomic.h>

#include "../base/histogram.h"
#include "../port/port.h"

struct wire {
	struct port *ports[2]; /* of the sender and of the reflector, joined; started */
	unsigned lcores[2];
	unsigned in_flight;	/* packets; at most what the link holds */
	uint64_t duration_ns;	/* to send */
	double ns_per_cycle;	/* of the TSC; wire_run() */
	atomic_bool enough;	/* for the reflector */
	uint64_t round_trips;	/* of packets that came back within the time */
	struct histogram times; /* of the round trips; ns */
};

/* [control] Runs count pairs side by side, on lcores that have nothing to do. 0; -ENOMEM: not as
 * many buffers as are to be in flight; -EBUSY. */
int wire_run(struct wire *wires[], unsigned count);

#endif
