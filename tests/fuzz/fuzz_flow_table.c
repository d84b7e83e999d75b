/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flow table of few buckets against a list of what was put in. Each four bytes of input are one
 * operation: what, bucket and tag of the hash, reference. Any answer that the list does not explain
 * is a fault.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "table/flow_table.h"

#define REFERENCES 256
#define CAPACITY   20

struct operation {
	uint8_t what;
	uint8_t place; /* bucket in the high bits, tag in the low two */
	uint8_t ref, other;
};

struct model {
	struct flow_table t;
	uint64_t hash[REFERENCES]; /* of each reference that is in, else UINT64_MAX */
	uint64_t count;
	unsigned walked[REFERENCES];
};

static uint64_t
hash_of(const struct model *m, uint8_t place)
{
	uint64_t bucket = (place >> 2) % m->t.buckets;

	return (uint64_t)(place & 3) << 48 | ((bucket << 32) + m->t.buckets - 1) / m->t.buckets;
}

/* Tag 0 is filed as tag 1. */
static bool
alike(uint64_t a, uint64_t b)
{
	return (uint32_t)a == (uint32_t)b && flow_tag_of(a) == flow_tag_of(b);
}

/* Overflow lines that the entries of a bucket need when there are n more in it. */
static uint64_t
lines_needed(const struct model *m, uint64_t hash, unsigned more)
{
	uint64_t n = more;

	for (unsigned ref = 1; ref < REFERENCES; ref++)
		n += (uint32_t)m->hash[ref] == (uint32_t)hash && m->hash[ref] != UINT64_MAX;
	return n ? (n - 1) / FLOW_BUCKET_ENTRIES : 0;
}

static uint64_t
lines_left(const struct model *m)
{
	uint64_t left = m->t.overflow_end - m->t.buckets;

	for (unsigned bucket = 0; bucket < m->t.buckets; bucket++)
		left -= lines_needed(m, hash_of(m, (uint8_t)(bucket << 2)), 0);
	return left;
}

static void
check_insert(struct model *m, uint64_t hash, uint8_t ref)
{
	bool grows = lines_needed(m, hash, 1) > lines_needed(m, hash, 0);
	bool full = grows && lines_left(m) == 0;

	if (ref == FLOW_REF_NONE || m->hash[ref] != UINT64_MAX)
		return;
	CHECK(flow_insert(&m->t, hash, ref) == (full ? -ENOSPC : 0));
	if (full)
		return;
	m->hash[ref] = hash;
	m->count++;
}

/* The bucket and the reference name an entry, without the tag. */
static bool
may_change(const struct model *m, uint64_t hash, uint8_t ref)
{
	return m->hash[ref] != UINT64_MAX && (uint32_t)m->hash[ref] == (uint32_t)hash;
}

static void
check_remove(struct model *m, uint64_t hash, uint8_t ref)
{
	bool in = may_change(m, hash, ref);

	if (ref == FLOW_REF_NONE)
		return;
	CHECK(flow_remove(&m->t, hash, ref) == in);
	if (!in)
		return;
	m->hash[ref] = UINT64_MAX;
	m->count--;
}

static void
check_replace(struct model *m, uint64_t hash, uint8_t old, uint8_t ref)
{
	bool in = may_change(m, hash, old);

	if (old == FLOW_REF_NONE || ref == FLOW_REF_NONE || m->hash[ref] != UINT64_MAX)
		return;
	CHECK(flow_replace(&m->t, hash, old, ref) == in);
	if (!in)
		return;
	m->hash[ref] = m->hash[old];
	m->hash[old] = UINT64_MAX;
}

static void
check_lookup(const struct model *m, uint64_t hash)
{
	bool seen[REFERENCES] = {false};
	struct flow_cursor c;

	for (uint32_t ref = flow_first(&m->t, hash, &c); ref; ref = flow_next(&m->t, &c)) {
		CHECK(ref < REFERENCES && !seen[ref]);
		seen[ref] = true;
	}
	for (unsigned ref = 1; ref < REFERENCES; ref++)
		CHECK(seen[ref] == (m->hash[ref] != UINT64_MAX && alike(m->hash[ref], hash)));
}

static void
walked(uint32_t ref, void *arg)
{
	struct model *m = arg;

	CHECK(ref < REFERENCES);
	m->walked[ref]++;
}

static void
check_walk(struct model *m, unsigned limit)
{
	uint64_t pos = 0;

	memset(m->walked, 0, sizeof(m->walked));
	while (flow_walk(&m->t, &pos, limit, walked, m))
		;
	for (unsigned ref = 1; ref < REFERENCES; ref++)
		CHECK(m->walked[ref] == (m->hash[ref] != UINT64_MAX));
}

static void
check_operation(struct model *m, const struct operation *op)
{
	uint64_t hash = hash_of(m, op->place);

	switch (op->what % 8) {
	case 0 ... 2:
		check_insert(m, hash, op->ref);
		break;
	case 3:
		check_remove(m, hash, op->ref);
		break;
	case 4:
		check_remove(m, m->hash[op->ref], op->ref);
		break;
	case 5:
		check_replace(m, op->place % 2 ? hash : m->hash[op->ref], op->ref, op->other);
		break;
	case 6:
		check_walk(m, 1 + op->place);
		break;
	}
	check_lookup(m, hash);
	CHECK(m->t.count == m->count);
}

/* Entries enough to reach the last overflow line: the input alone would have to be long. */
static void
fill(struct model *m, uint8_t n)
{
	for (unsigned ref = 1; ref <= n; ref++)
		check_insert(m, hash_of(m, (uint8_t)(ref % 8)), (uint8_t)ref);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct operation op;
	struct model m = {.count = 0};

	if (size == 0)
		return 0;
	memset(m.hash, 0xff, sizeof(m.hash));
	CHECK(flow_table_init(&m.t, CAPACITY, -1) == 0);
	m.t.overflow_end =
		m.t.buckets + 20; /* less than its 32, so that 255 references exhaust it */
	fill(&m, data[0]);
	for (size_t at = 1; at + sizeof(op) <= size; at += sizeof(op)) {
		memcpy(&op, data + at, sizeof(op));
		check_operation(&m, &op);
	}
	check_walk(&m, 64);
	m.t.overflow_end = m.t.buckets + 32;
	flow_table_fini(&m.t);
	return 0;
}
