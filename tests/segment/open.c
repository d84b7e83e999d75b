/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening: RFC 9293 3.5 and the SYN part of 3.10. */
#include "dsl.h"

CASE(passive_open, "three segments open a connection", MUST_14, MUST_4, 3_10_7_2_syn,
     3_10_7_4_ack_syn_rcvd)
{
	LISTEN();
	IN(SYN, .seq = 100, .mss = 1460);
	OUT(SYN | ACK, .seq = 0, .ack = 101, .mss = dsl.ip4 ? 1460 : 1440);
	STATE(SYN_RCVD);
	NO_EVENT();
	IN(ACK, .seq = 101, .ack = 1);
	NOTHING();
	STATE(ESTABLISHED);
	EVENT(opened);
	COUNTER(CONN_PASSIVE_OPEN, 1);
	COUNTER(CONN_ESTABLISHED, 1);
	COUNTER(HALF_OPEN_CREATED, 1);
}

CASE(active_open, "SYN, SYN-ACK, ACK", 3_10_1_open, 3_10_7_3_syn_ack)
{
	CONNECT();
	OUT(SYN, .seq = 0, .ack = 0, .mss = dsl.ip4 ? 1460 : 1440);
	STATE(SYN_SENT);
	NO_EVENT();
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	OUT(ACK, .seq = 1, .ack = 501);
	STATE(ESTABLISHED);
	EVENT(opened);
	NOTHING();
}

CASE(simultaneous_open, "both SYNs cross: MUST-10", MUST_10, MUST_11, 3_10_7_3_syn,
     3_10_7_4_ack_syn_rcvd)
{
	CONNECT();
	OUT(SYN, .seq = 0);
	IN(SYN, .seq = 500, .mss = 1460);
	OUT(SYN | ACK, .seq = 0, .ack = 501);
	STATE(SYN_RCVD);
	NO_EVENT();
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	NOTHING();
	STATE(ESTABLISHED);
	EVENT(opened);
	COUNTER(CONN_SIMULTANEOUS_OPEN, 1);
	COUNTER(DROP_TCP_SEQUENCE, 0);
}

CASE(normal_close_active, "FIN, ACK, FIN, ACK", 3_10_4_close, 3_10_7_4_fin)
{
	ESTABLISH();
	CLOSE();
	OUT(FIN | ACK, .seq = 1);
	STATE(FIN_WAIT_1);
	IN(ACK, .ack = 2);
	STATE(FIN_WAIT_2);
	QUIET_MS(1000);
	IN(FIN | ACK);
	OUT(ACK, .seq = 2);
	STATE(TIME_WAIT);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
}

CASE(normal_close_passive, "FIN, ACK, FIN, ACK", 3_10_7_4_fin)
{
	ESTABLISH();
	IN(FIN | ACK);
	OUT(ACK);
	STATE(CLOSE_WAIT);
	EVENT(peer_closed);
	CLOSE();
	OUT(FIN | ACK, .seq = 1);
	STATE(LAST_ACK);
	IN(ACK, .ack = 2);
	STATE(CLOSED);
	EVENT(closed, TCT_CLOSED);
}

CASE(data_both_ways, "bytes in, bytes out", MUST_65, 3_10_7_4_text, 3_10_2_send)
{
	ESTABLISH();
	IN(PSH | ACK, .data = "hello");
	RECEIVED("hello");
	SEND("world!");
	OUT(PSH | ACK, .data = "world!");
	IN(ACK);
	NOTHING();
}

CASE(simultaneous_open_bare_ack, "an ACK alone completes a simultaneous open",
     3_10_7_4_ack_syn_rcvd)
{
	CONNECT();
	OUT(SYN);
	SEND("early");
	IN(SYN, .seq = 500, .mss = 1460);
	OUT(SYN | ACK, .seq = 0);
	IN(ACK, .seq = 501, .ack = 1);
	OUT(PSH | ACK, .data = "early");
	STATE(ESTABLISHED);
	EVENT(opened);
	IN(ACK);
	NOTHING();
}

CASE(simultaneous_open_one_burst, "SYN and SYN-ACK of the peer in one burst", MUST_10)
{
	CONNECT();
	OUT(SYN);
	HOLD();
	IN(SYN, .seq = 500, .mss = 1460);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	POLL();
	STATE(ESTABLISHED);
	EVENT(opened);
	SKIP();
}

