/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The user calls of RFC 9293 3.10.1 to 3.10.6, as lib/tercet.h offers them to services.
 *
 * None of them sends: they queue, set flags and put the conn on the send list, so that they may be
 * called from any callback.
 */
#include <errno.h>

#include "internal.h"

#define PORT_MIN      1024 /* RFC 6056 3.2: as wide as it goes */
#define PORT_MAX      65535
#define CONNECT_TRIES 64 /* candidates of the port space that are looked at */
#define SEND_AGAIN_MS 2

/* ---- OPEN ----------------------------------------------------------------------------------- */

static struct port_space *
space_for(struct tcp_stack *s, const struct addr *first, const struct tct_connect *o)
{
	uint32_t count = o->local_count > 1 ? o->local_count : 1;
	uint16_t min = o->local_port_last ? o->local_port : PORT_MIN;
	uint16_t max = o->local_port_last ? o->local_port_last : PORT_MAX;
	uint64_t seed[2] = {s->isn_key.k0 ^ s->space_count, s->isn_key.k1};
	struct siphash_key key;

	for (unsigned i = 0; i < s->space_count; i++)
		if (addr_equal(&s->spaces[i].first, first) && s->spaces[i].addresses == count &&
		    s->spaces[i].port_min == min && s->spaces[i].ports == max - min + 1u)
			return &s->spaces[i];
	if (s->space_count == TCP_PORT_SPACES_MAX)
		return NULL;
	key.k0 = siphash24(&s->isn_key, seed, sizeof(seed));
	key.k1 = siphash24(&s->ts_key, seed, sizeof(seed));
	if (port_space_init(&s->spaces[s->space_count], first, count, min, max, &key) < 0)
		return NULL;
	return &s->spaces[s->space_count++];
}

/* Is the tuple free, or can the time-wait on it be reused? */
static bool
tuple_free(struct tcp_stack *s, const struct tuple *t, uint64_t hash, uint32_t *floor,
	   bool *has_floor)
{
	uint32_t ref = tcp_lookup(s, t, hash);

	*has_floor = false;
	if (ref == FLOW_REF_NONE)
		return true;
	if (REF_KIND(ref) != RECORD_TIME_WAIT)
		return false;
	*has_floor = time_wait_reuse(s, record_at(s, ref), hash, floor);
	return *has_floor;
}

/* Local address and port for t's remote: given, or the next free one of the space (RFC 6056). */
static int
choose_local(struct tcp_stack *s, const struct tct_connect *o, struct tuple *t, uint64_t *hash,
	     uint32_t *floor, bool *has_floor)
{
	struct port_space *space;
	unsigned tries;

	if (o->local_port && !o->local_port_last) {
		t->local_port = rte_cpu_to_be_16(o->local_port);
		*hash = tuple_hash(&s->flow_key, t);
		return tuple_free(s, t, *hash, floor, has_floor) ? 0 : -EADDRINUSE;
	}
	space = space_for(s, &t->local, o);
	if (!space)
		return -EADDRNOTAVAIL;
	for (tries = 0; tries < CONNECT_TRIES; tries++) {
		port_space_next(space, t);
		if (s->listener_of_port[rte_be_to_cpu_16(t->local_port)])
			continue; /* RFC 6056 3.2 */
		*hash = tuple_hash(&s->flow_key, t);
		if (tuple_free(s, t, *hash, floor, has_floor))
			return 0;
	}
	tcp_count(s, COUNTER_CONN_FAILED_NO_PORT);
	return -EADDRNOTAVAIL;
}

/* Fills in t's local address: MUST-43, MUST-44. */
static int
local_address(struct tcp_stack *s, const struct tct_connect *o, struct tuple *t)
{
	memcpy(t->local.b, o->local.bytes, sizeof(t->local.b));
	if (t->local.w64[0] | t->local.w64[1])
		return s->route->is_local(s->net, &t->local) &&
				       addr_is_ip4(&t->local) == addr_is_ip4(&t->remote)
			       ? 0
			       : -EADDRNOTAVAIL;
	return s->route->source(s->net, &t->remote, &t->local) ? 0 : -ENETUNREACH;
}

