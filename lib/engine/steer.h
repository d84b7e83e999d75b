/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steering: what one worker hands to another of its team.
 *
 * Buffers travel in rings with one producer and one consumer, one for each pair of workers and
 * direction, in bursts: collected during a stage, handed over at its end, taken up by the other's
 * next poll. A full ring drops and counts; nobody waits. A note in the buffer (mbuf.hash) says what
 * it is:
 *
 *	received	a frame as it came in: to the owner of its connection, or to the writer of
 *			the net. Its checksums were verified, and its flags say so
 *	send		a complete frame, for a worker with a transmit queue to send
 *	route		a packet from its IP header on, for the writer of the net to send
 *	error		an ICMP error, to the owner of the connection that it is about
 *
 * What was received over a ring is not steered again, so nothing goes round in circles; a datagram
 * that was put together from fragments is new.
 */
#ifndef TCT_ENGINE_STEER_H
#define TCT_ENGINE_STEER_H

#include "../wire/packet.h"
#include "worker.h"

enum steer_kind {
	STEER_RECEIVED,
	STEER_SEND,
	STEER_ROUTE,
	STEER_ERROR
};

/* One other worker, as seen by this one. worker rw. */
struct steer_peer {
	struct rte_ring *in;  /* from it; NULL: itself */
	struct rte_ring *out; /* to it: its `in` of us */
	uint32_t count;	      /* waiting to be handed over */
	struct rte_mbuf *batch[WORKER_BURST];
};

/* [control] Rings between all members. 0 or -ENOMEM, logged. */
int steer_create(struct team *team);
void steer_destroy(struct team *team);

/* [control, no worker runs any more] Frees what is still in the rings. */
void steer_drain(struct team *team);

/* Takes m, for the worker of that rank. */
void steer_put(struct tct_worker *w, unsigned to, struct rte_mbuf *m, enum steer_kind kind,
	       unsigned port);

/* Hands over what has been collected. */
void steer_flush(struct tct_worker *w);

/* The start of a poll: what the others have for us. Returns the number of packets. */
unsigned steer_input(struct tct_worker *w);

/* Of a burst that was parsed, takes those that belong to others; their mbuf is NULL then. */
void steer_burst(struct tct_worker *w, unsigned port, unsigned n);

/* The same for one packet, of kind TCP: true if it was taken. */
bool steer_segment(struct tct_worker *w, struct packet *p);

/* How packets find their worker on a port: "alone" (nobody else is there), "rss", "probation" (as
 * long as the device has yet to be believed), "software". Any thread. */
const char *steer_mode_text(const struct tct_worker *w, unsigned port);

/* lib/net's and lib/tcp's ways to other workers: arg is the worker. */
void steer_hand(void *worker, struct rte_mbuf *m, enum net_hand what, unsigned port);
void steer_icmp_error(void *worker, const struct tuple *t, uint32_t seq, enum icmp_error err,
		      uint16_t mtu);
bool steer_stray(void *worker, struct packet *p);

#endif
