/* SPDX-License-Identifier: BSD-3-Clause */
/* Closing: RFC 9293 3.6 and the FIN, RST and user-call parts of 3.10. */
#include "dsl.h"

CASE(half_close_local, "we close first, data still comes in", 3_10_4_close, 3_10_7_4_text)
{
	ESTABLISH();
	SHUTDOWN();
	OUT(FIN | ACK, .seq = 1);
	IN(PSH | ACK, .ack = 1, .data = "late");
	RECEIVED("late");
	STATE(FIN_WAIT_1);
	AFTER_MS(40);
	OUT(ACK, .seq = 2);
	IN(ACK, .ack = 2, .data = "later");
	STATE(FIN_WAIT_2);
	RECEIVED("later");
	AFTER_MS(40);
	OUT(ACK);
	IN(FIN | ACK, .data = "end");
	OUT(ACK);
	RECEIVED("end");
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	STATE(TIME_WAIT);
}

CASE(half_close_remote, "the peer closes first, data still goes out", 3_10_2_send, 3_10_7_4_fin)
{
	ESTABLISH();
	IN(FIN | ACK);
	OUT(ACK);
	EVENT(peer_closed);
	SEND("answer");
	OUT(PSH | ACK, .data = "answer");
	IN(ACK);
	STATE(CLOSE_WAIT);
	SEND("more");
	OUT(PSH | ACK, .data = "more");
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(ACK);
	STATE(CLOSED);
	EVENT(closed, TCT_CLOSED);
}

CASE(fin_with_data, "CLOSE after SEND: FIN rides on the last bytes", 3_10_4_close, MUST_61)
{
	ESTABLISH();
	HOLD();
	SEND("bye");
	SHUTDOWN();
	POLL();
	OUT(FIN | PSH | ACK, .data = "bye");
	STATE(FIN_WAIT_1);
	IN(ACK, .ack = 4);
	STATE(FIN_WAIT_1);
	IN(ACK, .ack = 5);
	STATE(FIN_WAIT_2);
	QUIET_MS(5000);
}

CASE(simultaneous_close, "both FINs cross: CLOSING, then TIME_WAIT", 3_10_7_4_fin,
     3_10_7_4_ack_closing)
{
	ESTABLISH();
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(FIN | ACK, .ack = 1);
	OUT(ACK, .seq = 2);
	STATE(CLOSING);
	EVENT(peer_closed);
	IN(ACK, .ack = 2);
	NOTHING();
	STATE(TIME_WAIT);
	EVENT(closed, TCT_CLOSED);
}

CASE(fin_ack_to_time_wait, "FIN with the ACK of ours: FIN_WAIT_1 to TIME_WAIT", 3_10_7_4_fin,
     3_10_7_4_ack_fin_wait_1)
{
	ESTABLISH();
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(FIN | ACK, .ack = 2);
	OUT(ACK, .seq = 2);
	STATE(TIME_WAIT);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
}

CASE(fin_retransmitted, "an unacknowledged FIN is sent again", 3_10_4_close, R6298_5_5)
{
	ESTABLISH_UNTIMED();
	SHUTDOWN();
	OUT(FIN | ACK, .seq = 1);
	AFTER_MS(1000);
	OUT(FIN | ACK, .seq = 1);
	AFTER_MS(2000);
	OUT(FIN | ACK, .seq = 1);
	IN(ACK);
	STATE(FIN_WAIT_2);
	QUIET_MS(10000);
}

CASE(fin_again, "the peer's FIN again draws an ACK in every state after it", 3_10_7_4_sequence,
     3_10_7_4_fin)
{
	static const enum state states[] = {STATE_CLOSE_WAIT, STATE_LAST_ACK, STATE_CLOSING,
					    STATE_TIME_WAIT};

	for (unsigned i = 0; i < 4; i++) {
		PEER(i);
		dsl_reach(HERE, states[i]);
		IN(FIN | ACK, .seq = 101, .ack = 1);
		OUT(ACK);
		CHECK(dsl_ref() != FLOW_REF_NONE);
	}
}

