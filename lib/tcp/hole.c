/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a conn does about a hole in what it has received: keeps what lies beyond, says so, and
 * delivers it once the hole is filled.
 *
 * The record (reorder.h) is taken when the first segment beyond a hole comes, or the first
 * duplicate to report, and given back when neither is left. Without one (all are taken) segments
 * beyond a hole are dropped, as a receiver may that keeps none: the duplicate ACK asks for the hole
 * all the same. It is also kept until an ACK has told of a hole that was filled.
 *
 * Each segment beyond a hole draws an ACK, and each that fills a part of one (RFC 5681 4.2). ACKs
 * are sent once per poll. A peer without SACK counts duplicate ACKs to three (RFC 5681 3.2), and
 * grows its window by each one beyond; so it gets as many as there were segments since rcv_nxt
 * moved last, up to a burst. A peer with SACK is told all by the blocks of one ACK, if that
 * arrives; where it may be lost like anything else, and the peer has little in flight, what ends
 * its waiting is its timer. So it gets one for each segment, too, but three at most.
 *
 * An acknowledgment never lies inside what SACK blocks have reported: the peer would take that for
 * a receiver that has thrown it away, and forget all that was reported (RFC 2018 8). Nor below what
 * is in order, beside blocks of what lies beyond, or of a duplicate: the peer would take what is
 * between for lost, and without SACK for one more hole (RFC 6582). hole_edge() says from where on
 * ACKs may go step by step.
 */
#include "internal.h"

#define ACKS_MAX      32 /* a burst */
#define SACK_ACKS_MAX 3

static struct reorder *
record_of(const struct tct_conn *c)
{
	return pool_at(&c->stack->reorders, c->reorder);
}

/* c's record, a new one if need be; NULL when none is free. */
static struct reorder *
record_take(struct tct_conn *c)
{
	if (c->reorder == POOL_NONE) {
		c->reorder = pool_alloc(&c->stack->reorders);
		if (c->reorder == POOL_NONE)
			return NULL;
		reorder_init(record_of(c));
	}
	return record_of(c);
}

void
hole_close(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	if (c->reorder == POOL_NONE)
		return;
	reorder_clear(record_of(c), &s->reorder_room, s->tx);
	pool_free(&s->reorders, c->reorder);
	c->reorder = POOL_NONE;
}

/* A window of full-sized segments has far less pieces than of 512 bytes; some small ones are no
 * attack. */
uint32_t
hole_pieces_max(uint32_t window)
{
	return window / 512 + 64;
}

static void
record_settle(struct tct_conn *c)
{
	if (c->reorder != POOL_NONE && reorder_idle(record_of(c)))
		hole_close(c);
}

void
hole_duplicate(struct tct_conn *c, uint32_t left, uint32_t right)
{
	struct reorder *r;

	/* What is further behind than a window is no segment of this connection's present. */
	if (!(c->flags & CONN_SACK) || c->rcv_nxt - left > window_size(c))
		return;
	right = seq_lt(c->rcv_nxt, right) ? c->rcv_nxt : right;
	r = seq_lt(left, right) ? record_take(c) : NULL;
	if (r)
		reorder_report(r, left, right);
}

static void
count_kept(struct tcp_stack *s, const struct reorder_result *result, uint32_t len)
{
	if (result->kept)
		tcp_count(s, COUNTER_TCP_OUT_OF_ORDER);
	if (result->duplicates == len)
		tcp_count(s, COUNTER_DROP_TCP_DUPLICATE);
	else if (result->duplicates)
		tcp_count(s, COUNTER_TCP_OVERLAP);
	if (result->kept + result->duplicates < len)
		tcp_count(s, COUNTER_DROP_TCP_OUT_OF_ORDER);
}

/* Keeps len bytes of the segment from skip on, as far as the window goes. */
static void
keep_text(struct tct_conn *c, struct reorder *r, struct packet *p, uint32_t skip, uint32_t len)
{
	struct tcp_stack *s = c->stack;
	uint32_t seq = p->seq + skip;
	uint32_t room = seq_lt(seq, c->rcv_adv) ? c->rcv_adv - seq : 0;
	struct reorder_result result;

	if (len > room) {
		tcp_count(s, COUNTER_DROP_TCP_NO_ROOM);
		len = room;
	}
	if (!len)
		return;
	s->reorder_room.pieces_max = hole_pieces_max(window_size(c));
	result = reorder_insert(r, &s->reorder_room, p->mbuf, p->payload_off + skip, seq, len);
	count_kept(s, &result, len);
	if (result.duplicates && c->flags & CONN_SACK)
		reorder_report(r, result.left, result.right);
}

