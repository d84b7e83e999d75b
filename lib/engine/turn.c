/* SPDX-License-Identifier: BSD-3-Clause */
#include "turn.h"

#include <pthread.h>
#include <time.h>

#include <rte_lcore.h>

#define NAP_NS	 20000
#define NAPS_MAX 5000

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

/* Counted at the end of a poll. */
static uint64_t
polls_of(const struct tct_worker *w)
{
	return __atomic_load_n(&w->polls, __ATOMIC_ACQUIRE);
}

void
turn_wait(void)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	unsigned naps = 0;

	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < RTE_MAX_LCORE; i++) {
		const struct tct_worker *w = running[i];
		uint64_t polls = w ? polls_of(w) : 0;

		for (; w && polls_of(w) == polls && atomic_load(&w->running) && naps < NAPS_MAX;
		     naps++)
			nanosleep(&nap, NULL);
	}
	pthread_mutex_unlock(&lock);
}
