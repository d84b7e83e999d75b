/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow table: tuple hash -> 32-bit reference of a record.
 *
 * It holds no keys. A bucket is one cache line of eight {16-bit tag, 32-bit reference} pairs; the
 * low bits of the hash choose the bucket and the high 16 the tag. The caller verifies the key in the record
 * that a candidate names, which it has to touch anyway, and asks for the next candidate on a
 * mismatch (one in 65536 per occupied entry). A full bucket continues in a line taken from an
 * overflow area of fixed size; removing an entry in place frees the overflow line once it is empty. Fixed
 * capacity, single writer, no allocation after flow_table_init().
 *
 * A reference is opaque here, except that FLOW_REF_NONE is never stored.
 */
#ifndef TCT_TABLE_FLOW_TABLE_H
#define TCT_TABLE_FLOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_prefetch.h>

#define FLOW_REF_NONE	    0u
#define FLOW_BUCKET_ENTRIES 8

struct flow_bucket {
	uint16_t tag[FLOW_BUCKET_ENTRIES];
	uint32_t ref[FLOW_BUCKET_ENTRIES]; /* FLOW_REF_NONE: free */
	uint32_t next;			   /* overflow line + 1, 0: none */
	uint32_t spare[3];
} __attribute__((aligned(64)));

struct flow_table {
	struct flow_bucket *buckets;
	uint32_t mask; /* buckets - 1 */
	struct flow_bucket *overflow;
	uint32_t overflow_size;
	uint32_t overflow_free; /* head of the free list through next, + 1; 0: none */
	uint32_t overflow_fresh; /* lines never used so far */
	uint64_t count;
	int socket;
};

/* A walk over the candidates of one hash; opaque between flow_first() and flow_next(). */
struct flow_cursor {
	struct flow_bucket *bucket;
	uint32_t match; /* bits of the entries whose tag matches, not yet looked at */
	uint16_t tag;
	uint8_t entry; /* the entry last returned */
};

/* Room for capacity references at a mean load of about half; memory from NUMA node socket (-1: any).
 * 0, or -ENOMEM. */
int flow_table_init(struct flow_table *t, uint64_t capacity, int socket);
void flow_table_fini(struct flow_table *t);

/* Bytes flow_table_init() would take. */
uint64_t flow_table_bytes(uint64_t capacity);

static inline void
flow_prefetch(const struct flow_table *t, uint64_t hash)
{
	rte_prefetch0(&t->buckets[hash & t->mask]);
}

/* The first or next candidate reference for hash, FLOW_REF_NONE when there is no more. */
uint32_t flow_first(const struct flow_table *t, uint64_t hash, struct flow_cursor *c);
uint32_t flow_next(const struct flow_table *t, struct flow_cursor *c);

/* Adds ref; the caller knows that the key is absent. 0, or -ENOSPC when bucket and overflow are full. */
int flow_insert(struct flow_table *t, uint64_t hash, uint32_t ref);

/* Replaces or removes the entry {hash, old}; false when there is none. */
bool flow_replace(struct flow_table *t, uint64_t hash, uint32_t old, uint32_t ref);
bool flow_remove(struct flow_table *t, uint64_t hash, uint32_t old);

/* Calls fn for up to limit entries from position *pos on (start with 0); returns false at the end. */
bool flow_walk(const struct flow_table *t, uint64_t *pos, unsigned limit,
	       void (*fn)(uint32_t ref, void *arg), void *arg);

#endif
