/* SPDX-License-Identifier: BSD-3-Clause */
/* Full segments in a row, which lib/tcp/run.c makes of one header: nobody can tell that from them.
 */
#include "dsl.h"

#define MSS 1000

/* n full segments, with nothing that says they are the last. */
static void
out(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		OUT(ACK, .len = MSS);
}

/* More than one segment has been in flight, and ten may be. */
static void
begin(void)
{
	SEND_BYTES(3 * MSS);
	out(2);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
	CHECK(dsl_conn()->flight != POOL_NONE);
	dsl_conn()->cwnd = 10 * MSS;
}

static const struct range *
flight_first(void)
{
	return pool_at(&rig.stack->ranges, flight_of(dsl_conn())->head);
}

CASE(run, "number, acknowledgment, checksum and text of each; PSH in the last", MUST_2, MUST_61)
{
	ESTABLISH(.mss = MSS);
	begin();
	SEND_BYTES(8 * MSS);
	out(7);
	OUT(PSH | ACK, .len = MSS);
	COUNTER(TCP_TX, dsl.active ? 13 : 12);
	COUNTER(TCP_BYTES_TX, 11 * MSS);
	IN(ACK);
}

CASE(run_timestamps, "with timestamps, of this moment", R7323_3_2_a)
{
	ESTABLISH(.mss = MSS + 12, .ts = 1);
	begin();
	RUN_MS(20);
	SEND_BYTES(8 * MSS);
	out(3);
	CHECK(dsl.last.ts_val == (uint32_t)(rig.stack->now + dsl_conn()->ts_offset));
	out(4);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_offload, "where the port finishes the checksums they come out right", MUST_2)
{
	rig.tx_checksum = true;
	ESTABLISH(.mss = MSS);
	begin();
	SEND_BYTES(8 * MSS);
	out(7);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_dscp, "the DSCP and the TTL that are wanted", MUST_2)
{
	TCP(ttl) = 33;
	ESTABLISH(.mss = MSS);
	begin();
	tct_set_dscp(dsl_conn(), 10);
	SEND_BYTES(5 * MSS);
	for (unsigned i = 0; i < 4; i++)
		OUT(ACK, .len = MSS, .tos = 10 << 2, .ttl = 33);
	OUT(PSH | ACK, .len = MSS, .tos = 10 << 2, .ttl = 33);
	IN(ACK);
}

CASE(run_pieces, "text that was queued in pieces of any size", MUST_2)
{
	ESTABLISH(.mss = MSS);
	begin();
	HOLD();
	for (unsigned i = 0; i < 9; i++)
		SEND_BYTES(777);
	POLL();
	out(6);
	OUT(PSH | ACK, .len = 9 * 777 - 6 * MSS);
	IN(ACK);
}

CASE(run_long_pieces, "text in pieces of many segments, in one, and over the end of one by a byte",
     MUST_2)
{
	static const uint32_t len[] = {2 * MSS + MSS - 1, 5 * MSS + 1};
	static uint8_t text[2][8 * MSS];

	ESTABLISH(.mss = MSS);
	begin();
	HOLD();
	for (unsigned i = 0, from = 3 * MSS; i < 2; from += len[i++]) {
		for (unsigned at = 0; at < len[i]; at++)
			text[i][at] = (uint8_t)dsl_pattern(from + at);
		CHECK(tct_send(dsl_conn(), text[i], len[i], TCT_SEND_STATIC) == 0);
	}
	POLL();
	out(7);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_window, "the peer's window ends in the middle of a segment, and opens", MUST_38)
{
	ESTABLISH(.mss = MSS);
	begin();
	IN(ACK, .wnd = 5400);
	SEND_BYTES(8 * MSS);
	out(5);
	NOTHING();
	IN(ACK, .ack = 1 + 4 * MSS, .wnd = 6400);
	out(2);
	NOTHING();
	IN(ACK);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_cwnd, "cwnd ends in the middle of a segment", R5681_3_1_a)
{
	ESTABLISH(.mss = MSS);
	begin();
	dsl_conn()->cwnd = 4 * MSS + 999;
	dsl_conn()->ssthresh = 1;
	SEND_BYTES(8 * MSS);
	out(4);
	NOTHING();
	CHECK(flight_of(dsl_conn())->bytes == 4 * MSS && flight_of(dsl_conn())->limited);
	dsl_conn()->cwnd = 4 * MSS;
	IN(ACK, .ack = 1 + 5 * MSS);
	out(2);
	dsl_conn()->cwnd = 10 * MSS;
	IN(ACK);
	OUT(ACK, .len = MSS);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_tail, "what is less than a segment follows, once", SHLD_7)
{
	ESTABLISH(.mss = MSS);
	begin();
	SEND_BYTES(5 * MSS + 1);
	out(5);
	OUT(PSH | ACK, .len = 1);
	SEND_BYTES(3 * MSS + 1);
	out(3);
	NOTHING();
	IN(ACK, .ack = 2 + 8 * MSS);
	OUT(PSH | ACK, .len = 1);
	IN(ACK);
}

