/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scoreboard against a model that knows each byte, under random sends, ACKs, SACKs, losses,
 * resends and rewinds, around the wrap of sequence numbers and of the clock; with places enough,
 * and with far too few of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcp/internal.h"

#define BYTES	  8192 /* in flight at most */
#define MSS	  100
#define ROUNDS	  60000
#define FIRST_UNA (UINT32_MAX - 100000)

struct byte {
	uint32_t xmit_us;
	uint8_t flags;
};

static struct tcp_stack stack;
static struct tct_conn conn, *const c = &conn;
static struct counters counters;
static struct flight *f;

/* The model: bytes[i] is the one at snd_una + i. */
static struct byte bytes[BYTES], actual[BYTES];
static uint32_t model_fack;

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)rand() % n;
}

static uint32_t
in_flight(void)
{
	return c->snd_nxt - c->snd_una;
}

static uint64_t
full(void)
{
	return counters.v[COUNTER_TCP_RANGE_FULL];
}

static void
start(uint32_t ranges)
{
	memset(&stack, 0, sizeof(stack));
	memset(&conn, 0, sizeof(conn));
	memset(&counters, 0, sizeof(counters));
	stack.counters = &counters;
	stack.congestion = &cc_newreno;
	stack.now_us = UINT32_MAX - 1000000ull;
	assert_int_equal(pool_init(&stack.flights, 1, sizeof(struct flight), -1), 0);
	assert_int_equal(pool_init(&stack.ranges, ranges, sizeof(struct range), -1), 0);
	c->stack = &stack;
	c->mss = MSS;
	c->flight = POOL_NONE;
	c->snd_una = c->snd_nxt = c->snd_max = FIRST_UNA;
	f = flight_take(c);
	assert_non_null(f);
	model_fack = c->snd_una;
}

static void
finish(void)
{
	flight_free(c);
	assert_int_equal(stack.ranges.used, 0);
	assert_int_equal(stack.flights.used, 0);
	pool_fini(&stack.ranges);
	pool_fini(&stack.flights);
}

/* Reads the scoreboard into actual[], and holds it against itself. */
static void
read_actual(void)
{
	uint32_t seq = c->snd_una, lost = 0, sacked = 0, ranges = 0, before = 0;

	FLIGHT_EACH(&stack.ranges, f, r)
	{
		assert_int_equal(r->start, seq);
		assert_true(seq_lt(r->start, r->end));
		assert_false(before & r->flags & RANGE_SACKED); /* they would be one */
		for (; seq != r->end; seq++)
			actual[seq - c->snd_una] = (struct byte){r->xmit_us, r->flags};
		lost += r->flags & RANGE_LOST ? r->end - r->start : 0;
		sacked += r->flags & RANGE_SACKED ? r->end - r->start : 0;
		before = r->flags;
		ranges++;
		if (r->next == POOL_NONE)
			assert_ptr_equal(r, pool_at(&stack.ranges, f->tail));
	}
	assert_int_equal(seq, c->snd_nxt);
	assert_int_equal(f->bytes, in_flight());
	assert_int_equal(f->lost_bytes, lost);
	assert_int_equal(f->sacked_bytes, sacked);
	assert_int_equal(stack.ranges.used, ranges);
}

static bool
same(const struct byte *a, const struct byte *b)
{
	return a->flags == b->flags && (a->flags & RANGE_SACKED || a->xmit_us == b->xmit_us);
}

/* The scoreboard says of each byte what the model does. */
static void
compare(void)
{
	read_actual();
	for (uint32_t i = 0; i < in_flight(); i++)
		assert_true(same(&actual[i], &bytes[i]));
	assert_int_equal(f->fack, model_fack);
}

/* ---- what an ACK delivers ------------------------------------------------------------------- */

/* Byte i, not known to be received before, is. */
static void
model_deliver(uint32_t i, struct delivery *d)
{
	const struct byte *b = &bytes[i];
	uint32_t end = c->snd_una + i + 1;

	d->delivered++;
	if (b->flags & RANGE_RETRANS) {
		d->retransmitted = true;
		if (d->now_us - b->xmit_us < d->min_rtt_us)
			goto out;
	} else {
		d->reordered |= seq_lt(end, d->fack);
		if (!d->rtt || seq_lt(b->xmit_us, d->oldest_us))
			d->oldest_us = b->xmit_us;
		d->rtt = true;
	}
	if (!d->newest || seq_gt(b->xmit_us, d->newest_us) ||
	    (b->xmit_us == d->newest_us && seq_gt(end, d->newest_end))) {
		d->newest_us = b->xmit_us;
		d->newest_end = end;
	}
	d->newest = true;
out:
	if (seq_gt(end, model_fack))
		model_fack = end;
}

