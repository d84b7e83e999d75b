/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints on ports in memory: what is said when they are put together. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
#include "port/pair.h"

#include "../eal.h"
#include "../said.h"

static struct port side[2];
static struct tct_config config;

static void
open_pair(void)
{
	tct_config_init(&config);
	config.port_count = 1;
	strcpy(config.ports[0].device, "memory");
	config.ports[0].locals[0] = (struct tct_local){.count = 1, .prefix_len = 24};
	config.ports[0].local_count = 1;
	assert_int_equal(tct_address_parse("10.0.0.1", &config.ports[0].locals[0].first), 0);
	config.memory = (struct tct_memory_config){
		.connections = 64,
		.half_open = 64,
		.time_wait = 64,
		.flights = 64,
		.mbufs = 1024,
		.fragments = 16,
		.neighbours = 16,
	};
	assert_int_equal(port_open_pair(&side[0], &side[1], "near", 255, 1024, 1500), 0);
}

static void
close_pair(void)
{
	port_stop(&side[0]);
	port_stop(&side[1]);
	assert_int_equal(port_close(&side[0]), 0);
	assert_int_equal(port_close(&side[1]), 0);
}

/* Made and taken apart again, with the port on that NUMA node. */
static void
create_on_node(int node)
{
	struct port *const ports[] = {&side[0]};
	struct tct_endpoint *e;

	side[0].socket = node;
	said_listen();
	assert_int_equal(endpoint_create_on(&config, ports, &e), 0);
	tct_endpoint_destroy(e);
}

static void
a_worker_far_from_its_port_is_told_of(void **state)
{
	open_pair();
	create_on_node(7);
	SAID("net_ring_neara is on NUMA node 7, and worker 0 on node 0: ", "(--lcores)");
	create_on_node(0);
	SAID_NOTHING();
	create_on_node(-1); /* no bus, no node */
	SAID_NOTHING();
	close_pair();
}

static void
a_worker_without_an_lcore_is_told_of(void **state)
{
	struct port *const ports[] = {&side[0], &side[1]};
	struct tct_endpoint *e;

	open_pair();
	config.port_count = config.workers = 2;
	config.ports[1] = config.ports[0];
	said_listen();
	assert_int_equal(endpoint_create_on(&config, ports, &e), -E2BIG);
	SAID("no lcore for worker 1: ", "--lcores");
	close_pair();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_far_from_its_port_is_told_of),
		cmocka_unit_test(a_worker_without_an_lcore_is_told_of),
	};

	eal_start_on("0@0,1@0", "128");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
