/* SPDX-License-Identifier: BSD-3-Clause */
/* Which conns are flushed by single.h: each part of its condition, broken once, and put right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/single.h"

#define MSS 1000

static struct tx_queue tx;
static struct tcp_stack stack = {.tx = &tx};
static struct tct_conn conn;

/* A conn with so much to send, and all it needs for that. */
static void
start(uint32_t bytes, uint32_t flags)
{
	tx.out_count = TX_OUT_MAX - 1;
	tx.spare_count = TX_RESERVE + 1;
	conn = (struct tct_conn){
		.stack = &stack,
		.state = STATE_ESTABLISHED,
		.flags = CONN_TIMESTAMPS | CONN_SACK | flags,
		.quick_acks = QUICK_ACKS,
		.snd_una = 77,
		.snd_nxt = 77,
		.snd_max = 77,
		.mss = MSS,
		.flight = POOL_NONE,
		.reorder = POOL_NONE,
	};
	conn.sndq.bytes = bytes;
	conn.snd_wnd = conn.cwnd = single_used(&conn);
	assert_true(single_is(&conn));
}

static void
used(void **state)
{
	start(0, 0);
	assert_int_equal(single_used(&conn), 0);
	start(MSS, 0);
	assert_int_equal(single_used(&conn), MSS);
	start(MSS, CONN_FIN_WANTED);
	assert_int_equal(single_used(&conn), MSS + 1);
	start(0, CONN_FIN_WANTED | CONN_FIN_SENT);
	assert_int_equal(single_used(&conn), 0);
}

static void
states(void **state)
{
	start(0, 0);
	for (unsigned i = 0; i < STATE_MAX; i++) {
		conn.state = (uint8_t)i;
		assert_int_equal(single_is(&conn), i >= STATE_ESTABLISHED);
	}
}

static void
flags(void **state)
{
	static const uint32_t never[] = {CONN_ECN, CONN_PROBE, CONN_KEEP_PROBE, CONN_PERSIST,
					 CONN_RETRY};

	for (unsigned i = 0; i < RTE_DIM(never); i++) {
		start(MSS, CONN_ACK_NOW);
		conn.flags |= never[i];
		assert_false(single_is(&conn));
	}
}

static void
in_flight(void **state)
{
	start(MSS, 0);
	conn.snd_max++;
	assert_false(single_is(&conn));
	conn.snd_nxt++;
	assert_false(single_is(&conn));
}

static void
records(void **state)
{
	start(MSS, 0);
	conn.flight = 0;
	assert_false(single_is(&conn));
	conn.flight = POOL_NONE;
	conn.reorder = 0;
	assert_false(single_is(&conn));
	conn.reorder = POOL_NONE;
	conn.quick_acks = QUICK_ACKS + 1; /* two segments draw a train, one does not */
	conn.rcv_nxt = conn.rcv_acked + 2 * MSS - 1;
	assert_true(single_is(&conn));
	conn.rcv_nxt++;
	assert_false(single_is(&conn));
	conn.quick_acks = QUICK_ACKS;
	assert_true(single_is(&conn));
}

/* The FIN takes a place in the windows, and none in the segment. */
static void
room(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		start(MSS, i ? CONN_FIN_WANTED : 0);
		conn.snd_wnd--;
		assert_false(single_is(&conn));
		conn.snd_wnd++;
		conn.cwnd--;
		assert_false(single_is(&conn));
		conn.cwnd++;
		conn.mss--;
		assert_false(single_is(&conn));
	}
}

/* Where only control segments find a buffer the general way knows which they are. */
static void
buffers(void **state)
{
	start(0, CONN_ACK_NOW);
	tx.out_count++;
	assert_false(single_is(&conn));
	tx.out_count--;
	tx.spare_count--;
	assert_false(single_is(&conn));
}

/* The SYN of an active open, before it was ever sent; a buffer of the reserve does. */
static void
start_syn(void)
{
	tx.out_count = TX_OUT_MAX - 1;
	tx.spare_count = 1;
	conn = (struct tct_conn){
		.stack = &stack,
		.state = STATE_SYN_SENT,
		.flags = CONN_ACTIVE,
		.snd_una = 77,
		.snd_nxt = 77,
		.snd_max = 77,
	};
	assert_true(single_is_syn(&conn));
}

static void
first_syn(void **state)
{
	start_syn();
	for (unsigned i = 0; i < STATE_MAX; i++) {
		conn.state = (uint8_t)i;
		assert_int_equal(single_is_syn(&conn), i == STATE_SYN_SENT);
	}
	start_syn();
	conn.snd_max++; /* it was sent before */
	assert_false(single_is_syn(&conn));
	start_syn();
	conn.flags |= CONN_RETRY;
	assert_false(single_is_syn(&conn));
	conn.flags ^= CONN_RETRY | CONN_SILENT;
	assert_false(single_is_syn(&conn));
	start_syn();
	tx.out_count++;
	assert_false(single_is_syn(&conn));
	tx.out_count--;
	tx.spare_count--;
	assert_false(single_is_syn(&conn));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(used),	     cmocka_unit_test(states),	  cmocka_unit_test(flags),
		cmocka_unit_test(in_flight), cmocka_unit_test(records),	  cmocka_unit_test(room),
		cmocka_unit_test(buffers),   cmocka_unit_test(first_syn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
