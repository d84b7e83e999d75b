/* SPDX-License-Identifier: BSD-3-Clause */
#include "screen.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "units.h"

#define ENTER "\033[?1049h\033[?25l" /* alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define RED   "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

#define REDRAW_S    0.2
#define FRAME_MS    100 /* for a frame to be written, at most */
#define PAST	    256 /* rates kept for the small picture of them */
#define LABEL	    14
#define MIN_COLUMNS 20

struct screen {
	struct screen_config config;
	unsigned columns, rows;
	double drawn_s, elapsed_s;
	bool any; /* interval and busy are filled in */
	struct interval interval;
	double busy[RESULT_MAX_WORKERS];
	double past[PAST];
	unsigned past_count;
	/* The frame being made. */
	FILE *out;
	char *text;
	size_t size;
	unsigned row, column;
};

/* Where to leave from in a signal handler; -1: nowhere. */
static volatile sig_atomic_t open_fd = -1;

/* Any thread may have to leave it, while another one draws. */
static atomic_bool abandoned; /* no frame begins any more */
static atomic_int drawer;     /* the thread that writes one; 0: none */

/* ---- the terminal --------------------------------------------------------------------------- */

/* Not of a job in the background: somebody else uses the terminal then. */
static bool
in_foreground(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

static bool
can_draw(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0 && in_foreground(fd);
}

static void
put(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n <= 0)
			return; /* a terminal that is gone is no reason to end */
		text += n;
		size -= (size_t)n;
	}
}