CASE(simultaneous_open_wrong_syn_ack, "a SYN-ACK of another number is challenged", 3_10_7_4_syn,
     R5961_4_2)
{
	CONNECT();
	OUT(SYN);
	IN(SYN, .seq = 500);
	OUT(SYN | ACK, .seq = 0);
	IN(SYN | ACK, .seq = 700, .ack = 1);
	OUT(ACK, .seq = 1, .ack = 501);
	STATE(SYN_RCVD);
	IN(SYN, .seq = 500);
	OUT(ACK, .seq = 1, .ack = 501);
	STATE(SYN_RCVD);
}

CASE(simultaneous_open_refused, "RST in SYN_RCVD after an active open: refused", MUST_11,
     3_10_7_4_rst_syn_rcvd, MUST_12)
{
	CONNECT();
	OUT(SYN);
	IN(SYN, .seq = 500);
	OUT(SYN | ACK, .seq = 0);
	IN(RST | ACK, .seq = 501, .ack = 1);
	NOTHING();
	STATE(CLOSED);
	EVENT(closed, TCT_REFUSED);
}

CASE(passive_syn_rcvd_reset, "RST in SYN_RCVD after a passive open: back to LISTEN, nobody is told",
     MUST_11, 3_10_7_4_rst_syn_rcvd)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(RST, .seq = 101);
	NOTHING();
	STATE(CLOSED);
	NO_EVENT();
	COUNTER(HALF_OPEN_RESET, 1);
	AGAIN();
	IN(SYN, .seq = 900);
	OUT(SYN | ACK, .ack = 901);
	STATE(SYN_RCVD);
}

CASE(reset_and_ack_one_burst, "a record that a segment of the burst ended takes no more of it",
     3_10_7_4_rst_syn_rcvd)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	HOLD();
	IN(RST, .seq = 101);
	IN(ACK, .seq = 101);
	POLL();
	OUT(RST, .seq = 1);
	STATE(CLOSED);
	NO_EVENT();
	COUNTER(HALF_OPEN_RESET, 1);
	PEER(1);
	ESTABLISH();
	HOLD();
	IN(RST);
	IN(ACK);
	POLL();
	OUT(RST, .seq = 1);
	STATE(CLOSED);
	EVENT(closed, TCT_RESET);
	COUNTER(DROP_TCP_STATE, 0);
}

CASE(passive_syn_rcvd_rst_not_exact,
     "RST within the window of a half-open is challenged, outside ignored", R5961_3_2_a,
     R5961_3_2_c, 3_10_7_4_rst_syn_rcvd)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(RST, .seq = 102);
	OUT(ACK, .seq = 1, .ack = 101);
	IN(RST, .seq = 100);
	NOTHING();
	IN(RST, .seq = 101 + 65535);
	NOTHING();
	STATE(SYN_RCVD);
	IN(ACK);
	EVENT(opened);
}

CASE(passive_syn_rcvd_syn, "SYN in the window of a half-open: back to LISTEN", 3_10_7_4_syn)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(SYN, .seq = 1000);
	NOTHING();
	STATE(CLOSED);
	NO_EVENT();
}

CASE(passive_syn_rcvd_old_syn, "another SYN below the window of a half-open draws an ACK",
     3_10_7_4_sequence)
{
	LISTEN();
	IN(SYN, .seq = 100, .wscale = 2);
	OUT(SYN | ACK, .wnd = 65535);
	IN(SYN, .seq = 50);
	OUT(ACK, .seq = 1, .ack = 101, .wnd = 65535 >> 7);
	STATE(SYN_RCVD);
}

CASE(passive_syn_rcvd_bad_ack, "wrong ACK in SYN_RCVD: RST with its number", 3_10_7_4_ack_syn_rcvd,
     3_5_2_reset)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK, .seq = 101, .ack = 2);
	OUT(RST, .seq = 2, .ack = 0);
	IN(ACK, .seq = 101, .ack = 0);
	OUT(RST, .seq = 0, .ack = 0);
	STATE(SYN_RCVD);
	COUNTER(HALF_OPEN_BAD_ACK, 2);
	NO_EVENT();
}

CASE(passive_syn_rcvd_no_ack, "a segment without ACK is dropped in SYN_RCVD", 3_10_7_4_no_ack)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(PSH, .seq = 101, .data = "x");
	NOTHING();
	STATE(SYN_RCVD);
	COUNTER(DROP_TCP_NO_ACK, 1);
}

CASE(passive_syn_rcvd_data, "data on the third segment is delivered", 3_10_7_4_text)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(PSH | ACK, .data = "GET");
	EVENT(opened);
	RECEIVED("GET");
	AFTER_MS(40);
	OUT(ACK);
}

