/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "fake_tct.h"
#include "services.h"
#include "services/block.h"
#include "services/internal.h"

#define GET	  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define BODY	  10

static struct service_settings *
settings(uint32_t response_size)
{
	return service_settings_make(&(struct listen_config){.response_size = response_size});
}

static void
open_http(uint32_t response_size)
{
	fake_open(service_find("http"), settings(response_size));
}

/* One response as a client reads it. */
struct response {
	unsigned status;
	unsigned long length; /* Content-Length */
	bool close, keep_alive;
	const char *body;
};

/* Reads the response at p; returns what follows its header. */
static const char *
read_response(const char *p, struct response *r)
{
	const char *end = strstr(p, "\r\n\r\n");
	const char *field;
	char header[512];

	assert_non_null(end);
	assert_true((size_t)(end - p) < sizeof(header));
	snprintf(header, sizeof(header), "%.*s\r\n", (int)(end - p), p);
	assert_int_equal(sscanf(header, "HTTP/1.1 %u ", &r->status), 1);
	field = strstr(header, "\r\nContent-Length: ");
	assert_non_null(field);
	r->length = strtoul(field + 18, NULL, 10);
	r->close = strstr(header, "\r\nConnection: close\r\n") != NULL;
	r->keep_alive = strstr(header, "\r\nConnection: keep-alive\r\n") != NULL;
	r->body = end + 4;
	return r->body;
}

/* Reads all responses that were sent; returns how many, the last one in r. */
static unsigned
responses(struct response *r)
{
	const char *p = fake.sent;
	unsigned n = 0;

	while (*p) {
		p = read_response(p, r) + (r->status == 200 ? r->length : 0);
		n++;
	}
	assert_ptr_equal(p, fake.sent + fake.sent_len);
	return n;
}

static void
one_response(const char *request, unsigned status, bool closes)
{
	struct response r;

	open_http(BODY);
	fake_deliver_text(request);
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, status);
	assert_int_equal(r.length, status == 200 ? BODY : 0);
	assert_int_equal(r.close, closes);
	assert_int_equal(fake.shut, closes);
	assert_false(fake.closed);
	assert_int_equal(fake.copies, 0);
	fake_end(TCT_CLOSED);
}

