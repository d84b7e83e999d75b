/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <rte_thash.h>

#include "base/toeplitz.h"

/* The key and the tuples of Microsoft's "Verifying the RSS Hash Calculation". */
static const uint8_t known_key[TOEPLITZ_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct {
	const char *destination;
	uint16_t destination_port;
	const char *source;
	uint16_t source_port;
	uint32_t addresses, all;
} known[] = {
	{"161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
	{"65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
	{"12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
	{"209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
	{"202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
	{"3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d},
	{"ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf},
	{"fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
	 0x4b61e985, 0x02d1feef},
};

static struct addr
addr_of(const char *text)
{
	struct addr a;
	uint32_t ip4;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		return addr_from_ip4(ip4);
	assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	return a;
}

/* What the NIC hashes, in its order; returns its length. */
static unsigned
input_of(const struct tuple *t, uint8_t input[TOEPLITZ_INPUT_BYTES])
{
	unsigned n = tuple_is_ip4(t) ? 4 : 16;

	memcpy(input, &t->remote.b[16 - n], n);
	memcpy(input + n, &t->local.b[16 - n], n);
	memcpy(input + 2 * n, &t->remote_port, 2);
	memcpy(input + 2 * n + 2, &t->local_port, 2);
	return 2 * n + 4;
}

static void
known_answers(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));
	uint8_t input[TOEPLITZ_INPUT_BYTES];

	(void)state;
	toeplitz_init(h, known_key);
	for (unsigned i = 0; i < RTE_DIM(known); i++) {
		const struct tuple t = {
			.local = addr_of(known[i].destination),
			.remote = addr_of(known[i].source),
			.local_port = htons(known[i].destination_port),
			.remote_port = htons(known[i].source_port),
		};
		unsigned len = input_of(&t, input);

		assert_int_equal(toeplitz_part(h, 0, input, len - 4), known[i].addresses);
		assert_int_equal(toeplitz_part(h, 0, input, len), known[i].all);
		assert_int_equal(toeplitz_tuple(h, &t), known[i].all);
	}
	free(h);
}

static struct tuple
random_tuple(void)
{
	struct tuple t;

	for (unsigned i = 0; i < sizeof(t); i++)
		((uint8_t *)&t)[i] = (uint8_t)(random() >> 8);
	if (random() & 64) {
		t.local = addr_from_ip4(t.local.w32[3]);
		t.remote = addr_from_ip4(t.remote.w32[3]);
	}
	return t;
}

static void
agrees_with_dpdk(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		uint8_t key[64], input[TOEPLITZ_INPUT_BYTES];
		uint32_t words[TOEPLITZ_INPUT_BYTES / 4];

		assert_int_equal(toeplitz_key_draw(key, sizeof(key), round % 2), 0);
		toeplitz_init(h, key);
		for (unsigned i = 0; i < 100; i++) {
			struct tuple t = random_tuple();
			unsigned len = input_of(&t, input);

			memcpy(words, input, len);
			for (unsigned k = 0; k < len / 4; k++)
				words[k] = ntohl(words[k]);
			assert_int_equal(toeplitz_tuple(h, &t), rte_softrss(words, len / 4, key));
		}
	}
	free(h);
}

/* The port's share can be taken out and put in by itself. */
static void
ports_are_linear(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));
	uint8_t key[TOEPLITZ_KEY_BYTES];

	(void)state;
	assert_int_equal(toeplitz_key_draw(key, sizeof(key), false), 0);
	toeplitz_init(h, key);
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple(), zero = t;
		uint16_t port = ntohs(t.local_port);

		zero.local_port = 0;
		assert_int_equal(toeplitz_tuple(h, &t),
				 toeplitz_tuple(h, &zero) ^
					 toeplitz_local_port(h, tuple_is_ip4(&t), port));
	}
	free(h);
}

static void
symmetric_keys_are_blind_to_direction(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));
	uint8_t key[52];

	(void)state;
	assert_int_equal(toeplitz_key_draw(key, sizeof(key), true), 0);
	toeplitz_init(h, key);
	for (unsigned i = 0; i < 1000; i++) {
		struct tuple t = random_tuple();
		const struct tuple back = {t.remote, t.local, t.remote_port, t.local_port};

		assert_int_equal(toeplitz_tuple(h, &t), toeplitz_tuple(h, &back));
	}
	free(h);
}

