/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The segment that is expected goes a way of its own, lib/tcp/expected.c, and must do there what
 * it would do on the general one.
 *
 * Every case runs both ways (dsl.c). Here random traffic does, on two connections side by side: the
 * segments of one say CWR, which means nothing without ECN, and so are not what is expected.
 */
#include "dsl.h"

#define ROUNDS 240
#define STEPS  60

/* What happens to both in a step: to the connection, and in its callbacks. */
static struct {
	struct segment in;
	uint32_t send;
	void (*call)(struct tct_conn *c);
	void (*on_data)(struct tct_conn *c);
} plan;

static uint32_t
below(uint32_t n)
{
	static uint32_t x = 3; /* with 1, nobody waits for a window long enough */

	x = x * 1103515245 + 12345;
	return (x >> 8) % n;
}

static void
answer(struct tct_conn *c)
{
	tct_send(c, "answer", 6, 0);
}

static void
answer_and_close(struct tct_conn *c)
{
	answer(c);
	tct_close(c);
}

static void
keep_alive(struct tct_conn *c)
{
	tct_set_keepalive(c, 1000);
}

static void
data_came(struct tct_conn *c, const struct tct_data *d)
{
	if (plan.on_data)
		plan.on_data(c);
}

/* Nearly always the one that c expects, but for one thing or another. */
static struct segment
random_segment(const struct tct_conn *c)
{
	struct segment s = {SEGMENT_DEFAULTS, .flags = ACK};

	s.seq = c->rcv_nxt;
	s.ack = (int64_t)(c->snd_max - dsl_this()->iss);
	s.len = below(2) ? 0 : below(8) ? 1 + below(300) : 1000 + below(400);
	s.flags |= below(2) ? PSH : 0;
	s.flags |= below(12) ? 0 : FIN;
	s.flags |= below(60) ? 0 : URG;
	s.flags |= below(60) ? 0 : ECE;
	s.flags |= below(60) ? 0 : SYN;
	s.flags |= below(120) ? 0 : RST;
	s.wnd = below(4) ? 65535 : below(4) ? below(2000) : 0;
	s.tos = 4 * below(2);
	s.ack -= below(8) ? 0 : below(40);
	s.ack += below(60) ? 0 : below(2);
	s.seq += below(8) ? 0 : (int64_t)below(100) - 50;
	s.seq = (uint32_t)s.seq;
	if (!below(16))
		s.ts = c->flags & CONN_TIMESTAMPS ? ABSENT : 1;
	else if (!below(8))
		s.ts_val = 1000 + (int64_t)(rig.now_us / 1000) - below(40);
	return s;
}

static void
random_step(const struct tct_conn *c)
{
	static void (*const calls[])(struct tct_conn *) = {tct_close,	 tct_pause,  tct_resume,
							   dsl_shutdown, keep_alive, answer};

	memset(&plan, 0, sizeof(plan));
	plan.in = random_segment(c);
	plan.send = below(5) ? 0 : below(6) ? 1 + below(300) : 1 + below(6000);
	plan.call = below(12) ? NULL : calls[below(RTE_DIM(calls))];
	plan.on_data = below(3)	  ? NULL
		       : below(4) ? answer
		       : below(4) ? answer_and_close
				  : tct_pause;
}

/* What must be the same of the two: numbers count from the ISS, and of other records is only said
 * whether they are there. */
static struct tct_conn
comparable(const struct peer *p)
{
	struct tct_conn c = *p->conn;

	memset(&c.tuple, 0, sizeof(c.tuple));
	memset(&c.armed, 0, sizeof(c.armed));
	c.send_next = c.generation = c.hash = c.ts_offset = 0;
	c.snd_una -= p->iss;
	c.snd_nxt -= p->iss;
	c.snd_max -= p->iss;
	c.snd_wl2 -= p->iss;
	c.sndq.first_bytes = NULL;
	c.sndq.first_owner = 0;
	c.sndq.tail = c.rcvq.tail = 0;
	c.sndq.head = c.sndq.head != POOL_NONE;
	c.rcvq.head = c.rcvq.head != POOL_NONE;
	c.reorder = c.reorder != POOL_NONE;
	c.flight = c.flight != POOL_NONE;
	return c;
}

/* The first of the two is as a peer would have it; the other one's segments say CWR. */
static void
step_of(unsigned peer, bool marked, struct counters *counted)
{
	static const char text[6000];
	struct counters before = rig.counters;

	PEER(peer);
	if (plan.call)
		plan.call(dsl_this()->conn);
	if (plan.send && dsl_this()->conn)
		tct_send(dsl_this()->conn, text, plan.send, 0);
	if (marked)
		plan.in.flags |= CWR;
	dsl_in(HERE, &plan.in);
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		counted->v[i] = rig.counters.v[i] - before.v[i];
}

