/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two models. The wheel's: what each slot holds, in the order of arming, and the tick at which that
 * is due, worked out in 64 bits from the numbers that the header gives. The owner's: a deadline per
 * record, which must be met at or after it and by the first call that reaches it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model.h"
#include "table/wheel.h"

#define SLOTS	    1344u
#define HOUR	    3515625u /* ticks */
#define NO_DEADLINE UINT64_MAX

struct entry {
	uint32_t id;
	uint64_t tick;
};

struct queue {
	struct entry *entries;
	uint32_t head, tail, size;
};

struct record {
	struct wheel_armed armed;
	uint32_t coarse;   /* wheel_arm_coarse()'s */
	uint64_t deadline; /* NO_DEADLINE: none */
	uint64_t latest;   /* when it must have been met */
};

struct model {
	struct wheel *wheel;
	struct model_random r;
	struct record *records;
	uint32_t count;
	bool coarse;
	uint64_t now;	   /* what wheel_advance() was last told */
	uint64_t position; /* where the wheel stands: behind now while work is left over */
	uint64_t fired, stale, useful, appended;
	uint32_t rearm_ticks; /* 0: a fired record rests; else re-armed within so many */
	struct queue slots[SLOTS + 1];
};

static void
queue_push(struct queue *q, struct entry e)
{
	if (q->tail == q->size) {
		q->size = q->size ? q->size * 2 : 64;
		q->entries = realloc(q->entries, q->size * sizeof(*q->entries));
		assert_non_null(q->entries);
	}
	q->entries[q->tail++] = e;
}

static struct entry
queue_pop(struct queue *q)
{
	struct entry e = q->entries[q->head++];

	if (q->head == q->tail)
		q->head = q->tail = 0;
	return e;
}

/* Length of a slot in ticks, and its distance from the first of its level. */
static uint64_t
slot_ticks(uint32_t slot)
{
	return slot <= 1024 ? 1 : slot <= 1280 ? 1024 : 1 << 18;
}

/* The next time after the position at which slot comes round. */
static uint64_t
slot_due(const struct model *m, uint32_t slot)
{
	uint64_t ticks = slot_ticks(slot), lap = slot <= 1024 ? 1024 : slot <= 1280 ? 256 : 64;
	uint64_t index = slot - (slot <= 1024 ? 1 : slot <= 1280 ? 1025 : 1281);
	uint64_t unit = m->position / ticks + 1;

	return (unit + (index + lap - unit % lap) % lap) * ticks;
}

static struct model *
model_create(uint64_t entries, uint32_t records, uint64_t now)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	*m = (struct model){.count = records, .now = now, .position = now, .r = {1}};
	m->wheel = wheel_create(entries, (uint32_t)now, -1);
	assert_non_null(m->wheel);
	m->records = calloc(records, sizeof(*m->records));
	for (uint32_t i = 0; i < records; i++)
		m->records[i].deadline = m->records[i].latest = NO_DEADLINE;
	return m;
}

static void
model_destroy(struct model *m)
{
	wheel_destroy(m->wheel);
	for (uint32_t i = 0; i <= SLOTS; i++)
		free(m->slots[i].entries);
	free(m->records);
	free(m);
}

/* Deadlines of 32 bits: 0 is none. */
static uint64_t
deadline_in(const struct model *m, int64_t ticks)
{
	uint64_t d = m->now + (uint64_t)ticks;

	return (uint32_t)d == TICK_NONE ? d + 1 : d;
}

/* The tick of a slot that a record knows of: the one of its entries there. */
static uint64_t
known_tick(const struct model *m, uint32_t id, uint32_t slot)
{
	const struct queue *q = &m->slots[slot];

	for (uint32_t i = q->head; i < q->tail; i++)
		if (q->entries[i].id == id)
			return q->entries[i].tick;
	fail_msg("a known entry is not pending");
	return 0;
}