CASE(passive_syn_rcvd_fin, "FIN on the third segment: CLOSE_WAIT", 3_10_7_4_fin)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(FIN | ACK, .data = "GET");
	OUT(ACK);
	EVENT(opened);
	RECEIVED("GET");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
}

CASE(syn_again, "the peer's SYN again: SYN-ACK again, the same", 3_10_7_4_syn, MUST_22)
{
	LISTEN();
	IN(SYN, .seq = 100, .mss = 1000, .wscale = 3, .sack = 1);
	OUT(SYN | ACK, .seq = 0, .ack = 101, .wscale = 7, .sack = 1);
	IN(SYN, .seq = 100, .mss = 1000, .wscale = 3, .sack = 1);
	OUT(SYN | ACK, .seq = 0, .ack = 101, .wscale = 7, .sack = 1);
	COUNTER(HALF_OPEN_CREATED, 1);
}

CASE(syn_ack_retransmitted, "SYN-ACK after 1, 2, 4, 8, 16 s, then the half-open is forgotten",
     MUST_22, R6298_5_5, R4987_a)
{
	LISTEN();
	IN(SYN, .seq = 100, .mss = 1460, .wscale = 7, .sack = 1);
	OUT(SYN | ACK, .seq = 0, .ack = 101, .wscale = 7, .sack = 1);
	for (int ms = 1000; ms <= 16000; ms *= 2) {
		AFTER_MS(ms);
		OUT(SYN | ACK, .seq = 0, .ack = 101, .wscale = 7, .sack = 1, .wnd = 65535);
	}
	STATE(SYN_RCVD);
	QUIET_MS(32100);
	STATE(CLOSED);
	NO_EVENT();
	COUNTER(TCP_RETRANSMIT_SYN_ACK, 5);
	COUNTER(HALF_OPEN_TIMEOUT, 1);
}

CASE(syn_ack_retransmitted_then_open, "after a lost SYN-ACK: one segment at first, RTO 3 s",
     R6298_5_7, R5681_3_1_a)
{
	LISTEN();
	IN(SYN, .seq = 100, .mss = 1000);
	OUT(SYN | ACK);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0);
	IN(ACK);
	EVENT(opened);
	SEND_BYTES(3000);
	OUT(ACK, .len = 1000);
	AFTER_MS(3000);
	OUT(ACK, .seq = 1, .len = 1000);
}

CASE(syn_retransmitted, "SYN after 1, 2, 4 ... s, for at least three minutes", MUST_22, MUST_23,
     MUST_19, R6298_5_5, R6298_2_5, R1122_4_2_3_5, SHLD_9, SHLD_10)
{
	CONNECT();
	OUT(SYN, .seq = 0);
	for (int ms = 1000; ms <= 32000; ms *= 2) {
		AFTER_MS(ms);
		OUT(SYN, .seq = 0);
		if (ms == 4000)
			EVENT(error, -ETIMEDOUT);
	}
	AFTER_MS(60000);
	OUT(SYN, .seq = 0);
	STATE(SYN_SENT);
	AFTER_MS(60000);
	NOTHING();
	STATE(CLOSED);
	EVENT(closed, TCT_TIMED_OUT);
	CHECK(rig.now_us - rig.start_us >= 180000000);
	COUNTER(TCP_RETRANSMIT_SYN, 7);
	COUNTER(CONN_FAILED_TIMEOUT, 1);
}

CASE(syn_retransmitted_then_open, "after a lost SYN the RTO is 3 s, and cwnd one segment",
     R6298_5_7, MUST_18)
{
	CONNECT();
	OUT(SYN);
	AFTER_MS(1000);
	OUT(SYN, .seq = 0);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1000);
	OUT(ACK);
	EVENT(opened);
	SEND_BYTES(3000);
	OUT(ACK, .len = 1000);
	AFTER_MS(3000);
	OUT(ACK, .seq = 1, .len = 1000);
}

CASE(syn_retransmitted_often_then_open, "also if it had been backed off to more", R6298_5_7)
{
	CONNECT();
	OUT(SYN);
	for (int ms = 1000; ms <= 4000; ms *= 2) {
		AFTER_MS(ms);
		OUT(SYN, .seq = 0);
	}
	EVENT(error, -ETIMEDOUT);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1000);
	OUT(ACK);
	EVENT(opened);
	SEND_BYTES(1000);
	OUT(PSH | ACK, .len = 1000);
	AFTER_MS(3000);
	OUT(PSH | ACK, .seq = 1, .len = 1000);
}

