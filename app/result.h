/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a run measured: plain structs that the commands fill from worker counters and histograms,
 * and the JSON of them (schema 1). A benchmark states what it counted, so the definition comes
 * first and no part of the result is printed without it.
 *
 * Counts by reason are not copied field by field: they are read off the counter list, so that a
 * counter added there shows up here. What was not measured is left out of the JSON or null, never
 * zero.
 */
#ifndef TCT_APP_RESULT_H
#define TCT_APP_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/counters.h"
#include "base/histogram.h"
#include "config.h"
#include "engine/worker.h"
#include "find.h"
#include "host.h"
#include "latency.h"
#include "limit.h"
#include "result_device.h"
#include "result_steering.h"
#include "transaction.h"

#define RESULT_SCHEMA	    1
#define RESULT_MAX_WORKERS  128
#define RESULT_MAX_STEPS    LOAD_MAX_STEPS
#define RESULT_NOT_MEASURED (-1.0)

/* What the text of a histogram means, as the JSON says it. */
#define RESULT_SCHEME                                                                  \
	"slots are INDEX:COUNT; indexes below 2048 are the value, each further power " \
	"of two has 1024; see app/latency.h"

/* What a SYN carries. */
#define OPTION_LIST(X)                  \
	X(MSS, "mss")                   \
	X(WINDOW_SCALE, "window-scale") \
	X(SACK, "sack-permitted")       \
	X(TIMESTAMPS, "timestamps")

enum result_option {
#define X(id, name) OPTION_##id,
	OPTION_LIST(X)
#undef X
	OPTION_MAX
};

/* Who sends the first FIN. */
enum result_closer {
	CLOSER_NONE, /* connections stay open, or nobody can tell (serve) */
	CLOSER_CLIENT,
	CLOSER_SERVER,
};

/* What is counted. Strings are static or outlive the result. */
struct result_definition {
	const char *command;  /* "bench", "load", "serve" */
	const char *workload; /* "cc", "crr", ...; NULL: whatever peers do (serve) */
	const char
		*sequence; /* segments of one connection: "SYN, SYN-ACK, ACK, ..."; NULL: varies */
	unsigned packets_per_connection; /* segments in sequence, both directions; 0: varies */
	enum result_closer first_to_close;
	uint32_t request_size, response_size; /* bytes of payload per connection and direction */
	unsigned ipv;			      /* 4, 6; 0: both */
	const char *link;		      /* "in-memory ring", "net_tap", ... */
	const char *servers; /* behind a device under test: "workload", what answers it; "listen",
			      * services; NULL: there is no such device */
	bool requests;	     /* crr, rr: the three below are of interest */
	bool http;	     /* a response is what its header says; response_size is 0 */
	const char *method;  /* "GET", ... of http; NULL: not http, or a result that says none */
	uint32_t per_connection; /* requests; 0: as many as the time allows */
	bool stream;		 /* and the two below */
	bool some_stream;	 /* a mix, of which some are stream */
	const char *direction;	 /* "send", ... as the client sees it */
	bool verified;		 /* every byte received was compared */
	bool endless;	  /* connections end with the run: nothing can be said per connection */
	unsigned options; /* on a SYN: bits of enum result_option; see result_options() */
	bool varies;	  /* connections differ: there is no sequence of segments */
};

/* Counts of one stretch of time; differences, not totals, except open. */
struct interval {
	double start_s,
		length_s; /* start counts from the first packet of the run, warm-up included */
	bool warmup;	  /* not part of the end's rates */
	uint64_t attempted, established, closed, failed;
	uint64_t open; /* established and not closed, at the end of it */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t retransmits, drops;
	uint64_t responses;			   /* transactions completed */
	uint64_t to_server_bytes, to_client_bytes; /* stream: received in order */
	struct latency_points latency[LATENCY_MAX];
	char *slots[LATENCY_MAX]; /* latency_text(), the result's own; NULL: no sample */
	double busy_percent;	  /* of the busiest worker; RESULT_NOT_MEASURED */
	double waited_percent;	  /* of the worker that waited longest for its core; the same */
};

/* Stages of the packet way whose cycles are counted; behind the total, what tcp is made of. */
#define CYCLE_PHASE_LIST(X)       \
	X(RX, "rx")               \
	X(PARSE, "parse")         \
	X(LOOKUP, "lookup")       \
	X(TCP, "tcp")             \
	X(SERVICE, "service")     \
	X(TX, "tx")               \
	X(TIMERS, "timers")       \
	X(TOTAL, "total")         \
	X(HANDSHAKE, "handshake") \
	X(DATA, "data")           \
	X(CLOSE, "close")

