/* SPDX-License-Identifier: BSD-3-Clause */
#include "reorder.h"

#include <stddef.h>
#include <string.h>

#include "../base/seq.h"

void
reorder_init(struct reorder *r)
{
	memset(r, 0, offsetof(struct reorder, run));
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* The first run that ends at seq or beyond it; r->runs when none does. */
static unsigned
run_find(const struct reorder *r, uint32_t seq)
{
	unsigned low = 0, high = r->runs;

	if (high == 0 || seq_lt(r->run[high - 1].right, seq))
		return high;
	if (seq_le(seq, r->run[0].right))
		return 0;
	if (seq_le(r->run[high - 1].left, seq))
		return high - 1;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (seq_lt(r->run[middle].right, seq))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The run that holds seq, or r->runs. */
static unsigned
run_of(const struct reorder *r, uint32_t seq)
{
	unsigned i = run_find(r, seq);

	if (i < r->runs && seq_le(r->run[i].left, seq) && r->run[i].right != seq)
		return i;
	return r->runs;
}

static void
run_open(struct reorder *r, unsigned i, const struct reorder_run *run)
{
	memmove(&r->run[i + 1], &r->run[i], (r->runs - i) * sizeof(r->run[0]));
	r->run[i] = *run;
	r->runs++;
}

static void
run_drop(struct reorder *r, unsigned i)
{
	r->runs--;
	memmove(&r->run[i], &r->run[i + 1], (r->runs - i) * sizeof(r->run[0]));
}

static struct extent_node *
node_at(const struct reorder_room *room, uint32_t i)
{
	return pool_at(&room->extents->nodes, i);
}

/* b's bytes follow a's. */
static void
run_join(struct reorder_run *a, const struct reorder_run *b, const struct reorder_room *room)
{
	a->right = b->right;
	if (b->head == POOL_NONE)
		return;
	if (a->head == POOL_NONE)
		a->head = b->head;
	else
		node_at(room, a->tail)->next = b->head;
	a->tail = b->tail;
}

/* ---- pieces --------------------------------------------------------------------------------- */

static unsigned
pieces_of(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	unsigned n = 0;

	for (; len; m = m->next) {
		uint32_t part = off < m->data_len ? m->data_len - off : 0;

		off -= part ? off : m->data_len;
		len -= part < len ? part : len;
		n += part != 0;
	}
	return n;
}

/* Behind the run's last piece, into its buffer; only what lies in one segment. */
static bool
run_absorb(struct reorder_run *run, const struct reorder_room *room, const struct rte_mbuf *m,
	   uint32_t off, uint32_t len)
{
	while (off >= m->data_len) {
		off -= m->data_len;
		m = m->next;
	}
	if (run->tail == POOL_NONE || m->data_len - off < len)
		return false;
	return extent_absorb(&node_at(room, run->tail)->extent,
			     rte_pktmbuf_mtod_offset(m, const uint8_t *, off), len);
}

static void
piece_add(struct reorder_run *run, struct reorder_room *room, const struct extent *e)
{
	uint32_t i = pool_alloc(&room->extents->nodes);
	struct extent_node *node = node_at(room, i);

	node->extent = *e;
	node->next = POOL_NONE;
	if (run->head == POOL_NONE)
		run->head = i;
	else
		node_at(room, run->tail)->next = i;
	run->tail = i;
	rte_mbuf_refcnt_update(e->owner, 1);
}

/* len bytes behind the run's last; all of them, or false. */
static bool
run_extend(struct reorder *r, struct reorder_room *room, struct reorder_run *run,
	   struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	unsigned n;

	if (run_absorb(run, room, m, off, len)) {
		run->right += len;
		return true;
	}
	n = pieces_of(m, off, len);
	if (r->pieces + n > room->pieces_max || room->used + n > room->max ||
	    n > extent_room_left(room->extents))
		return false;
	r->pieces += n;
	room->used += n;
	run->right += len;
	for (; len; m = m->next) {
		struct extent e = {.owner = m};

		if (off >= m->data_len) {
			off -= m->data_len;
			continue;
		}
		e.bytes = rte_pktmbuf_mtod_offset(m, const uint8_t *, off);
		e.len = m->data_len - off < len ? m->data_len - off : len;
		piece_add(run, room, &e);
		len -= e.len;
		off = 0;
	}
	return true;
}

/* ---- what comes in -------------------------------------------------------------------------- */

/* The run of seq is the newest now. Those that became a part of it go, and those delivered. */
static void
touch(struct reorder *r, uint32_t seq)
{
	unsigned i = run_of(r, seq), n = 1;
	uint32_t recent[REORDER_RECENT] = {seq};

	if (i == r->runs)
		return;
	for (unsigned j = 0; j < r->recents && n < REORDER_RECENT; j++) {
		unsigned k = run_of(r, r->recent[j]);

		if (k != i && k != r->runs)
			recent[n++] = r->recent[j];
	}
	memcpy(r->recent, recent, n * sizeof(recent[0]));
	r->recents = (uint8_t)n;
}

static uint32_t
nearer(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? a : b;
}

/* The bytes from at to end, where no run is: in front of run i, or alone. */
static bool
run_insert(struct reorder *r, struct reorder_room *room, unsigned i, uint32_t at, uint32_t end,
	   struct rte_mbuf *m, uint32_t off)
{
	struct reorder_run run = {at, at, POOL_NONE, POOL_NONE};
	bool joins = i < r->runs && r->run[i].left == end;

	if (!joins && r->runs == REORDER_RUNS)
		return false;
	if (!run_extend(r, room, &run, m, off, end - at))
		return false;
	if (joins) {
		run_join(&run, &r->run[i], room);
		r->run[i] = run;
	} else {
		run_open(r, i, &run);
	}
	return true;
}

/* The bytes from at to end, which follow run i. */
static bool
run_append(struct reorder *r, struct reorder_room *room, unsigned i, uint32_t at, uint32_t end,
	   struct rte_mbuf *m, uint32_t off)
{
	if (!run_extend(r, room, &r->run[i], m, off, end - at))
		return false;
	if (i + 1 < r->runs && r->run[i + 1].left == end) {
		run_join(&r->run[i], &r->run[i + 1], room);
		run_drop(r, i + 1);
	}
	return true;
}

static void
duplicate(struct reorder_result *result, uint32_t left, uint32_t right)
{
	if (!result->duplicates) {
		result->left = left;
		result->right = right;
	}
	result->duplicates += right - left;
}

struct reorder_result
reorder_insert(struct reorder *r, struct reorder_room *room, struct rte_mbuf *m, uint32_t off,
	       uint32_t seq, uint32_t len)
{
	struct reorder_result result = {0};
	uint32_t at = seq, end = seq + len;
	unsigned i = run_find(r, seq);

	if (r->fin)
		end = nearer(end, r->run[r->runs - 1].right - 1);
	while (seq_lt(at, end)) {
		bool behind = i < r->runs && seq_le(r->run[i].left, at);
		uint32_t to, have = behind ? nearer(end, r->run[i].right) : at;
		unsigned next = behind ? i + 1 : i;

		if (have != at)
			duplicate(&result, at, have);
		at = have;
		if (at == end)
			break;
		to = next < r->runs ? nearer(end, r->run[next].left) : end;
		if (!(behind ? run_append(r, room, i, at, to, m, off + (at - seq))
			     : run_insert(r, room, i, at, to, m, off + (at - seq))))
			break;
		result.kept += to - at;
		at = to;
	}
	touch(r, seq);
	return result;
}

bool
reorder_fin(struct reorder *r, uint32_t seq)
{
	struct reorder_run *last = r->runs ? &r->run[r->runs - 1] : NULL;

	if (r->fin || (last && seq_gt(last->right, seq)))
		return false;
	if (last && last->right == seq)
		last->right++;
	else if (r->runs < REORDER_RUNS)
		run_open(r, r->runs, &(struct reorder_run){seq, seq + 1, POOL_NONE, POOL_NONE});
	else
		return false;
	r->fin = true;
	touch(r, seq);
	return true;
}

/* ---- what goes out -------------------------------------------------------------------------- */

bool
reorder_take(struct reorder *r, struct reorder_room *room, uint32_t rcv_nxt, struct extent *e)
{
	struct reorder_run *run = &r->run[0];
	uint32_t i = run->head;

	if (r->runs == 0 || run->left != rcv_nxt || i == POOL_NONE)
		return false;
	*e = node_at(room, i)->extent;
	run->head = node_at(room, i)->next;
	if (run->head == POOL_NONE)
		run->tail = POOL_NONE;
	pool_free(&room->extents->nodes, i);
	room->used--;
	r->pieces--;
	run->left += e->len;
	if (run->left == run->right)
		run_drop(r, 0);
	return true;
}

bool
reorder_fin_due(const struct reorder *r, uint32_t rcv_nxt)
{
	return r->fin && r->runs == 1 && r->run[0].right == rcv_nxt + 1;
}

void
reorder_clear(struct reorder *r, struct reorder_room *room, struct tx_queue *q)
{
	for (unsigned i = 0; i < r->runs; i++) {
		for (uint32_t n = r->run[i].head, next; n != POOL_NONE; n = next) {
			next = node_at(room, n)->next;
			tx_release(q, node_at(room, n)->extent.owner);
			pool_free(&room->extents->nodes, n);
		}
	}
	room->used -= r->pieces;
	reorder_init(r);
}

/* ---- what is said --------------------------------------------------------------------------- */

void
reorder_report(struct reorder *r, uint32_t left, uint32_t right)
{
	if (!reorder_reports(r)) {
		r->duplicate_left = left;
		r->duplicate_right = right;
		return;
	}
	if (seq_gt(left, r->duplicate_right) || seq_lt(right, r->duplicate_left))
		return;
	r->duplicate_left = nearer(left, r->duplicate_left);
	if (seq_gt(right, r->duplicate_right))
		r->duplicate_right = right;
}

/* The block of run i, unless it is there already. */
static unsigned
block_add(const struct reorder *r, unsigned i, struct tcp_sack_block *out, unsigned n,
	  unsigned first)
{
	if (i == r->runs)
		return n;
	for (unsigned j = first; j < n; j++)
		if (out[j].left == r->run[i].left)
			return n;
	out[n] = (struct tcp_sack_block){r->run[i].left, r->run[i].right};
	return n + 1;
}

/* RFC 2883 4: the duplicate, and then the block that it is a part of. */
static unsigned
duplicate_blocks(struct reorder *r, struct tcp_sack_block *out, unsigned max)
{
	out[0] = (struct tcp_sack_block){r->duplicate_left, r->duplicate_right};
	r->duplicate_right = r->duplicate_left;
	return max > 1 ? block_add(r, run_of(r, out[0].left), out, 1, 1) : 1;
}

unsigned
reorder_blocks(struct reorder *r, struct tcp_sack_block *out, unsigned max)
{
	unsigned n = 0, first = 0;

	if (max && reorder_reports(r)) {
		n = duplicate_blocks(r, out, max);
		first = 1;
	}
	for (unsigned j = 0; j < r->recents && n < max; j++)
		n = block_add(r, run_of(r, r->recent[j]), out, n, first);
	return n;
}
