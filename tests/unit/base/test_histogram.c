/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rte_common.h>

#include "base/histogram.h"

#define SAMPLES	  10000
#define VALUE_MAX ((UINT64_C(1) << HISTOGRAM_MAX_BITS) - 1)

static struct histogram histogram, other;

static int
reset(void **state)
{
	(void)state;
	histogram_reset(&histogram);
	histogram_reset(&other);
	return 0;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Values of every magnitude alike. */
static uint64_t
random_value(void)
{
	uint64_t bits = (uint64_t)rand() << 31 ^ (uint64_t)rand();

	return (bits & VALUE_MAX) >> (rand() % HISTOGRAM_MAX_BITS);
}

/* The smallest sample that is not below per_mille thousandths of all, counted from 1. */
static uint64_t
naive(const uint64_t sorted[], uint64_t n, uint64_t per_mille)
{
	uint64_t rank = (n * per_mille + 999) / 1000;

	return sorted[rank == 0 ? 0 : rank - 1];
}

static void
assert_equivalent(uint64_t given, uint64_t exact)
{
	assert_true(given >= exact);
	assert_true(given - exact <= exact / 1024);
}

static void
is_empty_at_first(void **state)
{
	(void)state;
	assert_int_equal(histogram.count, 0);
	assert_true(histogram.min == UINT64_MAX);
	assert_int_equal(histogram_percentile(&histogram, 50), 0);
}

static void
percentiles_agree_with_sorting(void **state)
{
	static uint64_t samples[SAMPLES];
	static const uint64_t per_mille[] = {0, 1, 10, 250, 500, 900, 990, 999, 1000};

	(void)state;
	for (unsigned i = 0; i < SAMPLES; i++) {
		samples[i] = random_value();
		histogram_record(&histogram, samples[i]);
	}
	qsort(samples, SAMPLES, sizeof(samples[0]), by_value);
	for (unsigned i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++)
		assert_equivalent(histogram_percentile(&histogram, (double)per_mille[i] / 10),
				  naive(samples, SAMPLES, per_mille[i]));
	assert_int_equal(histogram.min, samples[0]);
	assert_int_equal(histogram.max, samples[SAMPLES - 1]);
}

static void
small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t v = 1; v <= 1000; v++)
		histogram_record(&histogram, v);
	assert_int_equal(histogram_percentile(&histogram, 50), 500);
	assert_int_equal(histogram_percentile(&histogram, 99), 990);
	assert_int_equal(histogram_percentile(&histogram, 99.9), 999);
	assert_int_equal(histogram_percentile(&histogram, 99.99), 1000);
	assert_int_equal(histogram_percentile(&histogram, 100), 1000);
	assert_int_equal(histogram_percentile(&histogram, 0), 1);
	assert_int_equal(histogram.sum, 500500);
}

/* On both sides of every power of two, where slots change their width. */
static void
slots_have_no_gaps(void **state)
{
	(void)state;
	for (unsigned bit = 1; bit < HISTOGRAM_MAX_BITS; bit++) {
		for (int64_t d = -2; d <= 2; d++) {
			uint64_t v = (UINT64_C(1) << bit) + (uint64_t)d;

			histogram_reset(&histogram);
			histogram_record(&histogram, v);
			histogram_record(&histogram, VALUE_MAX);
			assert_equivalent(histogram_percentile(&histogram, 50), v);
		}
	}
}

/* What a slot says of any value in it is off by less than a thousandth of the value. */
static void
slots_keep_three_significant_digits(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++) {
		uint64_t low = histogram_slot_lowest(i), high = histogram_slot_highest(i);

		assert_true(high >= low && (high - low) * 1000 < RTE_MAX(low, UINT64_C(1)));
		assert_int_equal(histogram_slot(low), i);
		assert_int_equal(histogram_slot(high), i);
	}
	assert_int_equal(histogram_slot(VALUE_MAX), HISTOGRAM_SLOTS - 1);
}

static void
clamps_what_is_too_large(void **state)
{
	(void)state;
	histogram_record(&histogram, UINT64_MAX);
	histogram_record(&histogram, VALUE_MAX + 1);
	assert_int_equal(histogram.count, 2);
	assert_int_equal(histogram.max, VALUE_MAX);
	assert_int_equal(histogram_percentile(&histogram, 100), VALUE_MAX);
}

static void
never_reports_more_than_the_maximum(void **state)
{
	(void)state;
	histogram_record(&histogram, 1000000);
	assert_int_equal(histogram_percentile(&histogram, 50), 1000000);
}

static void
merging_loses_nothing(void **state)
{
	static struct histogram whole;

	(void)state;
	histogram_reset(&whole);
	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t v = random_value();

		histogram_record(i % 3 ? &histogram : &other, v);
		histogram_record(&whole, v);
	}
	histogram_merge(&histogram, &other);
	assert_memory_equal(&histogram, &whole, sizeof(whole));
}

static void
merging_an_empty_one_changes_nothing(void **state)
{
	(void)state;
	histogram_record(&histogram, 7);
	histogram_merge(&histogram, &other);
	assert_int_equal(histogram.min, 7);
	assert_int_equal(histogram.max, 7);
	assert_int_equal(histogram.count, 1);
}

static void
since_is_what_came_later(void **state)
{
	static struct histogram earlier, later, between;

	(void)state;
	histogram_reset(&later);
	for (unsigned i = 0; i < 1000; i++)
		histogram_record(&histogram, (uint64_t)rand() % 5000);
	earlier = histogram;
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t value = 5000 + (uint64_t)rand() % 5000;

		histogram_record(&histogram, value);
		histogram_record(&later, value);
	}
	histogram_since(&between, &histogram, &earlier);
	assert_int_equal(between.count, 1000);
	assert_int_equal(between.sum, later.sum);
	assert_equivalent(between.max, later.max);
	assert_true(between.min <= later.min && between.min >= 5000 - 5);
	assert_int_equal(histogram_percentile(&between, 1), histogram_percentile(&later, 1));
	assert_int_equal(histogram_percentile(&between, 50), histogram_percentile(&later, 50));
}

/* A reader may see a sample's count before its slot. */
static void
since_counts_what_is_in_slots(void **state)
{
	static struct histogram between;

	(void)state;
	histogram_record(&histogram, 3);
	histogram.count++;
	histogram_since(&between, &histogram, &other);
	assert_int_equal(between.count, 1);
	histogram_since(&between, &histogram, &histogram);
	assert_int_equal(between.count, 0);
	assert_int_equal(histogram_percentile(&between, 99), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(is_empty_at_first, reset),
		cmocka_unit_test_setup(percentiles_agree_with_sorting, reset),
		cmocka_unit_test_setup(small_values_are_exact, reset),
		cmocka_unit_test_setup(slots_have_no_gaps, reset),
		cmocka_unit_test_setup(slots_keep_three_significant_digits, reset),
		cmocka_unit_test_setup(clamps_what_is_too_large, reset),
		cmocka_unit_test_setup(never_reports_more_than_the_maximum, reset),
		cmocka_unit_test_setup(merging_loses_nothing, reset),
		cmocka_unit_test_setup(merging_an_empty_one_changes_nothing, reset),
		cmocka_unit_test_setup(since_is_what_came_later, reset),
		cmocka_unit_test_setup(since_counts_what_is_in_slots, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
