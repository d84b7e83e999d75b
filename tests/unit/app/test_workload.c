/* SPDX-License-Identifier: BSD-3-Clause */
/* The two sides of crr, rr and stream, each against a fake of the other: what is sent, counted and
 * closed, and when. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_tct.h"
#include "http_template.h"
#include "workload.h"

#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct load_config load;
static struct client *client;
static const struct client_stats *stats;
static uint8_t bytes[4 * PATTERN_BYTES]; /* of the pattern */

static int refusal;		/* what tct_connect() says */
static bool silent;		/* nobody answers */
static struct tct_connect last; /* its argument */

/* The connection is there at once, so that one poll opens one. */
int
tct_connect_burst(struct tct_worker *worker, const struct tct_connect connect[], unsigned n,
		  struct tct_conn *conns[])
{
	last = *connect;
	if (refusal)
		return refusal;
	if (silent || connect->silent)
		fake = (struct tct_conn){.service = connect->service, .user = connect->user};
	else
		fake_open(connect->service, connect->user);
	conns[0] = &fake;
	return 1;
}

unsigned
tct_worker_index(const struct tct_worker *worker)
{
	return 1;
}

static void
poll_at(uint64_t us)
{
	fake_poll_ns = us * 1000;
	client_poll(NULL, us, client);
}

static void
begin(enum workload workload)
{
	struct client_config config = {.part_count = 1, .workers = 1, .room = 1};

	config.parts[0] = (struct client_part){
		.load = &load, .comes_back = *pattern_get(), .weight = 1, .concurrency = 1};

	load.workload = workload;
	load.target_ports = (struct port_range){8080, 8080};
	tct_address_parse("10.0.0.9", &load.target);
	client = client_create(&config);
	client_begin(client);
	stats = client_stats(client, 0);
	poll_at(1000000);
}

static void
end(enum tct_reason reason)
{
	fake_end(reason);
	assert_int_equal(client_open(client), 0);
}

static int
reset(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		memcpy(bytes + i * PATTERN_BYTES, pattern_get()->bytes, PATTERN_BYTES);
	refusal = 0;
	silent = false;
	load = (struct load_config){
		.request_size = 10, .response_size = 20, .path = "/x", .expect_status = {200, 299}};
	return 0;
}

static int
forget(void **state)
{
	client_destroy(client);
	client = NULL;
	return 0;
}

static void
count_is(uint64_t requests, uint64_t responses)
{
	assert_int_equal(stats->requests, requests);
	assert_int_equal(stats->responses, responses);
	assert_int_equal(stats->request.count, responses);
}

/* ---- clients of crr and rr ------------------------------------------------------------------ */

static void
crr_asks_once(void **state)
{
	begin(WORKLOAD_CRR);
	assert_int_equal(fake.sent_len, 10);
	fake_deliver(bytes, 19);
	assert_false(fake.closed);
	count_is(1, 0);
	fake_deliver(bytes, 1);
	assert_true(fake.closed);
	assert_int_equal(fake.sent_len, 10);
	count_is(1, 1);
	end(TCT_CLOSED);
}

static void
rr_asks_again_until_it_has_asked_enough(void **state)
{
	load.requests = 3;
	begin(WORKLOAD_RR);
	for (unsigned i = 1; i <= 3; i++) {
		assert_false(fake.closed);
		assert_int_equal(fake.sent_len, 10 * i);
		fake_deliver(bytes, 20);
	}
	assert_true(fake.closed);
	count_is(3, 3);
	end(TCT_CLOSED);
	assert_int_equal(stats->closed, 1);
}

static void
rr_ends_with_the_run_after_a_response(void **state)
{
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 20);
	client_stop(client);
	poll_at(1000000);
	assert_false(fake.closed);
	fake_deliver(bytes, 20);
	assert_true(fake.closed);
	count_is(2, 2);
	end(TCT_CLOSED);
}

