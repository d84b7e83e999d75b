/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection owes the wire, paid once per poll.
 *
 * Input, timers and user calls only set flags and put the conn on the send list; tcp_flush() visits
 * each conn there once, sends what may be sent (data, FIN, ACK, probe, RST), sets the
 * retransmission timer and files the earliest deadline. So ACKs are aggregated (MUST-58, MUST-59),
 * and an answer carries the acknowledgment of its question. How a segment is made is in transmit.c.
 *
 * What is lost is sent again from the scoreboard (flight.h). A segment that was alone in flight,
 * and what was sent into a closed window, has no place there: it rewinds snd_nxt to snd_una, and
 * snd_max remembers how far the peer may acknowledge. What can't be sent for want of a buffer stays
 * on the list for the next poll.
 */
#include "single.h"

/* A flush ends when so many conns found no buffer or no room: the rest would find none either. */
#define FLUSH_REFUSED_MAX 64

/* Books [snd_nxt, snd_nxt + used) as sent. A segment that is alone in flight is timed if it was not
 * sent before (Karn: MUST-18). */
static void
conn_sent(struct tct_conn *c, uint32_t used)
{
	struct tcp_stack *s = c->stack;
	struct flight *f = flight_of(c);
	bool again = seq_lt(c->snd_nxt, c->snd_max);

	if (again)
		tcp_count(s, COUNTER_TCP_RETRANSMIT);
	if (f) {
		flight_sent(c, f, c->snd_nxt, c->snd_nxt + used, again ? RANGE_RETRANS : 0);
		recovery_sent(c, f, used, again);
		f->sent_tick = s->now;
	} else {
		c->flags = again ? c->flags & ~CONN_RTT_TIMING : c->flags | CONN_RTT_TIMING;
		c->rtt_start_us = (uint32_t)s->now_us;
	}
	c->snd_nxt += used;
	if (seq_ge(c->snd_nxt, c->snd_max)) {
		c->snd_max = c->snd_nxt;
		c->flags &= ~CONN_REWOUND;
	}
	if (c->rtx_at == TICK_NONE || c->flags & CONN_PERSIST) {
		c->rtx_at = tick_add(s->now, c->rto_ticks); /* RFC 6298 5.1 */
		c->flags &= ~CONN_PERSIST;
	}
}

/* Whether a segment that was not full is unacknowledged: Snd.sml of RFC 9293 A.3. */
static bool
small_in_flight(const struct tct_conn *c)
{
	const struct flight *f = flight_of(c);

	if (!f)
		return c->snd_nxt != c->snd_una && c->snd_nxt - c->snd_una < c->mss;
	return seq_gt(f->small_end, c->snd_una) && seq_le(f->small_end, c->snd_nxt);
}

/* Nagle (SHLD-7), as A.3 modifies it: the rest of a message does not wait for the acknowledgment of
 * its full segments, which the peer may delay. And sender silly-window avoidance (RFC 9293
 * 3.8.6.2.1, MUST-38). */
static bool
worth_sending(const struct tct_conn *c, uint32_t len, uint32_t avail)
{
	if (len >= c->mss || c->flags & CONN_REWOUND)
		return true;
	if (len == avail)
		return c->flags & (CONN_NODELAY | CONN_FIN_WANTED) || !small_in_flight(c);
	return len >= c->max_snd_wnd / 2;
}

/* What the peer's window has left for new data. A shrunk window is not negative: MUST-34. */
static uint32_t
window_room(const struct tct_conn *c)
{
	uint32_t used = c->snd_nxt - c->snd_una;

	return used < c->snd_wnd ? c->snd_wnd - used : 0;
}

/* What cwnd has left. */
static uint32_t
congestion_room(const struct tct_conn *c, const struct flight *f)
{
	uint32_t used = f ? flight_pipe(f) : c->snd_nxt - c->snd_una;

	return used < c->cwnd ? c->cwnd - used : 0;
}

/* The FIN went out: 3.10.4. */
void
fin_sent(struct tct_conn *c)
{
	c->flags |= CONN_FIN_SENT;
	if (c->state == STATE_ESTABLISHED)
		conn_set_state(c, STATE_FIN_WAIT_1);
	else if (c->state == STATE_CLOSE_WAIT)
		conn_set_state(c, STATE_LAST_ACK);
}

/*
 * Whether one more segment may be in flight: the second one needs a record, each one a place on the
 * scoreboard. What is refused is tried again with the next acknowledgment, or, when none is due, in
 * the next poll.
 */
static bool
may_follow(struct tct_conn *c)
{
	struct flight *f = flight_of(c);

	if (!f && c->snd_nxt == c->snd_una)
		return true;
	if (!f)
		f = flight_take(c);
	if (f && flight_has_room(c, f))
		return true;
	if (c->snd_nxt == c->snd_una)
		c->flags |= CONN_RETRY;
	return false;
}

