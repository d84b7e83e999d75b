/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/http_date.h"

#define EXAMPLE 784111777 /* the one of RFC 9110 5.6.7 */

static bool
parse(const char *text, time_t *t)
{
	char *copy = malloc(strlen(text) + 1);
	bool ok;

	memcpy(copy, text, strlen(text)); /* no NUL behind it */
	ok = http_date_parse(copy, strlen(text), t);
	free(copy);
	return ok;
}

static void
three_forms_are_read(void **state)
{
	static const char *const forms[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	time_t t;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(parse(forms[i], &t));
		assert_int_equal(t, EXAMPLE);
	}
	assert_true(parse("Friday, 01-Jan-38 00:00:00 GMT", &t));
	assert_int_equal(t, 2145916800);
}

static void
what_is_no_date_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1995 08:49:37 GMT",
		"Sun, 06 Nuv 1994 08:49:37 GMT",
		"Sun, 06 Nov 0000 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, -6 Nov 1994 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT, and much more than any date is long",
	};
	time_t t;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &t))
			fail_msg("taken: %s", bad[i]);
}

/* Against the C library: days around every leap rule, and random seconds. */
static void
written_dates_are_those_of_the_calendar(void **state)
{
	static const time_t at[] = {0,	       951782399,  951782400,  951868799,  951868800,
				    978307199, 4107542399, 4107542400, 1709164800, 253402300799};
	char text[HTTP_DATE_CHARS + 1], wanted[64];

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 20000; i++) {
		time_t t = i < sizeof(at) / sizeof(at[0]) ? at[i] : (time_t)rand() * 3, back;
		struct tm tm;

		strftime(wanted, sizeof(wanted), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&t, &tm));
		http_date_format(t, text);
		assert_string_equal(text, wanted);
		assert_true(parse(text, &back));
		assert_int_equal(back, t);
	}
}

static void
now_is_made_once_a_second(void **state)
{
	uint64_t until, last;
	const char *date = http_date_now(1000000, &until);
	time_t t, before = time(NULL);

	(void)state;
	assert_true(http_date_parse(date, HTTP_DATE_CHARS, &t));
	assert_in_range(t, before - 1, time(NULL) + 1); /* whose clock is a tick behind */
	*(char *)(uintptr_t)date = 'X';			/* is seen as long as it is not made anew */
	assert_in_range(until, 1000001, 2000000);
	assert_int_equal(*http_date_now(until - 1, &until), 'X');
	last = until;
	assert_int_not_equal(*http_date_now(last, &until), 'X');
	assert_in_range(until, last + 1, last + 1000000);
	*(char *)(uintptr_t)date = 'X';
	assert_int_not_equal(*http_date_now(1, &until), 'X'); /* another clock */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_forms_are_read),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(written_dates_are_those_of_the_calendar),
		cmocka_unit_test(now_is_made_once_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