CASE(simultaneous_open_retransmits,
     "SYN-ACK of a simultaneous open is sent again, and given up at R2", MUST_23)
{
	TCP(syn_timeout_ms) = 10000;
	CONNECT();
	OUT(SYN);
	IN(SYN, .seq = 500);
	OUT(SYN | ACK, .seq = 0);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0);
	AFTER_MS(2000);
	OUT(SYN | ACK, .seq = 0);
	AFTER_MS(4000);
	OUT(SYN | ACK, .seq = 0);
	EVENT(error, -ETIMEDOUT);
	AFTER_MS(8000);
	STATE(CLOSED);
	EVENT(closed, TCT_TIMED_OUT);
}

CASE(syn_with_data, "data on a SYN is not taken, and comes again", 3_10_7_2_syn)
{
	LISTEN();
	IN(SYN, .seq = 100, .data = "early");
	OUT(SYN | ACK, .ack = 101);
	IN(ACK, .seq = 101, .data = "early");
	EVENT(opened);
	RECEIVED("early");
	AFTER_MS(40);
	OUT(ACK);
}

CASE(syn_ack_with_data, "data and FIN on a SYN-ACK are taken", 3_10_7_3_text)
{
	CONNECT();
	OUT(SYN);
	IN(SYN | ACK | FIN, .seq = 500, .ack = 1, .data = "220");
	OUT(ACK, .seq = 1, .ack = 505);
	EVENT(opened);
	RECEIVED("220");
	EVENT(peer_closed);
	STATE(CLOSE_WAIT);
}

CASE(backlog, "no more half-opens than the backlog", R4987_a, MUST_41)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_NEVER;
	LISTEN(.backlog = 2);
	for (unsigned i = 0; i < 2; i++) {
		PEER(i);
		IN(SYN, .seq = 100);
		OUT(SYN | ACK);
	}
	PEER(2);
	IN(SYN, .seq = 100);
	NOTHING();
	COUNTER(DROP_SYN_BACKLOG, 1);
	PEER(0);
	IN(ACK);
	EVENT(opened);
	PEER(3);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	PEER(1);
	IN(RST);
	PEER(4);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
}

CASE(half_opens_full, "all half-opens used, cookies never: SYN dropped", R4987_a)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_NEVER;
	MEMORY(half_open) = 3;
	LISTEN();
	for (unsigned i = 0; i < 3; i++) {
		PEER(i);
		IN(SYN, .seq = 100);
		OUT(SYN | ACK);
	}
	PEER(3);
	IN(SYN, .seq = 100);
	NOTHING();
	COUNTER(DROP_SYN_BACKLOG, 1);
}

CASE(conns_full, "no conn free: the half-open stays, and opens later", R4987_a)
{
	MEMORY(connections) = 1;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK);
	EVENT(opened);
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK);
	NOTHING();
	COUNTER(DROP_CONN_FULL, 1);
	STATE(SYN_RCVD);
	PEER(0);
	IN(RST);
	EVENT(closed, TCT_RESET);
	PEER(1);
	IN(ACK, .data = "x");
	EVENT(opened);
	RECEIVED("x");
	SKIP();
	AFTER_MS(40);
	OUT(ACK);
}

CASE(listener_twice, "a second listener of an address and port is refused", MUST_41)
{
	LISTEN();
	LISTEN_FAILS(-EADDRINUSE);
	LISTEN(.address = dsl_address(rig_local(dsl.ip4)));
	LISTEN_FAILS(-EADDRINUSE, .address = dsl_address(rig_local(dsl.ip4)));
	LISTEN_FAILS(-EADDRNOTAVAIL, .address = dsl_address(rig_remote(dsl.ip4)));
	LISTEN_FAILS(-EINVAL, .port = 0);
	LISTEN(.port = 81);
}

CASE(listener_comes_later, "a listener of one address takes over half-opens of the port's", MUST_41,
     MUST_42)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	LISTEN(.address = dsl_address(rig_local(dsl.ip4)));
	IN(ACK);
	EVENT(opened);
	CHECK(rig.stack->listeners[0].half_open == 0);
	CHECK(rig.stack->listeners[1].half_open == 0);
	CHECK(rig.stack->listeners[1].accepted == 1);
}

CASE(listen_beside_active_open, "LISTEN on the local port of an active open", MUST_42)
{
	CONNECT(.local_port = 80);
	OUT(SYN);
	LISTEN();
	dsl.active = false;
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK);
	EVENT(opened);
}

