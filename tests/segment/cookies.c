/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN cookies: RFC 4987 3.6, and lib/tcp/cookie.h. */
#include "dsl.h"
#include "wire/plain.h"

CASE(cookie_always, "no record until the third segment", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK, .ack = 101, .wscale = ABSENT, .sack = ABSENT, .ts = ABSENT);
	STATE(CLOSED);
	QUIET_MS(3000);
	IN(ACK);
	STATE(ESTABLISHED);
	EVENT(opened);
	COUNTER(COOKIE_SENT, 1);
	COUNTER(COOKIE_ACCEPTED, 1);
	COUNTER(HALF_OPEN_CREATED, 0);
	CHECK(dsl_conn()->mss == (dsl.ip4 ? 536 : 1200));
}

CASE(cookie_options, "MSS, window scale and SACK come back", R4987_b)
{
	static const uint16_t mss[] = {216, 536, 1200, 1360, 1400, 1440, 1460};
	static const uint8_t wscale[] = {0, 1, 2, 4, 6, 7, 8};

	rig.mtu = 9000;
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	for (unsigned i = 0; i < 7; i++) {
		PEER(i);
		IN(SYN, .seq = 100, .mss = mss[i], .wscale = wscale[i], .sack = i & 1 ? 1 : ABSENT);
		OUT(SYN | ACK, .wscale = 7, .sack = i & 1 ? 1 : ABSENT);
		IN(ACK, .wnd = 1000);
		EVENT(opened);
		CHECK(dsl_conn()->mss == mss[i]);
		CHECK(dsl_conn()->snd_wnd == 1000u << wscale[i]);
		CHECK(!!(dsl_conn()->flags & CONN_SACK) == (i & 1));
		CHECK(dsl_conn()->flags & CONN_WSCALE);
	}
}

/* What a SYN of the current peer's is answered with, made alone. */
static uint32_t
cookie_alone(uint32_t irs, struct cookie_options o)
{
	struct tuple t = dsl_tuple();
	struct cookie c = cookie_ask(&rig.stack->cookies, &t, irs, &o);

	return cookie_iss(&c);
}

CASE(cookie_burst, "SYNs of one burst are answered as each alone, and so are their ACKs", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	HOLD();
	for (unsigned i = 0; i < 14; i++) {
		PEER(i);
		IN(i == 5	? RST
		   : i % 3 == 1 ? SYN | ECE | CWR
				: SYN,
		   .seq = 100 + i, .mss = 536 + 100 * i, .ts = i % 3 ? 1 : ABSENT,
		   .wscale = i % 4 ? (int)i : ABSENT, .sack = i % 5 ? 1 : ABSENT);
	}
	POLL();
	for (unsigned i = 0; i < 14; i++) {
		struct cookie_options o = {
			.mss = (uint16_t)(536 + 100 * i),
			.wscale = i % 4 ? (uint8_t)i : COOKIE_NO_WSCALE,
			.sack = i % 5,
		};

		if (i == 5)
			continue;
		PEER(i);
		OUT(i % 3 == 1 ? SYN | ACK | ECE : SYN | ACK, .ack = 101 + i,
		    .ts = i % 3 ? 1 : ABSENT, .wscale = i % 4 ? 7 : ABSENT,
		    .sack = i % 5 ? 1 : ABSENT);
		CHECK(dsl_this()->iss == cookie_alone(100 + i, o));
	}
	HOLD();
	for (unsigned i = 0; i < 14; i++) {
		PEER(i);
		if (i != 5)
			IN(ACK, .ack = i == 9 ? 2 : 1);
	}
	POLL();
	for (unsigned i = 0; i < 14; i++) {
		PEER(i);
		if (i == 9)
			OUT(RST, .seq = 2);
		else if (i != 5)
			EVENT(opened);
	}
	COUNTER(COOKIE_SENT, 13);
	COUNTER(COOKIE_ACCEPTED, 12);
	COUNTER(COOKIE_REJECTED, 1);
}

