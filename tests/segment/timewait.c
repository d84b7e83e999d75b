/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME_WAIT: RFC 9293 3.6.1 and 3.10.7.4, RFC 6191, RFC 1337. */
#include "dsl.h"

CASE(time_wait_2msl, "TIME_WAIT lasts 2 MSL", MUST_13, R1122_4_2_2_13, 3_10_8_time_wait)
{
	TCP(msl_ms) = 3000;
	REACH(TIME_WAIT);
	QUIET_MS(5990);
	STATE(TIME_WAIT);
	QUIET_MS(1100); /* the wheel rounds up to its coarse slots */
	STATE(CLOSED);
	COUNTER(TIME_WAIT_CREATED, 1);
	COUNTER(TIME_WAIT_EXPIRED, 1);
}

CASE(time_wait_default, "TIME_WAIT lasts a minute by default", MUST_13)
{
	REACH(TIME_WAIT);
	QUIET_MS(59900);
	STATE(TIME_WAIT);
	QUIET_MS(1500);
	STATE(CLOSED);
}

CASE(time_wait_fin_restarts, "the FIN again: ACK, and 2 MSL anew", MUST_13, 3_10_7_4_fin)
{
	TCP(time_wait_ms) = 6000;
	REACH(TIME_WAIT);
	QUIET_MS(4000);
	IN(FIN | ACK, .seq = 101, .ack = 2);
	OUT(ACK, .seq = 2, .ack = 102);
	QUIET_MS(5900);
	STATE(TIME_WAIT);
	QUIET_MS(1200);
	STATE(CLOSED);
}

CASE(time_wait_rst, "RST is ignored in TIME_WAIT", R1337)
{
	REACH(TIME_WAIT);
	IN(RST, .seq = 102);
	NOTHING();
	IN(RST | ACK, .seq = 102, .ack = 2);
	NOTHING();
	STATE(TIME_WAIT);
	COUNTER(TIME_WAIT_RST_IGNORED, 2);
}

CASE(time_wait_old_segments, "old and strange segments draw an ACK, an empty one in order nothing",
     3_10_7_4_sequence, R1337)
{
	REACH(TIME_WAIT);
	IN(ACK, .seq = 102);
	NOTHING();
	IN(ACK, .seq = 50);
	OUT(ACK, .seq = 2, .ack = 102);
	IN(PSH | ACK, .seq = 90, .data = "old data");
	OUT(ACK, .seq = 2, .ack = 102);
	IN(PSH | ACK, .seq = 102, .data = "new?");
	OUT(ACK, .seq = 2, .ack = 102);
	IN(SYN | ACK, .seq = 500);
	OUT(ACK, .seq = 2, .ack = 102);
	IN(0, .seq = 102);
	NOTHING();
	STATE(TIME_WAIT);
}

CASE(time_wait_ack_timestamps, "its ACKs go on with the connection's timestamps", R7323_3_2_a)
{
	uint32_t last;

	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	last = (uint32_t)dsl.last.ts_val;
	RUN_MS(100);
	IN(FIN | ACK, .seq = 101, .ack = 2);
	OUT(ACK, .seq = 2, .ack = 102);
	CHECK(dsl.last.ts_val - last >= 95 && dsl.last.ts_val - last <= 105);
}

CASE(time_wait_syn_newer, "a SYN with a higher number reopens, with a higher ISS", MAY_2, R6191_2)
{
	uint32_t old;

	REACH(TIME_WAIT);
	old = dsl_this()->rcv_nxt;
	AGAIN();
	IN(SYN, .seq = 103, .mss = 1460);
	OUT(SYN | ACK, .ack = 104);
	CHECK(seq_gt(dsl_this()->iss, old + 65536));
	STATE(SYN_RCVD);
	COUNTER(TIME_WAIT_REUSED, 1);
	IN(ACK);
	STATE(ESTABLISHED);
	EVENT(opened);
	dsl_this()->opened = 1;
}

CASE(time_wait_syn_twice_one_burst, "the SYN that reopens, twice in one burst", MAY_2)
{
	REACH(TIME_WAIT);
	AGAIN();
	HOLD();
	IN(SYN, .seq = 103, .mss = 1460);
	IN(SYN, .seq = 103, .mss = 1460);
	POLL();
	OUT(SYN | ACK, .seq = 0, .ack = 104);
	OUT(SYN | ACK, .seq = 0, .ack = 104);
	STATE(SYN_RCVD);
	COUNTER(TIME_WAIT_REUSED, 1);
}

CASE(time_wait_syn_older, "a SYN that is not newer draws an ACK", MAY_2, R6191_2, 3_10_7_4_syn)
{
	REACH(TIME_WAIT);
	IN(SYN, .seq = 102);
	OUT(ACK, .seq = 2, .ack = 102);
	IN(SYN, .seq = 50);
	OUT(ACK, .seq = 2, .ack = 102);
	STATE(TIME_WAIT);
	COUNTER(TIME_WAIT_REUSED, 0);
}

CASE(time_wait_syn_timestamps, "a SYN is newer by its timestamp, whatever its number", SHLD_4,
     R6191_2, MAY_2)
{
	uint32_t last;

	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	last = 1000 + (uint32_t)(rig.now_us / 1000);
	IN(SYN, .seq = 50, .ts = 1, .ts_val = last - 1);
	OUT(ACK, .seq = 2, .ack = 102, .ts_ecr = last);
	IN(SYN, .seq = 5000, .ts = 1, .ts_val = last - 1);
	OUT(ACK, .seq = 2, .ack = 102);
	IN(SYN, .seq = 50, .ts = 1, .ts_val = last);
	OUT(ACK, .seq = 2, .ack = 102);
	STATE(TIME_WAIT);
	AGAIN();
	IN(SYN, .seq = 50, .ts = 1, .ts_val = last + 1);
	OUT(SYN | ACK, .ack = 51, .ts_ecr = last + 1);
	STATE(SYN_RCVD);
}

