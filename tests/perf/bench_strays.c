/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a segment without a connection costs the worker that receives it: SYNs of a flood, answered
 * with a half-open record each or with a cookie; beside them, on the same in-memory port, what
 * testpmd's macswap does with a frame. And what it costs to hand a segment to another worker: RSTs
 * that are dropped by the one who received them, after being hashed by him, or after the hand-over.
 *
 * Checksums are verified and written in software. All is polled by this one thread, in virtual
 * time; medians over many bursts of 32, the senders' work not counted. Of a steered segment both
 * workers' polls count, in one cache: between two cores the transfer of its lines comes on top.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "engine/endpoint.h"
#include "engine/steer.h"
#include "engine/team.h"
#include "port/pair.h"
#include "wire/build.h"
#include "wire/checksum.h"

#define BURST  WORKER_BURST
#define ROUNDS 4001
#define IDLE   50000 /* polls until addresses are ours */
#define PORT   80

enum {
	HALF_OPEN,
	COOKIE,
	OTHER, /* to whom HALF_OPEN hands over: has the same address */
	HOSTS
};

static struct port far[HOSTS], near[HOSTS];
static struct tct_endpoint *hosts[HOSTS];
static struct team *team;
static uint64_t now_us = 10000000;

/* ---- set-up --------------------------------------------------------------------------------- */

static void
open_host(unsigned i)
{
	static const struct tct_service discard = {.name = "discard"};
	struct tct_listen listen = {.port = PORT, .service = &discard};
	struct port *port = &near[i];
	struct tct_config config;
	char name[16];

	snprintf(name, sizeof(name), "strays%u", i);
	must(port_open_pair(&far[i], port, name, 1024, 8192, 1500), "ports");
	tct_config_init(&config);
	config.memory.half_open = 1 << 18; /* never three quarters full */
	config.memory.connections = config.memory.time_wait = 1024;
	config.memory.prefault = true;
	if (i == COOKIE)
		config.tcp.syn_cookies = TCT_SYN_COOKIES_ALWAYS;
	config.port_count = config.workers = 1;
	snprintf(config.ports[0].device, TCT_DEVICE_CHARS, "host%u", i);
	config.ports[0].locals[0] = (struct tct_local){.count = 1, .prefix_len = 8};
	config.ports[0].local_count = 1;
	must(tct_address_parse("10.0.0.1", &config.ports[0].locals[0].first), "address");
	must(endpoint_create_on(&config, &port, &hosts[i]), "endpoint");
	must(tct_listen(hosts[i], &listen), "listen");
	must(port_start(port), "port");
	must(port_start(&far[i]), "port");
}

static struct tct_worker *
worker(unsigned host)
{
	return hosts[host]->workers[0];
}

static uint64_t
poll_host(unsigned host)
{
	uint64_t start = rte_rdtsc_precise();

	worker_poll_at(worker(host), now_us);
	return rte_rdtsc_precise() - start;
}

/* Two workers of a team, of which the second has no queue that anything comes by. */
static void
join(void)
{
	static const unsigned members[] = {HALF_OPEN, OTHER};
	struct port *ports[] = {&near[HALF_OPEN]};
	struct tct_config config;

	tct_config_init(&config);
	config.steering = TCT_STEERING_SOFTWARE;
	team = team_create(2, &config);
	must(team ? 0 : -1, "team");
	team_choose_reta(team, ports, 1);
	for (unsigned i = 0; i < RTE_DIM(members); i++) {
		struct tct_worker *w = worker(members[i]);

		w->rank = i;
		w->team = team;
		w->ports[0].trusted = false;
		team->members[i] = w;
	}
	worker(OTHER)->ports[0].filter = worker(HALF_OPEN)->ports[0].filter;
	must(steer_create(team), "rings");
	team_give_up(team, &near[HALF_OPEN], 0, RSS_QUEUES);
}

static void
settle(void)
{
	for (unsigned i = 0; i < HOSTS; i++)
		net_announce(worker(i)->net, now_us);
	for (unsigned n = 0; n < IDLE; n++, now_us += 100)
		for (unsigned i = 0; i < HOSTS; i++)
			poll_host(i);
}

/* ---- segments ------------------------------------------------------------------------------- */

/* Never the same. owner: of the team, by rank; -1: any. */
static struct tuple
next_tuple(int owner)
{
	static uint32_t serial;
	struct tuple t = {.local = addr_from_ip4(RTE_BE32(0x0a000001)),
			  .local_port = RTE_BE16(PORT)};

	do {
		serial++;
		t.remote = addr_from_ip4(rte_cpu_to_be_32(0x0a010000 | (serial & 0xffff)));
		t.remote_port = rte_cpu_to_be_16((uint16_t)(1024 + (serial >> 16)));
	} while (owner >= 0 && team_owner(team, &t) != (unsigned)owner);
	return t;
}

