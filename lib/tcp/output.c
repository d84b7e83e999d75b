/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection owes the wire, paid once per poll.
 *
 * Input, timers and user calls only set flags and put the conn on the send list; tcp_flush() visits
 * each conn there once, sends what may be sent (data, FIN, ACK, probe, RST), sets the
 * retransmission timer and files the earliest deadline. So ACKs are aggregated (MUST-58, MUST-59),
 * and an answer carries the acknowledgment of its question.
 *
 * What is lost is sent again from the scoreboard (flight.h). A segment that was alone in flight,
 * and what was sent into a closed window, has no place there: it rewinds snd_nxt to snd_una, and
 * snd_max remembers how far the peer may acknowledge. What can't be sent for want of a buffer stays
 * on the list for the next poll.
 */
#include "../wire/segment.h"
#include "internal.h"

/* A flush ends when so many conns found no buffer or no room: the rest would find none either. */
#define FLUSH_REFUSED_MAX 64

uint16_t
syn_mss(const struct tcp_stack *s, const struct tuple *t, uint16_t mtu)
{
	uint16_t mss = mtu - (addr_is_ip4(&t->local) ? 40 : 60); /* RFC 6691 */

	return s->config.mss && s->config.mss < mss ? s->config.mss : mss;
}

/* How many SACK blocks go into a segment: options that data has to make room for (RFC 6691) are not
 * worth a data segment more. */
static unsigned
sack_blocks_max(const struct tct_conn *c, const struct segment_out *o)
{
	uint32_t room = o->len < c->mss ? c->mss - o->len : 0;
	unsigned max = c->flags & CONN_TIMESTAMPS ? 3 : 4;

	if (c->reorder == POOL_NONE || !(c->flags & CONN_SACK))
		return 0;
	if (!o->len)
		return max;
	room = room < 4 ? 0 : (room - 4) / (unsigned)sizeof(struct tcp_sack_block);
	return room < max ? room : max;
}

/* Options of a conn's segment. */
static unsigned
conn_options(struct tct_conn *c, const struct segment_out *so, uint8_t flags,
	     uint8_t out[TCP_OPTIONS_MAX])
{
	struct tcp_stack *s = c->stack;
	struct tcp_options o;

	memset(&o, 0, offsetof(struct tcp_options, sack));
	if (flags & TCP_FLAG_SYN) {
		bool offer = !(flags & TCP_FLAG_ACK); /* our SYN offers, our SYN-ACK confirms */

		o.mss = syn_mss(s, &c->tuple, s->route->hop_mtu(s->net, c->hop));
		o.has_wscale = offer ? s->config.window_scale > 0 : !!(c->flags & CONN_WSCALE);
		o.wscale = s->syn_wscale;
		o.sack_permitted = offer ? s->config.sack : !!(c->flags & CONN_SACK);
		o.has_ts = offer ? s->config.timestamps : !!(c->flags & CONN_TIMESTAMPS);
	} else {
		o.has_ts = !!(c->flags & CONN_TIMESTAMPS);
		if (unlikely(c->reorder != POOL_NONE) && !(flags & TCP_FLAG_RST))
			o.sack_blocks = 7 & hole_blocks(c, o.sack, sack_blocks_max(c, so));
	}
	if (!o.has_ts && !o.sack_blocks && !(flags & TCP_FLAG_SYN))
		return 0;
	o.ts_val = s->now + c->ts_offset;
	o.ts_ecr = flags & TCP_FLAG_ACK || !(flags & TCP_FLAG_SYN) ? c->ts_recent : 0;
	return tcp_options_build(&o, out);
}

/* RFC 3168 6.1.1: our SYN-ACK agrees, our SYN asks if it is to; the first one only, which may have
 * been dropped for that (6.1.1.1). */
static void
syn_ecn(const struct tct_conn *c, uint8_t *flags)
{
	if (*flags & TCP_FLAG_ACK)
		*flags |= c->flags & CONN_ECN ? TCP_FLAG_ECE : 0;
	else if (c->stack->config.ecn_request && !(c->flags & CONN_SYN_REXMIT))
		*flags |= TCP_FLAG_ECE | TCP_FLAG_CWR;
}

/* ECN bits of flags and TOS, RFC 3168 6.1. */
static uint8_t
conn_ecn(struct tct_conn *c, const struct segment_out *o, uint8_t *flags)
{
	bool fresh = o->len && !seq_lt(o->seq, c->snd_max);

	if (*flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) {
		if (*flags & TCP_FLAG_SYN)
			syn_ecn(c, flags);
		return 0;
	}
	if (!(c->flags & CONN_ECN))
		return 0;
	if (c->flags & CONN_ECN_ECHO)
		*flags |= TCP_FLAG_ECE;
	if (!fresh)
		return 0;
	if (c->flags & CONN_CWR) {
		*flags |= TCP_FLAG_CWR;
		c->flags &= ~CONN_CWR;
	}
	return 2; /* ECT(0) */
}

