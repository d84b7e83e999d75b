/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening without a record: when SYNs are answered with a cookie (cookie.h), and what becomes of
 * the ACK that brings one back. RFC 4987 3.6.
 *
 * With syn-cookies auto, cookies begin when three quarters of the half-open records are used and
 * end when it is less than half of them. An ACK without a record is tested as a cookie only for as
 * long as one of ours could still be valid, so that in peace time a blind attacker has nothing to
 * guess at.
 */
#include "syn_ack.h"

bool
syn_cookie_wanted(struct tcp_stack *s)
{
	uint32_t used = s->half_opens.used, all = s->half_opens.capacity;

	if (s->config.syn_cookies != TCT_SYN_COOKIES_AUTO)
		return s->config.syn_cookies == TCT_SYN_COOKIES_ALWAYS;
	if (!s->cookie_mode && used >= all - all / 4) {
		s->cookie_mode = true;
		tcp_count(s, COUNTER_COOKIE_ENTER);
	} else if (s->cookie_mode && used < all / 2) {
		s->cookie_mode = false;
		tcp_count(s, COUNTER_COOKIE_LEAVE);
	}
	return s->cookie_mode;
}

/* With timestamps, the lowest bit of the TSval says whether ECN was asked for. Never ahead of the
 * true value, so that what the connection sends later is not older. */
static uint32_t
cookie_ts_val(uint32_t ts_val, bool ecn)
{
	return ((ts_val - 1) & ~1u) | ecn;
}

/* The true value was this or one more. */
static uint32_t
cookie_ts_echo(uint32_t ts_ecr)
{
	return ts_ecr | 1;
}

/*
 * floor: what the ISS must lie above, since the tuple was used before, or NULL. A cookie's ISS
 * can't be chosen; with timestamps PAWS protects the new connection instead (RFC 6191 2). False
 * when the cookie is of no use here.
 */
bool
syn_cookie_answer(struct tcp_stack *s, struct packet *p, const uint32_t *floor)
{
	struct cookie_options c = {
		.mss = p->opt.mss		      ? p->opt.mss
		       : addr_is_ip4(&p->tuple.local) ? 536
						      : 1220, /* MUST-15 */
		.wscale = syn_wscale(s, p),
		.sack = p->opt.sack_permitted && s->config.sack,
	};
	bool ts = p->opt.has_ts && s->config.timestamps;
	bool ecn = ts && syn_wants_ecn(s, p);
	struct syn_ack a = {
		.iss = cookie_make(&s->cookies, &p->tuple, p->seq, &c),
		.irs = p->seq,
		.ts_ecr = p->opt.ts_val,
		.mss = syn_mss(s, &p->tuple, syn_port_mtu(s, p)),
		.wscale = c.wscale != COOKIE_NO_WSCALE,
		.sack = c.sack,
		.timestamps = ts,
		.ecn = ecn,
	};

	if (floor && !ts && seq_le(a.iss, *floor))
		return false;
	if (ts)
		a.ts_val = cookie_ts_val(s->now + ts_offset_make(s, &p->tuple), ecn);
	s->cookie_last_us = s->now_us ? s->now_us : 1;
	tcp_count(s, COUNTER_COOKIE_SENT);
	syn_ack_send(s, p, a);
	return true;
}

/* An ACK without a record: is it one of our cookies? True when it made a conn. */
bool
syn_cookie_complete(struct tcp_stack *s, struct listener *l, struct packet *p)
{
	struct cookie_options k;
	struct conn_offer o = {0};
	struct tct_conn *c;

	if (!s->cookie_last_us || s->now_us - s->cookie_last_us > COOKIE_LIFETIME_US)
		return false;
	if (!cookie_check(&s->cookies, &p->tuple, p->seq - 1, p->ack - 1, &k)) {
		tcp_count(s, COUNTER_COOKIE_REJECTED);
		return false;
	}
	o.mss = k.mss;
	o.wscale = k.wscale;
	o.sack = k.sack;
	if (p->opt.has_ts && s->config.timestamps) {
		o.timestamps = true;
		o.ts_recent = p->opt.ts_val;
		o.ecn = p->opt.ts_ecr & 1 && s->config.ecn;
	}
	c = passive_conn(s, p, &o, p->ack - 1, l);
	if (!c)
		return true; /* counted there; no RST: the peer may try again */
	if (flow_insert(&s->flows, p->hash, REF(RECORD_CONN, conn_index(s, c))) < 0) {
		tcp_count(s, COUNTER_DROP_CONN_FULL);
		conn_free(c);
		return true;
	}
	if (o.timestamps)
		rtt_sample_echo(c, cookie_ts_echo(p->opt.ts_ecr), COOKIE_LIFETIME_US >> TICK_SHIFT);
	tcp_count(s, COUNTER_COOKIE_ACCEPTED);
	passive_opened(c, l);
	if (c->state != STATE_CLOSED)
		segment_input(c, p);
	return true;
}
