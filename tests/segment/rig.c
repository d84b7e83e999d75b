/* SPDX-License-Identifier: BSD-3-Clause */
#include "rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "nic.h"
#include "unit/fake_mbuf.h"

#define SEED(i)	   (0x9e3779b97f4a7c15u * ((i) + 1) ^ rig.seed)
#define POLL_LIMIT 256 /* expired timers a poll */
#define OWNERS_MAX 32768

struct rig rig;

static __attribute__((noreturn, format(printf, 1, 2))) void
fail(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (rig.failed)
		rig.failed(text);
	fprintf(stderr, "%s\n", text);
	abort();
}

/* ---- routes --------------------------------------------------------------------------------- */

static struct addr
addr_make(bool ip4, uint32_t v4, uint8_t last)
{
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};

	v6[15] = last;
	return ip4 ? addr_from_ip4(rte_cpu_to_be_32(v4)) : addr_from_ip6(v6);
}

struct addr
rig_local(bool ip4)
{
	return addr_make(ip4, 0xc0000201, 1); /* 192.0.2.1 */
}

struct addr
rig_local_other(bool ip4)
{
	return addr_make(ip4, 0xc0000202, 2);
}

struct addr
rig_remote(bool ip4)
{
	return addr_make(ip4, 0xc6336407, 7); /* 198.51.100.7 */
}

static bool
is_local(void *net, const struct addr *a)
{
	for (int ip4 = 0; ip4 < 2; ip4++) {
		struct addr one = rig_local(ip4), other = rig_local_other(ip4);

		if (addr_equal(a, &one) || addr_equal(a, &other))
			return true;
	}
	return false;
}

static bool
source(void *net, const struct addr *remote, struct addr *local)
{
	*local = rig_local(addr_is_ip4(remote));
	return !rig.no_route;
}

static uint16_t
hop(void *net, const struct addr *remote, uint64_t now_us)
{
	if (rig.no_route)
		return HOP_NONE;
	rig.hops++;
	return HOP_TEST;
}

static void
hop_release(void *net, uint16_t h)
{
	if (h != HOP_TEST || rig.hops == 0)
		fail("a hop was released that was not held");
	rig.hops--;
}

static uint16_t
hop_mtu(void *net, uint16_t h)
{
	return rig.mtu;
}

static bool
is_unicast(void *net, const struct addr *a)
{
	if (addr_is_ip4(a))
		return (a->b[12] & 0xf0) != 0xe0 && a->w32[3] != UINT32_MAX && a->w32[3] != 0;
	return a->b[0] != 0xff && (a->w64[0] | a->w64[1]);
}

static const struct tcp_route_ops route = {
	.is_local = is_local,
	.source = source,
	.hop = hop,
	.hop_release = hop_release,
	.hop_mtu = hop_mtu,
	.is_unicast = is_unicast,
};

/* ---- life ----------------------------------------------------------------------------------- */

void
rig_reset(void)
{
	struct tct_config defaults;

	tct_config_init(&defaults);
	memset(&rig, 0, sizeof(rig));
	rig.tcp = defaults.tcp;
	rig.memory = defaults.memory;
	rig.memory.connections = 64;
	rig.memory.half_open = 64;
	rig.memory.time_wait = 64;
	rig.memory.mbufs = 512;
	rig.memory.flights = 64;
	rig.start_us = 1000000;
	rig.wall_offset_us = 1000000000000;
	rig.spare_max = 200;
	rig.mtu = 1500;
}

/* Anything, as long as it can be told from a virtual address. */
static rte_iova_t
dma_iova(const void *bytes, uint32_t len)
{
	size_t at = (size_t)((const uint8_t *)bytes - rig.dma);

	return rig.dma && at <= rig.dma_len && len <= rig.dma_len - at ? at + 1 : RTE_BAD_IOVA;
}

