/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One worker's TCP without EAL, of which a process may have several: a stack, packet buffers from
 * a pool of its own size, a route to everywhere, a clock that the simulation turns. Frames go in
 * and come out as bytes, Ethernet header included. ICMP errors reach the stack as the net room
 * would hand them on; ARP and all else is dropped.
 */
#ifndef TCT_TESTS_ENDPOINT_H
#define TCT_TESTS_ENDPOINT_H

#include "tcp/internal.h"

#define ENDPOINT_BURST	   32
#define ENDPOINT_FRAME_MAX 2048
#define ENDPOINT_L2_LEN	   14

struct endpoint {
	/* set before endpoint_start() */
	const char *name;
	struct tct_tcp_config tcp;
	struct tct_memory_config memory; /* mbufs: all that this endpoint may hold */
	struct addr address;
	uint64_t seed;	   /* of the stack's keys */
	uint64_t clock_us; /* what its clock shows at time 0 */
	uint16_t mtu;
	bool tx_checksum_off; /* as if the NIC did it: never on a wire that corrupts */
	void (*sent)(struct endpoint *e, const uint8_t *frame, uint32_t len);

	/* the rest is the endpoint's */
	struct tcp_stack *stack;
	struct tx_queue *tx;
	struct counters counters;
	unsigned hops;	    /* counted references out */
	unsigned held;	    /* packet buffers, ready ones included */
	uint64_t no_buffer; /* frames that found none to be received into */
	bool due;	    /* for a poll: the simulation's */
	unsigned burst_count;
	struct packet burst[ENDPOINT_BURST];
};

/* Defaults for all that may be set. */
void endpoint_init(struct endpoint *e, const char *name, struct addr address);
void endpoint_start(struct endpoint *e, uint64_t now_us);
/* Frees everything. With empty, what is left in the stack is a leak: told on stderr, and counted.
 */
unsigned endpoint_stop(struct endpoint *e, bool empty);

/* A frame for the next poll. */
void endpoint_receive(struct endpoint *e, const uint8_t *frame, uint32_t len, uint64_t now_us);
void endpoint_poll(struct endpoint *e, uint64_t now_us);

/* All that rig_check() knows must hold between two polls; failed does not return. */
void endpoint_check(const struct endpoint *e, void (*failed)(const char *what));

/* Whether any connection, half-open or time-wait is there. */
bool endpoint_busy(const struct endpoint *e);

#endif
