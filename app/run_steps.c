/* SPDX-License-Identifier: BSD-3-Clause */
#include "run_steps.h"

#include <math.h>
#include <stdlib.h>

#include "run_parts.h"
#include "run_snapshot.h"

/* Latencies are sums over workers and parts; the difference of two such sums is a step's. */
struct latencies {
	struct histogram connect, request;
};

struct run_step {
	uint64_t rate;
	struct snapshot begin, end;
	struct latencies before, after;
	struct histogram between;
};

struct run_step *
run_step_create(void)
{
	return calloc(1, sizeof(struct run_step));
}

void
run_step_destroy(struct run_step *s)
{
	free(s);
}

static void
latencies_take(struct latencies *l, const struct run *r)
{
	histogram_reset(&l->connect);
	histogram_reset(&l->request);
	for (unsigned i = 0; i < run_stats_count(r); i++) {
		const struct client_stats *c = run_stats(r, i);

		histogram_merge(&l->connect, &c->connect);
		histogram_merge(&l->request, &c->request);
	}
}

void
run_step_begin(struct run_step *s, const struct run *r, uint64_t rate)
{
	s->rate = rate;
	latencies_take(&s->before, r);
	snapshot_take(&s->begin, r);
	for (unsigned i = 0; i < r->client_count; i++)
		client_set_rate(r->clients[i], rate);
}

static uint64_t
since(const struct run_step *s, enum counter c)
{
	return s->end.active.v[c] - s->begin.active.v[c];
}

/* Connections whose SYN was sent again and has still no answer, and those given up. */
static uint64_t
unanswered(const struct run_step *s, const struct result_step *out)
{
	uint64_t over = out->established + out->failed + s->end.half_open - s->begin.half_open;
	uint64_t waiting = out->attempted > over ? out->attempted - over : 0;
	uint64_t again = since(s, COUNTER_TCP_RETRANSMIT_SYN);

	return since(s, COUNTER_CONN_FAILED_TIMEOUT) + s->end.unanswered - s->begin.unanswered +
	       (again < waiting ? again : waiting);
}

static void
judge(const struct run_step *s, bool poisson, const struct result_step *out,
      struct limit_verdict *verdict)
{
	const struct snapshot *a = &s->begin, *b = &s->end;
	struct limit_evidence e = {
		.target = s->rate,
		.seconds = out->seconds,
		.spread = poisson ? 4 * sqrt((double)s->rate * out->seconds) : 0,
		.attempted = out->attempted,
		.established = out->established,
		.refused = since(s, COUNTER_CONN_FAILED_REFUSED),
		.unreachable = since(s, COUNTER_CONN_FAILED_UNREACHABLE),
		.reset = since(s, COUNTER_CONN_RESET_RX),
		.no_port = since(s, COUNTER_CONN_FAILED_NO_PORT),
		.no_memory = since(s, COUNTER_CONN_FAILED_NO_MEMORY),
		.unanswered = unanswered(s, out),
		.faults = out->faults,
		.neighbours = b->active.v[COUNTER_NEIGHBOUR_FAILED],
		.lost = b->lost - a->lost + since(s, COUNTER_TX_REFUSED),
		.held = b->held - a->held,
		.lag_us = out->lag_us,
		.client_busy = snapshot_busiest(a, b, 0, b->active_workers),
		.server_busy = snapshot_busiest(a, b, b->active_workers, b->workers),
		.waited = snapshot_waited(a, b),
	};

	if (b->established)
		e.neighbours = 0; /* one that failed is another */
	limit_judge(&e, verdict);
}

static double
percentile_us(const struct histogram *h, double percentile)
{
	return h->count ? (double)histogram_percentile(h, percentile) / 1000 : RESULT_NOT_MEASURED;
}

static void
step_latencies(struct run_step *s, const struct run *r, struct result_step *out)
{
	latencies_take(&s->after, r);
	histogram_since(&s->between, &s->after.connect, &s->before.connect);
	out->connect_p50_us = percentile_us(&s->between, 50);
	out->connect_p99_us = percentile_us(&s->between, 99);
	out->connect_p99_9_us = percentile_us(&s->between, 99.9);
	histogram_since(&s->between, &s->after.request, &s->before.request);
	out->request_p99_us = percentile_us(&s->between, 99);
}

void
run_step_end(struct run_step *s, const struct run *r, double origin_s, struct result_step *out)
{
	const struct snapshot *a = &s->begin, *b = &s->end;

	snapshot_take(&s->end, r);
	*out = (struct result_step){
		.target = s->rate,
		.start_s = a->at_s - origin_s,
		.seconds = b->at_s - a->at_s,
		.attempted = b->attempted - a->attempted,
		.established = b->established - a->established,
		.closed = b->closed - a->closed,
		.failed = b->failed - a->failed,
		.responses = b->responses - a->responses,
		.faults = b->faults - a->faults,
		.lag_us = b->lag_us,
	};
	step_latencies(s, r, out);
	judge(s, r->options->config.load.arrival == ARRIVAL_POISSON, out, &out->limit);
}
