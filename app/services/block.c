/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <assert.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "table/memory.h"

struct area;

struct record {
	struct area *home;
	struct record *next; /* on the free list */
	uint8_t bytes[RECORD_BYTES];
};

static_assert(offsetof(struct record, bytes) == 16, "what is handed out is aligned to 16");

/* On the free list, by next alone, or in the ring of those taken. */
struct block_link {
	struct block_link *next, *last;
};

struct block {
	struct block_link link; /* first */
	struct area *home;
	struct tct_conn *conn;
	void (*evict)(struct tct_conn *conn);
	void *unused;
	uint8_t bytes[BLOCK_BYTES];
};

static_assert(offsetof(struct block, bytes) % 16 == 0, "what is handed out is aligned to 16");

#define RECORDS_BYTES (sizeof(struct record) * RECORDS_PER_WORKER)
#define BLOCKS_BYTES  (sizeof(struct block) * BLOCKS_PER_WORKER)
#define CACHE_BYTES   (CACHE_TEXTS_BYTES + CACHE_KNOWN_BYTES)

struct area {
	struct area *next; /* on the list of all */
	struct record *records, *free_record;
	unsigned fresh_records; /* from here on they were never used */
	struct block *blocks;
	struct block_link *free_block;
	unsigned fresh_blocks;
	struct block_link taken; /* the ring's head: oldest behind it */
	uint8_t *cache;		 /* that of texts, and behind it that of what is known */
};

static _Atomic(struct area *) areas;
static atomic_uint epoch; /* counts blocks_fini(): `mine` of an earlier one is gone */
static _Thread_local struct area *mine;
static _Thread_local unsigned mine_epoch = UINT_MAX;

static void
area_free(struct area *a)
{
	memory_unmap(a->records, RECORDS_BYTES);
	memory_unmap(a->blocks, BLOCKS_BYTES);
	memory_unmap(a->cache, CACHE_BYTES);
	free(a);
}

/* Mapped: malloc() may fill what it gives, 100 MiB of it, while packets wait. */
static struct area *
area_make(void)
{
	struct area *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->taken.next = a->taken.last = &a->taken;
	a->records = memory_map(RECORDS_BYTES, -1);
	a->blocks = memory_map(BLOCKS_BYTES, -1);
	a->cache = memory_map(CACHE_BYTES, -1);
	if (!a->records || !a->blocks || !a->cache) {
		area_free(a);
		return NULL;
	}
	a->next = atomic_load(&areas);
	while (!atomic_compare_exchange_weak(&areas, &a->next, a))
		;
	return a;
}

static struct area *
my_area(void)
{
	unsigned now = atomic_load_explicit(&epoch, memory_order_relaxed);

	if (mine_epoch != now) { /* no memory: not asked for again, once for each request */
		mine = area_make();
		mine_epoch = now;
	}
	return mine;
}

/* ---- records -------------------------------------------------------------------------------- */

void *
record_take(void)
{
	struct area *a = my_area();
	struct record *r;

	if (!a)
		return NULL;
	r = a->free_record;
	if (r) {
		a->free_record = r->next;
	} else if (a->fresh_records < RECORDS_PER_WORKER) {
		r = &a->records[a->fresh_records++];
		r->home = a;
	} else {
		return NULL;
	}
	return r->bytes;
}

void
record_give(void *record)
{
	struct record *r = (struct record *)((uint8_t *)record - offsetof(struct record, bytes));

	r->next = r->home->free_record;
	r->home->free_record = r;
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void
unlink_taken(struct block_link *l)
{
	l->last->next = l->next;
	l->next->last = l->last;
}

static void
link_youngest(struct area *a, struct block_link *l)
{
	l->next = &a->taken;
	l->last = a->taken.last;
	l->last->next = l;
	a->taken.last = l;
}

static struct block *
block_of(void *bytes)
{
	return (struct block *)((uint8_t *)bytes - offsetof(struct block, bytes));
}

static struct block *
block_free(struct area *a)
{
	struct block *b = (struct block *)a->free_block;

	if (b) {
		a->free_block = b->link.next;
	} else if (a->fresh_blocks < BLOCKS_PER_WORKER) {
		b = &a->blocks[a->fresh_blocks++];
		b->home = a;
	}
	return b;
}

void *
block_take(struct tct_conn *conn, void (*evict)(struct tct_conn *conn))
{
	struct area *a = my_area();
	struct block *b = a ? block_free(a) : NULL;

	if (!a)
		return NULL;
	if (!b) {
		struct block *oldest = (struct block *)a->taken.next;

		oldest->evict(oldest->conn);
		b = block_free(a);
	}
	assert(b);
	b->conn = conn;
	b->evict = evict;
	link_youngest(a, &b->link);
	return b->bytes;
}

void
block_give(void *block)
{
	struct block *b = block_of(block);

	unlink_taken(&b->link);
	b->link.next = b->home->free_block;
	b->home->free_block = &b->link;
}

void
block_renew(void *block)
{
	struct block *b = block_of(block);

	unlink_taken(&b->link);
	link_youngest(b->home, &b->link);
}

/* ---- caches --------------------------------------------------------------------------------- */

void *
worker_cache(enum worker_cache which)
{
	struct area *a = my_area();

	if (!a)
		return NULL;
	return which == CACHE_TEXTS ? a->cache : a->cache + CACHE_TEXTS_BYTES;
}

void
blocks_fini(void)
{
	struct area *a = atomic_exchange(&areas, NULL);

	atomic_fetch_add(&epoch, 1);
	while (a) {
		struct area *next = a->next;

		area_free(a);
		a = next;
	}
}
