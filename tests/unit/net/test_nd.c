/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#define US   "2001:db8::1"
#define PEER "2001:db8::2"

/* fe80::/64 and our_mac(0) */
#define OUR_LINK_LOCAL "fe80::ff:fe00:100"

static const struct tct_port_config ip6_config = {
	.locals = {{{{0}}, 0, 0}},
	.local_count = 1,
};

static void
open_silent(void)
{
	struct tct_port_config config = ip6_config;

	config.locals[0] = local_range(US, 1, 64);
	world_open(&config);
}

/* All tests passed, all announced. */
static void
open_settled(void)
{
	open_silent();
	net_announce(net, now_us);
	AT_MS(1100);
	assert_true(net_is_settled(net, true));
	forget_sent();
}

static void
packet6_in(struct rte_ether_addr dst, struct rte_ether_addr src, const uint8_t *packet,
	   unsigned len)
{
	uint8_t frame[256];

	frame_in(0, frame, frame_make(frame, 0, dst, src, RTE_ETHER_TYPE_IPV6, packet, len));
}

static struct rte_ether_addr
group_mac_of(const char *target)
{
	struct addr a = addr_of(target), group = nd_solicited_node(&a);

	return nd_group_mac(&group);
}

static void
solicit_in(unsigned peer, const char *from, const char *target)
{
	struct addr src = addr_of(from), t = addr_of(target);
	struct rte_ether_addr mac = peer_mac(peer);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_solicit(packet, &src, NULL, &t, &mac);

	packet6_in(group_mac_of(target), mac, packet, len);
}

static void
dad_in(unsigned peer, const char *target)
{
	struct addr t = addr_of(target);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_dad(packet, &t);

	packet6_in(group_mac_of(target), peer_mac(peer), packet, len);
}

/* to NULL: unsolicited, to all nodes */
static void
advert_in(unsigned peer, const char *target, const char *to)
{
	struct addr t = addr_of(target), dst = addr_of(to != NULL ? to : US);
	struct rte_ether_addr mac = peer_mac(peer);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_advert(packet, &t, to != NULL ? &dst : NULL, &mac);

	packet6_in(our_mac(0), mac, packet, len);
}

static void
checksum6(uint8_t *packet, unsigned len)
{
	uint64_t sum = csum_bytes(0, packet + 8, 32);
	uint16_t checksum;

	memset(packet + 42, 0, 2);
	sum = csum_add(sum, rte_cpu_to_be_16((uint16_t)(len - 40)));
	sum = csum_add(sum, RTE_BE16(IPPROTO_ICMPV6));
	checksum = (uint16_t)~csum_fold(csum_bytes(sum, packet + 40, len - 40));
	memcpy(packet + 42, &checksum, 2);
}

/* A solicited advertisement with the flags and, if mac is not 0, the MAC of that peer. */
static void
advert_with(unsigned mac, const char *target, uint8_t flags)
{
	struct addr t = addr_of(target), us = addr_of(US);
	struct rte_ether_addr m = peer_mac(mac);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_advert(packet, &t, &us, &m);

	packet[44] = flags;
	if (mac == 0) {
		len -= 8;
		packet[5] -= 8;
	}
	checksum6(packet, len);
	packet6_in(our_mac(0), peer_mac(2), packet, len);
}

#define R 0x80
#define S 0x40
#define O 0x20

struct seen {
	struct addr src, dst;
	uint8_t hop_limit;
	struct nd nd;
};

static struct seen
sent_nd(const struct sent *s)
{
	const uint8_t *ip = s->bytes + l2_len(s);
	struct seen seen = {addr_from_ip6(ip + 8), addr_from_ip6(ip + 24), ip[7], {0}};

	assert_int_equal(sent_type(s), RTE_ETHER_TYPE_IPV6);
	assert_true(nd_parse(&seen.nd, ip + 40, s->len - l2_len(s) - 40, &seen.src, &seen.dst,
			     seen.hop_limit));
	return seen;
}

