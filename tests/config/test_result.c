/* SPDX-License-Identifier: BSD-3-Clause */
/* The result: schema 1 of the JSON, what the numbers derive from, and the report for people. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "result.h"

static struct histogram connect_times;
static struct app_config config;

/* A bench of 1000 connections without a fault. */
static void
fill(struct result *r)
{
	result_init(r);
	histogram_reset(&connect_times);
	for (unsigned i = 1; i <= 1000; i++)
		histogram_record(&connect_times, 1000 * i);
	app_config_init(&config);
	r->config = &config;
	r->definition = (struct result_definition){
		.command = "bench",
		.workload = "crr",
		.sequence = "SYN, SYN-ACK, ACK",
		.packets_per_connection = 3,
		.first_to_close = CLOSER_CLIENT,
		.request_size = 64,
		.response_size = 128,
		.requests = true,
		.ipv = 4,
		.link = "in-memory rings",
	};
	r->end.has_active = r->end.has_passive = true;
	r->end.active.v[COUNTER_CONN_ACTIVE_OPEN] = 1000;
	r->end.active.v[COUNTER_CONN_ESTABLISHED] = 1000;
	r->end.active.v[COUNTER_CONN_CLOSED] = 1000;
	r->end.passive.v[COUNTER_CONN_ESTABLISHED] = 1000;
	r->end.passive.v[COUNTER_CONN_CLOSED] = 1000;
	r->end.active.v[COUNTER_TX_PACKETS] = 4000;
	r->end.active.v[COUNTER_RX_PACKETS] = 3000;
	r->end.passive.v[COUNTER_TX_PACKETS] = 3000;
	r->end.passive.v[COUNTER_RX_PACKETS] = 4000;
	r->end.transactions = (struct result_transactions){.attempted = 1000, .completed = 1000};
	r->end.connect = &connect_times;
	r->end.workers = 2;
	r->end.seconds = 2;
	r->end.limited = true;
	r->end.limit = (struct limit_verdict){LIMIT_RATE, "500.0/s of 500/s"};
	r->wire = (struct result_wire){true, 64, 8000, 1000, 2000};
	r->step_count = 1;
	r->steps[0] = (struct result_step){
		.target = 500,
		.seconds = 2,
		.attempted = 1000,
		.connect_p50_us = 500,
		.connect_p99_us = 990,
		.connect_p99_9_us = 999,
		.request_p99_us = RESULT_NOT_MEASURED,
		.limit = r->end.limit,
	};
}

