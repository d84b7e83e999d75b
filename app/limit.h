/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What held a measurement back: a judgment from what was counted while it lasted, so that nobody
 * has to guess whether a rate is that of the target, of this program, or of what lies between.
 *
 * The order of the evidence is the point. Connections that fail say more than any load; a rate that
 * was reached needs no other reason; a core that was not ours all the time explains anything else;
 * a worker that was never idle is one; and in a closed loop nothing else is left than the round
 * trips of so many connections.
 */
#ifndef TCT_APP_LIMIT_H
#define TCT_APP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* X(ID, "name", "in words"). */
#define LIMIT_LIST(X)                                                                              \
	X(NOTHING, "nothing", "nothing was measured")                                              \
	X(RATE, "rate", "the rate as asked for")                                                   \
	X(NO_NEIGHBOUR, "no_neighbour", "nobody answered ARP or ND for the target or its gateway") \
	X(UNANSWERED, "unanswered", "the target did not answer")                                   \
	X(REFUSED, "refused", "the target refused connections")                                    \
	X(UNREACHABLE, "unreachable", "a router said that the target cannot be reached")           \
	X(RESET, "reset", "the target reset connections")                                          \
	X(TRANSACTIONS, "transactions", "requests that were not answered as they should be")       \
	X(SOURCE_PORTS, "source_ports",                                                            \
	  "no source port was free: more source addresses or target ports are wanted, or a "       \
	  "shorter TIME_WAIT")                                                                     \
	X(MEMORY, "memory", "no record was free: more memory.connections are wanted")              \
	X(PACKETS_LOST, "packets_lost", "packets lost at the client's ports")                      \
	X(CORE, "core", "other processes, which had the core of a worker")                         \
	X(CLIENT_BUSY, "client_busy", "the client's workers: they were busy all the time")         \
	X(SERVER_BUSY, "server_busy", "the server's workers: they were busy all the time")         \
	X(CONCURRENCY, "concurrency", "the round trips of as many connections as may be open")     \
	X(ELSEWHERE, "elsewhere", "nothing that can be seen here: the target, or the path")

#define WAITED_PERCENT 5 /* of the time: more than the kernel's own work takes */

enum limit {
#define X(id, name, words) LIMIT_##id,
	LIMIT_LIST(X)
#undef X
	LIMIT_MAX
};

/* What was counted between two moments; both sides' busy shares are those of their busiest worker.
 */
struct limit_evidence {
	uint64_t target; /* connections/s; 0: closed loop */
	double seconds;
	double spread; /* of the number that is due: random arrivals have one */
	uint64_t attempted, established;
	uint64_t refused, unreachable, reset, unanswered, no_port, no_memory; /* connections */
	uint64_t faults;						      /* transactions */
	uint64_t neighbours;		 /* that did not answer */
	uint64_t lost;			 /* packets, at the client's ports */
	uint64_t held;			 /* polls in which a connection was due and too many open */
	double lag_us;			 /* the schedule was behind by so much in the end */
	double client_busy, server_busy; /* percent */
	double waited; /* percent of the time, of the worker that waited longest for its core */
};

#define LIMIT_TEXT 128
struct limit_verdict {
	enum limit by;
	char evidence[LIMIT_TEXT]; /* numbers; "": none */
};

void limit_judge(const struct limit_evidence *e, struct limit_verdict *v);

const char *limit_name(enum limit by);
const char *limit_words(enum limit by);

#endif