CASE(mutual_connect,
     "SYN to a listener from the port that we connect to: simultaneous, not passive", MUST_10)
{
	LISTEN();
	CONNECT(.local_port = 80);
	OUT(SYN);
	IN(SYN, .seq = 500);
	OUT(SYN | ACK, .seq = 0, .ack = 501);
	COUNTER(HALF_OPEN_CREATED, 0);
}

CASE(other_address, "a SYN to an address that is not ours gets no answer", R1122_3_2_1, 3_10_7_1)
{
	uint8_t frame[2048];
	unsigned address = dsl.ip4 ? 14 + 12 : 14 + 8, size = dsl.ip4 ? 4 : 16;
	uint8_t source[16];
	unsigned len;

	LISTEN();
	len = dsl_build(&(struct segment){SEGMENT_DEFAULTS, .flags = SYN, .seq = 1}, frame);
	/* To the peer's address, from ours: checksums stay right. */
	memcpy(source, frame + address, size);
	memmove(frame + address, frame + address + size, size);
	memcpy(frame + address + size, source, size);
	FRAME(frame, len);
	NOTHING();
	COUNTER(DROP_IP_DESTINATION, 1);
	CHECK(rig.stack->half_opens.used == 0);
}

CASE(source_address, "the local address is by route, or as asked for, and stays", MUST_43, MUST_44,
     MUST_45)
{
	CONNECT();
	OUT(SYN);
	CHECK(addr_equal(&dsl_this()->conn->tuple.local, &(struct addr[]){rig_local(dsl.ip4)}[0]));
	PEER(1);
	CONNECT(.local = dsl_address(rig_local_other(dsl.ip4)));
	CHECK(addr_equal(&dsl_this()->conn->tuple.local,
			 &(struct addr[]){rig_local_other(dsl.ip4)}[0]));
	OUT(SYN);
	AFTER_MS(1000);
	CHECK(dsl_pending() == 2);
	SKIP();
	PEER(2);
	CONNECT_FAILS(-EADDRNOTAVAIL, .local = dsl_address(rig_remote(dsl.ip4)));
	CONNECT_FAILS(-EADDRNOTAVAIL, .local = dsl_address(rig_local(!dsl.ip4)));
}

CASE(connect_refusals, "OPEN to what is no host is an error", MUST_46)
{
	struct tct_address group = dsl_address(rig_remote(dsl.ip4));
	struct tct_connect o = {.remote = group, .remote_port = 80};

	if (dsl.ip4)
		group.bytes[12] = 224;
	else
		group.bytes[0] = 0xff;
	CONNECT_FAILS(-EINVAL, .remote = group);
	CHECK(tcp_connect(rig.stack, &o, NULL) == -EINVAL); /* no service */
	o.service = &dsl_service;
	o.remote_port = 0;
	CHECK(tcp_connect(rig.stack, &o, NULL) == -EINVAL);
	rig.no_route = true;
	CONNECT_FAILS(-ENETUNREACH);
	CONNECT_FAILS(-ENETUNREACH, .local = dsl_address(rig_local(dsl.ip4)));
}

CASE(connect_twice, "OPEN of a tuple that exists is an error", 3_10_1_open)
{
	CONNECT(.local_port = 5000);
	OUT(SYN);
	CONNECT_FAILS(-EADDRINUSE, .local_port = 5000);
}

CASE(connect_full, "OPEN without a record is an error", 3_10_1_open)
{
	MEMORY(connections) = 1;
	CONNECT();
	OUT(SYN);
	PEER(1);
	CONNECT_FAILS(-ENOMEM);
	COUNTER(CONN_FAILED_NO_MEMORY, 1);
}

/* What has no callbacks: several conns with one peer, which dsl.c would take for one. */
static const struct tct_service nobody = {.name = "nobody"};

static struct tct_connect
burst_connect(uint16_t local_port, uint16_t local_port_last)
{
	return (struct tct_connect){
		.remote = dsl_address(rig_remote(dsl.ip4)),
		.remote_port = dsl_this()->port,
		.local_port = local_port,
		.local_port_last = local_port_last,
		.service = &nobody,
	};
}

CASE(connect_burst_cut, "of a burst those before the first that cannot be opened are opened",
     3_10_1_open)
{
	struct tct_conn *conns[3];
	struct tct_connect o[] = {
		burst_connect(5000, 0),
		burst_connect(5000, 0),
		burst_connect(5001, 0),
	};

	POLL();
	CHECK(tcp_connect_burst(rig.stack, o, 3, conns) == 1);
	CHECK(rig.stack->conns.used == 1);
	CHECK(tcp_connect_burst(rig.stack, o, 3, conns) == -EADDRINUSE);
	CHECK(rig.stack->conns.used == 1);
	COUNTER(CONN_ACTIVE_OPEN, 1);
	tct_abort(conn_at(rig.stack, 0));
	POLL();
	SKIP();
}

