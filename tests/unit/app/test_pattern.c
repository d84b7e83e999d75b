/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_tct.h"
#include "pattern.h"

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

static void
no_word_comes_twice(void **state)
{
	static uint64_t words[PATTERN_WORDS];

	assert_int_equal(pattern_get()->len, PATTERN_BYTES);
	memcpy(words, pattern_get()->bytes, sizeof(words));
	qsort(words, PATTERN_WORDS, sizeof(words[0]), compare);
	for (unsigned i = 1; i < PATTERN_WORDS; i++)
		assert_int_not_equal(words[i - 1], words[i]);
}

/* As a segment lost, repeated or out of place would shift it: seen within a few bytes. */
static void
any_shift_shows(void **state)
{
	const struct pattern *p = pattern_get();
	static uint8_t twice[2 * PATTERN_BYTES];

	memcpy(twice, p->bytes, PATTERN_BYTES);
	memcpy(twice + PATTERN_BYTES, p->bytes, PATTERN_BYTES);
	for (uint32_t shift = 1; shift < PATTERN_BYTES; shift++) {
		uint32_t at = 1448;

		if (pattern_check(p, &at, twice + (1448 + shift) % PATTERN_BYTES, 1448) > 16)
			fail_msg("shift by %u", shift);
	}
	for (unsigned bits = 0; bits < 40; bits++)
		assert_int_not_equal((1ull << bits) % PATTERN_BYTES, 0);
}

static void
check_goes_on_where_it_was(void **state)
{
	const struct pattern *p = pattern_get();
	uint32_t at = PATTERN_BYTES - 100;
	uint8_t piece[300];

	memcpy(piece, p->bytes + at, 100);
	memcpy(piece + 100, p->bytes, 200);
	assert_int_equal(pattern_check(p, &at, piece, 300), 300);
	assert_int_equal(at, 200);
	at = PATTERN_BYTES - 100;
	piece[299] ^= 1;
	assert_int_equal(pattern_check(p, &at, piece, 300), 299);
	assert_int_equal(at, 199);
	at = PATTERN_BYTES - 100;
	piece[99] ^= 0x80;
	assert_int_equal(pattern_check(p, &at, piece, 300), 99);
}

static void
sends_as_much_as_there_is_room_for(void **state)
{
	static const struct tct_service service = {.name = "test"};
	const struct pattern *p = pattern_get();
	uint32_t at = 0, check = 0;

	fake_open(&service, NULL);
	assert_int_equal(pattern_send(&fake, p, &at, 1000), 1000);
	assert_false(fake.want_room);
	assert_int_equal(pattern_send(&fake, p, &at, UINT64_MAX), fake.buffer - 1000);
	assert_true(fake.want_room);
	assert_int_equal(pattern_send(&fake, p, &at, 1), 0);
	fake_ack(200000);
	assert_int_equal(pattern_send(&fake, p, &at, UINT64_MAX), 200000);
	assert_int_equal(fake.copies, 0);
	assert_int_equal(pattern_check(p, &check, fake.sent, (uint32_t)fake.sent_len),
			 fake.sent_len);
	assert_int_equal(check, at);
	fake_end(TCT_CLOSED);
}

/* Refused though there is room: nobody will say when it is over. */
static void
tries_again_by_itself(void **state)
{
	static const struct tct_service service = {.name = "test"};
	uint32_t at = 5;

	fake_open(&service, NULL);
	fake.no_buffers = true;
	assert_int_equal(pattern_send(&fake, pattern_get(), &at, 10), 0);
	assert_int_equal(at, 5);
	assert_int_not_equal(fake.wake_ms, 0);
	fake_end(TCT_CLOSED);
}

static uint8_t *moved;

static const void *
move(const void *bytes, size_t len)
{
	return moved ? memcpy(moved, bytes, len) : NULL;
}

/* The last test: the others may find it in either place. */
static void
lies_where_it_is_moved_to(void **state)
{
	const struct pattern *p = pattern_get();
	const uint8_t *before = p->bytes;

	(void)state;
	pattern_move(move);
	assert_ptr_equal(p->bytes, before);
	moved = malloc(PATTERN_BYTES);
	assert_non_null(moved);
	pattern_move(move);
	assert_ptr_equal(p->bytes, moved);
	assert_ptr_equal(pattern_get()->bytes, moved);
	assert_memory_equal(moved, before, PATTERN_BYTES);
	free(moved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_comes_twice),
		cmocka_unit_test(any_shift_shows),
		cmocka_unit_test(check_goes_on_where_it_was),
		cmocka_unit_test(sends_as_much_as_there_is_room_for),
		cmocka_unit_test(tries_again_by_itself),
		cmocka_unit_test(lies_where_it_is_moved_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
