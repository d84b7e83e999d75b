/* SPDX-License-Identifier: BSD-3-Clause */
#include "icmp.h"

#include "tcp.h"

#define ICMP_LEN   8u /* before what an error quotes */
#define QUOTED_LEN 8u /* ports and sequence number: what RFC 792 promises */
#define REPLY_TTL  64

enum icmp4_type {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACHABLE = 3,
	ICMP4_SOURCE_QUENCH = 4,
	ICMP4_ECHO_REQUEST = 8,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_PARAMETER_PROBLEM = 12,
};

enum icmp6_type {
	ICMP6_UNREACHABLE = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_PARAMETER_PROBLEM = 4,
	ICMP6_ECHO_REQUEST = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_ND_SOLICIT = 135,
	ICMP6_ND_ADVERT = 136,
};

/*
 * RFC 9293 3.9.2.2: protocol and port unreachable are hard. So, by the same reason as code 1 of
 * ICMPv6, are the three that say "prohibited" (RFC 1812 5.2.7.1). Whatever else there may be is
 * soft.
 */
static uint8_t
unreachable4_class(uint8_t code)
{
	switch (code) {
	case 4: /* fragmentation needed */
		return ICMP_TOO_BIG;
	case 2:	 /* protocol */
	case 3:	 /* port */
	case 9:	 /* network prohibited */
	case 10: /* host prohibited */
	case 13: /* communication prohibited */
		return ICMP_HARD;
	default:
		return ICMP_SOFT;
	}
}

/* Codes 5 and 6 are cases of code 1 (RFC 4443 3.1). */
static uint8_t
unreachable6_class(uint8_t code)
{
	switch (code) {
	case 1: /* prohibited */
	case 4: /* port */
	case 5: /* source address failed policy */
	case 6: /* reject route */
		return ICMP_HARD;
	default:
		return ICMP_SOFT;
	}
}

static uint8_t
icmp4_class(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP4_ECHO_REQUEST:
		return ICMP_ECHO_REQUEST;
	case ICMP4_UNREACHABLE:
		return unreachable4_class(code);
	case ICMP4_SOURCE_QUENCH:
		return ICMP_SOURCE_QUENCH;
	case ICMP4_TIME_EXCEEDED:
	case ICMP4_PARAMETER_PROBLEM:
		return ICMP_SOFT;
	default:
		return ICMP_IGNORED;
	}
}

static uint8_t
icmp6_class(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP6_ECHO_REQUEST:
		return ICMP_ECHO_REQUEST;
	case ICMP6_ND_SOLICIT:
	case ICMP6_ND_ADVERT:
		return ICMP_ND;
	case ICMP6_UNREACHABLE:
		return unreachable6_class(code);
	case ICMP6_TOO_BIG:
		return ICMP_TOO_BIG;
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER_PROBLEM:
		return ICMP_SOFT;
	default:
		return ICMP_IGNORED;
	}
}

static void
quoted_tcp(struct icmp *i, const uint8_t *tcp)
{
	i->tuple.local_port = load16(tcp);
	i->tuple.remote_port = load16(tcp + 2);
	i->seq = get32(tcp + 4);
}

/* The packet quoted is one of this endpoint's own: it is no fragment and has no extension headers.
 */
static uint8_t
quoted_ip4(struct icmp *i, const uint8_t *ip, unsigned len)
{
	struct fragment fragment;
	unsigned ip_len;

	if (len < IP4_LEN)
		return ICMP_MALFORMED;
	ip_len = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || ip_len < IP4_LEN || len < ip_len + QUOTED_LEN)
		return ICMP_MALFORMED;
	fragment = fragment_of_ip4(ip);
	if (fragment.proto != IPPROTO_TCP || fragment.offset != 0)
		return ICMP_FOREIGN;
	i->tuple.local = addr_from_ip4(load32(ip + 12));
	i->tuple.remote = addr_from_ip4(load32(ip + 16));
	quoted_tcp(i, ip + ip_len);
	return i->class;
}

static uint8_t
quoted_ip6(struct icmp *i, const uint8_t *ip, unsigned len)
{
	if (len < IP6_LEN + QUOTED_LEN || ip[0] >> 4 != 6)
		return ICMP_MALFORMED;
	if (ip[6] != IPPROTO_TCP || ip6_is_mapped(ip + 8) || ip6_is_mapped(ip + 24))
		return ICMP_FOREIGN;
	i->tuple.local = addr_from_ip6(ip + 8);
	i->tuple.remote = addr_from_ip6(ip + 24);
	quoted_tcp(i, ip + IP6_LEN);
	return i->class;
}

