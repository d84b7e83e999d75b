/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that wait for their neighbour's MAC (RFC 1122 2.3.2.2, RFC 4861 7.2.2): a chain for each
 * neighbour, the oldest first, through slots that all of them share. Both are bounded; what finds
 * no place is dropped and counted.
 */
#ifndef TCT_NET_PENDING_H
#define TCT_NET_PENDING_H

#include "neighbour.h"

void pending_init(struct neighbours *t);
/* Buffers that still wait go back to their pools: the tx queue may be gone. */
void pending_fini(struct neighbours *t);

/* m waits for e. The youngest packets are kept (RFC 4861 7.2.2). */
void pending_push(struct net *n, struct neighbour *e, struct rte_mbuf *m);
/* The hop's MAC is known: they go. */
void pending_send(struct net *n, uint16_t hop);
/* It did not answer. RFC 4861 7.2.2: whoever sent them is told. */
void pending_give_up(struct net *n, struct neighbour *e);
/* Nobody waits for e any more. */
void pending_forget(struct net *n, struct neighbour *e);

#endif
