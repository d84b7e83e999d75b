/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include "../eal.h"

#define DATAGRAMS 4

/* The datagram: a TCP segment whose payload counts up, so that a byte tells its place. */
static uint8_t segment[9000];
static unsigned segment_len;
static bool v6;

static void
open_with(unsigned fragments)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24), local_range("2001:db8::1", 1, 64)},
		.local_count = 2,
	};

	world_open_with(&config, 1, 16, fragments, false);
	net_announce(net, now_us);
	AT_MS(1200);
	forget_sent();
}

static void
make_segment(bool ip6, unsigned payload)
{
	struct tuple t = {addr_of(ip6 ? "2001:db8::2" : "10.0.0.2"),
			  addr_of(ip6 ? "2001:db8::1" : "10.0.0.1"), RTE_BE16(1000), RTE_BE16(80)};
	struct segment_header h = {
		.tuple = &t,
		.seq = 1,
		.ttl = 64,
		.payload_len = payload,
		.pseudo_sum = csum_tuple(&t, 1),
	};
	unsigned headers = ip6 ? 60 : 40;

	for (unsigned i = 0; i < payload; i++)
		segment[headers + i] = (uint8_t)(i * 7 + i / 256);
	segment_build(segment, &h, csum_bytes(0, segment + headers, payload), false);
	segment_len = headers + payload;
	v6 = ip6;
}

static void
open_both(bool ip6, unsigned payload)
{
	open_with(DATAGRAMS);
	make_segment(ip6, payload);
}

static unsigned
fragment4_make(uint8_t *out, uint16_t id, unsigned offset, unsigned len, bool more)
{
	uint16_t checksum;

	memcpy(out, segment, 20);
	put16(out + 2, (uint16_t)(20 + len));
	put16(out + 4, id);
	put16(out + 6, (uint16_t)((more ? 0x2000 : 0) | offset / 8));
	memset(out + 10, 0, 2);
	checksum = (uint16_t)~csum_fold(csum_bytes(0, out, 20));
	memcpy(out + 10, &checksum, 2);
	memcpy(out + 20, segment + 20 + offset, len);
	return 20 + len;
}

static unsigned
fragment6_make(uint8_t *out, uint32_t id, unsigned offset, unsigned len, bool more)
{
	memcpy(out, segment, 40);
	put16(out + 4, (uint16_t)(8 + len));
	out[6] = IPPROTO_FRAGMENT;
	out[40] = IPPROTO_TCP;
	out[41] = 0;
	put16(out + 42, (uint16_t)(offset | more));
	put32(out + 44, id);
	memcpy(out + 48, segment + 40 + offset, len);
	return 48 + len;
}

/* The bytes from offset on, behind the IP header. */
static enum packet_kind
fragment_in(uint32_t id, unsigned offset, unsigned len, bool more)
{
	uint8_t packet[2048], frame[2048];
	unsigned n = v6 ? fragment6_make(packet, id, offset, len, more)
			: fragment4_make(packet, (uint16_t)id, offset, len, more);

	n = frame_make(frame, 0, our_mac(0), peer_mac(2),
		       v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4, packet, n);
	return frame_in(0, frame, n);
}

static unsigned
body_len(void)
{
	return segment_len - (v6 ? 40 : 20);
}

/* Fragment i of those of size bytes. */
static enum packet_kind
part_in(uint32_t id, unsigned i, unsigned size)
{
	unsigned offset = i * size;
	unsigned len = RTE_MIN(size, body_len() - offset);

	return fragment_in(id, offset, len, offset + len < body_len());
}

static void
assert_whole(void)
{
	assert_int_equal(whole_len, 14 + segment_len);
	/* headers differ in what reassembly touches */
	assert_memory_equal(whole + 14 + (v6 ? 40 : 20), segment + (v6 ? 40 : 20), body_len());
	assert_int_equal(COUNT(IP_REASSEMBLED), 1);
	assert_int_equal(COUNT(DROP_FRAGMENT), 0);
}

static void
fragments_in_order_are_put_together(void **state)
{
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		open_both(ip6, 3000);
		assert_int_equal(part_in(1, 0, 1400), PACKET_FRAGMENT);
		assert_int_equal(part_in(1, 1, 1400), PACKET_FRAGMENT);
		assert_int_equal(part_in(1, 2, 1400), PACKET_TCP);
		assert_whole();
		assert_int_equal(COUNT(IP_FRAGMENTS), 3);
		world_close();
	}
}

static void
fragments_in_any_order_are_put_together(void **state)
{
	static const uint8_t orders[][4] = {{3, 2, 1, 0}, {1, 0, 3, 2}, {2, 0, 1, 3}, {0, 3, 1, 2}};

	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		for (unsigned i = 0; i < RTE_DIM(orders); i++) {
			open_both(ip6, 3000);
			for (unsigned j = 0; j < 3; j++)
				assert_int_equal(part_in(1, orders[i][j], 800), PACKET_FRAGMENT);
			assert_int_equal(part_in(1, orders[i][3], 800), PACKET_TCP);
			assert_whole();
			world_close();
		}
	}
}

