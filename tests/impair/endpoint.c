/* SPDX-License-Identifier: BSD-3-Clause */
#include "endpoint.h"

#include <stdio.h>
#include <stdlib.h>

#include "random.h"
#include "segment/rig.h"
#include "unit/fake_mbuf.h"
#include "wire/icmp.h"

#define POLL_LIMIT 256 /* expired timers a poll */
#define SPARE_MAX  200 /* buffers ready at the start of a poll, or a quarter of the pool */
#define HOP_ONLY   HOP(0, 5)

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

/* ---- routes --------------------------------------------------------------------------------- */

static bool
is_local(void *net, const struct addr *a)
{
	const struct endpoint *e = net;

	return addr_equal(a, &e->address);
}

static bool
source(void *net, const struct addr *remote, struct addr *local)
{
	const struct endpoint *e = net;

	*local = e->address;
	return true;
}

static uint16_t
hop(void *net, const struct addr *remote, uint64_t now_us)
{
	struct endpoint *e = net;

	e->hops++;
	return HOP_ONLY;
}

static void
hop_release(void *net, uint16_t h)
{
	struct endpoint *e = net;

	assert(h == HOP_ONLY && e->hops > 0);
	e->hops--;
}

static uint16_t
hop_mtu(void *net, uint16_t h)
{
	const struct endpoint *e = net;

	return e->mtu;
}

