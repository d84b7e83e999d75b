/* SPDX-License-Identifier: BSD-3-Clause */
#include "too_big.h"

#include <string.h>

#define QUOTE 120 /* of the packet: more than its headers */

static void
put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static uint32_t
sum(uint32_t from, const uint8_t *b, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		from += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	return from;
}

static void
finish(uint8_t *field, uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	put16(field, ~s & 0xffff);
}

/* len: of the message. */
static void
ip4_make(uint8_t *out, const uint8_t *ip, uint32_t len, uint32_t mtu)
{
	uint8_t *icmp = out + 20;

	memset(out, 0, 28);
	out[0] = 0x45;
	put16(out + 2, 20 + len);
	out[8] = 64;
	out[9] = 1;
	memcpy(out + 12, ip + 16, 4);
	memcpy(out + 16, ip + 12, 4);
	finish(out + 10, sum(0, out, 20));
	icmp[0] = 3;
	icmp[1] = 4;
	put16(icmp + 6, mtu);
	finish(icmp + 2, sum(0, icmp, len));
}

static void
ip6_make(uint8_t *out, const uint8_t *ip, uint32_t len, uint32_t mtu)
{
	uint8_t *icmp = out + 40;

	memset(out, 0, 48);
	out[0] = 0x60;
	put16(out + 4, len);
	out[6] = 58;
	out[7] = 64;
	memcpy(out + 8, ip + 24, 16);
	memcpy(out + 24, ip + 8, 16);
	icmp[0] = 2;
	put16(icmp + 4, mtu >> 16);
	put16(icmp + 6, mtu);
	finish(icmp + 2, sum(sum(58 + len, out + 8, 32), icmp, len));
}

uint32_t
too_big_make(uint8_t out[TOO_BIG_MAX], const uint8_t *frame, uint32_t len, uint32_t l2_len,
	     uint32_t mtu)
{
	const uint8_t *ip = frame + l2_len;
	uint32_t quote = len - l2_len < QUOTE ? len - l2_len : QUOTE;
	uint32_t header;

	if (l2_len < 14 || l2_len > 18 || len < l2_len + 40 || (ip[0] >> 4 != 4 && ip[0] >> 4 != 6))
		return 0;
	header = l2_len + (ip[0] >> 4 == 4 ? 20 : 40);
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, frame, 6);
	memcpy(out + 12, frame + 12, l2_len - 12);
	memcpy(out + header + 8, ip, quote);
	if (ip[0] >> 4 == 4)
		ip4_make(out + l2_len, ip, 8 + quote, mtu);
	else
		ip6_make(out + l2_len, ip, 8 + quote, mtu);
	return header + 8 + quote;
}
