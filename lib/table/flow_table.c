/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What changes a flow table. References are stored with release order and after their tag, so that
 * a walk on another core, which reads references only, meets none whose record is not yet written.
 */
#include "flow_table.h"

#include <errno.h>
#include <string.h>

#include <rte_debug.h>

#include "memory.h"

/* Overflow lines for n buckets: four times what a mean load of half needs, and enough for the
 * variance of a small table. */
#define OVERFLOW_LINES(n) ((n) / 16 + 32)

#define CAPACITY_MAX (1ull << 34)

struct place {
	struct flow_bucket *line;
	unsigned entry;
};

static uint64_t
buckets_for(uint64_t capacity)
{
	return (capacity + FLOW_BUCKET_LOAD - 1) / FLOW_BUCKET_LOAD;
}

uint64_t
flow_table_bytes(uint64_t capacity)
{
	uint64_t n = buckets_for(capacity);

	return (n + OVERFLOW_LINES(n)) * sizeof(struct flow_bucket);
}

int
flow_table_init(struct flow_table *t, uint64_t capacity, int socket)
{
	uint64_t n = buckets_for(capacity);

	memset(t, 0, sizeof(*t));
	if (capacity == 0 || capacity > CAPACITY_MAX)
		return -EINVAL;
	t->lines = memory_map(flow_table_bytes(capacity), socket);
	if (t->lines == NULL)
		return -ENOMEM;
	t->buckets = (uint32_t)n;
	t->overflow_end = (uint32_t)(n + OVERFLOW_LINES(n));
	t->overflow_fresh = t->buckets;
	return 0;
}

void
flow_table_fini(struct flow_table *t)
{
	memory_unmap(t->lines, (uint64_t)t->overflow_end * sizeof(*t->lines));
	memset(t, 0, sizeof(*t));
}

static void
entry_set(struct place p, uint16_t tag, uint32_t ref)
{
	p.line->tag[p.entry] = tag;
	__atomic_store_n(&p.line->ref[p.entry], ref, __ATOMIC_RELEASE);
}

static void
entry_clear(struct place p)
{
	entry_set(p, 0, FLOW_REF_NONE);
}

/* A freed overflow line or else a fresh one, linked behind last; NULL when there is none. */
static struct flow_bucket *
line_append(struct flow_table *t, struct flow_bucket *last)
{
	uint32_t i = t->overflow_free;

	if (i != 0) {
		t->overflow_free = t->lines[i].next;
	} else {
		i = t->overflow_fresh;
		if (i == t->overflow_end)
			return NULL;
		__atomic_store_n(&t->overflow_fresh, i + 1, __ATOMIC_RELAXED); /* a walk's end */
	}
	t->lines[i].next = 0;
	last->next = i;
	return &t->lines[i];
}

/* Takes the last line of a chain, which is empty, from the line before it. */
static void
line_release(struct flow_table *t, struct flow_bucket *before)
{
	uint32_t i = before->next;

	before->next = 0;
	t->lines[i].next = t->overflow_free;
	t->overflow_free = i;
}

int
flow_insert(struct flow_table *t, uint64_t hash, uint32_t ref)
{
	struct flow_bucket *line = flow_bucket_of(t, hash);
	uint32_t room;

	while (unlikely(line->next))
		line = &t->lines[line->next];
	room = flow_match(line, 0);
	if (unlikely(room == 0)) {
		line = line_append(t, line);
		if (line == NULL)
			return -ENOSPC;
		room = 1;
	}
	entry_set((struct place){line, (unsigned)__builtin_ctz(room)}, flow_tag_of(hash), ref);
	t->count++;
	return 0;
}

/* Where ref is in the chain of its hash; line NULL: nowhere. */
static inline struct place
entry_find(const struct flow_table *t, uint64_t hash, uint32_t ref)
{
	struct flow_bucket *line = flow_bucket_of(t, hash);

	RTE_ASSERT(ref != FLOW_REF_NONE); /* what a free entry has */
	for (;;) {
		uint32_t match = flow_match_ref(line, ref);

		if (likely(match))
			return (struct place){line, (unsigned)__builtin_ctz(match)};
		if (likely(line->next == 0))
			return (struct place){NULL, 0};
		line = &t->lines[line->next];
	}
}

bool
flow_replace(struct flow_table *t, uint64_t hash, uint32_t old, uint32_t ref)
{
	struct place p = entry_find(t, hash, old);

	if (p.line == NULL)
		return false;
	entry_set(p, p.line->tag[p.entry], ref);
	return true;
}

/* Fills the hole from the last line of the chain and releases that line when it is empty. */
static void
chain_close_hole(struct flow_table *t, uint64_t hash, struct place hole)
{
	const uint32_t all = (1u << FLOW_BUCKET_ENTRIES) - 1;
	struct flow_bucket *before = flow_bucket_of(t, hash), *last = &t->lines[before->next];
	uint32_t used;

	for (; last->next; last = &t->lines[last->next])
		before = last;
	used = ~flow_match(last, 0) & all;
	if (hole.line != last) {
		struct place from = {last, (unsigned)__builtin_ctz(used)};

		entry_set(hole, last->tag[from.entry], last->ref[from.entry]);
		hole = from;
	}
	entry_clear(hole);
	if (used == 1u << hole.entry)
		line_release(t, before);
}

bool
flow_remove(struct flow_table *t, uint64_t hash, uint32_t old)
{
	struct place p = entry_find(t, hash, old);

	if (p.line == NULL)
		return false;
	if (likely(flow_bucket_of(t, hash)->next == 0))
		entry_clear(p);
	else
		chain_close_hole(t, hash, p);
	t->count--;
	return true;
}

bool
flow_walk(const struct flow_table *t, uint64_t *pos, unsigned limit,
	  void (*fn)(uint32_t ref, void *arg), void *arg)
{
	uint64_t end = (uint64_t)__atomic_load_n(&t->overflow_fresh, __ATOMIC_RELAXED) *
		       FLOW_BUCKET_ENTRIES;

	for (; limit > 0 && *pos < end; limit--, ++*pos) {
		const struct flow_bucket *line = &t->lines[*pos / FLOW_BUCKET_ENTRIES];
		uint32_t ref =
			__atomic_load_n(&line->ref[*pos % FLOW_BUCKET_ENTRIES], __ATOMIC_ACQUIRE);

		if (ref != FLOW_REF_NONE)
			fn(ref, arg);
	}
	return *pos < end;
}