/* ---- solicitations ---- */

static void
solicitation_is_answered(void **state)
{
	struct seen s;

	open_settled();
	solicit_in(2, PEER, US);
	assert_int_equal(sent_count, 1);
	s = sent_nd(&sent[0]);
	assert_int_equal(s.nd.type, ND_ADVERT);
	assert_addr(&s.nd.target, US);
	assert_addr(&s.src, US);
	assert_addr(&s.dst, PEER);
	assert_true(s.nd.solicited && s.nd.override && !s.nd.router);
	assert_mac(s.nd.mac, our_mac(0));
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	assert_state(PEER, "stale");
	assert_mac(mac_of(PEER), peer_mac(2));
	assert_int_equal(COUNT(ND_SOLICIT_RX), 1);
	assert_int_equal(COUNT(ND_ADVERT_TX), 2 + 1); /* two were announcements */
	assert_int_equal(drops(), 0);
	world_close();
}

static void
solicitation_for_others_is_not_answered(void **state)
{
	open_settled();
	solicit_in(2, PEER, "2001:db8::3");
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(DROP_ND), 1);
	assert_state(PEER, "absent");
	world_close();
}

static void
test_of_our_address_is_answered_to_all(void **state)
{
	struct seen s;

	open_settled();
	dad_in(66, US);
	assert_int_equal(sent_count, 1);
	s = sent_nd(&sent[0]);
	assert_addr(&s.dst, "ff02::1");
	assert_false(s.nd.solicited);
	assert_true(sent_is_to(&sent[0], (struct rte_ether_addr){{0x33, 0x33, 0, 0, 0, 1}}));
	assert_true(is_local(US));
	world_close();
}

static void
solicitation_from_off_the_link_teaches_nothing(void **state)
{
	open_settled();
	solicit_in(2, "2001:db8:1::2", US);
	assert_int_equal(sent_count, 1);
	assert_state("2001:db8:1::2", "absent");
	world_close();
}

static void
packets_from_beyond_the_link_are_dropped(void **state)
{
	struct addr src = addr_of(PEER), target = addr_of(US);
	struct rte_ether_addr mac = peer_mac(2);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_solicit(packet, &src, NULL, &target, &mac);

	open_settled();
	packet[7] = 254; /* hop limit: a router has passed it on */
	packet6_in(our_mac(0), peer_mac(2), packet, len);
	assert_int_equal(sent_count, 0);
	assert_int_equal(COUNT(DROP_ND), 1);
	assert_state(PEER, "absent");
	world_close();
}

/* With a nonce (RFC 3971) of so many units of 8 bytes. */
static void
solicit_with_nonce_in(uint8_t units)
{
	struct addr src = addr_of(PEER), target = addr_of(US);
	struct rte_ether_addr mac = peer_mac(2);
	uint8_t packet[40 + 24 + 8 + 32 * 8] = {0}, frame[512];
	unsigned len = nd_build_solicit(packet, &src, NULL, &target, &mac);

	packet[len] = 14;
	packet[len + 1] = units;
	len += units * 8u;
	put16(packet + 4, (uint16_t)(len - 40));
	checksum6(packet, len);
	frame_in(0, frame, frame_make(frame, 0, our_mac(0), mac, RTE_ETHER_TYPE_IPV6, packet, len));
}

static void
long_messages_are_dropped(void **state)
{
	open_settled();
	solicit_with_nonce_in(28); /* 256 bytes in all */
	assert_int_equal(sent_count, 1);
	solicit_with_nonce_in(29);
	assert_int_equal(sent_count, 1);
	assert_int_equal(COUNT(DROP_ND), 1);
	world_close();
}

static void
solicitation_from_our_own_address_is_ignored(void **state)
{
	open_settled();
	solicit_in(66, US, US);
	solicit_in(66, OUR_LINK_LOCAL, US);
	assert_int_equal(sent_count, 0);
	assert_state(US, "absent");
	world_close();
}

/* ---- resolution ---- */