static void
check_armed_fine(struct model *m, uint32_t id, uint64_t deadline, bool appended, uint32_t before)
{
	const struct record *r = &m->records[id];
	uint64_t wanted = deadline > m->position ? deadline : m->position + 1, due, last = 0;

	if (!appended) {
		assert_true(before != 0);
		assert_int_equal(r->armed.slot[0], before);
		assert_true(known_tick(m, id, before) <= wanted);
		return;
	}
	if (before)
		assert_true(known_tick(m, id, before) > wanted);
	due = slot_due(m, r->armed.slot[0]);
	assert_true(due > m->position && due <= wanted);
	if (wanted - m->position < 1024)
		assert_int_equal(due, wanted);
	else if (wanted - m->position < 255 * 1024)
		assert_true(wanted - due < 1024);
	else if (wanted - m->position < 63 << 18)
		assert_true(wanted - due < 1 << 18);
	else
		assert_true(due - m->position > 62 << 18);
	queue_push(&m->slots[r->armed.slot[0]], (struct entry){id, due});
	for (unsigned i = 0; i < WHEEL_KNOWN && r->armed.slot[i]; i++) {
		uint64_t tick = known_tick(m, id, r->armed.slot[i]);

		assert_true(tick > last);
		last = tick;
	}
}

static void
check_armed_coarse(struct model *m, uint32_t id, uint64_t deadline, bool appended, uint32_t before)
{
	uint64_t wanted = deadline > m->position ? deadline : m->position + 1, due;
	uint32_t slot = m->records[id].coarse;

	if (!appended) {
		assert_true(before != 0);
		assert_int_equal(slot, before);
		return;
	}
	due = slot_due(m, slot);
	if (before)
		assert_true(known_tick(m, id, before) > due);
	if (wanted - m->position < 1024)
		assert_int_equal(due, wanted);
	else if (wanted - m->position < 254 * 1024)
		assert_true(due >= wanted && due - wanted < 1024);
	else if (wanted - m->position < 62 << 18)
		assert_true(due >= wanted && due - wanted < 1 << 18);
	else
		assert_true(due - m->position > 62 << 18);
	queue_push(&m->slots[slot], (struct entry){id, due});
}

/* How late a deadline may be met. */
static uint64_t
lateness(const struct model *m, uint64_t deadline)
{
	if (!m->coarse || deadline - m->position < 1024)
		return 0;
	return deadline - m->position < 254 * 1024 ? 1023 : (1 << 18) - 1;
}

static void
deadline_set(struct model *m, uint32_t id, uint64_t deadline)
{
	struct record *r = &m->records[id];

	r->deadline = deadline;
	r->latest = deadline == NO_DEADLINE ? deadline : deadline + lateness(m, deadline);
}

/* Moves a deadline without telling the wheel, whose entry stays where it is. */
static void
model_put_off(struct model *m, uint32_t id, uint64_t deadline)
{
	uint64_t latest = m->records[id].latest;

	deadline_set(m, id, deadline);
	if (m->records[id].latest < latest)
		m->records[id].latest = latest;
}

static void
model_arm(struct model *m, uint32_t id, uint64_t deadline)
{
	struct record *r = &m->records[id];
	uint64_t pending = wheel_pending(m->wheel);
	uint32_t before = m->coarse ? r->coarse : r->armed.slot[0];
	bool appended;
	int rc;

	if (m->coarse)
		rc = wheel_arm_coarse(m->wheel, &r->coarse, id, (uint32_t)deadline);
	else
		rc = wheel_arm(m->wheel, &r->armed, id, (uint32_t)deadline);
	assert_int_equal(rc, 0);
	appended = wheel_pending(m->wheel) != pending;
	assert_int_equal(wheel_pending(m->wheel), pending + appended);
	m->appended += appended;
	if (m->coarse)
		check_armed_coarse(m, id, deadline, appended, before);
	else
		check_armed_fine(m, id, deadline, appended, before);
	/* What is armed too late is due at the next tick. */
	deadline_set(m, id, deadline > m->position ? deadline : m->position + 1);
}

/* What an owner does: a stale entry is skipped, an early one re-armed. */
static void
model_fire(struct model *m, uint32_t id, uint32_t slot)
{
	struct record *r = &m->records[id];

	if (m->coarse ? !wheel_fired_coarse(&r->coarse, slot) : !wheel_fired(&r->armed, slot)) {
		m->stale++;
		return;
	}
	if (r->deadline == NO_DEADLINE)
		return;
	if (r->deadline > m->now) {
		model_arm(m, id, r->deadline);
		return;
	}
	m->useful++;
	model_put_off(m, id, NO_DEADLINE);
	if (m->rearm_ticks)
		model_arm(m, id, deadline_in(m, (int64_t)model_below(&m->r, m->rearm_ticks) - 2));
}

