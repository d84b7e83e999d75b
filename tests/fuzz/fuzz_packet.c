/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any frame, any offload flags, any cut into segments: packet_parse() against what it promises.
 *
 * Input: what the NIC says, what the port takes, where the first segment ends, the length of the
 * others, then the frame.
 */
#include "../unit/wire/frame.h"
#include "fuzz.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/packet.h"

struct input {
	uint64_t ol_flags;
	struct packet_filter filter;
	unsigned first, step;
	const uint8_t *frame;
	unsigned len;
};

static struct input
read_input(const uint8_t *data, size_t size)
{
	static const uint64_t ip[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
				      RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_IP_CKSUM_NONE};
	static const uint64_t l4[] = {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
				      RTE_MBUF_F_RX_L4_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_NONE};
	struct fuzz_input in = {data, size};
	uint8_t nic = fuzz_byte(&in), port = fuzz_byte(&in);
	struct input i = {
		.ol_flags = ip[nic & 3] | l4[nic >> 2 & 3],
		.filter = {.mac = {{2, 0, 0, 0, 0, 1}},
			   .all_macs = port & 1,
			   .vlan = port & 2 ? 7 : 0},
		.first = fuzz_byte(&in),
		.step = 1U + fuzz_byte(&in),
	};

	if (nic & 16)
		i.ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	i.frame = in.data;
	i.len = RTE_MIN(in.size, 2048U);
	return i;
}

static struct packet
parse(const struct input *i, struct rte_mbuf *m)
{
	struct packet p;

	m->ol_flags = i->ol_flags;
	m->vlan_tci = i->filter.vlan;
	memset(&p, 0, sizeof(p));
	packet_parse(&p, m, &i->filter);
	CHECK(p.mbuf == m);
	CHECK(p.kind <= PACKET_FRAGMENT);
	CHECK((p.kind == PACKET_DROP) == (p.why != COUNTER_NONE));
	CHECK(p.why < COUNTER_MAX);
	return p;
}

/* The chain is what its head says. */
static void
check_mbuf(const struct rte_mbuf *m, unsigned len)
{
	uint32_t sum = 0;
	unsigned segments = 0;

	for (const struct rte_mbuf *s = m; s != NULL; s = s->next) {
		sum += s->data_len;
		segments++;
	}
	CHECK(sum == m->pkt_len);
	CHECK(segments == m->nb_segs);
	CHECK(m->pkt_len <= len);
}

static void
check_ip(const struct input *i, const struct packet *p)
{
	CHECK(p->l2_len == 14 || p->l2_len == 18);
	CHECK(p->ip_version == 4 || p->ip_version == 6);
	CHECK(i->frame[p->l2_len] >> 4 == p->ip_version);
	CHECK(p->l3_len >= (p->ip_version == 4 ? 20 : 40) && p->l3_len <= 256);
	CHECK(addr_is_ip4(&p->tuple.local) == (p->ip_version == 4));
	CHECK(addr_is_ip4(&p->tuple.remote) == (p->ip_version == 4));
	CHECK(p->payload_off >= p->l2_len + p->l3_len);
	CHECK(p->payload_off + p->payload_len == p->mbuf->pkt_len);
}

