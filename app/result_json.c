/* SPDX-License-Identifier: BSD-3-Clause */
/* Schema 1. Names of members are the contract; tests/config/result.schema.json says what they are.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_json.h"
#include "result.h"
#include "result_cycles_json.h"
#include "result_load_json.h"
#include "result_value_json.h"

static json_t *
text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static const char *
closer_name(enum result_closer closer)
{
	static const char *const names[] = {NULL, "client", "server"};

	return names[closer];
}

static json_t *
options_json(const struct result *r)
{
	static const char *const names[OPTION_MAX] = {
#define X(id, name) [OPTION_##id] = name,
		OPTION_LIST(X)
#undef X
	};
	unsigned options = result_options(r);
	json_t *json = json_array();

	for (unsigned i = 0; i < OPTION_MAX; i++)
		if (options >> i & 1)
			json_array_append_new(json, json_string(names[i]));
	return json;
}

/* What only some workloads have: null in the others. */
static void
definition_of_workload(json_t *json, const struct result_definition *d)
{
	json_object_set_new(json, "protocol",
			    d->requests ? json_string(d->http ? "http" : "bytes") : json_null());
	json_object_set_new(json, "method", text_or_null(d->method));
	json_object_set_new(json, "requests_per_connection",
			    d->per_connection ? result_count_json(d->per_connection) : json_null());
	json_object_set_new(json, "direction", text_or_null(d->direction));
	json_object_set_new(json, "verified", d->stream ? json_boolean(d->verified) : json_null());
}

static json_t *
run_member(const struct result *r, const char *key, json_t *measured)
{
	json_t *read = result_read_member(r, "definition", key);

	if (read == NULL)
		return measured ? measured : json_null();
	json_decref(measured);
	return read;
}

/* What a connection leaves behind, and how it is begun: null where no configuration is known. */
static void
definition_of_run(json_t *json, const struct result *r)
{
	static const char *const cookies[] = {"auto", "always", "never"};
	const struct app_config *config = r->config;
	const struct tct_tcp_config *tcp = config ? &config->lib.tcp : NULL;
	const char *loop = config && config->load.rate ? "open" : "closed";

	json_object_set_new(json, "time_wait_ms",
			    run_member(r, "time_wait_ms",
				       tcp ? result_count_json(tcp->time_wait_ms ? tcp->time_wait_ms
										 : 2 * tcp->msl_ms)
					   : NULL));
	json_object_set_new(
		json, "syn_cookies",
		run_member(r, "syn_cookies", tcp ? json_string(cookies[tcp->syn_cookies]) : NULL));
	json_object_set_new(json, "loop",
			    run_member(r, "loop", r->end.has_active ? json_string(loop) : NULL));
	json_object_set_new(
		json, "abort_percent",
		run_member(r, "abort_percent",
			   config ? result_count_json(config->load.abort_percent) : NULL));
	json_object_set_new(
		json, "half_open_percent",
		run_member(r, "half_open_percent",
			   config ? result_count_json(config->load.half_open_percent) : NULL));
}

/* Of the connections that peers opened; null: there is no such side, or none was opened. */
static json_t *
cookie_share_json(const struct result *r)
{
	const struct result_end *end = &r->end;
	json_t *read = result_read_member(r, "end", "cookie_share");
	uint64_t opened = end->passive.v[COUNTER_CONN_PASSIVE_OPEN];

	if (read != NULL)
		return read;
	if (!end->has_passive || opened == 0)
		return json_null();
	return json_real((double)end->passive.v[COUNTER_COOKIE_ACCEPTED] / (double)opened);
}

static json_t *
definition_json(const struct result *r)
{
	const struct result_definition *d = &r->definition;
	unsigned packets;
	const char *sequence = result_sequence(r, &packets);
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:o, s:o, s:o}", "command",
		text_or_null(d->command), "workload", text_or_null(d->workload), "sequence",
		text_or_null(sequence), "packets_per_connection",
		packets ? result_count_json(packets) : json_null(), "first_to_close",
		text_or_null(closer_name(d->first_to_close)), "payload", "request_bytes",
		(json_int_t)d->request_size, "response_bytes", (json_int_t)d->response_size,
		"options", result_options(r) ? options_json(r) : json_null(), "ipv",
		d->ipv ? result_count_json(d->ipv) : json_string("4 and 6"), "link",
		text_or_null(d->link));

	json_object_set_new(json, "servers", text_or_null(d->servers));
	definition_of_workload(json, d);
	definition_of_run(json, r);
	return json;
}

