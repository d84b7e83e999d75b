/* SPDX-License-Identifier: BSD-3-Clause */
/* Data beyond a hole and what is said of it (RFC 2018, 2883), and when data is acknowledged. */
#include "dsl.h"

/* Segments that each arrive in a poll of their own. */
static void
beyond(int64_t seq, int64_t len)
{
	IN(ACK, .seq = seq, .len = len);
	SKIP();
}

static struct reorder *
record(void)
{
	return dsl_conn()->reorder == POOL_NONE
		       ? NULL
		       : pool_at(&rig.stack->reorders, dsl_conn()->reorder);
}

CASE(out_of_order, "data beyond a hole is kept, acknowledged at once, and delivered in its place",
     SHLD_31, MAY_13, R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 105, .data = "efgh");
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 113, .data = "m");
	OUT(ACK, .ack = 101);
	RECEIVED("");
	IN(ACK, .seq = 101, .data = "abcd"); /* fills a part of it: at once, too */
	OUT(ACK, .ack = 109);
	RECEIVED("abcdefgh");
	CHECK(record());
	IN(ACK, .seq = 109, .data = "ijkl");
	OUT(ACK, .ack = 114);
	RECEIVED("ijklm");
	CHECK(!record());
	COUNTER(TCP_OUT_OF_ORDER, 2);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 0);
	dsl_this()->snd_nxt = 114;
	IN(ACK, .data = "n");
	AFTER_MS(40);
	OUT(ACK);
}

CASE(overlap, "bytes that came first stay, whatever comes over them", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 105, .data = "EFGH");
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 113, .data = "M");
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 107, .data = "ghijklmno"); /* over both, and on both sides */
	OUT(ACK, .ack = 101);
	COUNTER(TCP_OVERLAP, 1);
	IN(ACK, .seq = 106, .data = "fgh");
	OUT(ACK, .ack = 101);
	COUNTER(DROP_TCP_DUPLICATE, 1);
	IN(ACK, .seq = 101, .data = "abcdefghijklmnopq");
	OUT(ACK, .ack = 118);
	RECEIVED("abcdEFGHijklMnopq");
	CHECK(!record());
}

CASE(fill_from_the_back, "pieces in any order", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	for (int i = 9; i > 0; i--) {
		IN(ACK, .seq = 101 + i * 100, .len = 100);
		OUT(ACK, .ack = 101);
		CHECK(record()->runs == 1);
	}
	IN(ACK, .seq = 101, .len = 100);
	OUT(ACK, .ack = 1101);
	RECEIVED_BYTES(1000);
	CHECK(!rig.stack->extents.nodes.used);
}

CASE(fin_beyond_hole, "a FIN beyond a hole takes effect in its place", SHLD_31, 3_10_7_4_fin)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(FIN | ACK, .seq = 105, .data = "efgh");
	OUT(ACK, .ack = 101, .sack_blocks = {{105, 110}});
	STATE(ESTABLISHED);
	NO_EVENT();
	IN(ACK, .seq = 101, .data = "abcd");
	OUT(ACK, .ack = 110);
	RECEIVED("abcdefgh");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
	CHECK(!record());
}

CASE(fin_alone_beyond_hole, "the same without data, and nothing is taken beyond it", SHLD_31,
     3_10_7_4_fin)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(FIN | ACK, .seq = 105);
	OUT(ACK, .ack = 101, .sack_blocks = {{105, 106}});
	IN(ACK, .seq = 107, .data = "x");
	OUT(ACK, .ack = 101, .sack_blocks = {{105, 106}});
	COUNTER(DROP_TCP_OUT_OF_ORDER, 1);
	IN(ACK, .seq = 103, .data = "cdef"); /* goes on where the FIN is */
	OUT(ACK, .ack = 101, .sack_blocks = {{103, 106}});
	COUNTER(DROP_TCP_OUT_OF_ORDER, 2);
	IN(FIN | ACK, .seq = 110); /* another one */
	OUT(ACK, .ack = 101, .sack_blocks = {{103, 106}});
	IN(ACK, .seq = 101, .data = "ab");
	OUT(ACK, .ack = 106);
	RECEIVED("abcd");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
}

CASE(fin_before_data, "a FIN before bytes that are kept is none", 3_10_7_4_fin)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 105, .data = "efgh");
	OUT(ACK, .ack = 101);
	IN(FIN | ACK, .seq = 103, .data = "c");
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 101, .data = "abcd");
	OUT(ACK, .ack = 109);
	RECEIVED("abcdefgh");
	NO_EVENT();
	STATE(ESTABLISHED);
}

CASE(fin_cuts_the_queue, "a FIN in order ends the stream, whatever is kept beyond", 3_10_7_4_fin)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 105, .data = "efgh");
	OUT(ACK, .ack = 101);
	IN(FIN | ACK, .seq = 101, .data = "ab");
	OUT(ACK, .ack = 104);
	RECEIVED("ab");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
	CHECK(!record());
}