CASE(last_ack_retransmits, "FIN of LAST_ACK again, then R2", R1122_4_2_3_5, MUST_20)
{
	TCP(user_timeout_ms) = 6000;
	ESTABLISH_UNTIMED();
	IN(FIN | ACK);
	OUT(ACK);
	EVENT(peer_closed);
	SHUTDOWN();
	OUT(FIN | ACK);
	AFTER_MS(1000);
	OUT(FIN | ACK, .seq = 1);
	AFTER_MS(2000);
	OUT(FIN | ACK, .seq = 1);
	AFTER_MS(4000);
	OUT(RST | ACK, .seq = 2);
	EVENT(closed, TCT_TIMED_OUT);
	STATE(CLOSED);
}

CASE(rst_every_state, "an exact RST ends every synchronised state", R5961_3_2_b, 3_10_7_4_rst,
     MUST_12, SHLD_2)
{
	static const enum state states[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT,  STATE_CLOSING,	 STATE_LAST_ACK};

	for (unsigned i = 0; i < 6; i++) {
		PEER(i);
		dsl_reach(HERE, states[i]);
		IN(RST, .data = i & 1 ? "reason" : NULL);
		NOTHING();
		STATE(CLOSED);
		EVENT(closed, TCT_RESET);
	}
	COUNTER(CONN_RESET_RX, 6);
}

CASE(rst_not_exact, "RST in the window: challenge ACK; outside: silence", R5961_3_2_a, R5961_3_2_c,
     3_10_7_4_rst)
{
	static const enum state states[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT,  STATE_CLOSING,	 STATE_LAST_ACK};

	for (unsigned i = 0; i < 6; i++) {
		uint32_t next;

		PEER(i);
		dsl_reach(HERE, states[i]);
		next = dsl_this()->snd_nxt;
		IN(RST, .seq = next + 1);
		OUT(ACK);
		IN(RST, .seq = next + 65000);
		OUT(ACK);
		IN(RST, .seq = next - 1);
		NOTHING();
		IN(RST, .seq = next + 70000);
		NOTHING();
		IN(RST | SYN, .seq = next + 70000);
		NOTHING();
		CHECK(dsl_conn()->state == states[i]);
	}
	COUNTER(TCP_CHALLENGE_ACK, 12);
}

CASE(syn_every_state, "SYN in a synchronised state: challenge ACK, wherever it is", R5961_4_2,
     3_10_7_4_syn)
{
	static const enum state states[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT,  STATE_CLOSING,	 STATE_LAST_ACK};

	for (unsigned i = 0; i < 6; i++) {
		uint32_t next;

		PEER(i);
		dsl_reach(HERE, states[i]);
		next = dsl_this()->snd_nxt;
		IN(SYN, .seq = next);
		OUT(ACK);
		IN(SYN, .seq = next + 1000000);
		OUT(ACK);
		IN(SYN | ACK, .seq = next - 1);
		OUT(ACK);
		CHECK(dsl_conn()->state == states[i]);
		IN(RST, .seq = next); /* what a peer that restarted says to the challenge */
		STATE(CLOSED);
		EVENT(closed, TCT_RESET);
	}
}

CASE(no_ack_every_state, "a segment without ACK is dropped in every state", 3_10_7_4_no_ack)
{
	static const enum state states[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT,  STATE_CLOSING,	 STATE_LAST_ACK};

	for (unsigned i = 0; i < 6; i++) {
		PEER(i);
		dsl_reach(HERE, states[i]);
		IN(PSH, .seq = dsl_this()->snd_nxt, .data = "x");
		NOTHING();
		IN(0, .seq = dsl_this()->snd_nxt - 1);
		NOTHING();
		CHECK(dsl_conn()->state == states[i]);
		RECEIVED("");
	}
	COUNTER(DROP_TCP_NO_ACK, 12);
}

CASE(text_after_fin, "text and FIN after the peer's FIN are ignored", 3_10_7_4_text)
{
	static const enum state states[] = {STATE_CLOSE_WAIT, STATE_CLOSING, STATE_LAST_ACK};

	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		dsl_reach(HERE, states[i]);
		IN(FIN | ACK, .seq = 102, .ack = 1, .data = "impossible");
		NOTHING();
		CHECK(dsl_conn()->state == states[i]);
		RECEIVED("");
	}
}

