/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The congestion window where all algorithms agree: initial window (RFC 6928), slow start (RFC 5681
 * 3.1), restart after idle (4.1), the response to ECN (RFC 3168 6.1.2), and the window of a
 * connection that never has two segments in flight. MUST-19.
 *
 * cwnd grows only while it is what keeps the sender back (RFC 9438 5.8): what was never used says
 * nothing about the path.
 */
#include "internal.h"

#define CWND_MAX (1u << 30)

/*
 * Segments for which one ACK may open the window in slow start. RFC 5681 has 1 and RFC 3465 2,
 * against ACKs that say more than arrived; RFC 9406 4.3 has 8 for senders that do not pace. A
 * receiver that acknowledges once a burst, as this one, would never be filled otherwise.
 *
 * Deviation: a quarter of the window is allowed, too. Receivers that put segments together (LRO,
 * GRO) acknowledge hundreds of them at once, a few times in a round trip: with 8 for each of these
 * slow start would be as slow as what follows it. An ACK still lets out no more than twice what it
 * acknowledges.
 */
#define SLOW_START_STRETCH    8
#define SLOW_START_SHARE      4 /* of the window: a fourth */
#define AFTER_TIMEOUT_STRETCH 1 /* RFC 3465 2.3: there an ACK speaks of what came long ago */

const struct congestion_control *
congestion_control(unsigned which)
{
	static const struct congestion_control *const all[] = {
		[TCT_CUBIC] = &cc_cubic,
		[TCT_NEWRENO] = &cc_newreno,
	};

	return all[which];
}

uint32_t
congestion_initial(const struct tct_conn *c)
{
	uint32_t mss = c->mss;
	uint32_t floor = 2 * mss > 14600 ? 2 * mss : 14600;

	return 10 * mss < floor ? 10 * mss : floor; /* RFC 6928 2 */
}

void
congestion_init(struct tct_conn *c)
{
	c->cwnd = congestion_initial(c);
	if (c->flags & CONN_SYN_REXMIT)
		c->cwnd = c->mss; /* RFC 5681 3.1: a SYN was lost */
	c->ssthresh = UINT32_MAX;
}

/* The segment that was in flight, alone, is acknowledged: only a window that was reduced to one
 * segment needs to grow for such a connection. */
void
congestion_acked_single(struct tct_conn *c, uint32_t acked)
{
	uint32_t mss = c->mss;

	if (c->cwnd < 2 * mss)
		c->cwnd += acked < mss ? acked : mss;
}

/* flight: bytes that were in the network before this ACK. */
static bool
was_used(const struct tct_conn *c, const struct flight *f, uint32_t flight)
{
	if (c->cwnd < c->ssthresh)
		return f->limited || c->cwnd < 2 * flight;
	return f->limited;
}

/* Bytes by which one ACK may raise cwnd in slow start. */
static uint32_t
slow_start_most(const struct tct_conn *c, const struct flight *f)
{
	uint32_t few = SLOW_START_STRETCH * c->mss, share = c->cwnd / SLOW_START_SHARE;

	if (f->state == RECOVERY_LOSS && !(c->flags & CONN_SACK))
		return AFTER_TIMEOUT_STRETCH * c->mss;
	return few > share ? few : share;
}

void
congestion_acked(struct tct_conn *c, struct flight *f, uint32_t acked, uint32_t flight,
		 uint32_t ack)
{
	uint32_t most = slow_start_most(c, f);

	if (!was_used(c, f, flight))
		return;
	if (c->cwnd < c->ssthresh) {
		uint32_t step = acked < most ? acked : most;
		uint32_t left = c->ssthresh - c->cwnd;

		step = step < left ? step : left;
		c->cwnd += hystart_step(c, f, ack, step);
		acked -= step;
		if (c->cwnd < c->ssthresh)
			acked = 0; /* more than the stretch */
	}
	if (acked)
		f->control->avoid(c, f, acked);
	if (c->cwnd > CWND_MAX)
		c->cwnd = CWND_MAX;
}

/* A congestion event: ssthresh falls, at least two segments stay (RFC 5681, equation 4). */
void
congestion_reduce(struct tct_conn *c, struct flight *f)
{
	uint32_t ssthresh = f->control->reduce(c, f);

	c->ssthresh = ssthresh > 2u * c->mss ? ssthresh : 2u * c->mss;
}

/* The timer ran out for the one segment in flight. */
void
congestion_timeout_single(struct tct_conn *c)
{
	if (c->retransmits == 0) /* only for the first retransmission of a segment */
		c->ssthresh = 2u * c->mss;
	c->cwnd = c->mss; /* the loss window */
	if (c->flags & CONN_ECN)
		c->flags |= CONN_CWR;
}

/* RFC 5681 4.1: after an idle time longer than the RTO what is known of the path is old. */
void
congestion_restart(struct tct_conn *c, struct flight *f)
{
	uint32_t idle = c->stack->now - f->sent_tick;
	uint32_t window = congestion_initial(c);

	f->sent_tick = c->stack->now;
	if (f->bytes || idle == 0)
		return;
	if (f->control->idle)
		f->control->idle(c, f, idle);
	if (idle > c->rto_ticks && c->cwnd > window) {
		uint32_t most = c->cwnd - c->cwnd / 4; /* RFC 7661 4.4.2 */

		c->ssthresh = c->ssthresh > most ? c->ssthresh : most;
		c->cwnd = window;
	}
}

/* The peer saw Congestion Experienced: reduce, once per window of data, and say so. */
void
congestion_echo(struct tct_conn *c)
{
	struct flight *f;

	if (!(c->flags & CONN_ECN) || c->flags & CONN_CWR)
		return;
	c->flags |= CONN_CWR;
	f = flight_take(c);
	if (!f) { /* one segment at a time: less is not possible */
		c->cwnd = c->mss;
		return;
	}
	if (f->state != RECOVERY_NONE || (f->cwr_open && seq_lt(c->snd_una, f->cwr_end))) {
		c->flags &= ~CONN_CWR;
		return;
	}
	f->cwr_open = true;
	f->cwr_end = c->snd_nxt;
	f->undo = false; /* a reduction of its own: the one before is final */
	congestion_reduce(c, f);
	c->cwnd = c->ssthresh;
}
