/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame.h"
#include "wire/plain.h"

static const struct packet_filter untagged = {.mac = {{2, 0, 0, 0, 0, 1}}};
static const struct packet_filter vlan_7 = {.mac = {{2, 0, 0, 0, 0, 1}}, .vlan = 7};
static const struct packet_filter any_mac = {.all_macs = 1};

static const uint8_t timestamps[12] = {1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6};

static struct packet p;

/* Nothing of an earlier packet may pass for a result. */
static void
parse_mbuf(struct rte_mbuf *m, const struct packet_filter *filter)
{
	memset(&p, 0xa5, sizeof(p));
	packet_parse(&p, m, filter);
	assert_ptr_equal(p.mbuf, m);
}

static void
parse_flags(const struct frame *f, const struct packet_filter *filter, uint64_t ol_flags)
{
	struct rte_mbuf *m = fake_mbuf(f->b, f->len);

	m->ol_flags = ol_flags;
	parse_mbuf(m, filter);
	rte_pktmbuf_free(m);
	assert_int_equal(fake_pool.in_use, 0);
}

static void
parse(const struct frame *f)
{
	parse_flags(f, &untagged, 0);
}

static void
assert_dropped(enum counter why)
{
	assert_int_equal(p.kind, PACKET_DROP);
	assert_string_equal(counter_info[p.why].name, counter_info[why].name);
}

static void
assert_kind(enum packet_kind kind)
{
	assert_string_equal(counter_info[p.why].name, "none");
	assert_int_equal(p.kind, kind);
}

static void
drops(const struct frame *f, enum counter why)
{
	parse(f);
	assert_dropped(why);
}

static void
takes(const struct frame *f, enum packet_kind kind)
{
	parse(f);
	assert_kind(kind);
}

static void
assert_addresses(bool ip6)
{
	uint8_t ip[16];

	memcpy(ip, frame_ip6 + 24, 16);
	assert_memory_equal(
		&p.tuple.local,
		&(struct addr[]){ip6 ? addr_from_ip6(ip) : addr_from_ip4(RTE_BE32(0xc0000201))},
		16);
	memcpy(ip, frame_ip6 + 8, 16);
	assert_memory_equal(
		&p.tuple.remote,
		&(struct addr[]){ip6 ? addr_from_ip6(ip) : addr_from_ip4(RTE_BE32(0xc0000202))},
		16);
}

/* Of frame_tcp, in frames of frame_of_tcp(). */
static void
assert_segment(bool ip6, unsigned l2_len, unsigned options_len, unsigned payload_len)
{
	assert_kind(PACKET_TCP);
	assert_addresses(ip6);
	assert_int_equal(p.tuple.remote_port, RTE_BE16(0x1234));
	assert_int_equal(p.tuple.local_port, RTE_BE16(80));
	assert_int_equal(p.ip_version, ip6 ? 6 : 4);
	assert_int_equal(p.ip_tos, 0x28);
	assert_int_equal(p.ip_ttl, 57);
	assert_int_equal(p.l2_len, l2_len);
	assert_int_equal(p.l3_len, ip6 ? 40 : 20);
	assert_int_equal(p.seq, 0x01020304);
	assert_int_equal(p.ack, 0x85060708);
	assert_int_equal(p.flags, TCP_FLAG_ACK | TCP_FLAG_PSH);
	assert_int_equal(p.wnd, 0xfedc);
	assert_int_equal(p.urgent, 0x1122);
	assert_int_equal(p.payload_off, l2_len + p.l3_len + 20 + options_len);
	assert_int_equal(p.payload_len, payload_len);
}

static void
reads_every_field(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_tcp(ip6, timestamps, 12, "hello", 5);

		parse(&f);
		assert_segment(ip6, 14, 12, 5);
		assert_true(p.opt.has_ts);
		assert_int_equal(p.opt.ts_val, 5);
		assert_int_equal(p.opt.ts_ecr, 6);
		f = frame_of_tcp(ip6, NULL, 0, NULL, 0);
		parse(&f);
		assert_segment(ip6, 14, 0, 0);
		assert_false(p.opt.has_ts);
		assert_int_equal(p.opt.mss, 0);
	}
}

static void
reads_syn_options_of_syns_alone(void **state)
{
	struct frame f = frame_of_tcp(false, "\x02\x04\x05\xb4", 4, NULL, 0);

	(void)state;
	takes(&f, PACKET_TCP);
	assert_int_equal(p.opt.mss, 0);
	f.b[f.l4 + 13] = TCP_FLAG_SYN;
	frame_sums(&f);
	takes(&f, PACKET_TCP);
	assert_int_equal(p.opt.mss, 1460);
}

/* However a frame is cut into segments, it means the same, and is trimmed the same. */
static void
assert_cut_does_not_matter_with(const struct frame *f, uint64_t ol_flags)
{
	struct packet whole;
	struct rte_mbuf *m = fake_mbuf(f->b, f->len);
	uint32_t trimmed;

	m->ol_flags = ol_flags;
	parse_mbuf(m, &untagged);
	trimmed = m->pkt_len;
	rte_pktmbuf_free(m);
	whole = p;
	for (unsigned first = 0; first <= f->len; first++) {
		for (unsigned step = 1; step <= 64; step *= 4) {
			m = fake_chain(f->b, f->len, first, step);
			m->ol_flags = ol_flags;
			parse_mbuf(m, &untagged);
			whole.mbuf = m;
			if (p.kind == PACKET_DROP)
				assert_int_equal(p.why, whole.why);
			else
				assert_memory_equal(&p, &whole, sizeof(p));
			assert_int_equal(m->pkt_len, trimmed);
			rte_pktmbuf_free(m);
			assert_int_equal(fake_pool.in_use, 0);
		}
	}
}

