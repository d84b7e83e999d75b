/* SPDX-License-Identifier: BSD-3-Clause */
/* Windows and acknowledgments: RFC 9293 3.7.4, 3.8.6, and the sequence test of 3.10.7.4. */
#include "dsl.h"

CASE(delayed_ack, "an ACK waits 40 ms, and rides on data that comes first", SHLD_18, MUST_40,
     R5681_4_2, R1122_4_2_3_1)
{
	ESTABLISH(.mss = 1000);
	IN(PSH | ACK, .data = "a");
	AFTER_MS(40);
	OUT(ACK);
	IN(PSH | ACK, .data = "b");
	RUN_MS(20);
	SEND("B");
	OUT(PSH | ACK, .data = "B");
	IN(ACK);
	QUIET_MS(100);
	COUNTER(TCP_DELAYED_ACK, 1);
}

CASE(delayed_ack_limit, "no configuration delays an ACK by 0.5 s", MUST_40)
{
	struct tct_config config;
	char error[256];

	tct_config_init(&config);
	strcpy(config.ports[0].device, "net_null0");
	config.port_count = 1;
	config.ports[0].local_count = 1;
	config.ports[0].locals[0] = (struct tct_local){dsl_address(rig_local(dsl.ip4)), 1, 24};
	CHECK(tct_config_check(&config, error, sizeof(error)) == 0);
	config.tcp.delayed_ack_ms = 500;
	CHECK(tct_config_check(&config, error, sizeof(error)) == -EINVAL);
	CHECK(strstr(error, "delayed-ack"));
	TCP(delayed_ack_ms) = 499;
	ESTABLISH();
	IN(PSH | ACK, .data = "a");
	QUIET_MS(490);
	RUN_MS(10);
	OUT(ACK);
}

CASE(ack_at_once, "delayed ACKs off: each segment at once", SHLD_18)
{
	TCP(delayed_ack_ms) = 0;
	ESTABLISH();
	IN(PSH | ACK, .data = "a");
	OUT(ACK);
}

CASE(ack_every_second, "every second full segment is acknowledged at once", SHLD_19, R5681_4_2)
{
	ESTABLISH(.mss = 1000);
	dsl_conn()->quick_acks = 0;
	IN(ACK, .len = 1000);
	NOTHING();
	IN(ACK, .len = 1000);
	OUT(ACK);
	IN(ACK, .len = 1000);
	NOTHING();
	IN(ACK, .len = 1000);
	OUT(ACK);
	RECEIVED_BYTES(4000);
}

CASE(ack_every_second_rmss, "full-sized is what we announced, when that is less", SHLD_19)
{
	TCP(mss) = 600;
	ESTABLISH(.mss = 1400);
	dsl_conn()->quick_acks = 0;
	IN(ACK, .len = 600);
	NOTHING();
	IN(ACK, .len = 600);
	OUT(ACK);
}

CASE(ack_aggregated, "a burst is acknowledged once, after all of it", MUST_58, MUST_59)
{
	ESTABLISH(.mss = 500);
	HOLD();
	for (int i = 0; i < 10; i++)
		IN(ACK, .len = 500);
	POLL();
	OUT(ACK);
	NOTHING();
	RECEIVED_BYTES(5000);
}

CASE(duplicates, "old data draws an ACK; a part that is new is taken", 3_10_7_4_sequence,
     3_10_7_4_text)
{
	ESTABLISH();
	IN(PSH | ACK, .data = "abcd");
	AFTER_MS(40);
	OUT(ACK);
	IN(PSH | ACK, .seq = 101, .data = "abcd");
	OUT(ACK);
	IN(PSH | ACK, .seq = 103, .data = "cdef");
	OUT(ACK);
	RECEIVED("abcdef");
	COUNTER(DROP_TCP_DUPLICATE, 1);
	COUNTER(TCP_OVERLAP, 1);
	IN(FIN | ACK, .seq = 101, .data = "abcdef");
	OUT(ACK, .ack = 108);
	STATE(CLOSE_WAIT);
	EVENT(peer_closed);
}

