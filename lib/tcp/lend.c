/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Payload that is not copied into the packet, but lent to the port: behind the headers go buffers
 * that refer to where it lies, in the packet buffer that owns it or in memory that is there for
 * ever. The same bytes may be lent more than once, when they are sent again; nobody writes to them
 * before the last packet is gone. An owner outlives it by the reference that the packet has.
 *
 * A text of a service is not lent: its user is gone when it is acknowledged, the packet perhaps
 * not. What nobody owns a device cannot read, unless it is one of a pair of in-memory ports; and
 * there the other end would keep our buffers for as long as its services like. So what is owned is
 * lent to devices, what is not to in-memory ports.
 */
#include "../wire/build.h"
#include "../wire/checksum.h"
#include "internal.h"

/* All pieces but the last are of even length: who sums the payload in software may do it piece by
 * piece. */
static bool
may_lend(const struct tcp_stack *s, const struct extent pieces[], unsigned n)
{
	if (n == 0 || s->tx->spare_count < TX_RESERVE + n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const struct rte_mbuf *owner = pieces[i].owner;

		if (i + 1 < n && pieces[i].len % 2)
			return false;
		if (pieces[i].text)
			return false;
		if (owner ? !s->lend_owned || !RTE_MBUF_DIRECT(owner) : !s->lend_static)
			return false;
	}
	return true;
}

/* The lines of the next packet's buffers that a packet of one buffer does not need. */
static void
prefetch_ahead(const struct tx_queue *q)
{
	for (unsigned i = 2; i < 4; i++) {
		const struct rte_mbuf *m = q->spare[q->spare_count - 1 - i];

		prefetch_own(&m->next);
		prefetch_own(m + 1);
	}
}

bool
lend_text(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, uint64_t *sum)
{
	struct tcp_stack *s = c->stack;
	struct extent pieces[LENT_TSO_BUFFERS];
	unsigned most = (o->tso_segsz ? s->lend_buffers : LENT_BUFFERS) - 1;
	unsigned n =
		extent_pieces(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, pieces, most);

	if (!may_lend(s, pieces, n))
		return false;
	m->nb_segs = (uint16_t)(1 + n);
	prefetch_ahead(s->tx);
	for (unsigned i = 0; i < n; i++) {
		m->next = tx_take(s->tx, 0);
		m = m->next;
		tx_borrow(m, pieces[i].owner, pieces[i].bytes, pieces[i].len);
		if (!s->tx_checksum)
			*sum = csum_bytes(*sum, pieces[i].bytes, pieces[i].len);
	}
	tcp_count(s, COUNTER_TCP_LENT);
	return true;
}
