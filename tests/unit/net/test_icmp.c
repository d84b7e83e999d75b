/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

static const struct tct_port_config both = {
	.locals = {{{{0}}, 0, 0}},
	.local_count = 2,
};

static void
open_both(void)
{
	struct tct_port_config config = both;

	config.locals[0] = local_range("10.0.0.1", 1, 24);
	config.locals[1] = local_range("2001:db8::1", 1, 64);
	world_open(&config);
	net_announce(net, now_us);
	AT_MS(1100);
	forget_sent();
}

/* An ICMP message of len bytes in IPv4; returns the packet's length. */
static unsigned
icmp4_make(uint8_t *out, const char *src, const char *dst, const uint8_t *message, unsigned len)
{
	uint16_t checksum;
	rte_be32_t a = ip4(src), b = ip4(dst);

	memset(out, 0, 20);
	out[0] = 0x45;
	put16(out + 2, (uint16_t)(20 + len));
	out[8] = 64;
	out[9] = IPPROTO_ICMP;
	memcpy(out + 12, &a, 4);
	memcpy(out + 16, &b, 4);
	checksum = (uint16_t)~csum_fold(csum_bytes(0, out, 20));
	memcpy(out + 10, &checksum, 2);
	memcpy(out + 20, message, len);
	memset(out + 22, 0, 2);
	checksum = (uint16_t)~csum_fold(csum_bytes(0, out + 20, len));
	memcpy(out + 22, &checksum, 2);
	return 20 + len;
}

static unsigned
icmp6_make(uint8_t *out, const char *src, const char *dst, const uint8_t *message, unsigned len)
{
	struct addr a = addr_of(src), b = addr_of(dst);
	uint16_t checksum;
	uint64_t sum;

	memset(out, 0, 40);
	out[0] = 0x60;
	put16(out + 4, (uint16_t)len);
	out[6] = IPPROTO_ICMPV6;
	out[7] = 64;
	memcpy(out + 8, a.b, 16);
	memcpy(out + 24, b.b, 16);
	memcpy(out + 40, message, len);
	memset(out + 42, 0, 2);
	sum = csum_add(csum_bytes(0, out + 8, 32), rte_cpu_to_be_16((uint16_t)len));
	sum = csum_add(sum, RTE_BE16(IPPROTO_ICMPV6));
	checksum = (uint16_t)~csum_fold(csum_bytes(sum, out + 40, len));
	memcpy(out + 42, &checksum, 2);
	return 40 + len;
}

static enum packet_kind
icmp_in(const char *src, const char *dst, const uint8_t *message, unsigned len)
{
	bool v4 = strchr(dst, ':') == NULL;
	uint8_t packet[2048], frame[2048];
	unsigned n = v4 ? icmp4_make(packet, src, dst, message, len)
			: icmp6_make(packet, src, dst, message, len);

	n = frame_make(frame, 0, our_mac(0), peer_mac(2),
		       v4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6, packet, n);
	return frame_in(0, frame, n);
}

/* ---- echo ---- */

static const uint8_t ping4[] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'd', 'a', 't', 'a', '!'};
static const uint8_t ping6[] = {128, 0, 0, 0, 0x12, 0x34, 0, 1, 'd', 'a', 't', 'a', '!'};

static void
echo_is_answered(void **state)
{
	const uint8_t *ip;

	open_both();
	icmp_in("10.0.0.2", "10.0.0.1", ping4, sizeof(ping4));
	assert_int_equal(sent_count, 1);
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_true(sent_is_from(&sent[0], our_mac(0)));
	ip = sent[0].bytes + 14;
	assert_int_equal(sent[0].len, 14 + 20 + sizeof(ping4));
	assert_int_equal(csum_fold(csum_bytes(0, ip, 20)), 0xffff);
	assert_int_equal(load32(ip + 12), ip4("10.0.0.1"));
	assert_int_equal(load32(ip + 16), ip4("10.0.0.2"));
	assert_int_equal(ip[20], 0);
	assert_int_equal(csum_fold(csum_bytes(0, ip + 20, sizeof(ping4))), 0xffff);
	assert_memory_equal(ip + 24, ping4 + 4, sizeof(ping4) - 4);
	assert_int_equal(sent_type(&sent[0]), RTE_ETHER_TYPE_IPV4);
	assert_int_equal(COUNT(ICMP_ECHO_RX), 1);
	assert_int_equal(COUNT(ICMP_ECHO_TX), 1);
	assert_int_equal(drops(), 0);
	world_close();
}

