/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A conn's life: made, moved from state to state, put on the send list, killed, freed.
 *
 * A conn is killed in two steps. conn_kill() takes it out of the flow table, so that no segment
 * finds it any more, and puts it on the send list; the next flush sends the RST if one is owed,
 * calls closed() and frees the record. So a conn stays valid for the rest of the function that
 * killed it.
 */
#include <rte_memcpy.h>

#include "internal.h"

#define MSS_DEFAULT_IP4 536  /* MUST-15 */
#define MSS_DEFAULT_IP6 1220 /* MUST-15 */
#define MSS_MIN		64   /* smaller ones would only serve an attacker; Linux has 48 */

void
conn_make_fresh(struct tcp_stack *s)
{
	struct tct_conn *c = &s->fresh_conn;

	memset(c, 0, sizeof(*c));
	c->send_next = SEND_LIST_NONE;
	c->hop = HOP_NONE;
	c->stack = s;
	c->rto_ticks = tick_after(0, s->config.initial_rto_ms * 1000ull);
	c->user_timeout_ms = s->config.user_timeout_ms;
	c->keepalive_s = (uint16_t)(s->config.keepalive_ms / 1000);
	extent_list_init(&c->sndq);
	extent_node_init(&c->rcvq);
	c->flight = POOL_NONE;
	c->reorder = POOL_NONE;
	c->quick_acks = QUICK_ACKS;
}

/* gcc would make a string instruction of the copy, which begins slowly. */
struct tct_conn *
conn_make(struct tcp_stack *s, const struct tuple *t, uint64_t hash)
{
	uint32_t i = pool_alloc(&s->conns);
	struct wheel_armed armed;
	uint32_t generation;
	struct tct_conn *c;

	if (i == POOL_NONE)
		return NULL;
	c = conn_at(s, i);
	armed = c->armed;
	generation = c->generation + 1;
	rte_mov256((uint8_t *)c, (const uint8_t *)&s->fresh_conn);
	c->armed = armed;
	c->generation = generation ? generation : 1;
	c->tuple = *t;
	c->hash = (uint32_t)hash;
	c->ts_offset = ts_offset_make(s, t);
	c->last_rx_tick = s->now;
	return c;
}

/* Effective send MSS (RFC 9293 3.7.1, MUST-16; options deducted as RFC 6691 says). */
static uint16_t
effective_mss(const struct tct_conn *c, uint16_t peer_mss)
{
	bool ip4 = addr_is_ip4(&c->tuple.local);
	uint16_t mss = peer_mss ? peer_mss : ip4 ? MSS_DEFAULT_IP4 : MSS_DEFAULT_IP6;
	uint16_t path = c->stack->route->hop_mtu(c->stack->net, c->hop) - (ip4 ? 40 : 60);

	mss = mss < path ? mss : path;
	mss = mss > MSS_MIN ? mss : MSS_MIN;
	return c->flags & CONN_TIMESTAMPS ? mss - 12 : mss;
}

void
conn_negotiate(struct tct_conn *c, const struct conn_offer *o)
{
	const struct tct_tcp_config *config = &c->stack->config;
	uint32_t flags = c->flags;

	if (o->timestamps && config->timestamps) {
		flags |= CONN_TIMESTAMPS;
		c->ts_recent = o->ts_recent;
	}
	if (o->sack && config->sack)
		flags |= CONN_SACK;
	if (o->ecn)
		flags |= CONN_ECN;
	if (o->wscale != HALF_OPEN_NO_WSCALE) {
		flags |= CONN_WSCALE;
		c->snd_wscale = o->wscale;
		c->rcv_wscale = c->stack->syn_wscale;
	}
	c->flags = flags;
	c->mss = effective_mss(c, o->mss);
	congestion_init(c);
}

bool
conn_route(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	c->hop = s->route->hop(s->net, &c->tuple.remote, s->now_us);
	return c->hop != HOP_NONE;
}

static enum counter
timeout_counter(const struct tct_conn *c)
{
	if (!(c->flags & CONN_OPENED))
		return COUNTER_CONN_FAILED_TIMEOUT;
	return c->keepalive_sent >= c->stack->config.keepalive_probes
		       ? COUNTER_CONN_KEEPALIVE_TIMEOUT
		       : COUNTER_CONN_RETRANSMIT_LIMIT;
}

