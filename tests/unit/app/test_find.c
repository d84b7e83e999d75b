/* SPDX-License-Identifier: BSD-3-Clause */
/* The search for a rate, against far ends that bear so much, always or mostly. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "find.h"

/* What bears any rate up to most, and of the rest each trial whose number unlucky divides not. */
static uint64_t
search(uint64_t from, uint64_t most, unsigned unlucky, struct find *f)
{
	find_begin(f, from);
	while (f->next) {
		bool good = f->next <= most && (!unlucky || (f->trials + 1) % unlucky);

		assert_true(f->trials < FIND_MAX_TRIALS);
		find_told(f, good, (double)f->next - (f->trials % 3));
	}
	return find_answer(f);
}

/* Within a fiftieth below it, from whatever rate the search starts. */
static void
finds_what_can_be_borne(void **state)
{
	static const uint64_t rates[] = {12, 100, 1000, 54321, 2999999, 400000000};

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (uint64_t from = 10; from <= 10000000; from *= 100) {
			struct find f;
			uint64_t found = search(from, rates[i], 0, &f);

			assert_in_range(found, rates[i] - rates[i] / 45 - 2, rates[i]);
			assert_in_range(f.trials, FIND_REPEATS, 40);
		}
}

static void
tells_the_spread(void **state)
{
	struct find f;
	uint64_t found = search(1000, 5000, 0, &f);

	assert_true(f.least < f.most);
	assert_in_range((uint64_t)f.least, found - 2, found);
	assert_in_range((uint64_t)f.most, found - 2, found);
}

/* A repeat that fails takes it back, and the others are made anew. */
static void
what_fails_again_is_not_the_answer(void **state)
{
	struct find f;

	find_begin(&f, 100);
	find_told(&f, true, 100); /* 200 */
	find_told(&f, false, 0);
	while (f.next != f.good)
		find_told(&f, false, 0);
	assert_int_equal(f.good, 100);
	find_told(&f, true, 100);
	find_told(&f, false, 90);
	assert_int_equal(f.next, 94);
	for (unsigned i = 0; i < FIND_REPEATS; i++)
		find_told(&f, true, 94);
	assert_int_equal(f.next, 0);
	assert_int_equal(find_answer(&f), 94);
}

/* Nothing works, everything works, and luck that comes and goes: it ends. */
static void
it_ends(void **state)
{
	struct find f;

	assert_int_equal(search(1000, 0, 0, &f), 0);
	assert_int_equal(search(1000, UINT64_MAX, 0, &f), 0);
	search(1000, 100000, 2, &f);
	assert_int_equal(search(1000, 100000, 1, &f), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_can_be_borne),
		cmocka_unit_test(tells_the_spread),
		cmocka_unit_test(what_fails_again_is_not_the_answer),
		cmocka_unit_test(it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