static void
echo6_is_answered(void **state)
{
	const uint8_t *ip;
	uint64_t sum;

	open_both();
	icmp_in("2001:db8::2", "2001:db8::1", ping6, sizeof(ping6));
	assert_int_equal(sent_count, 1);
	ip = sent[0].bytes + 14;
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_int_equal(sent_type(&sent[0]), RTE_ETHER_TYPE_IPV6);
	assert_int_equal(ip[40], 129);
	sum = csum_add(csum_bytes(0, ip + 8, 32), RTE_BE16(sizeof(ping6)));
	sum = csum_add(sum, RTE_BE16(IPPROTO_ICMPV6));
	assert_int_equal(csum_fold(csum_bytes(sum, ip + 40, sizeof(ping6))), 0xffff);
	world_close();
}

static void
echo_has_our_tag(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 24)},
		.local_count = 1,
		.vlan = 5,
	};

	world_open(&config);
	icmp_in("10.0.0.2", "10.0.0.1", ping4, sizeof(ping4));
	assert_int_equal(get16(sent[0].bytes + 12), RTE_ETHER_TYPE_VLAN);
	assert_int_equal(get16(sent[0].bytes + 14), 5);
	assert_int_equal(sent[0].bytes[18 + 20], 0);
	world_close();
}

static void
echo_to_others_is_not_answered(void **state)
{
	open_both();
	icmp_in("10.0.0.2", "10.0.0.3", ping4, sizeof(ping4));
	icmp_in("2001:db8::2", "2001:db8::3", ping6, sizeof(ping6));
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(DROP_IP_DESTINATION), 2);
	world_close();
}

static void
echo_to_broadcast_and_groups_is_not_answered(void **state)
{
	open_both();
	icmp_in("10.0.0.2", "10.0.0.255", ping4, sizeof(ping4));
	icmp_in("10.0.0.2", "10.0.0.0", ping4, sizeof(ping4));
	icmp_in("10.0.0.2", "255.255.255.255", ping4, sizeof(ping4));
	icmp_in("10.0.0.2", "224.0.0.1", ping4, sizeof(ping4));
	icmp_in("2001:db8::2", "ff02::1", ping6, sizeof(ping6));
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(ICMP_ECHO_RX), 0);
	world_close();
}

static void
echo_is_limited(void **state)
{
	open_both();
	for (unsigned i = 0; i < NET_ECHO_PEAK + 10; i++) {
		icmp_in("10.0.0.2", "10.0.0.1", ping4, sizeof(ping4));
	}
	assert_int_equal(sent_count, NET_ECHO_PEAK);
	assert_int_equal(COUNT(DROP_ICMP_LIMIT), 10);
	AT_MS(1200);
	forget_sent();
	icmp_in("10.0.0.2", "10.0.0.1", ping4, sizeof(ping4));
	assert_int_equal(sent_count, 1);
	world_close();
}

/* The buffer belongs to somebody else as well: it is not written to. */
static void
echo_in_a_shared_buffer_is_dropped(void **state)
{
	uint8_t packet[64], frame[128], before[128];
	struct rte_mbuf *m;
	unsigned n;

	open_both();
	n = icmp4_make(packet, "10.0.0.2", "10.0.0.1", ping4, sizeof(ping4));
	n = frame_make(frame, 0, our_mac(0), peer_mac(2), RTE_ETHER_TYPE_IPV4, packet, n);
	m = fake_mbuf(frame, n);
	rte_mbuf_refcnt_update(m, 1);
	memcpy(before, rte_pktmbuf_mtod(m, void *), n);
	mbuf_in(0, m);
	assert_int_equal(sent_count, 0);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), before, n);
	assert_int_equal(COUNT(DROP_ICMP), 1);
	rte_pktmbuf_free(m);
	world_close();
}

/* ---- echo in fragments ---- */

/* A request of len bytes in one frame, as reassembly leaves it. */
static void
big_ping_in(bool v4, unsigned len)
{
	uint8_t message[4100], packet[4200], frame[4300];
	unsigned n;

	for (unsigned i = 0; i < len; i++)
		message[i] = (uint8_t)(i * 5 + i / 256);
	message[0] = v4 ? 8 : 128;
	message[1] = 0;
	n = v4 ? icmp4_make(packet, "10.0.0.2", "10.0.0.1", message, len)
	       : icmp6_make(packet, "2001:db8::2", "2001:db8::1", message, len);
	n = frame_make(frame, 0, our_mac(0), peer_mac(2),
		       v4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6, packet, n);
	mbuf_in(0, fake_chain(frame, n, 1500, 700));
}

