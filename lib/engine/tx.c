/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The transmit stages: spare buffers before the poll, the queue emptied at its end.
 *
 * A port that is full keeps its packets in the queue for the next poll. One that has taken none for
 * TX_STUCK_US has those dropped and counted that it does not take at once, until it takes one
 * again: a dead port holds up neither the others nor the end of the connections that lead there.
 *
 * Spare buffers are part of a pool that also receives: what is released beyond the mark goes back.
 * Pools of 1024 buffers, the smallest, are shared out as lib/port/port.c says.
 */
#include <rte_cycles.h>

#include "../base/prefetch.h"
#include "../port/burst.h"
#include "steer.h"

#define TX_SPARE_LOW 256	      /* a poll may build so many packets before the next refill */
#define TX_SPARE_MIN (2 * TX_RESERVE) /* the same, of a small pool */
#define TX_STUCK_US  200000
#define TX_PART_PAIR 256u /* packets that are given to a port of a pair at a time */
#define TX_PART	     32u  /* to any other, so that the other end begins while we go on */

/* An eighth of the pool, within limits. */
static uint32_t
spare_wanted(const struct rte_mempool *pool)
{
	return RTE_MAX(RTE_MIN(pool->size / 8, (uint32_t)TX_SPARE_LOW), (uint32_t)TX_SPARE_MIN);
}

/* Beyond half as many again as are wanted; not at each one too many, so that it is done in bulk. A
 * spare buffer is as its pool wants it: rte_pktmbuf_free_bulk() would look at the second line of
 * each to see that. */
static void
tx_give_back(struct tx_queue *q, uint32_t wanted)
{
	if (likely(q->spare_count <= wanted + wanted / 2))
		return;
	for (uint32_t i = wanted, end; i < q->spare_count; i = end) {
		for (end = i + 1; end < q->spare_count && q->spare[end]->pool == q->spare[i]->pool;
		     end++)
			;
		rte_mempool_put_bulk(q->spare[i]->pool, (void **)&q->spare[i], end - i);
	}
	q->spare_count = wanted;
}

/* Buffers in a pool are of one segment and have one reference: rte_pktmbuf_alloc() would write
 * their second line for nothing. Where data lie is known without a look at the buffer, which
 * another core has had: so that nothing waits for it here, and the lines of the headers come
 * meanwhile. */
static void
tx_add(struct tx_queue *q, struct rte_mbuf *fresh[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		prefetch_own(fresh[i]);
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *data = (const uint8_t *)(fresh[i] + 1) + TX_HEADROOM;

		__rte_mbuf_raw_sanity_check(fresh[i]);
		tx_spare(q, fresh[i]);
		prefetch_own(data - RTE_CACHE_LINE_SIZE);
		prefetch_own(data);
		prefetch_own(data + RTE_CACHE_LINE_SIZE);
	}
}

void
tx_refill(struct tct_worker *w)
{
	struct rte_mbuf *fresh[TX_SPARE_LOW];
	struct tx_queue *q = &w->tx;
	struct rte_mempool *pool = port_pool(w->ports[0].port, w->rank);
	uint32_t wanted = spare_wanted(pool), n;

	if (likely(q->spare_count >= wanted)) {
		tx_give_back(q, wanted);
		return;
	}
	n = wanted - q->spare_count;
	if (rte_mempool_get_bulk(pool, (void **)fresh, n) == 0) {
		tx_add(q, fresh, n);
		return;
	}
	for (unsigned i = 0; i < n; i++) { /* the pool runs low: take what there is */
		if (rte_mempool_get(pool, (void **)fresh) < 0)
			return;
		tx_add(q, fresh, 1);
	}
}

static uint64_t
bytes_of(struct rte_mbuf *const m[], unsigned n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += m[i]->pkt_len;
	return bytes;
}