CASE(fin_twice, "the FIN of the queue and one behind it are one", 3_10_7_4_fin)
{
	ESTABLISH(.mss = 1000);
	IN(FIN | ACK, .seq = 103);
	OUT(ACK, .ack = 101);
	IN(FIN | ACK, .seq = 101, .data = "abc");
	OUT(ACK, .ack = 104);
	RECEIVED("ab");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
}

CASE(fin_of_both, "a FIN beyond a hole in FIN_WAIT_1 and FIN_WAIT_2", 3_10_7_4_fin)
{
	REACH(FIN_WAIT_2);
	IN(FIN | ACK, .seq = 103);
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 101, .data = "ab");
	OUT(ACK, .ack = 104);
	RECEIVED("ab");
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	STATE(TIME_WAIT);
	PEER(1);
	REACH(FIN_WAIT_1);
	IN(FIN | ACK, .ack = 1, .seq = 103);
	OUT(ACK, .ack = 101);
	IN(ACK, .ack = 1, .seq = 101, .data = "ab");
	OUT(ACK, .ack = 104);
	EVENT(peer_closed);
	STATE(CLOSING);
}

CASE(window_bounds_queue, "nothing beyond the window's edge is kept, and the edge stays", SHLD_14,
     R7323_2_4)
{
	TCP(receive_window) = 4000;
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 2101, .len = 1000);
	OUT(ACK, .ack = 101, .wnd = 4000, .sack_blocks = {{2101, 3101}});
	IN(FIN | ACK, .seq = 3601, .len = 1000);
	OUT(ACK, .ack = 101, .wnd = 4000, .sack_blocks = {{3601, 4101}, {2101, 3101}});
	COUNTER(DROP_TCP_NO_ROOM, 1);
	IN(ACK, .seq = 4101);
	IN(FIN | ACK, .seq = 4101); /* at the edge */
	SKIP();
	IN(ACK, .seq = 101, .len = 1000);
	OUT(ACK, .ack = 1101, .wnd = 4000, .sack_blocks = {{3601, 4101}, {2101, 3101}});
	IN(ACK, .seq = 1101, .len = 1000);
	OUT(ACK, .ack = 3101, .wnd = 4000, .sack_blocks = {{3601, 4101}});
	IN(ACK, .seq = 3101, .len = 500);
	OUT(ACK, .ack = 4101, .wnd = 4000);
	RECEIVED_BYTES(4000);
	STATE(ESTABLISHED);
}

CASE(queue_while_paused, "what was beyond a hole is held when the service pauses", SHLD_14, MAY_8)
{
	TCP(receive_window) = 4000;
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(ACK, .seq = 1101, .len = 1000);
	OUT(ACK, .ack = 101, .wnd = 4000);
	IN(ACK, .seq = 101, .len = 1000);
	OUT(ACK, .ack = 2101, .wnd = 2000);
	RECEIVED("");
	CHECK(!record());
	IN(FIN | ACK, .seq = 3101, .len = 1000);
	OUT(ACK, .ack = 2101, .wnd = 2000);
	IN(ACK, .seq = 2101, .len = 1000);
	OUT(ACK, .ack = 4102, .wnd = 0);
	NO_EVENT();
	STATE(CLOSE_WAIT);
	RESUME();
	RECEIVED_BYTES(4000);
	EVENT(peer_closed);
}

static void
pause_at_b(struct tct_conn *c, const struct tct_data *d)
{
	if (*(const char *)d->bytes == 'b')
		tct_pause(c);
}

CASE(pause_in_delivery, "the service pauses in the middle of what a hole held back", SHLD_14)
{
	ESTABLISH(.mss = 1000);
	dsl.on_data = pause_at_b;
	HOLD();
	IN(ACK, .seq = 104, .data = "d");
	IN(ACK, .seq = 102, .data = "b");
	IN(ACK, .seq = 103, .data = "c");
	POLL();
	SKIP();
	IN(ACK, .seq = 101, .data = "a");
	OUT(ACK, .ack = 105);
	RECEIVED("abc"); /* c had been put behind b */
	RESUME();
	RECEIVED("d");
}

static void
close_at_b(struct tct_conn *c, const struct tct_data *d)
{
	if (*(const char *)d->bytes == 'b')
		tct_close(c);
}

CASE(close_in_delivery, "the service closes in the middle: what it did not read ends in a RST",
     SHLD_3)
{
	ESTABLISH(.mss = 1000);
	dsl.on_data = close_at_b;
	HOLD();
	IN(ACK, .seq = 103, .data = "c");
	IN(ACK, .seq = 102, .data = "b");
	POLL();
	SKIP();
	IN(ACK, .seq = 101, .data = "a");
	OUT(RST | ACK, .ack = 103);
	RECEIVED("ab");
	EVENT(closed, TCT_ABORTED);
}

