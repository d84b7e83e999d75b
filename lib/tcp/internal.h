/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of this room offer each other, by file.
 */
#ifndef TCT_TCP_INTERNAL_H
#define TCT_TCP_INTERNAL_H

#include <rte_debug.h>

#include "../base/seq.h"
#include "flight.h"
#include "stack.h"

/* RFC 5681 4.2 lets a receiver acknowledge more often while the sender starts slowly; Linux has 16.
 */
#define QUICK_ACKS 16

/* After a hole so many more bursts are acknowledged segment by segment: output.c. */
#define TRAIN_ACKS 15

/* conn.c */

/* What every conn is to begin with, from the configuration: once. */
void conn_make_fresh(struct tcp_stack *s);

/* A conn for t, initialised, state CLOSED, not in the flow table; hash: its place there. NULL when
 * none is free. */
struct tct_conn *conn_make(struct tcp_stack *s, const struct tuple *t, uint64_t hash);

/* What the peer's SYN offered, and our answer to it: sizes, flags, windows. */
struct conn_offer {
	uint16_t mss;	/* 0: none given */
	uint8_t wscale; /* HALF_OPEN_NO_WSCALE: none */
	bool sack;
	bool timestamps;
	bool ecn;
	uint32_t ts_recent;
};
void conn_negotiate(struct tct_conn *c, const struct conn_offer *o);

static inline void
conn_set_state(struct tct_conn *c, enum state to)
{
	RTE_ASSERT(state_may_follow(c->state, to));
	c->state = (uint8_t)to;
}

/* Resolves the next hop; false when there is no route. */
bool conn_route(struct tct_conn *c);

/* Ends the connection: out of the flow table at once, closed() and the record's end in the next
 * flush. */
void conn_kill(struct tct_conn *c, enum tct_reason reason);

/* Puts c on the send list, where it must not be yet. */
static inline void
conn_list(struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;

	c->send_next = SEND_LIST_END;
	*s->send_last = conn_index(s, c);
	s->send_last = &c->send_next;
}

/* All of a conn is looked at soon. */
static inline void
conn_prefetch(const struct tct_conn *c)
{
	for (unsigned line = 0; line < sizeof(*c); line += RTE_CACHE_LINE_SIZE)
		prefetch_own((const uint8_t *)c + line);
}

/* Has the next flush visit c: most that ask for it are not the first. */
static inline void
conn_touch(struct tct_conn *c)
{
	if (c->send_next == SEND_LIST_NONE)
		conn_list(c);
}

/* Files the earliest deadline with the wheel. */
void conn_arm(struct tct_conn *c);

/* Calls closed() and frees the record of a killed conn, or of one whose TIME_WAIT is now in a
 * record of its own. */
void conn_end(struct tct_conn *c, enum tct_reason reason);

/* Frees the record alone: the service never heard of it. */
void conn_free(struct tct_conn *c);

/* What was sent will be sent again, from snd_una. */
void conn_rewind(struct tct_conn *c);

static inline bool
conn_fin_acked(const struct tct_conn *c)
{
	return (c->flags & CONN_FIN_SENT) && c->snd_una == c->snd_max;
}

/* The peer's full-sized segment: what we announced, or what we send ourselves. */
static inline uint32_t
conn_full_segment(const struct tct_conn *c)
{
	uint16_t announced = c->stack->config.mss;

	return announced && announced < c->mss ? announced : c->mss;
}

/* Sequence number after the last queued byte: where the FIN goes. */
static inline uint32_t
conn_data_end(const struct tct_conn *c)
{
	return c->snd_una + c->sndq.bytes;
}

#define TCP_BURST 32 /* segments handled at once, at most */

/* isn.c */

uint32_t isn_make(const struct tcp_stack *s, const struct tuple *t);
uint32_t isn_of(const struct tcp_stack *s, uint64_t prf); /* the same, tuple_prf() known */
uint32_t isn_silent(uint64_t prf);
bool answers_silent(const struct tcp_stack *s, const struct packet *p);
void ts_offset_renew(struct ts_offset *o, const struct siphash_key *key, const struct tuple *t);

static inline uint32_t
ts_offset_place(const struct tuple *t)
{
	return ((t->local.w32[3] ^ t->remote.w32[3]) * 0x9e3779b9u) >> 26;
}

static inline bool
ts_offset_is(const struct ts_offset *o, const struct tuple *t)
{
	return addr_equal(&o->remote, &t->remote) && addr_equal(&o->local, &t->local);
}

/* Hosts that talk to each other do so more than once. Who makes two pairs share a place has the
 * offset made anew, no more. */
