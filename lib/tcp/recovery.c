/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an ACK means to a sender with more than one segment in flight: what has arrived, what is
 * lost, and how much may be sent.
 *
 * With SACK losses are found by RACK (rack.c) and all of them are repaired at once, as pipe allows
 * (RFC 6675); without, one segment a round trip, from the third duplicate ACK on (RFC 6582). Either
 * way cwnd follows RFC 6937 in fast recovery, and slow start after a timeout.
 *
 * A reduction that was a mistake is taken back: when the timestamp echoed by the ACK that ends it
 * is older than the first retransmission (Eifel, RFC 3522), when every byte sent again is reported
 * as a duplicate (RFC 3708), or when all arrived before any was sent again. The window does not
 * come back in one burst: slow start leads it there (RFC 4015).
 */
#include "internal.h"

#define DUP_THRESH 3
#define TICK_US	   (1u << TICK_SHIFT) /* G of RFC 4015 */
#define UNDO_FOR   (1u << 30)	      /* bytes after the end of a recovery its undo is given up */

/* ---- the ACK -------------------------------------------------------------------------------- */

/* RFC 5681 2: nothing but an acknowledgment that says what the last one said. */
static bool
is_duplicate(const struct tct_conn *c, const struct packet *p)
{
	return p->ack == c->snd_una && p->payload_len == 0 &&
	       !(p->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) &&
	       (uint32_t)p->wnd << c->snd_wscale == c->snd_wnd;
}

static struct delivery
delivery_of(const struct tct_conn *c, const struct flight *f, const struct packet *p)
{
	const struct tcp_stack *s = c->stack;
	struct delivery d = {
		.now_us = (uint32_t)s->now_us,
		.min_rtt_us = f->min_rtt_us,
		.echo_age_ticks = UINT32_MAX,
		.now_in_tick_us = (uint32_t)s->now_us & ((1u << TICK_SHIFT) - 1),
		.fack = f->fack,
		.acked = p->ack - c->snd_una,
		.duplicate = is_duplicate(c, p),
	};

	if (c->flags & CONN_TIMESTAMPS && p->opt.has_ts && p->opt.ts_ecr)
		d.echo_age_ticks = s->now - (p->opt.ts_ecr - c->ts_offset);
	return d;
}

/* RFC 2883 4: the first block reports a duplicate when it lies below the ACK, or in the second. */
static bool
is_dsack(const struct packet *p)
{
	const struct tcp_sack_block *b = p->opt.sack;

	if (p->opt.sack_blocks == 0 || seq_ge(b[0].left, b[0].right))
		return false;
	if (seq_le(b[0].right, p->ack))
		return true;
	return p->opt.sack_blocks > 1 && seq_ge(b[0].left, b[1].left) &&
	       seq_le(b[0].right, b[1].right);
}

static void
read_sack(struct tct_conn *c, struct flight *f, const struct packet *p, struct delivery *d)
{
	if (!(c->flags & CONN_SACK) || p->opt.sack_blocks == 0)
		return;
	d->dsack = is_dsack(p);
	if (d->dsack) {
		tcp_count(c->stack, COUNTER_TCP_DSACK_RX);
		rack_duplicate(c, f, p->ack);
	}
	for (unsigned i = d->dsack; i < p->opt.sack_blocks; i++) {
		const struct tcp_sack_block *b = &p->opt.sack[i];

		if (seq_lt(b->left, b->right) && seq_gt(b->left, p->ack) &&
		    seq_le(b->right, c->snd_nxt))
			flight_sack(c, f, b->left, b->right, d);
		else if (seq_gt(b->right, c->snd_max) || seq_ge(b->left, b->right))
			tcp_count(c->stack, COUNTER_TCP_SACK_IGNORED);
	}
}

/* What was sent again at retrans_tick cannot be what this ACK answers. */
static bool
is_eifel(const struct tct_conn *c, const struct flight *f, const struct delivery *d)
{
	uint32_t since = c->stack->now - f->retrans_tick;

	return d->acked && f->retrans_tick != TICK_NONE && d->echo_age_ticks != UINT32_MAX &&
	       d->echo_age_ticks < UINT32_MAX / 2 && d->echo_age_ticks > since;
}

