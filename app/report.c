/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "units.h"

static void
print_measured(FILE *out, int width, const char *unit, double value)
{
	if (value == RESULT_NOT_MEASURED)
		fprintf(out, " %*s%*s", width, "-", (int)strlen(unit), "");
	else
		fprintf(out, " %*.0f%s", width, value, unit);
}

/* What a line tells depends on what is counted: connections, requests or bytes. */
static bool
counts_requests(const struct result_definition *d)
{
	return d->requests && d->workload && strcmp(d->workload, "rr") == 0;
}

void
report_heading(FILE *out, const struct result_definition *d)
{
	const char *first = "opened/s  closed/s", *us = "p99 us";

	if (d->stream)
		first = "to server  to client";
	else if (counts_requests(d))
		first = "requests/s  closed/s";
	if (d->stream)
		us = "rexmit";
	fprintf(out, "  time %20s    failed      open  packets/s   Gbit/s  %s  busy\n", first, us);
}

/* The two columns that the workload is about. */
static void
print_first(FILE *out, const struct result_definition *d, const struct interval *i, double s)
{
	char a[UNITS_TEXT], b[UNITS_TEXT];

	if (d->stream)
		fprintf(out, " %9.2fG %8.2fG", (double)i->to_server_bytes * 8 / s / 1e9,
			(double)i->to_client_bytes * 8 / s / 1e9);
	else
		fprintf(out, " %10s %9s",
			units_short((double)(counts_requests(d) ? i->responses : i->established) /
					    s,
				    a),
			units_short((double)i->closed / s, b));
}

void
report_interval(FILE *out, const struct result_definition *d, const struct interval *i)
{
	double s = i->length_s > 0 ? i->length_s : 1;
	uint64_t packets = i->rx_packets + i->tx_packets;
	double gbits = (double)(i->rx_bytes + i->tx_bytes) * 8 / s / 1e9;
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];
	double last = i->latency[LATENCY_CONNECT].us[POINT_P99];

	if (d->stream)
		last = (double)i->retransmits;
	else if (counts_requests(d))
		last = i->latency[LATENCY_REQUEST].us[POINT_P99];
	fprintf(out, "%6.1f", i->start_s + i->length_s);
	print_first(out, d, i, s);
	fprintf(out, " %9s %9s %10s %8.2f", units_short((double)i->failed, a),
		units_short((double)i->open, b), units_short((double)packets / s, c), gbits);
	print_measured(out, 7, "", last);
	print_measured(out, 4, "%", i->busy_percent);
	fprintf(out, "%s\n", i->warmup ? "  warm-up" : "");
	fflush(out);
}

/* ---- summary -------------------------------------------------------------------------------- */

static const char *
workload_words(const char *workload)
{
	if (workload == NULL)
		return "whatever peers do";
	if (strcmp(workload, "cc") == 0)
		return "cc: connect, close";
	if (strcmp(workload, "crr") == 0)
		return "crr: connect, request, response, close";
	if (strcmp(workload, "rr") == 0)
		return "rr: requests and responses, one after the other on each connection";
	if (strcmp(workload, "stream") == 0)
		return "stream: bulk until the end";
	if (strcmp(workload, "mix") == 0)
		return "a mix of connections, by the parts below";
	return workload;
}

static void
print_payload(FILE *out, const struct result_definition *d)
{
	if (d->http)
		fprintf(out, "; %s over HTTP", d->method ? d->method : "GET");
	else if (d->request_size || d->response_size)
		fprintf(out, "; %u bytes of request, %u of response", d->request_size,
			d->response_size);
	else if (d->direction)
		fprintf(out, "; direction %s, as the client sees it; %s", d->direction,
			d->verified ? "every byte verified" : "not verified");
	else if (d->workload && strcmp(d->workload, "mix") != 0)
		fputs("; no payload", out);
	if (d->per_connection && d->workload && strcmp(d->workload, "rr") == 0)
		fprintf(out, "; %u requests per connection", d->per_connection);
}