static enum counter
reason_counter(const struct tct_conn *c, enum tct_reason reason)
{
	switch (reason) {
	case TCT_CLOSED:
		return COUNTER_CONN_CLOSED;
	case TCT_RESET:
		return COUNTER_CONN_RESET_RX;
	case TCT_REFUSED:
		return COUNTER_CONN_FAILED_REFUSED;
	case TCT_TIMED_OUT:
		return timeout_counter(c);
	case TCT_UNREACHABLE:
		return COUNTER_CONN_FAILED_UNREACHABLE;
	case TCT_ORPHAN_TIMED_OUT:
		return COUNTER_CONN_FIN_WAIT_2_TIMEOUT;
	case TCT_DATA_AFTER_CLOSE:
		return COUNTER_CONN_DATA_AFTER_CLOSE;
	default:
		return c->flags & CONN_SILENT ? COUNTER_CONN_SILENT : COUNTER_CONN_ABORTED;
	}
}

void
conn_kill(struct tct_conn *c, enum tct_reason reason)
{
	struct tcp_stack *s = c->stack;

	if (c->state == STATE_CLOSED)
		return;
	flow_remove(&s->flows, c->hash, REF(RECORD_CONN, conn_index(s, c)));
	conn_set_state(c, STATE_CLOSED);
	c->reason = (uint8_t)reason;
	tcp_count(s, reason_counter(c, reason));
	conn_touch(c);
}

void
conn_rewind(struct tct_conn *c)
{
	if (c->flight != POOL_NONE)
		flight_rewind(c, flight_of(c));
	c->snd_nxt = c->snd_una;
	if (c->snd_nxt != c->snd_max)
		c->flags |= CONN_REWOUND;
	c->flags &= ~CONN_RTT_TIMING;
}

static __rte_noinline uint32_t
earliest_of_all(const struct tct_conn *c)
{
	uint32_t first = tick_earlier(tick_earlier(c->rtx_at, c->ack_at),
				      tick_earlier(c->life_at, c->wake_at));

	return c->flight == POOL_NONE ? first : tick_earlier(first, flight_of(c)->probe_at);
}

/* Most often there is the retransmission timer or none. */
static inline uint32_t
earliest_deadline(const struct tct_conn *c)
{
	static_assert(TICK_NONE == 0, "deadlines that are not set have no bits");
	if (likely((c->ack_at | c->life_at | c->wake_at) == 0 && c->flight == POOL_NONE))
		return c->rtx_at;
	return earliest_of_all(c);
}

void
conn_arm(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	uint32_t first = earliest_deadline(c);

	if (first == TICK_NONE)
		return;
	if (unlikely(wheel_arm(s->wheel, &c->armed, REF(RECORD_CONN, conn_index(s, c)), first))) {
		tcp_count(s, COUNTER_TIMER_NO_ROOM);
		s->sweep = s->conns.fresh;
	}
}

/* What the service calls from within closed() must not put c on the send list again. */
void
conn_end(struct tct_conn *c, enum tct_reason reason)
{
	c->state = STATE_CLOSED;
	c->send_next = SEND_LIST_END;
	if (c->service->closed)
		c->service->closed(c, reason);
	conn_free(c);
}

static bool
holds_nothing(const struct tct_conn *c)
{
	return c->flight == POOL_NONE && c->reorder == POOL_NONE && !c->sndq.bytes &&
	       !c->rcvq.bytes;
}

/* What a conn has that ends in the middle. */
static __rte_noinline void
conn_drop(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	struct extent e;

	if (c->flight != POOL_NONE)
		flight_free(c);
	if (c->sndq.bytes)
		extent_consume(&c->sndq, &s->extents, s->tx, c->sndq.bytes);
	while (c->rcvq.bytes && extent_node_take(&c->rcvq, &s->extents, &e))
		tx_release(s->tx, e.owner);
	if (c->reorder != POOL_NONE)
		hole_close(c);
}

void
conn_free(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	if (unlikely(!holds_nothing(c)))
		conn_drop(c);
	if (c->hop != HOP_NONE)
		s->route->hop_release(s->net, c->hop);
	c->state = STATE_CLOSED;
	c->send_next = SEND_LIST_NONE;
	pool_free(&s->conns, conn_index(s, c));
}
