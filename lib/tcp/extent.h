/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queued bytes: a list of extents {pointer, length, owner}.
 *
 * A static response costs no buffer: its extent has no owner. An echo keeps the received packet
 * buffer as owner, a copied send the one it was copied into; the reference is dropped when the
 * bytes are acknowledged. A text that many connections send belongs to its service, and counts its
 * users: it costs no buffer either. The first extent lies in the list itself, so that a request and
 * its answer take no node; the rest are nodes of a per-worker pool, whose size bounds how many
 * packet buffers connections can hold: a first extent that owns a buffer counts as a node of it.
 */
#ifndef TCT_TCP_EXTENT_H
#define TCT_TCP_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "../table/pool.h"
#include "../table/tx_queue.h"

struct tct_text;

struct extent {
	const uint8_t *bytes;
	struct rte_mbuf *owner; /* a counted reference, or NULL */
	struct tct_text *text;	/* without owner: of which this is a user, or NULL */
	uint32_t len;
};

/* first.len 0: empty. */
struct extent_list {
	const uint8_t *first_bytes;
	uintptr_t first_owner; /* its owner; or its text, and the lowest bit set */
	uint32_t first_len;
	uint32_t head; /* second extent, POOL_NONE: none */
	uint32_t tail;
	uint32_t bytes; /* in all extents */
};

/* A list without the place for a first extent: seldom filled. */
struct extent_node_list {
	uint32_t head; /* POOL_NONE: empty */
	uint32_t tail;
	uint32_t bytes;
};

struct extent_node {
	struct extent extent;
	uint32_t next;
} __attribute__((aligned(64)));

/* What the queues of a worker have in common. */
struct extent_room {
	struct pool nodes;
	uint32_t firsts; /* first extents that own a buffer */
};

/* How many more nodes may be taken, or buffers held. */
static inline uint32_t
extent_room_left(const struct extent_room *room)
{
	uint32_t held = room->nodes.used + room->firsts;

	return held < room->nodes.capacity ? room->nodes.capacity - held : 0;
}

void extent_list_init(struct extent_list *l);

/* What lies in the list itself; of an empty one len is 0. */
struct extent extent_first(const struct extent_list *l);

/* Appends; takes over the reference of e->owner, or that e is a user of e->text. False when there
 * is no room (nothing is taken). */
bool extent_append(struct extent_list *l, struct extent_room *room, const struct extent *e);

/* Has the last extent absorb the bytes, as extent_absorb(); false when it can't. */
bool extent_list_absorb(struct extent_list *l, const struct extent_room *room, const uint8_t *bytes,
			uint32_t len);

/* Drops the first n bytes, n <= l->bytes, releasing owners to q, and texts. */
void extent_consume(struct extent_list *l, struct extent_room *room, struct tx_queue *q,
		    uint32_t n);

/* Where the last copy from a list ended, so that the next one need not look from the start. Good
 * until something is consumed. */
struct extent_cursor {
	uint32_t node;	 /* POOL_NONE: begin at the start */
	uint32_t offset; /* of its first byte in the list */
};

/* Copies len bytes from offset off to out; off + len <= l->bytes. */
void extent_copy(const struct extent_list *l, const struct extent_room *room,
		 struct extent_cursor *at, uint32_t off, uint32_t len, uint8_t *out);

/* Where len bytes from offset off on lie: in how many pieces, 0 when that is more than max. */
unsigned extent_pieces(const struct extent_list *l, const struct extent_room *room,
		       struct extent_cursor *at, uint32_t off, uint32_t len, struct extent out[],
		       unsigned max);

/*
 * Copies bytes behind those of e, into the same packet buffer: small pieces, so that each does not
 * pin a buffer of its own. Only where e ends with the buffer's data, and that moves on: so others
 * may hold the buffer, too, and still no two of them grow into the same bytes. False when that is
 * not so, when there is no room, or when the piece is not small.
 */
#define EXTENT_ABSORB_MAX 512
bool extent_absorb(struct extent *e, const uint8_t *bytes, uint32_t len);

void extent_node_init(struct extent_node_list *l);
bool extent_node_append(struct extent_node_list *l, struct extent_room *room,
			const struct extent *e);

/* Has the last extent absorb the bytes; false when it can't. */
bool extent_node_absorb(struct extent_node_list *l, const struct extent_room *room,
			const uint8_t *bytes, uint32_t len);

/* Takes the first extent off; false when empty. The caller owns the reference. */
bool extent_node_take(struct extent_node_list *l, struct extent_room *room, struct extent *e);

#endif
