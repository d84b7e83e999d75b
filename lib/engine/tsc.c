/* SPDX-License-Identifier: BSD-3-Clause */
#include "tsc.h"

#include <time.h>

#include <rte_cycles.h>

#define NS	1000000000
#define SPAN_NS 20000000 /* both ends are exact to some 50 ns: a few millionths */
#define TRIES	16

/* Both clocks at once. */
struct moment {
	uint64_t tsc;
	uint64_t ns;
};

/* The try that took the least time: an interrupt or another process came between the others. */
static struct moment
moment_take(void)
{
	uint64_t least = UINT64_MAX;
	struct moment m = {0};

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t before = rte_rdtsc_precise(), took;
		struct timespec t;

		clock_gettime(CLOCK_MONOTONIC, &t);
		took = rte_rdtsc_precise() - before;
		if (took >= least)
			continue;
		least = took;
		m.tsc = before + took / 2;
		m.ns = (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
	}
	return m;
}

uint64_t
tsc_hz(void)
{
	static uint64_t hz;

	if (hz == 0) {
		const struct timespec span = {.tv_nsec = SPAN_NS};
		struct moment from = moment_take(), to;

		nanosleep(&span, NULL); /* cut short by a signal it is less exact, and no more */
		to = moment_take();
		hz = (uint64_t)((unsigned __int128)(to.tsc - from.tsc) * NS / (to.ns - from.ns));
	}
	return hz;
}