/* A checksum must not be all that finds a header cut in two. */
static void
assert_cut_does_not_matter(const struct frame *f)
{
	assert_cut_does_not_matter_with(f, 0);
	assert_cut_does_not_matter_with(f,
					RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
}

static void
reads_headers_cut_anywhere(void **state)
{
	static const uint8_t ext[24] = {43, 0, 1, 4, [8] = 60, 0, 9, 0, [16] = PROTO_TCP};
	struct frame f;

	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		f = frame_of_tcp(ip6, timestamps, 12, "some payload", 12);
		assert_cut_does_not_matter(&f);
		f = frame_of_icmp(ip6, "\x80\0\0\0\0\0\0\0odd", 11);
		assert_cut_does_not_matter(&f);
		f = frame_of_tcp(ip6, timestamps, 12, "odd", 3);
		frame_append(&f, "padding", 7);
		assert_cut_does_not_matter(&f);
		f.b[f.l4] ^= 1;
		assert_cut_does_not_matter(&f);
	}
	f = frame_of_tcp_behind(false, "\x94\x04\0\0\1\1\1\1", 8, 0);
	assert_cut_does_not_matter(&f);
	f = frame_of_tcp_behind(true, ext, sizeof(ext), 0);
	takes(&f, PACKET_TCP);
	assert_cut_does_not_matter(&f);
}

static void
trims_the_padding(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "x", 1);
	unsigned len = f.len;
	struct rte_mbuf *m;

	(void)state;
	frame_append(&f, "\xff\xff\xff\xff\xff", 5);
	m = fake_mbuf(f.b, f.len);
	parse_mbuf(m, &untagged);
	assert_segment(false, 14, 0, 1);
	assert_int_equal(m->pkt_len, len);
	assert_int_equal(m->data_len, len);
	rte_pktmbuf_free(m);
}

static void
trims_whole_segments_of_a_chain(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "x", 1);
	unsigned len = f.len;
	struct rte_mbuf *m;

	(void)state;
	frame_append(&f, "\xff\xff\xff\xff\xff", 5);
	m = fake_chain(f.b, f.len, len - 1, 2);
	assert_int_equal(m->nb_segs, 4);
	parse_mbuf(m, &untagged);
	assert_int_equal(m->pkt_len, len);
	assert_int_equal(m->nb_segs, 2);
	assert_int_equal(m->next->data_len, 1);
	assert_null(m->next->next);
	assert_int_equal(fake_pool.in_use, 2);
	rte_pktmbuf_free(m);
}

/* Plain segments, and what is none, by a port that is not the first. */
static void
parses_bursts_as_one_by_one(void **state)
{
	const struct packet_filter filter = {.mac = untagged.mac, .port = 3};
	struct frame f[4] = {
		frame_of_tcp(false, timestamps, 12, "hello", 5),
		frame_of_tcp(true, timestamps, 12, NULL, 0),
		frame_of_tcp(false, NULL, 0, "x", 1),
		frame_of_tcp(true, NULL, 0, "y", 1),
	};
	struct rte_mbuf *mbufs[4];
	struct packet packets[4];
	uint64_t bytes = 0;

	(void)state;
	frame_append(&f[2], "\xff\xff\xff\xff\xff", 5);
	f[3].b[f[3].len - 1] ^= 1;
	memset(packets, 0xa5, sizeof(packets));
	for (unsigned i = 0; i < 4; i++) {
		mbufs[i] = fake_mbuf(f[i].b, f[i].len);
		bytes += f[i].len;
	}
	assert_int_equal(packet_parse_burst(packets, mbufs, 4, &filter), bytes);
	for (unsigned i = 0; i < 4; i++) {
		struct rte_mbuf *m = fake_mbuf(f[i].b, f[i].len);

		parse_mbuf(m, &filter);
		assert_int_equal(p.port, 3);
		assert_int_equal(p.kind, i == 3 ? PACKET_DROP : PACKET_TCP);
		assert_int_equal(mbufs[i]->pkt_len, m->pkt_len);
		assert_int_equal(mbufs[i]->data_len, m->data_len);
		p.mbuf = mbufs[i];
		assert_memory_equal(&packets[i], &p, sizeof(p));
		rte_pktmbuf_free(m);
		rte_pktmbuf_free(mbufs[i]);
	}
	assert_int_equal(fake_pool.in_use, 0);
}

static void
takes_frames_for_this_station(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, NULL, 0);

	(void)state;
	for (unsigned bit = 0; bit < 48; bit++) {
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		drops(&f, COUNTER_DROP_OTHER_MAC);
		parse_flags(&f, &any_mac, 0);
		if (bit == 0)
			assert_dropped(COUNTER_DROP_IP_BROADCAST);
		else
			assert_kind(PACKET_TCP);
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (unsigned i = 0; i < 5; i++) {
		static const char *const foreign[] = {
			"\xff\xff\xff\xff\0\0", "\0\0\0\0\xff\xff", "\x33\0\0\0\0\1",
			"\0\x33\0\0\0\1",	"\1\0\x5e\0\0\1",
		};

		memcpy(f.b, foreign[i], 6);
		drops(&f, COUNTER_DROP_OTHER_MAC);
	}
}