CASE(close_at_the_end, "the last byte that was kept is no unread data", SHLD_3)
{
	ESTABLISH(.mss = 1000);
	dsl.on_data = close_at_b;
	IN(FIN | ACK, .seq = 102, .data = "b");
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 101, .data = "a");
	OUT(FIN | ACK, .ack = 104);
	RECEIVED("ab");
	EVENT(peer_closed);
	STATE(LAST_ACK);
}

CASE(close_with_hole, "data beyond a hole is data that nobody will read", SHLD_3)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 103, .data = "c");
	OUT(ACK, .ack = 101);
	CLOSE();
	OUT(RST | ACK, .ack = 101);
	EVENT(closed, TCT_ABORTED);
	PEER(1);
	ESTABLISH(.mss = 1000);
	CLOSE();
	OUT(FIN | ACK);
	IN(ACK, .seq = 103, .data = "c");
	OUT(RST | ACK, .ack = 101);
	EVENT(closed, TCT_DATA_AFTER_CLOSE);
	PEER(2);
	ESTABLISH(.mss = 1000);
	CLOSE();
	OUT(FIN | ACK);
	IN(FIN | ACK, .seq = 103); /* no data yet */
	OUT(ACK, .ack = 101);
	STATE(FIN_WAIT_2);
}

CASE(reset_with_hole, "what is kept goes with the connection", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	beyond(201, 100);
	IN(RST, .seq = 101);
	EVENT(closed, TCT_RESET);
	CHECK(!rig.stack->reorders.used && !rig.stack->extents.nodes.used);
	COUNTER(TCP_OUT_OF_ORDER, 1);
}

/* ---- limits --------------------------------------------------------------------------------- */

CASE(holes_limit, "so many holes, and no more: single bytes far apart cost a record", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	for (int i = 0; i < REORDER_RUNS; i++)
		beyond(111 + 10 * i, 1);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 0);
	CHECK(record()->runs == REORDER_RUNS && record()->pieces == REORDER_RUNS);
	beyond(111 + 10 * REORDER_RUNS, 1);
	beyond(116, 1);
	beyond(10001, 0);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 2);
	beyond(112, 9); /* but one hole less makes room */
	beyond(111 + 10 * REORDER_RUNS, 1);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 2);
	beyond(101, 10 * REORDER_RUNS + 11);
	RECEIVED_BYTES(10 * REORDER_RUNS + 11);
	CHECK(!record() && !rig.stack->extents.nodes.used);
}

CASE(pieces_limit, "pieces of a queue are bounded by the window", SHLD_31)
{
	uint32_t max;

	TCP(receive_window) = 8192;
	MEMORY(mbufs) = 4096;
	ESTABLISH(.mss = 1000);
	max = rig.stack->reorder_room.pieces_max;
	CHECK(max == 8192 / 512 + 64);
	for (uint32_t i = 0; i < max; i++)
		beyond(8100 - 2 * i, 2); /* backwards: none is absorbed */
	COUNTER(DROP_TCP_OUT_OF_ORDER, 0);
	CHECK(record()->pieces == max);
	beyond(8100 - 2 * max, 2);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 1);
	IN(ACK, .seq = 101, .len = 50); /* in order still */
	OUT(ACK, .ack = 151);
	RECEIVED_BYTES(50);
}

CASE(records_limit, "no record free: dropped, and asked for", SHLD_31)
{
	MEMORY(out_of_order) = 1;
	ESTABLISH(.mss = 1000);
	beyond(201, 100);
	PEER(1);
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 201, .len = 100);
	OUT(ACK, .ack = 101);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 1);
	IN(ACK, .seq = 101, .len = 100);
	AFTER_MS(40);
	OUT(ACK, .ack = 201);
	IN(ACK, .seq = 101, .len = 100); /* nor for a duplicate */
	OUT(ACK, .ack = 201);
	PEER(0);
	beyond(101, 100);
	PEER(1);
	IN(ACK, .seq = 301, .len = 100);
	OUT(ACK, .ack = 201, .sack_blocks = {{301, 401}});
}

CASE(share_limit, "queues take their share of the buffers, and data in order moves on", SHLD_31)
{
	MEMORY(mbufs) = 1024;
	ESTABLISH(.mss = 1000);
	rig.stack->reorder_room.max = 3;
	for (int i = 0; i < 4; i++)
		beyond(2101 + 1100 * i, 1000);
	COUNTER(TCP_OUT_OF_ORDER, 3);
	COUNTER(DROP_TCP_OUT_OF_ORDER, 1);
	PAUSE();
	IN(ACK, .seq = 101, .len = 1000);
	OUT(ACK, .ack = 1101);
	RESUME();
	RECEIVED_BYTES(1000);
	IN(ACK, .seq = 1101, .len = 1000);
	OUT(ACK, .ack = 3101);
	RECEIVED_BYTES(2000);
	beyond(5401, 1000);
	COUNTER(TCP_OUT_OF_ORDER, 4);
}

