/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TCP stages of a burst: hash all, prefetch; find all, prefetch; then each through the state
 * machine.
 *
 * An earlier segment of the burst may make, move or end the record of a later one. So the record
 * that the second stage found is only a hint to the third: if it lives and has the segment's tuple,
 * it is the one; else the third stage looks up again, in warm lines.
 */
#include "internal.h"

#define BURST_MAX 32

uint32_t
tcp_lookup(const struct tcp_stack *s, const struct tuple *t, uint64_t hash)
{
	struct flow_cursor cursor;
	uint32_t ref = flow_first(&s->flows, hash, &cursor);

	while (ref != FLOW_REF_NONE && unlikely(!tuple_equal(record_at(s, ref), t)))
		ref = flow_next(&s->flows, &cursor);
	return ref;
}

/* A segment without any record: only now does it matter whether the address is ours. */
static void
stray_input(struct tcp_stack *s, struct packet *p)
{
	if (unlikely(s->foreign != NULL) && s->foreign(s->worker, p))
		return;
	if (unlikely(s->silent) && answers_silent(s, p)) {
		tcp_count(s, COUNTER_TCP_SILENT);
		return;
	}
	if (!s->route->is_local(s->net, &p->tuple.local)) {
		tcp_count(s, COUNTER_DROP_IP_DESTINATION);
		return;
	}
	listen_input(s, p, NULL);
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

static void
conn_input(struct tct_conn *c, struct packet *p)
{
	switch (state_segment[c->state][segment_event(p->flags)]) {
	case ACTION_SEQUENCE:
		segment_input(c, p);
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

/* Of all records that ever had a tuple, the one that lives is in the table. */
static bool
record_lives(const struct tcp_stack *s, uint32_t ref)
{
	const void *record = record_at(s, ref);

	switch (REF_KIND(ref)) {
	case RECORD_CONN:
		return ((const struct tct_conn *)record)->state != STATE_CLOSED;
	case RECORD_HALF_OPEN:
		return ((const struct half_open *)record)->deadline != TICK_NONE;
	default:
		return ((const struct time_wait *)record)->flags & TIME_WAIT_LIVE;
	}
}

static uint32_t
segment_record(const struct tcp_stack *s, const struct packet *p, uint32_t hint)
{
	if (likely(hint != FLOW_REF_NONE && tuple_equal(record_at(s, hint), &p->tuple) &&
		   record_lives(s, hint)))
		return hint;
	return tcp_lookup(s, &p->tuple, p->hash);
}

static void
segment_dispatch(struct tcp_stack *s, struct packet *p, uint32_t hint)
{
	uint32_t ref = segment_record(s, p, hint);

	tcp_count(s, COUNTER_TCP_RX);
	if (unlikely(p->opt.bad))
		tcp_count(s, COUNTER_TCP_BAD_OPTIONS);
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
		stray_input(s, p);
	}
}

/* What a segment is for, as far as one word can say. */
static enum split
segment_split(const struct tcp_stack *s, const struct packet *p, uint32_t ref)
{
	const struct tct_conn *c;

	if (p->flags & (TCP_FLAG_SYN | TCP_FLAG_RST))
		return p->flags & TCP_FLAG_SYN ? SPLIT_HANDSHAKE : SPLIT_CLOSE;
	if (ref == FLOW_REF_NONE || REF_KIND(ref) == RECORD_HALF_OPEN)
		return SPLIT_HANDSHAKE;
	if (REF_KIND(ref) == RECORD_TIME_WAIT || p->flags & TCP_FLAG_FIN)
		return SPLIT_CLOSE;
	c = record_at(s, ref);
	return c->state == STATE_ESTABLISHED || c->state == STATE_CLOSE_WAIT ? SPLIT_DATA
									     : SPLIT_CLOSE;
}

/* segment_dispatch() of all, each timed. */
static __rte_noinline void
dispatch_split(struct tcp_stack *s, struct packet *packets[], unsigned n, const uint32_t refs[])
{
	split_end(&s->input_split, SPLIT_LOOKUP);
	for (unsigned i = 0; i < n; i++) {
		uint32_t ref = segment_record(s, packets[i], refs[i]);
		enum split what = segment_split(s, packets[i], ref);

		segment_dispatch(s, packets[i], ref);
		split_end(&s->input_split, what);
	}
}

static void
prefetch_records(const struct tcp_stack *s, struct packet *packets[], unsigned n, uint32_t refs[])
{
	struct flow_cursor cursor;

	for (unsigned i = 0; i < n; i++) {
		uint32_t ref = flow_first(&s->flows, packets[i]->hash, &cursor);
		const uint8_t *record;

		refs[i] = ref;
		if (ref == FLOW_REF_NONE)
			continue;
		record = record_at(s, ref);
		rte_prefetch0(record);
		if (REF_KIND(ref) == RECORD_CONN) {
			rte_prefetch0(record + 64);
			rte_prefetch0(record + 128);
			rte_prefetch0(record + 192);
		}
	}
}

void
tcp_input_burst(struct tcp_stack *s, struct packet *packets[], unsigned n)
{
	const struct tuple *tuples[BURST_MAX];
	uint64_t hashes[BURST_MAX];
	uint32_t refs[BURST_MAX];
	bool split;

	if (n == 0)
		return;
	split = split_due(&s->input_split);
	for (unsigned i = 0; i < n; i++)
		tuples[i] = &packets[i]->tuple;
	tuple_hash_burst(&s->flow_key, tuples, n, hashes);
	for (unsigned i = 0; i < n; i++) {
		packets[i]->hash = hashes[i];
		flow_prefetch(&s->flows, hashes[i]);
	}
	prefetch_records(s, packets, n, refs);
	if (unlikely(split)) {
		dispatch_split(s, packets, n, refs);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		segment_dispatch(s, packets[i], refs[i]);
}