CASE(sequence_test, "table 6: what is acceptable", 3_10_7_4_sequence, 3_4_acceptable)
{
	ESTABLISH();
	IN(ACK, .seq = 101 + 65536, .data = "x"); /* one beyond */
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 101 + 65534, .data = "x"); /* the last byte */
	OUT(ACK, .ack = 101);
	COUNTER(DROP_TCP_SEQUENCE, 1);
	COUNTER(TCP_OUT_OF_ORDER, 1);
	IN(ACK, .seq = 101 + 65535); /* the edge, empty: an ACK after a full window */
	NOTHING();
	IN(ACK, .seq = 101 + 65536);
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 100);
	OUT(ACK, .ack = 101);
	IN(ACK, .seq = 101 + 2147483648);
	OUT(ACK, .ack = 101);
	COUNTER(DROP_TCP_SEQUENCE, 4);
	IN(ACK, .seq = 90, .data = "ten bytes."); /* ends before the window */
	OUT(ACK, .ack = 101);
	RECEIVED("");
	IN(PSH | ACK, .seq = 90, .data = "twelve bytes"); /* ends in it */
	RECEIVED("s");
	OUT(ACK, .ack = 102);
}

CASE(sequence_wraps, "numbers go round", 3_4_acceptable)
{
	LISTEN();
	IN(SYN, .seq = 4294967290);
	OUT(SYN | ACK, .ack = 4294967291);
	IN(PSH | ACK, .data = "0123456789");
	EVENT(opened);
	RECEIVED("0123456789");
	AFTER_MS(40);
	OUT(ACK, .ack = 5);
}

CASE(pause_closes_window, "held data closes the window, and its right edge never moves left",
     SHLD_14, MUST_39, MAY_8)
{
	uint32_t edge = 101 + 8192;

	TCP(receive_window) = 8192;
	ESTABLISH(.mss = 1000);
	PAUSE();
	for (int i = 0; i < 8; i++) {
		IN(ACK, .len = 1000);
		OUT(ACK);
		CHECK(dsl.last.ack + dsl.last.wnd == edge);
	}
	IN(ACK, .len = 192);
	AFTER_MS(40);
	OUT(ACK, .wnd = 0);
	QUIET_MS(10000);
	RESUME();
	OUT(ACK, .wnd = 8192);
	RECEIVED_BYTES(8192);
}

CASE(window_opens_by_steps, "the window opens by a segment or half of it at least", MUST_39)
{
	TCP(receive_window) = 4000;
	ESTABLISH(.mss = 1000);
	IN(ACK, .len = 500);
	AFTER_MS(40);
	OUT(ACK, .wnd = 3500);
	IN(ACK, .len = 499);
	AFTER_MS(40);
	OUT(ACK, .wnd = 3001);
	IN(ACK, .len = 1);
	AFTER_MS(40);
	OUT(ACK, .wnd = 4000);
}

CASE(window_scaled_edge, "the edge does not move left by rounding", SHLD_14, R7323_2_4)
{
	uint32_t edge = 0;

	ESTABLISH(.mss = 1000, .wscale = 5);
	for (int i = 1; i < 50; i++) {
		uint32_t now;

		IN(PSH | ACK, .len = i);
		AFTER_MS(40);
		OUT(ACK);
		now = (uint32_t)(dsl.last.ack + (dsl.last.wnd << 7));
		CHECK(seq_ge(now, edge));
		edge = now;
	}
}

