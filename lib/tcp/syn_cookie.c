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
ack_claim(const struct tcp_stack *s, const struct packet *p)
{
	return cookie_claim(&s->cookies, &p->tuple, p->seq - 1, p->ack - 1);
}

/* The SYN-ACK, but for the timestamp. */
static __rte_always_inline struct syn_ack
syn_ack_of(const struct tcp_stack *s, const struct packet *p, uint32_t iss, uint16_t mss)
{
	bool ts = p->opt.has_ts && s->config.timestamps;

	return (struct syn_ack){
		.iss = iss,
		.irs = p->seq,
		.ts_ecr = p->opt.ts_val,
		.mss = mss,
		.wscale = syn_wscale(s, p) != HALF_OPEN_NO_WSCALE,
		.sack = p->opt.sack_permitted && s->config.sack,
		.timestamps = ts,
		.ecn = ts && syn_wants_ecn(s, p),
	};
}

static __rte_always_inline void
cookie_send(struct tcp_stack *s, struct packet *p, struct syn_ack a, uint32_t ts_offset)
{
	if (a.timestamps)
		a.ts_val = cookie_ts_val(s->now + ts_offset, a.ecn);
	s->cookie_last_us = s->now_us ? s->now_us : 1;
	tcp_count(s, COUNTER_COOKIE_SENT);
	syn_ack_send(s, p, a);
}

/* ---- a burst's, side by side ---------------------------------------------------------------- */

/* SYNs that are answered with a cookie, and ACKs that may bring one back. */
struct batch {
	unsigned n;
	struct packet *packets[TCP_BURST];
	struct cookie_ready *ready[TCP_BURST];
	struct cookie cookies[TCP_BURST];
	uint16_t mss[TCP_BURST]; /* of the answer; 0: it is an ACK */

	unsigned timestamps; /* SYNs that have them */
	const struct tuple *hosts[TCP_BURST];
};

static __rte_always_inline void
batch_add(struct batch *b, struct packet *p, struct cookie_ready *ready, struct cookie c,
	  uint16_t mss)
{
	b->packets[b->n] = p;
	b->ready[b->n] = ready;
	b->cookies[b->n] = c;
	b->mss[b->n++] = mss;
}

/* What one of them is told, the other is. */
static bool
syn_is_like(const struct packet *p, const struct packet *other)
{
	return addr_equal(&p->tuple.local, &other->tuple.local) &&
	       p->tuple.local_port == other->tuple.local_port && p->port == other->port;
}

/* The SYNs of a flood are for one address and port: who listens there is asked once. */
static void
batch_select(struct tcp_stack *s, struct packet *const strays[], unsigned n,
	     struct cookie_ready *const ready[], struct batch *b)
{
	bool wanted = !s->stopping && syn_cookie_wanted(s), out = cookies_are_out(s);
	const struct packet *last = NULL;
	uint16_t mss = 0;

	b->n = b->timestamps = 0;
	for (unsigned i = 0; i < n; i++) {
		struct packet *p = strays[i];
		const uint8_t flags = p->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST);

		if (flags == TCP_FLAG_ACK && out)
			batch_add(b, p, ready[i], ack_claim(s, p), 0);
		if (flags != TCP_FLAG_SYN || !wanted)
			continue;
		if (s->foreign != NULL || last == NULL || unlikely(!syn_is_like(p, last))) {
			ready[i]->answered = !stray_is_ours(s, p);
			if (ready[i]->answered || !tcp_listener(s, &p->tuple))
				continue;
			mss = syn_mss(s, &p->tuple, syn_port_mtu(s, p));
			last = p;
		}
		ready[i]->answered = true; /* soon */
		batch_add(b, p, ready[i], syn_ask(s, p), mss);
		b->hosts[b->timestamps] = &p->tuple;
		b->timestamps += p->opt.has_ts && s->config.timestamps;
	}
}

/* The SYNs' order among themselves is kept; the others of the burst come after them, as on any path
 * that reorders. */
void
syn_cookie_burst(struct tcp_stack *s, struct packet *const strays[], unsigned n,
		 struct cookie_ready *const ready[])
{
	uint32_t iss[TCP_BURST], ts_offsets[TCP_BURST], *next = ts_offsets;
	struct batch b;

	batch_select(s, strays, n, ready, &b);
	if (b.n == 0)
		return;
	cookie_iss_burst(b.cookies, b.n, iss);
	ts_offset_burst(s, b.hosts, b.timestamps, ts_offsets);
	for (unsigned i = 0; i < b.n; i++) {
		struct packet *p = b.packets[i];

		if (b.mss[i]) {
			struct syn_ack a = syn_ack_of(s, p, iss[i], b.mss[i]);

			tcp_count(s, COUNTER_SYN_RX);
			cookie_send(s, p, a, a.timestamps ? *next++ : 0);
		} else {
			b.ready[i]->iss = iss[i];
			b.ready[i]->made = true;
		}
	}
}

/* ---- one by one ----------------------------------------------------------------------------- */

static bool
claim_is_true(const struct tcp_stack *s, const struct packet *p, const struct cookie *claim)
{
	uint32_t iss = likely(s->cookie_ready != NULL) ? s->cookie_ready->iss : cookie_iss(claim);

	return iss == p->ack - 1;
}

/*
 * A SYN that no burst has answered: over a TIME_WAIT, or in the burst in which cookies begin.
 * floor: what the ISS must lie above, since the tuple was used before, or NULL. A cookie's ISS
 * can't be chosen; with timestamps PAWS protects the new connection instead (RFC 6191 2). False
 * when the cookie is of no use here.
 */
bool
syn_cookie_answer(struct tcp_stack *s, struct packet *p, const uint32_t *floor)
{
	struct cookie c = syn_ask(s, p);
	struct syn_ack a =
		syn_ack_of(s, p, cookie_iss(&c), syn_mss(s, &p->tuple, syn_port_mtu(s, p)));

	if (floor && !a.timestamps && seq_le(a.iss, *floor))
		return false;
	cookie_send(s, p, a, ts_offset_make(s, &p->tuple));
	return true;
}

/* An ACK without a record: is it one of our cookies? True when it made a conn. */
bool
syn_cookie_complete(struct tcp_stack *s, struct listener *l, struct packet *p)
{
	struct cookie claim = ack_claim(s, p);
	struct cookie_options k;
	struct conn_offer o = {0};
	struct tct_conn *c;

	if (!cookies_are_out(s))
		return false;
	if (!claim_is_true(s, p, &claim)) {
		tcp_count(s, COUNTER_COOKIE_REJECTED);
		return false;
	}
	cookie_read(&claim, &k);
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
