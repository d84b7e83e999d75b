/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN cookies: everything they keep comes back, and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "tcp/cookie.h"

#define WALL	   UINT64_C(1700000000000000)
#define EPOCH_FROM (WALL / COOKIE_EPOCH_US * COOKIE_EPOCH_US)

static const uint8_t secret[32] = "thirty-two bytes of some secret";
static uint64_t random_state = 88172645463325252u;

static uint64_t
random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static struct tuple
random_tuple(void)
{
	struct tuple t;

	for (unsigned i = 0; i < sizeof(t); i++)
		((uint8_t *)&t)[i] = (uint8_t)random_next();
	return t;
}

static struct cookie_jar
jar_at(uint64_t wall_us)
{
	struct cookie_jar jar;

	cookie_jar_init(&jar, secret, wall_us);
	return jar;
}

static uint32_t
cookie_make(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs,
	    const struct cookie_options *o)
{
	struct cookie c = cookie_ask(jar, t, irs, o);

	return cookie_iss(&c);
}

static bool
cookie_check(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs, uint32_t iss,
	     struct cookie_options *o)
{
	struct cookie c = cookie_claim(jar, t, irs, iss);

	cookie_read(&c, o);
	return cookie_iss(&c) == iss;
}

static void
options_come_back(void **state)
{
	static const uint16_t mss[] = {216, 536, 1200, 1360, 1400, 1440, 1460, 8960};
	static const uint8_t wscale[] = {COOKIE_NO_WSCALE, 0, 1, 2, 4, 6, 7, 8};
	struct cookie_jar jar = jar_at(WALL);

	for (unsigned i = 0; i < 8 * 8 * 2; i++) {
		struct cookie_options in = {mss[i & 7], wscale[i >> 3 & 7], i >> 6}, out;
		struct tuple t = random_tuple();
		uint32_t irs = (uint32_t)random_next();
		uint32_t iss = cookie_make(&jar, &t, irs, &in);

		assert_true(cookie_check(&jar, &t, irs, iss, &out));
		assert_int_equal(in.mss, out.mss);
		assert_int_equal(in.wscale, out.wscale);
		assert_int_equal(in.sack, out.sack);
	}
}

static struct addr
address(const char *text)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return addr_from_ip4(ip4.s_addr);
	assert_int_equal(inet_pton(AF_INET6, text, &ip6), 1);
	return addr_from_ip6(ip6.s6_addr);
}

/* From another SipHash, in Python: what machines behind one address have to agree on. */
static void
known_cookies(void **state)
{
	static const struct {
		const char *local, *remote;
		uint16_t local_port, remote_port;
		uint32_t irs;
		struct cookie_options o;
		uint32_t now, next; /* in this epoch and the one after */
	} known[] = {
		{"10.0.0.2",
		 "192.0.2.7",
		 80,
		 49152,
		 0x12345678,
		 {1460, 7, true},
		 0x187042ee,
		 0x914189e7},
		{"10.0.0.2",
		 "192.0.2.7",
		 80,
		 49153,
		 0xffffffff,
		 {536, 15, false},
		 0x02d40783,
		 0xd7680ad6},
		{"203.0.113.255", "1.2.3.4", 65535, 1, 0, {8960, 8, false}, 0xe770ef58, 0x0208d03d},
		{"2001:db8::2",
		 "2001:db8:1:2:3:4:5:6",
		 443,
		 1025,
		 0x80000001,
		 {1440, 0, true},
		 0x32824dff,
		 0x5ebe3613},
		{"fe80::1",
		 "fe80::ffff:10.0.0.1",
		 7,
		 7,
		 1,
		 {216, 4, false},
		 0xecf3fd4c,
		 0xcebb79ee},
	};
	struct cookie_jar jar = jar_at(WALL), later = jar_at(WALL + COOKIE_EPOCH_US);

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct tuple t = {
			.local = address(known[i].local),
			.remote = address(known[i].remote),
			.local_port = rte_cpu_to_be_16(known[i].local_port),
			.remote_port = rte_cpu_to_be_16(known[i].remote_port),
		};

		assert_int_equal(cookie_make(&jar, &t, known[i].irs, &known[i].o), known[i].now);
		assert_int_equal(cookie_make(&later, &t, known[i].irs, &known[i].o), known[i].next);
	}
}

/* Cookies of both epochs, IPv4 and IPv6 mixed. */
static void
a_burst_is_made_like_its_cookies(void **state)
{
	struct cookie_jar jar = jar_at(WALL);
	struct cookie cookies[COOKIE_BURST] = {{{0}}};
	struct tuple tuples[COOKIE_BURST];
	uint32_t iss[COOKIE_BURST];

	for (unsigned n = 0; n <= COOKIE_BURST; n++) {
		for (unsigned i = 0; i < n; i++) {
			tuples[i] = random_tuple();
			if (random_next() & 1)
				tuples[i].local = tuples[i].remote = addr_from_ip4(i);
			cookies[i] = cookie_claim(&jar, &tuples[i], (uint32_t)random_next(),
						  (uint32_t)random_next());
		}
		cookie_iss_burst(cookies, n, iss);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(iss[i], cookie_iss(&cookies[i]));
	}
}

