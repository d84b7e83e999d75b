/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What two CPUs of a virtual machine are at the moment: cores CPU CPU
 *
 * The host places them where it likes, and says nothing of it. Two things make them another
 * machine:
 *
 * - Another guest has the other hardware thread of the core. Dependent additions take a cycle each
 *   whether or not a core is shared; four chains of them are four in a cycle on a core that is ours
 *   alone (AMD's have units for four, Intel's for five), and 2 to 2.9 on one whose units two
 * threads share. Of registers: Intel's since Alder Lake add constants without a unit.
 * - The two have no cache in common. A line that both write goes there and back in 300 ns then,
 *   otherwise in 50 to 70 on AMD's dies of eight cores, in 120 to 180 over an Intel socket's mesh.
 *
 * Prints a line each fifth of a second: seconds of the epoch, the ratio of either CPU, nanoseconds
 * for there and back; 0 where the two did not meet. A reading takes both CPUs from what runs there
 * for some 100 us. Ends with its standard input.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS	  INT64_C(1000000000)
#define EVERY_NS  (NS / 5)
#define MEET_NS	  (NS / 500)
#define ROUNDS	  1000
#define THROWS	  100
#define TRIES	  4
#define SPINS_MAX 1000000

#define TWICE(text) text text
#define EIGHT(text) TWICE(TWICE(TWICE(text)))

static alignas(128) atomic_uint ball;	    /* even: the first one's turn */
static alignas(128) atomic_uint here[2];    /* the reading that each has come to */
static alignas(128) atomic_uint other_adds; /* in hundredths of a cycle, of the second one */

static int64_t
now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static int64_t
dependent_ns(void)
{
	int64_t start = now_ns(CLOCK_MONOTONIC);
	uint64_t one = 1, a = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		__asm__ volatile(TWICE(TWICE(EIGHT("add %1, %0\n"))) : "+r"(a) : "r"(one));
	return now_ns(CLOCK_MONOTONIC) - start;
}

static int64_t
independent_ns(void)
{
	int64_t start = now_ns(CLOCK_MONOTONIC);
	uint64_t one = 1, a = 0, b = 0, c = 0, d = 0;

	for (unsigned i = 0; i < 4 * ROUNDS; i++)
		__asm__ volatile(
			TWICE(TWICE(TWICE("add %4, %0\nadd %4, %1\nadd %4, %2\nadd %4, %3\n")))
			: "+r"(a), "+r"(b), "+r"(c), "+r"(d)
			: "r"(one));
	return (now_ns(CLOCK_MONOTONIC) - start) / 4;
}

/* Whether the other one comes to the same reading, soon. */
static bool
meet(unsigned me, unsigned reading)
{
	int64_t limit = now_ns(CLOCK_MONOTONIC) + MEET_NS;

	if (me == 0)
		atomic_store(&ball, 0);
	atomic_store(&here[me], reading);
	while (atomic_load(&here[!me]) != reading)
		if (now_ns(CLOCK_MONOTONIC) > limit)
			return false;
	return true;
}

/* There and back, the shortest of a few means; 0: the other one is not there. */
static double
throw_ns(unsigned me)
{
	double shortest = 0;

	for (unsigned try = 0; try < TRIES; try++) {
		int64_t start = now_ns(CLOCK_MONOTONIC);
		double each;

		for (unsigned i = 0; i < THROWS; i++) {
			for (unsigned spins = 0; atomic_load(&ball) % 2 != me; spins++)
				if (spins > SPINS_MAX)
					return 0;
			atomic_fetch_add(&ball, 1);
		}
		each = (double)(now_ns(CLOCK_MONOTONIC) - start) / THROWS;
		if (try == 0 || each < shortest)
			shortest = each;
	}
	return shortest;
}

/* Both wake at the same time. Returns which it is. */
static unsigned
sleep_till_next(void)
{
	unsigned next = (unsigned)(now_ns(CLOCK_MONOTONIC) / EVERY_NS + 1);
	int64_t at = next * EVERY_NS;
	struct timespec t = {.tv_sec = at / NS, .tv_nsec = at % NS};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return next;
}

static void
bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0) {
		perror("sched_setaffinity");
		exit(1);
	}
}

static void *
other_cpu(void *cpu)
{
	bind_to(atoi(cpu));
	for (;;) {
		if (meet(1, sleep_till_next()))
			throw_ns(1);
		atomic_store(&other_adds, (unsigned)(100 * dependent_ns() / independent_ns()));
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	pthread_t other;

	if (argc != 3) {
		fprintf(stderr, "cores CPU CPU\n");
		return 2;
	}
	if (pthread_create(&other, NULL, other_cpu, argv[2]) != 0)
		return 1;
	bind_to(atoi(argv[1]));
	while (poll(&in, 1, 0) == 0) {
		double there_and_back = meet(0, sleep_till_next()) ? throw_ns(0) : 0;
		double adds = (double)dependent_ns() / (double)independent_ns();

		printf("%.3f %.2f %.2f %.0f\n", (double)now_ns(CLOCK_REALTIME) / 1e9, adds,
		       atomic_load(&other_adds) / 100.0, there_and_back);
		fflush(stdout);
	}
	return 0;
}
