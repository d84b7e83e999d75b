/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for tables: anonymous pages on one NUMA node, transparent huge pages asked for, zeroed by
 * the kernel at first touch. Not from DPDK's hugetlb, which only what the NIC touches needs.
 */
#ifndef TCT_TABLE_MEMORY_H
#define TCT_TABLE_MEMORY_H

#include <stdint.h>

/* bytes of zeroed memory aligned to 2 MiB (or a page when smaller), preferred on NUMA node socket
 * (-1: any); NULL and errno when refused. Not committed until touched. */
void *memory_map(uint64_t bytes, int socket);

/* Has the kernel find the pages of a mapping now: a first touch costs milliseconds where a
 * hypervisor has to find the page, too. Keeps the content. */
void memory_touch(void *p, uint64_t bytes);

/* Gives back what memory_map(bytes, ...) returned; NULL is allowed. */
void memory_unmap(void *p, uint64_t bytes);

#endif
