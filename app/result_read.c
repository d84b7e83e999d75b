/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way back of result_json.c. Histograms, started_ms, merged, workers, steering and device
 * came later than the rest of schema 1: a file without them is read, and says nothing of them.
 */
#include "result_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "result_load_json.h"
#include "result_take.h"

#define MAX_SECONDS 1e9 /* no run lasts longer */

/* ---- definition, host ----------------------------------------------------------------------- */

static enum result_closer
read_closer(struct reader *rd, json_t *definition)
{
	const char *name = take_text(rd, definition, "first_to_close");

	if (name == NULL)
		return CLOSER_NONE;
	if (strcmp(name, "client") != 0 && strcmp(name, "server") != 0)
		take_complain(rd, "first_to_close", name, "client or server");
	return strcmp(name, "server") == 0 ? CLOSER_SERVER : CLOSER_CLIENT;
}

static unsigned
read_options(json_t *definition)
{
	static const char *const names[OPTION_MAX] = {
#define X(id, name) [OPTION_##id] = name,
		OPTION_LIST(X)
#undef X
	};
	unsigned options = 0;
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(definition, "options"), i,
			   item) for (unsigned o = 0; o < OPTION_MAX;
				      o++) if (json_is_string(item) &&
					       !strcmp(json_string_value(item), names[o]))
		options |= 1u << o;
	return options;
}

static void
read_workload(struct reader *rd, json_t *json, struct result_definition *d)
{
	const char *protocol = take_text(rd, json, "protocol");

	d->requests = protocol != NULL;
	d->http = protocol != NULL && strcmp(protocol, "http") == 0;
	d->method = json_string_value(take_member(json, "method")); /* older results have none */
	d->per_connection = (uint32_t)take_count_or(rd, json, "requests_per_connection", 0);
	d->direction = take_text(rd, json, "direction");
	d->stream = d->direction != NULL;
	d->verified = take_flag(rd, json, "verified");
	d->endless = d->stream || (d->requests && d->per_connection == 0);
}

static void
read_definition(struct reader *rd, json_t *json, struct result_definition *d)
{
	strcpy(rd->within, "definition.");
	d->command = take_text(rd, json, "command");
	d->workload = take_text(rd, json, "workload");
	d->sequence = take_text(rd, json, "sequence");
	d->packets_per_connection = (unsigned)take_count_or(rd, json, "packets_per_connection", 0);
	d->first_to_close = read_closer(rd, json);
	d->request_size = (uint32_t)take_count(rd, json, "payload.request_bytes");
	d->response_size = (uint32_t)take_count(rd, json, "payload.response_bytes");
	d->options = read_options(json);
	d->ipv = json_is_string(take_member(json, "ipv")) ? 0
							  : (unsigned)take_count(rd, json, "ipv");
	d->link = take_text(rd, json, "link");
	d->servers = take_member(json, "servers") ? take_text(rd, json, "servers") : NULL;
	read_workload(rd, json, d);
}

static void
read_host(struct reader *rd, json_t *json, struct host *h)
{
	strcpy(rd->within, "host.");
	take_name(rd, json, "cpu", h->cpu, sizeof(h->cpu));
	h->cores = (unsigned)take_count(rd, json, "cores");
	h->nodes = (unsigned)take_count(rd, json, "numa_nodes");
	h->memory_bytes = take_count(rd, json, "memory_bytes");
	h->memory_available_bytes = take_count(rd, json, "memory_available_bytes");
	h->hugepage_bytes_total = take_count(rd, json, "hugepages.total_bytes");
	h->hugepage_bytes_free = take_count(rd, json, "hugepages.free_bytes");
	h->hugepages_used = take_flag(rd, json, "hugepages.used");
	take_name(rd, json, "transparent_hugepages", h->thp, sizeof(h->thp));
	take_name(rd, json, "kernel", h->kernel, sizeof(h->kernel));
	take_name(rd, json, "dpdk", h->dpdk, sizeof(h->dpdk));
}

/* ---- intervals ------------------------------------------------------------------------------ */

static void
read_points(struct reader *rd, json_t *json, enum latency kind, struct latency_points *p)
{
	for (unsigned i = 0; i < POINT_MAX; i++) {
		char place[32];

		snprintf(place, sizeof(place), "%s_us.%s", latency_names[kind], point_names[i]);
		p->us[i] = take_member(json, place) ? take_number(rd, json, place)
						    : LATENCY_NOT_MEASURED;
	}
}

static void
read_slots(struct reader *rd, json_t *json, struct interval *in)
{
	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		char place[32];
		const char *text;

		snprintf(place, sizeof(place), "slots.%s", latency_names[k]);
		text = take_member(json, place) ? take_text(rd, json, place) : NULL;
		if (text && latency_add_text(&rd->scratch, text) < 0)
			take_complain(rd, place, text, "INDEX:COUNT, ascending,");
		in->slots[k] = text ? strdup(text) : NULL;
		read_points(rd, json, k, &in->latency[k]);
	}
}

