/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One chart over time, as a group of SVG elements: axes with units, a legend, a line for each
 * series. Nothing in it refers to anything outside: no script, style or font of another file.
 */
#ifndef TCT_APP_CHART_H
#define TCT_APP_CHART_H

#include <stdbool.h>
#include <stdio.h>

#define CHART_WIDTH  1000
#define CHART_HEIGHT 250
#define CHART_SERIES 6

struct chart_series {
	const char *name, *colour;
	double *values; /* one for each time; NAN: a gap in the line */
};

struct chart {
	const char *title, *unit; /* of the values: "connections/s" */
	bool logarithmic;	  /* values of 0 and less are gaps then */
	const double *times_s;	  /* ascending */
	unsigned count;
	double end_s;	 /* where the axis of time ends */
	double warmup_s; /* shaded up to there */
	struct chart_series series[CHART_SERIES];
	unsigned series_count;
};

/* top: where it begins, from the top of the picture. */
void chart_draw(FILE *svg, const struct chart *c, double top);

/* Text with what means something to XML spelled out. */
void chart_text(FILE *svg, const char *text);

#endif
