/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "commands.h"
#include "engine/control.h"
#include "report.h"
#include "run_control.h"
#include "services/chargen.h"

#define SETTLE_LIMIT_S 5
#define TICK_MS	       20
#define SETTLE_MS      1000 /* for the side whose connections the other side has closed */

/* ---- signals -------------------------------------------------------------------------------- */

static volatile sig_atomic_t signals; /* how many asked for the end */

static void
on_signal(int number)
{
	if (signals++)
		_exit(128 + number); /* the second one: at once */
}

static void
watch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* ---- set-up --------------------------------------------------------------------------------- */

/* What a held connection looks like on the wire when nothing is lost: the ACK does not wait for a
 * FIN to ride on. */
static void
define_held(struct result_definition *d, const struct load_config *load)
{
	bool crr = load->workload == WORKLOAD_CRR;

	if (!load->hold_ms || d->http || load->workload == WORKLOAD_RR)
		return;
	d->sequence = crr ? "SYN, SYN-ACK, request, response, ACK, FIN-ACK, FIN-ACK, ACK"
			  : "SYN, SYN-ACK, ACK, FIN-ACK, FIN-ACK, ACK";
	d->packets_per_connection = crr ? 8 : 6;
}

static void
define_requests(struct result_definition *d, const struct load_config *load)
{
	char text[WORKLOAD_HTTP_MAX];
	bool rr = load->workload == WORKLOAD_RR;

	d->requests = rr || load->workload == WORKLOAD_CRR;
	if (!d->requests)
		return;
	d->http = load->protocol == PROTOCOL_HTTP;
	d->per_connection = rr ? load->requests : 1;
	d->endless = rr && load->requests == 0;
	d->request_size = d->http ? workload_http_request(load, false, text) : load->request_size;
	d->response_size = d->http ? 0 : load->response_size;
}

static void
define_stream(struct result_definition *d, const struct load_config *load)
{
	static const char *const directions[] = {"send", "receive", "both"};

	d->stream = load->workload == WORKLOAD_STREAM;
	if (!d->stream)
		return;
	d->endless = true;
	d->direction = directions[load->direction];
	d->verified = load->verify;
}

static void
define(struct result_definition *d, const struct load_config *load)
{
	d->workload = workload_name(load->workload);
	d->first_to_close = load->server_closes ? CLOSER_SERVER : CLOSER_CLIENT;
	d->ipv = memcmp(load->target.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ? 6 : 4;
	define_requests(d, load);
	define_stream(d, load);
	define_held(d, load);
}

void
run_init(struct run *r, const char *command, const struct bench_options *options, const char *link)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->command = command;
	result_init(&r->result);
	r->result.config = &options->config;
	r->result.definition.command = command;
	r->result.definition.link = link;
}

static struct histogram *
histogram_make(void)
{
	struct histogram *h = malloc(sizeof(*h));

	if (h)
		histogram_reset(h);
	return h;
}

/* The sources of a client: those of load, else all local addresses of the target's version. */
static void
client_sources(struct client_config *c, const struct app_config *config)
{
	const struct load_config *load = &config->load;
	const struct tct_port_config *port = &config->lib.ports[0];
	const struct tct_local *from = load->source_count ? load->sources : port->locals;
	unsigned n = load->source_count ? load->source_count : port->local_count;

	for (unsigned i = 0; i < n; i++)
		if (!memcmp(from[i].first.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ==
		    !memcmp(load->target.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12))
			c->sources[c->source_count++] = from[i];
}

/* What stream expects to receive: of bench's servers and of echo what is sent, else what chargen of
 * RFC 864 sends. */
static struct pattern
comes_back(const struct run *r)
{
	if (r->passive || r->options->config.load.direction != DIRECTION_RECEIVE)
		return *pattern_get();
	chargen_fill();
	return (struct pattern){(const uint8_t *)chargen_table, CHARGEN_BYTES};
}

/* Worker i's part of n, at least one. */
static uint32_t
share(uint32_t n, unsigned i, unsigned workers)
{
	uint32_t part = n / workers + (i < n % workers);

	return part ? part : 1;
}

/* At most so many on worker i. */
static uint32_t
concurrency(const struct app_config *config, unsigned i, unsigned workers)
{
	const struct load_config *load = &config->load;

	return load->concurrency ? share(load->concurrency, i, workers)
				 : config->lib.memory.connections;
}

static int
histograms_make(struct run *r)
{
	r->connect = histogram_make();
	r->request = histogram_make();
	r->close = histogram_make();
	r->intervals = calloc(3, sizeof(*r->intervals));
	return r->connect && r->request && r->close && r->intervals ? 0 : -ENOMEM;
}

int
run_clients(struct run *r)
{
	const struct app_config *config = &r->options->config;
	unsigned workers = r->active->worker_count;
	struct client_config c = {
		.load = &config->load,
		.rate = config->load.rate / workers,
		.send_buffer = config->lib.tcp.send_buffer,
		.comes_back = comes_back(r),
	};

	client_sources(&c, config);
	define(&r->result.definition, &config->load);
	if (histograms_make(r) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < workers; i++) {
		c.concurrency = concurrency(config, i, workers);
		r->clients[i] = client_create(&c);
		if (!r->clients[i])
			return -ENOMEM;
		r->client_count++;
		tct_worker_set_poll(r->active, i, client_poll, r->clients[i]);
	}
	return 0;
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* Everything that an interval is a difference of. */
struct snapshot {
	double at_s;
	struct counters active, passive;
	uint64_t attempted, established, closed, failed, open;
	uint64_t responses, acked, to_server, to_client;
	uint64_t busy[RESULT_MAX_WORKERS], all[RESULT_MAX_WORKERS];
	unsigned workers;
};

static double
clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
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
		s->workers++;
		s->open += e->workers[i]->tcp.conns.used;
	}
}

