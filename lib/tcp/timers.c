/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens when time passes: the wheel's entries, sorted by the record they name.
 *
 * A conn's entry says only "look at me": whichever of its deadlines has come is acted on, and the
 * earliest of the rest is filed again by the flush. Records of a batch are prefetched together.
 */
#include <errno.h>

#include "internal.h"

#define RETRANSMITS_R1 3 /* SHLD-10: the service is told */
#define SWEEP_STEP     32

static bool
past_r2(const struct tct_conn *c, uint32_t limit_ms)
{
	uint32_t age = c->stack->now - c->rtx_start;

	return limit_ms && age >= tick_after(0, limit_ms * 1000ull);
}

/* The first time-out of a run starts R2's clock at the transmission it waited for. */
static void
count_retransmit(struct tct_conn *c)
{
	if (c->retransmits == 0)
		c->rtx_start = c->stack->now - c->rto_ticks;
	if (c->retransmits < UINT8_MAX)
		c->retransmits++;
}

static void
syn_timeout(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	count_retransmit(c);
	if (past_r2(c, s->config.syn_timeout_ms)) { /* MUST-23 */
		conn_kill(c, TCT_TIMED_OUT);
		return;
	}
	rto_back_off(c);
	if (c->retransmits == RETRANSMITS_R1 && c->service->error)
		c->service->error(c, -ETIMEDOUT); /* MUST-22 */
	if (c->state == STATE_CLOSED)
		return;
	c->snd_nxt = c->snd_una;
	c->flags |= CONN_REWOUND | CONN_SYN_REXMIT;
	c->flags &= ~CONN_RTT_TIMING;
	tcp_count(s, COUNTER_TCP_RETRANSMIT_SYN);
}

/* RFC 6298 5.4 to 5.6; R1 and R2 of RFC 9293 3.8.3. */
static void
data_timeout(struct tct_conn *c)
{
	struct flight *f;

	path_silent(c);
	f = flight_of(c);
	if (f && f->bytes)
		recovery_timeout(c, f);
	else
		congestion_timeout_single(c);
	count_retransmit(c);
	if (past_r2(c, c->user_timeout_ms)) {
		c->flags |= CONN_SEND_RST;
		conn_kill(c, TCT_TIMED_OUT);
		return;
	}
	rto_back_off(c);
	if (!f || !f->bytes)
		conn_rewind(c);
	if (c->retransmits == RETRANSMITS_R1 && c->service->error)
		c->service->error(c, -ETIMEDOUT); /* SHLD-9 */
}

static void
rtx_due(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	c->rtx_at = TICK_NONE;
	if (c->flags & CONN_PERSIST) {
		if (c->flags & CONN_PROBED && past_r2(c, c->user_timeout_ms)) {
			c->flags |= CONN_SEND_RST;
			conn_kill(c, TCT_TIMED_OUT);
			return;
		}
		c->flags |= CONN_PROBE;
		return;
	}
	tcp_count(s, COUNTER_TCP_TIMEOUT);
	if (c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD)
		syn_timeout(c);
	else
		data_timeout(c);
}

/* RFC 9293 3.8.4: only when idle (MUST-26), and one lost probe kills nothing (MUST-29). */
static void
keepalive_due(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	uint32_t idle = s->now - c->last_rx_tick;
	uint32_t wait = tick_after(0, c->keepalive_s * 1000000ull);

	if (c->keepalive_sent == 0 && idle < wait) {
		c->life_at = tick_add(c->last_rx_tick, wait);
		return;
	}
	if (c->keepalive_sent >= s->config.keepalive_probes) {
		c->flags |= CONN_SEND_RST;
		conn_kill(c, TCT_TIMED_OUT);
		return;
	}
	if (c->snd_una == c->snd_max) {
		c->keepalive_sent++;
		c->flags |= CONN_KEEP_PROBE;
	}
	c->life_at = tick_after(s->now, s->config.keepalive_interval_ms * 1000ull);
}

static void
life_due(struct tct_conn *c)
{
	c->life_at = TICK_NONE;
	if (c->state == STATE_FIN_WAIT_2 && c->flags & CONN_ORPHAN)
		conn_kill(c, TCT_ORPHAN_TIMED_OUT);
	else if (c->keepalive_s && (c->state == STATE_ESTABLISHED || c->state == STATE_CLOSE_WAIT ||
				    c->state == STATE_FIN_WAIT_2))
		keepalive_due(c);
}

