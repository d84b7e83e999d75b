/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flush of a conn that sends one segment at a time, as short connections do: nothing is in
 * flight, and all that it has to send, the FIN included, fits into one segment that peer and path
 * take now. Or it has nothing to send but an acknowledgment.
 *
 * For such a conn output.c's questions have one answer each. It has neither lost nor unsent data to
 * choose from, Nagle does not hold it (all is acknowledged), it needs no record of its flight, no
 * probe, and one ACK. So one condition stands for them, and what is sent is booked without asking
 * again. The general way does the same for it, and all there is for other conns.
 */
#ifndef TCT_TCP_SINGLE_H
#define TCT_TCP_SINGLE_H

#include "plain.h"

/* With one of these a segment is not plain, a probe may be due, or the last flush was cut short. */
#define SINGLE_NEVER (CONN_ECN | CONN_PROBE | CONN_KEEP_PROBE | CONN_PERSIST | CONN_RETRY)

/* Sequence numbers that the one segment takes: data, and the FIN if it was not sent yet. */
static inline uint32_t
single_used(const struct tct_conn *c)
{
	bool fin = (c->flags & (CONN_FIN_WANTED | CONN_FIN_SENT)) == CONN_FIN_WANTED;

	return c->sndq.bytes + fin;
}

/* snd_nxt lies between snd_una and snd_max. With more than QUICK_ACKS two segments draw a train. */
static inline bool
single_is(const struct tct_conn *c)
{
	const struct tx_queue *tx = c->stack->tx;
	uint32_t used = single_used(c);

	return c->state > STATE_SYN_RCVD && c->snd_una == c->snd_max &&
	       !(c->flags & SINGLE_NEVER) && c->flight == POOL_NONE && c->reorder == POOL_NONE &&
	       (c->quick_acks <= QUICK_ACKS ||
		c->rcv_nxt - c->rcv_acked < 2 * conn_full_segment(c)) &&
	       used <= c->snd_wnd && used <= c->cwnd && c->sndq.bytes <= c->mss && tx_room(tx) &&
	       tx->spare_count > TX_RESERVE;
}

/* The SYN of an active open goes out for the first time: that is a single segment, too. What was
 * refused a buffer, or ends with its SYN, is not for here. */
static inline bool
single_is_syn(const struct tct_conn *c)
{
	const struct tx_queue *tx = c->stack->tx;

	return c->state == STATE_SYN_SENT && c->snd_una == c->snd_max &&
	       !(c->flags & (CONN_RETRY | CONN_SILENT)) && tx_room(tx) && tx->spare_count;
}

/* A segment that is alone in flight is timed (Karn: MUST-18): it was not sent before. */
static inline void
single_sent(struct tct_conn *c, uint32_t used)
{
	const struct tcp_stack *s = c->stack;

	RTE_ASSERT(c->rtx_at == TICK_NONE);
	c->flags = (c->flags & ~CONN_REWOUND) | CONN_RTT_TIMING;
	c->rtt_start_us = (uint32_t)s->now_us;
	c->snd_nxt = c->snd_max = c->snd_una + used;
	c->rtx_at = tick_add(s->now, c->rto_ticks); /* RFC 6298 5.1 */
}

static __rte_always_inline void
single_send(struct tct_conn *c)
{
	struct segment_out o = {.seq = c->snd_una, .flags = TCP_FLAG_ACK, .len = c->sndq.bytes};
	uint32_t used = single_used(c);

	RTE_ASSERT(c->snd_nxt == c->snd_una);
	if (used == 0 && !(c->flags & CONN_ACK_NOW))
		return;
	if (o.len)
		o.flags |= TCP_FLAG_PSH; /* MUST-61 */
	if (used != o.len)
		o.flags |= TCP_FLAG_FIN;
	plain_transmit(c, &o, tx_take(c->stack->tx, o.len == 0));
	if (used == 0)
		return;
	single_sent(c, used);
	if (used != o.len)
		fin_sent(c);
}

static inline void
single_send_syn(struct tct_conn *c)
{
	RTE_ASSERT(c->snd_nxt == c->snd_una);
	syn_transmit(c, TCP_FLAG_SYN, tx_take(c->stack->tx, 1));
	single_sent(c, 1);
}

#endif
