/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Latencies as HdrHistogram's tools print them (.hgrm), which its plotter draws: value in
 * microseconds, percentile as a share, how many samples are not above it, 1/(1-percentile).
 */
#ifndef TCT_APP_HDR_H
#define TCT_APP_HDR_H

#include <stdio.h>

#include "result.h"

/* One histogram. */
void hdr_print(FILE *out, const struct histogram *h);

/*
 * A file for each latency that was measured: out.hgrm becomes out.connect.hgrm, out.request.hgrm
 * and out.close.hgrm. 0 or a negative errno, said on stderr.
 */
int hdr_write(const struct result_end *end, const char *path);

/* The file of one of them; returns name. */
#define HDR_NAME 4096
const char *hdr_name(const char *path, enum latency kind, char name[HDR_NAME]);

#endif