static void
add_interval(struct result *r, double length_s, uint64_t closed, bool warmup)
{
	struct interval i = {
		.start_s = r->interval_count,
		.length_s = length_s,
		.warmup = warmup,
		.closed = closed,
		.busy_percent = 50,
	};

	for (unsigned k = 0; k < LATENCY_MAX; k++)
		latency_points(&i.latency[k], NULL);
	assert_int_equal(result_add_interval(r, &i), 0);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* The value at "end.drops.vlan"; fails the test without it. */
static json_t *
at(json_t *json, const char *path)
{
	char copy[128], *segment, *rest;

	snprintf(copy, sizeof(copy), "%s", path);
	for (segment = strtok_r(copy, ".", &rest); segment != NULL;
	     segment = strtok_r(NULL, ".", &rest)) {
		json = json_object_get(json, segment);
		if (json == NULL)
			fail_msg("no '%s' of '%s'", segment, path);
	}
	return json;
}

/* The contract: path and type; i integer, r real, n null, s text, b flag, o object, a array; ? may
 * be null. */
static const char *const schema[] = {
	"i schema",
	"s version",
	"n started_ms",
	"i merged",
	"s definition.workload",
	"i definition.packets_per_connection",
	"s definition.first_to_close",
	"o definition.payload",
	"s definition.protocol",
	"n definition.method",
	"n definition.requests_per_connection",
	"n definition.direction",
	"n definition.verified",
	"i definition.payload.request_bytes",
	"i definition.payload.response_bytes",
	"a definition.options",
	"i definition.ipv",
	"s definition.sequence",
	"s definition.link",
	"n definition.servers",
	"s definition.command",
	"i definition.time_wait_ms",
	"s definition.syn_cookies",
	"s definition.loop",
	"i definition.abort_percent",
	"i definition.half_open_percent",
	"s host.cpu",
	"i host.cores",
	"i host.memory_bytes",
	"o host.hugepages",
	"b host.hugepages.used",
	"s host.dpdk",
	"s host.kernel",
	"i host.numa_nodes",
	"s host.transparent_hugepages",
	"o config.tcp",
	"a config.ports",
	"a intervals",
	"i end.connections.attempted",
	"i end.connections.established",
	"i end.connections.closed",
	"o end.connections.failed",
	"r end.connections_per_second.mean",
	"r end.connections_per_second.min",
	"r end.connections_per_second.max",
	"i end.packets.rx",
	"i end.packets.tx",
	"r end.packets_per_connection",
	"i end.bytes.rx",
	"i end.bytes.tx",
	"i end.retransmits",
	"o end.drops",
	"i end.leaks.mbufs",
	"i end.leaks.conns",
	"i end.leaks.half_open",
	"i end.leaks.time_wait",
	"r end.latency_us.connect.p50",
	"r end.latency_us.connect.p90",
	"r end.latency_us.connect.p99",
	"r end.latency_us.connect.p99_9",
	"r end.latency_us.connect.p99_99",
	"r end.latency_us.connect.max",
	"s end.histograms.unit",
	"s end.histograms.scheme",
	"i end.histograms.connect.count",
	"i end.histograms.connect.sum",
	"i end.histograms.connect.min",
	"i end.histograms.connect.max",
	"s end.histograms.connect.slots",
	"n end.histograms.request",
	"n end.histograms.close",
	"a end.workers",
	"a end.steering",
	"i end.transactions.attempted",
	"i end.transactions.completed",
	"i end.transactions.failed.cut",
	"i end.transactions.failed.chunked",
	"r end.transactions.per_second.mean",
	"r end.transactions.per_second.min",
	"r end.transactions.per_second.max",
	"n end.stream",
	"n end.latency_us.request",
	"n end.latency_us.close",
	"n end.cycles_per_connection.client",
	"r end.cycles_per_connection.server.rx",
	"r end.cycles_per_connection.server.parse",
	"n end.cycles_per_connection.server.lookup",
	"r end.cycles_per_connection.server.tcp",
	"r end.cycles_per_connection.server.service",
	"r end.cycles_per_connection.server.tx",
	"r end.cycles_per_connection.server.timers",
	"r end.cycles_per_connection.server.total",
	"r end.cycles_per_connection.server.handshake",
	"r end.cycles_per_connection.server.data",
	"r end.cycles_per_connection.server.close",
	"n end.cycles_per_transaction.client",
	"n end.cycles_per_transaction.server",
	"n end.cycles_per_packet.client",
	"n end.cycles_per_packet.server",
	"a end.busy_percent",
	"r end.waited_percent",
	"r end.memory_bytes_per.conn",
	"r end.memory_bytes_per.half_open",
	"r end.memory_bytes_per.time_wait",
	"r end.seconds",
	"b end.interrupted",
	"n end.problem",
	"s end.limited_by.name",
	"s end.limited_by.words",
	"s end.limited_by.evidence",
	"a end.steps",
	"n end.parts",
	"n end.find_max",
	"i end.wire.in_flight",
	"r end.wire.packets_per_second",
	"r end.wire.round_trip_p50_ns",
	"r end.wire.round_trip_p99_ns",
	"r end.wire.share",
	"n end.wire.added_p50_ns",
	"n end.cookie_share",
	"n end.device",
	"i end.connections.aborted",
	"i end.connections.half_open",
	"i end.connections.failed.unanswered",
	"i end.connections.failed.not_opened",
	"n end.memory_bytes",
	"o end.counters",
};

static const char *const interval_schema[] = {
	"r start_s",
	"r length_s",
	"b warmup",
	"i connections.attempted",
	"i connections.established",
	"i connections.closed",
	"i connections.failed",
	"i connections.open",
	"i packets.rx",
	"i packets.tx",
	"i bytes.rx",
	"i bytes.tx",
	"i retransmits",
	"i drops",
	"n connect_us.p50",
	"n connect_us.p90",
	"n connect_us.p99",
	"n connect_us.p99_9",
	"n connect_us.p99_99",
	"n connect_us.max",
	"n request_us.p99",
	"n close_us.p99",
	"n slots.connect",
	"n slots.request",
	"n slots.close",
	"i transactions",
	"i received_bytes.server",
	"i received_bytes.client",
	"r busy_percent",
	"r waited_percent",
};

static const char *const step_schema[] = {
	"r start_s",
	"r seconds",
	"i target_rate",
	"r achieved_rate",
	"r behind_us",
	"i connections.attempted",
	"i connections.established",
	"i connections.closed",
	"i connections.failed",
	"i transactions.completed",
	"i transactions.failed",
	"r connect_us.p50",
	"r connect_us.p99",
	"r connect_us.p99_9",
	"n request_us.p99",
	"s limited_by.name",
	"s limited_by.words",
	"s limited_by.evidence",
};

static char
type_letter(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return 'o';
	case JSON_ARRAY:
		return 'a';
	case JSON_STRING:
		return 's';
	case JSON_INTEGER:
		return 'i';
	case JSON_REAL:
		return 'r';
	case JSON_NULL:
		return 'n';
	default:
		return 'b';
	}
}

