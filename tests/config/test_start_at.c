/* SPDX-License-Identifier: BSD-3-Clause */
/* Times at which a load is to begin. */
#include "test.h"

#include <errno.h>

#include "start_at.h"

#define NOW INT64_C(1900000000000) /* 2030-03-17T17:46:40Z */

static void
takes(const char *text, int64_t wanted)
{
	int64_t at = -1;
	int ret = start_at_parse(text, NOW, &at);

	if (ret != 0 || at != wanted)
		fail_msg("'%s': %d, %lld", text, ret, (long long)at);
}

static void
times_to_come(void **state)
{
	takes("+5s", NOW + 5000);
	takes("+200ms", NOW + 200);
	takes("+0s", NOW);
	takes("1900000005", NOW + 5000);
	takes("1900000005.25", NOW + 5250);
	takes("1900000005.1239", NOW + 5123);
	takes("2030-03-17T17:46:41Z", NOW + 1000);
	takes("2030-03-17t17:46:41.5z", NOW + 1500);
	takes("2030-03-17T23:59:59Z", NOW + 22399000);
}

static void
refuses(const char *text, int wanted)
{
	int64_t at;
	int ret = start_at_parse(text, NOW, &at);

	if (ret != wanted)
		fail_msg("'%s': %d, wanted %d", text, ret, wanted);
}

static void
other_times(void **state)
{
	static const char *const none[] = {
		"",
		"soon",
		"+",
		"+5",
		"5s",
		"-5s",
		"+-5s",
		"1900000005x",
		"1900000005.",
		"2030-03-17",
		"2030-03-17T17:46:41",
		"2030-03-17T17:46:41+01:00",
		"2030-02-30T17:46:41Z",
		"2030-13-01T17:46:41Z",
		"2030-03-17T24:46:41Z",
		"2030-03-17T17:60:41Z",
		"2030-3-17T17:46:41Z",
		"2030-03-17T17:46:41Zulu",
		"17:46:41Z",
	};

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		refuses(none[i], -EINVAL);
	refuses("2030-03-17T17:46:39Z", -ERANGE);
	refuses("1900000000", -ERANGE);
	refuses("1", -ERANGE);
	refuses("1900000005000", -ERANGE); /* milliseconds, by mistake */
	refuses("99999999999999999999", -ERANGE);
	refuses("2030-03-25T17:46:41Z", -ERANGE);
	refuses("+200h", -ERANGE);
}

static void
text_is_taken_again(void **state)
{
	char text[START_AT_CHARS];

	assert_string_equal(start_at_text(NOW + 1007, text), "2030-03-17T17:46:41.007Z");
	takes(text, NOW + 1007);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_to_come),
		cmocka_unit_test(other_times),
		cmocka_unit_test(text_is_taken_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
