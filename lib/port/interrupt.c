/* SPDX-License-Identifier: BSD-3-Clause */
#include "interrupt.h"

#include <semaphore.h>

#include <rte_alarm.h>

struct call {
	void (*fn)(void *arg);
	void *arg;
	sem_t done;
};

static void
answer(void *call)
{
	struct call *c = call;

	c->fn(c->arg);
	sem_post(&c->done);
}

void
interrupt_call(void (*fn)(void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};

	sem_init(&c.done, 0, 0);
	if (rte_eal_alarm_set(1, answer, &c) != 0)
		answer(&c);
	while (sem_wait(&c.done) != 0)
		;
	sem_destroy(&c.done);
}
