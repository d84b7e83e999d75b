/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The door. Headers are read where they lie, in the first segment of the mbuf. A chain whose first
 * segment ends within them is rare and legal: it is parsed again from a copy of its first bytes. So
 * a frame means the same however it is cut. Plain segments have a short cut: plain.h.
 */
#include "packet.h"

#include "arp.h"
#include "plain.h"

#define ICMP_LEN_MIN 8

/* No header that is accepted ends further from the start of the frame. */
#define HEADERS_MAX (ETH_VLAN_LEN + IP6_HEADERS_MAX + TCP_LEN_MAX)

static_assert(IP4_LEN_MAX <= IP6_HEADERS_MAX, "HEADERS_MAX holds for both versions");

static enum counter
arp_check(struct packet *p, const struct view *v)
{
	p->kind = PACKET_ARP;
	return v->frame_len < p->l2_len + ARP_LEN ? COUNTER_DROP_SHORT_FRAME : COUNTER_NONE;
}

/* NICs do not look at these; there are few. */
static enum counter
icmp_check(const struct packet *p, const struct view *v, const struct rte_mbuf *m)
{
	const uint8_t *ip = v->bytes + p->l2_len;
	uint64_t sum = 0;

	if (p->payload_len < ICMP_LEN_MIN)
		return COUNTER_DROP_ICMP;
	if (p->kind == PACKET_ICMP6)
		return checksum_good(m, p->payload_off, p->payload_len, ip6_address_sum(ip),
				     IPPROTO_ICMPV6)
			       ? COUNTER_NONE
			       : COUNTER_DROP_ICMP;
	if (!csum_mbuf(&sum, m, p->payload_off, p->payload_len) || csum_fold(sum) != UINT16_MAX)
		return COUNTER_DROP_ICMP;
	return COUNTER_NONE;
}

static __rte_always_inline enum counter
parse(struct packet *p, const struct view *v, const struct rte_mbuf *m,
      const struct packet_filter *f)
{
	uint16_t type;
	enum counter why = eth_parse(p, v, m, f, &type);

	if (unlikely(why != COUNTER_NONE))
		return why;
	if (likely(type == ETH_TYPE_IP4))
		why = ip4_parse(p, v, m->ol_flags);
	else if (type == ETH_TYPE_IP6)
		why = ip6_parse(p, v);
	else if (type == ETH_TYPE_ARP)
		return arp_check(p, v);
	else
		return COUNTER_DROP_ETHERTYPE;
	if (unlikely(why != COUNTER_NONE))
		return why;
	if (likely(p->kind == PACKET_TCP))
		return tcp_parse(p, v, m);
	return p->kind == PACKET_FRAGMENT ? COUNTER_NONE : icmp_check(p, v, m);
}

static __rte_noinline enum counter
parse_copy(struct packet *p, const struct rte_mbuf *m, const struct packet_filter *f)
{
	uint8_t copy[HEADERS_MAX];
	struct view v = {
		.bytes = copy,
		.len = RTE_MIN(m->pkt_len, HEADERS_MAX),
		.frame_len = m->pkt_len,
	};
	const void *bytes = rte_pktmbuf_read(m, 0, v.len, copy);

	if (bytes == NULL)
		return COUNTER_DROP_SHORT_FRAME;
	v.bytes = bytes;
	return parse(p, &v, m, f);
}

/* The frame ends after len bytes; what hangs on the segment where it does goes back to the pool. */
static __rte_noinline void
trim_chain(struct rte_mbuf *m, uint32_t len)
{
	struct rte_mbuf *last = m;
	uint16_t segments = 1;

	m->pkt_len = len;
	for (; len > last->data_len; segments++) {
		len -= last->data_len;
		last = last->next;
	}
	last->data_len = (uint16_t)len;
	rte_pktmbuf_free(last->next);
	last->next = NULL;
	m->nb_segs = segments;
}

static __rte_always_inline void
trim(struct rte_mbuf *m, uint32_t len)
{
	if (likely(m->pkt_len == len))
		return;
	if (likely(m->nb_segs == 1))
		m->pkt_len = m->data_len = (uint16_t)len;
	else
		trim_chain(m, len);
}

static __rte_noinline void
parse_any(struct packet *p, struct rte_mbuf *m, const struct packet_filter *f)
{
	struct view v = {
		.bytes = rte_pktmbuf_mtod(m, const uint8_t *),
		.len = RTE_MIN(m->data_len, HEADERS_MAX),
		.frame_len = m->pkt_len,
	};
	enum counter why = parse(p, &v, m, f);

	if (unlikely(why != COUNTER_NONE && m->nb_segs > 1 && m->data_len < HEADERS_MAX))
		why = parse_copy(p, m, f);
	p->mbuf = m;
	p->port = f->port;
	p->why = (uint16_t)why;
	if (unlikely(why != COUNTER_NONE))
		p->kind = PACKET_DROP;
	else if (p->kind != PACKET_ARP)
		trim(m, p->payload_off + p->payload_len);
}

/* A function of its own: among all that receives a burst there are no registers left for it. */
__rte_noinline uint64_t
packet_parse_burst(struct packet packets[], struct rte_mbuf *const mbufs[], unsigned n,
		   const struct packet_filter *f)
{
	const struct packet *end = packets + n;
	struct plain_filter plain = plain_filter(f);
	uint64_t bytes = 0;

	for (struct packet *p = packets; p < end; p++, mbufs++) {
		bytes += (*mbufs)->pkt_len;
		if (unlikely(!plain_parse(p, *mbufs, &plain)))
			parse_any(p, *mbufs, f);
	}
	return bytes;
}

void
packet_parse(struct packet *p, struct rte_mbuf *m, const struct packet_filter *f)
{
	packet_parse_burst(p, &m, 1, f);
}
