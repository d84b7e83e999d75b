/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text, of the library and of the program. Complaints are compared in
 * tests/config/bad. */
#include "test.h"

#include <errno.h>

#include "addresses.h"

/* text is count addresses from first on, with that prefix; and formatted it reads as canonical. */
static void
reads(const char *text, const char *first, uint32_t count, unsigned prefix_len,
      const char *canonical)
{
	char formatted[ADDRESSES_TEXT], a[TCT_ADDRESS_TEXT];
	struct tct_local local, again;
	const char *why;

	if (addresses_parse(text, &local, &why))
		fail_msg("'%s': %s", text, why);
	assert_string_equal(tct_address_format(&local.first, a), first);
	assert_int_equal(local.count, count);
	assert_int_equal(local.prefix_len, prefix_len);
	assert_string_equal(addresses_format(&local, formatted), canonical);
	assert_int_equal(addresses_parse(formatted, &again, &why), 0);
	assert_memory_equal(&again, &local, sizeof(local));
}

static void
one_address(void **state)
{
	reads("10.0.0.1/24", "10.0.0.1", 1, 24, "10.0.0.1/24");
	reads("10.0.0.1", "10.0.0.1", 1, 32, "10.0.0.1/32");
	reads("2001:DB8::1/64", "2001:db8::1", 1, 64, "2001:db8::1/64");
	reads("2001:db8::1", "2001:db8::1", 1, 128, "2001:db8::1/128");
	reads("10.0.0.1/0", "10.0.0.1", 1, 0, "10.0.0.1/0");
}

static void
consecutive_addresses(void **state)
{
	reads("10.0.0.1-10.0.0.99/24", "10.0.0.1", 99, 24, "10.0.0.1-10.0.0.99/24");
	reads("10.0.0.250-10.0.1.5/16", "10.0.0.250", 12, 16, "10.0.0.250-10.0.1.5/16");
	reads("10.0.0.0-10.0.0.3/24", "10.0.0.0", 4, 24, "10.0.0.0-10.0.0.3/24");
	reads("10.0.0.7-10.0.0.7/24", "10.0.0.7", 1, 24, "10.0.0.7/24");
	reads("2001:db8::1-2001:db8::ff/64", "2001:db8::1", 255, 64, "2001:db8::1-2001:db8::ff/64");
}

static void
a_network_is_its_hosts(void **state)
{
	reads("10.1.0.0/16", "10.1.0.1", 65534, 16, "10.1.0.1-10.1.255.254/16");
	reads("10.0.0.4/30", "10.0.0.5", 2, 30, "10.0.0.5-10.0.0.6/30");
	reads("10.0.0.0/8", "10.0.0.1", 16777214, 8, "10.0.0.1-10.255.255.254/8");
	reads("2001:db8::/112", "2001:db8::1", 65535, 112, "2001:db8::1-2001:db8::ffff/112");
}

/* RFC 3021, RFC 6164: of two addresses both are hosts. */
static void
two_addresses_are_no_network(void **state)
{
	reads("10.0.0.4/31", "10.0.0.4", 1, 31, "10.0.0.4/31");
	reads("10.0.0.4/32", "10.0.0.4", 1, 32, "10.0.0.4/32");
	reads("2001:db8::4/127", "2001:db8::4", 1, 127, "2001:db8::4/127");
}

static void
membership(void **state)
{
	struct tct_address in, out, other;
	struct tct_local local;
	const char *why;

	assert_int_equal(addresses_parse("10.0.0.10-10.0.0.20/24", &local, &why), 0);
	tct_address_parse("10.0.0.20", &in);
	tct_address_parse("10.0.0.21", &out);
	tct_address_parse("::a00:14", &other); /* the same low bits in IPv6 */
	assert_true(addresses_contain(&local, &local.first));
	assert_true(addresses_contain(&local, &in));
	assert_false(addresses_contain(&local, &out));
	assert_false(addresses_contain(&local, &other));
}

static void
port_ranges(void **state)
{
	static const char *const bad[] = {"",	 "0",	      "65536", "80-",
					  "-80", "80-79",     "80-0",  "80 ",
					  " 80", "80-90-100", "http",  "99999999999999999999",
					  "0-5", "+80"};
	struct port_range range;

	assert_int_equal(port_range_parse("80", &range), 0);
	assert_int_equal(range.first, 80);
	assert_int_equal(range.last, 80);
	assert_int_equal(port_range_parse("1-65535", &range), 0);
	assert_int_equal(range.first, 1);
	assert_int_equal(range.last, 65535);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (port_range_parse(bad[i], &range) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void
library_parses_and_formats(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	static const char *const bad[] = {"",	      "192.0.2", "192.0.2.256",	  "192.0.2.1 ",
					  "::1%eth0", ":::",	 "1:2:3:4:5:6:7", "host"};
	struct tct_address a, before;
	char text[TCT_ADDRESS_TEXT];

	assert_int_equal(tct_address_parse("192.0.2.1", &a), 0);
	assert_memory_equal(a.bytes, mapped, 16);
	assert_string_equal(tct_address_format(&a, text), "192.0.2.1");
	assert_int_equal(tct_address_parse("::ffff:192.0.2.1", &a), 0);
	assert_string_equal(tct_address_format(&a, text), "192.0.2.1");
	assert_int_equal(tct_address_parse("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", &a), 0);
	assert_string_equal(tct_address_format(&a, text),
			    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	before = a;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tct_address_parse(bad[i], &a), -EINVAL);
	assert_memory_equal(&a, &before, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_address),
		cmocka_unit_test(consecutive_addresses),
		cmocka_unit_test(a_network_is_its_hosts),
		cmocka_unit_test(two_addresses_are_no_network),
		cmocka_unit_test(membership),
		cmocka_unit_test(port_ranges),
		cmocka_unit_test(library_parses_and_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
