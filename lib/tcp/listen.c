/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SEGMENT ARRIVES in LISTEN and CLOSED: RFC 9293 3.10.7.1 and 3.10.7.2.
 *
 * The overload ladder, each rung counted: half-open record, then cookie (no record at all), then
 * the SYN is dropped. Where the ISS of a cookie would not do, over a TIME_WAIT without timestamps,
 * even cookie mode takes a half-open.
 */
#include "internal.h"

static uint32_t
syn_iss(const struct tcp_stack *s, const struct packet *p, const uint32_t *floor)
{
	uint32_t iss = isn_make(s, &p->tuple);

	return floor && seq_le(iss, *floor) ? *floor + 1 : iss;
}

/* The overload ladder. With a floor a cookie may be of no use: then a half-open even in cookie
 * mode. */
static void
listen_syn(struct tcp_stack *s, struct listener *l, struct packet *p, const uint32_t *floor)
{
	struct half_open *h = NULL;
	bool cookies;

	tcp_count(s, COUNTER_SYN_RX);
	if (s->stopping)
		return;
	cookies = syn_cookie_wanted(s);
	if (cookies && syn_cookie_answer(s, p, floor))
		return;
	if (!l->backlog || l->half_open < l->backlog)
		h = half_open_make(s, l, p, syn_iss(s, p, floor));
	if (h) {
		half_open_arm(s, h);
		if (h->deadline != TICK_NONE)
			half_open_answer(s, h, p);
	} else if (cookies || s->config.syn_cookies != TCT_SYN_COOKIES_AUTO ||
		   !syn_cookie_answer(s, p, floor)) {
		tcp_count(s, COUNTER_DROP_SYN_BACKLOG);
	}
}

void
listen_input(struct tcp_stack *s, struct packet *p, const uint32_t *iss_floor)
{
	struct listener *l = tcp_listener(s, &p->tuple);

	switch (state_segment[l ? STATE_LISTEN : STATE_CLOSED][segment_event(p->flags)]) {
	case ACTION_LISTEN:
		if (p->flags & TCP_FLAG_SYN)
			listen_syn(s, l, p, iss_floor);
		else if (!syn_cookie_complete(s, l, p))
			reply_reset(s, p); /* 3.10.7.2, second */
		return;
	case ACTION_RESET:
		tcp_count(s, COUNTER_DROP_TCP_NO_LISTENER);
		reply_reset(s, p);
		return;
	case ACTION_IGNORE:
		tcp_count(s, COUNTER_DROP_TCP_NO_LISTENER);
		return;
	default:
		tcp_count(s, COUNTER_DROP_TCP_STATE);
	}
}
