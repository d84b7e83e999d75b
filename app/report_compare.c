/* SPDX-License-Identifier: BSD-3-Clause */
#include "report_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "result_merge.h"
#include "units.h"

/* ---- statistics ----------------------------------------------------------------------------- */

/* Student's t, 99 % two-sided; below 1 degree of freedom as 1, between two rows the upper one. */
static double
student(double freedom)
{
	static const struct {
		double freedom, t;
	} rows[] = {{1, 63.657}, {2, 9.925},  {3, 5.841},  {4, 4.604},	{5, 4.032},  {6, 3.707},
		    {7, 3.499},	 {8, 3.355},  {9, 3.250},  {10, 3.169}, {12, 3.055}, {15, 2.947},
		    {20, 2.845}, {30, 2.750}, {60, 2.660}, {120, 2.617}};
	double t = rows[0].t;

	for (unsigned i = 0; i < RTE_DIM(rows); i++)
		if (freedom >= rows[i].freedom)
			t = rows[i].t;
	return t;
}

/* From one value to the next; 0 if it is negative or cannot be told. */
static double
autocorrelation(const double *values, unsigned n, double mean)
{
	double with_next = 0, squares = 0;

	for (unsigned i = 0; i < n; i++) {
		squares += (values[i] - mean) * (values[i] - mean);
		if (i + 1 < n)
			with_next += (values[i] - mean) * (values[i + 1] - mean);
	}
	return squares > 0 && with_next > 0 ? with_next / squares : 0;
}

void
sample_make(struct sample *s, const double *values, unsigned n, bool series)
{
	double r;

	*s = (struct sample){.n = n};
	for (unsigned i = 0; i < n; i++)
		s->mean += values[i] / n;
	for (unsigned i = 0; n > 1 && i < n; i++)
		s->variance += (values[i] - s->mean) * (values[i] - s->mean) / (n - 1);
	r = series ? autocorrelation(values, n, s->mean) : 0;
	s->effective = RTE_MAX(n * (1 - r) / (1 + r), RTE_MIN(n, 2u));
}

double
sample_margin(const struct sample *a, const struct sample *b)
{
	double va, vb, freedom;

	if (a->n < 2 || b->n < 2)
		return RESULT_NOT_MEASURED;
	va = a->variance / a->effective;
	vb = b->variance / b->effective;
	if (va + vb <= 0)
		return 0;
	freedom = (va + vb) * (va + vb) /
		  (va * va / (a->effective - 1) + vb * vb / (b->effective - 1));
	return student(freedom) * sqrt(va + vb);
}

/* ---- quantities ----------------------------------------------------------------------------- */

/* What is compared: a rate, a point of a latency, or cycles of a side. */
struct quantity {
	char name[40];
	bool more_is_better;
	enum {
		OF_RATE,
		OF_LATENCY,
		OF_CYCLES
	} of;
	enum rate_of rate;
	enum latency latency;
	enum point point;
	bool client;
};

static double
cycles_total(const struct result *r, bool client)
{
	const struct result_cycles *c = client ? &r->end.client : &r->end.server;

	return c->measured ? c->phase[CYCLE_PHASE_TOTAL] : RESULT_NOT_MEASURED;
}

/* Of a whole run. */
static double
run_value(const struct result *r, const struct quantity *q)
{
	struct latency_points points;
	struct result_rate rate;

	switch (q->of) {
	case OF_RATE:
		result_rate(r, q->rate, &rate);
		return rate.mean;
	case OF_LATENCY:
		latency_points(&points, result_latency(&r->end, q->latency));
		return points.us[q->point];
	default:
		return cycles_total(r, q->client);
	}
}

static double
interval_value(const struct result *r, unsigned i, const struct quantity *q)
{
	if (!result_interval_counts(r, i))
		return RESULT_NOT_MEASURED;
	switch (q->of) {
	case OF_RATE:
		return result_interval_rate(&r->intervals[i], q->rate);
	case OF_LATENCY:
		return r->intervals[i].latency[q->latency].us[q->point];
	default:
		return RESULT_NOT_MEASURED;
	}
}

