/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 7323: window scale, timestamps, PAWS. */
#include "dsl.h"

#define NOW_TS (1000 + (uint32_t)(rig.now_us / 1000))

CASE(timestamps_passive, "offered and taken: in every segment from then on", R7323_3_2_a)
{
	LISTEN();
	IN(SYN, .seq = 100, .ts = 1, .ts_val = 7777, .mss = 1460);
	OUT(SYN | ACK, .ts = 1, .ts_ecr = 7777);
	IN(ACK, .ts_val = 7778);
	EVENT(opened);
	SEND("x");
	OUT(PSH | ACK, .data = "x", .ts = 1, .ts_ecr = 7778);
	IN(ACK, .ts_val = 7779);
	ABORT();
	OUT(RST | ACK, .ts = 1);
	EVENT(closed, TCT_ABORTED);
}

CASE(timestamps_not_offered, "not offered: not in the answer, and ignored later", R7323_3_2_c)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK, .ts = ABSENT, .wscale = ABSENT, .sack = ABSENT);
	IN(ACK, .ts = 1, .ts_val = 1);
	EVENT(opened);
	IN(ACK, .ts = 1, .ts_val = 0, .data = "x");
	RECEIVED("x");
	AFTER_MS(40);
	OUT(ACK, .ts = ABSENT);
}

CASE(timestamps_active, "our SYN offers, TSecr 0; their SYN-ACK decides", R7323_3_2_a, R7323_3_2_c)
{
	CONNECT();
	OUT(SYN, .ts = 1, .ts_ecr = 0, .wscale = 7, .sack = 1);
	IN(SYN | ACK, .seq = 500, .ack = 1, .ts = 1, .ts_val = 99);
	OUT(ACK, .ts = 1, .ts_ecr = 99);
	EVENT(opened);
	PEER(1);
	CONNECT();
	OUT(SYN, .ts = 1);
	IN(SYN | ACK, .seq = 500, .ack = 1);
	OUT(ACK, .ts = ABSENT);
	EVENT(opened);
}

CASE(timestamps_off, "configured off: neither offered nor taken", R7323_3_2_c)
{
	TCP(timestamps) = false;
	TCP(sack) = false;
	TCP(window_scale) = 0;
	TCP(receive_window) = 65535;
	CONNECT();
	OUT(SYN, .ts = ABSENT, .sack = ABSENT, .wscale = ABSENT);
	IN(SYN | ACK, .seq = 500, .ack = 1, .ts = 1, .sack = 1, .wscale = 3);
	OUT(ACK, .ts = ABSENT, .wnd = 65535);
	EVENT(opened);
	CHECK(dsl_conn()->snd_wscale == 0);
	dsl.active = false;
	PEER(1);
	LISTEN();
	IN(SYN, .seq = 100, .ts = 1, .sack = 1, .wscale = 3);
	OUT(SYN | ACK, .ts = ABSENT, .sack = ABSENT, .wscale = ABSENT);
}

CASE(timestamp_missing, "a segment without timestamps is dropped, not the connection; RST counts",
     R7323_3_2_b)
{
	ESTABLISH(.ts = 1);
	IN(PSH | ACK, .ts = ABSENT, .data = "x");
	NOTHING();
	RECEIVED("");
	COUNTER(DROP_TCP_NO_TIMESTAMP, 1);
	STATE(ESTABLISHED);
	IN(RST, .seq = 101, .ts = ABSENT);
	EVENT(closed, TCT_RESET);
}

CASE(timestamp_missing_half_open, "the third segment must have them too", R7323_3_2_b)
{
	LISTEN();
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK);
	IN(ACK, .ts = ABSENT);
	NOTHING();
	STATE(SYN_RCVD);
	COUNTER(DROP_TCP_NO_TIMESTAMP, 1);
	IN(ACK);
	EVENT(opened);
}

CASE(paws, "an older timestamp: ACK and drop", R7323_5_3)
{
	ESTABLISH(.ts = 1);
	RUN_MS(10);
	IN(ACK);
	IN(PSH | ACK, .ts_val = NOW_TS - 5, .data = "old");
	OUT(ACK, .ack = 101);
	dsl_this()->snd_nxt = 101;
	RECEIVED("");
	COUNTER(DROP_TCP_PAWS, 1);
	IN(PSH | ACK, .ts_val = NOW_TS, .data = "new");
	RECEIVED("new");
	AFTER_MS(40);
	OUT(ACK);
}

CASE(paws_rst, "RST is not subject to PAWS", R7323_5_2)
{
	ESTABLISH(.ts = 1);
	IN(RST, .ts = 1, .ts_val = 1);
	NOTHING();
	EVENT(closed, TCT_RESET);
}

CASE(paws_half_open, "PAWS in SYN_RCVD", R7323_5_3)
{
	LISTEN();
	IN(SYN, .seq = 100, .ts = 1, .ts_val = 5000);
	OUT(SYN | ACK);
	IN(ACK, .ts_val = 4999);
	OUT(ACK, .seq = 1, .ts = 1, .ts_ecr = 5000);
	STATE(SYN_RCVD);
	IN(ACK, .ts_val = 5000);
	EVENT(opened);
}

CASE(paws_idle, "after 24 days of silence any timestamp is taken", R7323_5_5)
{
	uint32_t old;

	ESTABLISH(.ts = 1);
	old = NOW_TS - 1;
	JUMP_MS(24ull * 24 * 3600 * 1000);
	IN(PSH | ACK, .ts_val = old, .data = "x");
	OUT(ACK, .ack = 101);
	dsl_this()->snd_nxt = 101;
	JUMP_MS(24ull * 3600 * 1000);
	IN(PSH | ACK, .ts_val = old, .data = "x");
	RECEIVED("x");
	SKIP();
	RUN_MS(50);
	OUT(ACK, .ts_ecr = old);
}

