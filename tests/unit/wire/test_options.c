/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/options.h"

static struct tcp_options o;

/* From a buffer of exactly this size, so that a sanitizer sees the byte behind. */
static void
parse_bytes(const void *bytes, unsigned len, bool syn)
{
	uint8_t *exact = calloc(1, len + 1);

	memset(&o, 0xff, sizeof(o));
	memcpy(exact + 1, bytes, len);
	tcp_options_parse(&o, exact + 1, len, syn);
	free(exact);
}

#define PARSE(literal)	   parse_bytes(literal, sizeof(literal) - 1, false)
#define PARSE_SYN(literal) parse_bytes(literal, sizeof(literal) - 1, true)

static void
assert_nothing_found(void)
{
	assert_int_equal(o.mss, 0);
	assert_false(o.has_ts);
	assert_false(o.has_wscale);
	assert_false(o.sack_permitted);
	assert_int_equal(o.sack_blocks, 0);
}

static void
finds_nothing_in_nothing(void **state)
{
	(void)state;
	PARSE("");
	assert_nothing_found();
	assert_false(o.bad);
	PARSE_SYN("\x01\x01\x01\x01");
	assert_nothing_found();
	assert_false(o.bad);
}

static void
reads_mss_of_syns(void **state)
{
	(void)state;
	PARSE_SYN("\x02\x04\x05\xb4");
	assert_int_equal(o.mss, 1460);
	assert_false(o.bad);
	PARSE("\x02\x04\x05\xb4");
	assert_nothing_found();
	assert_false(o.bad);
}

static void
reads_window_scale_of_syns(void **state)
{
	(void)state;
	PARSE_SYN("\x03\x03\x07");
	assert_true(o.has_wscale);
	assert_int_equal(o.wscale, 7);
	PARSE_SYN("\x03\x03\x0e");
	assert_int_equal(o.wscale, 14);
	assert_false(o.bad);
	PARSE_SYN("\x03\x03\x0f"); /* RFC 7323 2.3: use 14, and say so */
	assert_int_equal(o.wscale, 14);
	assert_true(o.bad);
	PARSE_SYN("\x03\x03\xff");
	assert_int_equal(o.wscale, 14);
	assert_true(o.bad);
	PARSE("\x03\x03\x07");
	assert_nothing_found();
	assert_false(o.bad);
}

static void
reads_sack_permitted_of_syns(void **state)
{
	(void)state;
	PARSE_SYN("\x04\x02");
	assert_true(o.sack_permitted);
	assert_false(o.bad);
	PARSE("\x04\x02");
	assert_nothing_found();
	assert_false(o.bad);
}

static void
reads_timestamps_wherever_they_stand(void **state)
{
	(void)state;
	for (unsigned syn = 0; syn < 2; syn++) {
		for (unsigned nops = 0; nops <= 30; nops++) {
			uint8_t bytes[40];

			memset(bytes, 1, sizeof(bytes));
			memcpy(bytes + nops, "\x08\x0a\x81\x02\x03\x04\x85\x06\x07\x08", 10);
			parse_bytes(bytes, nops + 10, syn);
			assert_true(o.has_ts);
			assert_int_equal(o.ts_val, 0x81020304);
			assert_int_equal(o.ts_ecr, 0x85060708);
			assert_false(o.bad);
			parse_bytes(bytes, 40, syn);
			assert_int_equal(o.ts_ecr, 0x85060708);
		}
	}
}

/* The shortcut for the common form must not see it where it is not. */
static void
is_not_deceived_by_the_common_form(void **state)
{
	(void)state;
	PARSE("\x01\x01\x08\x0a\0\0\0\1\0\0\0\2\x05\x0a\0\0\0\3\0\0\0\4\1\1");
	assert_int_equal(o.ts_val, 1);
	assert_int_equal(o.sack_blocks, 1);
	PARSE("\x01\x01\x08\x0b\0\0\0\1\0\0\0\2");
	assert_false(o.has_ts);
	assert_true(o.bad);
	PARSE("\x01\x00\x08\x0a\0\0\0\1\0\0\0\2");
	assert_nothing_found();
	assert_false(o.bad);
	PARSE("\x01\x01\x08\x0a\0\0\0\1\0\0\0");
	assert_false(o.has_ts);
	assert_true(o.bad);
}

static void
reads_one_to_four_sack_blocks(void **state)
{
	(void)state;
	for (unsigned blocks = 1; blocks <= 4; blocks++) {
		uint8_t bytes[34] = {5, (uint8_t)(2 + 8 * blocks)};

		for (unsigned i = 0; i < 8 * blocks; i++)
			bytes[2 + i] = (uint8_t)(0x80 + i);
		parse_bytes(bytes, 2 + 8 * blocks, false);
		assert_int_equal(o.sack_blocks, blocks);
		assert_false(o.bad);
		assert_int_equal(o.sack[0].left, 0x80818283);
		assert_int_equal(o.sack[0].right, 0x84858687);
		assert_int_equal(o.sack[blocks - 1].right >> 24, 0x80 + 8 * blocks - 4);
		parse_bytes(bytes, 2 + 8 * blocks, true);
		assert_int_equal(o.sack_blocks, 0);
		assert_false(o.bad);
	}
}

