/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Losses found by duplicate ACKs and by SACK, and repaired: RFC 5681 3.2, RFC 3042, RFC 6582, RFC
 * 6675, RFC 6937.
 */
#include "dsl.h"

/* RFC 6937 3.1, to the letter: what may go out now. */
struct prr {
	uint32_t ssthresh, recover_fs, delivered, out;
};

static uint32_t
prr_sndcnt(struct prr *p, uint32_t pipe, uint32_t delivered)
{
	int64_t sndcnt, limit;

	p->delivered += delivered;
	if (pipe > p->ssthresh) {
		sndcnt = (p->delivered * p->ssthresh + p->recover_fs - 1) / p->recover_fs;
		sndcnt -= p->out;
	} else {
		limit = (int64_t)p->delivered - p->out;
		limit = (limit > delivered ? limit : delivered) + MSS;
		sndcnt = p->ssthresh - pipe < limit ? p->ssthresh - pipe : limit;
	}
	return sndcnt > 0 ? (uint32_t)sndcnt : 0;
}

/* ---- without SACK --------------------------------------------------------------------------- */

CASE(fast_retransmit, "the third duplicate ACK, not the second", R5681_3_2, R6582_3_2_2)
{
	ESTABLISH(.mss = MSS);
	BURST(10);
	IN(ACK, .ack = 1);
	IN(ACK, .ack = 1);
	NOTHING();
	IN(ACK, .ack = 1);
	OUT(ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 7000);
	IN(ACK, .ack = 1);
	NOTHING();
	IN(ACK, .ack = 10001);
	CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_conn()->cwnd >= 7000);
	QUIET_MS(5000);
	COUNTER(TCP_FAST_RECOVERY, 1);
	COUNTER(TCP_RETRANSMIT, 1);
	COUNTER(TCP_TIMEOUT, 0);
}

CASE(not_duplicate, "an ACK with text, or with another window, is no duplicate", R5681_3_2)
{
	ESTABLISH(.mss = MSS);
	BURST(4);
	for (int i = 1; i <= 4; i++)
		IN(ACK, .ack = 1, .wnd = 65535 - i);
	for (int i = 0; i < 4; i++)
		IN(ACK, .ack = 1, .wnd = 65535 - 4, .data = "x");
	NOTHING();
	RUN_MS(50);
	OUT(ACK);
	CHECK(dsl_flight()->dupacks == 0);
	IN(FIN | ACK, .ack = 1, .wnd = 65535 - 4);
	OUT(ACK);
	EVENT(peer_closed);
	CHECK(dsl_flight()->dupacks == 0);
	RECEIVED("xxxx");
}

CASE(limited_transmit, "the first two duplicate ACKs each let out a new segment", R3042_2)
{
	ESTABLISH(.mss = MSS);
	SEND_BYTES(20000);
	for (int i = 0; i < 10; i++)
		OUT(ACK, .len = MSS);
	IN(ACK, .ack = 1);
	OUT(ACK, .seq = 10001, .len = MSS);
	NOTHING();
	IN(ACK, .ack = 1);
	OUT(ACK, .seq = 11001, .len = MSS);
	NOTHING();
	IN(ACK, .ack = 1);
	OUT(ACK, .seq = 1, .len = MSS);
	NOTHING();
	dsl.quiet = true;
}

CASE(limited_transmit_limit, "no more than two, whatever the peer pretends", R3042_2, R6582_3_2_2)
{
	ESTABLISH_UNTIMED(.mss = MSS);
	BURST(4);
	RUN_MS(1005); /* a timeout: nothing below 4001 starts a fast retransmit */
	OUT(ACK, .seq = 1, .len = MSS);
	IN(ACK, .ack = 4001);
	SEND_BYTES(40000);
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	for (int i = 0; i < 20; i++) {
		IN(ACK, .ack = 4001);
		if (i < 2)
			OUT(ACK, .len = MSS);
	}
	NOTHING();
	COUNTER(TCP_FAST_RECOVERY, 0);
	dsl.quiet = true;
}