CASE(ts_recent, "TS.Recent follows in-order segments only, and what the delayed ACK covers",
     R7323_4_3)
{
	uint32_t t;

	ESTABLISH(.ts = 1);
	t = NOW_TS;
	IN(ACK, .ts_val = t + 2, .data = "a"); /* covers Last.ACK.sent */
	IN(ACK, .ts_val = t + 3, .data = "b"); /* does not */
	AFTER_MS(40);
	OUT(ACK, .ts_ecr = t + 2);
	IN(ACK, .ts_val = t + 5, .seq = 200, .data = "beyond a hole");
	OUT(ACK, .ack = 103, .ts_ecr = t + 2);
	IN(ACK, .ts_val = t + 4, .seq = 103, .data = "c");
	OUT(ACK, .ack = 104, .ts_ecr = t + 4);
}

CASE(ts_clock, "TSval rises with time, and across connections of an address pair", R6191_3,
     R7323_3_2_a)
{
	uint32_t first;

	ESTABLISH(.ts = 1);
	IN(PSH | ACK, .data = "x");
	AFTER_MS(40);
	OUT(ACK);
	first = (uint32_t)dsl.last.ts_val;
	RUN_MS(1000);
	PEER(1);
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK);
	CHECK(dsl.last.ts_val - first >= 950 && dsl.last.ts_val - first <= 1050);
	rig.seed = 1; /* and it hangs on a secret */
	CHECK(ts_offset_make(rig.stack, &(struct tuple[]){dsl_tuple()}[0]) != 0);
}

CASE(wscale, "both sides scale, but not in a SYN", R7323_2_2, R7323_2_3_b)
{
	LISTEN();
	IN(SYN, .seq = 100, .wscale = 3, .wnd = 1000);
	OUT(SYN | ACK, .wscale = 7, .wnd = 65535);
	IN(ACK, .wnd = 500);
	EVENT(opened);
	CHECK(dsl_conn()->snd_wnd == 4000);
	IN(ACK, .data = "x", .wnd = 100);
	CHECK(dsl_conn()->snd_wnd == 800);
	AFTER_MS(40);
	OUT(ACK, .wnd = 262144 >> 7);
	CHECK(dsl_conn()->rcv_adv == dsl_conn()->rcv_nxt + 262144);
	PEER(1);
	CONNECT();
	OUT(SYN, .wscale = 7, .wnd = 65535);
	IN(SYN | ACK, .seq = 500, .ack = 1, .wscale = 2, .wnd = 3000);
	CHECK(dsl_this()->conn->snd_wnd == 3000);
	SKIP();
	EVENT(opened);
	IN(ACK, .wnd = 3000);
	CHECK(dsl_this()->conn->snd_wnd == 12000);
}

CASE(wscale_0, "a scale of 0 lets the other side scale", R7323_2_2)
{
	LISTEN();
	IN(SYN, .seq = 100, .wscale = 0);
	OUT(SYN | ACK, .wscale = 7);
	IN(ACK, .wnd = 1000);
	EVENT(opened);
	CHECK(dsl_conn()->snd_wnd == 1000);
}

CASE(wscale_too_large, "a shift above 14 counts as 14, and is counted", R7323_2_3_a)
{
	const struct segment syns[] = {
		{SEGMENT_DEFAULTS, .flags = SYN, .seq = 100, .wscale = 15},
		{SEGMENT_DEFAULTS, .flags = SYN, .seq = 100, .wscale = 15, .mss = 1460, .sack = 1,
		 .ts = 1},
	};

	LISTEN();
	for (unsigned i = 0; i < RTE_DIM(syns); i++) {
		PEER(i);
		dsl_in(HERE, &syns[i]);
		OUT(SYN | ACK, .wscale = 7);
		COUNTER(TCP_BAD_OPTIONS, i + 1);
		IN(ACK, .wnd = 2);
		EVENT(opened);
		CHECK(dsl_conn()->snd_wnd == 2 << 14);
	}
}

CASE(wscale_not_in_syn_ack, "no window scale in the SYN-ACK: none either way", R7323_2_2)
{
	CONNECT();
	OUT(SYN, .wscale = 7);
	IN(SYN | ACK, .seq = 500, .ack = 1);
	OUT(ACK, .wnd = 65535);
	EVENT(opened);
	IN(ACK, .wnd = 1000);
	CHECK(dsl_conn()->snd_wnd == 1000);
}

CASE(wscale_only_in_syn, "a window scale in a later segment is ignored", R7323_2_2, MUST_5)
{
	ESTABLISH(.wscale = 2);
	IN(ACK, .wnd = 100, .wscale = 9, .mss = 100, .sack = 1, .ts = ABSENT);
	CHECK(dsl_conn()->snd_wnd == 400);
	CHECK(dsl_conn()->mss == (dsl.ip4 ? 536 : 1220));
	CHECK(!(dsl_conn()->flags & CONN_SACK));
}

CASE(sack_permitted, "SACK-permitted is answered, and never outside a SYN", R2018_2)
{
	LISTEN();
	IN(SYN, .seq = 100, .sack = 1);
	OUT(SYN | ACK, .sack = 1);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->flags & CONN_SACK);
	IN(ACK, .seq = 200, .data = "beyond");
	OUT(ACK, .ack = 101, .sack_blocks = {{200, 206}});
	PEER(1);
	CONNECT();
	OUT(SYN, .sack = 1);
	IN(SYN | ACK, .seq = 500, .ack = 1, .sack = 1);
	OUT(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->flags & CONN_SACK);
}
