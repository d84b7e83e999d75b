/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at a worker's records from outside, a few in each of its polls.
 *
 * A step runs on the worker and copies what it finds; the asker makes JSON of that in its own time.
 */
#ifndef TCT_APP_CONTROL_SCAN_H
#define TCT_APP_CONTROL_SCAN_H

#include "control_request.h"
#include "engine/worker.h"

/* Records looked at in one step: at four cache lines each, all of them cold, some 10 us. */
#define SCAN_STEP 128

struct scan_record {
	struct tct_address local, remote;
	uint16_t local_port, remote_port; /* host byte order */
	uint8_t kind;			  /* as in struct control_cursor */
	uint8_t state;			  /* enum state */
	bool active;			  /* opened by us */
	uint16_t mss;
	uint32_t index;
	uint32_t generation;
	const char *service; /* static; NULL: none */
	/* conns only */
	uint32_t srtt_us, rto_ms, unacked, queued, cwnd;
};

struct scan {
	const struct control_request *filter; /* NULL: everything, time-waits too */
	struct control_cursor at;	      /* of this worker */
	unsigned room;			      /* records wanted, at most SCAN_STEP */
	unsigned found;
	bool done; /* nothing is left in this worker */
	struct scan_record records[SCAN_STEP];
};

/* On the worker: one step; arg is the struct scan. */
void scan_step(struct tct_worker *worker, void *arg);

#endif
