/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers and options: RFC 9293 3.1, 3.2, 3.7. */
#include "dsl.h"

#define RAW(text) .options = text, .options_len = sizeof(text) - 1

CASE(checksum, "a wrong checksum is dropped; ours are right (each OUT looks)", MUST_2, MUST_3)
{
	LISTEN();
	IN(SYN, .seq = 100, .bad_checksum = true);
	NOTHING();
	COUNTER(DROP_TCP_CHECKSUM, 1);
	AGAIN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
}

CASE(unknown_options, "unknown options are stepped over, unaligned ones read", MUST_6, MUST_64,
     MUST_4, MUST_68)
{
	LISTEN();
	/* experiment, MSS 1000, NOP, window scale 2, end */
	IN(SYN, .seq = 100, RAW("\xfd\x05xyz\x02\x04\x03\xe8\x01\x03\x03\x02\x01\x01\x00"));
	OUT(SYN | ACK, .wscale = 7);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->mss == 1000 && dsl_conn()->snd_wscale == 2);
	IN(PSH | ACK, .data = "x",
	   RAW("\xfd\x08"
	       "abcdef"));
	RECEIVED("x");
	AFTER_MS(40);
	OUT(ACK);
	COUNTER(TCP_BAD_OPTIONS, 0);
}

CASE(illegal_options, "an impossible length ends the options, and harms nothing", MUST_7, MUST_5)
{
	LISTEN();
	IN(SYN, .seq = 100, RAW("\x02\x04\x03\xe8\xfd\x00\x03\x03"));
	OUT(SYN | ACK, .wscale = ABSENT);
	COUNTER(TCP_BAD_OPTIONS, 1);
	IN(ACK, RAW("\x08\x28\x00\x00"));
	EVENT(opened);
	CHECK(dsl_conn()->mss == 1000);
	IN(PSH | ACK, .data = "x", RAW("\x02\x01\x02\x02"));
	RECEIVED("x");
	COUNTER(TCP_BAD_OPTIONS, 3);
	AFTER_MS(40);
	OUT(ACK);
}

CASE(options_end, "what follows the end of the options is not read", MUST_4, MUST_69)
{
	LISTEN();
	IN(SYN, .seq = 100, RAW("\x00\x02\x04\x03\xe8\x00\x00\x00"));
	OUT(SYN | ACK);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->mss == (dsl.ip4 ? 536 : 1220));
}

CASE(mss_default, "no MSS option: 536 or 1220", MUST_15)
{
	ESTABLISH();
	SEND_BYTES(3000);
	OUT(ACK, .len = dsl.ip4 ? 536 : 1220);
	SKIP();
}

CASE(mss_of_peer, "no segment is larger than the peer's MSS, options deducted", MUST_16, MUST_14,
     SHLD_28)
{
	ESTABLISH(.mss = 1000);
	SEND_BYTES(2500);
	OUT(ACK, .len = 1000);
	OUT(ACK, .len = 1000);
	OUT(PSH | ACK, .len = 500);
	PEER(1);
	ESTABLISH(.mss = 1000, .ts = 1);
	SEND_BYTES(2500);
	OUT(ACK, .len = 988);
	OUT(ACK, .len = 988);
	OUT(PSH | ACK, .len = 524);
}

CASE(mss_of_path, "nor than the link takes", MUST_16)
{
	ESTABLISH(.mss = 9000);
	SEND_BYTES(3000);
	OUT(ACK, .len = dsl.ip4 ? 1460 : 1440);
	SKIP();
}

CASE(mss_announced, "our MSS is the link's, less headers; or as configured", MUST_67, SHLD_5,
     SHLD_6, MAY_3)
{
	rig.mtu = 1400;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK, .mss = dsl.ip4 ? 1360 : 1340);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0, .mss = dsl.ip4 ? 1360 : 1340);
	PEER(1);
	CONNECT();
	OUT(SYN, .mss = dsl.ip4 ? 1360 : 1340);
}

CASE(mss_configured, "a configured MSS is announced when it is smaller", SHLD_5)
{
	TCP(mss) = 1000;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK, .mss = 1000);
	rig.mtu = 1300;
	PEER(1);
	CONNECT();
	OUT(SYN, .mss = 1000);
}

CASE(mss_tiny, "an absurd MSS is not followed below 64", MUST_16)
{
	ESTABLISH(.mss = 1);
	SEND_BYTES(100);
	OUT(ACK, .len = 64);
	OUT(PSH | ACK, .len = 36);
}

CASE(ttl, "TTL is as configured", MUST_49)
{
	TCP(ttl) = 33;
	ESTABLISH();
	IN(FIN | ACK);
	OUT(ACK, .ttl = 33);
	EVENT(peer_closed);
	IN(SYN, .seq = 1);
	OUT(ACK, .ttl = 33);
	PEER(1);
	IN(SYN, .seq = 1);
	OUT(SYN | ACK, .ttl = 33);
	AFTER_MS(1000);
	OUT(SYN | ACK, .seq = 0, .ttl = 33);
	PEER(2);
	IN(ACK, .seq = 1, .ack = 0);
	OUT(RST, .ttl = 33);
}

