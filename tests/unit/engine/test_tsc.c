/* SPDX-License-Identifier: BSD-3-Clause */
/* A second of the TSC against one of the kernel's clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "engine/tsc.h"

#define SPAN_NS 100000000
#define PPM	100

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* How far the TSC, read between two looks at the clock that are close together, is ahead of it. */
static int64_t
ahead_ns(uint64_t hz)
{
	int64_t least = INT64_MAX, ahead = 0;

	for (unsigned i = 0; i < 100; i++) {
		int64_t before = now_ns();
		uint64_t tsc = rte_rdtsc();
		int64_t after = now_ns();

		if (after - before >= least)
			continue;
		least = after - before;
		ahead = (int64_t)((double)tsc * 1e9 / (double)hz) - before;
	}
	return ahead;
}

static void
a_second_is_the_kernels(void **state)
{
	const struct timespec span = {.tv_nsec = SPAN_NS};
	uint64_t hz = tsc_hz();
	int64_t start = now_ns(), ahead = ahead_ns(hz), gained;

	(void)state;
	nanosleep(&span, NULL);
	gained = ahead_ns(hz) - ahead;
	assert_in_range((uint64_t)(gained < 0 ? -gained : gained), 0,
			(uint64_t)(now_ns() - start) * PPM / 1000000);
}

static void
it_is_measured_once(void **state)
{
	(void)state;
	assert_int_equal(tsc_hz(), tsc_hz());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_is_the_kernels),
		cmocka_unit_test(it_is_measured_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
