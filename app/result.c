/* SPDX-License-Identifier: BSD-3-Clause */
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory_need.h"

#define ONE_SEGMENT_BYTES 1400 /* payload that surely goes into one segment */

const char *const result_split_names[SPLIT_MAX] = {
	[SPLIT_LOOKUP] = "lookup",
	[SPLIT_HANDSHAKE] = "handshake",
	[SPLIT_DATA] = "data",
	[SPLIT_CLOSE] = "close",
};

void
result_clear(struct result *r)
{
	memset(r, 0, sizeof(*r));
	r->merged = 1;
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		r->end.client.phase[i] = r->end.server.phase[i] = RESULT_NOT_MEASURED;
}

void
result_init(struct result *r)
{
	result_clear(r);
	host_probe(&r->host);
}

static void
free_slots(struct interval *i)
{
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		free(i->slots[k]);
}

void
result_fini(struct result *r)
{
	for (unsigned i = 0; i < r->interval_count; i++)
		free_slots(&r->intervals[i]);
	free(r->intervals);
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		free(r->read[k]);
	memset(r->read, 0, sizeof(r->read));
	json_decref(r->source);
	r->source = NULL;
	r->intervals = NULL;
	r->interval_count = r->interval_room = 0;
}

int
result_add_interval(struct result *r, struct interval *i)
{
	if (r->interval_count == r->interval_room) {
		unsigned room = r->interval_room ? 2 * r->interval_room : 64;
		struct interval *more = realloc(r->intervals, room * sizeof(*more));

		if (more == NULL) {
			free_slots(i);
			return -ENOMEM;
		}
		r->intervals = more;
		r->interval_room = room;
	}
	r->intervals[r->interval_count++] = *i;
	return 0;
}

struct sequence {
	unsigned packets;
	const char *text;
};

/* [crr][closer]; ACKs ride on what follows at once. */
static const struct sequence sequences[2][3] = {
	[0] = {[CLOSER_CLIENT] = {5, "SYN, SYN-ACK, FIN-ACK, FIN-ACK, ACK"},
	       [CLOSER_SERVER] = {6, "SYN, SYN-ACK, ACK, FIN-ACK, FIN-ACK, ACK"}},
	[1] = {[CLOSER_CLIENT] = {7, "SYN, SYN-ACK, request, response, FIN-ACK, FIN-ACK, ACK"},
	       [CLOSER_SERVER] = {6, "SYN, SYN-ACK, request, response with FIN, FIN-ACK, ACK"}},
};

const char *
result_sequence(const struct result *r, unsigned *packets)
{
	const struct result_definition *d = &r->definition;
	const struct sequence *s;
	bool crr;

	*packets = d->varies ? 0 : d->packets_per_connection;
	if (d->sequence != NULL && !d->varies)
		return d->sequence;
	if (d->workload == NULL || d->varies || d->http || !r->end.has_active ||
	    !r->end.has_passive || d->servers != NULL || d->request_size > ONE_SEGMENT_BYTES ||
	    d->response_size > ONE_SEGMENT_BYTES)
		return NULL;
	crr = strcmp(d->workload, "crr") == 0;
	if (!crr && strcmp(d->workload, "cc") != 0)
		return NULL;
	s = &sequences[crr][d->first_to_close];
	*packets = s->packets;
	return s->text;
}

void
result_memory(const struct result *r, struct result_memory *m)
{
	struct memory_need need;

	*m = r->end.memory;
	if (m->conn > 0 || r->config == NULL)
		return;
	memory_need(&r->config->lib, &need);
	m->conn = need.per_conn;
	m->half_open = need.per_half_open;
	m->time_wait = need.per_time_wait;
}

unsigned
result_options(const struct result *r)
{
	const struct tct_tcp_config *tcp;

	if (r->config == NULL)
		return r->definition.options;
	tcp = &r->config->lib.tcp;
	return 1u << OPTION_MSS | 1u << OPTION_WINDOW_SCALE | (unsigned)tcp->sack << OPTION_SACK |
	       (unsigned)tcp->timestamps << OPTION_TIMESTAMPS;
}

const struct histogram *
result_latency(const struct result_end *end, enum latency kind)
{
	const struct histogram *const all[LATENCY_MAX] = {end->connect, end->request, end->close};

	return all[kind] && all[kind]->count ? all[kind] : NULL;
}

/* Every counter of group conn tells of a failure, unless it is known to tell of something else: a
 * new one is a failure until somebody says that it is not. */
bool
result_is_failure(enum counter c)
{
	switch (c) {
	case COUNTER_CONN_ACTIVE_OPEN:
	case COUNTER_CONN_PASSIVE_OPEN:
	case COUNTER_CONN_ESTABLISHED:
	case COUNTER_CONN_CLOSED:
	case COUNTER_CONN_SIMULTANEOUS_OPEN:
	case COUNTER_CONN_SILENT:
		return false;
	default:
		return strcmp(counter_info[c].group, "conn") == 0;
	}
}

uint64_t
result_failures(const struct counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (result_is_failure(i))
			sum += c->v[i];
	return sum;
}

uint64_t
result_drops(const struct counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (strcmp(counter_info[i].group, "drop") == 0)
			sum += c->v[i];
	return sum;
}

