/* SPDX-License-Identifier: BSD-3-Clause */
/* RACK-TLP: RFC 8985. Round trips are 100 ms. */
#include "dsl.h"

/* Open, with SACK; two segments, 1 to 2001, took 100 ms. */
static void
open_measured(void)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(2);
	RUN_MS(100);
	IN(ACK);
}

/* The next number, as the peer counts. */
static int64_t
next(void)
{
	return (int32_t)(dsl_this()->rcv_nxt - dsl_this()->iss);
}

/* Of n segments the first is lost; it must come again so long after the others' SACK. */
static void
lose_first(unsigned n, unsigned wait_ms)
{
	int64_t at = next();

	BURST(n);
	RUN_MS(100);
	IN(ACK, .ack = at, .sack_blocks = {{at + MSS, at + n * MSS}});
	if (wait_ms)
		AFTER_MS(wait_ms);
	OUT(ACK, .seq = at, .len = MSS);
	RUN_MS(100);
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
}

/* Of four segments the second arrives before the first. */
static void
reorder(void)
{
	int64_t at = next();

	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = at, .sack_blocks = {{at + 1000, at + 2000}});
	IN(ACK);
}

/* In one round trip the peer says twice that it has had something twice. */
static void
duplicate(void)
{
	int64_t at = next();

	BURST(1);
	for (int i = 0; i < 2; i++)
		IN(ACK, .ack = at, .sack_blocks = {{at - 1000, at}});
	RUN_MS(100);
	IN(ACK);
}

/* ---- RACK ----------------------------------------------------------------------------------- */

CASE(rack_threshold, "three segments beyond it have arrived: lost at once", R8985_6_2_a)
{
	open_measured();
	BURST(5);
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}});
	NOTHING();
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 5001}});
	NOTHING();
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 6001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	COUNTER(TCP_FAST_RECOVERY, 1);
}

CASE(rack_time, "a quarter of the least round trip after the first that arrived: lost", R8985_6_2_b,
     R8985_6_2_c)
{
	open_measured();
	BURST(5);
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}});
	AFTER_MS(25);
	OUT(ACK, .seq = 2001, .len = MSS);
	COUNTER(TCP_FAST_RECOVERY, 1);
	COUNTER(TCP_TIMEOUT, 0);
}

CASE(rack_only_older, "what was sent after the newest that arrived is not lost yet", R8985_6_2_b)
{
	open_measured();
	BURST(2); /* 2001 to 4001 */
	RUN_MS(50);
	BURST(2); /* to 6001 */
	RUN_MS(50);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}});
	AFTER_MS(25);
	OUT(ACK, .seq = 2001, .len = MSS);
	RUN_MS(25);
	NOTHING();
	CHECK(dsl_flight()->lost_bytes == 0 && dsl_flight()->bytes == 4000);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}, {5001, 6001}});
	OUT(ACK, .seq = 4001, .len = MSS); /* in recovery there is no window of reordering */
}

CASE(rack_timer_stops, "what arrives in time stops the reordering timer", R8985_6_2_c)
{
	open_measured();
	reorder();
	CHECK(dsl_flight()->timer == FLIGHT_TIMER_NONE);
	QUIET_MS(1000);
	COUNTER(TCP_RETRANSMIT, 0);
}

CASE(rack_reordering, "once reordering was seen, three segments are no reason", R8985_6_2_a)
{
	open_measured();
	lose_first(4, 0);
	reorder();
	CHECK(dsl_flight()->reordering_seen);
	lose_first(4, 25);
}

/* Of the first two of four segments SACK tells of the second; then both are acknowledged. */
static void
grow(uint32_t between)
{
	int64_t at = next();

	dsl_conn()->cwnd = 4000;
	SEND_BYTES(20000);
	SKIP();
	RUN_MS(100);
	IN(ACK, .ack = at, .sack_blocks = {{at + 1000, at + 2000}});
	CHECK(dsl_conn()->cwnd == between);
	SKIP();
	IN(ACK, .ack = at + 2000);
	CHECK(dsl_conn()->cwnd == 6000);
	SKIP();
	dsl.quiet = true;
}

