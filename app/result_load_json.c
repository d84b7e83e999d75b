/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_load_json.h"

#include <stdio.h>
#include <string.h>

#include "result_value_json.h"

json_t *
result_read_member(const struct result *r, const char *section, const char *key)
{
	json_t *member = json_object_get(json_object_get(r->source, section), key);

	if (r->source == NULL)
		return NULL;
	return member && r->merged <= 1 ? json_incref(member) : json_null();
}

/* ---- steps, and what held them back --------------------------------------------------------- */

json_t *
result_limit_json(const struct limit_verdict *v)
{
	return json_pack("{s:s, s:s, s:s}", "name", limit_name(v->by), "words", limit_words(v->by),
			 "evidence", v->evidence);
}

static json_t *
step_json(const struct result_step *s)
{
	return json_pack(
		"{s:f, s:f, s:o, s:f, s:f, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o}, s:{s:o, s:o, s:o}, "
		"s:{s:o}, s:o}",
		"start_s", s->start_s, "seconds", s->seconds, "target_rate",
		s->target ? result_count_json(s->target) : json_null(), "achieved_rate",
		s->seconds > 0 ? (double)s->attempted / s->seconds : 0.0, "behind_us", s->lag_us,
		"connections", "attempted", result_count_json(s->attempted), "established",
		result_count_json(s->established), "closed", result_count_json(s->closed), "failed",
		result_count_json(s->failed), "transactions", "completed",
		result_count_json(s->responses), "failed", result_count_json(s->faults),
		"connect_us", "p50", result_measured_json(s->connect_p50_us), "p99",
		result_measured_json(s->connect_p99_us), "p99_9",
		result_measured_json(s->connect_p99_9_us), "request_us", "p99",
		result_measured_json(s->request_p99_us), "limited_by",
		result_limit_json(&s->limit));
}

json_t *
result_steps_json(const struct result *r)
{
	json_t *list = result_read_member(r, "end", "steps");

	if (list != NULL)
		return list;
	list = json_array();

	for (unsigned i = 0; i < r->step_count; i++)
		json_array_append_new(list, step_json(&r->steps[i]));
	return list;
}

json_t *
result_find_json(const struct result *r)
{
	const struct find *f = &r->find;
	json_t *read = result_read_member(r, "end", "find_max");

	if (read != NULL || !r->searched)
		return read ? read : json_null();
	return json_pack("{s:o, s:f, s:f, s:i, s:i}", "rate",
			 find_answer(f) ? result_count_json(find_answer(f)) : json_null(),
			 "achieved_min", f->least, "achieved_max", f->most, "repeats",
			 (int)f->repeats, "trials", (int)f->trials);
}

/* ---- the kinds of a mix --------------------------------------------------------------------- */

static json_t *
part_failures_json(const struct result_part *p)
{
	json_t *json = json_object();

	for (unsigned i = 0; i < TCT_REASON_MAX; i++)
		if (i != TCT_CLOSED)
			json_object_set_new(
				json, tct_reason_text(i),
				result_count_json(p->failed[i] -
						  (i == TCT_ABORTED ? p->unanswered : 0)));
	json_object_set_new(json, "unanswered", result_count_json(p->unanswered));
	json_object_set_new(json, "not opened", result_count_json(p->refused_locally));
	return json;
}

static json_t *
part_transactions_json(const struct result_part *p)
{
	const struct result_transactions *t = &p->transactions;

	if (!p->definition.requests)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "attempted", result_count_json(t->attempted),
			 "completed", result_count_json(t->completed), "failed",
			 result_faults_json(t));
}

static json_t *
part_direction_json(const struct result_stream *s, unsigned to)
{
	return json_pack("{s:o, s:o}", "sent_bytes",
			 s->sent[to] == RESULT_UNKNOWN ? json_null()
						       : result_count_json(s->sent[to]),
			 "received_bytes", result_count_json(s->received[to]));
}

static json_t *
part_stream_json(const struct result_part *p)
{
	const struct result_stream *s = &p->stream;

	if (!p->definition.stream)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "direction", p->definition.direction,
			 "to_server", part_direction_json(s, 0), "to_client",
			 part_direction_json(s, 1), "fairness", result_fairness_json(s), "corrupt",
			 result_count_json(s->corrupt));
}

static json_t *
part_json(const struct result_part *p)
{
	const struct result_definition *d = &p->definition;

	return json_pack(
		"{s:o, s:s, s:o, s:s, s:{s:o, s:o, s:o, s:o, s:o, s:o}, s:o, s:o, s:{s:o, s:o, s:o}}",
		"weight", result_count_json(p->weight), "workload", d->workload, "ipv",
		result_count_json(d->ipv), "first_to_close",
		d->first_to_close == CLOSER_SERVER ? "server" : "client", "connections",
		"attempted", result_count_json(p->attempted), "established",
		result_count_json(p->established), "closed", result_count_json(p->closed),
		"aborted", result_count_json(p->aborted), "half_open",
		result_count_json(p->half_open), "failed", part_failures_json(p), "transactions",
		part_transactions_json(p), "stream", part_stream_json(p), "latency_us", "connect",
		result_percentiles_json(&p->connect), "request",
		result_percentiles_json(&p->request), "close", result_percentiles_json(&p->close));
}