static inline uint32_t
ts_offset_make(struct tcp_stack *s, const struct tuple *t)
{
	struct ts_offset *o = &s->ts_offsets[ts_offset_place(t)];

	if (!s->config.timestamps)
		return 0;
	if (unlikely(!ts_offset_is(o, t)))
		ts_offset_renew(o, &s->ts_key, t);
	return o->offset;
}

/* The same for n tuples, n <= TCP_BURST, which are not remembered. */
void ts_offset_burst(const struct tcp_stack *s, const struct tuple *const tuples[], unsigned n,
		     uint32_t offsets[]);

/* reply.c: answers that need no conn, built in the received buffer */

struct reply {
	uint32_t seq;
	uint32_t ack;
	uint16_t wnd;
	uint8_t flags;
	const struct tcp_options *opt; /* NULL: none */
};
void reply_send(struct tcp_stack *s, struct packet *p, const struct reply *r);
struct syn_ack;
void syn_ack_reply(struct tcp_stack *s, struct packet *p, const struct syn_ack *a);
void reply_reset(struct tcp_stack *s, struct packet *p); /* 3.10.7.1, rate-limited */

/* output.c */

/* The FIN went out. */
void fin_sent(struct tct_conn *c);

/* probe.c */

/* Data waits for a closed window and nothing is in flight: probe after an RTO (3.8.6.1, MUST-36).
 */
void persist(struct tct_conn *c);
void send_probe(struct tct_conn *c);
void send_keepalive(struct tct_conn *c);

/* transmit.c */

struct segment_out {
	uint32_t seq;
	uint8_t flags;
	uint32_t offset; /* of the payload in sndq */
	uint32_t len;
	uint16_t tso_segsz; /* the port makes segments of so many bytes of it; 0: it is one */
};
bool conn_transmit(struct tct_conn *c, const struct segment_out *o);

/* syn.c */

uint16_t syn_mss(const struct tcp_stack *s, const struct tuple *t, uint16_t mtu);

/* c's SYN, with ACK or without, in m. */
void syn_transmit(struct tct_conn *c, uint8_t flags, struct rte_mbuf *m);

/* A SYN-ACK for a half-open record by its own (not in reply to a packet). */
void half_open_transmit(struct tcp_stack *s, struct half_open *h);

/* listen.c: 3.10.7.1 and 3.10.7.2. iss_floor: what our ISS must lie above, or NULL. */

void listen_input(struct tcp_stack *s, struct packet *p, const uint32_t *iss_floor);

/* buffer.c: how much a connection may hold */

uint32_t window_first(const struct tct_tcp_config *config);
uint8_t window_shift(const struct tct_tcp_config *config);

/* The window that a SYN tells, which is not scaled, and c's when it is told: its first byte is
 * rcv_nxt. */
static inline uint16_t
syn_window(const struct tcp_stack *s)
{
	return s->window_first < UINT16_MAX ? (uint16_t)s->window_first : UINT16_MAX;
}

void window_begin(struct tct_conn *c);
uint32_t window_size(const struct tct_conn *c);

/* Whether an ACK would tell of a window that is worth telling of. */
bool window_opens(const struct tct_conn *c);
void window_tune(struct tct_conn *c, const struct packet *p);

/* Bytes that c may have queued; and what cwnd asks for now is remembered. */
uint32_t send_limit(const struct tct_conn *c);
void send_grow(struct tct_conn *c);

/* half_open.c */

/* A record for the SYN p, in the flow table; NULL when none is free. */
struct half_open *half_open_make(struct tcp_stack *s, struct listener *l, const struct packet *p,
				 uint32_t iss);
void half_open_free(struct tcp_stack *s, struct half_open *h);
void half_open_arm(struct tcp_stack *s, struct half_open *h);
void half_open_answer(struct tcp_stack *s, struct half_open *h, struct packet *p);
void half_open_input(struct tcp_stack *s, struct half_open *h, struct packet *p);
void half_open_expire(struct tcp_stack *s, struct half_open *h);
void half_open_syn_ack(struct tcp_stack *s, const struct half_open *h, struct tcp_options *opt);

/* syn_cookie.c */

/* What a burst's segment without a record has had done for it, beside the others. */
struct cookie_ready {
	uint32_t iss;  /* the cookie that an ACK claims */
	bool made;     /* iss is */
	bool answered; /* the segment needs nothing more */
};

/* Whether an ACK may bring a cookie back. */
static inline bool
cookies_are_out(const struct tcp_stack *s)
{
	return s->cookie_last_us && s->now_us - s->cookie_last_us <= COOKIE_LIFETIME_US;
}

/* Whether segments without a record are worth a look before the others: not where nobody listens.
 */
static inline bool
cookies_are_about(const struct tcp_stack *s)
{
	return (s->config.syn_cookies == TCT_SYN_COOKIES_ALWAYS && s->listener_count != 0) ||
	       s->cookie_mode || cookies_are_out(s);
}