void
rig_start(void)
{
	struct tcp_stack_config config = {
		.tcp = &rig.tcp,
		.memory = &rig.memory,
		.route = &route,
		.reached = rig.reached,
		.counters = &rig.counters,
		.now_us = rig.start_us,
		.wall_offset_us = rig.wall_offset_us,
		.tx_checksum = rig.tx_checksum,
		.tso_ip4 = rig.tso,
		.tso_ip6 = rig.tso,
		.tso_bytes = TSO_BYTES,
		.tso_segments = TSO_SEGMENTS,
		.tso_short = rig.tso_short,
		.lend_static = rig.lend_static,
		.lend_dma = rig.lend_dma,
		.dma_iova = dma_iova,
		.lent_count = &rig.lent_count,
		.lend_buffers = rig.lend_buffers,
		.lend_min = rig.lend_min,
		.cycles = rig.cycles,
		.split_every = 1,
		.socket = -1,
	};

	fake_pool_get();
	rig.stack = malloc(sizeof(*rig.stack));
	rig.tx = calloc(1, sizeof(*rig.tx));
	config.tx = rig.tx;
	for (unsigned i = 0; i < 8; i++)
		config.seed[i] = SEED(i);
	rig.now_us = rig.start_us;
	rte_mbuf_ext_refcnt_set(&rig.lent_count, 1);
	if (!rig.stack || !rig.tx || tcp_stack_init(rig.stack, &config) < 0)
		fail("the stack does not start");
}

static void
no_output(const uint8_t *bytes, unsigned len, bool l2)
{
}

static void
leak_check(void)
{
	const struct tcp_stack *s = rig.stack;

	if (s->conns.used || s->half_opens.used || s->time_waits.used)
		fail("left at the end: %u conns, %u half-opens, %u time-waits", s->conns.used,
		     s->half_opens.used, s->time_waits.used);
	if (s->flows.count || s->extents.nodes.used || rig.hops)
		fail("left at the end: %u flows, %u extents, %u hops", (unsigned)s->flows.count,
		     s->extents.nodes.used, rig.hops);
	if (s->reorders.used || s->reorder_room.used)
		fail("left at the end: %u records of holes, %u pieces in them", s->reorders.used,
		     s->reorder_room.used);
	if (fake_pool.in_use)
		fail("left at the end: %u packet buffers", fake_pool.in_use);
}

void
rig_stop(void)
{
	uint32_t position = 0;
	uint64_t end;

	if (!rig.stack)
		return;
	rig.sent = no_output;
	rig.spare_max = 200;
	rig_poll();
	tcp_stop(rig.stack, true, &position, UINT32_MAX);
	rig_poll();
	rig_poll();
	rig.keeps = false;
	rig_let_go(rig.kept_count);
	/* Half-opens first, then time-waits: whatever is longer. */
	end = rig.now_us + 2000ull * rig.tcp.max_rto_ms * (rig.tcp.syn_ack_retries + 2);
	while ((rig.stack->half_opens.used || rig.stack->time_waits.used) && rig.now_us < end) {
		rig.now_us += 500000;
		rig_poll();
	}
	while (rig.tx->spare_count)
		rte_pktmbuf_free(rig.tx->spare[--rig.tx->spare_count]);
	leak_check();
	tcp_stack_fini(rig.stack);
	free(rig.stack);
	free(rig.tx);
	rig.stack = NULL;
	rig.tx = NULL;
}

void
rig_abandon(void)
{
	if (rig.stack)
		tcp_stack_fini(rig.stack);
	rig.stack = NULL;
	fake_pool.in_use = 0;
}

/* ---- packets -------------------------------------------------------------------------------- */

/* Not where it means something: in a SYN, in a RST, with ECN. */
static void
make_unexpected(struct packet *p)
{
	uint32_t ref =
		tcp_lookup(rig.stack, &p->tuple, tuple_hash(&rig.stack->flow_key, &p->tuple));
	const struct tct_conn *c = record_at(rig.stack, ref);

	if (REF_KIND(ref) == RECORD_CONN && !(c->flags & CONN_ECN) &&
	    !(p->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)))
		p->flags |= TCP_FLAG_CWR;
}

static enum counter
burst_add(struct rte_mbuf *m)
{
	static const struct packet_filter filter = {.mac = {{2, 0, 0, 0, 0, 1}}};
	struct packet *p;

	if (rig.burst_count == RIG_BURST)
		rig_poll();
	p = &rig.burst[rig.burst_count];
	p->port = 0;
	packet_parse(p, m, &filter);
	if (p->kind == PACKET_TCP) {
		if (rig.unexpected)
			make_unexpected(p);
		rig.burst_count++;
		return COUNTER_NONE;
	}
	rig.counters.v[p->why]++;
	rte_pktmbuf_free(m);
	return p->why;
}

