/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The poll loop. One turn: spare buffers, a burst from each queue through the receive stages, one
 * request from outside, the service's poll, timers, the flush of all that connections owe, and tx.
 * Nothing waits for a timer to be sent. Every stage is bounded, so a turn is.
 */
#include "worker.h"

#include <rte_cycles.h>
#include <rte_eal.h>
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

/* The second half of a poll is the same with nothing to do: only busy polls are told apart. */
enum {
	AT_START,
	AT_RX,
	AT_SERVICE,
	AT_TIMERS,
	AT_FLUSH,
	AT_TX,
	AT_MAX
};

static void
book_cycles(struct tct_worker *w, const uint64_t at[AT_MAX], bool busy)
{
	__atomic_store_n(&w->polls, w->polls + 1, __ATOMIC_RELEASE); /* turn.c */
	if (!busy) {
		w->idle_cycles += at[AT_TX] - at[AT_START];
		return;
	}
	w->busy_polls++;
	w->busy_cycles += at[AT_TX] - at[AT_START];
	w->phase_cycles[PHASE_SERVICE] += at[AT_SERVICE] - at[AT_RX];
	w->phase_cycles[PHASE_TIMERS] += at[AT_TIMERS] - at[AT_SERVICE];
	w->phase_cycles[PHASE_FLUSH] += at[AT_FLUSH] - at[AT_TIMERS];
	w->phase_cycles[PHASE_TX] += at[AT_TX] - at[AT_FLUSH];
}

static unsigned
receive(struct tct_worker *w)
{
	unsigned n = 0;

	if (w->peers != NULL)
		n += steer_input(w);
	for (unsigned i = 0; i < w->port_count; i++)
		if (likely(w->ports[i].queue != QUEUE_NONE))
			n += rx_stage(w, i);
	if (w->peers != NULL)
		steer_flush(w);
	return n;
}

static void
serve(struct tct_worker *w)
{
	if (unlikely(!rte_ring_empty(w->requests)))
		worker_serve_request(w);
	if (unlikely(w->stop != WORKER_RUN))
		stop_step(w);
	if (w->poll)
		w->poll(w, w->tcp.now_us, w->poll_arg);
}

static inline bool
poll(struct tct_worker *w, uint64_t now_us, uint64_t now_ns)
{
	uint64_t timers = w->counters.v[COUNTER_TIMER_FIRED];
	uint64_t at[AT_MAX];
	unsigned rx, tx;
	bool busy;

	at[AT_START] = rte_rdtsc();
	w->now_ns = now_ns;
	tcp_set_time(&w->tcp, now_us);
	tx_refill(w);
	rx = receive(w);
	at[AT_RX] = rte_rdtsc();
	serve(w);
	at[AT_SERVICE] = rte_rdtsc();
	tcp_timers(&w->tcp, WORKER_TIMER_LIMIT);
	net_timers(w->net, w->tcp.now_us);
	at[AT_TIMERS] = rte_rdtsc();
	tcp_flush(&w->tcp);
	at[AT_FLUSH] = rte_rdtsc();
	tx = tx_stage(w);
	if (w->peers != NULL)
		steer_flush(w);
	at[AT_TX] = rte_rdtsc();
	busy = rx || tx || w->counters.v[COUNTER_TIMER_FIRED] != timers;
	book_cycles(w, at, busy);
	return busy;
}

bool
worker_poll(struct tct_worker *w)
{
	uint64_t tsc = rte_rdtsc();

	return poll(w, clock_us(&w->clock, tsc), clock_ns(&w->clock, tsc));
}

bool
worker_poll_at(struct tct_worker *w, uint64_t now_us)
{
	return poll(w, now_us, now_us * 1000);
}

int
worker_main(void *worker)
{
	struct tct_worker *w = worker;

	atomic_store(&w->tid, rte_gettid());
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
