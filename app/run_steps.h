/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stretches of a run at one rate each: their counts, their latencies and what held them back. The
 * rate changes within microseconds of the snapshot that a step begins with, so that the counts of a
 * step are those of its rate.
 */
#ifndef TCT_APP_RUN_STEPS_H
#define TCT_APP_RUN_STEPS_H

#include "run.h"

struct run_step;

/* NULL: no memory. */
struct run_step *run_step_create(void);
void run_step_destroy(struct run_step *s);

/* Sets the rate, connections/s of all workers, 0: as fast as it goes. */
void run_step_begin(struct run_step *s, const struct run *r, uint64_t rate);

/* What came since; origin_s is what start_s counts from. */
void run_step_end(struct run_step *s, const struct run *r, double origin_s,
		  struct result_step *out);

#endif