static void
read_interval(struct reader *rd, json_t *json, struct interval *in)
{
	*in = (struct interval){
		.start_s = take_number(rd, json, "start_s"),
		.length_s = take_number(rd, json, "length_s"),
		.warmup = take_flag(rd, json, "warmup"),
		.attempted = take_count(rd, json, "connections.attempted"),
		.established = take_count(rd, json, "connections.established"),
		.closed = take_count(rd, json, "connections.closed"),
		.failed = take_count(rd, json, "connections.failed"),
		.open = take_count(rd, json, "connections.open"),
		.rx_packets = take_count(rd, json, "packets.rx"),
		.tx_packets = take_count(rd, json, "packets.tx"),
		.rx_bytes = take_count(rd, json, "bytes.rx"),
		.tx_bytes = take_count(rd, json, "bytes.tx"),
		.retransmits = take_count(rd, json, "retransmits"),
		.drops = take_count(rd, json, "drops"),
		.responses = take_count(rd, json, "transactions"),
		.to_server_bytes = take_count(rd, json, "received_bytes.server"),
		.to_client_bytes = take_count(rd, json, "received_bytes.client"),
		.busy_percent = take_number(rd, json, "busy_percent"),
		.waited_percent = take_number_or_none(rd, json, "waited_percent"),
	};
	read_slots(rd, json, in);
	if (!(in->length_s > 1e-6 && in->length_s < MAX_SECONDS) ||
	    !(in->start_s >= 0 && in->start_s < MAX_SECONDS))
		take_complain(rd, "length_s", "no time", "more than 0, and start_s at least 0,");
}

static void
read_intervals(struct reader *rd, json_t *json, struct result *r)
{
	json_t *item;
	size_t i;

	*rd->within = '\0';
	json_array_foreach(take_list(rd, json, "intervals"), i, item)
	{
		struct interval in;

		snprintf(rd->within, sizeof(rd->within), "intervals.%zu.", i);
		read_interval(rd, item, &in);
		if (result_add_interval(r, &in) < 0)
			take_complain(rd, "start_s", "more than memory holds", "fewer intervals");
	}
}

/* ---- the end -------------------------------------------------------------------------------- */

/* The sum is told of every counter, and failures of the side whose connections are counted. */
static void
read_counters(struct reader *rd, json_t *json, struct result_end *end)
{
	struct counters *side = end->has_active ? &end->active : &end->passive;
	json_t *all = take_member(json, "counters"),
	       *failed = take_member(json, "connections.failed");

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		json_t *of_side = json_object_get(failed, counter_info[i].name);
		uint64_t total =
			(uint64_t)json_integer_value(json_object_get(all, counter_info[i].name));

		side->v[i] = of_side ? (uint64_t)json_integer_value(of_side) : total;
		if (end->has_active && end->has_passive)
			end->passive.v[i] = total - side->v[i];
	}
	if (!json_is_object(all) || !json_is_object(failed))
		take_complain(rd, "counters", "nothing", "the counters, and connections.failed");
}

/* Those of the counters that connections tells of one side only. */
static void
read_connections(struct reader *rd, json_t *json, struct result_end *end)
{
	static const struct {
		const char *place;
		enum counter active, passive;
	} rows[] = {
		{"connections.attempted", COUNTER_CONN_ACTIVE_OPEN, COUNTER_SYN_RX},
		{"connections.established", COUNTER_CONN_ESTABLISHED, COUNTER_CONN_ESTABLISHED},
		{"connections.closed", COUNTER_CONN_CLOSED, COUNTER_CONN_CLOSED},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum counter c = end->has_active ? rows[i].active : rows[i].passive;
		struct counters *side = end->has_active ? &end->active : &end->passive;
		uint64_t n = take_count(rd, json, rows[i].place);

		if (end->has_active && end->has_passive)
			end->passive.v[c] += side->v[c] - n;
		side->v[c] = n;
	}
}

static struct histogram *
read_histogram(struct reader *rd, json_t *json, const char *name)
{
	const char *slots = take_text(rd, json, "slots");
	struct histogram *h = malloc(sizeof(*h));
	uint64_t count = take_count(rd, json, "count");

	if (h == NULL)
		return NULL;
	histogram_reset(h);
	if (slots == NULL || latency_add_text(h, slots) < 0 || h->count != count)
		take_complain(rd, name, "no histogram",
			      "slots as INDEX:COUNT, as many as count says");
	h->sum = take_count(rd, json, "sum");
	h->min = take_count(rd, json, "min");
	h->max = take_count(rd, json, "max");
	return h;
}

