/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much one connection may hold: the window that it offers, and what it may queue to be sent.
 *
 * Both begin with BUFFER_MIN, or less if the configuration has less, and grow to what the path
 * carries, up to tcp.receive-window and tcp.send-buffer. The sender needs room for twice its
 * congestion window, so that there is something to send while a window of data waits for its
 * acknowledgment. The receiver does not know that window; it measures what the service takes in a
 * round trip (dynamic right-sizing: Fisk and Feng, 2001), and offers four times as much: the sender
 * may double its window in each round trip, and it takes one to tell it so. What a paused service
 * does not take lets nothing grow.
 *
 * The packet buffers of a worker bound both. Beyond BUFFER_MIN no connection may hold more than is
 * left free by all (dynamic thresholds: Choudhury and Hahne, 1998): one has half of them at most,
 * and n have 1/(n + 1) each, so that there is something for who comes next.
 *
 * A round of the measurement lasts one round trip, as the echoed timestamps tell it; without them
 * the time from when an edge was advertised to when it is reached bounds the round trip, since the
 * peer could not go there before it heard of it. Only what has received WINDOW_LOOK bytes is
 * measured: short connections never need the record.
 *
 * The right edge of an advertised window never moves left (SHLD-14): when the share falls it waits.
 */
#include "internal.h"
#include "window.h"

#define BUFFER_MIN     262144u
#define BUFFER_SHIFT   10	 /* any packet buffer holds a kilobyte */
#define WINDOW_LOOK    65536	 /* received before the first round */
#define WINDOW_SETTLED (1 << 30) /* the largest window there can be */
#define RTT_SHIFT      3	 /* alpha of RFC 6298, 1/8 */

/* ---- the configuration ---------------------------------------------------------------------- */

/* What the window is to begin with; doubled WINDOW_GROWN_MAX times it is all there may be. */
uint32_t
window_first(const struct tct_tcp_config *config)
{
	uint32_t least = (config->receive_window >> WINDOW_GROWN_MAX) + 1;
	uint32_t first = least > BUFFER_MIN ? least : BUFFER_MIN;

	return first < config->receive_window ? first : config->receive_window;
}

/* The shift that the largest window needs (RFC 7323 2.2), as far as the configuration lets it. */
uint8_t
window_shift(const struct tct_tcp_config *config)
{
	uint8_t shift = 0;

	while (shift < config->window_scale &&
	       (uint32_t)UINT16_MAX << shift < config->receive_window)
		shift++;
	return shift;
}

/* ---- shares --------------------------------------------------------------------------------- */

/* size, which is more than min, if there are buffers for it. */
static uint32_t
share_of(const struct tcp_stack *s, uint32_t min, uint32_t size)
{
	uint64_t share = (uint64_t)extent_room_left(&s->extents) << BUFFER_SHIFT;

	if (size <= share)
		return size;
	return share > min ? (uint32_t)share : min;
}

/* ---- to send -------------------------------------------------------------------------------- */

/* It stays as large as it was once: what is lost is held until it has arrived, whatever has become
 * of cwnd. */
static uint32_t
send_size(const struct tct_conn *c)
{
	const struct flight *f = flight_of(c);
	uint32_t twice = 2 * c->cwnd;

	if (!f)
		return BUFFER_MIN;
	return twice > f->send_size ? twice : f->send_size;
}

uint32_t
send_limit(const struct tct_conn *c)
{
	uint32_t most = c->stack->config.send_buffer, size;

	if (most <= BUFFER_MIN)
		return most;
	size = send_size(c);
	if (size <= BUFFER_MIN)
		return BUFFER_MIN;
	return share_of(c->stack, BUFFER_MIN, size < most ? size : most);
}

void
send_grow(struct tct_conn *c)
{
	struct flight *f = flight_of(c);

	if (f)
		f->send_size = send_size(c);
}

/* ---- to receive ----------------------------------------------------------------------------- */

