/* SPDX-License-Identifier: BSD-3-Clause */
/* How much of what waits in a queue one poll takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_ethdev.h>

#include "engine/worker.h"
#include "port/pair.h"

#include "../eal.h"

#define FRAME 60
#define POLL  (6 * WORKER_BURST) /* of one queue */

static struct port a, b;
static struct tct_worker *w;

static void
open_all(void)
{
	w = calloc(1, sizeof(*w));
	assert_int_equal(port_open_pair(&a, &b, "rx", 511, 2048, 1500), 0);
	assert_int_equal(port_start(&a), 0);
	assert_int_equal(port_start(&b), 0);
	w->ports[0].port = &a;
	w->port_count = 1;
}

static void
close_all(void)
{
	tx_drain(w);
	free(w);
	port_stop(&a);
	port_stop(&b);
	assert_int_equal(port_close(&a), 0);
	assert_int_equal(port_close(&b), 0);
}

/* So many frames of nobody's ethertype, for a. */
static void
frames_wait(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(b.mbufs);

		memset(rte_pktmbuf_append(m, FRAME), 0xff, FRAME);
		assert_int_equal(rte_eth_tx_burst(b.id, 0, &m, 1), 1);
	}
}

static uint64_t
dropped(void)
{
	uint64_t n = 0;

	for (unsigned i = COUNTER_DROP_SHORT_FRAME; i < COUNTER_MAX; i++)
		n += w->counters.v[i];
	return n;
}

static void
a_poll_takes_bursts_and_no_more(void **state)
{
	open_all();
	frames_wait(POLL + 50);
	assert_int_equal(rx_stage(w, 0), POLL);
	assert_int_equal(w->counters.v[COUNTER_RX_PACKETS], POLL);
	assert_int_equal(w->counters.v[COUNTER_RX_BURSTS], POLL / WORKER_BURST);
	assert_int_equal(rx_stage(w, 0), 50);
	assert_int_equal(rx_stage(w, 0), 0);
	assert_int_equal(w->counters.v[COUNTER_RX_PACKETS], POLL + 50);
	assert_int_equal(w->counters.v[COUNTER_RX_BURSTS], POLL / WORKER_BURST + 2);
	assert_int_equal(w->counters.v[COUNTER_RX_BYTES], (POLL + 50) * FRAME);
	assert_int_equal(dropped(), POLL + 50);
	close_all();
}

/* The more queues, the less of each: what is taken has to be answered from what one poll may send.
 */
static void
many_queues_share_a_poll(void **state)
{
	open_all();
	frames_wait(4 * WORKER_BURST);
	w->port_count = 2;
	assert_int_equal(rx_stage(w, 0), 3 * WORKER_BURST);
	w->port_count = TCT_MAX_PORTS;
	frames_wait(WORKER_BURST);
	assert_int_equal(rx_stage(w, 0), WORKER_BURST);
	assert_int_equal(rx_stage(w, 0), WORKER_BURST);
	assert_int_equal(dropped(), 5 * WORKER_BURST);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_poll_takes_bursts_and_no_more),
		cmocka_unit_test(many_queues_share_a_poll),
	};

	eal_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
