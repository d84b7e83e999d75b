/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SEGMENT ARRIVES in SYN_SENT: RFC 9293 3.10.7.3, in its order.
 */
#include "internal.h"

static bool
ack_acceptable(const struct tct_conn *c, const struct packet *p)
{
	return seq_gt(p->ack, c->snd_una) && seq_le(p->ack, c->snd_max);
}

/* RFC 3168 6.1.1: ECE alone agrees; a peer that only gives our flags back has not read them. */
static bool
agrees_on_ecn(const struct tct_conn *c, const struct packet *p)
{
	return c->stack->config.ecn_request && p->flags & TCP_FLAG_ACK &&
	       (p->flags & (TCP_FLAG_ECE | TCP_FLAG_CWR)) == TCP_FLAG_ECE;
}

static void
take_offer(struct tct_conn *c, const struct packet *p)
{
	const struct tct_tcp_config *config = &c->stack->config;
	struct conn_offer o = {
		.mss = p->opt.mss,
		.wscale = p->opt.has_wscale && config->window_scale ? p->opt.wscale
								    : HALF_OPEN_NO_WSCALE,
		.sack = p->opt.sack_permitted,
		.timestamps = p->opt.has_ts,
		.ecn = agrees_on_ecn(c, p),
		.ts_recent = p->opt.ts_val,
	};

	c->rcv_nxt = c->rcv_acked = p->seq + 1;
	window_begin(c);
	conn_negotiate(c, &o);
	c->snd_wnd = c->max_snd_wnd = p->wnd; /* a SYN's window is not scaled */
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
}

/* SYN and ACK: the connection is open. */
static void
opened(struct tct_conn *c, struct packet *p)
{
	struct tcp_stack *s = c->stack;

	c->snd_una = p->ack;
	c->snd_nxt = c->snd_max;
	c->rtx_at = TICK_NONE;
	rtt_of_syn(c, p);
	c->retransmits = 0;
	rto_after_syn(c);
	conn_set_state(c, STATE_ESTABLISHED);
	c->flags = (c->flags & ~CONN_REWOUND) | CONN_ACK_NOW | CONN_OPENED;
	if (c->keepalive_s)
		c->life_at = tick_after(s->now, c->keepalive_s * 1000000ull);
	tcp_count(s, COUNTER_CONN_ESTABLISHED);
	conn_touch(c);
	if (c->service->opened)
		c->service->opened(c);
	p->seq++; /* text and FIN beside the SYN: go on at the sixth step */
	p->flags &= ~TCP_FLAG_SYN;
	segment_text_and_fin(c, p);
}

/* SYN without ACK: simultaneous open (MUST-10). */
static void
simultaneous(struct tct_conn *c)
{
	tcp_count(c->stack, COUNTER_CONN_SIMULTANEOUS_OPEN);
	conn_set_state(c, STATE_SYN_RCVD);
	c->snd_nxt = c->snd_una;      /* the SYN again, with its ACK */
	if (c->snd_nxt != c->snd_max) /* unless our SYN still waits for a buffer */
		c->flags |= CONN_REWOUND;
	conn_touch(c);
}

void
syn_sent_input(struct tct_conn *c, struct packet *p)
{
	struct tcp_stack *s = c->stack;
	bool ack = p->flags & TCP_FLAG_ACK;

	/* First: ACK. */
	if (ack && !ack_acceptable(c, p)) {
		tcp_count(s, COUNTER_DROP_TCP_ACK);
		reply_reset(s, p);
		return;
	}
	/* Second: RST, believed only with an acceptable ACK. */
	if (p->flags & TCP_FLAG_RST) {
		if (ack)
			conn_kill(c, TCT_REFUSED);
		else
			tcp_count(s, COUNTER_DROP_TCP_ACK);
		return;
	}
	/* Fourth: SYN. */
	if (!(p->flags & TCP_FLAG_SYN)) { /* fifth: neither */
		tcp_count(s, COUNTER_DROP_TCP_STATE);
		return;
	}
	c->last_rx_tick = s->now;
	take_offer(c, p);
	if (ack)
		opened(c, p);
	else
		simultaneous(c);
}