static void
follows(json_t *json, const char *const *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char letter = type_letter(at(json, rows[i] + 2));

		if (letter != rows[i][0])
			fail_msg("%s is of type %c", rows[i], letter);
	}
}

#define FOLLOWS(json, rows) follows(json, rows, sizeof(rows) / sizeof(rows[0]))

static void
json_follows_the_schema(void **state)
{
	struct result r;
	json_t *json;

	fill(&r);
	add_interval(&r, 1, 500, false);
	r.end.server.measured = true;
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		r.end.server.phase[i] = i == CYCLE_PHASE_LOOKUP ? RESULT_NOT_MEASURED : 10 * i;
	json = result_json(&r);
	assert_non_null(json);
	FOLLOWS(json, schema);
	FOLLOWS(json_array_get(at(json, "intervals"), 0), interval_schema);
	FOLLOWS(json_array_get(at(json, "end.steps"), 0), step_schema);
	assert_float_equal(
		json_real_value(at(json_array_get(at(json, "end.steps"), 0), "achieved_rate")), 500,
		0.001);
	assert_int_equal(json_integer_value(at(json, "schema")), 1);
	assert_int_equal(json_array_size(at(json, "end.busy_percent")), 2);
	json_decref(json);
	result_fini(&r);
}

/* What schema 1 does not have is not there either: the lists above are complete. */
static void
json_has_nothing_else(void **state)
{
	struct result r;
	json_t *json;

	fill(&r);
	json = result_json(&r);
	assert_int_equal(json_object_size(json), 9);
	assert_int_equal(json_object_size(at(json, "definition")), 20);
	assert_int_equal(json_object_size(at(json, "end")), 32);
	json_decref(json);
	result_fini(&r);
}

static const char *const worker_schema[] = {
	"s side",
	"i worker",
	"i lcore",
	"s unit",
	"i units",
	"i cycles.rx",
	"i cycles.total",
	"i cycles.idle",
	"r cycles_per_unit.rx",
	"r cycles_per_unit.total",
	"r cycles_per_unit.idle",
};

static void
each_worker_has_the_phases_of_the_engine(void **state)
{
	struct result r;
	json_t *json, *worker;

	fill(&r);
	r.end.worker[0] = (struct result_worker){.lcore = 3, .units = 4, .busy = 100, .idle = 20};
	r.end.worker[0].phase[PHASE_TX] = 60;
	r.end.worker[1] = (struct result_worker){.active = true, .busy = 5};
	r.end.worker_count = 2;
	json = result_json(&r);
	worker = json_array_get(at(json, "end.workers"), 0);
	FOLLOWS(worker, worker_schema);
	assert_int_equal(json_object_size(at(worker, "cycles")), PHASE_MAX + 2);
	assert_float_equal(json_real_value(at(worker, "cycles_per_unit.tx")), 15, 0.001);
	assert_float_equal(json_real_value(at(worker, "cycles_per_unit.idle")), 5, 0.001);
	FOLLOWS(json_array_get(at(json, "end.workers"), 1),
		((const char *const[]){"n cycles_per_unit"}));
	json_decref(json);
	result_fini(&r);
}

static char *
summary_of(const struct result *r)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	report_summary(file, r);
	fclose(file);
	return text;
}

static const char *const steering_schema[] = {
	"s port", "i workers", "s asked", "s in_effect", "s why",
};

