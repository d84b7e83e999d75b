/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The window that each segment tells, inline: how it comes to its size is in buffer.c.
 */
#ifndef TCT_TCP_WINDOW_H
#define TCT_TCP_WINDOW_H

#include "../base/seq.h"
#include "stack.h"

/* buffer.c: bytes that a conn may hold whose window has grown. */
uint32_t window_grown_space(const struct tct_conn *c);

/* All that c may hold. What every conn begins with is its own whatever others hold. */
static inline uint32_t
window_space(const struct tct_conn *c)
{
	return likely(c->window_grown == 0) ? c->stack->window_first : window_grown_space(c);
}

/* How far the window may go: to the right by a worthwhile step (RFC 1122 4.2.3.3: MUST-39), or not.
 * What lies beyond a hole does not count: the edge was promised for it. Most often it stays, as it
 * would even if nothing were held and the field had no end. */
static inline uint32_t
window_edge(const struct tct_conn *c)
{
	uint32_t space = window_space(c);
	uint32_t step = c->mss < space / 2 ? c->mss : space / 2;
	uint32_t room, most, edge;

	if (likely(seq_lt(c->rcv_nxt + space, c->rcv_adv + step)))
		return c->rcv_adv;
	room = c->rcvq.bytes < space ? space - c->rcvq.bytes : 0;
	most = (uint32_t)UINT16_MAX << c->rcv_wscale;
	edge = c->rcv_nxt + (room < most ? room : most);
	return seq_lt(edge, c->rcv_adv + step) ? c->rcv_adv : edge;
}

/* The window to put in a segment. Its right edge never moves left, rounding included. No edge lies
 * further to the right than the field can say. */
static inline uint16_t
window_field(struct tct_conn *c)
{
	uint32_t shift = c->rcv_wscale;
	uint32_t field = (window_edge(c) - c->rcv_nxt + (1u << shift) - 1) >> shift;

	RTE_ASSERT(field <= UINT16_MAX);
	c->rcv_adv = c->rcv_nxt + (field << shift);
	return (uint16_t)field;
}

#endif