static void
a_hop_is_solicited_and_resolved(void **state)
{
	struct seen s;
	uint16_t hop;

	open_settled();
	hop = hop_to(PEER);
	segment_out(hop, US, PEER, 77);
	flush();
	assert_int_equal(sent_count, 1);
	s = sent_nd(&sent[0]);
	assert_int_equal(s.nd.type, ND_SOLICIT);
	assert_int_equal(s.hop_limit, 255);
	assert_addr(&s.src, US);
	assert_addr(&s.dst, "ff02::1:ff00:2");
	assert_addr(&s.nd.target, PEER);
	assert_mac(s.nd.mac, our_mac(0));
	assert_true(sent_is_to(&sent[0], group_mac_of(PEER)));
	assert_int_equal(COUNT(ND_SOLICIT_TX), 2 + 1); /* two were tests */
	forget_sent();
	advert_in(2, PEER, US);
	assert_state(PEER, "reachable");
	assert_int_equal(COUNT(ND_ADVERT_RX), 1);
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent_mark(&sent[0]), 77);
	assert_int_equal(sent_type(&sent[0]), RTE_ETHER_TYPE_IPV6);
	assert_true(sent_is_to(&sent[0], peer_mac(2)));
	world_close();
}

static void
a_stale_one_is_probed_by_unicast(void **state)
{
	struct seen s;
	uint16_t hop;

	open_settled();
	hop = hop_to(PEER);
	advert_in(2, PEER, US);
	AT_MS(32000);
	forget_sent();
	segment_out(hop, US, PEER, 77);
	flush();
	assert_int_equal(sent_count, 2);
	s = sent_nd(&sent[1]);
	assert_addr(&s.dst, PEER);
	assert_true(sent_is_to(&sent[1], peer_mac(2)));
	world_close();
}

static void
giving_up_tells_the_sender(void **state)
{
	open_settled();
	segment_out(hop_to(PEER), US, PEER, 77);
	flush();
	AT_MS(5000);
	assert_state(PEER, "failed");
	assert_int_equal(sent_count, 3);
	assert_int_equal(error_count, 1);
	assert_addr(&errors[0].tuple.remote, PEER);
	assert_addr(&errors[0].tuple.local, US);
	assert_int_equal(errors[0].seq, 77);
	world_close();
}

static void
link_local_peers_are_asked_from_our_link_local(void **state)
{
	struct seen s;
	struct addr remote = addr_of("fe80::2"), local;

	open_settled();
	assert_true(is_local(OUR_LINK_LOCAL));
	assert_true(net_source(net, &remote, &local));
	assert_addr(&local, OUR_LINK_LOCAL);
	hop_to("fe80::2");
	flush();
	s = sent_nd(&sent[0]);
	assert_addr(&s.src, OUR_LINK_LOCAL);
	world_close();
}

/* A TAP device's kernel side has the MAC that it gives us. */
static void
a_peer_with_our_mac_is_resolved(void **state)
{
	struct addr t = addr_of(PEER), us = addr_of(US);
	struct rte_ether_addr mac = our_mac(0);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_advert(packet, &t, &us, &mac);

	open_settled();
	hop_to(PEER);
	packet6_in(mac, mac, packet, len);
	assert_state(PEER, "reachable");
	assert_mac(mac_of(PEER), mac);
	/* but about our own addresses it is an echo */
	len = nd_build_advert(packet, &us, NULL, &mac);
	packet6_in(mac, mac, packet, len);
	assert_int_equal(COUNT(ARP_CONFLICT), 0);
	world_close();
}

/* RFC 4861 7.2.5 and appendix C */
static void
advertisements_without_a_question_are_not_learned(void **state)
{
	open_settled();
	advert_in(66, PEER, NULL);
	advert_in(66, PEER, US);
	assert_state(PEER, "absent");
	world_close();
}