CASE(closed_window, "a closed window takes no data, but RST, URG and ACK", MUST_66,
     3_10_7_4_sequence, MAY_8)
{
	TCP(receive_window) = 1000;
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(ACK, .len = 1000);
	OUT(ACK, .wnd = 0);
	IN(ACK, .len = 1); /* a probe */
	OUT(ACK, .ack = 1101, .wnd = 0);
	dsl_this()->snd_nxt = 1101;
	IN(ACK);
	NOTHING();
	SEND("x");
	OUT(PSH | ACK, .data = "x", .wnd = 0);
	IN(ACK, .ack = 2);
	CHECK(dsl_conn()->snd_una == dsl_conn()->snd_max);
	IN(URG | ACK, .urgent = 5, .len = 1);
	EVENT(urgent, 5);
	OUT(ACK, .ack = 1101);
	IN(RST, .seq = 1102);
	NOTHING();
	IN(RST, .seq = 1101);
	EVENT(closed, TCT_RESET);
}

CASE(full_window_fin, "a FIN right behind a full window is taken", 3_10_7_4_fin)
{
	TCP(receive_window) = 1000;
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(FIN | ACK, .len = 1000);
	OUT(ACK, .ack = 1102, .wnd = 0);
	STATE(CLOSE_WAIT);
	RESUME();
	RECEIVED_BYTES(1000);
	EVENT(peer_closed);
	SKIP();
	PEER(1);
	ESTABLISH(.mss = 1000);
	PAUSE();
	IN(ACK, .len = 1000);
	OUT(ACK, .wnd = 0);
	IN(FIN | ACK);
	OUT(ACK, .wnd = 0);
	STATE(CLOSE_WAIT);
	RESUME();
	SKIP();
	EVENT(peer_closed);
}

CASE(beyond_window, "data beyond the window is not taken, what fits is", R7323_2_4, 3_10_7_4_text)
{
	TCP(receive_window) = 1000;
	ESTABLISH(.mss = 1400);
	IN(FIN | ACK, .len = 1200);
	OUT(ACK, .ack = 1101);
	STATE(ESTABLISHED);
	RECEIVED_BYTES(1000);
	COUNTER(DROP_TCP_NO_ROOM, 1);
}

CASE(zero_window_probe, "probes after an RTO, backing off, for as long as they are answered",
     MUST_35, MUST_36, MUST_37, SHLD_29, SHLD_30, R1122_4_2_2_17, SHLD_17)
{
	ESTABLISH_UNTIMED(.mss = 1000, .wnd = 0);
	tct_set_user_timeout(dsl_this()->conn, 30000);
	SEND("data");
	NOTHING();
	AFTER_MS(1000);
	OUT(ACK, .len = 1, .data = "d");
	for (int ms = 2000; ms <= 32000; ms *= 2) {
		IN(ACK, .ack = 1, .wnd = 0);
		QUIET_MS(ms - 10 - ms / 1000);
		RUN_MS(12 + ms / 500);
		OUT(ACK, .seq = 1, .data = "d");
	}
	for (int i = 0; i < 3; i++) {
		IN(ACK, .ack = 1, .wnd = 0);
		RUN_MS(60100);
		OUT(ACK, .seq = 1, .data = "d");
	}
	IN(ACK, .ack = 1, .wnd = 100);
	OUT(PSH | ACK, .seq = 1, .data = "data");
	IN(ACK);
	QUIET_MS(5000);
	COUNTER(TCP_ZERO_WINDOW_PROBE, 9);
}

CASE(zero_window_accepted, "a probe that is taken", MUST_36)
{
	ESTABLISH_UNTIMED(.mss = 1000, .wnd = 0);
	SEND("data");
	AFTER_MS(1000);
	OUT(ACK, .data = "d");
	IN(ACK, .ack = 2, .wnd = 0);
	AFTER_MS(1000);
	OUT(ACK, .seq = 2, .data = "a");
	IN(ACK, .ack = 3, .wnd = 10);
	OUT(PSH | ACK, .seq = 3, .data = "ta");
	IN(ACK);
}