/* Answers SYNs, and makes ACKs ready. n <= TCP_BURST; ready[i] is as it was, all false, or set. */
void syn_cookie_burst(struct tcp_stack *s, struct packet *const strays[], unsigned n,
		      struct cookie_ready *const ready[]);
bool syn_cookie_wanted(struct tcp_stack *s);
bool syn_cookie_answer(struct tcp_stack *s, struct packet *p, const uint32_t *floor);
bool syn_cookie_complete(struct tcp_stack *s, struct listener *l, struct packet *p);

/* passive.c */

uint16_t syn_port_mtu(struct tcp_stack *s, const struct packet *p);
bool syn_wants_ecn(const struct tcp_stack *s, const struct packet *p);
uint8_t syn_wscale(const struct tcp_stack *s, const struct packet *p);
struct tct_conn *passive_conn(struct tcp_stack *s, struct packet *p, const struct conn_offer *o,
			      uint32_t iss, struct listener *l);
void passive_opened(struct tct_conn *c, struct listener *l);

/* input.c */

bool stray_is_ours(struct tcp_stack *s, struct packet *p);

/* expected.c and segment.c: 3.10.7.4; syn_sent.c: 3.10.7.3 */

/* Takes the segment if it is the one that was expected; false: it is for segment_any(). */
bool segment_expected(struct tct_conn *c, struct packet *p);
void segment_any(struct tct_conn *c, struct packet *p);

/* A segment for a conn past SYN_SENT. */
static inline void
segment_input(struct tct_conn *c, struct packet *p)
{
	if (!segment_expected(c, p))
		segment_any(c, p);
}

void segment_text_and_fin(struct tct_conn *c, struct packet *p);
void segment_acknowledge_text(struct tct_conn *c, const struct packet *p);
bool segment_fin_acked(struct tct_conn *c);
void syn_sent_input(struct tct_conn *c, struct packet *p);

/* The peer lives, and sent this. After a silence its window may have gone back to slow start. */
static inline void
segment_heard(struct tct_conn *c, const struct packet *p)
{
	if (unlikely(c->stack->now - c->last_rx_tick > c->rto_ticks) && c->quick_acks < QUICK_ACKS)
		c->quick_acks = QUICK_ACKS;
	c->last_rx_tick = c->stack->now;
	c->dscp_rx = p->ip_tos >> 2;
}

/* Whether one more challenge ACK may go out on this connection now; counts either way. */
bool challenge_allowed(struct tct_conn *c);

/* hole.c: what is received beyond a hole */

/* A segment that begins beyond rcv_nxt: kept, and acknowledged at once. */
void hole_input(struct tct_conn *c, struct packet *p);

/* A segment whose bytes from skip on, len of them, begin at rcv_nxt, while there is a hole:
 * delivers all that is in order then. */
void hole_fill(struct tct_conn *c, struct packet *p, uint32_t skip, uint32_t len);
bool hole_fin_due(const struct tct_conn *c);

/* Bytes that came again, for D-SACK. */
void hole_duplicate(struct tct_conn *c, uint32_t left, uint32_t right);

/* At most max SACK blocks for an ACK that is being built; how many. */
unsigned hole_blocks(struct tct_conn *c, struct tcp_sack_block *out, unsigned max);

/* The least that the next ACK may acknowledge: Last.ACK.sent, the end of what a filled hole has
 * delivered or of a duplicate that is reported with it, or, while there is a hole, rcv_nxt. */
uint32_t hole_edge(const struct tct_conn *c);

/* How many ACKs the segments of this poll are worth; at least 1. */
unsigned hole_acks(struct tct_conn *c);

/* Bytes that the service will not read. */
bool hole_has_data(const struct tct_conn *c);

/* How many pieces the queue of a conn with such a window may have. */
uint32_t hole_pieces_max(uint32_t window);

/* Gives up what is kept. */
void hole_close(struct tct_conn *c);

/* deliver.c: received bytes to the service */

void deliver_text(struct tct_conn *c, struct packet *p, uint32_t skip, uint32_t len);
void deliver_kept(struct tct_conn *c, const struct extent *e); /* takes e's reference over */
void deliver_held(struct tct_conn *c);			       /* after tct_resume() */
void deliver_fin(struct tct_conn *c);

/* timewait.c */

void time_wait_enter(struct tct_conn *c);
void time_wait_input(struct tcp_stack *s, struct time_wait *t, struct packet *p);
void time_wait_expire(struct tcp_stack *s, struct time_wait *t);