static void
datagrams_are_told_apart(void **state)
{
	open_both(false, 2000);
	part_in(1, 0, 1400);
	part_in(2, 1, 1400);
	assert_int_equal(COUNT(IP_REASSEMBLED), 0);
	assert_int_equal(part_in(1, 1, 1400), PACKET_TCP);
	assert_int_equal(part_in(2, 0, 1400), PACKET_TCP);
	assert_int_equal(COUNT(IP_REASSEMBLED), 2);
	world_close();
}

/* The checksum is looked at when the whole is there, whatever the NIC said about its parts. */
static void
a_bad_checksum_is_found(void **state)
{
	open_both(false, 2000);
	segment[500] ^= 1;
	part_in(1, 0, 1400);
	assert_int_equal(part_in(1, 1, 1400), PACKET_DROP);
	assert_int_equal(COUNT(DROP_TCP_CHECKSUM), 1);
	world_close();
}

static void
vlan_frames_are_put_together(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
		.vlan = 5,
	};

	world_open_with(&config, 1, 16, DATAGRAMS, false);
	make_segment(false, 2000);
	part_in(1, 1, 1400);
	assert_int_equal(part_in(1, 0, 1400), PACKET_TCP);
	assert_int_equal(whole_len, 18 + segment_len);
	world_close();
}

static void
overlaps_lose_the_datagram(void **state)
{
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		open_both(ip6, 2000);
		fragment_in(1, 0, 800, true);
		fragment_in(1, 792, 608, true); /* 8 bytes that were there */
		fragment_in(1, 1400, body_len() - 1400, false);
		assert_int_equal(COUNT(IP_REASSEMBLED), 0);
		assert_true(COUNT(DROP_FRAGMENT) > 0);
		AT_MS(40000);
		world_close();
	}
}

static void
incomplete_datagrams_time_out(void **state)
{
	unsigned in_use;

	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		open_both(ip6, 2000);
		in_use = fake_pool.in_use - tx.spare_count;
		part_in(1, 0, 1400);
		assert_int_equal(fake_pool.in_use - tx.spare_count, in_use + 1);
		AT_MS(1200 + 29900);
		assert_int_equal(COUNT(DROP_FRAGMENT_TIMEOUT), 0);
		AT_MS(1200 + 30100);
		assert_int_equal(COUNT(DROP_FRAGMENT_TIMEOUT), 1);
		assert_int_equal(fake_pool.in_use - tx.spare_count, in_use);
		/* what comes later is the first of another */
		assert_int_equal(part_in(1, 1, 1400), PACKET_FRAGMENT);
		assert_int_equal(COUNT(IP_REASSEMBLED), 0);
		world_close();
	}
}

static void
datagrams_are_bounded(void **state)
{
	open_both(false, 2000);
	for (unsigned i = 0; i < DATAGRAMS; i++)
		part_in(i, 0, 1400);
	assert_int_equal(COUNT(DROP_FRAGMENT), 0);
	part_in(99, 0, 1400);
	assert_int_equal(COUNT(DROP_FRAGMENT), 1);
	assert_int_equal(part_in(0, 1, 1400), PACKET_TCP);
	part_in(99, 0, 1400);
	assert_int_equal(COUNT(DROP_FRAGMENT), 1);
	world_close();
}

/* Fewer datagrams than there may be, but with all the fragments they can have. */
static void
buffers_are_bounded(void **state)
{
	unsigned in_use;

	open_both(false, 8000);
	in_use = fake_pool.in_use - tx.spare_count;
	for (unsigned id = 0; id < 3; id++)
		for (unsigned i = 1; i < 7; i++)
			part_in(id, i, 800);
	assert_int_equal(fake_pool.in_use - tx.spare_count,
			 in_use + DATAGRAMS * REASSEMBLY_MBUFS_FACTOR);
	assert_int_equal(COUNT(DROP_FRAGMENT), 3 * 6 - DATAGRAMS * REASSEMBLY_MBUFS_FACTOR);
	AT_MS(40000);
	assert_int_equal(fake_pool.in_use - tx.spare_count, in_use);
	world_close();
}

static void
more_fragments_than_fit_lose_the_datagram(void **state)
{
	open_both(false, 8000);
	for (unsigned i = 0; i < 9; i++)
		part_in(1, i, 800);
	assert_true(COUNT(DROP_FRAGMENT) > 0);
	assert_int_equal(COUNT(IP_REASSEMBLED), 0);
	world_close();
}

