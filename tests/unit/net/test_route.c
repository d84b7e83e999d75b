/* SPDX-License-Identifier: BSD-3-Clause */
/* Local addresses, prefixes on the links, gateways. */
#include "world.h"

static bool
is_unicast(const char *address)
{
	struct addr a = addr_of(address);

	return net_is_unicast(net, &a);
}

/* "none" without a route */
static const char *
source_for(const char *remote)
{
	static char text[INET6_ADDRSTRLEN];
	struct addr a = addr_of(remote), local;

	if (!net_source(net, &a, &local))
		return "none";
	if (addr_is_ip4(&local))
		return inet_ntop(AF_INET, &local.w32[3], text, sizeof(text));
	return inet_ntop(AF_INET6, local.b, text, sizeof(text));
}

#define assert_source(remote, local) assert_string_equal(source_for(remote), local)

/* Which address the hop's neighbour has. */
static struct addr
next_hop(const char *remote)
{
	uint16_t hop = hop_to(remote);

	assert_int_not_equal(hop, HOP_NONE);
	return net->neighbours.entries[hop].addr;
}

#define assert_next_hop(remote, neighbour)           \
	do {                                         \
		struct addr next = next_hop(remote); \
		assert_addr(&next, neighbour);       \
	} while (0)

static void
settle(void)
{
	net_announce(net, now_us);
	AT_MS(1200);
	forget_sent();
}

static void
ranges_end_where_they_end(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.1.0.1", 3, 24), local_range("10.2.255.250", 20, 8),
			   local_range("2001:db8::ffff:ffff:ffff:fff0", 32, 32)},
		.local_count = 3,
	};

	world_open(&config);
	settle();
	assert_false(is_local("10.1.0.0"));
	assert_true(is_local("10.1.0.1"));
	assert_true(is_local("10.1.0.3"));
	assert_false(is_local("10.1.0.4"));
	assert_false(is_local("10.2.255.249"));
	assert_true(is_local("10.2.255.250"));
	assert_true(is_local("10.3.0.13"));
	assert_false(is_local("10.3.0.14"));
	assert_true(is_local("2001:db8::ffff:ffff:ffff:ffff"));
	assert_true(is_local("2001:db8:0:1::f")); /* carried into the upper half */
	assert_false(is_local("2001:db8:0:1::10"));
	assert_false(is_local("::a01:1"));
	world_close();
}

static void
broadcast_addresses_are_nobodys(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.1.0.0", 65536, 16), local_range("192.0.2.4", 2, 31)},
		.local_count = 2,
	};

	world_open(&config);
	assert_false(is_local("10.1.0.0"));
	assert_true(is_local("10.1.0.1"));
	assert_true(is_local("10.1.0.255"));
	assert_true(is_local("10.1.255.254"));
	assert_false(is_local("10.1.255.255"));
	assert_true(is_local("192.0.2.4")); /* RFC 3021 */
	assert_true(is_local("192.0.2.5"));
	assert_true(is_unicast("192.0.2.5"));
	assert_source("10.2.0.1", "none");
	assert_source("10.1.255.255", "none");
	world_close();
}

static void
addresses_that_cannot_be_connected_to(void **state)
{
	static const char *const bad[] = {
		"0.0.0.0",  "0.1.2.3",	  "127.0.0.1",	     "224.0.0.1", "239.255.255.255",
		"10.0.0.0", "10.0.0.255", "255.255.255.255", "::",	  "::1",
		"ff02::1",  "ff0e::101",
	};
	static const char *const good[] = {"10.0.0.2",	 "10.0.1.255", "192.0.2.1",
					   "2001:db8::", "fe80::1",    "223.255.255.254"};

	world_open_plain();
	for (unsigned i = 0; i < RTE_DIM(bad); i++) {
		assert_false(is_unicast(bad[i]));
		assert_int_equal(hop_to(bad[i]), HOP_NONE);
		assert_source(bad[i], "none");
	}
	for (unsigned i = 0; i < RTE_DIM(good); i++)
		assert_true(is_unicast(good[i]));
	world_close();
}

static void
without_a_route_there_is_no_hop(void **state)
{
	world_open_plain();
	assert_int_equal(hop_to("10.0.1.1"), HOP_NONE);
	assert_int_equal(hop_to("2001:db8::1"), HOP_NONE);
	assert_source("10.0.1.1", "none");
	assert_source("10.0.0.2", "10.0.0.1");
	world_close();
}

