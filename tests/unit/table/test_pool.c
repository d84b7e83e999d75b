/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "table/memory.h"
#include "table/pool.h"

static void
memory_is_zero_and_aligned(void **state)
{
	const uint64_t sizes[] = {0, 1, 4097, (2u << 20) - 1, 2u << 20, (5u << 20) + 1};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t align = sizes[i] < 2u << 20 ? 4096 : 2u << 20;
		uint8_t *p = memory_map(sizes[i], 0);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % align, 0);
		for (uint64_t at = 0; at < sizes[i]; at++)
			assert_int_equal(p[at], 0);
		if (sizes[i])
			p[0] = p[sizes[i] - 1] = 1;
		memory_unmap(p, sizes[i]);
	}
}

static void
memory_that_cannot_be_is_refused(void **state)
{
	(void)state;
	errno = 0;
	assert_null(memory_map(UINT64_MAX, -1));
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_null(memory_map(1ull << 62, -1));
	assert_int_equal(errno, ENOMEM);
	memory_unmap(NULL, 1);
}

static void
memory_on_a_node_that_is_not_there_is_given_elsewhere(void **state)
{
	uint8_t *p;

	(void)state;
	p = memory_map(4096, 1023);
	assert_non_null(p);
	p[4095] = 1;
	memory_unmap(p, 4096);
	p = memory_map(4096, 100000);
	assert_non_null(p);
	memory_unmap(p, 4096);
}

static void
refuses_a_record_that_is_not_whole_lines(void **state)
{
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, 10, 0, -1), -EINVAL);
	assert_int_equal(pool_init(&p, 10, 63, -1), -EINVAL);
	assert_int_equal(pool_init(&p, 10, 96, -1), -EINVAL);
	pool_fini(&p);
}

static void
gives_out_each_record_once_and_says_when_full(void **state)
{
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, 1000, 128, -1), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(pool_alloc(&p), i);
		memset(pool_at(&p, i), (int)i, 128);
	}
	assert_int_equal(pool_alloc(&p), POOL_NONE);
	assert_int_equal(p.used, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		const uint8_t *record = pool_at(&p, i);

		assert_int_equal(record[0], i % 256);
		assert_int_equal(record[127], i % 256);
	}
	pool_fini(&p);
}

static void
an_empty_pool_is_full(void **state)
{
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, 0, 64, -1), 0);
	assert_int_equal(pool_alloc(&p), POOL_NONE);
	pool_fini(&p);
}

static void
last_freed_is_first_used_and_fresh_comes_last(void **state)
{
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, 10, 64, -1), 0);
	for (unsigned i = 0; i < 4; i++)
		pool_alloc(&p);
	pool_free(&p, 1);
	pool_free(&p, 3);
	assert_int_equal(p.used, 2);
	assert_int_equal(pool_alloc(&p), 3);
	assert_int_equal(pool_alloc(&p), 1);
	assert_int_equal(pool_alloc(&p), 4);
	pool_fini(&p);
}

static void
a_record_keeps_its_content_and_a_fresh_one_is_zero(void **state)
{
	const uint8_t *fresh;
	struct pool p;
	uint32_t i;

	(void)state;
	assert_int_equal(pool_init(&p, 2, 64, -1), 0);
	i = pool_alloc(&p);
	memset(pool_at(&p, i), 0xa5, 64);
	pool_free(&p, i);
	assert_int_equal(pool_alloc(&p), i);
	assert_int_equal(*(uint8_t *)pool_at(&p, i), 0xa5);
	fresh = pool_at(&p, pool_alloc(&p));
	for (unsigned at = 0; at < 64; at++)
		assert_int_equal(fresh[at], 0);
	pool_fini(&p);
}

static void
states_the_bytes_it_takes(void **state)
{
	(void)state;
	assert_int_equal(pool_bytes(60000000, 64), 60000000ull * 68);
	assert_int_equal(pool_bytes(UINT32_MAX - 1, 256), (UINT32_MAX - 1ull) * 260);
}

static void
random_use_never_gives_out_a_record_twice(void **state)
{
	enum {
		CAPACITY = 500
	};
	struct model_random r = {1};
	bool used[CAPACITY] = {false};
	uint32_t held[CAPACITY], count = 0;
	struct pool p;

	(void)state;
	assert_int_equal(pool_init(&p, CAPACITY, 64, -1), 0);
	for (unsigned n = 0; n < MODEL_OPERATIONS / 10; n++) {
		if (model_below(&r, CAPACITY) >= count) {
			uint32_t i = pool_alloc(&p);

			assert_true(i < CAPACITY && !used[i]);
			used[i] = true;
			held[count++] = i;
		} else {
			uint32_t at = model_below(&r, count), i = held[at];

			held[at] = held[--count];
			used[i] = false;
			pool_free(&p, i);
		}
		assert_int_equal(p.used, count);
	}
	pool_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zero_and_aligned),
		cmocka_unit_test(memory_that_cannot_be_is_refused),
		cmocka_unit_test(memory_on_a_node_that_is_not_there_is_given_elsewhere),
		cmocka_unit_test(refuses_a_record_that_is_not_whole_lines),
		cmocka_unit_test(gives_out_each_record_once_and_says_when_full),
		cmocka_unit_test(an_empty_pool_is_full),
		cmocka_unit_test(last_freed_is_first_used_and_fresh_comes_last),
		cmocka_unit_test(a_record_keeps_its_content_and_a_fresh_one_is_zero),
		cmocka_unit_test(states_the_bytes_it_takes),
		cmocka_unit_test(random_use_never_gives_out_a_record_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
