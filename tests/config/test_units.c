/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <errno.h>

#include "units.h"

static void
reads(enum unit unit, const char *text, uint64_t wanted)
{
	uint64_t value = 12345;

	if (units_parse(unit, text, &value) != 0 || value != wanted)
		fail_msg("'%s' is %llu, wanted %llu", text, (unsigned long long)value,
			 (unsigned long long)wanted);
}

static void
refuses(enum unit unit, const char *text, int wanted)
{
	uint64_t value;
	int err = units_parse(unit, text, &value);

	if (err != wanted)
		fail_msg("'%s' gives %d, wanted %d", text, err, wanted);
}

static void
counts_are_decimal(void **state)
{
	reads(UNIT_COUNT, "0", 0);
	reads(UNIT_COUNT, "007", 7);
	reads(UNIT_COUNT, "64k", 64000);
	reads(UNIT_RATE, "1.2M", 1200000);
	reads(UNIT_RATE, "0.0000012G", 1200);
	reads(UNIT_COUNT, "9223372036854775807", INT64_MAX);
}

static void
sizes_are_binary(void **state)
{
	reads(UNIT_BYTES, "1460", 1460);
	reads(UNIT_BYTES, "64k", 65536);
	reads(UNIT_BYTES, "1.5M", 1572864);
	reads(UNIT_BYTES, "2G", 2147483648);
}

static void
durations_name_their_unit(void **state)
{
	reads(UNIT_MS, "200ms", 200);
	reads(UNIT_MS, "10s", 10000);
	reads(UNIT_MS, "0.5s", 500);
	reads(UNIT_MS, "2m", 120000);
	reads(UNIT_MS, "1.5h", 5400000);
	reads(UNIT_MS, "0", 0);
	refuses(UNIT_MS, "10", -EINVAL);
	refuses(UNIT_MS, "10 s", -EINVAL);
	refuses(UNIT_MS, "10us", -EINVAL);
	refuses(UNIT_MS, "0.5ms", -EINVAL);
}

static void
flags_are_words(void **state)
{
	reads(UNIT_FLAG, "on", 1);
	reads(UNIT_FLAG, "true", 1);
	reads(UNIT_FLAG, "yes", 1);
	reads(UNIT_FLAG, "off", 0);
	reads(UNIT_FLAG, "false", 0);
	reads(UNIT_FLAG, "no", 0);
	refuses(UNIT_FLAG, "1", -EINVAL);
	refuses(UNIT_FLAG, "On", -EINVAL);
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const texts[] = {"",	    " ",   "k",	  "1kk", "1K",	 "1 k",
					    "0x10", "1e6", ".5",  "5.",	 "1..2", "1.2.3",
					    "+1",   "-",   "--1", "1,5", "five"};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuses(UNIT_COUNT, texts[i], -EINVAL);
	refuses(UNIT_COUNT, "1.5", -EINVAL);
	refuses(UNIT_COUNT, "1.2345k", -EINVAL);
}

static void
what_does_not_fit_is_told_apart(void **state)
{
	refuses(UNIT_COUNT, "-1", -ERANGE);
	refuses(UNIT_MS, "-1s", -ERANGE);
	refuses(UNIT_COUNT, "9223372036854775808", -ERANGE);
	refuses(UNIT_COUNT, "18446744073709551616", -ERANGE);
	refuses(UNIT_COUNT, "99999999999999999999999999", -ERANGE);
	refuses(UNIT_COUNT, "18446744073709551615k", -ERANGE);
	refuses(UNIT_BYTES, "9999999999G", -ERANGE);
	refuses(UNIT_COUNT, "0.00000000000000000000000001", -ERANGE);
}

static void
formatting_is_the_inverse(void **state)
{
	static const uint64_t values[] = {0,	  1,	   5,	       999,	 1000,
					  1024,	  1500,	   60000,      65536,	 262144,
					  120000, 3600000, 1073725440, INT64_MAX};
	static const enum unit units[] = {UNIT_COUNT, UNIT_BYTES, UNIT_MS, UNIT_RATE};
	char text[UNITS_TEXT];

	for (unsigned u = 0; u < 4; u++)
		for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			reads(units[u], units_format(units[u], values[i], text), values[i]);
	assert_string_equal(units_format(UNIT_MS, 120000, text), "2m");
	assert_string_equal(units_format(UNIT_BYTES, 65536, text), "64k");
	assert_string_equal(units_format(UNIT_COUNT, 65536, text), "65536");
	assert_string_equal(units_format(UNIT_FLAG, 1, text), "on");
	assert_string_equal(units_format(UNIT_FLAG, 0, text), "off");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_decimal),
		cmocka_unit_test(sizes_are_binary),
		cmocka_unit_test(durations_name_their_unit),
		cmocka_unit_test(flags_are_words),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(what_does_not_fit_is_told_apart),
		cmocka_unit_test(formatting_is_the_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