/* Said in the summary as in the JSON; of workers that share no port, that there is none. */
static void
steering_says_what_was_asked_and_what_became_of_it(void **state)
{
	struct result r;
	char *text;
	json_t *json;

	fill(&r);
	r.end.worker_count = 2;
	text = summary_of(&r);
	assert_non_null(strstr(text, "Steering        none: each worker has ports of its own\n"));
	free(text);
	r.end.steering.count = 2;
	r.end.steering.port[0] =
		(struct result_steered){"tap0", 2, "auto", "software", "one queue"};
	r.end.steering.port[1] = (struct result_steered){"nic1", 4, "rss", "rss", ""};
	text = summary_of(&r);
	assert_non_null(strstr(text, "\nSteering        tap0: software for 2 workers (asked for: "
				     "auto): one queue\nSteering        nic1: rss for 4 workers "
				     "(asked for: rss)\n"));
	free(text);
	json = result_json(&r);
	FOLLOWS(json_array_get(at(json, "end.steering"), 0), steering_schema);
	assert_true(
		json_is_null(json_object_get(json_array_get(at(json, "end.steering"), 1), "why")));
	json_decref(json);
	result_fini(&r);
}

static const char *const device_schema[] = {
	"i to_server.sent",
	"i to_server.received",
	"i to_server.missed",
	"i to_server.lost",
	"i to_client.sent",
	"i to_client.received",
	"i to_client.missed",
	"n to_client.lost",
	"o clients.counters",
	"i servers.connections.attempted",
	"i servers.connections.established",
	"i servers.connections.closed",
	"i servers.connections.failed",
	"o servers.counters",
};

/* What the ports here had no room for is none of it; more than went in says nothing. */
static void
a_device_has_lost_what_did_not_arrive(void **state)
{
	struct result r;
	unsigned packets;
	json_t *json;
	char *text;

	fill(&r);
	r.definition.sequence = NULL;
	assert_non_null(result_sequence(&r, &packets));
	r.definition.servers = "workload";
	assert_null(result_sequence(&r, &packets));
	r.end.passive.v[COUNTER_SYN_RX] = 1001;
	r.end.passive.v[COUNTER_CONN_RESET_RX] = 7;
	r.end.device = (struct result_device){true, {{4000, 3890, 10}, {3000, 3001, 0}}};
	json = result_json(&r);
	FOLLOWS(at(json, "end.device"), device_schema);
	assert_int_equal(json_integer_value(at(json, "end.device.to_server.lost")), 100);
	assert_int_equal(json_integer_value(at(json, "end.device.servers.connections.failed")), 7);
	assert_int_equal(json_integer_value(at(json, "end.device.clients.counters.tx_packets")),
			 4000);
	assert_int_equal(json_integer_value(at(json, "end.device.servers.counters.tx_packets")),
			 3000);
	assert_int_equal(json_object_size(at(json, "end.device.servers.counters")),
			 COUNTER_MAX - 1);
	json_decref(json);
	text = summary_of(&r);
	assert_non_null(strstr(text, "\nDevice          to the servers: 4000 segments sent, 3890 "
				     "received, 100 lost (2.5000%); 10 missed by the ports here\n"
				     "                to the clients: 3000 segments sent, 3001 "
				     "received, more than were sent: none can be said to be lost\n"
				     "Servers         1001 SYNs, 1000 established, 1000 closed, 7 "
				     "failed\n"));
	free(text);
	r.end.device.to[0].missed = 200; /* of which some were no segments */
	json = result_json(&r);
	assert_int_equal(json_integer_value(at(json, "end.device.to_server.lost")), 0);
	json_decref(json);
	result_fini(&r);
}

