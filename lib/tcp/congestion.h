/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Congestion control: what all algorithms share, and the interface of one.
 *
 * An algorithm is one file with one struct congestion_control, and a line in congestion.c. It
 * decides how cwnd grows in congestion avoidance and how far it falls; slow start, recovery, the
 * timeout, undo and restart after idle are the same for all (RFC 5681, RFC 9438 4.10).
 */
#ifndef TCT_TCP_CONGESTION_H
#define TCT_TCP_CONGESTION_H

#include <stdint.h>

struct tct_conn;
struct flight;

struct congestion_control {
	const char *name;

	/* The connection sends more than a segment at a time from now on. f->congestion is zero and
	 * belongs to the algorithm. */
	void (*init)(struct tct_conn *c, struct flight *f);

	/* Congestion avoidance: acked bytes of new data were acknowledged while cwnd was what kept
	 * the sender back. Raises c->cwnd. */
	void (*avoid)(struct tct_conn *c, struct flight *f, uint32_t acked);

	/* A congestion event. Returns the new ssthresh, in bytes; remembers what undo() needs. */
	uint32_t (*reduce)(struct tct_conn *c, struct flight *f);

	/* The event was a timeout (called after reduce()). NULL: nothing more. */
	void (*timeout)(struct tct_conn *c, struct flight *f);

	/* The last event was none: takes its own variables back. NULL: it has none. */
	void (*undo)(struct tct_conn *c, struct flight *f);

	/* Nothing was in flight for so long. NULL: it does not count time. */
	void (*idle)(struct tct_conn *c, struct flight *f, uint32_t idle_ticks);
};

extern const struct congestion_control cc_newreno;
extern const struct congestion_control cc_cubic;

/* The algorithm of that enum tct_congestion. */
const struct congestion_control *congestion_control(unsigned which);

#endif