enum counter
rig_frame(const uint8_t *bytes, unsigned len)
{
	return burst_add(fake_mbuf(bytes, len));
}

enum counter
rig_frame_cut(const uint8_t *bytes, unsigned len, unsigned each)
{
	return burst_add(fake_chain(bytes, len, each, each));
}

struct rte_mbuf *
rig_buffer(const void *bytes, unsigned len)
{
	return fake_mbuf(bytes, len);
}

enum counter
rig_parse(struct packet *p, const uint8_t *bytes, unsigned len)
{
	static const struct packet_filter filter = {.all_macs = 1};
	struct rte_mbuf *m = fake_mbuf(bytes, len);

	packet_parse(p, m, &filter);
	rte_pktmbuf_free(m);
	p->mbuf = NULL;
	return p->why;
}

static void
refill(void)
{
	while (rig.tx->spare_count < rig.spare_max && rig.tx->spare_count < TX_SPARE_MAX)
		rig.tx->spare[rig.tx->spare_count++] = fake_mbuf(NULL, 0);
	while (rig.tx->spare_count > rig.spare_max)
		rte_pktmbuf_free(rig.tx->spare[--rig.tx->spare_count]);
}

/* Whether the NIC can take what at is lent. */
static bool
taken_from_there(const struct rte_mbuf *at)
{
	if (RTE_MBUF_CLONED(at))
		return rig.lend_dma;
	if (rig.lend_static)
		return true;
	return rig.lend_dma && at->shinfo == &rig.lent_count && at->data_off == 0 &&
	       rte_mbuf_iova_get(at) == dma_iova(at->buf_addr, at->data_len) &&
	       rte_mbuf_iova_get(at) != RTE_BAD_IOVA;
}

/* One buffer, or a chain for the NIC to cut up, or one whose payload lies elsewhere. */
static void
in_order(const struct rte_mbuf *m)
{
	bool cut = m->ol_flags & RTE_MBUF_F_TX_TCP_SEG, lent = m->next && !RTE_MBUF_DIRECT(m->next);
	unsigned most = lent  ? cut ? rig.lend_buffers : LENT_BUFFERS
			: cut ? TSO_BUFFERS(TSO_BYTES)
			      : 1;
	uint32_t bytes = 0;
	unsigned segs = 0;

	for (const struct rte_mbuf *at = m; at; at = at->next) {
		bool other = lent && at != m;

		bytes += at->data_len;
		segs++;
		if (rte_mbuf_refcnt_read(at) != 1)
			fail("a packet was sent that somebody else holds");
		if (RTE_MBUF_DIRECT(at) == other || (other && !taken_from_there(at)))
			fail("a packet was sent of buffers that the NIC does not take");
		if (other && !cut && at->next && at->data_len % 2)
			fail("a packet was sent in pieces of odd length");
	}
	if (segs != m->nb_segs || bytes != m->pkt_len)
		fail("a packet was sent whose buffers are not in order");
	if (segs > most || (cut && !rig.tso))
		fail("a packet was sent that the NIC does not take");
	rig.lent += lent;
}

static void
keep(struct rte_mbuf *m)
{
	struct rig_kept *k = &rig.kept[rig.kept_count++];

	if (rig.kept_count > RIG_KEPT)
		fail("more packets than the NIC can keep");
	k->packet = m;
	k->bytes = malloc(m->pkt_len);
	memmove(k->bytes, rte_pktmbuf_read(m, 0, m->pkt_len, k->bytes), m->pkt_len);
}

void
rig_let_go(unsigned n)
{
	static uint8_t copy[UINT16_MAX + 128];

	for (unsigned i = 0; i < n; i++) {
		struct rig_kept *k = &rig.kept[i];
		uint32_t len = k->packet->pkt_len;

		if (memcmp(rte_pktmbuf_read(k->packet, 0, len, copy), k->bytes, len) != 0)
			fail("a packet was written to while the NIC had it");
		free(k->bytes);
		tx_release_packet(rig.tx, k->packet);
	}
	rig.kept_count -= n;
	memmove(rig.kept, rig.kept + n, rig.kept_count * sizeof(rig.kept[0]));
}

