/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct area;

struct block {
	struct area *home;
	struct block *next; /* on the free list */
	uint8_t bytes[BLOCK_BYTES];
};

static_assert(offsetof(struct block, bytes) == 16, "what is handed out is aligned to 16");

struct area {
	struct area *next; /* on the list of all */
	struct block *free;
	unsigned fresh; /* blocks from here on were never used */
	struct block *blocks;
};

static _Atomic(struct area *) areas;
static atomic_uint epoch; /* counts blocks_fini(): `mine` of an earlier one is gone */
static _Thread_local struct area *mine;
static _Thread_local unsigned mine_epoch;

static struct area *
area_make(void)
{
	struct area *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->blocks = malloc(sizeof(struct block) * BLOCKS_PER_WORKER);
	if (!a->blocks) {
		free(a);
		return NULL;
	}
	a->next = atomic_load(&areas);
	while (!atomic_compare_exchange_weak(&areas, &a->next, a))
		;
	return a;
}

void *
block_take(void)
{
	unsigned now = atomic_load_explicit(&epoch, memory_order_relaxed);
	struct block *b;

	if (!mine || mine_epoch != now) {
		mine = area_make();
		mine_epoch = now;
	}
	if (!mine)
		return NULL;
	b = mine->free;
	if (b) {
		mine->free = b->next;
	} else if (mine->fresh < BLOCKS_PER_WORKER) {
		b = &mine->blocks[mine->fresh++];
		b->home = mine;
	} else {
		return NULL;
	}
	return b->bytes;
}

void
block_give(void *block)
{
	struct block *b = (struct block *)((uint8_t *)block - offsetof(struct block, bytes));

	b->next = b->home->free;
	b->home->free = b;
}

void
blocks_fini(void)
{
	struct area *a = atomic_exchange(&areas, NULL);

	atomic_fetch_add(&epoch, 1);
	while (a) {
		struct area *next = a->next;

		free(a->blocks);
		free(a);
		a = next;
	}
}