/* MUST-57 and RFC 1122 3.3.6: nothing for one host in a group's frame. */
static void
drops_unicast_in_group_frames(void **state)
{
	static const char *const groups[] = {"\xff\xff\xff\xff\xff\xff", "\x33\x33\0\0\0\1"};

	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		for (unsigned i = 0; i < 2; i++) {
			struct frame f = frame_of_tcp(ip6, NULL, 0, NULL, 0);

			memcpy(f.b, groups[i], 6);
			drops(&f, COUNTER_DROP_IP_BROADCAST);
			f = frame_of_icmp(ip6, "\x80\0\0\0\0\0\0\0", 8);
			memcpy(f.b, groups[i], 6);
			drops(&f, COUNTER_DROP_IP_BROADCAST);
		}
	}
}

/* MUST-57, MUST-63 */
static void
drops_tcp_to_group_addresses(void **state)
{
	static const uint8_t ip4[][4] = {
		{224, 0, 0, 1}, {239, 255, 255, 255}, {255, 255, 255, 255}};
	struct frame f;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		f = frame_of_tcp(false, NULL, 0, NULL, 0);
		memcpy(f.b + f.ip + 16, ip4[i], 4);
		frame_sums(&f);
		drops(&f, COUNTER_DROP_IP_BROADCAST);
	}
	f = frame_of_tcp(true, NULL, 0, NULL, 0);
	f.b[f.ip + 24] = 0xff;
	frame_sums(&f);
	drops(&f, COUNTER_DROP_IP_BROADCAST);
}

static void
takes_icmp6_to_groups(void **state)
{
	struct frame f = frame_of_icmp(true, "\x87\0\0\0\0\0\0\0", 8);

	(void)state;
	f.b[f.ip + 24] = 0xff;
	frame_sums(&f);
	takes(&f, PACKET_ICMP6);
	memcpy(f.b, "\x33\x33\0\0\0\1", 6);
	takes(&f, PACKET_ICMP6);
}

static void
sorts_vlans(void **state)
{
	struct frame plain = frame_of_tcp(true, timestamps, 12, "hello", 5);
	struct frame tagged = plain, priority = plain, other = plain, twice;

	(void)state;
	frame_tag(&tagged, 0xe007);
	frame_tag(&priority, 0xe000);
	frame_tag(&other, 8);
	twice = tagged;
	frame_tag(&twice, 7);

	parse_flags(&tagged, &vlan_7, 0);
	assert_segment(true, 18, 12, 5);
	parse_flags(&tagged, &untagged, 0);
	assert_dropped(COUNTER_DROP_VLAN);
	parse_flags(&plain, &vlan_7, 0);
	assert_dropped(COUNTER_DROP_VLAN);
	parse_flags(&other, &vlan_7, 0);
	assert_dropped(COUNTER_DROP_VLAN);
	parse_flags(&priority, &untagged, 0);
	assert_segment(true, 18, 12, 5);
	parse_flags(&twice, &vlan_7, 0);
	assert_dropped(COUNTER_DROP_VLAN);
	tagged.len = 17;
	parse_flags(&tagged, &vlan_7, 0);
	assert_dropped(COUNTER_DROP_SHORT_FRAME);
}

static void
believes_stripped_vlans(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "hello", 5);
	struct rte_mbuf *m = fake_mbuf(f.b, f.len);

	(void)state;
	m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 0xe007;
	parse_mbuf(m, &vlan_7);
	assert_segment(false, 14, 0, 5);
	m->vlan_tci = 8;
	parse_mbuf(m, &vlan_7);
	assert_dropped(COUNTER_DROP_VLAN);
	parse_mbuf(m, &untagged);
	assert_dropped(COUNTER_DROP_VLAN);
	/* Recognised, but still in the frame or not there: the frame says which. */
	m->ol_flags = RTE_MBUF_F_RX_VLAN;
	parse_mbuf(m, &untagged);
	assert_segment(false, 14, 0, 5);
	rte_pktmbuf_free(m);
}

static void
tells_the_ethertypes(void **state)
{
	static const unsigned foreign[] = {0x0000, 0x002e, 0x0801, 0x88a8, 0x88cc, 0xffff};
	struct frame f = frame_of_tcp(false, NULL, 0, NULL, 0);

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		frame_put16(&f, 12, foreign[i]);
		drops(&f, COUNTER_DROP_ETHERTYPE);
	}
	frame_put16(&f, 12, 0x86dd);
	f.len = 80;
	drops(&f, COUNTER_DROP_IP_VERSION);
	f = frame_of_tcp(true, NULL, 0, NULL, 0);
	frame_put16(&f, 12, 0x0800);
	drops(&f, COUNTER_DROP_IP_VERSION);
}

static void
takes_arp(void **state)
{
	struct frame f = {.len = 14 + 28};

	(void)state;
	memset(f.b, 0xff, 6);
	frame_put16(&f, 12, 0x0806);
	takes(&f, PACKET_ARP);
	assert_int_equal(p.l2_len, 14);
	f.len--;
	drops(&f, COUNTER_DROP_SHORT_FRAME);
}

/* Cut anywhere, a frame is short or its lengths are wrong; it is never taken. */
static void
drops_whatever_is_cut_short(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_tcp(ip6, timestamps, 12, "hello", 5);

		while (f.len-- > 0) {
			parse(&f);
			assert_dropped(f.len < 14U + (ip6 ? 40 : 20) ? COUNTER_DROP_SHORT_FRAME
								     : COUNTER_DROP_IP_HEADER);
		}
	}
}

