/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_client.h"
#include "services/chargen.h"

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
	assert_true(r.has_date);
	assert_false(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
request_in_one_segment_is_one_send(void **state)
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
		assert_int_equal(user_kind(&fake), USER_IDLE); /* no state */
		assert_ptr_equal(user_settings(&fake), s);
	}
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
one_response_without_keep_alive(void **state)
{
	struct listen_config listen;
	struct response r;

	(void)state;
	listen_config_init(&listen);
	listen.keep_alive = false;
	fake_open(service_find("http"), settings_of(&listen));
	fake_deliver_text(GET GET);
	assert_int_equal(responses(&r), 1);
	assert_true(r.status == 200 && r.close);
	assert_true(fake.shut);
	fake_end(TCT_CLOSED);
	services_fini();
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
		strcpy(wanted, without_dates(fake.sent));
		fake_end(TCT_CLOSED);
		for (size_t a = 1; a < len; a++) {
			open_http(BODY);
			fake_deliver(texts[i], a);
			fake_deliver(texts[i] + a, len - a);
			assert_string_equal(without_dates(fake.sent), wanted);
			fake_end(TCT_CLOSED);
		}
		open_http(BODY);
		for (size_t a = 0; a < len; a++)
			fake_deliver(texts[i] + a, 1);
		assert_string_equal(without_dates(fake.sent), wanted);
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
	assert_int_equal(user_kind(&fake), USER_RECORD);
	fake_deliver_text("TP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(user_kind(&fake), USER_IDLE);
	assert_ptr_equal(user_settings(&fake), s);
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
		fake.buffer = 600;
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
	fake.buffer = 400;
	fake_deliver_text(GET "GET / HTTP");
	fake_pass_ms(59000);
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
				assert_memory_equal(body + at, chargen_table + at % CHARGEN_BYTES,
						    sizes[i] - at < 65536 ? sizes[i] - at : 65536);
			assert_true(fake.shut);
			assert_true(fake.copies == 0 && fake.texts == 1); /* the header */
			fake_end(TCT_CLOSED);
		}
		services_fini();
	}
}

/* Besides its header: a peer that takes nothing holds no more of what all share. */
static void
large_body_fills_a_send_buffer_with_one_piece(void **state)
{
	(void)state;
	open_http(1 << 30);
	fake_deliver_text(GET);
	assert_int_equal(fake.queued, fake.buffer);
	assert_int_equal(fake.sends, 2);
	fake_ack(fake.queued);
	fake_ack(fake.queued / 2);
	assert_int_equal(fake.queued, fake.buffer);
	assert_int_equal(fake.sends, 4);
	fake_end(TCT_RESET);
}

static void
peer_that_closes_early_gets_all_responses(void **state)
{
	struct response r;

	(void)state;
	open_http(1000);
	fake.buffer = 400;
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
	fake.buffer = 400;
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
	open_http(2000);
	fake.buffer = 400;
	fake_deliver_text(GET GET);
	assert_int_equal(fake.sent_len, 400);
	tct_close(&fake);
	fake.queued = 0;
	fake.service->writable(&fake);
	for (unsigned i = 0; i < 3; i++)
		fake_pass_ms(SERVICE_RETRY_MS);
	assert_int_equal(fake.sent_len, 400);
	assert_true(fake.wake_ms == 0 || fake.wake_ms > SERVICE_RETRY_MS);
	fake_end(TCT_STOPPED);
}

static struct tct_conn *evicted;

static void
note_eviction(struct tct_conn *conn)
{
	evicted = conn;
	block_give(tct_user(conn));
}

/* The connection that has had its block for longest gives it up, and is told. */
static void
without_blocks_the_slowest_is_unavailable(void **state)
{
	static struct tct_conn others[BLOCKS_PER_WORKER];
	struct tct_conn slow;
	struct response r;

	(void)state;
	open_http(BODY);
	fake_deliver_text("GET / HT");
	slow = fake;
	for (unsigned i = 1; i < BLOCKS_PER_WORKER; i++)
		assert_non_null(others[i].user = block_take(&others[i], note_eviction));
	assert_int_equal(fake.sent_len, 0);
	others[0].user = block_take(&others[0], note_eviction);
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, 503);
	assert_true(fake.shut);
	assert_ptr_equal(slow.service, fake.service);
	assert_int_equal(fake_counts[COUNTER_SERVICE_EVICTED], 1);
	fake_end(TCT_CLOSED);
	open_http(BODY); /* the next one costs the next oldest its block */
	fake_deliver_text("GET / HT");
	assert_ptr_equal(evicted, &others[1]);
	fake_deliver_text("TP/1.0\r\n\r\n");
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, 200);
	fake_end(TCT_CLOSED);
	block_give(others[0].user);
	for (unsigned i = 2; i < BLOCKS_PER_WORKER; i++)
		block_give(others[i].user);
}

