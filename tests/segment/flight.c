/* SPDX-License-Identifier: BSD-3-Clause */
/* What else may happen while more than one segment is in flight: the FIN, the peer's window, a
 * narrower path, want of memory, the end. */
#include "dsl.h"

/* ---- the FIN -------------------------------------------------------------------------------- */

CASE(fin_probed, "a FIN that is lost alone is probed for, and acknowledged", R8985_7_3,
     3_10_4_close)
{
	TCP(min_rto_ms) = 1000;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	MEASURE();
	HOLD();
	SEND_BYTES(2000);
	SHUTDOWN();
	POLL();
	OUT(ACK, .len = MSS);
	OUT(FIN | PSH | ACK, .len = MSS);
	RUN_MS(100);
	IN(ACK, .ack = 3001);
	NOTHING();
	AFTER_MS(400); /* two round trips and the delay of an ACK */
	OUT(FIN | ACK, .seq = 3001);
	IN(ACK);
	STATE(FIN_WAIT_2);
	COUNTER(TCP_TIMEOUT, 0);
}

CASE(fin_lost_in_recovery, "data with the FIN is a hole like any other", R6675_5, 3_10_4_close)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(6);
	RUN_MS(50);
	HOLD();
	SEND_BYTES(1500);
	SHUTDOWN();
	POLL();
	OUT(ACK, .len = MSS);
	OUT(FIN | PSH | ACK, .len = 500);
	RUN_MS(50);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 6001}});
	OUT(ACK, .seq = 1, .len = MSS);
	RUN_MS(50);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 7001}});
	RUN_MS(50); /* of the retransmission; the FIN is still missing */
	IN(ACK, .ack = 7001);
	STATE(FIN_WAIT_1);
	OUT(FIN | PSH | ACK, .seq = 7001, .len = 500);
	IN(ACK, .ack = 7502);
	STATE(FIN_WAIT_2);
	QUIET_MS(3000);
}

/* ---- the window ----------------------------------------------------------------------------- */

CASE(zero_window_in_recovery, "a window that closes in recovery is probed, and recovery goes on",
     MUST_34, MUST_35, SHLD_17)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	MEASURE();
	BURST(6); /* 1001 to 7001 */
	RUN_MS(100);
	IN(ACK, .ack = 1001, .wnd = 0, .sack_blocks = {{3001, 7001}});
	NOTHING();
	RUN_MS(1000);
	OUT(ACK, .seq = 1001, .len = 1);
	SKIP();
	STATE(ESTABLISHED);
	IN(ACK, .ack = 1002);
	SKIP();
	dsl.quiet = true;
	IN(ACK);
	CHECK(dsl_flight()->bytes == 0);
}

CASE(shrunk_window_in_recovery, "what lies beyond a window that shrank waits; the rest does not",
     MUST_34, SHLD_15, SHLD_16, SHLD_17)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(20000);
	SKIP(); /* 1 to 10001; lost: 1, 7001 */
	RUN_MS(100);
	IN(ACK, .ack = 1, .wnd = 5000, .sack_blocks = {{1001, 7001}, {8001, 10001}});
	OUT(ACK, .seq = 1, .len = MSS);
	NOTHING(); /* 7001 lies beyond, and what is new, too */
	IN(ACK, .ack = 7001, .wnd = 5000, .sack_blocks = {{8001, 10001}});
	OUT(ACK, .seq = 7001, .len = MSS);
	OUT(ACK, .seq = 10001, .len = MSS);
	OUT(ACK, .seq = 11001, .len = MSS);
	NOTHING();
	dsl.quiet = true;
}

/* ---- the path ------------------------------------------------------------------------------- */

CASE(smaller_path, "a path that became narrower: again in smaller segments, cwnd as it was",
     R5927_4_1, MUST_54)
{
	struct tuple t = dsl_tuple();
	uint16_t mtu = dsl.ip4 ? 1040 : 1290;
	unsigned mss = dsl.ip4 ? 1000 : 1230, left = 4200, seq = 1;
	uint32_t cwnd;

	ESTABLISH(.mss = 1400, .sack = 1);
	SEND_BYTES(5600);
	SKIP();
	cwnd = dsl_conn()->cwnd;
	IN(ACK, .ack = 1, .sack_blocks = {{4201, 5601}}); /* it was not too large for all */
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1401, mtu);
	POLL();
	for (unsigned edge = 0; left; seq += edge, left -= edge) {
		edge = left < mss ? left : mss;
		OUT(ACK, .seq = seq, .len = edge);
	}
	NOTHING();
	CHECK(dsl_conn()->cwnd == cwnd && dsl_conn()->ssthresh == UINT32_MAX);
	COUNTER(TCP_FAST_RECOVERY, 0);
	IN(ACK);
	CHECK(dsl_conn()->cwnd >= cwnd);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
}

