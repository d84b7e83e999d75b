/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours: the stations of the links, by address, and the Ethernet header that leads to each.
 *
 * ARP and neighbour discovery share one state machine, RFC 4861 7.3's without DELAY: a stale
 * neighbour is asked at once, and TCP's hint of reachability counts a second later, if there was no
 * answer. Some stations are never heard to answer, such as TRex in its batch mode. Hints are those
 * of the writer's own connections; what other workers know would need a word that two cores write.
 * An entry lives
 * in its port's part of one array, so that a hop is its index; it is found by address through a
 * keyed hash. Its place is taken by another address only when nobody holds a reference to it, the
 * longest unused first; an entry with references never goes away, whatever state it is in.
 *
 * Timers need no wheel: there are two lengths of time, and a list of entries for each, which is in
 * the order of what is due since everything is appended.
 */
#ifndef TCT_NET_NEIGHBOUR_H
#define TCT_NET_NEIGHBOUR_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "../base/siphash.h"
#include "../base/tuple.h"
#include "../table/tx_queue.h"
#include "../tercet.h"

struct net;

#define NEIGHBOUR_TRIES	       3	/* solicitations before giving up (RFC 4861 10) */
#define NEIGHBOUR_RETRY_US     1000000	/* between them (RFC 4861 10: RetransTimer) */
#define NEIGHBOUR_REACHABLE_US 30000000 /* after an answer (RFC 4861 10: ReachableTime) */
#define NEIGHBOUR_PENDING_MAX  16	/* packets that wait for one: an initial window and more */
#define NEIGHBOURS_PENDING_MAX 256	/* and for all of them */

/* clang-format off */
#define NEIGHBOUR_STATE_LIST(X) \
	X(INCOMPLETE, "incomplete") /* asked for; packets wait */ \
	X(REACHABLE, "reachable")   /* answered lately */ \
	X(STALE, "stale")           /* known, and to be asked when it is used */ \
	X(PROBE, "probe")           /* known, and being asked */ \
	X(FAILED, "failed")         /* not known, or did not answer: to be asked when it is used */
/* clang-format on */

enum neighbour_state {
#define X(id, name) NEIGHBOUR_##id,
	NEIGHBOUR_STATE_LIST(X)
#undef X
	NEIGHBOUR_STATES
};

/* What net_resolve() needs of an entry, and no more. */
struct l2_ready {
	uint8_t bytes[24]; /* the Ethernet header, at the end of it */
	uint8_t len;	   /* of the header; 0: nothing to prepend */
	uint8_t attend;	   /* 1: neighbour_use() has a say in every packet */
	uint8_t offload;   /* 1: the port writes checksums and wants mbuf.l2_len */
	uint8_t reserved[5];
};

static_assert(sizeof(struct l2_ready) == 32, "two to a cache line");

#define NEIGHBOUR_NONE HOP_NONE /* end of a list or chain */

struct neighbour_link {
	uint16_t prev;
	uint16_t next;
};

enum neighbour_links {
	LINK_DUE,  /* on the list of the state's timer */
	LINK_IDLE, /* on the port's list of entries without references */
	LINKS
};

struct neighbour {
	struct addr addr;
	uint64_t due_us;
	uint32_t refs;
	struct rte_ether_addr mac;
	uint8_t state;	/* enum neighbour_state */
	uint8_t tries;	/* solicitations sent */
	uint16_t chain; /* next of the hash bucket */
	struct neighbour_link links[LINKS];
	uint16_t pending_first; /* slot of the oldest packet, PENDING_NONE */
	uint16_t pending_last;
	uint16_t pending_count;
	uint8_t reserved[8];
};

static_assert(sizeof(struct neighbour) == 64, "an entry is a line");

#define PENDING_NONE 0xffffu

struct pending {
	struct rte_mbuf *mbuf; /* a packet from its IP header on */
	uint16_t next;	       /* the neighbour's next younger one, or the next free slot */
};

struct neighbour_list {
	uint16_t first;
	uint16_t last;
};

enum neighbour_timer {
	TIMER_RETRY,
	TIMER_REACHABLE,
	NEIGHBOUR_TIMERS,
	TIMER_NONE = NEIGHBOUR_TIMERS
};

struct neighbours {
	struct neighbour *entries; /* by hop */
	uint32_t per_port;
	uint16_t *buckets; /* hop of the first entry */
	uint32_t bucket_mask;
	struct siphash_key key;
	uint16_t used[TCT_MAX_PORTS]; /* by port: entries ever taken */
	struct neighbour_list
		idle[TCT_MAX_PORTS]; /* by port: without references, longest unused first */
	struct neighbour_list due[NEIGHBOUR_TIMERS];
	uint16_t pending_free;
	struct pending pending[NEIGHBOURS_PENDING_MAX];
};

/* Entries for n->port_count ports, and n->ready. 0 or -errno. */
int neighbours_init(struct net *n, uint32_t per_port, int socket);
void neighbours_fini(struct net *n);

/* NEIGHBOUR_NONE when the address is not known on this port. */
uint16_t neighbour_find(const struct net *n, unsigned port, const struct addr *a);

/* Finds the entry or makes one, which is asked for at once. NEIGHBOUR_NONE when all are referenced.
 */
uint16_t neighbour_get(struct net *n, unsigned port, const struct addr *a, uint64_t now_us);

/* A hop without references has one now, or the last of them is gone: see neighbour_ref(). */
void neighbour_used(struct net *n, uint16_t hop);
void neighbour_unused(struct net *n, uint16_t hop);

/* It spoke, unasked: its MAC is believed until a packet wants to go there. With create, of a
 * station not heard of as well. */
void neighbour_heard(struct net *n, unsigned port, const struct addr *a,
		     const struct rte_ether_addr *mac, bool create, uint64_t now_us);

/* It answered; or what it sent says so. */
void neighbour_answered(struct net *n, uint16_t hop, const struct rte_ether_addr *mac,
			uint64_t now_us);

/* Somebody claims to be it with another MAC but does not override what is known. */
void neighbour_doubted(struct net *n, uint16_t hop, uint64_t now_us);

/* We asked and have no answer yet. */
bool neighbour_is_asked(const struct net *n, uint16_t hop);

/* Its MAC is known, and it is this one. */
bool neighbour_knows(const struct net *n, uint16_t hop, const struct rte_ether_addr *mac);

/* m wants to go there: true if it may, false if it was kept or dropped. */
bool neighbour_use(struct net *n, uint16_t hop, struct rte_mbuf *m, uint64_t now_us);

/* Reader: what the writer says of a neighbour; one that is not known here is ignored. */
void neighbour_told(struct net *n, unsigned port, const struct addr *a,
		    const struct rte_ether_addr *mac, uint8_t state);

/* Reader: news were missed, and no MAC is known any more. */
void neighbours_forget(struct net *n);

/* Retries and ages; bounded. */
void neighbours_timers(struct net *n, uint64_t now_us);

#endif