CASE(bad_ack_every_state, "an ACK of what was not sent, or long ago: ACK and drop", R5961_5_2,
     MAY_12, 3_10_7_4_ack)
{
	static const enum state states[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT,  STATE_CLOSING,	 STATE_LAST_ACK};

	for (unsigned i = 0; i < 6; i++) {
		uint32_t una;

		PEER(i);
		dsl_reach(HERE, states[i]);
		una = dsl_conn()->snd_una - dsl_this()->iss;
		IN(ACK, .seq = dsl_this()->snd_nxt, .ack = una + 100, .data = "evil");
		OUT(ACK, .ack = dsl_this()->snd_nxt - 4);
		dsl_this()->snd_nxt -= 4;
		IN(ACK, .ack = una - 65535 - 1);
		OUT(ACK);
		IN(ACK, .ack = una - 65535); /* old, and possible */
		NOTHING();
		RECEIVED("");
		CHECK(dsl_conn()->state == states[i]);
	}
	COUNTER(DROP_TCP_ACK, 12);
}

CASE(challenges_limited, "ten challenge ACKs a second and connection; others have their own",
     R5961_7)
{
	ESTABLISH();
	for (unsigned i = 0; i < 10; i++) {
		IN(SYN, .seq = i);
		OUT(ACK);
	}
	IN(SYN, .seq = 1);
	NOTHING();
	COUNTER(TCP_CHALLENGE_LIMIT, 1);
	PEER(1);
	ESTABLISH();
	IN(SYN, .seq = 1);
	OUT(ACK);
	PEER(0);
	RUN_MS(1100);
	IN(SYN, .seq = 1);
	OUT(ACK);
}

CASE(abort_every_state, "ABORT: RST where the peer has a connection", 3_10_5_abort)
{
	static const enum state resets[] = {STATE_ESTABLISHED, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
					    STATE_CLOSE_WAIT};
	static const enum state silent[] = {STATE_CLOSING, STATE_LAST_ACK};

	for (unsigned i = 0; i < 4; i++) {
		PEER(i);
		dsl_reach(HERE, resets[i]);
		ABORT();
		OUT(RST | ACK);
		STATE(CLOSED);
		EVENT(closed, TCT_ABORTED);
	}
	for (unsigned i = 0; i < 2; i++) {
		PEER(4 + i);
		dsl_reach(HERE, silent[i]);
		ABORT();
		NOTHING();
		STATE(CLOSED);
		EVENT(closed, TCT_ABORTED);
	}
	PEER(6);
	CONNECT();
	OUT(SYN);
	ABORT();
	NOTHING();
	STATE(CLOSED);
	EVENT(closed, TCT_ABORTED);
}

CASE(abort_syn_rcvd, "ABORT in SYN_RCVD of an active open", 3_10_5_abort)
{
	dsl.active = true;
	REACH(SYN_RCVD);
	ABORT();
	OUT(RST | ACK, .seq = 1, .ack = 101);
	STATE(CLOSED);
	EVENT(closed, TCT_ABORTED);
}

CASE(abort_in_flight, "ABORT with data in flight: the RST has snd_nxt", 3_10_5_abort)
{
	ESTABLISH();
	SEND("lost");
	OUT(PSH | ACK, .data = "lost");
	ABORT();
	OUT(RST | ACK, .seq = 5);
	EVENT(closed, TCT_ABORTED);
}

CASE(close_syn_sent, "CLOSE in SYN_SENT deletes the connection", 3_10_4_close)
{
	CONNECT();
	OUT(SYN);
	CLOSE();
	NOTHING();
	STATE(CLOSED);
	EVENT(closed, TCT_ABORTED);
	IN(SYN | ACK, .seq = 500, .ack = 1);
	OUT(RST, .seq = 1, .ack = 0);
}

CASE(close_syn_rcvd, "CLOSE in SYN_RCVD waits for ESTABLISHED, then FIN", 3_10_4_close)
{
	dsl.active = true;
	REACH(SYN_RCVD);
	CLOSE();
	NOTHING();
	STATE(SYN_RCVD);
	IN(ACK);
	OUT(FIN | ACK, .seq = 1);
	EVENT(opened);
	STATE(FIN_WAIT_1);
}