/* What was counted: without it no number below means anything. */
void
report_definition(FILE *out, const struct result *r)
{
	const struct result_definition *d = &r->definition;
	static const char *const closers[] = {NULL, "client", "server"};
	unsigned packets;
	const char *sequence = result_sequence(r, &packets);

	fprintf(out, "\nCounted: %s", workload_words(d->workload));
	if (d->ipv)
		fprintf(out, "; IPv%u", d->ipv);
	if (closers[d->first_to_close] != NULL)
		fprintf(out, "; %s closes first", closers[d->first_to_close]);
	print_payload(out, d);
	if (result_options(r))
		fprintf(out, "; options MSS, window scale%s%s",
			result_options(r) >> OPTION_SACK & 1 ? ", SACK" : "",
			result_options(r) >> OPTION_TIMESTAMPS & 1 ? ", timestamps" : "");
	if (d->link != NULL)
		fprintf(out, "; over %s", d->link);
	fputs("\n", out);
	if (sequence != NULL)
		fprintf(out, "         %u packets per connection: %s\n", packets, sequence);
}

static void
print_merged(FILE *out, const struct result *r)
{
	if (r->merged > 1)
		fprintf(out,
			"Added:   %u results of loads that went on together; host and configuration are "
			"the first's\n",
			r->merged);
}

static void
print_host(FILE *out, const struct host *h)
{
	char memory[UNITS_TEXT];

	fprintf(out, "Host:    %s, %u cores, %sB, %s, kernel %s, %s\n", h->cpu, h->cores,
		units_short((double)h->memory_bytes, memory),
		h->hugepages_used ? "huge pages" : "no huge pages", h->kernel, h->dpdk);
}

static void
print_connections(FILE *out, const struct result *r)
{
	struct result_connections c;
	struct result_rate rate;

	result_connections(&r->end, &c);
	result_rate(r, RATE_CLOSED, &rate);
	fprintf(out,
		"\nConnections     %" PRIu64 " attempted, %" PRIu64 " established, %" PRIu64
		" closed, %" PRIu64 " failed (warm-up and end included)\n",
		c.attempted, c.established, c.closed, c.failed);
	if (c.aborted)
		fprintf(out, "Aborted         %" PRIu64 " connections, as asked for\n", c.aborted);
	if (c.half_open)
		fprintf(out, "Half-open       %" PRIu64 " connections, as asked for\n",
			c.half_open);
	if (rate.mean != RESULT_NOT_MEASURED && !r->definition.endless)
		fprintf(out, "Per second      %.0f closed; %.0f to %.0f; over %.1f s\n", rate.mean,
			rate.min, rate.max, r->end.seconds);
	fprintf(out, "Packets         %" PRIu64, result_packets(&r->end));
	if (c.closed && !r->definition.endless)
		fprintf(out, ", %.2f per connection",
			(double)result_packets(&r->end) / (double)c.closed);
	fputs("\n", out);
}

static void
print_wire(FILE *out, const struct result *r)
{
	double share = result_wire_share(r), added = result_wire_added(r);

	if (!r->wire.measured)
		return;
	fprintf(out,
		"Wire            %.0f packets per second with %u in flight, merely reflected; round "
		"trip %.0f ns with one",
		r->wire.packets_per_second, r->wire.in_flight, r->wire.round_trip_p50_ns);
	if (share != RESULT_NOT_MEASURED)
		fprintf(out, "; this run moved %.1f%% of them", 100 * share);
	fputs("\n", out);
	if (added != RESULT_NOT_MEASURED)
		fprintf(out, "Added           %.0f ns to that round trip (p50 of both)\n", added);
}

static void
print_transactions(FILE *out, const struct result *r)
{
	static const char *const helps[] = {
#define X(id, name, help) [FAULT_##id] = name ": " help,
		TRANSACTION_FAULT_LIST(X)
#undef X
	};
	const struct result_transactions *t = &r->end.transactions;
	struct result_rate rate;

	if (!r->definition.requests)
		return;
	result_rate(r, RATE_RESPONSES, &rate);
	fprintf(out,
		"Transactions    %" PRIu64 " attempted, %" PRIu64 " completed, %" PRIu64
		" failed (warm-up and end included)\n",
		t->attempted, t->completed, result_faults(t));
	if (rate.mean != RESULT_NOT_MEASURED)
		fprintf(out, "Per second      %.0f completed; %.0f to %.0f\n", rate.mean, rate.min,
			rate.max);
	for (unsigned i = 0; i < FAULT_MAX; i++)
		if (t->failed[i])
			fprintf(out, "Failed          %" PRIu64 " %s\n", t->failed[i], helps[i]);
}

