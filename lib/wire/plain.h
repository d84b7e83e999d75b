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

/* MSS, SACK permitted, timestamps, NOP, window scale; NOP NOP timestamps (RFC 7323, appendix A). */
#define PLAIN_SYN_OPTIONS 20u
#define PLAIN_TIMESTAMPS  12u

/* What all plain segments of a port have in common. */
struct plain_filter {
	uint64_t mac;	     /* as the 6 higher bytes; 1, which none is: no segment is plain */
	uint64_t common_ip4; /* for packet.kind and the rest of that word */
	uint64_t common_ip6;
};

static_assert(offsetof(struct packet, payload_off) - offsetof(struct packet, kind) == 8 &&
		      offsetof(struct packet, urgent) - offsetof(struct packet, ack) == 8 &&
		      offsetof(struct packet, tuple) - offsetof(struct packet, urgent) == 8,
	      "these are words, and written as such");
static_assert(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN, "the words' fields are in the order of these");

static __rte_always_inline uint64_t
plain_common(const struct packet_filter *f, uint8_t ip_version, uint16_t l3_len)
{
	struct packet p;

	p.kind = PACKET_TCP;
	p.l2_len = ETH_LEN;
	p.port = f->port;
	p.ip_version = ip_version;
	p.why = COUNTER_NONE;
	p.l3_len = l3_len;
	return load64(&p.kind);
}

static __rte_always_inline struct plain_filter
plain_filter(const struct packet_filter *f)
{
	/* With the 2 bytes behind it, which are shifted out. */
	return (struct plain_filter){
		.mac = f->vlan ? 1 : load64(f->mac.addr_bytes) << 16,
		.common_ip4 = plain_common(f, 4, IP4_LEN),
		.common_ip6 = plain_common(f, 6, IP6_LEN),
	};
}

/* A sum of 16-bit words, whole or folded, is that of a good checksum when it is 0 modulo 65535; the
 * compiler makes a multiplication of this. Sums here are never 0 itself. */
static __rte_always_inline bool
csum_is_good(uint64_t sum)
{
	return sum % UINT16_MAX == 0;
}

/* What has not been looked at is looked at here; what a NIC calls good is; the rest is for others.
 */
