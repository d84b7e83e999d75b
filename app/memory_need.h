/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory that a configuration takes, room by room, as the library will allocate it; for check,
 * and for what a result says a record costs.
 */
#ifndef TCT_APP_MEMORY_NEED_H
#define TCT_APP_MEMORY_NEED_H

#include <stdint.h>

#include "tercet.h"

/* Bytes of one worker, but for the packet buffers. */
struct memory_need {
	uint64_t connections, half_open, time_wait; /* their records */
	uint64_t extents;			    /* of queues */
	uint64_t flights;			    /* and what they have in flight */
	uint64_t out_of_order;			    /* records of holes */
	uint64_t flow_table;
	uint64_t wheel;
	uint64_t worker; /* all of these */
	uint64_t mbufs;	 /* of all ports */
	uint64_t total;	 /* all workers and ports */
	/* What one record costs, its share of table and wheel included. */
	double per_conn, per_half_open, per_time_wait;
};

void memory_need(const struct tct_config *config, struct memory_need *need);

#endif
