/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers written: Ethernet, ARP, IPv4, IPv6, TCP. Pure functions into a caller's buffer, which is
 * large enough by its size constant.
 */
#ifndef TCT_WIRE_BUILD_H
#define TCT_WIRE_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "../base/tuple.h"
#include "options.h"

#define L2_LEN_MAX 18 /* Ethernet and one 802.1Q tag */

/* A ready Ethernet header: 14 bytes, or 18 with a VLAN tag. */
struct l2_header {
	uint8_t bytes[L2_LEN_MAX];
	uint8_t len;
};

void l2_build(struct l2_header *h, const struct rte_ether_addr *dst,
	      const struct rte_ether_addr *src, uint16_t vlan, uint16_t ethertype);

/* Copies all of h->bytes, in pieces as l2_build() has stored them: others would wait for it. */
static inline void
l2_put(uint8_t *out, const struct l2_header *h)
{
	memcpy(out, h->bytes, 8);
	memcpy(out + 8, h->bytes + 8, 4);
	for (unsigned at = 12; at < L2_LEN_MAX; at += 2)
		memcpy(out + at, h->bytes + at, 2);
}

/*
 * One packet that a port cuts up into TCP segments (TSO): many enough for the cost of a packet to
 * be shared, and no more than net_tap has buffers to make of it (128, up to 3 for a segment); at
 * most what IP's length leaves. Its own buffers: no data room is smaller than 2048, and the headers
 * take a part of the first.
 */
#define TSO_BYTES	   32768
#define TSO_BYTES_MAX	   65000
#define TSO_SEGMENTS	   32
#define TSO_SEGMENTS_MAX   64
#define TSO_BUFFERS(bytes) ((bytes) / 2048u + 1)

/* Buffers of a packet whose payload is not copied (lib/tcp/lend.c), that of the headers included:
 * any device with chains takes so many, and few take more of one that they cut up. */
#define LENT_BUFFERS	     4
#define LENT_TSO_BUFFERS     40
#define LENT_TSO_BUFFERS_MAX 64 /* where nothing but memory has to take them */

/* A TCP segment's headers, IP included. */
struct segment_header {
	const struct tuple *tuple; /* local is the source */
	uint32_t seq;
	uint32_t ack;
	uint16_t wnd; /* as it goes on the wire */
	uint16_t urgent;
	uint8_t flags;
	uint8_t tos;
	uint8_t ttl;
	uint8_t options_len; /* multiple of 4 */
	const uint8_t *options;
	uint16_t ip_id; /* IPv4 only; DF is always set */
	bool tso;	/* hardware makes several segments of it, and adds each one's length */
	uint32_t payload_len;
	uint64_t pseudo_sum; /* csum_tuple(tuple, 1), precomputed */
};

/* IP header (20 or 40) and TCP header with options. */
#define SEGMENT_HEADER_MAX (40 + 60)

static inline unsigned
segment_header_len(const struct tuple *t, unsigned options_len)
{
	return (addr_is_ip4(&t->local) ? 20 : 40) + 20 + options_len;
}

/*
 * Writes IP and TCP header to out; returns their length. The IPv4 header checksum is complete. The
 * TCP checksum is complete for payload_sum, the unfolded sum of the payload bytes; with offload it
 * is the pseudo-header sum that hardware expects (RTE_MBUF_F_TX_TCP_CKSUM), without the length for
 * h->tso (RTE_MBUF_F_TX_TCP_SEG), and the IPv4 checksum is 0.
 */
unsigned segment_build(uint8_t *out, const struct segment_header *h, uint64_t payload_sum,
		       bool offload);

/*
 * The same of a segment without payload, with the options of o: h has neither options nor
 * pseudo_sum. A SYN's usual ones cost least: MSS, SACK permitted, timestamps and window scale.
 */
unsigned segment_build_options(uint8_t *out, const struct segment_header *h,
			       const struct tcp_options *o, bool offload);

#endif