static void
drain(void)
{
	static uint8_t copy[UINT16_MAX + 128];

	for (uint32_t i = 0; i < rig.tx->out_count; i++) {
		struct rte_mbuf *m = rig.tx->out[i];
		bool l2 = HOP_NEIGHBOUR(rig.tx->hop[i]) == HOP_REFLECT;

		if (!l2 && rig.tx->hop[i] != HOP_TEST)
			fail("a packet was sent to a hop that nobody gave");
		in_order(m);
		if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
			rig.cut++;
		if (rig.sent && m->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM)
			nic_send(m, l2, rig.sent);
		else if (rig.sent)
			rig.sent(rte_pktmbuf_read(m, 0, m->pkt_len, copy), m->pkt_len, l2);
		if (rig.keeps)
			keep(m);
		else
			tx_release_packet(rig.tx, m);
	}
	rig.tx->out_count = 0;
}

void
rig_poll(void)
{
	struct packet *packets[RIG_BURST];
	unsigned n = rig.burst_count;

	refill();
	for (unsigned i = 0; i < n; i++)
		packets[i] = &rig.burst[i];
	tcp_set_time(rig.stack, rig.now_us);
	rig.burst_count = 0;
	tcp_input_burst(rig.stack, packets, n);
	for (unsigned i = 0; i < n; i++)
		if (packets[i]->mbuf)
			tx_release_packet(rig.tx, packets[i]->mbuf);
	tcp_timers(rig.stack, POLL_LIMIT);
	tcp_flush(rig.stack);
	drain();
}

void
rig_run_until(uint64_t us)
{
	while (rig.now_us < us) {
		uint64_t step = us - rig.now_us;

		rig.now_us += step < 1 << TICK_SHIFT ? step : 1 << TICK_SHIFT;
		rig_poll();
	}
}

/* ---- what must hold ------------------------------------------------------------------------- */

struct census {
	uint32_t conns, half_opens, time_waits;
	uint32_t flights, ranges;
	uint32_t nodes;		      /* extents */
	uint32_t firsts;	      /* that lie in no node, and own a buffer */
	uint32_t reorders, reordered; /* records of holes, and their extents */
	unsigned owner_count;
	struct rte_mbuf *owner[OWNERS_MAX];
};

static void
own(struct census *n, struct rte_mbuf *m)
{
	if (!m)
		return;
	if (n->owner_count == OWNERS_MAX)
		fail("more owners than the check can hold");
	n->owner[n->owner_count++] = m;
}

static uint32_t
nodes_check(struct census *n, uint32_t head, uint32_t tail)
{
	uint32_t bytes = 0;

	for (uint32_t i = head; i != POOL_NONE;) {
		const struct extent_node *e = pool_at(&rig.stack->extents.nodes, i);

		bytes += e->extent.len;
		own(n, e->extent.owner);
		n->nodes++;
		if (e->extent.len == 0)
			fail("an extent is empty");
		if (e->next == POOL_NONE && i != tail)
			fail("an extent list ends elsewhere than at its tail");
		i = e->next;
	}
	return bytes;
}

static void
queues_check(struct census *n, const struct tct_conn *c)
{
	uint32_t send = c->sndq.first_len, held;
	struct rte_mbuf *owner = extent_first(&c->sndq).owner;

	n->firsts += owner != NULL;
	if (c->sndq.first_len)
		own(n, owner);
	else if (c->sndq.head != POOL_NONE)
		fail("a send queue has a second extent but no first");
	send += nodes_check(n, c->sndq.head, c->sndq.tail);
	held = nodes_check(n, c->rcvq.head, c->rcvq.tail);
	if (send != c->sndq.bytes || held != c->rcvq.bytes)
		fail("a queue holds %u and %u bytes and says %u and %u", send, held, c->sndq.bytes,
		     c->rcvq.bytes);
}

