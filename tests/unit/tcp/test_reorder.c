/* SPDX-License-Identifier: BSD-3-Clause */
/* The queue of what lies beyond a hole against a map of bytes, under random segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../fake_mbuf.h"
#include "base/seq.h"
#include "tcp/reorder.h"

#define NODES  400
#define WINDOW 6000
#define ROUNDS 60000
#define FRAME  700

static struct extent_room extents;
static struct tx_queue tx;
static struct reorder_room room;
static struct reorder r;

/* Byte i has the number base + i; base is rcv_nxt. */
static uint32_t base;
static bool have[WINDOW];
static uint8_t byte[WINDOW];
static int fin; /* where, or -1 */

static void
start(uint32_t max, uint32_t pieces_max)
{
	memset(&extents, 0, sizeof(extents));
	memset(&tx, 0, sizeof(tx));
	memset(have, 0, sizeof(have));
	fin = -1;
	assert_int_equal(pool_init(&extents.nodes, NODES, sizeof(struct extent_node), -1), 0);
	room = (struct reorder_room){.extents = &extents, .max = max, .pieces_max = pieces_max};
	reorder_init(&r);
}

static void
finish(void)
{
	reorder_clear(&r, &room, &tx);
	assert_int_equal(room.used, 0);
	assert_int_equal(extents.nodes.used, 0);
	pool_fini(&extents.nodes);
	while (tx.spare_count)
		rte_pktmbuf_free(tx.spare[--tx.spare_count]);
	assert_int_equal(fake_pool.in_use, 0);
}

static unsigned
below(unsigned n)
{
	return (unsigned)rand() % n;
}

/* Runs are the map's, to the byte. */
static void
runs_are_the_map(void)
{
	unsigned run = 0;

	for (int i = 0; i < WINDOW; i++) {
		int left = i;

		while (i < WINDOW && (have[i] || i == fin))
			i++;
		if (i == left)
			continue;
		assert_true(run < r.runs);
		assert_int_equal(r.run[run].left, base + (unsigned)left);
		assert_int_equal(r.run[run].right, base + (unsigned)i);
		run++;
	}
	assert_int_equal(run, r.runs);
	assert_int_equal(room.used, extents.nodes.used);
	assert_int_equal(r.pieces, extents.nodes.used);
	assert_true(extents.nodes.used <= room.max && r.pieces <= room.pieces_max);
}

/* The part of [at, at + len) that is there, begun first. */
static uint32_t
duplicates(int at, int len, int *left, int *right)
{
	uint32_t n = 0;

	*left = *right = -1;
	for (int i = at; i < at + len; i++) {
		if (!have[i])
			continue;
		n++;
		if (*left < 0)
			*left = i;
		if (*right < 0 || *right == i)
			*right = i + 1;
	}
	return n;
}

static unsigned
offer(unsigned at, unsigned len)
{
	static uint8_t frame[FRAME], serial;
	unsigned before = below(60), in_front = before + below(40) % (before + 1), kept = 0;
	bool tight = r.runs >= REORDER_RUNS - 1 || r.pieces + 20 > room.pieces_max ||
		     room.used + 20 > room.max;
	struct reorder_result got;
	struct rte_mbuf *m;
	int left, right;
	uint32_t known;

	for (unsigned i = 0; i < sizeof(frame); i++)
		frame[i] = serial += 37;
	in_front = in_front < FRAME - len ? in_front : FRAME - len;
	m = below(3) ? fake_mbuf(frame, in_front + len)
		     : fake_chain(frame, in_front + len, below(50), 40 + below(200));
	got = reorder_insert(&r, &room, m, in_front, base + at, len);
	if (fin >= 0 && (int)(at + len) > fin)
		len = (int)at < fin ? (unsigned)fin - at : 0;
	known = duplicates((int)at, (int)len, &left, &right);
	if (got.kept + known < len)
		assert_true(tight);
	else
		assert_int_equal(got.duplicates, known);
	if (got.duplicates) {
		assert_int_equal(got.left, base + (unsigned)left);
		assert_int_equal(got.right, base + (unsigned)right);
	}
	for (unsigned i = at; i < at + len && kept < got.kept; i++) {
		if (have[i])
			continue;
		have[i] = true;
		byte[i] = frame[in_front + i - at];
		kept++;
	}
	assert_int_equal(kept, got.kept);
	tx_release_packet(&tx, m);
	return kept;
}

/* Each is a run, none comes twice, and the one that was touched last comes first. */
static void
blocks_are_runs(unsigned newest)
{
	struct tcp_sack_block b[4];
	unsigned n = reorder_blocks(&r, b, 4);

	for (unsigned i = 0; i < n; i++) {
		unsigned run = 0;

		while (run < r.runs && r.run[run].left != b[i].left)
			run++;
		assert_true(run < r.runs);
		assert_int_equal(r.run[run].right, b[i].right);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(b[j].left, b[i].left);
	}
	if (have[newest])
		assert_true(n && base + newest - b[0].left < b[0].right - b[0].left);
}

