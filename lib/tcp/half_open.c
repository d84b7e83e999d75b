/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Half-open records: SYN_RECEIVED of a passive open, 3.10.7.4 for it, in 64 bytes.
 *
 * A SYN makes one and is answered in its own buffer; the third segment of the handshake makes the
 * conn. Until then the SYN-ACK is retransmitted from the record, at most syn_ack_retries times, the
 * only amplification there is. A spoofed RST or ACK must have the exact number.
 */
#include "syn_ack.h"

#define SENT_PART_MAX	15 /* sent_part has 4 bits */
#define SENT_PART_SHIFT (TICK_SHIFT - 4)

void
half_open_syn_ack(struct tcp_stack *s, const struct half_open *h, struct tcp_options *o)
{
	memset(o, 0, offsetof(struct tcp_options, sack));
	o->has_wscale = (h->flags & HALF_OPEN_WSCALE) != HALF_OPEN_NO_WSCALE;
	o->wscale = s->syn_wscale;
	o->sack_permitted = !!(h->flags & HALF_OPEN_SACK);
	o->has_ts = !!(h->flags & HALF_OPEN_TIMESTAMPS);
	o->ts_val = s->now + (h->flags & HALF_OPEN_TIMESTAMPS ? ts_offset_make(s, &h->tuple) : 0);
	o->ts_ecr = h->ts_recent;
}

void
half_open_answer(struct tcp_stack *s, struct half_open *h, struct packet *p)
{
	const struct syn_ack a = {
		.iss = h->iss,
		.irs = h->irs,
		.ts_val = s->now +
			  (h->flags & HALF_OPEN_TIMESTAMPS ? ts_offset_make(s, &h->tuple) : 0),
		.ts_ecr = h->ts_recent,
		.mss = syn_mss(s, &h->tuple, syn_port_mtu(s, p)),
		.wscale = (h->flags & HALF_OPEN_WSCALE) != HALF_OPEN_NO_WSCALE,
		.sack = !!(h->flags & HALF_OPEN_SACK),
		.timestamps = !!(h->flags & HALF_OPEN_TIMESTAMPS),
		.ecn = !!(h->flags & HALF_OPEN_ECN),
	};

	syn_ack_send(s, p, a);
}

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

/* 1 s, then doubled (RFC 6298 2.1, 5.5). */
static uint64_t
half_open_rto_us(const struct tcp_stack *s, const struct half_open *h)
{
	uint64_t rto_us = (s->config.initial_rto_ms * 1000ull) << h->retries;
	uint64_t max_us = s->config.max_rto_ms * 1000ull;

	return rto_us < max_us ? rto_us : max_us;
}

/* Tick of the next SYN-ACK; it says when this one was sent, too. */
void
half_open_arm(struct tcp_stack *s, struct half_open *h)
{
	h->sent_part = (s->now_us >> SENT_PART_SHIFT) & SENT_PART_MAX;
	h->deadline = tick_after(s->now, half_open_rto_us(s, h));
	if (wheel_arm(s->wheel, &h->armed, half_open_ref(s, h), h->deadline) < 0) {
		tcp_count(s, COUNTER_TIMER_NO_ROOM);
		half_open_free(s, h); /* without a timer it would stay for ever */
	}
}

/* l: whose it was; NULL: nobody's any more. */
static void
record_free(struct tcp_stack *s, struct half_open *h, struct listener *l)
{
	if (l && l->half_open)
		l->half_open--;
	h->deadline = TICK_NONE;
	pool_free(&s->half_opens, half_open_index(s, h));
}

void
half_open_free(struct tcp_stack *s, struct half_open *h)
{
	flow_remove(&s->flows, tuple_hash(&s->flow_key, &h->tuple), half_open_ref(s, h));
	record_free(s, h, tcp_listener(s, &h->tuple));
}