static void
model_expire(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct model *m = arg;

	assert_in_range(n, 1, WHEEL_BATCH);
	assert_in_range(slot, 1, SLOTS);
	for (unsigned i = 0; i < n; i++) {
		struct queue *q = &m->slots[slot];
		struct entry e;

		assert_true(q->head < q->tail);
		e = queue_pop(q);
		assert_int_equal(e.id, ids[i]);
		assert_true(e.tick >= m->position && e.tick <= m->now);
		m->position = e.tick;
		m->fired++;
		model_fire(m, e.id, slot);
	}
}

static bool
all_met(const struct model *m)
{
	uint64_t least = NO_DEADLINE;

	for (uint32_t i = 0; i < m->count; i++)
		if (m->records[i].latest < least)
			least = m->records[i].latest;
	return least > m->now;
}

/* True when nothing was left over. */
static bool
model_advance(struct model *m, uint64_t ticks, unsigned limit)
{
	uint64_t fired = m->fired;
	unsigned n;

	m->now += ticks;
	n = wheel_advance(m->wheel, (uint32_t)m->now, limit, model_expire, m);
	assert_int_equal(m->fired, fired + n);
	assert_true(n < (uint64_t)limit + WHEEL_BATCH);
	if (n >= limit)
		return false;
	m->position = m->now;
	return true;
}

static void
model_drain(struct model *m)
{
	m->rearm_ticks = 0;
	while (wheel_pending(m->wheel))
		model_advance(m, 1 << 10, UINT32_MAX);
	for (uint32_t i = 0; i < m->count; i++) {
		assert_true(m->records[i].deadline == NO_DEADLINE);
		assert_int_equal(m->records[i].armed.slot[0], 0);
		assert_int_equal(m->records[i].coarse, 0);
	}
}

static int64_t
some_ticks(struct model_random *r)
{
	switch (model_below(r, 10)) {
	case 0:
		return (int64_t)model_below(r, 10) - 5;
	case 1:
		return model_below(r, 8 * HOUR);
	case 2:
	case 3:
		return model_below(r, 600000);
	case 4:
		return 1024 * (int64_t)model_below(r, 300) + (int64_t)model_below(r, 5) - 2;
	case 5:
		return (1 << 18) * (int64_t)model_below(r, 66) + (int64_t)model_below(r, 5) - 2;
	default:
		return model_below(r, 1100);
	}
}

static uint64_t
some_jump(struct model_random *r)
{
	if (model_once_in(r, 1000))
		return model_below(r, 6 * HOUR);
	if (model_once_in(r, 300))
		return model_below(r, 300000);
	return model_once_in(r, 20) ? model_below(r, 2000) : model_below(r, 4);
}

/* Arming, cancelling, putting off and advancing at random. */
static void
model_run(struct model *m, unsigned operations)
{
	for (unsigned n = 0; n < operations; n++) {
		uint32_t id = model_below(&m->r, m->count);
		struct record *r = &m->records[id];
		unsigned what = model_below(&m->r, 16);

		if (what < 10)
			model_arm(m, id, deadline_in(m, some_ticks(&m->r)));
		else if (what < 12 && r->deadline != NO_DEADLINE)
			model_put_off(m, id, NO_DEADLINE);
		else if (what < 14 && r->deadline != NO_DEADLINE)
			model_put_off(m, id, deadline_in(m, (int64_t)(r->deadline - m->now) + 40));
		else if (what < 15 && model_advance(m, 0, 1 + model_below(&m->r, 60)))
			assert_true(all_met(m));
		else if (model_advance(m, some_jump(&m->r), 1 + model_below(&m->r, 300)))
			assert_true(all_met(m));
	}
	assert_true(m->useful > operations / 100);
	model_drain(m);
}

/* Begins shortly before the ticks wrap; the jumps add up to more than another round. */
static void
agrees_with_the_models(void **state)
{
	struct model *m = model_create(100000, 400, (1ull << 32) - 3000);

	(void)state;
	m->rearm_ticks = 300;
	model_run(m, MODEL_OPERATIONS);
	assert_true(m->now > 1ull << 32);
	print_message("%.1f rounds of ticks: %lu appended, %lu fired, %lu stale, %lu met\n",
		      (double)m->now / (double)(1ull << 32), (unsigned long)m->appended,
		      (unsigned long)m->fired, (unsigned long)m->stale, (unsigned long)m->useful);
	model_destroy(m);
}