/* A response that is cut off must not look whole. */
static void
without_blocks_a_response_that_waits_is_reset(void **state)
{
	static struct tct_conn others[BLOCKS_PER_WORKER];

	(void)state;
	open_http(2000);
	fake.buffer = 400;
	fake_deliver_text(GET GET);
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		assert_non_null(others[i].user = block_take(&others[i], note_eviction));
	assert_true(fake.aborted);
	fake_end(TCT_ABORTED);
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		block_give(others[i].user);
}

/* ---- timeouts ------------------------------------------------------------------------------- */

static void
silence_ends_by_the_idle_timeout(void **state)
{
	struct response r;

	(void)state;
	open_http(BODY); /* from the start on */
	fake_pass_ms(59999);
	assert_false(fake.shut);
	fake_pass_ms(1);
	assert_true(fake.shut);
	assert_int_equal(fake.sent_len, 0);
	assert_int_equal(fake_counts[COUNTER_SERVICE_IDLE_TIMEOUT], 1);
	fake_deliver_text(GET); /* too late, but no RST yet */
	assert_int_equal(fake.sent_len, 0);
	assert_false(fake.closed);
	fake_pass_ms(2000);
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
	open_http(BODY); /* and between requests */
	fake_pass_ms(50000);
	fake_deliver_text(GET);
	fake_ack(fake.queued);
	for (unsigned i = 0; i < 599; i++)
		fake_pass_ms(100);
	fake_deliver_text("GET / HTTP/1.1\r\nHost");
	fake_deliver_text(": a\r\n\r\n");
	fake_ack(fake.queued);
	assert_int_equal(responses(&r), 2);
	for (unsigned i = 0; i < 599; i++)
		fake_pass_ms(100);
	assert_false(fake.shut);
	fake_pass_ms(100);
	assert_true(fake.shut);
	assert_int_equal(fake_counts[COUNTER_SERVICE_IDLE_TIMEOUT], 2);
	fake_end(TCT_CLOSED);
}

/* In steps, as the wheel would. */
static void
pass(unsigned ms)
{
	for (unsigned i = 0; i < ms && !fake.aborted; i += 100)
		fake_pass_ms(100);
}

/* A body that has no room yet; and one that is in the send buffer as a whole. */
static void
peer_that_takes_nothing_ends_by_the_write_timeout(void **state)
{
	(void)state;
	for (uint32_t size = 1000; size <= 1000000; size *= 1000) {
		memset(fake_counts, 0, sizeof(fake_counts));
		open_http(size);
		fake_deliver_text(GET);
		pass(59900);
		assert_false(fake.aborted);
		fake_ack(1);
		pass(59900);
		assert_false(fake.aborted);
		pass(31000);
		assert_true(fake.aborted);
		assert_int_equal(fake_counts[COUNTER_SERVICE_WRITE_TIMEOUT], 1);
		assert_int_equal(fake_counts[COUNTER_SERVICE_IDLE_TIMEOUT], 0);
		fake_end(TCT_ABORTED);
	}
}

static void
peer_that_takes_little_does_not(void **state)
{
	(void)state;
	open_http(1000000);
	fake_deliver_text(GET);
	for (unsigned i = 0; i < 100; i++) {
		pass(55000);
		assert_false(fake.aborted);
		fake_ack(1);
	}
	fake_end(TCT_RESET);
}

/* What it takes is replaced at once: the send buffer looks the same whenever it is looked at. */
static void
peer_that_takes_all_does_not(void **state)
{
	(void)state;
	open_http(1 << 30);
	fake_deliver_text(GET);
	for (unsigned i = 0; i < 30; i++) {
		pass(10000);
		assert_false(fake.aborted);
		fake_ack(fake.queued);
		assert_int_equal(fake.queued, fake.buffer);
	}
	fake_end(TCT_RESET);
}

