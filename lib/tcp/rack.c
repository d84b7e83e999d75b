/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RACK-TLP: RFC 8985. What was sent well before something that has arrived is lost; and when
 * nothing arrives, a probe asks.
 *
 * RACK is for connections with SACK. The reordering timer and the probe timer exclude each other
 * and share one deadline, which lies before that of the retransmission timer; ticks are 1.024 ms,
 * so that on a short path both fire later than the RFC would have them, never sooner.
 */
#include "internal.h"

#define DUP_THRESH	     3
#define REO_WND_MULT_MAX     255
#define REO_WND_PERSIST	     16		   /* recoveries: RFC 8985 6.2, step 4 */
#define MIN_RTT_TICKS	     (300u * 1000) /* a minimum is believed for 5 min; a tick is 1.024 ms */
#define WORST_DELAYED_ACK_MS 200	   /* of the peer: RFC 8985 7.2 on a single segment */
#define PROBE_WITHOUT_RTT_US 1000000	   /* RFC 8985 7.2 */

/* ---- step 1 to 4 ---------------------------------------------------------------------------- */

void
rack_min_rtt(struct tct_conn *c, struct flight *f, uint32_t rtt_us)
{
	uint32_t now = c->stack->now;

	rtt_us = rtt_us ? rtt_us : 1;
	if (f->min_rtt_us && rtt_us > f->min_rtt_us && now - f->min_rtt_tick < MIN_RTT_TICKS)
		return;
	f->min_rtt_us = rtt_us;
	f->min_rtt_tick = now;
}

void
rack_update(struct flight *f, const struct delivery *d)
{
	if (d->reordered)
		f->reordering_seen = true;
	if (!d->newest)
		return;
	if (f->rack_rtt_us &&
	    (seq_lt(d->newest_us, f->rack_xmit_us) ||
	     (d->newest_us == f->rack_xmit_us && seq_le(d->newest_end, f->rack_end))))
		return;
	f->rack_rtt_us = d->now_us - d->newest_us;
	f->rack_rtt_us = f->rack_rtt_us ? f->rack_rtt_us : 1;
	f->rack_xmit_us = d->newest_us;
	f->rack_end = d->newest_end;
}

/* A duplicate was reported: something was sent again too soon. Once in a round trip. */
void
rack_duplicate(struct tct_conn *c, struct flight *f, uint32_t ack)
{
	if (f->dsack_round_open && seq_lt(ack, f->dsack_round))
		return;
	f->dsack_round_open = true;
	f->dsack_round = c->snd_nxt;
	f->reo_wnd_persist = REO_WND_PERSIST;
	if (f->reo_wnd_mult < REO_WND_MULT_MAX)
		f->reo_wnd_mult++;
}

/* A recovery is over. */
void
rack_recovered(struct flight *f)
{
	if (f->reo_wnd_persist && --f->reo_wnd_persist == 0)
		f->reo_wnd_mult = 1;
}

static uint32_t
reo_wnd(const struct tct_conn *c, const struct flight *f)
{
	uint32_t wnd;

	if (!f->reordering_seen &&
	    (f->state != RECOVERY_NONE || f->sacked_bytes > (DUP_THRESH - 1u) * c->mss))
		return 0;
	wnd = f->min_rtt_us / 4 * f->reo_wnd_mult;
	return wnd < c->srtt_us ? wnd : c->srtt_us;
}

/* ---- step 5 --------------------------------------------------------------------------------- */

static bool
sent_before_newest(const struct flight *f, const struct range *r)
{
	return seq_lt(r->xmit_us, f->rack_xmit_us) ||
	       (r->xmit_us == f->rack_xmit_us && seq_le(r->end, f->rack_end));
}

/*
 * Marks what is lost; returns the microseconds after which more will be, 0 for never. A range that
 * was sent once and after the newest delivered has only later ones behind it.
 */
