/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_reply.h"

static struct http_asked asked;

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static struct http_known_reply known;

/* In pieces of step bytes, each from a buffer without a byte behind it; how many were taken. */
static uint32_t
feed_once(struct http_reply *r, const char *text, size_t step)
{
	size_t len = strlen(text), at = 0;
	uint32_t taken = 0;

	http_reply_begin(r, &asked);
	for (; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		char *copy = malloc(n);

		memcpy(copy, text + at, n);
		taken += http_reply_take(r, copy, (uint32_t)n);
		free(copy);
	}
	return taken;
}

/* It is the same once its header is known. */
static uint32_t
feed(struct http_reply *r, const char *text, size_t step)
{
	struct http_reply other;
	uint32_t taken;

	asked.known = NULL;
	taken = feed_once(r, text, step);
	asked.known = &known;
	known.len = 0;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(feed_once(&other, text, step), taken);
		assert_memory_equal(&other, r, offsetof(struct http_reply, line));
	}
	return taken;
}

/* However it is cut, text is one response and nothing else. */
static void
is_whole(const char *text, uint16_t status, bool last)
{
	for (size_t step = 1; step <= strlen(text); step++) {
		struct http_reply r;

		assert_int_equal(feed(&r, text, step), strlen(text));
		if (r.state != HTTP_REPLY_DONE)
			fail_msg("state %u, fault %u: %s", r.state, r.fault, text);
		assert_int_equal(r.status, status);
		assert_int_equal(r.last, last);
	}
}

static void
is_faulty(const char *text, enum transaction_fault fault)
{
	for (size_t step = 1; step <= strlen(text); step++) {
		struct http_reply r;

		feed(&r, text, step);
		if (r.state != HTTP_REPLY_FAULTY || r.fault != fault)
			fail_msg("state %u, fault %u, wanted %u: %s", r.state, r.fault, fault,
				 text);
	}
}

static void
whole_responses(void **state)
{
	is_whole(OK_LINE "Content-Length: 5\r\n\r\nhello", 200, false);
	is_whole(OK_LINE "content-LENGTH:0\r\n\r\n", 200, false);
	is_whole(OK_LINE "Content-Length: \t 3 \t\r\n\r\nabc", 200, false);
	is_whole(OK_LINE "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 200, false);
	is_whole("HTTP/1.1 404 \r\nX: y\r\nContent-Length: 1\r\n\r\n\n", 404, false);
	is_whole("HTTP/1.1 204 No Content\r\n\r\n", 204, false);
	is_whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304, false);
	is_whole("HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n" OK_LINE
		 "Content-Length: 2\r\n\r\nab",
		 200, false);
}

/* Whatever else a header holds, and however long its lines are. */
static void
other_fields_are_passed_over(void **state)
{
	char text[1024] = OK_LINE "Set-Cookie: ";

	memset(text + strlen(text), 'x', 300);
	strcat(text, "\r\n");
	memset(text + strlen(text), 'n', 100);
	strcat(text, ": v\r\nX-Content-Length: 9\r\nEmpty:\r\nContent-Length: 4\r\n\r\nbody");
	is_whole(text, 200, false);
}

static void
who_closes(void **state)
{
	is_whole(OK_LINE "Connection: close\r\nContent-Length: 0\r\n\r\n", 200, true);
	is_whole(OK_LINE "Connection: upgrade , Close\r\nContent-Length: 0\r\n\r\n", 200, true);
	is_whole(OK_LINE "Connection: closed\r\nContent-Length: 0\r\n\r\n", 200, false);
	is_whole("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, true);
	is_whole("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 200,
		 false);
}

static void
known_header_is_not_read_again(void **state)
{
	static const char text[] = OK_LINE "Content-Length: 2\r\n\r\n",
			  other[] = OK_LINE "Content-Length: 3\r\n\r\n";
	struct http_reply r;

	feed(&r, text, sizeof(text));
	assert_int_equal(known.len, strlen(text));
	known.reply.status = 299; /* is seen where it is believed */
	feed_once(&r, text, sizeof(text));
	assert_int_equal(r.status, 299);
	assert_int_equal(r.body, 2);
	feed_once(&r, other, sizeof(other));
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body, 3);
	feed_once(&r, text, sizeof(text) - 2); /* its last byte comes later */
	assert_int_equal(r.status, 200);
}

/* As long as there is room for, and as long as it has no body, too. */
static void
which_headers_are_known(void **state)
{
	char text[HTTP_KNOWN_REPLY_MAX + 2];
	struct http_reply r;

	for (uint32_t len = HTTP_KNOWN_REPLY_MAX; len <= HTTP_KNOWN_REPLY_MAX + 1; len++) {
		int n = sprintf(text, OK_LINE "Content-Length: 0\r\nX: ");

		memset(text + n, 'x', len - 4 - (uint32_t)n);
		strcpy(text + len - 4, "\r\n\r\n");
		feed(&r, text, sizeof(text));
		assert_int_equal(r.state, HTTP_REPLY_DONE);
		assert_int_equal(known.len, len <= HTTP_KNOWN_REPLY_MAX ? len : 0);
	}
	feed(&r, "HTTP/1.1 304 Not Modified\r\n\r\n", 100);
	assert_int_equal(known.len, 29);
	feed(&r, OK_LINE "Content-Length: x\r\n\r\n", 100); /* a fault */
	assert_int_equal(known.len, 0);
}

