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

#define WORKERS_MAX 16

static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
static struct toeplitz toeplitz;
static struct port_classes classes;
static struct port_share shares[WORKERS_MAX];
static struct port_space spaces[WORKERS_MAX];
static unsigned workers, places;

static void
team_of(unsigned count, unsigned reta)
{
	uint8_t bytes[TOEPLITZ_KEY_BYTES];

	workers = count;
	places = reta;
	assert_int_equal(toeplitz_key_draw(bytes, sizeof(bytes), false), 0);
	toeplitz_init(&toeplitz, bytes);
	port_classes_init(&classes, &toeplitz, workers, places);
	for (unsigned i = 0; i < workers; i++)
		port_share_init(&shares[i], &classes, workers, places, i);
}

/* What the team says, or a NIC. */
static unsigned
owner(const struct tuple *t)
{
	return (toeplitz_tuple(&toeplitz, t) & (places - 1)) % workers;
}

static void
spaces_of(const struct addr *first, uint16_t min, uint16_t max)
{
	for (unsigned i = 0; i < workers; i++) {
		assert_int_equal(port_space_init(&spaces[i], first, 1, min, max, &key), 0);
		assert_int_equal(port_space_share(&spaces[i], &shares[i]), 0);
	}
}

/* To some peer, from one address of that version. */
static struct tuple
some_tuple(bool ip4, struct addr *local)
{
	struct tuple t = {.remote_port = (rte_be16_t)random()};

	for (unsigned i = 0; i < 16; i++) {
		t.remote.b[i] = (uint8_t)random();
		local->b[i] = (uint8_t)random();
	}
	if (!ip4)
		return t;
	t.remote = addr_from_ip4(t.remote.w32[3]);
	*local = addr_from_ip4(local->w32[3]);
	return t;
}

/*
 * All positions of all workers, once, twice: every port of the range comes once in each round, from
 * its owner.
 */
static void
walk(bool ip4, uint16_t min, uint16_t max)
{
	static uint8_t seen[PORT_COUNT];
	struct addr local;
	struct tuple t = some_tuple(ip4, &local);

	memset(seen, 0, sizeof(seen));
	spaces_of(&local, min, max);
	for (unsigned w = 0; w < workers; w++) {
		for (uint64_t n = 0; n < 2 * port_space_size(&spaces[w]); n++) {
			uint64_t round = n / port_space_size(&spaces[w]);
			uint16_t port;

			port_space_next(&spaces[w], &t);
			port = rte_be_to_cpu_16(t.local_port);
			if (port == 0)
				continue;
			assert_in_range(port, min, max);
			assert_int_equal(owner(&t), w);
			assert_true(port_share_owns(&shares[w], &t));
			assert_false(port_share_owns(&shares[(w + 1) % workers], &t));
			assert_int_equal(seen[port]++, round);
		}
	}
	for (unsigned port = min; port <= max; port++)
		assert_int_equal(seen[port], 2);
}

static void
every_port_is_its_owners(void **state)
{
	(void)state;
	for (unsigned count = 2; count <= WORKERS_MAX; count++) {
		team_of(count, count % 3 == 0 ? 128 : 512);
		walk(true, 1024, 65535);
		walk(false, 1024, 65535);
		walk(true, 40000, 40999);
		walk(false, 1, 65535);
	}
}

/* Where a range is small, some workers may have nothing in it for a peer; together they have all.
 */
static void
small_ranges(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		team_of(i % 2 ? 3 : 4, 64);
		walk(i % 4 < 2, 5000, (uint16_t)(5000 + i));
	}
}

/* With 2^k workers and all ports nobody looks in vain but for those below the range, of which one
 * worker has more than another by its key, and all together at most 1024. */
static void
no_position_is_empty(void **state)
{
	struct addr local;

	(void)state;
	for (unsigned count = 2; count <= WORKERS_MAX; count *= 2) {
		struct tuple t = some_tuple(count % 8 == 0, &local);
		unsigned empty = 0;

		team_of(count, 128);
		spaces_of(&local, 1024, 65535);
		for (unsigned w = 0; w < workers; w++) {
			for (uint64_t n = 0; n < port_space_size(&spaces[w]); n++) {
				port_space_next(&spaces[w], &t);
				empty += t.local_port == 0;
			}
		}
		assert_true(empty <= 1024);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_port_is_its_owners),
		cmocka_unit_test(small_ranges),
		cmocka_unit_test(no_position_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