static void
drops_impossible_ip4_headers(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, NULL, 0);

	(void)state;
	f.b[f.ip] = 0x44;
	drops(&f, COUNTER_DROP_IP_HEADER);
	f = frame_of_tcp(false, NULL, 0, NULL, 0);
	frame_put16(&f, f.ip + 2, 19); /* shorter than itself */
	frame_sums(&f);
	drops(&f, COUNTER_DROP_IP_HEADER);
	frame_put16(&f, f.ip + 2, 41); /* longer than the frame */
	frame_sums(&f);
	drops(&f, COUNTER_DROP_IP_HEADER);
}

static void
drops_wrong_ip4_checksums(void **state)
{
	struct frame f = frame_of_tcp_behind(false, "\x94\x04\0\0", 4, 0);

	(void)state;
	takes(&f, PACKET_TCP);
	for (unsigned byte = 1; byte < 24; byte++) {
		if (byte == 2 || byte == 3)
			continue; /* lengths are looked at before */
		f.b[f.ip + byte] ^= 0x10;
		drops(&f, COUNTER_DROP_IP_CHECKSUM);
		f.b[f.ip + byte] ^= 0x10;
	}
}

/* Which of the two is wrong is not to be seen in their sum, nor in the headers alone. */
static void
drops_plain_segments_with_one_wrong_checksum(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		for (unsigned options_len = 0; options_len <= 12; options_len += 12) {
			struct frame f = frame_of_tcp(ip6, timestamps, options_len, "\0\0\0", 3);

			takes(&f, PACKET_TCP);
			for (unsigned i = 0; i < 3; i++) {
				f.b[f.len - 1 - i] = 1;
				drops(&f, COUNTER_DROP_TCP_CHECKSUM);
				f.b[f.len - 1 - i] = 0;
			}
			if (ip6)
				continue;
			f.b[f.ip + 8]++;
			drops(&f, COUNTER_DROP_IP_CHECKSUM);
			f.b[f.l4 + 8]--;
			drops(&f, COUNTER_DROP_IP_CHECKSUM);
		}
	}
}

/* The one look is enough for all lengths of options, with text and without. The other way would say
 * the same, later. */
static void
takes_plain_segments_at_one_look(void **state)
{
	const struct plain_filter f = plain_filter(&untagged);
	uint8_t options[40];

	(void)state;
	memset(options, 1, sizeof(options)); /* NOP */
	memcpy(options, timestamps, sizeof(timestamps));
	for (unsigned len = 0; len <= 40; len += 4)
		for (unsigned text = 0; text < 40; text++) {
			struct frame frame = frame_of_tcp(text % 2, options, len, options, text);
			struct rte_mbuf *m;

			frame.b[frame.l4 + 18] = 7; /* urgent: else a word of zeros */
			frame_sums(&frame);
			m = fake_mbuf(frame.b, frame.len);
			assert_true(plain_parse(&p, m, &f));
			assert_int_equal(p.payload_len, text);
			assert_int_equal(p.urgent, get16(frame.b + frame.l4 + 18));
			frame.b[frame.l4 + 17] ^= 1;
			rte_pktmbuf_free(m);
			m = fake_mbuf(frame.b, frame.len);
			assert_false(plain_parse(&p, m, &f));
			rte_pktmbuf_free(m);
		}
}

/* Whatever *p was, what the options are not is zero. */
static void
leaves_nothing_of_earlier_options(void **state)
{
	static const uint8_t of_syn[20] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0,
					   0, 5, 0, 0,	 0, 6, 1, 3,  3, 7};

	(void)state;
	for (unsigned syn = 0; syn < 2; syn++) {
		struct frame f = syn ? frame_of_tcp(false, of_syn, 20, NULL, 0)
				     : frame_of_tcp(false, timestamps, 12, NULL, 0);
		struct rte_mbuf *m;

		f.b[f.l4 + 13] = syn ? TCP_FLAG_SYN : TCP_FLAG_ACK;
		frame_sums(&f);
		for (unsigned byte = 0; byte < 256; byte += 255) {
			m = fake_mbuf(f.b, f.len);
			memset(&p, (int)byte, sizeof(p));
			packet_parse(&p, m, &untagged);
			rte_pktmbuf_free(m);
			assert_kind(PACKET_TCP);
			assert_int_equal(p.opt.ts_val, 5);
			assert_int_equal(p.opt.ts_ecr, 6);
			assert_int_equal(p.opt.has_ts, 1);
			assert_int_equal(p.opt.has_wscale, syn);
			assert_int_equal(p.opt.wscale, syn ? 7 : 0);
			assert_int_equal(p.opt.sack_permitted, syn);
			assert_int_equal(p.opt.mss, syn ? 1460 : 0);
			assert_int_equal(p.opt.sack_blocks, 0);
			assert_int_equal(p.opt.bad, 0);
		}
	}
}

static void
steps_over_ip4_options(void **state)
{
	static const uint8_t options[40] = {7, 39, 4};

	(void)state;
	for (unsigned len = 4; len <= 40; len += 4) {
		struct frame f = frame_of_tcp_behind(false, options, len, 0);

		takes(&f, PACKET_TCP);
		assert_int_equal(p.l3_len, 20 + len);
		assert_int_equal(p.payload_off, 14 + 20 + len + 20);
		assert_int_equal(p.payload_len, 7);
		assert_int_equal(p.seq, 0x01020304);
	}
}

