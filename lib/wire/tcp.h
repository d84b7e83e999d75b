/* SPDX-License-Identifier: BSD-3-Clause */
/* The TCP header received (RFC 9293 3.1). What its numbers mean is for lib/tcp. */
#ifndef TCT_WIRE_TCP_H
#define TCT_WIRE_TCP_H

#include "ip4.h"
#include "ip6.h"

#define TCP_LEN	    20u
#define TCP_LEN_MAX 60u

/* The checksum of the len bytes from off with a pseudo-header, less the addresses, is right. */
static __rte_always_inline bool
checksum_good(const struct rte_mbuf *m, uint32_t off, uint32_t len, uint64_t address_sum,
	      uint8_t proto)
{
	uint64_t sum = csum_add(address_sum, rte_cpu_to_be_16((uint16_t)len));

	sum = csum_add(sum, rte_cpu_to_be_16(proto));
	if (likely(off + len <= m->data_len))
		sum = csum_bytes(sum, rte_pktmbuf_mtod_offset(m, const void *, off), len);
	else if (!csum_mbuf(&sum, m, off, len))
		return false;
	return csum_fold(sum) == UINT16_MAX;
}

/* MUST-3, unless the NIC has looked. NONE: the field is not right but the data are (virtio). */
static __rte_always_inline bool
tcp_checksum_good(const struct packet *p, const struct view *v, const struct rte_mbuf *m)
{
	const uint8_t *ip = v->bytes + p->l2_len;

	switch (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) {
	case RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN:
		return checksum_good(m, p->payload_off, p->payload_len,
				     p->ip_version == 4 ? ip4_address_sum(ip) : ip6_address_sum(ip),
				     IPPROTO_TCP);
	case RTE_MBUF_F_RX_L4_CKSUM_BAD:
		return false;
	default:
		return true;
	}
}

static __rte_always_inline void
tcp_fields(struct packet *p, const uint8_t *tcp, unsigned len)
{
	p->tuple.remote_port = load16(tcp);
	p->tuple.local_port = load16(tcp + 2);
	p->seq = get32(tcp + 4);
	p->ack = get32(tcp + 8);
	p->data_offset = tcp[12];
	p->flags = tcp[13];
	p->wnd = get16(tcp + 14);
	p->checksum = get16(tcp + 16);
	p->urgent = get16(tcp + 18);
	tcp_options_parse(&p->opt, tcp + TCP_LEN, len - TCP_LEN, p->flags & TCP_FLAG_SYN);
	p->payload_off += (uint16_t)len;
	p->payload_len -= len;
}

static __rte_always_inline enum counter
tcp_parse(struct packet *p, const struct view *v, const struct rte_mbuf *m)
{
	const uint8_t *tcp = v->bytes + p->payload_off;
	uint32_t room = v->len - p->payload_off;
	unsigned len;

	if (unlikely(p->payload_len < TCP_LEN))
		return COUNTER_DROP_TCP_HEADER;
	if (unlikely(room < TCP_LEN))
		return COUNTER_DROP_SHORT_FRAME;
	len = (tcp[12] >> 4) * 4u;
	if (unlikely(len < TCP_LEN || len > p->payload_len))
		return COUNTER_DROP_TCP_HEADER;
	if (unlikely(len > room))
		return COUNTER_DROP_SHORT_FRAME;
	if (unlikely(!tcp_checksum_good(p, v, m)))
		return COUNTER_DROP_TCP_CHECKSUM;
	if (unlikely(load16(tcp) == 0 || load16(tcp + 2) == 0))
		return COUNTER_DROP_TCP_PORT_ZERO;
	tcp_fields(p, tcp, len);
	return COUNTER_NONE;
}

#endif