/*
 * The echo may be that of an earlier one of several retransmissions, whose ACK was lost: then the
 * time since is the timer's and not the path's. Where it could be, Karn's rule holds: no sample,
 * and the back-off stays until something is sent once. An echo from before all of them is the
 * path's.
 */
static bool
echo_is_timer(const struct tct_conn *c, const struct flight *f, const struct delivery *d)
{
	return c->retransmits && d->echo_age_ticks >= c->rto_ticks / 2 && !is_eifel(c, f, d);
}

/* All that the ACK tells the time of was sent once. */
static void
take_sample(struct tct_conn *c, struct flight *f, const struct delivery *d)
{
	uint32_t rtt_us = d->now_us - d->oldest_us;

	if (unlikely(f->rto_anew) && seq_gt(c->snd_una + d->acked, f->rto_end)) {
		f->rto_anew = false;
		rtt_sample_anew(c, rtt_us, f->undo_srtt_us, f->undo_rttvar_us);
	} else {
		rtt_sample(c, rtt_us);
	}
}

/* RFC 6298, with the clock where the range was sent once, else with the timestamp (RFC 7323 4).
 * What a repaired hole held back says nothing of the path, though it was sent once. */
static void
take_rtt(struct tct_conn *c, struct flight *f, const struct delivery *d)
{
	bool held_back = d->retransmitted && d->acked;

	if (d->rtt) {
		uint32_t newest_us = d->now_us - (d->newest ? d->newest_us : d->oldest_us);

		rack_min_rtt(c, f, newest_us);
		hystart_rtt(c, f, newest_us);
	}
	if (d->rtt && !held_back)
		take_sample(c, f, d);
	else if (held_back && d->echo_age_ticks < UINT16_MAX && !echo_is_timer(c, f, d))
		rtt_sample(c, (d->echo_age_ticks + 1) << TICK_SHIFT);
}

/* ---- without SACK: RFC 5681 3.2, RFC 6582 ---------------------------------------------------- */

/* Of what an ACK acknowledges the first segment is the hole; the others had their duplicates, and
 * were delivered then (RFC 6937 3). */
static void
end_duplicates(const struct tct_conn *c, struct flight *f, struct delivery *d)
{
	uint32_t known = d->acked > c->mss ? d->acked - c->mss : 0;

	known = known < f->dup_bytes ? known : f->dup_bytes;
	d->delivered -= known < d->delivered ? known : d->delivered;
	f->dup_bytes = f->state == RECOVERY_FAST ? f->dup_bytes - known : 0;
	f->dupacks = 0;
}

/* RFC 6582 3.2: the third duplicate, unless it may come of our own retransmissions. */
static bool
is_third(const struct flight *f, const struct packet *p)
{
	return f->state == RECOVERY_NONE && f->dupacks >= DUP_THRESH &&
	       seq_gt(p->ack, f->recovery_end);
}

/* Each duplicate ACK says that one segment has left the network. Out of recovery two are believed,
 * which lets out two new segments (RFC 3042). */
static void
count_duplicate(struct tct_conn *c, struct flight *f, const struct packet *p, struct delivery *d)
{
	if (d->acked) {
		end_duplicates(c, f, d);
		return;
	}
	if (!d->duplicate || !f->bytes || f->state == RECOVERY_LOSS)
		return;
	if (f->dupacks < UINT8_MAX)
		f->dupacks++;
	if (f->state == RECOVERY_NONE && f->dupacks >= DUP_THRESH && !is_third(f, p))
		return;
	if (f->dup_bytes + c->mss < f->bytes) {
		f->dup_bytes += c->mss;
		d->delivered += c->mss;
	}
}

/* The third duplicate; or a partial ACK, RFC 6582 3.2, step 3. */
static void
newreno_detect(struct tct_conn *c, struct flight *f, const struct packet *p,
	       const struct delivery *d)
{
	bool partial = f->state == RECOVERY_FAST && d->acked;
	const struct range *first;

	if (!is_third(f, p) && !partial)
		return;
	first = pool_at(&c->stack->ranges, f->head);
	if (f->head != POOL_NONE && !(first->flags & RANGE_RETRANS))
		flight_mark_first_lost(c, f, c->mss);
}