static void
print_direction(FILE *out, const struct result *r, const char *title, unsigned to)
{
	const struct result_stream *s = &r->end.stream;
	char bytes[UNITS_TEXT];
	struct result_rate rate;

	result_rate(r, to ? RATE_TO_CLIENT : RATE_TO_SERVER, &rate);
	if (s->received[to] == 0 || rate.mean == RESULT_NOT_MEASURED)
		return;
	fprintf(out, "%s %.3f Gbit/s; %.3f to %.3f; %sB received in order\n", title,
		rate.mean / 1e9, rate.min / 1e9, rate.max / 1e9,
		units_short((double)s->received[to], bytes));
}

/* Goodput, and what it took. */
static void
print_stream(FILE *out, const struct result *r)
{
	const struct result_stream *s = &r->end.stream;
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	if (!r->definition.stream && !r->definition.some_stream)
		return;
	print_direction(out, r, "To the server  ", 0);
	print_direction(out, r, "To the client  ", 1);
	if (s->segments)
		fprintf(out, "Retransmitted   %" PRIu64 " of %" PRIu64 " segments, %.4f%%\n",
			s->retransmits, s->segments,
			100 * (double)s->retransmits / (double)s->segments);
	if (s->connections)
		fprintf(out,
			"Per connection  %sB; %sB to %sB; fairness %.4f (Jain) of %" PRIu64 "\n",
			units_short(s->mean, a), units_short(s->min, b), units_short(s->max, c),
			s->jain, s->connections);
}

/* So that a latency has three digits at least. */
static int
decimals(double us)
{
	return us < 1 ? 3 : us < 10 ? 2 : 1;
}

static void
print_latency(FILE *out, const char *name, const struct histogram *h)
{
	static const struct {
		const char *name;
		double percentile;
	} points[] = {{"p50", 50},     {"p90", 90},	  {"p99", 99},
		      {"p99.9", 99.9}, {"p99.99", 99.99}, {"max", 100}};

	if (h == NULL || h->count == 0)
		return;
	fprintf(out, "%-8s us   ", name);
	for (unsigned i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		double us = (double)histogram_percentile(h, points[i].percentile) / 1000;

		fprintf(out, "  %s %.*f", points[i].name, decimals(us), us);
	}
	fputs("\n", out);
}

static void
print_cycles(FILE *out, const char *side, const struct result_cycles *c)
{
	static const char *const names[] = {
#define X(id, name) [CYCLE_PHASE_##id] = name,
		CYCLE_PHASE_LIST(X)
#undef X
	};
	static const char *const units[CYCLE_UNIT_MAX] = {"connection", "transaction", "packet"};
	const char *comma = "";

	if (!c->measured)
		return;
	fprintf(out, "%s cycles   ", side);
	for (unsigned i = 0; i <= CYCLE_PHASE_TOTAL; i++) {
		if (c->phase[i] == RESULT_NOT_MEASURED)
			continue;
		fprintf(out, "%s%s %.0f", comma, names[i], c->phase[i]);
		comma = ", ";
	}
	fprintf(out, " per %s", units[c->unit]);
	if (c->phase[CYCLE_PHASE_HANDSHAKE] != RESULT_NOT_MEASURED)
		fprintf(out, "; of tcp handshake %.0f, data %.0f, close %.0f",
			c->phase[CYCLE_PHASE_HANDSHAKE], c->phase[CYCLE_PHASE_DATA],
			c->phase[CYCLE_PHASE_CLOSE]);
	fputs("\n", out);
}

