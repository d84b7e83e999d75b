/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The segment that nearly all are, taken at one look: one buffer, no tag, to our own MAC, no IP
 * options or extension headers, no fragment, checksums that are right, options as every stack
 * orders them or any others.
 *
 * plain_parse() takes such a segment, or leaves it to the general way, which says for what reason.
 * It never takes what the general way would not, and fills in the same: unit tests and the fuzzer
 * hold the two against each other, since a frame in two buffers always goes the general way.
 */
#ifndef TCT_WIRE_PLAIN_H
#define TCT_WIRE_PLAIN_H

#include "tcp.h"

#define PLAIN_MIN (ETH_LEN + IP4_LEN + TCP_LEN)

/* A sum of 16-bit words, whole or folded, is that of a good checksum when it is 0 modulo 65535; the
 * compiler makes a multiplication of this. Sums here are never 0 itself. */
static __rte_always_inline bool
csum_is_good(uint64_t sum)
{
	return sum % UINT16_MAX == 0;
}

/* To us alone, with this type; the first octet of the IP header may be looked at together with it.
 */
static __rte_always_inline bool
plain_is_for(const uint8_t *b, const struct packet_filter *f)
{
	uint64_t own;

	memcpy(&own, &f->mac, sizeof(own)); /* and 2 bytes that are shifted out */
	return (load64(b) ^ own) << 16 == 0;
}

/* What has not been looked at is looked at here; what a NIC calls good is; the rest is for others.
 */
