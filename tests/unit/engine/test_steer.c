/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers of a team, polled by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/steer.h"
#include "engine/team.h"

#include "../eal.h"

#define BUFFERS 4095

static struct rte_mempool *pool;
static struct team *team;
static struct tct_worker *w[2];
static struct port port = {.name = "somewhere", .queues = 2, .rss = RSS_GOOD, .reta_size = 128};

#define COUNT(worker, id) ((unsigned)w[worker]->counters.v[COUNTER_##id])

static void
open_team(enum tct_steering mode)
{
	struct port *ports[] = {&port};
	struct tct_config config;

	tct_config_init(&config);
	config.steering = mode;
	team = team_create(2, &config);
	assert_non_null(team);
	team_choose_reta(team, ports, 1);
	for (unsigned i = 0; i < 2; i++) {
		w[i] = calloc(1, sizeof(*w[i]));
		w[i]->rank = i;
		w[i]->team = team;
		w[i]->port_count = 1;
		w[i]->ports[0].port = &port;
		w[i]->ports[0].trusted = mode == TCT_STEERING_RSS;
		team->members[i] = w[i];
	}
	assert_int_equal(steer_create(team), 0);
}

/* No buffer is lost. */
static void
close_team(void)
{
	steer_drain(team);
	for (unsigned i = 0; i < 2; i++)
		tx_drain(w[i]);
	assert_int_equal(rte_mempool_in_use_count(pool), 0);
	steer_destroy(team);
	team_destroy(team);
	free(w[0]);
	free(w[1]);
}

static struct rte_mbuf *
buffer(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	return m;
}

/* ---- rings ---- */

static void
what_is_put_in_comes_out_in_order(void **state)
{
	struct rte_mbuf *m[40];

	open_team(TCT_STEERING_AUTO);
	for (unsigned i = 0; i < 40; i++) {
		m[i] = buffer();
		steer_put(w[0], 1, m[i], STEER_SEND, 3);
	}
	assert_int_equal(COUNT(0, STEERED_OUT), 32); /* a burst is full, the other waits */
	steer_flush(w[0]);
	assert_int_equal(COUNT(0, STEERED_OUT), 40);
	assert_int_equal(steer_input(w[0]), 0);
	assert_int_equal(steer_input(w[1]), 32);
	assert_int_equal(steer_input(w[1]), 8);
	assert_int_equal(COUNT(1, STEERED_IN), 40);
	assert_int_equal(w[1]->tx.out_count, 40);
	for (unsigned i = 0; i < 40; i++) {
		assert_ptr_equal(w[1]->tx.out[i], m[i]);
		assert_int_equal(w[1]->tx.hop[i], HOP(3, HOP_REFLECT));
	}
	close_team();
}

/* The worker that hands over never waits for one that does not poll. */
static void
a_full_ring_drops(void **state)
{
	unsigned taken = 0, n;

	open_team(TCT_STEERING_AUTO);
	for (unsigned i = 0; i < 3000; i++)
		steer_put(w[0], 1, buffer(), STEER_SEND, 0);
	steer_flush(w[0]);
	assert_true(COUNT(0, DROP_STEER_FULL) > 0);
	assert_int_equal(COUNT(0, STEERED_OUT) + COUNT(0, DROP_STEER_FULL), 3000);
	while ((n = steer_input(w[1])) != 0)
		taken += n;
	assert_int_equal(taken, COUNT(0, STEERED_OUT));
	assert_int_equal(taken, COUNT(1, STEERED_IN));
	assert_int_equal(w[1]->tx.out_count + COUNT(1, TX_REFUSED), taken);
	steer_put(w[0], 1, buffer(), STEER_SEND, 0); /* and goes on when it does */
	steer_flush(w[0]);
	assert_int_equal(steer_input(w[1]), 1);
	close_team();
}

/* ---- belief ---- */

/* n segments of different connections that are that worker's, as received by w[0]. */
static void
receive(unsigned n, unsigned owner)
{
	static uint16_t serial;

	for (unsigned i = 0; i < n; i++) {
		struct packet *p = &w[0]->packets[i];

		*p = (struct packet){.mbuf = buffer(), .kind = PACKET_TCP};
		p->tuple.local = addr_from_ip4(RTE_BE32(0x0a000001));
		p->tuple.remote = addr_from_ip4(RTE_BE32(0x0a000002));
		do
			p->tuple.remote_port = ++serial;
		while (team_owner(team, &p->tuple) != owner);
	}
}

/* How many the worker kept. */
static unsigned
keep(unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (w[0]->packets[i].mbuf == NULL)
			continue;
		rte_pktmbuf_free(w[0]->packets[i].mbuf);
		kept++;
	}
	return kept;
}

