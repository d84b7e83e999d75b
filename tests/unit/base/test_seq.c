/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/seq.h"

static void
orders_neighbours(void **state)
{
	(void)state;
	assert_true(seq_lt(1, 2));
	assert_false(seq_lt(2, 2));
	assert_true(seq_le(2, 2));
	assert_false(seq_le(3, 2));
	assert_true(seq_gt(2, 1));
	assert_false(seq_gt(2, 2));
	assert_true(seq_ge(2, 2));
	assert_false(seq_ge(1, 2));
}

static void
orders_across_the_wrap(void **state)
{
	(void)state;
	assert_true(seq_lt(UINT32_MAX, 0));
	assert_true(seq_gt(0, UINT32_MAX));
	assert_true(seq_lt(0xc0000000, 0x3fffffff));
	assert_false(seq_lt(0x3fffffff, 0xc0000000));
}

static void
between_holds_first_and_not_end(void **state)
{
	(void)state;
	assert_true(seq_between(100, 100, 10));
	assert_true(seq_between(109, 100, 10));
	assert_false(seq_between(110, 100, 10));
	assert_false(seq_between(99, 100, 10));
	assert_true(seq_between(3, UINT32_MAX - 3, 10));
	assert_false(seq_between(100, 100, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_neighbours),
		cmocka_unit_test(orders_across_the_wrap),
		cmocka_unit_test(between_holds_first_and_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