CASE(partial_ack, "a partial ACK sends the next hole; the full one ends recovery", R6582_3_2_3)
{
	ESTABLISH(.mss = MSS);
	BURST(10); /* 1, 4 and 7 are lost */
	for (int i = 0; i < 7; i++) {
		IN(ACK, .ack = 1);
		if (i == 2)
			OUT(ACK, .seq = 1, .len = MSS);
	}
	NOTHING();
	IN(ACK, .ack = 3001);
	OUT(ACK, .seq = 3001, .len = MSS);
	NOTHING();
	IN(ACK, .ack = 6001);
	OUT(ACK, .seq = 6001, .len = MSS);
	CHECK(dsl_flight()->state == RECOVERY_FAST && dsl_conn()->ssthresh == 7000);
	IN(ACK, .ack = 10001);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
	COUNTER(TCP_FAST_RECOVERY, 1);
	COUNTER(TCP_RETRANSMIT, 3);
}

CASE(partial_ack_restarts_timer, "a partial ACK restarts the retransmission timer", R6582_3_2_3,
     R6298_5_1)
{
	ESTABLISH_UNTIMED(.mss = MSS);
	MEASURE(); /* RTO 300 ms */
	BURST(10);
	RUN_MS(100);
	for (int i = 0; i < 3; i++)
		IN(ACK, .ack = 1001);
	OUT(ACK, .seq = 1001, .len = MSS);
	RUN_MS(250);
	IN(ACK, .ack = 3001);
	OUT(ACK, .seq = 3001, .len = MSS);
	QUIET_MS(250);
	dsl.quiet = true;
}

CASE(below_recover,
     "no fast retransmit for what was sent before a timeout, nor twice in one window", R6582_3_2_2,
     R6582_4)
{
	ESTABLISH_UNTIMED(.mss = MSS);
	BURST(4);
	RUN_MS(1005);
	OUT(ACK, .seq = 1, .len = MSS);
	IN(ACK, .ack = 4001);
	BURST(4);
	for (int i = 0; i < 5; i++) /* of our own retransmissions, it may be */
		IN(ACK, .ack = 4001);
	NOTHING();
	IN(ACK, .ack = 5001);
	for (int i = 0; i < 3; i++)
		IN(ACK, .ack = 5001);
	OUT(ACK, .seq = 5001, .len = MSS);
	COUNTER(TCP_FAST_RECOVERY, 1);
	IN(ACK, .ack = 8001);
	BURST(3);
	for (int i = 0; i < 5; i++)
		IN(ACK, .ack = 8001);
	NOTHING();
	COUNTER(TCP_FAST_RECOVERY, 1);
}

CASE(recover_follows, "recover is not left behind, lest it lies ahead 2 GB later", R6582_3_2_2)
{
	ESTABLISH(.mss = MSS);
	BURST(4);
	IN(ACK);
	CHECK(dsl_flight()->recovery_end == dsl_this()->iss + 4000);
}

CASE(prr_without_sack, "each duplicate ACK counts a segment, and the ACK after them only the rest",
     R6937_3)
{
	struct prr p = {.ssthresh = 5000, .recover_fs = 12000};
	uint32_t sent = 12000, may;

	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(40000);
	SKIP();
	IN(ACK, .ack = 1);
	SKIP();
	IN(ACK, .ack = 1);
	SKIP();
	for (unsigned dups = 3; dups <= 10; dups++) {
		uint32_t pipe = sent - dups * MSS - (dups == 3) * MSS;

		IN(ACK, .ack = 1);
		may = prr_sndcnt(&p, pipe, MSS);
		if (dups == 3)
			OUT(ACK, .seq = 1, .len = MSS);
		else if (may >= MSS)
			OUT(ACK, .seq = sent + 1, .len = MSS);
		NOTHING();
		sent += dups > 3 && may >= MSS ? MSS : 0;
		p.out += dups == 3 || may >= MSS ? MSS : 0;
	}
	CHECK(p.out == 4000 && sent == 15000);
	/* 7 is lost, too: 2 to 6 had duplicates before, 1 comes of the retransmission. */
	IN(ACK, .ack = 6001);
	may = prr_sndcnt(&p, 15000 - 6000 - 5000 - MSS, MSS);
	CHECK(may == 2000);
	OUT(ACK, .seq = 6001, .len = MSS);
	OUT(ACK, .seq = 15001, .len = MSS);
	NOTHING();
	dsl.quiet = true;
}

