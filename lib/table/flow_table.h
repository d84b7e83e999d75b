/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow table: tuple hash -> 32-bit reference of a record.
 *
 * It holds no keys. A bucket is one cache line of ten {16-bit tag, 32-bit reference} pairs; the low
 * 32 bits of the hash choose the bucket and the high 16 the tag. The caller verifies the key in the
 * record that a candidate names, which it has to touch anyway, and asks for the next candidate on a
 * mismatch (one in 65536 per occupied entry). A full bucket continues in a line taken from an
 * overflow area of fixed size. Fixed capacity, single writer, no allocation after
 * flow_table_init().
 *
 * Invariants: an entry is free when its tag is 0, and then its reference is FLOW_REF_NONE; in a
 * chain only the last line has free entries, and it is not empty unless it is the bucket itself.
 * Removal fills its hole from the last line, so that no lookup walks further than the entries need.
 *
 * Ten and not eight, which one SSE2 compare would cover: a second compare costs two cycles, while
 * at five entries a bucket 1.4 % of the buckets overflow, not 7 %. The bucket is chosen by a
 * multiplication and not by a mask, so that the number of buckets needs no rounding up to a power
 * of two: 60 M time-waits take 0.8 GB, not 1.
 *
 * A reference is opaque here, except that FLOW_REF_NONE is never stored.
 */
#ifndef TCT_TABLE_FLOW_TABLE_H
#define TCT_TABLE_FLOW_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#define FLOW_REF_NONE	    0u
#define FLOW_BUCKET_ENTRIES 10
#define FLOW_BUCKET_LOAD    5 /* mean entries of a bucket at capacity */

struct flow_bucket {
	uint16_t tag[FLOW_BUCKET_ENTRIES]; /* 0: free */
	uint32_t ref[FLOW_BUCKET_ENTRIES]; /* FLOW_REF_NONE: free */
	uint32_t next;			   /* line that continues this one, 0: none */
} __attribute__((aligned(64)));

static_assert(sizeof(struct flow_bucket) == 64, "a bucket is one cache line");

struct flow_table {
	struct flow_bucket *lines; /* the buckets, and behind them the overflow area */
	uint32_t buckets;
	uint32_t overflow_end;	 /* lines in all */
	uint32_t overflow_free;	 /* head of the list of freed overflow lines, 0: none */
	uint32_t overflow_fresh; /* overflow lines from here on were never used */
	uint64_t count;		 /* entries */
};

/* A walk over the candidates of one hash; opaque between flow_first() and flow_next(). */
struct flow_cursor {
	const struct flow_bucket *line;
	uint32_t match; /* bits of the entries whose tag matches, not yet looked at */
	uint16_t tag;
};

/* Room for capacity references at a mean load of half; memory from NUMA node socket (-1: any). 0,
 * -EINVAL when capacity is 0 or beyond 2^34, or -ENOMEM. */
int flow_table_init(struct flow_table *t, uint64_t capacity, int socket);

/* Gives the memory back; harmless on a table that is all zero. */
void flow_table_fini(struct flow_table *t);

/* Bytes flow_table_init() would take. */
uint64_t flow_table_bytes(uint64_t capacity);

/* Internal: where a hash lives, and the entries of a line that carry a tag, as bits. */
static inline struct flow_bucket *
flow_bucket_of(const struct flow_table *t, uint64_t hash)
{
	return &t->lines[(uint64_t)(uint32_t)hash * t->buckets >> 32];
}

static inline uint16_t
flow_tag_of(uint64_t hash)
{
	uint16_t tag = (uint16_t)(hash >> 48);

	return tag ? tag : 1;
}

static inline uint32_t
flow_match(const struct flow_bucket *b, uint16_t tag)
{
#ifdef __SSE2__
	const __m128i *line = (const __m128i *)b;
	const __m128i wanted = _mm_set1_epi16((short)tag);
	const __m128i low = _mm_cmpeq_epi16(_mm_load_si128(line), wanted);
	const __m128i high = _mm_cmpeq_epi16(_mm_load_si128(line + 1), wanted);

	/* The second load runs on into the references: the mask drops those. */
	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high)) &
	       ((1u << FLOW_BUCKET_ENTRIES) - 1);
