/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for the few connections that need some, because their peer is slow: records of what is
 * unfinished about a connection, and blocks of bytes, for an unfinished request or for what could
 * not be echoed yet. And a place for what a worker keeps to have it made once.
 *
 * Records and blocks are each of one size and a bounded number for each worker, so that no peer can
 * make a service allocate without bound. When all blocks are taken, the connection that has had its
 * block for longest without getting on is made to give it up: however many peers drip, one that
 * only had bad luck with its packets finds a block. Records are small and there is one for each
 * connection of the default configuration; when they are all taken record_take() refuses.
 *
 * All are touched only as they are used. They are set aside at a worker's first use, and belong to
 * its thread; they go back where they came from, at the latest when the workers have ended.
 */
#ifndef TCT_APP_SERVICES_BLOCK_H
#define TCT_APP_SERVICES_BLOCK_H

#include "tercet.h"

/* The longest unfinished HTTP request, and behind it the largest piece that the stack hands over at
 * a time: one packet of the largest MTU, 9000. */
#define BLOCK_BYTES	   (18 * 1024)
#define BLOCKS_PER_WORKER  4096
#define RECORD_BYTES	   112
#define RECORDS_PER_WORKER 262144
#define CACHE_TEXTS_BYTES  (640 * 1024)
#define CACHE_KNOWN_BYTES  4096

/* What a worker keeps to have it made once. */
enum worker_cache {
	CACHE_TEXTS,
	CACHE_KNOWN
};

/* RECORD_BYTES bytes aligned to 16, content undefined; NULL when all are taken. Worker. */
void *record_take(void);
void record_give(void *record);

/*
 * BLOCK_BYTES bytes aligned to 16, content undefined; NULL: no memory at all. Worker. When the
 * block is wanted for another connection evict(conn) is called, which must give it back; it may
 * call whatever a callback of conn may call.
 */
void *block_take(struct tct_conn *conn, void (*evict)(struct tct_conn *conn));
void block_give(void *block);

/* The connection gets on: among those that are made to give up it is the last again. */
void block_renew(void *block);

/* As many bytes as are defined for it, zeroed at first; NULL: no memory at all. Worker. */
void *worker_cache(enum worker_cache which);

/* Control, once no worker runs: frees the areas of all threads. */
void blocks_fini(void);

#endif
