/* SPDX-License-Identifier: BSD-3-Clause */
/* How large the receive window and the send buffer become: lib/tcp/buffer.c. */
#include "dsl.h"

#define FIRST 262144u
#define FULL  1024 /* so that no edge is rounded */

static uint32_t
window(void)
{
	return dsl_conn()->rcv_adv - dsl_conn()->rcv_nxt;
}

/* n segments come at once, a round trip after the ACK that let them go. */
static void
round_trip(unsigned n)
{
	uint32_t echo = rig.stack->now + dsl_conn()->ts_offset;

	RUN_MS(100);
	SKIP(); /* delayed ACKs */
	for (unsigned i = 0; i < n; i++) {
		IN(ACK, .len = FULL, .ts_ecr = echo);
		SKIP();
	}
}

/* As a sender in slow start does it, n times. */
static void
slow_start(unsigned n)
{
	for (unsigned segments = 10; n; n--, segments *= 2)
		round_trip(segments);
}

static void
keeps_ahead(void)
{
	for (unsigned segments = 10; segments <= 1280; segments *= 2) {
		round_trip(segments);
		CHECK(window() >= 2 * segments * FULL);
		CHECK(window() <= FIRST + 128 || window() <= 8 * segments * FULL);
	}
}

CASE(window_grows, "the window keeps ahead of a sender that doubles its own", R7323_2_2)
{
	MEMORY(mbufs) = 32768;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	keeps_ahead();
}

CASE(window_grows_by_srtt, "likewise by the round trip of what was sent", R7323_2_2)
{
	MEMORY(mbufs) = 32768;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7);
	SEND("x");
	OUT(PSH | ACK, .data = "x");
	RUN_MS(90);
	IN(ACK);
	keeps_ahead();
}

CASE(window_grows_by_edge, "or, without timestamps, by how long an edge is away", R7323_2_2)
{
	uint32_t before;

	MEMORY(mbufs) = 32768;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7);
	slow_start(4);
	for (int i = 0; i < 20; i++) {
		before = window() / FULL;
		round_trip(before);
		CHECK(window() / FULL >= before - 1);
	}
	CHECK(window() > 6000000);
}

CASE(window_slow_peer, "what comes slowly leaves the window as it is", R7323_2_2)
{
	MEMORY(mbufs) = 32768;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	for (int i = 0; i < 40; i++)
		round_trip(40);
	CHECK(window() <= FIRST + 128 && window() >= FIRST - 2 * FULL);
}

CASE(window_of_a_reader, "what a paused service does not take lets nothing grow, and SHLD-14 holds",
     SHLD_14, MUST_39)
{
	uint32_t edge;

	MEMORY(mbufs) = 32768;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	slow_start(3);
	PAUSE();
	edge = dsl_conn()->rcv_adv;
	round_trip(100);
	round_trip(100);
	CHECK(dsl_conn()->rcv_adv - edge <= 2 * FULL + 128 && seq_ge(dsl_conn()->rcv_adv, edge));
	RESUME();
	SKIP();
	CHECK(window() >= FIRST && window() <= FIRST + 128);
}

CASE(window_configured, "no window is larger than the configuration has it", 3_10_1_open)
{
	MEMORY(mbufs) = 32768;
	TCP(receive_window) = 300000;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	CHECK(dsl_conn()->rcv_wscale == 3);
	slow_start(8);
	CHECK(window() > 290000 && window() <= 300000 + 8);
}

CASE(window_no_shift, "nor than its shift can tell", R7323_2_2)
{
	MEMORY(mbufs) = 32768;
	TCP(window_scale) = 2;
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	CHECK(dsl_conn()->rcv_wscale == 2);
	slow_start(8);
	CHECK(window() > 250000 && window() <= 65535u << 2);
}

CASE(window_share, "a window grows to half of the packet buffers at most", SHLD_14)
{
	uint32_t edge, share;

	MEMORY(mbufs) = 2048; /* 1024 for queues */
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	slow_start(8);
	edge = dsl_conn()->rcv_adv;
	share = rig.stack->extents.nodes.capacity << 10;
	CHECK(window() > share - 2 * FULL && window() <= share + 128);
	PAUSE();
	for (int i = 0; i < 700; i++) {
		IN(ACK, .len = FULL);
		SKIP();
		CHECK(seq_ge(dsl_conn()->rcv_adv, edge));
		edge = dsl_conn()->rcv_adv;
	}
	CHECK(edge - dsl_conn()->rcv_nxt <= share - 698 * FULL + 128);
	COUNTER(DROP_TCP_NO_ROOM, 0);
	PEER(1);
	ESTABLISH_UNTIMED(.mss = FULL, .wscale = 7, .ts = 1);
	CHECK(window() == 65535);
	round_trip(1);
	CHECK(window() >= FIRST && window() <= FIRST + 128); /* for whom there is less, this much */
}

