/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A segment of ours made: options, ECN bits, window, headers and payload written to a buffer of the
 * tx queue. What a connection sends, and when, is for output.c to say.
 *
 * All that is here is said to the peer with the segment, and booked as said: the acknowledgment,
 * the window's edge, SACK blocks, ECN echoes.
 */
#include "plain.h"

/* How many SACK blocks go into a segment: options that data has to make room for (RFC 6691) are not
 * worth a data segment more. */
static unsigned
sack_blocks_max(const struct tct_conn *c, const struct segment_out *o)
{
	uint32_t room = o->len < c->mss ? c->mss - o->len : 0;
	unsigned max = c->flags & CONN_TIMESTAMPS ? 3 : 4;

	if (c->reorder == POOL_NONE || !(c->flags & CONN_SACK))
		return 0;
	if (!o->len)
		return max;
	room = room < 4 ? 0 : (room - 4) / (unsigned)sizeof(struct tcp_sack_block);
	return room < max ? room : max;
}

/* Options of a conn's segment, which is no SYN. */
static unsigned
conn_options(struct tct_conn *c, const struct segment_out *so, uint8_t flags,
	     uint8_t out[TCP_OPTIONS_MAX])
{
	struct tcp_stack *s = c->stack;
	struct tcp_options o;

	memset(&o, 0, offsetof(struct tcp_options, sack));
	o.has_ts = !!(c->flags & CONN_TIMESTAMPS);
	if (unlikely(c->reorder != POOL_NONE) && !(flags & TCP_FLAG_RST))
		o.sack_blocks = 7 & hole_blocks(c, o.sack, sack_blocks_max(c, so));
	if (!o.has_ts && !o.sack_blocks)
		return 0;
	o.ts_val = s->now + c->ts_offset;
	o.ts_ecr = c->ts_recent;
	return tcp_options_build(&o, out);
}

/* ECN bits of flags and TOS, RFC 3168 6.1. */
static uint8_t
conn_ecn(struct tct_conn *c, const struct segment_out *o, uint8_t *flags)
{
	bool fresh = o->len && !seq_lt(o->seq, c->snd_max);

	if (*flags & TCP_FLAG_RST || !(c->flags & CONN_ECN))
		return 0;
	if (c->flags & CONN_ECN_ECHO)
		*flags |= TCP_FLAG_ECE;
	if (!fresh)
		return 0;
	if (c->flags & CONN_CWR) {
		*flags |= TCP_FLAG_CWR;
		c->flags &= ~CONN_CWR;
	}
	return 2; /* ECT(0) */
}

/* Writes the payload behind hdr bytes of headers; its sum, if that is not the port's to make. */
static uint64_t
put_payload(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, unsigned hdr)
{
	struct tcp_stack *s = c->stack;
	uint8_t *out = rte_pktmbuf_mtod_offset(m, uint8_t *, hdr);
	uint64_t sum = 0;

	m->data_len = (uint16_t)hdr;
	m->pkt_len = hdr + o->len;
	if (unlikely(o->tso_segsz))
		m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	if (o->len == 0 || (o->len >= s->lend_min && lend_text(c, o, m, &sum)))
		return sum;
	if (unlikely(o->tso_segsz)) {
		tso_fill(c, o, m, hdr);
		return 0;
	}
	m->data_len += (uint16_t)o->len;
	extent_copy(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, out);
	return s->tx_checksum ? 0 : csum_bytes(0, out, o->len);
}

/* What is counted is what the wire sees. */
static void
count_segments(struct tcp_stack *s, const struct segment_out *o)
{
	uint32_t n = 1;

	if (unlikely(o->tso_segsz)) {
		n = o->len / o->tso_segsz;
		tcp_count(s, COUNTER_TCP_TSO);
	}
	s->counters->v[COUNTER_TCP_TX] += n;
	s->counters->v[COUNTER_TCP_BYTES_TX] += o->len;
}

/* About a hole that is left a segment with data or FIN tells nothing without SACK blocks: it is no
 * duplicate ACK (RFC 5681 2). */
static bool
tells_all(const struct tct_conn *c, const struct segment_out *o)
{
	return c->reorder == POOL_NONE || !(o->len || o->flags & TCP_FLAG_FIN) ||
	       sack_blocks_max(c, o);
}

/* Without a hole, ECN, SYN, RST or TSO a segment's options are a timestamp or none. */
static bool
is_plain(const struct tct_conn *c, const struct segment_out *o)
{
	return c->reorder == POOL_NONE && !(c->flags & CONN_ECN) && !o->tso_segsz &&
	       !(o->flags & (TCP_FLAG_SYN | TCP_FLAG_RST));
}

static void
transmit_any(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m)
{
	struct tcp_stack *s = c->stack;
	uint8_t options[TCP_OPTIONS_MAX];
	uint8_t flags = o->flags;
	struct segment_header h = {.tuple = &c->tuple, .options = options};
	unsigned hdr;
	uint64_t sum;
	uint8_t *p;
	bool told;

	h.tos = c->dscp_tx | conn_ecn(c, o, &flags);
	h.options_len = (uint8_t)conn_options(c, o, flags, options);
	told = tells_all(c, o);
	h.seq = o->seq;
	h.ack = flags & TCP_FLAG_ACK ? c->rcv_nxt : 0;
	h.flags = flags;
	h.wnd = window_field(c);
	h.ttl = s->config.ttl;
	h.payload_len = o->len;
	h.tso = o->tso_segsz != 0;
	h.pseudo_sum = csum_tuple(&c->tuple, 1);
	hdr = segment_header_len(&c->tuple, h.options_len);
	p = rte_pktmbuf_mtod(m, uint8_t *);
	sum = put_payload(c, o, m, hdr);
	segment_build(p, &h, sum, s->tx_checksum);
	mbuf_offload(s, m, &c->tuple, h.options_len, o->tso_segsz);
	tx_put(s->tx, m, c->hop);
	count_segments(s, o);
	if (flags & TCP_FLAG_ACK) {
		c->rcv_acked = c->rcv_nxt;
		if (told)
			c->flags &= ~CONN_ACK_NOW;
		c->ack_at = TICK_NONE;
	}
}

bool
conn_transmit(struct tct_conn *c, const struct segment_out *o)
{
	struct tcp_stack *s = c->stack;
	struct rte_mbuf *m = tx_room(s->tx) ? tx_take(s->tx, o->len == 0) : NULL;

	if (unlikely(!m)) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		c->flags |= CONN_RETRY;
		return false;
	}
	if (likely(is_plain(c, o)))
		plain_transmit(c, o, m);
	else if (o->flags & TCP_FLAG_SYN)
		syn_transmit(c, o->flags, m);
	else
		transmit_any(c, o, m);
	return true;
}
