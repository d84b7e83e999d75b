/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
control_call(struct tct_worker *w, worker_fn fn, void *arg, struct control_fault *fault)
{
	int ret = worker_call(w, fn, arg);

	return ret == 0 ? 0
			: control_refuse(fault, "worker-busy",
					 "the worker on lcore %u did not answer: %s", w->lcore,
					 strerror(-ret));
}

int
control_no_worker(unsigned n, struct control_fault *fault)
{
	return control_refuse(fault, "no-such-worker", "no worker %u", n);
}

json_t *
control_address(const struct tct_address *a)
{
	char text[TCT_ADDRESS_TEXT];

	return json_string(tct_address_format(a, text));
}

/* ---- listeners ------------------------------------------------------------------------------ */

#define LISTENERS_STEP 128 /* listeners copied in one call */

struct listeners_call {
	unsigned from;
	unsigned count;
	bool done;
	struct listener copies[LISTENERS_STEP];
};

static void
copy_listeners(struct tct_worker *w, void *arg)
{
	struct listeners_call *call = arg;
	unsigned left = w->tcp.listener_count - call->from;

	call->count = left < LISTENERS_STEP ? left : LISTENERS_STEP;
	call->done = call->count == left;
	memcpy(call->copies, &w->tcp.listeners[call->from], call->count * sizeof(call->copies[0]));
}

static json_t *
listener_json(const struct listener *l)
{
	struct tct_address address;
	bool any = (l->address.w64[0] | l->address.w64[1]) == 0;

	memcpy(address.bytes, l->address.b, sizeof(address.bytes));
	return json_pack("{s:o, s:i, s:s, s:I, s:I, s:I}", "address",
			 any ? json_string("*") : control_address(&address), "port", (int)l->port,
			 "service", l->service->name, "backlog", (json_int_t)l->backlog,
			 "half_open", (json_int_t)l->half_open, "accepted",
			 (json_int_t)l->accepted);
}

static void
add_to(json_t *o, const char *name, uint64_t n)
{
	json_t *v = json_object_get(o, name);

	json_integer_set(v, json_integer_value(v) + (json_int_t)n);
}

/* All workers of an endpoint have the same listeners in the same order. */
static int
listeners_of(struct tct_worker *w, bool first, json_t *list, size_t base,
	     struct control_fault *fault)
{
	struct listeners_call *c = calloc(1, sizeof(*c));
	int ret = c ? 0 : control_refuse(fault, "no-memory", "no memory");

	while (ret == 0 && !c->done) {
		ret = control_call(w, copy_listeners, c, fault);
		for (unsigned i = 0; ret == 0 && i < c->count; i++) {
			json_t *o = json_array_get(list, base + c->from + i);

			if (first) {
				json_array_append_new(list, listener_json(&c->copies[i]));
			} else if (o) {
				add_to(o, "half_open", c->copies[i].half_open);
				add_to(o, "accepted", c->copies[i].accepted);
			}
		}
		c->from += c->count;
	}
	free(c);
	return ret;
}

json_t *
control_listeners(const struct control_view *view, const struct control_request *q,
		  struct control_fault *fault)
{
	json_t *list = json_array();

	(void)q;
	for (unsigned i = 0; i < view->endpoint_count; i++) {
		const struct tct_endpoint *e = view->endpoints[i];
		size_t base = json_array_size(list);

		for (unsigned n = 0; n < e->worker_count; n++)
			if (listeners_of(e->workers[n], n == 0, list, base, fault) < 0) {
				json_decref(list);
				return NULL;
			}
	}
	return json_pack("{s:o}", "listeners", list);
}

/* ---- counters ------------------------------------------------------------------------------- */

static json_t *
counters_json(const struct counters *c)
{
	json_t *groups = json_object();

	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		const struct counter_info *info = &counter_info[i];
		json_t *group = json_object_get(groups, info->group);

		if (!group) {
			group = json_object();
			json_object_set_new(groups, info->group, group);
		}
		json_object_set_new(group, info->name, json_integer((json_int_t)c->v[i]));
	}
	return groups;
}

