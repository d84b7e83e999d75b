/* SPDX-License-Identifier: BSD-3-Clause */
/* Reductions that were a mistake: RFC 3522, RFC 4015, RFC 3708. */
#include "dsl.h"

/* Open with timestamps, whose 12 bytes are the MSS's; 1 to 2001 took 100 ms. */
static void
open_with_timestamps(bool sack)
{
	ESTABLISH_UNTIMED(.mss = MSS + 12, .ts = 1, .sack = sack ? 1 : UNSAID);
	BURST(2);
	RUN_MS(100);
	IN(ACK);
}

CASE(late_ack, "the timeout was too soon: the ACK is of the first transmission; all is as before",
     R3522_3_2, R4015_3)
{
	uint32_t rto;

	for (int sack = 0; sack < 2; sack++) {
		int64_t first;

		PEER((unsigned)sack);
		open_with_timestamps(sack);
		rto = dsl_conn()->rto_ticks;
		BURST(6); /* 2001 to 8001 */
		first = dsl.last.ts_val;
		RUN_MS(sack ? 205 : 305);
		SKIP(); /* with SACK a probe */
		RUN_MS(sack ? 305 : 0);
		SKIP();
		CHECK(dsl_flight()->state == RECOVERY_LOSS && dsl_conn()->cwnd == MSS);
		CHECK(dsl_conn()->rto_ticks >= 2 * rto - 4);
		IN(ACK, .ack = 3001, .ts_ecr = first);
		CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_flight()->lost_bytes == 0);
		CHECK(dsl_conn()->cwnd == 5000 + 1000 && dsl_conn()->ssthresh == UINT32_MAX);
		CHECK(dsl_conn()->srtt_us > 110000); /* and slower now */
		NOTHING();
		COUNTER(TCP_SPURIOUS, 1u + (unsigned)sack);
		IN(ACK, .ts_ecr = first);
	}
}

/* n segments, from 2001 on; the timer says too soon that they are lost. When they went out. */
static int64_t
time_out(unsigned n)
{
	int64_t first;

	BURST(n);
	first = dsl.last.ts_val;
	RUN_MS(305);
	OUT(ACK, .seq = 2001, .len = MSS);
	CHECK(dsl_flight()->state == RECOVERY_LOSS && dsl_conn()->ssthresh == 7000);
	return first;
}

CASE(no_burst, "an ACK of much that was late lets out an initial window, and slow start goes on",
     R4015_3)
{
	int64_t first;

	open_with_timestamps(false);
	BURST(10);
	first = dsl.last.ts_val;
	RUN_MS(100);
	IN(ACK, .ack = 12001, .ts_ecr = first);
	CHECK(dsl_conn()->cwnd == 18000);
	BURST(18);
	first = dsl.last.ts_val;
	RUN_MS(330);
	OUT(ACK, .seq = 12001, .len = MSS);
	HOLD();
	SEND_BYTES(40000);
	IN(ACK, .ack = 27001, .ts_ecr = first);
	POLL();
	CHECK(dsl_pending() == 10 && dsl_conn()->cwnd == 13000);
	SKIP();
	dsl.quiet = true;
	IN(ACK, .ack = 30001, .ts_ecr = first);
	CHECK(dsl_conn()->cwnd == 16000);
}

CASE(pipe_before, "a window beyond ssthresh comes back by slow start, too", R4015_3)
{
	int64_t first;

	open_with_timestamps(false);
	dsl_conn()->ssthresh = 4000;
	first = time_out(10);
	IN(ACK, .ack = 3001, .ts_ecr = first);
	CHECK(dsl_conn()->cwnd == 10000 && dsl_conn()->ssthresh == 10000);
	IN(ACK, .ts_ecr = first);
}

CASE(echo_with_late_ack, "an ACK that tells of congestion undoes nothing, though it is late",
     R4015_3, R3168_6_1_2)
{
	int64_t first;

	ESTABLISH_UNTIMED(.flags = ECE | CWR, .mss = MSS + 12, .ts = 1);
	BURST(2);
	RUN_MS(100);
	IN(ACK);
	first = time_out(6);
	IN(ECE | ACK, .ack = 3001, .ts_ecr = first);
	NOTHING();
	CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_flight()->lost_bytes == 0);
	CHECK(dsl_conn()->cwnd == MSS && dsl_conn()->ssthresh == 7000);
	IN(ACK, .ts_ecr = first);
}