/* A FIN has its place in the window, too, or right behind it. */
static void
keep_fin(struct tct_conn *c, struct reorder *r, const struct packet *p)
{
	uint32_t seq = p->seq + p->payload_len;

	if (p->flags & TCP_FLAG_FIN && seq_gt(seq, c->rcv_nxt) && seq_le(seq, c->rcv_adv))
		reorder_fin(r, seq);
}

static void
owe_ack(const struct tct_conn *c, struct reorder *r)
{
	if (r->acks < (c->flags & CONN_SACK ? SACK_ACKS_MAX : ACKS_MAX))
		r->acks++;
}

void
hole_input(struct tct_conn *c, struct packet *p)
{
	struct reorder *r;
	bool fresh;

	if (p->payload_len && c->flags & CONN_ORPHAN) { /* 3.6.1: nobody will read it */
		c->flags |= CONN_SEND_RST;
		conn_kill(c, TCT_DATA_AFTER_CLOSE);
		return;
	}
	fresh = c->reorder == POOL_NONE;
	r = record_take(c);
	if (r) {
		if (fresh && c->rcv_nxt != c->rcv_acked) /* the first ACK is no duplicate */
			owe_ack(c, r);
		keep_text(c, r, p, 0, p->payload_len);
		keep_fin(c, r, p);
		owe_ack(c, r);
		record_settle(c);
	} else {
		tcp_count(c->stack, COUNTER_DROP_TCP_OUT_OF_ORDER);
	}
	c->quick_acks = QUICK_ACKS + TRAIN_ACKS; /* the peer's window is small now: it waits for
						  * each ACK */
	c->flags |= CONN_ACK_NOW;
	conn_touch(c);
}

/* The service may pause, close or abort in the middle of it. */
static void
deliver_run(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	struct reorder *r;
	struct extent e;

	while (c->state != STATE_CLOSED && c->reorder != POOL_NONE &&
	       reorder_take(record_of(c), &s->reorder_room, c->rcv_nxt, &e)) {
		c->rcv_nxt += e.len;
		r = record_of(c);
		r->delivered = true;
		r->delivered_to = c->rcv_nxt;
		deliver_kept(c, &e);
	}
}

void
hole_fill(struct tct_conn *c, struct packet *p, uint32_t skip, uint32_t len)
{
	struct reorder *r = record_of(c);
	uint32_t before = c->rcv_nxt;
	uint32_t hole = r->runs ? r->run[0].left - c->rcv_nxt : len;
	uint32_t now = hole < len ? hole : len;

	deliver_text(c, p, skip, now);
	if (c->state == STATE_CLOSED || c->reorder == POOL_NONE)
		return;
	if (len > now && !(c->flags & CONN_ORPHAN))
		keep_text(c, r, p, skip + now, len - now);
	keep_fin(c, r, p);
	deliver_run(c);
	if (c->state == STATE_CLOSED || c->reorder == POOL_NONE)
		return;
	if (c->rcv_nxt != before) {
		if (!(c->flags & CONN_SACK) || !r->runs)
			r->acks = 0; /* those of what it was are of no use now */
		owe_ack(c, r);
	}
	c->flags |= CONN_ACK_NOW;
	record_settle(c);
	conn_touch(c);
}

bool
hole_fin_due(const struct tct_conn *c)
{
	return c->reorder != POOL_NONE && reorder_fin_due(record_of(c), c->rcv_nxt);
}

bool
hole_has_data(const struct tct_conn *c)
{
	return c->reorder != POOL_NONE && record_of(c)->pieces;
}

unsigned
hole_blocks(struct tct_conn *c, struct tcp_sack_block *out, unsigned max)
{
	struct reorder *r = record_of(c);
	unsigned n;

	if (max && reorder_reports(r))
		tcp_count(c->stack, COUNTER_TCP_DSACK_TX);
	n = reorder_blocks(r, out, max);
	r->delivered = false;
	if (max)
		r->acks = 0;
	record_settle(c);
	return n;
}

uint32_t
hole_edge(const struct tct_conn *c)
{
	const struct reorder *r;
	uint32_t edge = c->rcv_acked;

	if (c->reorder == POOL_NONE)
		return edge;
	r = record_of(c);
	if (r->runs)
		return c->rcv_nxt;
	if (r->delivered)
		edge = r->delivered_to;
	if (reorder_reports(r) && seq_gt(r->duplicate_right, edge))
		edge = r->duplicate_right;
	return edge;
}

unsigned
hole_acks(struct tct_conn *c)
{
	unsigned n;

	if (c->reorder == POOL_NONE)
		return 1;
	n = record_of(c)->acks;
	record_of(c)->acks = 0;
	return n ? n : 1;
}