CASE(small_window_accepted, "of a probe into a small window a part is taken", MUST_36)
{
	ESTABLISH_UNTIMED(.mss = 1000, .wnd = 1000);
	IN(ACK, .wnd = 100);
	SEND_BYTES(1500);
	NOTHING();
	AFTER_MS(1000);
	OUT(ACK, .seq = 1, .len = 100);
	IN(ACK, .ack = 61, .wnd = 100);
	OUT(ACK, .seq = 61, .len = 100); /* the rest of it was lost, and goes at once */
	IN(ACK, .wnd = 1000);
	OUT(ACK, .seq = 161, .len = 1000);
	IN(ACK);
	OUT(PSH | ACK, .seq = 1161, .len = 340);
	IN(ACK);
}

CASE(zero_window_dead, "probes that nobody answers end at R2", MUST_20, MUST_37)
{
	ESTABLISH_UNTIMED(.wnd = 0);
	tct_set_user_timeout(dsl_this()->conn, 10000);
	SEND("data");
	for (int ms = 1000; ms <= 4000; ms *= 2) {
		AFTER_MS(ms);
		OUT(ACK, .seq = 1, .data = "d");
	}
	AFTER_MS(8000);
	OUT(RST | ACK, .seq = 1);
	EVENT(closed, TCT_TIMED_OUT);
}

CASE(zero_window_fin, "a FIN is probed with too", MUST_36, 3_10_4_close)
{
	ESTABLISH_UNTIMED(.wnd = 0);
	SHUTDOWN();
	NOTHING();
	AFTER_MS(1000);
	OUT(FIN | ACK, .seq = 1);
	STATE(FIN_WAIT_1);
	IN(ACK, .ack = 1, .wnd = 0);
	AFTER_MS(2000);
	OUT(FIN | ACK, .seq = 1);
	IN(ACK, .ack = 1, .wnd = 1);
	OUT(FIN | ACK, .seq = 1);
	IN(ACK, .ack = 2, .wnd = 0);
	STATE(FIN_WAIT_2);
	QUIET_MS(5000);
}

CASE(window_closes_on_fin, "the window closes with a FIN in flight: still it is sent again",
     MUST_34, MUST_36)
{
	ESTABLISH_UNTIMED();
	SHUTDOWN();
	OUT(FIN | ACK);
	IN(ACK, .ack = 1, .wnd = 0);
	AFTER_MS(1000);
	NOTHING();
	RUN_MS(2100);
	OUT(FIN | ACK, .seq = 1);
	IN(ACK);
	STATE(FIN_WAIT_2);
}

CASE(window_shrinks, "a window that shrinks below what is in flight: nothing new, the old again",
     MUST_34, SHLD_15, SHLD_16, R7323_2_4)
{
	ESTABLISH_UNTIMED(.mss = 1000);
	SEND_BYTES(3000);
	SKIP();
	IN(ACK, .ack = 1, .wnd = 1000);
	SEND_BYTES(1000);
	NOTHING();
	IN(PSH | ACK, .ack = 1, .wnd = 1000, .data = "x");
	AFTER_MS(40);
	OUT(ACK, .seq = 1001); /* the last number that the peer takes */
	RUN_MS(1000);
	OUT(ACK, .seq = 1, .len = 1000);
	IN(ACK, .ack = 1001, .wnd = 5000);
	dsl.quiet = true;
	SKIP();
}

CASE(window_from_old_segment, "an old segment does not change the window", 3_10_7_4_ack)
{
	ESTABLISH();
	IN(ACK, .data = "x", .wnd = 5000);
	CHECK(dsl_conn()->snd_wnd == 5000);
	SEND("y");
	SKIP();
	IN(ACK, .ack = 2, .wnd = 4000);
	CHECK(dsl_conn()->snd_wnd == 4000);
	IN(ACK, .ack = 1, .wnd = 3000); /* an old ACK */
	CHECK(dsl_conn()->snd_wnd == 4000);
	IN(ACK, .seq = 101, .ack = 2, .data = "xz", .wnd = 3000); /* an old number */
	OUT(ACK);
	CHECK(dsl_conn()->snd_wnd == 4000);
}

