/* SPDX-License-Identifier: BSD-3-Clause */
#include "telemetry.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "base/compat.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct control_view shown; /* under lock; endpoint_count 0: none */

/* The worker that params name; false: it is no number. */
static bool
param_worker(const char *params, unsigned *n)
{
	char *end;
	unsigned long v = strtoul(params, &end, 10);

	*n = (unsigned)v;
	return end != params && *end == '\0' && v <= UINT16_MAX;
}

static int
show_counters(const char *params, struct rte_tel_data *d)
{
	unsigned only = 0;
	struct tct_worker *w;
	bool one = params && *params;

	if (one && (!param_worker(params, &only) || !control_worker(&shown, only)))
		return -EINVAL;
	rte_tel_data_start_dict(d);
	for (unsigned i = COUNTER_NONE + 1; i < COUNTER_MAX; i++) {
		uint64_t sum = 0;

		for (unsigned n = 0; (w = control_worker(&shown, n)); n++)
			if (!one || n == only)
				sum += __atomic_load_n(&w->counters.v[i], __ATOMIC_RELAXED);
		compat_tel_dict_u64(d, counter_info[i].name, sum);
	}
	return 0;
}

static int
show_connections(const char *params, struct rte_tel_data *d)
{
	uint64_t counts[STATE_MAX] = {0};
	struct tct_worker *w;

	(void)params;
	for (unsigned n = 0; (w = control_worker(&shown, n)); n++) {
		int ret = control_count_states(w, counts);

		if (ret < 0)
			return ret;
	}
	rte_tel_data_start_dict(d);
	for (unsigned i = STATE_CLOSED + 1; i < STATE_MAX; i++)
		if (i != STATE_LISTEN)
			compat_tel_dict_u64(d, state_name[i], counts[i]);
	return 0;
}

/* What may be read from outside: words with one writer. */
static void
worker_dict(struct rte_tel_data *d, const struct tct_worker *w)
{
#define READ(field) __atomic_load_n(&w->field, __ATOMIC_RELAXED)
	rte_tel_data_start_dict(d);
	compat_tel_dict_u64(d, "lcore", w->lcore);
	compat_tel_dict_u64(d, "running", atomic_load(&w->running));
	compat_tel_dict_u64(d, "polls", READ(polls));
	compat_tel_dict_u64(d, "busy_polls", READ(busy_polls));
	compat_tel_dict_u64(d, "busy_cycles", READ(busy_cycles));
	compat_tel_dict_u64(d, "idle_cycles", READ(idle_cycles));
	compat_tel_dict_u64(d, "connections", READ(tcp.conns.used));
	compat_tel_dict_u64(d, "half_open", READ(tcp.half_opens.used));
	compat_tel_dict_u64(d, "time_wait", READ(tcp.time_waits.used));
	compat_tel_dict_u64(d, "rx_packets", READ(counters.v[COUNTER_RX_PACKETS]));
	compat_tel_dict_u64(d, "tx_packets", READ(counters.v[COUNTER_TX_PACKETS]));
	compat_tel_dict_u64(d, "steered_out", READ(counters.v[COUNTER_STEERED_OUT]));
	compat_tel_dict_u64(d, "steered_in", READ(counters.v[COUNTER_STEERED_IN]));
	compat_tel_dict_u64(d, "rss_mismatch", READ(counters.v[COUNTER_RSS_MISMATCH]));
#undef READ
}

static int
show_workers(const char *params, struct rte_tel_data *d)
{
	struct tct_worker *w;

	(void)params;
	rte_tel_data_start_dict(d);
	for (unsigned n = 0; (w = control_worker(&shown, n)); n++) {
		struct rte_tel_data *one = rte_tel_data_alloc();
		char name[16];

		if (!one)
			return -ENOMEM;
		worker_dict(one, w);
		snprintf(name, sizeof(name), "%u", n);
		rte_tel_data_add_dict_container(d, name, one, 0);
	}
	return 0;
}

static const struct {
	const char *command, *help;
	int (*show)(const char *params, struct rte_tel_data *d);
} commands[] = {
	{"/tercet/counters", "Counters of all workers. Parameters: int worker (optional)",
	 show_counters},
	{"/tercet/connections", "How many connections are in each state. Takes no parameters",
	 show_connections},
	{"/tercet/workers", "What each worker has done and holds. Takes no parameters",
	 show_workers},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
answer(const char *command, const char *params, struct rte_tel_data *d)
{
	int ret = -EINVAL;

	pthread_mutex_lock(&lock);
	for (unsigned i = 0; shown.endpoint_count && i < COMMANDS; i++)
		if (strcmp(command, commands[i].command) == 0)
			ret = commands[i].show(params, d);
	pthread_mutex_unlock(&lock);
	return ret;
}

int
telemetry_open(const struct control_view *view)
{
	static bool registered;

	pthread_mutex_lock(&lock);
	shown = *view;
	pthread_mutex_unlock(&lock);
	for (unsigned i = 0; !registered && i < COMMANDS; i++) {
		int ret = rte_telemetry_register_cmd(commands[i].command, answer, commands[i].help);

		if (ret < 0)
			return ret;
	}
	registered = true;
	return 0;
}

void
telemetry_close(void)
{
	pthread_mutex_lock(&lock);
	shown.endpoint_count = 0;
	pthread_mutex_unlock(&lock);
}
