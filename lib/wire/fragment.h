/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of IPv4 and IPv6 (RFC 791, RFC 8200 4.5): where one belongs. packet_parse() only passes
 * those that can be part of a datagram; putting them together is for lib/net.
 */
#ifndef TCT_WIRE_FRAGMENT_H
#define TCT_WIRE_FRAGMENT_H

#include "bytes.h"
#include "packet.h"

struct fragment {
	uint32_t id;	 /* IPv4: 16 bits */
	uint16_t offset; /* bytes, multiple of 8 */
	bool more;	 /* it is not the last */
	uint8_t proto;	 /* of what follows: IPPROTO_TCP; IPv6: perhaps an extension header */
};

/* The fields of the IPv4 header at ip. */
static inline struct fragment
fragment_of_ip4(const uint8_t *ip)
{
	uint16_t field = get16(ip + 6);

	return (struct fragment){
		.id = get16(ip + 4),
		.offset = (uint16_t)(field << 3),
		.more = field >> 13 & 1,
		.proto = ip[9],
	};
}

/* The fields of the IPv6 fragment header at b, which is the last 8 bytes of packet.l3_len. */
static inline struct fragment
fragment_of_ip6(const uint8_t *b)
{
	uint16_t field = get16(b + 2);

	return (struct fragment){
		.id = get32(b + 4),
		.offset = field & 0xfff8,
		.more = field & 1,
		.proto = b[0],
	};
}

/* Not a datagram of its own. */
static inline bool
fragment_is_part(const struct fragment *f)
{
	return f->more || f->offset != 0;
}

/*
 * All but the last hold a multiple of 8 bytes, none is empty, and none reaches behind 65535 when
 * header_len bytes precede it in the datagram.
 */
static inline bool
fragment_is_sane(const struct fragment *f, uint32_t header_len, uint32_t len)
{
	return len != 0 && (!f->more || len % 8 == 0) && header_len + f->offset + len <= UINT16_MAX;
}

#endif