CASE(calls_every_state, "SEND and CLOSE where they are errors", 3_10_2_send, 3_10_4_close)
{
	static const enum state states[] = {STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_CLOSING,
					    STATE_LAST_ACK};

	for (unsigned i = 0; i < 4; i++) {
		PEER(i);
		dsl_reach(HERE, states[i]);
		SEND_FAILS(-EPIPE, 1);
		CHECK(tct_shutdown(dsl_this()->conn) == 0);
	}
	PEER(5);
	ESTABLISH();
	SEND_FAILS(-EINVAL, 0);
	HOLD();
	SHUTDOWN();
	SEND_FAILS(-EPIPE, 1);
	POLL();
	OUT(FIN | ACK);
}

CASE(data_after_close, "data after CLOSE is answered by RST", SHLD_3, R1122_4_2_2_13, 3_10_4_close)
{
	ESTABLISH();
	CLOSE();
	OUT(FIN | ACK);
	IN(PSH | ACK, .data = "nobody reads this");
	OUT(RST | ACK, .seq = 2, .ack = 101);
	STATE(CLOSED);
	EVENT(closed, TCT_DATA_AFTER_CLOSE);
	COUNTER(CONN_DATA_AFTER_CLOSE, 1);
}

CASE(close_unread, "CLOSE with data held back: RST at once", SHLD_3, R2525_2_17)
{
	ESTABLISH();
	PAUSE();
	IN(PSH | ACK, .data = "unread");
	AFTER_MS(40);
	OUT(ACK);
	CLOSE();
	OUT(RST | ACK);
	STATE(CLOSED);
	EVENT(closed, TCT_ABORTED);
}

CASE(fin_wait_2_orphan, "FIN_WAIT_2 of a closed connection ends after its time", 3_10_4_close)
{
	ESTABLISH();
	CLOSE();
	OUT(FIN | ACK);
	IN(ACK);
	STATE(FIN_WAIT_2);
	AFTER_MS(60000);
	STATE(CLOSED);
	EVENT(closed, TCT_ORPHAN_TIMED_OUT);
	NOTHING();
}

CASE(fin_wait_2_half_close, "FIN_WAIT_2 of a half-closed connection waits for ever", 3_10_4_close)
{
	ESTABLISH();
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(ACK);
	QUIET_MS(200000);
	STATE(FIN_WAIT_2);
	CLOSE();
	AFTER_MS(60000);
	EVENT(closed, TCT_ORPHAN_TIMED_OUT);
}

static void
close_it(struct tct_conn *c)
{
	tct_close(c);
}

static void
abort_it(struct tct_conn *c)
{
	tct_abort(c);
}

static void
abort_on_data(struct tct_conn *c, const struct tct_data *d)
{
	tct_abort(c);
}

CASE(close_in_callbacks, "CLOSE from within opened and peer_closed", 3_10_4_close)
{
	dsl.on[EVENT_peer_closed] = close_it;
	ESTABLISH();
	IN(FIN | ACK);
	OUT(FIN | ACK, .seq = 1);
	STATE(LAST_ACK);
	EVENT(peer_closed);
	IN(ACK);
	EVENT(closed, TCT_CLOSED);
	PEER(1);
	dsl.on[EVENT_opened] = close_it;
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK);
	OUT(FIN | ACK, .seq = 1);
	EVENT(opened);
}

CASE(abort_in_callbacks, "ABORT from within every callback", 3_10_5_abort)
{
	dsl.on[EVENT_opened] = abort_it;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK, .data = "x");
	EVENT(opened);
	OUT(RST | ACK, .ack = 101);
	EVENT(closed, TCT_ABORTED);
	dsl.on[EVENT_opened] = NULL;
	PEER(1);
	ESTABLISH();
	dsl.on_data = abort_on_data;
	IN(FIN | ACK, .data = "x");
	OUT(RST | ACK, .ack = 102);
	EVENT(closed, TCT_ABORTED);
	PEER(2);
	ESTABLISH();
	dsl.on[EVENT_peer_closed] = abort_it;
	IN(FIN | ACK);
	OUT(RST | ACK);
	EVENT(peer_closed);
	EVENT(closed, TCT_ABORTED);
	PEER(3);
	dsl.on[EVENT_urgent] = abort_it;
	ESTABLISH();
	IN(URG | ACK, .urgent = 1, .data = "x");
	OUT(RST | ACK, .ack = 101);
	EVENT(urgent);
	EVENT(closed, TCT_ABORTED);
	PEER(4);
	dsl.on[EVENT_closed] = abort_it;
	ESTABLISH();
	IN(RST);
	EVENT(closed, TCT_RESET);
}

