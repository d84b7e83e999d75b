/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots, chunks and the walk through time.
 *
 * The wheel stands at a tick. An entry is filed relative to it: into level 0 when it is less than
 * 1024 ticks ahead, else into the coarse slot that the deadline falls into, which is a later one
 * than the coarse slot of now. Hence two invariants that everything rests on: nothing is ever
 * appended to the slots of the tick where the wheel stands, so that a slot being drained needs no
 * second list, and a call that has done its share just returns; and a slot's number says when it
 * fires, so that no tick number is stored, and wrapping at 2^32 needs no care: all levels divide
 * it.
 *
 * The wheel steps from one occupied slot to the next, found in a bitmap: a process that stalled for
 * an hour catches up in order at the price of the slots in use. It moves before the callbacks run,
 * and only to slots that it drains: one that fires late and re-arms can never meet a lap that has
 * not been drained yet.
 *
 * Chunk 0 does not exist. Word 0 of a chunk names the next one, so that a tail position that is a
 * multiple of the chunk's size says at once "full" or "empty slot": append tests one thing. A chunk
 * is two lines: at 10 M entries arming and scanning cost half of what they cost with one line.
 */
#include "wheel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_prefetch.h>

#include "../base/clock.h"
#include "memory.h"

#define CHUNK_WORDS 32u
#define CHUNK_IDS   (CHUNK_WORDS - 1)
static_assert(CHUNK_IDS == WHEEL_BATCH, "a batch is a chunk");

#define LEVELS	  3
#define CHUNK_MAX (UINT32_MAX / CHUNK_WORDS)

static const struct level {
	uint32_t shift; /* a slot lasts 2^shift ticks */
	uint32_t slots;
	uint32_t first; /* number of its slot 0 */
} levels[LEVELS] = {{0, WHEEL_SLOTS_FINE, 0}, {10, 256, 1024}, {18, 64, 1280}};

/* Every slot may end in a chunk with one id: with that many to spare the promise holds. */
static uint64_t
chunks_for(uint64_t entries)
{
	return 1 + entries / CHUNK_IDS + WHEEL_SLOTS;
}

static uint64_t
header_bytes(void)
{
	const uint64_t chunk = CHUNK_WORDS * sizeof(uint32_t);

	return (sizeof(struct wheel) + chunk - 1) / chunk * chunk;
}

uint64_t
wheel_bytes(uint64_t entries)
{
	return header_bytes() + chunks_for(entries) * CHUNK_WORDS * sizeof(uint32_t);
}

struct wheel *
wheel_create(uint64_t entries, uint32_t now, int socket)
{
	struct wheel *w;

	if (chunks_for(entries) > CHUNK_MAX) {
		errno = EINVAL;
		return NULL;
	}
	w = memory_map(wheel_bytes(entries), socket);
	if (w == NULL)
		return NULL;
	w->words = (uint32_t *)((uint8_t *)w + header_bytes());
	w->now = now;
	w->coarse_deadline = TICK_NONE; /* nobody's deadline */
	w->fresh = 1;
	w->chunks = (uint32_t)chunks_for(entries);
	w->bytes = wheel_bytes(entries);
	return w;
}

void
wheel_destroy(struct wheel *w)
{
	if (w)
		memory_unmap(w, w->bytes);
}

uint64_t
wheel_pending(const struct wheel *w)
{
	return w->pending;
}

/* 0 when there is none. The next free one is fetched now: it is wanted CHUNK_IDS appends later. */
static uint32_t
chunk_alloc(struct wheel *w)
{
	uint32_t c = w->free;

	if (c == 0)
		return w->fresh < w->chunks ? w->fresh++ : 0;
	w->free = w->words[c * CHUNK_WORDS];
	rte_prefetch0(&w->words[w->free * CHUNK_WORDS]);
	return c;
}

static void
chunk_free(struct wheel *w, uint32_t c)
{
	w->words[c * CHUNK_WORDS] = w->free;
	w->free = c;
}

