/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Node and page size are wishes: a host without NUMA, without transparent huge pages, or whose
 * sandbox forbids either call, still gets its memory. Swap is not reserved, since a table is sized
 * for the worst day and a capacity that is never used must cost nothing.
 */
#include "memory.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/mman.h>

#include <numa.h>
#include <numaif.h>

#define PAGE_BYTES 4096ull
#define HUGE_BYTES (2ull << 20)

static uint64_t
alignment_of(uint64_t bytes)
{
	return bytes < HUGE_BYTES ? PAGE_BYTES : HUGE_BYTES;
}

static uint64_t
mapped_bytes(uint64_t bytes)
{
	uint64_t align = alignment_of(bytes);

	return bytes == 0 ? PAGE_BYTES : (bytes + align - 1) & ~(align - 1);
}

/* The kernel aligns to a page only: maps more and gives the ends back. */
static uint8_t *
map_aligned(uint64_t bytes, uint64_t align)
{
	uint64_t slack = align - PAGE_BYTES, lead;
	uint8_t *p;

	p = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	lead = -(uintptr_t)p & (align - 1);
	if (lead)
		munmap(p, lead);
	if (slack - lead)
		munmap(p + lead + bytes, slack - lead);
	return p + lead;
}

static void
prefer_node(void *p, uint64_t bytes, int node)
{
	unsigned long mask[16] = {0};
	const unsigned bits = sizeof(mask[0]) * CHAR_BIT;

	if (node < 0 || node >= (int)(sizeof(mask) * CHAR_BIT) || numa_available() < 0)
		return;
	mask[node / bits] = 1ul << (node % bits);
	mbind(p, bytes, MPOL_PREFERRED, mask, sizeof(mask) * CHAR_BIT, 0);
}

void *
memory_map(uint64_t bytes, int socket)
{
	uint64_t size = mapped_bytes(bytes);
	uint8_t *p;

	if (bytes > PTRDIFF_MAX - HUGE_BYTES) {
		errno = ENOMEM;
		return NULL;
	}
	p = map_aligned(size, alignment_of(bytes));
	if (p == NULL)
		return NULL;
	prefer_node(p, size, socket);
	if (size >= HUGE_BYTES)
		madvise(p, size, MADV_HUGEPAGE);
	return p;
}

void
memory_touch(void *p, uint64_t bytes)
{
	volatile uint8_t *byte = p;

#ifdef MADV_POPULATE_WRITE
	if (madvise(p, mapped_bytes(bytes), MADV_POPULATE_WRITE) == 0)
		return;
#endif
	for (uint64_t i = 0; i < bytes; i += PAGE_BYTES)
		byte[i] = byte[i];
}

void
memory_unmap(void *p, uint64_t bytes)
{
	if (p)
		munmap(p, mapped_bytes(bytes));
}
