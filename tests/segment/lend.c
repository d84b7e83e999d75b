/* SPDX-License-Identifier: BSD-3-Clause */
/* Payload that the NIC takes from where it lies: the wire sees what it would see without, and what
 * the NIC still has is written by nobody, whatever becomes of the connection. */
#include "dsl.h"
#include "wire/build.h"

#define MSS 1000

static void
with_lending(bool owned)
{
	rig.lend_dma = owned;
	rig.lend_static = !owned;
	rig.lend_min = 500;
	rig.lend_buffers = LENT_TSO_BUFFERS;
}

/* n full segments, the last of them the last there is. */
static void
out(unsigned n)
{
	while (n-- > 1)
		OUT(ACK, .len = MSS);
	OUT(PSH | ACK, .len = MSS);
}

static uint8_t pattern[65536];

/* The next n bytes of the pattern, which nobody owns. */
static void
send_static(uint32_t n)
{
	struct tct_conn *c = dsl_conn();
	uint32_t from = conn_data_end(c) - dsl_this()->iss - 1;

	for (uint32_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)dsl_pattern(i);
	CHECK(tct_send(c, pattern + from, n, TCT_SEND_STATIC) == 0);
}

/* Eight segments of it, one of which lies in two extents. */
static void
out_static(void)
{
	HOLD();
	send_static(4500);
	send_static(3500);
	POLL();
	out(8);
}

CASE(lend, "what lies in packet buffers, over their ends, with checksums that are right", MUST_2)
{
	with_lending(true);
	ESTABLISH(.mss = MSS);
	SEND_BYTES(8 * MSS);
	out(8);
	COUNTER(TCP_LENT, 8);
	CHECK(rig.lent == 8);
	IN(ACK);
}

CASE(lend_static, "what nobody owns", MUST_2)
{
	with_lending(false);
	ESTABLISH(.mss = MSS);
	out_static();
	CHECK(rig.lent == 8);
	IN(ACK);
}

CASE(lend_readable, "what nobody owns, as far as a device can read it", MUST_2)
{
	with_lending(true);
	rig.dma = pattern + 2 * MSS;
	rig.dma_len = sizeof(pattern) - 2 * MSS;
	rig.keeps = true;
	ESTABLISH(.mss = MSS);
	out_static();
	CHECK(rig.lent == 6);
	COUNTER(TCP_LENT, 6);
	CHECK(rte_mbuf_ext_refcnt_read(&rig.lent_count) == 1 + 7); /* one packet has two pieces */
	IN(ACK);
	rig_let_go(rig.kept_count);
	CHECK(rte_mbuf_ext_refcnt_read(&rig.lent_count) == 1);
}

CASE(lend_in_part, "a piece that a device cannot read to its end is copied", MUST_2)
{
	with_lending(true);
	rig.dma = pattern;
	rig.dma_len = MSS + MSS / 2;
	ESTABLISH(.mss = MSS);
	send_static(3 * MSS);
	POLL();
	out(3);
	CHECK(rig.lent == 1);
	IN(ACK);
}

CASE(lend_offload, "where the port finishes the checksums they come out right", MUST_2)
{
	with_lending(true);
	rig.tx_checksum = true;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(8 * MSS);
	out(8);
	CHECK(rig.lent == 8);
	IN(ACK);
}

CASE(lend_no_text, "a text is copied: nobody would say that a packet still refers to it", MUST_2)
{
	static uint8_t bytes[4 * MSS];
	struct tct_text text = {.bytes = bytes, .len = sizeof(bytes)};

	with_lending(true);
	rig.lend_static = true;
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)dsl_pattern(i);
	ESTABLISH(.mss = MSS);
	CHECK(tct_send_text(dsl_conn(), &text) == 0);
	POLL();
	out(4);
	CHECK(rig.lent == 0);
	IN(ACK);
	CHECK(text.users == 0);
}

CASE(lend_ecn, "where headers say more than usual", MUST_2)
{
	with_lending(true);
	ESTABLISH(.flags = ECE | CWR, .mss = MSS);
	SEND_BYTES(4 * MSS);
	for (unsigned i = 1; i < 4; i++)
		OUT(ACK, .len = MSS, .tos = 2);
	OUT(PSH | ACK, .len = MSS, .tos = 2);
	CHECK(rig.lent == 4);
	IN(ACK);
}

CASE(lend_other, "what the port cannot take from there is copied", MUST_2)
{
	with_lending(false);
	ESTABLISH(.mss = MSS);
	SEND_BYTES(4 * MSS);
	out(4);
	CHECK(rig.lent == 0);
	IN(ACK);
	rig.stack->lend_static = false;
	rig.stack->lend_dma = true;
	send_static(MSS);
	POLL();
	out(1);
	COUNTER(TCP_LENT, 0);
	IN(ACK);
}

CASE(lend_small, "little is copied", MUST_2)
{
	with_lending(true);
	ESTABLISH(.mss = MSS);
	SEND_BYTES(499);
	OUT(PSH | ACK, .len = 499);
	CHECK(rig.lent == 0);
	IN(ACK);
	SEND_BYTES(500);
	OUT(PSH | ACK, .len = 500);
	CHECK(rig.lent == 1);
	IN(ACK);
}