CASE(cookie_burst_and_time_wait,
     "a SYN over a time-wait, behind another one's in a burst, gets its own", R4987_b, MAY_2)
{
	const struct cookie_options o = {.mss = 1000, .wscale = COOKIE_NO_WSCALE};

	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	dsl_this()->ts_in = true;
	REACH(TIME_WAIT);
	RUN_MS(10);
	AGAIN();
	HOLD();
	PEER(1);
	IN(SYN, .seq = 100, .mss = 1000);
	PEER(0);
	IN(SYN, .seq = 5000, .mss = 1000, .ts = 1);
	POLL();
	PEER(1);
	OUT(SYN | ACK, .ack = 101);
	CHECK(dsl_this()->iss == cookie_alone(100, o));
	PEER(0);
	OUT(SYN | ACK, .ack = 5001);
	CHECK(dsl_this()->iss == cookie_alone(5000, o));
}

static void
random_packet(struct packet *p, unsigned i, unsigned n)
{
	static const uint8_t flags[] = {SYN, SYN | ECE | CWR, ACK, RST, PSH | ACK, RST | ACK};

	*p = (struct packet){
		.seq = 77 * i,
		.ack = 1000 * i,
		.flags = flags[i % 6],
		.tuple = dsl_tuple(),
		.opt = {.mss = (uint16_t)(500 + 70 * i), .has_ts = i % 4 > 0},
	};
	p->tuple.remote.b[13] ^= (uint8_t)n;
	p->tuple.remote.b[14] ^= (uint8_t)(i % 8);
	p->tuple.remote_port = (rte_be16_t)i;
}

/* out: ACKs are worth it. */
static void
check_ready(const struct packet *p, const struct cookie_ready *r, bool out)
{
	struct cookie c = cookie_claim(&rig.stack->cookies, &p->tuple, p->seq - 1, p->ack - 1);

	CHECK(r->made == (out && (p->flags & (SYN | ACK | RST)) == ACK));
	CHECK(!r->made || r->iss == cookie_iss(&c));
	CHECK(!r->answered);
}

CASE(cookie_ready, "what a burst makes ready is what each would have alone", R4987_b)
{
	struct packet packets[TCP_BURST], *strays[TCP_BURST];
	struct cookie_ready made[TCP_BURST], *ready[TCP_BURST];

	TCP(syn_cookies) = TCT_SYN_COOKIES_NEVER; /* SYNs are for half-opens */
	LISTEN();
	for (unsigned n = 0; n <= 2 * TCP_BURST; n++) {
		unsigned count = n % (TCP_BURST + 1);

		rig.stack->cookie_last_us = n > TCP_BURST ? rig.stack->now_us : 0;
		for (unsigned i = 0; i < count; i++) {
			random_packet(&packets[i], i + n, n);
			strays[i] = &packets[i];
			ready[i] = &made[i];
			made[i] = (struct cookie_ready){0};
		}
		syn_cookie_burst(rig.stack, strays, count, ready);
		for (unsigned i = 0; i < count; i++)
			check_ready(&packets[i], &made[i], n > TCP_BURST);
	}
}

static uint32_t told[16];
static unsigned told_count;

/* The timestamps of SYN-ACKs with all options. */
static void
keep_ts_val(const uint8_t *bytes, unsigned len, bool l2)
{
	unsigned options = (l2 ? ETH_LEN : 0) + (dsl.ip4 ? IP4_LEN : IP6_LEN) + TCP_LEN;

	if (len == options + 20)
		told[told_count++] = get32(bytes + options + 8);
}

CASE(cookie_burst_timestamps, "each SYN of a burst has the offset of its hosts", R4987_b)
{
	void (*sent)(const uint8_t *bytes, unsigned len, bool l2) = rig.sent;
	uint32_t wanted[16];
	unsigned count = 0;

	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	HOLD();
	for (unsigned i = 0; i < 16; i++) {
		PEER(i);
		if (i % 3)
			IN(SYN, .seq = 100, .mss = 1460, .wscale = 7, .sack = 1, .ts = 1);
		else
			IN(SYN, .seq = 100, .mss = 1460);
		rig.burst[i].tuple.remote.b[14] ^= (uint8_t)i;
		if (i % 3) /* without ECN the next lower even one */
			wanted[count++] =
				(rig.stack->now +
				 (uint32_t)hosts_prf(&rig.stack->ts_key, &rig.burst[i].tuple) - 1) &
				~1u;
		if (i % 5 == 0) /* it spoke lately */
			ts_offset_make(rig.stack, &rig.burst[i].tuple);
	}
	told_count = 0;
	rig.sent = keep_ts_val;
	POLL();
	rig.sent = sent;
	CHECK(told_count == count && memcmp(told, wanted, count * sizeof(told[0])) == 0);
}

