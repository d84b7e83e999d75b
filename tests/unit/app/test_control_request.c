/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_request.h"

static struct control_request
good(const char *line)
{
	struct control_fault fault = {.code = "none"};
	struct control_request r;

	if (control_request_parse(line, strlen(line), &r, &fault) < 0)
		fail_msg("%s: %s: %s", line, fault.code, fault.text);
	return r;
}

static void
bad_bytes(const char *line, size_t len, const char *code)
{
	struct control_fault fault = {.code = "none"};
	struct control_request r;

	assert_true(control_request_parse(line, len, &r, &fault) < 0);
	if (strcmp(fault.code, code))
		fail_msg("%s: code %s and not %s", line, fault.code, code);
	assert_true(strlen(fault.text) > 0);
	for (const char *p = fault.text; *p; p++)
		assert_in_range(*p, ' ', '~');
}

static void
bad(const char *line, const char *code)
{
	bad_bytes(line, strlen(line), code);
}

static void
each_command_is_known_by_its_name(void **state)
{
	(void)state;
	assert_int_equal(good("{\"command\":\"connections\"}").command, CONTROL_CONNECTIONS);
	assert_int_equal(good("{\"command\":\"listeners\"}").command, CONTROL_LISTENERS);
	assert_int_equal(good("{\"command\":\"counters\"}").command, CONTROL_COUNTERS);
	assert_int_equal(good("{\"command\":\"neighbours\"}").command, CONTROL_NEIGHBOURS);
	assert_int_equal(good("{\"command\":\"dump\"}").command, CONTROL_DUMP);
	assert_int_equal(good(" {\t\"command\" : \"stop\" } \r").command, CONTROL_STOP);
	for (unsigned i = 0; i < CONTROL_COMMAND_MAX; i++)
		assert_non_null(control_command_name((enum control_command)i));
}

static void
what_is_no_object_is_bad_json(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"{",
		"}",
		"[]",
		"\"stop\"",
		"1",
		"null",
		"stop",
		"{\"command\":\"stop\"",
		"{\"command\":\"stop\"}}",
		"{\"command\":\"stop\"} {\"command\":\"stop\"}",
		"{'command':'stop'}",
		"{\"command\":\"stop\",}",
		"{\"command\":\"stop\",\"command\":\"dump\"}",
		"{\"command\":\"\xff\"}",
		"{\"command\":\"\xc3\"}",
		"{\"command\":\"\\ud800\"}",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		bad(lines[i], "bad-json");
	bad_bytes("{\"command\":\"st\0op\"}", 19, "bad-json");
	bad_bytes("{\"command\":\"stop\"}\0", 19, "bad-json");
}

static void
nesting_without_end_is_survived(void **state)
{
	char *line = malloc(65536);

	(void)state;
	memset(line, '[', 65536);
	bad_bytes(line, 65536, "bad-json");
	for (unsigned i = 0; i < 65530; i += 5)
		memcpy(line + i, "{\"a\":", 5);
	bad_bytes(line, 65530, "bad-json");
	free(line);
}

static void
commands_are_wanted_and_known(void **state)
{
	(void)state;
	bad("{}", "no-command");
	bad("{\"port\":1}", "no-command");
	bad("{\"command\":1}", "no-command");
	bad("{\"command\":null}", "no-command");
	bad("{\"command\":[\"stop\"]}", "no-command");
	bad("{\"command\":\"\"}", "unknown-command");
	bad("{\"command\":\"STOP\"}", "unknown-command");
	bad("{\"command\":\"stop \"}", "unknown-command");
	bad("{\"command\":\"0123456789012345678901234567890123456789"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\"}",
	    "unknown-command");
}

static void
fields_that_a_command_lacks_are_unknown(void **state)
{
	(void)state;
	bad("{\"command\":\"stop\",\"worker\":0}", "unknown-field");
	bad("{\"command\":\"listeners\",\"limit\":1}", "unknown-field");
	bad("{\"command\":\"counters\",\"id\":\"0:0:1\"}", "unknown-field");
	bad("{\"command\":\"dump\",\"x\":null}", "unknown-field");
	bad("{\"command\":\"dump\",\"\\u00e4\\n\":1}", "unknown-field");
	bad("{\"command\":\"close\",\"id\":\"0:0:1\",\"port\":1}", "unknown-field");
}

static void
connect_wants_address_port_and_service(void **state)
{
	struct control_request r =
		good("{\"command\":\"connect\",\"address\":\"10.0.0.1\",\"port\":"
		     "7,\"service\":\"echo\",\"local_port\":65535}");
	char text[TCT_ADDRESS_TEXT];

	(void)state;
	assert_string_equal(tct_address_format(&r.remote, text), "10.0.0.1");
	assert_int_equal(r.remote_port, 7);
	assert_int_equal(r.local_port, 65535);
	assert_string_equal(r.service->name, "echo");
	assert_int_equal(r.given, HAS(ADDRESS) | HAS(PORT) | HAS(SERVICE) | HAS(LOCAL_PORT));
	bad("{\"command\":\"connect\"}", "missing-field");
	bad("{\"command\":\"connect\",\"address\":\"::1\",\"port\":7}", "missing-field");
	bad("{\"command\":\"connect\",\"address\":\"::1\",\"service\":\"echo\"}", "missing-field");
	bad("{\"command\":\"connect\",\"port\":7,\"service\":\"echo\"}", "missing-field");
}