static void
agrees_with_the_models_when_coarse(void **state)
{
	struct model *m = model_create(100000, 400, (1ull << 32) - 3000);

	(void)state;
	m->coarse = true;
	m->rearm_ticks = 3000;
	model_run(m, MODEL_OPERATIONS);
	model_destroy(m);
}

/* A tick at a time over the wrap, where 0 means none and no deadline can be. */
static void
passes_the_wrap_tick_by_tick(void **state)
{
	struct model *m = model_create(100000, 3000, (1ull << 32) - 1500);

	(void)state;
	for (uint32_t i = 0; i < 3000; i++)
		model_arm(m, i, deadline_in(m, i));
	for (unsigned tick = 0; tick < 3000; tick++) {
		model_advance(m, 1, UINT32_MAX);
		assert_true(all_met(m));
	}
	assert_int_equal(m->useful, 3000);
	model_destroy(m);
}

static void
a_deadline_in_the_past_fires_at_the_next_tick(void **state)
{
	struct model *m = model_create(100, 3, 1ull << 32);

	(void)state;
	m->now = (1ull << 32) + 5000;
	assert_true(model_advance(m, 0, 10));
	model_arm(m, 0, m->now - 5000 + 1);
	model_arm(m, 1, m->now);
	model_arm(m, 2, m->now - 1);
	assert_true(model_advance(m, 0, 10));
	assert_int_equal(m->useful, 0);
	assert_true(model_advance(m, 1, 10));
	assert_int_equal(m->useful, 3);
	model_destroy(m);
}

static void
time_that_runs_back_moves_nothing(void **state)
{
	struct model *m = model_create(100, 1, 10000);

	(void)state;
	model_arm(m, 0, 10010);
	assert_int_equal(wheel_advance(m->wheel, 9000, 10, model_expire, m), 0);
	m->now = 10009;
	assert_int_equal(wheel_advance(m->wheel, 10009, 10, model_expire, m), 0);
	m->now = 10010;
	assert_int_equal(wheel_advance(m->wheel, 10010, 10, model_expire, m), 1);
	model_destroy(m);
}

/* Each record re-arms for the very tick that fires: one fire per tick, not an endless loop. */
static void
arming_into_the_slot_being_expired_waits_for_the_next_tick(void **state)
{
	struct model *m = model_create(100000, 100, 1000000);

	(void)state;
	m->rearm_ticks = 1; /* two ticks ago */
	for (uint32_t i = 0; i < 100; i++)
		model_arm(m, i, m->now + 1);
	for (unsigned tick = 1; tick <= 3000; tick++) {
		assert_true(model_advance(m, 1, UINT32_MAX));
		assert_int_equal(m->useful, tick * 100);
	}
	model_destroy(m);
}

static void
work_is_bounded_and_carried_on_in_order(void **state)
{
	struct model *m = model_create(100000, 5000, 1000000);
	unsigned calls = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		model_arm(m, i, m->now + 10 + i % 3);
	m->now += 100;
	do {
		uint64_t fired = m->fired;

		calls++;
		model_advance(m, 1, 100);
		assert_in_range(m->fired - fired, 1, 100 + WHEEL_BATCH - 1);
	} while (m->fired < 5000);
	assert_in_range(calls, 5000 / (100 + WHEEL_BATCH), 5000 / 100);
	assert_int_equal(m->useful, 5000);
	assert_int_equal(wheel_pending(m->wheel), 0);
	assert_int_equal(wheel_advance(m->wheel, (uint32_t)m->now, 0, model_expire, m), 0);
	model_destroy(m);
}

/* While the wheel is behind, what is armed for a tick that it has not reached is met in its turn.
 */
static void
arming_while_behind_is_in_order(void **state)
{
	struct model *m = model_create(100000, 2000, 1000000);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		model_arm(m, i, m->now + 1 + i);
	assert_false(model_advance(m, 2000, 31));
	for (uint32_t i = 1000; i < 2000; i++)
		model_arm(m, i, m->now - 1000 + i);
	while (!model_advance(m, 0, 31))
		;
	assert_true(all_met(m));
	assert_true(m->useful >= 1000 && m->useful < 2000);
	assert_true(model_advance(m, 1000, UINT32_MAX));
	assert_int_equal(m->useful, 2000);
	model_destroy(m);
}