CASE(connect_burst_full, "a burst ends where records do", 3_10_1_open)
{
	struct tct_conn *conns[3];
	struct tct_connect o[] = {
		burst_connect(5000, 0),
		burst_connect(5001, 0),
		burst_connect(5002, 0),
	};

	MEMORY(connections) = 2;
	POLL();
	CHECK(tcp_connect_burst(rig.stack, o, 3, conns) == 2);
	COUNTER(CONN_FAILED_NO_MEMORY, 1);
	COUNTER(CONN_ACTIVE_OPEN, 2);
	for (unsigned i = 0; i < 2; i++)
		tct_abort(conns[i]);
	POLL();
	SKIP();
}

CASE(connect_burst_taken, "instead of a port that is taken a conn of a burst gets another",
     3_10_1_open)
{
	struct tct_connect given, o;
	struct tct_conn *conns[4];

	POLL();
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		PEER(i);
		given = burst_connect(5001, 0);
		o = burst_connect(5000, 5003);
		CHECK(tcp_connect_burst(rig.stack, &given, 1, conns) == 1);
		CHECK(tcp_connect_burst(rig.stack, (struct tct_connect[]){o, o, o}, 3, conns + 1) ==
		      3);
		for (unsigned k = 0; k < 4; k++) {
			const struct tuple *t = &conns[k]->tuple;
			uint64_t hash = tuple_hash(&rig.stack->flow_key, t);

			CHECK(conns[k]->hash == (uint32_t)hash);
			CHECK(tcp_lookup(rig.stack, t, hash) ==
			      REF(RECORD_CONN, conn_index(rig.stack, conns[k])));
		}
		for (unsigned k = 0; k < 4; k++)
			tct_abort(conns[k]);
		POLL();
		SKIP();
	}
}

CASE(syn_sent_bad_ack, "SYN_SENT: an ACK of nothing we sent draws RST, and the SYN stays",
     3_10_7_3_ack, 3_5_2_reset)
{
	CONNECT();
	OUT(SYN);
	IN(SYN | ACK, .seq = 500, .ack = 0);
	OUT(RST, .seq = 0, .ack = 0);
	IN(ACK, .seq = 500, .ack = 2);
	OUT(RST, .seq = 2, .ack = 0);
	IN(RST | ACK, .seq = 500, .ack = 2);
	NOTHING();
	STATE(SYN_SENT);
	NO_EVENT();
	COUNTER(DROP_TCP_ACK, 3);
	IN(SYN | ACK, .seq = 500, .ack = 1);
	SKIP();
	STATE(ESTABLISHED);
	EVENT(opened);
}

CASE(syn_sent_refused, "SYN_SENT: RST with our ACK refuses", 3_10_7_3_rst, MUST_12)
{
	CONNECT();
	OUT(SYN);
	IN(RST, .seq = 0);
	NOTHING();
	STATE(SYN_SENT);
	IN(RST | ACK, .seq = 0, .ack = 1);
	NOTHING();
	STATE(CLOSED);
	EVENT(closed, TCT_REFUSED);
	COUNTER(CONN_FAILED_REFUSED, 1);
}

CASE(syn_sent_nothing, "SYN_SENT: neither SYN nor RST is dropped", 3_10_7_3_none)
{
	CONNECT();
	OUT(SYN);
	IN(ACK, .seq = 500, .ack = 1);
	NOTHING();
	IN(FIN | ACK, .seq = 500, .ack = 1, .data = "x");
	NOTHING();
	IN(0, .seq = 500);
	NOTHING();
	STATE(SYN_SENT);
}

CASE(closed_resets, "CLOSED: every segment but RST draws RST with the right numbers", 3_10_7_1,
     3_5_2_reset)
{
	IN(SYN, .seq = 100);
	OUT(RST | ACK, .seq = 0, .ack = 101);
	AGAIN();
	IN(SYN | FIN, .seq = 100, .data = "four");
	OUT(RST | ACK, .seq = 0, .ack = 106);
	AGAIN();
	IN(ACK, .seq = 100, .ack = 77);
	OUT(RST, .seq = 77, .ack = 0);
	IN(SYN | ACK, .seq = 100, .ack = 78);
	OUT(RST, .seq = 78, .ack = 0);
	IN(FIN | ACK, .seq = 100, .ack = 79, .data = "x");
	OUT(RST, .seq = 79, .ack = 0);
	AGAIN();
	IN(0, .seq = 100, .data = "xyz");
	OUT(RST | ACK, .seq = 0, .ack = 103);
	IN(RST, .seq = 100);
	NOTHING();
	IN(RST | ACK, .seq = 100, .ack = 77);
	NOTHING();
	COUNTER(TCP_RST_TX, 6);
}

