/* SPDX-License-Identifier: BSD-3-Clause */
#include "flight.h"

#include "internal.h"

static struct range *
range_at(const struct tct_conn *c, uint32_t i)
{
	return i == POOL_NONE ? NULL : pool_at(&c->stack->ranges, i);
}

static uint32_t
range_index(const struct tct_conn *c, const struct range *r)
{
	return (uint32_t)(((const uint8_t *)r - c->stack->ranges.records) / sizeof(*r));
}

static uint32_t
range_len(const struct range *r)
{
	return r->end - r->start;
}

static uint32_t
clock_now(const struct tct_conn *c)
{
	return (uint32_t)c->stack->now_us;
}

/* ---- the list ------------------------------------------------------------------------------- */

/* A range behind `after` (NULL: the first), with what next to link; NULL when none is free. */
static struct range *
insert(struct tct_conn *c, struct flight *f, struct range *after)
{
	uint32_t i = pool_alloc(&c->stack->ranges);
	struct range *r;

	if (i == POOL_NONE) {
		tcp_count(c->stack, COUNTER_TCP_RANGE_FULL);
		return NULL;
	}
	r = range_at(c, i);
	r->next = after ? after->next : f->head;
	if (after)
		after->next = i;
	else
		f->head = i;
	if (r->next == POOL_NONE)
		f->tail = i;
	return r;
}

/* Takes out the range behind `after` (NULL: the first). */
static void
take_out(struct tct_conn *c, struct flight *f, struct range *after)
{
	uint32_t i = after ? after->next : f->head;
	uint32_t next = range_at(c, i)->next;

	if (after)
		after->next = next;
	else
		f->head = next;
	if (next == POOL_NONE)
		f->tail = after ? range_index(c, after) : POOL_NONE;
	pool_free(&c->stack->ranges, i);
}

/* r ends at `at` from now on, and a new range goes on from there. */
static bool
split(struct tct_conn *c, struct flight *f, struct range *r, uint32_t at)
{
	struct range *rest = insert(c, f, r);

	if (!rest)
		return false;
	rest->start = at;
	rest->end = r->end;
	rest->xmit_us = r->xmit_us;
	rest->flags = r->flags;
	r->end = at;
	return true;
}

/* Makes one of a range and the one behind it, when nothing tells them apart. */
static void
merge_next(struct tct_conn *c, struct flight *f, struct range *r)
{
	struct range *next = range_at(c, r->next);

	if (!next || next->flags != r->flags)
		return;
	if (!(r->flags & RANGE_SACKED) && next->xmit_us != r->xmit_us)
		return;
	r->end = next->end;
	take_out(c, f, r);
}

/* ---- life ----------------------------------------------------------------------------------- */

/* The one segment that is in flight without a record. */
static void
adopt(struct tct_conn *c, struct flight *f)
{
	unsigned flags = c->flags & CONN_RTT_TIMING ? 0 : RANGE_RETRANS;

	if (c->snd_nxt == c->snd_una)
		return;
	flight_sent(c, f, c->snd_una, c->snd_nxt, flags);
	range_at(c, f->head)->xmit_us = c->rtt_start_us;
}

struct flight *
flight_take(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	struct flight *f;

	if (c->flight != POOL_NONE)
		return pool_at(&s->flights, c->flight);
	if (s->ranges.used < s->ranges.capacity)
		c->flight = pool_alloc(&s->flights);
	if (c->flight == POOL_NONE) {
		tcp_count(s, COUNTER_TCP_FLIGHT_FULL);
		return NULL;
	}
	f = pool_at(&s->flights, c->flight);
	memset(f, 0, sizeof(*f));
	f->head = f->tail = POOL_NONE;
	f->recovery_end = c->snd_una - 1;
	f->fack = c->snd_una;
	f->small_end = c->snd_nxt - c->snd_una < c->mss ? c->snd_nxt : c->snd_una;
	f->reo_wnd_mult = 1;
	f->sent_tick = s->now;
	f->control = s->congestion;
	f->control->init(c, f);
	adopt(c, f);
	hystart_init(c, f);
	c->flags &= ~CONN_RTT_TIMING;
	return f;
}

