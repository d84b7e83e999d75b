/* SPDX-License-Identifier: BSD-3-Clause */
#include "chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* Where the plot lies in the chart; what is around it is for titles and labels. */
#define LEFT   78.0
#define RIGHT  (CHART_WIDTH - 24.0)
#define TOP    44.0
#define BOTTOM (CHART_HEIGHT - 40.0)

#define TICKS_Y	    4
#define TICKS_X	    10
#define MAX_TICKS   24
#define DOTS_MAX    240 /* more points than that have no dot of their own to point at */
#define LEGEND_CHAR 6.6 /* width of a letter, about */

/* An axis: from low to high, with ticks. */
struct axis {
	double low, high;
	bool logarithmic;
	double ticks[MAX_TICKS];
	unsigned count;
};

/* ---- axes ----------------------------------------------------------------------------------- */

/* An axis ends here whatever a file says: where doubles do, a step is nothing, or changes nothing.
 */
static double
bounded(double value)
{
	return fmin(fmax(value, 1e-12), 1e18);
}

/* 1, 2 or 5 times a power of ten, so that about `wanted` steps make up the range. */
static double
step_of(double range, unsigned wanted)
{
	double rough = range / wanted, power = pow(10, floor(log10(rough)));
	double share = rough / power;

	return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static void
add_tick(struct axis *a, double value)
{
	if (a->count < MAX_TICKS)
		a->ticks[a->count++] = value;
}

static void
axis_linear(struct axis *a, double high, unsigned wanted, bool whole)
{
	double step;

	*a = (struct axis){.high = high > 0 ? bounded(high) : 1};
	step = step_of(a->high, wanted);
	if (whole)
		a->high = step * ceil(a->high / step - 1e-9);
	for (double v = 0; v <= a->high * (1 + 1e-9); v += step)
		add_tick(a, v);
}

static void
axis_logarithmic(struct axis *a, double low, double high)
{
	*a = (struct axis){.logarithmic = true};
	a->low = pow(10, floor(log10(bounded(low)) + 1e-9));
	a->high = pow(10, ceil(log10(bounded(high)) - 1e-9));
	if (a->high <= a->low)
		a->high = 10 * a->low;
	for (double v = a->low; v <= a->high * 1.001; v *= 10)
		add_tick(a, v);
}

/* From 0, the low end, to 1. */
static double
axis_share(const struct axis *a, double value)
{
	if (a->logarithmic)
		return log(value / a->low) / log(a->high / a->low);
	return (value - a->low) / (a->high - a->low);
}

static bool
is_shown(const struct chart *c, double value)
{
	return isfinite(value) && (!c->logarithmic || value > 0);
}

static void
axis_of_values(struct axis *a, const struct chart *c)
{
	double low = INFINITY, high = 0;

	for (unsigned s = 0; s < c->series_count; s++) {
		for (unsigned i = 0; i < c->count; i++) {
			double v = c->series[s].values[i];

			if (is_shown(c, v)) {
				low = fmin(low, v);
				high = fmax(high, v);
			}
		}
	}
	if (c->logarithmic && high > 0)
		axis_logarithmic(a, low, high);
	else
		axis_linear(a, high, TICKS_Y, true);
}

static double
at_x(const struct axis *a, double value)
{
	return LEFT + (RIGHT - LEFT) * axis_share(a, value);
}

static double
at_y(const struct axis *a, double value)
{
	return BOTTOM - (BOTTOM - TOP) * axis_share(a, value);
}

/* ---- parts ---------------------------------------------------------------------------------- */

void
chart_text(FILE *svg, const char *text)
{
	for (; *text; text++) {
		const char *entity = *text == '<'   ? "&lt;"
				     : *text == '>' ? "&gt;"
				     : *text == '&' ? "&amp;"
				     : *text == '"' ? "&quot;"
						    : NULL;

		if (entity)
			fputs(entity, svg);
		else
			fputc((unsigned char)*text < ' ' && *text != '\n' ? ' ' : *text, svg);
	}
}

/* Of a tick, which is a round number: 200k, not 200.0k. */
static const char *
round_label(double value, char text[UNITS_TEXT])
{
	static const char *const units[] = {"", "k", "M", "G", "T"};
	unsigned u = 0;

	for (; value >= 1000 && u + 1 < sizeof(units) / sizeof(units[0]); u++)
		value /= 1000;
	snprintf(text, UNITS_TEXT, "%.4g%s", value, units[u]);
	return text;
}

static const char *
label(double value, char text[UNITS_TEXT])
{
	if (value >= 100)
		return units_short(value, text);
	snprintf(text, UNITS_TEXT, "%.3g", value);
	return text;
}

static void
draw_title(FILE *svg, const struct chart *c)
{
	fprintf(svg, "<text x=\"%.0f\" y=\"20\" font-size=\"14\" font-weight=\"bold\">", LEFT);
	chart_text(svg, c->title);
	fprintf(svg, "<tspan font-weight=\"normal\" fill=\"#666\"> (");
	chart_text(svg, c->unit);
	fputs(")</tspan></text>\n", svg);
}

static void
draw_warmup(FILE *svg, const struct chart *c, const struct axis *x)
{
	double width = at_x(x, c->warmup_s) - LEFT;

	if (c->warmup_s <= 0)
		return;
	fprintf(svg,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#f1f1f1\"/>\n",
		LEFT, TOP, width, BOTTOM - TOP);
	if (width > 60)
		fprintf(svg,
			"<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" "
			"fill=\"#777\">warm-up</text>\n",
			LEFT + 5, TOP + 14);
}

static void
draw_values_axis(FILE *svg, const struct axis *y)
{
	char text[UNITS_TEXT];

	for (unsigned i = 0; i < y->count; i++)
		fprintf(svg,
			"<path d=\"M%.1f %.1fH%.1f\" stroke=\"%s\"/>"
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			LEFT, at_y(y, y->ticks[i]), RIGHT, i ? "#e2e2e2" : "#888", LEFT - 8,
			at_y(y, y->ticks[i]) + 4, round_label(y->ticks[i], text));
}

static void
draw_time_axis(FILE *svg, const struct axis *x)
{
	char text[UNITS_TEXT];

	for (unsigned i = 0; i < x->count; i++)
		fprintf(svg,
			"<path d=\"M%.1f %.1fv5\" stroke=\"#888\"/>"
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
			at_x(x, x->ticks[i]), BOTTOM, at_x(x, x->ticks[i]), BOTTOM + 18,
			round_label(x->ticks[i], text));
	fprintf(svg,
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#666\">seconds since the "
		"start</text>\n",
		RIGHT, BOTTOM + 33);
}

static void
draw_legend(FILE *svg, const struct chart *c)
{
	double x = RIGHT;

	for (unsigned s = c->series_count; s-- > 0;) {
		x -= LEGEND_CHAR * (double)strlen(c->series[s].name) + 4;
		fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", x, TOP - 8,
			c->series[s].name);
		fprintf(svg, "<path d=\"M%.1f %.1fh16\" stroke=\"%s\" stroke-width=\"3\"/>\n",
			x - 21, TOP - 12, c->series[s].colour);
		x -= 36;
	}
}