CASE(run_fin, "FIN and PSH stand in the last", MUST_61, 3_10_4_close)
{
	ESTABLISH(.mss = MSS);
	begin();
	HOLD();
	SEND_BYTES(6 * MSS);
	SHUTDOWN();
	POLL();
	out(5);
	OUT(FIN | PSH | ACK, .len = MSS);
	IN(ACK);
	STATE(FIN_WAIT_2);
}

CASE(run_acknowledges, "they acknowledge what came in the same burst, and no ACK follows", MUST_58)
{
	ESTABLISH(.mss = MSS);
	begin();
	HOLD();
	IN(ACK, .len = MSS);
	IN(ACK, .len = MSS);
	SEND_BYTES(8 * MSS);
	POLL();
	out(7);
	OUT(PSH | ACK, .len = MSS);
	NOTHING();
	QUIET_MS(100);
	IN(ACK);
	SEND_BYTES(MSS);
	OUT(PSH | ACK, .len = MSS);
	HOLD();
	IN(ACK, .len = MSS, .wnd = 5400);
	IN(ACK, .len = MSS, .wnd = 5400);
	SEND_BYTES(8 * MSS);
	POLL();
	out(5); /* and nothing behind them */
	NOTHING();
	dsl.quiet = true;
	IN(ACK, .wnd = 65535);
}

CASE(run_hole, "of a hole that came in the same burst an ACK tells, behind them", R5681_4_2)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	begin();
	HOLD();
	IN(ACK, .seq = 100 + 1 + MSS, .len = MSS);
	SEND_BYTES(5 * MSS);
	POLL();
	out(4);
	OUT(PSH | ACK, .len = MSS);
	OUT(ACK, .sack_blocks = {{101 + MSS, 101 + 2 * MSS}});
	IN(ACK, .seq = 101, .len = MSS);
	OUT(ACK, .ack = 101 + 2 * MSS);
}

CASE(run_buffers, "where buffers end, so does it, and goes on in the next poll", MUST_2)
{
	ESTABLISH(.mss = MSS);
	begin();
	rig.spare_max = 200;
	HOLD();
	SEND_BYTES(8 * MSS);
	while (rig.tx->spare_count > TX_RESERVE + 3)
		rte_pktmbuf_free(rig.tx->spare[--rig.tx->spare_count]);
	tcp_flush(rig.stack);
	CHECK(rig.tx->out_count == 3 && rig.tx->spare_count == TX_RESERVE);
	CHECK(dsl_conn()->flags & CONN_RETRY);
	POLL();
	out(7);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_queue, "no more packets than the queue to the port holds", MUST_2)
{
	ESTABLISH(.mss = MSS);
	begin();
	HOLD();
	SEND_BYTES(8 * MSS);
	rig.tx->out_count = TX_OUT_MAX - 3;
	tcp_flush(rig.stack);
	CHECK(rig.tx->out_count == TX_OUT_MAX && dsl_conn()->flags & CONN_RETRY);
	memmove(rig.tx->out, rig.tx->out + TX_OUT_MAX - 3, 3 * sizeof(rig.tx->out[0]));
	memmove(rig.tx->hop, rig.tx->hop + TX_OUT_MAX - 3, 3 * sizeof(rig.tx->hop[0]));
	rig.tx->out_count = 3;
	POLL();
	out(7);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_range, "what is in flight is one range of the scoreboard", R6675_5)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	begin();
	SEND_BYTES(8 * MSS);
	out(7);
	OUT(PSH | ACK, .len = MSS);
	CHECK(rig.stack->ranges.used == 1);
	IN(ACK);
}