static void
incomplete_needs_a_mac(void **state)
{
	open_settled();
	hop_to(PEER);
	advert_with(0, PEER, S | O);
	assert_state(PEER, "incomplete");
	advert_with(2, PEER, O);
	assert_state(PEER, "stale");
	assert_mac(mac_of(PEER), peer_mac(2));
	world_close();
}

static void
override_decides_who_is_believed(void **state)
{
	open_settled();
	hop_to(PEER);
	advert_with(2, PEER, S | O);
	assert_state(PEER, "reachable");
	/* another MAC without override: doubt, but the old one stays */
	advert_with(3, PEER, S);
	assert_state(PEER, "stale");
	assert_mac(mac_of(PEER), peer_mac(2));
	advert_with(3, PEER, S);
	assert_state(PEER, "stale");
	/* the same MAC, solicited */
	advert_with(2, PEER, S);
	assert_state(PEER, "reachable");
	/* another one with override */
	advert_with(3, PEER, S | O);
	assert_state(PEER, "reachable");
	assert_mac(mac_of(PEER), peer_mac(3));
	advert_with(4, PEER, O);
	assert_state(PEER, "stale");
	assert_mac(mac_of(PEER), peer_mac(4));
	/* no MAC at all: the one we know is confirmed */
	advert_with(0, PEER, S | O);
	assert_state(PEER, "reachable");
	assert_mac(mac_of(PEER), peer_mac(4));
	/* unsolicited, nothing new */
	advert_with(4, PEER, O | R);
	assert_state(PEER, "reachable");
	world_close();
}

static void
an_answer_extends_the_time(void **state)
{
	open_settled();
	hop_to(PEER);
	advert_with(2, PEER, S | O);
	AT_MS(20000);
	advert_with(2, PEER, S | O);
	AT_MS(49900);
	assert_state(PEER, "reachable");
	AT_MS(50100);
	assert_state(PEER, "stale");
	world_close();
}

/* ---- duplicate address detection ---- */

static void
addresses_are_ours_after_a_second_of_silence(void **state)
{
	struct seen s;

	open_silent();
	assert_false(is_local(US));
	net_announce(net, now_us);
	AT_MS(10);
	assert_int_equal(sent_count, 2); /* ours and the link-local one */
	s = sent_nd(&sent[0]);
	assert_true(s.nd.dad);
	assert_addr(&s.src, "::");
	assert_addr(&s.dst, "ff02::1:ff00:1");
	assert_addr(&s.nd.target, US);
	assert_true(sent_is_to(&sent[0], group_mac_of(US)));
	s = sent_nd(&sent[1]);
	assert_addr(&s.nd.target, OUR_LINK_LOCAL);
	AT_MS(995);
	assert_false(is_local(US));
	assert_false(is_local(OUR_LINK_LOCAL));
	assert_false(net_is_settled(net, true));
	assert_true(net_is_settled(net, false)); /* IPv4 waits for no test */
	forget_sent();
	AT_MS(1020);
	assert_true(is_local(US));
	assert_true(is_local(OUR_LINK_LOCAL));
	assert_true(net_is_settled(net, true));
	assert_int_equal(sent_count, 2); /* announced */
	s = sent_nd(&sent[0]);
	assert_int_equal(s.nd.type, ND_ADVERT);
	assert_addr(&s.dst, "ff02::1");
	assert_false(s.nd.solicited);
	assert_true(s.nd.override);
	assert_int_equal(COUNT(ND_DAD_FAILED), 0);
	world_close();
}

static void
addresses_between_ports_in_memory_are_ours_at_once(void **state)
{
	world_paired = true;
	open_silent();
	world_paired = false;
	net_announce(net, now_us);
	AT_MS(10);
	assert_true(is_local(US));
	assert_true(is_local(OUR_LINK_LOCAL));
	assert_true(net_is_settled(net, true));
	assert_int_equal(sent_count, 2); /* announced */
	assert_int_equal(sent_nd(&sent[0]).nd.type, ND_ADVERT);
	world_close();
}

