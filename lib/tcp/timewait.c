/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TIME_WAIT: 2 MSL in 64 bytes. RFC 9293 3.6.1 and 3.10.7.4, RFC 6191, RFC 1337.
 *
 * A conn that reaches TIME_WAIT sends its last ACK, tells the service that it closed, and leaves a
 * time-wait record under its tuple. The record answers what comes late: a retransmitted FIN is
 * acknowledged and starts the wait again, a RST is ignored (RFC 1337), and a SYN reopens the tuple
 * when it is surely newer: by timestamp, else by sequence number.
 *
 * When all records are used the oldest is given up for the new one, and counted: records are handed
 * out in order until then, so going round the pool meets them oldest first.
 */
#include "../base/prefetch.h"
#include "internal.h"

#define RECYCLE_AHEAD 8 /* records */

#define ISS_STEP \
	65537u /* a new ISS lies this far above the old snd_nxt: more than an unscaled window */

static uint32_t
time_wait_index(const struct tcp_stack *s, const struct time_wait *t)
{
	return (uint32_t)(((const uint8_t *)t - s->time_waits.records) / sizeof(*t));
}

static uint32_t
time_wait_ref(const struct tcp_stack *s, const struct time_wait *t)
{
	return REF(RECORD_TIME_WAIT, time_wait_index(s, t));
}

static void
time_wait_free(struct tcp_stack *s, struct time_wait *t)
{
	flow_remove(&s->flows, t->hash, time_wait_ref(s, t));
	t->flags = 0;
	pool_free(&s->time_waits, time_wait_index(s, t));
}

/* The index of the nth that will be given up from now on; of a pool that is no larger, the first.
 */
static uint32_t
recycle_index(const struct tcp_stack *s, uint32_t n)
{
	uint32_t i = s->time_wait_hand + n, all = s->time_waits.capacity;

	if (likely(i < all))
		return i;
	return i - all < all ? i - all : 0;
}

static struct time_wait *
time_wait_oldest(const struct tcp_stack *s, uint32_t n)
{
	return pool_at(&s->time_waits, recycle_index(s, n));
}

/* Gives up the oldest. Nobody has touched its record nor its place in the table for long: those of
 * the next ones are fetched, record first. */
static void
time_wait_recycle(struct tcp_stack *s)
{
	struct time_wait *oldest = time_wait_oldest(s, 0);

	prefetch_own(time_wait_oldest(s, 2 * RECYCLE_AHEAD));
	flow_prefetch(&s->flows, time_wait_oldest(s, RECYCLE_AHEAD)->hash);
	s->time_wait_hand = recycle_index(s, 1);
	tcp_count(s, COUNTER_TIME_WAIT_RECYCLED);
	time_wait_free(s, oldest);
}

/* A record; the oldest one's, when there is no other. */
static struct time_wait *
time_wait_alloc(struct tcp_stack *s)
{
	uint32_t i = pool_alloc(&s->time_waits);

	if (unlikely(i == POOL_NONE)) {
		time_wait_recycle(s);
		i = pool_alloc(&s->time_waits);
	}
	return pool_at(&s->time_waits, i);
}

static void
time_wait_start(struct tcp_stack *s, struct time_wait *t)
{
	t->deadline = tick_add(s->now, s->time_wait_ticks);
	if (wheel_arm_coarse(s->wheel, &t->armed, time_wait_ref(s, t), t->deadline) == 0)
		return;
	tcp_count(s, COUNTER_TIMER_NO_ROOM);
	time_wait_free(s, t);
}

void
time_wait_enter(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	struct time_wait *t = time_wait_alloc(s);

	t->tuple = c->tuple;
	t->snd_nxt = c->snd_nxt;
	t->rcv_nxt = c->rcv_nxt;
	t->ts_recent = c->ts_recent;
	t->hash = c->hash;
	t->wnd = (uint16_t)((c->rcv_adv - c->rcv_nxt) >> c->rcv_wscale);
	t->flags = TIME_WAIT_LIVE | (c->flags & CONN_TIMESTAMPS ? TIME_WAIT_TIMESTAMPS : 0);
	flow_replace(&s->flows, c->hash, REF(RECORD_CONN, conn_index(s, c)), time_wait_ref(s, t));
	tcp_count(s, COUNTER_TIME_WAIT_CREATED);
	tcp_count(s, COUNTER_CONN_CLOSED);
	time_wait_start(s, t);
	conn_end(c, TCT_CLOSED); /* for the service, it is over */
}