CASE(rack_no_growth, "behind a hole cwnd waits", MUST_19)
{
	open_measured();
	grow(4000);
}

CASE(rack_growth, "once reordering was seen cwnd grows by what SACK tells of, and not again",
     MUST_19)
{
	open_measured();
	reorder();
	grow(5000);
}

CASE(rack_window_grows, "each round trip with a D-SACK makes it a quarter wider, up to srtt",
     R8985_6_2_b)
{
	open_measured();
	reorder();
	lose_first(2, 25);
	duplicate();
	lose_first(2, 50);
	duplicate();
	lose_first(2, 75);
	for (int i = 0; i < 5; i++)
		duplicate();
	CHECK(dsl_flight()->reo_wnd_mult == 8);
	lose_first(2, 100);
	CHECK(dsl_conn()->srtt_us > 95000 && dsl_conn()->srtt_us < 105000);
}

CASE(rack_window_resets, "after 16 recoveries without one it is a quarter again", R8985_6_2_b)
{
	open_measured();
	reorder();
	duplicate();
	for (int i = 0; i < 16; i++)
		lose_first(2, 50);
	lose_first(2, 25);
}

CASE(dsack_round, "a round of D-SACK ends with the ACK that passes it", R8985_6_2_b)
{
	open_measured();
	BURST(1);
	IN(ACK, .ack = 2001, .sack_blocks = {{1001, 2001}});
	CHECK(dsl_flight()->reo_wnd_mult == 2 && dsl_flight()->dsack_round_open);
	IN(ACK);
	CHECK(!dsl_flight()->dsack_round_open);
	COUNTER(TCP_DSACK_RX, 1);
}

CASE(dsack_within, "a first block within the second is a duplicate, too", R2883_5)
{
	open_measured();
	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}, {3001, 5001}});
	COUNTER(TCP_DSACK_RX, 1);
	CHECK(dsl_flight()->sacked_bytes == 2000);
	IN(ACK, .ack = 2001, .sack_blocks = {{2501, 4001}, {3001, 5001}}); /* it is not within */
	COUNTER(TCP_DSACK_RX, 1);
	CHECK(dsl_flight()->sacked_bytes == 2500);
	IN(ACK);
}

CASE(rack_lost_again, "a retransmission that is lost is found by what was sent after it",
     R8985_6_2_d)
{
	open_measured();
	SEND_BYTES(30000);
	SKIP();
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 6001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	SKIP();
	for (int i = 7; i <= 12; i++) {
		RUN_MS(2);
		IN(ACK, .ack = 2001, .sack_blocks = {{3001, i * MSS + 1}});
		SKIP();
	}
	CHECK(next() > 14001); /* new data went out after the retransmission */
	RUN_MS(100);
	COUNTER(TCP_RETRANSMIT, 1);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 15001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	SKIP();
	COUNTER(TCP_RETRANSMIT, 2);
	COUNTER(TCP_TIMEOUT, 0);
	dsl.quiet = true;
}

CASE(rack_of_first, "an ACK sooner than any round trip is of the first transmission", R8985_6_2_e)
{
	open_measured();
	BURST(5);
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 6001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	RUN_MS(10);
	IN(ACK, .ack = 3001, .sack_blocks = {{3001, 6001}});
	CHECK(dsl_flight()->rack_rtt_us > 99000); /* not 10 ms */
	NOTHING();				  /* else 6001 were lost now */
	RUN_MS(1);
	IN(ACK);
}

CASE(rack_of_first_by_echo,
     "so is one that is slow enough, whose timestamp is older than the second", R8985_6_2_e)
{
	for (unsigned second = 0; second < 2; second++) {
		int64_t first;
		uint32_t newest;

		PEER(second);
		ESTABLISH_UNTIMED(.mss = MSS + 12, .ts = 1, .sack = 1);
		BURST(2);
		RUN_MS(100);
		IN(ACK);
		BURST(5);
		first = dsl.last.ts_val;
		RUN_MS(100);
		IN(ACK, .ack = 2001, .ts_ecr = first, .sack_blocks = {{3001, 6001}});
		OUT(ACK, .seq = 2001, .len = MSS);
		newest = dsl_flight()->rack_xmit_us;
		RUN_MS(110);
		IN(ACK, .ack = 6001, .ts_ecr = second ? UNSAID : first);
		CHECK((dsl_flight()->rack_xmit_us != newest) == second);
		if (second) /* sent before what has arrived now */
			OUT(PSH | ACK, .seq = 6001, .len = MSS);
		IN(ACK);
	}
}