CASE(nagle, "one small segment in flight; the rest waits for its ACK", SHLD_7)
{
	ESTABLISH(.mss = 1000);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	SEND("b");
	NOTHING();
	SEND("c");
	NOTHING();
	IN(ACK);
	OUT(PSH | ACK, .data = "bc");
	IN(ACK);
}

CASE(nagle_modified,
     "what is left of a message waits for no full segment, but for another small one", SHLD_7)
{
	ESTABLISH(.mss = 1000);
	SEND_BYTES(1500);
	OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 500);
	SEND_BYTES(1700);
	OUT(ACK, .len = 1000);
	NOTHING();
	IN(ACK, .ack = 1001);
	NOTHING();
	IN(ACK, .ack = 1501); /* the small one; a full one is out */
	OUT(PSH | ACK, .len = 700);
	IN(ACK);
}

CASE(nagle_small_first, "a small one that was alone in flight counts, too", SHLD_7)
{
	ESTABLISH(.mss = 1000);
	SEND_BYTES(999);
	OUT(PSH | ACK, .len = 999);
	SEND_BYTES(2500);
	OUT(ACK, .len = 1000);
	OUT(ACK, .len = 1000);
	NOTHING();
	IN(ACK, .ack = 1000);
	OUT(PSH | ACK, .len = 500);
	IN(ACK);
	SEND_BYTES(1000);
	OUT(PSH | ACK, .len = 1000);
	SEND_BYTES(1);
	OUT(PSH | ACK, .len = 1);
	SEND_BYTES(1);
	NOTHING();
	flight_of(dsl_conn())->small_end -= (1u << 31) + 10000; /* nor one of gigabytes ago */
	SEND_BYTES(1);
	OUT(PSH | ACK, .len = 2);
	IN(ACK);
}

CASE(nodelay, "Nagle off for a connection", MUST_17, MAY_15)
{
	ESTABLISH(.mss = 1000);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	SEND("b");
	NOTHING();
	tct_set_nodelay(dsl_this()->conn, true);
	POLL();
	OUT(PSH | ACK, .data = "b");
	SEND("c");
	OUT(PSH | ACK, .data = "c");
	tct_set_nodelay(dsl_this()->conn, false);
	SEND("d");
	NOTHING();
	IN(ACK);
	OUT(PSH | ACK, .data = "d");
}

CASE(push, "PSH on the last segment of what is queued, only", MUST_60, MUST_61, SHLD_27, MAY_16)
{
	ESTABLISH(.mss = 1000);
	HOLD();
	SEND_BYTES(700);
	SEND_BYTES(700);
	SEND_BYTES(600);
	POLL();
	OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 1000);
}

CASE(sender_sws, "no small segments into a window that opens little", MUST_38, SHLD_28)
{
	ESTABLISH(.mss = 1000, .wnd = 10000);
	SEND_BYTES(10000);
	SKIP();
	SEND_BYTES(5000);
	NOTHING();
	IN(ACK, .ack = 10001, .wnd = 0);
	NOTHING();
	IN(ACK, .ack = 10001, .wnd = 300);
	NOTHING();
	AFTER_MS(200); /* the override timeout sends what fits */
	OUT(ACK, .len = 300);
	IN(ACK, .ack = 10301, .wnd = 1000);
	OUT(ACK, .len = 1000);
	SKIP();
	IN(ACK, .wnd = 65535);
	SKIP();
	dsl.quiet = true;
}

CASE(send_buffer, "more than the send buffer is refused, and writable comes", 3_10_2_send)
{
	TCP(send_buffer) = 4096;
	ESTABLISH(.mss = 1000);
	CHECK(tct_send_room(dsl_this()->conn) == 4096);
	SEND_FAILS(-ENOBUFS, 5000);
	SEND_BYTES(4000);
	for (int i = 0; i < 3; i++)
		OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 1000);
	SEND_FAILS(-ENOBUFS, 97);
	NO_EVENT();
	IN(ACK, .ack = 1001);
	NO_EVENT();
	IN(ACK, .ack = 3001);
	EVENT(writable);
	IN(ACK);
	NO_EVENT();
}

