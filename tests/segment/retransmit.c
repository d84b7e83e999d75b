/* SPDX-License-Identifier: BSD-3-Clause */
/* Retransmission, round trips, limits: RFC 9293 3.8.1 to 3.8.3, RFC 6298, the timer side of RFC
 * 5681. */
#include "dsl.h"

CASE(retransmission, "data after 1, 2, 4 s from the first byte, until acknowledged", MUST_19,
     R6298_5_1, R6298_5_5, R6298_2)
{
	ESTABLISH_UNTIMED(.mss = 1460);
	SEND("lost");
	OUT(PSH | ACK, .data = "lost");
	for (int ms = 1000; ms <= 4000; ms *= 2) {
		AFTER_MS(ms);
		OUT(PSH | ACK, .seq = 1, .data = "lost");
	}
	EVENT(error, -ETIMEDOUT);
	IN(ACK);
	QUIET_MS(20000);
	COUNTER(TCP_RETRANSMIT, 3);
	COUNTER(TCP_TIMEOUT, 3);
}

CASE(timer_restarts, "an ACK of new data restarts the timer; all acknowledged stops it", R6298_5_1)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(2000);
	OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 1000);
	RUN_MS(900);
	IN(ACK, .ack = 1001);
	/* srtt 0.9 s, rttvar 0.45 s: RTO 2.7 s */
	AFTER_MS(2700);
	OUT(PSH | ACK, .seq = 1001, .len = 1000);
	IN(ACK);
	QUIET_MS(20000);
}

CASE(neighbour_reached, "an ACK of something new says that the neighbour is there", R1122_2_3_2_1)
{
	const uint32_t *reached = &rig.reached[HOP_TEST];

	ESTABLISH();
	IN(ACK);
	CHECK(*reached == 0);
	SEND("a");
	OUT(PSH | ACK, .len = 1);
	RUN_MS(10);
	IN(ACK);
	CHECK(*reached == rig.stack->now);
	RUN_MS(10);
	IN(ACK);
	CHECK(*reached != rig.stack->now);
}

CASE(info_of_the_send_buffer, "each queued byte is told as unacked or as not sent, once")
{
	struct tct_info info;

	ESTABLISH(.mss = 1000, .wnd = 1000);
	SEND_BYTES(1500);
	OUT(ACK, .len = 1000);
	tct_info(dsl_this()->conn, &info);
	CHECK(info.unacked == 1000 && info.queued == 500 && !info.fin_unacked);
	rig.spare_max = TX_RESERVE - 5;
	RUN_MS(1000); /* rewound, and there is no buffer to send it again in */
	CHECK(dsl_conn()->snd_nxt == dsl_conn()->snd_una);
	tct_info(dsl_this()->conn, &info);
	CHECK(info.unacked == 1000 && info.queued == 500);
	rig.spare_max = 200;
	POLL();
	OUT(ACK, .seq = 1, .len = 1000);
	IN(ACK, .ack = 1001, .wnd = 1000);
	OUT(PSH | ACK, .len = 500);
	SHUTDOWN();
	OUT(FIN | ACK);
	tct_info(dsl_this()->conn, &info);
	CHECK(info.unacked == 500 && info.queued == 0 && info.fin_unacked);
	CHECK(tct_fin_unacked(dsl_this()->conn));
	IN(ACK, .ack = 1501);
	tct_info(dsl_this()->conn, &info);
	CHECK(info.unacked == 0 && info.queued == 0 && info.fin_unacked);
	IN(ACK);
	tct_info(dsl_this()->conn, &info);
	CHECK(!info.fin_unacked && !tct_fin_unacked(dsl_this()->conn));
	PEER(1);
	CONNECT();
	OUT(SYN);
	SEND_BYTES(10); /* waits for the handshake: the SYN is no data */
	tct_info(dsl_this()->conn, &info);
	CHECK(info.unacked == 0 && info.queued == 10);
	ABORT();
	EVENT(closed, TCT_ABORTED);
}

