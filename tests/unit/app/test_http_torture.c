/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What clients must not be able to do to http: to get out of step with it, to be answered for what
 * is no request, to make it keep without bound. Each text is delivered whole, byte by byte and in
 * random pieces, to a peer that reads at once and to one that reads slowly: the answers are the
 * same.
 */
#include "http_client.h"

#define HOST "Host: a\r\n"

/* With the same settings each time: making them is slow under a sanitizer. */
static void
open_again(void)
{
	fake_open(service_find("http"), service_settings_default());
}

static void
deliver_in_pieces(const char *text, size_t len, size_t most)
{
	for (size_t at = 0; at < len && !fake.aborted;) {
		size_t n = 1 + (most > 1 ? (size_t)rand() % most : 0);

		n = n < len - at ? n : len - at;
		fake_deliver(text + at, n);
		at += n;
	}
}

static void
read_all(void)
{
	for (unsigned turn = 0; fake.queued && turn < 1000000; turn++)
		fake_ack(fake.queued < 50 ? fake.queued : 50);
}

/* The statuses that text draws, in order; '.' behind the last if the connection is closed on. */
static void
statuses_are(const char *text, size_t len, const char *wanted)
{
	for (unsigned way = 0; way < 8; way++) {
		char got[64] = "";
		const char *p;
		struct response r;

		open_again();
		if (way >= 4)
			fake.buffer = 450; /* two answers, or so */
		if (way % 4 == 0)
			fake_deliver(text, len);
		else
			deliver_in_pieces(text, len, way % 4 == 1 ? 1 : 40);
		read_all();
		for (p = fake.sent; p < fake.sent + fake.sent_len; p += r.length) {
			p = read_response(p, &r);
			sprintf(got + strlen(got), "%s%u", *got ? " " : "", r.status);
		}
		strcat(got, fake.shut ? "." : "");
		if (strcmp(got, wanted))
			fail_msg("'%s' and not '%s', way %u: %s", got, wanted, way, text);
		assert_false(fake.aborted);
		fake_end(TCT_CLOSED);
	}
}

static void
draws(const char *text, const char *wanted)
{
	statuses_are(text, strlen(text), wanted);
}

/* Nothing in a body is taken for a request: the connection ends with the answer. */
static void
bodies_smuggle_no_request(void **state)
{
	(void)state;
	draws("GET / HTTP/1.1\r\n" HOST "Content-Length: 26\r\n\r\n" GET, "200.");
	draws("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET, "200.");
	draws("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde" GET, "405.");
	draws("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nX", "200.");
	draws("GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n" GET_CLOSE, "200 200.");
	draws(GET "BREW / HTTP/1.1\r\n" HOST "Content-Length: 26\r\n\r\n" GET, "200 501.");
}

/* Two who read the length of a body differently would read different requests. */
static void
doubtful_lengths_are_refused(void **state)
{
	static const char *const fields[] = {
		"Content-Length: 0\r\nContent-Length: 26\r\n",
		"Content-Length: 26\r\nContent-Length: 26\r\n",
		"Content-Length: 0, 26\r\n",
		"Content-Length: +26\r\n",
		"Content-Length: -1\r\n",
		"Content-Length: 0x1a\r\n",
		"Content-Length: 2 6\r\n",
		"Content-Length: 26,\r\n",
		"Content-Length:\r\n",
		"Content-Length : 26\r\n",
		"Content-Length\t: 26\r\n",
		" Content-Length: 26\r\n",
		"X: y\r\n Content-Length: 26\r\n",
		"Content-Length: 26\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 26\r\n",
		"Content-Length: 26\rX: y\r\n",
		"X: y\rContent-Length: 26\r\n",
		"Content-Length: 26\x0b\r\n",
		"Content_Length: 26\r\nContent-\x80Length: 26\r\n",
		"Transfer-Encoding\r\n",
		": chunked\r\n",
		"Transfer-Encoding: chunked\r\nHost: b\r\n",
	};
	char text[512];

	(void)state;
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST "%s\r\n" GET, fields[i]);
		draws(text, "400.");
	}
	draws("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" GET, "400.");
	draws("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n" GET, "501.");
	draws("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n" GET, "501.");
	draws("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
	      "Transfer-Encoding: identity\r\n\r\n" GET,
	      "501.");
}

/* LF alone ends a line (RFC 9112 2.2), for the framing as for everything else. */
static void
bare_line_feeds_are_lines(void **state)
{
	(void)state;
	draws("GET / HTTP/1.1\nHost: a\n\n" GET_CLOSE, "200 200.");
	draws("GET / HTTP/1.1\r\n" HOST "X: y\nContent-Length: 26\r\n\r\n" GET, "200.");
	draws("GET / HTTP/1.1\r\n" HOST "X: y\n\n" GET_CLOSE, "200 200.");
	draws("\r\n\n\r\n" GET "\r\n\r\n" GET_CLOSE, "200 200.");
	draws("\r" GET, "400.");
}

