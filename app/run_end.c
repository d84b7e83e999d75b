/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/control.h"
#include "run_parts.h"
#include "run_snapshot.h"

/* What the cycles of a side are divided by, and how many of it there were. */
static double
cycles_unit(const struct run *r, struct result_cycles *out, const struct counters *c)
{
	switch (r->client_count ? r->options->config.load.workload : WORKLOAD_CC) {
	case WORKLOAD_STREAM:
		out->unit = PER_PACKET;
		return (double)(c->v[COUNTER_RX_PACKETS] + c->v[COUNTER_TX_PACKETS]);
	case WORKLOAD_RR:
		out->unit = PER_TRANSACTION;
		return (double)r->result.end.transactions.completed;
	default:
		out->unit = PER_CONNECTION;
		return (double)c->v[COUNTER_CONN_CLOSED];
	}
}

/* The name that schema 1 has for a phase of the engine; what it has none for is tcp's. */
static enum cycle_phase
schema_phase(enum phase phase)
{
	static const char *const engine[] = {
#define X(id, name) [PHASE_##id] = name,
		PHASE_LIST(X)
#undef X
	};
	static const char *const schema[] = {
#define X(id, name) [CYCLE_PHASE_##id] = name,
		CYCLE_PHASE_LIST(X)
#undef X
	};

	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		if (strcmp(schema[i], engine[phase]) == 0)
			return i;
	return CYCLE_PHASE_TCP;
}

static void
add_phase(double *sum, double cycles)
{
	*sum = *sum == RESULT_NOT_MEASURED ? cycles : *sum + cycles;
}

/* Adds what the cycles of a worker's tcp and flush were for, as the bursts and flushes that were
 * timed tell. */
static void
add_split(const struct tct_worker *w, uint64_t split[SPLIT_MAX])
{
	const struct split_clock *clocks[] = {&w->tcp.input_split, &w->tcp.flush_split};
	const uint64_t all[] = {w->phase_cycles[PHASE_TCP], w->phase_cycles[PHASE_FLUSH]};

	for (unsigned i = 0; i < RTE_DIM(clocks); i++) {
		double timed = 0;

		for (unsigned what = 0; what < SPLIT_MAX; what++)
			timed += (double)clocks[i]->cycles[what];
		for (unsigned what = 0; what < SPLIT_MAX && timed > 0; what++)
			split[what] += (uint64_t)((double)all[i] * (double)clocks[i]->cycles[what] /
						  timed);
	}
}

/* Lookup is no part of tcp then. */
static void
split_of(struct result_cycles *out, const uint64_t split[SPLIT_MAX], double n)
{
	if (split[SPLIT_LOOKUP] == 0)
		return;
	out->phase[CYCLE_PHASE_LOOKUP] = (double)split[SPLIT_LOOKUP] / n;
	out->phase[CYCLE_PHASE_HANDSHAKE] = (double)split[SPLIT_HANDSHAKE] / n;
	out->phase[CYCLE_PHASE_DATA] = (double)split[SPLIT_DATA] / n;
	out->phase[CYCLE_PHASE_CLOSE] = (double)split[SPLIT_CLOSE] / n;
	out->phase[CYCLE_PHASE_TCP] -= out->phase[CYCLE_PHASE_LOOKUP];
}

static void
cycles_of(const struct run *r, struct result_cycles *out, const struct tct_endpoint *e,
	  const struct counters *c)
{
	double n = cycles_unit(r, out, c);
	uint64_t sum[PHASE_MAX] = {0}, split[SPLIT_MAX] = {0}, busy = 0;

	for (unsigned i = 0; i < e->worker_count; i++) {
		busy += e->workers[i]->busy_cycles;
		for (unsigned p = 0; p < PHASE_MAX; p++)
			sum[p] += e->workers[i]->phase_cycles[p];
		add_split(e->workers[i], split);
	}
	out->measured = n > 0;
	for (unsigned p = 0; p < CYCLE_PHASE_MAX; p++)
		out->phase[p] = RESULT_NOT_MEASURED;
	if (!out->measured)
		return;
	for (unsigned p = 0; p < PHASE_MAX; p++)
		add_phase(&out->phase[schema_phase(p)], (double)sum[p] / n);
	out->phase[CYCLE_PHASE_TOTAL] = (double)busy / n;
	split_of(out, split, n);
}

/* Which client's transactions a worker handled: its own; the servers of rr count none, and bench
 * joins each to the client of the same index. NULL: who knows. */
static const struct client *
client_of(const struct run *r, const struct tct_worker *w)
{
	bool joined = w->endpoint == r->active || !r->through_device;

	return joined && w->index < r->client_count ? r->clients[w->index] : NULL;
}

