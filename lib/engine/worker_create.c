/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker is made of an lcore, queues of its ports, a net and a TCP stack, on the control thread.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include "../port/dma.h"
#include "endpoint.h"
#include "log.h"
#include "steer.h"
#include "tsc.h"

#define REQUEST_RING  64
#define CLOCK_HEAD_US 2000000 /* the clock does not begin at 0, which means "never" in places */

static bool lcore_taken[RTE_MAX_LCORE]; /* control thread only */

static bool
route_is_local(void *net, const struct addr *a)
{
	return net_is_local(net, a);
}

static bool
route_source(void *net, const struct addr *remote, struct addr *local)
{
	return net_source(net, remote, local);
}

static uint16_t
route_hop(void *net, const struct addr *remote, uint64_t now_us)
{
	return net_hop(net, remote, now_us);
}

static void
route_hop_release(void *net, uint16_t hop)
{
	net_hop_release(net, hop);
}

static uint16_t
route_hop_mtu(void *net, uint16_t hop)
{
	return net_hop_mtu(net, hop);
}

static bool
route_is_unicast(void *net, const struct addr *a)
{
	return net_is_unicast(net, a);
}

static const struct tcp_route_ops route_ops = {
	.is_local = route_is_local,
	.source = route_source,
	.hop = route_hop,
	.hop_release = route_hop_release,
	.hop_mtu = route_hop_mtu,
	.is_unicast = route_is_unicast,
};

static int
lcore_take(unsigned *lcore)
{
	RTE_LCORE_FOREACH_WORKER(*lcore) {
		if (!lcore_taken[*lcore]) {
			lcore_taken[*lcore] = true;
			return 0;
		}
	}
	return -E2BIG;
}

static void
warn_of_distance(const struct tct_worker *w, const struct port *p)
{
	if (p->socket >= 0 && w->socket >= 0 && p->socket != w->socket)
		ENGINE_LOG(
			WARNING,
			"%s is on NUMA node %d, and worker %u on node %d: each packet crosses between "
			"them. Give the worker another lcore (--lcores) than %u\n",
			p->name, p->socket, w->index, w->socket, w->lcore);
}

/* Where there are fewer queues than workers, those with one send for the others, in turn. */
static void
worker_take_ports(struct tct_worker *w, unsigned team)
{
	struct tct_endpoint *e = w->endpoint;

	for (unsigned i = team; i < e->config.port_count; i += e->team_count) {
		struct worker_port *wp = &w->ports[w->port_count++];

		wp->port = e->ports[i];
		wp->queue = w->rank < wp->port->queues ? (uint16_t)w->rank : QUEUE_NONE;
		wp->sender = (uint16_t)(w->rank % wp->port->queues);
		wp->trusted = w->team->mode == TCT_STEERING_RSS;
		warn_of_distance(w, wp->port);
		wp->filter.mac = wp->port->mac;
		wp->filter.vlan = e->config.ports[i].vlan;
		wp->filter.port = (uint8_t)(w->port_count - 1);
		wp->filter.all_macs = e->config.ports[i].all_macs;
	}
}

static int
worker_net(struct tct_worker *w, unsigned team)
{
	struct net_port_config ports[TCT_MAX_PORTS];
	struct net_config config = {
		.ports = ports,
		.port_count = w->port_count,
		.neighbours = w->endpoint->config.memory.neighbours,
		.fragments = w->rank == 0 ? w->endpoint->config.memory.fragments : 0,
		.socket = w->socket,
		.tx = &w->tx,
		.counters = &w->counters,
		.icmp_error = steer_icmp_error,
		.icmp_error_arg = w,
		.shared = w->rank == 0 && w->team->size > 1,
		.writer = w->rank == 0 ? NULL : w->team->members[0]->net,
		.hand = steer_hand,
		.hand_arg = w,
	};

	for (unsigned i = 0; i < w->port_count; i++) {
		const struct port *p = w->ports[i].port;

		ports[i] = (struct net_port_config){
			.mac = p->mac,
			.config = &w->endpoint->config.ports[team + i * w->endpoint->team_count],
			.mtu = p->mtu,
			.tx_checksum = p->tx_checksum,
			.paired = p->ring != NULL,
		};
	}
	w->net = net_create(&config);
	return w->net ? 0 : -ENOMEM;
}