CASE(tiny_segments, "single bytes in a row share buffers, in one burst and in many", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	for (int i = 0; i < 300; i++)
		beyond(201 + i, 1);
	HOLD();
	for (int i = 300; i < 330; i++)
		IN(ACK, .seq = 201 + i, .len = 1);
	POLL();
	SKIP();
	CHECK(record()->pieces == 1 && rig.stack->extents.nodes.used == 1);
	beyond(101, 100);
	RECEIVED_BYTES(430);
}

CASE(tiny_segments_held, "so do those that a paused service holds", SHLD_31)
{
	ESTABLISH(.mss = 1000);
	PAUSE();
	for (int i = 0; i < 300; i++) {
		IN(ACK, .data = i & 1 ? "x" : "y");
		SKIP();
	}
	CHECK(rig.stack->extents.nodes.used == 1);
	RUN_MS(50);
	SKIP();
	RESUME();
	SKIP();
	CHECK(dsl_this()->tail[43] == 'x' && dsl_this()->tail[42] == 'y');
	RECEIVED_BYTES(300);
}

static void
echo(struct tct_conn *c, const struct tct_data *d)
{
	if (tct_send_data(c, d) < 0)
		tct_abort(c);
}

CASE(tiny_segments_echoed, "so do those that a service sends back, and what it sends itself",
     SHLD_31)
{
	ESTABLISH(.mss = 1000);
	dsl.on_data = echo;
	IN(ACK, .data = "0");
	OUT(PSH | ACK, .data = "0");
	for (int i = 1; i < 300; i++)
		IN(ACK, .ack = 1, .data = (char[]){(char)('0' + i % 10), 0});
	CHECK(!rig.stack->extents.nodes.used); /* the first extent needs no node */
	RUN_MS(50);
	SKIP();
	dsl.on_data = NULL;
	IN(ACK, .ack = 2);
	OUT(PSH | ACK, .seq = 2, .len = 299,
	    .data = "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890123456789");
	IN(ACK);
	SEND("x");
	OUT(PSH | ACK, .data = "x");
	for (int i = 0; i < 300; i++)
		SEND("y");
	CHECK(!rig.stack->extents.nodes.used);
	SKIP();
}

static void
echo_half(struct tct_conn *c, const struct tct_data *d)
{
	struct tct_data half = *d;

	half.len /= 2;
	echo(c, &half);
}

CASE(half_echoed, "behind a part of what came nothing is put into its buffer, where the rest lies",
     SHLD_31)
{
	ESTABLISH(.mss = 1000);
	dsl.on_data = echo_half;
	IN(ACK, .data = "abcdefgh");
	OUT(PSH | ACK, .data = "abcd");
	dsl.on_data = NULL;
	SEND("XY");
	IN(ACK);
	OUT(PSH | ACK, .data = "XY");
}

CASE(chains, "a chain of buffers is kept buffer by buffer", SHLD_31)
{
	struct segment s = {SEGMENT_DEFAULTS, .flags = ACK, .seq = 1101, .len = 1000};
	uint8_t frame[2048];
	unsigned len;

	ESTABLISH(.mss = 1000);
	len = dsl_build(&s, frame);
	CHECK(rig_frame_cut(frame, len, 256) == COUNTER_NONE);
	POLL();
	OUT(ACK, .ack = 101);
	CHECK(record()->pieces >= 4);
	beyond(1501, 100);
	COUNTER(DROP_TCP_DUPLICATE, 1);
	s.seq = 601;
	s.len = 700;
	len = dsl_build(&s, frame);
	CHECK(rig_frame_cut(frame, len, 100) == COUNTER_NONE);
	POLL();
	OUT(ACK, .ack = 101);
	beyond(101, 600);
	CHECK(dsl_this()->tail[1999 % 64] == (uint8_t)dsl_pattern(101 + 1999));
	RECEIVED_BYTES(2000);
}

CASE(resumed_beside_text,
     "what comes between a resume and the next flush waits behind what is held")
{
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(ACK, .data = "ab");
	SKIP();
	RECEIVED("");
	tct_resume(dsl_conn()); /* as from another connection's data() in the same burst */
	IN(ACK, .data = "cd");
	SKIP();
	RECEIVED("abcd");
}

CASE(chain_known_in_part, "of a chain whose first buffers were delivered before, the rest is")
{
	struct segment s = {SEGMENT_DEFAULTS, .flags = ACK, .seq = 101, .len = 1000};
	uint8_t frame[2048];
	unsigned len;

	ESTABLISH(.mss = 1000);
	IN(ACK, .seq = 101, .len = 650);
	SKIP();
	len = dsl_build(&s, frame);
	CHECK(rig_frame_cut(frame, len, 256) == COUNTER_NONE);
	POLL();
	SKIP();
	CHECK(dsl_this()->tail[999 % 64] == (uint8_t)dsl_pattern(101 + 999));
	RECEIVED_BYTES(1000);
}

/* ---- SACK ----------------------------------------------------------------------------------- */

