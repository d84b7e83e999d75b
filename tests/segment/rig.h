/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One worker's TCP without EAL: a stack, fake packet buffers, a route to everywhere, a clock that
 * the test turns. Frames go in as bytes and come out as bytes; rig_check() knows what must hold of
 * the whole stack between two polls. The segment cases and the fuzzer of the input path drive it.
 */
#ifndef TCT_TESTS_RIG_H
#define TCT_TESTS_RIG_H

#include "tcp/internal.h"

#define RIG_BURST 32
#define RIG_KEPT  256
#define HOP_TEST  HOP(0, 5) /* the only one there is */

struct rig {
	/* set by the test before rig_start() */
	struct tct_tcp_config tcp;
	struct tct_memory_config memory;
	uint64_t start_us;
	uint64_t wall_offset_us;
	uint64_t seed;	    /* stirred into the stack's keys */
	unsigned spare_max; /* buffers that the stack may hold ready */
	uint16_t mtu;
	bool no_route;
	bool tx_checksum;   /* the wire is behind a NIC that finishes them: nic.h */
	bool tso;	    /* and cuts packets into segments */
	uint8_t tso_short;  /* that are so much shorter than they could be */
	bool lend_static;   /* it takes payload of lend_min bytes and more from where it lies */
	bool lend_dma;	    /* and from packet buffers, and what nobody owns from dma */
	const uint8_t *dma; /* dma_len bytes that nobody owns and it can read; NULL: none */
	uint32_t dma_len;
	uint8_t lend_buffers; /* for a packet that it cuts */
	uint32_t lend_min;
	bool keeps;		  /* what is sent stays with the NIC until rig_let_go() */
	bool unexpected;	  /* segments that come in say CWR: see dsl.h */
	uint64_t (*cycles)(void); /* to time each burst and each flush with */
	/* Takes a packet that was sent, at its IP header or, with l2, at the Ethernet header. */
	void (*sent)(const uint8_t *bytes, unsigned len, bool l2);
	void (*failed)(const char *what); /* does not return */
	/* Of another rig's pool, when the stack to be checked is another's; NULL: our own. */
	const unsigned *buffers_out;

	/* the rest is the rig's */
	struct tcp_stack *stack;
	struct tx_queue *tx;
	struct counters counters;
	uint64_t now_us;
	unsigned lent;	     /* packets whose payload lay elsewhere */
	unsigned kept_count; /* with the NIC */
	struct rig_kept {
		struct rte_mbuf *packet;
		uint8_t *bytes; /* what it was when it was sent */
	} kept[RIG_KEPT];
	unsigned cut;			/* packets that the NIC made several segments of */
	unsigned hops;			/* counted references out */
	uint32_t reached[HOP_TEST + 1]; /* by hop, of the stack */
	struct rte_mbuf_ext_shared_info lent_count; /* of what it has of dma */
	unsigned burst_count;
	struct packet burst[RIG_BURST];
};

extern struct rig rig;

/* Addresses of the two ends, and of a second local one. */
struct addr rig_local(bool ip4);
struct addr rig_local_other(bool ip4);
struct addr rig_remote(bool ip4);

/* Defaults for all that a test may set; frees what is left of the last run. */
void rig_reset(void);
void rig_start(void);
/* Ends everything that is open, lets all timers run out, and checks that nothing is left. */
void rig_stop(void);

/* Forgets a stack in which something went wrong. */
void rig_abandon(void);

/* Parses a frame and puts it into the next poll's burst; returns what the parser said. */
enum counter rig_frame(const uint8_t *bytes, unsigned len);
/* The same, cut into segments of at most each bytes. */
enum counter rig_frame_cut(const uint8_t *bytes, unsigned len, unsigned each);

/* A packet buffer that holds these bytes; from NULL: zeros. */
struct rte_mbuf *rig_buffer(const void *bytes, unsigned len);

/* Parses a frame that was sent, as a peer would; returns what the parser said. */
enum counter rig_parse(struct packet *p, const uint8_t *bytes, unsigned len);

void rig_poll(void);
/* The NIC is done with the first n packets that it keeps: nobody has written to them. */
void rig_let_go(unsigned n);
/* Sets the clock, in steps no longer than a tick, polling at each. */
void rig_run_until(uint64_t us);

void rig_check(void);

#endif
