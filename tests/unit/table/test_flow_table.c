/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model knows for each reference whether it is in the table and under which hash, and counts
 * the entries by bucket and by {bucket, tag}. Hashes are made for a bucket and a tag, so that
 * collisions of both are had at will.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "table/flow_table.h"

/* Some hash that falls into bucket of t and carries tag. */
static uint64_t
hash_made(const struct flow_table *t, uint32_t bucket, uint16_t tag, uint16_t noise)
{
	uint64_t low = (((uint64_t)bucket << 32) + t->buckets - 1) / t->buckets;

	return (uint64_t)tag << 48 | (uint64_t)noise << 32 | low;
}

static unsigned
candidates(const struct flow_table *t, uint64_t hash)
{
	struct flow_cursor c;
	unsigned n = 0;

	for (uint32_t ref = flow_first(t, hash, &c); ref; ref = flow_next(t, &c))
		n++;
	return n;
}

static bool
holds(const struct flow_table *t, uint64_t hash, uint32_t wanted)
{
	struct flow_cursor c;
	uint32_t ref = flow_first(t, hash, &c);

	while (ref && ref != wanted)
		ref = flow_next(t, &c);
	return ref == wanted;
}

static unsigned
overflow_in_use(const struct flow_table *t)
{
	unsigned n = t->overflow_fresh - t->buckets;

	for (uint32_t i = t->overflow_free; i; i = t->lines[i].next)
		n--;
	return n;
}

static void
refuses_a_capacity_that_cannot_be(void **state)
{
	struct flow_table t;

	(void)state;
	assert_int_equal(flow_table_init(&t, 0, -1), -EINVAL);
	assert_int_equal(flow_table_init(&t, UINT64_MAX, -1), -EINVAL);
	flow_table_fini(&t);
}

static void
finds_replaces_and_removes(void **state)
{
	const uint64_t hash = 0x123456789abcdef0;
	struct flow_table t;

	(void)state;
	assert_int_equal(flow_table_init(&t, 100, -1), 0);
	assert_int_equal(candidates(&t, hash), 0);
	assert_int_equal(flow_insert(&t, hash, 7), 0);
	assert_true(holds(&t, hash, 7));
	assert_int_equal(candidates(&t, hash ^ 1ull << 63), 0);
	assert_false(flow_replace(&t, hash, 8, 9));
	assert_true(flow_replace(&t, hash, 7, UINT32_MAX));
	assert_true(holds(&t, hash, UINT32_MAX));
	assert_int_equal(candidates(&t, hash), 1);
	assert_false(flow_remove(&t, hash, 7));
	assert_true(flow_remove(&t, hash, UINT32_MAX));
	assert_int_equal(candidates(&t, hash), 0);
	assert_int_equal(t.count, 0);
	flow_table_fini(&t);
}

/* Tag 0 stands for "free": a hash whose high bits are 0 is served all the same. */
static void
a_hash_of_zero_is_a_hash(void **state)
{
	struct flow_table t;

	(void)state;
	assert_int_equal(flow_table_init(&t, 100, -1), 0);
	assert_int_equal(candidates(&t, 0), 0);
	assert_int_equal(flow_insert(&t, 0, 1), 0);
	assert_true(holds(&t, 0, 1));
	assert_int_equal(candidates(&t, 0), 1);
	assert_int_equal(flow_insert(&t, 0, 2), 0);
	assert_true(holds(&t, 0, 1) && holds(&t, 0, 2));
	assert_true(flow_remove(&t, 0, 1));
	assert_int_equal(candidates(&t, 0), 1);
	flow_table_fini(&t);
}

/* Two entries of one tag whose references look like tags and free entries. */
static void
a_reference_is_never_taken_for_a_tag(void **state)
{
	struct flow_table t;
	uint64_t hash;

	(void)state;
	assert_int_equal(flow_table_init(&t, 100, -1), 0);
	hash = hash_made(&t, 3, 0x0101, 0);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(
			flow_insert(&t, hash_made(&t, 3, (uint16_t)(2 + i), 0), 0x01010101), 0);
	assert_int_equal(candidates(&t, hash), 0);
	assert_int_equal(overflow_in_use(&t), 0);
	flow_table_fini(&t);
}