void
result_connections(const struct result_end *end, struct result_connections *c)
{
	const struct counters *side = end->has_active ? &end->active : &end->passive;

	c->attempted = side->v[end->has_active ? COUNTER_CONN_ACTIVE_OPEN : COUNTER_SYN_RX] +
		       end->not_opened;
	c->established = side->v[COUNTER_CONN_ESTABLISHED];
	c->closed = side->v[COUNTER_CONN_CLOSED];
	c->aborted = end->aborted;
	c->half_open = side->v[COUNTER_CONN_SILENT];
	c->failed = result_failures(side) - end->aborted + end->not_opened;
}

uint64_t
result_packets(const struct result_end *end)
{
	uint64_t tx = end->active.v[COUNTER_TX_PACKETS] + end->passive.v[COUNTER_TX_PACKETS];
	uint64_t rx = end->active.v[COUNTER_RX_PACKETS] + end->passive.v[COUNTER_RX_PACKETS];

	return end->has_active && end->has_passive ? tx : rx + tx;
}

/* The last one is shorter when a run is interrupted, and its rate means little. */
bool
result_interval_counts(const struct result *r, unsigned i)
{
	const struct interval *in = &r->intervals[i];
	bool cut = i > 0 && i + 1 == r->interval_count &&
		   in->length_s < 0.5 * r->intervals[i - 1].length_s;

	return !in->warmup && in->length_s > 0 && !cut;
}

static double
amount(const struct interval *in, enum rate_of what)
{
	switch (what) {
	case RATE_CLOSED:
		return (double)in->closed;
	case RATE_RESPONSES:
		return (double)in->responses;
	case RATE_TO_SERVER:
		return 8 * (double)in->to_server_bytes;
	case RATE_TO_CLIENT:
		return 8 * (double)in->to_client_bytes;
	}
	return 0;
}

double
result_interval_rate(const struct interval *in, enum rate_of what)
{
	return amount(in, what) / in->length_s;
}

void
result_rate(const struct result *r, enum rate_of what, struct result_rate *rate)
{
	double seconds = 0, sum = 0;

	rate->mean = rate->min = rate->max = RESULT_NOT_MEASURED;
	for (unsigned i = 0; i < r->interval_count; i++) {
		const struct interval *in = &r->intervals[i];
		double one = result_interval_rate(in, what);

		if (!result_interval_counts(r, i))
			continue;
		if (seconds == 0 || one < rate->min)
			rate->min = one;
		if (one > rate->max)
			rate->max = one;
		seconds += in->length_s;
		sum += amount(in, what);
	}
	if (seconds > 0)
		rate->mean = sum / seconds;
}

double
result_wire_share(const struct result *r)
{
	double seconds = 0, packets = 0;

	for (unsigned i = 0; i < r->interval_count; i++)
		if (result_interval_counts(r, i)) {
			const struct interval *in = &r->intervals[i];

			packets += (double)(in->rx_packets + in->tx_packets);
			seconds += in->length_s;
		}
	if (!r->wire.measured || seconds <= 0)
		return RESULT_NOT_MEASURED;
	return packets / seconds / r->wire.packets_per_second;
}

double
result_wire_added(const struct result *r)
{
	const struct histogram *h = result_latency(&r->end, LATENCY_REQUEST);
	const char *workload = r->definition.workload;

	if (!r->wire.measured || r->wire.in_flight != 1 || h == NULL || workload == NULL ||
	    strcmp(workload, "rr") != 0)
		return RESULT_NOT_MEASURED;
	return (double)histogram_percentile(h, 50) - r->wire.round_trip_p50_ns;
}

uint64_t
result_faults(const struct result_transactions *t)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FAULT_MAX; i++)
		sum += t->failed[i];
	return sum;
}

static uint64_t
leaked(const struct result_leaks *l)
{
	return l->mbufs + l->conns + l->half_open + l->time_wait;
}

int
result_exit_code(const struct result *r, char *problem, size_t problem_size)
{
	const struct result_end *end = &r->end;
	struct result_connections c;
	char text[128] = "";

	result_connections(end, &c);
	if (leaked(&end->leaks) != 0)
		snprintf(text, sizeof(text), "%" PRIu64 " records or packet buffers leaked",
			 leaked(&end->leaks));
	else if (end->stream.corrupt != 0)
		snprintf(text, sizeof(text),
			 "%" PRIu64 " connections received other bytes than were sent",
			 end->stream.corrupt);
	else if (r->searched) /* for that, connections had to fail */
		snprintf(text, sizeof(text), "%s",
			 find_answer(&r->find) ? "" : "no rate was found that can be kept");
	else if (end->has_active && c.failed != 0)
		snprintf(text, sizeof(text), "%" PRIu64 " connections failed", c.failed);
	else if (result_faults(&end->transactions) != 0)
		snprintf(text, sizeof(text), "%" PRIu64 " transactions failed",
			 result_faults(&end->transactions));
	else if (end->has_active && !end->interrupted && c.closed + c.aborted < c.established)
		snprintf(text, sizeof(text), "%" PRIu64 " connections were not closed",
			 c.established - c.closed - c.aborted);
	else if (end->has_active && !end->interrupted && c.established == 0)
		snprintf(text, sizeof(text), "no connection was established");
	if (problem != NULL)
		snprintf(problem, problem_size, "%s", text);
	return text[0] != '\0';
}
