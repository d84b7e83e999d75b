/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state machine of RFC 9293, drawn: which events a state takes, and which state may follow it.
 *
 * Two tables in state.c are the whole of it. state_segment[state][event] names the handler of an
 * arriving segment, state_user[state][call] the answer to a user call. A pair that is not listed is
 * dropped and counted, or refused. The handlers do the work; state_may_follow() is what they are
 * held to.
 *
 * LISTEN and SYN_RCVD of a passive open, and TIME_WAIT, have records of their own (half-open,
 * time-wait); the others are those of a conn.
 */
#ifndef TCT_TCP_STATE_H
#define TCT_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define STATE_LIST(X) \
	X(CLOSED) X(LISTEN) X(SYN_SENT) X(SYN_RCVD) X(ESTABLISHED) X(FIN_WAIT_1) X(FIN_WAIT_2) \
	X(CLOSE_WAIT) X(CLOSING) X(LAST_ACK) X(TIME_WAIT)
/* clang-format on */

enum state {
#define X(name) STATE_##name,
	STATE_LIST(X)
#undef X
	STATE_MAX
};

/* What a segment is to the table: RST before SYN before FIN before ACK; FIN only with ACK. */
enum segment_event {
	SEGMENT_NONE, /* neither RST, SYN nor ACK */
	SEGMENT_RST,
	SEGMENT_SYN,	 /* SYN without ACK */
	SEGMENT_SYN_ACK, /* SYN with ACK */
	SEGMENT_ACK,	 /* ACK, with or without data */
	SEGMENT_FIN,	 /* FIN with ACK */
	SEGMENT_EVENT_MAX
};

/* Who handles it. DROP is 0: what is not listed is dropped. */
enum segment_action {
	ACTION_DROP,	  /* COUNTER_DROP_TCP_STATE */
	ACTION_IGNORE,	  /* silence, as the RFC asks */
	ACTION_RESET,	  /* RST by 3.10.7.1 */
	ACTION_LISTEN,	  /* 3.10.7.2: SYN to a listener, or an ACK that may hold a cookie */
	ACTION_SYN_SENT,  /* 3.10.7.3 */
	ACTION_SEQUENCE,  /* 3.10.7.4: sequence number first, then all other steps */
	ACTION_HALF_OPEN, /* 3.10.7.4 for SYN_RCVD of a passive open */
	ACTION_TIME_WAIT, /* 3.10.7.4 for TIME_WAIT, and RFC 6191, RFC 1337 */
};

/* The calls of RFC 9293 3.9.1. */
enum user_call {
	USER_OPEN,
	USER_SEND,
	USER_SHUTDOWN,
	USER_CLOSE,
	USER_ABORT,
	USER_CALL_MAX
};

extern const uint8_t state_segment[STATE_MAX][SEGMENT_EVENT_MAX]; /* enum segment_action */
extern const int16_t state_user[STATE_MAX][USER_CALL_MAX];	  /* 0: legal; negative errno */
extern const char *const state_name[STATE_MAX];

/* RFC 9293 figure 5: may `to` come right after `from`? CLOSED may follow every state (abort, RST).
 */
bool state_may_follow(enum state from, enum state to);

static inline enum segment_event
segment_event(uint8_t flags)
{
	enum {
		FIN = 0x01,
		SYN = 0x02,
		RST = 0x04,
		ACK = 0x10
	};

	if (flags & RST)
		return SEGMENT_RST;
	if (flags & SYN)
		return flags & ACK ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	if (!(flags & ACK))
		return SEGMENT_NONE;
	return flags & FIN ? SEGMENT_FIN : SEGMENT_ACK;
}

#endif
