/* SPDX-License-Identifier: BSD-3-Clause */
#include "neighbour.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "../base/clock.h"
#include "../table/memory.h"
#include "internal.h"
#include "pending.h"

#define TIMERS_STEP 32 /* entries per list and call */

/* ---- the state machine ---------------------------------------------------------------------- */

enum event {
	USED,	  /* a packet wants to go there */
	HEARD,	  /* it has a MAC that is new to us */
	ANSWERED, /* it answered, perhaps with a new MAC; or what was sent there has arrived */
	DOUBTED,  /* somebody contradicts, without overriding */
	EXPIRED,  /* the state's time is over, and so are its retries */
	EVENTS
};

#define S(state) NEIGHBOUR_##state

/* clang-format off */
static const uint8_t next_state[NEIGHBOUR_STATES][EVENTS] = {
	/*                    USED           HEARD     ANSWERED      DOUBTED        EXPIRED */
	[S(INCOMPLETE)] = {S(INCOMPLETE), S(STALE), S(REACHABLE), S(INCOMPLETE), S(FAILED)},
	[S(REACHABLE)]  = {S(REACHABLE),  S(STALE), S(REACHABLE), S(STALE),      S(STALE)},
	[S(STALE)]      = {S(PROBE),      S(STALE), S(REACHABLE), S(STALE),      S(STALE)},
	[S(PROBE)]      = {S(PROBE),      S(STALE), S(REACHABLE), S(PROBE),      S(FAILED)},
	[S(FAILED)]     = {S(INCOMPLETE), S(STALE), S(REACHABLE), S(FAILED),     S(FAILED)},
};

static const struct state_info {
	uint8_t timer;	/* enum neighbour_timer */
	bool has_mac;	/* packets go */
	bool attend;	/* neighbour_use() sees them */
	bool asks;	/* solicits on entry, and when the timer fires */
} states[NEIGHBOUR_STATES] = {
	[S(INCOMPLETE)] = {TIMER_RETRY,     false, true,  true},
	[S(REACHABLE)]  = {TIMER_REACHABLE, true,  false, false},
	[S(STALE)]      = {TIMER_NONE,      true,  true,  false},
	[S(PROBE)]      = {TIMER_RETRY,     true,  false, true},
	[S(FAILED)]     = {TIMER_NONE,      false, true,  false},
};
/* clang-format on */

static const char *const state_names[NEIGHBOUR_STATES] = {
#define X(id, name) [NEIGHBOUR_##id] = name,
	NEIGHBOUR_STATE_LIST(X)
#undef X
};

static const uint32_t timer_us[NEIGHBOUR_TIMERS] = {
	[TIMER_RETRY] = NEIGHBOUR_RETRY_US,
	[TIMER_REACHABLE] = NEIGHBOUR_REACHABLE_US,
};

/* ---- memory --------------------------------------------------------------------------------- */

static uint32_t
bucket_count(const struct net *n, uint32_t per_port)
{
	return rte_align32pow2(2 * per_port * n->port_count);
}

static void
ready_init(struct net *n)
{
	for (unsigned port = 0; port < n->port_count; port++) {
		for (uint16_t i = 0; i < HOP_REFLECT; i++)
			n->ready[HOP(port, i)].attend = 1;
	}
}

int
neighbours_init(struct net *n, uint32_t per_port, int socket)
{
	struct neighbours *t = &n->neighbours;
	uint32_t buckets = bucket_count(n, per_port);

	n->hops = RTE_MIN(n->port_count << 12, HOP_NONE);
	t->per_port = per_port;
	t->bucket_mask = buckets - 1;
	n->ready = memory_map(n->hops * sizeof(*n->ready), socket);
	n->reached = memory_map(n->hops * sizeof(*n->reached), socket);
	t->entries = memory_map(n->hops * sizeof(*t->entries), socket);
	t->buckets = memory_map(buckets * sizeof(*t->buckets), socket);
	if (n->ready == NULL || n->reached == NULL || t->entries == NULL || t->buckets == NULL)
		return -ENOMEM;
	if (getrandom(&t->key, sizeof(t->key), 0) != sizeof(t->key))
		return -EIO;
	memset(t->buckets, 0xff, buckets * sizeof(*t->buckets));
	for (unsigned i = 0; i < NEIGHBOUR_TIMERS; i++)
		t->due[i] = (struct neighbour_list){NEIGHBOUR_NONE, NEIGHBOUR_NONE};
	for (unsigned i = 0; i < n->port_count; i++)
		t->idle[i] = (struct neighbour_list){NEIGHBOUR_NONE, NEIGHBOUR_NONE};
	pending_init(t);
	ready_init(n);
	return 0;
}

