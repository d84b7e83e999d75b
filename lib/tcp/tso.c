/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data that the port cuts into segments (TSO): one packet, one walk through the stack and one
 * Ethernet header for as many of them as it takes, in a chain of spare buffers.
 *
 * Only new data goes that way, whole segments of it: what is less than one, retransmissions, and
 * all that path.c has a say in stay as they are. Hardware repeats the header in each segment, FIN
 * and PSH in the last only; CWR, which belongs into one (RFC 3168 6.1.2), goes out in a segment of
 * its own before. The scoreboard holds bytes, not segments, and knows of none of this.
 */
#include "../wire/build.h"
#include "internal.h"

/* Smaller segments than this some drivers refuse to make. */
#define TSO_MSS_MIN 256

uint16_t
tso_segment(const struct tct_conn *c)
{
	return c->mss - c->stack->tso_short;
}

/* A first segment without a record of the flight is on its own: flight.h. A chain is taken all or
 * not at all. */
static bool
is_allowed(const struct tct_conn *c)
{
	const struct tcp_stack *s = c->stack;

	return (addr_is_ip4(&c->tuple.local) ? s->tso_ip4 : s->tso_ip6) && c->mss >= TSO_MSS_MIN &&
	       (c->flight != POOL_NONE || c->snd_nxt != c->snd_una) && c->snd_nxt == c->snd_max &&
	       !(c->flags & (CONN_CWR | CONN_PATH_LOWERED)) &&
	       s->tx->spare_count >= TX_RESERVE + TSO_BUFFERS(s->tso_bytes);
}

/* The division is shared by the segments. */
uint32_t
tso_max(const struct tct_conn *c, uint32_t room)
{
	const struct tcp_stack *s = c->stack;
	uint32_t each = tso_segment(c), n;

	if (!is_allowed(c))
		return 0;
	n = (room < s->tso_bytes ? room : s->tso_bytes) / each;
	n = n < s->tso_segments ? n : s->tso_segments;
	return n < 2 ? 0 : n * each;
}

void
tso_fill(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, unsigned at)
{
	struct tcp_stack *s = c->stack;
	struct rte_mbuf *last = m;
	uint32_t done = 0;

	for (;;) {
		uint32_t room = last->buf_len - last->data_off - at, left = o->len - done;
		uint32_t n = left < room ? left : room;

		extent_copy(&c->sndq, &s->extents, &s->cursor, o->offset + done, n,
			    rte_pktmbuf_mtod_offset(last, uint8_t *, at));
		last->data_len = (uint16_t)(at + n);
		done += n;
		if (done == o->len)
			break;
		last->next = tx_take(s->tx, 0);
		last = last->next;
		m->nb_segs++;
		at = 0;
	}
}
