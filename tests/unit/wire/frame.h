/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for tests, made byte by byte and summed 16 bits at a time, so that nothing of lib/wire
 * vouches for itself. A frame is made right; a test bends what it is about, and calls
 * frame_lengths() or frame_sums() to make the rest right again.
 */
#ifndef TCT_TESTS_FRAME_H
#define TCT_TESTS_FRAME_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../fake_mbuf.h"

#define PROTO_ICMP  1
#define PROTO_TCP   6
#define PROTO_ICMP6 58

struct frame {
	uint8_t b[2048];
	unsigned len;
	unsigned ip;   /* where the IP header begins */
	unsigned ext;  /* where IPv4 options or IPv6 extension headers begin */
	unsigned l4;   /* where TCP or ICMP begins */
	uint8_t proto; /* of that */
	bool ip6;
};

/* 02:00:00:00:00:01 is the receiver, :02 the sender; 192.0.2.1 and 2001:db8::1, .2 and ::2. */
static const uint8_t frame_macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
static const uint8_t frame_ip4[20] = {
	0x45, 0x28, 0, 0, 0x12, 0x34, 0x40, 0, 57, 0, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1,
};
static const uint8_t frame_ip6[40] = {
	0x62, 0x80, 0x12, 0x34, 0, 0, 0, 57, /* traffic class 0x28, flow label 0x01234 */
	0x20, 1,    0x0d, 0xb8, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 2,
	0x20, 1,    0x0d, 0xb8, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 1,
};
static const uint8_t frame_tcp[20] = {
	0x12, 0x34, 0, 80, 1, 2, 3, 4, 0x85, 6, 7, 8, 0x50, 0x18, 0xfe, 0xdc, 0, 0, 0x11, 0x22,
};

static inline void
frame_put16(struct frame *f, unsigned at, unsigned value)
{
	f->b[at] = (uint8_t)(value >> 8);
	f->b[at + 1] = (uint8_t)value;
}

static inline unsigned
frame_get16(const struct frame *f, unsigned at)
{
	return (unsigned)f->b[at] << 8 | f->b[at + 1];
}

static inline void
frame_append(struct frame *f, const void *bytes, unsigned len)
{
	assert(f->len + len <= sizeof(f->b));
	if (len > 0)
		memcpy(f->b + f->len, bytes, len);
	f->len += len;
}

/* The sum as RFC 1071 has it, word for word, from even offsets. */
static inline uint32_t
naive_sum(uint32_t sum, const uint8_t *p, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Sets the IP lengths to what there is. */
static inline void
frame_lengths(struct frame *f)
{
	if (f->ip6)
		frame_put16(f, f->ip + 4, f->len - f->ip - 40);
	else
		frame_put16(f, f->ip + 2, f->len - f->ip);
}

static inline void
frame_sum_ip4(struct frame *f)
{
	unsigned len = (f->b[f->ip] & 15u) * 4;

	frame_put16(f, f->ip + 10, 0);
	frame_put16(f, f->ip + 10, naive_sum(0, f->b + f->ip, len) ^ 0xffff);
}

/* The sum of the pseudo-header; 0 for ICMP, which has none. */
static inline uint32_t
frame_pseudo_sum(const struct frame *f, unsigned len)
{
	if (f->ip6)
		return naive_sum(f->proto + len, f->b + f->ip + 8, 32);
	return f->proto == PROTO_ICMP ? 0 : naive_sum(f->proto + len, f->b + f->ip + 12, 8);
}

/* The checksum of what there is behind f->l4. */
static inline void
frame_sum_l4(struct frame *f)
{
	unsigned at = f->l4 + (f->proto == PROTO_TCP ? 16 : 2), len = f->len - f->l4;

	if (at + 2 > f->len)
		return;
	frame_put16(f, at, 0);
	frame_put16(f, at, naive_sum(frame_pseudo_sum(f, len), f->b + f->l4, len) ^ 0xffff);
}

static inline void
frame_sums(struct frame *f)
{
	if (!f->ip6)
		frame_sum_ip4(f);
	frame_sum_l4(f);
}

/* Ethernet and IP header, then ext: IPv4 options, or extension headers of which the first is next.
 */
static inline void
frame_begin(struct frame *f, bool ip6, uint8_t proto, const void *ext, unsigned ext_len,
	    uint8_t next)
{
	memset(f, 0, sizeof(*f));
	f->ip6 = ip6;
	f->proto = proto;
	frame_append(f, frame_macs, sizeof(frame_macs));
	frame_append(f, ip6 ? "\x86\xdd" : "\x08\x00", 2);
	f->ip = f->len;
	frame_append(f, ip6 ? frame_ip6 : frame_ip4, ip6 ? 40 : 20);
	f->ext = f->len;
	frame_append(f, ext, ext_len);
	f->l4 = f->len;
	if (ip6) {
		f->b[f->ip + 6] = ext_len > 0 ? next : proto;
	} else {
		f->b[f->ip] = (uint8_t)(0x45 + ext_len / 4);
		f->b[f->ip + 9] = proto;
	}
}

static inline void
frame_end(struct frame *f)
{
	frame_lengths(f);
	frame_sums(f);
}

/* A TCP segment with options (a multiple of 4 bytes) and payload. */
static inline struct frame
frame_of_tcp(bool ip6, const void *options, unsigned options_len, const void *payload,
	     unsigned payload_len)
{
	struct frame f;

	frame_begin(&f, ip6, PROTO_TCP, NULL, 0, 0);
	frame_append(&f, frame_tcp, sizeof(frame_tcp));
	f.b[f.l4 + 12] = (uint8_t)((20 + options_len) << 2);
	frame_append(&f, options, options_len);
	frame_append(&f, payload, payload_len);
	frame_end(&f);
	return f;
}

/* The same behind IPv4 options or IPv6 extension headers. */
static inline struct frame
frame_of_tcp_behind(bool ip6, const void *ext, unsigned ext_len, uint8_t next)
{
	struct frame f;

	frame_begin(&f, ip6, PROTO_TCP, ext, ext_len, next);
	frame_append(&f, frame_tcp, sizeof(frame_tcp));
	frame_append(&f, "payload", 7);
	frame_end(&f);
	return f;
}

static inline struct frame
frame_of_icmp(bool ip6, const void *message, unsigned len)
{
	struct frame f;

	frame_begin(&f, ip6, ip6 ? PROTO_ICMP6 : PROTO_ICMP, NULL, 0, 0);
	frame_append(&f, message, len);
	frame_end(&f);
	return f;
}

/* Puts an 802.1Q tag in. */
static inline void
frame_tag(struct frame *f, unsigned tci)
{
	memmove(f->b + 16, f->b + 12, f->len - 12);
	f->len += 4;
	f->ip += 4;
	f->ext += 4;
	f->l4 += 4;
	frame_put16(f, 12, 0x8100);
	frame_put16(f, 14, tci);
}

#endif
