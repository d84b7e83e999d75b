/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TCP stages of a burst: hash all, prefetch; find all, prefetch; then each through the state
 * machine.
 *
 * An earlier segment of the burst may make, move or end the record of a later one. So the record
 * that the second stage found is only a hint to the third: if it lives and has the segment's tuple,
 * it is the one, of all that ever had it; else the third stage looks up again, in warm lines.
 */
#include "internal.h"

uint32_t
tcp_lookup(const struct tcp_stack *s, const struct tuple *t, uint64_t hash)
{
	struct flow_cursor cursor;
	uint32_t ref = flow_first(&s->flows, hash, &cursor);

	while (ref != FLOW_REF_NONE && unlikely(!tuple_equal(record_at(s, ref), t)))
		ref = flow_next(&s->flows, &cursor);
	return ref;
}

/* A segment without any record: only now does it matter whether the address is ours. False: it is
 * done with. */
bool
stray_is_ours(struct tcp_stack *s, struct packet *p)
{
	if (unlikely(s->foreign != NULL) && s->foreign(s->worker, p))
		return false;
	if (unlikely(s->silent) && answers_silent(s, p)) {
		tcp_count(s, COUNTER_TCP_SILENT);
		return false;
	}
	if (!s->route->is_local(s->net, &p->tuple.local)) {
		tcp_count(s, COUNTER_DROP_IP_DESTINATION);
		return false;
	}
	return true;
}

/* Between the FIN and the flush of the same poll, or while the service holds data back. */
static void
conn_time_wait_input(struct tct_conn *c, const struct packet *p)
{
	if (p->flags & TCP_FLAG_RST) { /* RFC 1337 */
		tcp_count(c->stack, COUNTER_TIME_WAIT_RST_IGNORED);
	} else if (p->payload_len || p->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) {
		if (!challenge_allowed(c))
			return;
		c->flags |= CONN_ACK_NOW;
		conn_touch(c);
	}
}

/* By the table of states, whatever the segment is. */
static __rte_noinline void
conn_input_any(struct tct_conn *c, struct packet *p)
{
	switch (state_segment[c->state][segment_event(p->flags)]) {
	case ACTION_SEQUENCE:
		segment_any(c, p);
		break;
	case ACTION_SYN_SENT:
		syn_sent_input(c, p);
		break;
	case ACTION_TIME_WAIT:
		conn_time_wait_input(c, p);
		break;
	default:
		tcp_count(c->stack, COUNTER_DROP_TCP_STATE);
	}
}

/* A segment that is expected is of a state where the table says ACTION_SEQUENCE, too. */
static inline void
conn_input(struct tct_conn *c, struct packet *p)
{
	if (!segment_expected(c, p))
		conn_input_any(c, p);
}

/* What the second stage found. */
struct hint {
	uint32_t kind;		    /* enum record_kind */
	struct cookie_ready cookie; /* of RECORD_NONE */
	void *record;
};

/* False: the record is not the one. */
static bool
hint_input(struct tcp_stack *s, struct packet *p, const struct hint *h)
{
	if (unlikely(h->kind == RECORD_NONE || !tuple_equal(h->record, &p->tuple)))
		return false;
	if (likely(h->kind == RECORD_CONN)) {
		struct tct_conn *c = h->record;

		if (unlikely(c->state == STATE_CLOSED))
			return false;
		conn_input(c, p);
	} else if (h->kind == RECORD_HALF_OPEN) {
		struct half_open *half_open = h->record;

		if (unlikely(half_open->deadline == TICK_NONE))
			return false;
		half_open_input(s, half_open, p);
	} else {
		struct time_wait *t = h->record;

		if (unlikely(!(t->flags & TIME_WAIT_LIVE)))
			return false;
		time_wait_input(s, t, p);
	}
	return true;
}

static void
lookup_input(struct tcp_stack *s, struct packet *p)
{
	uint32_t ref = tcp_lookup(s, &p->tuple, p->hash);

	switch (REF_KIND(ref)) {
	case RECORD_CONN:
		conn_input(record_at(s, ref), p);
		break;
	case RECORD_HALF_OPEN:
		half_open_input(s, record_at(s, ref), p);
		break;
	case RECORD_TIME_WAIT:
		time_wait_input(s, record_at(s, ref), p);
		break;
	default:
		if (stray_is_ours(s, p))
			listen_input(s, p, NULL);
	}
}