CASE(prr_partial_ack,
     "a partial ACK delivers its hole; the rest was delivered by duplicates before", R6937_3)
{
	struct prr p = {.ssthresh = 5000, .recover_fs = 12000};

	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(40000);
	for (int i = 1; i <= 3; i++) {
		SKIP();
		IN(ACK, .ack = 1);
	}
	prr_sndcnt(&p, 8000, MSS);
	OUT(ACK, .seq = 1, .len = MSS);
	p.out = MSS;
	IN(ACK, .ack = 1);
	prr_sndcnt(&p, 8000, MSS);
	NOTHING();
	IN(ACK, .ack = 2001); /* 3 is lost, too, and three duplicates are of what is beyond */
	CHECK(dsl_conn()->cwnd == 6000 + prr_sndcnt(&p, 6000, MSS));
	dsl.quiet = true;
}

/* ---- with SACK ------------------------------------------------------------------------------ */

CASE(prr, "in recovery as much goes out as ssthresh is of the window, and no more", R6937_3,
     R6675_5)
{
	struct prr p = {.ssthresh = 5000, .recover_fs = 12000};
	uint32_t sent = 12000;

	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(40000);
	for (int i = 0; i < 10; i++)
		OUT(ACK, .len = MSS);
	RUN_MS(100);
	for (int i = 2; i <= 3; i++) {
		IN(ACK, .ack = 1, .sack_blocks = {{1001, i * MSS + 1}});
		OUT(ACK, .len = MSS);
	}
	for (unsigned i = 4; i <= 10; i++) {
		uint32_t pipe = sent - (i - 1) * MSS - (i == 4) * MSS, may;

		IN(ACK, .ack = 1, .sack_blocks = {{1001, i * MSS + 1}});
		may = prr_sndcnt(&p, pipe, MSS);
		if (i == 4)
			OUT(ACK, .seq = 1, .len = MSS);
		else if (may >= MSS)
			OUT(ACK, .seq = sent + 1, .len = MSS);
		NOTHING();
		CHECK(dsl_conn()->ssthresh == 5000 && dsl_conn()->cwnd == pipe + may);
		sent += i > 4 && may >= MSS ? MSS : 0;
		p.out += i == 4 || may >= MSS ? MSS : 0;
	}
	CHECK(p.out == 3000);
	IN(ACK, .ack = 12001); /* RecoveryPoint */
	SKIP();
	CHECK(dsl_flight()->state == RECOVERY_NONE);
	CHECK(dsl_conn()->cwnd >= 5000 && dsl_conn()->cwnd <= 8000);
	dsl.quiet = true;
}

CASE(prr_slow_start, "with less than ssthresh in the network, back to it as slow start would",
     R6937_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(40000);
	for (int i = 0; i < 10; i++)
		OUT(ACK, .len = MSS);
	RUN_MS(100);
	/* All but the last are lost: pipe is 0, ssthresh 7000; what arrived and one more. */
	IN(ACK, .ack = 1, .sack_blocks = {{7001, 10001}});
	OUT(ACK, .seq = 1, .len = MSS);
	OUT(ACK, .seq = 1001, .len = MSS);
	OUT(ACK, .seq = 2001, .len = MSS);
	OUT(ACK, .seq = 3001, .len = MSS);
	NOTHING();
	IN(ACK, .ack = 1001, .sack_blocks = {{7001, 10001}});
	OUT(ACK, .seq = 4001, .len = MSS);
	OUT(ACK, .seq = 5001, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->cwnd == 5000);
	IN(ACK, .ack = 4001, .sack_blocks = {{7001, 10001}});
	OUT(ACK, .seq = 6001, .len = MSS);
	OUT(ACK, .seq = 10001, .len = MSS);
	OUT(ACK, .seq = 11001, .len = MSS);
	OUT(ACK, .seq = 12001, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->ssthresh == 7000 && dsl_conn()->cwnd <= 7000);
	dsl.quiet = true;
}

