/* SPDX-License-Identifier: BSD-3-Clause */
/* Settings over documents: what --set can say, and what comes of it. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "addresses.h"
#include "config_json.h"
#include "sides.h"

#define GOOD                              \
	"eal: [-l, 0-1]\n"                \
	"ports:\n"                        \
	"  - device: net_null0\n"         \
	"    addresses: [10.0.0.1/24]\n"  \
	"    vlan: 7\n"                   \
	"listen:\n"                       \
	"  - {port: 80, service: http}\n" \
	"tcp:\n"                          \
	"load:\n"

/* GOOD, or text, with settings "a=b" up to NULL over it. */
static struct app_config *
load(const char *text, ...)
{
	static struct app_config config;
	struct config_settings settings = {.count = 0};
	char error[CONFIG_ERROR_CHARS];
	const char *setting;
	va_list list;

	va_start(list, text);
	while ((setting = va_arg(list, const char *)) != NULL)
		assert_int_equal(config_settings_add_text(&settings, setting), 0);
	va_end(list);
	if (app_config_load(&config, NULL, text, &settings, error))
		fail_msg("%s", error);
	config_settings_free(&settings);
	return &config;
}

static void
file_alone(void **state)
{
	struct app_config *c = load(GOOD, NULL);

	assert_int_equal(c->lib.port_count, 1);
	assert_string_equal(c->lib.ports[0].device, "net_null0");
	assert_int_equal(c->lib.ports[0].vlan, 7);
	assert_int_equal(c->listen_count, 1);
	assert_int_equal(c->listens[0].port, 80);
	assert_string_equal(c->listens[0].service, "http");
	assert_string_equal(c->listens[0].root, "");
	assert_true(c->listens[0].keep_alive);
	assert_int_equal(c->listens[0].header_timeout_ms, 10000);
	assert_int_equal(c->listens[0].idle_timeout_ms, 60000);
	assert_int_equal(c->listens[0].write_timeout_ms, 60000);
	assert_int_equal(c->eal_count, 2);
	assert_string_equal(c->eal[1], "0-1");
	assert_int_equal(c->lib.tcp.msl_ms, 30000);
	assert_true(address_is_none(&c->listens[0].address));
	app_config_free(c);
}

/* A list, a text, and what is not one any more. */
static void
rate_in_steps(void **state)
{
	struct app_config *c = load(GOOD, "load.rate=[100k 10s, 0.2M 500ms]", NULL);

	assert_int_equal(c->load.step_count, 2);
	assert_int_equal(c->load.rate, 100000);
	assert_int_equal(c->load.steps[1].rate, 200000);
	assert_int_equal(c->load.steps[1].duration_ms, 500);
	assert_int_equal(c->load.duration_ms, 10500);
	assert_int_equal(c->load.concurrency, 0);
	app_config_free(c);
	c = load(GOOD, "load.rate=[1 1s, 2 2s]", "load.rate='7 3s'", NULL);
	assert_int_equal(c->load.step_count, 1);
	assert_int_equal(c->load.rate, 7);
	app_config_free(c);
	c = load(GOOD, "load.rate=[1 1s, 2 2s]", "load.rate=5", NULL);
	assert_int_equal(c->load.step_count, 0);
	assert_int_equal(c->load.rate, 5);
	assert_int_equal(c->load.duration_ms, 10000);
	app_config_free(c);
}

static void
replaces_and_adds_keys(void **state)
{
	struct app_config *c =
		load(GOOD, "ports.0.vlan=8", "ports.0.mtu=9000", "tcp.sack=off", "load.rate=1.2M",
		     "control.socket=/run/x", "listen.0.idle-timeout=0", "listen.0.root=/", NULL);

	assert_int_equal(c->lib.ports[0].vlan, 8);
	assert_int_equal(c->lib.ports[0].mtu, 9000);
	assert_false(c->lib.tcp.sack);
	assert_int_equal(c->load.rate, 1200000);
	assert_string_equal(c->control.socket, "/run/x");
	assert_int_equal(c->listens[0].idle_timeout_ms, 0);
	assert_string_equal(c->listens[0].root, "/");
	app_config_free(c);
}

static void
the_last_one_wins(void **state)
{
	struct app_config *c = load(GOOD, "tcp.mss=1000", "tcp.mss=1100", NULL);

	assert_int_equal(c->lib.tcp.mss, 1100);
	app_config_free(c);
}

static void
an_empty_value_takes_away(void **state)
{
	struct app_config *c = load(GOOD, "ports.0.vlan=", NULL);

	assert_int_equal(c->lib.ports[0].vlan, 0);
	app_config_free(c);
}

static void
adds_elements(void **state)
{
	struct app_config *c = load(GOOD, "listen.1.port=7", "listen.1.service=echo",
				    "listen.2={port: 9, service: discard, backlog: 5}",
				    "ports.0.addresses.1=10.0.1.1/24", NULL);

	assert_int_equal(c->listen_count, 3);
	assert_int_equal(c->listens[1].port, 7);
	assert_string_equal(c->listens[2].service, "discard");
	assert_int_equal(c->listens[2].backlog, 5);
	assert_int_equal(c->lib.ports[0].local_count, 2);
	app_config_free(c);
}

static void
replaces_lists(void **state)
{
	struct app_config *c = load(GOOD, "listen=[{port: 1, service: echo}]", "eal=[]",
				    "ports.0.addresses=[10.9.0.0/30]", NULL);

	assert_int_equal(c->listen_count, 1);
	assert_int_equal(c->listens[0].port, 1);
	assert_int_equal(c->eal_count, 0);
	assert_int_equal(c->lib.ports[0].locals[0].count, 2);
	app_config_free(c);
}

