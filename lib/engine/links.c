/* SPDX-License-Identifier: BSD-3-Clause */
#include "links.h"

#include <rte_alarm.h>

#include "control.h"
#include "endpoint.h"
#include "log.h"

#define WATCH_US 500000

/* ---- one port ------------------------------------------------------------------------------- */

/* On the worker. */
static void
announce(struct tct_worker *w, void *arg)
{
	net_announce_again(w->net, *(unsigned *)arg);
}

/* On the worker that polls it: the first of its team has its first queue. */
static void
restart(struct tct_worker *w, void *port)
{
	port_restart(port);
}

/* Port i is the (i / teams)-th of its team; the team's first worker is the writer of its net. */
static struct tct_worker *
writer_of(const struct tct_endpoint *e, unsigned i)
{
	return e->teams[i % e->team_count]->members[0];
}

/* These two words are the watcher's alone. */
static void
count(struct tct_worker *w, enum counter c)
{
	__atomic_store_n(&w->counters.v[c], w->counters.v[c] + 1, __ATOMIC_RELAXED);
}

static void
look(struct tct_endpoint *e, unsigned i)
{
	struct tct_worker *w = writer_of(e, i);
	unsigned index = i / e->team_count;
	bool up = port_link_up(e->ports[i]);

	if (!up && port_wants_restart(e->ports[i]))
		worker_call(w, restart, e->ports[i]);
	if (up == e->link_up[i])
		return;
	e->link_up[i] = up;
	count(w, up ? COUNTER_LINK_UP : COUNTER_LINK_DOWN);
	ENGINE_LOG(NOTICE, "%s: the link is %s\n", e->ports[i]->name, up ? "up" : "down");
	if (up)
		worker_call(w, announce, &index);
}

/* ---- all ------------------------------------------------------------------------------------ */

static void
watch(void *endpoint)
{
	struct tct_endpoint *e = endpoint;

	pthread_mutex_lock(&e->links_lock);
	if (e->links_watched) {
		for (unsigned i = 0; i < e->config.port_count; i++)
			look(e, i);
		rte_eal_alarm_set(WATCH_US, watch, e);
	}
	pthread_mutex_unlock(&e->links_lock);
}

/* A link that is down at the start is no change, but worth a word. */
void
links_watch(struct tct_endpoint *e)
{
	if (e->ports_given)
		return; /* in memory */
	for (unsigned i = 0; i < e->config.port_count; i++) {
		e->link_up[i] = port_link_up(e->ports[i]);
		if (!e->link_up[i])
			ENGINE_LOG(NOTICE, "%s: the link is down\n", e->ports[i]->name);
	}
	e->links_watched = true;
	pthread_mutex_init(&e->links_lock, NULL);
	rte_eal_alarm_set(WATCH_US, watch, e);
}

/* Waits for a watch that is running, and none is from then on. */
void
links_unwatch(struct tct_endpoint *e)
{
	if (!e->links_watched)
		return;
	pthread_mutex_lock(&e->links_lock);
	e->links_watched = false;
	pthread_mutex_unlock(&e->links_lock);
	rte_eal_alarm_cancel(watch, e);
	pthread_mutex_destroy(&e->links_lock);
}
