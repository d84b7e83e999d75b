/* SPDX-License-Identifier: BSD-3-Clause */
/* The program's munmap(): which threads wait for the workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <rte_lcore.h>

#include "engine/turn.h"

static unsigned turns;
static void *page;

/* In its place: nothing is unmapped yet. */
void
turn_wait(void)
{
	turns++;
	*(volatile char *)page = 1;
}

static void
unmap(unsigned lcore)
{
	RTE_PER_LCORE(_lcore_id) = lcore;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(munmap(page, 4096), 0);
	assert_int_equal(msync(page, 4096, MS_ASYNC), -1); /* it is gone */
}

static void
workers_do_not_wait_for_themselves(void **state)
{
	(void)state;
	unmap(0);
	assert_int_equal(turns, 0);
}

static void
other_threads_wait_for_them(void **state)
{
	(void)state;
	unmap(LCORE_ID_ANY);
	assert_int_equal(turns, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_do_not_wait_for_themselves),
		cmocka_unit_test(other_threads_wait_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
