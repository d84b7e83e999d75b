/* SPDX-License-Identifier: BSD-3-Clause */
/* The transmit stage, into one end of a pair of rings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_ethdev.h>

#include "engine/worker.h"
#include "port/pair.h"

#include "../eal.h"

#define PIECE 1500
#define SMALL 1024 /* the smallest memory.mbufs */

static struct port a, b;
static struct tct_worker *w;

static void
open_with(uint32_t mbufs)
{
	static struct tct_port_config port_config;
	struct net_port_config net_port = {.config = &port_config, .mtu = 1500};
	struct net_port_config net_ports[] = {net_port, net_port};
	struct net_config config = {
		.ports = net_ports, .port_count = 2, .neighbours = 8, .fragments = 8, .socket = -1};

	w = calloc(1, sizeof(*w));
	assert_int_equal(port_open_pair(&a, &b, "tx", 255, mbufs, 1500), 0);
	assert_int_equal(port_start(&a), 0);
	assert_int_equal(port_start(&b), 0);
	config.tx = &w->tx;
	config.counters = &w->counters;
	w->net = net_create(&config);
	assert_non_null(w->net);
	w->ports[0].port = &a;
	w->ports[1].port = &b; /* for those who set port_count to 2 */
	w->port_count = 1;
}

static void
open_all(void)
{
	open_with(512);
}

static void
close_all(void)
{
	tx_drain(w);
	net_destroy(w->net);
	free(w);
	port_stop(&a);
	port_stop(&b);
	assert_int_equal(port_close(&a), 0);
	assert_int_equal(port_close(&b), 0);
}

/* Queues a frame in so many pieces of that length. */
static void
queue_for(unsigned port, unsigned pieces, uint16_t len)
{
	struct rte_mbuf *first = NULL;

	for (unsigned i = 0; i < pieces; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(a.mbufs);

		memset(rte_pktmbuf_append(m, len), 'a' + (int)i, len);
		if (first == NULL)
			first = m;
		else
			assert_int_equal(rte_pktmbuf_chain(first, m), 0);
	}
	tx_put(&w->tx, first, HOP(port, HOP_REFLECT));
}

static void
queue(unsigned pieces, uint16_t len)
{
	queue_for(0, pieces, len);
}

static struct rte_mbuf *
receive(void)
{
	struct rte_mbuf *m;

	return rte_eth_rx_burst(b.id, 0, &m, 1) == 1 ? m : NULL;
}

static bool
receive_and_free(void)
{
	struct rte_mbuf *m = receive();

	if (m)
		rte_pktmbuf_free(m);
	return m != NULL;
}

static void
expect(uint16_t segments, unsigned pieces, uint16_t len)
{
	struct rte_mbuf *m = receive();
	uint8_t bytes[4096];
	const uint8_t *p;

	assert_non_null(m);
	assert_int_equal(m->nb_segs, segments);
	assert_int_equal(m->pkt_len, pieces * len);
	p = rte_pktmbuf_read(m, 0, m->pkt_len, bytes);
	for (unsigned i = 0; i < pieces * len; i++)
		assert_int_equal(p[i], 'a' + i / len);
	rte_pktmbuf_free(m);
}

static void
chains_go_where_they_may(void **state)
{
	open_all();
	queue(3, 100);
	assert_int_equal(tx_stage(w), 1);
	expect(3, 3, 100);
	close_all();
}

static void
linear_ports_get_no_chains(void **state)
{
	open_all();
	a.linear_tx = true;
	queue(1, 100);
	queue(3, 100);
	queue(2, 50);
	assert_int_equal(tx_stage(w), 3);
	expect(1, 1, 100);
	expect(1, 3, 100);
	expect(1, 2, 50);
	assert_int_equal(w->counters.v[COUNTER_TX_PACKETS], 3);
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 0);
	close_all();
}

static void
chains_without_room_are_dropped_and_counted(void **state)
{
	open_all();
	a.linear_tx = true;
	queue(1, 100);
	queue(2, PIECE);
	queue(2, 100);
	assert_int_equal(tx_stage(w), 2);
	expect(1, 1, 100);
	expect(1, 2, 100);
	assert_null(receive());
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 1);
	assert_int_equal(w->counters.v[COUNTER_TX_PACKETS], 2);
	assert_int_equal(w->tx.out_count, 0);
	close_all(); /* and no buffer is lost */
}

/* Nothing was left to send: the port has refused nothing. */
static void
port_without_a_packet_is_not_stuck(void **state)
{
	open_all();
	a.linear_tx = true;
	queue(2, PIECE);
	w->tcp.now_us = 1000;
	assert_int_equal(tx_stage(w), 0);
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 1);
	assert_int_equal(w->ports[0].stuck_us, 0);
	close_all();
}

/* A peer that takes nothing for 200 ms: what it has left is dropped, and what comes then, until
 * it takes something. */