void
neighbours_fini(struct net *n)
{
	struct neighbours *t = &n->neighbours;

	pending_fini(t);
	memory_unmap(t->buckets, (t->bucket_mask + 1ull) * sizeof(*t->buckets));
	memory_unmap(t->entries, n->hops * sizeof(*t->entries));
	memory_unmap(n->reached, n->hops * sizeof(*n->reached));
	memory_unmap(n->ready, n->hops * sizeof(*n->ready));
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void
list_append(struct neighbours *t, struct neighbour_list *list, enum neighbour_links which,
	    uint16_t hop)
{
	t->entries[hop].links[which] = (struct neighbour_link){list->last, NEIGHBOUR_NONE};
	if (list->last == NEIGHBOUR_NONE)
		list->first = hop;
	else
		t->entries[list->last].links[which].next = hop;
	list->last = hop;
}

static void
list_remove(struct neighbours *t, struct neighbour_list *list, enum neighbour_links which,
	    uint16_t hop)
{
	struct neighbour_link link = t->entries[hop].links[which];

	if (link.prev == NEIGHBOUR_NONE)
		list->first = link.next;
	else
		t->entries[link.prev].links[which].next = link.next;
	if (link.next == NEIGHBOUR_NONE)
		list->last = link.prev;
	else
		t->entries[link.next].links[which].prev = link.prev;
}

/* ---- transitions ---------------------------------------------------------------------------- */

/* The Ethernet header goes to the end of the bytes, so that it can be copied as whole words. */
static void
ready_update(struct net *n, uint16_t hop)
{
	const struct neighbour *e = &n->neighbours.entries[hop];
	const struct net_port *port = &n->ports[HOP_PORT(hop)];
	struct l2_ready *r = &n->ready[hop];
	struct l2_header h = {.len = 0};

	if (states[e->state].has_mac)
		l2_build(&h, &e->mac, &port->mac, port->vlan,
			 addr_is_ip4(&e->addr) ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	memcpy(r->bytes + sizeof(r->bytes) - h.len, h.bytes, h.len);
	r->len = h.len;
	r->attend = states[e->state].attend;
	r->offload = port->tx_checksum;
}

/* Asks all stations while the MAC is not known, the one that had it otherwise. */
static void
solicit(struct net *n, uint16_t hop)
{
	struct neighbour *e = &n->neighbours.entries[hop];
	const struct rte_ether_addr *mac = e->state == NEIGHBOUR_PROBE ? &e->mac : NULL;
	struct addr source;

	e->tries++;
	if (!local_source(n, HOP_PORT(hop), &e->addr, true, &source))
		return;
	if (addr_is_ip4(&e->addr))
		arp_solicit(n, HOP_PORT(hop), &source, &e->addr, mac);
	else
		nd_solicit(n, HOP_PORT(hop), &source, &e->addr, mac);
}

static void
timer_stop(struct net *n, uint16_t hop)
{
	struct neighbours *t = &n->neighbours;
	uint8_t timer = states[t->entries[hop].state].timer;

	if (timer != TIMER_NONE && n->followed == NULL)
		list_remove(t, &t->due[timer], LINK_DUE, hop);
}

static void
timer_start(struct net *n, uint16_t hop, uint64_t now_us)
{
	struct neighbours *t = &n->neighbours;
	struct neighbour *e = &t->entries[hop];
	uint8_t timer = states[e->state].timer;

	if (timer == TIMER_NONE)
		return;
	e->due_us = now_us + timer_us[timer];
	list_append(t, &t->due[timer], LINK_DUE, hop);
}

static void
enter(struct net *n, uint16_t hop, enum neighbour_state state, uint64_t now_us)
{
	struct neighbour *e = &n->neighbours.entries[hop];

	timer_stop(n, hop);
	e->state = (uint8_t)state;
	e->tries = 0;
	timer_start(n, hop, now_us);
	ready_update(n, hop);
	news_of_neighbour(n, hop);
	if (states[state].asks)
		solicit(n, hop);
	if (states[state].has_mac)
		pending_send(n, hop);
	if (state == NEIGHBOUR_FAILED) {
		net_count(n, COUNTER_NEIGHBOUR_FAILED);
		pending_give_up(n, e);
	}
}

static void
step(struct net *n, uint16_t hop, enum event event, uint64_t now_us)
{
	uint8_t state = n->neighbours.entries[hop].state;
	uint8_t next = next_state[state][event];

	/* An answer begins REACHABLE's time again; a new MAC makes a new header. */
	if (next != state || event == ANSWERED || event == HEARD)
		enter(n, hop, next, now_us);
}

/* ---- finding and making --------------------------------------------------------------------- */

static uint16_t *
bucket_of(const struct net *n, unsigned port, const struct addr *a)
{
	const struct neighbours *t = &n->neighbours;
	uint64_t hash = siphash13(&t->key, a, sizeof(*a));

	/* Few ports: next to each other is far enough apart. */
	return &t->buckets[(hash + port) & t->bucket_mask];
}

static uint16_t
chain_find(const struct net *n, uint16_t hop, unsigned port, const struct addr *a)
{
	const struct neighbour *entries = n->neighbours.entries;

	while (hop != NEIGHBOUR_NONE &&
	       (HOP_PORT(hop) != port || !addr_equal(&entries[hop].addr, a)))
		hop = entries[hop].chain;
	return hop;
}

uint16_t
neighbour_find(const struct net *n, unsigned port, const struct addr *a)
{
	return chain_find(n, *bucket_of(n, port, a), port, a);
}

static void
chain_remove(struct net *n, uint16_t hop)
{
	struct neighbour *entries = n->neighbours.entries;
	uint16_t *at = bucket_of(n, HOP_PORT(hop), &entries[hop].addr);

	while (*at != hop)
		at = &entries[*at].chain;
	*at = entries[hop].chain;
}

/* The longest unused entry of the port that nobody holds. Packets that wait for it are dropped. */
static uint16_t
recycle(struct net *n, unsigned port)
{
	struct neighbours *t = &n->neighbours;
	uint16_t hop = t->idle[port].first;

	net_count(n, COUNTER_NEIGHBOUR_FULL);
	if (hop == NEIGHBOUR_NONE)
		return NEIGHBOUR_NONE;
	pending_forget(n, &t->entries[hop]);
	timer_stop(n, hop);
	list_remove(t, &t->idle[port], LINK_IDLE, hop);
	chain_remove(n, hop);
	t->entries[hop].state = NEIGHBOUR_FAILED;
	news_of_neighbour(n, hop);
	return hop;
}

static uint16_t
make(struct net *n, unsigned port, const struct addr *a)
{
	struct neighbours *t = &n->neighbours;
	uint16_t *bucket, hop;

	if (t->used[port] < t->per_port)
		hop = HOP(port, t->used[port]++);
	else
		hop = recycle(n, port);
	if (hop == NEIGHBOUR_NONE)
		return NEIGHBOUR_NONE;
	bucket = bucket_of(n, port, a);
	t->entries[hop] = (struct neighbour){
		.addr = *a,
		.state = NEIGHBOUR_FAILED,
		.chain = *bucket,
	};
	*bucket = hop;
	list_append(t, &t->idle[port], LINK_IDLE, hop);
	ready_update(n, hop);
	return hop;
}

uint16_t
neighbour_get(struct net *n, unsigned port, const struct addr *a, uint64_t now_us)
{
	uint16_t hop = neighbour_find(n, port, a);

	if (hop != NEIGHBOUR_NONE)
		return hop;
	hop = make(n, port, a);
	if (hop != NEIGHBOUR_NONE && n->followed == NULL)
		step(n, hop, USED, now_us);
	return hop;
}

void
neighbour_used(struct net *n, uint16_t hop)
{
	struct neighbours *t = &n->neighbours;

	list_remove(t, &t->idle[HOP_PORT(hop)], LINK_IDLE, hop);
}

void
neighbour_unused(struct net *n, uint16_t hop)
{
	struct neighbours *t = &n->neighbours;

	list_append(t, &t->idle[HOP_PORT(hop)], LINK_IDLE, hop);
}

/* ---- events --------------------------------------------------------------------------------- */

bool
neighbour_knows(const struct net *n, uint16_t hop, const struct rte_ether_addr *mac)
{
	const struct neighbour *e = &n->neighbours.entries[hop];

	return states[e->state].has_mac && rte_is_same_ether_addr(&e->mac, mac);
}

void
neighbour_heard(struct net *n, unsigned port, const struct addr *a,
		const struct rte_ether_addr *mac, bool create, uint64_t now_us)
{
	uint16_t hop = neighbour_find(n, port, a);

	if (hop == NEIGHBOUR_NONE && create)
		hop = make(n, port, a);
	if (hop == NEIGHBOUR_NONE || neighbour_knows(n, hop, mac))
		return;
	n->neighbours.entries[hop].mac = *mac;
	step(n, hop, HEARD, now_us);
}

void
neighbour_answered(struct net *n, uint16_t hop, const struct rte_ether_addr *mac, uint64_t now_us)
{
	n->neighbours.entries[hop].mac = *mac;
	step(n, hop, ANSWERED, now_us);
}

void
neighbour_doubted(struct net *n, uint16_t hop, uint64_t now_us)
{
	step(n, hop, DOUBTED, now_us);
}

bool
neighbour_is_asked(const struct net *n, uint16_t hop)
{
	return states[n->neighbours.entries[hop].state].asks;
}

bool
neighbour_use(struct net *n, uint16_t hop, struct rte_mbuf *m, uint64_t now_us)
{
	struct neighbour *e = &n->neighbours.entries[hop];

	/* A hop that was never given out: its entry is zero. */
	if (unlikely(HOP_NEIGHBOUR(hop) >= n->neighbours.used[HOP_PORT(hop)])) {
		net_count(n, COUNTER_DROP_NO_ROUTE);
		tx_release_packet(n->tx, m);
		return false;
	}
	if (n->followed != NULL) {
		n->hand(n->hand_arg, m, NET_HAND_SEND, HOP_PORT(hop));
		return false;
	}
	step(n, hop, USED, now_us);
	if (states[e->state].has_mac)
		return true;
	pending_push(n, e, m);
	return false;
}

/* ---- readers -------------------------------------------------------------------------------- */

void
neighbour_told(struct net *n, unsigned port, const struct addr *a, const struct rte_ether_addr *mac,
	       uint8_t state)
{
	uint16_t hop = neighbour_find(n, port, a);

	if (hop == NEIGHBOUR_NONE)
		return;
	n->neighbours.entries[hop].mac = *mac;
	n->neighbours.entries[hop].state = state;
	ready_update(n, hop);
}

void
neighbours_forget(struct net *n)
{
	for (unsigned port = 0; port < n->port_count; port++) {
		for (uint16_t i = 0; i < n->neighbours.used[port]; i++) {
			n->neighbours.entries[HOP(port, i)].state = NEIGHBOUR_FAILED;
			ready_update(n, HOP(port, i));
		}
	}
}

/* ---- timers --------------------------------------------------------------------------------- */

uint32_t *
net_reached(struct net *n)
{
	return n->reached;
}

/* Since it was asked what was sent there has arrived. */
static bool
is_reached(const struct net *n, uint16_t hop, uint64_t now_us)
{
	return n->neighbours.entries[hop].state == NEIGHBOUR_PROBE &&
	       tick_from_us(now_us) - n->reached[hop] < tick_from_us(NEIGHBOUR_RETRY_US);
}

static void
expire(struct net *n, uint16_t hop, uint64_t now_us)
{
	const struct neighbour *e = &n->neighbours.entries[hop];

	if (is_reached(n, hop, now_us)) {
		step(n, hop, ANSWERED, now_us);
		return;
	}
	if (!states[e->state].asks || e->tries >= NEIGHBOUR_TRIES) {
		step(n, hop, EXPIRED, now_us);
		return;
	}
	timer_stop(n, hop);
	timer_start(n, hop, now_us);
	solicit(n, hop);
}

void
neighbours_timers(struct net *n, uint64_t now_us)
{
	struct neighbours *t = &n->neighbours;

	for (unsigned timer = 0; timer < NEIGHBOUR_TIMERS; timer++) {
		for (unsigned i = 0; i < TIMERS_STEP; i++) {
			uint16_t hop = t->due[timer].first;

			if (hop == NEIGHBOUR_NONE || t->entries[hop].due_us > now_us)
				break;
			expire(n, hop, now_us);
		}
	}
}

void
net_neighbours(const struct net *n,
	       void (*fn)(void *arg, unsigned port, const struct addr *a,
			  const struct rte_ether_addr *mac, const char *state),
	       void *arg)
{
	const struct neighbours *t = &n->neighbours;

	for (unsigned port = 0; port < n->port_count; port++) {
		for (uint16_t i = 0; i < t->used[port]; i++) {
			const struct neighbour *e = &t->entries[HOP(port, i)];

			fn(arg, port, &e->addr, &e->mac, state_names[e->state]);
		}
	}
}

unsigned
net_waiting(const struct net *n)
{
	unsigned waiting = 0;

	for (unsigned i = 0; i < NEIGHBOURS_PENDING_MAX; i++)
		waiting += n->neighbours.pending[i].mbuf != NULL;
	return waiting;
}
