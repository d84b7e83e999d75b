/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each worker does: its packets, cycles, connections by state, what it hands over and takes
 * over, what it drops; and how packets find it on each of its ports.
 *
 * Words with one writer are read from outside. Connections are counted by the worker, a few records
 * in each of its polls.
 */
#include <errno.h>
#include <string.h>

#include "control_tables.h"
#include "engine/steer.h"
#include "engine/team.h"

#define READ(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
counter_json(const struct tct_worker *w, enum counter c)
{
	return number(READ(w->counters.v[c]));
}

/* By reason, those that there were. */
static json_t *
drops_json(const struct tct_worker *w, uint64_t *sum)
{
	json_t *o = json_object();

	*sum = 0;
	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		uint64_t n = READ(w->counters.v[i]);

		if (n == 0 || strcmp(counter_info[i].group, "drop") != 0)
			continue;
		json_object_set_new(o, counter_info[i].name, number(n));
		*sum += n;
	}
	return o;
}

static json_t *
states_json(struct tct_worker *w, struct control_fault *fault)
{
	uint64_t counts[STATE_MAX] = {0};
	json_t *o;

	if (control_count_states(w, counts) < 0) {
		control_refuse(fault, "worker-busy", "the worker on lcore %u did not answer",
			       w->lcore);
		return NULL;
	}
	o = json_object();
	for (unsigned i = STATE_CLOSED + 1; i < STATE_MAX; i++)
		if (counts[i] != 0)
			json_object_set_new(o, state_name[i], number(counts[i]));
	return o;
}

/* ---- ports ---------------------------------------------------------------------------------- */

static json_t *
port_json(const struct tct_worker *w, unsigned i)
{
	const struct worker_port *wp = &w->ports[i];
	json_t *o = json_object();

	json_object_set_new(o, "port", json_string(wp->port->name));
	json_object_set_new(o, "queue",
			    wp->queue == QUEUE_NONE ? json_null() : json_integer(wp->queue));
	json_object_set_new(o, "steering", json_string(steer_mode_text(w, i)));
	json_object_set_new(o, "why",
			    team_verdict(w->team, i) == RSS_GOOD
				    ? json_null()
				    : json_string(rss_verdict_text(team_verdict(w->team, i))));
	return o;
}

static json_t *
ports_json(const struct tct_worker *w)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < w->port_count; i++)
		json_array_append_new(list, port_json(w, i));
	return list;
}

/* ---- all ------------------------------------------------------------------------------------ */

static json_t *
cycles_json(const struct tct_worker *w)
{
	uint64_t busy = READ(w->busy_cycles), all = busy + READ(w->idle_cycles);

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "polls", number(READ(w->polls)), "busy_polls",
			 number(READ(w->busy_polls)), "busy_cycles", number(busy), "idle_cycles",
			 number(all - busy), "busy_percent",
			 number(all ? (100 * busy + all / 2) / all : 0));
}

static int
worker_of(struct tct_worker *w, unsigned n, json_t *list, struct control_fault *fault)
{
	static const struct {
		const char *name;
		enum counter counter;
	} members[] = {
		{"rx_packets", COUNTER_RX_PACKETS},	{"rx_bursts", COUNTER_RX_BURSTS},
		{"rx_bytes", COUNTER_RX_BYTES},		{"tx_packets", COUNTER_TX_PACKETS},
		{"tx_bytes", COUNTER_TX_BYTES},		{"established", COUNTER_CONN_ESTABLISHED},
		{"steered_out", COUNTER_STEERED_OUT},	{"steered_in", COUNTER_STEERED_IN},
		{"rss_mismatch", COUNTER_RSS_MISMATCH},
	};
	json_t *states = states_json(w, fault), *o;
	uint64_t drops;

	if (states == NULL)
		return -EINVAL;
	o = json_pack("{s:i, s:i, s:i}", "worker", (int)n, "lcore", (int)w->lcore, "socket",
		      w->socket);
	for (unsigned i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_set_new(o, members[i].name, counter_json(w, members[i].counter));
	json_object_set_new(o, "connections", number(READ(w->tcp.conns.used)));
	json_object_set_new(o, "states", states);
	json_object_set_new(o, "drops_by_reason", drops_json(w, &drops));
	json_object_set_new(o, "drops", number(drops));
	json_object_set_new(o, "ports", ports_json(w));
	json_object_update_new(o, cycles_json(w));
	json_array_append_new(list, o);
	return 0;
}

json_t *
control_workers(const struct control_view *view, const struct control_request *q,
		struct control_fault *fault)
{
	return control_each_worker(view, q, "workers", worker_of, fault);
}
