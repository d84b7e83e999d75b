/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues of extents against a byte array, under random operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../fake_mbuf.h"
#include "tcp/extent.h"
#include "tercet.h"

#define NODES  16
#define MODEL  65536
#define PIECE  300
#define ROUNDS 20000

static struct extent_room room;
static struct tx_queue tx;
static struct tct_text texts[4];

static void
start(void)
{
	memset(texts, 0, sizeof(texts));
	memset(&room, 0, sizeof(room));
	memset(&tx, 0, sizeof(tx));
	assert_int_equal(pool_init(&room.nodes, NODES, sizeof(struct extent_node), -1), 0);
}

static void
finish(void)
{
	assert_int_equal(room.nodes.used + room.firsts, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(texts[i].users, 0);
	pool_fini(&room.nodes);
	while (tx.spare_count)
		rte_pktmbuf_free(tx.spare[--tx.spare_count]);
	assert_int_equal(fake_pool.in_use, 0);
}

/* A random piece: owned, of a text, or static. */
static struct extent
piece(uint8_t *serial)
{
	static uint8_t stable[1 << 20];
	static uint32_t at;
	uint32_t len = 1 + (uint32_t)rand() % PIECE;
	struct extent e = {.len = len};
	uint8_t *bytes;

	if (rand() & 1) {
		e.owner = fake_mbuf(NULL, len);
		bytes = rte_pktmbuf_mtod(e.owner, uint8_t *);
	} else {
		at = at + 2 * PIECE < sizeof(stable) ? at + PIECE : 0;
		bytes = stable + at;
		e.text = rand() & 1 ? &texts[rand() % 4] : NULL;
		if (e.text)
			e.text->users++;
	}
	for (uint32_t i = 0; i < len; i++)
		bytes[i] = (*serial)++;
	e.bytes = bytes;
	return e;
}

static void
drop(const struct extent *e)
{
	if (e->owner)
		rte_pktmbuf_free(e->owner);
	if (e->text)
		e->text->users--;
}

static void
list_is_a_byte_array(void **state)
{
	struct extent_cursor at = {.node = POOL_NONE};
	struct extent_list l;
	uint8_t model[MODEL], out[MODEL], serial = 0;
	uint32_t have = 0, off, n;

	srand(1);
	start();
	extent_list_init(&l);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (rand() % 3) {
			struct extent e = piece(&serial);
			bool fits = extent_room_left(&room) || have == 0;

			assert_int_equal(extent_append(&l, &room, &e), fits);
			if (fits) {
				memcpy(model + have, e.bytes, e.len);
				have += e.len;
			} else {
				drop(&e);
			}
		} else {
			n = have ? (uint32_t)rand() % (have + 1) : 0;
			extent_consume(&l, &room, &tx, n);
			at.node = POOL_NONE;
			memmove(model, model + n, have - n);
			have -= n;
		}
		assert_int_equal(l.bytes, have);
		assert_int_equal(room.firsts, extent_first(&l).owner != NULL);
		assert_true(room.nodes.used + room.firsts <= NODES);
		off = have ? (uint32_t)rand() % have : 0;
		n = have ? (uint32_t)rand() % (have - off + 1) : 0;
		memset(out, 0xee, sizeof(out));
		extent_copy(&l, &room, &at, off, n, out);
		assert_memory_equal(out, model + off, n);
		assert_int_equal(out[n], 0xee);
	}
	extent_consume(&l, &room, &tx, have);
	assert_int_equal(l.first_len, 0);
	finish();
}

static void
node_list_is_a_queue(void **state)
{
	struct extent_node_list l;
	struct extent model[NODES], e;
	unsigned have = 0;
	uint32_t bytes = 0;
	uint8_t serial = 0;

	srand(2);
	start();
	extent_node_init(&l);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (rand() & 1) {
			e = piece(&serial);
			assert_int_equal(extent_node_append(&l, &room, &e), have < NODES);
			if (have < NODES) {
				model[have++] = e;
				bytes += e.len;
			} else {
				drop(&e);
			}
		} else {
			assert_int_equal(extent_node_take(&l, &room, &e), have > 0);
			if (have) {
				assert_ptr_equal(e.bytes, model[0].bytes);
				assert_ptr_equal(e.owner, model[0].owner);
				assert_ptr_equal(e.text, model[0].text);
				assert_int_equal(e.len, model[0].len);
				memmove(model, model + 1, --have * sizeof(model[0]));
				bytes -= e.len;
				drop(&e);
			}
		}
		assert_int_equal(l.bytes, bytes);
		assert_int_equal(room.nodes.used, have);
	}
	while (extent_node_take(&l, &room, &e))
		drop(&e);
	finish();
}

/* A buffer that two queues hold lives until both gave it up. */
static void
shared_owner(void **state)
{
	struct rte_mbuf *m;
	struct extent_list a, b;
	struct extent e;

	start();
	m = fake_mbuf("shared", 6);
	e = (struct extent){rte_pktmbuf_mtod(m, uint8_t *), m, NULL, 6};
	rte_mbuf_refcnt_update(m, 1);
	extent_list_init(&a);
	extent_list_init(&b);
	assert_true(extent_append(&a, &room, &e) && extent_append(&b, &room, &e));
	extent_consume(&a, &room, &tx, 6);
	assert_int_equal(tx.spare_count, 0);
	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	extent_consume(&b, &room, &tx, 5);
	assert_int_equal(tx.spare_count, 0);
	extent_consume(&b, &room, &tx, 1);
	assert_int_equal(tx.spare_count, 1);
	finish();
}

/* A buffer counts in a node and out of one; what owns none needs no room outside. */
static void
firsts_count(void **state)
{
	struct extent_list lists[NODES + 1];
	struct extent e;

	start();
	for (unsigned i = 0; i <= NODES; i++) {
		struct rte_mbuf *m = fake_mbuf("x", 1);

		e = (struct extent){rte_pktmbuf_mtod(m, uint8_t *), m, NULL, 1};
		extent_list_init(&lists[i]);
		assert_int_equal(extent_append(&lists[i], &room, &e), i < NODES);
		if (i == NODES)
			rte_pktmbuf_free(m);
	}
	assert_int_equal(extent_room_left(&room), 0);
	e = (struct extent){(const uint8_t *)"y", NULL, NULL, 1};
	assert_false(extent_append(&lists[0], &room, &e));
	assert_true(extent_append(&lists[NODES], &room, &e));
	for (unsigned i = 0; i <= NODES; i++)
		extent_consume(&lists[i], &room, &tx, 1);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_is_a_byte_array),
		cmocka_unit_test(node_list_is_a_queue),
		cmocka_unit_test(shared_owner),
		cmocka_unit_test(firsts_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