static __rte_always_inline bool
plain_flags(uint64_t ol_flags, bool *verify)
{
	const uint64_t all = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK |
			     RTE_MBUF_F_RX_VLAN_STRIPPED;

	*verify = (ol_flags & all) == 0;
	return *verify ||
	       (ol_flags & all) == (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
}

/* NOP NOP timestamps: what stacks send with all but a SYN (RFC 7323, appendix A). */
static __rte_always_inline bool
plain_timestamps(struct tcp_options *o, const uint8_t *b)
{
	if (unlikely(load32(b) != RTE_BE32(0x0101080a)))
		return false;
	memset(o, 0, offsetof(struct tcp_options, sack));
	o->has_ts = 1;
	o->ts_val = get32(b + 4);
	o->ts_ecr = get32(b + 8);
	return true;
}

/* MSS, SACK permitted, timestamps, NOP, window scale: what they send with one. */
static __rte_always_inline bool
plain_syn_options(struct tcp_options *o, const uint8_t *b)
{
	if (unlikely(load16(b) != RTE_BE16(0x0204) || load32(b + 4) != RTE_BE32(0x0402080a) ||
		     (load32(b + 16) ^ RTE_BE32(0x01030300)) & RTE_BE32(0xffffff00)))
		return false;
	memset(o, 0, offsetof(struct tcp_options, sack));
	o->mss = get16(b + 2);
	o->sack_permitted = 1;
	o->has_ts = 1;
	o->ts_val = get32(b + 8);
	o->ts_ecr = get32(b + 12);
	o->has_wscale = 1;
	o->wscale = RTE_MIN(b[19], TCP_WSCALE_MAX);
	return true;
}

static __rte_always_inline void
plain_options(struct tcp_options *o, const uint8_t *b, unsigned len, bool syn)
{
	if (likely(len == 12 && plain_timestamps(o, b)))
		return;
	if (len == 20 && syn && plain_syn_options(o, b))
		return;
	tcp_options_parse(o, b, len, syn);
}

static __rte_always_inline bool
plain_tcp(struct packet *p, const uint8_t *b, unsigned at, uint32_t tcp_len, uint64_t address_sum,
	  bool verify)
{
	const uint8_t *tcp = b + at;
	uint32_t len = (tcp[12] >> 4) * 4u;
	uint32_t ports = load32(tcp);

	if (unlikely(len < TCP_LEN || len > tcp_len))
		return false;
	if (unlikely((uint16_t)ports == 0 || ports >> 16 == 0))
		return false;
	if (verify) {
		uint64_t sum =
			address_sum + rte_cpu_to_be_32((uint32_t)IPPROTO_TCP << 16 | tcp_len);

		if (unlikely(!csum_is_good(csum_bytes(sum, tcp, tcp_len))))
			return false;
	}
	p->kind = PACKET_TCP;
	p->flags = tcp[13];
	p->l2_len = ETH_LEN;
	p->wnd = get16(tcp + 14);
	p->urgent = get16(tcp + 18);
	p->payload_off = (uint16_t)(at + len);
	p->payload_len = tcp_len - len;
	p->seq = get32(tcp + 4);
	p->ack = get32(tcp + 8);
	ports = ports << 16 | ports >> 16; /* local first */
	memcpy(&p->tuple.local_port, &ports, sizeof(ports));
	plain_options(&p->opt, tcp + TCP_LEN, len - TCP_LEN, p->flags & TCP_FLAG_SYN);
	return true;
}

/* Half the sum of a 64-bit word: cannot overflow, and counts the same. */
static __rte_always_inline uint64_t
csum_halves(uint64_t word)
{
	return (uint32_t)word + (word >> 32);
}

static __rte_always_inline bool
plain_ip4(struct packet *p, const uint8_t *b, uint32_t frame_len, bool verify)
{
	const uint8_t *ip = b + ETH_LEN;
	uint32_t total = get16(ip + 2);
	uint64_t addresses = csum_halves(load64(ip + 12));

	if (unlikely(total < IP4_LEN + TCP_LEN || total > frame_len - ETH_LEN))
		return false;
	/* No fragment, and TCP. */
	if (unlikely(((load32(ip + 6) & RTE_BE32(0xbfff00ff)) ^ RTE_BE32(IPPROTO_TCP)) != 0))
		return false;
	/* From a unicast address to one: a few more than these are left to the general way. */
	if (unlikely((uint8_t)(ip[12] - 1) >= 223 || ip[12] == 127 || ip[16] >= 224))
		return false;
	if (verify && unlikely(!csum_is_good(csum_halves(load64(ip)) + load32(ip + 8) + addresses)))
		return false;
	p->ip_version = 4;
	p->ip_tos = ip[1];
	p->ip_ttl = ip[8];
	p->l3_len = IP4_LEN;
	p->tuple.local = addr_from_ip4(load32(ip + 16));
	p->tuple.remote = addr_from_ip4(load32(ip + 12));
	return plain_tcp(p, b, ETH_LEN + IP4_LEN, total - IP4_LEN, addresses, verify);
}

static __rte_always_inline bool
plain_ip6(struct packet *p, const uint8_t *b, uint32_t frame_len, bool verify)
{
	const uint8_t *ip = b + ETH_LEN;
	uint32_t len = get16(ip + 4);
	uint64_t sum;

	if (unlikely(frame_len < ETH_LEN + IP6_LEN + TCP_LEN))
		return false;
	if (unlikely(len < TCP_LEN || len > frame_len - ETH_LEN - IP6_LEN))
		return false;
	/* TCP, between unicast addresses; those that begin with 64 zeros are odd ones. */
	if (unlikely(ip[6] != IPPROTO_TCP || ip[8] == 0xff || ip[24] == 0xff ||
		     load64(ip + 8) == 0 || load64(ip + 24) == 0))
		return false;
	p->ip_version = 6;
	p->ip_tos = (uint8_t)(get16(ip) >> 4);
	p->ip_ttl = ip[7];
	p->l3_len = IP6_LEN;
	p->tuple.local = addr_from_ip6(ip + 24);
	p->tuple.remote = addr_from_ip6(ip + 8);
	sum = csum_halves(load64(ip + 8)) + csum_halves(load64(ip + 16)) +
	      csum_halves(load64(ip + 24)) + csum_halves(load64(ip + 32));
	return plain_tcp(p, b, ETH_LEN + IP6_LEN, len, sum, verify);
}

/* True: *p is all set but for mbuf and why, and the mbuf ends with the segment. */
static __rte_always_inline bool
plain_parse(struct packet *p, struct rte_mbuf *m, const struct packet_filter *f)
{
	const uint8_t *b = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = m->data_len;
	bool verify;

	if (unlikely(len < PLAIN_MIN || len != m->pkt_len || f->vlan))
		return false;
	if (unlikely(!plain_is_for(b, f) || !plain_flags(m->ol_flags, &verify)))
		return false;
	if (likely((load32(b + 12) & RTE_BE32(0xffffff00)) == RTE_BE32(0x08004500))) {
		if (unlikely(!plain_ip4(p, b, len, verify)))
			return false;
	} else if ((load32(b + 12) & RTE_BE32(0xfffff000)) == RTE_BE32(0x86dd6000)) {
		if (unlikely(!plain_ip6(p, b, len, verify)))
			return false;
	} else {
		return false;
	}
	len = p->payload_off + p->payload_len;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	return true;
}

#endif