static void
values_are_rounded_down(void **state)
{
	static const struct {
		uint16_t mss, kept;
	} sizes[] = {{1, 216},	   {216, 216},	 {535, 216},   {1459, 1440},
		     {1461, 1460}, {8959, 1460}, {9000, 8960}, {65535, 8960}};
	static const struct {
		uint8_t shift, kept;
	} shifts[] = {{3, 2}, {5, 4}, {9, 8}, {14, 8}};
	struct cookie_jar jar = jar_at(WALL);
	struct tuple t = random_tuple();
	struct cookie_options out;

	for (unsigned i = 0; i < 8; i++) {
		struct cookie_options in = {.mss = sizes[i].mss, .wscale = COOKIE_NO_WSCALE};

		assert_true(cookie_check(&jar, &t, 1, cookie_make(&jar, &t, 1, &in), &out));
		assert_int_equal(out.mss, sizes[i].kept);
		assert_int_equal(out.wscale, COOKIE_NO_WSCALE);
	}
	for (unsigned i = 0; i < 4; i++) {
		struct cookie_options in = {.mss = 1460, .wscale = shifts[i].shift};

		assert_true(cookie_check(&jar, &t, 1, cookie_make(&jar, &t, 1, &in), &out));
		assert_int_equal(out.wscale, shifts[i].kept);
	}
}

static void
other_bits_are_refused(void **state)
{
	struct cookie_options in = {.mss = 1460, .wscale = 7, .sack = true}, out;
	struct cookie_jar jar = jar_at(WALL), other;
	uint8_t wrong[32];

	for (unsigned round = 0; round < 100; round++) {
		struct tuple t = random_tuple(), bent = t;
		uint32_t irs = (uint32_t)random_next();
		uint32_t iss = cookie_make(&jar, &t, irs, &in);

		((uint8_t *)&bent)[round % sizeof(bent)] ^= (uint8_t)(1 << round % 8);
		assert_false(cookie_check(&jar, &bent, irs, iss, &out));
		assert_false(cookie_check(&jar, &t, irs ^ 1u << round % 32, iss, &out));
		assert_false(cookie_check(&jar, &t, irs, iss ^ 1u << round % 32, &out));
		memcpy(wrong, secret, sizeof(wrong));
		wrong[round % 32] ^= 1;
		cookie_jar_init(&other, wrong, WALL);
		assert_false(cookie_check(&other, &t, irs, iss, &out));
	}
}

static void
epochs(void **state)
{
	struct cookie_options in = {.mss = 1460, .wscale = 7}, out;

	for (unsigned round = 0; round < 64; round++) {
		struct tuple t = random_tuple();
		struct cookie_jar jar = jar_at(EPOCH_FROM + round * (uint64_t)COOKIE_EPOCH_US);
		uint64_t from = EPOCH_FROM + round * (uint64_t)COOKIE_EPOCH_US;
		uint32_t iss = cookie_make(&jar, &t, 9, &in);

		cookie_jar_rotate(&jar, from + COOKIE_EPOCH_US - 1);
		assert_int_equal(cookie_make(&jar, &t, 9, &in), iss);
		cookie_jar_rotate(&jar, from + COOKIE_EPOCH_US);
		assert_int_not_equal(cookie_make(&jar, &t, 9, &in), iss);
		cookie_jar_rotate(&jar, from + 2 * COOKIE_EPOCH_US - 1);
		assert_true(cookie_check(&jar, &t, 9, iss, &out));
		cookie_jar_rotate(&jar, from + 2ull * COOKIE_EPOCH_US);
		assert_false(cookie_check(&jar, &t, 9, iss, &out));
	}
}

/* A machine that slept for long, or one just started, holds both secrets of now. */
static void
long_silence(void **state)
{
	struct cookie_options in = {.mss = 1460, .wscale = 7}, out;
	struct cookie_jar old = jar_at(EPOCH_FROM),
			  fresh = jar_at(EPOCH_FROM + 7ull * COOKIE_EPOCH_US);
	struct cookie_jar before = jar_at(EPOCH_FROM + 6ull * COOKIE_EPOCH_US);
	struct tuple t = random_tuple();

	cookie_jar_rotate(&old, EPOCH_FROM + 7ull * COOKIE_EPOCH_US);
	assert_true(cookie_check(&old, &t, 3, cookie_make(&fresh, &t, 3, &in), &out));
	assert_true(cookie_check(&old, &t, 3, cookie_make(&before, &t, 3, &in), &out));
	assert_int_equal(cookie_make(&old, &t, 3, &in), cookie_make(&fresh, &t, 3, &in));
}

/* 24 bits of MAC: of 2^20 guesses one in 16 runs finds one; eight would be a fault. */
static void
forgeries(void **state)
{
	struct cookie_jar jar = jar_at(WALL);
	struct cookie_options out;
	struct tuple t = random_tuple();
	unsigned accepted = 0;

	for (unsigned i = 0; i < 1 << 20; i++)
		accepted += cookie_check(&jar, &t, 77, (uint32_t)(random_next() >> 16), &out);
	assert_true(accepted < 8);
}

/* The options byte is masked: no value of it stands out. */
static void
no_pattern(void **state)
{
	struct cookie_options in = {.mss = 1460, .wscale = 7, .sack = true};
	struct cookie_jar jar = jar_at(WALL);
	unsigned count[256] = {0};

	for (unsigned i = 0; i < 25600; i++) {
		struct tuple t = random_tuple();

		count[cookie_make(&jar, &t, 1, &in) & 0xff]++;
	}
	for (unsigned i = 0; i < 256; i++)
		assert_in_range(count[i], 40, 180);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_come_back),
		cmocka_unit_test(known_cookies),
		cmocka_unit_test(a_burst_is_made_like_its_cookies),
		cmocka_unit_test(values_are_rounded_down),
		cmocka_unit_test(other_bits_are_refused),
		cmocka_unit_test(epochs),
		cmocka_unit_test(long_silence),
		cmocka_unit_test(forgeries),
		cmocka_unit_test(no_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
