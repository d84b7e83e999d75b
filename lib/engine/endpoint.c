/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building, starting and ending an endpoint, on the control thread.
 */
#include "endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>

#include "control.h"
#include "links.h"
#include "steer.h"
#include "tsc.h"

#define REQUEST_RING  64
#define CLOCK_HEAD_US 2000000 /* the clock does not begin at 0, which means "never" in places */
#define STOP_NAP_NS   1000000

RTE_LOG_REGISTER(engine_log, tercet.engine, NOTICE); /* of the whole room */
#define LOG(level, ...) rte_log(RTE_LOG_##level, engine_log, "tercet: " __VA_ARGS__)

static bool lcore_taken[RTE_MAX_LCORE]; /* control thread only */

/* ---- one worker ----------------------------------------------------------------------------- */

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

/* The ports of a team; returns their number. */
static unsigned
team_ports(const struct tct_endpoint *e, unsigned team, struct port *ports[TCT_MAX_PORTS])
{
	unsigned n = 0;

	for (unsigned i = team; i < e->config.port_count; i += e->team_count)
		ports[n++] = e->ports[i];
	return n;
}

static void
warn_of_distance(const struct tct_worker *w, const struct port *p)
{
	if (p->socket >= 0 && w->socket >= 0 && p->socket != w->socket)
		LOG(WARNING,
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
		wp->id = wp->port->id;
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
	config->lend_owned &= p->lend_owned;
	config->lend_buffers = RTE_MIN(config->lend_buffers, p->lend_buffers);
	config->tso_ip4 &= p->tso_ip4;
	config->tso_ip6 &= p->tso_ip6;
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
		.lend_owned = true,
		.lend_buffers = LENT_TSO_BUFFERS,
		.lend_min = LEND_MIN,
		.tso_ip4 = true,
		.tso_ip6 = true,
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

static void
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

static int
worker_create(struct tct_endpoint *e, unsigned index, struct tct_worker **out)
{
	unsigned team = index % e->team_count;
	char name[RTE_RING_NAMESIZE];
	static unsigned serial;
	struct tct_worker *w;
	unsigned lcore;
	int ret = lcore_take(&lcore);

	if (ret < 0) {
		LOG(ERR, "no lcore for worker %u: give EAL more with -l or --lcores\n", index);
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
		LOG(ERR, "worker %u: no memory for its tables: ask for fewer records (memory:)\n",
		    index);
		worker_destroy(w);
		return ret;
	}
	*out = w;
	return 0;
}

/* ---- endpoint ------------------------------------------------------------------------------- */

static uint16_t
largest_mtu(const struct tct_config *config)
{
	uint16_t most = 0;

	for (unsigned i = 0; i < config->port_count; i++)
		most = RTE_MAX(most, port_mtu(&config->ports[i]));
	return most;
}

/* One of each worker, or one of all: see team.h. */
static int
make_teams(struct tct_endpoint *e, unsigned workers)
{
	unsigned teams = workers / tct_workers_per_port(&e->config);

	for (unsigned i = 0; i < teams; i++) {
		e->teams[i] = team_create(workers / teams, &e->config);
		if (e->teams[i] == NULL)
			return -ENOMEM;
		e->team_count++;
	}
	return 0;
}

static int
open_port(struct tct_endpoint *e, unsigned i)
{
	struct team *team = e->teams[i % e->team_count];
	const struct port_request request = {
		.workers = team->size,
		.mbufs = e->config.memory.mbufs,
		.buffer_mtu = largest_mtu(&e->config),
		.rss_key = team->key,
	};
	int ret = port_open(&e->own_ports[i], &e->config.ports[i], &request);

	if (ret == 0)
		e->ports[i] = &e->own_ports[i];
	return ret;
}

static int
open_ports(struct tct_endpoint *e, struct port *const given[])
{
	int ret = 0;

	e->ports_given = given != NULL;
	for (unsigned i = 0; ret == 0 && i < e->config.port_count; i++) {
		if (given)
			e->ports[i] = given[i];
		else
			ret = open_port(e, i);
	}
	return ret;
}

/* Ports of our own; a given one is its giver's to close. */
static void
close_ports(struct tct_endpoint *e)
{
	for (unsigned i = 0; !e->ports_given && i < e->config.port_count; i++) {
		if (e->ports[i])
			e->leaked_mbufs += port_close(e->ports[i]);
		e->ports[i] = NULL;
	}
}

/* Ports that are given lie on wires of their own: the same addresses may be on several, and each is
 * checked by itself. */
static int
check_config(const struct tct_config *config, bool ports_given)
{
	struct tct_config c = *config;
	char why[256];

	if (ports_given)
		c.port_count = 1;
	for (unsigned i = 0; i < (ports_given ? config->port_count : 1); i++) {
		if (ports_given)
			c.ports[0] = config->ports[i];
		if (tct_config_check(&c, why, sizeof(why)) < 0) {
			LOG(ERR, "%s\n", why);
			return -EINVAL;
		}
	}
	return 0;
}

static int
make_workers(struct tct_endpoint *e, unsigned workers)
{
	int ret = 0;

	for (unsigned i = 0; i < e->team_count; i++) {
		struct port *ports[TCT_MAX_PORTS];

		team_choose_reta(e->teams[i], ports, team_ports(e, i, ports));
	}
	for (unsigned i = 0; ret == 0 && i < workers; i++) {
		ret = worker_create(e, i, &e->workers[i]);
		e->worker_count += ret == 0;
	}
	for (unsigned i = 0; ret == 0 && i < e->team_count; i++)
		ret = steer_create(e->teams[i]);
	return ret;
}

int
endpoint_create_on(const struct tct_config *config, struct port *const ports[],
		   struct tct_endpoint **endpoint)
{
	unsigned workers = config->workers ? config->workers : 1;
	struct tct_endpoint *e;
	int ret;

	if (check_config(config, ports != NULL) < 0)
		return -EINVAL;
	if (ports != NULL && workers > config->port_count)
		return -EINVAL; /* each of those has one queue */
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->config = *config;
	ret = make_teams(e, workers);
	if (ret == 0)
		ret = open_ports(e, ports);
	if (ret == 0)
		ret = make_workers(e, workers);
	if (ret < 0) {
		tct_endpoint_destroy(e);
		return ret;
	}
	*endpoint = e;
	return 0;
}

int
tct_endpoint_create(const struct tct_config *config, struct tct_endpoint **endpoint)
{
	return endpoint_create_on(config, NULL, endpoint);
}

static int
start_ports(struct tct_endpoint *e)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < e->config.port_count; i++)
		ret = port_start(e->ports[i]);
	for (unsigned i = 0; ret == 0 && i < e->team_count; i++) {
		struct port *ports[TCT_MAX_PORTS];

		ret = team_program(e->teams[i], ports, team_ports(e, i, ports));
	}
	return ret;
}