static void
drops_ip4_sources_of_no_host(void **state)
{
	static const uint8_t bad[][4] = {{0, 0, 0, 0},	       {0, 1, 2, 3},
					 {127, 0, 0, 1},       {224, 0, 0, 1},
					 {239, 255, 255, 255}, {255, 255, 255, 255}};
	static const uint8_t good[][4] = {
		{1, 0, 0, 1}, {126, 0, 0, 1}, {128, 0, 0, 1}, {223, 255, 255, 255}, {240, 0, 0, 1}};
	struct frame f = frame_of_tcp(false, NULL, 0, NULL, 0);

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		memcpy(f.b + f.ip + 12, bad[i], 4);
		frame_sums(&f);
		drops(&f, COUNTER_DROP_IP_SOURCE);
	}
	for (unsigned i = 0; i < 5; i++) {
		memcpy(f.b + f.ip + 12, good[i], 4);
		frame_sums(&f);
		takes(&f, PACKET_TCP);
	}
}

static void
drops_ip6_sources_of_no_host(void **state)
{
	static const uint8_t unspecified[16], loopback[16] = {[15] = 1}, group[16] = {0xff, 2};
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 2};
	static const uint8_t *const bad[] = {loopback, group, mapped, unspecified};
	struct frame tcp = frame_of_tcp(true, NULL, 0, NULL, 0);
	struct frame icmp = frame_of_icmp(true, "\x87\0\0\0\0\0\0\0", 8);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		memcpy(tcp.b + tcp.ip + 8, bad[i], 16);
		frame_sums(&tcp);
		drops(&tcp, COUNTER_DROP_IP_SOURCE);
		memcpy(icmp.b + icmp.ip + 8, bad[i], 16);
		frame_sums(&icmp);
		/* Duplicate address detection has no address yet. */
		if (bad[i] == unspecified)
			takes(&icmp, PACKET_ICMP6);
		else
			drops(&icmp, COUNTER_DROP_IP_SOURCE);
	}
	/* ::2 is odd, but no other rule forbids it. */
	memcpy(tcp.b + tcp.ip + 8, (const uint8_t[16]){[15] = 2}, 16);
	frame_sums(&tcp);
	takes(&tcp, PACKET_TCP);
}

/* Or it would pass for a connection of IPv4. */
static void
drops_ip6_to_mapped_addresses(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	struct frame f = frame_of_tcp(true, NULL, 0, NULL, 0);

	(void)state;
	memcpy(f.b + f.ip + 24, mapped, 16);
	frame_sums(&f);
	drops(&f, COUNTER_DROP_IP_DESTINATION);
}

static void
drops_other_protocols(void **state)
{
	static const uint8_t protocols[] = {0, 2, 17, 47, 50, 58, 132, 255};
	struct frame f = frame_of_tcp(false, NULL, 0, NULL, 0);

	(void)state;
	for (unsigned i = 0; i < sizeof(protocols); i++) {
		f.b[f.ip + 9] = protocols[i];
		frame_sum_ip4(&f);
		drops(&f, COUNTER_DROP_IP_PROTOCOL);
	}
	f = frame_of_tcp(true, NULL, 0, NULL, 0);
	for (unsigned i = 1; i < sizeof(protocols); i++) {
		if (protocols[i] == 58)
			continue;
		f.b[f.ip + 6] = protocols[i];
		drops(&f, COUNTER_DROP_IP_PROTOCOL);
	}
	f.b[f.ip + 6] = 59; /* no next header */
	drops(&f, COUNTER_DROP_IP_PROTOCOL);
	f.b[f.ip + 6] = 51; /* authentication */
	drops(&f, COUNTER_DROP_IP_PROTOCOL);
}

static void
drops_impossible_tcp_headers(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_tcp(ip6, NULL, 0, "payload", 7);

		f.b[f.l4 + 12] = 0x40; /* 16 bytes */
		frame_sums(&f);
		drops(&f, COUNTER_DROP_TCP_HEADER);
		f.b[f.l4 + 12] = 0x70; /* 28, one more than there are */
		frame_sums(&f);
		drops(&f, COUNTER_DROP_TCP_HEADER);
		f.len = f.l4 + 19;
		frame_end(&f);
		drops(&f, COUNTER_DROP_TCP_HEADER);
		f.len = f.l4;
		frame_end(&f);
		drops(&f, COUNTER_DROP_TCP_HEADER);
	}
}

/* The header may not reach into the Ethernet padding. */
static void
does_not_read_tcp_from_the_padding(void **state)
{
	struct frame f = frame_of_tcp(false, timestamps, 12, NULL, 0);

	(void)state;
	frame_put16(&f, f.ip + 2, 20 + 20);
	frame_sums(&f);
	drops(&f, COUNTER_DROP_TCP_HEADER);
}

/* MUST-3 */
static void
drops_wrong_tcp_checksums(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_tcp(ip6, timestamps, 12, "hello", 5);

		for (unsigned byte = f.l4; byte < f.len; byte++) {
			if (byte == f.l4 + 12)
				continue; /* the header's length is looked at before */
			f.b[byte] ^= 0x10;
			drops(&f, COUNTER_DROP_TCP_CHECKSUM);
			f.b[byte] ^= 0x10;
		}
		/* The addresses are in the pseudo-header. */
		f.b[f.ip + (ip6 ? 23 : 15)] ^= 0x10;
		if (!ip6)
			frame_sum_ip4(&f);
		drops(&f, COUNTER_DROP_TCP_CHECKSUM);
	}
}