static __rte_always_inline void
segment_dispatch(struct tcp_stack *s, struct packet *p, const struct hint *h)
{
	if (unlikely(p->opt.bad))
		tcp_count(s, COUNTER_TCP_BAD_OPTIONS);
	if (hint_input(s, p, h))
		return;
	if (h->kind == RECORD_NONE) {
		if (h->cookie.answered)
			return;
		if (h->cookie.made)
			s->cookie_ready = &h->cookie;
	}
	lookup_input(s, p);
	s->cookie_ready = NULL;
}

/* What a segment is for, as far as one word can say. */
static enum split
segment_split(const struct packet *p, const struct hint *h)
{
	const struct tct_conn *c = h->record;

	if (p->flags & (TCP_FLAG_SYN | TCP_FLAG_RST))
		return p->flags & TCP_FLAG_SYN ? SPLIT_HANDSHAKE : SPLIT_CLOSE;
	if (h->kind == RECORD_NONE || h->kind == RECORD_HALF_OPEN)
		return SPLIT_HANDSHAKE;
	if (h->kind == RECORD_TIME_WAIT || p->flags & TCP_FLAG_FIN)
		return SPLIT_CLOSE;
	return c->state == STATE_ESTABLISHED || c->state == STATE_CLOSE_WAIT ? SPLIT_DATA
									     : SPLIT_CLOSE;
}

/* segment_dispatch() of all, each timed. */
static __rte_noinline void
dispatch_split(struct tcp_stack *s, struct packet *packets[], unsigned n, const struct hint hints[])
{
	for (unsigned i = 0; i < n; i++) {
		enum split what = segment_split(packets[i], &hints[i]);

		segment_dispatch(s, packets[i], &hints[i]);
		split_end(&s->input_split, what);
	}
}

/* How many have none. */
static unsigned
prefetch_records(const struct tcp_stack *s, const struct flow_bucket *const lines[],
		 const uint64_t hashes[], unsigned n, struct hint hints[])
{
	struct flow_cursor cursor;
	unsigned strays = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t ref = flow_first_of(&s->flows, lines[i], hashes[i], &cursor);

		hints[i].kind = REF_KIND(ref);
		if (ref == FLOW_REF_NONE) {
			hints[i].cookie.made = hints[i].cookie.answered = false;
			strays++;
			continue;
		}
		hints[i].record = record_at(s, ref);
		if (hints[i].kind == RECORD_CONN)
			conn_prefetch(hints[i].record);
		else
			rte_prefetch0(hints[i].record);
	}
	return strays;
}

static __rte_noinline void
cookies_input(struct tcp_stack *s, struct packet *packets[], unsigned n, struct hint hints[])
{
	struct cookie_ready *ready[TCP_BURST];
	struct packet *strays[TCP_BURST];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		strays[count] = packets[i];
		ready[count] = &hints[i].cookie;
		count += hints[i].kind == RECORD_NONE;
	}
	syn_cookie_burst(s, strays, count, ready);
}

void
tcp_input_burst(struct tcp_stack *s, struct packet *packets[], unsigned n)
{
	const struct flow_bucket *lines[TCP_BURST];
	const struct tuple *tuples[TCP_BURST];
	uint64_t hashes[TCP_BURST];
	struct hint hints[TCP_BURST];
	unsigned strays;
	bool split;

	if (n == 0)
		return;
	split = split_due(&s->input_split);
	for (unsigned i = 0; i < n; i++)
		tuples[i] = &packets[i]->tuple;
	tuple_hash_burst(&s->flow_key, tuples, n, hashes);
	for (unsigned i = 0; i < n; i++) {
		packets[i]->hash = hashes[i];
		lines[i] = flow_prefetch(&s->flows, hashes[i]);
	}
	strays = prefetch_records(s, lines, hashes, n, hints);
	if (unlikely(split))
		split_end(&s->input_split, SPLIT_LOOKUP);
	if (strays && unlikely(cookies_are_about(s))) {
		cookies_input(s, packets, n, hints);
		if (unlikely(split))
			split_end(&s->input_split, SPLIT_HANDSHAKE);
	}
	s->counters->v[COUNTER_TCP_RX] += n;
	if (unlikely(split)) {
		dispatch_split(s, packets, n, hints);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		segment_dispatch(s, packets[i], &hints[i]);
}
