/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <stddef.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "bytes.h"

enum tcp_option_kind {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_WSCALE = 3,
	KIND_SACK_PERMITTED = 4,
	KIND_SACK = 5,
	KIND_TIMESTAMPS = 8,
};

enum tcp_option_len {
	LEN_MSS = 4,
	LEN_WSCALE = 3,
	LEN_SACK_PERMITTED = 2,
	LEN_SACK_BLOCK = 8, /* and two bytes before the first */
	LEN_TIMESTAMPS = 10,
};

/* NOP NOP timestamps: how every stack begins a segment without SYN (RFC 7323, appendix A). */
#define TIMESTAMPS_ALIGNED (KIND_NOP << 24 | KIND_NOP << 16 | KIND_TIMESTAMPS << 8 | LEN_TIMESTAMPS)

static void
timestamps_parse(struct tcp_options *o, const uint8_t *values)
{
	o->has_ts = 1;
	o->ts_val = get32(values);
	o->ts_ecr = get32(values + 4);
}

/* One to four blocks (RFC 2018 3). */
static bool
sack_parse(struct tcp_options *o, const uint8_t *option, unsigned len, bool syn)
{
	unsigned blocks = (len - 2) / LEN_SACK_BLOCK;

	if (blocks == 0 || (len - 2) % LEN_SACK_BLOCK != 0)
		return false;
	if (syn)
		return true;
	for (unsigned i = 0; i < blocks; i++) {
		o->sack[i].left = get32(option + 2 + LEN_SACK_BLOCK * i);
		o->sack[i].right = get32(option + 6 + LEN_SACK_BLOCK * i);
	}
	o->sack_blocks = blocks & 7;
	return true;
}

/* One option of len bytes, kind and length included. False when a known one has a wrong length. */
static bool
option_parse(struct tcp_options *o, const uint8_t *option, unsigned len, bool syn)
{
	switch (option[0]) {
	case KIND_MSS:
		if (len != LEN_MSS)
			return false;
		if (syn)
			o->mss = get16(option + 2);
		return true;
	case KIND_WSCALE:
		if (len != LEN_WSCALE)
			return false;
		if (syn) {
			o->has_wscale = 1;
			o->wscale = RTE_MIN(option[2], TCP_WSCALE_MAX);
			o->bad |= option[2] > TCP_WSCALE_MAX; /* RFC 7323 2.3 */
		}
		return true;
	case KIND_SACK_PERMITTED:
		if (len != LEN_SACK_PERMITTED)
			return false;
		o->sack_permitted = syn;
		return true;
	case KIND_SACK:
		return sack_parse(o, option, len, syn);
	case KIND_TIMESTAMPS:
		if (len != LEN_TIMESTAMPS)
			return false;
		timestamps_parse(o, option + 2);
		return true;
	default: /* MUST-6: unknown ones are ignored */
		return true;
	}
}

void
tcp_options_parse(struct tcp_options *o, const uint8_t *bytes, unsigned len, bool syn)
{
	unsigned at = 0;

	memset(o, 0, offsetof(struct tcp_options, sack));
	if (likely(len == 12 && get32(bytes) == TIMESTAMPS_ALIGNED)) {
		timestamps_parse(o, bytes + 4);
		return;
	}
	while (at < len && bytes[at] != KIND_END) {
		unsigned option_len;

		if (bytes[at] == KIND_NOP) {
			at++;
			continue;
		}
		/* MUST-7: an option that is shorter than its own header, or ends behind the header.
		 */
		if (len - at < 2 || bytes[at + 1] < 2 || bytes[at + 1] > len - at) {
			o->bad = 1;
			return;
		}
		option_len = bytes[at + 1];
		if (!option_parse(o, bytes + at, option_len, syn))
			o->bad = 1;
		at += option_len;
	}
}

static uint8_t *
timestamps_build(uint8_t *p, const struct tcp_options *o)
{
	*p++ = KIND_TIMESTAMPS;
	*p++ = LEN_TIMESTAMPS;
	p = put32(p, o->ts_val);
	return put32(p, o->ts_ecr);
}

static uint8_t *
nops_build(uint8_t *p)
{
	*p++ = KIND_NOP;
	*p++ = KIND_NOP;
	return p;
}

/* Together they fill three words; alone, NOPs align either. */
static uint8_t *
sack_permitted_and_timestamps_build(uint8_t *p, const struct tcp_options *o)
{
	if (o->sack_permitted != o->has_ts)
		p = nops_build(p);
	if (o->sack_permitted) {
		*p++ = KIND_SACK_PERMITTED;
		*p++ = LEN_SACK_PERMITTED;
	}
	return o->has_ts ? timestamps_build(p, o) : p;
}

/*
 * As many blocks as fit, the first ones: they are the newest (RFC 2018 4). Not inlined: only
 * receivers with a hole pay for it.
 */
static __rte_noinline uint8_t *
sack_build(uint8_t *p, const struct tcp_options *o, unsigned room)
{
	unsigned blocks = o->sack_blocks;

	if (blocks == 0)
		return p;
	/* The other options, all of them, leave room for two. */
	blocks = RTE_MIN(blocks, (room - 4) / LEN_SACK_BLOCK);
	p = nops_build(p);
	*p++ = KIND_SACK;
	*p++ = (uint8_t)(2 + LEN_SACK_BLOCK * blocks);
	for (unsigned i = 0; i < blocks; i++) {
		p = put32(p, o->sack[i].left);
		p = put32(p, o->sack[i].right);
	}
	return p;
}

unsigned
tcp_options_build(const struct tcp_options *o, uint8_t out[TCP_OPTIONS_MAX])
{
	uint8_t *p = out;

	if (o->mss != 0)
		p = put32(p, KIND_MSS << 24 | LEN_MSS << 16 | o->mss);
	p = sack_permitted_and_timestamps_build(p, o);
	if (o->has_wscale)
		p = put32(p, KIND_NOP << 24 | KIND_WSCALE << 16 | LEN_WSCALE << 8 | o->wscale);
	p = sack_build(p, o, TCP_OPTIONS_MAX - (unsigned)(p - out));
	return (unsigned)(p - out);
}