static void
active_open(struct tct_conn *c, const struct tct_connect *o, uint32_t iss)
{
	struct tcp_stack *s = c->stack;

	c->service = o->service;
	c->user = o->user;
	c->flags = CONN_ACTIVE;
	c->iss = iss;
	c->snd_una = c->snd_nxt = c->snd_max = iss;
	c->cwnd = UINT16_MAX;
	c->state = STATE_SYN_SENT;
	tcp_count(s, COUNTER_CONN_ACTIVE_OPEN);
	conn_touch(c);
}

int
tcp_connect(struct tcp_stack *s, const struct tct_connect *o, struct tct_conn **conn)
{
	struct tuple t = {.remote_port = rte_cpu_to_be_16(o->remote_port)};
	uint32_t floor = 0, iss;
	bool has_floor = false;
	struct tct_conn *c;
	uint64_t hash;
	int ret;

	memcpy(t.remote.b, o->remote.bytes, sizeof(t.remote.b));
	if (!o->remote_port || !o->service || !s->route->is_unicast(s->net, &t.remote))
		return -EINVAL; /* MUST-46 */
	if (s->stopping)
		return -ESHUTDOWN;
	if (s->conns.used == s->conns.capacity) /* before a time-wait is given up for it */
		goto no_memory;
	ret = local_address(s, o, &t);
	if (ret == 0)
		ret = choose_local(s, o, &t, &hash, &floor, &has_floor);
	if (ret < 0)
		return ret;
	c = conn_make(s, &t);
	if (!c)
		goto no_memory;
	if (!conn_route(c)) {
		conn_free(c);
		return -ENETUNREACH;
	}
	if (flow_insert(&s->flows, hash, REF(RECORD_CONN, conn_index(s, c))) < 0) {
		conn_free(c);
		goto no_memory;
	}
	iss = isn_make(s, &t);
	active_open(c, o, has_floor && seq_le(iss, floor) ? floor + 1 : iss);
	if (conn)
		*conn = c;
	return 0;
no_memory:
	tcp_count(s, COUNTER_CONN_FAILED_NO_MEMORY);
	return -ENOMEM;
}

/* ---- SEND ----------------------------------------------------------------------------------- */

/* A send refused for want of buffers. When nothing is queued no acknowledgment will call writable.
 */
static int
send_refused(struct tct_conn *c)
{
	c->flags |= CONN_WANT_ROOM;
	if (!c->sndq.bytes && c->wake_at == TICK_NONE)
		tct_set_wake(c, SEND_AGAIN_MS);
	return -ENOBUFS;
}

static int
send_check(struct tct_conn *c, uint32_t len)
{
	int ret = state_user[c->state][USER_SEND];

	if (ret < 0)
		return ret;
	if (len == 0)
		return -EINVAL;
	if (c->flags & CONN_FIN_WANTED)
		return -EPIPE;
	if (len > tct_send_room(c)) {
		c->flags |= CONN_WANT_ROOM;
		return -ENOBUFS;
	}
	return 0;
}

/* Small pieces share a buffer: else a service that echoes single bytes holds one for each. */
static bool
send_absorbed(struct tct_conn *c, const uint8_t *bytes, uint32_t len)
{
	if (!extent_list_absorb(&c->sndq, &c->stack->extents, bytes, len))
		return false;
	conn_touch(c);
	return true;
}

static int
send_extent(struct tct_conn *c, const struct extent *e)
{
	if (!extent_append(&c->sndq, &c->stack->extents, e))
		return send_refused(c);
	conn_touch(c);
	return 0;
}

