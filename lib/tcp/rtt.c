/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The retransmission timeout: RFC 6298.
 *
 * One segment is timed at a time, in microseconds, and none that was retransmitted (Karn: MUST-18).
 * The SYN or SYN-ACK is the first. The FIN is none: once it is acknowledged nothing is left to
 * send, and the timer never runs again. The lower bound is configurable; the RFC's is a second
 * (2.4), everybody's is 200 ms.
 */
#include "internal.h"

#define RTO_AFTER_SYN_MS     3000
#define CLOCK_GRANULARITY_US (1u << TICK_SHIFT) /* G of RFC 6298 2 */

/* The lower bound is one of what is added to the round trip: a path of nearly the bound would else
 * time out whenever the peer delays an ACK. */
static void
rto_restore(struct tct_conn *c)
{
	const struct tct_tcp_config *config = &c->stack->config;
	uint64_t more = 4ull * c->rttvar_us;
	uint64_t rto_us;

	if (c->srtt_us == 0)
		return;
	if (more < CLOCK_GRANULARITY_US)
		more = CLOCK_GRANULARITY_US;
	if (more < config->min_rto_ms * 1000ull)
		more = config->min_rto_ms * 1000ull;
	rto_us = c->srtt_us + more;
	if (rto_us > config->max_rto_ms * 1000ull)
		rto_us = config->max_rto_ms * 1000ull;
	c->rto_ticks = tick_after(0, rto_us);
}

void
rtt_sample(struct tct_conn *c, uint32_t rtt_us)
{
	uint32_t diff;

	rtt_us = rtt_us ? rtt_us : 1;
	if (c->srtt_us == 0) { /* 2.2 */
		c->srtt_us = rtt_us;
		c->rttvar_us = rtt_us / 2;
	} else { /* 2.3, alpha 1/8 and beta 1/4 */
		diff = c->srtt_us > rtt_us ? c->srtt_us - rtt_us : rtt_us - c->srtt_us;
		c->rttvar_us += (diff >> 2) - (c->rttvar_us >> 2);
		c->srtt_us += (rtt_us >> 3) - (c->srtt_us >> 3);
		c->srtt_us = c->srtt_us ? c->srtt_us : 1;
	}
	rto_restore(c);
}

/* RFC 4015 3, step 10: of data that was sent after a timeout that was a mistake. */
void
rtt_sample_anew(struct tct_conn *c, uint32_t rtt_us, uint32_t srtt_us, uint32_t rttvar_us)
{
	c->srtt_us = rtt_us > srtt_us ? rtt_us : srtt_us;
	c->rttvar_us = rtt_us / 2 > rttvar_us ? rtt_us / 2 : rttvar_us;
	rto_restore(c);
}

/* RFC 7323 4. Not too short: both ends of the time are somewhere in their ticks. */
void
rtt_sample_echo(struct tct_conn *c, uint32_t ts_ecr, uint32_t max_ticks)
{
	uint32_t age_ticks = c->stack->now - (ts_ecr - c->ts_offset);

	if (age_ticks <= max_ticks)
		rtt_sample(c, (age_ticks + 1) << TICK_SHIFT);
}

/*
 * Our SYN is acknowledged. By the clock if it was sent once, else by the timestamp that came back.
 * One from before the timer's last is of a lost answer or of a slow path, and so is no sample; that
 * a SYN goes out once more with its ACK (simultaneous open) is not the timer's doing.
 */
void
rtt_of_syn(struct tct_conn *c, const struct packet *p)
{
	uint32_t now_us = (uint32_t)c->stack->now_us;
	uint32_t last_ticks = ((now_us - c->rtt_start_us) >> TICK_SHIFT) + 1; /* parts of ticks */

	if (likely(c->flags & CONN_RTT_TIMING))
		rtt_sample(c, now_us - c->rtt_start_us);
	else if (c->flags & CONN_TIMESTAMPS)
		rtt_sample_echo(c, p->opt.ts_ecr, c->retransmits ? last_ticks : c->rto_ticks);
	c->flags &= ~CONN_RTT_TIMING;
}

static uint32_t
bounded(const struct tct_conn *c, uint64_t rto_ticks)
{
	uint32_t max = tick_after(0, c->stack->config.max_rto_ms * 1000ull); /* 2.5 */

	return rto_ticks < max ? (uint32_t)rto_ticks : max;
}

/* 5.5. It stays so until a segment is timed that was sent once: the other half of Karn. */
void
rto_back_off(struct tct_conn *c)
{
	c->rto_ticks = bounded(c, 2ull * c->rto_ticks);
}

/* 5.7: a SYN was sent again, so the first estimate was too low for this path. If a timestamp has
 * told the round trip it can be higher still. */
void
rto_after_syn(struct tct_conn *c)
{
	const struct tct_tcp_config *config = &c->stack->config;
	uint32_t least;

	if (!(c->flags & CONN_SYN_REXMIT))
		return;
	least = tick_after(0, 1000ull * (config->initial_rto_ms > RTO_AFTER_SYN_MS
						 ? config->initial_rto_ms
						 : RTO_AFTER_SYN_MS));
	if (c->srtt_us == 0 || c->rto_ticks < least)
		c->rto_ticks = least;
}

/* RFC 9293 3.8.6.1: the first after the RTO, then doubled for each (SHLD-29, SHLD-30). */
uint32_t
probe_interval(const struct tct_conn *c)
{
	return bounded(c, (uint64_t)c->rto_ticks << (c->retransmits < 16 ? c->retransmits : 16));
}
