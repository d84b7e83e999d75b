/* SPDX-License-Identifier: BSD-3-Clause */
/* Steele, Lea and Flood's SplitMix64: small, fast, and any seed will do. */
#ifndef TCT_TESTS_RANDOM_H
#define TCT_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t
random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* The n-th of the streams that belong to a seed. */
static inline struct random
random_stream(uint64_t seed, uint64_t n)
{
	struct random r = {seed};

	r.state = random_next(&r) ^ n * 0xd1342543de82ef95u;
	random_next(&r);
	return r;
}

/* 0 to limit - 1, limit > 0. */
static inline uint64_t
random_below(struct random *r, uint64_t limit)
{
	return (uint64_t)(((unsigned __int128)random_next(r) * limit) >> 64);
}

static inline bool
random_share(struct random *r, uint32_t ppm)
{
	return random_below(r, 1000000) < ppm;
}

#endif