static void
same_tag_same_bucket_gives_every_candidate(void **state)
{
	enum {
		N = 95
	};
	struct flow_table t;
	uint64_t hash;

	(void)state;
	assert_int_equal(flow_table_init(&t, 1000, -1), 0);
	hash = hash_made(&t, 17, 0xbeef, 0);
	for (uint32_t ref = 1; ref <= N; ref++)
		assert_int_equal(flow_insert(&t, hash + ((uint64_t)ref << 32), ref), 0);
	assert_int_equal(candidates(&t, hash), N);
	for (uint32_t ref = 1; ref <= N; ref++)
		assert_true(holds(&t, hash, ref));
	assert_int_equal(overflow_in_use(&t), 9);
	for (uint32_t ref = 1; ref <= N; ref++) {
		assert_true(flow_remove(&t, hash, ref));
		assert_false(holds(&t, hash, ref));
		assert_int_equal(candidates(&t, hash), N - ref);
		/* No longer than the entries need: ceil((N - ref) / 10) lines, one of them the
		 * bucket. */
		assert_int_equal(overflow_in_use(&t), N - ref ? (N - ref - 1) / 10 : 0);
	}
	flow_table_fini(&t);
}

static void
says_when_the_overflow_is_exhausted_and_recovers(void **state)
{
	struct flow_table t;
	uint32_t lines, fits, ref;

	(void)state;
	assert_int_equal(flow_table_init(&t, 1000, -1), 0);
	lines = t.overflow_end - t.buckets;
	fits = (lines + 1) * FLOW_BUCKET_ENTRIES;
	for (unsigned round = 0; round < 3; round++) {
		uint64_t hash = hash_made(&t, round * 50, 1, 0);

		for (ref = 1; ref <= fits; ref++)
			assert_int_equal(flow_insert(&t, hash, ref), 0);
		assert_int_equal(flow_insert(&t, hash, ref), -ENOSPC);
		assert_int_equal(flow_insert(&t, hash, ref), -ENOSPC);
		assert_int_equal(t.count, fits);
		assert_int_equal(candidates(&t, hash), fits);
		assert_int_equal(flow_insert(&t, hash_made(&t, 199, 1, 0), ref), 0);
		assert_true(flow_remove(&t, hash_made(&t, 199, 1, 0), ref));
		for (ref = fits; ref >= 1; ref--)
			assert_true(flow_remove(&t, hash, ref));
		assert_int_equal(overflow_in_use(&t), 0);
	}
	flow_table_fini(&t);
}

static void
capacity_always_fits(void **state)
{
	struct model_random r = {1};

	(void)state;
	for (uint32_t capacity = 1; capacity < 3000; capacity += 1 + capacity / 20) {
		for (unsigned round = 0; round < 50; round++) {
			struct flow_table t;

			assert_int_equal(flow_table_init(&t, capacity, -1), 0);
			for (uint32_t ref = 1; ref <= capacity; ref++)
				assert_int_equal(flow_insert(&t, model_random(&r), ref), 0);
			flow_table_fini(&t);
		}
	}
}

static void
few_buckets_overflow_at_capacity(void **state)
{
	const uint32_t capacity = 1000000;
	struct model_random r = {1};
	struct flow_table t;
	double share;

	(void)state;
	assert_int_equal(flow_table_init(&t, capacity, -1), 0);
	for (uint32_t ref = 1; ref <= capacity; ref++)
		assert_int_equal(flow_insert(&t, model_random(&r), ref), 0);
	share = (double)overflow_in_use(&t) / t.buckets;
	print_message("%.2f %% of the buckets overflow, %.1f bytes an entry\n", share * 100,
		      (double)flow_table_bytes(capacity) / capacity);
	assert_true(share > 0.013 && share < 0.0145); /* Poisson: P(X > 10 | 5) = 1.37 % */
	flow_table_fini(&t);
}

struct model_entry {
	uint64_t hash;
	bool in;
	bool walked;
};

struct model {
	struct flow_table t;
	struct model_random r;
	struct model_entry *entries; /* by reference */
	uint32_t references;
	uint32_t tags;	   /* tags in use, 0: all */
	uint32_t *load;	   /* entries by bucket */
	uint32_t *tagged;  /* entries by bucket and tag; NULL when tags is 0 */
	uint32_t overflow; /* lines that the loads need */
	uint32_t count;
};

static void
model_create(struct model *m, uint32_t capacity, uint32_t references, uint32_t tags)
{
	*m = (struct model){.references = references, .tags = tags, .r = {1}};
	assert_int_equal(flow_table_init(&m->t, capacity, -1), 0);
	m->entries = calloc(references + 1, sizeof(*m->entries));
	m->load = calloc(m->t.buckets, sizeof(*m->load));
	m->tagged = tags ? calloc(m->t.buckets * (tags + 1), sizeof(*m->tagged)) : NULL;
}

static void
model_destroy(struct model *m)
{
	flow_table_fini(&m->t);
	free(m->entries);
	free(m->load);
	free(m->tagged);
}

