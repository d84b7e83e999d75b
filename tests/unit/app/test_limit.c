/* SPDX-License-Identifier: BSD-3-Clause */
/* What held a run back: from evidence to verdict. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "limit.h"

/* A rate of 1000/s kept for ten seconds. */
#define KEPT .target = 1000, .seconds = 10, .attempted = 10000, .established = 10000
/* As fast as it goes, with idle workers. */
#define LOOP                                                                        \
	.seconds = 10, .attempted = 50000, .established = 50000, .client_busy = 40, \
	.server_busy = 60

#define JUDGE(limit, ...) judge(limit, &(const struct limit_evidence){__VA_ARGS__})

static void
judge(enum limit by, const struct limit_evidence *e)
{
	struct limit_verdict v;

	limit_judge(e, &v);
	assert_string_equal(limit_name(v.by), limit_name(by));
}

/* Fields given twice: the later value is meant. */
#pragma GCC diagnostic ignored "-Woverride-init"

static void
rate_as_asked_for(void **state)
{
	JUDGE(LIMIT_RATE, KEPT);
	JUDGE(LIMIT_RATE, KEPT, .client_busy = 100);		     /* nevertheless */
	JUDGE(LIMIT_RATE, KEPT, .refused = 5);			     /* an accident */
	JUDGE(LIMIT_RATE, KEPT, .attempted = 9902, .lag_us = 90000); /* on their way */
	JUDGE(LIMIT_RATE, KEPT, .attempted = 9990, .lag_us = 200000);
	JUDGE(LIMIT_RATE, KEPT, .attempted = 9700, .spread = 400);
}

static void
rate_not_reached(void **state)
{
	JUDGE(LIMIT_ELSEWHERE, KEPT, .attempted = 9900, .lag_us = 200000);
	JUDGE(LIMIT_CONCURRENCY, KEPT, .attempted = 5000, .held = 7, .lag_us = 4e6);
	JUDGE(LIMIT_CLIENT_BUSY, KEPT, .attempted = 5000, .client_busy = 96, .held = 7);
	JUDGE(LIMIT_SERVER_BUSY, KEPT, .attempted = 5000, .client_busy = 96, .server_busy = 99);
	JUDGE(LIMIT_PACKETS_LOST, KEPT, .attempted = 5000, .lost = 3);
	JUDGE(LIMIT_SOURCE_PORTS, KEPT, .attempted = 5000, .no_port = 3);
}

static void
core_of_others(void **state)
{
	JUDGE(LIMIT_CORE, LOOP, .client_busy = 100, .waited = 5.1);
	JUDGE(LIMIT_CORE, KEPT, .attempted = 5000, .held = 7, .lost = 3, .waited = 90);
	JUDGE(LIMIT_CLIENT_BUSY, LOOP, .client_busy = 100, .waited = 4.9);
	JUDGE(LIMIT_RATE, KEPT, .waited = 50); /* nevertheless */
	JUDGE(LIMIT_REFUSED, LOOP, .refused = 40000, .waited = 50);
}

static void
closed_loop(void **state)
{
	JUDGE(LIMIT_CONCURRENCY, LOOP);
	JUDGE(LIMIT_CLIENT_BUSY, LOOP, .client_busy = 97);
	JUDGE(LIMIT_SERVER_BUSY, LOOP, .server_busy = 97);
	JUDGE(LIMIT_PACKETS_LOST, LOOP, .lost = 1);
}

/* By what happened most, even if the rate was kept. */
static void
failures(void **state)
{
	JUDGE(LIMIT_REFUSED, KEPT, .established = 0, .refused = 10000, .client_busy = 100);
	JUDGE(LIMIT_RESET, KEPT, .reset = 300, .faults = 300);
	JUDGE(LIMIT_TRANSACTIONS, KEPT, .faults = 400, .reset = 300);
	JUDGE(LIMIT_UNANSWERED, KEPT, .established = 0, .unanswered = 10000);
	JUDGE(LIMIT_UNREACHABLE, KEPT, .established = 0, .unreachable = 10000);
	JUDGE(LIMIT_SOURCE_PORTS, KEPT, .no_port = 9000);
	JUDGE(LIMIT_MEMORY, KEPT, .no_memory = 9000);
}

/* Without a neighbour nothing is answered: the cause is named, and it is none once one was. */
static void
nobody_on_the_link(void **state)
{
	JUDGE(LIMIT_NO_NEIGHBOUR, KEPT, .attempted = 1, .established = 0, .unanswered = 1,
	      .neighbours = 1);
	JUDGE(LIMIT_RATE, KEPT, .neighbours = 1);
}

static void
nothing(void **state)
{
	JUDGE(LIMIT_NOTHING, .target = 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_as_asked_for), cmocka_unit_test(rate_not_reached),
		cmocka_unit_test(core_of_others),    cmocka_unit_test(closed_loop),
		cmocka_unit_test(failures),	     cmocka_unit_test(nobody_on_the_link),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