/* The hole in front is filled from elsewhere, and all that is in order comes out. */
static void
fill(void)
{
	uint32_t to = r.runs ? r.run[0].left - base : below(50);
	struct extent e;

	assert_false(reorder_take(&r, &room, base, &e));
	while (reorder_take(&r, &room, base + to, &e)) {
		for (uint32_t i = 0; i < e.len; i++, to++) {
			assert_true(have[to]);
			assert_int_equal(e.bytes[i], byte[to]);
		}
		tx_release(&tx, e.owner);
	}
	assert_false(have[to]);
	assert_int_equal(reorder_fin_due(&r, base + to), fin == (int)to);
	if (fin == (int)to) {
		reorder_clear(&r, &room, &tx);
		fin = -1;
	} else {
		fin = fin < 0 ? -1 : fin - (int)to;
	}
	memmove(have, have + to, WINDOW - to);
	memset(have + WINDOW - to, 0, to);
	memmove(byte, byte + to, WINDOW - to);
	base += to;
}

static void
offer_fin(unsigned at)
{
	bool beyond = false, wanted;

	for (unsigned i = at; i < WINDOW; i++)
		beyond |= have[i];
	wanted = !beyond && fin < 0 && (r.runs < REORDER_RUNS || (at && have[at - 1]));
	assert_int_equal(reorder_fin(&r, base + at), wanted);
	if (wanted)
		fin = (int)at;
}

static unsigned
play(unsigned most, unsigned rounds)
{
	unsigned all = 0;

	for (unsigned round = 0; round < rounds; round++) {
		unsigned len = 1 + below(most), at = 1 + below(WINDOW - FRAME);

		if (!below(8) && r.runs) /* usual: goes on where the last one ended */
			at = r.run[r.runs - 1].right - base - r.fin;
		if (at + len > WINDOW)
			continue;
		if (!below(12))
			fill();
		else if (!below(200))
			offer_fin(at);
		else {
			all += offer(at, len);
			blocks_are_runs(at);
		}
		runs_are_the_map();
	}
	return all;
}

static void
queue_is_a_byte_map(void **state)
{
	srand(3);
	base = UINT32_MAX - 100000; /* goes round */
	start(NODES, NODES);
	assert_true(play(600, ROUNDS) > ROUNDS);
	finish();
}

static void
small_pieces(void **state)
{
	srand(4);
	base = 0;
	start(NODES, NODES);
	assert_true(play(12, ROUNDS) > ROUNDS);
	finish();
}

static void
limits(void **state)
{
	srand(5);
	start(40, 30);
	assert_true(play(300, ROUNDS) > 1000);
	finish();
	start(25, 30);
	assert_true(play(3, ROUNDS) > 1000);
	finish();
}

/* Two pieces of one buffer: neither grows over the other's bytes. */
static void
pieces_of_one_buffer(void **state)
{
	struct rte_mbuf *m[4];
	static const char *const text[] = {"C", "abcde", "0123", "XY"};
	static const uint32_t seq[] = {3, 1, 8, 6};
	char out[32] = "";
	struct extent e;
	uint32_t n = 0;

	start(NODES, NODES);
	for (unsigned i = 0; i < 4; i++) {
		m[i] = fake_mbuf(text[i], (unsigned)strlen(text[i]));
		reorder_insert(&r, &room, m[i], 0, seq[i], (uint32_t)strlen(text[i]));
	}
	while (reorder_take(&r, &room, 1 + n, &e)) {
		memcpy(out + n, e.bytes, e.len);
		n += e.len;
		tx_release(&tx, e.owner);
	}
	assert_string_equal(out, "abCdeXY0123");
	for (unsigned i = 0; i < 4; i++)
		tx_release_packet(&tx, m[i]);
	finish();
}

static void
duplicate_reported_once(void **state)
{
	struct tcp_sack_block b[4];
	struct rte_mbuf *m = fake_mbuf(NULL, 100);

	start(NODES, NODES);
	assert_true(reorder_idle(&r));
	reorder_insert(&r, &room, m, 0, 1000, 100);
	reorder_insert(&r, &room, m, 0, 2000, 100);
	tx_release(&tx, m);
	reorder_report(&r, 1010, 1020);
	reorder_report(&r, 1020, 1030); /* joins it */
	reorder_report(&r, 2000, 2010); /* too late */
	assert_int_equal(reorder_blocks(&r, b, 0), 0);
	assert_int_equal(reorder_blocks(&r, b, 4), 3);
	assert_int_equal(b[0].left, 1010);
	assert_int_equal(b[0].right, 1030);
	assert_int_equal(b[1].left, 1000);
	assert_int_equal(b[2].left, 2000);
	assert_int_equal(reorder_blocks(&r, b, 4), 2);
	reorder_report(&r, 1, 2);
	assert_int_equal(reorder_blocks(&r, b, 1), 1);
	assert_int_equal(b[0].left, 1);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_is_a_byte_map),
		cmocka_unit_test(small_pieces),
		cmocka_unit_test(limits),
		cmocka_unit_test(pieces_of_one_buffer),
		cmocka_unit_test(duplicate_reported_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
