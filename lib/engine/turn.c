/* SPDX-License-Identifier: BSD-3-Clause */
#include "turn.h"

#include <pthread.h>
#include <time.h>

#include <rte_lcore.h>

#define NAP_NS	20000
#define WAIT_MS 100

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct tct_worker *running[RTE_MAX_LCORE]; /* by lcore */

static void
set(const struct tct_worker *w, const struct tct_worker *value)
{
	pthread_mutex_lock(&lock);
	running[w->lcore] = value;
	pthread_mutex_unlock(&lock);
}

void
turn_add(const struct tct_worker *w)
{
	set(w, w);
}

void
turn_remove(const struct tct_worker *w)
{
	set(w, NULL);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Counted at the end of a poll; the next one may have begun to look before the count is seen. */
static bool
has_turned(const struct tct_worker *w, uint64_t polls)
{
	return __atomic_load_n(&w->polls, __ATOMIC_ACQUIRE) - polls >= 2 ||
	       !atomic_load(&w->running);
}

void
turn_wait(void)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	uint64_t end_ms = now_ms() + WAIT_MS;

	atomic_thread_fence(memory_order_seq_cst);
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < RTE_MAX_LCORE; i++) {
		const struct tct_worker *w = running[i];
		uint64_t polls = w ? __atomic_load_n(&w->polls, __ATOMIC_ACQUIRE) : 0;

		while (w && !has_turned(w, polls) && now_ms() < end_ms)
			nanosleep(&nap, NULL);
	}
	pthread_mutex_unlock(&lock);
}