enum cycle_phase {
#define X(id, name) CYCLE_PHASE_##id,
	CYCLE_PHASE_LIST(X)
#undef X
	CYCLE_PHASE_MAX
};

/* What cycles are divided by: cc, crr and serve; rr; stream. */
enum cycle_unit {
	PER_CONNECTION,
	PER_TRANSACTION,
	PER_PACKET, /* sent or received */
	CYCLE_UNIT_MAX
};

/* One side's cycles. A phase that was not measured is RESULT_NOT_MEASURED. */
struct result_cycles {
	bool measured; /* false: this side did not run here */
	enum cycle_unit unit;
	double phase[CYCLE_PHASE_MAX];
};

/* By enum split, as in cycles of a side. */
extern const char *const result_split_names[SPLIT_MAX];

/* Cycles of one worker over the whole run; idle are those of polls that found nothing to do, from
 * the first connection to the end of the last interval. */
struct result_worker {
	bool active; /* opens connections; else listens */
	unsigned index, lcore;
	enum cycle_unit unit;
	uint64_t units; /* connections, ... that it handled */
	uint64_t phase[PHASE_MAX], busy, idle;
	uint64_t split[SPLIT_MAX]; /* of tcp and flush; all 0: not measured */
};

/* Records still taken after everything was closed and stopped: each must be 0. */
struct result_leaks {
	uint64_t mbufs, conns, half_open, time_wait;
};

/* Bytes of memory that one record costs, its share of table and wheel included. */
struct result_memory {
	double conn, half_open, time_wait;
	uint64_t total; /* bytes that all workers' rooms take */
};

/* Requests and responses, warm-up and end included. */
struct result_transactions {
	uint64_t attempted, completed, failed[FAULT_MAX];
};

/* Of stream, warm-up and end included. */
struct result_stream {
	/* To the server, to the client. sent is RESULT_UNKNOWN where the far side isn't ours. */
	uint64_t sent[2], received[2];
	uint64_t corrupt;      /* connections, seen at either side */
	uint64_t retransmits;  /* segments, of the senders that are ours */
	uint64_t segments;     /* all that these sent */
	uint64_t connections;  /* of which the next are */
	double jain;	       /* fairness of their bytes: 1 all the same, 1/n one has all */
	double min, max, mean; /* bytes of one, both ways */
};
#define RESULT_UNKNOWN UINT64_MAX

/* A stretch of the measured time at one rate; the last may be cut short. */
struct result_step {
	uint64_t target;	 /* connections/s asked for; 0: as fast as it goes */
	double start_s, seconds; /* start counts as an interval's does */
	uint64_t attempted, established, closed, failed;
	uint64_t responses, faults;
	double lag_us; /* the schedule was behind by so much in the end */
	double connect_p50_us, connect_p99_us, connect_p99_9_us; /* RESULT_NOT_MEASURED: none */
	double request_p99_us;
	struct limit_verdict limit;
};

/* One kind of connections of a mix, warm-up and end included. */
struct result_part {
	struct result_definition definition;
	uint32_t weight;
	uint64_t attempted, established, closed, aborted, half_open;
	uint64_t failed[TCT_REASON_MAX], refused_locally, unanswered;
	struct result_transactions transactions;
	struct result_stream stream; /* without segments, which are all parts' together */
	struct histogram connect, request, close;
};

/* What the same ports and lcores do when packets are merely reflected (bench, load.wire). */
struct result_wire {
	bool measured;
	unsigned in_flight;	   /* packets of each pair, for packets_per_second */
	double packets_per_second; /* of all pairs, both ways */
	double round_trip_p50_ns, round_trip_p99_ns; /* with one packet in flight */
};

struct result_end {
	double seconds; /* measured time, warm-up not included */
	/*
	 * Sums over workers. active is the side that opens (bench's clients, load) and passive the
	 * one that listens (bench's servers, serve). A side that did not run is all zero with its
	 * flag false.
	 */
	bool has_active, has_passive;
	struct counters active, passive;
	/* Latencies recorded in nanoseconds; NULL: not measured. */
	const struct histogram *connect, *request, *close;
	struct result_cycles client, server;
	double busy_percent[RESULT_MAX_WORKERS];
	unsigned workers;
	double waited_percent; /* as of an interval */
	struct result_worker worker[RESULT_MAX_WORKERS];
	unsigned worker_count; /* of those in worker: as many as workers, or 0: not measured */
	struct result_steering steering;
	struct result_device device;
	struct result_leaks leaks;
	struct result_memory memory;
	struct result_transactions transactions;
	struct result_stream stream;
	bool interrupted; /* stopped by a signal or by ctl before the time was over */
	/* Connections that nobody had answered in any way when the run ended. */
	uint64_t unanswered;
	uint64_t aborted; /* connections, by design: load.abort-percent */
	/* Connections for which there was no route or no address, and so no active open. */
	uint64_t not_opened;
	bool limited; /* and limit is valid: what held the measured time back, all steps together */
	struct limit_verdict limit;
};

