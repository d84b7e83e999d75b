/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When the connections of an open loop are due: a clock that ticks at a rate, and stands in no
 * relation to what becomes of them.
 *
 * Uniform: connection n of all workers is due at n / rate seconds, and they take turns, so that the
 * workers together are as even as one would be; what division leaves over is carried, so that no
 * rate is off, ever. Poisson: the gaps of each worker are drawn from the exponential distribution
 * of its share of the rate; the sum of Poisson processes is one. The count of a Poisson process has
 * a spread of its own, the root of the number of connections.
 */
#ifndef TCT_APP_SCHEDULE_H
#define TCT_APP_SCHEDULE_H

#include <stdint.h>

#include "config.h"

struct schedule {
	uint64_t due_ns;  /* of the next one; on the clock of now_ns */
	uint64_t rate;	  /* connections/s of all workers */
	uint64_t step_ns; /* from one to the next of this worker, rounded down */
	uint64_t rest;	  /* what the step lacks, in 1/rate ns */
	uint64_t owed;	  /* the sum of that, below rate */
	uint64_t mean;	  /* Poisson: of the gaps, in 2^-16 ns */
	uint64_t random;  /* state of the generator */
	enum load_arrival arrival;
};

/* [control] Once before the first schedule_begin(). */
void schedule_prepare(void);

/* The first is due now, or after the turns of the workers before this one. rate is not 0. */
void schedule_begin(struct schedule *s, enum load_arrival arrival, uint64_t rate, unsigned worker,
		    unsigned workers, uint64_t now_ns);

/* On to the next one. */
void schedule_next(struct schedule *s);

#endif