int
tct_endpoint_start(struct tct_endpoint *e)
{
	int ret = start_ports(e);

	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < e->worker_count; i++) {
		struct tct_worker *w = e->workers[i];

		atomic_store(&w->quit, false);
		atomic_store(&w->running, true);
		ret = rte_eal_remote_launch(worker_main, w, w->lcore);
		if (ret < 0) {
			atomic_store(&w->running, false);
			return ret;
		}
	}
	e->started = true;
	links_watch(e);
	return 0;
}

static void
set_stop(struct tct_worker *w, void *arg)
{
	w->stop = *(uint8_t *)arg;
	w->stop_position = 0;
	w->tcp.stopping = true;
}

static uint32_t
conns_open(const struct tct_endpoint *e)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < e->worker_count; i++)
		n += __atomic_load_n(&e->workers[i]->tcp.conns.used, __ATOMIC_RELAXED);
	return n;
}

/* Tells all workers to stop in that way, and waits until no conn is left, at most ms. */
static uint32_t
stop_and_wait(struct tct_endpoint *e, enum worker_stop how, unsigned ms)
{
	const struct timespec nap = {.tv_nsec = STOP_NAP_NS};
	uint8_t stop = (uint8_t)how;
	uint64_t end;

	for (unsigned i = 0; i < e->worker_count; i++)
		worker_call(e->workers[i], set_stop, &stop);
	end = rte_rdtsc() + ms * (tsc_hz() / 1000);
	while (conns_open(e) && rte_rdtsc() < end) /* naps are longer than asked for */
		nanosleep(&nap, NULL);
	return conns_open(e);
}