static void
an_advertisement_takes_the_address(void **state)
{
	open_silent();
	net_announce(net, now_us);
	AT_MS(500);
	advert_in(66, US, NULL);
	forget_sent();
	AT_MS(2000);
	assert_false(is_local(US));
	assert_true(is_local(OUR_LINK_LOCAL));
	assert_int_equal(COUNT(ND_DAD_FAILED), 1);
	assert_int_equal(sent_count, 1); /* only the other one is announced */
	forget_sent();
	solicit_in(2, PEER, US);
	assert_int_equal(sent_count, 0);
	world_close();
}

static void
another_test_of_it_takes_the_address(void **state)
{
	open_silent();
	net_announce(net, now_us);
	AT_MS(500);
	dad_in(66, US);
	dad_in(66, US);
	AT_MS(2000);
	assert_false(is_local(US));
	assert_int_equal(COUNT(ND_DAD_FAILED), 1);
	world_close();
}

static void
our_own_test_come_back_does_not(void **state)
{
	struct addr target = addr_of(US);
	uint8_t packet[ND_PACKET_LEN];
	unsigned len = nd_build_dad(packet, &target);

	open_silent();
	net_announce(net, now_us);
	AT_MS(500);
	packet6_in(group_mac_of(US), our_mac(0), packet, len);
	AT_MS(2000);
	assert_true(is_local(US));
	world_close();
}

/* RFC 4862 5.4.3: somebody resolves the address; that is no objection, and gets no answer. */
static void
a_question_during_the_test_is_ignored(void **state)
{
	open_silent();
	net_announce(net, now_us);
	AT_MS(500);
	forget_sent();
	solicit_in(2, PEER, US);
	assert_int_equal(sent_count, 0);
	assert_int_equal(drops(), 0);
	AT_MS(2000);
	assert_true(is_local(US));
	world_close();
}

static void
an_advertisement_afterwards_is_a_conflict(void **state)
{
	open_settled();
	advert_in(66, US, NULL);
	advert_in(66, US, NULL);
	assert_true(is_local(US));
	assert_int_equal(COUNT(ARP_CONFLICT), 2);
	assert_int_equal(COUNT(ND_DAD_FAILED), 0);
	world_close();
}

/* The port was down, or so; nothing of the first time is left. */
static void
announcing_again_tests_again(void **state)
{
	open_silent();
	net_announce(net, now_us);
	AT_MS(500);
	advert_in(66, US, NULL);
	AT_MS(2000);
	assert_false(is_local(US));
	forget_sent();
	net_announce(net, now_us);
	assert_false(is_local(OUR_LINK_LOCAL));
	AT_MS(2010);
	assert_int_equal(sent_count, 2);
	assert_true(sent_nd(&sent[0]).nd.dad);
	AT_MS(3100);
	assert_true(is_local(US));
	assert_true(is_local(OUR_LINK_LOCAL));
	assert_int_equal(sent_count, 4);
	world_close();
}

static void
of_a_range_the_first_addresses_are_tested(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("2001:db8::100", 1000, 64)},
		.local_count = 1,
	};

	world_open(&config);
	net_announce(net, now_us);
	AT_MS(10);
	assert_int_equal(sent_count, LOCAL_TESTED + 1);
	advert_in(66, "2001:db8::103", NULL);
	advert_in(66, "2001:db8::110", NULL); /* beyond: no test, no objection */
	advert_in(66, "2001:db8::1f0", NULL);
	AT_MS(2000);
	assert_true(is_local("2001:db8::100"));
	assert_true(is_local("2001:db8::102"));
	assert_false(is_local("2001:db8::103"));
	assert_true(is_local("2001:db8::104"));
	assert_true(is_local("2001:db8::110"));
	assert_true(is_local("2001:db8::1f0"));
	assert_true(is_local("2001:db8::4e7"));
	assert_false(is_local("2001:db8::4e8"));
	assert_int_equal(COUNT(ND_DAD_FAILED), 1);
	world_close();
}