/* Copies into packet buffers; all of them are there, or nothing is queued. */
static int
send_copy(struct tct_conn *c, const uint8_t *bytes, uint32_t len)
{
	struct tcp_stack *s = c->stack;
	uint32_t each = 1024; /* any buffer holds that much */
	uint32_t pieces = (len + each - 1) / each;

	if (s->tx->spare_count < TX_RESERVE + pieces || extent_room_left(&s->extents) < pieces) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		return send_refused(c);
	}
	while (len) {
		struct rte_mbuf *m = tx_take(s->tx, 0);
		struct extent e = {.owner = m, .len = len < each ? len : each};

		e.bytes = memcpy(rte_pktmbuf_mtod(m, uint8_t *), bytes, e.len);
		m->data_len = (uint16_t)e.len;
		m->pkt_len = e.len;
		send_extent(c, &e);
		bytes += e.len;
		len -= e.len;
	}
	return 0;
}

int
tct_send(struct tct_conn *c, const void *bytes, uint32_t len, unsigned flags)
{
	int ret = send_check(c, len);

	if (ret < 0)
		return ret;
	if (!(flags & TCT_SEND_STATIC))
		return send_absorbed(c, bytes, len) ? 0 : send_copy(c, bytes, len);
	return send_extent(c, &(struct extent){.bytes = bytes, .len = len});
}

int
tct_send_data(struct tct_conn *c, const struct tct_data *data)
{
	struct extent e = {.bytes = data->bytes, .owner = data->owner, .len = data->len};
	int ret = send_check(c, data->len);

	if (ret < 0)
		return ret;
	if (send_absorbed(c, e.bytes, e.len))
		return 0;
	ret = send_extent(c, &e);
	if (ret == 0)
		rte_mbuf_refcnt_update(e.owner, 1);
	return ret;
}

uint32_t
tct_send_room(const struct tct_conn *c)
{
	uint32_t size = send_limit(c);

	return c->sndq.bytes < size ? size - c->sndq.bytes : 0;
}

uint32_t
tct_send_queued(const struct tct_conn *c)
{
	return c->sndq.bytes;
}

/* ---- CLOSE, ABORT --------------------------------------------------------------------------- */

int
tct_shutdown(struct tct_conn *c)
{
	if (c->flags & CONN_FIN_WANTED && c->state != STATE_CLOSED)
		return 0;
	if (state_user[c->state][USER_SHUTDOWN] < 0)
		return state_user[c->state][USER_SHUTDOWN];
	if (c->state == STATE_SYN_SENT) { /* 3.10.4: delete the TCB */
		conn_kill(c, TCT_ABORTED);
		return 0;
	}
	c->flags |= CONN_FIN_WANTED;
	conn_touch(c);
	return 0;
}

void
tct_close(struct tct_conn *c)
{
	if (c->state == STATE_CLOSED)
		return;
	if (c->rcvq.bytes || hole_has_data(c)) { /* RFC 2525 2.17, SHLD-3 */
		c->flags |= CONN_SEND_RST;
		conn_kill(c, TCT_ABORTED);
		return;
	}
	c->flags |= CONN_ORPHAN;
	if (c->state == STATE_FIN_WAIT_2 && c->stack->config.fin_wait_2_timeout_ms) {
		c->life_at =
			tick_after(c->stack->now, c->stack->config.fin_wait_2_timeout_ms * 1000ull);
		conn_touch(c);
	}
	tct_shutdown(c);
}

void
tct_abort(struct tct_conn *c)
{
	if (c->state == STATE_CLOSED)
		return;
	switch (c->state) { /* 3.10.5: the others have nothing that a RST would end */
	case STATE_SYN_RCVD:
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSE_WAIT:
		c->flags |= CONN_SEND_RST;
		break;
	default:
		break;
	}
	conn_kill(c, TCT_ABORTED);
}