CASE(rto_from_rtt, "RTO is srtt + 4 rttvar, not below the minimum", MUST_18, R6298_2, R6298_2_4)
{
	ESTABLISH_UNTIMED();
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	RUN_MS(100);
	IN(ACK);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 101500);
	SEND("b");
	OUT(PSH | ACK, .data = "b");
	AFTER_MS(301);
	OUT(PSH | ACK, .seq = 2, .data = "b");
	PEER(1);
	ESTABLISH_UNTIMED();
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	IN(ACK);
	SEND("b");
	OUT(PSH | ACK, .data = "b");
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 2, .data = "b");
	SKIP();
}

CASE(syn_ack_timed, "the SYN-ACK is the first sample, so the first RTO is of the path", R6298_2)
{
	ESTABLISH();
	CHECK(dsl_conn()->srtt_us == 1);
	SHUTDOWN();
	OUT(FIN | ACK);
	AFTER_MS(200);
	OUT(FIN | ACK, .seq = 1);
	IN(ACK);
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	RUN_MS(100);
	IN(ACK);
	EVENT(opened);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(300);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	PEER(2);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	RUN_MS(100);
	IN(ACK);
	EVENT(opened);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	RUN_MS(250);
	IN(ACK);
	SEND("b");
	OUT(PSH | ACK, .data = "b");
	AFTER_MS(419); /* srtt 119, rttvar 75 ms */
	OUT(PSH | ACK, .seq = 2, .data = "b");
}

CASE(syn_ack_timed_well, "to 64 us, in whatever part of a tick it was sent", R6298_2)
{
	LISTEN();
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		uint32_t rtt_us = 7 * i;

		dsl_run(611);
		PEER(i);
		IN(SYN, .seq = 100);
		OUT(SYN | ACK);
		dsl_run(rtt_us);
		IN(ACK);
		EVENT(opened);
		CHECK(dsl_conn()->srtt_us >= rtt_us && dsl_conn()->srtt_us < rtt_us + 64);
		ABORT();
		OUT(RST | ACK);
		EVENT(closed, TCT_ABORTED);
	}
}

CASE(syn_ack_timed_tick_0, "also if the deadline would be tick 0, which it never is", R6298_2)
{
	rig.start_us = (((uint64_t)1 << 32) - 977) << TICK_SHIFT;
	for (unsigned i = 0; i < 2; i++) {
		PEER(i);
		ESTABLISH();
		CHECK(dsl_conn()->srtt_us == 1);
		dsl_run(1024);
	}
}

CASE(syn_ack_karn, "no sample from a SYN-ACK that was sent twice, by the timer or for a SYN",
     MUST_18, R6298_3, R6298_5_7)
{
	struct tuple tuple;

	ESTABLISH_UNTIMED();
	CHECK(dsl_conn()->srtt_us == 0);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0);
	RUN_MS(100);
	tuple = dsl_tuple();
	IN(ACK, .ts = 1, .ts_ecr = rig.stack->now - 50 + ts_offset_make(rig.stack, &tuple));
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us == 0);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(3000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	PEER(2); /* in the same record */
	ESTABLISH();
	CHECK(dsl_conn()->srtt_us && dsl_conn()->srtt_us < 64);
}

/* A SYN-ACK that is sent twice, the second is answered after ms. */
static void
open_late(unsigned n, unsigned ms)
{
	PEER(n);
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0);
	dsl_run(dsl.last_us + ms * 1000 - rig.now_us);
}

CASE(syn_ack_echo, "a timestamp tells which SYN-ACK was answered; the RTO is 3 s all the same",
     R6298_3, R6298_5_7)
{
	LISTEN();
	open_late(0, 100);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 105000);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(3000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	/* 1.5 s, rttvar 0.75 s: more than the 3 s */
	open_late(1, 1500);
	IN(ACK);
	EVENT(opened);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(4505);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	/* for a SYN that came again */
	PEER(2);
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK);
	RUN_MS(500);
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK, .seq = 0);
	RUN_MS(100);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 105000);
}

