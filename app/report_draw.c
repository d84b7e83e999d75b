/* SPDX-License-Identifier: BSD-3-Clause */
#include "report_draw.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "report.h"

#define HEAD_HEIGHT 84

/* Okabe and Ito's colours, which those who see red and green alike can tell apart. */
static const char *const colours[CHART_SERIES] = {"#0072b2", "#009e73", "#e69f00",
						  "#d55e00", "#7f3c8d", "#56b4e9"};

/* A value of an interval. */
typedef double (*interval_value)(const struct interval *i, unsigned which);

struct drawing {
	const struct result *r;
	double *times, *values; /* values: a row of times for each series */
	double end_s, warmup_s;
};

/* ---- values --------------------------------------------------------------------------------- */

static double
rate_value(const struct interval *i, unsigned which)
{
	return result_interval_rate(i, which);
}

static double
attempts_value(const struct interval *i, unsigned which)
{
	(void)which;
	return (double)i->attempted / i->length_s;
}

static double
latency_value(const struct interval *i, unsigned which)
{
	double us = i->latency[which / POINT_MAX].us[which % POINT_MAX];

	return us == LATENCY_NOT_MEASURED ? NAN : us;
}

static double
loss_value(const struct interval *i, unsigned which)
{
	const uint64_t all[] = {i->failed, i->drops, i->retransmits};

	return (double)all[which] / i->length_s;
}

/* ---- charts --------------------------------------------------------------------------------- */

static void
chart_begin(struct chart *c, const struct drawing *d, const char *title, const char *unit)
{
	*c = (struct chart){
		.title = title,
		.unit = unit,
		.times_s = d->times,
		.count = d->r->interval_count,
		.end_s = d->end_s,
		.warmup_s = d->warmup_s,
	};
}

static void
add_series(struct chart *c, const struct drawing *d, const char *name, interval_value value,
	   unsigned which)
{
	struct chart_series *s = &c->series[c->series_count];

	*s = (struct chart_series){
		.name = name,
		.colour = colours[c->series_count],
		.values = d->values + (size_t)c->series_count * c->count,
	};
	for (unsigned i = 0; i < c->count; i++)
		s->values[i] = value(&d->r->intervals[i], which);
	c->series_count++;
}

static void
draw_rate(FILE *svg, const struct drawing *d, double *top)
{
	const struct result_definition *def = &d->r->definition;
	struct chart c;

	if (def->stream) {
		chart_begin(&c, d, "Goodput", "bits/s");
		add_series(&c, d, "to the server", rate_value, RATE_TO_SERVER);
		add_series(&c, d, "to the client", rate_value, RATE_TO_CLIENT);
	} else if (def->endless) {
		chart_begin(&c, d, "Requests", "per second");
		add_series(&c, d, "completed", rate_value, RATE_RESPONSES);
	} else {
		chart_begin(&c, d, "Connections", "per second");
		add_series(&c, d, "attempted", attempts_value, 0);
		add_series(&c, d, "closed", rate_value, RATE_CLOSED);
	}
	chart_draw(svg, &c, *top);
	*top += CHART_HEIGHT;
}

static bool
has_latency(const struct result *r, enum latency kind)
{
	for (unsigned i = 0; i < r->interval_count; i++)
		if (r->intervals[i].latency[kind].us[POINT_P50] > 0)
			return true;
	return false;
}

static void
draw_latency(FILE *svg, const struct drawing *d, enum latency kind, double *top)
{
	static const char *const names[POINT_MAX] = {"p50", "p90", "p99", "p99.9", "p99.99", "max"};
	char title[64];
	struct chart c;

	if (!has_latency(d->r, kind))
		return;
	snprintf(title, sizeof(title), "Latency: %s", latency_helps[kind]);
	chart_begin(&c, d, title, "us, logarithmic");
	c.logarithmic = true;
	for (unsigned p = 0; p < POINT_MAX; p++)
		add_series(&c, d, names[p], latency_value, kind * POINT_MAX + p);
	chart_draw(svg, &c, *top);
	*top += CHART_HEIGHT;
}