/* RFC 6191 2, RFC 9293 MAY-2: is this SYN newer than the connection that was? */
static bool
syn_is_newer(const struct time_wait *t, const struct packet *p)
{
	if (t->flags & TIME_WAIT_TIMESTAMPS && p->opt.has_ts && p->opt.ts_val != t->ts_recent)
		return seq_gt(p->opt.ts_val, t->ts_recent);
	return seq_gt(p->seq, t->rcv_nxt);
}

static void
time_wait_ack(struct tcp_stack *s, const struct time_wait *t, struct packet *p)
{
	struct tcp_options o = {
		.has_ts = 1,
		.ts_ecr = t->ts_recent,
	};
	struct reply r = {
		.seq = t->snd_nxt,
		.ack = t->rcv_nxt,
		.wnd = t->wnd,
		.flags = TCP_FLAG_ACK,
		.opt = t->flags & TIME_WAIT_TIMESTAMPS ? &o : NULL,
	};

	if (!rate_limit_take(&s->time_wait_limit, s->now_us))
		return;
	o.ts_val = s->now + ts_offset_make(s, &t->tuple);
	tcp_count(s, COUNTER_TIME_WAIT_ACK);
	reply_send(s, p, &r);
}

void
time_wait_input(struct tcp_stack *s, struct time_wait *t, struct packet *p)
{
	uint32_t len = p->payload_len + !!(p->flags & TCP_FLAG_SYN) + !!(p->flags & TCP_FLAG_FIN);
	uint32_t floor = t->snd_nxt + ISS_STEP;

	if (state_segment[STATE_TIME_WAIT][segment_event(p->flags)] == ACTION_DROP) {
		tcp_count(s, COUNTER_DROP_TCP_STATE);
		return;
	}
	if (p->flags & TCP_FLAG_RST) {
		tcp_count(s, COUNTER_TIME_WAIT_RST_IGNORED);
		return;
	}
	if ((p->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN && syn_is_newer(t, p) &&
	    tcp_listener(s, &p->tuple) && !s->stopping) {
		tcp_count(s, COUNTER_TIME_WAIT_REUSED);
		time_wait_free(s, t);
		listen_input(s, p, &floor);
		return;
	}
	/* Acceptable and empty, or older than all: there is nothing to say. */
	if (len == 0 && p->seq == t->rcv_nxt)
		return;
	time_wait_ack(s, t, p);
	/* The FIN again: our ACK was lost, the wait starts anew. */
	if (p->flags & TCP_FLAG_FIN && p->seq + len == t->rcv_nxt)
		t->deadline = tick_add(s->now, s->time_wait_ticks);
}

void
time_wait_expire(struct tcp_stack *s, struct time_wait *t)
{
	if (!tick_due(t->deadline, s->now)) {
		uint32_t deadline = t->deadline;

		if (wheel_arm_coarse(s->wheel, &t->armed, time_wait_ref(s, t), deadline) == 0)
			return;
		tcp_count(s, COUNTER_TIMER_NO_ROOM);
	}
	tcp_count(s, COUNTER_TIME_WAIT_EXPIRED);
	time_wait_free(s, t);
}

bool
time_wait_reuse(struct tcp_stack *s, struct time_wait *t, uint32_t *iss_floor)
{
	/* With timestamps, and a second later so that ours have moved on (as Linux's tcp_tw_reuse).
	 */
	uint32_t started = t->deadline - s->time_wait_ticks;

	if (!(t->flags & TIME_WAIT_TIMESTAMPS) || s->now - started < tick_after(0, 1000000))
		return false;
	*iss_floor = t->snd_nxt + ISS_STEP;
	tcp_count(s, COUNTER_TIME_WAIT_REUSED);
	time_wait_free(s, t);
	return true;
}