/* Runs ascend, none touches the next, each holds the bytes it says, and all lie in the window. */
static void
reorder_check(struct census *n, const struct tct_conn *c)
{
	const struct reorder *r;
	uint32_t at = c->rcv_nxt, before = n->nodes;

	if (c->reorder == POOL_NONE)
		return;
	r = pool_at(&rig.stack->reorders, c->reorder);
	n->reorders++;
	for (unsigned i = 0; i < r->runs; i++) {
		const struct reorder_run *run = &r->run[i];
		bool fin = r->fin && i + 1u == r->runs;

		if (seq_le(run->left, at))
			fail("run %u begins at %u, before %u", i, run->left, at);
		if (nodes_check(n, run->head, run->tail) + fin != run->right - run->left)
			fail("run %u does not hold its bytes", i);
		at = run->right;
	}
	if (seq_gt(at, c->rcv_adv + r->fin))
		fail("%u is kept, beyond the window's edge %u", at, c->rcv_adv);
	if (r->pieces != n->nodes - before || r->pieces > rig.stack->reorder_room.pieces_max)
		fail("%u pieces, counted as %u", n->nodes - before, r->pieces);
	if (c->send_next == SEND_LIST_NONE && (reorder_idle(r) || r->acks))
		fail("a record of holes that nothing needs");
	n->reordered += r->pieces;
}

static void
sequence_check(const struct tct_conn *c)
{
	uint32_t end = c->sndq.bytes + !!(c->flags & CONN_FIN_SENT);

	if (seq_gt(c->snd_una, c->snd_nxt) || seq_gt(c->snd_nxt, c->snd_max))
		fail("snd_una %u, snd_nxt %u, snd_max %u are out of order", c->snd_una, c->snd_nxt,
		     c->snd_max);
	if ((c->snd_nxt != c->snd_max) != !!(c->flags & CONN_REWOUND) && !(c->flags & CONN_PERSIST))
		fail("snd_nxt %u, snd_max %u do not go with CONN_REWOUND", c->snd_nxt, c->snd_max);
	if (c->state == STATE_SYN_SENT)
		return;
	if (seq_gt(c->rcv_nxt, c->rcv_adv) || seq_gt(c->rcv_acked, c->rcv_nxt))
		fail("rcv_acked %u, rcv_nxt %u, rcv_adv %u are out of order", c->rcv_acked,
		     c->rcv_nxt, c->rcv_adv);
	if (c->state != STATE_SYN_RCVD && c->snd_max - c->snd_una > end)
		fail("%u bytes are in flight, and %u are queued", c->snd_max - c->snd_una, end);
	if (c->mss == 0 || c->cwnd < c->mss)
		fail("mss %u, cwnd %u", c->mss, c->cwnd);
}

/* Of a closed conn, whose sequence numbers mean nothing any more. */
static void
flight_count(struct census *n, const struct tct_conn *c)
{
	const struct flight *f = flight_of(c);

	if (!f)
		return;
	n->flights++;
	FLIGHT_EACH(&rig.stack->ranges, f, r)
	n->ranges++;
}

/* The ranges are what is in flight, in order and without holes, and the sums are theirs. */
static void
flight_check(struct census *n, const struct tct_conn *c)
{
	const struct flight *f = flight_of(c);
	uint32_t seq = c->snd_una, sacked = 0, lost = 0, last = POOL_NONE;

	if (!f)
		return;
	n->flights++;
	for (uint32_t i = f->head; i != POOL_NONE;) {
		const struct range *r = pool_at(&rig.stack->ranges, i);

		n->ranges++;
		if (r->start != seq || seq_ge(r->start, r->end))
			fail("a range is [%u, %u), and %u was its place", r->start, r->end, seq);
		if (r->flags & RANGE_SACKED && r->flags & (RANGE_LOST | RANGE_RETRANS))
			fail("a range is received and lost or sent again");
		sacked += r->flags & RANGE_SACKED ? r->end - r->start : 0;
		lost += r->flags & RANGE_LOST ? r->end - r->start : 0;
		seq = r->end;
		last = i;
		i = r->next;
	}
	if (seq != c->snd_nxt || last != f->tail)
		fail("the ranges end at %u, snd_nxt is %u", seq, c->snd_nxt);
	if (f->bytes != c->snd_nxt - c->snd_una || f->sacked_bytes != sacked ||
	    f->lost_bytes != lost)
		fail("a flight says %u bytes, %u received, %u lost; its ranges %u, %u, %u",
		     f->bytes, f->sacked_bytes, f->lost_bytes, c->snd_nxt - c->snd_una, sacked,
		     lost);
	if ((f->timer == FLIGHT_TIMER_NONE) != (f->probe_at == TICK_NONE))
		fail("the timer of a flight is %u, its deadline %u", f->timer, f->probe_at);
}