struct half_open *
half_open_make(struct tcp_stack *s, struct listener *l, const struct packet *p, uint32_t iss)
{
	uint32_t i = pool_alloc(&s->half_opens);
	struct half_open *h;
	bool ecn;

	if (i == POOL_NONE)
		return NULL;
	h = pool_at(&s->half_opens, i);
	if (flow_insert(&s->flows, p->hash, REF(RECORD_HALF_OPEN, i)) < 0) {
		pool_free(&s->half_opens, i);
		return NULL;
	}
	ecn = syn_wants_ecn(s, p);
	h->tuple = p->tuple;
	h->iss = iss;
	h->irs = p->seq;
	h->ts_recent = p->opt.ts_val;
	h->mss = p->opt.mss;
	h->flags = (uint8_t)(syn_wscale(s, p) |
			     (p->opt.has_ts && s->config.timestamps ? HALF_OPEN_TIMESTAMPS : 0) |
			     (p->opt.sack_permitted && s->config.sack ? HALF_OPEN_SACK : 0) |
			     (ecn ? HALF_OPEN_ECN : 0));
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
		half_open_free(s, h);
		return;
	}
	h->retries++;
	tcp_count(s, COUNTER_TCP_RETRANSMIT);
	tcp_count(s, COUNTER_TCP_RETRANSMIT_SYN_ACK);
	half_open_transmit(s, h);
	half_open_arm(s, h);
}

static uint32_t
half_open_sent_tick(const struct tcp_stack *s, const struct half_open *h)
{
	return h->deadline - tick_after(0, half_open_rto_us(s, h));
}

/* To 64 us, and not too short. */
static uint32_t
half_open_age_us(const struct tcp_stack *s, const struct half_open *h)
{
	uint32_t part_us = (uint32_t)h->sent_part << SENT_PART_SHIFT;
	uint32_t sent_us = half_open_sent_tick(s, h) << TICK_SHIFT | part_us;
	int32_t age_us = (int32_t)((uint32_t)s->now_us - sent_us);

	return age_us > 0 ? (uint32_t)age_us : 0; /* tick_after() may have gone one further */
}

/*
 * The round trip of the SYN-ACK, by the clock if there was but one (Karn), else by the timestamp
 * that came back. One from before the timer's last says nothing: either the path is slow, or the
 * ACK was lost that brought it first, and then the time since is the timer's.
 */
static void
take_rtt(struct tct_conn *c, const struct half_open *h, const struct packet *p)
{
	struct tcp_stack *s = c->stack;

	if (!h->retries && !(h->flags & HALF_OPEN_REPEATED))
		rtt_sample(c, half_open_age_us(s, h));
	else if (h->flags & HALF_OPEN_TIMESTAMPS)
		rtt_sample_echo(c, p->opt.ts_ecr, s->now - half_open_sent_tick(s, h));
}

static void
half_open_complete(struct tcp_stack *s, struct half_open *h, struct packet *p)
{
	struct conn_offer o = {
		.mss = h->mss,
		.wscale = h->flags & HALF_OPEN_WSCALE,
		.sack = !!(h->flags & HALF_OPEN_SACK),
		.timestamps = !!(h->flags & HALF_OPEN_TIMESTAMPS),
		.ecn = !!(h->flags & HALF_OPEN_ECN),
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
	take_rtt(c, h, p);
	if (h->retries) {
		c->flags |= CONN_SYN_REXMIT;
		congestion_init(c);
		rto_after_syn(c);
	}
	flow_replace(&s->flows, p->hash, half_open_ref(s, h), REF(RECORD_CONN, conn_index(s, c)));
	record_free(s, h, l);
	passive_opened(c, l);
	if (c->state != STATE_CLOSED)
		segment_input(c, p);
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
		.opt = h->flags & HALF_OPEN_TIMESTAMPS ? &o : NULL,
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
		h->flags |= HALF_OPEN_REPEATED;
		half_open_answer(s, h, p);
		return;
	}
	/* First: sequence number; timestamps before it. */
	if (h->flags & HALF_OPEN_TIMESTAMPS && !(p->flags & TCP_FLAG_RST)) {
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
		half_open_free(s, h);
		return;
	}
	/* Fourth: SYN within the window: back to LISTEN. */
	if (p->flags & TCP_FLAG_SYN) {
		tcp_count(s, COUNTER_HALF_OPEN_RESET);
		half_open_free(s, h);
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
