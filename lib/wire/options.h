/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP options: parsed strictly, built aligned. RFC 9293 3.1 and 3.2, RFC 7323, RFC 2018.
 *
 * Parsing never fails: unknown options are skipped by their length, an impossible length ends the
 * parse and sets bad (counted; what came before stands), a known option with a wrong length is
 * skipped and sets bad; so does a shift beyond TCP_WSCALE_MAX, which counts as that.
 */
#ifndef TCT_WIRE_OPTIONS_H
#define TCT_WIRE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define TCP_OPTIONS_MAX	    40
#define TCP_SACK_BLOCKS_MAX 4
#define TCP_WSCALE_MAX	    14 /* RFC 7323 2.3 */

struct tcp_sack_block {
	uint32_t left;	/* host byte order */
	uint32_t right; /* one past the last */
};

struct tcp_options {
	uint32_t ts_ecr; /* host byte order; valid if has_ts. The two are a word turned round */
	uint32_t ts_val;
	uint16_t mss;	/* 0: absent. Only read from SYN segments */
	uint8_t wscale; /* valid if has_wscale; at most TCP_WSCALE_MAX. Only from SYN segments */
	uint8_t has_ts : 1;
	uint8_t has_wscale : 1;
	uint8_t sack_permitted : 1; /* only from SYN segments */
	uint8_t bad : 1;
	uint8_t sack_blocks : 3; /* how many of sack[] are set; a SACK option in a SYN is ignored */
	uint8_t unused : 1;	 /* named, so that who sets all bits sets a byte */
	struct tcp_sack_block sack[TCP_SACK_BLOCKS_MAX];
};

/*
 * Parses len bytes of options (0 to 40). syn: the segment carries SYN. Of an option that comes
 * twice the last one counts. sack[] is written only as far as sack_blocks says.
 */
void tcp_options_parse(struct tcp_options *o, const uint8_t *bytes, unsigned len, bool syn);

/*
 * Writes the options of o that are set (mss, wscale, sack_permitted, ts, sack blocks that fit) to
 * out, padded with NOP to a multiple of 4 the way stacks do; returns the length, at most 40.
 */
unsigned tcp_options_build(const struct tcp_options *o, uint8_t out[TCP_OPTIONS_MAX]);

#endif