static void
believes_the_nic_about_checksums(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "hello", 5);
	struct frame bad_tcp = f, bad_ip = f, bad_both;

	(void)state;
	bad_tcp.b[bad_tcp.len - 1] ^= 1;
	bad_ip.b[bad_ip.ip + 8] ^= 1;
	bad_both = bad_tcp;
	bad_both.b[bad_both.ip + 8] ^= 1;

	parse_flags(&bad_tcp, &untagged, RTE_MBUF_F_RX_L4_CKSUM_GOOD);
	assert_kind(PACKET_TCP);
	parse_flags(&bad_tcp, &untagged, RTE_MBUF_F_RX_L4_CKSUM_NONE);
	assert_kind(PACKET_TCP);
	parse_flags(&f, &untagged, RTE_MBUF_F_RX_L4_CKSUM_BAD);
	assert_dropped(COUNTER_DROP_TCP_CHECKSUM);
	parse_flags(&bad_ip, &untagged, RTE_MBUF_F_RX_IP_CKSUM_GOOD);
	assert_kind(PACKET_TCP);
	parse_flags(&bad_ip, &untagged, RTE_MBUF_F_RX_IP_CKSUM_NONE);
	assert_kind(PACKET_TCP);
	parse_flags(&f, &untagged, RTE_MBUF_F_RX_IP_CKSUM_BAD);
	assert_dropped(COUNTER_DROP_IP_CHECKSUM);
	/* One says nothing about the other. */
	parse_flags(&bad_both, &untagged, RTE_MBUF_F_RX_IP_CKSUM_GOOD);
	assert_dropped(COUNTER_DROP_TCP_CHECKSUM);
	parse_flags(&bad_both, &untagged, RTE_MBUF_F_RX_L4_CKSUM_GOOD);
	assert_dropped(COUNTER_DROP_IP_CHECKSUM);
}

static void
drops_port_zero(void **state)
{
	(void)state;
	for (unsigned port = 0; port < 2; port++) {
		struct frame f = frame_of_tcp(port, NULL, 0, NULL, 0);

		frame_put16(&f, f.l4 + 2 * port, 0);
		frame_sums(&f);
		drops(&f, COUNTER_DROP_TCP_PORT_ZERO);
	}
}

static void
takes_icmp_with_right_checksums(void **state)
{
	(void)state;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct frame f = frame_of_icmp(ip6, "\x80\0\0\0\0\0\0\0hello", 13);

		takes(&f, ip6 ? PACKET_ICMP6 : PACKET_ICMP4);
		assert_addresses(ip6);
		assert_int_equal(p.ip_ttl, 57);
		assert_int_equal(p.l2_len, 14);
		assert_int_equal(p.l3_len, ip6 ? 40 : 20);
		assert_int_equal(p.payload_off, f.l4);
		assert_int_equal(p.payload_len, 13);
		f.b[f.len - 1] ^= 1;
		drops(&f, COUNTER_DROP_ICMP);
		f.len = f.l4 + 7;
		frame_end(&f);
		drops(&f, COUNTER_DROP_ICMP);
	}
	/* The pseudo-header is ICMPv6's alone. */
	struct frame f = frame_of_icmp(true, "\x80\0\0\0\0\0\0\0hello", 13);

	f.b[f.ip + 23] ^= 1;
	drops(&f, COUNTER_DROP_ICMP);
}

static void
passes_ip4_fragments_on(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "payload", 4); /* 24 bytes in all */

	(void)state;
	frame_put16(&f, f.ip + 6, 0x2000); /* the first */
	frame_sums(&f);
	takes(&f, PACKET_FRAGMENT);
	assert_addresses(false);
	assert_int_equal(p.l3_len, 20);
	assert_int_equal(p.payload_off, f.l4);
	assert_int_equal(p.payload_len, 24);
	frame_put16(&f, f.ip + 6, 0x0001); /* the last */
	f.len -= 3;
	frame_lengths(&f);
	frame_sums(&f);
	takes(&f, PACKET_FRAGMENT);
	frame_put16(&f, f.ip + 6, 0x2001); /* a middle one, not of whole units */
	frame_sums(&f);
	drops(&f, COUNTER_DROP_FRAGMENT);
}

static void
drops_impossible_ip4_fragments(void **state)
{
	struct frame f = frame_of_tcp(false, NULL, 0, "payload", 4);

	(void)state;
	frame_put16(&f, f.ip + 6, (65536 - 24 - 8) / 8); /* ends, header included, behind 65535 */
	frame_sums(&f);
	drops(&f, COUNTER_DROP_FRAGMENT);
	frame_put16(&f, f.ip + 6, (65536 - 48) / 8);
	frame_sums(&f);
	takes(&f, PACKET_FRAGMENT);
	f.len = f.l4; /* empty */
	frame_end(&f);
	drops(&f, COUNTER_DROP_FRAGMENT);
	f = frame_of_tcp(false, NULL, 0, "payload", 4);
	frame_put16(&f, f.ip + 6, 0x2000);
	f.b[f.ip + 9] = 17;
	frame_sums(&f);
	drops(&f, COUNTER_DROP_IP_PROTOCOL);
}

