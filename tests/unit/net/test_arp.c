/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

static void
request_for_us_is_answered(void **state)
{
	struct arp a;

	world_open_plain();
	arp_request_in(2, "10.0.0.2", "10.0.0.1");
	assert_int_equal(sent_count, 1);
	a = sent_arp(&sent[0]);
	assert_int_equal(a.op, ARP_REPLY);
	assert_int_equal(a.sender_ip, ip4("10.0.0.1"));
	assert_int_equal(a.target_ip, ip4("10.0.0.2"));
	assert_mac(a.sender_mac, our_mac(0));
	assert_mac(a.target_mac, peer_mac(2));
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_true(sent_is_from(&sent[0], our_mac(0)));
	assert_int_equal(COUNT(ARP_REQUEST_RX), 1);
	assert_int_equal(COUNT(ARP_REPLY_TX), 1);
	assert_int_equal(COUNT(DROP_ARP), 0);
	world_close();
}

static void
request_in_a_chain_is_answered(void **state)
{
	uint8_t bytes[ARP_LEN], frame[64];
	unsigned len;

	world_open_plain();
	arp_build(bytes,
		  &(struct arp){ARP_REQUEST, peer_mac(2), {{0}}, ip4("10.0.0.2"), ip4("10.0.0.1")});
	len = frame_make(frame, 0, broadcast_mac, peer_mac(2), RTE_ETHER_TYPE_ARP, bytes, ARP_LEN);
	mbuf_in(0, fake_chain(frame, len, 15, 3));
	assert_int_equal(sent_arp(&sent[0]).op, ARP_REPLY);
	world_close();
}

static void
an_answer_needs_no_other_buffer(void **state)
{
	unsigned spare;

	world_open_plain();
	spare = tx.spare_count;
	tx.spare_count = 0;
	{
		struct rte_mbuf *kept[128];

		memcpy(kept, tx.spare, sizeof(kept));
		arp_request_in(2, "10.0.0.2", "10.0.0.1");
		for (unsigned i = 0; i < spare; i++)
			rte_pktmbuf_free(kept[i]);
	}
	assert_int_equal(sent_count, 1);
	assert_int_equal(COUNT(TX_NO_MBUF), 0);
	world_close();
}

static void
request_from_a_broadcast_address_teaches_nothing(void **state)
{
	world_open_plain();
	arp_request_in(2, "10.0.0.255", "10.0.0.1");
	assert_state("10.0.0.255", "absent");
	world_close();
}

static void
request_for_others_is_not_answered(void **state)
{
	world_open_plain();
	arp_request_in(2, "10.0.0.2", "10.0.0.3");
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(DROP_ARP), 1);
	assert_state("10.0.0.2", "absent");
	world_close();
}

static void
probe_for_us_is_answered_and_teaches_nothing(void **state)
{
	world_open_plain();
	arp_request_in(2, "0.0.0.0", "10.0.0.1");
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent_arp(&sent[0]).op, ARP_REPLY);
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_state("0.0.0.0", "absent");
	world_close();
}

static void
request_for_us_teaches_who_asks(void **state)
{
	world_open_plain();
	arp_request_in(2, "10.0.0.2", "10.0.0.1");
	assert_state("10.0.0.2", "stale");
	assert_mac(mac_of("10.0.0.2"), peer_mac(2));
	world_close();
}

static void
request_from_off_the_link_teaches_nothing(void **state)
{
	world_open_plain();
	arp_request_in(2, "10.0.1.2", "10.0.0.1");
	assert_int_equal(sent_count, 1);
	assert_state("10.0.1.2", "absent");
	world_close();
}

static void
unsolicited_reply_is_not_learned(void **state)
{
	world_open_plain();
	arp_reply_in(66, "10.0.0.2");
	assert_state("10.0.0.2", "absent");
	world_close();
}

static void
gratuitous_arp_is_not_learned(void **state)
{
	world_open_plain();
	arp_request_in(66, "10.0.0.2", "10.0.0.2");
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REPLY, peer_mac(66), broadcast_mac, ip4("10.0.0.3"),
			     ip4("10.0.0.3")});
	assert_state("10.0.0.2", "absent");
	assert_state("10.0.0.3", "absent");
	assert_int_equal(COUNT(DROP_ARP), 0);
	world_close();
}

static void
gratuitous_arp_moves_a_known_station(void **state)
{
	world_open_plain();
	hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	assert_state("10.0.0.2", "reachable");
	arp_request_in(3, "10.0.0.2", "10.0.0.2");
	assert_state("10.0.0.2", "stale");
	assert_mac(mac_of("10.0.0.2"), peer_mac(3));
	world_close();
}

static void
the_same_mac_again_changes_nothing(void **state)
{
	world_open_plain();
	hop_to("10.0.0.2");
	arp_reply_in(2, "10.0.0.2");
	arp_request_in(2, "10.0.0.2", "10.0.0.2");
	assert_state("10.0.0.2", "reachable");
	world_close();
}

/* A reply to somebody else does not confirm what we asked. */
static void
reply_to_another_does_not_confirm(void **state)
{
	world_open_plain();
	hop_to("10.0.0.2");
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REPLY, peer_mac(2), peer_mac(3), ip4("10.0.0.2"),
			     ip4("10.0.0.3")});
	assert_state("10.0.0.2", "stale");
	world_close();
}

