/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pool of fixed-size records named by index: conns, half-opens, time-waits.
 *
 * Last freed, first used, so that a record is handed out while its lines are warm; a record never
 * used so far is handed out only when none is free, so that memory is touched as it is needed and
 * start-up does not depend on capacity. Free records keep their content: timers rely on the armed
 * field of a record surviving its reuse (see wheel.h). Fresh records are zero. Single owner, no
 * lock.
 */
#ifndef TCT_TABLE_POOL_H
#define TCT_TABLE_POOL_H

#include <stdint.h>

#include <rte_debug.h>
#include <rte_prefetch.h>

#define POOL_NONE UINT32_MAX

struct pool {
	uint8_t *records;
	uint32_t *free; /* stack of freed indices */
	uint32_t free_count;
	uint32_t fresh; /* indices from here on were never used */
	uint32_t capacity;
	uint32_t record_size; /* bytes, a multiple or a whole part of 64 */
	uint32_t used;
	int socket;
};

/* 0, -EINVAL (record_size) or -ENOMEM. Records and stack are on NUMA node socket (-1: any). */
int pool_init(struct pool *p, uint32_t capacity, uint32_t record_size, int socket);

/* Gives the memory back; harmless on a pool that is all zero. */
void pool_fini(struct pool *p);

/* Bytes pool_init() would take, all records used. */
uint64_t pool_bytes(uint32_t capacity, uint32_t record_size);

/* An index, or POOL_NONE when all are in use. */
static inline uint32_t
pool_alloc(struct pool *p)
{
	uint32_t i;

	if (p->free_count)
		i = p->free[--p->free_count];
	else if (p->fresh < p->capacity)
		i = p->fresh++;
	else
		return POOL_NONE;
	p->used++;
	return i;
}

static inline void
pool_free(struct pool *p, uint32_t i)
{
	RTE_ASSERT(i < p->fresh && p->used > 0);
	p->free[p->free_count++] = i;
	p->used--;
}

/* Has the nth record from now on, 0 being the next that pool_alloc() hands out, come closer. */
static inline void
pool_prefetch(const struct pool *p, uint32_t n)
{
	uint32_t i =
		n < p->free_count ? p->free[p->free_count - 1 - n] : p->fresh + n - p->free_count;
	const uint8_t *record = p->records + (uint64_t)i * p->record_size;

	for (uint32_t line = 0; line < p->record_size; line += 64)
		rte_prefetch0(record + line); /* beyond the last: harmless */
}

static inline void *
pool_at(const struct pool *p, uint32_t i)
{
	return p->records + (uint64_t)i * p->record_size;
}

#endif
