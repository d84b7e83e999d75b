/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SEGMENT ARRIVES, "otherwise": RFC 9293 3.10.7.4, in its order, for every conn past SYN_SENT.
 *
 * Around it: PAWS before the sequence number (RFC 7323 5.3), the checks of RFC 5961 on RST, SYN and
 * ACK. Nothing is sent here: flags are set, and the flush at the end of the poll answers.
 */
#include "internal.h"

#define PAWS_IDLE_TICKS (24u * 24 * 3600 * 1000) /* 24 days, RFC 7323 5.5; a tick is 1.024 ms */

enum verdict {
	GO_ON,
	DONE
};

bool
challenge_allowed(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	uint8_t second = (uint8_t)(s->now_us >> 20);

	if (c->challenge_second != second) {
		c->challenge_second = second;
		c->challenge_count = 0;
	}
	if (c->challenge_count >= s->config.challenge_acks_per_s) {
		tcp_count(s, COUNTER_TCP_CHALLENGE_LIMIT);
		return false;
	}
	c->challenge_count++;
	tcp_count(s, COUNTER_TCP_CHALLENGE_ACK);
	return true;
}

static void
challenge(struct tct_conn *c)
{
	if (!challenge_allowed(c))
		return;
	c->flags |= CONN_ACK_NOW;
	conn_touch(c);
}

/* Drops a segment that is not acceptable, and says where we are (3.10.7.4, first). */
static enum verdict
not_acceptable(struct tct_conn *c, const struct packet *p, enum counter why)
{
	tcp_count(c->stack, why);
	if (p->flags & TCP_FLAG_RST)
		return DONE;
	if (p->payload_len) {
		hole_duplicate(c, p->seq, p->seq + p->payload_len);
		c->flags |= CONN_ACK_NOW;
		conn_touch(c);
	} else {
		challenge(c); /* limited: two ends could do this to each other for ever */
	}
	return DONE;
}

/* RFC 7323 5.5: after such a silence the peer's clock may have gone half round. */
static bool
ts_recent_valid(const struct tct_conn *c)
{
	return c->stack->now - c->last_rx_tick < PAWS_IDLE_TICKS;
}

/* RFC 7323 3.2 and 5.3 (R1), before anything else; RST is exempt. */
static enum verdict
check_timestamp(struct tct_conn *c, const struct packet *p)
{
	if (!(c->flags & CONN_TIMESTAMPS) || p->flags & TCP_FLAG_RST)
		return GO_ON;
	if (!p->opt.has_ts) {
		tcp_count(c->stack, COUNTER_DROP_TCP_NO_TIMESTAMP);
		return DONE;
	}
	if (seq_lt(p->opt.ts_val, c->ts_recent) && ts_recent_valid(c))
		return not_acceptable(c, p, COUNTER_DROP_TCP_PAWS);
	return GO_ON;
}

/* The four cases of table 6. len counts SYN and FIN. */
static bool
acceptable(const struct tct_conn *c, uint32_t seq, uint32_t len)
{
	uint32_t wnd = c->rcv_adv - c->rcv_nxt;

	if (len == 0)
		return wnd ? seq_between(seq, c->rcv_nxt, wnd) || seq == c->rcv_adv
			   : seq == c->rcv_nxt;
	return wnd &&
	       (seq_between(seq, c->rcv_nxt, wnd) || seq_between(seq + len - 1, c->rcv_nxt, wnd));
}

/* First: sequence number. */
static enum verdict
check_sequence(struct tct_conn *c, const struct packet *p)
{
	uint32_t len = p->payload_len + !!(p->flags & TCP_FLAG_SYN) + !!(p->flags & TCP_FLAG_FIN);

	if (likely(acceptable(c, p->seq, len)))
		return GO_ON;
	/* A closed window takes no data, but RST, URG and ACK are still looked at: MUST-66. */
	if (c->rcv_adv == c->rcv_nxt && p->seq == c->rcv_nxt)
		return GO_ON;
	/* RFC 5961 4.2: a SYN is challenged wherever it is. */
	if ((p->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) == TCP_FLAG_SYN)
		return GO_ON;
	if (len && seq_le(p->seq + len, c->rcv_nxt))
		return not_acceptable(c, p, COUNTER_DROP_TCP_DUPLICATE);
	return not_acceptable(c, p, COUNTER_DROP_TCP_SEQUENCE);
}

/* RFC 7323 4.3 (R3): what to echo. */
static void
update_ts_recent(struct tct_conn *c, const struct packet *p)
{
	if (c->flags & CONN_TIMESTAMPS && p->opt.has_ts && seq_le(p->seq, c->rcv_acked) &&
	    (seq_ge(p->opt.ts_val, c->ts_recent) || !ts_recent_valid(c)))
		c->ts_recent = p->opt.ts_val;
}

