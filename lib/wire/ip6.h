/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv6 received (RFC 8200). The extension headers that any host must step over are walked in ip6.c;
 * the common packet has none. IPv4-mapped addresses are refused: on the wire they mean nothing, and
 * in a tuple they would pass for IPv4.
 */
#ifndef TCT_WIRE_IP6_H
#define TCT_WIRE_IP6_H

#include <netinet/in.h>

#include "checksum.h"
#include "eth.h"

#define IP6_LEN 40u

/* RFC 8504 5.3 lets a host limit them: so many extension headers, in so many bytes with IPv6's. */
#define IP6_EXTENSIONS_MAX 8
#define IP6_HEADERS_MAX	   256u

static __rte_always_inline bool
ip6_is_group(const uint8_t *ip)
{
	return ip[0] == 0xff;
}

static __rte_always_inline bool
ip6_is_unspecified(const uint8_t *ip)
{
	return (load64(ip) | load64(ip + 8)) == 0;
}

static __rte_always_inline bool
ip6_is_loopback(const uint8_t *ip)
{
	return load64(ip) == 0 && load64(ip + 8) == RTE_BE64(1);
}

static __rte_always_inline bool
ip6_is_mapped(const uint8_t *ip)
{
	return load64(ip) == 0 && load32(ip + 8) == ADDR_MAPPED_W32;
}

/*
 * Walks the extension headers that begin with next, behind the fixed header. Sets p->kind (TCP
 * still to be checked), l3_len and payload_*, which begin as if there were none.
 */
enum counter ip6_walk(struct packet *p, const struct view *v, uint8_t next);

/* Duplicate address detection speaks from ::, before it has an address (RFC 4862 5.4.2). */
static __rte_always_inline bool
ip6_is_source(const uint8_t *ip, uint8_t kind)
{
	if (unlikely(load64(ip) == 0))
		return !ip6_is_loopback(ip) && !ip6_is_mapped(ip) &&
		       (kind == PACKET_ICMP6 || !ip6_is_unspecified(ip));
	return !ip6_is_group(ip);
}

/* Only ICMPv6 is addressed to groups, and only groups in a group's frame. */
static __rte_always_inline enum counter
ip6_check(const struct packet *p, const uint8_t *ip, bool group_frame)
{
	bool group = ip6_is_group(ip + 24);

	if (unlikely(!ip6_is_source(ip + 8, p->kind)))
		return COUNTER_DROP_IP_SOURCE;
	if (unlikely(ip6_is_mapped(ip + 24)))
		return COUNTER_DROP_IP_DESTINATION;
	if (unlikely((group || group_frame) && !(group && p->kind == PACKET_ICMP6)))
		return COUNTER_DROP_IP_BROADCAST;
	return COUNTER_NONE;
}

/* As ip4_parse(). */
static __rte_always_inline enum counter
ip6_parse(struct packet *p, const struct view *v)
{
	const uint8_t *ip = v->bytes + p->l2_len;
	enum counter why;

	if (unlikely(v->len < p->l2_len + IP6_LEN))
		return COUNTER_DROP_SHORT_FRAME;
	if (unlikely(ip[0] >> 4 != 6))
		return COUNTER_DROP_IP_VERSION;
	p->ip_version = 6;
	p->ip_tos = (uint8_t)(get16(ip) >> 4);
	p->ip_ttl = ip[7];
	p->l3_len = IP6_LEN;
	p->payload_off = p->l2_len + IP6_LEN;
	p->payload_len = get16(ip + 4);
	if (unlikely(p->payload_len > v->frame_len - p->payload_off))
		return COUNTER_DROP_IP_HEADER;
	p->tuple.local = addr_from_ip6(ip + 24);
	p->tuple.remote = addr_from_ip6(ip + 8);
	p->kind = PACKET_TCP;
	if (unlikely(ip[6] != IPPROTO_TCP)) {
		why = ip6_walk(p, v, ip[6]);
		if (why != COUNTER_NONE)
			return why;
	}
	return ip6_check(p, ip, eth_is_group(v->bytes));
}

/* Writes the fixed header, without a flow label; returns where the payload goes. */
static __rte_always_inline uint8_t *
ip6_put(uint8_t *p, uint8_t tos, uint16_t payload_len, uint8_t proto, uint8_t hop_limit,
	const struct addr *src, const struct addr *dst)
{
	p = put32(p, 6u << 28 | (uint32_t)tos << 20);
	p = put32(p, (uint32_t)payload_len << 16 | (uint32_t)proto << 8 | hop_limit);
	p = put_bytes(p, src, sizeof(*src));
	return put_bytes(p, dst, sizeof(*dst));
}

/* The addresses' share of the pseudo-header. */
static __rte_always_inline uint64_t
ip6_address_sum(const uint8_t *ip)
{
	uint64_t sum = csum_add(load64(ip + 8), load64(ip + 16));

	return csum_add(csum_add(sum, load64(ip + 24)), load64(ip + 32));
}

#endif
