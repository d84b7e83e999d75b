/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "http_client.h"
#include "services/chargen.h"

static void
open_service(const char *name)
{
	const struct tct_service *s = service_find(name);

	assert_non_null(s);
	fake_open(s, service_settings_default());
}

static void
names_are_those_of_the_contract(void **state)
{
	static const char *const wanted[] = {"echo", "discard", "daytime", "chargen",
					     "http", "stall",	"unread"};
	const char *const *names = service_names();
	unsigned n = 0;

	(void)state;
	for (; names[n]; n++) {
		assert_string_equal(names[n], wanted[n]);
		assert_string_equal(service_find(names[n])->name, names[n]);
	}
	assert_int_equal(n, 7);
	assert_null(service_find("telnet"));
	assert_null(service_find(""));
}

/* ---- echo ----------------------------------------------------------------------------------- */

static void
echo_sends_back_what_comes(void **state)
{
	(void)state;
	open_service("echo");
	fake_deliver_text("hello, ");
	fake_deliver_text("world");
	assert_string_equal(fake.sent, "hello, world");
	assert_int_equal(fake.copies, 0);
	assert_false(fake.shut);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static char *
random_text(size_t len)
{
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + rand() % 26);
	return text;
}

/* Random segments, acknowledgments, shortages; every byte comes back once and in order. */
static void
echo_loses_nothing_to_a_peer_that_reads_slowly(void **state)
{
	(void)state;
	srand(2);
	for (unsigned round = 0; round < 200; round++) {
		size_t len = 1 + (size_t)rand() % 100000, at = 0;
		char *text = random_text(len);

		open_service("echo");
		fake.buffer = 1 + (uint32_t)rand() % 5000;
		while (at < len || fake.sent_len < len) {
			size_t n = 1 + (size_t)rand() % 9000;

			n = n < len - at ? n : len - at;
			fake.no_buffers = rand() % 4 == 0;
			if (n && rand() % 2) {
				fake_deliver(text + at, n);
				at += n;
			}
			if (fake.queued)
				fake_ack(1 + (uint32_t)rand() % fake.queued);
			fake_pass_ms((uint32_t)rand() % 30);
			if (at == len && !fake.fin)
				fake_peer_fin();
		}
		assert_int_equal(fake.sent_len, len);
		assert_memory_equal(fake.sent, text, len);
		assert_true(fake.closed);
		assert_false(fake.aborted || fake.reset_unread);
		fake_end(TCT_CLOSED);
		free(text);
	}
}

static void
echo_pauses_when_there_is_no_room_and_goes_on(void **state)
{
	(void)state;
	open_service("echo");
	fake.buffer = 10;
	fake_deliver_text("0123456789abc");
	assert_true(fake.paused);
	assert_string_equal(fake.sent, "0123456789");
	fake_deliver_text("def");
	fake_ack(4);
	assert_true(fake.paused); /* writable comes when half is free */
	fake_ack(1);
	assert_string_equal(fake.sent, "0123456789abcde");
	fake_ack(10);
	assert_string_equal(fake.sent, "0123456789abcdef");
	assert_false(fake.paused);
	fake_end(TCT_CLOSED);
}

static void
echo_closes_only_after_what_it_held(void **state)
{
	(void)state;
	open_service("echo");
	fake.buffer = 4;
	fake_deliver_text("12345678");
	fake_peer_fin();
	assert_false(fake.shut);
	fake_ack(4);
	assert_string_equal(fake.sent, "12345678");
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
echo_tries_again_for_want_of_buffers(void **state)
{
	(void)state;
	open_service("echo");
	fake.no_buffers = true;
	fake_deliver_text("abc");
	assert_true(fake.paused);
	fake_pass_ms(20);
	fake.no_buffers = false;
	assert_string_equal(fake.sent, "");
	fake_pass_ms(20);
	assert_string_equal(fake.sent, "abc");
	assert_false(fake.paused);
	fake_end(TCT_CLOSED);
}

static void
echo_gives_back_what_it_held_when_the_connection_dies(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * BLOCKS_PER_WORKER; i++) {
		open_service("echo");
		fake.buffer = 1;
		fake_deliver_text("abc");
		assert_true(fake.paused);
		assert_false(fake.aborted);
		fake_end(TCT_RESET);
	}
}