CASE(dscp, "the service sets DSCP, and changes it; it learns the peer's", MUST_48, SHLD_21, SHLD_22,
     MAY_9)
{
	struct tct_info info;

	ESTABLISH();
	CHECK(tct_set_dscp(dsl_this()->conn, 64) == -EINVAL);
	CHECK(tct_set_dscp(dsl_this()->conn, 46) == 0);
	SEND("x");
	OUT(PSH | ACK, .data = "x", .tos = 46 << 2);
	CHECK(tct_set_dscp(dsl_this()->conn, 10) == 0);
	IN(ACK, .tos = 12 << 2);
	SEND("y");
	OUT(PSH | ACK, .data = "y", .tos = 10 << 2);
	tct_info(dsl_this()->conn, &info);
	CHECK(info.dscp_received == 12);
	CHECK(info.unacked == 1 && info.queued == 0 && info.remote_port == 40000);
	CHECK(!strcmp(info.state, "ESTABLISHED") && !strcmp(info.service, "test"));
}

CASE(cut_frames, "a segment may come in several buffers", 3_10_7_4_text)
{
	uint8_t frame[2048];
	unsigned len;

	ESTABLISH();
	len = dsl_build(&(struct segment){SEGMENT_DEFAULTS, .flags = PSH | ACK,
					  .data = "in many pieces of data"},
			frame);
	rig_frame_cut(frame, len, dsl.ip4 ? 59 : 79);
	dsl_this()->snd_nxt += 22;
	POLL();
	RECEIVED("in many pieces of data");
	AFTER_MS(40);
	OUT(ACK);
	PAUSE();
	len = dsl_build(&(struct segment){SEGMENT_DEFAULTS, .flags = PSH | ACK,
					  .data = "in many pieces of data"},
			frame);
	rig_frame_cut(frame, len, dsl.ip4 ? 59 : 79);
	dsl_this()->snd_nxt += 22;
	POLL();
	RECEIVED("");
	AFTER_MS(40);
	OUT(ACK);
	RESUME();
	SKIP();
	RECEIVED("in many pieces of data");
}

CASE(window_unsigned, "a window above 32767 is no negative number", MUST_1, REC_1)
{
	ESTABLISH(.mss = 1460, .wnd = 65535);
	CHECK(dsl_conn()->snd_wnd == 65535);
	SEND_BYTES(1000);
	OUT(PSH | ACK, .len = 1000);
	PEER(1);
	ESTABLISH(.mss = 1460, .wscale = 14);
	CHECK(dsl_conn()->snd_wnd == 65535u << 14);
	SEND_BYTES(1000);
	OUT(PSH | ACK, .len = 1000);
}

CASE(isn_clock, "the ISN of a tuple rises by one every 4 us", MUST_8, R6528_3)
{
	struct tuple t = dsl_tuple();
	uint32_t before;

	LISTEN();
	before = isn_make(rig.stack, &t);
	for (unsigned i = 1; i < 100; i++) {
		tcp_set_time(rig.stack, rig.now_us + 4000 * i);
		CHECK(isn_make(rig.stack, &t) == before + 1000 * i);
	}
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	CHECK(dsl_this()->iss == before);
}

CASE(isn_secret, "ISNs of other tuples, and of other secrets, have nothing in common", SHLD_1,
     MUST_9, R6528_3)
{
	struct tuple t = dsl_tuple();
	uint32_t seen[512], of_zero;

	LISTEN();
	of_zero = isn_make(rig.stack, &t);
	for (unsigned i = 0; i < 512; i++) {
		t.remote_port = rte_cpu_to_be_16((uint16_t)(1000 + i));
		seen[i] = isn_make(rig.stack, &t);
		for (unsigned j = 0; j < i; j++)
			CHECK(seen[i] != seen[j]);
		if (i) /* neighbours are not near */
			CHECK(seen[i] - seen[i - 1] > 64 && seen[i - 1] - seen[i] > 64);
	}
	t = dsl_tuple();
	t.local.b[15] ^= 1;
	CHECK(isn_make(rig.stack, &t) != of_zero);
	t = dsl_tuple();
	rig.stack->isn_key.k0 ^= 1;
	CHECK(isn_make(rig.stack, &t) != of_zero);
}

CASE(source_ports, "RFC 6056: ports differ, are not predictable, and not a listener's", R6056_3,
     R6056_3_2)
{
	uint16_t port[40];
	unsigned rising = 0;

	LISTEN(.port = 4000);
	for (unsigned i = 0; i < 40; i++) {
		PEER(i);
		CONNECT();
		OUT(SYN);
		port[i] = dsl_this()->local_port;
		CHECK(port[i] >= 1024 && port[i] != 4000);
		for (unsigned j = 0; j < i; j++)
			CHECK(port[i] != port[j] || i != j);
		if (i && port[i] == port[i - 1] + 1)
			rising++;
	}
	CHECK(rising < 5); /* to different remote ports */
}

CASE(source_port_listener, "a listener's port is never chosen", R6056_3_2)
{
	struct tuple t;
	uint16_t next;

	CONNECT();
	OUT(SYN);
	PEER(1);
	t = dsl_tuple();
	{
		struct port_space copy = rig.stack->spaces[0];

		port_space_next(&copy, &t);
		next = rte_be_to_cpu_16(t.local_port);
	}
	LISTEN(.port = next);
	CONNECT();
	CHECK(rte_be_to_cpu_16(dsl_this()->conn->tuple.local_port) != next);
	SKIP();
}

CASE(ports_exhausted, "no port free is an error", R6056_3)
{
	LISTEN();
	for (unsigned i = 0; i < 65536; i++)
		rig.stack->listener_of_port[i] = 1;
	CONNECT_FAILS(-EADDRNOTAVAIL);
	COUNTER(CONN_FAILED_NO_PORT, 1);
}

CASE(tx_offload, "with hardware checksums the segments ask for them", MUST_2)
{
	rig.tx_checksum = true;
	dsl.quiet = true;
	LISTEN();
	IN(SYN, .seq = 100);
	CHECK(rig.counters.v[COUNTER_TCP_TX] == 1);
}