/* A segment may leave by any port of its worker. */
static void
offload_what_all_can(struct tcp_stack_config *config, const struct port *p)
{
	config->tx_checksum &= p->tx_checksum;
	config->lend_static &= p->lend_static;
	config->lend_dma &= p->lend_dma;
	config->lend_buffers = RTE_MIN(config->lend_buffers, p->lend_buffers);
	config->tso_ip4 &= p->tso_ip4;
	config->tso_ip6 &= p->tso_ip6;
	config->tso_bytes = RTE_MIN(config->tso_bytes, p->tso_bytes);
	config->tso_segments = RTE_MIN(config->tso_segments, p->tso_segments);
	config->tso_short = RTE_MAX(config->tso_short, p->tso_short);
}

static uint64_t
cycles_now(void)
{
	return rte_rdtsc();
}

static int
worker_tcp(struct tct_worker *w)
{
	struct timespec wall;
	struct tcp_stack_config config = {
		.tcp = &w->endpoint->config.tcp,
		.memory = &w->endpoint->config.memory,
		.route = &route_ops,
		.net = w->net,
		.reached = net_reached(w->net),
		.tx = &w->tx,
		.counters = &w->counters,
		.worker = w,
		.foreign = w->team->size > 1 ? steer_stray : NULL,
		.share = w->team->size > 1 ? &w->share : NULL,
		.now_us = clock_us(&w->clock, rte_rdtsc()),
		.tx_checksum = true,
		.lend_static = true,
		.lend_dma = true,
		.dma_iova = dma_iova,
		.lent_count = dma_count(w->lcore),
		.lend_buffers = LENT_TSO_BUFFERS_MAX,
		.lend_min = LEND_MIN,
		.tso_ip4 = true,
		.tso_ip6 = true,
		.tso_bytes = TSO_BYTES_MAX,
		.tso_segments = TSO_SEGMENTS_MAX,
		.cycles = cycles_now,
		.split_every = w->endpoint->config.cycles_every,
		.socket = w->socket,
	};

	port_share_init(&w->share, &w->team->classes, w->team->size, w->team->mask + 1, w->rank);
	for (unsigned i = 0; i < w->port_count; i++)
		offload_what_all_can(&config, w->ports[i].port);
	clock_gettime(CLOCK_REALTIME, &wall);
	config.wall_offset_us =
		(uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000 - config.now_us;
	if (getrandom(config.seed, sizeof(config.seed), 0) != sizeof(config.seed))
		return -EIO;
	return tcp_stack_init(&w->tcp, &config);
}

void
worker_destroy(struct tct_worker *w)
{
	if (!w)
		return;
	tcp_stack_fini(&w->tcp);
	if (w->net)
		net_destroy(w->net);
	rte_ring_free(w->requests);
	lcore_taken[w->lcore] = false;
	w->team->members[w->rank] = NULL;
	rte_free(w);
}

int
worker_create(struct tct_endpoint *e, unsigned index, struct tct_worker **out)
{
	unsigned team = index % e->team_count;
	char name[RTE_RING_NAMESIZE];
	static unsigned serial;
	struct tct_worker *w;
	unsigned lcore;
	int ret = lcore_take(&lcore);

	if (ret < 0) {
		ENGINE_LOG(ERR, "no lcore for worker %u: give EAL more with -l or --lcores\n",
			   index);
		return ret;
	}
	w = rte_zmalloc_socket("tct_worker", sizeof(*w), RTE_CACHE_LINE_SIZE,
			       (int)rte_lcore_to_socket_id(lcore));
	if (!w) {
		lcore_taken[lcore] = false;
		return -ENOMEM;
	}
	w->index = index;
	w->rank = index / e->team_count;
	w->team = e->teams[team];
	w->team->members[w->rank] = w;
	w->lcore = lcore;
	w->socket = (int)rte_lcore_to_socket_id(lcore);
	w->endpoint = e;
	w->reflects = e->config.reflect;
	w->clock = clock_scale_make(rte_rdtsc() - tsc_hz() / 1000000 * CLOCK_HEAD_US, tsc_hz());
	worker_take_ports(w, team);
	snprintf(name, sizeof(name), "tct_requests_%u", serial++);
	w->requests = rte_ring_create(name, REQUEST_RING, w->socket, RING_F_SC_DEQ);
	ret = w->requests ? worker_net(w, team) : -ENOMEM;
	if (ret == 0)
		ret = worker_tcp(w);
	if (ret < 0) {
		ENGINE_LOG(ERR,
			   "worker %u: no memory for its tables: ask for fewer records (memory:)\n",
			   index);
		worker_destroy(w);
		return ret;
	}
	*out = w;
	return 0;
}