CASE(cookie_stopping, "who is about to end answers no SYN", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	rig.stack->stopping = true;
	IN(SYN, .seq = 100, .mss = 1460);
	QUIET_MS(10);
	COUNTER(SYN_RX, 1);
	COUNTER(COOKIE_SENT, 0);
}

/* As if the current peer's SYN had been answered by another machine with the same secret. */
static void
cookie_of_another(uint32_t irs)
{
	const struct cookie_options o = {.mss = 1000, .wscale = COOKIE_NO_WSCALE};

	dsl_this()->iss = cookie_alone(irs, o);
}

CASE(cookie_burst_begins, "an ACK behind the first SYN that gets a cookie is tested as one",
     R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	HOLD();
	IN(SYN, .seq = 100, .mss = 1460);
	PEER(1);
	cookie_of_another(100);
	IN(ACK, .seq = 101, .ack = 1);
	POLL();
	PEER(0);
	OUT(SYN | ACK);
	PEER(1);
	EVENT(opened);
}

CASE(cookie_burst_record_ends, "an ACK whose record ends in the same burst is tested as a cookie",
     R4987_b)
{
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	rig.stack->cookie_last_us = rig.stack->now_us;
	HOLD();
	PEER(1);
	IN(ACK, .seq = 101, .ack = 77);
	PEER(0);
	IN(RST, .seq = 101);
	cookie_of_another(100);
	IN(ACK, .seq = 101, .ack = 1);
	POLL();
	EVENT(opened);
	PEER(1);
	OUT(RST, .seq = 77);
}

static void
look_away(const uint8_t *bytes, unsigned len, bool l2)
{
	(void)bytes, (void)len, (void)l2;
}

CASE(cookie_burst_strays, "of a burst's SYNs those are answered that somebody listens for", R4987_b)
{
	void (*sent)(const uint8_t *bytes, unsigned len, bool l2) = rig.sent;

	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	HOLD();
	for (unsigned i = 0; i < 8; i++) {
		PEER(i);
		IN(SYN, .seq = 100, .mss = 1460);
		if (i % 2)
			rig.burst[i].tuple.local_port ^= RTE_BE16(1);
		if (i == 6)
			rig.burst[i].tuple.local.b[15] ^= 0x80;
	}
	rig.sent = look_away; /* RSTs, from where nobody is */
	POLL();
	rig.sent = sent;
	COUNTER(COOKIE_SENT, 3);
	COUNTER(SYN_RX, 3);
	COUNTER(DROP_TCP_NO_LISTENER, 4);
	COUNTER(DROP_IP_DESTINATION, 1);
}

static uint8_t answer[128];
static unsigned answer_len;

static void
keep_answer(const uint8_t *bytes, unsigned len, bool l2)
{
	CHECK(l2 && len <= sizeof(answer));
	memcpy(answer, bytes, len);
	answer_len = len;
}

CASE(syn_ack_tagged, "a tag that the NIC took off is put on again")
{
	void (*sent)(const uint8_t *bytes, unsigned len, bool l2) = rig.sent;
	const uint8_t tag[] = {0x81, 0, 0, 7, dsl.ip4 ? 0x08 : 0x86, dsl.ip4 ? 0 : 0xdd};

	LISTEN();
	for (unsigned i = 0; i < 2; i++) {
		rig.stack->config.syn_cookies = i ? TCT_SYN_COOKIES_ALWAYS : TCT_SYN_COOKIES_NEVER;
		PEER(i);
		HOLD();
		IN(SYN, .seq = 100, .mss = 1460, .wscale = 7, .sack = 1, .ts = 1);
		rig.burst[0].mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
		rig.burst[0].mbuf->vlan_tci = 0xa007;
		rig.sent = keep_answer;
		POLL();
		rig.sent = sent;
		CHECK(answer_len == 18u + (dsl.ip4 ? 20 : 40) + 40);
		CHECK(memcmp(answer + 12, tag, sizeof(tag)) == 0);
	}
}

CASE(cookie_rounds_down, "what the tables lack is rounded down", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100, .mss = 1459, .wscale = 14);
	OUT(SYN | ACK);
	IN(ACK, .wnd = 1);
	EVENT(opened);
	CHECK(dsl_conn()->mss == 1440 && dsl_conn()->snd_wnd == 1 << 8);
}

