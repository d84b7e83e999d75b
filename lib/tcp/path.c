/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How large a segment the path takes.
 *
 * It is learned from ICMP (icmp.c), and where a path says nothing, from silence: when the same
 * segment has timed out again and again, smaller ones are tried (RFC 4821 7.7). Silence may also
 * mean an outage, and routes change, so after a while one segment of the former size asks whether
 * it gets through now (RFC 4821 7.6). Its loss says nothing about congestion, and is not taken for
 * it.
 *
 * That all lives in the flight; a conn that sends one segment at a time has nothing to gain from
 * larger ones, and where no flight is free it stays with what it has.
 */
#include "internal.h"

/* A segment that was lost this often is too large: one more than RFC 9293's R1. */
#define SILENT_TIMEOUTS 3

/* RFC 4821 7.2: 1024 bytes get through nearly everywhere, and what RFC 9293 3.7.1 has for IPv4
 * without options everywhere. */
static const uint16_t steps[] = {1024, 536};

#define ASK_SOON_US  60000000u	/* after a silence: it may have been an outage */
#define ASK_LATER_US 600000000u /* RFC 1191 6.3, RFC 8201 5.3 */

static void
ask_after(struct tct_conn *c, struct flight *f, uint64_t us)
{
	f->path_asked = false;
	f->path_ask_at = tick_after(c->stack->now, us);
}

/* Smaller segments from now on; larger ones are tried again after that time. */
static void
lower(struct tct_conn *c, uint16_t mss, uint64_t us)
{
	struct flight *f = flight_take(c);

	if (f && !(c->flags & CONN_PATH_LOWERED))
		f->path_mss = c->mss;
	if (f) {
		c->flags |= CONN_PATH_LOWERED;
		ask_after(c, f, us);
	}
	c->mss = mss;
}

void
path_told(struct tct_conn *c, uint16_t mss)
{
	struct flight *f;

	if (mss >= c->mss) {
		if (c->flags & CONN_PATH_LOWERED && mss < flight_of(c)->path_mss)
			flight_of(c)->path_mss = mss;
		return;
	}
	tcp_count(c->stack, COUNTER_TCP_PATH_TOLD);
	lower(c, mss, ASK_LATER_US);
	f = flight_of(c);
	if (f && f->bytes)
		recovery_of_path(c, f);
	else
		conn_rewind(c);
	conn_touch(c);
}

/* The timer runs out; c->retransmits does not count this time yet. */
void
path_silent(struct tct_conn *c)
{
	uint32_t out = c->snd_max - c->snd_una;
	uint32_t len = out < c->mss ? out : c->mss;

	if (c->flags & CONN_PATH_LOWERED)
		path_lost(c, flight_of(c));
	if (c->retransmits + 1 < SILENT_TIMEOUTS)
		return;
	for (unsigned i = 0; i < RTE_DIM(steps); i++)
		if (len > steps[i]) {
			tcp_count(c->stack, COUNTER_TCP_PATH_SILENT);
			lower(c, steps[i], ASK_SOON_US);
			return;
		}
}

/* ---- the question --------------------------------------------------------------------------- */

/* room: what there is to send and may be sent now. More has to follow, to tell of its loss. */
uint32_t
path_segment_max(const struct tct_conn *c, uint32_t room)
{
	const struct flight *f = flight_of(c);

	if (f->path_asked || f->state != RECOVERY_NONE || c->flags & CONN_REWOUND ||
	    room < f->path_mss + 4u * c->mss || !tick_due(f->path_ask_at, c->stack->now))
		return c->mss;
	return f->path_mss;
}

/* A segment that is longer than the others went out; it ends there. */
void
path_asked(struct tct_conn *c, uint32_t end)
{
	struct flight *f = flight_of(c);

	f->path_asked = true;
	f->path_end = end;
}

/* Everything before ack has arrived. */
void
path_acked(struct tct_conn *c, struct flight *f, uint32_t ack)
{
	if (!f->path_asked || seq_lt(ack, f->path_end))
		return;
	tcp_count(c->stack, COUNTER_TCP_PATH_RAISED);
	c->flags &= ~CONN_PATH_LOWERED;
	f->path_asked = false;
	c->mss = f->path_mss;
}

/* Something was lost. True when it was no more than the question. */
bool
path_lost(struct tct_conn *c, struct flight *f)
{
	const struct range *r;

	if (!f->path_asked)
		return false;
	r = flight_first_lost(c, f);
	ask_after(c, f, ASK_LATER_US);
	return r && c->flags & CONN_SACK && r->end == f->path_end &&
	       f->lost_bytes == r->end - r->start;
}
