/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CUBIC in integers against RFC 9438 in floating point, in segments and seconds as the RFC has it,
 * over simulated minutes. Tolerance: 0.3 % and one segment, for ticks and milliseconds rounded
 * down.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcp/internal.h"

#define C	   0.4
#define BETA	   0.7
#define ALPHA	   (3 * (1 - BETA) / (1 + BETA))
#define TICK_S	   1.024e-3
#define TOLERANCE  0.003
#define ACKS_A_RTT 20

struct model {
	double cwnd, ssthresh; /* segments */
	double w_max, k, epoch, w_est, cwnd_prior;
	bool running, after_timeout;
};

struct sender {
	struct tct_conn conn;
	struct flight flight;
	struct model m;
};

static struct tcp_stack stack;
static struct counters counters;
static double exact_s;

static double
now_s(void)
{
	return stack.now * TICK_S;
}

static void
sleep_s(double s)
{
	exact_s += s;
	stack.now = (uint32_t)(exact_s / TICK_S);
}

/* In congestion avoidance with so many segments, after no loss yet. */
static void
start(struct sender *s, uint16_t mss, double segments, uint32_t rtt_ms)
{
	memset(s, 0, sizeof(*s));
	stack.counters = &counters;
	exact_s = 1;
	stack.now = (uint32_t)(exact_s / TICK_S);
	s->conn.stack = &stack;
	s->conn.mss = mss;
	s->conn.srtt_us = rtt_ms * 1000;
	s->conn.cwnd = (uint32_t)(segments * mss);
	s->conn.ssthresh = UINT32_MAX;
	s->conn.rto_ticks = 2 * rtt_ms + 200;
	s->flight.control = &cc_cubic;
	s->flight.limited = true;
	s->flight.sent_tick = stack.now;
	s->flight.control->init(&s->conn, &s->flight);
	s->m.cwnd = segments;
	s->m.ssthresh = INFINITY;
}

/* ---- RFC 9438, section by section ----------------------------------------------------------- */

static double
w_cubic(const struct model *m, double t) /* 4.2 */
{
	return C * pow(t - m->k, 3) + m->w_max;
}

static void
model_begin(struct model *m)
{
	m->running = true;
	m->epoch = now_s();
	m->w_est = m->cwnd;
	if (m->after_timeout || m->w_max < m->cwnd) /* 4.8 */
		m->w_max = m->cwnd;
	m->after_timeout = false;
	m->k = cbrt((m->w_max - m->cwnd) / C);
}

static void
model_avoid(struct model *m, double acked, double rtt)
{
	double t, target;

	if (!m->running)
		model_begin(m);
	t = now_s() - m->epoch;
	m->w_est += (m->w_est < m->cwnd_prior ? ALPHA : 1) * acked / m->cwnd; /* 4.3 */
	if (w_cubic(m, t) < m->w_est) {
		m->cwnd = fmax(m->cwnd, m->w_est);
		return;
	}
	target = fmin(fmax(w_cubic(m, t + rtt), m->cwnd), 1.5 * m->cwnd); /* 4.4, 4.5 */
	m->cwnd += (target - m->cwnd) / m->cwnd * acked;
}

static void
model_reduce(struct model *m) /* 4.6, 4.7 */
{
	m->w_max = m->cwnd < m->w_max ? m->cwnd * (1 + BETA) / 2 : m->cwnd;
	m->cwnd_prior = m->cwnd;
	m->ssthresh = fmax(m->cwnd * BETA, 2);
	m->running = false;
}

/* ---- both ----------------------------------------------------------------------------------- */

static void
compare(const struct sender *s)
{
	double is = (double)s->conn.cwnd / s->conn.mss, model = s->m.cwnd;

	if (fabs(is - model) > 1 + TOLERANCE * model)
		fail_msg("at %.3f s: cwnd %.2f segments, by the RFC %.2f", now_s(), is, model);
}

/* One round trip in which the whole window is acknowledged. */
static void
round_trip(struct sender *s)
{
	double rtt = s->conn.srtt_us * 1e-6;
	uint32_t acked = s->conn.cwnd / ACKS_A_RTT + 1;
	double segments = s->m.cwnd / ACKS_A_RTT;

	for (unsigned i = 0; i < ACKS_A_RTT; i++) {
		sleep_s(rtt / ACKS_A_RTT);
		s->flight.control->avoid(&s->conn, &s->flight, acked);
		model_avoid(&s->m, segments, rtt);
	}
	s->flight.sent_tick = stack.now;
	compare(s);
}

static void
run_s(struct sender *s, double seconds)
{
	for (double end = now_s() + seconds; now_s() < end;)
		round_trip(s);
}

