/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for the highest rate at which all is well: doubled while it is, then halved between
 * the best rate that was good and the least that was not, then tried again three times. A repeat
 * that is not good takes the rate back by a twentieth. Every trial is told; the number of trials is
 * bounded.
 */
#ifndef TCT_APP_FIND_H
#define TCT_APP_FIND_H

#include <stdbool.h>
#include <stdint.h>

#define FIND_REPEATS	3
#define FIND_MAX_TRIALS 48

struct find {
	uint64_t next;	    /* rate to try; 0: it is over */
	uint64_t good, bad; /* the highest good one, the lowest bad one; 0: none yet */
	unsigned trials, repeats;
	double least, most; /* achieved by the repeats at good */
};

void find_begin(struct find *f, uint64_t rate);

/* How the trial of f->next went. */
void find_told(struct find *f, bool good, double achieved);

/* The answer; 0: none was found. */
uint64_t find_answer(const struct find *f);

#endif
