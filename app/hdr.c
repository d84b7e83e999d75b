/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows stand where HdrHistogram's own have them, five for each halving of what is left to 100 %: 0,
 * 10, ... 50, 55, ... 75, 77.5 and so on, until a row has every sample.
 */
#include "hdr.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define ROWS_PER_HALF 5
#define LAST_HALF     60 /* beyond it no double is nearer to 100 % */

/* Samples not above the highest value of a slot. */
struct walk {
	const struct histogram *h;
	unsigned slot;
	uint64_t below; /* and in it */
};

static void
walk_to(struct walk *w, uint64_t samples)
{
	while (w->below < samples && w->slot + 1 < HISTOGRAM_SLOTS)
		w->below += w->h->slots[++w->slot];
}

static double
slot_us(const struct walk *w)
{
	uint64_t highest = histogram_slot_highest(w->slot);

	return (double)(highest < w->h->max ? highest : w->h->max) / 1000;
}

static double
deviation_us(const struct histogram *h)
{
	double mean = (double)h->sum / (double)h->count, squares = 0;

	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++) {
		double middle =
			((double)histogram_slot_lowest(i) + (double)histogram_slot_highest(i)) / 2;

		squares += (double)h->slots[i] * (middle - mean) * (middle - mean);
	}
	return sqrt(squares / (double)h->count) / 1000;
}

static void
print_footer(FILE *out, const struct histogram *h)
{
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		(double)h->sum / (double)h->count / 1000, deviation_us(h));
	fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)h->max / 1000,
		h->count);
	fprintf(out, "#[Buckets = %12u, SubBuckets     = %12u]\n",
		HISTOGRAM_MAX_BITS - HISTOGRAM_SUB_BITS + 1, 1u << HISTOGRAM_SUB_BITS);
}

void
hdr_print(FILE *out, const struct histogram *h)
{
	struct walk w = {.h = h, .below = h->slots[0]};
	bool all = false;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (unsigned half = 0; !all && half < LAST_HALF; half++) {
		for (unsigned i = 0; !all && i < ROWS_PER_HALF; i++) {
			double left = ldexp(1 - (double)i / (2 * ROWS_PER_HALF), -(int)half);
			double samples = ceil((1 - left) * (double)h->count);

			walk_to(&w, samples < 1 ? 1 : (uint64_t)samples);
			all = w.below == h->count;
			fprintf(out, "%12.3f %14.12f %10" PRIu64 " %14.2f\n", slot_us(&w), 1 - left,
				w.below, 1 / left);
		}
	}
	fprintf(out, "%12.3f %14.12f %10" PRIu64 "\n", (double)h->max / 1000, 1.0, h->count);
	print_footer(out, h);
}

const char *
hdr_name(const char *path, enum latency kind, char name[HDR_NAME])
{
	const char *folder = strrchr(path, '/');
	const char *dot = strrchr(folder ? folder + 1 : path, '.');
	int stem = dot ? (int)(dot - path) : (int)strlen(path);

	snprintf(name, HDR_NAME, "%.*s.%s%s", stem, path, latency_names[kind], dot ? dot : "");
	return name;
}

static int
write_one(const struct histogram *h, const char *name)
{
	FILE *out = fopen(name, "w");
	int err = 0;

	if (out == NULL)
		err = -errno;
	else
		hdr_print(out, h);
	if (out != NULL && (ferror(out) | fclose(out)) != 0)
		err = -EIO;
	if (err)
		fprintf(stderr, "tercet: cannot write latencies to %s: %s\n", name, strerror(-err));
	return err;
}

int
hdr_write(const struct result_end *end, const char *path)
{
	char name[HDR_NAME];
	int err = 0;

	for (unsigned k = 0; err == 0 && k < LATENCY_MAX; k++)
		if (result_latency(end, k))
			err = write_one(result_latency(end, k), hdr_name(path, k, name));
	return err;
}