static void
snapshot_client(struct snapshot *s, const struct client *client)
{
	const struct client_stats *c = client_stats(client);

	s->attempted += c->attempted;
	s->established += c->established;
	s->closed += c->closed;
	for (unsigned f = 0; f < TCT_REASON_MAX; f++)
		s->failed += c->failed[f];
	s->failed += c->refused_locally;
	s->open += client_open(client);
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
		sum += workload_server_stats(i)->received_bytes;
	return sum;
}

static void
snapshot_take(struct snapshot *s, const struct run *r)
{
	*s = (struct snapshot){.at_s = clock_s()};
	snapshot_side(s, r->active, &s->active);
	if (r->active)
		s->open = 0; /* counted by the clients */
	snapshot_side(s, r->passive, &s->passive);
	if (!r->client_count) {
		s->attempted = s->passive.v[COUNTER_SYN_RX];
		s->established = s->passive.v[COUNTER_CONN_ESTABLISHED];
		s->closed = s->passive.v[COUNTER_CONN_CLOSED];
		s->failed = result_failures(&s->passive);
		return;
	}
	s->open = 0;
	for (unsigned i = 0; i < r->client_count; i++)
		snapshot_client(s, r->clients[i]);
	s->to_server = r->passive ? servers_received(r) : s->acked;
}

static uint64_t
both(const struct snapshot *s, enum counter c)
{
	return s->active.v[c] + s->passive.v[c];
}

/* Packets as the wire saw them: with both ends here, what one sends the other receives. */
static void
interval_packets(struct interval *i, const struct run *r, const struct snapshot *a,
		 const struct snapshot *b)
{
	const struct counters *x = r->passive ? &a->passive : &a->active;
	const struct counters *y = r->passive ? &b->passive : &b->active;

	i->rx_packets = y->v[COUNTER_RX_PACKETS] - x->v[COUNTER_RX_PACKETS];
	i->tx_packets = y->v[COUNTER_TX_PACKETS] - x->v[COUNTER_TX_PACKETS];
	i->rx_bytes = y->v[COUNTER_RX_BYTES] - x->v[COUNTER_RX_BYTES];
	i->tx_bytes = y->v[COUNTER_TX_BYTES] - x->v[COUNTER_TX_BYTES];
}

static double
busiest(const struct snapshot *a, const struct snapshot *b)
{
	double max = 0;

	for (unsigned i = 0; i < b->workers; i++) {
		uint64_t all = b->all[i] - a->all[i];
		double busy = all ? 100.0 * (double)(b->busy[i] - a->busy[i]) / (double)all : 0;

		max = busy > max ? busy : max;
	}
	return max;
}

static void
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
		.connect_p50_us = RESULT_NOT_MEASURED,
		.connect_p99_us = RESULT_NOT_MEASURED,
		.request_p50_us = RESULT_NOT_MEASURED,
		.request_p99_us = RESULT_NOT_MEASURED,
		.busy_percent = busiest(a, b),
	};
	interval_packets(i, r, a, b);
}

/* Latency of the interval, of what the workload counts: requests or connects. The workers write
 * while this reads: a sample more or less. */