/* How many units a worker handled. */
static uint64_t
worker_units(const struct run *r, const struct tct_worker *w, enum cycle_unit unit)
{
	const struct client *client = client_of(r, w);

	switch (unit) {
	case PER_PACKET:
		return w->counters.v[COUNTER_RX_PACKETS] + w->counters.v[COUNTER_TX_PACKETS];
	case PER_TRANSACTION:
		return client ? client_stats(client, 0)->responses : 0;
	default:
		return w->counters.v[COUNTER_CONN_CLOSED];
	}
}

/* While the run was measured: before and after it a worker waits for others. */
static uint64_t
idle_cycles(const struct run *r, unsigned i)
{
	const struct snapshot *a = &r->measured[0], *b = &r->measured[1];

	return (b->all[i] - b->busy[i]) - (a->all[i] - a->busy[i]);
}

static void
end_workers(struct run *r, const struct tct_endpoint *e, bool active, enum cycle_unit unit)
{
	struct result_end *end = &r->result.end;
	unsigned first = active ? 0 : r->measured[0].active_workers;

	for (unsigned i = 0; i < e->worker_count && end->worker_count < RESULT_MAX_WORKERS; i++) {
		const struct tct_worker *w = e->workers[i];
		struct result_worker *out = &end->worker[end->worker_count++];

		*out = (struct result_worker){
			.active = active,
			.index = w->index,
			.lcore = w->lcore,
			.unit = unit,
			.units = worker_units(r, w, unit),
			.busy = w->busy_cycles,
			.idle = idle_cycles(r, first + i),
		};
		memcpy(out->phase, w->phase_cycles, sizeof(out->phase));
		add_split(w, out->split);
	}
}

static void
end_busy(struct run *r)
{
	r->result.end.workers = r->measured[0].workers;
	snapshot_busy(&r->measured[0], &r->measured[1], r->result.end.busy_percent);
	r->result.end.waited_percent = snapshot_waited(&r->measured[0], &r->measured[1]);
}

static void
end_leaks(struct result_end *end, const struct tct_endpoint *e)
{
	end->leaks.conns += e->leaked_conns;
	end->leaks.half_open += e->leaked_half_open;
	end->leaks.time_wait += e->leaked_time_wait;
	end->leaks.mbufs += e->leaked_mbufs;
}

static void
end_latencies(struct run *r)
{
	for (unsigned i = 0; i < run_stats_count(r); i++) {
		const struct client_stats *c = run_stats(r, i);

		histogram_merge(r->connect, &c->connect);
		histogram_merge(r->request, &c->request);
		histogram_merge(r->close, &c->close);
	}
	r->result.end.connect = r->connect;
	r->result.end.request = r->result.definition.requests ? r->request : NULL;
	r->result.end.close = r->close;
}

static void
add_spread(struct spread *sum, const struct spread *s)
{
	if (s->count == 0)
		return;
	sum->min = sum->count == 0 || s->min < sum->min ? s->min : sum->min;
	sum->max = s->max > sum->max ? s->max : sum->max;
	sum->sum += s->sum;
	sum->squares += s->squares;
	sum->count += s->count;
}

/* Jain's index: R. Jain, D. Chiu, W. Hawe, DEC-TR-301. */
static void
end_fairness(struct result_stream *out, const struct spread *s)
{
	double n = (double)s->count;

	out->connections = s->count;
	if (s->count == 0)
		return;
	out->min = s->min;
	out->max = s->max;
	out->mean = s->sum / n;
	out->jain = s->squares > 0 ? s->sum * s->sum / (n * s->squares) : 1;
}

/* The segments that carried the stream: those of the sides that are here and send. */
static void
end_segments(struct result_stream *out, const struct result_end *end, enum load_direction direction)
{
	if (end->has_active && direction != DIRECTION_RECEIVE) {
		out->segments += end->active.v[COUNTER_TCP_TX];
		out->retransmits += end->active.v[COUNTER_TCP_RETRANSMIT];
	}
	if (end->has_passive && direction != DIRECTION_SEND) {
		out->segments += end->passive.v[COUNTER_TCP_TX];
		out->retransmits += end->passive.v[COUNTER_TCP_RETRANSMIT];
	}
}

/* What the servers of these parts that are here have seen. */
static void
add_servers(struct result_stream *out, const struct run *r, unsigned first, unsigned end)
{
	for (unsigned i = 0; r->answers && i < r->passive->worker_count; i++)
		for (unsigned part = first; part < end; part++) {
			const struct workload_server_stats *s = workload_server_stats(i, part);

			out->sent[1] += s->sent_bytes;
			out->received[0] += s->received_bytes;
			out->corrupt += s->corrupt;
		}
	if (!r->answers)
		out->sent[1] = RESULT_UNKNOWN;
}

