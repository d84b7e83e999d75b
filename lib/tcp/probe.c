/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments that are sent to be answered: into a window that is closed (RFC 9293 3.8.6.1), and on a
 * connection that has long been idle (3.8.4).
 */
#include "internal.h"

void
persist(struct tct_conn *c)
{
	bool waiting = c->sndq.bytes || (c->flags & CONN_FIN_WANTED && !conn_fin_acked(c));

	if (!waiting || c->rtx_at != TICK_NONE)
		return;
	c->flags |= CONN_PERSIST;
	c->retransmits = 0;
	c->rtx_at = tick_add(c->stack->now, probe_interval(c));
}

void
send_probe(struct tct_conn *c)
{
	struct segment_out o = {.seq = c->snd_una, .flags = TCP_FLAG_ACK};

	/* Into a window that is open but not worth a segment: what fits (3.8.6.2.1, the override).
	 */
	o.len = c->snd_wnd > 1 ? c->snd_wnd : 1;
	o.len = o.len < c->mss ? o.len : c->mss;
	o.len = o.len < c->sndq.bytes ? o.len : c->sndq.bytes;
	if (!o.len)
		o.flags |= TCP_FLAG_FIN;
	if (!conn_transmit(c, &o))
		return;
	c->flags &= ~CONN_PROBE;
	if (seq_lt(c->snd_max, c->snd_una + (o.len ? o.len : 1)))
		c->snd_max = c->snd_una + (o.len ? o.len : 1);
	if (!o.len)
		fin_sent(c);
	tcp_count(c->stack, COUNTER_TCP_ZERO_WINDOW_PROBE);
	if (!(c->flags & CONN_PROBED))
		c->rtx_start = c->stack->now;
	c->flags |= CONN_PERSIST | CONN_PROBED;
	if (c->retransmits < UINT8_MAX)
		c->retransmits++;
	c->rtx_at = tick_add(c->stack->now, probe_interval(c));
}

/* Without data: SHLD-12. */
void
send_keepalive(struct tct_conn *c)
{
	struct segment_out o = {.seq = c->snd_una - 1, .flags = TCP_FLAG_ACK};

	if (!conn_transmit(c, &o))
		return;
	c->flags &= ~CONN_KEEP_PROBE;
	tcp_count(c->stack, COUNTER_TCP_KEEPALIVE_PROBE);
}
