/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Payload that is not copied into the packet, but lent to the port: behind the headers go buffers
 * that refer to where it lies, in the packet buffer that owns it or in memory that is there for
 * ever. The same bytes may be lent more than once, when they are sent again; nobody writes to them
 * before the last packet is gone. An owner outlives it by the reference that the packet has.
 *
 * A text of a service is not lent: its user is gone when it is acknowledged, the packet perhaps
 * not. A device takes what it can read: packet buffers, and of what nobody owns what lies in EAL's
 * memory. The other end of an in-memory port takes what nobody owns from wherever it lies, but
 * packet buffers it would keep for as long as its services like, so they are not lent to it.
 */
#include "../wire/build.h"
#include "../wire/checksum.h"
#include "internal.h"

/* Where a device finds it. */
struct loan {
	rte_iova_t iova; /* of what nobody owns */
	struct rte_mbuf_ext_shared_info *count;
};

static bool
may_lend_piece(const struct tcp_stack *s, const struct extent *piece, struct loan *loan)
{
	*loan = (struct loan){.iova = RTE_BAD_IOVA};
	if (piece->text)
		return false;
	if (piece->owner)
		return s->lend_dma && RTE_MBUF_DIRECT(piece->owner);
	if (s->lend_static)
		return true;
	loan->count = s->lent_count;
	loan->iova = s->lend_dma ? s->dma_iova(piece->bytes, piece->len) : RTE_BAD_IOVA;
	return loan->iova != RTE_BAD_IOVA;
}

/* All pieces but the last are of even length: who sums the payload in software may do it piece by
 * piece. */
static bool
may_lend(const struct tcp_stack *s, const struct extent pieces[], struct loan loans[], unsigned n)
{
	if (n == 0 || s->tx->spare_count < TX_RESERVE + n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (i + 1 < n && pieces[i].len % 2)
			return false;
		if (!may_lend_piece(s, &pieces[i], &loans[i]))
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

static void
lend_piece(struct rte_mbuf *m, const struct extent *piece, const struct loan *loan)
{
	if (piece->owner)
		tx_borrow(m, piece->owner, piece->bytes, piece->len);
	else
		tx_borrow_static(m, piece->bytes, piece->len, loan->iova, loan->count);
}

bool
lend_text(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, uint64_t *sum)
{
	struct tcp_stack *s = c->stack;
	struct extent pieces[LENT_TSO_BUFFERS_MAX];
	struct loan loans[LENT_TSO_BUFFERS_MAX];
	unsigned most = (o->tso_segsz ? s->lend_buffers : LENT_BUFFERS) - 1;
	unsigned n =
		extent_pieces(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, pieces, most);

	if (!may_lend(s, pieces, loans, n))
		return false;
	m->nb_segs = (uint16_t)(1 + n);
	prefetch_ahead(s->tx);
	for (unsigned i = 0; i < n; i++) {
		m->next = tx_take(s->tx, 0);
		m = m->next;
		lend_piece(m, &pieces[i], &loans[i]);
		if (!s->tx_checksum)
			*sum = csum_bytes(*sum, pieces[i].bytes, pieces[i].len);
	}
	tcp_count(s, COUNTER_TCP_LENT);
	return true;
}
