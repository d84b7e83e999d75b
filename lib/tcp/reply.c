/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers that need no conn: SYN-ACK, cookie, RST, the ACK of a half-open or a time-wait.
 *
 * They go back the way the segment came, Ethernet addresses exchanged, and are built in its buffer
 * where that is one piece and ours alone: no allocation, no free, no neighbour.
 */
#include "../wire/build.h"
#include "../wire/segment.h"
#include "internal.h"
#include "syn_ack.h"

/* The buffer of p, taken over and emptied, or a spare one; NULL when there is none. */
static struct rte_mbuf *
reply_buffer(struct tcp_stack *s, struct packet *p, struct l2_header *l2)
{
	struct rte_mbuf *m = p->mbuf;
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	uint16_t vlan = 0;

	if (p->l2_len == L2_LEN_MAX)
		vlan = rte_be_to_cpu_16(((const rte_be16_t *)eth)[7]);
	else if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		vlan = m->vlan_tci;
	l2_build(l2, &eth->src_addr, &eth->dst_addr, vlan & 0xfff,
		 p->ip_version == 4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	if (m->nb_segs != 1 || rte_mbuf_refcnt_read(m) != 1 || !RTE_MBUF_DIRECT(m))
		return tx_take(s->tx, 1);
	p->mbuf = NULL;
	m->ol_flags = 0;
	m->data_off = TX_HEADROOM;
	return m;
}

void
reply_send(struct tcp_stack *s, struct packet *p, const struct reply *r)
{
	static const struct tcp_options none;
	struct segment_header h = {
		.tuple = &p->tuple,
		.seq = r->seq,
		.ack = r->ack,
		.wnd = r->wnd,
		.flags = r->flags,
		.ttl = s->config.ttl,
	};
	struct rte_mbuf *m = NULL;
	struct l2_header l2;
	uint8_t *frame;
	unsigned len;

	if (tx_room(s->tx))
		m = reply_buffer(s, p, &l2);
	if (!m) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		return;
	}
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	l2_put(frame, &l2); /* what is too much is written over */
	len = segment_build_options(frame + l2.len, &h, r->opt ? r->opt : &none, s->tx_checksum);
	m->data_len = (uint16_t)(l2.len + len);
	m->pkt_len = m->data_len;
	if (s->tx_checksum) {
		unsigned ip_len = p->ip_version == 4 ? IP4_LEN : IP6_LEN;

		m->tx_offload = rte_mbuf_tx_offload(l2.len, ip_len, len - ip_len, 0, 0, 0, 0);
		m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM |
			       (p->ip_version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM
						   : RTE_MBUF_F_TX_IPV6);
	}
	tx_put(s->tx, m, HOP(p->port, HOP_REFLECT));
	tcp_count(s, COUNTER_TCP_TX);
}

void
syn_ack_reply(struct tcp_stack *s, struct packet *p, const struct syn_ack *a)
{
	const struct tcp_options o = {
		.mss = a->mss,
		.has_wscale = a->wscale,
		.wscale = s->syn_wscale,
		.sack_permitted = a->sack,
		.has_ts = a->timestamps,
		.ts_val = a->ts_val,
		.ts_ecr = a->ts_ecr,
	};
	const struct reply r = {
		.seq = a->iss,
		.ack = a->irs + 1,
		.wnd = syn_window(s),
		.flags = TCP_FLAG_SYN | TCP_FLAG_ACK | (a->ecn ? TCP_FLAG_ECE : 0),
		.opt = &o,
	};

	reply_send(s, p, &r);
}

void
reply_reset(struct tcp_stack *s, struct packet *p)
{
	struct reply r = {.flags = TCP_FLAG_RST};

	if (p->flags & TCP_FLAG_RST) /* a RST is never answered */
		return;
	if (!rate_limit_take(&s->rst_limit, s->now_us)) {
		tcp_count(s, COUNTER_DROP_TCP_RST_LIMIT);
		return;
	}
	if (p->flags & TCP_FLAG_ACK) {
		r.seq = p->ack;
	} else {
		r.flags |= TCP_FLAG_ACK;
		r.ack = p->seq + p->payload_len + !!(p->flags & TCP_FLAG_SYN) +
			!!(p->flags & TCP_FLAG_FIN);
	}
	tcp_count(s, COUNTER_TCP_RST_TX);
	reply_send(s, p, &r);
}