static void
drop_ranges(struct tct_conn *c, struct flight *f)
{
	while (f->head != POOL_NONE)
		take_out(c, f, NULL);
	f->bytes = f->sacked_bytes = f->lost_bytes = f->dup_bytes = 0;
}

void
flight_free(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	if (c->flight == POOL_NONE)
		return;
	drop_ranges(c, pool_at(&s->flights, c->flight));
	pool_free(&s->flights, c->flight);
	c->flight = POOL_NONE;
}

void
flight_rewind(struct tct_conn *c, struct flight *f)
{
	drop_ranges(c, f);
	f->probe_at = TICK_NONE;
	f->timer = FLIGHT_TIMER_NONE;
	f->probe_due = false;
	f->tlp_out = false;
}

/* ---- sending -------------------------------------------------------------------------------- */

static bool
goes_on(const struct range *tail, uint32_t now, unsigned flags)
{
	return tail && tail->flags == flags && tail->xmit_us == now;
}

bool
flight_has_room(const struct tct_conn *c, const struct flight *f)
{
	const struct tcp_stack *s = c->stack;

	return s->ranges.used < s->ranges.capacity ||
	       goes_on(range_at(c, f->tail), clock_now(c),
		       c->flags & CONN_REWOUND ? RANGE_RETRANS : 0);
}

void
flight_sent(struct tct_conn *c, struct flight *f, uint32_t start, uint32_t end, unsigned flags)
{
	struct range *tail = range_at(c, f->tail);
	uint32_t now = clock_now(c);

	f->bytes += end - start;
	if (goes_on(tail, now, flags)) {
		tail->end = end;
		return;
	}
	if (!tail) { /* all before is delivered: RACK's times may be of long ago */
		f->rack_xmit_us = now;
		f->rack_end = start;
	}
	tail = insert(c, f, tail);
	if (!tail)
		return; /* flight_has_room() saw to it */
	tail->start = start;
	tail->end = end;
	tail->xmit_us = now;
	tail->flags = (uint8_t)flags;
}

struct range *
flight_first_lost(const struct tct_conn *c, const struct flight *f)
{
	if (f->lost_bytes == 0)
		return NULL;
	FLIGHT_EACH(&c->stack->ranges, f, r)
	if (r->flags & RANGE_LOST)
		return r;
	return NULL;
}

/* Without a range to split off the rest counts as sent again, too: if that was needed the timer
 * will tell. */
void
flight_resent(struct tct_conn *c, struct flight *f, struct range *r, uint32_t len)
{
	if (len < range_len(r))
		split(c, f, r, r->start + len);
	if (r->flags & RANGE_LOST)
		f->lost_bytes -= range_len(r);
	r->flags = RANGE_RETRANS;
	r->xmit_us = clock_now(c);
}

struct range *
flight_last(struct tct_conn *c, struct flight *f, uint32_t mss)
{
	struct range *tail = range_at(c, f->tail);

	if (!tail || range_len(tail) <= mss)
		return tail;
	if (!split(c, f, tail, tail->end - mss))
		return NULL;
	return range_at(c, f->tail);
}

/* ---- acknowledgments ------------------------------------------------------------------------ */

/*
 * RFC 8985 6.2, step 2: an ACK of what was sent twice may be for the first of them. It is when its
 * timestamp is older than the second, or when it came sooner than any has.
 */
static bool
is_of_first(const struct range *r, const struct delivery *d)
{
	uint32_t age_us = d->now_us - r->xmit_us;
	uint32_t age_ticks = (age_us + ((1u << TICK_SHIFT) - 1) - d->now_in_tick_us) >> TICK_SHIFT;

	if (d->echo_age_ticks != UINT32_MAX && d->echo_age_ticks > age_ticks)
		return true;
	return age_us < d->min_rtt_us;
}