/* Of len bytes that could be sent: the longest segment now, or what the port makes segments of. */
static void
choose_len(const struct tct_conn *c, struct segment_out *o, uint32_t len)
{
	uint32_t most = c->mss;

	if (len > most) {
		uint32_t tso = tso_max(c, len);

		if (tso) {
			o->len = tso;
			o->tso_segsz = tso_segment(c);
			return;
		}
		if (c->flags & CONN_PATH_LOWERED)
			most = path_segment_max(c, len);
	}
	o->len = len < most ? len : most;
}

/* Sends one segment of data, or the FIN, from snd_nxt; false when there is nothing to send or no
 * leave. probe: whatever cwnd says (RFC 8985 7.3). */
static bool
send_segment(struct tct_conn *c, bool probe)
{
	uint32_t end = conn_data_end(c);
	uint32_t avail = seq_lt(c->snd_nxt, end) ? end - c->snd_nxt : 0;
	uint32_t usable = window_room(c);
	uint32_t room = probe ? c->mss : congestion_room(c, flight_of(c));
	struct segment_out o = {.seq = c->snd_nxt, .flags = TCP_FLAG_ACK};
	uint32_t len;
	bool fin;

	usable = usable < room ? usable : room;
	len = avail < usable ? avail : usable;
	choose_len(c, &o, len);
	len = o.len;
	fin = c->flags & CONN_FIN_WANTED && !conn_fin_acked(c) && len == avail &&
	      seq_le(c->snd_nxt, end) && usable > len;
	if (!fin && (len == 0 || !worth_sending(c, len, avail)))
		return false;
	if (!may_follow(c))
		return false;
	o.offset = c->snd_nxt - c->snd_una;
	if (len && len == avail)
		o.flags |= TCP_FLAG_PSH; /* MUST-61 */
	if (fin)
		o.flags |= TCP_FLAG_FIN;
	if (!conn_transmit(c, &o))
		return false;
	if (unlikely(len > c->mss) && !o.tso_segsz)
		path_asked(c, o.seq + len);
	conn_sent(c, len + fin);
	if (len < c->mss && c->flight != POOL_NONE)
		flight_of(c)->small_end = c->snd_nxt;
	if (fin)
		fin_sent(c);
	return true;
}

/* Sends the first segment of r again, with the FIN if it lies there. */
static bool
resend_range(struct tct_conn *c, struct flight *f, struct range *r)
{
	struct segment_out o = {.seq = r->start, .flags = TCP_FLAG_ACK};
	uint32_t data = conn_data_end(c) - r->start;
	uint32_t len = r->end - r->start;
	bool first = r->start == c->snd_una, fin;

	o.offset = r->start - c->snd_una;
	o.len = len < data ? len : data;
	o.len = o.len < c->mss ? o.len : c->mss;
	fin = o.len == data && len > data;
	if (o.len && o.len == data)
		o.flags |= TCP_FLAG_PSH;
	if (fin)
		o.flags |= TCP_FLAG_FIN;
	if (!conn_transmit(c, &o))
		return false;
	tcp_count(c->stack, COUNTER_TCP_RETRANSMIT);
	flight_resent(c, f, r, o.len + fin);
	recovery_sent(c, f, o.len + fin, true);
	if (first || c->rtx_at == TICK_NONE) {
		c->rtx_at = tick_add(c->stack->now, c->rto_ticks);
		c->flags &= ~CONN_PERSIST;
	}
	return true;
}

/* Sends what is lost, as far as pipe and the peer's window allow: RFC 6675 5, step C. */
static bool
resend_lost(struct tct_conn *c, struct flight *f)
{
	struct range *r = flight_first_lost(c, f);
	uint32_t len;

	if (!r)
		return false;
	len = r->end - r->start < c->mss ? r->end - r->start : c->mss;
	if (seq_gt(r->start + len, c->snd_una + c->snd_wnd))
		return false; /* the window has shrunk: SHLD-15, SHLD-16 */
	if (!f->leave && congestion_room(c, f) < len)
		return false;
	return resend_range(c, f, r);
}

/* RFC 8985 7.3: new data if there is any, else the last segment again. */
static void
send_tail_probe(struct tct_conn *c, struct flight *f)
{
	struct range *r;

	if (f->bytes == 0 || f->sacked_bytes || f->state != RECOVERY_NONE) {
		f->probe_due = false;
		return;
	}
	if (send_segment(c, true)) {
		tlp_sent(c, f, 0);
		return;
	}
	r = c->flags & CONN_RETRY ? NULL : flight_last(c, f, c->mss);
	if (r && resend_range(c, f, r))
		tlp_sent(c, f, r->end - r->start);
	else if (!(c->flags & CONN_RETRY))
		f->probe_due = false;
}