/* ---- shares ---- */

#define TUPLES 65536

static uint32_t hashes[TUPLES];

/* The fullest worker's part in thousandths of the mean, with a RETA of so many places. */
static unsigned
fullest(unsigned workers, unsigned places)
{
	unsigned held[TUPLES] = {0}, most = 0;

	for (unsigned i = 0; i < TUPLES; i++)
		held[(hashes[i] & (places - 1)) % workers]++;
	for (unsigned i = 0; i < workers; i++)
		most = held[i] > most ? held[i] : most;
	return (unsigned)(1000ull * most * workers / TUPLES);
}

/* Two bytes of each tuple take all values, the rest stays as it is. */
static void
hash_all(const struct toeplitz *h, bool ip4, unsigned a, unsigned b)
{
	uint8_t input[TOEPLITZ_INPUT_BYTES];

	for (unsigned i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)random();
	for (unsigned i = 0; i < TUPLES; i++) {
		input[a] = (uint8_t)(i >> 8);
		input[b] = (uint8_t)i;
		hashes[i] = toeplitz_part(h, 0, input, ip4 ? 12 : 36);
	}
}

static void
assert_even(void)
{
	for (unsigned places = 64; places <= 512; places *= 2)
		for (unsigned workers = 2; workers <= 16; workers *= 2)
			assert_int_equal(fullest(workers, places), 1000);
	/* No power of two: as well as so many places can be shared out. */
	for (unsigned workers = 3; workers <= 16; workers++)
		assert_true(fullest(workers, 512) <= 1050);
}

/* One peer with all ports, or 256 of them with 256 ports each, or 256 of our addresses: whatever
 * the key. */
static void
shares_are_even(void **state)
{
	static const uint8_t ip4[] = {3, 7, 8, 9, 10, 11}, ip6[] = {15, 31, 32, 33, 34, 35};
	struct toeplitz *h = malloc(sizeof(*h));

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		uint8_t key[TOEPLITZ_KEY_BYTES];

		assert_int_equal(toeplitz_key_draw(key, sizeof(key), false), 0);
		toeplitz_init(h, key);
		for (unsigned i = 0; i < RTE_DIM(ip4); i++) {
			for (unsigned j = 0; j < i; j++) {
				hash_all(h, true, ip4[j], ip4[i]);
				assert_even();
				hash_all(h, false, ip6[j], ip6[i]);
				assert_even();
			}
		}
	}
	free(h);
}

/* Tuples without any order: the shares are as even as chance, and the places, make them. */
static void
shares_of_random_tuples(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));
	uint8_t key[TOEPLITZ_KEY_BYTES];

	(void)state;
	assert_int_equal(toeplitz_key_draw(key, sizeof(key), false), 0);
	toeplitz_init(h, key);
	for (unsigned i = 0; i < TUPLES; i++) {
		struct tuple t = random_tuple();

		hashes[i] = toeplitz_tuple(h, &t);
	}
	for (unsigned workers = 2; workers <= 16; workers *= 2)
		assert_true(fullest(workers, 128) <= 1080); /* 5 standard deviations of 16 */
	free(h);
}

static void
symmetric_shares_of_ports(void **state)
{
	struct toeplitz *h = malloc(sizeof(*h));
	uint8_t key[TOEPLITZ_KEY_BYTES];

	(void)state;
	assert_int_equal(toeplitz_key_draw(key, sizeof(key), true), 0);
	toeplitz_init(h, key);
	hash_all(h, true, 8, 9);
	assert_even();
	hash_all(h, false, 34, 35);
	assert_even();
	free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(agrees_with_dpdk),
		cmocka_unit_test(ports_are_linear),
		cmocka_unit_test(symmetric_keys_are_blind_to_direction),
		cmocka_unit_test(shares_are_even),
		cmocka_unit_test(shares_of_random_tuples),
		cmocka_unit_test(symmetric_shares_of_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
