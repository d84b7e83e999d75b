/* SPDX-License-Identifier: BSD-3-Clause */
/* When cwnd grows, when it does not, and what else makes it fall: RFC 5681 4.1, RFC 9438, RFC
 * 3168. */
#include "dsl.h"

/* A window of data, and its ACK 100 ms later. */
static void
round_trip(unsigned segments)
{
	SEND_BYTES(segments * MSS);
	SKIP();
	RUN_MS(100);
	IN(ACK);
	SKIP();
}

/* All that is left to send is sent and acknowledged. */
static void
drain(void)
{
	while (dsl_flight()->bytes) {
		RUN_MS(50);
		IN(ACK);
		SKIP();
	}
}

/* One loss out of four segments, repaired: ssthresh is 7000, or half of four by NewReno. */
static void
lose(void)
{
	int64_t at = (int32_t)(dsl_this()->rcv_nxt - dsl_this()->iss);

	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = at, .sack_blocks = {{at + 1000, at + 4000}});
	SKIP();
	RUN_MS(100);
	IN(ACK);
}

CASE(idle_restart, "after an RTO of idleness the window is the initial one again", R5681_4_1)
{
	uint32_t cwnd;

	ESTABLISH(.mss = MSS);
	for (int i = 0; i < 4; i++)
		round_trip(dsl_conn()->cwnd / MSS);
	cwnd = dsl_conn()->cwnd;
	CHECK(cwnd > 20000);
	RUN_MS(150); /* since the last segment 250: less than the RTO */
	SEND_BYTES(MSS);
	SKIP();
	CHECK(dsl_conn()->cwnd == cwnd);
	RUN_MS(100);
	IN(ACK);
	RUN_MS(400);
	SEND_BYTES(30000);
	for (int i = 0; i < 10; i++)
		OUT(ACK, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->cwnd == 10000 && dsl_conn()->ssthresh == UINT32_MAX);
	dsl.quiet = true;
}

CASE(idle_small, "a window below the initial one is not raised by idleness", R5681_4_1)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	lose();
	CHECK(dsl_conn()->cwnd < 8000);
	RUN_MS(5000);
	SEND_BYTES(20000);
	for (int i = 0; i < 7; i++)
		OUT(ACK, .len = MSS);
	NOTHING();
	dsl.quiet = true;
}

CASE(idle_ssthresh, "ssthresh remembers three quarters of the window that was", R5681_4_1)
{
	TCP(send_buffer) = 1 << 20;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	lose();
	while (dsl_conn()->cwnd < 20000)
		round_trip(dsl_conn()->cwnd / MSS + 2);
	drain();
	RUN_MS(5000);
	SEND_BYTES(1000);
	SKIP();
	CHECK(dsl_conn()->cwnd == 10000);
	CHECK(dsl_conn()->ssthresh >= 15000 && dsl_conn()->ssthresh <= 17000);
	dsl.quiet = true;
}

CASE(application_limited, "a window that the application does not fill does not grow", R9438_5_8)
{
	ESTABLISH(.mss = MSS);
	for (int i = 0; i < 10; i++)
		round_trip(3);
	CHECK(dsl_flight() && dsl_conn()->cwnd == 10000);
	round_trip(10);
	CHECK(dsl_conn()->cwnd > 10000);
}

CASE(application_limited_avoidance, "nor in congestion avoidance", R9438_5_8)
{
	uint32_t cwnd;

	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	lose();
	cwnd = dsl_conn()->cwnd;
	for (int i = 0; i < 10; i++)
		round_trip(6);
	CHECK(dsl_conn()->cwnd == cwnd);
	for (int i = 0; i < 10; i++)
		round_trip(12);
	CHECK(dsl_conn()->cwnd > cwnd + MSS);
}

