/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One worker's TCP: its tables, timers, pools, listeners, secrets, and the time of this poll.
 *
 * Everything in this room takes the stack as its first argument and touches nothing else. The
 * engine sets the time before it hands packets in; routes are asked through tcp_route_ops, since
 * the net room lies above.
 *
 * A poll, as the engine drives it: tcp_set_time, tcp_input_burst, tcp_timers, tcp_flush; then it
 * empties the tx queue.
 */
#ifndef TCT_TCP_STACK_H
#define TCT_TCP_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/clock.h"
#include "../base/counters.h"
#include "../base/rate_limit.h"
#include "../base/siphash.h"
#include "../table/flow_table.h"
#include "../table/pool.h"
#include "../table/port_space.h"
#include "../table/tx_queue.h"
#include "../table/wheel.h"
#include "../tercet.h"
#include "../wire/packet.h"
#include "congestion.h"
#include "conn.h"
#include "cookie.h"
#include "reorder.h"
#include "split.h"

#define TCP_LISTENERS_MAX   1024
#define TCP_PORT_SPACES_MAX 16

struct tcp_route_ops {
	bool (*is_local)(void *net, const struct addr *a);
	/* A local address for remote; false without a route. */
	bool (*source)(void *net, const struct addr *remote, struct addr *local);
	uint16_t (*hop)(void *net, const struct addr *remote, uint64_t now_us);
	void (*hop_release)(void *net, uint16_t hop);
	uint16_t (*hop_mtu)(void *net, uint16_t hop);
	/* Whether a TCP connection to this address makes sense: no broadcast (MUST-46). */
	bool (*is_unicast)(void *net, const struct addr *a);
};

struct listener {
	struct addr address; /* all zero: any */
	uint16_t port;	     /* host byte order; 0: free */
	uint16_t next;	     /* next listener of the port + 1, 0: last */
	uint32_t backlog;    /* half-opens at most, 0: as many as there are */
	uint32_t half_open;
	uint64_t accepted;
	const struct tct_service *service;
	void *user;
};

/* Payload of at least so many bytes is lent to the port, not copied (lend.c). Two buffers for each
 * packet cost the ends of an in-memory port more than a copy of 1448 bytes, and less than half of
 * one of 8948. */
#define LEND_MIN 4096

/* The timestamp offset of two hosts that spoke lately: isn.c. */
#define TCP_TS_OFFSETS 64

struct ts_offset {
	struct addr local, remote;
	uint32_t offset;
};

struct tcp_stack {
	/* set once */
	struct tct_tcp_config config;
	const struct tcp_route_ops *route;
	const struct congestion_control *congestion;
	void *net;
	uint32_t *reached; /* by hop: tick of the last ACK that said so; NULL: nobody asks */
	struct tx_queue *tx;
	struct counters *counters;
	struct tct_worker *worker; /* for services; opaque here */
	/* Takes a segment without a connection here that is another worker's; NULL: none is. */
	bool (*foreign)(void *worker, struct packet *p);
	bool tx_checksum; /* hardware finishes checksums */
	bool tso_ip4;	  /* and cuts packets into segments: tso.c */
	bool tso_ip6;
	uint8_t tso_segments;  /* at most, of a packet */
	uint16_t tso_bytes;    /* likewise */
	uint8_t tso_short;     /* segments that it cuts have to be so much shorter than the MSS */
	bool lend_static;      /* takes payload that nobody owns from wherever it lies: lend.c */
	bool lend_dma;	       /* takes payload from what devices can read: see dma_iova */
	uint8_t lend_buffers;  /* for a packet that it cuts up */
	uint32_t lend_min;     /* less is copied */
	uint8_t syn_wscale;    /* what we offer, from config */
	uint32_t window_first; /* bytes: of each conn to begin with */
	uint32_t time_wait_ticks;
	struct siphash_key flow_key; /* SipHash-1-3 over tuples */
	struct siphash_key isn_key;  /* RFC 6528 */
	struct siphash_key ts_key;   /* timestamp offsets by address pair */
	struct tct_conn fresh_conn;  /* what conn_make() copies */

	/* time of this poll */
	uint64_t now_us;
	uint32_t now;		 /* tick */
	uint64_t wall_offset_us; /* add to now_us for wall-clock time: cookie epochs */

	struct flow_table flows;
	struct pool conns;
	struct pool half_opens;
	struct pool time_waits;
	struct extent_room extents;
	struct pool flights; /* conns with more than one segment in flight */
	struct pool ranges;  /* of what they have in flight */
	struct pool reorders;
	struct reorder_room reorder_room;
	struct wheel *wheel;
	uint32_t time_wait_hand; /* next to be recycled when all are used */
	uint32_t sweep;		 /* conns still to be looked at after TIMER_NO_ROOM */

	/* conns that the next flush visits, once each */
	uint32_t send_head;
	uint32_t *send_last; /* what names the next one: send_head or the last one's send_next */
	struct extent_cursor cursor; /* in the send queue of the one that is visited now */

	struct cookie_jar cookies;
	bool cookie_mode;
	uint64_t cookie_last_us;		 /* when the last cookie was sent, 0: never */
	const struct cookie_ready *cookie_ready; /* of the segment at hand; NULL: not made ready */

	struct ts_offset ts_offsets[TCP_TS_OFFSETS];

	struct split_clock input_split; /* of bursts */
	struct split_clock flush_split; /* of flushes, without a lookup */

	struct rate_limit rst_limit;
	struct rate_limit time_wait_limit;

