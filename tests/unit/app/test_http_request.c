/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/http_request.h"

#define HOST "Host: a\r\n"

/* From a buffer without a byte behind it. */
static struct http_request
parse_bytes(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct http_request r;

	memcpy(copy, text, len);
	http_request_parse(copy, len, &r);
	free(copy);
	return r;
}

static struct http_request
parse(const char *text)
{
	assert_int_equal(http_request_length(text, strlen(text), 0), strlen(text));
	return parse_bytes(text, strlen(text));
}

static void
status_is(const char *text, enum http_status wanted)
{
	enum http_status got = parse(text).status;

	if (got != wanted)
		fail_msg("status %d and not %d: %s", (int)got, (int)wanted, text);
}

/* With a good request line and Host before, and the end after it. */
static void
field_is(const char *line, enum http_status wanted)
{
	char text[512];

	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST "%s\r\n\r\n", line);
	status_is(text, wanted);
}

static void
fate_is(const char *version, const char *fields, enum http_fate wanted)
{
	char text[512];
	struct http_request r;

	snprintf(text, sizeof(text), "GET / HTTP/%s\r\n" HOST "%s\r\n", version, fields);
	r = parse(text);
	assert_int_equal(r.status, HTTP_OK);
	if (r.fate != wanted)
		fail_msg("fate %d and not %d: %s", (int)r.fate, (int)wanted, text);
}

static void
length_is_that_of_the_first_request(void **state)
{
	static const char two[] = "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n";

	(void)state;
	assert_int_equal(http_request_length(two, sizeof(two) - 1, 0), 18);
	assert_int_equal(http_request_length(two, 18, 0), 18);
	assert_int_equal(http_request_length(two, 17, 0), 0);
	assert_int_equal(http_request_length(two, 0, 0), 0);
}

static void
length_is_found_wherever_the_search_broke_off(void **state)
{
	static const char *const ends[] = {"\r\n\r\n", "\n\n", "\r\n\n", "\n\r\n"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		char text[64];
		size_t len = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.0%s", ends[i]);

		for (size_t seen = 0; seen < len; seen++) {
			assert_int_equal(http_request_length(text, seen, 0), 0);
			assert_int_equal(http_request_length(text, len, seen), len);
		}
	}
}

