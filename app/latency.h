/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The latencies that are measured, the points of them that are told, and the text that keeps a
 * histogram whole: "INDEX:COUNT INDEX:COUNT ...", the slots of base/histogram.h that are not empty,
 * ascending. Slots 0 to 2047 hold one nanosecond each; every further power of two has 1024.
 */
#ifndef TCT_APP_LATENCY_H
#define TCT_APP_LATENCY_H

#include <stdint.h>

#include "base/histogram.h"

#define LATENCY_LIST(X)                                         \
	X(CONNECT, "connect", "SYN to established")             \
	X(REQUEST, "request", "request to the end of response") \
	X(CLOSE, "close", "FIN to closed")

enum latency {
#define X(id, name, help) LATENCY_##id,
	LATENCY_LIST(X)
#undef X
	LATENCY_MAX
};

extern const char *const latency_names[LATENCY_MAX];
extern const char *const latency_helps[LATENCY_MAX];

#define POINT_LIST(X)              \
	X(P50, "p50", 50)          \
	X(P90, "p90", 90)          \
	X(P99, "p99", 99)          \
	X(P99_9, "p99_9", 99.9)    \
	X(P99_99, "p99_99", 99.99) \
	X(HIGHEST, "max", 100)

enum point {
#define X(id, name, percentile) POINT_##id,
	POINT_LIST(X)
#undef X
	POINT_MAX
};

extern const char *const point_names[POINT_MAX];

#define LATENCY_NOT_MEASURED (-1.0)

/* In microseconds; all LATENCY_NOT_MEASURED without a sample. */
struct latency_points {
	double us[POINT_MAX];
};

/* h in nanoseconds, may be NULL. */
void latency_points(struct latency_points *out, const struct histogram *h);

/* The slots as text, to be freed; NULL without memory. */
char *latency_text(const struct histogram *h);

/* Adds the slots of text to h: counts, and bounds for min, max and sum. 0, or -EINVAL for anything
 * that latency_text() would not write. */
int latency_add_text(struct histogram *h, const char *text);

/* What is new in a histogram from one interval to the next. */
struct latency_window {
	struct histogram now, last, between;
};

/* now was filled anew, and between is to be what it has beyond the last one. */
void latency_window_shift(struct latency_window *w);

#endif
