/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma.h"

#include <stdalign.h>
#include <stdbool.h>

#include <rte_eal.h>
#include <rte_memory.h>

/*
 * Not over the end of a huge page: what lies behind it has another physical address, and NICs that
 * QEMU emulates (e1000e, vmxnet3) drop a packet where the IOMMU leads to two places. Without huge
 * pages packet buffers lie over the ends of pages, too.
 */
static bool
is_in_one_piece(const uint8_t *bytes, uint32_t len, const struct rte_memseg *page)
{
	return !rte_eal_has_hugepages() || bytes + len <= (const uint8_t *)page->addr + page->len;
}

rte_iova_t
dma_iova(const void *bytes, uint32_t len)
{
	const struct rte_memseg_list *list = rte_mem_virt2memseg_list(bytes);
	const struct rte_memseg *page = list ? rte_mem_virt2memseg(bytes, list) : NULL;

	if (page == NULL || list->external || page->iova == RTE_BAD_IOVA ||
	    !is_in_one_piece(bytes, len, page))
		return RTE_BAD_IOVA;
	return page->iova + (rte_iova_t)((const uint8_t *)bytes - (const uint8_t *)page->addr);
}

static void
nobody_owns(void *bytes, void *owner)
{
	(void)bytes;
	(void)owner;
}

struct rte_mbuf_ext_shared_info *
dma_count(unsigned lcore)
{
	static struct {
		alignas(RTE_CACHE_LINE_SIZE) struct rte_mbuf_ext_shared_info count;
	} counts[RTE_MAX_LCORE];
	struct rte_mbuf_ext_shared_info *count = &counts[lcore].count;

	if (count->free_cb == NULL) {
		count->free_cb = nobody_owns;
		rte_mbuf_ext_refcnt_set(count, 1);
	}
	return count;
}
