/* SPDX-License-Identifier: BSD-3-Clause */
/* What cycles are for: lib/tcp/split.h. By a clock that takes a step at each look at it. */
#include "dsl.h"

/* How often 100 cycles went into each kind until now. */
#define INPUT(...) \
	timed_for(HERE, &rig.stack->input_split, (const uint64_t[SPLIT_MAX]){__VA_ARGS__})
#define FLUSHED(...) \
	timed_for(HERE, &rig.stack->flush_split, (const uint64_t[SPLIT_MAX]){__VA_ARGS__})

static uint64_t clock_now, clock_step;

static uint64_t
look(void)
{
	return clock_now += clock_step;
}

static void
timed_for(const char *file, int line, const struct split_clock *c, const uint64_t wanted[SPLIT_MAX])
{
	for (unsigned i = 0; i < SPLIT_MAX; i++)
		if (c->cycles[i] != 100 * wanted[i])
			dsl_fail(file, line, "kind %u: %u cycles", i, (unsigned)c->cycles[i]);
}

/* A look alone takes 1; between two of them lie 100 more from now on. */
static void
listen_timed(void)
{
	clock_step = 1;
	rig.cycles = look;
	LISTEN();
	clock_step = 101;
}

CASE(split_passive, "each segment of a passive connection is what it is")
{
	listen_timed();
	IN(SYN, .seq = 100, .mss = 1460);
	OUT(SYN | ACK);
	INPUT(1, 1);
	IN(ACK, .seq = 101, .ack = 1);
	EVENT(opened);
	INPUT(2, 2);
	IN(ACK | PSH, .len = 5);
	INPUT(3, 2, 1);
	IN(FIN | ACK);
	EVENT(peer_closed);
	INPUT(4, 2, 1, 1);
	OUT(ACK);
	CLOSE();
	OUT(FIN | ACK);
	IN(ACK, .ack = 2);
	EVENT(closed, TCT_CLOSED);
	INPUT(5, 2, 1, 2);
}

CASE(split_cookie, "cookies are made before the segments are gone through")
{
	TCP(syn_cookies) = TCT_SYN_COOKIES_ALWAYS;
	listen_timed();
	IN(SYN, .seq = 100, .mss = 1460);
	OUT(SYN | ACK);
	INPUT(1, 2);
	IN(ACK, .seq = 101, .ack = 1);
	EVENT(opened);
	INPUT(2, 4);
}

CASE(split_flush, "what is sent, and for what")
{
	listen_timed();
	ESTABLISH();
	FLUSHED(0, 0, 1);
	SEND_BYTES(5);
	OUT(ACK | PSH, .len = 5);
	FLUSHED(0, 0, 2);
	IN(ACK, .ack = 6);
	CLOSE();
	OUT(FIN | ACK);
	FLUSHED(0, 0, 2, 1);
}

CASE(split_active, "a SYN goes out and its answer comes")
{
	listen_timed();
	CONNECT();
	OUT(SYN);
	FLUSHED(0, 1);
	IN(SYN | ACK, .seq = 500, .ack = 1, .mss = 1460);
	OUT(ACK);
	EVENT(opened);
	INPUT(1, 1);
	FLUSHED(0, 1, 1);
	IN(RST, .seq = 501);
	EVENT(closed, TCT_RESET);
	INPUT(2, 1, 0, 1);
}

CASE(split_time_wait, "a record of TIME_WAIT is the close's")
{
	listen_timed();
	ESTABLISH();
	CLOSE();
	OUT(FIN | ACK);
	IN(FIN | ACK, .ack = 2);
	OUT(ACK);
	STATE(TIME_WAIT);
	EVENT(peer_closed);
	EVENT(closed, TCT_CLOSED);
	IN(ACK, .seq = 102, .ack = 2);
	NOTHING();
	INPUT(4, 2, 0, 2);
}