static struct delivery
delivery_begin(void)
{
	return (struct delivery){
		.now_us = (uint32_t)stack.now_us,
		.min_rtt_us = random_below(2) ? 0 : 300,
		.echo_age_ticks = UINT32_MAX,
		.fack = f->fack,
	};
}

/* fack_known: the byte below fack is received, so that no range that is not can end there. */
static void
compare_delivery(const struct delivery *is, const struct delivery *model, bool fack_known)
{
	assert_int_equal(is->delivered, model->delivered);
	assert_int_equal(is->sacked, model->sacked);
	assert_int_equal(is->rtt, model->rtt);
	assert_int_equal(is->newest, model->newest);
	assert_int_equal(is->retransmitted, model->retransmitted);
	if (fack_known)
		assert_int_equal(is->reordered, model->reordered);
	if (is->rtt)
		assert_int_equal(is->oldest_us, model->oldest_us);
	if (is->newest) {
		assert_int_equal(is->newest_us, model->newest_us);
		assert_int_equal(is->newest_end, model->newest_end);
	}
}

static bool
fack_is_known(void)
{
	uint32_t i = f->fack - 1 - c->snd_una;

	return f->fack == c->snd_una || (i < in_flight() && bytes[i].flags & RANGE_SACKED);
}

/* ---- operations ----------------------------------------------------------------------------- */

static void
op_send(void)
{
	uint32_t len = 1 + random_below(3 * MSS);
	unsigned flags = c->flags & CONN_REWOUND ? RANGE_RETRANS : 0;

	if (in_flight() + len > BYTES || !flight_has_room(c, f))
		return;
	flight_sent(c, f, c->snd_nxt, c->snd_nxt + len, flags);
	for (uint32_t i = 0; i < len; i++)
		bytes[in_flight() + i] = (struct byte){(uint32_t)stack.now_us, (uint8_t)flags};
	c->snd_nxt += len;
	if (seq_ge(c->snd_nxt, c->snd_max)) {
		c->snd_max = c->snd_nxt;
		c->flags &= ~CONN_REWOUND;
	}
	compare();
}

static void
op_ack(void)
{
	uint32_t n = 1 + random_below(in_flight());
	struct delivery d = delivery_begin(), model = d;
	bool known = fack_is_known();

	for (uint32_t i = 0; i < n; i++)
		if (!(bytes[i].flags & RANGE_SACKED))
			model_deliver(i, &model);
	flight_ack(c, f, c->snd_una + n, &d);
	memmove(bytes, bytes + n, (in_flight() - n) * sizeof(bytes[0]));
	c->snd_una += n;
	if (seq_lt(model_fack, c->snd_una))
		model_fack = c->snd_una;
	compare();
	compare_delivery(&d, &model, known);
}

static void
op_sack(void)
{
	uint32_t left = random_below(in_flight());
	uint32_t right = left + 1 + random_below(in_flight() - left);
	struct delivery d = delivery_begin(), model = d;
	uint64_t before = full();
	bool known = fack_is_known();

	flight_sack(c, f, c->snd_una + left, c->snd_una + right, &d);
	read_actual();
	for (uint32_t i = left; i < right; i++) {
		bool refused = full() != before && !(actual[i].flags & RANGE_SACKED);

		if (bytes[i].flags & RANGE_SACKED || refused)
			continue;
		model_deliver(i, &model);
		model.sacked++;
		bytes[i].flags = RANGE_SACKED;
	}
	compare();
	compare_delivery(&d, &model, known);
}

static struct range *
random_range(void)
{
	uint32_t n = random_below(stack.ranges.used);

	FLIGHT_EACH(&stack.ranges, f, r)
	if (n-- == 0)
		return r;
	return NULL;
}

static void
op_mark_lost(void)
{
	struct range *r = random_range();

	flight_mark_lost(f, r);
	for (uint32_t i = r->start - c->snd_una; i < r->end - c->snd_una; i++)
		if (!(bytes[i].flags & RANGE_SACKED))
			bytes[i].flags |= RANGE_LOST;
	compare();
}

static void
op_mark_first_lost(void)
{
	const struct range *first = pool_at(&stack.ranges, f->head);
	uint32_t len = first->end - first->start, n = len < MSS ? len : MSS;
	uint64_t before = full();

	flight_mark_first_lost(c, f, MSS);
	if (full() != before)
		n = len;
	for (uint32_t i = 0; i < n && !(bytes[0].flags & RANGE_SACKED); i++)
		bytes[i].flags |= RANGE_LOST;
	compare();
}

static void
op_all(void)
{
	uint8_t set = 0, clear = 0;

	switch (random_below(4)) {
	case 0:
		flight_unmark_lost(c, f);
		clear = RANGE_LOST;
		break;
	case 1:
		flight_forget_sacked(c, f);
		clear = RANGE_SACKED;
		break;
	default:
		flight_mark_all_lost(c, f);
		set = RANGE_LOST;
	}
	read_actual();
	for (uint32_t i = 0; i < in_flight(); i++) {
		bool keep = set && bytes[i].flags & RANGE_SACKED;

		bytes[i].flags = (uint8_t)((bytes[i].flags & ~clear) | (keep ? 0 : set));
		if (clear == RANGE_SACKED)
			bytes[i].xmit_us = actual[i].xmit_us;
	}
	compare();
}