/* The engine's own phases, whatever they are, of every worker. */
static void
print_worker(FILE *out, const struct result_worker *w)
{
	static const char *const names[PHASE_MAX] = {
#define X(id, name) [PHASE_##id] = name,
		PHASE_LIST(X)
#undef X
	};

	fprintf(out, "  %s %u, lcore %u:", w->active ? "client" : "server", w->index, w->lcore);
	for (unsigned p = 0; p < PHASE_MAX; p++)
		fprintf(out, " %s %.0f,", names[p], (double)w->phase[p] / (double)w->units);
	for (unsigned i = 0; i < SPLIT_MAX && w->split[SPLIT_LOOKUP]; i++)
		fprintf(out, "%s%s %.0f", i ? ", " : " of which ", result_split_names[i],
			(double)w->split[i] / (double)w->units);
	fprintf(out, "%s total %.0f; idle %.0f\n", w->split[SPLIT_LOOKUP] ? ";" : "",
		(double)w->busy / (double)w->units, (double)w->idle / (double)w->units);
}

static void
print_workers(FILE *out, const struct result_end *end)
{
	static const char *const units[CYCLE_UNIT_MAX] = {"connection", "transaction", "packet"};
	bool titled = false;

	for (unsigned i = 0; i < end->worker_count; i++) {
		if (end->worker[i].units == 0)
			continue;
		if (!titled)
			fprintf(out, "Cycles of each worker per %s\n", units[end->worker[i].unit]);
		titled = true;
		print_worker(out, &end->worker[i]);
	}
}

/* Of the side that has more. */
static unsigned
most_workers(const struct result_end *end)
{
	unsigned n[2] = {0};

	for (unsigned i = 0; i < end->worker_count; i++)
		n[end->worker[i].active]++;
	return n[0] > n[1] ? n[0] : n[1];
}

static void
print_busy(FILE *out, const struct result_end *end)
{
	if (end->workers == 0)
		return;
	fputs("Busy            ", out);
	for (unsigned i = 0; i < end->workers; i++)
		fprintf(out, "%s%.0f%%", i ? ", " : "", end->busy_percent[i]);
	fputs(" of each worker", out);
	if (end->waited_percent >= WAITED_PERCENT)
		fprintf(out, "; one waited %.0f%% of the time for its core", end->waited_percent);
	fputs("\n", out);
}

static void
print_work(FILE *out, const struct result_part *p)
{
	char a[UNITS_TEXT], b[UNITS_TEXT];

	if (p->definition.stream)
		fprintf(out, "%sB to the server, %sB to the client",
			units_short((double)p->stream.received[0], a),
			units_short((double)p->stream.received[1], b));
	else
		fprintf(out, "%" PRIu64 " requests answered", p->transactions.completed);
}

/* Each kind of a mix. */
static void
print_parts(FILE *out, const struct result *r)
{
	for (unsigned i = 0; i < r->part_count; i++) {
		const struct result_part *p = &r->parts[i];

		fprintf(out,
			"Part %-2u         %s, IPv%u: %" PRIu64 " attempted, %" PRIu64 " closed, ",
			i + 1, p->definition.workload, p->definition.ipv, p->attempted, p->closed);
		print_work(out, p);
		fprintf(out, "; connect p99 %.1f us\n",
			(double)histogram_percentile(&p->connect, 99) / 1000);
	}
}

/* Each step, if there is more than one, and what held the run back. */
static void
print_limit(FILE *out, const struct result *r)
{
	const struct limit_verdict *v = &r->end.limit;

	for (unsigned i = 0; i < r->step_count && r->step_count > 1; i++) {
		const struct result_step *s = &r->steps[i];

		fprintf(out,
			"Step %-2u         %.1f s at %" PRIu64 "/s: %.1f attempted/s, %" PRIu64
			" failed, connect p99 %.1f us; limited by %s\n",
			i + 1, s->seconds, s->target,
			s->seconds > 0 ? (double)s->attempted / s->seconds : 0, s->failed,
			s->connect_p99_us, limit_name(s->limit.by));
	}
	if (r->searched)
		fprintf(out,
			"Highest rate    %" PRIu64 "/s; %.1f to %.1f achieved in %u repeats, of %u "
			"trials\n",
			find_answer(&r->find), r->find.least, r->find.most, r->find.repeats,
			r->find.trials);
	if (r->end.limited)
		fprintf(out, "Limited by      %s%s%s%s\n", limit_words(v->by),
			*v->evidence ? " (" : "", v->evidence, *v->evidence ? ")" : "");
}

