/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_value_json.h"

json_t *
result_count_json(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *
result_measured_json(double value)
{
	return value == RESULT_NOT_MEASURED ? json_null() : json_real(value);
}

json_t *
result_points_json(const struct latency_points *p)
{
	json_t *json = json_object();

	for (unsigned i = 0; i < POINT_MAX; i++)
		json_object_set_new(json, point_names[i], result_measured_json(p->us[i]));
	return json;
}

json_t *
result_percentiles_json(const struct histogram *h)
{
	struct latency_points points;

	if (h == NULL || h->count == 0)
		return json_null();
	latency_points(&points, h);
	return result_points_json(&points);
}

json_t *
result_faults_json(const struct result_transactions *t)
{
	static const char *const names[] = {
#define X(id, name, help) [FAULT_##id] = name,
		TRANSACTION_FAULT_LIST(X)
#undef X
	};
	json_t *json = json_object();

	for (unsigned i = 0; i < FAULT_MAX; i++)
		json_object_set_new(json, names[i], result_count_json(t->failed[i]));
	return json;
}

json_t *
result_fairness_json(const struct result_stream *s)
{
	if (s->connections == 0)
		return json_null();
	return json_pack("{s:o, s:f, s:{s:f, s:f, s:f}}", "connections",
			 result_count_json(s->connections), "jain", s->jain, "bytes", "min", s->min,
			 "mean", s->mean, "max", s->max);
}