CASE(long_idle, "after more than half the circle of the clock nothing is lost that was just sent",
     R8985_6_2_b)
{
	open_measured();
	JUMP_MS(2400000);
	POLL();
	BURST(4);
	RUN_MS(150);
	IN(ACK, .ack = 3001);
	NOTHING();
	RUN_MS(10);
	IN(ACK);
	COUNTER(TCP_RETRANSMIT, 0);
	CHECK(dsl_flight()->rack_rtt_us > 145000);
}

CASE(adopted_retransmission, "a segment sent again, and joined by others, is as old as that",
     R8985_6_2_b)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(200);
	OUT(PSH | ACK, .len = 200);
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .len = 200);
	tct_set_nodelay(dsl_this()->conn, true);
	for (int i = 0; i < 4; i++) {
		SEND_BYTES(200);
		OUT(PSH | ACK, .len = 200);
	}
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{201, 401}});
	CHECK(dsl_flight()->lost_bytes == 0);
	NOTHING();
	IN(ACK);
	COUNTER(TCP_RETRANSMIT, 1);
}

CASE(adopted_karn, "and no round trip is measured with it", R6298_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(200);
	OUT(PSH | ACK, .len = 200);
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .len = 200);
	tct_set_nodelay(dsl_this()->conn, true);
	SEND_BYTES(200);
	OUT(PSH | ACK, .len = 200);
	RUN_MS(10);
	IN(ACK, .ack = 201);
	CHECK(dsl_conn()->srtt_us == 0);
	IN(ACK);
}

/* ---- TLP ------------------------------------------------------------------------------------ */

CASE(probe_last, "two round trips without an ACK: the last segment again, once; then the RTO",
     R8985_7_2, R8985_7_3)
{
	open_measured();
	BURST(3);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 4001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
	AFTER_MS(300);
	OUT(ACK, .seq = 2001, .len = MSS);
	NOTHING();
	COUNTER(TCP_TIMEOUT, 1);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
}

CASE(probe_new, "new data if there is any, whatever cwnd says", R8985_7_3)
{
	open_measured();
	SEND_BYTES(20000);
	while (dsl_pending() > 1)
		OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	AFTER_MS(200);
	OUT(ACK, .len = MSS);
	NOTHING();
	COUNTER(TCP_RETRANSMIT, 0);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
	dsl.quiet = true;
}

CASE(probe_beyond_window, "new data that the peer has no room for is none", R8985_7_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1, .wnd = 2000);
	SEND_BYTES(2000);
	SKIP();
	RUN_MS(100);
	IN(ACK, .wnd = 2000);
	SEND_BYTES(4000);
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	AFTER_MS(200);
	OUT(ACK, .seq = 3001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
	dsl.quiet = true;
}

