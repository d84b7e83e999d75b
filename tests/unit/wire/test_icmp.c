/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "frame.h"
#include "wire/icmp.h"

static const struct packet_filter untagged = {.mac = {{2, 0, 0, 0, 0, 1}}};
static const struct packet_filter tagged = {.mac = {{2, 0, 0, 0, 0, 1}}, .vlan = 7};
/* What the peer receives with. */
static const struct packet_filter peer = {.mac = {{2, 0, 0, 0, 0, 2}}};
static const struct packet_filter tagged_peer = {.mac = {{2, 0, 0, 0, 0, 2}}, .vlan = 7};

static struct icmp i;

/* An error that quotes the packet that frame_of_tcp() makes: so "local" is its sender. */
struct error {
	uint8_t b[256];
	unsigned len;
	unsigned quoted; /* where it begins */
	bool ip6;
};

static struct error
error_of(bool ip6, unsigned type, unsigned code)
{
	struct frame f = frame_of_tcp(ip6, NULL, 0, NULL, 0);
	struct error e = {.b = {(uint8_t)type, (uint8_t)code}, .quoted = 8, .ip6 = ip6};

	e.len = 8 + f.len - 14;
	memcpy(e.b + 8, f.b + 14, f.len - 14);
	return e;
}

static uint8_t
parse(const struct error *e)
{
	memset(&i, 0xff, sizeof(i));
	icmp_parse(&i, e->b, e->len, e->ip6 ? 6 : 4);
	return i.class;
}

static void
assert_quoted(bool ip6)
{
	const struct tuple t = {
		.local = ip6 ? addr_from_ip6(frame_ip6 + 8) : addr_from_ip4(RTE_BE32(0xc0000202)),
		.remote = ip6 ? addr_from_ip6(frame_ip6 + 24) : addr_from_ip4(RTE_BE32(0xc0000201)),
		.local_port = RTE_BE16(0x1234),
		.remote_port = RTE_BE16(80),
	};

	assert_true(tuple_equal(&i.tuple, &t));
	assert_int_equal(i.seq, 0x01020304);
	assert_int_equal(i.ip_version, ip6 ? 6 : 4);
}

/* Classes by type and code; every code that is not named is one of the default. */
struct rule {
	uint8_t type;
	int code; /* -1: all others */
	uint8_t class;
};

static void
check_rules(bool ip6, const struct rule *rules, unsigned n)
{
	for (unsigned type = 0; type < 256; type++) {
		for (unsigned code = 0; code < 256; code++) {
			struct error e = error_of(ip6, type, code);
			uint8_t wanted = ICMP_IGNORED;

			for (unsigned r = 0; r < n; r++)
				if (rules[r].type == type &&
				    (rules[r].code < 0 || rules[r].code == (int)code))
					wanted = rules[r].class;
			assert_int_equal(parse(&e), wanted);
			assert_int_equal(i.type, type);
			assert_int_equal(i.code, code);
			if (wanted >= ICMP_SOFT)
				assert_quoted(ip6);
		}
	}
}

static void
classes_icmp_as_rfc_9293_does(void **state)
{
	static const struct rule rules[] = {
		{3, -1, ICMP_SOFT},	     {3, 2, ICMP_HARD},		 {3, 3, ICMP_HARD},
		{3, 4, ICMP_TOO_BIG},	     {3, 9, ICMP_HARD},		 {3, 10, ICMP_HARD},
		{3, 13, ICMP_HARD},	     {11, -1, ICMP_SOFT},	 {12, -1, ICMP_SOFT},
		{4, -1, ICMP_SOURCE_QUENCH}, {8, -1, ICMP_ECHO_REQUEST},
	};

	(void)state;
	check_rules(false, rules, sizeof(rules) / sizeof(rules[0]));
}

static void
classes_icmp6_as_rfc_9293_does(void **state)
{
	static const struct rule rules[] = {
		{1, -1, ICMP_SOFT}, {1, 1, ICMP_HARD},	{1, 4, ICMP_HARD},
		{1, 5, ICMP_HARD},  {1, 6, ICMP_HARD},	{2, -1, ICMP_TOO_BIG},
		{3, -1, ICMP_SOFT}, {4, -1, ICMP_SOFT}, {128, -1, ICMP_ECHO_REQUEST},
		{135, -1, ICMP_ND}, {136, -1, ICMP_ND},
	};

	(void)state;
	check_rules(true, rules, sizeof(rules) / sizeof(rules[0]));
}

static void
reads_the_path_mtu(void **state)
{
	struct error e = error_of(false, 3, 4);

	(void)state;
	e.b[6] = 0x05;
	e.b[7] = 0x78;
	assert_int_equal(parse(&e), ICMP_TOO_BIG);
	assert_int_equal(i.mtu, 1400);
	e = error_of(true, 2, 0);
	memcpy(e.b + 4, "\x00\x01\x05\x78", 4);
	assert_int_equal(parse(&e), ICMP_TOO_BIG);
	assert_int_equal(i.mtu, 0x10578);
	e = error_of(false, 3, 3);
	e.b[6] = 5;
	parse(&e);
	assert_int_equal(i.mtu, 0);
}

