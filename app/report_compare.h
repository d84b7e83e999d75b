/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two results, or several of each kind, side by side, and whether what is between them exceeds
 * their spread.
 *
 * The rule. Of each quantity either side has a sample. With several runs on both sides it is one
 * value for each run; else one for each interval after the warm-up, of all runs. The difference of
 * the two means is given with Welch's confidence interval of 99 %; if that leaves out zero, the
 * difference exceeds the spread. Intervals resemble their neighbours, so n of them count as
 * n (1 - r) / (1 + r), with r their autocorrelation from one to the next where that is positive.
 * What differs from one run to the next is not in the intervals of one: only several runs show it,
 * and the report says so. About one in a hundred quantities that did not change exceeds it.
 */
#ifndef TCT_APP_REPORT_COMPARE_H
#define TCT_APP_REPORT_COMPARE_H

#include <stdio.h>

#include "result.h"

/* One side's runs; all of the same definition. */
struct compare_side {
	const struct result *runs;
	unsigned count;
	const char *name; /* of the side, for the heading: file names */
};

enum compare_verdict {
	COMPARE_NOT_WORSE,
	COMPARE_WORSE,	      /* at least one quantity is worse in b, beyond the spread */
	COMPARE_NOT_THE_SAME, /* definitions differ */
};

enum compare_verdict report_compare(FILE *out, const struct compare_side *a,
				    const struct compare_side *b);

/* A sample's sum and what its spread is judged by. */
struct sample {
	unsigned n;
	double mean, variance;
	double effective; /* n, less what neighbours have in common */
};

void sample_make(struct sample *s, const double *values, unsigned n, bool series);

/* Of mean b - a: half the width of its confidence interval; RESULT_NOT_MEASURED: cannot be told, a
 * side has fewer than two values. */
double sample_margin(const struct sample *a, const struct sample *b);

#endif
