/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths that take smaller segments than both ends do, and say so or not. */
#include "dsl.h"

#define ASK_SOON_MS  60000
#define ASK_LATER_MS 600000

/* The first segment never gets through: what happens until its size is doubted. */
static void
time_out(unsigned times, unsigned len)
{
	uint64_t ms = 1000;

	for (unsigned i = 1; i < times; i++, ms *= 2) {
		AFTER_MS(ms);
		OUT(PSH | ACK, .seq = 1, .len = len);
	}
	AFTER_MS(ms);
}

/* A connection of 1400 bytes a segment, of which the path takes 1024: the last ACK is taken. */
static void
lower(void)
{
	ESTABLISH_UNTIMED(.mss = 1400, .sack = 1);
	SEND_BYTES(1400);
	OUT(PSH | ACK, .len = 1400);
	time_out(3, 1400);
	OUT(ACK, .seq = 1, .len = 1024);
	EVENT(error);
	IN(ACK, .ack = 1025);
	OUT(PSH | ACK, .seq = 1025, .len = 376);
	IN(ACK);
	CHECK(dsl_conn()->mss == 1024);
	dsl_conn()->cwnd = 14600; /* it has recovered */
}

static void
small(unsigned segments)
{
	SEND_BYTES(segments * 1024);
	for (unsigned i = 1; i < segments; i++)
		OUT(ACK, .len = 1024);
	OUT(PSH | ACK, .len = 1024);
	IN(ACK);
}

#define ASKED (1400 + 6 * 1024)

/* One larger segment, and others. */
static void
asked(void)
{
	SEND_BYTES(ASKED);
	OUT(ACK, .len = 1400);
	for (unsigned i = 0; i < 5; i++)
		OUT(ACK, .len = 1024);
	OUT(PSH | ACK, .len = 1024);
}

CASE(silence, "a segment that never gets through comes in smaller ones", R4821_7_7)
{
	ESTABLISH_UNTIMED(.mss = 1400);
	SEND_BYTES(1400);
	OUT(PSH | ACK, .len = 1400);
	time_out(3, 1400);
	COUNTER(TCP_PATH_SILENT, 1);
	OUT(ACK, .seq = 1, .len = 1024);
	EVENT(error);
	AFTER_MS(8000);
	COUNTER(TCP_PATH_SILENT, 2);
	OUT(ACK, .seq = 1, .len = 536);
	AFTER_MS(16000);
	COUNTER(TCP_PATH_SILENT, 2);
	OUT(ACK, .seq = 1, .len = 536);
	IN(ACK, .ack = 537);
	OUT(ACK, .seq = 537, .len = 488); /* the rest of the 1024 */
	OUT(PSH | ACK, .seq = 1025, .len = 376);
	IN(ACK);
	CHECK(flight_of(dsl_conn())->path_mss == 1400);
	SEND_BYTES(1072); /* and it stays so */
	OUT(ACK, .len = 536);
	OUT(PSH | ACK, .len = 536);
	IN(ACK);
}

CASE(silence_of_the_peer, "a small segment that never gets through is not too large", R4821_7_7)
{
	ESTABLISH_UNTIMED(.mss = 1400);
	SEND_BYTES(536);
	OUT(PSH | ACK, .len = 536);
	time_out(3, 536);
	OUT(PSH | ACK, .seq = 1, .len = 536);
	EVENT(error);
	COUNTER(TCP_PATH_SILENT, 0);
	CHECK(dsl_conn()->mss == 1400);
	IN(ACK);
}

CASE(two_timeouts, "a segment that gets through at last was not too large", R4821_7_7)
{
	ESTABLISH_UNTIMED(.mss = 1400);
	for (unsigned i = 0; i < 2; i++) {
		SEND_BYTES(1400);
		OUT(PSH | ACK, .len = 1400);
		RUN_MS(4500);
		SKIP();
		IN(ACK);
	}
	COUNTER(TCP_TIMEOUT, 3);
	COUNTER(TCP_PATH_SILENT, 0);
	CHECK(dsl_conn()->mss == 1400);
}

CASE(larger_again, "after a while one larger segment asks, and its ACK says yes", R4821_7_6)
{
	lower();
	JUMP_MS(ASK_SOON_MS - 5000);
	small(8);
	JUMP_MS(6000);
	asked();
	COUNTER(TCP_PATH_RAISED, 0);
	IN(ACK);
	COUNTER(TCP_PATH_RAISED, 1);
	CHECK(!(dsl_conn()->flags & CONN_PATH_LOWERED));
	SEND_BYTES(2800);
	OUT(ACK, .len = 1400);
	OUT(PSH | ACK, .len = 1400);
	IN(ACK);
}

CASE(asked_in_company, "not where its loss would go unseen", R4821_7_6)
{
	lower();
	JUMP_MS(ASK_SOON_MS + 1000);
	small(5);
}