/* What is owed has a deadline, and the wheel knows the earliest. */
static void
timers_check(const struct tct_conn *c)
{
	uint32_t first = tick_earlier(tick_earlier(c->rtx_at, c->ack_at),
				      tick_earlier(c->life_at, c->wake_at));
	bool fin_waits = (c->flags & CONN_FIN_WANTED) && !conn_fin_acked(c);
	bool open = c->state != STATE_SYN_SENT && c->state != STATE_SYN_RCVD;

	if (c->send_next != SEND_LIST_NONE) /* the next flush sees to it */
		return;
	if (c->snd_una != c->snd_max && c->rtx_at == TICK_NONE)
		fail("%s: something is in flight and no timer runs", state_name[c->state]);
	if (open && (c->sndq.bytes || fin_waits) && c->rtx_at == TICK_NONE)
		fail("%s: something waits to be sent and no timer runs", state_name[c->state]);
	if (open && c->rcv_nxt != c->rcv_acked && c->ack_at == TICK_NONE)
		fail("%s: an ACK is owed and no timer runs", state_name[c->state]);
	if (c->flags & CONN_ACK_NOW)
		fail("%s: an ACK is owed after the flush", state_name[c->state]);
	if (first != TICK_NONE && c->armed.slot[0] == 0)
		fail("%s: a deadline is set that the wheel does not know", state_name[c->state]);
	if (c->flags & CONN_PERSIST && c->rtx_at == TICK_NONE)
		fail("persisting without a timer");
}

static void
conn_check(struct census *n, struct tct_conn *c)
{
	n->conns++;
	if (c->state == STATE_CLOSED || c->state == STATE_LISTEN || c->state >= STATE_MAX)
		fail("a conn in the flow table is %s", state_name[c->state]);
	if (c->stack != rig.stack || !c->service || c->hop == HOP_NONE)
		fail("a conn is incomplete");
	if (c->flags & CONN_RETRY && c->send_next == SEND_LIST_NONE)
		fail("%s: a conn waits for a buffer and is not on the send list",
		     state_name[c->state]);
	queues_check(n, c);
	reorder_check(n, c);
	sequence_check(c);
	flight_check(n, c);
	timers_check(c);
}

static void
half_open_check(struct census *n, const struct half_open *h)
{
	n->half_opens++;
	if (h->deadline == TICK_NONE || h->armed.slot[0] == 0)
		fail("a half-open has no deadline");
	if (!tcp_listener(rig.stack, &h->tuple))
		fail("a half-open has no listener");
}

static void
time_wait_check(struct census *n, const struct time_wait *t)
{
	n->time_waits++;
	if (!(t->flags & TIME_WAIT_LIVE) || t->armed == 0)
		fail("a time-wait has no deadline");
}

static void
record_check(uint32_t ref, void *arg)
{
	struct tcp_stack *s = rig.stack;
	const struct tuple *t = record_at(s, ref);

	if (tcp_lookup(s, t, tuple_hash(&s->flow_key, t)) != ref)
		fail("a record is not found under its own tuple");
	switch (REF_KIND(ref)) {
	case RECORD_CONN:
		conn_check(arg, record_at(s, ref));
		return;
	case RECORD_HALF_OPEN:
		half_open_check(arg, record_at(s, ref));
		return;
	case RECORD_TIME_WAIT:
		time_wait_check(arg, record_at(s, ref));
		return;
	default:
		fail("the flow table holds %08x", ref);
	}
}

/* Conns that are closed and wait on the send list for a buffer for their RST; list ends at its
 * tail.
 */