/* The length of the Ethernet header is for net_resolve() to say. */
static void
mbuf_offload(const struct tcp_stack *s, struct rte_mbuf *m, const struct tuple *t,
	     unsigned options_len, uint16_t tso_segsz)
{
	bool ip4 = addr_is_ip4(&t->local);

	if (!s->tx_checksum)
		return;
	m->tx_offload = rte_mbuf_tx_offload(0, ip4 ? 20 : 40, 20 + options_len, tso_segsz, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM |
		       (ip4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6);
}

/* Writes the payload behind hdr bytes of headers. */
static void
put_payload(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, unsigned hdr)
{
	struct tcp_stack *s = c->stack;

	if (unlikely(o->tso_segsz)) {
		tso_fill(c, o, m, hdr);
		return;
	}
	if (o->len)
		extent_copy(&c->sndq, &s->extents, &s->cursor, o->offset, o->len,
			    rte_pktmbuf_mtod_offset(m, uint8_t *, hdr));
	m->data_len = (uint16_t)(hdr + o->len);
	m->pkt_len = m->data_len;
}

/* What is counted is what the wire sees. */
static void
count_segments(struct tcp_stack *s, const struct segment_out *o)
{
	uint32_t n = 1;

	if (unlikely(o->tso_segsz)) {
		n = o->len / o->tso_segsz;
		tcp_count(s, COUNTER_TCP_TSO);
	}
	s->counters->v[COUNTER_TCP_TX] += n;
	s->counters->v[COUNTER_TCP_BYTES_TX] += o->len;
}

/* About a hole a segment with data tells nothing without SACK blocks: it is no duplicate ACK (RFC
 * 5681 2). */
static bool
tells_all(const struct tct_conn *c, const struct segment_out *o)
{
	return c->reorder == POOL_NONE || !o->len || sack_blocks_max(c, o);
}

/* Without a hole, ECN, SYN, RST or TSO a segment's options are a timestamp or none. */
static bool
is_plain(const struct tct_conn *c, const struct segment_out *o)
{
	return c->reorder == POOL_NONE && !(c->flags & CONN_ECN) && !o->tso_segsz &&
	       !(o->flags & (TCP_FLAG_SYN | TCP_FLAG_RST));
}

static __rte_always_inline void
put_plain(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, bool ip4,
	  unsigned options_len)
{
	struct tcp_stack *s = c->stack;
	uint32_t timestamps[] = {RTE_BE32(0x0101080a), rte_cpu_to_be_32(s->now + c->ts_offset),
				 rte_cpu_to_be_32(c->ts_recent)};
	unsigned len = (ip4 ? IP4_LEN : IP6_LEN) + TCP_LEN + options_len;
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct segment_header h = {
		.tuple = &c->tuple,
		.seq = o->seq,
		.ack = c->rcv_nxt,
		.wnd = window_field(c),
		.flags = o->flags,
		.tos = c->dscp_tx,
		.ttl = s->config.ttl,
		.options = (const uint8_t *)timestamps,
		.payload_len = o->len,
		.pseudo_sum = csum_tuple_ports(&c->tuple, ip4),
	};
	uint64_t sum = 0;

	if (o->len) {
		extent_copy(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, p + len);
		if (!s->tx_checksum)
			sum = csum_bytes(0, p + len, o->len);
	}
	m->data_len = (uint16_t)(len + o->len);
	m->pkt_len = m->data_len;
	segment_put(p, &h, ip4, options_len, sum, s->tx_checksum);
	if (s->tx_checksum)
		mbuf_offload(s, m, &c->tuple, options_len, 0);
}

/* Each pair of constants has a body of its own. */
static void
transmit_plain(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m)
{
	struct tcp_stack *s = c->stack;
	bool ip4 = tuple_is_ip4(&c->tuple);

	if (likely(c->flags & CONN_TIMESTAMPS)) {
		if (likely(ip4))
			put_plain(c, o, m, true, 12);
		else
			put_plain(c, o, m, false, 12);
	} else if (ip4) {
		put_plain(c, o, m, true, 0);
	} else {
		put_plain(c, o, m, false, 0);
	}
	tx_put(s->tx, m, c->hop);
	tcp_count(s, COUNTER_TCP_TX);
	s->counters->v[COUNTER_TCP_BYTES_TX] += o->len;
	c->rcv_acked = c->rcv_nxt;
	c->flags &= ~CONN_ACK_NOW;
	c->ack_at = TICK_NONE;
}

static void
transmit_any(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m)
{
	struct tcp_stack *s = c->stack;
	uint8_t options[TCP_OPTIONS_MAX];
	uint8_t flags = o->flags;
	struct segment_header h = {.tuple = &c->tuple, .options = options};
	unsigned hdr;
	uint8_t *p;
	bool told;

	h.tos = c->dscp_tx | conn_ecn(c, o, &flags);
	told = tells_all(c, o);
	h.options_len = (uint8_t)conn_options(c, o, flags, options);
	h.seq = o->seq;
	h.ack = flags & TCP_FLAG_ACK ? c->rcv_nxt : 0;
	h.flags = flags;
	h.wnd = flags & TCP_FLAG_SYN ? syn_window(s) : window_field(c);
	h.ttl = s->config.ttl;
	h.payload_len = o->len;
	h.tso = o->tso_segsz != 0;
	h.pseudo_sum = csum_tuple(&c->tuple, 1);
	hdr = segment_header_len(&c->tuple, h.options_len);
	p = rte_pktmbuf_mtod(m, uint8_t *);
	put_payload(c, o, m, hdr);
	segment_build(p, &h, s->tx_checksum || !o->len ? 0 : csum_bytes(0, p + hdr, o->len),
		      s->tx_checksum);
	mbuf_offload(s, m, &c->tuple, h.options_len, o->tso_segsz);
	tx_put(s->tx, m, c->hop);
	count_segments(s, o);
	if (flags & TCP_FLAG_ACK) {
		c->rcv_acked = c->rcv_nxt;
		if (told)
			c->flags &= ~CONN_ACK_NOW;
		c->ack_at = TICK_NONE;
	}
}

bool
conn_transmit(struct tct_conn *c, const struct segment_out *o)
{
	struct tcp_stack *s = c->stack;
	struct rte_mbuf *m = tx_room(s->tx) ? tx_take(s->tx, o->len == 0) : NULL;

	if (unlikely(!m)) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		c->flags |= CONN_RETRY;
		return false;
	}
	if (likely(is_plain(c, o)))
		transmit_plain(c, o, m);
	else
		transmit_any(c, o, m);
	return true;
}

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