bool
tcp_stop(struct tcp_stack *s, bool abort, uint32_t *position, unsigned limit)
{
	s->stopping = true;
	for (; limit && *position < s->conns.fresh; limit--, (*position)++) {
		struct tct_conn *c = pool_at(&s->conns, *position);

		if (c->state == STATE_CLOSED)
			continue;
		if (abort)
			tct_abort(c);
		else
			tct_close(c);
	}
	return s->conns.used == 0;
}

/* ---- flow of data to the service ------------------------------------------------------------ */

void
tct_pause(struct tct_conn *c)
{
	c->flags |= CONN_PAUSED;
}

void
tct_resume(struct tct_conn *c)
{
	bool held = c->rcvq.bytes;

	if (!(c->flags & CONN_PAUSED) || c->state == STATE_CLOSED)
		return;
	c->flags &= ~CONN_PAUSED;
	conn_touch(c);
	deliver_held(c);
	if (held && !(c->flags & CONN_FIN_RCVD) && window_opens(c))
		c->flags |= CONN_ACK_NOW;
}

/* ---- options and STATUS --------------------------------------------------------------------- */

void
tct_set_user(struct tct_conn *c, void *user)
{
	c->user = user;
}

void *
tct_user(const struct tct_conn *c)
{
	return c->user;
}

void
tct_set_wake(struct tct_conn *c, uint32_t ms)
{
	c->wake_at = ms ? tick_after(c->stack->now, ms * 1000ull) : TICK_NONE;
	conn_touch(c);
}

void
tct_set_nodelay(struct tct_conn *c, bool on)
{
	c->flags = on ? c->flags | CONN_NODELAY : c->flags & ~CONN_NODELAY;
	conn_touch(c);
}

void
tct_set_user_timeout(struct tct_conn *c, uint32_t ms)
{
	c->user_timeout_ms = ms;
}

void
tct_set_keepalive(struct tct_conn *c, uint32_t idle_ms)
{
	uint32_t s = (idle_ms + 999) / 1000;

	c->keepalive_s = s < UINT16_MAX ? (uint16_t)s : UINT16_MAX;
	c->keepalive_sent = 0;
	c->life_at = s ? tick_after(c->stack->now, s * 1000000ull) : TICK_NONE;
	conn_touch(c);
}

int
tct_set_dscp(struct tct_conn *c, uint8_t dscp)
{
	if (dscp > 63)
		return -EINVAL;
	c->dscp_tx = (uint8_t)(dscp << 2);
	return 0;
}

/* Of the queued bytes those that were sent, be they about to be sent again: the rest lies behind
 * snd_max. The SYN is none of them, nor is the FIN. */
static uint32_t
bytes_sent(const struct tct_conn *c)
{
	uint32_t n = c->snd_max - c->snd_una;

	if (c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD)
		return 0;
	return n < c->sndq.bytes ? n : c->sndq.bytes;
}

void
tct_info(const struct tct_conn *c, struct tct_info *info)
{
	*info = (struct tct_info){
		.local_port = rte_be_to_cpu_16(c->tuple.local_port),
		.remote_port = rte_be_to_cpu_16(c->tuple.remote_port),
		.state = state_name[c->state],
		.service = c->service->name,
		.id = conn_id(conn_index(c->stack, c), c),
		.mss = c->mss,
		.srtt_us = c->srtt_us,
		.rto_ms = (uint32_t)(((uint64_t)c->rto_ticks << TICK_SHIFT) / 1000),
		.unacked = bytes_sent(c),
		.queued = c->sndq.bytes - bytes_sent(c),
		.fin_unacked = c->flags & CONN_FIN_SENT && c->snd_una != c->snd_max,
		.dscp_received = c->dscp_rx,
	};
	memcpy(info->local.bytes, c->tuple.local.b, sizeof(info->local.bytes));
	memcpy(info->remote.bytes, c->tuple.remote.b, sizeof(info->remote.bytes));
}

struct tct_worker *
tct_conn_worker(const struct tct_conn *c)
{
	return c->stack->worker;
}