CASE(listen_resets, "LISTEN: RST ignored, ACK reset, nothing dropped", 3_10_7_2_rst, 3_10_7_2_ack,
     3_10_7_2_other)
{
	LISTEN();
	IN(RST, .seq = 100);
	NOTHING();
	IN(RST | ACK, .seq = 100, .ack = 5);
	NOTHING();
	IN(RST | SYN, .seq = 100);
	NOTHING();
	IN(ACK, .seq = 100, .ack = 77);
	OUT(RST, .seq = 77, .ack = 0);
	IN(SYN | ACK, .seq = 100, .ack = 78);
	OUT(RST, .seq = 78, .ack = 0);
	IN(FIN | ACK, .seq = 100, .ack = 79);
	OUT(RST, .seq = 79, .ack = 0);
	IN(0, .seq = 100);
	NOTHING();
	IN(FIN, .seq = 100, .data = "x");
	NOTHING();
	CHECK(rig.stack->half_opens.used == 0);
}

CASE(resets_limited, "RSTs to closed ports are rate-limited", R5961_7)
{
	TCP(resets_per_s) = 16; /* three at once */
	for (unsigned i = 0; i < 3; i++) {
		IN(ACK, .seq = 1, .ack = i);
		OUT(RST, .seq = i);
	}
	IN(ACK, .seq = 1, .ack = 9);
	NOTHING();
	COUNTER(DROP_TCP_RST_LIMIT, 1);
	RUN_MS(1000);
	IN(ACK, .seq = 1, .ack = 9);
	OUT(RST, .seq = 9);
}

CASE(stopping, "while stopping nothing is opened", 3_10_1_open)
{
	LISTEN();
	rig.stack->stopping = true;
	IN(SYN, .seq = 100);
	NOTHING();
	CONNECT_FAILS(-ESHUTDOWN);
}

CASE(simultaneous_open_bad_ack,
     "SYN_RCVD of an active open: a wrong ACK draws RST, with SYN a challenge",
     3_10_7_4_ack_syn_rcvd, 3_10_7_4_syn)
{
	dsl.active = true;
	REACH(SYN_RCVD);
	IN(ACK, .seq = 101, .ack = 5);
	OUT(RST, .seq = 5, .ack = 0);
	IN(ACK, .seq = 101, .ack = 0);
	OUT(RST, .seq = 0, .ack = 0);
	IN(SYN | ACK, .seq = 100, .ack = 5);
	OUT(ACK, .seq = 1, .ack = 101);
	STATE(SYN_RCVD);
	NO_EVENT();
}

CASE(simultaneous_open_options, "the SYN-ACK of a simultaneous open confirms only what was offered",
     MUST_10, R2018_2, R7323_2_2, R7323_3_2_c)
{
	CONNECT();
	OUT(SYN, .sack = 1, .wscale = 7, .ts = 1);
	IN(SYN, .seq = 500);
	OUT(SYN | ACK, .seq = 0, .sack = ABSENT, .wscale = ABSENT, .ts = ABSENT);
}

CASE(simultaneous_open_all_options, "and all that was offered, with the peer's timestamp", MUST_10,
     R7323_3_2_a)
{
	CONNECT();
	OUT(SYN, .ts_ecr = 0);
	IN(SYN, .seq = 500, .mss = 1460, .sack = 1, .wscale = 3, .ts = 1, .ts_val = 777);
	OUT(SYN | ACK, .seq = 0, .sack = 1, .wscale = 7, .ts_ecr = 777);
}

static void
abort_at_once(struct tct_conn *c)
{
	tct_abort(c);
}

CASE(abort_in_opened_with_data, "ABORT in opened(): data on the SYN-ACK is not delivered",
     3_10_5_abort)
{
	dsl.on[EVENT_opened] = abort_at_once;
	CONNECT();
	OUT(SYN);
	IN(SYN | ACK, .seq = 500, .ack = 1, .data = "220");
	OUT(RST | ACK, .ack = 501);
	EVENT(opened);
	EVENT(closed, TCT_ABORTED);
	RECEIVED("");
}

