/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A wheel and the records that own its entries, against what each record was promised: not before
 * its deadline, and not after the first call that reaches it and has work left to spend. Each eight
 * bytes of input are one operation. Ticks are counted in 64 bits here; the first bytes say where
 * they begin, so that the wrap of 32 bits is within reach.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "fuzz.h"
#include "table/wheel.h"

#define RECORDS 8
#define NEVER	UINT64_MAX

struct operation {
	uint8_t what;
	uint8_t id;
	uint16_t limit;
	uint32_t ticks;
};

struct record {
	struct wheel_armed armed;
	uint32_t coarse;   /* odd records are armed coarsely */
	uint64_t deadline; /* NEVER: none */
	uint64_t latest;   /* when a wheel that keeps up must have fired */
	bool once;	   /* armed coarsely, and its entry may not come early */
};

struct model {
	struct wheel *wheel;
	struct record records[RECORDS];
	uint64_t now;
	uint64_t reached; /* where the wheel stands at least */
	uint64_t pending;
};

/* What a deadline may be late by: nothing, or a coarse slot. */
static uint64_t
lateness(const struct model *m, uint32_t id, uint64_t deadline)
{
	if (id % 2 == 0 || deadline < m->reached + 1024)
		return 0;
	return deadline < m->reached + 254 * 1024 ? 1023 : (1 << 18) - 1;
}

static void
arm(struct model *m, uint32_t id, uint64_t deadline)
{
	struct record *r = &m->records[id];
	struct wheel_armed before = r->armed;
	uint64_t added;
	int rc;

	deadline += (uint32_t)deadline == TICK_NONE;
	if (id % 2)
		rc = wheel_arm_coarse(m->wheel, &r->coarse, id, (uint32_t)deadline);
	else
		rc = wheel_arm(m->wheel, &r->armed, id, (uint32_t)deadline);
	added = wheel_pending(m->wheel) - m->pending;
	CHECK(added <= (rc == 0));
	m->pending += added;
	r->once = id % 2 && added && deadline < m->reached + (60u << 18);
	if (rc != 0) {
		CHECK(rc == -ENOSPC && memcmp(&before, &r->armed, sizeof(before)) == 0);
		return;
	}
	CHECK(id % 2 ? r->coarse != 0 : r->armed.slot[0] != 0);
	r->deadline = deadline;
	r->latest = deadline + lateness(m, id, deadline);
	/* Too late is the next tick of a wheel that may stand anywhere up to now. */
	if (r->latest <= m->now)
		r->latest = m->now + 1;
}

static void
put_off(struct model *m, uint32_t id, uint64_t deadline)
{
	struct record *r = &m->records[id];
	uint64_t latest;

	if (r->deadline == NEVER || deadline < r->deadline)
		return;
	deadline += (uint32_t)deadline == TICK_NONE;
	latest = deadline + lateness(m, id, deadline);
	r->once = false;
	r->deadline = deadline;
	r->latest = latest > r->latest ? latest : r->latest;
}

/* Entries that their record forgets at once, and one that it does not: chunks fill and chain. */
static void
crowd(struct model *m, uint32_t id, uint64_t deadline, unsigned n)
{
	struct record *r = &m->records[id];

	do {
		memset(&r->armed, 0, sizeof(r->armed));
		r->coarse = 0;
		arm(m, id, deadline);
	} while (n--);
}

static void
expire(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct model *m = arg;

	CHECK(n >= 1 && n <= WHEEL_BATCH && n <= m->pending);
	m->pending -= n;
	for (unsigned i = 0; i < n; i++) {
		struct record *r = &m->records[ids[i]];

		CHECK(ids[i] < RECORDS);
		if (ids[i] % 2 ? !wheel_fired_coarse(&r->coarse, slot)
			       : !wheel_fired(&r->armed, slot))
			continue;
		if (r->deadline == NEVER)
			continue;
		CHECK(r->deadline <= m->now || !r->once);
		if (r->deadline > m->now)
			arm(m, ids[i], r->deadline);
		else
			r->deadline = r->latest = NEVER;
	}
}

static void
advance(struct model *m, uint32_t ticks, unsigned limit)
{
	unsigned n;

	m->now += ticks;
	n = wheel_advance(m->wheel, (uint32_t)m->now, limit, expire, m);
	CHECK(n < (uint64_t)limit + WHEEL_BATCH);
	CHECK(wheel_pending(m->wheel) == m->pending);
	if (n >= limit)
		return;
	m->reached = m->now;
	for (unsigned i = 0; i < RECORDS; i++)
		CHECK(m->records[i].latest > m->now);
}

static void
operate(struct model *m, const struct operation *op)
{
	uint32_t id = op->id % RECORDS, ticks = op->ticks % (1u << 25);

	switch (op->what % 8) {
	case 0:
		arm(m, id, m->now + ticks % 1100);
		break;
	case 1:
		arm(m, id, m->now + ticks % 300000);
		break;
	case 2:
		arm(m, id, m->now + ticks);
		break;
	case 3:
		crowd(m, id, m->now + ticks % 1100 - 100, op->limit % 40);
		break;
	case 4:
		put_off(m, id, m->now + ticks);
		break;
	case 5:
		m->records[id].deadline = m->records[id].latest = NEVER;
		break;
	case 6:
		advance(m, ticks % 2000, op->limit);
		break;
	case 7:
		advance(m, ticks, op->limit);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model m = {.now = 3ull << 32};
	struct operation op;
	uint16_t begin;

	if (size < sizeof(begin))
		return 0;
	memcpy(&begin, data, sizeof(begin));
	m.now -= (uint64_t)begin << 4;
	m.reached = m.now;
	for (unsigned i = 0; i < RECORDS; i++)
		m.records[i].deadline = m.records[i].latest = NEVER;
	m.wheel = wheel_create(100, (uint32_t)m.now, -1);
	CHECK(m.wheel != NULL);
	for (size_t at = sizeof(begin); at + sizeof(op) <= size; at += sizeof(op)) {
		memcpy(&op, data + at, sizeof(op));
		operate(&m, &op);
	}
	for (unsigned i = 0; i < 100 && m.pending; i++)
		advance(&m, 1 << 25, UINT32_MAX);
	CHECK(m.pending == 0);
	wheel_destroy(m.wheel);
	return 0;
}
