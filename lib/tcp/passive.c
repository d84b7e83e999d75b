/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both ways of a passive open share, the half-open record and the cookie: what the SYN
 * offered, and the conn that the completed handshake makes.
 */
#include "internal.h"

/* The mtu behind the port that p came in on. */
uint16_t
syn_port_mtu(struct tcp_stack *s, const struct packet *p)
{
	return s->route->hop_mtu(s->net, HOP(p->port, HOP_REFLECT));
}

/* RFC 3168 6.1.1: SYN with ECE and CWR asks for ECN. */
bool
syn_wants_ecn(const struct tcp_stack *s, const struct packet *p)
{
	return s->config.ecn &&
	       (p->flags & (TCP_FLAG_ECE | TCP_FLAG_CWR)) == (TCP_FLAG_ECE | TCP_FLAG_CWR);
}

uint8_t
syn_wscale(const struct tcp_stack *s, const struct packet *p)
{
	return p->opt.has_wscale && s->config.window_scale ? p->opt.wscale : HALF_OPEN_NO_WSCALE;
}

/* The conn of a completed passive open: state ESTABLISHED, in the table under ref's place or anew.
 */
struct tct_conn *
passive_conn(struct tcp_stack *s, struct packet *p, const struct conn_offer *o, uint32_t iss,
	     struct listener *l)
{
	struct tct_conn *c = conn_make(s, &p->tuple, p->hash);

	if (!c) {
		tcp_count(s, COUNTER_DROP_CONN_FULL);
		return NULL;
	}
	if (!conn_route(c)) {
		tcp_count(s, COUNTER_DROP_NO_ROUTE);
		conn_free(c);
		return NULL;
	}
	c->service = l->service;
	c->user = l->user;
	c->snd_una = c->snd_nxt = c->snd_max = iss + 1;
	c->rcv_nxt = c->rcv_acked = p->seq;
	window_begin(c);
	conn_negotiate(c, o);
	c->snd_wnd = c->max_snd_wnd = (uint32_t)p->wnd << c->snd_wscale;
	c->snd_wl1 = p->seq;
	c->snd_wl2 = p->ack;
	c->state = STATE_ESTABLISHED;
	return c;
}

void
passive_opened(struct tct_conn *c, struct listener *l)
{
	struct tcp_stack *s = c->stack;

	c->flags |= CONN_OPENED;
	l->accepted++;
	tcp_count(s, COUNTER_CONN_PASSIVE_OPEN);
	tcp_count(s, COUNTER_CONN_ESTABLISHED);
	if (c->keepalive_s)
		c->life_at = tick_after(s->now, c->keepalive_s * 1000000ull);
	if (c->service->opened)
		c->service->opened(c);
	conn_touch(c);
}