/* Returns whether it has changed. */
static bool
measure(struct screen *s)
{
	struct winsize w = {0};
	unsigned columns = 80, rows = 24;

	if (ioctl(s->config.fd, TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row) {
		columns = w.ws_col;
		rows = w.ws_row;
	}
	if (columns == s->columns && rows == s->rows)
		return false;
	s->columns = columns;
	s->rows = rows;
	return true;
}

/* ---- a frame -------------------------------------------------------------------------------- */

/* Text on the row, cut where the terminal ends; style is a code, or "". */
static void say(struct screen *s, const char *style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
say(struct screen *s, const char *style, const char *format, ...)
{
	unsigned room = s->column < s->columns ? s->columns - s->column : 0;
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || s->row >= s->rows)
		return;
	n = n < (int)sizeof(text) ? n : (int)sizeof(text) - 1;
	n = n < (int)room ? n : (int)room;
	fprintf(s->out, "%s%.*s%s", style, n, text, *style ? PLAIN : "");
	s->column += (unsigned)n;
}

/* Ends the row; nothing of an earlier frame is left on it. The last row has no end: it would
 * scroll. */
static void
end_row(struct screen *s)
{
	if (s->row < s->rows)
		fputs("\033[K", s->out);
	s->row++;
	s->column = 0;
	if (s->row < s->rows)
		fputs("\r\n", s->out);
}

static void
label(struct screen *s, const char *name)
{
	say(s, DIM, " %-*s", LABEL, name);
}

static void
draw_bar(struct screen *s, double share, unsigned width)
{
	char bar[256];
	unsigned full;

	width = width < sizeof(bar) ? width : sizeof(bar) - 1;
	share = fmin(fmax(share, 0), 1);
	full = (unsigned)(share * width + 0.5);
	memset(bar, '#', full);
	memset(bar + full, '.', width - full);
	say(s, "", "[");
	say(s, GREEN, "%.*s", (int)full, bar);
	say(s, DIM, "%.*s", (int)(width - full), bar + full);
	say(s, "", "]");
}

static bool
counts_requests(const struct result_definition *d)
{
	return d->endless && d->requests;
}

/* What the workload is about, per second. */
static double
rate_now(const struct screen *s, const struct interval *i)
{
	const struct result_definition *d = s->config.definition;

	if (d->stream)
		return result_interval_rate(i, RATE_TO_SERVER) +
		       result_interval_rate(i, RATE_TO_CLIENT);
	return result_interval_rate(i, counts_requests(d) ? RATE_RESPONSES : RATE_CLOSED);
}

static void
draw_title(struct screen *s)
{
	const struct result_definition *d = s->config.definition;

	say(s, BOLD, " tercet %s", d->command);
	if (d->workload)
		say(s, "", "  %s", d->workload);
	if (d->ipv)
		say(s, "", ", IPv%u", d->ipv);
	if (d->link)
		say(s, "", ", over %s", d->link);
	end_row(s);
	end_row(s);
}

static void
draw_rate(struct screen *s)
{
	const struct result_definition *d = s->config.definition;
	const char *what = d->stream		? "bits/s"
			   : counts_requests(d) ? "requests/s"
						: "connections/s";
	char text[UNITS_TEXT];

	label(s, "rate");
	say(s, BOLD, "%s", units_short(rate_now(s, &s->interval), text));
	say(s, "", " %s", what);
	if (s->config.rate)
		say(s, "", "; %s connections/s asked for",
		    units_short((double)s->config.rate, text));
	end_row(s);
}

/* The rates so far, the last one at the right; ten heights. */
static void
draw_past(struct screen *s)
{
	static const char heights[] = "_.,-~=+*%#";
	unsigned room = s->columns > LABEL + 3 ? s->columns - LABEL - 3 : 0, first;
	double max = 0;

	first = s->past_count > room ? s->past_count - room : 0;
	for (unsigned i = first; i < s->past_count; i++)
		max = fmax(max, s->past[i]);
	label(s, "so far");
	for (unsigned i = first; i < s->past_count; i++)
		say(s, "", "%c", heights[max > 0 ? (unsigned)(s->past[i] / max * 9 + 0.5) : 0]);
	end_row(s);
	end_row(s);
}

static void
draw_connections(struct screen *s)
{
	const struct interval *i = &s->interval;
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	label(s, "connections");
	say(s, "", "%s open, %s/s attempted, %s/s established", units_short((double)i->open, a),
	    units_short((double)i->attempted / i->length_s, b),
	    units_short((double)i->established / i->length_s, c));
	end_row(s);
	label(s, "failures");
	say(s, i->failed ? RED : "", "%s connections", units_short((double)i->failed, a));
	say(s, "", ", %s packets dropped, %s segments sent again", units_short((double)i->drops, b),
	    units_short((double)i->retransmits, c));
	end_row(s);
	end_row(s);
}

static void
draw_latency(struct screen *s, enum latency kind)
{
	const double *us = s->interval.latency[kind].us;
	char name[16];

	if (us[POINT_P50] == LATENCY_NOT_MEASURED)
		return;
	snprintf(name, sizeof(name), "%s us", latency_names[kind]);
	label(s, name);
	say(s, "", "p50 %-9.1f p99 %-9.1f p99.9 %-9.1f max %.1f", us[POINT_P50], us[POINT_P99],
	    us[POINT_P99_9], us[POINT_HIGHEST]);
	end_row(s);
}

static void
draw_busy(struct screen *s)
{
	unsigned width = s->columns > 64 ? 24 : 10;

	end_row(s);
	for (unsigned w = 0; w < s->config.workers && s->row + 3 < s->rows; w++) {
		unsigned clients = s->config.active_workers;
		char name[24];

		snprintf(name, sizeof(name), "%s %u", w < clients ? "client" : "server",
			 w < clients ? w : w - clients);
		label(s, name);
		draw_bar(s, s->busy[w] / 100, width);
		say(s, "", " %3.0f%% busy", s->busy[w]);
		end_row(s);
	}
	end_row(s);
}

static void
draw_progress(struct screen *s)
{
	double total = s->config.total_s, left = fmax(total - s->elapsed_s, 0);
	bool warmup = s->elapsed_s < s->config.warmup_s;

	label(s, warmup ? "warm-up" : "time");
	if (total > 0) {
		draw_bar(s, s->elapsed_s / total,
			 s->columns > LABEL + 34 ? s->columns - LABEL - 34 : 4);
		say(s, "", " %3.0f%%, %.0f s left", 100 * fmin(s->elapsed_s / total, 1),
		    ceil(left));
	} else {
		say(s, "", "%.0f s; Ctrl-C ends it", s->elapsed_s);
	}
	end_row(s);
}

static void
draw_frame(struct screen *s)
{
	draw_title(s);
	if (s->any) {
		draw_rate(s);
		draw_past(s);
		draw_connections(s);
		for (unsigned k = 0; k < LATENCY_MAX; k++)
			draw_latency(s, k);
		draw_busy(s);
	}
	draw_progress(s);
}

/* One write for each frame, so that none is seen half done. */
static void
draw(struct screen *s)
{
	bool resized = measure(s);

	s->drawn_s = s->elapsed_s;
	if (!in_foreground(s->config.fd))
		return;
	s->out = open_memstream(&s->text, &s->size);
	if (s->out == NULL)
		return;
	s->row = s->column = 0;
	fputs(resized ? "\033[2J\033[H" : "\033[H", s->out);
	if (s->columns >= MIN_COLUMNS)
		draw_frame(s);
	fputs("\033[J", s->out); /* what is below, of a longer frame */
	fclose(s->out);
	atomic_store(&drawer, gettid());
	if (!atomic_load(&abandoned))
		put(s->config.fd, s->text, s->size);
	atomic_store(&drawer, 0);
	free(s->text);
	s->text = NULL;
}

/* Ctrl-Z: the shell gets its terminal, and when the run goes on the screen is there again. */
static void
on_stop(int number)
{
	int fd = open_fd;

	(void)number;
	if (fd >= 0)
		put(fd, LEAVE, sizeof(LEAVE) - 1);
	kill(getpid(), SIGSTOP);
	if (fd >= 0 && in_foreground(fd))
		put(fd, ENTER, sizeof(ENTER) - 1);
}

/* ---- from outside --------------------------------------------------------------------------- */

struct screen *
screen_open(const struct screen_config *config)
{
	struct screen *s = can_draw(config->fd) ? calloc(1, sizeof(*s)) : NULL;

	if (s == NULL)
		return NULL;
	s->config = *config;
	sigaction(SIGTSTP, &(struct sigaction){.sa_handler = on_stop}, NULL);
	open_fd = config->fd;
	put(config->fd, ENTER, sizeof(ENTER) - 1);
	draw(s);
	return s;
}

void
screen_interval(struct screen *s, const struct interval *i, const double *busy_percent)
{
	unsigned workers = s->config.workers;

	s->interval = *i;
	memcpy(s->busy, busy_percent, workers * sizeof(*s->busy));
	s->any = true;
	if (s->past_count == PAST)
		memmove(s->past, s->past + 1, --s->past_count * sizeof(*s->past));
	s->past[s->past_count++] = rate_now(s, i);
	s->elapsed_s = i->start_s + i->length_s;
	draw(s);
}

void
screen_tick(struct screen *s, double elapsed_s)
{
	s->elapsed_s = elapsed_s;
	if (elapsed_s - s->drawn_s >= REDRAW_S)
		draw(s);
}

void
screen_close(struct screen *s)
{
	if (s == NULL)
		return;
	open_fd = -1;
	signal(SIGTSTP, SIG_DFL);
	put(s->config.fd, LEAVE, sizeof(LEAVE) - 1);
	free(s);
}

void
screen_abandon(void)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	int self = gettid();

	if (open_fd < 0)
		return;
	atomic_store(&abandoned, true);
	for (unsigned ms = 0; ms < FRAME_MS; ms++) {
		int other = atomic_load(&drawer);

		if (other == 0 || other == self) /* which does not go on */
			break;
		nanosleep(&nap, NULL);
	}
	put(open_fd, LEAVE, sizeof(LEAVE) - 1);
}