CASE(sack_blocks, "the newest first, then those reported last", R2018_4, R2018_4_a, R2018_4_b)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 201, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{201, 301}});
	IN(ACK, .seq = 401, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{401, 501}, {201, 301}});
	IN(ACK, .seq = 301, .len = 50);
	OUT(ACK, .ack = 101, .sack_blocks = {{201, 351}, {401, 501}});
	IN(ACK, .seq = 601, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{601, 701}, {201, 351}, {401, 501}});
	IN(ACK, .seq = 801, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{801, 901}, {601, 701}, {201, 351}, {401, 501}});
	IN(ACK, .seq = 1001, .len = 100); /* no room for a fifth */
	OUT(ACK, .ack = 101, .sack_blocks = {{1001, 1101}, {801, 901}, {601, 701}, {201, 351}});
	IN(ACK, .seq = 701, .len = 100); /* joins two */
	OUT(ACK, .ack = 101, .sack_blocks = {{601, 901}, {1001, 1101}, {201, 351}, {401, 501}});
	IN(ACK, .seq = 101, .len = 100);
	OUT(ACK, .ack = 351, .sack_blocks = {{601, 901}, {1001, 1101}, {401, 501}});
	IN(ACK, .seq = 351, .len = 1000);
	OUT(ACK, .ack = 1351, .sack_blocks = {{401, 501}});
	IN(ACK, .seq = 1351, .data = "x");
	AFTER_MS(40);
	OUT(ACK, .ack = 1352);
}

CASE(sack_blocks_delivered, "what was delivered takes no place among those reported", R2018_4)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 3001, .len = 100);
	SKIP();
	for (uint32_t i = 0; i < 7; i++) {
		IN(ACK, .seq = 201 + 200 * i, .len = 100);
		SKIP();
	}
	for (uint32_t i = 0; i < 7; i++) {
		IN(ACK, .seq = 101 + 200 * i, .len = 100);
		SKIP();
	}
	IN(ACK, .seq = 4001, .len = 100);
	OUT(ACK, .ack = 1501, .sack_blocks = {{4001, 4101}, {3001, 3101}});
}

CASE(sack_with_timestamps, "three blocks beside timestamps", R2018_4_b)
{
	ESTABLISH(.mss = 1000, .sack = 1, .ts = 1);
	for (int i = 0; i < 3; i++)
		beyond(201 + 200 * i, 100);
	IN(ACK, .seq = 801, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{801, 901}, {601, 701}, {401, 501}});
}

CASE(sack_not_negotiated, "no blocks without SACK-permitted", R2018_2)
{
	TCP(sack) = 0;
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 201, .len = 100);
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 201, .len = 100);
	OUT(ACK, .ack = 101);
	COUNTER(TCP_DSACK_TX, 0);
}

CASE(sack_beside_data, "blocks ride on data where they fit, and else go alone", R2018_4)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	HOLD();
	IN(ACK, .seq = 201, .len = 100);
	SEND_BYTES(10);
	POLL();
	OUT(PSH | ACK, .ack = 101, .len = 10, .sack_blocks = {{201, 301}});
	IN(ACK, .seq = 101);
	HOLD();
	IN(ACK, .seq = 401, .len = 100);
	SEND_BYTES(1000);
	POLL();
	OUT(PSH | ACK, .ack = 101, .len = 1000);
	OUT(ACK, .ack = 101, .sack_blocks = {{401, 501}, {201, 301}});
	IN(ACK, .seq = 101);
	SEND_BYTES(988); /* one block fits */
	OUT(PSH | ACK, .ack = 101, .len = 988, .sack_blocks = {{401, 501}});
	IN(ACK, .seq = 101);
	SEND_BYTES(989);
	OUT(PSH | ACK, .ack = 101, .len = 989);
}

CASE(dsack_below, "a duplicate below the ACK is reported, once", R2883_4, R2883_4_a)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .len = 200);
	AFTER_MS(40);
	OUT(ACK, .ack = 301);
	IN(ACK, .seq = 101, .len = 100);
	OUT(ACK, .ack = 301, .sack_blocks = {{101, 201}});
	CHECK(!record());
	COUNTER(DROP_TCP_DUPLICATE, 1);
	COUNTER(TCP_DSACK_TX, 1);
	IN(ACK, .seq = 251, .len = 100); /* a part of it */
	OUT(ACK, .ack = 351, .sack_blocks = {{251, 301}});
	IN(ACK, .seq = 401, .len = 100);
	OUT(ACK, .ack = 351, .sack_blocks = {{401, 501}});
	IN(ACK, .seq = 151, .len = 100);
	OUT(ACK, .ack = 351, .sack_blocks = {{151, 251}, {401, 501}});
	IN(ACK, .seq = 501, .len = 100);
	OUT(ACK, .ack = 351, .sack_blocks = {{401, 601}});
	IN(ACK, .seq = 351 - 300000, .len = 100); /* older than any window of ours */
	OUT(ACK, .ack = 351, .sack_blocks = {{401, 601}});
}

