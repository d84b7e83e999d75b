/* SPDX-License-Identifier: BSD-3-Clause */
/* The retransmission timeout against RFC 6298's formulas in floating point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcp/internal.h"

#define TICK_US 1024.0

struct model {
	double srtt, rttvar, rto; /* us; srtt 0: no sample */
};

static struct tcp_stack stack;
static struct tct_conn conn;

static void
start(uint32_t min_ms, uint32_t max_ms)
{
	struct tct_config config;

	tct_config_init(&config);
	memset(&conn, 0, sizeof(conn));
	stack.config = config.tcp;
	stack.config.min_rto_ms = min_ms;
	stack.config.max_rto_ms = max_ms;
	conn.stack = &stack;
	conn.rto_ticks = tick_after(0, 1000000);
}

static double
distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

static void
model_sample(struct model *m, double r, double min, double max)
{
	if (m->srtt == 0) {
		m->srtt = r;
		m->rttvar = r / 2;
	} else {
		m->rttvar = 0.75 * m->rttvar + 0.25 * distance(m->srtt, r);
		m->srtt = 0.875 * m->srtt + 0.125 * r;
	}
	m->rto = m->srtt + RTE_MAX(TICK_US, 4 * m->rttvar);
	m->rto = RTE_MIN(RTE_MAX(m->rto, min), max);
}

static void
follows_the_formula(void **state)
{
	srand(1);
	for (unsigned run = 0; run < 200; run++) {
		struct model m = {0, 0, 0};
		static const double scales[] = {100, 1000, 10000, 100000, 1000000}; /* us */
		double scale = scales[rand() % 5];

		start(1, 60000);
		for (unsigned i = 0; i < 200; i++) {
			uint32_t r = 1 + (uint32_t)(scale * (0.5 + rand() / (double)RAND_MAX));

			rtt_sample(&conn, r);
			model_sample(&m, r, 1000, 60000000);
			/* Integer arithmetic drops less than a few us a step. */
			assert_true(distance(conn.srtt_us, m.srtt) <= 16 + m.srtt / 100);
			assert_true(distance(conn.rttvar_us, m.rttvar) <= 16 + m.srtt / 100);
			assert_true(conn.rto_ticks * TICK_US >= m.rto - 100 - m.srtt / 20);
			assert_true(conn.rto_ticks * TICK_US <=
				    m.rto + 2 * TICK_US + 100 + m.srtt / 20);
		}
	}
}

static void
first_sample(void **state)
{
	start(1, 60000);
	rtt_sample(&conn, 100000);
	assert_int_equal(conn.srtt_us, 100000);
	assert_int_equal(conn.rttvar_us, 50000);
	assert_int_equal(conn.rto_ticks, tick_after(0, 300000));
	start(1, 60000);
	rtt_sample(&conn, 0); /* faster than the clock: still a sample */
	assert_int_equal(conn.srtt_us, 1);
}

static void
bounds(void **state)
{
	start(200, 60000);
	rtt_sample(&conn, 10);
	assert_int_equal(conn.rto_ticks, tick_after(0, 200000));
	start(200, 4000);
	rtt_sample(&conn, 3000000);
	assert_int_equal(conn.rto_ticks, tick_after(0, 4000000));
}

static void
back_off(void **state)
{
	start(200, 10000);
	for (unsigned i = 0, ticks = conn.rto_ticks; i < 100; i++) {
		assert_int_equal(conn.rto_ticks, ticks);
		rto_back_off(&conn);
		ticks = RTE_MIN(2 * ticks, tick_after(0, 10000000));
	}
	rtt_sample(&conn, 100000); /* a sample ends it */
	assert_int_equal(conn.rto_ticks, tick_after(0, 300000));
}

static void
probes_back_off_alone(void **state)
{
	start(200, 60000);
	for (unsigned i = 0; i < 256; i++) {
		uint64_t wanted = (uint64_t)conn.rto_ticks << RTE_MIN(i, 20u);

		conn.retransmits = (uint8_t)i;
		assert_int_equal(probe_interval(&conn), RTE_MIN(wanted, tick_after(0, 60000000)));
	}
	assert_int_equal(conn.rto_ticks, tick_after(0, 1000000));
}

static void
after_syn(void **state)
{
	start(200, 60000);
	rto_after_syn(&conn);
	assert_int_equal(conn.rto_ticks, tick_after(0, 1000000));
	conn.flags |= CONN_SYN_REXMIT;
	conn.rto_ticks *= 8;
	rto_after_syn(&conn);
	assert_int_equal(conn.rto_ticks, tick_after(0, 3000000));
	stack.config.initial_rto_ms = 5000;
	rto_after_syn(&conn);
	assert_int_equal(conn.rto_ticks, tick_after(0, 5000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_formula),
		cmocka_unit_test(first_sample),
		cmocka_unit_test(bounds),
		cmocka_unit_test(back_off),
		cmocka_unit_test(probes_back_off_alone),
		cmocka_unit_test(after_syn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