/* Where the NIC has not looked, the checksum of TCP or ICMP is right in the slow way too. */
static void
check_sum(const struct input *i, const struct packet *p)
{
	unsigned l4 = p->l2_len + p->l3_len;
	struct frame f = {
		.ip = p->l2_len,
		.l4 = l4,
		.ip6 = p->ip_version == 6,
		.proto = p->kind == PACKET_TCP	   ? PROTO_TCP
			 : p->kind == PACKET_ICMP4 ? PROTO_ICMP
						   : PROTO_ICMP6,
	};

	frame_append(&f, i->frame, p->mbuf->pkt_len);
	if (p->kind == PACKET_TCP &&
	    (i->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN)
		return;
	CHECK(naive_sum(frame_pseudo_sum(&f, f.len - l4), f.b + l4, f.len - l4) == 0xffff);
}

static void
check_tcp(const struct input *i, const struct packet *p)
{
	const uint8_t *tcp = i->frame + p->l2_len + p->l3_len;
	unsigned header_len = p->payload_off - p->l2_len - p->l3_len;

	CHECK(header_len == (tcp[12] >> 4) * 4U && header_len >= 20);
	CHECK(memcmp(&p->tuple.remote_port, tcp, 2) == 0 && p->tuple.remote_port != 0);
	CHECK(memcmp(&p->tuple.local_port, tcp + 2, 2) == 0 && p->tuple.local_port != 0);
	CHECK(p->flags == tcp[13]);
	CHECK(p->opt.sack_blocks <= TCP_SACK_BLOCKS_MAX && p->opt.wscale <= TCP_WSCALE_MAX);
	CHECK(!(i->frame[0] & 1));
	CHECK(p->tuple.local.b[0] != 0xff);
}

/* A segment built from what was parsed is parsed to the same. */
static void
check_rebuilt(const struct input *i, const struct packet *p)
{
	struct input again = {.filter = {.all_macs = 1}};
	struct tuple t = {p->tuple.remote, p->tuple.local, p->tuple.remote_port,
			  p->tuple.local_port};
	const struct segment_header h = {
		.tuple = &t,
		.seq = p->seq,
		.ack = p->ack,
		.wnd = p->wnd,
		.urgent = p->urgent,
		.flags = p->flags,
		.tos = p->ip_tos,
		.ttl = p->ip_ttl,
		.options = i->frame + p->l2_len + p->l3_len + 20,
		.options_len = (uint8_t)(p->payload_off - p->l2_len - p->l3_len - 20),
		.payload_len = p->payload_len,
		.pseudo_sum = csum_tuple(&t, 1),
	};
	struct rte_mbuf *m = fake_mbuf(NULL, 14 + SEGMENT_HEADER_MAX);
	const uint8_t *payload = i->frame + p->payload_off;
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct packet q;

	memcpy(frame + 12, p->ip_version == 4 ? "\x08\x00" : "\x86\xdd", 2);
	m->data_len = (uint16_t)(14 + segment_build(frame + 14, &h,
						    csum_bytes(0, payload, p->payload_len), false));
	m->pkt_len = m->data_len;
	if (p->payload_len > 0) {
		m->next = fake_mbuf(payload, p->payload_len);
		m->nb_segs = 2;
		m->pkt_len += p->payload_len;
	}
	q = parse(&again, m);
	CHECK(q.kind == PACKET_TCP);
	CHECK(q.payload_len == p->payload_len);
	CHECK(tuple_equal(&q.tuple, &p->tuple));
	CHECK(q.seq == p->seq && q.ack == p->ack && q.wnd == p->wnd && q.urgent == p->urgent);
	CHECK(q.flags == p->flags && q.ip_tos == p->ip_tos && q.ip_ttl == p->ip_ttl);
	CHECK(memcmp(&q.opt, &p->opt, sizeof(q.opt)) == 0);
	rte_pktmbuf_free(m);
}

static void
check(const struct input *i, const struct packet *p)
{
	check_mbuf(p->mbuf, i->len);
	if (p->kind == PACKET_DROP || p->kind == PACKET_ARP) {
		CHECK(p->mbuf->pkt_len == i->len);
		return;
	}
	check_ip(i, p);
	if (p->kind != PACKET_FRAGMENT)
		check_sum(i, p);
	if (p->kind == PACKET_TCP) {
		check_tcp(i, p);
		check_rebuilt(i, p);
	}
}

static void
check_same(struct packet p, struct packet q)
{
	CHECK(p.kind == q.kind && p.why == q.why);
	p.mbuf = q.mbuf = NULL;
	CHECK(p.kind == PACKET_DROP || memcmp(&p, &q, sizeof(p)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input i = read_input(data, size);
	struct rte_mbuf *whole = fake_mbuf(i.frame, i.len);
	struct rte_mbuf *cut = fake_chain(i.frame, i.len, i.first, i.step);
	struct packet p = parse(&i, whole);
	struct packet q = parse(&i, cut);

	check(&i, &p);
	check(&i, &q);
	check_same(p, q);
	/* And what was trimmed means what it did before. */
	check_same(p, parse(&i, whole));
	rte_pktmbuf_free(whole);
	rte_pktmbuf_free(cut);
	CHECK(fake_pool.in_use == 0);
	return 0;
}
