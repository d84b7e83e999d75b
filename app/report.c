/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <string.h>

/* A number in four characters or so: 999, 12.3k, 1.04M. */
#define SHORT_CHARS 16
static const char *
shortly(double n, char text[SHORT_CHARS])
{
	static const char units[] = {'k', 'M', 'G', 'T'};
	unsigned u = 0;

	if (n < 999.5) {
		snprintf(text, SHORT_CHARS, "%.0f", n);
		return text;
	}
	for (n /= 1000; n >= 999.5 && u + 1 < sizeof(units); u++)
		n /= 1000;
	snprintf(text, SHORT_CHARS, "%.*f%c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[u]);
	return text;
}

void
report_heading(FILE *out)
{
	fputs("  time   opened/s  closed/s    failed      open  packets/s   Gbit/s  p99 us"
	      "  busy\n",
	      out);
}

static void
print_measured(FILE *out, int width, const char *unit, double value)
{
	if (value == RESULT_NOT_MEASURED)
		fprintf(out, " %*s%*s", width, "-", (int)strlen(unit), "");
	else
		fprintf(out, " %*.0f%s", width, value, unit);
}

void
report_interval(FILE *out, const struct interval *i)
{
	double s = i->length_s > 0 ? i->length_s : 1;
	uint64_t packets = i->rx_packets + i->tx_packets;
	double gbits = (double)(i->rx_bytes + i->tx_bytes) * 8 / s / 1e9;
	char a[SHORT_CHARS], b[SHORT_CHARS], c[SHORT_CHARS], d[SHORT_CHARS], e[SHORT_CHARS];

	fprintf(out, "%6.1f %10s %9s %9s %9s %10s %8.2f", i->start_s + i->length_s,
		shortly((double)i->established / s, a), shortly((double)i->closed / s, b),
		shortly((double)i->failed, c), shortly((double)i->open, d),
		shortly((double)packets / s, e), gbits);
	print_measured(out, 7, "", i->connect_p99_us);
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
	return workload;
}

/* What was counted: without it no number below means anything. */
static void
print_definition(FILE *out, const struct result *r)
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
	if (d->request_size || d->response_size)
		fprintf(out, "; %u bytes of request, %u of response", d->request_size,
			d->response_size);
	else if (d->workload != NULL)
		fputs("; no payload", out);
	if (r->config != NULL)
		fprintf(out, "; options MSS, window scale%s%s",
			r->config->lib.tcp.sack ? ", SACK" : "",
			r->config->lib.tcp.timestamps ? ", timestamps" : "");
	if (d->link != NULL)
		fprintf(out, "; over %s", d->link);
	fputs("\n", out);
	if (sequence != NULL)
		fprintf(out, "         %u packets per connection: %s\n", packets, sequence);
}

static void
print_host(FILE *out, const struct host *h)
{
	char memory[SHORT_CHARS];

	fprintf(out, "Host:    %s, %u cores, %sB, %s, kernel %s, %s\n", h->cpu, h->cores,
		shortly((double)h->memory_bytes, memory),
		h->hugepages_used ? "huge pages" : "no huge pages", h->kernel, h->dpdk);
}

static void
print_connections(FILE *out, const struct result *r)
{
	struct result_connections c;
	struct result_rate rate;

	result_connections(&r->end, &c);
	result_rate(r, &rate);
	fprintf(out,
		"\nConnections     %" PRIu64 " attempted, %" PRIu64 " established, %" PRIu64
		" closed, %" PRIu64 " failed (warm-up and end included)\n",
		c.attempted, c.established, c.closed, c.failed);
	if (rate.mean != RESULT_NOT_MEASURED)
		fprintf(out, "Per second      %.0f closed; %.0f to %.0f; over %.1f s\n", rate.mean,
			rate.min, rate.max, r->end.seconds);
	if (c.closed)
		fprintf(out, "Packets         %" PRIu64 ", %.2f per connection\n",
			result_packets(&r->end),
			(double)result_packets(&r->end) / (double)c.closed);
}

static void
print_latency(FILE *out, const char *name, const struct histogram *h)
{
	if (h == NULL || h->count == 0)
		return;
	fprintf(out,
		"%-8s us     p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  p99.99 %.1f  max %.1f\n",
		name, (double)histogram_percentile(h, 50) / 1000,
		(double)histogram_percentile(h, 90) / 1000,
		(double)histogram_percentile(h, 99) / 1000,
		(double)histogram_percentile(h, 99.9) / 1000,
		(double)histogram_percentile(h, 99.99) / 1000, (double)h->max / 1000);
}

static void
print_cycles(FILE *out, const char *side, const struct result_cycles *c)
{
	static const char *const names[] = {
#define X(id, name) [CYCLE_PHASE_##id] = name,
		CYCLE_PHASE_LIST(X)
#undef X
	};
	const char *comma = "";

	if (!c->measured)
		return;
	fprintf(out, "%s cycles   ", side);
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++) {
		if (c->phase[i] == RESULT_NOT_MEASURED)
			continue;
		fprintf(out, "%s%s %.0f", comma, names[i], c->phase[i]);
		comma = ", ";
	}
	fputs(" per connection\n", out);
}

static void
print_busy(FILE *out, const struct result_end *end)
{
	if (end->workers == 0)
		return;
	fputs("Busy            ", out);
	for (unsigned i = 0; i < end->workers; i++)
		fprintf(out, "%s%.0f%%", i ? ", " : "", end->busy_percent[i]);
	fputs(" of each worker\n", out);
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
	char total[SHORT_CHARS];

	result_memory(r, &m);
	if (m.conn > 0)
		fprintf(out,
			"Memory          bytes per conn %.0f, half-open %.0f, time-wait %.0f, with "
			"their share of table and timers\n",
			m.conn, m.half_open, m.time_wait);
	if (m.total != 0)
		fprintf(out, "                %sB taken\n", shortly((double)m.total, total));
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

	print_definition(out, r);
	print_host(out, &r->host);
	print_connections(out, r);
	print_latency(out, "Connect", r->end.connect);
	print_latency(out, "Request", r->end.request);
	print_latency(out, "Close", r->end.close);
	print_cycles(out, "Client", &r->end.client);
	print_cycles(out, "Server", &r->end.server);
	print_busy(out, &r->end);
	print_group(out, "Failed          ", &r->end, result_is_failure);
	print_group(out, "Dropped         ", &r->end, is_drop);
	print_group(out, "Events          ", &r->end, is_event);
	print_memory(out, r);
	print_leaks(out, &r->end.leaks);
	if (result_exit_code(r, problem, sizeof(problem)))
		fprintf(out, "Goals missed:   %s\n", problem);
	fflush(out);
}
