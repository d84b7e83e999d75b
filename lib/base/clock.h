/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time: microseconds since start for measuring, ticks of 1.024 ms for timers.
 *
 * Only the engine reads the TSC; everything below it is handed the time. TSC to microseconds is a
 * multiplication and a shift, never a division. A tick is 1024 us so that a tick is a shift of the
 * microseconds. Tick numbers are 32 bits and wrap after 50 days: compare them with tick_before(),
 * and never set one further ahead than 2^31. TICK_NONE (0) means "no deadline": tick_after() skips
 * it.
 */
#ifndef TCT_BASE_CLOCK_H
#define TCT_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TICK_NONE  0u
#define TICK_SHIFT 10 /* 1 tick = 1024 us */

/* Converts TSC cycles to microseconds and nanoseconds: us = cycles * mult >> 32, exact to 2^-32 us
 * a cycle. */
struct clock_scale {
	uint64_t tsc_start;
	uint64_t mult; /* 2^32 * 1e6 / TSC Hz */
};

static inline struct clock_scale
clock_scale_make(uint64_t tsc_now, uint64_t tsc_hz)
{
	return (struct clock_scale){
		.tsc_start = tsc_now,
		.mult = (uint64_t)(((unsigned __int128)1000000 << 32) / tsc_hz),
	};
}

static inline uint64_t
clock_us(const struct clock_scale *s, uint64_t tsc)
{
	return (uint64_t)(((unsigned __int128)(tsc - s->tsc_start) * s->mult) >> 32);
}

/* As exact as clock_us(), and with it: a thousandth of it, rounded down, is the same time. */
static inline uint64_t
clock_ns(const struct clock_scale *s, uint64_t tsc)
{
	return (uint64_t)(((unsigned __int128)(tsc - s->tsc_start) * s->mult * 1000) >> 32);
}

static inline uint32_t
tick_from_us(uint64_t us)
{
	return (uint32_t)(us >> TICK_SHIFT);
}

/* The tick at least us after now: rounded up, and never TICK_NONE. */
static inline uint32_t
tick_after(uint32_t now, uint64_t us)
{
	uint32_t t = now + (uint32_t)((us + (1u << TICK_SHIFT) - 1) >> TICK_SHIFT);

	return t == TICK_NONE ? 1 : t;
}

/* The tick so many ticks after now, never TICK_NONE. */
static inline uint32_t
tick_add(uint32_t now, uint32_t ticks)
{
	uint32_t t = now + ticks;

	return t == TICK_NONE ? 1 : t;
}

static inline bool
tick_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* A deadline has come when it is set and not after now. */
static inline bool
tick_due(uint32_t deadline, uint32_t now)
{
	return deadline != TICK_NONE && !tick_before(now, deadline);
}

/* The earlier of two deadlines, either of which may be TICK_NONE. */
static inline uint32_t
tick_earlier(uint32_t a, uint32_t b)
{
	if (a == TICK_NONE)
		return b;
	if (b == TICK_NONE)
		return a;
	return tick_before(a, b) ? a : b;
}

#endif