CASE(lend_odd, "an odd number of bytes is followed by no other piece", MUST_2)
{
	with_lending(true);
	ESTABLISH(.mss = MSS);
	HOLD();
	SEND_BYTES(777);
	SEND_BYTES(777);
	SEND_BYTES(777);
	POLL();
	OUT(ACK, .len = MSS);
	OUT(ACK, .len = MSS);
	OUT(PSH | ACK, .len = 331);
	CHECK(rig.lent == 1);
	IN(ACK);
}

CASE(lend_pieces, "in no more pieces than any device takes", MUST_2)
{
	with_lending(false);
	ESTABLISH(.mss = MSS);
	HOLD();
	for (unsigned i = 0; i < 3; i++)
		send_static(i ? 332 : 336);
	for (unsigned i = 0; i < 4; i++)
		send_static(250);
	POLL();
	out(2);
	CHECK(rig.lent == 1);
	IN(ACK);
}

CASE(lend_no_buffers, "where buffers run short the payload is copied", MUST_2)
{
	with_lending(true);
	ESTABLISH(.mss = MSS);
	HOLD();
	SEND_BYTES(MSS);
	while (rig.tx->spare_count > TX_RESERVE + 1)
		rte_pktmbuf_free(rig.tx->spare[--rig.tx->spare_count]);
	tcp_flush(rig.stack);
	CHECK(rig.tx->out_count == 1 && rig.tx->spare_count == TX_RESERVE);
	POLL();
	out(1);
	COUNTER(TCP_LENT, 0);
	IN(ACK);
}

CASE(lend_kept, "what was acknowledged and is still with the NIC stays as it was", MUST_2)
{
	with_lending(true);
	rig.keeps = true;
	ESTABLISH(.mss = MSS);
	for (unsigned i = 0; i < 4; i++) {
		SEND_BYTES(3 * MSS);
		out(3);
		IN(ACK);
		CHECK(dsl_conn()->sndq.bytes == 0);
	}
	rig_let_go(rig.kept_count - 2);
	rig_check();
	SEND_BYTES(3 * MSS);
	out(3);
	IN(ACK);
}

CASE(lend_retransmit, "what is with the NIC is sent again, and acknowledged", R6298_5_5)
{
	with_lending(true);
	rig.keeps = true;
	ESTABLISH(.mss = MSS, .sack = 1);
	SEND_BYTES(6 * MSS);
	out(6);
	IN(ACK, .ack = 1, .sack_blocks = {{1 + MSS, 1 + 6 * MSS}});
	if (!dsl_pending())
		RUN_MS(50); /* RACK waits for reordering */
	OUT(ACK, .seq = 1, .len = MSS);
	RUN_MS(300); /* and once more, by the timer */
	SKIP();
	CHECK(rig.counters.v[COUNTER_TCP_RETRANSMIT] >= 2);
	CHECK(rig.lent >= 8);
	IN(ACK, .ack = 1 + 6 * MSS);
	CHECK(dsl_conn()->sndq.bytes == 0);
	rig_let_go(rig.kept_count);
	rig_check();
}

CASE(lend_abort, "the end of the connection takes nothing from the NIC", 3_10_5_abort)
{
	with_lending(true);
	rig.keeps = true;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(4 * MSS);
	out(4);
	ABORT();
	OUT(RST | ACK);
	EVENT(closed);
	rig_check();
	rig_let_go(rig.kept_count);
	rig_check();
}

CASE(lend_borrowed, "what is lent itself, as by an in-memory port, is copied", MUST_2)
{
	struct rte_mbuf *owner, *borrower;
	struct tct_data d = {.len = MSS};
	uint8_t text[MSS];

	with_lending(true);
	ESTABLISH(.mss = MSS);
	for (unsigned i = 0; i < MSS; i++)
		text[i] = (uint8_t)dsl_pattern(i);
	owner = rig_buffer(text, MSS);
	borrower = rig_buffer(NULL, 0);
	tx_borrow(borrower, owner, rte_pktmbuf_mtod(owner, const uint8_t *), MSS);
	rte_pktmbuf_free(owner);
	d.bytes = rte_pktmbuf_mtod(borrower, const uint8_t *);
	d.owner = borrower;
	CHECK(tct_send_data(dsl_conn(), &d) == 0);
	rte_pktmbuf_free(borrower);
	rig_poll();
	out(1);
	CHECK(rig.lent == 0);
	IN(ACK);
}

CASE(lend_tso, "in a packet that the NIC cuts up, as far as it takes so many buffers", MUST_2)
{
	with_lending(true);
	rig.tx_checksum = rig.tso = true;
	ESTABLISH(.mss = MSS);
	SEND_BYTES(3 * MSS);
	out(3);
	CHECK(rig.cut == 1 && rig.lent == 2);
	IN(ACK);
	SEND_BYTES(8 * MSS);
	out(8);
	CHECK(rig.cut == 2 && rig.lent == 3);
	COUNTER(TCP_LENT, 3);
	IN(ACK);
	rig.stack->lend_buffers = rig.lend_buffers = 8;
	SEND_BYTES(8 * MSS); /* in 8 pieces */
	out(8);
	CHECK(rig.cut == 3 && rig.lent == 3);
	IN(ACK);
}