/* Of the parts from first to before end. */
static void
stream_of(struct result_stream *out, const struct run *r, unsigned first, unsigned end)
{
	struct spread spread = {0};

	for (unsigned i = 0; i < run_stats_count(r); i++) {
		const struct client_stats *c = run_stats(r, i);

		if (i % r->part_count < first || i % r->part_count >= end)
			continue;
		out->sent[0] += c->sent_bytes;
		out->received[0] += r->answers ? 0 : c->acked_bytes;
		out->received[1] += c->received_bytes;
		out->corrupt += c->corrupt;
		add_spread(&spread, &c->spread);
	}
	add_servers(out, r, first, end);
	end_fairness(out, &spread);
}

/* In a mix nobody knows whose the segments are. */
static void
end_stream(struct run *r)
{
	struct result_stream *out = &r->result.end.stream;

	stream_of(out, r, 0, r->part_count);
	if (r->result.definition.stream)
		end_segments(out, &r->result.end, r->options->config.load.direction);
}

static void
add_transactions(struct result_transactions *t, const struct client_stats *c)
{
	t->attempted += c->requests;
	t->completed += c->responses;
	for (unsigned f = 0; f < FAULT_MAX; f++)
		t->failed[f] += c->faults[f];
}

static void
end_transactions(struct run *r)
{
	struct result_transactions *t = &r->result.end.transactions;

	for (unsigned i = 0; i < run_stats_count(r); i++) {
		const struct client_stats *c = run_stats(r, i);

		r->result.end.unanswered += c->unanswered;
		r->result.end.aborted += c->aborted;
		r->result.end.not_opened += c->refused_locally;
		add_transactions(t, c);
	}
}

void
run_end_side(struct run *r, struct tct_endpoint *e, unsigned grace_ms)
{
	struct result_end *end = &r->result.end;
	bool active = e == r->active;

	if (!e)
		return;
	end_busy(r);
	result_steering_take(&end->steering, e);
	tct_endpoint_stop(e, grace_ms);
	if (active)
		end_transactions(r);
	endpoint_counters(e, active ? &end->active : &end->passive);
	if (active)
		end->not_opened -= RTE_MIN(end->not_opened,
					   end->active.v[COUNTER_CONN_FAILED_NO_PORT] +
						   end->active.v[COUNTER_CONN_FAILED_NO_MEMORY]);
	cycles_of(r, active ? &end->client : &end->server, e,
		  active ? &end->active : &end->passive);
	end_workers(r, e, active, (active ? &end->client : &end->server)->unit);
	end_leaks(end, e);
	*(active ? &end->has_active : &end->has_passive) = true;
}

static void
add_to_part(struct result_part *p, const struct client_stats *c)
{
	p->attempted += c->attempted;
	p->established += c->established;
	p->closed += c->closed;
	p->aborted += c->aborted;
	p->half_open += c->half_open;
	p->unanswered += c->unanswered;
	p->refused_locally += c->refused_locally;
	for (unsigned i = 0; i < TCT_REASON_MAX; i++)
		p->failed[i] += c->failed[i];
	add_transactions(&p->transactions, c);
	histogram_merge(&p->connect, &c->connect);
	histogram_merge(&p->request, &c->request);
	histogram_merge(&p->close, &c->close);
}

/* Each kind of a mix for itself. */
static void
end_parts(struct run *r)
{
	const struct app_config *config = &r->options->config;
	struct result_part *parts = calloc(config->mix_count, sizeof(*parts));

	r->result.parts = parts;
	r->result.part_count = parts ? config->mix_count : 0;
	for (unsigned i = 0; i < r->result.part_count; i++) {
		run_define_part(&parts[i].definition, &config->mix[i]);
		parts[i].weight = config->mix[i].weight;
		if (parts[i].definition.stream)
			stream_of(&parts[i].stream, r, i, i + 1);
		histogram_reset(&parts[i].connect);
		histogram_reset(&parts[i].request);
		histogram_reset(&parts[i].close);
	}
	for (unsigned i = 0; parts && i < run_stats_count(r); i++)
		add_to_part(&parts[i % r->part_count], run_stats(r, i));
}

void
run_end_clients(struct run *r)
{
	if (!r->client_count)
		return;
	if (r->options->config.mix_count)
		end_parts(r);
	end_latencies(r);
	if (r->result.definition.stream || r->result.definition.some_stream)
		end_stream(r);
}
