/* SPDX-License-Identifier: BSD-3-Clause */
#include "extent.h"

#include <string.h>

#include "tercet.h"

#define TEXT_BIT 1 /* of extent_list.first_owner: whatever it points to is aligned */

static struct extent_node *
node_at(const struct extent_room *room, uint32_t i)
{
	return pool_at(&room->nodes, i);
}

/* A new node holding e, or POOL_NONE. */
static uint32_t
node_make(struct extent_room *room, const struct extent *e)
{
	uint32_t i = extent_room_left(room) ? pool_alloc(&room->nodes) : POOL_NONE;

	if (i != POOL_NONE) {
		node_at(room, i)->extent = *e;
		node_at(room, i)->next = POOL_NONE;
	}
	return i;
}

/* Nobody needs its bytes any more. */
static void
extent_end(const struct extent *e, struct tx_queue *q)
{
	if (e->owner)
		tx_release(q, e->owner);
	else if (e->text)
		e->text->users--;
}

void
extent_list_init(struct extent_list *l)
{
	l->first_owner = 0;
	l->first_len = 0;
	l->head = POOL_NONE;
	l->bytes = 0;
}

struct extent
extent_first(const struct extent_list *l)
{
	struct extent e = {.bytes = l->first_bytes, .len = l->first_len};

	if (l->first_owner & TEXT_BIT)
		e.text = (struct tct_text *)(l->first_owner - TEXT_BIT);
	else
		e.owner = (struct rte_mbuf *)l->first_owner;
	return e;
}

static void
set_first(struct extent_list *l, struct extent_room *room, const struct extent *e)
{
	room->firsts += e->owner != NULL;
	l->first_bytes = e->bytes;
	l->first_owner = e->text ? (uintptr_t)e->text | TEXT_BIT : (uintptr_t)e->owner;
	l->first_len = e->len;
}

bool
extent_append(struct extent_list *l, struct extent_room *room, const struct extent *e)
{
	uint32_t i;

	if (l->first_len == 0) {
		if (e->owner && !extent_room_left(room))
			return false;
		set_first(l, room, e);
		l->bytes = e->len;
		return true;
	}
	i = node_make(room, e);
	if (i == POOL_NONE)
		return false;
	if (l->head == POOL_NONE)
		l->head = i;
	else
		node_at(room, l->tail)->next = i;
	l->tail = i;
	l->bytes += e->len;
	return true;
}

/* The first extent is used up: the second takes its place. */
static void
extent_shift(struct extent_list *l, struct extent_room *room, struct tx_queue *q)
{
	struct extent first = extent_first(l);
	uint32_t i = l->head;

	room->firsts -= first.owner != NULL;
	extent_end(&first, q);
	l->first_owner = 0;
	l->first_len = 0;
	if (i == POOL_NONE)
		return;
	set_first(l, room, &node_at(room, i)->extent);
	l->head = node_at(room, i)->next;
	pool_free(&room->nodes, i);
}

static __rte_noinline void
consume_extents(struct extent_list *l, struct extent_room *room, struct tx_queue *q, uint32_t n)
{
	while (n && n >= l->first_len) {
		n -= l->first_len;
		extent_shift(l, room, q);
	}
	l->first_bytes += n;
	l->first_len -= n;
}

void
extent_consume(struct extent_list *l, struct extent_room *room, struct tx_queue *q, uint32_t n)
{
	l->bytes -= n;
	if (likely(l->bytes == 0 && l->head == POOL_NONE && !l->first_owner))
		l->first_len =
			0; /* all of the only one, of a static response: nothing to release */
	else if (n)
		consume_extents(l, room, q, n);
}

/* What of len bytes from offset off on lies in an extent that has so many. */
static uint32_t
copy_part(const uint8_t *bytes, uint32_t have, uint32_t off, uint32_t len, uint8_t *out)
{
	uint32_t n = off < have ? have - off : 0;

	n = n < len ? n : len;
	if (n)
		memcpy(out, bytes + off, n);
	return n;
}

