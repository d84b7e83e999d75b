/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of the tables: bench_table [ROUNDS] [MILLIONS].
 *
 * Every case is run once per round, all cases in turn, so that a disturbance of the machine meets
 * them alike; the median over the rounds is shown, and the least and greatest beside it. Records
 * are 64 bytes and named in random order: with 1 M of them, neither they nor the table fit the
 * second-level cache. Cycles are those of the TSC.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "base/clock.h"
#include "table/flow_table.h"
#include "table/memory.h"
#include "table/wheel.h"

#define BURST	   32
#define OPS	   (1u << 19)
#define ROUNDS_MAX 64

struct record {
	uint64_t key;
	uint32_t deadline;
	uint32_t coarse;
	struct wheel_armed armed;
	uint64_t spare[5];
};

static_assert(sizeof(struct record) == 64, "a record is a line, as a time-wait's is");

struct bench {
	uint32_t size; /* records */
	struct record *records;
	struct flow_table table;
	struct wheel *wheel;
	uint32_t now;
	uint64_t random;
	uint64_t sum; /* of what was found, so that no work is dropped */
	uint64_t fired;
};

static uint64_t
random_next(struct bench *b)
{
	b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
	return b->random >> 33;
}

static uint32_t
random_below(struct bench *b, uint32_t n)
{
	return (uint32_t)(random_next(b) * n >> 31);
}

