/* SPDX-License-Identifier: BSD-3-Clause */
/* The result for people: a line per interval, and a summary that opens with what was counted. */
#ifndef TCT_APP_REPORT_H
#define TCT_APP_REPORT_H

#include <stdio.h>

#include "result.h"

/* One line; the heading is printed ahead of the first one by report_heading(). */
void report_heading(FILE *out, const struct result_definition *d);
void report_interval(FILE *out, const struct result_definition *d, const struct interval *i);

/* What was counted, in a line or more; the summary begins with it. */
void report_definition(FILE *out, const struct result *r);

void report_summary(FILE *out, const struct result *r);

#endif