static void
peer_that_closed_and_takes_nothing_ends_too(void **state)
{
	(void)state;
	for (unsigned last = 0; last < 2; last++) {
		open_http(1000);
		fake_deliver_text(last ? GET_CLOSE : GET);
		fake_peer_fin();
		assert_true(fake.closed);
		pass(59000);
		assert_false(fake.aborted);
		pass(31000);
		assert_true(fake.aborted);
		fake_end(TCT_ABORTED);
	}
	assert_int_equal(fake_counts[COUNTER_SERVICE_WRITE_TIMEOUT], 2);
}

/* After the last response: closed on in two seconds, and watched on. */
static void
peer_that_does_not_take_the_last_response_ends(void **state)
{
	(void)state;
	open_http(1000);
	fake_deliver_text(GET_CLOSE);
	pass(2000);
	assert_true(fake.closed);
	pass(59000);
	assert_false(fake.aborted);
	pass(31000);
	assert_true(fake.aborted);
	assert_int_equal(fake_counts[COUNTER_SERVICE_WRITE_TIMEOUT], 1);
	fake_end(TCT_ABORTED);
}

static void
timeouts_of_zero_are_none(void **state)
{
	struct listen_config listen = {.keep_alive = true, .response_size = 1000000};
	struct service_settings *s = settings_of(&listen);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		fake_open(service_find("http"), s);
		if (i)
			fake_deliver_text(i == 1 ? GET : "GET / HT");
		for (unsigned h = 0; h < 48; h++)
			fake_pass_ms(3600000);
		assert_false(fake.shut || fake.aborted);
		fake_end(TCT_CLOSED);
	}
}

/* The timeouts are independent: none waits for another's look. */
static void
each_timeout_has_its_own_length(void **state)
{
	struct listen_config listen = {.keep_alive = true,
				       .header_timeout_ms = 3000,
				       .idle_timeout_ms = 500,
				       .write_timeout_ms = 86400000,
				       .response_size = BODY};
	struct service_settings *s = settings_of(&listen);
	struct response r;

	(void)state;
	fake_open(service_find("http"), s);
	fake_deliver_text(GET);
	fake_ack(fake.queued);
	pass(400);
	assert_false(fake.shut);
	pass(100);
	assert_true(fake.shut);
	fake_end(TCT_CLOSED);
	fake_open(service_find("http"), s);
	fake_deliver_text("G");
	pass(2900);
	assert_int_equal(fake.sent_len, 0);
	pass(100);
	assert_int_equal(responses(&r), 1);
	assert_int_equal(r.status, 408);
	assert_int_equal(fake_counts[COUNTER_HTTP_HEADER_TIMEOUT], 1);
	fake_end(TCT_CLOSED);
}

static void
requests_are_counted(void **state)
{
	(void)state;
	open_http(BODY);
	fake_deliver_text(GET GET "POST / HTTP/1.1\r\nHost: a\r\n\r\n"
				  "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"
				  "GET / HTTP/1.1\r\n\r\n");
	assert_int_equal(fake_counts[COUNTER_HTTP_REQUESTS], 5);
	assert_int_equal(fake_counts[COUNTER_HTTP_BAD_REQUESTS], 2);
	fake_end(TCT_CLOSED);
}

#define TEST(f) cmocka_unit_test_teardown(f, blocks_are_all_back)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_in_one_segment_is_one_send),
		TEST(each_status_is_answered),
		TEST(method_not_allowed_says_which_is),
		TEST(head_is_get_without_the_body),
		TEST(one_response_without_keep_alive),
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
		TEST(large_body_goes_out_as_room_allows),
		TEST(large_body_fills_a_send_buffer_with_one_piece),
		TEST(peer_that_closes_early_gets_all_responses),
		TEST(input_held_behind_the_last_response_draws_no_reset),
		TEST(want_of_buffers_is_tried_again),
		TEST(stopped_from_outside_it_gives_up),
		TEST(without_blocks_the_slowest_is_unavailable),
		TEST(without_blocks_a_response_that_waits_is_reset),
		TEST(silence_ends_by_the_idle_timeout),
		TEST(peer_that_takes_nothing_ends_by_the_write_timeout),
		TEST(peer_that_takes_little_does_not),
		TEST(peer_that_takes_all_does_not),
		TEST(peer_that_closed_and_takes_nothing_ends_too),
		TEST(peer_that_does_not_take_the_last_response_ends),
		TEST(timeouts_of_zero_are_none),
		TEST(each_timeout_has_its_own_length),
		TEST(requests_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
