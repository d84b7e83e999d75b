/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The answers that are tables of a worker: listeners, counters, neighbours, and how full the rest
 * is. Each as control_answer().
 */
#ifndef TCT_APP_CONTROL_TABLES_H
#define TCT_APP_CONTROL_TABLES_H

#include "control_answer.h"
#include "engine/control.h"

json_t *control_listeners(const struct control_view *view, const struct control_request *q,
			  struct control_fault *fault);
json_t *control_counters(const struct control_view *view, const struct control_request *q,
			 struct control_fault *fault);
json_t *control_neighbours(const struct control_view *view, const struct control_request *q,
			   struct control_fault *fault);
/* control_workers.c */
json_t *control_workers(const struct control_view *view, const struct control_request *q,
			struct control_fault *fault);
json_t *control_dump(const struct control_view *view, const struct control_request *q,
		     struct control_fault *fault);

/* What all answers use: */

/* Runs fn on a worker. 0, or -EINVAL and why not. */
int control_call(struct tct_worker *worker, worker_fn fn, void *arg, struct control_fault *fault);

/* Appends what fn makes of each worker, or of the one that is asked for, to a list of that name. */
json_t *control_each_worker(const struct control_view *view, const struct control_request *q,
			    const char *name,
			    int (*fn)(struct tct_worker *w, unsigned n, json_t *list,
				      struct control_fault *fault),
			    struct control_fault *fault);

/* Says that there is no such worker; -EINVAL. */
int control_no_worker(unsigned n, struct control_fault *fault);

/* The address as JSON text; a new reference. */
json_t *control_address(const struct tct_address *a);

#endif