CASE(dsack_inside, "a duplicate beyond a hole, and the block that it is a part of", R2883_4,
     R2883_4_a, R2883_4_b)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	IN(ACK, .seq = 201, .len = 300);
	OUT(ACK, .ack = 101, .sack_blocks = {{201, 501}});
	IN(ACK, .seq = 601, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{601, 701}, {201, 501}});
	IN(ACK, .seq = 301, .len = 100);
	OUT(ACK, .ack = 101, .sack_blocks = {{301, 401}, {201, 501}, {601, 701}});
	IN(ACK, .seq = 451, .len = 100); /* a part, and new bytes */
	OUT(ACK, .ack = 101, .sack_blocks = {{451, 501}, {201, 551}, {601, 701}});
	HOLD();
	IN(ACK, .seq = 201, .len = 50);
	IN(ACK, .seq = 801, .len = 100);
	POLL();
	OUT(ACK, .ack = 101, .sack_blocks = {{201, 251}, {201, 551}, {801, 901}, {601, 701}});
	OUT(ACK, .ack = 101, .sack_blocks = {{801, 901}, {201, 551}, {601, 701}});
	HOLD();
	IN(ACK, .seq = 201, .len = 50);
	IN(ACK, .seq = 251, .len = 50); /* goes on where the other ended */
	IN(ACK, .seq = 801, .len = 50); /* one of two is reported */
	POLL();
	OUT(ACK, .ack = 101, .sack_blocks = {{201, 301}, {201, 551}, {801, 901}, {601, 701}});
	for (int i = 0; i < 2; i++)
		OUT(ACK, .ack = 101, .sack_blocks = {{801, 901}, {201, 551}, {601, 701}});
}

CASE(dsack_paws, "an old segment that PAWS drops is a duplicate, too", R2883_4)
{
	ESTABLISH(.mss = 1000, .sack = 1, .ts = 1);
	IN(ACK, .len = 100, .ts_val = 5000);
	AFTER_MS(40);
	OUT(ACK, .ack = 201);
	IN(ACK, .seq = 101, .len = 100, .ts_val = 4000);
	OUT(ACK, .ack = 201, .sack_blocks = {{101, 201}});
	COUNTER(DROP_TCP_PAWS, 1);
}

/* ---- when it is acknowledged ---------------------------------------------------------------- */

CASE(duplicate_acks, "a peer without SACK counts: an ACK for each segment beyond the hole",
     R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	HOLD();
	for (int i = 0; i < 5; i++)
		IN(ACK, .seq = 201 + 100 * i, .len = 100);
	POLL();
	for (int i = 0; i < 5; i++)
		OUT(ACK, .ack = 101);
	HOLD();
	IN(ACK, .seq = 701, .len = 100);
	IN(ACK, .seq = 1201, .len = 100);
	IN(ACK, .seq = 101, .len = 50); /* the others speak of what is over */
	IN(ACK, .seq = 801, .len = 100);
	POLL();
	OUT(ACK, .ack = 151);
	OUT(ACK, .ack = 151);
	HOLD();
	for (int i = 0; i < 2; i++)
		IN(ACK, .seq = 901 + 100 * i, .len = 100);
	SEND("data is no duplicate ACK");
	POLL();
	OUT(PSH | ACK, .ack = 151, .len = 24, .data = "data is no duplicate ACK");
	OUT(ACK, .ack = 151);
	OUT(ACK, .ack = 151);
}

CASE(duplicate_acks_after_news, "three of them, and the one before that is none", R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	HOLD();
	IN(ACK, .seq = 101, .len = 100);
	for (int i = 0; i < 3; i++)
		IN(ACK, .seq = 301 + 100 * i, .len = 100);
	POLL();
	for (int i = 0; i < 4; i++)
		OUT(ACK, .ack = 201);
	NOTHING();
}

CASE(duplicate_acks_beside_fin, "a FIN is no duplicate ACK either", R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	HOLD();
	for (int i = 0; i < 2; i++)
		IN(ACK, .seq = 201 + 100 * i, .len = 100);
	SHUTDOWN();
	POLL();
	OUT(FIN | ACK, .seq = 1, .ack = 101);
	OUT(ACK, .seq = 2, .ack = 101);
	OUT(ACK, .seq = 2, .ack = 101);
}

CASE(duplicate_acks_sack, "with SACK one ACK says it all: three are enough, should some be lost",
     MUST_58, R2018_4)
{
	ESTABLISH(.mss = 1000, .sack = 1);
	beyond(201, 100);
	HOLD();
	for (int i = 1; i < 6; i++)
		IN(ACK, .seq = 201 + 100 * i, .len = 100);
	POLL();
	for (int i = 0; i < 3; i++)
		OUT(ACK, .ack = 101, .sack_blocks = {{201, 801}});
	NOTHING();
	HOLD();
	IN(ACK, .seq = 1001, .len = 100);
	IN(ACK, .seq = 101, .len = 50); /* of one hole a part is left, and another one */
	POLL();
	for (int i = 0; i < 2; i++)
		OUT(ACK, .ack = 151, .sack_blocks = {{1001, 1101}, {201, 801}});
	NOTHING();
	HOLD();
	IN(ACK, .seq = 1101, .len = 100);
	IN(ACK, .seq = 151, .len = 50);
	IN(ACK, .seq = 801, .len = 200);
	POLL();
	OUT(ACK, .ack = 1201);
	NOTHING();
}

