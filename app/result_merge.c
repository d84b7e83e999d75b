/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_merge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#define PLACE_CHARS 128

/* ---- differences ---------------------------------------------------------------------------- */

static unsigned
object_differences(const json_t *a, const json_t *b, const char *place, difference_teller tell,
		   void *arg)
{
	const char *key;
	json_t *value, *mine = (json_t *)(uintptr_t)a, *other = (json_t *)(uintptr_t)b;
	unsigned n = 0;
	char inner[PLACE_CHARS];

	json_object_foreach(mine, key, value)
	{
		snprintf(inner, sizeof(inner), "%.60s%s%.60s", place, *place ? "." : "", key);
		n += result_differences(value, json_object_get(b, key), inner, tell, arg);
	}
	json_object_foreach(other, key, value)
	{
		snprintf(inner, sizeof(inner), "%.60s%s%.60s", place, *place ? "." : "", key);
		if (json_object_get(a, key) == NULL)
			n += result_differences(NULL, value, inner, tell, arg);
	}
	return n;
}

/* What an older version does not tell of is as if it said that there is none. */
static bool
is_nothing(const json_t *json)
{
	return json == NULL || json_is_null(json);
}

unsigned
result_differences(const json_t *a, const json_t *b, const char *place, difference_teller tell,
		   void *arg)
{
	char *left, *right;

	if (json_equal(a, b) || (is_nothing(a) && is_nothing(b)))
		return 0;
	if (json_is_object(a) && json_is_object(b))
		return object_differences(a, b, place, tell, arg);
	left = a ? json_dumps(a, JSON_ENCODE_ANY) : NULL;
	right = b ? json_dumps(b, JSON_ENCODE_ANY) : NULL;
	tell(arg, place, left ? left : "nothing", right ? right : "nothing");
	free(left);
	free(right);
	return 1;
}

/* The first that forbids to add them. */
struct obstacle {
	const char *file;
	char *error;
	bool found;
};

static void
obstruct(void *arg, const char *place, const char *a, const char *b)
{
	struct obstacle *o = arg;

	if (o->found || strcmp(place, "link") == 0)
		return;
	o->found = true;
	snprintf(o->error, RESULT_ERROR_CHARS,
		 "results of different things are not added: definition.%s is %s and %s", place, a,
		 b);
}

/* ---- intervals ------------------------------------------------------------------------------ */

static double
middle(const struct result *r, const struct interval *i)
{
	return (double)r->started_ms / 1000 + i->start_s + i->length_s / 2;
}

/* Of r, the one nearest to a time and not half an interval off; NULL: none. */
static const struct interval *
nearest(const struct result *r, double time)
{
	const struct interval *best = NULL;

	for (unsigned i = 0; i < r->interval_count; i++) {
		const struct interval *in = &r->intervals[i];
		double off = fabs(middle(r, in) - time);

		if (off <= in->length_s / 2 && (best == NULL || off < fabs(middle(r, best) - time)))
			best = in;
	}
	return best;
}

static bool
same_length(const struct interval *a, const struct interval *b)
{
	return a->length_s < 1.5 * b->length_s && b->length_s < 1.5 * a->length_s;
}

/* The interval of from that belongs to one of into; NULL: none, so it is outside the common time.
 */
static const struct interval *
partner(const struct result *into, const struct interval *in, const struct result *from)
{
	const struct interval *found = nearest(from, middle(into, in));

	return found && found->warmup == in->warmup && same_length(in, found) ? found : NULL;
}

static unsigned
common_intervals(const struct result *into, const struct result *from)
{
	unsigned n = 0;

	for (unsigned i = 0; i < into->interval_count; i++)
		n += !into->intervals[i].warmup && partner(into, &into->intervals[i], from);
	return n;
}

