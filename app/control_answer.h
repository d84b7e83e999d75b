/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the control socket answers: workers are asked over their rings, and never for more than a
 * poll can bear.
 *
 * Connections are listed in steps of a few records, each step one call into the worker, and as many
 * steps in one answer as keep the main loop waiting for some 100 ms at most. What is left is had by
 * asking again with the cursor. A listing is therefore no snapshot: a connection that lives through
 * all of it is listed once, others perhaps.
 */
#ifndef TCT_APP_CONTROL_ANSWER_H
#define TCT_APP_CONTROL_ANSWER_H

#include <jansson.h>

#include "control_request.h"
#include "engine/endpoint.h"

#define CONTROL_ENDPOINTS 2

/* What is asked about. */
struct control_view {
	struct tct_endpoint *endpoints[CONTROL_ENDPOINTS];
	unsigned endpoint_count;
	void (*stop)(void *arg);
	void *stop_arg;
};

/* Worker number n of all endpoints, counted through; NULL: there are not so many. */
struct tct_worker *control_worker(const struct control_view *view, unsigned n);

/* Connections of one worker by state: conns, half-opens and time-waits. 0 or as worker_call(). Any
 * thread. */
int control_count_states(struct tct_worker *worker, uint64_t counts[STATE_MAX]);

/* Does what is asked; a new reference, NULL and the fault when it cannot be done. */
json_t *control_answer(const struct control_view *view, const struct control_request *request,
		       struct control_fault *fault);

/* {"error": ..., "code": ...}; a new reference. */
json_t *control_error(const struct control_fault *fault);

#endif
