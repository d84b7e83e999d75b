/* SPDX-License-Identifier: BSD-3-Clause */
#include "run_snapshot.h"

#include <time.h>

#include <rte_cycles.h>

#include "host.h"
#include "run_parts.h"

double
clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t
clock_unix_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
snapshot_side(struct snapshot *s, const struct tct_endpoint *e, struct counters *sum)
{
	if (!e)
		return;
	endpoint_counters(e, sum);
	for (unsigned i = 0; i < e->worker_count && s->workers < RESULT_MAX_WORKERS; i++) {
		s->busy[s->workers] = e->workers[i]->busy_cycles;
		s->all[s->workers] = s->busy[s->workers] + e->workers[i]->idle_cycles;
		s->waited_ns[s->workers] = host_waited_ns(atomic_load(&e->workers[i]->tid));
		s->workers++;
		s->open += e->workers[i]->tcp.conns.used;
	}
}

/* How long the next connection of a client has been due. */
static double
lag_us(const struct client *client, const struct tct_worker *w)
{
	uint64_t due = client_pace(client)->due_ns;
	uint64_t now = clock_us(&w->clock, rte_rdtsc()) * 1000;

	return due && now > due ? (double)(now - due) / 1000 : 0;
}

static void
snapshot_stats(struct snapshot *s, const struct client_stats *c)
{
	for (unsigned f = 0; f < FAULT_MAX; f++)
		s->faults += c->faults[f];
	s->attempted += c->attempted;
	s->established += c->established;
	s->closed += c->closed;
	for (unsigned f = 0; f < TCT_REASON_MAX; f++)
		s->failed += c->failed[f];
	s->failed += c->refused_locally;
	s->unanswered += c->unanswered;
	s->half_open += c->half_open;
	s->responses += c->responses;
	s->acked += c->acked_bytes;
	s->to_client += c->received_bytes;
}

/* By the servers of stream that are here. */
static uint64_t
servers_received(const struct run *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < r->passive->worker_count; i++)
		for (unsigned part = 0; part < r->part_count; part++)
			sum += workload_server_stats(i, part)->received_bytes;
	return sum;
}

void
snapshot_take(struct snapshot *s, const struct run *r)
{
	*s = (struct snapshot){.at_s = clock_s()};
	snapshot_side(s, r->active, &s->active);
	s->active_workers = s->workers;
	if (r->active)
		s->open = 0; /* counted by the clients */
	for (unsigned i = 0; r->active && i < r->active->config.port_count; i++)
		s->lost += port_lost(r->active->ports[i]);
	snapshot_side(s, r->passive, &s->passive);
	if (!r->client_count) {
		s->attempted = s->passive.v[COUNTER_SYN_RX];
		s->established = s->passive.v[COUNTER_CONN_ESTABLISHED];
		s->closed = s->passive.v[COUNTER_CONN_CLOSED];
		s->failed = result_failures(&s->passive);
		return;
	}
	s->open = 0;
	for (unsigned i = 0; i < r->client_count; i++) {
		double lag = lag_us(r->clients[i], r->active->workers[i]);

		s->held += client_pace(r->clients[i])->held;
		s->open += client_open(r->clients[i]);
		s->lag_us = lag > s->lag_us ? lag : s->lag_us;
	}
	for (unsigned i = 0; i < run_stats_count(r); i++)
		snapshot_stats(s, run_stats(r, i));
	s->to_server = r->answers ? servers_received(r) : s->acked;
}

static uint64_t
both(const struct snapshot *s, enum counter c)
{
	return s->active.v[c] + s->passive.v[c];
}

/* Packets as the wire saw them: with both ends here, what one sends the other receives, unless
 * there is a device in between; then they are those of its clients' side. */
static void
interval_packets(struct interval *i, const struct run *r, const struct snapshot *a,
		 const struct snapshot *b)
{
	bool passive = r->passive && !r->through_device;
	const struct counters *x = passive ? &a->passive : &a->active;
	const struct counters *y = passive ? &b->passive : &b->active;

	i->rx_packets = y->v[COUNTER_RX_PACKETS] - x->v[COUNTER_RX_PACKETS];
	i->tx_packets = y->v[COUNTER_TX_PACKETS] - x->v[COUNTER_TX_PACKETS];
	i->rx_bytes = y->v[COUNTER_RX_BYTES] - x->v[COUNTER_RX_BYTES];
	i->tx_bytes = y->v[COUNTER_TX_BYTES] - x->v[COUNTER_TX_BYTES];
}

void
snapshot_busy(const struct snapshot *a, const struct snapshot *b,
	      double percent[RESULT_MAX_WORKERS])
{
	for (unsigned i = 0; i < b->workers; i++) {
		uint64_t all = b->all[i] - a->all[i];

		percent[i] = all ? 100.0 * (double)(b->busy[i] - a->busy[i]) / (double)all : 0;
	}
}

double
snapshot_busiest(const struct snapshot *a, const struct snapshot *b, unsigned first, unsigned end)
{
	double percent[RESULT_MAX_WORKERS], max = 0;

	snapshot_busy(a, b, percent);
	for (unsigned i = first; i < end; i++)
		max = percent[i] > max ? percent[i] : max;
	return max;
}

double
snapshot_waited(const struct snapshot *a, const struct snapshot *b)
{
	double ns = (b->at_s - a->at_s) * 1e9, max = 0;

	for (unsigned i = 0; i < b->workers && ns > 0; i++)
		max = RTE_MAX(max, 100.0 * (double)(b->waited_ns[i] - a->waited_ns[i]) / ns);
	return RTE_MIN(max, 100.0);
}

void
interval_make(struct interval *i, const struct run *r, const struct snapshot *a,
	      const struct snapshot *b, double origin_s)
{
	*i = (struct interval){
		.start_s = a->at_s - origin_s,
		.length_s = b->at_s - a->at_s,
		.attempted = b->attempted - a->attempted,
		.established = b->established - a->established,
		.closed = b->closed - a->closed,
		.failed = b->failed - a->failed,
		.open = b->open,
		.retransmits = both(b, COUNTER_TCP_RETRANSMIT) - both(a, COUNTER_TCP_RETRANSMIT),
		.drops = result_drops(&b->active) + result_drops(&b->passive) -
			 result_drops(&a->active) - result_drops(&a->passive),
		.responses = b->responses - a->responses,
		.to_server_bytes = b->to_server - a->to_server,
		.to_client_bytes = b->to_client - a->to_client,
		.busy_percent = snapshot_busiest(a, b, 0, b->workers),
		.waited_percent = snapshot_waited(a, b),
	};
	interval_packets(i, r, a, b);
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		latency_points(&i->latency[k], NULL);
}

static const struct histogram *
stats_latency(const struct client_stats *c, enum latency kind)
{
	const struct histogram *const all[LATENCY_MAX] = {&c->connect, &c->request, &c->close};

	return all[kind];
}

void
interval_latency(struct run *r, struct interval *i)
{
	for (unsigned k = 0; r->client_count && k < LATENCY_MAX; k++) {
		struct latency_window *w = &r->windows[k];

		histogram_reset(&w->now);
		for (unsigned c = 0; c < run_stats_count(r); c++)
			histogram_merge(&w->now, stats_latency(run_stats(r, c), k));
		latency_window_shift(w);
		latency_points(&i->latency[k], &w->between);
		if (w->between.count)
			i->slots[k] = latency_text(&w->between);
	}
}