static void
build(struct rte_mbuf *m, unsigned host, uint8_t flags, int owner)
{
	static const struct rte_ether_addr sender = {{2, 0, 0, 0, 0, 1}};
	static const uint8_t options[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0,
					  0, 1, 0,    0,    0, 0, 1, 3,	 3, 7};
	struct tuple t = next_tuple(owner);
	const struct tuple back = {t.remote, t.local, t.remote_port, t.local_port};
	struct segment_header h = {
		.tuple = &back,
		.seq = (uint32_t)random(),
		.wnd = 64240,
		.flags = flags,
		.ttl = 64,
		.options = options,
		.options_len = flags & TCP_FLAG_SYN ? sizeof(options) : 0,
		.pseudo_sum = csum_tuple(&back, 1),
	};
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct l2_header l2;

	l2_build(&l2, &near[host].mac, &sender, 0, RTE_ETHER_TYPE_IPV4);
	memcpy(frame, l2.bytes, l2.len);
	m->data_len = (uint16_t)(l2.len + segment_build(frame + l2.len, &h, 0, false));
	m->pkt_len = m->data_len;
}

static void
send_burst(unsigned host, uint8_t flags, int owner)
{
	struct rte_mbuf *m[BURST];

	must(rte_pktmbuf_alloc_bulk(far[host].mbufs, m, BURST), "buffers");
	for (unsigned i = 0; i < BURST; i++)
		build(m[i], host, flags, owner);
	must(rte_eth_tx_burst(far[host].id, 0, m, BURST) == BURST ? 0 : -1, "ring");
}

/* How many came back. */
static unsigned
take_back(unsigned host)
{
	struct rte_mbuf *m[BURST];
	unsigned n, all = 0;

	while ((n = rte_eth_rx_burst(far[host].id, 0, m, BURST)) != 0) {
		rte_pktmbuf_free_bulk(m, n);
		all += n;
	}
	return all;
}

/* ---- what is measured ----------------------------------------------------------------------- */

static uint64_t
half_open(void)
{
	send_burst(HALF_OPEN, TCP_FLAG_SYN, -1);
	return poll_host(HALF_OPEN);
}

static uint64_t
cookie(void)
{
	send_burst(COOKIE, TCP_FLAG_SYN, -1);
	return poll_host(COOKIE);
}

static uint64_t
macswap(void)
{
	struct rte_mbuf *m[BURST];
	uint64_t start;
	unsigned n;

	send_burst(COOKIE, TCP_FLAG_SYN, -1);
	start = rte_rdtsc_precise();
	n = rte_eth_rx_burst(near[COOKIE].id, 0, m, BURST);
	for (unsigned i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m[i], struct rte_ether_hdr *);
		struct rte_ether_addr from = eth->src_addr;

		eth->src_addr = eth->dst_addr;
		eth->dst_addr = from;
	}
	rte_eth_tx_burst(near[COOKIE].id, 0, m, (uint16_t)n);
	return rte_rdtsc_precise() - start;
}

static uint64_t
dropped(void)
{
	send_burst(HALF_OPEN, TCP_FLAG_RST, -1);
	return poll_host(HALF_OPEN);
}

static uint64_t
hashed(void)
{
	send_burst(HALF_OPEN, TCP_FLAG_RST, 0);
	return poll_host(HALF_OPEN);
}

static uint64_t
steered(void)
{
	send_burst(HALF_OPEN, TCP_FLAG_RST, 1);
	return poll_host(HALF_OPEN) + poll_host(OTHER);
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Cycles per segment, of which each must be answered or dropped as expected. */
static double
measure(const char *what, uint64_t (*round)(void), unsigned host, unsigned answers,
	const uint64_t *counter)
{
	static uint64_t cycles[ROUNDS];
	uint64_t before = counter ? *counter : 0;

	for (unsigned i = 0; i < ROUNDS; i++, now_us += 10) {
		cycles[i] = round();
		must(take_back(host) >= answers ? 0 : -1, what);
	}
	must(!counter || *counter - before == (uint64_t)ROUNDS * BURST ? 0 : -1, what);
	qsort(cycles, ROUNDS, sizeof(cycles[0]), by_value);
	printf("%-34s %6.0f cycles (%.0f to %.0f: half of them)\n", what,
	       (double)cycles[ROUNDS / 2] / BURST, (double)cycles[ROUNDS / 4] / BURST,
	       (double)cycles[3 * ROUNDS / 4] / BURST);
	return (double)cycles[ROUNDS / 2] / BURST;
}

static uint64_t *
counter(unsigned host, enum counter id)
{
	return &worker(host)->counters.v[id];
}

int
main(void)
{
	double alone, kept, handed;

	eal_start_on("0@0,1@0,2@0,3@0", "256");
	for (unsigned i = 0; i < HOSTS; i++)
		open_host(i);
	settle();
	for (unsigned i = 0; i < HOSTS; i++)
		take_back(i);
	measure("SYN, macswap", macswap, COOKIE, BURST, NULL);
	measure("SYN, half-open record", half_open, HALF_OPEN, BURST,
		counter(HALF_OPEN, COUNTER_SYN_RX));
	measure("SYN, cookie", cookie, COOKIE, BURST, counter(COOKIE, COUNTER_COOKIE_SENT));
	alone = measure("RST dropped, one worker", dropped, HALF_OPEN, 0,
			counter(HALF_OPEN, COUNTER_TCP_RX));
	join();
	kept = measure("RST dropped, software steers, own", hashed, HALF_OPEN, 0,
		       counter(HALF_OPEN, COUNTER_TCP_RX));
	handed = measure("RST dropped, steered to another", steered, HALF_OPEN, 0,
			 counter(OTHER, COUNTER_TCP_RX));
	printf("software steering: %.0f cycles for a segment that stays, %.0f for one that is handed "
	       "over\n",
	       kept - alone, handed - alone);
	return 0;
}