void
icmp_parse(struct icmp *i, const uint8_t *b, unsigned len, uint8_t ip_version)
{
	bool ip4 = ip_version == 4;

	*i = (struct icmp){.class = ICMP_MALFORMED, .ip_version = ip_version};
	if (len < ICMP_LEN)
		return;
	i->type = b[0];
	i->code = b[1];
	i->class = ip4 ? icmp4_class(b[0], b[1]) : icmp6_class(b[0], b[1]);
	if (i->class == ICMP_TOO_BIG)
		i->mtu = ip4 ? get16(b + 6) : get32(b + 4);
	if (i->class >= ICMP_SOFT)
		i->class = ip4 ? quoted_ip4(i, b + ICMP_LEN, len - ICMP_LEN)
			       : quoted_ip6(i, b + ICMP_LEN, len - ICMP_LEN);
}

static uint8_t *
ip4_put(uint8_t *p, uint8_t tos, uint16_t total_len, rte_be32_t src, rte_be32_t dst)
{
	uint16_t checksum;

	put32(p, 0x45u << 24 | (uint32_t)tos << 16 | total_len);
	put32(p + 4, IP4_DONT_FRAGMENT);
	put32(p + 8, REPLY_TTL << 24 | IPPROTO_ICMP << 16);
	memcpy(p + 12, &src, sizeof(src));
	memcpy(p + 16, &dst, sizeof(dst));
	checksum = (uint16_t)~csum_fold(ip4_header_sum(p, IP4_LEN));
	memcpy(p + 10, &checksum, sizeof(checksum));
	return p + IP4_LEN;
}

/*
 * RFC 1624: what the message's sum loses and gains. 0 is sent as its equal 0xffff: with nothing but
 * zeros in the rest of the reply, 0 would be wrong.
 */
static void
echo_turn(uint8_t *msg, uint8_t reply_type, uint64_t lost, uint64_t gained)
{
	uint64_t sum = (uint16_t)~load16(msg + 2);
	uint16_t checksum;

	lost = csum_add(lost, load16(msg));
	msg[0] = reply_type;
	gained = csum_add(gained, load16(msg));
	sum = csum_add(csum_add(sum, (uint16_t)~csum_fold(lost)), gained);
	checksum = (uint16_t)~csum_fold(sum);
	if (checksum == 0)
		checksum = UINT16_MAX;
	memcpy(msg + 2, &checksum, sizeof(checksum));
}

/* The type of service is the request's (RFC 1349 5.1), without the congestion bits. */
static void
echo_turn_ip4(uint8_t *ip, const struct packet *p, const struct addr *local)
{
	uint8_t *msg = ip4_put(ip, p->ip_tos & 0xfc, (uint16_t)(IP4_LEN + p->payload_len),
			       local->w32[3], p->tuple.remote.w32[3]);

	echo_turn(msg, ICMP4_ECHO_REPLY, 0, 0);
}

/* The request may have been for a group: then its pseudo-header had another address. */
static void
echo_turn_ip6(uint8_t *ip, const struct packet *p, const struct addr *local)
{
	uint8_t *msg = ip6_put(ip, p->ip_tos & 0xfc, (uint16_t)p->payload_len, IPPROTO_ICMPV6,
			       REPLY_TTL, local, &p->tuple.remote);

	echo_turn(msg, ICMP6_ECHO_REPLY, csum_bytes(0, &p->tuple.local, sizeof(p->tuple.local)),
		  csum_bytes(0, local, sizeof(*local)));
}

bool
icmp_echo_reply(struct rte_mbuf *m, const struct packet *p, const struct addr *local,
		const struct l2_header *l2)
{
	uint16_t ip_len = p->ip_version == 4 ? IP4_LEN : IP6_LEN;
	uint16_t headers = l2->len + ip_len;
	uint8_t *frame;

	if (p->payload_off + ICMP_LEN > m->data_len ||
	    headers > p->payload_off + rte_pktmbuf_headroom(m))
		return false;
	rte_pktmbuf_adj(m, p->payload_off);
	frame = (uint8_t *)rte_pktmbuf_prepend(m, headers);
	put_bytes(frame, l2->bytes, l2->len);
	if (p->ip_version == 4)
		echo_turn_ip4(frame + l2->len, p, local);
	else
		echo_turn_ip6(frame + l2->len, p, local);
	m->l2_len = l2->len;
	m->l3_len = ip_len;
	m->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	return true;
}