/* Sent by a worker that has a queue. */
static void
tx_hand(struct tct_worker *w, unsigned port, struct rte_mbuf *m[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		steer_put(w, w->ports[port].sender, m[i], STEER_SEND, port);
}

/* As many of n packets as the port takes. The bytes are read before: after, the packet is not ours.
 * Of a queue that a full port has left only the first are looked at. */
static unsigned
tx_send(struct tct_worker *w, unsigned port, struct rte_mbuf *m[], unsigned n)
{
	unsigned most = w->ports[port].port->ring ? TX_PART_PAIR : TX_PART;
	unsigned sent = 0, part, took;
	uint64_t bytes;

	do {
		part = RTE_MIN(n - sent, most);
		bytes = bytes_of(m + sent, part);
		took = port_send(w->ports[port].port, w->ports[port].queue, m + sent,
				 (uint16_t)part);
		sent += took;
		w->counters.v[COUNTER_TX_PACKETS] += took;
		w->counters.v[COUNTER_TX_BYTES] += bytes;
		if (unlikely(took < part))
			w->counters.v[COUNTER_TX_BYTES] -= bytes_of(m + sent, part - took);
	} while (took && sent < n);
	return sent;
}

/* For ports that cannot send chains. What echoes a datagram that was put together is one. Returns
 * how many packets are left. */
static unsigned
tx_linearize(struct tct_worker *w, struct rte_mbuf *m[], unsigned n)
{
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		if (likely(m[i]->nb_segs == 1) || rte_pktmbuf_linearize(m[i]) == 0) {
			m[left++] = m[i];
			continue;
		}
		w->counters.v[COUNTER_TX_REFUSED]++;
		tx_release_packet(&w->tx, m[i]);
	}
	return left;
}

/* The packets [from, to) were left by their port. They stay, complete as they are. */
static void
tx_keep(struct tx_queue *q, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		q->out[q->out_count] = q->out[i];
		q->hop[q->out_count++] = HOP(HOP_PORT(q->hop[i]), HOP_REFLECT);
	}
}

/* Likewise, and nothing stays. */
static void
tx_refuse(struct tct_worker *w, unsigned from, unsigned to)
{
	w->counters.v[COUNTER_TX_REFUSED] += to - from;
	for (unsigned i = from; i < to; i++)
		tx_release_packet(&w->tx, w->tx.out[i]);
}

/* The port took so many of a run. True when it is dead. */
static bool
tx_is_stuck(struct worker_port *port, unsigned took, uint64_t now_us)
{
	if (likely(took)) {
		port->stuck_us = 0;
		return false;
	}
	if (port->stuck_us == 0)
		port->stuck_us = now_us;
	return now_us - port->stuck_us > TX_STUCK_US;
}

/* Where the run of packets for the same port as the ith ends. */
static unsigned
tx_run(const struct tct_worker *w, unsigned i, unsigned count)
{
	const uint16_t *hop = w->tx.hop;
	unsigned port = HOP_PORT(hop[i]);

	if (w->port_count == 1)
		return count;
	while (++i < count && HOP_PORT(hop[i]) == port)
		;
	return i;
}

/* Sends runs of packets for the same port; with one port there is one run. */
unsigned
tx_stage(struct tct_worker *w)
{
	struct tx_queue *q = &w->tx;
	unsigned count, sent = 0, end;

	if (q->out_count == 0)
		return 0;
	net_resolve(w->net, w->tcp.now_us);
	count = q->out_count;
	q->out_count = 0;
	for (unsigned i = 0; i < count; i = end) {
		unsigned port = HOP_PORT(q->hop[i]);
		unsigned n, took;

		end = tx_run(w, i, count);
		n = end - i;
		if (w->ports[port].port->linear_tx)
			n = tx_linearize(w, &q->out[i], n);
		if (unlikely(w->ports[port].queue == QUEUE_NONE)) {
			tx_hand(w, port, &q->out[i], n);
			sent += n;
			continue;
		}
		if (unlikely(n == 0))
			continue;
		took = tx_send(w, port, &q->out[i], n);
		sent += took;
		if (unlikely(tx_is_stuck(&w->ports[port], took, w->tcp.now_us)))
			tx_refuse(w, i, i + n);
		else
			tx_keep(q, i + took, i + n);
	}
	return sent;
}

void
tx_drain(struct tct_worker *w)
{
	for (unsigned i = 0; i < w->tx.out_count; i++)
		rte_pktmbuf_free(w->tx.out[i]);
	w->tx.out_count = 0;
	rte_pktmbuf_free_bulk(w->tx.spare, w->tx.spare_count);
	w->tx.spare_count = 0;
}
