/* SPDX-License-Identifier: BSD-3-Clause */
#include "result_cycles_json.h"

#include "result_value_json.h"

static json_t *
cycles_json(const struct result_cycles *c)
{
	static const char *const names[] = {
#define X(id, name) [CYCLE_PHASE_##id] = name,
		CYCLE_PHASE_LIST(X)
#undef X
	};
	json_t *json;

	if (!c->measured)
		return json_null();
	json = json_object();
	for (unsigned i = 0; i < CYCLE_PHASE_MAX; i++)
		json_object_set_new(json, names[i], result_measured_json(c->phase[i]));
	return json;
}

json_t *
result_cycles_json(const struct result_end *end, enum cycle_unit unit)
{
	static const struct result_cycles none;

	return json_pack("{s:o, s:o}", "client",
			 cycles_json(end->client.unit == unit ? &end->client : &none), "server",
			 cycles_json(end->server.unit == unit ? &end->server : &none));
}

/* Cycles, or of each unit its share. */
static json_t *
share_json(uint64_t cycles, bool each, uint64_t units)
{
	return each ? json_real((double)cycles / (double)units) : result_count_json(cycles);
}

/* Of every worker by itself, and by the engine's own phases. */
static json_t *
phases_json(const struct result_worker *w, bool each)
{
	static const char *const names[PHASE_MAX] = {
#define X(id, name) [PHASE_##id] = name,
		PHASE_LIST(X)
#undef X
	};
	json_t *json;

	if (each && w->units == 0)
		return json_null();
	json = json_object();
	for (unsigned p = 0; p < PHASE_MAX; p++)
		json_object_set_new(json, names[p], share_json(w->phase[p], each, w->units));
	for (unsigned i = 0; i < SPLIT_MAX && w->split[SPLIT_LOOKUP]; i++)
		json_object_set_new(json, result_split_names[i],
				    share_json(w->split[i], each, w->units));
	json_object_set_new(json, "total", share_json(w->busy, each, w->units));
	json_object_set_new(json, "idle", share_json(w->idle, each, w->units));
	return json;
}

static json_t *
worker_json(const struct result_worker *w)
{
	static const char *const units[] = {"connections", "transactions", "packets"};

	return json_pack("{s:s, s:I, s:I, s:s, s:o, s:o, s:o}", "side",
			 w->active ? "client" : "server", "worker", (json_int_t)w->index, "lcore",
			 (json_int_t)w->lcore, "unit", units[w->unit], "units",
			 result_count_json(w->units), "cycles", phases_json(w, false),
			 "cycles_per_unit", phases_json(w, true));
}

json_t *
result_workers_json(const struct result_end *end)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < end->worker_count; i++)
		json_array_append_new(list, worker_json(&end->worker[i]));
	return list;
}
