/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One worker's net, from the inside. Every function of this room takes it as its first argument and
 * touches nothing else; the worker is the only reader and writer. What a team shares is in news.h.
 */
#ifndef TCT_NET_INTERNAL_H
#define TCT_NET_INTERNAL_H

#include <rte_debug.h>

#include "../base/rate_limit.h"
#include "local.h"
#include "neighbour.h"
#include "net.h"
#include "news.h"
#include "reassemble.h"
#include "route.h"

#define NET_TIMERS_US 1024 /* timers are looked at so often */
#define NET_ECHO_RATE 1000 /* echo replies per second, all peers together */
#define NET_ECHO_PEAK 100  /* and at once */
#define NET_MTU_MIN   1280 /* what every port has (RFC 8200 5) */

struct net_port {
	struct rte_ether_addr mac;
	uint16_t vlan; /* 0: untagged */
	uint16_t mtu;
	bool tx_checksum;
	bool paired;
};

struct net {
	/* what net_resolve() reads */
	struct tx_queue *tx;
	struct l2_ready *ready; /* by hop */
	uint32_t *reached;	/* by hop, of TCP: see net_reached() */
	uint32_t hops;		/* all hops are below; HOP_NONE never is */

	/* set once */
	uint32_t port_count;
	struct net_port ports[TCT_MAX_PORTS];
	struct counters *counters;
	net_icmp_error_fn icmp_error;
	void *icmp_error_arg;
	net_hand_fn hand; /* a reader's way to the writer */
	void *hand_arg;

	struct news *news;	     /* a writer's, with readers; else NULL */
	const struct news *followed; /* a reader's: those of its writer; else NULL */
	uint64_t news_at;

	uint64_t timers_due_us;
	uint32_t fragment_id; /* of the next datagram that we cut */
	struct rate_limit echo_limit;
	struct neighbours neighbours;
	struct locals locals;
	struct routes routes;
	struct reassembly *reassembly; /* NULL: fragments are dropped */
};

static inline void
net_count(struct net *n, enum counter c)
{
	n->counters->v[c]++;
}

/* A connection more, or one less, goes by this hop: it is seldom the first or the last. */
static inline void
neighbour_ref(struct net *n, uint16_t hop)
{
	if (unlikely(n->neighbours.entries[hop].refs++ == 0))
		neighbour_used(n, hop);
}

static inline void
neighbour_unref(struct net *n, uint16_t hop)
{
	RTE_ASSERT(n->neighbours.entries[hop].refs != 0);
	if (unlikely(--n->neighbours.entries[hop].refs == 0))
		neighbour_unused(n, hop);
}

/* What only the writer looks at: on a reader true, and p's buffer is gone. */
static inline bool
net_hand_over(struct net *n, struct packet *p, unsigned port)
{
	if (likely(n->followed == NULL))
		return false;
	n->hand(n->hand_arg, p->mbuf, NET_HAND_RECEIVED, port);
	p->mbuf = NULL;
	return true;
}

/* frame.c: complete frames of our own */

/* Gives p's buffer back: what it held has been read. It is the first spare one for the answer. */
void frame_done(struct net *n, struct packet *p);

/* Sends len bytes behind an Ethernet header. False, counted, when there is no buffer or no room. */
bool frame_send(struct net *n, unsigned port, const struct rte_ether_addr *dst, uint16_t ethertype,
		const void *bytes, unsigned len);

/* The MAC that a received frame came from. */
struct rte_ether_addr frame_source(const struct packet *p);

/* fragment.c: sends copies of a complete frame's parts, none longer than the MTU. m's l2_len and
 * l3_len are set; its IP header has neither options nor extension headers, and lies in the first
 * segment. False, counted: not enough buffers or room. */
bool fragment_send(struct net *n, unsigned port, const struct rte_mbuf *m);

/* arp.c */
void arp_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us);
void arp_announce(struct net *n, unsigned port, const struct addr *a);
/* mac: the station to ask, NULL: all */
void arp_solicit(struct net *n, unsigned port, const struct addr *source, const struct addr *target,
		 const struct rte_ether_addr *mac);

/* nd.c: as with ARP */
void nd_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us);
void nd_announce(struct net *n, unsigned port, const struct addr *a);
void nd_solicit(struct net *n, unsigned port, const struct addr *source, const struct addr *target,
		const struct rte_ether_addr *mac);
void nd_test(struct net *n, unsigned port, const struct addr *target);

/* icmp.c */
void icmp_input(struct net *n, struct packet *p, unsigned port, uint64_t now_us);
/* A packet of ours, from its IP header on, that could not be sent to its neighbour. */
void icmp_undelivered(struct net *n, const struct rte_mbuf *m);

#endif