static __rte_always_inline bool
plain_flags(uint64_t ol_flags, bool *verify)
{
	const uint64_t all = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK |
			     RTE_MBUF_F_RX_VLAN_STRIPPED;

	*verify = (ol_flags & all) == 0;
	return likely(*verify) ||
	       (ol_flags & all) == (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
}

/* Timestamps, and with a SYN what is set otherwise too. The rest is zero. */
static __rte_always_inline void
plain_options_set(struct tcp_options *o, const uint8_t *timestamps, bool syn)
{
	uint64_t values = get64(timestamps);

	memcpy(&o->ts_ecr, &values, sizeof(values));
	o->has_ts = 1;
	o->has_wscale = syn;
	o->sack_permitted = syn;
	o->bad = 0;
	o->sack_blocks = 0;
	o->unused = 0;
}

/* NOP NOP timestamps: what stacks send with all but a SYN. */
static __rte_always_inline bool
plain_timestamps(struct tcp_options *o, const uint8_t *b)
{
	if (unlikely(load32(b) != RTE_BE32(0x0101080a)))
		return false;
	plain_options_set(o, b + 4, false);
	o->mss = 0;
	o->wscale = 0;
	return true;
}

/* What they send with one. */
static __rte_always_inline bool
plain_syn_options(struct tcp_options *o, const uint8_t *b)
{
	if (unlikely(load16(b) != RTE_BE16(0x0204) || load32(b + 4) != RTE_BE32(0x0402080a) ||
		     (load32(b + 16) ^ RTE_BE32(0x01030300)) & RTE_BE32(0xffffff00) ||
		     b[19] > TCP_WSCALE_MAX))
		return false;
	plain_options_set(o, b + 8, true);
	o->mss = get16(b + 2);
	o->wscale = b[19];
	return true;
}

static __rte_always_inline void
plain_options(struct tcp_options *o, const uint8_t *b, unsigned len, bool syn)
{
	if (len == 0) {
		memset(o, 0, offsetof(struct tcp_options, sack));
		return;
	}
	if (len == PLAIN_TIMESTAMPS && plain_timestamps(o, b))
		return;
	if (len == PLAIN_SYN_OPTIONS && syn && plain_syn_options(o, b))
		return;
	tcp_options_parse(o, b, len, syn);
}

/* The addresses lie next to the TCP header, so that pseudo-header and segment are one piece. */
static __rte_always_inline uint64_t
plain_tcp_sum(const uint8_t *ip, unsigned l3_len, unsigned len, uint32_t payload_len)
{
	unsigned addresses = l3_len == IP4_LEN ? 8 : 32;
	const uint8_t *tcp = ip + l3_len;
	uint64_t sum = rte_cpu_to_be_32((uint32_t)IPPROTO_TCP << 16 | (len + payload_len));

	switch (len) {
	case TCP_LEN:
		sum = csum_add(sum + load32(tcp + 16), load64(tcp));
		sum = csum_add(sum, load64(tcp + 8));
		break;
	case TCP_LEN + PLAIN_SYN_OPTIONS:
		sum = csum_add(sum, load64(tcp + 32));
		sum = csum_32(sum, tcp);
		break;
	case TCP_LEN + PLAIN_TIMESTAMPS:
		sum = csum_32(sum, tcp);
		break;
	default:
		return csum_bytes(sum, tcp - addresses, addresses + len + payload_len);
	}
	sum = l3_len == IP4_LEN ? csum_add(sum, load64(ip + 12)) : csum_32(sum, ip + 8);
	return payload_len ? csum_bytes(sum, tcp + len, payload_len) : sum;
}

static __rte_always_inline bool
plain_checksums_good(const uint8_t *ip, unsigned l3_len, unsigned len, uint32_t payload_len)
{
	uint64_t tcp_sum = plain_tcp_sum(ip, l3_len, len, payload_len);

	if (l3_len == IP6_LEN)
		return csum_is_good(tcp_sum);
	return csum_is_good(tcp_sum) && csum_is_good(ip4_header_sum(ip, IP4_LEN));
}

/* Neither is 0; both are in one word. */
static __rte_always_inline bool
plain_ports(uint32_t ports)
{
	return ((ports - 0x00010001) & ~ports & 0x80008000) == 0;
}

/* With a TCP header of len bytes, in a datagram of ip_len. */
static __rte_always_inline bool
plain_segment(struct packet *p, const uint8_t *ip, unsigned l3_len, uint32_t ip_len, unsigned len,
	      uint64_t end_of_header, bool verify)
{
	const uint8_t *tcp = ip + l3_len;
	uint64_t seq_ack = get64(tcp + 4);
	uint32_t ports = load32(tcp);
	int32_t payload_len = (int32_t)ip_len - (int32_t)(l3_len + len);

	if (unlikely(payload_len < 0) || unlikely(!plain_ports(ports)))
		return false;
	if (verify && unlikely(!plain_checksums_good(ip, l3_len, len, (uint32_t)payload_len)))
		return false;
	p->payload_off = (uint16_t)(ETH_LEN + l3_len + len);
	p->payload_len = (uint32_t)payload_len;
	memcpy(&p->ack, &seq_ack, sizeof(seq_ack));
	memcpy(&p->urgent, &end_of_header, sizeof(end_of_header));
	ports = ports << 16 | ports >> 16; /* local first */
	memcpy(&p->tuple.local_port, &ports, sizeof(ports));
	plain_options(&p->opt, tcp + TCP_LEN, len - TCP_LEN,
		      end_of_header & (uint64_t)TCP_FLAG_SYN << 48);
	return true;
}

/* The usual lengths are known to the compiler, which then has no sum to loop over. */
static __rte_always_inline bool
plain_tcp(struct packet *p, const uint8_t *ip, unsigned l3_len, uint32_t ip_len, bool verify)
{
	uint64_t end_of_header = get64(ip + l3_len + 12); /* from the data offset on */
	unsigned len = (unsigned)(end_of_header >> 60) * 4;

	if (likely(len == TCP_LEN + PLAIN_TIMESTAMPS))
		return plain_segment(p, ip, l3_len, ip_len, TCP_LEN + PLAIN_TIMESTAMPS,
				     end_of_header, verify);
	if (len == TCP_LEN + PLAIN_SYN_OPTIONS)
		return plain_segment(p, ip, l3_len, ip_len, TCP_LEN + PLAIN_SYN_OPTIONS,
				     end_of_header, verify);
	if (len == TCP_LEN)
		return plain_segment(p, ip, l3_len, ip_len, TCP_LEN, end_of_header, verify);
	return len > TCP_LEN && plain_segment(p, ip, l3_len, ip_len, len, end_of_header, verify);
}

/* The length of the datagram, which may end before the frame does; 0: it is not plain. */
static __rte_always_inline uint32_t
plain_ip4(struct packet *p, const uint8_t *ip, uint32_t room, bool verify)
{
	uint32_t total = get16(ip + 2);
	uint64_t addresses = load64(ip + 12);

	if (unlikely(total > room))
		return 0;
	/* No fragment, and TCP. */
	if (unlikely(((load32(ip + 6) & RTE_BE32(0xbfff00ff)) ^ RTE_BE32(IPPROTO_TCP)) != 0))
		return 0;
	/* From a unicast address to one: a few more than these are left to the general way. */
	if (unlikely((uint8_t)(ip[12] - 1) >= 223 || ip[12] == 127 || ip[16] >= 224))
		return 0;
	p->ip_tos = ip[1];
	p->ip_ttl = ip[8];
	p->tuple.local = addr_from_ip4((rte_be32_t)(addresses >> 32));
	p->tuple.remote = addr_from_ip4((rte_be32_t)addresses);
	return plain_tcp(p, ip, IP4_LEN, total, verify) ? total : 0;
}

static __rte_always_inline uint32_t
plain_ip6(struct packet *p, const uint8_t *ip, uint32_t room, bool verify)
{
	uint32_t total = IP6_LEN + get16(ip + 4);

	if (unlikely(room < IP6_LEN + TCP_LEN || total > room))
		return 0;
	/* TCP, between unicast addresses; those that begin with 64 zeros are odd ones. */
	if (unlikely(ip[6] != IPPROTO_TCP || ip[8] == 0xff || ip[24] == 0xff ||
		     load64(ip + 8) == 0 || load64(ip + 24) == 0))
		return 0;
	p->ip_tos = (uint8_t)(get16(ip) >> 4);
	p->ip_ttl = ip[7];
	p->tuple.local = addr_from_ip6(ip + 24);
	p->tuple.remote = addr_from_ip6(ip + 8);
	return plain_tcp(p, ip, IP6_LEN, total, verify) ? total : 0;
}

static __rte_always_inline uint32_t
plain_ip(struct packet *p, struct rte_mbuf *m, const uint8_t *b, uint32_t room,
	 const struct plain_filter *f)
{
	bool verify;

	if (unlikely(load64(b) << 16 != f->mac || !plain_flags(m->ol_flags, &verify)))
		return 0;
	p->mbuf = m;
	if (likely((load32(b + 12) & RTE_BE32(0xffffff00)) == RTE_BE32(0x08004500))) {
		memcpy(&p->kind, &f->common_ip4, sizeof(f->common_ip4));
		return plain_ip4(p, b + ETH_LEN, room, verify);
	}
	if ((load32(b + 12) & RTE_BE32(0xfffff000)) == RTE_BE32(0x86dd6000)) {
		memcpy(&p->kind, &f->common_ip6, sizeof(f->common_ip6));
		return plain_ip6(p, b + ETH_LEN, room, verify);
	}
	return 0;
}

/* True: *p is all set, and the mbuf ends with the segment. */
static __rte_always_inline bool
plain_parse(struct packet *p, struct rte_mbuf *m, const struct plain_filter *f)
{
	uint32_t len = m->pkt_len, ip_len;

	if (unlikely(len < PLAIN_MIN || len != m->data_len))
		return false;
	ip_len = plain_ip(p, m, rte_pktmbuf_mtod(m, const uint8_t *), len - ETH_LEN, f);
	if (unlikely(ip_len != len - ETH_LEN)) {
		if (ip_len == 0)
			return false;
		m->data_len = (uint16_t)(ETH_LEN + ip_len);
		m->pkt_len = ETH_LEN + ip_len;
	}
	return true;
}

#endif