static uint32_t
send_list_check(struct census *n)
{
	const struct tcp_stack *s = rig.stack;
	uint32_t closed = 0, length = 0, last = SEND_LIST_END;

	for (uint32_t i = s->send_head; i != SEND_LIST_END;) {
		struct tct_conn *c = pool_at(&s->conns, i);

		if (++length > s->conns.used)
			fail("the send list is longer than there are conns");
		if (c->state == STATE_CLOSED) {
			closed++;
			queues_check(n, c);
			flight_count(n, c);
			reorder_check(n, c);
		}
		last = i;
		i = c->send_next;
	}
	if (s->send_last != (last == SEND_LIST_END ? &s->send_head : &conn_at(s, last)->send_next))
		fail("the send list does not end at its tail");
	return closed;
}

static void
listeners_check(const struct census *n)
{
	const struct tcp_stack *s = rig.stack;
	uint32_t half_open = 0;

	for (unsigned i = 0; i < s->listener_count; i++)
		half_open += s->listeners[i].half_open;
	if (half_open != n->half_opens)
		fail("listeners count %u half-opens, and there are %u", half_open, n->half_opens);
}

static int
owner_order(const void *a, const void *b)
{
	struct rte_mbuf *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Each buffer is ready, or held by as many extents, and packets with the NIC, as it has
 * references. */
static void
buffers_check(struct census *n)
{
	unsigned out = rig.buffers_out ? *rig.buffers_out : fake_pool.in_use, held = 0;

	for (unsigned i = 0; i < rig.kept_count; i++)
		for (struct rte_mbuf *m = rig.kept[i].packet; m; m = m->next)
			if (RTE_MBUF_CLONED(m))
				own(n, rte_mbuf_from_indirect(m));
	qsort(n->owner, n->owner_count, sizeof(n->owner[0]), owner_order);
	for (unsigned i = 0, next; i < n->owner_count; i = next) {
		for (next = i; next < n->owner_count && n->owner[next] == n->owner[i]; next++)
			;
		if (rte_mbuf_refcnt_read(n->owner[i]) != next - i)
			fail("a packet buffer has %u references, and %u hold it",
			     rte_mbuf_refcnt_read(n->owner[i]), next - i);
		held++;
	}
	held += rig.tx->spare_count + rig.tx->out_count + rig.burst_count;
	for (unsigned i = 0; i < rig.kept_count; i++)
		held += rig.kept[i].packet->nb_segs;
	if (held != out)
		fail("%u packet buffers are out, and %u are held", out, held);
}

void
rig_check(void)
{
	static struct census n;
	const struct tcp_stack *s = rig.stack;
	uint64_t position = 0;
	uint32_t closed;

	memset(&n, 0, offsetof(struct census, owner));
	while (flow_walk(&s->flows, &position, 1024, record_check, &n))
		;
	closed = send_list_check(&n);
	if (n.conns + closed != s->conns.used || n.half_opens != s->half_opens.used ||
	    n.time_waits != s->time_waits.used)
		fail("records in use: %u conns, %u half-opens, %u time-waits; in the table: %u and "
		     "%u closed, %u, %u",
		     s->conns.used, s->half_opens.used, s->time_waits.used, n.conns, closed,
		     n.half_opens, n.time_waits);
	if (n.flights != s->flights.used || n.ranges != s->ranges.used)
		fail("%u flights and %u ranges are in use, conns have %u and %u", s->flights.used,
		     s->ranges.used, n.flights, n.ranges);
	if (n.nodes != s->extents.nodes.used)
		fail("%u extents are in use, and %u in queues", s->extents.nodes.used, n.nodes);
	if (n.firsts != s->extents.firsts)
		fail("%u first extents own a buffer, counted as %u", n.firsts, s->extents.firsts);
	if (n.reorders != s->reorders.used || n.reordered != s->reorder_room.used ||
	    s->reorder_room.used > s->reorder_room.max)
		fail("%u records of holes with %u pieces are in use, and %u with %u found",
		     s->reorders.used, s->reorder_room.used, n.reorders, n.reordered);
	if (rig.hops != s->conns.used)
		fail("%u hops are held by %u conns", rig.hops, s->conns.used);
	listeners_check(&n);
	if (rig.burst_count == 0)
		buffers_check(&n);
}