/* Percentiles anew, of both together. */
static void
add_latency(struct interval *a, const struct interval *b, enum latency kind, struct histogram *sum)
{
	double highest =
		RTE_MAX(a->latency[kind].us[POINT_HIGHEST], b->latency[kind].us[POINT_HIGHEST]);

	if (b->slots[kind] == NULL)
		return;
	histogram_reset(sum);
	latency_add_text(sum, a->slots[kind] ? a->slots[kind] : "");
	latency_add_text(sum, b->slots[kind]);
	sum->max = (uint64_t)llround(highest * 1000);
	latency_points(&a->latency[kind], sum);
	free(a->slots[kind]);
	a->slots[kind] = latency_text(sum);
}

static void
add_interval(struct interval *a, const struct interval *b, struct histogram *sum)
{
	a->attempted += b->attempted;
	a->established += b->established;
	a->closed += b->closed;
	a->failed += b->failed;
	a->open += b->open;
	a->rx_packets += b->rx_packets;
	a->tx_packets += b->tx_packets;
	a->rx_bytes += b->rx_bytes;
	a->tx_bytes += b->tx_bytes;
	a->retransmits += b->retransmits;
	a->drops += b->drops;
	a->responses += b->responses;
	a->to_server_bytes += b->to_server_bytes;
	a->to_client_bytes += b->to_client_bytes;
	a->busy_percent = RTE_MAX(a->busy_percent, b->busy_percent);
	a->waited_percent = RTE_MAX(a->waited_percent, b->waited_percent);
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		add_latency(a, b, k, sum);
}

static void
drop_interval(struct interval *i)
{
	for (unsigned k = 0; k < LATENCY_MAX; k++)
		free(i->slots[k]);
}

/* Those of the common time remain. */
static void
add_intervals(struct result *into, const struct result *from, struct histogram *sum)
{
	unsigned kept = 0;
	double seconds = 0;

	for (unsigned i = 0; i < into->interval_count; i++) {
		struct interval *in = &into->intervals[i];
		const struct interval *other = partner(into, in, from);

		if (other == NULL) {
			drop_interval(in);
			continue;
		}
		add_interval(in, other, sum);
		seconds += in->warmup ? 0 : in->length_s;
		into->intervals[kept++] = *in;
	}
	into->interval_count = kept;
	into->end.seconds = seconds;
}

/* ---- the end -------------------------------------------------------------------------------- */

static double
units_of(const struct result_end *end, bool active)
{
	double n = 0;

	for (unsigned i = 0; i < end->worker_count; i++)
		if (end->worker[i].active == active)
			n += (double)end->worker[i].units;
	return n;
}

/* Means of a units and of b. */
static void
add_cycles(struct result_cycles *into, double a, const struct result_cycles *from, double b)
{
	if (!from->measured || !into->measured || a + b <= 0) {
		if (from->measured && !into->measured)
			*into = *from;
		return;
	}
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		if (into->phase[i] != RESULT_NOT_MEASURED && from->phase[i] != RESULT_NOT_MEASURED)
			into->phase[i] = (into->phase[i] * a + from->phase[i] * b) / (a + b);
}

static void
add_workers(struct result_end *into, const struct result_end *from)
{
	for (unsigned i = 0; i < from->workers && into->workers < RESULT_MAX_WORKERS; i++)
		into->busy_percent[into->workers++] = from->busy_percent[i];
	into->waited_percent = RTE_MAX(into->waited_percent, from->waited_percent);
	for (unsigned i = 0; i < from->worker_count && into->worker_count < RESULT_MAX_WORKERS; i++)
		into->worker[into->worker_count++] = from->worker[i];
}

static void
add_transactions(struct result_transactions *into, const struct result_transactions *from)
{
	into->attempted += from->attempted;
	into->completed += from->completed;
	for (unsigned i = 0; i < FAULT_MAX; i++)
		into->failed[i] += from->failed[i];
}

/* The sum of squares that a Jain index was made of. */
static double
squares(const struct result_stream *s)
{
	double n = (double)s->connections;

	return s->jain > 0 ? s->mean * s->mean * n / s->jain : 0;
}