static void
steps_over_ip6_extension_headers(void **state)
{
	static const uint8_t hop[8] = {PROTO_TCP, 0, 5, 2, 0, 0, 1, 0}; /* router alert, PadN */
	static const uint8_t destination[16] = {PROTO_TCP, 1, 1, 10, [14] = 0}; /* PadN, two Pad1 */
	static const uint8_t routing[24] = {PROTO_TCP, 2, 0, 0};
	static const uint8_t atomic[8] = {PROTO_TCP, 0, 0, 0, 1, 2, 3, 4}; /* RFC 6946 */
	static const uint8_t all[] = {
		60,	   0, 5, 2, 0, 0, 1, 0, /* hop-by-hop */
		43,	   0, 1, 4, 0, 0, 0, 0, /* destination */
		44,	   0, 3, 0, 0, 0, 0, 0, /* routing */
		60,	   0, 0, 0, 0, 0, 0, 0, /* atomic fragment */
		PROTO_TCP, 0, 1, 4, 0, 0, 0, 0, /* destination */
	};
	static const struct {
		uint8_t next;
		const uint8_t *ext;
		unsigned len;
	} cases[] = {{0, hop, 8},
		     {60, destination, 16},
		     {43, routing, 24},
		     {44, atomic, 8},
		     {0, all, sizeof(all)}};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct frame f =
			frame_of_tcp_behind(true, cases[i].ext, cases[i].len, cases[i].next);

		takes(&f, PACKET_TCP);
		assert_int_equal(p.l3_len, 40 + cases[i].len);
		assert_int_equal(p.payload_off, f.l4 + 20);
		assert_int_equal(p.payload_len, 7);
		assert_int_equal(p.seq, 0x01020304);
	}
}

static void
drops_ext(const uint8_t *ext, unsigned len, uint8_t next)
{
	struct frame f = frame_of_tcp_behind(true, ext, len, next);

	drops(&f, COUNTER_DROP_IP6_EXTENSION);
}

static void
drops_bad_ip6_extension_headers(void **state)
{
	static const uint8_t unknown_drop[8] = {PROTO_TCP, 0, 0x40, 4};
	static const uint8_t unknown_skip[8] = {PROTO_TCP, 0, 0x3e, 4};
	static const uint8_t long_option[8] = {PROTO_TCP, 0, 1, 5};
	static const uint8_t half_option[8] = {PROTO_TCP, 0, 1, 3, [7] = 1};
	static const uint8_t long_header[8] = {PROTO_TCP, 200, 1, 4};
	static const uint8_t hop_second[16] = {0, 0, 1, 4, [8] = PROTO_TCP, 0, 1, 4};
	static const uint8_t segments_left[8] = {PROTO_TCP, 0, 0, 1};
	static const uint8_t long_routing[8] = {PROTO_TCP, 9, 0, 0};
	struct frame f;

	(void)state;
	f = frame_of_tcp_behind(true, unknown_skip, 8, 60);
	takes(&f, PACKET_TCP);
	drops_ext(unknown_drop, 8, 60);
	drops_ext(unknown_drop, 8, 0);
	drops_ext(long_option, 8, 60);
	drops_ext(half_option, 8, 60);
	drops_ext(long_header, 8, 60);
	drops_ext(hop_second, 16, 60);
	drops_ext(hop_second, 16, 0);
	drops_ext(segments_left, 8, 43);
	drops_ext(long_routing, 8, 43);
	/* The packet ends within. */
	f = frame_of_tcp_behind(true, unknown_skip, 8, 60);
	for (f.len = f.ext; f.len < f.ext + 8; f.len++) {
		frame_lengths(&f);
		f.b[f.ip + 6] = 60;
		drops(&f, COUNTER_DROP_IP6_EXTENSION);
		f.b[f.ip + 6] = 43;
		drops(&f, COUNTER_DROP_IP6_EXTENSION);
		f.b[f.ip + 6] = 44;
		drops(&f, COUNTER_DROP_IP6_EXTENSION);
	}
	frame_lengths(&f);
	f.b[f.ip + 6] = 60;
	drops(&f, COUNTER_DROP_TCP_HEADER);
}

/* n destination headers of len bytes each, all PadN. */
static struct frame
behind_many(unsigned n, unsigned len)
{
	uint8_t ext[1024] = {0};

	for (unsigned i = 0; i < n; i++) {
		ext[i * len] = i + 1 < n ? 60 : PROTO_TCP;
		ext[i * len + 1] = (uint8_t)(len / 8 - 1);
		ext[i * len + 2] = 1;
		ext[i * len + 3] = (uint8_t)(len - 4);
	}
	return frame_of_tcp_behind(true, ext, n * len, 60);
}

static void
bounds_ip6_extension_headers(void **state)
{
	static const uint8_t pads[24] = {PROTO_TCP, 2};
	struct frame f = behind_many(8, 8);

	(void)state;
	takes(&f, PACKET_TCP);
	f = behind_many(9, 8);
	drops(&f, COUNTER_DROP_IP6_EXTENSION);
	f = behind_many(1, 256 - 40);
	takes(&f, PACKET_TCP);
	f = behind_many(1, 256 - 40 + 8);
	drops(&f, COUNTER_DROP_IP6_EXTENSION);
	f = frame_of_tcp_behind(true, pads, 16, 60); /* 14 times Pad1 */
	f.b[f.ext + 1] = 1;
	frame_sums(&f);
	takes(&f, PACKET_TCP);
	f = frame_of_tcp_behind(true, pads, 24, 60); /* 22 times */
	drops(&f, COUNTER_DROP_IP6_EXTENSION);
}

static struct frame
ip6_fragment(unsigned offset_and_more, uint8_t next, unsigned len)
{
	uint8_t header[8] = {next, 0, (uint8_t)(offset_and_more >> 8), (uint8_t)offset_and_more};
	struct frame f = frame_of_tcp_behind(true, header, 8, 44);

	f.len = f.l4 + len;
	frame_lengths(&f);
	return f;
}