/* ---- into recovery and out of it ------------------------------------------------------------ */

static void
remember(struct tct_conn *c, struct flight *f)
{
	f->undo = true;
	f->undo_timeout = false;
	f->rto_anew = false;
	f->undo_una = c->snd_una;
	f->undo_end = c->snd_max;
	f->undo_pipe = f->bytes > c->ssthresh ? f->bytes : c->ssthresh;
	f->undo_srtt_us = c->srtt_us + 2 * TICK_US;
	f->undo_rttvar_us = c->rttvar_us;
	f->undo_bytes = f->tlp_out ? f->tlp_again : 0;
	f->retrans_tick = TICK_NONE;
}

static void
enter_fast(struct tct_conn *c, struct flight *f)
{
	remember(c, f);
	f->state = RECOVERY_FAST;
	f->recovery_end = c->snd_nxt;
	f->prr_delivered = 0;
	f->prr_out = 0;
	f->prr_flight = f->bytes;
	f->leave = true; /* the first goes at once */
	f->tlp_out = false;
	congestion_reduce(c, f);
	if (c->flags & CONN_ECN)
		c->flags |= CONN_CWR;
	tcp_count(c->stack, COUNTER_TCP_FAST_RECOVERY);
}

/* A probe repaired a loss that nobody else saw: the window falls as if it had been found. */
void
recovery_of_tail(struct tct_conn *c, struct flight *f)
{
	if (f->state != RECOVERY_NONE)
		return;
	f->undo = false;
	congestion_reduce(c, f);
	c->cwnd = c->ssthresh;
	if (c->flags & CONN_ECN)
		c->flags |= CONN_CWR;
	tcp_count(c->stack, COUNTER_TCP_TAIL_LOSS_RECOVERED);
}

static void
leave_recovery(struct tct_conn *c, struct flight *f)
{
	if (f->state == RECOVERY_FAST)
		c->cwnd = c->ssthresh; /* RFC 6937, at the end */
	rack_recovered(f);
	f->state = RECOVERY_NONE;
	f->dup_bytes = 0;
	f->dupacks = 0;
	f->leave = false;
}

/* The timer ran out: RFC 6298 5.4 to 5.6, RFC 5681 3.1, RFC 8985 6.3. */
void
recovery_timeout(struct tct_conn *c, struct flight *f)
{
	/* Deviation: a window is reduced once, whatever else is found missing of it,
	 * retransmissions included; RFC 5681 4.3 would have their loss reduce it again. */
	bool again = f->state == RECOVERY_FAST || (f->state == RECOVERY_LOSS && c->retransmits);
	const struct range *first = pool_at(&c->stack->ranges, f->head);

	if (!again) {
		remember(c, f);
		congestion_reduce(c, f);
		if (f->control->timeout)
			f->control->timeout(c, f);
	}
	if (f->head != POOL_NONE && first->flags & RANGE_SACKED) { /* RFC 2018 8: it has reneged */
		tcp_count(c->stack, COUNTER_TCP_SACK_RENEGED);
		flight_forget_sacked(c, f);
	}
	if (c->flags & CONN_SACK)
		rack_timeout(c, f);
	else
		flight_mark_all_lost(c, f);
	f->state = RECOVERY_LOSS;
	f->recovery_end = c->snd_max;
	f->undo_end = c->snd_max;
	f->undo_timeout = true;
	f->dup_bytes = 0;
	f->dupacks = 0;
	f->leave = true;
	f->tlp_out = false;
	f->probe_due = false;
	f->timer = FLIGHT_TIMER_NONE;
	f->probe_at = TICK_NONE;
	c->cwnd = c->mss; /* the loss window */
	if (c->flags & CONN_ECN)
		c->flags |= CONN_CWR;
}

/* ---- undo ----------------------------------------------------------------------------------- */

/* RFC 4015 3, step 8: as much as was acknowledged may go out now, no more than a connection begins
 * with; slow start does the rest. What SACK has told of is in FlightSize (RFC 5681 2) and not in
 * the network: it would let out a burst. An ECN echo says that there is congestion all the same. */