static void
interval_latency(struct run *r, struct interval *i)
{
	struct histogram *now = &r->intervals[0], *last = &r->intervals[1];
	struct histogram *between = &r->intervals[2];
	bool rr = r->options->config.load.workload == WORKLOAD_RR;

	if (!r->client_count)
		return;
	histogram_reset(now);
	for (unsigned k = 0; k < r->client_count; k++) {
		const struct client_stats *c = client_stats(r->clients[k]);

		histogram_merge(now, rr ? &c->request : &c->connect);
	}
	histogram_since(between, now, last);
	*last = *now;
	if (!between->count)
		return;
	*(rr ? &i->request_p50_us : &i->connect_p50_us) =
		(double)histogram_percentile(between, 50) / 1000;
	*(rr ? &i->request_p99_us : &i->connect_p99_us) =
		(double)histogram_percentile(between, 99) / 1000;
}

static void
tick(struct run *r, int ms)
{
	const struct timespec nap = {.tv_nsec = ms * 1000000l};

	if (r->tick)
		r->tick(r, r->tick_arg, ms);
	else
		nanosleep(&nap, NULL);
}

static bool
asked_to_stop(const struct run *r)
{
	return signals || r->stop;
}

static void
interval_done(struct run *r, struct interval *i)
{
	result_add_interval(&r->result, i);
	if (r->options->quiet)
		return;
	if (r->result.interval_count == 1)
		report_heading(stderr, &r->result.definition);
	report_interval(stderr, &r->result.definition, i);
}

/* Until `until` seconds after the origin (0: for ever), in intervals. */
static void
measure_until(struct run *r, double origin, double until, bool warmup)
{
	double step = r->options->interval_ms / 1000.0;
	struct snapshot *a = malloc(2 * sizeof(*a)), *b = a + 1;
	double end;

	if (!a)
		return;
	snapshot_take(a, r);
	while (!asked_to_stop(r) && (until == 0 || a->at_s - origin < until - 0.005)) {
		struct interval i;

		end = a->at_s + step;
		if (until != 0 && end > origin + until)
			end = origin + until;
		while (!asked_to_stop(r) && clock_s() < end)
			tick(r, TICK_MS);
		snapshot_take(b, r);
		interval_make(&i, r, a, b, origin);
		interval_latency(r, &i);
		i.warmup = warmup;
		interval_done(r, &i);
		*a = *b;
	}
	free(a);
}

/* Clients begin when duplicate address detection has let go of their addresses, and of those of the
 * servers here. */
static void
settle(struct run *r)
{
	double end = clock_s() + SETTLE_LIMIT_S;

	while (!asked_to_stop(r) && clock_s() < end &&
	       !(endpoint_settled(r->active) && endpoint_settled(r->passive)))
		tick(r, TICK_MS);
}

int
run_measure(struct run *r)
{
	const struct load_config *load = &r->options->config.load;
	double origin;
	int ret = 0;

	watch_signals();
	if (r->passive)
		ret = tct_endpoint_start(r->passive);
	if (ret == 0 && r->active && r->active != r->passive)
		ret = tct_endpoint_start(r->active);
	if (ret == 0)
		ret = run_control_open(r);
	if (ret < 0)
		return ret;
	if (r->client_count)
		settle(r);
	origin = clock_s();
	if (r->client_count && load->warmup_ms)
		measure_until(r, origin, load->warmup_ms / 1000.0, true);
	r->result.end.seconds = clock_s();
	measure_until(r, origin,
		      load->duration_ms && r->client_count
			      ? (load->warmup_ms + load->duration_ms) / 1000.0
			      : 0,
		      false);
	r->result.end.seconds = clock_s() - r->result.end.seconds;
	r->result.end.interrupted = asked_to_stop(r);
	run_control_close(r);
	return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

static uint32_t
clients_open(const struct run *r)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < r->client_count; i++)
		n += client_open(r->clients[i]);
	return n;
}

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

static void
cycles_of(const struct run *r, struct result_cycles *out, const struct tct_endpoint *e,
	  const struct counters *c)
{
	double n = cycles_unit(r, out, c);
	uint64_t sum[PHASE_MAX] = {0}, busy = 0;

	for (unsigned i = 0; i < e->worker_count; i++) {
		busy += e->workers[i]->busy_cycles;
		for (unsigned p = 0; p < PHASE_MAX; p++)
			sum[p] += e->workers[i]->phase_cycles[p];
	}
	out->measured = n > 0;
	for (unsigned p = 0; p < CYCLE_PHASE_MAX; p++)
		out->phase[p] = RESULT_NOT_MEASURED;
	if (!out->measured)
		return;
	out->phase[CYCLE_PHASE_RX] = (double)sum[PHASE_RX] / n;
	out->phase[CYCLE_PHASE_PARSE] = (double)sum[PHASE_PARSE] / n;
	out->phase[CYCLE_PHASE_TCP] = (double)(sum[PHASE_TCP] + sum[PHASE_FLUSH]) / n;
	out->phase[CYCLE_PHASE_SERVICE] = (double)sum[PHASE_SERVICE] / n;
	out->phase[CYCLE_PHASE_TIMERS] = (double)sum[PHASE_TIMERS] / n;
	out->phase[CYCLE_PHASE_TX] = (double)sum[PHASE_TX] / n;
	out->phase[CYCLE_PHASE_TOTAL] = (double)busy / n;
}