static void
a_later_deadline_touches_nothing(void **state)
{
	struct model *m = model_create(100, 1, 5000);

	(void)state;
	model_arm(m, 0, 5100);
	for (uint64_t d = 5100; d < 20000; d += 7)
		model_arm(m, 0, d);
	assert_int_equal(m->appended, 1);
	model_arm(m, 0, 5099);
	assert_int_equal(m->appended, 2);
	model_destroy(m);
}

/* Seven times earlier: four are known, those forgotten fire in vain, and the deadline is met. */
static void
what_is_forgotten_is_stale(void **state)
{
	struct model *m = model_create(100, 1, 5000);

	(void)state;
	for (uint64_t d = 5700; d >= 5100; d -= 100)
		model_arm(m, 0, d);
	model_put_off(m, 0, 5650);
	model_advance(m, 649, UINT32_MAX);
	assert_int_equal(m->fired, 6);
	assert_int_equal(m->stale, 3); /* 5200, 5300, 5400 */
	assert_int_equal(m->useful, 0);
	model_advance(m, 1, UINT32_MAX);
	assert_int_equal(m->useful, 1);
	model_advance(m, 100, UINT32_MAX);
	assert_int_equal(m->fired, 8); /* 5650, put in when 5600 came early, and 5700 */
	assert_int_equal(m->stale, 3);
	model_destroy(m);
}

static void
coarse_fires_once_and_late_by_a_slot_at_most(void **state)
{
	struct model *m = model_create(100000, 50000, 1000000);

	(void)state;
	m->coarse = true;
	for (uint32_t i = 0; i < 50000; i++)
		model_arm(m, i, m->now + 1 + i * 5ull);
	assert_int_equal(wheel_pending(m->wheel), 50000);
	for (unsigned tick = 0; tick < 251 * 1024; tick++) {
		model_advance(m, 1, UINT32_MAX);
		if (tick % 512 == 0)
			for (uint32_t i = 0; i < 50000; i++)
				assert_true(m->records[i].deadline > m->now - 1024);
	}
	assert_int_equal(m->fired, 50000);
	assert_int_equal(m->useful, 50000);
	model_destroy(m);
}

static uint64_t fired_count;

static void
expire_count(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	(void)arg;
	(void)ids;
	(void)slot;
	fired_count += n;
}

/* As many entries as fit when all go into one slot. */
static uint64_t
fill_one_slot(struct wheel *w, uint32_t deadline)
{
	struct wheel_armed armed;
	uint64_t n = 0;

	do
		armed = (struct wheel_armed){{0}};
	while (wheel_arm(w, &armed, (uint32_t)n, deadline) == 0 && ++n);
	assert_int_equal(armed.slot[0], 0);
	return n;
}

static void
says_when_it_is_full_and_loses_nothing(void **state)
{
	struct wheel_armed armed = {0};
	struct wheel *w;
	uint64_t fits = 0;
	uint32_t now = 77;

	(void)state;
	w = wheel_create(1000, now, -1);
	assert_non_null(w);
	for (unsigned round = 0; round < 5; round++) {
		uint64_t n = fill_one_slot(w, now + 10 + round * 1000);

		assert_true(round == 0 || n == fits);
		assert_int_equal(n, (1000 / WHEEL_BATCH + SLOTS) * WHEEL_BATCH);
		fits = n;
		assert_int_equal(wheel_pending(w), fits);
		assert_int_equal(wheel_arm(w, &armed, 1, now + 5), -ENOSPC);
		assert_int_equal(armed.slot[0], 0);
		assert_int_equal(wheel_arm_coarse(w, &(uint32_t){0}, 1, now + 5), -ENOSPC);
		assert_int_equal(wheel_pending(w), fits);
		fired_count = 0;
		now += 10000;
		while (wheel_advance(w, now, 100, expire_count, NULL))
			;
		assert_int_equal(fired_count, fits);
	}
	wheel_destroy(w);
}

/* A record that is refused an earlier entry keeps those that it knows. */
static void
refusal_leaves_the_record_as_it_was(void **state)
{
	struct wheel_armed armed = {0}, before;
	struct wheel *w;

	(void)state;
	w = wheel_create(10, 0, -1);
	assert_int_equal(wheel_arm(w, &armed, 1, 500), 0);
	assert_int_equal(wheel_arm(w, &armed, 1, 400), 0);
	before = armed;
	fill_one_slot(w, 600);
	assert_int_equal(wheel_arm(w, &armed, 1, 300), -ENOSPC);
	assert_memory_equal(&armed, &before, sizeof(armed));
	assert_int_equal(wheel_arm(w, &armed, 1, 450), 0);
	wheel_destroy(w);
}