json_t *
result_parts_json(const struct result *r)
{
	json_t *list = result_read_member(r, "end", "parts");

	if (list != NULL)
		return list;
	list = r->parts ? json_array() : json_null();
	for (unsigned i = 0; i < r->part_count; i++)
		json_array_append_new(list, part_json(&r->parts[i]));
	return list;
}

/* ---- the way back --------------------------------------------------------------------------- */

static void
read_limit(json_t *json, struct limit_verdict *v)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *evidence = json_string_value(json_object_get(json, "evidence"));

	for (unsigned i = 0; name && i < LIMIT_MAX; i++)
		if (strcmp(name, limit_name(i)) == 0)
			v->by = i;
	snprintf(v->evidence, sizeof(v->evidence), "%s", evidence ? evidence : "");
}

/* Only what a summary tells. */
static void
read_step(json_t *json, struct result_step *s)
{
	json_t *connections = json_object_get(json, "connections");
	json_t *p99 = json_object_get(json_object_get(json, "connect_us"), "p99");

	s->target = (uint64_t)json_integer_value(json_object_get(json, "target_rate"));
	s->seconds = json_number_value(json_object_get(json, "seconds"));
	s->attempted = (uint64_t)json_integer_value(json_object_get(connections, "attempted"));
	s->failed = (uint64_t)json_integer_value(json_object_get(connections, "failed"));
	s->connect_p99_us = json_is_number(p99) ? json_number_value(p99) : RESULT_NOT_MEASURED;
	read_limit(json_object_get(json, "limited_by"), &s->limit);
}

static uint64_t
read_count(json_t *json, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(json, key));
}

/* Those given up and aborted are among the counter's, those not opened in none; of those half-open
 * the counter tells of both sides. */
static void
read_counts(struct result_end *end, json_t *connections)
{
	json_t *failed = json_object_get(connections, "failed");
	struct counters *side = end->has_active ? &end->active : &end->passive;
	uint64_t more, half_open;

	end->unanswered = read_count(failed, "unanswered");
	end->not_opened = read_count(failed, "not_opened");
	end->aborted = read_count(connections, "aborted");
	half_open = read_count(connections, "half_open");
	more = end->unanswered + end->aborted;
	side->v[COUNTER_CONN_ABORTED] += more;
	side->v[COUNTER_CONN_ACTIVE_OPEN] -= end->not_opened;
	if (end->has_active && end->has_passive) {
		end->passive.v[COUNTER_CONN_SILENT] += side->v[COUNTER_CONN_SILENT] - half_open;
		side->v[COUNTER_CONN_SILENT] = half_open;
		end->passive.v[COUNTER_CONN_ABORTED] -= more;
		end->passive.v[COUNTER_CONN_ACTIVE_OPEN] += end->not_opened;
	}
}

json_t *
result_wire_json(const struct result *r)
{
	const struct result_wire *w = &r->wire;

	if (!w->measured)
		return json_null();
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "in_flight", (int)w->in_flight,
			 "packets_per_second", result_measured_json(w->packets_per_second),
			 "round_trip_p50_ns", result_measured_json(w->round_trip_p50_ns),
			 "round_trip_p99_ns", result_measured_json(w->round_trip_p99_ns), "share",
			 result_measured_json(result_wire_share(r)), "added_p50_ns",
			 result_measured_json(result_wire_added(r)));
}

static void
read_wire(struct result_wire *w, json_t *json)
{
	w->measured = json_is_object(json);
	w->in_flight = (unsigned)read_count(json, "in_flight");
	w->packets_per_second = json_number_value(json_object_get(json, "packets_per_second"));
	w->round_trip_p50_ns = json_number_value(json_object_get(json, "round_trip_p50_ns"));
	w->round_trip_p99_ns = json_number_value(json_object_get(json, "round_trip_p99_ns"));
}

void
result_load_read(struct result *r, json_t *end)
{
	json_t *limit = json_object_get(end, "limited_by"), *step;
	size_t i;

	read_wire(&r->wire, json_object_get(end, "wire"));
	read_counts(&r->end, json_object_get(end, "connections"));
	r->end.limited = json_is_object(limit) && r->merged <= 1;
	read_limit(limit, &r->end.limit);
	json_array_foreach(json_object_get(end, "steps"), i, step)
	{
		if (r->merged <= 1 && r->step_count < RESULT_MAX_STEPS)
			read_step(step, &r->steps[r->step_count++]);
	}
}