static void
raise_window(struct tct_conn *c, struct flight *f, const struct packet *p, const struct delivery *d)
{
	uint32_t cwnd = f->bytes + d->acked, most = flight_pipe(f) + congestion_initial(c);

	if (cwnd > most)
		cwnd = most;
	if (c->flags & CONN_ECN && p->flags & TCP_FLAG_ECE)
		return;
	if (c->cwnd < cwnd)
		c->cwnd = cwnd;
	if (c->ssthresh < f->undo_pipe)
		c->ssthresh = f->undo_pipe;
	if (f->control->undo)
		f->control->undo(c, f);
}

static void
take_back(struct tct_conn *c, struct flight *f, const struct packet *p, const struct delivery *d)
{
	f->undo = false;
	f->state = RECOVERY_NONE;
	f->dup_bytes = 0;
	f->leave = false;
	flight_unmark_lost(c, f);
	raise_window(c, f, p, d);
	if (f->undo_timeout) { /* the path may have become slower: step 10 */
		f->rto_anew = true;
		f->rto_end = c->snd_max;
	} else { /* what came too late for us came at last */
		f->reordering_seen = true;
	}
	tcp_count(c->stack, COUNTER_TCP_SPURIOUS);
}

static void
count_dsack(struct flight *f, const struct packet *p)
{
	uint32_t len = p->opt.sack[0].right - p->opt.sack[0].left;

	if (seq_lt(p->opt.sack[0].left, f->undo_una) || seq_gt(p->opt.sack[0].right, f->undo_end))
		return;
	f->undo_bytes = len < f->undo_bytes ? f->undo_bytes - len : 0;
}

/* What was called lost came, before any of it was sent again. */
static bool
was_late(const struct flight *f)
{
	return f->state == RECOVERY_FAST && !f->lost_bytes && !f->undo_bytes;
}

static bool
try_undo(struct tct_conn *c, struct flight *f, const struct packet *p, const struct delivery *d)
{
	if (!f->undo)
		return false;
	if (was_late(f) || (f->state != RECOVERY_NONE && is_eifel(c, f, d))) {
		take_back(c, f, p, d);
		return true;
	}
	if (!d->dsack || !f->undo_bytes)
		return false;
	count_dsack(f, p);
	if (f->undo_bytes || f->lost_bytes)
		return false;
	take_back(c, f, p, d);
	return true;
}

/* ---- how much ------------------------------------------------------------------------------- */

/* RFC 6937 3.1, with the slow-start reduction bound. A division, where losses are repaired only. */
static void
prr(struct tct_conn *c, struct flight *f, const struct delivery *d)
{
	uint32_t pipe = flight_pipe(f);
	int64_t send;

	f->prr_delivered += d->delivered;
	if (pipe > c->ssthresh) {
		send = ((int64_t)f->prr_delivered * c->ssthresh + f->prr_flight - 1) /
			       f->prr_flight -
		       f->prr_out;
	} else {
		int64_t limit = (int64_t)f->prr_delivered - f->prr_out;

		limit = (limit > d->delivered ? limit : d->delivered) + c->mss;
		send = c->ssthresh - pipe < limit ? c->ssthresh - pipe : limit;
	}
	c->cwnd = pipe + (send > 0 ? (uint32_t)send : 0);
	if (c->cwnd < c->mss)
		c->cwnd = c->mss;
}

/*
 * What lets cwnd grow. After a timeout the ACK that fills a hole covers what SACK had told before.
 * Where segments overtake each other there is a hole nearly always: what lies behind it opens the
 * window when SACK tells of it, and not again. (Deviation from RFC 5681 3.1, which would wait for
 * the hole; cwnd would follow late, and by more at once than an ACK may open it.)
 */
static uint32_t
newly_delivered(const struct tct_conn *c, const struct flight *f, const struct delivery *d,
		bool overtaking)
{
	bool known = f->state == RECOVERY_LOSS && c->flags & CONN_SACK;

	if (overtaking && f->state == RECOVERY_NONE)
		return d->delivered;
	return known && d->delivered < d->acked ? d->delivered : d->acked;
}