static void
every_counter_is_there(void **state)
{
	struct result r;
	json_t *json, *drops, *failed, *all;
	size_t drop_count = 0, failed_count = 0;

	fill(&r);
	for (unsigned i = 0; i < COUNTER_MAX; i++) {
		r.end.active.v[i] = i;
		r.end.passive.v[i] = 1000;
	}
	json = result_json(&r);
	drops = at(json, "end.drops");
	failed = at(json, "end.connections.failed");
	all = at(json, "end.counters");
	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		const char *name = counter_info[i].name;

		assert_int_equal(json_integer_value(json_object_get(all, name)), 1000 + i);
		if (strcmp(counter_info[i].group, "drop") == 0) {
			drop_count++;
			assert_int_equal(json_integer_value(json_object_get(drops, name)),
					 1000 + i);
		}
		if (result_is_failure(i)) {
			failed_count++;
			assert_int_equal(json_integer_value(json_object_get(failed, name)), i);
		}
	}
	assert_int_equal(json_object_size(all), COUNTER_MAX - 1);
	assert_int_equal(json_object_size(drops), drop_count);
	assert_int_equal(json_object_size(failed), failed_count + 2); /* unanswered, not_opened */
	assert_true(drop_count > 30 && failed_count > 5);
	json_decref(json);
	result_fini(&r);
}

static void
share_is_of_the_measured_packets(void **state)
{
	struct result r;

	fill(&r);
	assert_float_equal(result_wire_share(&r), RESULT_NOT_MEASURED, 0);
	add_interval(&r, 1, 500, true);
	add_interval(&r, 2, 500, false);
	r.intervals[0].rx_packets = 100000;
	r.intervals[1].rx_packets = 3000;
	r.intervals[1].tx_packets = 5000;
	assert_float_equal(result_wire_share(&r), 0.5, 0.000001);
	r.wire.measured = false;
	assert_float_equal(result_wire_share(&r), RESULT_NOT_MEASURED, 0);
	result_fini(&r);
}

static void
bench_knows_its_sequence(void **state)
{
	struct result r;
	json_t *json;

	fill(&r);
	r.definition.sequence = NULL;
	r.definition.packets_per_connection = 0;
	json = result_json(&r);
	assert_int_equal(json_integer_value(at(json, "definition.packets_per_connection")), 7);
	assert_string_equal(json_string_value(at(json, "definition.sequence")),
			    "SYN, SYN-ACK, request, response, FIN-ACK, FIN-ACK, ACK");
	json_decref(json);
	r.definition.response_size = 100000; /* more than a segment */
	json = result_json(&r);
	FOLLOWS(json, ((const char *const[]){"n definition.sequence"}));
	json_decref(json);
	result_fini(&r);
}

/* A bulk run: two connections, 1000 bytes there and 3000 back in each second. */
static void
fill_stream(struct result *r)
{
	fill(r);
	r->definition.workload = "stream";
	r->definition.sequence = NULL;
	r->definition.packets_per_connection = r->definition.request_size = 0;
	r->definition.response_size = 0;
	r->definition.requests = false;
	r->definition.stream = r->definition.endless = true;
	r->definition.direction = "both";
	r->definition.verified = true;
	r->end.transactions = (struct result_transactions){0};
	r->end.client.measured = true;
	r->end.client.unit = PER_PACKET;
	r->end.client.phase[CYCLE_PHASE_TOTAL] = 100;
	r->end.stream = (struct result_stream){
		.sent = {2000, RESULT_UNKNOWN},
		.received = {2000, 6000},
		.retransmits = 2,
		.segments = 8,
		.connections = 2,
		.jain = 0.75,
		.min = 1000,
		.mean = 4000,
		.max = 7000,
	};
	for (unsigned i = 0; i < 2; i++) {
		add_interval(r, 1, 0, false);
		r->intervals[i].to_server_bytes = 1000;
		r->intervals[i].to_client_bytes = 3000 + 1000 * i;
	}
}

static void
stream_says_nothing_per_connection(void **state)
{
	static const char *const rows[] = {
		"n definition.sequence",
		"n definition.packets_per_connection",
		"n definition.protocol",
		"s definition.direction",
		"b definition.verified",
		"n end.packets_per_connection",
		"n end.connections_per_second.mean",
		"n end.transactions",
		"n end.cycles_per_connection.client",
		"r end.cycles_per_packet.client.total",
		"i end.stream.to_server.sent_bytes",
		"n end.stream.to_client.sent_bytes",
		"i end.stream.corrupt",
	};
	struct result r;
	json_t *json, *stream;

	fill_stream(&r);
	json = result_json(&r);
	FOLLOWS(json, rows);
	stream = at(json, "end.stream");
	assert_int_equal(json_integer_value(at(stream, "to_client.received_bytes")), 6000);
	assert_float_equal(json_real_value(at(stream, "to_server.bits_per_second.mean")), 8000,
			   0.1);
	assert_float_equal(json_real_value(at(stream, "to_client.bits_per_second.mean")), 28000,
			   0.1);
	assert_float_equal(json_real_value(at(stream, "to_client.bits_per_second.max")), 32000,
			   0.1);
	assert_int_equal(json_integer_value(at(stream, "retransmits.segments")), 2);
	assert_float_equal(json_real_value(at(stream, "retransmits.share")), 0.25, 0.001);
	assert_int_equal(json_integer_value(at(stream, "fairness.connections")), 2);
	assert_float_equal(json_real_value(at(stream, "fairness.jain")), 0.75, 0.001);
	assert_float_equal(json_real_value(at(stream, "fairness.bytes.max")), 7000, 0.1);
	json_decref(json);
	result_fini(&r);
}

