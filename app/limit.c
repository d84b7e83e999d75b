/* SPDX-License-Identifier: BSD-3-Clause */
#include "limit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define BUSY_PERCENT   95
#define KEPT_SHARE     0.999  /* of the rate asked for */
#define KEPT_LAG_US    100000 /* what is late by no more is on its way */
#define LOOK_S	       0.005  /* between looking at one worker and the next */
#define FAILURES_SHARE 0.01   /* of those attempted: no accident */

static const struct {
	const char *name, *words;
} limits[LIMIT_MAX] = {
#define X(id, name, words) [LIMIT_##id] = {name, words},
	LIMIT_LIST(X)
#undef X
};

const char *
limit_name(enum limit by)
{
	return limits[by].name;
}

const char *
limit_words(enum limit by)
{
	return limits[by].words;
}

static void __attribute__((format(printf, 3, 4)))
say(struct limit_verdict *v, enum limit by, const char *format, ...)
{
	va_list args;

	v->by = by;
	va_start(args, format);
	vsnprintf(v->evidence, sizeof(v->evidence), format, args);
	va_end(args);
}

static double
achieved(const struct limit_evidence *e)
{
	return e->seconds > 0 ? (double)e->attempted / e->seconds : 0;
}

/* What most of the failed connections failed for, if there are at least so many. */
static bool
judge_failures(const struct limit_evidence *e, double least, struct limit_verdict *v)
{
	const struct {
		enum limit by;
		uint64_t count;
	} rows[] = {
		{LIMIT_NO_NEIGHBOUR, e->established ? 0 : e->neighbours},
		{LIMIT_REFUSED, e->refused},
		{LIMIT_UNREACHABLE, e->unreachable},
		{LIMIT_RESET, e->reset},
		{LIMIT_SOURCE_PORTS, e->no_port},
		{LIMIT_MEMORY, e->no_memory},
		{LIMIT_UNANSWERED, e->unanswered},
		{LIMIT_TRANSACTIONS, e->faults},
	};
	unsigned most = 0;

	for (unsigned i = 1; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].count > rows[most].count && !rows[0].count)
			most = i;
	if (rows[most].count == 0 || (double)rows[most].count < least)
		return false;
	say(v, rows[most].by, "%" PRIu64 " of %" PRIu64 " attempted", rows[most].count,
	    e->attempted);
	if (rows[most].by == LIMIT_NO_NEIGHBOUR)
		say(v, rows[most].by, "%" PRIu64 " neighbours asked for in vain", e->neighbours);
	return true;
}

static bool
kept_up(const struct limit_evidence *e)
{
	double lag_s = e->lag_us <= KEPT_LAG_US ? e->lag_us / 1e6 : 0;
	double due = (double)e->target * (e->seconds - lag_s - LOOK_S);

	return e->target && (double)e->attempted >= KEPT_SHARE * due - e->spread - 1;
}

/* Cycles of a poll go on while another process has the core: a worker that waited looks busy. */
static bool
judge_core(const struct limit_evidence *e, struct limit_verdict *v)
{
	if (e->waited < WAITED_PERCENT)
		return false;
	say(v, LIMIT_CORE, "one waited %.0f%% of the time", e->waited);
	return true;
}

static bool
judge_busy(const struct limit_evidence *e, struct limit_verdict *v)
{
	bool client = e->client_busy >= e->server_busy;
	double busy = client ? e->client_busy : e->server_busy;

	if (busy < BUSY_PERCENT)
		return false;
	say(v, client ? LIMIT_CLIENT_BUSY : LIMIT_SERVER_BUSY,
	    "client's busiest worker %.0f%%, server's %.0f%%", e->client_busy, e->server_busy);
	return true;
}

void
limit_judge(const struct limit_evidence *e, struct limit_verdict *v)
{
	double failures = FAILURES_SHARE * (double)e->attempted;

	say(v, LIMIT_NOTHING, "%s", "");
	if (e->seconds <= 0 || judge_failures(e, failures, v))
		return;
	if (kept_up(e))
		say(v, LIMIT_RATE, "%.1f/s of %" PRIu64 "/s", achieved(e), e->target);
	else if (judge_core(e, v) || judge_busy(e, v))
		return;
	else if (e->lost)
		say(v, LIMIT_PACKETS_LOST, "%" PRIu64 " packets", e->lost);
	else if (!judge_failures(e, 1, v))
		say(v, e->target == 0 || e->held ? LIMIT_CONCURRENCY : LIMIT_ELSEWHERE,
		    "client's busiest worker %.0f%%, server's %.0f%%", e->client_busy,
		    e->server_busy);
}
