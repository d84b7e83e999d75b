/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_ring.h>

#include "log.h"

#define DATA_ROOM_MIN  2048 /* what every driver is happy with */
#define DATA_ROOM_STEP 1024 /* NICs round their buffer size down to it */
#define FRAME_EXTRA    26   /* Ethernet, two tags, FCS */
#define POOL_CACHE     256
#define POOL_CACHE_MIN 2048 /* smaller pools go without */
#define MIB	       (UINT64_C(1) << 20)

static uint16_t
data_room(uint16_t mtu)
{
	uint32_t room = RTE_ALIGN(mtu + FRAME_EXTRA, DATA_ROOM_STEP);

	return (uint16_t)(RTE_PKTMBUF_HEADROOM + RTE_MAX(room, DATA_ROOM_MIN));
}

static unsigned
cache_size(uint32_t count)
{
	return count >= POOL_CACHE_MIN ? POOL_CACHE : 0;
}

/* Buffers, the ring that holds those that are free, and a cache for each lcore. */
static uint64_t
pool_bytes(uint32_t count, uint16_t room)
{
	uint64_t bytes = rte_mempool_calc_obj_size(sizeof(struct rte_mbuf) + room, 0, NULL);

	bytes = bytes * count + (uint64_t)rte_ring_get_memsize(rte_align32pow2(count + 1));
	if (cache_size(count) != 0)
		bytes += sizeof(struct rte_mempool_cache) * RTE_MAX_LCORE;
	return bytes;
}

/* With as much free as is wanted, it is in pieces that are too small. */
static void
say_missing(const struct port *p, uint32_t count, uint16_t room)
{
	uint64_t wanted = pool_bytes(count, room), has;
	struct rte_malloc_socket_stats heap = {0};
	const char *why = rte_strerror(rte_errno);
	char missing[64] = "in pieces";

	rte_malloc_get_socket_stats(RTE_MAX(p->socket, 0), &heap);
	has = heap.heap_freesz_bytes;
	if (wanted > has)
		snprintf(missing, sizeof(missing), "%" PRIu64 " MiB missing",
			 (wanted - has + MIB - 1) / MIB);
	PORT_LOG(ERR,
		 "%s: no memory for %u packet buffers of %u bytes on NUMA node %d: %s. %" PRIu64
		 " MiB wanted, EAL has %" PRIu64 " MiB free there, %s: give it more (hugepages, or "
		 "-m with --no-huge) or lower memory.mbufs\n",
		 p->name, count, room, p->socket, why, (wanted + MIB - 1) / MIB, has / MIB,
		 missing);
}

/* As rte_pktmbuf_pool_create() does it, which leaves no choice of flags: its buffers do not lie
 * across pages, and without huge pages each takes one of 4096 bytes. */
static struct rte_mempool *
create_packed(const char *name, uint32_t count, uint16_t room, int socket)
{
	struct rte_pktmbuf_pool_private private = {.mbuf_data_room_size = room};
	struct rte_mempool *pool = rte_mempool_create_empty(
		name, count, sizeof(struct rte_mbuf) + room, cache_size(count), sizeof(private),
		socket, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	int err;

	if (pool == NULL)
		return NULL;
	err = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), NULL);
	if (err == 0) {
		rte_pktmbuf_pool_init(pool, &private);
		err = rte_mempool_populate_default(pool);
	}
	if (err < 0) {
		rte_mempool_free(pool);
		rte_errno = -err;
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

/* The name is used once: a pool that was closed with a leak is still there, whatever has become of
 * its port's number. */
static struct rte_mempool *
make_pool(const struct port *p, const struct pool_request *request, uint32_t wanted)
{
	static unsigned serial;
	/* The pool's ring has 2^n - 1 places: one more would double it. */
	uint32_t count = rte_is_power_of_2(wanted) ? wanted - 1 : wanted;
	uint16_t room = data_room(request->mtu);
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool;

	snprintf(name, sizeof(name), "tercet_mbufs_%u", serial++);
	if (request->packed)
		pool = create_packed(name, count, room, p->socket);
	else
		pool = rte_pktmbuf_pool_create(name, count, cache_size(count), 0, room, p->socket);
	if (pool == NULL)
		say_missing(p, count, room);
	return pool;
}

/*
 * A pool for each worker where the device is to spread connections over all of them. Where software
 * does, buffers of one queue end up with every worker: in queues that wait for their peers, they
 * could empty the pool that a queue receives into, and so there is one for all.
 */
int
pools_make(struct port *p, const struct pool_request *request)
{
	unsigned count = p->rss == RSS_GOOD ? request->workers : 1;
	uint32_t mbufs = request->mbufs * request->workers / count;

	for (; p->pool_count < count; p->pool_count++) {
		p->pools[p->pool_count] = make_pool(p, request, mbufs);
		if (p->pools[p->pool_count] == NULL)
			return -ENOMEM;
	}
	p->mbufs = p->pools[0];
	return 0;
}

void
pools_free(struct port *p)
{
	for (unsigned i = 0; i < p->pool_count; i++)
		rte_mempool_free(p->pools[i]);
	p->pool_count = 0;
	p->mbufs = NULL;
}
