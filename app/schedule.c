/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule.h"

#define NS_PER_S   1000000000ull
#define GAP_BITS   20 /* of the fraction of a drawn gap */
#define MEAN_BITS  16
#define TABLE_BITS 8
#define LN_2	   2977044472ull /* ln 2 * 2^32 */

__extension__ typedef unsigned __int128 wide; /* ISO C has none */

/* log2(1 + i / 256) * 2^GAP_BITS. */
static uint32_t logs[(1 << TABLE_BITS) + 1];

/* log2(x / 2^31) * 2^GAP_BITS for x from 2^31 on, below 2^32: squaring moves the next digit of the
 * logarithm in front of the point. */
static uint32_t
log2_of(uint64_t x)
{
	uint32_t log = 0;

	for (unsigned i = 0; i < GAP_BITS; i++) {
		x = x * x >> 31;
		log <<= 1;
		if (x >> 32) {
			log |= 1;
			x >>= 1;
		}
	}
	return log;
}

void
schedule_prepare(void)
{
	for (uint64_t i = 0; i < 1 << TABLE_BITS; i++)
		logs[i] = log2_of((1ull << 31) + (i << (31 - TABLE_BITS)));
	logs[1 << TABLE_BITS] = 1 << GAP_BITS;
}

/* Steele, Lea and Flood's SplitMix64. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/*
 * -ln(u) * 2^GAP_BITS of a random u from 0 to 1, whose mean is 1: the inverse of the exponential
 * distribution. Integers only: the logarithm to base 2 is the number of leading zeros, and of the
 * rest a table, straight between its entries (an error below 3e-6).
 */
static uint64_t
gap(uint64_t *state)
{
	uint64_t u = draw(state) | 1, log2, at, within;
	unsigned zeros = (unsigned)__builtin_clzll(u);

	u = u << zeros << 1; /* behind the point of a number from 1 to 2 */
	at = u >> (64 - TABLE_BITS);
	within = u << TABLE_BITS >> 32;
	log2 = logs[at] + ((logs[at + 1] - logs[at]) * within >> 32);
	log2 = ((uint64_t)(zeros + 1) << GAP_BITS) - log2;
	return log2 * LN_2 >> 32;
}

void
schedule_begin(struct schedule *s, enum load_arrival arrival, uint64_t rate, unsigned worker,
	       unsigned workers, uint64_t now_ns)
{
	*s = (struct schedule){
		.rate = rate,
		.step_ns = workers * NS_PER_S / rate,
		.rest = workers * NS_PER_S % rate,
		.mean = (workers * NS_PER_S << MEAN_BITS) / rate,
		.random = now_ns ^ (uint64_t)(worker + 1) << 48,
		.arrival = arrival,
		.due_ns = now_ns + worker * NS_PER_S / rate,
	};
	if (arrival == ARRIVAL_POISSON) {
		s->due_ns = now_ns;
		schedule_next(s);
	}
}

static void
next_random(struct schedule *s)
{
	uint64_t ns = (uint64_t)((wide)s->mean * gap(&s->random) >> GAP_BITS);

	s->owed += ns & ((1 << MEAN_BITS) - 1);
	s->due_ns += (ns >> MEAN_BITS) + (s->owed >> MEAN_BITS);
	s->owed &= (1 << MEAN_BITS) - 1;
}

void
schedule_next(struct schedule *s)
{
	if (s->arrival == ARRIVAL_POISSON) {
		next_random(s);
		return;
	}
	s->due_ns += s->step_ns;
	s->owed += s->rest;
	if (s->owed >= s->rate) {
		s->owed -= s->rate;
		s->due_ns++;
	}
}
