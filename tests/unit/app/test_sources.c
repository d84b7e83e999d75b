/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a worker's connections come from, with one port and with several. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "addresses.h"
#include "sources.h"

static struct tct_config lib;
static struct load_config load;
static struct tct_local sources[TCT_MAX_LOCALS];

static void
add_local(unsigned port, const char *text)
{
	struct tct_port_config *p = &lib.ports[port];
	const char *why;

	assert_int_equal(addresses_parse(text, &p->locals[p->local_count++], &why), 0);
	if (lib.port_count <= port)
		lib.port_count = port + 1;
}

static void
add_source(const char *text)
{
	const char *why;

	assert_int_equal(addresses_parse(text, &load.sources[load.source_count++], &why), 0);
}

static int
clear(void **state)
{
	memset(&lib, 0, sizeof(lib));
	memset(&load, 0, sizeof(load));
	return 0;
}

/* Of worker, to target; wanted: the ranges with commas between. */
static void
comes_from(unsigned worker, unsigned workers, const char *target, const char *wanted)
{
	char got[TCT_MAX_LOCALS * (ADDRESSES_TEXT + 1)] = "";
	unsigned n;

	assert_int_equal(tct_address_parse(target, &load.target), 0);
	n = sources_of(&lib, &load, worker, workers, sources);
	for (unsigned i = 0; i < n; i++) {
		char text[ADDRESSES_TEXT];

		strcat(strcat(got, i ? "," : ""), addresses_format(&sources[i], text));
	}
	assert_string_equal(got, wanted);
}

static void
one_port_has_them_all(void **state)
{
	add_local(0, "10.0.0.1/24");
	add_local(0, "2001:db8::1/64");
	add_local(0, "10.1.0.1/24");
	comes_from(0, 1, "10.0.0.9", "10.0.0.1/24,10.1.0.1/24");
	comes_from(0, 1, "2001:db8::9", "2001:db8::1/64");
	comes_from(2, 3, "10.0.0.9", "10.0.0.1/24,10.1.0.1/24");
	comes_from(0, 1, "10.9.0.9", "");
}

static void
each_worker_has_its_port(void **state)
{
	add_local(0, "10.0.0.1/24");
	add_local(1, "10.0.0.2/24");
	add_local(2, "10.0.0.3/24");
	comes_from(0, 1, "10.0.0.9", "10.0.0.1/24"); /* the first of equals */
	comes_from(0, 2, "10.0.0.9", "10.0.0.1/24");
	comes_from(1, 2, "10.0.0.9", "10.0.0.2/24");
	comes_from(2, 3, "10.0.0.9", "10.0.0.3/24");
}

static void
the_longest_prefix_is_the_way(void **state)
{
	add_local(0, "10.0.0.1/8");
	add_local(1, "10.0.0.130/25");
	add_local(2, "10.0.0.2/16");
	comes_from(0, 1, "10.0.0.200", "10.0.0.130/25");
	comes_from(0, 1, "10.0.9.9", "10.0.0.2/16");
	comes_from(0, 1, "10.9.9.9", "10.0.0.1/8");
	add_local(1, "10.0.0.131/4");
	comes_from(0, 1, "10.0.0.200", "10.0.0.130/25,10.0.0.131/4");
}

static void
behind_a_gateway(void **state)
{
	add_local(0, "10.0.0.1/24");
	add_local(1, "10.1.0.1/24");
	add_local(2, "10.2.0.1/24");
	tct_address_parse("10.1.0.254", &lib.ports[1].gateway4);
	tct_address_parse("10.2.0.254", &lib.ports[2].gateway4);
	comes_from(0, 1, "192.0.2.1", "10.1.0.1/24");
	comes_from(0, 1, "10.2.0.9", "10.2.0.1/24");
	comes_from(0, 3, "192.0.2.1", "");
	comes_from(2, 3, "192.0.2.1", "10.2.0.1/24");
}

static void
sources_that_are_given(void **state)
{
	add_local(0, "10.0.0.1-10.0.0.9/24");
	add_local(1, "10.0.0.11-10.0.0.19/24");
	add_source("10.0.0.2-10.0.0.3/24");
	add_source("10.0.0.12-10.0.0.13/24");
	comes_from(0, 1, "10.0.0.99", "10.0.0.2-10.0.0.3/24,10.0.0.12-10.0.0.13/24");
	comes_from(1, 2, "10.0.0.99", "10.0.0.12-10.0.0.13/24");
	load.source_count = 1;
	comes_from(1, 2, "10.0.0.99", "10.0.0.2-10.0.0.3/24");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_port_has_them_all, clear),
		cmocka_unit_test_setup(each_worker_has_its_port, clear),
		cmocka_unit_test_setup(the_longest_prefix_is_the_way, clear),
		cmocka_unit_test_setup(behind_a_gateway, clear),
		cmocka_unit_test_setup(sources_that_are_given, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