struct result {
	struct result_definition definition;
	struct host host;
	const struct app_config *config;
	struct interval *intervals; /* result_add_interval() */
	unsigned interval_count, interval_room;
	struct result_step steps[RESULT_MAX_STEPS];
	unsigned step_count;
	bool searched; /* the steps are trials of find */
	struct find find;
	struct result_wire wire;
	struct result_part *parts; /* part_count of them, the caller's; NULL: no mix */
	unsigned part_count;
	struct result_end end;
	unsigned merged;    /* so many results were added to make this one; 1: it is one */
	int64_t started_ms; /* Unix time of the intervals' 0; 0: unknown */
	/* Only of a result that was read, see result_read.h. */
	const char *version;		     /* that measured it */
	json_t *source;			     /* where its strings lie */
	struct histogram *read[LATENCY_MAX]; /* those of the end */
};

/* Zeroes r and sets what is not measured to be so. */
void result_clear(struct result *r);

/* The same, and host_probe()s. */
void result_init(struct result *r);

/* Frees intervals, and what result_read() took; else histograms and config are the caller's. */
void result_fini(struct result *r);

/* Keeps a copy of i, whose slots become the result's; without memory they are freed. 0 or -ENOMEM.
 */
int result_add_interval(struct result *r, struct interval *i);

/*
 * The segments of one connection between two tercets when nothing is lost, and how many they are:
 * definition.sequence if that is given, else what this stack sends in bench; NULL and 0: it varies,
 * as it may with a device in between.
 */
const char *result_sequence(const struct result *r, unsigned *packets);

/* end.memory, or if that was not filled in what the configuration makes it, without total. */
void result_memory(const struct result *r, struct result_memory *m);

/* Bits of enum result_option: of the configuration if there is one, else the definition's. */
unsigned result_options(const struct result *r);

/* NULL: not measured. */
const struct histogram *result_latency(const struct result_end *end, enum latency kind);

/* Numbers derived from the counters; one place, so that report and JSON agree. */
struct result_connections {
	uint64_t attempted, established, closed, aborted, failed;
	uint64_t half_open; /* a SYN and no more, by design: in none of the others but attempted */
};

void result_connections(const struct result_end *end, struct result_connections *c);

/* Whether a counter of group conn is a way for a connection to fail. */
bool result_is_failure(enum counter c);

/* Failures counted in c, all reasons together; retransmitted segments; dropped packets. */
uint64_t result_failures(const struct counters *c);
uint64_t result_drops(const struct counters *c);

/* Packets on the wire: with both sides in one process what one sends the other receives, and each
 * is counted once. */
uint64_t result_packets(const struct result_end *end);

/* What a rate is of; of bytes it is in bits. */
enum rate_of {
	RATE_CLOSED,
	RATE_RESPONSES,
	RATE_TO_SERVER,
	RATE_TO_CLIENT,
};

/* Mean, smallest and largest rate per second over whole intervals after the warm-up; all
 * RESULT_NOT_MEASURED without any. */
struct result_rate {
	double mean, min, max;
};

void result_rate(const struct result *r, enum rate_of what, struct result_rate *rate);

/* Of one interval; and whether interval i is one that the rates are made of. */
double result_interval_rate(const struct interval *in, enum rate_of what);
bool result_interval_counts(const struct result *r, unsigned i);

/* Packets of the measured time as a share of what the wire moves; RESULT_NOT_MEASURED. */
double result_wire_share(const struct result *r);

/* What TCP and the service add to a round trip of the wire: of rr with one request under way at a
 * time, the medians' difference in nanoseconds; RESULT_NOT_MEASURED. */
double result_wire_added(const struct result *r);

/* All reasons together. */
uint64_t result_faults(const struct result_transactions *t);

/*
 * 0: ran and met its goals. 1: something leaked, other bytes came than were sent, or a connection
 * that this program opened or a transaction on it failed, or, unless a signal ended the run, not
 * all of those established were closed. problem, when not
 * NULL, gets the first of these in words.
 */
int result_exit_code(const struct result *r, char *problem, size_t problem_size);

/* Schema 1; a new reference, NULL without memory. */
json_t *result_json(const struct result *r);

/* Writes result_json() to path, "-" for standard output. 0 or a negative errno, said on stderr. */
int result_write(const struct result *r, const char *path);

#endif