static void
add_fairness(struct result_stream *into, const struct result_stream *from)
{
	double n = (double)(into->connections + from->connections);
	double sum =
		into->mean * (double)into->connections + from->mean * (double)from->connections;
	double both = squares(into) + squares(from);

	if (from->connections == 0)
		return;
	into->min = into->connections ? RTE_MIN(into->min, from->min) : from->min;
	into->max = RTE_MAX(into->max, from->max);
	into->mean = sum / n;
	into->jain = both > 0 ? sum * sum / (n * both) : 1;
	into->connections += from->connections;
}

static void
add_stream(struct result_stream *into, const struct result_stream *from)
{
	for (unsigned to = 0; to < 2; to++) {
		bool known = into->sent[to] != RESULT_UNKNOWN && from->sent[to] != RESULT_UNKNOWN;

		into->sent[to] = known ? into->sent[to] + from->sent[to] : RESULT_UNKNOWN;
		into->received[to] += from->received[to];
	}
	into->corrupt += from->corrupt;
	into->retransmits += from->retransmits;
	into->segments += from->segments;
	add_fairness(into, from);
}

static void
add_counters(struct counters *into, const struct counters *from)
{
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		into->v[i] += from->v[i];
}

static int
add_histograms(struct result *into, const struct result *from)
{
	const struct histogram **const end[LATENCY_MAX] = {&into->end.connect, &into->end.request,
							   &into->end.close};

	for (unsigned k = 0; k < LATENCY_MAX; k++) {
		const struct histogram *h = result_latency(&from->end, k);

		if (h == NULL)
			continue;
		if (into->read[k] == NULL) {
			into->read[k] = malloc(sizeof(*h));
			if (into->read[k] == NULL)
				return -ENOMEM;
			histogram_reset(into->read[k]);
		}
		histogram_merge(into->read[k], h);
		*end[k] = into->read[k];
	}
	return 0;
}

static void
add_end(struct result_end *into, const struct result_end *from)
{
	add_cycles(&into->client, units_of(into, true), &from->client, units_of(from, true));
	add_cycles(&into->server, units_of(into, false), &from->server, units_of(from, false));
	add_workers(into, from);
	result_steering_add(&into->steering, &from->steering);
	result_device_add(&into->device, &from->device);
	add_counters(&into->active, &from->active);
	add_counters(&into->passive, &from->passive);
	into->leaks.mbufs += from->leaks.mbufs;
	into->leaks.conns += from->leaks.conns;
	into->leaks.half_open += from->leaks.half_open;
	into->leaks.time_wait += from->leaks.time_wait;
	into->memory.total += from->memory.total;
	into->interrupted |= from->interrupted;
	into->limited = false; /* who knows */
	into->unanswered += from->unanswered;
	into->aborted += from->aborted;
	into->not_opened += from->not_opened;
	add_transactions(&into->transactions, &from->transactions);
	add_stream(&into->stream, &from->stream);
}

int
result_merge(struct result *into, const struct result *from, char error[RESULT_ERROR_CHARS])
{
	struct obstacle obstacle = {.error = error};
	struct histogram *sum = malloc(sizeof(*sum));
	int ret = -EINVAL;

	result_differences(json_object_get(into->source, "definition"),
			   json_object_get(from->source, "definition"), "", obstruct, &obstacle);
	if (sum == NULL || obstacle.found)
		goto out;
	if (common_intervals(into, from) == 0) {
		snprintf(error, RESULT_ERROR_CHARS,
			 "no interval was measured at the same time; loads that went on together "
			 "(--start-at), with the same --interval, wanted");
		goto out;
	}
	ret = add_histograms(into, from);
	if (ret < 0)
		goto out;
	if (into->definition.link && from->definition.link &&
	    strcmp(into->definition.link, from->definition.link) != 0)
		into->definition.link = "several ports";
	add_intervals(into, from, sum);
	add_end(&into->end, &from->end);
	into->step_count = 0;
	into->merged += from->merged;
out:
	free(sum);
	return ret;
}
