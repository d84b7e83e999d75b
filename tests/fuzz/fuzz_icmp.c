/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any ICMP or ICMPv6 message: read from a buffer of its size, and sent in a frame through the door
 * to be answered if it is an echo request.
 *
 * Input: one byte, of which bit 0 chooses ICMPv6, bit 1 a VLAN, bit 2 header bytes between IP and
 * ICMP; where the first segment of the mbuf ends; then the message.
 */
#include "../unit/wire/frame.h"
#include "fuzz.h"
#include "wire/icmp.h"

static const struct rte_ether_addr own = {{2, 0, 0, 0, 0, 1}};
static const struct rte_ether_addr peer = {{2, 0, 0, 0, 0, 2}};

static struct icmp
parse(const uint8_t *bytes, unsigned len, bool ip6)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	struct icmp i;

	CHECK(exact != NULL);
	memcpy(exact, bytes, len);
	icmp_parse(&i, exact, len, ip6 ? 6 : 4);
	free(exact);
	return i;
}

/* An error is about the TCP segment that it quotes. */
static void
check_message(const uint8_t *bytes, unsigned len, bool ip6)
{
	struct icmp i = parse(bytes, len, ip6), start;
	const uint8_t *quoted = bytes + 8;
	unsigned ip_len;

	CHECK(i.class <= ICMP_TOO_BIG);
	CHECK(len >= 8 || i.class == ICMP_MALFORMED);
	start = parse(bytes, RTE_MIN(len, (unsigned)ICMP_PARSE_LEN), ip6);
	CHECK(memcmp(&start, &i, sizeof(i)) == 0);
	if (i.class < ICMP_SOFT)
		return;
	ip_len = ip6 ? 40 : (quoted[0] & 15U) * 4;
	CHECK(len >= 8 + ip_len + 8);
	CHECK(addr_is_ip4(&i.tuple.local) == !ip6 && addr_is_ip4(&i.tuple.remote) == !ip6);
	CHECK(memcmp(ip6 ? i.tuple.local.b : i.tuple.local.b + 12, quoted + (ip6 ? 8 : 12),
		     ip6 ? 16 : 4) == 0);
	CHECK(memcmp(&i.tuple.local_port, quoted + ip_len, 4) == 0);
	CHECK(i.mtu == 0 || i.class == ICMP_TOO_BIG);
}

static struct frame
frame_of(const uint8_t *message, unsigned len, unsigned shape)
{
	static const uint8_t nops[8] = {1, 1, 1, 1, 1, 1, 1, 0};
	static const uint8_t destination[8] = {PROTO_ICMP6, 0, 1, 4};
	bool ip6 = shape & 1;
	struct frame f;

	frame_begin(&f, ip6, ip6 ? PROTO_ICMP6 : PROTO_ICMP, ip6 ? destination : nops,
		    shape & 4 ? 8 : 0, 60);
	frame_append(&f, message, len);
	frame_end(&f);
	if (shape & 2)
		frame_tag(&f, 7);
	return f;
}

static struct packet
receive(struct rte_mbuf *m, const struct rte_ether_addr *mac, unsigned shape)
{
	const struct packet_filter filter = {.mac = *mac, .vlan = shape & 2 ? 7 : 0};
	struct packet p;

	packet_parse(&p, m, &filter);
	return p;
}

/* The answer goes through the peer's door and carries what the request did. */
static void
check_echo(const struct frame *f, struct rte_mbuf *m, struct packet p, unsigned shape)
{
	struct addr local = p.tuple.local, remote = p.tuple.remote;
	struct l2_header l2;
	uint8_t copy[2048];
	const uint8_t *reply;

	l2_build(&l2, &peer, &own, shape & 2 ? 7 : 0, f->ip6 ? 0x86dd : 0x0800);
	if (!icmp_echo_reply(m, &p, &local, &l2)) {
		CHECK(m->data_len < p.payload_off + 8U);
		return;
	}
	p = receive(m, &peer, shape);
	CHECK(p.kind == (f->ip6 ? PACKET_ICMP6 : PACKET_ICMP4));
	CHECK(p.payload_len == f->len - f->l4);
	CHECK(addr_equal(&p.tuple.local, &remote) && addr_equal(&p.tuple.remote, &local));
	reply = rte_pktmbuf_read(m, p.payload_off, p.payload_len, copy);
	CHECK(reply[0] == (f->ip6 ? 129 : 0));
	CHECK(memcmp(reply + 4, f->b + f->l4 + 4, f->len - f->l4 - 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	unsigned shape = fuzz_byte(&in), first = fuzz_byte(&in);
	unsigned len = RTE_MIN(in.size, (size_t)1500);
	struct frame f = frame_of(in.data, len, shape);
	struct rte_mbuf *m = fake_chain(f.b, f.len, first, 64);
	struct packet p = receive(m, &own, shape);

	check_message(in.data, len, f.ip6);
	/* The checksum is right, so only the length can be wrong. */
	CHECK((p.kind == PACKET_DROP) == (len < 8));
	if (p.kind != PACKET_DROP && in.data[0] == (f.ip6 ? 128 : 8))
		check_echo(&f, m, p, shape);
	rte_pktmbuf_free(m);
	CHECK(fake_pool.in_use == 0);
	return 0;
}
