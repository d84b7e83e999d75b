/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for the few connections that need some: an unfinished request, bytes that could not be
 * echoed yet.
 *
 * Blocks of one size, a bounded number for each worker, so that no peer can make a service allocate
 * without bound: when they are all taken, block_take() refuses and the service sheds load. A block
 * is touched only as it is used. The area is set aside at a worker's first block, and belongs to
 * its thread; a block goes back where it came from, at the latest when the workers have ended.
 */
#ifndef TCT_APP_SERVICES_BLOCK_H
#define TCT_APP_SERVICES_BLOCK_H

/* The longest unfinished HTTP request, and behind it the largest piece that the stack hands over at
 * a time: one packet of the largest MTU, 9000. */
#define BLOCK_BYTES	  (18 * 1024)
#define BLOCKS_PER_WORKER 4096

/* BLOCK_BYTES bytes aligned to 16, content undefined; NULL when all are taken. Worker. */
void *block_take(void);
void block_give(void *block);

/* Control, once no worker runs: frees the areas of all threads. */
void blocks_fini(void);

#endif