static void
values_out_of_range_are_bad_fields(void **state)
{
	static const char *const fields[] = {
		"\"address\":\"10.0.0.256\"",
		"\"address\":\"localhost\"",
		"\"address\":1",
		"\"address\":\"\"",
		"\"port\":0",
		"\"port\":65536",
		"\"port\":-1",
		"\"port\":\"7\"",
		"\"port\":7.0",
		"\"port\":true",
		"\"port\":null",
		"\"service\":\"telnet\"",
		"\"service\":7",
		"\"local_port\":0",
		"\"local_address\":\"x\"",
		"\"worker\":-1",
		"\"worker\":65536",
		"\"worker\":\"0\"",
	};
	char line[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		strcpy(line, "{\"command\":\"connect\",");
		strcat(line, fields[i]);
		strcat(line, "}");
		bad(line, "bad-field");
	}
	bad("{\"command\":\"connections\",\"limit\":0}", "bad-field");
	bad("{\"command\":\"connections\",\"limit\":1001}", "bad-field");
	bad("{\"command\":\"connections\",\"limit\":9223372036854775807}", "bad-field");
	bad("{\"command\":\"connections\",\"limit\":9223372036854775808}", "bad-json");
	bad("{\"command\":\"connections\",\"state\":\"established\"}", "bad-field");
	bad("{\"command\":\"connections\",\"state\":2}", "bad-field");
	bad("{\"command\":\"connections\",\"time_wait\":1}", "bad-field");
	bad("{\"command\":\"connections\",\"cursor\":0}", "bad-field");
	bad("{\"command\":\"connections\",\"cursor\":\"0:3:0\"}", "bad-field");
	bad("{\"command\":\"close\"}", "missing-field");
	bad("{\"command\":\"close\",\"id\":5}", "bad-field");
}

static void
listings_take_filters_and_limits(void **state)
{
	struct control_request r =
		good("{\"command\":\"connections\",\"state\":\"TIME_WAIT\",\"limit\":"
		     "5,\"cursor\":\"2:1:77\",\"time_wait\":true,\"worker\":3}");

	(void)state;
	assert_int_equal(r.state, STATE_TIME_WAIT);
	assert_int_equal(r.limit, 5);
	assert_true(r.time_wait);
	assert_int_equal(r.worker, 3);
	assert_int_equal(r.cursor.worker, 2);
	assert_int_equal(r.cursor.kind, 1);
	assert_int_equal(r.cursor.index, 77);
	r = good("{\"command\":\"connections\"}");
	assert_int_equal(r.limit, CONTROL_LIMIT_DEFAULT);
	assert_int_equal(r.given, 0);
	assert_false(r.time_wait);
}

static void
ids_are_read_as_they_are_written(void **state)
{
	static const struct conn_name names[] = {
		{0, 0, 1},
		{3, 1000000, 7},
		{65535, UINT32_MAX, UINT32_MAX},
	};
	static const char *const none[] = {"",
					   ":",
					   "0",
					   "0:0",
					   "0:0:0",
					   "0:0:",
					   "::1",
					   "0:0:1:",
					   "0:0:1:1",
					   " 0:0:1",
					   "0:0:1 ",
					   "+0:0:1",
					   "-1:0:1",
					   "0:0:0x1",
					   "00:0:1",
					   "0:01:1",
					   "65536:0:1",
					   "0:4294967296:1",
					   "0:0:4294967296",
					   "0:0:99999999999999999999"};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[CONN_NAME_TEXT];
		struct conn_name read;

		assert_true(conn_name_parse(conn_name_format(&names[i], text), &read));
		assert_int_equal(read.worker, names[i].worker);
		assert_int_equal(read.index, names[i].index);
		assert_int_equal(read.generation, names[i].generation);
	}
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct conn_name read;

		if (conn_name_parse(none[i], &read))
			fail_msg("'%s' was taken for an id", none[i]);
	}
}

/* For the sanitizers: whatever a line is, it is taken or refused. */
static void
mutated_lines_are_survived(void **state)
{
	static const char *const lines[] = {
		"{\"command\":\"connect\",\"address\":\"10.0.0.1\",\"port\":7,\"service\":\"echo\"}",
		"{\"command\":\"connections\",\"cursor\":\"0:1:2\",\"limit\":5,\"state\":\"LISTEN\"}",
		"{\"command\":\"close\",\"id\":\"0:1:2\"}",
	};

	(void)state;
	srand(4);
	for (unsigned round = 0; round < 100000; round++) {
		const char *from = lines[(unsigned)rand() % 3];
		struct control_fault fault;
		struct control_request r;
		size_t len = strlen(from);
		char *line = malloc(len);

		memcpy(line, from, len);
		for (int i = rand() % 4; i >= 0; i--)
			line[(size_t)rand() % len] =
				rand() % 2 ? (char)rand() : "{}[]:,\"0\\"[rand() % 9];
		control_request_parse(line, len - (size_t)rand() % 3, &r, &fault);
		free(line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_is_known_by_its_name),
		cmocka_unit_test(what_is_no_object_is_bad_json),
		cmocka_unit_test(nesting_without_end_is_survived),
		cmocka_unit_test(commands_are_wanted_and_known),
		cmocka_unit_test(fields_that_a_command_lacks_are_unknown),
		cmocka_unit_test(connect_wants_address_port_and_service),
		cmocka_unit_test(values_out_of_range_are_bad_fields),
		cmocka_unit_test(listings_take_filters_and_limits),
		cmocka_unit_test(ids_are_read_as_they_are_written),
		cmocka_unit_test(mutated_lines_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
