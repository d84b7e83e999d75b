/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): what a message means to a TCP endpoint, and the echo reply.
 *
 * Errors are classed as RFC 9293 3.9.2.2 does. The tuple and sequence number are those of the
 * packet that the error quotes; whether a connection sent it is the caller's question (RFC 5927 4:
 * the sequence number must be in flight). Checksums have been verified by packet_parse().
 */
#ifndef TCT_WIRE_ICMP_H
#define TCT_WIRE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "../base/tuple.h"
#include "build.h"
#include "packet.h"

enum icmp_class {
	ICMP_IGNORED,	    /* a type or code that this endpoint has no use for */
	ICMP_MALFORMED,	    /* too short, or quotes something that is no packet */
	ICMP_FOREIGN,	    /* a well-formed error about something else than a TCP segment */
	ICMP_ECHO_REQUEST,  /* answer with icmp_echo_reply() */
	ICMP_ND,	    /* ICMPv6 135, 136: hand to nd_parse() */
	ICMP_SOURCE_QUENCH, /* MUST-55, RFC 6633: ignored. Counted only */
	/* Errors that quote a TCP segment: tuple, seq are set */
	ICMP_SOFT,    /* MUST-56: reported, does not abort */
	ICMP_HARD,    /* SHLD-26: may abort a connection that is being opened */
	ICMP_TOO_BIG, /* path MTU (RFC 1191, RFC 8201): mtu is set */
};

struct icmp {
	uint8_t class; /* enum icmp_class */
	uint8_t type;
	uint8_t code;
	uint8_t ip_version;
	/* ICMP_TOO_BIG: the next hop's, as received, unchecked; 0 from routers older than RFC 1191
	 */
	uint32_t mtu;
	/* Of the quoted segment: host byte order; local is its source, remote its destination */
	uint32_t seq;
	struct tuple tuple;
};

/* How many bytes of a message icmp_parse() may want to see: the rest is payload. */
#define ICMP_PARSE_LEN (8 + 60 + 8)

/*
 * Parses an ICMP (ip_version 4) or ICMPv6 (6) message: len bytes, all of it or at least the first
 * ICMP_PARSE_LEN.
 */
void icmp_parse(struct icmp *i, const uint8_t *bytes, unsigned len, uint8_t ip_version);

/*
 * Makes the echo reply of the request p in its own mbuf m: from local with hop limit 64, behind the
 * link header l2; IPv4 options and IPv6 extension headers are not sent back. The checksums are
 * complete. False, with m untouched, when m's first segment does not hold the headers or has no
 * room for l2. Sets m->l2_len, l3_len and ol_flags so that no offload is asked for.
 */
bool icmp_echo_reply(struct rte_mbuf *m, const struct packet *p, const struct addr *local,
		     const struct l2_header *l2);

#endif
