/* SPDX-License-Identifier: BSD-3-Clause */
/* Results read again: nothing is lost, and no file, whatever is in it, does harm. */
#include "test.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "report.h"
#include "report_draw.h"
#include "result_merge.h"
#include "result_read.h"

static struct histogram times;
static char path[] = "/tmp/tercet-result-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	return close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
fill_intervals(struct result *r)
{
	for (unsigned i = 0; i < 3; i++) {
		struct interval in = {
			.start_s = 0.5 * i,
			.length_s = 0.5,
			.warmup = i == 0,
			.attempted = 1000 + i,
			.established = 999,
			.closed = 998,
			.failed = 1,
			.open = 7,
			.rx_packets = 5000,
			.tx_packets = 6000,
			.rx_bytes = 70000,
			.tx_bytes = 80000,
			.retransmits = 3,
			.drops = 2,
			.responses = 900,
			.to_server_bytes = 123,
			.to_client_bytes = 456,
			.busy_percent = 12.5,
			.waited_percent = 1.5,
		};

		for (unsigned k = 0; k < LATENCY_MAX; k++) {
			latency_points(&in.latency[k], k == i ? NULL : &times);
			in.slots[k] = k == i ? NULL : latency_text(&times);
		}
		assert_int_equal(result_add_interval(r, &in), 0);
	}
}

/* Every member that has a place in the JSON has a value of its own. */
static void
fill(struct result *r, const char *command, const char *workload, const char *servers)
{
	bool mix = strcmp(workload, "mix") == 0;

	result_init(r);
	histogram_reset(&times);
	for (unsigned i = 1; i <= 100; i++)
		histogram_record(&times, 7777 * i);
	r->started_ms = 1900000000123;
	r->definition = (struct result_definition){
		.command = command,
		.workload = workload,
		.first_to_close = CLOSER_SERVER,
		.request_size = 64,
		.response_size = 128,
		.requests = strcmp(workload, "rr") == 0 || mix,
		.http = strcmp(workload, "rr") == 0,
		.method = strcmp(workload, "rr") == 0 ? "POST" : NULL,
		.per_connection = mix ? 0 : 5,
		.stream = strcmp(workload, "stream") == 0,
		.some_stream = mix,
		.endless =
			strcmp(workload, "stream") == 0 || (mix && strcmp(command, "bench") == 0),
		.direction = strcmp(workload, "stream") == 0 ? "both" : NULL,
		.verified = strcmp(workload, "stream") == 0,
		.ipv = 6,
		.options = 1u << OPTION_MSS | 1u << OPTION_TIMESTAMPS,
		.link = "net_tap0",
		.servers = servers,
	};
	fill_intervals(r);
	r->end = (struct result_end){
		.seconds = 1,
		.has_active = strcmp(command, "serve") != 0,
		.has_passive = strcmp(command, "load") != 0 || servers,
		.connect = &times,
		.close = &times,
		.client = {.measured = true,
			   .unit = r->definition.stream ? PER_PACKET : PER_CONNECTION},
		.busy_percent = {50, 25.5},
		.workers = 2,
		.waited_percent = 2.25,
		.worker_count = 2,
		.worker[1] =
			{.active = true, .index = 1, .lcore = 3, .units = 17, .busy = 5, .idle = 6},
		.leaks = {1, 2, 3, 4},
		.memory = {256, 64, 64.5, 1 << 20},
		.transactions = {.attempted = 9, .completed = 8},
		.stream = {.sent = {1, RESULT_UNKNOWN},
			   .received = {3, 4},
			   .corrupt = 1,
			   .retransmits = 5,
			   .segments = 50,
			   .connections = 2,
			   .jain = 0.75,
			   .min = 1,
			   .max = 5,
			   .mean = 3},
		.interrupted = true,
		.device = {servers != NULL, {{9000, 8000, 100}, {70, 71, 0}}},
		.steering = {.port = {{"a", 2, "auto", "software", "why"},
				      {"b", 3, "rss", "rss", ""}},
			     .count = 2},
	};
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++) {
		r->end.client.phase[i] = i == CYCLE_PHASE_LOOKUP ? RESULT_NOT_MEASURED : 10.5 * i;
		r->end.server.phase[i] = RESULT_NOT_MEASURED;
	}
	for (unsigned i = 0; i < PHASE_MAX; i++)
		r->end.worker[1].phase[i] = 100 + i;
	r->end.transactions.failed[FAULT_LENGTH] = 1;
	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		r->end.active.v[i] = r->end.has_active ? i : 0;
		r->end.passive.v[i] = r->end.has_passive ? 1000 + i : 0;
	}
}