static void
reads_what_linux_sends(void **state)
{
	(void)state;
	PARSE_SYN("\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\7\0\0\0\0\x01\x03\x03\x0a");
	assert_int_equal(o.mss, 1460);
	assert_true(o.sack_permitted);
	assert_true(o.has_ts);
	assert_int_equal(o.ts_val, 7);
	assert_int_equal(o.wscale, 10);
	assert_false(o.bad);
}

static void
the_last_of_two_counts(void **state)
{
	(void)state;
	PARSE_SYN("\x02\x04\x05\xb4\x02\x04\x02\x18");
	assert_int_equal(o.mss, 536);
	PARSE_SYN("\x03\x03\x01\x03\x03\x02");
	assert_int_equal(o.wscale, 2);
}

static void
stops_at_the_end_of_list(void **state)
{
	(void)state;
	PARSE_SYN("\x03\x03\x07\x00\x02\x04\x05\xb4");
	assert_int_equal(o.wscale, 7);
	assert_int_equal(o.mss, 0);
	assert_false(o.bad);
	PARSE_SYN("\x00\xff\xff\xff");
	assert_nothing_found();
	assert_false(o.bad);
}

/* MUST-6 */
static void
skips_unknown_options(void **state)
{
	(void)state;
	for (unsigned kind = 6; kind < 256; kind++) {
		for (unsigned len = 2; len <= 36; len++) {
			uint8_t bytes[40] = {(uint8_t)kind, (uint8_t)len};

			if (kind == 8)
				continue;
			memcpy(bytes + len, "\x02\x04\x05\xb4", 4);
			parse_bytes(bytes, len + 4, true);
			assert_int_equal(o.mss, 1460);
			assert_false(o.bad);
		}
	}
}

/* A known kind of another length is skipped by it, and told. */
static void
skips_known_options_of_wrong_length(void **state)
{
	static const struct {
		uint8_t kind;
		uint64_t right; /* bit n: length n is right */
	} kinds[] = {{2, 1 << 4},
		     {3, 1 << 3},
		     {4, 1 << 2},
		     {5, 1 << 10 | 1 << 18 | 1 << 26 | UINT64_C(1) << 34},
		     {8, 1 << 10}};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned len = 2; len <= 36; len++) {
			uint8_t bytes[40] = {kinds[i].kind, (uint8_t)len, [2] = 1};
			bool right = kinds[i].right >> len & 1;

			memcpy(bytes + len,
			       kinds[i].kind == 2 ? "\x03\x03\x05\x01" : "\x02\x04\1\1", 4);
			parse_bytes(bytes, len + 4, true);
			assert_int_equal(o.bad, !right);
			if (kinds[i].kind == 2)
				assert_int_equal(o.wscale, 5);
			else
				assert_int_equal(o.mss, 257);
			if (!right) {
				assert_false(o.has_ts || o.sack_permitted || o.sack_blocks);
				assert_false(kinds[i].kind == 3 && o.has_wscale);
				assert_false(kinds[i].kind == 2 && o.mss != 0);
			}
		}
	}
}

/* MUST-7: lengths under 2 or over the end stop the parse; what came before stands. */
static void
stops_at_impossible_lengths(void **state)
{
	(void)state;
	for (unsigned kind = 2; kind < 256; kind++) {
		uint8_t bytes[8] = {3, 3, 7, (uint8_t)kind, 0, 2, 4, 5};

		for (unsigned len = 0; len < 256; len++) {
			if (len >= 2 && len <= 5)
				continue;
			bytes[4] = (uint8_t)len;
			parse_bytes(bytes, 8, true);
			assert_true(o.bad);
			assert_true(o.has_wscale);
			assert_int_equal(o.wscale, 7);
			assert_int_equal(o.mss, 0);
		}
		parse_bytes(bytes, 4, true); /* kind without length */
		assert_true(o.bad);
		assert_int_equal(o.wscale, 7);
	}
}

static void
assert_sane(void)
{
	assert_true(o.sack_blocks <= TCP_SACK_BLOCKS_MAX);
	assert_true(!o.has_wscale || o.wscale <= TCP_WSCALE_MAX);
}

static void
survives_anything(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint8_t bytes[40];
		unsigned len = (unsigned)rand() % 41;

		/* Small numbers make more options. */
		for (unsigned at = 0; at < len; at++)
			bytes[at] = (uint8_t)(rand() % (rand() % 4 ? 12 : 256));
		parse_bytes(bytes, len, rand() % 2);
		assert_sane();
	}
}

static unsigned
build(uint8_t out[TCP_OPTIONS_MAX])
{
	uint8_t *exact = malloc(TCP_OPTIONS_MAX);
	unsigned len = tcp_options_build(&o, exact);

	memcpy(out, exact, len);
	free(exact);
	return len;
}

