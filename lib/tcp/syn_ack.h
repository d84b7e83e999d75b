/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SYN-ACK that answers a SYN in its own buffer, inline: what half-opens and cookies have in
 * common, and what a flood costs most.
 *
 * Nearly all SYNs ask for the same four options and come in one buffer that is ours alone. What
 * such a one is answered stays in registers until it stands in the frame: what is stored and at
 * once read back in other pieces waits until the store is done. All others go the way of
 * reply_send().
 */
#ifndef TCT_TCP_SYN_ACK_H
#define TCT_TCP_SYN_ACK_H

#include "../wire/eth.h"
#include "../wire/segment.h"
#include "internal.h"

struct syn_ack {
	uint32_t iss;
	uint32_t irs;
	uint32_t ts_val;
	uint32_t ts_ecr;
	uint16_t mss;
	bool wscale; /* options that were asked for and are confirmed */
	bool sack;
	bool timestamps;
	bool ecn;
};

/* Whether the buffer can be the answer's, with an untagged Ethernet header. */
static inline bool
syn_ack_in_place(const struct tcp_stack *s, const struct packet *p)
{
	const struct rte_mbuf *m = p->mbuf;

	return p->l2_len == ETH_LEN && !(m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) &&
	       m->nb_segs == 1 && rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m) &&
	       tx_room(s->tx);
}

/* The header of an answer, which may begin elsewhere than that of the frame it answers. */
static __rte_always_inline void
eth_turn(uint8_t *to, const uint8_t *from, uint16_t type)
{
	uint64_t dst_and_src = load64(from);
	uint64_t first = dst_and_src >> 48 | (uint64_t)load32(from + 8) << 16 | dst_and_src << 48;
	uint32_t second = (uint32_t)(dst_and_src >> 16);

	put16(put_bytes(put_bytes(to, &first, sizeof(first)), &second, sizeof(second)), type);
}

/* With all four options. */
static __rte_always_inline void
syn_ack_put(struct tcp_stack *s, struct packet *p, struct syn_ack a, bool ip4)
{
	const struct tcp_options o = {
		.mss = a.mss,
		.wscale = s->syn_wscale,
		.ts_val = a.ts_val,
		.ts_ecr = a.ts_ecr,
	};
	const struct segment_header h = {
		.tuple = &p->tuple,
		.seq = a.iss,
		.ack = a.irs + 1,
		.wnd = syn_window(s),
		.flags = TCP_FLAG_SYN | TCP_FLAG_ACK | (a.ecn ? TCP_FLAG_ECE : 0),
		.ttl = s->config.ttl,
	};
	struct rte_mbuf *m = p->mbuf;
	const uint8_t *asked = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t *frame = (uint8_t *)m->buf_addr + TX_HEADROOM;
	unsigned ip_len = ip4 ? IP4_LEN : IP6_LEN, len;

	eth_turn(frame, asked, ip4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	len = segment_put_usual(frame + ETH_LEN, &h, &o, ip4, s->tx_checksum);
	m->data_off = TX_HEADROOM;
	m->data_len = (uint16_t)(ETH_LEN + len);
	m->pkt_len = ETH_LEN + len;
	m->ol_flags = 0;
	if (s->tx_checksum) {
		m->tx_offload = rte_mbuf_tx_offload(ETH_LEN, ip_len, len - ip_len, 0, 0, 0, 0);
		m->ol_flags =
			RTE_MBUF_F_TX_TCP_CKSUM |
			(ip4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6);
	}
	p->mbuf = NULL;
	tx_put(s->tx, m, HOP(p->port, HOP_REFLECT));
	tcp_count(s, COUNTER_TCP_TX);
}

static __rte_always_inline void
syn_ack_send(struct tcp_stack *s, struct packet *p, struct syn_ack a)
{
	tcp_count(s, COUNTER_SYN_ACK_TX);
	if (unlikely(!(a.wscale && a.sack && a.timestamps) || !syn_ack_in_place(s, p))) {
		const struct syn_ack stored = a; /* here, and not in the usual case */

		syn_ack_reply(s, p, &stored);
	} else if (likely(p->ip_version == 4))
		syn_ack_put(s, p, a, true);
	else
		syn_ack_put(s, p, a, false);
}

#endif
