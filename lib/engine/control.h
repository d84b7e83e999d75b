/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asking a running worker: a function and its argument travel over a ring, the worker runs it in
 * its poll, one per poll, and says when it is done. The packet way never waits for the asker.
 */
#ifndef TCT_ENGINE_CONTROL_H
#define TCT_ENGINE_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>

struct tct_worker;

typedef void (*worker_fn)(struct tct_worker *worker, void *arg);

/*
 * Runs fn on the worker and waits until it has; on the caller's thread when the worker is not
 * running. fn must be short: it holds up the poll. 0, -EBUSY when the ring is full, or -ETIMEDOUT
 * when the worker did not come to it within a second (fn will not run later then).
 */
int worker_call(struct tct_worker *worker, worker_fn fn, void *arg);

/* Worker side: runs at most one request. */
void worker_serve_request(struct tct_worker *worker);

#endif