static void
methods_of_rfc_9110_are_told_apart(void **state)
{
	(void)state;
	status_is("GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_OK);
	assert_false(parse("GET / HTTP/1.1\r\n" HOST "\r\n").head);
	status_is("HEAD / HTTP/1.1\r\n" HOST "\r\n", HTTP_OK);
	assert_true(parse("HEAD / HTTP/1.1\r\n" HOST "\r\n").head);
	status_is("POST / HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("PUT / HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("DELETE / HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("TRACE / HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("PATCH / HTTP/1.1\r\n" HOST "\r\n", HTTP_METHOD_NOT_ALLOWED);
	status_is("get / HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_IMPLEMENTED);
	status_is("GETT / HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_IMPLEMENTED);
	status_is("BREW /pot HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_IMPLEMENTED);
}

static void
request_lines_that_are_none_are_bad(void **state)
{
	static const char *const bad[] = {
		"GET /\r\n\r\n", /* HTTP/0.9 */
		"GET\r\n\r\n",
		" GET / HTTP/1.1\r\n" HOST "\r\n",
		"GET  / HTTP/1.1\r\n" HOST "\r\n",
		"GET /  HTTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1 \r\n" HOST "\r\n",
		"GET\t/ HTTP/1.1\r\n" HOST "\r\n",
		"GET / x HTTP/1.1\r\n" HOST "\r\n",
		"GET /\x7f HTTP/1.1\r\n" HOST "\r\n",
		"GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n",
		"GET a HTTP/1.1\r\n" HOST "\r\n",
		"GET * HTTP/1.1\r\n" HOST "\r\n",
		"G(T / HTTP/1.1\r\n" HOST "\r\n",
		"GET / http/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1\r\n" HOST "\r\n",
		"GET / HTTP/1.\r\n" HOST "\r\n",
		"GET / HTTP/11\r\n" HOST "\r\n",
		"GET / HTTP/1.10\r\n" HOST "\r\n",
		"GET / HTTP/a.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1\r\r\n" HOST "\r\n",
		" \r\n\r\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		status_is(bad[i], HTTP_BAD_REQUEST);
		assert_int_equal(parse(bad[i]).fate, HTTP_CLOSE);
	}
}

static void
other_major_versions_are_not_supported(void **state)
{
	(void)state;
	status_is("GET / HTTP/0.9\r\n" HOST "\r\n", HTTP_VERSION_NOT_SUPPORTED);
	status_is("GET / HTTP/2.0\r\n" HOST "\r\n", HTTP_VERSION_NOT_SUPPORTED);
	status_is("PRI * HTTP/2.0\r\n\r\n", HTTP_VERSION_NOT_SUPPORTED);
	status_is("GET / HTTP/1.9\r\n" HOST "\r\n", HTTP_OK);
	assert_int_equal(parse("GET / HTTP/2.0\r\n" HOST "\r\n").fate, HTTP_CLOSE);
}

static void
every_path_and_absolute_form_name_the_resource(void **state)
{
	(void)state;
	status_is("GET /a/b?c=d&e=%20 HTTP/1.1\r\n" HOST "\r\n", HTTP_OK);
	status_is("GET http://a/b HTTP/1.1\r\n" HOST "\r\n", HTTP_OK);
}

static void
host_is_wanted_once_in_http_1_1(void **state)
{
	(void)state;
	status_is("GET / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.0\r\n\r\n", HTTP_OK);
	status_is("GET / HTTP/1.1\r\n" HOST HOST "\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.0\r\n" HOST HOST "\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.1\r\nhOsT:\t[::1]:80 \r\n\r\n", HTTP_OK);
	status_is("GET / HTTP/1.1\r\nHost:\r\n\r\n", HTTP_OK);
	status_is("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HTTP_BAD_REQUEST);
}

static void
fields_that_are_none_are_bad(void **state)
{
	(void)state;
	field_is("A: b", HTTP_OK);
	field_is("A:", HTTP_OK);
	field_is("A: b\tc d", HTTP_OK);
	field_is("A: \xc3\xa4", HTTP_OK);
	field_is("A", HTTP_BAD_REQUEST);
	field_is("A : b", HTTP_BAD_REQUEST);
	field_is(": b", HTTP_BAD_REQUEST);
	field_is("A: b\r\n c", HTTP_BAD_REQUEST); /* folded */
	field_is("A: b\rC: d", HTTP_BAD_REQUEST); /* bare CR */
	field_is("A: \x01", HTTP_BAD_REQUEST);
	field_is("A: \x7f", HTTP_BAD_REQUEST);
	field_is("A(: b", HTTP_BAD_REQUEST);
}

static void
nul_is_bad_wherever_it_is(void **state)
{
	static const char good[] = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
	size_t len = sizeof(good) - 1;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		char text[sizeof(good)];

		memcpy(text, good, sizeof(good));
		text[i] = '\0';
		if (good[i] != '\r' && good[i] != '\n')
			assert_int_equal(parse_bytes(text, len).status, HTTP_BAD_REQUEST);
		else
			parse_bytes(text, len); /* does not run over the end */
	}
}

static void
connections_persist_by_the_rules_of_both_versions(void **state)
{
	(void)state;
	fate_is("1.1", "", HTTP_KEEP);
	fate_is("1.1", "Connection: keep-alive\r\n", HTTP_KEEP);
	fate_is("1.1", "Connection: close\r\n", HTTP_CLOSE);
	fate_is("1.1", "Connection: CLOSE\r\n", HTTP_CLOSE);
	fate_is("1.1", "Connection: upgrade, close ,x\r\n", HTTP_CLOSE);
	fate_is("1.1", "Connection: x\r\nConnection: close\r\n", HTTP_CLOSE);
	fate_is("1.1", "Connection: closed\r\n", HTTP_KEEP);
	fate_is("1.1", "X: close\r\n", HTTP_KEEP);
	fate_is("1.2", "", HTTP_KEEP);
	fate_is("1.0", "", HTTP_CLOSE);
	fate_is("1.0", "Connection: keep-alive\r\n", HTTP_KEEP_SAYING);
	fate_is("1.0", "Connection: Keep-Alive, foo\r\n", HTTP_KEEP_SAYING);
	fate_is("1.0", "Connection: keep-alive, close\r\n", HTTP_CLOSE);
}

static void
body_ends_the_connection(void **state)
{
	(void)state;
	fate_is("1.1", "Content-Length: 0\r\n", HTTP_KEEP);
	fate_is("1.1", "Content-Length: 000\r\n", HTTP_KEEP);
	fate_is("1.1", "Content-Length: 5\r\n", HTTP_CLOSE);
	fate_is("1.1", "Content-Length: 99999999999999999999999999\r\n", HTTP_CLOSE);
	fate_is("1.1", "Transfer-Encoding: chunked\r\n", HTTP_CLOSE);
	fate_is("1.1", "Transfer-Encoding: Chunked\r\n", HTTP_CLOSE);
	status_is("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", HTTP_METHOD_NOT_ALLOWED);
	assert_int_equal(parse("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n").fate,
			 HTTP_CLOSE);
	assert_int_equal(parse("POST / HTTP/1.1\r\n" HOST "\r\n").fate, HTTP_KEEP);
}

static void
two_lengths_are_bad(void **state)
{
	(void)state;
	field_is("Content-Length: 5\r\nContent-Length: 5", HTTP_BAD_REQUEST);
	field_is("Content-Length: 5, 5", HTTP_BAD_REQUEST);
	field_is("Content-Length: -1", HTTP_BAD_REQUEST);
	field_is("Content-Length: +1", HTTP_BAD_REQUEST);
	field_is("Content-Length: 0x1", HTTP_BAD_REQUEST);
	field_is("Content-Length:", HTTP_BAD_REQUEST);
	field_is("Content-Length: 5\r\nTransfer-Encoding: chunked", HTTP_BAD_REQUEST);
	field_is("Transfer-Encoding: chunked\r\nContent-Length: 5", HTTP_BAD_REQUEST);
	status_is("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_BAD_REQUEST);
}

static void
other_transfer_codings_are_not_implemented(void **state)
{
	(void)state;
	field_is("Transfer-Encoding: gzip, chunked", HTTP_NOT_IMPLEMENTED);
	field_is("Transfer-Encoding: xchunked", HTTP_NOT_IMPLEMENTED);
	field_is("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", HTTP_NOT_IMPLEMENTED);
}

static void
lf_alone_ends_a_line(void **state)
{
	(void)state;
	status_is("GET / HTTP/1.1\nHost: a\nConnection: close\n\n", HTTP_OK);
	assert_int_equal(parse("GET / HTTP/1.1\nHost: a\nConnection: close\n\n").fate, HTTP_CLOSE);
}

/* Whatever the bytes are, nothing is read behind them: for the sanitizer. */
static void
random_bytes_are_survived(void **state)
{
	static const char words[] =
		"GET HEAD / HTTP/1.1\r\n\r\nHost: a\r\nConnection:close,\r\n\t ";
	char text[128];

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 200000; round++) {
		size_t len = (size_t)rand() % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = rand() % 16 ? words[(size_t)rand() % (sizeof(words) - 1)]
					      : (char)rand();
		parse_bytes(text, len);
		assert_true(http_request_length(text, len, len ? (size_t)rand() % len : 0) <= len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_is_that_of_the_first_request),
		cmocka_unit_test(length_is_found_wherever_the_search_broke_off),
		cmocka_unit_test(methods_of_rfc_9110_are_told_apart),
		cmocka_unit_test(request_lines_that_are_none_are_bad),
		cmocka_unit_test(other_major_versions_are_not_supported),
		cmocka_unit_test(every_path_and_absolute_form_name_the_resource),
		cmocka_unit_test(host_is_wanted_once_in_http_1_1),
		cmocka_unit_test(fields_that_are_none_are_bad),
		cmocka_unit_test(nul_is_bad_wherever_it_is),
		cmocka_unit_test(connections_persist_by_the_rules_of_both_versions),
		cmocka_unit_test(body_ends_the_connection),
		cmocka_unit_test(two_lengths_are_bad),
		cmocka_unit_test(other_transfer_codings_are_not_implemented),
		cmocka_unit_test(lf_alone_ends_a_line),
		cmocka_unit_test(random_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