/* Of a run its value, or those of its intervals; returns how many there were. */
static unsigned
run_values(const struct result *r, const struct quantity *q, bool whole, double *values)
{
	unsigned n = 0;

	if (whole) {
		*values = run_value(r, q);
		return *values != RESULT_NOT_MEASURED;
	}
	for (unsigned i = 0; i < r->interval_count; i++) {
		values[n] = interval_value(r, i, q);
		n += values[n] != RESULT_NOT_MEASURED;
	}
	return n;
}

/* whole: a value for each run, else for each interval of all runs. */
static void
side_sample(const struct compare_side *side, const struct quantity *q, bool whole, struct sample *s)
{
	unsigned room = side->count, n = 0;
	double *values;

	for (unsigned i = 0; i < side->count; i++)
		room += side->runs[i].interval_count;
	values = calloc(room, sizeof(*values));
	for (unsigned i = 0; values && i < side->count; i++)
		n += run_values(&side->runs[i], q, whole, values + n);
	sample_make(s, values, n, !whole);
	free(values);
}

/* Both sides give the same kind of value, else percentiles could not be compared. */
static bool
by_runs(const struct compare_side *a, const struct compare_side *b)
{
	return a->count > 1 && b->count > 1;
}

/* ---- printing ------------------------------------------------------------------------------- */

static void
print_sample(FILE *out, const struct sample *s)
{
	char mean[UNITS_TEXT], spread[UNITS_TEXT] = "";

	if (s->n > 1 && s->mean > 0)
		snprintf(spread, sizeof(spread), "%.1f%%", 100 * sqrt(s->variance) / s->mean);
	if (s->mean >= 100 || s->mean == 0)
		units_short(s->mean, mean);
	else
		snprintf(mean, sizeof(mean), "%.3g", s->mean);
	fprintf(out, " %9s %7s", mean, spread);
}

/* Returns whether b is worse, beyond the spread. */
static bool
print_verdict(FILE *out, const struct quantity *q, const struct sample *a, const struct sample *b)
{
	double difference = b->mean - a->mean, margin = sample_margin(a, b);
	bool better = (difference > 0) == q->more_is_better;

	if (a->mean <= 0) {
		fputs("        -\n", out);
		return false;
	}
	fprintf(out, " %+8.1f%%", 100 * difference / a->mean);
	if (margin == RESULT_NOT_MEASURED) {
		fprintf(out, "  %25s  cannot tell: one value on a side\n", "");
		return false;
	}
	fprintf(out, "  (%+8.1f%% to %+8.1f%%)", 100 * (difference - margin) / a->mean,
		100 * (difference + margin) / a->mean);
	if (fabs(difference) <= margin) {
		fputs("  within the spread\n", out);
		return false;
	}
	fprintf(out, "  %s, beyond the spread\n", better ? "better" : "worse");
	return !better;
}

static bool
print_quantity(FILE *out, const struct quantity *q, const struct compare_side *a,
	       const struct compare_side *b)
{
	bool whole = by_runs(a, b) || q->of == OF_CYCLES;
	struct sample sa, sb;

	side_sample(a, q, whole, &sa);
	side_sample(b, q, whole, &sb);
	if (sa.n == 0 || sb.n == 0)
		return false;
	fprintf(out, "%-24s", q->name);
	print_sample(out, &sa);
	print_sample(out, &sb);
	return print_verdict(out, q, &sa, &sb);
}

static bool
print_rates(FILE *out, const struct compare_side *a, const struct compare_side *b)
{
	static const struct {
		const char *name;
		enum rate_of rate;
	} rows[] = {{"connections closed/s", RATE_CLOSED},
		    {"requests/s", RATE_RESPONSES},
		    {"bits/s to the server", RATE_TO_SERVER},
		    {"bits/s to the client", RATE_TO_CLIENT}};
	const struct result_definition *d = &a->runs[0].definition;
	const bool wanted[] = {!d->endless, d->requests, d->stream, d->stream};
	bool worse = false;

	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		struct quantity q = {.more_is_better = true, .of = OF_RATE, .rate = rows[i].rate};

		snprintf(q.name, sizeof(q.name), "%s", rows[i].name);
		if (wanted[i] && (run_value(&a->runs[0], &q) > 0 || run_value(&b->runs[0], &q) > 0))
			worse |= print_quantity(out, &q, a, b);
	}
	return worse;
}

