/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passive opens: listeners, half-open records, SYN cookies. RFC 9293 3.10.7.2 and SYN_RECEIVED of
 * 3.10.7.4; RFC 4987.
 *
 * A SYN makes a half-open record and is answered in its own buffer; the third segment of the
 * handshake makes the conn. The overload ladder, each rung counted: half-open record, then cookie
 * (no record at all), then the SYN is dropped. With syn-cookies auto, cookies begin when three
 * quarters of the half-open records are used and end when it is half of them. Where the ISS of a
 * cookie would not do, over a TIME_WAIT without timestamps, even cookie mode takes a half-open. A
 * segment without a
 * record is tested as a cookie only for as long as one of ours could still be valid, so that in
 * peace time a blind attacker has nothing to guess at.
 *
 * Attacks: SYN flood: 64 bytes a record, none in cookie mode. Spoofed RST or ACK against a
 * half-open: sequence number must be exact. Retransmitted SYN-ACKs: at most syn_ack_retries each,
 * the only amplification there is.
 */
#include <errno.h>

#include "internal.h"

static bool
addr_is_any(const struct addr *a)
{
	return (a->w64[0] | a->w64[1]) == 0;
}

struct listener *
tcp_listener(struct tcp_stack *s, const struct tuple *t)
{
	uint16_t i = s->listener_of_port[rte_be_to_cpu_16(t->local_port)];
	struct listener *any = NULL;

	while (i) {
		struct listener *l = &s->listeners[i - 1];

		if (addr_equal(&l->address, &t->local))
			return l;
		if (addr_is_any(&l->address))
			any = l;
		i = l->next;
	}
	return any;
}

/* A listener of one address takes over the half-opens that came to the port's so far. */
static void
adopt_half_opens(struct tcp_stack *s, struct listener *l)
{
	for (uint32_t i = 0; i < s->half_opens.fresh; i++) {
		const struct half_open *h = pool_at(&s->half_opens, i);
		struct listener *any;

		if (h->deadline == TICK_NONE || !addr_equal(&h->tuple.local, &l->address) ||
		    rte_be_to_cpu_16(h->tuple.local_port) != l->port)
			continue;
		any = tcp_listener(s, &h->tuple); /* l is not yet listed */
		if (any && any->half_open)
			any->half_open--;
		l->half_open++;
	}
}

int
tcp_listen(struct tcp_stack *s, const struct tct_listen *in)
{
	struct listener *l;
	struct addr address;

	memcpy(address.b, in->address.bytes, sizeof(address.b));
	if (!in->port || !in->service)
		return -EINVAL;
	if (!addr_is_any(&address) && !s->route->is_local(s->net, &address))
		return -EADDRNOTAVAIL;
	for (uint16_t i = s->listener_of_port[in->port]; i; i = s->listeners[i - 1].next)
		if (addr_equal(&s->listeners[i - 1].address, &address))
			return -EADDRINUSE;
	if (s->listener_count == TCP_LISTENERS_MAX)
		return -ENOSPC;
	l = &s->listeners[s->listener_count++];
	*l = (struct listener){
		.address = address,
		.port = in->port,
		.next = s->listener_of_port[in->port],
		.backlog = in->backlog,
		.service = in->service,
		.user = in->user,
	};
	adopt_half_opens(s, l);
	s->listener_of_port[in->port] = (uint16_t)s->listener_count;
	return 0;
}

/* ---- SYN-ACK -------------------------------------------------------------------------------- */

void
half_open_syn_ack(struct tcp_stack *s, const struct half_open *h, struct tcp_options *o)
{
	memset(o, 0, offsetof(struct tcp_options, sack));
	o->has_wscale = h->wscale != HALF_OPEN_NO_WSCALE;
	o->wscale = s->syn_wscale;
	o->sack_permitted = h->sack;
	o->has_ts = h->timestamps;
	o->ts_val = s->now + (h->timestamps ? ts_offset_make(s, &h->tuple) : 0);
	o->ts_ecr = h->ts_recent;
}

/* The mtu behind the port that p came in on. */
static uint16_t
port_mtu(struct tcp_stack *s, const struct packet *p)
{
	return s->route->hop_mtu(s->net, HOP(p->port, HOP_REFLECT));
}

static void
half_open_answer(struct tcp_stack *s, struct half_open *h, struct packet *p)
{
	struct tcp_options o;
	struct reply r = {
		.seq = h->iss,
		.ack = h->irs + 1,
		.wnd = syn_window(s),
		.flags = TCP_FLAG_SYN | TCP_FLAG_ACK | (h->ecn ? TCP_FLAG_ECE : 0),
		.opt = &o,
	};

	half_open_syn_ack(s, h, &o);
	o.mss = syn_mss(s, &h->tuple, port_mtu(s, p));
	tcp_count(s, COUNTER_SYN_ACK_TX);
	reply_send(s, p, &r);
}

