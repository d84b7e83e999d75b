/* SPDX-License-Identifier: BSD-3-Clause */
#include "turn.h"

#include <pthread.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "tsc.h"

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
	uint64_t end = rte_rdtsc() + WAIT_MS * (tsc_hz() / 1000);

	atomic_thread_fence(memory_order_seq_cst);
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < RTE_MAX_LCORE; i++) {
		const struct tct_worker *w = running[i];
		uint64_t polls = w ? __atomic_load_n(&w->polls, __ATOMIC_ACQUIRE) : 0;

		while (w && !has_turned(w, polls) && rte_rdtsc() < end)
			nanosleep(&nap, NULL);
	}
	pthread_mutex_unlock(&lock);
}