static void
our_own_addresses_have_no_hop(void **state)
{
	world_open_plain();
	assert_int_equal(hop_to("10.0.0.1"), HOP_NONE);
	assert_source("10.0.0.1", "none");
	world_close();
}

static struct tct_port_config
gateway_config(void)
{
	return (struct tct_port_config){
		.locals = {local_range("10.0.0.1", 1, 24), local_range("2001:db8::1", 1, 64)},
		.local_count = 2,
		.gateway4 = address_of("10.0.0.254"),
		.gateway6 = address_of("fe80::254"),
	};
}

static void
what_is_on_no_link_goes_to_the_gateway(void **state)
{
	const struct tct_port_config config = gateway_config();

	world_open(&config);
	settle();
	assert_next_hop("10.0.0.2", "10.0.0.2");
	assert_next_hop("192.0.2.1", "10.0.0.254");
	assert_next_hop("198.51.100.1", "10.0.0.254");
	assert_next_hop("2001:db8::2", "2001:db8::2");
	assert_next_hop("2001:db8:1::2", "fe80::254");
	assert_source("192.0.2.1", "10.0.0.1");
	/* not the link-local one, though the gateway is on that link */
	assert_source("2001:db8:1::2", "2001:db8::1");
	world_close();
}

static void
gateways_are_asked_for_in_advance(void **state)
{
	const struct tct_port_config config = gateway_config();

	world_open(&config);
	assert_state("10.0.0.254", "absent");
	net_announce(net, now_us);
	AT_MS(10);
	assert_state("10.0.0.254", "incomplete");
	assert_state("fe80::254", "absent"); /* nothing to ask from */
	AT_MS(1100);
	assert_state("fe80::254", "incomplete");
	world_close();
}

static void
gateways_are_never_replaced(void **state)
{
	const struct tct_port_config config = gateway_config();
	char text[20];

	world_open_with(&config, 1, 4, 0, false);
	settle();
	for (unsigned i = 2; i < 50; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", i);
		net_hop_release(net, hop_to(text));
	}
	assert_state("10.0.0.254", "incomplete");
	assert_state("fe80::254", "incomplete");
	assert_state("10.0.0.49", "incomplete");
	world_close();
}

static void
the_longest_prefix_wins(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("10.0.0.1", 1, 8)}, .local_count = 1},
		{.locals = {local_range("10.1.0.1", 1, 16)}, .local_count = 1},
		{.locals = {local_range("10.1.1.1", 1, 24)}, .local_count = 1},
		{.locals = {local_range("10.1.1.2", 1, 24)}, .local_count = 1},
	};

	world_open_with(configs, 4, 16, 0, false);
	assert_int_equal(HOP_PORT(hop_to("10.2.0.9")), 0);
	assert_int_equal(HOP_PORT(hop_to("10.1.0.9")), 1);
	assert_int_equal(HOP_PORT(hop_to("10.1.1.9")), 2);
	assert_source("10.2.0.9", "10.0.0.1");
	assert_source("10.1.0.9", "10.1.0.1");
	assert_source("10.1.1.9", "10.1.1.1");
	world_close();
}

/* Of several links with the same prefix, the one where the station was heard. */
static void
equal_prefixes_go_where_the_station_is(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("10.0.0.1", 1, 24)}, .local_count = 1},
		{.locals = {local_range("10.0.0.2", 1, 24)}, .local_count = 1},
	};

	world_open_with(configs, 2, 16, 0, false);
	arp_in(1, broadcast_mac,
	       &(struct arp){ARP_REQUEST, peer_mac(9), {{0}}, ip4("10.0.0.9"), ip4("10.0.0.2")});
	assert_int_equal(HOP_PORT(hop_to("10.0.0.9")), 1);
	assert_source("10.0.0.9", "10.0.0.2");
	assert_int_equal(HOP_PORT(hop_to("10.0.0.8")), 0);
	world_close();
}

