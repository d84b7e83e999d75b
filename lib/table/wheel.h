/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timing wheel: at most one useful entry per record, nothing ever unlinked.
 *
 * A slot is a chain of append-only chunks of 32-bit ids, so that arming writes one hot line instead
 * of two neighbours' cold ones, and expiry is a scan that can prefetch the records ahead. Three
 * levels: 1024 slots of 1 tick, 256 of 1024 ticks, 64 of 2^18 ticks (horizon 4.7 hours); a later
 * deadline is filed at the horizon and re-filed when it fires.
 *
 * The deadline lives in the record, not here. The record keeps the ticks of up to two entries known
 * to be pending (struct wheel_armed): arming to a deadline not before either does nothing, for when that
 * entry fires the owner sees that the deadline has moved and re-arms; arming earlier appends. An entry that
 * fires and matches neither known tick is stale and is skipped by the owner through wheel_fired().
 * The armed fields survive the record's reuse, whose next owner inherits the pending entry.
 *
 * Every fire is at or after the slot's tick; an entry in a coarse slot fires at the start of it and
 * re-files itself into a finer one, unless armed with wheel_arm_coarse(), which rounds up to the
 * coarse slot and so costs one entry and at most 1.05 s (2^18 ticks further out) of lateness: for time-waits.
 *
 * Work per wheel_advance() call is bounded by the caller; what is left over is done in the next
 * calls. Chunks come from a fixed area; when it is empty arming fails, and the caller counts it and sweeps.
 */
#ifndef TCT_TABLE_WHEEL_H
#define TCT_TABLE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

struct wheel_armed {
	uint32_t near; /* tick of the earliest entry known to be pending, TICK_NONE: none */
	uint32_t far;  /* tick of another, not earlier one, TICK_NONE: none */
};

struct wheel;

/* entries: how many pending ids must fit. now: current tick. NULL and errno when refused. */
struct wheel *wheel_create(uint64_t entries, uint32_t now, int socket);
void wheel_destroy(struct wheel *w);
uint64_t wheel_bytes(uint64_t entries);

/* Makes sure that id fires at or before deadline (a tick, not TICK_NONE; one in the past fires at the
 * next tick). Updates *armed. 0, or -ENOSPC with *armed unchanged. */
int wheel_arm(struct wheel *w, struct wheel_armed *armed, uint32_t id, uint32_t deadline);

/* As wheel_arm(), filed so that it fires once, at or after the deadline: see above. *armed is the one
 * known entry's tick. */
int wheel_arm_coarse(struct wheel *w, uint32_t *armed, uint32_t id, uint32_t deadline);

/* Told by the owner's expiry callback that an entry filed for tick fired: forgets it and returns
 * true, or returns false when it is stale. */
static inline bool
wheel_fired(struct wheel_armed *armed, uint32_t tick)
{
	if (armed->near == tick) {
		armed->near = armed->far;
		armed->far = 0;
		return true;
	}
	if (armed->far == tick) {
		armed->far = 0;
		return true;
	}
	return false;
}

/* An expired batch: n ids (n <= WHEEL_BATCH) all filed for tick, in the order of arming. */
#define WHEEL_BATCH 16
typedef void (*wheel_expire_fn)(void *arg, const uint32_t ids[], unsigned n, uint32_t tick);

/* Moves to tick now and hands over at most limit expired ids, rounded up to a chunk; returns how many. The callback may
 * arm. */
unsigned wheel_advance(struct wheel *w, uint32_t now, unsigned limit, wheel_expire_fn fn, void *arg);

/* Entries pending, stale ones included. */
uint64_t wheel_pending(const struct wheel *w);

#endif