CASE(peer_limited, "nor one that the peer's window does not let fill", R9438_5_8)
{
	ESTABLISH(.mss = MSS, .wnd = 4000);
	SEND_BYTES(60000);
	SKIP();
	for (int i = 0; i < 10; i++) {
		RUN_MS(20);
		IN(ACK, .wnd = 4000);
		SKIP();
	}
	CHECK(dsl_conn()->cwnd == 10000);
	dsl.quiet = true;
}

CASE(newreno_linear, "NewReno: a segment each round trip", R5681_3_1_a)
{
	uint32_t cwnd;

	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(8);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 8001}});
	OUT(ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 4000);
	RUN_MS(100);
	IN(ACK);
	for (int i = 0; i < 20; i++) {
		cwnd = dsl_conn()->cwnd;
		round_trip(cwnd / MSS + 2);
		CHECK(dsl_conn()->cwnd >= cwnd + MSS * 7 / 10);
		CHECK(dsl_conn()->cwnd <= cwnd + MSS);
	}
	dsl.quiet = true;
}

CASE(cubic_default, "CUBIC falls to 0.7 and comes back, with no loss, to where it was", R9438_4_2,
     R9438_4_6)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	lose();
	CHECK(dsl_conn()->ssthresh == 7000);
	for (int i = 0; i < 21; i++) /* K is 2 s: 3 segments are missing of 10 */
		round_trip(dsl_conn()->cwnd / MSS + 2);
	CHECK(dsl_conn()->cwnd > 9500);
	dsl.quiet = true;
}

CASE(single_grows, "a window of one segment grows, if only one is ever in flight", R5681_3_1_a)
{
	ESTABLISH_UNTIMED(.mss = MSS);
	BURST(1);
	RUN_MS(1005);
	OUT(PSH | ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->cwnd == MSS);
	IN(ACK);
	CHECK(dsl_conn()->cwnd == 2 * MSS);
	BURST(1);
	IN(ACK);
	CHECK(dsl_conn()->cwnd == 2 * MSS && !dsl_flight());
}

CASE(ecn_round, "a round of echoes ends with the ACK that passes it", R3168_6_1_2)
{
	ESTABLISH(.flags = ECE | CWR, .mss = MSS);
	BURST(4);
	IN(ECE | ACK, .ack = 1001);
	CHECK(dsl_flight()->cwr_open && dsl_conn()->ssthresh == 7000);
	IN(ACK);
	CHECK(!dsl_flight()->cwr_open);
}

CASE(ecn_timeout, "a timeout is followed by CWR, on the first new data", R3168_6_1_2)
{
	ESTABLISH_UNTIMED(.flags = ECE | CWR, .mss = MSS);
	BURST(4);
	RUN_MS(1005);
	OUT(ACK, .seq = 1, .len = MSS);
	IN(ACK);
	SEND_BYTES(MSS);
	OUT(CWR | PSH | ACK, .len = MSS);
	IN(ACK);
	PEER(1); /* alone in flight */
	ESTABLISH_UNTIMED(.flags = ECE | CWR, .mss = MSS);
	SEND_BYTES(MSS);
	OUT(PSH | ACK, .len = MSS);
	RUN_MS(1005);
	OUT(PSH | ACK, .seq = 1, .len = MSS);
	IN(ACK);
	SEND_BYTES(MSS);
	OUT(CWR | PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(ecn_in_recovery, "an echo in recovery reduces no further; the recovery says CWR", R3168_6_1_2)
{
	ESTABLISH_UNTIMED(.flags = ECE | CWR, .mss = MSS, .sack = 1);
	BURST(6);
	RUN_MS(100);
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 5001}});
	OUT(ACK, .seq = 1001, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 7000);
	SEND_BYTES(MSS);
	OUT(CWR | PSH | ACK, .len = MSS);
	IN(ECE | ACK, .ack = 1001, .sack_blocks = {{2001, 6001}});
	CHECK(dsl_conn()->ssthresh == 7000);
	IN(ACK);
}