CASE(syn_ack_echo_of_first,
     "that of the first may be of a lost ACK, and is no sample; nor is any "
     "that is not ours",
     R6298_3)
{
	LISTEN();
	for (unsigned i = 0; i < 3; i++) {
		uint32_t first;

		open_late(i, 100);
		first = dsl_this()->ts_seen - 977;
		IN(ACK, .ts_ecr = i == 0 ? first : i == 1 ? first + 2000 : 0);
		EVENT(opened);
		CHECK(dsl_conn()->srtt_us == 0);
	}
}

CASE(syn_echo, "of our own SYNs, too, a timestamp tells which was answered", R6298_3, R6298_5_7)
{
	for (unsigned i = 0; i < 3; i++) {
		int64_t first;

		PEER(i);
		CONNECT();
		OUT(SYN);
		first = dsl.last.ts_val;
		AFTER_MS(1000);
		OUT(SYN, .seq = 0);
		RUN_MS(100);
		IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1012, .ts = 1,
		   .ts_ecr = i == 0   ? UNSAID
			     : i == 1 ? first
				      : first + 2000);
		OUT(ACK);
		EVENT(opened);
		if (i == 0)
			CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 105000);
		else
			CHECK(dsl_conn()->srtt_us == 0);
		SEND("a");
		OUT(PSH | ACK, .data = "a");
		AFTER_MS(3000);
		OUT(PSH | ACK, .seq = 1, .data = "a");
		IN(ACK);
	}
}

/* The peer's SYN comes after 60 ms, after the SYN was sent once more, or before; what acknowledges
 * ours 40 ms later. */
static void
cross(unsigned peer, bool timeout)
{
	PEER(peer);
	CONNECT();
	OUT(SYN);
	if (timeout) {
		AFTER_MS(1000);
		OUT(SYN, .seq = 0);
	}
	RUN_MS(60);
	IN(SYN, .seq = 500, .mss = 1012, .ts = 1);
}

CASE(simultaneous_open_echo,
     "a simultaneous open has a sample by timestamp, if no timer can have part in it", R6298_3,
     MUST_10)
{
	int64_t syn;

	cross(0, false);
	syn = dsl_this()->ts_seen;
	OUT(SYN | ACK, .seq = 0);
	RUN_MS(40);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1012, .ts = 1, .ts_ecr = syn);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 105000);
	cross(1, false);
	OUT(SYN | ACK, .seq = 0);
	RUN_MS(40);
	IN(ACK, .seq = 501, .ack = 1); /* of the SYN-ACK */
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us > 39000 && dsl_conn()->srtt_us < 45000);
	cross(2, true);
	syn = dsl_this()->ts_seen;
	OUT(SYN | ACK, .seq = 0);
	RUN_MS(40);
	IN(ACK, .seq = 501, .ack = 1, .ts_ecr = syn);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us == 0);
	for (unsigned i = 3; i < 43; i++) { /* from and to all parts of a tick */
		cross(i, true);
		OUT(SYN | ACK, .seq = 0);
		RUN_MS(i);
		IN(ACK, .seq = 501, .ack = 1);
		EVENT(opened);
		CHECK(dsl_conn()->srtt_us > 1000 * i - 500 &&
		      dsl_conn()->srtt_us < 1000 * i + 3000);
	}
}

CASE(karn, "no sample from what was sent twice, and the back-off stays until there is one", MUST_18,
     R6298_3)
{
	ESTABLISH_UNTIMED();
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	CHECK(dsl_conn()->srtt_us == 0);
	SEND("b");
	OUT(PSH | ACK, .data = "b");
	AFTER_MS(2000);
	OUT(PSH | ACK, .seq = 2, .data = "b");
	IN(ACK);
	SEND("c");
	OUT(PSH | ACK, .data = "c");
	RUN_MS(100);
	IN(ACK);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 101500);
	SEND("d");
	OUT(PSH | ACK, .data = "d");
	AFTER_MS(301);
	OUT(PSH | ACK, .seq = 4, .data = "d");
}