static void
read_histograms(struct reader *rd, json_t *json, struct result *r)
{
	const struct histogram **const end[LATENCY_MAX] = {&r->end.connect, &r->end.request,
							   &r->end.close};

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		json_t *h = json_object_get(json_object_get(json, "histograms"), latency_names[k]);

		if (json_is_object(h))
			*end[k] = r->read[k] = read_histogram(rd, h, latency_names[k]);
	}
}

static void
read_side(struct reader *rd, json_t *json, enum cycle_unit unit, struct result_cycles *c)
{
	static const char *const names[] = {
#define X(id, name) [CYCLE_PHASE_##id] = name,
		CYCLE_PHASE_LIST(X)
#undef X
	};

	if (!json_is_object(json))
		return;
	c->measured = true;
	c->unit = unit;
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		c->phase[i] = i <= CYCLE_PHASE_TOTAL ? take_number(rd, json, names[i])
						     : take_number_or_none(rd, json, names[i]);
}

static void
read_cycles(struct reader *rd, json_t *json, struct result_end *end)
{
	static const char *const names[CYCLE_UNIT_MAX] = {
		"cycles_per_connection", "cycles_per_transaction", "cycles_per_packet"};

	for (unsigned u = 0; u < CYCLE_UNIT_MAX; u++) {
		json_t *sides = json_object_get(json, names[u]);

		read_side(rd, json_object_get(sides, "client"), u, &end->client);
		read_side(rd, json_object_get(sides, "server"), u, &end->server);
	}
}

static void
read_worker(struct reader *rd, json_t *json, struct result_worker *w)
{
	static const char *const units[CYCLE_UNIT_MAX] = {"connections", "transactions", "packets"};
	static const char *const names[PHASE_MAX] = {
#define X(id, name) [PHASE_##id] = name,
		PHASE_LIST(X)
#undef X
	};
	const char *side = take_text(rd, json, "side"), *unit = take_text(rd, json, "unit");
	json_t *cycles = json_object_get(json, "cycles");

	w->active = side && strcmp(side, "client") == 0;
	w->index = (unsigned)take_count(rd, json, "worker");
	w->lcore = (unsigned)take_count(rd, json, "lcore");
	w->units = take_count(rd, json, "units");
	for (unsigned u = 0; unit && u < CYCLE_UNIT_MAX; u++)
		if (strcmp(units[u], unit) == 0)
			w->unit = u;
	for (unsigned p = 0; p < PHASE_MAX; p++)
		w->phase[p] = take_count_or(rd, cycles, names[p], 0);
	for (unsigned i = 0; i < SPLIT_MAX; i++)
		w->split[i] = take_count_or(rd, cycles, result_split_names[i], 0);
	w->busy = take_count(rd, cycles, "total");
	w->idle = take_count(rd, cycles, "idle");
}

static void
read_workers(struct reader *rd, json_t *json, struct result_end *end)
{
	json_t *item;
	size_t i;

	json_array_foreach(take_list(rd, json, "busy_percent"), i,
			   item) if (end->workers < RESULT_MAX_WORKERS)
		end->busy_percent[end->workers++] =
		json_is_number(item) ? json_number_value(item) : RESULT_NOT_MEASURED;
	end->waited_percent = take_number_or_none(rd, json, "waited_percent");
	json_array_foreach(json_object_get(json, "workers"), i,
			   item) if (end->worker_count < RESULT_MAX_WORKERS)
		read_worker(rd, item, &end->worker[end->worker_count++]);
}

static void
read_transactions(struct reader *rd, json_t *json, struct result_transactions *t)
{
	static const char *const places[FAULT_MAX] = {
#define X(id, name, help) [FAULT_##id] = "failed." name,
		TRANSACTION_FAULT_LIST(X)
#undef X
	};

	if (!json_is_object(json))
		return;
	t->attempted = take_count(rd, json, "attempted");
	t->completed = take_count(rd, json, "completed");
	for (unsigned i = 0; i < FAULT_MAX; i++)
		t->failed[i] = take_count_or(rd, json, places[i], 0);
}

static void
read_stream(struct reader *rd, json_t *json, struct result_stream *s)
{
	if (!json_is_object(json))
		return;
	s->sent[0] = take_count_or(rd, json, "to_server.sent_bytes", RESULT_UNKNOWN);
	s->sent[1] = take_count_or(rd, json, "to_client.sent_bytes", RESULT_UNKNOWN);
	s->received[0] = take_count(rd, json, "to_server.received_bytes");
	s->received[1] = take_count(rd, json, "to_client.received_bytes");
	s->corrupt = take_count(rd, json, "corrupt");
	if (json_is_object(take_member(json, "retransmits"))) {
		s->retransmits = take_count(rd, json, "retransmits.segments");
		s->segments = take_count(rd, json, "retransmits.of");
	}
	if (json_is_object(take_member(json, "fairness"))) {
		s->connections = take_count(rd, json, "fairness.connections");
		s->jain = take_number(rd, json, "fairness.jain");
		s->min = take_number(rd, json, "fairness.bytes.min");
		s->mean = take_number(rd, json, "fairness.bytes.mean");
		s->max = take_number(rd, json, "fairness.bytes.max");
	}
}

