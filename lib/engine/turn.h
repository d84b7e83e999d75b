/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a worker has come around: what it was in the middle of is over then, and it has seen what
 * was written before. So memory that workers are told not to look at any more can be taken away.
 */
#ifndef TCT_ENGINE_TURN_H
#define TCT_ENGINE_TURN_H

#include "worker.h"

/* [control] A worker begins to run, or has ended. */
void turn_add(const struct tct_worker *worker);
void turn_remove(const struct tct_worker *worker);

/* Waits until every worker that runs has begun another poll, 100 ms at most. Any thread but theirs.
 */
void turn_wait(void);

#endif
