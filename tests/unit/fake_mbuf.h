/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet buffers without EAL: a mempool whose objects come from malloc() one by one, so that
 * rte_pktmbuf_alloc(), _free(), _clone(), _attach() and all the rest do what they always do, a
 * sanitizer sees every byte behind a buffer and every use after free, and a test can ask how many
 * are out. One pool per process, not thread-safe.
 *
 *	struct rte_mbuf *m = fake_mbuf(frame, len);
 *	...
 *	rte_pktmbuf_free(m);
 *	assert_int_equal(fake_pool.in_use, 0);
 */
#ifndef TCT_TESTS_FAKE_MBUF_H
#define TCT_TESTS_FAKE_MBUF_H

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#define FAKE_MBUF_ROOM	 (RTE_PKTMBUF_HEADROOM + 2048)
#define FAKE_MBUF_HEADER RTE_CACHE_LINE_SIZE /* what a mempool keeps before each object */
#define FAKE_MBUF_SIZE	 (FAKE_MBUF_HEADER + sizeof(struct rte_mbuf) + FAKE_MBUF_ROOM)

static struct {
	struct rte_mempool mp;
	struct rte_pktmbuf_pool_private priv;
	unsigned in_use;
	unsigned limit; /* allocation fails at so many; UINT32_MAX at first */
} fake_pool;

static_assert(offsetof(__typeof__(fake_pool), priv) == RTE_MEMPOOL_HEADER_SIZE(&fake_pool.mp, 0),
	      "where rte_mempool_get_priv() looks");

static inline int
fake_pool_alloc(struct rte_mempool *mp)
{
	(void)mp;
	return 0;
}

static inline unsigned
fake_pool_count(const struct rte_mempool *mp)
{
	(void)mp;
	return fake_pool.limit - fake_pool.in_use;
}

static inline struct rte_mbuf *
fake_pool_new(void)
{
	uint8_t *object = aligned_alloc(RTE_CACHE_LINE_SIZE, FAKE_MBUF_SIZE);
	struct rte_mbuf *m = (struct rte_mbuf *)(object + FAKE_MBUF_HEADER);

	assert(object != NULL);
	memset(object, 0, FAKE_MBUF_HEADER + sizeof(*m));
	/* Whoever reads what nobody wrote finds something like a TCP header, and fails for it. */
	memset(m + 1, 0x55, FAKE_MBUF_ROOM);
	m->buf_addr = m + 1;
	m->buf_len = FAKE_MBUF_ROOM;
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->pool = &fake_pool.mp;
	m->nb_segs = 1;
	m->port = RTE_MBUF_PORT_INVALID;
	rte_mbuf_refcnt_set(m, 1);
	return m;
}

static inline int
fake_pool_dequeue(struct rte_mempool *mp, void **objects, unsigned n)
{
	(void)mp;
	if (n > fake_pool.limit - fake_pool.in_use)
		return -ENOBUFS;
	for (unsigned i = 0; i < n; i++)
		objects[i] = fake_pool_new();
	fake_pool.in_use += n;
	return 0;
}

static inline int
fake_pool_enqueue(struct rte_mempool *mp, void *const *objects, unsigned n)
{
	(void)mp;
	assert(n <= fake_pool.in_use);
	for (unsigned i = 0; i < n; i++)
		free((uint8_t *)objects[i] - FAKE_MBUF_HEADER);
	fake_pool.in_use -= n;
	return 0;
}

static inline int
fake_pool_ops(void)
{
	static const struct rte_mempool_ops ops = {
		.name = "fake",
		.alloc = fake_pool_alloc,
		.enqueue = fake_pool_enqueue,
		.dequeue = fake_pool_dequeue,
		.get_count = fake_pool_count,
	};

	return rte_mempool_register_ops(&ops);
}

/* Sets the pool up at its first use. */
static inline struct rte_mempool *
fake_pool_get(void)
{
	if (fake_pool.mp.elt_size != 0)
		return &fake_pool.mp;
	strcpy(fake_pool.mp.name, "fake");
	fake_pool.mp.ops_index = fake_pool_ops();
	assert(fake_pool.mp.ops_index >= 0);
	fake_pool.mp.size = UINT32_MAX;
	fake_pool.mp.elt_size = sizeof(struct rte_mbuf) + FAKE_MBUF_ROOM;
	fake_pool.mp.private_data_size = sizeof(fake_pool.priv);
	fake_pool.priv.mbuf_data_room_size = FAKE_MBUF_ROOM;
	fake_pool.limit = UINT32_MAX;
	return &fake_pool.mp;
}

/* One segment that holds len bytes, at most 2048; from NULL: zeros. What a device leaves in
 * tx_offload is nothing to build on. */
static inline struct rte_mbuf *
fake_mbuf(const void *bytes, unsigned len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(fake_pool_get());
	char *data;

	assert(m != NULL);
	data = rte_pktmbuf_append(m, (uint16_t)len);
	assert(data != NULL);
	if (bytes != NULL)
		memcpy(data, bytes, len);
	else
		memset(data, 0, len);
	m->tx_offload = UINT64_MAX;
	return m;
}

/*
 * A chain: the first segment holds first bytes, every further one step bytes, the last what is
 * left. An empty first segment (first = 0) is as legal as it is odd.
 */
static inline struct rte_mbuf *
fake_chain(const void *bytes, unsigned len, unsigned first, unsigned step)
{
	struct rte_mbuf *m = fake_mbuf(bytes, RTE_MIN(first, len));
	struct rte_mbuf *last = m;

	assert(step > 0);
	for (unsigned at = first; at < len; at += step) {
		unsigned part = RTE_MIN(step, len - at);

		last->next = fake_mbuf((const uint8_t *)bytes + at, part);
		last = last->next;
		m->nb_segs++;
		m->pkt_len += part;
	}
	return m;
}

#endif