CASE(quick_acks, "the first full-sized segments are acknowledged at once, small ones are not",
     R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	IN(ACK, .len = 999);
	AFTER_MS(40);
	OUT(ACK);
	for (int i = 0; i < QUICK_ACKS; i++) {
		IN(ACK, .len = 1000);
		OUT(ACK);
	}
	IN(ACK, .len = 1000);
	AFTER_MS(40);
	OUT(ACK);
	RUN_MS(1100); /* longer than the RTO: the peer starts slowly again */
	IN(ACK, .len = 1000);
	OUT(ACK);
}

/* All segments of 1000 bytes from number first to number last; the first of all is 0. */
static void
text(int first, int last)
{
	for (int i = first; i <= last; i++)
		IN(ACK, .seq = 101 + 1000 * i, .len = 1000);
}

/* The same, beyond a hole, one in a poll. */
static void
text_beyond(int first, int last)
{
	for (int i = first; i <= last; i++)
		beyond(101 + 1000 * i, 1000);
}

/* n full-sized segments at once. */
static void
full_segments(unsigned n)
{
	HOLD();
	while (n--)
		IN(ACK, .len = 1000);
	POLL();
}

CASE(burst_beside_flight, "a burst draws one ACK while text of our own is in flight, too", MUST_59)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	SEND_BYTES(3000);
	SKIP();
	HOLD();
	for (int i = 0; i < 5; i++)
		IN(ACK, .ack = 1, .len = 1000);
	POLL();
	OUT(ACK, .ack = 5101);
	NOTHING();
}

CASE(ack_train, "bursts after a hole draw an ACK for each segment", R5681_4_2, MUST_59)
{
	uint32_t edge;

	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	full_segments(5);
	OUT(ACK); /* one is enough where nothing is lost */
	beyond(6101, 1000);
	beyond(5101, 1000);
	PAUSE();
	edge = dsl_conn()->rcv_adv;
	dsl_this()->snd_nxt = 7101;
	full_segments(5);
	for (int64_t ack = 8101; ack <= 11101; ack += 1000) {
		OUT(ACK, .ack = ack);
		CHECK(seq_ge((uint32_t)(ack + (dsl.last.wnd << 7)), edge));
	}
	OUT(ACK, .ack = 12101);
	NOTHING();
	RECEIVED_BYTES(7000);
	RESUME();
	SKIP();
	for (int i = 1; i < TRAIN_ACKS; i++) { /* one burst was before */
		full_segments(3);
		CHECK(dsl_pending() == 3);
		SKIP();
	}
	full_segments(3);
	SKIP();
	full_segments(3);
	OUT(ACK);
	NOTHING();
}

CASE(ack_train_behind_a_hole, "no ACK lies inside what SACK blocks have reported", R5681_4_2,
     R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	text_beyond(1, 5);
	IN(ACK, .seq = 101, .len = 1000);
	OUT(ACK, .ack = 6101);
	NOTHING();
	beyond(7101, 1000);
	beyond(8101, 1000);
	HOLD();
	IN(ACK, .seq = 6101, .len = 1000);
	text(9, 11);
	POLL();
	for (int64_t ack = 9101; ack <= 12101; ack += 1000)
		OUT(ACK, .ack = ack);
	NOTHING();
}

CASE(ack_train_of_two_holes, "nor between two holes that one burst fills", R5681_4_2, R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	text_beyond(1, 3);
	text_beyond(5, 7);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	IN(ACK, .seq = 4101, .len = 1000);
	IN(ACK, .seq = 8101, .len = 1000);
	POLL();
	OUT(ACK, .ack = 8101);
	OUT(ACK, .ack = 9101);
	NOTHING();
}

CASE(ack_train_before_a_hole,
     "while a hole is left there is none: beside its blocks what is in order would pass for lost",
     R5681_4_2, R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	beyond(1101, 1000);
	HOLD();
	text(0, 0);
	text(2, 3);
	IN(ACK, .seq = 9101, .len = 1000);
	POLL();
	for (int i = 0; i < 2; i++) /* one of rcv_nxt's last step, one of the hole */
		OUT(ACK, .ack = 4101, .sack_blocks = {{9101, 10101}});
	NOTHING();
	HOLD();
	text(4, 5);
	POLL();
	for (int i = 0; i < 2; i++)
		OUT(ACK, .ack = 6101, .sack_blocks = {{9101, 10101}});
	NOTHING();
}

CASE(ack_train_of_large_segments, "no more ACKs than a burst has segments, however small ours are",
     R5681_4_2)
{
	ESTABLISH(.mss = 64, .wscale = 7, .sack = 1);
	beyond(1101, 1000);
	IN(ACK, .seq = 101, .len = 1000);
	SKIP();
	full_segments(20);
	CHECK(dsl_pending() <= TCP_BURST + 1);
	SKIP();
}