static bool
slot_grow(struct wheel *w, uint32_t s)
{
	struct wheel_slot *slot = &w->slots[s];
	uint32_t c = chunk_alloc(w);

	if (unlikely(c == 0))
		return false;
	if (slot->head == 0) {
		slot->head = c;
		w->occupied[s / 64] |= 1ull << (s % 64);
	} else {
		w->words[slot->tail - CHUNK_WORDS] = c;
	}
	slot->tail = c * CHUNK_WORDS + 1;
	return true;
}

static inline int
slot_append(struct wheel *w, uint32_t s, uint32_t id)
{
	struct wheel_slot *slot = &w->slots[s];

	if (unlikely(slot->tail % CHUNK_WORDS == 0) && !slot_grow(w, s))
		return -ENOSPC;
	w->words[slot->tail++] = id;
	w->pending++;
	return 0;
}

/* Ticks from the wheel's now to the start of a slot; 0 when it is being drained. */
static inline uint32_t
slot_ahead(const struct wheel *w, uint32_t s)
{
	const struct level *l = &levels[s < levels[2].first ? 1 : 2];
	uint32_t units;

	if (likely(s < levels[1].first))
		return (s - w->now) & (levels[0].slots - 1);
	units = (s - l->first - (w->now >> l->shift)) & (l->slots - 1);
	return units ? (units << l->shift) - (w->now & ((1u << l->shift) - 1)) : 0;
}

/* Ticks from the wheel's now to deadline, at least 1. */
static inline uint32_t
deadline_ahead(const struct wheel *w, uint32_t deadline)
{
	return tick_before(w->now, deadline) ? deadline - w->now : 1;
}

/* The slot of level l that lasts over tick, or starts at or after it when round_up; WHEEL_SLOTS
 * when it is not within the level. */
static inline uint32_t
level_slot(const struct wheel *w, const struct level *l, uint32_t tick, bool round_up)
{
	uint32_t unit, ahead;

	if (round_up)
		tick += (1u << l->shift) - 1;
	unit = tick >> l->shift;
	ahead = (unit - (w->now >> l->shift)) & (UINT32_MAX >> l->shift);
	return ahead < l->slots ? l->first + (unit & (l->slots - 1)) : WHEEL_SLOTS;
}

static inline uint32_t
slot_for(const struct wheel *w, uint32_t ahead, bool round_up)
{
	const struct level *last = &levels[LEVELS - 1];
	uint32_t s;

	if (likely(ahead < levels[0].slots))
		return (w->now + ahead) & (levels[0].slots - 1);
	for (const struct level *l = &levels[1]; l <= last; l++) {
		s = level_slot(w, l, w->now + ahead, round_up);
		if (s != WHEEL_SLOTS)
			return s;
	}
	return last->first + (((w->now >> last->shift) - 1) & (last->slots - 1));
}

static int
arm_earlier(struct wheel *w, struct wheel_armed *armed, uint32_t id, uint32_t ahead)
{
	uint32_t s = slot_for(w, ahead, false);

	if (unlikely(slot_append(w, s, id)))
		return -ENOSPC;
	if (likely(armed->slot[WHEEL_KNOWN - 1] == 0)) {
		armed->slot[3] = armed->slot[2];
		armed->slot[2] = armed->slot[1];
		armed->slot[1] = armed->slot[0];
	}
	armed->slot[0] = (uint16_t)(s + 1);
	return 0;
}

int
wheel_arm_any(struct wheel *w, struct wheel_armed *armed, uint32_t id, uint32_t deadline)
{
	uint32_t ahead = deadline_ahead(w, deadline);

	if (likely(armed->slot[0] && slot_ahead(w, armed->slot[0] - 1u) <= ahead))
		return 0;
	return arm_earlier(w, armed, id, ahead);
}