/* Counters of a group that are not zero, by name. */
static void
print_group(FILE *out, const char *title, const struct result_end *end,
	    bool (*chosen)(enum counter c))
{
	const char *comma = title;

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		uint64_t n = end->active.v[i] + end->passive.v[i];

		if (n == 0 || !chosen(i))
			continue;
		fprintf(out, "%s%s %" PRIu64, comma, counter_info[i].name, n);
		comma = ", ";
	}
	if (comma != title)
		fputs("\n", out);
}

static bool
is_drop(enum counter c)
{
	return strcmp(counter_info[c].group, "drop") == 0;
}

/* What goes beyond a plain connection, and no reason for a failure. */
static bool
is_event(enum counter c)
{
	static const enum counter plain[] = {
		COUNTER_CONN_ACTIVE_OPEN,
		COUNTER_CONN_PASSIVE_OPEN,
		COUNTER_CONN_ESTABLISHED,
		COUNTER_CONN_CLOSED,
		COUNTER_CONN_SILENT,
		COUNTER_TCP_RX,
		COUNTER_TCP_TX,
		COUNTER_TCP_BYTES_RX,
		COUNTER_TCP_BYTES_TX,
		COUNTER_SYN_RX,
		COUNTER_SYN_ACK_TX,
		COUNTER_HALF_OPEN_CREATED,
		COUNTER_TIME_WAIT_CREATED,
		COUNTER_RX_PACKETS,
		COUNTER_RX_BYTES,
		COUNTER_RX_BURSTS,
		COUNTER_TX_PACKETS,
		COUNTER_TX_BYTES,
		COUNTER_TIMER_FIRED,
		COUNTER_TIMER_STALE,
		COUNTER_TIME_WAIT_EXPIRED,
		COUNTER_HTTP_REQUESTS,
	};

	for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i] == c)
			return false;
	return !is_drop(c) && !result_is_failure(c);
}

static void
print_memory(FILE *out, const struct result *r)
{
	struct result_memory m;
	char total[UNITS_TEXT];

	result_memory(r, &m);
	if (m.conn > 0)
		fprintf(out,
			"Memory          bytes per conn %.0f, half-open %.0f, time-wait %.0f, with "
			"their share of table and timers\n",
			m.conn, m.half_open, m.time_wait);
	if (m.total != 0)
		fprintf(out, "                %sB taken\n", units_short((double)m.total, total));
}

static void
print_leaks(FILE *out, const struct result_leaks *l)
{
	fprintf(out,
		"Leaks           %" PRIu64 " mbufs, %" PRIu64 " conns, %" PRIu64
		" half-opens, %" PRIu64 " time-waits\n",
		l->mbufs, l->conns, l->half_open, l->time_wait);
}

void
report_summary(FILE *out, const struct result *r)
{
	char problem[128];

	report_definition(out, r);
	print_merged(out, r);
	print_host(out, &r->host);
	print_connections(out, r);
	result_device_print(out, &r->end);
	print_wire(out, r);
	print_transactions(out, r);
	print_stream(out, r);
	print_latency(out, "Connect", r->end.connect);
	print_latency(out, "Request", r->end.request);
	print_latency(out, "Close", r->end.close);
	print_cycles(out, "Client", &r->end.client);
	print_cycles(out, "Server", &r->end.server);
	print_workers(out, &r->end);
	print_busy(out, &r->end);
	result_steering_print(out, &r->end.steering, most_workers(&r->end));
	print_parts(out, r);
	print_limit(out, r);
	print_group(out, "Failed          ", &r->end, result_is_failure);
	if (r->end.not_opened)
		fprintf(out, "Not opened      %" PRIu64 " connections: no route, or no address\n",
			r->end.not_opened);
	if (r->end.unanswered)
		fprintf(out, "Unanswered      %" PRIu64 " connections, when the run ended\n",
			r->end.unanswered);
	print_group(out, "Dropped         ", &r->end, is_drop);
	print_group(out, "Events          ", &r->end, is_event);
	print_memory(out, r);
	print_leaks(out, &r->end.leaks);
	if (result_exit_code(r, problem, sizeof(problem)))
		fprintf(out, "Goals missed:   %s\n", problem);
	fflush(out);
}