/* RFC 8985: one of two timers that come before the retransmission timeout. */
static void
probe_due(struct tct_conn *c, struct flight *f)
{
	if (f->timer == FLIGHT_TIMER_REORDER) {
		recovery_reordered(c, f);
		return;
	}
	/* RFC 8985 7.2: an ACK of this poll begins it anew, which the flush is to do. */
	f->probe_due = f->timer == FLIGHT_TIMER_PROBE && !f->timer_stale;
	f->timer = FLIGHT_TIMER_NONE;
	f->probe_at = TICK_NONE;
}

static void
conn_expire(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	if (tick_due(c->ack_at, s->now)) {
		c->ack_at = TICK_NONE;
		c->flags |= CONN_ACK_NOW;
		tcp_count(s, COUNTER_TCP_DELAYED_ACK);
	}
	if (tick_due(c->rtx_at, s->now))
		rtx_due(c);
	if (c->state != STATE_CLOSED && c->flight != POOL_NONE &&
	    tick_due(flight_of(c)->probe_at, s->now))
		probe_due(c, flight_of(c));
	if (c->state != STATE_CLOSED && tick_due(c->life_at, s->now))
		life_due(c);
	if (c->state != STATE_CLOSED && tick_due(c->wake_at, s->now)) {
		c->wake_at = TICK_NONE;
		if (c->service->writable)
			c->service->writable(c);
	}
	if (c->state != STATE_CLOSED)
		conn_touch(c); /* the flush files the next deadline */
}

static void
conn_fired(struct tcp_stack *s, struct tct_conn *c, uint32_t slot)
{
	if (!wheel_fired(&c->armed, slot))
		tcp_count(s, COUNTER_TIMER_STALE);
	else if (c->state != STATE_CLOSED)
		conn_expire(c);
}

static void
half_open_fired(struct tcp_stack *s, struct half_open *h, uint32_t slot)
{
	if (!wheel_fired(&h->armed, slot)) {
		tcp_count(s, COUNTER_TIMER_STALE);
	} else if (tick_due(h->deadline, s->now)) {
		half_open_expire(s, h);
	} else if (h->deadline != TICK_NONE) {
		uint32_t ref = REF(RECORD_HALF_OPEN,
				   (uint32_t)(((uint8_t *)h - s->half_opens.records) / sizeof(*h)));

		if (wheel_arm(s->wheel, &h->armed, ref, h->deadline) < 0)
			half_open_free(s, h);
	}
}

static void
time_wait_fired(struct tcp_stack *s, struct time_wait *t, uint32_t slot)
{
	if (!wheel_fired_coarse(&t->armed, slot))
		tcp_count(s, COUNTER_TIMER_STALE);
	else if (t->flags & TIME_WAIT_LIVE)
		time_wait_expire(s, t);
}

static void
expire_batch(void *arg, const uint32_t ids[], unsigned n, uint32_t slot)
{
	struct tcp_stack *s = arg;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(record_at(s, ids[i]));
	for (unsigned i = 0; i < n; i++) {
		tcp_count(s, COUNTER_TIMER_FIRED);
		switch (REF_KIND(ids[i])) {
		case RECORD_CONN:
			conn_fired(s, record_at(s, ids[i]), slot);
			break;
		case RECORD_HALF_OPEN:
			half_open_fired(s, record_at(s, ids[i]), slot);
			break;
		default:
			time_wait_fired(s, record_at(s, ids[i]), slot);
		}
	}
}

/* Conns whose timer found no room in the wheel: look at a few each poll until all were seen. */
static void
sweep(struct tcp_stack *s)
{
	for (unsigned i = 0; i < SWEEP_STEP && s->sweep; i++) {
		struct tct_conn *c = conn_at(s, --s->sweep);

		if (c->state != STATE_CLOSED)
			conn_expire(c);
	}
}

void
tcp_timers(struct tcp_stack *s, unsigned limit)
{
	cookie_jar_rotate(&s->cookies, s->now_us + s->wall_offset_us);
	wheel_advance(s->wheel, s->now, limit, expire_batch, s);
	if (unlikely(s->sweep))
		sweep(s);
}