static void
op_resend(void)
{
	struct range *r = flight_first_lost(c, f);
	uint32_t first = 0, len;
	uint64_t before = full();

	while (first < in_flight() && !(bytes[first].flags & RANGE_LOST))
		first++;
	assert_int_equal(!r, first == in_flight());
	if (!r)
		return;
	assert_int_equal(r->start, c->snd_una + first);
	len = r->end - r->start < MSS ? r->end - r->start : MSS;
	flight_resent(c, f, r, len);
	if (full() != before)
		len = r->end - r->start;
	for (uint32_t i = first; i < first + len; i++)
		bytes[i] = (struct byte){(uint32_t)stack.now_us, RANGE_RETRANS};
	compare();
}

static void
op_last(void)
{
	uint64_t before = full();
	const struct range *r;

	if (bytes[in_flight() - 1].flags & RANGE_SACKED)
		return; /* no probe is sent then */
	r = flight_last(c, f, MSS);
	compare();
	assert_int_equal(!r, full() != before);
	if (!r)
		return;
	assert_int_equal(r->end, c->snd_nxt);
	assert_true(r->end - r->start <= MSS);
}

static void
op_rewind(void)
{
	flight_rewind(c, f);
	c->snd_nxt = c->snd_una;
	c->flags |= c->snd_max != c->snd_nxt ? CONN_REWOUND : 0;
	compare();
	assert_int_equal(f->probe_at, TICK_NONE);
}

static void
random_operation(void)
{
	static void (*const some[])(void) = {op_send,	op_send,   op_send,	 op_ack,
					     op_sack,	op_sack,   op_mark_lost, op_mark_first_lost,
					     op_resend, op_resend, op_last};
	uint32_t n = random_below(200);

	stack.now_us += random_below(3) * 100;
	if (in_flight() == 0)
		op_send();
	else if (n == 0)
		op_rewind();
	else if (n < 4)
		op_all();
	else
		some[n % (sizeof(some) / sizeof(some[0]))]();
}

static void
model_of_bytes(uint32_t ranges, unsigned seed)
{
	srand(seed);
	start(ranges);
	for (unsigned i = 0; i < ROUNDS; i++)
		random_operation();
	assert_true(c->snd_una < FIRST_UNA); /* it has wrapped */
}

static void
scoreboard_is_the_model(void **state)
{
	model_of_bytes(BYTES, 1);
	assert_int_equal(full(), 0);
	finish();
}

static void
few_places(void **state)
{
	for (uint32_t ranges = 1; ranges < 10; ranges++) {
		model_of_bytes(ranges, ranges);
		assert_true(full() > 100);
		finish();
	}
}

/* ---- the record ----------------------------------------------------------------------------- */

static void
record_adopts_the_segment_in_flight(void **state)
{
	for (int timed = 0; timed < 2; timed++) {
		start(4);
		flight_free(c);
		c->snd_nxt = c->snd_max = c->snd_una + 77;
		c->flags = timed ? CONN_RTT_TIMING : 0;
		c->rtt_start_us = 4711;
		f = flight_take(c);
		read_actual();
		assert_int_equal(actual[0].flags, timed ? 0 : RANGE_RETRANS);
		assert_int_equal(actual[76].xmit_us, 4711);
		assert_false(c->flags & CONN_RTT_TIMING);
		assert_ptr_equal(flight_take(c), f);
		finish();
	}
}

static void
no_record_without_a_range(void **state)
{
	struct tct_conn other = {.stack = &stack, .flight = POOL_NONE};

	start(1);
	assert_null(flight_take(&other)); /* the one record is taken */
	assert_int_equal(counters.v[COUNTER_TCP_FLIGHT_FULL], 1);
	flight_sent(c, f, c->snd_nxt, c->snd_nxt + 1, 0);
	c->snd_nxt++;
	assert_true(flight_has_room(c, f)); /* what goes out now goes on */
	stack.now_us++;
	assert_false(flight_has_room(c, f));
	flight_free(c);
	assert_int_not_equal(pool_alloc(&stack.ranges), POOL_NONE);
	assert_null(flight_take(&other)); /* a record is free, a range is not */
	assert_int_equal(other.flight, POOL_NONE);
	pool_free(&stack.ranges, 0);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scoreboard_is_the_model),
		cmocka_unit_test(few_places),
		cmocka_unit_test(record_adopts_the_segment_in_flight),
		cmocka_unit_test(no_record_without_a_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
