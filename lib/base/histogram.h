/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A log-linear histogram of 64-bit values (latencies in nanoseconds or microseconds) with three
 * significant decimal digits, as HdrHistogram keeps them: 2048 linear buckets, then 1024 for every
 * further power of two. One writer; merging is addition, so nothing is lost by it.
 */
#ifndef TCT_BASE_HISTOGRAM_H
#define TCT_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 11 /* 2^11 linear steps: a relative error under 1/1024 */
#define HISTOGRAM_MAX_BITS 40 /* values are clamped to 2^40 - 1 */
#define HISTOGRAM_SLOTS               \
	((1u << HISTOGRAM_SUB_BITS) + \
	 (HISTOGRAM_MAX_BITS - HISTOGRAM_SUB_BITS) * (1u << (HISTOGRAM_SUB_BITS - 1)))

struct histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t min; /* UINT64_MAX while empty */
	uint64_t max;
	uint64_t slots[HISTOGRAM_SLOTS];
};

void histogram_reset(struct histogram *h);
void histogram_record(struct histogram *h, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/*
 * What came into h since earlier, a copy of it. min and max are the bounds of their slots. Another
 * thread may be recording into what h is a copy of: only what has reached its slot is counted.
 */
void histogram_since(struct histogram *out, const struct histogram *h,
		     const struct histogram *earlier);

/*
 * The highest value equivalent to the one at the percentile (0 to 100), by nearest rank, but never
 * above max; 0 while empty.
 */
uint64_t histogram_percentile(const struct histogram *h, double percentile);

/* The slot of a value, and the values of a slot. */
unsigned histogram_slot(uint64_t value);
uint64_t histogram_slot_lowest(unsigned slot);
uint64_t histogram_slot_highest(unsigned slot);

#endif