/* The worst spread: an entry in each slot that can be reached, the rest in one. */
static void
what_was_promised_fits_however_it_spreads(void **state)
{
	const unsigned entries = 5000;
	uint32_t now = (17u << 18) + 5;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct wheel *w = wheel_create(entries, now, -1);
		unsigned n = 0;

		for (uint32_t s = 1; s < 1024; s++, n++)
			assert_int_equal(wheel_arm(w, &(struct wheel_armed){{0}}, n, now + s), 0);
		for (uint32_t s = 1; s < 256; s++, n++)
			assert_int_equal(
				wheel_arm(w, &(struct wheel_armed){{0}}, n, now + s * 1024 + 1023),
				0);
		for (uint32_t s = 1; s < 64; s++, n++)
			assert_int_equal(wheel_arm(w, &(struct wheel_armed){{0}}, n,
						   now + (s << 18) + 262143),
					 0);
		for (; n < entries; n++)
			assert_int_equal(wheel_arm(w, &(struct wheel_armed){{0}}, n, now + 500), 0);
		wheel_destroy(w);
		now += (1 << 18) - 5;
	}
}

static void
no_chunk_is_lost(void **state)
{
	struct model *m = model_create(40000, 400, 1ull << 33);
	struct wheel *fresh = wheel_create(40000, (uint32_t)m->now, -1);
	uint64_t fits = fill_one_slot(fresh, (uint32_t)m->now + 10);

	(void)state;
	model_run(m, MODEL_OPERATIONS / 20);
	assert_int_equal(fill_one_slot(m->wheel, (uint32_t)m->now + 10), fits);
	wheel_destroy(fresh);
	model_destroy(m);
}

static void
refuses_more_than_it_can_number(void **state)
{
	(void)state;
	assert_null(wheel_create(UINT64_MAX, 0, -1));
	assert_null(wheel_create(UINT32_MAX, 0, -1));
	assert_true(wheel_bytes(60000000) < 60000000ull * 42 / 10);
	wheel_destroy(NULL);
}

/*
 * Connections as they are: requests at random distances, answered at once or late. A request sets
 * a delayed ACK (40 ms), an answer a retransmission (200 ms, or 1 s before the first sample of the
 * RTT, doubled when the peer is slow), keepalive (2 h) lies under all that, and the close leaves 60
 * s of FIN_WAIT_2, which the peer ends sooner or later. Then the record is another connection's.
 */
enum timer {
	DELAYED_ACK,
	RETRANSMIT,
	KEEPALIVE,
	FIN_WAIT_2,
	TIMERS
};

struct conn {
	struct wheel_armed armed;
	uint32_t deadline[TIMERS]; /* TICK_NONE: none */
	uint32_t next_event;
	uint32_t rto;
	uint32_t requests; /* to go */
};

struct traffic {
	struct wheel *wheel;
	struct model_random r;
	struct conn *conns;
	uint32_t now;
	uint32_t gap; /* ticks between two events of a connection, at most */
	uint64_t events, fired, stale, early, appended, most;
};

static void
conn_arm(struct traffic *t, uint32_t id)
{
	struct conn *c = &t->conns[id];
	uint64_t pending = wheel_pending(t->wheel);
	uint32_t first = TICK_NONE;

	for (unsigned i = 0; i < TIMERS; i++)
		first = tick_earlier(first, c->deadline[i]);
	if (first != TICK_NONE)
		assert_int_equal(wheel_arm(t->wheel, &c->armed, id, first), 0);
	t->appended += wheel_pending(t->wheel) - pending;
}

static void
conn_event(struct traffic *t, struct conn *c)
{
	uint32_t now = t->now, idle = model_once_in(&t->r, 50) ? 30000 : t->gap;

	t->events++;
	c->next_event = now + 1 + model_below(&t->r, idle);
	if (c->deadline[FIN_WAIT_2] || c->requests == 0) { /* its end, and another's SYN */
		*c = (struct conn){.armed = c->armed, .next_event = now + 1, .rto = 977};
		c->deadline[RETRANSMIT] = now + c->rto;
		c->requests = 1 + model_below(&t->r, 40);
	} else if (--c->requests == 0) {
		memset(c->deadline, 0, sizeof(c->deadline));
		c->deadline[FIN_WAIT_2] = now + 58594;
	} else if (c->requests % 2) { /* a request that is answered late */
		c->deadline[RETRANSMIT] = TICK_NONE;
		c->deadline[DELAYED_ACK] = now + 40;
		c->deadline[KEEPALIVE] = now + 2 * HOUR;
	} else { /* an answer is sent, with the ACK */
		c->rto = model_once_in(&t->r, 50) ? 1500 : 196 + model_below(&t->r, 100);
		c->deadline[DELAYED_ACK] = TICK_NONE;
		c->deadline[RETRANSMIT] = now + c->rto;
	}
}