json_t *
control_counters(const struct control_view *view, const struct control_request *q,
		 struct control_fault *fault)
{
	struct counters sum = {0};
	struct tct_worker *w;

	if (q->given & HAS(WORKER) && !control_worker(view, q->worker)) {
		control_no_worker(q->worker, fault);
		return NULL;
	}
	for (unsigned n = 0; (w = control_worker(view, n)); n++)
		for (unsigned i = 0; i < COUNTER_MAX; i++)
			if (!(q->given & HAS(WORKER)) || q->worker == n)
				sum.v[i] += __atomic_load_n(&w->counters.v[i], __ATOMIC_RELAXED);
	return json_pack("{s:o}", "counters", counters_json(&sum));
}

/* ---- one object or list for each worker ------------------------------------------------------ */

json_t *
control_each_worker(const struct control_view *view, const struct control_request *q,
		    const char *name,
		    int (*fn)(struct tct_worker *w, unsigned n, json_t *list,
			      struct control_fault *fault),
		    struct control_fault *fault)
{
	unsigned n = q->given & HAS(WORKER) ? q->worker : 0;
	struct tct_worker *w = control_worker(view, n);
	json_t *list = json_array();
	int ret = w ? 0 : control_no_worker(q->worker, fault);

	while (ret == 0 && w) {
		ret = fn(w, n, list, fault);
		w = q->given & HAS(WORKER) ? NULL : control_worker(view, ++n);
	}
	if (ret == 0)
		return json_pack("{s:o}", name, list);
	json_decref(list);
	return NULL;
}

/* ---- neighbours ----------------------------------------------------------------------------- */

struct neighbour_copy {
	unsigned port;
	struct tct_address address;
	struct rte_ether_addr mac;
	const char *state; /* static */
};

struct neighbours_call {
	uint32_t count, room;
	struct neighbour_copy copies[];
};

static void
copy_neighbour(void *arg, unsigned port, const struct addr *a, const struct rte_ether_addr *mac,
	       const char *state)
{
	struct neighbours_call *call = arg;
	struct neighbour_copy *c = &call->copies[call->count];

	if (call->count == call->room)
		return;
	call->count++;
	*c = (struct neighbour_copy){.port = port, .mac = *mac, .state = state};
	memcpy(c->address.bytes, a->b, sizeof(c->address.bytes));
}

static void
copy_neighbours(struct tct_worker *w, void *arg)
{
	net_neighbours(w->net, copy_neighbour, arg);
}

static json_t *
neighbour_json(const struct neighbour_copy *c, const struct tct_worker *w, unsigned worker)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(mac, sizeof(mac), &c->mac);
	return json_pack("{s:i, s:s, s:o, s:s, s:s}", "worker", (int)worker, "port",
			 w->ports[c->port].port->name, "address", control_address(&c->address),
			 "mac", strcmp(c->state, "incomplete") ? mac : "-", "state", c->state);
}

static int
neighbours_of(struct tct_worker *w, unsigned n, json_t *list, struct control_fault *fault)
{
	uint32_t room = w->endpoint->config.memory.neighbours * w->port_count;
	struct neighbours_call *c = calloc(1, sizeof(*c) + room * sizeof(c->copies[0]));
	int ret;

	if (!c)
		return control_refuse(fault, "no-memory", "no memory");
	c->room = room;
	ret = control_call(w, copy_neighbours, c, fault);
	for (uint32_t i = 0; ret == 0 && i < c->count; i++)
		json_array_append_new(list, neighbour_json(&c->copies[i], w, n));
	free(c);
	return ret;
}

json_t *
control_neighbours(const struct control_view *view, const struct control_request *q,
		   struct control_fault *fault)
{
	return control_each_worker(view, q, "neighbours", neighbours_of, fault);
}

/* ---- dump ----------------------------------------------------------------------------------- */

