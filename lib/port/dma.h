/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device can read besides packet buffers: memory of EAL's (rte_malloc(), memzones), which is
 * mapped for every device. Memory that the program mapped itself is not, nor what it registered
 * with EAL: that may be mapped for some devices only.
 */
#ifndef TCT_PORT_DMA_H
#define TCT_PORT_DMA_H

#include <stdint.h>

#include <rte_mbuf.h>

/* [any thread] Where a device finds len bytes, which the caller has allocated. RTE_BAD_IOVA:
 * nowhere, or not all of them in one page. */
rte_iova_t dma_iova(const void *bytes, uint32_t len);

/* [control] What DPDK counts in that nobody owns such bytes: it never says that they are free. A
 * worker has that of its lcore, and packets on devices have it until the process ends. */
struct rte_mbuf_ext_shared_info *dma_count(unsigned lcore);

#endif
