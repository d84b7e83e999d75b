/* SPDX-License-Identifier: BSD-3-Clause */
#include "state.h"

#include <errno.h>

/* clang-format off */
#define ROW(none, rst, syn, syn_ack, ack, fin) \
	{ACTION_##none, ACTION_##rst, ACTION_##syn, ACTION_##syn_ack, ACTION_##ack, ACTION_##fin}

const uint8_t state_segment[STATE_MAX][SEGMENT_EVENT_MAX] = {
	/*                        none      RST        SYN        SYN|ACK    ACK        FIN|ACK   */
	[STATE_CLOSED]      = ROW(RESET,    IGNORE,    RESET,     RESET,     RESET,     RESET),
	[STATE_LISTEN]      = ROW(DROP,     IGNORE,    LISTEN,    RESET,     LISTEN,    LISTEN),
	[STATE_SYN_SENT]    = ROW(DROP,     SYN_SENT,  SYN_SENT,  SYN_SENT,  SYN_SENT,  SYN_SENT),
	[STATE_SYN_RCVD]    = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_ESTABLISHED] = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_FIN_WAIT_1]  = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_FIN_WAIT_2]  = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_CLOSE_WAIT]  = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_CLOSING]     = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_LAST_ACK]    = ROW(SEQUENCE, SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE,  SEQUENCE),
	[STATE_TIME_WAIT]   = ROW(DROP,     TIME_WAIT, TIME_WAIT, TIME_WAIT, TIME_WAIT, TIME_WAIT),
};

/* 3.10.1 to 3.10.5: "connection does not exist", "connection closing", "connection already exists". */
const int16_t state_user[STATE_MAX][USER_CALL_MAX] = {
	/*                      OPEN      SEND       SHUTDOWN   CLOSE      ABORT     */
	[STATE_CLOSED]      = {0,        -ENOTCONN, -ENOTCONN, -ENOTCONN, -ENOTCONN},
	[STATE_LISTEN]      = {0,        -ENOTCONN, 0,         0,         0},
	[STATE_SYN_SENT]    = {-EISCONN, 0,         0,         0,         0},
	[STATE_SYN_RCVD]    = {-EISCONN, 0,         0,         0,         0},
	[STATE_ESTABLISHED] = {-EISCONN, 0,         0,         0,         0},
	[STATE_FIN_WAIT_1]  = {-EISCONN, -EPIPE,    -EPIPE,    0,         0},
	[STATE_FIN_WAIT_2]  = {-EISCONN, -EPIPE,    -EPIPE,    0,         0},
	[STATE_CLOSE_WAIT]  = {-EISCONN, 0,         0,         0,         0},
	[STATE_CLOSING]     = {-EISCONN, -EPIPE,    -EPIPE,    0,         0},
	[STATE_LAST_ACK]    = {-EISCONN, -EPIPE,    -EPIPE,    0,         0},
	[STATE_TIME_WAIT]   = {-EISCONN, -EPIPE,    -EPIPE,    -EPIPE,    0},
};

#define TO(name) (1u << STATE_##name)

/* RFC 9293 figure 5, and the arrow from FIN_WAIT_1 to TIME_WAIT of its note 2. */
static const uint16_t follows[STATE_MAX] = {
	[STATE_CLOSED]      = TO(LISTEN) | TO(SYN_SENT) | TO(ESTABLISHED), /* the last: SYN cookie */
	[STATE_LISTEN]      = TO(SYN_RCVD) | TO(SYN_SENT),
	[STATE_SYN_SENT]    = TO(SYN_RCVD) | TO(ESTABLISHED),
	[STATE_SYN_RCVD]    = TO(ESTABLISHED) | TO(FIN_WAIT_1) | TO(LISTEN),
	[STATE_ESTABLISHED] = TO(FIN_WAIT_1) | TO(CLOSE_WAIT),
	[STATE_FIN_WAIT_1]  = TO(FIN_WAIT_2) | TO(CLOSING) | TO(TIME_WAIT),
	[STATE_FIN_WAIT_2]  = TO(TIME_WAIT),
	[STATE_CLOSE_WAIT]  = TO(LAST_ACK),
	[STATE_CLOSING]     = TO(TIME_WAIT),
	[STATE_LAST_ACK]    = 0,
	[STATE_TIME_WAIT]   = 0,
};
/* clang-format on */

const char *const state_name[STATE_MAX] = {
#define X(name) #name,
	STATE_LIST(X)
#undef X
};

bool
state_may_follow(enum state from, enum state to)
{
	return to == STATE_CLOSED || (follows[from] >> to & 1);
}