/* All time-waits of a tick have one deadline, and their slot is looked for once. */
static inline uint32_t
coarse_slot(struct wheel *w, uint32_t deadline)
{
	if (unlikely(w->coarse_deadline != deadline || w->coarse_now != w->now)) {
		w->coarse_deadline = deadline;
		w->coarse_now = w->now;
		w->coarse_slot = slot_for(w, deadline_ahead(w, deadline), true);
	}
	return w->coarse_slot;
}

int
wheel_arm_coarse(struct wheel *w, uint32_t *slot, uint32_t id, uint32_t deadline)
{
	uint32_t s = coarse_slot(w, deadline);

	if (*slot && slot_ahead(w, *slot - 1) <= slot_ahead(w, s))
		return 0;
	if (unlikely(slot_append(w, s, id)))
		return -ENOSPC;
	*slot = s + 1;
	return 0;
}

/* Takes the first chunk off a slot and hands it over. It is copied and freed first: what the
 * callback arms may need a chunk, and this one is warm. */
static unsigned
chunk_expire(struct wheel *w, uint32_t s, wheel_expire_fn fn, void *arg)
{
	struct wheel_slot *slot = &w->slots[s];
	uint32_t c = slot->head, *words = &w->words[c * CHUNK_WORDS];
	uint32_t next = words[0], n = slot->tail - c * CHUNK_WORDS - 1;
	uint32_t ids[CHUNK_IDS];

	if (n <= CHUNK_IDS) {
		*slot = (struct wheel_slot){0, 0};
		w->occupied[s / 64] &= ~(1ull << (s % 64));
	} else {
		n = CHUNK_IDS;
		slot->head = next;
		rte_prefetch0(&w->words[next * CHUNK_WORDS]);
		rte_prefetch0(&w->words[next * CHUNK_WORDS + CHUNK_WORDS / 2]);
	}
	memcpy(ids, words + 1, sizeof(ids));
	chunk_free(w, c);
	w->pending -= n;
	fn(arg, ids, n, s + 1);
	return n;
}

/* Drains the slots that start at the wheel's now, coarse ones first, as far as limit allows. */
static unsigned
tick_expire(struct wheel *w, unsigned limit, wheel_expire_fn fn, void *arg)
{
	unsigned fired = 0;

	for (int i = LEVELS - 1; i >= 0; i--) {
		const struct level *l = &levels[i];
		uint32_t s = l->first + ((w->now >> l->shift) & (l->slots - 1));

		if (w->now & ((1u << l->shift) - 1))
			continue;
		while (w->slots[s].head && fired < limit)
			fired += chunk_expire(w, s, fn, arg);
	}
	return fired;
}

/* Ticks to the next occupied slot of a level whose present one is empty; UINT32_MAX: all are. */
static uint32_t
level_ahead(const struct wheel *w, const struct level *l)
{
	const uint64_t *occupied = &w->occupied[l->first / 64];
	uint32_t now = (w->now >> l->shift) & (l->slots - 1), from = (now + 1) & (l->slots - 1);
	uint64_t bits = occupied[from / 64] & (~0ull << (from % 64));
	uint32_t word = from / 64, words = l->slots / 64;

	for (uint32_t i = 0; bits == 0; i++) {
		if (i == words)
			return UINT32_MAX;
		word = (word + 1) & (words - 1);
		bits = occupied[word];
	}
	return slot_ahead(w, l->first + word * 64 + (uint32_t)__builtin_ctzll(bits));
}

static uint32_t
next_ahead(const struct wheel *w)
{
	uint32_t least = UINT32_MAX;

	for (const struct level *l = levels; l < &levels[LEVELS]; l++)
		least = RTE_MIN(least, level_ahead(w, l));
	return least;
}

unsigned
wheel_advance(struct wheel *w, uint32_t now, unsigned limit, wheel_expire_fn fn, void *arg)
{
	unsigned fired = 0;

	for (;;) {
		fired += tick_expire(w, limit - fired, fn, arg);
		if (fired >= limit || !tick_before(w->now, now))
			return fired;
		w->now += RTE_MIN(next_ahead(w), now - w->now);
	}
}
