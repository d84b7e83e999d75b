/* SPDX-License-Identifier: BSD-3-Clause */
/* What benches of workers on in-memory ports have in common. */
#ifndef TCT_TESTS_BENCH_H
#define TCT_TESTS_BENCH_H

#include "../unit/eal.h"

/* Ends the bench as skipped, where what it needs is not there. */
static inline void
must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	printf("SKIP: %s: %d\n", what, ret);
	exit(77);
}

#endif
