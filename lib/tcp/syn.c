/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYNs made: a conn's SYN and, after a simultaneous open, its SYN-ACK; and the SYN-ACK that a
 * half-open sends by its own. Their options are nearly always the same five words:
 * segment_build_options() knows them.
 */
#include "plain.h"

uint16_t
syn_mss(const struct tcp_stack *s, const struct tuple *t, uint16_t mtu)
{
	uint16_t mss = mtu - (addr_is_ip4(&t->local) ? 40 : 60); /* RFC 6691 */

	return s->config.mss && s->config.mss < mss ? s->config.mss : mss;
}

/* Our SYN offers, our SYN-ACK confirms. */
static void
syn_options(const struct tct_conn *c, bool offer, struct tcp_options *o)
{
	const struct tcp_stack *s = c->stack;

	o->mss = syn_mss(s, &c->tuple, s->route->hop_mtu(s->net, c->hop));
	o->wscale = s->syn_wscale;
	o->has_wscale = offer ? s->config.window_scale > 0 : !!(c->flags & CONN_WSCALE);
	o->sack_permitted = offer ? s->config.sack : !!(c->flags & CONN_SACK);
	o->has_ts = offer ? s->config.timestamps : !!(c->flags & CONN_TIMESTAMPS);
	o->bad = o->sack_blocks = o->unused = 0;
	o->ts_val = s->now + c->ts_offset;
	o->ts_ecr = offer ? 0 : c->ts_recent;
}

/* RFC 3168 6.1.1: our SYN-ACK agrees, our SYN asks if it is to; the first one only, which may have
 * been dropped for that (6.1.1.1). */
static uint8_t
syn_ecn(const struct tct_conn *c, bool offer)
{
	if (!offer)
		return c->flags & CONN_ECN ? TCP_FLAG_ECE : 0;
	if (c->stack->config.ecn_request && !(c->flags & CONN_SYN_REXMIT))
		return TCP_FLAG_ECE | TCP_FLAG_CWR;
	return 0;
}

/* h and its options to m, which goes out by hop. */
static void
syn_put(struct tcp_stack *s, struct rte_mbuf *m, const struct segment_header *h,
	const struct tcp_options *o, uint16_t hop)
{
	unsigned len = segment_build_options(rte_pktmbuf_mtod(m, uint8_t *), h, o, s->tx_checksum);

	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	if (s->tx_checksum)
		mbuf_offload(s, m, h->tuple, len - segment_header_len(h->tuple, 0), 0);
	tx_put(s->tx, m, hop);
	tcp_count(s, COUNTER_TCP_TX);
}

void
syn_transmit(struct tct_conn *c, uint8_t flags, struct rte_mbuf *m)
{
	struct tcp_stack *s = c->stack;
	bool offer = !(flags & TCP_FLAG_ACK);
	struct tcp_options o;
	struct segment_header h = {
		.tuple = &c->tuple,
		.seq = c->snd_una,
		.ack = offer ? 0 : c->rcv_nxt,
		.wnd = syn_window(s),
		.flags = flags | syn_ecn(c, offer),
		.tos = c->dscp_tx,
		.ttl = s->config.ttl,
	};

	syn_options(c, offer, &o);
	syn_put(s, m, &h, &o, c->hop);
	if (offer)
		return;
	c->flags &= ~CONN_ACK_NOW;
	c->ack_at = TICK_NONE;
}

void
half_open_transmit(struct tcp_stack *s, struct half_open *h)
{
	uint16_t hop = s->route->hop(s->net, &h->tuple.remote, s->now_us);
	struct segment_header sh = {
		.tuple = &h->tuple,
		.seq = h->iss,
		.ack = h->irs + 1,
		.wnd = syn_window(s),
		.flags =
			TCP_FLAG_SYN | TCP_FLAG_ACK | (h->flags & HALF_OPEN_ECN ? TCP_FLAG_ECE : 0),
		.ttl = s->config.ttl,
	};
	struct tcp_options o;
	struct rte_mbuf *m;

	if (hop == HOP_NONE)
		return;
	s->route->hop_release(s->net, hop);
	m = tx_room(s->tx) ? tx_take(s->tx, 1) : NULL;
	if (!m) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		return;
	}
	half_open_syn_ack(s, h, &o);
	o.mss = syn_mss(s, &h->tuple, s->route->hop_mtu(s->net, hop));
	syn_put(s, m, &sh, &o, hop);
	tcp_count(s, COUNTER_SYN_ACK_TX);
}
