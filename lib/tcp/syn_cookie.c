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

static struct cookie_options
syn_offer(const struct tcp_stack *s, const struct packet *p)
{
	return (struct cookie_options){
		.mss = p->opt.mss		      ? p->opt.mss
		       : addr_is_ip4(&p->tuple.local) ? 536
						      : 1220, /* MUST-15 */
		.wscale = syn_wscale(s, p),
		.sack = p->opt.sack_permitted && s->config.sack,
	};
}

static struct cookie
syn_ask(const struct tcp_stack *s, const struct packet *p)
{
	struct cookie_options o = syn_offer(s, p);

	return cookie_ask(&s->cookies, &p->tuple, p->seq, &o);
}

static struct cookie
ack_claim(const struct packet *p)
{
	return cookie_claim(&p->tuple, p->seq - 1, p->ack - 1);
}

/* ---- a burst's, made ready ------------------------------------------------------------------ */

/* Timestamp offsets of those that asked for timestamps. */
static void
offsets_prepare(const struct tcp_stack *s, struct packet *const syns[], unsigned n,
		struct cookie_ready *const ready[])
{
	const struct tuple *tuples[TCP_BURST];
	uint32_t offsets[TCP_BURST];
	unsigned count = 0;

	if (!s->config.timestamps)
		return;
	for (unsigned i = 0; i < n; i++) {
		tuples[count] = &syns[i]->tuple;
		count += syns[i]->opt.has_ts;
	}
	ts_offset_burst(s, tuples, count, offsets);
	while (n-- > 0)
		if (syns[n]->opt.has_ts)
			ready[n]->ts_offset = offsets[--count];
}

/* What is neither a SYN nor an ACK stays as it is. */
void
syn_cookie_prepare(const struct tcp_stack *s, struct packet *const strays[], unsigned n,
		   struct cookie_ready *const ready[])
{
	struct cookie_ready *of[TCP_BURST], *of_syn[TCP_BURST];
	struct cookie cookies[TCP_BURST];
	struct packet *syns[TCP_BURST];
	unsigned count = 0, syn_count = 0;
	uint32_t iss[TCP_BURST];
	bool out = cookies_are_out(s);

	for (unsigned i = 0; i < n; i++) {
		const uint8_t flags =
			strays[i]->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST);

		if (flags == TCP_FLAG_SYN) {
			syns[syn_count] = strays[i];
			of_syn[syn_count++] = ready[i];
			cookies[count] = syn_ask(s, strays[i]);
		} else if (flags == TCP_FLAG_ACK && out) {
			cookies[count] = ack_claim(strays[i]);
		} else {
			continue;
		}
		of[count++] = ready[i];
	}
	if (count == 0)
		return;
	cookie_iss_burst(&s->cookies, cookies, count, iss);
	for (unsigned i = 0; i < count; i++) {
		of[i]->iss = iss[i];
		of[i]->made = true;
	}
	offsets_prepare(s, syns, syn_count, of_syn);
}

/* ---- sent, and come back -------------------------------------------------------------------- */

/* Those that the burst did not make ready are few: over a TIME_WAIT, or of a burst in which cookies
 * begin. */
static uint32_t
syn_iss(const struct tcp_stack *s, const struct packet *p)
{
	struct cookie c;

	if (likely(s->cookie_ready != NULL))
		return s->cookie_ready->iss;
	c = syn_ask(s, p);
	return cookie_iss(&s->cookies, &c);
}

static uint32_t
syn_ts_offset(struct tcp_stack *s, const struct packet *p)
{
	return likely(s->cookie_ready != NULL) ? s->cookie_ready->ts_offset
					       : ts_offset_make(s, &p->tuple);
}

static bool
claim_is_true(const struct tcp_stack *s, const struct packet *p, const struct cookie *claim)
{
	uint32_t iss = likely(s->cookie_ready != NULL) ? s->cookie_ready->iss
						       : cookie_iss(&s->cookies, claim);

	return iss == p->ack - 1;
}

/*
 * floor: what the ISS must lie above, since the tuple was used before, or NULL. A cookie's ISS
 * can't be chosen; with timestamps PAWS protects the new connection instead (RFC 6191 2). False
 * when the cookie is of no use here.
 */
bool
syn_cookie_answer(struct tcp_stack *s, struct packet *p, const uint32_t *floor)
{
	bool ts = p->opt.has_ts && s->config.timestamps;
	bool ecn = ts && syn_wants_ecn(s, p);
	struct syn_ack a = {
		.iss = syn_iss(s, p),
		.irs = p->seq,
		.ts_ecr = p->opt.ts_val,
		.mss = syn_mss(s, &p->tuple, syn_port_mtu(s, p)),
		.wscale = syn_wscale(s, p) != HALF_OPEN_NO_WSCALE,
		.sack = p->opt.sack_permitted && s->config.sack,
		.timestamps = ts,
		.ecn = ecn,
	};

	if (floor && !ts && seq_le(a.iss, *floor))
		return false;
	if (ts)
		a.ts_val = cookie_ts_val(s->now + syn_ts_offset(s, p), ecn);
	s->cookie_last_us = s->now_us ? s->now_us : 1;
	tcp_count(s, COUNTER_COOKIE_SENT);
	syn_ack_send(s, p, a);
	return true;
}

/* An ACK without a record: is it one of our cookies? True when it made a conn. */
bool
syn_cookie_complete(struct tcp_stack *s, struct listener *l, struct packet *p)
{
	struct cookie claim = ack_claim(p);
	struct cookie_options k;
	struct conn_offer o = {0};
	struct tct_conn *c;

	if (!cookies_are_out(s))
		return false;
	if (!claim_is_true(s, p, &claim)) {
		tcp_count(s, COUNTER_COOKIE_REJECTED);
		return false;
	}
	cookie_read(claim.options, &k);
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