static void
end_busy(struct result_end *end, const struct tct_endpoint *e)
{
	for (unsigned i = 0; i < e->worker_count && end->workers < RESULT_MAX_WORKERS; i++) {
		uint64_t busy = e->workers[i]->busy_cycles;
		uint64_t all = busy + e->workers[i]->idle_cycles;

		end->busy_percent[end->workers++] = all ? 100.0 * (double)busy / (double)all : 0;
	}
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
	for (unsigned i = 0; i < r->client_count; i++) {
		const struct client_stats *c = client_stats(r->clients[i]);

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

static void
end_stream(struct run *r)
{
	struct result_stream *out = &r->result.end.stream;
	struct spread spread = {0};

	for (unsigned i = 0; i < r->client_count; i++) {
		const struct client_stats *c = client_stats(r->clients[i]);

		out->sent[0] += c->sent_bytes;
		out->received[0] += r->passive ? 0 : c->acked_bytes;
		out->received[1] += c->received_bytes;
		out->corrupt += c->corrupt;
		add_spread(&spread, &c->spread);
	}
	for (unsigned i = 0; r->passive && i < r->passive->worker_count; i++) {
		out->sent[1] += workload_server_stats(i)->sent_bytes;
		out->received[0] += workload_server_stats(i)->received_bytes;
		out->corrupt += workload_server_stats(i)->corrupt;
	}
	if (!r->passive)
		out->sent[1] = RESULT_UNKNOWN;
	end_fairness(out, &spread);
	end_segments(out, &r->result.end, r->options->config.load.direction);
}

static void
end_transactions(struct run *r)
{
	struct result_transactions *t = &r->result.end.transactions;

	for (unsigned i = 0; i < r->client_count; i++) {
		const struct client_stats *c = client_stats(r->clients[i]);

		t->attempted += c->requests;
		t->completed += c->responses;
		for (unsigned f = 0; f < FAULT_MAX; f++)
			t->failed[f] += c->faults[f];
	}
}

/* Ends an endpoint; its counters stay readable. */
static void
end_side(struct run *r, struct tct_endpoint *e, unsigned grace_ms)
{
	struct result_end *end = &r->result.end;
	bool active = e == r->active;

	if (!e)
		return;
	end_busy(end, e);
	tct_endpoint_stop(e, grace_ms);
	if (active)
		end_transactions(r);
	endpoint_counters(e, active ? &end->active : &end->passive);
	cycles_of(r, active ? &end->client : &end->server, e,
		  active ? &end->active : &end->passive);
	end_leaks(end, e);
	*(active ? &end->has_active : &end->has_passive) = true;
}

void
run_stop(struct run *r, unsigned limit_ms)
{
	for (unsigned i = 0; i < r->client_count; i++)
		client_stop(r->clients[i]);
	/* Connections that are held would stay: the endpoint's stop closes them. */
	for (unsigned waited = 0;
	     !r->options->config.load.hold_ms && clients_open(r) && waited < limit_ms;
	     waited += TICK_MS)
		tick(r, TICK_MS);
	end_side(r, r->active, limit_ms);
	end_side(r, r->passive, r->client_count ? SETTLE_MS : limit_ms);
	if (!r->client_count)
		return;
	end_latencies(r);
	if (r->result.definition.stream)
		end_stream(r);
}

int
run_report(struct run *r)
{
	bool json_on_stdout = r->options->json && !strcmp(r->options->json, "-");
	char problem[128];
	int ret;

	report_summary(json_on_stdout ? stderr : stdout, &r->result);
	if (r->options->json) {
		ret = result_write(&r->result, r->options->json);
		if (ret < 0)
			return EXIT_ENVIRONMENT;
	}
	ret = result_exit_code(&r->result, problem, sizeof(problem));
	if (ret != EXIT_MET)
		fprintf(stderr, "tercet %s: %s\n", r->command, problem);
	return ret;
}

void
run_fini(struct run *r)
{
	tct_endpoint_destroy(r->active);
	if (r->passive != r->active)
		tct_endpoint_destroy(r->passive);
	for (unsigned i = 0; i < r->client_count; i++)
		client_destroy(r->clients[i]);
	free(r->connect);
	free(r->request);
	free(r->close);
	free(r->intervals);
	result_fini(&r->result);
}
