/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "../eal.h"
#include "port/dma.h"

#define MIB (1u << 20)

static uint8_t ours[4096];

static void
what_is_eals_is_found(void **state)
{
	uint8_t *p = rte_malloc(NULL, 4 * MIB, 0);

	(void)state;
	assert_non_null(p);
	assert_int_equal(dma_iova(p, 4 * MIB), rte_malloc_virt2iova(p));
	assert_int_equal(dma_iova(p + 3 * MIB + 5, 1), rte_malloc_virt2iova(p) + 3 * MIB + 5);
	rte_free(p);
}

static void
what_is_not_is_not(void **state)
{
	(void)state;
	assert_int_equal(dma_iova(ours, sizeof(ours)), RTE_BAD_IOVA);
	assert_int_equal(dma_iova(&state, sizeof(state)), RTE_BAD_IOVA);
}

/* Devices may not know of it. */
static void
what_was_registered_is_not(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = 16 * page;
	rte_iova_t iova[16];
	uint8_t *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	for (unsigned i = 0; i < 16; i++)
		iova[i] = (rte_iova_t)(uintptr_t)p + i * page;
	assert_int_equal(rte_extmem_register(p, len, iova, 16, page), 0);
	assert_non_null(rte_mem_virt2memseg_list(p));
	assert_int_equal(dma_iova(p, 100), RTE_BAD_IOVA);
	assert_int_equal(rte_extmem_unregister(p, len), 0);
	munmap(p, len);
}

static void
a_count_never_lets_go(void **state)
{
	struct rte_mbuf_ext_shared_info *count = dma_count(1);

	(void)state;
	assert_ptr_equal(dma_count(1), count);
	assert_ptr_not_equal(dma_count(2), count);
	assert_int_equal((uintptr_t)count % RTE_CACHE_LINE_SIZE, 0);
	assert_int_equal(rte_mbuf_ext_refcnt_read(count), 1);
	count->free_cb(ours, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_eals_is_found),
		cmocka_unit_test(what_is_not_is_not),
		cmocka_unit_test(what_was_registered_is_not),
		cmocka_unit_test(a_count_never_lets_go),
	};

	eal_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
