/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are answered by what answered them before. */
#include "http_client.h"
#include "services/http_known.h"

static const struct http_resource resource, other;
static const struct http_answer answer = {.status = HTTP_NOT_FOUND, .length = 7};

static void
same_bytes_are_known(void **state)
{
	static const char more[] = GET "GET / HTT";
	struct http_answer a;

	(void)state;
	assert_int_equal(http_known(&resource, GET, strlen(GET), &a), 0);
	http_known_add(&resource, GET, strlen(GET), &answer);
	assert_int_equal(http_known(&resource, more, strlen(more), &a), strlen(GET));
	assert_true(a.status == HTTP_NOT_FOUND && a.length == 7);
	assert_int_equal(http_known(&resource, GET, strlen(GET) - 1, &a), 0);
	assert_int_equal(http_known(&resource, GET_CLOSE, strlen(GET_CLOSE), &a), 0);
	assert_int_equal(http_known(&other, GET, strlen(GET), &a), 0);
	blocks_fini();
	assert_int_equal(http_known(&resource, GET, strlen(GET), &a), 0);
}

static void
a_few_are_remembered(void **state)
{
	char request[8];
	struct http_answer a = answer;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(request, sizeof(request), "%u\r\n\r\n", i);
		a.length = i;
		http_known_add(&resource, request, strlen(request), &a);
	}
	for (unsigned i = 0; i < 10; i++) {
		snprintf(request, sizeof(request), "%u\r\n\r\n", i);
		assert_int_equal(http_known(&resource, request, strlen(request), &a),
				 i < 6 ? 0 : strlen(request));
		assert_true(i < 6 || a.length == i);
	}
	blocks_fini();
}

static void
long_ones_are_not(void **state)
{
	char request[HTTP_KNOWN_MAX + 1];
	struct http_answer a;

	(void)state;
	memset(request, 'x', sizeof(request));
	http_known_add(&resource, request, sizeof(request), &answer);
	assert_int_equal(http_known(&resource, request, sizeof(request), &a), 0);
	http_known_add(&resource, request, sizeof(request) - 1, &answer);
	assert_int_equal(http_known(&resource, request, sizeof(request), &a), HTTP_KNOWN_MAX);
	blocks_fini();
}

/* Of what the service adds it believes all: a fault, a part, and what is empty are not added. */
static void
only_whole_requests_are_added(void **state)
{
	static const char *const others[] = {"GET / HT", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
					     "\r\n"};
	struct http_answer a;
	struct response r;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct service_settings *s = settings(BODY);

		fake_open(service_find("http"), s);
		fake_deliver_text(others[i]);
		assert_int_equal(http_known(&s->http, others[i], strlen(others[i]), &a), 0);
		fake_end(TCT_CLOSED);
		fake_open(service_find("http"), s);
		fake_deliver_text(GET);
		assert_int_equal(http_known(&s->http, GET, strlen(GET), &a), strlen(GET));
		a.status = HTTP_NOT_FOUND; /* is seen when it is believed */
		a.body.left = 0;
		http_known_add(&s->http, GET_CLOSE, strlen(GET_CLOSE), &a);
		fake.sent_len = 0;
		fake_deliver_text(GET_CLOSE);
		read_response(fake.sent, &r);
		assert_int_equal(r.status, 404);
		fake_end(TCT_CLOSED);
		services_fini();
	}
}

/* It would fill all places with itself, and is not looked for. */
static void
request_in_pieces_is_not_added(void **state)
{
	struct service_settings *s = settings(BODY);
	struct http_answer a;

	(void)state;
	fake_open(service_find("http"), s);
	fake_deliver_text("GET / HTTP/1.1\r\nHo");
	fake_deliver_text("st: a\r\n\r\n");
	assert_int_equal(http_known(&s->http, GET, strlen(GET), &a), 0);
	assert_true(fake.sent_len != 0);
	fake_end(TCT_CLOSED);
	services_fini();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes_are_known),
		cmocka_unit_test(a_few_are_remembered),
		cmocka_unit_test(long_ones_are_not),
		cmocka_unit_test(only_whole_requests_are_added),
		cmocka_unit_test(request_in_pieces_is_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
