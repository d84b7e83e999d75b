/* SPDX-License-Identifier: BSD-3-Clause */
/* Set-up and tear-down of pools; what runs per packet is inline in pool.h. */
#include "pool.h"

#include <errno.h>
#include <string.h>

#include "memory.h"

static uint64_t
records_bytes(uint32_t capacity, uint32_t record_size)
{
	return (uint64_t)capacity * record_size;
}

static uint64_t
stack_bytes(uint32_t capacity)
{
	return (uint64_t)capacity * sizeof(uint32_t);
}

int
pool_init(struct pool *p, uint32_t capacity, uint32_t record_size, int socket)
{
	memset(p, 0, sizeof(*p));
	if (record_size == 0 || (record_size % 64 && 64 % record_size))
		return -EINVAL;
	p->records = memory_map(records_bytes(capacity, record_size), socket);
	if (p->records == NULL)
		return -ENOMEM;
	p->free = memory_map(stack_bytes(capacity), socket);
	if (p->free == NULL)
		goto no_stack;
	p->capacity = capacity;
	p->record_size = record_size;
	p->socket = socket;
	return 0;

no_stack:
	memory_unmap(p->records, records_bytes(capacity, record_size));
	memset(p, 0, sizeof(*p));
	return -ENOMEM;
}

void
pool_fini(struct pool *p)
{
	memory_unmap(p->free, stack_bytes(p->capacity));
	memory_unmap(p->records, records_bytes(p->capacity, p->record_size));
	memset(p, 0, sizeof(*p));
}

uint64_t
pool_bytes(uint32_t capacity, uint32_t record_size)
{
	return records_bytes(capacity, record_size) + stack_bytes(capacity);
}