static bool
print_latencies(FILE *out, const struct compare_side *a, const struct compare_side *b)
{
	static const enum point points[] = {POINT_P50, POINT_P99, POINT_P99_9};
	bool worse = false;

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		for (unsigned p = 0; p < RTE_DIM(points); p++) {
			struct quantity q = {.of = OF_LATENCY, .latency = k, .point = points[p]};

			snprintf(q.name, sizeof(q.name), "%s %s, us", latency_names[k],
				 point_names[points[p]]);
			worse |= print_quantity(out, &q, a, b);
		}
	}
	return worse;
}

static bool
print_cycles(FILE *out, const struct compare_side *a, const struct compare_side *b)
{
	static const char *const units[CYCLE_UNIT_MAX] = {"connection", "transaction", "packet"};
	bool worse = false;

	for (unsigned client = 0; client < 2; client++) {
		struct quantity q = {.of = OF_CYCLES, .client = client};
		const struct result_end *end = &a->runs[0].end;

		snprintf(q.name, sizeof(q.name), "%s cycles/%s", client ? "client" : "server",
			 units[(client ? &end->client : &end->server)->unit]);
		worse |= print_quantity(out, &q, a, b);
	}
	return worse;
}

static void
tell(void *arg, const char *place, const char *a, const char *b)
{
	fprintf(arg, "  %s: %s / %s\n", place, a, b);
}

/* Differences of one part of the two results, under a title. */
static bool
print_differences(FILE *out, const char *title, const char *part, const struct result *a,
		  const struct result *b)
{
	json_t *left = json_deep_copy(json_object_get(a->source, part));
	json_t *right = json_deep_copy(json_object_get(b->source, part));
	static const char *const passing[] = {"memory_available_bytes", "hugepages"};
	bool differ;

	for (unsigned i = 0; i < RTE_DIM(passing) && strcmp(part, "host") == 0; i++) {
		json_object_del(left, passing[i]);
		json_object_del(right, passing[i]);
	}
	differ = !json_equal(left, right);
	if (differ) {
		fprintf(out, "%s\n", title);
		result_differences(left, right, "", tell, out);
	}
	json_decref(left);
	json_decref(right);
	return differ;
}

static void
print_rule(FILE *out, const struct compare_side *a, const struct compare_side *b)
{
	bool runs = by_runs(a, b);

	fprintf(out,
		"\nOf B over A, with its 99%% confidence interval (Welch): beyond the spread if that "
		"leaves out 0.\nThe %% beside a value is the standard deviation over %s.\n",
		runs ? "the runs" : "the intervals after the warm-up");
	if (!runs)
		fputs("How runs differ from each other does not show in the intervals of one: give "
		      "several of each side,\nas in tercet report A1 A2 A3 --versus B1 B2 B3.\n",
		      out);
}

enum compare_verdict
report_compare(FILE *out, const struct compare_side *a, const struct compare_side *b)
{
	bool differ, worse;

	fprintf(out, "A: %s\nB: %s\n", a->name, b->name);
	differ = print_differences(out, "\nWARNING: not the same thing is compared (A / B)",
				   "definition", &a->runs[0], &b->runs[0]);
	print_differences(out, "\nSet differently (A / B)", "config", &a->runs[0], &b->runs[0]);
	print_differences(out, "\nNot on the same host (A / B)", "host", &a->runs[0], &b->runs[0]);
	fprintf(out, "\n%-24s %9s %7s %9s %7s %9s\n", "", "A", "", "B", "", "B over A");
	worse = print_rates(out, a, b);
	worse |= print_latencies(out, a, b);
	worse |= print_cycles(out, a, b);
	print_rule(out, a, b);
	if (differ)
		return COMPARE_NOT_THE_SAME;
	return worse ? COMPARE_WORSE : COMPARE_NOT_WORSE;
}