/* ---- all together --------------------------------------------------------------------------- */

/* Something is lost for the first time. Was it too large for the path? */
static bool
is_congestion(struct tct_conn *c, struct flight *f)
{
	return !(c->flags & CONN_PATH_LOWERED) || !path_lost(c, f);
}

static void
find_losses(struct tct_conn *c, struct flight *f, const struct packet *p, const struct delivery *d)
{
	if (c->flags & CONN_SACK)
		rack_detect(c, f);
	else
		newreno_detect(c, f, p, d);
	if (f->lost_bytes && f->state == RECOVERY_NONE && is_congestion(c, f))
		enter_fast(c, f);
}

/* What the ACK has left behind: a sequence number that were kept would be ahead again 2 GB later.
 */
static void
forget_passed(struct flight *f, uint32_t ack)
{
	if (f->state == RECOVERY_NONE && seq_gt(ack, f->recovery_end + 1))
		f->recovery_end = ack - 1;
	if (f->cwr_open && seq_ge(ack, f->cwr_end))
		f->cwr_open = false;
	if (f->dsack_round_open && seq_ge(ack, f->dsack_round))
		f->dsack_round_open = false;
	if (f->undo && seq_gt(ack, f->undo_end + UNDO_FOR))
		f->undo = false;
}

void
recovery_acked(struct tct_conn *c, struct flight *f, const struct packet *p)
{
	struct delivery d = delivery_of(c, f, p);
	bool overtaking = f->reordering_seen, undone;
	uint32_t flight = flight_pipe(f);

	flight_ack(c, f, p->ack, &d);
	read_sack(c, f, p, &d);
	if (!(c->flags & CONN_SACK))
		count_duplicate(c, f, p, &d);
	take_rtt(c, f, &d);
	rack_update(f, &d);
	tlp_acked(c, f, p->ack, &d);
	if (unlikely(c->flags & CONN_PATH_LOWERED))
		path_acked(c, f, p->ack);
	undone = try_undo(c, f, p, &d);
	if (f->state != RECOVERY_NONE && seq_ge(p->ack, f->recovery_end))
		leave_recovery(c, f);
	find_losses(c, f, p, &d);
	if (f->state == RECOVERY_FAST)
		prr(c, f, &d);
	else if ((d.acked || overtaking) && !undone)
		congestion_acked(c, f, newly_delivered(c, f, &d, overtaking), flight, p->ack);
	forget_passed(f, p->ack);
	if (d.delivered || d.acked)
		f->timer_stale = true;
	if (f->lost_bytes || d.delivered)
		conn_touch(c);
}

/* The reordering timer. */
void
recovery_reordered(struct tct_conn *c, struct flight *f)
{
	f->timer = FLIGHT_TIMER_NONE;
	f->probe_at = TICK_NONE;
	rack_detect(c, f);
	if (f->lost_bytes && f->state == RECOVERY_NONE && is_congestion(c, f)) {
		enter_fast(c, f);
		prr(c, f, &(struct delivery){0});
	}
	f->timer_stale = true;
}

/* What is in flight is too large for the path: it goes again in smaller segments, and congestion is
 * not the reason (RFC 8201 5.4). */
void
recovery_of_path(struct tct_conn *c, struct flight *f)
{
	flight_mark_all_lost(c, f);
	f->state = RECOVERY_LOSS;
	f->recovery_end = c->snd_max;
	f->dup_bytes = 0;
	f->dupacks = 0;
	f->undo = false;
	f->tlp_out = false;
	f->timer_stale = true;
}

/* len bytes of data or FIN went out; again: sent before. */
void
recovery_sent(struct tct_conn *c, struct flight *f, uint32_t len, bool again)
{
	f->timer_stale = true;
	f->leave = f->leave && !again;
	if (f->state == RECOVERY_FAST)
		f->prr_out += len;
	if (!again || !f->undo || f->state == RECOVERY_NONE)
		return;
	f->undo_bytes += len;
	if (f->retrans_tick == TICK_NONE)
		f->retrans_tick = tick_add(c->stack->now, 0);
}