static void
what_was_not_measured_is_null(void **state)
{
	static const char *const rows[] = {
		"n definition.workload",
		"n definition.sequence",
		"n definition.first_to_close",
		"n definition.packets_per_connection",
		"s definition.ipv",
		"n end.connections_per_second.mean",
		"n end.packets_per_connection",
		"n definition.protocol",
		"n end.transactions",
		"n end.stream",
		"n end.latency_us.connect",
		"n end.cycles_per_connection.client",
		"n end.cycles_per_connection.server",
		"n config",
	};
	struct result r;
	json_t *json;

	result_init(&r);
	r.definition.command = "serve";
	json = result_json(&r);
	FOLLOWS(json, rows);
	json_decref(json);
	result_fini(&r);
}

static void
writes_a_file(void **state)
{
	char path[] = "/tmp/tercet_test_XXXXXX";
	struct result r;
	json_t *json;

	assert_true(mkstemp(path) >= 0);
	fill(&r);
	assert_int_equal(result_write(&r, path), 0);
	json = json_load_file(path, 0, NULL);
	assert_non_null(json);
	FOLLOWS(json, ((const char *const[]){"i schema", "o end"}));
	json_decref(json);
	remove(path);
	assert_true(result_write(&r, "/nonexistent/file") < 0);
	result_fini(&r);
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void
rates_leave_out_warmup_and_the_cut_end(void **state)
{
	struct result_rate rate;
	struct result r;

	fill(&r);
	add_interval(&r, 1, 5, true);
	add_interval(&r, 1, 100, false);
	add_interval(&r, 1, 300, false);
	add_interval(&r, 0.1, 1, false);
	result_rate(&r, RATE_CLOSED, &rate);
	assert_float_equal(rate.mean, 200, 0.001);
	assert_float_equal(rate.min, 100, 0.001);
	assert_float_equal(rate.max, 300, 0.001);
	result_fini(&r);
}

static void
packets_are_counted_once(void **state)
{
	struct result r;

	fill(&r);
	assert_int_equal(result_packets(&r.end), 7000);
	r.end.has_active = false;
	memset(&r.end.active, 0, sizeof(r.end.active));
	assert_int_equal(result_packets(&r.end), 7000);
	result_fini(&r);
}

static void
exit_code(void **state)
{
	struct result r;
	char problem[128];

	fill(&r);
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 0);
	assert_string_equal(problem, "");

	r.end.leaks.time_wait = 2;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "2 records or packet buffers leaked");
	r.end.leaks.time_wait = 0;

	r.end.stream.corrupt = 4;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "4 connections received other bytes than were sent");
	r.end.stream.corrupt = 0;

	r.end.transactions.failed[FAULT_CHUNKED] = 5;
	r.end.transactions.failed[FAULT_CUT] = 1;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "6 transactions failed");
	memset(&r.end.transactions, 0, sizeof(r.end.transactions));

	r.end.active.v[COUNTER_CONN_RESET_RX] = 3;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "3 connections failed");
	r.end.active.v[COUNTER_CONN_RESET_RX] = 0;

	r.end.active.v[COUNTER_CONN_CLOSED] = 990;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "10 connections were not closed");
	r.end.interrupted = true;
	assert_int_equal(result_exit_code(&r, NULL, 0), 0);

	/* A server is not to blame for what its peers do. */
	r.end.has_active = false;
	r.end.passive.v[COUNTER_CONN_RESET_RX] = 3;
	assert_int_equal(result_exit_code(&r, NULL, 0), 0);
	result_fini(&r);
}