static void
request_in_one_segment_is_one_static_send(void **state)
{
	struct service_settings *s = settings(BODY);
	struct response r;

	(void)state;
	fake_open(service_find("http"), s);
	for (unsigned i = 1; i <= 3; i++) {
		fake_deliver_text(GET);
		assert_int_equal(fake.sends, i);
		assert_int_equal(responses(&r), i);
		assert_int_equal(r.status, 200);
		assert_int_equal(r.length, BODY);
		assert_false(r.close);
		assert_ptr_equal(tct_user(&fake), s); /* no state */
		assert_int_equal(fake.wake_ms, 0);
	}
	assert_int_equal(fake.copies, 0);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
each_status_is_answered(void **state)
{
	(void)state;
	one_response(GET, 200, false);
	one_response(GET_CLOSE, 200, true);
	one_response("GET / HTTP/1.0\r\n\r\n", 200, true);
	one_response("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400, true);
	one_response("GET / HTTP/1.1\r\n\r\n", 400, true);
	one_response("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405, false);
	one_response("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405, true);
	one_response("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, false);
	one_response("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true);
	one_response("\x16\x03\x01", 400, true); /* TLS */
}

static void
method_not_allowed_says_which_is(void **state)
{
	(void)state;
	open_http(BODY);
	fake_deliver_text("PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_non_null(strstr(fake.sent, "\r\nAllow: GET, HEAD\r\n"));
	fake_end(TCT_CLOSED);
}

static void
head_is_get_without_the_body(void **state)
{
	struct response r;
	const char *end;

	(void)state;
	open_http(BODY);
	fake_deliver_text("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	end = read_response(fake.sent, &r);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.length, BODY);
	assert_ptr_equal(end, fake.sent + fake.sent_len);
	fake_end(TCT_CLOSED);
}

static void
http_1_0_persists_when_asked_and_says_so(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(responses(&r), 1);
	assert_true(r.keep_alive);
	assert_false(fake.shut);
	fake_deliver_text("GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(responses(&r), 2);
	assert_true(r.close);
	assert_true(fake.shut);
	fake_end(TCT_CLOSED);
}

static void
nothing_is_answered_after_the_last_response(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text(GET GET_CLOSE GET);
	fake_deliver_text(GET);
	assert_int_equal(responses(&r), 2);
	assert_true(fake.shut);
	assert_false(fake.closed); /* a RST could overtake the response */
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
peer_that_does_not_close_is_closed_on(void **state)
{
	(void)state;
	open_http(BODY);
	fake_deliver_text(GET_CLOSE);
	fake_pass_ms(1999);
	assert_false(fake.closed);
	fake_pass_ms(1);
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
request_split_at_each_position_is_the_same(void **state)
{
	static const char *const texts[] = {
		GET,
		GET_CLOSE,
		"\r\n\r\n" GET,
		"GET / HTTP/1.1\nHost: a\n\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
		"GET / HTTP/2.0\r\n\r\n",
		GET GET GET_CLOSE,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);
		char wanted[2048];

		open_http(BODY);
		fake_deliver(texts[i], len);
		strcpy(wanted, fake.sent);
		fake_end(TCT_CLOSED);
		for (size_t a = 1; a < len; a++) {
			open_http(BODY);
			fake_deliver(texts[i], a);
			fake_deliver(texts[i] + a, len - a);
			assert_string_equal(fake.sent, wanted);
			fake_end(TCT_CLOSED);
		}
		open_http(BODY);
		for (size_t a = 0; a < len; a++)
			fake_deliver(texts[i] + a, 1);
		assert_string_equal(fake.sent, wanted);
		fake_end(TCT_CLOSED);
		services_fini();
	}
}

static void
state_of_a_split_request_is_given_back(void **state)
{
	struct service_settings *s = settings(BODY);
	struct response r;

	(void)state;
	fake_open(service_find("http"), s);
	fake_deliver_text("GET / HT");
	assert_ptr_not_equal(tct_user(&fake), s);
	fake_deliver_text("TP/1.1\r\nHost: a\r\n\r\n");
	assert_ptr_equal(tct_user(&fake), s);
	assert_int_equal(responses(&r), 1);
	fake_end(TCT_CLOSED);
}

static void
thousand_requests_in_one_segment_draw_a_thousand_responses(void **state)
{
	const size_t each = strlen(GET);
	char *text = malloc(1000 * each);
	struct response r;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		memcpy(text + i * each, GET, each);
	open_http(BODY);
	fake_deliver(text, 1000 * each);
	assert_int_equal(responses(&r), 1000);
	assert_int_equal(fake.sends, 1000);
	fake_end(TCT_CLOSED);
	free(text);
}

/* 1000 requests in segments of every size against a send buffer that holds a few responses. */
static void
pipeline_waits_for_a_slow_reader(void **state)
{
	const size_t each = strlen(GET), all = 1000 * each;
	char *text = malloc(all);
	struct response r;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		memcpy(text + i * each, GET, each);
	for (size_t mss = 1; mss <= 9000; mss = mss * 3 + 1) {
		open_http(BODY);
		fake.buffer = 500;
		for (size_t at = 0; at < all; at += mss)
			fake_deliver(text + at, all - at < mss ? all - at : mss);
		for (unsigned turn = 0; fake.queued && turn < 100000; turn++)
			fake_ack(fake.queued < 100 ? fake.queued : 100);
		assert_int_equal(responses(&r), 1000);
		assert_false(fake.aborted);
		fake_peer_fin();
		assert_true(fake.closed);
		fake_end(TCT_CLOSED);
		services_fini();
	}
	free(text);
}

static void
header_of_more_than_8192_bytes_is_too_large(void **state)
{
	char text[8192 + 64];
	size_t len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\nB: ");
	struct response r;

	(void)state;
	memset(text + len, 'x', sizeof(text) - len);
	memcpy(text + 8188, "\r\n\r\n", 4);
	for (size_t mss = 1; mss <= 8193; mss += 512) {
		open_http(BODY);
		for (size_t at = 0; at < 8192; at += mss)
			fake_deliver(text + at, 8192 - at < mss ? 8192 - at : mss);
		assert_int_equal(responses(&r), 1);
		assert_int_equal(r.status, 200); /* exactly 8192 */
		fake_end(TCT_CLOSED);
	}
	memset(text + 8188, 'x', 4);
	open_http(BODY);
	fake_deliver(text, 8191);
	assert_int_equal(fake.sent_len, 0);
	fake_deliver("x", 1); /* cannot become one any more */
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, 431);
	fake_end(TCT_CLOSED);
	memcpy(text + 8189, "\r\n\r\n", 4);
	for (size_t mss = 1; mss <= 8193; mss += 512) {
		open_http(BODY);
		for (size_t at = 0; at < 8193; at += mss)
			fake_deliver(text + at, 8193 - at < mss ? 8193 - at : mss);
		assert_int_equal(responses(&r), 1);
		assert_int_equal(r.status, 431);
		assert_true(fake.shut);
		fake_end(TCT_CLOSED);
	}
}

static void
unfinished_request_times_out_however_it_drips(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text("G");
	for (unsigned s = 1; s < 10; s++) {
		fake_pass_ms(1000);
		fake_deliver_text("X");
		assert_int_equal(fake.sent_len, 0);
	}
	fake_pass_ms(1000);
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, 408);
	assert_true(fake.shut);
	fake_end(TCT_CLOSED);
}

/* While its predecessor's response is on its way, a request's time does not run. */
static void
request_behind_a_slow_response_has_its_time(void **state)
{
	struct response r;

	(void)state;
	open_http(1000);
	fake.buffer = 300;
	fake_deliver_text(GET "GET / HTTP");
	fake_pass_ms(60000);
	while (fake.queued)
		fake_ack(fake.queued);
	fake_pass_ms(9999);
	assert_int_equal(responses(&r), 1);
	fake_deliver_text("/1.1\r\nHost: a\r\n\r\nGET");
	while (fake.queued)
		fake_ack(fake.queued);
	fake_pass_ms(9999);
	assert_int_equal(responses(&r), 2);
	assert_false(fake.shut);
	fake_pass_ms(1);
	assert_int_equal(responses(&r), 3);
	assert_int_equal(r.status, 408);
	fake_end(TCT_CLOSED);
}

static void
each_unfinished_request_has_its_own_time(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text("GET / HTTP");
	fake_pass_ms(9999);
	fake_deliver_text("/1.1\r\nHost: a\r\n\r\nGET");
	fake_pass_ms(9999);
	assert_int_equal(responses(&r), 1);
	fake_deliver_text(" / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(responses(&r), 2);
	assert_int_equal(r.status, 200);
	fake_end(TCT_CLOSED);
}

static void
idle_connection_does_not_time_out(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text("GET / HTTP/1.1\r\nHost");
	fake_deliver_text(": a\r\n\r\n");
	fake_pass_ms(3600000);
	assert_false(fake.shut);
	fake_deliver_text(GET);
	assert_int_equal(responses(&r), 2);
	fake_end(TCT_CLOSED);
}

/* The body is what chargen sends, whatever the room; and it is all there. */
static void
large_body_goes_out_as_room_allows(void **state)
{
	static const uint32_t sizes[] = {1, 65535, 65536, 65537, 200000, 3 * 65536, 1000000};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint32_t buffer = 999; buffer < 300000; buffer *= 17) {
			struct response r;
			const char *body;

			open_http(sizes[i]);
			fake.buffer = buffer;
			fake_deliver_text(GET_CLOSE GET);
			while (fake.queued)
				fake_ack(fake.queued);
			body = read_response(fake.sent, &r);
			assert_int_equal(r.length, sizes[i]);
			assert_int_equal(fake.sent + fake.sent_len - body, sizes[i]);
			for (uint32_t at = 0; at < sizes[i]; at += 65536)
				assert_memory_equal(body + at, body,
						    sizes[i] - at < 65536 ? sizes[i] - at : 65536);
			assert_true(fake.shut);
			assert_int_equal(fake.copies, 0);
			fake_end(TCT_CLOSED);
		}
	}
}

static void
peer_that_closes_early_gets_all_responses(void **state)
{
	struct response r;

	(void)state;
	open_http(1000);
	fake.buffer = 300;
	fake_deliver_text(GET GET GET "GET / HT");
	fake_peer_fin();
	assert_false(fake.closed);
	while (fake.queued)
		fake_ack(fake.queued);
	assert_int_equal(responses(&r), 3);
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
input_held_behind_the_last_response_draws_no_reset(void **state)
{
	(void)state;
	open_http(1000);
	fake.buffer = 300;
	fake_deliver_text(GET_CLOSE);
	fake_deliver_text(GET); /* held: paused */
	while (fake.queued)
		fake_ack(fake.queued);
	assert_true(fake.shut);
	fake_peer_fin();
	assert_true(fake.closed);
	assert_false(fake.reset_unread);
	fake_end(TCT_CLOSED);
}

static void
want_of_buffers_is_tried_again(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY);
	fake.no_buffers = true;
	fake_deliver_text(GET);
	assert_int_equal(fake.sends, 0);
	fake_pass_ms(20);
	fake_pass_ms(20);
	fake.no_buffers = false;
	fake_pass_ms(20);
	assert_int_equal(responses(&r), 1);
	assert_false(fake.paused);
	fake_end(TCT_CLOSED);
}

static void
stopped_from_outside_it_gives_up(void **state)
{
	(void)state;
	open_http(1000);
	fake.buffer = 300;
	fake_deliver_text(GET GET);
	tct_close(&fake);
	fake.queued = 0;
	fake.service->writable(&fake);
	for (unsigned i = 0; i < 3; i++)
		fake_pass_ms(SERVICE_RETRY_MS);
	assert_int_equal(fake.sent_len, 300);
	assert_true(fake.wake_ms == 0 || fake.wake_ms > SERVICE_RETRY_MS);
	fake_end(TCT_STOPPED);
}

static void
without_blocks_it_is_unavailable(void **state)
{
	static void *taken[BLOCKS_PER_WORKER];
	struct response r;

	(void)state;
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		assert_non_null(taken[i] = block_take());
	one_response(GET, 200, false); /* needs none */
	one_response("GET / HT", 503, true);
	open_http(1000);
	fake.buffer = 300;
	fake_deliver_text(GET); /* a response cut off must not look whole */
	assert_true(fake.aborted);
	fake_end(TCT_ABORTED);
	block_give(taken[0]);
	open_http(BODY);
	fake_deliver_text("GET / HT");
	fake_deliver_text("TP/1.0\r\n\r\n");
	assert_int_equal(responses(&r), 1);
	fake_end(TCT_CLOSED);
	for (unsigned i = 1; i < BLOCKS_PER_WORKER; i++)
		block_give(taken[i]);
}

static int
blocks_are_all_back(void **state)
{
	static void *taken[BLOCKS_PER_WORKER];

	(void)state;
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		assert_non_null(taken[i] = block_take());
	assert_null(block_take());
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		block_give(taken[i]);
	services_fini();
	return 0;
}

#define TEST(f) cmocka_unit_test_teardown(f, blocks_are_all_back)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_in_one_segment_is_one_static_send),
		TEST(each_status_is_answered),
		TEST(method_not_allowed_says_which_is),
		TEST(head_is_get_without_the_body),
		TEST(http_1_0_persists_when_asked_and_says_so),
		TEST(nothing_is_answered_after_the_last_response),
		TEST(peer_that_does_not_close_is_closed_on),
		TEST(request_split_at_each_position_is_the_same),
		TEST(state_of_a_split_request_is_given_back),
		TEST(thousand_requests_in_one_segment_draw_a_thousand_responses),
		TEST(pipeline_waits_for_a_slow_reader),
		TEST(header_of_more_than_8192_bytes_is_too_large),
		TEST(unfinished_request_times_out_however_it_drips),
		TEST(request_behind_a_slow_response_has_its_time),
		TEST(each_unfinished_request_has_its_own_time),
		TEST(idle_connection_does_not_time_out),
		TEST(large_body_goes_out_as_room_allows),
		TEST(peer_that_closes_early_gets_all_responses),
		TEST(input_held_behind_the_last_response_draws_no_reset),
		TEST(want_of_buffers_is_tried_again),
		TEST(stopped_from_outside_it_gives_up),
		TEST(without_blocks_it_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