static void
expectations_do_not_hold_up(void **state)
{
	(void)state;
	draws("GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n" GET_CLOSE, "200 200.");
	draws("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
	      "405.");
	draws("GET / HTTP/1.1\r\n" HOST "Expect: the unexpected\r\n\r\n", "200");
	draws("GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "200");
}

static void
targets_and_versions_are_looked_at(void **state)
{
	(void)state;
	draws("GET http://a/x HTTP/1.1\r\n" HOST "\r\n" GET, "200 200");
	draws("GET http://a HTTP/1.1\r\n" HOST "\r\n" GET, "200 200");
	draws("GET ://a HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET a:80 HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET * HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("OPTIONS * HTTP/1.1\r\n" HOST "\r\n" GET, "405 200");
	draws("GET / HTTP/1.1 \r\n" HOST "\r\n" GET, "400.");
	draws("GET  / HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET\t/ HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws(" GET / HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET /\x80 HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET /\x01 HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("G\x80T / HTTP/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET /\r\n\r\n", "400.");
	draws("GET / HTTP/1.2\r\n" HOST "\r\n" GET, "200 200");
	draws("GET / HTTP/0.9\r\n" HOST "\r\n" GET, "505.");
	draws("GET / HTTP/2.0\r\n" HOST "\r\n" GET, "505.");
	draws("GET / HTTP/1.10\r\n" HOST "\r\n" GET, "400.");
	draws("GET / HTTP/1,1\r\n" HOST "\r\n" GET, "400.");
	draws("GET / http/1.1\r\n" HOST "\r\n" GET, "400.");
	draws("GET / HTTP/1.0\r\n\r\n" GET, "200.");
	draws("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" GET, "200 200");
	draws("GET / HTTP/1.1\r\n" HOST "Connection: x, close ,y\r\n\r\n" GET, "200.");
	draws("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" GET, "400.");
	draws("GET / HTTP/1.1\r\nHost: a b\r\n\r\n" GET, "400.");
	statuses_are("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n" GET,
		     sizeof("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n" GET) - 1, "400.");
}

static void
head_of_a_pipeline_has_no_body(void **state)
{
	struct response r;
	const char *p;

	(void)state;
	open_http(BODY);
	fake_deliver_text("HEAD / HTTP/1.1\r\n" HOST "\r\n"
			  "HEAD / HTTP/1.1\r\n" HOST "\r\n" GET_CLOSE);
	p = read_response(fake.sent, &r);
	p = read_response(p, &r);
	assert_int_equal(r.length, BODY);
	p = read_response(p, &r) + r.length;
	assert_ptr_equal(p, fake.sent + fake.sent_len);
	fake_end(TCT_CLOSED);
}

/* A header without end: refused at 8192 bytes, however much follows, and nothing is kept of it. */
static void
endless_headers_are_cut_off(void **state)
{
	const size_t len = 1 << 20;
	char *text = malloc(len);

	(void)state;
	memset(text, 'x', len);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	for (size_t at = 1000; at < len; at += 1000) /* of fields, the second time */
		memcpy(text + at, "\r\nX: ", 5);
	for (size_t mss = 1460; mss <= 9000; mss += 7540) {
		struct response r;

		open_http(BODY);
		for (size_t at = 0; at < len; at += mss) {
			fake_deliver(text + at, mss < len - at ? mss : len - at);
			if (at + mss < HTTP_REQUEST_MAX)
				assert_int_equal(fake.sent_len, 0);
		}
		assert_int_equal(responses(&r), 1);
		assert_int_equal(r.status, 431);
		assert_true(r.close && fake.shut);
		assert_false(fake.closed || fake.aborted);
		assert_int_equal(user_kind(&fake), USER_LINGERING);
		fake_peer_fin();
		assert_true(fake.closed);
		fake_end(TCT_CLOSED);
	}
	free(text);
}

/* Requests keep coming and no answer is read: what is kept is one send buffer and one block. */
static void
pipeline_that_is_not_read_stops(void **state)
{
	const size_t each = strlen(GET);

	(void)state;
	open_http(BODY);
	fake.buffer = 10000;
	for (unsigned i = 0; i < 1000; i++)
		fake_deliver(GET, each);
	assert_true(fake.paused);
	assert_true(fake.sent_len <= 10000);
	for (unsigned i = 0; i < 1000; i++)
		fake_pass_ms(100);
	assert_true(fake.aborted);
	assert_int_equal(fake_counts[COUNTER_SERVICE_WRITE_TIMEOUT], 1);
	fake_end(TCT_ABORTED);
}

/* Random bytes of what requests are made of: whatever it draws, it draws it in any pieces. */
static void
pieces_make_no_difference(void **state)
{
	static const char *const parts[] = {
		"GET ",
		"HEAD ",
		"POST ",
		"/",
		" HTTP/1.1",
		" HTTP/1.0",
		"\r\n",
		"\n",
		"\r",
		HOST,
		"Connection: ",
		"close",
		": ",
		"X: y\r\n",
		"\r\n\r\n",
		"a",
		"keep-alive",
		" ",
		"chunked",
		"Content-Length: ",
		"5",
		"\x80",
		"Transfer-Encoding: ",
		GET,
	};

	(void)state;
	srand(4);
	for (unsigned round = 0; round < 3000; round++) {
		char text[1024] = "", *wanted;
		size_t len;

		if (rand() % 2)
			strcpy(text, GET);
		for (unsigned i = 0; i < 12; i++)
			strcat(text, parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))]);
		len = strlen(text);
		open_again();
		fake_deliver(text, len);
		wanted = strdup(without_dates(fake.sent));
		fake_end(TCT_CLOSED);
		open_again();
		fake.buffer = rand() % 2 ? 450 : 262144;
		deliver_in_pieces(text, len, 1 + (size_t)rand() % 20);
		read_all();
		if (strcmp(without_dates(fake.sent), wanted))
			fail_msg("%s\n-- drew in pieces:\n%s\n-- and whole:\n%s", text, fake.sent,
				 wanted);
		fake_end(TCT_CLOSED);
		free(wanted);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, blocks_are_all_back)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bodies_smuggle_no_request),	  TEST(doubtful_lengths_are_refused),
		TEST(bare_line_feeds_are_lines),	  TEST(expectations_do_not_hold_up),
		TEST(targets_and_versions_are_looked_at), TEST(head_of_a_pipeline_has_no_body),
		TEST(endless_headers_are_cut_off),	  TEST(pipeline_that_is_not_read_stops),
		TEST(pieces_make_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