static char *
text_of(const struct result *r)
{
	json_t *json = result_json(r);
	char *text;

	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	json_decref(json);
	return text;
}

static void
what_is_read_is_written_again(void **state)
{
	static const struct {
		const char *command, *workload, *servers;
	} kinds[] = {{"bench", "rr", NULL},  {"load", "cc", NULL},	{"load", "cc", "listen"},
		     {"serve", "crr", NULL}, {"bench", "stream", NULL}, {"bench", "mix", NULL},
		     {"load", "mix", NULL}};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char error[RESULT_ERROR_CHARS] = "", *first, *again;
		struct result r, read;

		fill(&r, kinds[i].command, kinds[i].workload, kinds[i].servers);
		first = text_of(&r);
		assert_int_equal(result_write(&r, path), 0);
		if (result_read(&read, path, error) < 0)
			fail_msg("%s", error);
		again = text_of(&read);
		assert_string_equal(first, again);
		free(first);
		free(again);
		result_fini(&r);
		result_fini(&read);
	}
}

/* Written with a definition that lacks a member, if one is named. */
static void
read_without(struct result *read, const char *servers, const char *lacking)
{
	char error[RESULT_ERROR_CHARS] = "";
	struct result r;
	json_t *json;

	fill(&r, "load", "crr", servers);
	json = result_json(&r);
	json_object_del(json_object_get(json, "definition"), lacking);
	assert_int_equal(json_dump_file(json, path, JSON_REAL_PRECISION(12)), 0);
	if (result_read(read, path, error) < 0)
		fail_msg("%s", error);
	json_decref(json);
	result_fini(&r);
}

static void
devices_are_added(void **state)
{
	char error[RESULT_ERROR_CHARS] = "";
	struct result a, b;
	uint64_t lost;

	read_without(&a, "workload", "");
	read_without(&b, "workload", "");
	if (result_merge(&a, &b, error) < 0)
		fail_msg("%s", error);
	assert_int_equal(a.end.device.to[0].sent, 18000);
	assert_true(result_device_lost(&a.end.device.to[0], &lost));
	assert_int_equal(lost, 1800);
	assert_int_equal(a.end.device.to[1].received, 142);
	result_fini(&b);
	read_without(&b, "listen", "");
	assert_true(result_merge(&a, &b, error) < 0);
	assert_non_null(strstr(error, "definition.servers"));
	result_fini(&a);
	result_fini(&b);
}

/* An earlier version knew of no devices: its results are of the same thing. */
static void
what_an_earlier_version_lacks_is_none(void **state)
{
	char error[RESULT_ERROR_CHARS] = "";
	struct result a, b;

	read_without(&a, NULL, "servers");
	read_without(&b, NULL, "");
	if (result_merge(&a, &b, error) < 0)
		fail_msg("%s", error);
	result_fini(&a);
	read_without(&a, NULL, "servers");
	if (result_merge(&b, &a, error) < 0)
		fail_msg("%s", error);
	result_fini(&a);
	result_fini(&b);
}

/* ---- harm ----------------------------------------------------------------------------------- */

static void
write_json(const json_t *json)
{
	assert_int_equal(json_dump_file(json, path, JSON_REAL_PRECISION(12)), 0);
}

/* A file is refused with a word, or all that can be done with a result is done with it. */
static void
use_file(void)
{
	char error[RESULT_ERROR_CHARS] = "";
	struct result r, same;
	FILE *out = fopen("/dev/null", "w");

	if (result_read(&r, path, error) < 0) {
		assert_true(*error);
	} else {
		report_summary(out, &r);
		assert_int_equal(report_draw_svg(&r, "/dev/null"), 0);
		free(text_of(&r));
		assert_int_equal(result_read(&same, path, error), 0);
		result_merge(&r, &same, error);
		free(text_of(&r));
		result_fini(&same);
	}
	result_fini(&r);
	fclose(out);
}