static void
a_configured_link_local_address_is_the_only_one(void **state)
{
	const struct tct_port_config config = {
		.locals = {local_range("fe80::1", 1, 64)},
		.local_count = 1,
	};

	world_open(&config);
	net_announce(net, now_us);
	AT_MS(2000);
	assert_true(is_local("fe80::1"));
	assert_false(is_local(OUR_LINK_LOCAL));
	world_close();
}

static void
only_fe80_is_link_local(void **state)
{
	static const char *const others[] = {"2a80::1", "fec0::1"};

	for (unsigned i = 0; i < RTE_DIM(others); i++) {
		const struct tct_port_config config = {
			.locals = {local_range(others[i], 1, 64)},
			.local_count = 1,
		};

		world_open(&config);
		net_announce(net, now_us);
		AT_MS(2000);
		assert_true(is_local(OUR_LINK_LOCAL));
		world_close();
	}
}

static void
ports_without_ip6_have_no_link_local_address(void **state)
{
	world_open_plain();
	net_announce(net, now_us);
	AT_MS(2000);
	assert_false(is_local(OUR_LINK_LOCAL));
	world_close();
}

static void
router_advertisements_are_ignored(void **state)
{
	uint8_t packet[40 + 16] = {0x60, 0, 0, 0, 0, 16, IPPROTO_ICMPV6, 255};
	struct addr router = addr_of("fe80::99"), all = nd_all_nodes();
	struct addr far = addr_of("2001:db8:5::1");

	open_settled();
	memcpy(packet + 8, router.b, 16);
	memcpy(packet + 24, all.b, 16);
	packet[40] = 134;
	packet[46] = 255; /* lifetime */
	checksum6(packet, sizeof(packet));
	packet6_in((struct rte_ether_addr){{0x33, 0x33, 0, 0, 0, 1}}, peer_mac(66), packet,
		   sizeof(packet));
	assert_int_equal(net_hop(net, &far, now_us), HOP_NONE);
	world_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(solicitation_is_answered),
		cmocka_unit_test(solicitation_for_others_is_not_answered),
		cmocka_unit_test(test_of_our_address_is_answered_to_all),
		cmocka_unit_test(solicitation_from_off_the_link_teaches_nothing),
		cmocka_unit_test(packets_from_beyond_the_link_are_dropped),
		cmocka_unit_test(long_messages_are_dropped),
		cmocka_unit_test(solicitation_from_our_own_address_is_ignored),
		cmocka_unit_test(a_hop_is_solicited_and_resolved),
		cmocka_unit_test(a_stale_one_is_probed_by_unicast),
		cmocka_unit_test(giving_up_tells_the_sender),
		cmocka_unit_test(link_local_peers_are_asked_from_our_link_local),
		cmocka_unit_test(a_peer_with_our_mac_is_resolved),
		cmocka_unit_test(advertisements_without_a_question_are_not_learned),
		cmocka_unit_test(incomplete_needs_a_mac),
		cmocka_unit_test(override_decides_who_is_believed),
		cmocka_unit_test(an_answer_extends_the_time),
		cmocka_unit_test(addresses_are_ours_after_a_second_of_silence),
		cmocka_unit_test(addresses_between_ports_in_memory_are_ours_at_once),
		cmocka_unit_test(an_advertisement_takes_the_address),
		cmocka_unit_test(another_test_of_it_takes_the_address),
		cmocka_unit_test(our_own_test_come_back_does_not),
		cmocka_unit_test(a_question_during_the_test_is_ignored),
		cmocka_unit_test(an_advertisement_afterwards_is_a_conflict),
		cmocka_unit_test(announcing_again_tests_again),
		cmocka_unit_test(of_a_range_the_first_addresses_are_tested),
		cmocka_unit_test(a_configured_link_local_address_is_the_only_one),
		cmocka_unit_test(only_fe80_is_link_local),
		cmocka_unit_test(ports_without_ip6_have_no_link_local_address),
		cmocka_unit_test(router_advertisements_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
