/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mempool handler that ThreadSanitizer can follow: a stack under a mutex.
 *
 * DPDK's own handlers are in libraries that were not built for it, so that a buffer which one
 * worker frees and another allocates would look like a race. EAL loads this one with -d, and takes
 * it with
 * --mbuf-pool-ops-name.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mempool.h>

struct stack {
	pthread_mutex_t mutex;
	unsigned count;
	void *objects[];
};

static int
stack_alloc(struct rte_mempool *mp)
{
	struct stack *s = calloc(1, sizeof(*s) + mp->size * sizeof(void *));

	if (!s)
		return -ENOMEM;
	pthread_mutex_init(&s->mutex, NULL);
	mp->pool_data = s;
	return 0;
}

static void
stack_free(struct rte_mempool *mp)
{
	free(mp->pool_data);
}

static int
stack_put(struct rte_mempool *mp, void *const *objects, unsigned n)
{
	struct stack *s = mp->pool_data;

	pthread_mutex_lock(&s->mutex);
	memcpy(&s->objects[s->count], objects, n * sizeof(void *));
	s->count += n;
	pthread_mutex_unlock(&s->mutex);
	return 0;
}

static int
stack_get(struct rte_mempool *mp, void **objects, unsigned n)
{
	struct stack *s = mp->pool_data;
	int ret = -ENOBUFS;

	pthread_mutex_lock(&s->mutex);
	if (s->count >= n) {
		s->count -= n;
		memcpy(objects, &s->objects[s->count], n * sizeof(void *));
		ret = 0;
	}
	pthread_mutex_unlock(&s->mutex);
	return ret;
}

static unsigned
stack_count(const struct rte_mempool *mp)
{
	struct stack *s = mp->pool_data;
	unsigned n;

	pthread_mutex_lock(&s->mutex);
	n = s->count;
	pthread_mutex_unlock(&s->mutex);
	return n;
}

static struct rte_mempool_ops ops = {
	.name = "locked",
	.alloc = stack_alloc,
	.free = stack_free,
	.enqueue = stack_put,
	.dequeue = stack_get,
	.get_count = stack_count,
};

RTE_MEMPOOL_REGISTER_OPS(ops);
