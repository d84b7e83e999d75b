/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The segment that is expected: next in order, acknowledging all that was sent, on a connection of
 * which nothing else has to be thought of. Nearly every segment of a short connection or of a
 * receiver is one (Van Jacobson's header prediction).
 *
 * is_expected() is the whole condition. It implies each check of segment.c, so that what is left is
 * to book the segment, in the order of RFC 9293 3.10.7.4. Any other goes through segment.c, which
 * would do the same with this one: with CWR set, which says nothing without ECN, a segment is not
 * expected, and so tests compare the two.
 */
#include "internal.h"

/* What else an acknowledgment, a window or text would have to be looked at for. */
#define MORE_TO_DO \
	(CONN_ECN | CONN_PAUSED | CONN_WANT_ROOM | CONN_PERSIST | CONN_PROBE | CONN_PROBED)

/* Text and FIN, if any, are new and wanted, and fit into the window. */
static inline bool
text_is_expected(const struct tct_conn *c, const struct packet *p)
{
	if (!p->payload_len && !(p->flags & TCP_FLAG_FIN))
		return true;
	if (c->state > STATE_FIN_WAIT_2)
		return false;
	return !p->payload_len ||
	       (p->payload_len <= c->rcv_adv - c->rcv_nxt && !(c->flags & CONN_ORPHAN));
}

/* There if negotiated, and not older than the one before: PAWS has no say. */
static inline bool
timestamp_is_expected(const struct tct_conn *c, const struct packet *p)
{
	return !(c->flags & CONN_TIMESTAMPS) ||
	       (p->opt.has_ts && seq_ge(p->opt.ts_val, c->ts_recent));
}

/* Not before the segment that told the window last: with ack == snd_max that is RFC 9293's test. */
static inline bool
is_expected(const struct tct_conn *c, const struct packet *p)
{
	return (p->flags & ~(TCP_FLAG_PSH | TCP_FLAG_FIN)) == TCP_FLAG_ACK &&
	       c->state >= STATE_ESTABLISHED && c->state <= STATE_LAST_ACK &&
	       !(c->flags & MORE_TO_DO) && c->flight == POOL_NONE && c->reorder == POOL_NONE &&
	       !c->keepalive_sent && p->seq == c->rcv_nxt && p->ack == c->snd_max &&
	       seq_ge(p->seq, c->snd_wl1) && timestamp_is_expected(c, p) && text_is_expected(c, p);
}

/* All that was sent is acknowledged, and it was one segment. */
static inline void
book_acknowledgment(struct tct_conn *c, uint32_t ack)
{
	struct tcp_stack *s = c->stack;
	uint32_t n = ack - c->snd_una;

	c->snd_una = c->snd_nxt = ack;
	c->rtx_at = TICK_NONE;
	c->retransmits = 0;
	if (s->reached && c->hop != HOP_NONE)
		s->reached[c->hop] = s->now;
	n = n < c->sndq.bytes ? n : c->sndq.bytes;
	if (n) {
		congestion_acked_single(c, n);
		extent_consume(&c->sndq, &s->extents, s->tx, n);
	}
	if ((c->flags & (CONN_RTT_TIMING | CONN_FIN_SENT)) == CONN_RTT_TIMING)
		rtt_sample(c, (uint32_t)s->now_us - c->rtt_start_us);
	c->flags &= ~(CONN_RTT_TIMING | CONN_REWOUND);
}

static inline void
book_window(struct tct_conn *c, const struct packet *p)
{
	uint32_t wnd = (uint32_t)p->wnd << c->snd_wscale;

	c->snd_wnd = wnd;
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
	if (wnd > c->max_snd_wnd)
		c->max_snd_wnd = wnd;
	if (c->sndq.bytes || c->flags & CONN_FIN_WANTED)
		conn_touch(c);
}

bool
segment_expected(struct tct_conn *c, struct packet *p)
{
	if (!is_expected(c, p))
		return false;
	if (p->seq == c->rcv_acked && c->flags & CONN_TIMESTAMPS) /* RFC 7323 4.3 (R3) */
		c->ts_recent = p->opt.ts_val;
	segment_heard(c, p);
	if (p->ack != c->snd_una)
		book_acknowledgment(c, p->ack);
	book_window(c, p);
	if (c->flags & CONN_FIN_SENT && segment_fin_acked(c))
		return true;
	if (p->payload_len) {
		deliver_text(c, p, 0, p->payload_len);
		if (c->state == STATE_CLOSED)
			return true;
		segment_acknowledge_text(c, p);
	}
	/* All of the text was taken, unless the service closed or paused in the middle of it. */
	if (p->flags & TCP_FLAG_FIN && c->rcv_nxt == p->seq + p->payload_len)
		deliver_fin(c);
	return true;
}
