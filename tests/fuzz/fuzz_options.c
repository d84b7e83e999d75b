/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any option bytes, in segments with and without SYN. Input: one byte whose lowest bit is SYN, then
 * up to 40 bytes of options.
 */
#include "../unit/wire/frame.h"
#include "fuzz.h"
#include "wire/options.h"

/* From a buffer of exactly this size, so that a sanitizer sees the byte behind. */
static struct tcp_options
parse(const uint8_t *bytes, unsigned len, bool syn)
{
	struct tcp_options o;
	uint8_t *exact = malloc(len > 0 ? len : 1);

	CHECK(exact != NULL);
	memset(&o, 0, sizeof(o));
	memcpy(exact, bytes, len);
	tcp_options_parse(&o, exact, len, syn);
	free(exact);
	return o;
}

static void
check_sane(const struct tcp_options *o, bool syn)
{
	CHECK(o->sack_blocks <= TCP_SACK_BLOCKS_MAX);
	CHECK(o->wscale <= TCP_WSCALE_MAX);
	CHECK(o->has_wscale || o->wscale == 0);
	CHECK(o->has_ts || (o->ts_val == 0 && o->ts_ecr == 0));
	if (syn)
		CHECK(o->sack_blocks == 0);
	else
		CHECK(o->mss == 0 && !o->has_wscale && !o->sack_permitted);
}

/* NOPs in front change nothing; the common form must not be a special case. */
static void
check_shifted(const struct tcp_options *o, const uint8_t *bytes, unsigned len, bool syn)
{
	uint8_t shifted[TCP_OPTIONS_MAX];
	struct tcp_options again;

	if (len >= TCP_OPTIONS_MAX)
		return;
	shifted[0] = 1;
	memcpy(shifted + 1, bytes, len);
	again = parse(shifted, len + 1, syn);
	CHECK(memcmp(&again, o, sizeof(again)) == 0);
}

/* What was read can be written, and reads the same. Of SACK blocks as many as fit. */
static void
check_rebuilt(const struct tcp_options *o, bool syn)
{
	uint8_t out[TCP_OPTIONS_MAX];
	unsigned len = tcp_options_build(o, out);
	struct tcp_options again, wanted = *o;

	CHECK(len <= TCP_OPTIONS_MAX && len % 4 == 0);
	again = parse(out, len, syn);
	wanted.bad = 0;
	if (o->has_ts && o->sack_blocks == TCP_SACK_BLOCKS_MAX)
		wanted.sack_blocks = 3;
	CHECK(memcmp(&again, &wanted, offsetof(struct tcp_options, sack)) == 0);
	CHECK(memcmp(again.sack, wanted.sack, again.sack_blocks * sizeof(again.sack[0])) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	bool syn = fuzz_byte(&in) & 1;
	unsigned len = RTE_MIN(in.size, (size_t)TCP_OPTIONS_MAX);
	struct tcp_options o = parse(in.data, len, syn);

	check_sane(&o, syn);
	check_shifted(&o, in.data, len, syn);
	check_rebuilt(&o, syn);
	return 0;
}