CASE(larger_refused, "when it is lost that is no congestion, and long not asked again", R4821_7_6,
     R4821_7_7)
{
	uint32_t start = 1401, cwnd;

	lower();
	JUMP_MS(ASK_SOON_MS + 1000);
	asked();
	cwnd = dsl_conn()->cwnd;
	IN(ACK, .ack = start, .sack_blocks = {{start + 1400, start + ASKED}});
	if (!dsl_pending())
		RUN_MS(50); /* RACK waits for reordering */
	OUT(ACK, .seq = start, .len = 1024);
	OUT(ACK, .seq = start + 1024, .len = 376);
	COUNTER(TCP_FAST_RECOVERY, 0);
	CHECK(dsl_conn()->cwnd >= cwnd);
	IN(ACK, .ack = start + ASKED);
	CHECK(dsl_conn()->mss == 1024);
	COUNTER(TCP_PATH_RAISED, 0);
	JUMP_MS(ASK_LATER_MS - 5000);
	small(8);
	JUMP_MS(6000);
	asked();
	IN(ACK);
	COUNTER(TCP_PATH_RAISED, 1);
}

CASE(larger_lost_with_another, "nor is it the question alone when a later one is lost, too",
     R4821_7_6)
{
	uint32_t start = 1401, after = 1401 + 1400;

	lower();
	JUMP_MS(ASK_SOON_MS + 1000);
	asked();
	IN(ACK, .ack = start,
	   .sack_blocks = {{after + 2048, start + ASKED}, {after, after + 1024}});
	if (!dsl_pending())
		RUN_MS(50);
	SKIP();
	COUNTER(TCP_FAST_RECOVERY, 1);
	IN(ACK, .ack = start + ASKED);
	COUNTER(TCP_PATH_RAISED, 0);
}

CASE(larger_timed_out, "what a timeout repeats in smaller ones is no answer", R4821_7_6)
{
	lower();
	JUMP_MS(ASK_SOON_MS + 1000);
	asked();
	RUN_MS(12000);
	SKIP();
	COUNTER(TCP_TIMEOUT, 4);
	IN(ACK, .ack = 1401 + ASKED);
	CHECK(dsl_conn()->mss == 1024);
	COUNTER(TCP_PATH_RAISED, 0);
}

CASE(told_after_silence, "ICMP that comes late says what to ask for", R4821_7_6, MUST_54)
{
	struct tuple t;
	unsigned mss = dsl.ip4 ? 1200 : 1230;

	lower();
	t = dsl_tuple();
	SEND_BYTES(1024);
	OUT(PSH | ACK, .len = 1024);
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1401, dsl.ip4 ? 1240 : 1290);
	IN(ACK);
	CHECK(dsl_conn()->mss == 1024);
	JUMP_MS(ASK_SOON_MS + 1000);
	SEND_BYTES(8192);
	OUT(ACK, .len = mss);
	SKIP();
	IN(ACK);
	SKIP();
	IN(ACK);
	CHECK(dsl_conn()->mss == mss);
}

CASE(larger_lost_with_more, "when more is lost it is congestion", R4821_7_6)
{
	uint32_t start = 1401;

	lower();
	JUMP_MS(ASK_SOON_MS + 1000);
	asked();
	IN(ACK, .ack = start, .sack_blocks = {{start + 1400 + 1024, start + ASKED}});
	if (!dsl_pending())
		RUN_MS(50);
	SKIP();
	COUNTER(TCP_FAST_RECOVERY, 1);
	IN(ACK, .ack = start + ASKED);
	CHECK(dsl_conn()->mss == 1024);
	COUNTER(TCP_PATH_RAISED, 0);
}

CASE(told, "ICMP says how large; later the former size is tried", R4821_7_6, MUST_54)
{
	struct tuple t = dsl_tuple();
	uint16_t mtu = dsl.ip4 ? 1240 : 1290;
	unsigned mss = dsl.ip4 ? 1200 : 1230;

	ESTABLISH(.mss = 1400);
	SEND_BYTES(1400);
	OUT(PSH | ACK, .len = 1400);
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1, mtu);
	COUNTER(TCP_PATH_TOLD, 1);
	POLL();
	OUT(ACK, .seq = 1, .len = mss);
	OUT(PSH | ACK, .seq = 1 + mss, .len = 1400 - mss);
	IN(ACK);
	JUMP_MS(ASK_LATER_MS - 5000);
	SEND_BYTES(7 * mss);
	OUT(ACK, .len = mss);
	SKIP();
	IN(ACK);
	JUMP_MS(6000);
	SEND_BYTES(7 * mss);
	OUT(ACK, .len = 1400);
	SKIP();
	tcp_icmp_too_big(rig.stack, &t, dsl_this()->iss + 1401 + 7 * mss, mtu); /* as before */
	COUNTER(TCP_PATH_TOLD, 1);
	IN(ACK);
	SKIP();
	IN(ACK);
}