static void
lose(struct sender *s)
{
	congestion_reduce(&s->conn, &s->flight);
	s->conn.cwnd = s->conn.ssthresh;
	model_reduce(&s->m);
	s->m.cwnd = s->m.ssthresh;
	compare(s);
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* 4.2 to 4.5: down to 0.7, up to W_max at K, and beyond. */
static void
curve(void **state)
{
	static const uint16_t mss[] = {64, 536, 1460, 8960};
	static const uint32_t rtt_ms[] = {20, 100, 300};
	static const double windows[] = {200, 3000, 60000};
	struct sender s;

	for (unsigned i = 0; i < 4 * 3 * 3; i++) {
		double w = windows[i / 12];

		start(&s, mss[i % 4], w, rtt_ms[i / 4 % 3]);
		lose(&s);
		assert_true(fabs((double)s.conn.cwnd / s.conn.mss / (BETA * w) - 1) < 0.01);
		run_s(&s, cbrt(w * (1 - BETA) / C)); /* K */
		if (w > 200)
			assert_true(fabs((double)s.conn.cwnd / s.conn.mss / w - 1) < 0.02);
		run_s(&s, 60);
	}
}

/* 4.3: on a short path the window of NewReno is the larger one. alpha until the old window, 1
 * beyond it. */
static void
reno_friendly(void **state)
{
	struct sender s;
	double before;

	start(&s, 1000, 20, 10);
	lose(&s);
	for (int i = 0; i < 8; i++)
		round_trip(&s);
	before = s.conn.cwnd;
	assert_true(fabs(before - (14000 + 8 * ALPHA * 1000)) < 300);
	run_s(&s, 0.2);
	before = s.conn.cwnd;
	assert_true(before > 20000);
	for (int i = 0; i < 10; i++)
		round_trip(&s);
	assert_true(fabs(s.conn.cwnd - before - 10000) < 1000);
}

/* 4.7: a second loss below the first one's window leaves room. */
static void
fast_convergence(void **state)
{
	struct sender s;

	start(&s, 1460, 3000, 100);
	lose(&s);
	run_s(&s, 2);
	assert_true(s.m.cwnd < 3000);
	lose(&s);
	assert_true(s.m.w_max < 2600);
	run_s(&s, s.m.running ? 0 : 0.2);
	run_s(&s, s.m.k); /* the plateau is at W_max */
	assert_true(fabs((double)s.conn.cwnd / 1460 / s.m.w_max - 1) < 0.02);
	run_s(&s, 30);
	lose(&s);
	assert_true(s.m.w_max == s.m.cwnd_prior);
	run_s(&s, 30);
}

/* 4.8: after a timeout the curve begins where slow start ended, with K 0. */
static void
timeout(void **state)
{
	struct sender s;

	start(&s, 1460, 1000, 100);
	congestion_reduce(&s.conn, &s.flight);
	s.flight.control->timeout(&s.conn, &s.flight);
	model_reduce(&s.m);
	s.m.after_timeout = true;
	s.conn.cwnd = s.conn.ssthresh; /* by slow start */
	s.m.cwnd = s.m.ssthresh;
	run_s(&s, 20);
	assert_true(s.m.k == 0);
	lose(&s);
	run_s(&s, 20); /* the loss after it is one like any other */
}

/* 4.9: as if the loss had not been. */
static void
undo(void **state)
{
	struct sender s;
	struct model m;
	uint32_t cwnd;

	start(&s, 1460, 3000, 100);
	lose(&s);
	run_s(&s, 3);
	m = s.m;
	cwnd = s.conn.cwnd;
	congestion_reduce(&s.conn, &s.flight);
	s.flight.control->timeout(&s.conn, &s.flight);
	s.conn.cwnd = s.conn.ssthresh;
	s.m.cwnd = s.conn.cwnd;
	s.flight.control->avoid(&s.conn, &s.flight, 1460); /* a new epoch has begun */
	s.flight.control->undo(&s.conn, &s.flight);
	s.conn.cwnd = cwnd;
	s.m = m;
	run_s(&s, 30);
}

/* 5.8: the curve does not go on while nothing is sent. */
static void
idle(void **state)
{
	struct sender s;
	double t;

	start(&s, 1460, 3000, 100);
	lose(&s);
	run_s(&s, 5);
	t = now_s();
	sleep_s(s.conn.rto_ticks * TICK_S - 0.01); /* short of a restart */
	congestion_restart(&s.conn, &s.flight);
	s.m.epoch += now_s() - t;
	run_s(&s, 30);
}

/* The epoch began with the last ACK, after the last segment, and the next ACK comes sooner. */
static void
idle_after_first_ack(void **state)
{
	struct sender s;
	uint32_t before;

	start(&s, 1460, 3000, 100);
	lose(&s);
	s.flight.sent_tick = stack.now;
	sleep_s(0.1);
	s.flight.control->avoid(&s.conn, &s.flight, 1460);
	sleep_s(0.1);
	congestion_restart(&s.conn, &s.flight);
	sleep_s(0.05);
	before = s.conn.cwnd;
	s.flight.control->avoid(&s.conn, &s.flight, s.conn.cwnd / 10);
	assert_true(s.conn.cwnd - before < before / 50);
}

/* However long, wide and fine: never down, never up by more than half a round trip, never beyond
 * 2^30. */
static void
extremes(void **state)
{
	static const uint16_t mss[] = {64, 1460, 8960, 65535};
	static const uint32_t windows[] = {2, 1000, 1u << 14};
	struct sender s;

	for (unsigned i = 0; i < 4 * 3 * 2; i++) {
		uint32_t before, prior;

		start(&s, mss[i % 4], windows[i / 4 % 3], i & 1 ? 1 : 4000000);
		if (i >= 12)
			s.conn.cwnd = 1u << 30;
		prior = s.conn.cwnd;
		congestion_reduce(&s.conn, &s.flight);
		s.conn.cwnd = s.conn.ssthresh;
		assert_true(s.conn.cwnd < prior || prior <= 2u * s.conn.mss);
		for (unsigned day = 0; day < 40; day++) {
			before = s.conn.cwnd;
			congestion_acked(&s.conn, &s.flight, before, before, s.conn.snd_una);
			assert_true(s.conn.cwnd >= before);
			assert_true(s.conn.cwnd <= before + before / 2 + s.conn.mss);
			assert_true(s.conn.cwnd <= 1u << 30);
			stack.now += 86400u * 1000 / (i & 2 ? 1 : 100000);
		}
		assert_true(s.conn.cwnd > before || before == 1u << 30);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curve),
		cmocka_unit_test(reno_friendly),
		cmocka_unit_test(fast_convergence),
		cmocka_unit_test(timeout),
		cmocka_unit_test(undo),
		cmocka_unit_test(idle),
		cmocka_unit_test(idle_after_first_ack),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