CASE(cookie_timestamps, "timestamps, and ECN in them", R4987_b, R7323_3_2_a, SHLD_8)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	for (unsigned i = 0; i < 16; i++) {
		uint32_t first;

		PEER(i);
		IN(SYN | (i & 1 ? ECE | CWR : 0), .seq = 100, .ts = 1, .mss = 1460);
		OUT(SYN | ACK | (i & 1 ? ECE : 0), .ts = 1);
		first = (uint32_t)dsl.last.ts_val;
		RUN_MS(i);
		IN(PSH | ACK, .data = "x");
		EVENT(opened);
		CHECK(!!(dsl_conn()->flags & CONN_ECN) == (i & 1));
		CHECK(dsl_conn()->flags & CONN_TIMESTAMPS);
		RUN_MS(45);
		OUT(ACK);
		CHECK(seq_ge((uint32_t)dsl.last.ts_val, first));
	}
}

CASE(cookie_timed, "the timestamp in the ACK tells the round trip; without one nothing does",
     R6298_2)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	for (unsigned i = 0; i < 16; i++) {
		uint32_t rtt_us = 5000 * i;

		dsl_run(611);
		PEER(i);
		IN(SYN | (i & 1 ? ECE | CWR : 0), .seq = 100, .ts = 1);
		OUT(SYN | ACK | (i & 1 ? ECE : 0), .ts = 1);
		dsl_run(rtt_us);
		IN(ACK);
		EVENT(opened);
		CHECK(dsl_conn()->srtt_us >= rtt_us && dsl_conn()->srtt_us < rtt_us + 3072);
	}
	SEND("a");
	OUT(PSH | ACK, .data = "a");
	AFTER_MS(278);
	OUT(PSH | ACK, .seq = 1, .data = "a");
	IN(ACK);
	PEER(16);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK, .ts = ABSENT);
	IN(ACK);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us == 0);
}

CASE(cookie_echo_not_ours, "a timestamp of before or after all cookies is no round trip", R6298_2)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	for (unsigned i = 0; i < 2; i++) {
		PEER(i);
		IN(SYN, .seq = 100, .ts = 1);
		OUT(SYN | ACK, .ts = 1);
		IN(ACK, .ts_ecr = (uint32_t)(dsl_this()->ts_seen + (i ? 1000 : -40000)));
		EVENT(opened);
		CHECK(dsl_conn()->srtt_us == 0);
	}
}

CASE(cookie_echo_unasked, "nor is a timestamp that was not agreed on", R7323_3_2_c)
{
	TCP(timestamps) = false;
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100, .ts = 1);
	OUT(SYN | ACK, .ts = ABSENT);
	IN(ACK, .ts = 1, .ts_ecr = rig.stack->now - 50);
	EVENT(opened);
	CHECK(dsl_conn()->srtt_us == 0);
}

CASE(cookie_ecn_needs_timestamps, "without timestamps ECN is not agreed on", SHLD_8)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN | ECE | CWR, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK);
	EVENT(opened);
	CHECK(!(dsl_conn()->flags & CONN_ECN));
}

CASE(cookie_with_data, "data and FIN on the third segment, or the third lost", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(FIN | ACK, .data = "GET");
	OUT(ACK);
	EVENT(opened);
	RECEIVED("GET");
	EVENT(peer_closed);
}

CASE(cookie_wrong, "a wrong cookie: RST, as LISTEN says", R4987_c, 3_10_7_2_ack)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	IN(ACK, .seq = 102, .ack = 1); /* another ISN */
	OUT(RST, .seq = 1);
	IN(ACK, .seq = 101, .ack = 257);
	OUT(RST, .seq = 257);
	IN(ACK, .seq = 101, .ack = 2);
	OUT(RST, .seq = 2);
	COUNTER(COOKIE_REJECTED, 3);
	NO_EVENT();
	STATE(CLOSED);
}

CASE(cookie_other_tuple, "a cookie is good for its tuple only", R4987_c)
{
	uint32_t iss;

	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	iss = dsl_this()->iss;
	PEER(1);
	IN(ACK, .seq = 101, .ack = iss + 1);
	OUT(RST, .seq = (int32_t)(iss + 1));
	STATE(CLOSED);
}

static void
cookie_expires(uint64_t epoch)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	rig.wall_offset_us = 15000000ull * epoch - 1000000; /* an epoch begins now */
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	QUIET_MS(29900);
	PEER(2); /* so that ACKs are tested at all */
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	PEER(0);
	IN(ACK);
	EVENT(opened);
	QUIET_MS(200);
	PEER(1);
	IN(ACK);
	OUT(RST, .seq = 1);
	COUNTER(COOKIE_REJECTED, 1);
}

