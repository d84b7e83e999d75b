/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workload.c, which opens connections, shares with the workloads that drive them.
 */
#ifndef TCT_APP_WORKLOAD_CONN_H
#define TCT_APP_WORKLOAD_CONN_H

#include "http_reply.h"
#include "http_template.h"
#include "schedule.h"
#include "workload.h"

struct part;

/* One connection of the client. The user pointer of a connection is this. */
struct client_conn {
	struct part *part;
	struct tct_conn *conn; /* NULL: none */
	uint64_t since_ns;     /* of the phase being timed; 0: none is */
	uint32_t give_up_at;   /* on client_ticks(); 0: nothing is waited for */
	bool opened;
	bool aborts;	  /* by design */
	bool half_open;	  /* by design: a SYN is all of it */
	bool thinks;	  /* before the next request */
	uint32_t send_at; /* in the pattern */
	uint32_t next_free;
	union {
		struct {
			struct pattern request;
			uint32_t to_send;  /* of the request */
			uint32_t awaited;  /* of the response, if it isn't http */
			uint32_t requests; /* begun */
			bool pending;	   /* a response is awaited */
			bool last;	   /* nothing is asked after this one */
		};
		struct {
			uint64_t sent, acked, received;
			uint32_t check_at; /* in what comes back */
			bool finished;	   /* nothing more is sent */
			bool corrupt;
		};
	};
};

/* What a workload does with its connections. */
struct workload_client {
	struct tct_service service;
	void (*finish)(
		struct client_conn *cc); /* the run ends; NULL: connections end by themselves */
	void (*give_up)(struct client_conn *cc); /* it took too long; NULL: abort */
	void (*look)(struct client_conn *cc);	 /* called now and then; NULL: no need */
};

extern const struct workload_client workload_cc, workload_crr, workload_rr, workload_stream;

/* One kind of connections. */
struct part {
	struct client *client;
	bool primed; /* one connection came through: neighbours are known */
	const struct load_config *load;
	const struct workload_client *workload;
	struct client_part config;
	struct client_stats stats;
	uint32_t open;
	int64_t turn;		      /* the part whose is the largest starts the next connection */
	struct tct_connect next;      /* how and where to */
	unsigned source;	      /* range that it is from */
	uint32_t target, target_host; /* the range that it goes to, and its place in that */
	uint32_t targets;	      /* addresses */
	uint32_t aborts, half_opens;  /* percent of a connection that is owed */
	uint32_t patience;	      /* load.timeout in ticks; 0: for ever */
	const struct pattern *pattern; /* what is sent */
	struct http_template http;     /* empty: not http */
	struct http_reply *replies;    /* one for each conn; NULL: not http */
};

struct client {
	struct client_config config;
	struct part *parts[LOAD_MAX_PARTS];
	atomic_bool begun;	      /* control rw */
	atomic_bool stop;	      /* control rw */
	_Atomic uint64_t wanted_rate; /* control rw */
	bool primed;		      /* all parts are */
	uint64_t now_ns;	      /* of this poll */
	uint64_t start_us;	      /* of priming */
	uint64_t retry_us;	      /* closed loop: nothing can be opened before */
	uint64_t rate;		      /* that schedule is of */
	struct schedule schedule;
	struct client_pace pace;
	uint32_t free;		    /* head of the free list, UINT32_MAX: empty */
	uint64_t sweep_us;	    /* when to go on looking for what takes too long */
	uint32_t swept;		    /* the next to look at */
	uint32_t sweep_step;	    /* conns each time; 0: nothing is given up */
	uint32_t finished;	    /* of the room, so many were told to */
	bool looks;		    /* a workload wants to */
	uint32_t looked;	    /* the last one looked at */
	struct http_reply *replies; /* of all conns, for the parts that are http; NULL: none is */
	struct client_conn conns[];
};

/* Callbacks and parts of them. */
void client_opened(struct tct_conn *conn);
void client_done(struct tct_conn *conn); /* who closes first closes, at once or after load.hold */
void client_end(struct tct_conn *conn);	 /* FIN, or RST where load.abort-percent says so */
void client_wake(struct tct_conn *conn); /* the time to hold is over */
void client_peer_closed(struct tct_conn *conn);
void client_closed(struct tct_conn *conn, enum tct_reason reason);

static inline uint64_t
client_now_ns(const struct tct_conn *conn)
{
	return tct_worker_now_ns(tct_conn_worker(conn));
}

/* Time in steps of 2^20 ns, about a millisecond. */
static inline uint32_t
client_ticks(uint64_t ns)
{
	return (uint32_t)(ns >> 20);
}

/* What begins now, as since_ns says, is to be over in time. */
static inline void
client_expect(struct client_conn *cc)
{
	if (cc->part->patience)
		cc->give_up_at = (client_ticks(cc->since_ns) + cc->part->patience) | 1;
}

/* Ends the phase being timed and begins the next. */
void client_lap(struct tct_conn *conn, struct histogram *h);

static inline bool
client_stopping(const struct client *c)
{
	return atomic_load_explicit(&c->stop, memory_order_relaxed);
}

#endif