/* Puts what was sent together; returns the length of the ICMP message. */
static unsigned
join_sent(uint8_t *message, bool v4)
{
	unsigned total = 0, headers = v4 ? 20 : 48;
	uint32_t id = 0;

	for (unsigned i = 0; i < sent_count; i++) {
		const uint8_t *ip = sent[i].bytes + 14;
		unsigned len = sent[i].len - 14 - headers;
		uint16_t field = get16(v4 ? ip + 6 : ip + 42);
		unsigned offset = v4 ? (field & 0x1fffu) * 8 : field & 0xfff8u;
		uint32_t this_id = v4 ? get16(ip + 4) : get32(ip + 44);

		assert_true(sent_is_to(&sent[i], peer_mac(2)));
		assert_true(sent[i].len <= 14 + 1500);
		assert_int_equal(offset, total);
		assert_int_equal(v4 ? field >> 13 : field & 7, i + 1 < sent_count);
		assert_true(i == 0 || this_id == id);
		id = this_id;
		if (v4) {
			assert_int_equal(csum_fold(csum_bytes(0, ip, 20)), 0xffff);
			assert_int_equal(get16(ip + 2), 20 + len);
		} else {
			assert_int_equal(ip[6], IPPROTO_FRAGMENT);
			assert_int_equal(ip[40], IPPROTO_ICMPV6);
			assert_int_equal(ip[41], 0);
			assert_int_equal(get16(ip + 4), 8 + len);
		}
		memcpy(message + offset, ip + headers, len);
		total += len;
	}
	return total;
}

static void
echo_beyond_the_mtu_comes_back_in_fragments(void **state)
{
	static const unsigned lens[] = {1481, 1500, 2960, 2961, 4008};
	uint8_t got[4300];

	for (unsigned v = 0; v < 2; v++) {
		for (unsigned i = 0; i < RTE_DIM(lens); i++) {
			uint64_t sum = 0;

			open_both();
			big_ping_in(v == 0, lens[i]);
			assert_true(sent_count >= 2);
			assert_int_equal(join_sent(got, v == 0), lens[i]);
			assert_int_equal(got[0], v == 0 ? 0 : 129);
			for (unsigned j = 4; j < lens[i]; j++)
				assert_int_equal(got[j], (uint8_t)(j * 5 + j / 256));
			if (v == 1) {
				const struct addr a = addr_of("2001:db8::1");
				const struct addr b = addr_of("2001:db8::2");

				sum = csum_bytes(csum_bytes(0, &a, 16), &b, 16);
				sum = csum_add(sum, rte_cpu_to_be_16((uint16_t)lens[i]));
				sum = csum_add(sum, RTE_BE16(IPPROTO_ICMPV6));
			}
			assert_int_equal(csum_fold(csum_bytes(sum, got, lens[i])), 0xffff);
			assert_int_equal(COUNT(ICMP_ECHO_TX), 1);
			world_close();
		}
	}
}

static void
echo_of_the_mtu_is_not_cut(void **state)
{
	for (unsigned v = 0; v < 2; v++) {
		open_both();
		big_ping_in(v == 0, v == 0 ? 1480 : 1460);
		assert_int_equal(sent_count, 1);
		assert_int_equal(sent[0].len, 14 + 1500);
		world_close();
	}
}

static void
datagrams_in_fragments_have_their_own_ids(void **state)
{
	uint8_t got[4300];
	uint16_t first;

	open_both();
	big_ping_in(true, 2000);
	join_sent(got, true);
	first = get16(sent[0].bytes + 14 + 4);
	forget_sent();
	big_ping_in(true, 2000);
	join_sent(got, true);
	assert_int_not_equal(get16(sent[0].bytes + 14 + 4), first);
	world_close();
}

static void
fragments_without_buffers_are_counted(void **state)
{
	struct rte_mbuf *kept[128];
	unsigned spare;

	open_both();
	spare = tx.spare_count - 1;
	memcpy(kept, tx.spare + 1, spare * sizeof(kept[0]));
	tx.spare_count = 1;
	big_ping_in(true, 4008);
	assert_int_equal(sent_count, 1);
	assert_int_equal(COUNT(TX_NO_MBUF), 1);
	assert_int_equal(COUNT(ICMP_ECHO_TX), 0);
	rte_pktmbuf_free_bulk(kept, spare);
	world_close();
}

