/* SPDX-License-Identifier: BSD-3-Clause */
#include "pending.h"

#include "internal.h"

void
pending_init(struct neighbours *t)
{
	t->pending_free = 0;
	for (uint16_t i = 0; i < NEIGHBOURS_PENDING_MAX; i++)
		t->pending[i].next = (uint16_t)(i + 1);
	t->pending[NEIGHBOURS_PENDING_MAX - 1].next = PENDING_NONE;
}

void
pending_fini(struct neighbours *t)
{
	for (unsigned i = 0; i < NEIGHBOURS_PENDING_MAX; i++)
		rte_pktmbuf_free(t->pending[i].mbuf);
}

/* The oldest packet that waits for e; NULL: none. */
static struct rte_mbuf *
pending_pop(struct neighbours *t, struct neighbour *e)
{
	uint16_t slot = e->pending_first;
	struct rte_mbuf *m;

	if (e->pending_count == 0)
		return NULL;
	m = t->pending[slot].mbuf;
	e->pending_first = t->pending[slot].next;
	e->pending_count--;
	t->pending[slot] = (struct pending){NULL, t->pending_free};
	t->pending_free = slot;
	return m;
}

static void
pending_drop(struct net *n, struct rte_mbuf *m)
{
	net_count(n, COUNTER_DROP_NEIGHBOUR_QUEUE);
	tx_release_packet(n->tx, m);
}

void
pending_push(struct net *n, struct neighbour *e, struct rte_mbuf *m)
{
	struct neighbours *t = &n->neighbours;
	uint16_t slot;

	if (e->pending_count == NEIGHBOUR_PENDING_MAX ||
	    (t->pending_free == PENDING_NONE && e->pending_count != 0))
		pending_drop(n, pending_pop(t, e));
	slot = t->pending_free;
	if (slot == PENDING_NONE) {
		pending_drop(n, m);
		return;
	}
	t->pending_free = t->pending[slot].next;
	t->pending[slot] = (struct pending){m, PENDING_NONE};
	if (e->pending_count++ == 0)
		e->pending_first = slot;
	else
		t->pending[e->pending_last].next = slot;
	e->pending_last = slot;
}

void
pending_send(struct net *n, uint16_t hop)
{
	struct neighbour *e = &n->neighbours.entries[hop];
	struct rte_mbuf *m;

	while ((m = pending_pop(&n->neighbours, e)) != NULL) {
		if (tx_room(n->tx))
			tx_put(n->tx, m, hop);
		else
			pending_drop(n, m);
	}
}

void
pending_give_up(struct net *n, struct neighbour *e)
{
	struct rte_mbuf *m;

	while ((m = pending_pop(&n->neighbours, e)) != NULL) {
		icmp_undelivered(n, m);
		pending_drop(n, m);
	}
}

void
pending_forget(struct net *n, struct neighbour *e)
{
	struct rte_mbuf *m;

	while ((m = pending_pop(&n->neighbours, e)) != NULL)
		pending_drop(n, m);
}