static json_t *
host_json(const struct host *h)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:I, s:{s:I, s:I, s:b}, s:s, s:s, s:s}", "cpu",
			 h->cpu, "cores", (int)h->cores, "numa_nodes", (int)h->nodes,
			 "memory_bytes", (json_int_t)h->memory_bytes, "memory_available_bytes",
			 (json_int_t)h->memory_available_bytes, "hugepages", "total_bytes",
			 (json_int_t)h->hugepage_bytes_total, "free_bytes",
			 (json_int_t)h->hugepage_bytes_free, "used", (int)h->hugepages_used,
			 "transparent_hugepages", h->thp, "kernel", h->kernel, "dpdk", h->dpdk);
}

static void
interval_latencies(json_t *json, const struct interval *i)
{
	json_t *slots = json_object();

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		char name[16];

		snprintf(name, sizeof(name), "%s_us", latency_names[k]);
		json_object_set_new(json, name, result_points_json(&i->latency[k]));
		json_object_set_new(slots, latency_names[k], text_or_null(i->slots[k]));
	}
	json_object_set_new(json, "slots", slots);
}

static json_t *
interval_json(const struct interval *i)
{
	json_t *json = json_object();

	json_object_set_new(json, "start_s", json_real(i->start_s));
	json_object_set_new(json, "length_s", json_real(i->length_s));
	json_object_set_new(json, "warmup", json_boolean(i->warmup));
	json_object_set_new(
		json, "connections",
		json_pack("{s:o, s:o, s:o, s:o, s:o}", "attempted", result_count_json(i->attempted),
			  "established", result_count_json(i->established), "closed",
			  result_count_json(i->closed), "failed", result_count_json(i->failed),
			  "open", result_count_json(i->open)));
	json_object_set_new(json, "packets",
			    json_pack("{s:o, s:o}", "rx", result_count_json(i->rx_packets), "tx",
				      result_count_json(i->tx_packets)));
	json_object_set_new(json, "bytes",
			    json_pack("{s:o, s:o}", "rx", result_count_json(i->rx_bytes), "tx",
				      result_count_json(i->tx_bytes)));
	json_object_set_new(json, "retransmits", result_count_json(i->retransmits));
	json_object_set_new(json, "drops", result_count_json(i->drops));
	interval_latencies(json, i);
	json_object_set_new(json, "transactions", result_count_json(i->responses));
	json_object_set_new(json, "received_bytes",
			    json_pack("{s:o, s:o}", "server", result_count_json(i->to_server_bytes),
				      "client", result_count_json(i->to_client_bytes)));
	json_object_set_new(json, "busy_percent", result_measured_json(i->busy_percent));
	json_object_set_new(json, "waited_percent", result_measured_json(i->waited_percent));
	return json;
}

static json_t *
intervals_json(const struct result *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->interval_count; i++)
		json_array_append_new(list, interval_json(&r->intervals[i]));
	return list;
}

/* ---- the end -------------------------------------------------------------------------------- */

static uint64_t
total(const struct result_end *end, enum counter c)
{
	return end->active.v[c] + end->passive.v[c];
}

/* Counters of one group by name, all of them, zero or not. NULL: every group. */
static json_t *
counters_json(const struct result_end *end, const char *group)
{
	json_t *json = json_object();

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++)
		if (group == NULL || strcmp(counter_info[i].group, group) == 0)
			json_object_set_new(json, counter_info[i].name,
					    result_count_json(total(end, i)));
	return json;
}

/* Of the side whose connections are counted. */
static json_t *
failures_json(const struct result_end *end)
{
	const struct counters *side = end->has_active ? &end->active : &end->passive;
	json_t *json = json_object();

	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (result_is_failure(i))
			json_object_set_new(json, counter_info[i].name,
					    result_count_json(side->v[i]));
	/* Those that were given up were aborted; that is not why they failed. */
	json_object_set_new(
		json, counter_info[COUNTER_CONN_ABORTED].name,
		result_count_json(side->v[COUNTER_CONN_ABORTED] - end->unanswered - end->aborted));
	json_object_set_new(json, "unanswered", result_count_json(end->unanswered));
	json_object_set_new(json, "not_opened", result_count_json(end->not_opened));
	return json;
}

static json_t *
connections_json(const struct result_end *end)
{
	struct result_connections c;

	result_connections(end, &c);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "attempted",
			 result_count_json(c.attempted), "established",
			 result_count_json(c.established), "closed", result_count_json(c.closed),
			 "aborted", result_count_json(c.aborted), "half_open",
			 result_count_json(c.half_open), "failed", failures_json(end));
}

