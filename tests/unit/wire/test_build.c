/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ip.h>

#include "frame.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/packet.h"

static const struct rte_ether_addr dst = {{2, 0, 0, 0, 0, 1}};
static const struct rte_ether_addr src = {{2, 0, 0, 0, 0, 2}};

/* From the sender of frame.h to its receiver. */
static struct tuple
tuple_of(bool ip6)
{
	return (struct tuple){
		.local = ip6 ? addr_from_ip6(frame_ip6 + 8) : addr_from_ip4(RTE_BE32(0xc0000202)),
		.remote = ip6 ? addr_from_ip6(frame_ip6 + 24) : addr_from_ip4(RTE_BE32(0xc0000201)),
		.local_port = RTE_BE16(0x1234),
		.remote_port = RTE_BE16(80),
	};
}

/* The segment that frame_of_tcp() makes. */
static struct segment_header
header_of(const struct tuple *t, const uint8_t *options, unsigned options_len, unsigned payload_len)
{
	return (struct segment_header){
		.tuple = t,
		.seq = 0x01020304,
		.ack = 0x85060708,
		.wnd = 0xfedc,
		.urgent = 0x1122,
		.flags = TCP_FLAG_ACK | TCP_FLAG_PSH,
		.tos = 0x28,
		.ttl = 57,
		.options_len = (uint8_t)options_len,
		.options = options,
		.ip_id = 0x1234,
		.payload_len = payload_len,
		.pseudo_sum = csum_tuple(t, 1),
	};
}

static void
builds_link_headers(void **state)
{
	struct l2_header h;

	(void)state;
	l2_build(&h, &dst, &src, 0, 0x0800);
	assert_int_equal(h.len, 14);
	assert_memory_equal(h.bytes, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
	l2_build(&h, &dst, &src, 4094, 0x86dd);
	assert_int_equal(h.len, 18);
	assert_memory_equal(h.bytes, "\2\0\0\0\0\1\2\0\0\0\0\2\x81\0\x0f\xfe\x86\xdd", 18);
}

/* Byte for byte what frame.h makes, which knows nothing of lib/wire. */
static void
builds_segments(void **state)
{
	static const uint8_t payload[] = "some payload of odd length";
	uint8_t options[40];

	(void)state;
	for (unsigned i = 0; i < sizeof(options); i++)
		options[i] = (uint8_t)rand();
	for (unsigned n = 0; n < 2 * 11 * sizeof(payload); n++) {
		bool ip6 = n % 2;
		unsigned options_len = n / 2 % 11 * 4, payload_len = n / 22;
		struct frame f = frame_of_tcp(ip6, options, options_len, payload, payload_len);
		struct tuple t = tuple_of(ip6);
		struct segment_header h = header_of(&t, options, options_len, payload_len);
		uint8_t out[SEGMENT_HEADER_MAX];
		unsigned len;

		if (ip6) { /* no flow label is sent */
			frame_put16(&f, f.ip, 0x6280);
			frame_put16(&f, f.ip + 2, 0);
		}
		len = segment_build(out, &h, csum_bytes(0, payload, payload_len), false);
		assert_int_equal(len, segment_header_len(&t, options_len));
		assert_int_equal(len, f.len - 14 - payload_len);
		assert_memory_equal(out, f.b + 14, len);
	}
}

/* What DPDK's own function says that hardware wants. */
static void
leaves_checksums_to_hardware(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct tuple t = tuple_of(ip6);
		struct segment_header h = header_of(&t, NULL, 0, 1000);
		uint8_t out[SEGMENT_HEADER_MAX];
		unsigned ip_len = segment_build(out, &h, 12345, true) - 20;
		uint16_t wanted = ip6 ? rte_ipv6_phdr_cksum((struct rte_ipv6_hdr *)out, 0)
				      : rte_ipv4_phdr_cksum((struct rte_ipv4_hdr *)out, 0);

		assert_int_equal(load16(out + ip_len + 16) % 0xffff, wanted % 0xffff);
		if (!ip6)
			assert_int_equal(load16(out + 10), 0);
	}
}

