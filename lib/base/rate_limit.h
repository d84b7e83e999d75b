/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token bucket: so many events per second on average, so many at once. One per worker and per
 * thing limited; a limit that all workers or all peers shared would tell an attacker what others do
 * (CVE-2016-5696).
 *
 * Not a count of tokens but the time when the bucket will be full again (the virtual scheduling
 * form of ATM's generic cell rate algorithm): every event moves it one interval on, and an event is
 * refused when it lies too far ahead. So there is nothing to refill, and no division after the
 * set-up.
 */
#ifndef TCT_BASE_RATE_LIMIT_H
#define TCT_BASE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_LIMIT_SHIFT 16 /* times are in 2^-16 us: 8 years, 15 ps */

struct rate_limit {
	uint64_t full;	   /* when the bucket is full; worker rw */
	uint64_t interval; /* between two events at the rate */
	uint64_t slack;	   /* how far full may be ahead of now for one more event to pass */
};

/* rate: events per second, 0 refuses all. burst: as many pass at once after a pause, at least 1. */
static inline void
rate_limit_init(struct rate_limit *r, uint32_t rate, uint32_t burst)
{
	/* Rounded up: the rate is never exceeded. */
	r->interval = rate ? ((UINT64_C(1000000) << RATE_LIMIT_SHIFT) + rate - 1) / rate : 0;
	r->slack = burst ? (burst - 1) * r->interval : 0;
	r->full = rate ? 0 : UINT64_MAX;
}

/* May the event happen now? Takes its token if so. now_us must not run backwards by much. */
static inline bool
rate_limit_take(struct rate_limit *r, uint64_t now_us)
{
	uint64_t now = now_us << RATE_LIMIT_SHIFT;
	uint64_t full = r->full > now ? r->full : now;

	if (full - now > r->slack)
		return false;
	r->full = full + r->interval;
	return true;
}

#endif
