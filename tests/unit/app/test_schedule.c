/* SPDX-License-Identifier: BSD-3-Clause */
/* When connections are due: exactly as often as asked for, and Poisson's gaps as they should be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schedule.h"

#define S_NS	 1000000000ull
#define START_NS 5000000123ull

/* The nanosecond that connection n of one worker of so many is due at. */
static uint64_t
exact(uint64_t n, uint64_t rate, unsigned worker, unsigned workers)
{
	return START_NS + worker * S_NS / rate + (uint64_t)((long double)n * workers * S_NS / rate);
}

static void
uniform_is_exact(void **state)
{
	static const uint64_t rates[] = {1, 3, 1000, 30011, 999983, 3000000, 1000000000};

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (unsigned workers = 1; workers <= 3; workers++) {
			struct schedule s;

			schedule_begin(&s, ARRIVAL_UNIFORM, rates[i], workers - 1, workers,
				       START_NS);
			for (uint64_t n = 0; n < 100000; n++) {
				assert_in_range(s.due_ns,
						exact(n, rates[i], workers - 1, workers) - 1,
						exact(n, rates[i], workers - 1, workers) + 1);
				schedule_next(&s);
			}
		}
}

/* Three workers at a rate that three does not divide: the second has as many as asked for. */
static void
workers_share_the_rate(void **state)
{
	uint64_t count = 0;

	for (unsigned worker = 0; worker < 3; worker++) {
		struct schedule s;

		schedule_begin(&s, ARRIVAL_UNIFORM, 100000, worker, 3, START_NS);
		for (; s.due_ns < START_NS + S_NS; count++)
			schedule_next(&s);
	}
	assert_int_equal(count, 100000);
}

static void
fewer_than_workers(void **state)
{
	struct schedule s;

	schedule_begin(&s, ARRIVAL_UNIFORM, 1, 2, 4, START_NS);
	assert_int_equal(s.due_ns, START_NS + 2 * S_NS);
	schedule_next(&s);
	assert_int_equal(s.due_ns, START_NS + 6 * S_NS);
}

/* Mean, variance and tail of the exponential distribution, each within four standard errors. */
static void
poisson_gaps_are_exponential(void **state)
{
	static const uint64_t rates[] = {7, 30011, 2999999};
	const unsigned n = 1000000;

	schedule_prepare();
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		double mean = (double)(2 * S_NS) / (double)rates[i], sum = 0, squares = 0;
		unsigned long_ones = 0;
		struct schedule s;

		schedule_begin(&s, ARRIVAL_POISSON, rates[i], 1, 2, START_NS);
		for (unsigned k = 0; k < n; k++) {
			uint64_t last = s.due_ns;
			double gap;

			schedule_next(&s);
			gap = (double)(s.due_ns - last) / mean;
			sum += gap;
			squares += gap * gap;
			long_ones += gap > 3;
		}
		assert_float_equal(sum / n, 1, 0.004);
		assert_float_equal(squares / n, 2, 0.018);
		assert_float_equal((double)long_ones / n, 0.049787, 0.0009);
	}
}

/* No two workers, nor two runs, have the same random times. */
static void
poisson_is_not_the_same_again(void **state)
{
	struct schedule a, b, c;

	schedule_prepare();
	schedule_begin(&a, ARRIVAL_POISSON, 100, 0, 2, START_NS);
	schedule_begin(&b, ARRIVAL_POISSON, 100, 1, 2, START_NS);
	schedule_begin(&c, ARRIVAL_POISSON, 100, 0, 2, START_NS + 1);
	assert_int_not_equal(a.due_ns, b.due_ns);
	assert_int_not_equal(a.due_ns, c.due_ns - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uniform_is_exact),
		cmocka_unit_test(workers_share_the_rate),
		cmocka_unit_test(fewer_than_workers),
		cmocka_unit_test(poisson_gaps_are_exponential),
		cmocka_unit_test(poisson_is_not_the_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
