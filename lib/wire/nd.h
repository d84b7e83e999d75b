/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbour discovery for IPv6 (RFC 4861): solicitations and advertisements, and those of duplicate
 * address detection (RFC 4862 5.4). Parsing makes every check of RFC 4861 7.1 but the ICMP
 * checksum, which packet_parse() has verified. Building writes the whole IPv6 packet; the Ethernet
 * header is the caller's, with nd_group_mac() for group destinations.
 */
#ifndef TCT_WIRE_ND_H
#define TCT_WIRE_ND_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "../base/tuple.h"

/* IPv6 header, message, one link-layer address option. */
#define ND_PACKET_LEN (40 + 24 + 8)

enum nd_type {
	ND_SOLICIT = 135,
	ND_ADVERT = 136,
};

struct nd {
	uint8_t type; /* enum nd_type */
	bool router;  /* advert only: R, S and O of RFC 4861 4.4 */
	bool solicited;
	bool override;
	bool dad; /* solicit only: from the unspecified address, so somebody tests the target */
	/* If has_mac: the source's (solicit) or the target's (advert) link-layer address */
	bool has_mac;
	struct rte_ether_addr mac;
	struct addr target;
};

/*
 * Parses the ICMPv6 message of len bytes, type included, that came from src to dst. False when it
 * is neither a solicitation nor an advertisement or fails a check: hop limit 255, code 0, 24 bytes,
 * target not multicast, options of no zero length and within the message; a solicitation from ::
 * only to a solicited-node group and without a link-layer address; no solicited advertisement to a
 * group. The target must also be an address of this link's kind: :: and IPv4-mapped ones are
 * refused.
 */
bool nd_parse(struct nd *nd, const uint8_t *msg, unsigned len, const struct addr *src,
	      const struct addr *dst, uint8_t hop_limit);

/*
 * Who has target? From src at mac, to target's solicited-node group, or to dst when it is not NULL
 * (a known neighbour is re-checked by unicast). Returns the length.
 */
unsigned nd_build_solicit(uint8_t out[ND_PACKET_LEN], const struct addr *src,
			  const struct addr *dst, const struct addr *target,
			  const struct rte_ether_addr *mac);

/* Does anybody use target? From ::, without a link-layer address, to target's solicited-node group.
 */
unsigned nd_build_dad(uint8_t out[ND_PACKET_LEN], const struct addr *target);

/*
 * target is at mac. The answer to a solicitation from src: to src with S set, or to all nodes with
 * S clear when src is :: (RFC 4861 7.2.4). With src NULL: unsolicited, to all nodes. O is always
 * set. The source address is target itself.
 */
unsigned nd_build_advert(uint8_t out[ND_PACKET_LEN], const struct addr *target,
			 const struct addr *src, const struct rte_ether_addr *mac);

/* ff02::1 */
struct addr nd_all_nodes(void);

/* ff02::1:ffXX:XXXX, with the last 24 bits of target (RFC 4291 2.7.1). */
struct addr nd_solicited_node(const struct addr *target);

/* 33:33 and the last 32 bits of the group (RFC 2464 7). */
struct rte_ether_addr nd_group_mac(const struct addr *group);

#endif
