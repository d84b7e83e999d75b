/* SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "worker.h"

#define CALL_TIMEOUT_NS 1000000000ll
#define CALL_NAP_NS	50000

/* Shared by asker and worker; whoever leaves last frees it. */
enum request_state {
	REQUEST_WAITING,
	REQUEST_RUNNING,
	REQUEST_DONE,
	REQUEST_GIVEN_UP
};

struct worker_request {
	worker_fn fn;
	void *arg;
	_Atomic int state; /* enum request_state */
};

void
worker_serve_request(struct tct_worker *w)
{
	struct worker_request *r;
	int expected = REQUEST_WAITING;

	if (rte_ring_dequeue(w->requests, (void **)&r) < 0)
		return;
	if (!atomic_compare_exchange_strong(&r->state, &expected, REQUEST_RUNNING)) {
		free(r); /* the asker gave up and left it to us */
		return;
	}
	r->fn(w, r->arg);
	w->counters.v[COUNTER_CONTROL_REQUESTS]++;
	atomic_store(&r->state, REQUEST_DONE);
}

/* Waits for DONE; gives up only a request that has not begun. */
static int
await(struct worker_request *r)
{
	const struct timespec nap = {.tv_nsec = CALL_NAP_NS};
	int expected = REQUEST_WAITING;

	for (long long waited = 0; atomic_load(&r->state) != REQUEST_DONE; waited += CALL_NAP_NS) {
		if (waited >= CALL_TIMEOUT_NS &&
		    atomic_compare_exchange_strong(&r->state, &expected, REQUEST_GIVEN_UP))
			return -ETIMEDOUT;
		expected = REQUEST_WAITING;
		nanosleep(&nap, NULL);
	}
	free(r);
	return 0;
}

int
worker_call(struct tct_worker *w, worker_fn fn, void *arg)
{
	struct worker_request *r;

	if (!atomic_load(&w->running)) {
		fn(w, arg);
		return 0;
	}
	r = malloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->fn = fn;
	r->arg = arg;
	atomic_init(&r->state, REQUEST_WAITING);
	if (rte_ring_enqueue(w->requests, r) < 0) {
		free(r);
		return -EBUSY;
	}
	return await(r);
}