/* An active open that asks for ECN, answered so. */
static void
ask_for_ecn(uint8_t answer)
{
	TCP(ecn_request) = true;
	CONNECT();
	OUT(SYN | ECE | CWR, .seq = 0, .ack = 0);
	IN(SYN | ACK | answer, .seq = 500, .ack = 1, .mss = 1460);
	OUT(ACK, .seq = 1, .ack = 501);
	EVENT(opened);
	SEND("x");
}

CASE(ecn_asked, "an active open asks for ECN, and the peer agrees", R3168_6_1_1)
{
	ask_for_ecn(ECE);
	OUT(PSH | ACK, .data = "x", .tos = 2);
}

CASE(ecn_refused, "a peer that does not agree gets none", R3168_6_1_1)
{
	ask_for_ecn(0);
	OUT(PSH | ACK, .data = "x", .tos = 0);
}

CASE(ecn_mirrored, "one that gives both flags back has not read them", R3168_6_1_1)
{
	ask_for_ecn(ECE | CWR);
	OUT(PSH | ACK, .data = "x", .tos = 0);
}

CASE(ecn_request_off, "without being told to a SYN does not ask", R3168_6_1_1)
{
	CONNECT();
	OUT(SYN, .seq = 0, .ack = 0);
	IN(SYN | ACK | ECE, .seq = 500, .ack = 1, .mss = 1460);
	OUT(ACK);
	EVENT(opened);
	CHECK(!(dsl_conn()->flags & CONN_ECN));
}

CASE(ecn_asked_once, "a SYN that comes again does not ask: the first may have been dropped for it",
     R3168_6_1_1)
{
	TCP(ecn_request) = true;
	CONNECT();
	OUT(SYN | ECE | CWR, .seq = 0, .ack = 0);
	AFTER_MS(1000);
	OUT(SYN, .seq = 0, .ack = 0);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	OUT(ACK);
	EVENT(opened);
}

CASE(silent_open, "a silent open sends a SYN and answers nothing, at once or later")
{
	CONNECT(.silent = true);
	OUT(SYN, .seq = 0, .ack = 0, .mss = dsl.ip4 ? 1460 : 1440);
	POLL();
	EVENT(closed, TCT_ABORTED);
	STATE(CLOSED);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	NOTHING();
	QUIET_MS(63000);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	IN(RST | ACK, .seq = 0, .ack = 1);
	NOTHING();
	COUNTER(TCP_SILENT, 3);
	COUNTER(CONN_SILENT, 1);
	COUNTER(CONN_ABORTED, 0);
	COUNTER(TCP_RETRANSMIT_SYN, 0);
}

CASE(silent_open_others, "what does not answer the silent SYN is answered as ever")
{
	CONNECT(.silent = true);
	OUT(SYN, .seq = 0);
	POLL();
	EVENT(closed, TCT_ABORTED);
	IN(SYN | ACK, .seq = 500, .ack = 2);
	OUT(RST, .seq = 2);
	PEER(1);
	IN(SYN | ACK, .seq = 500, .ack = 1);
	OUT(RST, .seq = 1);
	COUNTER(TCP_SILENT, 0);
}

CASE(open_no_buffer, "an open without a buffer sends its SYN once there is one", 3_10_1_open)
{
	rig.spare_max = 0;
	CONNECT();
	NOTHING();
	STATE(SYN_SENT);
	NO_EVENT();
	rig.spare_max = 200;
	POLL();
	OUT(SYN, .seq = 0);
}

CASE(silent_open_no_buffer, "a silent open without a buffer is over once its SYN is sent")
{
	rig.spare_max = 0;
	CONNECT(.silent = true);
	NOTHING();
	STATE(SYN_SENT);
	NO_EVENT();
	rig.spare_max = 200;
	POLL();
	OUT(SYN, .seq = 0);
	POLL();
	EVENT(closed, TCT_ABORTED);
}

CASE(silent_open_time_wait, "a silent open on a tuple in time-wait is known by its answer, too")
{
	dsl.active = true;
	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	RUN_MS(1100);
	dsl_this()->opened = dsl_this()->closed = 0;
	CONNECT(.local_port = dsl_this()->local_port, .silent = true);
	AGAIN();
	OUT(SYN, .seq = 0);
	POLL();
	EVENT(closed, TCT_ABORTED);
	IN(SYN | ACK, .seq = 900, .ack = 1, .mss = 1460);
	NOTHING();
	COUNTER(TCP_SILENT, 1);
}
