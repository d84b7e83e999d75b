/* SPDX-License-Identifier: BSD-3-Clause */
/* Histograms as text: nothing is lost on the way there and back, and nothing else is taken. */
#include "test.h"

#include <stdlib.h>

#include "latency.h"

static struct histogram whole, half[2], back;

static int
reset(void **state)
{
	(void)state;
	histogram_reset(&whole);
	histogram_reset(&half[0]);
	histogram_reset(&half[1]);
	histogram_reset(&back);
	return 0;
}

static void
record(unsigned samples)
{
	for (unsigned i = 0; i < samples; i++) {
		uint64_t value = (uint64_t)rand() << (rand() % 9);

		histogram_record(&whole, value);
		histogram_record(&half[rand() % 2], value);
	}
}

static void
text_keeps_every_slot(void **state)
{
	char *text;

	record(10000);
	text = latency_text(&whole);
	assert_int_equal(latency_add_text(&back, text), 0);
	assert_memory_equal(back.slots, whole.slots, sizeof(whole.slots));
	assert_int_equal(back.count, whole.count);
	assert_true(back.min <= whole.min && back.max >= whole.max);
	free(text);
}

static void
texts_of_halves_add_up_to_the_whole(void **state)
{
	record(10000);
	for (unsigned i = 0; i < 2; i++) {
		char *text = latency_text(&half[i]);

		assert_int_equal(latency_add_text(&back, text), 0);
		free(text);
	}
	assert_memory_equal(back.slots, whole.slots, sizeof(whole.slots));
	assert_int_equal(back.count, whole.count);
}

static void
text_is_short(void **state)
{
	char *text;

	for (unsigned i = 0; i < 1000000; i++)
		histogram_record(&whole, 5);
	histogram_record(&whole, 2050);
	text = latency_text(&whole);
	assert_string_equal(text, "5:1000000 2049:1");
	free(text);
	text = latency_text(&back);
	assert_string_equal(text, "");
	free(text);
}

static void
refuses_other_texts(void **state)
{
	static const char *const bad[] = {
		"5",
		"5:",
		":5",
		"5:1 ",
		" 5:1",
		"5:1  6:1",
		"6:1 5:1",
		"5:1 5:1",
		"99999:1",
		"5:0",
		"-5:1",
		"5:-1",
		"5:+1",
		"5:1,6:1",
		"x",
		"5:1 6",
		"5:9223372036854775808",
		"31744:1",
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (latency_add_text(&back, bad[i]) == 0)
			fail_msg("'%s' taken", bad[i]);
	assert_int_equal(latency_add_text(&back, "31743:1"), 0);
}

static void
points_are_those_of_the_histogram(void **state)
{
	struct latency_points p;

	latency_points(&p, &whole);
	assert_true(p.us[POINT_P50] == LATENCY_NOT_MEASURED);
	for (unsigned i = 1; i <= 100; i++)
		histogram_record(&whole, 10 * i);
	latency_points(&p, &whole);
	assert_float_equal(p.us[POINT_P50], 0.5, 1e-9);
	assert_float_equal(p.us[POINT_P99], 0.99, 1e-9);
	assert_float_equal(p.us[POINT_HIGHEST], 1, 1e-9);
}

static void
window_has_what_is_new(void **state)
{
	static struct latency_window w;

	histogram_reset(&w.now);
	histogram_record(&w.now, 7);
	latency_window_shift(&w);
	assert_int_equal(w.between.count, 1);
	histogram_record(&w.now, 9);
	latency_window_shift(&w);
	assert_int_equal(w.between.count, 1);
	assert_int_equal(w.between.slots[9], 1);
	latency_window_shift(&w);
	assert_int_equal(w.between.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(text_keeps_every_slot, reset),
		cmocka_unit_test_setup(texts_of_halves_add_up_to_the_whole, reset),
		cmocka_unit_test_setup(text_is_short, reset),
		cmocka_unit_test_setup(refuses_other_texts, reset),
		cmocka_unit_test_setup(points_are_those_of_the_histogram, reset),
		cmocka_unit_test_setup(window_has_what_is_new, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
