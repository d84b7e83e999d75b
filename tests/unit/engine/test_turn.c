/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting until workers have come around. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "engine/turn.h"

#define NAP_NS 30000000 /* of a worker in the middle of a poll */

static struct tct_worker *w[2];

static int
make(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		w[i] = calloc(1, sizeof(*w[i]));
		if (!w[i])
			return -1;
		w[i]->lcore = i;
		atomic_store(&w[i]->running, true);
		turn_add(w[i]);
	}
	return 0;
}

static int
clean_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		turn_remove(w[i]);
		free(w[i]);
	}
	return 0;
}

/* The one that it is in, and the one that may have begun meanwhile. */
static void *
end_two_polls(void *worker)
{
	struct tct_worker *own = worker;
	const struct timespec nap = {.tv_nsec = NAP_NS};

	for (unsigned i = 0; i < 2; i++) {
		nanosleep(&nap, NULL);
		__atomic_fetch_add(&own->polls, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static double
ms_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

static void
each_worker_is_waited_for(void **state)
{
	pthread_t thread[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, end_two_polls, w[i]), 0);
	turn_wait();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(w[i]->polls, 2);
		pthread_join(thread[i], NULL);
	}
}

static void
not_for_ever(void **state)
{
	struct timespec begin;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	turn_wait();
	assert_true(ms_since(&begin) >= 99 && ms_since(&begin) < 1000);
}

static void
who_has_ended_is_not(void **state)
{
	(void)state;
	atomic_store(&w[0]->running, false);
	turn_remove(w[1]);
	turn_wait(); /* and what is freed is not looked at: a sanitizer would see */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_worker_is_waited_for, make, clean_up),
		cmocka_unit_test_setup_teardown(not_for_ever, make, clean_up),
		cmocka_unit_test_setup_teardown(who_has_ended_is_not, make, clean_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