/* RFC 792 promises the IP header and 8 bytes. */
static void
needs_eight_bytes_of_tcp(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct error e = error_of(ip6, ip6 ? 1 : 3, 0);

		for (e.len = 0; e.len < 8U + (ip6 ? 40 : 20) + 8; e.len++)
			assert_int_equal(parse(&e), ICMP_MALFORMED);
		assert_int_equal(parse(&e), ICMP_SOFT);
		assert_quoted(ip6);
	}
}

static void
needs_nothing_behind_an_echo_header(void **state)
{
	struct error e = {.b = {8}, .len = 8};

	(void)state;
	assert_int_equal(parse(&e), ICMP_ECHO_REQUEST);
	e.len = 7;
	assert_int_equal(parse(&e), ICMP_MALFORMED);
}

static void
steps_over_quoted_ip4_options(void **state)
{
	struct error e = error_of(false, 3, 3);

	(void)state;
	memmove(e.b + 8 + 60, e.b + 8 + 20, 8);
	memset(e.b + 8 + 20, 1, 40);
	e.b[8] = 0x4f;
	e.len = 8 + 60 + 8;
	assert_int_equal(e.len, ICMP_PARSE_LEN);
	assert_int_equal(parse(&e), ICMP_HARD);
	assert_quoted(false);
	e.len--;
	assert_int_equal(parse(&e), ICMP_MALFORMED);
	e.b[8] = 0x44;
	assert_int_equal(parse(&e), ICMP_MALFORMED);
}

static void
refuses_to_be_told_of_other_things(void **state)
{
	struct error e = error_of(false, 3, 3);

	(void)state;
	e.b[e.quoted + 9] = 17;
	assert_int_equal(parse(&e), ICMP_FOREIGN);
	e = error_of(false, 3, 3);
	e.b[e.quoted + 7] = 1; /* a later fragment */
	assert_int_equal(parse(&e), ICMP_FOREIGN);
	e = error_of(false, 3, 3);
	e.b[e.quoted] = 0x65;
	assert_int_equal(parse(&e), ICMP_MALFORMED);
	e = error_of(true, 1, 4);
	e.b[e.quoted + 6] = 17;
	assert_int_equal(parse(&e), ICMP_FOREIGN);
	e = error_of(true, 1, 4);
	e.b[e.quoted] = 0x45;
	assert_int_equal(parse(&e), ICMP_MALFORMED);
	/* IPv4's connections are none of ICMPv6's business. */
	for (unsigned at = 8; at <= 24; at += 16) {
		e = error_of(true, 1, 4);
		memset(e.b + e.quoted + at, 0, 10);
		memset(e.b + e.quoted + at + 10, 0xff, 2);
		assert_int_equal(parse(&e), ICMP_FOREIGN);
	}
}

static struct addr
own_address(bool ip6)
{
	return ip6 ? addr_from_ip6(frame_ip6 + 24) : addr_from_ip4(RTE_BE32(0xc0000201));
}

/* An echo request behind IPv4 options or extension headers. */
static struct frame
request_of(bool ip6, const void *ext, unsigned ext_len, unsigned payload_len)
{
	struct frame f;

	frame_begin(&f, ip6, ip6 ? PROTO_ICMP6 : PROTO_ICMP, ext, ext_len, 60);
	frame_append(&f, ip6 ? "\x80\0" : "\x08\0", 2);
	frame_append(&f, "\0\0\x12\x34\0\1", 6);
	for (unsigned n = 0; n < payload_len; n++)
		frame_append(&f, &(uint8_t){(uint8_t)rand()}, 1);
	frame_end(&f);
	return f;
}

/* Sends f through the door, answers it, and hands the answer to the peer's door. */
static void
answer(const struct frame *f, struct rte_mbuf *m, unsigned payload_len)
{
	bool tag = f->ip == 18;
	struct addr local = own_address(f->ip6);
	struct l2_header l2;
	struct packet p;
	uint8_t copy[2048];
	const uint8_t *frame;

	packet_parse(&p, m, tag ? &tagged : &untagged);
	assert_int_equal(p.kind, f->ip6 ? PACKET_ICMP6 : PACKET_ICMP4);
	l2_build(&l2, &peer.mac, &untagged.mac, tag ? 7 : 0, f->ip6 ? 0x86dd : 0x0800);
	assert_true(icmp_echo_reply(m, &p, &local, &l2));
	assert_int_equal(m->ol_flags, 0);
	assert_int_equal(m->l2_len, l2.len);
	assert_int_equal(m->l3_len, f->ip6 ? 40 : 20);

	packet_parse(&p, m, tag ? &tagged_peer : &peer);
	assert_string_equal(counter_info[p.why].name, "none");
	assert_int_equal(p.kind, f->ip6 ? PACKET_ICMP6 : PACKET_ICMP4);
	assert_int_equal(p.ip_ttl, 64);
	assert_int_equal(p.ip_tos, 0x28);
	assert_int_equal(p.l3_len, f->ip6 ? 40 : 20);
	assert_int_equal(p.payload_len, 8 + payload_len);
	assert_memory_equal(&p.tuple.remote, &local, 16);
	local = f->ip6 ? addr_from_ip6(frame_ip6 + 8) : addr_from_ip4(RTE_BE32(0xc0000202));
	assert_memory_equal(&p.tuple.local, &local, 16);
	frame = rte_pktmbuf_read(m, p.payload_off, p.payload_len, copy);
	assert_int_equal(frame[0], f->ip6 ? 129 : 0);
	assert_int_equal(frame[1], 0);
	assert_memory_equal(frame + 4, f->b + f->l4 + 4, 4 + payload_len);
}