CASE(rto_max, "the back-off ends at the upper bound", R6298_2_5)
{
	TCP(max_rto_ms) = 4000;
	ESTABLISH_UNTIMED();
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	AFTER_MS(2000);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	for (int i = 0; i < 4; i++) {
		AFTER_MS(4000);
		OUT(PSH | ACK, .seq = 1, .data = "a");
		if (i == 0)
			EVENT(error, -ETIMEDOUT);
	}
}

CASE(r2, "given up at the user timeout: RST, and the service is told; R1 before", MUST_20, MUST_21,
     SHLD_9, SHLD_10, SHLD_11, MUST_47)
{
	ESTABLISH_UNTIMED();
	tct_set_user_timeout(dsl_this()->conn, 7000);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	for (int ms = 1000; ms <= 4000; ms *= 2) {
		AFTER_MS(ms);
		if (ms < 4000)
			OUT(PSH | ACK, .seq = 1, .data = "a");
	}
	OUT(RST | ACK, .seq = 2);
	EVENT(closed, TCT_TIMED_OUT);
	STATE(CLOSED);
	COUNTER(CONN_RETRANSMIT_LIMIT, 1);
}

CASE(r2_default, "by default not before 100 s", SHLD_11, MUST_20)
{
	ESTABLISH();
	SEND("a");
	SKIP();
	RUN_MS(119000);
	STATE(ESTABLISHED);
	SKIP();
	RUN_MS(70000);
	STATE(CLOSED);
	SKIP();
	EVENT(error, -ETIMEDOUT);
	EVENT(closed, TCT_TIMED_OUT);
}

CASE(r2_never, "a user timeout of 0 is none", MUST_21)
{
	ESTABLISH();
	tct_set_user_timeout(dsl_this()->conn, 0);
	SEND("a");
	RUN_MS(1000000);
	SKIP();
	STATE(ESTABLISHED);
	EVENT(error, -ETIMEDOUT);
}

CASE(r2_progress, "any progress starts R2 anew", MUST_20)
{
	ESTABLISH(.mss = 1000);
	tct_set_user_timeout(dsl_this()->conn, 5000);
	SEND_BYTES(2000);
	SKIP();
	RUN_MS(3500);
	SKIP();
	IN(ACK, .ack = 1001);
	SKIP();
	RUN_MS(4500);
	SKIP();
	STATE(ESTABLISHED);
	IN(ACK);
	SKIP();
	dsl.quiet = true;
}

CASE(rewound_ack, "an ACK beyond snd_nxt while retransmitting is taken", MUST_19, 3_10_7_4_ack)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(3000);
	OUT(ACK, .len = 1000);
	OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 1000);
	AFTER_MS(1000);
	OUT(ACK, .seq = 1, .len = 1000); /* cwnd is one segment */
	IN(ACK, .ack = 2001);
	OUT(PSH | ACK, .seq = 2001, .len = 1000);
	IN(ACK);
	QUIET_MS(5000);
}

CASE(rewound_answer, "an ACK sent while retransmitting has a number that the peer takes",
     3_10_7_4_text)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(3000);
	SKIP();
	RUN_MS(1010);
	OUT(ACK, .seq = 1, .len = 1000);
	IN(PSH | ACK, .ack = 1, .data = "x");
	RECEIVED("x");
	AFTER_MS(40);
	OUT(ACK, .seq = 3001);
	SKIP();
}

CASE(rewound_abort, "ABORT while retransmitting: the RST has a number that the peer takes",
     3_10_5_abort)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(3000);
	SKIP();
	RUN_MS(1010);
	OUT(ACK, .seq = 1, .len = 1000);
	ABORT();
	OUT(RST | ACK, .seq = 3001);
	EVENT(closed, TCT_ABORTED);
}

