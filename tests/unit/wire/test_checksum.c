/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "frame.h"
#include "wire/checksum.h"

#define ROUNDS 20000

static uint8_t bytes[4096];

static int
fill(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand();
	return 0;
}

/* Sums are in memory byte order; 0 and 0xffff are the same number, so both count as 0. */
static unsigned
value(uint64_t sum)
{
	return rte_be_to_cpu_16(csum_fold(sum)) % 0xffffU;
}

static unsigned
naive(const uint8_t *p, unsigned len)
{
	return naive_sum(0, p, len) % 0xffffU;
}

static void
agrees_with_rfc_1071(void **state)
{
	static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	(void)state;
	assert_int_equal(rte_be_to_cpu_16(csum_fold(csum_bytes(0, example, 8))), 0xddf2);
}

static void
copies_what_it_sums(void **state)
{
	uint8_t out[2048 + 64];

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned at = (unsigned)rand() % 64, to = (unsigned)rand() % 16;
		unsigned len = (unsigned)rand() % 2000;

		memset(out, 0x5a, sizeof(out));
		assert_int_equal(value(csum_copy(out + to, bytes + at, len)),
				 naive(bytes + at, len));
		assert_memory_equal(out + to, bytes + at, len);
		assert_int_equal(out[to + len], 0x5a);
	}
}

/* Where sums within go furthest up and down. */
static void
sums_what_is_largest(void **state)
{
	static uint8_t large[65535 + 64];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		memset(large, (int[]){0, 0xff, 0x80}[i], sizeof(large));
		assert_int_equal(value(csum_bytes(0, large, sizeof(large))),
				 naive(large, sizeof(large)));
	}
}

static void
sums_any_length_and_alignment(void **state)
{
	(void)state;
	for (unsigned len = 0; len <= 512; len++)
		for (unsigned at = 0; at < 16; at++)
			assert_int_equal(value(csum_bytes(0, bytes + at, len)),
					 naive(bytes + at, len));
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned at = (unsigned)rand() % 64;
		unsigned len = (unsigned)rand() % (sizeof(bytes) - at);

		assert_int_equal(value(csum_bytes(0, bytes + at, len)), naive(bytes + at, len));
	}
}

/* The largest sums there are: every carry is taken. */
static void
loses_no_carry(void **state)
{
	static uint8_t ones[65536];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (unsigned len = 0; len < 300; len++)
		assert_int_equal(value(csum_bytes(UINT64_MAX, ones, len)), naive(ones, len));
	assert_int_equal(value(csum_bytes(UINT64_MAX, ones, 65535)), naive(ones, 65535));
	ones[65535] = 0xfe;
	assert_int_equal(value(csum_bytes(UINT64_MAX, ones, 65536)), 0xfffe);
}

/* As many words as may be, each the least and the most that a vector's lane sees. */
static void
sums_as_much_as_it_says(void **state)
{
	static const uint8_t extremes[] = {0x00, 0xff};
	static uint8_t most[512 << 10], copy[512 << 10];

	(void)state;
	for (unsigned i = 0; i < sizeof(extremes); i++) {
		uint32_t sum = 0;

		memset(most, extremes[i], sizeof(most));
		most[1] = 7;
		for (unsigned at = 0; at < sizeof(most); at += 1 << 16)
			sum = naive_sum(sum, most + at, 1 << 16);
		assert_int_equal(value(csum_bytes(0, most, sizeof(most))), sum % 0xffffU);
		assert_int_equal(value(csum_copy(copy, most, sizeof(most))), sum % 0xffffU);
	}
}

static void
sums_add_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned len = (unsigned)rand() % 2000, half = (unsigned)rand() % (len / 2 + 1) * 2;
		uint64_t sum = csum_bytes(0, bytes, half);

		sum = csum_bytes(sum, bytes + half, len - half);
		assert_int_equal(value(sum), naive(bytes, len));
		sum = csum_add(csum_bytes(0, bytes + half, len - half), csum_bytes(0, bytes, half));
		assert_int_equal(value(sum), naive(bytes, len));
	}
}

static void
folds_every_sum(void **state)
{
	(void)state;
	assert_int_equal(csum_fold(0), 0);
	assert_int_equal(csum_fold(UINT64_MAX), 0xffff);
	assert_int_equal(csum_fold(0x0001000100010001), 4);
	assert_int_equal(csum_fold(0xffff000000000001), 1);
	assert_int_equal(csum_fold(0x8000800080008000), 2);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t sum;

		memcpy(&sum, bytes + (unsigned)rand() % 1000, sizeof(sum));
		assert_int_equal(csum_fold(sum) % 0xffff, sum % 0xffff);
	}
}

static void
sums_chains_cut_anywhere(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		unsigned total = 1 + (unsigned)rand() % 2000, off = (unsigned)rand() % total;
		unsigned len = (unsigned)rand() % (total - off + 1);
		struct rte_mbuf *m = fake_chain(bytes, total, (unsigned)rand() % total,
						1 + (unsigned)rand() % total);
		uint64_t sum = 0;

		assert_true(csum_mbuf(&sum, m, off, len));
		assert_int_equal(value(sum), naive(bytes + off, len));
		rte_pktmbuf_free(m);
	}
	assert_int_equal(fake_pool.in_use, 0);
}

static void
says_when_a_chain_is_too_short(void **state)
{
	struct rte_mbuf *m = fake_chain(bytes, 100, 30, 30);
	uint64_t sum = 0;

	(void)state;
	assert_true(csum_mbuf(&sum, m, 0, 100));
	assert_true(csum_mbuf(&sum, m, 100, 0));
	assert_false(csum_mbuf(&sum, m, 0, 101));
	assert_false(csum_mbuf(&sum, m, 99, 2));
	assert_false(csum_mbuf(&sum, m, 500, 1));
	rte_pktmbuf_free(m);
}

static struct tuple
tuple_of(const struct frame *f)
{
	struct tuple t;

	memcpy(&t.local_port, f->b + f->l4, 2);
	memcpy(&t.remote_port, f->b + f->l4 + 2, 2);
	if (f->ip6) {
		t.local = addr_from_ip6(f->b + f->ip + 8);
		t.remote = addr_from_ip6(f->b + f->ip + 24);
	} else {
		rte_be32_t ip[2];

		memcpy(ip, f->b + f->ip + 12, sizeof(ip));
		t.local = addr_from_ip4(ip[0]);
		t.remote = addr_from_ip4(ip[1]);
	}
	return t;
}

static void
sums_the_pseudo_header(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_tcp(ip6, NULL, 0, NULL, 0);
		struct tuple t = tuple_of(&f);
		unsigned pseudo = frame_pseudo_sum(&f, 0);

		assert_int_equal(value(csum_tuple(&t, 0)), pseudo % 0xffff);
		assert_int_equal(value(csum_tuple(&t, 1)),
				 naive_sum(pseudo, f.b + f.l4, 4) % 0xffff);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_rfc_1071),
		cmocka_unit_test(sums_any_length_and_alignment),
		cmocka_unit_test(copies_what_it_sums),
		cmocka_unit_test(sums_what_is_largest),
		cmocka_unit_test(loses_no_carry),
		cmocka_unit_test(sums_as_much_as_it_says),
		cmocka_unit_test(sums_add_up),
		cmocka_unit_test(folds_every_sum),
		cmocka_unit_test(sums_chains_cut_anywhere),
		cmocka_unit_test(says_when_a_chain_is_too_short),
		cmocka_unit_test(sums_the_pseudo_header),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