static void
draw_losses(FILE *svg, const struct drawing *d, double *top)
{
	struct chart c;

	chart_begin(&c, d, "Failures and losses", "per second");
	add_series(&c, d, "connections failed", loss_value, 0);
	add_series(&c, d, "packets dropped", loss_value, 1);
	add_series(&c, d, "segments retransmitted", loss_value, 2);
	chart_draw(svg, &c, *top);
	*top += CHART_HEIGHT;
}

static unsigned
chart_count(const struct result *r)
{
	unsigned n = 2;

	for (unsigned k = 0; k < LATENCY_MAX; k++)
		n += has_latency(r, k);
	return n;
}

/* What was counted, in as many lines as it takes. */
static void
draw_head(FILE *svg, const struct result *r)
{
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *words = open_memstream(&text, &size);
	double y = 46;

	if (words == NULL)
		return;
	report_definition(words, r);
	fclose(words);
	fprintf(svg,
		"<text x=\"20\" y=\"26\" font-size=\"18\" font-weight=\"bold\">tercet %s</text>\n",
		r->definition.command ? r->definition.command : "");
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		fprintf(svg, "<text x=\"20\" y=\"%.0f\" font-size=\"11.5\" fill=\"#444\">", y);
		chart_text(svg, line + strspn(line, " "));
		fputs("</text>\n", svg);
		y += 16;
	}
	free(text);
}

/* ---- files ---------------------------------------------------------------------------------- */

static int
drawing_make(struct drawing *d, const struct result *r)
{
	*d = (struct drawing){.r = r};
	d->times = calloc((size_t)r->interval_count + 1, sizeof(double));
	d->values = calloc((size_t)CHART_SERIES * (r->interval_count + 1), sizeof(double));
	if (d->times == NULL || d->values == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < r->interval_count; i++) {
		const struct interval *in = &r->intervals[i];

		d->times[i] = in->start_s + in->length_s;
		d->end_s = d->times[i];
		if (in->warmup)
			d->warmup_s = d->times[i];
	}
	return 0;
}

static void
drawing_free(struct drawing *d)
{
	free(d->times);
	free(d->values);
}

static void
draw(FILE *svg, const struct drawing *d)
{
	double top = HEAD_HEIGHT;
	unsigned height = HEAD_HEIGHT + CHART_HEIGHT * chart_count(d->r);

	fprintf(svg,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
		"height=\"%u\" font-family=\"sans-serif\" fill=\"#222\">\n"
		"<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n",
		CHART_WIDTH, height, CHART_WIDTH, height, CHART_WIDTH, height);
	draw_head(svg, d->r);
	draw_rate(svg, d, &top);
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		draw_latency(svg, d, k, &top);
	draw_losses(svg, d, &top);
	fputs("</svg>\n", svg);
}

static void
draw_page(FILE *html, const struct drawing *d)
{
	char *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>tercet</title>\n"
	      "<style>body { max-width: 1000px; margin: 1em auto; font-family: sans-serif; } svg { "
	      "width: 100%; height: auto; } pre { white-space: pre-wrap; font-size: 12px; "
	      "background: #f6f6f6; padding: 1em; }</style>\n</head>\n<body>\n",
	      html);
	draw(html, d);
	if (words != NULL) {
		report_summary(words, d->r);
		fclose(words);
		fputs("<pre>", html);
		chart_text(html, text);
		fputs("</pre>\n", html);
	}
	fputs("</body>\n</html>\n", html);
	free(text);
}

static int
write_file(const struct result *r, const char *path, void (*page)(FILE *, const struct drawing *))
{
	struct drawing d;
	FILE *out = NULL;
	int err = drawing_make(&d, r);

	if (err == 0) {
		out = fopen(path, "w");
		err = out ? 0 : -errno;
	}
	if (err == 0)
		page(out, &d);
	if (out != NULL && (ferror(out) | fclose(out)) != 0)
		err = -EIO;
	if (err)
		fprintf(stderr, "tercet: cannot draw to %s: %s\n", path, strerror(-err));
	drawing_free(&d);
	return err;
}

int
report_draw_svg(const struct result *r, const char *path)
{
	return write_file(r, path, draw);
}

int
report_draw_html(const struct result *r, const char *path)
{
	return write_file(r, path, draw_page);
}