static void
dead_port_is_given_up(void **state)
{
	open_all();
	for (unsigned i = 0; i < 300; i++)
		queue(1, 100);
	w->tcp.now_us = 1000;
	assert_int_equal(tx_stage(w), 255);
	assert_int_equal(tx_stage(w), 0);
	w->tcp.now_us += 200000;
	assert_int_equal(tx_stage(w), 0);
	assert_int_equal(w->tx.out_count, 45);
	w->tcp.now_us++;
	assert_int_equal(tx_stage(w), 0);
	assert_int_equal(w->tx.out_count, 0);
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 45);
	queue(1, 100);
	assert_int_equal(tx_stage(w), 0);
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 46);
	expect(1, 1, 100);
	queue(1, 100);
	assert_int_equal(tx_stage(w), 1);
	queue(1, 100);
	assert_int_equal(tx_stage(w), 0);
	assert_int_equal(w->tx.out_count, 1); /* it lives */
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 46);
	while (receive_and_free())
		;
	close_all();
}

static void
dead_port_holds_up_no_other(void **state)
{
	open_all();
	w->port_count = 2;
	for (unsigned i = 0; i < 256; i++)
		queue(1, 100);
	w->tcp.now_us = 1000;
	assert_int_equal(tx_stage(w), 255);
	for (unsigned ms = 0; ms < 201; ms++) {
		queue_for(1, 1, 100);
		assert_int_equal(tx_stage(w), 1);
		assert_int_equal(w->tx.out_count, 1);
		w->tcp.now_us += 1000;
	}
	tx_stage(w);
	assert_int_equal(w->tx.out_count, 0);
	assert_int_equal(w->counters.v[COUNTER_TX_REFUSED], 1);
	while (receive_and_free())
		;
	close_all();
}

/* The other end makes an ordinary buffer of the one that showed them. */
static void
lent_bytes_arrive_and_are_let_go(void **state)
{
	static const uint8_t lent[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	struct rte_mbuf *m, *borrower;
	const void *room;

	open_all();
	queue(2, 32);
	borrower = w->tx.out[0]->next;
	room = borrower->buf_addr;
	tx_borrow_static(borrower, lent, 32, RTE_BAD_IOVA, NULL);
	assert_int_equal(tx_stage(w), 1);
	m = receive();
	assert_non_null(m);
	assert_ptr_equal(rte_pktmbuf_mtod(m->next, const uint8_t *), lent);
	tx_release_packet(&w->tx, m);
	assert_int_equal(w->tx.spare_count, 2);
	assert_ptr_equal(w->tx.spare[1], borrower);
	assert_ptr_equal(borrower->buf_addr, room);
	assert_true(RTE_MBUF_DIRECT(borrower) && borrower->data_off == TX_HEADROOM);
	close_all();
}

/* So many received packets that are done with. */
static void
receive_and_release(unsigned n)
{
	struct rte_mbuf *m[TX_SPARE_MAX];

	assert_int_equal(rte_pktmbuf_alloc_bulk(a.mbufs, m, n), 0);
	for (unsigned i = 0; i < n; i++)
		tx_release(&w->tx, m[i]);
}

static void
spares_of_a_small_pool_go_back_to_it(void **state)
{
	struct rte_mbuf *held[SMALL / 2], *waiting[SMALL / 4], *burst[WORKER_BURST];

	open_with(SMALL);
	tx_refill(w);
	assert_true(w->tx.spare_count > TX_RESERVE);
	receive_and_release(TX_SPARE_MAX - w->tx.spare_count);
	tx_refill(w);
	assert_true(w->tx.spare_count > TX_RESERVE);
	/* Full queues, full rings to receive and to send; and there is a burst left. */
	assert_int_equal(rte_pktmbuf_alloc_bulk(a.mbufs, held, SMALL / 2), 0);
	assert_int_equal(rte_pktmbuf_alloc_bulk(a.mbufs, waiting, SMALL / 4), 0);
	assert_int_equal(rte_pktmbuf_alloc_bulk(a.mbufs, burst, WORKER_BURST), 0);
	rte_pktmbuf_free_bulk(held, SMALL / 2);
	rte_pktmbuf_free_bulk(waiting, SMALL / 4);
	rte_pktmbuf_free_bulk(burst, WORKER_BURST);
	close_all();
}

/* However the numbers fall, between the marks. */
static void
spares_stay_between_their_marks(void **state)
{
	static const uint32_t pools[] = {SMALL, 2048, 4096};

	for (unsigned i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		uint32_t most = pools[i] * 3 / 16 < 384 ? pools[i] * 3 / 16 : 384;

		open_with(pools[i]);
		for (unsigned n = 1; n < 128; n++) {
			tx_refill(w);
			assert_in_range(w->tx.spare_count, most * 2 / 3 - 1, most);
			receive_and_release(n);
		}
		assert_int_equal(rte_mempool_in_use_count(a.mbufs), w->tx.spare_count);
		close_all();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_go_where_they_may),
		cmocka_unit_test(port_without_a_packet_is_not_stuck),
		cmocka_unit_test(dead_port_is_given_up),
		cmocka_unit_test(dead_port_holds_up_no_other),
		cmocka_unit_test(lent_bytes_arrive_and_are_let_go),
		cmocka_unit_test(linear_ports_get_no_chains),
		cmocka_unit_test(chains_without_room_are_dropped_and_counted),
		cmocka_unit_test(spares_of_a_small_pool_go_back_to_it),
		cmocka_unit_test(spares_stay_between_their_marks),
	};

	eal_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