static void
answers_echo_requests(void **state)
{
	static const uint8_t nops[8] = {1, 1, 1, 1, 1, 1, 1, 0};
	static const uint8_t destination[8] = {PROTO_ICMP6, 0, 1, 4};

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		bool ip6 = n & 1, ext = n & 2, tag = n & 4;
		unsigned payload_len = (unsigned)rand() % 1000;
		struct frame f =
			request_of(ip6, ip6 ? destination : nops, ext ? 8 : 0, payload_len);
		struct rte_mbuf *m;

		if (tag)
			frame_tag(&f, 7);
		m = fake_chain(f.b, f.len, f.l4 + 8 + (unsigned)rand() % 100, 100);
		m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
		answer(&f, m, payload_len);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(fake_pool.in_use, 0);
}

/* The tag that hardware took off must be put on again: the reply is longer than the request. */
static void
answers_with_a_longer_link_header(void **state)
{
	struct frame f = request_of(false, NULL, 0, 10);
	struct rte_mbuf *m = fake_mbuf(f.b, f.len);
	struct addr local = own_address(false);
	struct l2_header l2;
	struct packet p;

	(void)state;
	m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 7;
	packet_parse(&p, m, &tagged);
	assert_int_equal(p.kind, PACKET_ICMP4);
	l2_build(&l2, &peer.mac, &untagged.mac, 7, 0x0800);
	m->data_off = 3; /* no room for it */
	memmove(rte_pktmbuf_mtod(m, void *), f.b, f.len);
	assert_false(icmp_echo_reply(m, &p, &local, &l2));
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), f.b, f.len);
	m->data_off = 4;
	memmove(rte_pktmbuf_mtod(m, void *), f.b, f.len);
	assert_true(icmp_echo_reply(m, &p, &local, &l2));
	packet_parse(&p, m, &tagged_peer);
	assert_int_equal(p.kind, PACKET_ICMP4);
	rte_pktmbuf_free(m);
}

static void
answers_requests_to_groups_from_its_own_address(void **state)
{
	struct frame f = request_of(true, NULL, 0, 100);
	struct rte_mbuf *m;

	(void)state;
	memset(f.b + f.ip + 24, 0, 16);
	f.b[f.ip + 24] = 0xff;
	f.b[f.ip + 25] = 2;
	f.b[f.ip + 39] = 1;
	frame_sums(&f);
	m = fake_mbuf(f.b, f.len);
	answer(&f, m, 100);
	rte_pktmbuf_free(m);
}

/* Nothing but zeros is left in the reply: the checksum must not become zero too. */
static void
answers_requests_full_of_zeros(void **state)
{
	struct frame f = frame_of_icmp(false, "\x08\0\0\0\0\0\0\0\0\0\0\0", 12);
	struct rte_mbuf *m = fake_mbuf(f.b, f.len);

	(void)state;
	answer(&f, m, 4);
	rte_pktmbuf_free(m);
}

static void
leaves_headers_cut_in_two_alone(void **state)
{
	struct frame f = request_of(false, NULL, 0, 100);
	struct rte_mbuf *m = fake_chain(f.b, f.len, f.l4 + 7, 10);
	struct addr local = own_address(false);
	struct l2_header l2 = {.len = 14};
	struct packet p;
	uint8_t copy[2048];

	(void)state;
	packet_parse(&p, m, &untagged);
	assert_int_equal(p.kind, PACKET_ICMP4);
	assert_false(icmp_echo_reply(m, &p, &local, &l2));
	assert_memory_equal(rte_pktmbuf_read(m, 0, f.len, copy), f.b, f.len);
	rte_pktmbuf_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_icmp_as_rfc_9293_does),
		cmocka_unit_test(classes_icmp6_as_rfc_9293_does),
		cmocka_unit_test(reads_the_path_mtu),
		cmocka_unit_test(needs_eight_bytes_of_tcp),
		cmocka_unit_test(needs_nothing_behind_an_echo_header),
		cmocka_unit_test(steps_over_quoted_ip4_options),
		cmocka_unit_test(refuses_to_be_told_of_other_things),
		cmocka_unit_test(answers_echo_requests),
		cmocka_unit_test(answers_with_a_longer_link_header),
		cmocka_unit_test(answers_requests_to_groups_from_its_own_address),
		cmocka_unit_test(answers_requests_full_of_zeros),
		cmocka_unit_test(leaves_headers_cut_in_two_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