static bool
is_unicast(void *net, const struct addr *a)
{
	return true;
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
endpoint_init(struct endpoint *e, const char *name, struct addr address)
{
	struct tct_config defaults;

	tct_config_init(&defaults);
	memset(e, 0, sizeof(*e));
	e->name = name;
	e->address = address;
	e->tcp = defaults.tcp;
	e->memory = defaults.memory;
	e->memory.connections = 256;
	e->memory.half_open = 256;
	e->memory.time_wait = 1024;
	e->memory.prefault = false;
	e->clock_us = 1000000;
	e->mtu = 1500;
}

void
endpoint_start(struct endpoint *e, uint64_t now_us)
{
	struct random r = {e->seed};
	struct tcp_stack_config config = {
		.tcp = &e->tcp,
		.memory = &e->memory,
		.route = &route,
		.net = e,
		.counters = &e->counters,
		.now_us = e->clock_us + now_us,
		.wall_offset_us = 1000000000000,
		.tx_checksum = e->tx_checksum_off,
		.socket = -1,
	};

	fake_pool_get();
	e->stack = malloc(sizeof(*e->stack));
	e->tx = calloc(1, sizeof(*e->tx));
	config.tx = e->tx;
	for (unsigned i = 0; i < 8; i++)
		config.seed[i] = random_next(&r);
	if (!e->stack || !e->tx || tcp_stack_init(e->stack, &config) < 0) {
		fprintf(stderr, "%s: the stack does not start: memory\n", e->name);
		exit(1);
	}
}

bool
endpoint_busy(const struct endpoint *e)
{
	const struct tcp_stack *s = e->stack;

	return s->conns.used || s->half_opens.used || s->time_waits.used;
}

static unsigned
left(const struct endpoint *e, const char *what, uint64_t count)
{
	if (count)
		fprintf(stderr, "%s: left at the end: %u %s\n", e->name, (unsigned)count, what);
	return count > 0;
}

static unsigned
leaks(const struct endpoint *e)
{
	const struct tcp_stack *s = e->stack;

	return left(e, "conns", s->conns.used) + left(e, "half-opens", s->half_opens.used) +
	       left(e, "time-waits", s->time_waits.used) + left(e, "flows", s->flows.count) +
	       left(e, "extents", s->extents.nodes.used) + left(e, "hops", e->hops) +
	       left(e, "packet buffers", e->held);
}

unsigned
endpoint_stop(struct endpoint *e, bool empty)
{
	unsigned n;

	for (; e->tx->spare_count; e->held--)
		rte_pktmbuf_free(e->tx->spare[--e->tx->spare_count]);
	n = empty ? leaks(e) : 0;
	tcp_stack_fini(e->stack);
	free(e->stack);
	free(e->tx);
	return n;
}

/* ---- in ------------------------------------------------------------------------------------- */

static void
icmp_receive(struct endpoint *e, const struct packet *p)
{
	uint8_t buffer[ICMP_PARSE_LEN];
	unsigned len = RTE_MIN(p->payload_len, ICMP_PARSE_LEN);
	const uint8_t *message = rte_pktmbuf_read(p->mbuf, p->payload_off, len, buffer);
	struct icmp i;

	icmp_parse(&i, message, len, p->ip_version);
	if (i.class == ICMP_TOO_BIG && i.mtu && i.mtu < e->mtu)
		tcp_icmp_too_big(e->stack, &i.tuple, i.seq, (uint16_t)i.mtu);
}

/* A buffer of this endpoint's; NULL when it has as many as it may. */
static struct rte_mbuf *
buffer(struct endpoint *e, const uint8_t *bytes, uint32_t len)
{
	if (e->held >= e->memory.mbufs)
		return NULL;
	e->held++;
	return fake_mbuf(bytes, len);
}

void
endpoint_receive(struct endpoint *e, const uint8_t *frame, uint32_t len, uint64_t now_us)
{
	static const struct packet_filter filter = {.mac = {{2, 0, 0, 0, 0, 1}}};
	struct packet *p;
	struct rte_mbuf *m;

	if (e->burst_count == ENDPOINT_BURST)
		endpoint_poll(e, now_us);
	m = buffer(e, frame, len);
	if (!m) {
		e->no_buffer++;
		return;
	}
	p = &e->burst[e->burst_count];
	p->port = 0;
	packet_parse(p, m, &filter);
	if (p->kind == PACKET_TCP && is_local(e, &p->tuple.local)) {
		e->burst_count++;
		return;
	}
	tcp_set_time(e->stack, e->clock_us + now_us);
	if (p->kind == PACKET_ICMP4 || p->kind == PACKET_ICMP6)
		icmp_receive(e, p);
	e->counters.v[p->kind == PACKET_DROP ? p->why : COUNTER_DROP_IP_DESTINATION]++;
	rte_pktmbuf_free(m);
	e->held--;
}

/* ---- out ------------------------------------------------------------------------------------ */

static void
refill(struct endpoint *e)
{
	/* Queues hold half of the pool at most; the last quarter receives. What was released beyond
	 * that would not come back by itself: a port's pool is larger than what is kept ready. */
	uint32_t wanted = RTE_MIN(SPARE_MAX, e->memory.mbufs / 4);

	while (e->tx->spare_count < wanted) {
		struct rte_mbuf *m = buffer(e, NULL, 0);

		if (!m)
			return;
		e->tx->spare[e->tx->spare_count++] = m;
	}
	for (; e->tx->spare_count > wanted; e->held--)
		rte_pktmbuf_free(e->tx->spare[--e->tx->spare_count]);
}

/* What the engine would put on the wire; a reflected packet has its Ethernet header already. */
static void
transmit(struct endpoint *e, const struct rte_mbuf *m, uint16_t hop)
{
	bool l2 = HOP_NEIGHBOUR(hop) == HOP_REFLECT;
	uint8_t frame[ENDPOINT_FRAME_MAX];
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t off = l2 ? 0 : ENDPOINT_L2_LEN;
	uint32_t len = off + m->pkt_len;

	assert(l2 || hop == HOP_ONLY);
	assert(len <= sizeof(frame));
	memcpy(frame, mac, sizeof(mac));
	memcpy(frame + 6, mac, sizeof(mac));
	frame[12] = bytes[0] >> 4 == 4 ? 0x08 : 0x86;
	frame[13] = bytes[0] >> 4 == 4 ? 0x00 : 0xdd;
	for (; m; m = m->next) {
		memcpy(frame + off, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
		off += m->data_len;
	}
	assert(off == len);
	e->sent(e, frame, len);
}

static void
drain(struct endpoint *e)
{
	for (uint32_t i = 0; i < e->tx->out_count; i++) {
		transmit(e, e->tx->out[i], e->tx->hop[i]);
		rte_pktmbuf_free(e->tx->out[i]); /* as a port does */
	}
	e->tx->out_count = 0;
}

void
endpoint_poll(struct endpoint *e, uint64_t now_us)
{
	struct packet *packets[ENDPOINT_BURST];
	unsigned n = e->burst_count, before;

	refill(e);
	before = fake_pool.in_use;
	for (unsigned i = 0; i < n; i++)
		packets[i] = &e->burst[i];
	e->burst_count = 0;
	tcp_set_time(e->stack, e->clock_us + now_us);
	tcp_input_burst(e->stack, packets, n);
	for (unsigned i = 0; i < n; i++)
		if (packets[i]->mbuf)
			tx_release_packet(e->tx, packets[i]->mbuf);
	tcp_timers(e->stack, POLL_LIMIT);
	tcp_flush(e->stack);
	drain(e);
	e->held += fake_pool.in_use - before;
}

/* The rig has one stack: ours for a while. */
void
endpoint_check(const struct endpoint *e, void (*failed)(const char *what))
{
	rig.stack = e->stack;
	rig.tx = e->tx;
	rig.hops = e->hops;
	rig.burst_count = e->burst_count;
	rig.buffers_out = &e->held;
	rig.failed = failed;
	rig_check();
}
