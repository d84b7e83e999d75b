/* SPDX-License-Identifier: BSD-3-Clause */
/* What two samples differ by, and how sure that is. */
#include "test.h"

#include "report_compare.h"

#define N(values) (sizeof(values) / sizeof(values[0]))

static void
mean_and_variance(void **state)
{
	static const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
	struct sample s;

	sample_make(&s, values, N(values), false);
	assert_float_equal(s.mean, 5, 1e-9);
	assert_float_equal(s.variance, 32.0 / 7, 1e-9);
	assert_float_equal(s.effective, 8, 1e-9);
	sample_make(&s, values, 0, false);
	assert_int_equal(s.n, 0);
}

/* Two groups of five with variance 2.5: standard error 1, 8 degrees of freedom, t 3.355. */
static void
margin_is_welchs(void **state)
{
	static const double a[] = {1, 2, 3, 4, 5}, b[] = {11, 12, 13, 14, 15};
	struct sample sa, sb;

	sample_make(&sa, a, 5, false);
	sample_make(&sb, b, 5, false);
	assert_float_equal(sample_margin(&sa, &sb), 3.355, 1e-9);
	sample_make(&sb, b, 1, false);
	assert_true(sample_margin(&sa, &sb) == RESULT_NOT_MEASURED);
	assert_true(sample_margin(&sb, &sa) == RESULT_NOT_MEASURED);
}

/* One side without any variance: the other's degrees of freedom remain, t 4.604 of 4. */
static void
margin_of_unequal_variances(void **state)
{
	static const double a[] = {1, 2, 3, 4, 5}, b[] = {7, 7, 7, 7, 7, 7, 7};
	struct sample sa, sb;

	sample_make(&sa, a, 5, false);
	sample_make(&sb, b, 7, false);
	assert_float_equal(sample_margin(&sa, &sb), 4.604 * 0.70710678, 1e-6);
	assert_float_equal(sample_margin(&sb, &sb), 0, 1e-9);
}

/* Values that follow each other say less than values that do not. */
static void
neighbours_count_for_less(void **state)
{
	static const double drifting[] = {1, 1, 2, 2, 1, 1, 2, 2},
			    jumping[] = {1, 2, 1, 2, 1, 2, 1, 2};
	struct sample s;

	/* Four pairs alike and three not: (4 - 3) / 8 of autocorrelation. */
	sample_make(&s, drifting, 8, true);
	assert_float_equal(s.effective, 8 * (1 - 0.125) / (1 + 0.125), 1e-9);
	sample_make(&s, jumping, 8, true);
	assert_float_equal(s.effective, 8, 1e-9);
	sample_make(&s, drifting, 8, false);
	assert_float_equal(s.effective, 8, 1e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mean_and_variance),
		cmocka_unit_test(margin_is_welchs),
		cmocka_unit_test(margin_of_unequal_variances),
		cmocka_unit_test(neighbours_count_for_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