/* Whatever others hold. */
uint32_t
window_size(const struct tct_conn *c)
{
	uint32_t size = c->stack->window_first << c->window_grown;
	uint32_t most = c->stack->config.receive_window;

	return size < most ? size : most;
}

uint32_t
window_grown_space(const struct tct_conn *c)
{
	return share_of(c->stack, c->stack->window_first, window_size(c));
}

bool
window_opens(const struct tct_conn *c)
{
	return window_edge(c) != c->rcv_adv;
}

void
window_begin(struct tct_conn *c)
{
	c->rcv_adv = c->rcv_nxt + syn_window(c->stack);
	c->window_look = c->rcv_nxt + WINDOW_LOOK;
}

static void
begin_round(struct tct_conn *c, struct flight *f)
{
	f->window_from = c->rcv_nxt - c->rcvq.bytes;
	f->window_us = (uint32_t)c->stack->now_us;
}

/* The next edge to wait for. */
static void
begin_edge(struct tct_conn *c, struct flight *f)
{
	f->window_edge = c->rcv_adv;
	f->window_edge_us = (uint32_t)c->stack->now_us;
}

/* A round trip as this segment tells it; 0: it does not. */
static uint32_t
round_trip(struct tct_conn *c, struct flight *f, const struct packet *p)
{
	uint32_t age;

	if (c->flags & CONN_TIMESTAMPS) {
		age = c->stack->now - (p->opt.ts_ecr - c->ts_offset);
		return age < UINT16_MAX ? (age ? age : 1) << TICK_SHIFT : 0;
	}
	if (seq_lt(c->rcv_nxt, f->window_edge))
		return 0;
	age = (uint32_t)c->stack->now_us - f->window_edge_us;
	begin_edge(c, f);
	return age ? age : 1;
}

/* A shorter one is believed at once: what makes it longer is most often a peer that had nothing to
 * send. */
static void
take_round_trip(struct flight *f, uint32_t rtt_us)
{
	uint32_t known = f->window_rtt_us;

	if (!known || rtt_us < known)
		f->window_rtt_us = rtt_us;
	else
		f->window_rtt_us += (rtt_us - known) >> RTT_SHIFT;
}

/* Is a round over? What was sent, if anything was, is timed better. Seven eighths do: what comes in
 * bursts, one each round trip, must not wait for the one after next. */
static bool
round_over(const struct tct_conn *c, const struct flight *f)
{
	uint32_t rtt_us = f->window_rtt_us;

	if (c->srtt_us && (!rtt_us || c->srtt_us < rtt_us))
		rtt_us = c->srtt_us;
	return rtt_us && (uint32_t)c->stack->now_us - f->window_us >= rtt_us - (rtt_us >> 3);
}

static void
grow_window(struct tct_conn *c, uint32_t taken)
{
	while (c->window_grown < WINDOW_GROWN_MAX && window_size(c) / 4 < taken &&
	       window_size(c) < c->stack->config.receive_window)
		c->window_grown++;
}

/* Text came, and rcv_nxt has reached window_look. */
void
window_tune(struct tct_conn *c, const struct packet *p)
{
	struct flight *f;
	uint32_t rtt_us;

	if (window_size(c) == c->stack->config.receive_window) {
		c->window_look = c->rcv_nxt + WINDOW_SETTLED;
		return;
	}
	f = flight_take(c);
	if (!f) {
		c->window_look = c->rcv_nxt + WINDOW_LOOK;
		return;
	}
	c->window_look = c->rcv_nxt + 2 * c->mss;
	if (!f->window_timed) {
		f->window_timed = true;
		begin_round(c, f);
		begin_edge(c, f);
	}
	rtt_us = round_trip(c, f, p);
	if (rtt_us)
		take_round_trip(f, rtt_us);
	if (!round_over(c, f))
		return;
	grow_window(c, c->rcv_nxt - c->rcvq.bytes - f->window_from);
	begin_round(c, f);
}
