/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What TCP's cycles are for: finding records, opening, data, closing.
 *
 * To read the clock for each segment would cost more than much of what is to be measured. So of so
 * many bursts, and of so many flushes, one is timed segment by segment and conn by conn. Whoever
 * knows what all of them took divides that in the same proportion. What reading the clock takes is
 * taken off.
 */
#ifndef TCT_TCP_SPLIT_H
#define TCT_TCP_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

enum split {
	SPLIT_LOOKUP, /* hashes, and records found */
	SPLIT_HANDSHAKE,
	SPLIT_DATA, /* a segment with the third ACK or a FIN on it counts with these */
	SPLIT_CLOSE,
	SPLIT_MAX
};

struct split_clock {
	uint64_t (*now)(void); /* cycles */
	uint32_t every;	       /* 0: never */
	uint32_t due;
	uint32_t own; /* cycles that reading the clock takes */
	uint64_t since;
	uint64_t cycles[SPLIT_MAX];
};

static inline void
split_init(struct split_clock *c, uint64_t (*now)(void), uint32_t every)
{
	c->now = now;
	c->every = c->due = now ? every : 0;
	c->own = UINT32_MAX;
	for (int i = 0; i < 16 && now; i++) {
		uint64_t before = now(), took = now() - before;

		if (took < c->own)
			c->own = (uint32_t)took;
	}
}

static inline bool
split_due(struct split_clock *c)
{
	if (likely(c->due != 1)) {
		c->due -= c->due != 0;
		return false;
	}
	c->due = c->every;
	c->since = c->now();
	return true;
}

/* What took place since the last one, or since it was due, was for this. */
static inline void
split_end(struct split_clock *c, enum split what)
{
	uint64_t now = c->now(), took = now - c->since;

	c->cycles[what] += took > c->own ? took - c->own : 0;
	c->since = now;
}

#endif