void
extent_copy(const struct extent_list *l, const struct extent_room *room, struct extent_cursor *at,
	    uint32_t off, uint32_t len, uint8_t *out)
{
	uint32_t n = 0;

	if (at->node == POOL_NONE || off < at->offset) {
		n = copy_part(l->first_bytes, l->first_len, off, len, out);
		at->node = l->head;
		at->offset = l->first_len;
	}
	while (n < len) {
		const struct extent_node *node = node_at(room, at->node);
		const struct extent *e = &node->extent;

		n += copy_part(e->bytes, e->len, off + n - at->offset, len - n, out + n);
		if (n == len)
			return; /* what follows may lie here, too */
		at->offset += e->len;
		at->node = node->next;
	}
}

/* What of len bytes from offset off on lies in e is the next piece; how many bytes that are. */
static uint32_t
piece_of(const struct extent *e, uint32_t off, uint32_t len, struct extent *out, unsigned *count)
{
	uint32_t n = off < e->len ? e->len - off : 0;

	n = n < len ? n : len;
	if (n)
		out[(*count)++] = (struct extent){e->bytes + off, e->owner, e->text, n};
	return n;
}

unsigned
extent_pieces(const struct extent_list *l, const struct extent_room *room, struct extent_cursor *at,
	      uint32_t off, uint32_t len, struct extent out[], unsigned max)
{
	const struct extent first = extent_first(l);
	const struct extent_cursor from = *at;
	unsigned count = 0;
	uint32_t n = 0;

	if (at->node == POOL_NONE || off < at->offset) {
		n = piece_of(&first, off, len, out, &count);
		at->node = l->head;
		at->offset = l->first_len;
	}
	while (n < len && count < max) {
		const struct extent_node *node = node_at(room, at->node);

		n += piece_of(&node->extent, off + n - at->offset, len - n, out, &count);
		if (n == len)
			break;
		at->offset += node->extent.len;
		at->node = node->next;
	}
	if (n == len)
		return count;
	*at = from; /* for who copies instead */
	return 0;
}

bool
extent_absorb(struct extent *e, const uint8_t *bytes, uint32_t len)
{
	struct rte_mbuf *m = e->owner;
	uint8_t *end;

	if (len > EXTENT_ABSORB_MAX || !m || !RTE_MBUF_DIRECT(m))
		return false;
	end = rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len);
	if (e->bytes + e->len != end || rte_pktmbuf_tailroom(m) < len)
		return false;
	m->data_len += (uint16_t)len;
	m->pkt_len += len;
	memcpy(end, bytes, len);
	e->len += len;
	return true;
}

bool
extent_list_absorb(struct extent_list *l, const struct extent_room *room, const uint8_t *bytes,
		   uint32_t len)
{
	struct extent first = extent_first(l);
	struct extent *last = l->head == POOL_NONE ? &first : &node_at(room, l->tail)->extent;

	if (!l->first_len || !extent_absorb(last, bytes, len))
		return false;
	l->first_len = l->head == POOL_NONE ? first.len : l->first_len;
	l->bytes += len;
	return true;
}

void
extent_node_init(struct extent_node_list *l)
{
	l->head = POOL_NONE;
	l->bytes = 0;
}

bool
extent_node_append(struct extent_node_list *l, struct extent_room *room, const struct extent *e)
{
	uint32_t i = node_make(room, e);

	if (i == POOL_NONE)
		return false;
	if (l->head == POOL_NONE)
		l->head = i;
	else
		node_at(room, l->tail)->next = i;
	l->tail = i;
	l->bytes += e->len;
	return true;
}

bool
extent_node_absorb(struct extent_node_list *l, const struct extent_room *room, const uint8_t *bytes,
		   uint32_t len)
{
	if (l->head == POOL_NONE || !extent_absorb(&node_at(room, l->tail)->extent, bytes, len))
		return false;
	l->bytes += len;
	return true;
}

bool
extent_node_take(struct extent_node_list *l, struct extent_room *room, struct extent *e)
{
	uint32_t i = l->head;

	if (i == POOL_NONE)
		return false;
	*e = node_at(room, i)->extent;
	l->head = node_at(room, i)->next;
	l->bytes -= e->len;
	pool_free(&room->nodes, i);
	return true;
}
