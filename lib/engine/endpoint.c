/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building, starting and ending an endpoint, on the control thread.
 */
#include "endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "control.h"
#include "links.h"
#include "log.h"
#include "steer.h"
#include "tsc.h"
#include "turn.h"

#define STOP_NAP_NS 1000000
#define ABORT_MS    1000 /* for those that did not close in time, */
#define ABORTS_A_MS 1000 /* and for so many of them one more */

RTE_LOG_REGISTER(engine_log, tercet.engine, NOTICE);

/* ---- making --------------------------------------------------------------------------------- */

/* The ports of a team; returns their number. */
static unsigned
team_ports(const struct tct_endpoint *e, unsigned team, struct port *ports[TCT_MAX_PORTS])
{
	unsigned n = 0;

	for (unsigned i = team; i < e->config.port_count; i += e->team_count)
		ports[n++] = e->ports[i];
	return n;
}

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
			ENGINE_LOG(ERR, "%s\n", why);
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
		turn_add(w);
		ret = rte_eal_remote_launch(worker_main, w, w->lcore);
		if (ret < 0) {
			turn_remove(w);
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
	stop_and_wait(e, WORKER_ABORT, aborted ? ABORT_MS + aborted / ABORTS_A_MS : 0);
	nanosleep(&nap, NULL); /* the last packets leave */
	for (unsigned i = 0; i < e->worker_count; i++)
		atomic_store(&e->workers[i]->quit, true);
	for (unsigned i = 0; i < e->worker_count; i++) {
		rte_eal_wait_lcore(e->workers[i]->lcore);
		/* What it wrote comes before what is read of it from here on. */
		RTE_VERIFY(!atomic_load(&e->workers[i]->running));
		turn_remove(e->workers[i]);
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

static bool
worker_lends(const struct tct_worker *w)
{
	bool large = w->tcp.tso_ip4 || w->tcp.tso_ip6;

	for (unsigned i = 0; i < w->port_count; i++)
		large |= w->ports[i].port->mtu > LEND_MIN;
	return w->tcp.lend_dma && !w->tcp.lend_static && large;
}

bool
tct_endpoint_lends(const struct tct_endpoint *e)
{
	for (unsigned i = 0; i < e->worker_count; i++)
		if (worker_lends(e->workers[i]))
			return true;
	return false;
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