CASE(slower_path, "the first round trip after a timeout too soon is what the estimate begins with",
     R4015_3)
{
	for (unsigned slow = 0; slow < 2; slow++) {
		uint32_t srtt, rttvar, rtt = slow ? 250000 : 20000;
		int64_t first;

		PEER(slow);
		open_with_timestamps(false);
		srtt = dsl_conn()->srtt_us + 2048;
		rttvar = dsl_conn()->rttvar_us;
		first = time_out(6);
		IN(ACK, .ack = 3001, .ts_ecr = first);
		IN(ACK, .ts_ecr = first);
		CHECK(dsl_conn()->srtt_us > srtt && dsl_conn()->rttvar_us > rttvar);
		for (unsigned i = 0; i < 2; i++) {
			BURST(1);
			RUN_MS(rtt / 1000);
			IN(ACK);
			if (i == 0 && slow) {
				CHECK(dsl_conn()->srtt_us - rtt < 2000);
				CHECK(dsl_conn()->rttvar_us - rtt / 2 < 1000);
			} else if (i == 0) {
				CHECK(dsl_conn()->srtt_us == srtt);
				CHECK(dsl_conn()->rttvar_us == rttvar);
			}
		}
		CHECK(!dsl_flight()->rto_anew && (slow || dsl_conn()->srtt_us < srtt));
	}
}

CASE(slower_path_late, "also if only duplicates tell of it, when all has arrived", R4015_3, R3708_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	MEASURE();
	BURST(4);
	RUN_MS(520);
	OUT(PSH | ACK, .seq = 4001, .len = MSS); /* the probe */
	OUT(ACK, .seq = 1001, .len = MSS);
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_conn()->ssthresh == 7000);
	IN(ACK, .sack_blocks = {{4001, 5001}});
	COUNTER(TCP_SPURIOUS, 0);
	IN(ACK, .sack_blocks = {{1001, 2001}});
	COUNTER(TCP_SPURIOUS, 1);
	CHECK(dsl_conn()->ssthresh == UINT32_MAX && !dsl_flight()->reordering_seen);
	BURST(1);
	RUN_MS(150);
	IN(ACK);
	CHECK(dsl_conn()->srtt_us >= 150000 && dsl_conn()->srtt_us < 152000);
}

CASE(echo_of_lost_ack, "the ACK of a retransmission was lost: what the timer took is no round trip",
     MUST_18, R6298_3)
{
	uint32_t srtt;
	int64_t again;

	open_with_timestamps(false);
	srtt = dsl_conn()->srtt_us;
	BURST(6);
	for (int i = 0; i < 3; i++)
		IN(ACK, .ack = 2001);
	OUT(ACK, .seq = 2001, .len = MSS);
	again = dsl.last.ts_val;
	RUN_MS(320);
	OUT(ACK, .seq = 2001, .len = MSS);
	RUN_MS(50);
	IN(ACK, .ack = 3001, .ts_ecr = again); /* as old as the first of the two */
	SKIP();
	CHECK(dsl_conn()->srtt_us == srtt);
	COUNTER(TCP_SPURIOUS, 0);
	dsl.quiet = true;
}

CASE(true_timeout, "the ACK is of the retransmission: it was no mistake", R3522_3_2)
{
	open_with_timestamps(false);
	BURST(6);
	RUN_MS(305);
	OUT(ACK, .seq = 2001, .len = MSS);
	RUN_MS(50);
	IN(ACK, .ack = 3001);
	OUT(ACK, .seq = 3001, .len = MSS);
	SKIP();
	CHECK(dsl_flight()->state == RECOVERY_LOSS && dsl_conn()->ssthresh == 7000);
	COUNTER(TCP_SPURIOUS, 0);
	IN(ACK);
}

