/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker: one lcore, one poll loop, and all that it owns.
 *
 * Nothing in here is written by another thread while the loop runs, but for `quit` and the request
 * ring. Other threads may read the counters: each is one aligned word with one writer, so a reader
 * sees a value that was true a moment ago.
 */
#ifndef TCT_ENGINE_WORKER_H
#define TCT_ENGINE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ring.h>

#include "../base/clock.h"
#include "../base/counters.h"
#include "../net/net.h"
#include "../port/port.h"
#include "../table/port_share.h"
#include "../table/tx_queue.h"
#include "../tcp/stack.h"
#include "../tercet.h"
#include "../wire/packet.h"

#define WORKER_BURST	   32  /* packets taken from a queue in one call */
#define WORKER_TIMER_LIMIT 256 /* wheel entries handled in one poll */
#define WORKER_STOP_STEP   512 /* conns closed in one poll while stopping */

/* Where the cycles of a poll go. */
/* clang-format off */
#define PHASE_LIST(X) \
	X(RX, "rx") X(PARSE, "parse") X(TCP, "tcp") X(SERVICE, "service") X(TIMERS, "timers") \
	X(FLUSH, "flush") X(TX, "tx")
/* clang-format on */

enum phase {
#define X(id, name) PHASE_##id,
	PHASE_LIST(X)
#undef X
	PHASE_MAX
};

#define QUEUE_NONE UINT16_MAX

/* A port of a worker. worker rw, set up by control. */
struct worker_port {
	struct port *port;
	uint16_t queue;	     /* of both directions; QUEUE_NONE: there are fewer than workers */
	uint16_t sender;     /* rank of who sends for us then */
	bool trusted;	     /* the device was right for long enough: steer.c */
	uint32_t came_right; /* packets, until then */
	uint64_t stuck_us; /* since when it has taken no packet, of those there were; 0: it takes */
	struct packet_filter filter;
};

enum worker_stop {
	WORKER_RUN,
	WORKER_CLOSE,
	WORKER_ABORT
};

struct team;
struct steer_peer;

struct tct_worker {
	unsigned index;
	unsigned rank; /* in its team; 0 is the writer of the team's net */
	struct team *team;
	struct steer_peer *peers; /* by rank; NULL: it is alone */
	struct port_share share;  /* local ports that are ours, unless alone */
	unsigned lcore;
	int socket;
	struct tct_endpoint *endpoint;
	struct worker_port ports[TCT_MAX_PORTS];
	unsigned port_count;
	bool reflects; /* tct_config.reflect */
	struct clock_scale clock;
	uint64_t now_ns; /* of this poll; tcp.now_us is the same */
	struct net *net;
	void (*poll)(struct tct_worker *worker, uint64_t now_us, void *arg);
	void *poll_arg;

	struct rte_ring *requests; /* struct worker_request *; see control.h */
	atomic_bool quit;	   /* control rw, worker ro */
	atomic_bool running;	   /* worker rw, control ro */
	atomic_int tid;		   /* of its thread; worker rw, control ro; 0: has not run */
	uint8_t stop;		   /* enum worker_stop */
	uint32_t stop_position;

	uint64_t polls;
	uint64_t busy_polls;
	uint64_t busy_cycles; /* of polls that found something to do */
	uint64_t idle_cycles;
	uint64_t phase_cycles[PHASE_MAX]; /* of busy polls */
	struct counters counters;

	struct tcp_stack tcp;
	struct tx_queue tx;
	struct packet packets[WORKER_BURST];
};

/* worker_create.c: the worker of that index, of the team and with the ports that fall to it.
 * [control] 0, -E2BIG (no lcore is left), -ENOMEM or -EIO, logged. */
int worker_create(struct tct_endpoint *e, unsigned index, struct tct_worker **out);
/* NULL is taken; the loop has ended, and nothing is held. [control] */
void worker_destroy(struct tct_worker *w);

/* One turn of the loop; returns whether there was anything to do. */
bool worker_poll(struct tct_worker *w);

/* The same at a time of the caller's, who has a clock of his own: tests. */
bool worker_poll_at(struct tct_worker *w, uint64_t now_us);

/* The loop: polls until quit. For rte_eal_remote_launch(). */
int worker_main(void *worker);

/* Takes out what is still in the tables, once the loop has ended: time-waits and half-opens. What
 * is then still in use was leaked. */
void worker_drain(struct tct_worker *w);

/* rx.c: one burst from one queue through all receive stages; returns the number of packets. */
unsigned rx_stage(struct tct_worker *w, unsigned port);
/* The later ones of them, for n packets that were parsed. */
void rx_packets(struct tct_worker *w, unsigned n);

/* tx.c: spare buffers for the poll; and the end of it. */
void tx_refill(struct tct_worker *w);
unsigned tx_stage(struct tct_worker *w);
void tx_drain(struct tct_worker *w); /* frees all buffers held, after the loop */

/* Books the cycles since *since to a phase. */
static inline void
phase_end(struct tct_worker *w, enum phase phase, uint64_t *since)
{
	uint64_t now = rte_rdtsc();

	w->phase_cycles[phase] += now - *since;
	*since = now;
}

#endif