/* The slowest is reset when others need its block. */
static void
echo_resets_rather_than_lose_bytes(void **state)
{
	static void *taken[BLOCKS_PER_WORKER];

	(void)state;
	open_service("echo");
	fake.buffer = 1;
	fake_deliver_text("abc");
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++) {
		assert_false(fake.aborted);
		taken[i] = block_take(NULL, nobody_is_evicted);
	}
	assert_true(fake.aborted);
	assert_int_equal(fake_counts[COUNTER_SERVICE_EVICTED], 1);
	fake_end(TCT_ABORTED);
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++)
		block_give(taken[i]);
}

/* ---- timeouts of all ------------------------------------------------------------------------- */

static void
pass(unsigned ms)
{
	for (unsigned i = 0; i < ms && !fake.aborted; i += 100)
		fake_pass_ms(100);
}

static void
silent_peers_are_closed_on(void **state)
{
	static const char *const names[] = {"echo", "discard"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		open_service(names[i]);
		pass(59900);
		fake_deliver_text("abc");
		fake_ack(fake.queued);
		pass(59900);
		assert_false(fake.shut);
		pass(100);
		assert_true(fake.shut);
		assert_false(fake.closed);
		fake_deliver_text("too late");
		assert_true(fake.sent_len <= 3);
		pass(2000);
		assert_true(fake.closed);
		fake_end(TCT_CLOSED);
	}
	assert_int_equal(fake_counts[COUNTER_SERVICE_IDLE_TIMEOUT], 2);
}

/* However short it is beside write-timeout, and whenever a look was. */
static void
idle_timeout_is_exact(void **state)
{
	struct listen_config listen = {.idle_timeout_ms = 2000, .write_timeout_ms = 60000};

	(void)state;
	fake_open(service_find("discard"), settings_of(&listen));
	pass(1500);
	fake_deliver_text("abc");
	pass(1900);
	assert_false(fake.shut);
	pass(100);
	assert_true(fake.shut);
	fake_end(TCT_CLOSED);
}

/* Echo with room left, with its buffer full, and after the peer's FIN; chargen. */
static void
peers_that_take_nothing_are_reset(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		open_service(i == 3 ? "chargen" : "echo");
		if (i != 3)
			fake.buffer = i == 0 ? 100 : 2;
		if (i != 3)
			fake_deliver_text("abc");
		if (i == 2)
			fake_peer_fin();
		pass(30000);
		fake_ack(1);
		pass(59000);
		assert_false(fake.aborted);
		pass(31000);
		assert_true(fake.aborted);
		fake_end(TCT_ABORTED);
	}
	assert_int_equal(fake_counts[COUNTER_SERVICE_WRITE_TIMEOUT], 4);
	assert_int_equal(fake_counts[COUNTER_SERVICE_IDLE_TIMEOUT], 0);
}

static void
peers_that_take_little_are_not(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		open_service(i == 2 ? "chargen" : "echo");
		if (i != 2)
			fake.buffer = i == 0 ? 100 : 40;
		if (i != 2)
			fake_deliver_text("0123456789012345678901234567890123456789012345");
		for (unsigned n = 0; n < 30; n++) {
			pass(55000);
			fake_ack(1);
			assert_false(fake.aborted);
		}
		fake_end(TCT_RESET);
	}
}

/* What they take is replaced at once: the send buffer looks the same whenever it is looked at. */
static void
peers_that_take_all_are_not(void **state)
{
	static const char text[1000];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		open_service(i ? "chargen" : "echo");
		if (!i)
			fake.buffer = 10;
		if (!i)
			fake_deliver(text, sizeof(text));
		for (unsigned n = 0; n < 30; n++) {
			pass(10000);
			assert_false(fake.aborted);
			fake_ack(fake.queued);
			assert_int_equal(fake.queued, fake.buffer);
		}
		fake_end(TCT_RESET);
	}
}

