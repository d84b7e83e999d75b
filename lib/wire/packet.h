/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One received packet, parsed: what the stages of the poll loop hand to each other.
 *
 * packet_parse() is the only door. It checks Ethernet, VLAN, IPv4 or IPv6 and TCP: every length
 * before it is used, every checksum unless the NIC vouched for it; and finds one reason to drop or
 * none. It is a pure function of the bytes and of struct packet_filter. Sequence numbers, window
 * and lengths are in host byte order; addresses and ports stay as on the wire.
 */
#ifndef TCT_WIRE_PACKET_H
#define TCT_WIRE_PACKET_H

#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "../base/counters.h"
#include "../base/tuple.h"
#include "options.h"

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_ACK 0x10
#define TCP_FLAG_URG 0x20
#define TCP_FLAG_ECE 0x40
#define TCP_FLAG_CWR 0x80

enum packet_kind {
	PACKET_DROP,	 /* packet.why says for what reason */
	PACKET_TCP,	 /* all fields below are set */
	PACKET_ARP,	 /* l2_len is set; 28 bytes follow */
	PACKET_ICMP4,	 /* l2_len, l3_len, ip_*, tuple addresses, payload_*: the ICMP message */
	PACKET_ICMP6,	 /* likewise; ip_ttl is the hop limit */
	PACKET_FRAGMENT, /* l2_len, l3_len (IPv6: to the end of the fragment header), ip_*,
			  * tuple addresses, payload_*: what follows */
};

struct packet {
	struct rte_mbuf *mbuf; /* NULL once somebody took it */
	uint64_t hash;	       /* flow hash, set by the hash stage */

	/* A word that all plain segments of a port and an IP version have in common. */
	uint8_t kind; /* enum packet_kind */
	uint8_t l2_len;
	uint8_t port;	    /* port it came in on, index within the worker */
	uint8_t ip_version; /* 4 or 6 */
	uint16_t why;	    /* enum counter when kind is PACKET_DROP */
	uint16_t l3_len;    /* IP header with options or extension headers */

	uint16_t payload_off; /* from the start of the frame */
	uint8_t ip_tos;	      /* IPv4 TOS or IPv6 traffic class: DSCP and ECN */
	uint8_t ip_ttl;
	uint32_t payload_len; /* TCP payload bytes; may extend over chained mbufs */

	/* Two words of the TCP header, their bytes turned round. */
	uint32_t ack;
	uint32_t seq;
	uint16_t urgent;
	uint16_t checksum;
	uint16_t wnd;  /* as in the header, not scaled */
	uint8_t flags; /* TCP flags */
	uint8_t data_offset;

	struct tuple tuple; /* local = destination of the packet */
	struct tcp_options opt;
};

static_assert(sizeof(struct packet) == 128,
	      "two cache lines: 32 of them stay in the first-level cache");

/* What a port takes and trusts. */
struct packet_filter {
	struct rte_ether_addr mac;
	uint16_t vlan; /* 0: untagged frames; else those of this id, stripped by the NIC or not */
	uint8_t all_macs; /* 1: any destination MAC (in-memory ports, tests) */
	uint8_t port;	  /* for packet.port */
};

/*
 * Parses one frame into *p: writes mbuf, port, kind, why and what the kind promises, never hash.
 * Frames to the filter's MAC, broadcast, and IPv6 multicast (33:33:...) are taken; whether an
 * address is ours is the caller's question. Dropped here is TCP to a group, in the frame or in the
 * IP address (MUST-57, MUST-63), with all else that is IPv4, and IPv6 that is not ICMPv6.
 *
 * ICMP checksums are verified; those of fragments are for whoever has the whole. Checksums that the
 * NIC calls good or none are trusted, bad ones are believed, all others computed. Headers may lie
 * in any segments of a chain, and a frame means the same however it is cut. Padding behind the IP
 * length is trimmed off: segments that held nothing else go back to their pool.
 */
void packet_parse(struct packet *p, struct rte_mbuf *m, const struct packet_filter *f);

/* The same for n frames; returns the bytes that they had before they were trimmed. */
uint64_t packet_parse_burst(struct packet packets[], struct rte_mbuf *const mbufs[], unsigned n,
			    const struct packet_filter *f);

#endif
