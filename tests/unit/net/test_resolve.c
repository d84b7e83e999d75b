/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

static uint16_t
known_hop(void)
{
	uint16_t hop = hop_to("10.0.0.2");

	arp_reply_in(2, "10.0.0.2");
	forget_sent();
	return hop;
}

static void
header_goes_before_the_packet(void **state)
{
	uint8_t packet[60];
	struct rte_mbuf *m;

	world_open_plain();
	segment_out(known_hop(), "10.0.0.1", "10.0.0.2", 1);
	m = tx.out[0];
	memcpy(packet, rte_pktmbuf_mtod(m, uint8_t *), 40);
	flush();
	assert_int_equal(sent[0].len, 14 + 40);
	assert_memory_equal(sent[0].bytes + 14, packet, 40);
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_true(sent_is_from(&sent[0], our_mac(0)));
	assert_int_equal(get16(sent[0].bytes + 12), RTE_ETHER_TYPE_IPV4);
	assert_int_equal(sent[0].l2_len, 0);
	world_close();
}

static void
vlan_header_goes_before_the_packet(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
		.vlan = 4094,
	};

	world_open(&config);
	segment_out(known_hop(), "10.0.0.1", "10.0.0.2", 1);
	flush();
	assert_int_equal(sent[0].len, 18 + 40);
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_true(sent_is_from(&sent[0], our_mac(0)));
	assert_int_equal(get16(sent[0].bytes + 12), RTE_ETHER_TYPE_VLAN);
	assert_int_equal(get16(sent[0].bytes + 14), 4094);
	assert_int_equal(get16(sent[0].bytes + 16), RTE_ETHER_TYPE_IPV4);
	assert_int_equal(sent_mark(&sent[0]), 1);
	world_close();
}

static void
offload_is_told_where_ip_begins(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("10.0.0.1", 1, 24)}, .local_count = 1},
		{.locals = {local_range("10.0.0.1", 1, 24)}, .local_count = 1, .vlan = 7},
	};

	for (unsigned i = 0; i < 2; i++) {
		world_open_with(&configs[i], 1, 16, 0, true);
		segment_out(known_hop(), "10.0.0.1", "10.0.0.2", 1);
		flush();
		assert_int_equal(sent[0].l2_len, i == 0 ? 14 : 18);
		world_close();
	}
}

static void
reflected_frames_are_left_alone(void **state)
{
	uint8_t frame[64];
	struct rte_mbuf *m;

	memset(frame, 0xa5, sizeof(frame));
	world_open_plain();
	m = tx_take(&tx, 1);
	memcpy(rte_pktmbuf_append(m, sizeof(frame)), frame, sizeof(frame));
	tx_put(&tx, m, HOP(0, HOP_REFLECT));
	flush();
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0].len, sizeof(frame));
	assert_memory_equal(sent[0].bytes, frame, sizeof(frame));
	world_close();
}

static void
order_is_kept_around_packets_that_wait(void **state)
{
	uint16_t known, unknown;

	world_open_plain();
	known = known_hop();
	unknown = hop_to("10.0.0.3");
	flush();
	forget_sent();
	for (unsigned i = 0; i < 6; i++)
		segment_out(i % 2 ? unknown : known, "10.0.0.1", "10.0.0.2", i);
	flush();
	assert_int_equal(sent_count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sent_mark(&sent[i]), 2 * i);
	arp_reply_in(3, "10.0.0.3");
	assert_int_equal(sent_count, 6);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sent_mark(&sent[3 + i]), 2 * i + 1);
	world_close();
}

static void
hops_that_are_none_are_dropped(void **state)
{
	world_open_plain();
	segment_out(HOP_NONE, "10.0.0.1", "10.0.0.2", 1);
	segment_out(HOP(0, 3), "10.0.0.1", "10.0.0.2", 2); /* never given out */
	segment_out(HOP(1, 0), "10.0.0.1", "10.0.0.2", 3); /* no such port */
	segment_out(HOP(0, 0xffd), "10.0.0.1", "10.0.0.2", 4);
	flush();
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(DROP_NO_ROUTE), 4);
	world_close();
}

static void
chains_get_their_header_on_the_first_segment(void **state)
{
	struct rte_mbuf *m, *tail;

	world_open_plain();
	segment_out(known_hop(), "10.0.0.1", "10.0.0.2", 1);
	m = tx.out[0];
	tail = tx_take(&tx, 0);
	rte_pktmbuf_append(tail, 100);
	rte_pktmbuf_chain(m, tail);
	flush();
	assert_int_equal(sent[0].len, 14 + 40 + 100);
	assert_int_equal(sent_mark(&sent[0]), 1);
	world_close();
}

static void
each_port_has_its_own_header(void **state)
{
	const struct tct_port_config configs[] = {
		{.locals = {local_range("10.0.0.1", 1, 24)}, .local_count = 1},
		{.locals = {local_range("10.1.0.1", 1, 24)}, .local_count = 1, .vlan = 9},
	};
	uint16_t hop;

	world_open_with(configs, 2, 16, 0, false);
	known_hop();
	hop = hop_to("10.1.0.2");
	assert_int_equal(HOP_PORT(hop), 1);
	flush();
	arp_in(1, our_mac(1),
	       &(struct arp){ARP_REPLY, peer_mac(5), our_mac(1), ip4("10.1.0.2"), ip4("10.1.0.1")});
	forget_sent();
	segment_out(HOP(0, 0), "10.0.0.1", "10.0.0.2", 1);
	segment_out(hop, "10.1.0.1", "10.1.0.2", 2);
	flush();
	assert_int_equal(sent[0].port, 0);
	assert_true(sent_is_from(&sent[0], our_mac(0)));
	assert_int_equal(sent[1].port, 1);
	assert_true(sent_is_from(&sent[1], our_mac(1)));
	assert_true(sent_is_to(&sent[1], peer_mac(5)));
	assert_int_equal(get16(sent[1].bytes + 14), 9);
	assert_int_equal(net_hop_mtu(net, hop), 1500);
	assert_int_equal(net_hop_mtu(net, HOP_NONE), 1280);
	net_hop_release(net, HOP_NONE);
	net_hop_release(net, HOP(0, HOP_REFLECT));
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_goes_before_the_packet),
		cmocka_unit_test(vlan_header_goes_before_the_packet),
		cmocka_unit_test(offload_is_told_where_ip_begins),
		cmocka_unit_test(reflected_frames_are_left_alone),
		cmocka_unit_test(order_is_kept_around_packets_that_wait),
		cmocka_unit_test(hops_that_are_none_are_dropped),
		cmocka_unit_test(chains_get_their_header_on_the_first_segment),
		cmocka_unit_test(each_port_has_its_own_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
