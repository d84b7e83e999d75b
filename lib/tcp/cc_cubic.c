/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CUBIC: RFC 9438. The window grows with the time since the last reduction along
 *
 *	W_cubic(t) = C (t - K)^3 + W_max,	C 0.4, beta 0.7
 *
 * and never slower than NewReno would (4.3). Windows are bytes here and times milliseconds, so that
 * integers do: C is 0.4 segments per cubic second.
 */
#include "internal.h"

#define BETA_10	      7		 /* of 10: 4.6 */
#define MS3_PER_MILLI 2500000ull /* cubic ms for a thousandth of a segment: 1e9/1000/C */
#define T_MAX_MS      (1u << 20) /* beyond 17 min the curve is steep enough */
#define CUBE_MAX      ((uint64_t)T_MAX_MS * T_MAX_MS * T_MAX_MS)
#define ALPHA_1000    529 /* of 1000: 3 (1 - beta) / (1 + beta), 4.3 */

struct cubic {
	uint32_t w_max; /* bytes */
	uint32_t k_ms;
	uint32_t epoch_tick;  /* when this congestion avoidance began; TICK_NONE: not yet */
	uint32_t w_est;	      /* bytes: the window of NewReno */
	uint16_t w_est_milli; /* thousandths of a byte beside it */
	bool after_timeout;
	uint32_t cwnd_prior; /* cwnd when it was reduced last */
	/* for undo */
	uint32_t undo_w_max;
	uint32_t undo_epoch_tick;
	uint32_t undo_k_ms;
	uint32_t undo_w_est;
	uint32_t undo_cwnd_prior;
};

static_assert(sizeof(struct cubic) <= CONGESTION_WORDS * sizeof(uint32_t), "CUBIC fits");

static struct cubic *
cubic_of(struct flight *f)
{
	return (struct cubic *)f->congestion;
}

static void
cubic_init(struct tct_conn *c, struct flight *f)
{
}

static uint32_t
cube_root(uint64_t n)
{
	uint32_t root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		uint64_t r = root | 1u << bit;

		if (r * r * r <= n)
			root = (uint32_t)r;
	}
	return root;
}

/* 4.2: K, from what is missing to W_max. */
static void
begin_epoch(struct tct_conn *c, struct cubic *q)
{
	uint32_t missing = q->w_max > c->cwnd ? q->w_max - c->cwnd : 0;
	uint64_t cube = (uint64_t)missing * 1000 / c->mss * MS3_PER_MILLI;

	q->epoch_tick = tick_add(c->stack->now, 0);
	q->w_est = c->cwnd;
	q->w_est_milli = 0;
	if (q->after_timeout || missing == 0) { /* 4.8; and a window that is already beyond */
		q->w_max = c->cwnd;
		q->k_ms = 0;
	} else {
		q->k_ms = cube_root(cube < CUBE_MAX ? cube : CUBE_MAX);
	}
	q->after_timeout = false;
}

/* W_cubic(t) in bytes, not below 0. */
static uint64_t
w_cubic(const struct tct_conn *c, const struct cubic *q, uint32_t t_ms)
{
	uint64_t d = t_ms > q->k_ms ? t_ms - q->k_ms : q->k_ms - t_ms;
	uint64_t bytes;

	d = d < T_MAX_MS ? d : T_MAX_MS;
	bytes = d * d * d / MS3_PER_MILLI * c->mss / 1000;
	if (t_ms > q->k_ms)
		return q->w_max + bytes;
	return bytes < q->w_max ? q->w_max - bytes : 0;
}

/* 4.3: what NewReno, falling to beta, would have by now. */
static void
grow_w_est(const struct tct_conn *c, struct cubic *q, uint32_t acked)
{
	uint32_t alpha = q->w_est < q->cwnd_prior ? ALPHA_1000 : 1000;
	uint64_t milli = (uint64_t)acked * c->mss * alpha / c->cwnd + q->w_est_milli;

	q->w_est += (uint32_t)(milli / 1000);
	q->w_est_milli = (uint16_t)(milli % 1000);
}

static void
cubic_avoid(struct tct_conn *c, struct flight *f, uint32_t acked)
{
	struct cubic *q = cubic_of(f);
	uint64_t t_ms, now, later;

	if (q->epoch_tick == TICK_NONE)
		begin_epoch(c, q);
	grow_w_est(c, q, acked);
	t_ms = ((uint64_t)(c->stack->now - q->epoch_tick) << TICK_SHIFT) / 1000;
	t_ms = t_ms < T_MAX_MS ? t_ms : T_MAX_MS;
	now = w_cubic(c, q, (uint32_t)t_ms);
	if (now < q->w_est) { /* 4.3 */
		if (q->w_est > c->cwnd)
			c->cwnd = q->w_est;
		return;
	}
	later = w_cubic(c, q, (uint32_t)t_ms + c->srtt_us / 1000); /* 4.4, 4.5 */
	if (later > c->cwnd + c->cwnd / 2)
		later = c->cwnd + c->cwnd / 2; /* 4.2: target */
	if (later > c->cwnd)
		c->cwnd += (uint32_t)((later - c->cwnd) * acked / c->cwnd);
}

/* 4.6, 4.7. */
static uint32_t
cubic_reduce(struct tct_conn *c, struct flight *f)
{
	struct cubic *q = cubic_of(f);

	q->undo_w_max = q->w_max;
	q->undo_epoch_tick = q->epoch_tick;
	q->undo_k_ms = q->k_ms;
	q->undo_w_est = q->w_est;
	q->undo_cwnd_prior = q->cwnd_prior;
	if (c->cwnd < q->w_max) /* fast convergence: leave room for a newcomer */
		q->w_max = (uint32_t)((uint64_t)c->cwnd * (10 + BETA_10) / 20);
	else
		q->w_max = c->cwnd;
	q->cwnd_prior = c->cwnd;
	q->epoch_tick = TICK_NONE;
	return (uint32_t)((uint64_t)c->cwnd * BETA_10 / 10);
}

static void
cubic_timeout(struct tct_conn *c, struct flight *f)
{
	cubic_of(f)->after_timeout = true;
}

/* 4.9. */
static void
cubic_undo(struct tct_conn *c, struct flight *f)
{
	struct cubic *q = cubic_of(f);

	q->w_max = q->undo_w_max;
	q->epoch_tick = q->undo_epoch_tick;
	q->k_ms = q->undo_k_ms;
	q->w_est = q->undo_w_est;
	q->w_est_milli = 0;
	q->cwnd_prior = q->undo_cwnd_prior;
	q->after_timeout = false;
}

/* 5.8: time in which nothing was sent does not count. An epoch that began with the last ACK, after
 * the last segment, begins now at the latest. */
static void
cubic_idle(struct tct_conn *c, struct flight *f, uint32_t idle_ticks)
{
	struct cubic *q = cubic_of(f);
	uint32_t now = c->stack->now, age;

	if (q->epoch_tick == TICK_NONE)
		return;
	age = now - q->epoch_tick;
	q->epoch_tick = tick_add(now - (age > idle_ticks ? age - idle_ticks : 0), 0);
}

const struct congestion_control cc_cubic = {
	.name = "cubic",
	.init = cubic_init,
	.avoid = cubic_avoid,
	.reduce = cubic_reduce,
	.timeout = cubic_timeout,
	.undo = cubic_undo,
	.idle = cubic_idle,
};
