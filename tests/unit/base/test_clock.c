/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void
cycles_become_microseconds(void **state)
{
	struct clock_scale s = clock_scale_make(1000, 2596000000);

	(void)state;
	assert_int_equal(clock_us(&s, 1000), 0);
	/* Rounded down, and mult is: a second may read as one microsecond less. */
	assert_in_range(clock_us(&s, 1000 + 2596000000), 999999, 1000000);
	/* A year: the error stays under one part in a million, and nothing overflows. */
	assert_in_range(clock_us(&s, 1000 + 2596000000 * UINT64_C(31536000)),
			UINT64_C(31535968464000), UINT64_C(31536000000000));
}

/* A thousand nanoseconds are the microsecond that they are in, at any time. */
static void
nanoseconds_keep_to_microseconds(void **state)
{
	struct clock_scale s = clock_scale_make(1000, 2596000000);
	uint64_t tsc = 1000, before = 0;

	(void)state;
	assert_int_equal(clock_ns(&s, 1000), 0);
	assert_in_range(clock_ns(&s, 1000 + 26), 10, 10);
	for (unsigned i = 0; i < 5000; i++, tsc += tsc / 100 + 7) {
		uint64_t ns = clock_ns(&s, tsc);

		if (tsc > 2596000000 * UINT64_C(31536000))
			break;
		assert_int_equal(ns / 1000, clock_us(&s, tsc));
		assert_true(ns >= before);
		before = ns;
	}
}

static void
a_deadline_is_never_early_and_never_none(void **state)
{
	(void)state;
	assert_int_equal(tick_after(100, 0), 100);
	assert_int_equal(tick_after(100, 1), 101);
	assert_int_equal(tick_after(100, 1024), 101);
	assert_int_equal(tick_after(100, 1025), 102);
	assert_int_equal(tick_after(UINT32_MAX, 1024), 1);
	assert_int_equal(tick_from_us(1023), 0);
	assert_int_equal(tick_from_us(1024), 1);
}

static void
deadlines_fall_due_across_the_wrap(void **state)
{
	(void)state;
	assert_true(tick_due(5, 5));
	assert_true(tick_due(5, 6));
	assert_false(tick_due(6, 5));
	assert_false(tick_due(TICK_NONE, 5));
	assert_true(tick_due(UINT32_MAX, 3));
	assert_false(tick_due(3, UINT32_MAX));
}

static void
the_earlier_deadline_is_found(void **state)
{
	(void)state;
	assert_int_equal(tick_earlier(5, 6), 5);
	assert_int_equal(tick_earlier(6, 5), 5);
	assert_int_equal(tick_earlier(TICK_NONE, 5), 5);
	assert_int_equal(tick_earlier(5, TICK_NONE), 5);
	assert_int_equal(tick_earlier(TICK_NONE, TICK_NONE), TICK_NONE);
	assert_int_equal(tick_earlier(2, UINT32_MAX), UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cycles_become_microseconds),
		cmocka_unit_test(nanoseconds_keep_to_microseconds),
		cmocka_unit_test(a_deadline_is_never_early_and_never_none),
		cmocka_unit_test(deadlines_fall_due_across_the_wrap),
		cmocka_unit_test(the_earlier_deadline_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