CASE(time_wait_syn_timestamp_equal, "with the same timestamp the number decides", R6191_2)
{
	uint32_t last;

	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	last = 1000 + (uint32_t)(rig.now_us / 1000);
	AGAIN();
	IN(SYN, .seq = 103, .ts = 1, .ts_val = last);
	OUT(SYN | ACK, .ack = 104);
}

CASE(time_wait_syn_without_listener, "a newer SYN to a closed port draws an ACK", MAY_2)
{
	dsl.active = true;
	REACH(TIME_WAIT);
	IN(SYN, .seq = 5000);
	OUT(ACK, .seq = 2, .ack = 102);
	STATE(TIME_WAIT);
}

CASE(time_wait_syn_cookie, "with cookies too a reopened tuple's ISS is above the old", MAY_2,
     R6191_2)
{
	unsigned cookies = 0;

	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	for (unsigned i = 0; i < 32; i++) {
		uint32_t old;

		PEER(i);
		REACH(TIME_WAIT);
		old = dsl_this()->rcv_nxt;
		IN(SYN, .seq = 5000);
		cookies += dsl_ref() == FLOW_REF_NONE;
		AGAIN();
		dsl_this()->snd_nxt = 5001;
		OUT(SYN | ACK);
		CHECK(seq_gt(dsl_this()->iss, old));
	}
	CHECK(cookies > 4 && cookies < 28); /* the others are half-opens */
}

CASE(time_wait_syn_cookie_timestamps, "a cookie for a newer timestamp is safe by PAWS", R6191_2)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	for (unsigned i = 0; i < 8; i++) {
		PEER(i);
		dsl_this()->ts_in = true;
		REACH(TIME_WAIT);
		RUN_MS(10);
		AGAIN();
		IN(SYN, .seq = 5000, .ts = 1);
		OUT(SYN | ACK, .ack = 5001);
		STATE(CLOSED);
	}
}

CASE(time_wait_full, "all records used: the oldest is recycled, all round", R4987_a)
{
	MEMORY(time_wait) = 3;
	for (unsigned i = 0; i < 8; i++) {
		PEER(i);
		REACH(TIME_WAIT);
		RUN_MS(2);
	}
	COUNTER(TIME_WAIT_RECYCLED, 5);
	for (unsigned i = 0; i < 8; i++) {
		PEER(i);
		CHECK((dsl_ref() != FLOW_REF_NONE) == (i >= 5));
	}
	QUIET_MS(62000);
	CHECK(rig.stack->time_waits.used == 0);
	COUNTER(TIME_WAIT_EXPIRED, 3);
}

CASE(time_wait_active_reuse, "an active open takes over a time-wait with timestamps after a second",
     R6191_2, SHLD_4)
{
	uint32_t old;

	dsl.active = true;
	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	old = dsl_this()->rcv_nxt;
	CONNECT_FAILS(-EADDRINUSE, .local_port = dsl_this()->local_port);
	RUN_MS(1100);
	dsl_this()->opened = dsl_this()->closed = 0;
	CONNECT(.local_port = dsl_this()->local_port);
	AGAIN();
	OUT(SYN);
	CHECK(seq_gt(dsl_this()->iss, old + 65536));
	COUNTER(TIME_WAIT_REUSED, 1);
}

CASE(time_wait_active_reuse_fast,
     "its ISS is above what was sent, also if that was more than the clock of ISSs allows for",
     R6191_2)
{
	struct time_wait *t;
	uint32_t old;

	dsl.active = true;
	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	t = record_at(rig.stack, dsl_ref());
	old = t->snd_nxt += 100000000;
	RUN_MS(1100);
	dsl_this()->opened = dsl_this()->closed = 0;
	CONNECT(.local_port = dsl_this()->local_port);
	AGAIN();
	OUT(SYN);
	CHECK(seq_gt(dsl_this()->iss, old + 65535));
}

CASE(time_wait_active_no_reuse, "without timestamps a time-wait keeps its tuple", MUST_13)
{
	dsl.active = true;
	REACH(TIME_WAIT);
	RUN_MS(5000);
	CONNECT_FAILS(-EADDRINUSE, .local_port = dsl_this()->local_port);
	STATE(TIME_WAIT);
}

CASE(time_wait_reuse_without_record, "no conn free: the time-wait stays", R6191_2)
{
	MEMORY(connections) = 1;
	dsl.active = true;
	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	RUN_MS(2000);
	PEER(1);
	CONNECT();
	OUT(SYN);
	PEER(0);
	CONNECT_FAILS(-ENOMEM, .local_port = dsl_this()->local_port);
	STATE(TIME_WAIT);
	SKIP();
}

CASE(time_wait_acks_limited, "ACKs from TIME_WAIT are rate-limited", R5961_7)
{
	TCP(resets_per_s) = 16;
	REACH(TIME_WAIT);
	for (unsigned i = 0; i < 3; i++) {
		IN(ACK, .seq = 50);
		OUT(ACK, .seq = 2, .ack = 102);
	}
	IN(ACK, .seq = 50);
	NOTHING();
}

CASE(time_wait_burst, "FIN and what follows in one burst", R1337, 3_10_7_4_fin)
{
	REACH(FIN_WAIT_2);
	HOLD();
	IN(FIN | ACK);
	IN(RST, .seq = 102);
	IN(FIN | ACK, .seq = 101);
	POLL();
	OUT(ACK, .seq = 2, .ack = 102);
	STATE(TIME_WAIT);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	COUNTER(TIME_WAIT_RST_IGNORED, 1);
}
