/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lib/net costs a packet and a connection, in TSC cycles: medians over many runs with
 * everything in the first-level cache, as bench_wire.c has them.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "../unit/net/world.h"

#define BURST 32
#define RUNS  20001

static uint16_t hops[BURST];
static struct rte_mbuf *mbufs[BURST];
static struct addr remotes[BURST];
static struct addr ours[BURST];
static volatile unsigned sink;

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Cycles per item of work, which handles BURST of them; prepare is not counted. */
static double
measure(void (*prepare)(void), void (*work)(void))
{
	static uint64_t cycles[RUNS];

	for (unsigned i = 0; i < RUNS; i++) {
		uint64_t start;

		prepare();
		start = rte_rdtsc_precise();
		work();
		cycles[i] = rte_rdtsc_precise() - start;
	}
	qsort(cycles, RUNS, sizeof(cycles[0]), by_value);
	return (double)cycles[RUNS / 2] / BURST;
}

static void
nothing(void)
{
}

static void
queue_packets(void)
{
	tx.out_count = 0;
	for (unsigned i = 0; i < BURST; i++) {
		mbufs[i]->data_off = TX_HEADROOM;
		mbufs[i]->data_len = 54;
		mbufs[i]->pkt_len = 54;
		tx_put(&tx, mbufs[i], hops[i]);
	}
}

static void
resolve(void)
{
	net_resolve(net, now_us);
}

static void
hop(void)
{
	for (unsigned i = 0; i < BURST; i++)
		net_hop_release(net, net_hop(net, &remotes[i], now_us));
}

static void
is_local_burst(void)
{
	unsigned found = 0;

	for (unsigned i = 0; i < BURST; i++)
		found += net_is_local(net, &ours[i]);
	sink = found;
}

static void
timers(void)
{
	for (unsigned i = 0; i < BURST; i++)
		net_timers(net, now_us);
}

static void
report(const char *what, void (*prepare)(void), void (*work)(void))
{
	double overhead = measure(prepare, nothing);

	printf("  %-44s %6.1f\n", what, measure(prepare, work) - overhead);
}

static void
set_up(const struct tct_port_config *config, uint32_t local_count, unsigned neighbours)
{
	char text[32];

	world_open_with(config, 1, 1024, 0, false);
	for (unsigned i = 0; i < BURST; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", 200, 1 + i % neighbours);
		remotes[i] = addr_of(text);
		hops[i] = net_hop(net, &remotes[i], now_us);
		flush();
		arp_reply_in(i % neighbours, text);
		ours[i] = addr_of_number(net->locals.ranges[0].first + i * (local_count / BURST));
		mbufs[i] = tx_take(&tx, 1);
	}
	net_timers(net, now_us);
	flush();
	forget_sent();
}

static void
tear_down(void)
{
	tx.out_count = 0;
	for (unsigned i = 0; i < BURST; i++)
		rte_pktmbuf_free(mbufs[i]);
	world_close();
}

static void
report_all(const char *what, const struct tct_port_config *config, unsigned neighbours)
{
	set_up(config, config->locals[0].count, neighbours);
	printf("%s (cycles each, in bursts of %d)\n", what, BURST);
	report("net_resolve, header to be prepended", queue_packets, resolve);
	report("net_hop and net_hop_release", nothing, hop);
	for (unsigned i = 0; i < BURST; i++)
		remotes[i] = addr_of_number(addr_number(&remotes[i]) + (1 << 20));
	report("the same through the gateway", nothing, hop);
	report("net_is_local", nothing, is_local_burst);
	report("net_timers, nothing due", nothing, timers);
	for (unsigned i = 0; i < BURST; i++)
		hops[i] = HOP(0, HOP_REFLECT);
	report("net_resolve, complete frames", queue_packets, resolve);
	for (unsigned i = 0; i < BURST; i++)
		hops[i] = i % 3 == 0 ? HOP(0, 0) : HOP(0, HOP_REFLECT);
	report("net_resolve, one in three to be prepended", queue_packets, resolve);
	tear_down();
}

int
main(void)
{
	struct tct_port_config config = {
		.locals = {local_range("10.0.0.1", 1, 16)},
		.local_count = 1,
		.gateway4 = address_of("10.0.200.1"),
	};

	report_all("one address, one neighbour", &config, 1);
	config.vlan = 5;
	report_all("the same with a VLAN tag", &config, 1);
	config.vlan = 0;
	config.locals[0] = local_range("10.0.0.1", 40000, 16);
	report_all("40000 addresses, 32 neighbours", &config, BURST);
	for (unsigned i = 1; i < TCT_MAX_LOCALS; i++) {
		config.locals[i] = local_range("10.64.0.1", 100, 24);
		config.locals[i].first.bytes[14] = (uint8_t)i;
	}
	config.local_count = TCT_MAX_LOCALS;
	report_all("8 ranges, 32 neighbours", &config, BURST);
	return 0;
}