/* What the server was to close and the end of the run comes before. */
static void
rr_ends_with_the_run_even_if_the_server_closes(void **state)
{
	load.requests = 5;
	load.server_closes = true;
	begin(WORKLOAD_RR);
	client_stop(client);
	fake_deliver(bytes, 20);
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

static void
rr_waits_for_the_server_to_close(void **state)
{
	load.requests = 1;
	load.server_closes = true;
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 20);
	assert_false(fake.closed);
	fake_peer_fin();
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

static void
a_large_request_goes_as_there_is_room(void **state)
{
	load.request_size = 500000;
	begin(WORKLOAD_RR);
	assert_int_equal(fake.sent_len, 262144);
	fake_ack(262144);
	assert_int_equal(fake.sent_len, 500000);
	assert_memory_equal(fake.sent, bytes, 500000);
	fake_ack(237856);
	assert_int_equal(fake.sent_len, 500000);
	fake_deliver(bytes, 20);
	assert_memory_equal(fake.sent + 500000, bytes, 1000); /* the next one begins anew */
	end(TCT_RESET);
	assert_int_equal(stats->faults[FAULT_CUT], 1);
	count_is(2, 1);
}

static void
surplus_is_a_fault(void **state)
{
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 21);
	assert_true(fake.aborted);
	end(TCT_ABORTED);
	count_is(1, 0);
	assert_int_equal(stats->faults[FAULT_SURPLUS], 1);
	assert_int_equal(stats->faults[FAULT_CUT], 0);
}

static void
held_before_it_closes(void **state)
{
	load.requests = 1;
	load.hold_ms = 50;
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 20);
	fake_pass_ms(49);
	assert_false(fake.closed);
	fake_deliver(bytes, 1); /* not asked for, not looked at */
	fake_pass_ms(1);
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

/* ---- when connections start ----------------------------------------------------------------- */

/* The first one is through; then 1000/s, of which this client has room for one. The fake's clock is
 * 0, and a latency what the schedule was behind it. */
static void
begin_open_loop(void)
{
	begin(WORKLOAD_CC);
	end(TCT_CLOSED);
	client_set_rate(client, 1000);
	poll_at(2000000); /* one is due now */
	assert_int_equal(stats->attempted, 2);
	end(TCT_CLOSED);
}

static void
nothing_starts_before_it_is_due(void **state)
{
	begin_open_loop();
	poll_at(2000999);
	assert_int_equal(stats->attempted, 2);
	poll_at(2001000);
	assert_int_equal(stats->attempted, 3);
	end(TCT_CLOSED);
	assert_int_equal(client_pace(client)->due_ns, 2002000000);
	poll_at(2002900); /* a late poll makes none of them later */
	end(TCT_CLOSED);
	poll_at(2003000);
	assert_int_equal(stats->attempted, 5);
	end(TCT_CLOSED);
}

/* What was due while none could be opened is opened after that, and counts from when it was due. */
static void
what_is_held_up_counts_from_its_time(void **state)
{
	begin_open_loop();
	poll_at(2001000);
	assert_int_equal(client_pace(client)->held, 0);
	poll_at(2004000);
	assert_int_equal(client_pace(client)->held, 1);
	assert_int_equal(client_pace(client)->due_ns, 2002000000);
	end(TCT_CLOSED);
	for (unsigned i = 0; i < 3; i++) {
		poll_at(2004000);
		end(TCT_CLOSED);
	}
	assert_int_equal(stats->attempted, 6);
	assert_int_equal(client_pace(client)->due_ns, 2005000000);
}

/* What could not be opened at its time has failed, and is not tried again. */
static void
a_refusal_uses_its_turn(void **state)
{
	begin_open_loop();
	refusal = -EADDRNOTAVAIL;
	poll_at(2010000);
	assert_int_equal(stats->attempted, 2 + 10);
	assert_int_equal(stats->refused_locally, 10);
	poll_at(2010000);
	assert_int_equal(stats->attempted, 2 + 10);
}

static void
a_new_rate_makes_nothing_up(void **state)
{
	begin_open_loop();
	client_set_rate(client, 10);
	poll_at(9000000);
	assert_int_equal(stats->attempted, 3);
	end(TCT_CLOSED);
	poll_at(9000000);
	assert_int_equal(stats->attempted, 3);
}

/* One refusal in a millisecond. */
static void
a_closed_loop_does_not_beg(void **state)
{
	begin(WORKLOAD_CC);
	end(TCT_CLOSED);
	refusal = -EADDRNOTAVAIL;
	poll_at(2000000);
	poll_at(2000999);
	assert_int_equal(stats->refused_locally, 1);
	poll_at(2001000);
	assert_int_equal(stats->refused_locally, 2);
}