static void
echo(struct tct_conn *c, const struct tct_data *d)
{
	if (tct_send_data(c, d) < 0)
		rig.failed("an echo is refused");
}

CASE(echo_keeps_buffers, "received bytes are sent without a copy, and kept until acknowledged",
     3_10_2_send)
{
	dsl.on_data = echo;
	ESTABLISH_UNTIMED(.mss = 1000);
	IN(PSH | ACK, .data = "echo this");
	OUT(PSH | ACK, .data = "echo this");
	IN(PSH | ACK, .ack = 1, .data = "and this");
	AFTER_MS(40);
	OUT(ACK);
	RUN_MS(1000);
	OUT(PSH | ACK, .seq = 1, .data = "echo thisand this");
	IN(ACK);
	QUIET_MS(1000);
}

CASE(static_send, "static bytes take no buffer", 3_10_2_send)
{
	static const char page[] = "HTTP/1.0 200 OK";

	ESTABLISH();
	CHECK(tct_send(dsl_this()->conn, page, sizeof(page) - 1, TCT_SEND_STATIC) == 0);
	POLL();
	OUT(PSH | ACK, .data = page);
	IN(ACK);
}

CASE(urgent, "urgent data is told of, at once, and how much is to come", MUST_30, MUST_31, MUST_32,
     MUST_33, MUST_62, R6093_2_2)
{
	ESTABLISH();
	IN(PSH | URG | ACK, .urgent = 3, .data = "abcd");
	EVENT(urgent, 3);
	RECEIVED("abcd");
	IN(URG | ACK, .urgent = 60000);
	EVENT(urgent, 60000);
	IN(URG | ACK, .seq = 101, .urgent = 4, .data = "abcde"); /* before what was read */
	OUT(ACK);
	NO_EVENT();
	IN(ACK, .urgent = 50);
	NO_EVENT();
	RECEIVED("e");
	COUNTER(TCP_URGENT_RX, 2);
}

CASE(urgent_is_inline, "urgent bytes are delivered in order, like any others", MUST_30, R6093_2_2)
{
	ESTABLISH();
	IN(URG | ACK, .urgent = 1, .data = "!");
	EVENT(urgent, 1);
	RECEIVED("!");
	AFTER_MS(40);
	OUT(ACK);
}

CASE(wake, "a wake-up comes once, after its time", 3_10_2_send)
{
	ESTABLISH();
	tct_set_wake(dsl_this()->conn, 500);
	QUIET_MS(490);
	NO_EVENT();
	RUN_MS(20);
	EVENT(writable);
	QUIET_MS(2000);
	tct_set_wake(dsl_this()->conn, 500);
	tct_set_wake(dsl_this()->conn, 0);
	QUIET_MS(2000);
}

CASE(ecn_passive, "ECN is agreed on, marked on new data only, echoed until CWR", SHLD_8)
{
	ESTABLISH(.flags = ECE | CWR, .mss = 1000);
	CHECK(dsl_conn()->flags & CONN_ECN);
	IN(PSH | ACK, .data = "x", .tos = 3);
	COUNTER(TCP_ECN_CE, 1);
	AFTER_MS(40);
	OUT(ACK | ECE, .tos = 0);
	SEND("y");
	OUT(PSH | ACK | ECE, .data = "y", .tos = 2);
	IN(PSH | ACK | CWR, .data = "z");
	AFTER_MS(40);
	OUT(ACK, .tos = 0);
	SEND("w");
	OUT(PSH | ACK, .data = "w", .tos = 2);
	IN(ACK);
}