/* RFC 3168 6.1.1: SYN with ECE and CWR asks for ECN. */
static bool
syn_wants_ecn(const struct tcp_stack *s, const struct packet *p)
{
	return s->config.ecn &&
	       (p->flags & (TCP_FLAG_ECE | TCP_FLAG_CWR)) == (TCP_FLAG_ECE | TCP_FLAG_CWR);
}

static uint8_t
offered_wscale(const struct tcp_stack *s, const struct packet *p)
{
	return p->opt.has_wscale && s->config.window_scale ? p->opt.wscale : HALF_OPEN_NO_WSCALE;
}

/* ---- half-open records ---------------------------------------------------------------------- */

static uint32_t
half_open_index(const struct tcp_stack *s, const struct half_open *h)
{
	return (uint32_t)(((const uint8_t *)h - s->half_opens.records) / sizeof(*h));
}

static uint32_t
half_open_ref(const struct tcp_stack *s, const struct half_open *h)
{
	return REF(RECORD_HALF_OPEN, half_open_index(s, h));
}

/* Tick of the next SYN-ACK: 1 s, then doubled (RFC 6298 2.1, 5.5). */
static void
half_open_arm(struct tcp_stack *s, struct half_open *h)
{
	uint64_t rto_us = (s->config.initial_rto_ms * 1000ull) << h->retries;
	uint64_t max_us = s->config.max_rto_ms * 1000ull;

	h->deadline = tick_after(s->now, rto_us < max_us ? rto_us : max_us);
	if (wheel_arm(s->wheel, &h->armed, half_open_ref(s, h), h->deadline) < 0) {
		tcp_count(s, COUNTER_TIMER_NO_ROOM);
		half_open_free(s, h, true); /* without a timer it would stay for ever */
	}
}

void
half_open_free(struct tcp_stack *s, struct half_open *h, bool in_table)
{
	struct listener *l = tcp_listener(s, &h->tuple);

	if (in_table)
		flow_remove(&s->flows, tuple_hash(&s->flow_key, &h->tuple), half_open_ref(s, h));
	if (l && l->half_open)
		l->half_open--;
	h->deadline = TICK_NONE;
	pool_free(&s->half_opens, half_open_index(s, h));
}

static struct half_open *
half_open_make(struct tcp_stack *s, struct listener *l, const struct packet *p, uint32_t iss)
{
	uint32_t i = pool_alloc(&s->half_opens);
	struct half_open *h;

	if (i == POOL_NONE)
		return NULL;
	h = pool_at(&s->half_opens, i);
	if (flow_insert(&s->flows, p->hash, REF(RECORD_HALF_OPEN, i)) < 0) {
		pool_free(&s->half_opens, i);
		return NULL;
	}
	h->tuple = p->tuple;
	h->iss = iss;
	h->irs = p->seq;
	h->ts_recent = p->opt.ts_val;
	h->mss = p->opt.mss;
	h->wscale = offered_wscale(s, p);
	h->timestamps = p->opt.has_ts && s->config.timestamps;
	h->sack = p->opt.sack_permitted && s->config.sack;
	h->ecn = syn_wants_ecn(s, p);
	h->retries = 0;
	l->half_open++;
	tcp_count(s, COUNTER_HALF_OPEN_CREATED);
	return h;
}

void
half_open_expire(struct tcp_stack *s, struct half_open *h)
{
	if (h->retries >= s->config.syn_ack_retries) {
		tcp_count(s, COUNTER_HALF_OPEN_TIMEOUT);
		half_open_free(s, h, true);
		return;
	}
	h->retries++;
	tcp_count(s, COUNTER_TCP_RETRANSMIT);
	tcp_count(s, COUNTER_TCP_RETRANSMIT_SYN_ACK);
	half_open_transmit(s, h);
	half_open_arm(s, h);
}

/* ---- cookies -------------------------------------------------------------------------------- */

static bool
cookies_wanted(struct tcp_stack *s)
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

/*
 * floor: what the ISS must lie above, since the tuple was used before, or NULL. A cookie's ISS
 * can't be chosen; with timestamps PAWS protects the new connection instead (RFC 6191 2). False
 * when the cookie is of no use here.
 */