static json_t *
rate_json(const struct result *r, enum rate_of what)
{
	struct result_rate rate;

	result_rate(r, what, &rate);
	return json_pack("{s:o, s:o, s:o}", "mean", result_measured_json(rate.mean), "min",
			 result_measured_json(rate.min), "max", result_measured_json(rate.max));
}

static json_t *
connection_rate_json(const struct result *r)
{
	if (r->definition.endless)
		return json_pack("{s:n, s:n, s:n}", "mean", "min", "max");
	return rate_json(r, RATE_CLOSED);
}

static json_t *
packets_per_connection_json(const struct result *r)
{
	struct result_connections c;

	result_connections(&r->end, &c);
	if (c.closed == 0 || r->definition.endless)
		return json_null();
	return json_real((double)result_packets(&r->end) / (double)c.closed);
}

/* ---- crr, rr, stream ------------------------------------------------------------------------ */

static json_t *
transactions_json(const struct result *r)
{
	const struct result_transactions *t = &r->end.transactions;

	if (!r->definition.requests)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "attempted", result_count_json(t->attempted),
			 "completed", result_count_json(t->completed), "failed",
			 result_faults_json(t), "per_second", rate_json(r, RATE_RESPONSES));
}

/* One direction. */
static json_t *
direction_json(const struct result *r, unsigned to)
{
	const struct result_stream *s = &r->end.stream;

	return json_pack("{s:o, s:o, s:o}", "sent_bytes",
			 s->sent[to] == RESULT_UNKNOWN ? json_null()
						       : result_count_json(s->sent[to]),
			 "received_bytes", result_count_json(s->received[to]), "bits_per_second",
			 rate_json(r, to ? RATE_TO_CLIENT : RATE_TO_SERVER));
}

static json_t *
retransmits_json(const struct result_stream *s)
{
	double share = s->segments ? (double)s->retransmits / (double)s->segments : 0;

	if (s->segments == 0)
		return json_null(); /* nothing was sent from here */
	return json_pack("{s:o, s:o, s:f}", "segments", result_count_json(s->retransmits), "of",
			 result_count_json(s->segments), "share", share);
}

static json_t *
stream_json(const struct result *r)
{
	if (!r->definition.stream && !r->definition.some_stream)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "to_server", direction_json(r, 0),
			 "to_client", direction_json(r, 1), "retransmits",
			 retransmits_json(&r->end.stream), "fairness",
			 result_fairness_json(&r->end.stream), "corrupt",
			 result_count_json(r->end.stream.corrupt));
}

static json_t *
latencies_json(const struct result_end *end)
{
	json_t *json = json_object();

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		const struct histogram *h = result_latency(end, k);
		struct latency_points points;

		latency_points(&points, h);
		json_object_set_new(json, latency_names[k],
				    h ? result_points_json(&points) : json_null());
	}
	return json;
}

/* All of it, so that the histograms of several results can be added. */
static json_t *
histogram_json(const struct histogram *h)
{
	char *text;
	json_t *json;

	if (h == NULL)
		return json_null();
	text = latency_text(h);
	json = json_pack("{s:o, s:o, s:o, s:o, s:o}", "count", result_count_json(h->count), "sum",
			 result_count_json(h->sum), "min", result_count_json(h->min), "max",
			 result_count_json(h->max), "slots", text_or_null(text));
	free(text);
	return json;
}

static json_t *
histograms_json(const struct result_end *end)
{
	json_t *json = json_pack("{s:s, s:s}", "unit", "ns", "scheme", RESULT_SCHEME);

	for (unsigned k = 0; k < LATENCY_MAX; k++)
		json_object_set_new(json, latency_names[k], histogram_json(result_latency(end, k)));
	return json;
}

static json_t *
busy_json(const struct result_end *end)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < end->workers; i++)
		json_array_append_new(list, result_measured_json(end->busy_percent[i]));
	return list;
}

static json_t *
leaks_json(const struct result_leaks *l)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "mbufs", result_count_json(l->mbufs), "conns",
			 result_count_json(l->conns), "half_open", result_count_json(l->half_open),
			 "time_wait", result_count_json(l->time_wait));
}

static json_t *
bytes_or_null(double bytes)
{
	return bytes > 0 ? json_real(bytes) : json_null();
}

