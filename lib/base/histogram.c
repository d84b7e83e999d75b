/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots: values under 2^11 have one each. Every further power of two is cut into 1024 slots, so a
 * value is kept with its 11 leading bits, and index and bounds are a count of leading zeros and a
 * shift.
 */
#include "histogram.h"

#include <string.h>

#include <rte_common.h>

#define LINEAR	  (1u << HISTOGRAM_SUB_BITS)
#define HALF	  (LINEAR / 2)
#define VALUE_MAX ((UINT64_C(1) << HISTOGRAM_MAX_BITS) - 1)

unsigned
histogram_slot(uint64_t value)
{
	unsigned shift;

	value = RTE_MIN(value, VALUE_MAX);
	if (value < LINEAR)
		return (unsigned)value;
	shift = 64 - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
	return shift * HALF + (unsigned)(value >> shift);
}

uint64_t
histogram_slot_highest(unsigned index)
{
	unsigned shift;

	if (index < LINEAR)
		return index;
	shift = index / HALF - 1;
	return ((uint64_t)(index - shift * HALF + 1) << shift) - 1;
}

uint64_t
histogram_slot_lowest(unsigned index)
{
	return index ? histogram_slot_highest(index - 1) + 1 : 0;
}

void
histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

void
histogram_record(struct histogram *h, uint64_t value)
{
	value = RTE_MIN(value, VALUE_MAX);
	h->count++;
	h->sum += value;
	h->min = RTE_MIN(h->min, value);
	h->max = RTE_MAX(h->max, value);
	h->slots[histogram_slot(value)]++;
}

void
histogram_merge(struct histogram *into, const struct histogram *from)
{
	into->count += from->count;
	into->sum += from->sum;
	into->min = RTE_MIN(into->min, from->min);
	into->max = RTE_MAX(into->max, from->max);
	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++)
		into->slots[i] += from->slots[i];
}

/*
 * The nearest rank, ceil(percentile / 100 * count), from 1 to count. Decimal percentiles have no
 * exact binary form: what is over a whole number by less than a billionth is that number.
 */
static uint64_t
rank(double percentile, uint64_t count)
{
	double exact = percentile / 100 * (double)count;
	uint64_t r = (uint64_t)exact;

	if (exact - (double)r > exact * 1e-9)
		r++;
	return RTE_MIN(RTE_MAX(r, UINT64_C(1)), count);
}

void
histogram_since(struct histogram *out, const struct histogram *h, const struct histogram *earlier)
{
	histogram_reset(out);
	out->sum = h->sum - earlier->sum;
	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++) {
		out->slots[i] = h->slots[i] - earlier->slots[i];
		if (out->slots[i] == 0)
			continue;
		out->count += out->slots[i];
		out->min = RTE_MIN(out->min, RTE_MAX(histogram_slot_lowest(i), h->min));
		out->max = RTE_MIN(histogram_slot_highest(i), h->max);
	}
}

uint64_t
histogram_percentile(const struct histogram *h, double percentile)
{
	uint64_t left;
	unsigned i;

	if (h->count == 0)
		return 0;
	left = rank(RTE_MIN(RTE_MAX(percentile, 0.0), 100.0), h->count);
	for (i = 0; left > h->slots[i]; i++)
		left -= h->slots[i];
	return RTE_MIN(histogram_slot_highest(i), h->max);
}