CASE(run_lost, "a part of it is lost, is sent again, and nothing else", R6675_5)
{
	ESTABLISH(.mss = MSS, .sack = 1);
	begin();
	SEND_BYTES(8 * MSS);
	out(7);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK, .ack = 1 + 4 * MSS, .sack_blocks = {{1 + 5 * MSS, 1 + 11 * MSS}});
	if (!dsl_pending())
		RUN_MS(50); /* RACK waits for reordering */
	OUT(ACK, .seq = 1 + 4 * MSS, .len = MSS);
	NOTHING();
	IN(ACK, .ack = 1 + 11 * MSS);
	COUNTER(TCP_RETRANSMIT, 1);
}

CASE(run_probed, "the byte that probed a window is sent again, the rest for the first time",
     MUST_36)
{
	ESTABLISH(.mss = MSS);
	begin();
	IN(ACK, .wnd = 0);
	SEND_BYTES(5 * MSS);
	RUN_MS(1500);
	OUT(ACK, .len = 1);
	SKIP();
	IN(ACK, .ack = 1 + 3 * MSS, .wnd = 65535); /* the probe's byte was refused */
	OUT(ACK, .seq = 1 + 3 * MSS, .len = MSS);
	out(3);
	OUT(PSH | ACK, .len = MSS);
	CHECK(flight_first()->end - flight_first()->start == MSS);
	IN(ACK);
}

CASE(run_no_range, "without a place on the scoreboard one segment goes at a time", R6675_5)
{
	uint32_t taken[257], n = 0;

	ESTABLISH(.mss = MSS, .sack = 1);
	begin();
	while ((taken[n] = pool_alloc(&rig.stack->ranges)) != POOL_NONE)
		n++;
	HOLD();
	SEND_BYTES(5 * MSS);
	tcp_flush(rig.stack);
	CHECK(rig.tx->out_count == 0 && dsl_conn()->snd_nxt == dsl_conn()->snd_una);
	while (n)
		pool_free(&rig.stack->ranges, taken[--n]);
	POLL();
	out(4);
	OUT(PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(run_timer, "all of it is lost: the timer runs from when it was sent", R6298_5_1)
{
	ESTABLISH(.mss = MSS);
	begin();
	RUN_MS(500);
	SEND_BYTES(8 * MSS);
	out(7);
	OUT(PSH | ACK, .len = MSS);
	CHECK(dsl_conn()->rtx_at == tick_add(rig.stack->now, dsl_conn()->rto_ticks));
	RUN_MS(400);
	SKIP();
	CHECK(rig.counters.v[COUNTER_TCP_TIMEOUT] != 0);
	IN(ACK, .ack = 1 + 11 * MSS);
}

CASE(run_idle, "after a silence cwnd is what it was at the start, and the run no longer", R5681_4_1)
{
	ESTABLISH(.mss = MSS);
	begin();
	dsl_conn()->cwnd = 40 * MSS;
	RUN_MS(10000);
	SEND_BYTES(20 * MSS);
	out(10);
	NOTHING();
	dsl.quiet = true;
}
