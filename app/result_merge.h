/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The results of several loads that went on together, as one. Counts and histograms are added, and
 * percentiles are those of the sum. Intervals, and with them rates, are of the time that all
 * measured: each interval is added to the one of the other results that is nearest in time.
 */
#ifndef TCT_APP_RESULT_MERGE_H
#define TCT_APP_RESULT_MERGE_H

#include "result_read.h"

/*
 * Adds from to into, both of result_read(). 0 or -EINVAL when they cannot be added: error says why,
 * and nothing was changed. host, config and version remain into's.
 */
int result_merge(struct result *into, const struct result *from, char error[RESULT_ERROR_CHARS]);

/*
 * Tells of every difference between two JSON values: its place ("payload.request_bytes") and both
 * sides as text. Returns how many.
 */
typedef void (*difference_teller)(void *arg, const char *place, const char *a, const char *b);
unsigned result_differences(const json_t *a, const json_t *b, const char *place,
			    difference_teller tell, void *arg);

#endif