static void
configures_all_by_itself(void **state)
{
	struct app_config *c =
		load("", "ports.0.device=net_tap0,iface=tap0", "ports.0.addresses.0=10.0.0.1/24",
		     "listen.0.port=80", "listen.0.service=echo", NULL);

	assert_string_equal(c->lib.ports[0].device, "net_tap0,iface=tap0");
	assert_int_equal(c->listens[0].port, 80);
	app_config_free(c);
}

static void
aliases_and_quotes(void **state)
{
	struct app_config *c = load("ports:\n"
				    "  - {device: 'net_null0', addresses: &a ['2001:db8::1/64']}\n"
				    "load: {source-addresses: *a, target: \"2001:db8::2\"}\n",
				    NULL);

	assert_int_equal(c->load.source_count, 1);
	assert_int_equal(c->load.target.bytes[15], 2);
	app_config_free(c);
}

static void
version_1_1_words(void **state)
{
	struct app_config *c = load(GOOD, "tcp={sack: no, timestamps: false, ecn: yes}", NULL);

	assert_false(c->lib.tcp.sack);
	assert_false(c->lib.tcp.timestamps);
	assert_true(c->lib.tcp.ecn);
	app_config_free(c);
}

/* The configuration in force as JSON is a configuration, and the same. */
static void
round_trip(void **state)
{
	struct app_config *c =
		load(GOOD, "tcp.time-wait=0", "tcp.syn-cookies=always", "tcp.keepalive=2h",
		     "load.target-ports=8000-8009", "load.first-to-close=server",
		     "load.workload=crr", "load.concurrency=0", "load.rate=5k",
		     "load.source-addresses=[10.0.0.1]", "memory.fragments=0", NULL);
	struct app_config again, first;
	char error[CONFIG_ERROR_CHARS], *text;
	json_t *json = app_config_json(c);

	text = json_dumps(json, 0);
	if (app_config_load(&again, NULL, text, NULL, error))
		fail_msg("%s", error);
	assert_int_equal(again.eal_count, c->eal_count);
	assert_string_equal(again.eal[0], c->eal[0]);
	app_config_free(&again);
	first = *c;
	app_config_free(c);
	memset(first.eal, 0, sizeof(first.eal));
	memset(again.eal, 0, sizeof(again.eal));
	first.eal_count = again.eal_count = 0;
	assert_memory_equal(&again.lib, &first.lib, sizeof(first.lib));
	assert_memory_equal(&again.load, &first.load, sizeof(first.load));
	assert_memory_equal(&again.listens, &first.listens, sizeof(first.listens));
	free(text);
	json_decref(json);
}

#define TWO_SIDES                                                           \
	"ports:\n"                                                          \
	"  - {device: net_null0, addresses: [10.0.0.1/24], side: client}\n" \
	"  - {device: net_null1, addresses: [10.0.1.1/24], side: server}\n" \
	"  - {device: net_null2, addresses: [10.0.2.1/24], side: client}\n" \
	"load: {server-ports: 8000-8001, source-addresses: [10.0.2.1]}\n"   \
	"workers: 2\n"

static void
ports_have_sides(void **state)
{
	struct app_config *c = load(TWO_SIDES, NULL);
	struct memory_need both, client, server;
	struct tct_config lib;

	assert_true(sides_are_given(c));
	assert_int_equal(c->load.server_ports.last, 8001);
	sides_config(c, SIDE_CLIENT, &lib);
	assert_int_equal(lib.port_count, 2);
	assert_string_equal(lib.ports[1].device, "net_null2");
	memory_need(&lib, &client);
	sides_config(c, SIDE_SERVER, &lib);
	assert_int_equal(lib.port_count, 1);
	assert_string_equal(lib.ports[0].device, "net_null1");
	assert_int_equal(lib.workers, 2);
	memory_need(&lib, &server);
	sides_need(c, &both);
	assert_int_equal(both.worker, client.worker);
	assert_int_equal(both.mbufs, client.mbufs + server.mbufs);
	assert_int_equal(both.total, client.total + server.total);
	app_config_free(c);
}

/* One endpoint, on all ports. */
static void
ports_have_no_sides(void **state)
{
	struct app_config *c = load(GOOD, "ports.0.side=any", NULL);
	struct memory_need all, need;

	assert_false(sides_are_given(c));
	memory_need(&c->lib, &need);
	sides_need(c, &all);
	assert_int_equal(all.total, need.total);
	app_config_free(c);
}

static void
too_many_settings(void **state)
{
	struct config_settings settings = {.count = 0};

	for (unsigned i = 0; i < MAX_SETTINGS; i++)
		assert_int_equal(config_settings_add_text(&settings, "tcp.mss=1400"), 0);
	assert_int_equal(config_settings_add_text(&settings, "tcp.mss=1400"), -ENOSPC);
	config_settings_free(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_alone),
		cmocka_unit_test(rate_in_steps),
		cmocka_unit_test(replaces_and_adds_keys),
		cmocka_unit_test(the_last_one_wins),
		cmocka_unit_test(an_empty_value_takes_away),
		cmocka_unit_test(adds_elements),
		cmocka_unit_test(replaces_lists),
		cmocka_unit_test(configures_all_by_itself),
		cmocka_unit_test(aliases_and_quotes),
		cmocka_unit_test(version_1_1_words),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(ports_have_sides),
		cmocka_unit_test(ports_have_no_sides),
		cmocka_unit_test(too_many_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