/* Is it cwnd that keeps data back, and not the peer's window? */
static bool
is_limited(const struct tct_conn *c, const struct flight *f)
{
	uint32_t end = conn_data_end(c);
	uint32_t unsent = seq_lt(c->snd_nxt, end) ? end - c->snd_nxt : 0;
	uint32_t want = unsent < c->mss ? unsent : c->mss;

	if (f->lost_bytes)
		return true;
	return want && congestion_room(c, f) < want && window_room(c) >= want;
}

/* All full segments of new data but the last, if they are plain: one by one they would go just so.
 */
static void
send_run(struct tct_conn *c, struct flight *f)
{
	uint32_t end = conn_data_end(c);
	uint32_t avail = seq_lt(c->snd_nxt, end) ? end - c->snd_nxt : 0;
	uint32_t window = window_room(c), room = congestion_room(c, f), sent;

	room = window < room ? window : room;
	room = avail <= room ? avail - 1 : room;
	if (avail <= 2 * c->mss || room < 2 * c->mss || !run_may(c, f) || !may_follow(c))
		return;
	sent = run_send(c, room);
	if (sent)
		conn_sent(c, sent);
}

/* Data of a connection with a record: what is lost, then what is new. */
static void
flush_flight(struct tct_conn *c, struct flight *f)
{
	if (f->bytes == 0 && c->snd_nxt != conn_data_end(c))
		congestion_restart(c, f);
	send_run(c, f);
	while (resend_lost(c, f) || send_segment(c, false))
		;
	if (f->probe_due)
		send_tail_probe(c, f);
	f->limited = is_limited(c, f);
	if (f->timer_stale)
		tlp_arm(c, f);
}

/* Data or the FIN that was not sent, or is to be sent again. */
static bool
has_unsent(const struct tct_conn *c)
{
	uint32_t end = conn_data_end(c);

	return seq_lt(c->snd_nxt, end) || (c->flags & CONN_FIN_WANTED && c->snd_nxt == end);
}

static void
flush_data(struct tct_conn *c)
{
	while (c->flight == POOL_NONE && has_unsent(c) && send_segment(c, false))
		;
	if (c->flight != POOL_NONE)
		flush_flight(c, flight_of(c));
}

/* Is anything in the network that an ACK or the timer will speak of? */
static bool
in_flight(const struct tct_conn *c)
{
	const struct flight *f = flight_of(c);

	return f ? f->bytes != f->lost_bytes + f->sacked_bytes : c->snd_nxt != c->snd_una;
}

/*
 * The number of a segment without text. Not snd_nxt, which goes back to retransmit, and then lies
 * before the peer's window, so that the peer would drop what the segment acknowledges; nor what
 * lies beyond a window that the peer has shrunk.
 */
static uint32_t
empty_segment_seq(const struct tct_conn *c)
{
	uint32_t edge = c->snd_una + c->snd_wnd;

	return seq_lt(edge, c->snd_max) ? edge : c->snd_max;
}

static bool
send_ack(struct tct_conn *c)
{
	return conn_transmit(
		c, &(struct segment_out){.seq = empty_segment_seq(c), .flags = TCP_FLAG_ACK});
}

/*
 * What a path that loses segments leaves of a burst's one ACK may be nothing: then the peer waits
 * for its timer. So the bursts after a hole draw a train of ACKs, one for each segment as if they
 * had come apart (RFC 5681 4.2), once all of them are processed (MUST-59). Where a burst fills the
 * hole, the first tells the edge of what that delivered. Not more than a burst has segments: the
 * peer's may be larger than ours. False when there is no buffer.
 */
static bool
send_train(struct tct_conn *c)
{
	uint32_t last = c->rcv_nxt, step = conn_full_segment(c), edge;
	bool sent = true;

	if (c->quick_acks <= QUICK_ACKS)
		return true;
	edge = hole_edge(c);
	if (edge == last)
		return true;
	if (edge != c->rcv_acked) {
		c->rcv_nxt = edge;
		sent = send_ack(c);
	}
	c->quick_acks--;
	step = RTE_MAX(step, (last - edge) / TCP_BURST);
	while (sent && last - c->rcv_acked >= 2 * step) {
		c->rcv_nxt = c->rcv_acked + step;
		sent = send_ack(c);
	}
	c->rcv_nxt = last;
	c->flags |= CONN_ACK_NOW;
	return sent;
}

static void
send_acks(struct tct_conn *c)
{
	if (!send_train(c))
		return;
	for (unsigned n = hole_acks(c); n && send_ack(c); n--)
		;
}

