/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts that responses share. */
#include "http_client.h"
#include "services/chargen.h"
#include "services/http_date.h"
#include "services/http_text.h"

static const struct http_request get = {.fate = HTTP_KEEP};

static struct http_answer
answer_to(struct http_request q, uint64_t size)
{
	const struct http_resource r = {.size = size};
	struct http_answer a;

	http_answer(&r, &q, &a);
	return a;
}

/* A time in a second of its own. */
static uint64_t
next_second(void)
{
	static uint64_t until_us;

	http_date_now(until_us, &until_us);
	return until_us;
}

static void
says_what_is_written(void **state)
{
	static const uint64_t sizes[] = {0, 1, BODY, 600, 1024, 100000};
	char written[HTTP_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int fate = HTTP_KEEP; fate < HTTP_FATE_MAX; fate++)
			for (int head = 0; head < 2; head++) {
				const struct http_request q = {.fate = fate, .head = head};
				struct http_answer a = answer_to(q, sizes[i]);
				uint64_t now_us = next_second();
				struct http_text *t = http_text(&a, now_us);
				struct http_body rest;
				uint32_t len = http_text_write(&a, now_us, written, &rest);

				assert_int_equal(t->text.len, len);
				assert_memory_equal(t->text.bytes, written, len);
				assert_int_equal(t->rest.left, rest.left);
				assert_int_equal(rest.left, head || sizes[i] < 1024 ? 0 : sizes[i]);
				assert_ptr_equal(http_text(&a, now_us), t);
			}
}

/* One that differs from a, where a's text is looked for first. */
static void
differs(const struct http_answer *a, const struct http_answer *b, uint64_t now_us, const char *what)
{
	struct http_text *t = http_text(a, now_us);

	t->text.users = 1;
	if (http_text(b, now_us) == t)
		fail_msg("%s: the same text", what);
	t->text.users = 0;
}

/* By what leaves the place the same, where there is such: it is bits 4, 10 and 16 that choose it.
 */
static void
answers_that_differ_share_nothing(void **state)
{
	static char bytes[4096] __attribute__((aligned(4096)));
	struct http_answer a = answer_to(get, BODY), b;
	uint64_t now_us = next_second();

	(void)state;
	a.fields = bytes;
	a.fields_len = 1;
	a.body.bytes = bytes + 2048;
#define DIFFERS(change)                           \
	do {                                      \
		b = a;                            \
		change;                           \
		differs(&a, &b, now_us, #change); \
	} while (0)
	DIFFERS(b.status = HTTP_NOT_FOUND);
	DIFFERS(b.fate = HTTP_CLOSE);
	DIFFERS(b.fields = bytes + 0x410);
	DIFFERS(b.fields_len++);
	DIFFERS(b.length ^= 0x41);
	DIFFERS(b.first ^= 0x41);
	DIFFERS(b.size++);
	DIFFERS(b.body.bytes = bytes + 2048 + 0x410);
	DIFFERS(b.body.left ^= 0x41);
	DIFFERS(b.body.repeats = !b.body.repeats);
}

/* Two listeners of different response sizes, asked in turn. */
static void
sizes_have_places_of_their_own(void **state)
{
	struct http_answer a = answer_to(get, BODY), b = answer_to(get, 2 * BODY);
	uint64_t now_us = next_second();
	struct http_text *t = http_text(&a, now_us);

	(void)state;
	http_text(&b, now_us)->text.users = 1;
	assert_ptr_equal(http_text(&a, now_us), t);
	http_text(&b, now_us)->text.users = 0;
}

static void
lasts_as_long_as_its_date(void **state)
{
	struct http_answer a = answer_to(get, BODY);
	uint64_t now_us = next_second(), until_us;
	struct http_text *t = http_text(&a, now_us), *later;
	char old[HTTP_TEXT_SHORT];

	(void)state;
	http_date_now(now_us, &until_us);
	assert_ptr_equal(http_text(&a, until_us - 1), t);
	t->text.users = 3; /* not acknowledged yet */
	memcpy(old, t->bytes, sizeof(old));
	later = http_text(&a, until_us);
	assert_ptr_not_equal(later, t);
	assert_memory_equal(t->bytes, old, sizeof(old));
	t->text.users = 0;
	assert_ptr_equal(http_text(&a, until_us), later);
	assert_ptr_equal(http_text(&a, next_second()), later); /* made anew where nobody needs it */
}

/* Each is used, for ever: a server whose clients all went, and that has another date each time. */
static void
none_is_free(void **state)
{
	struct http_answer a = answer_to(get, BODY);
	unsigned n = 0;

	(void)state;
	for (struct http_text *t; (t = http_text(&a, next_second())) != NULL; n++)
		t->text.users++;
	assert_true(n > 400);
	blocks_fini();
	assert_non_null(http_text(&a, next_second()));
}

/* It is served all the same, by copies. */
static void
served_without_one(void **state)
{
	struct response r;
	struct http_text *t;

	(void)state;
	open_http(BODY);
	for (unsigned i = 0; i < 2; i++) {
		fake_deliver_text(GET);
		fake_ack(fake.queued);
		assert_int_equal(fake.texts, 1);
		assert_int_equal(fake.copies, i);
		read_response(fake.sent, &r);
		assert_true(r.status == 200 && r.length == BODY);
		do {
			struct http_answer a = answer_to(get, BODY);

			t = http_text(&a, next_second());
			if (t)
				t->text.users = 1;
		} while (t);
		fake.now_us = next_second();
	}
	fake_end(TCT_CLOSED);
	services_fini();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_written),
		cmocka_unit_test(answers_that_differ_share_nothing),
		cmocka_unit_test(sizes_have_places_of_their_own),
		cmocka_unit_test(lasts_as_long_as_its_date),
		cmocka_unit_test(none_is_free),
		cmocka_unit_test(served_without_one),
	};

	chargen_fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
