/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine that a result was measured on and a configuration must fit into: read from /proc and
 * /sys, without EAL and without a device touched.
 */
#ifndef TCT_APP_HOST_H
#define TCT_APP_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct host {
	char cpu[128];	       /* model name; "unknown" */
	unsigned cores;	       /* that this process may run on */
	unsigned nodes;	       /* NUMA nodes with memory */
	uint64_t memory_bytes; /* in the machine, or the control group's limit if that is lower */
	uint64_t memory_available_bytes;
	uint64_t hugepage_bytes_total, hugepage_bytes_free; /* all sizes */
	bool hugepages_used; /* by EAL in this run: filled in by the command */
	char thp[16];	     /* transparent huge pages: "always", "madvise", "never" */
	char kernel[65];
	char dpdk[32]; /* "DPDK 22.11.3" */
};

void host_probe(struct host *h);

/* hugetlb pages of one size: /sys/kernel/mm/hugepages, node -1, or of one NUMA node. */
uint64_t host_hugepages(int node, unsigned size_kb, const char *what);

/* Nanoseconds for which a thread of ours was ready to run and had no core; 0 where the kernel does
 * not count. */
uint64_t host_waited_ns(int tid);

#endif
