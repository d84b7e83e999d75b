/* SPDX-License-Identifier: BSD-3-Clause */
#include "toeplitz.h"

#include <errno.h>
#include <sys/random.h>

#include <rte_common.h>

/* The 32 bits of the key from bit at on. */
static uint32_t
window(const uint8_t *key, unsigned at)
{
	const uint8_t *b = key + at / 8;
	uint64_t bits = (uint64_t)b[0] << 32 | (uint32_t)b[1] << 24 | (uint32_t)b[2] << 16 |
			(uint32_t)b[3] << 8 | (at % 8 ? b[4] : 0);

	return (uint32_t)(bits >> (8 - at % 8));
}

void
toeplitz_init(struct toeplitz *t, const uint8_t key[TOEPLITZ_KEY_BYTES])
{
	for (unsigned i = 0; i < TOEPLITZ_INPUT_BYTES; i++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			uint32_t hash = 0;

			for (unsigned bit = 0; bit < 8; bit++)
				hash ^= byte & 0x80 >> bit ? window(key, 8 * i + bit) : 0;
			t->table[i][byte] = hash;
		}
	}
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* The rank of the low bits that the 16 bits of two input bytes contribute. */
static unsigned
rank_of(const uint8_t *key, unsigned a, unsigned b)
{
	uint32_t basis[TOEPLITZ_EVEN_BITS] = {0};
	unsigned rank = 0;

	for (unsigned i = 0; i < 16; i++) {
		uint32_t v = window(key, 8 * (i < 8 ? a : b) + i % 8);

		for (unsigned bit = 0; bit < TOEPLITZ_EVEN_BITS; bit++) {
			if (!(v >> bit & 1))
				continue;
			if (basis[bit] == 0) {
				basis[bit] = v;
				rank++;
				break;
			}
			v ^= basis[bit];
		}
	}
	return rank;
}

static bool
is_even(const uint8_t *key, const uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			if (rank_of(key, bytes[j], bytes[i]) < TOEPLITZ_EVEN_BITS)
				return false;
	return true;
}

/* Both versions. */
static bool
is_good(const uint8_t *key, bool symmetric)
{
	/* The last bytes of the addresses, and the ports. */
	static const uint8_t ip4[] = {3, 7, 8, 9, 10, 11};
	static const uint8_t ip6[] = {15, 31, 32, 33, 34, 35};

	if (symmetric) /* source and destination are alike, and so are IPv4 and IPv6 */
		return is_even(key, &ip4[2], 2);
	return is_even(key, ip4, RTE_DIM(ip4)) && is_even(key, ip6, RTE_DIM(ip6));
}

int
toeplitz_key_draw(uint8_t *key, unsigned len, bool symmetric)
{
	unsigned drawn = symmetric ? 2 : len;

	do {
		if (getrandom(key, drawn, 0) != (ssize_t)drawn)
			return -EIO;
		for (unsigned i = drawn; i < len; i++)
			key[i] = key[i - drawn];
	} while (!is_good(key, symmetric)); /* about one in eight is not */
	return 0;
}