/* A first connection that nobody answers keeps the schedule up for a second, and one that is
 * refused not at all. */
static void
nobody_is_waited_for(void **state)
{
	begin(WORKLOAD_CC);
	end(TCT_REFUSED);
	poll_at(1000001);
	assert_int_equal(stats->attempted, 2);
	end(TCT_REFUSED);
	assert_int_equal(stats->failed[TCT_REFUSED], 2);
}

/* A round trip may well take less than a microsecond. */
static void
times_are_in_nanoseconds(void **state)
{
	begin(WORKLOAD_RR);
	fake.more_ns = 250;
	fake_deliver(bytes, 20);
	fake.more_ns = 1000;
	fake_deliver(bytes, 20);
	assert_int_equal(stats->request.min, 250);
	assert_int_equal(stats->request.max, 750);
	end(TCT_RESET);
}

/* As those that are opened are. */
static void
connect_is_timed_from_the_poll(void **state)
{
	struct client_config config = {.part_count = 1, .workers = 1, .room = 1};

	config.parts[0] = (struct client_part){.load = &load, .weight = 1, .concurrency = 1};
	tct_address_parse("10.0.0.9", &load.target);
	silent = true;
	client = client_create(&config);
	client_begin(client);
	stats = client_stats(client, 0);
	fake_poll_ns = 1000000400;
	client_poll(NULL, 1000000, client);
	fake.now_us = 1000001;
	fake.more_ns = 100;
	fake.service->opened(&fake);
	assert_int_equal(stats->connect.max, 700);
	end(TCT_RESET);
}

/* ---- what takes too long -------------------------------------------------------------------- */

/* In load.timeout, or a quarter more. */
static void
unanswered_connections_are_given_up(void **state)
{
	load.timeout_ms = 1000;
	silent = true;
	begin(WORKLOAD_CC);
	poll_at(1990000);
	assert_false(fake.aborted);
	poll_at(2250000);
	assert_true(fake.aborted);
	end(TCT_ABORTED);
	assert_int_equal(stats->unanswered, 1);
	assert_int_equal(stats->failed[TCT_ABORTED], 1);
}

static void
responses_that_do_not_come_are_given_up(void **state)
{
	load.timeout_ms = 1000;
	begin(WORKLOAD_RR);
	fake.now_us = 900000;
	fake_deliver(bytes, 20); /* the next request begins */
	poll_at(1800000);
	assert_false(fake.aborted);
	fake_deliver(bytes, 19);
	poll_at(2250000);
	assert_true(fake.aborted);
	end(TCT_ABORTED);
	assert_int_equal(stats->faults[FAULT_TIMEOUT], 1);
	assert_int_equal(stats->faults[FAULT_CUT], 0);
	assert_int_equal(stats->unanswered, 0);
	count_is(2, 1);
}

/* Neither who thinks nor who holds is waited for. */
static void
silence_that_was_asked_for_is_not_given_up(void **state)
{
	load.timeout_ms = 100;
	load.think_ms = 5000;
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 20);
	poll_at(4000000);
	assert_false(fake.aborted);
	client_stop(client);
	poll_at(4000000);
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

/* ---- what connections do besides ------------------------------------------------------------ */

static void
thinks_before_the_next_request(void **state)
{
	load.think_ms = 50;
	begin(WORKLOAD_RR);
	fake_deliver(bytes, 20);
	count_is(1, 1);
	fake_pass_ms(49);
	count_is(1, 1);
	fake_pass_ms(1);
	assert_int_equal(stats->requests, 2);
	fake_deliver(bytes, 20);
	assert_true(histogram_percentile(&stats->request, 100) < 50000000); /* no time of thought */
	end(TCT_RESET);
}

static void
some_connections_are_aborted(void **state)
{
	load.abort_percent = 40;
	begin(WORKLOAD_CC);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(fake.aborted != fake.closed);
		end(fake.aborted ? TCT_ABORTED : TCT_CLOSED);
		poll_at(1000000);
	}
	assert_int_equal(stats->aborted, 4);
	assert_int_equal(stats->closed, 6);
	assert_int_equal(stats->failed[TCT_ABORTED], 0);
	end(TCT_RESET);
}