static uint64_t
model_hash(struct model *m)
{
	if (m->tags == 0)
		return model_random(&m->r);
	/* Few buckets take most, so that some overflow far. */
	return hash_made(
		&m->t,
		model_below(&m->r, model_once_in(&m->r, 3) ? m->t.buckets : m->t.buckets / 8),
		(uint16_t)(1 + model_below(&m->r, m->tags)), (uint16_t)model_random(&m->r));
}

static uint32_t
model_bucket(const struct model *m, uint64_t hash)
{
	return (uint32_t)((hash & UINT32_MAX) * m->t.buckets >> 32);
}

static uint32_t
lines_beyond(uint32_t load)
{
	return load ? (load - 1) / FLOW_BUCKET_ENTRIES : 0;
}

/* Adds n (1 or -1) entries under hash to the counts. */
static void
model_count(struct model *m, uint64_t hash, int n)
{
	uint32_t bucket = model_bucket(m, hash);

	m->overflow -= lines_beyond(m->load[bucket]);
	m->load[bucket] += (uint32_t)n;
	m->overflow += lines_beyond(m->load[bucket]);
	if (m->tagged)
		m->tagged[bucket * (m->tags + 1) + (hash >> 48)] += (uint32_t)n;
	m->count += (uint32_t)n;
}

static void
check_insert(struct model *m, uint32_t ref)
{
	uint64_t hash = model_hash(m);
	uint32_t load = m->load[model_bucket(m, hash)];
	bool grows = lines_beyond(load + 1) > lines_beyond(load);
	bool full = grows && m->overflow == m->t.overflow_end - m->t.buckets;

	assert_int_equal(flow_insert(&m->t, hash, ref), full ? -ENOSPC : 0);
	if (full)
		return;
	m->entries[ref] = (struct model_entry){hash, true, false};
	model_count(m, hash, 1);
}

/* The tag would be no other: an entry is removed by its bucket and reference. */
static uint64_t
other_bucket(uint64_t hash)
{
	return hash ^ 1ull << 31;
}

static void
check_remove(struct model *m, uint32_t ref)
{
	struct model_entry *e = &m->entries[ref];

	assert_false(flow_remove(&m->t, other_bucket(e->hash), ref));
	assert_true(flow_remove(&m->t, (uint32_t)e->hash, ref));
	assert_false(flow_remove(&m->t, e->hash, ref));
	e->in = false;
	model_count(m, e->hash, -1);
}

static void
check_replace(struct model *m, uint32_t old)
{
	uint32_t ref = 1 + model_below(&m->r, m->references);

	if (m->entries[ref].in) {
		assert_false(flow_replace(&m->t, other_bucket(m->entries[old].hash), old, ref));
		return;
	}
	assert_true(flow_replace(&m->t, (uint32_t)m->entries[old].hash, old, ref));
	m->entries[ref] = m->entries[old];
	m->entries[old].in = false;
}

/* Each candidate is in the table under that bucket and tag, and none is missing or comes twice. */
static void
check_lookup(struct model *m, uint64_t hash)
{
	uint32_t seen[512], n = 0;
	struct flow_cursor c;

	for (uint32_t ref = flow_first(&m->t, hash, &c); ref; ref = flow_next(&m->t, &c)) {
		const struct model_entry *e = &m->entries[ref];

		assert_true(ref <= m->references && e->in);
		assert_true(e->hash >> 48 == hash >> 48);
		assert_int_equal(model_bucket(m, e->hash), model_bucket(m, hash));
		for (uint32_t i = 0; i < n; i++)
			assert_true(seen[i] != ref);
		assert_true(n < 512);
		seen[n++] = ref;
	}
	if (m->tagged)
		assert_int_equal(n,
				 m->tagged[model_bucket(m, hash) * (m->tags + 1) + (hash >> 48)]);
}

static void
walked(uint32_t ref, void *arg)
{
	struct model *m = arg;

	assert_true(ref <= m->references && m->entries[ref].in && !m->entries[ref].walked);
	m->entries[ref].walked = true;
}

static void
check_walk(struct model *m)
{
	uint64_t pos = 0;
	uint32_t n = 0;

	while (flow_walk(&m->t, &pos, 1 + model_below(&m->r, 100), walked, m))
		;
	for (uint32_t ref = 1; ref <= m->references; ref++) {
		n += m->entries[ref].walked;
		assert_true(m->entries[ref].walked == m->entries[ref].in);
		m->entries[ref].walked = false;
	}
	assert_int_equal(n, m->count);
}