CASE(several_holes, "all holes are repaired in one round trip", R6675_5, R2018_5)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(10);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 2001}, {3001, 4001}, {5001, 9001}});
	OUT(ACK, .seq = 1, .len = MSS);
	OUT(ACK, .seq = 2001, .len = MSS);
	OUT(ACK, .seq = 4001, .len = MSS);
	NOTHING(); /* the last one had no time to arrive */
	IN(ACK, .ack = 9001);
	IN(ACK, .ack = 10001);
	QUIET_MS(1000);
	COUNTER(TCP_RETRANSMIT, 3);
	COUNTER(TCP_FAST_RECOVERY, 1);
}

CASE(no_growth_in_recovery, "partial ACKs of a recovery do not raise cwnd", R6937_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(10);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 2001}, {3001, 4001}, {5001, 9001}});
	SKIP();
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 4001}, {5001, 9001}});
	CHECK(dsl_flight()->state == RECOVERY_FAST && dsl_conn()->cwnd <= 7000);
	IN(ACK, .ack = 4001, .sack_blocks = {{5001, 9001}});
	CHECK(dsl_flight()->state == RECOVERY_FAST && dsl_conn()->cwnd <= 7000);
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
	CHECK(dsl_conn()->cwnd >= 7000 && dsl_conn()->cwnd <= 7000 + MSS);
}

CASE(sack_lies, "blocks outside of what is in flight count and do nothing", R2018_5)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	BURST(1);
	IN(ACK);
	BURST(4);					     /* 1001 to 5001 */
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 6001}}); /* half of it was never sent */
	COUNTER(TCP_SACK_IGNORED, 1);
	IN(ACK, .ack = 1001, .sack_blocks = {{7001, 8001}});
	COUNTER(TCP_SACK_IGNORED, 2);
	IN(ACK, .ack = 1001, .sack_blocks = {{4001, 3001}});
	COUNTER(TCP_SACK_IGNORED, 3);
	IN(ACK, .ack = 1001, .sack_blocks = {{3001, 3001}});
	COUNTER(TCP_SACK_IGNORED, 4);
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 1001 + (1u << 30)}});
	COUNTER(TCP_SACK_IGNORED, 5);
	IN(ACK, .ack = 1001, .sack_blocks = {{1001, 4001}}); /* why is it not acknowledged? */
	CHECK(dsl_flight()->sacked_bytes == 0 && dsl_flight()->bytes == 4000);
	CHECK(dsl_flight()->dupacks == 0);
	IN(ACK, .ack = 1001, .sack_blocks = {{3001, 4001}, {2501, 3501}});
	CHECK(dsl_flight()->sacked_bytes == 1500);
	IN(ACK, .ack = 1001, .sack_blocks = {{2501, 4001}, {3001, 3501}});
	CHECK(dsl_flight()->sacked_bytes == 1500);
	SKIP();
	COUNTER(TCP_SACK_IGNORED, 5);
	IN(ACK);
	COUNTER(TCP_DSACK_RX, 0);
}

CASE(sack_not_offered, "blocks of a peer that did not offer SACK mean nothing", R2018_2)
{
	ESTABLISH(.mss = MSS);
	BURST(10);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 9001}});
	NOTHING();
	CHECK(dsl_flight()->sacked_bytes == 0);
}

CASE(reneged, "what is reported and then dropped is sent again, after a timeout", R2018_8)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	MEASURE();
	BURST(4); /* 1001 to 5001 */
	RUN_MS(100);
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 4001}});
	AFTER_MS(25);
	OUT(ACK, .seq = 1001, .len = MSS);
	RUN_MS(100);
	IN(ACK, .ack = 2001);
	OUT(PSH | ACK, .seq = 4001, .len = MSS); /* sent well before what has arrived */
	QUIET_MS(250);
	COUNTER(TCP_SACK_RENEGED, 0);
	RUN_MS(100);
	OUT(ACK, .seq = 2001, .len = MSS);
	COUNTER(TCP_SACK_RENEGED, 1);
	CHECK(dsl_flight()->sacked_bytes == 0);
	IN(ACK, .ack = 3001);
	OUT(ACK, .seq = 3001, .len = MSS);
	OUT(PSH | ACK, .seq = 4001, .len = MSS);
	IN(ACK);
}