static void
linger(struct tct_conn *c)
{
	tct_set_wake(c, 1);
	tct_set_nodelay(c, true);
	tct_set_keepalive(c, 1000);
	tct_pause(c);
	tct_resume(c);
	tct_close(c);
	if (tct_send(c, "x", 1, 0) != -ENOTCONN || tct_shutdown(c) != -ENOTCONN)
		rig.failed("a closed connection takes data");
}

CASE(calls_within_closed, "calls from within closed() do nothing", 3_10_4_close)
{
	dsl.on[EVENT_closed] = linger;
	ESTABLISH();
	IN(RST);
	EVENT(closed, TCT_RESET);
	QUIET_MS(100);
	PEER(1);
	REACH(TIME_WAIT);
	QUIET_MS(2000);
}

static void
abort_all(struct tct_conn *c)
{
	for (unsigned i = 0; i < 4; i++)
		if (dsl.peers[i].conn && !dsl.peers[i].closed)
			tct_abort(dsl.peers[i].conn);
}

CASE(abort_others_in_callback, "a callback aborts other connections, on the send list or not",
     3_10_5_abort)
{
	for (unsigned i = 0; i < 4; i++) {
		PEER(i);
		ESTABLISH();
	}
	dsl.on[EVENT_closed] = abort_all;
	HOLD();
	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		IN(RST);
	}
	POLL();
	POLL();
	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		EVENT(closed, TCT_RESET);
	}
	PEER(3);
	OUT(RST | ACK);
	EVENT(closed, TCT_ABORTED);
}

CASE(rst_without_buffers, "a RST waits for a buffer, and nobody else does", 3_10_5_abort)
{
	ESTABLISH();
	rig.spare_max = 0;
	ABORT();
	NOTHING();
	NO_EVENT();
	QUIET_MS(50);
	rig.spare_max = 100;
	POLL();
	OUT(RST | ACK);
	EVENT(closed, TCT_ABORTED);
}

CASE(fin_without_buffers, "a FIN and an ACK wait for a buffer", 3_10_4_close)
{
	ESTABLISH();
	rig.spare_max = 0;
	SHUTDOWN();
	NOTHING();
	STATE(ESTABLISHED);
	rig.spare_max = 100;
	POLL();
	OUT(FIN | ACK);
	STATE(FIN_WAIT_1);
	IN(ACK);
	rig.spare_max = 0;
	HOLD();
	IN(FIN | ACK);
	rig_poll();
	dsl.held = false;
	CHECK(dsl_pending() <= 1); /* the received buffer may have become a spare one */
	rig.spare_max = 100;
	POLL();
	OUT(ACK);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	STATE(TIME_WAIT);
}

CASE(held_data_before_closed, "what is held back is delivered before closed() is told", MUST_12,
     3_10_7_4_fin)
{
	ESTABLISH();
	PAUSE();
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(FIN | ACK, .data = "held");
	OUT(ACK);
	NO_EVENT();
	STATE(TIME_WAIT);
	IN(FIN | ACK, .seq = 101, .data = "held"); /* our ACK was lost */
	OUT(ACK);
	RESUME();
	RECEIVED("held");
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	SKIP();
	STATE(TIME_WAIT);
	PEER(1);
	ESTABLISH();
	PAUSE();
	IN(FIN | ACK, .data = "held");
	OUT(ACK);
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(ACK);
	NO_EVENT();
	RESUME();
	RECEIVED("held");
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	SKIP();
	STATE(CLOSED);
}

CASE(stop_all, "stopping closes all in order, then aborts", 3_10_4_close)
{
	uint32_t position = 0;

	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		ESTABLISH();
	}
	CHECK(!tcp_stop(rig.stack, false, &position, 2));
	POLL();
	PEER(0);
	OUT(FIN | ACK);
	PEER(1);
	OUT(FIN | ACK);
	CHECK(!tcp_stop(rig.stack, false, &position, 2));
	POLL();
	PEER(2);
	OUT(FIN | ACK);
	position = 0;
	tcp_stop(rig.stack, true, &position, 10);
	POLL();
	CHECK(dsl_pending() == 3);
	SKIP();
	CHECK(tcp_stop(rig.stack, true, &position, 10));
	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		EVENT(closed, TCT_ABORTED);
	}
}