#else
	uint32_t match = 0;

	for (unsigned i = 0; i < FLOW_BUCKET_ENTRIES; i++)
		match |= (uint32_t)(b->tag[i] == tag) << i;
	return match;
#endif
}

/* Internal: the entry of a line that is ref, as a bit. */
static inline uint32_t
flow_match_ref(const struct flow_bucket *b, uint32_t ref)
{
#ifdef __SSE2__
	const __m128i *line = (const __m128i *)b;
	const __m128i wanted = _mm_set1_epi32((int)ref);
	const __m128i low = _mm_cmpeq_epi32(_mm_load_si128(line + 1), wanted);
	const __m128i middle = _mm_cmpeq_epi32(_mm_load_si128(line + 2), wanted);
	const __m128i high = _mm_cmpeq_epi32(_mm_load_si128(line + 3), wanted);
	const __m128i all = _mm_packs_epi16(_mm_packs_epi32(low, middle),
					    _mm_packs_epi32(high, _mm_setzero_si128()));

	/* The first of these words are the last two tags, the last one is next: the mask drops
	 * both. */
	return (uint32_t)_mm_movemask_epi8(all) >> 1 & ((1u << FLOW_BUCKET_ENTRIES) - 1);
#else
	uint32_t match = 0;

	for (unsigned i = 0; i < FLOW_BUCKET_ENTRIES; i++)
		match |= (uint32_t)(b->ref[i] == ref) << i;
	return match;
#endif
}

/* Returns the line, for flow_first_of(). */
static inline const struct flow_bucket *
flow_prefetch(const struct flow_table *t, uint64_t hash)
{
	const struct flow_bucket *line = flow_bucket_of(t, hash);

	rte_prefetch0(line);
	return line;
}

/* The first or next candidate reference for hash, FLOW_REF_NONE when there is no more. */
static inline uint32_t
flow_next(const struct flow_table *t, struct flow_cursor *c)
{
	unsigned entry;

	while (unlikely(c->match == 0)) {
		if (likely(c->line->next == 0))
			return FLOW_REF_NONE;
		c->line = &t->lines[c->line->next];
		c->match = flow_match(c->line, c->tag);
	}
	entry = (unsigned)__builtin_ctz(c->match);
	c->match &= c->match - 1;
	return c->line->ref[entry];
}

/* line: hash's. */
static inline uint32_t
flow_first_of(const struct flow_table *t, const struct flow_bucket *line, uint64_t hash,
	      struct flow_cursor *c)
{
	c->line = line;
	c->tag = flow_tag_of(hash);
	c->match = flow_match(line, c->tag);
	return flow_next(t, c);
}

static inline uint32_t
flow_first(const struct flow_table *t, uint64_t hash, struct flow_cursor *c)
{
	return flow_first_of(t, flow_bucket_of(t, hash), hash, c);
}

/* Adds ref; the caller knows that the key is absent. 0, or -ENOSPC when bucket and overflow are
 * full. */
int flow_insert(struct flow_table *t, uint64_t hash, uint32_t ref);

/* Replaces or removes the entry old, which is not FLOW_REF_NONE and in the table once at most.
 * Of its hash the low 32 bits do, so that a record can keep them. False when it is not there. */
bool flow_replace(struct flow_table *t, uint64_t hash, uint32_t old, uint32_t ref);
bool flow_remove(struct flow_table *t, uint64_t hash, uint32_t old);

/* Looks at up to limit entries from position *pos on (start with 0), free ones included, and calls
 * fn for the others; returns false at the end. Another core may walk while the owner writes: it
 * then sees each entry that stays, except that one moved by a removal may be missed or seen twice.
 */
bool flow_walk(const struct flow_table *t, uint64_t *pos, unsigned limit,
	       void (*fn)(uint32_t ref, void *arg), void *arg);

#endif
