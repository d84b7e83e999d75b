/* SPDX-License-Identifier: BSD-3-Clause */
/* NewReno: congestion avoidance of RFC 5681 3.1, by bytes acknowledged; half at a loss. */
#include "internal.h"

static void
newreno_init(struct tct_conn *c, struct flight *f)
{
}

/* One segment a round trip: equation 3, for all that one ACK acknowledges. */
static void
newreno_avoid(struct tct_conn *c, struct flight *f, uint32_t acked)
{
	uint64_t step = (uint64_t)c->mss * acked / c->cwnd;

	c->cwnd += step ? (uint32_t)step : 1;
}

/* Equation 4. FlightSize is what is in the network, not what the window would allow. */
static uint32_t
newreno_reduce(struct tct_conn *c, struct flight *f)
{
	uint32_t flight = f->bytes < c->cwnd ? f->bytes : c->cwnd;

	return flight / 2;
}

const struct congestion_control cc_newreno = {
	.name = "newreno",
	.init = newreno_init,
	.avoid = newreno_avoid,
	.reduce = newreno_reduce,
};