CASE(fin_rewound, "data and FIN lost: both come again, in order", 3_10_4_close, MUST_19)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	HOLD();
	SEND_BYTES(2000);
	SHUTDOWN();
	POLL();
	OUT(ACK, .len = 1000);
	OUT(FIN | PSH | ACK, .len = 1000);
	AFTER_MS(1000);
	OUT(ACK, .seq = 1, .len = 1000);
	IN(ACK, .ack = 1001);
	OUT(FIN | PSH | ACK, .seq = 1001, .len = 1000);
	IN(ACK, .ack = 2001);
	NOTHING();
	IN(ACK, .ack = 2002);
	STATE(FIN_WAIT_2);
	QUIET_MS(5000);
}

CASE(initial_window, "ten segments at first, no more than 14600 bytes", R5681_3_1_a, MUST_19,
     R6928_2)
{
	ESTABLISH(.mss = 1000, .wnd = 65535);
	SEND_BYTES(20000);
	for (int i = 0; i < 10; i++)
		OUT(ACK, .len = 1000);
	NOTHING();
	CHECK(dsl_conn()->cwnd == 10000);
	rig.mtu = 9000;
	PEER(1);
	ESTABLISH(.mss = 4380);
	CHECK(dsl_conn()->cwnd == 14600);
	PEER(2);
	ESTABLISH(.mss = 8000);
	CHECK(dsl_conn()->cwnd == 16000);
}

CASE(slow_start, "cwnd grows by what is acknowledged, eight segments an ACK at most", MUST_19,
     R5681_3_1_a, R5681_3_1_c)
{
	ESTABLISH(.mss = 1000);
	SEND_BYTES(30000);
	SKIP();
	IN(ACK, .ack = 1001);
	CHECK(dsl_conn()->cwnd == 11000);
	SKIP();
	IN(ACK, .ack = 1501);
	CHECK(dsl_conn()->cwnd == 11500);
	SKIP();
	IN(ACK, .ack = 5001);
	CHECK(dsl_conn()->cwnd == 15000);
	SKIP();
	IN(ACK, .ack = 15001);
	CHECK(dsl_conn()->cwnd == 23000);
	SKIP();
	dsl.quiet = true;
}

CASE(slow_start_stretch, "where receivers put many segments together, by a quarter of the window",
     MUST_19)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .wnd = 1000);
	dsl_conn()->cwnd = 48000;
	SEND_BYTES(60000);
	SKIP();
	IN(ACK, .ack = 10001);
	CHECK(dsl_conn()->cwnd == 58000);
	SKIP();
	IN(ACK, .ack = 40001);
	CHECK(dsl_conn()->cwnd == 58000 + 14500);
	SKIP();
	dsl.quiet = true;
}

CASE(loss_window,
     "after a time-out one segment; ssthresh half the flight; then slow start, then linear",
     MUST_19, R5681_3_1_b, R5681_3_1_a)
{
	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(30000);
	SKIP();
	RUN_MS(1005);
	OUT(ACK, .seq = 1, .len = 1000);
	CHECK(dsl_conn()->cwnd == 1000 && dsl_conn()->ssthresh == 5000);
	AFTER_MS(2000); /* again: ssthresh stays */
	OUT(ACK, .seq = 1, .len = 1000);
	CHECK(dsl_conn()->cwnd == 1000 && dsl_conn()->ssthresh == 5000);
	IN(ACK, .ack = 1001);
	OUT(ACK, .seq = 1001, .len = 1000);
	OUT(ACK, .seq = 2001, .len = 1000);
	CHECK(dsl_conn()->cwnd == 2000);
	for (int i = 2; i <= 4; i++) {
		IN(ACK, .ack = 1000 * i + 1);
		SKIP();
	}
	CHECK(dsl_conn()->cwnd == 5000);
	IN(ACK, .ack = 5001);
	SKIP();
	CHECK(dsl_conn()->cwnd == 5200);
	dsl.quiet = true;
}

CASE(ssthresh_floor, "ssthresh is never below two segments", R5681_3_1_b)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND("x");
	OUT(PSH | ACK, .data = "x");
	AFTER_MS(1000);
	OUT(PSH | ACK, .seq = 1, .data = "x");
	CHECK(dsl_conn()->ssthresh == 2000);
}