static void
echo_replies_are_ignored(void **state)
{
	uint8_t message[8] = {0};

	open_both();
	icmp_in("10.0.0.2", "10.0.0.1", message, sizeof(message));
	message[0] = 129;
	icmp_in("2001:db8::2", "2001:db8::1", message, sizeof(message));
	assert_int_equal(COUNT(DROP_ICMP), 2);
	world_close();
}

/* ---- errors ---- */

/* The 8 bytes of an error, and what it quotes: IPv4 header and 8 bytes (RFC 792). */
static unsigned
error4(uint8_t *out, uint8_t type, uint8_t code, const char *src, const char *dst, uint8_t proto)
{
	rte_be32_t a = ip4(src), b = ip4(dst);
	uint8_t *ip = out + 8;

	memset(out, 0, 8 + 28);
	out[0] = type;
	out[1] = code;
	ip[0] = 0x45;
	put16(ip + 2, 1500);
	ip[8] = 60;
	ip[9] = proto;
	memcpy(ip + 12, &a, 4);
	memcpy(ip + 16, &b, 4);
	put16(ip + 20, 80);
	put16(ip + 22, 5000);
	put32(ip + 24, 0xcafe);
	return 8 + 28;
}

static unsigned
error6(uint8_t *out, uint8_t type, uint8_t code)
{
	struct addr a = addr_of("2001:db8::1"), b = addr_of("2001:db8:9::9");
	uint8_t *ip = out + 8;

	memset(out, 0, 8 + 60);
	out[0] = type;
	out[1] = code;
	ip[0] = 0x60;
	put16(ip + 4, 20);
	ip[6] = IPPROTO_TCP;
	ip[7] = 60;
	memcpy(ip + 8, a.b, 16);
	memcpy(ip + 24, b.b, 16);
	put16(ip + 40, 80);
	put16(ip + 42, 5000);
	put32(ip + 44, 0xcafe);
	return 8 + 48;
}

static void
every_class_of_error_reaches_its_connection(void **state)
{
	static const struct {
		uint8_t type, code, err;
	} cases[] = {
		{3, 0, ICMP_ERROR_SOFT_NET},   {3, 1, ICMP_ERROR_SOFT_HOST},
		{3, 2, ICMP_ERROR_HARD},       {3, 3, ICMP_ERROR_HARD},
		{3, 5, ICMP_ERROR_SOFT_HOST},  {3, 6, ICMP_ERROR_SOFT_NET},
		{3, 7, ICMP_ERROR_SOFT_HOST},  {3, 11, ICMP_ERROR_SOFT_NET},
		{3, 12, ICMP_ERROR_SOFT_HOST}, {3, 13, ICMP_ERROR_HARD},
		{11, 0, ICMP_ERROR_SOFT_HOST}, {12, 0, ICMP_ERROR_SOFT_HOST},
	};
	uint8_t message[64];

	open_both();
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		unsigned len = error4(message, cases[i].type, cases[i].code, "10.0.0.1",
				      "192.0.2.9", IPPROTO_TCP);

		icmp_in("10.0.0.77", "10.0.0.1", message, len);
		assert_int_equal(error_count, i + 1);
		assert_int_equal(errors[i].err, cases[i].err);
		assert_addr(&errors[i].tuple.local, "10.0.0.1");
		assert_addr(&errors[i].tuple.remote, "192.0.2.9");
		assert_int_equal(errors[i].tuple.local_port, RTE_BE16(80));
		assert_int_equal(errors[i].tuple.remote_port, RTE_BE16(5000));
		assert_int_equal(errors[i].seq, 0xcafe);
		assert_int_equal(errors[i].mtu, 0);
	}
	assert_int_equal(sent_count, 0);
	assert_int_equal(drops(), 0);
	world_close();
}

static void
every_class_of_error6_reaches_its_connection(void **state)
{
	static const struct {
		uint8_t type, code, err;
	} cases[] = {
		{1, 0, ICMP_ERROR_SOFT_NET},  {1, 1, ICMP_ERROR_HARD},
		{1, 3, ICMP_ERROR_SOFT_HOST}, {1, 4, ICMP_ERROR_HARD},
		{3, 0, ICMP_ERROR_SOFT_HOST}, {4, 0, ICMP_ERROR_SOFT_HOST},
	};
	uint8_t message[80];

	open_both();
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		unsigned len = error6(message, cases[i].type, cases[i].code);

		icmp_in("2001:db8::77", "2001:db8::1", message, len);
		assert_int_equal(error_count, i + 1);
		assert_int_equal(errors[i].err, cases[i].err);
		assert_addr(&errors[i].tuple.remote, "2001:db8:9::9");
		assert_int_equal(errors[i].seq, 0xcafe);
	}
	world_close();
}

