/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP for IPv4 over Ethernet (RFC 826), probes and announcements (RFC 5227). Parses and builds the
 * 28 bytes behind the Ethernet header; who answers, and what is believed, is for lib/net.
 */
#ifndef TCT_WIRE_ARP_H
#define TCT_WIRE_ARP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#define ARP_LEN 28u

enum arp_op {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

struct arp {
	uint16_t op; /* enum arp_op */
	struct rte_ether_addr sender_mac;
	struct rte_ether_addr target_mac; /* zero in a request */
	rte_be32_t sender_ip;		  /* 0 in a probe (RFC 5227 1.1) */
	rte_be32_t target_ip;
};

/*
 * Parses len bytes; false when the packet is short, not of Ethernet and IPv4, of another operation,
 * or claims a sender that no station can be: a group or zero MAC, a group or loopback address.
 */
bool arp_parse(struct arp *a, const uint8_t *bytes, unsigned len);

/* Writes a; returns ARP_LEN. */
unsigned arp_build(uint8_t out[ARP_LEN], const struct arp *a);

/* Who has target? Sent to the broadcast MAC, or to the known one when a neighbour is re-checked. */
unsigned arp_build_request(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip,
			   rte_be32_t target);

/* The answer to request: its target_ip is at mac. Sent to request's sender_mac. */
unsigned arp_build_reply(uint8_t out[ARP_LEN], const struct arp *request,
			 const struct rte_ether_addr *mac);

/*
 * ip is at mac: the announcement of RFC 5227 3, a request for one's own address (gratuitous).
 * Broadcast.
 */
unsigned arp_build_announce(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip);

/* Does anybody use ip? The probe of RFC 5227 1.1: no sender address, so that no cache learns it.
 * Broadcast. */
unsigned arp_build_probe(uint8_t out[ARP_LEN], const struct rte_ether_addr *mac, rte_be32_t ip);

static inline bool
arp_is_probe(const struct arp *a)
{
	return a->op == ARP_REQUEST && a->sender_ip == 0;
}

/* Both addresses the same, in a request or a reply: nobody is asked, everybody is told. */
static inline bool
arp_is_gratuitous(const struct arp *a)
{
	return a->sender_ip == a->target_ip;
}

#endif