static double
known(double bytes)
{
	return bytes == RESULT_NOT_MEASURED ? 0 : bytes;
}

static void
read_memory(struct reader *rd, json_t *json, struct result_memory *m)
{
	m->conn = known(take_number(rd, json, "memory_bytes_per.conn"));
	m->half_open = known(take_number(rd, json, "memory_bytes_per.half_open"));
	m->time_wait = known(take_number(rd, json, "memory_bytes_per.time_wait"));
	m->total = take_count_or(rd, json, "memory_bytes", 0);
}

/* What the definition does not say of a mix. */
static void
read_mix(json_t *json, struct result_definition *d)
{
	if (!d->workload || strcmp(d->workload, "mix") != 0)
		return;
	d->some_stream = json_is_object(take_member(json, "stream"));
	d->endless = json_is_null(take_member(json, "connections_per_second.mean"));
}

static void
read_end(struct reader *rd, json_t *json, struct result *r)
{
	const char *command = r->definition.command ? r->definition.command : "";
	struct result_end *end = &r->end;

	strcpy(rd->within, "end.");
	end->has_active = strcmp(command, "serve") != 0;
	end->has_passive = strcmp(command, "load") != 0 || r->definition.servers != NULL;
	end->seconds = take_number(rd, json, "seconds");
	end->interrupted = take_flag(rd, json, "interrupted");
	read_counters(rd, json, end);
	read_connections(rd, json, end);
	read_histograms(rd, json, r);
	end->leaks = (struct result_leaks){
		.mbufs = take_count(rd, json, "leaks.mbufs"),
		.conns = take_count(rd, json, "leaks.conns"),
		.half_open = take_count(rd, json, "leaks.half_open"),
		.time_wait = take_count(rd, json, "leaks.time_wait"),
	};
	read_cycles(rd, json, end);
	read_workers(rd, json, end);
	result_steering_read(&end->steering, json_object_get(json, "steering"));
	read_transactions(rd, take_member(json, "transactions"), &end->transactions);
	read_stream(rd, take_member(json, "stream"), &end->stream);
	read_mix(json, &r->definition);
	read_memory(rd, json, &end->memory);
	result_load_read(r, json);
	result_device_read(end, json_object_get(json, "device"));
}

static void
read_all(struct reader *rd, struct result *r)
{
	if (!json_is_object(r->source)) {
		take_complain(rd, "the whole", take_type(r->source),
			      "the object that --json writes");
		return;
	}
	if (take_count(rd, r->source, "schema") != RESULT_SCHEMA)
		take_complain(rd, "schema", "another number", "1, as tercet --json writes it,");
	r->version = take_text(rd, r->source, "version");
	r->merged = (unsigned)take_count_or(rd, r->source, "merged", 1);
	r->started_ms = (int64_t)take_count_or(rd, r->source, "started_ms", 0);
	read_definition(rd, json_object_get(r->source, "definition"), &r->definition);
	read_host(rd, json_object_get(r->source, "host"), &r->host);
	read_intervals(rd, r->source, r);
	read_end(rd, json_object_get(r->source, "end"), r);
}

/* The file's JSON. 0 or a negative errno, told in error. */
static int
load(json_t **json, const char *path, char error[RESULT_ERROR_CHARS])
{
	FILE *file = fopen(path, "r");
	json_error_t fault;

	if (file == NULL) {
		int err = errno;

		snprintf(error, RESULT_ERROR_CHARS, "%s: cannot be read: %s", path, strerror(err));
		return -err;
	}
	*json = json_loadf(file, JSON_REJECT_DUPLICATES, &fault);
	fclose(file);
	if (*json)
		return 0;
	snprintf(error, RESULT_ERROR_CHARS, "%s:%d: not JSON: %s; what --json wrote wanted", path,
		 fault.line, fault.text);
	return -EINVAL;
}

int
result_read(struct result *r, const char *path, char error[RESULT_ERROR_CHARS])
{
	struct reader *rd;
	int ret;

	result_clear(r);
	ret = load(&r->source, path, error);
	if (ret < 0)
		return ret;
	rd = calloc(1, sizeof(*rd));
	if (rd == NULL)
		return -ENOMEM;
	rd->file = path;
	rd->error = error;
	read_all(rd, r);
	ret = rd->failed ? -EINVAL : 0;
	free(rd);
	return ret;
}
