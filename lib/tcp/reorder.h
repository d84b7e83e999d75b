/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What was received beyond a hole: the segment reassembly queue of one connection.
 *
 * Bytes without a gap between them are a run. All that can happen to a queue happens at the edges
 * of its runs: a segment makes a run longer, joins two of them, or begins one of its own, and what
 * it repeats is not kept, so that the bytes which came first stay. So a run's pieces are a plain
 * list that is never searched, and the runs, few and side by side in memory, are all there is to
 * look through: the last one first, then the first, then by halves. A peer that sends single bytes
 * far apart (SegmentSmack, CVE-2018-5390) finds no list to grow, only the last of REORDER_RUNS
 * places taken.
 *
 * Four limits: the window that was advertised (the caller's), the runs of a queue, the pieces of a
 * queue, and the pieces of all queues of a worker, which are a share of its extents: the rest is
 * for data in order. Pieces hold a reference to the packet buffer they lie in, or were copied
 * behind the piece before them (extent_absorb()), so that small segments do not pin a buffer each.
 * What is refused is for the peer to send again.
 *
 * A FIN beyond a hole is a run's last sequence number, with no byte; nothing is taken beyond it.
 *
 * The record also knows what the next acknowledgment has to say: SACK blocks, newest first (RFC
 * 2018 4), and the one duplicate that was not yet reported (RFC 2883).
 */
#ifndef TCT_TCP_REORDER_H
#define TCT_TCP_REORDER_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "../wire/options.h"
#include "extent.h"

#define REORDER_RUNS   60 /* as many as make the record 16 lines */
#define REORDER_RECENT 8  /* runs that were touched last; twice what an ACK can report */

struct reorder_run {
	uint32_t left;
	uint32_t right; /* one past the last; counts the FIN */
	uint32_t head;	/* first piece, POOL_NONE: a FIN alone */
	uint32_t tail;
};

struct reorder {
	uint32_t pieces;
	uint8_t runs;
	uint8_t recents;
	uint8_t acks;	    /* owed for segments of this poll: see hole.c */
	bool fin : 1;	    /* the last run ends with it */
	bool delivered : 1; /* a run was, and no acknowledgment has said so */
	uint32_t duplicate_left;
	uint32_t duplicate_right;	 /* duplicate_left: nothing to report */
	uint32_t recent[REORDER_RECENT]; /* a sequence number of each, newest first */
	uint32_t delivered_to;		 /* where that run ended */
	uint32_t spare[3];
	struct reorder_run run[REORDER_RUNS]; /* ascending, none touches the next */
};

static_assert(sizeof(struct reorder) == 1024, "a reorder record is 16 lines");

/* What the queues of a worker have in common. */
struct reorder_room {
	struct extent_room *extents;
	uint32_t used;	     /* of them, in these queues */
	uint32_t max;	     /* that may be */
	uint32_t pieces_max; /* of the queue that is written to now */
};

struct reorder_result {
	uint32_t kept;	     /* bytes */
	uint32_t duplicates; /* bytes that were there before */
	uint32_t left;	     /* the first duplicate run of bytes, if any */
	uint32_t right;
};

void reorder_init(struct reorder *r);

/* Offers len bytes from seq on, which lie at offset off of the chain m. Takes references. */
struct reorder_result reorder_insert(struct reorder *r, struct reorder_room *room,
				     struct rte_mbuf *m, uint32_t off, uint32_t seq, uint32_t len);

/* Remembers a FIN with number seq, unless there is one or data beyond it; false when not. */
bool reorder_fin(struct reorder *r, uint32_t seq);

/* Takes the first piece off, when it begins at rcv_nxt. The caller owns its reference. */
bool reorder_take(struct reorder *r, struct reorder_room *room, uint32_t rcv_nxt, struct extent *e);

/* Whether the FIN's number is rcv_nxt. */
bool reorder_fin_due(const struct reorder *r, uint32_t rcv_nxt);

/* Gives all pieces back. */
void reorder_clear(struct reorder *r, struct reorder_room *room, struct tx_queue *q);

/* A duplicate to report; one that touches the last joins it, else the first stays. */
void reorder_report(struct reorder *r, uint32_t left, uint32_t right);

/* At most max SACK blocks, the duplicate first and reported with this; how many. */
unsigned reorder_blocks(struct reorder *r, struct tcp_sack_block *out, unsigned max);

static inline bool
reorder_reports(const struct reorder *r)
{
	return r->duplicate_left != r->duplicate_right;
}

/* Nothing is kept and nothing is to be said: the record is not needed. */
static inline bool
reorder_idle(const struct reorder *r)
{
	return r->runs == 0 && !reorder_reports(r) && !r->delivered;
}

#endif