/* ---- timeouts ------------------------------------------------------------------------------- */

CASE(timeout_with_sack, "one segment at once; then slow start around what has arrived", R8985_6_3,
     R6675_5_1, R5681_3_1_b)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	MEASURE();
	SEND_BYTES(10000);
	SKIP();
	RUN_MS(205);
	SKIP(); /* the probe */
	RUN_MS(305);
	OUT(ACK, .seq = 1001, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->cwnd == MSS && dsl_conn()->ssthresh == 7000);
	CHECK(dsl_flight()->lost_bytes == 9000);
	IN(ACK, .ack = 2001, .sack_blocks = {{3001, 5001}});
	OUT(ACK, .seq = 2001, .len = MSS);
	OUT(ACK, .seq = 5001, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->cwnd == 2000); /* by what was acknowledged, */
	IN(ACK, .ack = 5001);
	OUT(ACK, .seq = 6001, .len = MSS);
	OUT(ACK, .seq = 7001, .len = MSS);
	NOTHING();
	CHECK(dsl_conn()->cwnd == 3000); /* but not what had arrived before */
	IN(ACK);
	COUNTER(TCP_TIMEOUT, 1);
}

CASE(timeout_spares_the_fresh, "a timeout does not call lost what was sent just before it",
     R8985_6_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(2);
	RUN_MS(100);
	IN(ACK);  /* RTO 300 ms */
	BURST(2); /* 2001 to 4001 */
	RUN_MS(205);
	OUT(PSH | ACK, .seq = 3001, .len = MSS); /* the probe; RTO in 300 ms */
	RUN_MS(250);
	BURST(2);
	RUN_MS(55);
	OUT(ACK, .seq = 2001, .len = MSS);
	CHECK(dsl_flight()->lost_bytes == 1000);
	IN(ACK, .ack = 4001);
	NOTHING();
	RUN_MS(60);
	IN(ACK);
	COUNTER(TCP_RETRANSMIT, 2);
}

CASE(second_timeout, "ssthresh falls once for one window", R5681_3_1_b)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	SEND_BYTES(10000);
	SKIP();
	RUN_MS(1005);
	OUT(ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 7000);
	AFTER_MS(2000);
	OUT(ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 7000 && dsl_conn()->cwnd == MSS);
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
	BURST(2);
	RUN_MS(1005); /* a new window */
	SKIP();
	RUN_MS(4100);
	CHECK(dsl_conn()->ssthresh > 4900 && dsl_conn()->ssthresh < 5500);
	SKIP();
}

CASE(flight_size, "NewReno halves what is in flight, not what cwnd allows", R5681_3_1_b)
{
	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(6);
	CHECK(dsl_conn()->cwnd == 10000);
	RUN_MS(1005);
	OUT(ACK, .seq = 1, .len = MSS);
	CHECK(dsl_conn()->ssthresh == 3000);
}

CASE(timeout_in_recovery, "the retransmission is lost, and nothing else comes: a timeout",
     R6298_5_1, R5681_3_1_b)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	MEASURE();
	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 5001}});
	OUT(ACK, .seq = 1001, .len = MSS);
	QUIET_MS(290);
	RUN_MS(20);
	OUT(ACK, .seq = 1001, .len = MSS);
	CHECK(dsl_flight()->state == RECOVERY_LOSS && dsl_conn()->cwnd == MSS);
	CHECK(dsl_flight()->sacked_bytes == 3000); /* and they are not sent again */
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE);
	COUNTER(TCP_RETRANSMIT, 2);
	COUNTER(TCP_SACK_RENEGED, 0);
}

CASE(held_back, "what a hole held back at the peer is no round trip", R6298_3)
{
	ESTABLISH_UNTIMED(.mss = MSS);
	MEASURE();
	BURST(6);
	RUN_MS(100);
	for (int i = 0; i < 3; i++)
		IN(ACK, .ack = 1001);
	OUT(ACK, .seq = 1001, .len = MSS);
	RUN_MS(100);
	IN(ACK);
	CHECK(dsl_conn()->srtt_us > 99000 && dsl_conn()->srtt_us < 101500);
}
