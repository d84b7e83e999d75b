/* SPDX-License-Identifier: BSD-3-Clause */
#include "arp.h"

#include "ip4.h"

#define HARDWARE_ETHERNET 1
#define LENGTHS		  (RTE_ETHER_ADDR_LEN << 8 | 4) /* of the two kinds of address */

static const struct rte_ether_addr nobody;

static bool
sender_is_possible(const struct arp *a)
{
	const uint8_t *ip = (const uint8_t *)&a->sender_ip;

	if (!rte_is_valid_assigned_ether_addr(&a->sender_mac))
		return false;
	return ip4_is_source(ip) || arp_is_probe(a);
}

bool
arp_parse(struct arp *a, const uint8_t *b, unsigned len)
{
	if (len < ARP_LEN || get16(b) != HARDWARE_ETHERNET || get16(b + 2) != ETH_TYPE_IP4 ||
	    get16(b + 4) != LENGTHS)
		return false;
	a->op = get16(b + 6);
	memcpy(&a->sender_mac, b + 8, sizeof(a->sender_mac));
	a->sender_ip = load32(b + 14);
	memcpy(&a->target_mac, b + 18, sizeof(a->target_mac));
	a->target_ip = load32(b + 24);
	return (a->op == ARP_REQUEST || a->op == ARP_REPLY) && sender_is_possible(a);
}

unsigned
arp_build(uint8_t out[ARP_LEN], const struct arp *a)
{
	uint8_t *p = out;

	p = put16(p, HARDWARE_ETHERNET);
	p = put16(p, ETH_TYPE_IP4);
	p = put16(p, LENGTHS);
	p = put16(p, a->op);
	p = put_bytes(p, &a->sender_mac, sizeof(a->sender_mac));
	p = put_bytes(p, &a->sender_ip, sizeof(a->sender_ip));
	p = put_bytes(p, &a->target_mac, sizeof(a->target_mac));
	put_bytes(p, &a->target_ip, sizeof(a->target_ip));
	return ARP_LEN;
}

unsigned
arp_build_request(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip,
		  rte_be32_t target)
{
	const struct arp a = {
		.op = ARP_REQUEST,
		.sender_mac = *mac,
		.sender_ip = ip,
		.target_mac = nobody,
		.target_ip = target,
	};

	return arp_build(out, &a);
}

unsigned
arp_build_reply(uint8_t out[ARP_LEN], const struct arp *request, const struct rte_ether_addr *mac)
{
	const struct arp a = {
		.op = ARP_REPLY,
		.sender_mac = *mac,
		.sender_ip = request->target_ip,
		.target_mac = request->sender_mac,
		.target_ip = request->sender_ip,
	};

	return arp_build(out, &a);
}

unsigned
arp_build_announce(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip)
{
	return arp_build_request(out, mac, ip, ip);
}

unsigned
arp_build_probe(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip)
{
	return arp_build_request(out, mac, 0, ip);
}