static void
too_big_4(uint16_t mtu, uint16_t total_len)
{
	uint8_t message[64];
	unsigned len = error4(message, 3, 4, "10.0.0.1", "192.0.2.9", IPPROTO_TCP);

	put16(message + 6, mtu);
	put16(message + 8 + 2, total_len);
	icmp_in("10.0.0.77", "10.0.0.1", message, len);
}

static void
too_big_carries_the_mtu(void **state)
{
	uint8_t message[80];
	unsigned len = error6(message, 2, 0);

	open_both();
	too_big_4(1400, 1500);
	assert_int_equal(errors[0].err, ICMP_ERROR_TOO_BIG);
	assert_int_equal(errors[0].mtu, 1400);
	put32(message + 4, 1400);
	put16(message + 8 + 4, 1460);
	icmp_in("2001:db8::77", "2001:db8::1", message, len);
	assert_int_equal(errors[1].err, ICMP_ERROR_TOO_BIG);
	assert_int_equal(errors[1].mtu, 1400);
	assert_int_equal(drops(), 0);
	world_close();
}

static void
impossible_mtus_are_dropped(void **state)
{
	uint8_t message[80];
	unsigned len = error6(message, 2, 0);

	open_both();
	too_big_4(67, 1500);
	too_big_4(1500, 1500);
	too_big_4(9000, 1500);
	put16(message + 8 + 4, 1460);
	put32(message + 4, 1279);
	icmp_in("2001:db8::77", "2001:db8::1", message, len);
	put32(message + 4, 0x10000 + 1400);
	icmp_in("2001:db8::77", "2001:db8::1", message, len);
	assert_int_equal(error_count, 0);
	assert_int_equal(COUNT(DROP_ICMP), 5);
	too_big_4(68, 1500);
	assert_int_equal(errors[0].mtu, 68);
	world_close();
}

/* RFC 5927 7.2: what fits was not refused for its size. */
static void
mtu_of_packets_that_fit_is_dropped(void **state)
{
	uint8_t message[80];
	unsigned len = error6(message, 2, 0);

	open_both();
	too_big_4(1000, 1000);
	put32(message + 4, 1300);
	put16(message + 8 + 4, 1260);
	icmp_in("2001:db8::77", "2001:db8::1", message, len);
	assert_int_equal(COUNT(DROP_ICMP), 2);
	assert_int_equal(error_count, 0);
	too_big_4(1000, 1001);
	put16(message + 8 + 4, 1261);
	icmp_in("2001:db8::77", "2001:db8::1", message, len);
	assert_int_equal(errors[0].mtu, 1000);
	assert_int_equal(errors[1].mtu, 1300);
	world_close();
}

/* RFC 1191 5: routers that do not know about it say 0. */
static void
no_mtu_is_the_next_plateau(void **state)
{
	open_both();
	too_big_4(0, 1500);
	too_big_4(0, 1492);
	too_big_4(0, 100);
	assert_int_equal(errors[0].mtu, 1492);
	assert_int_equal(errors[1].mtu, 1006);
	assert_int_equal(errors[2].mtu, 68);
	world_close();
}

static void
errors_that_quote_others_are_dropped(void **state)
{
	uint8_t message[64];
	unsigned len;

	open_both();
	len = error4(message, 3, 3, "10.0.0.9", "192.0.2.9", IPPROTO_TCP);
	icmp_in("10.0.0.77", "10.0.0.1", message, len);
	len = error4(message, 3, 3, "10.0.0.1", "192.0.2.9", IPPROTO_UDP);
	icmp_in("10.0.0.77", "10.0.0.1", message, len);
	assert_int_equal(COUNT(DROP_ICMP_UNMATCHED), 2);
	assert_int_equal(drops(), 2);
	/* and those that came to somebody else */
	len = error4(message, 3, 3, "10.0.0.9", "192.0.2.9", IPPROTO_TCP);
	icmp_in("10.0.0.77", "10.0.0.9", message, len);
	assert_int_equal(COUNT(DROP_IP_DESTINATION), 1);
	assert_int_equal(error_count, 0);
	world_close();
}

