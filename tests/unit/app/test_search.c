/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "search.h"

static unsigned
below(unsigned n)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void
fill(char *text, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		text[i] = "ab"[below(2)];
	text[len] = '\0';
}

/* In pieces of up to so many bytes. */
static bool
found(const char *text, const char *bytes, unsigned most)
{
	uint32_t len = (uint32_t)strlen(bytes);
	struct search s;
	uint8_t matched = 0;

	search_make(&s, text);
	for (uint32_t at = 0, n; at < len; at += n) {
		n = 1 + below(most);
		n = n < len - at ? n : len - at;
		matched = search_step(&s, matched, bytes + at, n);
	}
	return matched == s.len;
}

static void
as_strstr_does(void **state)
{
	unsigned there = 0;

	for (unsigned i = 0; i < 20000; i++) {
		char text[16], bytes[64];

		fill(text, 1 + below(8));
		fill(bytes, below(63));
		there += strstr(bytes, text) != NULL;
		assert_int_equal(found(text, bytes, 1 + below(9)), strstr(bytes, text) != NULL);
	}
	assert_in_range(there, 1000, 19000);
}

static void
split_anywhere(void **state)
{
	assert_true(found("nano", "bananano", 1));
	assert_true(found("aab", "aaab", 2));
	assert_false(found("aab", "aaaa", 2));
	assert_true(found("x", "abcx", 1));
}

static void
once_found_it_stays_so(void **state)
{
	struct search s;
	uint8_t matched;

	search_make(&s, "ok");
	matched = search_step(&s, 0, "an ok", 5);
	assert_int_equal(matched, 2);
	assert_int_equal(search_step(&s, matched, "and more", 8), 2);
}

static void
the_longest_text(void **state)
{
	char text[SEARCH_MAX + 1], bytes[2 * SEARCH_MAX + 1];

	memset(text, 'a', SEARCH_MAX);
	text[SEARCH_MAX - 1] = 'b';
	text[SEARCH_MAX] = '\0';
	memset(bytes, 'a', 2 * SEARCH_MAX);
	bytes[2 * SEARCH_MAX] = '\0';
	assert_false(found(text, bytes, 7));
	bytes[2 * SEARCH_MAX - 1] = 'b';
	assert_true(found(text, bytes, 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_strstr_does),
		cmocka_unit_test(split_anywhere),
		cmocka_unit_test(once_found_it_stays_so),
		cmocka_unit_test(the_longest_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