/* Second: RST. In the window it must be exact, or it is challenged (RFC 5961 3.2). */
static enum verdict
check_rst(struct tct_conn *c, const struct packet *p)
{
	if (!(p->flags & TCP_FLAG_RST))
		return GO_ON;
	if (p->seq != c->rcv_nxt) {
		tcp_count(c->stack, COUNTER_DROP_TCP_SEQUENCE);
		challenge(c);
		return DONE;
	}
	conn_kill(c, c->state == STATE_SYN_RCVD ? TCT_REFUSED : TCT_RESET);
	return DONE;
}

/* Fourth: SYN. RFC 5961 4.2: challenge, whatever its number. */
static enum verdict
check_syn(struct tct_conn *c, const struct packet *p)
{
	if (!(p->flags & TCP_FLAG_SYN))
		return GO_ON;
	if (c->state == STATE_SYN_RCVD && p->flags & TCP_FLAG_ACK && p->ack == c->snd_max &&
	    p->seq + 1 == c->rcv_nxt)
		return GO_ON; /* simultaneous open: the peer's SYN-ACK acknowledges our SYN */
	tcp_count(c->stack, COUNTER_DROP_TCP_SEQUENCE);
	challenge(c);
	return DONE;
}

/* Our SYN of a simultaneous open is acknowledged, or not. It is no byte of sndq. */
static enum verdict
ack_of_syn(struct tct_conn *c, struct packet *p)
{
	struct tcp_stack *s = c->stack;

	if (seq_le(p->ack, c->snd_una) || seq_gt(p->ack, c->snd_max)) {
		tcp_count(s, COUNTER_DROP_TCP_ACK);
		reply_reset(s, p);
		return DONE;
	}
	c->snd_una = p->ack;
	c->snd_nxt = c->snd_max;
	c->flags &= ~CONN_REWOUND;
	c->rtx_at = TICK_NONE;
	rtt_of_syn(c, p);
	c->retransmits = 0;
	rto_after_syn(c);
	if (c->keepalive_s)
		c->life_at = tick_after(s->now, c->keepalive_s * 1000000ull);
	conn_set_state(c, STATE_ESTABLISHED);
	c->flags |= CONN_OPENED | CONN_TELL_OPENED;
	c->snd_wnd = c->max_snd_wnd =
		p->flags & TCP_FLAG_SYN ? p->wnd : (uint32_t)p->wnd << c->snd_wscale;
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
	tcp_count(s, COUNTER_CONN_ESTABLISHED);
	return GO_ON;
}

static void
update_window(struct tct_conn *c, const struct packet *p)
{
	if (seq_gt(c->snd_wl1, p->seq) || (c->snd_wl1 == p->seq && seq_gt(c->snd_wl2, p->ack)))
		return;
	c->snd_wnd = (uint32_t)p->wnd << c->snd_wscale;
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
	if (c->snd_wnd > c->max_snd_wnd)
		c->max_snd_wnd = c->snd_wnd;
	c->flags &= ~CONN_PROBED; /* the peer lives: probe for ever (MUST-37) */
	if (c->flags & CONN_PERSIST && c->snd_wnd) {
		c->flags &= ~(CONN_PERSIST | CONN_PROBE);
		c->retransmits = 0;
		c->rtx_at = TICK_NONE;
		conn_rewind(c);
	}
	if (c->sndq.bytes || c->flags & CONN_FIN_WANTED)
		conn_touch(c);
}

static void
tell_writable(struct tct_conn *c)
{
	if (!(c->flags & CONN_WANT_ROOM) || c->flags & CONN_FIN_WANTED)
		return;
	send_grow(c);
	if (c->sndq.bytes > send_limit(c) / 2)
		return;
	c->flags &= ~CONN_WANT_ROOM;
	if (c->service->writable)
		c->service->writable(c);
}

