/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "table/port_space.h"

static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static struct addr
ip4(uint32_t host_order)
{
	return addr_from_ip4(rte_cpu_to_be_32(host_order));
}

static struct tuple
towards(uint32_t remote, uint16_t port)
{
	return (struct tuple){.remote = ip4(remote), .remote_port = rte_cpu_to_be_16(port)};
}

static uint16_t
next_port(struct port_space *s, struct tuple *t)
{
	port_space_next(s, t);
	return rte_be_to_cpu_16(t->local_port);
}

static void
refuses_an_empty_or_overflowing_range(void **state)
{
	struct addr first = ip4(0xfffffff0), six = {.b = {0x20, 1, 0xd, 0xb8}};
	struct port_space s;

	(void)state;
	assert_int_equal(port_space_init(&s, &first, 0, 1, 2, &key), -EINVAL);
	assert_int_equal(port_space_init(&s, &first, 1, 2, 1, &key), -EINVAL);
	assert_int_equal(port_space_init(&s, &first, 1, 0, 1, &key), -EINVAL);
	assert_int_equal(port_space_init(&s, &first, 17, 1, 2, &key), -EINVAL);
	assert_int_equal(port_space_init(&s, &first, 16, 1, 2, &key), 0);
	assert_int_equal(port_space_init(&s, &six, UINT32_MAX, 1, UINT16_MAX, &key), 0);
	assert_int_equal(port_space_size(&s), (uint64_t)UINT32_MAX * UINT16_MAX);
}

static void
each_pair_comes_once(void **state, struct addr first, uint32_t addresses, uint16_t min,
		     uint16_t max)
{
	const uint32_t ports = max - min + 1u;
	uint32_t base = rte_be_to_cpu_32(first.w32[3]);
	struct tuple t = towards(0x0a000001, 80);
	uint8_t *seen = calloc(addresses, ports);
	struct port_space s;

	(void)state;
	assert_non_null(seen);
	assert_int_equal(port_space_init(&s, &first, addresses, min, max, &key), 0);
	assert_int_equal(port_space_size(&s), (uint64_t)addresses * ports);
	for (uint8_t round = 0; round < 3; round++) {
		for (uint64_t n = 0; n < port_space_size(&s); n++) {
			uint16_t port = next_port(&s, &t);
			uint32_t address = rte_be_to_cpu_32(t.local.w32[3]) - base;

			assert_memory_equal(&t.local, &first, 12);
			assert_in_range(port, min, max);
			assert_int_equal(address, n % addresses);
			assert_int_equal(seen[address * ports + port - min]++, round);
		}
	}
	assert_int_equal(rte_be_to_cpu_16(t.remote_port), 80);
	free(seen);
}

static void
every_pair_comes_exactly_once_before_any_repeats(void **state)
{
	struct addr six = {.b = {0x20, 1, 0xd, 0xb8, [15] = 0xff}};

	each_pair_comes_once(state, ip4(0x0a0000f0), 1, 1, 65535);
	each_pair_comes_once(state, ip4(0x0a0000f0), 7, 1024, 1030);
	each_pair_comes_once(state, ip4(0x0a0000f0), 300, 32768, 33767);
	each_pair_comes_once(state, six, 300, 65000, 65535);
	each_pair_comes_once(state, ip4(1), 1, 7, 7);
}

/* Steps of one: what tells two walks apart is where they start. */
static void
destinations_start_at_different_offsets(void **state)
{
	enum {
		DESTINATIONS = 1000,
		PORTS = 60000
	};
	static uint16_t seen[PORTS];
	struct addr first = ip4(0x0a000001);
	unsigned distinct = 0;

	(void)state;
	for (unsigned n = 0; n < DESTINATIONS; n++) {
		struct tuple t = towards(0x0b000000 + n / 2, (uint16_t)(80 + n % 2));
		struct port_space s;
		uint16_t port;

		port_space_init(&s, &first, 1, 1024, 1024 + PORTS - 1, &key);
		port = next_port(&s, &t);
		distinct += seen[port - 1024]++ == 0;
		assert_int_equal(next_port(&s, &t), port == 1024 + PORTS - 1 ? 1024 : port + 1);
	}
	/* 1000 draws of 60000: 8 pairs are expected to meet, 40 never. */
	assert_in_range(distinct, DESTINATIONS - 40, DESTINATIONS);
}

static void
source_addresses_start_at_different_offsets(void **state)
{
	struct addr first = ip4(0x0a000001);
	struct tuple t = towards(0x0b000001, 80);
	unsigned steps[3] = {0};
	struct port_space s;
	uint16_t last = 0;

	(void)state;
	port_space_init(&s, &first, 256, 1, UINT16_MAX, &key);
	for (unsigned n = 0; n < 256; n++) {
		uint16_t port = next_port(&s, &t);

		steps[port == last ? 0 : port == last + 1 ? 1 : 2]++;
		last = port;
	}
	assert_in_range(steps[2], 250, 256);
}

/* Over many keys the first port of one destination is spread evenly: chi-squared over 64 cells, of
 * which 63 is the mean and 132 is exceeded once in a million times. */
static void
without_the_key_nothing_is_known(void **state)
{
	enum {
		KEYS = 64000,
		CELLS = 64
	};
	struct addr first = ip4(0x0a000001);
	struct model_random r = {1};
	unsigned cells[CELLS] = {0};
	double chi = 0;

	(void)state;
	for (unsigned n = 0; n < KEYS; n++) {
		struct siphash_key k = {model_random(&r), model_random(&r)};
		struct tuple t = towards(0x0b000001, 80);
		struct port_space s;

		port_space_init(&s, &first, 1, 10000, 10000 + 1000 * CELLS / 2 - 1, &k);
		cells[(next_port(&s, &t) - 10000u) / (1000 / 2)]++;
	}
	for (unsigned i = 0; i < CELLS; i++) {
		double d = cells[i] - (double)KEYS / CELLS;

		chi += d * d / ((double)KEYS / CELLS);
	}
	assert_true(chi < 132);
	assert_true(chi > 20);
}

/*
 * Served in turn, each destination gets every port once: but for those that share a counter,
 * of which 4 are expected among 32 on 256 counters.
 */
static void
destinations_walk_on_their_own(void **state)
{
	enum {
		DESTINATIONS = 32,
		PORTS = 1000
	};
	static uint8_t seen[DESTINATIONS][PORTS];
	struct addr first = ip4(0x0a000001);
	unsigned whole = 0, got[DESTINATIONS] = {0};
	struct port_space s;

	(void)state;
	port_space_init(&s, &first, 1, 2000, 2000 + PORTS - 1, &key);
	for (unsigned n = 0; n < DESTINATIONS * PORTS; n++) {
		unsigned d = n % DESTINATIONS;
		struct tuple t = towards(0x0b000001, (uint16_t)(8000 + d));

		got[d] += seen[d][next_port(&s, &t) - 2000]++ == 0;
	}
	for (unsigned d = 0; d < DESTINATIONS; d++)
		whole += got[d] == PORTS;
	assert_in_range(whole, DESTINATIONS - 12, DESTINATIONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_an_empty_or_overflowing_range),
		cmocka_unit_test(every_pair_comes_exactly_once_before_any_repeats),
		cmocka_unit_test(destinations_start_at_different_offsets),
		cmocka_unit_test(source_addresses_start_at_different_offsets),
		cmocka_unit_test(without_the_key_nothing_is_known),
		cmocka_unit_test(destinations_walk_on_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