/* What the tables of a worker say of themselves; copied on it. */
struct dump_call {
	struct pool conns, half_opens, time_waits, extents, reorders, flights, ranges;
	struct flow_table flows;
	uint64_t timers;
	uint64_t polls, busy_polls, busy_cycles, idle_cycles;
	uint32_t spare, out;
	unsigned spaces;
	bool cookie_mode, stopping;
};

static void
dump_on(struct tct_worker *w, void *arg)
{
	*(struct dump_call *)arg = (struct dump_call){
		.conns = w->tcp.conns,
		.half_opens = w->tcp.half_opens,
		.time_waits = w->tcp.time_waits,
		.extents = w->tcp.extents.nodes,
		.flights = w->tcp.flights,
		.ranges = w->tcp.ranges,
		.reorders = w->tcp.reorders,
		.flows = w->tcp.flows,
		.timers = wheel_pending(w->tcp.wheel),
		.polls = w->polls,
		.busy_polls = w->busy_polls,
		.busy_cycles = w->busy_cycles,
		.idle_cycles = w->idle_cycles,
		.spare = w->tx.spare_count,
		.out = w->tx.out_count,
		.spaces = w->tcp.space_count,
		.cookie_mode = w->tcp.cookie_mode,
		.stopping = w->tcp.stopping,
	};
}

/* touched: records that were ever used, and so the memory that is. */
static json_t *
pool_json(const struct pool *p)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "used", (json_int_t)p->used, "touched",
			 (json_int_t)p->fresh, "capacity", (json_int_t)p->capacity, "record_bytes",
			 (json_int_t)p->record_size);
}

static json_t *
flows_json(const struct flow_table *t)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "entries", (json_int_t)t->count, "buckets",
			 (json_int_t)t->buckets, "overflow_touched",
			 (json_int_t)(t->overflow_fresh - t->buckets), "overflow_capacity",
			 (json_int_t)(t->overflow_end - t->buckets));
}

static int
dump_of(struct tct_worker *w, unsigned n, json_t *list, struct control_fault *fault)
{
	struct dump_call d;
	json_t *o;

	if (control_call(w, dump_on, &d, fault) < 0)
		return -EIO;
	o = json_pack("{s:i, s:i, s:i, s:b, s:b}", "worker", (int)n, "lcore", (int)w->lcore,
		      "socket", w->socket, "stopping", d.stopping, "cookie_mode", d.cookie_mode);
	json_object_set_new(o, "polls", json_integer((json_int_t)d.polls));
	json_object_set_new(o, "busy_polls", json_integer((json_int_t)d.busy_polls));
	json_object_set_new(o, "busy_cycles", json_integer((json_int_t)d.busy_cycles));
	json_object_set_new(o, "idle_cycles", json_integer((json_int_t)d.idle_cycles));
	json_object_set_new(o, "connections", pool_json(&d.conns));
	json_object_set_new(o, "half_open", pool_json(&d.half_opens));
	json_object_set_new(o, "time_wait", pool_json(&d.time_waits));
	json_object_set_new(o, "extents", pool_json(&d.extents));
	json_object_set_new(o, "flights", pool_json(&d.flights));
	json_object_set_new(o, "ranges", pool_json(&d.ranges));
	json_object_set_new(o, "out_of_order", pool_json(&d.reorders));
	json_object_set_new(o, "flow_table", flows_json(&d.flows));
	json_object_set_new(o, "timers_pending", json_integer((json_int_t)d.timers));
	json_object_set_new(o, "tx_spare", json_integer(d.spare));
	json_object_set_new(o, "tx_queued", json_integer(d.out));
	json_object_set_new(o, "port_spaces", json_integer(d.spaces));
	json_array_append_new(list, o);
	return 0;
}

json_t *
control_dump(const struct control_view *view, const struct control_request *q,
	     struct control_fault *fault)
{
	return control_each_worker(view, q, "workers", dump_of, fault);
}