/* A SYN and no more; the first one, which finds the neighbour, is none of them. */
static void
some_connections_stay_half_open(void **state)
{
	load.half_open_percent = 40;
	begin(WORKLOAD_CC);
	for (unsigned i = 0; i < 11; i++) {
		assert_true(last.silent != fake.closed);
		end(last.silent ? TCT_ABORTED : TCT_CLOSED);
		poll_at(1000000);
	}
	assert_int_equal(stats->attempted, 12);
	assert_int_equal(stats->half_open, 4);
	assert_int_equal(stats->closed, 7);
	assert_int_equal(stats->established, 8); /* one is still open */
	assert_int_equal(stats->failed[TCT_ABORTED], 0);
	assert_int_equal(stats->unanswered, 0);
	end(TCT_RESET);
}

/* All ports of an address, then the next address. */
static void
targets_in_turn(void **state)
{
	static const char *const wanted[] = {"10.0.0.9 8080", "10.0.0.9 8081", "10.0.1.1 8080",
					     "10.0.1.1 8081", "10.0.1.2 8080", "10.0.1.2 8081"};
	struct client_config config = {.part_count = 1, .workers = 1, .room = 1};

	config.parts[0] = (struct client_part){.load = &load, .weight = 1, .concurrency = 1};
	load.target_ports = (struct port_range){8080, 8081};
	tct_address_parse("10.0.0.9", &load.target);
	load.targets[0] = (struct tct_local){load.target, 1, 32};
	tct_address_parse("10.0.1.1", &load.targets[1].first);
	load.targets[1].count = 2;
	load.target_count = 2;
	client = client_create(&config);
	client_begin(client);
	stats = client_stats(client, 0);
	for (unsigned i = 0; i < 12; i++) {
		char text[TCT_ADDRESS_TEXT], both[64];

		poll_at(1000000);
		snprintf(both, sizeof(both), "%s %u", tct_address_format(&last.remote, text),
			 last.remote_port);
		assert_string_equal(both, wanted[i % 6]);
		end(TCT_CLOSED);
	}
}

/* Weights 1 and 3: of eight connections two and six, mixed as evenly as can be. */
static void
parts_start_by_weight(void **state)
{
	struct client_config config = {.part_count = 2, .workers = 1, .room = 8, .rate = 1000};
	static struct load_config other;

	other = load;
	other.workload = WORKLOAD_CRR;
	config.parts[0] = (struct client_part){.load = &load, .weight = 1};
	config.parts[1] = (struct client_part){.load = &other, .weight = 3};
	client = client_create(&config);
	client_begin(client);
	for (unsigned i = 0; i < 2; i++) { /* each has its first */
		poll_at(1000000);
		fake_end(TCT_CLOSED);
	}
	for (uint64_t i = 0; i < 8; i++) {
		poll_at(1000000 + i * 1000);
		fake_end(TCT_CLOSED);
		assert_in_range(client_stats(client, 0)->attempted, 1 + i / 4, 2 + i / 4);
	}
	assert_int_equal(client_stats(client, 0)->closed, 3);
	assert_int_equal(client_stats(client, 1)->attempted, 7);
	assert_int_equal(client_stats(client, 1)->requests, 7);
}

/* ---- http ----------------------------------------------------------------------------------- */