/* Frees t for an active open if RFC 6191 allows, telling the ISN floor. */
bool time_wait_reuse(struct tcp_stack *s, struct time_wait *t, uint32_t *iss_floor);

/* rtt.c */

void rtt_sample(struct tct_conn *c, uint32_t rtt_us);
/* By a timestamp of ours that came back, unless it is older than max_ticks. */
void rtt_sample_echo(struct tct_conn *c, uint32_t ts_ecr, uint32_t max_ticks);
/* p acknowledges our SYN: before retransmits is 0 again. */
void rtt_of_syn(struct tct_conn *c, const struct packet *p);
void rto_back_off(struct tct_conn *c);
/* As if it were the first, but not below what the estimate was. */
void rtt_sample_anew(struct tct_conn *c, uint32_t rtt_us, uint32_t srtt_us, uint32_t rttvar_us);
void rto_after_syn(struct tct_conn *c);
uint32_t probe_interval(const struct tct_conn *c);

/* flight.c: the record of c, NULL: none */

static inline struct flight *
flight_of(const struct tct_conn *c)
{
	return c->flight == POOL_NONE ? NULL : pool_at(&c->stack->flights, c->flight);
}

/* congestion.c; flight: bytes that were in the network before the ACK; its number is the last
 * argument */

uint32_t congestion_initial(const struct tct_conn *c); /* IW of RFC 6928 */
void congestion_init(struct tct_conn *c);
void congestion_acked(struct tct_conn *c, struct flight *f, uint32_t acked, uint32_t flight,
		      uint32_t ack);
void congestion_acked_single(struct tct_conn *c, uint32_t acked);
void congestion_reduce(struct tct_conn *c, struct flight *f);
void congestion_timeout_single(struct tct_conn *c);
void congestion_restart(struct tct_conn *c, struct flight *f);
void congestion_echo(struct tct_conn *c);

/* hystart.c */

void hystart_init(struct tct_conn *c, struct flight *f);
void hystart_rtt(struct tct_conn *c, struct flight *f, uint32_t rtt_us);
uint32_t hystart_step(struct tct_conn *c, struct flight *f, uint32_t ack, uint32_t step);

/* recovery.c */

void recovery_acked(struct tct_conn *c, struct flight *f, const struct packet *p);
void recovery_timeout(struct tct_conn *c, struct flight *f);
void recovery_reordered(struct tct_conn *c, struct flight *f);
void recovery_of_tail(struct tct_conn *c, struct flight *f);
void recovery_of_path(struct tct_conn *c, struct flight *f);
void recovery_sent(struct tct_conn *c, struct flight *f, uint32_t len, bool again);

/* run.c */

/* Whether all that is new may go as runs of full segments. */
bool run_may(const struct tct_conn *c, const struct flight *f);
/* Sends full segments from snd_nxt on, as far as room bytes and buffers go, none of them the last
 * of the queue; how many bytes, which the caller books. */
uint32_t run_send(struct tct_conn *c, uint32_t room);

/* tso.c */

/* How much of room bytes of new data the port would cut up; 0: nothing, it has to be a segment. */
uint32_t tso_max(const struct tct_conn *c, uint32_t room);
/* The segments that it makes. */
uint16_t tso_segment(const struct tct_conn *c);
/* Fills m, and further buffers that it takes, with the payload of o from byte at of m on. */
void tso_fill(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, unsigned at);

/* lend.c */

/* Puts o's payload behind m, uncopied, and sums it if that is not the port's to do; false when it
 * has to be copied. */
bool lend_text(struct tct_conn *c, const struct segment_out *o, struct rte_mbuf *m, uint64_t *sum);

/* path.c */

void path_told(struct tct_conn *c, uint16_t mss);
void path_silent(struct tct_conn *c);

/* The rest is for conns with CONN_PATH_LOWERED. */

uint32_t path_segment_max(const struct tct_conn *c, uint32_t room);
void path_asked(struct tct_conn *c, uint32_t end);
void path_acked(struct tct_conn *c, struct flight *f, uint32_t ack);
bool path_lost(struct tct_conn *c, struct flight *f);

/* rack.c */

void rack_min_rtt(struct tct_conn *c, struct flight *f, uint32_t rtt_us);
void rack_update(struct flight *f, const struct delivery *d);
void rack_duplicate(struct tct_conn *c, struct flight *f, uint32_t ack);
void rack_recovered(struct flight *f);
void rack_detect(struct tct_conn *c, struct flight *f);
void rack_timeout(struct tct_conn *c, struct flight *f);
void tlp_arm(struct tct_conn *c, struct flight *f);
void tlp_sent(struct tct_conn *c, struct flight *f, uint32_t again);
void tlp_acked(struct tct_conn *c, struct flight *f, uint32_t ack, const struct delivery *d);

#endif