/* Nagle (SHLD-7) and sender silly-window avoidance (RFC 9293 3.8.6.2.1, MUST-38). */
static bool
worth_sending(const struct tct_conn *c, uint32_t len, uint32_t avail)
{
	if (len >= c->mss || c->flags & CONN_REWOUND)
		return true;
	if (len == avail)
		return c->flags & (CONN_NODELAY | CONN_FIN_WANTED) || c->snd_nxt == c->snd_una;
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
static void
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
		tlp_sent(c, f, false);
		return;
	}
	r = c->flags & CONN_RETRY ? NULL : flight_last(c, f, c->mss);
	if (r && resend_range(c, f, r))
		tlp_sent(c, f, true);
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

/* Data of a connection with a record: what is lost, then what is new. */
static void
flush_flight(struct tct_conn *c, struct flight *f)
{
	if (f->bytes == 0 && c->snd_nxt != conn_data_end(c))
		congestion_restart(c, f);
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

/* Data waits for a closed window and nothing is in flight: probe after an RTO (3.8.6.1, MUST-36).
 */
static void
persist(struct tct_conn *c)
{
	bool waiting = c->sndq.bytes || (c->flags & CONN_FIN_WANTED && !conn_fin_acked(c));

	if (!waiting || c->rtx_at != TICK_NONE)
		return;
	c->flags |= CONN_PERSIST;
	c->retransmits = 0;
	c->rtx_at = tick_add(c->stack->now, probe_interval(c));
}

static void
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

/* RFC 9293 3.8.4: a segment that the peer must answer, without data (SHLD-12). */
static void
send_keepalive(struct tct_conn *c)
{
	struct segment_out o = {.seq = c->snd_una - 1, .flags = TCP_FLAG_ACK};

	if (!conn_transmit(c, &o))
		return;
	c->flags &= ~CONN_KEEP_PROBE;
	tcp_count(c->stack, COUNTER_TCP_KEEPALIVE_PROBE);
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
 * for its timer. So the bursts after a hole draw a train of ACKs, one for each second segment (RFC
 * 5681 4.2), once all of them are processed (MUST-59). False when there is no buffer.
 */
static bool
send_train(struct tct_conn *c)
{
	uint32_t last = c->rcv_nxt, full = conn_full_segment(c);
	bool sent = true;

	if (c->quick_acks <= QUICK_ACKS || c->reorder != POOL_NONE)
		return true;
	c->quick_acks--;
	while (sent && last - c->rcv_acked >= 3 * full) {
		c->rcv_nxt = c->rcv_acked + 2 * full;
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
	struct segment_out o = {.seq = c->iss, .flags = TCP_FLAG_SYN};

	if (c->snd_nxt != c->iss) {
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

/* The end of a killed conn. False when its RST found no buffer: next poll. */
static bool
flush_closed(struct tct_conn *c)
{
	struct segment_out rst = {.seq = empty_segment_seq(c),
				  .flags = TCP_FLAG_RST | TCP_FLAG_ACK};

	if (c->flags & CONN_SEND_RST) {
		if (!conn_transmit(c, &rst))
			return false;
		tcp_count(c->stack, COUNTER_TCP_RST_TX);
	}
	conn_end(c, c->reason);
	return true;
}

/* One conn; false when it has to be visited again in the next poll. */
static bool
conn_flush(struct tct_conn *c)
{
	c->flags &= ~CONN_RETRY;
	c->stack->cursor.node = POOL_NONE;
	if (c->state == STATE_CLOSED)
		return flush_closed(c);
	if (c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD)
		flush_syn(c);
	else
		flush_synchronised(c);
	if (c->state == STATE_TIME_WAIT && !(c->flags & CONN_RETRY) && !c->rcvq.bytes) {
		time_wait_enter(c);
		return true;
	}
	conn_arm(c);
	return !(c->flags & CONN_RETRY);
}

/* What is left of a list that the flush could not finish goes ahead of the one made meanwhile. */
static void
send_list_put_back(struct tcp_stack *s, uint32_t first, uint32_t last)
{
	struct tct_conn *c = pool_at(&s->conns, last);

	c->send_next = s->send_head;
	if (s->send_tail == SEND_LIST_END)
		s->send_tail = last;
	s->send_head = first;
}

void
tcp_flush(struct tcp_stack *s)
{
	uint32_t i = s->send_head, last = s->send_tail;
	unsigned refused = 0;

	/* Callbacks may put conns on the list meanwhile: they make a new one. */
	s->send_head = SEND_LIST_END;
	s->send_tail = SEND_LIST_END;
	while (i != SEND_LIST_END) {
		struct tct_conn *c = pool_at(&s->conns, i);

		if (unlikely(refused == FLUSH_REFUSED_MAX)) {
			send_list_put_back(s, i, last);
			return;
		}
		i = c->send_next;
		c->send_next = SEND_LIST_NONE;
		if (!conn_flush(c)) {
			conn_touch(c);
			refused++;
		}
	}
}

void
half_open_transmit(struct tcp_stack *s, struct half_open *h)
{
	uint16_t hop = s->route->hop(s->net, &h->tuple.remote, s->now_us);
	struct segment_header sh = {.tuple = &h->tuple};
	uint8_t options[TCP_OPTIONS_MAX];
	struct tcp_options o;
	struct rte_mbuf *m;

	if (hop == HOP_NONE)
		return;
	s->route->hop_release(s->net, hop);
	m = tx_room(s->tx) ? tx_take(s->tx, 1) : NULL;
	if (!m) {
		tcp_count(s, COUNTER_TX_NO_MBUF);
		return;
	}
	half_open_syn_ack(s, h, &o);
	o.mss = syn_mss(s, &h->tuple, s->route->hop_mtu(s->net, hop));
	sh.options_len = (uint8_t)tcp_options_build(&o, options);
	sh.options = options;
	sh.seq = h->iss;
	sh.ack = h->irs + 1;
	sh.flags = TCP_FLAG_SYN | TCP_FLAG_ACK | (h->ecn ? TCP_FLAG_ECE : 0);
	sh.wnd = syn_window(s);
	sh.ttl = s->config.ttl;
	sh.pseudo_sum = csum_tuple(&h->tuple, 1);
	m->data_len =
		(uint16_t)segment_build(rte_pktmbuf_mtod(m, uint8_t *), &sh, 0, s->tx_checksum);
	m->pkt_len = m->data_len;
	mbuf_offload(s, m, &h->tuple, sh.options_len, 0);
	tx_put(s->tx, m, hop);
	tcp_count(s, COUNTER_TCP_TX);
	tcp_count(s, COUNTER_SYN_ACK_TX);
}
