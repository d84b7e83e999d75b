/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rate_limit.h"

static unsigned
take_at(struct rate_limit *r, uint64_t now_us, unsigned tries)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < tries; i++)
		taken += rate_limit_take(r, now_us);
	return taken;
}

static void
lets_a_burst_pass_and_no_more(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 100, 10);
	assert_int_equal(take_at(&r, 0, 50), 10);
	rate_limit_init(&r, 100, 10);
	assert_int_equal(take_at(&r, 123456789, 50), 10);
}

static void
regains_one_token_per_interval(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 100, 10);
	take_at(&r, 1000, 50);
	assert_false(rate_limit_take(&r, 1000 + 9999));
	assert_true(rate_limit_take(&r, 1000 + 10000));
	assert_false(rate_limit_take(&r, 1000 + 10001));
	assert_int_equal(take_at(&r, 1000 + 40000, 50), 3);
}

static void
never_saves_more_than_the_burst(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 1000000, 5);
	take_at(&r, 0, 50);
	assert_int_equal(take_at(&r, UINT64_C(3600) * 1000000, 50), 5);
}

static void
a_refusal_costs_nothing(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 1000, 1);
	assert_int_equal(take_at(&r, 5000, 100000), 1);
	assert_true(rate_limit_take(&r, 6000));
}

static void
keeps_its_rate(void **state)
{
	static const uint32_t rates[] = {1, 3, 7, 100, 999, 12345, 1000000, 30000000};

	(void)state;
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct rate_limit r;
		uint64_t taken = 0, expected = rates[i] * UINT64_C(3);

		rate_limit_init(&r, rates[i], 100);
		for (uint64_t now = 0; now < 3000000; now += 1 + (uint64_t)rand() % 3)
			taken += take_at(&r, now, 128);
		assert_true(taken <= expected + 100);
		assert_true(taken + 100 >= expected - expected / 1000);
	}
}

static void
a_rate_of_zero_refuses_all(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 0, 10);
	assert_int_equal(take_at(&r, 0, 10), 0);
	assert_int_equal(take_at(&r, UINT64_C(1) << 47, 10), 0);
}

static void
a_burst_of_zero_counts_as_one(void **state)
{
	struct rate_limit r;

	(void)state;
	rate_limit_init(&r, 10, 0);
	assert_int_equal(take_at(&r, 0, 10), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_a_burst_pass_and_no_more),
		cmocka_unit_test(regains_one_token_per_interval),
		cmocka_unit_test(never_saves_more_than_the_burst),
		cmocka_unit_test(a_refusal_costs_nothing),
		cmocka_unit_test(keeps_its_rate),
		cmocka_unit_test(a_rate_of_zero_refuses_all),
		cmocka_unit_test(a_burst_of_zero_counts_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