/* ---- want of memory ------------------------------------------------------------------------- */

CASE(no_flight, "without a record a connection goes on, one segment at a time", R5681_3_1_a)
{
	MEMORY(flights) = 1;
	ESTABLISH(.mss = MSS, .sack = 1);
	BURST(2);
	IN(ACK);
	PEER(1);
	ESTABLISH(.mss = MSS, .sack = 1);
	SEND_BYTES(3000);
	OUT(ACK, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->flight == POOL_NONE);
	CHECK(rig.counters.v[COUNTER_TCP_FLIGHT_FULL] > 0);
	IN(ACK);
	OUT(ACK, .len = MSS);
	AFTER_MS(200);
	OUT(ACK, .seq = 1001, .len = MSS);
	IN(ACK);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(no_range, "without a range to spare no more goes out, and what is lost is found all the same",
     R5681_3_1_a)
{
	MEMORY(flights) = 1; /* four ranges */
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	for (int i = 0; i < 4; i++) {
		BURST(1);
		RUN_MS(2);
	}
	SEND_BYTES(1000);
	NOTHING();
	CHECK(rig.stack->ranges.used == 4);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 4001}});
	OUT(ACK, .seq = 1, .len = MSS);
	OUT(PSH | ACK, .seq = 4001, .len = MSS);
	IN(ACK);
	CHECK(rig.stack->ranges.used == 0);
	BURST(7);
	RUN_MS(50);
	IN(ACK, .ack = 5001, .sack_blocks = {{6001, 7001}, {8001, 9001}, {10001, 11001}});
	CHECK(rig.stack->ranges.used == 4);
	CHECK(rig.counters.v[COUNTER_TCP_RANGE_FULL] > 0);
	SKIP();
	RUN_MS(50);
	SKIP();
	IN(ACK, .ack = 12001);
	QUIET_MS(3000);
}

CASE(no_buffer_in_recovery, "a retransmission that finds no buffer is made in the next poll",
     R6675_5)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(6);
	RUN_MS(100);
	rig.spare_max = TX_RESERVE - 5;
	POLL();
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 5001}});
	NOTHING();
	CHECK(dsl_flight()->lost_bytes == 1000);
	rig.spare_max = 200;
	POLL();
	OUT(ACK, .seq = 1, .len = MSS);
	IN(ACK);
	COUNTER(TCP_RETRANSMIT, 1);
}

CASE(no_buffer_for_probe, "a probe that found no buffer is not sent once its segment has arrived",
     R8985_7_3)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	MEASURE();
	BURST(2);
	rig.spare_max = TX_RESERVE - 5;
	RUN_MS(210);
	NOTHING();
	CHECK(dsl_flight()->probe_due);
	HOLD();
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 3001}});
	rig.spare_max = 200;
	POLL();
	NOTHING();
	RUN_MS(60);
	OUT(ACK, .seq = 1001, .len = MSS);
	IN(ACK);
	COUNTER(TCP_TAIL_LOSS_PROBE, 0);
}

CASE(abort_in_recovery, "ABORT gives all back", 3_10_5_abort)
{
	MEMORY(flights) = 1;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(6);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 2001}, {3001, 5001}});
	SKIP();
	ABORT();
	OUT(RST | ACK, .seq = 6001);
	EVENT(closed, TCT_ABORTED);
	CHECK(rig.stack->flights.used == 0 && rig.stack->ranges.used == 0);
}

CASE(close_in_recovery, "CLOSE in recovery: the holes first, then the FIN", 3_10_4_close)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(6);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 5001}});
	OUT(ACK, .seq = 1, .len = MSS);
	CLOSE();
	OUT(FIN | ACK, .seq = 6001);
	IN(ACK, .ack = 6001);
	STATE(FIN_WAIT_1);
	IN(FIN | ACK, .ack = 6002);
	OUT(ACK);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	CHECK(rig.stack->flights.used == 0 && rig.stack->ranges.used == 0);
}
