/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Received bytes on their way to the service.
 *
 * In order they go straight from the packet buffer to the data callback. While the service pauses
 * they are held in rcvq, buffers and all; the window closes by what is held. To resume delivers it
 * all at once: whoever does not pause has nothing there. The peer's FIN is told after the last
 * byte, and the connection's end after that: until then it stays in LAST_ACK or TIME_WAIT, in the
 * conn.
 */
#include "internal.h"

static void
hand_over(struct tct_conn *c, const uint8_t *bytes, uint32_t len, struct rte_mbuf *owner)
{
	struct tct_data d = {.bytes = bytes, .len = len, .owner = owner};

	c->stack->counters->v[COUNTER_TCP_BYTES_RX] += len;
	if (c->service->data)
		c->service->data(c, &d);
}

/* Keeps one piece for later; false when there is no node to hold it with. */
static bool
hold(struct tct_conn *c, const uint8_t *bytes, uint32_t len, struct rte_mbuf *m)
{
	struct extent e = {.bytes = bytes, .owner = m, .len = len};

	if (extent_node_absorb(&c->rcvq, &c->stack->extents, bytes, len))
		return true;
	if (!extent_node_append(&c->rcvq, &c->stack->extents, &e)) {
		tcp_count(c->stack, COUNTER_DROP_TCP_NO_ROOM);
		return false;
	}
	rte_mbuf_refcnt_update(m, 1);
	return true;
}

/* After tct_close() from within data() the rest of the segment is refused like any other. */
static bool
taking(const struct tct_conn *c)
{
	return c->state != STATE_CLOSED && !(c->flags & CONN_ORPHAN);
}

/* From byte off of a packet, piece by piece. */
static void
deliver_pieces(struct tct_conn *c, struct rte_mbuf *first, uint32_t off, uint32_t len)
{
	for (struct rte_mbuf *m = first; m && len && taking(c); m = m->next) {
		const uint8_t *bytes = rte_pktmbuf_mtod_offset(m, const uint8_t *, off);
		uint32_t n;

		if (off >= m->data_len) {
			off -= m->data_len;
			continue;
		}
		n = m->data_len - off < len ? m->data_len - off : len;
		if (c->flags & CONN_PAUSED) {
			if (!hold(c, bytes, n, m))
				return;
			c->rcv_nxt += n;
		} else {
			c->rcv_nxt += n; /* first, so that what the service does sees it */
			hand_over(c, bytes, n, m);
		}
		len -= n;
		off = 0;
	}
}

void
deliver_text(struct tct_conn *c, struct packet *p, uint32_t skip, uint32_t len)
{
	struct rte_mbuf *m = p->mbuf;
	uint32_t off = p->payload_off + skip;

	if (unlikely(!len || off + len > m->data_len || c->flags & CONN_PAUSED)) {
		deliver_pieces(c, m, off, len);
		return;
	}
	c->rcv_nxt += len; /* first, so that what the service does sees it */
	hand_over(c, rte_pktmbuf_mtod_offset(m, const uint8_t *, off), len, m);
}

/* The node it was kept in has just been given back, so that there is one to hold it with. */
void
deliver_kept(struct tct_conn *c, const struct extent *e)
{
	if (c->flags & CONN_PAUSED)
		hold(c, e->bytes, e->len, e->owner);
	else
		hand_over(c, e->bytes, e->len, e->owner);
	tx_release(c->stack->tx, e->owner);
}

static void
tell_peer_closed(struct tct_conn *c)
{
	if (!(c->flags & CONN_FIN_RCVD) || c->flags & CONN_FIN_TOLD || c->rcvq.bytes)
		return;
	c->flags |= CONN_FIN_TOLD;
	if (c->service->peer_closed)
		c->service->peer_closed(c);
}

void
deliver_held(struct tct_conn *c)
{
	struct extent e;

	while (!(c->flags & CONN_PAUSED) && c->state != STATE_CLOSED &&
	       extent_node_take(&c->rcvq, &c->stack->extents, &e)) {
		hand_over(c, e.bytes, e.len, e.owner);
		tx_release(c->stack->tx, e.owner);
	}
	if (c->state != STATE_CLOSED)
		tell_peer_closed(c);
	if (c->state == STATE_LAST_ACK && conn_fin_acked(c) && !c->rcvq.bytes)
		conn_kill(c, TCT_CLOSED);
}

/* 3.10.7.4, eighth. */
void
deliver_fin(struct tct_conn *c)
{
	c->rcv_nxt++;
	if (c->rcv_adv - c->rcv_nxt > UINT32_MAX / 2)
		c->rcv_adv = c->rcv_nxt;
	c->flags |= CONN_FIN_RCVD | CONN_ACK_NOW;
	if (unlikely(c->reorder != POOL_NONE)) {
		hole_close(c);
		c->quick_acks = QUICK_ACKS; /* a train could begin inside what the hole delivered */
	}
	conn_touch(c);
	switch (c->state) {
	case STATE_ESTABLISHED:
		conn_set_state(c, STATE_CLOSE_WAIT);
		break;
	case STATE_FIN_WAIT_1: /* our FIN is not acknowledged, or this were FIN_WAIT_2 */
		conn_set_state(c, STATE_CLOSING);
		break;
	default:
		conn_set_state(c, STATE_TIME_WAIT);
	}
	tell_peer_closed(c);
}