/* There is always something on its way, as much each time, and never the same. */
static void
peers_that_ask_all_the_time_are_not(void **state)
{
	(void)state;
	open_service("echo");
	fake_deliver_text("abc");
	pass(16000);
	for (unsigned i = 0; i < 3000; i++) {
		fake_deliver_text("abc");
		fake_ack(3);
		fake_pass_ms(100);
		assert_false(fake.aborted || fake.shut);
	}
	fake_end(TCT_RESET);
}

/* Asking puts off nothing. */
static void
peer_that_asks_and_takes_nothing_is_reset(void **state)
{
	(void)state;
	open_service("echo");
	for (unsigned i = 0; i < 950 && !fake.aborted; i++) {
		fake_deliver_text("abc");
		fake_pass_ms(100);
	}
	assert_true(fake.aborted);
	fake_end(TCT_ABORTED);
}

static void
daytime_resets_a_peer_that_does_not_take_it(void **state)
{
	(void)state;
	open_service("daytime");
	pass(61000);
	assert_true(fake.closed);
	assert_false(fake.aborted);
	pass(32000);
	assert_true(fake.aborted);
	fake_end(TCT_ABORTED);
}

/* ---- chargen -------------------------------------------------------------------------------- */

/* Line n of RFC 864: characters n to n + 71 of the ring of 95. */
static void
line_is(const char *p, unsigned n)
{
	for (unsigned i = 0; i < 72; i++)
		assert_int_equal(p[i], ' ' + (n + i) % 95);
	assert_memory_equal(p + 72, "\r\n", 2);
}

static void
chargen_sends_the_pattern_of_rfc_864(void **state)
{
	static const char first[] =
		" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n"
		"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n";

	(void)state;
	open_service("chargen");
	assert_int_equal(fake.sent_len, fake.buffer);
	assert_memory_equal(fake.sent, first, sizeof(first) - 1);
	for (unsigned n = 0; n < fake.sent_len / CHARGEN_LINE; n++)
		line_is(fake.sent + n * CHARGEN_LINE, n);
	assert_int_equal(fake.copies, 0);
	assert_int_equal(fake.sends, 1);
	fake_end(TCT_RESET);
}

/* A piece is a node of a pool that all connections share. */
static void
chargen_fills_a_send_buffer_with_one_piece(void **state)
{
	static const uint32_t buffers[] = {262144, CHARGEN_PIECE};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		open_service("chargen");
		fake_ack(fake.queued); /* of the first buffer; the next begins within a line */
		fake.buffer = buffers[i];
		fake_ack(fake.queued);
		fake.sends = 0;
		fake_ack(fake.queued);
		assert_int_equal(fake.queued, fake.buffer);
		assert_int_equal(fake.sends, 1);
		fake_ack(fake.queued / 2);
		assert_int_equal(fake.queued, fake.buffer);
		assert_int_equal(fake.sends, 2);
		for (unsigned n = 0; n < fake.sent_len / CHARGEN_LINE; n++)
			line_is(fake.sent + n * CHARGEN_LINE, n);
		fake_end(TCT_RESET);
	}
}