static void
builds_what_stacks_send(void **state)
{
	static const uint8_t syn[] =
		"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\7\0\0\0\x08\x01\x03\x03\x0a";
	static const uint8_t ack[] = "\x01\x01\x08\x0a\0\0\0\7\0\0\0\x08";
	static const uint8_t bare[] = "\x01\x01\x04\x02\x01\x03\x03\x02";
	static const uint8_t sack[] = "\x01\x01\x05\x0a\0\0\0\1\0\0\0\2";
	uint8_t out[TCP_OPTIONS_MAX];

	(void)state;
	memset(&o, 0, sizeof(o));
	assert_int_equal(build(out), 0);
	o = (struct tcp_options){.has_ts = 1, .ts_val = 7, .ts_ecr = 8};
	assert_int_equal(build(out), 12);
	assert_memory_equal(out, ack, 12);
	o.mss = 1460;
	o.sack_permitted = o.has_wscale = 1;
	o.wscale = 10;
	assert_int_equal(build(out), 20);
	assert_memory_equal(out, syn, 20);
	o = (struct tcp_options){.sack_permitted = 1, .has_wscale = 1, .wscale = 2};
	assert_int_equal(build(out), 8);
	assert_memory_equal(out, bare, 8);
	o = (struct tcp_options){.sack_blocks = 1, .sack[0] = {1, 2}};
	assert_int_equal(build(out), 12);
	assert_memory_equal(out, sack, 12);
}

static void
builds_as_many_sack_blocks_as_fit(void **state)
{
	uint8_t out[TCP_OPTIONS_MAX];

	(void)state;
	o = (struct tcp_options){.sack_blocks = 4, .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}};
	assert_int_equal(build(out), 36);
	o.has_ts = 1;
	assert_int_equal(build(out), 12 + 4 + 24);
	parse_bytes(out, 40, false);
	assert_int_equal(o.sack_blocks, 3);
	assert_int_equal(o.sack[0].left, 1);
	assert_int_equal(o.sack[2].right, 6);
	o.mss = 1460;
	assert_int_equal(build(out), 4 + 12 + 4 + 16);
	o.has_wscale = 1;
	assert_int_equal(build(out), 8 + 12 + 4 + 16);
}

/* Whatever is built is aligned, fits, and is read back. */
static void
reads_what_it_builds(void **state)
{
	(void)state;
	for (unsigned set = 0; set < 16 * 5; set++) {
		const struct tcp_options sent = {
			.mss = set & 1 ? 9000 : 0,
			.has_wscale = set >> 1 & 1,
			.wscale = set & 2 ? 14 : 0,
			.sack_permitted = set >> 2 & 1,
			.has_ts = set >> 3 & 1,
			.ts_val = set & 8 ? 0x80000001 : 0,
			.ts_ecr = set & 8 ? 0xfffffffe : 0,
			.sack_blocks = set / 16 & 7,
			.sack = {{1, 2}, {3, 4}, {5, 6}, {0xffffff00, 8}},
		};
		uint8_t out[TCP_OPTIONS_MAX];
		unsigned len;

		o = sent;
		len = build(out);
		assert_int_equal(len % 4, 0);
		assert_true(len <= TCP_OPTIONS_MAX);
		parse_bytes(out, len, true);
		assert_false(o.bad);
		assert_memory_equal(&o.ts_ecr, &sent.ts_ecr, 8);
		assert_int_equal(o.mss, sent.mss);
		assert_int_equal(o.wscale, sent.wscale);
		assert_int_equal(o.has_wscale, sent.has_wscale);
		assert_int_equal(o.sack_permitted, sent.sack_permitted);
		assert_int_equal(o.has_ts, sent.has_ts);
		parse_bytes(out, len, false);
		assert_true(o.sack_blocks <= sent.sack_blocks);
		assert_memory_equal(o.sack, sent.sack, 8 * o.sack_blocks);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_nothing),
		cmocka_unit_test(reads_mss_of_syns),
		cmocka_unit_test(reads_window_scale_of_syns),
		cmocka_unit_test(reads_sack_permitted_of_syns),
		cmocka_unit_test(reads_timestamps_wherever_they_stand),
		cmocka_unit_test(is_not_deceived_by_the_common_form),
		cmocka_unit_test(reads_one_to_four_sack_blocks),
		cmocka_unit_test(reads_what_linux_sends),
		cmocka_unit_test(the_last_of_two_counts),
		cmocka_unit_test(stops_at_the_end_of_list),
		cmocka_unit_test(skips_unknown_options),
		cmocka_unit_test(skips_known_options_of_wrong_length),
		cmocka_unit_test(stops_at_impossible_lengths),
		cmocka_unit_test(survives_anything),
		cmocka_unit_test(builds_what_stacks_send),
		cmocka_unit_test(builds_as_many_sack_blocks_as_fit),
		cmocka_unit_test(reads_what_it_builds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