CASE(ack_train_with_a_duplicate, "nor before a duplicate that it reports", R2883_4, R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	beyond(1101, 1000);
	IN(ACK, .seq = 101, .len = 1000);
	SKIP();
	HOLD();
	text(2, 5);
	IN(ACK, .seq = 3101, .len = 1000);
	POLL();
	OUT(ACK, .ack = 4101, .sack_blocks = {{3101, 4101}});
	for (int64_t ack = 5101; ack <= 6101; ack += 1000)
		OUT(ACK, .ack = ack);
	NOTHING();
	beyond(8101, 1000);
	HOLD();
	IN(ACK, .seq = 6101, .len = 1000);
	IN(ACK, .seq = 8101, .len = 1000); /* beyond the hole: two blocks say so */
	POLL();
	OUT(ACK, .ack = 7101, .sack_blocks = {{8101, 9101}, {8101, 9101}});
	OUT(ACK, .ack = 7101, .sack_blocks = {{8101, 9101}});
	NOTHING();
}

CASE(ack_train_after_a_silence, "the peer's timer does not end it, if it fills the hole", R5681_4_2)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	beyond(1101, 1000);
	RUN_MS(1100);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	IN(ACK, .seq = 2101, .len = 1000);
	IN(ACK, .seq = 3101, .len = 1000);
	POLL();
	for (int64_t ack = 2101; ack <= 4101; ack += 1000)
		OUT(ACK, .ack = ack);
	NOTHING();
}

CASE(ack_train_no_sack, "without SACK it would be the edge of one more hole", R5681_4_2)
{
	ESTABLISH(.mss = 1000, .wscale = 7);
	text_beyond(1, 5);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	IN(ACK, .seq = 6101, .len = 1000);
	IN(ACK, .seq = 7101, .len = 1000);
	POLL();
	for (int64_t ack = 6101; ack <= 8101; ack += 1000)
		OUT(ACK, .ack = ack);
	NOTHING();
}

CASE(ack_train_fin, "a FIN behind the hole ends the train", R5681_4_2, R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	text_beyond(1, 4);
	IN(FIN | ACK, .seq = 5101, .len = 1000);
	OUT(ACK, .ack = 101, .sack_blocks = {{1101, 6102}});
	IN(ACK, .seq = 101, .len = 1000);
	OUT(ACK, .ack = 6102);
	NOTHING();
	EVENT(peer_closed);
}

CASE(ack_of_a_filled_hole_beside_data, "nor is it followed by an ACK that says nothing new",
     R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	beyond(1101, 1000);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	SEND("answer");
	POLL();
	OUT(PSH | ACK, .ack = 2101, .data = "answer");
	NOTHING();
	PEER(1);
	ESTABLISH(.mss = 1000, .sack = 1);
	beyond(1101, 1000);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	SEND_BYTES(1000);
	POLL();
	OUT(PSH | ACK, .ack = 2101, .len = 1000);
	NOTHING();
}

CASE(ack_train_beside_data, "data that goes out acknowledges all, the hole's and what came behind",
     R2018_8_a)
{
	ESTABLISH(.mss = 1000, .wscale = 7, .sack = 1);
	text_beyond(1, 4);
	HOLD();
	IN(ACK, .seq = 101, .len = 1000);
	text(5, 7);
	SEND("x");
	POLL();
	OUT(PSH | ACK, .ack = 8101, .data = "x");
	NOTHING();
}

CASE(quick_acks_after_a_hole, "after a loss the peer's window is small: each segment counts",
     R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	for (int i = 0; i < QUICK_ACKS; i++) {
		IN(ACK, .len = 1000);
		OUT(ACK);
	}
	IN(ACK, .seq = 101 + (QUICK_ACKS + 1) * 1000, .len = 1000);
	OUT(ACK, .ack = 101 + QUICK_ACKS * 1000);
	IN(ACK, .seq = 101 + QUICK_ACKS * 1000, .len = 1000);
	OUT(ACK, .ack = 101 + (QUICK_ACKS + 2) * 1000);
	IN(ACK, .seq = 101 + (QUICK_ACKS + 2) * 1000, .len = 1000);
	OUT(ACK, .ack = 101 + (QUICK_ACKS + 3) * 1000);
}

CASE(resume_opens_window, "resuming tells of the window when it opens by a worthwhile step",
     MUST_39)
{
	TCP(receive_window) = 4000;
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(ACK, .len = 999);
	AFTER_MS(40);
	OUT(ACK, .wnd = 3001);
	RESUME();
	NOTHING(); /* 999 bytes are less than a segment */
	RECEIVED_BYTES(999);
	PAUSE();
	IN(ACK, .len = 1);
	AFTER_MS(40);
	OUT(ACK, .wnd = 3000);
	RESUME();
	OUT(ACK, .wnd = 4000);
	RECEIVED_BYTES(1);
}