CASE(shrunk_mss, "ICMP too big: what is in flight comes again, smaller", MUST_54, R5927_4_1)
{
	struct tuple t = dsl_tuple();
	uint16_t mtu = dsl.ip4 ? 1040 : 1290;
	unsigned mss = dsl.ip4 ? 1000 : 1230;

	ESTABLISH(.mss = 1400);
	SEND_BYTES(1400);
	OUT(PSH | ACK, .len = 1400);
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss, mtu);	      /* not in flight */
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1401, mtu); /* nor this */
	POLL();
	NOTHING();
	COUNTER(DROP_ICMP_UNMATCHED, 2);
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1, mtu);
	POLL();
	OUT(ACK, .seq = 1, .len = mss);
	OUT(PSH | ACK, .seq = 1 + mss, .len = 1400 - mss);
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1, 0);
	CHECK(dsl_conn()->mss == (dsl.ip4 ? 536 : 1220));
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1, 1500);
	CHECK(dsl_conn()->mss == (dsl.ip4 ? 536 : 1220));
	POLL();
	SKIP();
	IN(ACK);
}

CASE(icmp_soft, "soft errors are told and end nothing", MUST_54, MUST_56, SHLD_25, MUST_47,
     R5927_4_1, R1122_4_2_3_9)
{
	struct tuple t = dsl_tuple();

	ESTABLISH();
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss + 1, -EHOSTUNREACH, false);
	COUNTER(DROP_ICMP_UNMATCHED, 1); /* nothing is in flight */
	SEND("x");
	OUT(PSH | ACK, .data = "x");
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss + 1, -EHOSTUNREACH, false);
	EVENT(error, -EHOSTUNREACH);
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss + 1, -ENETUNREACH, true); /* RFC 5927 5.2 */
	EVENT(error, -ENETUNREACH);
	t.remote_port++;
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss + 1, -ENETUNREACH, true);
	COUNTER(DROP_ICMP_UNMATCHED, 2);
	STATE(ESTABLISHED);
	IN(ACK);
}

CASE(icmp_hard, "a hard error ends an attempt to connect; a soft one does not", SHLD_26, MUST_56,
     R5927_4_1)
{
	struct tuple t;

	CONNECT();
	OUT(SYN);
	t = dsl_tuple();
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss, -EHOSTUNREACH, false);
	EVENT(error, -EHOSTUNREACH);
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss + 1, -EHOSTUNREACH, true);
	COUNTER(DROP_ICMP_UNMATCHED, 1);
	STATE(SYN_SENT);
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss, -EHOSTUNREACH, true);
	POLL();
	STATE(CLOSED);
	EVENT(closed, TCT_UNREACHABLE);
	COUNTER(CONN_FAILED_UNREACHABLE, 1);
	COUNTER(ICMP_HARD_ERROR, 1);
	COUNTER(ICMP_SOFT_ERROR, 1);
}

CASE(icmp_half_open, "ICMP about a half-open or a time-wait is of nobody", R5927_4_1)
{
	struct tuple t = dsl_tuple();

	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	tcp_icmp_error(rig.stack, &t, dsl_this()->iss, -EHOSTUNREACH, true);
	STATE(SYN_RCVD);
	COUNTER(DROP_ICMP_UNMATCHED, 1);
}

CASE(keepalive_off, "no keepalive unless asked for", MUST_25, MAY_5)
{
	ESTABLISH();
	QUIET_MS(8000000);
}

CASE(keepalive, "a probe without data after the idle time; any answer starts anew", MUST_24,
     MUST_26, MUST_27, SHLD_12, MAY_5)
{
	ESTABLISH();
	tct_set_keepalive(dsl_this()->conn, 10000);
	AFTER_MS(10000);
	OUT(ACK, .seq = 0);
	IN(ACK);
	AFTER_MS(10000);
	OUT(ACK, .seq = 0);
	IN(ACK);
	RUN_MS(5000);
	IN(ACK, .data = "x");
	AFTER_MS(40);
	OUT(ACK);
	QUIET_MS(9900);
	RUN_MS(150);
	OUT(ACK, .seq = 0);
	IN(ACK);
	tct_set_keepalive(dsl_this()->conn, 0);
	QUIET_MS(100000);
	COUNTER(TCP_KEEPALIVE_PROBE, 3);
}