/* What was to be aborted has not failed, and what could not be opened has. */
static void
aborted_by_design(void **state)
{
	struct result r;
	char problem[128];

	fill(&r);
	r.end.active.v[COUNTER_CONN_CLOSED] = 900;
	r.end.active.v[COUNTER_CONN_ABORTED] = 100;
	r.end.aborted = 100;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 0);
	r.end.not_opened = 3;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 1);
	assert_string_equal(problem, "3 connections failed");
	result_fini(&r);
}

/* What TCP adds to a round trip is known where both are of one packet at a time. */
static void
added_to_the_wire(void **state)
{
	static struct histogram times;
	struct result r;
	json_t *json;

	fill(&r);
	histogram_reset(&times);
	histogram_record(&times, 1750);
	r.end.request = &times;
	r.definition.workload = "rr";
	assert_float_equal(result_wire_added(&r), RESULT_NOT_MEASURED, 0); /* 64 in flight */
	r.wire.in_flight = 1;
	assert_float_equal(result_wire_added(&r), 750, 0.1);
	json = result_json(&r);
	assert_float_equal(json_real_value(at(json, "end.wire.added_p50_ns")), 750, 0.1);
	json_decref(json);
	r.definition.workload = "crr";
	assert_float_equal(result_wire_added(&r), RESULT_NOT_MEASURED, 0);
	r.definition.workload = "rr";
	r.wire.measured = false;
	assert_float_equal(result_wire_added(&r), RESULT_NOT_MEASURED, 0);
	result_fini(&r);
}

/* What was to be half-open is neither established nor failed. */
static void
half_open_by_design(void **state)
{
	struct result_connections c;
	char problem[128];
	struct result r;

	fill(&r);
	result_connections(&r.end, &c);
	assert_int_equal(c.half_open, 0);
	r.end.active.v[COUNTER_CONN_ACTIVE_OPEN] += 50;
	r.end.active.v[COUNTER_CONN_SILENT] = 50;
	assert_int_equal(result_exit_code(&r, problem, sizeof(problem)), 0);
	result_connections(&r.end, &c);
	assert_int_equal(c.half_open, 50);
	assert_int_equal(c.failed, 0);
	result_fini(&r);
}

static void
nothing_established_is_no_success(void **state)
{
	struct result r;

	result_init(&r);
	r.end.has_active = true;
	assert_int_equal(result_exit_code(&r, NULL, 0), 1);
	result_fini(&r);
}

/* ---- report --------------------------------------------------------------------------------- */