static bool
cookie_answer(struct tcp_stack *s, struct packet *p, const uint32_t *floor)
{
	struct cookie_options c = {
		.mss = p->opt.mss		      ? p->opt.mss
		       : addr_is_ip4(&p->tuple.local) ? 536
						      : 1220, /* MUST-15 */
		.wscale = offered_wscale(s, p),
		.sack = p->opt.sack_permitted && s->config.sack,
	};
	bool ts = p->opt.has_ts && s->config.timestamps;
	bool ecn = ts && syn_wants_ecn(s, p);
	struct tcp_options o = {
		.mss = syn_mss(s, &p->tuple, port_mtu(s, p)),
		.has_wscale = c.wscale != HALF_OPEN_NO_WSCALE,
		.wscale = s->syn_wscale,
		.sack_permitted = c.sack,
		.has_ts = ts,
		.ts_ecr = p->opt.ts_val,
	};
	struct reply r = {
		.seq = cookie_make(&s->cookies, &p->tuple, p->seq, &c),
		.ack = p->seq + 1,
		.wnd = syn_window(s),
		.flags = TCP_FLAG_SYN | TCP_FLAG_ACK | (ecn ? TCP_FLAG_ECE : 0),
		.opt = &o,
	};

	if (floor && !ts && seq_le(r.seq, *floor))
		return false;
	if (ts)
		o.ts_val = cookie_ts_val(s->now + ts_offset_make(s, &p->tuple), ecn);
	s->cookie_last_us = s->now_us ? s->now_us : 1;
	tcp_count(s, COUNTER_COOKIE_SENT);
	tcp_count(s, COUNTER_SYN_ACK_TX);
	reply_send(s, p, &r);
	return true;
}

/* ---- the handshake completes ---------------------------------------------------------------- */

/* The conn of a completed passive open: state ESTABLISHED, in the table under ref's place or anew.
 */
static struct tct_conn *
passive_conn(struct tcp_stack *s, struct packet *p, const struct conn_offer *o, uint32_t iss,
	     struct listener *l)
{
	struct tct_conn *c = conn_make(s, &p->tuple);

	if (!c) {
		tcp_count(s, COUNTER_DROP_CONN_FULL);
		return NULL;
	}
	if (!conn_route(c)) {
		tcp_count(s, COUNTER_DROP_NO_ROUTE);
		conn_free(c);
		return NULL;
	}
	c->service = l->service;
	c->user = l->user;
	c->iss = iss;
	c->snd_una = c->snd_nxt = c->snd_max = iss + 1;
	c->rcv_nxt = c->rcv_acked = p->seq;
	c->rcv_adv = c->rcv_nxt + syn_window(s);
	conn_negotiate(c, o);
	c->snd_wnd = c->max_snd_wnd = (uint32_t)p->wnd << c->snd_wscale;
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
	c->state = STATE_ESTABLISHED;
	return c;
}

static void
passive_opened(struct tct_conn *c, struct listener *l)
{
	struct tcp_stack *s = c->stack;

	c->flags |= CONN_OPENED;
	l->accepted++;
	tcp_count(s, COUNTER_CONN_PASSIVE_OPEN);
	tcp_count(s, COUNTER_CONN_ESTABLISHED);
	if (c->keepalive_s)
		c->life_at = tick_after(s->now, c->keepalive_s * 1000000ull);
	if (c->service->opened)
		c->service->opened(c);
	conn_touch(c);
}

static void
half_open_complete(struct tcp_stack *s, struct half_open *h, struct packet *p)
{
	struct conn_offer o = {
		.mss = h->mss,
		.wscale = h->wscale,
		.sack = h->sack,
		.timestamps = h->timestamps,
		.ecn = h->ecn,
		.ts_recent = h->ts_recent,
	};
	struct listener *l = tcp_listener(s, &h->tuple);
	struct tct_conn *c;
	uint32_t seq = p->seq;

	p->seq = h->irs + 1;
	c = l ? passive_conn(s, p, &o, h->iss, l) : NULL;
	p->seq = seq;
	if (!c)
		return; /* the half-open stays: the peer will try again */
	if (h->retries) {
		c->flags |= CONN_SYN_REXMIT;
		congestion_init(c);
		rto_after_syn(c);
	}
	flow_replace(&s->flows, p->hash, half_open_ref(s, h), REF(RECORD_CONN, conn_index(s, c)));
	half_open_free(s, h, false);
	passive_opened(c, l);
	if (c->state != STATE_CLOSED)
		segment_input(c, p);
}

/* An ACK without a record: is it one of our cookies? True when it made a conn. */
static bool
cookie_complete(struct tcp_stack *s, struct listener *l, struct packet *p)
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
	tcp_count(s, COUNTER_COOKIE_ACCEPTED);
	passive_opened(c, l);
	if (c->state != STATE_CLOSED)
		segment_input(c, p);
	return true;
}

/* ---- segments ------------------------------------------------------------------------------- */

/* The overload ladder. With a floor a cookie may be of no use: then a half-open even in cookie
 * mode. */