CASE(ecn_reaction, "an echo halves the window, once a round trip, and is answered with CWR", SHLD_8,
     MUST_19)
{
	TCP(congestion) = TCT_NEWRENO;
	ESTABLISH(.flags = ECE | CWR, .mss = 1000);
	SEND_BYTES(30000);
	SKIP();
	CHECK(dsl_conn()->cwnd == 10000);
	IN(ACK | ECE, .ack = 1001);
	CHECK(dsl_conn()->cwnd <= 6000 && dsl_conn()->ssthresh == 5000);
	IN(ACK | ECE, .ack = 3001);
	CHECK(dsl_conn()->ssthresh == 5000);
	IN(ACK | ECE, .ack = 6001);
	OUT(ACK | CWR, .len = 1000, .tos = 2);
	SKIP();
	IN(ACK | ECE, .ack = 9001); /* still of the first window */
	CHECK(dsl_conn()->ssthresh == 5000);
	OUT(ACK, .len = 1000, .tos = 2);
	SKIP();
	dsl.quiet = true;
}

CASE(ecn_not_asked, "no ECN unless the SYN asked, or when it is off", SHLD_8)
{
	LISTEN();
	IN(SYN | ECE, .seq = 100);
	OUT(SYN | ACK);
	IN(PSH | ACK, .data = "x", .tos = 3);
	EVENT(opened);
	AFTER_MS(40);
	OUT(ACK);
	SEND("y");
	OUT(PSH | ACK, .data = "y", .tos = 0);
	IN(ACK | ECE);
	CHECK(dsl_conn()->cwnd > 5000);
}

CASE(ecn_off, "ECN configured off", SHLD_8)
{
	TCP(ecn) = false;
	LISTEN();
	IN(SYN | ECE | CWR, .seq = 100);
	OUT(SYN | ACK);
}

CASE(ecn_retransmission, "a SYN-ACK again still agrees to ECN; data again is not ECT", SHLD_8)
{
	LISTEN();
	IN(SYN | ECE | CWR, .seq = 100);
	OUT(SYN | ACK | ECE, .tos = 0);
	AFTER_MS(1000);
	OUT(SYN | ACK | ECE, .seq = 0, .tos = 0);
	IN(ACK);
	EVENT(opened);
	SEND("x");
	OUT(PSH | ACK, .data = "x", .tos = 2);
	AFTER_MS(3000);
	OUT(PSH | ACK, .seq = 1, .data = "x", .tos = 0);
}

CASE(delayed_ack_not_pushed_on, "more data does not put the delayed ACK off", SHLD_18, MUST_40)
{
	ESTABLISH(.mss = 1000);
	IN(PSH | ACK, .data = "a");
	QUIET_MS(30);
	IN(PSH | ACK, .data = "b");
	AFTER_MS(10);
	OUT(ACK);
}

CASE(nagle_fin, "CLOSE does not wait for Nagle", SHLD_7, 3_10_4_close)
{
	ESTABLISH(.mss = 1000);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	SEND("b");
	NOTHING();
	SHUTDOWN();
	OUT(FIN | PSH | ACK, .data = "b");
}

CASE(nagle_fin_no_room, "nor does the last text, if the window has room for it and not for the FIN",
     SHLD_7, 3_10_4_close)
{
	ESTABLISH(.mss = 1000, .wnd = 2);
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	SEND("b");
	NOTHING();
	SHUTDOWN();
	OUT(PSH | ACK, .data = "b");
	IN(ACK, .wnd = 2);
	OUT(FIN | ACK);
}

CASE(buffers_are_bounded,
     "half of the packet buffers can be held by unacknowledged sends, the first of each connection included")
{
	MEMORY(mbufs) = 128;
	MEMORY(connections) = 80;
	LISTEN();
	for (unsigned i = 0; i < 65; i++) {
		PEER(i);
		ESTABLISH();
		if (i < 64)
			SEND("x");
		else
			SEND_FAILS(-ENOBUFS, 1);
		SKIP();
	}
	PEER(0);
	IN(ACK, .ack = 2);
	PEER(64);
	SEND("x");
	OUT(ACK | PSH, .data = "x");
}