/* False when both have ended. */
static bool
are_same(unsigned peer)
{
	const struct peer *p = &dsl.peers[peer], *q = &dsl.peers[peer + 1];
	struct tct_conn a, b;

	CHECK(!p->conn == !q->conn);
	CHECK(p->received == q->received);
	if (!p->conn)
		return false;
	a = comparable(p);
	b = comparable(q);
	CHECK(!memcmp(&a, &b, sizeof(a)));
	return true;
}

static void
establish_both(unsigned peer)
{
	bool timestamps = below(4);
	struct segment syn = {SEGMENT_DEFAULTS, .flags = 0, .seq = 100, .mss = 1400};

	syn.wnd = below(2) ? 65535 : 1000;
	syn.wscale = below(2) ? below(8) : UNSAID;
	syn.sack = 1;
	syn.ts = timestamps ? 1 : UNSAID;
	dsl.quiet = false;
	for (unsigned i = 0; i < 2; i++) {
		PEER(peer + i);
		dsl_establish(HERE, &syn);
	}
	dsl.quiet = true;
}

CASE(acked_before_resent, "all is acknowledged before it could be sent again")
{
	ESTABLISH_UNTIMED(.mss = 1400);
	SEND("data");
	OUT(PSH | ACK, .seq = 1, .data = "data");
	rig.spare_max = 0;
	RUN_MS(1100);
	NOTHING();
	IN(ACK);
	NOTHING();
	rig.spare_max = 200;
	POLL();
	SEND("more");
	OUT(PSH | ACK, .seq = 5, .data = "more");
	IN(ACK);
}

CASE(fin_waits_for_ack, "without a record of flight a FIN waits until the data is acknowledged")
{
	MEMORY(flights) = 1;
	ESTABLISH(.mss = 1400);
	SEND_BYTES(2800); /* takes the record */
	SKIP();
	PEER(1);
	ESTABLISH(.mss = 1400);
	SEND("data");
	OUT(PSH | ACK, .data = "data");
	SHUTDOWN();
	NOTHING();
	IN(ACK);
	OUT(FIN | ACK);
	IN(ACK);
	STATE(FIN_WAIT_2);
	dsl.quiet = true;
}

CASE(fin_untimed, "data is timed, a FIN is not: nothing is sent after it")
{
	uint32_t srtt_us;

	ESTABLISH(.mss = 1400);
	SEND("data");
	OUT(PSH | ACK, .data = "data");
	RUN_MS(50);
	IN(ACK);
	srtt_us = dsl_conn()->srtt_us;
	CHECK(srtt_us > 5000);
	SHUTDOWN();
	OUT(FIN | ACK);
	RUN_MS(150);
	IN(ACK);
	STATE(FIN_WAIT_2);
	CHECK(dsl_conn()->srtt_us == srtt_us);
}

CASE(held_no_room, "a FIN behind text that could not be held is not taken either")
{
	MEMORY(mbufs) = 64;
	ESTABLISH(.mss = 1400);
	PAUSE();
	for (unsigned i = 0; i < 64; i++) {
		IN(PSH | ACK, .len = 600); /* too long to share a buffer */
		SKIP();
	}
	IN(FIN | PSH | ACK, .len = 600);
	COUNTER(DROP_TCP_NO_ROOM, 1);
	STATE(ESTABLISHED);
	dsl.quiet = true;
}

static void
close_now(struct tct_conn *c, const struct tct_data *d)
{
	tct_close(c);
}

CASE(fin_behind_a_part, "a FIN behind text that was taken in part is none yet", 3_10_7_4_fin)
{
	struct segment s = {SEGMENT_DEFAULTS, .flags = FIN | PSH | ACK, .len = 600};
	uint8_t frame[2048];
	unsigned len;

	ESTABLISH(.mss = 1000);
	dsl.on_data = close_now;
	len = dsl_build(&s, frame);
	CHECK(rig_frame_cut(frame, len, 256) == COUNTER_NONE);
	POLL();
	STATE(FIN_WAIT_1);
	SKIP();
	IN(FIN | PSH | ACK, .len = 600, .seq = 101);
	SKIP();
	STATE(CLOSED);
	EVENT(closed, TCT_DATA_AFTER_CLOSE);
	dsl.quiet = true;
}

CASE(both_ways, "a segment has the same effect on either way")
{
	dsl.on_data = data_came;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned peer = 2 * round;

		establish_both(peer);
		for (unsigned i = 0; i < STEPS && are_same(peer); i++) {
			struct counters counted[2];

			PEER(peer);
			random_step(dsl.peers[peer].conn);
			step_of(peer, false, &counted[0]);
			step_of(peer + 1, true, &counted[1]);
			CHECK(!memcmp(&counted[0], &counted[1], sizeof(counted[0])));
			if (!below(3))
				RUN_MS(below(4) ? below(60) : below(2000));
		}
		for (unsigned i = 0; i < 2; i++)
			if (dsl.peers[peer + i].conn)
				tct_abort(dsl.peers[peer + i].conn);
		rig_poll();
	}
}