static const char *
text_of(FILE *file)
{
	static char text[8192];

	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void
summary_opens_with_the_definition(void **state)
{
	struct result r;
	FILE *file = tmpfile();
	const char *text;

	fill(&r);
	r.end.passive.v[COUNTER_DROP_TCP_CHECKSUM] = 12;
	r.end.passive.v[COUNTER_COOKIE_SENT] = 34;
	report_summary(file, &r);
	text = text_of(file);
	assert_int_equal(strncmp(text,
				 "\nCounted: crr: connect, request, response, close; IPv4; client "
				 "closes first; 64 bytes of request, 128 of response; options MSS, "
				 "window scale, SACK, timestamps; over in-memory rings\n"
				 "         3 packets per connection: SYN, SYN-ACK, ACK\n",
				 strcspn(text + 1, "H")),
			 0);
	assert_non_null(strstr(text, "1000 attempted, 1000 established, 1000 closed, 0 failed"));
	assert_non_null(strstr(text, "7000, 7.00 per connection"));
	assert_non_null(strstr(text, "Connect  us     p50 500."));
	assert_non_null(strstr(text, "tcp_checksum 12"));
	assert_non_null(strstr(text, "cookie_sent 34"));
	assert_non_null(strstr(text, "0 mbufs, 0 conns, 0 half-opens, 0 time-waits"));
	assert_null(strstr(text, "Goals missed"));
	result_fini(&r);
}

static void
summary_says_what_was_missed(void **state)
{
	struct result r;
	FILE *file = tmpfile();

	fill(&r);
	r.end.leaks.mbufs = 1;
	report_summary(file, &r);
	assert_non_null(
		strstr(text_of(file), "Goals missed:   1 records or packet buffers leaked\n"));
	result_fini(&r);
}

static void
summary_of_requests(void **state)
{
	struct result r;
	FILE *file = tmpfile();
	const char *text;

	fill(&r);
	r.definition.workload = "rr";
	r.definition.endless = true;
	r.end.transactions.failed[FAULT_LENGTH] = 7;
	add_interval(&r, 1, 0, false);
	r.intervals[0].responses = 500;
	report_summary(file, &r);
	text = text_of(file);
	assert_non_null(strstr(text, "1000 attempted, 1000 completed, 7 failed"));
	assert_non_null(strstr(text, "500 completed; 500 to 500"));
	assert_non_null(strstr(text, "7 length: no HTTP Content-Length"));
	assert_null(strstr(text, " closed; ")); /* connections per second mean nothing */
	assert_null(strstr(text, "7.00 per connection"));
	result_fini(&r);
}

static void
summary_of_a_stream(void **state)
{
	struct result r;
	FILE *file = tmpfile();
	const char *text;

	fill_stream(&r);
	for (unsigned i = 0; i < 2; i++)
		r.intervals[i].to_client_bytes = 1250000000ull * (i + 1);
	report_summary(file, &r);
	text = text_of(file);
	assert_non_null(
		strstr(text, "; direction both, as the client sees it; every byte verified;"));
	assert_non_null(strstr(text, "To the client   15.000 Gbit/s; 10.000 to 20.000;"));
	assert_non_null(strstr(text, "2 of 8 segments, 25.0000%"));
	assert_non_null(strstr(text, "4.00kB; 1.00kB to 7.00kB; fairness 0.7500 (Jain) of 2"));
	result_fini(&r);
}

static void
interval_lines_stand_under_their_heading(void **state)
{
	struct interval small = {.length_s = 1, .busy_percent = RESULT_NOT_MEASURED};
	struct interval large = {.start_s = 999,
				 .length_s = 1,
				 .established = 4123456,
				 .closed = 999999999,
				 .failed = 123456,
				 .open = 10000000,
				 .rx_packets = 12345678,
				 .tx_packets = 12345678,
				 .rx_bytes = 1234567890,
				 .responses = 4123456,
				 .to_server_bytes = 12345678901,
				 .to_client_bytes = 12345678901,
				 .retransmits = 123456,
				 .busy_percent = 100};
	static const struct result_definition kinds[] = {
		{.workload = "crr", .requests = true},
		{.workload = "rr", .requests = true},
		{.workload = "stream", .stream = true},
	};

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		latency_points(&small.latency[k], NULL);
		large.latency[k].us[POINT_P99] = 123456;
	}
	for (unsigned k = 0; k < 3; k++) {
		FILE *file = tmpfile();
		const char *line, *end;
		size_t length;

		report_heading(file, &kinds[k]);
		report_interval(file, &kinds[k], &small);
		report_interval(file, &kinds[k], &large);
		line = text_of(file);
		length = strcspn(line, "\n");
		for (unsigned i = 0; i < 3; i++, line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end);
			assert_int_equal(end - line, length);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_follows_the_schema),
		cmocka_unit_test(json_has_nothing_else),
		cmocka_unit_test(each_worker_has_the_phases_of_the_engine),
		cmocka_unit_test(steering_says_what_was_asked_and_what_became_of_it),
		cmocka_unit_test(a_device_has_lost_what_did_not_arrive),
		cmocka_unit_test(every_counter_is_there),
		cmocka_unit_test(share_is_of_the_measured_packets),
		cmocka_unit_test(bench_knows_its_sequence),
		cmocka_unit_test(stream_says_nothing_per_connection),
		cmocka_unit_test(what_was_not_measured_is_null),
		cmocka_unit_test(writes_a_file),
		cmocka_unit_test(rates_leave_out_warmup_and_the_cut_end),
		cmocka_unit_test(packets_are_counted_once),
		cmocka_unit_test(exit_code),
		cmocka_unit_test(aborted_by_design),
		cmocka_unit_test(added_to_the_wire),
		cmocka_unit_test(half_open_by_design),
		cmocka_unit_test(nothing_established_is_no_success),
		cmocka_unit_test(summary_opens_with_the_definition),
		cmocka_unit_test(summary_says_what_was_missed),
		cmocka_unit_test(summary_of_requests),
		cmocka_unit_test(summary_of_a_stream),
		cmocka_unit_test(interval_lines_stand_under_their_heading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