/* New data acknowledged: queue, round trip, congestion window, timer (RFC 6298 5.2, 5.3). */
static void
acked(struct tct_conn *c, uint32_t ack)
{
	struct tcp_stack *s = c->stack;
	uint32_t n = ack - c->snd_una;
	uint32_t bytes = n < c->sndq.bytes ? n : c->sndq.bytes;
	bool all;

	if (c->flags & CONN_RTT_TIMING && seq_ge(ack, c->snd_nxt)) {
		c->flags &= ~CONN_RTT_TIMING;
		if (!(c->flags & CONN_FIN_SENT)) /* nothing will be timed by it any more */
			rtt_sample(c, (uint32_t)s->now_us - c->rtt_start_us);
	}
	if (s->reached && c->hop != HOP_NONE)
		s->reached[c->hop] = s->now;
	c->snd_una = ack;
	if (seq_lt(c->snd_nxt, ack))
		c->snd_nxt = ack;
	c->flags &= ~CONN_REWOUND;
	if (c->snd_nxt != c->snd_max) /* a probe of which the peer took a part rewound nothing */
		c->flags |= CONN_REWOUND;
	if (bytes) {
		extent_consume(&c->sndq, &s->extents, s->tx, bytes);
		if (c->flight == POOL_NONE)
			congestion_acked_single(c, bytes);
	}
	c->retransmits = 0;
	all = c->snd_una == c->snd_max;
	c->rtx_at = all ? TICK_NONE : tick_add(s->now, c->rto_ticks);
	c->flags &= ~(CONN_PERSIST | CONN_PROBE | CONN_PROBED);
	if (!all || c->sndq.bytes)
		conn_touch(c);
	tell_writable(c);
}

/* Fifth: ACK, the range of RFC 5961 5.2. */
static enum verdict
check_ack(struct tct_conn *c, struct packet *p)
{
	struct flight *f;

	if (!(p->flags & TCP_FLAG_ACK)) {
		tcp_count(c->stack, COUNTER_DROP_TCP_NO_ACK);
		return DONE;
	}
	if (c->state == STATE_SYN_RCVD && ack_of_syn(c, p) == DONE)
		return DONE;
	if (seq_gt(p->ack, c->snd_max) || seq_lt(p->ack, c->snd_una - c->max_snd_wnd)) {
		tcp_count(c->stack, COUNTER_DROP_TCP_ACK);
		challenge(c);
		return DONE;
	}
	if (p->flags & TCP_FLAG_ECE && !(p->flags & TCP_FLAG_SYN))
		congestion_echo(c);
	f = flight_of(c);
	if (f && seq_ge(p->ack, c->snd_una))
		recovery_acked(c, f, p);
	if (seq_gt(p->ack, c->snd_una))
		acked(c, p->ack);
	if (c->state == STATE_CLOSED) /* by writable() */
		return DONE;
	if (seq_ge(p->ack, c->snd_una))
		update_window(c, p);
	return GO_ON;
}

/* What the acknowledgment of our FIN means in each state. True: the segment has no more to say. */
bool
segment_fin_acked(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	switch (c->state) {
	case STATE_FIN_WAIT_1:
		conn_set_state(c, STATE_FIN_WAIT_2);
		if (c->flags & CONN_ORPHAN && s->config.fin_wait_2_timeout_ms)
			c->life_at = tick_after(s->now, s->config.fin_wait_2_timeout_ms * 1000ull);
		conn_touch(c);
		return false;
	case STATE_CLOSING:
		conn_set_state(c, STATE_TIME_WAIT);
		conn_touch(c);
		return true;
	case STATE_LAST_ACK:
		if (!c->rcvq.bytes) /* else deliver_held() ends it */
			conn_kill(c, TCT_CLOSED);
		return true;
	default:
		return false;
	}
}

/* Sixth: URG. The pointer is to the octet after the urgent data (MUST-62). */
static void
check_urg(struct tct_conn *c, const struct packet *p)
{
	uint32_t end = p->seq + p->urgent;

	if (likely(!(p->flags & TCP_FLAG_URG)) || seq_le(end, c->rcv_nxt))
		return;
	tcp_count(c->stack, COUNTER_TCP_URGENT_RX);
	if (c->service->urgent) /* MUST-32, MUST-33 */
		c->service->urgent(c, end - c->rcv_nxt);
}

/* RFC 3168 6.1.3: echo CE until CWR. */
static void
check_ecn(struct tct_conn *c, const struct packet *p)
{
	if (!(c->flags & CONN_ECN))
		return;
	if (p->flags & TCP_FLAG_CWR)
		c->flags &= ~CONN_ECN_ECHO;
	if ((p->ip_tos & 3) == 3) {
		tcp_count(c->stack, COUNTER_TCP_ECN_CE);
		c->flags |= CONN_ECN_ECHO;
	}
}

/*
 * The ACK of data in order waits for a second full-sized segment or the timer (3.8.6.3), but for
 * the first full-sized segments of a connection and those after a silence: the sender starts
 * slowly then, and each ACK lets it grow (RFC 5681 4.2 allows it, RFC 3465 counts on it).
 */