int
tct_endpoint_stop(struct tct_endpoint *e, unsigned grace_ms)
{
	const struct timespec nap = {.tv_nsec = 2 * STOP_NAP_NS};
	uint32_t aborted;

	if (!e->started)
		return 0;
	e->started = false;
	links_unwatch(e);
	aborted = stop_and_wait(e, WORKER_CLOSE, grace_ms);
	stop_and_wait(e, WORKER_ABORT, aborted ? 1000 : 0);
	nanosleep(&nap, NULL); /* the last packets leave */
	for (unsigned i = 0; i < e->worker_count; i++)
		atomic_store(&e->workers[i]->quit, true);
	for (unsigned i = 0; i < e->worker_count; i++) {
		rte_eal_wait_lcore(e->workers[i]->lcore);
		/* What it wrote comes before what is read of it from here on. */
		RTE_VERIFY(!atomic_load(&e->workers[i]->running));
	}
	for (unsigned i = 0; i < e->worker_count; i++) {
		struct tct_worker *w = e->workers[i];

		worker_drain(w);
		e->leaked_conns += w->tcp.conns.used;
		e->leaked_half_open += w->tcp.half_opens.used;
		e->leaked_time_wait += w->tcp.time_waits.used;
		net_destroy(w->net);
		w->net = NULL;
	}
	for (unsigned i = 0; i < e->team_count; i++)
		steer_drain(e->teams[i]);
	for (unsigned i = 0; i < e->config.port_count; i++)
		port_stop(e->ports[i]);
	close_ports(e);
	return (int)aborted;
}

void
tct_endpoint_destroy(struct tct_endpoint *e)
{
	if (!e)
		return;
	tct_endpoint_stop(e, 0);
	for (unsigned i = 0; i < e->team_count; i++)
		steer_destroy(e->teams[i]);
	for (unsigned i = 0; i < e->worker_count; i++)
		worker_destroy(e->workers[i]);
	for (unsigned i = 0; i < e->team_count; i++)
		team_destroy(e->teams[i]);
	close_ports(e);
	free(e);
}

void
endpoint_counters(const struct tct_endpoint *e, struct counters *sum)
{
	*sum = (struct counters){0};
	for (unsigned i = 0; i < e->worker_count; i++)
		for (unsigned c = 0; c < COUNTER_MAX; c++)
			sum->v[c] +=
				__atomic_load_n(&e->workers[i]->counters.v[c], __ATOMIC_RELAXED);
}

bool
endpoint_settled(const struct tct_endpoint *e, bool ip6)
{
	for (unsigned i = 0; e && i < e->worker_count; i++)
		if (e->workers[i]->polls == 0 || !net_is_settled(e->workers[i]->net, ip6))
			return false;
	return true;
}

/* ---- calls of tercet.h that need a worker ---------------------------------------------------- */

struct listen_call {
	const struct tct_listen *listen;
	int ret;
};

static void
listen_on(struct tct_worker *w, void *arg)
{
	struct listen_call *call = arg;

	call->ret = tcp_listen(&w->tcp, call->listen);
}

int
tct_listen(struct tct_endpoint *e, const struct tct_listen *listen)
{
	struct listen_call call = {.listen = listen};

	for (unsigned i = 0; i < e->worker_count; i++) {
		int ret = worker_call(e->workers[i], listen_on, &call);

		ret = ret < 0 ? ret : call.ret;
		if (ret < 0)
			return ret; /* all workers are alike: the first one refuses for all */
	}
	return 0;
}

int
tct_connect(struct tct_worker *w, const struct tct_connect *connect, struct tct_conn **conn)
{
	return tcp_connect(&w->tcp, connect, conn);
}

int
tct_connect_burst(struct tct_worker *w, const struct tct_connect connect[], unsigned n,
		  struct tct_conn *conns[])
{
	return tcp_connect_burst(&w->tcp, connect, n, conns);
}

int
tct_worker_set_poll(struct tct_endpoint *e, unsigned index,
		    void (*fn)(struct tct_worker *worker, uint64_t now_us, void *arg), void *arg)
{
	if (index >= e->worker_count || e->started)
		return -EINVAL;
	e->workers[index]->poll = fn;
	e->workers[index]->poll_arg = arg;
	return 0;
}

unsigned
tct_worker_index(const struct tct_worker *w)
{
	return w->index;
}

uint64_t
tct_worker_now_us(const struct tct_worker *w)
{
	return w->tcp.now_us;
}

uint64_t
tct_worker_now_ns(const struct tct_worker *w)
{
	return w->now_ns;
}