/* Stands in for SipHash: a bijection, so that keys are known by their index. */
static uint64_t
hash_of(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Flow table. Record i - 1 has key i and reference i. */

static void
lookup_setup(struct bench *b)
{
	if (flow_table_init(&b->table, b->size, -1))
		exit(3);
	b->records = memory_map((uint64_t)b->size * sizeof(*b->records), -1);
	if (b->records == NULL)
		exit(3);
	for (uint32_t i = 1; i <= b->size; i++) {
		b->records[i - 1].key = i;
		if (flow_insert(&b->table, hash_of(i), i))
			exit(3);
	}
}

static void
lookup_finish(struct bench *b)
{
	flow_table_fini(&b->table);
	memory_unmap(b->records, (uint64_t)b->size * sizeof(*b->records));
}

static void
burst_draw(struct bench *b, uint64_t keys[], uint64_t hashes[])
{
	for (unsigned i = 0; i < BURST; i++) {
		keys[i] = 1 + random_below(b, b->size);
		hashes[i] = hash_of(keys[i]);
	}
}

/* What drawing keys and hashes costs, to be taken off the others. */
static double
draw(struct bench *b)
{
	uint64_t keys[BURST], hashes[BURST], start = rte_rdtsc();

	for (unsigned n = 0; n < OPS; n += BURST) {
		burst_draw(b, keys, hashes);
		b->sum += hashes[n % BURST] + hashes[(n + 7) % BURST];
		rte_compiler_barrier();
	}
	return (double)(rte_rdtsc() - start) / OPS;
}

static double
lookup_table_only(struct bench *b)
{
	uint64_t keys[BURST], hashes[BURST], start = rte_rdtsc();
	struct flow_cursor c;

	for (unsigned n = 0; n < OPS; n += BURST) {
		burst_draw(b, keys, hashes);
		for (unsigned i = 0; i < BURST; i++)
			flow_prefetch(&b->table, hashes[i]);
		for (unsigned i = 0; i < BURST; i++)
			b->sum += flow_first(&b->table, hashes[i], &c);
	}
	return (double)(rte_rdtsc() - start) / OPS;
}

static double
lookup_record(struct bench *b)
{
	uint64_t keys[BURST], hashes[BURST], start = rte_rdtsc();
	struct flow_cursor c[BURST];
	uint32_t refs[BURST];

	for (unsigned n = 0; n < OPS; n += BURST) {
		burst_draw(b, keys, hashes);
		for (unsigned i = 0; i < BURST; i++)
			flow_prefetch(&b->table, hashes[i]);
		for (unsigned i = 0; i < BURST; i++) {
			refs[i] = flow_first(&b->table, hashes[i], &c[i]);
			rte_prefetch0(&b->records[refs[i] - 1]);
		}
		for (unsigned i = 0; i < BURST; i++) {
			while (refs[i] && b->records[refs[i] - 1].key != keys[i])
				refs[i] = flow_next(&b->table, &c[i]);
			b->sum += refs[i];
		}
	}
	return (double)(rte_rdtsc() - start) / OPS;
}

static double
lookup_absent(struct bench *b)
{
	uint64_t keys[BURST], hashes[BURST], start = rte_rdtsc();
	struct flow_cursor c;

	for (unsigned n = 0; n < OPS; n += BURST) {
		burst_draw(b, keys, hashes);
		for (unsigned i = 0; i < BURST; i++) {
			hashes[i] = hash_of(keys[i] + b->size);
			flow_prefetch(&b->table, hashes[i]);
		}
		for (unsigned i = 0; i < BURST; i++)
			b->sum += flow_first(&b->table, hashes[i], &c);
	}
	return (double)(rte_rdtsc() - start) / OPS;
}

static double
lookup_cold(struct bench *b)
{
	uint64_t keys[BURST], hashes[BURST], start = rte_rdtsc();
	struct flow_cursor c;
	uint32_t ref = 0;

	for (unsigned n = 0; n < OPS / 8; n += BURST) {
		burst_draw(b, keys, hashes);
		for (unsigned i = 0; i < BURST; i++) {
			/* No reference has the top bit, but that is not known: each waits. */
			__asm__ volatile("" : "+r"(ref));
			ref = flow_first(&b->table, hashes[i] + (ref >> 31), &c);
			b->sum += ref;
		}
	}
	return (double)(rte_rdtsc() - start) / (OPS / 8);
}

/* In each burst 32 keys leave, which is timed, and come back. */
static double
remove_burst(struct bench *b)
{
	uint64_t hashes[BURST], spent = 0;

	for (unsigned n = 0; n < OPS; n += BURST) {
		uint32_t first = 1 + random_below(b, b->size - BURST);
		uint64_t start = rte_rdtsc();

		for (uint32_t i = 0; i < BURST; i++) {
			hashes[i] = hash_of(first + i);
			flow_prefetch(&b->table, hashes[i]);
		}
		for (uint32_t i = 0; i < BURST; i++)
			b->sum += flow_remove(&b->table, hashes[i], first + i);
		spent += rte_rdtsc() - start;
		for (uint32_t i = 0; i < BURST; i++)
			b->sum += (uint64_t)flow_insert(&b->table, hashes[i], first + i);
	}
	return (double)spent / OPS;
}

/* Takes a run of keys out untimed, then times putting them back. */
static double
insert_burst(struct bench *b)
{
	uint32_t n = RTE_ALIGN_FLOOR(RTE_MIN(b->size / 4, OPS), (uint32_t)BURST);
	uint32_t first = 1 + random_below(b, b->size - n);
	uint64_t start;

	for (uint32_t i = 0; i < n; i++)
		flow_remove(&b->table, hash_of(first + i), first + i);
	start = rte_rdtsc();
	for (uint32_t done = 0; done < n; done += BURST) {
		uint64_t hashes[BURST];

		for (uint32_t i = 0; i < BURST; i++) {
			hashes[i] = hash_of(first + done + i);
			flow_prefetch(&b->table, hashes[i]);
		}
		for (uint32_t i = 0; i < BURST; i++)
			b->sum += (uint64_t)flow_insert(&b->table, hashes[i], first + done + i);
	}
	return (double)(rte_rdtsc() - start) / n;
}

/* Wheel. */

static void
wheel_setup(struct bench *b)
{
	b->now = 1;
	b->wheel = wheel_create((uint64_t)b->size * 2, b->now, -1);
	b->records = memory_map((uint64_t)b->size * sizeof(*b->records), -1);
	if (b->wheel == NULL || b->records == NULL)
		exit(3);
}

static void
wheel_finish(struct bench *b)
{
	wheel_destroy(b->wheel);
	memory_unmap(b->records, (uint64_t)b->size * sizeof(*b->records));
}

static void
expire_ignore(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct bench *b = arg;

	(void)slot;
	b->sum += ids[0];
	b->fired += n;
}

static void
expire_touch(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct bench *b = arg;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(&b->records[ids[i]]);
	for (unsigned i = 0; i < n; i++) {
		struct record *r = &b->records[ids[i]];

		b->fired += r->coarse ? wheel_fired_coarse(&r->coarse, slot)
				      : wheel_fired(&r->armed, slot);
	}
}

/* The records are in order, so that the wheel's own lines are what is measured. */
static double
arm_fine(struct bench *b)
{
	uint64_t start = rte_rdtsc(), spent;

	for (uint32_t i = 0; i < b->size; i++) {
		struct wheel_armed armed = {0};

		if (wheel_arm(b->wheel, &armed, i, b->now + 200 + random_below(b, 800)))
			exit(3);
	}
	spent = rte_rdtsc() - start;
	while (wheel_pending(b->wheel))
		wheel_advance(b->wheel, ++b->now, UINT32_MAX, expire_ignore, b);
	return (double)spent / b->size;
}

/* As a poll loop has it: a burst of random records already fetched for their packets. */
static double
arm_records(struct bench *b)
{
	uint64_t spent = 0;
	uint32_t ids[BURST];

	for (uint32_t n = 0; n < b->size; n += BURST) {
		uint64_t start;

		for (unsigned i = 0; i < BURST; i++) {
			ids[i] = random_below(b, b->size);
			*(volatile uint64_t *)&b->records[ids[i]].key = n;
		}
		rte_mb();
		start = rte_rdtsc_precise();
		for (unsigned i = 0; i < BURST; i++)
			wheel_arm(b->wheel, &b->records[ids[i]].armed, ids[i],
				  b->now + 200 + random_below(b, 800));
		spent += rte_rdtsc_precise() - start;
	}
	while (wheel_pending(b->wheel))
		wheel_advance(b->wheel, ++b->now, UINT32_MAX, expire_touch, b);
	return (double)spent / b->size;
}

static uint32_t
fill_fine(struct bench *b)
{
	for (uint32_t i = 0; i < b->size; i++) {
		uint32_t id = (uint32_t)((uint64_t)i * 2654435761u % b->size);

		wheel_arm(b->wheel, &b->records[id].armed, id, b->now + 1 + random_below(b, 1000));
	}
	return (uint32_t)wheel_pending(b->wheel);
}

static double
drain(struct bench *b, wheel_expire_fn fn)
{
	uint32_t n = fill_fine(b);
	uint64_t start = rte_rdtsc();

	b->fired = 0;
	while (wheel_pending(b->wheel))
		wheel_advance(b->wheel, ++b->now, 256, fn, b);
	start = rte_rdtsc() - start;
	for (uint32_t i = 0; i < b->size; i++)
		b->records[i].armed = (struct wheel_armed){0};
	return (double)start / n;
}

static double
fire_scan(struct bench *b)
{
	return drain(b, expire_ignore);
}

static double
fire_records(struct bench *b)
{
	return drain(b, expire_touch);
}

/* Time-waits: armed one after the other, 60 s ahead, while as many are pending. */
static void
coarse_turn(struct bench *b, uint64_t *arm, uint64_t *fire)
{
	const uint32_t wait = 58594; /* 60 s */
	uint32_t per_tick = b->size / wait + 1;

	for (uint32_t i = 0; i < b->size;) {
		uint64_t start = rte_rdtsc(), middle;

		for (uint32_t n = 0; n < per_tick && i < b->size; n++, i++)
			wheel_arm_coarse(b->wheel, &b->records[i].coarse, i, b->now + wait);
		middle = rte_rdtsc();
		wheel_advance(b->wheel, ++b->now, UINT32_MAX, expire_touch, b);
		*arm += middle - start;
		*fire += rte_rdtsc() - middle;
	}
	for (uint64_t start = rte_rdtsc(); wheel_pending(b->wheel);) {
		wheel_advance(b->wheel, ++b->now, 256, expire_touch, b);
		if (!wheel_pending(b->wheel))
			*fire += rte_rdtsc() - start;
	}
}

static double
arm_coarse(struct bench *b)
{
	uint64_t arm = 0, fire = 0;

	coarse_turn(b, &arm, &fire);
	return (double)arm / b->size;
}

static double
fire_coarse(struct bench *b)
{
	uint64_t arm = 0, fire = 0;

	coarse_turn(b, &arm, &fire);
	return (double)fire / b->size;
}

/* A deadline that moves later: the wheel is not touched. */
static double
arm_later(struct bench *b)
{
	struct wheel_armed armed = {0};
	uint64_t start;

	wheel_arm(b->wheel, &armed, 0, b->now + 100);
	start = rte_rdtsc();
	for (uint32_t i = 0; i < OPS; i++)
		wheel_arm(b->wheel, &armed, 0, b->now + 100 + i % 512);
	start = rte_rdtsc() - start;
	while (wheel_pending(b->wheel))
		wheel_advance(b->wheel, ++b->now, 256, expire_ignore, b);
	return (double)start / OPS;
}

struct bench_case {
	const char *name;
	double (*run)(struct bench *b);
};

static const struct bench_case table_cases[] = {
	{"draw a key and its hash (in the lookups below)", draw},
	{"lookup x32, table only", lookup_table_only},
	{"lookup x32, record touched and verified", lookup_record},
	{"lookup x32, absent", lookup_absent},
	{"lookup x1, no prefetch", lookup_cold},
	{"insert x32", insert_burst},
	{"remove x32", remove_burst},
};

static const struct bench_case wheel_cases[] = {
	{"arm 0.2-1 s, wheel only", arm_fine},
	{"arm 0.2-1 s, record in cache", arm_records},
	{"arm later than armed", arm_later},
	{"fire, ids only", fire_scan},
	{"fire, record touched", fire_records},
	{"arm coarse 60 s, record in order", arm_coarse},
	{"fire coarse 60 s, record touched", fire_coarse},
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
run(uint32_t size, const struct bench_case *cases, unsigned n, unsigned rounds,
    void (*setup)(struct bench *), void (*finish)(struct bench *))
{
	double cycles[16][ROUNDS_MAX];
	struct bench b = {.size = size, .random = 1};

	setup(&b);
	for (unsigned r = 0; r < rounds + 1; r++) /* the first warms and is overwritten */
		for (unsigned i = 0; i < n; i++)
			cycles[i][r ? r - 1 : 0] = cases[i].run(&b);
	finish(&b);
	printf("%" PRIu32 " records\n", size);
	for (unsigned i = 0; i < n; i++) {
		qsort(cycles[i], rounds, sizeof(cycles[i][0]), compare);
		printf("  %-48s %7.1f  (%.1f to %.1f)\n", cases[i].name, cycles[i][rounds / 2],
		       cycles[i][0], cycles[i][rounds - 1]);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const uint32_t table_sizes[] = {1000, 1000000, 16000000};
	static const uint32_t wheel_sizes[] = {1000000, 10000000};
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
	uint32_t most = argc > 2 ? (uint32_t)atoi(argv[2]) * 1000000u : UINT32_MAX;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_table [ROUNDS, 1 to %d] [MILLIONS]\n", ROUNDS_MAX);
		return 2;
	}
	printf("cycles per operation: median of %u rounds (least to greatest)\n", rounds);
	for (unsigned i = 0; i < RTE_DIM(table_sizes); i++)
		if (table_sizes[i] <= most)
			run(table_sizes[i], table_cases, RTE_DIM(table_cases), rounds, lookup_setup,
			    lookup_finish);
	for (unsigned i = 0; i < RTE_DIM(wheel_sizes); i++)
		if (wheel_sizes[i] <= most)
			run(wheel_sizes[i], wheel_cases, RTE_DIM(wheel_cases), rounds, wheel_setup,
			    wheel_finish);
	return 0;
}