static json_t *
end_json(const struct result *r)
{
	const struct result_end *end = &r->end;
	json_t *json = json_object();
	struct result_memory m;
	char problem[128];

	result_memory(r, &m);
	json_object_set_new(json, "seconds", json_real(end->seconds));
	json_object_set_new(json, "interrupted", json_boolean(end->interrupted));
	json_object_set_new(json, "limited_by",
			    end->limited ? result_limit_json(&end->limit) : json_null());
	json_object_set_new(json, "steps", result_steps_json(r));
	json_object_set_new(json, "find_max", result_find_json(r));
	json_object_set_new(json, "parts", result_parts_json(r));
	json_object_set_new(json, "problem",
			    result_exit_code(r, problem, sizeof(problem)) ? json_string(problem)
									  : json_null());
	json_object_set_new(json, "connections", connections_json(end));
	json_object_set_new(json, "connections_per_second", connection_rate_json(r));
	json_object_set_new(json, "packets",
			    json_pack("{s:o, s:o}", "rx",
				      result_count_json(total(end, COUNTER_RX_PACKETS)), "tx",
				      result_count_json(total(end, COUNTER_TX_PACKETS))));
	json_object_set_new(json, "packets_per_connection", packets_per_connection_json(r));
	json_object_set_new(json, "bytes",
			    json_pack("{s:o, s:o}", "rx",
				      result_count_json(total(end, COUNTER_RX_BYTES)), "tx",
				      result_count_json(total(end, COUNTER_TX_BYTES))));
	json_object_set_new(json, "wire", result_wire_json(r));
	json_object_set_new(json, "retransmits",
			    result_count_json(total(end, COUNTER_TCP_RETRANSMIT)));
	json_object_set_new(json, "cookie_share", cookie_share_json(r));
	json_object_set_new(json, "drops", counters_json(end, "drop"));
	json_object_set_new(json, "leaks", leaks_json(&end->leaks));
	json_object_set_new(json, "latency_us", latencies_json(end));
	json_object_set_new(json, "histograms", histograms_json(end));
	json_object_set_new(json, "transactions", transactions_json(r));
	json_object_set_new(json, "stream", stream_json(r));
	json_object_set_new(json, "cycles_per_connection", result_cycles_json(end, PER_CONNECTION));
	json_object_set_new(json, "cycles_per_transaction",
			    result_cycles_json(end, PER_TRANSACTION));
	json_object_set_new(json, "cycles_per_packet", result_cycles_json(end, PER_PACKET));
	json_object_set_new(json, "busy_percent", busy_json(end));
	json_object_set_new(json, "waited_percent", result_measured_json(end->waited_percent));
	json_object_set_new(json, "workers", result_workers_json(end));
	json_object_set_new(json, "steering", result_steering_json(&end->steering));
	json_object_set_new(json, "device", result_device_json(end));
	json_object_set_new(json, "memory_bytes_per",
			    json_pack("{s:o, s:o, s:o}", "conn", bytes_or_null(m.conn), "half_open",
				      bytes_or_null(m.half_open), "time_wait",
				      bytes_or_null(m.time_wait)));
	json_object_set_new(json, "memory_bytes",
			    m.total ? result_count_json(m.total) : json_null());
	json_object_set_new(json, "counters", counters_json(end, NULL));
	return json;
}

static json_t *
config_json(const struct result *r)
{
	json_t *read = json_object_get(r->source, "config");

	if (r->config)
		return app_config_json(r->config);
	return read ? json_incref(read) : json_null();
}

json_t *
result_json(const struct result *r)
{
	return json_pack("{s:i, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", RESULT_SCHEMA,
			 "version", r->version ? r->version : tct_version(), "merged",
			 (json_int_t)r->merged, "started_ms",
			 r->started_ms ? json_integer(r->started_ms) : json_null(), "definition",
			 definition_json(r), "host", host_json(&r->host), "config", config_json(r),
			 "intervals", intervals_json(r), "end", end_json(r));
}

int
result_write(const struct result *r, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *out = standard ? stdout : fopen(path, "w");
	json_t *json = result_json(r);
	int err = 0;

	if (json == NULL)
		err = -ENOMEM;
	else if (out == NULL || json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) ||
		 fputc('\n', out) == EOF || fflush(out))
		err = errno ? -errno : -EIO;
	if (err)
		fprintf(stderr, "tercet: cannot write the result to %s: %s\n", path,
			strerror(-err));
	if (out != NULL && !standard)
		fclose(out);
	json_decref(json);
	return err;
}
