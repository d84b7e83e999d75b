/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 received (RFC 791, RFC 1122 3.2.1). Options are stepped over, not acted upon. What came as a
 * group's, in the frame or in the address, is dropped whole: TCP must (MUST-57), and echo requests
 * may be (RFC 1122 3.2.2.6), which denies amplification.
 */
#ifndef TCT_WIRE_IP4_H
#define TCT_WIRE_IP4_H

#include <netinet/in.h>

#include "checksum.h"
#include "eth.h"
#include "fragment.h"

#define IP4_LEN		  20u
#define IP4_LEN_MAX	  60u
#define IP4_DONT_FRAGMENT 0x4000

static __rte_always_inline bool
ip4_is_group(const uint8_t *ip)
{
	return (ip[0] & 0xf0) == 0xe0 || load32(ip) == UINT32_MAX;
}

/* RFC 1122 3.2.1.3: no host has an address of this network, of loopback, or of a group. */
static __rte_always_inline bool
ip4_is_source(const uint8_t *ip)
{
	return ip[0] != 0 && ip[0] != 127 && !ip4_is_group(ip);
}

static __rte_always_inline uint64_t
ip4_header_sum(const uint8_t *ip, unsigned len)
{
	uint64_t sum = csum_add(load64(ip), load64(ip + 8));

	sum = csum_add(sum, load32(ip + 16));
	return likely(len == IP4_LEN) ? sum : csum_bytes(sum, ip + IP4_LEN, len - IP4_LEN);
}

/* CKSUM_NONE means that the field is not right but the data are (virtio): no matter for complaint.
 */
static __rte_always_inline bool
ip4_checksum_good(const uint8_t *ip, unsigned len, uint64_t ol_flags)
{
	switch (ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) {
	case RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN:
		return csum_fold(ip4_header_sum(ip, len)) == UINT16_MAX;
	case RTE_MBUF_F_RX_IP_CKSUM_BAD:
		return false;
	default:
		return true;
	}
}

/* What is left to say when the lengths are known to be sane. */
static __rte_always_inline enum counter
ip4_check(struct packet *p, const uint8_t *ip, bool group)
{
	struct fragment fragment = fragment_of_ip4(ip);

	if (unlikely(!ip4_is_source(ip + 12)))
		return COUNTER_DROP_IP_SOURCE;
	if (unlikely(group || ip4_is_group(ip + 16)))
		return COUNTER_DROP_IP_BROADCAST;
	if (unlikely(ip[9] != IPPROTO_TCP && ip[9] != IPPROTO_ICMP))
		return COUNTER_DROP_IP_PROTOCOL;
	p->kind = ip[9] == IPPROTO_TCP ? PACKET_TCP : PACKET_ICMP4;
	if (unlikely(fragment_is_part(&fragment))) {
		p->kind = PACKET_FRAGMENT;
		if (!fragment_is_sane(&fragment, p->l3_len, p->payload_len))
			return COUNTER_DROP_FRAGMENT;
	}
	return COUNTER_NONE;
}

/*
 * Sets what kind of packet this is (TCP still to be checked), the IP fields, the tuple's addresses,
 * and payload_* to what follows the header.
 */
static __rte_always_inline enum counter
ip4_parse(struct packet *p, const struct view *v, uint64_t ol_flags)
{
	const uint8_t *ip = v->bytes + p->l2_len;
	uint32_t room = v->len - p->l2_len;
	unsigned len, total;

	if (unlikely(room < IP4_LEN))
		return COUNTER_DROP_SHORT_FRAME;
	if (unlikely(ip[0] >> 4 != 4))
		return COUNTER_DROP_IP_VERSION;
	len = (ip[0] & 15u) * 4;
	total = get16(ip + 2);
	if (unlikely(len < IP4_LEN || total < len || total > v->frame_len - p->l2_len))
		return COUNTER_DROP_IP_HEADER;
	if (unlikely(len > room))
		return COUNTER_DROP_SHORT_FRAME;
	if (unlikely(!ip4_checksum_good(ip, len, ol_flags)))
		return COUNTER_DROP_IP_CHECKSUM;
	p->ip_version = 4;
	p->ip_tos = ip[1];
	p->ip_ttl = ip[8];
	p->l3_len = (uint16_t)len;
	p->payload_off = (uint16_t)(p->l2_len + len);
	p->payload_len = total - len;
	p->tuple.local = addr_from_ip4(load32(ip + 16));
	p->tuple.remote = addr_from_ip4(load32(ip + 12));
	return ip4_check(p, ip, eth_is_group(v->bytes));
}

/* The addresses' share of the pseudo-header. */
static __rte_always_inline uint64_t
ip4_address_sum(const uint8_t *ip)
{
	return load64(ip + 12);
}

#endif