static void
chargen_goes_on_where_it_stopped(void **state)
{
	(void)state;
	srand(3);
	open_service("chargen");
	while (fake.sent_len < 3000000) {
		fake.no_buffers = rand() % 4 == 0;
		if (fake.queued)
			fake_ack(1 + (uint32_t)rand() % fake.queued);
		fake_pass_ms(10);
		fake_deliver_text("ignored");
	}
	for (unsigned n = 0; n < fake.sent_len / CHARGEN_LINE; n++)
		line_is(fake.sent + n * CHARGEN_LINE, n);
	assert_false(fake.shut);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

/* ---- the others ----------------------------------------------------------------------------- */

static void
discard_ignores_all_and_closes_after_the_peer(void **state)
{
	(void)state;
	open_service("discard");
	fake_deliver_text("abc");
	assert_int_equal(fake.sent_len, 0);
	assert_false(fake.shut);
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
daytime_sends_the_time_and_closes(void **state)
{
	time_t before = time(NULL);
	struct tm tm = {0};
	char *end;

	(void)state;
	open_service("daytime");
	end = strptime(fake.sent, "%A, %B %d, %Y %H:%M:%S-UTC", &tm);
	assert_non_null(end);
	assert_string_equal(end, "\r\n");
	assert_in_range(timegm(&tm), before, time(NULL));
	assert_true(fake.shut);
	assert_false(fake.closed); /* what comes now is thrown away, not refused */
	fake_deliver_text("abc");
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
daytime_waits_for_buffers_and_not_for_peers(void **state)
{
	(void)state;
	open_service("stall"); /* to set the shortage before opened */
	fake.no_buffers = true;
	fake.service = service_find("daytime");
	fake.service->opened(&fake);
	assert_false(fake.shut);
	fake_pass_ms(20);
	assert_false(fake.shut);
	fake.no_buffers = false;
	fake_pass_ms(20);
	assert_true(fake.sent_len > 0);
	assert_true(fake.shut);
	fake_ack(fake.queued);
	fake_pass_ms(2000);
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
stall_never_reads(void **state)
{
	(void)state;
	open_service("stall");
	assert_true(fake.paused);
	fake_deliver_text("abc");
	fake_pass_ms(3600000);
	assert_int_equal(fake.held_len, 3);
	assert_false(fake.shut);
	fake_end(TCT_RESET);
	open_service("stall");
	fake_peer_fin();
	assert_true(fake.closed);
	fake_end(TCT_CLOSED);
}

static void
unread_closes_after_half_a_second_without_reading(void **state)
{
	(void)state;
	open_service("unread");
	fake_deliver_text("abc");
	fake_pass_ms(499);
	assert_false(fake.closed);
	fake_pass_ms(1);
	assert_true(fake.closed && fake.reset_unread);
	fake_end(TCT_ABORTED);
	open_service("unread");
	fake_peer_fin();
	fake_pass_ms(500);
	assert_true(fake.closed && !fake.reset_unread);
	fake_end(TCT_CLOSED);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void
blocks_are_whole_distinct_and_bounded(void **state)
{
	static uint8_t *taken[BLOCKS_PER_WORKER];

	(void)state;
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++) {
		taken[i] = block_take(NULL, nobody_is_evicted);
		assert_non_null(taken[i]);
		assert_int_equal((uintptr_t)taken[i] % 16, 0);
		taken[i][0] = taken[i][BLOCK_BYTES - 1] = (uint8_t)i;
	}
	for (unsigned i = 0; i < BLOCKS_PER_WORKER; i++) {
		assert_int_equal(taken[i][0], (uint8_t)i);
		assert_int_equal(taken[i][BLOCK_BYTES - 1], (uint8_t)i);
		block_give(taken[i]);
	}
}

static int
clean_up(void **state)
{
	return blocks_are_all_back(state);
}

#define TEST(f) cmocka_unit_test_teardown(f, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_those_of_the_contract),
		TEST(echo_sends_back_what_comes),
		TEST(echo_loses_nothing_to_a_peer_that_reads_slowly),
		TEST(echo_pauses_when_there_is_no_room_and_goes_on),
		TEST(echo_closes_only_after_what_it_held),
		TEST(echo_tries_again_for_want_of_buffers),
		TEST(echo_gives_back_what_it_held_when_the_connection_dies),
		TEST(echo_resets_rather_than_lose_bytes),
		TEST(silent_peers_are_closed_on),
		TEST(idle_timeout_is_exact),
		TEST(peers_that_take_nothing_are_reset),
		TEST(peers_that_take_little_are_not),
		TEST(peers_that_take_all_are_not),
		TEST(peers_that_ask_all_the_time_are_not),
		TEST(peer_that_asks_and_takes_nothing_is_reset),
		TEST(daytime_resets_a_peer_that_does_not_take_it),
		TEST(chargen_sends_the_pattern_of_rfc_864),
		TEST(chargen_fills_a_send_buffer_with_one_piece),
		TEST(chargen_goes_on_where_it_stopped),
		TEST(discard_ignores_all_and_closes_after_the_peer),
		TEST(daytime_sends_the_time_and_closes),
		TEST(daytime_waits_for_buffers_and_not_for_peers),
		TEST(stall_never_reads),
		TEST(unread_closes_after_half_a_second_without_reading),
		TEST(blocks_are_whole_distinct_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
