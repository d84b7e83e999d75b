/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tuple.h"

static const uint8_t documentation[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

static void
ip4_is_held_mapped(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	struct addr a = addr_from_ip4(RTE_BE32(0xc0000201));

	(void)state;
	assert_memory_equal(a.b, mapped, sizeof(mapped));
	assert_true(addr_is_ip4(&a));
	a = addr_from_ip6(documentation);
	assert_memory_equal(a.b, documentation, sizeof(documentation));
	assert_false(addr_is_ip4(&a));
}

/* All but the last 32 bits tell an IPv4 address. */
static void
one_bit_makes_it_ip6(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 128; bit++) {
		struct addr a = addr_from_ip4(RTE_BE32(0xc0000201));

		a.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(addr_is_ip4(&a), bit >= 96);
	}
}

static void
one_bit_makes_them_differ(void **state)
{
	const struct tuple t = {
		.local = addr_from_ip6(documentation),
		.remote = addr_from_ip4(RTE_BE32(0xc0000201)),
		.local_port = RTE_BE16(80),
		.remote_port = RTE_BE16(1024),
	};
	struct tuple u = t;

	(void)state;
	assert_true(tuple_equal(&t, &u));
	for (unsigned bit = 0; bit < 8 * sizeof(t); bit++) {
		((uint8_t *)&u)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tuple_equal(&t, &u));
		assert_int_equal(addr_equal(&t.local, &u.local), bit >= 128);
		u = t;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip4_is_held_mapped),
		cmocka_unit_test(one_bit_makes_it_ip6),
		cmocka_unit_test(one_bit_makes_them_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
