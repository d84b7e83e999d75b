/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The poll loop. One turn: spare buffers, a burst from each queue through the receive stages, one
 * request from outside, the service's poll, timers, the flush of all that connections owe, and tx.
 * Nothing waits for a timer to be sent. Every stage is bounded, so a turn is.
 */
#include "worker.h"

#include <rte_cycles.h>
#include <rte_pause.h>

#include "control.h"
#include "steer.h"

static void
stop_step(struct tct_worker *w)
{
	uint32_t before = w->stop_position;

	tcp_stop(&w->tcp, w->stop == WORKER_ABORT, &w->stop_position, WORKER_STOP_STEP);
	if (w->stop_position == before)
		w->stop_position = w->tcp.conns.used ? 0 : before; /* again, for late comers */
}

bool
worker_poll(struct tct_worker *w)
{
	return worker_poll_at(w, clock_us(&w->clock, rte_rdtsc()));
}

bool
worker_poll_at(struct tct_worker *w, uint64_t now_us)
{
	uint64_t start = rte_rdtsc(), since;
	uint64_t timers = w->counters.v[COUNTER_TIMER_FIRED];
	unsigned rx = 0, tx;
	bool busy;

	tcp_set_time(&w->tcp, now_us);
	tx_refill(w);
	if (w->peers != NULL)
		rx += steer_input(w);
	for (unsigned i = 0; i < w->port_count; i++)
		if (likely(w->ports[i].queue != QUEUE_NONE))
			rx += rx_stage(w, i);
	if (w->peers != NULL)
		steer_flush(w);
	since = rte_rdtsc();
	if (unlikely(!rte_ring_empty(w->requests)))
		worker_serve_request(w);
	if (unlikely(w->stop != WORKER_RUN))
		stop_step(w);
	if (w->poll)
		w->poll(w, w->tcp.now_us, w->poll_arg);
	phase_end(w, PHASE_SERVICE, &since);
	tcp_timers(&w->tcp, WORKER_TIMER_LIMIT);
	net_timers(w->net, w->tcp.now_us);
	phase_end(w, PHASE_TIMERS, &since);
	tcp_flush(&w->tcp);
	phase_end(w, PHASE_FLUSH, &since);
	tx = tx_stage(w);
	if (w->peers != NULL)
		steer_flush(w);
	phase_end(w, PHASE_TX, &since);

	busy = rx || tx || w->counters.v[COUNTER_TIMER_FIRED] != timers;
	w->polls++;
	if (busy) {
		w->busy_polls++;
		w->busy_cycles += since - start;
	} else {
		w->idle_cycles += since - start;
	}
	return busy;
}

int
worker_main(void *worker)
{
	struct tct_worker *w = worker;

	net_announce(w->net, clock_us(&w->clock, rte_rdtsc()));
	while (!atomic_load_explicit(&w->quit, memory_order_relaxed))
		worker_poll(w);
	while (!rte_ring_empty(w->requests)) /* nobody is left waiting */
		worker_serve_request(w);
	atomic_store(&w->running, false);
	return 0;
}

static void
drain_record(uint32_t ref, void *arg)
{
	uint32_t *refs = arg;

	refs[++refs[0]] = ref;
}

#define DRAIN_STEP 4096

void
worker_drain(struct tct_worker *w)
{
	static uint32_t refs[DRAIN_STEP + 1];
	uint64_t pos = 0;
	bool more = true;

	tcp_flush(&w->tcp); /* conns killed last */
	while (more) {
		refs[0] = 0;
		more = flow_walk(&w->tcp.flows, &pos, DRAIN_STEP, drain_record, refs);
		for (uint32_t i = 1; i <= refs[0]; i++)
			if (REF_KIND(refs[i]) == RECORD_HALF_OPEN)
				pool_free(&w->tcp.half_opens, REF_INDEX(refs[i]));
			else if (REF_KIND(refs[i]) == RECORD_TIME_WAIT)
				pool_free(&w->tcp.time_waits, REF_INDEX(refs[i]));
	}
	tx_drain(w);
}