CASE(probe_single, "a single segment leaves the peer 200 ms more to delay its ACK", R8985_7_2)
{
	TCP(min_rto_ms) = 1000;
	open_measured();
	BURST(1);
	AFTER_MS(400);
	OUT(PSH | ACK, .seq = 2001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
}

CASE(probe_unmeasured, "without a round trip known a second", R8985_7_2)
{
	TCP(initial_rto_ms) = 3000;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(2);
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
}

CASE(probe_needs_sack, "no probe without SACK, whose answer could not be read", R8985_7_2)
{
	ESTABLISH(.mss = MSS);
	BURST(2);
	RUN_MS(100);
	IN(ACK);
	BURST(2);
	RUN_MS(310);
	OUT(ACK, .seq = 2001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 0);
	COUNTER(TCP_TIMEOUT, 1);
}

CASE(probe_restarts, "an ACK restarts the probe's timer, and new data does", R8985_7_2)
{
	open_measured();
	BURST(3);
	RUN_MS(150);
	IN(ACK, .ack = 3001);
	RUN_MS(50);
	BURST(1);
	QUIET_MS(200);
	RUN_MS(25);
	OUT(PSH | ACK, .seq = 5001, .len = MSS);
}

CASE(probe_overdue, "an ACK that came while the probe was overdue is read first", R8985_7_2)
{
	TCP(min_rto_ms) = 1000;
	open_measured();
	BURST(3);
	JUMP_MS(250);
	IN(ACK, .ack = 3001);
	NOTHING();
	QUIET_MS(220);
	RUN_MS(30);
	OUT(PSH | ACK, .seq = 4001, .len = MSS);
	COUNTER(TCP_TAIL_LOSS_PROBE, 1);
}

CASE(probe_repairs, "a loss that the probe repaired reduces cwnd", R8985_7_4_2)
{
	TCP(min_rto_ms) = 1000;
	open_measured();
	BURST(3);
	RUN_MS(100);
	IN(ACK, .ack = 4001);
	AFTER_MS(400);
	OUT(PSH | ACK, .seq = 4001, .len = MSS);
	RUN_MS(100);
	IN(ACK, .ack = 5001);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0); /* not known yet */
	CHECK(dsl_conn()->cwnd >= 10000);
	BURST(2);
	RUN_MS(100);
	IN(ACK);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 1);
	CHECK(dsl_conn()->cwnd >= 7000 && dsl_conn()->cwnd < 10000);
}

CASE(probe_finds, "a SACK of the probe shows the rest to be lost", R8985_7_4_1)
{
	open_measured();
	BURST(5);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 6001, .len = MSS);
	RUN_MS(100);
	IN(ACK, .ack = 2001, .sack_blocks = {{6001, 7001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	SKIP();
	CHECK(dsl_flight()->state == RECOVERY_FAST && !dsl_flight()->tlp_out);
	COUNTER(TCP_TIMEOUT, 0);
	IN(ACK);
	COUNTER(TCP_RETRANSMIT, 3); /* by PRR: what arrived and one more */
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0);
}

CASE(probe_duplicate, "a D-SACK of the probe: nothing was lost", R8985_7_4_2)
{
	open_measured();
	BURST(2);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 3001, .len = MSS);
	IN(ACK, .ack = 4001);
	RUN_MS(50);
	IN(ACK, .ack = 4001, .sack_blocks = {{3001, 4001}});
	CHECK(!dsl_flight()->tlp_out);
	BURST(2);
	IN(ACK);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0);
	COUNTER(TCP_SPURIOUS, 0);
	CHECK(dsl_conn()->ssthresh == UINT32_MAX);
}

CASE(probe_duplicate_late, "a D-SACK of the probe that comes with the ACK of more says so, too",
     R8985_7_4_2)
{
	open_measured();
	BURST(2);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 3001, .len = MSS);
	BURST(1);
	IN(ACK, .ack = 5001, .sack_blocks = {{3001, 4001}});
	CHECK(!dsl_flight()->tlp_out);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0);
	CHECK(dsl_conn()->ssthresh == UINT32_MAX);
}

CASE(probe_duplicate_ack, "without D-SACK a duplicate ACK says so", R8985_7_4_2)
{
	open_measured();
	BURST(2);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 3001, .len = MSS);
	IN(ACK, .ack = 4001);
	CHECK(dsl_flight()->tlp_out);
	IN(ACK, .ack = 4001);
	CHECK(!dsl_flight()->tlp_out);
	BURST(2);
	IN(ACK);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0);
}

CASE(probe_new_acked, "a probe of new data that is acknowledged repaired nothing", R8985_7_4_2)
{
	open_measured();
	SEND_BYTES(14000);
	SKIP();
	AFTER_MS(200);
	OUT(ACK, .len = MSS);
	SKIP();
	RUN_MS(50);
	IN(ACK);
	SKIP();
	CHECK(!dsl_flight()->tlp_out);
	COUNTER(TCP_TAIL_LOSS_RECOVERED, 0);
	CHECK(dsl_conn()->ssthresh == UINT32_MAX);
	IN(ACK);
}