/* With each set of options the bytes are those that segment_build() makes of the same ones. */
static void
builds_segments_with_their_options(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 128; n++) {
		bool ip6 = n & 1, offload = n & 2;
		struct tcp_options o = {
			.mss = n & 4 ? 1460 : 0,
			.sack_permitted = !!(n & 8),
			.has_ts = !!(n & 16),
			.has_wscale = !!(n & 32),
			.sack_blocks = n & 64 ? 2 : 0,
			.ts_val = 0x81020304,
			.ts_ecr = 0x05060788,
			.wscale = 7,
			.sack = {{1, 2}, {0x80000003, 4}},
		};
		struct tuple t = tuple_of(ip6);
		uint8_t options[TCP_OPTIONS_MAX];
		unsigned options_len = tcp_options_build(&o, options);
		struct segment_header h = header_of(&t, options, options_len, 0);
		uint8_t wanted[SEGMENT_HEADER_MAX], out[SEGMENT_HEADER_MAX];
		unsigned len = segment_build(wanted, &h, 0, offload);

		h = header_of(&t, NULL, 0, 0);
		h.pseudo_sum = 0;
		assert_int_equal(segment_build_options(out, &h, &o, offload), len);
		assert_memory_equal(out, wanted, len);
	}
}

static struct tuple
random_tuple(bool ip6)
{
	struct tuple t;
	uint8_t *b = (uint8_t *)&t;

	for (unsigned i = 0; i < sizeof(t); i++)
		b[i] = (uint8_t)rand();
	t.local_port |= 1;
	t.remote_port |= 1;
	if (!ip6) {
		t.local = addr_from_ip4(RTE_BE32(0x0a000000) | t.local.w32[0] % 200 << 24);
		t.remote = addr_from_ip4(RTE_BE32(0x0a010000) | t.remote.w32[0] % 200 << 24);
	} else {
		t.local.b[0] = t.remote.b[0] = 0x20;
	}
	return t;
}

static void
assert_same_tuple(const struct tuple *received, const struct tuple *sent)
{
	const struct tuple turned = {sent->remote, sent->local, sent->remote_port,
				     sent->local_port};

	assert_true(tuple_equal(received, &turned));
}

static void
round_trip(bool ip6)
{
	const struct packet_filter filter = {.mac = dst};
	struct tuple t = random_tuple(ip6);
	const struct tcp_options o = {.has_ts = rand() & 1,
				      .ts_val = (uint32_t)rand(),
				      .ts_ecr = (uint32_t)rand(),
				      .sack_blocks = rand() & 1,
				      .sack[0] = {(uint32_t)rand(), (uint32_t)rand()}};
	uint8_t options[TCP_OPTIONS_MAX];
	unsigned payload_len = (unsigned)rand() % 1400, vlan = (unsigned)rand() % 2;
	struct segment_header h =
		header_of(&t, options, tcp_options_build(&o, options), payload_len);
	struct l2_header l2;
	struct rte_mbuf *m;
	uint8_t *frame;
	struct packet p;

	h.seq = (uint32_t)rand();
	h.flags = (uint8_t)rand() & ~TCP_FLAG_SYN;
	l2_build(&l2, &dst, &src, vlan ? 9 : 0, ip6 ? 0x86dd : 0x0800);
	m = fake_mbuf(NULL, l2.len + segment_header_len(&t, h.options_len) + payload_len);
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	memcpy(frame, l2.bytes, l2.len);
	memset(frame + m->data_len - payload_len, rand(), payload_len);
	segment_build(frame + l2.len, &h,
		      csum_bytes(0, frame + m->data_len - payload_len, payload_len), false);

	packet_parse(&p, m, vlan ? &(struct packet_filter){.mac = dst, .vlan = 9} : &filter);
	assert_string_equal(counter_info[p.why].name, "none");
	assert_int_equal(p.kind, PACKET_TCP);
	assert_same_tuple(&p.tuple, &t);
	assert_int_equal(p.seq, h.seq);
	assert_int_equal(p.ack, h.ack);
	assert_int_equal(p.flags, h.flags);
	assert_int_equal(p.wnd, h.wnd);
	assert_int_equal(p.urgent, h.urgent);
	assert_int_equal(p.ip_tos, h.tos);
	assert_int_equal(p.ip_ttl, h.ttl);
	assert_int_equal(p.payload_len, payload_len);
	assert_int_equal(p.payload_off, m->data_len - payload_len);
	assert_int_equal(p.opt.has_ts, o.has_ts);
	assert_int_equal(p.opt.sack_blocks, o.sack_blocks);
	if (o.has_ts)
		assert_int_equal(p.opt.ts_ecr, o.ts_ecr);
	if (o.sack_blocks)
		assert_int_equal(p.opt.sack[0].right, o.sack[0].right);
	rte_pktmbuf_free(m);
}

static void
what_is_built_is_parsed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		round_trip(i % 2);
	assert_int_equal(fake_pool.in_use, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_link_headers),
		cmocka_unit_test(builds_segments),
		cmocka_unit_test(leaves_checksums_to_hardware),
		cmocka_unit_test(builds_segments_with_their_options),
		cmocka_unit_test(what_is_built_is_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