void
segment_acknowledge_text(struct tct_conn *c, const struct packet *p)
{
	struct tcp_stack *s = c->stack;
	uint32_t full = conn_full_segment(c);

	if (c->quick_acks && p->payload_len >= full) {
		c->quick_acks -= c->quick_acks <= QUICK_ACKS;
		c->flags |= CONN_ACK_NOW;
	}
	if (c->rcv_nxt - c->rcv_acked >= 2 * full || s->config.delayed_ack_ms == 0)
		c->flags |= CONN_ACK_NOW; /* SHLD-19 */
	else if (c->ack_at == TICK_NONE)
		c->ack_at = tick_after(s->now, s->config.delayed_ack_ms * 1000ull);
	if (unlikely(seq_ge(c->rcv_nxt, c->window_look)))
		window_tune(c, p);
	conn_touch(c);
}

/* The segment begins with bytes that were received before: RFC 2883, and RFC 5681 4.2. */
static void
again(struct tct_conn *c, const struct packet *p)
{
	if (!p->payload_len)
		return;
	tcp_count(c->stack, COUNTER_TCP_OVERLAP);
	hole_duplicate(c, p->seq, p->seq + p->payload_len);
	c->flags |= CONN_ACK_NOW;
}

/* Seventh: text; eighth: FIN. */
void
segment_text_and_fin(struct tct_conn *c, struct packet *p)
{
	uint32_t dup = c->rcv_nxt - p->seq; /* bytes of it that we have */
	uint32_t room = c->rcv_adv - c->rcv_nxt;
	uint32_t fresh, before = c->rcv_nxt;

	if (c->state != STATE_ESTABLISHED && c->state != STATE_FIN_WAIT_1 &&
	    c->state != STATE_FIN_WAIT_2)
		return; /* after the peer's FIN there is no text */
	if (!p->payload_len && !(p->flags & TCP_FLAG_FIN))
		return;
	if (unlikely(seq_gt(p->seq, c->rcv_nxt))) {
		hole_input(c, p);
		return;
	}
	fresh = dup < p->payload_len ? p->payload_len - dup : 0;
	if (fresh && c->flags & CONN_ORPHAN) { /* 3.6.1: nobody will read it */
		c->flags |= CONN_SEND_RST;
		conn_kill(c, TCT_DATA_AFTER_CLOSE);
		return;
	}
	if (fresh > room) {
		tcp_count(c->stack, COUNTER_DROP_TCP_NO_ROOM);
		fresh = room;
		c->flags |= CONN_ACK_NOW;
		conn_touch(c);
	}
	if (unlikely(dup))
		again(c, p);
	if (unlikely(c->reorder != POOL_NONE))
		hole_fill(c, p, dup, fresh);
	else if (fresh)
		deliver_text(c, p, dup, fresh);
	if (c->state == STATE_CLOSED)
		return;
	if (c->rcv_nxt != before || dup)
		segment_acknowledge_text(c, p);
	if ((p->flags & TCP_FLAG_FIN && c->rcv_nxt == p->seq + p->payload_len) || hole_fin_due(c))
		deliver_fin(c);
}

/* A simultaneous open is complete: tell the service, once the segment's ACK is booked. */
static enum verdict
tell_opened(struct tct_conn *c)
{
	if (likely(!(c->flags & CONN_TELL_OPENED)))
		return GO_ON;
	c->flags &= ~CONN_TELL_OPENED;
	if (c->service->opened)
		c->service->opened(c);
	conn_touch(c);
	return c->state == STATE_CLOSED ? DONE : GO_ON;
}

/* The next probe is due after the idle time again, not after the interval of unanswered ones. */
static void
keepalive_answered(struct tct_conn *c)
{
	c->keepalive_sent = 0;
	if (c->state != STATE_FIN_WAIT_2 || !(c->flags & CONN_ORPHAN))
		c->life_at = tick_after(c->stack->now, c->keepalive_s * 1000000ull);
	conn_touch(c);
}

void
segment_any(struct tct_conn *c, struct packet *p)
{
	if (check_timestamp(c, p) == DONE)
		return;
	if (check_sequence(c, p) == DONE) /* first */
		return;
	if (check_rst(c, p) ==
	    DONE) /* second; third, security, does not exist on IP as we speak it */
		return;
	if (check_syn(c, p) == DONE) /* fourth */
		return;
	update_ts_recent(c, p);
	segment_heard(c, p);
	if (unlikely(c->keepalive_sent))
		keepalive_answered(c);
	if (check_ack(c, p) == DONE) /* fifth */
		return;
	if ((conn_fin_acked(c) && segment_fin_acked(c)) || tell_opened(c) == DONE)
		return;
	if (p->flags & TCP_FLAG_SYN) /* simultaneous open: this SYN was taken before */
		return;
	check_urg(c, p); /* sixth */
	check_ecn(c, p);
	if (c->state != STATE_CLOSED)
		segment_text_and_fin(c, p); /* seventh, eighth */
}