static void
conn_expire(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct traffic *t = arg;

	for (unsigned i = 0; i < n; i++) {
		struct conn *c = &t->conns[ids[i]];
		bool due = false;

		t->fired++;
		if (!wheel_fired(&c->armed, slot)) {
			t->stale++;
			continue;
		}
		for (unsigned k = 0; k < TIMERS; k++) {
			if (!tick_due(c->deadline[k], t->now))
				continue;
			due = true;
			c->deadline[k] = k == RETRANSMIT ? t->now + (c->rto *= 2) : TICK_NONE;
		}
		t->early += !due;
		conn_arm(t, ids[i]);
	}
}

static struct traffic
traffic_run(uint32_t conns, uint32_t gap, unsigned ticks)
{
	struct traffic t = {.r = {1}, .now = 1, .gap = gap};

	t.conns = calloc(conns, sizeof(*t.conns));
	t.wheel = wheel_create(conns * 8, t.now, -1);
	for (uint32_t i = 0; i < conns; i++)
		t.conns[i].next_event = 2 + model_below(&t.r, 1000);
	while (ticks--) {
		t.now++;
		for (uint32_t i = 0; i < conns; i++) {
			if (t.conns[i].next_event != t.now)
				continue;
			conn_event(&t, &t.conns[i]);
			conn_arm(&t, i);
		}
		wheel_advance(t.wheel, t.now, UINT32_MAX, conn_expire, &t);
		t.most = wheel_pending(t.wheel) > t.most ? wheel_pending(t.wheel) : t.most;
	}
	wheel_destroy(t.wheel);
	free(t.conns);
	print_message(
		"an event every %u ms: %.3f entries each; of those fired %.1f %% stale, %.0f %% "
		"early; at most %.1f pending a record\n",
		gap / 2, (double)t.appended / (double)t.events,
		100.0 * (double)t.stale / (double)t.fired,
		100.0 * (double)t.early / (double)t.fired, (double)t.most / conns);
	return t;
}

static void
typical_connections_leave_few_stale_entries(void **state)
{
	enum {
		CONNS = 1000
	};
	struct traffic t;

	(void)state;
	t = traffic_run(CONNS, 200, MODEL_OPERATIONS / 50);
	assert_true(t.stale * 5 < t.fired);
	assert_true(t.appended * 10 < t.events * 13);
	assert_true(t.most < CONNS * 4);
	t = traffic_run(CONNS, 20, MODEL_OPERATIONS / 50);
	assert_true(t.stale * 5 < t.fired);
	assert_true(t.appended * 2 < t.events);
	assert_true(t.most < CONNS * 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_models),
		cmocka_unit_test(agrees_with_the_models_when_coarse),
		cmocka_unit_test(passes_the_wrap_tick_by_tick),
		cmocka_unit_test(a_deadline_in_the_past_fires_at_the_next_tick),
		cmocka_unit_test(time_that_runs_back_moves_nothing),
		cmocka_unit_test(arming_into_the_slot_being_expired_waits_for_the_next_tick),
		cmocka_unit_test(work_is_bounded_and_carried_on_in_order),
		cmocka_unit_test(arming_while_behind_is_in_order),
		cmocka_unit_test(a_later_deadline_touches_nothing),
		cmocka_unit_test(what_is_forgotten_is_stale),
		cmocka_unit_test(coarse_fires_once_and_late_by_a_slot_at_most),
		cmocka_unit_test(says_when_it_is_full_and_loses_nothing),
		cmocka_unit_test(refusal_leaves_the_record_as_it_was),
		cmocka_unit_test(what_was_promised_fits_however_it_spreads),
		cmocka_unit_test(no_chunk_is_lost),
		cmocka_unit_test(refuses_more_than_it_can_number),
		cmocka_unit_test(typical_connections_leave_few_stale_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
