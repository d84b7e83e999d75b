/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timing wheel: at most one useful entry per record and deadline, nothing ever unlinked.
 *
 * A slot is a chain of append-only chunks of 32-bit ids, so that arming writes one hot line instead
 * of two neighbours' cold ones, and expiry is a scan that can prefetch the records ahead. Three
 * levels: 1024 slots of 1 tick, 256 of 1024 ticks, 64 of 2^18 ticks (horizon 4.7 hours); a later
 * deadline is filed at the horizon and re-filed when it fires.
 *
 * The deadline lives in the record, not here. The record keeps the slots of up to four entries
 * known to be pending (struct wheel_armed), the earliest first. Arming to a deadline not before the
 * earliest does nothing, for when that entry fires the owner sees that the deadline has moved and
 * re-arms; arming earlier appends an entry and puts its slot in front. So the known slots are in
 * the order in which they will fire, and an entry that fires from another slot than the first is
 * stale: wheel_fired() tells, and the owner skips it.
 *
 * Four, since a connection alternates between as many scales (delayed ACK, retransmission, a
 * backed-off one, keepalive). When a fifth comes the earliest of the four is forgotten, and not the
 * latest: what is forgotten still fires, in vain, but a long one would be forgotten and armed anew
 * with each burst of traffic, and all those entries wait until their distant ticks. With two known
 * and the latest forgotten 100 entries a record pile up in test_wheel's traffic; here 2.7 at most.
 *
 * The armed fields survive the record's reuse, whose next owner inherits the pending entries.
 *
 * An entry in a coarse slot fires at the start of it, not after the deadline, and the owner re-arms
 * into a finer one. wheel_arm_coarse() rounds up to the coarse slot instead and so costs one entry
 * and at most 1.05 s of lateness (268 s for what is more than 267 s ahead): for time-waits.
 *
 * Work per wheel_advance() call is bounded by the caller; what is left over is done in the next
 * calls, in order, and until then the wheel stands at the tick it has reached. Chunks come from a
 * fixed area that holds what wheel_create() promised however the entries spread; when it is empty
 * arming fails, and the caller counts it and sweeps.
 */
#ifndef TCT_TABLE_WHEEL_H
#define TCT_TABLE_WHEEL_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#define WHEEL_KNOWN 4

struct wheel_armed {
	uint16_t slot[WHEEL_KNOWN]; /* slots of the entries known, as they will fire; 0: none */
};

static_assert(sizeof(struct wheel_armed) == 8, "records reserve two words for it");

#define WHEEL_SLOTS_FINE 1024u /* of one tick each: level 0 */
#define WHEEL_SLOTS	 (WHEEL_SLOTS_FINE + 256u + 64u)

/* Internal: wheel.c. Here for wheel_arm() alone. */
struct wheel_slot {
	uint32_t head; /* first chunk, 0: the slot is empty */
	uint32_t tail; /* word where the next id goes; a multiple of a chunk's words: no room, or
			* empty */
};

/* Internal. */
struct wheel {
	uint32_t *words;  /* chunk c is words[c * CHUNK_WORDS] and on */
	uint32_t now;	  /* slots up to here are empty, those of this very tick may be draining */
	uint32_t free;	  /* list of freed chunks through word 0, 0: none */
	uint32_t fresh;	  /* chunks from here on were never used */
	uint32_t chunks;  /* end of the chunks */
	uint64_t pending; /* ids filed */
	uint64_t bytes;	  /* of the mapping that holds all this */
	uint32_t coarse_slot; /* wheel_arm_coarse()'s for coarse_deadline, at coarse_now */
	uint32_t coarse_deadline;
	uint32_t coarse_now;
	uint64_t occupied[WHEEL_SLOTS / 64]; /* a bit per slot that is not empty */
	struct wheel_slot slots[WHEEL_SLOTS];
};

/* entries: how many pending ids must fit, at 4.2 bytes each once used; in the traffic of test_wheel
 * a connection has up to 3 at a time. now: current tick. NULL and errno when refused. */
struct wheel *wheel_create(uint64_t entries, uint32_t now, int socket);
void wheel_destroy(struct wheel *w);
uint64_t wheel_bytes(uint64_t entries);

/* Internal: wheel_arm() whatever is armed. */
int wheel_arm_any(struct wheel *w, struct wheel_armed *armed, uint32_t id, uint32_t deadline);

/* Makes sure that id fires at or before deadline (a tick, not TICK_NONE, less than 2^31 ahead; one
 * in the past fires at the next tick). Updates *armed. 0, or -ENOSPC with *armed unchanged. Seldom
 * is there anything to do: a connection's deadline is mostly later than the one before, and that in
 * a slot of one tick. */
static inline int
wheel_arm(struct wheel *w, struct wheel_armed *armed, uint32_t id, uint32_t deadline)
{
	uint32_t s = armed->slot[0] - 1u; /* none: beyond all slots */
	uint32_t ahead = deadline - w->now;

	if (likely(s < WHEEL_SLOTS_FINE && ahead <= INT32_MAX &&
		   ((s - w->now) & (WHEEL_SLOTS_FINE - 1)) <= ahead))
		return 0;
	return wheel_arm_any(w, armed, id, deadline);
}

/* As wheel_arm(), filed so that it fires once, at or after the deadline (before it only when that
 * lies beyond the horizon). *slot is the one known entry's, 0: none. */
int wheel_arm_coarse(struct wheel *w, uint32_t *slot, uint32_t id, uint32_t deadline);

/* Told by the owner's expiry callback that an entry fired from slot: forgets it and returns true,
 * or returns false when it is stale. */
static inline bool
wheel_fired(struct wheel_armed *armed, uint32_t slot)
{
	if (armed->slot[0] != slot)
		return false;
	armed->slot[0] = armed->slot[1];
	armed->slot[1] = armed->slot[2];
	armed->slot[2] = armed->slot[3];
	armed->slot[3] = 0;
	return true;
}

static inline bool
wheel_fired_coarse(uint32_t *known, uint32_t slot)
{
	if (*known != slot)
		return false;
	*known = 0;
	return true;
}

/* An expired batch: n ids (1 <= n <= WHEEL_BATCH) that were filed in slot, in the order of arming.
 */
#define WHEEL_BATCH 31
typedef void (*wheel_expire_fn)(void *arg, const uint32_t ids[], unsigned n, uint32_t slot);

/* Moves to tick now and hands over at most limit expired ids, rounded up to a batch; returns how
 * many. The callback may arm, and must not advance. A now before the wheel's does not move it. */
unsigned wheel_advance(struct wheel *w, uint32_t now, unsigned limit, wheel_expire_fn fn,
		       void *arg);

/* Entries pending, stale ones included. */
uint64_t wheel_pending(const struct wheel *w);

#endif