static json_t *
value_of(unsigned which)
{
	switch (which) {
	case 0:
		return json_null();
	case 1:
		return json_integer(-1);
	case 2:
		return json_integer(INT64_MAX);
	case 3:
		return json_string("4:4");
	case 4:
		return json_array();
	case 5:
		return json_object();
	case 6:
		return json_real(DBL_MAX);
	case 7:
		return json_real(5e-324);
	default:
		return json_true();
	}
}
#define VALUES 9

static unsigned spoil(json_t *whole, json_t *in);

/* In another value each time, or missing. */
static unsigned
spoil_member(json_t *whole, json_t *in, const char *key, json_t *value)
{
	static unsigned turn;

	json_incref(value);
	if (turn % (VALUES + 1) == VALUES)
		json_object_del(in, key);
	else
		json_object_set_new(in, key, value_of(turn % (VALUES + 1)));
	turn++;
	write_json(whole);
	use_file();
	json_object_set_new(in, key, value);
	return 1 + spoil(whole, value);
}

/* Every member below in other values, one after the other. */
static unsigned
spoil(json_t *whole, json_t *in)
{
	const char *key;
	json_t *value, *members;
	unsigned n = 0;

	if (json_is_array(in) && json_array_size(in) > 0)
		return spoil(whole, json_array_get(in, json_array_size(in) - 1));
	if (!json_is_object(in))
		return 0;
	members = json_copy(in); /* one that is taken out comes back as the last */
	json_object_foreach(members, key, value)
	{
		if (strcmp(key, "counters") != 0 && strcmp(key, "drops") != 0)
			n += spoil_member(whole, in, key, value);
	}
	json_decref(members);
	return n;
}

static void
no_member_does_harm(void **state)
{
	struct result r;
	json_t *json;

	fill(&r, "load", "stream", "workload");
	json = result_json(&r);
	for (unsigned i = 0; i < 3; i++)
		assert_true(spoil(json, json) > 150);
	json_decref(json);
	result_fini(&r);
}

/* Files cut short, and files with a byte changed. */
static void
no_text_does_harm(void **state)
{
	struct result r;
	char *text;
	size_t size;

	fill(&r, "load", "crr", NULL);
	text = text_of(&r);
	size = strlen(text);
	for (unsigned i = 0; i < 100; i++) {
		size_t at = (size_t)rand() % size;
		char was = text[at];
		FILE *out = fopen(path, "w");

		text[at] = (char)(i % 3 ? "0{}[]\",:-9e"[rand() % 11] : rand());
		fwrite(text, 1, i % 5 ? size : at, out);
		fclose(out);
		text[at] = was;
		use_file();
	}
	free(text);
	result_fini(&r);
}

/* Where a step changes nothing, or is nothing, there would be ticks for ever. */
static void
any_axis_ends(void **state)
{
	static const double ends[] = {5e-324, 1e-308, DBL_MAX};
	FILE *out = fopen("/dev/null", "w");

	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		for (unsigned logarithmic = 0; logarithmic < 2; logarithmic++) {
			double time = ends[i], value = ends[i];
			struct chart c = {
				.title = "t",
				.unit = "u",
				.logarithmic = logarithmic,
				.times_s = &time,
				.count = 1,
				.end_s = time,
				.series = {{"s", "#000", &value}},
				.series_count = 1,
			};

			chart_draw(out, &c, 0);
		}
	fclose(out);
}

static void
no_file_is_an_error(void **state)
{
	char error[RESULT_ERROR_CHARS];
	struct result r;

	assert_int_equal(result_read(&r, "/nonexistent/file", error), -ENOENT);
	assert_string_equal(error, "/nonexistent/file: cannot be read: No such file or directory");
	result_fini(&r);
	assert_true(result_read(&r, "/", error) < 0);
	result_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(devices_are_added),
		cmocka_unit_test(what_an_earlier_version_lacks_is_none),
		cmocka_unit_test(no_member_does_harm),
		cmocka_unit_test(no_text_does_harm),
		cmocka_unit_test(any_axis_ends),
		cmocka_unit_test(no_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