static uint32_t
mark_lost(struct tct_conn *c, struct flight *f)
{
	uint32_t allowed = f->rack_rtt_us + reo_wnd(c, f);
	uint32_t now = (uint32_t)c->stack->now_us;
	uint32_t later = 0;

	FLIGHT_EACH(&c->stack->ranges, f, r)
	{
		uint32_t age = now - r->xmit_us;

		if (r->flags & (RANGE_SACKED | RANGE_LOST))
			continue;
		if (sent_before_newest(f, r)) {
			if (age >= allowed)
				flight_mark_lost(f, r);
			else if (allowed - age > later)
				later = allowed - age;
		} else if (!(r->flags & RANGE_RETRANS)) {
			break;
		}
	}
	return later;
}

static void
set_timer(struct flight *f, enum flight_timer timer, uint32_t at)
{
	f->timer = (uint8_t)timer;
	f->probe_at = at;
}

void
rack_detect(struct tct_conn *c, struct flight *f)
{
	uint32_t later;

	if (!(c->flags & CONN_SACK) || f->rack_rtt_us == 0)
		return;
	later = mark_lost(c, f);
	if (later)
		set_timer(f, FLIGHT_TIMER_REORDER, tick_after(c->stack->now, later));
	else if (f->timer == FLIGHT_TIMER_REORDER)
		set_timer(f, FLIGHT_TIMER_NONE, TICK_NONE);
}

/* RFC 8985 6.3: on a timeout the first segment is lost, and what RACK would call so. */
void
rack_timeout(struct tct_conn *c, struct flight *f)
{
	uint32_t allowed = f->rack_rtt_us + reo_wnd(c, f);
	uint32_t now = (uint32_t)c->stack->now_us;

	flight_mark_first_lost(c, f, c->mss);
	FLIGHT_EACH(&c->stack->ranges, f, r)
	if (now - r->xmit_us >= allowed)
		flight_mark_lost(f, r);
}

/* ---- tail loss probe: RFC 8985 7 ------------------------------------------------------------ */

/* 7.2: the timer runs while all is well and something is in flight. */
void
tlp_arm(struct tct_conn *c, struct flight *f)
{
	uint64_t pto_us = 2ull * c->srtt_us;
	uint32_t at;

	f->timer_stale = false;
	if (f->timer == FLIGHT_TIMER_REORDER)
		return;
	set_timer(f, FLIGHT_TIMER_NONE, TICK_NONE);
	if (!(c->flags & CONN_SACK) || f->state != RECOVERY_NONE || f->tlp_out || f->bytes == 0 ||
	    f->sacked_bytes || f->lost_bytes || c->rtx_at == TICK_NONE)
		return;
	if (c->srtt_us == 0)
		pto_us = PROBE_WITHOUT_RTT_US;
	else if (f->bytes <= c->mss)
		pto_us += WORST_DELAYED_ACK_MS * 1000;
	at = tick_after(c->stack->now, pto_us + 1);
	if (tick_before(at, c->rtx_at))
		set_timer(f, FLIGHT_TIMER_PROBE, at);
}

/* 7.3: the probe went out; of its bytes so many were sent before: all or none. */
void
tlp_sent(struct tct_conn *c, struct flight *f, uint32_t again)
{
	f->probe_due = false;
	f->tlp_out = true;
	f->tlp_again = (uint16_t)again;
	f->tlp_end = c->snd_nxt;
	set_timer(f, FLIGHT_TIMER_NONE, TICK_NONE);
	c->rtx_at = tick_add(c->stack->now, c->rto_ticks);
	tcp_count(c->stack, COUNTER_TCP_TAIL_LOSS_PROBE);
}

/* 7.4: was a loss repaired by the probe? Then congestion control has to hear of it. */
void
tlp_acked(struct tct_conn *c, struct flight *f, uint32_t ack, const struct delivery *d)
{
	if (!f->tlp_out || seq_lt(ack, f->tlp_end))
		return;
	if (f->tlp_again == 0) {
		f->tlp_out = false;
	} else if (d->dsack) { /* both arrived */
		f->tlp_out = false;
	} else if (seq_gt(ack, f->tlp_end)) {
		f->tlp_out = false;
		recovery_of_tail(c, f);
	} else if (d->duplicate && d->sacked == 0) { /* both arrived */
		f->tlp_out = false;
	}
}