static void
passes_ip6_fragments_on(void **state)
{
	struct frame f = ip6_fragment(0 | 1, PROTO_TCP, 24);

	(void)state;
	takes(&f, PACKET_FRAGMENT);
	assert_addresses(true);
	assert_int_equal(p.l3_len, 48);
	assert_int_equal(p.payload_off, f.l4);
	assert_int_equal(p.payload_len, 24);
	f = ip6_fragment(24 | 1, 17, 16);
	takes(&f, PACKET_FRAGMENT);
	f = ip6_fragment(40, PROTO_TCP, 3);
	takes(&f, PACKET_FRAGMENT);
	assert_int_equal(p.payload_len, 3);
	f = ip6_fragment(65528, PROTO_TCP, 7);
	takes(&f, PACKET_FRAGMENT);
	f = ip6_fragment(0 | 1, PROTO_ICMP6, 8);
	takes(&f, PACKET_FRAGMENT);
	/* The reserved bits mean nothing. */
	f = ip6_fragment(6, PROTO_TCP, 27);
	takes(&f, PACKET_TCP);
}

static void
drops_impossible_ip6_fragments(void **state)
{
	static const uint8_t destination_first[16] = {60, 0, 0, 1, [8] = PROTO_TCP, 0, 1, 4};
	static const uint8_t nested[16] = {44, 0, 0, 1, [8] = PROTO_TCP};
	struct frame f = ip6_fragment(8 | 1, PROTO_TCP, 15); /* no whole units */

	(void)state;
	drops(&f, COUNTER_DROP_FRAGMENT);
	f = ip6_fragment(8, PROTO_TCP, 0);
	drops(&f, COUNTER_DROP_FRAGMENT);
	f = ip6_fragment(65528, PROTO_TCP, 8);
	drops(&f, COUNTER_DROP_FRAGMENT);
	/* RFC 7112: the first must hold all headers. */
	f = ip6_fragment(0 | 1, PROTO_TCP, 16);
	drops(&f, COUNTER_DROP_FRAGMENT);
	f = frame_of_tcp_behind(true, destination_first, 16, 44);
	f.len -= 3;
	frame_lengths(&f);
	takes(&f, PACKET_FRAGMENT);
	assert_int_equal(p.l3_len, 48);
	f.len = f.l4 + 16;
	frame_lengths(&f);
	drops(&f, COUNTER_DROP_FRAGMENT);
	f = frame_of_tcp_behind(true, nested, 16, 44);
	f.len -= 3;
	frame_lengths(&f);
	drops(&f, COUNTER_DROP_IP6_EXTENSION);
	f = ip6_fragment(0 | 1, 17, 24);
	drops(&f, COUNTER_DROP_IP_PROTOCOL);
	/* Nobody answers a fragment from nowhere or to a group. */
	f = ip6_fragment(0 | 1, PROTO_ICMP6, 24);
	memset(f.b + f.ip + 8, 0, 16);
	drops(&f, COUNTER_DROP_IP_SOURCE);
	f = ip6_fragment(0 | 1, PROTO_ICMP6, 24);
	f.b[f.ip + 24] = 0xff;
	drops(&f, COUNTER_DROP_IP_BROADCAST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(reads_syn_options_of_syns_alone),
		cmocka_unit_test(reads_headers_cut_anywhere),
		cmocka_unit_test(trims_the_padding),
		cmocka_unit_test(trims_whole_segments_of_a_chain),
		cmocka_unit_test(parses_bursts_as_one_by_one),
		cmocka_unit_test(takes_frames_for_this_station),
		cmocka_unit_test(drops_unicast_in_group_frames),
		cmocka_unit_test(drops_tcp_to_group_addresses),
		cmocka_unit_test(takes_icmp6_to_groups),
		cmocka_unit_test(sorts_vlans),
		cmocka_unit_test(believes_stripped_vlans),
		cmocka_unit_test(tells_the_ethertypes),
		cmocka_unit_test(takes_arp),
		cmocka_unit_test(drops_whatever_is_cut_short),
		cmocka_unit_test(drops_impossible_ip4_headers),
		cmocka_unit_test(drops_wrong_ip4_checksums),
		cmocka_unit_test(drops_plain_segments_with_one_wrong_checksum),
		cmocka_unit_test(takes_plain_segments_at_one_look),
		cmocka_unit_test(leaves_nothing_of_earlier_options),
		cmocka_unit_test(steps_over_ip4_options),
		cmocka_unit_test(drops_ip4_sources_of_no_host),
		cmocka_unit_test(drops_ip6_sources_of_no_host),
		cmocka_unit_test(drops_ip6_to_mapped_addresses),
		cmocka_unit_test(drops_other_protocols),
		cmocka_unit_test(drops_impossible_tcp_headers),
		cmocka_unit_test(does_not_read_tcp_from_the_padding),
		cmocka_unit_test(drops_wrong_tcp_checksums),
		cmocka_unit_test(believes_the_nic_about_checksums),
		cmocka_unit_test(drops_port_zero),
		cmocka_unit_test(takes_icmp_with_right_checksums),
		cmocka_unit_test(passes_ip4_fragments_on),
		cmocka_unit_test(drops_impossible_ip4_fragments),
		cmocka_unit_test(steps_over_ip6_extension_headers),
		cmocka_unit_test(drops_bad_ip6_extension_headers),
		cmocka_unit_test(bounds_ip6_extension_headers),
		cmocka_unit_test(passes_ip6_fragments_on),
		cmocka_unit_test(drops_impossible_ip6_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