CASE(late_segment, "a fast retransmit was too soon: reordering, as the timestamp shows", R3522_3_2,
     R4015_3)
{
	for (int sack = 0; sack < 2; sack++) {
		int64_t first;

		PEER((unsigned)sack);
		open_with_timestamps(sack);
		BURST(6);
		first = dsl.last.ts_val;
		RUN_MS(100);
		for (int i = 1; i <= 3; i++) {
			if (sack)
				IN(ACK, .ack = 2001, .ts_ecr = first,
				   .sack_blocks = {{3001, 3001 + i * MSS}});
			else
				IN(ACK, .ack = 2001, .ts_ecr = first);
		}
		OUT(ACK, .seq = 2001, .len = MSS);
		CHECK(dsl_conn()->ssthresh == 7000);
		RUN_MS(5);
		IN(ACK, .ack = 6001, .ts_ecr = first);
		CHECK(dsl_flight()->state == RECOVERY_NONE);
		CHECK(dsl_conn()->cwnd == 2000 + 4000 && dsl_conn()->ssthresh == UINT32_MAX);
		CHECK(dsl_flight()->reordering_seen && !dsl_flight()->rto_anew);
		COUNTER(TCP_SPURIOUS, 1u + (unsigned)sack);
		IN(ACK, .ts_ecr = first);
	}
}

CASE(late_before_sent, "what came before any of it was sent again was not lost", R4015_3)
{
	for (unsigned sack = 0; sack < 2; sack++) {
		PEER(sack);
		ESTABLISH_UNTIMED(.mss = MSS, .sack = sack ? 1 : UNSAID);
		BURST(6);
		RUN_MS(100);
		HOLD();
		for (int i = 1; i <= 3; i++) {
			if (sack)
				IN(ACK, .ack = 1, .sack_blocks = {{1001, 1001 + i * MSS}});
			else
				IN(ACK, .ack = 1);
		}
		IN(ACK, .ack = 5001);
		POLL();
		NOTHING();
		COUNTER(TCP_FAST_RECOVERY, 1 + sack);
		COUNTER(TCP_SPURIOUS, 1 + sack);
		CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_flight()->reordering_seen);
		CHECK(dsl_conn()->cwnd == 6000 && dsl_conn()->ssthresh == UINT32_MAX);
		IN(ACK);
	}
	COUNTER(TCP_RETRANSMIT, 0);
}

CASE(late_not_all, "that one of two came says nothing of the other", R4015_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(8);
	RUN_MS(100);
	HOLD();
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 3001}, {4001, 8001}});
	IN(ACK, .ack = 3001, .sack_blocks = {{4001, 8001}});
	POLL();
	OUT(ACK, .seq = 3001, .len = MSS);
	CHECK(dsl_flight()->state == RECOVERY_FAST && dsl_conn()->ssthresh == 7000);
	IN(ACK);
	COUNTER(TCP_SPURIOUS, 0);
	CHECK(dsl_conn()->ssthresh == 7000);
}

CASE(late_beside_sacked,
     "what SACK has told of counts as in flight, but for a burst beyond an initial window", R4015_3)
{
	for (int64_t more = 0; more < 2; more++) {
		int64_t first, end = more ? 16001 : 10001;

		PEER((unsigned)more);
		open_with_timestamps(true);
		dsl_conn()->cwnd = 20000;
		BURST(more ? 14 : 8); /* from 2001 on; 2001 and 6001 come late */
		first = dsl.last.ts_val;
		RUN_MS(100);
		IN(ACK, .ack = 2001, .ts_ecr = first, .sack_blocks = {{3001, 6001}, {7001, end}});
		SKIP();
		CHECK(dsl_flight()->state == RECOVERY_FAST);
		dsl_conn()->cwnd = MSS; /* as far as PRR may go */
		IN(ACK, .ack = 6001, .ts_ecr = first, .sack_blocks = {{7001, end}});
		CHECK(dsl_flight()->state == RECOVERY_NONE);
		CHECK(dsl_conn()->cwnd == (more ? 1000 + 10000 : 4000 + 4000));
		IN(ACK, .ts_ecr = first);
	}
}

CASE(all_duplicates, "without timestamps: all that was sent again is reported as a duplicate",
     R3708_3, R2883_5)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(8);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{2001, 7001}});
	OUT(ACK, .seq = 1, .len = MSS);
	OUT(ACK, .seq = 1001, .len = MSS);
	RUN_MS(10);
	IN(ACK, .ack = 8001);
	CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_conn()->ssthresh == 7000);
	RUN_MS(90);
	IN(ACK, .ack = 8001, .sack_blocks = {{1, 1001}});
	CHECK(dsl_conn()->ssthresh == 7000);
	COUNTER(TCP_SPURIOUS, 0);
	IN(ACK, .ack = 8001, .sack_blocks = {{1001, 2001}});
	COUNTER(TCP_SPURIOUS, 1);
	CHECK(dsl_conn()->cwnd == 7000 && dsl_conn()->ssthresh == UINT32_MAX);
	IN(ACK, .ack = 8001, .sack_blocks = {{1, 1001}});
	COUNTER(TCP_SPURIOUS, 1);
}