static void
short_errors_are_dropped(void **state)
{
	uint8_t message[64];
	unsigned len;

	open_both();
	len = error4(message, 3, 3, "10.0.0.1", "192.0.2.9", IPPROTO_TCP);
	for (unsigned n = 8; n < len; n++)
		icmp_in("10.0.0.77", "10.0.0.1", message, n);
	assert_int_equal(error_count, 0);
	assert_int_equal(COUNT(DROP_ICMP), len - 8);
	world_close();
}

static void
errors_in_chains_are_read(void **state)
{
	uint8_t message[64], packet[128], frame[128];
	unsigned len;

	open_both();
	len = error4(message, 3, 3, "10.0.0.1", "192.0.2.9", IPPROTO_TCP);
	len = icmp4_make(packet, "10.0.0.77", "10.0.0.1", message, len);
	len = frame_make(frame, 0, our_mac(0), peer_mac(2), RTE_ETHER_TYPE_IPV4, packet, len);
	mbuf_in(0, fake_chain(frame, len, 40, 5));
	assert_int_equal(error_count, 1);
	assert_int_equal(errors[0].seq, 0xcafe);
	world_close();
}

static void
source_quench_is_ignored(void **state)
{
	uint8_t message[64];
	unsigned len = error4(message, 4, 0, "10.0.0.1", "192.0.2.9", IPPROTO_TCP);

	open_both();
	icmp_in("10.0.0.77", "10.0.0.1", message, len);
	assert_int_equal(error_count, 0);
	assert_int_equal(COUNT(ICMP_SOURCE_QUENCH), 1);
	assert_int_equal(drops(), 0);
	world_close();
}

/* What could not be sent is told by its first 8 bytes behind the IP header, as in an error. */
static void
what_is_too_short_to_name_a_connection_is_not_told(void **state)
{
	struct rte_mbuf *m;

	open_both();
	segment_out(hop_to("10.0.0.9"), "10.0.0.1", "10.0.0.9", 42);
	m = tx.out[--tx.out_count];
	m->data_len = 27;
	icmp_undelivered(net, m);
	assert_int_equal(error_count, 0);
	m->data_len = 28;
	icmp_undelivered(net, m);
	assert_int_equal(error_count, 1);
	assert_int_equal(errors[0].seq, 42);
	tx_release(&tx, m);
	world_close();
}

static void
redirects_are_ignored(void **state)
{
	uint8_t message[64];
	unsigned len = error4(message, 5, 1, "10.0.0.1", "192.0.2.9", IPPROTO_TCP);

	open_both();
	icmp_in("10.0.0.77", "10.0.0.1", message, len);
	assert_int_equal(error_count, 0);
	assert_int_equal(COUNT(DROP_ICMP), 1);
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_is_answered),
		cmocka_unit_test(echo6_is_answered),
		cmocka_unit_test(echo_has_our_tag),
		cmocka_unit_test(echo_to_others_is_not_answered),
		cmocka_unit_test(echo_to_broadcast_and_groups_is_not_answered),
		cmocka_unit_test(echo_is_limited),
		cmocka_unit_test(echo_in_a_shared_buffer_is_dropped),
		cmocka_unit_test(echo_beyond_the_mtu_comes_back_in_fragments),
		cmocka_unit_test(echo_of_the_mtu_is_not_cut),
		cmocka_unit_test(datagrams_in_fragments_have_their_own_ids),
		cmocka_unit_test(fragments_without_buffers_are_counted),
		cmocka_unit_test(echo_replies_are_ignored),
		cmocka_unit_test(every_class_of_error_reaches_its_connection),
		cmocka_unit_test(every_class_of_error6_reaches_its_connection),
		cmocka_unit_test(too_big_carries_the_mtu),
		cmocka_unit_test(mtu_of_packets_that_fit_is_dropped),
		cmocka_unit_test(impossible_mtus_are_dropped),
		cmocka_unit_test(no_mtu_is_the_next_plateau),
		cmocka_unit_test(errors_that_quote_others_are_dropped),
		cmocka_unit_test(short_errors_are_dropped),
		cmocka_unit_test(errors_in_chains_are_read),
		cmocka_unit_test(source_quench_is_ignored),
		cmocka_unit_test(what_is_too_short_to_name_a_connection_is_not_told),
		cmocka_unit_test(redirects_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
