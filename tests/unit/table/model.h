/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests against a naive model share: how many operations, and a generator with a seed. */
#ifndef TCT_TEST_TABLE_MODEL_H
#define TCT_TEST_TABLE_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) ||   \
	__has_feature(memory_sanitizer) || defined(__SANITIZE_THREAD__) || \
	__has_feature(thread_sanitizer)
#define MODEL_OPERATIONS 500000
#else
#define MODEL_OPERATIONS 10000000
#endif

struct model_random {
	uint64_t state;
};

static inline uint64_t
model_random(struct model_random *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline uint32_t
model_below(struct model_random *r, uint32_t n)
{
	return (uint32_t)((model_random(r) >> 32) * n >> 32);
}

/* True once in n times. */
static inline bool
model_once_in(struct model_random *r, uint32_t n)
{
	return model_below(r, n) == 0;
}

#endif