/* SYN_SENT and SYN_RCVD: the SYN, once, and again when the timer rewound. */
static void
flush_syn(struct tct_conn *c)
{
	struct segment_out o = {.seq = c->snd_una, .flags = TCP_FLAG_SYN};

	if (c->snd_nxt != c->snd_una) {
		if (c->flags & CONN_ACK_NOW)
			send_ack(c);
		return;
	}
	if (c->state == STATE_SYN_RCVD)
		o.flags |= TCP_FLAG_ACK;
	if (!conn_transmit(c, &o))
		return;
	conn_sent(c, 1);
	if (unlikely(c->flags & CONN_SILENT)) { /* no timer: it is over, and answers_silent() */
		c->rtx_at = TICK_NONE;
		conn_kill(c, TCT_ABORTED);
	}
}

static void
flush_synchronised(struct tct_conn *c)
{
	flush_data(c);
	if (c->flags & CONN_PROBE)
		send_probe(c);
	else if (!in_flight(c) && !(c->flags & CONN_RETRY))
		persist(c);
	if (c->flags & CONN_KEEP_PROBE)
		send_keepalive(c);
	if (c->flags & CONN_ACK_NOW)
		send_acks(c);
}

static bool
send_reset(struct tct_conn *c)
{
	struct segment_out rst = {.seq = empty_segment_seq(c),
				  .flags = TCP_FLAG_RST | TCP_FLAG_ACK};

	if (!conn_transmit(c, &rst))
		return false;
	tcp_count(c->stack, COUNTER_TCP_RST_TX);
	return true;
}

/* The end of a killed conn. False when its RST found no buffer: next poll. */
static bool
flush_closed(struct tct_conn *c)
{
	if (c->flags & CONN_SEND_RST && !send_reset(c))
		return false;
	conn_end(c, c->reason);
	return true;
}

/* All that there may be to send. */
static __rte_noinline void
flush_any(struct tct_conn *c)
{
	c->flags &= ~CONN_RETRY;
	if (c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD)
		flush_syn(c);
	else
		flush_synchronised(c);
}

/* One conn; false when it has to be visited again in the next poll. */
static __rte_always_inline bool
conn_flush(struct tct_conn *c)
{
	c->stack->cursor.node = POOL_NONE;
	if (likely(single_is(c))) {
		single_send(c);
	} else if (single_is_syn(c)) {
		single_send_syn(c);
	} else if (c->state == STATE_CLOSED) {
		return flush_closed(c);
	} else {
		flush_any(c);
		if (c->flags & CONN_RETRY) {
			conn_arm(c);
			return false;
		}
	}
	if (c->state == STATE_TIME_WAIT && !c->rcvq.bytes)
		time_wait_enter(c);
	else
		conn_arm(c);
	return true;
}

/* conn_flush(), timed. */
static __rte_noinline bool
flush_split(struct tct_conn *c)
{
	struct split_clock *clock = &c->stack->flush_split;
	enum split what = c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD ? SPLIT_HANDSHAKE
										   : SPLIT_CLOSE;
	bool done, open = c->state == STATE_ESTABLISHED || c->state == STATE_CLOSE_WAIT;
	uint8_t before = c->state;

	done = conn_flush(c);
	/* A FIN that goes out is the close's; so is a conn that is freed, and its state is CLOSED
	 * then. */
	if (open && c->state == before)
		what = SPLIT_DATA;
	split_end(clock, what);
	return done;
}

/* What is left of a list that the flush could not finish goes ahead of the one made meanwhile. */
static void
send_list_put_back(struct tcp_stack *s, uint32_t first, uint32_t *last)
{
	*last = s->send_head;
	if (s->send_last == &s->send_head)
		s->send_last = last;
	s->send_head = first;
}

void
tcp_flush(struct tcp_stack *s)
{
	uint32_t i = s->send_head, *last = s->send_last;
	unsigned refused = 0;
	bool split = split_due(&s->flush_split);

	/* Callbacks may put conns on the list meanwhile: they make a new one. */
	s->send_head = SEND_LIST_END;
	s->send_last = &s->send_head;
	while (i != SEND_LIST_END) {
		struct tct_conn *c = conn_at(s, i);

		if (unlikely(refused == FLUSH_REFUSED_MAX)) {
			send_list_put_back(s, i, last);
			return;
		}
		i = c->send_next;
		c->send_next = SEND_LIST_NONE;
		if (i != SEND_LIST_END)
			conn_prefetch(conn_at(s, i));
		if (!(unlikely(split) ? flush_split(c) : conn_flush(c))) {
			conn_touch(c);
			refused++;
		}
	}
}