CASE(cookie_expires_even, "after two epochs a cookie is worth nothing", R4987_b)
{
	cookie_expires(1000);
}

CASE(cookie_expires_odd, "and of the other of two secrets neither", R4987_b)
{
	cookie_expires(1001);
}

CASE(cookie_peace, "in peace time no ACK is tested", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_AUTO;
	LISTEN();
	IN(ACK, .seq = 101, .ack = 1);
	OUT(RST, .seq = 1);
	COUNTER(COOKIE_REJECTED, 0);
	PEER(1);
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	rig.stack->config.syn_cookies = TCT_SYN_COOKIES_ALWAYS;
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	QUIET_MS(30100);
	IN(ACK);
	OUT(RST, .seq = 1);
	COUNTER(COOKIE_REJECTED, 0);
}

CASE(cookie_never, "never: a cookie is neither sent nor taken", R4987_b)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_NEVER;
	MEMORY(half_open) = 1;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	PEER(1);
	IN(SYN, .seq = 100);
	NOTHING();
	IN(ACK, .seq = 101, .ack = 1);
	OUT(RST, .seq = 1);
	COUNTER(COOKIE_SENT, 0);
	COUNTER(COOKIE_REJECTED, 0);
}

CASE(cookie_hysteresis, "auto: cookies from three quarters to half", R4987_a, R4987_b)
{
	MEMORY(half_open) = 16;
	LISTEN();
	for (unsigned i = 0; i < 12; i++) {
		PEER(i);
		IN(SYN, .seq = 100);
		OUT(SYN | ACK);
	}
	COUNTER(COOKIE_ENTER, 0);
	PEER(12);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	COUNTER(COOKIE_ENTER, 1);
	COUNTER(COOKIE_SENT, 1);
	for (unsigned i = 0; i < 4; i++) { /* down to eight: still cookies */
		PEER(i);
		IN(ACK);
		EVENT(opened);
	}
	PEER(13);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	COUNTER(COOKIE_SENT, 2);
	PEER(4);
	IN(ACK);
	EVENT(opened);
	PEER(14);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	COUNTER(COOKIE_SENT, 2);
	COUNTER(COOKIE_LEAVE, 1);
	STATE(SYN_RCVD);
	PEER(13); /* cookies sent before are still good */
	IN(ACK);
	EVENT(opened);
	COUNTER(COOKIE_ACCEPTED, 1);
}

CASE(cookie_backlog, "auto: beyond the backlog a cookie", R4987_a)
{
	LISTEN(.backlog = 1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	PEER(1);
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	COUNTER(COOKIE_SENT, 1);
	IN(ACK);
	EVENT(opened);
}

CASE(cookie_conns_full, "a good cookie without a conn to be had: silence, and it opens later",
     R4987_a)
{
	MEMORY(connections) = 1;
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
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
	PEER(0);
	IN(RST);
	EVENT(closed, TCT_RESET);
	PEER(1);
	IN(PSH | ACK, .data = "x");
	EVENT(opened);
	AFTER_MS(40);
	OUT(ACK);
}

CASE(cookie_no_route, "no route: the connection is not made", MUST_44)
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	LISTEN();
	IN(SYN, .seq = 100);
	OUT(SYN | ACK);
	rig.no_route = true;
	IN(ACK);
	NOTHING();
	COUNTER(DROP_NO_ROUTE, 1);
	rig.no_route = false;
	IN(ACK);
	EVENT(opened);
}

CASE(cookie_flood, "a flood of SYNs, and a client that gets in", R4987_a, R4987_b)
{
	MEMORY(half_open) = 32;
	LISTEN();
	dsl.quiet = true;
	for (unsigned i = 1; i < 500; i++) {
		PEER(i);
		IN(SYN, .seq = i);
	}
	CHECK(rig.stack->half_opens.used == 24);
	dsl.quiet = false;
	PEER(0);
	IN(SYN, .seq = 100, .mss = 1460);
	OUT(SYN | ACK);
	IN(ACK);
	EVENT(opened);
	STATE(ESTABLISHED);
	dsl.quiet = true;
	RUN_MS(70000);
	CHECK(rig.stack->half_opens.used == 0);
}