static void
note_newest(struct delivery *d, uint32_t xmit_us, uint32_t end)
{
	if (d->newest && (seq_lt(xmit_us, d->newest_us) ||
			  (xmit_us == d->newest_us && seq_le(end, d->newest_end))))
		return;
	d->newest = true;
	d->newest_us = xmit_us;
	d->newest_end = end;
}

/* [r->start, end), not known to be received before, is. */
static void
note_delivered(struct flight *f, const struct range *r, uint32_t end, struct delivery *d)
{
	d->delivered += end - r->start;
	if (r->flags & RANGE_LOST)
		f->lost_bytes -= end - r->start;
	if (!(r->flags & RANGE_RETRANS)) {
		if (seq_lt(end, d->fack)) /* step 3 */
			d->reordered = true;
		if (!d->rtt || seq_lt(r->xmit_us, d->oldest_us))
			d->oldest_us = r->xmit_us;
		d->rtt = true;
		note_newest(d, r->xmit_us, end);
	} else {
		d->retransmitted = true;
		if (!is_of_first(r, d))
			note_newest(d, r->xmit_us, end);
	}
	if (seq_gt(end, f->fack))
		f->fack = end;
}

void
flight_ack(struct tct_conn *c, struct flight *f, uint32_t ack, struct delivery *d)
{
	struct range *r;

	while ((r = range_at(c, f->head)) && seq_lt(r->start, ack)) {
		uint32_t end = seq_lt(r->end, ack) ? r->end : ack;

		if (r->flags & RANGE_SACKED)
			f->sacked_bytes -= end - r->start;
		else
			note_delivered(f, r, end, d);
		f->bytes -= end - r->start;
		if (end == r->end)
			take_out(c, f, NULL);
		else
			r->start = end;
	}
	if (seq_lt(f->fack, ack))
		f->fack = ack;
}

void
flight_sack(struct tct_conn *c, struct flight *f, uint32_t left, uint32_t right, struct delivery *d)
{
	struct range *before = NULL;
	struct range *r = range_at(c, f->head);

	for (; r && seq_lt(r->start, right); before = r, r = range_at(c, r->next)) {
		if (r->flags & RANGE_SACKED || seq_le(r->end, left))
			continue;
		if (seq_lt(r->start, left)) {
			split(c, f, r,
			      left); /* the rest comes next; if it can't be, it is skipped */
			continue;
		}
		if (seq_gt(r->end, right) && !split(c, f, r, right))
			return;
		note_delivered(f, r, r->end, d);
		d->sacked += range_len(r);
		f->sacked_bytes += range_len(r);
		r->flags = RANGE_SACKED;
		if (before && before->flags & RANGE_SACKED) {
			merge_next(c, f, before);
			r = before;
		}
		merge_next(c, f, r);
	}
}

/* ---- losses --------------------------------------------------------------------------------- */

void
flight_mark_lost(struct flight *f, struct range *r)
{
	if (r->flags & (RANGE_LOST | RANGE_SACKED))
		return;
	r->flags |= RANGE_LOST;
	f->lost_bytes += range_len(r);
}

void
flight_mark_first_lost(struct tct_conn *c, struct flight *f, uint32_t mss)
{
	struct range *r = range_at(c, f->head);

	if (!r || r->flags & (RANGE_LOST | RANGE_SACKED))
		return;
	if (range_len(r) > mss)
		split(c, f, r, r->start + mss);
	flight_mark_lost(f, r);
}

void
flight_mark_all_lost(struct tct_conn *c, struct flight *f)
{
	FLIGHT_EACH(&c->stack->ranges, f, r)
	flight_mark_lost(f, r);
}

void
flight_unmark_lost(struct tct_conn *c, struct flight *f)
{
	FLIGHT_EACH(&c->stack->ranges, f, r)
	r->flags &= ~RANGE_LOST;
	f->lost_bytes = 0;
}

void
flight_forget_sacked(struct tct_conn *c, struct flight *f)
{
	FLIGHT_EACH(&c->stack->ranges, f, r)
	r->flags &= ~RANGE_SACKED;
	f->sacked_bytes = 0;
}