CASE(keepalive_lost, "one lost probe kills nothing, nine do", MUST_29)
{
	TCP(keepalive_ms) = 5000;
	ESTABLISH();
	AFTER_MS(5000);
	OUT(ACK, .seq = 0);
	for (int i = 0; i < 3; i++) {
		AFTER_MS(75000);
		OUT(ACK, .seq = 0);
	}
	IN(ACK);
	AFTER_MS(5000);
	for (int i = 0; i < 9; i++) {
		OUT(ACK, .seq = 0);
		AFTER_MS(75000);
	}
	OUT(RST | ACK);
	EVENT(closed, TCT_TIMED_OUT);
	COUNTER(CONN_KEEPALIVE_TIMEOUT, 1);
	COUNTER(CONN_RETRANSMIT_LIMIT, 0);
}

CASE(keepalive_busy, "no keepalive while data is unacknowledged", MUST_26)
{
	ESTABLISH();
	tct_set_keepalive(dsl_this()->conn, 1000);
	tct_set_user_timeout(dsl_this()->conn, 0);
	SEND("x");
	SKIP();
	RUN_MS(100000);
	SKIP();
	COUNTER(TCP_KEEPALIVE_PROBE, 0);
	EVENT(error, -ETIMEDOUT);
}

CASE(keepalive_answered, "a peer's keepalive is answered", MUST_29, 3_10_7_4_sequence)
{
	ESTABLISH();
	IN(ACK, .seq = 100);
	OUT(ACK);
	IN(ACK, .seq = 100, .data = "g"); /* the garbage octet */
	OUT(ACK);
	RECEIVED("");
}

CASE(fin_beyond_cwnd, "a FIN that the congestion window has no room for waits", R5681_3_1_a)
{
	static char bytes[1000];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = dsl_pattern(i);
	CONNECT();
	OUT(SYN);
	AFTER_MS(1000);
	OUT(SYN, .seq = 0);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1000); /* cwnd: one segment */
	OUT(ACK);
	EVENT(opened);
	tct_send(dsl_conn(), bytes, sizeof(bytes), TCT_SEND_STATIC);
	tct_shutdown(dsl_conn());
	POLL();
	OUT(PSH | ACK, .len = 1000);
	IN(ACK);
	OUT(FIN | ACK);
}

CASE(no_buffer_for_data, "data leaves the reserve to control segments, and goes on later",
     3_10_2_send)
{
	ESTABLISH(.mss = 1000);
	SEND_BYTES(500);
	SKIP();
	IN(ACK);
	rig.spare_max = TX_RESERVE - 5;
	tct_send(dsl_this()->conn, "static", 6, TCT_SEND_STATIC);
	POLL();
	NOTHING();
	IN(SYN, .seq = 5); /* control segments go out */
	OUT(ACK);
	SEND_FAILS(-ENOBUFS, 10);
	rig.spare_max = 200;
	POLL();
	OUT(PSH | ACK, .data = "static");
	IN(ACK);
	EVENT(writable);
}

CASE(no_buffer_to_copy, "a send refused for want of buffers is followed by writable", 3_10_2_send)
{
	ESTABLISH();
	rig.spare_max = TX_RESERVE - 5;
	POLL();
	SEND_FAILS(-ENOBUFS, 10);
	rig.spare_max = 200;
	RUN_MS(10);
	EVENT(writable);
}

CASE(rtt_of_whole_segment, "the round trip ends when all that was timed is acknowledged", MUST_18,
     R6298_3)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(1000);
	OUT(PSH | ACK, .len = 1000);
	RUN_MS(50);
	IN(ACK, .ack = 501);
	CHECK(dsl_conn()->srtt_us == 0);
	RUN_MS(50);
	IN(ACK, .ack = 1001);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 101500);
}