static void
the_first_gateway_of_the_version_is_taken(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("2001:db8::1", 1, 64)},
		 .local_count = 1,
		 .gateway6 = address_of("2001:db8::fe")},
		{.locals = {local_range("10.0.0.1", 1, 24)},
		 .local_count = 1,
		 .gateway4 = address_of("10.0.0.254")},
		{.locals = {local_range("10.0.1.1", 1, 24)},
		 .local_count = 1,
		 .gateway4 = address_of("10.0.1.254")},
	};

	world_open_with(configs, 3, 16, 0, false);
	assert_int_equal(HOP_PORT(hop_to("192.0.2.1")), 1);
	assert_int_equal(HOP_PORT(hop_to("2001:db8:1::1")), 0);
	world_close();
}

static void
sources_skip_what_is_not_usable(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.0", 4, 24), local_range("2001:db8::1", 2, 64),
			   local_range("2001:db8:1::1", 1, 64)},
		.local_count = 3,
		.gateway6 = address_of("2001:db8::fe"),
	};

	world_open(&config);
	assert_source("10.0.0.9", "10.0.0.1"); /* 10.0.0.0 is no host */
	assert_source("2001:db8::9", "none");  /* under test */
	settle();
	assert_source("2001:db8::9", "2001:db8::1");
	assert_source("2001:db8:1::9", "2001:db8:1::1");
	assert_source("2001:db8:9::9", "2001:db8::1");
	net->locals.ranges[1].failed = 1;
	assert_source("2001:db8::9", "2001:db8::2");
	net->locals.ranges[1].failed = 3;
	assert_source("2001:db8:9::9", "2001:db8:1::1");
	world_close();
}

static void
of_one_prefix_the_first_address_speaks(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.1.1", 1, 24), local_range("10.0.0.50", 1, 24),
			   local_range("10.0.0.60", 1, 24)},
		.local_count = 3,
	};

	world_open(&config);
	assert_source("10.0.0.9", "10.0.0.50");
	assert_source("10.0.1.9", "10.0.1.1");
	world_close();
}

static void
a_prefix_of_nothing_is_everything(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 0)},
		.local_count = 1,
	};

	world_open(&config);
	assert_next_hop("192.0.2.1", "192.0.2.1");
	assert_int_equal(hop_to("2001:db8::1"), HOP_NONE);
	world_close();
}

/* The last port's last number is HOP_NONE, which leads nowhere all the same. */
static void
with_all_ports_no_route_is_still_none(void **state)
{
	struct tct_port_config configs[TCT_MAX_PORTS] = {0};
	const struct neighbour *last;
	uint16_t hop;

	for (unsigned i = 0; i < TCT_MAX_PORTS; i++) {
		char address[16];

		snprintf(address, sizeof(address), "10.0.%u.1", i);
		configs[i].locals[0] = local_range(address, 1, 24);
		configs[i].local_count = 1;
	}
	world_open_with(configs, TCT_MAX_PORTS, HOP_NEIGHBOURS_MAX, 0, false);
	hop = hop_to("10.0.15.9");
	assert_int_equal(HOP_PORT(hop), TCT_MAX_PORTS - 1);
	assert_int_equal(net_hop_mtu(net, hop), 1500);
	net_hop_release(net, hop);
	last = &net->neighbours.entries[HOP_NONE];
	net_hop_release(net, HOP_NONE);
	assert_int_equal(last->refs, 0);
	assert_int_equal(net_hop_mtu(net, HOP_NONE), NET_MTU_MIN);
	segment_out(HOP_NONE, "10.0.0.1", "10.0.15.9", 1);
	flush();
	assert_int_equal(COUNT(DROP_NO_ROUTE), 1);
	forget_sent();
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_end_where_they_end),
		cmocka_unit_test(broadcast_addresses_are_nobodys),
		cmocka_unit_test(addresses_that_cannot_be_connected_to),
		cmocka_unit_test(without_a_route_there_is_no_hop),
		cmocka_unit_test(our_own_addresses_have_no_hop),
		cmocka_unit_test(what_is_on_no_link_goes_to_the_gateway),
		cmocka_unit_test(gateways_are_asked_for_in_advance),
		cmocka_unit_test(gateways_are_never_replaced),
		cmocka_unit_test(the_longest_prefix_wins),
		cmocka_unit_test(equal_prefixes_go_where_the_station_is),
		cmocka_unit_test(the_first_gateway_of_the_version_is_taken),
		cmocka_unit_test(sources_skip_what_is_not_usable),
		cmocka_unit_test(of_one_prefix_the_first_address_speaks),
		cmocka_unit_test(a_prefix_of_nothing_is_everything),
		cmocka_unit_test(with_all_ports_no_route_is_still_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
