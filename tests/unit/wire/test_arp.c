/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arp.h"

#define OWN_IP	 RTE_BE32(0xc0000201)
#define OTHER_IP RTE_BE32(0xc0000202)

static const struct rte_ether_addr own_mac = {{2, 0, 0, 0, 0, 1}};

/* 02:..:02 asks for 192.0.2.1. */
static const uint8_t request[] = {
	0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
};

static struct arp a;

static bool
parse_with(unsigned at, unsigned value)
{
	uint8_t bytes[sizeof(request)];

	memcpy(bytes, request, sizeof(bytes));
	bytes[at] = (uint8_t)value;
	return arp_parse(&a, bytes, sizeof(bytes));
}

static bool
parse_from(const char *ip, unsigned op)
{
	uint8_t bytes[sizeof(request)];

	memcpy(bytes, request, sizeof(bytes));
	memcpy(bytes + 14, ip, 4);
	bytes[7] = (uint8_t)op;
	return arp_parse(&a, bytes, sizeof(bytes));
}

static void
reads_requests_and_replies(void **state)
{
	(void)state;
	assert_true(arp_parse(&a, request, sizeof(request)));
	assert_int_equal(a.op, ARP_REQUEST);
	assert_memory_equal(&a.sender_mac, "\2\0\0\0\0\2", 6);
	assert_memory_equal(&a.target_mac, "\0\0\0\0\0\0", 6);
	assert_int_equal(a.sender_ip, OTHER_IP);
	assert_int_equal(a.target_ip, OWN_IP);
	assert_false(arp_is_probe(&a));
	assert_false(arp_is_gratuitous(&a));
	assert_true(parse_with(7, 2));
	assert_int_equal(a.op, ARP_REPLY);
}

static void
refuses_what_is_not_arp_for_ip4_over_ethernet(void **state)
{
	(void)state;
	for (unsigned len = 0; len < sizeof(request); len++)
		assert_false(arp_parse(&a, request, len));
	assert_false(parse_with(0, 1));
	assert_false(parse_with(1, 6));
	assert_false(parse_with(2, 0x86));
	assert_false(parse_with(3, 1));
	assert_false(parse_with(4, 8));
	assert_false(parse_with(5, 16));
	assert_false(parse_with(6, 1));
	assert_false(parse_with(7, 0));
	assert_false(parse_with(7, 3));
}

static void
refuses_senders_that_cannot_be(void **state)
{
	uint8_t nobody[sizeof(request)];

	(void)state;
	assert_false(parse_with(8, 3)); /* a group's MAC */
	memcpy(nobody, request, sizeof(nobody));
	memset(nobody + 8, 0, 6);
	assert_false(arp_parse(&a, nobody, sizeof(nobody)));
	assert_false(parse_from("\x7f\0\0\1", ARP_REQUEST));
	assert_false(parse_from("\xe0\0\0\1", ARP_REQUEST));
	assert_false(parse_from("\xff\xff\xff\xff", ARP_REQUEST));
	assert_false(parse_from("\0\0\0\1", ARP_REQUEST));
	assert_false(parse_from("\0\0\0\0", ARP_REPLY));
}

static void
knows_probes_and_announcements(void **state)
{
	(void)state;
	assert_true(parse_from("\0\0\0\0", ARP_REQUEST));
	assert_true(arp_is_probe(&a));
	assert_false(arp_is_gratuitous(&a));
	assert_true(parse_from("\xc0\0\2\1", ARP_REQUEST));
	assert_false(arp_is_probe(&a));
	assert_true(arp_is_gratuitous(&a));
	assert_true(parse_from("\xc0\0\2\1", ARP_REPLY));
	assert_true(arp_is_gratuitous(&a));
}

static void
answers_a_request(void **state)
{
	static const uint8_t reply[] = {
		0,   1, 8, 0, 6, 4, 0, 2, 2, 0, 0,   0, 0, 1,
		192, 0, 2, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2,
	};
	uint8_t out[ARP_LEN];

	(void)state;
	assert_true(arp_parse(&a, request, sizeof(request)));
	assert_int_equal(arp_build_reply(out, &a, &own_mac), ARP_LEN);
	assert_memory_equal(out, reply, ARP_LEN);
}

static void
asks_probes_and_announces(void **state)
{
	uint8_t out[ARP_LEN];

	(void)state;
	assert_int_equal(arp_build_request(out, &own_mac, OWN_IP, OTHER_IP), ARP_LEN);
	assert_memory_equal(out, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\xc0\0\2\1\0\0\0\0\0\0\xc0\0\2\2",
			    ARP_LEN);
	assert_int_equal(arp_build_announce(out, &own_mac, OWN_IP), ARP_LEN);
	assert_memory_equal(out, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\xc0\0\2\1\0\0\0\0\0\0\xc0\0\2\1",
			    ARP_LEN);
	assert_int_equal(arp_build_probe(out, &own_mac, OWN_IP), ARP_LEN);
	assert_memory_equal(out, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1",
			    ARP_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_requests_and_replies),
		cmocka_unit_test(refuses_what_is_not_arp_for_ip4_over_ethernet),
		cmocka_unit_test(refuses_senders_that_cannot_be),
		cmocka_unit_test(knows_probes_and_announcements),
		cmocka_unit_test(answers_a_request),
		cmocka_unit_test(asks_probes_and_announces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