static void
http_asks_for_the_path(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	load.requests = 2;
	begin(WORKLOAD_RR);
	assert_string_equal(fake.sent, "GET /x HTTP/1.1\r\nHost: 10.0.0.9:8080\r\n"
				       "User-Agent: tercet\r\n\r\n");
	fake_deliver_text("HTTP/1.1 200 OK\r\nConte");
	fake_deliver_text("nt-Length: 2\r\n\r\no");
	count_is(1, 0);
	fake_deliver_text("k");
	count_is(2, 1);
	fake_deliver_text(REPLY);
	count_is(2, 2);
	assert_null(strstr(fake.sent, "close"));
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

static void
http_host_of_ipv6(void **state)
{
	struct http_template t;
	const struct pattern *p;

	tct_address_parse("2001:db8::1", &load.target);
	load.target_ports = (struct port_range){80, 80};
	assert_true(http_template_make(&t, &load));
	p = http_template_next(&t, false);
	assert_int_equal(p->len, strlen((const char *)p->bytes));
	assert_int_equal(p->len, http_request_size(&load));
	assert_non_null(strstr((const char *)p->bytes, "\r\nHost: [2001:db8::1]\r\n"));
	http_template_fini(&t);
}

static void
http_sends_what_it_is_told(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	load.method = METHOD_POST;
	strcpy(load.host, "shop.example");
	strcpy(load.headers, "Accept: a, b\nuser-agent: other\n");
	strcpy(load.body, "{\"n\": 1}");
	begin(WORKLOAD_CRR);
	assert_string_equal(fake.sent, "POST /x HTTP/1.1\r\nHost: shop.example\r\nAccept: a, b\r\n"
				       "user-agent: other\r\nContent-Length: 8\r\n\r\n{\"n\": 1}");
	end(TCT_RESET);
}

/* The body is of the pattern, and as long as the header says. */
static void
http_body_of_a_size(void **state)
{
	const char *body;

	load.protocol = PROTOCOL_HTTP;
	load.method = METHOD_POST;
	load.request_size = PATTERN_BYTES + 1000;
	begin(WORKLOAD_CRR);
	body = strstr(fake.sent, "\r\n\r\n") + 4;
	assert_non_null(strstr(fake.sent, "Content-Length: 132048\r\n"));
	assert_int_equal(fake.sent + fake.sent_len - body, load.request_size);
	assert_memory_equal(body, bytes, load.request_size);
	end(TCT_RESET);
}

static void
http_paths_in_turn(void **state)
{
	static const char *const paths[] = {"GET /a ", "GET /b,c, ", "GET /d ", "GET /a "};
	size_t at = 0;

	load.protocol = PROTOCOL_HTTP;
	strcpy(load.path, "/a, /b,c,, /d");
	begin(WORKLOAD_RR);
	for (unsigned i = 0; i < 4; i++) {
		assert_memory_equal(fake.sent + at, paths[i], strlen(paths[i]));
		at = fake.sent_len;
		fake_deliver_text(REPLY);
	}
	end(TCT_RESET);
}

static void
http_head_has_no_body(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	load.method = METHOD_HEAD;
	begin(WORKLOAD_RR);
	assert_memory_equal(fake.sent, "HEAD /x ", 8);
	fake_deliver_text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	count_is(2, 1);
	end(TCT_RESET);
}

/* The connection goes on after an answer that is understood, but not the one wanted. */
static void
http_answers_are_checked(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	load.expect_status = (struct port_range){404, 410};
	strcpy(load.expect_body, "gone");
	begin(WORKLOAD_RR);
	fake_deliver_text("HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\nit: go");
	fake_deliver_text("ne");
	count_is(2, 1);
	fake_deliver_text("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\nGONE");
	assert_int_equal(stats->faults[FAULT_BODY], 1);
	fake_deliver_text("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngone");
	assert_int_equal(stats->faults[FAULT_STATUS], 1);
	assert_int_equal(stats->requests, 4);
	assert_int_equal(stats->responses, 1);
	assert_false(fake.aborted);
	end(TCT_RESET);
}

static void
http_asks_the_server_to_close(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	load.requests = 2;
	load.server_closes = true;
	begin(WORKLOAD_RR);
	assert_null(strstr(fake.sent, "close"));
	fake_deliver_text(REPLY);
	assert_non_null(strstr(fake.sent, "\r\nConnection: close\r\n\r\n"));
	fake_deliver_text(REPLY);
	assert_false(fake.closed);
	fake_peer_fin();
	assert_true(fake.closed);
	end(TCT_CLOSED);
}

static void
http_server_may_close(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	begin(WORKLOAD_RR);
	fake_deliver_text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	assert_true(fake.closed);
	count_is(1, 1);
	end(TCT_CLOSED);
}

static void
http_faults_are_counted(void **state)
{
	load.protocol = PROTOCOL_HTTP;
	begin(WORKLOAD_RR);
	fake_deliver_text("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	assert_false(fake.aborted);
	assert_int_equal(stats->faults[FAULT_STATUS], 1);
	assert_int_equal(stats->requests, 2);
	fake_deliver_text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_true(fake.aborted);
	assert_int_equal(stats->faults[FAULT_CHUNKED], 1);
	end(TCT_ABORTED);
	assert_int_equal(stats->faults[FAULT_CUT], 0);
	assert_int_equal(stats->responses, 0);
	poll_at(1000000);
	fake_deliver_text(REPLY "x");
	assert_true(fake.aborted);
	assert_int_equal(stats->faults[FAULT_SURPLUS], 1);
	end(TCT_ABORTED);
}

/* ---- client of stream ----------------------------------------------------------------------- */

static void
stream_sends_while_there_is_room(void **state)
{
	begin(WORKLOAD_STREAM);
	assert_int_equal(fake.sent_len, 262144);
	fake_ack(200000);
	assert_int_equal(fake.sent_len, 462144);
	assert_memory_equal(fake.sent, bytes, 462144);
	assert_int_equal(stats->sent_bytes, 462144);
	assert_int_equal(stats->acked_bytes, 200000);
	fake_ack(1000);
	poll_at(1000000); /* looks */
	assert_int_equal(stats->acked_bytes, 201000);
	client_stop(client);
	poll_at(1000000);
	assert_true(fake.shut);
	assert_false(fake.closed); /* it would refuse what comes */
	fake_peer_fin();
	assert_true(fake.closed);
	end(TCT_CLOSED);
	assert_int_equal(stats->acked_bytes, 462144);
	assert_int_equal(stats->spread.count, 1);
	assert_float_equal(stats->spread.max, 462144, 0.1);
	assert_float_equal(stats->spread.min, 462144, 0.1);
}

static void
stream_that_is_reset_has_what_was_acknowledged(void **state)
{
	begin(WORKLOAD_STREAM);
	fake_ack(150000);
	end(TCT_RESET);
	assert_int_equal(stats->acked_bytes, 150000);
	assert_float_equal(stats->spread.sum, 150000, 0.1);
}

static void
stream_receives(void **state)
{
	load.direction = DIRECTION_RECEIVE;
	load.verify = true;
	begin(WORKLOAD_STREAM);
	assert_int_equal(fake.sent_len, 0);
	for (unsigned i = 0; i < 300; i++)
		fake_deliver(bytes + 1448 * i, 1448);
	assert_int_equal(stats->received_bytes, 300 * 1448);
	assert_int_equal(stats->corrupt, 0);
	fake_deliver(bytes, 1); /* a byte that came before */
	fake_deliver(bytes, 1);
	assert_int_equal(stats->corrupt, 1);
	end(TCT_CLOSED);
	poll_at(1000000); /* another one begins at the beginning */
	fake_deliver(bytes, 10000);
	assert_int_equal(stats->corrupt, 1);
	fake_deliver(bytes, 10000);
	assert_int_equal(stats->corrupt, 2);
	end(TCT_CLOSED);
}

static void
without_verify_nobody_looks(void **state)
{
	load.direction = DIRECTION_BOTH;
	begin(WORKLOAD_STREAM);
	fake_deliver(bytes + 1, 1000);
	assert_int_equal(stats->received_bytes, 1000);
	assert_int_equal(stats->corrupt, 0);
	assert_int_equal(fake.sent_len, 262144);
	end(TCT_CLOSED);
}

/* ---- servers -------------------------------------------------------------------------------- */

static struct workload_server server;

static void
serve(enum workload workload)
{
	workload_server_set(&server);
	fake_open(workload_service(workload), NULL);
}

static void
server_answers_whole_requests(void **state)
{
	server = (struct workload_server){
		.request_size = 100, .response_size = 300000, .requests = 2};
	serve(WORKLOAD_RR);
	fake_deliver(bytes, 99);
	assert_int_equal(fake.sent_len, 0);
	fake_deliver(bytes, 1);
	assert_int_equal(fake.sent_len, 262144);
	fake_ack(262144);
	assert_int_equal(fake.sent_len, 300000);
	assert_memory_equal(fake.sent, bytes, 300000);
	fake_ack(37856);
	fake_deliver(bytes, 100);
	assert_int_equal(fake.sent_len, 562144);
	fake_ack(262144);
	assert_false(fake.closed);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
server_closes_after_so_many(void **state)
{
	server = (struct workload_server){
		.request_size = 1, .response_size = 1, .requests = 2, .closes = true};
	serve(WORKLOAD_RR);
	fake_deliver(bytes, 1);
	assert_false(fake.closed);
	fake_deliver(bytes, 1);
	assert_true(fake.closed);
	assert_int_equal(fake.sent_len, 2);
	fake_end(TCT_CLOSED);
}

static void
server_streams_both_ways(void **state)
{
	struct workload_server_stats before = *workload_server_stats(1, 0);
	const struct workload_server_stats *now = workload_server_stats(1, 0);

	server = (struct workload_server){.sends = true, .verifies = true};
	serve(WORKLOAD_STREAM);
	for (unsigned i = 0; i < 200; i++) {
		fake_deliver(bytes + 1448 * i, 1448);
		fake_ack(fake.queued);
	}
	assert_int_equal(now->received_bytes - before.received_bytes, 200 * 1448);
	assert_int_equal(now->corrupt - before.corrupt, 0);
	assert_int_equal(now->sent_bytes - before.sent_bytes, fake.sent_len);
	assert_memory_equal(fake.sent, bytes, 4 * PATTERN_BYTES);
	fake_deliver(bytes + 1448 * 201, 1448); /* one is missing */
	fake_deliver(bytes + 1448 * 202, 1448);
	assert_int_equal(now->corrupt - before.corrupt, 1);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

/* Two kinds of a mix: what each does and has seen is its own. */
static void
server_streams_of_a_mix(void **state)
{
	struct workload_server two[2] = {{.sends = false}, {.sends = true, .verifies = true}};
	uint64_t first = workload_server_stats(1, 0)->received_bytes;

	workload_server_set(two);
	fake_open(workload_service(WORKLOAD_STREAM), (void *)1);
	for (unsigned i = 0; i < 200; i++) {
		fake_deliver(bytes + 1448 * i, 1448);
		fake_ack(fake.queued);
	}
	assert_int_equal(workload_server_stats(1, 1)->received_bytes, 200 * 1448);
	assert_int_equal(workload_server_stats(1, 1)->sent_bytes, fake.sent_len);
	assert_int_equal(workload_server_stats(1, 1)->corrupt, 0);
	assert_memory_equal(fake.sent, bytes, 4 * PATTERN_BYTES);
	fake_deliver(bytes, 1);
	assert_int_equal(workload_server_stats(1, 1)->corrupt, 1);
	assert_int_equal(workload_server_stats(1, 0)->received_bytes, first);
	fake_end(TCT_CLOSED);
	fake_open(workload_service(WORKLOAD_STREAM), (void *)0);
	assert_int_equal(fake.sent_len, 0);
	fake_end(TCT_CLOSED);
	workload_server_set(&server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(crr_asks_once),
		TEST(rr_asks_again_until_it_has_asked_enough),
		TEST(rr_ends_with_the_run_after_a_response),
		TEST(rr_ends_with_the_run_even_if_the_server_closes),
		TEST(rr_waits_for_the_server_to_close),
		TEST(a_large_request_goes_as_there_is_room),
		TEST(surplus_is_a_fault),
		TEST(held_before_it_closes),
		TEST(nothing_starts_before_it_is_due),
		TEST(what_is_held_up_counts_from_its_time),
		TEST(a_refusal_uses_its_turn),
		TEST(a_new_rate_makes_nothing_up),
		TEST(a_closed_loop_does_not_beg),
		TEST(nobody_is_waited_for),
		TEST(times_are_in_nanoseconds),
		TEST(connect_is_timed_from_the_poll),
		TEST(unanswered_connections_are_given_up),
		TEST(responses_that_do_not_come_are_given_up),
		TEST(silence_that_was_asked_for_is_not_given_up),
		TEST(thinks_before_the_next_request),
		TEST(some_connections_are_aborted),
		TEST(some_connections_stay_half_open),
		TEST(targets_in_turn),
		TEST(parts_start_by_weight),
		TEST(http_asks_for_the_path),
		TEST(http_host_of_ipv6),
		TEST(http_sends_what_it_is_told),
		TEST(http_body_of_a_size),
		TEST(http_paths_in_turn),
		TEST(http_head_has_no_body),
		TEST(http_answers_are_checked),
		TEST(http_asks_the_server_to_close),
		TEST(http_server_may_close),
		TEST(http_faults_are_counted),
		TEST(stream_sends_while_there_is_room),
		TEST(stream_that_is_reset_has_what_was_acknowledged),
		TEST(stream_receives),
		TEST(without_verify_nobody_looks),
		TEST(server_answers_whole_requests),
		TEST(server_closes_after_so_many),
		TEST(server_streams_both_ways),
		TEST(server_streams_of_a_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
