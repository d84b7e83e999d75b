/* SPDX-License-Identifier: BSD-3-Clause */
/* Data that the NIC cuts into segments: what the wire sees is what it would see without. */
#include "dsl.h"
#include "wire/build.h"

static void
with_tso(void)
{
	rig.tx_checksum = true;
	rig.tso = true;
}

/* So many segments, and the last with these flags. */
static void
out(unsigned segments, unsigned len, uint8_t last)
{
	for (unsigned i = 1; i < segments; i++)
		OUT(ACK, .len = len);
	OUT(last, .len = len);
}

/* The first one alone, and then the rest in a packet, from now on all. */
static void
begin(void)
{
	SEND_BYTES(3 * MSS);
	out(3, MSS, PSH | ACK);
	CHECK(rig.cut == 1);
	IN(ACK);
}

CASE(tso, "whole segments in a packet, what is less in one of its own; checksums are right", MUST_2)
{
	with_tso();
	ESTABLISH(.mss = MSS);
	begin();
	SEND_BYTES(6 * MSS + 500);
	out(6, MSS, ACK);
	CHECK(rig.cut == 2);
	COUNTER(TCP_TSO, 2);
	OUT(PSH | ACK, .len = 500);
	CHECK(rig.cut == 2);
	COUNTER(TCP_TX, dsl.active ? 12 : 11);
	IN(ACK);
}

CASE(tso_timestamps, "options stand in each segment", R7323_3_2_a)
{
	with_tso();
	ESTABLISH(.mss = MSS + 12, .ts = 1);
	begin();
	SEND_BYTES(5 * MSS);
	out(5, MSS, PSH | ACK);
	CHECK(rig.cut == 2);
	IN(ACK);
}

CASE(tso_fin, "FIN and PSH stand in the last segment", MUST_61)
{
	with_tso();
	ESTABLISH(.mss = MSS);
	begin();
	SEND_BYTES(20 * MSS);
	SKIP();
	CLOSE();
	IN(ACK);
	CHECK(rig.cut == 3);
	while (dsl_pending() > 1)
		OUT(ACK, .len = MSS);
	OUT(FIN | PSH | ACK, .len = MSS);
	IN(ACK);
}

CASE(tso_limits, "no more segments in a packet, nor bytes, than ports take", MUST_2)
{
	static const uint16_t mss[] = {500, 1400}, packets[] = {2, 3};

	with_tso();
	for (unsigned i = 0; i < RTE_DIM(mss); i++) {
		PEER(i);
		ESTABLISH(.mss = mss[i], .wscale = 7);
		SEND_BYTES(3 * mss[i]);
		out(3, mss[i], PSH | ACK);
		IN(ACK);
		rig.cut = 0;
		dsl_conn()->cwnd = 60 * mss[i];
		SEND_BYTES(60 * mss[i]);
		out(60, mss[i], PSH | ACK);
		CHECK(rig.cut == packets[i]);
		IN(ACK);
	}
}

CASE(tso_short, "segments that a port makes shorter", MUST_2)
{
	with_tso();
	rig.tso_short = 18;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(MSS + 3 * (MSS - 18));
	OUT(ACK, .len = MSS);
	out(3, MSS - 18, PSH | ACK);
	CHECK(rig.cut == 1);
	IN(ACK);
}

CASE(tso_small_mss, "segments that drivers refuse to make are made here", MUST_2)
{
	with_tso();
	ESTABLISH(.mss = 255);
	SEND_BYTES(4 * 255);
	out(4, 255, PSH | ACK);
	CHECK(rig.cut == 0);
	IN(ACK);
}

CASE(tso_off, "without leave, or without buffers, it does not happen", MUST_2)
{
	with_tso();
	TCP(tso) = false;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(4 * MSS);
	out(4, MSS, PSH | ACK);
	CHECK(rig.cut == 0);
	IN(ACK);
}

CASE(tso_buffers, "where buffers run short the segments go out one by one", MUST_2)
{
	with_tso();
	rig.spare_max = TX_RESERVE + TSO_BUFFERS(TSO_BYTES) - 1;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(4 * MSS);
	out(4, MSS, PSH | ACK);
	CHECK(rig.cut == 0);
	IN(ACK);
}

CASE(tso_cwr, "CWR stands in one segment only", R3168_6_1_2)
{
	with_tso();
	ESTABLISH(.flags = ECE | CWR, .mss = MSS);
	begin();
	SEND_BYTES(2 * MSS);
	out(2, MSS, PSH | ACK);
	IN(ECE | ACK);
	SEND_BYTES(4 * MSS);
	OUT(CWR | ACK, .len = MSS);
	out(3, MSS, PSH | ACK);
	CHECK(rig.cut == 3);
	IN(ACK);
}

CASE(tso_retransmit, "what is sent again is sent in segments", R6298_5_5)
{
	with_tso();
	ESTABLISH(.mss = MSS, .sack = 1);
	begin();
	SEND_BYTES(6 * MSS);
	out(6, MSS, PSH | ACK);
	CHECK(rig.cut == 2);
	IN(ACK, .ack = 1 + 3 * MSS, .sack_blocks = {{1 + 5 * MSS, 1 + 9 * MSS}});
	if (!dsl_pending())
		RUN_MS(50); /* RACK waits for reordering */
	OUT(ACK, .seq = 1 + 3 * MSS, .len = MSS);
	RUN_MS(300); /* and once more, by the timer */
	SKIP();
	COUNTER(TCP_TSO, 2);
	CHECK(rig.counters.v[COUNTER_TCP_RETRANSMIT] >= 2);
	IN(ACK);
}

CASE(tso_probe, "nor with new data in one packet", MUST_36)
{
	with_tso();
	ESTABLISH(.mss = MSS);
	begin();
	IN(ACK, .wnd = 0);
	SEND_BYTES(2 * MSS);
	RUN_MS(1500);
	OUT(ACK, .len = 1);
	SKIP();
	IN(ACK, .ack = 1 + 3 * MSS, .wnd = 65535); /* the probe's byte was refused */
	OUT(ACK, .seq = 1 + 3 * MSS, .len = MSS);
	OUT(PSH | ACK, .len = MSS);
	CHECK(rig.cut == 1);
	IN(ACK);
}

CASE(tso_path_lowered, "nothing is cut up while the path's segment size is in doubt", R4821_7_6)
{
	struct tuple t;

	with_tso();
	ESTABLISH(.mss = 1400);
	SEND_BYTES(3 * 1400);
	out(3, 1400, PSH | ACK);
	CHECK(rig.cut == 1);
	t = dsl_tuple();
	tcp_icmp_too_big(rig.stack, &t, dsl_conn()->snd_una, 1290);
	POLL();
	SKIP();
	IN(ACK);
	SKIP();
	CHECK(dsl_conn()->flags & CONN_PATH_LOWERED && dsl_conn()->mss < 1400);
	dsl_conn()->cwnd = 14000;
	SEND_BYTES(4 * dsl_conn()->mss);
	out(4, dsl_conn()->mss, PSH | ACK);
	CHECK(rig.cut == 1);
	IN(ACK);
}