static void
draw_line(FILE *svg, const struct chart *c, const struct chart_series *s, const struct axis *x,
	  const struct axis *y)
{
	char move = 'M';

	fprintf(svg, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" d=\"", s->colour);
	for (unsigned i = 0; i < c->count; i++) {
		bool shown = is_shown(c, s->values[i]);

		if (shown)
			fprintf(svg, "%c%.1f %.1f", move, at_x(x, c->times_s[i]),
				at_y(y, s->values[i]));
		move = shown ? 'L' : 'M';
	}
	fputs("\"/>\n", svg);
}

/* Points that say their value when they are pointed at. */
static void
draw_dots(FILE *svg, const struct chart *c, const struct chart_series *s, const struct axis *x,
	  const struct axis *y)
{
	char text[UNITS_TEXT];

	for (unsigned i = 0; c->count <= DOTS_MAX && i < c->count; i++)
		if (is_shown(c, s->values[i]))
			fprintf(svg,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\"><title>%s "
				"%s at %.1f s</title></circle>\n",
				at_x(x, c->times_s[i]), at_y(y, s->values[i]),
				c->count > 60 ? "1.6" : "2.6", s->colour, s->name,
				label(s->values[i], text), c->times_s[i]);
}

void
chart_draw(FILE *svg, const struct chart *c, double top)
{
	struct axis x, y;

	axis_linear(&x, c->end_s, TICKS_X, false);
	axis_of_values(&y, c);
	fprintf(svg, "<g transform=\"translate(0 %.0f)\" font-size=\"12\">\n", top);
	draw_title(svg, c);
	draw_warmup(svg, c, &x);
	draw_values_axis(svg, &y);
	draw_time_axis(svg, &x);
	draw_legend(svg, c);
	for (unsigned s = 0; s < c->series_count; s++) {
		draw_line(svg, c, &c->series[s], &x, &y);
		draw_dots(svg, c, &c->series[s], &x, &y);
	}
	fputs("</g>\n", svg);
}