static void
a_surplus_is_not_taken(void **state)
{
	const char text[] = OK_LINE "Content-Length: 2\r\n\r\nabHTTP";
	struct http_reply r;

	http_reply_begin(&r, &asked);
	assert_int_equal(http_reply_take(&r, text, sizeof(text) - 1), sizeof(text) - 5);
	assert_int_equal(r.state, HTTP_REPLY_DONE);
	assert_int_equal(http_reply_take(&r, "x", 1), 0);
}

static void
more_is_wanted(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
		"HTTP/1.1 200",
	};

	for (unsigned i = 0; i < 3; i++) {
		struct http_reply r;

		feed(&r, texts[i], 1);
		assert_true(r.state < HTTP_REPLY_DONE);
	}
}

static void
lengths_that_say_nothing(void **state)
{
	is_faulty(OK_LINE "\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: \r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: -1\r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: 5x\r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: 3, 3\r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: 1234567890123456789\r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", FAULT_LENGTH);
	is_faulty(OK_LINE "Content-Length:                                                    "
			  "                  3\r\n\r\n",
		  FAULT_LENGTH);
}

static void
codings_are_refused(void **state)
{
	is_faulty(OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\n", FAULT_CHUNKED);
	is_faulty(OK_LINE "Content-Length: 5\r\ntransfer-encoding: gzip\r\n\r\n", FAULT_CHUNKED);
}

static void
not_http(void **state)
{
	is_faulty("SSH-2.0-OpenSSH\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/2.0 200 OK\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1 20 OK\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1 2000 OK\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1 600 OK\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1  200 OK\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1 200 OK\nContent-Length: 0\n\n", FAULT_MALFORMED);
	is_faulty("\r\n", FAULT_MALFORMED);
	is_faulty(OK_LINE "no colon\r\n", FAULT_MALFORMED);
	is_faulty(OK_LINE ": no name\r\n", FAULT_MALFORMED);
	is_faulty(OK_LINE "A: b\r\n folded: c\r\n", FAULT_MALFORMED);
	is_faulty("HTTP/1.1 101 Switching Protocols\r\n\r\n", FAULT_MALFORMED);
}

static void
a_header_without_end_is_given_up(void **state)
{
	struct http_reply r;
	uint32_t sent = 0;

	feed(&r, OK_LINE, 100);
	for (; r.state < HTTP_REPLY_DONE && sent < 2 * HTTP_REPLY_HEADER_MAX; sent += 10)
		http_reply_take(&r, "X: 45678\r\n", 10);
	assert_int_equal(r.state, HTTP_REPLY_FAULTY);
	assert_int_equal(r.fault, FAULT_MALFORMED);
	assert_true(sent > HTTP_REPLY_HEADER_MAX - 1000);
	feed(&r, "H", 1);
	for (sent = 0; r.state < HTTP_REPLY_DONE && sent < 2 * HTTP_REPLY_HEADER_MAX; sent++)
		http_reply_take(&r, "H", 1);
	assert_int_equal(r.state, HTTP_REPLY_FAULTY);
}

/* HEAD: what the header says of a body is of another request's. */
static void
no_body_was_asked_for(void **state)
{
	asked.head = true;
	is_whole(OK_LINE "Content-Length: 5\r\n\r\n", 200, false);
	is_whole("HTTP/1.1 404 Not Found\r\n\r\n", 404, false);
	asked.head = false;
}

/* In the body, and nowhere else, and not across two bodies. */
static void
a_text_is_looked_for(void **state)
{
	static const char *const with[] = {
		OK_LINE "Content-Length: 5\r\n\r\nfound",
		OK_LINE "Content-Length: 9\r\n\r\n fofound ",
		"HTTP/1.1 100 Continue\r\n\r\n" OK_LINE "Content-Length: 5\r\n\r\nfound",
	};
	static const char *const without[] = {
		OK_LINE "X: found\r\nContent-Length: 4\r\n\r\nfoun",
		OK_LINE "Content-Length: 0\r\n\r\n",
		OK_LINE "Content-Length: 2\r\n\r\nnd",
	};
	struct search search;
	struct http_reply r;

	search_make(&search, "found");
	asked.search = &search;
	for (unsigned i = 0; i < 3; i++)
		for (size_t step = 1; step <= strlen(with[i]); step++) {
			feed(&r, with[i], step);
			assert_int_equal(r.state, HTTP_REPLY_DONE);
			assert_true(http_reply_has(&r));
			feed(&r, without[i], step);
			assert_int_equal(r.state, HTTP_REPLY_DONE);
			assert_false(http_reply_has(&r));
		}
	asked.search = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_responses),
		cmocka_unit_test(other_fields_are_passed_over),
		cmocka_unit_test(who_closes),
		cmocka_unit_test(known_header_is_not_read_again),
		cmocka_unit_test(which_headers_are_known),
		cmocka_unit_test(a_surplus_is_not_taken),
		cmocka_unit_test(more_is_wanted),
		cmocka_unit_test(lengths_that_say_nothing),
		cmocka_unit_test(codings_are_refused),
		cmocka_unit_test(not_http),
		cmocka_unit_test(a_header_without_end_is_given_up),
		cmocka_unit_test(no_body_was_asked_for),
		cmocka_unit_test(a_text_is_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
