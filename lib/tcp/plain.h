/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plain segment made, inline: one that says nothing but where its text and its acknowledgment
 * are. Its options are a timestamp or none, its ECN bits are clear. That is_plain() holds is for
 * the caller to know; what is true of all segments is in transmit.c.
 */
#ifndef TCT_TCP_PLAIN_H
#define TCT_TCP_PLAIN_H

#include "../wire/segment.h"
#include "internal.h"
#include "window.h"

/* The length of the Ethernet header is for net_resolve() to say. */
static inline void
mbuf_offload(const struct tcp_stack *s, struct rte_mbuf *m, const struct tuple *t,
	     unsigned options_len, uint16_t tso_segsz)
{
	bool ip4 = addr_is_ip4(&t->local);

	if (!s->tx_checksum)
		return;
	m->tx_offload = rte_mbuf_tx_offload(0, ip4 ? 20 : 40, 20 + options_len, tso_segsz, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM |
		       (ip4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6);
}

/* Copies o's text to out; its sum, if that is not the port's to make. The sum is that of where the
 * text comes from: what has just been copied can be read only when its lines are here, which
 * another core has had. */
static __rte_always_inline uint64_t
plain_text(struct tct_conn *c, const struct segment_out *o, uint8_t *out)
{
	struct tcp_stack *s = c->stack;
	const uint8_t *from = out;

	if (o->len == 0)
		return 0;
	if (likely(o->offset + o->len <= c->sndq.first_len)) {
		from = c->sndq.first_bytes + o->offset;
		memcpy(out, from, o->len);
	} else {
		extent_copy(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, out);
	}
	return s->tx_checksum ? 0 : csum_bytes(0, from, o->len);
}

/* The text comes first: calls would have all that the header is made of wait in memory. */
static __rte_always_inline void
plain_put(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, bool ip4,
	  unsigned options_len)
{
	const struct tcp_stack *s = c->stack;
	unsigned len = (ip4 ? IP4_LEN : IP6_LEN) + TCP_LEN + options_len;
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t sum = 0;
	bool lent = unlikely(o->len >= s->lend_min) && lend_text(c, o, m, &sum);
	uint32_t timestamps[] = {RTE_BE32(0x0101080a), rte_cpu_to_be_32(s->now + c->ts_offset),
				 rte_cpu_to_be_32(c->ts_recent)};
	struct segment_header h = {
		.tuple = &c->tuple,
		.seq = o->seq,
		.ack = c->rcv_nxt,
		.wnd = window_field(c),
		.flags = o->flags,
		.tos = c->dscp_tx,
		.ttl = s->config.ttl,
		.options = (const uint8_t *)timestamps,
		.payload_len = o->len,
		.pseudo_sum = csum_tuple_ports(&c->tuple, ip4),
	};

	if (!lent)
		sum = plain_text(c, o, p + len);
	m->data_len = (uint16_t)(lent ? len : len + o->len);
	m->pkt_len = len + o->len;
	segment_put(p, &h, ip4, options_len, sum, s->tx_checksum);
	if (unlikely(s->tx_checksum))
		mbuf_offload(s, m, &c->tuple, options_len, 0);
}

/* A segment that says all there is to acknowledge went out. */
static inline void
plain_acknowledged(struct tct_conn *c)
{
	c->rcv_acked = c->rcv_nxt;
	c->flags &= ~CONN_ACK_NOW;
	c->ack_at = TICK_NONE;
}

/* Each pair of constants has a body of its own. */
static __rte_always_inline void
plain_transmit(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m)
{
	struct tcp_stack *s = c->stack;
	bool ip4 = tuple_is_ip4(&c->tuple);

	if (likely(c->flags & CONN_TIMESTAMPS)) {
		if (likely(ip4))
			plain_put(c, o, m, true, 12);
		else
			plain_put(c, o, m, false, 12);
	} else if (ip4) {
		plain_put(c, o, m, true, 0);
	} else {
		plain_put(c, o, m, false, 0);
	}
	tx_put(s->tx, m, c->hop);
	tcp_count(s, COUNTER_TCP_TX);
	s->counters->v[COUNTER_TCP_BYTES_TX] += o->len;
	plain_acknowledged(c);
}

#endif