/* One of three segments is lost and repaired, from seq on; the peer is at seq + 3000 then. */
static void
true_loss(int64_t seq)
{
	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = seq, .sack_blocks = {{seq + 1000, seq + 4000}});
	OUT(ACK, .seq = seq, .len = MSS);
	RUN_MS(100);
	IN(ACK);
	CHECK(dsl_flight()->state == RECOVERY_NONE && dsl_conn()->ssthresh == 7000);
}

CASE(later_duplicate, "a duplicate of other data undoes nothing", R3708_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(1);
	RUN_MS(100);
	IN(ACK);
	true_loss(1001);
	BURST(1);
	IN(ACK);
	IN(ACK, .sack_blocks = {{5001, 6001}}); /* made by the network */
	IN(ACK, .sack_blocks = {{1, 1001}});
	COUNTER(TCP_DSACK_RX, 2);
	COUNTER(TCP_SPURIOUS, 0);
	CHECK(dsl_conn()->ssthresh == 7000);
}

CASE(later_probe, "a probe sent again after recovery is not what has to be reported", R3708_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	true_loss(1);
	CHECK(dsl_flight()->undo_bytes == 1000);
	BURST(2);
	RUN_MS(250);
	OUT(PSH | ACK, .seq = 5001, .len = MSS);
	CHECK(dsl_flight()->undo_bytes == 1000);
	IN(ACK);
	IN(ACK, .sack_blocks = {{5001, 6001}});
	COUNTER(TCP_SPURIOUS, 0);
}

CASE(probe_before, "a probe sent again before recovery is: its duplicate says nothing of the loss",
     R3708_3)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	BURST(1);
	RUN_MS(100);
	IN(ACK);
	BURST(6);
	RUN_MS(205);
	OUT(PSH | ACK, .seq = 6001, .len = MSS);
	IN(ACK, .ack = 1001, .sack_blocks = {{2001, 7001}});
	OUT(ACK, .seq = 1001, .len = MSS);
	CHECK(dsl_flight()->undo_bytes == 2000);
	IN(ACK, .ack = 1001, .sack_blocks = {{6001, 7001}, {2001, 7001}});
	COUNTER(TCP_SPURIOUS, 0);
	CHECK(dsl_conn()->ssthresh == 7000);
	IN(ACK, .ack = 7001, .sack_blocks = {{1001, 2001}});
	COUNTER(TCP_SPURIOUS, 1);
}

CASE(echo_is_final, "a reduction for ECN ends the undo of the one before", R3168_6_1_2)
{
	ESTABLISH_UNTIMED(.flags = ECE | CWR, .mss = MSS, .sack = 1);
	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = 1, .sack_blocks = {{1001, 4001}});
	OUT(ACK, .seq = 1, .len = MSS);
	RUN_MS(100);
	IN(ACK);
	SEND_BYTES(1000);
	OUT(CWR | PSH | ACK, .len = MSS);
	RUN_MS(100);
	IN(ECE | ACK);
	CHECK(dsl_conn()->ssthresh < 7000);
	IN(ACK, .sack_blocks = {{1, 1001}});
	COUNTER(TCP_SPURIOUS, 0);
	CHECK(dsl_conn()->ssthresh < 7000);
}

CASE(undone_cubic, "undo gives CUBIC its curve back", R9438_4_9)
{
	ESTABLISH_UNTIMED(.mss = MSS, .sack = 1);
	true_loss(1);
	BURST(4);
	RUN_MS(100);
	IN(ACK, .ack = 4001, .sack_blocks = {{5001, 8001}});
	OUT(ACK, .seq = 4001, .len = MSS);
	CHECK(dsl_flight()->congestion[0] < 10000); /* W_max, by fast convergence */
	RUN_MS(10);
	IN(ACK);
	IN(ACK, .sack_blocks = {{4001, 5001}});
	COUNTER(TCP_SPURIOUS, 1);
	CHECK(dsl_flight()->congestion[0] == 10000);
	CHECK(dsl_conn()->ssthresh == 7000);
}