static void
model_step(struct model *m, unsigned insert_of_16)
{
	uint32_t ref = 1 + model_below(&m->r, m->references);
	unsigned what = model_below(&m->r, 16);

	if (!m->entries[ref].in) {
		if (what < insert_of_16)
			check_insert(m, ref);
		else
			check_lookup(m, model_hash(m));
	} else if (what < 16 - insert_of_16) {
		check_remove(m, ref);
	} else if (what == 15) {
		check_replace(m, ref);
	} else {
		assert_true(holds(&m->t, m->entries[ref].hash, ref));
		check_lookup(m, m->entries[ref].hash);
	}
	assert_int_equal(m->t.count, m->count);
}

/* Waves of growth and of shrinking; at the crests the overflow area is exhausted or not. */
static void
model_run(struct model *m, unsigned operations)
{
	unsigned exhausted = 0;

	for (unsigned n = 0; n < operations; n++) {
		model_step(m, n / 20000 % 2 ? 4 : 12);
		exhausted += m->overflow == m->t.overflow_end - m->t.buckets;
		if (n % 50000 == 0) {
			check_walk(m);
			assert_int_equal(overflow_in_use(&m->t), m->overflow);
		}
	}
	if (m->tags)
		assert_true(exhausted > operations / 1000);
	for (uint32_t ref = 1; ref <= m->references; ref++)
		if (m->entries[ref].in)
			check_remove(m, ref);
	assert_int_equal(m->t.count, 0);
	assert_int_equal(overflow_in_use(&m->t), 0);
}

static void
agrees_with_the_model_under_collisions(void **state)
{
	struct model m;

	(void)state;
	model_create(&m, 320, 1500, 5);
	model_run(&m, MODEL_OPERATIONS);
	model_destroy(&m);
}

static void
agrees_with_the_model_at_high_load(void **state)
{
	struct model m;

	(void)state;
	model_create(&m, 10000, 20000, 0);
	model_run(&m, MODEL_OPERATIONS);
	model_destroy(&m);
}

/* A walk on another core. Lasting entries are never moved, since no bucket overflows. */
#define LASTING 1000u
#define COMING	1000u

struct reader {
	struct flow_table *t;
	bool stop;
	uint8_t seen[1 + LASTING];
	uint64_t walks;
	bool strange;
};

static void
read_one(uint32_t ref, void *arg)
{
	struct reader *rd = arg;

	if (ref > LASTING + COMING)
		rd->strange = true;
	else if (ref <= LASTING)
		rd->seen[ref]++;
}

static void *
read_all(void *arg)
{
	struct reader *rd = arg;

	while (!__atomic_load_n(&rd->stop, __ATOMIC_RELAXED)) {
		uint64_t pos = 0;

		memset(rd->seen, 0, sizeof(rd->seen));
		while (flow_walk(rd->t, &pos, 64, read_one, rd))
			;
		for (uint32_t ref = 1; ref <= LASTING; ref++)
			rd->strange |= rd->seen[ref] != 1;
		__atomic_fetch_add(&rd->walks, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
another_core_may_walk_while_the_owner_writes(void **state)
{
	static struct reader rd;
	struct flow_table t;
	pthread_t thread;

	(void)state;
	assert_int_equal(flow_table_init(&t, 2500, -1), 0);
	for (uint32_t ref = 1; ref <= LASTING; ref++)
		flow_insert(&t, hash_made(&t, ref % t.buckets, (uint16_t)ref, 0), ref);
	rd = (struct reader){.t = &t};
	assert_int_equal(pthread_create(&thread, NULL, read_all, &rd), 0);
	while (__atomic_load_n(&rd.walks, __ATOMIC_RELAXED) < 200) {
		for (uint32_t ref = LASTING + 1; ref <= LASTING + COMING; ref++)
			flow_insert(&t, hash_made(&t, ref % t.buckets, (uint16_t)ref, 0), ref);
		for (uint32_t ref = LASTING + 1; ref <= LASTING + COMING; ref++)
			flow_remove(&t, hash_made(&t, ref % t.buckets, (uint16_t)ref, 0), ref);
	}
	__atomic_store_n(&rd.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_false(rd.strange);
	flow_table_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_capacity_that_cannot_be),
		cmocka_unit_test(finds_replaces_and_removes),
		cmocka_unit_test(a_hash_of_zero_is_a_hash),
		cmocka_unit_test(a_reference_is_never_taken_for_a_tag),
		cmocka_unit_test(same_tag_same_bucket_gives_every_candidate),
		cmocka_unit_test(says_when_the_overflow_is_exhausted_and_recovers),
		cmocka_unit_test(capacity_always_fits),
		cmocka_unit_test(few_buckets_overflow_at_capacity),
		cmocka_unit_test(agrees_with_the_model_under_collisions),
		cmocka_unit_test(agrees_with_the_model_at_high_load),
		cmocka_unit_test(another_core_may_walk_while_the_owner_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
