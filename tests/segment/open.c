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

CASE(data_both_ways, "bytes in, bytes out", 3_10_7_4_text, 3_10_2_send)
{
	ESTABLISH();
	IN(PSH | ACK, .data = "hello");
	RECEIVED("hello");
	SEND("world!");
	OUT(PSH | ACK, .data = "world!");
	IN(ACK);
	NOTHING();
}