static void
a_device_that_is_right_is_believed(void **state)
{
	open_team(TCT_STEERING_AUTO);
	assert_string_equal(steer_mode_text(w[0], 0), "probation");
	for (unsigned i = 0; i < 4096 / 32; i++) {
		assert_false(w[0]->ports[0].trusted);
		receive(32, 0);
		steer_burst(w[0], 0, 32);
		assert_int_equal(keep(32), 32);
	}
	assert_true(w[0]->ports[0].trusted);
	assert_string_equal(steer_mode_text(w[0], 0), "rss");
	receive(32, 1); /* nobody looks at them before the flow table does */
	steer_burst(w[0], 0, 32);
	assert_int_equal(keep(32), 32);
	assert_int_equal(COUNT(0, RSS_MISMATCH), 0);
	close_team();
}

static void
one_mistake_and_it_never_is(void **state)
{
	open_team(TCT_STEERING_AUTO);
	receive(32, 0);
	steer_burst(w[0], 0, 32);
	assert_int_equal(keep(32), 32);
	receive(2, 1);
	steer_burst(w[0], 0, 2);
	assert_int_equal(keep(2), 0);
	steer_flush(w[0]);
	assert_int_equal(COUNT(0, STEERED_OUT), 2);
	assert_int_equal(COUNT(0, RSS_MISMATCH), 2);
	assert_int_equal(team_verdict(team, 0), RSS_FOREIGN);
	assert_string_equal(steer_mode_text(w[1], 0), "software"); /* for all workers */
	for (unsigned i = 0; i < 2 * 4096 / 32; i++) {
		receive(32, 0);
		steer_burst(w[0], 0, 32);
		assert_int_equal(keep(32), 32);
	}
	assert_false(w[0]->ports[0].trusted);
	close_team();
}

/* A believed device goes wrong: a segment without a connection here tells. */
static void
a_stray_of_another_worker_tells(void **state)
{
	open_team(TCT_STEERING_AUTO);
	w[0]->ports[0].trusted = true;
	receive(1, 0);
	assert_false(steer_stray(w[0], &w[0]->packets[0]));
	assert_int_equal(keep(1), 1);
	assert_int_equal(team_verdict(team, 0), RSS_GOOD);
	receive(1, 1);
	assert_true(steer_stray(w[0], &w[0]->packets[0]));
	assert_int_equal(keep(1), 0);
	assert_int_equal(COUNT(0, RSS_MISMATCH), 1);
	assert_int_equal(team_verdict(team, 0), RSS_FOREIGN);
	receive(3, 1); /* from now on, before */
	steer_burst(w[0], 0, 3);
	assert_int_equal(keep(3), 0);
	close_team();
}

/* steering: rss counts, and leaves everything where it came. */
static void
the_device_has_the_last_word_if_asked(void **state)
{
	open_team(TCT_STEERING_RSS);
	receive(8, 1);
	steer_burst(w[0], 0, 8);
	assert_false(steer_stray(w[0], &w[0]->packets[0]));
	assert_int_equal(keep(8), 8);
	assert_int_equal(COUNT(0, RSS_MISMATCH), 1);
	assert_int_equal(team_verdict(team, 0), RSS_GOOD);
	close_team();
}

/* Handed over as verified: the owner does not add it up again. */
static void
the_checksum_verdict_goes_along(void **state)
{
	struct rte_mbuf *m;
	struct rte_mbuf *got;

	open_team(TCT_STEERING_SOFTWARE);
	receive(1, 1);
	m = w[0]->packets[0].mbuf;
	m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_L4_CKSUM_NONE;
	assert_true(steer_segment(w[0], &w[0]->packets[0]));
	steer_flush(w[0]);
	assert_int_equal(rte_ring_dequeue(w[1]->peers[0].in, (void **)&got), 0);
	assert_ptr_equal(got, m);
	assert_int_equal(m->ol_flags, RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_IP_CKSUM_GOOD |
					      RTE_MBUF_F_RX_L4_CKSUM_GOOD);
	rte_pktmbuf_free(m);
	close_team();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_comes_out_in_order),
		cmocka_unit_test(a_full_ring_drops),
		cmocka_unit_test(a_device_that_is_right_is_believed),
		cmocka_unit_test(one_mistake_and_it_never_is),
		cmocka_unit_test(a_stray_of_another_worker_tells),
		cmocka_unit_test(the_device_has_the_last_word_if_asked),
		cmocka_unit_test(the_checksum_verdict_goes_along),
	};

	eal_start();
	pool = rte_pktmbuf_pool_create("steer", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	assert_non_null(pool);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