static void
listen_syn(struct tcp_stack *s, struct listener *l, struct packet *p, const uint32_t *floor)
{
	uint32_t iss = isn_make(s, &p->tuple);
	struct half_open *h;
	bool cookies;

	tcp_count(s, COUNTER_SYN_RX);
	if (s->stopping)
		return;
	cookies = cookies_wanted(s);
	if (cookies && cookie_answer(s, p, floor))
		return;
	if (floor && seq_le(iss, *floor))
		iss = *floor + 1;
	h = l->backlog && l->half_open >= l->backlog ? NULL : half_open_make(s, l, p, iss);
	if (h) {
		half_open_arm(s, h);
		if (h->deadline != TICK_NONE)
			half_open_answer(s, h, p);
	} else if (cookies || s->config.syn_cookies != TCT_SYN_COOKIES_AUTO ||
		   !cookie_answer(s, p, floor)) {
		tcp_count(s, COUNTER_DROP_SYN_BACKLOG);
	}
}

void
listen_input(struct tcp_stack *s, struct packet *p, const uint32_t *iss_floor)
{
	struct listener *l = tcp_listener(s, &p->tuple);

	switch (state_segment[l ? STATE_LISTEN : STATE_CLOSED][segment_event(p->flags)]) {
	case ACTION_LISTEN:
		if (p->flags & TCP_FLAG_SYN)
			listen_syn(s, l, p, iss_floor);
		else if (!cookie_complete(s, l, p))
			reply_reset(s, p); /* 3.10.7.2, second */
		return;
	case ACTION_RESET:
		tcp_count(s, COUNTER_DROP_TCP_NO_LISTENER);
		reply_reset(s, p);
		return;
	case ACTION_IGNORE:
		tcp_count(s, COUNTER_DROP_TCP_NO_LISTENER);
		return;
	default:
		tcp_count(s, COUNTER_DROP_TCP_STATE);
	}
}

/* Where we are, to who sent something unacceptable; limited, for it may not be the peer. */
static void
half_open_ack(struct tcp_stack *s, const struct half_open *h, struct packet *p)
{
	struct tcp_options o;
	struct reply r = {
		.seq = h->iss + 1,
		.ack = h->irs + 1,
		.wnd = syn_window(s),
		.flags = TCP_FLAG_ACK,
		.opt = h->timestamps ? &o : NULL,
	};

	if (!rate_limit_take(&s->time_wait_limit, s->now_us))
		return;
	half_open_syn_ack(s, h, &o);
	o.sack_permitted = 0;
	if (o.has_wscale)
		r.wnd >>= o.wscale;
	o.has_wscale = 0;
	reply_send(s, p, &r);
}

/* 3.10.7.4 for SYN_RECEIVED of a passive open. */
void
half_open_input(struct tcp_stack *s, struct half_open *h, struct packet *p)
{
	uint32_t len = p->payload_len + !!(p->flags & TCP_FLAG_FIN);

	if ((p->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST)) == TCP_FLAG_SYN &&
	    p->seq == h->irs) { /* the SYN again: our SYN-ACK was lost */
		half_open_answer(s, h, p);
		return;
	}
	/* First: sequence number; timestamps before it. */
	if (h->timestamps && !(p->flags & TCP_FLAG_RST)) {
		if (!p->opt.has_ts) { /* RFC 7323 3.2 */
			tcp_count(s, COUNTER_DROP_TCP_NO_TIMESTAMP);
			return;
		}
		if (seq_lt(p->opt.ts_val, h->ts_recent)) { /* PAWS */
			tcp_count(s, COUNTER_DROP_TCP_PAWS);
			half_open_ack(s, h, p);
			return;
		}
	}
	if (!seq_between(p->seq, h->irs + 1, syn_window(s)) &&
	    !(len && seq_between(p->seq + len - 1, h->irs + 1, syn_window(s)))) {
		tcp_count(s, COUNTER_DROP_TCP_SEQUENCE);
		if (!(p->flags & TCP_FLAG_RST))
			half_open_ack(s, h, p);
		return;
	}
	/* Second: RST, which must be exact, or is challenged (RFC 5961 3.2). Back to LISTEN. */
	if (p->flags & TCP_FLAG_RST) {
		if (p->seq != h->irs + 1) {
			tcp_count(s, COUNTER_DROP_TCP_SEQUENCE);
			half_open_ack(s, h, p);
			return;
		}
		tcp_count(s, COUNTER_HALF_OPEN_RESET);
		half_open_free(s, h, true);
		return;
	}
	/* Fourth: SYN within the window: back to LISTEN. */
	if (p->flags & TCP_FLAG_SYN) {
		tcp_count(s, COUNTER_HALF_OPEN_RESET);
		half_open_free(s, h, true);
		return;
	}
	/* Fifth: ACK. */
	if (!(p->flags & TCP_FLAG_ACK)) {
		tcp_count(s, COUNTER_DROP_TCP_NO_ACK);
		return;
	}
	if (p->ack != h->iss + 1) {
		tcp_count(s, COUNTER_HALF_OPEN_BAD_ACK);
		reply_reset(s, p);
		return;
	}
	half_open_complete(s, h, p);
}