/* What a service that always has more has queued. */
static void
fill(struct tct_conn *c)
{
	static const char text[FULL];

	while (tct_send(c, text, FULL, TCT_SEND_STATIC) == 0)
		;
}

static void
send_rounds(unsigned n)
{
	dsl.on[EVENT_writable] = fill;
	fill(dsl_conn());
	for (; n; n--) {
		RUN_MS(100);
		SKIP();
		IN(ACK);
		SKIP();
	}
}

CASE(send_grows, "there is room for twice the congestion window", 3_10_2_send)
{
	uint32_t limit;

	MEMORY(mbufs) = 32768;
	ESTABLISH(.mss = FULL, .wscale = 7, .wnd = 65535);
	CHECK(send_limit(dsl_conn()) == FIRST);
	send_rounds(16);
	CHECK(dsl_conn()->cwnd > FIRST);
	limit = 2 * dsl_conn()->cwnd;
	CHECK(send_limit(dsl_conn()) == limit);
	CHECK(tct_send_queued(dsl_conn()) > limit / 2);
	dsl_conn()->cwnd = FULL;
	CHECK(send_limit(dsl_conn()) == limit); /* what was lost is still queued */
	dsl_conn()->cwnd = 10 << 20;
	CHECK(send_limit(dsl_conn()) == TCP(send_buffer));
	dsl.quiet = true;
}

CASE(send_share, "and no more than half of the packet buffers, or what others leave", 3_10_2_send)
{
	uint32_t share;

	MEMORY(mbufs) = 2048;
	ESTABLISH(.mss = FULL, .wscale = 7, .wnd = 65535);
	send_rounds(1);
	dsl_conn()->cwnd = 10 << 20;
	share = extent_room_left(&rig.stack->extents) << 10;
	CHECK(send_limit(dsl_conn()) == share);
	rig.stack->extents.firsts += 600;
	CHECK(send_limit(dsl_conn()) == FIRST);
	rig.stack->extents.firsts -= 600;
	dsl.quiet = true;
}

/* The next n bytes of the pattern, as a text that others may send, too. */
static struct tct_text *
text_of(uint32_t n)
{
	static uint8_t bytes[2 * FULL];
	static struct tct_text text;
	uint32_t from = conn_data_end(dsl_conn()) - dsl_this()->iss - 1;

	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)dsl_pattern(from + i);
	text = (struct tct_text){.bytes = bytes, .len = n};
	return &text;
}

CASE(text, "a text is used until all of it is acknowledged, and holds no packet buffer",
     3_10_2_send)
{
	struct tct_text *text;

	ESTABLISH(.mss = FULL);
	text = text_of(FULL + 100);
	CHECK(tct_send_text(dsl_conn(), text) == 0);
	CHECK(text->users == 1 && rig.stack->extents.firsts == 0);
	POLL();
	OUT(ACK, .len = FULL);
	OUT(PSH | ACK, .len = 100);
	IN(ACK, .ack = 1 + FULL);
	CHECK(text->users == 1);
	AFTER_MS(200);
	OUT(PSH | ACK, .seq = 1 + FULL, .len = 100);
	IN(ACK);
	CHECK(text->users == 0);
}

CASE(text_shared, "connections share it, whatever becomes of one of them", 3_10_2_send)
{
	struct tct_text *text;

	ESTABLISH(.mss = FULL);
	text = text_of(10);
	CHECK(tct_send_text(dsl_conn(), text) == 0);
	SEND_BYTES(10); /* does not go into it */
	OUT(PSH | ACK, .len = 20);
	PEER(1);
	ESTABLISH(.mss = FULL);
	CHECK(tct_send_text(dsl_conn(), text) == 0);
	POLL();
	OUT(PSH | ACK, .len = 10);
	CHECK(text->users == 2 && text->len == 10);
	IN(RST | ACK);
	EVENT(closed, TCT_RESET);
	CHECK(text->users == 1);
	PEER(0);
	IN(ACK, .ack = 15);
	CHECK(text->users == 0);
	IN(ACK);
}

CASE(text_refused, "what is not queued has no user", 3_10_2_send)
{
	struct tct_text *text;

	TCP(send_buffer) = 1024;
	ESTABLISH(.mss = FULL);
	text = text_of(1025);
	CHECK(tct_send_text(dsl_conn(), text) == -ENOBUFS && text->users == 0);
	CLOSE();
	OUT(FIN | ACK);
	CHECK(tct_send_text(dsl_conn(), text) == -EPIPE && text->users == 0);
	ABORT();
	OUT(RST | ACK);
	EVENT(closed, TCT_ABORTED);
}