static void
another_station_with_our_address_is_counted(void **state)
{
	world_open_plain();
	arp_request_in(66, "10.0.0.1", "10.0.0.1");
	assert_int_equal(COUNT(ARP_CONFLICT), 1);
	assert_int_equal(sent_count, 0);
	assert_state("10.0.0.1", "absent");
	/* our own, come back */
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REQUEST, our_mac(0), {{0}}, ip4("10.0.0.1"), ip4("10.0.0.1")});
	assert_int_equal(COUNT(ARP_CONFLICT), 1);
	world_close();
}

static void
malformed_packets_are_dropped(void **state)
{
	world_open_plain();
	arp_in(0, broadcast_mac,
	       &(struct arp){3, peer_mac(2), {{0}}, ip4("10.0.0.2"), ip4("10.0.0.1")});
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REQUEST, broadcast_mac, {{0}}, ip4("10.0.0.2"), ip4("10.0.0.1")});
	assert_int_equal(COUNT(DROP_ARP), 2);
	assert_int_equal(sent_count, 0);
	world_close();
}

static void
every_address_of_a_range_is_answered_for(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.10", 20, 24)},
		.local_count = 1,
	};

	world_open(&config);
	arp_request_in(2, "10.0.0.2", "10.0.0.9");
	assert_int_equal(sent_count, 0);
	arp_request_in(2, "10.0.0.2", "10.0.0.10");
	arp_request_in(2, "10.0.0.2", "10.0.0.29");
	assert_int_equal(sent_count, 2);
	arp_request_in(2, "10.0.0.2", "10.0.0.30");
	assert_int_equal(sent_count, 2);
	world_close();
}

static void
a_port_answers_for_its_own_addresses_only(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("10.0.0.1", 1, 24)}, .local_count = 1},
		{.locals = {local_range("10.1.0.1", 1, 24)}, .local_count = 1},
	};

	world_open_with(configs, 2, 16, 0, false);
	arp_in(0, broadcast_mac,
	       &(struct arp){ARP_REQUEST, peer_mac(2), {{0}}, ip4("10.1.0.2"), ip4("10.1.0.1")});
	assert_int_equal(sent_count, 0);
	arp_in(1, broadcast_mac,
	       &(struct arp){ARP_REQUEST, peer_mac(2), {{0}}, ip4("10.1.0.2"), ip4("10.1.0.1")});
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0].port, 1);
	assert_true(sent_is_from(&sent[0], our_mac(1)));
	world_close();
}

static void
vlan_tag_is_on_requests_and_answers(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
		.vlan = 5,
	};

	world_open(&config);
	arp_request_in(2, "10.0.0.2", "10.0.0.1");
	hop_to("10.0.0.3");
	flush();
	assert_int_equal(sent_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(get16(sent[i].bytes + 12), RTE_ETHER_TYPE_VLAN);
		assert_int_equal(get16(sent[i].bytes + 14), 5);
		assert_int_equal(sent_arp(&sent[i]).op, i == 0 ? ARP_REPLY : ARP_REQUEST);
	}
	world_close();
}

static void
addresses_are_announced(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24), local_range("10.1.0.1", 40000, 16)},
		.local_count = 2,
	};
	struct arp a;

	world_open(&config);
	assert_true(net_is_settled(net, true));
	net_announce(net, now_us);
	assert_false(net_is_settled(net, true));
	assert_false(net_is_settled(net, false));
	AT_MS(100);
	assert_true(net_is_settled(net, true));
	assert_int_equal(sent_count, 1 + LOCAL_TESTED);
	assert_int_equal(COUNT(ARP_REQUEST_TX), sent_count);
	a = sent_arp(&sent[0]);
	assert_int_equal(a.op, ARP_REQUEST);
	assert_int_equal(a.sender_ip, ip4("10.0.0.1"));
	assert_true(arp_is_gratuitous(&a));
	assert_true(sent_is_to(&sent[0], broadcast_mac));
	assert_int_equal(sent_arp(&sent[1]).sender_ip, ip4("10.1.0.1"));
	assert_int_equal(sent_arp(&sent[LOCAL_TESTED]).sender_ip, ip4("10.1.0.16"));
	world_close();
}

/* No more at once than the buffers that are kept for it. */
static void
announcements_are_spread(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.1.0.1", 40000, 16)},
		.local_count = 1,
	};

	world_open(&config);
	net_announce(net, now_us);
	net_timers(net, now_us);
	flush();
	assert_int_equal(sent_count, 8);
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_for_us_is_answered),
		cmocka_unit_test(request_in_a_chain_is_answered),
		cmocka_unit_test(an_answer_needs_no_other_buffer),
		cmocka_unit_test(request_from_a_broadcast_address_teaches_nothing),
		cmocka_unit_test(request_for_others_is_not_answered),
		cmocka_unit_test(probe_for_us_is_answered_and_teaches_nothing),
		cmocka_unit_test(request_for_us_teaches_who_asks),
		cmocka_unit_test(request_from_off_the_link_teaches_nothing),
		cmocka_unit_test(unsolicited_reply_is_not_learned),
		cmocka_unit_test(gratuitous_arp_is_not_learned),
		cmocka_unit_test(gratuitous_arp_moves_a_known_station),
		cmocka_unit_test(the_same_mac_again_changes_nothing),
		cmocka_unit_test(reply_to_another_does_not_confirm),
		cmocka_unit_test(another_station_with_our_address_is_counted),
		cmocka_unit_test(malformed_packets_are_dropped),
		cmocka_unit_test(every_address_of_a_range_is_answered_for),
		cmocka_unit_test(a_port_answers_for_its_own_addresses_only),
		cmocka_unit_test(vlan_tag_is_on_requests_and_answers),
		cmocka_unit_test(addresses_are_announced),
		cmocka_unit_test(announcements_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
