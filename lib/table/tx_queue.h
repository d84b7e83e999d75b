/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets on their way out, and the buffers to build them in: one of each per worker.
 *
 * The poll loop fills `spare` before a poll, from received packets that are done with and then from
 * the mempool; everything that builds a packet during the poll takes from there, so that nothing
 * below the engine allocates. The last TX_RESERVE buffers are for control segments (no payload), so
 * that data can never starve a handshake or a close. What is built goes to `out` with the hop that
 * will put the Ethernet header on: the packet starts at its IP header then, except for a reflected
 * one, which is complete. The engine empties `out` at the end of the poll.
 *
 * A spare buffer is reset: data_off is TX_HEADROOM, one segment, no flags, length 0. tx_offload is
 * nobody's: whoever sets flags for the port writes all of it. That and `next` are the buffer's
 * second line, and between ports in memory a line that both sides write goes from core to core with
 * each packet; a packet of one segment needs neither.
 */
#ifndef TCT_TABLE_TX_QUEUE_H
#define TCT_TABLE_TX_QUEUE_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "../base/prefetch.h"

#define TX_HEADROOM  RTE_PKTMBUF_HEADROOM
#define TX_SPARE_MAX 512
#define TX_OUT_MAX   1024
#define TX_RESERVE   64

/*
 * A hop names where a packet goes next: the port (index within the worker) in the high 4 bits, the
 * neighbour's index in the low 12. HOP_REFLECT in the low bits: the Ethernet header is already
 * there. HOP_NONE: no route.
 */
#define HOP_NONE	     0xffffu
#define HOP_REFLECT	     0xffeu
#define HOP_NEIGHBOURS_MAX   0xffeu
#define HOP(port, neighbour) ((uint16_t)((port) << 12 | (neighbour)))
#define HOP_PORT(hop)	     ((hop) >> 12)
#define HOP_NEIGHBOUR(hop)   ((hop)&0xfffu)

struct tx_queue {
	uint32_t spare_count;
	uint32_t out_count;
	struct rte_mbuf *spare[TX_SPARE_MAX];
	struct rte_mbuf *out[TX_OUT_MAX];
	uint16_t hop[TX_OUT_MAX];
};

/*
 * A reset buffer, or NULL: for data when only the reserve is left, for control when nothing is. Its
 * Ethernet header is written at the end of the poll, in a line of its own; by then a third of these
 * lines were gone from the core of a busy client.
 */
static inline struct rte_mbuf *
tx_take(struct tx_queue *q, int control)
{
	struct rte_mbuf *m;

	if (q->spare_count <= (control ? 0 : TX_RESERVE))
		return NULL;
	m = q->spare[--q->spare_count];
	prefetch_own((const uint8_t *)m->buf_addr + TX_HEADROOM - 1);
	return m;
}

static inline int
tx_room(const struct tx_queue *q)
{
	return q->out_count < TX_OUT_MAX;
}

/* Queues m; the caller asked tx_room(). */
static inline void
tx_put(struct tx_queue *q, struct rte_mbuf *m, uint16_t hop)
{
	q->out[q->out_count] = m;
	q->hop[q->out_count++] = hop;
}

/* Whether nobody else has the buffer, and there is room for one more. */
static inline bool
tx_may_spare(const struct tx_queue *q, const struct rte_mbuf *m)
{
	return q->spare_count != TX_SPARE_MAX && rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

static inline void
tx_spare(struct tx_queue *q, struct rte_mbuf *m)
{
	m->data_off = TX_HEADROOM;
	m->ol_flags = 0;
	m->data_len = 0;
	m->pkt_len = 0;
	q->spare[q->spare_count++] = m;
}

/*
 * Makes a borrower of a spare buffer, behind whose headers or another's bytes it is to go: its
 * data are bytes that lie elsewhere. They stay where they are until the last packet that refers to
 * them is gone: they belong to owner, which gets a reference more.
 */
static inline void
tx_borrow(struct rte_mbuf *m, struct rte_mbuf *owner, const uint8_t *bytes, uint32_t len)
{
	rte_mbuf_refcnt_update(owner, 1);
	m->buf_addr = owner->buf_addr;
	rte_mbuf_iova_set(m, rte_mbuf_iova_get(owner));
	m->buf_len = owner->buf_len;
	m->priv_size = owner->priv_size;
	m->data_off = (uint16_t)(bytes - (const uint8_t *)owner->buf_addr);
	m->ol_flags = RTE_MBUF_F_INDIRECT;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
}

static inline void
tx_lent_back(void *bytes, void *owner)
{
	(void)bytes;
	(void)owner;
}

/*
 * The same for bytes that belong to nobody and are there for ever; a device finds them at iova.
 *
 * DPDK wants a count for them, too. Without one of the caller's it is the borrower's own, and lies
 * in its room, which is not used meanwhile: a common one would go from core to core with each
 * packet. So whoever clones such a packet must not outlive it; between our own ports nobody clones.
 * Drivers do, and free the clones last.
 */
static inline void
tx_borrow_static(struct rte_mbuf *m, const uint8_t *bytes, uint32_t len, rte_iova_t iova,
		 struct rte_mbuf_ext_shared_info *count)
{
	if (count) {
		rte_mbuf_ext_refcnt_update(count, 1);
	} else {
		count = (struct rte_mbuf_ext_shared_info *)m->buf_addr;
		count->free_cb = tx_lent_back;
		count->fcb_opaque = NULL;
		rte_mbuf_ext_refcnt_set(count, 1);
	}
	m->shinfo = count;
	m->buf_addr = (void *)(uintptr_t)bytes;
	rte_mbuf_iova_set(m, iova);
	m->buf_len = (uint16_t)len;
	m->data_off = 0;
	m->ol_flags = RTE_MBUF_F_EXTERNAL;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
}

/*
 * Drops one reference to one segment of a packet. The last reference makes a spare buffer of it
 * where there is room, so that buffers stay warm and out of the mempool; else it is freed.
 */
static inline void
tx_release(struct tx_queue *q, struct rte_mbuf *m)
{
	if (m->ol_flags & RTE_MBUF_F_EXTERNAL && rte_mbuf_refcnt_read(m) == 1)
		rte_pktmbuf_detach(m);
	if (!tx_may_spare(q, m)) {
		rte_pktmbuf_free_seg(m);
		return;
	}
	m->nb_segs = 1;
	m->next = NULL;
	tx_spare(q, m);
}

/* The same for a whole packet. */
static inline void
tx_release_packet(struct tx_queue *q, struct rte_mbuf *m)
{
	if (likely(m->nb_segs == 1 && tx_may_spare(q, m))) {
		tx_spare(q, m);
		return;
	}
	while (m) {
		struct rte_mbuf *next = m->next;

		tx_release(q, m);
		m = next;
	}
}

#endif