	bool stopping;			  /* no more passive or active opens */
	bool silent;			  /* there was a silent open: answers_silent() */
	uint16_t listener_of_port[65536]; /* first listener + 1 */
	struct listener listeners[TCP_LISTENERS_MAX];
	unsigned listener_count;
	struct port_space spaces[TCP_PORT_SPACES_MAX];
	unsigned space_count;
	const struct port_share *share; /* of the ports, with other workers; NULL: all ours */

	/* [lend_dma] Where a device finds bytes that nobody owns, RTE_BAD_IOVA: nowhere; and what
	 * counts the packets that have them: port/dma.h. */
	rte_iova_t (*dma_iova)(const void *bytes, uint32_t len);
	struct rte_mbuf_ext_shared_info *lent_count;
};

/* Places of the wheel for each record: entries that a nearer one has replaced stay until they come
 * due. A conn has 2.7 at most in simulated traffic. */
#define WHEEL_PER_CONN	    4
#define WHEEL_PER_HALF_OPEN 3
#define WHEEL_PER_TIME_WAIT 2

struct tcp_stack_config {
	const struct tct_tcp_config *tcp;
	const struct tct_memory_config *memory;
	const struct tcp_route_ops *route;
	void *net;
	uint32_t *reached;
	struct tx_queue *tx;
	struct counters *counters;
	struct tct_worker *worker;
	bool (*foreign)(void *worker, struct packet *p);
	const struct port_share *share;
	uint64_t seed[8]; /* random: keys and cookie secret */
	uint64_t now_us;
	uint64_t wall_offset_us;
	bool tx_checksum;
	bool tso_ip4, tso_ip6;
	bool lend_static, lend_dma;
	rte_iova_t (*dma_iova)(const void *bytes, uint32_t len);
	struct rte_mbuf_ext_shared_info *lent_count;
	uint8_t lend_buffers;
	uint32_t lend_min;
	uint8_t tso_segments;
	uint16_t tso_bytes;
	uint8_t tso_short;
	uint64_t (*cycles)(void); /* a clock to time bursts and flushes with; NULL: none */
	uint32_t split_every;	  /* of them; 0: never */
	int socket;
};

/* Allocates and prepares. 0 or -ENOMEM (nothing is kept then). */
int tcp_stack_init(struct tcp_stack *s, const struct tcp_stack_config *config);
void tcp_stack_fini(struct tcp_stack *s);

static inline void
tcp_count(struct tcp_stack *s, enum counter c)
{
	s->counters->v[c]++;
}

static inline void
tcp_set_time(struct tcp_stack *s, uint64_t now_us)
{
	s->now_us = now_us;
	s->now = tick_from_us(now_us);
}

/* stack.c: records of the flow table */

static inline struct tct_conn *
conn_at(const struct tcp_stack *s, uint32_t i)
{
	return (struct tct_conn *)s->conns.records + i;
}

static inline void *
record_at(const struct tcp_stack *s, uint32_t ref)
{
	switch (REF_KIND(ref)) {
	case RECORD_CONN:
		return conn_at(s, REF_INDEX(ref));
	case RECORD_HALF_OPEN:
		return (struct half_open *)s->half_opens.records + REF_INDEX(ref);
	default:
		return (struct time_wait *)s->time_waits.records + REF_INDEX(ref);
	}
}

static inline uint32_t
conn_index(const struct tcp_stack *s, const struct tct_conn *c)
{
	return (uint32_t)(((const uint8_t *)c - s->conns.records) / sizeof(*c));
}

/* The reference of the record with this tuple, FLOW_REF_NONE when there is none. */
uint32_t tcp_lookup(const struct tcp_stack *s, const struct tuple *t, uint64_t hash);

/* input.c: the segments of one burst, each of kind PACKET_TCP. Takes mbufs it keeps (sets mbuf
 * NULL). */
void tcp_input_burst(struct tcp_stack *s, struct packet *packets[], unsigned n);

/* timers.c: expires at most limit entries of the wheel, and sweeps a few conns if need be. */
void tcp_timers(struct tcp_stack *s, unsigned limit);

/* output.c: visits every conn on the send list once. */
void tcp_flush(struct tcp_stack *s);

/* icmp.c: an ICMP error about a segment with sequence number seq of tuple t (RFC 5927). err as the
 * service's error callback; hard: abort a connection still being opened. */
void tcp_icmp_error(struct tcp_stack *s, const struct tuple *t, uint32_t seq, int err, bool hard);
/* An ICMP "too big": smaller segments from now on; at least 536 (IPv4) or 1220 bytes. */
void tcp_icmp_too_big(struct tcp_stack *s, const struct tuple *t, uint32_t seq, uint16_t mtu);

/* listen.c */
int tcp_listen(struct tcp_stack *s, const struct tct_listen *l);
struct listener *tcp_listener(struct tcp_stack *s, const struct tuple *t);

/* connect.c: the calls of tercet.h, by stack */
#define TCP_CONNECT_BURST TCT_CONNECT_BURST
int tcp_connect_burst(struct tcp_stack *s, const struct tct_connect options[], unsigned n,
		      struct tct_conn *conns[]);
int tcp_connect(struct tcp_stack *s, const struct tct_connect *o, struct tct_conn **c);

/* user.c */

/* Closes, or when abort is set resets, every connection; bounded by limit per call; true when none
 * is left. */
bool tcp_stop(struct tcp_stack *s, bool abort, uint32_t *position, unsigned limit);

#endif
