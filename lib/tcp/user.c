/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The user calls of RFC 9293 3.10.2 to 3.10.6, as lib/tercet.h offers them to services. OPEN is in
 * connect.c and listen.c.
 *
 * None of them sends: they queue, set flags and put the conn on the send list, so that they may be
 * called from any callback.
 */
#include <errno.h>

#include "internal.h"

#define SEND_AGAIN_MS 2

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

int
tct_send_text(struct tct_conn *c, struct tct_text *text)
{
	struct extent e = {.bytes = text->bytes, .text = text, .len = text->len};
	int ret = send_check(c, text->len);

	if (ret < 0)
		return ret;
	ret = send_extent(c, &e);
	if (ret == 0)
		text->users++;
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

bool
tct_fin_unacked(const struct tct_conn *c)
{
	return c->flags & CONN_FIN_SENT && c->snd_una != c->snd_max;
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
		struct tct_conn *c = conn_at(s, *position);

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
		.fin_unacked = tct_fin_unacked(c),
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
