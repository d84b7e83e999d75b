/* SPDX-License-Identifier: BSD-3-Clause */
/* The state tables, pair by pair, written down a second time from RFC 9293 3.10 and figure 5. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/state.h"

static void
segments(void **state)
{
	for (unsigned s = STATE_SYN_RCVD; s <= STATE_LAST_ACK; s++)
		for (unsigned e = 0; e < SEGMENT_EVENT_MAX; e++)
			assert_int_equal(state_segment[s][e], ACTION_SEQUENCE);
	for (unsigned e = 0; e < SEGMENT_EVENT_MAX; e++) {
		bool rst = e == SEGMENT_RST, none = e == SEGMENT_NONE;

		assert_int_equal(state_segment[STATE_CLOSED][e],
				 rst ? ACTION_IGNORE : ACTION_RESET);
		assert_int_equal(state_segment[STATE_SYN_SENT][e],
				 none ? ACTION_DROP : ACTION_SYN_SENT);
		assert_int_equal(state_segment[STATE_TIME_WAIT][e],
				 none ? ACTION_DROP : ACTION_TIME_WAIT);
	}
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_NONE], ACTION_DROP);
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_RST], ACTION_IGNORE);
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_SYN], ACTION_LISTEN);
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_SYN_ACK], ACTION_RESET);
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_ACK], ACTION_LISTEN);
	assert_int_equal(state_segment[STATE_LISTEN][SEGMENT_FIN], ACTION_LISTEN);
}

/* RST before SYN before FIN; FIN and ACK count only together. */
static void
events(void **state)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		enum segment_event e = segment_event((uint8_t)flags);

		if (flags & 0x04)
			assert_int_equal(e, SEGMENT_RST);
		else if (flags & 0x02)
			assert_int_equal(e, flags & 0x10 ? SEGMENT_SYN_ACK : SEGMENT_SYN);
		else if (!(flags & 0x10))
			assert_int_equal(e, SEGMENT_NONE);
		else
			assert_int_equal(e, flags & 0x01 ? SEGMENT_FIN : SEGMENT_ACK);
	}
}

static void
calls(void **state)
{
	static const enum state closing[] = {STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_CLOSING,
					     STATE_LAST_ACK, STATE_TIME_WAIT};
	static const enum state open[] = {STATE_SYN_SENT, STATE_SYN_RCVD, STATE_ESTABLISHED,
					  STATE_CLOSE_WAIT};

	for (unsigned s = 0; s < STATE_MAX; s++) {
		bool free_ = s == STATE_CLOSED || s == STATE_LISTEN;

		assert_int_equal(state_user[s][USER_OPEN], free_ ? 0 : -EISCONN);
		assert_int_equal(state_user[s][USER_ABORT], s == STATE_CLOSED ? -ENOTCONN : 0);
	}
	for (unsigned i = 0; i < sizeof(closing) / sizeof(closing[0]); i++) {
		assert_int_equal(state_user[closing[i]][USER_SEND], -EPIPE);
		assert_int_equal(state_user[closing[i]][USER_SHUTDOWN], -EPIPE);
	}
	for (unsigned i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		for (unsigned call = USER_SEND; call <= USER_ABORT; call++)
			assert_int_equal(state_user[open[i]][call], 0);
	assert_int_equal(state_user[STATE_CLOSED][USER_SEND], -ENOTCONN);
	assert_int_equal(state_user[STATE_LISTEN][USER_SEND], -ENOTCONN);
}

static void
transitions(void **state)
{
	static const char *const arrows[] = {
		"CLOSED LISTEN",	 "CLOSED SYN_SENT",	   "CLOSED ESTABLISHED",
		"LISTEN SYN_RCVD",	 "LISTEN SYN_SENT",	   "SYN_SENT SYN_RCVD",
		"SYN_SENT ESTABLISHED",	 "SYN_RCVD ESTABLISHED",   "SYN_RCVD FIN_WAIT_1",
		"SYN_RCVD LISTEN",	 "ESTABLISHED FIN_WAIT_1", "ESTABLISHED CLOSE_WAIT",
		"FIN_WAIT_1 FIN_WAIT_2", "FIN_WAIT_1 CLOSING",	   "FIN_WAIT_1 TIME_WAIT",
		"FIN_WAIT_2 TIME_WAIT",	 "CLOSE_WAIT LAST_ACK",	   "CLOSING TIME_WAIT",
	};
	unsigned count = 0;

	for (unsigned from = 0; from < STATE_MAX; from++)
		for (unsigned to = 0; to < STATE_MAX; to++) {
			char arrow[64];
			bool drawn = to == STATE_CLOSED;

			snprintf(arrow, sizeof(arrow), "%s %s", state_name[from], state_name[to]);
			for (unsigned i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++)
				drawn |= !strcmp(arrow, arrows[i]);
			assert_int_equal(state_may_follow(from, to), drawn);
			count += drawn;
		}
	assert_int_equal(count, 18 + STATE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments),
		cmocka_unit_test(events),
		cmocka_unit_test(calls),
		cmocka_unit_test(transitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
