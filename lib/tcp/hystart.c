/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HyStart++, RFC 9406: the first slow start ends before it has filled the path's queue.
 *
 * When the shortest round trip of a round is longer than that of the round before by an eighth, a
 * queue is building: the window grows at a quarter of the speed for five rounds, and then slow
 * start is over; unless a round trip as short as before says that it was noise.
 */
#include "internal.h"

#define MIN_RTT_THRESH_US  4000
#define MAX_RTT_THRESH_US  16000
#define MIN_RTT_DIVISOR	   8
#define N_RTT_SAMPLE	   8
#define CSS_GROWTH_DIVISOR 4
#define CSS_ROUNDS	   5

static void
begin_round(struct tct_conn *c, struct flight *f)
{
	f->hystart_round_end = c->snd_nxt;
	f->hystart_last_us = f->hystart_now_us;
	f->hystart_now_us = UINT32_MAX;
	f->hystart_samples = 0;
}

void
hystart_init(struct tct_conn *c, struct flight *f)
{
	f->hystart_now_us = UINT32_MAX;
	begin_round(c, f);
	f->hystart_last_us = UINT32_MAX;
}

static bool
is_longer(const struct flight *f)
{
	uint32_t thresh = f->hystart_last_us / MIN_RTT_DIVISOR;

	if (f->hystart_samples < N_RTT_SAMPLE || f->hystart_last_us == UINT32_MAX)
		return false;
	thresh = thresh > MIN_RTT_THRESH_US ? thresh : MIN_RTT_THRESH_US;
	thresh = thresh < MAX_RTT_THRESH_US ? thresh : MAX_RTT_THRESH_US;
	return f->hystart_now_us >= f->hystart_last_us + thresh;
}

void
hystart_rtt(struct tct_conn *c, struct flight *f, uint32_t rtt_us)
{
	if (c->ssthresh != UINT32_MAX)
		return;
	if (rtt_us < f->hystart_now_us)
		f->hystart_now_us = rtt_us;
	if (f->hystart_samples < UINT8_MAX)
		f->hystart_samples++;
	if (!f->hystart_css && is_longer(f)) {
		f->hystart_css = true;
		f->hystart_css_rounds = 0;
		f->hystart_css_us = f->hystart_now_us;
	} else if (f->hystart_css && f->hystart_samples >= N_RTT_SAMPLE &&
		   f->hystart_now_us < f->hystart_css_us) {
		f->hystart_css = false;
	}
}

/* By how much step, in slow start, may raise cwnd. ack: the new snd_una. */
uint32_t
hystart_step(struct tct_conn *c, struct flight *f, uint32_t ack, uint32_t step)
{
	if (c->ssthresh != UINT32_MAX)
		return step;
	if (seq_ge(ack, f->hystart_round_end)) {
		if (f->hystart_css && ++f->hystart_css_rounds >= CSS_ROUNDS) {
			c->ssthresh = c->cwnd;
			return 0;
		}
		begin_round(c, f);
	}
	return f->hystart_css ? step / CSS_GROWTH_DIVISOR : step;
}
