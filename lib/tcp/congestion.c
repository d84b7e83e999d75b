/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slow start and congestion avoidance: RFC 5681 3.1, initial window of RFC 6928, the response to
 * ECN of RFC 3168 6.1.2. MUST-19.
 */
#include "internal.h"

void
congestion_init(struct tct_conn *c)
{
	uint32_t mss = c->mss;
	uint32_t floor = 2 * mss > 14600 ? 2 * mss : 14600;

	c->cwnd = 10 * mss < floor ? 10 * mss : floor; /* RFC 6928 2 */
	if (c->flags & CONN_SYN_REXMIT)
		c->cwnd = mss; /* RFC 5681 3.1: a SYN was lost */
	c->ssthresh = UINT32_MAX;
	c->cwr_end = c->snd_una;
}

void
congestion_acked(struct tct_conn *c, uint32_t acked)
{
	uint32_t mss = c->mss;

	if (c->cwnd < c->ssthresh)
		c->cwnd += acked < mss ? acked : mss;
	else
		c->cwnd += c->cwnd > mss * mss ? 1 : (uint32_t)((uint64_t)mss * mss / c->cwnd);
	if (c->cwnd > 1u << 30)
		c->cwnd = 1u << 30;
}

static void
halve(struct tct_conn *c)
{
	uint32_t flight = c->snd_max - c->snd_una;

	c->ssthresh = flight / 2 > 2u * c->mss ? flight / 2 : 2u * c->mss; /* equation 4 */
}

void
congestion_timeout(struct tct_conn *c)
{
	if (c->retransmits == 0) /* only for the first retransmission of a segment */
		halve(c);
	c->cwnd = c->mss; /* the loss window */
}

/* The peer saw Congestion Experienced: halve, once per window of data. */
void
congestion_echo(struct tct_conn *c)
{
	if (!(c->flags & CONN_ECN) || seq_lt(c->snd_una, c->cwr_end))
		return;
	c->cwr_end = c->snd_max;
	halve(c);
	c->cwnd = c->ssthresh;
	c->flags |= CONN_CWR;
}