static void
fragments_for_others_take_no_memory(void **state)
{
	unsigned in_use;

	open_both(false, 2000);
	put32(segment + 16, 0x0a000003);
	in_use = fake_pool.in_use - tx.spare_count;
	part_in(1, 0, 1400);
	assert_int_equal(COUNT(DROP_IP_DESTINATION), 1);
	assert_int_equal(fake_pool.in_use - tx.spare_count, in_use);
	world_close();
}

/* Fragment header behind destination options: not for the library. */
static void
fragments_behind_other_headers_are_dropped(void **state)
{
	uint8_t packet[256] = {0}, frame[512];

	open_both(true, 500);
	memcpy(packet, segment, 40);
	packet[6] = IPPROTO_DSTOPTS;
	put16(packet + 4, 8 + 8 + 80);
	packet[40] = IPPROTO_FRAGMENT;
	packet[42] = 1; /* PadN */
	packet[43] = 4;
	packet[48] = IPPROTO_TCP;
	packet[51] = 1;
	frame_in(0, frame,
		 frame_make(frame, 0, our_mac(0), peer_mac(2), RTE_ETHER_TYPE_IPV6, packet,
			    40 + 8 + 8 + 80));
	assert_int_equal(COUNT(IP_FRAGMENTS), 1);
	assert_int_equal(COUNT(DROP_FRAGMENT), 1);
	world_close();
}

static void
shared_and_torn_fragments_are_dropped(void **state)
{
	uint8_t packet[2048], frame[2048];
	struct rte_mbuf *m;
	unsigned n;

	open_both(false, 2000);
	n = fragment4_make(packet, 1, 0, 1400, true);
	n = frame_make(frame, 0, our_mac(0), peer_mac(2), RTE_ETHER_TYPE_IPV4, packet, n);
	m = fake_mbuf(frame, n);
	rte_mbuf_refcnt_update(m, 1);
	mbuf_in(0, m);
	rte_pktmbuf_free(m);
	assert_int_equal(COUNT(DROP_FRAGMENT), 1);
	mbuf_in(0, fake_chain(frame, n, 20, 1500));
	assert_int_equal(COUNT(DROP_FRAGMENT), 2);
	/* torn behind the headers it is as good as any */
	mbuf_in(0, fake_chain(frame, n, 40, 1500));
	assert_int_equal(part_in(1, 1, 1400), PACKET_TCP);
	assert_int_equal(COUNT(DROP_FRAGMENT), 2);
	world_close();
}

static void
without_memory_all_are_dropped(void **state)
{
	open_with(0);
	make_segment(false, 2000);
	part_in(1, 0, 1400);
	part_in(1, 1, 1400);
	assert_int_equal(COUNT(DROP_FRAGMENT), 2);
	assert_int_equal(COUNT(IP_REASSEMBLED), 0);
	world_close();
}

/* Anything may come, in any order; buffers are all back in the end, and what is whole is right. */
static void
random_fragments_leak_nothing(void **state)
{
	srand(1);
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		open_both(ip6, 2380); /* three times 800 */
		for (unsigned i = 0; i < 20000; i++) {
			unsigned offset = (unsigned)rand() % 3 * 800;
			unsigned len =
				(unsigned)rand() % 8 == 0 ? 8u * (1u + (unsigned)rand() % 99) : 800;
			bool more = offset + len < body_len();

			if (!more)
				len = body_len() - offset;
			if (fragment_in((unsigned)rand() % 6, offset, len, more) == PACKET_TCP)
				assert_memory_equal(whole + 14 + (ip6 ? 40 : 20),
						    segment + (ip6 ? 40 : 20), body_len());
			if (i % 64 == 0)
				at_ms(now_us / 1000 - 1000 + (unsigned)rand() % 4000);
		}
		assert_true(COUNT(IP_REASSEMBLED) > 100);
		assert_true(COUNT(DROP_FRAGMENT_TIMEOUT) > 20);
		world_close();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_in_order_are_put_together),
		cmocka_unit_test(fragments_in_any_order_are_put_together),
		cmocka_unit_test(datagrams_are_told_apart),
		cmocka_unit_test(a_bad_checksum_is_found),
		cmocka_unit_test(vlan_frames_are_put_together),
		cmocka_unit_test(overlaps_lose_the_datagram),
		cmocka_unit_test(incomplete_datagrams_time_out),
		cmocka_unit_test(datagrams_are_bounded),
		cmocka_unit_test(buffers_are_bounded),
		cmocka_unit_test(more_fragments_than_fit_lose_the_datagram),
		cmocka_unit_test(fragments_for_others_take_no_memory),
		cmocka_unit_test(fragments_behind_other_headers_are_dropped),
		cmocka_unit_test(shared_and_torn_fragments_are_dropped),
		cmocka_unit_test(without_memory_all_are_dropped),
		cmocka_unit_test(random_fragments_leak_nothing),
	};

	eal_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
